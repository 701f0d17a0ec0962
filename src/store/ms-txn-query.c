/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists: which objects, in what order, which part of them.
 * Row numbers are read first and the objects after that, so that what is done with an object may
 * use the same transaction.
 */
#include "ms-query.h"

#include "ms-text.h"

#include <string.h>

/* What a query finds -------------------------------------------------------------------------- */

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
      driver->search_condition (
          builder->txn->sql, builder->text, obj, builder->parameters->len + 1, words[i], &pattern);
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
append_others (MsSqlBuilder     *builder,
               const MsSqlScope *scope,
               const MsFilter   *filter,
               const MsFilter   *leading)
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
                         is_distinct (leading)
                             ? ") SELECT %s FROM found g WHERE 1 = 1"
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

/* Small results ------------------------------------------------------------------------------- */

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
gboolean
ms_query_find_small (
    MsTxn *txn, const MsQuery *query, const MsOrder *order, GArray **rows, GError **error)
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

/* Large results ------------------------------------------------------------------------------- */

GArray *
ms_query_read_ordered (MsTxn         *txn,
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
read_window (MsTxn *txn, const MsQuery *query, const MsOrder *order, gint64 total, GError **error)
{
  gint64  count = MIN (query->count, MAX (total - query->start, 0));
  gint64  behind = total - query->start - count;
  MsOrder reverse = *order;

  if (count == 0)
    return g_array_new (FALSE, FALSE, sizeof (gint64));
  if (behind >= query->start)
    return ms_query_read_ordered (txn, query, order, query->start, count, error);
  reverse.descending = !order->descending;
  GArray *rows = ms_query_read_ordered (txn, query, &reverse, behind, count, error);
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
  if (asked.count > 0 && !ms_query_find_small (txn, &asked, &order, &rows, error))
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
