/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Imports as the store keeps them: the file, how far it is, what became of each row. Part of
 * ms-txn.h, which includes it.
 */
#pragma once

#include "ms-store.h"

G_BEGIN_DECLS

/**
 * MsImportRecord: an import, kept so that it survives a closed console and a killed server
 * @state: "uploaded", "rehearsing", "rehearsed", "running", "done", "cancelled", "failed"
 * @options, @result: JSON
 * @next_record: where a running import goes on
 */
typedef struct
{
  char   *id;
  char   *actor_id;
  char   *actor_name;
  char   *name;
  char   *state;
  char   *options;
  char   *result;
  GBytes *data;
  gint64  next_record;
  gint64  created;
} MsImportRecord;
void ms_import_record_free (MsImportRecord *self);
/* @with_data: also the file itself */
MsImportRecord *ms_txn_get_import (MsTxn *txn, const char *id, gboolean with_data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Inserts, or updates all but the file (pass data %NULL) */
gboolean ms_txn_put_import (MsTxn                *txn,
                            const MsImportRecord *record,
                            GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* (element-type MsImportRecord), without their files; newest first */
GPtrArray *ms_txn_list_imports (MsTxn *txn, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ids of those whose files do not begin with the eight bytes of @mark. (element-type utf8) */
GPtrArray *ms_txn_list_imports_without_mark (MsTxn   *txn,
                                             GBytes  *mark,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes an import that is "running" or "rehearsing" for this process, or keeps it, for @usec from
 * now. @claimed: (out): %FALSE where another daemon has it, or it was taken from this one. Where no
 * other can have the store open, what a daemon before this one held is free. */
gboolean ms_txn_claim_import (MsTxn      *txn,
                              const char *id,
                              gint64      usec,
                              gboolean   *claimed,
                              GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* @whoever: takes it from whoever has it, otherwise only from this process */
gboolean ms_txn_release_import (MsTxn *txn, const char *id, gboolean whoever, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Those under way that no other process holds, oldest first. (element-type utf8): ids */
GPtrArray *ms_txn_list_free_imports (MsTxn *txn, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One row of an import's report. @status: "create", "update", "skip", "refuse". */
gboolean ms_txn_add_import_row (MsTxn      *txn,
                                const char *import_id,
                                gint64      line,
                                const char *status,
                                const char *json,
                                GError    **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_txn_clear_import_rows (MsTxn      *txn,
                                   const char *import_id,
                                   GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* (element-type utf8): the JSON of each. @status: (nullable) */
GPtrArray *ms_txn_list_import_rows (MsTxn      *txn,
                                    const char *import_id,
                                    const char *status,
                                    gint64      start,
                                    gint64      count,
                                    gint64     *total,
                                    GError    **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean
ms_txn_delete_import (MsTxn *txn, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
