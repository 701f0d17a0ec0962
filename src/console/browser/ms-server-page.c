/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "ms-column.h"
#include "ms-server-page.h"

struct _MsServerPage
{
  AdwBin parent_instance;

  /* Template children */
  GtkLabel      *address;
  GtkButton     *connect;
  GtkLabel      *fingerprint;
  GtkLabel      *lists;
  GtkLabel      *mailboxes;
  GtkLabel      *name;
  AdwStatusPage *offline;
  GtkLabel      *seats;
  GtkStack      *stack;
  GtkLabel      *store;
  GtkLabel      *users;
  GtkLabel      *valid_until;
  GtkLabel      *version;

  /* Owned */
  MsServer *server;
};

G_DEFINE_FINAL_TYPE (MsServerPage, ms_server_page, ADW_TYPE_BIN)

static void
show_count (GtkLabel *label, gint64 count)
{
  g_autofree char *text
      = count >= 0 ? g_strdup_printf ("%'" G_GINT64_FORMAT, count) : g_strdup ("–");

  gtk_label_set_label (label, text);
}

static void
show_seats (MsServerPage *self)
{
  gint64           limit = 0;
  gint64           used = ms_server_get_seats (self->server, &limit);
  g_autofree char *text = NULL;

  if (used < 0)
    text = g_strdup ("–");
  else if (limit > 0)
    text = g_strdup_printf (_("%'u of %'u"), (guint) used, (guint) limit);
  else
    text = g_strdup_printf (_("%'u, no limit set"), (guint) used);
  gtk_label_set_label (self->seats, text);
}

static const char *
get_text (JsonObject *object, const char *inner, const char *member)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, inner) : NULL;

  if (node != NULL && member != NULL)
    node = JSON_NODE_HOLDS_OBJECT (node)
               ? json_object_get_member (json_node_get_object (node), member)
               : NULL;
  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : "–";
}

static void
show_online (MsServerPage *self)
{
  JsonObject      *info = ms_server_get_server_info (self->server);
  g_autofree char *until = ms_column_format_time (get_text (info, "certificate", "notAfter"));
  g_autofree char *address = g_strdup_printf (_("%s, as %s"), ms_server_get_base_url (self->server), ms_server_get_user_name (self->server));

  gtk_label_set_label (self->name, ms_server_get_name (self->server));
  gtk_label_set_label (self->address, address);
  gtk_label_set_label (self->version, get_text (info, "version", NULL));
  gtk_label_set_label (self->store, get_text (info, "store", "driver"));
  gtk_label_set_label (self->fingerprint, get_text (info, "certificate", "fingerprint"));
  gtk_label_set_label (self->valid_until, until);
  show_count (self->users, ms_server_get_count (self->server, "User"));
  show_count (self->mailboxes, ms_server_get_count (self->server, "Mailbox"));
  show_count (self->lists, ms_server_get_count (self->server, "Group"));
  show_seats (self);
}

static void
update (MsServerPage *self)
{
  MsConnection     *connection = ms_server_get_connection (self->server);
  const GError     *error = ms_connection_get_error (connection);
  MsConnectionState state = ms_connection_get_state (connection);
  g_autofree char  *text = NULL;

  if (state == MS_CONNECTION_ONLINE || state == MS_CONNECTION_RECONNECTING)
    {
      show_online (self);
      gtk_stack_set_visible_child_name (self->stack, "online");
      return;
    }
  if (state == MS_CONNECTION_CONNECTING)
    {
      gtk_stack_set_visible_child_name (self->stack, "connecting");
      return;
    }
  if (error != NULL)
    text = g_markup_escape_text (error->message, -1);
  adw_status_page_set_title (self->offline, ms_server_get_name (self->server));
  adw_status_page_set_description (self->offline,
                                   text != NULL ? text : _("This server is not connected."));
  gtk_button_set_label (self->connect,
                        ms_server_wants_second_step (self->server)
                        ? _("_Set Up Second Step…")
                        : _("_Connect…"));
  gtk_stack_set_visible_child_name (self->stack, "offline");
}

static void
ms_server_page_dispose (GObject *object)
{
  ms_server_page_set_server (MS_SERVER_PAGE (object), NULL);
  adw_bin_set_child (ADW_BIN (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_SERVER_PAGE);
  G_OBJECT_CLASS (ms_server_page_parent_class)->dispose (object);
}

static void
ms_server_page_class_init (MsServerPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_server_page_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/browser/ms-server-page.ui");
  gtk_widget_class_bind_template_child (widget_class, MsServerPage, address);
  gtk_widget_class_bind_template_child (widget_class, MsServerPage, connect);
  gtk_widget_class_bind_template_child (widget_class, MsServerPage, fingerprint);
  gtk_widget_class_bind_template_child (widget_class, MsServerPage, lists);
  gtk_widget_class_bind_template_child (widget_class, MsServerPage, mailboxes);
  gtk_widget_class_bind_template_child (widget_class, MsServerPage, name);
  gtk_widget_class_bind_template_child (widget_class, MsServerPage, offline);
  gtk_widget_class_bind_template_child (widget_class, MsServerPage, seats);
  gtk_widget_class_bind_template_child (widget_class, MsServerPage, stack);
  gtk_widget_class_bind_template_child (widget_class, MsServerPage, store);
  gtk_widget_class_bind_template_child (widget_class, MsServerPage, users);
  gtk_widget_class_bind_template_child (widget_class, MsServerPage, valid_until);
  gtk_widget_class_bind_template_child (widget_class, MsServerPage, version);
}

static void
ms_server_page_init (MsServerPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
ms_server_page_set_server (MsServerPage *self, MsServer *server)
{
  g_return_if_fail (MS_IS_SERVER_PAGE (self));

  if (self->server == server)
    return;
  if (self->server != NULL)
    g_signal_handlers_disconnect_by_func (self->server, update, self);
  g_set_object (&self->server, server);
  if (server == NULL)
    return;
  g_signal_connect_swapped (server, "changed", G_CALLBACK (update), self);
  update (self);
}
