/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a rehearsal or run leaves the store: it is over, or put back so that it begins anew. Apart
 * from the run, which it outlives where the store takes nothing from this daemon until that has
 * caught up with schemas that another one has changed; so it holds nothing of the tables.
 */
#pragma once

#include "ms-directory-runs.h"
#include "ms-directory-state.h"

G_BEGIN_DECLS

/**
 * MsDirectoryEnd:
 * @state: as the store has it
 * @name: (nullable): of the directory, as far as it came to be known
 * @every: minutes to the next run; 0 = never
 * @result: (nullable): as ms_directory_state_end() has it; %NULL puts it back
 * @why: (nullable)
 */
struct _MsDirectoryEnd
{
  MsService        *service; /* borrowed */
  MsDirectoryState *state;
  char             *name;
  gint64            every;
  const char       *result; /* static */
  GError           *why;
};

void ms_directory_end_free (MsDirectoryEnd *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsDirectoryEnd, ms_directory_end_free)

/* Writes it, and tells everybody of one that is over. %FALSE: not before this daemon has caught up.
 * What fails otherwise stays held until the time is over, and is then marked as left behind. */
gboolean ms_directory_end_store (MsDirectoryEnd *self) G_GNUC_WARN_UNUSED_RESULT;

/* What transactions of a run say. @name: (nullable). Borrows from @state and @reason. */
MsChangeContext
ms_directory_end_get_context (const MsDirectoryState *state, const char *name, char **reason);
/* In its transactions: holds what @state was written for, for so long. %MS_ERROR_STALE where
 * another daemon has ended it meanwhile, be it that this one has begun it anew. */
gboolean ms_directory_end_claim (const MsDirectoryState *state,
                                 MsTxn                  *txn,
                                 gint64                  usec,
                                 GError                **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
