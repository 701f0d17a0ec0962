/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The window of a property dialog. Others use ms_properties_present().
 */
#pragma once

#include "ms-connection.h"
#include "ms-dialog.h"
#include "ms-form.h"

G_BEGIN_DECLS

#define MS_TYPE_PROPERTIES_WINDOW (ms_properties_window_get_type ())
G_DECLARE_FINAL_TYPE (MsPropertiesWindow, ms_properties_window, MS, PROPERTIES_WINDOW, MsDialog)

/* @id: (nullable): for Guest */
GtkWidget *ms_properties_window_new (GtkWindow    *parent,
                                     MsConnection *connection,
                                     const char   *type_name,
                                     const char   *id);
MsForm    *ms_properties_window_get_form (MsPropertiesWindow *self);
/* (nullable): while it has not been loaded */
MsResource *ms_properties_window_get_resource (MsPropertiesWindow *self);
/* @name: "general", "history", … */
void ms_properties_window_show_page (MsPropertiesWindow *self, const char *name);

G_END_DECLS
