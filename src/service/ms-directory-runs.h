/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The thread on which directories are rehearsed and run, one after the other, by request or because
 * it is time. Where several daemons share the store, each run is one's: it holds the directory in
 * the store and says so now and then; what it leaves behind when it is killed another marks as
 * failed.
 */
#pragma once

#include "ms-job-queue.h"
#include "ms-service-private.h"

G_BEGIN_DECLS

typedef struct _MsDirectoryEnd MsDirectoryEnd; /* ms-directory-end.h */

/* @service is borrowed: it owns them. */
MsDirectoryRuns *ms_directory_runs_new (MsService *service);
void             ms_directory_runs_shutdown (MsDirectoryRuns *self);
/* For a while: what was under way begins anew afterwards. */
void ms_directory_runs_pause (MsDirectoryRuns *self);
void ms_directory_runs_go_on (MsDirectoryRuns *self);
void ms_directory_runs_free (MsDirectoryRuns *self);
/* Looks for what is due, and for what was left behind; from then on by itself now and then. */
void ms_directory_runs_resume (MsDirectoryRuns *self);

/* Its queue, of ids of directories that are "waiting" in the store. (transfer none) */
MsJobQueue *ms_directory_runs_get_queue (MsDirectoryRuns *self);

/* Stores how a run came to its end, now or, where this daemon has to catch up first, when it looks
 * next. On the thread. @end: (transfer full) */
void ms_directory_runs_end (MsDirectoryRuns *self, MsDirectoryEnd *end);

/* Called on the thread before each transaction of a run; nothing is held. For tests. */
typedef void (*MsDirectoryStepFunc) (const char *id, gint64 done, gpointer user_data);
void ms_directory_runs_set_step_func (MsDirectoryRuns    *self,
                                      MsDirectoryStepFunc func,
                                      gpointer            user_data);
void ms_directory_runs_step (MsDirectoryRuns *self, const char *id, gint64 done);
/* How long a directory is held without a sign of life, in microseconds; tests set another. */
void   ms_directory_runs_set_hold (MsDirectoryRuns *self, gint64 usec);
gint64 ms_directory_runs_get_hold (MsDirectoryRuns *self);
/* The same of one that waits in the queue, which those before it hold too while they go on. */
gint64 ms_directory_runs_get_wait (MsDirectoryRuns *self);

G_END_DECLS
