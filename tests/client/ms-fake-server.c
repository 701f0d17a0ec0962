/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The fake server over SoupServer, on the main context of the test.
 */
#include "ms-fake-server.h"

#include <gio/gio.h>

#include "ms-json.h"

typedef struct
{
  char *id;
  char *name;
  guint version;
} Object;

typedef struct
{
  char  *path;
  char  *type;
  char  *body;
  char **headers;
  guint  status;
} Answer;

struct _FakeServer
{
  GObject parent_instance;

  GTlsCertificate *certificate;
  SoupServer      *server;
  GPtrArray       *objects;
  GPtrArray       *streams; /* SoupServerMessage */
  GPtrArray       *held;    /* SoupServerMessage */
  GPtrArray       *log;
  GPtrArray       *answers;
  GHashTable      *headers;
  GHashTable      *connections; /* remote ports seen */
  char            *url;
  char            *resumed;
  char            *body;
  guint            port;
  guint            sequence;
  guint            n_open;
  guint            most_open;
  gboolean         hold;
};

G_DEFINE_FINAL_TYPE (FakeServer, fake_server, G_TYPE_OBJECT)

static void
object_free (gpointer data)
{
  Object *object = data;

  g_free (object->id);
  g_free (object->name);
  g_free (object);
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_free (answer->path);
  g_free (answer->type);
  g_free (answer->body);
  g_strfreev (answer->headers);
  g_free (answer);
}

static Object *
object_new (const char *id, const char *name)
{
  Object *object = g_new0 (Object, 1);

  object->id = g_strdup (id);
  object->name = g_strdup (name);
  object->version = 1;
  return object;
}

static void
respond (SoupServerMessage *message, guint status, const char *type, const char *body)
{
  soup_server_message_set_status (message, status, NULL);
  if (body != NULL)
    soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, body, strlen (body));
}

static guint
query_number (GHashTable *query, const char *name, guint fallback)
{
  const char *text = query != NULL ? g_hash_table_lookup (query, name) : NULL;

  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 10) : fallback;
}

static void
answer_list (FakeServer *self, SoupServerMessage *message, GHashTable *query)
{
  guint start = query_number (query, "startIndex", 1) - 1;
  guint count = query_number (query, "count", 100);
  /* As if a search found more than is listed: then no page goes further. */
  gboolean more = query != NULL && g_hash_table_contains (query, "search");
  g_autoptr (GString) text = g_string_new (NULL);

  if (more && start > 0 && start + count > self->objects->len)
    {
      respond (message,
               400,
               "application/scim+json",
               "{\"status\":\"400\",\"scimType\":\"tooMany\",\"path\":\"startIndex\"}");
      return;
    }
  g_string_append_printf (text,
                          "{\"totalResults\":%u%s,\"startIndex\":%u,\"Resources\":[",
                          self->objects->len,
                          more ? ",\"atLeast\":true" : "",
                          start + 1);
  for (guint i = start; i < start + count && i < self->objects->len; i++)
    {
      Object *object = g_ptr_array_index (self->objects, i);
      g_string_append_printf (text,
                              "%s{\"id\":\"%s\",\"name\":\"%s\",\"meta\":{\"resourceType\":"
                              "\"Mailbox\",\"version\":\"W/\\\"%u\\\"\"}}",
                              i > start ? "," : "",
                              object->id,
                              object->name,
                              object->version);
    }
  g_string_append (text, "]}");
  respond (message, 200, "application/scim+json", text->str);
}

static void
on_stream_gone_cb (SoupServerMessage *message, gpointer user_data)
{
  FakeServer *self = user_data;

  g_ptr_array_remove (self->streams, message);
}

static void
answer_events (FakeServer *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  g_free (self->resumed);
  self->resumed = g_strdup (soup_message_headers_get_one (
      soup_server_message_get_request_headers (message), "Last-Event-ID"));
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_set_content_type (headers, "text/event-stream", NULL);
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  soup_message_body_append (
      soup_server_message_get_response_body (message), SOUP_MEMORY_STATIC, ": hello\n\n", 9);
  g_signal_connect_object (message, "finished", G_CALLBACK (on_stream_gone_cb), self, 0);
  g_signal_connect_object (message, "disconnected", G_CALLBACK (on_stream_gone_cb), self, 0);
  g_ptr_array_add (self->streams, g_object_ref (message));
  soup_server_message_unpause (message);
}

static void
note_request (FakeServer *self, SoupServerMessage *message)
{
  GUri                  *uri = soup_server_message_get_uri (message);
  const char            *query = g_uri_get_query (uri);
  SoupMessageHeadersIter iter;
  const char            *name, *value;

  g_ptr_array_add (self->log,
                   g_strdup_printf ("%s %s%s%s",
                                    soup_server_message_get_method (message),
                                    g_uri_get_path (uri),
                                    query != NULL ? "?" : "",
                                    query != NULL ? query : ""));
  GSocketAddress *remote = soup_server_message_get_remote_address (message);
  g_hash_table_add (
      self->connections,
      GUINT_TO_POINTER (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (remote))));
  g_hash_table_remove_all (self->headers);
  soup_message_headers_iter_init (&iter, soup_server_message_get_request_headers (message));
  while (soup_message_headers_iter_next (&iter, &name, &value))
    g_hash_table_replace (self->headers, g_ascii_strdown (name, -1), g_strdup (value));
  g_autoptr (GBytes) body
             = soup_message_body_flatten (soup_server_message_get_request_body (message));
  g_free (self->body);
  self->body = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
}

static gboolean
answer_prepared (FakeServer *self, SoupServerMessage *message, const char *path)
{
  for (guint i = 0; i < self->answers->len; i++)
    {
      Answer *answer = g_ptr_array_index (self->answers, i);

      if (!g_str_equal (answer->path, path))
        continue;
      for (gsize h = 0; answer->headers != NULL && answer->headers[h] != NULL; h += 2)
        soup_message_headers_append (soup_server_message_get_response_headers (message),
                                     answer->headers[h],
                                     answer->headers[h + 1]);
      respond (message, answer->status, answer->type, answer->body);
      g_ptr_array_remove_index (self->answers, i);
      return TRUE;
    }
  return FALSE;
}

static void
on_list_done_cb (SoupServerMessage *message, gpointer user_data)
{
  FakeServer *self = user_data;

  if (g_object_get_data (G_OBJECT (message), "counted") != NULL)
    self->n_open--;
  g_object_set_data (G_OBJECT (message), "counted", NULL);
  g_ptr_array_remove (self->held, message);
}

static void
on_request_cb (SoupServer        *server,
               SoupServerMessage *message,
               const char        *path,
               GHashTable        *query,
               gpointer           user_data)
{
  FakeServer *self = user_data;

  if (g_str_equal (path, "/api/v1/events"))
    {
      if (!answer_prepared (self, message, path))
        answer_events (self, message);
      return;
    }
  note_request (self, message);
  if (answer_prepared (self, message, path))
    return;
  if (g_str_equal (path, "/api/v1/session"))
    respond (message,
             201,
             "application/json",
             "{\"token\":\"secret\",\"server\":{\"product\":\"Mailstead\",\"sequence\":7}}");
  else if (!g_str_equal (path, "/scim/v2/Mailboxes"))
    respond (message, 404, NULL, NULL);
  else
    {
      self->n_open++;
      self->most_open = MAX (self->most_open, self->n_open);
      g_object_set_data (G_OBJECT (message), "counted", self);
      g_signal_connect_object (message, "finished", G_CALLBACK (on_list_done_cb), self, 0);
      g_signal_connect_object (message, "disconnected", G_CALLBACK (on_list_done_cb), self, 0);
      answer_list (self, message, query);
      if (self->hold)
        {
          soup_server_message_pause (message);
          g_ptr_array_add (self->held, g_object_ref (message));
        }
    }
}

void
fake_server_listen (FakeServer *self)
{
  g_autoptr (GError) error = NULL;

  self->server = soup_server_new ("tls-certificate", self->certificate, NULL);
  soup_server_add_handler (self->server, NULL, on_request_cb, self, NULL);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, (guint16) self->port);
  soup_server_listen (self->server, address, SOUP_SERVER_LISTEN_HTTPS, &error);
  g_assert_no_error (error);

  GSList *uris = soup_server_get_uris (self->server);
  self->port = (guint) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_free (self->url);
  self->url = g_strdup_printf ("https://127.0.0.1:%u", self->port);
}

void
fake_server_listen_at (FakeServer *self, guint port)
{
  self->port = port;
  fake_server_listen (self);
}

guint
fake_server_count_connections (FakeServer *self)
{
  return g_hash_table_size (self->connections);
}

void
fake_server_stop (FakeServer *self)
{
  fake_server_hold_lists (self, FALSE);
  fake_server_cut_streams (self);
  soup_server_disconnect (self->server);
  g_clear_object (&self->server);
}

static void
fake_server_dispose (GObject *object)
{
  FakeServer *self = FAKE_SERVER (object);

  if (self->server != NULL)
    fake_server_stop (self);
  g_clear_object (&self->certificate);
  g_clear_pointer (&self->objects, g_ptr_array_unref);
  g_clear_pointer (&self->streams, g_ptr_array_unref);
  g_clear_pointer (&self->held, g_ptr_array_unref);
  g_clear_pointer (&self->log, g_ptr_array_unref);
  g_clear_pointer (&self->answers, g_ptr_array_unref);
  g_clear_pointer (&self->headers, g_hash_table_unref);
  g_clear_pointer (&self->connections, g_hash_table_unref);
  g_clear_pointer (&self->url, g_free);
  g_clear_pointer (&self->resumed, g_free);
  g_clear_pointer (&self->body, g_free);
  G_OBJECT_CLASS (fake_server_parent_class)->dispose (object);
}

static void
fake_server_class_init (FakeServerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = fake_server_dispose;
}

static void
fake_server_init (FakeServer *self)
{
  self->objects = g_ptr_array_new_with_free_func (object_free);
  self->streams = g_ptr_array_new_with_free_func (g_object_unref);
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
  self->log = g_ptr_array_new_with_free_func (g_free);
  self->answers = g_ptr_array_new_with_free_func (answer_free);
  self->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->connections = g_hash_table_new (NULL, NULL);
  self->sequence = 7;
}

FakeServer *
fake_server_new (GTlsCertificate *certificate, guint n_objects)
{
  FakeServer *self = g_object_new (FAKE_TYPE_SERVER, NULL);

  self->certificate = g_object_ref (certificate);
  for (guint i = 0; i < n_objects; i++)
    {
      g_autofree char *id = g_strdup_printf ("o%u", i);
      g_autofree char *name = g_strdup_printf ("name %u", i);
      g_ptr_array_add (self->objects, object_new (id, name));
    }
  fake_server_listen (self);
  return self;
}

const char *
fake_server_get_url (FakeServer *self)
{
  return self->url;
}

guint
fake_server_get_length (FakeServer *self)
{
  return self->objects->len;
}

const char *
fake_server_get_id (FakeServer *self, guint position)
{
  return ((Object *) g_ptr_array_index (self->objects, position))->id;
}

const char *
fake_server_get_name (FakeServer *self, guint position)
{
  return ((Object *) g_ptr_array_index (self->objects, position))->name;
}

void
fake_server_insert (FakeServer *self, guint position, const char *id)
{
  g_ptr_array_insert (self->objects, (int) position, object_new (id, id));
}

void
fake_server_remove (FakeServer *self, guint position)
{
  g_ptr_array_remove_index (self->objects, position);
}

void
fake_server_move (FakeServer *self, guint from, guint to)
{
  Object *object = g_ptr_array_steal_index (self->objects, from);

  object->version++;
  g_ptr_array_insert (self->objects, (int) to, object);
}

void
fake_server_rename (FakeServer *self, guint position, const char *name)
{
  Object *object = g_ptr_array_index (self->objects, position);

  g_free (object->name);
  object->name = g_strdup (name);
  object->version++;
}

void
fake_server_emit_raw (FakeServer *self, const char *text)
{
  for (guint i = 0; i < self->streams->len; i++)
    {
      SoupServerMessage *message = g_ptr_array_index (self->streams, i);
      soup_message_body_append (
          soup_server_message_get_response_body (message), SOUP_MEMORY_COPY, text, strlen (text));
      soup_server_message_unpause (message);
    }
}

void
fake_server_emit_change (FakeServer *self, const char *verb, const char *id)
{
  g_autofree char *text = g_strdup_printf (
      "id: %u\nevent: change\ndata: "
      "{\"sequence\":%u,\"changes\":[{\"verb\":\"%s\",\"type\":\"Mailbox\",\"id\":\"%s\"}]}\n\n",
      self->sequence + 1,
      self->sequence + 1,
      verb,
      id);

  self->sequence++;
  fake_server_emit_raw (self, text);
}

void
fake_server_cut_streams (FakeServer *self)
{
  g_autoptr (GPtrArray) streams = g_steal_pointer (&self->streams);

  self->streams = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < streams->len; i++)
    {
      SoupServerMessage *message = g_ptr_array_index (streams, i);
      GSocket           *socket = soup_server_message_get_socket (message);

      g_signal_handlers_disconnect_by_data (message, self);
      if (socket != NULL)
        (void) g_socket_shutdown (socket, TRUE, TRUE, NULL);
      soup_message_body_complete (soup_server_message_get_response_body (message));
      soup_server_message_unpause (message);
    }
}

guint
fake_server_count_streams (FakeServer *self)
{
  return self->streams->len;
}

const char *
fake_server_get_resumed (FakeServer *self)
{
  return self->resumed;
}

void
fake_server_answer_next (FakeServer        *self,
                         const char        *path,
                         guint              status,
                         const char *const *headers,
                         const char        *type,
                         const char        *body)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->path = g_strdup (path);
  answer->status = status;
  answer->headers = g_strdupv ((char **) headers);
  answer->type = g_strdup (type);
  answer->body = g_strdup (body);
  g_ptr_array_add (self->answers, answer);
}

void
fake_server_hold_lists (FakeServer *self, gboolean hold)
{
  self->hold = hold;
  if (hold)
    return;
  g_autoptr (GPtrArray) held = g_steal_pointer (&self->held);
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < held->len; i++)
    soup_server_message_unpause (g_ptr_array_index (held, i));
}

GPtrArray *
fake_server_get_log (FakeServer *self)
{
  return self->log;
}

void
fake_server_clear_log (FakeServer *self)
{
  g_ptr_array_set_size (self->log, 0);
}

guint
fake_server_get_most_open (FakeServer *self)
{
  return self->most_open;
}

const char *
fake_server_get_header (FakeServer *self, const char *name)
{
  g_autofree char *key = g_ascii_strdown (name, -1);

  return g_hash_table_lookup (self->headers, key);
}

const char *
fake_server_get_body (FakeServer *self)
{
  return self->body;
}

static gboolean
on_tick_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

guint
fake_ticker_start (void)
{
  return g_timeout_add (10, on_tick_cb, NULL);
}

void
fake_run_for (guint milliseconds)
{
  gint64 end = g_get_monotonic_time () + (gint64) milliseconds * 1000;
  guint  ticker = fake_ticker_start ();

  while (g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (ticker);
}
