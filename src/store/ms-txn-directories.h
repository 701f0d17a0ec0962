/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Outside directories as the store keeps them beside their objects: what each is doing, who does
 * it, when it is next due, and what became of each row. Part of ms-txn.h, which includes it.
 */
#pragma once

#include "ms-store.h"

G_BEGIN_DECLS

/**
 * MsDirectoryRecord: of one directory, by the id of its object
 * @actor_id, @actor_name: (nullable): who changed or started it last, on whose behalf it is run by
 * itself
 * @state: "idle", "waiting", "rehearsing", "running"
 * @job: (nullable): of the change sets of the last run that was begun
 * @result: (nullable): JSON
 * @next_run: microseconds since 1970; 0 = never
 * @is_held: some daemon has it, or had it when it ended; not written
 * @is_ours: this one has it, and for a while to come; not written
 */
typedef struct
{
  char    *id;
  char    *actor_id;
  char    *actor_name;
  char    *state;
  char    *job;
  char    *result;
  gint64   next_run;
  gboolean is_held;
  gboolean is_ours;
} MsDirectoryRecord;
void ms_directory_record_free (MsDirectoryRecord *self);
/* An idle one where there is none yet. (transfer full) */
MsDirectoryRecord *
ms_txn_get_directory (MsTxn *txn, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_txn_put_directory (MsTxn                   *txn,
                               const MsDirectoryRecord *record,
                               GError                 **error) G_GNUC_WARN_UNUSED_RESULT;
/* With its rows; also where there is none. */
gboolean
ms_txn_delete_directory (MsTxn *txn, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The one whose last run has that job. @record: (out) (nullable) (transfer full) */
gboolean ms_txn_find_directory_of_job (MsTxn              *txn,
                                       const char         *job,
                                       MsDirectoryRecord **record,
                                       GError            **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those that are idle and were to begin by @now. (element-type utf8): ids */
GPtrArray *
ms_txn_list_due_directories (MsTxn *txn, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those under way whose daemon has ended, or has not been heard of for longer than it said; this
 * process holds what it holds. (element-type utf8): ids */
GPtrArray *ms_txn_list_free_directories (MsTxn *txn, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* As ms_txn_claim_import() and ms_txn_release_import(). */
gboolean ms_txn_claim_directory (MsTxn      *txn,
                                 const char *id,
                                 gint64      usec,
                                 gboolean   *claimed,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Holds all that wait for this one, from now on for @usec; 0 lets them go. */
gboolean
ms_txn_keep_waiting_directories (MsTxn *txn, gint64 usec, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_txn_release_directory (MsTxn *txn, const char *id, gboolean whoever, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Rows of the report on the last rehearsal or run, by their place. */
gboolean ms_txn_add_directory_row (MsTxn      *txn,
                                   const char *id,
                                   gint64      line,
                                   const char *status,
                                   const char *json,
                                   GError    **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean
ms_txn_clear_directory_rows (MsTxn *txn, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* (element-type utf8): the JSON of each. @status: (nullable) */
GPtrArray *ms_txn_list_directory_rows (MsTxn      *txn,
                                       const char *id,
                                       const char *status,
                                       gint64      start,
                                       gint64      count,
                                       gint64     *total,
                                       GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsDirectoryRecord, ms_directory_record_free)

G_END_DECLS
