/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What went wrong on the way to a server, and what the server said, as MS_ERROR in plain words.
 */
#pragma once

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* @cause of GIO, TLS, resolver or libsoup, met while talking to @where ("mail.example.org:7443").
 * %G_IO_ERROR_CANCELLED stays as it is, everything else becomes %MS_ERROR_UNAVAILABLE. (transfer
 * full) */
GError *ms_network_error_new (const GError *cause, const char *where);
/* An answer with a status that says failure. @body: (nullable): parsed, where it was JSON.
 * (transfer full) */
GError *ms_network_error_from_reply (guint       status,
                                     const char *reason_phrase,
                                     const char *retry_after,
                                     JsonNode   *body);

/* Nothing is let in before the second step of logging on is set up; the server says so to clients
 * of every kind, by naming a route. (transfer full) */
GError *ms_network_error_new_second_step (void);

G_END_DECLS
