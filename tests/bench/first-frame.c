/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The console itself, saying on standard output when its first frame was painted and when the first
 * rows of a server's list were: milliseconds since the process began. Ends after that. Takes the
 * console's arguments; without --server it ends at the first frame.
 */
#include "config.h"

#include "ms-application.h"
#include "ms-resource.h"

#include <unistd.h>

static gboolean first_frame_seen;
static gboolean wants_rows;

/* Since the process began, as the kernel counts it (proc(5), starttime in clock ticks since boot).
 */
static double
milliseconds_of_life (void)
{
  g_autofree char *stat = NULL;
  struct timespec  now;

  if (!g_file_get_contents ("/proc/self/stat", &stat, NULL, NULL))
    return -1;
  g_auto (GStrv) fields = g_strsplit (strrchr (stat, ')') + 2, " ", 0);
  double began = g_ascii_strtod (fields[19], NULL) / (double) sysconf (_SC_CLK_TCK);

  clock_gettime (CLOCK_BOOTTIME, &now);
  return ((double) now.tv_sec + (double) now.tv_nsec / 1e9 - began) * 1000;
}

static GtkWidget *
find_column_view (GtkWidget *widget)
{
  if (GTK_IS_COLUMN_VIEW (widget) && gtk_widget_get_mapped (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_column_view (child);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
has_rows (GtkWidget *window)
{
  GtkWidget  *view = find_column_view (window);
  GListModel *model
      = view != NULL ? G_LIST_MODEL (gtk_column_view_get_model (GTK_COLUMN_VIEW (view))) : NULL;

  if (model == NULL || g_list_model_get_n_items (model) == 0)
    return FALSE;
  g_autoptr (GObject) item = g_list_model_get_item (model, 0);
  return MS_IS_RESOURCE (item) && ms_resource_is_loaded (MS_RESOURCE (item));
}

static void
on_after_paint_cb (GdkFrameClock *clock, GtkWidget *window)
{
  if (!first_frame_seen)
    {
      first_frame_seen = TRUE;
      g_print ("first-frame %.0f\n", milliseconds_of_life ());
    }
  if (wants_rows && !has_rows (window))
    return;
  if (wants_rows)
    g_print ("first-rows %.0f\n", milliseconds_of_life ());
  _exit (0);
}

static void
on_realize_cb (GtkWidget *window, gpointer user_data)
{
  g_signal_connect_object (gtk_widget_get_frame_clock (window),
                           "after-paint",
                           G_CALLBACK (on_after_paint_cb),
                           window,
                           0);
}

static void
on_window_added_cb (GtkApplication *application, GtkWindow *window, gpointer user_data)
{
  if (gtk_widget_get_realized (GTK_WIDGET (window)))
    on_realize_cb (GTK_WIDGET (window), NULL);
  else
    g_signal_connect (window, "realize", G_CALLBACK (on_realize_cb), NULL);
}

int
main (int argc, char *argv[])
{
  g_autoptr (MsApplication) application = ms_application_new ();

  wants_rows = argc > 1;
  g_signal_connect (application, "window-added", G_CALLBACK (on_window_added_cb), NULL);
  return g_application_run (G_APPLICATION (application), argc, argv);
}
