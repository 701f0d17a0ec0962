/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading the uploaded file, over the CSV reader of core.
 */
#include "ms-import-file.h"

#include "ms-error.h"
#include "ms-import-fields.h"
#include "ms-import-settings.h"
#include "ms-text.h"

#include <stdio.h>
#include <string.h>

/* Also rejects of before are known by it, where one was "1 fields". */
#define WIDTH_REASON "The record has %u %15[fields] where the file has %u %15[columns]"
#define PREVIEW_RECORDS 20
/* What the preview shows of a cell, and of all of them, in bytes. */
#define PREVIEW_CELL 120
#define PREVIEW_BYTES (1024 * 1024)
#define MAX_NAMED 20

struct _MsImportFile
{
  MsCsvReader       *reader;
  const char *const *columns;
  guint              n_columns;
};

MsImportFile *
ms_import_file_new (GBytes *data, const MsCsvFormat *format, GError **error)
{
  gsize       length;
  const char *bytes = g_bytes_get_data (data, &length);
  g_autoptr (MsImportFile) self = g_new0 (MsImportFile, 1);

  if (length == 0)
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidValue", NULL, "The file is empty");
      return NULL;
    }
  self->reader = ms_csv_reader_new (bytes, length, format, &ms_csv_default_limits, error);
  if (self->reader == NULL)
    return NULL;
  self->columns = (const char *const *) ms_csv_reader_get_columns (self->reader);
  self->n_columns = self->columns != NULL ? g_strv_length ((char **) self->columns) : 0;
  return g_steal_pointer (&self);
}

void
ms_import_file_free (MsImportFile *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->reader, ms_csv_reader_free);
  g_free (self);
}

const char *const *
ms_import_file_get_columns (MsImportFile *self, guint *n_columns)
{
  *n_columns = self->n_columns;
  return self->columns;
}

gboolean
ms_import_file_next (MsImportFile *self, guint *line, char ***fields, GError **bad)
{
  g_autoptr (GError) error = NULL;

  *fields = ms_csv_reader_next (self->reader, line, &error);
  if (*fields != NULL)
    return TRUE;
  if (error == NULL)
    return FALSE;
  g_propagate_error (bad, g_steal_pointer (&error));
  return TRUE;
}

void
ms_import_file_rewind (MsImportFile *self)
{
  ms_csv_reader_rewind (self->reader);
}

gboolean
ms_import_file_check_width (MsImportFile *self, char **fields, GError **error)
{
  guint n = g_strv_length (fields);
  guint used = n;

  while (used > self->n_columns && *fields[used - 1] == '\0')
    used--;
  if (used == self->n_columns)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidSyntax",
                NULL,
                "The record has %u %s where the file has %u %s",
                n,
                n == 1 ? "field" : "fields",
                self->n_columns,
                self->n_columns == 1 ? "column" : "columns");
  return FALSE;
}

gboolean
ms_import_file_is_width_reason (const char *text)
{
  guint n_fields, n_columns;
  char  fields[16], columns[16];

  return sscanf (text, WIDTH_REASON, &n_fields, fields, &n_columns, columns) == 4;
}

/* What a cell looks like in a list: bounded, without control characters */
static char *
make_preview_cell (const char *cell)
{
  g_autofree char *start = ms_text_cut (cell, PREVIEW_CELL);

  return ms_text_printable (start);
}

/* @room: (inout): how many bytes there are for it; a wide file has fewer records there. */
static void
add_preview (JsonArray *preview, guint line, char **fields, gsize *room)
{
  gsize needed = 0;

  for (guint i = 0; fields[i] != NULL; i++)
    needed += MIN (strlen (fields[i]), PREVIEW_CELL) + 4;
  if (needed > *room)
    {
      *room = 0;
      return;
    }
  *room -= needed;
  JsonObject *record = json_object_new ();
  JsonArray  *cells = json_array_new ();

  for (guint i = 0; fields[i] != NULL; i++)
    {
      g_autofree char *cell = make_preview_cell (fields[i]);
      json_array_add_string_element (cells, cell);
    }
  json_object_set_int_member (record, "line", line);
  json_object_set_array_member (record, "fields", cells);
  json_array_add_object_element (preview, record);
}

/* (transfer full) (nullable): what whoever sent the file may not expect of a column. The one of
 * reasons that we added ourselves is none that somebody would miss. */
static char *
make_doubt (MsImportFile *self, guint column, int field)
{
  const char      *name = self->columns[column];
  g_autofree char *shown = make_preview_cell (name);

  if (field == MS_IMPORT_IGNORED
      && !(column + 1 == self->n_columns && strcmp (name, MS_IMPORT_ERROR_COLUMN) == 0))
    return g_strdup_printf ("Column %u (“%s”) is not used", column + 1, shown);
  if (field == MS_IMPORT_DISPLAY_NAME && ms_import_field_is_spelt (MS_IMPORT_DESCRIPTION, name))
    return g_strdup_printf ("Column %u (“%s”) is taken for the full name: map it to description if "
                            "it is about the user",
                            column + 1,
                            shown);
  return NULL;
}

/* Of many columns that are not used the first are named and the others counted. */
JsonArray *
ms_import_file_list_doubts (MsImportFile *self, const int *mapping)
{
  JsonArray *warnings = json_array_new ();
  guint      unused = 0;

  for (guint c = 0; c < self->n_columns; c++)
    {
      g_autofree char *doubt = make_doubt (self, c, mapping[c]);
      if (doubt != NULL && (mapping[c] != MS_IMPORT_IGNORED || ++unused <= MAX_NAMED))
        json_array_add_string_element (warnings, doubt);
    }
  if (unused > MAX_NAMED)
    {
      g_autofree char *more = g_strdup_printf (
          unused - MAX_NAMED == 1 ? "%u more column is not used" : "%u more columns are not used",
          unused - MAX_NAMED);
      json_array_add_string_element (warnings, more);
    }
  return warnings;
}

static JsonArray *
columns_to_json (MsImportFile *self)
{
  JsonArray *array = json_array_sized_new (self->n_columns);

  for (guint c = 0; c < self->n_columns; c++)
    {
      g_autofree char *name = make_preview_cell (self->columns[c]);
      json_array_add_string_element (array, name);
    }
  return array;
}

/* Counts all records and shows the first; leaves the file at its beginning. */
static gint64
count_records (MsImportFile *self, JsonArray *preview, gint64 *n_bad)
{
  gint64 n = 0;
  gsize  room = PREVIEW_BYTES;

  for (;;)
    {
      guint line = 0;
      g_auto (GStrv) fields = NULL;
      g_autoptr (GError) bad = NULL;

      if (!ms_import_file_next (self, &line, &fields, &bad))
        break;
      n++;
      if (fields == NULL || !ms_import_file_check_width (self, fields, NULL))
        (*n_bad)++;
      if (fields != NULL && json_array_get_length (preview) < PREVIEW_RECORDS)
        add_preview (preview, line, fields, &room);
    }
  ms_import_file_rewind (self);
  return n;
}

/* Of a first row that may be a header that was not seen as one: it would make people. */
static void
warn_of_names (JsonArray *preview, JsonArray *warnings)
{
  JsonObject *first
      = json_array_get_length (preview) > 0 ? json_array_get_object_element (preview, 0) : NULL;
  JsonArray *fields = first != NULL ? json_object_get_array_member (first, "fields") : NULL;

  for (guint i = 0; fields != NULL && i < json_array_get_length (fields); i++)
    {
      const char *field = json_array_get_string_element (fields, i);
      if (!ms_csv_is_column_name (field))
        continue;
      g_autofree char *text
          = g_strdup_printf ("Line %" G_GINT64_FORMAT
                             " is taken for a row, though “%s” may be the name of a column: if it "
                             "holds the names, say so (format.header)",
                             json_object_get_int_member (first, "line"),
                             field);
      json_array_add_string_element (warnings, text);
      return;
    }
}

JsonObject *
ms_import_file_describe (MsImportFile         *self,
                         const MsServiceTypes *types,
                         const MsCsvFormat    *format,
                         GError              **error)
{
  g_autoptr (JsonObject) json = json_object_new ();
  g_autofree int *mapping
      = ms_import_settings_guess (types, self->columns, self->n_columns, format->has_header);
  JsonArray *preview = json_array_new ();
  JsonArray *warnings = ms_import_file_list_doubts (self, mapping);
  gint64     n_bad = 0;
  gint64     records = count_records (self, preview, &n_bad);

  json_object_set_object_member (json, "format", ms_import_format_to_json (format));
  json_object_set_array_member (json, "columns", columns_to_json (self));
  json_object_set_int_member (json, "records", records);
  json_object_set_array_member (json, "preview", preview);
  json_object_set_member (
      json, "mapping", ms_import_mapping_to_json (mapping, self->columns, self->n_columns));
  json_object_set_array_member (json, "warnings", warnings);
  if (!format->has_header)
    warn_of_names (preview, warnings);
  if (n_bad > 0)
    {
      g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                                               " records cannot be read or have "
                                               "another number of fields than the file has columns",
                                               n_bad,
                                               records);
      json_array_add_string_element (warnings, text);
    }
  if (records == 0)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    NULL,
                    format->has_header ? "The file has a header line and no record"
                                       : "The file has no record");
      return NULL;
    }
  return g_steal_pointer (&json);
}
