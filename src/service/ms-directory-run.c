/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Nothing is written before all was read and the plan found to be within the limit.
 * A run that ends early leaves what it has written: the next one goes on from there, since each
 * compares everything.
 */
#include "ms-directory-run.h"

#include <string.h>

#include "ms-directory-apply.h"
#include "ms-directory-end.h"
#include "ms-directory-history.h"
#include "ms-error.h"
#include "ms-session.h"
#include "ms-store-schemas.h"

/* The store is told as often that it goes on, and whoever listens: the first several times while
 * the directory is held. */
#define LIVES_PER_HOLD 6
#define ANNOUNCE_USEC (500 * G_TIME_SPAN_MILLISECOND)

static void
run_free (MsDirectoryRun *self)
{
  g_clear_pointer (&self->plan, ms_directory_plan_free);
  g_clear_pointer (&self->persons, g_ptr_array_unref);
  g_clear_pointer (&self->config, ms_directory_config_free);
  g_clear_pointer (&self->state, ms_directory_state_free);
  g_clear_pointer (&self->actor, ms_actor_free);
  g_clear_object (&self->cancellable);
  g_free (self->primary_domain);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsDirectoryRun, run_free)

MsChangeContext
ms_directory_run_get_context (MsDirectoryRun *self, char **reason)
{
  return ms_directory_end_get_context (
      self->state, self->config != NULL ? self->config->name : NULL, reason);
}

/* Holding ----------------------------------------------------------------------------------- */

/* The longest until a server's first answer: looking its name up and connecting take it twice,
 * StartTLS and the handshake once each. */
static gint64
get_hold (MsDirectoryRun *self)
{
  gint64 timeout = self->config != NULL ? self->config->server.timeout : 0;

  return ms_directory_runs_get_hold (self->runs) + 4 * timeout * G_USEC_PER_SEC;
}

static gboolean
claim (MsDirectoryRun *self, MsTxn *txn, GError **error)
{
  return ms_directory_end_claim (self->state, txn, get_hold (self), error);
}

/* Whoever it is that it is run for may not any more. */
static gboolean
check_actor (MsDirectoryRun *self, GError **error)
{
  if (ms_policy_check (self->actor, MS_POLICY_DIRECTORIES, NULL, NULL, NULL, NULL))
    return TRUE;
  self->is_refused = TRUE;
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                NULL,
                "%s, on whose behalf it would be run, is not an administrator who can log on: "
                "let one start it, or change how it is set up",
                self->actor->user_name != NULL ? self->actor->user_name : "Nobody");
  return FALSE;
}

gboolean
ms_directory_run_hold (MsDirectoryRun *self, MsTxn *txn, GError **error)
{
  return claim (self, txn, error)
         && ms_session_read_role (
             self->service, txn, self->state->record->actor_id, &self->actor->role, error)
         && check_actor (self, error);
}

static gboolean
live_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  MsDirectoryRun *self = user_data;

  return ms_directory_run_hold (self, txn, error)
         && ms_txn_keep_waiting_directories (txn, ms_directory_runs_get_wait (self->runs), error)
         && ms_directory_state_save (self->state, txn, error);
}

static gboolean
write_state (MsDirectoryRun *self, MsTxnFunc func, GError **error)
{
  g_autofree char *reason = NULL;
  MsChangeContext  context = ms_directory_run_get_context (self, &reason);

  return ms_store_write (self->service->store, &context, func, self, NULL, error);
}

static void
announce (MsDirectoryRun *self)
{
  self->announced = g_get_monotonic_time ();
  ms_directory_state_announce (
      self->state, self->service, self->config != NULL ? self->config->name : "");
}

gboolean
ms_directory_run_live (MsDirectoryRun *self, GError **error)
{
  gint64 now = g_get_monotonic_time ();

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (now - self->announced >= ANNOUNCE_USEC)
    announce (self);
  if (now - self->held < ms_directory_runs_get_hold (self->runs) / LIVES_PER_HOLD)
    return TRUE;
  self->held = now;
  ms_directory_runs_step (self->runs, self->state->record->id, self->state->done);
  return write_state (self, live_in_txn, error);
}

gboolean
ms_directory_run_goes_on (MsDirectoryRun *self, GError **error)
{
  ms_directory_runs_step (self->runs, self->state->record->id, self->state->done);
  return !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}

/* Beginning --------------------------------------------------------------------------------- */

static gboolean
begin_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  MsDirectoryRun    *self = user_data;
  MsDirectoryState  *state = ms_directory_state_load (txn, self->state->record->id, error);
  MsDirectoryRecord *record;

  if (state == NULL)
    return FALSE;
  ms_directory_state_free (self->state);
  self->state = state;
  record = state->record;
  if (strcmp (record->state, "waiting") != 0)
    {
      ms_error_set (error, MS_ERROR_STALE, NULL, NULL, "It does not wait any more");
      return FALSE;
    }
  if (!claim (self, txn, error))
    return FALSE;
  ms_directory_state_begin (state, ms_service_get_time (self->service));
  return ms_txn_clear_directory_rows (txn, record->id, error)
         && ms_directory_state_save (state, txn, error);
}

/* How it is set up, and who wants it; a directory that is gone is nothing to be told of. */
static gboolean
load_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  MsDirectoryRun          *self = user_data;
  const MsDirectoryRecord *record = self->state->record;
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) object
             = ms_txn_get_object (txn, self->service->types.directory, record->id, error);

  if (object == NULL)
    return FALSE;
  g_autofree char *password = ms_txn_get_secret (txn, record->id, MS_DIRECTORY_PASSWORD, &failed);
  if (failed == NULL)
    self->primary_domain = ms_txn_get_setting (txn, MS_SETTING_PRIMARY_DOMAIN, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  self->config = ms_directory_config_new (&self->service->types, object, password, error);
  if (password != NULL)
    explicit_bzero (password, strlen (password));
  return self->config != NULL && ms_directory_config_check_password (self->config, error)
         && ms_session_read_role (self->service, txn, record->actor_id, &self->actor->role, error);
}

static gboolean
check_targets (MsTxn *txn, gpointer user_data, GError **error)
{
  MsDirectoryRun  *self = user_data;
  MsDirectoryApply apply;

  ms_directory_apply_init (&apply, self->service, self->actor, self->config, NULL);
  gboolean found = ms_directory_apply_begin (&apply, txn, error);
  ms_directory_apply_clear (&apply);
  return found;
}

static gboolean
load (MsDirectoryRun *self, GError **error)
{
  const MsDirectoryRecord *record = self->state->record;

  self->actor = g_new0 (MsActor, 1);
  self->actor->user_id = g_strdup (record->actor_id);
  self->actor->user_name = g_strdup (record->actor_name);
  self->actor->channel = g_strdup (MS_DIRECTORY_CHANNEL);
  if (!ms_store_read (self->service->store, load_in_txn, self, NULL, error))
    return FALSE;
  if (self->primary_domain != NULL)
    return TRUE;
  ms_error_set (error, MS_ERROR_CONFLICT, NULL, "domain", "The store has no primary domain yet");
  return FALSE;
}

/* Ending ------------------------------------------------------------------------------------ */

/* (nullable): it is put back, for it was interrupted: the tables are exchanged, here or by another
 * daemon, which this one has to catch up with before anything. */
static const char *
get_result (MsDirectoryRun *self, const GError *why)
{
  gboolean is_shut_down = g_atomic_int_get (&self->service->is_shut_down);
  gboolean ends = FALSE;

  /* Whoever cancels it from now on tells the store. */
  gboolean is_cancelled = ms_job_queue_leave (
      ms_directory_runs_get_queue (self->runs), self->state->record->id, &ends);
  gboolean is_stopped = g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  if (why == NULL)
    return "done";
  if (is_cancelled && (is_stopped || ms_store_is_behind (why)))
    return "cancelled";
  if (ms_store_is_behind (why) || (ends && !is_shut_down))
    return NULL;
  return self->is_refused ? "refused" : "failed";
}

static void
end (MsDirectoryRun *self, GError *why)
{
  /* Another server has it, or it was taken from this one. */
  if (g_error_matches (why, MS_ERROR, MS_ERROR_STALE))
    return;
  MsDirectoryEnd *end = g_new0 (MsDirectoryEnd, 1);
  end->service = self->service;
  end->result = get_result (self, why);
  if (g_strcmp0 (end->result, "failed") == 0
      && g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    ms_error_set (&end->why, MS_ERROR_UNAVAILABLE, NULL, NULL, "It ended with its server");
  else if (why != NULL && g_strcmp0 (end->result, "cancelled") != 0)
    end->why = g_error_copy (why);
  if (self->config != NULL)
    {
      end->name = g_strdup (self->config->name);
      end->every = self->config->every;
    }
  end->state = g_steal_pointer (&self->state);
  ms_directory_runs_end (self->runs, end);
}

/* All of it --------------------------------------------------------------------------------- */

static gboolean
live_while_planning (gpointer user_data, GError **error)
{
  return ms_directory_run_live (user_data, error);
}

/* Of many people this takes longer than the directory is held. What is read is one snapshot all the
 * while; that the run goes on is written beside it. */
static gboolean
plan (MsDirectoryRun *self, GError **error)
{
  self->plan = ms_directory_plan_new (self->service,
                                      self->config,
                                      self->persons,
                                      live_while_planning,
                                      self,
                                      self->cancellable,
                                      error);
  return self->plan != NULL;
}

static gboolean
work (MsDirectoryRun *self, GError **error)
{
  g_autoptr (GError) beyond = NULL;

  if (!load (self, error) || !check_actor (self, error)
      || !ms_store_read (self->service->store, check_targets, self, NULL, error))
    return FALSE;
  announce (self);
  if (!ms_directory_run_goes_on (self, error) || !write_state (self, live_in_txn, error)
      || !ms_directory_run_fetch (self, error) || !plan (self, error))
    return FALSE;
  gboolean within
      = self->state->is_forced || ms_directory_plan_check_limit (self->plan, self->config, &beyond);
  /* A rehearsal shows all the same who it would be. */
  if ((within || !self->state->is_run) && !ms_directory_run_apply (self, error))
    return FALSE;
  self->is_refused = !within;
  if (!within)
    g_propagate_error (error, g_steal_pointer (&beyond));
  return within;
}

void
ms_directory_run (MsDirectoryRuns *runs, MsService *service, const char *id)
{
  g_autoptr (MsDirectoryRun) self = g_new0 (MsDirectoryRun, 1);
  g_autoptr (GError) error = NULL;
  MsDirectoryRecord *record = g_new0 (MsDirectoryRecord, 1);

  record->id = g_strdup (id);
  record->state = g_strdup ("waiting");
  self->service = service;
  self->runs = runs;
  self->state = ms_directory_state_new (record);
  self->cancellable = ms_job_queue_ref_cancellable (ms_directory_runs_get_queue (runs));
  self->persons = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_directory_person_free);
  if (!write_state (self, begin_in_txn, &error))
    {
      g_debug ("A directory is left alone: %s", error->message);
      return;
    }
  self->held = g_get_monotonic_time ();
  (void) work (self, &error);
  end (self, error);
}
