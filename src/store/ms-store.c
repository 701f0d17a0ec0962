/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Opening and closing a store, and its pool of readers: connections are made when first needed, up
 * to a bound, and each read has one to itself and one snapshot from its first query to its last.
 */
#include "ms-store-private.h"

#include "ms-error.h"
#include "ms-integrity.h"
#include "ms-migrations.h"
#include "ms-txn-private.h"

#define MAX_READERS 16
/* How often one who waits for a reader looks at its cancellable. */
#define READER_WAIT_USEC (50 * 1000)

G_DEFINE_FINAL_TYPE (MsStore, ms_store, G_TYPE_OBJECT)

static void
disconnect (gpointer sql)
{
  MsSql *self = sql;

  self->driver->disconnect (self);
}

static void
ms_store_finalize (GObject *object)
{
  MsStore *self = MS_STORE (object);

  ms_store_close (self);
  g_clear_pointer (&self->index, ms_index_unref);
  g_clear_pointer (&self->builtin, ms_schema_registry_unref);
  g_mutex_clear (&self->index_lock);
  g_mutex_clear (&self->damage_lock);
  g_clear_pointer (&self->told_damage, g_hash_table_unref);
  g_clear_pointer (&self->mended, g_ptr_array_unref);
  g_clear_pointer (&self->tally, ms_tally_free);
  g_clear_pointer (&self->wanted_anchors, g_hash_table_unref);
  g_ptr_array_unref (self->idle);
  g_mutex_clear (&self->reader_lock);
  g_cond_clear (&self->reader_cond);
  g_mutex_clear (&self->writer_lock);
  g_mutex_clear (&self->tell_lock);
  g_free (self->instance);
  g_cond_clear (&self->writer_cond);
  G_OBJECT_CLASS (ms_store_parent_class)->finalize (object);
}

static void
ms_store_class_init (MsStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ms_store_finalize;
}

static void
ms_store_init (MsStore *self)
{
  g_mutex_init (&self->index_lock);
  g_mutex_init (&self->damage_lock);
  g_mutex_init (&self->reader_lock);
  g_cond_init (&self->reader_cond);
  g_mutex_init (&self->writer_lock);
  g_mutex_init (&self->tell_lock);
  self->instance = g_uuid_string_random ();
  g_cond_init (&self->writer_cond);
  g_queue_init (&self->waiting);
  self->idle = g_ptr_array_new_with_free_func (disconnect);
  self->mended = g_ptr_array_new_with_free_func (g_free);
  self->tally = ms_tally_new ();
  self->wanted_anchors = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
}

/* Opening and closing ------------------------------------------------------------------------- */

/* Who only reads tells nobody, and can do without where that page is damaged. */
static gboolean
find_told (MsStore *self, MsSql *sql, GError **error)
{
  if (ms_sql_get_int (sql,
                      &self->told,
                      self->damaged ? NULL : error,
                      "SELECT COALESCE(MAX(sequence), 0) FROM change_set",
                      ""))
    return TRUE;
  sql->lost = sql->lost && !self->damaged;
  return self->damaged;
}

static gboolean
load_index (MsStore *self, MsSql *sql, GError **error)
{
  if (!sql->driver->begin (sql, error))
    return FALSE;
  self->index = ms_schemas_load (sql, self->builtin, !self->read_only, error);
  if (self->index != NULL && find_told (self, sql, error) && sql->driver->commit (sql, error))
    return TRUE;
  sql->driver->rollback (sql);
  return FALSE;
}

static gboolean
check_complete (MsSql *sql, GError **error)
{
  gboolean marked = FALSE;

  if (!ms_copy_is_marked (sql, &marked, error))
    return FALSE;
  if (!marked)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_UNAVAILABLE,
                NULL,
                NULL,
                "The store %s is incomplete: a copy into it was begun and not ended; repeat it",
                sql->database->name);
  return FALSE;
}

static gboolean
prepare_store (MsStore *self, MsSql *sql, MsStoreFlags flags, GError **error)
{
  return ms_migrations_run (sql, !self->read_only, error)
         && (self->read_only || ms_integrity_mend (sql, self->mended, error))
         && ((flags & MS_STORE_INCOMPLETE) != 0 || check_complete (sql, error))
         && load_index (self, sql, error);
}

gboolean
ms_store_check_uri (const char *uri, GError **error)
{
  const char        *location = NULL;
  const MsSqlDriver *driver = ms_sql_driver_for_uri (uri, &location, error);

  /* A file would be locked, and may be missing; of a database nothing is asked before it is
   * connected to. */
  if (driver == NULL || driver->in_file)
    return driver != NULL;
  MsDatabase *database = driver->open (location, MS_STORE_READ_ONLY, error);
  if (database == NULL)
    return FALSE;
  driver->close (database);
  return TRUE;
}

MsStore *
ms_store_open (const char *uri, MsSchemaRegistry *schemas, MsStoreFlags flags, GError **error)
{
  g_return_val_if_fail (uri != NULL && schemas != NULL, NULL);

  const char        *location = NULL;
  const MsSqlDriver *driver = ms_sql_driver_for_uri (uri, &location, error);
  g_autoptr (MsStore) self = g_object_new (MS_TYPE_STORE, NULL);

  if (driver == NULL)
    return NULL;
  self->builtin = ms_schema_registry_ref (schemas);
  self->read_only = (flags & MS_STORE_READ_ONLY) != 0;
  self->damaged = self->read_only && (flags & MS_STORE_DAMAGED) != 0;
  self->database = driver->open (location, flags, error);
  if (self->database == NULL)
    return NULL;
  MsSql *sql = driver->connect (self->database, !self->read_only, error);
  if (sql == NULL)
    return NULL;
  if (!prepare_store (self, sql, flags, error))
    {
      driver->disconnect (sql);
      return NULL;
    }
  if (self->read_only)
    {
      g_ptr_array_add (self->idle, sql);
      self->reader_count = 1;
    }
  else
    {
      self->writer = sql;
      ms_store_start_writer (self);
      if (!ms_store_start_listener (self, error))
        return NULL;
    }
  return g_steal_pointer (&self);
}

static void
close_readers (MsStore *self)
{
  g_mutex_lock (&self->reader_lock);
  self->readers_closed = TRUE;
  while (self->idle->len < self->reader_count)
    g_cond_wait (&self->reader_cond, &self->reader_lock);
  g_ptr_array_set_size (self->idle, 0);
  self->reader_count = 0;
  g_mutex_unlock (&self->reader_lock);
}

void
ms_store_close (MsStore *self)
{
  g_return_if_fail (MS_IS_STORE (self));

  if (self->database == NULL)
    return;
  ms_store_stop_writer (self);
  ms_store_stop_listener (self);
  close_readers (self);
  if (self->writer != NULL)
    disconnect (g_steal_pointer (&self->writer));
  MsDatabase *database = g_steal_pointer (&self->database);
  database->driver->close (database);
}

const char *
ms_store_get_driver_name (MsStore *self)
{
  g_return_val_if_fail (MS_IS_STORE (self), NULL);
  return self->database != NULL ? self->database->driver->name : NULL;
}

MsSchemaRegistry *
ms_store_ref_schemas (MsStore *self)
{
  g_return_val_if_fail (MS_IS_STORE (self), NULL);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->index_lock);
  return ms_schema_registry_ref (ms_index_get_schemas (self->index));
}

MsIndex *
ms_store_ref_index (MsStore *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->index_lock);
  return ms_index_ref (self->index);
}

void
ms_store_take_index (MsStore *self, MsIndex *index)
{
  g_mutex_lock (&self->index_lock);
  MsIndex *old = self->index;
  self->index = index;
  g_mutex_unlock (&self->index_lock);
  ms_index_unref (old);
}

int
ms_store_get_schema_version (MsStore *self)
{
  g_return_val_if_fail (MS_IS_STORE (self), 0);
  return self->database != NULL ? (int) self->database->version : 0;
}

GPtrArray *
ms_store_get_mended (MsStore *self)
{
  g_return_val_if_fail (MS_IS_STORE (self), NULL);
  return self->mended;
}

GPtrArray *
ms_store_get_damage (MsStore *self)
{
  g_return_val_if_fail (MS_IS_STORE (self), NULL);
  return self->database != NULL ? self->database->damage : NULL;
}

gboolean
ms_store_is_read_only (MsStore *self)
{
  g_return_val_if_fail (MS_IS_STORE (self), FALSE);
  return self->read_only;
}

gboolean
ms_store_is_exclusive (MsStore *self)
{
  g_return_val_if_fail (MS_IS_STORE (self), FALSE);
  return self->database != NULL && self->database->driver->exclusive && !self->read_only;
}

/* Reading ------------------------------------------------------------------------------------- */

/* With the lock held. A connection, %NULL with @make where one should be made, or %NULL without it:
 * wait. */
static MsSql *
take_idle (MsStore *self, gboolean *make)
{
  *make = FALSE;
  if (self->idle->len > 0)
    return g_ptr_array_steal_index_fast (self->idle, self->idle->len - 1);
  *make = self->reader_count < MAX_READERS;
  if (*make)
    self->reader_count++;
  return NULL;
}

static void
give_back (MsStore *self, MsSql *sql)
{
  g_mutex_lock (&self->reader_lock);
  if (sql != NULL)
    g_ptr_array_add (self->idle, sql);
  else
    self->reader_count--;
  /* GLib asks the kernel each time, whether anybody waits or not. */
  if (self->reader_waiting > 0 || self->readers_closed)
    g_cond_broadcast (&self->reader_cond);
  g_mutex_unlock (&self->reader_lock);
}

static MsSql *
take_reader (MsStore *self, GCancellable *cancellable, GError **error)
{
  MsSql   *sql = NULL;
  gboolean make = FALSE;
  gboolean closed = FALSE;

  g_mutex_lock (&self->reader_lock);
  while (sql == NULL && !make && !(closed = self->readers_closed)
         && !g_cancellable_is_cancelled (cancellable))
    {
      sql = take_idle (self, &make);
      if (sql != NULL || make)
        break;
      self->reader_waiting++;
      g_cond_wait_until (
          &self->reader_cond, &self->reader_lock, g_get_monotonic_time () + READER_WAIT_USEC);
      self->reader_waiting--;
    }
  g_mutex_unlock (&self->reader_lock);

  if (closed)
    {
      ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "The store is closed");
      return NULL;
    }
  if (!make)
    {
      (void) (sql == NULL && g_cancellable_set_error_if_cancelled (cancellable, error));
      return sql;
    }
  sql = self->database->driver->connect (self->database, FALSE, error);
  if (sql == NULL)
    give_back (self, NULL);
  return sql;
}

/**
 * Reading: what is to be read in a transaction
 * @deadline: 0 = none
 * @afresh: see ms_store_read_afresh()
 */
typedef struct
{
  gint64    deadline;
  gboolean  afresh;
  MsTxnFunc func;
  gpointer  user_data;
} Reading;

/* Of a store that is this process's alone, those inside of the service need not ask: its schemas
 * change while nobody is. */
static gboolean
begin_reading (MsStore *self, MsTxn *txn, gboolean afresh, GError **error)
{
  if (!afresh && ms_store_is_exclusive (self))
    return txn->sql->driver->begin (txn->sql, error);
  return ms_schemas_begin (txn, afresh, error);
}

/* What was read from the snapshot is right, whatever becomes of its end; to refuse it then would
 * make every reader clean up after its own success. */
static gboolean
read_in_transaction (MsStore *self, MsSql *sql, const Reading *reading, GError **error)
{
  if (ms_sql_is_overdue (sql))
    return ms_sql_fail_overdue (sql, error);
  MsTxn *txn = ms_txn_new (self, sql, NULL);
  if (!begin_reading (self, txn, reading->afresh, error))
    {
      ms_txn_free (txn);
      return FALSE;
    }
  gboolean done = reading->func (txn, reading->user_data, error);
  ms_txn_free (txn);
  sql->deadline = 0;
  if (!done || !sql->driver->commit (sql, NULL))
    sql->driver->rollback (sql);
  return done;
}

static gboolean
read_with_reader (MsStore *self, const Reading *reading, GCancellable *cancellable, GError **error)
{
  MsSql *sql = take_reader (self, cancellable, error);

  if (sql == NULL)
    return FALSE;
  sql->cancellable = cancellable;
  sql->deadline = reading->deadline;
  gboolean done = read_in_transaction (self, sql, reading, error);
  sql->cancellable = NULL;
  sql->deadline = 0;
  give_back (self, sql);
  return done;
}

gboolean
ms_store_read (
    MsStore *self, MsTxnFunc func, gpointer user_data, GCancellable *cancellable, GError **error)
{
  return ms_store_read_until (self, 0, func, user_data, cancellable, error);
}

gboolean
ms_store_read_afresh (
    MsStore *self, MsTxnFunc func, gpointer user_data, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self) && func != NULL, FALSE);

  const Reading reading = { .afresh = TRUE, .func = func, .user_data = user_data };
  return read_with_reader (self, &reading, cancellable, error);
}

gboolean
ms_store_read_until (MsStore      *self,
                     gint64        deadline,
                     MsTxnFunc     func,
                     gpointer      user_data,
                     GCancellable *cancellable,
                     GError      **error)
{
  g_return_val_if_fail (MS_IS_STORE (self) && func != NULL, FALSE);

  const Reading reading = { .deadline = deadline, .func = func, .user_data = user_data };
  return read_with_reader (self, &reading, cancellable, error);
}
