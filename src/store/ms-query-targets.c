/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Far into lists that are sorted by the label at the other end of a relation. One gets there by the
 * objects at the other end, few beside those of the list, each with the number of those that refer
 * to it: of mail groups it is kept (ms-txn-counts.c), of others the index is counted.
 */
#include "ms-query.h"

#include "ms-query-sizes.h"

#include <string.h>

#define COUNTED_LINKS "(SELECT count(*) FROM link l WHERE l.attr = $2 AND l.to_n = s.obj)"
/* Names the same parameters. */
#define KEPT_COUNT "(SELECT c.mailboxes FROM group_count c WHERE c.obj = s.obj AND $2 = $2)"
#define TARGETS " FROM value s WHERE s.attr = $1 AND s.elem = 0"
#define IN_ORDER " ORDER BY s.key, s.obj"

static gboolean
is_kept (const MsQuery *query, const MsOrder *order)
{
  return strcmp (query->type->name, MS_TYPE_NAME_MAILBOX) == 0
         && strcmp (order->attribute->path, "group") == 0;
}

gboolean
ms_query_has_targets (MsTxn         *txn,
                      const MsQuery *query,
                      const MsOrder *order,
                      gint64         keyed,
                      gboolean      *has,
                      GError       **error)
{
  gint64 targets = 0;

  *has = FALSE;
  if (order->kind != MS_ORDER_LINK || order->label == 0)
    return TRUE;
  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (txn->schemas, order->attribute->relation_types[0]);
  if (!ms_txn_count (txn, MS_COUNT_OBJECTS, type, &targets, error))
    return FALSE;
  *has = targets * ms_query_sizes.worth <= keyed;
  return TRUE;
}

/* @place: (out): the key and the target that the @start-th object refers to, ascending; @rest:
 * (out): how many of those that refer to it come before */
static gboolean
find_target (MsTxn         *txn,
             const MsQuery *query,
             const MsOrder *order,
             gint64         start,
             MsOrderPlace  *place,
             gint64        *rest,
             GError       **error)
{
  gboolean more = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      is_kept (query, order) ? "SELECT s.key, s.obj, " KEPT_COUNT TARGETS    IN_ORDER
                             : "SELECT s.key, s.obj, " COUNTED_LINKS TARGETS IN_ORDER,
      "ii",
      order->label,
      order->attr);

  *rest = start;
  while (statement != NULL)
    {
      if (!ms_statement_step (statement, &more, error))
        return FALSE;
      if (!more)
        return TRUE;
      gint64 n = ms_statement_get_int (statement, 2);
      if (*rest < n)
        {
          place->key = ms_statement_dup_text (statement, 0);
          place->target = ms_statement_get_int (statement, 1);
          return TRUE;
        }
      *rest -= n;
    }
  return FALSE;
}

static void
append_limit (MsSqlBuilder *builder, gint64 count)
{
  ms_sql_builder_append (builder, " LIMIT ");
  ms_sql_builder_add_int (builder, count);
}

/* Those that refer to the targets behind @place. */
static gboolean
read_behind (MsTxn              *txn,
             const MsQuery      *query,
             const MsOrder      *order,
             const MsOrderPlace *place,
             gint64              count,
             GArray             *rows,
             GError            **error)
{
  MsOrder ascending = *order;
  g_auto (MsSqlBuilder) builder = { 0 };

  ascending.descending = FALSE;
  ms_sql_builder_init (&builder, txn);
  ms_order_append_select (&ascending, &builder, query, FALSE);
  ms_sql_builder_append (&builder, " AND (s.key, s.obj) > (");
  ms_sql_builder_add_text (&builder, place->key);
  ms_sql_builder_append (&builder, ", ");
  ms_sql_builder_add_int (&builder, place->target);
  ms_sql_builder_append (&builder, ")");
  ms_order_append_by (&ascending, &builder);
  append_limit (&builder, count);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  g_autoptr (GArray) behind = ms_query_read_rows (statement, error);
  if (behind != NULL)
    g_array_append_vals (rows, behind->data, behind->len);
  return behind != NULL;
}

GArray *
ms_query_read_targets (MsTxn         *txn,
                       const MsQuery *query,
                       const MsOrder *order,
                       gint64         start,
                       gint64         count,
                       GError       **error)
{
  g_auto (MsOrderPlace) place = { 0 };
  gint64 rest = 0;

  if (!find_target (txn, query, order, start, &place, &rest, error))
    return NULL;
  if (place.key == NULL)
    return g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT from_n FROM link WHERE attr = $1 AND to_n = $2"
                             " ORDER BY from_n LIMIT $3 OFFSET $4",
                             "iiii",
                             order->attr,
                             place.target,
                             count,
                             rest);
  g_autoptr (GArray) rows = ms_query_read_rows (statement, error);
  if (rows == NULL
      || (rows->len < count
          && !read_behind (txn, query, order, &place, count - rows->len, rows, error)))
    return NULL;
  return g_steal_pointer (&rows);
}

gboolean
ms_query_rank_targets (MsTxn              *txn,
                       const MsQuery      *query,
                       const MsOrder      *order,
                       const MsOrderPlace *place,
                       gint64             *rank,
                       GError            **error)
{
  gint64 before = 0;
  gint64 within = 0;

  if (!ms_sql_get_int (txn->sql,
                       &before,
                       error,
                       is_kept (query, order)
                           ? "SELECT CAST(COALESCE(SUM(" KEPT_COUNT "), 0) AS BIGINT)" TARGETS
                             " AND (s.key, s.obj) < ($3, $4)"
                           : "SELECT CAST(COALESCE(SUM(" COUNTED_LINKS "), 0) AS BIGINT)" TARGETS
                             " AND (s.key, s.obj) < ($3, $4)",
                       "iisi",
                       order->label,
                       order->attr,
                       place->key,
                       place->target)
      || !ms_sql_get_int (txn->sql,
                          &within,
                          error,
                          "SELECT count(*) FROM link WHERE attr = $1 AND to_n = $2 AND from_n < $3",
                          "iii",
                          order->attr,
                          place->target,
                          place->row))
    return FALSE;
  *rank = before + within;
  return TRUE;
}
