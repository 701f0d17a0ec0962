/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two halves of a chunk. What must hold: the rows of a transaction, their reports, the counts
 * and the place to go on from are stored together or not at all, so that no row is done twice or
 * left out whenever the server is killed. A rehearsal does the same work in a savepoint that is
 * rolled back before the reports are written.
 */
#include "ms-import-chunk.h"

#include <string.h>

#include "ms-error.h"

#include "ms-import-apply.h"
#include "ms-import-manager.h"
#include "ms-password.h"
#include "ms-session.h"
#include "ms-text.h"

#define PASSWORD_LENGTH 14

#define EXPECTED_ROWS 16
/* Of an import, before it is only said that there are more names in cells. */
#define MAX_WARNINGS 50

/* Making ready
 * ------------------------------------------------------------------------------------------- */

typedef struct
{
  MsImportJob *job;
  GPtrArray   *rows;
  GPtrArray   *hashes; /* (nullable) utf8: of users who are there, by row */
  gboolean    *exists;
} LookWork;

static gboolean
has_password_business (const MsImportJob *self, const MsImportRow *row)
{
  return row->problem == NULL && row->kind == MS_IMPORT_ACCOUNT
         && (row->values[MS_IMPORT_PASSWORD] != NULL || row->values[MS_IMPORT_PASSWORD_HASH] != NULL
             || self->options->generate_passwords);
}

static gboolean
look_at_users (MsTxn *txn, gpointer user_data, GError **error)
{
  LookWork *work = user_data;

  for (guint i = 0; i < work->rows->len; i++)
    {
      const MsImportRow *row = work->rows->pdata[i];
      g_autoptr (GError) failed = NULL;

      if (!has_password_business (work->job, row))
        continue;
      g_autoptr (MsObject) user = ms_txn_find_object (
          txn, work->job->service->types.user, "userName", row->login, &failed);
      work->exists[i] = user != NULL;
      if (user != NULL && work->job->options->existing == MS_IMPORT_UPDATE_EXISTING)
        work->hashes->pdata[i]
            = ms_txn_get_secret (txn, ms_object_get_id (user), "password", &failed);
      if (failed == NULL)
        continue;
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  return TRUE;
}

static gboolean
is_same_password (const MsImportRow *row, const char *hash)
{
  const char *given = row->values[MS_IMPORT_PASSWORD_HASH];

  if (hash == NULL)
    return FALSE;
  if (given == NULL)
    return row->values[MS_IMPORT_PASSWORD] != NULL
           && ms_password_verify (row->values[MS_IMPORT_PASSWORD], hash, NULL);
  g_autofree char *normal = ms_password_check_hash (given, NULL);
  return normal != NULL && strcmp (normal, hash) == 0;
}

/* Users who are there keep their password unless the file has one and says update. */
static void
prepare_row (
    MsImportJob *self, MsImportRow *row, gboolean exists, const char *hash, MsHashes *hashes)
{
  if (exists && self->options->existing != MS_IMPORT_UPDATE_EXISTING)
    return;
  if (exists)
    row->is_same_password = is_same_password (row, hash);
  else if (self->options->generate_passwords && row->values[MS_IMPORT_PASSWORD] == NULL
           && row->values[MS_IMPORT_PASSWORD_HASH] == NULL)
    row->generated = ms_text_new_password (PASSWORD_LENGTH);

  const char *password = ms_import_row_get_password (row);
  if (password == NULL || self->planned_users != NULL)
    return;
  ms_hashes_add (hashes, password);
  row->is_hashed = TRUE;
}

static gboolean
any_password_business (MsImportJob *self, GPtrArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    if (has_password_business (self, rows->pdata[i]))
      return TRUE;
  return FALSE;
}

MsHashes *
ms_import_job_prepare (MsImportJob *self, GPtrArray *rows, GError **error)
{
  g_autoptr (MsHashes) hashes = ms_hashes_new ();
  g_autoptr (GPtrArray) old = g_ptr_array_new_with_free_func (g_free);
  g_autofree gboolean *exists = g_new0 (gboolean, MAX (rows->len, 1));
  LookWork             work = { self, rows, old, exists };

  if (!any_password_business (self, rows))
    return g_steal_pointer (&hashes);
  g_ptr_array_set_size (old, (int) rows->len);
  if (!ms_store_read (self->service->store, look_at_users, &work, NULL, error))
    return NULL;
  for (guint i = 0; i < rows->len; i++)
    if (has_password_business (self, rows->pdata[i]))
      prepare_row (self, rows->pdata[i], exists[i], old->pdata[i], hashes);
  return ms_service_hash_all (self->service, hashes, NULL, error) ? g_steal_pointer (&hashes)
                                                                  : NULL;
}

/* Doing
 * ----------------------------------------------------------------------------------------------------
 */

/**
 * Chunk:
 * @outcomes: (element-type MsImportOutcome): of the rows done in this transaction
 * @counts, @groups: what the import moves on by, in memory already before it is committed where
 * @has_moved
 */
typedef struct
{
  MsImportJob  *job;
  GPtrArray    *rows;
  guint         first;
  MsImportApply apply;
  GArray       *outcomes;
  gint64        counts[MS_IMPORT_N_COUNTS];
  GHashTable   *groups;
  gboolean      has_moved;
} Chunk;

static void
count_groups (Chunk *chunk, MsImportOutcome *outcome)
{
  for (guint i = 0; i < outcome->groups->len; i++)
    {
      const char *path = outcome->groups->pdata[i];
      if (!g_hash_table_contains (chunk->job->made_groups, path))
        g_hash_table_add (chunk->groups, g_strdup (path));
    }
}

/* @outcome: taken */
static void
note_outcome (Chunk *chunk, const MsImportRow *row, MsImportOutcome outcome)
{
  if (row->problem != NULL)
    outcome.count = MS_IMPORT_REFUSED;
  chunk->counts[outcome.count]++;
  count_groups (chunk, &outcome);
  g_array_append_val (chunk->outcomes, outcome);
}

static gboolean
do_circle (Chunk *chunk, guint first, guint *n_rows, GError **error)
{
  MsImportRow **rows = (MsImportRow **) chunk->rows->pdata + first;
  guint         n = 1;

  while (rows[n - 1]->circle == MS_IMPORT_CIRCLE_GOES_ON)
    n++;
  g_autofree MsImportOutcome *outcomes = g_new0 (MsImportOutcome, n);
  gboolean done = ms_import_apply_circle (&chunk->apply, rows, n, outcomes, error);
  for (guint i = 0; i < n; i++)
    if (done)
      note_outcome (chunk, rows[i], outcomes[i]);
    else
      ms_import_outcome_clear (&outcomes[i]);
  *n_rows = n;
  return done;
}

static gboolean
do_rows (MsTxn *txn, gpointer user_data, GError **error)
{
  Chunk *chunk = user_data;
  gint64 end = g_get_monotonic_time () + MS_IMPORT_CHUNK_USEC;

  if (!ms_import_apply_begin (&chunk->apply, txn, error))
    return FALSE;
  for (guint i = chunk->first, n = 1; i < chunk->rows->len; i += n)
    {
      MsImportRow    *row = chunk->rows->pdata[i];
      MsImportOutcome outcome = { 0 };

      if (row->circle != MS_IMPORT_CIRCLE_NONE)
        {
          if (!do_circle (chunk, i, &n, error))
            return FALSE;
          if (g_get_monotonic_time () >= end)
            break;
          continue;
        }
      n = 1;
      if (((i - chunk->first) % EXPECTED_ROWS == 0
           && !ms_import_apply_expect (&chunk->apply, chunk->rows, i, EXPECTED_ROWS, error))
          || !ms_import_apply_row (&chunk->apply, row, &outcome, error))
        {
          ms_import_outcome_clear (&outcome);
          return FALSE;
        }
      note_outcome (chunk, row, outcome);
      if (g_get_monotonic_time () >= end)
        break;
    }
  return TRUE;
}

/* Of rows that are left alone the password is nobody's. */
static gboolean
hands_out (const MsImportRow *row, const MsImportOutcome *outcome)
{
  return row->generated != NULL && outcome->makes_user && outcome->count != MS_IMPORT_REFUSED;
}

static gboolean
write_reports (MsTxn *txn, Chunk *chunk, GError **error)
{
  const char *id = chunk->job->import->record->id;

  for (guint i = 0; i < chunk->outcomes->len; i++)
    {
      MsImportRow     *row = chunk->rows->pdata[chunk->first + i];
      MsImportOutcome *outcome = &g_array_index (chunk->outcomes, MsImportOutcome, i);
      g_autofree char *json = ms_import_make_report (row,
                                                     hands_out (row, outcome),
                                                     outcome->count,
                                                     outcome->field,
                                                     outcome->reason,
                                                     outcome->changes);

      if (!ms_txn_add_import_row (
              txn, id, row->line, ms_import_count_get_name (outcome->count), json, error))
        return FALSE;
    }
  return TRUE;
}

static guint
count_generated (Chunk *chunk)
{
  guint n = 0;

  for (guint i = 0; i < chunk->outcomes->len; i++)
    if (hands_out (chunk->rows->pdata[chunk->first + i],
                   &g_array_index (chunk->outcomes, MsImportOutcome, i)))
      n++;
  return n;
}

/* Moves the import on by what this transaction did, or back again where it failed. */
static void
move_on (Chunk *chunk, int sign)
{
  MsImport *import = chunk->job->import;
  gint64    n = chunk->outcomes->len;

  for (guint i = 0; i < MS_IMPORT_N_COUNTS; i++)
    import->counts[i] += sign * chunk->counts[i];
  import->done += sign * n;
  import->record->next_record += sign * n;
  import->groups += sign * (gint64) g_hash_table_size (chunk->groups);
  import->generated += sign * (gint64) count_generated (chunk);
}

/* As everywhere, what nothing here knows is left out, but not without a word. */
static void
warn_of_ignored (Chunk *chunk)
{
  const MsIgnored *ignored = chunk->apply.ignored;
  MsImport        *import = chunk->job->import;
  gboolean         has_more = ignored->more > 0;

  for (guint i = 0; i < ignored->names->len; i++)
    {
      g_autofree char *text = g_strdup_printf ("“%s” in a cell is left out: nothing here knows it",
                                               (const char *) ignored->names->pdata[i]);

      if (import->warnings->len < MAX_WARNINGS)
        ms_import_add_warning (import, "%s", text);
      else if (!g_ptr_array_find_with_equal_func (import->warnings, text, g_str_equal, NULL))
        has_more = TRUE;
    }
  if (has_more)
    ms_import_add_warning (import, "More names in cells are left out: nothing here knows them");
}

gboolean
ms_import_hold (MsTxn *txn, const char *id, GError **error)
{
  gboolean claimed = FALSE;

  if (!ms_txn_claim_import (txn, id, MS_IMPORT_HOLD_USEC, &claimed, error))
    return FALSE;
  if (!claimed)
    ms_error_set (error, MS_ERROR_STALE, NULL, NULL, "Another server has this import");
  return claimed;
}

/* An import outlives the session or token that it was begun with, but not the right to it. */
static gboolean
check_starter (MsTxn *txn, MsImportJob *job, GError **error)
{
  return ms_session_read_role (
             job->service, txn, job->import->record->actor_id, &job->actor->role, error)
         && ms_policy_check (job->actor, MS_POLICY_IMPORT, NULL, NULL, NULL, error);
}

static gboolean
work_in_transaction (MsTxn *txn, gpointer user_data, GError **error)
{
  Chunk *chunk = user_data;

  if (!ms_import_hold (txn, chunk->job->import->record->id, error)
      || !check_starter (txn, chunk->job, error))
    return FALSE;
  gboolean worked = chunk->job->planned_users != NULL
                        ? ms_txn_savepoint (txn, FALSE, do_rows, chunk, error)
                        : do_rows (txn, chunk, error);

  if (!worked || !write_reports (txn, chunk, error))
    return FALSE;
  warn_of_ignored (chunk);
  move_on (chunk, +1);
  chunk->has_moved = TRUE;
  ms_import_save (chunk->job->import);
  return ms_txn_put_import (txn, chunk->job->import->record, error);
}

/* For rows of later transactions of a rehearsal, which takes this one back */
static void
plan (MsImportJob *self, const MsImportRow *row)
{
  g_autoptr (GPtrArray) keys = ms_import_row_list_keys (row);

  if (row->kind == MS_IMPORT_ACCOUNT)
    g_hash_table_add (self->planned_users, ms_text_fold (row->login));
  if (row->kind != MS_IMPORT_MAILING_LIST && !self->options->has_paths)
    return;
  for (guint i = 0; i < keys->len; i++)
    g_hash_table_add (self->planned_ends, g_strdup (keys->pdata[i]));
  if (row->kind != MS_IMPORT_MAILING_LIST)
    return;
  g_autofree char *name = g_strconcat (MS_END_LIST_NAME, row->values[MS_IMPORT_LIST], NULL);
  g_hash_table_add (self->planned_ends, ms_import_order_make_key (name));
}

/* It is on disk: what is only in memory follows. */
static void
remember_done (Chunk *chunk)
{
  MsImportJob   *self = chunk->job;
  GHashTableIter iter;
  gpointer       path;

  g_hash_table_iter_init (&iter, chunk->groups);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    g_hash_table_add (self->made_groups, g_strdup (path));
  for (guint i = 0; i < chunk->outcomes->len; i++)
    {
      const MsImportRow     *row = chunk->rows->pdata[chunk->first + i];
      const MsImportOutcome *outcome = &g_array_index (chunk->outcomes, MsImportOutcome, i);

      if (outcome->count == MS_IMPORT_REFUSED)
        continue;
      if (self->planned_users != NULL)
        plan (self, row);
      else if (hands_out (row, outcome))
        ms_import_manager_add_password (
            self->manager, self->import->record->id, row->login, row->address, row->generated);
    }
}

static void
clear_outcome (gpointer data)
{
  ms_import_outcome_clear (data);
}

gboolean
ms_import_job_do_rows (
    MsImportJob *self, GPtrArray *rows, guint first, MsHashes *hashes, guint *done, GError **error)
{
  const MsImportRecord *record = self->import->record;
  const char           *reason = self->import->reason;
  MsChangeContext       context = { record->actor_id,
                                    record->actor_name,
                                    "import",
                                    "import",
                              reason != NULL ? reason : record->name,
                                    record->id,
                                    0 };
  g_autoptr (GArray) outcomes = g_array_new (FALSE, TRUE, sizeof (MsImportOutcome));
  g_autoptr (GHashTable) groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Chunk chunk
      = { .job = self, .rows = rows, .first = first, .outcomes = outcomes, .groups = groups };

  g_array_set_clear_func (outcomes, clear_outcome);
  ms_import_apply_init (&chunk.apply,
                        self->service,
                        self->actor,
                        self->options,
                        hashes,
                        self->planned_users,
                        self->known_groups);
  chunk.apply.planned_ends = self->planned_ends;
  chunk.apply.planned_groups = self->made_groups;
  chunk.apply.order = self->order;
  gboolean written
      = ms_store_write (self->service->store, &context, work_in_transaction, &chunk, NULL, error);
  ms_import_apply_end (&chunk.apply, written && self->planned_users == NULL);
  ms_import_apply_clear (&chunk.apply);
  if (written)
    remember_done (&chunk);
  else if (chunk.has_moved)
    move_on (&chunk, -1);
  *done = outcomes->len;
  return written;
}

static gboolean
put_end (MsTxn *txn, gpointer user_data, GError **error)
{
  const MsImportRecord *record = user_data;

  return ms_import_hold (txn, record->id, error) && ms_txn_put_import (txn, record, error)
         && ms_txn_release_import (txn, record->id, FALSE, error);
}

gboolean
ms_import_store (MsService *service, MsImport *import, GError **error)
{
  const MsImportRecord *record = import->record;
  MsChangeContext       context
      = { record->actor_id, record->actor_name, "import", "import", record->name, record->id, 0 };

  ms_import_save (import);
  return ms_store_write (service->store, &context, put_end, import->record, NULL, error);
}
