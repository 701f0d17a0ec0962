/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of one change cannot be written with it: relations to what is made later, and unique values
 * that others still have, come when all is there; relations that are set once and of which an end
 * came or went say that nobody can write them.
 */
#include "ms-feed-split.h"

#include <string.h>

#include "ms-json.h"

/**
 * Parting: the change at @index, which is parted
 * @aside: a name for the meantime
 * @name_held: the object's name is another one's until that one is done
 */
typedef struct
{
  MsFeedOrder          *order;
  const MsResourceType *type;
  const MsChange       *change;
  guint                 index;
  guint                 place;
  char                 *aside;
  gboolean              name_held;
} Parting;

static gboolean
comes_later (const Parting *self, const MsAttribute *attribute, JsonNode *value)
{
  guint place = 0;

  if (attribute->relation == MS_RELATION_NONE)
    return ms_feed_order_is_held (self->order, self->index, attribute, value);
  return ms_feed_order_find (self->order, ms_feed_order_get_link (value), TRUE, &place) != NULL
         && place >= self->place;
}

/* Those that wait of @node, a relation's value or several. What is set once is set at once.
 * (transfer full) (nullable): the others, or %NULL for none. @waiting: (out) (transfer full)
 * (nullable) */
static JsonNode *
part_values (const Parting *self, const MsAttribute *attribute, JsonNode *node, JsonNode **waiting)
{
  *waiting = NULL;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      if (!comes_later (self, attribute, node))
        return json_node_ref (node);
      *waiting = json_node_ref (node);
      return NULL;
    }
  g_autoptr (JsonArray) now = json_array_new ();
  g_autoptr (JsonArray) later = json_array_new ();
  JsonArray *array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *value = json_array_get_element (array, i);
      json_array_add_element (comes_later (self, attribute, value) ? later : now,
                              json_node_ref (value));
    }
  if (json_array_get_length (later) == 0)
    return json_node_ref (node);
  if (attribute->mutability == MS_MUTABILITY_IMMUTABLE || json_array_get_length (now) == 0)
    {
      *waiting = json_node_ref (node);
      return NULL;
    }
  *waiting = json_node_init_array (json_node_alloc (), later);
  return json_node_init_array (json_node_alloc (), now);
}

/* Whether all values of @member are of objects that this change set deleted, or that it brought
 * back. */
static gboolean
is_all (const Parting *self, JsonObject *delta, const char *member, gboolean made)
{
  JsonNode *node = json_object_get_member (delta, member);
  guint     place = 0;

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return ms_feed_order_find (self->order, ms_feed_order_get_link (node), made, &place) != NULL;
  JsonArray *array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode       *value = json_array_get_element (array, i);
      const MsChange *found
          = ms_feed_order_find (self->order, ms_feed_order_get_link (value), made, &place);
      if (found == NULL || (made && found->verb != MS_CHANGE_RESTORE))
        return FALSE;
    }
  return TRUE;
}

/* What is set once loses those who go, and gets them again when they come back; but nobody can
 * write it. (transfer full) (nullable): %NULL where it is as any other */
static JsonObject *
settle_once (const Parting *self, const MsAttribute *attribute, JsonObject *delta)
{
  gboolean loses
      = json_object_has_member (delta, "removed")
        || (json_object_has_member (delta, "before") && !json_object_has_member (delta, "after"));
  gboolean    gains = json_object_has_member (delta, "added");
  const char *lost = json_object_has_member (delta, "removed") ? "removed" : "before";

  if (self->change->verb != MS_CHANGE_UPDATE || attribute->mutability != MS_MUTABILITY_IMMUTABLE
      || (!loses && !gains))
    return NULL;
  gboolean follows = loses && !gains && is_all (self, delta, lost, FALSE);
  gboolean returns = gains && !loses && is_all (self, delta, "added", TRUE);
  if (!follows && !returns)
    return NULL;
  JsonObject *settled = json_object_new ();
  json_object_set_string_member (settled, "path", attribute->path);
  json_object_set_boolean_member (settled, follows ? "follows" : "named", TRUE);
  return settled;
}

/* (transfer none): a delta of @attribute in @array. @value: (transfer full) (nullable) */
static JsonObject *
add_delta (JsonArray *array, const MsAttribute *attribute, const char *member, JsonNode *value)
{
  JsonObject *delta = json_object_new ();

  json_object_set_string_member (delta, "path", attribute->path);
  if (value != NULL)
    json_object_set_member (delta, member, value);
  json_array_add_object_element (array, delta);
  return delta;
}

static void
copy_member (JsonObject *from, JsonObject *to, const char *member)
{
  if (json_object_has_member (from, member))
    json_object_set_member (to, member, json_object_dup_member (from, member));
}

/* All values of @member, or those that are held, when all is there. %FALSE: none has to wait. */
static gboolean
delay (const Parting     *self,
       const MsAttribute *attribute,
       JsonObject        *delta,
       const char        *member,
       JsonArray         *now,
       JsonArray         *later)
{
  static const char *const kept[] = { "before", "removed" };
  JsonNode                *values = json_object_get_member (delta, member);
  g_autoptr (JsonNode) waiting = NULL;

  if (values == NULL)
    return FALSE;
  g_autoptr (JsonNode) rest = part_values (self, attribute, values, &waiting);
  if (waiting == NULL)
    return FALSE;
  (void) add_delta (
      later, attribute, attribute->multi_valued ? "added" : "after", g_steal_pointer (&waiting));
  /* Of "whole" nothing left is something to do. */
  if (rest == NULL && strcmp (member, "whole") == 0)
    rest = json_node_init_array (json_node_alloc (), json_array_new ());
  if (rest == NULL && !json_object_has_member (delta, "before")
      && !json_object_has_member (delta, "removed"))
    return TRUE;
  JsonObject *first = add_delta (now, attribute, member, g_steal_pointer (&rest));
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    copy_member (delta, first, kept[i]);
  return TRUE;
}

static gboolean
delay_link (const Parting     *self,
            const MsAttribute *attribute,
            JsonObject        *delta,
            JsonArray         *now,
            JsonArray         *later)
{
  const char *member = json_object_has_member (delta, "added") ? "added" : "after";
  JsonObject *settled = settle_once (self, attribute, delta);

  if (settled != NULL)
    json_array_add_object_element (now, settled);
  return settled != NULL
         || (ms_feed_order_can_wait (self->type, attribute)
             && delay (self, attribute, delta, member, now, later));
}

/* One that must be there has another value in the meantime. */
static void
set_aside (const Parting     *self,
           const MsAttribute *attribute,
           JsonNode          *value,
           JsonArray         *now,
           JsonArray         *later)
{
  (void) add_delta (
      now, attribute, "after", json_node_init_string (json_node_alloc (), self->aside));
  (void) add_delta (later, attribute, "after", ms_json_deep_copy (value));
}

static gboolean
delay_unique (const Parting     *self,
              const MsAttribute *attribute,
              JsonObject        *delta,
              JsonArray         *now,
              JsonArray         *later)
{
  JsonNode *after = json_object_get_member (delta, "after");

  if (attribute->mutability != MS_MUTABILITY_READ_WRITE)
    return FALSE;
  if (attribute->multi_valued)
    return delay (self,
                  attribute,
                  delta,
                  json_object_has_member (delta, "whole")   ? "whole"
                  : json_object_has_member (delta, "added") ? "added"
                                                            : "after",
                  now,
                  later);
  if (after == NULL
      || !(comes_later (self, attribute, after)
           || (self->name_held && strcmp (attribute->path, "name") == 0)))
    return FALSE;
  if (!attribute->required)
    return delay (self, attribute, delta, "after", now, later);
  if (attribute->type != MS_ATTR_STRING)
    return FALSE;
  set_aside (self, attribute, after, now, later);
  return TRUE;
}

static void
part_delta (const Parting *self, JsonObject *delta, JsonArray *now, JsonArray *later)
{
  const char        *path = json_object_get_string_member_with_default (delta, "path", "");
  const MsAttribute *attribute = ms_resource_type_find (self->type, path);
  gboolean           parted = FALSE;

  if (attribute != NULL && attribute->relation == MS_RELATION_TO)
    parted = delay_link (self, attribute, delta, now, later);
  else if (attribute != NULL)
    parted = delay_unique (self, attribute, delta, now, later);
  if (!parted)
    json_array_add_object_element (now, json_object_ref (delta));
}

static gboolean
has_delta (JsonArray *deltas, const char *path)
{
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    if (strcmp (json_object_get_string_member_with_default (
                    json_array_get_object_element (deltas, i), "path", ""),
                path)
        == 0)
      return TRUE;
  return FALSE;
}

/* An object whose name is held although it keeps it: what goes is another part of its address, or
 * the place where it is. */
static void
part_kept_name (const Parting *self, JsonArray *deltas, JsonArray *now, JsonArray *later)
{
  if (!self->name_held || self->change->label == NULL || has_delta (deltas, "name"))
    return;
  g_autoptr (JsonNode) name = json_node_init_string (json_node_alloc (), self->change->label);
  set_aside (self, ms_resource_type_find (self->type, "name"), name, now, later);
}

JsonNode *
ms_feed_split (MsFeedOrder          *order,
               const MsResourceType *type,
               const MsChangeSet    *set,
               guint                 index,
               JsonNode            **later)
{
  const MsChange  *change = g_ptr_array_index (set->changes, index);
  JsonArray       *deltas = json_node_get_array (change->deltas);
  gboolean         is_domain = strcmp (type->name, MS_TYPE_NAME_DOMAIN) == 0;
  g_autofree char *aside = g_strdup_printf (
      "aside-%" G_GINT64_FORMAT "-%u%s", set->sequence, index, is_domain ? ".invalid" : "");
  Parting parting = { .order = order,
                      .type = type,
                      .change = change,
                      .index = index,
                      .place = ms_feed_order_get_place (order, index),
                      .aside = aside,
                      .name_held = ms_feed_order_is_name_held (order, index) };
  g_autoptr (JsonArray) now = json_array_new ();
  g_autoptr (JsonArray) then = json_array_new ();

  *later = NULL;
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    part_delta (&parting, json_array_get_object_element (deltas, i), now, then);
  part_kept_name (&parting, deltas, now, then);
  if (json_array_get_length (then) > 0)
    *later = json_node_init_array (json_node_alloc (), then);
  return json_node_init_array (json_node_alloc (), now);
}
