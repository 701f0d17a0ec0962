/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsPropertiesWindow: loads an object, shows its pages, sends what changed with If-Match, and sorts
 * out what to do when somebody else was faster. What must stay true: nothing typed is ever lost:
 * neither by a failed write, nor by an event, nor by closing without being asked.
 *
 *   loading -> pages <-> saving
 *              saving -> stale: read afresh, merge -> saving again, or the three-way notice
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-history-page.h"
#include "ms-keep-address.h"
#include "ms-object-words.h"
#include "ms-properties-window-private.h"
#include "ms-properties.h"
#include "ms-request-window.h"
#include "ms-reset-password.h"
#include "ms-side-list.h"

G_DEFINE_FINAL_TYPE (MsPropertiesWindow, ms_properties_window, MS_TYPE_DIALOG)

/* Showing -----------------------------------------------------------------------------------------
 */

void
ms_properties_window_update_actions (MsPropertiesWindow *self)
{
  gboolean changed = ms_form_is_changed (self->form);
  gboolean ready = self->resource != NULL && !ms_dialog_is_busy (MS_DIALOG (self));

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "properties.apply", ready && changed);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "properties.ok", ready);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "properties.show-request", ready);
  gtk_widget_action_set_enabled (GTK_WIDGET (self),
                                 "properties.reset-password",
                                 ready && g_str_equal (self->type_name, "User"));
}

void
ms_properties_window_show_notice (MsPropertiesWindow *self, const char *text)
{
  if (text != NULL)
    gtk_label_set_text (GTK_LABEL (self->notice_label), text);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->notice), text != NULL);
}

static void
show_title (MsPropertiesWindow *self)
{
  g_autofree char *detail = ms_object_words_detail (self->resource);
  const char      *label = ms_resource_get_label (self->resource);
  const char      *type = ms_object_words_type (self->type_name);
  const char      *place = ms_resource_get_string (self->resource, "group.display");
  g_autofree char *subtitle = NULL;

  if (label == NULL || label[0] == '\0')
    label = type;
  if (place != NULL)
    subtitle = g_strdup_printf ("%s · %s", place, detail);
  else if (detail[0] != '\0' && g_strcmp0 (detail, label) != 0)
    subtitle = g_strdup_printf ("%s · %s", type, detail);
  else
    subtitle = g_strdup_printf ("%s · %s", type, ms_connection_get_host (self->connection));

  gtk_window_set_title (GTK_WINDOW (self), label);
  ms_dialog_set_subtitle (MS_DIALOG (self), subtitle);
}

static void
on_page_selected_cb (GtkListBox *list, GtkListBoxRow *row, MsPropertiesWindow *self)
{
  if (row != NULL)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), ms_side_list_row_get_name (row));
}

static void
on_visible_page_cb (MsPropertiesWindow *self)
{
  if (self->history != NULL
      && gtk_stack_get_visible_child (GTK_STACK (self->stack)) == self->history)
    ms_history_page_load (MS_HISTORY_PAGE (self->history));
}

/* The first field, unless the focus is in the pages already: GTK would choose Cancel. */
static void
focus_pages (MsPropertiesWindow *self)
{
  GtkWidget *page = gtk_stack_get_visible_child (GTK_STACK (self->stack));
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (self));

  if (page != NULL && (focus == NULL || !gtk_widget_is_ancestor (focus, self->states)))
    gtk_widget_child_focus (page, GTK_DIR_TAB_FORWARD);
}

void
ms_properties_window_take_resource (MsPropertiesWindow *self, MsResource *resource)
{
  g_set_object (&self->resource, resource);
  if (self->id == NULL)
    self->id = g_strdup (ms_resource_get_id (resource));
  ms_history_page_set_object (MS_HISTORY_PAGE (self->history), self->id);
  if (self->keep != NULL)
    ms_keep_address_set_resource (MS_KEEP_ADDRESS (self->keep), resource);
  show_title (self);
  gtk_stack_set_visible_child_name (GTK_STACK (self->states), "pages");
  focus_pages (self);
}

/* Reading -----------------------------------------------------------------------------------------
 */

static void
on_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsResource) resource
             = ms_connection_resource_finish (MS_CONNECTION (source), result, NULL, &error);
  MsPropertiesWindow *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  if (resource == NULL)
    {
      g_autofree char *escaped = g_markup_escape_text (error->message, -1);

      adw_status_page_set_description (ADW_STATUS_PAGE (self->failed), escaped);
      gtk_stack_set_visible_child_name (GTK_STACK (self->states), "failed");
      return;
    }

  ms_properties_window_take_resource (self, resource);
  ms_form_load (self->form, resource);
  ms_properties_window_update_actions (self);
}

static void
load (MsPropertiesWindow *self)
{
  ms_connection_get_async (self->connection,
                           self->type_name,
                           self->id,
                           ms_dialog_get_cancellable (MS_DIALOG (self)),
                           on_loaded_cb,
                           self);
}

/* Somebody else changed it: what was not touched here follows, what was touched stays. */
static void
on_reloaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsResource) theirs
             = ms_connection_resource_finish (MS_CONNECTION (source), result, NULL, &error);
  g_autoptr (GPtrArray) conflicts = NULL;
  g_autoptr (GPtrArray) taken = NULL;
  MsPropertiesWindow *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  if (theirs == NULL)
    {
      ms_dialog_show_error (MS_DIALOG (self), error);
      return;
    }
  if (self->resource != NULL
      && g_strcmp0 (ms_resource_get_etag (theirs), ms_resource_get_etag (self->resource)) == 0)
    return;
  /* What conflicts is asked about when it is saved: leave base and version, so that the write is
   * refused. */
  if (self->resource != NULL && ms_form_is_changed (self->form))
    {
      ms_properties_window_show_notice (
          self,
          _("Somebody else has changed this meanwhile. What you typed is kept; you will be asked about the differences."));
      return;
    }

  ms_properties_window_take_resource (self, theirs);
  conflicts = ms_form_merge (self->form, theirs, &taken);
  if (taken->len > 0)
    ms_properties_window_show_notice (
        self, _("Somebody else has changed this meanwhile; the new values are shown."));
  ms_properties_window_update_actions (self);
}

void
ms_properties_window_reload (MsPropertiesWindow *self)
{
  ms_connection_get_async (self->connection,
                           self->type_name,
                           self->id,
                           ms_dialog_get_cancellable (MS_DIALOG (self)),
                           on_reloaded_cb,
                           self);
}

static gboolean
touches (JsonObject *change_set, const char *id)
{
  JsonArray *changes;

  if (json_object_get_boolean_member_with_default (change_set, "truncated", FALSE))
    return TRUE;
  if (!json_object_has_member (change_set, "changes"))
    return FALSE;

  changes = json_object_get_array_member (change_set, "changes");
  for (guint i = 0; i < json_array_get_length (changes); i++)
    if (g_strcmp0 (json_object_get_string_member_with_default (
                       json_array_get_object_element (changes, i), "id", NULL),
                   id)
        == 0)
      return TRUE;

  return FALSE;
}

static void
on_change_cb (MsConnection *connection, JsonObject *change_set, MsPropertiesWindow *self)
{
  if (self->resource != NULL && !ms_dialog_is_busy (MS_DIALOG (self)) && !self->merging
      && touches (change_set, self->id))
    ms_properties_window_reload (self);
}

/* Actions -----------------------------------------------------------------------------------------
 */

static void
on_ok_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  MS_PROPERTIES_WINDOW (widget)->close_after = TRUE;
  ms_properties_window_save (MS_PROPERTIES_WINDOW (widget));
}

static void
on_apply_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  MS_PROPERTIES_WINDOW (widget)->close_after = FALSE;
  ms_properties_window_save (MS_PROPERTIES_WINDOW (widget));
}

static void
on_show_request_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  MsPropertiesWindow *self = MS_PROPERTIES_WINDOW (widget);
  g_autoptr (JsonArray) operations = ms_form_dup_operations (self->form);

  ms_request_window_present_patch (GTK_WINDOW (self), self->connection, self->resource, operations);
}

static void
on_reset_password_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  MsPropertiesWindow *self = MS_PROPERTIES_WINDOW (widget);

  ms_reset_password_present (GTK_WINDOW (self), self->connection, self->resource);
}

/* Closing -----------------------------------------------------------------------------------------
 */

static gboolean
ms_properties_window_close_request (GtkWindow *window)
{
  MsPropertiesWindow *self = MS_PROPERTIES_WINDOW (window);

  if (self->resource == NULL || !ms_form_is_changed (self->form))
    return GTK_WINDOW_CLASS (ms_properties_window_parent_class)->close_request (window);

  ms_dialog_confirm_discard (
      MS_DIALOG (window), _("Discard Changes?"), _("What you changed here has not been saved."));
  return TRUE;
}

static void
ms_properties_window_dispose (GObject *object)
{
  MsPropertiesWindow *self = MS_PROPERTIES_WINDOW (object);

  self->history = NULL;
  self->keep = NULL;
  gtk_widget_dispose_template (GTK_WIDGET (self), MS_TYPE_PROPERTIES_WINDOW);
  g_clear_object (&self->form);
  g_clear_pointer (&self->schemas, ms_schema_registry_unref);
  g_clear_object (&self->resource);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (ms_properties_window_parent_class)->dispose (object);
}

static void
ms_properties_window_finalize (GObject *object)
{
  MsPropertiesWindow *self = MS_PROPERTIES_WINDOW (object);

  g_free (self->type_name);
  g_free (self->id);

  G_OBJECT_CLASS (ms_properties_window_parent_class)->finalize (object);
}

static void
ms_properties_window_class_init (MsPropertiesWindowClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = ms_properties_window_dispose;
  object_class->finalize = ms_properties_window_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = ms_properties_window_close_request;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/editors/ms-properties-window.ui");
  gtk_widget_class_bind_template_child (widget_class, MsPropertiesWindow, failed);
  gtk_widget_class_bind_template_child (widget_class, MsPropertiesWindow, notice);
  gtk_widget_class_bind_template_child (widget_class, MsPropertiesWindow, notice_label);
  gtk_widget_class_bind_template_child (widget_class, MsPropertiesWindow, page_list);
  gtk_widget_class_bind_template_child (widget_class, MsPropertiesWindow, separator);
  gtk_widget_class_bind_template_child (widget_class, MsPropertiesWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, MsPropertiesWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, MsPropertiesWindow, states);
  gtk_widget_class_bind_template_child (widget_class, MsPropertiesWindow, switcher);
  gtk_widget_class_bind_template_callback (widget_class, on_page_selected_cb);

  gtk_widget_class_install_action (widget_class, "properties.apply", NULL, on_apply_action);
  gtk_widget_class_install_action (widget_class, "properties.ok", NULL, on_ok_action);
  gtk_widget_class_install_action (
      widget_class, "properties.show-request", NULL, on_show_request_action);
  gtk_widget_class_install_action (
      widget_class, "properties.reset-password", NULL, on_reset_password_action);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_s, GDK_CONTROL_MASK, "properties.apply", NULL);
}

static void
ms_properties_window_init (MsPropertiesWindow *self)
{
  self->form = ms_form_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->form,
                           "changed",
                           G_CALLBACK (ms_properties_window_update_actions),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->stack,
                           "notify::visible-child",
                           G_CALLBACK (on_visible_page_cb),
                           self,
                           G_CONNECT_SWAPPED);
}

GtkWidget *
ms_properties_window_new (GtkWindow    *parent,
                          MsConnection *connection,
                          const char   *type_name,
                          const char   *id)
{
  MsPropertiesWindow *self;

  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);
  g_return_val_if_fail (type_name != NULL, NULL);

  self = g_object_new (MS_TYPE_PROPERTIES_WINDOW, "transient-for", parent, NULL);
  self->connection = g_object_ref (connection);
  if (ms_connection_get_schemas (connection) != NULL)
    self->schemas = ms_schema_registry_ref (ms_connection_get_schemas (connection));
  self->type_name = g_strdup (type_name);
  self->id = g_strdup (id);
  gtk_window_set_title (GTK_WINDOW (self), ms_object_words_type (type_name));
  ms_dialog_set_icon (MS_DIALOG (self), ms_object_words_icon (type_name));
  ms_properties_window_build_pages (self);
  ms_properties_window_update_actions (self);
  g_signal_connect_object (connection, "change", G_CALLBACK (on_change_cb), self, 0);
  load (self);

  return GTK_WIDGET (self);
}

static gboolean
shows (MsPropertiesWindow *self, MsConnection *connection, const char *type_name, const char *id)
{
  g_return_val_if_fail (MS_IS_PROPERTIES_WINDOW (self), FALSE);

  return self->connection == connection && g_strcmp0 (self->type_name, type_name) == 0
         && (g_strcmp0 (self->id, id) == 0 || g_strcmp0 (type_name, "Guest") == 0);
}

MsForm *
ms_properties_window_get_form (MsPropertiesWindow *self)
{
  g_return_val_if_fail (MS_IS_PROPERTIES_WINDOW (self), NULL);

  return self->form;
}

MsResource *
ms_properties_window_get_resource (MsPropertiesWindow *self)
{
  g_return_val_if_fail (MS_IS_PROPERTIES_WINDOW (self), NULL);

  return self->resource;
}

void
ms_properties_present (GtkWindow    *parent,
                       MsConnection *connection,
                       const char   *type_name,
                       const char   *id)
{
  GListModel *windows = gtk_window_get_toplevels ();
  guint       n = g_list_model_get_n_items (windows);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (MS_IS_PROPERTIES_WINDOW (window)
          && shows (MS_PROPERTIES_WINDOW (window), connection, type_name, id))
        {
          gtk_window_present (window);
          return;
        }
    }

  gtk_window_present (GTK_WINDOW (ms_properties_window_new (parent, connection, type_name, id)));
}
