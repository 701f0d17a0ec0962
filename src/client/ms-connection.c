/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The connection itself: who and where, trust, state. Requests are in
 * ms-connection-request.c, their answers in ms-connection-answer.c, log-on and log-off in
 * ms-connection-session.c, typed calls in ms-connection-calls.c, the event stream in
 * ms-event-stream.c.
 *
 * libsoup is given no TLS database, so every new TLS connection asks us, also about a certificate
 * that the system trusts: a pinned server may not be replaced by another one with a certificate of
 * any authority.
 */
#include "config.h"
#include "ms-connection-private.h"

#include "ms-network-error.h"

#include "ms-event-stream.h"
#include "ms-fingerprint.h"
#include "ms-json.h"
#include "ms-server-address.h"

#define MAX_CONNECTIONS 8 /* the event stream holds one */
#define IO_TIMEOUT 90     /* seconds without a byte */
#define IDLE_TIMEOUT                                                                               \
  20 /* below the server's, so that no request meets a connection that is being closed */

G_DEFINE_FINAL_TYPE (MsConnection, ms_connection, G_TYPE_OBJECT)

enum
{
  PROP_STATE = 1,
  PROP_BASE_URL,
  PROP_USER_NAME,
  PROP_FINGERPRINT,
  PROP_READ_ONLY,
  PROP_SERVER_INFO,
  N_PROPS
};

enum
{
  CHANGE,
  IMPORT,
  RESET,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint       signals[N_SIGNALS];

static void
free_secret (gpointer data)
{
  char *text = data;

  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

static void
ms_connection_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  MsConnection *self = MS_CONNECTION (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;
    case PROP_BASE_URL:
      g_value_set_string (value, self->base_url);
      break;
    case PROP_USER_NAME:
      g_value_set_string (value, self->user_name);
      break;
    case PROP_FINGERPRINT:
      g_value_set_string (value, self->fingerprint);
      break;
    case PROP_READ_ONLY:
      g_value_set_boolean (value, self->read_only);
      break;
    case PROP_SERVER_INFO:
      g_value_set_boxed (value, self->server_info);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ms_connection_dispose (GObject *object)
{
  MsConnection *self = MS_CONNECTION (object);

  g_clear_pointer (&self->stream, ms_event_stream_free);
  if (self->session != NULL)
    soup_session_abort (self->session);
  g_clear_object (&self->session);
  g_clear_object (&self->trust);
  G_OBJECT_CLASS (ms_connection_parent_class)->dispose (object);
}

static void
ms_connection_finalize (GObject *object)
{
  MsConnection *self = MS_CONNECTION (object);

  g_clear_pointer (&self->schemas, ms_schema_registry_unref);
  g_clear_pointer (&self->server_info, json_object_unref);
  g_clear_pointer (&self->token, free_secret);
  g_clear_error (&self->error);
  g_clear_error (&self->url_error);
  g_free (self->base_url);
  g_free (self->host);
  g_free (self->where);
  g_free (self->user_name);
  g_free (self->channel);
  g_free (self->reason);
  g_free (self->fingerprint);
  G_OBJECT_CLASS (ms_connection_parent_class)->finalize (object);
}

static void
ms_connection_class_init (MsConnectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ms_connection_get_property;
  object_class->dispose = ms_connection_dispose;
  object_class->finalize = ms_connection_finalize;

  props[PROP_STATE] = g_param_spec_int (
      "state", NULL, NULL, MS_CONNECTION_OFFLINE, MS_CONNECTION_REFUSED, 0, flags);
  props[PROP_BASE_URL] = g_param_spec_string ("base-url", NULL, NULL, NULL, flags);
  props[PROP_USER_NAME] = g_param_spec_string ("user-name", NULL, NULL, NULL, flags);
  props[PROP_FINGERPRINT] = g_param_spec_string ("fingerprint", NULL, NULL, NULL, flags);
  props[PROP_READ_ONLY] = g_param_spec_boolean ("read-only", NULL, NULL, FALSE, flags);
  props[PROP_SERVER_INFO] = g_param_spec_boxed ("server-info", NULL, NULL, JSON_TYPE_OBJECT, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[CHANGE] = g_signal_new ("change",
                                  MS_TYPE_CONNECTION,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  1,
                                  JSON_TYPE_OBJECT);
  signals[IMPORT] = g_signal_new ("import",
                                  MS_TYPE_CONNECTION,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  1,
                                  JSON_TYPE_OBJECT);
  signals[RESET] = g_signal_new (
      "reset", MS_TYPE_CONNECTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_connection_init (MsConnection *self)
{
  g_queue_init (&self->calls);
  self->session = soup_session_new_with_options ("max-conns",
                                                 MAX_CONNECTIONS,
                                                 "max-conns-per-host",
                                                 MAX_CONNECTIONS,
                                                 "timeout",
                                                 IO_TIMEOUT,
                                                 "idle-timeout",
                                                 IDLE_TIMEOUT,
                                                 "user-agent",
                                                 "mailstead/" MS_VERSION,
                                                 NULL);
  soup_session_set_tls_database (self->session, NULL);
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_CONTENT_DECODER);
  self->stream = ms_event_stream_new (self);
}

MsConnection *
ms_connection_new (const char *base_url,
                   const char *user_name,
                   const char *channel,
                   const char *fingerprint)
{
  g_return_val_if_fail (base_url != NULL, NULL);

  MsConnection *self = g_object_new (MS_TYPE_CONNECTION, NULL);

  self->base_url
      = ms_server_address_parse (base_url, NULL, &self->host, &self->port, &self->url_error);
  if (self->base_url == NULL)
    {
      self->base_url = g_strdup (base_url);
      self->host = g_strdup (base_url);
    }
  self->where = g_strdup_printf (
      strchr (self->host, ':') != NULL ? "[%s]:%u" : "%s:%u", self->host, self->port);
  self->user_name = g_strdup (user_name);
  self->channel = g_strdup (channel);
  self->fingerprint = g_strdup (fingerprint);
  /* A proxy of the desktop is no way to this machine itself. */
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (self->host);
  if (g_str_equal (self->host, "localhost")
      || (address != NULL && g_inet_address_get_is_loopback (address)))
    soup_session_set_proxy_resolver (self->session, NULL);
  return self;
}

void
ms_connection_set_state (MsConnection *self, MsConnectionState state, const GError *error)
{
  GError *copy = error != NULL ? g_error_copy (error) : NULL;

  g_clear_error (&self->error);
  self->error = copy;
  /* RECONNECTING is told again with each new reason. */
  if (self->state == state && error == NULL)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

void
ms_connection_refuse (MsConnection *self, const GError *error)
{
  g_autoptr (GError) copy = g_error_copy (error);

  self->must_set_up_second_step = ms_connection_error_wants_second_step (error);
  ms_event_stream_stop (self->stream);
  ms_connection_set_state (self, MS_CONNECTION_REFUSED, copy);
}

void
ms_connection_set_server_info (MsConnection *self, JsonObject *info)
{
  json_object_ref (info);
  g_clear_pointer (&self->server_info, json_object_unref);
  self->server_info = info;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SERVER_INFO]);
}

/* One bound for whatever a server may send, far above what it does send. */
const MsJsonLimits *
ms_connection_get_json_limits (void)
{
  static const MsJsonLimits limits = { 64 * 1024 * 1024, 64, 16 * 1024 * 1024, 20 * 1000 * 1000 };

  return &limits;
}

/* @object: what the server said when it ended the stream */
static void
handle_session (MsConnection *self, JsonObject *object)
{
  g_autoptr (GError) error = NULL;
  JsonNode *state = ms_json_object_find (object, "state");
  JsonNode *second_step = ms_json_object_find (object, "secondStep");

  if (state == NULL || !JSON_NODE_HOLDS_VALUE (state)
      || g_strcmp0 (json_node_get_string (state), "ended") != 0)
    return;
  if (second_step != NULL && JSON_NODE_HOLDS_VALUE (second_step)
      && g_strcmp0 (json_node_get_string (second_step), "enrol") == 0)
    error = ms_network_error_new_second_step ();
  else
    ms_error_set (
        &error, MS_ERROR_UNAUTHENTICATED, NULL, NULL, "The session has ended: log on again");
  ms_connection_refuse (self, error);
}

void
ms_connection_handle_event (MsConnection *self, const char *name, const char *data)
{
  g_autoptr (GError) error = NULL;

  if (g_str_equal (name, "reset"))
    {
      g_signal_emit (self, signals[RESET], 0);
      return;
    }

  g_autoptr (JsonNode) node = ms_json_parse (data, -1, ms_connection_get_json_limits (), &error);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    {
      /* It said something that we cannot read: what we show may be wrong from here on. */
      g_debug ("unreadable %s event: %s", name, error != NULL ? error->message : "not an object");
      g_signal_emit (self, signals[RESET], 0);
      return;
    }

  JsonObject *object = json_node_get_object (node);
  if (g_str_equal (name, "change"))
    g_signal_emit (self, signals[CHANGE], 0, object);
  else if (g_str_equal (name, "import"))
    g_signal_emit (self, signals[IMPORT], 0, object);
  else if (g_str_equal (name, "session"))
    handle_session (self, object);
}

gboolean
ms_connection_is_trusted (MsConnection *self, GTlsCertificate *certificate)
{
  g_autoptr (GTlsDatabase) system = NULL;
  g_autoptr (GSocketConnectable) identity = g_network_address_new (self->host, self->port);
  GTlsDatabase *database = self->trust;

  if (database == NULL)
    database = system = g_tls_backend_get_default_database (g_tls_backend_get_default ());
  if (database == NULL)
    return FALSE;
  return g_tls_database_verify_chain (database,
                                      certificate,
                                      G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER,
                                      identity,
                                      NULL,
                                      G_TLS_DATABASE_VERIFY_NONE,
                                      NULL,
                                      NULL)
         == G_TLS_CERTIFICATE_NO_FLAGS;
}

gboolean
ms_connection_check_certificate (MsConnection *self, GTlsCertificate *certificate, GError **error)
{
  g_autofree char *seen = ms_fingerprint_of_certificate (certificate);

  if (self->fingerprint != NULL)
    {
      if (ms_fingerprint_equal (self->fingerprint, seen))
        return TRUE;
      ms_error_set (
          error,
          MS_ERROR_UNTRUSTED,
          NULL,
          NULL,
          "%s shows another certificate than the one that was trusted. Trusted: %s. Shown now: %s",
          self->where,
          self->fingerprint,
          seen);
      return FALSE;
    }
  if (ms_connection_is_trusted (self, certificate))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_UNTRUSTED,
                NULL,
                NULL,
                "The certificate of %s is not trusted by this system. Its fingerprint is %s",
                self->where,
                seen);
  return FALSE;
}

MsConnectionState
ms_connection_get_state (MsConnection *self)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), MS_CONNECTION_OFFLINE);
  return self->state;
}

const GError *
ms_connection_get_error (MsConnection *self)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), NULL);
  return self->error;
}

const char *
ms_connection_get_base_url (MsConnection *self)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), NULL);
  return self->base_url;
}

const char *
ms_connection_get_host (MsConnection *self)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), NULL);
  return self->host;
}

const char *
ms_connection_get_user_name (MsConnection *self)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), NULL);
  return self->user_name;
}

const char *
ms_connection_get_fingerprint (MsConnection *self)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), NULL);
  return self->fingerprint;
}

/* Connections made under another pin are closed: none of them may carry a request any more. */
void
ms_connection_set_fingerprint (MsConnection *self, const char *fingerprint)
{
  g_return_if_fail (MS_IS_CONNECTION (self));

  if (g_strcmp0 (self->fingerprint, fingerprint) == 0)
    return;
  ms_connection_close (self);
  g_free (self->fingerprint);
  self->fingerprint = g_strdup (fingerprint);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FINGERPRINT]);
}

gboolean
ms_connection_get_read_only (MsConnection *self)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), FALSE);
  return self->read_only;
}

void
ms_connection_set_read_only (MsConnection *self, gboolean read_only)
{
  g_return_if_fail (MS_IS_CONNECTION (self));

  read_only = !!read_only;
  if (self->read_only == read_only)
    return;
  self->read_only = read_only;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_READ_ONLY]);
}

void
ms_connection_set_reason (MsConnection *self, const char *reason)
{
  g_return_if_fail (MS_IS_CONNECTION (self));

  g_free (self->reason);
  /* It travels in a header: one line. */
  self->reason
      = reason != NULL && *reason != '\0' ? g_strdelimit (g_strdup (reason), "\r\n\t", ' ') : NULL;
}

JsonObject *
ms_connection_get_server_info (MsConnection *self)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), NULL);
  return self->server_info;
}

gboolean
ms_connection_get_must_change_password (MsConnection *self)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), FALSE);

  return self->must_change_password;
}

gboolean
ms_connection_get_must_set_up_second_step (MsConnection *self)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), FALSE);

  return self->must_set_up_second_step;
}

void
ms_connection_set_token (MsConnection *self, const char *token)
{
  g_return_if_fail (MS_IS_CONNECTION (self));

  char *copy = g_strdup (token);
  g_clear_pointer (&self->token, free_secret);
  self->token = copy;
}

const char *
ms_connection_get_token (MsConnection *self)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), NULL);
  return self->token;
}

void
ms_connection_start_events (MsConnection *self)
{
  g_return_if_fail (MS_IS_CONNECTION (self));

  if (self->token == NULL)
    return;
  if (self->state == MS_CONNECTION_OFFLINE || self->state == MS_CONNECTION_REFUSED)
    ms_connection_set_state (self, MS_CONNECTION_CONNECTING, NULL);
  ms_event_stream_start (self->stream);
}

void
ms_connection_close (MsConnection *self)
{
  g_return_if_fail (MS_IS_CONNECTION (self));

  ms_event_stream_stop (self->stream);
  ms_connection_cancel_calls (self);
  soup_session_abort (self->session);
  ms_connection_set_state (self, MS_CONNECTION_OFFLINE, NULL);
}

void
ms_connection_set_trust_database (MsConnection *self, GTlsDatabase *database)
{
  g_set_object (&self->trust, database);
}

void
ms_connection_set_stream_delays (MsConnection *self,
                                 guint         retry_min_ms,
                                 guint         retry_max_ms,
                                 guint         heartbeat_ms)
{
  ms_event_stream_set_delays (self->stream, retry_min_ms, retry_max_ms, heartbeat_ms);
}
