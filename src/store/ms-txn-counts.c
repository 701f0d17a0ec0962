/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counts that are never counted: objects of each type, seats, and for each mail group the mailboxes
 * in it and below it and the groups in it. Differences are collected and written once per work, so
 * that an import of a thousand mailboxes into one group climbs its ancestors once. Row 0 of
 * "group_count" is the root.
 */
#include "ms-txn-private.h"

#include <string.h>

#define COUNTER_SEATS "seats"

/* @difference is added to what is in the table @g and all its ancestors. */
#define ADD_BELOW                                                                                  \
  "WITH RECURSIVE up (n) AS ("                                                                     \
  "  SELECT CAST($1 AS BIGINT) UNION"                                                              \
  "  SELECT l.to_n FROM link l JOIN up ON l.from_n = up.n WHERE l.attr = $2)"                      \
  " UPDATE group_count SET below = below + $3 WHERE obj IN (SELECT n FROM up)"

/* Collecting ---------------------------------------------------------------------------------- */

void
ms_txn_count_object (MsTxn *self, const MsResourceType *type, int difference)
{
  int pending = GPOINTER_TO_INT (g_hash_table_lookup (self->type_counts, type->name));

  g_hash_table_insert (self->type_counts, type->name, GINT_TO_POINTER (pending + difference));
}

void
ms_txn_count_seat (MsTxn *self, int difference)
{
  self->seats += difference;
}

void
ms_txn_count_mailbox (MsTxn *self, gint64 group, int difference)
{
  int     pending = GPOINTER_TO_INT (g_hash_table_lookup (self->group_counts, &group));
  gint64 *key = g_new (gint64, 1);

  *key = group;
  g_hash_table_insert (self->group_counts, key, GINT_TO_POINTER (pending + difference));
}

void
ms_txn_forget_counts (MsTxn *self)
{
  g_hash_table_remove_all (self->type_counts);
  g_hash_table_remove_all (self->group_counts);
  self->seats = 0;
}

/* Writing ------------------------------------------------------------------------------------- */

static gboolean
add_to_counter (MsTxn *self, const char *name, gint64 difference, GError **error)
{
  return difference == 0
         || ms_sql_run (self->sql,
                        error,
                        "INSERT INTO counter (name, value) VALUES ($1, $2)"
                        " ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value",
                        "si",
                        name,
                        difference);
}

static gboolean
add_below (MsTxn *self, gint64 group, gint64 difference, GError **error)
{
  gint64 parent = ms_index_get_relation (self->index, MS_TYPE_NAME_MAIL_GROUP, "parent");

  return difference == 0 || group == 0
         || ms_sql_run (self->sql, error, ADD_BELOW, "iii", group, parent, difference);
}

static gboolean
write_group (MsTxn *self, gint64 group, gint64 difference, GError **error)
{
  const gint64 root = 0;

  return difference == 0
         || (ms_sql_run (self->sql,
                         error,
                         "UPDATE group_count SET mailboxes = mailboxes + $1 WHERE obj = $2",
                         "ii",
                         difference,
                         group)
             && ms_sql_run (self->sql,
                            error,
                            "UPDATE group_count SET below = below + $1 WHERE obj = $2",
                            "ii",
                            difference,
                            root)
             && add_below (self, group, difference, error));
}

gboolean
ms_txn_write_counts (MsTxn *self, GError **error)
{
  GHashTableIter iter;
  gpointer       key;
  gpointer       value;

  g_hash_table_iter_init (&iter, self->type_counts);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      g_autofree char *name = g_strconcat ("objects:", key, NULL);
      if (!add_to_counter (self, name, GPOINTER_TO_INT (value), error))
        return FALSE;
    }
  g_hash_table_iter_init (&iter, self->group_counts);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (!write_group (self, *(gint64 *) key, GPOINTER_TO_INT (value), error))
      return FALSE;
  if (!add_to_counter (self, COUNTER_SEATS, self->seats, error))
    return FALSE;
  ms_txn_forget_counts (self);
  return TRUE;
}

gboolean
ms_txn_count_add_group (MsTxn *self, gint64 group, GError **error)
{
  return ms_sql_run (self->sql,
                     error,
                     "INSERT INTO group_count (obj, mailboxes, below, groups) VALUES ($1, 0, 0, 0)",
                     "i",
                     group);
}

gboolean
ms_txn_count_remove_group (MsTxn *self, gint64 group, GError **error)
{
  return ms_txn_write_counts (self, error)
         && ms_sql_run (self->sql, error, "DELETE FROM group_count WHERE obj = $1", "i", group);
}

gboolean
ms_txn_count_group_in (MsTxn *self, gint64 group, gint64 parent, int difference, GError **error)
{
  gint64 below = 0;

  if (!ms_txn_write_counts (self, error)
      || !ms_sql_run (self->sql,
                      error,
                      "UPDATE group_count SET groups = groups + $1 WHERE obj = $2",
                      "ii",
                      (gint64) difference,
                      parent)
      || !ms_sql_get_int (
          self->sql, &below, error, "SELECT below FROM group_count WHERE obj = $1", "i", group))
    return FALSE;
  return add_below (self, parent, below * difference, error);
}

/* Reading ------------------------------------------------------------------------------------- */

static gboolean
write_before_reading (MsTxn *txn, GError **error)
{
  return txn->context == NULL || ms_txn_write_counts (txn, error);
}

gboolean
ms_txn_count (MsTxn *txn, MsCount what, const MsResourceType *type, gint64 *count, GError **error)
{
  g_return_val_if_fail (txn != NULL && count != NULL, FALSE);
  g_return_val_if_fail (what == MS_COUNT_SEATS || type != NULL, FALSE);

  g_autofree char *name = what == MS_COUNT_SEATS ? g_strdup (COUNTER_SEATS)
                                                 : g_strconcat ("objects:", type->name, NULL);
  gint64           value = 0;
  if (!write_before_reading (txn, error)
      || !ms_sql_get_int (
          txn->sql, &value, error, "SELECT value FROM counter WHERE name = $1", "s", name))
    return FALSE;
  *count = value;
  return TRUE;
}

gboolean
ms_txn_count_group (MsTxn      *txn,
                    const char *group_id,
                    gint64     *mailboxes_here,
                    gint64     *mailboxes_below,
                    gint64     *groups_here,
                    GError    **error)
{
  g_return_val_if_fail (txn != NULL, FALSE);

  gboolean row = FALSE;
  g_auto (MsFound) found = { 0 };
  if (!write_before_reading (txn, error)
      || (group_id != NULL && !ms_txn_find_row (txn, group_id, FALSE, &found, error)))
    return FALSE;
  /* Nothing has no row; row 0 is the root. */
  gint64 wanted = group_id != NULL && found.row == 0 ? -1 : found.row;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT mailboxes, below, groups FROM group_count WHERE obj = $1",
                             "i",
                             wanted);
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  gint64 *places[] = { mailboxes_here, mailboxes_below, groups_here };
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (places[i] != NULL)
      *places[i] = row ? ms_statement_get_int (statement, i) : 0;
  return TRUE;
}
