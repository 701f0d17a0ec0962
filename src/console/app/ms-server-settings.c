/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Only what was edited is sent, all of it in one request, which is one change set.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-json.h"
#include "ms-report.h"
#include "ms-server-settings.h"
#include "ms-setting-row.h"

#define PATH "/api/v1/settings"

struct _MsServerSettings
{
  MsDialog parent_instance;

  /* Template children */
  AdwPreferencesGroup *group;
  GtkButton           *save;

  /* Owned */
  MsServer  *server;
  GPtrArray *rows; /* MsSettingRow */
};

G_DEFINE_FINAL_TYPE (MsServerSettings, ms_server_settings, MS_TYPE_DIALOG)

static MsSettingRow *
get_row (MsServerSettings *self, guint i)
{
  return g_ptr_array_index (self->rows, i);
}

static void
update (MsServerSettings *self)
{
  gboolean changed = FALSE;
  gboolean valid = TRUE;

  for (guint i = 0; i < self->rows->len; i++)
    {
      changed = changed || ms_setting_row_is_changed (get_row (self, i));
      valid = valid && ms_setting_row_is_valid (get_row (self, i));
    }
  gtk_widget_set_sensitive (GTK_WIDGET (self->save),
                            changed && valid && ms_server_is_writable (self->server));
}

static void
add_row (MsServerSettings *self, JsonObject *setting)
{
  MsSettingRow *row = ms_setting_row_new (setting);

  g_ptr_array_add (self->rows, row);
  g_signal_connect_object (row, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  gtk_widget_set_sensitive (ms_setting_row_get_widget (row), ms_server_is_writable (self->server));
  adw_preferences_group_add (self->group, ms_setting_row_get_widget (row));
}

static void
show_settings (MsServerSettings *self, JsonObject *answer)
{
  JsonNode  *node = ms_json_object_find (answer, "settings");
  JsonArray *settings
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; settings != NULL && i < json_array_get_length (settings); i++)
    {
      JsonNode *setting = json_array_get_element (settings, i);
      if (JSON_NODE_HOLDS_OBJECT (setting))
        add_row (self, json_node_get_object (setting));
    }
  update (self);
  if (self->rows->len > 0)
    gtk_widget_grab_focus (ms_setting_row_get_widget (get_row (self, 0)));
}

static void
on_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  MsServerSettings *self = user_data;
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  if (reply == NULL)
    ms_dialog_show_error (MS_DIALOG (self), error);
  else if (reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json))
    show_settings (self, json_node_get_object (reply->json));
}

/* Beside the setting that the server names; %FALSE where it names none. */
static gboolean
show_refused (MsServerSettings *self, const GError *error)
{
  const char *path = ms_error_get_path (error);

  for (guint i = 0; i < self->rows->len; i++)
    if (g_strcmp0 (ms_setting_row_get_name (get_row (self, i)), path) == 0)
      {
        ms_setting_row_set_error (get_row (self, i), error->message);
        return TRUE;
      }
  return FALSE;
}

static void
on_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  MsServerSettings *self = user_data;
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  if (reply == NULL)
    {
      if (!show_refused (self, error))
        ms_dialog_show_error (MS_DIALOG (self), error);
      return;
    }
  /* Translators: %s is a server */
  g_autofree char *text
      = g_strdup_printf (_("Changed the settings of %s"), ms_server_get_name (self->server));
  ms_report_change (gtk_window_get_transient_for (GTK_WINDOW (self)), text, reply->change);
  gtk_window_close (GTK_WINDOW (self));
}

static void
on_save_clicked_cb (GtkButton *button, gpointer user_data)
{
  MsServerSettings *self = MS_SERVER_SETTINGS (user_data);
  g_autoptr (JsonObject) values = json_object_new ();
  g_autoptr (JsonNode) body = json_node_init_object (json_node_alloc (), values);

  for (guint i = 0; i < self->rows->len; i++)
    if (ms_setting_row_is_changed (get_row (self, i)))
      json_object_set_member (values,
                              ms_setting_row_get_name (get_row (self, i)),
                              ms_setting_row_make_value (get_row (self, i)));
  ms_dialog_clear_error (MS_DIALOG (self));
  ms_dialog_set_busy (MS_DIALOG (self), TRUE);
  ms_connection_request_async (ms_server_get_connection (self->server),
                               "PATCH",
                               PATH,
                               body,
                               NULL,
                               ms_dialog_get_cancellable (MS_DIALOG (self)),
                               on_saved_cb,
                               self);
}

static void
ms_server_settings_dispose (GObject *object)
{
  MsServerSettings *self = MS_SERVER_SETTINGS (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_SERVER_SETTINGS);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_object (&self->server);
  G_OBJECT_CLASS (ms_server_settings_parent_class)->dispose (object);
}

static void
ms_server_settings_class_init (MsServerSettingsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_server_settings_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/app/ms-server-settings.ui");
  gtk_widget_class_bind_template_child (widget_class, MsServerSettings, group);
  gtk_widget_class_bind_template_child (widget_class, MsServerSettings, save);
  gtk_widget_class_bind_template_callback (widget_class, on_save_clicked_cb);
}

static void
ms_server_settings_init (MsServerSettings *self)
{
  self->rows = g_ptr_array_new_with_free_func (g_object_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
}

MsServerSettings *
ms_server_settings_new (GtkWindow *parent, MsServer *server)
{
  g_return_val_if_fail (MS_IS_SERVER (server), NULL);

  MsServerSettings *self = g_object_new (MS_TYPE_SERVER_SETTINGS, "transient-for", parent, NULL);

  self->server = g_object_ref (server);
  ms_dialog_set_subtitle (MS_DIALOG (self), ms_server_get_name (server));
  update (self);
  ms_dialog_set_busy (MS_DIALOG (self), TRUE);
  ms_connection_request_async (ms_server_get_connection (server),
                               "GET",
                               PATH,
                               NULL,
                               NULL,
                               ms_dialog_get_cancellable (MS_DIALOG (self)),
                               on_loaded_cb,
                               self);
  return self;
}
