/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one error domain of every layer. Besides code and message an error carries what RFC 7644
 * §3.12 wants to know: the scimType and the path of the attribute at fault.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MsError:
 * @MS_ERROR_INVALID: what was asked makes no sense as written (HTTP 400)
 * @MS_ERROR_NOT_FOUND: there is no such object (404)
 * @MS_ERROR_CONFLICT: it contradicts what is there, for example a taken name (409)
 * @MS_ERROR_STALE: it was based on an older version of the object (412)
 * @MS_ERROR_DENIED: the actor may not do this (403)
 * @MS_ERROR_UNAUTHENTICATED: nobody is logged on, or the password is wrong (401)
 * @MS_ERROR_LIMIT: too large, too deep or too many (413, or 429 where it is a rate)
 * @MS_ERROR_UNAVAILABLE: cannot be done at the moment; trying again may help (503)
 * @MS_ERROR_UNTRUSTED: the peer's certificate is not the one that was pinned (client side only)
 * @MS_ERROR_UNSUPPORTED: the protocol knows it, this server does not (501)
 * @MS_ERROR_INTERNAL: a fault of ours or of the disk (500)
 */
typedef enum
{
  MS_ERROR_INVALID,
  MS_ERROR_NOT_FOUND,
  MS_ERROR_CONFLICT,
  MS_ERROR_STALE,
  MS_ERROR_DENIED,
  MS_ERROR_UNAUTHENTICATED,
  MS_ERROR_LIMIT,
  MS_ERROR_UNAVAILABLE,
  MS_ERROR_UNTRUSTED,
  MS_ERROR_UNSUPPORTED,
  MS_ERROR_INTERNAL,
} MsError;

#define MS_ERROR (ms_error_quark ())

GQuark ms_error_quark (void);

void ms_error_set (
    GError **error, MsError code, const char *scim_type, const char *path, const char *format, ...)
    G_GNUC_PRINTF (5, 6);

const char *ms_error_get_scim_type (const GError *error);
const char *ms_error_get_path (const GError *error);
/* The message with “…” for all that was filled in, and without what was put before it later: fit
 * for a log, which holds nothing of what people send. (nullable): nothing is left of it */
const char *ms_error_get_words (const GError *error);

/* Members to answer with beside the error's own, as the text of a JSON object: {"refused":[…]} of
 * an action that could not be done, {"retryAfter":8} of a log-on that must wait. @details is
 * copied; only for errors of this domain. */
void        ms_error_set_details (GError *error, const char *details);
const char *ms_error_get_details (const GError *error);

int     ms_error_to_http_status (const GError *error);
MsError ms_error_from_http_status (int status);

G_END_DECLS
