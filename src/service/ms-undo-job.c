/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A whole import, or run of a directory, undone: its change sets one by one, newest first, each by
 * one of its own, so that other writers have their turn between them, memory does not grow with the
 * import, and what was interrupted is simply repeated. The change sets of an undo are a job too, by
 * which it can be undone in its turn.
 */
#include "ms-undo.h"

#include "ms-apply.h"
#include "ms-directory-state.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-session.h"
#include "ms-txn.h"
#include "ms-undo-import.h"

#include <string.h>

#define PAGE 500
#define MAX_REFUSED 1000

/**
 * UndoJob: one request
 * @job: whose change sets are undone
 * @what: "import", or "run" of a directory
 * @directory: (nullable): whose run it is
 * @is_import: it is none of any, which has been asked
 * @import: (nullable): that it undoes after all, or is; a run of a directory has none of that name
 * @has_record: that is known still
 * @is_barred: what it is of is being run, so that nothing more may be undone
 * @sequences: (element-type gint64): of them, newest first
 * @passed: how many of these are done with
 * @until: the last change set before all of this, which brings back in order what it does
 * @id: (nullable): the job that the undo is itself; %NULL for a rehearsal
 * @failed: (nullable): why nothing of the change set at hand was undone, though what goes with it
 * was written
 * @before: the newest change set by which any of them was undone before, or 0; @job_before:
 * (nullable): the undo that it is one of
 */
typedef struct
{
  MsService     *service;
  const MsActor *actor;
  const char    *job;
  const char    *what;
  char          *directory;
  gboolean       is_import;
  char          *import;
  gboolean       has_record;
  gboolean       is_barred;
  GArray        *sequences;
  guint          passed;
  gint64         until;
  char          *id;
  MsWrite       *write;
  MsActor       *present; /* the actor, as it is at that moment */
  gint64         at;      /* the change set at hand */
  JsonArray     *refused;
  JsonArray     *refused_now;
  GError        *failed;
  gint64         undone;
  gint64         undone_now;
  gint64         last; /* change set made */
  gint64         before;
  char          *job_before;
} UndoJob;

/* Two that go through each other would leave neither what the run made nor what was before. */
static gboolean
bar (UndoJob *self, GError **error)
{
  self->is_barred = TRUE;
  if (self->undone == 0)
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  NULL,
                  NULL,
                  "The directory is being run: cancel that first, or wait for its end");
  else
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  NULL,
                  NULL,
                  "A run of the directory was begun when %" G_GINT64_FORMAT
                  " objects were undone: cancel that, or wait for its end, and undo it first",
                  self->undone);
  return FALSE;
}

/* What it goes on to do would stay. */
static gboolean
bar_import (UndoJob *self, const MsImportRecord *import, GError **error)
{
  const char *name = import->name != NULL ? import->name : import->id;
  gboolean    is_run = strcmp (import->state, "running") == 0;

  self->is_barred = TRUE;
  if (self->undone == 0)
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  NULL,
                  NULL,
                  "The import “%s” is still %s: cancel it first, or wait for its end",
                  name,
                  is_run ? "running" : "being rehearsed");
  else
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  NULL,
                  NULL,
                  "The import “%s” was started when %" G_GINT64_FORMAT
                  " objects were undone: cancel it, or wait for its end, and undo it again",
                  name,
                  self->undone);
  return FALSE;
}

static gboolean
find_import (UndoJob *self, MsTxn *txn, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsChangeSet) root = ms_undo_find_root (txn, self->job, &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  self->import = g_strdup (root != NULL && root->job != NULL ? root->job : self->job);
  return TRUE;
}

/* An import that is being undone is not to be started meanwhile, nor where that is undone. */
static gboolean
check_import (UndoJob *self, MsTxn *txn, GError **error)
{
  MsImportRecord *found;

  if (self->import == NULL && !find_import (self, txn, error))
    return FALSE;
  if (!ms_undo_find_import (txn, self->import, &found, error))
    return FALSE;
  g_autoptr (MsImportRecord) import = found;
  self->has_record = import != NULL;
  if (import == NULL)
    return TRUE;
  if (ms_undo_import_is_under_way (import))
    return bar_import (self, import, error);
  return self->present == NULL || ms_undo_import_hold (import, txn, self->id, error);
}

/* @state: (out) (nullable): of the directory whose run it is, as far as it is here still.
 * @any_runs: (out): it cannot be told which one that is, and one is being run */
static gboolean
load_directory (
    UndoJob *self, MsTxn *txn, MsDirectoryState **state, gboolean *any_runs, GError **error)
{
  gboolean is_run = FALSE;
  g_autoptr (MsObject) object = NULL;

  *state = NULL;
  *any_runs = FALSE;
  if (self->is_import)
    return TRUE;
  if (self->directory == NULL)
    {
      if (!ms_undo_find_directory (
              self->service, txn, self->job, &self->directory, &is_run, any_runs, error))
        return FALSE;
      self->is_import = !is_run;
      self->what = is_run ? "run" : self->what;
    }
  if (self->directory == NULL)
    return TRUE;
  if (!ms_txn_look_up (txn, self->service->types.directory, self->directory, &object, error))
    return FALSE;
  if (object == NULL)
    return TRUE;
  *state = ms_directory_state_load (txn, self->directory, error);
  return *state != NULL;
}

/* A directory is not to be run while a run of it is being undone, be it the last one, an earlier
 * one, or the undo of one. */
static gboolean
check_directory (UndoJob *self, MsTxn *txn, GError **error)
{
  MsDirectoryState *found = NULL;
  gboolean          any_runs = FALSE;

  if (!load_directory (self, txn, &found, &any_runs, error))
    return FALSE;
  g_autoptr (MsDirectoryState) state = found;
  if (any_runs || (state != NULL && ms_directory_state_is_under_way (state)))
    return bar (self, error);
  if (self->present == NULL || state == NULL)
    return TRUE;
  ms_directory_state_hold_for_undo (state, self->id);
  return ms_directory_state_save (state, txn, error);
}

/* What is undone is not repeated by the clock. */
static gboolean
stop_clock (UndoJob *self, MsTxn *txn, GError **error)
{
  MsDirectoryState *found = NULL;
  gboolean          any_runs = FALSE;

  if (!load_directory (self, txn, &found, &any_runs, error))
    return FALSE;
  g_autoptr (MsDirectoryState) state = found;
  if (state == NULL)
    return TRUE;
  ms_directory_state_stop_clock (state);
  return ms_directory_state_save (state, txn, error);
}

static gboolean
let_go_of_import (UndoJob *self, MsTxn *txn, GError **error)
{
  MsImportRecord *found;

  if (!ms_undo_find_import (txn, self->import, &found, error))
    return FALSE;
  g_autoptr (MsImportRecord) import = found;
  return import == NULL || ms_undo_import_let_go (import, txn, self->id, error);
}

static gboolean
let_go_of_directory (UndoJob *self, MsTxn *txn, GError **error)
{
  g_autoptr (MsDirectoryState) state = ms_directory_state_load (txn, self->directory, error);

  if (state == NULL)
    return FALSE;
  return !ms_directory_state_let_go_of_undo (state, self->id)
         || ms_directory_state_save (state, txn, error);
}

static gboolean
let_go_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  UndoJob *self = user_data;

  return (!self->has_record || let_go_of_import (self, txn, error))
         && (self->directory == NULL || let_go_of_directory (self, txn, error));
}

/* Others may run it again, where none but this one undoes something of it. */
static void
let_go (UndoJob *self)
{
  const MsChangeContext context = ms_service_get_context (self->actor, "undo");
  g_autoptr (GError) error = NULL;

  /* Left as it is, it is over in a minute. */
  if ((self->directory != NULL || self->has_record)
      && !ms_store_write (self->service->store, &context, let_go_in_txn, self, NULL, &error))
    g_debug ("What an undo that has ended held is held still: %s", error->message);
}

static gboolean
read_sequences (MsTxn *txn, gpointer user_data, GError **error)
{
  UndoJob *self = user_data;
  gint64   before = 0;
  guint    found;

  if (!check_import (self, txn, error) || !check_directory (self, txn, error))
    return FALSE;
  g_array_set_size (self->sequences, 0);
  do
    {
      g_autoptr (GPtrArray) sets
                 = ms_txn_list_change_sets (txn, NULL, self->job, NULL, before, PAGE, error);
      if (sets == NULL)
        return FALSE;
      found = sets->len;
      for (guint i = 0; i < found; i++)
        {
          const MsChangeSet *set = g_ptr_array_index (sets, i);
          before = set->sequence;
          g_array_append_val (self->sequences, set->sequence);
        }
    }
  while (found == PAGE);
  self->until = ms_txn_get_last_sequence (txn);
  return TRUE;
}

static void
take_result (UndoJob *self, gboolean done)
{
  self->undone += done ? self->undone_now : 0;
  for (guint i = 0; i < json_array_get_length (self->refused_now)
                    && json_array_get_length (self->refused) < MAX_REFUSED;
       i++)
    json_array_add_element (self->refused,
                            json_node_copy (json_array_get_element (self->refused_now, i)));
}

static gboolean
undo_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  UndoJob *self = user_data;
  gint64   before = 0;

  self->write->txn = txn;
  gboolean done = ms_undo_change_set (self->write,
                                      self->at,
                                      self->until,
                                      NULL,
                                      self->refused_now,
                                      &self->undone_now,
                                      &before,
                                      error);
  self->before = MAX (self->before, before);
  return done;
}

static gboolean
is_refused (UndoJob *self, const GError *error)
{
  return !self->is_barred && g_error_matches (error, MS_ERROR, MS_ERROR_CONFLICT);
}

/* It may go on for long, and who asked for it may lose the right to that meanwhile. Where nothing
 * of the change set is undone, the hold is written all the same. */
static gboolean
undo_while_allowed (MsTxn *txn, gpointer user_data, GError **error)
{
  UndoJob *self = user_data;

  g_clear_error (&self->failed);
  if (!ms_session_check_actor (self->service, txn, self->present, error)
      || !ms_policy_check (self->present, MS_POLICY_UNDO, NULL, NULL, NULL, error)
      || !check_import (self, txn, error) || !check_directory (self, txn, error))
    return FALSE;
  if (ms_txn_savepoint (txn, TRUE, undo_in_txn, self, &self->failed))
    return stop_clock (self, txn, error);
  if (is_refused (self, self->failed))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->failed));
  return FALSE;
}

/* That nothing of one change set can be undone is no reason to stop. */
static gboolean
settle (UndoJob *self, gboolean done, GError *failed, GError **error)
{
  take_result (self, done);
  g_clear_pointer (&self->refused_now, json_array_unref);
  if (done || is_refused (self, failed))
    {
      g_clear_error (&failed);
      return TRUE;
    }
  g_propagate_error (error, failed);
  return FALSE;
}

static gboolean
undo_one (UndoJob *self, GError **error)
{
  MsChangeContext context = ms_service_get_context (self->actor, "undo");
  MsWrite         write;
  GError         *failed = NULL;
  gint64          made = 0;

  context.undo_of = self->at;
  context.job = self->id;
  g_autoptr (MsActor) present = ms_actor_copy (self->actor);
  self->present = present;
  ms_write_init (&write, self->service, present, NULL);
  self->write = &write;
  self->undone_now = 0;
  self->refused_now = json_array_new ();
  if (ms_store_write (self->service->store, &context, undo_while_allowed, self, &made, &failed))
    failed = g_steal_pointer (&self->failed);
  g_clear_error (&self->failed);
  ms_write_clear (&write);
  self->present = NULL;
  if (failed == NULL)
    self->last = made;
  return settle (self, failed == NULL, failed, error);
}

static void
tell (UndoJob *self, const char *state)
{
  g_autofree char *json
      = g_strdup_printf ("{\"job\":\"%s\",\"undo\":\"%s\",\"state\":\"%s\",\"done\":%u,"
                         "\"total\":%u,\"undone\":%" G_GINT64_FORMAT "}",
                         self->job,
                         self->id,
                         state,
                         self->passed,
                         self->sequences->len,
                         self->undone);

  ms_service_publish_event (self->service, "undo", json);
}

static gboolean
undo_all (UndoJob *self, GError **error)
{
  while (self->passed < self->sequences->len)
    {
      if (self->passed > 0)
        tell (self, "running");
      self->at = g_array_index (self->sequences, gint64, self->passed);
      if (g_atomic_int_get (&self->service->is_shut_down))
        {
          ms_error_set (error,
                        MS_ERROR_UNAVAILABLE,
                        NULL,
                        NULL,
                        "The server is shutting down; repeat the undo to go on with it");
          return FALSE;
        }
      if (!undo_one (self, error))
        return FALSE;
      self->passed++;
    }
  return TRUE;
}

/* Whoever hears that it has ended may run the directory at once. */
static gboolean
undo_and_let_go (UndoJob *self, GError **error)
{
  gboolean done = undo_all (self, error);

  let_go (self);
  tell (self, done ? "done" : "failed");
  return done;
}

/* What one undoes depends on those before it, so all of it is done in one transaction and rolled
 * back. */
static gboolean
rehearse_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  UndoJob *self = user_data;

  for (guint i = 0; i < self->sequences->len; i++)
    {
      GError *failed = NULL;
      self->at = g_array_index (self->sequences, gint64, i);
      self->undone_now = 0;
      self->refused_now = json_array_new ();
      gboolean done = ms_txn_savepoint (txn, TRUE, undo_in_txn, self, &failed);
      if (!settle (self, done, failed, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
rehearse_and_roll_back (MsTxn *txn, gpointer user_data, GError **error)
{
  return ms_txn_savepoint (txn, FALSE, rehearse_in_txn, user_data, error);
}

static gboolean
rehearse (UndoJob *self, GError **error)
{
  MsChangeContext context = ms_service_get_context (self->actor, "undo");
  MsWrite         write;

  ms_write_init (&write, self->service, self->actor, NULL);
  self->write = &write;
  gboolean done
      = ms_store_write (self->service->store, &context, rehearse_and_roll_back, self, NULL, error);
  ms_write_clear (&write);
  return done;
}

/* (transfer full): the answer */
static MsOutcome *
make_outcome (UndoJob *self)
{
  MsOutcome *outcome = g_new0 (MsOutcome, 1);

  outcome->document = ms_undo_make_document ("undone", self->undone, NULL, self->refused);
  if (self->id != NULL)
    {
      g_string_truncate (outcome->document, outcome->document->len - 1);
      g_string_append_printf (outcome->document, ",\"job\":\"%s\"}", self->id);
    }
  outcome->changed = self->id != NULL;
  outcome->sequence = self->last;
  return outcome;
}

static gboolean
find_job_before (MsTxn *txn, gpointer user_data, GError **error)
{
  UndoJob *self = user_data;
  g_autoptr (MsChangeSet) set = ms_undo_get_head (txn, self->before, error);

  if (set == NULL)
    return FALSE;
  g_free (self->job_before);
  self->job_before = g_strdup (set->job);
  return TRUE;
}

/* Why nothing was undone, and what helps where it was undone before: parts that were refused then
 * are not tried once more. */
static void
refuse (UndoJob *self, GError **error)
{
  g_autofree char *message = NULL;

  if (self->before != 0
      && !ms_store_read (self->service->store, find_job_before, self, NULL, error))
    return;
  if (self->before == 0)
    message = g_strdup_printf ("Nothing of this %s can be undone", self->what);
  else if (self->job_before == NULL)
    message = g_strdup_printf ("This %s was undone already, by change %" G_GINT64_FORMAT
                               "; undo that change first, to undo this once more",
                               self->what,
                               self->before);
  else
    message = g_strdup_printf ("This %s was undone already, by change %" G_GINT64_FORMAT
                               " of the undo %s; undo that undo first, to undo this once more",
                               self->what,
                               self->before,
                               self->job_before);
  ms_outcome_refuse (self->refused, MS_ERROR_CONFLICT, error, message);
}

static MsOutcome *
undo_or_rehearse (UndoJob *self, gboolean dry_run, GError **error)
{
  if (!ms_store_read (self->service->store, read_sequences, self, NULL, error))
    return NULL;
  if (self->sequences->len == 0)
    {
      ms_error_set (
          error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is no change of an import “%s”", self->job);
      return NULL;
    }
  self->id = dry_run ? NULL : ms_object_new_id ();
  if (!(dry_run ? rehearse (self, error) : undo_and_let_go (self, error)))
    return NULL;
  if (self->undone > 0)
    return make_outcome (self);
  refuse (self, error);
  return NULL;
}

static void
undo_job_clear (UndoJob *self)
{
  g_free (self->directory);
  g_free (self->import);
  g_array_unref (self->sequences);
  g_free (self->id);
  json_array_unref (self->refused);
  g_clear_pointer (&self->refused_now, json_array_unref);
  g_clear_error (&self->failed);
  g_free (self->job_before);
}

MsOutcome *
ms_undo_job (
    MsService *service, const MsActor *actor, const char *job, JsonObject *body, GError **error)
{
  gboolean dry_run;

  if (!ms_undo_read_dry_run (body, &dry_run, error))
    return NULL;
  UndoJob    self = { .service = service,
                      .actor = actor,
                      .job = job,
                      .what = "import",
                      .sequences = g_array_new (FALSE, FALSE, sizeof (gint64)),
                      .refused = json_array_new () };
  MsOutcome *outcome = undo_or_rehearse (&self, dry_run, error);
  undo_job_clear (&self);
  return outcome;
}
