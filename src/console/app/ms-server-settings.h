/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The settings of a server's store: those of /api/v1/settings, a row each. They hold for every
 * daemon and every console on the store; MsServerOptions is what this console alone knows.
 */
#pragma once

#include "ms-dialog.h"
#include "ms-server.h"

G_BEGIN_DECLS

#define MS_TYPE_SERVER_SETTINGS (ms_server_settings_get_type ())
G_DECLARE_FINAL_TYPE (MsServerSettings, ms_server_settings, MS, SERVER_SETTINGS, MsDialog)

/* Asks the server at once. What is saved is reported to @parent, with Undo. */
MsServerSettings *ms_server_settings_new (GtkWindow *parent, MsServer *server);

G_END_DECLS
