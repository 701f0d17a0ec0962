/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where an object stands in a list, and the bounds of ranges: what a tree of a million needs to
 * know without reading it.
 */
#include "ms-query.h"

/* Position ------------------------------------------------------------------------------------ */

static gint64
find_in (GArray *rows, gint64 row)
{
  for (guint i = 0; i < rows->len; i++)
    if (g_array_index (rows, gint64, i) == row)
      return i;
  return -1;
}

static gboolean
is_held (MsTxn *txn, const MsQuery *query, gint64 row, gboolean *held, GError **error)
{
  gboolean found = FALSE;
  g_auto (MsSqlBuilder) builder = { 0 };

  ms_sql_builder_init (&builder, txn);
  ms_sql_builder_append (&builder, "SELECT o.n FROM object o WHERE o.n = ");
  ms_sql_builder_add_int (&builder, row);
  ms_query_append_tests (&builder, query, "o.n");
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  if (statement == NULL || !ms_statement_step (statement, &found, error))
    return FALSE;
  *held = found;
  return TRUE;
}

static gboolean
count_before (MsTxn         *txn,
              const MsQuery *query,
              const MsOrder *order,
              MsObject      *object,
              gint64        *position,
              GError       **error)
{
  gboolean         row = FALSE;
  g_autofree char *key = NULL;
  g_auto (MsSqlBuilder) builder = { 0 };

  if (!ms_order_make_key (order, txn, object, &key, error))
    return FALSE;
  ms_sql_builder_init (&builder, txn);
  ms_order_append_select (order, &builder, query, "count(*)");
  ms_order_append_before (order, &builder, key, ms_object_get_row (object));
  ms_query_append_tests (&builder, query, order->obj);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  *position = row ? ms_statement_get_int (statement, 0) : 0;
  return TRUE;
}

gboolean
ms_txn_find_position (
    MsTxn *txn, const MsQuery *query, const char *id, gint64 *position, GError **error)
{
  g_return_val_if_fail (txn != NULL && query != NULL && query->type != NULL, FALSE);
  g_return_val_if_fail (id != NULL && position != NULL, FALSE);

  gboolean held = FALSE;
  MsOrder  order;
  g_autoptr (GArray) rows = NULL;
  g_auto (MsFound) found = { 0 };
  ms_order_init (&order, txn, query);
  if (!ms_txn_find_row (txn, id, FALSE, &found, error))
    return FALSE;
  if (found.row != 0 && found.type == query->type && !is_held (txn, query, found.row, &held, error))
    return FALSE;
  if (!held)
    {
      *position = -1;
      return TRUE;
    }
  if (!ms_query_find_small (txn, query, &order, &rows, error))
    return FALSE;
  if (rows != NULL)
    {
      *position = find_in (rows, found.row);
      return TRUE;
    }
  g_autoptr (MsObject) object = ms_txn_load_row (txn, found.row, FALSE, error);
  return object != NULL && count_before (txn, query, &order, object, position, error);
}

/* Ranges -------------------------------------------------------------------------------------- */

static gboolean
add_label (MsTxn *txn, gint64 row, GPtrArray *labels, GError **error)
{
  gboolean found = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql, error, "SELECT label FROM object WHERE n = $1", "i", row);

  if (statement == NULL || !ms_statement_step (statement, &found, error))
    return FALSE;
  g_ptr_array_add (labels, found ? ms_statement_dup_text (statement, 0) : g_strdup (""));
  return TRUE;
}

/* From one bound to the next along the index: skipping rows there costs less than handing them out.
 */
static gboolean
jump (MsTxn         *txn,
      const MsOrder *order,
      guint          step,
      gboolean       first,
      char         **key,
      gint64        *row,
      gboolean      *found,
      GError       **error)
{
  const char *sign = order->descending ? "<" : ">";
  const char *way = order->descending ? "DESC" : "ASC";
  g_auto (MsSqlBuilder) builder = { 0 };

  ms_sql_builder_init (&builder, txn);
  ms_sql_builder_append (&builder, "SELECT s.key, s.obj FROM value s WHERE s.attr = ");
  ms_sql_builder_add_int (&builder, order->attr);
  if (!first)
    {
      ms_sql_builder_append (&builder, " AND (s.key, s.obj) %s (", sign);
      ms_sql_builder_add_text (&builder, *key);
      ms_sql_builder_append (&builder, ", ");
      ms_sql_builder_add_int (&builder, *row);
      ms_sql_builder_append (&builder, ")");
    }
  ms_sql_builder_append (&builder, " ORDER BY s.key %s, s.obj %s LIMIT 1 OFFSET ", way, way);
  ms_sql_builder_add_int (&builder, first ? 0 : (gint64) step - 1);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  if (statement == NULL || !ms_statement_step (statement, found, error))
    return FALSE;
  if (!*found)
    return TRUE;
  g_free (*key);
  *key = ms_statement_dup_text (statement, 0);
  *row = ms_statement_get_int (statement, 1);
  return TRUE;
}

static GPtrArray *
list_index_ranges (MsTxn *txn, const MsOrder *order, guint step, GError **error)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *key = NULL;
  gint64           row = 0;
  gboolean         found = TRUE;

  for (gboolean first = TRUE; found; first = FALSE)
    if (!jump (txn, order, step, first, &key, &row, &found, error)
        || (found && !add_label (txn, row, labels, error)))
      return NULL;
  return g_steal_pointer (&labels);
}

GPtrArray *
ms_txn_list_ranges (MsTxn *txn, const MsQuery *query, guint step, GError **error)
{
  g_return_val_if_fail (txn != NULL && query != NULL && query->type != NULL && step > 0, NULL);

  MsOrder order;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  ms_order_init (&order, txn, query);
  if (ms_query_is_plain (query) && order.kind == MS_ORDER_INDEX)
    return list_index_ranges (txn, &order, step, error);
  if (!ms_query_find_small (txn, query, &order, &rows, error))
    return NULL;
  if (rows == NULL)
    rows = ms_query_read_ordered (txn, query, &order, 0, G_MAXINT64, error);
  if (rows == NULL)
    return NULL;
  for (guint i = 0; i < rows->len; i += step)
    if (!add_label (txn, g_array_index (rows, gint64, i), labels, error))
      return NULL;
  return g_steal_pointer (&labels);
}
