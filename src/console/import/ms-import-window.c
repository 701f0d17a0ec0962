/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsImportAssistant: leads from the file to the result. What must stay true: nothing is written
 * before the Run step; a run that has begun belongs to the server, so closing the window leaves it
 * alone and opening it again finds it; an upload that was not run is taken back when the window
 * goes.
 *
 *   file -(upload)-> fields -> options -(rehearse)-> rehearsal -(run)-> run -> result
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-dialog-style.h"
#include "ms-import-assistant.h"
#include "ms-import-file-step.h"
#include "ms-import-options.h"
#include "ms-import-progress.h"
#include "ms-import-window.h"
#include "ms-reference-field.h"
#include "ms-report.h"

/* On the connection: the id of an import that its window was closed over */
#define LEFT_RUNNING "ms-import-left-running"

struct _MsImportAssistant
{
  MsAssistant parent_instance;

  /* Owned */
  MsConnection   *connection;
  MsImportSource *source;
  MsImportTask   *task;
  MsForm         *options;
  GBytes         *uploaded; /* what the task has */

  /* Borrowed: our descendants */
  GtkWidget *fields;
  GtkWidget *progress;
  GtkWidget *rehearsal;
  GtkWidget *result;

  gboolean uploading;
};

G_DEFINE_FINAL_TYPE (MsImportAssistant, ms_import_assistant, MS_TYPE_ASSISTANT)

static gboolean
is_step (MsImportAssistant *self, const char *name)
{
  return g_strcmp0 (ms_assistant_get_step (MS_ASSISTANT (self)), name) == 0;
}

static gboolean
is_state (MsImportAssistant *self, const char *state)
{
  return g_str_equal (ms_import_task_get_state (self->task), state);
}

static void
update_complete (MsImportAssistant *self)
{
  const char *reason;
  gboolean    complete = TRUE;
  gint64      to_do;

  if (is_step (self, "file"))
    complete = ms_import_source_get_data (self->source) != NULL
               && ms_import_source_get_error (self->source) == NULL;
  else if (is_step (self, "fields"))
    complete = ms_import_fields_step_is_complete (MS_IMPORT_FIELDS_STEP (self->fields), &reason);
  else if (is_step (self, "rehearsal"))
    {
      to_do = ms_import_task_get_count (self->task, "create")
              + ms_import_task_get_count (self->task, "update");
      complete = is_state (self, "rehearsed") && to_do > 0;
    }
  else if (is_step (self, "run"))
    complete = FALSE;
  ms_assistant_set_complete (MS_ASSISTANT (self), complete);
}

static JsonObject *
dup_request (MsImportAssistant *self)
{
  g_autoptr (JsonArray) mapping
             = ms_import_fields_step_dup_mapping (MS_IMPORT_FIELDS_STEP (self->fields));

  return ms_import_options_request (
      self->options, ms_import_source_get_format (self->source), mapping);
}

static void
upload (MsImportAssistant *self)
{
  GFile           *file = ms_import_source_get_file (self->source);
  g_autofree char *base = g_file_get_basename (file);
  g_autofree char *name = base != NULL ? g_utf8_make_valid (base, -1) : g_strdup ("import.csv");

  g_clear_pointer (&self->uploaded, g_bytes_unref);
  self->uploaded = g_bytes_ref (ms_import_source_get_data (self->source));
  self->uploading = TRUE;
  ms_dialog_set_busy (MS_DIALOG (self), TRUE);
  ms_import_task_upload (self->task, name, self->uploaded);
}

static void
show_fields (MsImportAssistant *self)
{
  JsonObject *json = ms_import_task_get_json (self->task);
  gboolean    same = json != NULL && json_object_has_member (json, "format")
                  && ms_import_format_equals (ms_import_source_get_format (self->source),
                                              json_object_get_object_member (json, "format"));

  ms_import_fields_step_show (MS_IMPORT_FIELDS_STEP (self->fields),
                              self->source,
                              same && json_object_has_member (json, "mapping")
                                  ? json_object_get_array_member (json, "mapping")
                                  : NULL);
  ms_assistant_go_to (MS_ASSISTANT (self), "fields");
}

static void
show_result (MsImportAssistant *self)
{
  g_autofree char *text = NULL;

  g_object_set_data (G_OBJECT (self->connection), LEFT_RUNNING, NULL);
  ms_import_result_show (MS_IMPORT_RESULT (self->result));
  ms_assistant_go_to (MS_ASSISTANT (self), "result");
}

static void
on_task_changed_cb (MsImportAssistant *self)
{
  if (self->uploading && !ms_import_task_is_busy (self->task))
    {
      self->uploading = FALSE;
      ms_dialog_set_busy (MS_DIALOG (self), FALSE);
      show_fields (self);
      return;
    }
  if (is_step (self, "rehearsal"))
    {
      ms_import_rehearsal_step_show (MS_IMPORT_REHEARSAL_STEP (self->rehearsal));
      ms_assistant_update (MS_ASSISTANT (self));
    }
  else if (is_step (self, "run"))
    {
      ms_import_progress_show (MS_IMPORT_PROGRESS (self->progress));
      if (is_state (self, "done") || is_state (self, "cancelled") || is_state (self, "failed"))
        show_result (self);
    }
  else if (is_step (self, "file") && is_state (self, "running"))
    ms_assistant_go_to (MS_ASSISTANT (self), "run");
  else if (is_step (self, "file") && is_state (self, "done"))
    show_result (self);
  update_complete (self);
}

static void
on_task_failed_cb (MsImportAssistant *self, const GError *error)
{
  self->uploading = FALSE;
  g_clear_pointer (&self->uploaded, g_bytes_unref);
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  if (is_step (self, "rehearsal"))
    ms_assistant_go_to (MS_ASSISTANT (self), "options");
  else if (is_step (self, "run"))
    {
      ms_assistant_set_back_allowed (MS_ASSISTANT (self), TRUE);
      ms_assistant_go_to (MS_ASSISTANT (self), "options");
    }
  ms_dialog_show_error (MS_DIALOG (self), error);
  update_complete (self);
}

/* An import that somebody left running ------------------------------------------------------------
 */

static void
on_left_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  MsImportAssistant *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  if (reply != NULL && reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json)
      && is_step (self, "file") && ms_import_source_get_file (self->source) == NULL)
    ms_import_task_adopt (self->task, json_node_get_object (reply->json));
}

/* (nullable): id of one that runs now */
static const char *
find_running (JsonNode *answer)
{
  JsonArray *imports = NULL;

  if (JSON_NODE_HOLDS_ARRAY (answer))
    imports = json_node_get_array (answer);
  else if (JSON_NODE_HOLDS_OBJECT (answer)
           && json_object_has_member (json_node_get_object (answer), "imports"))
    imports = json_object_get_array_member (json_node_get_object (answer), "imports");

  for (guint i = 0; imports != NULL && i < json_array_get_length (imports); i++)
    {
      JsonObject *import = json_array_get_object_element (imports, i);

      if (g_str_equal (json_object_get_string_member_with_default (import, "state", ""), "running"))
        return json_object_get_string_member_with_default (import, "id", NULL);
    }

  return NULL;
}

static void
ask_about (MsImportAssistant *self, const char *id)
{
  g_autofree char *path = g_strdup_printf ("/api/v1/imports/%s", id);

  ms_connection_request_async (self->connection,
                               "GET",
                               path,
                               NULL,
                               NULL,
                               ms_dialog_get_cancellable (MS_DIALOG (self)),
                               on_left_cb,
                               self);
}

static void
on_list_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  const char *id;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  id = reply != NULL && reply->json != NULL ? find_running (reply->json) : NULL;
  if (id != NULL)
    ask_about (user_data, id);
}

static void
look_for_running (MsImportAssistant *self)
{
  const char *left = g_object_get_data (G_OBJECT (self->connection), LEFT_RUNNING);

  if (left != NULL)
    ask_about (self, left);
  else
    ms_connection_request_async (self->connection,
                                 "GET",
                                 "/api/v1/imports",
                                 NULL,
                                 NULL,
                                 ms_dialog_get_cancellable (MS_DIALOG (self)),
                                 on_list_cb,
                                 self);
}

/* The steps ---------------------------------------------------------------------------------------
 */

static gboolean
ms_import_assistant_leave (MsAssistant *assistant, const char *step)
{
  MsImportAssistant *self = MS_IMPORT_ASSISTANT (assistant);
  MsField           *culprit = NULL;

  if (g_str_equal (step, "file"))
    {
      if (self->uploaded != NULL && self->uploaded == ms_import_source_get_data (self->source))
        show_fields (self);
      else
        upload (self);
      return FALSE;
    }
  if (g_str_equal (step, "options"))
    return ms_form_verify (self->options, &culprit, NULL);

  return TRUE;
}

static void
ms_import_assistant_entered (MsAssistant *assistant, const char *step)
{
  MsImportAssistant *self = MS_IMPORT_ASSISTANT (assistant);
  g_autoptr (JsonObject) request = NULL;
  gboolean asks = g_str_equal (step, "fields") || g_str_equal (step, "options")
                  || g_str_equal (step, "rehearsal");

  ms_assistant_set_close_question (
      assistant,
      asks
      ? _("Close Without Importing?") : NULL,
           _("Nothing has been imported; the columns and options chosen here are forgotten."));
  if (g_str_equal (step, "rehearsal"))
    {
      request = dup_request (self);
      ms_import_task_rehearse (self->task, request);
      ms_import_rehearsal_step_show (MS_IMPORT_REHEARSAL_STEP (self->rehearsal));
    }
  else if (g_str_equal (step, "run"))
    {
      ms_assistant_set_back_allowed (assistant, FALSE);
      ms_assistant_set_cancel_label (assistant, _("_Close"));
      if (!is_state (self, "running"))
        {
          request = dup_request (self);
          ms_import_task_run (self->task, request);
        }
      ms_import_progress_show (MS_IMPORT_PROGRESS (self->progress));
    }
  update_complete (self);
}

static char *
ms_import_assistant_primary_label (MsAssistant *assistant, const char *step)
{
  MsImportAssistant *self = MS_IMPORT_ASSISTANT (assistant);
  guint              n;

  if (g_str_equal (step, "options"))
    return g_strdup (_("_Rehearse"));
  if (g_str_equal (step, "run"))
    return g_strdup (_("Importing…"));
  if (!g_str_equal (step, "rehearsal") || !is_state (self, "rehearsed"))
    return g_str_equal (step, "rehearsal") ? g_strdup (_("_Import")) : NULL;

  n = (guint) (ms_import_task_get_count (self->task, "create")
               + ms_import_task_get_count (self->task, "update"));

  return g_strdup_printf (ngettext ("_Import %u Row", "_Import %u Rows", n), n);
}

static void
build (MsImportAssistant *self)
{
  MsAssistant *assistant = MS_ASSISTANT (self);

  self->fields = ms_import_fields_step_new ();
  self->rehearsal = ms_import_rehearsal_step_new (self->task);
  self->progress = ms_import_progress_new (self->task);
  self->result = ms_import_result_new (self->task);
  ms_assistant_add_step (assistant, "file", _("File"), ms_import_file_step_new (self->source));
  ms_assistant_add_step (assistant, "fields", _("Fields"), self->fields);
  ms_assistant_add_step (assistant,
                         "options",
                         _("Templates"),
                            ms_import_options_build (self->options, self->connection));
  ms_assistant_add_step (assistant, "rehearsal", _("Rehearsal"), self->rehearsal);
  ms_assistant_add_step (assistant, "run", _("Import"), self->progress);
  ms_assistant_add_result (assistant, "result", self->result);
  g_signal_connect_object (
      self->source, "changed", G_CALLBACK (update_complete), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (
      self->fields, "changed", G_CALLBACK (update_complete), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (
      self->task, "changed", G_CALLBACK (on_task_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (
      self->task, "failed", G_CALLBACK (on_task_failed_cb), self, G_CONNECT_SWAPPED);
}

static void
leave_task (MsImportAssistant *self)
{
  if (self->task == NULL)
    return;

  if (is_state (self, "running"))
    g_object_set_data_full (G_OBJECT (self->connection),
                            LEFT_RUNNING,
                            g_strdup (ms_import_task_get_id (self->task)),
                            g_free);
  else
    ms_import_task_discard (self->task);
}

static void
ms_import_assistant_dispose (GObject *object)
{
  MsImportAssistant *self = MS_IMPORT_ASSISTANT (object);

  leave_task (self);
  g_clear_object (&self->task);

  G_OBJECT_CLASS (ms_import_assistant_parent_class)->dispose (object);

  g_clear_object (&self->source);
  g_clear_object (&self->options);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->uploaded, g_bytes_unref);
}

static void
ms_import_assistant_class_init (MsImportAssistantClass *klass)
{
  MsAssistantClass *assistant_class = MS_ASSISTANT_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_import_assistant_dispose;
  assistant_class->leave = ms_import_assistant_leave;
  assistant_class->entered = ms_import_assistant_entered;
  assistant_class->primary_label = ms_import_assistant_primary_label;
  ms_dialog_style_ensure ();
}

static void
ms_import_assistant_init (MsImportAssistant *self)
{
  self->source = ms_import_source_new ();
  self->options = ms_form_new ();
}

GtkWidget *
ms_import_assistant_new (GtkWindow    *parent,
                         MsConnection *connection,
                         GFile        *file,
                         MsResource   *group)
{
  MsImportAssistant *self;

  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);

  self = g_object_new (MS_TYPE_IMPORT_ASSISTANT, "transient-for", parent, NULL);
  self->connection = g_object_ref (connection);
  self->task = ms_import_task_new (connection);
  gtk_window_set_title (GTK_WINDOW (self), _("Import Mailboxes and Users"));
  gtk_window_set_default_size (GTK_WINDOW (self), 860, 660);
  ms_dialog_set_icon (MS_DIALOG (self), "document-open-symbolic");
  ms_dialog_set_subtitle (MS_DIALOG (self), ms_connection_get_host (connection));
  build (self);
  if (group != NULL)
    ms_reference_field_pick (MS_REFERENCE_FIELD (ms_form_find (self->options, "group")), group);
  ms_assistant_go_to (MS_ASSISTANT (self), "file");
  if (file != NULL)
    ms_import_source_set_file (self->source, file);
  else
    look_for_running (self);

  return GTK_WIDGET (self);
}

MsImportSource *
ms_import_assistant_get_source (MsImportAssistant *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_ASSISTANT (self), NULL);

  return self->source;
}

MsImportTask *
ms_import_assistant_get_task (MsImportAssistant *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_ASSISTANT (self), NULL);

  return self->task;
}

MsImportFieldsStep *
ms_import_assistant_get_fields (MsImportAssistant *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_ASSISTANT (self), NULL);

  return MS_IMPORT_FIELDS_STEP (self->fields);
}

MsForm *
ms_import_assistant_get_options (MsImportAssistant *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_ASSISTANT (self), NULL);

  return self->options;
}

MsImportRehearsalStep *
ms_import_assistant_get_rehearsal (MsImportAssistant *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_ASSISTANT (self), NULL);

  return MS_IMPORT_REHEARSAL_STEP (self->rehearsal);
}

MsImportResult *
ms_import_assistant_get_result (MsImportAssistant *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_ASSISTANT (self), NULL);

  return MS_IMPORT_RESULT (self->result);
}

void
ms_import_present (GtkWindow *parent, MsConnection *connection, GFile *file, MsResource *group)
{
  gtk_window_present (GTK_WINDOW (ms_import_assistant_new (parent, connection, file, group)));
}
