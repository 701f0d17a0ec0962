/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Second step of the import: which column is what.
 */
#pragma once

#include <adwaita.h>
#include <json-glib/json-glib.h>
#include "ms-import-source.h"

G_BEGIN_DECLS

#define MS_TYPE_IMPORT_FIELDS_STEP (ms_import_fields_step_get_type ())
G_DECLARE_FINAL_TYPE (MsImportFieldsStep, ms_import_fields_step, MS, IMPORT_FIELDS_STEP, AdwBin)

/* Signal "changed". */
GtkWidget *ms_import_fields_step_new (void);
/* Shows the columns of @source. @guess: (nullable): the server's mapping, where it read the file
 * the same way. What a person chose stays while the columns stay. */
void
ms_import_fields_step_show (MsImportFieldsStep *self, MsImportSource *source, JsonArray *guess);
/* Names of fields, null = ignored. (transfer full) */
JsonArray *ms_import_fields_step_dup_mapping (MsImportFieldsStep *self);
/* @reason: (out) (transfer none): what is missing or double */
gboolean ms_import_fields_step_is_complete (MsImportFieldsStep *self, const char **reason);
gboolean ms_import_fields_step_has (MsImportFieldsStep *self, const char *field);

G_END_DECLS
