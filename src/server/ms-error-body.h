/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An error as every client gets it: the SCIM form (RFC 7644 §3.12) with our path beside it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MS_CONTENT_SCIM "application/scim+json"
#define MS_CONTENT_JSON "application/json"

/* @scim_type, @path: (nullable). @extra: (nullable): further members as JSON, "\"refused\":[…]".
 * (transfer full) */
char *ms_error_body_make (
    guint status, const char *scim_type, const char *path, const char *detail, const char *extra);

G_END_DECLS
