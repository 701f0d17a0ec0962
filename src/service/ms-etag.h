/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * If-Match against an object's version (RFC 7232 §3.1; compared weakly, since SCIM's tags are weak
 * ones).
 */
#pragma once

#include "ms-object.h"

G_BEGIN_DECLS

#define MS_ETAG_IF_MATCH "If-Match"
/* Where an operation of a bulk request has what a request by itself has in that header. */
#define MS_ETAG_IN_BULK "version"

/* @if_match: (nullable): as sent: "*", or tags parted by commas. @path: where it stood, for errors.
 * %MS_ERROR_STALE, naming both versions, where none is that of @object, %MS_ERROR_INVALID where it
 * is no list of tags. */
gboolean ms_etag_check (const char *if_match, const char *path, MsObject *object, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* For what is to be created: no tag names it, while "*" holds, since the list that it goes into is
 * there (RFC 9110 §13.1.1). */
gboolean ms_etag_check_new (const char *if_match,
                            const char *path,
                            GError    **error) G_GNUC_WARN_UNUSED_RESULT;

/* ms_etag_check() for If-None-Match: %MS_ERROR_STALE where @object is at one of those versions, or
 * there at all ("*"). */
gboolean ms_etag_check_none (const char *if_none_match,
                             MsObject   *object,
                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;

/* Says that @asked is not the version @object is at. */
void ms_etag_refuse (MsObject *object, const char *asked, const char *path, GError **error);

G_END_DECLS
