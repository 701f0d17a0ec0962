/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Search by part of a word: an FTS5 trigram index over the table "search". FTS5 writes out what it
 * has collected at every savepoint, and each write that is grouped into a commit has one; so
 * changes are kept here and handed to it once, just before the commit, outside all savepoints.
 * Until then a search in the same transaction reads the table itself.
 */
#include "ms-sqlite-private.h"

#include <string.h>

/* Trigrams find nothing shorter than this many characters. */
#define SHORTEST_INDEXED 3

typedef struct
{
  gint64 row;
  char  *before;
  char  *after;
} MsSqliteSearch;

/* The texts that have no trigram. Older stores get it when they are opened. */
#define SHORT_TEXTS                                                                                \
  "CREATE INDEX IF NOT EXISTS search_short ON search (obj) WHERE length(body) < 3;"

const char ms_sqlite_search_schema[] = "CREATE VIRTUAL TABLE search_index USING fts5 ("
                                       "  body, content='search', content_rowid='obj', "
                                       "tokenize='trigram case_sensitive 1');" SHORT_TEXTS;

static void
search_clear (gpointer data)
{
  MsSqliteSearch *search = data;

  g_free (search->before);
  g_free (search->after);
}

void
ms_sqlite_search_init (MsSqlite *self)
{
  self->searches = g_array_new (FALSE, FALSE, sizeof (MsSqliteSearch));
  g_array_set_clear_func (self->searches, search_clear);
  self->marks = g_array_new (FALSE, FALSE, sizeof (guint));
}

void
ms_sqlite_search_clear (MsSqlite *self)
{
  g_clear_pointer (&self->searches, g_array_unref);
  g_clear_pointer (&self->marks, g_array_unref);
}

void
ms_sqlite_search_forget (MsSqlite *self)
{
  g_array_set_size (self->searches, 0);
  g_array_set_size (self->marks, 0);
}

void
ms_sqlite_search_mark (MsSqlite *self)
{
  g_array_append_val (self->marks, self->searches->len);
}

void
ms_sqlite_search_unmark (MsSqlite *self, gboolean keep)
{
  g_assert (self->marks->len > 0);
  guint mark = g_array_index (self->marks, guint, self->marks->len - 1);

  g_array_set_size (self->marks, self->marks->len - 1);
  if (!keep)
    g_array_set_size (self->searches, mark);
}

gboolean
ms_sqlite_search_write (MsSqlite *self, GError **error)
{
  for (guint i = 0; i < self->searches->len; i++)
    {
      const MsSqliteSearch *search = &g_array_index (self->searches, MsSqliteSearch, i);

      if (search->before != NULL
          && !ms_sql_run (&self->base,
                          error,
                          "INSERT INTO search_index (search_index, rowid, body)"
                          " VALUES ('delete', $1, $2)",
                          "is",
                          search->row,
                          search->before))
        return FALSE;
      if (search->after != NULL
          && !ms_sql_run (&self->base,
                          error,
                          "INSERT INTO search_index (rowid, body) VALUES ($1, $2)",
                          "is",
                          search->row,
                          search->after))
        return FALSE;
    }
  g_array_set_size (self->searches, 0);
  return TRUE;
}

gboolean
ms_sqlite_search_changed (
    MsSql *sql, gint64 row, const char *before, const char *after, GError **error)
{
  MsSqlite      *self = (MsSqlite *) sql;
  MsSqliteSearch search = { row, g_strdup (before), g_strdup (after) };

  g_array_append_val (self->searches, search);
  return TRUE;
}

gboolean
ms_sqlite_search_complete (MsSql *sql, GError **error)
{
  return sql->driver->execute (sql, SHORT_TEXTS, error);
}

gboolean
ms_sqlite_search_is_behind (MsSql *sql)
{
  return ((MsSqlite *) sql)->searches->len > 0;
}

gboolean
ms_sqlite_search_is_indexed (MsSql *sql, const char *word)
{
  return g_utf8_strlen (word, -1) >= SHORTEST_INDEXED && !ms_sqlite_search_is_behind (sql);
}

void
ms_sqlite_search_append_quoted (GString *out, const char *word)
{
  g_string_append_c (out, '"');
  for (const char *p = word; *p != '\0'; p++)
    g_string_append (out, *p == '"' ? "\"\"" : (char[]){ *p, '\0' });
  g_string_append_c (out, '"');
}

void
ms_sqlite_search_condition (
    MsSql *sql, GString *out, const char *row, guint parameter, const char *word, char **pattern)
{
  if (!ms_sqlite_search_is_indexed (sql, word))
    {
      g_string_append_printf (
          out, "%s IN (SELECT obj FROM search WHERE instr(body, $%u) > 0)", row, parameter);
      *pattern = g_strdup (word);
      return;
    }
  GString *quoted = g_string_new (NULL);
  ms_sqlite_search_append_quoted (quoted, word);
  *pattern = g_string_free (quoted, FALSE);
  g_string_append_printf (
      out, "%s IN (SELECT rowid FROM search_index WHERE search_index MATCH $%u)", row, parameter);
}

/* The index is asked once, for all words that it can find: it looks for the rarest first. */
void
ms_sqlite_search_set (MsSql *sql, GString *out, const char *const *words, GPtrArray *patterns)
{
  GString *phrases = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0' && ms_sqlite_search_is_indexed (sql, words[i]))
      {
        g_string_append (phrases, phrases->len > 0 ? " AND " : "");
        ms_sqlite_search_append_quoted (phrases, words[i]);
      }
  g_ptr_array_add (patterns, g_string_free (phrases, FALSE));
  g_string_append (out,
                   *(const char *) patterns->pdata[0] != '\0'
                       ? "SELECT rowid FROM search_index WHERE search_index MATCH $1"
                       : "SELECT obj FROM search WHERE $1 = ''");
  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0' && !ms_sqlite_search_is_indexed (sql, words[i]))
      {
        g_ptr_array_add (patterns, g_strdup (words[i]));
        g_string_append_printf (out, " AND instr(body, $%u) > 0", patterns->len);
      }
}
