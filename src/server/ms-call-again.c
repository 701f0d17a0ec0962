/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "ms-call-again.h"

#include "ms-store-schemas.h"

#include <string.h>

/* Schemas may change once more meanwhile, but not without end. */
#define MAX_REPEATS 4

/* What was refused by the tables, without a look at the store, whose own may be others. */
static gboolean
is_refused_by_tables (MsCall *self, guint status)
{
  g_autoptr (GError) behind = NULL;

  return (status == 400 || status == 405 || (status == 404 && self->route == NULL))
         && !ms_service_check_current (self->service, &behind);
}

gboolean
ms_call_put_by (MsCall *self, guint status, const GError *error)
{
  if (!self->may_repeat || (!ms_store_is_behind (error) && !is_refused_by_tables (self, status)))
    return FALSE;
  self->put_by = TRUE;
  return TRUE;
}

/* @deferred: it is on a worker, where a call that writes may have done so before it fails */
static void
allow_repeat (MsCall *self, gboolean deferred, guint repeats)
{
  self->put_by = FALSE;
  self->may_repeat
      = repeats < MAX_REPEATS
        && (!deferred || strcmp (ms_http_request_get_method (self->request), "GET") == 0);
}

static void
begin_anew (MsCall *self)
{
  g_autoptr (GError) error = NULL;

  ms_call_clear (self);
  ms_http_request_drop_headers (self->request);
  /* Where it failed, so does what is done next, and says why. */
  if (!ms_service_catch_up (self->service, &error))
    g_debug ("The schemas of another server: %s", error->message);
}

void
ms_call_run (MsCall *self, MsCallFunc func, MsCallFunc again, gpointer user_data)
{
  MsService *service = self->service;
  g_autoptr (MsHttpRequest) request = ms_http_request_ref (self->request);
  gboolean deferred = ms_http_request_is_deferred (request);

  allow_repeat (self, deferred, 0);
  func (self, user_data);
  ms_service_leave (service);
  /* What was deferred here belongs to others now. */
  for (guint i = 1; ms_http_request_is_deferred (request) == deferred && self->put_by; i++)
    {
      begin_anew (self);
      allow_repeat (self, deferred, i);
      ms_service_enter (service);
      again (self, user_data);
      ms_service_leave (service);
    }
}
