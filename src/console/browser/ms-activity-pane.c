/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "ms-activity-pane.h"
#include "ms-change-row.h"

struct _MsActivityPane
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget     *box;
  AdwStatusPage *error;
  GtkWidget     *filter_row;
  GtkLabel      *filter_label;
  GtkListView   *list;
  GtkStack      *stack;

  /* Owned */
  MsServer     *server;
  MsResource   *object;
  MsChangeList *changes;
};

G_DEFINE_FINAL_TYPE (MsActivityPane, ms_activity_pane, ADW_TYPE_BIN)

enum
{
  SIGNAL_UNDO,
  SIGNAL_CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
update (MsActivityPane *self)
{
  const GError *error;

  if (self->changes == NULL)
    return;
  error = ms_paged_list_get_error (MS_PAGED_LIST (self->changes));
  if (g_list_model_get_n_items (G_LIST_MODEL (self->changes)) > 0)
    {
      gtk_stack_set_visible_child_name (self->stack, "list");
    }
  else if (error != NULL)
    {
      g_autofree char *text = g_markup_escape_text (error->message, -1);

      adw_status_page_set_description (self->error, text);
      gtk_stack_set_visible_child_name (self->stack, "error");
    }
  else if (!ms_paged_list_is_loading (MS_PAGED_LIST (self->changes)))
    {
      gtk_stack_set_visible_child_name (self->stack, "empty");
    }
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
on_row_undo_cb (MsChangeRow *row, gint64 sequence, gpointer user_data)
{
  MsActivityPane *self = MS_ACTIVITY_PANE (user_data);

  g_signal_emit (self, signals[SIGNAL_UNDO], 0, self->server, sequence);
}

static void
on_row_details_wanted_cb (MsChangeRow *row, gpointer user_data)
{
  MsActivityPane *self = MS_ACTIVITY_PANE (user_data);

  ms_change_load_details (ms_change_row_get_change (row), ms_server_get_connection (self->server));
}

static void
on_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkWidget *row = ms_change_row_new ();

  g_signal_connect_object (row, "undo", G_CALLBACK (on_row_undo_cb), user_data, 0);
  g_signal_connect_object (
      row, "details-wanted", G_CALLBACK (on_row_details_wanted_cb), user_data, 0);
  gtk_list_item_set_child (item, row);
}

static void
on_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  MsActivityPane *self = MS_ACTIVITY_PANE (user_data);

  ms_change_row_set_change (MS_CHANGE_ROW (gtk_list_item_get_child (item)),
                            gtk_list_item_get_item (item),
                            ms_server_is_writable (self->server));
}

static void
on_unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  ms_change_row_set_change (MS_CHANGE_ROW (gtk_list_item_get_child (item)), NULL, FALSE);
}

static void
on_try_again_cb (GtkButton *button, gpointer user_data)
{
  ms_activity_pane_reload (MS_ACTIVITY_PANE (user_data));
}

static void
on_show_all_cb (GtkButton *button, gpointer user_data)
{
  MsActivityPane *self = MS_ACTIVITY_PANE (user_data);
  g_autoptr (MsServer) server = g_object_ref (self->server);

  ms_activity_pane_set_server (self, NULL, NULL);
  ms_activity_pane_set_server (self, server, NULL);
}

static void
ms_activity_pane_dispose (GObject *object)
{
  MsActivityPane *self = MS_ACTIVITY_PANE (object);

  ms_activity_pane_set_server (self, NULL, NULL);
  adw_bin_set_child (ADW_BIN (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_ACTIVITY_PANE);
  G_OBJECT_CLASS (ms_activity_pane_parent_class)->dispose (object);
}

static void
ms_activity_pane_class_init (MsActivityPaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_activity_pane_dispose;
  signals[SIGNAL_UNDO] = g_signal_new ("undo",
                                       MS_TYPE_ACTIVITY_PANE,
                                       G_SIGNAL_RUN_LAST,
                                       0,
                                       NULL,
                                       NULL,
                                       NULL,
                                       G_TYPE_NONE,
                                       2,
                                       MS_TYPE_SERVER,
                                       G_TYPE_INT64);
  signals[SIGNAL_CHANGED] = g_signal_new (
      "changed", MS_TYPE_ACTIVITY_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/browser/ms-activity-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, MsActivityPane, box);
  gtk_widget_class_bind_template_child (widget_class, MsActivityPane, error);
  gtk_widget_class_bind_template_child (widget_class, MsActivityPane, filter_label);
  gtk_widget_class_bind_template_child (widget_class, MsActivityPane, filter_row);
  gtk_widget_class_bind_template_child (widget_class, MsActivityPane, list);
  gtk_widget_class_bind_template_child (widget_class, MsActivityPane, stack);
  gtk_widget_class_bind_template_callback (widget_class, on_show_all_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_try_again_cb);
}

static void
ms_activity_pane_init (MsActivityPane *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind_cb), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind_cb), self, 0);
  gtk_list_view_set_factory (self->list, factory);
}

void
ms_activity_pane_set_server (MsActivityPane *self, MsServer *server, MsResource *object)
{
  GtkSelectionModel *selection;

  g_return_if_fail (MS_IS_ACTIVITY_PANE (self));

  if (self->server == server && self->object == object)
    return;
  if (self->changes != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->changes, update, self);
      gtk_list_view_set_model (self->list, NULL);
    }
  g_clear_object (&self->changes);
  g_set_object (&self->server, server);
  g_set_object (&self->object, object);
  if (server == NULL)
    return;
  gtk_widget_set_visible (self->filter_row, object != NULL);
  if (object != NULL)
    {
      g_autofree char *text
          = g_strdup_printf (_("Only changes of %s"), ms_resource_get_label (object));

      gtk_label_set_label (self->filter_label, text);
    }
  self->changes = ms_change_list_new (ms_server_get_connection (server),
                                      object != NULL ? ms_resource_get_id (object) : NULL);
  g_signal_connect_swapped (self->changes, "items-changed", G_CALLBACK (update), self);
  g_signal_connect_swapped (self->changes, "notify::loading", G_CALLBACK (update), self);
  gtk_stack_set_visible_child_name (self->stack, "loading");
  selection
      = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->changes))));
  gtk_list_view_set_model (self->list, selection);
  g_object_unref (selection);
}

MsServer *
ms_activity_pane_get_server (MsActivityPane *self)
{
  g_return_val_if_fail (MS_IS_ACTIVITY_PANE (self), NULL);

  return self->server;
}

void
ms_activity_pane_reload (MsActivityPane *self)
{
  g_return_if_fail (MS_IS_ACTIVITY_PANE (self));

  if (self->changes != NULL)
    ms_paged_list_reload (MS_PAGED_LIST (self->changes));
}

GListModel *
ms_activity_pane_get_list (MsActivityPane *self)
{
  g_return_val_if_fail (MS_IS_ACTIVITY_PANE (self), NULL);

  return G_LIST_MODEL (self->changes);
}
