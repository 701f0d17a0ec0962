/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The window of the small New dialogs; others use ms_new_object_present().
 */
#pragma once

#include "ms-connection.h"
#include "ms-dialog.h"
#include "ms-form.h"

G_BEGIN_DECLS

#define MS_TYPE_NEW_OBJECT_WINDOW (ms_new_object_window_get_type ())
G_DECLARE_FINAL_TYPE (MsNewObjectWindow, ms_new_object_window, MS, NEW_OBJECT_WINDOW, MsDialog)

GtkWidget *ms_new_object_window_new (GtkWindow    *parent,
                                     MsConnection *connection,
                                     const char   *type_name,
                                     JsonObject   *preset);
MsForm    *ms_new_object_window_get_form (MsNewObjectWindow *self);

G_END_DECLS
