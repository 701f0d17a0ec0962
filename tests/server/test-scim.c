/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SCIM over the wire: what clients and test suites look at (RFC 7643, 7644), and the quirks of the
 * big ones. Cases are rows: one request each, and what must be in the answer.
 */
#include "harbour.h"
#include "ms-schema.h"
#include <string.h>

#define USER "{\"schemas\":[\"" MS_URN_USER "\"],\"userName\":\"%s\"}"
#define PATCH(operations)                                                                          \
  "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[" operations   \
  "]}"

/* Requests that stand alone ------------------------------------------------------------------- */

/**
 * Case: one request as the administrator
 * @header: (nullable): "name: value" that the answer must have; without value: that it must be
 * there
 * @text: (nullable): must be in the body. @not_text: must not
 */
typedef struct
{
  const char *name;
  const char *method;
  const char *path;
  const char *body;
  const char *send;
  guint       status;
  const char *header;
  const char *text;
  const char *not_text;
} Case;

/* clang-format off: one row, one line */
static const Case cases[] = {
  /* Discovery and envelope */
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
    "\"maxOperations\":1000" },
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
    "allow: GET, HEAD, POST",
    "\"status\":\"405\"" },
  { "me", "GET", "/scim/v2/Me", NULL, NULL, 501, NULL, "\"status\":\"501\"" },
  { "bulk", "POST", "/scim/v2/Bulk", "{}", NULL, 501, NULL, NULL },
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

  /* Bodies */
  { "content-type-charset",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"ct1\"}",
    "Content-Type: application/json; charset=utf-8\r\n",
    201,
    NULL,
    NULL },
  { "content-type-scim",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"ct2\"}",
    "Content-Type: application/scim+json\r\n",
    201,
    NULL,
    NULL },
  { "content-type-text",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"ct3\"}",
    "Content-Type: text/plain\r\n",
    415,
    NULL,
    "\"status\":\"415\"" },
  { "body-empty", "POST", "/scim/v2/Users", "", NULL, 400, NULL, "invalidSyntax" },
  { "body-array", "POST", "/scim/v2/Users", "[]", NULL, 400, NULL, "invalidSyntax" },
  { "body-not-json", "POST", "/scim/v2/Users", "{userName:1}", NULL, 400, NULL, "invalidSyntax" },
  { "body-bom",
    "POST",
    "/scim/v2/Users",
    "\xef\xbb\xbf{\"userName\":\"bom\"}",
    NULL,
    400,
    NULL,
    "invalidSyntax" },
  { "body-latin-1",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"M\xfcller\"}",
    NULL,
    400,
    NULL,
    "invalidSyntax" },
  { "body-nul-escape",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"a\\u0000b\"}",
    NULL,
    400,
    NULL,
    "invalidSyntax" },
  { "body-duplicate-names",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"a\",\"username\":\"b\"}",
    NULL,
    400,
    NULL,
    "invalidSyntax" },
  { "body-two-roots",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"a\"}{}",
    NULL,
    400,
    NULL,
    "invalidSyntax" },

  /* Create */
  { "create",
    "POST",
    "/scim/v2/Users",
    "{\"schemas\":[\"" MS_URN_USER "\"],\"userName\":\"created\"}",
    NULL,
    201,
    "location",
    "\"active\":true" },
  { "create-etag",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"etag\"}",
    NULL,
    201,
    "etag: W/\"1\"",
    "\"version\":\"W/\\\"1\\\"\"" },
  { "create-change",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"change\"}",
    NULL,
    201,
    "x-mailstead-change",
    NULL },
  { "create-own-id-ignored",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"ownid\",\"id\":\"mine\",\"meta\":{\"resourceType\":\"x\"}}",
    NULL,
    201,
    NULL,
    "\"resourceType\":\"User\"",
    "\"mine\"" },
  { "create-unknown-ignored",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"unknownattr\",\"favouriteColour\":\"red\"}",
    NULL,
    201,
    "x-mailstead-ignored: favouriteColour",
    NULL,
    "favouriteColour" },
  { "create-null-is-unset",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"nulls\",\"nickName\":null,\"emails\":[]}",
    NULL,
    201,
    NULL,
    NULL,
    "nickName" },
  { "create-password-not-back",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"secretive\",\"password\":\"Correct-horse-7\"}",
    NULL,
    201,
    NULL,
    "\"passwordScheme\":\"yescrypt\"",
    "Correct-horse" },
  { "create-without-name",
    "POST",
    "/scim/v2/Users",
    "{\"displayName\":\"x\"}",
    NULL,
    400,
    NULL,
    "\"path\":\"userName\"" },
  { "create-wrong-type",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":5}",
    NULL,
    400,
    NULL,
    "invalidValue" },
  { "create-taken",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"ADMIN\"}",
    NULL,
    409,
    NULL,
    "\"scimType\":\"uniqueness\"" },
  { "create-taken-path",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"admin\"}",
    NULL,
    409,
    NULL,
    "\"path\":\"userName\"" },
  { "create-any-case-of-names",
    "POST",
    "/scim/v2/Users",
    "{\"USERNAME\":\"cases\",\"DisplayName\":\"Cases\"}",
    NULL,
    201,
    NULL,
    "\"displayName\":\"Cases\"" },
  { "create-projected",
    "POST",
    "/scim/v2/Users?attributes=userName",
    "{\"userName\":\"projected\",\"title\":\"Boss\"}",
    NULL,
    201,
    NULL,
    "\"schemas\"",
    "\"title\"" },

  /* Lists */
  { "list", "GET", "/scim/v2/Users", NULL, NULL, 200, NULL, "ListResponse" },
  { "list-zero-hits",
    "GET",
    "/scim/v2/Users?filter=userName%20eq%20%22nobody%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "list-eq-folds",
    "GET",
    "/scim/v2/Users?filter=userName%20eq%20%22ADMIN%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "list-plus-is-space",
    "GET",
    "/scim/v2/Users?filter=userName+eq+%22admin%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "list-count-0",
    "GET",
    "/scim/v2/Users?count=0",
    NULL,
    NULL,
    200,
    NULL,
    "\"itemsPerPage\":0",
    "\"userName\"" },
  { "list-count-negative",
    "GET",
    "/scim/v2/Users?count=-5",
    NULL,
    NULL,
    200,
    NULL,
    "\"itemsPerPage\":0" },
  { "list-start-0",
    "GET",
    "/scim/v2/Users?startIndex=0",
    NULL,
    NULL,
    200,
    NULL,
    "\"startIndex\":1" },
  { "list-start-negative",
    "GET",
    "/scim/v2/Users?startIndex=-3",
    NULL,
    NULL,
    200,
    NULL,
    "\"startIndex\":1" },
  { "list-beyond-end",
    "GET",
    "/scim/v2/Domains?startIndex=1000",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1",
    "\"name\"" },
  { "list-start-not-a-number",
    "GET",
    "/scim/v2/Users?startIndex=abc",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"startIndex\"" },
  { "list-count-not-a-number",
    "GET",
    "/scim/v2/Users?count=1.5",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"count\"" },
  { "list-count-twice",
    "GET",
    "/scim/v2/Users?count=1&count=2",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"count\"" },
  { "list-sort-order",
    "GET",
    "/scim/v2/Users?sortBy=userName&sortOrder=sideways",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"sortOrder\"" },
  { "list-sort-unknown",
    "GET",
    "/scim/v2/Users?sortBy=colour",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"sortBy\"" },
  { "list-sort-password",
    "GET",
    "/scim/v2/Users?sortBy=password",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"sortBy\"" },
  { "list-sort-meta",
    "GET",
    "/scim/v2/Users?sortBy=meta.lastModified&sortOrder=descending",
    NULL,
    NULL,
    200,
    NULL,
    NULL },
  { "list-sort-complex", "GET", "/scim/v2/Users?sortBy=emails", NULL, NULL, 200, NULL, NULL },
  { "list-both-projections",
    "GET",
    "/scim/v2/Users?attributes=userName&excludedAttributes=title",
    NULL,
    NULL,
    400,
    NULL,
    "excludedAttributes" },
  { "list-attributes-keep-id",
    "GET",
    "/scim/v2/Users?attributes=displayName",
    NULL,
    NULL,
    200,
    NULL,
    "\"id\":",
    "\"userName\"" },
  { "list-attributes-urn",
    "GET",
    "/scim/v2/Users?attributes=" MS_URN_EXT_USER ":role",
    NULL,
    NULL,
    200,
    NULL,
    "\"role\":\"administrator\"",
    "\"userName\"" },
  { "list-password-wanted",
    "GET",
    "/scim/v2/Users?attributes=password",
    NULL,
    NULL,
    200,
    NULL,
    NULL,
    "password\"" },
  { "list-search",
    "GET",
    "/scim/v2/Users?search=ADMINIS",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "list-tenant-flag", "GET", "/scim/v2/Users?aadOptscim062020", NULL, NULL, 200, NULL, NULL },
  { "list-bad-escape",
    "GET",
    "/scim/v2/Users?filter=%zz",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"filter\"" },
  { "search-post",
    "POST",
    "/scim/v2/Users/.search",
    "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:SearchRequest\"],\"filter\":\"userName "
    "eq \\\"admin\\\"\",\"attributes\":[\"userName\"],\"count\":1}",
    NULL,
    200,
    NULL,
    "\"totalResults\":1",
    "\"active\"" },
  { "search-post-wrong-type",
    "POST",
    "/scim/v2/Users/.search",
    "{\"count\":true}",
    NULL,
    400,
    NULL,
    "\"path\":\"count\"" },

  /* Filters */
  { "filter-unclosed-quote",
    "GET",
    "/scim/v2/Users?filter=userName%20eq%20%22x",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "filter-unclosed-bracket",
    "GET",
    "/scim/v2/Users?filter=emails%5Btype%20eq%20%22x%22",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "filter-unknown-operator",
    "GET",
    "/scim/v2/Users?filter=userName%20like%20%22x%22",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "filter-unknown-attribute",
    "GET",
    "/scim/v2/Users?filter=colour%20eq%20%22red%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "filter-password",
    "GET",
    "/scim/v2/Users?filter=password%20sw%20%22a%22",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "filter-gt-boolean",
    "GET",
    "/scim/v2/Users?filter=active%20gt%20true",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "filter-precedence",
    "GET",
    "/scim/v2/"
    "Users?filter=userName%20eq%20%22nobody%22%20and%20active%20eq%20true%20or%20userName%20eq%20%"
    "22admin%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "filter-not",
    "GET",
    "/scim/v2/Domains?filter=not%20(name%20eq%20%22harbour.example%22)",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "filter-pr",
    "GET",
    "/scim/v2/Domains?filter=name%20pr",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "filter-wildcards-are-text",
    "GET",
    "/scim/v2/Users?filter=userName%20co%20%22%25%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "filter-urn",
    "GET",
    "/scim/v2/Users?filter=" MS_URN_USER ":userName%20eq%20%22admin%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "filter-entra-and",
    "GET",
    "/scim/v2/Groups?filter=id%20eq%20%22g%22%20and%20members%20eq%20%22u%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "filter-last-modified",
    "GET",
    "/scim/v2/Domains?filter=meta.lastModified%20gt%20%222020-01-01T00:00:00%2B02:00%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },

  /* One object */
  { "get-unknown",
    "GET",
    "/scim/v2/Users/01999999-0000-7000-8000-000000000000",
    NULL,
    NULL,
    404,
    NULL,
    "\"status\":\"404\"" },
  { "get-odd-id", "GET", "/scim/v2/Users/%27%20or%201=1", NULL, NULL, 404, NULL, NULL },
  { "put-creates-nothing",
    "PUT",
    "/scim/v2/Users/nope",
    "{\"userName\":\"nope\"}",
    NULL,
    404,
    NULL,
    NULL },
  { "delete-unknown", "DELETE", "/scim/v2/Users/nope", NULL, NULL, 404, NULL, NULL },
  { "guest", "GET", "/scim/v2/Guest", NULL, NULL, 200, "etag", "\"imap\":false" },
  { "guest-has-no-delete",
    "DELETE",
    "/scim/v2/Guest",
    NULL,
    NULL,
    405,
    "allow: GET, HEAD, PUT, PATCH",
    NULL },
  { "delete-bad-option",
    "DELETE",
    "/scim/v2/Users/x?mailboxes=burn",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"mailboxes\"" },
};
/* clang-format on */

static void
check_header (WireReply *reply, const char *expected)
{
  g_auto (GStrv) parts = g_strsplit (expected, ": ", 2);
  const char *value = wire_reply_get (reply, parts[0]);

  g_assert_nonnull (value);
  if (parts[1] != NULL)
    g_assert_cmpstr (value, ==, parts[1]);
}

static Harbour *shared;

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (Answer) answer = ask (shared, c->method, c->path, c->body, c->send);
  const char *body = answer->reply->body->str;

  g_test_message ("%u %.600s", answer->status, body);
  g_assert_cmpuint (answer->status, ==, c->status);
  if (c->header != NULL)
    check_header (answer->reply, c->header);
  if (c->text != NULL)
    g_assert_nonnull (strstr (body, c->text));
  if (c->not_text != NULL)
    g_assert_null (strstr (body, c->not_text));
  if (c->status >= 400)
    g_assert_cmpstr (wire_reply_get (answer->reply, "content-type"), ==, "application/scim+json");
}

/* PATCH --------------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *operations; /* or, beginning with {, the whole body */
  guint       status;
  const char *text;
  const char *not_text;
} PatchCase;

/* clang-format off: one row, one line */
static const PatchCase patch_cases[] = {
  { "replace",
    "{\"op\":\"replace\",\"path\":\"title\",\"value\":\"Boss\"}",
    200,
    "\"title\":\"Boss\"" },
  { "op-in-any-case",
    "{\"op\":\"Replace\",\"path\":\"title\",\"value\":\"Boss\"}",
    200,
    "\"title\":\"Boss\"" },
  { "no-path", "{\"op\":\"replace\",\"value\":{\"title\":\"Boss\"}}", 200, "\"title\":\"Boss\"" },
  { "null-path",
    "{\"op\":\"replace\",\"path\":null,\"value\":{\"title\":\"Boss\"}}",
    200,
    "\"title\":\"Boss\"" },
  { "empty-path",
    "{\"op\":\"replace\",\"path\":\"\",\"value\":{\"title\":\"Boss\"}}",
    200,
    "\"title\":\"Boss\"" },
  { "dotted-keys",
    "{\"op\":\"replace\",\"value\":{\"name.givenName\":\"Ada\"}}",
    200,
    "\"givenName\":\"Ada\"" },
  { "urn-key",
    "{\"op\":\"add\",\"value\":{\"" MS_URN_ENTERPRISE ":department\":\"Docks\"}}",
    200,
    "\"department\":\"Docks\"" },
  { "urn-path",
    "{\"op\":\"add\",\"path\":\"" MS_URN_ENTERPRISE ":department\",\"value\":\"Docks\"}",
    200,
    "\"department\":\"Docks\"" },
  { "boolean-as-string",
    "{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}",
    200,
    "\"active\":false" },
  { "entra-creates-element",
    "{\"op\":\"Add\",\"path\":\"emails[type eq \\\"other\\\"].value\",\"value\":\"o@x.example\"}",
    200,
    "\"value\":\"o@x.example\"" },
  { "value-holds-own-id",
    "{\"op\":\"replace\",\"value\":{\"schemas\":[\"" MS_URN_USER "\"],\"title\":\"Boss\"}}",
    200,
    "\"title\":\"Boss\"" },
  { "add-what-is-there",
    "{\"op\":\"add\",\"path\":\"displayName\",\"value\":\"Patched\"}",
    200,
    "W/\\\"1\\\"" },
  { "password-not-back",
    "{\"op\":\"replace\",\"path\":\"password\",\"value\":\"Correct-horse-7\"}",
    200,
    "yescrypt",
    "Correct-horse" },
  { "primary-one-only",
    "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"a@x.example\",\"primary\":true},{"
    "\"value\":\"b@x.example\",\"primary\":true}]}",
    400,
    NULL },
  { "remove-required", "{\"op\":\"remove\",\"path\":\"userName\"}", 400, "\"status\":\"400\"" },
  { "remove-without-path", "{\"op\":\"remove\"}", 400, "noTarget" },
  { "unknown-op", "{\"op\":\"shuffle\",\"path\":\"title\",\"value\":\"x\"}", 400, "invalid" },
  { "bad-path",
    "{\"op\":\"replace\",\"path\":\"emails[type eq\",\"value\":\"x\"}",
    400,
    "invalidPath" },
  { "read-only",
    "{\"op\":\"replace\",\"path\":\"" MS_URN_EXT_USER ":passwordScheme\",\"value\":\"x\"}",
    400,
    "mutability" },
  { "no-operations",
    "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[]}",
    400,
    "\"status\":\"400\"" },
  { "operations-in-any-case",
    "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"operations\":[{\"op\":"
    "\"replace\",\"path\":\"title\",\"value\":\"Boss\"}]}",
    200,
    "\"title\":\"Boss\"" },
  { "all-or-nothing",
    "{\"op\":\"replace\",\"path\":\"title\",\"value\":\"Boss\"},{\"op\":\"remove\",\"path\":"
    "\"userName\"}",
    400,
    NULL },
};
/* clang-format on */

static void
test_patch (gconstpointer data)
{
  const PatchCase *c = data;
  g_autofree char *name = g_strdup_printf ("patch.%s", c->name);
  g_autofree char *create
      = g_strdup_printf ("{\"userName\":\"%s\",\"displayName\":\"Patched\"}", name);
  g_autofree char *id = make_object (shared, "/scim/v2/Users", create);
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autofree char *wrapped = g_strdup_printf (PATCH ("%s"), c->operations);
  gboolean         whole = strstr (c->operations, "PatchOp") != NULL;
  g_autoptr (Answer) answer = ask (shared, "PATCH", path, whole ? c->operations : wrapped, NULL);

  assert_status (answer, c->status);
  if (c->text != NULL)
    g_assert_nonnull (strstr (answer->reply->body->str, c->text));
  if (c->not_text != NULL)
    g_assert_null (strstr (answer->reply->body->str, c->not_text));
  if (c->status == 200)
    return;
  g_autoptr (Answer) after = ask (shared, "GET", path, NULL, NULL);
  g_assert_cmpstr (get_text (after, "meta.version"), ==, "W/\"1\"");
}

/* Versions ------------------------------------------------------------------------------------ */

static void
test_versions (void)
{
  g_autofree char *id = make_user (shared, "versions");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  const char      *patch = PATCH ("{\"op\":\"replace\",\"path\":\"title\",\"value\":\"One\"}");
  const char      *again = PATCH ("{\"op\":\"replace\",\"path\":\"title\",\"value\":\"Two\"}");

  g_autoptr (Answer) first = ask (shared, "PATCH", path, patch, "If-Match: W/\"1\"\r\n");
  assert_status (first, 200);
  g_assert_cmpstr (wire_reply_get (first->reply, "etag"), ==, "W/\"2\"");
  g_assert_nonnull (wire_reply_get (first->reply, "x-mailstead-change"));
  /* The same once more changes nothing, and says so. */
  g_autoptr (Answer) same = ask (shared, "PATCH", path, patch, "If-Match: W/\"2\"\r\n");
  assert_status (same, 200);
  g_assert_cmpstr (wire_reply_get (same->reply, "etag"), ==, "W/\"2\"");
  g_assert_null (wire_reply_get (same->reply, "x-mailstead-change"));

  static const struct
  {
    const char *method;
    const char *match;
    guint       status;
  } stale[] = {
    { "PATCH", "If-Match: W/\"1\"\r\n", 412 },
    { "PATCH", "If-Match: \"1\"\r\n", 412 },
    { "PUT", "If-Match: W/\"1\"\r\n", 412 },
    { "DELETE", "If-Match: W/\"1\"\r\n", 412 },
    { "PATCH", "If-Match: W/\"7\", W/\"9\"\r\n", 412 },
    { "PATCH", "If-Match: \"unclosed\r\n", 400 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (stale); i++)
    {
      const char *body = stale[i].method[1] == 'U' ? "{\"userName\":\"versions\"}" : again;
      g_autoptr (Answer) answer = ask (
          shared, stale[i].method, path, stale[i].method[0] == 'D' ? NULL : body, stale[i].match);
      assert_status (answer, stale[i].status);
    }
  static const char *const good[]
      = { "If-Match: *\r\n", "If-Match: W/\"1\", W/\"3\"\r\n", "If-Match: \"4\"\r\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *body = g_strdup_printf (
          PATCH ("{\"op\":\"replace\",\"path\":\"title\",\"value\":\"T%zu\"}"), i);
      g_autoptr (Answer) answer = ask (shared, "PATCH", path, body, good[i]);
      assert_status (answer, 200);
    }

  static const struct
  {
    const char *header;
    guint       status;
  } known[] = {
    { "If-None-Match: W/\"5\"\r\n", 304 }, { "If-None-Match: \"5\"\r\n", 304 },
    { "If-None-Match: *\r\n", 304 },       { "If-None-Match: W/\"1\", W/\"5\"\r\n", 304 },
    { "If-None-Match: W/\"4\"\r\n", 200 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    {
      g_autoptr (Answer) answer = ask (shared, "GET", path, NULL, known[i].header);
      assert_status (answer, known[i].status);
      g_assert_cmpstr (wire_reply_get (answer->reply, "etag"), ==, "W/\"5\"");
      g_assert_true ((answer->reply->body->len == 0) == (known[i].status == 304));
    }
}

/* Life of one object -------------------------------------------------------------------------- */

static void
test_life (void)
{
  g_autoptr (Answer) made
             = ask (shared,
                    "POST",
                    "/scim/v2/Users",
                    "{\"userName\":\"life\",\"nickName\":\"L\",\"password\":\"Correct-horse-7\"}",
                    NULL);
  assert_status (made, 201);
  const char *location = wire_reply_get (made->reply, "location");
  g_assert_cmpstr (location, ==, get_text (made, "meta.location"));
  g_assert_true (g_str_has_prefix (location, "https://localhost:"));
  g_assert_cmpstr (get_text (made, "meta.created"), ==, get_text (made, "meta.lastModified"));
  g_assert_cmpstr (wire_reply_get (made->reply, "content-type"), ==, "application/scim+json");
  const char *path = strstr (location, "/scim/v2/");

  g_autoptr (Answer) head = ask (shared, "HEAD", path, NULL, NULL);
  g_assert_cmpuint (head->status, ==, 200);
  g_assert_cmpstr (wire_reply_get (head->reply, "etag"), ==, "W/\"1\"");
  /* PUT clears what it does not name, but neither password nor relations. */
  g_autoptr (Answer) replaced = ask (
      shared, "PUT", path, "{\"userName\":\"Life\",\"id\":\"x\",\"title\":\"T\"}", NULL);
  assert_status (replaced, 200);
  g_assert_null (find_node (replaced, "nickName"));
  g_assert_cmpstr (get_text (replaced, "userName"), ==, "Life");
  g_assert_nonnull (strstr (replaced->reply->body->str, "yescrypt"));

  g_autoptr (Answer) gone = ask (shared, "DELETE", path, NULL, NULL);
  assert_status (gone, 204);
  g_assert_cmpuint (gone->reply->body->len, ==, 0);
  g_assert_nonnull (wire_reply_get (gone->reply, "x-mailstead-change"));
  static const char *const methods[] = { "GET", "PUT", "PATCH", "DELETE" };
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      const char *body = i == 1   ? "{\"userName\":\"life\"}"
                         : i == 2 ? PATCH ("{\"op\":\"remove\",\"path\":\"title\"}")
                                  : NULL;
      g_autoptr (Answer) answer = ask (shared, methods[i], path, body, NULL);
      assert_status (answer, 404);
    }
  g_autoptr (Answer) list
             = ask (shared, "GET", "/scim/v2/Users?filter=userName%20eq%20%22life%22", NULL, NULL);
  g_assert_cmpint (get_number (list, "totalResults"), ==, 0);
}

/* A DELETE with a body, as some clients send it. */
static void
test_delete_with_body (void)
{
  g_autofree char *id = make_user (shared, "delete.body");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) gone = ask (shared, "DELETE", path, "{}", NULL);

  assert_status (gone, 204);
}

static void
test_disabled_is_found (void)
{
  g_autofree char *id
      = make_object (shared, "/scim/v2/Users", "{\"userName\":\"disabled\",\"active\":false}");
  g_autoptr (Answer) list = ask (
      shared, "GET", "/scim/v2/Users?filter=userName%20eq%20%22disabled%22", NULL, NULL);

  g_assert_cmpint (get_number (list, "totalResults"), ==, 1);
  g_assert_cmpstr (get_text (list, "Resources.0.id"), ==, id);
}

/* Every page reaches what the totals promise, in a stable order, each object once. */
static void
test_paging (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gint64 total = 0;

  for (int i = 0; i < 25; i++)
    {
      g_autofree char *name = g_strdup_printf ("page%02d", i);
      g_autofree char *id = make_user (shared, name);
    }
  for (gint64 start = 1; start == 1 || start <= total; start += 7)
    {
      g_autofree char *path = g_strdup_printf (
          "/scim/v2/Users?startIndex=%" G_GINT64_FORMAT "&count=7&attributes=id", start);
      g_autoptr (Answer) answer = ask (shared, "GET", path, NULL, NULL);
      assert_status (answer, 200);
      total = get_number (answer, "totalResults");
      g_assert_cmpint (get_number (answer, "startIndex"), ==, start);
      g_assert_cmpint (get_number (answer, "itemsPerPage"), ==, MIN (7, total - start + 1));
      JsonArray *resources = json_object_get_array_member (answer->json, "Resources");
      for (guint i = 0; i < json_array_get_length (resources); i++)
        g_assert_true (g_hash_table_add (seen,
                                         g_strdup (json_object_get_string_member (
                                             json_array_get_object_element (resources, i), "id"))));
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, total);
}

/* Lists: Entra removes members by value, and must not empty the list by that. */
static void
test_members (void)
{
  g_autofree char *a = make_user (shared, "member.a");
  g_autofree char *b = make_user (shared, "member.b");
  g_autofree char *create = g_strdup_printf (
      "{\"schemas\":[\"" MS_URN_GROUP
      "\",\"http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group\"],"
      "\"displayName\":\"Crew\",\"members\":[{\"value\":\"%s\",\"$ref\":null},{\"value\":\"%s\"}]}",
      a,
      b);
  g_autofree char *id = make_object (shared, "/scim/v2/Groups", create);
  g_autofree char *path = g_strconcat ("/scim/v2/Groups/", id, NULL);
  g_autofree char *remove = g_strdup_printf (
      PATCH ("{\"op\":\"Remove\",\"path\":\"members\",\"value\":[{\"value\":\"%s\"}]}"), a);
  g_autoptr (Answer) removed = ask (shared, "PATCH", path, remove, NULL);

  g_assert_true (removed->status == 200 || removed->status == 204);
  g_autoptr (Answer) now = ask (shared, "GET", path, NULL, NULL);
  JsonArray *members = json_object_get_array_member (now->json, "members");
  g_assert_cmpuint (json_array_get_length (members), ==, 1);
  g_assert_cmpstr (get_text (now, "members.0.value"), ==, b);
  g_autofree char *user = g_strconcat ("/scim/v2/Users/", b, NULL);
  g_autoptr (Answer) owner = ask (shared, "GET", user, NULL, NULL);
  g_assert_cmpstr (get_text (owner, "groups.0.value"), ==, id);
  g_autofree char *without = g_strconcat (path, "?excludedAttributes=members", NULL);
  g_autoptr (Answer) short_form = ask (shared, "GET", without, NULL, NULL);
  g_assert_null (find_node (short_form, "members"));
}

/* Without a token ----------------------------------------------------------------------------- */

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
      g_autoptr (Answer) answer = ask_as (
          shared, NULL, rows[i].method, rows[i].path, rows[i].method[0] == 'P' ? "{}" : NULL, NULL);
      g_test_message ("%s %s", rows[i].method, rows[i].path);
      assert_status (answer, rows[i].status);
      if (rows[i].status == 401)
        g_assert_true (
            g_str_has_prefix (wire_reply_get (answer->reply, "www-authenticate"), "Bearer"));
    }
  g_autoptr (Answer) wrong = ask_as (shared, "wrong", "GET", "/scim/v2/Users", NULL, NULL);
  assert_status (wrong, 401);
  g_autoptr (Answer) optional = ask_as (shared, "wrong", "GET", "/api/v1/server", NULL, NULL);
  assert_status (optional, 401);
  g_autoptr (Answer) basic = ask_as (
      shared, NULL, "GET", "/scim/v2/Users", NULL, "Authorization: Basic YTpi\r\n");
  assert_status (basic, 401);
  g_autoptr (Answer) little = ask_as (shared, NULL, "GET", "/api/v1/server", NULL, NULL);
  g_assert_cmpuint (json_object_get_size (little->json), ==, 2);
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
  g_assert_cmpstr (
      get_text (answer, "meta.location"), ==, "https://users.example.org/scim/v2/Guest");
  ms_server_options_clear (&options);
}

static void
test_bad_host (void)
{
  g_autoptr (Wire) wire = wire_open (shared->port);

  g_assert_true (
      wire_send (wire, "GET /scim/v2/ServiceProviderConfig HTTP/1.1\r\nHost: a\"b\r\n\r\n"));
  g_autoptr (WireReply) reply = wire_read (wire);
  g_assert_cmpuint (reply->status, ==, 400);
}

/* Bodies that are meant to hurt --------------------------------------------------------------- */

static void
test_deep_body (void)
{
  g_autofree char *brackets = g_strnfill (100000, '[');
  g_autofree char *body = g_strdup_printf ("{\"userName\":%s", brackets);
  g_autoptr (Answer) answer = ask (shared, "POST", "/scim/v2/Users", body, NULL);

  assert_status (answer, 400);
  g_autoptr (Answer) alive = ask (shared, "GET", "/scim/v2/Guest", NULL, NULL);
  assert_status (alive, 200);
}

static void
test_large_body (void)
{
  g_autofree char *filler = g_strnfill (1024 * 1024, 'a');
  g_autofree char *body = g_strdup_printf ("{\"userName\":\"%s\"}", filler);
  g_autoptr (Answer) answer = ask (shared, "POST", "/scim/v2/Users", body, NULL);

  assert_status (answer, 413);
  g_assert_cmpstr (get_text (answer, "status"), ==, "413");
  g_autoptr (Answer) alive = ask (shared, "GET", "/scim/v2/Guest", NULL, NULL);
  assert_status (alive, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  shared = harbour_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/scim/case/", cases[i].name, NULL);
      g_test_add_data_func (path, &cases[i], test_case);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (patch_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/scim/patch/", patch_cases[i].name, NULL);
      g_test_add_data_func (path, &patch_cases[i], test_patch);
    }
  g_test_add_func ("/scim/versions", test_versions);
  g_test_add_func ("/scim/life", test_life);
  g_test_add_func ("/scim/delete-with-body", test_delete_with_body);
  g_test_add_func ("/scim/disabled-is-found", test_disabled_is_found);
  g_test_add_func ("/scim/paging", test_paging);
  g_test_add_func ("/scim/members", test_members);
  g_test_add_func ("/scim/anonymous", test_anonymous);
  g_test_add_func ("/scim/base-url", test_base_url);
  g_test_add_func ("/scim/bad-host", test_bad_host);
  g_test_add_func ("/scim/deep-body", test_deep_body);
  g_test_add_func ("/scim/large-body", test_large_body);
  int result = g_test_run ();
  harbour_free (shared);
  return result;
}
