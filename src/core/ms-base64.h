/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one form of base64 in which binary values are kept and compared.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* RFC 4648 §4, padded, of @text in the alphabet of §4 or §5, padded or not; %NULL for what is no
 * base64, also where bits are left over that belong to no byte. (transfer full) (nullable) */
char *ms_base64_canonical (const char *text) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
