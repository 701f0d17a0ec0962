/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadctl with files: those of schemas. Tests run in the order of their
 * names and use what those before have made.
 */
#include <string.h>

#include "ms-run-server.h"

static RealServer *server;

static void
test_login (void)
{
  run_log_on (server);
}

#define LEAN                                                                                       \
  "{\"schemas\":[{\"id\":\"urn:example:test:lean\",\"name\":\"Lean\",\"attributes\":["             \
  "{\"name\":\"tag\",\"label\":true}%s]}],\"resourceTypes\":[{\"name\":\"Lean\",\"endpoint\":"     \
  "\"/Leans\",\"schema\":\"urn:example:test:lean\"}]}\n"

static void
write_file (const char *name, const char *text)
{
  g_autofree char *path = run_path (name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* A verb of schema files with one of the test's. */
static Run *
run_schema (const char *verb, const char *name, int code)
{
  g_autofree char *path = run_path (name);
  g_autofree char *command = g_strdup_printf ("schema %s %s", verb, path);

  return run_expect (command, NULL, code);
}

/* Each change has its number. What editors on Windows put before a file is none of it. */
static void
test_schemas (void)
{
  g_autofree char *rich = g_strdup_printf (LEAN, ",{\"name\":\"note\"}");
  g_autofree char *lean = g_strdup_printf (LEAN, "");
  g_autofree char *marked = g_strconcat ("\uFEFF", rich, NULL);
  g_autofree char *twice = g_strconcat ("\uFEFF\uFEFF", rich, NULL);

  write_file ("lean.json", twice);
  g_autoptr (Run) no = run_schema ("check", "lean.json", 1);
  assert_contains (no->err, "line 1, column 1");
  write_file ("lean.json", marked);
  g_autoptr (Run) checked = run_schema ("check", "lean.json", 0);
  g_assert_cmpstr (checked->out, ==, "lean could be added\n");
  g_autoptr (Run) added = run_schema ("add", "lean.json", 0);
  assert_contains (added->out, "lean added (change ");
  g_autoptr (Run) shown = run_expect ("schema show lean", NULL, 0);
  g_assert_cmpstr (shown->out, ==, rich);
  write_file ("lean.json", rich);
  g_autoptr (Run) same = run_schema ("replace", "lean.json", 0);
  assert_contains (same->out, "Nothing to do");

  /* By the protocol itself too. */
  g_autofree char *body = run_path ("body.json");
  g_autofree char *escaped = g_strescape (rich, NULL);
  g_autofree char *text = g_strdup_printf ("{\"text\":\"\uFEFF%s\"}", escaped);
  g_autofree char *put = g_strdup_printf ("scim PUT /api/v1/schemas/lean --data %s", body);
  write_file ("body.json", text);
  g_autoptr (Run) sent = run_expect (put, NULL, 0);
  assert_contains (sent->out, "\"changed\" : false");

  write_file ("lean.json", lean);
  g_autoptr (Run) made = run_expect ("object create Lean tag=a note=n", NULL, 0);
  g_autoptr (Run) tried = run_schema ("check --drop-values", "lean.json", 0);
  g_assert_cmpstr (tried->out, ==, "lean could be replaced\n1 object loses values\n");
  g_autoptr (Run) replaced = run_schema ("replace --drop-values", "lean.json", 0);
  assert_contains (replaced->out, "lean replaced (change ");
  assert_contains (replaced->out, ")\n1 object loses values\n");
  g_autoptr (Run) gone = run_expect ("object delete Lean a --yes", NULL, 0);
  g_autoptr (Run) removed = run_expect ("schema remove lean --drop-values --yes", NULL, 0);
  assert_contains (removed->out, "lean removed (change ");
  assert_contains (removed->out, ")\n1 object leaves the bin for good\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  run_make_folders ();
  server = real_server_new ("--empty");

  g_test_add_func ("/ctl/files/1-login", test_login);
  g_test_add_func ("/ctl/files/2-schemas", test_schemas);

  int status = g_test_run ();
  real_server_free (server);
  run_clear_folders ();
  return status;
}
