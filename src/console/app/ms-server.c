/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Counts come from /api/v1/server: asked again, at most once in COUNT_DELAY_MS,
 * after changes.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ms-remote-schemas.h"
#include "ms-server.h"

#define DEFAULT_PORT 7443
#define COUNT_DELAY_MS 250

struct _MsServer
{
  GObject parent_instance;

  /* Owned */
  MsConnection *connection;
  MsServerInfo *saved;
  JsonObject   *info; /* the answer of /api/v1/server */
  GCancellable *cancellable;
  char         *default_name;
  guint         count_source;

  gboolean transient;
};

/* GNOME's palette; the classes are in data/style.css. */
const MsServerColor ms_server_colors[] = {
  { N_ ("No color"), "", "" },
    { N_ ("Blue"), "#3584e4", "color-blue" },
      { N_ ("Green"), "#33d17a", "color-green" },
        { N_ ("Yellow"), "#f6d32d", "color-yellow" },
          { N_ ("Orange"), "#ff7800", "color-orange" },
            { N_ ("Red (production)"), "#e01b24", "color-red" },
              { N_ ("Purple"), "#9141ac", "color-purple" }, { NULL },
            };

G_DEFINE_FINAL_TYPE (MsServer, ms_server, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
emit_changed (MsServer *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
take_info (MsServer *self, JsonObject *info)
{
  if (info == NULL || info == self->info)
    return;
  g_clear_pointer (&self->info, json_object_unref);
  self->info = json_object_ref (info);
}

static void
on_info_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsServer) self = MS_SERVER (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  /* Counts that could not be read stay as they were; a lost connection is told elsewhere. */
  if (reply == NULL || reply->json == NULL || !JSON_NODE_HOLDS_OBJECT (reply->json))
    return;
  take_info (self, json_node_get_object (reply->json));
  emit_changed (self);
}

static gboolean
on_count_timeout_cb (gpointer user_data)
{
  MsServer *self = MS_SERVER (user_data);

  self->count_source = 0;
  if (ms_server_is_online (self))
    ms_connection_request_async (self->connection,
                                 "GET",
                                 "/api/v1/server",
                                 NULL,
                                 NULL,
                                 self->cancellable,
                                 on_info_done_cb,
                                 g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
queue_count (MsServer *self)
{
  if (self->count_source == 0)
    self->count_source = g_timeout_add (COUNT_DELAY_MS, on_count_timeout_cb, self);
}

/* Schemas ------------------------------------------------------------------------------------- */

static void
on_schemas_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsServer) self = MS_SERVER (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsSchemaRegistry) schemas
             = ms_remote_schemas_load_finish (MS_CONNECTION (source), result, &error);

  /* Without them the console shows what it knows by itself. */
  if (schemas == NULL)
    return;
  ms_connection_set_schemas (self->connection, schemas);
  emit_changed (self);
}

static void
load_schemas (MsServer *self)
{
  if (ms_server_is_online (self))
    ms_remote_schemas_load_async (
        self->connection, self->cancellable, on_schemas_cb, g_object_ref (self));
}

/* Whether a change set is one of schema files. */
static gboolean
changes_schemas (JsonObject *set)
{
  JsonNode   *node = json_object_get_member (set, "first");
  JsonObject *first
      = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  return first != NULL
         && g_strcmp0 (json_object_get_string_member_with_default (first, "type", NULL),
                       "SchemaFile")
                == 0;
}

static void
on_change_cb (MsConnection *connection, JsonObject *set, gpointer user_data)
{
  MsServer *self = MS_SERVER (user_data);

  queue_count (self);
  if (changes_schemas (set))
    load_schemas (self);
}

static void
on_reset_cb (MsConnection *connection, gpointer user_data)
{
  MsServer *self = MS_SERVER (user_data);

  queue_count (self);
  load_schemas (self);
}

static void
on_state_notify_cb (MsConnection *connection, GParamSpec *pspec, gpointer user_data)
{
  MsServer *self = MS_SERVER (user_data);

  if (ms_server_is_online (self))
    {
      if (self->info == NULL)
        take_info (self, ms_connection_get_server_info (connection));
      queue_count (self);
      load_schemas (self);
    }
  emit_changed (self);
}

static void
ms_server_dispose (GObject *object)
{
  MsServer *self = MS_SERVER (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->count_source, g_source_remove);
  if (self->connection != NULL)
    ms_connection_close (self->connection);
  g_clear_object (&self->connection);
  g_clear_object (&self->saved);
  G_OBJECT_CLASS (ms_server_parent_class)->dispose (object);
}

static void
ms_server_finalize (GObject *object)
{
  MsServer *self = MS_SERVER (object);

  g_clear_pointer (&self->info, json_object_unref);
  g_clear_object (&self->cancellable);
  g_free (self->default_name);
  G_OBJECT_CLASS (ms_server_parent_class)->finalize (object);
}

static void
ms_server_class_init (MsServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ms_server_dispose;
  object_class->finalize = ms_server_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new (
      "changed", MS_TYPE_SERVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_server_init (MsServer *self)
{
  self->cancellable = g_cancellable_new ();
}

static char *
new_default_name (const char *base_url)
{
  g_autoptr (GUri) uri = g_uri_parse (base_url, G_URI_FLAGS_NONE, NULL);
  const char *host;

  if (uri == NULL)
    return g_strdup (base_url);
  host = g_uri_get_host (uri);
  if (g_uri_get_port (uri) == DEFAULT_PORT)
    return g_strdup (host);
  return g_strdup_printf ("%s:%d", host, g_uri_get_port (uri));
}

MsServer *
ms_server_new (MsServerInfo *info)
{
  MsServer *self;

  g_return_val_if_fail (MS_IS_SERVER_INFO (info), NULL);

  self = g_object_new (MS_TYPE_SERVER, NULL);
  self->saved = g_object_ref (info);
  self->connection = ms_connection_new (ms_server_info_get_url (info),
                                        ms_server_info_get_user_name (info),
                                        "console",
                                        ms_server_info_get_fingerprint (info));
  self->default_name = new_default_name (ms_server_info_get_url (info));
  ms_connection_set_read_only (self->connection, ms_server_info_get_read_only (info));
  g_signal_connect_object (
      self->connection, "notify::state", G_CALLBACK (on_state_notify_cb), self, 0);
  g_signal_connect_object (self->connection, "change", G_CALLBACK (on_change_cb), self, 0);
  g_signal_connect_object (self->connection, "reset", G_CALLBACK (on_reset_cb), self, 0);
  return self;
}

MsConnection *
ms_server_get_connection (MsServer *self)
{
  g_return_val_if_fail (MS_IS_SERVER (self), NULL);

  return self->connection;
}

const char *
ms_server_get_base_url (MsServer *self)
{
  return ms_connection_get_base_url (ms_server_get_connection (self));
}

const char *
ms_server_get_user_name (MsServer *self)
{
  return ms_connection_get_user_name (ms_server_get_connection (self));
}

MsServerInfo *
ms_server_get_info (MsServer *self)
{
  g_return_val_if_fail (MS_IS_SERVER (self), NULL);

  return self->saved;
}

void
ms_server_info_changed (MsServer *self)
{
  g_return_if_fail (MS_IS_SERVER (self));

  ms_connection_set_read_only (self->connection, ms_server_info_get_read_only (self->saved));
  emit_changed (self);
}

void
ms_server_trust (MsServer *self, const char *fingerprint)
{
  g_return_if_fail (MS_IS_SERVER (self));

  ms_connection_set_fingerprint (self->connection, fingerprint);
  ms_server_info_set_fingerprint (self->saved, fingerprint);
}

const char *
ms_server_get_name (MsServer *self)
{
  const char *name;

  g_return_val_if_fail (MS_IS_SERVER (self), NULL);

  name = ms_server_info_get_name (self->saved);
  return name != NULL && *name != '\0' ? name : self->default_name;
}

const char *
ms_server_get_color_class (MsServer *self)
{
  const char *color;

  g_return_val_if_fail (MS_IS_SERVER (self), NULL);

  color = ms_server_info_get_colour (self->saved);
  for (guint i = 0; color != NULL && ms_server_colors[i].name != NULL; i++)
    if (g_ascii_strcasecmp (ms_server_colors[i].value, color) == 0)
      return ms_server_colors[i].css_class;
  return "";
}

MsSchemaRegistry *
ms_server_get_schemas (MsServer *self)
{
  g_return_val_if_fail (MS_IS_SERVER (self), NULL);

  return ms_connection_get_schemas (self->connection);
}

JsonObject *
ms_server_get_server_info (MsServer *self)
{
  g_return_val_if_fail (MS_IS_SERVER (self), NULL);

  return self->info;
}

gboolean
ms_server_is_transient (MsServer *self)
{
  g_return_val_if_fail (MS_IS_SERVER (self), FALSE);

  return self->transient;
}

void
ms_server_set_transient (MsServer *self, gboolean transient)
{
  g_return_if_fail (MS_IS_SERVER (self));

  self->transient = transient;
}

gboolean
ms_server_is_online (MsServer *self)
{
  g_return_val_if_fail (MS_IS_SERVER (self), FALSE);

  return ms_connection_get_state (self->connection) == MS_CONNECTION_ONLINE;
}

gboolean
ms_server_is_writable (MsServer *self)
{
  return ms_server_is_online (self) && !ms_connection_get_read_only (self->connection);
}

gboolean
ms_server_wants_second_step (MsServer *self)
{
  g_return_val_if_fail (MS_IS_SERVER (self), FALSE);

  return ms_connection_get_state (self->connection) == MS_CONNECTION_REFUSED
         && ms_connection_get_must_set_up_second_step (self->connection);
}

const char *
ms_server_describe_state (MsServer *self)
{
  g_return_val_if_fail (MS_IS_SERVER (self), NULL);

  switch (ms_connection_get_state (self->connection))
    {
    case MS_CONNECTION_CONNECTING:
      return _("Connecting");
    case MS_CONNECTION_ONLINE:
      return ms_connection_get_read_only (self->connection) ? _("Connected, read-only")
                                                            : _("Connected");
    case MS_CONNECTION_RECONNECTING:
      return _("Connection lost, trying again");
    case MS_CONNECTION_REFUSED:
      return _("Refused");
    case MS_CONNECTION_OFFLINE:
    default:
      return _("Offline");
    }
}

const char *
ms_server_get_state_icon (MsServer *self)
{
  g_return_val_if_fail (MS_IS_SERVER (self), NULL);

  switch (ms_connection_get_state (self->connection))
    {
    case MS_CONNECTION_ONLINE:
      return "ms-server-online-symbolic";
    case MS_CONNECTION_CONNECTING:
    case MS_CONNECTION_RECONNECTING:
      return "ms-server-waiting-symbolic";
    case MS_CONNECTION_REFUSED:
      return "ms-server-refused-symbolic";
    case MS_CONNECTION_OFFLINE:
    default:
      return "ms-server-offline-symbolic";
    }
}

static JsonObject *
get_member (MsServer *self, const char *name)
{
  JsonNode *node = self->info != NULL ? json_object_get_member (self->info, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

gint64
ms_server_get_count (MsServer *self, const char *type_name)
{
  JsonObject *counts;

  g_return_val_if_fail (MS_IS_SERVER (self), -1);

  counts = get_member (self, "counts");
  return counts != NULL ? json_object_get_int_member_with_default (counts, type_name, -1) : -1;
}

gint64
ms_server_get_seats (MsServer *self, gint64 *limit)
{
  JsonObject *seats;
  JsonNode   *node;

  g_return_val_if_fail (MS_IS_SERVER (self), -1);

  seats = get_member (self, "seats");
  if (seats == NULL)
    return -1;
  node = json_object_get_member (seats, "limit");
  if (limit != NULL)
    *limit = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_int (node) : 0;
  return json_object_get_int_member_with_default (seats, "used", -1);
}

/* GUri takes spaces and more; what comes of that is nobody's address. */
static gboolean
is_host (const char *host)
{
  if (host == NULL || *host == '\0')
    return FALSE;
  for (const char *c = host; *c != '\0'; c++)
    if (g_ascii_isspace (*c) || g_ascii_iscntrl (*c) || strchr ("<>\"'%\\^`{|}", *c) != NULL)
      return FALSE;
  return TRUE;
}

char *
ms_server_parse_url (const char *text, char **user_name, GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  g_autofree char *url = NULL;
  g_autofree char *host = NULL;
  g_autoptr (GUri) uri = NULL;
  int port;

  url = strstr (trimmed, "://") != NULL ? g_strdup (trimmed)
                                        : g_strconcat ("https://", trimmed, NULL);
  uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  if (uri == NULL || !is_host (g_uri_get_host (uri)))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    "host",
                    _("“%s” is not the address of a server"), trimmed);
      return NULL;
    }
  if (g_strcmp0 (g_uri_get_scheme (uri), "https") != 0)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    "host",
                    _("Servers are reached by https:// only, not by %s://"),
                       g_uri_get_scheme (uri));
      return NULL;
    }
  port = g_uri_get_port (uri);
  host = strchr (g_uri_get_host (uri), ':') != NULL ? g_strdup_printf ("[%s]", g_uri_get_host (uri))
                                                    : g_strdup (g_uri_get_host (uri));
  if (user_name != NULL)
    *user_name = g_strdup (g_uri_get_userinfo (uri));
  return g_strdup_printf ("https://%s:%d", host, port > 0 ? port : DEFAULT_PORT);
}
