/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PATCH (RFC 7644 §3.5.2). Quirks of single clients are in test-scim-clients.c.
 */
#include "scim-case.h"
#include "ms-patch.h"
#include <string.h>

/* clang-format off: one row, one line */
static const ScimPatch patch_cases[] = {

  { "attribute-sub",
    "{\"op\":\"add\",\"path\":\"name.familyName\",\"value\":\"Byron\"}",
    200,
    "\"familyName\":\"Byron\"" },
  { "core-urn-attribute",
    "{\"op\":\"add\",\"path\":\"" MS_URN_USER ":title\",\"value\":\"Boss\"}",
    200,
    "\"title\":\"Boss\"" },
  { "core-urn-attribute-sub",
    "{\"op\":\"add\",\"path\":\"" MS_URN_USER ":name.familyName\",\"value\":\"Byron\"}",
    200,
    "\"familyName\":\"Byron\"" },
  { "extension-urn-attribute-sub",
    "{\"op\":\"add\",\"path\":\"" MS_URN_EXT_USER ":rights.imap\",\"value\":true}",
    200,
    "\"imap\":true" },
  { "core-urn-attribute-filter-sub",
    "{\"op\":\"add\",\"path\":\"" MS_URN_USER
    ":emails[type eq \\\"work\\\"].value\",\"value\":\"u@x.example\"}",
    200,
    "\"u@x.example\"" },
  { "extension-urn-alone",
    "{\"op\":\"add\",\"path\":\"" MS_URN_ENTERPRISE "\",\"value\":{\"department\":\"Docks\"}}",
    200,
    "\"department\":\"Docks\"" },
  { "value-filter-whole-element",
    "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"type\":\"work\",\"value\":\"a@x.example\"},{"
    "\"type\":\"home\",\"value\":\"b@x.example\"}]},{\"op\":\"remove\",\"path\":\"emails[type eq "
    "\\\"work\\\"]\"}",
    200,
    "b@x.example",
    "a@x.example" },
  { "value-filter-and-or",
    "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"type\":\"work\",\"value\":\"a@x.example\"},{"
    "\"type\":\"home\",\"value\":\"b@x.example\"},{\"type\":\"other\",\"value\":\"c@x.example\"}]},"
    "{\"op\":\"remove\",\"path\":\"emails[(type eq \\\"work\\\" or type eq \\\"home\\\") and not "
    "(value sw \\\"b\\\")]\"}",
    200,
    "c@x.example",
    "a@x.example" },
  { "replace-by-filter-no-target",
    "{\"op\":\"replace\",\"path\":\"emails[value eq "
    "\\\"no@x.example\\\"].type\",\"value\":\"work\"}",
    400,
    "\"scimType\":\"noTarget\"" },
  { "replace-whole-element-no-target",
    "{\"op\":\"replace\",\"path\":\"emails[type eq "
    "\\\"work\\\"]\",\"value\":{\"value\":\"w@x.example\"}}",
    400,
    "\"scimType\":\"noTarget\"" },
  { "replace-array",
    "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"a@x.example\"}]},{\"op\":"
    "\"replace\",\"path\":\"emails\",\"value\":[{\"value\":\"b@x.example\"}]}",
    200,
    "\"emails\":[{\"value\":\"b@x.example\"}]" },
  { "add-appends-once",
    "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"a@x.example\"}]},{\"op\":\"add\","
    "\"path\":\"emails\",\"value\":[{\"value\":\"a@x.example\"},{\"value\":\"b@x.example\"}]}",
    200,
    "\"emails\":[{\"value\":\"a@x.example\"},{\"value\":\"b@x.example\"}]" },
  { "two-that-become-one",
    "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"a@x.example\",\"display\":\"A\"},{"
    "\"value\":\"b@x.example\",\"display\":\"B\"}]},{\"op\":\"replace\",\"path\":\"emails[display "
    "eq "
    "\\\"B\\\"].value\",\"value\":\"A@x.example\"}",
    400,
    "\"scimType\":\"invalidValue\"" },
  { "two-that-are-one",
    "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"a@x.example\",\"display\":\"A\"},{"
    "\"value\":\"A@x.example\",\"display\":\"B\"}]}",
    400,
    "\"path\":\"emails\"" },
  { "one-in-two-parts",
    "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"a@x.example\",\"display\":\"A\"},{"
    "\"value\":\"a@x.example\",\"primary\":true}]}",
    200,
    "\"emails\":[{\"value\":\"a@x.example\",\"display\":\"A\",\"primary\":true}]" },
  { "add-one-without-array",
    "{\"op\":\"add\",\"path\":\"emails\",\"value\":{\"value\":\"a@x.example\"}}",
    200,
    "\"emails\":[{\"value\":\"a@x.example\"}]" },
  { "primary-moves",
    "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"a@x.example\",\"type\":\"work\","
    "\"primary\":true}]},{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"b@x.example\","
    "\"primary\":true}]}",
    200,
    "{\"value\":\"b@x.example\",\"primary\":true}",
    "\"type\":\"work\",\"primary\":true" },
  { "remove-what-is-not-there", "{\"op\":\"remove\",\"path\":\"title\"}", 200, "W/\\\"1\\\"" },
  { "replace-by-null",
    "{\"op\":\"replace\",\"path\":\"displayName\",\"value\":null}",
    200,
    "\"userName\"",
    "displayName" },
  { "no-schemas",
    "{\"schemas\":[],\"Operations\":[{\"op\":\"add\",\"path\":\"title\",\"value\":\"x\"}]}",
    400,
    "\"path\":\"schemas\"" },
  { "unknown-path", "{\"op\":\"add\",\"path\":\"colour\",\"value\":\"red\"}", 400, "invalidPath" },
  { "unknown-without-path",
    "{\"op\":\"add\",\"value\":{\"colour\":\"red\",\"title\":\"Boss\"}}",
    200,
    "\"title\":\"Boss\"",
    "colour" },
  { "remove-read-only",
    "{\"op\":\"remove\",\"path\":\"groups\"}",
    400,
    "\"scimType\":\"mutability\"" },
  { "groups-by-path",
    "{\"op\":\"add\",\"path\":\"groups\",\"value\":[{\"value\":\"x\"}]}",
    400,
    "\"scimType\":\"mutability\"" },
  { "id-by-path",
    "{\"op\":\"replace\",\"path\":\"id\",\"value\":\"x\"}",
    400,
    "\"scimType\":\"mutability\"" },
  { "id-by-path-with-urn",
    "{\"op\":\"replace\",\"path\":\"" MS_URN_USER ":id\",\"value\":\"x\"}",
    400,
    "\"scimType\":\"mutability\"" },
  { "created-by-path-with-urn",
    "{\"op\":\"replace\",\"path\":\"" MS_URN_USER ":meta.created\",\"value\":\"x\"}",
    400,
    "\"scimType\":\"mutability\"" },
  { "id-in-value-with-urn",
    "{\"op\":\"add\",\"value\":{\"" MS_URN_USER ":id\":\"x\"}}",
    400,
    "\"scimType\":\"mutability\"" },
  { "unknown-part-behind-brackets",
    "{\"op\":\"add\",\"path\":\"emails[type eq \\\"work\\\"].foo\",\"value\":1}",
    400,
    "\"scimType\":\"invalidPath\"" },
  { "unfinished-behind-brackets-in-value",
    "{\"op\":\"add\",\"value\":{\"emails[type eq \\\"work\\\"].\":1}}",
    400,
    "\"scimType\":\"invalidPath\"" },
  { "elements-are-no-array",
    "{\"op\":\"add\",\"path\":\"emails\",\"value\":\"a@x.example\"}",
    400,
    "operation 1: “emails” must be an array of objects" },
  { "relation-to-nothing-second",
    "{\"op\":\"add\",\"path\":\"title\",\"value\":\"T\"},{\"op\":\"add\",\"path\":"
    "\"" MS_URN_ENTERPRISE ":manager\",\"value\":\"none\"}",
    400,
    "\"path\":\"" MS_URN_ENTERPRISE ":manager" },
  { "active-null-second",
    "{\"op\":\"add\",\"path\":\"title\",\"value\":\"T\"},{\"op\":\"add\",\"value\":{\"active\":"
    "null}},"
    "{\"op\":\"add\",\"path\":\"nickName\",\"value\":\"N\"}",
    400,
    "“active” always has" },
  { "name-null-third",
    "{\"op\":\"replace\",\"path\":\"userName\",\"value\":\"patch.third\"},"
    "{\"op\":\"add\",\"path\":\"title\",\"value\":\"T\"},"
    "{\"op\":\"replace\",\"value\":{\"userName\":null}}",
    400,
    "\"path\":\"userName\"" },
  { "nested-brackets",
    "{\"op\":\"remove\",\"path\":\"emails[type[value eq \\\"x\\\"] eq \\\"y\\\"]\"}",
    400,
    "invalid" },
  { "value-missing", "{\"op\":\"add\",\"path\":\"title\"}", 400, "\"scimType\":\"invalidValue\"" },
  { "rename-to-itself-in-other-case",
    "{\"op\":\"replace\",\"path\":\"userName\",\"value\":\"PATCH.rename-to-itself-in-other-case\"}",
    200,
    "\"userName\":\"PATCH.rename" },
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
  { "one-in-array",
    "{\"op\":\"replace\",\"path\":\"title\",\"value\":[\"Boss\"]}",
    200,
    "\"title\":\"Boss\"" },
  { "one-as-object",
    "{\"op\":\"replace\",\"path\":\"title\",\"value\":{\"value\":\"Boss\"}}",
    200,
    "\"title\":\"Boss\"" },
  { "filter-key",
    "{\"op\":\"add\",\"value\":{\"emails[type eq \\\"work\\\"].value\":\"w@x.example\"}}",
    200,
    "{\"type\":\"work\",\"value\":\"w@x.example\"}" },
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
  { "value-holds-schemas",
    "{\"op\":\"replace\",\"value\":{\"schemas\":[\"" MS_URN_USER "\"],\"title\":\"Boss\"}}",
    200,
    "\"title\":\"Boss\"" },
  { "value-holds-another-id",
    "{\"op\":\"replace\",\"value\":{\"id\":\"x\",\"title\":\"Boss\"}}",
    400,
    "\"scimType\":\"mutability\"" },
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
  { "place-of-remove-without-path", "{\"op\":\"remove\"}", 400, "\"path\":\"Operations\"" },
  { "place-of-unknown-op",
    "{\"op\":\"move\",\"path\":\"title\",\"value\":\"x\"}",
    400,
    "\"path\":\"Operations\"" },
  { "place-of-missing-op", "{\"path\":\"title\",\"value\":\"x\"}", 400, "\"path\":\"Operations\"" },
  { "place-of-path",
    "{\"op\":\"add\",\"path\":5,\"value\":\"x\"}",
    400,
    "\"path\":\"Operations\"" },
  { "place-of-value-without-path",
    "{\"op\":\"add\",\"value\":\"x\"}",
    400,
    "\"path\":\"Operations\"" },
  { "place-of-missing-value", "{\"op\":\"add\"}", 400, "\"path\":\"Operations\"" },
  { "remove-active", "{\"op\":\"remove\",\"path\":\"active\"}", 400, "mutability" },
  { "replace-active-null",
    "{\"op\":\"replace\",\"path\":\"active\",\"value\":false},{\"op\":\"replace\",\"path\":"
    "\"active\",\"value\":null}",
    400,
    "mutability" },
  { "replace-active-null-without-path",
    "{\"op\":\"replace\",\"value\":{\"active\":null}}",
    400,
    "mutability" },
  { "remove-active-and-set-it",
    "{\"op\":\"remove\",\"path\":\"active\"},{\"op\":\"add\",\"path\":\"active\",\"value\":"
    "false}",
    200,
    "\"active\":false" },
  { "midnight-at-the-end",
    "{\"op\":\"add\",\"path\":\"" MS_URN_EXT_USER
    ":validUntil\",\"value\":\"2026-12-31T24:00:00Z\"}",
    200,
    "2027-01-01T00:00:00" },
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
test_value_holds_own_id (void)
{
  g_autofree char *id = make_user (scim_harbour, "patch.own.id");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autofree char *body = g_strdup_printf (
      PATCH ("{\"op\":\"replace\",\"value\":{\"id\":\"%s\",\"title\":\"Boss\"}}"), id);
  g_autoptr (Answer) answer = scim ("PATCH", path, body, NULL);

  assert_status (answer, 200);
  g_assert_cmpstr (get_text (answer, "title"), ==, "Boss");
}

static void
test_ignored (void)
{
  g_autofree char *id = make_user (scim_harbour, "patch.ignored");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) answer
             = scim ("PATCH",
                     path,
                     PATCH ("{\"op\":\"add\",\"value\":{\"colour\":\"red\",\"title\":\"W\"}}"),
                     NULL);

  assert_status (answer, 200);
  g_assert_cmpstr (get_text (answer, "title"), ==, "W");
  g_assert_cmpstr (wire_reply_get (answer->reply, "x-mailstead-ignored"), ==, "colour");
}

/* Names are told whole, and how many more there are than the header has room for. */
static void
test_ignored_many (void)
{
  g_autoptr (GString) body = g_string_new ("{\"userName\":\"patch.very.many\",\"\":1");

  for (guint i = 0; i < 300; i++)
    g_string_append_printf (body, ",\"attr%05u\":1", i);
  g_string_append_c (body, '}');
  g_autoptr (Answer) answer = scim ("POST", "/scim/v2/Users", body->str, NULL);
  assert_status (answer, 201);
  const char *line = wire_reply_get (answer->reply, "x-mailstead-ignored");
  g_auto (GStrv) names = g_strsplit (line, ", ", -1);
  guint            count = g_strv_length (names);
  g_autofree char *more = g_strdup_printf ("and %u more", 301 - (count - 1));

  g_test_message ("%s", line);
  g_assert_cmpuint (strlen (line), <=, 1024);
  g_assert_cmpuint (count, >, 70);
  g_assert_cmpstr (names[0], ==, "\"\"");
  for (guint i = 1; i + 1 < count; i++)
    {
      g_autofree char *name = g_strdup_printf ("attr%05u", i - 1);
      g_assert_cmpstr (names[i], ==, name);
    }
  g_assert_cmpstr (names[count - 1], ==, more);

  g_autofree char *id = make_user (scim_harbour, "patch.ignoring");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) patched
             = scim ("PATCH", path, PATCH ("{\"op\":\"add\",\"value\":{\"\":1}}"), NULL);
  assert_status (patched, 200);
  g_assert_cmpstr (wire_reply_get (patched->reply, "x-mailstead-ignored"), ==, "\"\"");
}

/* The place and the thing at fault, also where a filter in a path is wrong. */
static void
test_refused_words (void)
{
  g_autofree char *id = make_user (scim_harbour, "patch.words");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) tab = scim (
      "PATCH", path, PATCH ("{\"op\":\"add\",\"path\":\"displayName\",\"value\":\"a\\tb\"}"), NULL);
  g_autoptr (Answer) filter = scim (
      "PATCH", path, PATCH ("{\"op\":\"remove\",\"path\":\"emails[type is 5]\"}"), NULL);

  assert_status (tab, 400);
  assert_holds (tab,
                "“displayName” holds the control character U+0009 at position 2, which is not"
                " allowed");
  assert_status (filter, 400);
  g_assert_cmpstr (get_text (filter, "scimType"), ==, "invalidFilter");
  g_assert_cmpstr (get_text (filter, "path"), ==, "emails[type is 5]");
  assert_holds (filter, "filter, column 6: ");
}

/* RFC 7644 §3.5.2.1: what changes nothing has no new version, time or change set. */
static void
test_nothing_changes (void)
{
  static const char *const operations[]
      = { "{\"op\":\"add\",\"path\":\"title\",\"value\":\"T\"}",
          "{\"op\":\"replace\",\"path\":\"title\",\"value\":\"T\"}",
          "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"n@x.example\"}]}",
          "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"N@X.example\"}]}",
          "{\"op\":\"replace\",\"value\":{\"title\":\"T\"}}",
          "{\"op\":\"remove\",\"path\":\"nickName\"}",
          "{\"op\":\"remove\",\"path\":\"emails[type eq \\\"home\\\"]\"}" };
  g_autofree char *id = make_object (scim_harbour,
                                     "/scim/v2/Users",
                                     "{\"userName\":\"nothing.changes\",\"title\":\"T\",\"emails\":"
                                     "[{\"value\":\"n@x.example\"}]}");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) before = scim ("GET", path, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autofree char *body = g_strdup_printf (PATCH ("%s"), operations[i]);
      g_autoptr (Answer) answer = scim ("PATCH", path, body, NULL);
      assert_status (answer, 200);
      g_assert_null (wire_reply_get (answer->reply, "x-mailstead-change"));
      g_assert_cmpstr (answer->reply->body->str, ==, before->reply->body->str);
    }
}

/* As many as Bulk takes; fewer of those that look at every value of an attribute. */
static void
test_too_many (void)
{
  static const struct
  {
    const char *operation;
    guint       most;
  } rows[] = {
    { "{\"op\":\"remove\",\"path\":\"title\"}", MS_PATCH_MAX_OPERATIONS },
    { "{\"op\":\"remove\",\"path\":\"emails[type eq \\\"work\\\"]\"}", MS_PATCH_MAX_SEARCHES },
    { "{\"op\":\"add\",\"path\":\"emails\",\"value\":[]}", MS_PATCH_MAX_SEARCHES },
  };
  g_autofree char *id = make_user (scim_harbour, "patch.many");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GString) operations = g_string_new (rows[i].operation);
      for (guint n = 1; n < rows[i].most; n++)
        g_string_append_printf (operations, ",%s", rows[i].operation);
      g_autofree char *most = g_strdup_printf (PATCH ("%s"), operations->str);
      g_autoptr (Answer) good = scim ("PATCH", path, most, NULL);
      assert_status (good, 200);
      g_autofree char *more = g_strdup_printf (PATCH ("%s,%s"), operations->str, rows[i].operation);
      g_autoptr (Answer) over = scim ("PATCH", path, more, NULL);
      assert_status (over, 413);
      g_assert_cmpstr (get_text (over, "path"), ==, "Operations");
    }
}

/* Nobody else writes meanwhile: what a request looks at is bounded, not only how often. */
static void
test_too_long (void)
{
  const guint      n_elements = 5000;
  const guint      n_good = MS_PATCH_MAX_LOOKED / n_elements;
  g_autofree char *id = make_user (scim_harbour, "patch.long");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (GString) values = g_string_new (NULL);
  g_autoptr (GString) operations = g_string_new (NULL);

  for (guint i = 0; i < n_elements; i++)
    g_string_append_printf (values, "%s{\"value\":\"a%u@x.org\"}", i > 0 ? "," : "", i);
  g_autofree char *fill = g_strdup_printf (
      PATCH ("{\"op\":\"add\",\"path\":\"emails\",\"value\":[%s]}"), values->str);
  g_autoptr (Answer) filled = scim ("PATCH", path, fill, NULL);
  assert_status (filled, 200);
  for (guint i = 0; i < n_good; i++)
    g_string_append_printf (operations,
                            "%s{\"op\":\"replace\",\"path\":\"emails[value eq \\\"a%u@x.org\\\"]"
                            ".type\",\"value\":\"w\"}",
                            i > 0 ? "," : "",
                            i);
  g_autofree char *more = g_strdup_printf (
      PATCH ("%s,{\"op\":\"remove\",\"path\":\"emails[value eq \\\"x\\\"]\"}"), operations->str);
  g_autoptr (Answer) over = scim ("PATCH", path, more, NULL);
  assert_status (over, 413);
  g_assert_cmpstr (get_text (over, "path"), ==, "Operations");
  assert_holds (over, "send them in parts");
  g_autofree char *most = g_strdup_printf (PATCH ("%s"), operations->str);
  g_autoptr (Answer) good = scim ("PATCH", path, most, NULL);
  assert_status (good, 200);
  assert_holds (good, "{\"value\":\"a0@x.org\",\"type\":\"w\"}");
  assert_holds (good, "{\"value\":\"a4999@x.org\"}");
}

static void
test_taken (void)
{
  g_autofree char *id = make_user (scim_harbour, "patch.taken");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) patched
             = scim ("PATCH",
                     path,
                     PATCH ("{\"op\":\"replace\",\"path\":\"userName\",\"value\":\"Admin\"}"),
                     NULL);
  assert_status (patched, 409);
  g_assert_cmpstr (get_text (patched, "scimType"), ==, "uniqueness");
  g_autoptr (Answer) put = scim ("PUT", path, "{\"userName\":\"ADMIN\"}", NULL);
  assert_status (put, 409);
  g_assert_cmpstr (get_text (put, "path"), ==, "userName");
}

static void
add (void)
{
  scim_add ("patch/nothing-changes", test_nothing_changes);
  scim_add ("patch/value-holds-own-id", test_value_holds_own_id);
  scim_add ("patch/ignored", test_ignored);
  scim_add ("patch/ignored-many", test_ignored_many);
  scim_add ("patch/refused-words", test_refused_words);
  scim_add ("patch/taken", test_taken);
  scim_add ("patch/too-many", test_too_many);
  scim_add ("patch/too-long", test_too_long);
  scim_add_patches ("patch", patch_cases, G_N_ELEMENTS (patch_cases));
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
