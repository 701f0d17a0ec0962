/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists: which objects, in what order, which part of them; where one stands; the bounds of ranges.
 * Row numbers are read first and the objects after that, so that what is done with an object may
 * use the same transaction.
 */
#include "ms-query.h"

#include "ms-query-sizes.h"

/* Of what is not bounded but looked for as a whole. */
static gboolean
find_all (MsTxn *txn, const MsQuery *query, const MsOrder *order, MsQueryHits *hits, GError **error)
{
  MsQuery whole = *query;

  whole.bounded = FALSE;
  return ms_query_find (txn, &whole, order, hits, error);
}

static gint64
bound_total (const MsQuery *query, gint64 total)
{
  return ms_query_is_bounded (query) ? MIN (total, ms_query_sizes.counted + 1) : total;
}

static gboolean
hand_over (MsTxn         *txn,
           const MsQuery *query,
           GArray        *rows,
           MsObjectFunc   func,
           gpointer       user_data,
           GError       **error)
{
  g_autoptr (GError) local_error = NULL;

  for (guint i = 0; i < rows->len; i++)
    {
      gint64 row = g_array_index (rows, gint64, i);
      g_autoptr (MsObject) object = query->shown ? ms_txn_list_row (txn, query->type, row, error)
                                                 : ms_txn_load_row (txn, row, FALSE, error);
      if (object == NULL)
        return FALSE;
      if (func (object, user_data, &local_error))
        continue;
      gboolean stopped = local_error == NULL;
      if (!stopped)
        g_propagate_error (error, g_steal_pointer (&local_error));
      return stopped;
    }
  return TRUE;
}

/* What of @hits->rows is asked for. (element-type gint64) */
static GArray *
take_part (MsQueryHits *hits, gint64 start, gint64 count)
{
  GArray *rows = g_steal_pointer (&hits->rows);
  guint   first = (guint) MIN (start, (gint64) rows->len);

  g_array_remove_range (rows, 0, first);
  g_array_set_size (rows, (guint) MIN (count, (gint64) rows->len));
  return rows;
}

/* (element-type gint64) */
static GArray *
read_part (MsTxn         *txn,
           const MsQuery *query,
           const MsOrder *order,
           MsQueryHits   *hits,
           gint64         start,
           gint64         count,
           GError       **error)
{
  GArray *read = NULL;

  if (hits->first != NULL && ms_order_is_by_row (order) && !order->descending
      && count <= ms_query_sizes.counted && start <= ms_query_sizes.counted + 1 - count)
    {
      read = g_array_new (FALSE, FALSE, sizeof (gint64));
      ms_row_set_slice (hits->first, start, count, FALSE, read);
      return read;
    }
  if (hits->able != NULL
      && (!ms_query_read_words (
              txn, query, order, hits->able, hits->span, start, count, &read, error)
          || read != NULL))
    return read;
  if (hits->able != NULL)
    {
      hits->members = ms_query_find_members (txn, query, error);
      if (hits->members == NULL)
        return NULL;
    }
  return hits->rows == NULL ? ms_query_read (txn, query, order, hits->members, start, count, error)
                            : take_part (hits, start, count);
}

/* The same where an index of a damaged store may be in the way. */
static GArray *
read_part_anyhow (MsTxn         *txn,
                  const MsQuery *query,
                  const MsOrder *order,
                  MsQueryHits   *hits,
                  gint64         start,
                  gint64         count,
                  GError       **error)
{
  g_autoptr (GError) failed = NULL;
  GArray *rows = read_part (txn, query, order, hits, start, count, &failed);

  if (rows != NULL)
    return rows;
  return ms_query_sort_instead (txn, query, order, hits, g_steal_pointer (&failed), error)
             ? take_part (hits, start, count)
             : NULL;
}

GArray *
ms_txn_query_rows (MsTxn *txn, const MsQuery *query, gint64 *total, GError **error)
{
  g_return_val_if_fail (txn != NULL && query != NULL && query->type != NULL, NULL);

  gint64  all = 0;
  MsOrder order;
  g_auto (MsQueryHits) hits = { 0 };
  if (!ms_txn_usage_settle (txn, error) || !ms_txn_write_counts (txn, error))
    return NULL;
  if (query->count <= 0)
    {
      if (!ms_query_count (txn, query, &all, error))
        return NULL;
      if (total != NULL)
        *total = bound_total (query, all);
      return g_array_new (FALSE, FALSE, sizeof (gint64));
    }
  ms_order_init (&order, txn, query);
  if (!ms_query_find (txn, query, &order, &hits, error))
    return NULL;
  if (total != NULL)
    *total = bound_total (query, hits.total);
  return read_part_anyhow (txn, query, &order, &hits, MAX (query->start, 0), query->count, error);
}

MsObject *
ms_txn_get_row (MsTxn *txn, gint64 row, GError **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  return ms_txn_load_row (txn, row, FALSE, error);
}

gboolean
ms_txn_query (MsTxn         *txn,
              const MsQuery *query,
              MsObjectFunc   func,
              gpointer       user_data,
              gint64        *total,
              GError       **error)
{
  g_return_val_if_fail (txn != NULL && query != NULL && query->type != NULL, FALSE);

  MsQuery asked = *query;
  if (func == NULL)
    asked.count = 0;
  g_autoptr (GArray) rows = ms_txn_query_rows (txn, &asked, total, error);
  return rows != NULL && hand_over (txn, query, rows, func, user_data, error);
}

/* Positions ----------------------------------------------------------------------------------- */

static gint64
find_in (GArray *rows, gint64 row)
{
  for (guint i = 0; i < rows->len; i++)
    if (g_array_index (rows, gint64, i) == row)
      return i;
  return -1;
}

gboolean
ms_txn_find_position (
    MsTxn *txn, const MsQuery *query, const char *id, gint64 *position, GError **error)
{
  g_return_val_if_fail (txn != NULL && query != NULL && query->type != NULL, FALSE);
  g_return_val_if_fail (id != NULL && position != NULL, FALSE);

  MsOrder order;
  g_auto (MsQueryHits) hits = { 0 };
  g_auto (MsFound) found = { 0 };
  if (!ms_txn_write_counts (txn, error) || !ms_txn_find_row (txn, id, FALSE, &found, error))
    return FALSE;
  *position = -1;
  if (found.row == 0 || found.type != query->type)
    return TRUE;
  ms_order_init (&order, txn, query);
  if (!find_all (txn, query, &order, &hits, error))
    return FALSE;
  if (hits.rows != NULL)
    {
      *position = find_in (hits.rows, found.row);
      return TRUE;
    }
  if (hits.members != NULL && !ms_row_set_contains (hits.members, found.row))
    return TRUE;
  return ms_query_rank (txn, query, &order, hits.members, found.row, position, error);
}

/* Ranges -------------------------------------------------------------------------------------- */

static gboolean
add_label (MsTxn *txn, const MsResourceType *type, gint64 row, GPtrArray *labels, GError **error)
{
  gboolean found = FALSE;
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql, &failed, "SELECT label FROM object WHERE n = $1", "i", row);

  if (statement != NULL && ms_statement_step (statement, &found, &failed))
    {
      g_ptr_array_add (labels, found ? ms_statement_dup_text (statement, 0) : g_strdup (""));
      return TRUE;
    }
  if (!ms_txn_is_bearable (txn, failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  g_autoptr (MsObject) object = ms_txn_list_row (txn, type, row, error);
  if (object == NULL)
    return FALSE;
  g_ptr_array_add (labels, g_strdup (ms_object_get_label (object)));
  return TRUE;
}

GPtrArray *
ms_txn_list_ranges (MsTxn *txn, const MsQuery *query, guint step, GError **error)
{
  g_return_val_if_fail (txn != NULL && query != NULL && query->type != NULL && step > 0, NULL);

  MsOrder order;
  g_auto (MsQueryHits) hits = { 0 };
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  ms_order_init (&order, txn, query);
  if (!ms_txn_write_counts (txn, error) || !find_all (txn, query, &order, &hits, error))
    return NULL;
  gboolean all = hits.rows != NULL;
  g_autoptr (GError) failed = NULL;
  g_autoptr (GArray) rows
             = all ? g_steal_pointer (&hits.rows)
                   : ms_query_read_every (txn, query, &order, hits.members, step, &failed);
  if (rows == NULL)
    {
      if (!ms_query_sort_instead (txn, query, &order, &hits, g_steal_pointer (&failed), error))
        return NULL;
      all = TRUE;
      rows = g_steal_pointer (&hits.rows);
    }
  for (guint i = 0; i < rows->len; i += all ? step : 1)
    if (!add_label (txn, query->type, g_array_index (rows, gint64, i), labels, error))
      return NULL;
  return g_steal_pointer (&labels);
}
