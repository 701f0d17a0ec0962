/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A thread that asks the store once a second. Until this server has caught up its writes are
 * refused by the store, so that being late costs a moment and no more.
 */
#include "ms-schema-watch.h"

#include "ms-gate.h"
#include "ms-import-manager.h"
#include "ms-periodic.h"
#include "ms-store-schemas.h"

#define LOOK_EVERY G_USEC_PER_SEC
#define CLOSE_USEC (10 * G_USEC_PER_SEC)

static gboolean
look (MsService *service, GError **error)
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

MsPeriodic *
ms_schema_watch_new (MsService *service)
{
  return ms_periodic_new ("ms-schemas", service, look, LOOK_EVERY, FALSE);
}
