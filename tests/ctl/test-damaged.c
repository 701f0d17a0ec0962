/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A server that reads a damaged store: what can be shown is, and never as if it were all.
 */
#include "ms-run-server.h"

static void
test_lists (void)
{
  g_autoptr (Run) list = run_expect ("user list", NULL, 0);
  assert_contains (list->out, "alma");
  assert_contains (list->out, "admin");
  assert_contains (list->err, "not everything can be shown of");

  g_autoptr (Run) json = run_expect ("--json user list", NULL, 0);
  assert_contains (json->out, "\"userName\" : \"alma\"");
  assert_contains (json->err, "\"damaged\":\"");

  g_autoptr (Run) search = run_expect ("search alma", NULL, 0);
  assert_contains (search->out, "alma  (damaged:");
}

static void
test_whole (void)
{
  g_autoptr (Run) shown = run_expect ("user show alma", NULL, 0);
  assert_contains (shown->out, "active: no");
  assert_contains (shown->err, "not everything can be shown of");
  g_autoptr (Run) exported = run_expect ("export users", NULL, 6);
  assert_contains (exported->err, "broke off before its end");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  run_make_folders ();
  g_autoptr (RealServer) server = real_server_new ("--damaged=alma");
  run_use_token (server);

  g_test_add_func ("/ctl/damaged/lists", test_lists);
  g_test_add_func ("/ctl/damaged/whole", test_whole);

  int status = g_test_run ();
  run_clear_folders ();
  return status;
}
