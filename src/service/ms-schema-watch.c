/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A thread that asks the store once a second, and whoever was refused by it because of that. Until
 * this server has caught up its reads and writes are refused by the store, so that being late costs
 * a moment and no more.
 */
#include "ms-schema-watch.h"

#include "ms-periodic.h"
#include "ms-schemas.h"
#include "ms-store-schemas.h"

#define LOOK_EVERY G_USEC_PER_SEC

/* @missed: how often it had failed when the caller began to wait */
static gboolean
catch_up (MsService *service, guint missed, GError **error)
{
  gboolean caught_up = FALSE;

  if (!ms_store_is_caught_up (service->store, &caught_up, error))
    return FALSE;
  /* Where another one has waited in vain meanwhile, those who are inside are waited for no longer;
   * they come to an end, and it is tried again at the next look. */
  if (caught_up || service->catch_ups_missed != missed)
    return TRUE;
  if (!ms_schemas_try_close (service))
    {
      g_atomic_int_inc (&service->catch_ups_missed);
      return TRUE;
    }
  gboolean done = ms_store_catch_up (service->store, error);
  if (done)
    ms_service_take_schemas (service, ms_store_ref_schemas (service->store));
  ms_schemas_open (service);
  if (done)
    ms_service_emit_event (service, "schemas", 0, "{}");
  return done;
}

gboolean
ms_service_catch_up (MsService *self, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self), FALSE);

  guint missed = g_atomic_int_get (&self->catch_ups_missed);

  g_mutex_lock (&self->catch_up_lock);
  gboolean done = catch_up (self, missed, error);
  g_mutex_unlock (&self->catch_up_lock);
  return done;
}

gboolean
ms_service_check_current (MsService *self, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self), FALSE);

  return ms_store_check_current (self->store, error);
}

MsPeriodic *
ms_schema_watch_new (MsService *service)
{
  return ms_periodic_new ("ms-schemas", service, ms_service_catch_up, LOOK_EVERY, FALSE);
}
