/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. This file: the window and what it shows for the selected node.
 * ms-window-actions.c: what it does; ms-window-bin.c: with the bin; ms-window-connect.c: servers
 * and their connections; ms-window-drop.c: hovering and files.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-window-private.h"

G_DEFINE_FINAL_TYPE (MsWindow, ms_window, ADW_TYPE_APPLICATION_WINDOW)

/* What is selected
 * -----------------------------------------------------------------------------------------------
 */

static void
show_title (MsWindow *self)
{
  g_autofree char *label = self->node != NULL ? ms_node_dup_label (self->node) : NULL;
  g_autofree char *path = self->node != NULL ? ms_tree_pane_dup_path (self->tree) : NULL;
  g_autofree char *subtitle = NULL;
  MsServer        *server = ms_window_get_server (self);
  const char      *state = server != NULL ? ms_server_describe_state (server) : NULL;

  if (label == NULL)
    label = g_strdup ("Mailstead");
  gtk_label_set_label (self->title, label);
  gtk_window_set_title (GTK_WINDOW (self), label);
  if (server == NULL)
    subtitle = g_strdup ("");
  else if (path != NULL && *path != '\0')
    subtitle = g_strdup_printf ("%s  ·  %s", path, state);
  else
    subtitle = g_strdup_printf ("%s  ·  %s", ms_server_get_user_name (server), state);
  gtk_label_set_label (self->subtitle, subtitle);
  gtk_widget_set_visible (GTK_WIDGET (self->subtitle), *subtitle != '\0');
}

static void
show_seats (MsWindow *self)
{
  MsServer        *server = ms_window_get_server (self);
  gint64           limit = 0;
  gint64           used = server != NULL ? ms_server_get_seats (server, &limit) : -1;
  g_autofree char *text = NULL;

  if (used >= 0 && limit > 0)
    text = g_strdup_printf (_("%'u of %'u seats used"), (guint) used, (guint) limit);
  else if (used >= 0)
    text = g_strdup_printf (ngettext ("%'u seat used", "%'u seats used", (gulong) used),
                            (guint) used);
  ms_status_line_set_seats (self->status, text, limit > 0 && used > limit);
}

static void
show_status (MsWindow *self)
{
  const char      *page = gtk_stack_get_visible_child_name (self->content);
  g_autofree char *text = NULL;

  if (g_strcmp0 (page, "list") == 0)
    text = ms_list_pane_dup_status (self->list);
  else if (g_strcmp0 (page, "bin") == 0)
    text = ms_bin_pane_dup_status (self->bin);
  else if (g_strcmp0 (page, "things") == 0)
    text = ms_thing_pane_dup_status (self->things);
  else
    text = g_strdup ("");
  ms_status_line_set_text (self->status, text);
  show_seats (self);
}

static void
target_objects (MsWindow *self)
{
  g_autoptr (MsObjectSet) set = NULL;

  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->content), "list") == 0)
    set = ms_list_pane_dup_selected (self->list);
  if (self->node == NULL)
    ms_verbs_set_target (self->object_verbs, NULL, MS_NODE_SERVER, NULL);
  else if (set != NULL)
    ms_verbs_set_target (self->object_verbs, self->node, ms_object_set_get_kind (set), set);
  else
    ms_verbs_set_target (self->object_verbs, self->node, ms_node_get_kind (self->node), NULL);
}

static void
target_node (MsWindow *self)
{
  g_autoptr (MsObjectSet) set = NULL;
  MsResource *resource = self->node != NULL ? ms_node_get_resource (self->node) : NULL;

  if (resource != NULL && ms_resource_is_loaded (resource))
    set = ms_object_set_new_single (
        ms_node_get_server (self->node), ms_node_get_kind (self->node), resource);
  ms_verbs_set_target (self->node_verbs,
                       self->node,
                       self->node != NULL ? ms_node_get_kind (self->node) : MS_NODE_SERVER,
                       set);
}

static const char *
get_page (MsWindow *self)
{
  if (ms_servers_get_n (self->servers) == 0)
    return "welcome";
  if (self->node == NULL)
    return "nothing";
  switch (ms_node_get_kind (self->node))
    {
    case MS_NODE_SERVER:
      return "server";
    case MS_NODE_ACTIVITY:
      return "activity";
    case MS_NODE_BIN:
      return "bin";
    case MS_NODE_TYPE:
      return "things";
    case MS_NODE_GUEST:
      return "guest";
    default:
      return ms_node_get_resource (self->node) == NULL
                     || ms_resource_is_loaded (ms_node_get_resource (self->node))
                 ? "list"
                 : "nothing";
    }
}

void
ms_window_show_node (MsWindow *self)
{
  const char *page = get_page (self);
  g_autoptr (MsNode) parent = ms_tree_pane_dup_parent (self->tree);
  gboolean is_list = g_str_equal (page, "list");
  gboolean is_activity = g_str_equal (page, "activity");

  gtk_stack_set_visible_child_name (self->content, page);
  ms_list_pane_set_node (self->list, is_list ? self->node : NULL, parent);
  ms_server_page_set_server (self->server_page,
                             g_str_equal (page, "server") ? ms_window_get_server (self) : NULL);
  /* A server has changed, which it does with all that it holds: what is shown of it stays. */
  if (!is_activity || ms_activity_pane_get_server (self->activity) != ms_window_get_server (self))
    ms_activity_pane_set_server (
        self->activity, is_activity ? ms_window_get_server (self) : NULL, NULL);
  ms_bin_pane_set_server (self->bin,
                          g_str_equal (page, "bin") ? ms_window_get_server (self) : NULL);
  if (g_str_equal (page, "things"))
    ms_thing_pane_set_type (
        self->things, ms_window_get_server (self), ms_node_get_added_type (self->node));
  else
    ms_thing_pane_set_type (self->things, NULL, NULL);
  show_title (self);
  target_node (self);
  target_objects (self);
  ms_window_update_actions (self);
  ms_window_update_banner (self);
  show_status (self);
}

static void
on_node_changed_cb (MsNode *node, gpointer user_data)
{
  MsWindow   *self = MS_WINDOW (user_data);
  const char *shown = gtk_stack_get_visible_child_name (self->content);

  if (g_strcmp0 (shown, get_page (self)) != 0)
    {
      ms_window_show_node (self);
      return;
    }
  show_title (self);
  target_node (self);
}

static void
on_tree_selected_cb (MsTreePane *tree, gpointer user_data)
{
  MsWindow *self = MS_WINDOW (user_data);
  MsNode   *node = ms_tree_pane_get_selected (tree);

  if (self->node == node)
    return;
  if (self->node != NULL)
    g_signal_handlers_disconnect_by_func (self->node, on_node_changed_cb, self);
  g_set_object (&self->node, node);
  g_clear_object (&self->acting_server);
  if (node != NULL)
    g_signal_connect (node, "changed", G_CALLBACK (on_node_changed_cb), self);
  ms_window_show_node (self);
}

static void
on_list_changed_cb (MsListPane *list, gpointer user_data)
{
  MsWindow *self = MS_WINDOW (user_data);

  target_objects (self);
  show_status (self);
}

static void
on_pane_changed_cb (GtkWidget *pane, gpointer user_data)
{
  show_status (MS_WINDOW (user_data));
}

static GMenuModel *
get_menu (MsWindow *self, MsVerbs *verbs)
{
  const char *id = ms_verbs_get_menu_id (verbs);

  return id != NULL ? G_MENU_MODEL (gtk_builder_get_object (self->menus, id)) : NULL;
}

static void
on_tree_menu_requested_cb (MsTreePane *tree, gpointer user_data)
{
  MsWindow *self = MS_WINDOW (user_data);

  ms_menu_host_set_menu (MS_MENU_HOST (tree), get_menu (self, self->node_verbs));
}

static void
on_list_menu_requested_cb (MsListPane *list, gpointer user_data)
{
  MsWindow *self = MS_WINDOW (user_data);

  target_objects (self);
  ms_list_pane_set_menu (list, get_menu (self, self->object_verbs));
}

static void
on_tree_activated_cb (MsTreePane *tree, MsNode *node, gpointer user_data)
{
  MsWindow *self = MS_WINDOW (user_data);

  if (ms_node_get_kind (node) == MS_NODE_GUEST)
    gtk_widget_activate_action (GTK_WIDGET (self), "node.guest", NULL);
  else if (ms_node_get_kind (node) == MS_NODE_SERVER)
    gtk_widget_activate_action (GTK_WIDGET (self), "node.connect", NULL);
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "node.properties", NULL);
}

static void
on_list_activated_cb (MsListPane *list, MsResource *resource, gpointer user_data)
{
  gtk_widget_activate_action (GTK_WIDGET (list), "object.properties", NULL);
}

/* Window
 * ---------------------------------------------------------------------------------------------------------
 */

static gboolean
ms_window_close_request (GtkWindow *window)
{
  MsWindow *self = MS_WINDOW (window);
  int       width, height;

  gtk_window_get_default_size (window, &width, &height);
  g_settings_set (self->settings, "window-size", "(ii)", width, height);
  g_settings_set_boolean (self->settings, "window-maximized", gtk_window_is_maximized (window));
  if (gtk_widget_get_visible (GTK_WIDGET (self->tree)))
    g_settings_set_int (self->settings, "sidebar-width", gtk_paned_get_position (self->paned));
  return GTK_WINDOW_CLASS (ms_window_parent_class)->close_request (window);
}

static void
ms_window_dispose (GObject *object)
{
  MsWindow *self = MS_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  if (self->node != NULL)
    g_signal_handlers_disconnect_by_func (self->node, on_node_changed_cb, self);
  if (self->servers != NULL)
    g_signal_handlers_disconnect_by_data (self->servers, self);
  g_clear_object (&self->node);
  g_clear_object (&self->acting_server);
  g_clear_object (&self->toast);
  ms_window_clear_drop (self);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_WINDOW);
  g_clear_object (&self->node_verbs);
  g_clear_object (&self->object_verbs);
  g_clear_object (&self->undo);
  g_clear_pointer (&self->whole_import, ms_undo_step_free);
  g_clear_object (&self->menus);
  g_clear_object (&self->settings);
  g_clear_object (&self->servers);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (ms_window_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, MsWindow, activity);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, banner);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, bin);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, content);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, header);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, hint);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, list);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, new_button);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, overlay);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, paned);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, server_page);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, status);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, subtitle);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, things);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, title);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, MsWindow, tree);
}

static void
ms_window_class_init (MsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (MS_TYPE_ACTIVITY_PANE);
  g_type_ensure (MS_TYPE_BANNER);
  g_type_ensure (MS_TYPE_BIN_PANE);
  g_type_ensure (MS_TYPE_LIST_PANE);
  g_type_ensure (MS_TYPE_SERVER_PAGE);
  g_type_ensure (MS_TYPE_STATUS_LINE);
  g_type_ensure (MS_TYPE_THING_PANE);
  g_type_ensure (MS_TYPE_TREE_PANE);
  G_OBJECT_CLASS (klass)->dispose = ms_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = ms_window_close_request;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mailstead/Mailstead/ui/app/ms-window.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, on_pane_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_list_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_list_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_list_menu_requested_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_tree_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_tree_menu_requested_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_tree_selected_cb);
  ms_window_install_actions (widget_class);
  ms_window_install_bin (widget_class);
}

static void
ms_window_init (MsWindow *self)
{
  int width, height;

  self->cancellable = g_cancellable_new ();
  self->settings = g_settings_new (MS_APP_ID);
  self->undo = ms_undo_stack_new ();
  self->menus = gtk_builder_new_from_resource ("/org/mailstead/Mailstead/ui/browser/menus.ui");
  gtk_widget_init_template (GTK_WIDGET (self));
  g_settings_get (self->settings, "window-size", "(ii)", &width, &height);
  gtk_window_set_default_size (GTK_WINDOW (self), width, height);
  if (g_settings_get_boolean (self->settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
  gtk_paned_set_position (self->paned, g_settings_get_int (self->settings, "sidebar-width"));
  ms_window_init_actions (self);
  ms_window_init_drops (self);
}

MsWindow *
ms_window_new (GtkApplication *application, MsServers *servers)
{
  MsWindow *self = g_object_new (MS_TYPE_WINDOW, "application", application, NULL);

  self->servers = g_object_ref (servers);
  ms_window_watch_servers (self);
  ms_tree_pane_set_servers (self->tree, G_LIST_MODEL (servers));
  ms_window_show_node (self);
  return self;
}

MsServers *
ms_window_get_servers (MsWindow *self)
{
  g_return_val_if_fail (MS_IS_WINDOW (self), NULL);

  return self->servers;
}

MsNode *
ms_window_get_node (MsWindow *self)
{
  g_return_val_if_fail (MS_IS_WINDOW (self), NULL);

  return self->node;
}

MsServer *
ms_window_get_server (MsWindow *self)
{
  g_return_val_if_fail (MS_IS_WINDOW (self), NULL);

  return self->node != NULL ? ms_node_get_server (self->node) : NULL;
}

void
ms_window_show_activity (MsWindow *self, MsServer *server, MsResource *object)
{
  g_return_if_fail (MS_IS_WINDOW (self));

  if (ms_tree_pane_select_branch (self->tree, server, MS_NODE_ACTIVITY))
    ms_activity_pane_set_server (self->activity, server, object);
}
