/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Backups by the running server: at set times or on demand, into a folder, each verified before it
 * gets its name, and only so many kept. And the running store verified on demand. One job at a
 * time, on a thread of its own.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "ms-service.h"

G_BEGIN_DECLS

/**
 * MsBackupOptions:
 * @folder: (nullable): where to; without it there are no backups
 * @every_hours: 0 = not by the hour
 * @at: (nullable): "02:00, 14:30", local time
 * @keep: how many; older ones go once a newer one is whole
 */
typedef struct
{
  char *folder;
  guint every_hours;
  char *at;
  guint keep;
} MsBackupOptions;

/* Whether @text is a list of times. */
gboolean ms_backup_check_times (const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* When, in microseconds since 1970, the first of the times in @at (nullable) comes after @now, or
 * @every_hours after @last (0: none yet; then @now); 0 where neither is set. */
gint64
ms_backup_find_due (const char *at, guint every_hours, gint64 last, gint64 now, GTimeZone *zone);

typedef struct _MsBackupKeeper MsBackupKeeper;

/* @options: copied */
MsBackupKeeper *ms_backup_keeper_new (MsService *service, const MsBackupOptions *options);
/* Ends what is under way, which leaves nothing behind; begins nothing more. */
void ms_backup_keeper_stop (MsBackupKeeper *self);
void ms_backup_keeper_free (MsBackupKeeper *self);
/* Begins it, and appends the job as JSON. %MS_ERROR_CONFLICT where one is under way, or there is no
 * folder. */
gboolean ms_backup_keeper_back_up (MsBackupKeeper *self,
                                   GString        *out,
                                   GError        **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_backup_keeper_verify (MsBackupKeeper *self,
                                  GString        *out,
                                  GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* {"folder","keep","next","job","error","backups":[…]}, newest first */
void ms_backup_keeper_append_list (MsBackupKeeper *self, GString *out);
/* The last verification, or null. */
void ms_backup_keeper_append_verification (MsBackupKeeper *self, GString *out);
/* A member "backup" for the description of the server. */
void ms_backup_keeper_describe (MsBackupKeeper *self, JsonBuilder *into);

G_END_DECLS
