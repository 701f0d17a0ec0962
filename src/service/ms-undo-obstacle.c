/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What no undo takes back, whatever came after it: why, and what can be done instead.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-audit.h"

static const MsUndoObstacle purged
    = { "It was taken out of the bin for good, and nothing of it was kept; a backup from before "
        "has it",
        NULL };
static const MsUndoObstacle noted = { "This only tells what happened; it changed nothing", NULL };
static const MsUndoObstacle typeless
    = { "There is no such type any more: add its schema file again first", NULL };

/* Told of in change sets, and done to no object. */
static const struct
{
  const char    *type_name;
  MsChangeVerb   verb;
  MsUndoObstacle obstacle;
} told[] = {
  { MS_NOTE_TOKEN,
    MS_CHANGE_CREATE,
    { "A token is not undone but revoked", "DELETE /api/v1/tokens/" } },
  { MS_NOTE_TOKEN,
    MS_CHANGE_DELETE,
    { "A revoked token does not come back: make another one", NULL } },
  { MS_NOTE_PASSWORDS,
    MS_CHANGE_NOTE,
    { "This only tells that passwords were handed out: set others where they must not be used",
      NULL } },
  { MS_NOTE_EXPORT,
    MS_CHANGE_NOTE,
    { "This only tells that data were read; it changed nothing", NULL } },
};

gboolean
ms_undo_refuse_store (JsonArray *refused, const MsChangeSet *set)
{
  static const MsUndoObstacle put_back
      = { "A store that was put back is not undone: put another backup back, with “mailsteadd "
          "restore”",
          NULL };
  MsChange store
      = { MS_CHANGE_NOTE, (char *) MS_NOTE_STORE, (char *) "", set->target_label, 0, NULL };

  if (strcmp (set->verb, MS_SET_RESTORE_STORE) != 0)
    return FALSE;
  ms_undo_refuse_for (refused, &store, &put_back);
  return TRUE;
}

const MsUndoObstacle *
ms_undo_find_obstacle (const MsResourceType *type, const MsChange *change)
{
  if (change->verb == MS_CHANGE_PURGE)
    return &purged;
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    if (strcmp (told[i].type_name, change->type_name) == 0 && told[i].verb == change->verb)
      return &told[i].obstacle;
  if (change->verb == MS_CHANGE_NOTE)
    return &noted;
  return type == NULL ? &typeless : NULL;
}

void
ms_undo_refuse_for (JsonArray *refused, const MsChange *change, const MsUndoObstacle *obstacle)
{
  ms_undo_refuse (refused, change, NULL, obstacle->reason);
  if (obstacle->instead == NULL)
    return;
  g_autofree char *instead = g_strconcat (obstacle->instead, change->id, NULL);
  json_object_set_string_member (
      json_array_get_object_element (refused, json_array_get_length (refused) - 1),
      "instead",
      instead);
}
