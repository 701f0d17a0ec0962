/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Names come from a server and are never taken as markup.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-tree-row.h"

struct _MsTreeRow
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *bar;
  GtkLabel  *count;
  GtkLabel  *detail;
  GtkText   *entry;
  GtkImage  *icon;
  GtkLabel  *label;
  GtkImage  *state;
  GtkStack  *stack;

  /* Owned */
  MsNode *node;
  char   *color;
};

G_DEFINE_FINAL_TYPE (MsTreeRow, ms_tree_row, ADW_TYPE_BIN)

enum
{
  SIGNAL_RENAMED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
show_count (MsTreeRow *self)
{
  gint64           count = ms_node_get_count (self->node);
  g_autofree char *text = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->count), count >= 0);
  if (count < 0)
    return;
  text = g_strdup_printf ("%'" G_GINT64_FORMAT, count);
  gtk_label_set_label (self->count, text);
}

static void
show_server (MsTreeRow *self)
{
  gboolean    is_server = ms_node_get_kind (self->node) == MS_NODE_SERVER;
  MsServer   *server = ms_node_get_server (self->node);
  const char *color = is_server ? ms_server_get_color_class (server) : "";

  gtk_widget_set_visible (GTK_WIDGET (self->state), is_server);
  gtk_widget_set_visible (self->bar, *color != '\0');
  if (self->color != NULL)
    gtk_widget_remove_css_class (self->bar, self->color);
  g_free (self->color);
  self->color = *color != '\0' ? g_strdup (color) : NULL;
  if (self->color != NULL)
    gtk_widget_add_css_class (self->bar, self->color);
  if (!is_server)
    return;
  gtk_image_set_from_icon_name (self->state, ms_server_get_state_icon (server));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->state), ms_server_describe_state (server));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->state),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  ms_server_describe_state (server),
                                  -1);
}

static void
update (MsTreeRow *self)
{
  g_autofree char *label = ms_node_dup_label (self->node);
  g_autofree char *detail = ms_node_dup_detail (self->node);
  gboolean         has_detail = detail != NULL && *detail != '\0';

  gtk_label_set_label (self->label, label);
  gtk_label_set_label (self->detail, has_detail ? detail : "");
  gtk_widget_set_visible (GTK_WIDGET (self->detail), has_detail);
  gtk_image_set_from_icon_name (self->icon, ms_node_get_icon_name (self->node));
  if (ms_node_get_kind (self->node) == MS_NODE_SERVER)
    gtk_widget_add_css_class (GTK_WIDGET (self->label), "heading");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->label), "heading");
  show_count (self);
  show_server (self);
}

/* Only where the row cannot show it all: otherwise it would cover the row below for nothing. */
static gboolean
on_query_tooltip_cb (
    GtkWidget *stack, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip, gpointer user_data)
{
  MsTreeRow       *self = MS_TREE_ROW (user_data);
  const char      *detail = gtk_label_get_label (self->detail);
  g_autofree char *tip = NULL;

  if (!pango_layout_is_ellipsized (gtk_label_get_layout (self->label))
      && !pango_layout_is_ellipsized (gtk_label_get_layout (self->detail)))
    return FALSE;
  tip = *detail != '\0' ? g_strdup_printf ("%s\n%s", gtk_label_get_label (self->label), detail)
                        : g_strdup (gtk_label_get_label (self->label));
  gtk_tooltip_set_text (tooltip, tip);
  return TRUE;
}

static void
stop_rename (MsTreeRow *self)
{
  GtkWidget *list;

  if (!ms_tree_row_is_renaming (self))
    return;
  gtk_stack_set_visible_child (self->stack, gtk_widget_get_parent (GTK_WIDGET (self->label)));
  list = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_LIST_VIEW);
  if (list != NULL)
    gtk_widget_grab_focus (list);
}

static void
on_entry_activate_cb (GtkText *entry, gpointer user_data)
{
  MsTreeRow       *self = MS_TREE_ROW (user_data);
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));
  g_autofree char *before = ms_node_dup_label (self->node);

  stop_rename (self);
  if (*name != '\0' && g_strcmp0 (name, before) != 0)
    g_signal_emit (self, signals[SIGNAL_RENAMED], 0, name);
}

static gboolean
on_entry_key_pressed_cb (GtkEventControllerKey *controller,
                         guint                  keyval,
                         guint                  keycode,
                         GdkModifierType        state,
                         gpointer               user_data)
{
  if (keyval != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;
  stop_rename (MS_TREE_ROW (user_data));
  return GDK_EVENT_STOP;
}

static void
on_entry_focus_leave_cb (GtkEventControllerFocus *controller, gpointer user_data)
{
  stop_rename (MS_TREE_ROW (user_data));
}

static void
ms_tree_row_dispose (GObject *object)
{
  MsTreeRow *self = MS_TREE_ROW (object);

  ms_tree_row_set_node (self, NULL);
  g_clear_pointer (&self->color, g_free);
  adw_bin_set_child (ADW_BIN (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_TREE_ROW);
  G_OBJECT_CLASS (ms_tree_row_parent_class)->dispose (object);
}

static void
ms_tree_row_class_init (MsTreeRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_tree_row_dispose;
  signals[SIGNAL_RENAMED] = g_signal_new ("renamed",
                                          MS_TYPE_TREE_ROW,
                                          G_SIGNAL_RUN_LAST,
                                          0,
                                          NULL,
                                          NULL,
                                          NULL,
                                          G_TYPE_NONE,
                                          1,
                                          G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/browser/ms-tree-row.ui");
  gtk_widget_class_bind_template_child (widget_class, MsTreeRow, bar);
  gtk_widget_class_bind_template_child (widget_class, MsTreeRow, count);
  gtk_widget_class_bind_template_child (widget_class, MsTreeRow, detail);
  gtk_widget_class_bind_template_child (widget_class, MsTreeRow, entry);
  gtk_widget_class_bind_template_child (widget_class, MsTreeRow, icon);
  gtk_widget_class_bind_template_child (widget_class, MsTreeRow, label);
  gtk_widget_class_bind_template_child (widget_class, MsTreeRow, stack);
  gtk_widget_class_bind_template_child (widget_class, MsTreeRow, state);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_focus_leave_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_key_pressed_cb);
  gtk_widget_class_set_css_name (widget_class, "mstreerow");
}

static void
ms_tree_row_init (MsTreeRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_has_tooltip (GTK_WIDGET (self->stack), TRUE);
  g_signal_connect (self->stack, "query-tooltip", G_CALLBACK (on_query_tooltip_cb), self);
}

GtkWidget *
ms_tree_row_new (void)
{
  return g_object_new (MS_TYPE_TREE_ROW, NULL);
}

MsNode *
ms_tree_row_get_node (MsTreeRow *self)
{
  g_return_val_if_fail (MS_IS_TREE_ROW (self), NULL);

  return self->node;
}

void
ms_tree_row_set_node (MsTreeRow *self, MsNode *node)
{
  g_return_if_fail (MS_IS_TREE_ROW (self));

  if (self->node == node)
    return;
  if (self->node != NULL)
    {
      stop_rename (self);
      g_signal_handlers_disconnect_by_func (self->node, update, self);
    }
  g_set_object (&self->node, node);
  if (node == NULL)
    return;
  g_signal_connect_swapped (node, "changed", G_CALLBACK (update), self);
  update (self);
}

void
ms_tree_row_start_rename (MsTreeRow *self)
{
  g_autofree char *label = NULL;

  g_return_if_fail (MS_IS_TREE_ROW (self));
  g_return_if_fail (self->node != NULL);

  label = ms_node_dup_label (self->node);
  gtk_editable_set_text (GTK_EDITABLE (self->entry), label);
  gtk_stack_set_visible_child (self->stack, GTK_WIDGET (self->entry));
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
  gtk_editable_select_region (GTK_EDITABLE (self->entry), 0, -1);
}

gboolean
ms_tree_row_is_renaming (MsTreeRow *self)
{
  g_return_val_if_fail (MS_IS_TREE_ROW (self), FALSE);

  return gtk_stack_get_visible_child (self->stack) == GTK_WIDGET (self->entry);
}
