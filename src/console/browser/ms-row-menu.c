/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include "ms-list-item.h"
#include "ms-menu-popup.h"
#include "ms-row-menu.h"

#define MENU "ms-row-menu"

static void
popup_at (GtkWidget *list, GtkWidget *from, double x, double y)
{
  ms_menu_popup_at (GTK_POPOVER (g_object_get_data (G_OBJECT (list), MENU)), from, x, y);
}

static void
on_released_cb (GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
  GtkWidget         *list = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  GtkListItem       *item = ms_list_item_at (list, x, y);
  GtkSelectionModel *selection = gtk_list_view_get_model (GTK_LIST_VIEW (list));

  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  if (item == NULL || selection == NULL)
    return;
  guint position = gtk_list_item_get_position (item);
  if (!gtk_selection_model_is_selected (selection, position))
    gtk_selection_model_select_item (selection, position, TRUE);
  popup_at (list, list, x, y);
}

static gboolean
on_key_cb (GtkWidget *list, GVariant *args, gpointer user_data)
{
  GtkSelectionModel *selection = gtk_list_view_get_model (GTK_LIST_VIEW (list));
  GtkWidget         *focus = gtk_root_get_focus (gtk_widget_get_root (list));
  g_autoptr (GtkBitset) selected
             = selection != NULL ? gtk_selection_model_get_selection (selection) : NULL;

  if (selected == NULL || gtk_bitset_is_empty (selected) || focus == NULL
      || !gtk_widget_is_ancestor (focus, list))
    return FALSE;
  popup_at (list, focus, 48, gtk_widget_get_height (focus) / 2.0);
  return TRUE;
}

static void
add_key (GtkWidget *list, const char *trigger)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (controller),
      gtk_shortcut_new (gtk_shortcut_trigger_parse_string (trigger),
                        gtk_callback_action_new (on_key_cb, NULL, NULL)));
  gtk_widget_add_controller (list, controller);
}

GtkWidget *
ms_row_menu_new (GtkWidget *pane, GtkListView *list, GMenuModel *menu)
{
  g_return_val_if_fail (GTK_IS_LIST_VIEW (list) && G_IS_MENU_MODEL (menu), NULL);

  GtkGesture *gesture = gtk_gesture_click_new ();
  GtkWidget  *popover = gtk_popover_menu_new_from_model (menu);

  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_widget_set_halign (popover, GTK_ALIGN_START);
  gtk_widget_set_parent (popover, pane);
  g_object_set_data (G_OBJECT (list), MENU, popover);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), GDK_BUTTON_SECONDARY);
  g_signal_connect (gesture, "released", G_CALLBACK (on_released_cb), NULL);
  gtk_widget_add_controller (GTK_WIDGET (list), GTK_EVENT_CONTROLLER (gesture));
  add_key (GTK_WIDGET (list), "Menu");
  add_key (GTK_WIDGET (list), "<Shift>F10");
  return popover;
}
