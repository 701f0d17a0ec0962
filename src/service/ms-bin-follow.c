/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A deletion can move what stays: the content of a mail group into its parent. Where the parent was
 * deleted too, and all come back, the content belongs where it was before the first deletion. So a
 * relation that is put back is followed from the newest loss to older ones, each of which must have
 * left it as the one after it found it.
 */
#include "ms-bin-rejoin.h"

#include <string.h>

#include "ms-json.h"
#include "ms-txn.h"

/* (transfer full) */
static char *
name_loss (const char *id, const char *path, gint64 sequence)
{
  return g_strdup_printf ("%s\n%s\n%" G_GINT64_FORMAT, id, path, sequence);
}

gboolean
ms_bin_is_followed (const MsBinPlan *self, const char *id, const char *path, gint64 sequence)
{
  g_autofree char *name = name_loss (id, path, sequence);

  return g_hash_table_contains (self->followed, name);
}

void
ms_bin_prefer (MsUndoPart *part, JsonNode *link)
{
  if (part->value != NULL)
    {
      /* Another part may hold the same array. */
      JsonArray *instead = json_array_new ();
      for (guint i = 0; part->instead != NULL && i < json_array_get_length (part->instead); i++)
        json_array_add_element (instead, json_array_dup_element (part->instead, i));
      json_array_add_element (instead, g_steal_pointer (&part->value));
      g_clear_pointer (&part->instead, json_array_unref);
      part->instead = instead;
    }
  part->value = ms_json_deep_copy (link);
}

/* The delta of @change that moved a relation to where @part leads. (nullable) */
static JsonObject *
find_move (const MsChange *change, const MsUndoPart *part)
{
  JsonArray *deltas
      = JSON_NODE_HOLDS_ARRAY (change->deltas) ? json_node_get_array (change->deltas) : NULL;

  for (guint i = 0; deltas != NULL && i < json_array_get_length (deltas); i++)
    {
      JsonObject *delta = json_array_get_object_element (deltas, i);
      const char *path = json_object_get_string_member_with_default (delta, "path", "");
      if (strcmp (path, part->attribute->path) == 0)
        return g_strcmp0 (ms_undo_get_link_id (json_object_get_member (delta, "after")),
                          ms_undo_get_link_id (part->value))
                       == 0
                   ? delta
                   : NULL;
    }
  return NULL;
}

/* Whether @set took the other end away, and that comes or is back. */
static gboolean
ask_back (MsBinPlan *self, const MsChangeSet *set, JsonNode *link, gboolean *back, GError **error)
{
  const char *id = ms_undo_get_link_id (link);

  *back = id != NULL && g_hash_table_contains (self->chosen, id);
  if (id == NULL || (!*back && !ms_undo_find_target (self->write, link, back, error)))
    return id == NULL;
  return !*back || ms_txn_was_deleted_by (self->write->txn, id, set->sequence, back, error);
}

/* @newer: (element-type gint64): change sets whose losses are taken back */
static gboolean
follow_set (MsBinPlan         *self,
            MsUndoItem        *item,
            MsUndoPart        *part,
            const MsChangeSet *set,
            GArray            *newer,
            GError           **error)
{
  const MsChange *change = g_ptr_array_index (set->changes, 0);
  JsonObject     *move = change->verb == MS_CHANGE_UPDATE ? find_move (change, part) : NULL;
  gboolean        back = FALSE;

  if (move == NULL)
    return TRUE;
  JsonNode *link = json_object_get_member (move, "before");
  if (!ask_back (self, set, link, &back, error))
    return FALSE;
  if (!back)
    return TRUE;
  g_autoptr (MsUndoLater) later
             = ms_undo_later_new (self->write, item->type, change->id, set->sequence, error);
  if (later == NULL)
    return FALSE;
  for (guint i = 0; i < newer->len; i++)
    ms_undo_later_pass_over (later, g_array_index (newer, gint64, i));
  if (ms_undo_later_has_touched (later, part->attribute->path, NULL))
    return TRUE;
  ms_bin_prefer (part, link);
  g_array_append_val (newer, set->sequence);
  g_hash_table_add (self->followed, name_loss (change->id, part->attribute->path, set->sequence));
  return TRUE;
}

gboolean
ms_bin_follow (MsBinPlan *self, MsUndoItem *item, gint64 sequence, GError **error)
{
  g_autoptr (GPtrArray) history = NULL;

  for (guint i = 0; i < item->parts->len; i++)
    {
      MsUndoPart *part = g_ptr_array_index (item->parts, i);
      g_autoptr (GArray) newer = g_array_new (FALSE, FALSE, sizeof (gint64));
      if (part->attribute->relation != MS_RELATION_TO || part->attribute->multi_valued
          || part->value == NULL)
        continue;
      if (history == NULL)
        history = ms_txn_list_object_history (
            self->write->txn, item->change->id, sequence, G_MAXUINT, error);
      if (history == NULL)
        return FALSE;
      g_array_append_val (newer, sequence);
      for (guint j = 0; j < history->len; j++)
        if (!follow_set (self, item, part, g_ptr_array_index (history, j), newer, error))
          return FALSE;
    }
  return TRUE;
}
