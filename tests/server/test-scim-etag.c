/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Versions: ETag, If-Match, If-None-Match (RFC 7644 §3.14).
 */
#include "scim-case.h"
#include <string.h>

static void
test_versions (void)
{
  g_autofree char *id = make_user (scim_harbour, "versions");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  const char      *patch = PATCH ("{\"op\":\"replace\",\"path\":\"title\",\"value\":\"One\"}");
  const char      *again = PATCH ("{\"op\":\"replace\",\"path\":\"title\",\"value\":\"Two\"}");

  g_autoptr (Answer) first = ask (scim_harbour, "PATCH", path, patch, "If-Match: W/\"1\"\r\n");
  assert_status (first, 200);
  g_assert_cmpstr (wire_reply_get (first->reply, "etag"), ==, "W/\"2\"");
  g_assert_nonnull (wire_reply_get (first->reply, "x-mailstead-change"));
  /* The same once more changes nothing, and says so. */
  g_autoptr (Answer) same = ask (scim_harbour, "PATCH", path, patch, "If-Match: W/\"2\"\r\n");
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
    { "PATCH", "If-Match: garbage\"\r\n", 400 },
    { "PATCH", "If-Match: W/3\"\r\n", 400 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (stale); i++)
    {
      const char *body = stale[i].method[1] == 'U' ? "{\"userName\":\"versions\"}" : again;
      g_autoptr (Answer) answer = ask (scim_harbour,
                                       stale[i].method,
                                       path,
                                       stale[i].method[0] == 'D' ? NULL : body,
                                       stale[i].match);
      assert_status (answer, stale[i].status);
      g_assert_cmpstr (get_text (answer, "path"), ==, "If-Match");
      if (stale[i].status == 400)
        continue;
      /* What it is about, where that is, and what was asked for. */
      g_autofree char *asked = g_strstrip (g_strdup (stale[i].match + strlen ("If-Match:")));
      g_autofree char *detail = g_strdup_printf (
          "User “versions” was changed meanwhile: it is at version W/\"2\", not at %s", asked);
      g_assert_cmpstr (get_text (answer, "detail"), ==, detail);
    }
  static const char *const good[]
      = { "If-Match: *\r\n", "If-Match: W/\"1\", W/\"3\"\r\n", "If-Match: \"4\"\r\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *body = g_strdup_printf (
          PATCH ("{\"op\":\"replace\",\"path\":\"title\",\"value\":\"T%zu\"}"), i);
      g_autoptr (Answer) answer = ask (scim_harbour, "PATCH", path, body, good[i]);
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
      g_autoptr (Answer) answer = ask (scim_harbour, "GET", path, NULL, known[i].header);
      assert_status (answer, known[i].status);
      g_assert_cmpstr (wire_reply_get (answer->reply, "etag"), ==, "W/\"5\"");
      g_assert_true ((answer->reply->body->len == 0) == (known[i].status == 304));
    }
}

/* RFC 9110 §13.2.2: If-Match counts for GET too, If-None-Match for writes too. */
static void
test_conditions (void)
{
  g_autofree char *id = make_user (scim_harbour, "conditions");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  static const struct
  {
    const char *method;
    const char *header;
    guint       status;
    const char *blame;
  } rows[] = {
    { "GET", "If-Match: W/\"7\"\r\n", 412, "If-Match" },
    { "GET", "If-Match: W/\"7\", \"1\"\r\n", 200, NULL },
    { "GET", "If-Match: 1\r\n", 200, NULL },
    { "GET", "If-Match: *\r\n", 200, NULL },
    { "PUT", "If-None-Match: *\r\n", 412, "If-None-Match" },
    { "PATCH", "If-None-Match: W/\"1\"\r\n", 412, "If-None-Match" },
    { "DELETE", "If-None-Match: *\r\n", 412, "If-None-Match" },
    { "PUT", "If-None-Match: \"open\r\n", 400, "If-None-Match" },
    { "PUT", "If-None-Match: W/\"7\"\r\n", 200, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *body = rows[i].method[1] == 'U' ? "{\"userName\":\"conditions\"}"
                         : rows[i].method[0] == 'P'
                             ? PATCH ("{\"op\":\"add\",\"path\":\"title\",\"value\":\"T\"}")
                             : NULL;
      g_autoptr (Answer) answer = ask (scim_harbour, rows[i].method, path, body, rows[i].header);
      g_test_message ("%s %s", rows[i].method, rows[i].header);
      assert_status (answer, rows[i].status);
      if (rows[i].blame != NULL)
        g_assert_cmpstr (get_text (answer, "path"), ==, rows[i].blame);
    }
  g_autoptr (Answer) none = ask (scim_harbour,
                                 "PUT",
                                 "/scim/v2/Users/nobody",
                                 "{\"userName\":\"conditions.2\"}",
                                 "If-None-Match: *\r\n");
  assert_status (none, 404);
}

/* What is to be created has no version: no tag can name it. The collection is there: "*" holds. */
static void
test_create (void)
{
  static const struct
  {
    const char *header;
    guint       status;
  } rows[] = {
    { "If-Match: W/\"9\"\r\n", 412 }, { "If-Match: W/\"1\", \"0\"\r\n", 412 },
    { "If-Match: \"open\r\n", 400 },  { "If-Match: *\r\n", 201 },
    { "If-None-Match: *\r\n", 201 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"userName\":\"created.%zu\"}", i);
      g_autofree char *filter = g_strdup_printf ("userName eq \"created.%zu\"", i);
      g_autoptr (Answer) answer = scim ("POST", "/scim/v2/Users", body, rows[i].header);
      assert_status (answer, rows[i].status);
      g_assert_cmpint (scim_count ("/scim/v2/Users", filter), ==, rows[i].status == 201);
      if (rows[i].status >= 400)
        g_assert_cmpstr (get_text (answer, "path"), ==, "If-Match");
    }
}

/* A wrong If-Match keeps members and settings as they are, too. */
static void
test_elsewhere (void)
{
  g_autofree char *user = make_user (scim_harbour, "etag.member");
  g_autofree char *id
      = make_object (scim_harbour, "/scim/v2/Groups", "{\"displayName\":\"Etags\"}");
  g_autofree char *path = g_strconcat ("/scim/v2/Groups/", id, NULL);
  g_autofree char *body = g_strdup_printf (
      PATCH ("{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"%s\"}]}"), user);

  g_autoptr (Answer) stale = scim ("PATCH", path, body, "If-Match: W/\"9\"\r\n");
  assert_status (stale, 412);
  g_autoptr (Answer) now = scim ("GET", path, NULL, NULL);
  g_assert_null (find_node (now, "members"));
  g_assert_cmpstr (get_text (now, "meta.version"), ==, "W/\"1\"");
  g_autoptr (Answer) before = scim ("GET", "/scim/v2/Guest", NULL, NULL);
  g_autoptr (Answer) guest = scim (
      "PUT", "/scim/v2/Guest", "{\"rights\":{\"imap\":true}}", "If-Match: W/\"99\"\r\n");
  assert_status (guest, 412);
  g_autoptr (Answer) after = scim ("GET", "/scim/v2/Guest", NULL, NULL);
  g_assert_cmpstr (after->reply->body->str, ==, before->reply->body->str);
}

/* Several lines are one list (RFC 9110 §5.3). */
static void
test_lines (void)
{
  static const struct
  {
    const char *method;
    const char *headers;
    guint       status;
  } rows[] = {
    { "GET", "If-None-Match: W/\"9\"\r\nIf-None-Match: W/\"1\"\r\n", 304 },
    { "GET", "If-None-Match: W/\"1\"\r\nIf-None-Match: W/\"9\"\r\n", 304 },
    { "GET", "If-Match: W/\"9\"\r\nIF-MATCH: W/\"1\"\r\n", 200 },
    { "GET", "If-Match: W/\"9\"\r\nIf-Match: W/\"8\"\r\n", 412 },
    { "PATCH", "If-Match: W/\"9\"\r\nIf-Match: W/\"8\"\r\n", 412 },
    { "PATCH", "If-Match: W/\"1\"\r\nIf-Match: nonsense\"\r\n", 400 },
    { "PATCH", "If-None-Match: W/\"9\"\r\nIf-None-Match: W/\"1\"\r\n", 412 },
    { "PATCH", "Content-Type: application/json\r\nContent-Type: text/plain\r\n", 400 },
    { "PATCH", "If-Match: W/\"9\"\r\nX-Other: x\r\nIf-Match: W/\"1\"\r\n", 200 },
  };
  g_autofree char *id = make_user (scim_harbour, "etag.lines");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *body = g_strdup_printf (
          PATCH ("{\"op\":\"replace\",\"path\":\"title\",\"value\":\"%zu\"}"), i);
      g_test_message ("%s %s", rows[i].method, rows[i].headers);
      g_autoptr (Answer) answer = scim (
          rows[i].method, path, *rows[i].method == 'G' ? NULL : body, rows[i].headers);
      assert_status (answer, rows[i].status);
    }
}

static void
add (void)
{
  scim_add ("etag/versions", test_versions);
  scim_add ("etag/conditions", test_conditions);
  scim_add ("etag/create", test_create);
  scim_add ("etag/lines", test_lines);
  scim_add ("etag/elsewhere", test_elsewhere);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
