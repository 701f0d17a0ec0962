/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The registry of schemas and resource types and every look-up in it. Look-ups by path are one hash
 * probe, for they are made for each attribute of each request. ms-schema-load.c fills it,
 * ms-schema-json.c shows it.
 */
#include "ms-schema-private.h"

#include "ms-core-resources.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-schema-load.h"

#include <gio/gio.h>
#include <string.h>

#define RESOURCE_PREFIX "/org/mailstead/core/schemas/"
#define MAX_PATH_LENGTH 512

const char *const ms_attr_type_names[] = { "string", "boolean",   "decimal", "integer", "dateTime",
                                           "binary", "reference", "complex", NULL };
const char *const ms_mutability_names[]
    = { "readWrite", "readOnly", "immutable", "writeOnly", NULL };
const char *const ms_returned_names[] = { "default", "always", "never", "request", NULL };
const char *const ms_uniqueness_names[] = { "none", "server", "global", NULL };

/* Records ------------------------------------------------------------------------------------ */

MsAttribute *
ms_attribute_new (void)
{
  MsAttributeRecord *record = g_new0 (MsAttributeRecord, 1);
  MsAttribute       *self = &record->public;

  self->minimum = G_MININT64;
  self->maximum = G_MAXINT64;
  self->sub_attributes = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_attribute_free);
  return self;
}

void
ms_attribute_free (MsAttribute *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->path);
  g_free (self->description);
  g_strfreev (self->canonical_values);
  g_strfreev (self->reference_types);
  g_strfreev (((MsAttributeRecord *) self)->reference_endpoints);
  g_free (self->unique_scope);
  g_strfreev (self->relation_types);
  g_free (self->relation_path);
  g_clear_pointer (&self->default_value, json_node_unref);
  g_ptr_array_unref (self->sub_attributes);
  g_free (self);
}

MsSchema *
ms_schema_new (void)
{
  MsSchema *self = g_new0 (MsSchema, 1);

  self->attributes = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_attribute_free);
  return self;
}

void
ms_schema_free (MsSchema *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->name);
  g_free (self->description);
  g_ptr_array_unref (self->attributes);
  g_free (self);
}

static MsAttribute *
new_exact_text (const char *name, const char *path, const char *description)
{
  MsAttribute *self = ms_attribute_new ();

  self->name = g_strdup (name);
  self->path = g_strdup (path);
  self->description = g_strdup (description);
  self->case_exact = TRUE;
  self->max_length = 1024;
  return self;
}

/* One object has as many as there are clients that know it (RFC 7643 §3.1: the value is the
 * client's own). */
static MsAttribute *
new_external_ids (void)
{
  MsAttribute *self = ms_attribute_new ();
  MsAttribute *client = new_exact_text (
      "client", "externalIds.client", "The provisioning client, by the name of its token");
  MsAttribute *value
      = new_exact_text ("value", "externalIds.value", "What that client calls the object");

  self->name = g_strdup ("externalIds");
  self->path = g_strdup ("externalIds");
  self->description = g_strdup ("What each provisioning client calls the object");
  self->type = MS_ATTR_COMPLEX;
  self->multi_valued = TRUE;
  self->returned = MS_RETURNED_REQUEST;
  /* Names of tokens are compared so. */
  client->case_exact = FALSE;
  client->required = TRUE;
  client->parent = self;
  value->parent = self;
  g_ptr_array_add (self->sub_attributes, client);
  g_ptr_array_add (self->sub_attributes, value);
  return self;
}

MsTypeRecord *
ms_type_record_new (void)
{
  MsTypeRecord *self = g_new0 (MsTypeRecord, 1);

  self->public.extensions = g_ptr_array_new ();
  self->public.required_extensions = g_ptr_array_new ();
  self->extension_places = g_ptr_array_new_with_free_func (g_free);
  self->by_path = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->external_id = new_exact_text (
      "externalId", "externalId", "An identifier that the provisioning client uses");
  self->external_ids = new_external_ids ();
  return self;
}

void
ms_type_record_free (MsTypeRecord *self)
{
  if (self == NULL)
    return;
  g_free (self->public.name);
  g_free (self->public.endpoint);
  g_free (self->public.description);
  g_ptr_array_unref (self->public.extensions);
  g_ptr_array_unref (self->public.required_extensions);
  g_ptr_array_unref (self->extension_places);
  g_hash_table_unref (self->by_path);
  ms_attribute_free (self->external_id);
  ms_attribute_free (self->external_ids);
  g_free (self->place);
  g_free (self);
}

void
ms_schema_set_paths (MsSchema *self, gboolean as_extension)
{
  for (guint i = 0; i < self->attributes->len; i++)
    {
      MsAttribute *attribute = g_ptr_array_index (self->attributes, i);

      g_free (attribute->path);
      attribute->path = as_extension ? g_strconcat (self->id, ":", attribute->name, NULL)
                                     : g_strdup (attribute->name);
      for (guint j = 0; j < attribute->sub_attributes->len; j++)
        {
          MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, j);

          g_free (sub->path);
          sub->path = g_strconcat (attribute->path, ".", sub->name, NULL);
        }
    }
}

static void
index_path (MsTypeRecord *self, const char *prefix, const char *path, const MsAttribute *attribute)
{
  g_autofree char *full = g_strconcat (prefix, path, NULL);

  g_hash_table_insert (self->by_path, g_ascii_strdown (full, -1), (gpointer) attribute);
}

/* Only of our own: what an operator calls an address may be that of a house. */
static MsTextForm
find_text_form (const MsTypeRecord *self, const MsAttribute *attribute)
{
  static const char *const addresses[]
      = { "address", "aliases", "forwardTo", "externalMembers", NULL };
  const char *path = attribute->path;

  if (attribute->type != MS_ATTR_STRING || attribute->case_exact
      || !ms_schema_is_own (attribute->schema))
    return MS_TEXT_FORM_PLAIN;
  if (strcmp (self->public.name, MS_TYPE_NAME_DOMAIN) == 0
          ? attribute->is_label || strcmp (path, "aliasOf") == 0
          : strcmp (path, "domain") == 0)
    return MS_TEXT_FORM_DOMAIN;
  return g_strv_contains (addresses, attribute->name) || strcmp (path, "emails.value") == 0
             ? MS_TEXT_FORM_ADDRESS
             : MS_TEXT_FORM_PLAIN;
}

static void
settle (const MsTypeRecord *self, MsAttribute *attribute)
{
  attribute->text_form = find_text_form (self, attribute);
  if (attribute->uniqueness != MS_UNIQUENESS_NONE && attribute->unique_scope == NULL)
    attribute->unique_scope = g_strconcat (self->public.name, ".", attribute->path, NULL);
}

static void
index_schema (MsTypeRecord *self, const MsSchema *schema)
{
  gboolean         is_core = schema == self->public.schema;
  g_autofree char *prefix = g_strconcat (schema->id, ":", NULL);

  for (guint i = 0; i < schema->attributes->len; i++)
    {
      MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);

      index_path (self, "", attribute->path, attribute);
      if (is_core)
        index_path (self, prefix, attribute->path, attribute);
      if (is_core && attribute->is_label)
        self->label = attribute;
      settle (self, attribute);
      for (guint j = 0; j < attribute->sub_attributes->len; j++)
        {
          MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, j);

          settle (self, sub);
          index_path (self, "", sub->path, sub);
          if (is_core)
            index_path (self, prefix, sub->path, sub);
        }
    }
}

static void
index_common (MsTypeRecord *self, const char *prefix, MsAttribute *attribute)
{
  attribute->schema = self->public.schema;
  index_path (self, "", attribute->path, attribute);
  index_path (self, prefix, attribute->path, attribute);
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    index_common (self, prefix, g_ptr_array_index (attribute->sub_attributes, i));
}

void
ms_type_record_index (MsTypeRecord *self)
{
  g_autofree char *prefix = g_strconcat (self->public.schema->id, ":", NULL);

  g_hash_table_remove_all (self->by_path);
  self->label = NULL;
  index_common (self, prefix, self->external_id);
  index_common (self, prefix, self->external_ids);
  index_schema (self, self->public.schema);
  for (guint i = 0; i < self->public.extensions->len; i++)
    index_schema (self, g_ptr_array_index (self->public.extensions, i));
  self->indexed = self->public.extensions->len;
}

/* Registry ----------------------------------------------------------------------------------- */

MsSchemaRegistry *
ms_schema_registry_new (void)
{
  MsSchemaRegistry *self = g_new0 (MsSchemaRegistry, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->schemas = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_schema_free);
  self->types = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_type_record_free);
  self->complaints = g_ptr_array_new_with_free_func (g_free);
  return self;
}

static const char *const builtin_files[] = {
  "user.json",     "mailbox.json", "mail-group.json",  "group.json",     "domain.json",
  "template.json", "guest.json",   "schema-file.json", "directory.json",
};

/* Parsed, as long as the program runs: some open many stores. */
static JsonNode *builtin_nodes[G_N_ELEMENTS (builtin_files)];

static JsonNode *
parse_builtin (const char *file, GError **error)
{
  g_autofree char *path = g_strconcat (RESOURCE_PREFIX, file, NULL);
  g_autoptr (GBytes) data = g_resource_lookup_data (ms_core_get_resource (), path, 0, error);

  return data != NULL ? ms_json_parse (
             g_bytes_get_data (data, NULL), (gssize) g_bytes_get_size (data), NULL, error)
                      : NULL;
}

static void
parse_all_builtin (void)
{
  ms_core_register_resource ();
  for (guint i = 0; i < G_N_ELEMENTS (builtin_files); i++)
    {
      g_autoptr (GError) error = NULL;
      builtin_nodes[i] = parse_builtin (builtin_files[i], &error);
      if (builtin_nodes[i] == NULL)
        g_error ("builtin schemas: %s: %s", builtin_files[i], error->message);
      json_node_seal (builtin_nodes[i]);
    }
}

static void
load_builtin (MsSchemaRegistry *self)
{
  g_autoptr (GError) error = NULL;
  gboolean loaded = TRUE;

  for (guint i = 0; loaded && i < G_N_ELEMENTS (builtin_files); i++)
    {
      loaded = ms_schema_registry_load_node (self, builtin_nodes[i], &error);
      if (!loaded)
        g_prefix_error (&error, "%s: ", builtin_files[i]);
    }
  if (loaded)
    loaded = ms_schema_registry_check_relations (self, &error);
  /* Ours and tested: wrong only if the program was built wrong. */
  if (!loaded)
    g_error ("builtin schemas: %s", error != NULL ? error->message : "?");
}

MsSchemaRegistry *
ms_schema_registry_new_builtin (void)
{
  static gsize      parsed = 0;
  MsSchemaRegistry *self = ms_schema_registry_new ();

  if (g_once_init_enter (&parsed))
    {
      parse_all_builtin ();
      g_once_init_leave (&parsed, 1);
    }
  load_builtin (self);
  return self;
}

MsSchemaRegistry *
ms_schema_registry_copy (MsSchemaRegistry *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  MsSchemaRegistry *copy = ms_schema_registry_new ();
  g_autoptr (JsonNode) node = ms_schema_registry_to_json (self);
  g_autoptr (GError) error = NULL;

  /* It came out of tables that had been checked, by the rules of their day. */
  if (!ms_schema_registry_load_node (copy, node, &error)
      || !ms_schema_registry_check_relations (copy, &error))
    g_error ("copying schemas: %s", error->message);
  ms_schema_registry_resolve_references (copy);
  for (guint i = 0; i < self->complaints->len; i++)
    g_ptr_array_add (copy->complaints, g_strdup (self->complaints->pdata[i]));
  return copy;
}

MsSchemaRegistry *
ms_schema_registry_ref (MsSchemaRegistry *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ms_schema_registry_unref (MsSchemaRegistry *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_ptr_array_unref (self->types);
  g_ptr_array_unref (self->schemas);
  g_ptr_array_unref (self->complaints);
  g_free (self);
}

GPtrArray *
ms_schema_registry_get_types (MsSchemaRegistry *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->types;
}

GPtrArray *
ms_schema_registry_get_schemas (MsSchemaRegistry *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->schemas;
}

const MsResourceType *
ms_schema_registry_get_type_by_name (MsSchemaRegistry *self, const char *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, NULL);

  for (guint i = 0; i < self->types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (self->types, i);
      if (g_ascii_strcasecmp (type->name, name) == 0)
        return type;
    }
  return NULL;
}

const MsResourceType *
ms_schema_registry_find_endpoint (MsSchemaRegistry *self, const char *endpoint)
{
  if (*endpoint == '/')
    endpoint++;
  for (guint i = 0; i < self->types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (self->types, i);
      if (g_ascii_strcasecmp (type->endpoint + 1, endpoint) == 0)
        return type;
    }
  return NULL;
}

const MsResourceType *
ms_schema_registry_get_type_by_endpoint (MsSchemaRegistry *self, const char *endpoint)
{
  g_return_val_if_fail (self != NULL && endpoint != NULL, NULL);

  const MsResourceType *type = ms_schema_registry_find_endpoint (self, endpoint);
  return type != NULL && !type->internal ? type : NULL;
}

const MsSchema *
ms_schema_registry_get_schema (MsSchemaRegistry *self, const char *urn)
{
  g_return_val_if_fail (self != NULL && urn != NULL, NULL);

  for (guint i = 0; i < self->schemas->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (self->schemas, i);
      if (g_ascii_strcasecmp (schema->id, urn) == 0)
        return schema;
    }
  return NULL;
}

/* Look-ups ----------------------------------------------------------------------------------- */

const MsAttribute *
ms_resource_type_find (const MsResourceType *type, const char *path)
{
  const MsTypeRecord *record = (const MsTypeRecord *) type;
  char                key[MAX_PATH_LENGTH];
  gsize               length = 0;

  g_return_val_if_fail (type != NULL && path != NULL, NULL);

  for (; path[length] != '\0'; length++)
    {
      if (length + 1 == sizeof key)
        return NULL;
      key[length] = g_ascii_tolower (path[length]);
    }
  key[length] = '\0';
  return g_hash_table_lookup (record->by_path, key);
}

const MsAttribute *
ms_resource_type_find_for (const MsResourceType *type, const char *path, gboolean is_client)
{
  const MsAttribute *found = ms_resource_type_find (type, path);
  const MsAttribute *all = ((const MsTypeRecord *) type)->external_ids;

  return is_client && found != NULL && (found == all || found->parent == all) ? NULL : found;
}

const char *
ms_resource_type_skip_schema (const MsResourceType *type, const char *name)
{
  gsize length = strlen (type->schema->id);

  return g_ascii_strncasecmp (name, type->schema->id, length) == 0 && name[length] == ':'
             ? name + length + 1
             : name;
}

gboolean
ms_resource_type_has_common (const MsResourceType *type, const char *name)
{
  static const char *const names[]
      = { "id",           "schemas",           "meta",          "meta.resourceType",
          "meta.created", "meta.lastModified", "meta.location", "meta.version" };
  const char *bare = ms_resource_type_skip_schema (type, name);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (names[i], bare) == 0)
      return TRUE;
  return FALSE;
}

const MsAttribute *
ms_resource_type_get_label (const MsResourceType *type)
{
  g_return_val_if_fail (type != NULL, NULL);
  return ((const MsTypeRecord *) type)->label;
}

static void
foreach_leaf_of_schema (const MsSchema *schema, MsAttributeFunc func, gpointer user_data)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);

      if (attribute->type != MS_ATTR_COMPLEX || attribute->relation != MS_RELATION_NONE)
        {
          func (attribute, user_data);
          continue;
        }
      for (guint j = 0; j < attribute->sub_attributes->len; j++)
        func (g_ptr_array_index (attribute->sub_attributes, j), user_data);
    }
}

void
ms_resource_type_foreach_leaf (const MsResourceType *type, MsAttributeFunc func, gpointer user_data)
{
  g_return_if_fail (type != NULL && func != NULL);

  const MsTypeRecord *record = (const MsTypeRecord *) type;
  func (record->external_id, user_data);
  for (guint i = 0; i < record->external_ids->sub_attributes->len; i++)
    func (g_ptr_array_index (record->external_ids->sub_attributes, i), user_data);
  foreach_leaf_of_schema (type->schema, func, user_data);
  for (guint i = 0; i < type->extensions->len; i++)
    foreach_leaf_of_schema (g_ptr_array_index (type->extensions, i), func, user_data);
}
