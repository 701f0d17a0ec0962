/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is hashed of a change set. Every field is preceded by its length, so that none can run into
 * the next.
 */
#include "ms-change-chain.h"

#include <string.h>

static void
add_text (GChecksum *chain, const char *text)
{
  g_autofree char *length
      = g_strdup_printf ("%" G_GSIZE_FORMAT ":", text != NULL ? strlen (text) : 0);

  g_checksum_update (chain, (const guchar *) (text != NULL ? length : "-:"), -1);
  if (text != NULL)
    g_checksum_update (chain, (const guchar *) text, -1);
}

static void
add_number (GChecksum *chain, gint64 number)
{
  char text[24];

  g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT ",", number);
  g_checksum_update (chain, (const guchar *) text, -1);
}

GChecksum *
ms_change_chain_new (const char *hash_before, const MsChangeSet *set)
{
  GChecksum  *chain = g_checksum_new (G_CHECKSUM_SHA256);
  const char *texts[] = { hash_before, set->actor_id, set->actor_name, set->channel,
                          set->verb,   set->reason,   set->job,        set->target_label };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    add_text (chain, texts[i]);
  add_number (chain, set->sequence);
  add_number (chain, set->time);
  add_number (chain, set->undo_of);
  add_number (chain, set->object_count);
  return chain;
}

void
ms_change_chain_add (GChecksum *chain, const MsChange *change, const char *deltas)
{
  add_number (chain, change->verb);
  add_number (chain, change->version);
  add_text (chain, change->type_name);
  add_text (chain, change->id);
  add_text (chain, change->label);
  add_text (chain, deltas);
}
