/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Telling the main window what a dialog did, so that it can offer Undo.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @parent: (nullable): any window; the report goes to the first of it and the windows it belongs to
 * that takes it.
 * @change: number of the change set; 0 = nothing was changed, nothing is reported. */
void ms_report_change (GtkWindow *parent, const char *text, gint64 change);
/* The same for an import, which is undone as one whatever number of change sets it made. @undone:
 * it was taken back. */
void ms_report_import (GtkWindow *parent, const char *text, const char *job, gboolean undone);

G_END_DECLS
