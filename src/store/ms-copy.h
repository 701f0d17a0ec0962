/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whole stores: copied from one database to another, backed up beside a running server, and put
 * back. Whatever is interrupted leaves the old state or the new one; what is made is compared with
 * what it was made from before anybody can use it.
 */
#pragma once

#include "ms-progress.h"
#include "ms-store.h"

G_BEGIN_DECLS

/* What backups are. */
#define MS_BACKUP_SCHEME "sqlite:"

/* All of @self, as one snapshot of it, into a database that is empty: every table in bounded
 * memory, then both digests are compared. @digest: (out) (optional): %MS_DIGEST_WHOLE of both */
gboolean ms_store_copy (MsStore          *self,
                        const char       *to_uri,
                        const MsProgress *progress,
                        char            **digest,
                        GError          **error) G_GNUC_WARN_UNUSED_RESULT;

/* A store file at @path, which must not exist, of mode 0600: a snapshot of @self. Writers are not
 * held up. */
gboolean ms_store_backup (MsStore          *self,
                          const char       *path,
                          const MsProgress *progress,
                          GError          **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of a store that another process may have open; also of one that is of an older version,
 * where its database can be copied as it is. */
gboolean ms_backup (const char       *uri,
                    MsSchemaRegistry *schemas,
                    const char       *path,
                    const MsProgress *progress,
                    GError          **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the file @path may be one: of a database, and not cut off, as far as can be told without
 * reading it. */
gboolean ms_backup_looks_whole (const char *path);

/* Opens a store to read all of it, also one of an older version that is in a file: of that a copy
 * is brought to today's and read, and removed when the store is gone; the file stays as it is.
 * @flags: %MS_STORE_READ_ONLY, and others. @near: (nullable): a file beside which there is room for
 * the copy; else it goes to TMPDIR or /var/tmp. @version: (out) (optional): that of what @uri names
 */
MsStore *ms_store_open_to_read (const char       *uri,
                                MsSchemaRegistry *schemas,
                                MsStoreFlags      flags,
                                const char       *near,
                                const MsProgress *progress,
                                int              *version,
                                GError          **error) G_GNUC_WARN_UNUSED_RESULT;

/* Puts the backup @file where @to_uri says, once it has been migrated and verified. A store in a
 * file that is there is refused, unless @replace, which keeps it under another name. Numbers of
 * change sets go on with the next million, or one by the clock where the store that was there
 * cannot be asked, so that none that a client knows is given a second time. @kept: (out) (optional)
 * (nullable): where the replaced one is now. @sequence: (out) (optional): of the change set that
 * says that it was put back */
gboolean ms_restore (const char       *file,
                     const char       *to_uri,
                     MsSchemaRegistry *schemas,
                     gboolean          replace,
                     const MsProgress *progress,
                     char            **kept,
                     gint64           *sequence,
                     GError          **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
