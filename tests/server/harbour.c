/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The in-process server of the tests.
 */
#include "harbour.h"
#include "ms-json.h"
#include "ms-listener.h"
#include "store-place.h"
#include "test-folder.h"
#include <string.h>

static void
log_on (Harbour *self)
{
  g_autofree char *body
      = g_strdup_printf ("{\"userName\":\"admin\",\"password\":\"%s\"}", self->password);
  g_autoptr (Answer) answer = ask_as (self, NULL, "POST", "/api/v1/session", body, NULL);

  assert_status (answer, 201);
  self->token = g_strdup (get_text (answer, "token"));
}

static void
open_store (Harbour *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  guchar key[MS_IMPORT_KEY_LENGTH];

  self->store = ms_store_open (self->uri, schemas, MS_STORE_CREATE, &error);
  g_assert_no_error (error);
  self->service = ms_service_new (self->store);
  /* Each its own, as servers with folders of their own have. */
  for (guint i = 0; i < sizeof key; i++)
    key[i] = (guchar) g_random_int_range (0, 256);
  g_assert_true (ms_service_set_import_key (self->service, key, &error));
  g_assert_no_error (error);
}

static void
start_server (Harbour *self, const MsServerOptions *options)
{
  g_autoptr (GError) error = NULL;
  MsServerOptions defaults;

  ms_server_options_init (&defaults);
  defaults.threads = 2;
  /* Not by how busy the machine is that tests run on; test-slow-reads.c has its own. */
  defaults.list_msec = 200 * 1000;
  self->certificate = ms_certificate_new_self_signed (NULL, &error);
  int listener = ms_listener_open ("127.0.0.1:0", &error);
  g_assert_no_error (error);
  g_autofree char *authority = ms_listener_dup_authority (listener);
  self->port = (guint) g_ascii_strtoull (strrchr (authority, ':') + 1, NULL, 10);
  self->server = ms_server_new (
      self->service, listener, self->certificate, options != NULL ? options : &defaults, &error);
  g_assert_no_error (error);
}

Harbour *
harbour_new (const MsServerOptions *options)
{
  Harbour *self = g_new0 (Harbour, 1);
  g_autoptr (GError) error = NULL;

  self->directory = test_folder_new ();
  self->uri = store_place_new (store_place_get_driver (), self->directory);
  open_store (self);
  g_assert_true (
      ms_service_initialize (self->service, "harbour.example", "admin", &self->password, &error));
  g_assert_no_error (error);
  start_server (self, options);
  log_on (self);
  return self;
}

Harbour *
harbour_join (Harbour *first)
{
  Harbour *self = g_new0 (Harbour, 1);

  self->uri = g_strdup (first->uri);
  self->password = g_strdup (first->password);
  self->token = g_strdup (first->token);
  open_store (self);
  start_server (self, NULL);
  return self;
}

void
harbour_free (Harbour *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->wire, wire_close);
  ms_server_stop (self->server, 10);
  ms_server_free (self->server);
  g_object_unref (self->service);
  g_object_unref (self->store);
  ms_certificate_free (self->certificate);
  if (self->directory != NULL)
    (void) test_folder_remove (self->directory);
  g_free (self->directory);
  g_free (self->uri);
  g_free (self->password);
  g_free (self->token);
  g_free (self);
}

void
answer_free (Answer *self)
{
  if (self == NULL)
    return;
  wire_reply_free (self->reply);
  g_clear_pointer (&self->node, json_node_unref);
  g_free (self);
}

static Answer *
answer_new (WireReply *reply)
{
  Answer     *self = g_new0 (Answer, 1);
  const char *type = wire_reply_get (reply, "content-type");

  self->reply = reply;
  self->status = reply->status;
  if (type == NULL || strstr (type, "json") == NULL || reply->body->len == 0)
    return self;
  MsJsonLimits limits = ms_json_default_limits;
  g_autoptr (GError) error = NULL;
  limits.max_size = 64 * 1024 * 1024;
  limits.max_items = 10000000;
  self->node = ms_json_parse (reply->body->str, (gssize) reply->body->len, &limits, &error);
  g_assert_no_error (error);
  self->json = JSON_NODE_HOLDS_OBJECT (self->node) ? json_node_get_object (self->node) : NULL;
  return self;
}

Answer *
ask_as (Harbour    *self,
        const char *token,
        const char *method,
        const char *path,
        const char *body,
        const char *headers)
{
  g_autoptr (GString) request = g_string_new (NULL);

  g_string_append_printf (
      request, "%s %s HTTP/1.1\r\nHost: localhost:%u\r\n", method, path, self->port);
  if (token != NULL)
    g_string_append_printf (request, "Authorization: Bearer %s\r\n", token);
  if (headers != NULL)
    g_string_append (request, headers);
  if (body != NULL)
    g_string_append_printf (request, "Content-Length: %zu\r\n", strlen (body));
  g_string_append (request, "\r\n");
  if (body != NULL)
    g_string_append (request, body);
  if (self->wire == NULL)
    self->wire = wire_open (self->port);
  /* A server that refuses a body need not read it: whether all of it went is no matter. */
  (void) wire_send_bytes (self->wire, request->str, request->len);
  gboolean head = strcmp (method, "HEAD") == 0;
  Answer  *answer = answer_new (head ? wire_read_head (self->wire) : wire_read (self->wire));
  if (g_strcmp0 (wire_reply_get (answer->reply, "connection"), "close") == 0 || answer->status == 0)
    g_clear_pointer (&self->wire, wire_close);
  return answer;
}

Answer *
ask (Harbour *self, const char *method, const char *path, const char *body, const char *headers)
{
  return ask_as (self, self->token, method, path, body, headers);
}

JsonNode *
find_node (Answer *answer, const char *path)
{
  JsonNode *node = answer->node;

  /* A URN's dots are no separators: such a name is asked for with ! in place of its dots. */
  g_auto (GStrv) parts = g_strsplit (path, ".", -1);
  for (char **part = parts; *part != NULL && node != NULL; part++)
    {
      g_strdelimit (*part, "!", '.');
      if (JSON_NODE_HOLDS_OBJECT (node))
        node = json_object_get_member (json_node_get_object (node), *part);
      else if (JSON_NODE_HOLDS_ARRAY (node))
        {
          guint      index = (guint) g_ascii_strtoull (*part, NULL, 10);
          JsonArray *array = json_node_get_array (node);
          node = index < json_array_get_length (array) ? json_array_get_element (array, index)
                                                       : NULL;
        }
      else
        node = NULL;
    }
  return node;
}

static JsonNode *
need_node (Answer *answer, const char *path)
{
  JsonNode *node = find_node (answer, path);

  if (node == NULL)
    g_test_message ("no %s in %s", path, answer->reply->body->str);
  g_assert_nonnull (node);
  return node;
}

const char *
get_text (Answer *answer, const char *path)
{
  JsonNode *node = need_node (answer, path);

  g_assert_true (json_node_get_value_type (node) == G_TYPE_STRING);
  return json_node_get_string (node);
}

gint64
get_number (Answer *answer, const char *path)
{
  JsonNode *node = need_node (answer, path);

  g_assert_true (json_node_get_value_type (node) == G_TYPE_INT64);
  return json_node_get_int (node);
}

char *
from_single_quotes (const char *text)
{
  GString *out = g_string_new (text);

  g_string_replace (out, "\\'", "\x01", 0);
  g_string_replace (out, "'", "\"", 0);
  g_string_replace (out, "\x01", "\\\"", 0);
  return g_string_free (out, FALSE);
}

char *
make_object (Harbour *self, const char *path, const char *body)
{
  g_autoptr (Answer) answer = ask (self, "POST", path, body, NULL);

  assert_status (answer, 201);
  return g_strdup (get_text (answer, "id"));
}

char *
make_user (Harbour *self, const char *user_name)
{
  g_autofree char *body = g_strdup_printf (
      "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"%s\"}",
      user_name);
  return make_object (self, "/scim/v2/Users", body);
}
