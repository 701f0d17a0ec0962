/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A part is taken back where it is as the change set left it and no later change set that is in
 * force has touched it. So undoing the newest first always works, and whatever order works leads to
 * where that leads.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-bin.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-password-scheme.h"
#include "ms-rules.h"
#include "ms-txn.h"

void
ms_undo_part_free (MsUndoPart *self)
{
  g_clear_pointer (&self->value, json_node_unref);
  g_clear_pointer (&self->instead, json_array_unref);
  g_clear_pointer (&self->take_out, json_array_unref);
  g_clear_pointer (&self->put_in, json_array_unref);
  g_free (self);
}

void
ms_undo_item_free (MsUndoItem *self)
{
  g_ptr_array_unref (self->parts);
  g_ptr_array_unref (self->without);
  g_clear_pointer (&self->later, ms_undo_later_free);
  g_clear_pointer (&self->owned, ms_change_free);
  g_clear_pointer (&self->as, json_object_unref);
  g_clear_pointer (&self->belongs_to, g_ptr_array_unref);
  g_clear_pointer (&self->made_with, g_ptr_array_unref);
  g_clear_pointer (&self->gone, json_array_unref);
  g_clear_pointer (&self->rest, ms_undo_item_free);
  g_clear_pointer (&self->had, ms_object_unref);
  g_free (self->why);
  g_free (self);
}

/* Values ------------------------------------------------------------------------------------ */

gboolean
ms_undo_values_equal (const MsAttribute *attribute, JsonNode *a, JsonNode *b)
{
  if (attribute->relation != MS_RELATION_NONE)
    return g_strcmp0 (ms_undo_get_link_id (a), ms_undo_get_link_id (b)) == 0;
  if (a == NULL || b == NULL)
    return a == b;
  return ms_json_equal (a, b);
}

JsonArray *
ms_undo_get_elements (MsWrite           *write,
                      MsObject          *object,
                      const MsAttribute *attribute,
                      GError           **error)
{
  if (attribute->relation == MS_RELATION_NONE)
    {
      JsonNode *node = ms_attribute_get_value (attribute, ms_object_get_attributes (object));
      return node != NULL && JSON_NODE_HOLDS_ARRAY (node)
                 ? json_array_ref (json_node_get_array (node))
                 : json_array_new ();
    }
  g_autoptr (GPtrArray) links = ms_txn_list_links (
      write->txn, ms_object_get_id (object), attribute->path, FALSE, 0, error);
  if (links == NULL)
    return NULL;
  JsonArray *elements = json_array_new ();
  for (guint i = 0; i < links->len; i++)
    {
      JsonObject *element = json_object_new ();
      json_object_set_string_member (
          element, "value", ((MsLinkTarget *) g_ptr_array_index (links, i))->id);
      json_array_add_object_element (elements, element);
    }
  return elements;
}

/* Updates ----------------------------------------------------------------------------------- */

MsUndoPart *
ms_undo_item_add_part (MsUndoItem *self, const MsAttribute *attribute)
{
  MsUndoPart *part = g_new0 (MsUndoPart, 1);

  part->attribute = attribute;
  g_ptr_array_add (self->parts, part);
  return part;
}

GHashTable *
ms_undo_collect_keys (const MsAttribute *attribute, JsonArray *array)
{
  GHashTable *keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    g_hash_table_add (keys, ms_delta_element_key (attribute, json_array_get_element (array, i)));
  return keys;
}

/* The elements that a plain attribute has now; of a relation each is asked for by itself, since
 * there may be very many.
 * @since: gets those that something has changed since
 * @lost: gets those that are there no more because the other end went */
typedef struct
{
  MsWrite           *write;
  MsObject          *object;
  const MsAttribute *attribute;
  GHashTable        *keys; /* (nullable) */
  MsUndoLater       *later;
  MsUndoSince       *since;
  MsUndoSince       *lost;
} Elements;

static gboolean
holds_element (const Elements *self, const char *key, gboolean *holds, GError **error)
{
  if (self->keys == NULL)
    return ms_txn_has_link (self->write->txn,
                            ms_object_get_id (self->object),
                            self->attribute->path,
                            key,
                            holds,
                            error);
  *holds = g_hash_table_contains (self->keys, key);
  return TRUE;
}

/* Whether @link is not there only because the other end went: nobody took it out. */
static gboolean
ask_lost (const Elements *self, JsonNode *link, const char *key, gboolean *lost, GError **error)
{
  gboolean there = TRUE;
  gboolean changed = TRUE;

  *lost = FALSE;
  if (self->attribute->relation != MS_RELATION_TO)
    return TRUE;
  if (!ms_undo_find_target (self->write, link, &there, error)
      || (!there
          && !ms_undo_later_ask_changed (self->later, self->attribute->path, key, &changed, error)))
    return FALSE;
  *lost = !there && !changed;
  return TRUE;
}

/* Elements of @wanted (nullable) that are (@present) or are not there now, and were not touched
 * since. */
static JsonArray *
filter_elements (Elements *self, JsonArray *wanted, gboolean present, GError **error)
{
  g_autoptr (JsonArray) fitting = json_array_new ();

  for (guint i = 0; wanted != NULL && i < json_array_get_length (wanted); i++)
    {
      JsonNode        *element = json_array_get_element (wanted, i);
      g_autofree char *key = ms_delta_element_key (self->attribute, element);
      gint64           by = 0;
      gboolean         holds = FALSE;
      gboolean         lost = FALSE;
      if (!ms_undo_later_ask_touch (self->later, self->attribute->path, key, &by, error)
          || !holds_element (self, key, &holds, error)
          || (present && !holds && !ask_lost (self, element, key, &lost, error)))
        return NULL;
      if (lost)
        ms_undo_since_add (self->lost, 0, self->attribute, element);
      else if (holds == present && by == 0)
        json_array_add_element (fitting, ms_json_deep_copy (element));
      else
        ms_undo_since_add (self->since, by, self->attribute, element);
    }
  return g_steal_pointer (&fitting);
}

static gboolean
plan_elements (MsWrite           *write,
               MsUndoItem        *item,
               MsObject          *object,
               const MsAttribute *attribute,
               JsonObject        *delta,
               JsonArray         *refused,
               GError           **error)
{
  g_autoptr (MsUndoSince) since = ms_undo_since_new ();
  g_autoptr (MsUndoSince) lost = ms_undo_since_new ();
  g_autoptr (GHashTable) keys = NULL;

  if (attribute->relation == MS_RELATION_NONE)
    {
      g_autoptr (JsonArray) now = ms_undo_get_elements (write, object, attribute, error);
      keys = ms_undo_collect_keys (attribute, now);
    }
  Elements    elements = { write, object, attribute, keys, item->later, since, lost };
  MsUndoPart *part = ms_undo_item_add_part (item, attribute);
  part->take_out = filter_elements (&elements, ms_json_get_array (delta, "added"), TRUE, error);
  if (part->take_out == NULL)
    return FALSE;
  part->put_in = filter_elements (&elements, ms_json_get_array (delta, "removed"), FALSE, error);
  if (part->put_in == NULL)
    return FALSE;
  if (!ms_undo_since_is_empty (since))
    ms_undo_refuse_since (refused, item->change, attribute->path, since);
  if (!ms_undo_since_is_empty (lost))
    ms_undo_refuse_lost (refused, item->change, attribute->path, lost);
  if (json_array_get_length (part->take_out) + json_array_get_length (part->put_in) == 0)
    g_ptr_array_remove (item->parts, part);
  return TRUE;
}

/* Being primary is about an owner: with another one it is no part of what was. Where the owner is
 * of this change set too, that one's refusal says it. */
static gboolean
spares_leader (MsUndoItem *item, JsonArray *deltas, JsonArray *refused)
{
  const MsRules *rules = ms_rules_find (item->type);
  gint64         by = ms_undo_later_find_wish (item->later, rules->leader, NULL);

  if (by != 0 && ms_undo_find_side (deltas, rules->leader, "before") == NULL
      && ms_undo_find_side (deltas, rules->leader, "after") == NULL)
    ms_undo_refuse_led (refused, item->change, rules->led, rules->leader, by);
  return by == 0;
}

/* And who is primary by somebody's wish since does not leave that owner. */
static gboolean
spares_led (MsUndoItem *item, MsObject *object, JsonArray *refused)
{
  const MsRules *rules = ms_rules_find (item->type);
  gint64         by = ms_undo_later_find_touch (item->later, rules->led, NULL);

  if (by == 0 || !ms_object_get_boolean (object, rules->led, FALSE))
    return TRUE;
  ms_undo_refuse_going (refused, item->change, rules->led, by);
  return FALSE;
}

static gboolean
spares_others (MsUndoItem        *item,
               MsObject          *object,
               const MsAttribute *attribute,
               JsonArray         *deltas,
               JsonArray         *refused)
{
  const MsRules *rules = ms_rules_find (item->type);

  if (g_strcmp0 (attribute->path, rules->led) == 0)
    return spares_leader (item, deltas, refused);
  return g_strcmp0 (attribute->path, rules->leader) != 0 || spares_led (item, object, refused);
}

static gboolean
plan_value (MsUndoItem        *item,
            MsObject          *object,
            const MsAttribute *attribute,
            JsonObject        *delta,
            JsonArray         *deltas,
            JsonArray         *refused,
            GError           **error)
{
  JsonNode *current = ms_attribute_get_value (attribute, ms_object_get_attributes (object));
  JsonNode *before = json_object_get_member (delta, "before");
  gint64    by = 0;

  if (!ms_undo_later_ask_touch (item->later, attribute->path, NULL, &by, error))
    return FALSE;
  if (by != 0
      || !ms_undo_values_equal (attribute, current, json_object_get_member (delta, "after")))
    {
      ms_undo_refuse_touched (refused, item->change, attribute->path, by);
      return TRUE;
    }
  if (!spares_others (item, object, attribute, deltas, refused))
    return TRUE;
  MsUndoPart *part = ms_undo_item_add_part (item, attribute);
  part->value = before != NULL ? ms_json_deep_copy (before) : NULL;
  return TRUE;
}

/* A secret is not kept. But whether a run gave a password to somebody who had none can be told by
 * what follows from it, which change sets of earlier versions say nothing of. */
static gboolean
was_without (MsWrite *write, const MsAttribute *attribute, JsonArray *deltas)
{
  JsonNode *before = ms_undo_find_side (deltas, MS_PATH_PASSWORD_SCHEME, "before");
  JsonNode *after = ms_undo_find_side (deltas, MS_PATH_PASSWORD_SCHEME, "after");

  return write->undoing_run && attribute != NULL && strcmp (attribute->path, "password") == 0
         && before == NULL && after != NULL;
}

static gboolean
plan_secret (MsWrite           *write,
             MsUndoItem        *item,
             const MsAttribute *attribute,
             const char        *path,
             JsonArray         *deltas,
             JsonArray         *refused,
             GError           **error)
{
  gint64 by = 0;

  if (!was_without (write, attribute, deltas))
    {
      ms_undo_refuse (refused,
                      item->change,
                      path,
                      "The one before is not kept, so it cannot be put back: set another one");
      return TRUE;
    }
  if (!ms_undo_later_ask_touch (item->later, path, NULL, &by, error))
    return FALSE;
  if (by != 0)
    ms_undo_refuse_touched (refused, item->change, path, by);
  else
    (void) ms_undo_item_add_part (item, attribute);
  return TRUE;
}

static gboolean
plan_delta (MsWrite    *write,
            MsUndoItem *item,
            MsObject   *object,
            JsonObject *delta,
            JsonArray  *deltas,
            JsonArray  *refused,
            GError    **error)
{
  const char        *path = json_object_get_string_member_with_default (delta, "path", "");
  const MsAttribute *attribute = ms_undo_find_attribute (item->type, path);

  if (json_object_get_boolean_member_with_default (delta, "secret", FALSE))
    return plan_secret (write, item, attribute, path, deltas, refused, error);
  if (attribute == NULL)
    {
      ms_undo_refuse (refused, item->change, path, MS_UNDO_NO_ATTRIBUTE);
      return TRUE;
    }
  /* Kept by the service itself: it follows from the others. */
  if (attribute->mutability == MS_MUTABILITY_READ_ONLY)
    return TRUE;
  if (!ms_undo_delta_fits (attribute, delta))
    {
      ms_undo_refuse (refused, item->change, path, MS_UNDO_NO_VALUE);
      return TRUE;
    }
  if (attribute->multi_valued)
    return plan_elements (write, item, object, attribute, delta, refused, error);
  return plan_value (item, object, attribute, delta, deltas, refused, error);
}

static gboolean
plan_change_back (MsWrite    *write,
                  gint64      sequence,
                  MsUndoItem *item,
                  JsonArray  *deltas,
                  JsonArray  *refused,
                  GError    **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) object
             = ms_txn_get_object (write->txn, item->type, item->change->id, &failed);

  if (object == NULL && g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    return ms_undo_refuse_deleted (write, sequence, item, deltas, refused, error);
  if (object == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  item->later = ms_undo_later_new (write, item->type, item->change->id, sequence, error);
  if (item->later == NULL)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    if (!plan_delta (
            write, item, object, json_array_get_object_element (deltas, i), deltas, refused, error))
      return FALSE;
  ms_undo_item_bind_address (item, refused);
  return TRUE;
}

/* Deletes: the bin keeps all but relations -------------------------------------------------- */

JsonNode *
ms_undo_find_side (JsonArray *deltas, const char *path, const char *side)
{
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject *delta = json_array_get_object_element (deltas, i);
      if (g_strcmp0 (json_object_get_string_member_with_default (delta, "path", NULL), path) == 0)
        return json_object_get_member (delta, side);
    }
  return NULL;
}

static JsonArray *
copy_array (JsonNode *node)
{
  g_autoptr (JsonNode) copy = node != NULL ? ms_json_deep_copy (node) : NULL;

  return copy != NULL && JSON_NODE_HOLDS_ARRAY (copy) ? json_node_dup_array (copy) : NULL;
}

/* What lies in the bin may have been out of it in between, and not have come back as it was. */
static void
plan_attribute (MsUndoItem *item, MsObject *binned, JsonArray *deltas, const MsAttribute *attribute)
{
  if (attribute->relation != MS_RELATION_NONE || attribute->is_computed
      || attribute->mutability == MS_MUTABILITY_READ_ONLY
      || attribute->returned == MS_RETURNED_NEVER)
    return;
  if (!attribute->multi_valued && attribute->type == MS_ATTR_COMPLEX)
    {
      for (guint i = 0; i < attribute->sub_attributes->len; i++)
        plan_attribute (item, binned, deltas, g_ptr_array_index (attribute->sub_attributes, i));
      return;
    }
  JsonNode *was = ms_undo_find_side (deltas, attribute->path, "before");
  JsonNode *now = ms_attribute_get_value (attribute, ms_object_get_attributes (binned));
  if (ms_undo_values_equal (attribute, was, now) || !ms_undo_value_fits (attribute, was))
    return;
  MsUndoPart *part = ms_undo_item_add_part (item, attribute);
  if (!attribute->multi_valued)
    {
      part->value = was != NULL ? ms_json_deep_copy (was) : NULL;
      return;
    }
  part->take_out = copy_array (now);
  part->put_in = copy_array (was);
}

static void
plan_schema (MsUndoItem *item, MsObject *binned, JsonArray *deltas, const MsSchema *schema)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    plan_attribute (item, binned, deltas, g_ptr_array_index (schema->attributes, i));
}

/* What the tables do not take of what it was when it was deleted stays behind. */
static void
refuse_outdated (MsUndoItem        *item,
                 const MsAttribute *attribute,
                 JsonObject        *delta,
                 JsonArray         *refused)
{
  const char *path = json_object_get_string_member_with_default (delta, "path", "");

  if (json_object_get_boolean_member_with_default (delta, "secret", FALSE))
    return;
  if (attribute == NULL)
    ms_undo_refuse (refused, item->change, path, MS_UNDO_NO_ATTRIBUTE);
  else if (attribute->mutability != MS_MUTABILITY_READ_ONLY)
    ms_undo_refuse (refused, item->change, path, MS_UNDO_NO_VALUE);
}

static gboolean
plan_bring_back (
    MsWrite *write, MsUndoItem *item, JsonArray *deltas, JsonArray *refused, GError **error)
{
  g_autoptr (MsObject) binned = NULL;

  if (!ms_bin_look_up (write->txn, item->change->id, &binned, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const char        *path = json_object_get_string_member_with_default (delta, "path", "");
      const MsAttribute *attribute = ms_undo_find_attribute (item->type, path);
      JsonNode          *before = json_object_get_member (delta, "before");

      if (attribute == NULL || !ms_undo_delta_fits (attribute, delta))
        {
          refuse_outdated (item, attribute, delta, refused);
          continue;
        }
      if (attribute->relation != MS_RELATION_TO || before == NULL)
        continue;
      MsUndoPart *part = ms_undo_item_add_part (item, attribute);
      if (attribute->multi_valued)
        part->put_in = json_array_ref (json_node_get_array (before));
      else
        part->value = ms_json_deep_copy (before);
    }
  /* Where it is not in the bin, that is told when it is to be taken out. */
  if (binned == NULL)
    return TRUE;
  plan_schema (item, binned, deltas, item->type->schema);
  for (guint i = 0; i < item->type->extensions->len; i++)
    plan_schema (item, binned, deltas, g_ptr_array_index (item->type->extensions, i));
  return TRUE;
}

/* One change ---------------------------------------------------------------------------------- */

static MsUndoKind
kind_of (const MsChange *change)
{
  switch (change->verb)
    {
    case MS_CHANGE_UPDATE:
      return MS_UNDO_CHANGE_BACK;
    case MS_CHANGE_DELETE:
      return MS_UNDO_BRING_BACK;
    default:
      return MS_UNDO_TAKE_AWAY;
    }
}

MsUndoItem *
ms_undo_item_new (const MsResourceType *type, const MsChange *change, MsUndoKind kind)
{
  MsUndoItem *self = g_new0 (MsUndoItem, 1);

  self->change = change;
  self->type = type;
  self->kind = kind;
  self->without = g_ptr_array_new ();
  self->parts = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_undo_part_free);
  return self;
}

MsUndoItem *
ms_undo_plan (
    MsWrite *write, gint64 sequence, const MsChange *change, JsonArray *refused, GError **error)
{
  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (write->service->schemas, change->type_name);
  const MsUndoObstacle *obstacle = ms_undo_find_obstacle (type, change);
  g_autoptr (MsUndoItem) item = ms_undo_item_new (type, change, kind_of (change));
  g_autoptr (JsonArray) deltas = change->deltas != NULL && JSON_NODE_HOLDS_ARRAY (change->deltas)
                                     ? json_array_ref (json_node_get_array (change->deltas))
                                     : json_array_new ();
  gboolean planned = TRUE;

  item->sequence = sequence;
  if (obstacle != NULL)
    {
      ms_undo_refuse_for (refused, change, obstacle);
      item->is_settled = TRUE;
      return g_steal_pointer (&item);
    }
  if (write->changing_schemas && type != write->types->schema_file)
    {
      g_autofree char *why
          = g_strdup_printf ("What was dropped with a schema stays dropped; with the "
                             "file back, return the object to change %" G_GINT64_FORMAT,
                             sequence - 1);
      ms_undo_refuse (refused, change, NULL, why);
      item->is_settled = TRUE;
      return g_steal_pointer (&item);
    }
  if (item->kind == MS_UNDO_CHANGE_BACK)
    planned = plan_change_back (write, sequence, item, deltas, refused, error);
  else if (item->kind == MS_UNDO_BRING_BACK)
    planned = plan_bring_back (write, item, deltas, refused, error);
  else
    planned = ms_undo_plan_take_away (write, sequence, item, deltas, refused, error);
  if (!planned)
    return NULL;
  item->is_settled |= item->kind == MS_UNDO_CHANGE_BACK && item->parts->len == 0;
  return g_steal_pointer (&item);
}
