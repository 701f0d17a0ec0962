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

/* What a client may read of @error: never where files of this machine are, and nothing of the
 * store's faults where nobody is logged on (@is_known %FALSE). The log has it in full.
 * (transfer full) */
char *ms_error_dup_detail (const GError *error, gboolean is_known);
/* The status to answer @error with: 429 where its details say how long to wait. */
guint ms_error_get_answer_status (const GError *error);
/* The seconds after which the same request may do better, answered with @status; 0 where it would
 * not, as on a store that is only read. */
guint ms_error_get_retry_after (const GError *error, guint status);
/* The members of the error's details without the braces, to stand beside its own. (transfer full)
 * (nullable) */
char *ms_error_dup_members (const GError *error);

G_END_DECLS
