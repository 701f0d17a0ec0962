/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The chain of change sets: each holds the SHA-256 of itself and of the hash before it, so that
 * nobody can alter or take out one of them later without all that follow showing it. In core, so
 * that whoever has the change sets in a file can check them without the server.
 */
#pragma once

#include "ms-change.h"

G_BEGIN_DECLS

/* @set: without its changes; undone_by is not part of it, for it is known later only. */
GChecksum *ms_change_chain_new (const char *hash_before, const MsChangeSet *set);
/* @deltas: the text of change->deltas, which is not looked at */
void ms_change_chain_add (GChecksum *chain, const MsChange *change, const char *deltas);

G_END_DECLS
