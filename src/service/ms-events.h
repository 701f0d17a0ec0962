/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who hears of what happens. A commit's change sets are rendered once, on the writer thread, and
 * only where somebody listens.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

MsEventHub *ms_event_hub_new (MsService *service);
void        ms_event_hub_free (MsEventHub *self);
/* A MsCommitFunc; @user_data: the service */
void ms_event_hub_on_commit (MsStore *store,
                             gint64   first_sequence,
                             gint64   last_sequence,
                             gpointer user_data);

/* ms-changes.c: appends a change set as in docs/api.md. @reader: (nullable): for whom it is with
 * each change's deltas, but those that they may not see; for %NULL there are at most 200 changes,
 * without.
 * @with_changes: whether there is a "changes" member at all. */
void ms_change_set_append (const MsChangeSet *set,
                           gboolean           with_changes,
                           const MsActor     *reader,
                           GString           *out);

G_END_DECLS
