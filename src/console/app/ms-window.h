/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The main window: tree left, what the selected node shows right, header bar above, status line
 * below. Owns selection, toasts and the undo stack; what is done is done by MsVerbs and the
 * dialogs.
 *
 * Dialogs report what they did by activating "win.report-import" (sss) for a whole import (text,
 * its id, "" or "undone"), and for anything else by activating "win.report-change" (sx): what to
 * say, and the change set's number.
 */
#pragma once

#include <adwaita.h>

#include "ms-object-set.h"
#include "ms-servers.h"

G_BEGIN_DECLS

#define MS_TYPE_WINDOW (ms_window_get_type ())
G_DECLARE_FINAL_TYPE (MsWindow, ms_window, MS, WINDOW, AdwApplicationWindow)

MsWindow  *ms_window_new (GtkApplication *application, MsServers *servers);
MsServers *ms_window_get_servers (MsWindow *self);
/* The server of the selected node; (transfer none) (nullable) */
MsServer *ms_window_get_server (MsWindow *self);
MsNode   *ms_window_get_node (MsWindow *self);

/* Logs on with the remembered password, or asks. @password: (nullable): given by the command line.
 */
void ms_window_connect (MsWindow *self, MsServer *server, const char *password);
/* The dialog for a new server, filled in as far as known. */
void ms_window_ask_server (MsWindow *self, const char *host, const char *user_name);

/* Says what was done and offers to undo it. @change 0: nothing to undo, only said. */
void ms_window_report_change (MsWindow *self, MsServer *server, const char *text, gint64 change);
/* Says why something could not be done, unless it was cancelled. */
void ms_window_report_error (MsWindow *self, const char *heading, const GError *error);
/* Does @verb to @set and reports it as @text. */
void ms_window_act (MsWindow    *self,
                    MsObjectSet *set,
                    const char  *verb,
                    const char  *to,
                    JsonObject  *options,
                    const char  *text);
void ms_window_undo_change (MsWindow *self, MsServer *server, gint64 change);
void ms_window_start_rename (MsWindow *self);
/* Activity, only of this object. */
void ms_window_show_activity (MsWindow *self, MsServer *server, MsResource *object);
/* Which server the next "win.report-change" is about. */
void ms_window_set_acting_server (MsWindow *self, MsServer *server);

G_END_DECLS
