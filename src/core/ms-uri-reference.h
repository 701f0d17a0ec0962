/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What may stand in an attribute of the type "reference" (RFC 7643 §2.3.7).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether @text is an absolute or relative URI; letters of all scripts are taken as they are. */
gboolean ms_uri_reference_is_valid (const char *text);
/* Whether it leads to an object below one of @endpoints ("/Users"): …/Users/ID */
gboolean ms_uri_reference_leads_to (const char *text, char **endpoints);

G_END_DECLS
