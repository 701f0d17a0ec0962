/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A server that somebody wants to find again: where it is, who logs on, whom to trust, how it is
 * shown. Never a secret.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define MS_TYPE_SERVER_INFO (ms_server_info_get_type ())
G_DECLARE_FINAL_TYPE (MsServerInfo, ms_server_info, MS, SERVER_INFO, GObject)

/* Properties, all read-write and notified: "name", "url", "user-name", "fingerprint", "colour",
 * "read-only" (boolean), "last-used" (int64, seconds since 1970). "id" is for keeping secrets
 * elsewhere, made once and never changed. */
MsServerInfo *ms_server_info_new (const char *name,
                                  const char *url,
                                  const char *user_name,
                                  const char *fingerprint);

const char *ms_server_info_get_id (MsServerInfo *self);
/* What it is called; the host where nobody gave a name. */
const char *ms_server_info_get_name (MsServerInfo *self);
void        ms_server_info_set_name (MsServerInfo *self, const char *name);
const char *ms_server_info_get_url (MsServerInfo *self);
const char *ms_server_info_get_user_name (MsServerInfo *self);
const char *ms_server_info_get_fingerprint (MsServerInfo *self);
void        ms_server_info_set_fingerprint (MsServerInfo *self, const char *fingerprint);
/* "#rrggbb" or %NULL */
const char *ms_server_info_get_colour (MsServerInfo *self);
void        ms_server_info_set_colour (MsServerInfo *self, const char *colour);
gboolean    ms_server_info_get_read_only (MsServerInfo *self);
void        ms_server_info_set_read_only (MsServerInfo *self, gboolean read_only);
/* µs since 1970; see ms_server_store_note_use() */
gint64 ms_server_info_get_last_used (MsServerInfo *self);
void   ms_server_info_set_last_used (MsServerInfo *self, gint64 last_used);

/* As a group of the servers file. */
MsServerInfo *ms_server_info_new_from_key_file (GKeyFile *file, const char *group);
void          ms_server_info_save_to_key_file (MsServerInfo *self, GKeyFile *file);

G_END_DECLS
