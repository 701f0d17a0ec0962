/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finds out by which column a GtkColumnView is to be sorted, where the sorting itself is the
 * server's. GtkColumnViewSorter became public in 4.10 only; so every column gets a sorter over
 * probe items, and the view's own sorter is asked how it would order pairs of them.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MS_SORT_PROBE_MAX_COLUMNS 24

/* A sorter for the column number @index (below MS_SORT_PROBE_MAX_COLUMNS). (transfer full) */
GtkSorter *ms_sort_probe_new_sorter (guint index);

/* @sorter: what gtk_column_view_get_sorter() gives. %FALSE where it sorts by nothing. */
gboolean
ms_sort_probe_read (GtkSorter *sorter, guint n_columns, guint *index, gboolean *descending);

G_END_DECLS
