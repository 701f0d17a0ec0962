/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Filters and searches answered by sets of objects, a bit for each (ms-row-set.h). Some cost no
 * look at a single value, since the store keeps their sets (ms-presence.h): who has an attribute,
 * who has a value of one that has few ("active eq true"), and every combination of such. The other
 * conditions make a set of what one index finds, which is then combined with others for nothing.
 */
#pragma once

#include "ms-row-set.h"
#include "ms-sql-builder.h"

G_BEGIN_DECLS

/* Whether the store keeps all sets that it takes. */
gboolean ms_filter_set_is_kept (MsTxn *txn, const MsResourceType *type, const MsFilter *filter);
/* Whether each part is kept or found by an index. */
gboolean ms_filter_set_can (MsTxn *txn, const MsResourceType *type, const MsFilter *filter);
/* Of any filter: what no index finds is looked for in everything of the type, part by part. */
MsRowSet *ms_filter_set_make (MsTxn                *txn,
                              const MsResourceType *type,
                              const MsFilter       *filter,
                              GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether it would ask the database for more than it takes, without finding anything. */
gboolean ms_filter_set_check (MsTxn                *txn,
                              const MsResourceType *type,
                              const MsFilter       *filter,
                              GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Who has all words of @search; everybody where there is none in it. */
MsRowSet *ms_filter_set_search (MsTxn                *txn,
                                const MsResourceType *type,
                                const char           *search,
                                GError              **error) G_GNUC_WARN_UNUSED_RESULT;

/* ms-filter-part.c: @filter: "co" or "ew"; @found: (out) (nullable): %NULL where every value has to
 * be looked at. */
gboolean ms_filter_part_find (MsTxn                *txn,
                              const MsResourceType *type,
                              const MsFilter       *filter,
                              MsRowSet            **found,
                              GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Appends " AND <it is in what the key has of the text>", for "co" and "ew" of @key. */
void ms_filter_part_append_readable (MsSqlBuilder *builder, MsFilterOp op, const char *key);

G_END_DECLS
