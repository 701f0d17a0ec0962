/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who Gets Mail for This Address?: an address, and the way of its mail as a tree.
 */
#pragma once

#include "ms-connection.h"
#include "ms-dialog.h"
#include "ms-explanation.h"

G_BEGIN_DECLS

#define MS_TYPE_EXPLAIN_WINDOW (ms_explain_window_get_type ())
G_DECLARE_FINAL_TYPE (MsExplainWindow, ms_explain_window, MS, EXPLAIN_WINDOW, MsDialog)

/* @address: (nullable): asked about at once */
GtkWidget *ms_explain_window_new (GtkWindow *parent, MsConnection *connection, const char *address);
void       ms_explain_present (GtkWindow *parent, MsConnection *connection, const char *address);
/* (nullable) (transfer none): what is shown; %NULL while there is nothing */
MsExplanation *ms_explain_window_get_explanation (MsExplainWindow *self);
/* "start", "result" or "error" */
const char *ms_explain_window_get_page (MsExplainWindow *self);

G_END_DECLS
