/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an import is told to do, read from JSON and written back to it: the same before and after
 * the server was stopped. Every mistake in it is an error that names the JSON path.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "ms-csv.h"
#include "ms-import-fields.h"
#include "ms-service-private.h"

G_BEGIN_DECLS

typedef enum
{
  MS_IMPORT_SKIP_EXISTING,
  MS_IMPORT_UPDATE_EXISTING,
  MS_IMPORT_STOP_AT_EXISTING,
} MsImportExisting;

/**
 * MsImportSettings:
 * @mapping: (array length=n_mapping): a field, %MS_IMPORT_MORE or %MS_IMPORT_IGNORED for each
 * column
 * @paths: (array length=n_mapping): the attribute's, for %MS_IMPORT_MORE
 * @has_paths: whether there are any
 * @is_mapped: which fields have a column
 * @user_template, @mailbox_template, @group: (nullable): ids
 * @alias_separators: every character of it ends an address in a cell of several
 * @undo_guard: cells carry the apostrophe that the export puts before what a spreadsheet would run
 */
typedef struct
{
  MsCsvFormat      format;
  int             *mapping;
  char           **paths;
  gboolean         has_paths;
  guint            n_mapping;
  gboolean         is_mapped[MS_IMPORT_N_FIELDS];
  gboolean         create_users;
  char            *user_template;
  char            *mailbox_template;
  char            *group;
  gboolean         create_groups;
  MsImportExisting existing;
  gboolean         generate_passwords;
  char            *alias_separators;
  gboolean         undo_guard;
} MsImportSettings;

/* Overwrites what @json's member "format" (nullable) says of @format. */
gboolean    ms_import_parse_format (JsonObject  *json,
                                    MsCsvFormat *format,
                                    GError     **error) G_GNUC_WARN_UNUSED_RESULT;
JsonObject *ms_import_format_to_json (const MsCsvFormat *format);

/* The mapping of a file by its header: also to attributes that operators added.
 * (transfer full) (array length=n_columns) */
int *ms_import_settings_guess (const MsServiceTypes *types,
                               const char *const    *columns,
                               guint                 n_columns,
                               gboolean              has_header);
/* @types: (nullable): %NULL takes the paths of attributes as they are, for options that were
 * checked once. @json: (nullable): what was not said is as guessed from @columns, and otherwise
 * off. */
MsImportSettings *ms_import_settings_parse (const MsServiceTypes *types,
                                            JsonObject           *json,
                                            const MsCsvFormat    *format,
                                            const char *const    *columns,
                                            guint                 n_columns,
                                            GError              **error) G_GNUC_WARN_UNUSED_RESULT;
JsonObject       *ms_import_settings_to_json (const MsImportSettings *self);
/* @paths: (array length=n_mapping): for %MS_IMPORT_MORE */
JsonNode *ms_import_mapping_to_json (const int *mapping, const char *const *paths, guint n_mapping);
void      ms_import_settings_free (MsImportSettings *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsImportSettings, ms_import_settings_free)

G_END_DECLS
