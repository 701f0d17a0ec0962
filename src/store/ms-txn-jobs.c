/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who works on what, and what became of each row of it.
 */
#include "ms-txn-jobs.h"

gint64
ms_txn_get_free_before (MsTxn *txn)
{
  return ms_store_is_exclusive (txn->store) ? G_MAXINT64 : g_get_real_time ();
}

gboolean
ms_txn_claim_job (MsTxn             *txn,
                  const MsJobTables *tables,
                  const char        *id,
                  gint64             usec,
                  gboolean          *claimed,
                  GError           **error)
{
  gint64 changes = 0;

  if (!ms_sql_run_counted (txn->sql,
                           &changes,
                           error,
                           tables->claim,
                           "ssii",
                           id,
                           txn->store->instance,
                           g_get_real_time () + usec,
                           ms_txn_get_free_before (txn)))
    return FALSE;
  *claimed = changes > 0;
  return TRUE;
}

gboolean
ms_txn_release_job (
    MsTxn *txn, const MsJobTables *tables, const char *id, gboolean whoever, GError **error)
{
  if (whoever)
    return ms_sql_run (txn->sql, error, tables->release_from_anyone, "s", id);
  return ms_sql_run (txn->sql, error, tables->release, "ss", id, txn->store->instance);
}

gboolean
ms_txn_add_job_row (MsTxn             *txn,
                    const MsJobTables *tables,
                    const char        *id,
                    gint64             line,
                    const char        *status,
                    const char        *json,
                    GError           **error)
{
  return ms_sql_run (txn->sql, error, tables->add_row, "siss", id, line, status, json);
}

gboolean
ms_txn_clear_job_rows (MsTxn *txn, const MsJobTables *tables, const char *id, GError **error)
{
  return ms_sql_run (txn->sql, error, tables->clear_rows, "s", id);
}

static gboolean
count_rows (MsTxn             *txn,
            const MsJobTables *tables,
            const char        *id,
            const char        *status,
            gint64            *total,
            GError           **error)
{
  if (status != NULL)
    return ms_sql_get_int (txn->sql, total, error, tables->count_rows_of, "ss", id, status);
  return ms_sql_get_int (txn->sql, total, error, tables->count_rows, "s", id);
}

GPtrArray *
ms_txn_list_job_rows (MsTxn             *txn,
                      const MsJobTables *tables,
                      const char        *id,
                      const char        *status,
                      gint64             start,
                      gint64             count,
                      gint64            *total,
                      GError           **error)
{
  if (total != NULL && !count_rows (txn, tables, id, status, total, error))
    return NULL;
  start = MAX (start, 0);
  count = MAX (count, 0);
  g_autoptr (MsStatement) statement
      = status != NULL
            ? ms_sql_query (txn->sql, error, tables->list_rows_of, "ssii", id, status, count, start)
            : ms_sql_query (txn->sql, error, tables->list_rows, "sii", id, count, start);
  return ms_statement_read_texts (statement, error);
}

GPtrArray *
ms_statement_read_texts (MsStatement *statement, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  while (statement != NULL)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&texts);
      g_ptr_array_add (texts, ms_statement_dup_text (statement, 0));
    }
  return NULL;
}
