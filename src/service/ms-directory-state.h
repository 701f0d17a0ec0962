/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a directory is doing and what its last rehearsal or run came to: the stored record with its
 * JSON taken apart. What it must keep true: ms_directory_state_save() followed by
 * ms_directory_state_new() is the same.
 */
#pragma once

#include "ms-directory-plan.h"
#include "ms-txn.h"

G_BEGIN_DECLS

/**
 * MsDirectoryState:
 * @last: (nullable): as it is shown
 * @previous_job: (nullable): of the last run that wrote, while the next one is under way
 * @ticket: (nullable): of what is under way: another one is another start
 * @is_proven: something that somebody started ended well since it was set up as it is
 * @undoing: who undoes a run of it (ms-undo-hold.h)
 * @is_stopped: an undo has stopped the clock, until a run ends well or it is said anew how often
 * @is_run: under way is a run, no rehearsal
 * @resumes: it waits to go on with what it has begun, whose change sets have the record's job
 * @started: microseconds since 1970
 * @found, @done, @total: how far it is: entries read, items done of those that there are
 */
typedef struct
{
  MsDirectoryRecord *record;
  JsonObject        *last;
  char              *previous_job;
  char              *ticket;
  gboolean           is_proven;
  JsonObject        *undoing;
  gboolean           is_stopped;
  gboolean           is_run;
  gboolean           resumes;
  gboolean           is_forced;
  gboolean           is_scheduled;
  gint64             started;
  gint64             found;
  gint64             done;
  gint64             total;
  gint64             counts[MS_DIRECTORY_N_STATUSES];
} MsDirectoryState;

/* @record: (transfer full) */
MsDirectoryState *ms_directory_state_new (MsDirectoryRecord *record);
void              ms_directory_state_free (MsDirectoryState *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsDirectoryState, ms_directory_state_free)
/* (transfer full) */
MsDirectoryState *
ms_directory_state_load (MsTxn *txn, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes it into the record and that into the store. */
gboolean ms_directory_state_save (MsDirectoryState *self,
                                  MsTxn            *txn,
                                  GError          **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean ms_directory_state_is_under_way (const MsDirectoryState *self);
/* Whether a run of it is being undone, which another run would cross. */
gboolean ms_directory_state_is_being_undone (const MsDirectoryState *self);
/* The undo with the job @undo has it from now on, for some time, unless it says more. */
void ms_directory_state_hold_for_undo (MsDirectoryState *self, const char *undo);
/* That undo has it no more, though others may. %FALSE: it had not */
gboolean ms_directory_state_let_go_of_undo (MsDirectoryState *self, const char *undo);
/* %MS_ERROR_CONFLICT where it is under way, or is being undone. */
gboolean ms_directory_state_check_idle (const MsDirectoryState *self,
                                        GError                **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether @stored is what @self was when it was written last: neither ended meanwhile nor begun
 * anew. */
gboolean ms_directory_state_is_still (const MsDirectoryState *self, const MsDirectoryState *stored);
/* (nullable) (transfer none): of the run that is under way; a rehearsal has none, nor has what
 * still waits to be begun, whose record keeps the one of the run before */
const char *ms_directory_state_get_job (const MsDirectoryState *self);
/* Says on whose behalf it is run from now on. */
void ms_directory_state_set_actor (MsDirectoryState *self, const MsActor *actor);
/* It is next due after @every minutes; 0 = never, and so it is before somebody has seen it end
 * well.
 */
void ms_directory_state_set_clock (MsDirectoryState *self, gint64 now, gint64 every);
/* An undo has stopped it. */
void ms_directory_state_stop_clock (MsDirectoryState *self);
/* As set_clock(), of who says how often: what an undo has stopped goes on. */
void ms_directory_state_restart_clock (MsDirectoryState *self, gint64 now, gint64 every);
/* It waits to be begun; of before nothing is left but what it came to. */
void ms_directory_state_set_waiting (MsDirectoryState *self,
                                     gboolean          is_run,
                                     gboolean          is_forced,
                                     gboolean          is_scheduled);
/* It waits to be begun anew. @wrote: there are change sets of its job, which it goes on with */
void ms_directory_state_put_back (MsDirectoryState *self, gboolean wrote);
/* It has its turn now. */
void ms_directory_state_begin (MsDirectoryState *self, gint64 now);
/* It is over. @result: "done", "failed", "cancelled", "refused". @why: (nullable). @every: minutes
 * to the next; 0 = never. @wrote: there are change sets of its job */
void ms_directory_state_end (MsDirectoryState *self,
                             const char       *result,
                             const GError     *why,
                             gint64            now,
                             gint64            every,
                             gboolean          wrote);
/* Adds "state", "last", "progress" and "next" to the object that @into has begun. */
void ms_directory_state_describe (const MsDirectoryState *self, JsonBuilder *into);
/* Adds a directory as docs/api.md describes it. */
gboolean ms_directory_describe_whole (MsTxn       *txn,
                                      MsObject    *object,
                                      JsonBuilder *into,
                                      GError     **error) G_GNUC_WARN_UNUSED_RESULT;
/* Tells everybody who listens. @name: of the directory */
void
ms_directory_state_announce (const MsDirectoryState *self, MsService *service, const char *name);

G_END_DECLS
