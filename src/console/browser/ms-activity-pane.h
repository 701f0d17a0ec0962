/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Activity: what was changed on a server, newest first, by whom and how, with Undo for each.
 */
#pragma once

#include <adwaita.h>

#include "ms-server.h"

G_BEGIN_DECLS

#define MS_TYPE_ACTIVITY_PANE (ms_activity_pane_get_type ())
G_DECLARE_FINAL_TYPE (MsActivityPane, ms_activity_pane, MS, ACTIVITY_PANE, AdwBin)

/* Signals: "undo" (MsServer *, gint64 sequence); "changed": for the status line. */

/* @server: (nullable). @object: (nullable): only what concerns this object. */
void ms_activity_pane_set_server (MsActivityPane *self, MsServer *server, MsResource *object);
/* (nullable) */
MsServer   *ms_activity_pane_get_server (MsActivityPane *self);
void        ms_activity_pane_reload (MsActivityPane *self);
GListModel *ms_activity_pane_get_list (MsActivityPane *self);

G_END_DECLS
