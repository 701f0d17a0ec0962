/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Filters as SQL over the index tables. What a client wrote reaches the database as parameters
 * only.
 *
 * A filter is used in two ways: as a set ("SELECT obj …", the road into the data), and as a test of
 * an object that another part of the query has found. Of the parts of an "and" the one that finds
 * least becomes the set; tests for equality are single look-ups in an index.
 */
#pragma once

#include "ms-sql-builder.h"

G_BEGIN_DECLS

/**
 * MsSqlScope: what a condition is about
 * @type: of the object
 * @obj: SQL expression for its row
 * @elem: (nullable): SQL expression for the element, within a value path
 * @of_values: that is one value of a part that has several, as in box.tags[…]
 * @fenced: its conditions are so many that the database must not plan them together: PostgreSQL
 * takes those in an "and" for tables to be joined, and tries one order of them after the other
 */
typedef struct
{
  const MsResourceType *type;
  const char           *obj;
  const char           *elem;
  gboolean              of_values;
  gboolean              fenced;
} MsSqlScope;

/**
 * MsFilterRoad: to the other end of a relation
 * @attr: number of the relation, or 0
 * @own, @other: columns of "link" for the object asked about and the one at the other end
 */
typedef struct
{
  gint64      attr;
  const char *own;
  const char *other;
} MsFilterRoad;

/* ms-filter-rank.c: single conditions in it, those in brackets among them. */
guint ms_filter_sql_count_tests (const MsFilter *filter);
/* (nullable): a part of an "and" that finds elements by equality */
const MsFilter *ms_filter_sql_find_equality (const MsFilter *filter);
/* Whether a filter can be a set; the smaller, the fewer objects it is likely to find. */
#define MS_FILTER_NO_SET 100
int ms_filter_sql_rank (const MsFilter *filter);
/* Whether finding out takes a look at every value or object of the type. */
gboolean ms_filter_sql_is_scan (const MsFilter *filter);
/* "SELECT obj …"; may name an object twice. Only where ms_filter_sql_rank() is below
 * MS_FILTER_NO_SET. */
void
ms_filter_sql_append_set (MsSqlBuilder *self, const MsResourceType *type, const MsFilter *filter);
/* A condition. */
void
ms_filter_sql_append_test (MsSqlBuilder *self, const MsSqlScope *scope, const MsFilter *filter);

/* ms-filter-sql-relation.c: the same for links. @relation: the complex attribute; @inner: a
 * condition on the other end, in which attributes are sub-attributes of @relation */
const MsAttribute *ms_filter_sql_relation_of (const MsAttribute *attribute);
MsFilterRoad
     ms_filter_sql_find_road (MsTxn *txn, const MsResourceType *type, const MsAttribute *relation);
void ms_filter_sql_append_linked (MsSqlBuilder         *self,
                                  const MsResourceType *type,
                                  const MsAttribute    *relation,
                                  const MsFilter       *inner);
void ms_filter_sql_append_link_test (MsSqlBuilder      *self,
                                     const MsSqlScope  *scope,
                                     const MsAttribute *relation,
                                     const MsFilter    *inner,
                                     gboolean           in_brackets);

/* ms-filter-sql-meta.c: "SELECT n …" of those whose id or meta satisfies @filter */
void ms_filter_sql_append_meta_set (MsSqlBuilder         *self,
                                    const MsResourceType *type,
                                    const MsFilter       *filter);

/* Parts for these files. (nullable) */
const char *ms_filter_sql_order_operator (MsFilterOp op);
void        ms_filter_sql_append_text_test (MsSqlBuilder *self,
                                            const char   *column,
                                            MsFilterOp    op,
                                            const char   *value);
/* "attr = $ AND key …" */
void ms_filter_sql_append_key_range (MsSqlBuilder      *self,
                                     gint64             attr,
                                     const MsAttribute *attribute,
                                     const MsFilter    *filter);

G_END_DECLS
