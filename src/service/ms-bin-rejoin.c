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
 * @later: what came after it
 */
typedef struct
{
  MsWrite     *write;
  GHashTable  *chosen;
  MsUndoItem  *item;
  gint64       sequence;
  MsUndoLater *later;
} Loss;

static const char *
get_link_id (JsonNode *node)
{
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  return json_object_get_string_member_with_default (json_node_get_object (node), "value", NULL);
}

static JsonArray *
get_array (JsonObject *delta, const char *name)
{
  JsonNode *node = json_object_get_member (delta, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/* (nullable) */
static const MsAttribute *
find_attribute (const MsUndoItem *item, JsonObject *delta)
{
  return ms_resource_type_find (item->type,
                                json_object_get_string_member_with_default (delta, "path", ""));
}

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

/* Whether it was lost because the other end went, and that comes or is back. */
static gboolean
is_back (Loss *self, JsonNode *link, gboolean *back, GError **error)
{
  const char *id = get_link_id (link);
  gboolean    there = id != NULL && g_hash_table_contains (self->chosen, id);

  *back = FALSE;
  if (!there && !ms_undo_find_target (self->write, link, &there, error))
    return FALSE;
  if (!there)
    return TRUE;
  return ms_txn_was_deleted_by (self->write->txn, id, self->sequence, back, error);
}

/* The array may be the change set's own. */
static void
put_in (MsUndoPart *part, JsonNode *link)
{
  JsonArray *entries = json_array_new ();

  for (guint i = 0; part->put_in != NULL && i < json_array_get_length (part->put_in); i++)
    {
      JsonNode *entry = json_array_get_element (part->put_in, i);
      if (g_strcmp0 (get_link_id (entry), get_link_id (link)) != 0)
        json_array_add_element (entries, ms_json_deep_copy (entry));
    }
  json_array_add_element (entries, ms_json_deep_copy (link));
  g_clear_pointer (&part->put_in, json_array_unref);
  part->put_in = entries;
}

static gboolean
rejoin_entries (Loss *self, const MsAttribute *relation, JsonArray *removed, GError **error)
{
  for (guint i = 0; removed != NULL && i < json_array_get_length (removed); i++)
    {
      JsonNode        *link = json_array_get_element (removed, i);
      g_autofree char *key = ms_delta_element_key (relation, link);
      gboolean         back = FALSE;
      if (ms_undo_later_has_touched (self->later, relation->path, key))
        continue;
      if (!is_back (self, link, &back, error))
        return FALSE;
      if (back)
        put_in (require_part (self->item, relation), link);
    }
  return TRUE;
}

static void
put_value (Loss *self, const MsAttribute *attribute, JsonNode *value)
{
  MsUndoPart *part = require_part (self->item, attribute);

  g_clear_pointer (&part->value, json_node_unref);
  part->value = ms_json_deep_copy (value);
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
        put_value (self, attribute, before);
    }
}

static gboolean
rejoin_change (Loss *self, const MsChange *change, GError **error)
{
  JsonArray *deltas = json_node_get_array (change->deltas);

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const MsAttribute *relation = find_attribute (self->item, delta);
      gboolean           back = FALSE;
      if (relation == NULL || relation->relation != MS_RELATION_TO)
        continue;
      if (relation->multi_valued)
        {
          if (!rejoin_entries (self, relation, get_array (delta, "removed"), error))
            return FALSE;
          continue;
        }
      JsonNode *before = json_object_get_member (delta, "before");
      if (ms_undo_later_has_touched (self->later, relation->path, NULL))
        continue;
      if (!is_back (self, before, &back, error))
        return FALSE;
      if (!back)
        continue;
      put_value (self, relation, before);
      put_companions (self, relation, deltas);
    }
  return TRUE;
}

gboolean
ms_bin_rejoin_lost (
    MsWrite *write, MsUndoItem *item, gint64 deletion, GHashTable *chosen, GError **error)
{
  if (item->type == NULL || item->is_settled)
    return TRUE;
  g_autoptr (GPtrArray) losses = ms_txn_list_losses (write->txn, item->change->id, deletion, error);
  if (losses == NULL)
    return FALSE;
  for (guint i = 0; i < losses->len; i++)
    {
      const MsChangeSet *set = g_ptr_array_index (losses, i);
      g_autoptr (MsUndoLater) later
                 = ms_undo_later_new (write, item->type, item->change->id, set->sequence, error);
      Loss loss = { write, chosen, item, set->sequence, later };
      if (later == NULL || !rejoin_change (&loss, g_ptr_array_index (set->changes, 0), error))
        return FALSE;
    }
  return TRUE;
}

/* What came back without it ------------------------------------------------------------------- */

/* Whether @link leads to one that is chosen now and was deleted by change set @deletion or later.
 */
static gboolean
was_left_out (MsWrite    *write,
              GHashTable *chosen,
              JsonNode   *link,
              gint64      deletion,
              gboolean   *left_out,
              GError    **error)
{
  const char *id = get_link_id (link);
  gint64      deleted = 0;

  *left_out = FALSE;
  if (id == NULL || !g_hash_table_contains (chosen, id))
    return TRUE;
  if (!ms_txn_find_deletion (write->txn, id, &deleted, error))
    return FALSE;
  *left_out = deleted >= deletion;
  return TRUE;
}

/* What the object came back without because it lacked @relation. */
static void
add_led (JsonArray            *made,
         const MsResourceType *type,
         const MsAttribute    *relation,
         JsonArray            *deltas)
{
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject *delta = json_array_get_object_element (deltas, i);
      const char *path = json_object_get_string_member_with_default (delta, "path", "");
      JsonNode   *before = json_object_get_member (delta, "before");
      if (before == NULL || !ms_rules_leads (type, relation, path))
        continue;
      JsonObject *one = json_object_new ();
      json_object_set_string_member (one, "path", path);
      json_object_set_member (one, "before", ms_json_deep_copy (before));
      json_array_add_object_element (made, one);
    }
}

/* (transfer full) (nullable): what @change, a deletion, tells of the chosen ones, as if they had
 * been taken away from what stayed */
static JsonArray *
make_deltas (MsWrite              *write,
             const MsResourceType *type,
             const MsChangeSet    *set,
             GHashTable           *chosen,
             GError              **error)
{
  const MsChange *change = g_ptr_array_index (set->changes, 0);
  JsonArray      *deltas = json_node_get_array (change->deltas);
  g_autoptr (JsonArray) made = json_array_new ();

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const char        *path = json_object_get_string_member_with_default (delta, "path", "");
      const MsAttribute *relation = ms_resource_type_find (type, path);
      JsonNode          *before = json_object_get_member (delta, "before");
      if (relation == NULL || relation->relation != MS_RELATION_TO || before == NULL)
        continue;
      JsonArray *entries = get_array (delta, "before");
      g_autoptr (JsonArray) lost = json_array_new ();
      for (guint j = 0; j < (entries != NULL ? json_array_get_length (entries) : 1); j++)
        {
          JsonNode *link = entries != NULL ? json_array_get_element (entries, j) : before;
          gboolean  left_out = FALSE;
          if (!was_left_out (write, chosen, link, set->sequence, &left_out, error))
            return NULL;
          if (left_out)
            json_array_add_element (lost, ms_json_deep_copy (link));
        }
      if (json_array_get_length (lost) == 0)
        continue;
      JsonObject *one = json_object_new ();
      json_object_set_string_member (one, "path", path);
      if (relation->multi_valued)
        json_object_set_array_member (one, "removed", json_array_ref (lost));
      else
        json_object_set_member (
            one, "before", ms_json_deep_copy (json_array_get_element (lost, 0)));
      json_array_add_object_element (made, one);
      if (!relation->multi_valued)
        add_led (made, type, relation, deltas);
    }
  return g_steal_pointer (&made);
}

static gboolean
rejoin_object (MsWrite    *write,
               MsObject   *object,
               GHashTable *chosen,
               GPtrArray  *items,
               JsonArray  *refused,
               GError    **error)
{
  const char *id = ms_object_get_id (object);
  gint64      deletion = 0;

  if (!ms_txn_find_deletion (write->txn, id, &deletion, error))
    return FALSE;
  g_autoptr (GPtrArray) sets = ms_txn_list_object_history (write->txn, id, deletion + 1, 1, error);
  if (sets == NULL)
    return FALSE;
  const MsChangeSet *set = sets->len > 0 ? g_ptr_array_index (sets, 0) : NULL;
  if (set == NULL || set->sequence != deletion)
    return TRUE;
  g_autoptr (JsonArray) deltas
             = make_deltas (write, ms_object_get_type (object), set, chosen, error);
  if (deltas == NULL)
    return FALSE;
  if (json_array_get_length (deltas) == 0)
    return TRUE;
  g_autoptr (MsChange) change = ms_bin_make_part (g_ptr_array_index (set->changes, 0), deltas);
  MsUndoItem *item = ms_undo_plan (write, deletion, change, refused, error);
  if (item == NULL)
    return FALSE;
  item->owned = g_steal_pointer (&change);
  g_ptr_array_add (items, item);
  return TRUE;
}

gboolean
ms_bin_rejoin_restored (MsWrite    *write,
                        gint64      since,
                        GHashTable *chosen,
                        GPtrArray  *items,
                        JsonArray  *refused,
                        GError    **error)
{
  g_autoptr (GPtrArray) ids = ms_txn_list_restored_since (write->txn, since, error);

  for (guint i = 0; ids != NULL && i < ids->len; i++)
    {
      g_autoptr (GError) failed = NULL;
      g_autoptr (MsObject) object
                 = ms_txn_get_object (write->txn, NULL, g_ptr_array_index (ids, i), &failed);
      if (object == NULL && !g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return FALSE;
        }
      if (object != NULL && !rejoin_object (write, object, chosen, items, refused, error))
        return FALSE;
    }
  return ids != NULL;
}
