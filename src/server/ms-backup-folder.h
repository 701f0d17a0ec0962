/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The backups in the server's folder for them: store-TIME.db, of a second one in the same second
 * store-TIME-2.db, and so on, each with its digest beside it in NAME.digest: one line, and in a
 * second one its size, which earlier versions did not write. Files of other names are left alone.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A name that no other backup has, nor gets, here or from another daemon: an empty NAME.digest
 * claims it. (transfer full) (nullable) */
char *ms_backup_folder_claim (const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
typedef enum
{
  MS_BACKUP_UNKNOWN,  /* without a digest: nothing is known of it */
  MS_BACKUP_DAMAGED,  /* it has one, and is not any more what that was of */
  MS_BACKUP_VERIFIED, /* this server, or one like it, found it to be sound */
} MsBackupState;

/* Writes the digest of the backup in the file @path to where NAME's belongs, with its size. */
gboolean ms_backup_folder_note (const char *folder,
                                const char *name,
                                const char *path,
                                const char *digest,
                                GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* What can be told of NAME without reading it. @digest: (out) (optional) (nullable): the one beside
 * it. @size: (out) (optional): in bytes */
MsBackupState
ms_backup_folder_look (const char *folder, const char *name, char **digest, gint64 *size);
/* Names, the oldest first; @verified: only those that are. (transfer full) (nullable) (element-type
 * utf8) */
GPtrArray *ms_backup_folder_list (const char *folder,
                                  gboolean    verified,
                                  GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* The time that a backup is named by, in microseconds since 1970; 0 where it is none. */
gint64 ms_backup_folder_read_time (const char *name);
/* Removes verified ones until @keep are left, the oldest first, and none that is newer than
 * @newest, which was just made: another daemon may have made it. Tells of those that are damaged,
 * which stay. */
void ms_backup_folder_prune (const char *folder, guint keep, const char *newest);

G_END_DECLS
