/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A connection to a directory: host found, TCP or a socket, TLS, StartTLS; and libldap on top, to
 * which it looks like a Sockbuf layer of its own. What libldap would do with sockets and TLS is in
 * ldap.conf's hands, cannot be cancelled, and takes the machine's own name for "localhost". See
 * ms-directory-private.h.
 */
#include "ms-directory-private.h"

#include "ms-directory-watch.h"
#include "ms-error.h"

#include <errno.h>
#include <gio/gunixconnection.h>
#include <gio/gunixsocketaddress.h>
#include <openldap.h>
#include <string.h>

#define BUFFER_SIZE 65536
/* What libldap is told of the server, to whom it has a connection already. Without an address it
 * would take the one of ldap.conf, and might connect there when the connection has ended. */
#define NO_ADDRESS "ldapi://%2Fdev%2Fnull%2Fmailstead"
/* Above what we let pass, so that our own error is the one that is seen. */
#define MAX_INCOMING ((ber_len_t) MS_DIRECTORY_MAX_ENTRY * 2)

struct _MsDirectoryLink
{
  /* Owned */
  MsDirectoryWatch   *watch;
  GIOStream          *stream;
  LDAP               *ldap;
  GError             *failure;     /* of the stream; nothing goes through it any more */
  GPtrArray          *authorities; /* (nullable): of GTlsCertificate */
  GSocketConnectable *identity;    /* (nullable) */
  char               *name;        /* "HOST:PORT" or the socket's path */
  guint8             *buffer;
  gsize               buffered;
  gsize               taken;
  /* Borrowed */
  const MsDirectoryServer *server;
  GCancellable            *outer;       /* (nullable): whoever wants to know */
  GCancellable            *cancellable; /* the watch's */

  GTlsCertificateFlags flaws; /* of the server's certificate */
  gint64               deadline;
  guint64              received;
  gboolean             ended;
};

/* Limits ------------------------------------------------------------------------------------- */

/* What follows may take so many times the timeout, altogether. */
static void
limit (MsDirectoryLink *self, gint64 times)
{
  gint64 due = g_get_monotonic_time () + times * self->server->timeout * G_USEC_PER_SEC;

  ms_directory_watch_begin (self->watch,
                            self->deadline != 0 && self->deadline < due ? self->deadline : due);
}

/* The layer of libldap ----------------------------------------------------------------------- */

static int
on_setup (Sockbuf_IO_Desc *layer, void *arg)
{
  layer->sbiod_pvt = arg;
  return 0;
}

static int
on_remove (Sockbuf_IO_Desc *layer)
{
  return 0;
}

static int
on_control (Sockbuf_IO_Desc *layer, int option, void *arg)
{
  /* There always is: reading waits by itself, no longer than the timeout. */
  return option == LBER_SB_OPT_DATA_READY ? 1 : LBER_SBIOD_CTRL_NEXT (layer, option, arg);
}

static gboolean
fill (MsDirectoryLink *self)
{
  gssize got = g_input_stream_read (g_io_stream_get_input_stream (self->stream),
                                    self->buffer,
                                    BUFFER_SIZE,
                                    self->cancellable,
                                    &self->failure);
  if (got < 0)
    return FALSE;
  self->ended = got == 0;
  self->buffered = got;
  self->taken = 0;
  self->received += got;
  return TRUE;
}

static ber_slen_t
on_read (Sockbuf_IO_Desc *layer, void *data, ber_len_t size)
{
  MsDirectoryLink *self = layer->sbiod_pvt;

  if (self->failure == NULL && size > MS_DIRECTORY_MAX_ENTRY)
    ms_error_set (&self->failure,
                  MS_ERROR_LIMIT,
                  NULL,
                  NULL,
                  "The directory %s sent an entry of more than %d MiB.",
                  self->name,
                  MS_DIRECTORY_MAX_ENTRY / (1024 * 1024));
  if (self->failure != NULL || (self->taken == self->buffered && !self->ended && !fill (self)))
    {
      errno = ECONNRESET;
      return -1;
    }
  gsize n = MIN (size, self->buffered - self->taken);
  memcpy (data, self->buffer + self->taken, n);
  self->taken += n;
  return n;
}

static ber_slen_t
on_write (Sockbuf_IO_Desc *layer, void *data, ber_len_t size)
{
  MsDirectoryLink *self = layer->sbiod_pvt;

  if (self->failure == NULL && !self->ended
      && g_output_stream_write_all (g_io_stream_get_output_stream (self->stream),
                                    data,
                                    size,
                                    NULL,
                                    self->cancellable,
                                    &self->failure))
    return size;
  errno = ECONNRESET;
  return -1;
}

/* The stream is not libldap's to close. */
static int
on_close (Sockbuf_IO_Desc *layer)
{
  return 0;
}

static Sockbuf_IO layer_functions
    = { on_setup, on_remove, on_control, on_read, on_write, on_close };

/* Connecting --------------------------------------------------------------------------------- */

/* libldap reads its configuration at the first call of the process, which must not be two; and GLib
 * 2.74 has threads wait for each other for ever that make instances of some of GIO's types for the
 * first time at once (a class's initialisation asks for a type that another thread registers). So
 * all that is used here is there before it is used. */
void
ms_directory_prepare (void)
{
  static gsize prepared;

  if (!g_once_init_enter (&prepared))
    return;
  const GType types[]
      = { G_TYPE_SOCKET_ADDRESS, G_TYPE_INET_ADDRESS,      G_TYPE_INET_SOCKET_ADDRESS,
          G_TYPE_SOCKET,         G_TYPE_SOCKET_CONNECTION, G_TYPE_UNIX_SOCKET_ADDRESS,
          G_TYPE_TCP_CONNECTION, G_TYPE_UNIX_CONNECTION,   G_TYPE_NETWORK_ADDRESS,
          G_TYPE_SOCKET_CLIENT,  G_TYPE_TLS_CERTIFICATE,   G_TYPE_TLS_CONNECTION };
  int version = 0;
  /* Kept for good, as GIO's own are. */
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    (void) g_type_class_ref (types[i]);
  GTlsBackend *backend = g_tls_backend_get_default ();
  (void) g_type_class_ref (g_tls_backend_get_certificate_type (backend));
  (void) g_type_class_ref (g_tls_backend_get_client_connection_type (backend));
  g_autoptr (GTlsDatabase) authorities = g_tls_backend_get_default_database (backend);
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_autoptr (GSocketConnectable) nowhere = g_network_address_new ("127.0.0.1", 0);
  g_autoptr (GSocketAddressEnumerator) addresses = g_socket_connectable_enumerate (nowhere);
  g_autoptr (GSocketAddress) first = g_socket_address_enumerator_next (addresses, NULL, NULL);
  ldap_get_option (NULL, LDAP_OPT_PROTOCOL_VERSION, &version);
  g_once_init_leave (&prepared, 1);
}

/* @error says what became of the stream, of which GIO says @reason. */
static void
set_stream_error (MsDirectoryLink *self, const GError *reason, GError **error)
{
  gboolean is_cancelled = g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  if (reason->domain == MS_ERROR || (is_cancelled && g_cancellable_is_cancelled (self->outer)))
    g_propagate_error (error, g_error_copy (reason));
  else if (is_cancelled || g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    ms_error_set (error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  "server",
                  "The directory %s did not answer within %u s.",
                  self->name,
                  self->server->timeout);
  else
    ms_error_set (error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  "server",
                  "The directory %s cannot be reached: %s.",
                  self->name,
                  reason->message);
}

static GSocketConnectable *
find_place (MsDirectoryLink *self, const MsDirectoryAddress *address)
{
  if (address->scheme == MS_DIRECTORY_LDAPI)
    {
      self->name = g_strdup (address->socket);
      return G_SOCKET_CONNECTABLE (g_unix_socket_address_new (address->socket));
    }
  self->name = g_strdup_printf (
      strchr (address->host, ':') != NULL ? "[%s]:%u" : "%s:%u", address->host, address->port);
  self->identity = g_network_address_new (address->host, address->port);
  return g_object_ref (self->identity);
}

static GSocket *
get_socket (MsDirectoryLink *self)
{
  GIOStream *stream = self->stream;
  g_autoptr (GIOStream) base = NULL;

  if (G_IS_TLS_CONNECTION (stream))
    {
      g_object_get (stream, "base-io-stream", &base, NULL);
      stream = base;
    }
  return g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream));
}

/* Of several addresses the first one that answers. Each has the timeout, all together have it
 * twice: behind a name there may be dozens, and a wall before all of them. */
static gboolean
try_addresses (MsDirectoryLink    *self,
               GSocketClient      *client,
               GSocketConnectable *place,
               GError            **error)
{
  g_autoptr (GSocketAddressEnumerator) addresses = g_socket_connectable_enumerate (place);
  gint64 end = g_get_monotonic_time () + 2 * (gint64) self->server->timeout * G_USEC_PER_SEC;
  g_autoptr (GError) failed = NULL;

  while (!g_cancellable_is_cancelled (self->cancellable))
    {
      g_autoptr (GError) reason = NULL;
      g_autoptr (GSocketAddress) address
                 = g_socket_address_enumerator_next (addresses, self->cancellable, &reason);
      gint64 left = (end - g_get_monotonic_time ()) / G_USEC_PER_SEC;
      if (address != NULL && left > 0)
        {
          g_socket_client_set_timeout (client, (guint) MIN (left, self->server->timeout));
          self->stream = G_IO_STREAM (g_socket_client_connect (
              client, G_SOCKET_CONNECTABLE (address), self->cancellable, &reason));
          if (self->stream != NULL)
            return TRUE;
        }
      /* What is said is why the first one did not answer. */
      if (failed == NULL && reason != NULL)
        failed = g_steal_pointer (&reason);
      if (address == NULL || left <= 0)
        break;
    }
  if (g_cancellable_set_error_if_cancelled (self->outer, error))
    return FALSE;
  if (failed == NULL)
    g_set_error_literal (&failed, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "");
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

static gboolean
connect_to (MsDirectoryLink *self, const MsDirectoryAddress *address, GError **error)
{
  g_autoptr (GSocketConnectable) place = find_place (self, address);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) reason = NULL;

  /* Which the environment could name. */
  g_socket_client_set_enable_proxy (client, FALSE);
  /* With the look-up of the name, which has no limit of its own. */
  limit (self, 2);
  gboolean connected = try_addresses (self, client, place, &reason);
  ms_directory_watch_end (self->watch);
  if (connected)
    {
      g_socket_set_timeout (get_socket (self), self->server->timeout);
      return TRUE;
    }
  set_stream_error (self, reason, error);
  return FALSE;
}

/* TLS ---------------------------------------------------------------------------------------- */

/* Asked where GIO does not accept the certificate by itself: always, with authorities of our own.
 */
static gboolean
on_accept_certificate_cb (GTlsConnection      *connection,
                          GTlsCertificate     *certificate,
                          GTlsCertificateFlags flaws,
                          gpointer             user_data)
{
  MsDirectoryLink *self = user_data;

  self->flaws = flaws;
  if (self->authorities == NULL)
    return FALSE;
  for (guint i = 0; i < self->authorities->len; i++)
    {
      GTlsCertificateFlags found = g_tls_certificate_verify (
          certificate, self->identity, g_ptr_array_index (self->authorities, i));
      if (found == 0)
        return TRUE;
      /* What is said of it is by the authority that says the least. */
      self->flaws = i == 0 || !(found & G_TLS_CERTIFICATE_UNKNOWN_CA) ? found : self->flaws;
    }
  return FALSE;
}

static const char *
describe_flaws (GTlsCertificateFlags flaws)
{
  if (flaws & G_TLS_CERTIFICATE_UNKNOWN_CA)
    return "it is not signed by an authority that is trusted";
  if (flaws & G_TLS_CERTIFICATE_BAD_IDENTITY)
    return "it is for another host name";
  if (flaws & G_TLS_CERTIFICATE_EXPIRED)
    return "it has expired";
  if (flaws & G_TLS_CERTIFICATE_NOT_ACTIVATED)
    return "it is not valid yet";
  if (flaws & G_TLS_CERTIFICATE_REVOKED)
    return "it has been revoked";
  return flaws & G_TLS_CERTIFICATE_INSECURE ? "its cryptography is too weak" : "it is not in order";
}

static gboolean
encrypt (MsDirectoryLink *self, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GIOStream) tls = g_tls_client_connection_new (self->stream, self->identity, &reason);

  if (tls != NULL)
    {
      if (self->authorities != NULL)
        g_tls_connection_set_database (G_TLS_CONNECTION (tls), NULL);
      /* That an answer is whole is seen by the answer. */
      g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (tls), FALSE);
      gulong handler = g_signal_connect (
          tls, "accept-certificate", G_CALLBACK (on_accept_certificate_cb), self);
      limit (self, 1);
      gboolean done
          = g_tls_connection_handshake (G_TLS_CONNECTION (tls), self->cancellable, &reason);
      ms_directory_watch_end (self->watch);
      g_signal_handler_disconnect (tls, handler);
      if (done)
        {
          g_object_unref (self->stream);
          self->stream = g_steal_pointer (&tls);
          return TRUE;
        }
    }
  if (g_error_matches (reason, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    ms_error_set (error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  "certificates",
                  "The certificate of the directory %s is not trusted: %s.",
                  self->name,
                  describe_flaws (self->flaws));
  else
    set_stream_error (self, reason, error);
  return FALSE;
}

/* (transfer full) (nullable) */
static LDAPMessage *
ask_to_start_tls (MsDirectoryLink *self, GError **error)
{
  int operation = 0;
  int code
      = ldap_extended_operation (self->ldap, LDAP_EXOP_START_TLS, NULL, NULL, NULL, &operation);

  if (code == LDAP_SUCCESS)
    return ms_directory_link_wait (self, operation, error);
  ms_directory_link_set_error (self, code, error);
  return NULL;
}

static gboolean
start_tls (MsDirectoryLink *self, GError **error)
{
  LDAPMessage *answer = ask_to_start_tls (self, error);
  char        *said = NULL;
  int          result = LDAP_SUCCESS;

  if (answer == NULL)
    return FALSE;
  int code = ldap_parse_result (self->ldap, answer, &result, NULL, &said, NULL, NULL, 1);
  if (code != LDAP_SUCCESS || result != LDAP_SUCCESS)
    ms_directory_set_result_error (
        error, self->server, MS_DIRECTORY_START_TLS, code != LDAP_SUCCESS ? code : result, said);
  ldap_memfree (said);
  if (code != LDAP_SUCCESS || result != LDAP_SUCCESS)
    return FALSE;
  /* Whoever is in between may have added to it what would be taken for the server's. */
  if (self->taken != self->buffered)
    {
      ms_error_set (error,
                    MS_ERROR_UNAVAILABLE,
                    NULL,
                    "server",
                    "The directory %s sent more in the clear after StartTLS.",
                    self->name);
      return FALSE;
    }
  return encrypt (self, error);
}

/* libldap ------------------------------------------------------------------------------------ */

/* All that ldap.conf and the environment can say to a handle, said by us. */
static void
set_options (LDAP *ldap)
{
  int                  version = LDAP_VERSION3;
  int                  none = 0;
  int                  dereference = LDAP_DEREF_NEVER;
  const struct timeval never = { -1, 0 };

  ldap_set_option (ldap, LDAP_OPT_PROTOCOL_VERSION, &version);
  ldap_set_option (ldap, LDAP_OPT_DEREF, &dereference);
  ldap_set_option (ldap, LDAP_OPT_SIZELIMIT, &none);
  ldap_set_option (ldap, LDAP_OPT_TIMELIMIT, &none);
  ldap_set_option (ldap, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
  ldap_set_option (ldap, LDAP_OPT_RESTART, LDAP_OPT_OFF);
  ldap_set_option (ldap, LDAP_OPT_TIMEOUT, &never);
  ldap_set_option (ldap, LDAP_OPT_NETWORK_TIMEOUT, &never);
  ldap_set_option (ldap, LDAP_OPT_SERVER_CONTROLS, NULL);
  ldap_set_option (ldap, LDAP_OPT_CLIENT_CONTROLS, NULL);
}

static gboolean
attach_library (MsDirectoryLink *self, GError **error)
{
  Sockbuf  *sockbuf = NULL;
  ber_len_t most = MAX_INCOMING;

  int code
      = ldap_init_fd (g_socket_get_fd (get_socket (self)), LDAP_PROTO_EXT, NO_ADDRESS, &self->ldap);
  if (code != LDAP_SUCCESS
      || ldap_get_option (self->ldap, LDAP_OPT_SOCKBUF, &sockbuf) != LDAP_OPT_SUCCESS
      || ber_sockbuf_add_io (sockbuf, &layer_functions, LBER_SBIOD_LEVEL_PROVIDER, self) != 0)
    {
      ms_error_set (error,
                    MS_ERROR_INTERNAL,
                    NULL,
                    NULL,
                    "libldap cannot be used: %s.",
                    ldap_err2string (code));
      return FALSE;
    }
  ber_sockbuf_ctrl (sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &most);
  set_options (self->ldap);
  return TRUE;
}

MsDirectoryLink *
ms_directory_link_new (const MsDirectoryServer *server, GCancellable *cancellable, GError **error)
{
  g_auto (MsDirectoryAddress) address = { 0 };

  ms_directory_prepare ();
  if (!ms_directory_check_server (server, error)
      || !ms_directory_address_parse (server->uri, &address, error))
    return NULL;
  g_autoptr (MsDirectoryLink) self = g_new0 (MsDirectoryLink, 1);
  self->server = server;
  self->outer = cancellable;
  self->watch = ms_directory_watch_new (cancellable);
  self->cancellable = ms_directory_watch_get_cancellable (self->watch);
  self->buffer = g_malloc (BUFFER_SIZE);
  if (server->certificates != NULL)
    {
      self->authorities = ms_directory_parse_certificates (server->certificates, error);
      if (self->authorities == NULL)
        return NULL;
    }
  if (!connect_to (self, &address, error)
      || (address.scheme == MS_DIRECTORY_LDAPS && !encrypt (self, error))
      || !attach_library (self, error) || (server->start_tls && !start_tls (self, error)))
    return NULL;
  return g_steal_pointer (&self);
}

void
ms_directory_link_free (MsDirectoryLink *self)
{
  if (self->ldap != NULL)
    ldap_unbind_ext (self->ldap, NULL, NULL);
  g_clear_object (&self->stream);
  g_clear_error (&self->failure);
  g_clear_pointer (&self->authorities, g_ptr_array_unref);
  g_clear_object (&self->identity);
  ms_directory_watch_free (self->watch);
  g_free (self->name);
  g_free (self->buffer);
  g_free (self);
}

LDAP *
ms_directory_link_get_ldap (MsDirectoryLink *self)
{
  return self->ldap;
}

void
ms_directory_link_set_deadline (MsDirectoryLink *self, gint64 deadline)
{
  self->deadline = deadline;
}

guint64
ms_directory_link_get_received (MsDirectoryLink *self)
{
  return self->received;
}

void
ms_directory_link_set_error (MsDirectoryLink *self, int code, GError **error)
{
  if (self->failure != NULL)
    set_stream_error (self, self->failure, error);
  else if (self->ended)
    ms_error_set (error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  "server",
                  "The directory %s closed the connection.",
                  self->name);
  else
    ms_error_set (error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  "server",
                  "The directory %s sent what cannot be read as LDAP: %s.",
                  self->name,
                  ldap_err2string (code));
}

LDAPMessage *
ms_directory_link_wait (MsDirectoryLink *self, int operation, GError **error)
{
  LDAPMessage *message = NULL;
  int          code = LDAP_SERVER_DOWN;

  if (g_cancellable_set_error_if_cancelled (self->outer, error))
    return NULL;
  /* libldap has no limit of its own: the stream is cancelled under it. */
  limit (self, 1);
  int got = ldap_result (self->ldap, operation, LDAP_MSG_ONE, NULL, &message);
  ms_directory_watch_end (self->watch);
  if (got > 0)
    return message;
  ldap_get_option (self->ldap, LDAP_OPT_RESULT_CODE, &code);
  ldap_msgfree (message);
  ms_directory_link_set_error (self, code, error);
  return NULL;
}
