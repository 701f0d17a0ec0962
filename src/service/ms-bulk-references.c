/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ids in place of "bulkId:x" (RFC 7644 §3.7.2): where an id belongs and nowhere else, which are
 * relations, references, and paths. A title of "bulkId:x" is a title.
 */
#include "ms-bulk.h"

#include <string.h>

#include "ms-json.h"

/**
 * Resolver:
 * @takes_out: the operation of a PATCH at hand is a "remove", which does nothing where there is
 * nothing
 */
typedef struct
{
  MsBulk     *bulk;
  MsBulkItem *item;
  gboolean    takes_out;
} Resolver;

static MsBulkItem *
need (Resolver *self, const char *bulk_id)
{
  MsBulkItem *other = g_hash_table_lookup (self->bulk->by_bulk_id, bulk_id);

  if (other == NULL)
    ms_error_set (&self->item->error,
                  MS_ERROR_INVALID,
                  "invalidValue",
                  "bulkId",
                  "No POST of this request has the bulkId “%s”",
                  bulk_id);
  else
    g_array_append_val (self->item->needs, other->place);
  return other;
}

static const char *
get_id (const MsBulkItem *item)
{
  return item->id != NULL ? item->id : "";
}

/* Values ------------------------------------------------------------------------------------- */

static gboolean
resolve_id (Resolver *self, JsonNode *node)
{
  const char *text = json_node_get_string (node);

  if (!g_str_has_prefix (text, MS_BULK_ID))
    return TRUE;
  const MsBulkItem *other = need (self, text + strlen (MS_BULK_ID));
  /* A relation to what is not there is refused, but taking out what is not there is not. */
  self->item->waits |= self->takes_out;
  if (other != NULL)
    json_node_set_string (node, get_id (other));
  return other != NULL;
}

/* "bulkId:x" becomes "/Users/ID", and "/Users/bulkId:x" too. */
static gboolean
resolve_uri (Resolver *self, JsonNode *node)
{
  const char *text = json_node_get_string (node);
  gboolean    alone = g_str_has_prefix (text, MS_BULK_ID);
  const char *found = alone ? text : strstr (text, "/" MS_BULK_ID);

  if (found == NULL)
    return TRUE;
  const char       *start = alone ? found : found + 1;
  const MsBulkItem *other = need (self, start + strlen (MS_BULK_ID));
  if (other == NULL)
    return FALSE;
  /* Nobody looks whether there is anything at a URI. */
  self->item->waits = TRUE;
  g_autofree char *before
      = alone ? g_strconcat (other->type != NULL ? other->type->endpoint : "", "/", NULL)
              : g_strndup (text, (gsize) (start - text));
  g_autofree char *uri = g_strconcat (before, get_id (other), NULL);
  json_node_set_string (node, uri);
  return TRUE;
}

static gboolean
is_relation (const MsAttribute *attribute)
{
  return attribute->relation != MS_RELATION_NONE;
}

/* Whether ids stand in the attribute itself: in a relation, or in its "value". */
static gboolean
holds_ids (const MsAttribute *attribute)
{
  return is_relation (attribute)
         || (attribute->parent != NULL && is_relation (attribute->parent)
             && strcmp (attribute->name, "value") == 0);
}

static gboolean resolve_value (Resolver *self, const MsAttribute *attribute, JsonNode *node);

/* Parts of a complex attribute, of a relation "value" only; but a wrapped value ([{"value": x}]) of
 * what is not complex. */
static gboolean
resolve_parts (Resolver *self, const MsAttribute *attribute, JsonObject *object)
{
  g_autoptr (GList) members = json_object_get_members (object);

  for (GList *l = members; l != NULL; l = l->next)
    {
      const MsAttribute *part = attribute->type == MS_ATTR_COMPLEX
                                    ? ms_attribute_find_sub (attribute, l->data)
                                : g_ascii_strcasecmp (l->data, "value") == 0 ? attribute
                                                                             : NULL;
      if (part != NULL && !resolve_value (self, part, json_object_get_member (object, l->data)))
        return FALSE;
    }
  return TRUE;
}

/* Depth is bounded by the reader of JSON. */
static gboolean
resolve_value (Resolver *self, const MsAttribute *attribute, JsonNode *node)
{
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      for (guint i = 0; i < json_array_get_length (array); i++)
        if (!resolve_value (self, attribute, json_array_get_element (array, i)))
          return FALSE;
      return TRUE;
    }
  if (JSON_NODE_HOLDS_OBJECT (node))
    return resolve_parts (self, attribute, json_node_get_object (node));
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return TRUE;
  if (holds_ids (attribute))
    return resolve_id (self, node);
  return attribute->type != MS_ATTR_REFERENCE || resolve_uri (self, node);
}

/* Names -------------------------------------------------------------------------------------- */

/* The attribute of a PATCH path, or of a member's name, without what stands in brackets.
 * (nullable) */
static const MsAttribute *
find_attribute (const MsResourceType *type, const char *path)
{
  const char *open = strchr (path, '[');
  const char *close = open != NULL ? strrchr (open, ']') : NULL;

  if (close == NULL)
    return ms_resource_type_find (type, path);
  g_autofree char *before = g_strndup (path, (gsize) (open - path));
  g_autofree char *name = g_strconcat (before, close + 1, NULL);
  return ms_resource_type_find (type, name);
}

/* @urn: (nullable): of the extension whose members these are */
static gboolean
resolve_members (Resolver *self, const char *urn, JsonObject *object)
{
  g_autoptr (GList) members = json_object_get_members (object);

  for (GList *l = members; l != NULL; l = l->next)
    {
      JsonNode        *node = json_object_get_member (object, l->data);
      g_autofree char *name
          = urn != NULL ? g_strconcat (urn, ":", l->data, NULL) : g_strdup (l->data);
      const MsAttribute *attribute = find_attribute (self->item->type, name);
      gboolean           good = TRUE;

      if (attribute != NULL)
        good = resolve_value (self, attribute, node);
      else if (urn == NULL && strchr (name, ':') != NULL && JSON_NODE_HOLDS_OBJECT (node))
        good = resolve_members (self, name, json_node_get_object (node));
      if (!good)
        return FALSE;
    }
  return TRUE;
}

/* PATCH -------------------------------------------------------------------------------------- */

/* members[value eq "bulkId:x"] (transfer full) (nullable): as it was, or an error set */
static char *
resolve_filter (Resolver *self, const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *at = text;
  const char *found;

  while ((found = strstr (at, "\"" MS_BULK_ID)) != NULL)
    {
      const char *start = found + 1 + strlen (MS_BULK_ID);
      const char *end = strchr (start, '"');
      if (end == NULL)
        break;
      g_autofree char  *bulk_id = g_strndup (start, (gsize) (end - start));
      const MsBulkItem *other = need (self, bulk_id);
      if (other == NULL)
        return NULL;
      /* A filter may choose just the others. */
      self->item->waits = TRUE;
      g_string_append_len (out, at, (gssize) (found + 1 - at));
      g_string_append (out, get_id (other));
      at = end;
    }
  g_string_append (out, at);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static gboolean
resolve_path (Resolver *self, JsonNode *node)
{
  const char        *text = json_node_get_string (node);
  g_autofree char   *before = g_strndup (text, strcspn (text, "["));
  const MsAttribute *attribute = ms_resource_type_find (self->item->type, before);

  if (attribute == NULL || !is_relation (attribute))
    return TRUE;
  g_autofree char *path = resolve_filter (self, text);
  if (path != NULL)
    json_node_set_string (node, path);
  return path != NULL;
}

static gboolean
resolve_operation (Resolver *self, JsonObject *operation)
{
  JsonNode *path = ms_json_object_find (operation, "path");
  JsonNode *value = ms_json_object_find (operation, "value");
  gboolean  named = path != NULL && json_node_get_value_type (path) == G_TYPE_STRING
                   && *json_node_get_string (path) != '\0';

  JsonNode *op = ms_json_object_find (operation, "op");
  self->takes_out = op != NULL && json_node_get_value_type (op) == G_TYPE_STRING
                    && g_ascii_strcasecmp (json_node_get_string (op), "remove") == 0;
  if (named && !resolve_path (self, path))
    return FALSE;
  if (value == NULL)
    return TRUE;
  const char        *name = named ? json_node_get_string (path) : NULL;
  const MsAttribute *attribute = name != NULL ? find_attribute (self->item->type, name) : NULL;
  if (attribute != NULL)
    return resolve_value (self, attribute, value);
  if (!JSON_NODE_HOLDS_OBJECT (value))
    return TRUE;
  /* A path that is a schema's URN, or none. */
  gboolean core = name == NULL || g_ascii_strcasecmp (name, self->item->type->schema->id) == 0;
  return resolve_members (self, core ? NULL : name, json_node_get_object (value));
}

static gboolean
resolve_operations (Resolver *self, JsonObject *body)
{
  JsonNode  *node = ms_json_object_find (body, "Operations");
  JsonArray *operations
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; operations != NULL && i < json_array_get_length (operations); i++)
    {
      JsonNode *operation = json_array_get_element (operations, i);
      if (JSON_NODE_HOLDS_OBJECT (operation)
          && !resolve_operation (self, json_node_get_object (operation)))
        return FALSE;
    }
  return TRUE;
}

void
ms_bulk_resolve_item (MsBulk *self, MsBulkItem *item)
{
  Resolver resolver = { self, item, FALSE };

  if (item->id != NULL && item->operation->verb != MS_VERB_CREATE
      && g_str_has_prefix (item->id, MS_BULK_ID))
    {
      const MsBulkItem *other = need (&resolver, item->id + strlen (MS_BULK_ID));
      if (other == NULL)
        return;
      g_free (item->id);
      item->id = g_strdup (get_id (other));
    }
  if (item->data == NULL)
    return;
  if (item->operation->verb == MS_VERB_PATCH)
    (void) resolve_operations (&resolver, item->data);
  else
    (void) resolve_members (&resolver, NULL, item->data);
}
