/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsImportSource: nothing here blocks: the file is read asynchronously, and only its first part is
 * parsed. A record that the cut goes through is not shown.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <string.h>
#include "ms-error.h"
#include "ms-import-source.h"

#define PREVIEW_BYTES (64 * 1024)
#define PREVIEW_RECORDS 50

struct _MsImportSource
{
  GObject parent_instance;

  /* Owned */
  GCancellable *cancellable;
  GFile        *file;
  GBytes       *data;
  GError       *error;
  char        **columns;
  GPtrArray    *preview;

  MsCsvFormat format;
  gboolean    loading;
};

G_DEFINE_FINAL_TYPE (MsImportSource, ms_import_source, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
changed (MsImportSource *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
fail (MsImportSource *self, GError *error)
{
  self->loading = FALSE;
  g_clear_error (&self->error);
  self->error = error;
  changed (self);
}

static gboolean
is_line_end (const char *at, gsize width)
{
  return width == 1 ? *at == '\n'
                    : (at[0] == '\n' && at[1] == '\0') || (at[0] == '\0' && at[1] == '\n');
}

/* Where to cut a file that is longer than @wanted: behind a line's end, in the bytes of its
 * encoding. */
static gsize
find_cut (const char *data, gsize size, gsize wanted, const MsCsvFormat *format)
{
  gsize width = g_str_has_prefix (format->encoding, "UTF-16") ? 2 : 1;
  gsize length = wanted;

  if (size <= wanted)
    return size;
  while (length > 0 && !is_line_end (data + length - width, width))
    length -= width;
  return length > 0 ? length : wanted;
}

/* The columns and first records of @length bytes */
static void
parse_part (MsImportSource *self, const char *data, gsize length, GError **error)
{
  g_autoptr (MsCsvReader) reader
             = ms_csv_reader_new (data, length, &self->format, &ms_csv_default_limits, error);
  char **record;
  guint  line = 0;

  g_clear_pointer (&self->columns, g_strfreev);
  g_ptr_array_set_size (self->preview, 0);
  if (reader == NULL)
    return;
  self->columns = g_strdupv ((char **) ms_csv_reader_get_columns (reader));
  while (self->preview->len < PREVIEW_RECORDS
         && (record = ms_csv_reader_next (reader, &line, error)) != NULL)
    g_ptr_array_add (self->preview, record);
}

/* The header or the first record may be longer than what is looked at: then at more. */
static void
parse_preview (MsImportSource *self)
{
  gsize       size = 0;
  const char *data = g_bytes_get_data (self->data, &size);

  g_clear_error (&self->error);
  for (gsize wanted = PREVIEW_BYTES;; wanted *= 8)
    {
      gsize cut = find_cut (data, size, wanted, &self->format);
      g_autoptr (GError) error = NULL;

      parse_part (self, data, cut, &error);
      if (cut == size)
        self->error = g_steal_pointer (&error);
      /* The record at the cut may be half of one */
      else if (self->preview->len == 0)
        continue;
      break;
    }
  if (self->preview->len == 0 && self->error == NULL)
    g_set_error_literal (
        &self->error, MS_ERROR, MS_ERROR_INVALID, _("There is no record in this file"));
}

static void
on_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  char           *contents = NULL;
  gsize           length = 0;
  MsImportSource *self;

  (void) g_file_load_contents_finish (G_FILE (source), result, &contents, &length, NULL, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  if (contents == NULL)
    {
      fail (self, g_steal_pointer (&error));
      return;
    }

  self->data = g_bytes_new_take (contents, length);
  self->loading = FALSE;
  if (length == 0)
    g_set_error_literal (&self->error, MS_ERROR, MS_ERROR_INVALID, _("The file is empty"));
  else if (ms_csv_detect (contents, length, &self->format, &self->error))
    parse_preview (self);
  changed (self);
}

static void
on_info_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, &error);
  MsImportSource *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  if (info == NULL)
    {
      fail (self, g_steal_pointer (&error));
      return;
    }
  if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
    {
      fail (self,
            g_error_new_literal (
                MS_ERROR, MS_ERROR_INVALID, _("This is a folder; choose a file in it")));
      return;
    }
  if (g_file_info_get_size (info) > (goffset) ms_csv_default_limits.max_file)
    {
      g_autofree char *limit = g_format_size (ms_csv_default_limits.max_file);

      fail (self,
            g_error_new (
                MS_ERROR, MS_ERROR_LIMIT, _("The file is larger than %s; split it"), limit));
      return;
    }

  g_file_load_contents_async (G_FILE (source), self->cancellable, on_loaded_cb, self);
}

static void
forget (MsImportSource *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->file);
  g_clear_pointer (&self->data, g_bytes_unref);
  g_clear_error (&self->error);
  g_clear_pointer (&self->columns, g_strfreev);
  g_ptr_array_set_size (self->preview, 0);
}

static void
ms_import_source_finalize (GObject *object)
{
  MsImportSource *self = MS_IMPORT_SOURCE (object);

  forget (self);
  g_ptr_array_unref (self->preview);

  G_OBJECT_CLASS (ms_import_source_parent_class)->finalize (object);
}

static void
ms_import_source_class_init (MsImportSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ms_import_source_finalize;

  signals[CHANGED] = g_signal_new (
      "changed", MS_TYPE_IMPORT_SOURCE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_import_source_init (MsImportSource *self)
{
  self->preview = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  self->format = (MsCsvFormat){ "UTF-8", ',', '"', TRUE };
}

MsImportSource *
ms_import_source_new (void)
{
  return g_object_new (MS_TYPE_IMPORT_SOURCE, NULL);
}

void
ms_import_source_set_file (MsImportSource *self, GFile *file)
{
  g_return_if_fail (MS_IS_IMPORT_SOURCE (self));
  g_return_if_fail (G_IS_FILE (file));

  forget (self);
  self->file = g_object_ref (file);
  self->cancellable = g_cancellable_new ();
  self->loading = TRUE;
  g_file_query_info_async (file,
                           G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_STANDARD_TYPE,
                           G_FILE_QUERY_INFO_NONE,
                           G_PRIORITY_DEFAULT,
                           self->cancellable,
                           on_info_cb,
                           self);
  changed (self);
}

GFile *
ms_import_source_get_file (MsImportSource *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_SOURCE (self), NULL);

  return self->file;
}

gboolean
ms_import_source_is_loading (MsImportSource *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_SOURCE (self), FALSE);

  return self->loading;
}

const GError *
ms_import_source_get_error (MsImportSource *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_SOURCE (self), NULL);

  return self->error;
}

GBytes *
ms_import_source_get_data (MsImportSource *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_SOURCE (self), NULL);

  return self->data;
}

const MsCsvFormat *
ms_import_source_get_format (MsImportSource *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_SOURCE (self), NULL);

  return &self->format;
}

void
ms_import_source_set_format (MsImportSource *self, const MsCsvFormat *format)
{
  g_return_if_fail (MS_IS_IMPORT_SOURCE (self));
  g_return_if_fail (format != NULL);

  self->format = *format;
  if (self->data != NULL)
    parse_preview (self);
  changed (self);
}

const char *const *
ms_import_source_get_columns (MsImportSource *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_SOURCE (self), NULL);

  return (const char *const *) self->columns;
}

GPtrArray *
ms_import_source_get_preview (MsImportSource *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_SOURCE (self), NULL);

  return self->preview;
}
