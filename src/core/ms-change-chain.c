/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is hashed of a change set, in this order: chains that exist depend on it.
 */
#include "ms-change-chain.h"

#include "ms-digest.h"

GChecksum *
ms_change_chain_new (const char *hash_before, const MsChangeSet *set)
{
  GChecksum  *chain = g_checksum_new (G_CHECKSUM_SHA256);
  const char *texts[] = { hash_before, set->actor_id, set->actor_name, set->channel,
                          set->verb,   set->reason,   set->job,        set->target_label };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    ms_digest_add_text (chain, texts[i]);
  ms_digest_add_number (chain, set->sequence);
  ms_digest_add_number (chain, set->time);
  ms_digest_add_number (chain, set->undo_of);
  ms_digest_add_number (chain, set->object_count);
  return chain;
}

void
ms_change_chain_add (GChecksum *chain, const MsChange *change, const char *deltas)
{
  ms_digest_add_number (chain, change->verb);
  ms_digest_add_number (chain, change->version);
  ms_digest_add_text (chain, change->type_name);
  ms_digest_add_text (chain, change->id);
  ms_digest_add_text (chain, change->label);
  ms_digest_add_text (chain, deltas);
}
