/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs and rehearsals begun, cancelled, and looked up to be undone. Who begins one holds it in the
 * store at once, so that of several that are asked for at the same time one is begun.
 */
#include "ms-directories.h"

#include <string.h>

#include "ms-directory-runs.h"
#include "ms-directory-state.h"
#include "ms-error.h"
#include "ms-json.h"

/**
 * Starting:
 * @into: (nullable)
 * @before: (nullable): as it was before it was asked for
 */
typedef struct
{
  MsService        *service;
  const MsActor    *actor;
  const char       *id;
  MsDirectoryMode   mode;
  gboolean          force;
  JsonBuilder      *into;
  MsDirectoryState *state;
  MsDirectoryState *before;
  gboolean          is_withdrawn;
  char             *name;
  char             *job;
} Starting;

static gboolean
load_state (Starting *self, MsTxn *txn, MsObject **object, GError **error)
{
  *object = ms_txn_get_object (txn, self->service->types.directory, self->id, error);
  if (*object == NULL)
    return FALSE;
  g_free (self->name);
  self->name = g_strdup (ms_object_get_label (*object));
  g_clear_pointer (&self->state, ms_directory_state_free);
  self->state = ms_directory_state_load (txn, self->id, error);
  return self->state != NULL;
}

static gboolean
start_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Starting *self = user_data;
  g_autoptr (MsObject) object = NULL;
  gboolean claimed = FALSE;

  if (!load_state (self, txn, &object, error)
      || !ms_directory_state_check_idle (self->state, error))
    return FALSE;
  g_clear_pointer (&self->before, ms_directory_state_free);
  self->before = ms_directory_state_load (txn, self->id, error);
  if (self->before == NULL)
    return FALSE;
  ms_directory_state_set_actor (self->state, self->actor);
  ms_directory_state_set_waiting (self->state, self->mode == MS_DIRECTORY_RUN, self->force, FALSE);
  if (!ms_directory_state_save (self->state, txn, error)
      || !ms_txn_claim_directory (
          txn, self->id, ms_directory_runs_get_wait (self->service->directories), &claimed, error))
    return FALSE;
  return ms_directory_describe_whole (txn, object, self->into, error);
}

static void
starting_clear (Starting *self)
{
  g_clear_pointer (&self->state, ms_directory_state_free);
  g_clear_pointer (&self->before, ms_directory_state_free);
  g_free (self->name);
  g_free (self->job);
}

static gboolean
write_start (Starting *self, MsTxnFunc func, GError **error)
{
  MsChangeContext context = ms_service_get_context (self->actor, "import");

  return ms_store_write (self->service->store, &context, func, self, NULL, error);
}

/* It is as if it had never been asked for; unless it has ended meanwhile, or was begun anew. */
static gboolean
withdraw_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Starting *self = user_data;
  g_autoptr (MsDirectoryState) stored = ms_directory_state_load (txn, self->id, error);

  self->is_withdrawn = FALSE;
  if (stored == NULL)
    return FALSE;
  if (!ms_directory_state_is_still (self->state, stored))
    return TRUE;
  self->is_withdrawn = TRUE;
  return ms_directory_state_save (self->before, txn, error)
         && ms_txn_release_directory (txn, self->id, FALSE, error);
}

/* What cannot be worked on must not be left waiting. */
static gboolean
put_into_queue (Starting *self, GError **error)
{
  g_autoptr (GError) failed = NULL;

  if (ms_job_queue_put (ms_directory_runs_get_queue (self->service->directories), self->id, error))
    return TRUE;
  if (!write_start (self, withdraw_in_txn, &failed))
    g_debug ("A directory was left waiting: %s", failed->message);
  else if (self->is_withdrawn)
    ms_directory_state_announce (self->before, self->service, self->name);
  return FALSE;
}

gboolean
ms_service_start_directory (MsService      *self,
                            const MsActor  *actor,
                            const char     *id,
                            MsDirectoryMode mode,
                            gboolean        force,
                            GString        *out,
                            GError        **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL && out != NULL, FALSE);

  g_autoptr (JsonBuilder) builder = json_builder_new ();
  MsJobQueue *queue = ms_directory_runs_get_queue (self->directories);
  Starting    starting = {
       .service = self, .actor = actor, .id = id, .mode = mode, .force = force, .into = builder
  };

  gboolean done = ms_policy_check (actor, MS_POLICY_DIRECTORIES, NULL, NULL, NULL, error)
                  && ms_job_queue_has_room (queue, NULL, error)
                  && write_start (&starting, start_in_txn, error);
  if (done)
    {
      g_autoptr (JsonNode) root = json_builder_get_root (builder);
      ms_json_append (out, root);
      ms_directory_state_announce (starting.state, self, starting.name);
      done = put_into_queue (&starting, error);
    }
  starting_clear (&starting);
  return done;
}

/* Whoever works on it, here or elsewhere, notices with its next transaction. */
static gboolean
cancel_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Starting *self = user_data;
  g_autoptr (MsObject) object = NULL;
  gint64 changes = 0;

  if (!load_state (self, txn, &object, error))
    return FALSE;
  if (!ms_directory_state_is_under_way (self->state))
    return TRUE;
  const char *job = ms_directory_state_get_job (self->state);
  if (job != NULL && !ms_txn_count_job (txn, job, &changes, error))
    return FALSE;
  ms_directory_state_end (self->state,
                          "cancelled",
                          NULL,
                          ms_service_get_time (self->service),
                          ms_object_get_int (object, "every", 0),
                          changes > 0);
  return ms_directory_state_save (self->state, txn, error)
         && ms_txn_release_directory (txn, self->id, TRUE, error);
}

static gboolean
state_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Starting *self = user_data;
  g_autoptr (MsObject) object = NULL;

  return load_state (self, txn, &object, error);
}

/* Takes it out of the queue, or stops it; %FALSE where the store has to say that it is over: it is
 * another daemon's, or what this one works on is an earlier one that another daemon has ended. */
static gboolean
stop_here (Starting *self)
{
  MsDirectoryRecord *record = self->state->record;

  return record->is_ours
         && ms_job_queue_cancel (ms_directory_runs_get_queue (self->service->directories), self->id)
         && strcmp (record->state, "waiting") != 0;
}

gboolean
ms_service_cancel_directory (MsService *self, const MsActor *actor, const char *id, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL, FALSE);

  Starting starting = { .service = self, .actor = actor, .id = id };
  gboolean done = ms_policy_check (actor, MS_POLICY_DIRECTORIES, NULL, NULL, NULL, error)
                  && ms_store_read (self->store, state_in_txn, &starting, NULL, error);

  if (done && !ms_directory_state_is_under_way (starting.state))
    {
      ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "Nothing of this directory is under way");
      done = FALSE;
    }
  /* The one being worked on here stops after its transaction and says so itself. */
  else if (done && !stop_here (&starting))
    {
      done = write_start (&starting, cancel_in_txn, error);
      if (done)
        ms_directory_state_announce (starting.state, self, starting.name);
    }
  starting_clear (&starting);
  return done;
}

static gboolean
job_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Starting *self = user_data;
  gint64    changes = 0;

  if (!state_in_txn (txn, self, error))
    return FALSE;
  if (ms_directory_state_is_under_way (self->state))
    {
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    NULL,
                    "It is under way: cancel it first, or wait for its end");
      return FALSE;
    }
  self->job = g_strdup (self->state->record->job);
  if (self->job != NULL && !ms_txn_count_job (txn, self->job, &changes, error))
    return FALSE;
  if (changes == 0)
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  NULL,
                  NULL,
                  "No run of this directory has changed anything that could be undone");
  return changes > 0;
}

char *
ms_service_get_directory_job (MsService *self, const MsActor *actor, const char *id, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL, NULL);

  Starting starting = { .service = self, .actor = actor, .id = id };
  char    *job = NULL;

  if (ms_policy_check (actor, MS_POLICY_DIRECTORIES, NULL, NULL, NULL, error)
      && ms_store_read (self->store, job_in_txn, &starting, NULL, error))
    job = g_steal_pointer (&starting.job);
  starting_clear (&starting);
  return job;
}
