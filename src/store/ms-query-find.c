/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a query finds: few objects by one statement, many by sets (ms-filter-set.h).
 */
#include "ms-query.h"

#include "ms-filter-set.h"
#include "ms-query-sizes.h"
#include "ms-text.h"

#include <string.h>

/* A block of anchors is walked in a millisecond at most. */
MsQuerySizes ms_query_sizes = { .few = 1000,
                                .near = 512,
                                .far = 20000,
                                .block = 4096,
                                .looked_at = 5000,
                                .keys = 4000,
                                .worth = 8,
                                .counted = 10000,
                                .tested = 20000,
                                .joined = 4 };

void
ms_query_hits_clear (MsQueryHits *hits)
{
  g_clear_pointer (&hits->rows, g_array_unref);
  g_clear_pointer (&hits->members, ms_row_set_free);
  g_clear_pointer (&hits->able, ms_row_set_free);
  g_clear_pointer (&hits->first, ms_row_set_free);
}

/* As SQL -------------------------------------------------------------------------------------- */

static gboolean
has_search (const MsQuery *query)
{
  return query->search != NULL && *query->search != '\0';
}

gboolean
ms_query_is_plain (const MsQuery *query)
{
  return query->filter == NULL && !has_search (query);
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

static void
append_tests (MsSqlBuilder *builder, const MsQuery *query, const char *obj)
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
      append_tests (builder, query, "g.n");
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

/* In no order, at most @limit (0 = all). (element-type gint64) */
static GArray *
find_rows (MsTxn *txn, const MsQuery *query, gint64 limit, GError **error)
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
  if (statement != NULL && limit == 0)
    ms_statement_expect_many (statement);
  return ms_query_read_rows (statement, error);
}

static gboolean
count_rows (MsTxn *txn, const MsQuery *query, gint64 *total, GError **error)
{
  gboolean row = FALSE;
  g_auto (MsSqlBuilder) builder = { 0 };

  ms_sql_builder_init (&builder, txn);
  append_found (&builder, query, "count(*)");
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  *total = row ? ms_statement_get_int (statement, 0) : 0;
  return TRUE;
}

/* What has to look at every value: worth doing once only. */
static gboolean
is_costly (const MsQuery *query)
{
  const MsFilter *leading = query->filter != NULL ? find_leading (query->filter) : NULL;

  return has_search (query) || (leading != NULL && ms_filter_sql_is_scan (leading));
}

/* As sets ------------------------------------------------------------------------------------- */

/* A set that needs no look at a single object. */
static gboolean
is_kept (MsTxn *txn, const MsQuery *query)
{
  return query->filter != NULL && !has_search (query)
         && ms_filter_set_is_kept (txn, query->type, query->filter);
}

/* Every part is found by an index, or is kept. */
static gboolean
is_set (MsTxn *txn, const MsQuery *query)
{
  return query->filter == NULL || ms_filter_set_can (txn, query->type, query->filter);
}

static gboolean
is_computed (const MsFilter *filter)
{
  return filter->attribute != NULL && ms_attribute_is_derived (filter->attribute);
}

/* Conditions beside @leading. What a value path finds, databases guess badly, and then look for it
 * anew for each object: it is always found by itself. So is what is derived for all at once. */
static guint
count_joined (const MsFilter *filter, const MsFilter *leading)
{
  if (filter == NULL || filter == leading)
    return 0;
  if (filter->kind == MS_FILTER_VALUE_PATH || is_computed (filter))
    return ms_query_sizes.joined + 1;
  if (filter->left == NULL)
    return 1;
  return count_joined (filter->left, leading) + count_joined (filter->right, leading);
}

/* One statement may ask for all. Of an "or" of sets each is planned for itself. */
static gboolean
is_one_statement (const MsQuery *query)
{
  const MsFilter *filter = query->filter;

  if (filter == NULL || ms_filter_sql_rank (filter) < MS_FILTER_NO_SET)
    return TRUE;
  const MsFilter *leading = find_leading (filter);
  gboolean        is_set = ms_filter_sql_rank (leading) < MS_FILTER_NO_SET;
  return count_joined (filter, is_set ? leading : NULL) <= ms_query_sizes.joined;
}

static MsRowSet *
find_members (MsTxn *txn, const MsQuery *query, GError **error)
{
  if (!is_set (txn, query) && is_one_statement (query))
    {
      g_autoptr (GArray) rows = find_rows (txn, query, 0, error);
      return rows != NULL ? ms_row_set_new_from_rows (rows) : NULL;
    }
  g_autoptr (MsRowSet) filtered = query->filter != NULL
                                      ? ms_filter_set_make (txn, query->type, query->filter, error)
                                      : NULL;
  if (query->filter != NULL && (filtered == NULL || !has_search (query)))
    return g_steal_pointer (&filtered);
  g_autoptr (MsRowSet) members = ms_filter_set_search (txn, query->type, query->search, error);
  if (members != NULL && filtered != NULL)
    ms_row_set_intersect (members, filtered);
  return g_steal_pointer (&members);
}

/* In order ------------------------------------------------------------------------------------ */

gboolean
ms_query_sort_rows (MsTxn *txn, const MsOrder *order, GArray *rows, GError **error)
{
  if (rows->len < 2)
    return TRUE;
  g_autoptr (GArray) places = ms_order_find_places (order, txn, rows, error);
  if (places == NULL)
    return FALSE;
  g_array_sort (places, (GCompareFunc) ms_order_place_compare);
  for (guint i = 0; i < places->len; i++)
    {
      guint to = order->descending ? places->len - 1 - i : i;
      g_array_index (rows, gint64, to) = g_array_index (places, MsOrderPlace, i).row;
    }
  return TRUE;
}

static gboolean
take_rows (MsTxn *txn, const MsOrder *order, GArray *rows, MsQueryHits *hits, GError **error)
{
  hits->rows = rows;
  hits->total = rows->len;
  return ms_query_sort_rows (txn, order, rows, error);
}

static gboolean
take_members (
    MsTxn *txn, const MsOrder *order, MsRowSet *members, MsQueryHits *hits, GError **error)
{
  hits->members = members;
  hits->total = ms_row_set_count (members);
  if (hits->total > ms_query_sizes.few)
    return TRUE;
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  ms_row_set_slice (members, 0, ms_query_sizes.few, FALSE, rows);
  g_clear_pointer (&hits->members, ms_row_set_free);
  return take_rows (txn, order, rows, hits, error);
}

static gboolean
find (MsTxn *txn, const MsQuery *query, const MsOrder *order, MsQueryHits *hits, GError **error)
{
  g_autoptr (MsRowSet) found = NULL;

  *hits = (MsQueryHits){ 0 };
  if (ms_query_is_bounded (query) && is_set (txn, query))
    {
      if (!ms_query_find_words (txn, query, &found, &hits->able, &hits->first, &hits->span, error))
        return FALSE;
      hits->total = ms_query_sizes.counted + 1;
      if (hits->able != NULL)
        return TRUE;
      if (found != NULL)
        return take_members (txn, order, g_steal_pointer (&found), hits, error);
    }
  if (ms_query_is_plain (query))
    return ms_txn_count (txn, MS_COUNT_OBJECTS, query->type, &hits->total, error);
  if (!is_costly (query) && !is_kept (txn, query) && is_one_statement (query))
    {
      GArray *rows = find_rows (txn, query, ms_query_sizes.few + 1, error);
      if (rows == NULL || rows->len <= ms_query_sizes.few)
        return rows != NULL && take_rows (txn, order, rows, hits, error);
      g_array_unref (rows);
    }
  MsRowSet *members = find_members (txn, query, error);
  return members != NULL && take_members (txn, order, members, hits, error);
}

/* Counted by the database without handing out a row. */
static gboolean
is_one_range (MsTxn *txn, const MsQuery *query)
{
  return !has_search (query) && !is_kept (txn, query) && !is_computed (query->filter)
         && (query->filter->kind == MS_FILTER_COMPARE || query->filter->kind == MS_FILTER_PRESENT);
}

static gboolean
count (MsTxn *txn, const MsQuery *query, gint64 *total, GError **error)
{
  if (ms_query_is_plain (query))
    return ms_txn_count (txn, MS_COUNT_OBJECTS, query->type, total, error);
  if (is_one_range (txn, query) || (!is_set (txn, query) && is_one_statement (query)))
    return count_rows (txn, query, total, error);
  g_autoptr (MsRowSet) members = NULL;
  g_autoptr (MsRowSet) able = NULL;
  g_autoptr (MsRowSet) first = NULL;
  gint64 span = 0;
  if (ms_query_is_bounded (query)
      && !ms_query_find_words (txn, query, &members, &able, &first, &span, error))
    return FALSE;
  *total = ms_query_sizes.counted + 1;
  if (able != NULL)
    return TRUE;
  if (members == NULL)
    members = find_members (txn, query, error);
  if (members == NULL)
    return FALSE;
  *total = ms_row_set_count (members);
  return TRUE;
}

/* --------------------------------------------------------------------------------------------- */

/* The same question in the form that costs least to answer. @filter: (out): what it then holds */
static MsQuery
reduce (const MsQuery *query, MsFilter **filter)
{
  MsQuery reduced = *query;

  *filter = ms_filter_reduce (query->filter);
  reduced.filter = *filter;
  return reduced;
}

MsRowSet *
ms_query_find_members (MsTxn *txn, const MsQuery *query, GError **error)
{
  g_autoptr (MsFilter) filter = NULL;
  MsQuery reduced = reduce (query, &filter);

  return find_members (txn, &reduced, error);
}

gboolean
ms_query_find (
    MsTxn *txn, const MsQuery *query, const MsOrder *order, MsQueryHits *hits, GError **error)
{
  g_autoptr (MsFilter) filter = NULL;
  MsQuery reduced = reduce (query, &filter);

  return find (txn, &reduced, order, hits, error);
}

gboolean
ms_query_count (MsTxn *txn, const MsQuery *query, gint64 *total, GError **error)
{
  g_autoptr (MsFilter) filter = NULL;
  MsQuery reduced = reduce (query, &filter);

  return count (txn, &reduced, total, error);
}

gboolean
ms_txn_check_query (MsTxn *txn, const MsQuery *query, GError **error)
{
  g_return_val_if_fail (txn != NULL && query != NULL && query->type != NULL, FALSE);

  g_autoptr (MsFilter) filter = ms_filter_reduce (query->filter);
  return filter == NULL || ms_filter_set_check (txn, query->type, filter, error);
}
