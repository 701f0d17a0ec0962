/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Schemas and resource types as JSON: strictly what RFC 7643 §6 and §7 define for /Schemas and
 * /ResourceTypes (some clients refuse anything else there), or as a schema file with our own
 * characteristics.
 */
#include "ms-schema-private.h"

#include "ms-json.h"

#include <string.h>

#define URN_SCHEMA "urn:ietf:params:scim:schemas:core:2.0:Schema"
#define URN_RESOURCE_TYPE "urn:ietf:params:scim:schemas:core:2.0:ResourceType"

static void
set_string (JsonObject *object, const char *name, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, name, value);
}

static void
set_strings (JsonObject *object, const char *name, char **values)
{
  if (values == NULL || values[0] == NULL)
    return;

  JsonArray *array = json_array_new ();
  for (guint i = 0; values[i] != NULL; i++)
    json_array_add_string_element (array, values[i]);
  json_object_set_array_member (object, name, array);
}

static void
set_flag (JsonObject *object, const char *name, gboolean value)
{
  if (value)
    json_object_set_boolean_member (object, name, TRUE);
}

static void
set_relation (JsonObject *object, const MsAttribute *attribute)
{
  if (attribute->relation == MS_RELATION_NONE)
    return;

  JsonObject *relation = json_object_new ();
  if (attribute->relation == MS_RELATION_TO)
    set_strings (relation, "to", attribute->relation_types);
  else
    {
      g_autofree char *from
          = g_strconcat (attribute->relation_types[0], ".", attribute->relation_path, NULL);
      set_string (relation, "from", from);
    }
  json_object_set_object_member (object, "relation", relation);
}

static void
add_own_characteristics (JsonObject *object, const MsAttribute *attribute)
{
  set_flag (object, "label", attribute->is_label);
  set_flag (object, "search", attribute->is_search);
  set_flag (object, "computed", attribute->is_computed);
  set_flag (object, "measured", attribute->is_measured);
  set_flag (object, "multiLine", attribute->multi_line);
  set_flag (object, "canonicalOnly", attribute->canonical_only);
  if (attribute->minimum != G_MININT64)
    json_object_set_int_member (object, "minimum", attribute->minimum);
  if (attribute->maximum != G_MAXINT64)
    json_object_set_int_member (object, "maximum", attribute->maximum);
  if (attribute->max_length > 0)
    json_object_set_int_member (object, "maxLength", attribute->max_length);
  /* A scope with a dot was made from type and path. */
  if (attribute->unique_scope != NULL && strchr (attribute->unique_scope, '.') == NULL)
    set_string (object, "scope", attribute->unique_scope);
  if (attribute->default_value != NULL)
    json_object_set_member (object, "default", ms_json_deep_copy (attribute->default_value));
  set_relation (object, attribute);
}

/* What a reference may lead to, which a file need not say: RFC 7643 §7 has it of every reference.
 * "external" and "uri" together are any. */
static void
set_reference_types (JsonObject *object, const MsAttribute *attribute)
{
  static const char *const any[] = { "external", "uri", NULL };
  const MsAttribute       *relation
      = attribute->parent != NULL && attribute->parent->relation != MS_RELATION_NONE
            ? attribute->parent
            : NULL;

  if (attribute->reference_types != NULL && attribute->reference_types[0] != NULL)
    set_strings (object, "referenceTypes", attribute->reference_types);
  else if (attribute->type == MS_ATTR_REFERENCE)
    set_strings (
        object, "referenceTypes", relation != NULL ? relation->relation_types : (char **) any);
}

static JsonArray *
attributes_to_json (GPtrArray *attributes, gboolean own)
{
  JsonArray *array = json_array_sized_new (attributes->len);

  for (guint i = 0; i < attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (attributes, i);
      JsonObject        *object = json_object_new ();

      set_string (object, "name", attribute->name);
      set_string (object, "type", ms_attr_type_names[attribute->type]);
      json_object_set_boolean_member (object, "multiValued", attribute->multi_valued);
      set_string (object, "description", attribute->description);
      json_object_set_boolean_member (object, "required", attribute->required);
      set_strings (object, "canonicalValues", attribute->canonical_values);
      if (attribute->type != MS_ATTR_COMPLEX)
        json_object_set_boolean_member (object, "caseExact", attribute->case_exact);
      set_string (object, "mutability", ms_mutability_names[attribute->mutability]);
      set_string (object, "returned", ms_returned_names[attribute->returned]);
      set_string (object, "uniqueness", ms_uniqueness_names[attribute->uniqueness]);
      if (own)
        {
          set_strings (object, "referenceTypes", attribute->reference_types);
          add_own_characteristics (object, attribute);
        }
      else
        set_reference_types (object, attribute);
      if (attribute->type == MS_ATTR_COMPLEX)
        json_object_set_array_member (
            object, "subAttributes", attributes_to_json (attribute->sub_attributes, own));
      json_array_add_object_element (array, object);
    }
  return array;
}

static JsonObject *
new_resource (const char *urn)
{
  JsonObject *object = json_object_new ();
  JsonArray  *schemas = json_array_new ();

  json_array_add_string_element (schemas, urn);
  json_object_set_array_member (object, "schemas", schemas);
  return object;
}

static void
set_meta (JsonObject *object, const char *resource_type)
{
  JsonObject *meta = json_object_new ();

  set_string (meta, "resourceType", resource_type);
  json_object_set_object_member (object, "meta", meta);
}

static void
fill_schema (JsonObject *object, const MsSchema *schema, gboolean own)
{
  set_string (object, "id", schema->id);
  set_string (object, "name", schema->name);
  set_string (object, "description", schema->description);
  json_object_set_array_member (object, "attributes", attributes_to_json (schema->attributes, own));
}

static void
fill_type (JsonObject *object, const MsResourceType *type)
{
  set_string (object, "name", type->name);
  set_string (object, "endpoint", type->endpoint);
  set_string (object, "description", type->description);
  set_string (object, "schema", type->schema->id);
  if (type->extensions->len == 0)
    return;

  JsonArray *extensions = json_array_new ();
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (type->extensions, i);
      JsonObject     *extension = json_object_new ();

      set_string (extension, "schema", schema->id);
      json_object_set_boolean_member (
          extension, "required", g_ptr_array_find (type->required_extensions, schema, NULL));
      json_array_add_object_element (extensions, extension);
    }
  json_object_set_array_member (object, "schemaExtensions", extensions);
}

static JsonNode *
take_object (JsonObject *object)
{
  JsonNode *node = json_node_alloc ();

  json_node_init (node, JSON_NODE_OBJECT);
  json_node_take_object (node, object);
  return node;
}

JsonNode *
ms_schema_to_json (const MsSchema *schema)
{
  g_return_val_if_fail (schema != NULL, NULL);

  JsonObject *object = new_resource (URN_SCHEMA);
  fill_schema (object, schema, FALSE);
  set_meta (object, "Schema");
  return take_object (object);
}

JsonNode *
ms_resource_type_schema_to_json (const MsResourceType *type)
{
  g_return_val_if_fail (type != NULL, NULL);

  JsonNode  *node = ms_schema_to_json (type->schema);
  JsonArray *attributes = json_object_get_array_member (json_node_get_object (node), "attributes");
  g_autoptr (GPtrArray) common = g_ptr_array_new ();

  g_ptr_array_add (common, ((const MsTypeRecord *) type)->external_ids);
  g_autoptr (JsonArray) more = attributes_to_json (common, FALSE);
  json_array_add_element (attributes, json_array_dup_element (more, 0));
  return node;
}

JsonNode *
ms_resource_type_to_json (const MsResourceType *type)
{
  g_return_val_if_fail (type != NULL, NULL);

  JsonObject *object = new_resource (URN_RESOURCE_TYPE);
  set_string (object, "id", type->name);
  fill_type (object, type);
  set_meta (object, "ResourceType");
  return take_object (object);
}

JsonNode *
ms_schema_registry_to_json (MsSchemaRegistry *self)
{
  JsonObject *file = json_object_new ();
  JsonArray  *schemas = json_array_new ();
  JsonArray  *types = json_array_new ();

  for (guint i = 0; i < self->schemas->len; i++)
    {
      JsonObject *object = json_object_new ();
      fill_schema (object, g_ptr_array_index (self->schemas, i), TRUE);
      json_array_add_object_element (schemas, object);
    }
  for (guint i = 0; i < self->types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (self->types, i);
      JsonObject           *object = json_object_new ();

      fill_type (object, type);
      set_flag (object, "singleton", type->singleton);
      set_flag (object, "internal", type->internal);
      json_array_add_object_element (types, object);
    }
  json_object_set_array_member (file, "schemas", schemas);
  json_object_set_array_member (file, "resourceTypes", types);
  return take_object (file);
}
