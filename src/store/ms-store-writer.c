/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The writer thread: takes what waits, runs each write in a savepoint of its own, makes all of it
 * durable with one commit, and only then says so. One that fails is rolled back alone. Where the
 * disk gives out, the whole transaction is lost: all of that batch fail, and the next one begins
 * afresh.
 */
#include "ms-store-private.h"

#include "ms-error.h"
#include "ms-txn-private.h"

#define BATCH_USEC (20 * 1000)

typedef struct
{
  MsChangeContext context; /* texts owned */
  MsTxnFunc       func;
  gpointer        func_data;
  MsWriteDoneFunc done;
  gpointer        done_data;
  gint64          sequence;
  GArray         *changed; /* gint64, when it was done */
  GPtrArray      *news;    /* (nullable) */
  GError         *error;
  MsIndex        *next_index; /* (nullable): to be the store's when this is on disk */
} MsWrite;

static MsWrite *
write_new (const MsChangeContext *context,
           MsTxnFunc              func,
           gpointer               func_data,
           MsWriteDoneFunc        done,
           gpointer               done_data)
{
  MsWrite *self = g_new0 (MsWrite, 1);

  self->context.actor_id = g_strdup (context->actor_id);
  self->context.actor_name = g_strdup (context->actor_name);
  self->context.channel = g_strdup (context->channel);
  self->context.verb = g_strdup (context->verb);
  self->context.reason = g_strdup (context->reason);
  self->context.job = g_strdup (context->job);
  self->context.undo_of = context->undo_of;
  self->func = func;
  self->func_data = func_data;
  self->done = done;
  self->done_data = done_data;
  return self;
}

static void
write_free (MsWrite *self)
{
  g_free ((char *) self->context.actor_id);
  g_free ((char *) self->context.actor_name);
  g_free ((char *) self->context.channel);
  g_free ((char *) self->context.verb);
  g_free ((char *) self->context.reason);
  g_free ((char *) self->context.job);
  g_clear_pointer (&self->changed, g_array_unref);
  g_clear_pointer (&self->news, g_ptr_array_unref);
  g_clear_error (&self->error);
  g_clear_pointer (&self->next_index, ms_index_unref);
  g_free (self);
}

static void
report (MsWrite *self)
{
  if (self->done != NULL)
    self->done (self->error == NULL ? self->sequence : 0, self->error, self->done_data);
  write_free (self);
}

/* One write ----------------------------------------------------------------------------------- */

static gboolean
run_in_savepoint (MsStore *store, MsWrite *self, GError **error)
{
  MsTxn   *txn = ms_txn_new (store, store->writer, &self->context);
  gboolean done = self->func (txn, self->func_data, error) && ms_txn_finish (txn, error);

  self->sequence = ms_txn_get_sequence (txn);
  if (done)
    {
      self->next_index = g_steal_pointer (&txn->next_index);
      self->changed = g_steal_pointer (&txn->touched);
    }
  self->news = done ? g_steal_pointer (&txn->news) : NULL;
  ms_txn_free (txn);
  return done;
}

static void
run_write (MsStore *store, MsWrite *self)
{
  MsSql *sql = store->writer;

  if (!sql->driver->savepoint (sql, &self->error))
    return;
  ms_tally_mark (store->tally);
  gboolean done = run_in_savepoint (store, self, &self->error)
                  && sql->driver->keep_savepoint (sql, &self->error);
  ms_tally_unmark (store->tally, done);
  if (done)
    return;
  if (self->error == NULL)
    ms_error_set (&self->error, MS_ERROR_INTERNAL, NULL, NULL, "A write failed without saying why");
  /* What was said to have failed must not be committed with the others. */
  g_autoptr (GError) local_error = NULL;
  if (!sql->driver->drop_savepoint (sql, &local_error))
    sql->lost = TRUE;
}

/* A batch ------------------------------------------------------------------------------------- */

/* (nullable): the next one that waits; with @wait %NULL only when the store is closing */
static MsWrite *
take_write (MsStore *self, gboolean wait)
{
  g_mutex_lock (&self->writer_lock);
  while (wait && !self->closing && g_queue_is_empty (&self->waiting))
    g_cond_wait (&self->writer_cond, &self->writer_lock);
  MsWrite *write = g_queue_pop_head (&self->waiting);
  g_mutex_unlock (&self->writer_lock);
  return write;
}

/* Runs @first and what else waits. Those that must hear of the commit are in @batch. */
static void
run_batch (MsStore *self, MsWrite *first, GPtrArray *batch)
{
  gint64 end = g_get_monotonic_time () + BATCH_USEC;

  for (MsWrite *write = first; write != NULL;)
    {
      g_ptr_array_add (batch, write);
      run_write (self, write);
      if (self->writer->lost || batch->len >= self->database->driver->batch_writes
          || g_get_monotonic_time () >= end)
        return;
      write = take_write (self, FALSE);
    }
}

/* What went wrong for those that had been done already. */
static void
fail_batch (GPtrArray *batch, const GError *error)
{
  for (guint i = 0; i < batch->len; i++)
    {
      MsWrite *write = batch->pdata[i];
      if (write->error == NULL)
        write->error = g_error_copy (error);
    }
}

/* The last change set of those that succeeded, or 0. */
static gint64
find_last_sequence (GPtrArray *batch)
{
  gint64 last = 0;

  for (guint i = 0; i < batch->len; i++)
    {
      const MsWrite *write = batch->pdata[i];
      if (write->error == NULL && write->sequence != 0)
        last = write->sequence;
    }
  return last;
}

static gboolean
announce (MsStore *self, GPtrArray *batch, GError **error)
{
  g_autoptr (GPtrArray) news = g_ptr_array_new ();

  for (guint i = 0; i < batch->len; i++)
    {
      const MsWrite *write = batch->pdata[i];
      if (write->error == NULL && write->news != NULL)
        for (guint j = 0; j < write->news->len; j++)
          g_ptr_array_add (news, write->news->pdata[j]);
    }
  return ms_store_announce (self, news, find_last_sequence (batch), error);
}

static void
end_batch (MsStore *self, GPtrArray *batch)
{
  MsSql *sql = self->writer;
  g_autoptr (GError) error = NULL;

  if (sql->lost)
    {
      MsWrite *last = batch->pdata[batch->len - 1];
      sql->driver->rollback (sql);
      ms_tally_forget_anchored (self->tally);
      if (last->error == NULL)
        ms_error_set (&last->error,
                      MS_ERROR_UNAVAILABLE,
                      NULL,
                      NULL,
                      "The store lost the transaction; nothing was changed");
      fail_batch (batch, last->error);
    }
  else if (!ms_tally_write (self->tally, sql, &error) || !announce (self, batch, &error)
           || !sql->driver->commit (sql, &error))
    {
      sql->driver->rollback (sql);
      ms_tally_forget_anchored (self->tally);
      fail_batch (batch, error);
    }
}

/* Before anybody hears of the commit. */
static void
take_indexes (MsStore *self, GPtrArray *batch)
{
  for (guint i = 0; i < batch->len; i++)
    {
      MsWrite *write = batch->pdata[i];
      if (write->error == NULL && write->next_index != NULL)
        ms_store_take_index (self, g_steal_pointer (&write->next_index));
    }
}

static void
tell_changed (MsStore *self, const gint64 *changed, guint n_changed)
{
  g_mutex_lock (&self->writer_lock);
  MsChangedFunc func = self->changed_func;
  gpointer      data = self->changed_data;
  g_mutex_unlock (&self->writer_lock);
  if (func != NULL)
    func (self, changed, n_changed, data);
}

static void
tell_changing (MsStore *self, GPtrArray *batch)
{
  g_autoptr (GArray) all = g_array_sized_new (FALSE, FALSE, sizeof (gint64), 64);

  for (guint i = 0; i < batch->len; i++)
    {
      const MsWrite *write = batch->pdata[i];
      gint64         everything = MS_CHANGED_ALL;
      if (write->next_index != NULL)
        g_array_append_val (all, everything);
      if (write->changed != NULL)
        g_array_append_vals (all, write->changed->data, write->changed->len);
    }
  tell_changed (self, (const gint64 *) all->data, all->len);
}

/* Begins, and with the store locked looks whether another process has changed the schemas: what is
 * written by the old ones would break the new ones' promises. */
static gboolean
begin (MsStore *self, GError **error)
{
  MsSql *sql = self->writer;

  if (!sql->driver->begin (sql, error))
    return FALSE;
  if (sql->driver->exclusive || ms_schemas_check_current (self, sql, error))
    return TRUE;
  sql->driver->rollback (sql);
  return FALSE;
}

static gpointer
writer_main (gpointer user_data)
{
  MsStore *self = user_data;
  MsWrite *write;

  while ((write = take_write (self, TRUE)) != NULL)
    {
      g_autoptr (GPtrArray) batch = g_ptr_array_new ();

      if (begin (self, &write->error))
        {
          ms_tally_begin (self->tally);
          /* Another daemon may have given anchors to an attribute since the last transaction. */
          if (!self->writer->driver->exclusive)
            ms_tally_forget_anchored (self->tally);
          run_batch (self, write, batch);
          tell_changing (self, batch);
          end_batch (self, batch);
          take_indexes (self, batch);
          tell_changed (self, NULL, 0);
        }
      else
        g_ptr_array_add (batch, write);
      ms_store_tell_commit (self, find_last_sequence (batch));
      for (guint i = 0; i < batch->len; i++)
        report (batch->pdata[i]);
    }
  return NULL;
}

void
ms_store_start_writer (MsStore *self)
{
  self->writer_thread = g_thread_new ("ms-writer", writer_main, self);
}

void
ms_store_stop_writer (MsStore *self)
{
  g_mutex_lock (&self->writer_lock);
  self->closing = TRUE;
  g_cond_signal (&self->writer_cond);
  g_mutex_unlock (&self->writer_lock);
  if (self->writer_thread != NULL)
    g_thread_join (g_steal_pointer (&self->writer_thread));
}

/* For callers --------------------------------------------------------------------------------- */

void
ms_store_write_async (MsStore               *self,
                      const MsChangeContext *context,
                      MsTxnFunc              func,
                      gpointer               user_data,
                      MsWriteDoneFunc        done,
                      gpointer               done_data)
{
  g_return_if_fail (MS_IS_STORE (self) && context != NULL && func != NULL);

  MsWrite *write = write_new (context, func, user_data, done, done_data);
  g_mutex_lock (&self->writer_lock);
  gboolean taken = !self->read_only && !self->closing;
  if (taken)
    {
      g_queue_push_tail (&self->waiting, write);
      g_cond_signal (&self->writer_cond);
    }
  g_mutex_unlock (&self->writer_lock);
  if (taken)
    return;
  ms_error_set (&write->error,
                MS_ERROR_UNAVAILABLE,
                NULL,
                NULL,
                self->read_only ? "The store is open for reading only: nothing can be changed"
                                  " until whoever runs this server starts it for writing"
                                : "The store is closed");
  if (self->read_only)
    ms_error_set_details (write->error, "{\"readOnly\":true}");
  report (write);
}

typedef struct
{
  GMutex   lock;
  GCond    cond;
  gboolean finished;
  gint64   sequence;
  GError  *error;
} WaitData;

static void
on_waited_write_done_cb (gint64 sequence, const GError *error, gpointer user_data)
{
  WaitData *wait = user_data;

  g_mutex_lock (&wait->lock);
  wait->sequence = sequence;
  wait->error = error != NULL ? g_error_copy (error) : NULL;
  wait->finished = TRUE;
  g_cond_signal (&wait->cond);
  g_mutex_unlock (&wait->lock);
}

gboolean
ms_store_write (MsStore               *self,
                const MsChangeContext *context,
                MsTxnFunc              func,
                gpointer               user_data,
                gint64                *sequence,
                GError               **error)
{
  g_return_val_if_fail (MS_IS_STORE (self) && context != NULL && func != NULL, FALSE);
  g_return_val_if_fail (g_thread_self () != self->writer_thread, FALSE);

  WaitData wait = { .finished = FALSE };
  g_mutex_init (&wait.lock);
  g_cond_init (&wait.cond);
  ms_store_write_async (self, context, func, user_data, on_waited_write_done_cb, &wait);
  g_mutex_lock (&wait.lock);
  while (!wait.finished)
    g_cond_wait (&wait.cond, &wait.lock);
  g_mutex_unlock (&wait.lock);
  g_mutex_clear (&wait.lock);
  g_cond_clear (&wait.cond);
  if (wait.error != NULL)
    {
      g_propagate_error (error, wait.error);
      return FALSE;
    }
  if (sequence != NULL)
    *sequence = wait.sequence;
  return TRUE;
}

void
ms_store_set_changed_func (MsStore *self, MsChangedFunc func, gpointer user_data)
{
  g_return_if_fail (MS_IS_STORE (self));

  g_mutex_lock (&self->writer_lock);
  self->changed_func = func;
  self->changed_data = user_data;
  g_mutex_unlock (&self->writer_lock);
}
