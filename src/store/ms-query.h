/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a list is ordered and where its rows come from: the parts of ms_txn_query() and its
 * relatives.
 *
 * Small results (up to MS_QUERY_SMALL objects) are found by the filter and sorted in memory; large
 * ones are read in order from the index of the sort attribute and tested on the way. Either way the
 * order is total: by key, then by row.
 */
#pragma once

#include "ms-filter-sql.h"

G_BEGIN_DECLS

#define MS_QUERY_SMALL 1000

typedef enum
{
  MS_ORDER_ROW, /* by creation */
  MS_ORDER_ID,
  MS_ORDER_MODIFIED,
  MS_ORDER_INDEX,  /* the index of a leaf that also holds the objects without a value */
  MS_ORDER_JOINED, /* any other leaf */
  MS_ORDER_LINK,   /* the label at the other end of a single-valued relation */
} MsOrderKind;

/**
 * MsOrder:
 * @attr: number of the leaf or relation
 * @obj, @key: SQL expressions
 */
typedef struct
{
  MsOrderKind        kind;
  gboolean           descending;
  gint64             attr;
  const MsAttribute *attribute;
  const char        *obj;
  const char        *key; /* NULL where the row is all */
} MsOrder;

void ms_order_init (MsOrder *self, MsTxn *txn, const MsQuery *query);
/* "SELECT @what FROM … WHERE …": all objects of the type, with what the order needs */
void ms_order_append_select (const MsOrder *self,
                             MsSqlBuilder  *builder,
                             const MsQuery *query,
                             const char    *what);
void ms_order_append_by (const MsOrder *self, MsSqlBuilder *builder);
/* The key of one object as the index has it. (nullable) */
gboolean ms_order_make_key (const MsOrder *self,
                            MsTxn         *txn,
                            MsObject      *object,
                            char         **key,
                            GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Appends " AND <what comes before (key, row) in this order>". */
void
ms_order_append_before (const MsOrder *self, MsSqlBuilder *builder, const char *key, gint64 row);

/* " AND …": filter and search of a query as tests of @obj */
void     ms_query_append_tests (MsSqlBuilder *builder, const MsQuery *query, const char *obj);
gboolean ms_query_is_plain (const MsQuery *query);
/* Rows that satisfy the query in no order, at most @limit (0 = all). (element-type gint64) */
GArray *ms_query_find (MsTxn *txn, const MsQuery *query, gint64 limit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_query_count (MsTxn *txn, const MsQuery *query, gint64 *total, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* All rows in order where they are few; %NULL in @rows where they are not. (element-type gint64) */
gboolean ms_query_find_small (MsTxn         *txn,
                              const MsQuery *query,
                              const MsOrder *order,
                              GArray       **rows,
                              GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* A part of the list read in order. (element-type gint64) */
GArray *ms_query_read_ordered (MsTxn         *txn,
                               const MsQuery *query,
                               const MsOrder *order,
                               gint64         start,
                               gint64         count,
                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Steps through a statement whose first column is a row. (element-type gint64) */
GArray *ms_query_read_rows (MsStatement *statement, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
