/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsResetPasswordWindow: sets "password" and "mustChangePassword" in one PATCH. A generated
 * password is made here from the system's generator (core), sent like a typed one, and shown until
 * the window is closed; it is kept nowhere else.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-attributes.h"
#include "ms-field.h"
#include "ms-report.h"
#include "ms-reset-password-window.h"
#include "ms-reset-password.h"
#include "ms-text.h"

#define LENGTH 14

struct _MsResetPasswordWindow
{
  MsDialog parent_instance;

  /* Template children */
  GtkWidget *cancel;
  GtkWidget *chooser;
  GtkWidget *result;
  GtkWidget *reset;
  GtkWidget *stack;

  /* Owned */
  MsConnection *connection;
  MsResource   *user;
  char         *generated;
};

G_DEFINE_FINAL_TYPE (MsResetPasswordWindow, ms_reset_password_window, MS_TYPE_DIALOG)

static void
forget (MsResetPasswordWindow *self)
{
  if (self->generated != NULL)
    explicit_bzero (self->generated, strlen (self->generated));
  g_clear_pointer (&self->generated, g_free);
}

static void
update_actions (MsResetPasswordWindow *self)
{
  gtk_widget_action_set_enabled (
      GTK_WIDGET (self),
      "password.reset",
      ms_password_chooser_is_valid (MS_PASSWORD_CHOOSER (self->chooser)));
}

static void
on_copy_cb (MsResetPasswordWindow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->generated);
}

static void
show_result (MsResetPasswordWindow *self)
{
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->result), self->generated);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "result");
  gtk_widget_set_visible (self->reset, FALSE);
  gtk_button_set_label (GTK_BUTTON (self->cancel), _("_Close"));
}

static void
on_reset_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gint64 change = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsResource) user
             = ms_connection_resource_finish (MS_CONNECTION (source), result, &change, &error);
  g_autofree char       *text = NULL;
  MsResetPasswordWindow *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  if (user == NULL)
    {
      forget (self);
      ms_dialog_show_error (MS_DIALOG (self), error);
      return;
    }

  /* Translators: %s is a user's log-on name */
  text = g_strdup_printf (_("Password of %s reset"), ms_resource_get_label (user));
  ms_report_change (gtk_window_get_transient_for (GTK_WINDOW (self)), text, change);
  ms_password_chooser_clear (MS_PASSWORD_CHOOSER (self->chooser));
  if (self->generated != NULL)
    show_result (self);
  else
    gtk_window_destroy (GTK_WINDOW (self));
}

static void
on_reset_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  MsResetPasswordWindow *self = MS_RESET_PASSWORD_WINDOW (widget);
  MsPasswordChooser     *chooser = MS_PASSWORD_CHOOSER (self->chooser);
  g_autoptr (JsonArray) operations = json_array_new ();
  g_autoptr (JsonNode) password = json_node_alloc ();
  g_autoptr (JsonNode) must_change = json_node_alloc ();

  forget (self);
  if (ms_password_chooser_is_generated (chooser))
    self->generated = ms_text_new_password (LENGTH);

  json_node_init_string (password,
                         self->generated != NULL ? self->generated
                                                 : ms_password_chooser_get_password (chooser));
  json_node_init_boolean (must_change, ms_password_chooser_get_must_change (chooser));
  ms_field_add_operation (operations, "replace", "password", password);
  ms_field_add_operation (operations, "replace", MS_USER_URN ":mustChangePassword", must_change);

  ms_dialog_clear_error (MS_DIALOG (self));
  ms_dialog_set_busy (MS_DIALOG (self), TRUE);
  /* Without If-Match: a new password does not depend on what else the user has become */
  ms_connection_patch_async (self->connection,
                             "User",
                             ms_resource_get_id (self->user),
                             operations,
                             NULL,
                             ms_dialog_get_cancellable (MS_DIALOG (self)),
                             on_reset_cb,
                             self);
}

static void
ms_reset_password_window_dispose (GObject *object)
{
  MsResetPasswordWindow *self = MS_RESET_PASSWORD_WINDOW (object);

  forget (self);
  gtk_widget_dispose_template (GTK_WIDGET (self), MS_TYPE_RESET_PASSWORD_WINDOW);
  g_clear_object (&self->connection);
  g_clear_object (&self->user);

  G_OBJECT_CLASS (ms_reset_password_window_parent_class)->dispose (object);
}

static void
ms_reset_password_window_class_init (MsResetPasswordWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_reset_password_window_dispose;
  g_type_ensure (MS_TYPE_PASSWORD_CHOOSER);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/editors/ms-reset-password-window.ui");
  gtk_widget_class_bind_template_child (widget_class, MsResetPasswordWindow, cancel);
  gtk_widget_class_bind_template_child (widget_class, MsResetPasswordWindow, chooser);
  gtk_widget_class_bind_template_child (widget_class, MsResetPasswordWindow, reset);
  gtk_widget_class_bind_template_child (widget_class, MsResetPasswordWindow, result);
  gtk_widget_class_bind_template_child (widget_class, MsResetPasswordWindow, stack);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_cb);
  gtk_widget_class_bind_template_callback (widget_class, update_actions);
  gtk_widget_class_install_action (widget_class, "password.reset", NULL, on_reset_action);
}

static void
ms_reset_password_window_init (MsResetPasswordWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
ms_reset_password_window_new (GtkWindow *parent, MsConnection *connection, MsResource *user)
{
  MsResetPasswordWindow *self;

  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);
  g_return_val_if_fail (MS_IS_RESOURCE (user), NULL);

  self = g_object_new (MS_TYPE_RESET_PASSWORD_WINDOW, "transient-for", parent, NULL);
  self->connection = g_object_ref (connection);
  self->user = g_object_ref (user);
  ms_dialog_set_subtitle (MS_DIALOG (self), ms_resource_get_label (user));
  update_actions (self);

  return GTK_WIDGET (self);
}

const char *
ms_reset_password_window_get_shown (MsResetPasswordWindow *self)
{
  const char *page;

  g_return_val_if_fail (MS_IS_RESET_PASSWORD_WINDOW (self), NULL);

  page = gtk_stack_get_visible_child_name (GTK_STACK (self->stack));

  return g_strcmp0 (page, "result") == 0 ? self->generated : NULL;
}

void
ms_reset_password_present (GtkWindow *parent, MsConnection *connection, MsResource *user)
{
  gtk_window_present (GTK_WINDOW (ms_reset_password_window_new (parent, connection, user)));
}
