/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * GtkTreeListModel forgets what was expanded below a row that goes away, and GtkSingleSelection
 * moves on when its row does; so both are remembered here by key and restored when the row comes
 * back.
 */
#include "config.h"

#include "ms-tree-pane-private.h"

static void
on_row_expanded_cb (GtkTreeListRow *row, GParamSpec *pspec, gpointer user_data)
{
  MsTreePane *self = MS_TREE_PANE (user_data);
  g_autoptr (MsNode) node = gtk_tree_list_row_get_item (row);
  g_autofree char *key = node != NULL ? ms_node_dup_key (node) : NULL;

  if (key == NULL)
    return;
  if (gtk_tree_list_row_get_expanded (row))
    g_hash_table_add (self->expanded, g_steal_pointer (&key));
  else
    g_hash_table_remove (self->expanded, key);
}

static void
restore_row (MsTreePane *self, GtkTreeListRow *row)
{
  g_autoptr (MsNode) node = gtk_tree_list_row_get_item (row);
  g_autofree char *key = node != NULL ? ms_node_dup_key (node) : NULL;

  if (key != NULL && !gtk_tree_list_row_get_expanded (row)
      && g_hash_table_contains (self->expanded, key))
    gtk_tree_list_row_set_expanded (row, TRUE);
}

static void
restore_selection (MsTreePane *self, guint position)
{
  g_autoptr (MsNode) node = ms_tree_pane_dup_node_at (self, position);
  g_autofree char *key = node != NULL ? ms_node_dup_key (node) : NULL;

  if (key != NULL && g_strcmp0 (key, self->selected_key) == 0
      && gtk_single_selection_get_selected (self->selection) != position)
    gtk_single_selection_set_selected (self->selection, position);
}

static gboolean
on_restore_idle_cb (gpointer user_data)
{
  MsTreePane *self = MS_TREE_PANE (user_data);

  self->restore_source = 0;
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->tree)); i++)
    {
      g_autoptr (GtkTreeListRow) row = g_list_model_get_item (G_LIST_MODEL (self->tree), i);

      restore_row (self, row);
      restore_selection (self, i);
    }
  return G_SOURCE_REMOVE;
}

/* Not at once: the tree list model is in the middle of telling what changed. */
void
ms_tree_pane_queue_restore (MsTreePane *self)
{
  if (self->restore_source == 0)
    self->restore_source = g_idle_add (on_restore_idle_cb, self);
}

static void
on_tree_items_changed_cb (
    GListModel *model, guint position, guint removed, guint added, gpointer user_data)
{
  if (added > 0)
    ms_tree_pane_queue_restore (MS_TREE_PANE (user_data));
}

void
ms_tree_pane_watch_row (MsTreePane *self, GtkTreeListRow *row)
{
  g_signal_connect_object (row, "notify::expanded", G_CALLBACK (on_row_expanded_cb), self, 0);
}

void
ms_tree_pane_unwatch_row (MsTreePane *self, GtkTreeListRow *row)
{
  g_signal_handlers_disconnect_by_func (row, on_row_expanded_cb, self);
}

void
ms_tree_pane_init_restore (MsTreePane *self)
{
  self->expanded = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_signal_connect (self->tree, "items-changed", G_CALLBACK (on_tree_items_changed_cb), self);
}
