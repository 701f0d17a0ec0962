/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Values that stay but are kept in another form by the tables that come. As with what is lost, it
 * goes by ordinary updates with the old tables, so that it is in the change set.
 */
#include "ms-store-schemas-private.h"

typedef struct
{
  MsSchemaApply            *apply;
  const MsSchemaTypeChange *change;
} Work;

static gboolean
conform_object (MsObject *object, gpointer user_data, GError **error)
{
  Work       *work = user_data;
  JsonObject *attributes = ms_object_get_attributes (object);

  /* No error is needed: what does not fit is named when all is looked at, and nothing is done. */
  if (!ms_schema_type_change_check (work->change, attributes, NULL))
    return TRUE;
  return !ms_schema_type_change_conform (work->change, attributes)
         || ms_txn_update (work->apply->txn, object, error);
}

gboolean
ms_schema_apply_forms (MsSchemaApply *self, const MsSchemaTypeChange *change, GError **error)
{
  Work work = { self, change };

  return change->after == NULL || !ms_schema_type_change_has_forms (change)
         || ms_schema_walk (self->txn, change->before->name, conform_object, &work, error);
}
