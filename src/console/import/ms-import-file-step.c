/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsImportFileStep: path entry, chooser and drop all end in the source; the controls show the
 * format it detected and change it; the grid is drawn anew from what the source then makes of the
 * file.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-dialog.h"
#include "ms-file-picker.h"
#include "ms-import-columns.h"
#include "ms-import-file-step.h"
#include "ms-text.h"

#define SHOWN_COLUMNS 24
#define SHOWN_RECORDS 20
#define SHOWN_BYTES 400

struct _MsImportFileStep
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *delimiter;
  GtkWidget *encoding;
  GtkWidget *format;
  GtkWidget *grid;
  GtkWidget *header;
  GtkWidget *message;
  GtkWidget *path;
  GtkWidget *quote;
  GtkWidget *stack;

  /* Owned */
  MsImportSource *source;
  GCancellable   *cancellable;

  gboolean showing;
};

G_DEFINE_FINAL_TYPE (MsImportFileStep, ms_import_file_step, ADW_TYPE_BIN)

static void
clear_grid (MsImportFileStep *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->grid)) != NULL)
    gtk_grid_remove (GTK_GRID (self->grid), child);
}

static void
add_cell (MsImportFileStep *self, const char *text, guint column, guint row, gboolean heading)
{
  g_autofree char *start = ms_text_cut (text, SHOWN_BYTES);
  g_autofree char *printable = ms_text_printable (start);
  GtkWidget       *label = gtk_label_new (printable);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_single_line_mode (GTK_LABEL (label), TRUE);
  gtk_label_set_width_chars (GTK_LABEL (label), (int) CLAMP (g_utf8_strlen (printable, -1), 3, 18));
  gtk_label_set_max_width_chars (GTK_LABEL (label), 24);
  gtk_widget_set_tooltip_text (label, printable);
  gtk_widget_add_css_class (label, heading ? "heading" : "caption");
  gtk_grid_attach (GTK_GRID (self->grid), label, (int) column, (int) row, 1, 1);
}

static void
show_preview (MsImportFileStep *self)
{
  const char *const *columns = ms_import_source_get_columns (self->source);
  GPtrArray         *preview = ms_import_source_get_preview (self->source);
  gboolean           named = ms_import_source_get_format (self->source)->has_header;

  clear_grid (self);
  for (guint c = 0; columns != NULL && columns[c] != NULL && c < SHOWN_COLUMNS; c++)
    {
      /* Translators: %s is the number of a column that has no name */
      g_autofree char *title
          = named ? g_strdup (columns[c]) : g_strdup_printf (_("Column %s"), columns[c]);

      add_cell (self, title, c, 0, TRUE);
    }
  for (guint r = 0; r < preview->len && r < SHOWN_RECORDS; r++)
    {
      char **record = preview->pdata[r];

      for (guint c = 0; record[c] != NULL && c < SHOWN_COLUMNS; c++)
        add_cell (self, record[c], c, r + 1, FALSE);
    }
}

static guint
find_encoding (const char *encoding)
{
  for (guint i = 0; ms_import_encodings[i] != NULL; i++)
    if (g_ascii_strcasecmp (ms_import_encodings[i], encoding) == 0)
      return i;

  return 0;
}

static void
show_format (MsImportFileStep *self)
{
  const MsCsvFormat *format = ms_import_source_get_format (self->source);
  const char        *delimiter = strchr (ms_import_delimiters, format->delimiter);
  guint              quote = format->quote == '"' ? 0 : format->quote == '\'' ? 1 : 2;

  self->showing = TRUE;
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->encoding), find_encoding (format->encoding));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->delimiter),
                              delimiter != NULL ? (guint) (delimiter - ms_import_delimiters) : 0);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->quote), quote);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->header), format->has_header);
  self->showing = FALSE;
}

static void
on_source_changed_cb (MsImportFileStep *self)
{
  const GError    *error = ms_import_source_get_error (self->source);
  GFile           *file = ms_import_source_get_file (self->source);
  g_autofree char *name = file != NULL ? g_file_get_parse_name (file) : NULL;

  self->showing = TRUE;
  if (name != NULL && g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (self->path)), name) != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->path), name);
  self->showing = FALSE;

  gtk_widget_set_visible (self->format, ms_import_source_get_data (self->source) != NULL);
  show_format (self);
  if (ms_import_source_is_loading (self->source))
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "loading");
  else if (error != NULL)
    {
      gtk_label_set_text (GTK_LABEL (self->message), error->message);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "message");
    }
  else if (file == NULL)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "empty");
  else
    {
      show_preview (self);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "preview");
    }
}

static void
on_format_changed_cb (MsImportFileStep *self)
{
  static const char quotes[] = { '"', '\'', '\0' };
  MsCsvFormat       format;
  guint             encoding, delimiter, quote;

  if (self->showing || self->source == NULL)
    return;

  encoding = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->encoding));
  delimiter = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->delimiter));
  quote = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->quote));
  if (encoding == GTK_INVALID_LIST_POSITION || delimiter == GTK_INVALID_LIST_POSITION
      || quote >= G_N_ELEMENTS (quotes))
    return;

  format.encoding = ms_import_encodings[encoding];
  format.delimiter = ms_import_delimiters[delimiter];
  format.quote = quotes[quote];
  format.has_header = gtk_check_button_get_active (GTK_CHECK_BUTTON (self->header));
  ms_import_source_set_format (self->source, &format);
}

static void
on_path_apply_cb (MsImportFileStep *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->path));
  g_autoptr (GFile) file = NULL;

  if (self->showing || text[0] == '\0')
    return;

  file = g_file_parse_name (text);
  ms_import_source_set_file (self->source, file);
}

static void
on_picked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsImportFileStep) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = ms_file_picker_finish (result, &error);

  if (file != NULL && self->source != NULL)
    ms_import_source_set_file (self->source, file);
  else if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
           && self->source != NULL)
    {
      GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

      if (MS_IS_DIALOG (root))
        ms_dialog_show_error (MS_DIALOG (root), error);
    }
}

static void
on_choose_cb (MsImportFileStep *self)
{
  static const char *const patterns[] = { "*.csv", "*.tsv", "*.txt", NULL };

  ms_file_picker_open_async (
      GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
      _("File to Import"),
         _("Tables as text"), patterns, self->cancellable, on_picked_cb, g_object_ref (self));
}

static gboolean
on_drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, MsImportFileStep *self)
{
  GSList *files;

  if (!G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    return FALSE;

  files = g_value_get_boxed (value);
  if (files == NULL)
    return FALSE;

  ms_import_source_set_file (self->source, files->data);

  return TRUE;
}

static void
ms_import_file_step_dispose (GObject *object)
{
  MsImportFileStep *self = MS_IMPORT_FILE_STEP (object);

  g_cancellable_cancel (self->cancellable);
  gtk_widget_dispose_template (GTK_WIDGET (self), MS_TYPE_IMPORT_FILE_STEP);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->source);

  G_OBJECT_CLASS (ms_import_file_step_parent_class)->dispose (object);
}

static void
ms_import_file_step_class_init (MsImportFileStepClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_import_file_step_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/import/ms-import-file-step.ui");
  gtk_widget_class_bind_template_child (widget_class, MsImportFileStep, delimiter);
  gtk_widget_class_bind_template_child (widget_class, MsImportFileStep, encoding);
  gtk_widget_class_bind_template_child (widget_class, MsImportFileStep, format);
  gtk_widget_class_bind_template_child (widget_class, MsImportFileStep, grid);
  gtk_widget_class_bind_template_child (widget_class, MsImportFileStep, header);
  gtk_widget_class_bind_template_child (widget_class, MsImportFileStep, message);
  gtk_widget_class_bind_template_child (widget_class, MsImportFileStep, path);
  gtk_widget_class_bind_template_child (widget_class, MsImportFileStep, quote);
  gtk_widget_class_bind_template_child (widget_class, MsImportFileStep, stack);
  gtk_widget_class_bind_template_callback (widget_class, on_choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_format_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_path_apply_cb);
}

static void
ms_import_file_step_init (MsImportFileStep *self)
{
  g_autoptr (GtkStringList) encodings = NULL;
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  self->cancellable = g_cancellable_new ();
  self->showing = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  encodings = gtk_string_list_new (ms_import_encodings);
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->encoding), G_LIST_MODEL (encodings));
  g_signal_connect_object (drop, "drop", G_CALLBACK (on_drop_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
  self->showing = FALSE;
}

GtkWidget *
ms_import_file_step_new (MsImportSource *source)
{
  MsImportFileStep *self;

  g_return_val_if_fail (MS_IS_IMPORT_SOURCE (source), NULL);

  self = g_object_new (MS_TYPE_IMPORT_FILE_STEP, NULL);
  self->source = g_object_ref (source);
  g_signal_connect_object (
      source, "changed", G_CALLBACK (on_source_changed_cb), self, G_CONNECT_SWAPPED);
  on_source_changed_cb (self);

  return GTK_WIDGET (self);
}
