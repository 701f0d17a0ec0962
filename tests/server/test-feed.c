/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * GET /api/v1/feed as other programs read it: with a token of the scope scim, a part at a time.
 */
#include "scim-case.h"
#include <string.h>

#define PASSWORD "Correct-horse-7"

static char *
make_token (const char *session, const char *scope)
{
  g_autofree char *body = g_strdup_printf ("{\"name\":\"feed\",\"scope\":\"%s\"}", scope);
  g_autoptr (Answer) made = ask_as (scim_harbour, session, "POST", "/api/v1/tokens", body, NULL);

  assert_status (made, 201);
  return g_strdup (get_text (made, "token"));
}

static Answer *
read_feed (const char *token, gint64 since, const char *more)
{
  g_autofree char *path
      = g_strdup_printf ("/api/v1/feed?since=%" G_GINT64_FORMAT "%s", since, more);

  return ask_as (scim_harbour, token, "GET", path, NULL, NULL);
}

static guint
count_sets (Answer *answer)
{
  return json_array_get_length (json_object_get_array_member (answer->json, "sets"));
}

/* One change set after the other, to the end, and from there on what is new. */
static void
test_pages (void)
{
  g_autofree char *token = make_token (scim_harbour->token, "scim");
  g_autoptr (Answer) server = scim ("GET", "/api/v1/server", NULL, NULL);
  gint64           since = get_number (server, "sequence");
  g_autofree char *one = make_user (scim_harbour, "feed.one");
  g_autofree char *two = make_user (scim_harbour, "feed.two");

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *uri = g_strconcat ("/Users/", i == 0 ? one : two, NULL);
      g_autoptr (Answer) page = read_feed (token, since, "&count=1");
      assert_status (page, 200);
      g_assert_cmpuint (count_sets (page), ==, 1);
      g_assert_cmpstr (get_text (page, "sets.0.sub_id.uri"), ==, uri);
      assert_holds (page, "create:notice");
      assert_holds (page, i == 0 ? "\"moreAvailable\":true" : "\"moreAvailable\":false");
      assert_holds (page, "\"reset\":false");
      g_assert_cmpint (get_number (page, "next"), >, since);
      since = get_number (page, "next");
    }
  g_autoptr (Answer) end = read_feed (token, since, "");
  assert_status (end, 200);
  g_assert_cmpuint (count_sets (end), ==, 0);
  g_assert_cmpint (get_number (end, "next"), ==, since);
  g_autofree char *third = make_user (scim_harbour, "feed.three");
  g_autoptr (Answer) again = read_feed (token, since, "&events=full");
  g_assert_cmpuint (count_sets (again), ==, 1);
  assert_holds (again, "create:full");
  assert_holds (again, "\"userName\":\"feed.three\"");
}

/* A token of whatever scope reads it while whose it is may read the history, and no longer. */
static void
test_rights (void)
{
  static const char *const scopes[] = { "read", "scim", "all" };
  g_autofree char         *id = make_object (scim_harbour,
                                     "/scim/v2/Users",
                                     "{\"userName\":\"feed.reader\",\"password\":\"" PASSWORD
                                     "\",\"" MS_URN_EXT_USER "\":{\"role\":\"administrator\"}}");
  g_autofree char         *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) session
             = ask_as (scim_harbour,
                       NULL,
                       "POST",
                       "/api/v1/session",
                       "{\"userName\":\"feed.reader\",\"password\":\"" PASSWORD "\"}",
                       NULL);
  char *tokens[G_N_ELEMENTS (scopes)];

  assert_status (session, 201);
  for (gsize i = 0; i < G_N_ELEMENTS (scopes); i++)
    {
      tokens[i] = make_token (get_text (session, "token"), scopes[i]);
      g_autoptr (Answer) answer = read_feed (tokens[i], 0, "&count=1");
      assert_status (answer, 200);
    }
  g_autoptr (Answer) demoted = scim (
      "PATCH", path, PATCH ("{\"op\":\"remove\",\"path\":\"" MS_URN_EXT_USER ":role\"}"), NULL);
  assert_status (demoted, 200);
  for (gsize i = 0; i < G_N_ELEMENTS (scopes); i++)
    {
      g_autoptr (Answer) answer = read_feed (tokens[i], 0, "&count=1");
      g_test_message ("%s: %u %s", scopes[i], answer->status, answer->reply->body->str);
      assert_status (answer, 403);
      assert_lacks (answer, "sets");
      g_free (tokens[i]);
    }
  g_autoptr (Answer) nobody = read_feed (NULL, 0, "");
  assert_status (nobody, 401);
}

static void
add (void)
{
  scim_add ("feed/pages", test_pages);
  scim_add ("feed/rights", test_rights);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
