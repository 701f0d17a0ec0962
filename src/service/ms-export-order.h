/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * In which order lists are written, so that the import meets those on a list before the list
 * itself. It knows lists by their rows alone, and keeps nothing else, so that it stays small
 * however many there are, however many are on each and however deep they lie.
 */
#pragma once

#include "ms-txn.h"

G_BEGIN_DECLS

typedef struct _MsExportOrder MsExportOrder;

/* @rows: (element-type gint64): the lists to be written, each once, in the order that those keep of
 * which none is on another. Not needed afterwards */
MsExportOrder *ms_export_order_new (const GArray *rows);
void           ms_export_order_free (MsExportOrder *self);
/* The list that is to be looked at next. %FALSE: all are written */
gboolean ms_export_order_get (MsExportOrder *self, gint64 *row) G_GNUC_WARN_UNUSED_RESULT;
/* @members: (element-type MsLinkTarget): of the list that ms_export_order_get() gave. %TRUE where
 * that list has to wait for some of them: they come next, and it is given again after them. What is
 * not to be written, or waits for this list itself (a circle), is not waited for. */
gboolean ms_export_order_put_before (MsExportOrder   *self,
                                     const GPtrArray *members) G_GNUC_WARN_UNUSED_RESULT;
/* The list that ms_export_order_get() gave is written. */
void ms_export_order_drop (MsExportOrder *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsExportOrder, ms_export_order_free)

G_END_DECLS
