/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Walks the tables of a type; knows no attribute by name.
 */
#include "ms-export-columns.h"

#include <string.h>

#include "ms-import-values.h"
#include "ms-json.h"

static gboolean
is_ours (const MsSchema *schema)
{
  return g_str_has_prefix (schema->id, "urn:ietf:params:scim:schemas:extension:enterprise:")
         || g_str_has_prefix (schema->id, "urn:ietf:params:scim:schemas:extension:mailstead:");
}

static gboolean
is_exported (const MsAttribute *attribute)
{
  return !attribute->is_computed && attribute->returned != MS_RETURNED_NEVER
         && attribute->relation != MS_RELATION_FROM;
}

static void
add_schema (const MsSchema *schema, GPtrArray *columns)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      gboolean           in_parts = attribute->type == MS_ATTR_COMPLEX && !attribute->multi_valued
                          && attribute->relation == MS_RELATION_NONE;

      if (is_exported (attribute) && !in_parts)
        g_ptr_array_add (columns, (gpointer) attribute);
      for (guint j = 0; in_parts && j < attribute->sub_attributes->len; j++)
        g_ptr_array_add (columns, g_ptr_array_index (attribute->sub_attributes, j));
    }
}

GPtrArray *
ms_export_columns_new (const MsResourceType *type, gboolean with_own)
{
  GPtrArray *columns = g_ptr_array_new ();

  if (with_own)
    {
      g_ptr_array_add (columns, (gpointer) ms_resource_type_find (type, "externalId"));
      add_schema (type->schema, columns);
    }
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *extension = g_ptr_array_index (type->extensions, i);
      if (with_own || !is_ours (extension))
        add_schema (extension, columns);
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

static char *
read_links (const MsAttribute *attribute, MsTxn *txn, MsObject *object, GError **error)
{
  g_autoptr (GPtrArray) targets
             = ms_txn_list_links (txn, ms_object_get_id (object), attribute->path, FALSE, 0, error);
  GString *out;

  if (targets == NULL)
    return NULL;
  out = g_string_new (NULL);
  for (guint i = 0; i < targets->len; i++)
    {
      const MsLinkTarget *target = targets->pdata[i];
      g_string_append_printf (out, "%s%s", i > 0 ? "; " : "", target->label);
    }
  return g_string_free (out, FALSE);
}

char *
ms_export_columns_read (const MsAttribute *attribute, MsTxn *txn, MsObject *object, GError **error)
{
  if (attribute->relation == MS_RELATION_TO)
    return read_links (attribute, txn, object, error);

  JsonNode *value = ms_attribute_get_value (attribute, ms_object_get_attributes (object));
  if (value == NULL)
    return g_strdup ("");
  if (JSON_NODE_HOLDS_ARRAY (value) && attribute->type == MS_ATTR_STRING)
    return ms_import_join_strings (json_node_get_array (value));
  if (!JSON_NODE_HOLDS_ARRAY (value) || attribute->type == MS_ATTR_COMPLEX)
    {
      GString *out = g_string_new (NULL);
      append_value (out, value);
      return g_string_free (out, FALSE);
    }
  JsonArray *array = json_node_get_array (value);
  GString   *out = g_string_new (NULL);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      if (i > 0)
        g_string_append (out, "; ");
      append_value (out, json_array_get_element (array, i));
    }
  return g_string_free (out, FALSE);
}
