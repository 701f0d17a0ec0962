/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of MsTreePane share.
 */
#pragma once

#include "ms-tree-pane.h"
#include "ms-tree-row.h"

G_BEGIN_DECLS

enum
{
  MS_TREE_PANE_SELECTED,
  MS_TREE_PANE_ACTIVATED,
  MS_TREE_PANE_RENAMED,
  MS_TREE_PANE_HOVER,
  MS_TREE_PANE_HOVER_ACTION,
  MS_TREE_PANE_DROPPED,
  MS_TREE_PANE_FILE_DROPPED,
  MS_TREE_PANE_N_SIGNALS,
};

extern guint ms_tree_pane_signals[MS_TREE_PANE_N_SIGNALS];

struct _MsTreePane
{
  MsMenuHost parent_instance;

  /* Template children */
  GtkListView       *list;
  GtkScrolledWindow *scrolled;

  /* Owned */
  GListModel         *servers;
  GListStore         *roots;
  GtkTreeListModel   *tree;
  GtkSingleSelection *selection;
  GHashTable         *expanded; /* keys of nodes */
  char               *selected_key;
  MsNode             *selected;
  GtkWidget          *hovered;   /* row with a drop mark on it */
  char               *hover_key; /* what the last dry run was asked for */
  guint               restore_source;
};

/* The row at a point of the list, and its position. (nullable) (transfer none) */
MsTreeRow *ms_tree_pane_row_at (MsTreePane *self, double x, double y, guint *position);
/* (transfer full) (nullable) */
MsNode *ms_tree_pane_dup_node_at (MsTreePane *self, guint position);

/* While it is bound, what the person does to a row's expansion is remembered. */
void ms_tree_pane_watch_row (MsTreePane *self, GtkTreeListRow *row);
void ms_tree_pane_unwatch_row (MsTreePane *self, GtkTreeListRow *row);
/* Soon brings expansion and selection back that the lists below have lost. */
void ms_tree_pane_queue_restore (MsTreePane *self);
void ms_tree_pane_init_restore (MsTreePane *self);

void ms_tree_pane_init_drag (MsTreePane *self);
void ms_tree_pane_clear_hover (MsTreePane *self);

G_END_DECLS
