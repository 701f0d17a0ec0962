/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The right side for a server itself: how it is connected, what it is, how much is on it, seats
 * used; and the button that helps when it is not connected.
 */
#pragma once

#include <adwaita.h>

#include "ms-server.h"

G_BEGIN_DECLS

#define MS_TYPE_SERVER_PAGE (ms_server_page_get_type ())
G_DECLARE_FINAL_TYPE (MsServerPage, ms_server_page, MS, SERVER_PAGE, AdwBin)

/* @server: (nullable) */
void ms_server_page_set_server (MsServerPage *self, MsServer *server);

G_END_DECLS
