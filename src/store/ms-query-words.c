/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Searches of which nobody needs the exact total: hits are counted up to a bound only. What has
 * fewer is known as a whole then, as every other query is. Of what has more a page is read by
 * walking along the order and looking at the text of each object, since many have the words;
 * where they are far in, or too far apart, all of them are found after all.
 */
#include "ms-query.h"

#include "ms-filter-set.h"
#include "ms-presence.h"
#include "ms-query-sizes.h"
#include "ms-text.h"

#include <string.h>

/* Rows taken from a set at a time. */
#define SLICE 512

static gboolean
is_blank (const char *text)
{
  return text == NULL || text[strspn (text, " \t\n\r")] == '\0';
}

gboolean
ms_query_is_bounded (const MsQuery *query)
{
  return query->bounded && !is_blank (query->search);
}

gboolean
ms_query_has_more (const MsQuery *query, gint64 total)
{
  return ms_query_is_bounded (query) && total > ms_query_sizes.counted;
}

/* The text of one object -------------------------------------------------------------------- */

static gboolean
has_words (MsTxn *txn, gint64 row, const char *const *words, gboolean *has, GError **error)
{
  gboolean there = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql, error, "SELECT body FROM search WHERE obj = $1", "i", row);

  if (statement == NULL || !ms_statement_step (statement, &there, error))
    return FALSE;
  const char *body = there ? ms_statement_get_text (statement, 0) : NULL;
  *has = body != NULL;
  for (guint i = 0; *has && words[i] != NULL; i++)
    *has = strstr (body, words[i]) != NULL;
  return TRUE;
}

static MsRowSet *
find_by_text (MsTxn *txn, const MsRowSet *able, const char *const *words, GError **error)
{
  g_autoptr (MsRowSet) found = ms_row_set_new ();
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));

  ms_row_set_slice (able, 0, G_MAXINT64, FALSE, rows);
  for (guint i = 0; i < rows->len; i++)
    {
      gint64   row = g_array_index (rows, gint64, i);
      gboolean has = FALSE;
      if (!has_words (txn, row, words, &has, error))
        return NULL;
      if (has)
        ms_row_set_add (found, row);
    }
  return g_steal_pointer (&found);
}

/* Up to the bound --------------------------------------------------------------------------- */

/**
 * Counting:
 * @able: (nullable): who counts
 * @most: more need not be found
 */
typedef struct
{
  const MsRowSet *able;
  gint64          most;
  gint64          count;
  MsRowSet       *found;
} Counting;

static gboolean
count_row (gint64 row, gpointer user_data)
{
  Counting *self = user_data;

  if ((self->able != NULL && !ms_row_set_contains (self->able, row))
      || ms_row_set_contains (self->found, row))
    return TRUE;
  ms_row_set_add (self->found, row);
  return ++self->count <= self->most;
}

/* @type, @able: (nullable): of all objects; @found: (out): what was found of it */
static gboolean
stream (MsTxn                *txn,
        const char *const    *words,
        const MsResourceType *type,
        const MsRowSet       *able,
        gint64                most,
        MsRowSet            **found,
        MsSqlStreamed        *streamed,
        GError              **error)
{
  g_autoptr (MsRowSet) set = ms_row_set_new ();
  g_autoptr (GArray) ends = g_array_new (FALSE, FALSE, sizeof (gint64));
  Counting counting = { able, most, 0, set };
  gint64   first = 0;
  gint64   last = G_MAXINT64;

  if (able != NULL)
    {
      ms_row_set_slice (able, 0, 1, FALSE, ends);
      ms_row_set_slice (able, 0, 1, TRUE, ends);
      first = g_array_index (ends, gint64, 0);
      last = g_array_index (ends, gint64, 1);
    }
  if (!txn->sql->driver->search_stream (txn->sql,
                                        type != NULL ? type->name : NULL,
                                        words,
                                        first,
                                        last,
                                        count_row,
                                        &counting,
                                        streamed,
                                        error))
    return FALSE;
  *found = g_steal_pointer (&set);
  return TRUE;
}

/* Once in a transaction, for all types: either there are few, or @many. */
static gboolean
look_at_all (
    MsTxn *txn, const char *folded, const char *const *words, gboolean *many, GError **error)
{
  MsSqlStreamed streamed = MS_SQL_STREAMED_SOME;
  g_autoptr (MsRowSet) found = NULL;

  *many = g_strcmp0 (txn->many_words, folded) == 0;
  if (*many || g_strcmp0 (txn->words, folded) == 0)
    return TRUE;
  if (!stream (txn, words, NULL, NULL, ms_query_sizes.few, &found, &streamed, error))
    return FALSE;
  *many = streamed == MS_SQL_STREAMED_STOPPED || streamed == MS_SQL_STREAMED_FIRST;
  if (*many)
    {
      g_free (txn->many_words);
      txn->many_words = g_strdup (folded);
    }
  if (streamed == MS_SQL_STREAMED_ALL)
    {
      g_free (txn->words);
      g_clear_pointer (&txn->with_words, ms_row_set_free);
      txn->words = g_strdup (folded);
      txn->with_words = g_steal_pointer (&found);
    }
  return TRUE;
}

/* The objects that the rest of the query allows. */
static MsRowSet *
load_able (MsTxn *txn, const MsQuery *query, GError **error)
{
  g_autoptr (MsRowSet) all = ms_query_load_set (
      txn, ms_index_get_type (txn->index, query->type)->objects, MS_PRESENCE_ANY, error);
  g_autoptr (MsRowSet) filtered = all != NULL && query->filter != NULL
                                      ? ms_filter_set_make (txn, query->type, query->filter, error)
                                      : NULL;

  if (all == NULL || (query->filter != NULL && filtered == NULL))
    return NULL;
  if (filtered != NULL)
    ms_row_set_intersect (all, filtered);
  return g_steal_pointer (&all);
}

static char **
split_words (const char *folded)
{
  GStrvBuilder *builder = g_strv_builder_new ();
  g_auto (GStrv) parts = g_strsplit_set (folded, " \t\n\r", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (*parts[i] != '\0')
      g_strv_builder_add (builder, parts[i]);
  char **words = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return words;
}

/* The index mostly hands out rows in their order. */
static gint64
find_span (const MsRowSet *able, const MsRowSet *found)
{
  g_autoptr (GArray) last = g_array_new (FALSE, FALSE, sizeof (gint64));

  ms_row_set_slice (found, 0, 1, TRUE, last);
  return ms_row_set_rank (able, g_array_index (last, gint64, 0)) + 1;
}

gboolean
ms_query_find_words (MsTxn         *txn,
                     const MsQuery *query,
                     MsRowSet     **members,
                     MsRowSet     **able,
                     MsRowSet     **first,
                     gint64        *span,
                     GError       **error)
{
  MsSqlStreamed    streamed = MS_SQL_STREAMED_SOME;
  gboolean         many = FALSE;
  g_autofree char *folded = ms_text_fold_search (query->search);
  g_auto (GStrv) split = split_words (folded);
  const char *const *words = (const char *const *) split;

  *members = *able = *first = NULL;
  if (txn->sql->driver->search_stream == NULL || txn->context != NULL || words[0] == NULL)
    return TRUE;
  if (!look_at_all (txn, folded, words, &many, error))
    return FALSE;
  if (!many)
    return TRUE;
  g_autoptr (MsRowSet) among = load_able (txn, query, error);
  if (among == NULL)
    return FALSE;
  gint64 n = ms_row_set_count (among);
  /* The index knows the types apart, not what a filter finds of one. */
  if (n == 0 || (query->filter != NULL && n <= ms_query_sizes.looked_at))
    return (*members = find_by_text (txn, among, words, error)) != NULL;
  g_autoptr (MsRowSet) found = NULL;
  if (!stream (txn, words, query->type, among, ms_query_sizes.counted, &found, &streamed, error))
    return FALSE;
  if (streamed == MS_SQL_STREAMED_SOME && n <= ms_query_sizes.looked_at)
    return (*members = find_by_text (txn, among, words, error)) != NULL;
  if (streamed == MS_SQL_STREAMED_FIRST)
    *first = ms_row_set_copy (found);
  if (streamed == MS_SQL_STREAMED_STOPPED || streamed == MS_SQL_STREAMED_FIRST)
    {
      *span = find_span (among, found);
      *able = g_steal_pointer (&among);
    }
  else if (streamed == MS_SQL_STREAMED_ALL)
    *members = g_steal_pointer (&found);
  return TRUE;
}

gboolean
ms_query_find_few_words (MsTxn                *txn,
                         const MsResourceType *type,
                         const char           *search,
                         gint64                most,
                         MsRowSet            **found,
                         GError              **error)
{
  MsSqlStreamed    streamed = MS_SQL_STREAMED_SOME;
  MsQuery          query = { .type = type };
  g_autofree char *folded = ms_text_fold_search (search);
  g_auto (GStrv) words = split_words (folded);

  *found = NULL;
  if (txn->sql->driver->search_stream == NULL || txn->context != NULL || words[0] == NULL)
    return (*found = ms_filter_set_search (txn, type, search, error)) != NULL;
  g_autoptr (MsRowSet) all = load_able (txn, &query, error);
  g_autoptr (MsRowSet) few = NULL;
  if (all == NULL)
    return FALSE;
  if (ms_row_set_count (all) == 0)
    {
      *found = g_steal_pointer (&all);
      return TRUE;
    }
  if (!stream (txn, (const char *const *) words, type, all, most, &few, &streamed, error))
    return FALSE;
  if (streamed == MS_SQL_STREAMED_ALL)
    *found = g_steal_pointer (&few);
  return TRUE;
}

/* A page ------------------------------------------------------------------------------------ */

/**
 * Walk: along an order
 * @start: still to be passed over
 * @left: objects that may still be looked at
 */
typedef struct
{
  MsTxn             *txn;
  const MsQuery     *query;
  const MsOrder     *order;
  const MsRowSet    *able;
  const char *const *words;
  gint64             start;
  gint64             count;
  gint64             left;
  GArray            *rows;
} Walk;

static gboolean
is_over (const Walk *self)
{
  return self->rows->len >= self->count || self->left < 0;
}

static gboolean
look_at (Walk *self, gint64 row, GError **error)
{
  gboolean has = FALSE;

  self->left--;
  if (!ms_row_set_contains (self->able, row))
    return TRUE;
  if (!has_words (self->txn, row, self->words, &has, error))
    return FALSE;
  if (has && self->start-- <= 0)
    g_array_append_val (self->rows, row);
  return TRUE;
}

static gboolean
walk_keyed (Walk *self, GError **error)
{
  gboolean more = TRUE;
  g_auto (MsSqlBuilder) builder = { 0 };

  if (ms_order_is_by_row (self->order))
    return TRUE;
  ms_sql_builder_init (&builder, self->txn);
  ms_order_append_select (self->order, &builder, self->query, FALSE);
  ms_order_append_by (self->order, &builder);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  if (statement == NULL)
    return FALSE;
  ms_statement_expect_first (statement);
  while (!is_over (self))
    {
      if (!ms_statement_step (statement, &more, error))
        return FALSE;
      if (!more)
        return TRUE;
      if (!look_at (self, ms_statement_get_int (statement, 0), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
walk_lacking (Walk *self, GError **error)
{
  g_autoptr (MsRowSet) lacking = ms_row_set_copy (self->able);
  g_autoptr (GArray) slice = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (!ms_order_is_by_row (self->order))
    {
      g_autoptr (MsRowSet) keyed
                 = ms_order_may_lack (self->order)
                       ? ms_query_load_set (self->txn, self->order->attr, MS_PRESENCE_ANY, error)
                       : ms_row_set_copy (self->able);
      if (keyed == NULL)
        return FALSE;
      ms_row_set_subtract (lacking, keyed);
    }
  for (gint64 from = 0; !is_over (self); from += SLICE)
    {
      g_array_set_size (slice, 0);
      ms_row_set_slice (lacking, from, SLICE, self->order->descending, slice);
      for (guint i = 0; i < slice->len && !is_over (self); i++)
        if (!look_at (self, g_array_index (slice, gint64, i), error))
          return FALSE;
      if (slice->len < SLICE)
        return TRUE;
    }
  return TRUE;
}

gboolean
ms_query_read_words (MsTxn          *txn,
                     const MsQuery  *query,
                     const MsOrder  *order,
                     const MsRowSet *able,
                     gint64          span,
                     gint64          start,
                     gint64          count,
                     GArray        **rows,
                     GError        **error)
{
  g_autofree char *folded = ms_text_fold_search (query->search);
  g_auto (GStrv) words = split_words (folded);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (gint64));
  Walk walk = { .txn = txn,
                .query = query,
                .order = order,
                .able = able,
                .words = (const char *const *) words,
                .start = start,
                .count = count,
                .left = ms_query_sizes.tested,
                .rows = found };

  *rows = NULL;
  if ((ms_order_may_lack (order) && !ms_order_keeps_keyed (order)) || start >= ms_query_sizes.tested
      || (start + MIN (count, ms_query_sizes.tested)) * span / (ms_query_sizes.counted + 1)
             > ms_query_sizes.tested)
    return TRUE;
  if (!(order->descending ? walk_lacking : walk_keyed) (&walk, error)
      || !(order->descending ? walk_keyed : walk_lacking) (&walk, error))
    return FALSE;
  if (walk.left >= 0 || found->len >= count)
    *rows = g_steal_pointer (&found);
  return TRUE;
}
