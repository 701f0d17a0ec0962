/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rows of a rehearsal or run as a windowed list: what becomes of each line of the file.
 */
#pragma once

#include "ms-connection.h"
#include "ms-import-row-item.h"

G_BEGIN_DECLS

#define MS_TYPE_IMPORT_ROWS (ms_import_rows_get_type ())
G_DECLARE_FINAL_TYPE (MsImportRows, ms_import_rows, MS, IMPORT_ROWS, GObject)

/* A GListModel of MsImportRowItem. Empty until ms_import_rows_show(). */
MsImportRows *ms_import_rows_new (MsConnection *connection);
/* @id: (nullable): of the import; %NULL empties the list. @status: (nullable): only such rows. */
void ms_import_rows_show (MsImportRows *self, const char *id, const char *status);

G_END_DECLS
