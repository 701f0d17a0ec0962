/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. The lock is not held while it is done, so that freeing need not wait to say stop.
 */
#include "ms-periodic.h"

struct _MsPeriodic
{
  char          *name;
  MsService     *service;
  MsPeriodicFunc func;
  gint64         every;
  gboolean       at_once;
  GThread       *thread;

  GMutex   lock;
  GCond    wake;
  gboolean stop;
};

/* With the lock held. */
static void
wait (MsPeriodic *self)
{
  gint64 until = g_get_monotonic_time () + self->every;

  while (!self->stop && g_cond_wait_until (&self->wake, &self->lock, until))
    ;
}

static gpointer
periodic_main (gpointer user_data)
{
  MsPeriodic *self = user_data;

  g_mutex_lock (&self->lock);
  if (!self->at_once)
    wait (self);
  while (!self->stop)
    {
      g_autoptr (GError) error = NULL;
      g_mutex_unlock (&self->lock);
      /* A store that cannot be read or written is told by whoever asks for something. */
      if (!self->func (self->service, &error))
        g_debug ("%s: %s", self->name, error->message);
      g_mutex_lock (&self->lock);
      wait (self);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

MsPeriodic *
ms_periodic_new (
    const char *name, MsService *service, MsPeriodicFunc func, gint64 every, gboolean at_once)
{
  MsPeriodic *self = g_new0 (MsPeriodic, 1);

  self->name = g_strdup (name);
  self->service = service;
  self->func = func;
  self->every = every;
  self->at_once = at_once;
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  self->thread = g_thread_new (name, periodic_main, self);
  return self;
}

void
ms_periodic_free (MsPeriodic *self)
{
  g_mutex_lock (&self->lock);
  self->stop = TRUE;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_free (self->name);
  g_free (self);
}
