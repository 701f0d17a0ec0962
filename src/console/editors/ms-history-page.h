/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The History page of a property dialog: who changed what and when, and the way back.
 */
#pragma once

#include <adwaita.h>
#include "ms-connection.h"

G_BEGIN_DECLS

#define MS_TYPE_HISTORY_PAGE (ms_history_page_get_type ())
G_DECLARE_FINAL_TYPE (MsHistoryPage, ms_history_page, MS, HISTORY_PAGE, GtkWidget)

/* Signal "returned": the object was brought back to an older state. @id: (nullable): set later */
GtkWidget *ms_history_page_new (MsConnection *connection, const char *id);
void       ms_history_page_set_object (MsHistoryPage *self, const char *id);
/* Asks afresh. */
void ms_history_page_load (MsHistoryPage *self);

/* One delta in words: "before → after". (transfer full) */
char *ms_history_describe_delta (JsonObject *delta);

G_END_DECLS
