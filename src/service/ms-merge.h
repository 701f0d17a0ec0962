/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Several ordered lists read as one: a stream for each type, from which the least object is taken.
 */
#pragma once

#include "ms-render.h"
#include "ms-txn.h"

G_BEGIN_DECLS

typedef struct _MsMerge MsMerge;

/* @queries: one for each type, in the order in which equals come; borrowed, and their "start" is
 * not looked at. */
MsMerge *ms_merge_new (const MsQuery *queries, guint count);
void     ms_merge_free (MsMerge *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsMerge, ms_merge_free)
/* Towards the beginning; before places are set. */
void ms_merge_set_backwards (MsMerge *self, gboolean backwards);
/* Where one type is read on: behind @place or, @with it, at it. */
void ms_merge_set_place (MsMerge *self, guint type, const MsQueryPlace *place, gboolean with);
/* Nothing of one type is to be read. */
void ms_merge_leave_out (MsMerge *self, guint type);
/* The next object, and of which type it is; %NULL in @object at the end. (transfer full) @object */
gboolean ms_merge_next (MsMerge      *self,
                        MsTxn        *txn,
                        guint        *type,
                        MsObject    **object,
                        MsQueryPlace *place,
                        GError      **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
