/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A thread takes the first that waits and whose user has none running, until there is no such one.
 */
#include "ms-slow-reads.h"

#include <openssl/crypto.h>

#include "ms-error.h"

#define THREADS 2
/* A console asks for a dozen lists at once, of which on a slow database each takes a while. */
#define MAX_WAITING 64
#define MAX_WAITING_OF_ONE 16
#define RETRY_AFTER "{\"retryAfter\":5}"

typedef struct
{
  char          *who;
  MsSlowReadFunc func;
  gpointer       data;
} Slow;

struct _MsSlowReads
{
  GThreadPool *threads;

  GMutex      lock; /* what follows */
  GQueue      waiting;
  GHashTable *places;  /* utf8 -> how many of theirs have a place */
  GHashTable *running; /* utf8: whose runs */
  guint       n_places;
  guint       n_threads;
  gboolean    closed;
};

static void
slow_free (gpointer data)
{
  Slow *slow = data;

  g_free (slow->who);
  g_free (slow);
}

/* With the lock held. */
static guint
count_places (MsSlowReads *self, const char *who)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->places, who));
}

/* With the lock held. */
static void
release_place (MsSlowReads *self, const char *who)
{
  guint left = count_places (self, who) - 1;

  self->n_places--;
  if (left > 0)
    g_hash_table_replace (self->places, g_strdup (who), GUINT_TO_POINTER (left));
  else
    g_hash_table_remove (self->places, who);
}

/* With the lock held. (nullable) */
static Slow *
take_next (MsSlowReads *self)
{
  for (GList *l = self->waiting.head; l != NULL; l = l->next)
    {
      Slow *slow = l->data;
      if (!self->closed && g_hash_table_contains (self->running, slow->who))
        continue;
      g_queue_delete_link (&self->waiting, l);
      return slow;
    }
  return NULL;
}

static void
on_thread_cb (gpointer data, gpointer user_data)
{
  MsSlowReads *self = user_data;
  Slow        *slow;

  g_mutex_lock (&self->lock);
  while ((slow = take_next (self)) != NULL)
    {
      gboolean refused = self->closed;
      g_hash_table_add (self->running, g_strdup (slow->who));
      g_mutex_unlock (&self->lock);
      slow->func (slow->data, refused);
      g_mutex_lock (&self->lock);
      g_hash_table_remove (self->running, slow->who);
      release_place (self, slow->who);
      slow_free (slow);
    }
  self->n_threads--;
  g_mutex_unlock (&self->lock);
  OPENSSL_thread_stop (); /* for why, see run_task() of ms-hash-pool.c */
}

MsSlowReads *
ms_slow_reads_new (void)
{
  MsSlowReads *self = g_new0 (MsSlowReads, 1);

  g_mutex_init (&self->lock);
  g_queue_init (&self->waiting);
  self->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->running = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->threads = g_thread_pool_new (on_thread_cb, self, THREADS, FALSE, NULL);
  return self;
}

void
ms_slow_reads_close (MsSlowReads *self)
{
  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  g_mutex_unlock (&self->lock);
}

void
ms_slow_reads_free (MsSlowReads *self)
{
  if (self == NULL)
    return;
  g_thread_pool_free (self->threads, FALSE, TRUE);
  g_assert (self->waiting.length == 0);
  g_hash_table_unref (self->places);
  g_hash_table_unref (self->running);
  g_mutex_clear (&self->lock);
  g_free (self);
}

gboolean
ms_slow_reads_has (MsSlowReads *self, const char *who)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return count_places (self, who) > 0;
}

gboolean
ms_slow_reads_reserve (MsSlowReads *self, const char *who, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  guint    places = count_places (self, who);
  gboolean is_own = places > MAX_WAITING_OF_ONE;

  if (!self->closed && !is_own && self->n_places < MAX_WAITING + THREADS)
    {
      self->n_places++;
      g_hash_table_replace (self->places, g_strdup (who), GUINT_TO_POINTER (places + 1));
      return TRUE;
    }
  ms_error_set (error,
                is_own ? MS_ERROR_LIMIT : MS_ERROR_UNAVAILABLE,
                NULL,
                NULL,
                is_own ? "Too many lists of yours that take long wait already; try again later."
                       : "Too many lists that take long wait already; try again later.");
  if (is_own && error != NULL)
    ms_error_set_details (*error, RETRY_AFTER);
  return FALSE;
}

void
ms_slow_reads_push (MsSlowReads *self, const char *who, MsSlowReadFunc func, gpointer data)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Slow *slow = g_new (Slow, 1);

  *slow = (Slow){ g_strdup (who), func, data };
  g_queue_push_tail (&self->waiting, slow);
  if (self->n_threads == THREADS)
    return;
  self->n_threads++;
  /* It only fails to add a thread; then one that is there does it. */
  (void) g_thread_pool_push (self->threads, self, NULL);
}
