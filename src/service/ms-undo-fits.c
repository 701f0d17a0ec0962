/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether what a change set tells of an attribute can be one of today's at all: the tables may have
 * changed since. Which values the attribute takes is asked when they are put back.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-schema-diff.h"

const MsAttribute *
ms_undo_find_attribute (const MsResourceType *type, const char *path)
{
  const MsAttribute *attribute = ms_resource_type_find (type, path);

  /* Change sets hold names in the case that they had: another one is another attribute. */
  return attribute != NULL && strcmp (attribute->path, path) == 0 ? attribute : NULL;
}

static gboolean
is_link (JsonNode *node)
{
  return JSON_NODE_HOLDS_OBJECT (node)
         && json_object_get_string_member_with_default (json_node_get_object (node), "value", NULL)
                != NULL;
}

static gboolean
element_fits (const MsAttribute *attribute, JsonNode *node)
{
  return attribute->relation == MS_RELATION_NONE ? ms_attribute_fits (attribute, node)
                                                 : is_link (node);
}

/* One value for one, several for several. */
static gboolean
has_right_number (const MsAttribute *attribute, JsonNode *node)
{
  return node == NULL || JSON_NODE_HOLDS_NULL (node)
         || JSON_NODE_HOLDS_ARRAY (node) == attribute->multi_valued;
}

gboolean
ms_undo_value_fits (const MsAttribute *attribute, JsonNode *value)
{
  if (attribute->returned == MS_RETURNED_NEVER
      || (attribute->parent != NULL && attribute->parent->multi_valued)
      || !has_right_number (attribute, value))
    return FALSE;
  if (value == NULL || JSON_NODE_HOLDS_NULL (value))
    return TRUE;
  if (!attribute->multi_valued)
    return element_fits (attribute, value);
  JsonArray *elements = json_node_get_array (value);
  for (guint i = 0; i < json_array_get_length (elements); i++)
    if (!element_fits (attribute, json_array_get_element (elements, i)))
      return FALSE;
  return TRUE;
}

gboolean
ms_undo_delta_fits (const MsAttribute *attribute, JsonObject *delta)
{
  gboolean of_several
      = json_object_has_member (delta, "added") || json_object_has_member (delta, "removed");

  return (attribute->multi_valued || !of_several)
         && has_right_number (attribute, json_object_get_member (delta, "after"))
         && ms_undo_value_fits (attribute, json_object_get_member (delta, "before"))
         && ms_undo_value_fits (attribute, json_object_get_member (delta, "removed"));
}
