/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fourth step of the import: what would happen to each line, before anything does.
 */
#pragma once

#include <adwaita.h>
#include "ms-import-task.h"

G_BEGIN_DECLS

#define MS_TYPE_IMPORT_REHEARSAL_STEP (ms_import_rehearsal_step_get_type ())
G_DECLARE_FINAL_TYPE (
    MsImportRehearsalStep, ms_import_rehearsal_step, MS, IMPORT_REHEARSAL_STEP, AdwBin)

GtkWidget *ms_import_rehearsal_step_new (MsImportTask *task);
/* Shows what the task came to: progress, or counts and rows. */
void ms_import_rehearsal_step_show (MsImportRehearsalStep *self);
/* @status: (nullable): only such rows */
void        ms_import_rehearsal_step_filter (MsImportRehearsalStep *self, const char *status);
GListModel *ms_import_rehearsal_step_get_rows (MsImportRehearsalStep *self);

G_END_DECLS
