/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An attribute's value in the document of an object: where it is, reading and setting it. The only
 * place that knows that extensions lie below their URN.
 */
#include "ms-schema-private.h"

#include "ms-address.h"
#include "ms-idn.h"
#include "ms-text.h"

#include <string.h>

char *
ms_attribute_fold (const MsAttribute *attribute, const char *text)
{
  g_return_val_if_fail (attribute != NULL && text != NULL, NULL);

  switch (attribute->text_form)
    {
    case MS_TEXT_FORM_DOMAIN:
      return ms_idn_fold (text);
    case MS_TEXT_FORM_ADDRESS:
      return ms_address_key (text);
    case MS_TEXT_FORM_PLAIN:
    default:
      return ms_text_fold (text);
    }
}

char *
ms_attribute_key (const MsAttribute *attribute, const char *text)
{
  g_return_val_if_fail (attribute != NULL && text != NULL, NULL);

  return ms_text_shorten_key (attribute->case_exact ? g_strdup (text)
                                                    : ms_attribute_fold (attribute, text));
}

const MsAttribute *
ms_attribute_find_sub (const MsAttribute *attribute, const char *name)
{
  g_return_val_if_fail (attribute != NULL && name != NULL, NULL);

  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      if (g_ascii_strcasecmp (sub->name, name) == 0)
        return sub;
    }
  return NULL;
}

gboolean
ms_attribute_is_in_extension (const MsAttribute *attribute)
{
  const MsAttribute *top = attribute->parent != NULL ? attribute->parent : attribute;

  /* Only an extension's attributes have a path that is not their name. */
  return strcmp (top->path, top->name) != 0;
}

gboolean
ms_attribute_can_be_found_by (const MsAttribute *attribute)
{
  return attribute->returned != MS_RETURNED_NEVER;
}

gboolean
ms_attribute_is_derived (const MsAttribute *attribute)
{
  return attribute->is_computed && !attribute->is_measured;
}

const MsAttribute *
ms_schema_find_required (const MsSchema *schema)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    if (((const MsAttribute *) g_ptr_array_index (schema->attributes, i))->required)
      return g_ptr_array_index (schema->attributes, i);
  return NULL;
}

static JsonNode *
get_top_value (const MsAttribute *attribute, JsonObject *attributes)
{
  if (ms_attribute_is_in_extension (attribute))
    {
      JsonNode *extension = json_object_get_member (attributes, attribute->schema->id);
      if (extension == NULL || !JSON_NODE_HOLDS_OBJECT (extension))
        return NULL;
      attributes = json_node_get_object (extension);
    }
  return json_object_get_member (attributes, attribute->name);
}

JsonNode *
ms_attribute_get_value (const MsAttribute *attribute, JsonObject *attributes)
{
  g_return_val_if_fail (attribute != NULL && attributes != NULL, NULL);

  if (attribute->parent == NULL)
    return get_top_value (attribute, attributes);

  JsonNode *parent = get_top_value (attribute->parent, attributes);
  if (parent != NULL && JSON_NODE_HOLDS_ARRAY (parent))
    {
      JsonArray *elements = json_node_get_array (parent);
      parent = json_array_get_length (elements) > 0 ? json_array_get_element (elements, 0) : NULL;
    }
  if (parent == NULL || !JSON_NODE_HOLDS_OBJECT (parent))
    return NULL;
  return json_object_get_member (json_node_get_object (parent), attribute->name);
}

/* The member @name of @parent as an object, made where it is absent and @create. */
static JsonObject *
get_container (JsonObject *parent, const char *name, gboolean create)
{
  JsonNode *node = json_object_get_member (parent, name);

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  if (!create)
    return NULL;
  JsonObject *made = json_object_new ();
  json_object_set_object_member (parent, name, made);
  return made;
}

static void
drop_if_empty (JsonObject *parent, const char *name)
{
  JsonObject *child = get_container (parent, name, FALSE);

  if (child != NULL && json_object_get_size (child) == 0)
    json_object_remove_member (parent, name);
}

void
ms_attribute_set_value (const MsAttribute *attribute, JsonObject *attributes, JsonNode *value)
{
  g_return_if_fail (attribute != NULL && attributes != NULL);

  const MsAttribute *top = attribute->parent != NULL ? attribute->parent : attribute;
  gboolean           in_extension = ms_attribute_is_in_extension (attribute);
  const char        *urn = top->schema->id;
  JsonObject *outer = in_extension ? get_container (attributes, urn, value != NULL) : attributes;
  JsonObject *inner
      = outer != NULL && top != attribute ? get_container (outer, top->name, value != NULL) : outer;

  if (inner != NULL && value != NULL)
    json_object_set_member (inner, attribute->name, value);
  else if (inner != NULL)
    {
      json_object_remove_member (inner, attribute->name);
      if (inner != outer)
        drop_if_empty (outer, top->name);
      if (in_extension)
        drop_if_empty (attributes, urn);
    }
}
