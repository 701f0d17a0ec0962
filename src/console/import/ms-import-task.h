/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One import at the server, as its window sees it: uploads, rehearses, runs, cancels, and follows
 * what becomes of it.
 */
#pragma once

#include "ms-connection.h"

G_BEGIN_DECLS

#define MS_TYPE_IMPORT_TASK (ms_import_task_get_type ())
G_DECLARE_FINAL_TYPE (MsImportTask, ms_import_task, MS, IMPORT_TASK, GObject)

/* Signals: "changed": there is news; "failed" (GError): a request did not work, the task is as it
 * was. */
MsImportTask *ms_import_task_new (MsConnection *connection);
/* Becomes an import that is there already. @json as in /imports/ID */
void ms_import_task_adopt (MsImportTask *self, JsonObject *json);

/* A former upload of this task is deleted. */
void ms_import_task_upload (MsImportTask *self, const char *name, GBytes *data);
/* @options: (transfer none) */
void ms_import_task_rehearse (MsImportTask *self, JsonObject *options);
void ms_import_task_run (MsImportTask *self, JsonObject *options);
void ms_import_task_cancel (MsImportTask *self);
/* Forgets it at the server, unless it was run. */
void ms_import_task_discard (MsImportTask *self);
/* Asks how it is now. */
void ms_import_task_refresh (MsImportTask *self);

MsConnection *ms_import_task_get_connection (MsImportTask *self);
/* (nullable): before the upload */
const char *ms_import_task_get_id (MsImportTask *self);
/* "uploaded", "rehearsing", "rehearsed", "running", "done", "failed", "cancelled"; "" before the
 * upload */
const char *ms_import_task_get_state (MsImportTask *self);
/* (nullable): all of it */
JsonObject *ms_import_task_get_json (MsImportTask *self);
/* A request is on its way. */
gboolean ms_import_task_is_busy (MsImportTask *self);
gint64   ms_import_task_get_count (MsImportTask *self, const char *status);
/* Records a second and seconds left while it runs; 0 and -1 where not known yet. */
void ms_import_task_get_rate (MsImportTask *self, double *rate, gint64 *seconds_left);

G_END_DECLS
