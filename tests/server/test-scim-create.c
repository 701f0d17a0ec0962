/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * POST: bodies as they come, what is taken from them, and bodies that are meant to hurt.
 */
#include "scim-case.h"
#include <string.h>

/* clang-format off: one row, one line */
static const ScimCase cases[] = {
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
  { "create",
    "POST",
    "/scim/v2/Users",
    "{\"schemas\":[\"" MS_URN_USER "\"],\"userName\":\"created\"}",
    NULL,
    201,
    "location",
    "\"active\":true" },
  { "etag",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"etag\"}",
    NULL,
    201,
    "etag: W/\"1\"",
    "\"version\":\"W/\\\"1\\\"\"" },
  { "change",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"change\"}",
    NULL,
    201,
    "x-mailstead-change",
    NULL },
  { "own-id-ignored",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"ownid\",\"id\":\"mine\",\"meta\":{\"resourceType\":\"x\"}}",
    NULL,
    201,
    NULL,
    "\"resourceType\":\"User\"",
    "\"mine\"" },
  { "unknown-ignored",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"unknownattr\",\"favouriteColour\":\"red\"}",
    NULL,
    201,
    "x-mailstead-ignored: favouriteColour",
    NULL,
    "favouriteColour" },
  { "null-is-unset",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"nulls\",\"nickName\":null,\"emails\":[]}",
    NULL,
    201,
    NULL,
    NULL,
    "nickName" },
  { "password-not-back",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"secretive\",\"password\":\"Correct-horse-7\"}",
    NULL,
    201,
    NULL,
    "\"passwordScheme\":\"yescrypt\"",
    "Correct-horse" },
  { "without-name",
    "POST",
    "/scim/v2/Users",
    "{\"displayName\":\"x\"}",
    NULL,
    400,
    NULL,
    "\"path\":\"userName\"" },
  { "wrong-type", "POST", "/scim/v2/Users", "{\"userName\":5}", NULL, 400, NULL, "invalidValue" },
  { "taken",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"ADMIN\"}",
    NULL,
    409,
    NULL,
    "\"scimType\":\"uniqueness\"" },
  { "taken-path",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"admin\"}",
    NULL,
    409,
    NULL,
    "\"path\":\"userName\"" },
  { "any-case-of-names",
    "POST",
    "/scim/v2/Users",
    "{\"USERNAME\":\"cases\",\"DisplayName\":\"Cases\"}",
    NULL,
    201,
    NULL,
    "\"displayName\":\"Cases\"" },
  { "projected",
    "POST",
    "/scim/v2/Users?attributes=userName",
    "{\"userName\":\"projected\",\"title\":\"Boss\"}",
    NULL,
    201,
    NULL,
    "\"schemas\"",
    "\"title\"" },
};
/* clang-format on */

static void
test_deep_body (void)
{
  g_autofree char *brackets = g_strnfill (100000, '[');
  g_autofree char *body = g_strdup_printf ("{\"userName\":%s", brackets);
  g_autoptr (Answer) answer = ask (scim_harbour, "POST", "/scim/v2/Users", body, NULL);

  assert_status (answer, 400);
  g_autoptr (Answer) alive = ask (scim_harbour, "GET", "/scim/v2/Guest", NULL, NULL);
  assert_status (alive, 200);
}

static void
test_large_body (void)
{
  g_autofree char *filler = g_strnfill (1024 * 1024, 'a');
  g_autofree char *body = g_strdup_printf ("{\"userName\":\"%s\"}", filler);
  g_autoptr (Answer) answer = ask (scim_harbour, "POST", "/scim/v2/Users", body, NULL);

  assert_status (answer, 413);
  g_assert_cmpstr (get_text (answer, "status"), ==, "413");
  g_autoptr (Answer) alive = ask (scim_harbour, "GET", "/scim/v2/Guest", NULL, NULL);
  assert_status (alive, 200);
}

static void
add (void)
{
  scim_add_cases ("create", cases, G_N_ELEMENTS (cases));
  scim_add ("create/deep-body", test_deep_body);
  scim_add ("create/large-body", test_large_body);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
