/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Working through one import, chunk by chunk.
 */
#pragma once

#include "ms-import.h"
#include "ms-import-manager.h"

G_BEGIN_DECLS

/* Works on the import until it is done, cancelled or failed, or the server ends; says how it goes
 * by events. On the manager's thread. */
void ms_import_run (MsImportManager *manager, MsService *service, const char *id);

/* Sends an import event. */
void ms_import_announce (MsService *service, MsImport *import, guint passwords);

G_END_DECLS
