/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What Entra, Okta, Keycloak's plugins and authentik really send, each quirk with a body of that
 * shape, by a token of scope "scim" as they have it. docs/scim.md says what was decided and why.
 */
#include "scim-case.h"
#include <string.h>

#define ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
#define ENTERPRISE_NODE "urn:ietf:params:scim:schemas:extension:enterprise:2!0:User"

/* Entra --------------------------------------------------------------------------------------- */

/* clang-format off: one row, one line */
static const ScimCase entra[] = {
  { "test-connection",
    "GET",
    "/scim/v2/Users?filter=userName+eq+%22b5a1e0f4-1d3b-4a57%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "create-group-with-adscim-urn",
    "POST",
    "/scim/v2/Groups",
    "{\"schemas\":[\"" MS_URN_GROUP
    "\",\"http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/"
    "Group\"],\"externalId\":\"8aa1a0c0\",\"displayName\":\"entra "
    "group\",\"meta\":{\"resourceType\":\"Group\"}}",
    "Content-Type: application/scim+json; charset=utf-8\r\n",
    201,
    "content-type: application/scim+json",
    "\"schemas\":[\"" MS_URN_GROUP "\"]",
    "microsoft" },
  { "create-user",
    "POST",
    "/scim/v2/Users",
    "{\"schemas\":[\"" MS_URN_USER "\",\"" ENTERPRISE
    "\"],\"externalId\":\"0a21f0f2\",\"userName\":\"entra.user@x.example\",\"active\":true,"
    "\"addresses\":null,\"displayName\":\"Entra "
    "User\",\"emails\":[{\"type\":\"work\",\"value\":\"e@x.example\",\"primary\":true}],\"meta\":{"
    "\"resourceType\":\"User\"},\"name\":{\"formatted\":\"Entra "
    "User\",\"familyName\":\"User\",\"givenName\":\"Entra\"},\"phoneNumbers\":null,"
    "\"preferredLanguage\":null,\"roles\":[],\"title\":null,\"" ENTERPRISE
    "\":{\"department\":null,\"manager\":null}}",
    NULL,
    201,
    NULL,
    "\"displayName\":\"Entra User\"",
    "title" },
  { "filter-display-name-without-members",
    "GET",
    "/scim/v2/Groups?excludedAttributes=members&filter=displayName+eq+%22nobody%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "filter-membership",
    "GET",
    "/scim/v2/Groups?excludedAttributes=members&filter=id+eq+%22g%22+and+members+eq+%22u%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "tenant-flag",
    "GET",
    "/scim/v2/Users?aadOptscim062020&filter=userName+eq+%22x%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
};

/* @body: in which %s stands for the user's id */
typedef struct
{
  const char *path;
  const char *user_name;
  const char *method;
  const char *body;
} TurnOff;

static const TurnOff turn_offs[] = {
  { "/scim/entra/disabled",
    "entra.leaver",
    "PATCH",
    PATCH ("{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}") },
  { "/scim/okta/deactivate",
    "okta.leaver",
    "PATCH",
    PATCH ("{\"op\":\"replace\",\"value\":{\"active\":false}}") },
  { "/scim/okta/deactivate-by-put",
    "okta.put.leaver",
    "PUT",
    "{\"schemas\":[\"" MS_URN_USER
    "\"],\"id\":\"%s\",\"userName\":\"okta.put.leaver\",\"name\":{\"givenName\":\"Test\","
    "\"middleName\":\"\",\"familyName\":\"User\"},\"emails\":[{\"primary\":true,\"value\":"
    "\"l@x.example\",\"type\":\"work\",\"display\":\"l@x.example\"}],\"active\":false,"
    "\"groups\":[],\"meta\":{\"resourceType\":\"User\"}}" },
  { "/scim/authentik/deactivate",
    "authentik.leaver",
    "PUT",
    "{\"schemas\":[\"" MS_URN_USER
    "\"],\"id\":\"%s\",\"userName\":\"authentik.leaver\",\"name\":{\"formatted\":\"A Leaver\","
    "\"familyName\":\"Leaver\",\"givenName\":\"A\"},\"displayName\":\"A Leaver\",\"active\":"
    "false,\"emails\":[{\"value\":\"a@x.example\",\"type\":\"other\",\"primary\":true}],"
    "\"groups\":null,\"locale\":null,\"externalId\":\"u7\",\"meta\":{\"resourceType\":\"User\"}}" },
  { "/scim/keycloak/deactivate",
    "keycloak.leaver",
    "PUT",
    "{\"schemas\":[\"" MS_URN_USER
    "\"],\"id\":\"%s\",\"userName\":\"keycloak.leaver\",\"active\":false,\"emails\":[{\"value\":"
    "\"k@x.example\",\"primary\":true}],\"groups\":[{\"value\":\"x\",\"display\":\"y\"}],"
    "\"roles\":[],\"meta\":{\"resourceType\":\"User\",\"created\":\"2024-01-01T00:00:00Z\"}}" },
};

static const ScimPatch entra_patches[] = {
  { "boolean-as-string",
    "{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}",
    200,
    "\"active\":false" },
  { "boolean-as-string-without-path",
    "{\"op\":\"Replace\",\"value\":{\"active\":\"False\"}}",
    200,
    "\"active\":false" },
  { "a-text-true-stays-text",
    "{\"op\":\"Replace\",\"path\":\"nickName\",\"value\":\"True\"}",
    200,
    "\"nickName\":\"True\"" },
  { "add-to-missing-element",
    "{\"op\":\"Add\",\"path\":\"emails[type eq \\\"work\\\"].value\",\"value\":\"w@x.example\"}",
    200,
    "{\"type\":\"work\",\"value\":\"w@x.example\"}" },
  { "replace-of-missing-element",
    "{\"op\":\"Replace\",\"path\":\"phoneNumbers[type eq \\\"mobile\\\"].value\",\"value\":\"+1 "
    "555\"}",
    200,
    "{\"type\":\"mobile\",\"value\":\"+1 555\"}" },
  { "address-part-of-missing-element",
    "{\"op\":\"Add\",\"path\":\"addresses[type eq \\\"work\\\"].country\",\"value\":\"Germany\"}",
    200,
    "\"country\":\"Germany\"" },
  { "enterprise-path",
    "{\"op\":\"Add\",\"path\":\"" ENTERPRISE ":department\",\"value\":\"Docks\"}",
    200,
    "\"department\":\"Docks\"" },
  { "value-in-array",
    "{\"op\":\"Replace\",\"path\":\"displayName\",\"value\":[{\"$ref\":null,\"value\":\"Wrapped\"}]"
    "}",
    200,
    "\"displayName\":\"Wrapped\"" },
  { "phone-as-sent",
    "{\"op\":\"Add\",\"path\":\"phoneNumbers[type eq \\\"work\\\"].value\",\"value\":\"(425) "
    "555-0100 x12\"}",
    200,
    "\"(425) 555-0100 x12\"" },
};
/* clang-format on */

/* One operation, in which %s stands for @argument. */
static Answer *
patch (const char *path, const char *operation, const char *argument)
{
  g_autoptr (GString) filled = g_string_new (operation);

  g_string_replace (filled, "%s", argument, 0);
  g_autofree char *body = g_strdup_printf (PATCH ("%s"), filled->str);
  return scim ("PATCH", path, body, NULL);
}

static char *
get_path (const char *type, const char *id)
{
  return g_strdup_printf ("/scim/v2/%s/%s", type, id);
}

/* A manager as a plain id, as an object, and taken away. */
static void
test_entra_manager (void)
{
  g_autofree char *boss = make_user (scim_harbour, "entra.boss");
  g_autofree char *id = make_user (scim_harbour, "entra.report");
  g_autofree char *path = get_path ("Users", id);

  g_autoptr (Answer) text = patch (
      path, "{\"op\":\"Add\",\"path\":\"" ENTERPRISE ":manager\",\"value\":\"%s\"}", boss);
  assert_status (text, 200);
  g_assert_cmpstr (get_text (text, ENTERPRISE_NODE ".manager.value"), ==, boss);
  g_autoptr (Answer) none
             = patch (path, "{\"op\":\"Remove\",\"path\":\"" ENTERPRISE ":manager\"}%s", "");
  assert_status (none, 200);
  g_assert_null (find_node (none, ENTERPRISE_NODE ".manager"));
  g_autoptr (Answer) object = patch (path,
                                     "{\"op\":\"Replace\",\"path\":\"" ENTERPRISE
                                     ":manager\",\"value\":{\"value\":\"%s\"}}",
                                     boss);
  g_assert_cmpstr (get_text (object, ENTERPRISE_NODE ".manager.value"), ==, boss);
}

static void
test_entra_members (void)
{
  g_autofree char *a = make_user (scim_harbour, "entra.a");
  g_autofree char *b = make_user (scim_harbour, "entra.b");
  g_autofree char *id
      = make_object (scim_harbour, "/scim/v2/Groups", "{\"displayName\":\"Entra members\"}");
  g_autofree char *path = get_path ("Groups", id);
  g_autofree char *both
      = g_strdup_printf ("{\"$ref\":null,\"value\":\"%s\"},{\"value\":\"%s\"}", a, b);

  g_autoptr (Answer) added
             = patch (path, "{\"op\":\"Add\",\"path\":\"members\",\"value\":[%s]}", both);
  assert_status (added, 204);
  /* Only those that it names, never all. */
  g_autoptr (Answer) removed = patch (
      path,
      "{\"op\":\"Remove\",\"path\":\"members\",\"value\":[{\"$ref\":null,\"value\":\"%s\"}]}",
      a);
  assert_status (removed, 204);
  g_autoptr (Answer) now = scim ("GET", path, NULL, NULL);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (now->json, "members")), ==, 1);
  g_assert_cmpstr (get_text (now, "members.0.value"), ==, b);
  /* "Is u a member of g": Entra asks before it adds. */
  g_autofree char *asked = g_strdup_printf ("id eq \"%s\" and members eq \"%s\"", id, b);
  g_assert_cmpint (scim_count ("/scim/v2/Groups", asked), ==, 1);
}

static void
test_entra_filters (void)
{
  g_autofree char *id = make_object (
      scim_harbour,
      "/scim/v2/Users",
      "{\"userName\":\"entra.found\",\"externalId\":\"7f30c1\",\"emails\":[{\"type\":\"work\","
      "\"value\":\"found@x.example\",\"primary\":true}]}");
  g_autofree char *create
      = g_strdup_printf ("{\"displayName\":\"Entra found\",\"members\":[{\"value\":\"%s\"}]}", id);
  g_autofree char *group = make_object (scim_harbour, "/scim/v2/Groups", create);
  g_autoptr (Answer) external
             = scim ("GET", "/scim/v2/Users?filter=externalId+eq+%227f30c1%22", NULL, NULL);
  g_assert_cmpint (get_number (external, "totalResults"), ==, 1);
  g_assert_cmpstr (get_text (external, "Resources.0.userName"), ==, "entra.found");
  g_autoptr (Answer) work = scim (
      "GET",
      "/scim/v2/Users?filter=emails%5Btype+eq+%22work%22%5D.value+eq+%22found@x.example%22",
      NULL,
      NULL);
  g_assert_cmpint (get_number (work, "totalResults"), ==, 1);
  g_assert_cmpstr (get_text (work, "Resources.0.id"), ==, id);
  g_autoptr (Answer) named = scim (
      "GET",
      "/scim/v2/Groups?excludedAttributes=members&filter=displayName+eq+%22entra+found%22",
      NULL,
      NULL);
  assert_status (named, 200);
  g_assert_cmpint (get_number (named, "totalResults"), ==, 1);
  g_assert_cmpstr (get_text (named, "Resources.0.id"), ==, group);
  assert_lacks (named, "\"members\"");
}

static void
test_entra_flag_mode (void)
{
  g_autofree char *id = make_user (scim_harbour, "entra.flag");
  g_autofree char *path = get_path ("Users", id);
  g_autoptr (Answer) answer
             = patch (path,
                      "{\"op\":\"replace\",\"value\":{\"name.givenName\":\"Ada\",\"" ENTERPRISE
                      ":department\":\"Docks\",\"displayName\":\"Ada D\"}}%s",
                      "");

  assert_status (answer, 200);
  g_assert_cmpstr (get_text (answer, "name.givenName"), ==, "Ada");
  g_assert_cmpstr (get_text (answer, ENTERPRISE_NODE ".department"), ==, "Docks");
  g_assert_cmpstr (get_text (answer, "displayName"), ==, "Ada D");
}

/* Turning off ---------------------------------------------------------------------------------- */

/* The token of whoever connected the provider. */
static char *administrator;

/* Disabling is all that they do: it takes log-on away at once, and the user is found. */
static void
test_turned_off (gconstpointer data)
{
  const TurnOff   *row = data;
  g_autofree char *create
      = g_strdup_printf ("{\"userName\":\"%s\",\"password\":\"Correct-horse-7\"}", row->user_name);
  g_autofree char *credentials
      = g_strdup_printf ("{\"userName\":\"%s\",\"password\":\"Correct-horse-7\"}", row->user_name);
  g_autofree char *filter = g_strdup_printf ("userName eq \"%s\"", row->user_name);
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Users", create);
  g_autofree char *path = get_path ("Users", id);
  g_autoptr (GString) body = g_string_new (row->body);
  g_string_replace (body, "%s", id, 0);
  /* A provider gives no role, without which nobody logs on here. */
  g_autoptr (Answer) role = ask_as (
      scim_harbour,
      administrator,
      "PATCH",
      path,
      PATCH ("{\"op\":\"add\",\"path\":\"" MS_URN_EXT_USER ":role\",\"value\":\"auditor\"}"),
      NULL);
  assert_status (role, 200);
  g_autoptr (Answer) session
             = ask_as (scim_harbour, NULL, "POST", "/api/v1/session", credentials, NULL);
  assert_status (session, 201);
  const char *token = get_text (session, "token");
  g_autoptr (Answer) before = ask_as (scim_harbour, token, "GET", "/scim/v2/Me", NULL, NULL);
  assert_status (before, 200);

  g_autoptr (Answer) disabled = scim (
      row->method, path, body->str, "Content-Type: application/scim+json; charset=utf-8\r\n");
  assert_status (disabled, 200);
  assert_holds (disabled, "\"active\":false");
  g_autoptr (Answer) after = ask_as (scim_harbour, token, "GET", "/scim/v2/Me", NULL, NULL);
  assert_status (after, 401);
  g_autoptr (Answer) again
             = ask_as (scim_harbour, NULL, "POST", "/api/v1/session", credentials, NULL);
  assert_status (again, 401);
  g_assert_cmpint (scim_count ("/scim/v2/Users", filter), ==, 1);
}

/* Okta ---------------------------------------------------------------------------------------- */

/* PUTs back what it read, with id, groups and meta in it. */
static void
test_okta_put (void)
{
  g_autofree char *id = make_object (
      scim_harbour,
      "/scim/v2/Users",
      "{\"schemas\":[\"" MS_URN_USER
      "\"],\"userName\":\"okta.user\",\"name\":{\"givenName\":\"Test\","
      "\"familyName\":\"User\"},\"emails\":[{\"primary\":true,\"value\":\"o@x.example\",\"type\":"
      "\"work\"}],"
      "\"displayName\":\"Test User\",\"locale\":\"en-US\",\"externalId\":\"00ujl29u0le5T6Aj10h7\","
      "\"groups\":[],\"password\":\"1mz050nq-A\",\"active\":true}");
  g_autofree char *path = get_path ("Users", id);
  g_autofree char *body
      = g_strdup_printf ("{\"schemas\":[\"" MS_URN_USER
                         "\"],\"id\":\"%s\",\"userName\":\"okta.user\",\"name\":{\"givenName\":"
                         "\"Another\",\"middleName\":\"\",\"familyName\":\"User\"},\"emails\":[{"
                         "\"primary\":true,\"value\":"
                         "\"o@x.example\",\"type\":\"work\",\"display\":\"o@x.example\"}],"
                         "\"active\":true,\"groups\":[{"
                         "\"value\":\"x\",\"display\":\"y\"}],\"meta\":{\"resourceType\":\"User\","
                         "\"version\":\"W/\\\"99\\\"\"}}",
                         id);
  g_autoptr (Answer) put = scim ("PUT", path, body, NULL);
  assert_status (put, 200);
  g_assert_cmpstr (get_text (put, "name.givenName"), ==, "Another");
  g_assert_null (find_node (put, "groups"));
  g_assert_null (find_node (put, "displayName"));
  /* The password stays: a client that does not know it cannot send it. */
  assert_holds (put, "yescrypt");
  assert_lacks (put, "1mz050nq");
}

/* Renames a group without a path, with its id in the value. */
static void
test_okta_group_rename (void)
{
  g_autofree char *id
      = make_object (scim_harbour, "/scim/v2/Groups", "{\"displayName\":\"Okta old\"}");
  g_autofree char *path = get_path ("Groups", id);
  g_autoptr (Answer) renamed = patch (
      path, "{\"op\":\"replace\",\"value\":{\"id\":\"%s\",\"displayName\":\"Okta new\"}}", id);
  assert_status (renamed, 204);
  g_autoptr (Answer) now = scim ("GET", path, NULL, NULL);
  g_assert_cmpstr (get_text (now, "displayName"), ==, "Okta new");
  g_autoptr (Answer) other = patch (
      path, "{\"op\":\"replace\",\"value\":{\"id\":\"%s\",\"displayName\":\"x\"}}", "another");
  assert_status (other, 400);
  g_assert_cmpstr (get_text (other, "scimType"), ==, "mutability");
}

static void
test_okta_members (void)
{
  g_autofree char *a = make_user (scim_harbour, "okta.a");
  g_autofree char *b = make_user (scim_harbour, "okta.b");
  g_autofree char *create = g_strdup_printf (
      "{\"displayName\":\"Okta members\",\"members\":[{\"value\":\"%s\",\"display\":\"okta.a\"}]}",
      a);
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Groups", create);
  g_autofree char *path = get_path ("Groups", id);
  g_autofree char *operations = g_strdup_printf (
      "{\"op\":\"remove\",\"path\":\"members[value eq \\\"%s\\\"]\"},"
      "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"%s\",\"display\":\"okta.b\"}]}",
      a,
      b);
  g_autoptr (Answer) changed = patch (path, "%s", operations);
  assert_status (changed, 204);
  g_autoptr (Answer) now = scim ("GET", path, NULL, NULL);
  g_assert_cmpstr (get_text (now, "members.0.value"), ==, b);
  g_assert_null (find_node (now, "members.1"));
}

/* Keycloak's plugins -------------------------------------------------------------------------- */

/* A PUT of a group that says nothing of members must not empty it; [] does. */
static void
test_keycloak_group_put (void)
{
  g_autofree char *user = make_user (scim_harbour, "keycloak.member");
  g_autofree char *other = make_user (scim_harbour, "keycloak.other");
  g_autofree char *create
      = g_strdup_printf ("{\"displayName\":\"Keycloak\",\"members\":[{\"value\":\"%s\"}]}", user);
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Groups", create);
  g_autofree char *path = get_path ("Groups", id);

  g_autoptr (Answer) put = scim ("PUT",
                                 path,
                                 "{\"schemas\":[\"" MS_URN_GROUP
                                 "\"],\"displayName\":\"Keycloak 2\",\"externalId\":\"k\"}",
                                 NULL);
  assert_status (put, 200);
  g_assert_cmpstr (get_text (put, "members.0.value"), ==, user);
  g_autoptr (Answer) null_put
             = scim ("PUT", path, "{\"displayName\":\"Keycloak 2\",\"members\":null}", NULL);
  g_assert_cmpstr (get_text (null_put, "members.0.value"), ==, user);
  /* Members as the plugins name them, without a type. */
  g_autofree char *named = g_strdup_printf (
      "{\"displayName\":\"Keycloak 2\",\"members\":[{\"value\":\"%s\",\"display\":\"x\"}]}", other);
  g_autoptr (Answer) members = scim ("PUT", path, named, NULL);
  assert_status (members, 200);
  g_assert_cmpstr (get_text (members, "members.0.value"), ==, other);
  g_assert_cmpstr (get_text (members, "members.0.type"), ==, "User");
  g_assert_null (find_node (members, "members.1"));
  g_autoptr (Answer) emptied
             = scim ("PUT", path, "{\"displayName\":\"Keycloak 2\",\"members\":[]}", NULL);
  assert_status (emptied, 200);
  g_assert_null (find_node (emptied, "members"));
}

static void
test_keycloak_user_put (void)
{
  g_autofree char *id
      = make_object (scim_harbour,
                     "/scim/v2/Users",
                     "{\"userName\":\"keycloak.user\",\"active\":false,\"" MS_URN_EXT_USER
                     "\":{\"description\":\"ours\"}}");
  g_autofree char *path = get_path ("Users", id);
  g_autoptr (Answer) put = scim ("PUT",
                                 path,
                                 "{\"schemas\":[\"" MS_URN_USER
                                 "\"],\"userName\":\"keycloak.user\",\"emails\":[{\"value\":"
                                 "\"k@x.example\",\"primary\":true}],\"roles\":[]}",
                                 NULL);
  assert_status (put, 200);
  /* A client that does not know active must not switch an account on, nor clear our extension. */
  assert_holds (put, "\"active\":false");
  assert_holds (put, "\"description\":\"ours\"");
}

/* authentik ----------------------------------------------------------------------------------- */

/* Takes its defaults for all of it where something is missing; cuts PATCHes by bulk.maxOperations,
 * where less than one means no limit. */
static void
test_authentik_config (void)
{
  static const char *const supported[]
      = { "patch.supported",          "bulk.supported", "filter.supported",
          "changePassword.supported", "sort.supported", "etag.supported" };
  g_autoptr (Answer) config = scim ("GET", "/scim/v2/ServiceProviderConfig", NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (supported); i++)
    {
      JsonNode *node = find_node (config, supported[i]);
      g_test_message ("%s", supported[i]);
      g_assert_true (node != NULL && json_node_get_boolean (node));
    }
  g_assert_cmpint (get_number (config, "bulk.maxOperations"), >=, 100);
  g_assert_cmpint (get_number (config, "bulk.maxPayloadSize"), >=, 1024 * 1024);
  g_assert_cmpint (get_number (config, "filter.maxResults"), >=, 100);
  g_assert_cmpstr (get_text (config, "authenticationSchemes.0.type"), ==, "oauthbearertoken");
  g_assert_cmpstr (get_text (config, "authenticationSchemes.0.name"), ==, "Bearer token");
  g_assert_cmpstr (get_text (config, "meta.resourceType"), ==, "ServiceProviderConfig");
  g_assert_nonnull (strstr (get_text (config, "meta.location"), "/scim/v2/ServiceProviderConfig"));
}

#define ADD_ONE "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"%s\"}]}"

/* One PATCH of as many operations as it reads in bulk.maxOperations, each with one member. */
static void
test_authentik_chunks (void)
{
  g_autoptr (Answer) config = scim ("GET", "/scim/v2/ServiceProviderConfig", NULL, NULL);
  gint64           n = get_number (config, "bulk.maxOperations");
  g_autofree char *user = make_user (scim_harbour, "authentik.chunk");
  g_autofree char *id
      = make_object (scim_harbour, "/scim/v2/Groups", "{\"displayName\":\"Chunks\"}");
  g_autofree char *path = get_path ("Groups", id);
  g_autoptr (GString) operations = g_string_new (NULL);

  for (gint64 i = 0; i < n; i++)
    g_string_append_printf (operations, "%s" ADD_ONE, i > 0 ? "," : "", user);
  g_autoptr (Answer) whole = patch (path, operations->str, "");
  assert_status (whole, 204);
  g_autoptr (Answer) now = scim ("GET", path, NULL, NULL);
  g_assert_cmpstr (get_text (now, "members.0.value"), ==, user);
  g_assert_null (find_node (now, "members.1"));
  g_string_append_printf (operations, "," ADD_ONE, user);
  g_autoptr (Answer) more = patch (path, operations->str, "");
  assert_status (more, 413);
  g_assert_cmpstr (get_text (more, "path"), ==, "Operations");
}

/* Creates; where that is 409, looks the name up and PUTs. */
static void
test_authentik_conflict (void)
{
  static const char body[]
      = "{\"schemas\":[\"" MS_URN_USER
        "\"],\"userName\":\"authentik.user\",\"name\":{\"formatted\":\"An User\",\"familyName\":"
        "\"User\",\"givenName\":\"An\",\"middleName\":null},\"displayName\":\"An User\",\"active\":"
        "true,\"emails\":[{\"value\":\"an@x.example\",\"type\":\"other\",\"primary\":true}],"
        "\"locale\":null,\"photos\":null,\"groups\":null,\"externalId\":\"u1\"}";
  g_autofree char *id = make_user (scim_harbour, "authentik.user");
  g_autoptr (Answer) conflict = scim ("POST", "/scim/v2/Users", body, NULL);
  assert_status (conflict, 409);
  g_assert_cmpstr (get_text (conflict, "scimType"), ==, "uniqueness");
  g_autofree char *query
      = scim_query ("/scim/v2/Users", "filter", "userName eq \"authentik.user\"", NULL);
  g_autoptr (Answer) found = scim ("GET", query, NULL, NULL);
  g_assert_cmpstr (get_text (found, "Resources.0.id"), ==, id);
  g_autofree char *path = get_path ("Users", id);
  g_autoptr (Answer) put = scim ("PUT", path, body, NULL);
  assert_status (put, 200);
  g_assert_cmpstr (get_text (put, "externalId"), ==, "u1");
  g_assert_cmpstr (get_text (put, "name.formatted"), ==, "An User");
  g_assert_cmpstr (get_text (put, "emails.0.value"), ==, "an@x.example");
}

/* Adds members with "schemas" beside them and asks for no more than startIndex until it has seen
 * totalResults: totals must be reachable. */
static void
test_authentik_lists (void)
{
  gint64 seen = 0, total = 1;

  for (guint i = 0; seen < total && i < 200; i++)
    {
      g_autofree char *path
          = g_strdup_printf ("/scim/v2/Users?startIndex=%" G_GINT64_FORMAT "&count=5", seen + 1);
      g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);
      total = get_number (answer, "totalResults");
      g_assert_cmpint (get_number (answer, "itemsPerPage"), >, 0);
      seen += get_number (answer, "itemsPerPage");
    }
  g_assert_cmpint (seen, ==, total);
}

static void
test_authentik_members (void)
{
  g_autofree char *user = make_user (scim_harbour, "authentik.member");
  g_autofree char *id
      = make_object (scim_harbour, "/scim/v2/Groups", "{\"displayName\":\"Authentik\"}");
  g_autofree char *path = get_path ("Groups", id);
  g_autoptr (Answer) added = patch (path,
                                    "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"%"
                                    "s\",\"$ref\":null,\"type\":null}]}",
                                    user);
  assert_status (added, 204);
  g_autoptr (Answer) renamed
             = patch (path,
                      "{\"op\":\"replace\",\"path\":null,\"value\":{\"schemas\":[\"" MS_URN_GROUP
                      "\"],\"id\":\"%s\",\"displayName\":\"Authentik 2\"}}",
                      id);
  assert_status (renamed, 204);
  g_autoptr (Answer) removed = patch (
      path, "{\"op\":\"remove\",\"path\":\"members\",\"value\":[{\"value\":\"%s\"}]}", user);
  assert_status (removed, 204);
  g_autoptr (Answer) now = scim ("GET", path, NULL, NULL);
  g_assert_cmpstr (get_text (now, "displayName"), ==, "Authentik 2");
  g_assert_null (find_node (now, "members"));
}

/* What a provider is given reaches SCIM and nothing else: all requests here are made with that. */
static void
become_provider (void)
{
  g_autoptr (Answer) made
             = scim ("POST", "/api/v1/tokens", "{\"name\":\"provider\",\"scope\":\"scim\"}", NULL);

  assert_status (made, 201);
  administrator = scim_harbour->token;
  scim_harbour->token = g_strdup (get_text (made, "token"));
}

static void
add (void)
{
  become_provider ();
  scim_add_cases ("entra", entra, G_N_ELEMENTS (entra));
  scim_add_patches ("entra", entra_patches, G_N_ELEMENTS (entra_patches));
  scim_add ("entra/manager", test_entra_manager);
  scim_add ("entra/members", test_entra_members);
  scim_add ("entra/filters", test_entra_filters);
  scim_add ("entra/flag-mode-dotted-and-qualified", test_entra_flag_mode);
  for (gsize i = 0; i < G_N_ELEMENTS (turn_offs); i++)
    g_test_add_data_func (turn_offs[i].path, &turn_offs[i], test_turned_off);
  scim_add ("okta/put", test_okta_put);
  scim_add ("okta/group-rename", test_okta_group_rename);
  scim_add ("okta/members", test_okta_members);
  scim_add ("keycloak/group-put", test_keycloak_group_put);
  scim_add ("keycloak/user-put", test_keycloak_user_put);
  scim_add ("authentik/config", test_authentik_config);
  scim_add ("authentik/chunks", test_authentik_chunks);
  scim_add ("authentik/conflict", test_authentik_conflict);
  scim_add ("authentik/lists", test_authentik_lists);
  scim_add ("authentik/members", test_authentik_members);
}

int
main (int argc, char **argv)
{
  int result = scim_main (argc, argv, add);

  g_free (administrator);
  return result;
}
