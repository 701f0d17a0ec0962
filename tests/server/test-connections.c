/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/connections: who is connected as each role sees it, event streams with it, and what ends
 * when one is ended.
 */
#include "harbour.h"
#include <string.h>

static Harbour *shared;

/* The token of a new session of @user. (transfer full) */
static char *
log_on (const char *user, const char *password)
{
  g_autofree char *body
      = g_strdup_printf ("{\"userName\":\"%s\",\"password\":\"%s\"}", user, password);
  g_autoptr (Answer) on = ask_as (
      shared, NULL, "POST", "/api/v1/session", body, "X-Mailstead-Channel: console\r\n");

  assert_status (on, 201);
  return g_strdup (get_text (on, "token"));
}

static char *
make_role (const char *name, const char *role)
{
  g_autofree char *body = g_strdup_printf (
      "{\"userName\":\"%s\",\"password\":\"a long pass phrase\","
      "\"urn:ietf:params:scim:schemas:extension:mailstead:2.0:User\":{\"role\":\"%s\"}}",
      name,
      role);

  return make_object (shared, "/scim/v2/Users", body);
}

/* The connection of the list with @value at @name; NULL: none. */
static JsonObject *
find_connection (Answer *answer, const char *name, const char *value)
{
  JsonArray *list = json_object_get_array_member (answer->json, "connections");

  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *connection = json_array_get_object_element (list, i);
      if (json_object_has_member (connection, name)
          && g_strcmp0 (json_object_get_string_member (connection, name), value) == 0)
        return connection;
    }
  return NULL;
}

static void
test_list (void)
{
  g_autoptr (Answer) made = ask (
      shared, "POST", "/api/v1/tokens", "{\"name\":\"idp\",\"scope\":\"scim\"}", NULL);
  assert_status (made, 201);
  g_autofree char *token = log_on ("admin", shared->password);
  g_autoptr (Answer) answer = ask_as (shared, token, "GET", "/api/v1/connections", NULL, NULL);

  assert_status (answer, 200);
  JsonObject *idp = find_connection (answer, "name", "idp");
  g_assert_cmpstr (json_object_get_string_member (idp, "kind"), ==, "token");
  g_assert_cmpstr (json_object_get_string_member (idp, "scope"), ==, "scim");
  JsonObject *session = find_connection (answer, "channel", "console");
  g_assert_cmpstr (json_object_get_string_member (session, "kind"), ==, "session");
  g_assert_cmpstr (json_object_get_string_member (session, "peer"), ==, "127.0.0.1");
  g_assert_true (json_object_get_boolean_member (session, "current"));
  g_assert_cmpstr (
      json_object_get_string_member (json_object_get_object_member (session, "user"), "userName"),
      ==,
      "admin");
  /* Neither tokens nor their hashes. */
  g_assert_null (strstr (answer->reply->body->str, token));
  g_assert_null (strstr (answer->reply->body->str, "hash"));
}

/* Revoking is an administrator's, and told by the chain; who holds a token cannot do it in silence.
 */
static void
test_token_stays (void)
{
  static const char *const scopes[] = { "read", "scim", "all" };

  for (guint i = 0; i < G_N_ELEMENTS (scopes); i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"name\":\"stays\",\"scope\":\"%s\"}", scopes[i]);
      g_autoptr (Answer) made = ask (shared, "POST", "/api/v1/tokens", body, NULL);
      assert_status (made, 201);
      const char *token = get_text (made, "token");
      g_autoptr (Answer) off = ask_as (shared, token, "DELETE", "/api/v1/session", NULL, NULL);
      assert_status (off, 403);
      g_autoptr (Answer) after
                 = ask_as (shared, token, "GET", "/scim/v2/Users?count=0", NULL, NULL);
      assert_status (after, 200);
    }
}

static void
test_end (void)
{
  g_autofree char *id = make_role ("connected", "administrator");
  g_autofree char *token = log_on ("connected", "a long pass phrase");
  g_autofree char *request = g_strdup_printf (
      "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", token);
  g_autoptr (Wire) stream = wire_open (shared->port);
  g_assert_true (wire_send (stream, request));
  g_autoptr (WireReply) begun = wire_read_start (stream);
  g_assert_cmpuint (begun->status, ==, 200);

  g_autoptr (Answer) list = ask (shared, "GET", "/api/v1/connections", NULL, NULL);
  g_autofree char *user_id = g_strdup (id);
  JsonArray       *all = json_object_get_array_member (list->json, "connections");
  const char      *session = NULL;
  for (guint i = 0; i < json_array_get_length (all); i++)
    {
      JsonObject *connection = json_array_get_object_element (all, i);
      JsonObject *user = json_object_get_object_member (connection, "user");
      if (g_str_equal (json_object_get_string_member (user, "id"), user_id))
        session = json_object_get_string_member (connection, "id");
    }
  g_assert_nonnull (session);
  g_assert_cmpstr (get_text (list, "streams.0.connection"), ==, session);
  g_assert_cmpstr (get_text (list, "streams.0.peer"), ==, "127.0.0.1");

  g_autofree char *path = g_strconcat ("/api/v1/connections/", session, NULL);
  g_autoptr (Answer) ended = ask (shared, "DELETE", path, NULL, NULL);
  assert_status (ended, 204);
  g_autoptr (Answer) after = ask_as (shared, token, "GET", "/api/v1/session", NULL, NULL);
  assert_status (after, 401);
  g_autofree char *last = wire_read_until (stream, "{\"state\":\"ended\"}", 10);
  g_assert_nonnull (last);
  g_autoptr (Answer) again = ask (shared, "DELETE", path, NULL, NULL);
  assert_status (again, 404);
}

/* Ended as a connection, a token is revoked all the same, and the history has it. */
static void
test_end_token (void)
{
  g_autoptr (Answer) made = ask (
      shared, "POST", "/api/v1/tokens", "{\"name\":\"ended\",\"scope\":\"all\"}", NULL);
  assert_status (made, 201);
  g_autofree char *token = g_strdup (get_text (made, "token"));
  g_autofree char *request = g_strdup_printf (
      "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", token);
  g_autoptr (Wire) stream = wire_open (shared->port);
  g_assert_true (wire_send (stream, request));
  g_autoptr (WireReply) begun = wire_read_start (stream);
  g_assert_cmpuint (begun->status, ==, 200);

  g_autoptr (Answer) list = ask (shared, "GET", "/api/v1/tokens", NULL, NULL);
  JsonArray       *all = json_object_get_array_member (list->json, "tokens");
  g_autofree char *path = NULL;
  for (guint i = 0; i < json_array_get_length (all); i++)
    {
      JsonObject *one = json_array_get_object_element (all, i);
      if (g_str_equal (json_object_get_string_member (one, "name"), "ended"))
        path
            = g_strconcat ("/api/v1/connections/", json_object_get_string_member (one, "id"), NULL);
    }
  g_assert_nonnull (path);
  g_autoptr (Answer) ended = ask (shared, "DELETE", path, NULL, NULL);
  assert_status (ended, 204);
  g_autoptr (Answer) after = ask_as (shared, token, "GET", "/scim/v2/Users?count=0", NULL, NULL);
  assert_status (after, 401);
  g_autofree char *last = wire_read_until (stream, "{\"state\":\"ended\"}", 10);
  g_assert_nonnull (last);

  const char *change = g_hash_table_lookup (ended->reply->headers, "x-mailstead-change");
  g_assert_nonnull (change);
  g_autofree char *change_path = g_strconcat ("/api/v1/changes/", change, NULL);
  g_autoptr (Answer) told = ask (shared, "GET", change_path, NULL, NULL);
  assert_status (told, 200);
  g_assert_cmpstr (get_text (told, "changes.0.type"), ==, "Token");
  g_assert_cmpstr (get_text (told, "changes.0.label"), ==, "ended");
  g_assert_cmpstr (get_text (told, "changes.0.verb"), ==, "delete");
}

/* An account that may not be used from here any more: its session, its token and its stream. */
static void
test_network (void)
{
  g_autofree char *id = make_role ("networked", "administrator");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autofree char *session = log_on ("networked", "a long pass phrase");
  g_autoptr (Answer) made = ask_as (
      shared, session, "POST", "/api/v1/tokens", "{\"name\":\"n\",\"scope\":\"all\"}", NULL);
  assert_status (made, 201);
  g_autofree char *token = g_strdup (get_text (made, "token"));
  g_autofree char *request = g_strdup_printf (
      "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", token);
  g_autoptr (Wire) stream = wire_open (shared->port);
  g_assert_true (wire_send (stream, request));
  g_autoptr (WireReply) begun = wire_read_start (stream);
  g_assert_cmpuint (begun->status, ==, 200);

  g_autoptr (Answer) limited = ask (
      shared,
      "PATCH",
      path,
      "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[{"
      "\"op\":\"add\",\"path\":\"" MS_URN_EXT_USER ":allowedNetworks\","
      "\"value\":[\"10.0.0.0/8\"]}]}",
      NULL);
  assert_status (limited, 200);
  const char *const both[] = { session, token };
  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    {
      g_autoptr (Answer) after = ask_as (shared, both[i], "GET", "/api/v1/session", NULL, NULL);
      assert_status (after, 401);
      g_assert_cmpstr (
          get_text (after, "detail"), ==, "This account may not log on from this network");
    }
  g_autofree char *last = wire_read_until (stream, "{\"state\":\"ended\"}", 10);
  g_assert_nonnull (last);
}

static void
test_roles (void)
{
  static const struct
  {
    const char *role;
    guint       list, end;
  } roles[] = { { "auditor", 200, 403 }, { "delegate", 403, 403 }, { "administrator", 200, 404 } };

  for (gsize i = 0; i < G_N_ELEMENTS (roles); i++)
    {
      g_autofree char *name = g_strdup_printf ("the-%s", roles[i].role);
      g_autofree char *id = make_role (name, roles[i].role);
      g_autofree char *token = log_on (name, "a long pass phrase");
      g_test_message ("%s", roles[i].role);
      g_autoptr (Answer) list = ask_as (shared, token, "GET", "/api/v1/connections", NULL, NULL);
      assert_status (list, roles[i].list);
      g_autoptr (Answer) end
                 = ask_as (shared, token, "DELETE", "/api/v1/connections/nosuch", NULL, NULL);
      assert_status (end, roles[i].end);
    }
  g_autoptr (Answer) stranger = ask_as (shared, NULL, "GET", "/api/v1/connections", NULL, NULL);
  assert_status (stranger, 401);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  shared = harbour_new (NULL);
  g_test_add_func ("/connections/list", test_list);
  g_test_add_func ("/connections/end", test_end);
  g_test_add_func ("/connections/end-token", test_end_token);
  g_test_add_func ("/connections/token-stays", test_token_stays);
  g_test_add_func ("/connections/network", test_network);
  g_test_add_func ("/connections/roles", test_roles);
  int result = g_test_run ();
  harbour_free (shared);
  return result;
}
