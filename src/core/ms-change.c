/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Freeing and naming.
 */
#include "ms-change.h"

static const char *const verb_names[MS_CHANGE_N_VERBS] = {
  [MS_CHANGE_CREATE] = "create",   [MS_CHANGE_UPDATE] = "update", [MS_CHANGE_DELETE] = "delete",
  [MS_CHANGE_RESTORE] = "restore", [MS_CHANGE_PURGE] = "purge",   [MS_CHANGE_NOTE] = "note",
};

gboolean
ms_change_is_note (const char *name)
{
  static const char *const notes[]
      = { MS_NOTE_SETTING, MS_NOTE_TOKEN, MS_NOTE_EXPORT, MS_NOTE_PASSWORDS, MS_NOTE_STORE };

  for (guint i = 0; i < G_N_ELEMENTS (notes); i++)
    if (g_ascii_strcasecmp (notes[i], name) == 0)
      return TRUE;
  return FALSE;
}

const char *
ms_change_verb_to_string (MsChangeVerb verb)
{
  return (guint) verb < G_N_ELEMENTS (verb_names) ? verb_names[verb] : NULL;
}

void
ms_change_free (MsChange *self)
{
  if (self == NULL)
    return;
  g_free (self->type_name);
  g_free (self->id);
  g_free (self->label);
  g_clear_pointer (&self->deltas, json_node_unref);
  g_free (self);
}

void
ms_change_set_free (MsChangeSet *self)
{
  if (self == NULL)
    return;
  g_free (self->actor_id);
  g_free (self->actor_name);
  g_free (self->channel);
  g_free (self->verb);
  g_free (self->reason);
  g_free (self->job);
  g_free (self->first_type);
  g_free (self->first_id);
  g_free (self->first_label);
  g_free (self->target_label);
  g_free (self->hash);
  g_clear_pointer (&self->changes, g_ptr_array_unref);
  g_free (self);
}
