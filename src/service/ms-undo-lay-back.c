/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The undo of a restore leaves in the bin what was there: not what the object came out as, under
 * other names perhaps and without what could not be then. What it was the change set says that
 * deleted it; of values that no schema knows now that is the only one that does.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-json.h"
#include "ms-password-scheme.h"
#include "ms-txn.h"

/* The change set that put it there, as the only one, with nothing but that change. (transfer full)
 * (nullable): the store could not be read. @found: (out): %FALSE: none tells of that */
static GPtrArray *
find_deletion (MsWrite *write, const char *id, gint64 restored, gboolean *found, GError **error)
{
  gint64 sequence = 0;

  *found = FALSE;
  if (!ms_txn_find_standing_deletion (write->txn, id, restored, &sequence, error))
    return NULL;
  g_autoptr (GPtrArray) sets = ms_txn_list_object_history (write->txn, id, sequence + 1, 1, error);
  *found = sets != NULL && sequence != 0 && sets->len > 0;
  return g_steal_pointer (&sets);
}

/* The password lies in the bin as it is, and change sets of earlier versions do not tell of what
 * scheme it has. */
static gboolean
follows_password (const MsAttribute *attribute)
{
  return strcmp (attribute->path, MS_PATH_PASSWORD_SCHEME) == 0;
}

static void
clear_plain (const MsResourceType *type, MsObject *object)
{
  g_autoptr (MsObject) nothing
             = ms_object_new (type, ms_object_get_id (object), json_object_new ());
  g_autoptr (GPtrArray) deltas = ms_delta_compute (nothing, object);

  for (guint i = 0; i < deltas->len; i++)
    {
      const MsAttribute *attribute = ((const MsDelta *) g_ptr_array_index (deltas, i))->attribute;
      if (!follows_password (attribute))
        ms_attribute_set_value (attribute, ms_object_get_attributes (object), NULL);
    }
}

/* Relations lie in no bin. */
static void
put_before (const MsResourceType *type, MsObject *object, JsonArray *deltas)
{
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const char        *path = json_object_get_string_member_with_default (delta, "path", "");
      const MsAttribute *attribute = ms_undo_find_attribute (type, path);
      JsonNode          *before = json_object_get_member (delta, "before");
      if (attribute != NULL && before != NULL && attribute->relation == MS_RELATION_NONE
          && !follows_password (attribute) && ms_undo_value_fits (attribute, before))
        ms_attribute_set_value (
            attribute, ms_object_get_attributes (object), ms_json_deep_copy (before));
    }
}

gboolean
ms_undo_lay_back (MsWrite *write, const MsUndoItem *item, GError **error)
{
  const MsResourceType *type = item->type;
  const char           *id = item->change->id;
  gboolean              found = FALSE;
  g_autoptr (GPtrArray) sets = find_deletion (write, id, item->sequence, &found, error);

  if (!found)
    return sets != NULL;
  const MsChangeSet *set = g_ptr_array_index (sets, 0);
  const MsChange    *change = g_ptr_array_index (set->changes, 0);
  g_autoptr (MsObject) binned = ms_txn_get_binned (write->txn, id, error);
  if (binned == NULL)
    return FALSE;
  clear_plain (type, binned);
  put_before (type, binned, json_node_get_array (change->deltas));
  return ms_txn_lay_back (write->txn, binned, error);
}
