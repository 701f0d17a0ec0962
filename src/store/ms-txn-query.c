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

  if (rows->len < 2)
    return TRUE;
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

/* Which rows satisfy a query that was costly to evaluate: a bit for each row of the store. */
typedef struct
{
  guint8 *bits;
  gint64  limit;
} Members;

static void
members_clear (Members *self)
{
  g_free (self->bits);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Members, members_clear)

static void
members_init (Members *self, GArray *rows)
{
  self->limit = 0;
  for (guint i = 0; i < rows->len; i++)
    self->limit = MAX (self->limit, g_array_index (rows, gint64, i) + 1);
  self->bits = g_malloc0 ((gsize) self->limit / 8 + 1);
  for (guint i = 0; i < rows->len; i++)
    {
      gint64 row = g_array_index (rows, gint64, i);
      self->bits[row / 8] |= (guint8) (1 << (row % 8));
    }
}

static gboolean
members_contain (const Members *self, gint64 row)
{
  return row < self->limit && (self->bits[row / 8] >> (row % 8) & 1) != 0;
}

/* As ms_query_read_ordered(), for what @members holds. */
static GArray *
read_members (MsTxn         *txn,
              const MsQuery *query,
              const MsOrder *order,
              const Members *members,
              gint64         start,
              gint64         count,
              GError       **error)
{
  g_auto (MsSqlBuilder) builder = { 0 };
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  gboolean more = TRUE;

  ms_sql_builder_init (&builder, txn);
  ms_order_append_select (order, &builder, query, order->obj);
  ms_order_append_by (order, &builder);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  if (statement == NULL)
    return NULL;
  for (gint64 passed = 0; rows->len < count;)
    {
      if (!ms_statement_step (statement, &more, error))
        return NULL;
      if (!more)
        break;
      gint64 row = ms_statement_get_int (statement, 0);
      if (members_contain (members, row) && passed++ >= start)
        g_array_append_val (rows, row);
    }
  return g_steal_pointer (&rows);
}

static GArray *
read_part (MsTxn         *txn,
           const MsQuery *query,
           const MsOrder *order,
           const Members *members,
           gint64         start,
           gint64         count,
           GError       **error)
{
  return members != NULL ? read_members (txn, query, order, members, start, count, error)
                         : ms_query_read_ordered (txn, query, order, start, count, error);
}

/* The other half of a list is nearer from its other end. @members: (nullable) */
static GArray *
read_window (MsTxn         *txn,
             const MsQuery *query,
             const MsOrder *order,
             const Members *members,
             gint64         total,
             GError       **error)
{
  gint64  count = MIN (query->count, MAX (total - query->start, 0));
  gint64  behind = total - query->start - count;
  MsOrder reverse = *order;

  if (count == 0)
    return g_array_new (FALSE, FALSE, sizeof (gint64));
  if (behind >= query->start)
    return read_part (txn, query, order, members, query->start, count, error);
  reverse.descending = !order->descending;
  GArray *rows = read_part (txn, query, &reverse, members, behind, count, error);
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
hand_over (MsTxn *txn, GArray *rows, MsObjectFunc func, gpointer user_data, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  for (guint i = 0; i < rows->len; i++)
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

/* What has to look at every value: worth doing once only. */
static gboolean
is_costly (const MsQuery *query)
{
  const MsFilter *leading = query->filter != NULL ? find_leading (query->filter) : NULL;

  return (query->search != NULL && *query->search != '\0')
         || (leading != NULL && ms_filter_sql_is_scan (leading));
}

static GArray *
read_costly (MsTxn *txn, const MsQuery *query, const MsOrder *order, gint64 *total, GError **error)
{
  g_autoptr (GArray) found = ms_query_find (txn, query, 0, error);
  g_auto (Members) members = { 0 };

  if (found == NULL)
    return NULL;
  *total = found->len;
  if (found->len > MS_QUERY_SMALL)
    {
      members_init (&members, found);
      return read_window (txn, query, order, &members, *total, error);
    }
  if (!sort_rows (txn, order, found, error))
    return NULL;
  guint start = (guint) MIN (query->start, (gint64) found->len);
  g_array_remove_range (found, 0, start);
  return g_steal_pointer (&found);
}

/* The rows asked for, in order. */
static GArray *
read_rows (MsTxn *txn, const MsQuery *query, const MsOrder *order, gint64 *total, GError **error)
{
  g_autoptr (GArray) rows = NULL;

  if (query->count > 0 && is_costly (query))
    return read_costly (txn, query, order, total, error);
  if (query->count > 0 && !ms_query_find_small (txn, query, order, &rows, error))
    return NULL;
  if (rows != NULL)
    {
      *total = rows->len;
      g_array_remove_range (rows, 0, (guint) MIN (query->start, (gint64) rows->len));
      return g_steal_pointer (&rows);
    }
  if (!ms_query_count (txn, query, total, error))
    return NULL;
  return read_window (txn, query, order, NULL, *total, error);
}

GArray *
ms_txn_query_rows (MsTxn *txn, const MsQuery *query, gint64 *total, GError **error)
{
  g_return_val_if_fail (txn != NULL && query != NULL && query->type != NULL, NULL);

  gint64  all = 0;
  MsQuery asked = *query;
  MsOrder order;
  asked.start = MAX (query->start, 0);
  asked.count = MAX (query->count, 0);
  ms_order_init (&order, txn, query);
  GArray *rows = read_rows (txn, &asked, &order, &all, error);
  if (rows == NULL)
    return NULL;
  if (rows->len > asked.count)
    g_array_set_size (rows, (guint) asked.count);
  if (total != NULL)
    *total = all;
  return rows;
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
  return rows != NULL && hand_over (txn, rows, func, user_data, error);
}
