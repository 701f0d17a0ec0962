/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tree shows of one node: icon, name, count; for a server its colour and state. The name
 * can be edited in place.
 */
#pragma once

#include <adwaita.h>

#include "ms-node.h"

G_BEGIN_DECLS

#define MS_TYPE_TREE_ROW (ms_tree_row_get_type ())
G_DECLARE_FINAL_TYPE (MsTreeRow, ms_tree_row, MS, TREE_ROW, AdwBin)

/* Signal "renamed" (char *name): the person gave another name and pressed Enter. */
GtkWidget *ms_tree_row_new (void);
/* (nullable) (transfer none) */
MsNode  *ms_tree_row_get_node (MsTreeRow *self);
void     ms_tree_row_set_node (MsTreeRow *self, MsNode *node);
void     ms_tree_row_start_rename (MsTreeRow *self);
gboolean ms_tree_row_is_renaming (MsTreeRow *self);

G_END_DECLS
