/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way of mail in words and icons.
 */
#pragma once

#include "ms-explanation.h"

G_BEGIN_DECLS

/* What people call the place: the address of a mailbox, the name of anything else. (transfer none)
 */
const char *ms_way_words_name (MsWayRow *row);
/* "Alias of", "Forwards to" …: before the name; "" for what needs no word. (transfer none) */
const char *ms_way_words_via (MsWayRow *row);
/* What comes of mail here; "" where it only passes on. (transfer none) */
const char *ms_way_words_state (MsWayRow *row);
const char *ms_way_words_icon (MsWayRow *row);
/* Whether something is wrong here: a dead end or a loop. */
gboolean ms_way_words_is_problem (MsWayRow *row);
/* "Loop: sales → staff → sales", or "old@example.org: nobody has this address". (transfer full)
 * (nullable): past the last */
char *ms_way_words_dup_problem (MsExplanation *explanation, guint i);
/* "Reaches 3 mailboxes and 2 addresses elsewhere". (transfer full) */
char *ms_way_words_dup_summary (MsExplanation *explanation);

G_END_DECLS
