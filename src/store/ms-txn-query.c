/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists: which objects, in what order, which part of them; where one of them stands; and the bounds of ranges.
 * Row numbers are read first and the objects after that, so that what is done with an object may use
 * the same transaction.
 */
#include "ms-query.h"

#include "ms-text.h"

#include <string.h>

/* What a query finds -------------------------------------------------------------------------------------- */

gboolean
ms_query_is_plain (const MsQuery *query)
{
  return query->filter == NULL && (query->search == NULL || *query->search == '\0');
}

static void
append_search (MsSqlBuilder *builder, const char *search, const char *obj)
{
  const MsSqlDriver *driver = builder->txn->sql->driver;
  g_autofree char   *folded = ms_text_fold_search (search);
  g_auto (GStrv) words = g_strsplit_set (folded, " \t\n\r", -1);

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_autofree char *pattern = NULL;
      if (*words[i] == '\0')
        continue;
      ms_sql_builder_append (builder, " AND ");
      driver->search_condition (builder->txn->sql, builder->text, obj, builder->parameters->len + 1,
                                words[i], &pattern);
      (void) ms_sql_builder_keep_text (builder, pattern);
    }
}

void
ms_query_append_tests (MsSqlBuilder *builder, const MsQuery *query, const char *obj)
{
  MsSqlScope scope = { query->type, obj, NULL };

  if (query->filter != NULL)
    {
      ms_sql_builder_append (builder, " AND ");
      ms_filter_sql_append_test (builder, &scope, query->filter);
    }
  if (query->search != NULL)
    append_search (builder, query->search, obj);
}

/* The part of an "and" that finds least; the rest are tests of what it finds. */
static const MsFilter *
find_leading (const MsFilter *filter)
{
  if (filter->kind != MS_FILTER_AND)
    return filter;
  const MsFilter *left = find_leading (filter->left);
  const MsFilter *right = find_leading (filter->right);
  return ms_filter_sql_rank (right) < ms_filter_sql_rank (left) ? right : left;
}

static void
append_others (MsSqlBuilder *builder, const MsSqlScope *scope, const MsFilter *filter, const MsFilter *leading)
{
  if (filter == leading)
    return;
  if (filter->kind == MS_FILTER_AND)
    {
      append_others (builder, scope, filter->left, leading);
      append_others (builder, scope, filter->right, leading);
      return;
    }
  ms_sql_builder_append (builder, " AND ");
  ms_filter_sql_append_test (builder, scope, filter);
}

/* Whether a set names each object only once. */
static gboolean
is_distinct (const MsFilter *filter)
{
  const MsAttribute *attribute = filter->attribute;

  if (filter->kind == MS_FILTER_VALUE_PATH)
    return FALSE;
  if (attribute == NULL)
    return TRUE;
  return attribute->type != MS_ATTR_COMPLEX && !attribute->multi_valued
         && (attribute->parent == NULL || !attribute->parent->multi_valued)
         && ms_filter_sql_relation_of (attribute) == NULL;
}

/* "SELECT @what FROM … WHERE …" over g.n, each object once */
static void
append_found (MsSqlBuilder *builder, const MsQuery *query, const char *what)
{
  const MsFilter *leading = query->filter != NULL ? find_leading (query->filter) : NULL;
  MsSqlScope      scope = { query->type, "g.n", NULL };

  if (leading == NULL || ms_filter_sql_rank (leading) >= MS_FILTER_NO_SET)
    {
      ms_sql_builder_append (builder, "SELECT %s FROM object g WHERE g.type = ", what);
      ms_sql_builder_add_text (builder, query->type->name);
      ms_sql_builder_append (builder, " AND g.deleted IS NULL");
      ms_query_append_tests (builder, query, "g.n");
      return;
    }
  ms_sql_builder_append (builder, "WITH found (n) AS (");
  ms_filter_sql_append_set (builder, query->type, leading);
  ms_sql_builder_append (builder,
                         is_distinct (leading) ? ") SELECT %s FROM found g WHERE 1 = 1"
                                               : ") SELECT %s FROM (SELECT DISTINCT n FROM found) g WHERE 1 = 1",
                         what);
  append_others (builder, &scope, query->filter, leading);
  if (query->search != NULL)
    append_search (builder, query->search, "g.n");
}

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

GArray *
ms_query_find (MsTxn *txn, const MsQuery *query, gint64 limit, GError **error)
{
  g_auto (MsSqlBuilder) builder = { 0 };

  ms_sql_builder_init (&builder, txn);
  append_found (&builder, query, "g.n");
  if (limit > 0)
    {
      ms_sql_builder_append (&builder, " LIMIT ");
      ms_sql_builder_add_int (&builder, limit);
    }
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  return ms_query_read_rows (statement, error);
}

gboolean
ms_query_count (MsTxn *txn, const MsQuery *query, gint64 *total, GError **error)
{
  gboolean row = FALSE;
  g_auto (MsSqlBuilder) builder = { 0 };

  if (ms_query_is_plain (query))
    return ms_txn_count (txn, MS_COUNT_OBJECTS, query->type, total, error);
  ms_sql_builder_init (&builder, txn);
  append_found (&builder, query, "count(*)");
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  *total = row ? ms_statement_get_int (statement, 0) : 0;
  return TRUE;
}

/* Small results ---------------------------------------------------------------------------------------- */

typedef struct
{
  char  *key;
  gint64 row;
} Hit;

static void
hit_clear (gpointer data)
{
  g_free (((Hit *) data)->key);
}

static int
hit_compare (gconstpointer a, gconstpointer b)
{
  const Hit *one = a;
  const Hit *other = b;
  int        keys = g_strcmp0 (one->key, other->key);

  if (keys != 0)
    return keys;
  return one->row < other->row ? -1 : one->row > other->row;
}

/* Sorts @rows in place. */
static gboolean
sort_rows (MsTxn *txn, const MsOrder *order, GArray *rows, GError **error)
{
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (Hit));

  g_array_set_clear_func (hits, hit_clear);
  for (guint i = 0; i < rows->len; i++)
    {
      Hit hit = { NULL, g_array_index (rows, gint64, i) };
      if (order->key != NULL)
        {
          g_autoptr (MsObject) object = ms_txn_load_row (txn, hit.row, FALSE, error);
          if (object == NULL || !ms_order_make_key (order, txn, object, &hit.key, error))
            return FALSE;
        }
      g_array_append_val (hits, hit);
    }
  g_array_sort (hits, hit_compare);
  for (guint i = 0; i < hits->len; i++)
    {
      guint place = order->descending ? hits->len - 1 - i : i;
      g_array_index (rows, gint64, place) = g_array_index (hits, Hit, i).row;
    }
  return TRUE;
}

/* All rows in order where they are few; %NULL in @rows where they are not. */
static gboolean
find_small (MsTxn *txn, const MsQuery *query, const MsOrder *order, GArray **rows, GError **error)
{
  *rows = NULL;
  if (ms_query_is_plain (query))
    return TRUE;
  g_autoptr (GArray) found = ms_query_find (txn, query, MS_QUERY_SMALL + 1, error);
  if (found == NULL)
    return FALSE;
  if (found->len > MS_QUERY_SMALL)
    return TRUE;
  if (!sort_rows (txn, order, found, error))
    return FALSE;
  *rows = g_steal_pointer (&found);
  return TRUE;
}

/* Large results ---------------------------------------------------------------------------------------- */

static GArray *
read_ordered (MsTxn         *txn,
              const MsQuery *query,
              const MsOrder *order,
              gint64         start,
              gint64         count,
              GError       **error)
{
  g_auto (MsSqlBuilder) builder = { 0 };

  ms_sql_builder_init (&builder, txn);
  ms_order_append_select (order, &builder, query, order->obj);
  ms_query_append_tests (&builder, query, order->obj);
  ms_order_append_by (order, &builder);
  ms_sql_builder_append (&builder, " LIMIT ");
  ms_sql_builder_add_int (&builder, count);
  ms_sql_builder_append (&builder, " OFFSET ");
  ms_sql_builder_add_int (&builder, start);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  return ms_query_read_rows (statement, error);
}

/* The other half of a list is nearer from its other end. */
static GArray *
read_window (MsTxn         *txn,
             const MsQuery *query,
             const MsOrder *order,
             gint64         total,
             GError       **error)
{
  gint64  count = MIN (query->count, MAX (total - query->start, 0));
  gint64  behind = total - query->start - count;
  MsOrder reverse = *order;

  if (count == 0)
    return g_array_new (FALSE, FALSE, sizeof (gint64));
  if (behind >= query->start)
    return read_ordered (txn, query, order, query->start, count, error);
  reverse.descending = !order->descending;
  GArray *rows = read_ordered (txn, query, &reverse, behind, count, error);
  for (guint i = 0; rows != NULL && i < rows->len / 2; i++)
    {
      gint64 *one = &g_array_index (rows, gint64, i);
      gint64 *other = &g_array_index (rows, gint64, rows->len - 1 - i);
      gint64  swap = *one;
      *one = *other;
      *other = swap;
    }
  return rows;
}

static gboolean
hand_over (MsTxn       *txn,
           GArray      *rows,
           gint64       start,
           gint64       count,
           MsObjectFunc func,
           gpointer     user_data,
           GError     **error)
{
  g_autoptr (GError) local_error = NULL;

  for (gint64 i = start; i < (gint64) rows->len && i - start < count; i++)
    {
      g_autoptr (MsObject) object
        = ms_txn_load_row (txn, g_array_index (rows, gint64, i), FALSE, error);
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

gboolean
ms_txn_query (MsTxn         *txn,
              const MsQuery *query,
              MsObjectFunc   func,
              gpointer       user_data,
              gint64        *total,
              GError       **error)
{
  g_return_val_if_fail (txn != NULL && query != NULL && query->type != NULL, FALSE);

  gint64  all = 0;
  MsQuery asked = *query;
  MsOrder order;
  g_autoptr (GArray) rows = NULL;
  asked.start = MAX (query->start, 0);
  asked.count = func != NULL ? MAX (query->count, 0) : 0;
  ms_order_init (&order, txn, query);
  if (asked.count > 0 && !find_small (txn, &asked, &order, &rows, error))
    return FALSE;
  if (rows != NULL)
    {
      if (total != NULL)
        *total = rows->len;
      return hand_over (txn, rows, asked.start, asked.count, func, user_data, error);
    }
  if (!ms_query_count (txn, &asked, &all, error))
    return FALSE;
  if (total != NULL)
    *total = all;
  if (asked.count == 0)
    return TRUE;
  rows = read_window (txn, &asked, &order, all, error);
  return rows != NULL && hand_over (txn, rows, 0, rows->len, func, user_data, error);
}

/* Position --------------------------------------------------------------------------------------------- */

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
ms_txn_find_position (MsTxn *txn, const MsQuery *query, const char *id, gint64 *position, GError **error)
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
  if (!find_small (txn, query, &order, &rows, error))
    return FALSE;
  if (rows != NULL)
    {
      *position = find_in (rows, found.row);
      return TRUE;
    }
  g_autoptr (MsObject) object = ms_txn_load_row (txn, found.row, FALSE, error);
  return object != NULL && count_before (txn, query, &order, object, position, error);
}

/* Ranges ----------------------------------------------------------------------------------------------- */

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

/* From one bound to the next along the index: skipping rows there costs less than handing them out. */
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
  if (!find_small (txn, query, &order, &rows, error))
    return NULL;
  if (rows == NULL)
    rows = read_ordered (txn, query, &order, 0, G_MAXINT64, error);
  if (rows == NULL)
    return NULL;
  for (guint i = 0; i < rows->len; i += step)
    if (!add_label (txn, g_array_index (rows, gint64, i), labels, error))
      return NULL;
  return g_steal_pointer (&labels);
}
