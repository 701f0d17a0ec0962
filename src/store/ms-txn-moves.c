/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When objects went into the bin and came out of it, by the change sets.
 */
#include "ms-txn-private.h"

gboolean
ms_txn_find_deletion (MsTxn *txn, const char *object_id, gint64 *sequence, GError **error)
{
  g_return_val_if_fail (txn != NULL && object_id != NULL && sequence != NULL, FALSE);

  *sequence = 0;
  return ms_sql_get_int (
      txn->sql,
      sequence,
      error,
      "SELECT COALESCE(MAX(sequence), 0) FROM change WHERE id = $1 AND verb = $2",
      "si",
      object_id,
      (gint64) MS_CHANGE_DELETE);
}

/* The last deletion before @before. @restored: (out): the change set of which it undid the restore
 * of the object, or 0 */
static gboolean
find_deletion_before (MsTxn      *txn,
                      const char *object_id,
                      gint64      before,
                      gint64     *sequence,
                      gint64     *restored,
                      GError    **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT c.sequence, COALESCE(r.sequence, 0) FROM change c"
                             " JOIN change_set s ON s.sequence = c.sequence"
                             " LEFT JOIN change r ON r.id = c.id AND r.sequence = s.undo_of"
                             "  AND r.sequence < c.sequence AND r.verb = $4"
                             " WHERE c.id = $1 AND c.verb = $2 AND c.sequence < $3"
                             " ORDER BY c.sequence DESC LIMIT 1",
                             "siii",
                             object_id,
                             (gint64) MS_CHANGE_DELETE,
                             before,
                             (gint64) MS_CHANGE_RESTORE);

  *sequence = *restored = 0;
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  if (row)
    {
      *sequence = ms_statement_get_int (statement, 0);
      *restored = ms_statement_get_int (statement, 1);
    }
  return TRUE;
}

gboolean
ms_txn_find_standing_deletion (
    MsTxn *txn, const char *object_id, gint64 before, gint64 *sequence, GError **error)
{
  g_return_val_if_fail (txn != NULL && object_id != NULL && sequence != NULL, FALSE);

  before = before > 0 ? before : G_MAXINT64;
  do
    if (!find_deletion_before (txn, object_id, before, sequence, &before, error))
      return FALSE;
  while (before != 0);
  return TRUE;
}

gboolean
ms_txn_was_deleted_by (
    MsTxn *txn, const char *object_id, gint64 sequence, gboolean *deleted, GError **error)
{
  gint64 count = 0;

  g_return_val_if_fail (txn != NULL && object_id != NULL && deleted != NULL, FALSE);

  if (!ms_sql_get_int (txn->sql,
                       &count,
                       error,
                       "SELECT count(*) FROM change WHERE id = $1 AND sequence = $2 AND verb = $3",
                       "sii",
                       object_id,
                       sequence,
                       (gint64) MS_CHANGE_DELETE))
    return FALSE;
  *deleted = count > 0;
  return TRUE;
}

gboolean
ms_txn_was_in_bin (
    MsTxn *txn, const char *object_id, gint64 sequence, gboolean *in_bin, GError **error)
{
  gint64 verb = 0;

  g_return_val_if_fail (txn != NULL && object_id != NULL && in_bin != NULL, FALSE);

  if (!ms_sql_get_int (txn->sql,
                       &verb,
                       error,
                       "SELECT COALESCE((SELECT verb FROM change WHERE id = $1 AND sequence <= $2"
                       " AND verb IN ($3, $4, $5) ORDER BY sequence DESC LIMIT 1), 0)",
                       "siiii",
                       object_id,
                       sequence,
                       (gint64) MS_CHANGE_RESTORE,
                       (gint64) MS_CHANGE_CREATE,
                       (gint64) MS_CHANGE_DELETE))
    return FALSE;
  *in_bin = verb == MS_CHANGE_DELETE;
  return TRUE;
}

gboolean
ms_txn_was_away (MsTxn      *txn,
                 const char *object_id,
                 const char *other_id,
                 gint64      sequence,
                 gboolean   *away,
                 GError    **error)
{
  gint64 back = 0;

  g_return_val_if_fail (txn != NULL && object_id != NULL && other_id != NULL && away != NULL,
                        FALSE);

  *away = FALSE;
  if (!ms_sql_get_int (txn->sql,
                       &back,
                       error,
                       "SELECT COALESCE(MIN(sequence), 0) FROM change"
                       " WHERE id = $1 AND sequence > $2 AND verb = $3",
                       "sii",
                       other_id,
                       sequence,
                       (gint64) MS_CHANGE_RESTORE))
    return FALSE;
  return back == 0 || ms_txn_was_in_bin (txn, object_id, back, away, error);
}

/* Not with the verb as a parameter: there is an index for this one alone. */
G_STATIC_ASSERT (MS_CHANGE_RESTORE == 3);
#define SELECT_RESTORED                                                                            \
  "SELECT DISTINCT r.id FROM change r WHERE r.sequence > $1 AND r.sequence <= $2 AND r.verb = 3"

GPtrArray *
ms_txn_list_restored (MsTxn *txn, gint64 since, gint64 until, const char *mentioned, GError **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  gboolean row = TRUE;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *pattern = mentioned != NULL ? g_strdup_printf ("%%%s%%", mentioned) : NULL;
  until = until > 0 ? until : G_MAXINT64;
  g_autoptr (MsStatement) statement
      = mentioned != NULL
            ? ms_sql_query (txn->sql,
                            error,
                            SELECT_RESTORED " AND EXISTS (SELECT 1 FROM change c"
                                            " WHERE c.id = r.id AND c.deltas LIKE $3)"
                                            " ORDER BY r.id",
                            "iis",
                            since,
                            until,
                            pattern)
            : ms_sql_query (txn->sql, error, SELECT_RESTORED " ORDER BY r.id", "ii", since, until);

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return g_steal_pointer (&ids);
      g_ptr_array_add (ids, ms_statement_dup_text (statement, 0));
    }
  return NULL;
}
