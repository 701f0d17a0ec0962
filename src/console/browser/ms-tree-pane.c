/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. What is expanded and selected is kept in ms-tree-pane-restore.c, dragging is in
 * ms-tree-pane-drag.c.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-edge-scroll.h"
#include "ms-signal.h"
#include "ms-tree-pane-private.h"

G_DEFINE_FINAL_TYPE (MsTreePane, ms_tree_pane, MS_TYPE_MENU_HOST)

guint ms_tree_pane_signals[MS_TREE_PANE_N_SIGNALS];

MsNode *
ms_tree_pane_dup_node_at (MsTreePane *self, guint position)
{
  g_autoptr (GtkTreeListRow) row = g_list_model_get_item (G_LIST_MODEL (self->tree), position);

  return row != NULL ? MS_NODE (gtk_tree_list_row_get_item (row)) : NULL;
}

static GListModel *
create_children (gpointer item, gpointer user_data)
{
  GListModel *children = ms_node_get_children (MS_NODE (item));

  return children != NULL ? g_object_ref (children) : NULL;
}

/* Selection
 * ------------------------------------------------------------------------------------------------------
 */

static void
on_selected_notify_cb (GtkSingleSelection *selection, GParamSpec *pspec, gpointer user_data)
{
  MsTreePane *self = MS_TREE_PANE (user_data);
  g_autoptr (MsNode) node
             = ms_tree_pane_dup_node_at (self, gtk_single_selection_get_selected (selection));
  char *key;

  if (node == NULL || node == self->selected)
    return;
  g_set_object (&self->selected, node);
  key = ms_node_dup_key (node);
  g_free (self->selected_key);
  self->selected_key = key;
  g_signal_emit (self, ms_tree_pane_signals[MS_TREE_PANE_SELECTED], 0);
}

static void
on_list_activate_cb (GtkListView *list, guint position, gpointer user_data)
{
  MsTreePane *self = MS_TREE_PANE (user_data);
  g_autoptr (GtkTreeListRow) row = g_list_model_get_item (G_LIST_MODEL (self->tree), position);
  g_autoptr (MsNode) node = row != NULL ? gtk_tree_list_row_get_item (row) : NULL;

  if (node == NULL)
    return;
  if (gtk_tree_list_row_is_expandable (row))
    gtk_tree_list_row_set_expanded (row, !gtk_tree_list_row_get_expanded (row));
  else
    g_signal_emit (self, ms_tree_pane_signals[MS_TREE_PANE_ACTIVATED], 0, node);
}

static void
on_click_released_cb (GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
  MsTreePane *self = MS_TREE_PANE (user_data);
  MsTreeRow  *row = ms_tree_pane_row_at (self, x, y, NULL);
  MsNode     *node = row != NULL ? ms_tree_row_get_node (row) : NULL;

  if (n_press == 1 && node != NULL && ms_node_get_kind (node) == MS_NODE_GUEST)
    g_signal_emit (self, ms_tree_pane_signals[MS_TREE_PANE_ACTIVATED], 0, node);
}

/* Rows
 * -----------------------------------------------------------------------------------------------------------
 */

static void
on_row_renamed_cb (MsTreeRow *row, const char *name, gpointer user_data)
{
  g_signal_emit (
      user_data, ms_tree_pane_signals[MS_TREE_PANE_RENAMED], 0, ms_tree_row_get_node (row), name);
}

static void
on_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkWidget *expander = gtk_tree_expander_new ();
  GtkWidget *row = ms_tree_row_new ();

  g_signal_connect_object (row, "renamed", G_CALLBACK (on_row_renamed_cb), user_data, 0);
  g_object_set_data (G_OBJECT (row), "ms-list-item", item);
  gtk_tree_expander_set_child (GTK_TREE_EXPANDER (expander), row);
  gtk_list_item_set_child (item, expander);
}

static void
on_node_changed_cb (MsNode *node, gpointer user_data)
{
  ms_tree_pane_queue_restore (MS_TREE_PANE (user_data));
}

static void
on_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  MsTreePane      *self = MS_TREE_PANE (user_data);
  GtkTreeExpander *expander = GTK_TREE_EXPANDER (gtk_list_item_get_child (item));
  GtkTreeListRow  *row = gtk_list_item_get_item (item);
  g_autoptr (MsNode) node = gtk_tree_list_row_get_item (row);

  gtk_tree_expander_set_list_row (expander, row);
  ms_tree_row_set_node (MS_TREE_ROW (gtk_tree_expander_get_child (expander)), node);
  ms_tree_pane_watch_row (self, row);
  if (ms_node_get_resource (node) != NULL && !ms_resource_is_loaded (ms_node_get_resource (node)))
    g_signal_connect_object (node, "changed", G_CALLBACK (on_node_changed_cb), self, 0);
}

static void
on_unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkTreeExpander *expander = GTK_TREE_EXPANDER (gtk_list_item_get_child (item));
  MsTreeRow       *tree_row = MS_TREE_ROW (gtk_tree_expander_get_child (expander));
  GtkTreeListRow  *row = gtk_tree_expander_get_list_row (expander);

  if (row != NULL)
    ms_tree_pane_unwatch_row (MS_TREE_PANE (user_data), row);
  if (ms_tree_row_get_node (tree_row) != NULL)
    g_signal_handlers_disconnect_by_func (
        ms_tree_row_get_node (tree_row), on_node_changed_cb, user_data);
  ms_tree_row_set_node (tree_row, NULL);
  gtk_tree_expander_set_list_row (expander, NULL);
}

MsTreeRow *
ms_tree_pane_row_at (MsTreePane *self, double x, double y, guint *position)
{
  GtkWidget   *list = GTK_WIDGET (self->list);
  GtkWidget   *widget = gtk_widget_pick (list, x, y, GTK_PICK_DEFAULT);
  GtkListItem *item;

  /* Down from the list's row, which is wider than what we put in it. */
  while (widget != NULL && widget != list && gtk_widget_get_parent (widget) != list)
    widget = gtk_widget_get_parent (widget);
  if (widget == NULL || widget == list)
    return NULL;
  widget = gtk_widget_get_first_child (widget);
  if (!GTK_IS_TREE_EXPANDER (widget))
    return NULL;
  widget = gtk_tree_expander_get_child (GTK_TREE_EXPANDER (widget));
  item = g_object_get_data (G_OBJECT (widget), "ms-list-item");
  if (ms_tree_row_get_node (MS_TREE_ROW (widget)) == NULL)
    return NULL;
  if (position != NULL)
    *position = gtk_list_item_get_position (item);
  return MS_TREE_ROW (widget);
}

/* Context menu
 * ---------------------------------------------------------------------------------------------------
 */

static MsTreeRow *
find_selected_row (MsTreePane *self)
{
  guint selected = gtk_single_selection_get_selected (self->selection);

  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->list)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget   *expander = gtk_widget_get_first_child (child);
      GtkWidget   *row;
      GtkListItem *item;

      if (!GTK_IS_TREE_EXPANDER (expander) || !gtk_widget_get_child_visible (child))
        continue;
      row = gtk_tree_expander_get_child (GTK_TREE_EXPANDER (expander));
      item = g_object_get_data (G_OBJECT (row), "ms-list-item");
      if (ms_tree_row_get_node (MS_TREE_ROW (row)) != NULL
          && gtk_list_item_get_position (item) == selected)
        return MS_TREE_ROW (row);
    }
  return NULL;
}

static gboolean
ms_tree_pane_locate (MsMenuHost *host, graphene_point_t *where)
{
  MsTreeRow      *row = find_selected_row (MS_TREE_PANE (host));
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (12, 12, 1, 1);

  if (row != NULL && !gtk_widget_compute_bounds (GTK_WIDGET (row), GTK_WIDGET (host), &bounds))
    return FALSE;
  graphene_point_init (where, bounds.origin.x + 16, bounds.origin.y + bounds.size.height);
  return TRUE;
}

static void
on_secondary_released_cb (
    GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
  MsTreePane *self = MS_TREE_PANE (user_data);
  guint       position;

  if (ms_tree_pane_row_at (self, x, y, &position) == NULL)
    return;
  gtk_single_selection_set_selected (self->selection, position);
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  ms_menu_host_popup_at (MS_MENU_HOST (self), GTK_WIDGET (self->list), x, y);
}

/* Widget
 * ---------------------------------------------------------------------------------------------------------
 */

static gboolean
ms_tree_pane_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (MS_TREE_PANE (widget)->list));
}

static void
ms_tree_pane_dispose (GObject *object)
{
  MsTreePane *self = MS_TREE_PANE (object);

  g_clear_handle_id (&self->restore_source, g_source_remove);
  ms_tree_pane_clear_hover (self);
  if (self->tree != NULL)
    g_signal_handlers_disconnect_by_data (self->tree, self);
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  if (self->servers != NULL)
    g_signal_handlers_disconnect_by_data (self->servers, self);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_TREE_PANE);
  g_clear_object (&self->selection);
  g_clear_object (&self->tree);
  g_clear_object (&self->roots);
  g_clear_object (&self->servers);
  g_clear_object (&self->selected);
  G_OBJECT_CLASS (ms_tree_pane_parent_class)->dispose (object);
}

static void
ms_tree_pane_finalize (GObject *object)
{
  MsTreePane *self = MS_TREE_PANE (object);

  g_hash_table_unref (self->expanded);
  g_free (self->selected_key);
  g_free (self->hover_key);
  G_OBJECT_CLASS (ms_tree_pane_parent_class)->finalize (object);
}

static void
install_signals (void)
{
  const GType node[] = { MS_TYPE_NODE };
  const GType renamed[] = { MS_TYPE_NODE, G_TYPE_STRING };
  const GType hover[] = { G_TYPE_STRING, G_TYPE_INT, G_TYPE_DOUBLE, G_TYPE_DOUBLE };
  const GType dropped[] = { MS_TYPE_OBJECT_SET, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING };
  const GType file[] = { G_TYPE_FILE, MS_TYPE_NODE };
  const GType action[] = { MS_TYPE_OBJECT_SET, G_TYPE_STRING, G_TYPE_STRING };
  guint      *ids = ms_tree_pane_signals;

  ids[MS_TREE_PANE_SELECTED] = ms_signal_new ("selected", MS_TYPE_TREE_PANE, 0, NULL);
  ids[MS_TREE_PANE_ACTIVATED] = ms_signal_new ("activated", MS_TYPE_TREE_PANE, 1, node);
  ids[MS_TREE_PANE_RENAMED] = ms_signal_new ("renamed", MS_TYPE_TREE_PANE, 2, renamed);
  ids[MS_TREE_PANE_HOVER] = ms_signal_new ("hover", MS_TYPE_TREE_PANE, 4, hover);
  ids[MS_TREE_PANE_HOVER_ACTION] = ms_signal_new ("hover-action", MS_TYPE_TREE_PANE, 3, action);
  ids[MS_TREE_PANE_DROPPED] = ms_signal_new ("dropped", MS_TYPE_TREE_PANE, 4, dropped);
  ids[MS_TREE_PANE_FILE_DROPPED] = ms_signal_new ("file-dropped", MS_TYPE_TREE_PANE, 2, file);
}

static void
ms_tree_pane_class_init (MsTreePaneClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = ms_tree_pane_dispose;
  object_class->finalize = ms_tree_pane_finalize;
  widget_class->grab_focus = ms_tree_pane_grab_focus;
  MS_MENU_HOST_CLASS (klass)->locate = ms_tree_pane_locate;
  install_signals ();
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/browser/ms-tree-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, MsTreePane, list);
  gtk_widget_class_bind_template_child (widget_class, MsTreePane, scrolled);
  gtk_widget_class_bind_template_callback (widget_class, on_click_released_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_list_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_secondary_released_cb);
}

static void
ms_tree_pane_init (MsTreePane *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->roots = g_list_store_new (MS_TYPE_NODE);
  self->tree = gtk_tree_list_model_new (
      G_LIST_MODEL (g_object_ref (self->roots)), FALSE, FALSE, create_children, NULL, NULL);
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->tree)));
  ms_tree_pane_init_restore (self);
  g_signal_connect (
      self->selection, "notify::selected-item", G_CALLBACK (on_selected_notify_cb), self);
  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind_cb), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind_cb), self, 0);
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));
  g_object_unref (factory);

  ms_edge_scroll_attach (self->scrolled);
  ms_tree_pane_init_drag (self);
}

static void
on_servers_changed_cb (
    GListModel *servers, guint position, guint removed, guint added, gpointer user_data)
{
  MsTreePane *self = MS_TREE_PANE (user_data);
  g_autoptr (GPtrArray) nodes = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < added; i++)
    {
      g_autoptr (MsServer) server = g_list_model_get_item (servers, position + i);

      g_ptr_array_add (nodes, ms_node_new_server (server));
    }
  g_list_store_splice (self->roots, position, removed, nodes->pdata, nodes->len);
}

void
ms_tree_pane_set_servers (MsTreePane *self, GListModel *servers)
{
  g_return_if_fail (MS_IS_TREE_PANE (self));
  g_return_if_fail (self->servers == NULL);

  self->servers = g_object_ref (servers);
  g_signal_connect (servers, "items-changed", G_CALLBACK (on_servers_changed_cb), self);
  on_servers_changed_cb (servers, 0, 0, g_list_model_get_n_items (servers), self);
}

MsNode *
ms_tree_pane_get_selected (MsTreePane *self)
{
  g_return_val_if_fail (MS_IS_TREE_PANE (self), NULL);

  return self->selected;
}

static GtkTreeListRow *
dup_selected_row (MsTreePane *self)
{
  return g_list_model_get_item (G_LIST_MODEL (self->tree),
                                gtk_single_selection_get_selected (self->selection));
}

MsNode *
ms_tree_pane_dup_parent (MsTreePane *self)
{
  g_autoptr (GtkTreeListRow) row = NULL;
  g_autoptr (GtkTreeListRow) parent = NULL;

  g_return_val_if_fail (MS_IS_TREE_PANE (self), NULL);

  row = dup_selected_row (self);
  parent = row != NULL ? gtk_tree_list_row_get_parent (row) : NULL;
  return parent != NULL ? gtk_tree_list_row_get_item (parent) : NULL;
}

char *
ms_tree_pane_dup_path (MsTreePane *self)
{
  g_autoptr (GtkTreeListRow) row = NULL;
  g_autoptr (GString) path = g_string_new (NULL);

  g_return_val_if_fail (MS_IS_TREE_PANE (self), NULL);

  row = dup_selected_row (self);
  while (row != NULL)
    {
      GtkTreeListRow *parent = gtk_tree_list_row_get_parent (row);

      g_object_unref (row);
      row = parent;
      if (row != NULL)
        {
          g_autoptr (MsNode) node = gtk_tree_list_row_get_item (row);
          g_autofree char *label = ms_node_dup_label (node);

          if (path->len > 0)
            g_string_prepend (path, " › ");
          g_string_prepend (path, label);
        }
    }
  return g_string_free (g_steal_pointer (&path), FALSE);
}

void
ms_tree_pane_expand_server (MsTreePane *self, MsServer *server)
{
  g_return_if_fail (MS_IS_TREE_PANE (self));

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->tree)); i++)
    {
      g_autoptr (GtkTreeListRow) row = g_list_model_get_item (G_LIST_MODEL (self->tree), i);
      g_autoptr (MsNode) node = gtk_tree_list_row_get_item (row);

      if (ms_node_get_kind (node) == MS_NODE_SERVER && ms_node_get_server (node) == server)
        gtk_tree_list_row_set_expanded (row, TRUE);
    }
}

gboolean
ms_tree_pane_select_branch (MsTreePane *self, MsServer *server, MsNodeKind kind)
{
  g_return_val_if_fail (MS_IS_TREE_PANE (self), FALSE);

  ms_tree_pane_expand_server (self, server);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->tree)); i++)
    {
      g_autoptr (MsNode) node = ms_tree_pane_dup_node_at (self, i);

      if (ms_node_get_kind (node) == kind && ms_node_get_server (node) == server)
        {
          gtk_single_selection_set_selected (self->selection, i);
          return TRUE;
        }
    }
  return FALSE;
}

void
ms_tree_pane_start_rename (MsTreePane *self)
{
  MsTreeRow *row;

  g_return_if_fail (MS_IS_TREE_PANE (self));

  row = find_selected_row (self);
  if (row != NULL)
    ms_tree_row_start_rename (row);
}
