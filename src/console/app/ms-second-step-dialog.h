/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One's own second step of logging on: setting it up (key, code, recovery codes), what is left of
 * it, and taking it away.
 */
#pragma once

#include "ms-connection.h"
#include "ms-dialog.h"

G_BEGIN_DECLS

#define MS_TYPE_SECOND_STEP_DIALOG (ms_second_step_dialog_get_type ())
G_DECLARE_FINAL_TYPE (MsSecondStepDialog, ms_second_step_dialog, MS, SECOND_STEP_DIALOG, MsDialog)

/* @required: the role must have it: begins at once, and says why. Signal "enrolled": it is set up,
 * or of one that was required is wanting no more, and the dialog is closing. */
MsSecondStepDialog *
ms_second_step_dialog_new (GtkWindow *parent, MsConnection *connection, gboolean required);
MsConnection *ms_second_step_dialog_get_connection (MsSecondStepDialog *self);
/* "wait", "off", "scan", "codes" or "on" */
const char *ms_second_step_dialog_get_page (MsSecondStepDialog *self);

G_END_DECLS
