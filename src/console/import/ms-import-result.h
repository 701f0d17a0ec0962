/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The end of an import: counts, rejects, passwords, Undo.
 */
#pragma once

#include <adwaita.h>
#include "ms-import-task.h"

G_BEGIN_DECLS

#define MS_TYPE_IMPORT_RESULT (ms_import_result_get_type ())
G_DECLARE_FINAL_TYPE (MsImportResult, ms_import_result, MS, IMPORT_RESULT, AdwBin)

GtkWidget *ms_import_result_new (MsImportTask *task);
void       ms_import_result_show (MsImportResult *self);
/* Saves without asking for a place; for tests and scripts. @passwords: those, or the rejects */
void ms_import_result_save (MsImportResult *self, GFile *file, gboolean passwords);
void ms_import_result_undo (MsImportResult *self);

G_END_DECLS
