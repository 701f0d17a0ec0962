/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Show Request: what a dialog would send, as an HTTP request and as a command line, to copy.
 */
#pragma once

#include "ms-connection.h"
#include "ms-dialog.h"

G_BEGIN_DECLS

#define MS_TYPE_REQUEST_WINDOW (ms_request_window_get_type ())
G_DECLARE_FINAL_TYPE (MsRequestWindow, ms_request_window, MS, REQUEST_WINDOW, MsDialog)

/* @body: (nullable). @command: (nullable): the line of mailsteadctl that does the same. */
void ms_request_window_present (
    GtkWindow *parent, const char *method, const char *path, JsonNode *body, const char *command);
/* The PATCH of an object that an editor would send now. */
void ms_request_window_present_patch (GtkWindow    *parent,
                                      MsConnection *connection,
                                      MsResource   *resource,
                                      JsonArray    *operations);

/* The command line for such a PATCH; secrets and what has no option are left to --json. (transfer
 * full) */
char *ms_request_dup_command (const char *verb,
                              const char *type_name,
                              const char *label,
                              JsonArray  *operations);

G_END_DECLS
