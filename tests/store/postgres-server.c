/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See postgres-server.h.
 */
#include "postgres-server.h"

#include <json-glib/json-glib.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct
{
  gboolean durable;
  GPid     pid; /* of tests/postgres */
  int      input;
  FILE    *output;
  char    *uri;
} server;

static void
stop (void)
{
  if (server.pid == 0)
    return;
  close (server.input);
  (void) waitpid (server.pid, NULL, 0);
  fclose (server.output);
  g_clear_pointer (&server.uri, g_free);
  server.pid = 0;
}

/* What it says it is. */
static void
read_description (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  char  *line = NULL;
  size_t size = 0;

  g_assert_cmpint (getline (&line, &size, server.output), >, 0);
  node = json_from_string (line, &error);
  g_assert_no_error (error);
  g_free (server.uri);
  server.uri = g_strdup (json_object_get_string_member (json_node_get_object (node), "uri"));
  free (line);
}

static void
start (void)
{
  char *arguments[] = { (char *) MS_TEST_POSTGRES, (char *) "--durable", NULL };
  g_autoptr (GError) error = NULL;
  int output = -1;

  if (!server.durable)
    arguments[1] = NULL;
  /* Its other end must not be inherited by what tests start, or it would outlive us. */
  g_assert_true (g_spawn_async_with_pipes (NULL,
                                           arguments,
                                           NULL,
                                           G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CLOEXEC_PIPES,
                                           NULL,
                                           NULL,
                                           &server.pid,
                                           &server.input,
                                           &output,
                                           NULL,
                                           &error));
  g_assert_no_error (error);
  server.output = fdopen (output, "r");
  atexit (stop);
  read_description ();
}

const char *
postgres_server_get_uri (void)
{
  if (server.pid == 0)
    start ();
  return server.uri;
}

gboolean
postgres_server_is_started (void)
{
  return server.pid != 0;
}

void
postgres_server_make_durable (void)
{
  g_assert_cmpint (server.pid, ==, 0);
  server.durable = TRUE;
}

static void
say (const char *word)
{
  g_assert_cmpint (write (server.input, word, strlen (word)), ==, strlen (word));
  read_description ();
}

void
postgres_server_kill (void)
{
  say ("kill\n");
}

void
postgres_server_start (void)
{
  say ("start\n");
}

/* SQL ----------------------------------------------------------------------------------------- */

static void
ignore_notice (void *data, const char *message)
{
  /* DROP … CASCADE names all that goes with it. */
}

char *
postgres_server_try_sql (const char *text)
{
  PGconn *conn = PQconnectdb (postgres_server_get_uri ());

  PQsetNoticeProcessor (conn, ignore_notice, NULL);
  PGresult      *result = PQexec (conn, text);
  ExecStatusType status = PQresultStatus (result);
  char          *refusal = status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK
                               ? g_strdup (PQerrorMessage (conn))
                               : NULL;
  PQclear (result);
  PQfinish (conn);
  return refusal;
}

char *
postgres_server_ask (const char *text)
{
  PGconn *conn = PQconnectdb (postgres_server_get_uri ());

  PQsetNoticeProcessor (conn, ignore_notice, NULL);
  PGresult      *result = PQexec (conn, text);
  ExecStatusType status = PQresultStatus (result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    g_error ("%s: %s", text, PQerrorMessage (conn));
  char *answer = PQntuples (result) > 0 && !PQgetisnull (result, 0, 0)
                     ? g_strdup (PQgetvalue (result, 0, 0))
                     : NULL;
  PQclear (result);
  PQfinish (conn);
  return answer;
}

void
postgres_server_run_sql (const char *text)
{
  g_free (postgres_server_ask (text));
}

void
postgres_server_clear (void)
{
  postgres_server_run_sql ("DROP SCHEMA IF EXISTS mailstead CASCADE");
}
