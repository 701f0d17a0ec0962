/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is not there any more had lost entries to a deletion that is undone: that is nothing to tell
 * of, for it has them again when both are there. A mailbox that lost its owner is told: what it was
 * to that owner, its primary one or not, was left to others meanwhile.
 */
#include "ms-undo.h"

#include "ms-json.h"
#include "ms-txn.h"

/* Whether @links (nullable) lead to what the change set @sequence deleted. */
static gboolean
ask_deleted (MsWrite *write, gint64 sequence, JsonArray *links, gboolean *deleted, GError **error)
{
  *deleted = links != NULL;
  for (guint i = 0; *deleted && i < json_array_get_length (links); i++)
    {
      const char *id = ms_undo_get_link_id (json_array_get_element (links, i));
      *deleted = FALSE;
      if (id != NULL && !ms_txn_was_deleted_by (write->txn, id, sequence, deleted, error))
        return FALSE;
    }
  return TRUE;
}

/* (transfer full) (nullable): the entries that the relation lost, and nothing else */
static JsonArray *
get_lost (const MsAttribute *attribute, JsonObject *delta)
{
  JsonArray *removed = attribute->multi_valued ? ms_json_get_array (delta, "removed") : NULL;

  return removed != NULL && !json_object_has_member (delta, "added") ? json_array_ref (removed)
                                                                     : NULL;
}

/* Whether any of @lost was touched again before the object went itself. */
static gboolean
has_moved_on (MsUndoLater *later, const MsAttribute *attribute, JsonArray *lost)
{
  for (guint i = 0; i < json_array_get_length (lost); i++)
    {
      g_autofree char *key = ms_delta_element_key (attribute, json_array_get_element (lost, i));
      if (ms_undo_later_has_touched (later, attribute->path, key))
        return TRUE;
    }
  return FALSE;
}

/* Whether all that the change set @sequence did to it was to take from it entries that it deleted:
 * nobody wanted that of it. What is not there any more needs nothing of that back; when it comes
 * back, it has what is there then. */
static gboolean
ask_only_lost (MsWrite    *write,
               gint64      sequence,
               MsUndoItem *item,
               JsonArray  *deltas,
               gboolean   *only,
               GError    **error)
{
  gboolean all = TRUE;
  g_autoptr (MsUndoLater) later
             = ms_undo_later_new (write, item->type, item->change->id, sequence, error);

  *only = FALSE;
  if (later == NULL)
    return FALSE;
  for (guint i = 0; all && i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const char        *path = json_object_get_string_member_with_default (delta, "path", "");
      const MsAttribute *attribute = ms_undo_find_attribute (item->type, path);
      g_autoptr (JsonArray) lost = attribute != NULL && attribute->relation == MS_RELATION_TO
                                       ? get_lost (attribute, delta)
                                       : NULL;
      if (!ask_deleted (write, sequence, lost, &all, error))
        return FALSE;
      all = all && !has_moved_on (later, attribute, lost);
      *only = all;
    }
  return TRUE;
}

gboolean
ms_undo_refuse_deleted (MsWrite    *write,
                        gint64      sequence,
                        MsUndoItem *item,
                        JsonArray  *deltas,
                        JsonArray  *refused,
                        GError    **error)
{
  gboolean only_lost = FALSE;

  if (!ask_only_lost (write, sequence, item, deltas, &only_lost, error))
    return FALSE;
  return only_lost || ms_undo_refuse_deleted_since (refused, write, item->change, error);
}
