/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One server of the console's list: how it is reached and shown, and the connection to it. The
 * connection object stays the same for the server's lifetime, so that models and dialogs may hold
 * on to it.
 */
#pragma once

#include "ms-connection.h"
#include "ms-server-info.h"

G_BEGIN_DECLS

#define MS_TYPE_SERVER (ms_server_get_type ())
G_DECLARE_FINAL_TYPE (MsServer, ms_server, MS, SERVER, GObject)

/* Signal "changed": name, colour, counts or the state of the connection. */
MsServer *ms_server_new (MsServerInfo *info);

/* What is saved of it. Whoever changes it calls ms_server_info_changed(). */
MsServerInfo *ms_server_get_info (MsServer *self);
void          ms_server_info_changed (MsServer *self);
MsConnection *ms_server_get_connection (MsServer *self);
const char   *ms_server_get_base_url (MsServer *self);
const char   *ms_server_get_user_name (MsServer *self);
/* What the tree calls it: the given name, or host (and port, where it is not the usual one). */
const char *ms_server_get_name (MsServer *self);
/* The style class of its colour, "color-red"; "" where it has none. */
const char *ms_server_get_color_class (MsServer *self);
/* Not saved: given on the command line, lives as long as the program. */
gboolean ms_server_is_transient (MsServer *self);
void     ms_server_set_transient (MsServer *self, gboolean transient);
/* The fingerprint that this person trusts from now on. */
void ms_server_trust (MsServer *self, const char *fingerprint);

gboolean ms_server_is_online (MsServer *self);
/* Whether writing makes sense: online, and not opened read-only. */
gboolean ms_server_is_writable (MsServer *self);
/* Whether it refuses all but setting up the second step, which the role must have. */
gboolean ms_server_wants_second_step (MsServer *self);
/* The state in words, translated. (transfer none) */
const char *ms_server_describe_state (MsServer *self);
/* Icon name of the state's dot. */
const char *ms_server_get_state_icon (MsServer *self);

/* What /api/v1/server last said. (transfer none) (nullable) */
JsonObject *ms_server_get_server_info (MsServer *self);
/* How many objects of a type there are; -1 where it is not known. Kept current by the connection's
 * events. */
gint64 ms_server_get_count (MsServer *self, const char *type_name);
/* What its types are, with those that operators have added; %NULL until it has said so. Signal
 * "changed" when they became others. */
MsSchemaRegistry *ms_server_get_schemas (MsServer *self);
/* Seats used, and the limit (0 = none); -1 where not known. */
gint64 ms_server_get_seats (MsServer *self, gint64 *limit);

/* "https://host:port" from what a person types: "host", "host:port", a URL. %MS_ERROR_INVALID where
 * it is none.
 * @user_name: (out) (optional) (nullable): where it was "user@host". */
char *ms_server_parse_url (const char *text, char **user_name, GError **error);

/* The colours a server may have, ended by one without name. @value is "" for none. */
typedef struct
{
  const char *name; /* untranslated */
  const char *value;
  const char *css_class;
} MsServerColor;
extern const MsServerColor ms_server_colors[];

G_END_DECLS
