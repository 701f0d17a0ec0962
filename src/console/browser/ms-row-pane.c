/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-let-go.h"
#include "ms-row-menu.h"
#include "ms-row-pane.h"

typedef struct
{
  /* Children of the subclass's template */
  AdwStatusPage *error;
  GtkWidget     *filter;
  GtkListView   *list;
  GtkStack      *stack;

  /* Owned */
  MsServer          *server;
  GListModel        *objects;
  GtkMultiSelection *selection;
  GtkWidget         *menu;
} MsRowPanePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (MsRowPane, ms_row_pane, ADW_TYPE_BIN)

static guint changed_signal;

static MsRowPanePrivate *
get_private (gpointer self)
{
  return ms_row_pane_get_instance_private (MS_ROW_PANE (self));
}

/* What is shown ------------------------------------------------------------------------------- */

static const char *
get_page (MsRowPane *self)
{
  MsRowPaneClass *klass = MS_ROW_PANE_GET_CLASS (self);
  GListModel     *objects = get_private (self)->objects;

  if (g_list_model_get_n_items (objects) > 0)
    return "list";
  if (klass->get_error (objects) != NULL)
    return "error";
  if (klass->is_loading (objects))
    return "loading";
  return *ms_row_pane_get_search (self) != '\0' ? "nothing-found" : "empty";
}

static void
update (MsRowPane *self)
{
  MsRowPanePrivate *priv = get_private (self);

  if (priv->objects == NULL)
    return;

  const char *page = get_page (self);
  if (g_str_equal (page, "error"))
    {
      g_autofree char *text = g_markup_escape_text (
          MS_ROW_PANE_GET_CLASS (self)->get_error (priv->objects)->message, -1);
      adw_status_page_set_description (priv->error, text);
    }
  gtk_stack_set_visible_child_name (priv->stack, page);
  ms_row_pane_update_actions (self);
}

static void
drop_list (MsRowPane *self)
{
  MsRowPanePrivate *priv = get_private (self);

  if (priv->objects != NULL)
    g_signal_handlers_disconnect_by_func (priv->objects, update, self);
  if (priv->selection != NULL)
    g_signal_handlers_disconnect_by_func (priv->selection, ms_row_pane_update_actions, self);
  if (priv->list != NULL)
    gtk_list_view_set_model (priv->list, NULL);
  g_clear_object (&priv->selection);
  g_clear_object (&priv->objects);
}

static void
on_server_changed_cb (MsRowPane *self)
{
  MS_ROW_PANE_GET_CLASS (self)->server_changed (self);
}

/* Template callbacks -------------------------------------------------------------------------- */

static void
activate_selected (GtkWidget *widget, gpointer user_data)
{
  gtk_widget_activate_action (widget, MS_ROW_PANE_GET_CLASS (widget)->activated_action, NULL);
}

static void
on_row_activate_cb (GtkListView *list, guint position, gpointer user_data)
{
  MsRowPane *self = MS_ROW_PANE (user_data);

  gtk_selection_model_select_item (ms_row_pane_get_selection (self), position, TRUE);
  ms_let_go_then (GTK_WIDGET (self), activate_selected, NULL, NULL);
}

static void
on_search_changed_cb (GtkSearchEntry *entry, gpointer user_data)
{
  MsRowPane *self = MS_ROW_PANE (user_data);

  MS_ROW_PANE_GET_CLASS (self)->search (self, gtk_editable_get_text (GTK_EDITABLE (entry)));
}

static void
on_stop_search_cb (GtkSearchEntry *entry, gpointer user_data)
{
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
  gtk_widget_grab_focus (GTK_WIDGET (get_private (user_data)->list));
}

static void
on_try_again_cb (GtkButton *button, gpointer user_data)
{
  ms_row_pane_reload (MS_ROW_PANE (user_data));
}

/* The pane ------------------------------------------------------------------------------------ */

static void
ms_row_pane_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GTK_WIDGET_CLASS (ms_row_pane_parent_class)->size_allocate (widget, width, height, baseline);
  gtk_popover_present (GTK_POPOVER (get_private (widget)->menu));
}

static void
ms_row_pane_dispose (GObject *object)
{
  MsRowPane *self = MS_ROW_PANE (object);

  drop_list (self);
  ms_row_pane_set_server (self, NULL);
  g_clear_pointer (&get_private (self)->menu, gtk_widget_unparent);
  adw_bin_set_child (ADW_BIN (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), G_OBJECT_TYPE (object));
  G_OBJECT_CLASS (ms_row_pane_parent_class)->dispose (object);
}

static void
ms_row_pane_class_init (MsRowPaneClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ms_row_pane_dispose;
  GTK_WIDGET_CLASS (klass)->size_allocate = ms_row_pane_size_allocate;
  klass->server_changed = ms_row_pane_update_actions;
  changed_signal = g_signal_new (
      "changed", MS_TYPE_ROW_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_row_pane_init (MsRowPane *self)
{
}

void
ms_row_pane_class_set_template (MsRowPaneClass *klass, const char *resource)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, resource);
  gtk_widget_class_bind_template_child_private (widget_class, MsRowPane, error);
  gtk_widget_class_bind_template_child_private (widget_class, MsRowPane, filter);
  gtk_widget_class_bind_template_child_private (widget_class, MsRowPane, list);
  gtk_widget_class_bind_template_child_private (widget_class, MsRowPane, stack);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_try_again_cb);
}

void
ms_row_pane_set_up (MsRowPane *self, GtkListItemFactory *factory, GMenuModel *menu)
{
  MsRowPanePrivate *priv = get_private (self);

  gtk_list_view_set_factory (priv->list, factory);
  priv->menu = ms_row_menu_new (GTK_WIDGET (self), priv->list, menu);
  ms_row_pane_update_actions (self);
}

void
ms_row_pane_set_list (MsRowPane *self, GListModel *list)
{
  MsRowPanePrivate *priv = get_private (self);

  drop_list (self);
  if (list == NULL)
    return;
  priv->objects = list;
  priv->selection = gtk_multi_selection_new (g_object_ref (list));
  g_signal_connect_swapped (list, "items-changed", G_CALLBACK (update), self);
  g_signal_connect_swapped (list, "notify::loading", G_CALLBACK (update), self);
  g_signal_connect_swapped (list, "notify::error", G_CALLBACK (update), self);
  g_signal_connect_swapped (
      priv->selection, "selection-changed", G_CALLBACK (ms_row_pane_update_actions), self);
  gtk_list_view_set_model (priv->list, GTK_SELECTION_MODEL (priv->selection));
  update (self);
}

void
ms_row_pane_set_server (MsRowPane *self, MsServer *server)
{
  MsRowPanePrivate *priv = get_private (self);

  if (priv->server != NULL)
    g_signal_handlers_disconnect_by_func (priv->server, on_server_changed_cb, self);
  g_set_object (&priv->server, server);
  /* What may be done changes with the connection. */
  if (server != NULL)
    g_signal_connect_swapped (server, "changed", G_CALLBACK (on_server_changed_cb), self);
}

MsServer *
ms_row_pane_get_server (MsRowPane *self)
{
  return get_private (self)->server;
}

gboolean
ms_row_pane_is_writable (MsRowPane *self)
{
  MsServer *server = get_private (self)->server;

  return server != NULL && ms_server_is_writable (server);
}

const char *
ms_row_pane_get_search (MsRowPane *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (get_private (self)->filter));
}

void
ms_row_pane_clear_search (MsRowPane *self)
{
  gtk_editable_set_text (GTK_EDITABLE (get_private (self)->filter), "");
}

GtkBitset *
ms_row_pane_dup_selected (MsRowPane *self)
{
  GtkSelectionModel *selection = ms_row_pane_get_selection (self);

  return selection != NULL ? gtk_selection_model_get_selection (selection) : NULL;
}

guint
ms_row_pane_count_selected (MsRowPane *self)
{
  g_autoptr (GtkBitset) selected = ms_row_pane_dup_selected (self);

  return selected != NULL ? (guint) gtk_bitset_get_size (selected) : 0;
}

void
ms_row_pane_update_actions (MsRowPane *self)
{
  MS_ROW_PANE_GET_CLASS (self)->update_actions (self);
  g_signal_emit (self, changed_signal, 0);
}

void
ms_row_pane_reload (MsRowPane *self)
{
  g_return_if_fail (MS_IS_ROW_PANE (self));

  if (get_private (self)->objects != NULL)
    MS_ROW_PANE_GET_CLASS (self)->reload (get_private (self)->objects);
}

void
ms_row_pane_focus_filter (MsRowPane *self)
{
  g_return_if_fail (MS_IS_ROW_PANE (self));

  gtk_widget_grab_focus (get_private (self)->filter);
}

char *
ms_row_pane_dup_status (MsRowPane *self)
{
  g_return_val_if_fail (MS_IS_ROW_PANE (self), NULL);

  GListModel      *objects = get_private (self)->objects;
  g_autofree char *all = objects != NULL ? MS_ROW_PANE_GET_CLASS (self)->describe (objects) : NULL;
  guint            selected = ms_row_pane_count_selected (self);

  if (all == NULL)
    return g_strdup ("");
  /* Translators: %1$s is "3 deleted objects" */
  return selected > 0 ? g_strdup_printf (_("%1$s, %2$'u selected"), all, selected)
                      : g_steal_pointer (&all);
}

GListModel *
ms_row_pane_get_list (MsRowPane *self)
{
  g_return_val_if_fail (MS_IS_ROW_PANE (self), NULL);

  return get_private (self)->objects;
}

GtkSelectionModel *
ms_row_pane_get_selection (MsRowPane *self)
{
  MsRowPanePrivate *priv;

  g_return_val_if_fail (MS_IS_ROW_PANE (self), NULL);

  priv = get_private (self);
  return priv->selection != NULL ? GTK_SELECTION_MODEL (priv->selection) : NULL;
}
