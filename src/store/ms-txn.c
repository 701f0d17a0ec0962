/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The life of a transaction: what it collects, savepoints inside of it, and its end.
 */
#include "ms-txn-private.h"

#include "ms-error.h"
#include "ms-json.h"
#include "ms-reading.h"

MsTxn *
ms_txn_new (MsStore *store, MsSql *sql, const MsChangeContext *context)
{
  MsTxn *self = g_new0 (MsTxn, 1);

  self->store = store;
  self->sql = sql;
  self->index = ms_store_ref_index (store);
  self->schemas = ms_index_get_schemas (self->index);
  self->context = context;
  if (context == NULL)
    return self;
  self->now = ms_usage_get_time ();
  self->changes = ms_changes_new ();
  self->cache = ms_object_cache_new ();
  self->rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->touched = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->moved = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->late_unique = g_array_new (FALSE, FALSE, sizeof (gint64));
  return self;
}

void
ms_txn_free (MsTxn *self)
{
  g_clear_pointer (&self->changes, ms_changes_free);
  g_clear_pointer (&self->cache, ms_object_cache_free);
  g_clear_pointer (&self->rows, g_array_unref);
  g_clear_pointer (&self->touched, g_array_unref);
  g_clear_pointer (&self->moved, g_array_unref);
  g_clear_pointer (&self->usage, g_hash_table_unref);
  g_clear_pointer (&self->late_unique, g_array_unref);
  g_clear_pointer (&self->next_index, ms_index_unref);
  ms_index_unref (self->index);
  g_clear_pointer (&self->news, g_ptr_array_unref);
  g_free (self->target_label);
  g_free (self->loser);
  g_free (self->holder);
  g_free (self->words);
  g_free (self->many_words);
  g_clear_pointer (&self->with_words, ms_row_set_free);
  g_free (self);
}

gboolean
ms_txn_finish (MsTxn *self, GError **error)
{
  /* A domain may have come, or got another name, after a mailbox in it was looked at. */
  self->settled = 0;
  return ms_txn_take_late (self, 0, error) && ms_txn_usage_settle (self, error)
         && ms_changes_write (self->changes, self, &self->sequence, error);
}

gint64
ms_txn_get_sequence (MsTxn *self)
{
  return self->sequence;
}

void
ms_txn_note_changed (MsTxn *self, gint64 changed)
{
  g_array_append_val (self->touched, changed);
  if (changed == MS_CHANGED_ALL)
    ms_object_cache_clear (self->cache);
  else if (changed % 2 != 0)
    ms_object_cache_set_lone (self->cache, changed / 2, FALSE);
}

void
ms_txn_set_target_label (MsTxn *txn, const char *label)
{
  g_return_if_fail (txn != NULL && txn->context != NULL);

  g_free (txn->target_label);
  txn->target_label = g_strdup (label);
}

void
ms_txn_start_million (MsTxn *txn, gint64 beyond)
{
  g_return_if_fail (txn != NULL && txn->context != NULL);

  txn->new_million = TRUE;
  txn->beyond = beyond;
}

/* None gets through a million change sets in a second. */
gint64
ms_txn_find_unreached (void)
{
  return MIN (g_get_real_time () / G_USEC_PER_SEC, MS_HIGHEST_SEQUENCE / 2 / MS_SEQUENCE_STEP)
         * MS_SEQUENCE_STEP;
}

void
ms_txn_note (MsTxn       *txn,
             MsChangeVerb verb,
             const char  *type_name,
             const char  *id,
             const char  *label,
             JsonArray   *deltas)
{
  g_return_if_fail (txn != NULL && txn->context != NULL && type_name != NULL && id != NULL);

  MsChange *change = g_new0 (MsChange, 1);
  change->verb = verb;
  change->type_name = g_strdup (type_name);
  change->id = g_strdup (id);
  change->label = g_strdup (label != NULL ? label : "");
  if (deltas == NULL)
    {
      ms_changes_add_note (txn->changes, change, g_strdup ("[]"));
      return;
    }
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), deltas);
  ms_changes_add_note (txn->changes, change, ms_json_to_string (node));
}

/* What is collected for the end of the transaction must follow the database when it goes back. */
gboolean
ms_txn_savepoint (MsTxn *txn, gboolean keep, MsTxnFunc func, gpointer user_data, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && func != NULL, FALSE);

  const MsSqlDriver *driver = txn->sql->driver;
  guint              late = txn->late_unique->len;
  guint              settled = txn->settled;

  /* What was owed before is no part of it: where half of that is written, nothing may go on. */
  if (!ms_txn_usage_flush (txn, error))
    {
      txn->sql->lost = TRUE;
      return FALSE;
    }
  if (!driver->savepoint (txn->sql, error))
    return FALSE;
  ms_tally_mark (txn->store->tally);
  ms_changes_push (txn->changes);
  gboolean done
      = func (txn, user_data, error) && (txn->is_exchange || ms_txn_take_late (txn, late, error))
        && ms_txn_usage_flush (txn, error) && (!keep || driver->keep_savepoint (txn->sql, error));
  ms_tally_unmark (txn->store->tally, done && keep);
  ms_changes_pop (txn->changes, done && keep);
  if (done && keep)
    return TRUE;
  ms_object_cache_clear (txn->cache);
  ms_txn_usage_forget (txn);
  txn->settled = settled;
  g_clear_pointer (&txn->next_index, ms_index_unref);
  if (txn->late_unique->len > late)
    g_array_set_size (txn->late_unique, late);
  g_autoptr (GError) local_error = NULL;
  if (driver->drop_savepoint (txn->sql, &local_error))
    return done;
  txn->sql->lost = TRUE;
  if (done)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/**
 * Whole: what is done as a whole or, where it comes to nothing, not at all
 * @versions: (nullable) (element-type utf8 gint64): if it comes to nothing
 */
typedef struct
{
  MsTxnFunc   func;
  gpointer    user_data;
  GHashTable *versions;
} Whole;

static gboolean
do_whole (MsTxn *txn, gpointer user_data, GError **error)
{
  Whole   *self = user_data;
  gboolean cancel = FALSE;
  g_autoptr (GHashTable) versions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  if (!self->func (txn, self->user_data, error)
      || !ms_changes_cancel (txn->changes, txn, versions, &cancel, error))
    return FALSE;
  if (!cancel)
    return TRUE;
  self->versions = g_steal_pointer (&versions);
  ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "All of this comes to nothing");
  return FALSE;
}

gboolean
ms_txn_do_whole (
    MsTxn *txn, MsTxnFunc func, gpointer user_data, GHashTable **versions, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && func != NULL, FALSE);
  g_return_val_if_fail (versions != NULL, FALSE);

  Whole self = { func, user_data, NULL };
  g_autoptr (GError) failed = NULL;
  *versions = NULL;
  if (ms_txn_savepoint (txn, TRUE, do_whole, &self, &failed))
    return TRUE;
  if (self.versions == NULL || txn->sql->lost)
    {
      g_clear_pointer (&self.versions, g_hash_table_unref);
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  *versions = self.versions;
  return TRUE;
}

typedef struct
{
  MsTxnFunc func;
  gpointer  user_data;
} Exchange;

static gboolean
exchange (MsTxn *txn, gpointer user_data, GError **error)
{
  const Exchange *self = user_data;

  txn->is_exchange = TRUE;
  gboolean done = self->func (txn, self->user_data, error);
  txn->is_exchange = FALSE;
  return done;
}

gboolean
ms_txn_exchange (MsTxn *txn, MsTxnFunc func, gpointer user_data, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && func != NULL, FALSE);
  g_return_val_if_fail (!txn->is_exchange, FALSE);

  Exchange self = { func, user_data };
  g_clear_pointer (&txn->loser, g_free);
  g_clear_pointer (&txn->holder, g_free);
  return ms_txn_savepoint (txn, TRUE, exchange, &self, error);
}

gboolean
ms_txn_get_conflict (MsTxn *txn, const char **loser, const char **holder)
{
  g_return_val_if_fail (txn != NULL && loser != NULL && holder != NULL, FALSE);

  *loser = txn->loser;
  *holder = txn->holder;
  return txn->loser != NULL;
}
