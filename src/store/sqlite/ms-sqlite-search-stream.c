/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a search finds, row by row and only as far as is wanted. The trigram index is asked for
 * words of three letters and more. It has no query for parts of a trigram; but a text with a
 * word of two letters has a trigram that begins with it or, at its end, one that ends with it,
 * unless it has no third letter at all. So the index is asked for all trigrams there are of such
 * (fts5vocab lists them), and a small index of the table has the texts that are too short. Of one
 * letter the trigrams at its end would be too many: that it occurs often can be seen so, who all
 * has it cannot.
 */
#include "ms-sqlite-private.h"

#include "ms-error.h"

#include <string.h>

/* Trigrams that one statement asks for. */
#define BATCH 32

const char ms_sqlite_search_terms[]
    = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_terms USING fts5vocab"
      " ('main', 'search_index', 'instance');";

/**
 * Stream:
 * @match: the expression of FTS5 under construction; @n: phrases in it
 * @lead: (nullable): the word that the index is not asked for as it stands
 * @type: (nullable): that the objects are of
 * @first, @last: rows, not entries of the index
 */
typedef struct
{
  MsSql             *sql;
  const char *const *words;
  const char        *lead;
  const char        *type;
  gint64             first;
  gint64             last;
  MsSqlRowFunc       func;
  gpointer           user_data;
  GString           *match;
  guint              n;
  gboolean           stopped;
} Stream;

static gboolean
hand_over (Stream *self, MsStatement *statement, GError **error)
{
  gboolean row = TRUE;

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (row
          && self->func (ms_sqlite_search_row (ms_statement_get_int (statement, 0)),
                         self->user_data))
        continue;
      self->stopped = row;
      return TRUE;
    }
  return FALSE;
}

/* Short words beside those that the index is asked for. */
static gboolean
is_beside (const Stream *self, const char *word)
{
  return *word != '\0' && word != self->lead && !ms_sqlite_search_is_indexed (self->sql, word);
}

/* Rows are handed out as they are, entries by their row. */
static gboolean
run_with_words (Stream     *self,
                GString    *text,
                const char *body,
                const char *asked,
                gint64      first,
                gint64      last,
                GError    **error)
{
  guint parameter = 3;

  for (guint i = 0; self->words[i] != NULL; i++)
    if (is_beside (self, self->words[i]))
      g_string_append_printf (text, " AND instr(%s, $%u) > 0", body, ++parameter);
  if (self->lead == NULL)
    g_string_append (text, " ORDER BY rowid");
  g_autoptr (MsStatement) statement = ms_sql_prepare (self->sql, text->str, error);
  if (statement == NULL)
    return FALSE;
  ms_statement_bind_text (statement, 1, asked);
  ms_statement_bind_int (statement, 2, first);
  ms_statement_bind_int (statement, 3, last);
  parameter = 3;
  for (guint i = 0; self->words[i] != NULL; i++)
    if (is_beside (self, self->words[i]))
      ms_statement_bind_text (statement, ++parameter, self->words[i]);
  return hand_over (self, statement, error);
}

/* What has been collected. */
static gboolean
ask_index (Stream *self, GError **error)
{
  g_autoptr (GString) text = g_string_new (
      "SELECT rowid FROM search_index WHERE search_index MATCH $1 AND rowid >= $2 AND rowid <= $3");

  if (self->n == 0 || self->stopped)
    return TRUE;
  gboolean done = run_with_words (
      self,
      text,
      MS_SQLITE_FOUND_BODY,
      self->match->str,
      self->type != NULL ? ms_sqlite_search_entry (self->type, self->first) : 0,
      self->type != NULL ? ms_sqlite_search_entry (self->type, self->last) : G_MAXINT64,
      error);
  g_string_truncate (self->match, 0);
  self->n = 0;
  return done;
}

static void
collect (Stream *self, const char *phrase, const char *joint)
{
  if (self->n++ > 0)
    g_string_append (self->match, joint);
  ms_sqlite_search_append_quoted (self->match, phrase);
}

/* Long words ---------------------------------------------------------------------------------- */

static gboolean
stream_long (Stream *self, GError **error)
{
  for (guint i = 0; self->words[i] != NULL; i++)
    if (*self->words[i] != '\0' && ms_sqlite_search_is_indexed (self->sql, self->words[i]))
      collect (self, self->words[i], " AND ");
  return ask_index (self, error);
}

/* Short words --------------------------------------------------------------------------------- */

gboolean
ms_sqlite_search_find_term (MsSql *sql, const char *from, char **term, GError **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      sql, error, "SELECT term FROM temp.search_terms WHERE term >= $1 LIMIT 1", "s", from);

  *term = NULL;
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  if (!row)
    return TRUE;
  const char *found = ms_statement_get_text (statement, 0);
  /* Who goes on behind the letter that it begins with must not end up at the beginning. */
  if (found == NULL || !g_utf8_validate (found, -1, NULL))
    {
      ms_error_set (error,
                    MS_ERROR_INTERNAL,
                    NULL,
                    NULL,
                    "The store %s is damaged: the index of searches has what is no text",
                    sql->database->name);
      return FALSE;
    }
  *term = g_strdup (found);
  return TRUE;
}

static gboolean
add_term (Stream *self, const char *term, GError **error)
{
  collect (self, term, " OR ");
  return self->n < BATCH || ask_index (self, error);
}

static gboolean
stream_beginning (Stream *self, GError **error)
{
  g_autofree char *lead = ms_sqlite_search_dup_indexed (self->lead);
  g_autofree char *from = g_strdup (lead);

  while (!self->stopped)
    {
      g_autofree char *term = NULL;

      if (!ms_sqlite_search_find_term (self->sql, from, &term, error))
        return FALSE;
      if (term == NULL || !g_str_has_prefix (term, lead))
        break;
      if (!add_term (self, term, error))
        return FALSE;
      g_free (from);
      from = g_strconcat (term, MS_SQLITE_BEYOND, NULL);
    }
  return ask_index (self, error);
}

/* By each letter that a trigram begins with. */
static gboolean
stream_ending (Stream *self, GError **error)
{
  char from[8] = "";

  while (!self->stopped)
    {
      g_autofree char *found = NULL;
      g_autofree char *term = NULL;

      if (!ms_sqlite_search_find_term (self->sql, from, &found, error))
        return FALSE;
      if (found == NULL)
        break;
      gunichar first = g_utf8_get_char (found);
      gunichar next = first == 0xd7ff ? 0xe000 : first + 1;
      term = g_strdup_printf ("%.*s%s", g_unichar_to_utf8 (first, NULL), found, self->lead);
      if (!add_term (self, term, error))
        return FALSE;
      if (!g_unichar_validate (next))
        break;
      from[g_unichar_to_utf8 (next, from)] = '\0';
    }
  return ask_index (self, error);
}

static gboolean
stream_shortest (Stream *self, GError **error)
{
  g_autoptr (GString) text
             = g_string_new ("SELECT obj FROM search WHERE length(body) < 3 AND instr(body, $1) > 0"
                             " AND obj >= $2 AND obj <= $3");

  return self->stopped
         || run_with_words (self, text, "body", self->lead, self->first, self->last, error);
}

/* --------------------------------------------------------------------------------------------- */

/* (nullable): the longest, where the index can be asked for none */
static const char *
find_lead (MsSql *sql, const char *const *words)
{
  const char *lead = NULL;

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (*words[i] != '\0' && ms_sqlite_search_is_indexed (sql, words[i]))
        return NULL;
      if (lead == NULL || g_utf8_strlen (words[i], -1) > g_utf8_strlen (lead, -1))
        lead = words[i];
    }
  return lead;
}

gboolean
ms_sqlite_search_stream (MsSql             *sql,
                         const char        *type,
                         const char *const *words,
                         gint64             first,
                         gint64             last,
                         MsSqlRowFunc       func,
                         gpointer           user_data,
                         MsSqlStreamed     *streamed,
                         GError           **error)
{
  g_autoptr (GString) match = g_string_new (NULL);
  Stream self = { .sql = sql,
                  .words = words,
                  .lead = find_lead (sql, words),
                  .type = type,
                  .first = first,
                  .last = last,
                  .func = func,
                  .user_data = user_data,
                  .match = match };

  *streamed = MS_SQL_STREAMED_SOME;
  if (ms_sqlite_search_is_behind (sql))
    return TRUE;
  if (!(self.lead == NULL ? stream_long (&self, error) : stream_beginning (&self, error)))
    return FALSE;
  gboolean single = self.lead != NULL && g_utf8_strlen (self.lead, -1) < 2;
  if (self.lead != NULL && !single
      && (!stream_ending (&self, error) || !stream_shortest (&self, error)))
    return FALSE;
  if (self.stopped)
    *streamed = self.lead != NULL ? MS_SQL_STREAMED_STOPPED : MS_SQL_STREAMED_FIRST;
  else
    *streamed = single ? MS_SQL_STREAMED_SOME : MS_SQL_STREAMED_ALL;
  return TRUE;
}
