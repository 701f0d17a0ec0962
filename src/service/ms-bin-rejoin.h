/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What comes out of the bin together, as a plan. Relations between objects that were deleted, and
 * come back one after the other: whichever of them comes back last brings them along. And names
 * that are taken.
 */
#pragma once

#include "ms-undo.h"

G_BEGIN_DECLS

/* The part of @change that is in @deltas, as an update of what stayed. (transfer full) */
MsChange *ms_bin_make_part (const MsChange *change, JsonArray *deltas);

/**
 * MsBinPlan: what comes back together
 * @chosen: (element-type utf8 gint64): ids of what comes out of the bin, and of each the change set
 * that put it there, of which this is taken back; 0 = none tells of that
 * @items: (element-type MsUndoItem): that, and what stayed and gets something back
 * @refused: what cannot be
 * @followed: (element-type utf8): losses of what stayed that are planned to be taken back with
 * newer ones, see ms_bin_is_followed()
 * @undone: the change set that is undone, which tells itself of whatever it left there; 0 = this is
 * a restore
 */
typedef struct
{
  MsWrite    *write;
  GHashTable *chosen;
  GPtrArray  *items;
  JsonArray  *refused;
  GHashTable *followed;
  gint64      undone;
} MsBinPlan;

/* What comes back now may have come and gone before: notes of @id in @write by which change sets it
 * did that were undone, and by which undos. */
gboolean
ms_bin_note_returns (MsWrite *write, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Adds the part of @change, of the change set @sequence, that is in @deltas, as an update of what
 * stayed: without what goes with a single relation where that itself cannot be put back. */
gboolean ms_bin_plan_part (MsBinPlan      *self,
                           gint64          sequence,
                           const MsChange *change,
                           JsonArray      *deltas,
                           GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* Adds to @item, which brings back what change set @deletion deleted, what it had lost before that
 * because the other end was deleted, as far as that is there again or chosen. */
gboolean ms_bin_rejoin_lost (MsBinPlan *self, MsUndoItem *item, gint64 deletion, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Adds those that were restored after change set @since, the oldest one that deleted any of the
 * chosen ones, and had to leave out what is chosen now. @until: and not after that one; 0 = till
 * now */
gboolean ms_bin_rejoin_restored (MsBinPlan *self, gint64 since, gint64 until, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What one deletion after another moved on ----------------------------------------------------- */

/* The single relations that @item, whose object stayed, puts back from before change set @sequence:
 * each where it was before older deletions moved it there, as far as that is there again or chosen.
 */
gboolean ms_bin_follow (MsBinPlan *self, MsUndoItem *item, gint64 sequence, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether what change set @sequence did to @path of the object @id is taken back so. */
gboolean
ms_bin_is_followed (const MsBinPlan *self, const char *id, const char *path, gint64 sequence);
/* @part shall lead to @link, or else to where it was to lead. */
void ms_bin_prefer (MsUndoPart *part, JsonNode *link);

/* Says in @refused, an entry of what is refused, that its object is in the bin still, who has its
 * name now, and which name would do. */
gboolean
ms_bin_suggest (MsBinPlan *self, JsonObject *refused, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
