/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include "ms-let-go.h"

#define BUTTONS                                                                                    \
  (GDK_BUTTON1_MASK | GDK_BUTTON2_MASK | GDK_BUTTON3_MASK | GDK_BUTTON4_MASK | GDK_BUTTON5_MASK)

typedef struct
{
  GtkWidget          *widget;     /* weak */
  GtkEventController *controller; /* borrowed: of the window, owns this */
  MsLetGoFunc         then;
  gpointer            user_data;
  GDestroyNotify      destroy;
  guint               idle; /* 0 until a button is let go of */
} Wait;

static void
wait_free (gpointer data, GClosure *closure)
{
  Wait *self = data;

  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_weak_pointer (&self->widget);
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

static gboolean
on_idle_cb (gpointer user_data)
{
  Wait *self = user_data;

  self->idle = 0;
  if (self->widget != NULL && ms_let_go_is_held (self->widget))
    return G_SOURCE_REMOVE;

  /* Whoever is called may close the window. */
  g_autoptr (GtkEventController) controller = g_object_ref (self->controller);
  gtk_widget_remove_controller (gtk_event_controller_get_widget (controller), controller);
  if (self->widget != NULL)
    self->then (self->widget, self->user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_event_cb (GtkEventController *controller, GdkEvent *event, gpointer user_data)
{
  Wait        *self = user_data;
  GdkEventType type = gdk_event_get_event_type (event);

  if (self->idle != 0 || (type != GDK_BUTTON_RELEASE && type != GDK_BUTTON_PRESS))
    return GDK_EVENT_PROPAGATE;
  /* Also where the release went elsewhere: the next one is about something else. */
  if (type == GDK_BUTTON_PRESS)
    g_clear_weak_pointer (&self->widget);
  /* Later, for the window is the first to hear of an event. */
  self->idle = g_idle_add_full (G_PRIORITY_HIGH_IDLE, on_idle_cb, self, NULL);
  return GDK_EVENT_PROPAGATE;
}

/* Asks the device: an event tells of its own moment, and a key not of buttons at all. */
gboolean
ms_let_go_is_held (GtkWidget *widget)
{
  g_return_val_if_fail (GTK_IS_WIDGET (widget), FALSE);

  GdkSeat        *seat = gdk_display_get_default_seat (gtk_widget_get_display (widget));
  GdkDevice      *pointer = seat != NULL ? gdk_seat_get_pointer (seat) : NULL;
  GtkNative      *native = gtk_widget_get_native (widget);
  GdkSurface     *surface = native != NULL ? gtk_native_get_surface (native) : NULL;
  GdkModifierType state = 0;

  if (pointer == NULL || surface == NULL)
    return FALSE;
  (void) gdk_surface_get_device_position (surface, pointer, NULL, NULL, &state);
  return (state & BUTTONS) != 0;
}

void
ms_let_go_then (GtkWidget *widget, MsLetGoFunc then, gpointer user_data, GDestroyNotify destroy)
{
  g_return_if_fail (GTK_IS_WIDGET (widget) && then != NULL);

  if (!ms_let_go_is_held (widget))
    {
      then (widget, user_data);
      if (destroy != NULL)
        destroy (user_data);
      return;
    }

  Wait *self = g_new0 (Wait, 1);
  g_set_weak_pointer (&self->widget, widget);
  self->controller = gtk_event_controller_legacy_new ();
  self->then = then;
  self->user_data = user_data;
  self->destroy = destroy;
  gtk_event_controller_set_propagation_phase (self->controller, GTK_PHASE_CAPTURE);
  g_signal_connect_data (
      self->controller, "event", G_CALLBACK (on_event_cb), self, wait_free, G_CONNECT_DEFAULT);
  gtk_widget_add_controller (GTK_WIDGET (gtk_widget_get_root (widget)), self->controller);
}
