/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Change sets in words: one line that says what somebody did, and one line for each field. No
 * widgets.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* "Moved john and 11 others to EMEA". @change_set: as in /api/v1/changes. (transfer full) */
char *ms_change_text_summary (JsonObject *change_set);
/* "admin, from the console, Today 10:24". (transfer full) */
char *ms_change_text_origin (JsonObject *change_set);
/* The object of one change with its type: "Mailbox john". (transfer full) */
char *ms_change_text_object (JsonObject *change);
/* One delta: "Limit: 1 GB → 2 GB". (transfer full) */
char *ms_change_text_delta (JsonObject *delta);

G_END_DECLS
