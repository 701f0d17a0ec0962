/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finds clear passwords in a body before it is understood, so that they can be hashed before the
 * writer is asked: a member called "password" anywhere, or the value of a PATCH operation whose
 * path is it. What is found needlessly costs one hash; so the number is bounded by the caller.
 */
#include "ms-apply.h"

#include <string.h>

#include "ms-json.h"

#define CORE_PASSWORD MS_URN_USER ":password"

static gboolean
names_password (const char *name)
{
  return g_ascii_strcasecmp (name, "password") == 0
         || g_ascii_strcasecmp (name, CORE_PASSWORD) == 0;
}

static const char *
get_text (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static void collect_node (JsonNode *node, MsHashes *hashes, guint *count);

static void
add (JsonNode *node, MsHashes *hashes, guint *count)
{
  const char *text = get_text (node);

  if (text == NULL || *text == '\0')
    return;
  ms_hashes_add (hashes, text);
  (*count)++;
}

static void
collect_object (JsonObject *object, MsHashes *hashes, guint *count)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *node;
  const char    *path = get_text (ms_json_object_find (object, "path"));

  if (path != NULL && names_password (path))
    add (ms_json_object_find (object, "value"), hashes, count);
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node))
    if (names_password (name))
      add (node, hashes, count);
    else
      collect_node (node, hashes, count);
}

/* Depth is bounded by the reader of JSON. */
static void
collect_node (JsonNode *node, MsHashes *hashes, guint *count)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    collect_object (json_node_get_object (node), hashes, count);
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      for (guint i = 0; i < json_array_get_length (array); i++)
        collect_node (json_array_get_element (array, i), hashes, count);
    }
}

guint
ms_collect_passwords (JsonObject *body, MsHashes *hashes)
{
  guint count = 0;

  collect_object (body, hashes, &count);
  return count;
}

gboolean
ms_is_password_only (JsonObject *body)
{
  JsonNode  *node = ms_json_object_find (body, "Operations");
  JsonArray *operations
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (operations == NULL || json_array_get_length (operations) != 1)
    return FALSE;
  JsonNode *first = json_array_get_element (operations, 0);
  if (!JSON_NODE_HOLDS_OBJECT (first))
    return FALSE;

  const char *path = get_text (ms_json_object_find (json_node_get_object (first), "path"));
  JsonNode   *value = ms_json_object_find (json_node_get_object (first), "value");
  if (path != NULL && *path != '\0')
    return names_password (path);
  if (value == NULL || !JSON_NODE_HOLDS_OBJECT (value)
      || json_object_get_size (json_node_get_object (value)) != 1)
    return FALSE;
  g_autoptr (GList) members = json_object_get_members (json_node_get_object (value));
  return names_password (members->data);
}
