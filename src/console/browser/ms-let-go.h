/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether a button of the pointer is held down, and waiting until none is.
 *
 * What opens a menu or a modal window takes the pointer from whatever a button is held down on, and
 * in GTK 4.8 that counts as held down from then on: a row stays highlighted.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef void (*MsLetGoFunc) (GtkWidget *widget, gpointer user_data);

/* @widget: one of the display; where it is in no window, no button counts as held */
gboolean ms_let_go_is_held (GtkWidget *widget);
/* Calls @then, at once if no button is held down, else once the last one is let go of; not at all
 * if
 * @widget is gone by then, or another button is pressed first. @destroy: frees @user_data after the
 * call, or without one */
void
ms_let_go_then (GtkWidget *widget, MsLetGoFunc then, gpointer user_data, GDestroyNotify destroy);

G_END_DECLS
