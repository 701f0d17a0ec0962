/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a list is found, ordered and read: the parts of ms_txn_query() and its relatives.
 *
 * What a query finds is either everything of the type, or few objects  (ms-query-sizes.h), which
 * are sorted in memory, or a set of rows (ms-row-set.h), against which the index of the order is
 * read. The order is total: by key, then by row; objects without the key come last.
 */
#pragma once

#include "ms-filter-sql.h"
#include "ms-row-set.h"

G_BEGIN_DECLS

typedef enum
{
  MS_ORDER_ROW, /* by creation */
  MS_ORDER_ID,
  MS_ORDER_MODIFIED,
  MS_ORDER_VERSION,
  MS_ORDER_INDEX,   /* a leaf */
  MS_ORDER_LINK,    /* the label at the other end of a single-valued relation */
  MS_ORDER_CLIENT,  /* what one client calls an object, among what all of them do */
  MS_ORDER_DERIVED, /* ms-derived.h */
} MsOrderKind;

/**
 * MsOrder:
 * @attr: number of the leaf or relation
 * @label: number of the label at the other end of a relation, where every object there has one; 0
 * where that is not sure
 * @client: (nullable): whose names of objects; @client_attr: number of "externalIds.client"
 */
typedef struct
{
  MsOrderKind           kind;
  const MsResourceType *type;
  gboolean              descending;
  gint64                attr;
  const MsAttribute    *attribute;
  gint64                label;
  gboolean              label_exact;
  const char           *client;
  gint64                client_attr;
} MsOrder;

/**
 * MsOrderPlace: where an object stands
 * @key: (nullable): %NULL where the object comes behind all who have a key
 * @target: row at the other end of a relation
 */
typedef struct
{
  char  *key;
  gint64 target;
  gint64 row;
} MsOrderPlace;
void ms_order_place_clear (MsOrderPlace *place);
int  ms_order_place_compare (const MsOrderPlace *a, const MsOrderPlace *b);

void ms_order_init (MsOrder *self, MsTxn *txn, const MsQuery *query);
/* Whether the store keeps the set of the objects that have a key. */
gboolean ms_order_keeps_keyed (const MsOrder *self);
/* Selects them where it does not. */
void ms_order_append_keyed (const MsOrder *self, MsSqlBuilder *builder);
/* Nothing but the row is compared. */
gboolean ms_order_is_by_row (const MsOrder *self);
/* Some objects may have no key. */
gboolean ms_order_may_lack (const MsOrder *self);
/* "SELECT @what FROM … WHERE …": those with a key. "obj" in @what is replaced by the object's row
 */
void ms_order_append_select (const MsOrder *self,
                             MsSqlBuilder  *builder,
                             const MsQuery *query,
                             gboolean       count);
void ms_order_append_by (const MsOrder *self, MsSqlBuilder *builder);
/* Appends " AND <what comes before or behind @place, ascending>". */
void ms_order_append_beyond (const MsOrder      *self,
                             MsSqlBuilder       *builder,
                             const MsOrderPlace *place,
                             gboolean            before);
/* Appends " AND <what comes at or after (@key, @row), ascending>". Only for %MS_ORDER_INDEX. */
void ms_order_append_from (const MsOrder *self, MsSqlBuilder *builder, const char *key, gint64 row);
/* @place: (out): cleared by the caller */
gboolean ms_order_find_place (const MsOrder *self,
                              MsTxn         *txn,
                              gint64         row,
                              MsOrderPlace  *place,
                              GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for several rows at once, which costs little more where places are derived. @rows:
 * (element-type gint64). (element-type MsOrderPlace): in the order of @rows */
GArray *ms_order_find_places (const MsOrder *self, MsTxn *txn, GArray *rows, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What a query finds: ms-query-find.c -----------------------------------------------------------
 */

/**
 * MsQueryHits: what a query finds
 * @total: how many
 * @rows: (nullable) (element-type gint64): all of them in order, where they are few
 * @members: (nullable): all of them, where they are many
 * @able: (nullable): those among whom they are, where a search finds so many that only a bounded
 * query need not know all; @total is one above the bound then
 * @first: (nullable): with @able: the first of them by row, one above the bound
 * @span: about how many of @able one meets before there are so many
 *
 * All are %NULL where it is every object of the type.
 */
typedef struct
{
  gint64    total;
  GArray   *rows;
  MsRowSet *members;
  MsRowSet *able;
  MsRowSet *first;
  gint64    span;
} MsQueryHits;
void     ms_query_hits_clear (MsQueryHits *hits);
gboolean ms_query_find (MsTxn         *txn,
                        const MsQuery *query,
                        const MsOrder *order,
                        MsQueryHits   *hits,
                        GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* It finds every object of its type. */
gboolean ms_query_is_plain (const MsQuery *query);
/* All of what a query finds at once, for what is known to be large or costly. */
MsRowSet *
ms_query_find_members (MsTxn *txn, const MsQuery *query, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Sorts @rows in place. (element-type gint64) */
gboolean ms_query_sort_rows (MsTxn *txn, const MsOrder *order, GArray *rows, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_query_count (MsTxn *txn, const MsQuery *query, gint64 *total, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Parts of a large list: ms-query-walk.c --------------------------------------------------------
 */

/* Its rows from @start on. @members: (nullable): %NULL = all of the type. (element-type gint64) */
GArray *ms_query_read (MsTxn          *txn,
                       const MsQuery  *query,
                       const MsOrder  *order,
                       const MsRowSet *members,
                       gint64          start,
                       gint64          count,
                       GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* What follows on @place, which no object need have. (element-type gint64) */
GArray *ms_query_read_beyond (MsTxn              *txn,
                              const MsQuery      *query,
                              const MsOrder      *order,
                              const MsRowSet     *members,
                              const MsOrderPlace *place,
                              gint64              count,
                              GError            **error) G_GNUC_WARN_UNUSED_RESULT;
/* Every @step-th row. (element-type gint64) */
GArray *ms_query_read_every (MsTxn          *txn,
                             const MsQuery  *query,
                             const MsOrder  *order,
                             const MsRowSet *members,
                             gint64          step,
                             GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* The position of an object that the list holds. */
gboolean ms_query_rank (MsTxn          *txn,
                        const MsQuery  *query,
                        const MsOrder  *order,
                        const MsRowSet *members,
                        gint64          row,
                        gint64         *position,
                        GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* Lists sorted by the label at the other end: ms-query-targets.c --------------------------------
 */

/* Whether the objects at the other end are few beside the @keyed ones that refer to them. */
gboolean ms_query_has_targets (MsTxn         *txn,
                               const MsQuery *query,
                               const MsOrder *order,
                               gint64         keyed,
                               gboolean      *has,
                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ascending, of all objects with a key. (element-type gint64) */
GArray *ms_query_read_targets (MsTxn         *txn,
                               const MsQuery *query,
                               const MsOrder *order,
                               gint64         start,
                               gint64         count,
                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many objects with a key come before @place, ascending. */
gboolean ms_query_rank_targets (MsTxn              *txn,
                                const MsQuery      *query,
                                const MsOrder      *order,
                                const MsOrderPlace *place,
                                gint64             *rank,
                                GError            **error) G_GNUC_WARN_UNUSED_RESULT;

/* Searches whose totals are bounded: ms-query-words.c -------------------------------------------
 */

gboolean ms_query_is_bounded (const MsQuery *query);
/* Only for a filter that ms_filter_set_can(). @members: (out) (nullable): all; @able: (out)
 * (nullable), @first: (out) (nullable), @span: (out): as MsQueryHits has them. Without either it is
 * for others to find. */
gboolean ms_query_find_words (MsTxn         *txn,
                              const MsQuery *query,
                              MsRowSet     **members,
                              MsRowSet     **able,
                              MsRowSet     **first,
                              gint64        *span,
                              GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* All of the type with the words of @search. @found: (out) (nullable): %NULL where they may be more
 * than @most */
gboolean ms_query_find_few_words (MsTxn                *txn,
                                  const MsResourceType *type,
                                  const char           *search,
                                  gint64                most,
                                  MsRowSet            **found,
                                  GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* As ms_query_read(), by looking at one after the other. @rows: (out) (nullable): %NULL where too
 * many would have to be looked at. (element-type gint64) */
gboolean ms_query_read_words (MsTxn          *txn,
                              const MsQuery  *query,
                              const MsOrder  *order,
                              const MsRowSet *able,
                              gint64          span,
                              gint64          start,
                              gint64          count,
                              GArray        **rows,
                              GError        **error) G_GNUC_WARN_UNUSED_RESULT;

/* Where the store is damaged and read all the same: ms-query-damaged.c ----------------------------
 */

/* ms_presence_load(), found anew from what it is made of where it cannot be read. */
MsRowSet *ms_query_load_set (MsTxn *txn, gint64 attr, const char *key, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* ms_presence_count() likewise. */
gboolean ms_query_count_set (MsTxn      *txn,
                             gint64      attr,
                             const char *key,
                             gint64     *count,
                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether what could not be read in order, for @failed, is in @hits->rows now: all of it, sorted
 * by what stands in each object. @error is set from @failed where it is not. @failed: (transfer
 * full) */
gboolean ms_query_sort_instead (MsTxn         *txn,
                                const MsQuery *query,
                                const MsOrder *order,
                                MsQueryHits   *hits,
                                GError        *failed,
                                GError       **error) G_GNUC_WARN_UNUSED_RESULT;

/* Steps through a statement whose first column is a row. (element-type gint64) */
GArray *ms_query_read_rows (MsStatement *statement, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsOrderPlace, ms_order_place_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsQueryHits, ms_query_hits_clear)

G_END_DECLS
