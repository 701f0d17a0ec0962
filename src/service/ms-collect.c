/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finds clear passwords in a body before it is understood, so that they can be hashed before the
 * writer is asked: a member called "password" (or as an
 * attribute that an operator declared secret) anywhere, or the value of a PATCH operation whose
 * path is it. What is found needlessly costs one hash; so the number is bounded by the caller. What
 * cannot be hashed is left out: the operation that it belongs to says so.
 */
#include "ms-apply.h"

#include <string.h>

#include "ms-json.h"
#include "ms-password.h"

#define CORE_PASSWORD MS_URN_USER ":password"

typedef struct
{
  GHashTable *names; /* lower case: of attributes that operators declared secret */
  MsHashes   *hashes;
  guint       count;
} Collect;

static gboolean
names_password (const char *name)
{
  return g_ascii_strcasecmp (name, "password") == 0
         || g_ascii_strcasecmp (name, CORE_PASSWORD) == 0;
}

static gboolean
names_secret (const Collect *self, const char *name)
{
  if (names_password (name))
    return TRUE;
  if (g_hash_table_size (self->names) == 0)
    return FALSE;
  /* An operator's own type may be asked with the URN of its schema before the name. */
  const char      *colon = strrchr (name, ':');
  g_autofree char *lower = g_ascii_strdown (colon != NULL ? colon + 1 : name, -1);
  return g_hash_table_contains (self->names, lower);
}

static const char *
get_text (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static void collect_node (Collect *self, JsonNode *node);

static void
add (Collect *self, JsonNode *node)
{
  const char *text = get_text (node);

  if (text == NULL || !ms_password_can_hash (text))
    return;
  ms_hashes_add (self->hashes, text);
  self->count++;
}

static void
collect_object (Collect *self, JsonObject *object)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *node;
  const char    *path = get_text (ms_json_object_find (object, "path"));

  if (path != NULL && names_secret (self, path))
    add (self, ms_json_object_find (object, "value"));
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node))
    if (names_secret (self, name))
      add (self, node);
    else
      collect_node (self, node);
}

/* Depth is bounded by the reader of JSON. */
static void
collect_node (Collect *self, JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    collect_object (self, json_node_get_object (node));
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      for (guint i = 0; i < json_array_get_length (array); i++)
        collect_node (self, json_array_get_element (array, i));
    }
}

guint
ms_collect_passwords (MsService *service, JsonObject *body, MsHashes *hashes)
{
  Collect collect = { service->secret_names, hashes, 0 };

  collect_object (&collect, body);
  return collect.count;
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
