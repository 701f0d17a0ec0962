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

/* What is set once is set by the first write that gives it anything, so all of it waits. */
static gboolean
is_set_once (const MsBulkItem *item, const char *path)
{
  const MsAttribute *attribute
      = item->type != NULL ? ms_resource_type_find (item->type, path) : NULL;

  return attribute != NULL && attribute->mutability == MS_MUTABILITY_IMMUTABLE;
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
      else if (JSON_NODE_HOLDS_ARRAY (node) && !is_set_once (item, path))
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
        ms_bulk_resolve_item (self, item);
    }
  find_units (self);
  if (self->atomic)
    join_units (self);
  for (guint i = 0; i < self->units->len; i++)
    split_unit (self, g_ptr_array_index (self->units, i));
}
