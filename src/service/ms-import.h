/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One import as it is known while somebody looks at it or works on it: the stored record with its
 * two JSON texts taken apart. What it must keep true: ms_import_save() followed by ms_import_load()
 * is the same import.
 */
#pragma once

#include "ms-import-seal.h"
#include "ms-import-settings.h"
#include "ms-import-row.h"
#include "ms-service-private.h"
#include "ms-txn.h"

G_BEGIN_DECLS

typedef enum
{
  MS_IMPORT_CREATED,
  MS_IMPORT_UPDATED,
  MS_IMPORT_SKIPPED,
  MS_IMPORT_REFUSED,
  MS_IMPORT_N_COUNTS,
} MsImportCount;

/**
 * MsImport:
 * @upload: what the upload was answered with: format, columns, records, mapping, and until it is
 * done the preview
 * @options: (nullable): of the last rehearsal or run
 * @doubts: (nullable): warnings about columns, by the mapping of @options; there where these are
 * @reason: (nullable): that whoever started it gave
 * @total, @done: records
 * @generated: passwords made; the passwords themselves are not here
 * @seal: what its file and preview are encrypted with in the store
 * @sealed_preview: (nullable): as the store has it, until it changes
 * @warnings: (element-type utf8): of the last rehearsal or run
 * @was_run: the last time it was started, it was run and not rehearsed
 * @had_passwords: the store has a preview of it with more than is to be shown
 * @is_reduced: of the file only its rejects are left, with their reasons
 * @error: (nullable): why it failed: {"status", "detail", "path", "line"}
 */
typedef struct
{
  MsImportRecord *record;
  MsImportSeal   *seal; /* borrowed */
  JsonObject     *upload;
  char           *sealed_preview;
  JsonObject     *options;
  JsonArray      *doubts;
  char           *reason;
  gint64          total;
  gint64          done;
  gint64          counts[MS_IMPORT_N_COUNTS];
  gint64          groups;
  gint64          generated;
  gboolean        was_run;
  gboolean        had_passwords;
  gboolean        is_reduced;
  GPtrArray      *warnings;
  JsonObject     *error;
} MsImport;

/* @upload: (transfer full) */
MsImport *ms_import_new (MsImportSeal  *seal,
                         const MsActor *actor,
                         const char    *name,
                         GBytes        *data,
                         JsonObject    *upload,
                         GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Without the preview where @seal is not one that it was encrypted for. @record: (transfer full) */
MsImport *ms_import_load (MsImportSeal   *seal,
                          MsImportRecord *record,
                          GError        **error) G_GNUC_WARN_UNUSED_RESULT;
void      ms_import_free (MsImport *self);
/* Writes its JSON texts into its record, ready for ms_txn_put_import(). */
void ms_import_save (MsImport *self);
/* Puts a file into its record, encrypted. */
gboolean
ms_import_set_file (MsImport *self, GBytes *plain, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The file in its record, which must have been read with it; also as an earlier version kept it, in
 * the clear. (transfer full) (nullable): error */
GBytes *ms_import_open_file (MsImport *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

void     ms_import_set_state (MsImport *self, const char *state);
gboolean ms_import_is_in (MsImport *self, const char *state);
/* "rehearsing" or "running" */
gboolean ms_import_is_under_way (MsImport *self);
/* Forgets what the last rehearsal or run came to. */
void ms_import_reset (MsImport *self);
/* Once. */
void ms_import_add_warning (MsImport *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* State "failed". @line: where in the file, or 0 */
void ms_import_fail (MsImport *self, const GError *error, gint64 line);
void ms_import_get_format (MsImport *self, MsCsvFormat *format);

/**
 * MsImportExtent: how much is told of an import
 * @MS_IMPORT_STATE: what changes while it goes on; for events, of which there are many
 * @MS_IMPORT_FILE: also what the file looks like
 * @MS_IMPORT_WHOLE: also its preview and the options
 */
typedef enum
{
  MS_IMPORT_STATE,
  MS_IMPORT_FILE,
  MS_IMPORT_WHOLE,
} MsImportExtent;
/* As in docs/api.md. @passwords: how many can still be handed out */
void ms_import_append_json (MsImport *self, guint passwords, MsImportExtent extent, GString *out);

const char *ms_import_count_get_name (MsImportCount count);

/* The report on one row. @status %MS_IMPORT_REFUSED takes field and reason from the row's problem.
 * @field, @reason: (nullable). @changes: (nullable) (transfer none). (transfer full) */
/* @generated: the user was made with the password that was generated for the row */
char *ms_import_make_report (const MsImportRow *row,
                             gboolean           generated,
                             MsImportCount      status,
                             const char        *field,
                             const char        *reason,
                             JsonArray         *changes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsImport, ms_import_free)

G_END_DECLS
