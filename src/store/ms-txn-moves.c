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

/**
 * Move: into the bin, or out of it
 * @undo_of: the change set that it undid, or 0
 */
typedef struct
{
  gint64 sequence;
  gint64 verb;
  gint64 undo_of;
} Move;

/* Of the object, before @before, oldest first. (transfer full) (element-type Move) (nullable): the
 * store could not be read */
static GArray *
list_moves (MsTxn *txn, const char *object_id, gint64 before, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (GArray) moves = g_array_new (FALSE, FALSE, sizeof (Move));
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT c.sequence, c.verb, COALESCE(s.undo_of, 0) FROM change c"
                             " JOIN change_set s ON s.sequence = c.sequence"
                             " WHERE c.id = $1 AND c.verb IN ($2, $3) AND c.sequence < $4"
                             " ORDER BY c.sequence",
                             "siii",
                             object_id,
                             (gint64) MS_CHANGE_RESTORE,
                             (gint64) MS_CHANGE_DELETE,
                             before);

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return g_steal_pointer (&moves);
      Move move = { ms_statement_get_int (statement, 0),
                    ms_statement_get_int (statement, 1),
                    ms_statement_get_int (statement, 2) };
      g_array_append_val (moves, move);
    }
  return NULL;
}

/* The place in @moves (element-type Move) of the return that @move undid; -1: it undid none. */
static int
find_undone (GArray *moves, const Move *move)
{
  for (guint i = moves->len; move->verb == MS_CHANGE_DELETE && move->undo_of != 0 && i > 0; i--)
    {
      const Move *undone = &g_array_index (moves, Move, i - 1);
      if (undone->verb == MS_CHANGE_RESTORE && undone->sequence == move->undo_of)
        return (int) i - 1;
    }
  return -1;
}

/* A return and its undo are as if neither had been: so is all that the object went and came in
 * between. As list_moves(). */
static GArray *
list_standing (MsTxn *txn, const char *object_id, gint64 before, GError **error)
{
  g_autoptr (GArray) standing = g_array_new (FALSE, FALSE, sizeof (Move));
  g_autoptr (GArray) moves = list_moves (txn, object_id, before, error);

  if (moves == NULL)
    return NULL;
  for (guint i = 0; i < moves->len; i++)
    {
      const Move *move = &g_array_index (moves, Move, i);
      const int   undone = find_undone (standing, move);
      if (undone >= 0)
        g_array_set_size (standing, (guint) undone);
      else
        g_array_append_val (standing, *move);
    }
  return g_steal_pointer (&standing);
}

gboolean
ms_txn_find_standing_deletion (
    MsTxn *txn, const char *object_id, gint64 before, gint64 *sequence, GError **error)
{
  g_return_val_if_fail (txn != NULL && object_id != NULL && sequence != NULL, FALSE);

  g_autoptr (GArray) moves
             = list_standing (txn, object_id, before > 0 ? before : G_MAXINT64, error);
  if (moves == NULL)
    return FALSE;
  *sequence = 0;
  for (guint i = 0; i < moves->len; i++)
    if (g_array_index (moves, Move, i).verb == MS_CHANGE_DELETE)
      *sequence = g_array_index (moves, Move, i).sequence;
  return TRUE;
}

gboolean
ms_txn_find_undone_returns (MsTxn      *txn,
                            const char *object_id,
                            GHashTable *sequences,
                            GError    **error)
{
  g_return_val_if_fail (txn != NULL && object_id != NULL && sequences != NULL, FALSE);

  g_autoptr (GArray) moves = list_moves (txn, object_id, G_MAXINT64, error);
  for (guint i = 0; moves != NULL && i < moves->len; i++)
    {
      const Move *move = &g_array_index (moves, Move, i);
      if (find_undone (moves, move) < 0)
        continue;
      g_hash_table_add (sequences, g_memdup2 (&move->undo_of, sizeof move->undo_of));
      g_hash_table_add (sequences, g_memdup2 (&move->sequence, sizeof move->sequence));
    }
  return moves != NULL;
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

/* So too, but a return and its undo are as if neither had been. */
static gboolean
lay_in_bin (MsTxn *txn, const char *object_id, gint64 sequence, gboolean *in_bin, GError **error)
{
  g_autoptr (GArray) moves = list_standing (txn, object_id, G_MAXINT64, error);

  *in_bin = FALSE;
  for (guint i = 0; moves != NULL && i < moves->len; i++)
    {
      const Move *move = &g_array_index (moves, Move, i);
      if (move->sequence <= sequence)
        *in_bin = move->verb == MS_CHANGE_DELETE;
    }
  return moves != NULL;
}

/* Takes out of @moves (element-type Move) deletions that were undone before anything else had moved
 * the object; adds them to @undone (element-type gint64), each with the change set that undid it.
 */
static void
strike_out_deletions (GArray *moves, GHashTable *undone)
{
  guint n = 0;

  for (guint i = 0; i < moves->len; i++)
    {
      const Move  move = g_array_index (moves, Move, i);
      const Move *last = n > 0 ? &g_array_index (moves, Move, n - 1) : NULL;
      if (last != NULL && move.verb == MS_CHANGE_RESTORE && last->verb == MS_CHANGE_DELETE
          && move.undo_of == last->sequence)
        {
          g_hash_table_insert (undone,
                               g_memdup2 (&last->sequence, sizeof last->sequence),
                               g_memdup2 (&move.sequence, sizeof move.sequence));
          n--;
        }
      else
        g_array_index (moves, Move, n++) = move;
    }
  g_array_set_size (moves, n);
}

gboolean
ms_txn_find_deletions (MsTxn      *txn,
                       const char *object_id,
                       GHashTable *standing,
                       GHashTable *undone,
                       gint64     *back,
                       GError    **error)
{
  g_return_val_if_fail (txn != NULL && object_id != NULL, FALSE);
  g_return_val_if_fail (standing != NULL && undone != NULL && back != NULL, FALSE);

  *back = 0;
  g_autoptr (GArray) moves = list_standing (txn, object_id, G_MAXINT64, error);
  if (moves == NULL)
    return FALSE;
  strike_out_deletions (moves, undone);
  for (guint i = 0; i < moves->len; i++)
    {
      const Move *move = &g_array_index (moves, Move, i);
      if (move->verb == MS_CHANGE_DELETE)
        g_hash_table_add (standing, g_memdup2 (&move->sequence, sizeof move->sequence));
      else
        *back = move->sequence;
    }
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
  g_return_val_if_fail (txn != NULL && object_id != NULL && other_id != NULL && away != NULL,
                        FALSE);

  *away = TRUE;
  g_autoptr (GHashTable) undone
             = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_autoptr (GArray) moves = list_standing (txn, other_id, G_MAXINT64, error);
  if (moves == NULL)
    return FALSE;
  strike_out_deletions (moves, undone);
  const gint64 *by = g_hash_table_lookup (undone, &sequence);
  if (by != NULL)
    return lay_in_bin (txn, object_id, *by, away, error);
  for (guint i = 0; i < moves->len; i++)
    {
      const Move *move = &g_array_index (moves, Move, i);
      if (move->verb == MS_CHANGE_RESTORE && move->sequence > sequence)
        return lay_in_bin (txn, object_id, move->sequence, away, error);
    }
  return TRUE;
}

gboolean
ms_txn_is_undone (MsTxn *txn, gint64 sequence, gboolean *undone, GError **error)
{
  gint64 by = sequence;

  g_return_val_if_fail (txn != NULL && undone != NULL, FALSE);

  *undone = TRUE;
  do
    {
      /* What undoes one is newer; what is not, in a damaged store, would lead round for ever. */
      sequence = by;
      *undone = !*undone;
      if (!ms_sql_get_int (
              txn->sql,
              &by,
              error,
              "SELECT COALESCE((SELECT undone_by FROM change_set WHERE sequence = $1), 0)",
              "i",
              sequence))
        return FALSE;
    }
  while (by > sequence);
  return TRUE;
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
