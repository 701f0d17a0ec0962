/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mailing lists as SCIM groups.
 */
#include "scim-case.h"
#include <string.h>

/* Lists: Entra removes members by value, and must not empty the list by that. */
static void
test_members (void)
{
  g_autofree char *a = make_user (scim_harbour, "member.a");
  g_autofree char *b = make_user (scim_harbour, "member.b");
  g_autofree char *create = g_strdup_printf (
      "{\"schemas\":[\"" MS_URN_GROUP
      "\",\"http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group\"],"
      "\"displayName\":\"Crew\",\"members\":[{\"value\":\"%s\",\"$ref\":null},{\"value\":\"%s\"}]}",
      a,
      b);
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Groups", create);
  g_autofree char *path = g_strconcat ("/scim/v2/Groups/", id, NULL);
  g_autofree char *remove = g_strdup_printf (
      PATCH ("{\"op\":\"Remove\",\"path\":\"members\",\"value\":[{\"value\":\"%s\"}]}"), a);
  g_autoptr (Answer) removed = ask (scim_harbour, "PATCH", path, remove, NULL);

  g_assert_true (removed->status == 200 || removed->status == 204);
  g_autoptr (Answer) now = ask (scim_harbour, "GET", path, NULL, NULL);
  JsonArray *members = json_object_get_array_member (now->json, "members");
  g_assert_cmpuint (json_array_get_length (members), ==, 1);
  g_assert_cmpstr (get_text (now, "members.0.value"), ==, b);
  g_autofree char *user = g_strconcat ("/scim/v2/Users/", b, NULL);
  g_autoptr (Answer) owner = ask (scim_harbour, "GET", user, NULL, NULL);
  g_assert_cmpstr (get_text (owner, "groups.0.value"), ==, id);
  g_autofree char *without = g_strconcat (path, "?excludedAttributes=members", NULL);
  g_autoptr (Answer) short_form = ask (scim_harbour, "GET", without, NULL, NULL);
  g_assert_null (find_node (short_form, "members"));
}

/* @text with the ids of a and b where it says A! and B!. (transfer full) */
static char *
fill (const char *text, const char *a, const char *b)
{
  g_autoptr (GString) filled = g_string_new (text);

  g_string_replace (filled, "A!", a, 0);
  g_string_replace (filled, "B!", b, 0);
  return g_string_free (g_steal_pointer (&filled), FALSE);
}

#define WITH_MEMBERS "{\"displayName\":\"%s %zu\",\"members\":[%s]}"

/* RFC 7644 §3.5.2.1 for members: a list of a alone. */
static void
test_nothing_changes (void)
{
  static const char *const operations[] = {
    "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"A!\"}]}",
    "{\"op\":\"remove\",\"path\":\"members\",\"value\":[{\"value\":\"B!\"}]}",
    "{\"op\":\"remove\",\"path\":\"members[value eq \\\"B!\\\"]\"}",
    "{\"op\":\"replace\",\"path\":\"members\",\"value\":[{\"value\":\"A!\"}]}",
    "{\"op\":\"replace\",\"value\":{\"members\":[{\"value\":\"A!\"}]}}",
  };
  g_autofree char *a = make_user (scim_harbour, "nothing.a");
  g_autofree char *b = make_user (scim_harbour, "nothing.b");
  g_autofree char *members = fill ("{\"value\":\"A!\"}", a, b);
  g_autofree char *create = g_strdup_printf (WITH_MEMBERS, "Nothing", (gsize) 0, members);
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Groups", create);
  g_autofree char *path = g_strconcat ("/scim/v2/Groups/", id, NULL);
  g_autoptr (Answer) before = scim ("GET", path, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autofree char *operation = fill (operations[i], a, b);
      g_autofree char *body = g_strdup_printf (PATCH ("%s"), operation);
      g_test_message ("%s", operation);
      g_autoptr (Answer) answer = scim ("PATCH", path, body, NULL);
      assert_status (answer, 204);
      g_assert_cmpstr (wire_reply_get (answer->reply, "etag"), ==, "W/\"1\"");
      g_assert_null (wire_reply_get (answer->reply, "x-mailstead-change"));
    }
  g_autoptr (Answer) after = scim ("GET", path, NULL, NULL);
  g_assert_cmpstr (after->reply->body->str, ==, before->reply->body->str);
}
/* What one request gives and takes back comes to nothing; of the rest the difference counts. A list
 * of a alone. */
static void
test_comes_to_nothing (void)
{
  static const char *const operations[] = {
    "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"B!\"}]},"
    "{\"op\":\"remove\",\"path\":\"members[value eq \\\"B!\\\"]\"}",
    "{\"op\":\"remove\",\"path\":\"members[value eq \\\"A!\\\"]\"},"
    "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"A!\"}]}",
    "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"B!\"}]},"
    "{\"op\":\"Remove\",\"path\":\"members\",\"value\":[{\"value\":\"B!\"}]}",
    "{\"op\":\"remove\",\"path\":\"members\",\"value\":[{\"value\":\"A!\"}]},"
    "{\"op\":\"add\",\"value\":{\"members\":[{\"value\":\"B!\"},{\"value\":\"A!\"}]}},"
    "{\"op\":\"remove\",\"path\":\"members\",\"value\":[\"B!\"]}",
    "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"B!\"}]},"
    "{\"op\":\"remove\",\"path\":\"members[display eq \\\"void.b\\\"]\"}",
  };
  g_autofree char *a = make_user (scim_harbour, "void.a");
  g_autofree char *b = make_user (scim_harbour, "void.b");
  g_autofree char *members = fill ("{\"value\":\"A!\"}", a, b);
  g_autofree char *create = g_strdup_printf (WITH_MEMBERS, "Void", (gsize) 0, members);
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Groups", create);
  g_autofree char *path = g_strconcat ("/scim/v2/Groups/", id, NULL);
  g_autoptr (Answer) before = scim ("GET", path, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autofree char *operation = fill (operations[i], a, b);
      g_autofree char *body = g_strdup_printf (PATCH ("%s"), operation);
      g_autofree char *bulk = g_strdup_printf (
          "{\"schemas\":[\"" URN_MESSAGES "BulkRequest\"],\"Operations\":[{\"method\":\"PATCH\","
          "\"path\":\"/Groups/%s\",\"data\":%s}]}",
          id,
          body);
      g_test_message ("%s", operation);
      g_autoptr (Answer) answer = scim ("PATCH", path, body, NULL);
      assert_status (answer, 204);
      g_assert_cmpstr (wire_reply_get (answer->reply, "etag"), ==, "W/\"1\"");
      g_assert_null (wire_reply_get (answer->reply, "x-mailstead-change"));
      g_autoptr (Answer) many = scim ("POST", "/scim/v2/Bulk", bulk, NULL);
      assert_status (many, 200);
      g_assert_cmpstr (get_text (many, "Operations.0.version"), ==, "W/\"1\"");
      g_assert_null (find_node (many, "Operations.0.changeSet"));
    }
  g_autoptr (Answer) after = scim ("GET", path, NULL, NULL);
  g_assert_cmpstr (after->reply->body->str, ==, before->reply->body->str);

  /* One that cannot be is an error also where it is taken back. */
  g_autofree char *wrong
      = g_strdup_printf (PATCH ("{\"op\":\"add\",\"path\":\"members\",\"value\":\"%s\"},"
                                "{\"op\":\"remove\",\"path\":\"members\",\"value\":\"%s\"}"),
                         "00000000-0000-4000-8000-000000000000",
                         "00000000-0000-4000-8000-000000000000");
  g_autoptr (Answer) refused = scim ("PATCH", path, wrong, NULL);
  assert_status (refused, 400);
}

/* What is left of a list of a and b. */
static void
test_edits (void)
{
  static const struct
  {
    const char *operation;
    gboolean    has_a, has_b;
  } rows[] = {
    { "{\"op\":\"Remove\",\"path\":\"members\",\"value\":[]}", TRUE, TRUE },
    { "{\"op\":\"Remove\",\"path\":\"members\",\"value\":null}", TRUE, TRUE },
    { "{\"op\":\"remove\",\"path\":\"members\"}", FALSE, FALSE },
    { "{\"op\":\"replace\",\"path\":\"members\",\"value\":[{\"value\":\"B!\",\"display\":\"b\"}]}",
      FALSE,
      TRUE },
    { "{\"op\":\"Replace\",\"path\":\"members\",\"value\":[{\"$ref\":null,\"value\":\"B!\","
      "\"display\":\"b\"}]}",
      FALSE,
      TRUE },
    { "{\"op\":\"replace\",\"path\":\"members\",\"value\":[]}", FALSE, FALSE },
    { "{\"op\":\"remove\",\"path\":\"members\",\"value\":[\"A!\"]}", FALSE, TRUE },
    { "{\"op\":\"replace\",\"path\":\"members\",\"value\":[\"B!\"]}", FALSE, TRUE },
    { "{\"op\":\"remove\",\"path\":\"members\",\"value\":{\"value\":\"A!\"}}", FALSE, TRUE },
  };
  g_autofree char *a = make_user (scim_harbour, "edits.a");
  g_autofree char *b = make_user (scim_harbour, "edits.b");
  g_autofree char *members = fill ("{\"value\":\"A!\"},{\"value\":\"B!\"}", a, b);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *create = g_strdup_printf (WITH_MEMBERS, "Edits", i, members);
      g_autofree char *id = make_object (scim_harbour, "/scim/v2/Groups", create);
      g_autofree char *path = g_strconcat ("/scim/v2/Groups/", id, NULL);
      g_autofree char *operation = fill (rows[i].operation, a, b);
      g_autofree char *body = g_strdup_printf (PATCH ("%s"), operation);
      g_test_message ("%s", operation);
      g_autoptr (Answer) answer = scim ("PATCH", path, body, NULL);
      assert_status (answer, 204);
      g_autoptr (Answer) now = scim ("GET", path, NULL, NULL);
      g_assert_true ((strstr (now->reply->body->str, a) != NULL) == rows[i].has_a);
      g_assert_true ((strstr (now->reply->body->str, b) != NULL) == rows[i].has_b);
    }
}

/* What is said of a member beside its id must be so (RFC 7643 §2.4, §4.2). A! is a user, B! a
 * mailbox. */
static const struct
{
  const char *members;
  const char *path; /* NULL: it is taken */
} claims[] = {
  { "{\"value\":\"A!\",\"type\":\"User\",\"$ref\":\"https://other.example/scim/v2/Users/A!\"}",
    NULL },
  { "{\"value\":\"A!\",\"type\":\"user\",\"$ref\":\"../Users/A!\"}", NULL },
  { "{\"value\":\"A!\",\"type\":\"\",\"$ref\":\"\"}", NULL },
  { "{\"value\":\"A!\",\"type\":null,\"$ref\":null}", NULL },
  { "{\"value\":\"A!\",\"$ref\":\"A!\"}", NULL },
  { "{\"value\":\"B!\",\"type\":\"Mailbox\",\"$ref\":\"/scim/v2/mailboxes/B!?x=y#z\"}", NULL },
  { "{\"value\":\"B!\",\"type\":\"User\"}", "members[0].type" },
  { "{\"value\":\"A!\"},{\"value\":\"B!\",\"Type\":\"Group\"}", "members[1].type" },
  { "{\"value\":\"A!\",\"type\":\"direct\"}", "members[0].type" },
  { "{\"value\":\"A!\",\"type\":7}", "members[0].type" },
  { "{\"value\":\"A!\",\"$ref\":\"https://h/scim/v2/Users/B!\"}", "members[0].$ref" },
  { "{\"value\":\"A!\",\"$ref\":\"https://h/scim/v2/Mailboxes/A!\"}", "members[0].$ref" },
  { "{\"value\":\"A!\",\"$ref\":\"https://h/scim/v2/Users\"}", "members[0].$ref" },
  { "{\"value\":\"A!\",\"$ref\":[]}", "members[0].$ref" },
};

static void
assert_claim (Answer *answer, gsize row, guint good)
{
  assert_status (answer, claims[row].path != NULL ? 400 : good);
  if (claims[row].path == NULL)
    return;
  g_assert_cmpstr (get_text (answer, "scimType"), ==, "invalidValue");
  g_assert_cmpstr (get_text (answer, "path"), ==, claims[row].path);
}

static void
test_claims (void)
{
  g_autofree char *a = make_user (scim_harbour, "claims.a");
  g_autofree char *b = make_object (scim_harbour, "/scim/v2/Mailboxes", "{\"name\":\"claims\"}");
  g_autofree char *id
      = make_object (scim_harbour, "/scim/v2/Groups", "{\"displayName\":\"Claims\"}");
  g_autofree char *path = g_strconcat ("/scim/v2/Groups/", id, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (claims); i++)
    {
      g_autofree char *members = fill (claims[i].members, a, b);
      g_autofree char *create = g_strdup_printf (WITH_MEMBERS, "Claims", i, members);
      g_autofree char *replace = g_strdup_printf (
          PATCH ("{\"op\":\"replace\",\"path\":\"members\",\"value\":[%s]}"), members);
      g_autofree char *add
          = g_strdup_printf (PATCH ("{\"op\":\"add\",\"value\":{\"members\":[%s]}}"), members);
      g_test_message ("%s", members);
      g_autoptr (Answer) created = scim ("POST", "/scim/v2/Groups", create, NULL);
      assert_claim (created, i, 201);
      g_autoptr (Answer) put = scim ("PUT", path, create, NULL);
      assert_claim (put, i, 200);
      g_autoptr (Answer) replaced = scim ("PATCH", path, replace, NULL);
      assert_claim (replaced, i, 204);
      g_autoptr (Answer) added = scim ("PATCH", path, add, NULL);
      assert_claim (added, i, 204);
    }

  /* What a list says of its members can be sent back. */
  g_autoptr (Answer) now = scim ("GET", path, NULL, NULL);
  g_autoptr (Answer) back = scim ("PUT", path, now->reply->body->str, NULL);
  assert_status (back, 200);
  g_assert_null (wire_reply_get (back->reply, "x-mailstead-change"));
}

/* The same of a single relation. */
static void
test_claims_of_one (void)
{
  g_autofree char *a = make_user (scim_harbour, "claim.a");
  g_autofree char *b = make_user (scim_harbour, "claim.b");
  g_autofree char *wrong = g_strdup_printf (
      "{\"name\":\"claim\",\"owner\":{\"value\":\"%s\",\"$ref\":\"/scim/v2/Users/%s\"}}", a, b);
  g_autofree char *right = g_strdup_printf (
      "{\"name\":\"claim\",\"owner\":{\"value\":\"%s\",\"$ref\":\"/scim/v2/Users/%s\"}}", a, a);
  g_autoptr (Answer) refused = scim ("POST", "/scim/v2/Mailboxes", wrong, NULL);
  assert_status (refused, 400);
  g_assert_cmpstr (get_text (refused, "path"), ==, "owner.$ref");
  g_autoptr (Answer) made = scim ("POST", "/scim/v2/Mailboxes", right, NULL);
  assert_status (made, 201);
  g_autofree char *path = g_strconcat ("/scim/v2/Mailboxes/", get_text (made, "id"), NULL);
  g_autofree char *patch = g_strdup_printf (
      PATCH (
          "{\"op\":\"replace\",\"path\":\"owner\",\"value\":{\"value\":\"%s\",\"$ref\":\"%s\"}}"),
      b,
      a);
  g_autoptr (Answer) patched = scim ("PATCH", path, patch, NULL);
  assert_status (patched, 400);
  g_assert_cmpstr (get_text (patched, "path"), ==, "owner.$ref");
}

/* "remove" with a filter takes out those entries that the filter of a list finds: of a list with
 * one entry it leaves none exactly where "members[…]" finds the list. */
static void
test_removed_by_filter (void)
{
  static const struct
  {
    const char *filter;
    gboolean    a_goes, b_goes;
  } rows[] = {
    { "$ref eq \\\"https://x.example/scim/v2/Users/A!\\\"", TRUE, FALSE },
    { "$ref eq \\\"../Users/A!\\\"", TRUE, FALSE },
    { "$ref eq \\\"A!\\\"", TRUE, FALSE },
    { "$ref eq \\\"https://x.example/scim/v2/Users/\\\"", FALSE, FALSE },
    { "$ref ne \\\"https://x.example/scim/v2/Users/A!\\\"", FALSE, TRUE },
    { "$ref ne \\\"\\\"", TRUE, TRUE },
    { "not ($ref eq \\\"https://x.example/scim/v2/Users/A!\\\")", FALSE, TRUE },
    { "not ($ref ne \\\"https://x.example/scim/v2/Users/A!\\\")", TRUE, FALSE },
    { "$ref pr", TRUE, TRUE },
    { "not ($ref pr)", FALSE, FALSE },
    { "$ref eq null", FALSE, FALSE },
    { "$ref ne null", TRUE, TRUE },
    { "type eq \\\"User\\\" and not ($ref eq \\\"/Users/A!\\\" or $ref eq \\\"/Users/B!\\\")",
      FALSE,
      FALSE },
    { "$ref eq \\\"/Users/A!\\\" or ($ref pr and value eq \\\"B!\\\")", TRUE, TRUE },
    { "value ne \\\"A!\\\"", FALSE, TRUE },
    { "display eq \\\"BYREF.A\\\" and $ref pr", TRUE, FALSE },
  };
  g_autofree char *a = make_user (scim_harbour, "byref.a");
  g_autofree char *b = make_user (scim_harbour, "byref.b");
  g_autofree char *members = fill ("{\"value\":\"A!\"},{\"value\":\"B!\"}", a, b);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *create = g_strdup_printf (WITH_MEMBERS, "By reference", i, members);
      g_autofree char *id = make_object (scim_harbour, "/scim/v2/Groups", create);
      g_autofree char *path = g_strconcat ("/scim/v2/Groups/", id, NULL);
      g_autofree char *filter = fill (rows[i].filter, a, b);
      g_autofree char *bare = g_strcompress (filter);
      g_autofree char *asked = g_strdup_printf ("id eq \"%s\" and members[%s]", id, bare);
      g_autofree char *body
          = g_strdup_printf (PATCH ("{\"op\":\"remove\",\"path\":\"members[%s]\"}"), filter);
      g_test_message ("%s", asked);
      g_assert_cmpint (
          scim_count ("/scim/v2/Groups", asked), ==, rows[i].a_goes || rows[i].b_goes ? 1 : 0);
      g_autoptr (Answer) answer = scim ("PATCH", path, body, NULL);
      assert_status (answer, 204);
      g_autoptr (Answer) now = scim ("GET", path, NULL, NULL);
      g_assert_true ((strstr (now->reply->body->str, a) == NULL) == rows[i].a_goes);
      g_assert_true ((strstr (now->reply->body->str, b) == NULL) == rows[i].b_goes);
      g_assert_cmpint (scim_count ("/scim/v2/Groups", asked), ==, 0);
    }
}

/* And what that filter refuses is refused here. */
static void
test_refused_filter (void)
{
  static const char *const filters[]
      = { "$ref co \\\"Users\\\"", "$ref gt \\\"a\\\"", "not ($ref sw \\\"https:\\\")" };
  g_autofree char *a = make_user (scim_harbour, "refused.a");
  g_autofree char *members = fill ("{\"value\":\"A!\"}", a, a);
  g_autofree char *create = g_strdup_printf (WITH_MEMBERS, "Refused", (gsize) 0, members);
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Groups", create);
  g_autofree char *path = g_strconcat ("/scim/v2/Groups/", id, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_autofree char *body
          = g_strdup_printf (PATCH ("{\"op\":\"remove\",\"path\":\"members[%s]\"}"), filters[i]);
      g_autoptr (Answer) answer = scim ("PATCH", path, body, NULL);
      assert_status (answer, 400);
      g_assert_cmpstr (get_text (answer, "scimType"), ==, "invalidFilter");
    }
  g_autoptr (Answer) now = scim ("GET", path, NULL, NULL);
  assert_holds (now, a);
}

/* What a PATCH costs must not depend on how long the list is: no body unless it is asked for. */
static void
test_patch_answer (void)
{
  static const struct
  {
    const char *query;
    const char *header;
    guint       status;
    const char *text;
    const char *not_text;
  } rows[] = {
    { "", NULL, 204, NULL, NULL },
    { "", "Prefer: return=representation\r\n", 200, "\"members\"", NULL },
    { "?attributes=displayName", NULL, 200, "\"displayName\"", "\"members\"" },
    { "?excludedAttributes=members", NULL, 200, "\"displayName\"", "\"members\"" },
    { "?attributes=members", "Prefer: return=minimal\r\n", 204, NULL, NULL },
  };
  g_autofree char *user = make_user (scim_harbour, "answer.member");
  g_autofree char *create
      = g_strdup_printf ("{\"displayName\":\"Answers\",\"members\":[{\"value\":\"%s\"}]}", user);
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Groups", create);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/scim/v2/Groups/", id, rows[i].query, NULL);
      g_autofree char *body = g_strdup_printf (
          PATCH ("{\"op\":\"replace\",\"path\":\"displayName\",\"value\":\"Answers %zu\"}"), i);
      g_autofree char *etag = g_strdup_printf ("W/\"%zu\"", i + 2);
      g_autoptr (Answer) answer = scim ("PATCH", path, body, rows[i].header);
      assert_status (answer, rows[i].status);
      g_assert_cmpstr (wire_reply_get (answer->reply, "etag"), ==, etag);
      if (rows[i].status == 204)
        g_assert_cmpuint (answer->reply->body->len, ==, 0);
      if (rows[i].text != NULL)
        assert_holds (answer, rows[i].text);
      if (rows[i].not_text != NULL)
        assert_lacks (answer, rows[i].not_text);
    }
}

/* More members than are read at once: each once, in the order of their creation. */
static void
test_many_members (void)
{
  const guint n = 2500;
  g_autoptr (GString) bulk
             = g_string_new ("{\"schemas\":[\"" URN_MESSAGES "BulkRequest\"],\"Operations\":[");
  g_autoptr (GString) group = g_string_new ("{\"displayName\":\"Many\",\"members\":[");
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (bulk,
                            "%s{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"b%u\","
                            "\"data\":{\"userName\":\"many.%04u\"}}",
                            i > 0 ? "," : "",
                            i,
                            i);
  g_string_append (bulk,
                   "],\"urn:ietf:params:scim:api:messages:mailstead:2.0:BulkOptions\":"
                   "{\"atomic\":true}}");
  g_autoptr (Answer) made = scim ("POST", "/scim/v2/Bulk", bulk->str, NULL);
  assert_status (made, 200);
  JsonArray *operations = json_object_get_array_member (made->json, "Operations");
  g_assert_cmpuint (json_array_get_length (operations), ==, n);
  for (guint i = 0; i < n; i++)
    {
      const char *location = json_object_get_string_member (
          json_array_get_object_element (operations, i), "location");
      g_ptr_array_add (ids, g_strdup (strrchr (location, '/') + 1));
      g_string_append_printf (
          group, "%s{\"value\":\"%s\"}", i > 0 ? "," : "", (char *) ids->pdata[i]);
    }
  g_string_append (group, "]}");
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Groups", group->str);
  g_autofree char *path = g_strconcat ("/scim/v2/Groups/", id, NULL);
  g_autoptr (Answer) whole = scim ("GET", path, NULL, NULL);
  JsonArray *members = json_object_get_array_member (whole->json, "members");
  g_assert_cmpuint (json_array_get_length (members), ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpstr (
        json_object_get_string_member (json_array_get_object_element (members, i), "value"),
        ==,
        ids->pdata[i]);
}

static void
add (void)
{
  scim_add ("group/patch-answer", test_patch_answer);
  scim_add ("group/members", test_members);
  scim_add ("group/comes-to-nothing", test_comes_to_nothing);
  scim_add ("group/nothing-changes", test_nothing_changes);
  scim_add ("group/edits", test_edits);
  scim_add ("group/claims", test_claims);
  scim_add ("group/claims-of-one", test_claims_of_one);
  scim_add ("group/removed-by-filter", test_removed_by_filter);
  scim_add ("group/refused-filter", test_refused_filter);
  scim_add ("group/many-members", test_many_members);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
