/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * References between the operations of a bulk request (RFC 7644 §3.7.2).
 *
 * The order is that of the request, but for operations that others need, which come before them:
 * Tarjan's components of "needs", which arrive in just that order. A component of several is a
 * circle.
 */
#include "ms-bulk.h"

#include <string.h>

#include "ms-json.h"

#define BULK_ID "bulkId:"

/* Putting ids in ---------------------------------------------------------------------------- */

typedef struct
{
  MsBulk     *bulk;
  MsBulkItem *item;
} Resolver;

static gboolean
need (Resolver *self, const char *bulk_id, const char **id)
{
  MsBulkItem *other = g_hash_table_lookup (self->bulk->by_bulk_id, bulk_id);

  if (other == NULL)
    {
      ms_error_set (&self->item->error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "bulkId",
                    "No POST of this request has the bulkId “%s”",
                    bulk_id);
      return FALSE;
    }
  g_array_append_val (self->item->needs, other->place);
  *id = other->id != NULL ? other->id : "";
  return TRUE;
}

/* "members[value eq "bulkId:x"]" (transfer full) (nullable): as it was, or an error set */
static char *
resolve_path (Resolver *self, const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *at = text;
  const char *found;

  while ((found = strstr (at, "\"" BULK_ID)) != NULL)
    {
      const char *start = found + 1 + strlen (BULK_ID);
      const char *end = strchr (start, '"');
      const char *id = NULL;
      if (end == NULL)
        break;
      g_autofree char *bulk_id = g_strndup (start, (gsize) (end - start));
      if (!need (self, bulk_id, &id))
        return NULL;
      g_string_append_len (out, at, (gssize) (found + 1 - at));
      g_string_append (out, id);
      at = end;
    }
  g_string_append (out, at);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static gboolean resolve_node (Resolver *self, const char *name, JsonNode *node);

static gboolean
resolve_text (Resolver *self, const char *name, JsonNode *node)
{
  const char *text = json_node_get_string (node);
  const char *id = NULL;

  if (name != NULL && g_ascii_strcasecmp (name, "password") == 0)
    return TRUE;
  if (g_str_has_prefix (text, BULK_ID))
    {
      if (!need (self, text + strlen (BULK_ID), &id))
        return FALSE;
      json_node_set_string (node, id);
      return TRUE;
    }
  if (name == NULL || g_ascii_strcasecmp (name, "path") != 0 || strstr (text, BULK_ID) == NULL)
    return TRUE;
  g_autofree char *path = resolve_path (self, text);
  if (path != NULL)
    json_node_set_string (node, path);
  return path != NULL;
}

/* Depth is bounded by the reader of JSON. */
static gboolean
resolve_node (Resolver *self, const char *name, JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      g_autoptr (GList) members = json_object_get_members (json_node_get_object (node));
      for (GList *l = members; l != NULL; l = l->next)
        if (!resolve_node (
                self, l->data, json_object_get_member (json_node_get_object (node), l->data)))
          return FALSE;
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      for (guint i = 0; i < json_array_get_length (array); i++)
        if (!resolve_node (self, NULL, json_array_get_element (array, i)))
          return FALSE;
    }
  else if (json_node_get_value_type (node) == G_TYPE_STRING)
    return resolve_text (self, name, node);
  return TRUE;
}

static void
resolve_item (MsBulk *self, MsBulkItem *item)
{
  Resolver    resolver = { self, item };
  const char *id = NULL;

  if (item->id != NULL && item->operation->verb != MS_VERB_CREATE
      && g_str_has_prefix (item->id, BULK_ID))
    {
      if (!need (&resolver, item->id + strlen (BULK_ID), &id))
        return;
      g_free (item->id);
      item->id = g_strdup (id);
    }
  if (item->data == NULL)
    return;
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), item->data);
  (void) resolve_node (&resolver, NULL, node);
}

/* Order ------------------------------------------------------------------------------------- */

typedef struct
{
  MsBulk *bulk;
  guint  *number; /* 0 = not seen */
  guint  *low;
  guint8 *on_stack;
  GArray *stack;
  guint   next;
} Order;

static int
compare_places (gconstpointer a, gconstpointer b)
{
  guint one = *(const guint *) a, other = *(const guint *) b;

  return (one > other) - (one < other);
}

static void
close_component (Order *self, guint place)
{
  GArray *unit = g_array_new (FALSE, FALSE, sizeof (guint));
  guint   member;

  do
    {
      member = g_array_index (self->stack, guint, self->stack->len - 1);
      g_array_set_size (self->stack, self->stack->len - 1);
      self->on_stack[member] = FALSE;
      g_array_append_val (unit, member);
    }
  while (member != place);
  g_array_sort (unit, compare_places);
  g_ptr_array_add (self->bulk->units, unit);
}

/* As deep as there are operations, at most. */
static void
visit (Order *self, guint place)
{
  const MsBulkItem *item = g_ptr_array_index (self->bulk->items, place);

  self->number[place] = self->low[place] = ++self->next;
  self->on_stack[place] = TRUE;
  g_array_append_val (self->stack, place);
  for (guint i = 0; i < item->needs->len; i++)
    {
      guint other = g_array_index (item->needs, guint, i);
      if (self->number[other] == 0)
        {
          visit (self, other);
          self->low[place] = MIN (self->low[place], self->low[other]);
        }
      else if (self->on_stack[other])
        self->low[place] = MIN (self->low[place], self->number[other]);
    }
  if (self->low[place] == self->number[place])
    close_component (self, place);
}

static void
find_units (MsBulk *self)
{
  guint              count = self->items->len;
  g_autofree guint  *number = g_new0 (guint, count);
  g_autofree guint  *low = g_new0 (guint, count);
  g_autofree guint8 *on_stack = g_new0 (guint8, count);
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint));
  Order order = { self, number, low, on_stack, stack, 0 };

  for (guint i = 0; i < count; i++)
    if (number[i] == 0)
      visit (&order, i);
}

/* All in one, still with what others need before them. */
static void
join_units (MsBulk *self)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < self->units->len; i++)
    {
      const GArray *unit = g_ptr_array_index (self->units, i);
      g_array_append_vals (all, unit->data, unit->len);
    }
  g_ptr_array_set_size (self->units, 0);
  g_ptr_array_add (self->units, all);
}

/* References that lead forward -------------------------------------------------------------- */

static gboolean
holds_any (const char *text, GHashTable *ids)
{
  GHashTableIter iter;
  gpointer       id;

  g_hash_table_iter_init (&iter, ids);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (strstr (text, id) != NULL)
      return TRUE;
  return FALSE;
}

/* Whether the node holds one of the ids as a text of its own, or in a PATCH path. */
static gboolean
mentions (JsonNode *node, GHashTable *ids)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObjectIter iter;
      JsonNode      *member;
      json_object_iter_init (&iter, json_node_get_object (node));
      while (json_object_iter_next (&iter, NULL, &member))
        if (mentions (member, ids))
          return TRUE;
      return FALSE;
    }
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      for (guint i = 0; i < json_array_get_length (array); i++)
        if (mentions (json_array_get_element (array, i), ids))
          return TRUE;
      return FALSE;
    }
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return FALSE;
  const char *text = json_node_get_string (node);
  return g_hash_table_contains (ids, text) || (strchr (text, '[') != NULL && holds_any (text, ids));
}

static void
add_later (MsBulkItem *item, const char *path, JsonNode *value)
{
  JsonObject *operation = json_object_new ();

  json_object_set_string_member (operation, "op", "add");
  json_object_set_string_member (operation, "path", path);
  json_object_set_member (operation, "value", value);
  json_array_add_object_element (item->later, operation);
}

/* Takes the elements that mention one of @ids out of an array. (transfer full) (nullable) */
static JsonNode *
split_array (JsonArray *array, GHashTable *ids)
{
  g_autoptr (JsonArray) taken = json_array_new ();

  for (guint i = 0; i < json_array_get_length (array);)
    {
      JsonNode *element = json_array_get_element (array, i);
      if (!mentions (element, ids))
        {
          i++;
          continue;
        }
      json_array_add_element (taken, ms_json_deep_copy (element));
      json_array_remove_element (array, i);
    }
  return json_array_get_length (taken) > 0 ? json_node_init_array (json_node_alloc (), taken)
                                           : NULL;
}

/* @urn: (nullable): of the extension whose object this is */
static void
split_object (MsBulkItem *item, JsonObject *object, const char *urn, GHashTable *ids)
{
  g_autoptr (GList) members = json_object_get_members (object);

  for (GList *l = members; l != NULL; l = l->next)
    {
      const char      *name = l->data;
      JsonNode        *node = json_object_get_member (object, name);
      g_autofree char *path = urn != NULL ? g_strconcat (urn, ":", name, NULL) : g_strdup (name);

      if (!mentions (node, ids))
        continue;
      if (urn == NULL && strchr (name, ':') != NULL && JSON_NODE_HOLDS_OBJECT (node))
        split_object (item, json_node_get_object (node), name, ids);
      else if (JSON_NODE_HOLDS_ARRAY (node))
        add_later (item, path, split_array (json_node_get_array (node), ids));
      else
        {
          add_later (item, path, ms_json_deep_copy (node));
          json_object_remove_member (object, name);
        }
    }
}

/* The operations of a PATCH from the first one on that leads forward: their order means something.
 */
static void
split_patch (MsBulkItem *item, GHashTable *ids)
{
  JsonNode *node = ms_json_object_find (item->data, "Operations");

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return;
  JsonArray *operations = json_node_get_array (node);
  guint      first = 0;
  while (first < json_array_get_length (operations)
         && !mentions (json_array_get_element (operations, first), ids))
    first++;
  while (first < json_array_get_length (operations))
    {
      json_array_add_element (item->later,
                              ms_json_deep_copy (json_array_get_element (operations, first)));
      json_array_remove_element (operations, first);
    }
}

static void
split_unit (MsBulk *self, const GArray *unit)
{
  g_autoptr (GHashTable) ahead = g_hash_table_new (g_str_hash, g_str_equal);

  /* From the end: what is ahead of an item is what comes after it, and the item itself. */
  for (guint i = unit->len; i > 0; i--)
    {
      MsBulkItem *item = g_ptr_array_index (self->items, g_array_index (unit, guint, i - 1));
      if (item->error != NULL)
        continue;
      if (item->operation->verb == MS_VERB_CREATE)
        g_hash_table_add (ahead, item->id);
      if (item->data == NULL || item->needs->len == 0)
        continue;
      item->later = json_array_new ();
      if (item->operation->verb == MS_VERB_PATCH)
        split_patch (item, ahead);
      else
        split_object (item, item->data, NULL, ahead);
      if (json_array_get_length (item->later) == 0)
        g_clear_pointer (&item->later, json_array_unref);
    }
}

void
ms_bulk_resolve (MsBulk *self)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      MsBulkItem *item = g_ptr_array_index (self->items, i);
      if (item->error == NULL)
        resolve_item (self, item);
    }
  find_units (self);
  if (self->atomic)
    join_units (self);
  for (guint i = 0; i < self->units->len; i++)
    split_unit (self, g_ptr_array_index (self->units, i));
}
