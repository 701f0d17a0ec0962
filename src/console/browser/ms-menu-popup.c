/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include "ms-menu-popup.h"

#define BUTTONS                                                                                    \
  (GDK_BUTTON1_MASK | GDK_BUTTON2_MASK | GDK_BUTTON3_MASK | GDK_BUTTON4_MASK | GDK_BUTTON5_MASK)

/* Asks the device: an event tells of its own moment, and a key not of buttons at all. */
static gboolean
is_button_held (GtkWidget *widget)
{
  GdkSeat        *seat = gdk_display_get_default_seat (gtk_widget_get_display (widget));
  GdkDevice      *pointer = seat != NULL ? gdk_seat_get_pointer (seat) : NULL;
  GdkSurface     *surface = gtk_native_get_surface (gtk_widget_get_native (widget));
  GdkModifierType state = 0;

  if (pointer == NULL)
    return FALSE;
  (void) gdk_surface_get_device_position (surface, pointer, NULL, NULL, &state);
  return (state & BUTTONS) != 0;
}

void
ms_menu_popup_at (GtkPopover *menu, GtkWidget *from, double x, double y)
{
  g_return_if_fail (GTK_IS_POPOVER (menu) && GTK_IS_WIDGET (from));

  GtkWidget       *parent = gtk_widget_get_parent (GTK_WIDGET (menu));
  graphene_point_t point;

  if (!gtk_widget_compute_point (from, parent, &GRAPHENE_POINT_INIT ((float) x, (float) y), &point)
      || is_button_held (parent))
    return;
  gtk_popover_set_pointing_to (menu, &(GdkRectangle){ (int) point.x, (int) point.y, 1, 1 });
  gtk_popover_popup (menu);
}
