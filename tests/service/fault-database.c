/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See fault-database.h.
 */
#include "config.h"

#include "fault-database.h"

#ifdef HAVE_POSTGRES

#include "postgres-server.h"

#include <libpq-fe.h>
#include <string.h>

static struct
{
  char   *uri;
  PGconn *conn; /* of the superuser: rules and references are not asked */
  char   *bring_back;
} database;

/* (transfer full) (nullable): the first column of the first row */
static char *
ask (const char *text)
{
  PGresult      *result = PQexec (database.conn, text);
  ExecStatusType status = PQresultStatus (result);

  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    g_error ("%s: %s", text, PQerrorMessage (database.conn));
  char *answer = PQntuples (result) > 0 ? g_strdup (PQgetvalue (result, 0, 0)) : NULL;
  PQclear (result);
  return answer;
}

static void
run (const char *text)
{
  g_free (ask (text));
}

void
fault_database_set_up (const char *folder)
{
  database.uri = postgres_server_new_place (folder);
  g_autofree char *by_superuser = postgres_server_get_place_as_superuser (folder);
  database.conn = PQconnectdb (by_superuser);
  g_assert_cmpint (PQstatus (database.conn), ==, CONNECTION_OK);
  run ("SET session_replication_role = replica; SET client_min_messages = warning");
}

void
fault_database_tear_down (void)
{
  g_clear_pointer (&database.conn, PQfinish);
  g_clear_pointer (&database.uri, g_free);
  g_clear_pointer (&database.bring_back, g_free);
}

const char *
fault_database_get_location (void)
{
  return strchr (database.uri, ':') + 1;
}

/* One text for each table, put together. @each: with %1$I for its name */
static char *
for_each_table (const char *each, const char *between)
{
  g_autofree char *text
      = g_strdup_printf ("SELECT string_agg (format ('%s', relname), '%s' ORDER BY oid)"
                         " FROM pg_class WHERE relkind = 'r'"
                         " AND relnamespace = 'mailstead'::regnamespace",
                         each,
                         between);

  return ask (text);
}

void
fault_database_keep (void)
{
  run ("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept");
  g_autofree char *copies = for_each_table ("CREATE TABLE kept.%1$I AS TABLE mailstead.%1$I;", " ");
  run (copies);
  run ("ANALYZE");
  g_free (database.bring_back);
  database.bring_back = for_each_table (
      "DELETE FROM mailstead.%1$I WHERE ctid IN (SELECT x.ctid FROM mailstead.%1$I x"
      " WHERE md5 (x::text) NOT IN (SELECT md5 (k::text) FROM kept.%1$I k));"
      "INSERT INTO mailstead.%1$I SELECT k.* FROM kept.%1$I k"
      " WHERE md5 (k::text) NOT IN (SELECT md5 (x::text) FROM mailstead.%1$I x);",
      " ");
  g_autofree char *sums = for_each_table (
      "SELECT coalesce (sum (hashtextextended (x::text, 0)), 0) AS n FROM mailstead.%1$I x",
      " UNION ALL ");
  g_autofree char *prepare = g_strdup_printf (
      "DEALLOCATE ALL; PREPARE sum AS SELECT string_agg (n::text, ',') FROM (%s) s", sums);
  run (prepare);
}

void
fault_database_bring_back (void)
{
  run (database.bring_back);
}

char *
fault_database_sum (void)
{
  return ask ("EXECUTE sum");
}

#else

/* Nobody asks for it. */

void
fault_database_set_up (const char *folder)
{
  g_assert_not_reached ();
}

void
fault_database_tear_down (void)
{
  g_assert_not_reached ();
}

const char *
fault_database_get_location (void)
{
  g_assert_not_reached ();
}

void
fault_database_keep (void)
{
  g_assert_not_reached ();
}

void
fault_database_bring_back (void)
{
  g_assert_not_reached ();
}

char *
fault_database_sum (void)
{
  g_assert_not_reached ();
}

#endif
