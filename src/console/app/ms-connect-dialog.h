/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Logging on to a server, known or new: where and who, the question about a certificate never seen
 * before, and the refusal of one that is not the pinned one.
 */
#pragma once

#include "ms-dialog.h"
#include "ms-servers.h"

G_BEGIN_DECLS

#define MS_TYPE_CONNECT_DIALOG (ms_connect_dialog_get_type ())
G_DECLARE_FINAL_TYPE (MsConnectDialog, ms_connect_dialog, MS, CONNECT_DIALOG, MsDialog)

/* Signal "connected" (MsServer *): it is on-line, and in @servers. */

/* @server: (nullable): a known server; %NULL asks for a new one. */
MsConnectDialog *ms_connect_dialog_new (GtkWindow *parent, MsServers *servers, MsServer *server);
/* Fills in what is known before it is shown, and says what went wrong so far. All (nullable). */
void ms_connect_dialog_prefill (MsConnectDialog *self,
                                const char      *host,
                                const char      *user_name,
                                const GError    *error);
/* For a server that was logged on to with a @password that is known, as far as that went: asks for
 * the code that @error wants; without @error the second step is to be set up first. */
void ms_connect_dialog_go_on (MsConnectDialog *self, const char *password, const GError *error);
/* "form", "trust" or "changed" */
const char *ms_connect_dialog_get_page (MsConnectDialog *self);

G_END_DECLS
