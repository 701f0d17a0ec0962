/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/explain and /api/v1/search: what they answer over the wire, and what they refuse. The
 * rules are tested in tests/service.
 */
#include "harbour.h"
#include <string.h>

static Harbour *shared;

static void
test_explain (void)
{
  g_autofree char *mailbox = make_object (
      shared,
      "/scim/v2/Mailboxes",
      "{\"name\":\"way\",\"aliases\":[\"way-on\"],\"forwardTo\":[\"x@elsewhere.example\"]}");

  g_autoptr (Answer) answer = ask (shared, "GET", "/api/v1/explain?address=WAY-on", NULL, NULL);
  assert_status (answer, 200);
  g_assert_cmpstr (get_text (answer, "address"), ==, "WAY-on@harbour.example");
  g_assert_cmpint (get_number (answer, "recipients.total"), ==, 2);
  g_assert_cmpstr (get_text (answer, "recipients.list.0.id"), ==, mailbox);
  g_assert_cmpstr (get_text (answer, "recipients.list.1.id"), ==, "x@elsewhere.example");
  g_assert_cmpstr (get_text (answer, "nodes.0.type"), ==, "address");
  g_assert_cmpstr (get_text (answer, "edges.0.kind"), ==, "alias");
  g_assert_cmpstr (get_text (answer, "edges.0.to"), ==, mailbox);
  g_assert_cmpstr (get_text (answer, "edges.1.kind"), ==, "forward");

  g_autoptr (Answer) short_one
             = ask (shared, "GET", "/api/v1/explain?address=way&nodes=1", NULL, NULL);
  assert_status (short_one, 200);
  g_assert_cmpint (get_number (short_one, "nodes.0.more"), ==, 1);
  g_assert_cmpint (get_number (short_one, "counts.nodes"), ==, 3);
  g_assert_true (json_node_get_boolean (find_node (short_one, "truncated")));

  g_autoptr (Answer) none = ask (shared, "GET", "/api/v1/explain", NULL, NULL);
  assert_status (none, 400);
  g_assert_cmpstr (get_text (none, "path"), ==, "address");
  g_autoptr (Answer) bad = ask (shared, "GET", "/api/v1/explain?address=a%20b@c", NULL, NULL);
  assert_status (bad, 400);
  g_autoptr (Answer) stranger
             = ask_as (shared, NULL, "GET", "/api/v1/explain?address=way", NULL, NULL);
  assert_status (stranger, 401);
}

static void
test_search (void)
{
  g_autofree char *mailbox
      = make_object (shared, "/scim/v2/Mailboxes", "{\"name\":\"lantern\",\"aliases\":[\"beam\"]}");

  g_autoptr (Answer) answer = ask (shared, "GET", "/api/v1/search?q=B%C3%A9am", NULL, NULL);
  assert_status (answer, 200);
  g_assert_cmpint (get_number (answer, "total"), ==, 1);
  g_assert_cmpstr (get_text (answer, "types.0.type"), ==, "Mailbox");
  g_assert_cmpstr (get_text (answer, "types.0.hits.0.id"), ==, mailbox);
  g_assert_cmpstr (get_text (answer, "types.0.hits.0.attribute"), ==, "aliases");
  g_assert_cmpstr (get_text (answer, "types.0.hits.0.value"), ==, "beam@harbour.example");

  g_autoptr (Answer) none = ask (shared, "GET", "/api/v1/search?q=no-such-thing", NULL, NULL);
  assert_status (none, 200);
  g_assert_cmpint (get_number (none, "total"), ==, 0);
  g_autoptr (Answer) empty = ask (shared, "GET", "/api/v1/search?q=", NULL, NULL);
  assert_status (empty, 400);
  g_assert_cmpstr (get_text (empty, "path"), ==, "q");
  g_autoptr (Answer) bad = ask (shared, "GET", "/api/v1/search?q=x&count=many", NULL, NULL);
  assert_status (bad, 400);
  g_assert_cmpstr (get_text (bad, "path"), ==, "count");
  g_autoptr (Answer) stranger = ask_as (shared, NULL, "GET", "/api/v1/search?q=beam", NULL, NULL);
  assert_status (stranger, 401);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  shared = harbour_new (NULL);
  g_test_add_func ("/explain", test_explain);
  g_test_add_func ("/search", test_search);
  int result = g_test_run ();
  harbour_free (shared);
  return result;
}
