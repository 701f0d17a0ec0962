/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file of the store that appears under its name when it is whole, and not before: it is written
 * beside it, as NAME.partial, put on disk, and renamed. What an interrupted try left is taken away
 * by the next.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where to write. Fails where @path exists, or the log of a store that had this name, unless
 * @replace: then the caller moves them away before ms_new_file_finish(). (transfer full) */
char *
ms_new_file_begin (const char *path, gboolean replace, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @partial and all that SQLite keeps beside it */
void ms_new_file_discard (const char *partial);
/* Puts it on disk under its name; fails where that, or a log beside it, has come to exist
 * meanwhile, and where @partial has a log of its own still. */
gboolean ms_new_file_finish (const char *partial,
                             const char *path,
                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* A rename that survives a loss of power. @replace: over a file that exists */
gboolean ms_new_file_rename (const char *from, const char *to, gboolean replace, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
