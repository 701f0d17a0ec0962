/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An import that is undone: it is not run meanwhile, and afterwards it does not go on behind what
 * is there no more, but begins anew.
 */
#pragma once

#include "ms-txn.h"

G_BEGIN_DECLS

/* @found: (out) (transfer full) (nullable): @job is none, or one that is forgotten by now */
gboolean ms_undo_find_import (MsTxn *txn, const char *job, MsImportRecord **found, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* "rehearsing" or "running" */
gboolean ms_undo_import_is_under_way (const MsImportRecord *self);
/* The undo with the job @undo has it from now on, for some time, unless it says more. */
gboolean ms_undo_import_hold (MsImportRecord *self, MsTxn *txn, const char *undo, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* That undo has it no more, though others may. */
gboolean ms_undo_import_let_go (MsImportRecord *self, MsTxn *txn, const char *undo, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether it may be started: not while it is undone, nor where it was since its "result" was @read,
 * by which it goes on. */
gboolean ms_undo_import_check_start (const MsImportRecord *self,
                                     const char           *read,
                                     GError              **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
