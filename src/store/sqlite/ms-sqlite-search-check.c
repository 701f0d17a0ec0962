/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether the trigram index holds what the table "search" does, no more and no less, and finds it.
 * FTS5 has a check of its own, which only who may write can run; so its way is gone here: both
 * sides are summed up, trigram by trigram, in no order. Each is looked up as a search would.
 */
#include "ms-sqlite-private.h"

#include "ms-error.h"

#include <string.h>

#define NAME "search_index"
#define TRIGRAM 3

/* Of one trigram: which, in which entry, as the how manieth. (FNV-1a, and a last stir so that sums
 * do not meet by chance.) */
static guint64
digest (gint64 entry, gint64 place, const char *text, gsize length)
{
  guint64 hash = 0xcbf29ce484222325;

  for (gsize i = 0; i < length; i++)
    hash = (hash ^ (guint8) text[i]) * 0x100000001b3;
  hash = (hash ^ (guint64) entry) * 0x9e3779b97f4a7c15;
  hash = (hash ^ (hash >> 32) ^ (guint64) place) * 0xbf58476d1ce4e5b9;
  return hash ^ (hash >> 29);
}

static guint64
sum_text (gint64 entry, const char *body)
{
  guint64 sum = 0;

  if (body == NULL || !g_utf8_validate (body, -1, NULL))
    return 0;
  g_autofree char *indexed = ms_sqlite_search_dup_indexed (body);
  const char      *text = indexed;
  const char      *end = text;
  for (guint i = 0; i < TRIGRAM; i++, end = g_utf8_next_char (end))
    if (*end == '\0')
      return 0;
  for (gint64 place = 0;; place++)
    {
      sum += digest (entry, place, text, (gsize) (end - text));
      if (*end == '\0')
        return sum;
      text = g_utf8_next_char (text);
      end = g_utf8_next_char (end);
    }
}

static gboolean
sum_table (MsSql *sql, guint64 *sum, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql,
                             error,
                             "SELECT COALESCE(o.type, ''), s.obj, s.body FROM search s"
                             " LEFT JOIN object o ON o.n = s.obj",
                             "");

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      gint64 entry = ms_sqlite_search_entry (ms_statement_get_text (statement, 0),
                                             ms_statement_get_int (statement, 1));
      *sum += sum_text (entry, ms_statement_get_text (statement, 2));
    }
  return FALSE;
}

static gboolean
sum_trigram (MsSql *sql, const char *term, guint64 *sum, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      sql, error, "SELECT doc, offset FROM temp.search_terms WHERE term = $1", "s", term);

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      *sum += digest (ms_statement_get_int (statement, 0),
                      ms_statement_get_int (statement, 1),
                      term,
                      strlen (term));
    }
  return FALSE;
}

static gboolean
sum_index (MsSql *sql, guint64 *sum, GError **error)
{
  g_autofree char *from = g_strdup ("");

  while (TRUE)
    {
      g_autofree char *term = NULL;
      if (!ms_sqlite_search_find_term (sql, from, &term, error))
        return FALSE;
      if (term == NULL)
        return TRUE;
      if (!sum_trigram (sql, term, sum, error))
        return FALSE;
      g_free (from);
      from = g_strconcat (term, MS_SQLITE_BEYOND, NULL);
    }
}

gboolean
ms_sqlite_search_check (MsSql *sql, MsProblems *problems, GError **error)
{
  guint64 expected = 0;
  guint64 found = 0;
  g_autoptr (GError) local_error = NULL;

  if (!sum_table (sql, &expected, error))
    return FALSE;
  if (sum_index (sql, &found, &local_error))
    {
      if (found != expected)
        ms_problems_add (problems,
                         "the index “" NAME "” is not made from the search texts:"
                         " searches miss objects or find others");
      return TRUE;
    }
  /* Damage in it is no damage to the rest. */
  if (!g_error_matches (local_error, MS_ERROR, MS_ERROR_INTERNAL))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  sql->lost = FALSE;
  ms_problems_add (
      problems, "the index “" NAME "” is not made from the search texts: %s", local_error->message);
  return TRUE;
}
