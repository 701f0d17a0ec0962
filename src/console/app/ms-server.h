/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One server of the console's list: how it is reached and shown, and the connection to it. The
 * connection object stays the same for the server's lifetime, so that models and dialogs may hold
 * on to it.
 */
#pragma once

#include "ms-connection.h"

G_BEGIN_DECLS

#define MS_TYPE_SERVER (ms_server_get_type ())
G_DECLARE_FINAL_TYPE (MsServer, ms_server, MS, SERVER, GObject)

/* Signal "changed": name, colour, counts or the state of the connection. */
MsServer *ms_server_new (const char *base_url, const char *user_name, const char *fingerprint);

MsConnection *ms_server_get_connection (MsServer *self);
const char   *ms_server_get_base_url (MsServer *self);
const char   *ms_server_get_user_name (MsServer *self);
/* What the tree calls it: the given name, or host (and port, where it is not the usual one). */
const char *ms_server_get_name (MsServer *self);
void        ms_server_set_name (MsServer *self, const char *name);
/* "", "blue", "green", "yellow", "orange", "red" or "purple" */
const char *ms_server_get_color (MsServer *self);
void        ms_server_set_color (MsServer *self, const char *color);
gboolean    ms_server_get_read_only (MsServer *self);
void        ms_server_set_read_only (MsServer *self, gboolean read_only);
/* Whether the password is kept in the Secret Service. */
gboolean ms_server_get_remember (MsServer *self);
void     ms_server_set_remember (MsServer *self, gboolean remember);
/* Not saved: given on the command line, lives as long as the program. */
gboolean ms_server_is_transient (MsServer *self);
void     ms_server_set_transient (MsServer *self, gboolean transient);

gboolean ms_server_is_online (MsServer *self);
/* Whether writing makes sense: online, and not opened read-only. */
gboolean ms_server_is_writable (MsServer *self);
/* The state in words, translated. (transfer none) */
const char *ms_server_describe_state (MsServer *self);
/* Icon name of the state's dot. */
const char *ms_server_get_state_icon (MsServer *self);

/* How many objects of a type there are; -1 where it is not known. Kept current by the connection's
 * events. */
gint64 ms_server_get_count (MsServer *self, const char *type_name);
/* Seats used, and the limit (0 = none); -1 where not known. */
gint64 ms_server_get_seats (MsServer *self, gint64 *limit);

/* "https://host:port" from what a person types: "host", "host:port", a URL. %MS_ERROR_INVALID where
 * it is none.
 * @user_name: (out) (optional) (nullable): where it was "user@host". */
char *ms_server_parse_url (const char *text, char **user_name, GError **error);

G_END_DECLS
