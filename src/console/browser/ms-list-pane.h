/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The right side for every node that lists objects: filter row, table, and what is shown instead
 * while it loads, fails or is empty. Chooses the list by the node.
 */
#pragma once

#include <adwaita.h>

#include "ms-object-set.h"

G_BEGIN_DECLS

#define MS_TYPE_LIST_PANE (ms_list_pane_get_type ())
G_DECLARE_FINAL_TYPE (MsListPane, ms_list_pane, MS, LIST_PANE, AdwBin)

/* Signals: "changed": count, selection or state, for the status line and the actions; "activated"
 * (MsResource *); "menu-requested". */

/* @node: (nullable). @parent: (nullable): the node it is in. */
void ms_list_pane_set_node (MsListPane *self, MsNode *node, MsNode *parent);
/* (transfer full) (nullable) */
MsObjectSet *ms_list_pane_dup_selected (MsListPane *self);
/* "1,204 users · 3 selected". (transfer full) */
char       *ms_list_pane_dup_status (MsListPane *self);
GListModel *ms_list_pane_get_list (MsListPane *self);
guint       ms_list_pane_get_n_selected (MsListPane *self);
void        ms_list_pane_focus_filter (MsListPane *self);
void        ms_list_pane_select_all (MsListPane *self, gboolean select);
void        ms_list_pane_reload (MsListPane *self);
void        ms_list_pane_set_menu (MsListPane *self, GMenuModel *menu);
/* Which page is shown: "list", "loading", "empty", "nothing-found" or "error". */
const char *ms_list_pane_get_page (MsListPane *self);

G_END_DECLS
