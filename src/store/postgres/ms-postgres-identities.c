/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sequences behind the columns whose numbers the server gives. They are no part of the rows:
 * logical replication and a restore of the rows alone bring these without them, and every row that
 * is made then meets one that has its number already.
 */
#include "ms-postgres-private.h"

/**
 * Identity: one of the store's
 * @sequence: as it is written in a statement
 */
typedef struct
{
  char *table;
  char *column;
  char *sequence;
} Identity;

static void
identity_free (gpointer data)
{
  Identity *self = data;

  g_free (self->table);
  g_free (self->column);
  g_free (self->sequence);
  g_free (self);
}

/* One that is gone is told of as a definition. (element-type Identity) (transfer full) (nullable)
 */
static GPtrArray *
list_identities (MsSql *sql, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (identity_free);
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql,
                             error,
                             "SELECT c.relname, a.attname,"
                             " pg_get_serial_sequence (c.oid::regclass::text, a.attname)"
                             " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                             " JOIN pg_attribute a ON a.attrelid = c.oid"
                             " WHERE n.nspname = '" MS_POSTGRES_SCHEMA "'"
                             " AND c.relkind IN ('r', 'p') AND a.attidentity <> ''"
                             " AND c.relname || '.' || a.attname IN (" MS_POSTGRES_IDENTITIES ")"
                             " ORDER BY c.relname",
                             "");
  gboolean row = TRUE;

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return g_steal_pointer (&found);
      Identity *identity = g_new0 (Identity, 1);
      identity->table = ms_statement_dup_text (statement, 0);
      identity->column = ms_statement_dup_text (statement, 1);
      identity->sequence = ms_statement_dup_text (statement, 2);
      g_ptr_array_add (found, identity);
    }
  return NULL;
}

/* @next: (out): what it gives next. @last: (out): the highest that is in use */
static gboolean
read_identity (MsSql *sql, const Identity *self, gint64 *next, gint64 *last, GError **error)
{
  g_autofree char *ask_next = g_strdup_printf (
      "SELECT last_value + CASE WHEN is_called THEN 1 ELSE 0 END FROM %s", self->sequence);
  g_autofree char *ask_last
      = g_strdup_printf ("SELECT COALESCE (max (%s), 0) FROM %s", self->column, self->table);

  return ms_sql_get_int (sql, next, error, ask_next, "")
         && ms_sql_get_int (sql, last, error, ask_last, "");
}

gboolean
ms_postgres_check_identities (MsSql *sql, gboolean mend, MsProblems *problems, GError **error)
{
  g_autoptr (GPtrArray) identities = list_identities (sql, error);

  for (guint i = 0; identities != NULL && i < identities->len; i++)
    {
      const Identity *identity = identities->pdata[i];
      gint64          next = 0;
      gint64          last = 0;
      gint64          set = 0;
      if (!read_identity (sql, identity, &next, &last, error))
        return FALSE;
      if (next > last)
        continue;
      ms_problems_add (problems,
                       "the identity of “%s.%s” is behind the rows: it gives %" G_GINT64_FORMAT
                       " next, and %" G_GINT64_FORMAT " is in use",
                       identity->table,
                       identity->column,
                       next,
                       last);
      if (mend
          && !ms_sql_get_int (sql,
                              &set,
                              error,
                              "SELECT setval (CAST (CAST ($1 AS text) AS regclass), $2)",
                              "si",
                              identity->sequence,
                              last))
        return FALSE;
    }
  return identities != NULL;
}

gboolean
ms_postgres_rows_copied (MsSql *sql, GError **error)
{
  g_autoptr (MsProblems) problems = ms_problems_new ();

  return ms_postgres_check_identities (sql, TRUE, problems, error)
         && ms_postgres_analyze (sql, error);
}
