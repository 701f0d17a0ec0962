/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A deletion tells of its own links and of what those who stayed lost. Of two objects that were
 * deleted one after the other that tells each time half: the first one is in the losses of the
 * second, and the second in what the first had, but only the one that comes back last finds both
 * there. So too of two that one change set deleted, where they come back one by one. Whatever
 * somebody has changed since stays as it is.
 */
#include "ms-bin-rejoin.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-rules.h"
#include "ms-schema-diff.h"
#include "ms-txn.h"

/* So many are looked for by their mention. */
#define MAX_MENTIONED 16

/**
 * Loss: what one change set took from the object of @item
 * @sequence: of that change set
 * @is_deletion: it put the object itself into the bin, an earlier time
 * @deletion: the change set that did so this time
 * @later: what came after it
 */
typedef struct
{
  MsWrite     *write;
  GHashTable  *chosen;
  MsUndoItem  *item;
  gint64       sequence;
  gboolean     is_deletion;
  gint64       deletion;
  MsUndoLater *later;
} Loss;

/* (nullable) */
static const MsAttribute *
find_attribute (const MsUndoItem *item, JsonObject *delta)
{
  return ms_resource_type_find (item->type,
                                json_object_get_string_member_with_default (delta, "path", ""));
}

/* The part of @change that is in @deltas, as an update of what stayed. (transfer full) */
MsChange *
ms_bin_make_part (const MsChange *change, JsonArray *deltas)
{
  MsChange *part = g_new0 (MsChange, 1);

  part->verb = MS_CHANGE_UPDATE;
  part->type_name = g_strdup (change->type_name);
  part->id = g_strdup (change->id);
  part->label = g_strdup (change->label);
  part->version = change->version;
  part->deltas = json_node_init_array (json_node_alloc (), deltas);
  return part;
}

/* Whether a single relation in @deltas is not to be put back. */
static gboolean
lacks_relation (MsUndoItem *item, JsonArray *deltas)
{
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      const MsAttribute *attribute
          = find_attribute (item, json_array_get_object_element (deltas, i));
      gboolean planned = FALSE;
      if (attribute == NULL || attribute->relation != MS_RELATION_TO || attribute->multi_valued)
        continue;
      for (guint j = 0; !planned && j < item->parts->len; j++)
        planned = ((MsUndoPart *) g_ptr_array_index (item->parts, j))->attribute == attribute;
      if (!planned)
        return TRUE;
    }
  return FALSE;
}

gboolean
ms_bin_plan_part (
    MsBinPlan *self, gint64 sequence, const MsChange *change, JsonArray *deltas, GError **error)
{
  g_autoptr (MsChange) part = ms_bin_make_part (change, deltas);
  MsUndoItem *item = ms_undo_plan (self->write, sequence, part, self->refused, error);

  if (item == NULL)
    return FALSE;
  item->owned = g_steal_pointer (&part);
  g_ptr_array_add (self->items, item);
  if (!ms_bin_follow (self, item, sequence, error))
    return FALSE;
  /* A mailbox that is somebody else's now is not that one's primary one. */
  if (item->type == NULL || !lacks_relation (item, deltas))
    return TRUE;
  for (guint i = item->parts->len; i > 0; i--)
    {
      MsUndoPart *planned = g_ptr_array_index (item->parts, i - 1);
      if (planned->attribute->relation == MS_RELATION_NONE)
        g_ptr_array_remove_index (item->parts, i - 1);
    }
  item->is_settled |= item->parts->len == 0;
  return TRUE;
}

/* What the object had lost before it was deleted ---------------------------------------------- */

static MsUndoPart *
require_part (MsUndoItem *item, const MsAttribute *attribute)
{
  for (guint i = 0; i < item->parts->len; i++)
    {
      MsUndoPart *part = g_ptr_array_index (item->parts, i);
      if (part->attribute == attribute)
        return part;
    }
  return ms_undo_item_add_part (item, attribute);
}

/* Whether it was lost because the other end went, or could not come back because that was not
 * there; and that comes or is back. Where the other end was there again when the object went, it
 * went without that relation. */
static gboolean
is_back (Loss *self, JsonNode *link, gboolean *back, GError **error)
{
  MsTxn      *txn = self->write->txn;
  const char *id = ms_undo_get_link_id (link);
  gboolean    there = id != NULL && g_hash_table_contains (self->chosen, id);
  gboolean    away = FALSE;

  *back = FALSE;
  if (!there && !ms_undo_find_target (self->write, link, &there, error))
    return FALSE;
  if (!there)
    return TRUE;
  if (!ms_txn_was_in_bin (txn, id, self->deletion - 1, &away, error))
    return FALSE;
  if (!away)
    return TRUE;
  return self->is_deletion
             ? ms_txn_was_away (txn, id, self->item->change->id, self->sequence, back, error)
             : ms_txn_was_deleted_by (txn, id, self->sequence, back, error);
}

/* Ids of the entries that it has again by what was planned before. */
static GHashTable *
collect_ids (MsUndoItem *item, const MsAttribute *relation)
{
  GHashTable *ids = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < item->parts->len; i++)
    {
      const MsUndoPart *part = g_ptr_array_index (item->parts, i);
      if (part->attribute != relation || part->put_in == NULL)
        continue;
      for (guint j = 0; j < json_array_get_length (part->put_in); j++)
        {
          const char *id = ms_undo_get_link_id (json_array_get_element (part->put_in, j));
          if (id != NULL)
            g_hash_table_add (ids, (gpointer) id);
        }
    }
  return ids;
}

/* The array may be the change set's own. */
static void
put_in (MsUndoPart *part, JsonArray *links)
{
  JsonArray *entries = json_array_new ();

  for (guint i = 0; part->put_in != NULL && i < json_array_get_length (part->put_in); i++)
    json_array_add_element (entries, ms_json_deep_copy (json_array_get_element (part->put_in, i)));
  for (guint i = 0; i < json_array_get_length (links); i++)
    json_array_add_element (entries, ms_json_deep_copy (json_array_get_element (links, i)));
  g_clear_pointer (&part->put_in, json_array_unref);
  part->put_in = entries;
}

static gboolean
rejoin_entries (Loss *self, const MsAttribute *relation, JsonArray *removed, GError **error)
{
  g_autoptr (GHashTable) there = collect_ids (self->item, relation);
  g_autoptr (JsonArray) missing = json_array_new ();

  for (guint i = 0; removed != NULL && i < json_array_get_length (removed); i++)
    {
      JsonNode        *link = json_array_get_element (removed, i);
      const char      *id = ms_undo_get_link_id (link);
      g_autofree char *key = ms_delta_element_key (relation, link);
      gboolean         back = FALSE;
      if ((id != NULL && g_hash_table_contains (there, id))
          || ms_undo_later_has_touched (self->later, relation->path, key))
        continue;
      if (!is_back (self, link, &back, error))
        return FALSE;
      if (back)
        json_array_add_element (missing, ms_json_deep_copy (link));
    }
  if (json_array_get_length (missing) > 0)
    put_in (require_part (self->item, relation), missing);
  return TRUE;
}

/* What went with @relation: a mailbox that loses its owner is not primary any more. */
static void
put_companions (Loss *self, const MsAttribute *relation, JsonArray *deltas)
{
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const MsAttribute *attribute = find_attribute (self->item, delta);
      JsonNode          *before = json_object_get_member (delta, "before");
      if (attribute != NULL && before != NULL
          && ms_rules_leads (self->item->type, relation, attribute->path)
          && ms_attribute_fits (attribute, before)
          && !ms_undo_later_has_touched (self->later, attribute->path, NULL))
        {
          MsUndoPart *part = require_part (self->item, attribute);
          g_clear_pointer (&part->value, json_node_unref);
          part->value = ms_json_deep_copy (before);
        }
    }
}

/* Where @relation leads by what was planned before. (nullable) */
static const char *
get_planned (MsUndoItem *item, const MsAttribute *relation)
{
  for (guint i = 0; i < item->parts->len; i++)
    {
      const MsUndoPart *part = g_ptr_array_index (item->parts, i);
      if (part->attribute == relation)
        return ms_undo_get_link_id (part->value);
    }
  return NULL;
}

/* A loss counts where it left the relation as what came after found it. */
static gboolean
rejoin_value (
    Loss *self, const MsAttribute *relation, JsonObject *delta, JsonArray *deltas, GError **error)
{
  JsonNode   *before = json_object_get_member (delta, "before");
  const char *after = ms_undo_get_link_id (json_object_get_member (delta, "after"));
  gboolean    back = FALSE;

  if (g_strcmp0 (after, get_planned (self->item, relation)) != 0
      || ms_undo_later_has_touched (self->later, relation->path, NULL))
    return TRUE;
  if (!is_back (self, before, &back, error))
    return FALSE;
  if (!back)
    return TRUE;
  ms_bin_prefer (require_part (self->item, relation), before);
  put_companions (self, relation, deltas);
  ms_undo_later_pass_over (self->later, self->sequence);
  return TRUE;
}

static gboolean
rejoin_change (Loss *self, const MsChange *change, GError **error)
{
  JsonArray *deltas = json_node_get_array (change->deltas);

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const MsAttribute *relation = find_attribute (self->item, delta);
      const char        *side = self->is_deletion ? "before" : "removed";
      if (relation == NULL || relation->relation != MS_RELATION_TO)
        continue;
      if (!(relation->multi_valued
                ? rejoin_entries (self, relation, ms_json_get_array (delta, side), error)
                : rejoin_value (self, relation, delta, deltas, error)))
        return FALSE;
    }
  return TRUE;
}

/* What came after the first of @losses. (transfer full) (nullable): the store could not be read */
static MsUndoLater *
look_later (
    MsWrite *write, const MsResourceType *type, const char *id, GPtrArray *losses, GError **error)
{
  const MsChangeSet *first = g_ptr_array_index (losses, 0);

  return ms_undo_later_new (write, type, id, first->sequence, error);
}

gboolean
ms_bin_rejoin_lost (MsBinPlan *self, MsUndoItem *item, gint64 deletion, GError **error)
{
  if (item->type == NULL || item->is_settled)
    return TRUE;
  g_autoptr (GPtrArray) losses
             = ms_txn_list_losses (self->write->txn, item->change->id, deletion, error);
  if (losses == NULL || losses->len == 0)
    return losses != NULL;
  g_autoptr (MsUndoLater) later
             = look_later (self->write, item->type, item->change->id, losses, error);
  if (later == NULL)
    return FALSE;
  for (guint i = losses->len; i > 0; i--)
    {
      const MsChangeSet *set = g_ptr_array_index (losses, i - 1);
      const MsChange    *change = g_ptr_array_index (set->changes, 0);
      Loss               loss
          = { self->write, self->chosen, item, set->sequence, change->verb == MS_CHANGE_DELETE,
              deletion,    later };
      ms_undo_later_set_start (later, set->sequence);
      if (!rejoin_change (&loss, change, error))
        return FALSE;
    }
  return TRUE;
}

/* What came back without it ------------------------------------------------------------------- */

/**
 * Left: one that is there, and has been in the bin since the chosen ones were deleted
 * @set: the change set in hand: one that deleted it, or took something from it
 * @change: what that did to it
 * @is_deletion: it is one of the former
 * @is_last: the last of them
 * @later: what came after it
 * @told: (element-type utf8): path and key of links that newer ones told of
 */
typedef struct
{
  MsBinPlan         *plan;
  MsObject          *object;
  const MsChangeSet *set;
  const MsChange    *change;
  gboolean           is_deletion;
  gboolean           is_last;
  MsUndoLater       *later;
  GHashTable        *told;
} Left;

/* Whether @link leads to one that is chosen now and was not there when the object came back. What
 * it lost by the last deletion of a chosen one is told by that. What was changed since is not asked
 * here where it is to be told that it was. */
static gboolean
was_left_out (
    Left *self, const MsAttribute *relation, JsonNode *link, gboolean *left_out, GError **error)
{
  const char *id = ms_undo_get_link_id (link);
  const char *own = ms_object_get_id (self->object);
  MsTxn      *txn = self->plan->write->txn;

  *left_out = FALSE;
  const gint64 *deleted = id != NULL ? g_hash_table_lookup (self->plan->chosen, id) : NULL;
  if (deleted == NULL)
    return TRUE;
  g_autofree char *key = ms_delta_element_key (relation, link);
  const char      *entry = relation->multi_valued ? key : NULL;
  g_autofree char *name = g_strconcat (relation->path, "\n", entry, NULL);
  if (self->is_last)
    {
      if (*deleted >= self->set->sequence
          && !ms_txn_was_away (txn, id, own, self->set->sequence, left_out, error))
        return FALSE;
    }
  else if (g_hash_table_contains (self->told, name)
           || ms_undo_later_has_touched (self->later, relation->path, entry))
    return TRUE;
  else if (self->is_deletion
               ? !ms_txn_was_away (txn, id, own, self->set->sequence, left_out, error)
               : *deleted != self->set->sequence
                     && !ms_txn_was_deleted_by (txn, id, self->set->sequence, left_out, error))
    return FALSE;
  if (*left_out)
    g_hash_table_add (self->told, g_steal_pointer (&name));
  return TRUE;
}

/* What could not come back without @relation, which comes back now. */
static void
add_companions (Left *self, const MsAttribute *relation, JsonArray *deltas, JsonArray *made)
{
  const MsResourceType *type = ms_object_get_type (self->object);

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const char        *path = json_object_get_string_member_with_default (delta, "path", "");
      const MsAttribute *attribute = ms_resource_type_find (type, path);
      JsonNode          *before = json_object_get_member (delta, "before");
      if (attribute == NULL || before == NULL || !ms_rules_leads (type, relation, path)
          || ms_undo_later_has_touched (self->later, attribute->path, NULL))
        continue;
      JsonNode *now = ms_attribute_get_value (attribute, ms_object_get_attributes (self->object));
      if (now != NULL && ms_json_equal (now, before))
        continue;
      JsonObject *one = json_object_new ();
      json_object_set_string_member (one, "path", path);
      json_object_set_member (one, "before", ms_json_deep_copy (before));
      if (now != NULL)
        json_object_set_member (one, "after", ms_json_deep_copy (now));
      json_array_add_object_element (made, one);
    }
}

/* Of @links to the chosen ones, those that were left out. (transfer full) (nullable) */
static JsonArray *
filter_links (Left *self, const MsAttribute *relation, JsonArray *links, GError **error)
{
  g_autoptr (JsonArray) lost = json_array_new ();

  for (guint i = 0; links != NULL && i < json_array_get_length (links); i++)
    {
      JsonNode *link = json_array_get_element (links, i);
      gboolean  left_out = FALSE;
      if (!was_left_out (self, relation, link, &left_out, error))
        return NULL;
      if (left_out)
        json_array_add_element (lost, ms_json_deep_copy (link));
    }
  return g_steal_pointer (&lost);
}

/* (transfer full) (nullable): what the change tells of the chosen ones, as if they had been taken
 * away from what stayed */
static JsonArray *
make_deltas (Left *self, GError **error)
{
  JsonArray *deltas = json_node_get_array (self->change->deltas);
  g_autoptr (JsonArray) made = json_array_new ();

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const char        *path = json_object_get_string_member_with_default (delta, "path", "");
      const MsAttribute *relation = ms_resource_type_find (ms_object_get_type (self->object), path);
      JsonNode          *before = json_object_get_member (delta, "before");
      gboolean           left_out = FALSE;
      if (relation == NULL || relation->relation != MS_RELATION_TO)
        continue;
      if (!relation->multi_valued)
        {
          if (!was_left_out (self, relation, before, &left_out, error))
            return NULL;
          /* Where it led last is all that counts; ms_bin_follow() knows of what was before that. */
          if (before != NULL)
            g_hash_table_add (self->told, g_strconcat (relation->path, "\n", NULL));
          if (!left_out)
            continue;
          JsonObject *one = json_object_new ();
          json_object_set_string_member (one, "path", path);
          json_object_set_member (one, "before", ms_json_deep_copy (before));
          json_array_add_object_element (made, one);
          add_companions (self, relation, deltas, made);
          continue;
        }
      g_autoptr (JsonArray) lost = filter_links (
          self,
          relation,
          ms_json_get_array (delta, self->is_deletion ? "before" : "removed"),
          error);
      if (lost == NULL)
        return NULL;
      if (json_array_get_length (lost) == 0)
        continue;
      JsonObject *one = json_object_new ();
      json_object_set_string_member (one, "path", path);
      json_object_set_array_member (one, "removed", g_steal_pointer (&lost));
      json_array_add_object_element (made, one);
    }
  return g_steal_pointer (&made);
}

static gboolean
rejoin_set (Left *self, GError **error)
{
  g_autoptr (JsonArray) deltas = NULL;

  ms_undo_later_set_start (self->later, self->set->sequence);
  deltas = make_deltas (self, error);
  return deltas != NULL
         && (json_array_get_length (deltas) == 0
             || ms_bin_plan_part (self->plan, self->set->sequence, self->change, deltas, error));
}

static gboolean
rejoin_object (MsBinPlan *plan, MsObject *object, GError **error)
{
  const char *id = ms_object_get_id (object);
  MsTxn      *txn = plan->write->txn;
  gint64      deletion = 0;
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Left self = { .plan = plan, .object = object, .told = told };

  if (!ms_txn_find_deletion (txn, id, &deletion, error))
    return FALSE;
  /* The last deletion first; then what it had lost before, while the chosen ones were in the bin
   * an earlier time. */
  g_autoptr (GPtrArray) losses = ms_txn_list_losses (txn, id, deletion + 1, error);
  if (losses == NULL || losses->len == 0)
    return losses != NULL;
  g_autoptr (MsUndoLater) later
             = look_later (plan->write, ms_object_get_type (object), id, losses, error);
  if (later == NULL)
    return FALSE;
  self.later = later;
  for (guint i = losses->len; i > 0; i--)
    {
      self.set = g_ptr_array_index (losses, i - 1);
      self.change = g_ptr_array_index (self.set->changes, 0);
      self.is_deletion = self.change->verb == MS_CHANGE_DELETE;
      self.is_last = self.is_deletion && self.set->sequence == deletion;
      if (!rejoin_set (&self, error))
        return FALSE;
    }
  return TRUE;
}

/* Rejoins what came out of the bin after @since and has been related to @chosen; (nullable): to
 * whatever is. @asked: (element-type utf8): ids of those that were asked before; grows */
static gboolean
rejoin_restored (MsBinPlan  *self,
                 gint64      since,
                 gint64      until,
                 const char *chosen,
                 GHashTable *asked,
                 GError    **error)
{
  MsTxn *txn = self->write->txn;
  g_autoptr (GPtrArray) ids = ms_txn_list_restored (txn, since, until, chosen, error);

  for (guint i = 0; ids != NULL && i < ids->len; i++)
    {
      const char *id = g_ptr_array_index (ids, i);
      g_autoptr (GError) failed = NULL;
      g_autoptr (MsObject) object = NULL;
      if (!g_hash_table_add (asked, g_strdup (id)))
        continue;
      object = ms_txn_get_object (txn, NULL, id, &failed);
      if (object == NULL && !g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return FALSE;
        }
      if (object != NULL && !rejoin_object (self, object, error))
        return FALSE;
    }
  return ids != NULL;
}

/* The store finds those that mention somebody much faster than all can be read, but has to look for
 * each. */
gboolean
ms_bin_rejoin_restored (MsBinPlan *self, gint64 since, gint64 until, GError **error)
{
  g_autoptr (GHashTable) asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer       id;

  if (g_hash_table_size (self->chosen) > MAX_MENTIONED)
    return rejoin_restored (self, since, until, NULL, asked, error);
  g_hash_table_iter_init (&iter, self->chosen);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (!rejoin_restored (self, since, until, id, asked, error))
      return FALSE;
  return TRUE;
}
