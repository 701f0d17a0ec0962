/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The uploaded file of an import: its columns, its records with the line each began on, and what is
 * shown of it before anything is decided. A record that cannot be read is a record too: it is
 * counted and refused.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "ms-csv.h"
#include "ms-service-private.h"

G_BEGIN_DECLS

typedef struct _MsImportFile MsImportFile;

MsImportFile *ms_import_file_new (GBytes            *data,
                                  const MsCsvFormat *format,
                                  GError           **error) G_GNUC_WARN_UNUSED_RESULT;
void          ms_import_file_free (MsImportFile *self);

const char *const *ms_import_file_get_columns (MsImportFile *self, guint *n_columns);
/* %FALSE at the end. @fields: (out) (transfer full) (nullable): %NULL where the record is @bad */
gboolean ms_import_file_next (MsImportFile *self, guint *line, char ***fields, GError **bad);
void     ms_import_file_rewind (MsImportFile *self);
/* Why the record cannot be mapped; cells beyond the last column may be there when they are empty.
 */
gboolean ms_import_file_check_width (MsImportFile *self, char **fields, GError **error);
/* Whether @text is a reason that the above once gave. */
gboolean ms_import_file_is_width_reason (const char *text);

/* Warnings about columns: that nothing is taken from one, or something else than its name says.
 * @mapping: one entry for each. (transfer full) */
JsonArray *ms_import_file_list_doubts (MsImportFile *self, const int *mapping);

/* {"format", "columns", "records", "preview", "mapping", "warnings"}: what an upload is answered
 * with. Fails where the file has no record at all. */
JsonObject *ms_import_file_describe (MsImportFile         *self,
                                     const MsServiceTypes *types,
                                     const MsCsvFormat    *format,
                                     GError              **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsImportFile, ms_import_file_free)

G_END_DECLS
