/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the writes of one commit owe to the tables that count: counters, sets of objects
 * (ms-presence.h), anchors of sorted lists (ms-anchor.h), mailboxes of mail groups. It is noted
 * while they run and written once before the commit, or when one of them wants to read: sixteen
 * users made in one commit touch each of those rows once, not sixteen times.
 *
 * Notes are a log. A savepoint that is rolled back takes its notes with it; those that had been
 * written inside of it are unwritten again by the database, and so is the mark of how far was
 * written. Belongs to the writer thread.
 */
#pragma once

#include "ms-sql.h"

G_BEGIN_DECLS

typedef struct _MsTally MsTally;

MsTally *ms_tally_new (void);
void     ms_tally_free (MsTally *self);

/* A new transaction: nothing is owed. */
void ms_tally_begin (MsTally *self);
/* With each savepoint, and with its end. */
void ms_tally_mark (MsTally *self);
void ms_tally_unmark (MsTally *self, gboolean keep);

void ms_tally_add_counter (MsTally *self, const char *name, gint64 difference);
/* The object in @row comes to the set (@attr, @key) or leaves it. */
void
ms_tally_add_presence (MsTally *self, gint64 attr, const char *key, gint64 row, gboolean present);
/* A list sorted by @attr has @difference rows more at (@key, @row). */
void ms_tally_add_anchor (MsTally *self, gint64 attr, const char *key, gint64 row, int difference);
/* Whether a list sorted by @attr has anchors. */
gboolean ms_tally_is_anchored (MsTally  *self,
                               MsSql    *sql,
                               gint64    attr,
                               gboolean *anchored,
                               GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* After anchors were made. */
void ms_tally_forget_anchored (MsTally *self);
/* @group: row of a mail group, 0 = the root. @parent: number of the relation to the group above */
void ms_tally_add_mailbox (MsTally *self, gint64 group, gint64 parent, int difference);

/* Into the tables. */
gboolean ms_tally_write (MsTally *self, MsSql *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Adds to "below" of a mail group and all above it. */
gboolean ms_tally_add_below (MsSql   *sql,
                             gint64   group,
                             gint64   parent,
                             gint64   difference,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsTally, ms_tally_free)

G_END_DECLS
