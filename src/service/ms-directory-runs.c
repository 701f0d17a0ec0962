/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "ms-directory-runs.h"

#include <string.h>

#include "ms-directory-end.h"
#include "ms-directory-history.h"
#include "ms-directory-run.h"
#include "ms-error.h"
#include "ms-txn.h"

/* How often is looked whether one is due, or was left behind. */
#define LOOK_USEC (10 * G_USEC_PER_SEC)
/* Beside what the directory's own server may take. */
#define HOLD_USEC (60 * G_USEC_PER_SEC)
/* Of one that waits: as often as that, which is longer than the one before it may wait for the
 * first answer of its server. */
#define HOLDS_OF_WAITING 45

struct _MsDirectoryRuns
{
  /* Borrowed */
  MsService          *service;
  MsDirectoryStepFunc step_func;
  gpointer            step_data;

  /* Owned */
  MsJobQueue *queue;
  GPtrArray  *ends; /* MsDirectoryEnd, to be stored once this daemon has caught up; the thread's */

  gint64 hold;
};

static GPtrArray *
make_ends (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) ms_directory_end_free);
}

/* Looking ----------------------------------------------------------------------------------- */

typedef struct
{
  MsDirectoryRuns  *runs;
  const char       *id;
  GPtrArray        *free;
  GPtrArray        *due;
  gboolean          is_ours; /* to be worked on */
  MsDirectoryState *state;   /* (nullable): of one that was ended here */
  char             *name;
} Look;

static gboolean
look_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Look *self = user_data;

  self->free = ms_txn_list_free_directories (txn, error);
  if (self->free == NULL)
    return FALSE;
  self->due = ms_txn_list_due_directories (txn, ms_service_get_time (self->runs->service), error);
  return self->due != NULL;
}

static gboolean
claim (Look *self, MsTxn *txn, GError **error)
{
  return ms_txn_claim_directory (
      txn, self->id, ms_directory_runs_get_wait (self->runs), &self->is_ours, error);
}

/* Nobody knows how far it came, so it is not gone on with: the next one compares all anew. */
static gboolean
end_left (Look *self, MsTxn *txn, GError **error)
{
  MsService *service = self->runs->service;
  g_autoptr (MsObject) object = NULL;
  g_autoptr (GError) why = NULL;
  gint64      changes = 0;
  const char *job = ms_directory_state_get_job (self->state);

  if (!ms_txn_look_up (txn, service->types.directory, self->id, &object, error)
      || (job != NULL && !ms_txn_count_job (txn, job, &changes, error)))
    return FALSE;
  ms_error_set (&why, MS_ERROR_UNAVAILABLE, NULL, NULL, "It ended with its server");
  ms_directory_state_end (self->state,
                          "failed",
                          why,
                          ms_service_get_time (service),
                          object != NULL ? ms_object_get_int (object, "every", 0) : 0,
                          changes > 0);
  self->name = g_strdup (object != NULL ? ms_object_get_label (object) : "");
  return ms_directory_state_save (self->state, txn, error)
         && ms_txn_release_directory (txn, self->id, TRUE, error);
}

/* One that waits was put back while the tables were exchanged where nobody holds it, and forgotten
 * by the queue then where this daemon does. */
static gboolean
take_free_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Look *self = user_data;

  g_clear_pointer (&self->state, ms_directory_state_free);
  self->state = ms_directory_state_load (txn, self->id, error);
  if (self->state == NULL)
    return FALSE;
  const MsDirectoryRecord *record = self->state->record;
  gboolean                 was_put_back
      = strcmp (record->state, "waiting") == 0 && (!record->is_held || record->is_ours);
  if (!claim (self, txn, error))
    return FALSE;
  if (!self->is_ours || was_put_back)
    {
      g_clear_pointer (&self->state, ms_directory_state_free);
      return TRUE;
    }
  self->is_ours = FALSE;
  return end_left (self, txn, error);
}

static gboolean
take_due_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Look *self = user_data;
  g_autoptr (MsDirectoryState) state = ms_directory_state_load (txn, self->id, error);
  g_autoptr (MsObject) object = NULL;

  if (state == NULL
      || !ms_txn_look_up (txn, self->runs->service->types.directory, self->id, &object, error))
    return FALSE;
  if (ms_directory_state_is_under_way (state) || ms_directory_state_is_being_undone (state)
      || state->record->next_run == 0
      || state->record->next_run > ms_service_get_time (self->runs->service) || object == NULL)
    return TRUE;
  ms_directory_state_set_waiting (state, TRUE, FALSE, TRUE);
  return ms_directory_state_save (state, txn, error) && claim (self, txn, error);
}

static void
take (Look *self, GPtrArray *ids, MsTxnFunc func)
{
  const MsChangeContext context = { .channel = MS_DIRECTORY_CHANNEL, .verb = "import" };
  MsService            *service = self->runs->service;

  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr (GError) error = NULL;

      self->id = ids->pdata[i];
      self->is_ours = FALSE;
      if (ms_job_queue_has (self->runs->queue, self->id))
        continue;
      if (!ms_store_write (service->store, &context, func, self, NULL, &error))
        g_debug ("A directory that is due was left: %s", error->message);
      else if (self->is_ours)
        ms_job_queue_add (self->runs->queue, self->id);
      else if (self->state != NULL)
        ms_directory_state_announce (self->state, service, self->name);
      g_clear_pointer (&self->state, ms_directory_state_free);
      g_clear_pointer (&self->name, g_free);
    }
}

void
ms_directory_runs_end (MsDirectoryRuns *self, MsDirectoryEnd *end)
{
  if (ms_directory_end_store (end))
    ms_directory_end_free (end);
  else
    g_ptr_array_add (self->ends, end);
}

static void
store_ends (MsDirectoryRuns *self)
{
  g_autoptr (GPtrArray) ends = g_steal_pointer (&self->ends);

  self->ends = make_ends ();
  for (guint i = 0; i < ends->len; i++)
    ms_directory_runs_end (self, g_steal_pointer (&ends->pdata[i]));
}

static void
look (gpointer user_data)
{
  MsDirectoryRuns *self = user_data;
  Look             work = { .runs = self };
  g_autoptr (GError) error = NULL;

  if (ms_store_is_read_only (self->service->store))
    return;
  store_ends (self);
  if (ms_store_read (self->service->store, look_in_txn, &work, NULL, &error))
    {
      take (&work, work.free, take_free_in_txn);
      take (&work, work.due, take_due_in_txn);
    }
  else
    g_debug ("Directories cannot be looked for: %s", error->message);
  g_clear_pointer (&work.free, g_ptr_array_unref);
  g_clear_pointer (&work.due, g_ptr_array_unref);
}

static void
work (const char *id, gpointer user_data)
{
  MsDirectoryRuns *self = user_data;

  ms_directory_run (self, self->service, id);
}

static const MsJobQueueKind kind = {
  .thread = "ms-directories", .what = "directory", .many = "directories", .work = work, .look = look
};

/* All --------------------------------------------------------------------------------------- */

MsDirectoryRuns *
ms_directory_runs_new (MsService *service)
{
  MsDirectoryRuns *self = g_new0 (MsDirectoryRuns, 1);

  self->service = service;
  self->hold = HOLD_USEC;
  self->ends = make_ends ();
  self->queue = ms_job_queue_new (&kind, LOOK_USEC, self);
  return self;
}

static gboolean
let_go_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  return ms_txn_keep_waiting_directories (txn, 0, error);
}

/* What waits now is marked as ended by whoever looks next, instead of once its time is over. */
void
ms_directory_runs_shutdown (MsDirectoryRuns *self)
{
  const MsChangeContext context = { .channel = MS_DIRECTORY_CHANNEL, .verb = "import" };
  g_autoptr (GError) error = NULL;

  ms_job_queue_shutdown (self->queue);
  if (ms_job_queue_has_waiting (self->queue)
      && !ms_store_write (self->service->store, &context, let_go_in_txn, NULL, NULL, &error))
    g_debug ("Directories that wait are held until their time is over: %s", error->message);
}

void
ms_directory_runs_pause (MsDirectoryRuns *self)
{
  ms_job_queue_pause (self->queue);
}

void
ms_directory_runs_go_on (MsDirectoryRuns *self)
{
  ms_job_queue_go_on (self->queue);
}

void
ms_directory_runs_free (MsDirectoryRuns *self)
{
  g_clear_pointer (&self->queue, ms_job_queue_free);
  g_clear_pointer (&self->ends, g_ptr_array_unref);
  g_free (self);
}

void
ms_directory_runs_resume (MsDirectoryRuns *self)
{
  ms_job_queue_look (self->queue);
}

MsJobQueue *
ms_directory_runs_get_queue (MsDirectoryRuns *self)
{
  return self->queue;
}

void
ms_directory_runs_set_step_func (MsDirectoryRuns    *self,
                                 MsDirectoryStepFunc func,
                                 gpointer            user_data)
{
  self->step_func = func;
  self->step_data = user_data;
}

void
ms_directory_runs_step (MsDirectoryRuns *self, const char *id, gint64 done)
{
  if (self->step_func != NULL)
    self->step_func (id, done, self->step_data);
}

void
ms_directory_runs_set_hold (MsDirectoryRuns *self, gint64 usec)
{
  self->hold = usec;
}

gint64
ms_directory_runs_get_hold (MsDirectoryRuns *self)
{
  return self->hold;
}

gint64
ms_directory_runs_get_wait (MsDirectoryRuns *self)
{
  return self->hold * HOLDS_OF_WAITING;
}
