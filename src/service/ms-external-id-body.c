/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a provisioning client sends, as it means it: to it there is no externalIds, so that a name
 * that leads there is ignored and told, and a path refused, like any that nothing here knows.
 */
#include "ms-external-id.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-patch.h"

/* @name: as it may stand in a PATCH path, with brackets */
static gboolean
is_hidden (const MsResourceType *type, const char *name)
{
  g_autofree char *plain = g_strstrip (g_strndup (name, strcspn (name, "[")));

  return ms_resource_type_find (type, plain) != NULL
         && ms_resource_type_find_for (type, plain, TRUE) == NULL;
}

/* Whether it is the URN of the attributes that need none. */
static gboolean
is_own_schema (const MsResourceType *type, const char *name)
{
  g_autofree char *plain = g_strstrip (g_strdup (name));

  return g_ascii_strcasecmp (plain, type->schema->id) == 0;
}

/* (transfer full) */
static JsonObject *
leave_out (const MsResourceType *type, JsonObject *given, MsIgnored *ignored)
{
  JsonObject    *left = json_object_new ();
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;

  json_object_iter_init_ordered (&iter, given);
  while (json_object_iter_next_ordered (&iter, &name, &member))
    {
      if (is_hidden (type, name))
        ms_ignored_add (ignored, NULL, name);
      else if (is_own_schema (type, name) && JSON_NODE_HOLDS_OBJECT (member))
        json_object_set_object_member (
            left, name, leave_out (type, json_node_get_object (member), ignored));
      else
        json_object_set_member (left, name, json_node_ref (member));
    }
  return left;
}

/* @object with another member in the place of @old, which it has. (transfer full) @member:
 * (transfer full) */
static JsonObject *
replace_member (JsonObject *object, JsonNode *old, JsonNode *member)
{
  JsonObject    *replaced = json_object_new ();
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    json_object_set_member (replaced, name, node == old ? member : json_node_ref (node));
  return replaced;
}

/* (transfer full) */
static JsonNode *
make_node (JsonObject *object)
{
  return json_node_init_object (json_node_alloc (), object);
}

/* (transfer full) (nullable) */
static JsonNode *
read_operation (const MsResourceType *type, JsonNode *node, MsIgnored *ignored, GError **error)
{
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return json_node_ref (node);

  JsonObject *operation = json_node_get_object (node);
  JsonNode   *path = ms_json_object_find (operation, "path");
  JsonNode   *value = ms_json_object_find (operation, "value");
  const char *text = path != NULL && json_node_get_value_type (path) == G_TYPE_STRING
                         ? json_node_get_string (path)
                         : "";
  if (is_hidden (type, text))
    {
      ms_patch_refuse_unknown (text, error);
      return NULL;
    }
  if (value == NULL || !JSON_NODE_HOLDS_OBJECT (value)
      || (*text != '\0' && !is_own_schema (type, text)))
    return json_node_ref (node);
  g_autoptr (JsonObject) left = leave_out (type, json_node_get_object (value), ignored);
  g_autoptr (JsonObject) replaced = replace_member (operation, value, make_node (left));
  return make_node (replaced);
}

/* (transfer full) (nullable) */
static JsonObject *
read_patch (const MsResourceType *type, JsonObject *body, MsIgnored *ignored, GError **error)
{
  JsonNode *given = ms_json_object_find (body, "Operations");

  if (given == NULL || !JSON_NODE_HOLDS_ARRAY (given))
    return json_object_ref (body);
  JsonArray *operations = json_node_get_array (given);
  g_autoptr (JsonArray) read = json_array_new ();
  for (guint i = 0; i < json_array_get_length (operations); i++)
    {
      JsonNode *operation
          = read_operation (type, json_array_get_element (operations, i), ignored, error);
      if (operation == NULL)
        {
          g_prefix_error (error, "operation %u: ", i + 1);
          return NULL;
        }
      json_array_add_element (read, operation);
    }
  return replace_member (body, given, json_node_init_array (json_node_alloc (), read));
}

JsonObject *
ms_external_id_read_body (const MsResourceType *type,
                          JsonObject           *body,
                          gboolean              is_patch,
                          const char           *client,
                          MsIgnored            *ignored,
                          GError              **error)
{
  if (client == NULL)
    return json_object_ref (body);
  return is_patch ? read_patch (type, body, ignored, error) : leave_out (type, body, ignored);
}
