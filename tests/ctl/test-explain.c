/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * explain and search as people see them: trees and tables of a small office, as in the golden
 * files.
 */
#include <string.h>

#include "ms-run-server.h"

static void
make_office (void)
{
  static const char *const steps[] = {
    "domain create office.example kind=alias aliasOf=harbour.example",
    "group create Sales address=sales",
    "group create Sales/EMEA",
    "user create ann --name 'Ann Berg' --generate-password --group Sales",
    "user create ben --name 'Ben Marsh' --generate-password --group Sales/EMEA",
    "user disable ben",
    "user create dora --no-mailbox --generate-password",
    "mailbox create hall forwardTo=ann@harbour.example,partner@elsewhere.example",
    "mailbox create attic forwardTo=hall keepCopy=no aliases=loft",
    "mailbox create cellar active=no",
    "mailbox create ping forwardTo=pong keepCopy=no",
    "mailbox create pong forwardTo=ping keepCopy=no",
    "list create staff staff@harbour.example description='Everybody in the office'",
    "list create friends friends@harbour.example",
    "list add staff user:ann user:ben user:dora group:Sales mailbox:attic mailbox:cellar "
    "outside:old@harbour.example list:friends",
    "list add friends list:staff outside:far@elsewhere.example",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (Run) run = run_expect (steps[i], NULL, 0);
    }
}

static void
test_golden (void)
{
  static const struct
  {
    const char *arguments;
    const char *name;
  } cases[] = {
    { "explain staff", "explain-staff" },
    { "explain --nodes 4 staff", "explain-short" },
    { "explain Ping", "explain-loop" },
    { "explain LOFT@office.example", "explain-forward" },
    { "explain somebody@elsewhere.example", "explain-outside" },
    { "explain nobody", "explain-nobody" },
    { "search harbour --count 2", "search-many" },
    { "search office", "search-office" },
    { "search nowhere to be found", "search-nothing" },
  };

  make_office ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Run) run = run_expect (cases[i].arguments, NULL, 0);
      g_test_message ("%s", cases[i].arguments);
      run_check_golden (cases[i].name, run->out);
      g_assert_cmpstr (run->err, ==, "");
    }
}

static void
test_json (void)
{
  g_autoptr (Run) explain = run_expect ("explain cellar --json", NULL, 0);
  g_autoptr (Run) search = run_expect ("search cellar --json", NULL, 0);

  assert_contains (explain->out, "\"reason\" : \"closed\"");
  assert_contains (explain->out, "\"deadEnds\" : 1");
  assert_contains (search->out, "\"value\" : \"cellar\"");
}

/* The token that all of this is done with, and another one that is ended. */
static void
test_connections (void)
{
  g_autoptr (Run) list = run_expect ("connection list", NULL, 0);
  g_autoptr (Run) json = run_expect ("connection list --json", NULL, 0);
  g_autoptr (JsonNode) node = json_from_string (json->out, NULL);
  JsonArray  *all = json_object_get_array_member (json_node_get_object (node), "connections");
  const char *id = NULL;

  assert_contains (list->out, "this one");
  for (guint i = 0; i < json_array_get_length (all); i++)
    {
      JsonObject *connection = json_array_get_object_element (all, i);
      if (!json_object_get_boolean_member (connection, "current"))
        id = json_object_get_string_member (connection, "id");
    }
  g_assert_nonnull (id);
  g_autofree char *end = g_strdup_printf ("connection end %s", id);
  g_autoptr (Run) ended = run_expect (end, NULL, 0);
  g_assert_cmpstr (ended->out, ==, "1 connection ended\n");
  g_autoptr (Run) again = run_expect (end, NULL, 3);
  assert_contains (again->err, "There is no such connection");
}

static void
test_mistakes (void)
{
  static const struct
  {
    const char *arguments;
    int         code;
    const char *message;
  } cases[] = {
    { "explain", 2, "Usage: mailsteadctl explain ADDRESS" },
    { "explain 'a b'", 1, "holds a space" },
    { "explain staff --nodes=many", 2, "many" },
    { "explain staff --nodes=5001", 2, "--nodes" },
    { "search", 2, "Usage: mailsteadctl search WORD…" },
    { "search x --count=101", 2, "--count" },
    { "search ''", 1, "Words to search for are needed" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Run) run = run_expect (cases[i].arguments, NULL, cases[i].code);
      g_test_message ("%s", cases[i].arguments);
      g_assert_cmpstr (run->out, ==, "");
      assert_contains (run->err, cases[i].message);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  run_make_folders ();
  g_autoptr (RealServer) server = real_server_new ("--empty");
  run_use_token (server);

  g_test_add_func ("/ctl/explain/1-golden", test_golden);
  g_test_add_func ("/ctl/explain/2-json", test_json);
  g_test_add_func ("/ctl/explain/3-mistakes", test_mistakes);
  g_test_add_func ("/ctl/explain/4-connections", test_connections);

  int status = g_test_run ();
  run_clear_folders ();
  return status;
}
