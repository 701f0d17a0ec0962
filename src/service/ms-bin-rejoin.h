/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Relations between objects that were deleted, and come back one after the other: whichever of them
 * comes back last brings them along.
 */
#pragma once

#include "ms-undo.h"

G_BEGIN_DECLS

/* The part of @change that is in @deltas, as an update of what stayed. (transfer full) */
MsChange *ms_bin_make_part (const MsChange *change, JsonArray *deltas);

/* Adds to @items (element-type MsUndoItem) the part of @change, of the change set @sequence, that
 * is in @deltas, as an update of what stayed: without what goes with a single relation where that
 * itself cannot be put back. */
gboolean ms_bin_plan_part (MsWrite        *write,
                           gint64          sequence,
                           const MsChange *change,
                           JsonArray      *deltas,
                           GPtrArray      *items,
                           JsonArray      *refused,
                           GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* Adds to @item, which brings back what change set @deletion deleted, what it had lost before that
 * because the other end was deleted, as far as that is there again or among @chosen (set of ids).
 */
gboolean ms_bin_rejoin_lost (MsWrite    *write,
                             MsUndoItem *item,
                             gint64      deletion,
                             GHashTable *chosen,
                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Adds to @items (element-type MsUndoItem) those that were restored after change set @since, the
 * oldest one that deleted any of @chosen, and had to leave out what is chosen now. */
gboolean ms_bin_rejoin_restored (MsWrite    *write,
                                 gint64      since,
                                 GHashTable *chosen,
                                 GPtrArray  *items,
                                 JsonArray  *refused,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
