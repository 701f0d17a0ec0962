/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Values from an earlier time put back, by an undo or out of the bin: the tables may have changed
 * since, so they are asked as they are for any request.
 */
#include "ms-edit-private.h"

#include "ms-json.h"

/* What the service keeps by itself follows from the rest. */
static gboolean
is_of_requests (const MsAttribute *attribute)
{
  return attribute->relation == MS_RELATION_NONE && !attribute->is_computed
         && attribute->mutability != MS_MUTABILITY_READ_ONLY
         && attribute->returned != MS_RETURNED_NEVER;
}

/* @before: (nullable) */
static gboolean
check_value (const MsAttribute *attribute,
             JsonObject        *before,
             JsonObject        *attributes,
             GError           **error)
{
  JsonNode *value = ms_attribute_get_value (attribute, attributes);
  JsonNode *old = before != NULL ? ms_attribute_get_value (attribute, before) : NULL;
  JsonNode *checked = NULL;

  if (value == NULL || !is_of_requests (attribute) || (old != NULL && ms_json_equal (old, value)))
    return TRUE;
  if (!ms_value_check_all (attribute, value, NULL, &checked, error))
    return FALSE;
  if (checked == NULL || !ms_json_equal (checked, value))
    ms_attribute_set_value (attribute, attributes, checked);
  else
    json_node_unref (checked);
  return TRUE;
}

static gboolean
check_schema (const MsSchema *schema, JsonObject *before, JsonObject *attributes, GError **error)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    if (!check_value (schema->attributes->pdata[i], before, attributes, error))
      return FALSE;
  return TRUE;
}

gboolean
ms_edit_check_again (MsEdit *self, MsObject *before, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  const MsResourceType *type = ms_object_get_type (self->object);
  JsonObject           *attributes = ms_object_get_attributes (self->object);
  JsonObject           *old = before != NULL ? ms_object_get_attributes (before) : NULL;

  if (!check_value (ms_resource_type_find (type, "externalId"), old, attributes, error)
      || !check_value (ms_resource_type_find (type, "externalIds"), old, attributes, error)
      || !check_schema (type->schema, old, attributes, error))
    return FALSE;
  for (guint i = 0; i < type->extensions->len; i++)
    if (!check_schema (type->extensions->pdata[i], old, attributes, error))
      return FALSE;
  return ms_edit_check_result_again (self, before, error);
}
