/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Search by part of a word: an FTS5 trigram index over the texts in the table "search". It hands
 * out what it finds by the number of the entry, so the objects of a type have their entries side by
 * side: a search among them does not step over those of all other types.
 *
 * FTS5 writes out what it has collected at every savepoint, and each write that is grouped into a
 * commit has one; so changes are kept here and handed to it once, just before the commit, outside
 * all savepoints. Until then a search in the same transaction reads the table itself. It also
 * writes out when the numbers do not ascend, and the types of a commit's objects alternate; so they
 * are sorted first.
 */
#include "ms-sqlite-private.h"

#include <string.h>

/* Trigrams find nothing shorter than this many characters. */
#define SHORTEST_INDEXED 3
/* An entry's number: which type, then the row in "object". */
#define TYPE_BITS 16
#define ROW_BITS 40
#define LAST_ROW (((gint64) 1 << ROW_BITS) - 1)

typedef struct
{
  gint64 entry;
  char  *before;
  char  *after;
} MsSqliteSearch;

/* The texts that have no trigram. Older stores get it when they are opened. */
#define SHORT_TEXTS                                                                                \
  "CREATE INDEX IF NOT EXISTS search_short ON search (obj) WHERE length(body) < 3;"

#define INDEX                                                                                      \
  "CREATE VIRTUAL TABLE search_index USING fts5 ("                                                 \
  "  body, content='', tokenize='trigram case_sensitive 1');"

const char ms_sqlite_search_schema[] = INDEX SHORT_TEXTS;

/* Of two types with the same number (FNV-1a) each is stepped over in searches for the other. It is
 * of the name, which alone is the same in every store. */
gint64
ms_sqlite_search_entry (const char *type, gint64 row)
{
  guint32 hash = 0x811c9dc5;

  for (const char *p = type; *p != '\0'; p++)
    hash = (hash ^ (guint8) *p) * 0x01000193;
  hash = (hash >> TYPE_BITS ^ hash) & ((1 << TYPE_BITS) - 1);
  return (gint64) hash << ROW_BITS | MIN (row, LAST_ROW);
}

gint64
ms_sqlite_search_row (gint64 entry)
{
  return entry & LAST_ROW;
}

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

/* Writing ------------------------------------------------------------------------------------- */

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  gint64 left = ((const MsSqliteSearch *) a)->entry;
  gint64 right = ((const MsSqliteSearch *) b)->entry;

  return (left > right) - (left < right);
}

static gboolean
write_change (MsSql *sql, gint64 entry, const char *before, const char *after, GError **error)
{
  if (g_strcmp0 (before, after) == 0)
    return TRUE;
  return (before == NULL
          || ms_sql_run (sql,
                         error,
                         "INSERT INTO search_index (search_index, rowid, body)"
                         " VALUES ('delete', $1, $2)",
                         "is",
                         entry,
                         before))
         && (after == NULL
             || ms_sql_run (sql,
                            error,
                            "INSERT INTO search_index (rowid, body) VALUES ($1, $2)",
                            "is",
                            entry,
                            after));
}

/* Of several changes of one entry only the first text and the last one count. */
gboolean
ms_sqlite_search_write (MsSqlite *self, GError **error)
{
  const char *before = NULL;

  g_array_sort (self->searches, compare_entries); /* which keeps the sequence of equals */
  for (guint i = 0; i < self->searches->len; i++)
    {
      const MsSqliteSearch *search = &g_array_index (self->searches, MsSqliteSearch, i);

      if (i == 0 || search[-1].entry != search->entry)
        before = search->before;
      if ((i + 1 == self->searches->len || search[1].entry != search->entry)
          && !write_change (&self->base, search->entry, before, search->after, error))
        return FALSE;
    }
  g_array_set_size (self->searches, 0);
  return TRUE;
}

gboolean
ms_sqlite_search_changed (
    MsSql *sql, const char *type, gint64 row, const char *before, const char *after, GError **error)
{
  MsSqlite      *self = (MsSqlite *) sql;
  MsSqliteSearch search
      = { ms_sqlite_search_entry (type, row), g_strdup (before), g_strdup (after) };

  g_array_append_val (self->searches, search);
  return TRUE;
}

/* Making -------------------------------------------------------------------------------------- */

/* @type: (inout) (nullable): the next one; %NULL before the first and behind the last */
static gboolean
next_type (MsSql *sql, char **type, GError **error)
{
  gboolean         row = FALSE;
  g_autofree char *last = g_steal_pointer (type);
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql,
                             error,
                             "SELECT type FROM object WHERE type > $1 AND deleted IS NULL"
                             " ORDER BY type LIMIT 1",
                             "s",
                             last != NULL ? last : "");

  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  if (row
      && !ms_sql_check_texts (
          sql, "objects by type", last, ms_statement_get_text (statement, 0), error))
    return FALSE;
  *type = row ? ms_statement_dup_text (statement, 0) : NULL;
  return TRUE;
}

static gboolean
add_type (MsSql *sql, const char *type, GError **error)
{
  return ms_sql_run (sql,
                     error,
                     "INSERT INTO search_index (rowid, body)"
                     " SELECT $1 + o.n, s.body FROM object o CROSS JOIN search s ON s.obj = o.n"
                     " WHERE o.type = $2 AND o.deleted IS NULL ORDER BY o.n",
                     "is",
                     ms_sqlite_search_entry (type, 0),
                     type);
}

/* Texts that should not be there; ms_store_verify() names them. */
static gboolean
add_stray (MsSql *sql, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql,
                             error,
                             "SELECT COALESCE(o.type, ''), s.obj, s.body FROM search s"
                             " LEFT JOIN object o ON o.n = s.obj"
                             " WHERE o.n IS NULL OR o.deleted IS NOT NULL ORDER BY 1, 2",
                             "");

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      gint64 entry = ms_sqlite_search_entry (ms_statement_get_text (statement, 0),
                                             ms_statement_get_int (statement, 1));
      if (!write_change (sql, entry, NULL, ms_statement_get_text (statement, 2), error))
        return FALSE;
    }
  return FALSE;
}

static gboolean
fill (MsSql *sql, GError **error)
{
  g_autofree char *type = NULL;

  while (next_type (sql, &type, error))
    {
      if (type == NULL)
        return add_stray (sql, error);
      if (!add_type (sql, type, error))
        return FALSE;
    }
  return FALSE;
}

gboolean
ms_sqlite_search_mend (MsSql *sql, GError **error)
{
  return ms_sql_run (
             sql, error, "INSERT INTO search_index (search_index) VALUES ('delete-all')", "")
         && fill (sql, error);
}

/* In version 1 the entries of all types lay mixed. */
gboolean
ms_sqlite_search_complete (MsSql *sql, GError **error)
{
  gint64 mixed = 0;

  return sql->driver->execute (sql, SHORT_TEXTS, error)
         && ms_sql_get_int (sql,
                            &mixed,
                            error,
                            "SELECT count(*) FROM sqlite_schema WHERE name = 'search_index'"
                            " AND instr(sql, 'content_rowid') > 0",
                            "")
         && (mixed == 0
             || (sql->driver->execute (sql, "DROP TABLE search_index;" INDEX, error)
                 && fill (sql, error)));
}

/* Asking -------------------------------------------------------------------------------------- */

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

/* All three are of the same length. (FTS5's READ_UTF8; surrogates are in no text.) */
char *
ms_sqlite_search_dup_indexed (const char *text)
{
  char *indexed = g_strdup (text);

  for (char *p = indexed; (p = strstr (p, "\xef\xbf")) != NULL; p += 2)
    if (p[2] == '\xbe' || p[2] == '\xbf')
      p[2] = '\xbd';
  return indexed;
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
  g_string_append_printf (out,
                          "%s IN (SELECT " MS_SQLITE_FOUND_ROW
                          " FROM search_index WHERE search_index MATCH $%u)",
                          row,
                          parameter);
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
  gboolean asked = phrases->len > 0;
  g_ptr_array_add (patterns, g_string_free (phrases, FALSE));
  g_string_append (out,
                   asked ? "SELECT " MS_SQLITE_FOUND_ROW " FROM search_index"
                           " WHERE search_index MATCH $1"
                         : "SELECT obj FROM search WHERE $1 = ''");
  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0' && !ms_sqlite_search_is_indexed (sql, words[i]))
      {
        g_ptr_array_add (patterns, g_strdup (words[i]));
        g_string_append_printf (
            out, " AND instr(%s, $%u) > 0", asked ? MS_SQLITE_FOUND_BODY : "body", patterns->len);
      }
}
