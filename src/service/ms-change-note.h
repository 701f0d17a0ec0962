/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a report says of one value that is to change, or did: {"field","before","after"}, read by
 * people.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Adds it to @changes. @before, @after: (nullable); "" before is nothing. (transfer none) */
JsonObject *
ms_change_note_add (JsonArray *changes, const char *field, const char *before, const char *after);
/* Of what nobody is to see. */
void ms_change_note_add_secret (JsonArray *changes, const char *field);

G_END_DECLS
