/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server's parts and how they start and end.
 *
 * Threads: routes run on the connection threads of the HTTPS side, those marked MS_ROUTE_WORKER on
 * a small pool here, lists that take long on one of their own (ms-slow-reads.h), exports on threads
 * of another, so that slow readers of exports cannot hold up anything else.
 */
#include "ms-server.h"
#include "ms-admission.h"
#include "ms-call-again.h"
#include "ms-error-body.h"
#include "ms-error.h"
#include <openssl/crypto.h>

#define WORKERS 4
#define WORKERS_QUEUE_MAX 64
#define LONG_MAX_RUNNING 4
/* Fewer than workers, whom the rest needs. */
#define TRIALS_MAX 2

struct _MsServer
{
  MsService      *service;
  MsServerOptions options;
  MsHttpServer   *http;
  MsEventFeed    *feed;
  MsBackupKeeper *backups;
  GThreadPool    *workers;
  MsSlowReads    *slow_reads;
  GCancellable   *ending; /* of what waits for other servers */
  gboolean        stopped;

  GMutex lock; /* what follows */
  guint  trials;
  guint  long_running;
  GCond  long_ended;
  char  *fingerprint;
  char  *not_after;
};

void
ms_server_options_init (MsServerOptions *self)
{
  *self = (MsServerOptions){
    .http = ms_http_default_limits,
    .max_body = 1024 * 1024,
    .max_bulk = 8 * 1024 * 1024,
    .max_upload = 64 * 1024 * 1024,
    .heartbeat_seconds = 15,
    .quick_msec = 100,
    .busy_msec = 10,
    .list_msec = 10000,
    .backup = { .keep = 7 },
  };
}

void
ms_server_options_clear (MsServerOptions *self)
{
  g_clear_pointer (&self->base_url, g_free);
  g_clear_pointer (&self->backup.folder, g_free);
  g_clear_pointer (&self->backup.at, g_free);
}

/* Requests ------------------------------------------------------------------------------------ */

static void
admit (MsCall *call, gpointer user_data)
{
  /* It answers where it does not. */
  (void) ms_call_admit (call, user_data);
}

static void
on_begin_cb (MsHttpRequest *request, gsize *max_body, gpointer user_data)
{
  MsServer *self = user_data;
  MsCall   *call = g_new0 (MsCall, 1);

  call->server = self;
  call->service = self->service;
  call->request = request;
  ms_http_request_set_data (request, call, (GDestroyNotify) ms_call_free);
  ms_service_enter (self->service);
  ms_call_run (call, admit, admit, max_body);
}

/* On a worker, or where the route needs none. */
static void
run_route (MsCall *call, gpointer user_data)
{
  call->route->func (call);
}

static void
handle (MsCall *call, gpointer user_data)
{
  MsServer *self = call->server;

  if (!ms_call_catch_up (call) || !ms_call_read_body (call))
    return;
  if ((call->route->flags & MS_ROUTE_WORKER) == 0)
    {
      run_route (call, NULL);
      return;
    }
  if (g_thread_pool_unprocessed (self->workers) >= WORKERS_QUEUE_MAX)
    {
      g_autoptr (GError) error = NULL;
      ms_error_set (&error,
                    MS_ERROR_UNAVAILABLE,
                    NULL,
                    NULL,
                    "Too much is waiting to be done; try again in a moment.");
      ms_call_respond_error (call, error);
      return;
    }
  call->may_repeat = FALSE;
  ms_http_request_defer (call->request);
  ms_service_hand_over (self->service);
  (void) g_thread_pool_push (
      self->workers, call, NULL); /* it only fails to add a thread; the call is queued */
}

static void
handle_again (MsCall *call, gpointer user_data)
{
  gsize max_body = 0;

  if (ms_call_admit (call, &max_body))
    handle (call, user_data);
}

static void
on_handle_cb (MsHttpRequest *request, gpointer user_data)
{
  MsServer *self = user_data;

  ms_service_enter (self->service);
  ms_call_run (ms_http_request_get_data (request), handle, handle_again, NULL);
}

static void
run_route_again (MsCall *call, gpointer user_data)
{
  gsize max_body = 0;

  if (ms_call_admit (call, &max_body) && ms_call_read_body (call))
    run_route (call, user_data);
}

static void
on_work_cb (gpointer data, gpointer user_data)
{
  MsServer *self = user_data;
  MsCall   *call = data;

  ms_service_take_over (self->service);
  ms_call_run (call, run_route, run_route_again, NULL);
  OPENSSL_thread_stop (); /* for why, see run_task() of ms-hash-pool.c */
}

static char *
on_refuse_cb (guint status, const char *detail, gpointer user_data)
{
  return ms_error_body_make (status, NULL, NULL, detail, NULL);
}

static void
on_refused_cb (MsHttpRequest *request, guint status, const char *detail, gpointer user_data)
{
  MsCall *call = ms_http_request_get_data (request);

  if (call != NULL)
    ms_call_log (call, status, detail);
  else
    ms_call_log_request (request, status, detail);
}

/* The server ---------------------------------------------------------------------------------- */

static void
keep_certificate_facts (MsServer *self, const MsCertificate *certificate)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_free (self->fingerprint);
  g_free (self->not_after);
  self->fingerprint = g_strdup (certificate->fingerprint);
  self->not_after = g_strdup (certificate->not_after);
}

MsServer *
ms_server_new (MsService             *service,
               int                    listener,
               const MsCertificate   *certificate,
               const MsServerOptions *options,
               GError               **error)
{
  g_autoptr (MsServer) self = g_new0 (MsServer, 1);
  MsHttpHandler handler = {
    .begin = on_begin_cb,
    .handle = on_handle_cb,
    .refuse = on_refuse_cb,
    .refused = on_refused_cb,
    .error_content_type = MS_CONTENT_SCIM,
    .user_data = self,
  };

  g_mutex_init (&self->lock);
  g_cond_init (&self->long_ended);
  self->service = g_object_ref (service);
  self->options = *options;
  self->options.base_url = g_strdup (options->base_url);
  self->options.backup.folder = g_strdup (options->backup.folder);
  self->options.backup.at = g_strdup (options->backup.at);
  keep_certificate_facts (self, certificate);
  self->ending = g_cancellable_new ();
  self->workers = g_thread_pool_new (on_work_cb, self, WORKERS, FALSE, NULL);
  self->slow_reads = ms_slow_reads_new ();
  self->feed = ms_event_feed_new (service, options->heartbeat_seconds);
  self->backups = ms_backup_keeper_new (service, &self->options.backup);
  self->http = ms_http_server_new (listener,
                                   certificate->certificate_pem,
                                   certificate->key_pem,
                                   options->threads,
                                   &options->http,
                                   &handler,
                                   error);
  if (self->http == NULL)
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
ms_server_set_certificate (MsServer *self, const MsCertificate *certificate, GError **error)
{
  if (!ms_http_server_set_certificate (
          self->http, certificate->certificate_pem, certificate->key_pem, error))
    return FALSE;
  keep_certificate_facts (self, certificate);
  return TRUE;
}

static void
wait_for_long_answers (MsServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (self->long_running > 0)
    g_cond_wait (&self->long_ended, &self->lock);
}

void
ms_server_stop (MsServer *self, guint seconds)
{
  gint64 deadline = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;

  if (self->stopped)
    return;
  self->stopped = TRUE;
  if (self->http != NULL)
    ms_http_server_drain (self->http);
  ms_event_feed_close (self->feed);
  if (self->http != NULL && !ms_http_server_wait (self->http, deadline))
    g_message ("%u requests are cut: they did not finish in %u s.",
               ms_http_server_get_in_flight (self->http),
               seconds);
  if (self->http != NULL)
    ms_http_server_cut_streams (self->http);
  g_cancellable_cancel (self->ending);
  ms_slow_reads_close (self->slow_reads);
  wait_for_long_answers (self);
  ms_backup_keeper_stop (self->backups);
  ms_service_shutdown (self->service);
  g_thread_pool_free (g_steal_pointer (&self->workers), FALSE, TRUE);
  /* Completes every write that waits: after that no request is deferred any more. */
  ms_store_close (ms_service_get_store (self->service));
  g_clear_pointer (&self->http, ms_http_server_free);
  g_clear_pointer (&self->slow_reads, ms_slow_reads_free);
}

void
ms_server_free (MsServer *self)
{
  if (self == NULL)
    return;
  ms_server_stop (self, 0);
  g_clear_pointer (&self->feed, ms_event_feed_free);
  g_clear_pointer (&self->backups, ms_backup_keeper_free);
  ms_server_options_clear (&self->options);
  g_free (self->fingerprint);
  g_free (self->not_after);
  g_object_unref (self->ending);
  g_object_unref (self->service);
  g_cond_clear (&self->long_ended);
  g_mutex_clear (&self->lock);
  g_free (self);
}

GCancellable *
ms_server_begin_trial (MsServer *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->trials >= TRIALS_MAX)
    {
      ms_error_set (error,
                    MS_ERROR_UNAVAILABLE,
                    NULL,
                    NULL,
                    "Directories are being tried by others; try again in a moment.");
      return NULL;
    }
  self->trials++;
  return g_object_ref (self->ending);
}

void
ms_server_end_trial (MsServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->trials--;
}

MsBackupKeeper *
ms_server_get_backups (MsServer *self)
{
  return self->backups;
}

MsEventFeed *
ms_server_get_feed (MsServer *self)
{
  return self->feed;
}

MsSlowReads *
ms_server_get_slow_reads (MsServer *self)
{
  return self->slow_reads;
}

const MsServerOptions *
ms_server_get_options (MsServer *self)
{
  return &self->options;
}

char *
ms_server_dup_fingerprint (MsServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  return g_strdup (self->fingerprint);
}

char *
ms_server_dup_not_after (MsServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  return g_strdup (self->not_after);
}

/* Long answers -------------------------------------------------------------------------------- */

typedef struct
{
  MsServer   *server;
  GThreadFunc func;
  gpointer    data;
} LongWork;

static gpointer
long_main (gpointer data)
{
  g_autofree LongWork *work = data;

  (void) work->func (work->data); /* it answers for itself */
  OPENSSL_thread_stop ();         /* nobody joins this thread */
  ms_server_release_long (work->server);
  return NULL;
}

gboolean
ms_server_reserve_long (MsServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->long_running >= LONG_MAX_RUNNING)
    return FALSE;
  self->long_running++;
  return TRUE;
}

void
ms_server_release_long (MsServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->long_running--;
  g_cond_broadcast (&self->long_ended);
}

void
ms_server_run_long (MsServer *self, GThreadFunc func, gpointer data)
{
  LongWork *work = g_new (LongWork, 1);

  *work = (LongWork){ self, func, data };
  g_thread_unref (g_thread_new ("long-answer", long_main, work));
}
