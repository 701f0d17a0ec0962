/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The context menu of a list of rows: by the secondary button, which selects what it is on, and by
 * Menu or Shift+F10.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Rows are marked by ms_list_item_mark(). The popover: a child of @pane, which presents it in its
 * size_allocate and unparents it in dispose. The menu's actions are looked up from @pane. */
GtkWidget *ms_row_menu_new (GtkWidget *pane, GtkListView *list, GMenuModel *menu);

G_END_DECLS
