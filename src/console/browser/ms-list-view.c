/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Columns are made anew when the kind of rows changes; their width and visibility
 * are remembered per kind in the settings. The model handed to GTK is the bitset selection over the
 * list, never a sorting or filtering one.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-column-factory.h"
#include "ms-drag-escape.h"
#include "ms-drag-icon.h"
#include "ms-edge-scroll.h"
#include "ms-let-go.h"
#include "ms-list-item.h"
#include "ms-list-view.h"
#include "ms-signal.h"
#include "ms-sort-probe.h"

struct _MsListView
{
  MsMenuHost parent_instance;

  /* Template children */
  GtkScrolledWindow *scrolled;
  GtkColumnView     *view;
  GtkDragSource     *drag;

  /* Owned */
  MsServer           *server;
  MsBitsetSelection  *selection;
  GSettings          *settings;
  GSimpleActionGroup *column_actions;

  const MsColumn *columns;
  guint           n_columns;
  MsNodeKind      row_kind;
  gboolean        building;
};

G_DEFINE_FINAL_TYPE (MsListView, ms_list_view, MS_TYPE_MENU_HOST)

enum
{
  SIGNAL_SELECTION_CHANGED,
  SIGNAL_ACTIVATED,
  SIGNAL_SORT_CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

/* Columns
 * --------------------------------------------------------------------------------------------------------
 */

static char *
dup_column_key (MsListView *self, const MsColumn *column)
{
  const char *type = ms_node_kind_get_type_name (self->row_kind < MS_NODE_N_KINDS ? self->row_kind
                                                                                  : MS_NODE_SERVER);

  return g_strdup_printf ("%s.%s", type != NULL ? type : "Entry", column->id);
}

/* The settings hold {"Mailbox.kind": (visible, width)} for what differs from the table. */
static void
read_layout (MsListView *self, const MsColumn *column, gboolean *visible, int *width)
{
  g_autofree char *key = dup_column_key (self, column);
  g_autoptr (GVariant) layout = g_settings_get_value (self->settings, "columns");

  *visible = !(column->flags & MS_COLUMN_HIDDEN);
  *width = column->flags & MS_COLUMN_EXPAND ? -1 : column->width;
  (void) g_variant_lookup (layout, key, "(bi)", visible, width);
}

static void
write_layout (MsListView *self, const MsColumn *column, gboolean visible, int width)
{
  g_autofree char *key = dup_column_key (self, column);
  g_autoptr (GVariant) layout = g_settings_get_value (self->settings, "columns");
  GVariantDict dict;

  g_variant_dict_init (&dict, layout);
  g_variant_dict_insert (&dict, key, "(bi)", visible, width);
  g_settings_set_value (self->settings, "columns", g_variant_dict_end (&dict));
}

static void
on_column_width_cb (GtkColumnViewColumn *column, GParamSpec *pspec, gpointer user_data)
{
  MsListView *self = MS_LIST_VIEW (user_data);

  if (!self->building && gtk_column_view_column_get_visible (column))
    write_layout (self,
                  g_object_get_data (G_OBJECT (column), "ms-column"),
                  TRUE,
                  gtk_column_view_column_get_fixed_width (column));
}

/* GTK 4.8 makes room for the fixed width of a hidden column too, so a hidden one must not have any.
 */
static void
on_column_visible_cb (GtkColumnViewColumn *column, GParamSpec *pspec, gpointer user_data)
{
  MsListView     *self = MS_LIST_VIEW (user_data);
  const MsColumn *info = g_object_get_data (G_OBJECT (column), "ms-column");
  gboolean        visible;
  int             width;

  read_layout (self, info, &visible, &width);
  visible = gtk_column_view_column_get_visible (column);
  write_layout (self, info, visible, width);
  self->building = TRUE;
  gtk_column_view_column_set_fixed_width (column, visible ? width : -1);
  self->building = FALSE;
}

static GtkColumnViewColumn *
new_column (MsListView *self, const MsColumn *column, guint index)
{
  GtkColumnViewColumn *view_column
      = gtk_column_view_column_new (_(column->title), ms_column_factory_new (column));
  gboolean visible;
  int      width;

  read_layout (self, column, &visible, &width);
  gtk_column_view_column_set_resizable (view_column, TRUE);
  gtk_column_view_column_set_expand (view_column, (column->flags & MS_COLUMN_EXPAND) != 0);
  gtk_column_view_column_set_fixed_width (view_column, visible ? width : -1);
  gtk_column_view_column_set_visible (view_column, visible);
  if (column->sort_by != NULL)
    {
      g_autoptr (GtkSorter) sorter = ms_sort_probe_new_sorter (index);

      gtk_column_view_column_set_sorter (view_column, sorter);
    }
  g_object_set_data (G_OBJECT (view_column), "ms-column", (gpointer) column);
  g_signal_connect_object (
      view_column, "notify::fixed-width", G_CALLBACK (on_column_width_cb), self, 0);
  g_signal_connect_object (
      view_column, "notify::visible", G_CALLBACK (on_column_visible_cb), self, 0);
  return view_column;
}

static void
add_column_action (MsListView *self, GtkColumnViewColumn *column, const MsColumn *info)
{
  g_autoptr (GPropertyAction) action = g_property_action_new (info->id, column, "visible");

  g_action_map_add_action (G_ACTION_MAP (self->column_actions), G_ACTION (action));
}

static void
build_columns (MsListView *self)
{
  GListModel *old = gtk_column_view_get_columns (self->view);

  self->building = TRUE;
  gtk_column_view_sort_by_column (self->view, NULL, GTK_SORT_ASCENDING);
  while (g_list_model_get_n_items (old) > 0)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (old, 0);

      gtk_column_view_remove_column (self->view, column);
    }
  g_clear_object (&self->column_actions);
  self->column_actions = g_simple_action_group_new ();
  self->columns = ms_column_get_all (self->row_kind);
  for (self->n_columns = 0; self->columns[self->n_columns].id != NULL; self->n_columns++)
    {
      const MsColumn *info = &self->columns[self->n_columns];
      g_autoptr (GtkColumnViewColumn) column = new_column (self, info, self->n_columns);

      gtk_column_view_append_column (self->view, column);
      if (self->n_columns > 0)
        add_column_action (self, column, info);
      else if (info->sort_by != NULL)
        gtk_column_view_sort_by_column (self->view, column, GTK_SORT_ASCENDING);
    }
  gtk_widget_insert_action_group (
      GTK_WIDGET (self), "columns", G_ACTION_GROUP (self->column_actions));
  self->building = FALSE;
}

GMenuModel *
ms_list_view_new_column_menu (MsListView *self)
{
  GMenu *menu = g_menu_new ();

  g_return_val_if_fail (MS_IS_LIST_VIEW (self), NULL);

  for (guint i = 1; i < self->n_columns; i++)
    {
      g_autofree char *action = g_strconcat ("columns.", self->columns[i].id, NULL);

      g_menu_append (menu, _(self->columns[i].title), action);
    }
  return G_MENU_MODEL (menu);
}

gboolean
ms_list_view_get_sort (MsListView *self, const char **sort_by, gboolean *descending)
{
  guint index;

  g_return_val_if_fail (MS_IS_LIST_VIEW (self), FALSE);

  if (!ms_sort_probe_read (
          gtk_column_view_get_sorter (self->view), self->n_columns, &index, descending))
    return FALSE;
  *sort_by = self->columns[index].sort_by;
  return TRUE;
}

static void
on_sorter_changed_cb (GtkSorter *sorter, GtkSorterChange change, gpointer user_data)
{
  MsListView *self = MS_LIST_VIEW (user_data);
  const char *sort_by = NULL;
  gboolean    descending = FALSE;

  if (!self->building && ms_list_view_get_sort (self, &sort_by, &descending))
    g_signal_emit (self, signals[SIGNAL_SORT_CHANGED], 0, sort_by, descending);
}

/* Selection, activation, menu
 * ------------------------------------------------------------------------------------ */

static void
on_selection_changed_cb (GtkSelectionModel *model, guint position, guint n, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_SELECTION_CHANGED], 0);
}

static void
on_items_changed_cb (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  g_signal_emit (data, signals[SIGNAL_SELECTION_CHANGED], 0);
}

static void
activate (GtkWidget *widget, gpointer user_data)
{
  g_signal_emit (widget, signals[SIGNAL_ACTIVATED], 0, user_data);
}

static void
on_activate_cb (GtkColumnView *view, guint position, gpointer user_data)
{
  MsListView *self = MS_LIST_VIEW (user_data);
  g_autoptr (MsResource) resource
             = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  /* The second press of a double click has come, but its release has not. */
  if (resource != NULL && ms_resource_is_loaded (resource))
    ms_let_go_then (GTK_WIDGET (self), activate, g_steal_pointer (&resource), g_object_unref);
}

static void
select_for_pointer (MsListView *self, GtkListItem *item)
{
  guint position = gtk_list_item_get_position (item);

  if (!gtk_selection_model_is_selected (GTK_SELECTION_MODEL (self->selection), position))
    gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), position, TRUE);
}

static void
on_secondary_released_cb (
    GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
  MsListView  *self = MS_LIST_VIEW (user_data);
  GtkListItem *item = ms_list_item_at (GTK_WIDGET (self->view), x, y);

  /* Who has gone elsewhere with the button down thought better of it. */
  if (!gtk_widget_contains (GTK_WIDGET (self->view), x, y))
    return;
  if (item != NULL)
    select_for_pointer (self, item);
  else
    gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (self->selection));
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  ms_menu_host_popup_at (MS_MENU_HOST (self), GTK_WIDGET (self->view), x, y);
}

static gboolean
ms_list_view_locate (MsMenuHost *host, graphene_point_t *where)
{
  GtkWidget      *widget = GTK_WIDGET (host);
  GtkWidget      *focus = gtk_root_get_focus (gtk_widget_get_root (widget));
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (24, 48, 1, 1);

  if (focus != NULL && gtk_widget_is_ancestor (focus, widget) && !GTK_IS_COLUMN_VIEW (focus)
      && !GTK_IS_LIST_VIEW (focus) && !gtk_widget_compute_bounds (focus, widget, &bounds))
    return FALSE;
  graphene_point_init (where, bounds.origin.x + 24, bounds.origin.y + bounds.size.height);
  return TRUE;
}

/* Dragging
 * -------------------------------------------------------------------------------------------------------
 */

static GdkContentProvider *
on_prepare_cb (GtkDragSource *source, double x, double y, gpointer user_data)
{
  MsListView  *self = MS_LIST_VIEW (user_data);
  GtkListItem *item = ms_list_item_at (GTK_WIDGET (self->view), x, y);
  g_autoptr (MsObjectSet) set = NULL;

  if (item == NULL || self->server == NULL || self->row_kind == MS_NODE_N_KINDS)
    return NULL;
  select_for_pointer (self, item);
  set = ms_list_view_dup_selected (self);
  return set != NULL ? ms_drag_icon_new_content (set) : NULL;
}

static void
on_drag_begin_cb (GtkDragSource *source, GdkDrag *drag, gpointer user_data)
{
  ms_drag_icon_show (drag);
}

/* Widget
 * ---------------------------------------------------------------------------------------------------------
 */

static gboolean
ms_list_view_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (MS_LIST_VIEW (widget)->view));
}

static void
ms_list_view_dispose (GObject *object)
{
  MsListView *self = MS_LIST_VIEW (object);

  self->building = TRUE;
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_LIST_VIEW);
  g_clear_object (&self->selection);
  g_clear_object (&self->server);
  g_clear_object (&self->settings);
  g_clear_object (&self->column_actions);
  G_OBJECT_CLASS (ms_list_view_parent_class)->dispose (object);
}

static void
ms_list_view_class_init (MsListViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GType     resource[] = { MS_TYPE_RESOURCE };
  const GType     sort[] = { G_TYPE_STRING, G_TYPE_BOOLEAN };

  G_OBJECT_CLASS (klass)->dispose = ms_list_view_dispose;
  widget_class->grab_focus = ms_list_view_grab_focus;
  MS_MENU_HOST_CLASS (klass)->locate = ms_list_view_locate;
  signals[SIGNAL_SELECTION_CHANGED]
      = ms_signal_new ("selection-changed", MS_TYPE_LIST_VIEW, 0, NULL);
  signals[SIGNAL_ACTIVATED] = ms_signal_new ("activated", MS_TYPE_LIST_VIEW, 1, resource);
  signals[SIGNAL_SORT_CHANGED] = ms_signal_new ("sort-changed", MS_TYPE_LIST_VIEW, 2, sort);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/browser/ms-list-view.ui");
  gtk_widget_class_bind_template_child (widget_class, MsListView, scrolled);
  gtk_widget_class_bind_template_child (widget_class, MsListView, view);
  gtk_widget_class_bind_template_child (widget_class, MsListView, drag);
  gtk_widget_class_bind_template_callback (widget_class, on_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_drag_begin_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_prepare_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_secondary_released_cb);
}

static void
ms_list_view_init (MsListView *self)
{
  self->row_kind = MS_NODE_SERVER;
  self->settings = g_settings_new (MS_APP_ID);
  gtk_widget_init_template (GTK_WIDGET (self));
  ms_drag_escape_attach (self->drag);
  self->selection = ms_bitset_selection_new (NULL);
  g_signal_connect (
      self->selection, "selection-changed", G_CALLBACK (on_selection_changed_cb), self);
  g_signal_connect (self->selection, "items-changed", G_CALLBACK (on_items_changed_cb), self);
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (gtk_column_view_get_sorter (self->view),
                           "changed",
                           G_CALLBACK (on_sorter_changed_cb),
                           self,
                           0);
  ms_edge_scroll_attach (self->scrolled);
}

void
ms_list_view_set_list (MsListView *self, MsServer *server, MsNodeKind row_kind, GListModel *list)
{
  g_return_if_fail (MS_IS_LIST_VIEW (self));

  g_set_object (&self->server, server);
  if (self->row_kind != row_kind)
    {
      /* No row may be drawn with columns that are not its own. */
      ms_bitset_selection_set_model (self->selection, NULL);
      self->row_kind = row_kind;
      build_columns (self);
    }
  ms_bitset_selection_set_model (self->selection, list);
}

MsBitsetSelection *
ms_list_view_get_selection (MsListView *self)
{
  g_return_val_if_fail (MS_IS_LIST_VIEW (self), NULL);

  return self->selection;
}

MsNodeKind
ms_list_view_get_row_kind (MsListView *self)
{
  g_return_val_if_fail (MS_IS_LIST_VIEW (self), MS_NODE_N_KINDS);

  return self->row_kind;
}

MsObjectSet *
ms_list_view_dup_selected (MsListView *self)
{
  GListModel *list;

  g_return_val_if_fail (MS_IS_LIST_VIEW (self), NULL);

  list = ms_bitset_selection_get_model (self->selection);
  if (self->server == NULL || list == NULL || ms_bitset_selection_get_size (self->selection) == 0)
    return NULL;
  return ms_object_set_new_selection (
      self->server, self->row_kind, list, ms_bitset_selection_peek (self->selection));
}
