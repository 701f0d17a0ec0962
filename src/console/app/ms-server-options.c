/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Nothing of it goes to the server.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-server-options.h"

struct _MsServerOptions
{
  MsDialog parent_instance;

  /* Template children */
  AdwComboRow *color;
  AdwEntryRow *name;
  GtkSwitch   *read_only;

  /* Owned */
  MsServers *servers;
  MsServer  *server;
};

G_DEFINE_FINAL_TYPE (MsServerOptions, ms_server_options, MS_TYPE_DIALOG)

static void
on_save_clicked_cb (GtkButton *button, gpointer user_data)
{
  MsServerOptions *self = MS_SERVER_OPTIONS (user_data);
  MsServerInfo    *info = ms_server_get_info (self->server);
  const char      *color = ms_server_colors[adw_combo_row_get_selected (self->color)].value;
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name))));
  g_autoptr (GError) error = NULL;

  ms_server_info_set_name (info, *name != '\0' ? name : NULL);
  ms_server_info_set_colour (info, *color != '\0' ? color : NULL);
  ms_server_info_set_read_only (info, gtk_switch_get_active (self->read_only));
  ms_server_info_changed (self->server);
  if (ms_servers_save (self->servers, &error))
    gtk_window_close (GTK_WINDOW (self));
  else
    ms_dialog_show_error (MS_DIALOG (self), error);
}

static void
on_cancel_clicked_cb (GtkButton *button, gpointer user_data)
{
  gtk_window_close (GTK_WINDOW (user_data));
}

static void
ms_server_options_dispose (GObject *object)
{
  MsServerOptions *self = MS_SERVER_OPTIONS (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_SERVER_OPTIONS);
  g_clear_object (&self->servers);
  g_clear_object (&self->server);
  G_OBJECT_CLASS (ms_server_options_parent_class)->dispose (object);
}

static void
ms_server_options_class_init (MsServerOptionsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_server_options_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/app/ms-server-options.ui");
  gtk_widget_class_bind_template_child (widget_class, MsServerOptions, color);
  gtk_widget_class_bind_template_child (widget_class, MsServerOptions, name);
  gtk_widget_class_bind_template_child (widget_class, MsServerOptions, read_only);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_save_clicked_cb);
}

static void
ms_server_options_init (MsServerOptions *self)
{
  g_autoptr (GtkStringList) colors = gtk_string_list_new (NULL);

  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; ms_server_colors[i].name != NULL; i++)
    gtk_string_list_append (colors, _(ms_server_colors[i].name));
  adw_combo_row_set_model (self->color, G_LIST_MODEL (colors));
}

MsServerOptions *
ms_server_options_new (GtkWindow *parent, MsServers *servers, MsServer *server)
{
  MsServerOptions *self = g_object_new (MS_TYPE_SERVER_OPTIONS, "transient-for", parent, NULL);
  MsServerInfo    *info = ms_server_get_info (server);
  const char      *color = ms_server_info_get_colour (info);

  self->servers = g_object_ref (servers);
  self->server = g_object_ref (server);
  gtk_editable_set_text (GTK_EDITABLE (self->name), ms_server_get_name (server));
  gtk_switch_set_active (self->read_only, ms_server_info_get_read_only (info));
  for (guint i = 0; color != NULL && ms_server_colors[i].name != NULL; i++)
    if (g_ascii_strcasecmp (ms_server_colors[i].value, color) == 0)
      adw_combo_row_set_selected (self->color, i);
  ms_dialog_set_subtitle (MS_DIALOG (self), ms_server_get_base_url (server));
  return self;
}
