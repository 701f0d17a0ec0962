/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads whose cost the client decides. Each has a moment on the connection's thread, which is
 * enough for what is asked honestly; what takes longer is given up and begun anew as a slow read,
 * since that thread serves other connections too.
 */
#include "ms-call.h"

#include "ms-error.h"
#include "ms-server.h"
#include "ms-slow-reads.h"

typedef struct
{
  MsCall        *call;
  MsCallReadFunc func;
  gpointer       data;
  GDestroyNotify data_free;
} Read;

static void
read_free (Read *self)
{
  self->data_free (self->data);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Read, read_free)

static gint64
get_deadline (guint msec)
{
  return g_get_monotonic_time () + (gint64) msec * 1000;
}

static gboolean
is_overdue (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
respond_overdue (MsCall *call)
{
  g_autoptr (GError) error = NULL;

  ms_error_set (&error,
                MS_ERROR_INVALID,
                "tooMany",
                NULL,
                "Finding this took more than %g s and was given up; ask for less at once.",
                ms_server_get_options (call->server)->list_msec / 1000.0);
  ms_call_respond_error (call, error);
}

static void
run_slowly (Read *self)
{
  const MsServerOptions *options = ms_server_get_options (self->call->server);
  g_autoptr (GError) error = NULL;
  GString *out = g_string_sized_new (4096);
  gboolean done
      = self->func (self->call, get_deadline (options->list_msec), self->data, out, &error);

  if (!done && is_overdue (error))
    {
      g_string_free (out, TRUE);
      respond_overdue (self->call);
      return;
    }
  ms_call_respond_result (self->call, done, 200, out, error);
}

static void
respond_stopping (MsCall *call)
{
  g_autoptr (GError) error = NULL;

  ms_error_set (&error, MS_ERROR_UNAVAILABLE, NULL, NULL, "The server is stopping.");
  ms_call_respond_error (call, error);
}

static void
on_slow_cb (gpointer data, gboolean refused)
{
  g_autoptr (Read) self = data;
  MsService *service = self->call->service;

  ms_service_take_over (service);
  if (refused)
    respond_stopping (self->call);
  else
    run_slowly (self);
  ms_service_leave (service);
}

/* @self: (transfer full) */
static void
put_off (Read *self)
{
  MsCall      *call = self->call;
  MsSlowReads *slow = ms_server_get_slow_reads (call->server);
  g_autoptr (GError) error = NULL;

  if (!ms_slow_reads_reserve (slow, call->actor->user_id, &error))
    {
      read_free (self);
      ms_call_respond_error (call, error);
      return;
    }
  g_autofree char *who = g_strdup (call->actor->user_id);
  call->may_repeat = FALSE;
  ms_http_request_defer (call->request);
  ms_service_hand_over (call->service);
  ms_slow_reads_push (slow, who, on_slow_cb, self);
}

void
ms_call_read (MsCall *call, MsCallReadFunc func, gpointer data, GDestroyNotify data_free)
{
  const MsServerOptions *options = ms_server_get_options (call->server);
  g_autoptr (Read) self = g_new (Read, 1);
  g_autoptr (GError) error = NULL;
  GString *out = g_string_sized_new (4096);

  *self = (Read){ call, func, data, data_free };
  /* Whose lists take long has less of other people's time, but enough for a look-up. */
  gboolean busy = ms_slow_reads_has (ms_server_get_slow_reads (call->server), call->actor->user_id);
  gboolean done = func (
      call, get_deadline (busy ? options->busy_msec : options->quick_msec), data, out, &error);
  if (done || !is_overdue (error))
    {
      ms_call_respond_result (call, done, 200, out, error);
      return;
    }
  g_string_free (out, TRUE);
  put_off (g_steal_pointer (&self));
}
