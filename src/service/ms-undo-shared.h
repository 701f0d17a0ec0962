/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Of the undo of what a directory's run did: that no two get the mail of one address by it.
 */
#pragma once

#include "ms-undo.h"

G_BEGIN_DECLS

/* Whether a run of a directory made @set, or it undoes what one did, however often that was undone.
 * @answer: (out) */
gboolean ms_undo_is_of_run (MsTxn *txn, const MsChangeSet *set, gboolean *answer, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* No mailbox among @items (element-type MsUndoItem) comes back without the user who does. */
void ms_undo_bind_mailboxes (GPtrArray *items, const MsServiceTypes *types);
/* What objects do not get back, by their ids. (transfer full) */
GHashTable *ms_undo_withheld_new (void);
/* Adds to @withheld the addresses that @items were given back and that something else has. @any:
 * (out): there are some */
gboolean ms_undo_find_shared (GPtrArray  *items,
                              MsWrite    *write,
                              GHashTable *withheld,
                              gboolean   *any,
                              GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Before @items are done: without that. */
void ms_undo_withhold (GPtrArray *items, GHashTable *withheld, JsonArray *refused);

G_END_DECLS
