/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include <string.h>

#include "ms-drag-icon.h"

GdkContentProvider *
ms_drag_icon_new_content (MsObjectSet *set)
{
  GdkContentProvider *providers[3];
  guint               n = 0;
  g_autofree char    *csv = NULL;

  g_return_val_if_fail (MS_IS_OBJECT_SET (set), NULL);

  providers[n++] = gdk_content_provider_new_typed (MS_TYPE_OBJECT_SET, set);
  csv = ms_object_set_to_csv (set);
  if (csv != NULL)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (csv, strlen (csv));

      providers[n++] = gdk_content_provider_new_for_bytes ("text/csv", bytes);
      providers[n++] = gdk_content_provider_new_for_bytes ("text/plain;charset=utf-8", bytes);
    }
  return gdk_content_provider_new_union (providers, n);
}

void
ms_drag_icon_show (GdkDrag *drag)
{
  GValue           value = G_VALUE_INIT;
  GtkWidget       *icon = gtk_drag_icon_get_for_drag (drag);
  GtkWidget       *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  MsObjectSet     *set;
  MsResource      *first;
  g_autofree char *label = NULL;

  g_value_init (&value, MS_TYPE_OBJECT_SET);
  if (!gdk_content_provider_get_value (gdk_drag_get_content (drag), &value, NULL))
    return;
  set = g_value_get_object (&value);
  first = ms_object_set_get_first (set);
  label = ms_object_set_dup_label (set);
  if (first != NULL)
    gtk_box_append (GTK_BOX (box),
                    gtk_image_new_from_icon_name (ms_node_icon_for_resource (first)));
  gtk_box_append (GTK_BOX (box), gtk_label_new (label));
  gtk_widget_add_css_class (box, "drag-bubble");
  gtk_drag_icon_set_child (GTK_DRAG_ICON (icon), box);
  gdk_drag_set_hotspot (drag, -12, -12);
  g_value_unset (&value);
}
