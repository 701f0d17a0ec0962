/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The window of Move To… and Add To List…; others use ms_move_to_present().
 */
#pragma once

#include "ms-connection.h"
#include "ms-dialog.h"
#include "ms-picker.h"

G_BEGIN_DECLS

#define MS_TYPE_MOVE_TO_WINDOW (ms_move_to_window_get_type ())
G_DECLARE_FINAL_TYPE (MsMoveToWindow, ms_move_to_window, MS, MOVE_TO_WINDOW, MsDialog)

GtkWidget *ms_move_to_window_new (GtkWindow         *parent,
                                  MsConnection      *connection,
                                  const char        *type_name,
                                  const char *const *ids,
                                  guint              n,
                                  gboolean           to_list);
MsPicker  *ms_move_to_window_get_picker (MsMoveToWindow *self);
/* What it says would happen, or why not. */
const char *ms_move_to_window_get_effect (MsMoveToWindow *self);

G_END_DECLS
