/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counts that are never counted: objects of each type, seats, and for each mail group the mailboxes
 * in it and below it and the groups in it. Differences are noted (ms-tally.h) and written once per
 * commit, so that an import of a thousand mailboxes into one group climbs its ancestors once. Row 0
 * of "group_count" is the root.
 */
#include "ms-txn-private.h"

#include "ms-presence.h"
#include "ms-query.h"
#include "ms-tally.h"

#include <string.h>

#define COUNTER_SEATS "seats"

/* Collecting ---------------------------------------------------------------------------------- */

void
ms_txn_count_object (MsTxn *self, const MsResourceType *type, gint64 row, int difference)
{
  const MsIndexType *entry = ms_index_get_type (self->index, type);
  g_autofree char   *name = g_strconcat ("objects:", type->name, NULL);

  if (difference == 0)
    return;
  ms_tally_add_counter (self->store->tally, name, difference);
  ms_tally_add_presence (self->store->tally, entry->objects, MS_PRESENCE_ANY, row, difference > 0);
}

void
ms_txn_count_seat (MsTxn *self, int difference)
{
  ms_tally_add_counter (self->store->tally, COUNTER_SEATS, difference);
}

static gint64
parent_relation (MsTxn *self)
{
  return ms_index_get_relation (self->index, MS_TYPE_NAME_MAIL_GROUP, "parent");
}

void
ms_txn_count_mailbox (MsTxn *self, gint64 group, int difference)
{
  ms_tally_add_mailbox (self->store->tally, group, parent_relation (self), difference);
}

gboolean
ms_txn_write_counts (MsTxn *self, GError **error)
{
  return self->context == NULL || ms_tally_write (self->store->tally, self->sql, error);
}

/* Mail groups --------------------------------------------------------------------------------- */

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
  return ms_tally_add_below (self->sql, parent, parent_relation (self), below * difference, error);
}

/* Reading ------------------------------------------------------------------------------------- */

/* Where the counters of a damaged store cannot be read. */
static gboolean
count_anew (MsTxn *txn, MsCount what, const MsResourceType *type, gint64 *count, GError **error)
{
  if (what == MS_COUNT_OBJECTS)
    return ms_query_count_set (
        txn, ms_index_get_type (txn->index, type)->objects, MS_PRESENCE_ANY, count, error);
  const MsResourceType *mailbox
      = ms_schema_registry_get_type_by_name (txn->schemas, MS_TYPE_NAME_MAILBOX);
  const MsAttribute *primary = ms_resource_type_find (mailbox, "primary");
  g_autoptr (JsonNode) is_primary = json_node_init_boolean (json_node_alloc (), TRUE);
  g_autofree char *key = ms_index_key (primary, is_primary);
  return ms_query_count_set (
      txn, ms_index_get_number (txn->index, mailbox, primary), key, count, error);
}

gboolean
ms_txn_count (MsTxn *txn, MsCount what, const MsResourceType *type, gint64 *count, GError **error)
{
  g_return_val_if_fail (txn != NULL && count != NULL, FALSE);
  g_return_val_if_fail (what == MS_COUNT_SEATS || type != NULL, FALSE);

  g_autofree char *name = what == MS_COUNT_SEATS ? g_strdup (COUNTER_SEATS)
                                                 : g_strconcat ("objects:", type->name, NULL);
  gint64           value = 0;
  g_autoptr (GError) failed = NULL;
  if (!ms_txn_write_counts (txn, error))
    return FALSE;
  if (ms_sql_get_int (
          txn->sql, &value, &failed, "SELECT value FROM counter WHERE name = $1", "s", name))
    {
      *count = value;
      return TRUE;
    }
  if (ms_txn_is_bearable (txn, failed))
    return count_anew (txn, what, type, count, error);
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
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
  if (!ms_txn_write_counts (txn, error)
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
