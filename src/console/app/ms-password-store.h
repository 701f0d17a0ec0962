/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Passwords of servers in the desktop's Secret Service, by the id of the saved server. Nowhere
 * else.
 */
#pragma once

#include <gio/gio.h>

#include "ms-server-info.h"

G_BEGIN_DECLS

void ms_password_store_lookup_async (MsServerInfo       *server,
                                     GCancellable       *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer            user_data);
/* (transfer full) (nullable): free with ms_password_store_free(); %NULL without @error where none
 * is kept */
char *ms_password_store_lookup_finish (GAsyncResult *result, GError **error);
void  ms_password_store_free (char *password);

void     ms_password_store_save_async (MsServerInfo       *server,
                                       const char         *password,
                                       GCancellable       *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer            user_data);
gboolean ms_password_store_save_finish (GAsyncResult *result, GError **error);
/* Forgets it; nobody waits for that. */
void ms_password_store_forget (MsServerInfo *server);

G_END_DECLS
