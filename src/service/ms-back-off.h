/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How long an account and a peer must wait after wrong passwords: exponentially longer, forgotten
 * after a while, in tables of bounded size. Thread-safe. Knows names, not whether there is such an
 * account.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

#define MS_BACK_OFF_MAX_ENTRIES 4096

MsBackOff *ms_back_off_new (void);
void       ms_back_off_free (MsBackOff *self);
/* Seconds that @account or @peer still must wait at @now (microseconds); 0 = go on. An attempt that
 * goes on is counted as failed until ms_back_off_succeeded() says otherwise, so that many at once
 * cannot slip through. */
guint ms_back_off_begin (MsBackOff *self, const char *account, const char *peer, gint64 now);
/* Whether one who has to wait has to because of attempts that failed. Otherwise it is attempts
 * under way that are counted as failed, and once they have come to something there may be no wait.
 */
gboolean
ms_back_off_is_settled (MsBackOff *self, const char *account, const char *peer, gint64 now);
/* The attempt failed, as it was counted. */
void ms_back_off_failed (MsBackOff *self, const char *account, const char *peer);
/* An attempt that failed elsewhere. */
void ms_back_off_note (MsBackOff *self, const char *account, const char *peer, gint64 now);
/* The account's password was given right elsewhere. */
void ms_back_off_forget (MsBackOff *self, const char *account);
/* It came to no attempt after all. */
void ms_back_off_cancel (MsBackOff *self, const char *account, const char *peer);
/* Whether attempts at this account had failed before. */
gboolean ms_back_off_succeeded (MsBackOff *self, const char *account, const char *peer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsBackOff, ms_back_off_free)

G_END_DECLS
