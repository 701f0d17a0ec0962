/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Opening a store in a database: whose it is, what it is called in messages (never with the
 * password that its address may hold), and whether it is sound.
 */
#include "ms-postgres-private.h"

#include "ms-error.h"

#include <string.h>

/* What it is called ---------------------------------------------------------------------------- */

static const char *
option_value (const PQconninfoOption *options, const char *keyword)
{
  for (; options->keyword != NULL; options++)
    if (strcmp (options->keyword, keyword) == 0)
      return options->val != NULL ? options->val : "";
  return "";
}

/* Without password, and all that does not tell one store from another. */
static char *
make_name (const PQconninfoOption *options)
{
  const char *service = option_value (options, "service");
  const char *host = option_value (options, "host");
  const char *address = option_value (options, "hostaddr");
  const char *port = option_value (options, "port");
  const char *role = option_value (options, "user");
  gboolean    in_folder = *host == '/';

  if (*host == '\0')
    host = address;
  if (*service != '\0')
    return g_strdup_printf ("“postgresql:///?service=%s”", service);
  return g_strdup_printf ("“postgresql://%s%s%s%s%s/%s%s%s”",
                          role,
                          *role != '\0' ? "@" : "",
                          !in_folder ? host : "",
                          *port != '\0' ? ":" : "",
                          port,
                          option_value (options, "dbname"),
                          in_folder ? "?host=" : "",
                          in_folder ? host : "");
}

/* libpq's own words quote the place at fault, which may be a password. */
static PQconninfoOption *
parse (const char *conninfo, GError **error)
{
  PQconninfoOption *options = PQconninfoParse (conninfo, NULL);

  if (options == NULL)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  NULL,
                  NULL,
                  "The store's address is not of the form"
                  " postgresql://[USER@][HOST][:PORT]/[DATABASE][?NAME=VALUE&…]");
  return options;
}

MsDatabase *
ms_postgres_open (const char *location, MsStoreFlags flags, GError **error)
{
  g_autofree char  *conninfo = g_strconcat ("postgresql:", location, NULL);
  PQconninfoOption *options = parse (conninfo, error);

  if (options == NULL)
    return NULL;
  MsPostgresDatabase *self = g_new0 (MsPostgresDatabase, 1);
  self->base.driver = &ms_postgres_driver;
  self->base.name = make_name (options);
  self->conninfo = g_steal_pointer (&conninfo);
  self->flags = flags;
  g_mutex_init (&self->lock);
  PQconninfoFree (options);
  return &self->base;
}

void
ms_postgres_close (MsDatabase *database)
{
  MsPostgresDatabase *self = (MsPostgresDatabase *) database;

  g_mutex_clear (&self->lock);
  g_free (self->base.name);
  g_free (self->conninfo);
  g_free (self);
}

/* Connections --------------------------------------------------------------------------------- */

MsSql *
ms_postgres_connect (MsDatabase *database, gboolean writing, GError **error)
{
  MsPostgres *self = g_new0 (MsPostgres, 1);

  ms_sql_init (&self->base, database, writing);
  self->dropped = g_ptr_array_new_with_free_func (g_free);
  self->news = g_string_new (NULL);
  self->pending = g_array_new (FALSE, FALSE, sizeof (guint));
  if (ms_postgres_connect_session (self, error))
    return &self->base;
  ms_postgres_disconnect (&self->base);
  return NULL;
}

void
ms_postgres_disconnect (MsSql *sql)
{
  MsPostgres *self = (MsPostgres *) sql;

  /* The server forgets the statements with the session. */
  ms_postgres_drop_session (self);
  ms_sql_clear (sql);
  g_ptr_array_unref (self->dropped);
  g_string_free (self->news, TRUE);
  g_array_unref (self->pending);
  g_free (self);
}

/* Whose it is --------------------------------------------------------------------------------- */

/* The schema is ours when it holds the table that every store has. */
gboolean
ms_postgres_is_ours (MsSql *sql, gboolean *empty, GError **error)
{
  MsPostgresDatabase *database = (MsPostgresDatabase *) sql->database;
  gint64              relations = 0;
  gint64              marks = 0;

#define COUNT_RELATIONS                                                                            \
  "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"                  \
  " WHERE n.nspname = '" MS_POSTGRES_SCHEMA "'"
  if (!ms_sql_get_int (sql, &relations, error, COUNT_RELATIONS, "")
      || !ms_sql_get_int (sql, &marks, error, COUNT_RELATIONS " AND c.relname = 'store_info'", ""))
    return FALSE;
#undef COUNT_RELATIONS
  *empty = relations == 0;
  if (*empty && (database->flags & MS_STORE_CREATE) == 0)
    {
      ms_error_set (
          error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is no store %s", sql->database->name);
      return FALSE;
    }
  if (*empty)
    return sql->driver->execute (sql, "CREATE SCHEMA IF NOT EXISTS " MS_POSTGRES_SCHEMA, error);
  if (marks == 0)
    {
      ms_error_set (error,
                    MS_ERROR_INTERNAL,
                    NULL,
                    NULL,
                    "The schema “" MS_POSTGRES_SCHEMA
                    "” in %s belongs to another program, it is not a store",
                    sql->database->name);
      return FALSE;
    }
  return TRUE;
}

/* Copies -------------------------------------------------------------------------------------- */

const char ms_postgres_columns_query[]
    = "SELECT c.relname, a.attname,"
      " CASE a.atttypid WHEN 'bigint'::regtype THEN 'i' WHEN 'bytea'::regtype THEN 'b' ELSE 's' END"
      " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
      " JOIN pg_attribute a ON a.attrelid = c.oid"
      " WHERE n.nspname = '" MS_POSTGRES_SCHEMA
      "' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"
      " ORDER BY c.oid, a.attnum";

gboolean
ms_postgres_analyze (MsSql *sql, GError **error)
{
  g_autoptr (GPtrArray) tables = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (MsStatement) statement = ms_sql_query (sql, error, ms_postgres_columns_query, "");
  gboolean row = statement != NULL;

  while (row)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (row
          && !g_ptr_array_find_with_equal_func (
              tables, ms_statement_get_text (statement, 0), g_str_equal, NULL))
        g_ptr_array_add (tables, ms_statement_dup_text (statement, 0));
    }
  for (guint i = 0; i < tables->len; i++)
    {
      g_autofree char *text = g_strdup_printf ("ANALYZE \"%s\"", (const char *) tables->pdata[i]);
      if (!sql->driver->execute (sql, text, error))
        return FALSE;
    }
  return statement != NULL;
}

/* Checks -------------------------------------------------------------------------------------- */

static gboolean
collect_names (
    MsSql *sql, const char *text, const char *problem, MsProblems *problems, GError **error)
{
  g_autoptr (MsStatement) statement = ms_sql_query (sql, error, text, "s", MS_POSTGRES_SCHEMA);
  gboolean row = TRUE;

  if (statement == NULL)
    return FALSE;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      ms_problems_add (problems, "%s: %s", problem, ms_statement_get_text (statement, 0));
    }
}

/* What the server knows of its own accord. Pages are its own business (data checksums, amcheck). */
gboolean
ms_postgres_check (MsSql *sql, MsProblems *problems, GError **error)
{
  return collect_names (sql,
                        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                        " JOIN pg_namespace n ON n.oid = c.relnamespace"
                        " WHERE n.nspname = $1 AND NOT (i.indisvalid AND i.indisready)"
                        " ORDER BY c.relname",
                        "this index is not complete",
                        problems,
                        error)
         && collect_names (sql,
                           "SELECT k.conname FROM pg_constraint k"
                           " JOIN pg_namespace n ON n.oid = k.connamespace"
                           " WHERE n.nspname = $1 AND NOT k.convalidated ORDER BY k.conname",
                           "this rule was never checked",
                           problems,
                           error);
}
