/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Threads for what is slow on purpose (password hashing) and for answers that must not come on the
 * caller's thread. Bounded: a flood of log-ons fills the queue and is refused, it does not eat
 * memory or stall writes.
 */
#pragma once

#include <gio/gio.h>

#include "ms-service-private.h"

G_BEGIN_DECLS

#define MS_HASH_POOL_MAX_WAITING 64

typedef void (*MsPoolFunc) (gpointer user_data);

MsHashPool *ms_hash_pool_new (void);
/* Lets what waits finish. */
void ms_hash_pool_free (MsHashPool *self);
/* %MS_ERROR_LIMIT where too many wait already; @func is not called then. */
gboolean ms_hash_pool_push (MsHashPool *self, MsPoolFunc func, gpointer user_data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Never refused: for what may take long and waits for the writer or for hashes; few at a time. */
void ms_hash_pool_push_job (MsHashPool *self, MsPoolFunc func, gpointer user_data);
/* Never refused: for short work such as handing an error to a callback. */
void ms_hash_pool_push_reply (MsHashPool *self, MsPoolFunc func, gpointer user_data);
/* Hashes on all the threads set aside for jobs; waits. */
gboolean ms_hash_pool_run_bulk (MsHashPool   *self,
                                MsHashes     *hashes,
                                GCancellable *cancellable,
                                GError      **error) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer none) (nullable) */
const char *ms_hashes_lookup (MsHashes *self, const char *clear);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsHashPool, ms_hash_pool_free)

G_END_DECLS
