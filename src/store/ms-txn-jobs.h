/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What every kind of long work has that is kept in the store: a row of its own that one daemon at a
 * time holds, and a report of rows. Shared by ms-txn-imports.c and ms-txn-directories.c.
 */
#pragma once

#include "ms-txn-private.h"

G_BEGIN_DECLS

/**
 * MsJobTables: the statements of one kind of work; each kind has its tables
 */
typedef struct
{
  const char *claim;
  const char *release;
  const char *release_from_anyone;
  const char *add_row;
  const char *clear_rows;
  const char *count_rows;
  const char *count_rows_of;
  const char *list_rows;
  const char *list_rows_of;
} MsJobTables;

/* @job: with the columns id, state, holder, held_until; @row: with @key, line, status, json;
 * @states: of work that is under way */
#define MS_JOB_TABLES(job, row, key, states)                                                       \
  {                                                                                                \
    .claim = "UPDATE " job " SET holder = $2, held_until = $3"                                     \
             " WHERE id = $1 AND (holder = $2 OR (state IN (" states ")"                           \
             " AND (holder IS NULL OR held_until <= $4)))",                                        \
    .release = "UPDATE " job " SET holder = NULL WHERE id = $1 AND holder = $2",                   \
    .release_from_anyone = "UPDATE " job " SET holder = NULL WHERE id = $1",                       \
    .add_row = "INSERT INTO " row " (" key ", line, status, json) VALUES ($1, $2, $3, $4)"         \
               " ON CONFLICT (" key ", line) DO UPDATE"                                            \
               " SET status = excluded.status, json = excluded.json",                              \
    .clear_rows = "DELETE FROM " row " WHERE " key " = $1",                                        \
    .count_rows = "SELECT count(*) FROM " row " WHERE " key " = $1",                               \
    .count_rows_of = "SELECT count(*) FROM " row " WHERE " key " = $1 AND status = $2",            \
    .list_rows = "SELECT json FROM " row " WHERE " key " = $1 ORDER BY line LIMIT $2 OFFSET $3",   \
    .list_rows_of = "SELECT json FROM " row " WHERE " key " = $1 AND status = $2"                  \
                    " ORDER BY line LIMIT $3 OFFSET $4",                                           \
  }

/* What was held until before this is free: where no other can have the store open, all. */
gint64 ms_txn_get_free_before (MsTxn *txn);
/* See ms_txn_claim_import(). */
gboolean ms_txn_claim_job (MsTxn             *txn,
                           const MsJobTables *tables,
                           const char        *id,
                           gint64             usec,
                           gboolean          *claimed,
                           GError           **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_txn_release_job (MsTxn             *txn,
                             const MsJobTables *tables,
                             const char        *id,
                             gboolean           whoever,
                             GError           **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_txn_add_job_row (MsTxn             *txn,
                             const MsJobTables *tables,
                             const char        *id,
                             gint64             line,
                             const char        *status,
                             const char        *json,
                             GError           **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_txn_clear_job_rows (MsTxn             *txn,
                                const MsJobTables *tables,
                                const char        *id,
                                GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* (element-type utf8): the JSON of each. @status: (nullable). @total: (out) (optional) */
GPtrArray *ms_txn_list_job_rows (MsTxn             *txn,
                                 const MsJobTables *tables,
                                 const char        *id,
                                 const char        *status,
                                 gint64             start,
                                 gint64             count,
                                 gint64            *total,
                                 GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* The texts in the first column of all rows. @statement: (nullable): with @error. (element-type
 * utf8) */
GPtrArray *ms_statement_read_texts (MsStatement *statement, GError **error);

G_END_DECLS
