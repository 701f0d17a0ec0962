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

gboolean
ms_bin_note_returns (MsWrite *write, const char *id, GError **error)
{
  if (write->undone_returns == NULL)
    write->undone_returns = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return ms_txn_find_undone_returns (write->txn, id, write->undone_returns, error);
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

gboolean
ms_bin_rejoin_lost (MsBinPlan *self, MsUndoItem *item, gint64 deletion, GError **error)
{
  if (item->type == NULL || item->is_settled)
    return TRUE;
  g_autoptr (GPtrArray) losses
             = ms_txn_list_losses (self->write->txn, item->change->id, deletion, error);
  if (losses == NULL || losses->len == 0)
    return losses != NULL;
  const MsChangeSet *first = g_ptr_array_index (losses, 0);
  g_autoptr (MsUndoLater) later = ms_undo_later_new (
      self->write, item->type, item->change->id, first->sequence, error);
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
