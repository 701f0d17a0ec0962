/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A dialog may have been opened from another dialog, which knows nothing of toasts: the report
 * climbs.
 */
#include "config.h"

#include "ms-report.h"

void
ms_report_change (GtkWindow *parent, const char *text, gint64 change)
{
  g_return_if_fail (text != NULL);

  if (change == 0)
    return;

  for (; parent != NULL; parent = gtk_window_get_transient_for (parent))
    if (gtk_widget_activate_action (GTK_WIDGET (parent), "win.report-change", "(sx)", text, change))
      return;

  g_debug ("Nobody to tell: %s", text);
}

void
ms_report_import (GtkWindow *parent, const char *text, const char *job, gboolean undone)
{
  g_return_if_fail (text != NULL);
  g_return_if_fail (job != NULL);

  for (; parent != NULL; parent = gtk_window_get_transient_for (parent))
    if (gtk_widget_activate_action (
            GTK_WIDGET (parent), "win.report-import", "(sss)", text, job, undone ? "undone" : ""))
      return;

  g_debug ("Nobody to tell: %s", text);
}
