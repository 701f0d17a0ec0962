/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a point of a list or table to the row under it, which GTK does not tell: cells are marked
 * with their item.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For the factory's setup, once the item has its child. */
void ms_list_item_mark (GtkListItem *item);
/* The item at a point of @list, by the first marked cell of its row. (transfer none) (nullable) */
GtkListItem *ms_list_item_at (GtkWidget *list, double x, double y);

G_END_DECLS
