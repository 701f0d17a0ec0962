/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Four pools: log-ons and passwords of requests; bulk hashing for jobs, one thread less so that
 * requests find a core; the jobs themselves, which mostly wait for the writer; and one thread for
 * replies. MsHashes carries clear passwords to their hashes and wipes them.
 */
#include "ms-hash-pool.h"

#include <openssl/crypto.h>
#include <string.h>

#include "ms-error.h"
#include "ms-password.h"

#define JOBS 4

struct _MsHashPool
{
  GThreadPool *threads;
  GThreadPool *bulk;
  GThreadPool *jobs;
  GThreadPool *replies;
};

typedef struct
{
  MsPoolFunc func;
  gpointer   user_data;
} PoolTask;

static void
run_task (gpointer data, gpointer user_data)
{
  PoolTask *task = data;

  task->func (task->user_data);
  g_free (task);
  /* Nobody joins the threads of a pool: what the thread's random generator holds must not wait for
   * the thread's end, which may come after the program's. */
  OPENSSL_thread_stop ();
}

static PoolTask *
pool_task_new (MsPoolFunc func, gpointer user_data)
{
  PoolTask *task = g_new0 (PoolTask, 1);

  task->func = func;
  task->user_data = user_data;
  return task;
}

static GThreadPool *
new_pool (guint threads)
{
  /* Not exclusive: an idle service holds no thread. Creation of a shared pool cannot fail. */
  return g_thread_pool_new (run_task, NULL, (int) threads, FALSE, NULL);
}

MsHashPool *
ms_hash_pool_new (void)
{
  MsHashPool *self = g_new0 (MsHashPool, 1);
  guint       cores = CLAMP (g_get_num_processors (), 1, 8);

  self->threads = new_pool (cores);
  self->bulk = new_pool (MAX (cores - 1, 1));
  self->jobs = new_pool (JOBS);
  self->replies = new_pool (1);
  return self;
}

void
ms_hash_pool_free (MsHashPool *self)
{
  g_thread_pool_free (self->threads, FALSE, TRUE);
  g_thread_pool_free (self->jobs, FALSE, TRUE);
  g_thread_pool_free (self->bulk, FALSE, TRUE);
  g_thread_pool_free (self->replies, FALSE, TRUE);
  g_free (self);
}

gboolean
ms_hash_pool_push (MsHashPool *self, MsPoolFunc func, gpointer user_data, GError **error)
{
  if (g_thread_pool_unprocessed (self->threads) >= MS_HASH_POOL_MAX_WAITING)
    {
      ms_error_set (error,
                    MS_ERROR_LIMIT,
                    NULL,
                    NULL,
                    "Too many passwords are being checked at the moment; try again in a second");
      if (error != NULL)
        ms_error_set_details (*error, "{\"retryAfter\":1}");
      return FALSE;
    }
  g_thread_pool_push (self->threads, pool_task_new (func, user_data), NULL);
  return TRUE;
}

void
ms_hash_pool_push_job (MsHashPool *self, MsPoolFunc func, gpointer user_data)
{
  g_thread_pool_push (self->jobs, pool_task_new (func, user_data), NULL);
}

void
ms_hash_pool_push_reply (MsHashPool *self, MsPoolFunc func, gpointer user_data)
{
  g_thread_pool_push (self->replies, pool_task_new (func, user_data), NULL);
}

/* Hashes of clear passwords ----------------------------------------------------------------- */

struct _MsHashes
{
  GMutex      lock;
  GHashTable *by_clear; /* utf8 -> utf8, "" until computed */
};

static void
wipe_free (gpointer data)
{
  explicit_bzero (data, strlen (data));
  g_free (data);
}

MsHashes *
ms_hashes_new (void)
{
  MsHashes *self = g_new0 (MsHashes, 1);

  g_mutex_init (&self->lock);
  self->by_clear = g_hash_table_new_full (g_str_hash, g_str_equal, wipe_free, g_free);
  return self;
}

void
ms_hashes_free (MsHashes *self)
{
  g_hash_table_unref (self->by_clear);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
ms_hashes_add (MsHashes *self, const char *clear)
{
  g_return_if_fail (clear != NULL);

  g_mutex_lock (&self->lock);
  if (!g_hash_table_contains (self->by_clear, clear))
    g_hash_table_insert (self->by_clear, g_strdup (clear), g_strdup (""));
  g_mutex_unlock (&self->lock);
}

/* Values are set once and stay until the table is freed, so that they may be read without the lock.
 */
const char *
ms_hashes_lookup (MsHashes *self, const char *clear)
{
  if (self == NULL || clear == NULL)
    return NULL;
  g_mutex_lock (&self->lock);
  const char *hash = g_hash_table_lookup (self->by_clear, clear);
  g_mutex_unlock (&self->lock);
  return hash != NULL && *hash != '\0' ? hash : NULL;
}

static gboolean
hashes_compute_one (MsHashes *self, const char *clear, GError **error)
{
  g_autofree char *hash = ms_password_hash (clear, error);

  if (hash == NULL)
    return FALSE;
  g_mutex_lock (&self->lock);
  g_hash_table_insert (self->by_clear, g_strdup (clear), g_steal_pointer (&hash));
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* (element-type utf8): copies of what has no hash yet; wiped when freed */
static GPtrArray *
hashes_list_missing (MsHashes *self)
{
  GPtrArray     *missing = g_ptr_array_new_with_free_func (wipe_free);
  GHashTableIter iter;
  gpointer       clear, hash;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->by_clear);
  while (g_hash_table_iter_next (&iter, &clear, &hash))
    if (*(const char *) hash == '\0')
      g_ptr_array_add (missing, g_strdup (clear));
  g_mutex_unlock (&self->lock);
  return missing;
}

gboolean
ms_hashes_compute (MsHashes *self, GError **error)
{
  g_autoptr (GPtrArray) missing = hashes_list_missing (self);

  for (guint i = 0; i < missing->len; i++)
    if (!hashes_compute_one (self, g_ptr_array_index (missing, i), error))
      return FALSE;
  return TRUE;
}

/* Bulk -------------------------------------------------------------------------------------- */

typedef struct
{
  MsHashes     *hashes;
  GPtrArray    *missing;
  GCancellable *cancellable;
  GMutex        lock;
  GCond         finished;
  guint         next;
  guint         running;
  GError       *error;
} BulkRun;

static const char *
bulk_take_next (BulkRun *run)
{
  const char *clear = NULL;

  g_mutex_lock (&run->lock);
  if (run->error == NULL && g_cancellable_set_error_if_cancelled (run->cancellable, &run->error))
    run->next = run->missing->len;
  if (run->error == NULL && run->next < run->missing->len)
    clear = g_ptr_array_index (run->missing, run->next++);
  g_mutex_unlock (&run->lock);
  return clear;
}

static void
bulk_work (gpointer data)
{
  BulkRun    *run = data;
  const char *clear;

  while ((clear = bulk_take_next (run)) != NULL)
    {
      g_autoptr (GError) error = NULL;
      if (hashes_compute_one (run->hashes, clear, &error))
        continue;
      g_mutex_lock (&run->lock);
      if (run->error == NULL)
        run->error = g_steal_pointer (&error);
      g_mutex_unlock (&run->lock);
    }

  g_mutex_lock (&run->lock);
  run->running--;
  g_cond_signal (&run->finished);
  g_mutex_unlock (&run->lock);
}

gboolean
ms_hash_pool_run_bulk (MsHashPool   *self,
                       MsHashes     *hashes,
                       GCancellable *cancellable,
                       GError      **error)
{
  g_autoptr (GPtrArray) missing = hashes_list_missing (hashes);
  BulkRun run = { .hashes = hashes, .missing = missing, .cancellable = cancellable };
  guint   threads = (guint) g_thread_pool_get_max_threads (self->bulk);

  g_mutex_init (&run.lock);
  g_cond_init (&run.finished);
  run.running = MIN (threads, missing->len);
  for (guint i = 0, n = run.running; i < n; i++)
    g_thread_pool_push (self->bulk, pool_task_new (bulk_work, &run), NULL);

  g_mutex_lock (&run.lock);
  while (run.running > 0)
    g_cond_wait (&run.finished, &run.lock);
  g_mutex_unlock (&run.lock);
  g_cond_clear (&run.finished);
  g_mutex_clear (&run.lock);

  if (run.error != NULL)
    {
      g_propagate_error (error, run.error);
      return FALSE;
    }
  return TRUE;
}

gboolean
ms_service_hash_all (MsService *self, MsHashes *hashes, GCancellable *cancellable, GError **error)
{
  return ms_hash_pool_run_bulk (self->hash_pool, hashes, cancellable, error);
}
