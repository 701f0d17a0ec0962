/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads schema files. A file is an operator's too, so that nothing in it is trusted: unknown keys,
 * wrong types and contradictions are refused with the place in the file
 * ("schemas[0].attributes[3].type"), and a refused file leaves the registry as it was. What makes
 * sense between characteristics is in ms-schema-check.c, the reading of single members in
 * ms-schema-file.c.
 */
#include "ms-schema-load.h"

#include "ms-error.h"
#include "ms-json.h"
#include "ms-schema-file.h"
#include "ms-schema-stored.h"

#include <string.h>

/* Attributes --------------------------------------------------------------------------------- */

static gboolean
read_relation (MsAttribute *attribute, JsonObject *object, const char *where, GError **error)
{
  static const char *const keys[] = { "to", "from", NULL };
  g_autofree char         *from = NULL;
  g_autofree char         *inner = g_strconcat (where, ".relation", NULL);
  JsonNode                *node = json_object_get_member (object, "relation");

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return ms_schema_fail (error, inner, NULL, "must be an object");
  JsonObject *relation = json_node_get_object (node);
  if (!ms_schema_file_check_keys (relation, keys, inner, error)
      || !ms_schema_file_get_strings (relation, inner, "to", &attribute->relation_types, error)
      || !ms_schema_file_get_string (relation, inner, "from", FALSE, &from, error))
    return FALSE;
  if ((from == NULL) == (attribute->relation_types == NULL) || json_object_get_size (relation) != 1)
    return ms_schema_fail (error, inner, NULL, "must hold either “to” or “from”");
  attribute->relation = MS_RELATION_TO;
  if (from == NULL)
    return attribute->relation_types[0] != NULL
           || ms_schema_fail (error, inner, "to", "must name a resource type");

  const char *dot = strchr (from, '.');
  if (dot == NULL || dot == from || dot[1] == '\0')
    return ms_schema_fail (error, inner, "from", "must be a resource type, a dot and an attribute");
  attribute->relation = MS_RELATION_FROM;
  attribute->relation_types = g_new0 (char *, 2);
  attribute->relation_types[0] = g_strndup (from, (gsize) (dot - from));
  attribute->relation_path = g_strdup (dot + 1);
  return TRUE;
}

static gboolean
read_characteristics (MsAttribute *attribute, JsonObject *object, const char *where, GError **error)
{
  int    type = MS_ATTR_STRING;
  int    mutability = MS_MUTABILITY_READ_WRITE;
  int    returned = MS_RETURNED_DEFAULT;
  int    uniqueness = MS_UNIQUENESS_NONE;
  gint64 max_length = 0;

  if (!ms_schema_file_get_string (object, where, "name", TRUE, &attribute->name, error)
      || !ms_schema_file_get_string (
          object, where, "description", FALSE, &attribute->description, error)
      || !ms_schema_file_get_choice (object, where, "type", ms_attr_type_names, &type, error)
      || !ms_schema_file_get_choice (
          object, where, "mutability", ms_mutability_names, &mutability, error)
      || !ms_schema_file_get_choice (object, where, "returned", ms_returned_names, &returned, error)
      || !ms_schema_file_get_choice (
          object, where, "uniqueness", ms_uniqueness_names, &uniqueness, error)
      || !ms_schema_file_get_flag (object, where, "multiValued", &attribute->multi_valued, error)
      || !ms_schema_file_get_flag (object, where, "required", &attribute->required, error)
      || !ms_schema_file_get_flag (object, where, "caseExact", &attribute->case_exact, error)
      || !ms_schema_file_get_flag (
          object, where, "canonicalOnly", &attribute->canonical_only, error)
      || !ms_schema_file_get_flag (object, where, "label", &attribute->is_label, error)
      || !ms_schema_file_get_flag (object, where, "search", &attribute->is_search, error)
      || !ms_schema_file_get_flag (object, where, "computed", &attribute->is_computed, error)
      || !ms_schema_file_get_flag (object, where, "measured", &attribute->is_measured, error)
      || !ms_schema_file_get_flag (object, where, "multiLine", &attribute->multi_line, error)
      || !ms_schema_file_get_strings (
          object, where, "canonicalValues", &attribute->canonical_values, error)
      || !ms_schema_file_get_strings (
          object, where, "referenceTypes", &attribute->reference_types, error)
      || !ms_schema_file_get_string (object, where, "scope", FALSE, &attribute->unique_scope, error)
      || !ms_schema_file_get_integer (object, where, "minimum", &attribute->minimum, error)
      || !ms_schema_file_get_integer (object, where, "maximum", &attribute->maximum, error)
      || !ms_schema_file_get_integer (object, where, "maxLength", &max_length, error)
      || !read_relation (attribute, object, where, error))
    return FALSE;
  if (json_object_has_member (object, "default"))
    attribute->default_value = ms_json_deep_copy (json_object_get_member (object, "default"));
  if (json_object_has_member (object, "maxLength")
      && (max_length < 1 || max_length > MS_SCHEMA_LONGEST_VALUE))
    return ms_schema_fail (
        error, where, "maxLength", "must be between 1 and %d", MS_SCHEMA_LONGEST_VALUE);
  attribute->type = (MsAttrType) type;
  attribute->mutability = (MsMutability) mutability;
  attribute->returned = (MsReturned) returned;
  attribute->uniqueness = (MsUniqueness) uniqueness;
  attribute->max_length = (guint) max_length;
  return TRUE;
}

static gboolean read_attributes (GPtrArray         *into,
                                 JsonObject        *object,
                                 const char        *key,
                                 const MsSchema    *schema,
                                 const MsAttribute *parent,
                                 const char        *where,
                                 GError           **error);

static MsAttribute *
read_attribute (JsonObject        *object,
                const MsSchema    *schema,
                const MsAttribute *parent,
                const char        *where,
                GError           **error)
{
  static const char *const keys[]
      = { "name",           "type",          "multiValued", "description", "required",
          "caseExact",      "mutability",    "returned",    "uniqueness",  "canonicalValues",
          "referenceTypes", "subAttributes", "relation",    "scope",       "label",
          "search",         "minimum",       "maximum",     "maxLength",   "canonicalOnly",
          "computed",       "measured",      "multiLine",   "default",     NULL };
  g_autoptr (MsAttribute) attribute = ms_attribute_new ();

  attribute->schema = schema;
  attribute->parent = parent;
  if (!ms_schema_file_check_keys (object, keys, where, error)
      || !read_characteristics (attribute, object, where, error)
      || !read_attributes (
          attribute->sub_attributes, object, "subAttributes", schema, attribute, where, error)
      || !ms_attribute_check (attribute, where, error))
    return NULL;
  return g_steal_pointer (&attribute);
}

static gboolean
is_name_taken (GPtrArray *attributes, const char *name)
{
  for (guint i = 0; i < attributes->len; i++)
    if (g_ascii_strcasecmp (((MsAttribute *) g_ptr_array_index (attributes, i))->name, name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
read_attributes (GPtrArray         *into,
                 JsonObject        *object,
                 const char        *key,
                 const MsSchema    *schema,
                 const MsAttribute *parent,
                 const char        *where,
                 GError           **error)
{
  JsonArray *array;

  if (!ms_schema_file_get_array (object, where, key, &array, error))
    return FALSE;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      g_autofree char *inner = g_strdup_printf ("%s.%s[%u]", where, key, i);
      JsonObject      *element = ms_schema_file_get_element (array, i, inner, error);

      /* Two levels are all that there may be; so that the reader's recursion is bounded too. */
      if (element == NULL || (parent != NULL && parent->parent != NULL))
        return element != NULL && ms_schema_fail (error, inner, NULL, "nested too deeply");
      MsAttribute *attribute = read_attribute (element, schema, parent, inner, error);
      if (attribute == NULL)
        return FALSE;
      gboolean taken = is_name_taken (into, attribute->name);
      g_ptr_array_add (into, attribute);
      if (taken)
        return ms_schema_fail (error, inner, "name", "“%s” is there twice", attribute->name);
    }
  return TRUE;
}

/* Schemas and types -------------------------------------------------------------------------- */

static gboolean
read_schema (MsSchemaRegistry *self, JsonObject *object, const char *where, GError **error)
{
  static const char *const keys[]
      = { "schemas", "id", "name", "description", "attributes", "meta", NULL };
  g_autoptr (MsSchema) schema = ms_schema_new ();

  if (!ms_schema_file_check_keys (object, keys, where, error)
      || !ms_schema_file_get_string (object, where, "id", TRUE, &schema->id, error)
      || !ms_schema_file_get_string (object, where, "name", TRUE, &schema->name, error)
      || !ms_schema_file_get_string (
          object, where, "description", FALSE, &schema->description, error)
      || !ms_schema_check_urn (schema->id, where, error))
    return FALSE;
  if (ms_schema_registry_get_schema (self, schema->id) != NULL)
    return ms_schema_fail (error, where, "id", "“%s” is there already", schema->id);
  if (!read_attributes (schema->attributes, object, "attributes", schema, NULL, where, error))
    return FALSE;
  if (schema->attributes->len == 0)
    return ms_schema_fail (error, where, "attributes", "a schema needs at least one attribute");
  g_ptr_array_add (self->schemas, g_steal_pointer (&schema));
  return TRUE;
}

/* The schema named in @key, which must not serve as both core schema and extension. */
static MsSchema *
find_schema (MsSchemaRegistry *self,
             JsonObject       *object,
             const char       *where,
             gboolean          as_extension,
             GError          **error)
{
  g_autofree char *urn = NULL;

  if (!ms_schema_file_get_string (object, where, "schema", TRUE, &urn, error))
    return NULL;
  MsSchema *schema = (MsSchema *) ms_schema_registry_get_schema (self, urn);
  if (schema == NULL)
    {
      ms_schema_fail (error, where, "schema", "there is no schema “%s”", urn);
      return NULL;
    }
  const MsAttribute *first = g_ptr_array_index (schema->attributes, 0);
  gboolean           is_core = first->path != NULL && strcmp (first->path, first->name) == 0;
  if (first->path != NULL && (is_core || !as_extension))
    {
      ms_schema_fail (error,
                      where,
                      "schema",
                      "“%s” is the schema of another resource type, or an extension",
                      urn);
      return NULL;
    }
  return schema;
}

/* Whether an object can hold something of it itself: secrets and links to many objects lie beside
 * the object. */
static gboolean
can_be_required (const MsSchema *schema)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      if (attribute->mutability != MS_MUTABILITY_READ_ONLY && !attribute->is_computed
          && attribute->returned != MS_RETURNED_NEVER && attribute->relation != MS_RELATION_FROM
          && !(attribute->relation == MS_RELATION_TO && attribute->multi_valued))
        return TRUE;
    }
  return FALSE;
}

static gboolean
read_extension (MsSchemaRegistry *self,
                MsTypeRecord     *type,
                JsonObject       *object,
                const char       *where,
                GError          **error)
{
  static const char *const keys[] = { "schema", "required", NULL };
  gboolean                 required = FALSE;

  if (!ms_schema_file_check_keys (object, keys, where, error)
      || !ms_schema_file_get_flag (object, where, "required", &required, error))
    return FALSE;
  MsSchema *schema = find_schema (self, object, where, TRUE, error);
  if (schema == NULL)
    return FALSE;
  if (g_ptr_array_find (type->public.extensions, schema, NULL))
    return ms_schema_fail (error, where, "schema", "is there twice");
  for (guint i = 0; i < schema->attributes->len; i++)
    if (((MsAttribute *) g_ptr_array_index (schema->attributes, i))->is_label)
      return ms_schema_fail (
          error, where, "schema", "a label must be in the resource type's own schema");
  if (required && !can_be_required (schema))
    return ms_schema_fail (
        error, where, "required", "no object could have it: nothing in it can be set");
  ms_schema_set_paths (schema, TRUE);
  g_ptr_array_add (type->public.extensions, schema);
  g_ptr_array_add (type->extension_places, g_strdup (where));
  if (required)
    g_ptr_array_add (type->public.required_extensions, schema);
  return TRUE;
}

static gboolean
read_extensions (MsSchemaRegistry *self,
                 MsTypeRecord     *type,
                 JsonObject       *object,
                 const char       *where,
                 GError          **error)
{
  JsonArray *array;

  if (!ms_schema_file_get_array (object, where, "schemaExtensions", &array, error))
    return FALSE;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      g_autofree char *inner = g_strdup_printf ("%s.schemaExtensions[%u]", where, i);
      JsonObject      *element = ms_schema_file_get_element (array, i, inner, error);
      if (element == NULL || !read_extension (self, type, element, inner, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_new_type (MsSchemaRegistry *self, JsonObject *object, const char *where, GError **error)
{
  g_autoptr (MsTypeRecord) type = ms_type_record_new ();
  MsResourceType *public = &type->public;

  type->place = g_strdup (where);
  if (!ms_schema_file_get_string (object, where, "name", TRUE, &public->name, error)
      || !ms_schema_file_get_string (object, where, "endpoint", TRUE, &public->endpoint, error)
      || !ms_schema_file_get_string (
          object, where, "description", FALSE, &public->description, error)
      || !ms_schema_file_get_flag (object, where, "singleton", &public->singleton, error)
      || !ms_schema_file_get_flag (object, where, "internal", &public->internal, error)
      || !ms_resource_type_check (self, public, where, error))
    return FALSE;
  MsSchema *schema = find_schema (self, object, where, FALSE, error);
  if (schema == NULL)
    return FALSE;
  public->schema = schema;
  schema->internal = public->internal;
  ms_schema_set_paths (schema, FALSE);
  if (!read_extensions (self, type, object, where, error))
    return FALSE;
  ms_type_record_index (type);
  if (type->label == NULL && !public->singleton)
    return ms_schema_fail (
        error, where, "schema", "one attribute of “%s” must be the label", schema->id);
  g_ptr_array_add (self->types, g_steal_pointer (&type));
  return TRUE;
}

static gboolean
read_type (MsSchemaRegistry *self, JsonObject *object, const char *where, GError **error)
{
  static const char *const keys[]
      = { "schemas",          "id",        "name",     "endpoint", "description", "schema", "meta",
          "schemaExtensions", "singleton", "internal", NULL };
  static const char *const extending_keys[] = { "name", "schemaExtensions", NULL };
  g_autofree char         *name = NULL;

  if (!ms_schema_file_check_keys (object, keys, where, error)
      || !ms_schema_file_get_string (object, where, "name", TRUE, &name, error))
    return FALSE;
  MsTypeRecord *existing = (MsTypeRecord *) ms_schema_registry_get_type_by_name (self, name);
  if (existing == NULL)
    return read_new_type (self, object, where, error);
  if (!ms_schema_file_check_keys (object, extending_keys, where, error))
    {
      g_prefix_error (error, "“%s” exists and can only be extended; ", name);
      return FALSE;
    }
  return read_extensions (self, existing, object, where, error);
}

static gboolean
check_all_used (MsSchemaRegistry *self, guint first, GError **error)
{
  for (guint i = first; i < self->schemas->len; i++)
    {
      const MsSchema    *schema = g_ptr_array_index (self->schemas, i);
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, 0);
      if (attribute->path == NULL)
        {
          g_autofree char *where = g_strdup_printf ("schemas[%u]", i - first);
          return ms_schema_fail (error, where, "id", "no resource type uses “%s”", schema->id);
        }
    }
  return TRUE;
}

typedef gboolean (*ReadFunc) (MsSchemaRegistry *self,
                              JsonObject       *object,
                              const char       *where,
                              GError          **error);

static gboolean
read_list (MsSchemaRegistry *self, JsonObject *file, const char *key, ReadFunc func, GError **error)
{
  JsonArray *array;

  if (!ms_schema_file_get_array (file, "", key, &array, error))
    return FALSE;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      g_autofree char *where = g_strdup_printf ("%s[%u]", key, i);
      JsonObject      *element = ms_schema_file_get_element (array, i, where, error);
      if (element == NULL || !func (self, element, where, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_schema_registry_load (MsSchemaRegistry *self, const char *data, gssize length, GError **error)
{
  g_autoptr (GError) unread = NULL;
  g_autoptr (JsonNode) root = ms_json_parse (data, length, NULL, &unread);

  if (root != NULL)
    return ms_schema_registry_load_node (self, root, error);
  /* Too deep or too many is not too large, which would have somebody send it in pieces. */
  ms_error_set (error,
                MS_ERROR_INVALID,
                ms_error_get_scim_type (unread),
                ms_error_get_path (unread),
                "%s",
                unread->message);
  return FALSE;
}

gboolean
ms_schema_registry_load_node (MsSchemaRegistry *self, JsonNode *root, GError **error)
{
  static const char *const keys[] = { "schemas", "resourceTypes", NULL };
  guint                    first = self->schemas->len;

  if (!JSON_NODE_HOLDS_OBJECT (root))
    return ms_schema_fail (error, "", "", "a schema file must hold an object");
  JsonObject *file = json_node_get_object (root);
  if (!ms_schema_file_check_keys (file, keys, "", error)
      || !read_list (self, file, "schemas", read_schema, error)
      || !read_list (self, file, "resourceTypes", read_type, error)
      || !check_all_used (self, first, error))
    return FALSE;
  for (guint i = 0; i < self->types->len; i++)
    {
      MsTypeRecord *type = g_ptr_array_index (self->types, i);
      if (type->indexed != type->public.extensions->len)
        ms_type_record_index (type);
    }
  return TRUE;
}

/* What is not among the extensions any more. */
static void
drop_required (MsResourceType *type)
{
  for (guint i = type->required_extensions->len; i > 0; i--)
    if (!g_ptr_array_find (
            type->extensions, g_ptr_array_index (type->required_extensions, i - 1), NULL))
      g_ptr_array_remove_index (type->required_extensions, i - 1);
}

/* Takes away what a refused file had added; @extensions: how many each type had. */
static void
roll_back (MsSchemaRegistry *self, guint schemas, guint types, const guint *extensions)
{
  g_ptr_array_set_size (self->types, (int) types);
  for (guint i = 0; i < types; i++)
    {
      MsTypeRecord *type = g_ptr_array_index (self->types, i);
      g_ptr_array_set_size (type->public.extensions, (int) extensions[i]);
      g_ptr_array_set_size (type->extension_places, (int) extensions[i]);
      drop_required (&type->public);
      ms_type_record_index (type);
    }
  g_ptr_array_set_size (self->schemas, (int) schemas);
}

/* Whether the file has added anything; as above. */
static gboolean
has_any (MsSchemaRegistry *self, guint schemas, guint types, const guint *extensions)
{
  gboolean any = self->schemas->len > schemas || self->types->len > types;

  for (guint i = 0; i < types; i++)
    {
      const MsTypeRecord *type = g_ptr_array_index (self->types, i);
      any = any || type->public.extensions->len > extensions[i];
    }
  return any;
}

/* @stored: (nullable): what a file is called that need not obey newer rules */
static gboolean
add (MsSchemaRegistry *self,
     const char       *data,
     gssize            length,
     gboolean          is_foreign,
     const char       *stored,
     GError          **error)
{
  guint             schemas = self->schemas->len;
  guint             types = self->types->len;
  g_autofree guint *extensions = g_new0 (guint, types + 1);

  for (guint i = 0; i < types; i++)
    extensions[i] = ((MsTypeRecord *) g_ptr_array_index (self->types, i))->public.extensions->len;
  if (ms_schema_registry_load (self, data, length, error)
      && ms_schema_registry_check_relations (self, error))
    {
      gboolean any = has_any (self, schemas, types, extensions);
      g_autoptr (GPtrArray) faults
                 = ms_schema_list_faults (self, schemas, types, extensions, any, is_foreign);
      if (faults->len > 0 && stored == NULL)
        g_propagate_error (error, g_error_copy (g_ptr_array_index (faults, 0)));
      else if (ms_schema_check_endpoints (self, types, error)
               && (!is_foreign || ms_schema_check_foreign (self, schemas, types, error)))
        {
          ms_schema_registry_complain (self, stored, faults);
          ms_schema_registry_resolve_references (self);
          return TRUE;
        }
    }
  roll_back (self, schemas, types, extensions);
  return FALSE;
}

gboolean
ms_schema_registry_add_json (MsSchemaRegistry *self,
                             const char       *data,
                             gssize            length,
                             GError          **error)
{
  g_return_val_if_fail (self != NULL && data != NULL, FALSE);

  return add (self, data, length, FALSE, NULL, error);
}

gboolean
ms_schema_registry_add_file (MsSchemaRegistry *self,
                             const char       *data,
                             gssize            length,
                             GError          **error)
{
  g_return_val_if_fail (self != NULL && data != NULL, FALSE);

  return add (self, data, length, TRUE, NULL, error);
}

gboolean
ms_schema_registry_add_stored (
    MsSchemaRegistry *self, const char *name, const char *data, gssize length, GError **error)
{
  g_return_val_if_fail (self != NULL && name != NULL && data != NULL, FALSE);

  return add (self, data, length, TRUE, name, error);
}
