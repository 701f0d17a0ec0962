/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "import-gate.h"

#include <string.h>

static gboolean
is_open (Gate *self, const char *id)
{
  gboolean shut_down = FALSE;

  return self->is_released
         || (self->opens_to_stop && ms_import_manager_is_ending (self->manager, id, &shut_down));
}

static void
on_step_cb (const char *id, gint64 done, gpointer user_data)
{
  Gate *self = user_data;

  g_mutex_lock (&self->lock);
  if (done > self->after)
    self->is_held = TRUE;
  g_cond_broadcast (&self->changed);
  /* Nobody tells us of an end, so it is looked for. */
  while (self->is_held && !is_open (self, id))
    (void) g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + 2000);
  g_mutex_unlock (&self->lock);
}

void
gate_set_up (Gate *self, MsImportManager *manager, gint64 after)
{
  memset (self, 0, sizeof *self);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->manager = manager;
  self->after = after;
  ms_import_manager_set_step_func (manager, on_step_cb, self);
}

void
gate_open_to_stop (Gate *self)
{
  self->opens_to_stop = TRUE;
}

void
gate_wait (Gate *self)
{
  gint64 end = g_get_monotonic_time () + 100 * G_TIME_SPAN_SECOND;

  g_mutex_lock (&self->lock);
  while (!self->is_held)
    g_assert_true (g_cond_wait_until (&self->changed, &self->lock, end));
  g_mutex_unlock (&self->lock);
}

void
gate_release (Gate *self)
{
  g_mutex_lock (&self->lock);
  self->is_released = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}
