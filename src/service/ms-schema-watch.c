/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A thread that asks the store once a second. Until this server has caught up its writes are
 * refused by the store, so that being late costs a moment and no more.
 */
#include "ms-schema-watch.h"

#include "ms-gate.h"
#include "ms-import-manager.h"
#include "ms-store-schemas.h"

#define LOOK_EVERY G_USEC_PER_SEC
#define CLOSE_USEC (10 * G_USEC_PER_SEC)

struct _MsSchemaWatch
{
  MsService *service;
  GThread   *thread;
  GMutex     lock;
  GCond      wake;
  gboolean   stop;
};

gboolean
ms_schema_watch_look (MsService *service, GError **error)
{
  gboolean caught_up = FALSE;

  if (!ms_store_is_caught_up (service->store, &caught_up, error))
    return FALSE;
  /* Those who are inside now come to an end; it is tried again at the next look. */
  if (caught_up || !ms_gate_close (service->gate, CLOSE_USEC))
    return TRUE;
  ms_import_manager_pause (service->imports);
  gboolean done = ms_store_catch_up (service->store, error);
  if (done)
    ms_service_take_schemas (service, ms_store_ref_schemas (service->store));
  if (!g_atomic_int_get (&service->is_shut_down) && !ms_store_is_read_only (service->store))
    ms_import_manager_go_on (service->imports);
  ms_gate_open (service->gate);
  if (done)
    ms_service_emit_event (service, "schemas", 0, "{}");
  return done;
}

static gpointer
watch_main (gpointer user_data)
{
  MsSchemaWatch *self = user_data;

  g_mutex_lock (&self->lock);
  while (!self->stop)
    {
      g_autoptr (GError) error = NULL;
      gint64 until = g_get_monotonic_time () + LOOK_EVERY;

      while (!self->stop && g_cond_wait_until (&self->wake, &self->lock, until))
        ;
      if (self->stop)
        break;
      g_mutex_unlock (&self->lock);
      /* A store that cannot be read is told by whoever asks for something. */
      if (!ms_schema_watch_look (self->service, &error))
        g_debug ("looking for changed schemas: %s", error->message);
      g_mutex_lock (&self->lock);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

MsSchemaWatch *
ms_schema_watch_new (MsService *service)
{
  MsSchemaWatch *self = g_new0 (MsSchemaWatch, 1);

  self->service = service;
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  self->thread = g_thread_new ("ms-schemas", watch_main, self);
  return self;
}

void
ms_schema_watch_free (MsSchemaWatch *self)
{
  g_mutex_lock (&self->lock);
  self->stop = TRUE;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_free (self);
}
