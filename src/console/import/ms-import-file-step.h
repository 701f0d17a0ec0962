/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * First step of the import: the file, how it is read, and its first records.
 */
#pragma once

#include <adwaita.h>
#include "ms-import-source.h"

G_BEGIN_DECLS

#define MS_TYPE_IMPORT_FILE_STEP (ms_import_file_step_get_type ())
G_DECLARE_FINAL_TYPE (MsImportFileStep, ms_import_file_step, MS, IMPORT_FILE_STEP, AdwBin)

GtkWidget *ms_import_file_step_new (MsImportSource *source);

G_END_DECLS
