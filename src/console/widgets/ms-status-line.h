/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The line at the bottom of the window: what is listed and selected, or what a drop would do; seats
 * used; what runs.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define MS_TYPE_STATUS_LINE (ms_status_line_get_type ())
G_DECLARE_FINAL_TYPE (MsStatusLine, ms_status_line, MS, STATUS_LINE, AdwBin)

/* Signals: "task-activated"; "task-cancelled": the buttons of the running task. */

void ms_status_line_set_text (MsStatusLine *self, const char *text);
/* Stands in front of the text for as long as it is set; screen readers hear it. @text: (nullable)
 */
void        ms_status_line_set_hint (MsStatusLine *self, const char *text);
const char *ms_status_line_get_shown (MsStatusLine *self);
/* @text: (nullable): hides it */
void ms_status_line_set_seats (MsStatusLine *self, const char *text, gboolean exceeded);
/* @text: (nullable): no task. @fraction: 0 … 1, or negative where it is not known. */
void ms_status_line_set_task (MsStatusLine *self, const char *text, double fraction);

G_END_DECLS
