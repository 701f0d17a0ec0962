/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading change sets.
 */
#include "ms-txn-private.h"

#include "ms-error.h"
#include "ms-json.h"

#include <string.h>

#define SELECT_CHANGES                                                                             \
  "SELECT verb, type, id, label, version, deltas FROM change WHERE sequence = $1 ORDER BY n"
#define SELECT_SET "SELECT " MS_SET_COLUMNS " FROM change_set s "

MsChangeSet *
ms_txn_read_set (MsStatement *statement, guint first)
{
  MsChangeSet *set = g_new0 (MsChangeSet, 1);

  set->sequence = ms_statement_get_int (statement, first);
  set->time = ms_statement_get_int (statement, first + 1);
  set->actor_id = ms_statement_dup_text (statement, first + 2);
  set->actor_name = ms_statement_dup_text (statement, first + 3);
  set->channel = ms_statement_dup_text (statement, first + 4);
  set->verb = ms_statement_dup_text (statement, first + 5);
  set->reason = ms_statement_dup_text (statement, first + 6);
  set->job = ms_statement_dup_text (statement, first + 7);
  set->undo_of = ms_statement_get_int (statement, first + 8);
  set->undone_by = ms_statement_get_int (statement, first + 9);
  set->object_count = ms_statement_get_int (statement, first + 10);
  set->first_type = ms_statement_dup_text (statement, first + 11);
  set->first_id = ms_statement_dup_text (statement, first + 12);
  set->first_label = ms_statement_dup_text (statement, first + 13);
  set->target_label = ms_statement_dup_text (statement, first + 14);
  set->hash = ms_statement_dup_text (statement, first + 15);
  return set;
}

/* Deltas of a list with 100,000 members are large, but they are ours and bounded by what was
 * stored. */
static const MsJsonLimits delta_limits
    = { 1024 * 1024 * 1024, 40, 64 * 1024 * 1024, 100 * 1000 * 1000 };

/* All but the deltas. @first: the column of the verb */
static MsChange *
read_change_head (MsStatement *statement, guint first)
{
  MsChange *change = g_new0 (MsChange, 1);

  change->verb = (MsChangeVerb) ms_statement_get_int (statement, first);
  change->type_name = ms_statement_dup_text (statement, first + 1);
  change->id = ms_statement_dup_text (statement, first + 2);
  change->label = ms_statement_dup_text (statement, first + 3);
  change->version = ms_statement_get_int (statement, first + 4);
  return change;
}

static MsChange *
read_change (MsStatement *statement, guint first, GError **error)
{
  const char *deltas = ms_statement_get_text (statement, first + 5);
  JsonNode   *node = ms_json_parse (deltas, -1, &delta_limits, error);

  if (node == NULL)
    return NULL;
  MsChange *change = read_change_head (statement, first);
  change->deltas = node;
  return change;
}

static gboolean
read_changes (MsTxn *txn, MsChangeSet *set, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql, error, SELECT_CHANGES, "i", set->sequence);

  set->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_change_free);
  if (statement == NULL)
    return FALSE;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      MsChange *change = read_change (statement, 0, error);
      if (change == NULL)
        return FALSE;
      g_ptr_array_add (set->changes, change);
    }
}

MsChangeSet *
ms_txn_get_change_set (MsTxn *txn, gint64 sequence, GError **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  gboolean row = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql, error, SELECT_SET "WHERE s.sequence = $1", "i", sequence);
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return NULL;
  if (!row)
    {
      ms_error_set (error,
                    MS_ERROR_NOT_FOUND,
                    NULL,
                    NULL,
                    "There is no change set %" G_GINT64_FORMAT,
                    sequence);
      return NULL;
    }
  g_autoptr (MsChangeSet) set = ms_txn_read_set (statement, 0);
  return read_changes (txn, set, error) ? g_steal_pointer (&set) : NULL;
}

#define BY_SEQUENCE "change sets by number"

/* All of them beyond @since and ascending, for who asks for more goes on from the last one. */
static GPtrArray *
read_sets_since (MsTxn *txn, MsStatement *statement, gint64 since, GError **error)
{
  g_autoptr (GPtrArray) sets = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_change_set_free);
  gboolean row = TRUE;

  if (statement == NULL)
    return NULL;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&sets);
      MsChangeSet *set = ms_txn_read_set (statement, 0);
      g_ptr_array_add (sets, set);
      if (!ms_sql_check_numbers (txn->sql, BY_SEQUENCE, since, set->sequence, error)
          || !read_changes (txn, set, error))
        return NULL;
      since = set->sequence;
    }
}

/* Likewise before @before and descending, without their changes. */
static GPtrArray *
read_sets_before (MsStatement *statement, gint64 before, GError **error)
{
  g_autoptr (GPtrArray) sets = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_change_set_free);
  gboolean row = TRUE;

  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&sets);
      MsChangeSet *set = ms_txn_read_set (statement, 0);
      g_ptr_array_add (sets, set);
      if (!ms_sql_check_numbers (statement->sql, BY_SEQUENCE, set->sequence, before, error))
        return NULL;
      before = set->sequence;
    }
}

GPtrArray *
ms_txn_list_change_sets (MsTxn      *txn,
                         const char *object_id,
                         const char *job,
                         const char *actor_id,
                         gint64      before,
                         guint       limit,
                         GError    **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  const char *const given[] = { object_id, job, actor_id };
  const char *const conditions[]
      = { " AND s.sequence IN (SELECT sequence FROM change WHERE id = $%u)",
          " AND s.job = $%u",
          " AND s.actor_id = $%u" };
  g_autoptr (GString) text = g_string_new (SELECT_SET "WHERE s.sequence < $1");
  guint parameter = 2;
  for (guint i = 0; i < G_N_ELEMENTS (given); i++)
    if (given[i] != NULL)
      {
        g_autofree char *number = g_strdup_printf ("$%u", ++parameter);
        g_autofree char *condition = g_strdup (conditions[i]);
        *strchr (condition, '$') = '\0';
        g_string_append_printf (text, "%s%s%s", condition, number, i == 0 ? ")" : "");
      }
  g_string_append (text, " ORDER BY s.sequence DESC LIMIT $2");

  g_autoptr (MsStatement) statement = ms_sql_prepare (txn->sql, text->str, error);
  if (statement == NULL)
    return NULL;
  before = before > 0 ? before : G_MAXINT64;
  ms_statement_bind_int (statement, 1, before);
  ms_statement_bind_int (statement, 2, limit);
  parameter = 2;
  for (guint i = 0; i < G_N_ELEMENTS (given); i++)
    if (given[i] != NULL)
      ms_statement_bind_text (statement, ++parameter, given[i]);
  return read_sets_before (statement, before, error);
}

gboolean
ms_txn_count_job (MsTxn *txn, const char *job, gint64 *count, GError **error)
{
  g_return_val_if_fail (txn != NULL && job != NULL && count != NULL, FALSE);

  return ms_sql_get_int (
      txn->sql, count, error, "SELECT count(*) FROM change_set WHERE job = $1", "s", job);
}

GPtrArray *
ms_txn_list_changes_since (MsTxn *txn, gint64 since, guint limit, GError **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             SELECT_SET "WHERE s.sequence > $1 ORDER BY s.sequence LIMIT $2",
                             "ii",
                             since,
                             (gint64) limit);
  return read_sets_since (txn, statement, since, error);
}

/* Each set with the one change that follows its columns; all of them before @before, for who asks
 * for more goes on from the last one. (transfer full) (nullable) */
static GPtrArray *
read_single_changes (MsStatement *statement, gint64 before, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (GPtrArray) sets = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_change_set_free);

  if (statement == NULL)
    return NULL;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&sets);
      MsChangeSet *set = ms_txn_read_set (statement, 0);
      g_ptr_array_add (sets, set);
      if (!ms_sql_check_numbers (statement->sql, BY_SEQUENCE, set->sequence, before, error))
        return NULL;
      set->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_change_free);
      MsChange *change = read_change (statement, MS_N_SET_COLUMNS, error);
      if (change == NULL)
        return NULL;
      g_ptr_array_add (set->changes, change);
    }
}

#define SELECT_SINGLE                                                                              \
  "SELECT " MS_SET_COLUMNS ", c.verb, c.type, c.id, c.label, c.version, c.deltas"                  \
  " FROM change c JOIN change_set s ON s.sequence = c.sequence"

GPtrArray *
ms_txn_list_object_history (
    MsTxn *txn, const char *object_id, gint64 before, guint limit, GError **error)
{
  g_return_val_if_fail (txn != NULL && object_id != NULL, NULL);

  before = before > 0 ? before : G_MAXINT64;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             SELECT_SINGLE " WHERE c.id = $1 AND c.sequence < $2"
                                           " ORDER BY c.sequence DESC LIMIT $3",
                             "sii",
                             object_id,
                             before,
                             (gint64) limit);

  return read_single_changes (statement, before, error);
}

GPtrArray *
ms_txn_list_path_history (
    MsTxn *txn, const char *object_id, const char *path, gint64 before, guint limit, GError **error)
{
  g_return_val_if_fail (txn != NULL && object_id != NULL && path != NULL, NULL);
  g_return_val_if_fail (strpbrk (path, "%_\\") == NULL, NULL);

  g_autofree char *pattern = g_strdup_printf ("%%\"path\":\"%s\"%%", path);
  before = before > 0 ? before : G_MAXINT64;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             SELECT_SINGLE " WHERE c.id = $1 AND c.sequence < $2"
                                           " AND c.deltas LIKE $3"
                                           " ORDER BY c.sequence DESC LIMIT $4",
                             "sisi",
                             object_id,
                             before,
                             pattern,
                             (gint64) limit);

  return read_single_changes (statement, before, error);
}

/* What deletions do to what stays ------------------------------------------------------------- */

GPtrArray *
ms_txn_list_losses (MsTxn *txn, const char *object_id, gint64 before, GError **error)
{
  g_return_val_if_fail (txn != NULL && object_id != NULL, NULL);

  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      SELECT_SINGLE " WHERE c.id = $1 AND c.sequence < $2 AND (c.verb = $4 OR (c.verb = $3"
                    " AND EXISTS (SELECT 1 FROM change d WHERE d.sequence = c.sequence"
                    "  AND d.verb = $4))) ORDER BY c.sequence",
      "siii",
      object_id,
      before,
      (gint64) MS_CHANGE_UPDATE,
      (gint64) MS_CHANGE_DELETE);

  return read_single_changes (statement, before, error);
}

/* The changes of @set without their deltas; those as they are stored. @changes: at the first of
 * them or of a later set; those of sets that are not there are passed. (transfer full) */
static char **
take_hashed_changes (MsStatement *changes, gboolean *row, MsChangeSet *set, GError **error)
{
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();

  set->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_change_free);
  while (*row && ms_statement_get_int (changes, 6) <= set->sequence)
    {
      if (ms_statement_get_int (changes, 6) == set->sequence)
        {
          g_ptr_array_add (set->changes, read_change_head (changes, 0));
          g_strv_builder_add (texts, ms_statement_get_text (changes, 5));
        }
      if (!ms_statement_step (changes, row, error))
        return NULL;
    }
  return g_strv_builder_end (texts);
}

/* Both are read in one order, so that the time does not hang on an index. */
gboolean
ms_txn_walk_chain (
    MsTxn *txn, gint64 since, guint limit, MsChainFunc func, gpointer user_data, GError **error)
{
  g_return_val_if_fail (txn != NULL && func != NULL, FALSE);

  gboolean row = TRUE;
  gboolean change = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             SELECT_SET "WHERE s.sequence > $1 ORDER BY s.sequence LIMIT $2",
                             "ii",
                             since,
                             (gint64) limit);
  g_autoptr (MsStatement) changes
             = statement != NULL
                   ? ms_sql_query (txn->sql,
                                   error,
                                   "SELECT verb, type, id, label, version, deltas, sequence"
                                   " FROM change WHERE sequence > $1 ORDER BY sequence, n",
                                   "i",
                                   since)
                   : NULL;
  if (changes == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  ms_statement_expect_many (changes);
  if (!ms_statement_step (changes, &change, error))
    return FALSE;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      g_autoptr (MsChangeSet) set = ms_txn_read_set (statement, 0);
      if (!ms_sql_check_numbers (txn->sql, BY_SEQUENCE, since, set->sequence, error))
        return FALSE;
      since = set->sequence;
      g_auto (GStrv) deltas = take_hashed_changes (changes, &change, set, error);
      if (deltas == NULL || !func (set, (const char *const *) deltas, user_data, error))
        return FALSE;
    }
}

static gboolean
read_marks (MsTxn *txn, gint64 sequence, gint64 *undo_of, gint64 *undone_by, GError **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT undo_of, undone_by FROM change_set WHERE sequence = $1",
                             "i",
                             sequence);

  *undo_of = *undone_by = 0;
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  if (row)
    {
      *undo_of = ms_statement_get_int (statement, 0);
      *undone_by = ms_statement_get_int (statement, 1);
    }
  return TRUE;
}

gboolean
ms_txn_check_undo_marks (
    MsTxn *txn, const MsChangeSet *set, gint64 *sequence, char **problem, GError **error)
{
  g_return_val_if_fail (txn != NULL && set != NULL && sequence != NULL && problem != NULL, FALSE);

  gint64 undo_of = 0;
  gint64 undone_by = 0;

  *problem = NULL;
  *sequence = set->sequence;
  if (set->undone_by != 0)
    {
      if (!read_marks (txn, set->undone_by, &undo_of, &undone_by, error))
        return FALSE;
      if (undo_of != set->sequence)
        {
          *problem = g_strdup_printf ("it is said to be undone by %" G_GINT64_FORMAT
                                      ", which is no undo of it",
                                      set->undone_by);
          return TRUE;
        }
    }
  if (set->undo_of == 0)
    return TRUE;
  if (!read_marks (txn, set->undo_of, &undo_of, &undone_by, error))
    return FALSE;
  /* A later undo may have taken the place of this one. */
  if (undone_by >= set->sequence)
    return TRUE;
  *sequence = set->undo_of;
  *problem = g_strdup_printf ("it was undone by %" G_GINT64_FORMAT ", and is not said to be",
                              set->sequence);
  return TRUE;
}

gint64
ms_txn_get_last_sequence (MsTxn *txn)
{
  g_return_val_if_fail (txn != NULL, 0);

  gint64 sequence = 0;
  /* 0 is also the answer where it cannot be read; the next call that can fail says so. */
  (void) !ms_sql_get_int (
      txn->sql, &sequence, NULL, "SELECT COALESCE(MAX(sequence), 0) FROM change_set", "");
  return sequence;
}

gboolean
ms_txn_knows_sequence (MsTxn *txn, gint64 sequence, gboolean *known, GError **error)
{
  gint64 count = 1;

  g_return_val_if_fail (txn != NULL && known != NULL, FALSE);

  if (sequence > 0
      && !ms_sql_get_int (txn->sql,
                          &count,
                          error,
                          "SELECT count(*) FROM change_set WHERE sequence = $1",
                          "i",
                          sequence))
    return FALSE;
  *known = count > 0;
  return TRUE;
}

/* What undo asks ------------------------------------------------------------------------------ */

gboolean
ms_txn_walk_later_changes (MsTxn            *txn,
                           const char       *object_id,
                           gint64            sequence,
                           MsLaterChangeFunc func,
                           gpointer          user_data,
                           GError          **error)
{
  g_return_val_if_fail (txn != NULL && object_id != NULL && func != NULL, FALSE);

  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      "SELECT c.verb, c.type, c.id, c.label, c.version, c.deltas, c.sequence, s.undo_of, s.verb"
      " FROM change c JOIN change_set s ON s.sequence = c.sequence"
      " WHERE c.id = $1 AND c.sequence > $2 ORDER BY c.sequence",
      "si",
      object_id,
      sequence);

  if (statement == NULL)
    return FALSE;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      g_autoptr (MsChange) change = read_change (statement, 0, error);
      if (change == NULL)
        return FALSE;
      g_autofree char *set_verb = ms_statement_dup_text (statement, 8);
      func (change,
            ms_statement_get_int (statement, 6),
            ms_statement_get_int (statement, 7),
            set_verb,
            user_data);
    }
}
