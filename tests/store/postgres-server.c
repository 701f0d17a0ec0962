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

/* As tests/postgres makes them. */
#define ROLE "mailstead"
#define SUPERUSER "postgres"

static struct
{
  gboolean   durable;
  GPid       pid; /* of tests/postgres */
  int        input;
  FILE      *output;
  char      *uri;
  char      *folder; /* of its socket */
  GMutex     lock;   /* what follows */
  GPtrArray *places; /* gchar: the folder whose store the database "placeN" holds, N from 0 */
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
  g_clear_pointer (&server.folder, g_free);
  g_clear_pointer (&server.places, g_ptr_array_unref);
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
  JsonObject *said = json_node_get_object (node);
  g_free (server.uri);
  server.uri = g_strdup (json_object_get_string_member (said, "uri"));
  g_free (server.folder);
  server.folder = g_strdup (json_object_get_string_member (said, "folder"));
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
  server.places = g_ptr_array_new_with_free_func (g_free);
  atexit (stop);
  read_description ();
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

static PGconn *
open_database (const char *uri)
{
  PGconn *conn = PQconnectdb (uri);

  PQsetNoticeProcessor (conn, ignore_notice, NULL);
  return conn;
}

static gboolean
is_good (const PGresult *result)
{
  ExecStatusType status = PQresultStatus (result);

  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

char *
postgres_server_try_sql (const char *uri, const char *text)
{
  PGconn   *conn = open_database (uri);
  PGresult *result = PQexec (conn, text);
  char     *refusal = is_good (result) ? NULL : g_strdup (PQerrorMessage (conn));

  PQclear (result);
  PQfinish (conn);
  return refusal;
}

char *
postgres_server_ask (const char *uri, const char *text)
{
  PGconn   *conn = open_database (uri);
  PGresult *result = PQexec (conn, text);

  if (!is_good (result))
    g_error ("%s: %s", text, PQerrorMessage (conn));
  char *answer = PQntuples (result) > 0 && !PQgetisnull (result, 0, 0)
                     ? g_strdup (PQgetvalue (result, 0, 0))
                     : NULL;
  PQclear (result);
  PQfinish (conn);
  return answer;
}

void
postgres_server_run_sql (const char *uri, const char *text)
{
  g_free (postgres_server_ask (uri, text));
}

/* Places -------------------------------------------------------------------------------------- */

void
postgres_server_clear (const char *uri)
{
  postgres_server_run_sql (uri, "DROP SCHEMA IF EXISTS mailstead CASCADE");
}

static char *
make_uri (guint place, const char *role)
{
  return g_strdup_printf ("postgresql:///place%u?host=%s&user=%s", place, server.folder, role);
}

/* With the lock held: which place @folder has; where it has none, and @take, one whose folder is
 * gone, or a new one. */
static guint
find_place (const char *folder, gboolean take, gboolean *is_new)
{
  guint place = server.places->len;

  *is_new = FALSE;
  for (guint i = 0; i < server.places->len; i++)
    if (strcmp (server.places->pdata[i], folder) == 0)
      return i;
    else if (!g_file_test (server.places->pdata[i], G_FILE_TEST_EXISTS))
      place = i;
  g_assert_true (take);
  *is_new = place == server.places->len;
  if (*is_new)
    g_ptr_array_add (server.places, NULL);
  g_free (server.places->pdata[place]);
  server.places->pdata[place] = g_strdup (folder);
  return place;
}

char *
postgres_server_new_place (const char *folder)
{
  gboolean is_new = FALSE;

  g_mutex_lock (&server.lock);
  if (server.pid == 0)
    start ();
  guint place = find_place (folder, TRUE, &is_new);
  char *uri = make_uri (place, ROLE);
  if (is_new)
    {
      g_autofree char *text = g_strdup_printf ("CREATE DATABASE place%u", place);
      postgres_server_run_sql (server.uri, text);
    }
  else
    {
      g_autofree char *text = g_strdup_printf ("ALTER DATABASE place%u RESET ALL", place);
      g_autofree char *by_superuser = make_uri (place, SUPERUSER);
      postgres_server_run_sql (by_superuser, text);
      postgres_server_clear (uri);
    }
  g_mutex_unlock (&server.lock);
  return uri;
}

static char *
get_place (const char *folder, const char *role)
{
  gboolean is_new = FALSE;

  g_mutex_lock (&server.lock);
  char *uri = make_uri (find_place (folder, FALSE, &is_new), role);
  g_mutex_unlock (&server.lock);
  return uri;
}

char *
postgres_server_get_place (const char *folder)
{
  return get_place (folder, ROLE);
}

char *
postgres_server_get_place_as_superuser (const char *folder)
{
  return get_place (folder, SUPERUSER);
}
