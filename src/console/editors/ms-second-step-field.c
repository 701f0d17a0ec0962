/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsSecondStepField: loads by itself whenever its user is loaded. It has no value, so it is never
 * changed; removing is done at once, after a question.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-confirm.h"
#include "ms-notice.h"
#include "ms-report.h"
#include "ms-second-step-field.h"

struct _MsSecondStepField
{
  MsField parent_instance;

  /* Owned */
  MsConnection *connection;
  GCancellable *cancellable;
  char         *user_id;
  char         *user_name;

  /* Borrowed: in our row, which we own */
  GtkWidget *label;
  GtkWidget *remove;
};

G_DEFINE_FINAL_TYPE (MsSecondStepField, ms_second_step_field, MS_TYPE_FIELD)

static char *
dup_path (MsSecondStepField *self)
{
  return g_strconcat ("/api/v1/totp/", self->user_id, NULL);
}

static GtkWindow *
get_window (MsSecondStepField *self)
{
  GtkRoot *root = gtk_widget_get_root (self->label);

  return GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;
}

/* @state: (nullable) */
static void
show_state (MsSecondStepField *self, JsonObject *state)
{
  gboolean on = state != NULL && json_object_get_boolean_member_with_default (state, "on", FALSE);
  gulong   left = state == NULL
                      ? 0
                      : (gulong) json_object_get_int_member_with_default (state, "recoveryCodes", 0);
  gboolean required
      = state != NULL && json_object_get_boolean_member_with_default (state, "required", FALSE);
  g_autofree char *text
      = on ? g_strdup_printf (
            ngettext ("On, %lu recovery code left", "On, %lu recovery codes left", left), left)
           : required
            ? g_strdup (_("Off, though the role must have it"))
            : g_strdup (_("Off"));

  gtk_label_set_text (GTK_LABEL (self->label), state != NULL ? text : "…");
  gtk_widget_set_visible (self->remove, on && !ms_connection_get_read_only (self->connection));
}

static void
on_state_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  MsSecondStepField *self = user_data;
  if (reply != NULL && reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json))
    show_state (self, json_node_get_object (reply->json));
  else if (error != NULL)
    gtk_label_set_text (GTK_LABEL (self->label), error->message);
}

static void
ask (MsSecondStepField *self)
{
  g_autofree char *path = dup_path (self);

  ms_connection_request_async (
      self->connection, "GET", path, NULL, NULL, self->cancellable, on_state_cb, self);
}

static void
on_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  MsSecondStepField *self = user_data;
  if (reply == NULL && get_window (self) != NULL)
    ms_notice_present (get_window (self), _("The Second Step Was Not Removed"), error->message);
  ask (self);
}

static void
on_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsSecondStepField) self = MS_SECOND_STEP_FIELD (user_data);

  if (!ms_confirm_finish (result, NULL))
    return;
  g_autofree char *path = dup_path (self);
  ms_connection_request_async (
      self->connection, "DELETE", path, NULL, NULL, self->cancellable, on_removed_cb, self);
}

static void
on_remove_clicked_cb (MsSecondStepField *self)
{
  /* Translators: %s is a user's log-on name */
  g_autofree char *heading = g_strdup_printf (_("Remove the Second Step of %s?"), self->user_name);

  ms_confirm_async (
      get_window (self),
      heading,
      _("The password alone is enough then, until the user sets up a new second step. "
        "Be sure that it is the user who asks for it. This cannot be undone."),
         _("_Remove"), TRUE, self->cancellable, on_answered_cb, g_object_ref (self));
}

static void
ms_second_step_field_build (MsField *field, MsFieldRow *row)
{
  MsSecondStepField *self = MS_SECOND_STEP_FIELD (field);
  GtkWidget         *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->label = gtk_label_new ("…");
  gtk_label_set_xalign (GTK_LABEL (self->label), 0);
  gtk_label_set_wrap (GTK_LABEL (self->label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_hexpand (self->label, TRUE);
  gtk_widget_set_size_request (self->label, -1, 34);
  gtk_widget_add_css_class (self->label, "dim-label");
  self->remove = gtk_button_new_with_mnemonic (_("_Remove…"));
  gtk_widget_set_visible (self->remove, FALSE);
  gtk_widget_set_valign (self->remove, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (self->remove, _("Remove Two-Step Log-On"));
  g_signal_connect_object (
      self->remove, "clicked", G_CALLBACK (on_remove_clicked_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), self->label);
  gtk_box_append (GTK_BOX (box), self->remove);
  ms_field_row_set_control (row, box, self->remove, MS_FIELD_ROW_FILL);
}

static void
ms_second_step_field_load (MsField *field, MsResource *resource)
{
  MsSecondStepField *self = MS_SECOND_STEP_FIELD (field);

  (void) ms_field_get_row (field);
  g_free (self->user_id);
  g_free (self->user_name);
  self->user_id = g_strdup (ms_resource_get_id (resource));
  self->user_name = g_strdup (ms_resource_get_label (resource));
  if (self->user_id != NULL)
    ask (self);
}

static void
ms_second_step_field_set_value (MsField *field, JsonNode *value)
{
}

static JsonNode *
ms_second_step_field_dup_value (MsField *field)
{
  return NULL;
}

static void
ms_second_step_field_dispose (GObject *object)
{
  MsSecondStepField *self = MS_SECOND_STEP_FIELD (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->user_id, g_free);
  g_clear_pointer (&self->user_name, g_free);
  G_OBJECT_CLASS (ms_second_step_field_parent_class)->dispose (object);
}

static void
ms_second_step_field_finalize (GObject *object)
{
  g_object_unref (MS_SECOND_STEP_FIELD (object)->cancellable);
  G_OBJECT_CLASS (ms_second_step_field_parent_class)->finalize (object);
}

static void
ms_second_step_field_class_init (MsSecondStepFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_second_step_field_dispose;
  G_OBJECT_CLASS (klass)->finalize = ms_second_step_field_finalize;
  field_class->build = ms_second_step_field_build;
  field_class->load = ms_second_step_field_load;
  field_class->set_value = ms_second_step_field_set_value;
  field_class->dup_value = ms_second_step_field_dup_value;
}

static void
ms_second_step_field_init (MsSecondStepField *self)
{
  self->cancellable = g_cancellable_new ();
}

MsField *
ms_second_step_field_new (const char   *path,
                          const char   *title,
                          const char   *hint,
                          MsConnection *connection)
{
  MsField *field = ms_field_new (MS_TYPE_SECOND_STEP_FIELD, path, title, hint);

  MS_SECOND_STEP_FIELD (field)->connection = g_object_ref (connection);
  return field;
}
