/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What shows one child, and a context menu for what is selected in it: at the pointer, and at what
 * is selected by Menu or Shift+F10. The one child is the first of the subclass's template.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MS_TYPE_MENU_HOST (ms_menu_host_get_type ())
G_DECLARE_DERIVABLE_TYPE (MsMenuHost, ms_menu_host, MS, MENU_HOST, GtkWidget)

/* Signals: "menu-requested": the menu is asked for, and about to be shown.
 * @locate: where the menu belongs that the keyboard asks for, in coordinates of the widget; %FALSE
 * where there is no such place */
struct _MsMenuHostClass
{
  GtkWidgetClass parent_class;

  gboolean (*locate) (MsMenuHost *self, graphene_point_t *where);
};

/* Until there is one with ms_menu_host_set_menu(), nothing is shown, nor while a button is held
 * down: for "released", not "pressed" (see ms-menu-popup.h). @x, @y: in @from, a widget within */
void ms_menu_host_popup_at (MsMenuHost *self, GtkWidget *from, double x, double y);
/* @menu: (nullable) */
void ms_menu_host_set_menu (MsMenuHost *self, GMenuModel *menu);

G_END_DECLS
