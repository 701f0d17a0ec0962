/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The window of Reset Password…; others use ms_reset_password_present().
 */
#pragma once

#include "ms-connection.h"
#include "ms-dialog.h"
#include "ms-password-chooser.h"

G_BEGIN_DECLS

#define MS_TYPE_RESET_PASSWORD_WINDOW (ms_reset_password_window_get_type ())
G_DECLARE_FINAL_TYPE (
    MsResetPasswordWindow, ms_reset_password_window, MS, RESET_PASSWORD_WINDOW, MsDialog)

GtkWidget *
ms_reset_password_window_new (GtkWindow *parent, MsConnection *connection, MsResource *user);
/* (nullable): the generated password, while it is shown */
const char *ms_reset_password_window_get_shown (MsResetPasswordWindow *self);

G_END_DECLS
