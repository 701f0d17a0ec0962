/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Opens a context menu at a point.
 *
 * A menu takes the pointer from whatever a button is held down on. In GTK 4.8 what was pressed then
 * counts as held down for good, and stays highlighted; and once the button is let go, the menu is
 * let go of though nobody had pressed it: a warning, "Broken accounting of active state". So menus
 * open when the secondary button is let go, and never while a button is down (see ms-let-go.h).
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @x, @y: in @from, a widget of the same window as @menu, which has a parent already. Nothing
 * happens while a button is held down, or where @from is not in that window. */
void ms_menu_popup_at (GtkPopover *menu, GtkWidget *from, double x, double y);

G_END_DECLS
