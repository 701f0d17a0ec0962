/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include "ms-list-item.h"

#define ITEM "ms-list-item"

/* Rows and cells of GTK's own are around what is marked. */
#define DEPTH 2

void
ms_list_item_mark (GtkListItem *item)
{
  g_return_if_fail (GTK_IS_LIST_ITEM (item));

  g_object_set_data (G_OBJECT (gtk_list_item_get_child (item)), ITEM, item);
}

GtkListItem *
ms_list_item_at (GtkWidget *list, double x, double y)
{
  g_return_val_if_fail (GTK_IS_WIDGET (list), NULL);

  for (GtkWidget *around = gtk_widget_pick (list, x, y, GTK_PICK_DEFAULT);
       around != NULL && around != list;
       around = gtk_widget_get_parent (around))
    {
      GtkWidget *widget = around;

      for (int depth = 0; widget != NULL && depth <= DEPTH; depth++)
        {
          GtkListItem *item = g_object_get_data (G_OBJECT (widget), ITEM);

          if (item != NULL)
            return item;
          widget = gtk_widget_get_first_child (widget);
        }
    }
  return NULL;
}
