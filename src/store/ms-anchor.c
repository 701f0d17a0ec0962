/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-anchor.h. The first anchor of an attribute stands before every possible row, so that each
 * row is in some block.
 */
#include "ms-anchor.h"

#include "ms-query-sizes.h"

#define BLOCK_ROWS (ms_query_sizes.block)
#define BLOCK_MOST (2 * BLOCK_ROWS)
#define BLOCK_LEAST (BLOCK_ROWS / 4)

#define FIRST_KEY ""
#define FIRST_ROW ((gint64) 0)

#define FROM_HERE " WHERE attr = $1 AND elem = 0 AND (key, obj) >= ($2, $3)"

GArray *
ms_anchor_list (MsSql *sql, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql, error, "SELECT attr FROM attribute WHERE anchored = 1", "");

  if (statement == NULL)
    return NULL;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&found);
      gint64 attr = ms_statement_get_int (statement, 0);
      g_array_append_val (found, attr);
    }
}

gboolean
ms_anchor_exists (MsSql *sql, gint64 attr, gboolean *exists, GError **error)
{
  gint64 anchored = 0;

  if (!ms_sql_get_int (
          sql, &anchored, error, "SELECT anchored FROM attribute WHERE attr = $1", "i", attr))
    return FALSE;
  *exists = anchored != 0;
  return TRUE;
}

/* Reading ------------------------------------------------------------------------------------- */

gboolean
ms_anchor_seek (
    MsSql *sql, gint64 attr, gint64 offset, char **key, gint64 *row, gint64 *rest, GError **error)
{
  gboolean more = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      sql, error, "SELECT key, obj, n FROM anchor WHERE attr = $1 ORDER BY key, obj", "i", attr);

  *key = g_strdup (FIRST_KEY);
  *row = FIRST_ROW;
  *rest = offset;
  if (statement == NULL)
    return FALSE;
  for (gint64 before = 0; before <= offset;)
    {
      if (!ms_statement_step (statement, &more, error))
        return FALSE;
      if (!more)
        return TRUE;
      gint64 n = ms_statement_get_int (statement, 2);
      if (before + n > offset)
        {
          g_free (*key);
          *key = ms_statement_dup_text (statement, 0);
          *row = ms_statement_get_int (statement, 1);
          *rest = offset - before;
        }
      before += n;
    }
  return TRUE;
}

/* The block of a row. @before: (out): rows in all blocks before it; @n: (out): rows in it */
static gboolean
find_block (MsSql      *sql,
            gint64      attr,
            const char *key,
            gint64      row,
            char      **block_key,
            gint64     *block_row,
            gint64     *n,
            GError    **error)
{
  gboolean found = FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      sql,
      error,
      "SELECT key, obj, n FROM anchor WHERE attr = $1 AND (key, obj) <= ($2, $3)"
      " ORDER BY key DESC, obj DESC LIMIT 1",
      "isi",
      attr,
      key,
      row);

  *block_key = NULL;
  *block_row = FIRST_ROW;
  *n = 0;
  if (statement == NULL || !ms_statement_step (statement, &found, error))
    return FALSE;
  *block_key = found ? ms_statement_dup_text (statement, 0) : g_strdup (FIRST_KEY);
  if (found)
    {
      *block_row = ms_statement_get_int (statement, 1);
      *n = ms_statement_get_int (statement, 2);
    }
  return TRUE;
}

gboolean
ms_anchor_rank (MsSql *sql, gint64 attr, const char *key, gint64 row, gint64 *rank, GError **error)
{
  g_autofree char *block_key = NULL;
  gint64           block_row = 0;
  gint64           n = 0;
  gint64           before = 0;
  gint64           within = 0;

  if (!find_block (sql, attr, key, row, &block_key, &block_row, &n, error)
      || !ms_sql_get_int (sql,
                          &before,
                          error,
                          "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM anchor"
                          " WHERE attr = $1 AND (key, obj) < ($2, $3)",
                          "isi",
                          attr,
                          block_key,
                          block_row)
      || !ms_sql_get_int (sql,
                          &within,
                          error,
                          "SELECT count(*) FROM value" FROM_HERE " AND (key, obj) < ($4, $5)",
                          "isisi",
                          attr,
                          block_key,
                          block_row,
                          key,
                          row))
    return FALSE;
  *rank = before + within;
  return TRUE;
}

/* Writing ------------------------------------------------------------------------------------- */

static gboolean
insert_anchor (MsSql *sql, gint64 attr, const char *key, gint64 row, gint64 n, GError **error)
{
  return ms_sql_run (sql,
                     error,
                     "INSERT INTO anchor (attr, key, obj, n) VALUES ($1, $2, $3, $4)",
                     "isii",
                     attr,
                     key,
                     row,
                     n);
}

/* From (@key, @row) on by @offset rows; *@key is %NULL where there are not as many. */
static gboolean
walk (MsSql *sql, gint64 attr, char **key, gint64 *row, gint64 offset, GError **error)
{
  gboolean         found = FALSE;
  g_autofree char *from = g_steal_pointer (key);
  g_autoptr (MsStatement) statement = ms_sql_query (sql,
                                                    error,
                                                    "SELECT key, obj FROM value" FROM_HERE
                                                    " ORDER BY key, obj LIMIT 1 OFFSET $4",
                                                    "isii",
                                                    attr,
                                                    from,
                                                    *row,
                                                    offset);

  if (statement == NULL || !ms_statement_step (statement, &found, error))
    return FALSE;
  if (!found)
    return TRUE;
  *key = ms_statement_dup_text (statement, 0);
  *row = ms_statement_get_int (statement, 1);
  return TRUE;
}

static gboolean
count_from (MsSql *sql, gint64 attr, const char *key, gint64 row, gint64 *count, GError **error)
{
  *count = 0;
  return ms_sql_get_int (
      sql, count, error, "SELECT count(*) FROM value" FROM_HERE, "isi", attr, key, row);
}

gboolean
ms_anchor_build (MsSql *sql, gint64 attr, GError **error)
{
  g_autofree char *key = g_strdup (FIRST_KEY);
  gint64           row = FIRST_ROW;

  if (!ms_sql_run (sql, error, "DELETE FROM anchor WHERE attr = $1", "i", attr))
    return FALSE;
  while (key != NULL)
    {
      g_autofree char *next = g_strdup (key);
      gint64           next_row = row;
      gint64           n = BLOCK_ROWS;

      if (!walk (sql, attr, &next, &next_row, BLOCK_ROWS, error)
          || (next == NULL && !count_from (sql, attr, key, row, &n, error))
          || !insert_anchor (sql, attr, key, row, n, error))
        return FALSE;
      g_free (key);
      key = g_steal_pointer (&next);
      row = next_row;
    }
  return ms_sql_run (sql, error, "UPDATE attribute SET anchored = 1 WHERE attr = $1", "i", attr);
}

#define ADD_TO_BLOCK                                                                               \
  "UPDATE anchor SET n = n + $4 WHERE attr = $1 AND (key, obj) ="                                  \
  " (SELECT a.key, a.obj FROM anchor a WHERE a.attr = $1 AND (a.key, a.obj) <= ($2, $3)"           \
  "  ORDER BY a.key DESC, a.obj DESC LIMIT 1)"

/* @n: (out): what the block has then; unchanged where there is none */
static gboolean
add_to_block (MsSql      *sql,
              gint64      attr,
              const char *key,
              gint64      row,
              gint64      difference,
              gint64     *n,
              GError    **error)
{
  return ms_sql_get_int (
      sql, n, error, ADD_TO_BLOCK " RETURNING n", "isii", attr, key, row, difference);
}

gboolean
ms_anchor_change (MsSql      *sql,
                  gint64      attr,
                  const char *key,
                  gint64      row,
                  gint64      difference,
                  gboolean   *uneven,
                  GError    **error)
{
  gint64 n = BLOCK_ROWS;

  if (!add_to_block (sql, attr, key, row, difference, &n, error))
    return FALSE;
  *uneven = difference > 0 ? n > BLOCK_MOST : n < BLOCK_LEAST;
  return TRUE;
}

gboolean
ms_anchor_add (
    MsSql *sql, gint64 attr, const char *key, gint64 row, gint64 difference, GError **error)
{
  return ms_sql_run (sql, error, ADD_TO_BLOCK, "isii", attr, key, row, difference);
}

/* A block too large; afterwards @key, @row and @n are of what is left of it behind the new anchor.
 */
static gboolean
split (MsSql *sql, gint64 attr, char **key, gint64 *row, gint64 *n, GError **error)
{
  g_autofree char *first = g_strdup (*key);
  gint64           first_row = *row;

  if (!walk (sql, attr, key, row, BLOCK_ROWS, error))
    return FALSE;
  *n -= BLOCK_ROWS;
  if (*key == NULL)
    {
      *n = BLOCK_ROWS;
      return TRUE;
    }
  return ms_sql_run (sql,
                     error,
                     "UPDATE anchor SET n = $4 WHERE attr = $1 AND key = $2 AND obj = $3",
                     "isii",
                     attr,
                     first,
                     first_row,
                     BLOCK_ROWS)
         && insert_anchor (sql, attr, *key, *row, *n, error);
}

/* To the one before it; the first one has none. */
static gboolean
join (MsSql *sql, gint64 attr, const char *key, gint64 row, gint64 n, GError **error)
{
  gint64 changes = 0;
  gint64 joined = 0;

  if (row == FIRST_ROW)
    return TRUE;
  return ms_sql_run_counted (sql,
                             &changes,
                             error,
                             "DELETE FROM anchor WHERE attr = $1 AND key = $2 AND obj = $3",
                             "isi",
                             attr,
                             key,
                             row)
         && add_to_block (sql, attr, key, row, n, &joined, error);
}

gboolean
ms_anchor_even (MsSql *sql, gint64 attr, const char *key, gint64 row, GError **error)
{
  g_autofree char *block_key = NULL;
  gint64           block_row = 0;
  gint64           n = 0;

  if (!find_block (sql, attr, key, row, &block_key, &block_row, &n, error))
    return FALSE;
  while (n > BLOCK_MOST)
    if (!split (sql, attr, &block_key, &block_row, &n, error))
      return FALSE;
  return n >= BLOCK_LEAST || join (sql, attr, block_key, block_row, n, error);
}

typedef struct
{
  char  *key;
  gint64 row;
} Place;

static void
place_clear (gpointer data)
{
  g_free (((Place *) data)->key);
}

/* Where evening begins; a first block that is small has none to be joined to. (element-type Place)
 */
static GArray *
list_uneven (MsSql *sql, gint64 attr, GError **error)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (Place));
  gboolean more = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql,
                             error,
                             "SELECT key, obj FROM anchor WHERE attr = $1"
                             " AND (n > $2 OR (n < $3 AND obj <> $4)) ORDER BY key, obj",
                             "iiii",
                             attr,
                             (gint64) BLOCK_MOST,
                             (gint64) BLOCK_LEAST,
                             (gint64) FIRST_ROW);

  g_array_set_clear_func (places, place_clear);
  while (statement != NULL && ms_statement_step (statement, &more, error))
    {
      if (!more)
        return g_steal_pointer (&places);
      Place place = { ms_statement_dup_text (statement, 0), ms_statement_get_int (statement, 1) };
      g_array_append_val (places, place);
    }
  return NULL;
}

gboolean
ms_anchor_even_all (MsSql *sql, gint64 attr, GError **error)
{
  g_autoptr (GArray) places = list_uneven (sql, attr, error);

  for (guint i = 0; places != NULL && i < places->len; i++)
    {
      const Place *place = &g_array_index (places, Place, i);
      if (!ms_anchor_even (sql, attr, place->key, place->row, error))
        return FALSE;
    }
  return places != NULL;
}
