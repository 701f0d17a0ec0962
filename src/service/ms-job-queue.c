/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "ms-job-queue.h"

#include <string.h>

#include "ms-error.h"

#define MAX_WAITING 16

struct _MsJobQueue
{
  /* Borrowed */
  const MsJobQueueKind *kind;
  gpointer              user_data;

  gint64 look_every;

  /* Owned */
  GThread      *thread;
  GQueue        waiting; /* ids */
  char         *current;
  GCancellable *cancellable; /* of the current one */
  GHashTable   *cancelled;   /* ids, of those that are to stop as soon as they are worked on */

  GMutex   lock;
  GCond    wake;
  GCond    idle;
  gboolean is_cancelled; /* the current one */
  gboolean is_leaving;   /* the same */
  gboolean has_to_look;
  gboolean is_looking;
  gboolean is_shutting_down;
  gboolean is_over; /* shut down for good */
};

/* The thread -------------------------------------------------------------------------------- */

/* With the lock held: until there is work, or it is time to look for some. */
static void
wait_a_while (MsJobQueue *self)
{
  gint64 end = g_get_monotonic_time () + self->look_every;

  if (!self->has_to_look && g_queue_is_empty (&self->waiting))
    g_cond_broadcast (&self->idle);
  while (!self->is_shutting_down && !self->has_to_look && g_queue_is_empty (&self->waiting))
    if (self->look_every == 0)
      g_cond_wait (&self->wake, &self->lock);
    else if (!g_cond_wait_until (&self->wake, &self->lock, end))
      self->has_to_look = TRUE;
}

/* The next id, or %NULL when it ends. (transfer full) */
static char *
wait_for_work (MsJobQueue *self)
{
  char *id = NULL;

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->current, g_free);
  g_clear_object (&self->cancellable);
  while (!self->is_shutting_down && id == NULL)
    {
      wait_a_while (self);
      if (self->has_to_look && !self->is_shutting_down)
        {
          self->has_to_look = FALSE;
          self->is_looking = TRUE;
          g_mutex_unlock (&self->lock);
          self->kind->look (self->user_data);
          g_mutex_lock (&self->lock);
          self->is_looking = FALSE;
        }
      if (!self->is_shutting_down)
        id = g_queue_pop_head (&self->waiting);
    }
  if (id != NULL)
    {
      self->current = g_strdup (id);
      self->cancellable = g_cancellable_new ();
      self->is_cancelled = g_hash_table_remove (self->cancelled, id);
      self->is_leaving = FALSE;
    }
  g_mutex_unlock (&self->lock);
  return id;
}

static gpointer
run_thread (gpointer data)
{
  MsJobQueue *self = data;

  for (;;)
    {
      g_autofree char *id = wait_for_work (self);
      if (id == NULL)
        return NULL;
      self->kind->work (id, self->user_data);
    }
}

/* With the lock held */
static void
start_thread (MsJobQueue *self)
{
  if (self->thread == NULL && !self->is_shutting_down)
    self->thread = g_thread_new (self->kind->thread, run_thread, self);
  g_cond_signal (&self->wake);
}

void
ms_job_queue_look (MsJobQueue *self)
{
  g_mutex_lock (&self->lock);
  self->has_to_look = TRUE;
  start_thread (self);
  g_mutex_unlock (&self->lock);
}

MsJobQueue *
ms_job_queue_new (const MsJobQueueKind *kind, gint64 look_every, gpointer user_data)
{
  MsJobQueue *self = g_new0 (MsJobQueue, 1);

  self->kind = kind;
  self->look_every = look_every;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  g_cond_init (&self->idle);
  g_queue_init (&self->waiting);
  self->cancelled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

static void
stop (MsJobQueue *self, gboolean is_over)
{
  g_autoptr (GCancellable) cancellable = NULL;

  g_mutex_lock (&self->lock);
  self->is_shutting_down = TRUE;
  self->is_over = self->is_over || is_over;
  if (self->cancellable != NULL)
    cancellable = g_object_ref (self->cancellable);
  g_cond_signal (&self->wake);
  GThread *thread = g_steal_pointer (&self->thread);
  g_mutex_unlock (&self->lock);
  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
  if (thread != NULL)
    g_thread_join (thread);
}

void
ms_job_queue_shutdown (MsJobQueue *self)
{
  stop (self, TRUE);
}

void
ms_job_queue_pause (MsJobQueue *self)
{
  stop (self, FALSE);
  g_mutex_lock (&self->lock);
  g_queue_clear_full (&self->waiting, g_free);
  g_mutex_unlock (&self->lock);
}

void
ms_job_queue_go_on (MsJobQueue *self)
{
  g_mutex_lock (&self->lock);
  self->is_shutting_down = self->is_over;
  g_mutex_unlock (&self->lock);
  ms_job_queue_look (self);
}

void
ms_job_queue_free (MsJobQueue *self)
{
  if (self == NULL)
    return;
  ms_job_queue_shutdown (self);
  g_queue_clear_full (&self->waiting, g_free);
  g_clear_pointer (&self->current, g_free);
  g_clear_object (&self->cancellable);
  g_hash_table_unref (self->cancelled);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->idle);
  g_free (self);
}

/* The queue --------------------------------------------------------------------------------- */

/* With the lock held */
static gboolean
is_waiting (MsJobQueue *self, const char *id)
{
  return g_queue_find_custom (&self->waiting, id, (GCompareFunc) strcmp) != NULL;
}

/* With the lock held */
static gboolean
check_open (MsJobQueue *self, GError **error)
{
  if (self->is_shutting_down)
    ms_error_set (error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  NULL,
                  self->is_over ? "The server is being stopped"
                                : "The schemas are being changed; try again in a moment");
  return !self->is_shutting_down;
}

/* With the lock held */
static gboolean
check_room (MsJobQueue *self, const char *id, GError **error)
{
  if (!check_open (self, error))
    return FALSE;
  /* The current one may have said in the store that it is over, and be about to leave: then it may
   * come again. */
  if (id != NULL && is_waiting (self, id))
    {
      ms_error_set (
          error, MS_ERROR_CONFLICT, NULL, NULL, "This %s is under way already", self->kind->what);
      return FALSE;
    }
  if (g_queue_get_length (&self->waiting) >= MAX_WAITING)
    {
      ms_error_set (error,
                    MS_ERROR_LIMIT,
                    NULL,
                    NULL,
                    "%d %s are waiting already; try again later",
                    MAX_WAITING,
                    self->kind->many);
      return FALSE;
    }
  return TRUE;
}

gboolean
ms_job_queue_has_room (MsJobQueue *self, const char *id, GError **error)
{
  g_mutex_lock (&self->lock);
  gboolean has_room = check_room (self, id, error);
  g_mutex_unlock (&self->lock);
  return has_room;
}

gboolean
ms_job_queue_put (MsJobQueue *self, const char *id, GError **error)
{
  g_mutex_lock (&self->lock);
  gboolean is_open = check_open (self, error);
  (void) g_hash_table_remove (self->cancelled, id);
  if (is_open && !is_waiting (self, id))
    g_queue_push_tail (&self->waiting, g_strdup (id));
  if (is_open)
    start_thread (self);
  g_mutex_unlock (&self->lock);
  return is_open;
}

void
ms_job_queue_add (MsJobQueue *self, const char *id)
{
  g_mutex_lock (&self->lock);
  if (!is_waiting (self, id))
    g_queue_push_tail (&self->waiting, g_strdup (id));
  g_mutex_unlock (&self->lock);
}

gboolean
ms_job_queue_has (MsJobQueue *self, const char *id)
{
  g_mutex_lock (&self->lock);
  gboolean has = g_strcmp0 (self->current, id) == 0 || is_waiting (self, id);
  g_mutex_unlock (&self->lock);
  return has;
}

gboolean
ms_job_queue_has_waiting (MsJobQueue *self)
{
  g_mutex_lock (&self->lock);
  gboolean has = !g_queue_is_empty (&self->waiting);
  g_mutex_unlock (&self->lock);
  return has;
}

gboolean
ms_job_queue_cancel (MsJobQueue *self, const char *id)
{
  g_autoptr (GCancellable) cancellable = NULL;

  g_mutex_lock (&self->lock);
  (void) g_hash_table_remove (self->cancelled, id);
  GList *link = g_queue_find_custom (&self->waiting, id, (GCompareFunc) strcmp);
  if (link != NULL)
    {
      g_free (link->data);
      g_queue_delete_link (&self->waiting, link);
    }
  /* It may be both, where a look was quicker than who put it there. */
  if (g_strcmp0 (self->current, id) == 0 && !self->is_leaving)
    {
      self->is_cancelled = TRUE;
      cancellable = g_object_ref (self->cancellable);
    }
  g_mutex_unlock (&self->lock);
  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
  return cancellable != NULL;
}

gboolean
ms_job_queue_is_ending (MsJobQueue *self, const char *id, gboolean *shut_down)
{
  g_mutex_lock (&self->lock);
  gboolean is_cancelled = self->is_cancelled && g_strcmp0 (self->current, id) == 0;
  *shut_down = self->is_shutting_down;
  g_mutex_unlock (&self->lock);
  return is_cancelled || *shut_down;
}

gboolean
ms_job_queue_leave (MsJobQueue *self, const char *id, gboolean *shut_down)
{
  g_mutex_lock (&self->lock);
  gboolean is_current = g_strcmp0 (self->current, id) == 0;
  self->is_leaving = self->is_leaving || is_current;
  gboolean is_cancelled = self->is_cancelled && is_current;
  *shut_down = self->is_shutting_down;
  g_mutex_unlock (&self->lock);
  return is_cancelled;
}

void
ms_job_queue_cancel_again (MsJobQueue *self, const char *id)
{
  g_mutex_lock (&self->lock);
  g_hash_table_add (self->cancelled, g_strdup (id));
  g_mutex_unlock (&self->lock);
}

GCancellable *
ms_job_queue_ref_cancellable (MsJobQueue *self)
{
  g_mutex_lock (&self->lock);
  GCancellable *cancellable
      = self->cancellable != NULL ? g_object_ref (self->cancellable) : g_cancellable_new ();
  gboolean is_shutting_down = self->is_shutting_down;
  g_mutex_unlock (&self->lock);
  if (is_shutting_down)
    g_cancellable_cancel (cancellable);
  return cancellable;
}

gboolean
ms_job_queue_wait_idle (MsJobQueue *self, gint64 end)
{
  gboolean in_time = TRUE;

  g_mutex_lock (&self->lock);
  while (in_time && self->thread != NULL
         && (self->current != NULL || self->has_to_look || self->is_looking
             || !g_queue_is_empty (&self->waiting)))
    in_time = g_cond_wait_until (&self->idle, &self->lock, end);
  g_mutex_unlock (&self->lock);
  return in_time;
}
