/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which directory a job is a run of, or undoes one of. Its record tells of the last run only, which
 * is the one at work where one is; so the change sets are asked, whose reason has its name.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-directory-history.h"
#include "ms-directory-state.h"
#include "ms-txn.h"

MsChangeSet *
ms_undo_find_root (MsTxn *txn, const char *job, GError **error)
{
  g_autoptr (GPtrArray) sets = ms_txn_list_change_sets (txn, NULL, job, NULL, 0, 1, error);

  if (sets == NULL || sets->len == 0)
    return NULL;
  g_autoptr (MsChangeSet) set = g_ptr_array_steal_index (sets, 0);
  /* What is undone is older; what is not, in a damaged store, would lead round for ever. */
  while (set != NULL && set->undo_of != 0 && set->undo_of < set->sequence)
    {
      MsChangeSet *next = ms_undo_get_head (txn, set->undo_of, error);
      ms_change_set_free (set);
      set = next;
    }
  return g_steal_pointer (&set);
}

/* Whether @directory can have made @set, going by the name. */
static gboolean
fits (MsObject *directory, const MsChangeSet *set)
{
  g_autofree char *reason = ms_directory_make_reason (ms_object_get_label (directory));

  return g_strcmp0 (set->reason, reason) == 0 && ms_object_get_created (directory) <= set->time;
}

/* Where none has the name any more, it may be any. */
static gboolean
look_through (MsService         *service,
              MsTxn             *txn,
              const MsChangeSet *set,
              char             **id,
              gboolean          *any_runs,
              GError           **error)
{
  MsQuery query = { .type = service->types.directory, .count = G_MAXINT64 };
  gint64  total = 0;
  g_autoptr (GArray) rows = ms_txn_query_rows (txn, &query, &total, error);

  for (guint i = 0; rows != NULL && *id == NULL && i < rows->len; i++)
    {
      g_autoptr (MsObject) directory = ms_txn_get_row (txn, g_array_index (rows, gint64, i), error);
      g_autoptr (MsDirectoryState) state
                 = directory != NULL
                       ? ms_directory_state_load (txn, ms_object_get_id (directory), error)
                       : NULL;
      if (state == NULL)
        return FALSE;
      if (fits (directory, set))
        *id = g_strdup (ms_object_get_id (directory));
      *any_runs = *any_runs || ms_directory_state_is_under_way (state);
    }
  *any_runs = *any_runs && *id == NULL;
  return rows != NULL;
}

gboolean
ms_undo_find_directory (MsService  *service,
                        MsTxn      *txn,
                        const char *job,
                        char      **id,
                        gboolean   *is_run,
                        gboolean   *any_runs,
                        GError    **error)
{
  g_autoptr (GError) failed = NULL;
  MsDirectoryRecord *found = NULL;

  *id = NULL;
  *is_run = *any_runs = FALSE;
  if (!ms_txn_find_directory_of_job (txn, job, &found, error))
    return FALSE;
  g_autoptr (MsDirectoryRecord) record = found;
  if (record != NULL)
    {
      *id = g_strdup (record->id);
      *is_run = TRUE;
      return TRUE;
    }
  g_autoptr (MsChangeSet) set = ms_undo_find_root (txn, job, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  *is_run = set != NULL && g_strcmp0 (set->channel, MS_DIRECTORY_CHANNEL) == 0;
  return !*is_run || look_through (service, txn, set, id, any_runs, error);
}
