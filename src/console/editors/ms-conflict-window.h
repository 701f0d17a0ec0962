/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The three-way notice: somebody else changed the same fields of the same object; theirs or mine,
 * field by field.
 */
#pragma once

#include "ms-dialog.h"
#include "ms-form.h"

G_BEGIN_DECLS

#define MS_TYPE_CONFLICT_WINDOW (ms_conflict_window_get_type ())
G_DECLARE_FINAL_TYPE (MsConflictWindow, ms_conflict_window, MS, CONFLICT_WINDOW, MsDialog)

/* Signal "resolved": every choice has been put into its field. Closed without it, the typed values
 * stand in the fields and nothing is written. @conflicts: (element-type MsConflict) (transfer full)
 */
GtkWidget *ms_conflict_window_new (GtkWindow *parent, MsResource *theirs, GPtrArray *conflicts);
/* Chooses for all fields. */
void ms_conflict_window_choose (MsConflictWindow *self, gboolean mine);

G_END_DECLS
