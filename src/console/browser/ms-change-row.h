/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One change set in the Activity list: what was done, by whom, an Undo button, and the fields it
 * changed when opened.
 */
#pragma once

#include <adwaita.h>

#include "ms-change-list.h"

G_BEGIN_DECLS

#define MS_TYPE_CHANGE_ROW (ms_change_row_get_type ())
G_DECLARE_FINAL_TYPE (MsChangeRow, ms_change_row, MS, CHANGE_ROW, AdwBin)

/* Signals: "undo" (gint64 sequence); "details-wanted". */
GtkWidget *ms_change_row_new (void);
/* @change: (nullable). @writable: whether undoing is possible at all. */
void      ms_change_row_set_change (MsChangeRow *self, MsChange *change, gboolean writable);
MsChange *ms_change_row_get_change (MsChangeRow *self);

G_END_DECLS
