/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One object: GET, PUT, DELETE, singletons.
 */
#include "scim-case.h"
#include <string.h>

/* clang-format off: one row, one line */
static const ScimCase cases[] = {
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
    "allow: GET, HEAD, PUT, PATCH, OPTIONS",
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
test_life (void)
{
  g_autoptr (Answer) made
             = ask (scim_harbour,
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

  g_autoptr (Answer) head = ask (scim_harbour, "HEAD", path, NULL, NULL);
  g_assert_cmpuint (head->status, ==, 200);
  g_assert_cmpstr (wire_reply_get (head->reply, "etag"), ==, "W/\"1\"");
  /* PUT clears what it does not name, but neither password nor relations. */
  g_autoptr (Answer) replaced = ask (
      scim_harbour, "PUT", path, "{\"userName\":\"Life\",\"id\":\"x\",\"title\":\"T\"}", NULL);
  assert_status (replaced, 200);
  g_assert_null (find_node (replaced, "nickName"));
  g_assert_cmpstr (get_text (replaced, "userName"), ==, "Life");
  g_assert_nonnull (strstr (replaced->reply->body->str, "yescrypt"));

  g_autoptr (Answer) gone = ask (scim_harbour, "DELETE", path, NULL, NULL);
  assert_status (gone, 204);
  g_assert_cmpuint (gone->reply->body->len, ==, 0);
  g_assert_nonnull (wire_reply_get (gone->reply, "x-mailstead-change"));
  static const char *const methods[] = { "GET", "PUT", "PATCH", "DELETE" };
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      const char *body = i == 1   ? "{\"userName\":\"life\"}"
                         : i == 2 ? PATCH ("{\"op\":\"remove\",\"path\":\"title\"}")
                                  : NULL;
      g_autoptr (Answer) answer = ask (scim_harbour, methods[i], path, body, NULL);
      assert_status (answer, 404);
    }
  g_autoptr (Answer) list = ask (
      scim_harbour, "GET", "/scim/v2/Users?filter=userName%20eq%20%22life%22", NULL, NULL);
  g_assert_cmpint (get_number (list, "totalResults"), ==, 0);
}

/* A DELETE with a body, as some clients send it. */
static void
test_delete_with_body (void)
{
  g_autofree char *id = make_user (scim_harbour, "delete.body");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) gone = ask (scim_harbour, "DELETE", path, "{}", NULL);

  assert_status (gone, 204);
}

static void
test_disabled_is_found (void)
{
  g_autofree char *id = make_object (
      scim_harbour, "/scim/v2/Users", "{\"userName\":\"disabled\",\"active\":false}");
  g_autoptr (Answer) list = ask (
      scim_harbour, "GET", "/scim/v2/Users?filter=userName%20eq%20%22disabled%22", NULL, NULL);

  g_assert_cmpint (get_number (list, "totalResults"), ==, 1);
  g_assert_cmpstr (get_text (list, "Resources.0.id"), ==, id);
}

/* PUT: what is readOnly is ignored, what is required must be there, versions count. */
static void
test_put (void)
{
  g_autofree char *id = make_user (scim_harbour, "put.me");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) missing = scim ("PUT", path, "{\"displayName\":\"x\"}", NULL);
  assert_status (missing, 400);
  g_assert_cmpstr (get_text (missing, "scimType"), ==, "invalidValue");
  g_autoptr (Answer) put = scim (
      "PUT",
      path,
      "{\"userName\":\"put.me\",\"id\":\"other\",\"meta\":{\"created\":\"x\"},\"groups\":[1],"
      "\"password\":\"Correct-horse-7\",\"favouriteColour\":\"red\"}",
      NULL);
  assert_status (put, 200);
  g_assert_cmpstr (get_text (put, "id"), ==, id);
  g_assert_cmpstr (wire_reply_get (put->reply, "etag"), ==, "W/\"2\"");
  g_assert_cmpstr (wire_reply_get (put->reply, "x-mailstead-ignored"), ==, "favouriteColour");
  assert_lacks (put, "Correct-horse");
  g_autoptr (Answer) same = scim ("PUT", path, "{\"userName\":\"put.me\"}", NULL);
  assert_status (same, 200);
  g_assert_cmpstr (wire_reply_get (same->reply, "etag"), ==, "W/\"2\"");
}

/* What a client that does not know it must not clear, nor put back. */
static void
test_put_keeps (void)
{
  static const struct
  {
    const char *type;
    const char *create;
    const char *put;
    const char *value;
  } rows[] = {
    { "Users",
      "{\"userName\":\"keeps\",\"active\":false}",
      "{\"userName\":\"keeps\",\"title\":\"T\"}",
      "\"active\":false" },
    { "Domains",
      "{\"name\":\"keeps.example\",\"kind\":\"alias\",\"aliasOf\":\"harbour.example\"}",
      "{\"name\":\"keeps.example\",\"aliasOf\":\"harbour.example\",\"description\":\"D\"}",
      "\"kind\":\"alias\"" },
    { "Mailboxes",
      "{\"name\":\"keeps\",\"domain\":\"other.example\",\"active\":false}",
      "{\"name\":\"keeps\",\"description\":\"D\"}",
      "\"domain\":\"other.example\"" },
  };
  g_autofree char *other
      = make_object (scim_harbour, "/scim/v2/Domains", "{\"name\":\"other.example\"}");

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *list = g_strconcat ("/scim/v2/", rows[i].type, NULL);
      g_autofree char *id = make_object (scim_harbour, list, rows[i].create);
      g_autofree char *path = g_strconcat (list, "/", id, NULL);
      g_autoptr (Answer) put = scim ("PUT", path, rows[i].put, NULL);
      assert_status (put, 200);
      g_assert_cmpstr (wire_reply_get (put->reply, "etag"), ==, "W/\"2\"");
      assert_holds (put, rows[i].value);
      if (strcmp (rows[i].type, "Mailboxes") == 0)
        assert_holds (put, "\"active\":false");
    }
}

/* What is asked for of the answer counts for writes as it does for reading. */
static void
test_answers (void)
{
  static const struct
  {
    const char *method;
    const char *query;
    const char *header;
    guint       status;
    guint       n_members; /* 0: no matter */
    gboolean    has_title;
  } rows[] = {
    { "PUT", "?attributes=userName", NULL, 200, 3, FALSE },
    { "PATCH", "?attributes=userName", NULL, 200, 3, FALSE },
    { "PUT", "?excludedAttributes=title", NULL, 200, 0, FALSE },
    { "PATCH", "?excludedAttributes=title", NULL, 200, 0, FALSE },
    { "PUT", "", NULL, 200, 0, TRUE },
    { "PATCH", "", "Prefer: return=representation\r\n", 200, 0, TRUE },
    { "PUT", "", "Prefer: return=minimal\r\n", 204, 0, FALSE },
    { "PATCH", "", "Prefer: return=minimal\r\n", 204, 0, FALSE },
  };
  g_autofree char *id = make_user (scim_harbour, "answers");

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gboolean         put = strcmp (rows[i].method, "PUT") == 0;
      g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, rows[i].query, NULL);
      g_autofree char *body = g_strdup_printf (
          put ? "{\"userName\":\"answers\",\"title\":\"T%zu\"}"
              : PATCH ("{\"op\":\"replace\",\"path\":\"title\",\"value\":\"T%zu\"}"),
          i);
      g_autofree char *etag = g_strdup_printf ("W/\"%zu\"", i + 2);
      g_autoptr (Answer) answer = scim (rows[i].method, path, body, rows[i].header);
      g_test_message ("%s %s", rows[i].method, path);
      assert_status (answer, rows[i].status);
      g_assert_cmpstr (wire_reply_get (answer->reply, "etag"), ==, etag);
      if (rows[i].status == 204)
        {
          g_assert_cmpuint (answer->reply->body->len, ==, 0);
          continue;
        }
      g_assert_cmpstr (get_text (answer, "userName"), ==, "answers");
      g_assert_cmpstr (get_text (answer, "schemas.0"), ==, MS_URN_USER);
      g_assert_cmpstr (get_text (answer, "id"), ==, id);
      g_assert_true ((find_node (answer, "title") != NULL) == rows[i].has_title);
      if (rows[i].n_members > 0)
        g_assert_cmpuint (json_object_get_size (answer->json), ==, rows[i].n_members);
    }
}

static void
test_both_projections (void)
{
  g_autofree char *id = make_user (scim_harbour, "both.projections");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autofree char *both = g_strconcat (path, "?attributes=title&excludedAttributes=name", NULL);
  g_autoptr (Answer) refused = scim (
      "PATCH", both, PATCH ("{\"op\":\"replace\",\"path\":\"title\",\"value\":\"T\"}"), NULL);

  assert_status (refused, 400);
  g_autoptr (Answer) now = scim ("GET", path, NULL, NULL);
  g_assert_cmpstr (get_text (now, "meta.version"), ==, "W/\"1\"");
}

static void
test_minimal_create (void)
{
  g_autoptr (Answer) made = scim (
      "POST", "/scim/v2/Users", "{\"userName\":\"minimal\"}", "Prefer: return=minimal\r\n");

  assert_status (made, 201);
  g_assert_cmpuint (made->reply->body->len, ==, 0);
  g_assert_cmpstr (wire_reply_get (made->reply, "preference-applied"), ==, "return=minimal");
  const char *location = wire_reply_get (made->reply, "location");
  g_assert_nonnull (location);
  g_autoptr (Answer) object = scim ("GET", strstr (location, "/scim/v2/"), NULL, NULL);
  g_assert_cmpstr (get_text (object, "userName"), ==, "minimal");
}

/* Who is deleted is in no list any more; membership is no change of the user (ETags would storm).
 */
static void
test_membership (void)
{
  g_autofree char *id = make_user (scim_harbour, "member.gone");
  g_autofree char *user = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autofree char *body
      = g_strdup_printf ("{\"displayName\":\"Goners\",\"members\":[{\"value\":\"%s\"}]}", id);
  g_autofree char *group_id = make_object (scim_harbour, "/scim/v2/Groups", body);
  g_autofree char *group = g_strconcat ("/scim/v2/Groups/", group_id, NULL);
  g_autoptr (Answer) member = scim ("GET", user, NULL, NULL);
  g_assert_cmpstr (get_text (member, "groups.0.value"), ==, group_id);
  g_assert_cmpstr (get_text (member, "groups.0.type"), ==, "direct");
  g_assert_cmpstr (get_text (member, "meta.version"), ==, "W/\"1\"");
  g_autoptr (Answer) gone = scim ("DELETE", user, NULL, NULL);
  assert_status (gone, 204);
  g_autoptr (Answer) list = scim ("GET", group, NULL, NULL);
  g_assert_null (find_node (list, "members"));
}

static void
add (void)
{
  scim_add ("object/put", test_put);
  scim_add ("object/put-keeps", test_put_keeps);
  scim_add ("object/answers", test_answers);
  scim_add ("object/both-projections", test_both_projections);
  scim_add ("object/minimal-create", test_minimal_create);
  scim_add ("object/membership", test_membership);
  scim_add_cases ("object", cases, G_N_ELEMENTS (cases));
  scim_add ("object/life", test_life);
  scim_add ("object/delete-with-body", test_delete_with_body);
  scim_add ("object/disabled-is-found", test_disabled_is_found);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
