/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Schema files that a store holds: objects of the internal type SchemaFile, so that whatever
 * changes them is a change set like any other. The tables of a store are those of the program with
 * all of these files on top, in the order in which they were added.
 */
#pragma once

#include "ms-txn.h"

G_BEGIN_DECLS

/**
 * MsSchemaReport: what other tables did to the objects that are there
 * @looked_at: objects whose attributes were checked or indexed again
 * @stripped: objects that lost values
 * @purged: objects of a removed type that were taken out of the bin for good
 */
typedef struct
{
  gint64 looked_at;
  gint64 stripped;
  gint64 purged;
} MsSchemaReport;

/* In a writing transaction that has inserted, updated or deleted objects of type SchemaFile: reads
 * all of them anew, and brings the whole store to what they say. Transactions that begin after the
 * commit see it; the caller sees to it that nobody then still holds attributes or types of before.
 *
 * Everything or nothing: %MS_ERROR_INVALID with the place in a file where that is wrong;
 * %MS_ERROR_CONFLICT naming objects where they would not satisfy the tables, or would lose values
 * and @drop_values is not set. */
gboolean ms_txn_apply_schemas (MsTxn          *txn,
                               gboolean        drop_values,
                               MsSchemaReport *report,
                               GError        **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same with files that another store held already, by the rules of their day. */
gboolean ms_txn_take_over_schemas (MsTxn *txn, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Where several processes write to one store: whether a read or a write failed because another one
 * has changed the schemas, and this one has not taken them yet. Nothing was read or written then.
 * @error: (nullable) */
gboolean ms_store_is_behind (const GError *error);
/* %FALSE with such an error where it has not; where the store cannot be asked, nobody can say so.
 */
gboolean ms_store_check_current (MsStore *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether it has. */
gboolean ms_store_is_caught_up (MsStore  *self,
                                gboolean *caught_up,
                                GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes them; to be called as ms_txn_apply_schemas() while nobody holds attributes or types. */
gboolean ms_store_catch_up (MsStore *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
