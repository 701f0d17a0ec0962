/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the dialogs call an object: its type in words, its icon, its name, and the line that tells
 * it from another of the same name.
 */
#pragma once

#include "ms-resource.h"

G_BEGIN_DECLS

/* "User", "Mail Group", …: for titles, translated */
const char *ms_object_words_type (const char *type_name);
const char *ms_object_words_icon (const char *type_name);
/* The second line: full name of a user, path of a mail group, address of a list. "" where there is
 * none. (transfer full) */
char *ms_object_words_detail (MsResource *resource);
/* Name of an attribute by its path, for people ("rights.imap" -> "IMAP"); the path itself where it
 * has none. (transfer none) */
const char *ms_object_words_attribute (const char *path);
/* "12 mailboxes", translated. (transfer full) */
char *ms_object_words_count (const char *type_name, guint n);

G_END_DECLS
