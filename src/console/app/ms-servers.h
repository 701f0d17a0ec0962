/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The servers of the console as a GListModel of MsServer: those that are saved, and those that were
 * given on the command line for this run. And the way on to one: from a remembered password or a
 * typed one.
 */
#pragma once

#include "ms-server-store.h"
#include "ms-server.h"

G_BEGIN_DECLS

#define MS_TYPE_SERVERS (ms_servers_get_type ())
G_DECLARE_FINAL_TYPE (MsServers, ms_servers, MS, SERVERS, GObject)

/* @store: (nullable): %NULL keeps nothing. */
MsServers *ms_servers_new (MsServerStore *store);
/* With @save it is kept for the next start. A failure to write is told; the server is in the list
 * all the same. */
gboolean ms_servers_add (MsServers *self, MsServer *server, gboolean save, GError **error);
gboolean ms_servers_remove (MsServers *self, MsServer *server, GError **error);
/* Writes what changed in saved servers. */
gboolean ms_servers_save (MsServers *self, GError **error);
/* (transfer none) (nullable) */
MsServer *ms_servers_find (MsServers *self, const char *base_url, const char *user_name);
guint     ms_servers_get_n (MsServers *self);

G_END_DECLS
