/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One rehearsal or run from its beginning to its end: read, plan, apply.
 */
#pragma once

#include "ms-directory-runs.h"
#include "ms-directory-state.h"

G_BEGIN_DECLS

/**
 * MsDirectoryRun:
 * @actor: on whose behalf, with the role of the moment
 * @persons: (element-type MsDirectoryPerson): all entries
 * @plan: (nullable): until it is made
 * @is_refused: what it failed of is no fault, but that it may not be
 * @held: when the store was told last that it goes on (monotonic)
 */
typedef struct
{
  MsService         *service;
  MsDirectoryRuns   *runs;
  MsDirectoryConfig *config;
  MsDirectoryState  *state;
  MsActor           *actor;
  char              *primary_domain;
  GCancellable      *cancellable;
  GPtrArray         *persons;
  MsDirectoryPlan   *plan;
  gboolean           is_refused;
  gint64             held;
  gint64             announced;
} MsDirectoryRun;

/* Does what the stored state says is waiting. */
void ms_directory_run (MsDirectoryRuns *runs, MsService *service, const char *id);

/* Of the files of a run: ---------------------------------------------------------------------- */

/* Reads all entries, or fails (ms-directory-fetch.c). */
gboolean ms_directory_run_fetch (MsDirectoryRun *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Applies the plan (ms-directory-chunk.c). */
gboolean ms_directory_run_apply (MsDirectoryRun *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Tells the store that it goes on, where that is due, and whoever listens. %MS_ERROR_STALE where
 * another has it. */
gboolean ms_directory_run_live (MsDirectoryRun *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The first in each of its transactions: it still has the directory, and its actor the right. */
gboolean
ms_directory_run_hold (MsDirectoryRun *self, MsTxn *txn, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* %FALSE with %G_IO_ERROR_CANCELLED where it is to stop. */
gboolean ms_directory_run_goes_on (MsDirectoryRun *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What its transactions say; borrows from @self. */
MsChangeContext ms_directory_run_get_context (MsDirectoryRun *self, char **reason);

G_END_DECLS
