/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One counter under one lock; how deep a thread is inside is the thread's own.
 */
#include "ms-gate.h"

struct _MsGate
{
  GMutex   lock;
  GCond    changed;
  guint    inside;   /* calls and work */
  guint    entering; /* who waits to be let in, or to close it */
  guint    emptying; /* who waits until it is empty */
  gboolean closed;
};

/* Of all gates: nobody is inside of two services at once, for each is a process's only one but in
 * tests. */
static GPrivate depth_key = G_PRIVATE_INIT (NULL);

static guint
get_depth (void)
{
  return GPOINTER_TO_UINT (g_private_get (&depth_key));
}

static void
set_depth (guint depth)
{
  g_private_set (&depth_key, GUINT_TO_POINTER (depth));
}

MsGate *
ms_gate_new (void)
{
  MsGate *self = g_new0 (MsGate, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  return self;
}

void
ms_gate_free (MsGate *self)
{
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

void
ms_gate_enter (MsGate *self)
{
  guint depth = get_depth ();

  g_mutex_lock (&self->lock);
  self->entering++;
  while (depth == 0 && self->closed)
    g_cond_wait (&self->changed, &self->lock);
  self->entering--;
  self->inside++;
  g_mutex_unlock (&self->lock);
  set_depth (depth + 1);
}

/* With the lock held */
static void
take_out (MsGate *self)
{
  g_assert (self->inside > 0);
  if (--self->inside == 0)
    g_cond_broadcast (&self->changed);
}

void
ms_gate_leave (MsGate *self)
{
  set_depth (get_depth () - 1);
  g_mutex_lock (&self->lock);
  take_out (self);
  g_mutex_unlock (&self->lock);
}

gboolean
ms_gate_step_out (MsGate *self)
{
  /* Deeper inside somebody else of this thread keeps what must stay. */
  if (get_depth () != 1)
    return FALSE;
  ms_gate_leave (self);
  return TRUE;
}

void
ms_gate_begin_work (MsGate *self)
{
  gboolean is_inside = get_depth () > 0;

  g_mutex_lock (&self->lock);
  /* While somebody is inside it may be that somebody who begins this, from a thread that does not
   * know it: waiting would be for ever. */
  self->entering++;
  while (!is_inside && self->closed && self->inside == 0)
    g_cond_wait (&self->changed, &self->lock);
  self->entering--;
  self->inside++;
  g_mutex_unlock (&self->lock);
}

void
ms_gate_take_over (MsGate *self)
{
  set_depth (get_depth () + 1);
}

void
ms_gate_end_work (MsGate *self)
{
  g_mutex_lock (&self->lock);
  take_out (self);
  g_mutex_unlock (&self->lock);
}

void
ms_gate_wait_until_empty (MsGate *self)
{
  g_mutex_lock (&self->lock);
  self->emptying++;
  while (self->inside > 0 || self->entering > 0 || self->closed)
    g_cond_wait (&self->changed, &self->lock);
  self->emptying--;
  g_mutex_unlock (&self->lock);
}

gboolean
ms_gate_close (MsGate *self, gint64 timeout_usec)
{
  gint64   end = g_get_monotonic_time () + timeout_usec;
  guint    depth = get_depth ();
  gboolean in_time = TRUE;

  g_mutex_lock (&self->lock);
  self->entering++;
  self->inside -= depth;
  g_cond_broadcast (&self->changed);
  while (self->closed && in_time)
    in_time = g_cond_wait_until (&self->changed, &self->lock, end);
  gboolean is_ours = !self->closed;
  if (is_ours)
    self->closed = TRUE;
  while (is_ours && in_time && self->inside > 0)
    in_time = g_cond_wait_until (&self->changed, &self->lock, end);
  gboolean done = is_ours && self->inside == 0;
  self->entering--;
  if (!done)
    {
      self->inside += depth;
      if (is_ours)
        self->closed = FALSE;
      g_cond_broadcast (&self->changed);
    }
  g_mutex_unlock (&self->lock);
  if (done)
    set_depth (depth + 1);
  return done;
}

void
ms_gate_open (MsGate *self)
{
  guint depth = get_depth () - 1;

  set_depth (depth);
  g_mutex_lock (&self->lock);
  self->inside += depth;
  self->closed = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

guint
ms_gate_count (MsGate *self)
{
  g_mutex_lock (&self->lock);
  guint inside = self->inside - MIN (self->inside, get_depth ());
  g_mutex_unlock (&self->lock);
  return inside;
}

guint
ms_gate_count_waiting (MsGate *self)
{
  g_mutex_lock (&self->lock);
  guint waiting = self->entering + self->emptying;
  g_mutex_unlock (&self->lock);
  return waiting;
}
