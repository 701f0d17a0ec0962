/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of objects: a GtkColumnView over any list of MsResource, with the columns of their
 * kind, sorted by the server, selected by a bitset. Knows rows and columns; what is listed and what
 * is done with it is the pane's.
 */
#pragma once

#include <gtk/gtk.h>

#include "ms-bitset-selection.h"
#include "ms-menu-host.h"
#include "ms-object-set.h"

G_BEGIN_DECLS

#define MS_TYPE_LIST_VIEW (ms_list_view_get_type ())
G_DECLARE_FINAL_TYPE (MsListView, ms_list_view, MS, LIST_VIEW, MsMenuHost)

/* Signals: "selection-changed"; "activated" (MsResource *); "sort-changed" (char *sort_by, gboolean
 * descending). */

/* Shows @list (nullable) with the columns of @row_kind. */
void
ms_list_view_set_list (MsListView *self, MsServer *server, MsNodeKind row_kind, GListModel *list);
MsBitsetSelection *ms_list_view_get_selection (MsListView *self);
MsNodeKind         ms_list_view_get_row_kind (MsListView *self);
/* What is selected. (transfer full) (nullable) */
MsObjectSet *ms_list_view_dup_selected (MsListView *self);
/* How the person has sorted; %FALSE for not at all. @sort_by is static. */
gboolean ms_list_view_get_sort (MsListView *self, const char **sort_by, gboolean *descending);
/* Titles and visibility of the columns, as a menu of toggles in the group "columns". (transfer
 * full) */
GMenuModel *ms_list_view_new_column_menu (MsListView *self);

G_END_DECLS
