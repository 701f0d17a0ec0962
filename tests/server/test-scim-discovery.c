/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a client looks at first (RFC 7644 §4), the envelope of every answer, and addresses.
 */
#include "scim-case.h"
#include <string.h>

/* clang-format off: one row, one line */
static const ScimCase cases[] = {
  { "config",
    "GET",
    "/scim/v2/ServiceProviderConfig",
    NULL,
    NULL,
    200,
    "content-type: application/scim+json",
    "\"patch\":{\"supported\":true}" },
  { "config-bulk-is-a-number",
    "GET",
    "/scim/v2/ServiceProviderConfig",
    NULL,
    NULL,
    200,
    NULL,
    "\"maxOperations\":5000" },
  { "types",
    "GET",
    "/scim/v2/ResourceTypes",
    NULL,
    NULL,
    200,
    NULL,
    "\"endpoint\":\"/MailGroups\"" },
  { "types-ignore-filter",
    "GET",
    "/scim/v2/ResourceTypes?filter=name%20eq%20%22x%22&startIndex=9",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":7" },
  { "type-by-id",
    "GET",
    "/scim/v2/ResourceTypes/User",
    NULL,
    NULL,
    200,
    NULL,
    "/scim/v2/ResourceTypes/User\"" },
  { "type-unknown",
    "GET",
    "/scim/v2/ResourceTypes/Nope",
    NULL,
    NULL,
    404,
    "content-type: application/scim+json",
    "\"status\":\"404\"" },
  { "schemas", "GET", "/scim/v2/Schemas", NULL, NULL, 200, NULL, MS_URN_EXT_USER },
  { "schema-by-id",
    "GET",
    "/scim/v2/Schemas/" MS_URN_MAILBOX,
    NULL,
    NULL,
    200,
    NULL,
    "\"id\":\"" MS_URN_MAILBOX "\"" },
  { "schema-external-ids",
    "GET",
    "/scim/v2/Schemas/" MS_URN_USER,
    NULL,
    NULL,
    200,
    NULL,
    "{\"name\":\"externalIds\",\"type\":\"complex\",\"multiValued\":true,"
    "\"description\":\"What each provisioning client calls the object\",\"required\":false,"
    "\"mutability\":\"readWrite\",\"returned\":\"request\",\"uniqueness\":\"none\","
    "\"subAttributes\":[{\"name\":\"client\"," },
  { "schema-of-extension-without-external-ids",
    "GET",
    "/scim/v2/Schemas/" MS_URN_EXT_USER,
    NULL,
    NULL,
    200,
    NULL,
    "rights",
    "externalIds" },
  { "schema-unknown", "GET", "/scim/v2/Schemas/urn:x", NULL, NULL, 404, NULL, NULL },
  { "schema-password-never",
    "GET",
    "/scim/v2/Schemas/" MS_URN_USER,
    NULL,
    NULL,
    200,
    NULL,
    "\"returned\":\"never\"" },
  { "unknown-path",
    "GET",
    "/scim/v2/Nothing",
    NULL,
    NULL,
    404,
    "content-type: application/scim+json",
    "\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:Error\"]" },
  { "wrong-method",
    "DELETE",
    "/scim/v2/Users",
    NULL,
    NULL,
    405,
    "allow: GET, HEAD, POST, OPTIONS",
    "\"status\":\"405\"" },
  { "accept-json",
    "GET",
    "/scim/v2/Users",
    NULL,
    "Accept: application/json\r\n",
    200,
    "content-type: application/scim+json",
    NULL },
  { "accept-anything", "GET", "/scim/v2/Users", NULL, "Accept: */*\r\n", 200, NULL, NULL },
  { "no-store", "GET", "/scim/v2/Users", NULL, NULL, 200, "cache-control: no-store", NULL },
};
/* clang-format on */

static void
assert_unauthorized (Answer *answer)
{
  assert_status (answer, 401);
  g_assert_true (g_str_has_prefix (wire_reply_get (answer->reply, "www-authenticate"), "Bearer"));
  g_assert_cmpstr (wire_reply_get (answer->reply, "content-type"), ==, "application/scim+json");
  g_assert_cmpstr (get_text (answer, "schemas.0"), ==, URN_MESSAGES "Error");
  g_assert_cmpstr (get_text (answer, "status"), ==, "401");
}

static void
test_anonymous (void)
{
  static const struct
  {
    const char *method;
    const char *path;
    guint       status;
  } rows[] = {
    { "GET", "/scim/v2/ServiceProviderConfig", 200 },
    { "GET", "/scim/v2/ResourceTypes", 200 },
    { "GET", "/scim/v2/Schemas", 200 },
    { "GET", "/api/v1/server", 200 },
    { "GET", "/scim/v2/Users", 401 },
    { "GET", "/scim/v2/Guest", 401 },
    { "POST", "/scim/v2/Users", 401 },
    { "DELETE", "/scim/v2/Users/x", 401 },
    { "GET", "/api/v1/changes", 401 },
    { "GET", "/api/v1/events", 401 },
    { "POST", "/api/v1/imports", 401 },
    { "GET", "/api/v1/session", 401 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Answer) answer = ask_as (scim_harbour,
                                          NULL,
                                          rows[i].method,
                                          rows[i].path,
                                          rows[i].method[0] == 'P' ? "{}" : NULL,
                                          NULL);
      g_test_message ("%s %s", rows[i].method, rows[i].path);
      assert_status (answer, rows[i].status);
      if (rows[i].status == 401)
        assert_unauthorized (answer);
    }
  g_autoptr (Answer) wrong = ask_as (scim_harbour, "wrong", "GET", "/scim/v2/Users", NULL, NULL);
  assert_unauthorized (wrong);
  g_autoptr (Answer) optional = ask_as (scim_harbour, "wrong", "GET", "/api/v1/server", NULL, NULL);
  assert_status (optional, 401);
  g_autoptr (Answer) basic = ask_as (
      scim_harbour, NULL, "GET", "/scim/v2/Users", NULL, "Authorization: Basic YTpi\r\n");
  assert_unauthorized (basic);
  g_autoptr (Answer) little = ask_as (scim_harbour, NULL, "GET", "/api/v1/server", NULL, NULL);
  g_assert_cmpuint (json_object_get_size (little->json), ==, 2);
}

#define BASE "https://users.example.org/scim/v2/"

/* What a list would be told is no matter here (RFC 7644 §4): all of it, and a word about that. */
static void
test_ignores_queries (void)
{
  static const char *const paths[]
      = { "/scim/v2/ResourceTypes", "/scim/v2/Schemas", "/scim/v2/ServiceProviderConfig" };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *asked = g_strconcat (
          paths[i],
          "?filter=id+eq+%22x%22&sortBy=id&sortOrder=descending&startIndex=9&count=1",
          NULL);
      g_autofree char *coloured = g_strconcat (paths[i], "?colour=red&aadOptscim062020", NULL);
      g_autoptr (Answer) plain = scim ("GET", paths[i], NULL, NULL);
      g_autoptr (Answer) answer = scim ("GET", asked, NULL, NULL);
      g_autoptr (Answer) unknown = scim ("GET", coloured, NULL, NULL);
      assert_status (answer, 200);
      g_assert_cmpstr (answer->reply->body->str, ==, plain->reply->body->str);
      g_assert_cmpstr (wire_reply_get (answer->reply, "x-mailstead-ignored"),
                       ==,
                       "?count, ?filter, ?sortBy, ?sortOrder, ?startIndex");
      g_assert_cmpstr (wire_reply_get (unknown->reply, "x-mailstead-ignored"), ==, "?colour");
      g_assert_null (wire_reply_get (plain->reply, "x-mailstead-ignored"));
      if (i < 2)
        g_assert_cmpstr (get_text (answer, "schemas.0"), ==, URN_MESSAGES "ListResponse");
    }
  g_autoptr (Answer) type = scim ("GET", "/scim/v2/ResourceTypes/User?colour=red", NULL, NULL);
  g_assert_cmpstr (wire_reply_get (type->reply, "x-mailstead-ignored"), ==, "?colour");
}

static void
test_base_url (void)
{
  MsServerOptions options;

  ms_server_options_init (&options);
  options.threads = 2;
  options.base_url = g_strdup ("https://users.example.org");
  g_autoptr (Harbour) harbour = harbour_new (&options);
  g_autoptr (Answer) answer = ask (harbour, "GET", "/scim/v2/Guest", NULL, NULL);
  g_assert_cmpstr (get_text (answer, "meta.location"), ==, BASE "Guest");
  g_autoptr (Answer) type = ask (harbour, "GET", "/scim/v2/ResourceTypes/User", NULL, NULL);
  g_assert_cmpstr (get_text (type, "meta.location"), ==, BASE "ResourceTypes/User");
  g_autoptr (Answer) user
             = ask (harbour, "POST", "/scim/v2/Users", "{\"userName\":\"base\"}", NULL);
  g_autofree char *location = g_strconcat (BASE "Users/", get_text (user, "id"), NULL);
  g_assert_cmpstr (wire_reply_get (user->reply, "location"), ==, location);
  g_autofree char *body = g_strdup_printf (
      "{\"displayName\":\"Base\",\"members\":[{\"value\":\"%s\"}]}", get_text (user, "id"));
  g_autoptr (Answer) group = ask (harbour, "POST", "/scim/v2/Groups", body, NULL);
  g_assert_cmpstr (get_text (group, "members.0.$ref"), ==, location);
  g_autoptr (Answer) bulk
             = ask (harbour,
                    "POST",
                    "/scim/v2/Bulk",
                    "{\"schemas\":[\"" URN_MESSAGES "BulkRequest\"],\"Operations\":[{\"method\":"
                    "\"POST\",\"path\":\"" BASE "Users\",\"bulkId\":\"b\",\"data\":{\"userName\":"
                    "\"base.bulk\"}}]}",
                    NULL);
  g_assert_true (g_str_has_prefix (get_text (bulk, "Operations.0.location"), BASE "Users/"));
  ms_server_options_clear (&options);
}

static void
test_bad_host (void)
{
  g_autoptr (Wire) wire = wire_open (scim_harbour->port);

  g_assert_true (
      wire_send (wire, "GET /scim/v2/ServiceProviderConfig HTTP/1.1\r\nHost: a\"b\r\n\r\n"));
  g_autoptr (WireReply) reply = wire_read (wire);
  g_assert_cmpuint (reply->status, ==, 400);
}

/* Allow, for everybody, and HEAD wherever there is GET. */
static void
test_options (void)
{
  static const struct
  {
    const char *path;
    const char *allow;
  } rows[] = {
    { "/scim/v2/Users", "GET, HEAD, POST, OPTIONS" },
    { "/scim/v2/Users/x", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS" },
    { "/scim/v2/Users/.search", "POST, OPTIONS" },
    { "/scim/v2/Guest", "GET, HEAD, PUT, PATCH, OPTIONS" },
    { "/scim/v2/Bulk", "POST, OPTIONS" },
    { "/scim/v2/ServiceProviderConfig", "GET, HEAD, OPTIONS" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Answer) answer = ask_as (scim_harbour, NULL, "OPTIONS", rows[i].path, NULL, NULL);
      g_test_message ("%s", rows[i].path);
      assert_status (answer, 204);
      g_assert_cmpstr (wire_reply_get (answer->reply, "allow"), ==, rows[i].allow);
    }
  g_autoptr (Answer) nothing = ask_as (scim_harbour, NULL, "OPTIONS", "/scim/v2/No", NULL, NULL);
  assert_status (nothing, 404);
  g_autoptr (Answer) head = scim ("HEAD", "/scim/v2/Users", NULL, NULL);
  assert_status (head, 200);
  g_assert_cmpuint (head->reply->body->len, ==, 0);
}

/* What nobody knows is told in a header. */
static void
test_ignored_parameters (void)
{
  g_autoptr (Answer) answer = scim (
      "GET", "/scim/v2/Users?colour=red&attributes=userName,shoeSize,meta.created", NULL, NULL);

  assert_status (answer, 200);
  g_assert_cmpstr (wire_reply_get (answer->reply, "x-mailstead-ignored"), ==, "?colour, shoeSize");
  g_autoptr (Answer) entra = scim ("GET", "/scim/v2/Users?aadOptscim062020", NULL, NULL);
  g_assert_null (wire_reply_get (entra->reply, "x-mailstead-ignored"));
}

/* Every schema that a type names is there, and nothing in them is null. */
static void
test_resolvable (void)
{
  g_autoptr (Answer) types = scim ("GET", "/scim/v2/ResourceTypes", NULL, NULL);
  JsonArray *resources = json_object_get_array_member (types->json, "Resources");

  assert_lacks (types, "null");
  for (guint i = 0; i < json_array_get_length (resources); i++)
    {
      JsonObject *type = json_array_get_object_element (resources, i);
      g_autoptr (GPtrArray) urns = g_ptr_array_new ();
      g_ptr_array_add (urns, (gpointer) json_object_get_string_member (type, "schema"));
      JsonArray *extensions = json_object_has_member (type, "schemaExtensions")
                                  ? json_object_get_array_member (type, "schemaExtensions")
                                  : NULL;
      for (guint k = 0; extensions != NULL && k < json_array_get_length (extensions); k++)
        g_ptr_array_add (urns,
                         (gpointer) json_object_get_string_member (
                             json_array_get_object_element (extensions, k), "schema"));
      for (guint k = 0; k < urns->len; k++)
        {
          g_autofree char *path = g_strconcat ("/scim/v2/Schemas/", urns->pdata[k], NULL);
          g_autoptr (Answer) schema = scim ("GET", path, NULL, NULL);
          assert_status (schema, 200);
          assert_lacks (schema, "null");
        }
      g_autofree char *endpoint
          = g_strconcat ("/scim/v2", json_object_get_string_member (type, "endpoint"), NULL);
      g_autoptr (Answer) there = scim ("GET", endpoint, NULL, NULL);
      assert_status (there, 200);
    }
}

static void
add (void)
{
  scim_add ("discovery/resolvable", test_resolvable);
  scim_add ("discovery/options", test_options);
  scim_add ("discovery/ignored-parameters", test_ignored_parameters);
  scim_add_cases ("discovery", cases, G_N_ELEMENTS (cases));
  scim_add ("discovery/ignores-queries", test_ignores_queries);
  scim_add ("discovery/anonymous", test_anonymous);
  scim_add ("discovery/base-url", test_base_url);
  scim_add ("discovery/bad-host", test_bad_host);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
