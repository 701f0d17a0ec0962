/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include "ms-column-factory.h"
#include "ms-list-item.h"

static GtkWidget *
new_name_cell (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *image = gtk_image_new ();
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_box_append (GTK_BOX (box), image);
  gtk_box_append (GTK_BOX (box), label);
  return box;
}

static GtkWidget *
new_text_cell (const MsColumn *column)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), column->flags & MS_COLUMN_NUMERIC ? 1 : 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_single_line_mode (GTK_LABEL (label), TRUE);
  if (column->flags & MS_COLUMN_NUMERIC)
    gtk_widget_add_css_class (label, "numeric");
  return label;
}

static void
on_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  const MsColumn *column = user_data;
  GtkWidget      *cell = column->flags & MS_COLUMN_NAME ? new_name_cell () : new_text_cell (column);

  gtk_list_item_set_child (item, cell);
  ms_list_item_mark (item);
  /* In GTK 4.8 both the cell and the row answer a click, and so Ctrl+click would toggle twice. */
  gtk_list_item_set_selectable (item, FALSE);
  gtk_list_item_set_activatable (item, FALSE);
}

static gboolean
is_inactive (MsResource *resource)
{
  return ms_resource_is_loaded (resource) && !ms_resource_get_boolean (resource, "active", TRUE);
}

static void
show_cell (GtkListItem *item, const MsColumn *column)
{
  GtkWidget       *cell = gtk_list_item_get_child (item);
  MsResource      *resource = gtk_list_item_get_item (item);
  g_autofree char *text = column->dup_text (resource);
  GtkWidget       *label = cell;

  if (column->flags & MS_COLUMN_NAME)
    {
      GtkWidget *image = gtk_widget_get_first_child (cell);

      label = gtk_widget_get_last_child (cell);
      gtk_image_set_from_icon_name (
          GTK_IMAGE (image),
          ms_resource_is_loaded (resource) ? ms_node_icon_for_resource (resource) : NULL);
    }
  gtk_label_set_label (GTK_LABEL (label), text);
  if (is_inactive (resource))
    gtk_widget_add_css_class (label, "dim-label");
  else
    gtk_widget_remove_css_class (label, "dim-label");
}

static void
on_resource_changed_cb (MsResource *resource, gpointer user_data)
{
  GtkListItem *item = GTK_LIST_ITEM (user_data);

  show_cell (item, g_object_get_data (G_OBJECT (item), "ms-column"));
}

static void
on_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  g_object_set_data (G_OBJECT (item), "ms-column", user_data);
  g_signal_connect (
      gtk_list_item_get_item (item), "changed", G_CALLBACK (on_resource_changed_cb), item);
  show_cell (item, user_data);
}

static void
on_unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  g_signal_handlers_disconnect_by_func (
      gtk_list_item_get_item (item), on_resource_changed_cb, item);
}

GtkListItemFactory *
ms_column_factory_new (const MsColumn *column)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup_cb), (gpointer) column);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind_cb), (gpointer) column);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind_cb), (gpointer) column);
  return factory;
}
