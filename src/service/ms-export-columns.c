/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Walks the tables of a type; knows no attribute by name.
 */
#include "ms-export-columns.h"

#include <string.h>

#include "ms-json.h"

gboolean
ms_export_is_ours (const MsSchema *schema)
{
  return g_str_has_prefix (schema->id, "urn:ietf:params:scim:schemas:extension:enterprise:")
         || g_str_has_prefix (schema->id, "urn:ietf:params:scim:schemas:extension:mailstead:");
}

/* @for_import: the file is to be taken back, which what is read-only cannot be */
static gboolean
is_exported (const MsAttribute *attribute, gboolean for_import)
{
  return !attribute->is_computed && attribute->returned != MS_RETURNED_NEVER
         && attribute->relation != MS_RELATION_FROM
         && !(for_import && attribute->mutability == MS_MUTABILITY_READ_ONLY);
}

static void
add_schema (const MsSchema *schema, gboolean for_import, GPtrArray *columns)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      gboolean           in_parts = attribute->type == MS_ATTR_COMPLEX && !attribute->multi_valued
                          && attribute->relation == MS_RELATION_NONE;

      if (!is_exported (attribute, for_import))
        continue;
      if (!in_parts)
        g_ptr_array_add (columns, (gpointer) attribute);
      for (guint j = 0; in_parts && j < attribute->sub_attributes->len; j++)
        {
          const MsAttribute *part = g_ptr_array_index (attribute->sub_attributes, j);
          if (is_exported (part, for_import))
            g_ptr_array_add (columns, (gpointer) part);
        }
    }
}

GPtrArray *
ms_export_columns_new (const MsResourceType *type, gboolean with_own)
{
  GPtrArray *columns = g_ptr_array_new ();

  if (with_own)
    {
      g_ptr_array_add (columns, (gpointer) ms_resource_type_find (type, "externalId"));
      add_schema (type->schema, FALSE, columns);
    }
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *extension = g_ptr_array_index (type->extensions, i);
      if (with_own || !ms_export_is_ours (extension))
        add_schema (extension, !with_own, columns);
    }
  return columns;
}

static void
append_value (GString *out, JsonNode *value)
{
  if (json_node_get_value_type (value) == G_TYPE_STRING)
    g_string_append (out, json_node_get_string (value));
  else
    ms_json_append (out, value);
}

/* Whether the text would not be read as it is between "; ". */
static gboolean
is_ambiguous (const char *text)
{
  gsize length = strlen (text);

  return length == 0 || *text == '[' || strchr (text, ';') != NULL || g_ascii_isspace (*text)
         || g_ascii_isspace (text[length - 1]);
}

char *
ms_export_columns_join (JsonArray *array)
{
  g_return_val_if_fail (array != NULL, NULL);

  GString *out = g_string_new (NULL);
  gboolean as_json = FALSE;

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      gsize start = out->len + (i > 0 ? 2 : 0);
      if (i > 0)
        g_string_append (out, "; ");
      append_value (out, json_array_get_element (array, i));
      as_json |= is_ambiguous (out->str + start);
    }
  if (as_json)
    {
      g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), array);
      g_string_truncate (out, 0);
      ms_json_append (out, node);
    }
  return g_string_free (out, FALSE);
}

static char *
read_links (const MsAttribute *attribute, MsEndNames *names, MsObject *object, GError **error)
{
  g_autoptr (GPtrArray) targets = ms_txn_list_links (
      names->write->txn, ms_object_get_id (object), attribute->path, FALSE, 0, error);
  g_autoptr (JsonArray) ends = json_array_new ();

  if (targets == NULL)
    return NULL;
  for (guint i = 0; i < targets->len; i++)
    {
      char *name = ms_end_names_write (names, attribute, targets->pdata[i], error);
      if (name == NULL || !attribute->multi_valued)
        return name;
      json_array_add_string_element (ends, name);
      g_free (name);
    }
  return ms_export_columns_join (ends);
}

char *
ms_export_columns_read (const MsAttribute *attribute,
                        MsEndNames        *names,
                        MsObject          *object,
                        GError           **error)
{
  if (attribute->relation == MS_RELATION_TO)
    return read_links (attribute, names, object, error);

  return ms_export_columns_write (
      attribute, ms_attribute_get_value (attribute, ms_object_get_attributes (object)));
}

char *
ms_export_columns_write (const MsAttribute *attribute, JsonNode *value)
{
  g_return_val_if_fail (attribute != NULL, NULL);

  if (value == NULL)
    return g_strdup ("");
  if (JSON_NODE_HOLDS_ARRAY (value) && attribute->type != MS_ATTR_COMPLEX)
    return ms_export_columns_join (json_node_get_array (value));
  GString *out = g_string_new (NULL);
  append_value (out, value);
  return g_string_free (out, FALSE);
}
