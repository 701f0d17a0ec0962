/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run asks of the past, so that it needs no memory of its own: change sets are undone,
 * copied and put back with the store, and what stands in them is so.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/* The channel of change sets of runs. */
#define MS_DIRECTORY_CHANNEL "directory"
/* And their reason. @name: of the directory. (transfer full) */
char *ms_directory_make_reason (const char *name);

/* Whether it was a run that disabled the user, and nobody since. What was undone counts as little
 * as the undo of it. @answer: (out) */
gboolean ms_directory_was_disabled (MsTxn      *txn,
                                    const char *user_id,
                                    gboolean   *answer,
                                    GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the hash of the user's password, if there is one (@has_one), is another than @hash.
 * @other, @has_one: (out) */
gboolean ms_directory_compare_password (MsTxn      *txn,
                                        const char *user_id,
                                        const char *hash,
                                        gboolean   *other,
                                        gboolean   *has_one,
                                        GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the password of the user is not the directory's: they were here before it, and no run has
 * set it whose change still stands. @answer: (out) */
gboolean ms_directory_keeps_password (MsTxn      *txn,
                                      const char *user_id,
                                      gboolean   *answer,
                                      GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* The addresses that the mailbox itself had before, but for those that an undo took back. (transfer
 * full) (element-type utf8): keys (ms_address_key()) */
GHashTable *ms_directory_list_own_addresses (MsTxn      *txn,
                                             const char *mailbox_id,
                                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the mailbox has the alias @address of a run, and nobody here gave it that since. @answer:
 * (out) */
gboolean ms_directory_gave_alias (MsTxn      *txn,
                                  const char *mailbox_id,
                                  const char *address,
                                  gboolean   *answer,
                                  GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Users in the bin whom a run put there, or had made before it was undone, by what @client knew
 * them by. @live: called with each; %FALSE ends it. (transfer full) (element-type utf8 utf8): their
 * ids by identity; of several the last one */
GHashTable *ms_directory_list_binned (const MsServiceTypes *types,
                                      MsTxn                *txn,
                                      const char           *client,
                                      gboolean (*live) (gpointer live_data, GError **error),
                                      gpointer live_data,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The primary mailbox of a user who is here while that is in the bin: that of before it went there
 * with the user, or one that is called @name. @id: (out) (nullable) (transfer full). @is_ours:
 * (out): as with users, a run put it there, or had made it before it was undone */
gboolean ms_directory_find_binned_mailbox (const MsServiceTypes *types,
                                           MsTxn                *txn,
                                           const char           *user_id,
                                           const char           *name,
                                           char                **id,
                                           gboolean             *is_ours,
                                           GError              **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
