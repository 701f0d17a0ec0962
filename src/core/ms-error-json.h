/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An error as RFC 7644 §3.12 writes it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MS_URN_ERROR "urn:ietf:params:scim:api:messages:2.0:Error"

/* @scim_type, @path: (nullable). @extra: (nullable): further members, without braces */
void ms_error_append_json (GString    *out,
                           guint       status,
                           const char *scim_type,
                           const char *path,
                           const char *detail,
                           const char *extra);

G_END_DECLS
