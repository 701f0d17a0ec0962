/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Escape cancels a drag, also where GTK does not see to it.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Makes Escape cancel the drags of @source. */
void ms_drag_escape_attach (GtkDragSource *source);

G_END_DECLS
