/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "ms-directory-end.h"

#include "ms-directory-history.h"
#include "ms-error.h"
#include "ms-store-schemas.h"

void
ms_directory_end_free (MsDirectoryEnd *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->state, ms_directory_state_free);
  g_clear_error (&self->why);
  g_free (self->name);
  g_free (self);
}

MsChangeContext
ms_directory_end_get_context (const MsDirectoryState *state, const char *name, char **reason)
{
  const MsDirectoryRecord *record = state->record;
  MsChangeContext          context = { .actor_id = record->actor_id,
                                       .actor_name = record->actor_name,
                                       .channel = MS_DIRECTORY_CHANNEL,
                                       .verb = "import",
                                       .job = state->is_run ? record->job : NULL };

  *reason = ms_directory_make_reason (name != NULL ? name : record->id);
  context.reason = *reason;
  return context;
}

gboolean
ms_directory_end_claim (const MsDirectoryState *state, MsTxn *txn, gint64 usec, GError **error)
{
  const char *id = state->record->id;
  gboolean    claimed = FALSE;
  g_autoptr (MsDirectoryState) stored = ms_directory_state_load (txn, id, error);

  if (stored == NULL)
    return FALSE;
  if (!ms_directory_state_is_still (state, stored))
    {
      ms_error_set (error, MS_ERROR_STALE, NULL, NULL, "This was ended by another server");
      return FALSE;
    }
  if (!ms_txn_claim_directory (txn, id, usec, &claimed, error))
    return FALSE;
  if (!claimed)
    ms_error_set (error, MS_ERROR_STALE, NULL, NULL, "Another server has this directory");
  return claimed;
}

/* What is put back begins anew when the thread does, under the job that what it wrote has. */
static gboolean
store_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  MsDirectoryEnd   *self = user_data;
  MsDirectoryState *state = self->state;
  const char       *job = ms_directory_state_get_job (state);
  gint64            hold = ms_directory_runs_get_hold (self->service->directories);
  gint64            changes = 0;

  if (!ms_directory_end_claim (state, txn, hold, error)
      || (job != NULL && !ms_txn_count_job (txn, job, &changes, error)))
    return FALSE;
  if (self->result == NULL)
    ms_directory_state_put_back (state, changes > 0);
  else
    ms_directory_state_end (state,
                            self->result,
                            self->why,
                            ms_service_get_time (self->service),
                            self->every,
                            changes > 0);
  return ms_directory_state_save (state, txn, error)
         && ms_txn_release_directory (txn, state->record->id, FALSE, error);
}

gboolean
ms_directory_end_store (MsDirectoryEnd *self)
{
  g_autofree char *reason = NULL;
  MsChangeContext  context = ms_directory_end_get_context (self->state, self->name, &reason);
  g_autoptr (GError) error = NULL;

  if (!ms_store_write (self->service->store, &context, store_in_txn, self, NULL, &error))
    {
      g_debug ("The end of a run of a directory could not be stored: %s", error->message);
      return !ms_store_is_behind (error);
    }
  if (self->result != NULL)
    ms_directory_state_announce (self->state, self->service, self->name != NULL ? self->name : "");
  return TRUE;
}
