/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which server, and the session kept between runs: a token in $XDG_STATE_HOME/mailstead/session-ID,
 * 0600. Or, for scripts that keep nothing: MAILSTEAD_URL, MAILSTEAD_TOKEN and MAILSTEAD_FINGERPRINT
 * in the environment.
 */
#pragma once

#include "ms-ctl.h"

G_BEGIN_DECLS

/* Loads the saved servers; with @needs_session also makes the connection with its token. */
gboolean
ms_ctl_session_open (MsCtl *ctl, gboolean needs_session, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ms_ctl_session_close (MsCtl *ctl);
/* A connection to a saved server, without a session. (transfer full) */
MsConnection *ms_ctl_session_connect (MsServerInfo *info);

gboolean ms_ctl_session_save (MsServerInfo *info,
                              const char   *token,
                              GError      **error) G_GNUC_WARN_UNUSED_RESULT;
/* (nullable) (transfer full): %NULL without error where there is none */
char *ms_ctl_session_load (MsServerInfo *info, GError **error);
void  ms_ctl_session_forget (MsServerInfo *info);

G_END_DECLS
