/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Scrolls a view while something is dragged near its upper or lower edge.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Makes @scrolled do so, for as long as it lives. */
void ms_edge_scroll_attach (GtkScrolledWindow *scrolled);

G_END_DECLS
