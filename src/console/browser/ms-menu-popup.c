/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include "ms-let-go.h"
#include "ms-menu-popup.h"

void
ms_menu_popup_at (GtkPopover *menu, GtkWidget *from, double x, double y)
{
  g_return_if_fail (GTK_IS_POPOVER (menu) && GTK_IS_WIDGET (from));

  GtkWidget       *parent = gtk_widget_get_parent (GTK_WIDGET (menu));
  graphene_point_t point;

  if (!gtk_widget_compute_point (from, parent, &GRAPHENE_POINT_INIT ((float) x, (float) y), &point)
      || ms_let_go_is_held (parent))
    return;
  gtk_popover_set_pointing_to (menu, &(GdkRectangle){ (int) point.x, (int) point.y, 1, 1 });
  gtk_popover_popup (menu);
}
