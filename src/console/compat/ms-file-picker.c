/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. GtkFileDialog where GTK has it (4.10), GtkFileChooserNative before; the latter is
 * not a widget and lives only as long as somebody holds it, which is the task.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-file-picker.h"

static GListStore *
new_filters (const char *filter_name, const char *const *patterns)
{
  GListStore *filters = g_list_store_new (GTK_TYPE_FILE_FILTER);
  g_autoptr (GtkFileFilter) all = gtk_file_filter_new ();

  if (patterns != NULL)
    {
      g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

      gtk_file_filter_set_name (filter, filter_name);
      for (guint i = 0; patterns[i] != NULL; i++)
        gtk_file_filter_add_pattern (filter, patterns[i]);
      g_list_store_append (filters, filter);
    }
  gtk_file_filter_set_name (all, _("All files"));
  gtk_file_filter_add_pattern (all, "*");
  g_list_store_append (filters, all);
  return filters;
}

static void
return_nothing_chosen (GTask *task)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s", _("No file was chosen"));
}

#if GTK_CHECK_VERSION(4, 10, 0)
static void
return_file (GTask *task, GFile *file, GError *error)
{
  if (file != NULL)
    g_task_return_pointer (task, file, g_object_unref);
  else if (g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED))
    return_nothing_chosen (task);
  else
    g_task_return_error (task, g_error_copy (error));
}

static void
on_open_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;

  return_file (task, gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, &error), error);
}

static void
on_save_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;

  return_file (task, gtk_file_dialog_save_finish (GTK_FILE_DIALOG (source), result, &error), error);
}

static void
run (GTask      *task,
     GtkWindow  *parent,
     const char *title,
     const char *suggested_name,
     GListStore *filters,
     gboolean    saving)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_title (dialog, title);
  if (filters != NULL)
    gtk_file_dialog_set_filters (dialog, G_LIST_MODEL (filters));
  if (suggested_name != NULL)
    gtk_file_dialog_set_initial_name (dialog, suggested_name);
  if (saving)
    gtk_file_dialog_save (
        dialog, parent, g_task_get_cancellable (task), on_save_done_cb, g_object_ref (task));
  else
    gtk_file_dialog_open (
        dialog, parent, g_task_get_cancellable (task), on_open_done_cb, g_object_ref (task));
}
#else
static void
on_response_cb (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);

  g_signal_handlers_disconnect_by_func (dialog, on_response_cb, user_data);
  if (response == GTK_RESPONSE_ACCEPT)
    g_task_return_pointer (
        task, gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)), g_object_unref);
  else
    return_nothing_chosen (task);
  gtk_native_dialog_destroy (dialog);
}

static void
run (GTask      *task,
     GtkWindow  *parent,
     const char *title,
     const char *suggested_name,
     GListStore *filters,
     gboolean    saving)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (title,
                                                              parent,
                                                              saving ? GTK_FILE_CHOOSER_ACTION_SAVE
                                                                     : GTK_FILE_CHOOSER_ACTION_OPEN,
                                                              NULL,
                                                              NULL);
  guint                 n = filters != NULL ? g_list_model_get_n_items (G_LIST_MODEL (filters)) : 0;

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GtkFileFilter) filter = g_list_model_get_item (G_LIST_MODEL (filters), i);

      gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
    }
  if (suggested_name != NULL)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), suggested_name);
  g_task_set_task_data (task, dialog, g_object_unref);
  g_signal_connect (dialog, "response", G_CALLBACK (on_response_cb), g_object_ref (task));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
#endif

void
ms_file_picker_open_async (GtkWindow          *parent,
                           const char         *title,
                           const char         *filter_name,
                           const char *const  *patterns,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (parent, cancellable, callback, user_data);
  g_autoptr (GListStore) filters = new_filters (filter_name, patterns);

  g_task_set_source_tag (task, ms_file_picker_open_async);
  run (task, parent, title, NULL, filters, FALSE);
}

void
ms_file_picker_save_async (GtkWindow          *parent,
                           const char         *title,
                           const char         *suggested_name,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (parent, cancellable, callback, user_data);

  g_task_set_source_tag (task, ms_file_picker_save_async);
  run (task, parent, title, suggested_name, NULL, TRUE);
}

GFile *
ms_file_picker_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
