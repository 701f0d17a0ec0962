/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files share that bring a store's objects from one set of tables to another.
 */
#pragma once

#include "ms-schema-diff.h"
#include "ms-store-schemas.h"
#include "ms-txn-private.h"

G_BEGIN_DECLS

/* Objects that are looked at at a time, and that a refusal names. */
#define MS_SCHEMA_PAGE 200
#define MS_SCHEMA_NAMED 5

/* @next: the new tables, once what is lost is gone */
typedef struct
{
  MsTxn          *txn;
  MsSchemaReport *report;
  gboolean        drop_values;
  MsIndex        *next;
} MsSchemaApply;

/* Takes away what a type loses, by the old tables: types that are no more, attributes and their
 * values. %MS_ERROR_CONFLICT naming objects where that may not be. */
gboolean
ms_schema_apply_losses (MsSchemaApply *self, const MsSchemaTypeChange *change, GError **error);

/* Brings values to the form in which the new tables keep them, by the old ones; those that do not
 * fit stay, and are refused when all is looked at. */
gboolean
ms_schema_apply_forms (MsSchemaApply *self, const MsSchemaTypeChange *change, GError **error);

/* Each object of @type that is not in the bin, as the old tables have it, in the order of rows.
 * @func may change it. */
gboolean ms_schema_walk (
    MsTxn *txn, const char *type, MsObjectFunc func, gpointer user_data, GError **error);

/* "“a”, “b” and 7 more"; the type where an object has no name. (transfer full) */
char *ms_schema_name_objects (const MsResourceType *type, GPtrArray *labels, gint64 total);

G_END_DECLS
