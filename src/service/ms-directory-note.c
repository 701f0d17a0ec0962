/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run changed, as the rows tell it: by the paths of the mapping, and never a password.
 */
#include "ms-directory-apply.h"

#include <string.h>

#include "ms-change-note.h"
#include "ms-json.h"

/* (transfer full) (nullable) */
static char *
show_value (JsonNode *value)
{
  if (value == NULL || JSON_NODE_HOLDS_NULL (value))
    return NULL;
  if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING)
    return json_node_dup_string (value);
  return ms_json_to_string (value);
}

static void
note_attribute (MsDirectoryOutcome *self,
                const MsAttribute  *attribute,
                const char         *field,
                MsObject           *before,
                MsObject           *after)
{
  JsonNode *old = before != NULL
                      ? ms_attribute_get_value (attribute, ms_object_get_attributes (before))
                      : NULL;
  JsonNode *new = ms_attribute_get_value (attribute, ms_object_get_attributes (after));
  g_autofree char *old_text = show_value (old);
  g_autofree char *new_text = show_value (new);

  (void) ms_change_note_add (self->changes, field, old_text, new_text);
}

void
ms_directory_outcome_note_user (MsDirectoryOutcome *self, MsObject *before, MsObject *after)
{
  g_autoptr (GPtrArray) deltas = ms_delta_compute (before, after);

  for (guint i = 0; i < deltas->len; i++)
    {
      const MsAttribute *attribute = ((MsDelta *) deltas->pdata[i])->attribute;
      if (strcmp (attribute->path, "externalIds") != 0
          && strcmp (attribute->path, MS_URN_EXT_USER ":passwordScheme") != 0)
        note_attribute (self, attribute, attribute->path, before, after);
    }
}

void
ms_directory_outcome_note_mailbox (MsDirectoryOutcome *self, MsObject *before, MsObject *after)
{
  static const char *const paths[] = { "address", "aliases", "quota" };
  static const char *const fields[] = { "mailbox", "aliases", "quota" };
  const MsResourceType    *type = ms_object_get_type (after);
  g_autoptr (MsObject) nothing = ms_object_new (type, NULL, json_object_new ());
  g_autoptr (GPtrArray) deltas = ms_delta_compute (before != NULL ? before : nothing, after);

  for (guint i = 0; i < deltas->len; i++)
    for (guint p = 0; p < G_N_ELEMENTS (paths); p++)
      if (strcmp (((MsDelta *) deltas->pdata[i])->attribute->path, paths[p]) == 0)
        note_attribute (self, ((MsDelta *) deltas->pdata[i])->attribute, fields[p], before, after);
}
