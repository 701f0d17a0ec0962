/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was made is taken away only as it was made. What it lost only because something else went is
 * no difference: otherwise an undo of the member that a list was made with would bar that of the
 * list.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-error.h"
#include "ms-password-scheme.h"
#include "ms-rules.h"
#include "ms-txn.h"

/**
 * Comparison: of @object with what it was made as
 * @sequence: the change set that made it
 * @changed: (nullable): path of the first attribute that is not as it was
 * @since: (nullable): by what
 * @later: (nullable): what came after that, where it was asked for
 */
typedef struct
{
  MsWrite     *write;
  MsObject    *object;
  gint64       sequence;
  JsonArray   *deltas;
  const char  *changed;
  MsUndoSince *since;
  MsUndoLater *later;
  GError      *error;
} Comparison;

static gboolean
look_later (Comparison *self)
{
  if (self->later == NULL && self->error == NULL)
    self->later = ms_undo_later_new (self->write,
                                     ms_object_get_type (self->object),
                                     ms_object_get_id (self->object),
                                     self->sequence,
                                     &self->error);
  return self->later != NULL;
}

/* @element: (nullable): of several values, which of them */
static void
note_change (Comparison *self, const MsAttribute *attribute, JsonNode *element)
{
  g_autofree char *key = element != NULL ? ms_delta_element_key (attribute, element) : NULL;
  gint64           by = 0;

  if (!look_later (self)
      || !ms_undo_later_ask_touch (self->later, attribute->path, key, &by, &self->error))
    return;
  if (self->since == NULL)
    self->since = ms_undo_since_new ();
  ms_undo_since_add (self->since, by, attribute, element);
}

/* Whether @link led to what is there no more, with which it went: nobody took it out. */
static gboolean
is_lost (Comparison *self, const MsAttribute *attribute, JsonNode *link)
{
  gboolean there = TRUE;
  gboolean changed = TRUE;

  if (attribute->relation != MS_RELATION_TO || link == NULL || self->error != NULL
      || !ms_undo_find_target (self->write, link, &there, &self->error) || there)
    return FALSE;
  g_autofree char *key = ms_delta_element_key (attribute, link);
  return look_later (self)
         && ms_undo_later_ask_changed (self->later,
                                       attribute->path,
                                       attribute->multi_valued ? key : NULL,
                                       &changed,
                                       &self->error)
         && !changed;
}

/* Whether @now is what was @made, but for what was lost. */
static gboolean
is_as_made (Comparison *self, const MsAttribute *attribute, JsonArray *now, JsonArray *made)
{
  g_autoptr (GHashTable) left = ms_undo_collect_keys (attribute, now);
  gboolean same = TRUE;

  for (guint i = 0; i < json_array_get_length (made); i++)
    {
      JsonNode        *element = json_array_get_element (made, i);
      g_autofree char *key = ms_delta_element_key (attribute, element);
      if (g_hash_table_remove (left, key) || is_lost (self, attribute, element))
        continue;
      note_change (self, attribute, element);
      same = FALSE;
    }
  for (guint i = 0; i < json_array_get_length (now) && g_hash_table_size (left) > 0; i++)
    {
      JsonNode        *element = json_array_get_element (now, i);
      g_autofree char *key = ms_delta_element_key (attribute, element);
      if (g_hash_table_remove (left, key))
        note_change (self, attribute, element);
      else
        continue;
      same = FALSE;
    }
  return same;
}

static JsonNode *
get_now (Comparison *self, const MsAttribute *attribute)
{
  return ms_attribute_get_value (attribute, ms_object_get_attributes (self->object));
}

/* Whether what leads @path was lost: a mailbox without an owner is not primary. */
static gboolean
has_lost_leader (Comparison *self, const char *path)
{
  const MsResourceType *type = ms_object_get_type (self->object);

  for (guint i = 0; i < type->schema->attributes->len; i++)
    {
      const MsAttribute *leader = g_ptr_array_index (type->schema->attributes, i);
      if (ms_rules_leads (type, leader, path) && get_now (self, leader) == NULL
          && is_lost (self, leader, ms_undo_find_side (self->deltas, leader->path, "after")))
        return TRUE;
    }
  return FALSE;
}

static void
compare_attribute (Comparison *self, const MsAttribute *attribute)
{
  JsonNode *after = ms_undo_find_side (self->deltas, attribute->path, "after");

  if (self->changed != NULL || self->error != NULL || attribute->relation == MS_RELATION_FROM
      || attribute->is_computed)
    return;
  /* It follows from the password, of which a change is noted by itself, and change sets of earlier
   * versions do not tell of it. */
  if (strcmp (attribute->path, MS_PATH_PASSWORD_SCHEME) == 0)
    return;
  if (!attribute->multi_valued && attribute->type == MS_ATTR_COMPLEX
      && attribute->relation == MS_RELATION_NONE)
    {
      for (guint i = 0; i < attribute->sub_attributes->len; i++)
        compare_attribute (self, g_ptr_array_index (attribute->sub_attributes, i));
      return;
    }
  gboolean same;
  if (attribute->multi_valued)
    {
      g_autoptr (JsonArray) nothing = json_array_new ();
      g_autoptr (JsonArray) current
                 = ms_undo_get_elements (self->write, self->object, attribute, &self->error);
      JsonArray *made
          = after != NULL && JSON_NODE_HOLDS_ARRAY (after) ? json_node_get_array (after) : nothing;
      same = current != NULL && is_as_made (self, attribute, current, made);
    }
  else
    {
      JsonNode *now = get_now (self, attribute);
      same = ms_undo_values_equal (attribute, now, after)
             || (now == NULL && is_lost (self, attribute, after))
             || has_lost_leader (self, attribute->path);
      if (!same)
        note_change (self, attribute, NULL);
    }
  if (!same)
    self->changed = attribute->path;
}

static void
compare_schema (Comparison *self, const MsSchema *schema)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    compare_attribute (self, g_ptr_array_index (schema->attributes, i));
}

gboolean
ms_undo_plan_take_away (MsWrite    *write,
                        gint64      sequence,
                        MsUndoItem *item,
                        JsonArray  *deltas,
                        JsonArray  *refused,
                        GError    **error)
{
  Comparison comparison = { .write = write, .sequence = sequence, .deltas = deltas };
  g_autoptr (MsObject) object
             = ms_txn_get_object (write->txn, item->type, item->change->id, &comparison.error);

  if (object == NULL && g_error_matches (comparison.error, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      g_clear_error (&comparison.error);
      item->is_settled = TRUE;
      return ms_undo_refuse_deleted_since (refused, write, item->change, error);
    }
  if (object != NULL)
    {
      comparison.object = object;
      compare_attribute (&comparison, ms_resource_type_find (item->type, "externalId"));
      compare_attribute (&comparison, ms_resource_type_find (item->type, "externalIds"));
      compare_schema (&comparison, item->type->schema);
      for (guint i = 0; i < item->type->extensions->len; i++)
        compare_schema (&comparison, g_ptr_array_index (item->type->extensions, i));
    }
  g_autoptr (MsUndoSince) since = comparison.since;
  g_clear_pointer (&comparison.later, ms_undo_later_free);
  if (comparison.error != NULL)
    {
      g_propagate_error (error, comparison.error);
      return FALSE;
    }
  if (comparison.changed != NULL)
    {
      item->is_settled = TRUE;
      item->is_kept = TRUE;
      item->why = ms_undo_since_to_string (since);
      ms_undo_refuse_since (refused, item->change, comparison.changed, since);
    }
  return TRUE;
}
