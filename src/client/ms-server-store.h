/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The servers that this person saved, as a GListModel of MsServerInfo, kept in one file that the
 * console and mailsteadctl share: $XDG_CONFIG_HOME/mailstead/servers, 0600, replaced as a whole.
 * Order is the person's.
 */
#pragma once

#include "ms-server-info.h"

G_BEGIN_DECLS

#define MS_TYPE_SERVER_STORE (ms_server_store_get_type ())
G_DECLARE_FINAL_TYPE (MsServerStore, ms_server_store, MS, SERVER_STORE, GObject)

/* @path: (nullable): %NULL = the usual place. A file that is not there is an empty list; one that
 * cannot be read or understood is an error, and then nothing would be written over it: (transfer
 * full) (nullable) */
MsServerStore *ms_server_store_new (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* By name, id or URL, in this order; what a person typed. (nullable) (transfer none) */
MsServerInfo *ms_server_store_find (MsServerStore *self, const char *text);
/* The one that is at @url for @user_name (%NULL = anybody). (nullable) (transfer none) */
MsServerInfo *
ms_server_store_find_url (MsServerStore *self, const char *url, const char *user_name);
/* The one last used: (nullable) (transfer none) */
MsServerInfo *ms_server_store_get_last (MsServerStore *self);
/* @info is the one last used, whatever the clock says. */
void ms_server_store_note_use (MsServerStore *self, MsServerInfo *info);
/* Neither writes the file: ms_server_store_save() does. Changed infos are saved with it too. */
void     ms_server_store_add (MsServerStore *self, MsServerInfo *info);
void     ms_server_store_remove (MsServerStore *self, MsServerInfo *info);
gboolean ms_server_store_save (MsServerStore *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
