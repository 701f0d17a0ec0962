/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /Me (RFC 7644 §3.11): every method, by the rights that its user has anyway.
 */
#include "scim-case.h"
#include <string.h>

static Answer *
log_on (const char *name)
{
  g_autofree char *body
      = g_strdup_printf ("{\"userName\":\"%s\",\"password\":\"Correct-horse-7\"}", name);
  Answer *answer = ask_as (scim_harbour, NULL, "POST", "/api/v1/session", body, NULL);

  assert_status (answer, 201);
  return answer;
}

static char *
make_person (const char *name, const char *role)
{
  g_autofree char *body
      = g_strdup_printf ("{\"userName\":\"%s\",\"password\":\"Correct-horse-7\",\"" MS_URN_EXT_USER
                         "\":{\"role\":\"%s\"}}",
                         name,
                         role);
  return make_object (scim_harbour, "/scim/v2/Users", body);
}

static void
test_get (void)
{
  g_autoptr (Answer) answer = scim ("GET", "/scim/v2/Me", NULL, NULL);

  assert_status (answer, 200);
  g_assert_cmpstr (get_text (answer, "userName"), ==, "admin");
  const char *location = get_text (answer, "meta.location");
  g_assert_nonnull (strstr (location, "/scim/v2/Users/"));
  g_assert_cmpstr (wire_reply_get (answer->reply, "location"), ==, location);
  g_assert_cmpstr (wire_reply_get (answer->reply, "etag"), ==, get_text (answer, "meta.version"));
  g_autoptr (Answer) part = scim ("GET", "/scim/v2/Me?attributes=userName", NULL, NULL);
  assert_holds (part, "\"userName\"");
  assert_lacks (part, "\"meta\"");
  g_autoptr (Answer) head = scim ("HEAD", "/scim/v2/Me", NULL, NULL);
  assert_status (head, 200);
  g_autoptr (Answer) stranger = ask_as (scim_harbour, NULL, "GET", "/scim/v2/Me", NULL, NULL);
  assert_status (stranger, 401);
}

static void
test_patch_and_put (void)
{
  g_autoptr (Answer) patched
             = scim ("PATCH",
                     "/scim/v2/Me",
                     PATCH ("{\"op\":\"replace\",\"path\":\"title\",\"value\":\"Harbour master\"}"),
                     NULL);
  assert_status (patched, 200);
  g_assert_cmpstr (get_text (patched, "title"), ==, "Harbour master");
  g_assert_nonnull (wire_reply_get (patched->reply, "location"));
  g_autoptr (Answer) stale
             = scim ("PATCH",
                     "/scim/v2/Me",
                     PATCH ("{\"op\":\"replace\",\"path\":\"title\",\"value\":\"x\"}"),
                     "If-Match: W/\"999\"\r\n");
  assert_status (stale, 412);
  g_autoptr (Answer) put
             = scim ("PUT", "/scim/v2/Me", "{\"userName\":\"admin\",\"nickName\":\"Chief\"}", NULL);
  assert_status (put, 200);
  g_assert_cmpstr (get_text (put, "nickName"), ==, "Chief");
  g_assert_null (find_node (put, "title"));
}

static void
test_post (void)
{
  g_autoptr (Answer) answer = scim ("POST", "/scim/v2/Me", "{\"userName\":\"again\"}", NULL);

  assert_status (answer, 409);
  g_assert_cmpstr (get_text (answer, "scimType"), ==, "uniqueness");
}

/* The last administrator cannot go, by this road either; another one can. */
static void
test_delete (void)
{
  g_autoptr (Answer) last = scim ("DELETE", "/scim/v2/Me", NULL, NULL);
  assert_status (last, 409);
  g_autofree char *id = make_person ("me.second", "administrator");
  g_autoptr (Answer) session = log_on ("me.second");
  g_autoptr (Answer) gone = ask_as (
      scim_harbour, get_text (session, "token"), "DELETE", "/scim/v2/Me", NULL, NULL);
  assert_status (gone, 204);
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) after = scim ("GET", path, NULL, NULL);
  assert_status (after, 404);
}

/* Rights are those of the user: an auditor reads itself and changes nothing. */
static void
test_rights (void)
{
  g_autofree char *id = make_person ("me.auditor", "auditor");
  g_autoptr (Answer) session = log_on ("me.auditor");
  const char *token = get_text (session, "token");
  g_autoptr (Answer) read = ask_as (scim_harbour, token, "GET", "/scim/v2/Me", NULL, NULL);
  assert_status (read, 200);
  g_assert_cmpstr (get_text (read, "id"), ==, id);
  g_autoptr (Answer) denied = ask_as (scim_harbour,
                                      token,
                                      "PATCH",
                                      "/scim/v2/Me",
                                      PATCH ("{\"op\":\"replace\",\"path\":\"" MS_URN_EXT_USER
                                             ":role\",\"value\":\"administrator\"}"),
                                      NULL);
  assert_status (denied, 403);
}

#define SET_PASSWORD                                                                               \
  PATCH ("{\"op\":\"replace\",\"path\":\"password\",\"value\":\"Other-horse-8\"}")
#define SET_MORE                                                                                   \
  PATCH ("{\"op\":\"replace\",\"value\":{\"password\":\"Other-horse-8\",\"title\":\"Boss\"}}")

static void
assert_patch (const char *token, const char *path, const char *body, guint status)
{
  g_autoptr (Answer) answer = ask_as (scim_harbour, token, "PATCH", path, body, NULL);
  assert_status (answer, status);
}

/* The own password is refused by the name of what it needs. */
static void
assert_missing (const char *token, const char *right)
{
  g_autoptr (Answer) answer
             = ask_as (scim_harbour, token, "PATCH", "/scim/v2/Me", SET_PASSWORD, NULL);
  g_autofree char *path = g_strconcat (MS_URN_EXT_USER ":", right, NULL);
  g_autofree char *words = g_strdup_printf ("and “%s” is not", right);

  assert_status (answer, 403);
  g_assert_cmpstr (get_text (answer, "path"), ==, path);
  assert_holds (answer, words);
}

/* Who must change the password may, in a role that changes nothing else, if the rights say so. */
static void
test_must_change (void)
{
  g_autofree char *other = make_object (scim_harbour, "/scim/v2/Users", "{\"userName\":\"me.o\"}");
  g_autofree char *other_path = g_strconcat ("/scim/v2/Users/", other, NULL);
  g_autofree char *id = make_object (
      scim_harbour,
      "/scim/v2/Users",
      "{\"userName\":\"me.must\",\"password\":\"Correct-horse-7\",\"" MS_URN_EXT_USER "\":{"
      "\"role\":\"auditor\",\"mustChangePassword\":true,\"rights\":{\"changePassword\":false}}}");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) session = log_on ("me.must");
  const char *token = get_text (session, "token");

  assert_missing (token, "rights.changePassword");
  g_autoptr (Answer) allowed = scim ("PATCH",
                                     path,
                                     PATCH ("{\"op\":\"replace\",\"path\":\"" MS_URN_EXT_USER
                                            ":rights.changePassword\",\"value\":true}"),
                                     NULL);
  assert_status (allowed, 200);
  assert_patch (token, "/scim/v2/Me", SET_MORE, 403);
  assert_patch (token, other_path, SET_PASSWORD, 403);
  assert_patch (token, path, SET_PASSWORD, 200);
  g_autoptr (Answer) after = ask_as (scim_harbour, token, "GET", "/api/v1/session", NULL, NULL);
  assert_status (after, 200);
  g_assert_false (json_object_get_boolean_member (after->json, "mustChangePassword"));
  assert_missing (token, "mustChangePassword");
}

static void
test_methods (void)
{
  g_autoptr (Answer) options = scim ("OPTIONS", "/scim/v2/Me", NULL, NULL);

  assert_status (options, 204);
  g_assert_cmpstr (
      wire_reply_get (options->reply, "allow"), ==, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
}

static void
add (void)
{
  scim_add ("me/get", test_get);
  scim_add ("me/patch-and-put", test_patch_and_put);
  scim_add ("me/post", test_post);
  scim_add ("me/delete", test_delete);
  scim_add ("me/rights", test_rights);
  scim_add ("me/must-change", test_must_change);
  scim_add ("me/methods", test_methods);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
