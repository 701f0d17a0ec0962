/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * If-Match against an object's version (RFC 7232 §3.1; compared weakly, since SCIM's tags are weak
 * ones).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @if_match: (nullable): the header as sent: "*", or tags parted by commas. %MS_ERROR_STALE where
 * none is @version, %MS_ERROR_INVALID where it is no list of tags. */
gboolean
ms_etag_check (const char *if_match, gint64 version, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
