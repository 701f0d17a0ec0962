/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One import from its first chunk to its end. It looks after every transaction whether it is to
 * stop; a server that ends leaves it "running" in the store, and the next one goes on after the
 * last record that was stored.
 */
#include "ms-import-run.h"

#include <string.h>

#include "ms-error.h"
#include "ms-import-chunk.h"
#include "ms-import-rejects.h"
#include "ms-store-schemas.h"

#define ANNOUNCE_USEC (200 * G_TIME_SPAN_MILLISECOND)

typedef enum
{
  RUN_FINISHED,
  RUN_CANCELLED,
  RUN_INTERRUPTED, /* the server ends, or has to take other tables first: somebody goes on with it
                    */
  RUN_FAILED,
} RunEnd;

void
ms_import_announce (MsService *service, MsImport *import, guint passwords)
{
  g_autoptr (GString) json = g_string_new (NULL);

  ms_import_append_json (import, passwords, MS_IMPORT_STATE, json);
  ms_service_publish_event (service, "import", json->str);
}

static void
announce (MsImportJob *job)
{
  ms_import_announce (job->service,
                      job->import,
                      ms_import_manager_count_passwords (job->manager, job->import->record->id));
}

static GPtrArray *
read_rows (MsImportJob *job)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_import_row_free);
  gboolean hashes = job->options->is_mapped[MS_IMPORT_PASSWORD] || job->options->generate_passwords;
  guint    limit = hashes ? MS_IMPORT_CHUNK_HASHED_ROWS : MS_IMPORT_CHUNK_ROWS;

  /* A circle is done in one transaction, however large it is. */
  for (gboolean goes_on = FALSE; goes_on || rows->len < limit;)
    {
      MsImportRow *row = ms_import_job_next_row (job);
      if (row == NULL)
        break;
      goes_on = row->circle == MS_IMPORT_CIRCLE_GOES_ON;
      g_ptr_array_add (rows, row);
    }
  return rows;
}

/* Whether it has to stop here; @end says why. */
static gboolean
has_to_stop (MsImportJob *job, RunEnd *end)
{
  gboolean shut_down = FALSE;

  ms_import_manager_step (job->manager, job->import->record->id, job->import->done);
  if (!ms_import_manager_is_ending (job->manager, job->import->record->id, &shut_down))
    return FALSE;
  *end = shut_down ? RUN_INTERRUPTED : RUN_CANCELLED;
  return TRUE;
}

static RunEnd
run_chunks (MsImportJob *job, GError **error)
{
  RunEnd end = RUN_FINISHED;
  gint64 announced = g_get_monotonic_time ();

  for (;;)
    {
      g_autoptr (GPtrArray) rows = read_rows (job);
      if (rows->len == 0)
        return RUN_FINISHED;
      g_autoptr (MsHashes) hashes = ms_import_job_prepare (job, rows, error);
      if (hashes == NULL)
        return RUN_FAILED;
      for (guint first = 0, done = 0; first < rows->len; first += done)
        {
          if (has_to_stop (job, &end))
            return end;
          if (!ms_import_job_do_rows (job, rows, first, hashes, &done, error))
            return RUN_FAILED;
          if (g_get_monotonic_time () - announced < ANNOUNCE_USEC)
            continue;
          announced = g_get_monotonic_time ();
          announce (job);
        }
    }
}

static gboolean
clear_rows (MsTxn *txn, gpointer user_data, GError **error)
{
  MsImport *import = user_data;

  ms_import_reset (import);
  ms_import_save (import);
  return ms_txn_clear_import_rows (txn, import->record->id, error)
         && ms_txn_put_import (txn, import->record, error);
}

/* What was done before the server stopped: a run goes on after it; a rehearsal, which has nothing
 * to show for it, begins again. */
static gboolean
take_up (MsImportJob *job, GError **error)
{
  MsChangeContext context = { NULL, NULL, "import", "import", NULL, job->import->record->id, 0 };

  if (job->import->record->next_record == 0)
    return TRUE;
  if (job->planned_users != NULL)
    return ms_store_write (job->service->store, &context, clear_rows, job->import, NULL, error);
  ms_import_job_skip (job, job->import->record->next_record);
  return TRUE;
}

/* A rehearsal goes on to what each row comes to, and says that a run would not. */
static gboolean
look_for_existing (MsImportJob *job, gint64 *line, GError **error)
{
  g_autoptr (GError) found = NULL;

  if (ms_import_job_check_stop (job, line, &found))
    return TRUE;
  if (job->planned_users == NULL || !g_error_matches (found, MS_ERROR, MS_ERROR_CONFLICT))
    {
      g_propagate_error (error, g_steal_pointer (&found));
      return FALSE;
    }
  ms_import_add_warning (job->import, "%s", found->message);
  return TRUE;
}

static RunEnd
run_job (MsImportJob *job, gint64 *line, GError **error)
{
  gboolean begins;

  if (!take_up (job, error))
    return RUN_FAILED;
  begins = job->import->record->next_record == 0;
  announce (job);
  if (begins && job->options->existing == MS_IMPORT_STOP_AT_EXISTING
      && !look_for_existing (job, line, error))
    return RUN_FAILED;
  return run_chunks (job, error);
}

/* The file may hold passwords; once it has been run, only the rejects are of use. */
static gboolean
finish_run (MsImportJob *job, GError **error)
{
  g_autoptr (GError) failed = NULL;
  guint kept = ms_import_manager_count_passwords (job->manager, job->import->record->id);

  if (job->import->generated > kept)
    ms_import_add_warning (job->import,
                           "%" G_GINT64_FORMAT
                           " generated passwords were lost when the server stopped; reset them",
                           job->import->generated - kept);
  if (ms_import_reduce (job->service, job->import, &failed))
    return TRUE;
  if (ms_store_is_behind (failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  /* The import is done all the same; its file stays as it came. */
  g_debug ("The file of import %s was kept: %s", job->import->record->id, failed->message);
  ms_import_add_warning (job->import, "The file could not be reduced to its rejects");
  return TRUE;
}

/* One that another server took, or cancelled, is no business of ours any more; one that met schemas
 * which another server has changed goes on when this one has them. */
static gboolean
is_interruption (const GError *error)
{
  return g_error_matches (error, MS_ERROR, MS_ERROR_STALE) || ms_store_is_behind (error);
}

/* Nothing is told that the store does not say. There it is still under way otherwise: it is taken
 * up again, by the next look, and comes to the same end. */
static void
end_job (MsService *service, MsImportManager *manager, MsImport *import)
{
  const char *id = import->record->id;
  g_autoptr (GError) error = NULL;

  if (ms_import_store (service, import, &error))
    {
      ms_import_announce (service, import, ms_import_manager_count_passwords (manager, id));
      return;
    }
  if (g_error_matches (error, MS_ERROR, MS_ERROR_STALE))
    return;
  g_debug ("Import %s: its end could not be stored: %s", id, error->message);
  if (ms_import_is_in (import, "cancelled"))
    ms_import_manager_cancel_again (manager, id);
}

static gboolean
hold_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  return ms_import_hold (txn, user_data, error);
}

static gboolean
release_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  if (!ms_txn_release_import (txn, user_data, FALSE, error))
    return FALSE;
  ms_txn_announce (txn, MS_NEWS_FREE_IMPORT, user_data);
  return TRUE;
}

/* Untold, or two that can do nothing with it would hand it to each other. */
static gboolean
leave_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  return ms_txn_release_import (txn, user_data, FALSE, error);
}

/* Its file was encrypted before this server had shown its key, while others on the store had. */
static gboolean
is_for_others (MsService *service, MsImport *import)
{
  GBytes *data = import->record->data;

  return !ms_store_is_exclusive (service->store) && data != NULL && ms_import_seal_is_sealed (data)
         && !ms_import_seal_is_ours (service->import_seal, data);
}

static gboolean
write_hold (MsService *service, const char *id, MsTxnFunc func, GError **error)
{
  const MsChangeContext context = { NULL, NULL, "import", "import", NULL, id, 0 };

  return ms_store_write (service->store, &context, func, (gpointer) id, NULL, error);
}

/* Of one that was told to stop when it could not say so, the same as then. */
static RunEnd
work (MsImportJob *job, gint64 *line, GError **error)
{
  gboolean shut_down = FALSE;

  if (ms_import_manager_is_ending (job->manager, job->import->record->id, &shut_down))
    return shut_down ? RUN_INTERRUPTED : RUN_CANCELLED;
  RunEnd end = run_job (job, line, error);
  if (end == RUN_FINISHED && job->planned_users == NULL && !finish_run (job, error))
    return RUN_FAILED;
  return end;
}

static void
run_held (MsImportManager *manager, MsService *service, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsImport) import = NULL;
  g_autoptr (MsImportJob) job = ms_import_job_new (service, manager, id, &import, &error);
  gint64 line = 0;

  if (job == NULL && import == NULL)
    {
      g_debug ("Import %s cannot be read: %s", id, error->message);
      return;
    }
  RunEnd end = job != NULL ? work (job, &line, &error) : RUN_FAILED;
  if (end == RUN_FAILED
      && (is_interruption (error) || (job == NULL && is_for_others (service, import))))
    end = RUN_INTERRUPTED;
  /* Whoever cancels it from now on tells the store. */
  if (ms_import_manager_leave (manager, id) && end == RUN_INTERRUPTED)
    end = RUN_CANCELLED;
  if (end == RUN_INTERRUPTED)
    {
      g_clear_error (&error);
      /* Not released, it is free for others a little later, and for this one at once. */
      (void) !write_hold (service, id, job != NULL ? release_in_txn : leave_in_txn, &error);
      return;
    }
  if (end == RUN_FAILED)
    ms_import_fail (import, error, line);
  else if (end == RUN_CANCELLED)
    ms_import_set_state (import, "cancelled");
  else
    ms_import_set_state (import, job->planned_users != NULL ? "rehearsed" : "done");
  end_job (service, manager, import);
}

void
ms_import_run (MsImportManager *manager, MsService *service, const char *id)
{
  g_autoptr (GError) error = NULL;

  /* Whatever else is wrong comes up again, and is reported there. */
  if (write_hold (service, id, hold_in_txn, &error)
      || !g_error_matches (error, MS_ERROR, MS_ERROR_STALE))
    run_held (manager, service, id);
  else
    g_debug ("Import %s is left alone: %s", id, error->message);
}
