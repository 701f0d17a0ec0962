/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Imports: the record of each, its file (in a table of its own, so that progress does not rewrite
 * it), and the rows of its report.
 */
#include "ms-txn-jobs.h"

#include "ms-error.h"

static const MsJobTables tables
    = MS_JOB_TABLES ("import_job", "import_row", "import_id", "'running', 'rehearsing'");

#define SELECT_IMPORT                                                                              \
  "SELECT id, actor_id, actor_name, name, state, options, result, next_record, created"            \
  " FROM import_job "

void
ms_import_record_free (MsImportRecord *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->actor_id);
  g_free (self->actor_name);
  g_free (self->name);
  g_free (self->state);
  g_free (self->options);
  g_free (self->result);
  g_clear_pointer (&self->data, g_bytes_unref);
  g_free (self);
}

static MsImportRecord *
read_import (MsStatement *statement)
{
  MsImportRecord *record = g_new0 (MsImportRecord, 1);

  record->id = ms_statement_dup_text (statement, 0);
  record->actor_id = ms_statement_dup_text (statement, 1);
  record->actor_name = ms_statement_dup_text (statement, 2);
  record->name = ms_statement_dup_text (statement, 3);
  record->state = ms_statement_dup_text (statement, 4);
  record->options = ms_statement_dup_text (statement, 5);
  record->result = ms_statement_dup_text (statement, 6);
  record->next_record = ms_statement_get_int (statement, 7);
  record->created = ms_statement_get_int (statement, 8);
  return record;
}

static gboolean
read_file (MsTxn *txn, MsImportRecord *record, GError **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql, error, "SELECT data FROM import_file WHERE id = $1", "s", record->id);

  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  if (row)
    record->data = ms_statement_dup_blob (statement, 0);
  return TRUE;
}

MsImportRecord *
ms_txn_get_import (MsTxn *txn, const char *id, gboolean with_data, GError **error)
{
  g_return_val_if_fail (txn != NULL && id != NULL, NULL);

  gboolean row = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql, error, SELECT_IMPORT "WHERE id = $1", "s", id);
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return NULL;
  if (!row)
    {
      ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is no import “%s”", id);
      return NULL;
    }
  g_autoptr (MsImportRecord) record = read_import (statement);
  if (with_data && !read_file (txn, record, error))
    return NULL;
  return g_steal_pointer (&record);
}

gboolean
ms_txn_put_import (MsTxn *txn, const MsImportRecord *record, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && record != NULL, FALSE);

  if (!ms_sql_run (
          txn->sql,
          error,
          "INSERT INTO import_job (id, actor_id, actor_name, name, state, options, result,"
          "  next_record, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
          " ON CONFLICT (id) DO UPDATE SET actor_id = excluded.actor_id,"
          "  actor_name = excluded.actor_name, name = excluded.name, state = excluded.state,"
          "  options = excluded.options, result = excluded.result,"
          "  next_record = excluded.next_record, created = excluded.created",
          "sssssssii",
          record->id,
          record->actor_id,
          record->actor_name,
          record->name,
          record->state,
          record->options,
          record->result,
          record->next_record,
          record->created))
    return FALSE;
  return record->data == NULL
         || ms_sql_run (txn->sql,
                        error,
                        "INSERT INTO import_file (id, data) VALUES ($1, $2)"
                        " ON CONFLICT (id) DO UPDATE SET data = excluded.data",
                        "sb",
                        record->id,
                        record->data);
}

GPtrArray *
ms_txn_list_imports (MsTxn *txn, GError **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  gboolean row = TRUE;
  g_autoptr (GPtrArray) records
             = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_import_record_free);
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql, error, SELECT_IMPORT "ORDER BY created DESC, id DESC", "");
  if (statement == NULL)
    return NULL;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&records);
      g_ptr_array_add (records, read_import (statement));
    }
}

GPtrArray *
ms_txn_list_imports_without_mark (MsTxn *txn, GBytes *mark, GError **error)
{
  g_return_val_if_fail (txn != NULL && mark != NULL && g_bytes_get_size (mark) == 8, NULL);

  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      "SELECT id FROM import_file WHERE substr(data, 1, 8) <> $1 ORDER BY id",
      "b",
      mark);
  return ms_statement_read_texts (statement, error);
}

gboolean
ms_txn_delete_import (MsTxn *txn, const char *id, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && id != NULL, FALSE);

  return ms_sql_run (txn->sql, error, "DELETE FROM import_job WHERE id = $1", "s", id);
}

/* Who works on one --------------------------------------------------------------------------- */

gboolean
ms_txn_claim_import (MsTxn *txn, const char *id, gint64 usec, gboolean *claimed, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && id != NULL && claimed != NULL,
                        FALSE);
  return ms_txn_claim_job (txn, &tables, id, usec, claimed, error);
}

gboolean
ms_txn_release_import (MsTxn *txn, const char *id, gboolean whoever, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && id != NULL, FALSE);
  return ms_txn_release_job (txn, &tables, id, whoever, error);
}

GPtrArray *
ms_txn_list_free_imports (MsTxn *txn, GError **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT id FROM import_job WHERE state IN ('running', 'rehearsing')"
                             " AND (holder IS NULL OR holder = $2 OR held_until <= $1)"
                             " ORDER BY created, id",
                             "is",
                             ms_txn_get_free_before (txn),
                             txn->store->instance);
  return ms_statement_read_texts (statement, error);
}

/* Rows of the report -------------------------------------------------------------------------- */

gboolean
ms_txn_add_import_row (MsTxn      *txn,
                       const char *import_id,
                       gint64      line,
                       const char *status,
                       const char *json,
                       GError    **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && import_id != NULL, FALSE);
  return ms_txn_add_job_row (txn, &tables, import_id, line, status, json, error);
}

gboolean
ms_txn_clear_import_rows (MsTxn *txn, const char *import_id, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && import_id != NULL, FALSE);
  return ms_txn_clear_job_rows (txn, &tables, import_id, error);
}

GPtrArray *
ms_txn_list_import_rows (MsTxn      *txn,
                         const char *import_id,
                         const char *status,
                         gint64      start,
                         gint64      count,
                         gint64     *total,
                         GError    **error)
{
  g_return_val_if_fail (txn != NULL && import_id != NULL, NULL);
  return ms_txn_list_job_rows (txn, &tables, import_id, status, start, count, total, error);
}
