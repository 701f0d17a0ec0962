/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fifth step of the import: how far it is, and the way to stop it.
 */
#pragma once

#include <adwaita.h>
#include "ms-import-task.h"

G_BEGIN_DECLS

#define MS_TYPE_IMPORT_PROGRESS (ms_import_progress_get_type ())
G_DECLARE_FINAL_TYPE (MsImportProgress, ms_import_progress, MS, IMPORT_PROGRESS, AdwBin)

GtkWidget *ms_import_progress_new (MsImportTask *task);
void       ms_import_progress_show (MsImportProgress *self);

G_END_DECLS
