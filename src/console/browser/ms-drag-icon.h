/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is carried along in a drag, and what is seen of it at the pointer.
 */
#pragma once

#include <gtk/gtk.h>

#include "ms-object-set.h"

G_BEGIN_DECLS

/* Content for a drag of @set: the set itself for our own windows, CSV for other programs. (transfer
 * full) */
GdkContentProvider *ms_drag_icon_new_content (MsObjectSet *set);
/* Shows icon, name and number of what @drag carries. */
void ms_drag_icon_show (GdkDrag *drag);

G_END_DECLS
