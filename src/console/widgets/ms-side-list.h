/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pages of a dialog that are chosen from a list at its side: a row of the list, and the page beside
 * it, which scrolls.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A row that stands for the page @name. @icon: (nullable). (transfer floating) */
GtkWidget  *ms_side_list_row_new (const char *name, const char *title, const char *icon);
const char *ms_side_list_row_get_name (GtkListBoxRow *row);
/* Where its icon is. */
GtkWidget *ms_side_list_row_get_image (GtkListBoxRow *row);
/* @content as a page that scrolls, with @margin at its sides and below. (transfer floating) */
GtkWidget *ms_side_list_page_new (GtkWidget *content, int margin);

G_END_DECLS
