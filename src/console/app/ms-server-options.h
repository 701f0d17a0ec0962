/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a saved server is shown and opened: name, colour, read-only.
 */
#pragma once

#include "ms-dialog.h"
#include "ms-servers.h"

G_BEGIN_DECLS

#define MS_TYPE_SERVER_OPTIONS (ms_server_options_get_type ())
G_DECLARE_FINAL_TYPE (MsServerOptions, ms_server_options, MS, SERVER_OPTIONS, MsDialog)

MsServerOptions *ms_server_options_new (GtkWindow *parent, MsServers *servers, MsServer *server);

G_END_DECLS
