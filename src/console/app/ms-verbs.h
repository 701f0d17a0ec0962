/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Everything that can be done to what is selected, as actions: once for the selected node of the
 * tree ("node."), once for the selected rows of the list ("object."). Menus, keys and drops all end
 * here.
 */
#pragma once

#include "ms-window.h"

G_BEGIN_DECLS

#define MS_TYPE_VERBS (ms_verbs_get_type ())
G_DECLARE_FINAL_TYPE (MsVerbs, ms_verbs, MS, VERBS, GObject)

MsVerbs      *ms_verbs_new (MsWindow *window, gboolean in_tree);
GActionGroup *ms_verbs_get_group (MsVerbs *self);
/* @node: (nullable): the node that is selected in the tree. @set: (nullable): objects; %NULL acts
 * on the node itself where it is a branch. @kind: of what it acts on; MS_NODE_N_KINDS for entries
 * of the list @node. */
void ms_verbs_set_target (MsVerbs *self, MsNode *node, MsNodeKind kind, MsObjectSet *set);
/* Id of the menu in ui/browser/menus.ui that fits the target; (nullable) */
const char *ms_verbs_get_menu_id (MsVerbs *self);

G_END_DECLS
