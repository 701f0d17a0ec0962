/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /Bulk (RFC 7644 §3.7), and our own option "atomic".
 */
#include "scim-case.h"
#include "ms-service.h"
#include <string.h>

#define BULK(operations)                                                                           \
  "{\"schemas\":[\"" URN_MESSAGES "BulkRequest\"],\"Operations\":[" operations "]}"
#define BULK_WITH(members, operations)                                                             \
  "{\"schemas\":[\"" URN_MESSAGES "BulkRequest\"]," members ",\"Operations\":[" operations "]}"
#define ATOMIC "\"" MS_URN_BULK_OPTIONS "\":{\"atomic\":true}"
#define POST_USER(id, name)                                                                        \
  "{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"" id                                      \
  "\",\"data\":{\"schemas\":[\"" MS_URN_USER "\"],\"userName\":\"" name "\"}}"

static Answer *
bulk (const char *body)
{
  return scim ("POST", "/scim/v2/Bulk", body, NULL);
}

/* The path of operation @i's object, below /scim/v2. (transfer full) */
static char *
path_of (Answer *answer, guint i)
{
  g_autofree char *member = g_strdup_printf ("Operations.%u.location", i);
  return g_strdup (strstr (get_text (answer, member), "/scim/v2/"));
}

static void
assert_result (Answer *answer, guint i, const char *status)
{
  g_autofree char *member = g_strdup_printf ("Operations.%u.status", i);

  if (g_strcmp0 (get_text (answer, member), status) != 0)
    g_test_message ("%s", answer->reply->body->str);
  g_assert_cmpstr (get_text (answer, member), ==, status);
}

static guint
count_results (Answer *answer)
{
  return json_array_get_length (json_object_get_array_member (answer->json, "Operations"));
}

/* clang-format off: one row, one line */
static const ScimCase cases[] = {
  { "config-supported",
    "GET",
    "/scim/v2/ServiceProviderConfig",
    NULL,
    NULL,
    200,
    NULL,
    "\"bulk\":{\"supported\":true,\"maxOperations\":5000,\"maxPayloadSize\":8388608,\"atomic\":"
    "true}" },
  { "no-schemas",
    "POST",
    "/scim/v2/Bulk",
    "{\"Operations\":[{\"method\":\"DELETE\",\"path\":\"/Users/x\"}]}",
    NULL,
    400,
    NULL,
    "\"path\":\"schemas\"" },
  { "query-in-path",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"DELETE\",\"path\":\"/Users/x?mailboxes=keep\"}"),
    NULL,
    200,
    NULL,
    "\"scimType\":\"invalidPath\"" },
  { "no-operations",
    "POST",
    "/scim/v2/Bulk",
    BULK (""),
    NULL,
    400,
    NULL,
    "\"path\":\"Operations\"" },
  { "fail-on-errors-not-a-number",
    "POST",
    "/scim/v2/Bulk",
    BULK_WITH ("\"failOnErrors\":\"1\"", "{}"),
    NULL,
    400,
    NULL,
    "\"path\":\"failOnErrors\"" },
  { "unknown-option",
    "POST",
    "/scim/v2/Bulk",
    BULK_WITH ("\"" MS_URN_BULK_OPTIONS "\":{\"atomik\":true}", "{}"),
    NULL,
    400,
    NULL,
    "atomic" },
  { "method-get", "GET", "/scim/v2/Bulk", NULL, NULL, 405, "allow: POST, OPTIONS", NULL },
  { "unknown-method",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"GET\",\"path\":\"/Users\"}"),
    NULL,
    200,
    NULL,
    "\"status\":\"400\"" },
  { "post-without-bulk-id",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"POST\",\"path\":\"/Users\",\"data\":{\"userName\":\"bulk.noid\"}}"),
    NULL,
    200,
    NULL,
    "\"path\":\"bulkId\"" },
  { "invisible-character",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"b\",\"data\":{\"userName\":"
          "\"bulk\\u200bone\"}}"),
    NULL,
    200,
    NULL,
    "“userName” holds the format character U+200B at position 5, which a name cannot have" },
  { "no-nested-bulk",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"POST\",\"path\":\"/Bulk\",\"bulkId\":\"b\",\"data\":{}}"),
    NULL,
    200,
    NULL,
    "\"status\":\"404\"" },
  { "no-me",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"PATCH\",\"path\":\"/Me\",\"data\":{}}"),
    NULL,
    200,
    NULL,
    "\"status\":\"404\"" },
  { "foreign-host",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"POST\",\"path\":\"https://other.example/scim/v2/"
          "Users\",\"bulkId\":\"b\",\"data\":{\"userName\":\"bulk.foreign\"}}"),
    NULL,
    200,
    NULL,
    "invalidPath" },
  { "path-in-the-middle",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"POST\",\"path\":\"/x/scim/v2/"
          "Users\",\"bulkId\":\"b\",\"data\":{\"userName\":\"bulk.foreign\"}}"),
    NULL,
    200,
    NULL,
    "\"status\":\"404\"" },
  { "post-with-id",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"POST\",\"path\":\"/Users/x\",\"bulkId\":\"b\",\"data\":{}}"),
    NULL,
    200,
    NULL,
    "invalidPath" },
  { "no-data",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"PUT\",\"path\":\"/Users/x\"}"),
    NULL,
    200,
    NULL,
    "\"path\":\"data\"" },
  { "unknown-reference",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"POST\",\"path\":\"/"
          "Groups\",\"bulkId\":\"g\",\"data\":{\"displayName\":\"G\",\"members\":[{\"value\":"
          "\"bulkId:nobody\"}]}}"),
    NULL,
    200,
    NULL,
    "\"scimType\":\"invalidValue\"" },
  { "version-of-a-post",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"b\",\"version\":\"W/\\\"1\\\"\","
          "\"data\":{\"userName\":\"bulk.version\"}}"),
    NULL,
    200,
    NULL,
    "\"status\":\"412\"",
    "If-Match" },
  { "version-that-is-none",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"PATCH\",\"path\":\"/Guest\",\"version\":\"W/\\\"9\",\"data\":" PATCH (
        "{\"op\":\"replace\",\"path\":\"rights.imap\",\"value\":true}") "}"),
    NULL,
    200,
    NULL,
    "\"detail\":\"version holds something that is no entity tag\"",
    "If-Match" },
  { "version-is-compared",
    "POST",
    "/scim/v2/Bulk",
    BULK ("{\"method\":\"PATCH\",\"path\":\"/Guest\",\"version\":\"W/\\\"99\\\"\",\"data\":" PATCH (
        "{\"op\":\"replace\",\"path\":\"rights.imap\",\"value\":true}") "}"),
    NULL,
    200,
    NULL,
    "\"path\":\"version\"",
    "If-Match" },
};
/* clang-format on */

/* Results in the request's order, with what RFC 7644 §3.7 asks of each. */
static void
test_results (void)
{
  g_autofree char *id = make_user (scim_harbour, "bulk.old");
  g_autofree char *body = g_strdup_printf (
      BULK (POST_USER ("one", "bulk.one") "," POST_USER (
          "two",
          "ADMIN") ",{\"method\":\"patch\",\"bulkId\":\"three\",\"path\":\"/Users/"
                   "%s\",\"data\":" PATCH ("{\"op\":\"add\",\"path\":\"title\",\"value\":"
                                           "\"T\"}") "}"
                                                     ",{\"method\":\"PUT\",\"path\":\"/Users/"
                                                     "%s\",\"version\":\"W/\\\"2\\\"\","
                                                     "\"data\":{\"userName\":\"bulk.old2\"}}"
                                                     ",{\"method\":\"DELETE\",\"path\":\"/"
                                                     "Users/%s\"}"),
      id,
      id,
      id);
  g_autoptr (Answer) answer = bulk (body);

  assert_status (answer, 200);
  g_assert_cmpstr (wire_reply_get (answer->reply, "content-type"), ==, "application/scim+json");
  g_assert_cmpstr (get_text (answer, "schemas.0"), ==, URN_MESSAGES "BulkResponse");
  g_assert_cmpuint (count_results (answer), ==, 5);
  assert_result (answer, 0, "201");
  g_assert_cmpstr (get_text (answer, "Operations.0.bulkId"), ==, "one");
  g_assert_cmpstr (get_text (answer, "Operations.0.method"), ==, "POST");
  g_assert_cmpstr (get_text (answer, "Operations.0.version"), ==, "W/\"1\"");
  g_assert_null (find_node (answer, "Operations.0.response"));
  g_autofree char *made = path_of (answer, 0);
  g_autoptr (Answer) object = scim ("GET", made, NULL, NULL);
  g_assert_cmpstr (get_text (object, "userName"), ==, "bulk.one");

  assert_result (answer, 1, "409");
  g_assert_cmpstr (get_text (answer, "Operations.1.response.scimType"), ==, "uniqueness");
  g_assert_cmpstr (get_text (answer, "Operations.1.response.schemas.0"), ==, URN_MESSAGES "Error");
  g_assert_null (find_node (answer, "Operations.1.location"));
  assert_result (answer, 2, "200");
  g_assert_cmpstr (get_text (answer, "Operations.2.method"), ==, "PATCH");
  g_assert_cmpstr (get_text (answer, "Operations.2.bulkId"), ==, "three");
  g_assert_cmpstr (get_text (answer, "Operations.2.version"), ==, "W/\"2\"");
  assert_result (answer, 3, "200");
  assert_result (answer, 4, "204");
  g_assert_nonnull (find_node (answer, "Operations.4.location"));
  /* Each operation that did something is a change set of its own. */
  g_assert_cmpint (get_number (answer, "Operations.2.changeSet"),
                   ==,
                   get_number (answer, "Operations.0.changeSet") + 1);
}

/* Backward in data, in a PATCH path and in the request's path. */
static void
test_references (void)
{
  g_autoptr (Answer) answer = bulk (BULK (
      POST_USER ("u", "bulk.ref") ",{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"g\","
                                  "\"data\":{\"displayName\":\"Bulk "
                                  "refs\",\"members\":[{\"value\":\"bulkId:u\"}]}}"
                                  ",{\"method\":\"PATCH\",\"path\":\"/Users/"
                                  "bulkId:u\",\"data\":" PATCH (
                                      "{\"op\":\"add\",\"path\":\"title\",\"value\":\"By "
                                      "reference\"}") "}"
                                                      ",{\"method\":\"PATCH\",\"path\":\"/Groups/"
                                                      "bulkId:g\",\"data\":" PATCH (
                                                          "{\"op\":\"remove\",\"path\":\"members["
                                                          "value eq \\\"bulkId:u\\\"]\"}") "}"));

  assert_status (answer, 200);
  assert_result (answer, 0, "201");
  assert_result (answer, 1, "201");
  assert_result (answer, 2, "200");
  assert_result (answer, 3, "200");
  g_autofree char *user = path_of (answer, 0);
  g_autofree char *group = path_of (answer, 1);
  g_autoptr (Answer) person = scim ("GET", user, NULL, NULL);
  g_assert_cmpstr (get_text (person, "title"), ==, "By reference");
  g_autoptr (Answer) list = scim ("GET", group, NULL, NULL);
  g_assert_null (find_node (list, "members"));
}

/* What is no relation, no reference and no path is text, whatever it looks like. */
static void
test_text_is_no_reference (void)
{
  g_autoptr (Answer) answer = bulk (BULK (POST_USER (
      "u", "bulk.text") ",{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"v\","
                        "\"data\":{\"userName\":\"bulk.text.v\",\"title\":"
                        "\"bulkId:u\",\"nickName\":\"bulkId:u is nice\",\"emails\":"
                        "[{\"value\":\"bulkId:u\"}],\"externalId\":\"bulkId:u\","
                        "\"profileUrl\":\"/Users/bulkId:u\",\"photos\":[{\"value\":"
                        "\"bulkId:u\"}],\"" MS_URN_ENTERPRISE
                        "\":{\"department\":\"bulkId:u\",\"manager\":{\"value\":"
                        "\"bulkId:u\"}}}}"
                        ",{\"method\":\"PATCH\",\"path\":\"/Users/bulkId:v\",\"data\":" PATCH (
                            "{\"op\":\"add\",\"path\":\"userType\",\"value\":"
                            "\"bulkId:none\"},{\"op\":\"add\",\"path\":\"emails[value "
                            "eq \\\"bulkId:u\\\"].display\",\"value\":\"bulkId:none\"},"
                            "{\"op\":\"replace\",\"path\":\"" MS_URN_ENTERPRISE
                            ":manager.value\",\"value\":\"bulkId:u\"}") "}"));

  assert_status (answer, 200);
  assert_result (answer, 0, "201");
  assert_result (answer, 1, "201");
  assert_result (answer, 2, "200");
  g_autofree char *boss = path_of (answer, 0);
  g_autofree char *path = path_of (answer, 1);
  const char      *id = strrchr (boss, '/') + 1;
  g_autofree char *uri = g_strconcat ("/Users/", id, NULL);
  g_autoptr (Answer) user = scim ("GET", path, NULL, NULL);
  g_assert_cmpstr (get_text (user, "title"), ==, "bulkId:u");
  g_assert_cmpstr (get_text (user, "nickName"), ==, "bulkId:u is nice");
  g_assert_cmpstr (get_text (user, "userType"), ==, "bulkId:none");
  g_assert_cmpstr (get_text (user, "externalId"), ==, "bulkId:u");
  assert_holds (user, "\"emails\":[{\"value\":\"bulkId:u\",\"display\":\"bulkId:none\"}]");
  assert_holds (user, "\"department\":\"bulkId:u\"");
  g_assert_cmpstr (get_text (user, "profileUrl"), ==, uri);
  g_assert_cmpstr (get_text (user, "photos.0.value"), ==, uri);
  g_autofree char *manager = g_strdup_printf ("\"manager\":{\"value\":\"%s\"", id);
  assert_holds (user, manager);
}

static void
test_forward_reference (void)
{
  g_autoptr (Answer) answer = bulk (
      BULK ("{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"g\",\"data\":{"
            "\"displayName\":\"Forward\",\"members\":[{\"value\":\"bulkId:u\"}]}}," POST_USER (
                "u", "bulk.forward")));

  assert_status (answer, 200);
  assert_result (answer, 0, "201");
  assert_result (answer, 1, "201");
  g_assert_cmpstr (get_text (answer, "Operations.0.bulkId"), ==, "g");
  g_autofree char *group = path_of (answer, 0);
  g_autofree char *user = path_of (answer, 1);
  g_autoptr (Answer) list = scim ("GET", group, NULL, NULL);
  g_assert_true (g_str_has_suffix (user, get_text (list, "members.0.value")));
}

/* RFC 7644 §3.7.1: two lists that hold each other, and two users who are each other's manager. */
static void
test_circular_references (void)
{
  g_autoptr (Answer) answer = bulk (BULK (
      "{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"a\",\"data\":{\"displayName\":\"Ring "
      "A\","
      "\"members\":[{\"type\":\"Group\",\"value\":\"bulkId:b\"}]}},"
      "{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"b\",\"data\":{\"displayName\":\"Ring "
      "B\","
      "\"members\":[{\"type\":\"Group\",\"value\":\"bulkId:a\"}]}},"
      "{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"c\",\"data\":{\"userName\":\"ring.c\","
      "\"" MS_URN_ENTERPRISE "\":{\"manager\":{\"value\":\"bulkId:d\"}}}},"
      "{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"d\",\"data\":{\"userName\":\"ring.d\","
      "\"" MS_URN_ENTERPRISE "\":{\"manager\":{\"value\":\"bulkId:c\"}}}}"));

  assert_status (answer, 200);
  for (guint i = 0; i < 4; i++)
    {
      assert_result (answer, i, "201");
      g_autofree char *path = path_of (answer, i);
      g_autofree char *other = path_of (answer, i ^ 1);
      g_autofree char *member = g_strdup_printf ("Operations.%u.version", i);
      g_autoptr (Answer) object = scim ("GET", path, NULL, NULL);
      const char *value = i < 2 ? "members.0.value"
                                : "urn:ietf:params:scim:schemas:extension:enterprise:2!0:User"
                                  ".manager.value";
      g_assert_true (g_str_has_suffix (other, get_text (object, value)));
      g_assert_cmpstr (get_text (answer, member), ==, get_text (object, "meta.version"));
    }
}

#define KNOTS                                                                                      \
  "{\"name\":\"knots\",\"file\":{\"schemas\":[{\"id\":\"urn:example:test:Knot\",\"name\":"         \
  "\"Knot\","                                                                                      \
  "\"attributes\":[{\"name\":\"tag\",\"label\":true},{\"name\":\"ties\",\"type\":\"complex\","     \
  "\"multiValued\":true,\"mutability\":\"immutable\",\"relation\":{\"to\":[\"Knot\"]},"            \
  "\"subAttributes\":[{\"name\":\"value\"}]}]}],\"resourceTypes\":[{\"name\":\"Knot\","            \
  "\"endpoint\":\"/Knots\",\"schema\":\"urn:example:test:Knot\"}]}}"
#define POST_KNOT(id, ties)                                                                        \
  "{\"method\":\"POST\",\"path\":\"/Knots\",\"bulkId\":\"" id "\",\"data\":{\"tag\":\"" id         \
  "\",\"ties\":[" ties "]}}"

/* What is set once holds what is there and what is yet to come: it is set with both. */
static void
test_circle_set_once (void)
{
  g_autoptr (Answer) schema = scim ("POST", "/api/v1/schemas", KNOTS, NULL);
  assert_status (schema, 201);
  g_autofree char *old = make_object (scim_harbour, "/scim/v2/Knots", "{\"tag\":\"old\"}");

  for (guint atomic = 0; atomic < 2; atomic++)
    {
      g_autofree char *operations = g_strdup_printf (
          POST_KNOT ("a", "{\"value\":\"%s\"},{\"value\":\"bulkId:b\"}") "," POST_KNOT (
              "b", "{\"value\":\"bulkId:a\"},{\"value\":\"bulkId:b\"},{\"value\":\"%s\"}"),
          old,
          old);
      g_autofree char *body = atomic != 0 ? g_strdup_printf (BULK_WITH (ATOMIC, "%s"), operations)
                                          : g_strdup_printf (BULK ("%s"), operations);
      g_autoptr (Answer) answer = bulk (body);

      assert_status (answer, 200);
      assert_result (answer, 0, "201");
      assert_result (answer, 1, "201");
      for (guint i = 0; i < 2; i++)
        {
          g_autofree char *path = path_of (answer, i);
          g_autofree char *other = path_of (answer, i ^ 1);
          g_autoptr (Answer) knot = scim ("GET", path, NULL, NULL);
          JsonNode *ties = find_node (knot, "ties");
          g_assert_cmpuint (json_array_get_length (json_node_get_array (ties)), ==, 2 + i);
          assert_holds (knot, old);
          assert_holds (knot, strrchr (other, '/') + 1);
        }
    }
}

/* One of a circle fails: none of it is there. */
static void
test_circle_fails_whole (void)
{
  g_autoptr (Answer) answer
             = bulk (BULK ("{\"method\":\"POST\",\"path\":\"/"
                           "Groups\",\"bulkId\":\"a\",\"data\":{\"displayName\":\"Broken A\","
                           "\"members\":[{\"value\":\"bulkId:b\"}]}},"
                           "{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"b\",\"data\":{"
                           "\"members\":[{\"value\":\"bulkId:a\"}]}}"));

  assert_status (answer, 200);
  assert_result (answer, 0, "409");
  assert_result (answer, 1, "400");
  g_assert_cmpint (scim_count ("/scim/v2/Groups", "displayName sw \"Broken\""), ==, 0);
}

/* References that stand for each other are made of both, but not where the data forbid a circle. */
static void
test_circle_forbidden (void)
{
  g_autoptr (Answer) answer = bulk (
      BULK ("{\"method\":\"POST\",\"path\":\"/MailGroups\",\"bulkId\":\"a\","
            "\"data\":{\"name\":\"Forbidden A\",\"parent\":{\"value\":\"bulkId:b\"}}},"
            "{\"method\":\"POST\",\"path\":\"/MailGroups\",\"bulkId\":\"b\","
            "\"data\":{\"name\":\"Forbidden B\",\"parent\":{\"value\":\"bulkId:a\"}}}"));

  assert_status (answer, 200);
  g_test_message ("%s", answer->reply->body->str);
  assert_result (answer, 0, "400");
  assert_result (answer, 1, "409");
  g_assert_cmpint (scim_count ("/scim/v2/MailGroups", "name sw \"Forbidden\""), ==, 0);
}

/* Each operation with the version it expects; a stale one does nothing. */
static void
test_stale_versions (void)
{
  g_autofree char *id = make_user (scim_harbour, "bulk.stale");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autofree char *body = g_strdup_printf (
      BULK ("{\"method\":\"PUT\",\"path\":\"/Users/%s\",\"version\":\"W/\\\"9\\\"\","
            "\"data\":{\"userName\":\"bulk.stale\",\"title\":\"Put\"}},"
            "{\"method\":\"PATCH\",\"path\":\"/Users/%s\",\"version\":\"W/\\\"9\\\"\","
            "\"data\":" PATCH (
                "{\"op\":\"add\",\"path\":\"title\",\"value\":\"P\"}") "},"
                                                                       "{\"method\":\"DELETE\","
                                                                       "\"path\":\"/Users/"
                                                                       "%s\",\"version\":\"W/"
                                                                       "\\\"9\\\"\"}"),
      id,
      id,
      id);
  g_autoptr (Answer) answer = bulk (body);

  assert_status (answer, 200);
  for (guint i = 0; i < 3; i++)
    assert_result (answer, i, "412");
  g_autoptr (Answer) after = scim ("GET", path, NULL, NULL);
  g_assert_cmpstr (get_text (after, "meta.version"), ==, "W/\"1\"");
  assert_lacks (after, "\"title\"");
}

/* What refers to an operation that failed, fails with it and says so. */
static void
test_reference_to_failed (void)
{
  g_autoptr (Answer) answer = bulk (
      BULK (POST_USER ("u", "admin") ",{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"g\","
                                     "\"data\":{\"displayName\":\"Hangs "
                                     "on\",\"members\":[{\"value\":\"bulkId:u\"}]}}," POST_USER (
                                         "v", "bulk.goes.on")));

  assert_result (answer, 0, "409");
  assert_result (answer, 1, "409");
  g_assert_nonnull (
      strstr (get_text (answer, "Operations.1.response.detail"), "operation 1 failed"));
  assert_result (answer, 2, "201");
  g_assert_cmpint (scim_count ("/scim/v2/Groups", "displayName eq \"Hangs on\""), ==, 0);
}

/* To take out what is not there is no fault by itself, and "all but the new one" would be all. */
static void
test_remove_of_failed (void)
{
  static const char *const removes[] = {
    "\"path\":\"members[not (value eq \\\"bulkId:u\\\")]\"",
    "\"path\":\"members[value eq \\\"bulkId:u\\\"]\"",
    "\"path\":\"members\",\"value\":[{\"value\":\"bulkId:u\"}]",
    "\"path\":\"members\",\"value\":\"bulkId:u\"",
  };
  g_autofree char *user
      = make_object (scim_harbour, "/scim/v2/Users", "{\"userName\":\"bulk.stays.in\"}");
  g_autofree char *group
      = g_strdup_printf ("{\"displayName\":\"Keeps\",\"members\":[{\"value\":\"%s\"}]}", user);
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Groups", group);
  g_autofree char *path = g_strconcat ("/scim/v2/Groups/", id, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (removes); i++)
    {
      g_autofree char *body = g_strdup_printf (
          BULK (POST_USER ("u", "admin") ",{\"method\":\"PATCH\",\"path\":\"/Groups/%s\",\"data\":{"
                                         "\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:"
                                         "PatchOp\"],\"Operations\":[{"
                                         "\"op\":\"remove\",%s}]}}"),
          id,
          removes[i]);
      g_autoptr (Answer) answer = bulk (body);
      assert_result (answer, 0, "409");
      assert_result (answer, 1, "409");
      g_assert_nonnull (
          strstr (get_text (answer, "Operations.1.response.detail"), "operation 1 failed"));
      g_autoptr (Answer) after = scim ("GET", path, NULL, NULL);
      assert_holds (after, user);
    }
}

/* Which of several that there are not is which, the method tells. */
static void
test_unknown_methods (void)
{
  g_autoptr (Answer) answer = bulk (
      BULK ("{\"method\":\"GET\",\"path\":\"/Users\"},{\"method\":\"Fetch\",\"bulkId\":"
            "\"f\",\"path\":\"/Users\"},{\"method\":7,\"path\":\"/Users\"}"));

  for (guint i = 0; i < 3; i++)
    assert_result (answer, i, "400");
  g_assert_cmpstr (get_text (answer, "Operations.0.method"), ==, "GET");
  g_assert_cmpstr (get_text (answer, "Operations.1.method"), ==, "Fetch");
  g_assert_cmpstr (get_text (answer, "Operations.1.bulkId"), ==, "f");
  g_assert_cmpstr (get_text (answer, "Operations.2.method"), ==, "");
}

/* What was to be there under a bulkId, and is not, has no location. */
static void
test_no_location (void)
{
  static const char *const paths[]
      = { "/Users/bulkId:u", "/Users/bulkId:none", "/Users/bulkId:n", "/Users/gone" };
  g_autoptr (GString) operations
             = g_string_new (POST_USER ("u", "admin") ",{\"method\":\"POST\",\"path\":\"/Nowhere\","
                                                      "\"bulkId\":\"n\",\"data\":{}}");

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    g_string_append_printf (operations,
                            ",{\"method\":\"PATCH\",\"path\":\"%s\",\"data\":" PATCH (
                                "{\"op\":\"add\",\"path\":\"title\",\"value\":\"T\"}") "}",
                            paths[i]);
  g_autofree char *body = g_strdup_printf (BULK ("%s"), operations->str);
  g_autoptr (Answer) answer = bulk (body);

  assert_result (answer, 0, "409");
  assert_result (answer, 1, "404");
  assert_result (answer, 2, "409");
  assert_result (answer, 3, "400");
  assert_result (answer, 4, "409");
  assert_result (answer, 5, "404");
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *location = g_strdup_printf ("Operations.%u.location", i);
      g_assert_null (find_node (answer, location));
    }
  g_assert_true (g_str_has_suffix (get_text (answer, "Operations.5.location"), "/Users/gone"));
}

static void
test_fail_on_errors (void)
{
  g_autoptr (Answer) answer = bulk (
      BULK_WITH ("\"failOnErrors\":2",
                 POST_USER ("a", "foe.a") "," POST_USER ("b", "admin") "," POST_USER (
                     "c", "foe.c") "," POST_USER ("d", "admin") "," POST_USER ("e", "foe.e")));

  assert_status (answer, 200);
  g_assert_cmpuint (count_results (answer), ==, 4);
  assert_result (answer, 2, "201");
  assert_result (answer, 3, "409");
  g_assert_cmpint (scim_count ("/scim/v2/Users", "userName sw \"foe.\""), ==, 2);
  /* Without it everything is tried. */
  g_autoptr (Answer) all = bulk (
      BULK (POST_USER ("a", "admin") "," POST_USER ("b", "admin") "," POST_USER ("e", "foe.e")));
  g_assert_cmpuint (count_results (all), ==, 3);
  assert_result (all, 2, "201");
}

static void
test_atomic (void)
{
  g_autoptr (Answer) answer = bulk (
      BULK_WITH (ATOMIC,
                 "{\"method\":\"POST\",\"path\":\"/"
                 "Groups\",\"bulkId\":\"g\",\"data\":{\"displayName\":\"Atomic\","
                 "\"members\":[{\"value\":\"bulkId:u\"}]}}," POST_USER ("u", "atomic.u")));

  assert_status (answer, 200);
  assert_result (answer, 0, "201");
  assert_result (answer, 1, "201");
  gint64 set = get_number (answer, "Operations.0.changeSet");
  g_assert_cmpint (get_number (answer, "Operations.1.changeSet"), ==, set);
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, set);
  g_assert_cmpstr (wire_reply_get (answer->reply, "x-mailstead-change"), ==, number);
  /* One change set, and one undo takes all of it back. */
  g_autofree char *undo = g_strdup_printf ("/api/v1/changes/%s/undo", number);
  g_autoptr (Answer) undone = scim ("POST", undo, NULL, NULL);
  assert_status (undone, 200);
  g_assert_cmpint (scim_count ("/scim/v2/Users", "userName eq \"atomic.u\""), ==, 0);
  g_assert_cmpint (scim_count ("/scim/v2/Groups", "displayName eq \"Atomic\""), ==, 0);
}

/* What was never there for anybody else leaves nothing behind. */
static void
test_atomic_brief (void)
{
  g_autoptr (Answer) before = scim ("GET", "/api/v1/bin", NULL, NULL);
  g_autoptr (Answer) answer = bulk (
      BULK_WITH (ATOMIC,
                 POST_USER ("u", "atomic.brief") ",{\"method\":\"DELETE\",\"path\":\"/Users/"
                                                 "bulkId:u\"}"));
  g_autoptr (Answer) after = scim ("GET", "/api/v1/bin", NULL, NULL);

  assert_status (answer, 200);
  assert_result (answer, 0, "201");
  assert_result (answer, 1, "204");
  g_assert_null (wire_reply_get (answer->reply, "x-mailstead-change"));
  g_assert_cmpstr (after->reply->body->str, ==, before->reply->body->str);
  g_assert_cmpint (scim_count ("/scim/v2/Users", "userName eq \"atomic.brief\""), ==, 0);
}

#define PATCH_ONE(path, operation)                                                                 \
  "{\"method\":\"PATCH\",\"path\":\"" path "\",\"data\":" PATCH (operation) "}"

#define ADD_TITLE "{\"op\":\"add\",\"path\":\"title\",\"value\":\"T\"}"
#define ADD_MEMBER "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"%s\"}]}"

/* Operations that come to nothing altogether leave versions and times as they were, and the answer
 * says so. Where something else changes they have counted up, for no version goes back. */
static void
test_atomic_cancels (void)
{
  g_autofree char *user = make_user (scim_harbour, "cancel.user");
  g_autofree char *other = make_user (scim_harbour, "cancel.other");
  g_autofree char *list
      = make_object (scim_harbour, "/scim/v2/Groups", "{\"displayName\":\"cancel\"}");
  g_autofree char *operations = g_strdup_printf (
      PATCH_ONE ("/Users/%s", ADD_TITLE) "," PATCH_ONE ("/Groups/%s", ADD_MEMBER) "," PATCH_ONE (
          "/Groups/%s",
          "{\"op\":\"remove\",\"path\":\"members\"}") "," PATCH_ONE ("/Users/%s",
                                                                     "{\"op\":\"remove\",\"path\":"
                                                                     "\"title\"}"),
      user,
      list,
      other,
      list,
      user);
  g_autofree char *more = g_strdup_printf (PATCH_ONE ("/Users/%s", ADD_TITLE), other);
  g_autofree char *user_path = g_strconcat ("/scim/v2/Users/", user, NULL);
  g_autofree char *list_path = g_strconcat ("/scim/v2/Groups/", list, NULL);
  g_autofree char *other_path = g_strconcat ("/scim/v2/Users/", other, NULL);
  g_autoptr (Answer) before = scim ("GET", user_path, NULL, NULL);
  g_autoptr (Answer) list_before = scim ("GET", list_path, NULL, NULL);

  for (guint round = 0; round < 2; round++)
    {
      g_autofree char *body = g_strdup_printf (
          BULK_WITH (ATOMIC, "%s%s%s"), operations, round > 0 ? "," : "", round > 0 ? more : "");
      g_autoptr (Answer) answer = bulk (body);
      g_test_message ("%s", answer->reply->body->str);
      assert_status (answer, 200);
      g_assert_cmpint (wire_reply_get (answer->reply, "x-mailstead-change") != NULL, ==, round > 0);
      for (guint i = 0; i < 4; i++)
        {
          g_autofree char *version = g_strdup_printf ("Operations.%u.version", i);
          g_assert_cmpstr (get_text (answer, version), ==, round > 0 ? "W/\"2\"" : "W/\"1\"");
        }
      g_autoptr (Answer) after = scim ("GET", user_path, NULL, NULL);
      g_autoptr (Answer) list_after = scim ("GET", list_path, NULL, NULL);
      g_assert_cmpstr (get_text (after, "meta.version"), ==, round > 0 ? "W/\"2\"" : "W/\"1\"");
      g_assert_null (find_node (after, "title"));
      if (round > 0)
        break;
      g_assert_cmpstr (after->reply->body->str, ==, before->reply->body->str);
      g_assert_cmpstr (list_after->reply->body->str, ==, list_before->reply->body->str);
    }
  g_autoptr (Answer) changed = scim ("GET", other_path, NULL, NULL);
  g_assert_cmpstr (get_text (changed, "meta.version"), ==, "W/\"2\"");
  g_autoptr (Answer) next = scim ("PATCH", user_path, PATCH (ADD_TITLE), "If-Match: W/\"2\"\r\n");
  assert_status (next, 200);
  g_assert_cmpstr (get_text (next, "meta.version"), ==, "W/\"3\"");
}

static void
test_atomic_fails_whole (void)
{
  g_autoptr (Answer) before = scim ("GET", "/api/v1/server", NULL, NULL);
  g_autoptr (Answer) answer = bulk (BULK_WITH (
      ATOMIC,
      POST_USER ("a", "allor.a") "," POST_USER ("b", "admin") "," POST_USER ("c", "allor.c")));

  assert_status (answer, 200);
  assert_result (answer, 0, "409");
  g_assert_nonnull (
      strstr (get_text (answer, "Operations.0.response.detail"), "operation 2 failed"));
  g_assert_cmpstr (get_text (answer, "Operations.1.response.scimType"), ==, "uniqueness");
  assert_result (answer, 2, "409");
  g_assert_cmpint (scim_count ("/scim/v2/Users", "userName sw \"allor.\""), ==, 0);
  g_autoptr (Answer) after = scim ("GET", "/api/v1/server", NULL, NULL);
  g_assert_cmpint (get_number (before, "sequence"), ==, get_number (after, "sequence"));
}

/* The password does its work and is nowhere in the answer or the history. */
static void
test_passwords (void)
{
  g_autoptr (Answer) answer = bulk (
      BULK ("{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"p\",\"data\":{\"userName\":"
            "\"bulk.secret\",\"password\":\"Correct-horse-7\",\"" MS_URN_EXT_USER
            "\":{\"role\":\"auditor\"}}}"));

  assert_result (answer, 0, "201");
  assert_lacks (answer, "Correct-horse");
  g_autofree char *path = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT,
                                           get_number (answer, "Operations.0.changeSet"));
  g_autoptr (Answer) set = scim ("GET", path, NULL, NULL);
  assert_status (set, 200);
  assert_lacks (set, "Correct-horse");
  g_autoptr (Answer) session
             = ask_as (scim_harbour,
                       NULL,
                       "POST",
                       "/api/v1/session",
                       "{\"userName\":\"bulk.secret\",\"password\":\"Correct-horse-7\"}",
                       NULL);
  assert_status (session, 201);
}

/* A password that cannot be is the fault of its own operation, and says so as it would alone. */
static void
test_bad_passwords (void)
{
  static const guint lengths[] = { 0, 512, 1025, 70000 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *bad = g_strnfill (lengths[i], 'x');
      g_autofree char *body = g_strdup_printf (
          BULK (POST_USER ("a",
                           "pw-before-%u") ",{\"method\":\"POST\",\"path\":\"/Users\","
                                           "\"bulkId\":\"b\",\"data\":{\"userName\":\"pw-bad\","
                                           "\"password\":\"%s\"}}," POST_USER ("c", "pw-after-%u")),
          i,
          bad,
          i);
      g_autoptr (Answer) answer = bulk (body);
      assert_result (answer, 0, "201");
      assert_result (answer, 1, "400");
      assert_result (answer, 2, "201");
      g_assert_cmpstr (get_text (answer, "Operations.1.response.path"), ==, "password");
    }
  g_assert_cmpint (scim_count ("/scim/v2/Users", "userName eq \"pw-bad\""), ==, 0);
}

/* Every operation by the rights of who asks. */
static void
test_rights (void)
{
  g_autofree char *id = make_object (
      scim_harbour,
      "/scim/v2/Users",
      "{\"userName\":\"bulk.delegate\",\"password\":\"Correct-horse-7\",\"" MS_URN_EXT_USER
      "\":{\"role\":\"delegate\"}}");
  g_autoptr (Answer) session
             = ask_as (scim_harbour,
                       NULL,
                       "POST",
                       "/api/v1/session",
                       "{\"userName\":\"bulk.delegate\",\"password\":\"Correct-horse-7\"}",
                       NULL);
  g_autoptr (Answer) answer = ask_as (
      scim_harbour,
      get_text (session, "token"),
      "POST",
      "/scim/v2/Bulk",
      BULK (POST_USER (
          "u",
          "by.delegate") ",{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"g\",\"data\":"
                         "{\"displayName\":\"Not mine\"}}"),
      NULL);

  assert_status (answer, 200);
  assert_result (answer, 0, "201");
  assert_result (answer, 1, "403");
}

static void
test_ignored (void)
{
  g_autoptr (Answer) answer = bulk (
      BULK ("{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"i\",\"data\":{\"userName\":"
            "\"bulk.ignored\",\"favouriteColour\":\"red\"}}"));

  g_assert_cmpstr (wire_reply_get (answer->reply, "x-mailstead-ignored"), ==, "favouriteColour");

  /* Of the request, of an operation and of a PATCH in it. */
  g_autoptr (Answer) more = scim (
      "POST",
      "/scim/v2/Bulk",
      "{\"schemas\":[\"" URN_MESSAGES "BulkRequest\",\"urn:example:bulk\"],\"failOnError\":1,"
      "\"Operations\":[{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"i\",\"data\":{"
      "\"userName\":\"bulk.ignored.2\"}},{\"method\":\"PATCH\",\"path\":\"/Users/bulkId:i\","
      "\"ifMatch\":\"W/\\\"9\\\"\",\"data\":{\"schemas\":[\"" URN_MESSAGES
      "PatchOp\"],\"Operations\":[{\"op\":\"add\",\"path\":\"title\",\"value\":\"T\",\"if\":1}]}}]"
      "}",
      NULL);
  assert_status (more, 200);
  assert_result (more, 1, "200");
  g_assert_cmpstr (wire_reply_get (more->reply, "x-mailstead-ignored"),
                   ==,
                   "urn:example:bulk, failOnError, Operations.ifMatch, Operations.if");
}

/* A query is for requests of their own: nothing is done, and no address has it. */
static void
test_query (void)
{
  g_autofree char *id = make_user (scim_harbour, "bulk.query");
  g_autofree char *query = g_strdup_printf (
      BULK ("{\"method\":\"DELETE\",\"path\":\"/Users/%s?mailboxes=keep\"}"), id);
  g_autofree char *data = g_strdup_printf (
      BULK ("{\"method\":\"DELETE\",\"path\":\"/Users/%s\",\"data\":{\"mailboxes\":"
            "\"keep\"}}"),
      id);
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) refused = bulk (query);

  assert_result (refused, 0, "400");
  g_assert_cmpstr (get_text (refused, "Operations.0.response.path"), ==, "path");
  g_assert_null (strstr (refused->reply->body->str, "location"));
  g_autoptr (Answer) there = scim ("GET", path, NULL, NULL);
  assert_status (there, 200);

  g_autoptr (Answer) deleted = bulk (data);
  assert_result (deleted, 0, "204");
  g_assert_cmpstr (wire_reply_get (deleted->reply, "x-mailstead-ignored"), ==, "Operations.data");
}

/* More operations than one window, all in one request; and one more than there may be. */
static void
test_many (void)
{
  g_autoptr (GString) body = g_string_new ("{\"schemas\":[\"" URN_MESSAGES "BulkRequest\"],"
                                           "\"Operations\":[");

  for (guint i = 0; i < MS_BULK_MAX_OPERATIONS; i++)
    g_string_append_printf (body,
                            "%s{\"method\":\"POST\",\"path\":\"/Domains\",\"bulkId\":\"%u\","
                            "\"data\":{\"name\":\"d%u.many.example\"}}",
                            i > 0 ? "," : "",
                            i,
                            i);
  gsize length = body->len;
  g_string_append (body, "]}");
  g_autoptr (Answer) answer = bulk (body->str);
  assert_status (answer, 200);
  g_assert_cmpuint (count_results (answer), ==, MS_BULK_MAX_OPERATIONS);
  g_assert_cmpint (
      scim_count ("/scim/v2/Domains", "name ew \".many.example\""), ==, MS_BULK_MAX_OPERATIONS);

  g_string_truncate (body, length);
  g_string_append (body, ",{\"method\":\"DELETE\",\"path\":\"/Users/x\"}]}");
  g_autoptr (Answer) over = bulk (body->str);
  assert_status (over, 413);
  g_assert_cmpstr (get_text (over, "path"), ==, "Operations");
}

static void
test_payload (void)
{
  g_autofree char *filler = g_strnfill (8 * 1024 * 1024, 'a');
  g_autofree char *body = g_strdup_printf ("{\"x\":\"%s\"}", filler);
  g_autoptr (Answer) answer = bulk (body);

  assert_status (answer, 413);
}

static void
add (void)
{
  scim_add_cases ("bulk", cases, G_N_ELEMENTS (cases));
  scim_add ("bulk/query", test_query);
  scim_add ("bulk/results", test_results);
  scim_add ("bulk/references", test_references);
  scim_add ("bulk/forward-reference", test_forward_reference);
  scim_add ("bulk/circular-references", test_circular_references);
  scim_add ("bulk/text-is-no-reference", test_text_is_no_reference);
  scim_add ("bulk/circle-set-once", test_circle_set_once);
  scim_add ("bulk/circle-fails-whole", test_circle_fails_whole);
  scim_add ("bulk/circle-forbidden", test_circle_forbidden);
  scim_add ("bulk/stale-versions", test_stale_versions);
  scim_add ("bulk/reference-to-failed", test_reference_to_failed);
  scim_add ("bulk/remove-of-failed", test_remove_of_failed);
  scim_add ("bulk/unknown-methods", test_unknown_methods);
  scim_add ("bulk/no-location", test_no_location);
  scim_add ("bulk/fail-on-errors", test_fail_on_errors);
  scim_add ("bulk/atomic", test_atomic);
  scim_add ("bulk/atomic-brief", test_atomic_brief);
  scim_add ("bulk/atomic-fails-whole", test_atomic_fails_whole);
  scim_add ("bulk/passwords", test_passwords);
  scim_add ("bulk/bad-passwords", test_bad_passwords);
  scim_add ("bulk/rights", test_rights);
  scim_add ("bulk/atomic-cancels", test_atomic_cancels);
  scim_add ("bulk/ignored", test_ignored);
  scim_add ("bulk/many", test_many);
  scim_add ("bulk/payload", test_payload);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
