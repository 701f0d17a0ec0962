/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PATCH (RFC 7644 §3.5.2). Quirks of single clients are in test-scim-clients.c.
 */
#include "scim-case.h"
#include <string.h>

/* clang-format off: one row, one line */
static const ScimPatch patch_cases[] = {
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
add (void)
{
  scim_add_patches ("patch", patch_cases, G_N_ELEMENTS (patch_cases));
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
