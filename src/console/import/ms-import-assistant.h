/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The window of the import; others use ms_import_present().
 */
#pragma once

#include "ms-assistant.h"
#include "ms-connection.h"
#include "ms-form.h"
#include "ms-import-fields-step.h"
#include "ms-import-rehearsal-step.h"
#include "ms-import-result.h"
#include "ms-import-source.h"
#include "ms-import-task.h"

G_BEGIN_DECLS

#define MS_TYPE_IMPORT_ASSISTANT (ms_import_assistant_get_type ())
G_DECLARE_FINAL_TYPE (MsImportAssistant, ms_import_assistant, MS, IMPORT_ASSISTANT, MsAssistant)

GtkWidget             *ms_import_assistant_new (GtkWindow    *parent,
                                                MsConnection *connection,
                                                GFile        *file,
                                                MsResource   *group);
MsImportSource        *ms_import_assistant_get_source (MsImportAssistant *self);
MsImportTask          *ms_import_assistant_get_task (MsImportAssistant *self);
MsImportFieldsStep    *ms_import_assistant_get_fields (MsImportAssistant *self);
MsForm                *ms_import_assistant_get_options (MsImportAssistant *self);
MsImportRehearsalStep *ms_import_assistant_get_rehearsal (MsImportAssistant *self);
MsImportResult        *ms_import_assistant_get_result (MsImportAssistant *self);

G_END_DECLS
