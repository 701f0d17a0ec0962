/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The file of an import on this side of the wire: read once, looked at, previewed. The server reads
 * all of it again.
 */
#pragma once

#include <gio/gio.h>
#include "ms-csv.h"

G_BEGIN_DECLS

#define MS_TYPE_IMPORT_SOURCE (ms_import_source_get_type ())
G_DECLARE_FINAL_TYPE (MsImportSource, ms_import_source, MS, IMPORT_SOURCE, GObject)

/* Signal "changed": another file, another format, or an error. */
MsImportSource *ms_import_source_new (void);
/* Reads @file; what was there before is forgotten. */
void ms_import_source_set_file (MsImportSource *self, GFile *file);
/* (nullable) */
GFile   *ms_import_source_get_file (MsImportSource *self);
gboolean ms_import_source_is_loading (MsImportSource *self);
/* (nullable): why it cannot be used; names the line where there is one */
const GError *ms_import_source_get_error (MsImportSource *self);
/* (nullable): the whole file, once it was read */
GBytes            *ms_import_source_get_data (MsImportSource *self);
const MsCsvFormat *ms_import_source_get_format (MsImportSource *self);
void               ms_import_source_set_format (MsImportSource *self, const MsCsvFormat *format);
/* (nullable): names of the columns, or "1", "2", … */
const char *const *ms_import_source_get_columns (MsImportSource *self);
/* (element-type GStrv): the first records */
GPtrArray *ms_import_source_get_preview (MsImportSource *self);

G_END_DECLS
