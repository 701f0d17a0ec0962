/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The socket that connections come in by: bound here, or handed over by systemd.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "127.0.0.1:7443", "[::1]:0", "*:443" (every address of this machine). */
gboolean ms_listener_check_address (const char *address, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether this machine can listen there, as ms_listener_open() says it, but for whether another
 * program (a server that runs) does already and whether the port may be had. */
gboolean ms_listener_probe (const char *address, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A bound, listening, non-blocking socket; -1 with an error that says what is in the way. */
int ms_listener_open (const char *address, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Where it is bound, as part of an URL: "127.0.0.1:40123". (transfer full) */
char *ms_listener_dup_authority (int fd);
/* The one socket that systemd hands over, or -1. */
int ms_listener_take_over (void);

G_END_DECLS
