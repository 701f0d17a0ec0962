/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The cell of those on a mailing list: entries parted by semicolons or line breaks. One that holds
 * such a thing, or a quote, stands in double quotes, those within it doubled; so no name can be
 * taken for several entries. What an entry means is for ms-import-list.c.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Empty entries are left out. Fails where a quote is not closed, or has something behind it.
 * (transfer full) (nullable) */
char **ms_import_members_split (const char *cell, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Adds @entry to a @cell, so that it is read as it is. */
void ms_import_members_append (GString *cell, const char *entry);

G_END_DECLS
