/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/usage over TLS: what is taken and refused, what a token of the scope “usage” reaches, the
 * event, and lists that are filtered and sorted by what was reported.
 */
#include "harbour.h"
#include <string.h>

static Harbour *shared;

static Answer *
report (const char *token, const char *readings)
{
  g_autofree char *quoted = g_strdup_printf ("{'readings':[%s]}", readings);
  g_autofree char *body = from_single_quotes (quoted);

  return ask_as (
      shared, token != NULL ? token : shared->token, "POST", "/api/v1/usage", body, NULL);
}

static char *
make_mailbox (const char *name)
{
  g_autofree char *body = g_strdup_printf ("{\"name\":\"%s\"}", name);

  return make_object (shared, "/scim/v2/Mailboxes", body);
}

static void
test_taken (void)
{
  g_autofree char *id = make_mailbox ("taken");
  g_autofree char *path = g_strconcat ("/api/v1/usage?periods=2&of=", id, NULL);
  g_autoptr (Answer) first = report (
      NULL, "{'mailbox':'taken','storedBytes':5,'lastAccess':'2026-01-01T00:00:00Z'}");
  g_autoptr (Answer) again
             = report (NULL,
                       "{'mailbox':'taken','storedBytes':5,'lastAccess':'2025-01-01T00:00:00Z'},"
                       "{'mailbox':'nobody','storedBytes':5}");

  assert_status (first, 200);
  g_assert_cmpint (get_number (first, "taken"), ==, 1);
  g_assert_null (g_hash_table_lookup (first->reply->headers, "x-mailstead-change"));
  assert_status (again, 200);
  g_assert_cmpint (get_number (again, "taken"), ==, 0);
  g_assert_cmpint (get_number (again, "unchanged"), ==, 1);
  g_assert_cmpstr (get_text (again, "refused.0.path"), ==, "readings[1].mailbox");
  g_autoptr (Answer) found = ask (shared, "GET", path, NULL, NULL);
  assert_status (found, 200);
  g_assert_cmpint (get_number (found, "usage.storedBytes"), ==, 5);
  g_assert_cmpstr (get_text (found, "usage.lastAccess"), ==, "2026-01-01T00:00:00.000Z");
  g_assert_cmpint (get_number (found, "periods.1.storedBytes"), ==, 5);
  g_assert_cmpint (get_number (found, "periods.0.sentBytes"), ==, 0);
}

static void
test_refused (void)
{
  static const struct
  {
    const char *method;
    const char *path;
    const char *body;
    guint       status;
    const char *fault;
  } cases[] = {
    { "POST", "/api/v1/usage", "{}", 400, "readings" },
    { "POST", "/api/v1/usage", "{\"readings\":{}}", 400, "readings" },
    { "POST", "/api/v1/usage", "{\"readings\":[],\"more\":1}", 400, "more" },
    { "POST",
      "/api/v1/usage",
      "{\"readings\":[{\"mailbox\":\"a\",\"sent\":{\"period\":\"x\"}}]}",
      400,
      "readings[0].sent.period" },
    { "GET", "/api/v1/usage?children=users", NULL, 400, "children" },
    { "GET", "/api/v1/usage?sortBy=lastAccess", NULL, 400, "sortBy" },
    { "GET", "/api/v1/usage?sortOrder=up", NULL, 400, "sortOrder" },
    { "GET", "/api/v1/usage?startIndex=0", NULL, 400, "startIndex" },
    { "GET", "/api/v1/usage?periods=0", NULL, 400, "periods" },
    { "GET", "/api/v1/usage?count=none", NULL, 400, "count" },
    { "GET", "/api/v1/usage?group=x", NULL, 400, "group" },
    { "GET", "/api/v1/usage?of=nothing", NULL, 404, NULL },
    { "GET", "/scim/v2/Mailboxes?sortBy=usage", NULL, 400, "sortBy" },
    { "GET", "/scim/v2/Mailboxes?filter=usage%20eq%201", NULL, 400, "filter" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s %s", cases[i].method, cases[i].path);
      g_autoptr (Answer) answer = ask (shared, cases[i].method, cases[i].path, cases[i].body, NULL);
      assert_status (answer, cases[i].status);
      if (cases[i].fault != NULL)
        g_assert_cmpstr (get_text (answer, "path"), ==, cases[i].fault);
    }
}

/* The version of an object says nothing of what it uses: nobody is told that it is the same. */
static void
test_conditional (void)
{
  static const char *const shown[]
      = { "attributes=usage",
          "attributes=name,usage.storedBytes",
          "attributes=usage.percent",
          "attributes=urn:ietf:params:scim:schemas:mailstead:2.0:Mailbox" };
  static const char *const others[] = { "", "attributes=name", "excludedAttributes=usage" };
  g_autofree char         *id = make_mailbox ("conditional");
  g_autofree char         *path = g_strconcat ("/scim/v2/Mailboxes/", id, "?", NULL);
  g_autoptr (Answer) taken = report (NULL, "{'mailbox':'conditional','storedBytes':5}");

  assert_status (taken, 200);
  for (guint i = 0; i < G_N_ELEMENTS (shown); i++)
    {
      g_autofree char *asked = g_strconcat (path, shown[i], NULL);
      g_autoptr (Answer) answer = ask (shared, "GET", asked, NULL, "If-None-Match: W/\"1\"\r\n");
      g_autoptr (Answer) stale = ask (shared, "GET", asked, NULL, "If-Match: W/\"2\"\r\n");
      g_test_message ("%s", shown[i]);
      assert_status (answer, 200);
      g_assert_null (g_hash_table_lookup (answer->reply->headers, "etag"));
      assert_status (stale, 412);
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *asked = g_strconcat (path, others[i], NULL);
      g_autoptr (Answer) answer = ask (shared, "GET", asked, NULL, "If-None-Match: W/\"1\"\r\n");
      g_test_message ("%s", others[i]);
      assert_status (answer, 304);
      g_assert_cmpstr (g_hash_table_lookup (answer->reply->headers, "etag"), ==, "W/\"1\"");
    }
  g_autoptr (Answer) domains = ask (shared, "GET", "/scim/v2/Domains?count=1", NULL, NULL);
  g_autofree char *domain = g_strconcat (
      "/scim/v2/Domains/", get_text (domains, "Resources.0.id"), "?attributes=usage", NULL);
  g_autoptr (Answer) total = ask (shared, "GET", domain, NULL, "If-None-Match: *\r\n");
  assert_status (total, 200);
  g_assert_null (g_hash_table_lookup (total->reply->headers, "etag"));
}

/* What clients send of it is passed over as what is computed is, and changes nothing. */
static void
test_read_only (void)
{
  g_autoptr (Answer) made = ask (shared,
                                 "POST",
                                 "/scim/v2/Mailboxes?attributes=usage,effectiveQuota",
                                 "{\"name\":\"sealed\",\"usage\":{\"storedBytes\":5}}",
                                 NULL);
  g_autoptr (Answer) like = ask (
      shared, "POST", "/scim/v2/Mailboxes", "{\"name\":\"like\",\"effectiveQuota\":5}", NULL);
  const char *said = g_hash_table_lookup (made->reply->headers, "x-mailstead-ignored");
  const char *same = g_hash_table_lookup (like->reply->headers, "x-mailstead-ignored");

  assert_status (made, 201);
  assert_status (like, 201);
  g_assert_cmpint (said != NULL, ==, same != NULL);
  g_assert_false (json_object_has_member (made->json, "usage"));
  g_autofree char *path = g_strconcat ("/scim/v2/Mailboxes/", get_text (made, "id"), NULL);
  g_autofree char *body = from_single_quotes (
      "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[{'op':'replace',"
      "'path':'usage.storedBytes','value':7}]}");
  g_autoptr (Answer) patched = ask (shared, "PATCH", path, body, NULL);
  g_test_message (
      "%s: %u %s", said != NULL ? said : "-", patched->status, patched->reply->body->str);
  assert_status (patched, 400);
  g_assert_cmpstr (get_text (patched, "scimType"), ==, "mutability");
}

/* It reports, and is nobody everywhere else. */
static void
test_token (void)
{
  static const char *const paths[]
      = { "/api/v1/usage",       "/api/v1/server",   "/api/v1/session", "/api/v1/events",
          "/api/v1/connections", "/scim/v2/Users",   "/scim/v2/Me",     "/api/v1/feed?since=1",
          "/api/v1/tokens",      "/scim/v2/Schemas", "/scim/v2/Guest" };
  g_autofree char *id = make_mailbox ("metered");
  g_autoptr (Answer) made = ask (
      shared, "POST", "/api/v1/tokens", "{\"name\":\"meter\",\"scope\":\"usage\"}", NULL);

  assert_status (made, 201);
  const char *token = get_text (made, "token");
  g_autoptr (Answer) taken = report (token, "{'mailbox':'metered','storedMessages':5}");
  assert_status (taken, 200);
  g_assert_cmpint (get_number (taken, "taken"), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (Answer) answer = ask_as (shared, token, "GET", paths[i], NULL, NULL);
      g_test_message ("%s", paths[i]);
      /* Discovery is for anybody, and says nothing of anybody. */
      if (strcmp (paths[i], "/scim/v2/Schemas") != 0)
        assert_status (answer, 403);
    }
  g_autoptr (Answer) write
             = ask_as (shared, token, "POST", "/scim/v2/Users", "{\"userName\":\"x\"}", NULL);
  assert_status (write, 403);
  g_autoptr (Answer) reader = ask (
      shared, "POST", "/api/v1/tokens", "{\"name\":\"reader\",\"scope\":\"read\"}", NULL);
  g_autoptr (Answer) denied
             = report (get_text (reader, "token"), "{'mailbox':'metered','storedMessages':6}");
  assert_status (denied, 403);
}

static void
expect_list (const char *query, const char *names)
{
  g_autofree char *path = g_strconcat ("/scim/v2/Mailboxes?attributes=name&", query, NULL);
  g_autoptr (Answer) answer = ask (shared, "GET", path, NULL, NULL);
  g_autoptr (GString) found = g_string_new (NULL);

  assert_status (answer, 200);
  JsonArray *list = json_object_get_array_member (answer->json, "Resources");
  for (guint i = 0; i < json_array_get_length (list); i++)
    g_string_append_printf (
        found,
        "%s%s",
        i > 0 ? " " : "",
        json_object_get_string_member (json_array_get_object_element (list, i), "name"));
  g_assert_cmpstr (found->str, ==, names);
}

/* One after the other by pages and cursors too. */
static void
test_lists (void)
{
  g_autoptr (GString) readings = g_string_new (NULL);

  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *name = g_strdup_printf ("l%02u", i);
      g_autofree char *id = make_mailbox (name);
      g_string_append_printf (readings,
                              "%s{'mailbox':'%s','storedBytes':%u,'lastAccess':'2024-01-%02uT00:00:"
                              "00Z'}",
                              i > 0 ? "," : "",
                              name,
                              1000000 - i * 1000,
                              i + 1);
    }
  g_autoptr (Answer) taken = report (NULL, readings->str);
  assert_status (taken, 200);
  expect_list ("filter=usage.storedBytes%20ge%20998000&sortBy=usage.storedBytes", "l02 l01 l00");
  expect_list ("filter=usage.storedBytes%20gt%20900000&sortBy=usage.storedBytes&startIndex=10",
               "l02 l01 l00");
  expect_list ("filter=name%20sw%20%22l0%22%20and%20usage.lastAccess%20lt%20%222024-01-03T00:00:"
               "00Z%22&sortBy=usage.lastAccess&sortOrder=descending",
               "l01 l00");
  expect_list ("filter=usage%5BstoredBytes%20eq%20995000%5D", "l05");
  g_autoptr (Answer) page
             = ask (shared,
                    "GET",
                    "/scim/v2/Mailboxes?attributes=name&sortBy=usage.lastAccess&count=2&cursor="
                    "&filter=name%20sw%20%22l%22",
                    NULL,
                    NULL);
  assert_status (page, 200);
  g_assert_cmpstr (get_text (page, "Resources.0.name"), ==, "l00");
  g_autofree char *next = g_strconcat ("cursor=",
                                       get_text (page, "nextCursor"),
                                       "&sortBy=usage.lastAccess&count=2"
                                       "&filter=name%20sw%20%22l%22",
                                       NULL);
  expect_list (next, "l02 l03");
}

static void
test_event (void)
{
  g_autofree char *id = make_mailbox ("heard");
  g_autofree char *request = g_strdup_printf (
      "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n",
      shared->token);
  g_autoptr (Wire) stream = wire_open (shared->port);

  g_assert_true (wire_send (stream, request));
  g_autoptr (WireReply) begun = wire_read_start (stream);
  g_assert_cmpuint (begun->status, ==, 200);
  g_autoptr (Answer) taken = report (NULL, "{'mailbox':'heard','storedBytes':5}");
  assert_status (taken, 200);
  g_autofree char *heard = wire_read_until (stream, "event: usage\ndata: {}\n", 20);
  g_assert_nonnull (heard);
  g_assert_null (strstr (heard, "event: change"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  shared = harbour_new (NULL);
  g_test_add_func ("/usage/taken", test_taken);
  g_test_add_func ("/usage/refused", test_refused);
  g_test_add_func ("/usage/conditional", test_conditional);
  g_test_add_func ("/usage/read-only", test_read_only);
  g_test_add_func ("/usage/token", test_token);
  g_test_add_func ("/usage/lists", test_lists);
  g_test_add_func ("/usage/event", test_event);
  int result = g_test_run ();
  harbour_free (shared);
  return result;
}
