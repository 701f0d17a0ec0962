/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The attributes of an object as they lie in the table "document": compact JSON that
 * ms_json_append() wrote. Every read of an object comes through here, and json-glib's parser takes
 * several times longer than the query; this one reads only what we write, but does not trust it
 * either: a damaged text is an error, never a crash.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* (transfer full) */
JsonObject *ms_document_parse (const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Only the member @name of it, if there is one; the others are passed over. (transfer full) */
JsonObject *ms_document_parse_member (const char *text,
                                      const char *name,
                                      GError    **error) G_GNUC_WARN_UNUSED_RESULT;
char       *ms_document_to_string (JsonObject *attributes);

G_END_DECLS
