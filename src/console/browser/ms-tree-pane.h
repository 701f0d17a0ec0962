/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tree: servers, their branches and objects. Keeps expansion and selection by the nodes' keys,
 * so that both survive lists that are read afresh and connections that come back.
 */
#pragma once

#include <gtk/gtk.h>

#include "ms-menu-host.h"
#include "ms-object-set.h"

G_BEGIN_DECLS

#define MS_TYPE_TREE_PANE (ms_tree_pane_get_type ())
G_DECLARE_FINAL_TYPE (MsTreePane, ms_tree_pane, MS, TREE_PANE, MsMenuHost)

/* Signals: "selected": another node is selected.
 *          "activated" (MsNode *): double click or Enter; a single click on Guest.
 *          "renamed" (MsNode *, char *name).
 *          "hover" (char *text or NULL, MsDropVerdict, double x, double y): what a drop here would
 * do. "dropped" (MsObjectSet *, char *verb, char *to, char *report). "file-dropped" (GFile *,
 * MsNode *). */

/* @servers: of MsServer */
void ms_tree_pane_set_servers (MsTreePane *self, GListModel *servers);
/* (transfer none) (nullable) */
MsNode *ms_tree_pane_get_selected (MsTreePane *self);
/* The node the selected one is in: for a mailbox its user. (transfer full) (nullable) */
MsNode *ms_tree_pane_dup_parent (MsTreePane *self);
/* Names from the server down to the selected node. (transfer full) */
char *ms_tree_pane_dup_path (MsTreePane *self);
/* Selects the branch @kind of a server, expanding the server. */
gboolean ms_tree_pane_select_branch (MsTreePane *self, MsServer *server, MsNodeKind kind);
void     ms_tree_pane_expand_server (MsTreePane *self, MsServer *server);
void     ms_tree_pane_start_rename (MsTreePane *self);

G_END_DECLS
