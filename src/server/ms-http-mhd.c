/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * HTTPS by libmicrohttpd: the daemon, its connections and their deadlines.
 *
 * The library has a limit of silence, but none for a header that trickles in byte by byte: a
 * sweeper looks at every connection twice a second and shuts the socket of those past their
 * deadline. Whether the next request of an idle connection has begun only the kernel knows (its
 * counter of bytes received), as the library tells nothing before the whole request line is there.
 */
#include "ms-http-mhd-private.h"
#include "ms-error.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SWEEP_INTERVAL (G_USEC_PER_SEC / 2)

/* TLS 1.2 and 1.3, forward secrecy and authenticated ciphers only. X25519 first: it costs less, and
 * clients send a share of it unasked, so that TLS 1.3 needs no second hello. */
#define PRIORITIES                                                                                 \
  "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:-CIPHER-ALL:"                          \
  "+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:-MAC-ALL:+AEAD:"                                   \
  "-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1:%SERVER_PRECEDENCE"

const MsHttpLimits ms_http_default_limits = {
  .connections = 1024,
  .connections_per_address = 256,
  .header_bytes = 16 * 1024,
  .header_seconds = 10,
  .idle_seconds = 60,
  .body_seconds = 30,
  .bodies_in_flight = 256 * 1024 * 1024,
};

gsize
ms_http_limits_get_large_bodies (const MsHttpLimits *self)
{
  return self->bodies_in_flight - self->bodies_in_flight / 8;
}

/* Connections --------------------------------------------------------------------------------- */

void
ms_http_connection_enter (MsHttpConnection *self, MsHttpPhase phase, gint64 deadline)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->phase = phase;
  self->deadline = deadline;
  if (phase == MS_HTTP_WAITING)
    self->received_known = FALSE;
}

/* With the lock held. */
static void
begin_headers (MsHttpConnection *self)
{
  self->phase = MS_HTTP_HEADERS;
  self->deadline = g_get_monotonic_time () + self->server->limits.header_seconds * G_USEC_PER_SEC;
}

void
ms_http_connection_enter_headers (MsHttpConnection *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->has_spoken = TRUE;
  if (self->phase == MS_HTTP_WAITING)
    begin_headers (self);
}

static guint64
count_received (int fd)
{
  struct tcp_info info = { 0 };
  socklen_t       length = sizeof info;

  if (getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
    return 0;
  return info.tcpi_bytes_received;
}

/* Has an idle connection begun its next request? */
static gboolean
has_received (MsHttpConnection *self)
{
  guint64 received = count_received (self->fd);

  if (self->received_known)
    return received != self->received;
  self->received = received;
  self->received_known = TRUE;
  return FALSE;
}

static void
sweep_connection (MsHttpConnection *self, gint64 now)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->phase == MS_HTTP_WAITING)
    {
      if (has_received (self))
        begin_headers (self);
    }
  else if (self->phase != MS_HTTP_BUSY && self->deadline != 0 && self->deadline < now)
    {
      /* The library sees the end of it, and closes, after a word to who began a request. */
      gboolean again = atomic_exchange (&self->late, TRUE);
      (void) shutdown (self->fd, again ? SHUT_RDWR : SHUT_RD);
    }
}

static void
sweep (MsHttpServer *self)
{
  gint64 now = g_get_monotonic_time ();

  for (GList *l = self->connections.head; l != NULL; l = l->next)
    sweep_connection (l->data, now);
}

static gpointer
sweeper_main (gpointer data)
{
  MsHttpServer *self = data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (!self->stopping)
    {
      gint64 next = g_get_monotonic_time () + SWEEP_INTERVAL;
      while (!self->stopping && g_cond_wait_until (&self->changed, &self->lock, next))
        ;
      sweep (self);
    }
  return NULL;
}

static char *
dup_peer (struct MHD_Connection *mhd)
{
  const union MHD_ConnectionInfo *info
      = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  char host[NI_MAXHOST];

  if (info == NULL || info->client_addr == NULL)
    return g_strdup ("unknown");
  socklen_t length = info->client_addr->sa_family == AF_INET6 ? sizeof (struct sockaddr_in6)
                                                              : sizeof (struct sockaddr_in);
  if (getnameinfo (info->client_addr, length, host, sizeof host, NULL, 0, NI_NUMERICHOST) != 0)
    return g_strdup ("unknown");
  /* An IPv4 client of a socket for both families is the same client as on one for IPv4. */
  return g_strdup (g_str_has_prefix (host, "::ffff:") && strchr (host, '.') != NULL
                       ? host + strlen ("::ffff:")
                       : host);
}

static MsHttpConnection *
connection_new (MsHttpServer *server, struct MHD_Connection *mhd)
{
  const union MHD_ConnectionInfo *info
      = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
  MsHttpConnection *self = g_new0 (MsHttpConnection, 1);
  int               on = 1;

  self->server = server;
  self->link.data = self;
  self->fd = info->connect_fd;
  self->peer = dup_peer (mhd);
  g_mutex_init (&self->lock);
  begin_headers (self);
  (void) setsockopt (
      self->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* slower without, nothing else */
  ms_http_mhd_take_pull (self, mhd);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&server->lock);
  server->handed_over--;
  g_queue_push_tail_link (&server->connections, &self->link);
  return self;
}

/* The library closes the socket after this, so no deadline can hit a descriptor that is somebody
 * else's by then. */
static void
connection_free (MsHttpConnection *self)
{
  g_mutex_lock (&self->server->lock);
  g_queue_unlink (&self->server->connections, &self->link);
  ms_http_mhd_place_freed (self->server);
  g_mutex_unlock (&self->server->lock);
  g_mutex_clear (&self->lock);
  g_free (self->peer);
  g_free (self);
}

static void
on_connection_cb (void                               *cls,
                  struct MHD_Connection              *mhd,
                  void                              **socket_context,
                  enum MHD_ConnectionNotificationCode code)
{
  if (code == MHD_CONNECTION_NOTIFY_STARTED)
    *socket_context = connection_new (cls, mhd);
  else if (*socket_context != NULL)
    {
      connection_free (*socket_context);
      *socket_context = NULL;
    }
}

/* Server -------------------------------------------------------------------------------------- */

G_GNUC_PRINTF (2, 0)
static void
on_library_log_cb (void *cls, const char *format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (format, args);
  g_debug ("libmicrohttpd: %s", g_strchomp (text));
}

/* Targets are taken apart by the router, from what the client wrote. */
static size_t
on_unescape_cb (void *cls, struct MHD_Connection *mhd, char *text)
{
  return strlen (text);
}

/* More than cores: a handshake takes half a millisecond, for which nobody else on its thread is
 * answered. */
static guint
choose_threads (guint wanted)
{
  return wanted > 0 ? MIN (wanted, 64) : CLAMP (4 * g_get_num_processors (), 4, 16);
}

static struct MHD_Daemon *
start_daemon (MsHttpServer *self, guint threads)
{
  const MsHttpLimits *limits = &self->limits;
  /* Ours is kept by the acceptor; the library divides its own by the threads. */
  unsigned int          connections = MAX (limits->connections, 1) * threads;
  struct MHD_OptionItem options[] = {
    { MHD_OPTION_THREAD_POOL_SIZE, (intptr_t) threads, NULL },
    { MHD_OPTION_CONNECTION_LIMIT, connections, NULL },
    { MHD_OPTION_PER_IP_CONNECTION_LIMIT, limits->connections_per_address, NULL },
    { MHD_OPTION_CONNECTION_TIMEOUT, limits->idle_seconds, NULL },
    { MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t) (limits->header_bytes + 8 * 1024), NULL },
    { MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
    { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *) PRIORITIES },
    { MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, (void *) ms_http_mhd_retrieve_certificate },
    { MHD_OPTION_URI_LOG_CALLBACK, (intptr_t) ms_http_mhd_on_target, self },
    { MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t) on_unescape_cb, NULL },
    { MHD_OPTION_NOTIFY_CONNECTION, (intptr_t) on_connection_cb, self },
    { MHD_OPTION_NOTIFY_COMPLETED, (intptr_t) ms_http_mhd_on_completed, self },
    { MHD_OPTION_END, 0, NULL },
  };

  return MHD_start_daemon (MHD_USE_TLS | MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME
                               | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG,
                           0,
                           NULL,
                           NULL,
                           ms_http_mhd_on_access,
                           self,
                           MHD_OPTION_EXTERNAL_LOGGER,
                           on_library_log_cb,
                           NULL,
                           MHD_OPTION_ARRAY,
                           options,
                           MHD_OPTION_END);
}

gboolean
ms_http_server_set_certificate (MsHttpServer *self,
                                const char   *certificate_pem,
                                const char   *key_pem,
                                GError      **error)
{
  MsHttpCredentials *credentials = ms_http_credentials_new (certificate_pem, key_pem, error);

  if (credentials == NULL)
    return FALSE;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_ptr_array_add (self->credentials, credentials);
  atomic_store (&self->current, credentials);
  return TRUE;
}

MsHttpServer *
ms_http_server_new (int                  listener,
                    const char          *certificate_pem,
                    const char          *key_pem,
                    guint                threads,
                    const MsHttpLimits  *limits,
                    const MsHttpHandler *handler,
                    GError             **error)
{
  g_autoptr (MsHttpServer) self = g_new0 (MsHttpServer, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->connections);
  self->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_http_stream_unref);
  self->credentials = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_http_credentials_free);
  self->limits = limits != NULL ? *limits : ms_http_default_limits;
  self->handler = *handler;
  self->listener = listener;
  self->wake_fd = -1;

  if (!ms_http_server_set_certificate (self, certificate_pem, key_pem, error))
    return NULL;
  self->daemon = start_daemon (self, choose_threads (threads));
  if (self->daemon == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_UNAVAILABLE,
                    NULL,
                    NULL,
                    "The HTTPS server cannot be started: %s",
                    g_strerror (errno));
      return NULL;
    }
  self->sweeper = g_thread_new ("http-sweeper", sweeper_main, self);
  if (!ms_http_mhd_start_accepting (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
ms_http_server_drain (MsHttpServer *self)
{
  if (!atomic_exchange (&self->draining, TRUE))
    ms_http_mhd_stop_accepting (self);
}

guint
ms_http_server_get_in_flight (MsHttpServer *self)
{
  return atomic_load (&self->in_flight);
}

guint
ms_http_server_get_connections (MsHttpServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  return g_queue_get_length (&self->connections);
}

gboolean
ms_http_server_wait (MsHttpServer *self, gint64 deadline)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (atomic_load (&self->in_flight) > 0)
    if (!g_cond_wait_until (&self->changed, &self->lock, deadline))
      return atomic_load (&self->in_flight) == 0;
  return TRUE;
}

void
ms_http_server_cut_streams (MsHttpServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  for (guint i = 0; i < self->streams->len; i++)
    ms_http_stream_close (self->streams->pdata[i], FALSE);
}

static void
stop_sweeper (MsHttpServer *self)
{
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&self->sweeper, g_thread_join);
}

void
ms_http_server_free (MsHttpServer *self)
{
  if (self == NULL)
    return;
  if (self->sweeper != NULL)
    stop_sweeper (self);
  ms_http_server_drain (self);
  if (self->daemon != NULL)
    {
      ms_http_server_cut_streams (self);
      MHD_stop_daemon (self->daemon);
    }
  if (self->wake_fd >= 0)
    (void) close (self->wake_fd);
  g_ptr_array_unref (self->streams);
  g_ptr_array_unref (self->credentials);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}
