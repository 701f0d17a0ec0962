/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One row of the way of mail as it is drawn: how mail comes here, what it is, what becomes of it.
 */
#pragma once

#include <adwaita.h>

#include "ms-explanation.h"

G_BEGIN_DECLS

#define MS_TYPE_WAY_CELL (ms_way_cell_get_type ())
G_DECLARE_FINAL_TYPE (MsWayCell, ms_way_cell, MS, WAY_CELL, AdwBin)

GtkWidget *ms_way_cell_new (void);
/* @row: (nullable): the list's row, whose item is an MsWayRow */
void ms_way_cell_set_row (MsWayCell *self, GtkTreeListRow *row);

G_END_DECLS
