/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. A thread that sleeps most of the time: whoever reads is in the middle of a read,
 * maybe inside of TLS, and can only be woken from elsewhere.
 */
#include "ms-directory-watch.h"

/**
 * MsDirectoryWatch:
 * @due: 0 = nothing is limited at the moment
 * @wakes: when the thread looks again by itself; %G_MAXINT64 = never
 */
struct _MsDirectoryWatch
{
  GCancellable *outer;
  GCancellable *cancellable;
  gulong        handler;
  GThread      *thread;
  GMutex        lock;
  GCond         cond;
  gint64        due;
  gint64        wakes;
  gboolean      is_late;
  gboolean      is_over;
};

static void
on_outer_cancelled_cb (GCancellable *outer, gpointer user_data)
{
  g_cancellable_cancel (((MsDirectoryWatch *) user_data)->cancellable);
}

/* It is not woken for each answer: most come long before their time, and it sleeps on. */
static gpointer
watch (gpointer user_data)
{
  MsDirectoryWatch *self = user_data;

  g_mutex_lock (&self->lock);
  while (!self->is_over && !self->is_late)
    {
      self->wakes = self->due != 0 ? self->due : G_MAXINT64;
      if (self->due == 0)
        g_cond_wait (&self->cond, &self->lock);
      else if (g_get_monotonic_time () < self->due)
        (void) g_cond_wait_until (&self->cond, &self->lock, self->due);
      else
        self->is_late = TRUE;
    }
  gboolean is_late = self->is_late;
  g_mutex_unlock (&self->lock);
  if (is_late)
    g_cancellable_cancel (self->cancellable);
  return NULL;
}

MsDirectoryWatch *
ms_directory_watch_new (GCancellable *outer)
{
  MsDirectoryWatch *self = g_new0 (MsDirectoryWatch, 1);

  self->outer = outer;
  self->cancellable = g_cancellable_new ();
  self->wakes = G_MAXINT64;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  if (outer != NULL)
    self->handler = g_cancellable_connect (outer, G_CALLBACK (on_outer_cancelled_cb), self, NULL);
  self->thread = g_thread_new ("ms-directory", watch, self);
  return self;
}

void
ms_directory_watch_free (MsDirectoryWatch *self)
{
  g_mutex_lock (&self->lock);
  self->is_over = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  if (self->outer != NULL)
    g_cancellable_disconnect (self->outer, self->handler);
  g_object_unref (self->cancellable);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}

GCancellable *
ms_directory_watch_get_cancellable (MsDirectoryWatch *self)
{
  return self->cancellable;
}

void
ms_directory_watch_begin (MsDirectoryWatch *self, gint64 due)
{
  g_mutex_lock (&self->lock);
  self->due = due;
  if (due < self->wakes)
    g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
ms_directory_watch_end (MsDirectoryWatch *self)
{
  g_mutex_lock (&self->lock);
  self->due = 0;
  g_mutex_unlock (&self->lock);
}
