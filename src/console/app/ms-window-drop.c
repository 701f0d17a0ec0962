/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What happens while something is dragged over the window, and when it is let go: the hint beside
 * the pointer and in the status line, the action, and files dropped anywhere.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-drop-rules.h"
#include "ms-import-window.h"
#include "ms-window-private.h"

/* Below the picture of what is dragged, which hangs at the pointer. */
#define HINT_OFFSET_X 12
#define HINT_OFFSET_Y 54

static void
show_hint (MsWindow *self, const char *text, MsDropVerdict verdict, double x, double y)
{
  graphene_point_t point;

  ms_status_line_set_hint (self->status, text);
  gtk_widget_set_visible (GTK_WIDGET (self->hint), text != NULL);
  if (text == NULL
      || !gtk_widget_compute_point (GTK_WIDGET (self->tree),
                                    GTK_WIDGET (self->overlay),
                                    &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                    &point))
    return;
  gtk_label_set_label (self->hint, text);
  if (verdict == MS_DROP_REFUSED)
    gtk_widget_add_css_class (GTK_WIDGET (self->hint), "refused");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->hint), "refused");
  self->hint_x = (int) point.x + HINT_OFFSET_X;
  self->hint_y = (int) point.y + HINT_OFFSET_Y;
  gtk_widget_queue_resize (GTK_WIDGET (self->hint));
}

static gboolean
on_get_child_position_cb (GtkOverlay   *overlay,
                          GtkWidget    *child,
                          GdkRectangle *allocation,
                          gpointer      user_data)
{
  MsWindow      *self = MS_WINDOW (user_data);
  GtkRequisition size;

  if (child != GTK_WIDGET (self->hint))
    return FALSE;
  gtk_widget_get_preferred_size (child, NULL, &size);
  allocation->width = MIN (size.width, gtk_widget_get_width (GTK_WIDGET (overlay)));
  allocation->height = size.height;
  allocation->x = MAX (
      0, MIN (self->hint_x, gtk_widget_get_width (GTK_WIDGET (overlay)) - allocation->width));
  allocation->y = MAX (
      0, MIN (self->hint_y, gtk_widget_get_height (GTK_WIDGET (overlay)) - allocation->height));
  return TRUE;
}

static void
on_tree_hover_cb (
    MsTreePane *tree, const char *text, int verdict, double x, double y, gpointer user_data)
{
  show_hint (MS_WINDOW (user_data), text, (MsDropVerdict) verdict, x, y);
}

static void
on_tree_dropped_cb (MsTreePane  *tree,
                    MsObjectSet *set,
                    const char  *verb,
                    const char  *to,
                    const char  *report,
                    gpointer     user_data)
{
  ms_window_act (MS_WINDOW (user_data), set, verb, to, NULL, report);
}

static void
open_import (MsWindow *self, MsServer *server, GFile *file, MsResource *group)
{
  ms_window_set_acting_server (self, server);
  ms_import_present (GTK_WINDOW (self), ms_server_get_connection (server), file, group);
}

static void
on_tree_file_dropped_cb (MsTreePane *tree, GFile *file, MsNode *node, gpointer user_data)
{
  MsResource *group
      = ms_node_get_kind (node) == MS_NODE_MAIL_GROUP ? ms_node_get_resource (node) : NULL;

  open_import (MS_WINDOW (user_data), ms_node_get_server (node), file, group);
}

/* Anywhere else in the window: into the server of the selected node. */
static gboolean
on_window_drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, gpointer data)
{
  MsWindow *self = MS_WINDOW (data);
  MsServer *server = ms_window_get_server (self);
  GSList   *files = g_value_get_boxed (value);

  if (files == NULL || server == NULL || !ms_server_is_writable (server))
    return FALSE;
  open_import (self, server, files->data, NULL);
  return TRUE;
}

void
ms_window_init_drops (MsWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  g_signal_connect_object (target, "drop", G_CALLBACK (on_window_drop_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self->content), GTK_EVENT_CONTROLLER (target));
  g_signal_connect_object (
      self->overlay, "get-child-position", G_CALLBACK (on_get_child_position_cb), self, 0);
  g_signal_connect_object (self->tree, "hover", G_CALLBACK (on_tree_hover_cb), self, 0);
  g_signal_connect_object (self->tree, "dropped", G_CALLBACK (on_tree_dropped_cb), self, 0);
  g_signal_connect_object (
      self->tree, "file-dropped", G_CALLBACK (on_tree_file_dropped_cb), self, 0);
}
