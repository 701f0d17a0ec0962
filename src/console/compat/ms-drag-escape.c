/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. On X11, GTK 4.8 grabs Escape on the root window while something is dragged, and
 * then drops the event because the root window is none of its surfaces. So the raw event is looked
 * at here. On Wayland the compositor does it.
 */
#include "config.h"

#include "ms-drag-escape.h"

#ifdef MS_HAVE_XINPUT2
#include <X11/extensions/XInput2.h>
#include <gdk/x11/gdkx.h>

static gboolean
is_escape (GdkDisplay *display, guint keycode)
{
  g_autofree GdkKeymapKey *keys = NULL;
  int                      n = 0;

  if (!gdk_display_map_keyval (display, GDK_KEY_Escape, &keys, &n))
    return FALSE;
  for (int i = 0; i < n; i++)
    if (keys[i].keycode == keycode)
      return TRUE;
  return FALSE;
}

static gboolean
on_cancel_idle_cb (gpointer user_data)
{
  GdkDrag *drag = gtk_drag_source_get_drag (GTK_DRAG_SOURCE (user_data));

  /* Not dropped yet, so nobody is waiting for data. */
  if (drag != NULL)
    g_signal_emit_by_name (drag, "cancel", GDK_DRAG_CANCEL_USER_CANCELLED);
  return G_SOURCE_REMOVE;
}

static gboolean
on_xevent_cb (GdkDisplay *display, gpointer event, gpointer user_data)
{
  XGenericEventCookie *cookie = &((XEvent *) event)->xcookie;

  if (((XEvent *) event)->type == GenericEvent && cookie->evtype == XI_KeyPress
      && cookie->data != NULL
      && is_escape (display, (guint) ((XIDeviceEvent *) cookie->data)->detail))
    g_idle_add_full (
        G_PRIORITY_DEFAULT, on_cancel_idle_cb, g_object_ref (user_data), g_object_unref);
  return GDK_EVENT_PROPAGATE;
}

static void
on_drag_begin_cb (GtkDragSource *source, GdkDrag *drag, gpointer user_data)
{
  GdkDisplay *display = gdk_drag_get_display (drag);

  if (GDK_IS_X11_DISPLAY (display))
    g_signal_connect_object (display, "xevent", G_CALLBACK (on_xevent_cb), source, 0);
}

static void
on_drag_end_cb (GtkDragSource *source, GdkDrag *drag, gboolean delete_data, gpointer user_data)
{
  g_signal_handlers_disconnect_by_func (gdk_drag_get_display (drag), on_xevent_cb, source);
}

void
ms_drag_escape_attach (GtkDragSource *source)
{
  g_return_if_fail (GTK_IS_DRAG_SOURCE (source));

  g_signal_connect (source, "drag-begin", G_CALLBACK (on_drag_begin_cb), NULL);
  g_signal_connect (source, "drag-end", G_CALLBACK (on_drag_end_cb), NULL);
}
#else
void
ms_drag_escape_attach (GtkDragSource *source)
{
}
#endif
