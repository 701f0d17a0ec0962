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

/* Places as callers keep them: without a key nothing, the missing one for what an object lacks, and
 * with the row at the other end in front for the order of a relation. */
static char *
export_key (const MsOrder *order, const MsOrderPlace *place)
{
  if (ms_order_is_by_row (order))
    return NULL;
  if (place->key == NULL)
    return g_strdup (MS_KEY_MISSING);
  return order->kind == MS_ORDER_LINK
             ? g_strdup_printf ("%" G_GINT64_FORMAT "/%s", place->target, place->key)
             : g_strdup (place->key);
}

/* @place: (out): to be cleared */
static void
import_place (const MsOrder *order, const MsQueryPlace *from, MsOrderPlace *place)
{
  const char *key = from->key != NULL ? from->key : "";
  const char *slash = order->kind == MS_ORDER_LINK ? strchr (key, '/') : NULL;

  *place = (MsOrderPlace){ NULL, 0, from->row };
  if (ms_order_is_by_row (order) || strcmp (key, MS_KEY_MISSING) == 0)
    return;
  if (slash != NULL)
    place->target = g_ascii_strtoll (key, NULL, 10);
  place->key = g_strdup (slash != NULL ? slash + 1 : key);
}

/* @known: (nullable): the places of all @rows. @where: (out): below 0 where the @i-th is read
 * before
 * @place */
static gboolean
compare_to_place (MsTxn              *txn,
                  const MsOrder      *order,
                  GArray             *rows,
                  GArray             *known,
                  guint               i,
                  const MsOrderPlace *place,
                  int                *where,
                  GError            **error)
{
  g_auto (MsOrderPlace) found = { 0 };
  const MsOrderPlace *here = known != NULL ? &g_array_index (known, MsOrderPlace, i) : &found;

  if (known == NULL
      && !ms_order_find_place (order, txn, g_array_index (rows, gint64, i), &found, error))
    return FALSE;
  *where = ms_order_place_compare (here, place) * (order->descending ? -1 : 1);
  return TRUE;
}

/* How many of @rows, which are in order, come before @place or, with @inclusive, are at it. */
static gboolean
find_in_rows (MsTxn              *txn,
              const MsOrder      *order,
              GArray             *rows,
              const MsOrderPlace *place,
              gboolean            inclusive,
              guint              *found,
              GError            **error)
{
  guint low = 0, high = rows->len;
  g_autoptr (GArray) known = NULL;

  /* To derive all costs what one costs. */
  if (order->kind == MS_ORDER_DERIVED)
    {
      known = ms_order_find_places (order, txn, rows, error);
      if (known == NULL)
        return FALSE;
    }
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      int   where = 0;
      if (!compare_to_place (txn, order, rows, known, middle, place, &where, error))
        return FALSE;
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
           const MsOrderPlace *from,
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

/* @from: (nullable) */
static GArray *
read_along (MsTxn              *txn,
            const MsQuery      *query,
            const MsOrder      *order,
            const MsRowSet     *members,
            const MsOrderPlace *from,
            gboolean            backwards,
            gint64              count,
            GError            **error)
{
  MsOrder reading = *order;

  reading.descending = order->descending != backwards;
  return from != NULL ? ms_query_read_beyond (txn, query, &reading, members, from, count, error)
                      : ms_query_read (txn, query, &reading, members, 0, count, error);
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
  MsQuery whole = *query;
  g_auto (MsQueryHits) hits = { 0 };
  g_auto (MsOrderPlace) place = { 0 };

  ms_order_init (order, txn, query);
  whole.bounded = FALSE;
  if (!ms_txn_write_counts (txn, error) || !ms_query_find (txn, &whole, order, &hits, error))
    return NULL;
  if (from != NULL)
    import_place (order, from, &place);
  g_autoptr (GError) failed = NULL;
  GArray *rows = hits.rows == NULL ? read_along (txn,
                                                 query,
                                                 order,
                                                 hits.members,
                                                 from != NULL ? &place : NULL,
                                                 backwards,
                                                 count,
                                                 &failed)
                                   : NULL;
  if (rows != NULL)
    return rows;
  if (hits.rows == NULL
      && !ms_query_sort_instead (txn, query, order, &hits, g_steal_pointer (&failed), error))
    return NULL;
  return cut_small (txn, order, hits.rows, from != NULL ? &place : NULL, backwards, count, error)
             ? g_steal_pointer (&hits.rows)
             : NULL;
}

/* Who asks for more goes on from the last place: each must be beyond the one before it.
 * @from: (nullable): where the first one goes on */
static gboolean
check_places (MsTxn              *txn,
              const MsOrder      *order,
              const MsQueryPlace *from,
              const MsQueryPlace *place,
              gboolean            backwards,
              GError            **error)
{
  g_auto (MsOrderPlace) last = { 0 };
  g_auto (MsOrderPlace) here = { 0 };

  if (from == NULL)
    return TRUE;
  import_place (order, from, &last);
  import_place (order, place, &here);
  int where = ms_order_place_compare (&last, &here);
  if (order->descending != backwards ? where > 0 : where < 0)
    return TRUE;
  return ms_sql_fail_order (
      txn->sql, "lists", last.key != NULL ? last.key : "", here.key != NULL ? here.key : "", error);
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
  g_auto (MsQueryPlace) last = { NULL, 0 };
  g_autoptr (GArray) rows
             = find_rows (txn, query, from, backwards, query->count + 1, &order, error);
  if (rows == NULL)
    return FALSE;
  *more = rows->len > query->count;
  if (*more)
    g_array_set_size (rows, (guint) query->count);
  g_autoptr (GArray) places = ms_order_find_places (&order, txn, rows, error);
  if (places == NULL)
    return FALSE;
  for (guint i = 0; i < places->len; i++)
    {
      const MsOrderPlace *here = &g_array_index (places, MsOrderPlace, i);
      g_auto (MsQueryPlace) place = { export_key (&order, here), here->row };
      g_autoptr (MsObject) object = ms_txn_list_row (txn, query->type, here->row, error);
      if (object == NULL
          || !check_places (txn, &order, i > 0 ? &last : from, &place, backwards, error)
          || !func (object, &place, user_data, error))
        return FALSE;
      ms_query_place_clear (&last);
      last = place;
      place = (MsQueryPlace){ NULL, 0 };
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

  *found = object != NULL || ms_txn_is_bearable (txn, failed);
  place->row = row;
  place->key = NULL;
  if (object == NULL && g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    return TRUE;
  if (!*found)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  g_auto (MsOrderPlace) here = { 0 };
  ms_order_init (&order, txn, query);
  if (!ms_order_find_place (&order, txn, row, &here, error))
    return FALSE;
  place->key = export_key (&order, &here);
  return TRUE;
}
