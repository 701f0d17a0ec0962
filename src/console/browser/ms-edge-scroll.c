/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. The nearer to the edge, the faster; by the frame clock, so that it is even.
 */
#include "config.h"

#include "ms-edge-scroll.h"

#define EDGE 36.0
#define PIXELS_PER_SECOND 700.0

typedef struct
{
  GtkScrolledWindow *scrolled; /* borrowed: owns us */
  double             speed;    /* -1 … 1 */
  gint64             last;
  guint              tick;
} EdgeScroll;

static void
stop (EdgeScroll *self)
{
  if (self->tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self->scrolled), self->tick);
  self->tick = 0;
}

static gboolean
on_tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  EdgeScroll    *self = user_data;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scrolled);
  gint64         now = gdk_frame_clock_get_frame_time (clock);
  double         seconds = self->last > 0 ? (double) (now - self->last) / G_USEC_PER_SEC : 0;

  self->last = now;
  gtk_adjustment_set_value (adjustment,
                            gtk_adjustment_get_value (adjustment)
                                + self->speed * PIXELS_PER_SECOND * seconds);
  return G_SOURCE_CONTINUE;
}

static void
on_motion_cb (GtkDropControllerMotion *controller, double x, double y, gpointer user_data)
{
  EdgeScroll *self = user_data;
  double      height = gtk_widget_get_height (GTK_WIDGET (self->scrolled));

  if (y < EDGE)
    self->speed = -(EDGE - y) / EDGE;
  else if (y > height - EDGE)
    self->speed = (y - (height - EDGE)) / EDGE;
  else
    self->speed = 0;
  if (self->speed == 0)
    {
      stop (self);
      return;
    }
  if (self->tick == 0)
    {
      self->last = 0;
      self->tick
          = gtk_widget_add_tick_callback (GTK_WIDGET (self->scrolled), on_tick_cb, self, NULL);
    }
}

static void
on_leave_cb (GtkDropControllerMotion *controller, gpointer user_data)
{
  stop (user_data);
}

void
ms_edge_scroll_attach (GtkScrolledWindow *scrolled)
{
  GtkEventController *controller = gtk_drop_controller_motion_new ();
  EdgeScroll         *self = g_new0 (EdgeScroll, 1);

  g_return_if_fail (GTK_IS_SCROLLED_WINDOW (scrolled));

  self->scrolled = scrolled;
  g_object_set_data_full (G_OBJECT (scrolled), "ms-edge-scroll", self, g_free);
  g_signal_connect (controller, "enter", G_CALLBACK (on_motion_cb), self);
  g_signal_connect (controller, "motion", G_CALLBACK (on_motion_cb), self);
  g_signal_connect (controller, "leave", G_CALLBACK (on_leave_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (scrolled), controller);
}
