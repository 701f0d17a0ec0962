/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How people name a server: "mail.example.org", "admin@mail.example.org:7443",
 * "https://[::1]:7443/".
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MS_SERVER_DEFAULT_PORT 7443

/* The base URL, "https://host:port", without a slash at its end. Fails with %MS_ERROR_INVALID.
 * @user: (out) (optional) (nullable), @host: (out) (optional): without brackets. (transfer full) */
char *ms_server_address_parse (const char *text,
                               char      **user,
                               char      **host,
                               guint16    *port,
                               GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
