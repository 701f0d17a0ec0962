/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Brings a row of a long view into sight.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @view: a GtkListView or GtkColumnView. The selection stays as it is; with @focus the row gets the
 * keyboard focus. */
void ms_scroll_to (GtkWidget *view, guint position, gboolean focus);

G_END_DECLS
