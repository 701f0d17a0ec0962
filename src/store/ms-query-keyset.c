/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists read on from an object's place instead of by number: what comes and goes meanwhile neither
 * repeats nor hides anything else. A place is the object's key in the order and its row, so that it
 * stays one when the object has gone.
 */
#include "ms-query.h"

#include "ms-error.h"

#include <string.h>

void
ms_query_place_clear (MsQueryPlace *self)
{
  g_clear_pointer (&self->key, g_free);
}

static const char *
get_key (const MsQueryPlace *place)
{
  return place->key != NULL ? place->key : "";
}

/* Below 0 where @key, @row come before @place in @order. */
static int
compare_place (const MsOrder *order, const char *key, gint64 row, const MsQueryPlace *place)
{
  int result = order->key != NULL ? strcmp (key, get_key (place)) : 0;

  if (result == 0)
    result = (row > place->row) - (row < place->row);
  return order->descending ? -result : result;
}

/* How many of @rows, which are in order, come before @place or, with @inclusive, are at it. */
static gboolean
find_in_rows (MsTxn              *txn,
              const MsOrder      *order,
              GArray             *rows,
              const MsQueryPlace *place,
              gboolean            inclusive,
              guint              *found,
              GError            **error)
{
  guint low = 0, high = rows->len;

  while (low < high)
    {
      guint            middle = low + (high - low) / 2;
      gint64           row = g_array_index (rows, gint64, middle);
      g_autofree char *key = NULL;
      g_autoptr (MsObject) object = ms_txn_load_row (txn, row, FALSE, error);
      if (object == NULL || !ms_order_make_key (order, txn, object, &key, error))
        return FALSE;
      int where = compare_place (order, key, row, place);
      if (where < 0 || (where == 0 && inclusive))
        low = middle + 1;
      else
        high = middle;
    }
  *found = low;
  return TRUE;
}

/* The part of a small result that is asked for, in the order of reading. */
static gboolean
cut_small (MsTxn              *txn,
           const MsOrder      *order,
           GArray             *rows,
           const MsQueryPlace *from,
           gboolean            backwards,
           gint64              count,
           GError            **error)
{
  guint start = backwards ? rows->len : 0;

  if (from != NULL && !find_in_rows (txn, order, rows, from, !backwards, &start, error))
    return FALSE;
  if (!backwards)
    g_array_remove_range (rows, 0, start);
  else
    {
      g_array_set_size (rows, start);
      for (guint i = 0; i < rows->len / 2; i++)
        {
          gint64 *one = &g_array_index (rows, gint64, i);
          gint64 *other = &g_array_index (rows, gint64, rows->len - 1 - i);
          gint64  swap = *one;
          *one = *other;
          *other = swap;
        }
    }
  g_array_set_size (rows, (guint) MIN ((gint64) rows->len, count));
  return TRUE;
}

/* @order: as it is read */
static GArray *
read_from (MsTxn              *txn,
           const MsQuery      *query,
           const MsOrder      *order,
           const MsQueryPlace *from,
           gint64              count,
           GError            **error)
{
  g_auto (MsSqlBuilder) builder = { 0 };
  MsOrder behind = *order;

  ms_sql_builder_init (&builder, txn);
  ms_order_append_select (order, &builder, query, order->obj);
  behind.descending = !order->descending;
  if (from != NULL)
    ms_order_append_before (&behind, &builder, get_key (from), from->row);
  ms_query_append_tests (&builder, query, order->obj);
  ms_order_append_by (order, &builder);
  ms_sql_builder_append (&builder, " LIMIT ");
  ms_sql_builder_add_int (&builder, count);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  return ms_query_read_rows (statement, error);
}

static GArray *
find_rows (MsTxn              *txn,
           const MsQuery      *query,
           const MsQueryPlace *from,
           gboolean            backwards,
           gint64              count,
           MsOrder            *order,
           GError            **error)
{
  g_autoptr (GArray) rows = NULL;

  ms_order_init (order, txn, query);
  if (!ms_query_find_small (txn, query, order, &rows, error))
    return NULL;
  if (rows != NULL)
    return cut_small (txn, order, rows, from, backwards, count, error) ? g_steal_pointer (&rows)
                                                                       : NULL;
  MsOrder reading = *order;
  reading.descending = order->descending != backwards;
  return read_from (txn, query, &reading, from, count, error);
}

gboolean
ms_txn_query_from (MsTxn              *txn,
                   const MsQuery      *query,
                   const MsQueryPlace *from,
                   gboolean            backwards,
                   MsPlacedFunc        func,
                   gpointer            user_data,
                   gboolean           *more,
                   GError            **error)
{
  g_return_val_if_fail (txn != NULL && query != NULL && func != NULL && query->count > 0, FALSE);

  MsOrder order;
  g_autoptr (GArray) rows
             = find_rows (txn, query, from, backwards, query->count + 1, &order, error);
  if (rows == NULL)
    return FALSE;
  *more = rows->len > query->count;
  for (guint i = 0; i < rows->len && i < query->count; i++)
    {
      MsQueryPlace place = { NULL, g_array_index (rows, gint64, i) };
      g_autoptr (MsObject) object = ms_txn_load_row (txn, place.row, FALSE, error);
      if (object == NULL || !ms_order_make_key (&order, txn, object, &place.key, error))
        return FALSE;
      gboolean good = func (object, &place, user_data, error);
      ms_query_place_clear (&place);
      if (!good)
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_txn_find_place (MsTxn         *txn,
                   const MsQuery *query,
                   gint64         row,
                   MsQueryPlace  *place,
                   gboolean      *found,
                   GError       **error)
{
  g_autoptr (GError) failed = NULL;
  MsOrder order;
  g_autoptr (MsObject) object = ms_txn_load_row (txn, row, FALSE, &failed);

  *found = object != NULL;
  place->row = row;
  place->key = NULL;
  if (object == NULL && g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    return TRUE;
  if (object == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  ms_order_init (&order, txn, query);
  return ms_order_make_key (&order, txn, object, &place->key, error);
}
