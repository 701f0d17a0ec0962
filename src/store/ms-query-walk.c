/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading parts of large lists. A list has two parts: objects with a key, which stand in an index,
 * and the others, which are a set; ascending in this sequence, descending the other way round. In
 * the index one gets to a far place by its anchors, or walks from the nearer end.
 */
#include "ms-query.h"

#include "ms-anchor.h"
#include "ms-presence.h"
#include "ms-query-sizes.h"

/**
 * Walk: a list
 * @keyed, @lacking: how many objects have a key, or lack it
 */
typedef struct
{
  MsTxn          *txn;
  const MsQuery  *query;
  const MsOrder  *order;
  const MsRowSet *members;
  gint64          keyed;
  gint64          lacking;
} Walk;

GArray *
ms_query_read_rows (MsStatement *statement, GError **error)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  gboolean more = TRUE;

  if (statement == NULL)
    return NULL;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &more, error))
        return NULL;
      if (!more)
        return g_steal_pointer (&rows);
      gint64 row = ms_statement_get_int (statement, 0);
      g_array_append_val (rows, row);
    }
}

/* The two parts ------------------------------------------------------------------------------- */

/* All objects of the list, whatever their order. */
static MsRowSet *
load_all (const Walk *self, GError **error)
{
  const MsIndexType *type = ms_index_get_type (self->txn->index, self->query->type);

  return self->members != NULL
             ? ms_row_set_copy (self->members)
             : ms_query_load_set (self->txn, type->objects, MS_PRESENCE_ANY, error);
}

/* Those of the type that have a key. */
static MsRowSet *
load_keyed (const Walk *self, GError **error)
{
  if (ms_order_keeps_keyed (self->order))
    return ms_query_load_set (self->txn, self->order->attr, MS_PRESENCE_ANY, error);
  g_auto (MsSqlBuilder) builder = { 0 };
  ms_sql_builder_init (&builder, self->txn);
  ms_order_append_keyed (self->order, &builder);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  g_autoptr (GArray) rows = ms_query_read_rows (statement, error);
  return rows != NULL ? ms_row_set_new_from_rows (rows) : NULL;
}

static MsRowSet *
load_lacking (const Walk *self, GError **error)
{
  g_autoptr (MsRowSet) all = load_all (self, error);

  if (all == NULL || ms_order_is_by_row (self->order))
    return g_steal_pointer (&all);
  g_autoptr (MsRowSet) keyed = load_keyed (self, error);
  if (keyed == NULL)
    return NULL;
  ms_row_set_subtract (all, keyed);
  return g_steal_pointer (&all);
}

/* Of the type. */
static gboolean
count_keyed (Walk *self, GError **error)
{
  gboolean row = FALSE;
  g_auto (MsSqlBuilder) builder = { 0 };

  if (ms_order_keeps_keyed (self->order))
    return ms_query_count_set (self->txn, self->order->attr, MS_PRESENCE_ANY, &self->keyed, error);
  ms_sql_builder_init (&builder, self->txn);
  ms_order_append_select (self->order, &builder, self->query, TRUE);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  self->keyed = row ? ms_statement_get_int (statement, 0) : 0;
  return TRUE;
}

static gboolean
count_parts (Walk *self, GError **error)
{
  gint64 all = 0;

  if (self->members != NULL)
    all = ms_row_set_count (self->members);
  else if (!ms_txn_count (self->txn, MS_COUNT_OBJECTS, self->query->type, &all, error))
    return FALSE;
  if (ms_order_is_by_row (self->order))
    self->keyed = 0;
  else if (!ms_order_may_lack (self->order))
    self->keyed = all;
  else if (self->members == NULL)
    {
      if (!count_keyed (self, error))
        return FALSE;
    }
  else
    {
      g_autoptr (MsRowSet) keyed = load_keyed (self, error);
      if (keyed == NULL)
        return FALSE;
      ms_row_set_intersect (keyed, self->members);
      self->keyed = ms_row_set_count (keyed);
    }
  self->lacking = all - self->keyed;
  return TRUE;
}

static gboolean
read_lacking (
    const Walk *self, gint64 start, gint64 count, gboolean descending, GArray *rows, GError **error)
{
  g_autoptr (MsRowSet) lacking = load_lacking (self, error);

  if (lacking == NULL)
    return FALSE;
  ms_row_set_slice (lacking, start, count, descending, rows);
  return TRUE;
}

/* With a key ---------------------------------------------------------------------------------- */

/* @anchored: (out): there is a quicker way than to walk */
static gboolean
find_anchors (const Walk *self, gint64 distance, gboolean *anchored, GError **error)
{
  *anchored = FALSE;
  if (self->members != NULL || distance < ms_query_sizes.near)
    return TRUE;
  if (self->order->kind == MS_ORDER_LINK)
    return ms_query_has_targets (self->txn, self->query, self->order, self->keyed, anchored, error);
  if (self->order->kind != MS_ORDER_INDEX)
    return TRUE;
  if (!ms_anchor_exists (self->txn->sql, self->order->attr, anchored, error))
    return FALSE;
  if (!*anchored && distance >= ms_query_sizes.far)
    ms_store_want_anchors (self->txn->store, self->order->attr);
  return TRUE;
}

static void
append_limit (MsSqlBuilder *builder, gint64 count, gint64 offset)
{
  ms_sql_builder_append (builder, " LIMIT ");
  ms_sql_builder_add_int (builder, count);
  ms_sql_builder_append (builder, " OFFSET ");
  ms_sql_builder_add_int (builder, offset);
}

/* Ascending. */
static GArray *
jump (const Walk *self, gint64 start, gint64 count, GError **error)
{
  MsOrder          order = *self->order;
  g_autofree char *key = NULL;
  gint64           row = 0;
  gint64           rest = 0;
  g_auto (MsSqlBuilder) builder = { 0 };

  if (order.kind == MS_ORDER_LINK)
    return ms_query_read_targets (self->txn, self->query, &order, start, count, error);
  if (!ms_anchor_seek (self->txn->sql, order.attr, start, &key, &row, &rest, error))
    return NULL;
  order.descending = FALSE;
  ms_sql_builder_init (&builder, self->txn);
  ms_order_append_select (&order, &builder, self->query, FALSE);
  ms_order_append_from (&order, &builder, key, row);
  ms_order_append_by (&order, &builder);
  append_limit (&builder, count, rest);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  return ms_query_read_rows (statement, error);
}

/* Passing over what is not in @members. */
static GArray *
read_members (
    MsStatement *statement, const MsRowSet *members, gint64 start, gint64 count, GError **error)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  gboolean more = TRUE;

  ms_statement_expect_first (statement);
  for (gint64 passed = 0; rows->len < count;)
    {
      if (!ms_statement_step (statement, &more, error))
        return NULL;
      if (!more)
        break;
      gint64 row = ms_statement_get_int (statement, 0);
      if (ms_row_set_contains (members, row) && passed++ >= start)
        g_array_append_val (rows, row);
    }
  return g_steal_pointer (&rows);
}

static GArray *
walk (const Walk *self, gint64 start, gint64 count, gboolean descending, GError **error)
{
  MsOrder order = *self->order;
  g_auto (MsSqlBuilder) builder = { 0 };

  order.descending = descending;
  ms_sql_builder_init (&builder, self->txn);
  ms_order_append_select (&order, &builder, self->query, FALSE);
  ms_order_append_by (&order, &builder);
  if (self->members == NULL)
    append_limit (&builder, count, start);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  if (statement == NULL)
    return NULL;
  return self->members == NULL ? ms_query_read_rows (statement, error)
                               : read_members (statement, self->members, start, count, error);
}

static void
reverse (GArray *rows)
{
  for (guint i = 0; i < rows->len / 2; i++)
    {
      gint64 *one = &g_array_index (rows, gint64, i);
      gint64 *other = &g_array_index (rows, gint64, rows->len - 1 - i);
      gint64  swap = *one;
      *one = *other;
      *other = swap;
    }
}

static gboolean
read_keyed (
    const Walk *self, gint64 start, gint64 count, gboolean descending, GArray *rows, GError **error)
{
  gint64   behind = self->keyed - start - count;
  gint64   distance = MIN (start, behind);
  gboolean anchored = FALSE;
  g_autoptr (GArray) found = NULL;

  if (!find_anchors (self, distance, &anchored, error))
    return FALSE;
  gboolean other_way = anchored ? descending : behind < start;
  gint64   from = other_way ? behind : start;
  found = anchored ? jump (self, from, count, error)
                   : walk (self, from, count, descending != other_way, error);
  if (found == NULL)
    return FALSE;
  if (other_way)
    reverse (found);
  g_array_append_vals (rows, found->data, found->len);
  return TRUE;
}

/* Both ---------------------------------------------------------------------------------------- */

typedef gboolean (*PartFunc) (const Walk *self,
                              gint64      start,
                              gint64      count,
                              gboolean    descending,
                              GArray     *rows,
                              GError    **error);

/* What of a part that has @size rows and begins at @first in the list lies in [start, start +
 * count). */
static gboolean
read_part (const Walk *self,
           PartFunc    func,
           gint64      first,
           gint64      size,
           gint64      start,
           gint64      count,
           GArray     *rows,
           GError    **error)
{
  gint64 from = MAX (start, first);
  gint64 to = MIN (start + count, first + size);

  return from >= to || func (self, from - first, to - from, self->order->descending, rows, error);
}

static gboolean
read_both (const Walk *self, gint64 start, gint64 count, GArray *rows, GError **error)
{
  if (self->order->descending)
    return read_part (self, read_lacking, 0, self->lacking, start, count, rows, error)
           && read_part (self, read_keyed, self->lacking, self->keyed, start, count, rows, error);
  return read_part (self, read_keyed, 0, self->keyed, start, count, rows, error)
         && read_part (self, read_lacking, self->keyed, self->lacking, start, count, rows, error);
}

GArray *
ms_query_read (MsTxn          *txn,
               const MsQuery  *query,
               const MsOrder  *order,
               const MsRowSet *members,
               gint64          start,
               gint64          count,
               GError        **error)
{
  Walk self = { txn, query, order, members, 0, 0 };
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (!count_parts (&self, error))
    return NULL;
  count = MIN (count, self.keyed + self.lacking - start);
  if (count > 0 && !read_both (&self, start, count, rows, error))
    return NULL;
  return g_steal_pointer (&rows);
}

static GArray *
walk_beyond (const Walk *self, const MsOrderPlace *place, gint64 count, GError **error)
{
  g_auto (MsSqlBuilder) builder = { 0 };

  ms_sql_builder_init (&builder, self->txn);
  ms_order_append_select (self->order, &builder, self->query, FALSE);
  ms_order_append_beyond (self->order, &builder, place, self->order->descending);
  ms_order_append_by (self->order, &builder);
  if (self->members == NULL)
    append_limit (&builder, count, 0);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  if (statement == NULL)
    return NULL;
  return self->members == NULL ? ms_query_read_rows (statement, error)
                               : read_members (statement, self->members, 0, count, error);
}

/* Where in the list the first object without a key stands that follows on @place. */
static gboolean
find_lacking_start (const Walk *self, const MsOrderPlace *place, gint64 *start, GError **error)
{
  g_autoptr (MsRowSet) lacking = load_lacking (self, error);

  if (lacking == NULL)
    return FALSE;
  gint64 rank = ms_row_set_rank (lacking, place->row);
  gint64 here = ms_row_set_contains (lacking, place->row);
  *start = self->order->descending ? self->lacking - rank : self->keyed + rank + here;
  return TRUE;
}

GArray *
ms_query_read_beyond (MsTxn              *txn,
                      const MsQuery      *query,
                      const MsOrder      *order,
                      const MsRowSet     *members,
                      const MsOrderPlace *place,
                      gint64              count,
                      GError            **error)
{
  Walk   self = { txn, query, order, members, 0, 0 };
  gint64 start = 0;

  if (!count_parts (&self, error))
    return NULL;
  if (place->key == NULL)
    return find_lacking_start (&self, place, &start, error)
               ? ms_query_read (txn, query, order, members, start, count, error)
               : NULL;
  g_autoptr (GArray) rows = walk_beyond (&self, place, count, error);
  if (rows == NULL)
    return NULL;
  gint64 more = MIN (count - rows->len, self.lacking);
  if (!order->descending && more > 0 && !read_lacking (&self, 0, more, FALSE, rows, error))
    return NULL;
  return g_steal_pointer (&rows);
}

GArray *
ms_query_read_every (MsTxn          *txn,
                     const MsQuery  *query,
                     const MsOrder  *order,
                     const MsRowSet *members,
                     gint64          step,
                     GError        **error)
{
  GArray *rows = ms_query_read (txn, query, order, members, 0, G_MAXINT64 / 2, error);
  guint   kept = 0;

  for (gint64 i = 0; rows != NULL && i < rows->len; i += step)
    g_array_index (rows, gint64, kept++) = g_array_index (rows, gint64, i);
  if (rows != NULL)
    g_array_set_size (rows, kept);
  return rows;
}

/* Positions ----------------------------------------------------------------------------------- */

/* How many objects with a key come before @place, ascending. */
static gboolean
rank_keyed (const Walk *self, const MsOrderPlace *place, gint64 *rank, GError **error)
{
  gboolean anchored = FALSE;
  gboolean more = TRUE;
  g_auto (MsSqlBuilder) builder = { 0 };

  if (!find_anchors (self, self->keyed, &anchored, error))
    return FALSE;
  if (anchored && self->order->kind == MS_ORDER_LINK)
    return ms_query_rank_targets (self->txn, self->query, self->order, place, rank, error);
  if (anchored)
    return ms_anchor_rank (self->txn->sql, self->order->attr, place->key, place->row, rank, error);
  ms_sql_builder_init (&builder, self->txn);
  ms_order_append_select (self->order, &builder, self->query, self->members == NULL);
  ms_order_append_beyond (self->order, &builder, place, TRUE);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  *rank = 0;
  if (statement != NULL && self->members != NULL)
    ms_statement_expect_many (statement);
  while (statement != NULL && ms_statement_step (statement, &more, error))
    {
      if (!more)
        return TRUE;
      gint64 value = ms_statement_get_int (statement, 0);
      *rank += self->members == NULL ? value : ms_row_set_contains (self->members, value);
    }
  return FALSE;
}

static gboolean
rank_lacking (const Walk *self, const MsOrderPlace *place, gint64 *rank, GError **error)
{
  g_autoptr (MsRowSet) lacking = load_lacking (self, error);

  if (lacking == NULL)
    return FALSE;
  *rank = ms_row_set_rank (lacking, place->row);
  return TRUE;
}

gboolean
ms_query_rank (MsTxn          *txn,
               const MsQuery  *query,
               const MsOrder  *order,
               const MsRowSet *members,
               gint64          row,
               gint64         *position,
               GError        **error)
{
  Walk   self = { txn, query, order, members, 0, 0 };
  gint64 rank = 0;
  g_auto (MsOrderPlace) place = { 0 };

  if (!count_parts (&self, error) || !ms_order_find_place (order, txn, row, &place, error)
      || !(place.key != NULL ? rank_keyed : rank_lacking) (&self, &place, &rank, error))
    return FALSE;
  if (place.key == NULL)
    rank += self.keyed;
  *position = order->descending ? self.keyed + self.lacking - 1 - rank : rank;
  return TRUE;
}
