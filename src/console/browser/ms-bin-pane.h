/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The bin of a server: what was deleted, by whom and when, until when it is kept; restoring it, and
 * deleting it for good.
 */
#pragma once

#include "ms-row-pane.h"

G_BEGIN_DECLS

#define MS_TYPE_BIN_PANE (ms_bin_pane_get_type ())
G_DECLARE_FINAL_TYPE (MsBinPane, ms_bin_pane, MS, BIN_PANE, MsRowPane)

/* Signals: "restore", "purge" (MsServer *, char **ids, const char *label): wanted for what is
 * selected. */
void ms_bin_pane_set_server (MsBinPane *self, MsServer *server);
/* "3 deleted objects, 1 selected" (transfer full) */
char *ms_bin_pane_dup_status (MsBinPane *self);
/* (nullable) (transfer none) */
GListModel        *ms_bin_pane_get_list (MsBinPane *self);
GtkSelectionModel *ms_bin_pane_get_selection (MsBinPane *self);

G_END_DECLS
