/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Columns are made anew when the kind of rows changes; their width and visibility
 * are remembered per kind in the settings. The model handed to GTK is the bitset selection over the
 * list, never a sorting or filtering one.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-column.h"
#include "ms-drag-escape.h"
#include "ms-drag-icon.h"
#include "ms-edge-scroll.h"
#include "ms-list-view.h"
#include "ms-scroll.h"
#include "ms-sort-probe.h"

struct _MsListView
{
  GtkWidget parent_instance;

  /* Template children */
  GtkScrolledWindow *scrolled;
  GtkColumnView     *view;
  GtkDragSource     *drag;

  /* Owned */
  MsServer           *server;
  MsBitsetSelection  *selection;
  GtkWidget          *menu;
  GSettings          *settings;
  GSimpleActionGroup *column_actions;

  const MsColumn *columns;
  guint           n_columns;
  MsNodeKind      row_kind;
  gboolean        building;
};

G_DEFINE_FINAL_TYPE (MsListView, ms_list_view, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_SELECTION_CHANGED,
  SIGNAL_ACTIVATED,
  SIGNAL_MENU_REQUESTED,
  SIGNAL_SORT_CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

/* Cells
 * ----------------------------------------------------------------------------------------------------------
 */

static GtkWidget *
new_name_cell (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *image = gtk_image_new ();
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_box_append (GTK_BOX (box), image);
  gtk_box_append (GTK_BOX (box), label);
  return box;
}

static GtkWidget *
new_text_cell (const MsColumn *column)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), column->flags & MS_COLUMN_NUMERIC ? 1 : 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_single_line_mode (GTK_LABEL (label), TRUE);
  if (column->flags & MS_COLUMN_NUMERIC)
    gtk_widget_add_css_class (label, "numeric");
  return label;
}

static void
on_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  const MsColumn *column = user_data;
  GtkWidget      *cell = column->flags & MS_COLUMN_NAME ? new_name_cell () : new_text_cell (column);

  g_object_set_data (G_OBJECT (cell), "ms-list-item", item);
  gtk_list_item_set_child (item, cell);
  /* In GTK 4.8 both the cell and the row answer a click, and so Ctrl+click would toggle twice. */
  gtk_list_item_set_selectable (item, FALSE);
  gtk_list_item_set_activatable (item, FALSE);
}

static gboolean
is_inactive (MsResource *resource)
{
  return ms_resource_is_loaded (resource) && !ms_resource_get_boolean (resource, "active", TRUE);
}

static void
show_cell (GtkListItem *item, const MsColumn *column)
{
  GtkWidget       *cell = gtk_list_item_get_child (item);
  MsResource      *resource = gtk_list_item_get_item (item);
  g_autofree char *text = column->dup_text (resource);
  GtkWidget       *label = cell;

  if (column->flags & MS_COLUMN_NAME)
    {
      GtkWidget *image = gtk_widget_get_first_child (cell);

      label = gtk_widget_get_last_child (cell);
      gtk_image_set_from_icon_name (
          GTK_IMAGE (image),
          ms_resource_is_loaded (resource) ? ms_node_icon_for_resource (resource) : NULL);
    }
  gtk_label_set_label (GTK_LABEL (label), text);
  if (is_inactive (resource))
    gtk_widget_add_css_class (label, "dim-label");
  else
    gtk_widget_remove_css_class (label, "dim-label");
}

static void
on_resource_changed_cb (MsResource *resource, gpointer user_data)
{
  GtkListItem *item = GTK_LIST_ITEM (user_data);

  show_cell (item, g_object_get_data (G_OBJECT (item), "ms-column"));
}

static void
on_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  g_object_set_data (G_OBJECT (item), "ms-column", user_data);
  g_signal_connect (
      gtk_list_item_get_item (item), "changed", G_CALLBACK (on_resource_changed_cb), item);
  show_cell (item, user_data);
}

static void
on_unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  g_signal_handlers_disconnect_by_func (
      gtk_list_item_get_item (item), on_resource_changed_cb, item);
}

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
  GtkListItemFactory  *factory = gtk_signal_list_item_factory_new ();
  GtkColumnViewColumn *view_column = gtk_column_view_column_new (_(column->title), factory);
  gboolean             visible;
  int                  width;

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup_cb), (gpointer) column);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind_cb), (gpointer) column);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind_cb), (gpointer) column);
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
on_activate_cb (GtkColumnView *view, guint position, gpointer user_data)
{
  MsListView *self = MS_LIST_VIEW (user_data);
  g_autoptr (MsResource) resource
             = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  if (resource != NULL && ms_resource_is_loaded (resource))
    g_signal_emit (self, signals[SIGNAL_ACTIVATED], 0, resource);
}

/* The list item under a point of the view, by its first cell that we find. */
static GtkListItem *
item_at (MsListView *self, double x, double y)
{
  GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (self->view), x, y, GTK_PICK_DEFAULT);

  for (; widget != NULL && widget != GTK_WIDGET (self->view);
       widget = gtk_widget_get_parent (widget))
    {
      GtkWidget   *child = gtk_widget_get_first_child (widget);
      GtkListItem *item = g_object_get_data (G_OBJECT (widget), "ms-list-item");

      if (item == NULL && child != NULL)
        item = g_object_get_data (G_OBJECT (child), "ms-list-item");
      if (item == NULL && child != NULL && gtk_widget_get_first_child (child) != NULL)
        item = g_object_get_data (G_OBJECT (gtk_widget_get_first_child (child)), "ms-list-item");
      if (item != NULL)
        return item;
    }
  return NULL;
}

static void
select_for_pointer (MsListView *self, GtkListItem *item)
{
  guint position = gtk_list_item_get_position (item);

  if (!gtk_selection_model_is_selected (GTK_SELECTION_MODEL (self->selection), position))
    gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), position, TRUE);
}

static void
popup (MsListView *self, const GdkRectangle *where)
{
  g_signal_emit (self, signals[SIGNAL_MENU_REQUESTED], 0);
  if (gtk_popover_menu_get_menu_model (GTK_POPOVER_MENU (self->menu)) == NULL)
    return;
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), where);
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static void
on_secondary_pressed_cb (
    GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
  MsListView      *self = MS_LIST_VIEW (user_data);
  GtkListItem     *item = item_at (self, x, y);
  graphene_point_t point;

  if (item != NULL)
    select_for_pointer (self, item);
  else
    gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (self->selection));
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  if (gtk_widget_compute_point (GTK_WIDGET (self->view),
                                GTK_WIDGET (self),
                                &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                &point))
    popup (self, &(GdkRectangle){ (int) point.x, (int) point.y, 1, 1 });
}

static void
popup_at_focus (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsListView     *self = MS_LIST_VIEW (widget);
  GtkWidget      *focus = gtk_root_get_focus (gtk_widget_get_root (widget));
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (24, 48, 1, 1);

  if (focus != NULL && gtk_widget_is_ancestor (focus, widget) && !GTK_IS_COLUMN_VIEW (focus)
      && !GTK_IS_LIST_VIEW (focus) && !gtk_widget_compute_bounds (focus, widget, &bounds))
    return;
  popup (self,
         &(GdkRectangle){
             (int) bounds.origin.x + 24, (int) (bounds.origin.y + bounds.size.height), 1, 1 });
}

/* Dragging
 * -------------------------------------------------------------------------------------------------------
 */

static GdkContentProvider *
on_prepare_cb (GtkDragSource *source, double x, double y, gpointer user_data)
{
  MsListView  *self = MS_LIST_VIEW (user_data);
  GtkListItem *item = item_at (self, x, y);
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

static void
ms_list_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  MsListView *self = MS_LIST_VIEW (widget);

  gtk_widget_allocate (GTK_WIDGET (self->scrolled), width, height, baseline, NULL);
  gtk_popover_present (GTK_POPOVER (self->menu));
}

static void
ms_list_view_measure (GtkWidget     *widget,
                      GtkOrientation orientation,
                      int            for_size,
                      int           *minimum,
                      int           *natural,
                      int           *minimum_baseline,
                      int           *natural_baseline)
{
  gtk_widget_measure (GTK_WIDGET (MS_LIST_VIEW (widget)->scrolled),
                      orientation,
                      for_size,
                      minimum,
                      natural,
                      minimum_baseline,
                      natural_baseline);
}

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
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_LIST_VIEW);
  g_clear_object (&self->selection);
  g_clear_object (&self->server);
  g_clear_object (&self->settings);
  g_clear_object (&self->column_actions);
  G_OBJECT_CLASS (ms_list_view_parent_class)->dispose (object);
}

static guint
add_signal (const char *name, guint n_params, const GType *types)
{
  return g_signal_newv (name,
                        MS_TYPE_LIST_VIEW,
                        G_SIGNAL_RUN_LAST,
                        NULL,
                        NULL,
                        NULL,
                        NULL,
                        G_TYPE_NONE,
                        n_params,
                        (GType *) types);
}

static void
ms_list_view_class_init (MsListViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GType     resource[] = { MS_TYPE_RESOURCE };
  const GType     sort[] = { G_TYPE_STRING, G_TYPE_BOOLEAN };

  G_OBJECT_CLASS (klass)->dispose = ms_list_view_dispose;
  widget_class->size_allocate = ms_list_view_size_allocate;
  widget_class->measure = ms_list_view_measure;
  widget_class->grab_focus = ms_list_view_grab_focus;
  signals[SIGNAL_SELECTION_CHANGED] = add_signal ("selection-changed", 0, NULL);
  signals[SIGNAL_ACTIVATED] = add_signal ("activated", 1, resource);
  signals[SIGNAL_MENU_REQUESTED] = add_signal ("menu-requested", 0, NULL);
  signals[SIGNAL_SORT_CHANGED] = add_signal ("sort-changed", 2, sort);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/browser/ms-list-view.ui");
  gtk_widget_class_bind_template_child (widget_class, MsListView, scrolled);
  gtk_widget_class_bind_template_child (widget_class, MsListView, view);
  gtk_widget_class_bind_template_child (widget_class, MsListView, drag);
  gtk_widget_class_bind_template_callback (widget_class, on_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_drag_begin_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_prepare_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_secondary_pressed_cb);
  gtk_widget_class_install_action (widget_class, "list-view.menu", NULL, popup_at_focus);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, "list-view.menu", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Menu, 0, "list-view.menu", NULL);
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
  self->menu = gtk_popover_menu_new_from_model (NULL);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
  gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
  gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
  ms_edge_scroll_attach (self->scrolled);
}

GtkWidget *
ms_list_view_new (void)
{
  return g_object_new (MS_TYPE_LIST_VIEW, NULL);
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

void
ms_list_view_set_menu (MsListView *self, GMenuModel *menu)
{
  g_return_if_fail (MS_IS_LIST_VIEW (self));

  gtk_popover_menu_set_menu_model (GTK_POPOVER_MENU (self->menu), menu);
}

void
ms_list_view_scroll_to (MsListView *self, guint position)
{
  g_return_if_fail (MS_IS_LIST_VIEW (self));

  ms_scroll_to (GTK_WIDGET (self->view), position, FALSE);
}
