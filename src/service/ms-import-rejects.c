/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Walks through the file and the reports of refused rows side by side; both are in the order of
 * lines.
 */
#include "ms-import-rejects.h"

#include <string.h>

#include "ms-error.h"
#include "ms-import-file.h"
#include "ms-import-keys.h"
#include "ms-json.h"

#define PAGE 500

/* The refused rows of an import, one after the other */
typedef struct
{
  MsTxn      *txn;
  const char *id;
  GPtrArray  *page;
  guint       index;
  gint64      start;
} Reports;

static const MsJsonLimits report_limits = { 4 * 1024 * 1024, 8, 1024 * 1024, 10000 };

static void
reports_clear (Reports *self)
{
  g_clear_pointer (&self->page, g_ptr_array_unref);
}

/* @reason: (out) (transfer full) (nullable): %NULL at the end */
static gboolean
reports_next (Reports *self, gint64 *line, char **reason, GError **error)
{
  *reason = NULL;
  if (self->page == NULL || (self->index >= self->page->len && self->page->len == PAGE))
    {
      gint64 total;
      g_clear_pointer (&self->page, g_ptr_array_unref);
      self->page = ms_txn_list_import_rows (
          self->txn, self->id, "refuse", self->start, PAGE, &total, error);
      if (self->page == NULL)
        return FALSE;
      self->start += self->page->len;
      self->index = 0;
    }
  if (self->index >= self->page->len)
    return TRUE;
  g_autoptr (JsonNode) node
             = ms_json_parse (self->page->pdata[self->index++], -1, &report_limits, error);
  if (node == NULL)
    return FALSE;
  JsonObject *report = json_node_get_object (node);
  const char *field = json_object_get_string_member_with_default (report, "field", NULL);
  const char *text = json_object_get_string_member_with_default (report, "reason", "refused");
  *line = json_object_get_int_member (report, "line");
  *reason = field != NULL ? g_strdup_printf ("%s: %s", field, text) : g_strdup (text);
  return TRUE;
}

/* The header it came with, or for a file without one the fields it was mapped to */
static void
append_header (const MsImportSettings *options,
               const char *const      *columns,
               guint                   n_columns,
               GString                *out)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);

  for (guint c = 0; c < n_columns; c++)
    if (options->format.has_header)
      g_ptr_array_add (cells,
                       options->undo_guard ? ms_csv_unguard (columns[c]) : g_strdup (columns[c]));
    else if (options->mapping[c] == MS_IMPORT_MORE)
      g_ptr_array_add (cells, g_strdup (options->paths[c]));
    else if (options->mapping[c] != MS_IMPORT_IGNORED)
      g_ptr_array_add (cells, g_strdup (ms_import_field_get_name (options->mapping[c])));
    else
      g_ptr_array_add (cells, g_strdup_printf ("column %u", c + 1));
  if (n_columns == 0 || !options->format.has_header
      || strcmp (columns[n_columns - 1], MS_IMPORT_ERROR_COLUMN) != 0)
    g_ptr_array_add (cells, g_strdup (MS_IMPORT_ERROR_COLUMN));
  g_ptr_array_add (cells, NULL);
  ms_csv_append_record (out, (const char *const *) cells->pdata, options->format.delimiter);
}

/* A file that is itself one of rejects keeps one column of reasons. */
static guint
count_data_columns (const MsImportSettings *options, const char *const *columns, guint n_columns)
{
  gboolean has_errors = n_columns > 0 && options->format.has_header
                        && strcmp (columns[n_columns - 1], MS_IMPORT_ERROR_COLUMN) == 0;

  return has_errors ? n_columns - 1 : n_columns;
}

/* How many cells go before the reason: all columns, but the fields as they were of a record with
 * too many or too few, so that it does not fit when it comes back unmended. Its reason of the last
 * time is no field. */
static guint
count_cells (MsImportFile *file, char **fields, guint n_data)
{
  if (fields == NULL || ms_import_file_check_width (file, fields, NULL))
    return n_data;
  guint n = g_strv_length (fields);
  return n > 1 && ms_import_file_is_width_reason (fields[n - 1]) ? n - 1 : n;
}

static void
append_reject (
    const MsImportSettings *options, guint n_cells, char **fields, const char *reason, GString *out)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);
  guint n = fields != NULL ? g_strv_length (fields) : 0;

  for (guint c = 0; c < n_cells; c++)
    if (c >= n)
      g_ptr_array_add (cells, g_strdup (""));
    else
      g_ptr_array_add (cells,
                       options->undo_guard ? ms_csv_unguard (fields[c]) : g_strdup (fields[c]));
  g_ptr_array_add (cells, g_strdup (reason));
  g_ptr_array_add (cells, NULL);
  ms_csv_append_record (out, (const char *const *) cells->pdata, options->format.delimiter);
}

static gboolean
append_records (MsTxn                  *txn,
                MsImport               *import,
                const MsImportSettings *options,
                MsImportFile           *file,
                GString                *out,
                GError                **error)
{
  Reports            reports = { .txn = txn, .id = import->record->id };
  guint              n_columns;
  const char *const *columns = ms_import_file_get_columns (file, &n_columns);
  guint              n_data = count_data_columns (options, columns, n_columns);
  g_autofree char   *reason = NULL;
  gint64             refused = 0;
  gboolean           good = reports_next (&reports, &refused, &reason, error);

  append_header (options, columns, n_columns, out);
  while (good && reason != NULL)
    {
      guint line = 0;
      g_auto (GStrv) fields = NULL;
      g_autoptr (GError) bad = NULL;

      if (!ms_import_file_next (file, &line, &fields, &bad))
        break;
      if (line != refused)
        continue;
      append_reject (options, count_cells (file, fields, n_data), fields, reason, out);
      g_clear_pointer (&reason, g_free);
      good = reports_next (&reports, &refused, &reason, error);
    }
  reports_clear (&reports);
  return good;
}

gboolean
ms_import_append_rejects (MsTxn *txn, MsImport *import, GString *out, GError **error)
{
  MsCsvFormat format;
  guint       n_columns;
  gsize       length;

  if (import->is_reduced)
    {
      g_autoptr (GBytes) rejects = ms_import_open_file (import, error);
      if (rejects == NULL)
        return FALSE;
      const char *text = g_bytes_get_data (rejects, &length);
      g_string_append_len (out, text, (gssize) length);
      return TRUE;
    }
  ms_import_get_format (import, &format);
  if (import->options == NULL)
    {
      ms_error_set (
          error, MS_ERROR_CONFLICT, NULL, NULL, "The import has been neither rehearsed nor run");
      return FALSE;
    }
  if (!ms_import_parse_format (
          json_object_get_object_member (import->options, "format"), &format, error))
    return FALSE;
  g_autoptr (GBytes) data = ms_import_open_file (import, error);
  g_autoptr (MsImportFile) file = data != NULL ? ms_import_file_new (data, &format, error) : NULL;
  if (file == NULL)
    return FALSE;
  const char *const *columns = ms_import_file_get_columns (file, &n_columns);
  g_autoptr (MsImportSettings) options
             = ms_import_settings_parse (NULL, import->options, &format, columns, n_columns, error);
  return options != NULL && append_records (txn, import, options, file, out, error);
}

typedef struct
{
  MsImport *import;
  GString  *rejects;
} ReduceWork;

static gboolean
read_rejects (MsTxn *txn, gpointer user_data, GError **error)
{
  ReduceWork *work = user_data;
  g_autoptr (MsImportRecord) stored
             = ms_txn_get_import (txn, work->import->record->id, TRUE, error);

  if (stored == NULL)
    return FALSE;
  work->import->record->data = stored->data != NULL ? g_bytes_ref (stored->data) : NULL;
  gboolean read = ms_import_append_rejects (txn, work->import, work->rejects, error);
  g_clear_pointer (&work->import->record->data, g_bytes_unref);
  return read;
}

gboolean
ms_import_reduce (MsService *service, MsImport *import, GError **error)
{
  g_autoptr (GString) rejects = g_string_new (NULL);
  ReduceWork work = { import, rejects };

  if (!ms_import_keys_read (service, error)
      || !ms_store_read (service->store, read_rejects, &work, NULL, error))
    return FALSE;
  g_autoptr (GBytes) kept = g_bytes_new (rejects->str, rejects->len);
  import->is_reduced = ms_import_set_file (import, kept, error);
  return import->is_reduced;
}
