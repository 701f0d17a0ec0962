/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which directory a job is a run of, or undoes one of. Its record tells of the last run only, which
 * is the one at work where one is; so the change sets are asked, whose reason has its name: the one
 * that it had then.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-directory-history.h"
#include "ms-directory-state.h"
#include "ms-txn.h"

#define PAGE 100

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

/* Takes back of @name (inout) (nullable) what @set did to it. */
static void
take_back (const MsChangeSet *set, char **name)
{
  const MsChange *change
      = set->changes != NULL && set->changes->len > 0 ? set->changes->pdata[0] : NULL;
  JsonArray *deltas
      = change != NULL && change->deltas != NULL && JSON_NODE_HOLDS_ARRAY (change->deltas)
            ? json_node_get_array (change->deltas)
            : NULL;

  for (guint i = 0; deltas != NULL && i < json_array_get_length (deltas); i++)
    {
      JsonObject *delta = json_array_get_object_element (deltas, i);
      if (g_strcmp0 (json_object_get_string_member_with_default (delta, "path", ""), "name") != 0)
        continue;
      g_free (*name);
      *name = g_strdup (json_object_get_string_member_with_default (delta, "before", NULL));
    }
}

/* What @directory was called when @set was made; nobody renames one that is run. @name: (out)
 * (transfer full) (nullable): it was not there */
static gboolean
find_name (MsTxn *txn, MsObject *directory, const MsChangeSet *set, char **name, GError **error)
{
  g_autofree char *then = g_strdup (ms_object_get_label (directory));
  gint64           before = 0;
  gboolean         goes_on;

  do
    {
      g_autoptr (GPtrArray) sets = ms_txn_list_path_history (
          txn, ms_object_get_id (directory), "name", before, PAGE, error);
      if (sets == NULL)
        return FALSE;
      goes_on = sets->len == PAGE;
      for (guint i = 0; i < sets->len; i++)
        {
          const MsChangeSet *newer = sets->pdata[i];
          before = newer->sequence;
          goes_on = goes_on && newer->sequence > set->sequence;
          if (newer->sequence > set->sequence)
            take_back (newer, &then);
        }
    }
  while (goes_on);
  *name = g_steal_pointer (&then);
  return TRUE;
}

/* Whether @directory made @set, whose reason has its name of then. No two had one name. @fits:
 * (inout): set if so */
static gboolean
ask_fits (MsTxn *txn, MsObject *directory, const MsChangeSet *set, gboolean *fits, GError **error)
{
  g_autofree char *name = NULL;

  if (!find_name (txn, directory, set, &name, error))
    return FALSE;
  g_autofree char *reason = name != NULL ? ms_directory_make_reason (name) : NULL;
  *fits = *fits || (reason != NULL && g_strcmp0 (set->reason, reason) == 0);
  return TRUE;
}

/* Where none was called so, it is not here any more, or it cannot be told. */
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
      gboolean fits = FALSE;
      if (state == NULL || !ask_fits (txn, directory, set, &fits, error))
        return FALSE;
      if (fits)
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
