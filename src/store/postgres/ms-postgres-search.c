/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Search by part of a word: a trigram index that PostgreSQL keeps itself (extension pg_trgm, which
 * the owner of a database may add where the server has it). Without it the same statements answer
 * the same by reading the whole table; once the server has it, the next start makes the index.
 */
#include "ms-postgres-private.h"

/* The extension's operator class is named with its schema: ours is the only one in the search path.
 */
#define COMPLETE_INDEX                                                                             \
  "DO $block$ DECLARE place text; BEGIN"                                                           \
  "  BEGIN"                                                                                        \
  "    CREATE EXTENSION IF NOT EXISTS pg_trgm;"                                                    \
  "  EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported"             \
  "    OR invalid_parameter_value THEN NULL;"                                                      \
  "  END;"                                                                                         \
  "  SELECT n.nspname INTO place FROM pg_extension e JOIN pg_namespace n ON n.oid = "              \
  "e.extnamespace"                                                                                 \
  "    WHERE e.extname = 'pg_trgm';"                                                               \
  "  IF place IS NOT NULL THEN"                                                                    \
  "    EXECUTE format ('CREATE INDEX IF NOT EXISTS search_by_trigram ON search USING gin"          \
  " (body %I.gin_trgm_ops)', place);"                                                              \
  "  END IF;"                                                                                      \
  "END $block$"

const char ms_postgres_search_schema[] = COMPLETE_INDEX;

gboolean
ms_postgres_search_complete (MsSql *sql, GError **error)
{
  gint64 there = 0;

  if (!ms_sql_get_int (sql,
                       &there,
                       error,
                       "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = "
                       "c.relnamespace WHERE n.nspname = $1 AND c.relname = 'search_by_trigram'",
                       "s",
                       MS_POSTGRES_SCHEMA))
    return FALSE;
  return there > 0 || sql->driver->execute (sql, COMPLETE_INDEX, error);
}

gboolean
ms_postgres_search_check (MsSql *sql, MsProblems *problems, GError **error)
{
  gint64 lacking = 0;

  if (!ms_sql_get_int (
          sql,
          &lacking,
          error,
          "SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm' AND NOT EXISTS ("
          "  SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
          "  JOIN pg_class t ON t.oid = i.indrelid"
          "  JOIN pg_namespace n ON n.oid = t.relnamespace"
          "  WHERE n.nspname = $1 AND c.relname = 'search_by_trigram'"
          "  AND t.relname = 'search')",
          "s",
          MS_POSTGRES_SCHEMA))
    return FALSE;
  if (lacking > 0)
    ms_problems_add (problems,
                     "the index “search_by_trigram” is missing: searches read all search texts");
  return TRUE;
}

static char *
like (const char *word)
{
  GString *pattern = g_string_new ("%");

  for (const char *p = word; *p != '\0'; p++)
    {
      if (*p == '%' || *p == '_' || *p == '\\')
        g_string_append_c (pattern, '\\');
      g_string_append_c (pattern, *p);
    }
  g_string_append_c (pattern, '%');
  return g_string_free (pattern, FALSE);
}

void
ms_postgres_search_condition (
    MsSql *sql, GString *out, const char *row, guint parameter, const char *word, char **pattern)
{
  *pattern = like (word);
  g_string_append_printf (
      out, "%s IN (SELECT obj FROM search WHERE body LIKE $%u)", row, parameter);
}

void
ms_postgres_search_set (MsSql *sql, GString *out, const char *const *words, GPtrArray *patterns)
{
  g_string_append (out, "SELECT obj FROM search");
  for (guint i = 0; words[i] != NULL; i++)
    {
      if (*words[i] == '\0')
        continue;
      g_ptr_array_add (patterns, like (words[i]));
      g_string_append_printf (
          out, " %s body LIKE $%u", patterns->len == 1 ? "WHERE" : "AND", patterns->len);
    }
}
