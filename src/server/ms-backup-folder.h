/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The backups in the server's folder for them: store-TIME.db, of a second one in the same second
 * store-TIME-2.db, and so on, each with its digest beside it in NAME.digest. Files of other names
 * are left alone.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A name that no other backup has, nor gets, here or from another daemon: an empty NAME.digest
 * claims it. (transfer full) (nullable) */
char *ms_backup_folder_claim (const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Names, the oldest first; @verified: only those with a digest, which this server, or one like it,
 * found to be sound. (transfer full) (nullable) (element-type utf8) */
GPtrArray *ms_backup_folder_list (const char *folder,
                                  gboolean    verified,
                                  GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* The time that a backup is named by, in microseconds since 1970; 0 where it is none. */
gint64 ms_backup_folder_read_time (const char *name);
/* Removes verified ones until @keep are left, the oldest first, and none that is newer than
 * @newest, which was just made: another daemon may have made it. */
void ms_backup_folder_prune (const char *folder, guint keep, const char *newest);

G_END_DECLS
