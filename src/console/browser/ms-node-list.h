/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The children of a tree node as a GListModel of MsNode, over the windowed list of a server.
 * Nothing is fetched before somebody asks for the length. A branch with more than MS_NODE_LIST_MAX
 * objects shows them as name ranges of that many.
 *
 * The same object keeps the same node while the list changes around it, and rows that did not
 * change are not touched by "items-changed": that is what keeps expansion, selection and scroll
 * position of the tree.
 */
#pragma once

#include "ms-node.h"

G_BEGIN_DECLS

#define MS_NODE_LIST_MAX 500

#define MS_TYPE_NODE_LIST (ms_node_list_get_type ())
G_DECLARE_FINAL_TYPE (MsNodeList, ms_node_list, MS, NODE_LIST, GObject)

/* @filter: (nullable) */
MsNodeList *ms_node_list_new (MsServer *server, MsNodeKind kind, const char *filter);
/* What belongs to @owner by its relation @link, "owner.value". @owner may still be a placeholder.
 */
MsNodeList *
ms_node_list_new_below (MsServer *server, MsNodeKind kind, const char *link, MsResource *owner);
/* A stretch of it, never split further. */
MsNodeList *ms_node_list_new_range (
    MsServer *server, MsNodeKind kind, const char *filter, guint start, guint count);
void ms_node_list_set_range (MsNodeList *self, guint start, guint count);

G_END_DECLS
