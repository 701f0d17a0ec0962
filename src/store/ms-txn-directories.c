/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What outside directories are doing, and the rows of what they did.
 */
#include "ms-txn-jobs.h"

static const MsJobTables tables = MS_JOB_TABLES (
    "directory_job", "directory_row", "directory_id", "'waiting', 'running', 'rehearsing'");

#define SELECT_DIRECTORY                                                                           \
  "SELECT id, actor_id, actor_name, state, job, result, next_run,"                                 \
  " holder, held_until FROM directory_job "

void
ms_directory_record_free (MsDirectoryRecord *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->actor_id);
  g_free (self->actor_name);
  g_free (self->state);
  g_free (self->job);
  g_free (self->result);
  g_free (self);
}

/* @statement: (transfer full) (nullable): with @error. @record: (out) (nullable) */
static gboolean
take_record (MsTxn *txn, MsStatement *query, MsDirectoryRecord **record, GError **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement = query;

  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  *record = row ? g_new0 (MsDirectoryRecord, 1) : NULL;
  if (!row)
    return TRUE;
  (*record)->id = ms_statement_dup_text (statement, 0);
  (*record)->actor_id = ms_statement_dup_text (statement, 1);
  (*record)->actor_name = ms_statement_dup_text (statement, 2);
  (*record)->state = ms_statement_dup_text (statement, 3);
  (*record)->job = ms_statement_dup_text (statement, 4);
  (*record)->result = ms_statement_dup_text (statement, 5);
  (*record)->next_run = ms_statement_get_int (statement, 6);
  g_autofree char *holder = ms_statement_dup_text (statement, 7);
  (*record)->is_held = holder != NULL;
  (*record)->is_ours = g_strcmp0 (holder, txn->store->instance) == 0
                       && ms_statement_get_int (statement, 8) > g_get_real_time ();
  return TRUE;
}

MsDirectoryRecord *
ms_txn_get_directory (MsTxn *txn, const char *id, GError **error)
{
  g_return_val_if_fail (txn != NULL && id != NULL, NULL);

  MsDirectoryRecord *record = NULL;
  if (!take_record (txn,
                    ms_sql_query (txn->sql, error, SELECT_DIRECTORY "WHERE id = $1", "s", id),
                    &record,
                    error))
    return NULL;
  if (record != NULL)
    return record;
  record = g_new0 (MsDirectoryRecord, 1);
  record->id = g_strdup (id);
  record->state = g_strdup ("idle");
  return record;
}

gboolean
ms_txn_find_directory_of_job (MsTxn              *txn,
                              const char         *job,
                              MsDirectoryRecord **record,
                              GError            **error)
{
  g_return_val_if_fail (txn != NULL && job != NULL && record != NULL, FALSE);
  return take_record (txn,
                      ms_sql_query (txn->sql, error, SELECT_DIRECTORY "WHERE job = $1", "s", job),
                      record,
                      error);
}

gboolean
ms_txn_put_directory (MsTxn *txn, const MsDirectoryRecord *record, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && record != NULL, FALSE);

  return ms_sql_run (
      txn->sql,
      error,
      "INSERT INTO directory_job (id, actor_id, actor_name, state, job, result, next_run)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7)"
      " ON CONFLICT (id) DO UPDATE SET actor_id = excluded.actor_id,"
      "  actor_name = excluded.actor_name, state = excluded.state, job = excluded.job,"
      "  result = excluded.result, next_run = excluded.next_run",
      "ssssssi",
      record->id,
      record->actor_id,
      record->actor_name,
      record->state,
      record->job,
      record->result,
      record->next_run);
}

gboolean
ms_txn_delete_directory (MsTxn *txn, const char *id, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && id != NULL, FALSE);
  return ms_sql_run (txn->sql, error, "DELETE FROM directory_job WHERE id = $1", "s", id);
}

GPtrArray *
ms_txn_list_due_directories (MsTxn *txn, gint64 now, GError **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT id FROM directory_job WHERE state = 'idle' AND next_run > 0"
                             " AND next_run <= $1 ORDER BY next_run, id",
                             "i",
                             now);
  return ms_statement_read_texts (statement, error);
}

GPtrArray *
ms_txn_list_free_directories (MsTxn *txn, GError **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      "SELECT id FROM directory_job WHERE state <> 'idle' AND (holder IS NULL"
      " OR held_until <= $1 OR (holder <> $2 AND held_until <= $3)"
      " OR (holder = $2 AND state = 'waiting')) ORDER BY id",
      "isi",
      g_get_real_time (),
      txn->store->instance,
      ms_txn_get_free_before (txn));
  return ms_statement_read_texts (statement, error);
}

gboolean
ms_txn_claim_directory (MsTxn *txn, const char *id, gint64 usec, gboolean *claimed, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && id != NULL && claimed != NULL,
                        FALSE);
  return ms_txn_claim_job (txn, &tables, id, usec, claimed, error);
}

gboolean
ms_txn_keep_waiting_directories (MsTxn *txn, gint64 usec, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL, FALSE);
  return ms_sql_run (txn->sql,
                     error,
                     "UPDATE directory_job SET held_until = $2"
                     " WHERE holder = $1 AND state = 'waiting'",
                     "si",
                     txn->store->instance,
                     g_get_real_time () + usec);
}

gboolean
ms_txn_release_directory (MsTxn *txn, const char *id, gboolean whoever, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && id != NULL, FALSE);
  return ms_txn_release_job (txn, &tables, id, whoever, error);
}

gboolean
ms_txn_add_directory_row (
    MsTxn *txn, const char *id, gint64 line, const char *status, const char *json, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && id != NULL, FALSE);
  return ms_txn_add_job_row (txn, &tables, id, line, status, json, error);
}

gboolean
ms_txn_clear_directory_rows (MsTxn *txn, const char *id, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && id != NULL, FALSE);
  return ms_txn_clear_job_rows (txn, &tables, id, error);
}

GPtrArray *
ms_txn_list_directory_rows (MsTxn      *txn,
                            const char *id,
                            const char *status,
                            gint64      start,
                            gint64      count,
                            gint64     *total,
                            GError    **error)
{
  g_return_val_if_fail (txn != NULL && id != NULL, NULL);
  return ms_txn_list_job_rows (txn, &tables, id, status, start, count, total, error);
}
