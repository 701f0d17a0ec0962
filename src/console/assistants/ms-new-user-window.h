/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The window of the New User assistant; others use ms_new_user_present().
 */
#pragma once

#include "ms-assistant.h"
#include "ms-connection.h"
#include "ms-form.h"
#include "ms-password-chooser.h"

G_BEGIN_DECLS

#define MS_TYPE_NEW_USER_WINDOW (ms_new_user_window_get_type ())
G_DECLARE_FINAL_TYPE (MsNewUserWindow, ms_new_user_window, MS, NEW_USER_WINDOW, MsAssistant)

GtkWidget *
ms_new_user_window_new (GtkWindow *parent, MsConnection *connection, MsResource *duplicate_of);
/* "template", "who", "mailbox" or "rights" */
MsForm *ms_new_user_window_get_form (MsNewUserWindow *self, const char *step);
/* (nullable): the generated password, once it is shown */
const char *ms_new_user_window_get_shown (MsNewUserWindow *self);

G_END_DECLS
