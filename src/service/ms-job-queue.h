/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A thread that does long work, one piece after the other, and its bounded queue. What the work is
 * only its owner knows; here it has an id. Nothing is held while something is worked on.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _MsJobQueue MsJobQueue;

/**
 * MsJobQueueKind:
 * @thread: the name of the thread
 * @what, @many: what an error calls one of it, and several: "import", "imports"
 * @work: does it, on the thread. It looks at ms_job_queue_is_ending() now and then
 * @look: looks in the store for what is to be done, and adds it by ms_job_queue_add(). On the
 * thread, before the first work and whenever ms_job_queue_look() was called
 */
typedef struct
{
  const char *thread;
  const char *what;
  const char *many;
  void (*work) (const char *id, gpointer user_data);
  void (*look) (gpointer user_data);
} MsJobQueueKind;

/* @look_every: microseconds after which it looks by itself; 0 = never. @user_data outlives it. */
MsJobQueue *ms_job_queue_new (const MsJobQueueKind *kind, gint64 look_every, gpointer user_data);
/* Lets what is under way come to a point where it can stop, and ends the thread. Idempotent. */
void ms_job_queue_shutdown (MsJobQueue *self);
/* The same for a while; what waits is forgotten, and found again by looking. */
void ms_job_queue_pause (MsJobQueue *self);
/* Does nothing once it was shut down, which may have been meanwhile. */
void ms_job_queue_go_on (MsJobQueue *self);
void ms_job_queue_free (MsJobQueue *self);
/* Starts the thread where there is none yet, and has it look. */
void ms_job_queue_look (MsJobQueue *self);

/* %MS_ERROR_LIMIT where too many wait, %MS_ERROR_CONFLICT where @id does already,
 * %MS_ERROR_UNAVAILABLE as below. @id: (nullable) */
gboolean
ms_job_queue_has_room (MsJobQueue *self, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What the store says is waiting, room or not, and be it there already; so it is asked for room
 * before the store is told. %MS_ERROR_UNAVAILABLE where the queue is being shut down, or rests. */
gboolean
ms_job_queue_put (MsJobQueue *self, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* From the function that looks: unless it waits already. */
void     ms_job_queue_add (MsJobQueue *self, const char *id);
gboolean ms_job_queue_has (MsJobQueue *self, const char *id);
/* Whether anything waits; what is being worked on does not. */
gboolean ms_job_queue_has_waiting (MsJobQueue *self);
/* Takes it out of the queue. %TRUE where it is being worked on, too, and will stop and say so;
 * not from ms_job_queue_leave() on.
 */
gboolean ms_job_queue_cancel (MsJobQueue *self, const char *id);
/* Whether what is being worked on should stop: cancelled, or the queue ends (@shut_down). */
gboolean ms_job_queue_is_ending (MsJobQueue *self, const char *id, gboolean *shut_down);
/* From the function that works, before it stores how that came to its end: whether it was cancelled
 * until now; from here on the store has to be told, which says which of both was first. @shut_down:
 * (out): as above */
gboolean ms_job_queue_leave (MsJobQueue *self, const char *id, gboolean *shut_down);
/* From there too: it was cancelled, and the store did not take that. When it is worked on again it
 * is cancelled from the beginning, unless somebody has put it into the queue anew. */
void ms_job_queue_cancel_again (MsJobQueue *self, const char *id);
/* Cancelled when what is being worked on should stop. From the function that works. (transfer full)
 */
GCancellable *ms_job_queue_ref_cancellable (MsJobQueue *self);
/* Until nothing is under way or waiting, or it is @end (monotonic). For tests. %FALSE when it took
 * too long. */
gboolean ms_job_queue_wait_idle (MsJobQueue *self, gint64 end) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsJobQueue, ms_job_queue_free)

G_END_DECLS
