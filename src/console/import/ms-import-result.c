/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsImportResult: what came of it. The server hands the passwords out once, so once they came they
 * are kept here until the window is gone, whatever became of saving them; saved files are readable
 * by their owner only.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-dialog.h"
#include "ms-file-picker.h"
#include "ms-import-result.h"
#include "ms-report.h"

struct _MsImportResult
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *icon;
  GtkWidget *passwords_row;
  GtkWidget *passwords_text;
  GtkWidget *passwords_view;
  GtkWidget *rejects_row;
  GtkWidget *summary;
  GtkWidget *title;
  GtkWidget *undo_button;
  GtkWidget *undo_row;

  /* Owned */
  MsImportTask *task;
  GCancellable *cancellable;
  GBytes       *passwords;
  GFile        *target;

  gboolean undone;
  gboolean reported;
  gboolean wants_view;
  gboolean saving_passwords;
};

G_DEFINE_FINAL_TYPE (MsImportResult, ms_import_result, ADW_TYPE_BIN)

static void
show_error (MsImportResult *self, const GError *error)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (MS_IS_DIALOG (root))
    ms_dialog_show_error (MS_DIALOG (root), error);
}

static void
report (MsImportResult *self, const char *text)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (GTK_IS_WINDOW (root))
    ms_report_import (gtk_window_get_transient_for (GTK_WINDOW (root)),
                      text,
                      ms_import_task_get_id (self->task),
                      self->undone);
}

/* Saving ------------------------------------------------------------------------------------------
 */

static void
on_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  MsImportResult  *self;
  AdwActionRow    *row;
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  (void) g_file_replace_contents_finish (G_FILE (source), result, NULL, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  if (error != NULL)
    {
      show_error (self, error);
      return;
    }

  name = g_file_get_parse_name (G_FILE (source));
  text = g_strdup_printf (_("Saved as %s"), name);
  row = ADW_ACTION_ROW (self->saving_passwords ? self->passwords_row : self->rejects_row);
  adw_action_row_set_subtitle (row, text);
}

static void
write_target (MsImportResult *self, GBytes *data)
{
  g_file_replace_contents_bytes_async (self->target,
                                       data,
                                       NULL,
                                       FALSE,
                                       G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION,
                                       self->cancellable,
                                       on_written_cb,
                                       self);
}

static void
show_passwords (MsImportResult *self)
{
  gsize       size;
  const char *text = g_bytes_get_data (self->passwords, &size);

  gtk_text_buffer_set_text (
      gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->passwords_text)), text, (int) size);
  gtk_widget_set_visible (self->passwords_view, TRUE);
}

static void
on_csv_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  MsImportResult *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  if (reply == NULL || reply->body == NULL)
    {
      if (error != NULL)
        show_error (self, error);
      return;
    }

  if (self->saving_passwords)
    {
      g_clear_pointer (&self->passwords, g_bytes_unref);
      self->passwords = g_bytes_ref (reply->body);
    }
  if (self->wants_view)
    show_passwords (self);
  else
    write_target (self, reply->body);
}

static void
fetch (MsImportResult *self)
{
  g_autofree char *path = g_strdup_printf ("/api/v1/imports/%s/%s",
                                           ms_import_task_get_id (self->task),
                                           self->saving_passwords ? "passwords" : "rejects");

  ms_connection_request_async (ms_import_task_get_connection (self->task),
                               "GET",
                               path,
                               NULL,
                               NULL,
                               self->cancellable,
                               on_csv_cb,
                               self);
}

void
ms_import_result_save (MsImportResult *self, GFile *file, gboolean passwords)
{
  g_return_if_fail (MS_IS_IMPORT_RESULT (self));
  g_return_if_fail (G_IS_FILE (file));

  g_set_object (&self->target, file);
  self->saving_passwords = passwords;
  self->wants_view = FALSE;
  if (passwords && self->passwords != NULL)
    write_target (self, self->passwords);
  else
    fetch (self);
}

static void
on_place_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsImportResult) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = ms_file_picker_finish (result, &error);

  if (file != NULL && self->task != NULL)
    ms_import_result_save (self, file, self->saving_passwords);
  else if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    show_error (self, error);
}

static void
ask_place (MsImportResult *self, gboolean passwords)
{
  self->saving_passwords = passwords;
  ms_file_picker_save_async (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                             passwords
                             ? _("Save Passwords")
                             : _("Save Rejects"),
                                  passwords ? "passwords.csv" : "rejects.csv",
                                  self->cancellable,
                                  on_place_cb,
                                  g_object_ref (self));
}

static void
on_save_rejects_cb (MsImportResult *self)
{
  ask_place (self, FALSE);
}

static void
on_save_passwords_cb (MsImportResult *self)
{
  ask_place (self, TRUE);
}

static void
on_show_passwords_cb (MsImportResult *self)
{
  self->saving_passwords = TRUE;
  self->wants_view = TRUE;
  if (self->passwords != NULL)
    show_passwords (self);
  else
    fetch (self);
}

/* Undo --------------------------------------------------------------------------------------------
 */

static guint
count_refused (MsReply *reply)
{
  JsonNode *refused = reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json)
                          ? json_object_get_member (json_node_get_object (reply->json), "refused")
                          : NULL;

  return refused != NULL && JSON_NODE_HOLDS_ARRAY (refused)
             ? json_array_get_length (json_node_get_array (refused))
             : 0;
}

static void
on_undone_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  MsImportResult *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  gtk_widget_set_sensitive (self->undo_button, reply == NULL);
  if (reply == NULL)
    {
      show_error (self, error);
      return;
    }

  guint            refused = count_refused (reply);
  g_autofree char *text
      = refused > 0
            ? g_strdup_printf (ngettext ("Undone, except for %u part that cannot be put back",
                                         "Undone, except for %u parts that cannot be put back",
                                         refused),
                               refused)
            : g_strdup (_("Undone: everything is as it was before"));

  self->undone = TRUE;
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->undo_row), text);
  report (self, _("Import undone"));
}

void
ms_import_result_undo (MsImportResult *self)
{
  g_autofree char *path = NULL;

  g_return_if_fail (MS_IS_IMPORT_RESULT (self));

  path = g_strdup_printf ("/api/v1/imports/%s/undo", ms_import_task_get_id (self->task));
  gtk_widget_set_sensitive (self->undo_button, FALSE);
  ms_connection_request_async (ms_import_task_get_connection (self->task),
                               "POST",
                               path,
                               NULL,
                               NULL,
                               self->cancellable,
                               on_undone_cb,
                               self);
}

/* The class ---------------------------------------------------------------------------------------
 */

static void
ms_import_result_dispose (GObject *object)
{
  MsImportResult *self = MS_IMPORT_RESULT (object);

  g_cancellable_cancel (self->cancellable);
  gtk_widget_dispose_template (GTK_WIDGET (self), MS_TYPE_IMPORT_RESULT);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->task);
  g_clear_object (&self->target);
  g_clear_pointer (&self->passwords, g_bytes_unref);

  G_OBJECT_CLASS (ms_import_result_parent_class)->dispose (object);
}

static void
ms_import_result_class_init (MsImportResultClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_import_result_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/import/ms-import-result.ui");
  gtk_widget_class_bind_template_child (widget_class, MsImportResult, icon);
  gtk_widget_class_bind_template_child (widget_class, MsImportResult, passwords_row);
  gtk_widget_class_bind_template_child (widget_class, MsImportResult, passwords_text);
  gtk_widget_class_bind_template_child (widget_class, MsImportResult, passwords_view);
  gtk_widget_class_bind_template_child (widget_class, MsImportResult, rejects_row);
  gtk_widget_class_bind_template_child (widget_class, MsImportResult, summary);
  gtk_widget_class_bind_template_child (widget_class, MsImportResult, title);
  gtk_widget_class_bind_template_child (widget_class, MsImportResult, undo_button);
  gtk_widget_class_bind_template_child (widget_class, MsImportResult, undo_row);
  gtk_widget_class_bind_template_callback (widget_class, ms_import_result_undo);
  gtk_widget_class_bind_template_callback (widget_class, on_save_passwords_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_save_rejects_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_show_passwords_cb);
}

static void
ms_import_result_init (MsImportResult *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
ms_import_result_new (MsImportTask *task)
{
  MsImportResult *self;

  g_return_val_if_fail (MS_IS_IMPORT_TASK (task), NULL);

  self = g_object_new (MS_TYPE_IMPORT_RESULT, NULL);
  self->task = g_object_ref (task);

  return GTK_WIDGET (self);
}

static char *
dup_failure (JsonObject *json)
{
  JsonNode *node = json != NULL ? json_object_get_member (json, "error") : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return g_strdup ("");

  return g_strdup_printf (
      "\n%s",
      json_object_get_string_member_with_default (json_node_get_object (node), "detail", ""));
}

void
ms_import_result_show (MsImportResult *self)
{
  const char      *state;
  JsonObject      *json;
  gint64           created, changed, skipped, refused, passwords;
  g_autofree char *failure = NULL;
  g_autofree char *summary = NULL;
  gboolean         done;

  g_return_if_fail (MS_IS_IMPORT_RESULT (self));

  state = ms_import_task_get_state (self->task);
  json = ms_import_task_get_json (self->task);
  done = g_str_equal (state, "done");
  created = ms_import_task_get_count (self->task, "create");
  changed = ms_import_task_get_count (self->task, "update");
  skipped = ms_import_task_get_count (self->task, "skip");
  refused = ms_import_task_get_count (self->task, "refuse");
  passwords = json != NULL ? json_object_get_int_member_with_default (json, "passwords", 0) : 0;
  failure = dup_failure (json);

  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon),
                                done ? "emblem-ok-symbolic" : "dialog-warning-symbolic");
  gtk_label_set_text (GTK_LABEL (self->title),
                      done
                      ? _("Import Finished")
                      : g_str_equal (state, "cancelled")
                      ? _("Import Stopped")
                      : _("Import Failed"));
  summary = g_strdup_printf (_("%" G_GINT64_FORMAT " created, %" G_GINT64_FORMAT " changed, %" G_GINT64_FORMAT
                               " skipped, %" G_GINT64_FORMAT " refused%s"),
                                created,
                                changed,
                                skipped,
                                refused,
                                failure);
  gtk_label_set_text (GTK_LABEL (self->summary), summary);
  gtk_widget_set_visible (self->rejects_row, refused > 0);
  gtk_widget_set_visible (self->passwords_row, passwords > 0 || self->passwords != NULL);
  gtk_widget_set_visible (self->undo_row, created + changed > 0);
  if (created + changed > 0 && !self->reported)
    {
      g_autofree char *text
          = g_strdup_printf (_("Imported %" G_GINT64_FORMAT " rows"), created + changed);

      self->reported = TRUE;
      report (self, text);
    }
}
