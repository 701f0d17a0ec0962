/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadctl with files: those of schemas, also as editors on Windows write them, and how an
 * import reads one. Tests run in the order of their names and use what those before have made.
 */
#include <json-glib/json-glib.h>
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

/* "import FILE" and more. */
static Run *
run_import (const char *name, const char *more, int code)
{
  g_autofree char *path = run_path (name);
  g_autofree char *command = g_strdup_printf ("import %s %s", path, more);

  return run_expect (command, NULL, code);
}

/* How a file is read is told, and can be said where it was taken for another. */
static void
test_import (void)
{
  static const RunStep shown[] = {
    { "user show kenji", NULL, 0, "displayName: 日本語", NULL },
    { "user show hana", NULL, 0, "title: 日本語", NULL },
    { "user show bar1", NULL, 0, "title: a,b", NULL },
    { "user show guard1", NULL, 0, "title: '=1+1", NULL },
    { "user show guard2", NULL, 0, "title: =1+1", NULL },
    { "user show guard3", NULL, 0, "title: '=1+1", NULL },
    { "user show guard4", NULL, 0, "title: =1+1", NULL },
  };

  write_file ("kenji.csv", "Login,Full name\nkenji,\x93\xfa\x96\x7b\x8c\xea\n");
  write_file ("hana.csv", "Login,Text\nhana,\x93\xfa\x96\x7b\x8c\xea\n");
  write_file ("bar.csv", "Login|Title\nbar1|a,b\n");
  write_file ("other.csv", "Login,Title\nguard1,'=1+1\n");
  write_file ("undone.csv", "Login,Title\nguard2,'=1+1\n");
  write_file ("kept.csv", "userName,title\nguard3,'=1+1\n");
  write_file ("own.csv", "userName,title\nguard4,'=1+1\n");
  g_autoptr (Run) guessed = run_import ("kenji.csv", "--create-users --rehearse", 0);
  assert_contains (guessed->out, "Read as WINDOWS-1252, columns divided by “,”\n");
  g_autoptr (Run) said = run_import ("kenji.csv", "--create-users --encoding shift_jis", 0);
  assert_contains (said->out, "Read as SHIFT_JIS, columns divided by “,”\n");
  /* What was not named keeps its guess. */
  g_autoptr (Run) mapped = run_import (
      "hana.csv", "--create-users --encoding SHIFT_JIS --map Text=title --json", 0);
  g_autoptr (JsonNode) node = json_from_string (mapped->out, NULL);
  JsonObject *format = json_object_get_object_member (json_node_get_object (node), "format");
  g_assert_cmpstr (json_object_get_string_member (format, "encoding"), ==, "SHIFT_JIS");
  JsonArray *mapping = json_object_get_array_member (json_node_get_object (node), "mapping");
  g_assert_cmpuint (json_array_get_length (mapping), ==, 2);
  g_assert_cmpstr (json_array_get_string_element (mapping, 1), ==, "title");
  g_autoptr (Run) bar = run_import ("bar.csv", "--create-users --delimiter '|' --quote ''", 0);
  assert_contains (bar->out, "columns divided by “|”");
  g_autoptr (Run) tab = run_import ("bar.csv", "--create-users --delimiter tab --rehearse", 1);
  g_autoptr (Run) letter = run_import ("bar.csv", "--delimiter x", 1);
  assert_contains (letter->err, "delimiter");
  g_autoptr (Run) unknown = run_import ("bar.csv", "--encoding EBCDIC-X", 1);
  assert_contains (unknown->err, "This encoding is not known here");
  g_autoptr (Run) unread = run_import ("bar.csv", "--encoding EBCDIC-X --map Login=userName", 2);
  assert_contains (unread->err, "cannot be read by the encoding");
  g_autoptr (Run) both = run_import ("own.csv", "--keep-formula-guard --undo-formula-guard", 2);
  g_autoptr (Run) other = run_import ("other.csv", "--create-users", 0);
  g_autoptr (Run) undone = run_import ("undone.csv", "--create-users --undo-formula-guard", 0);
  g_autoptr (Run) kept = run_import ("kept.csv", "--create-users --keep-formula-guard", 0);
  g_autoptr (Run) own = run_import ("own.csv", "--create-users", 0);
  run_steps (shown, G_N_ELEMENTS (shown));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  run_make_folders ();
  server = real_server_new ("--empty");

  g_test_add_func ("/ctl/files/1-login", test_login);
  g_test_add_func ("/ctl/files/2-schemas", test_schemas);
  g_test_add_func ("/ctl/files/3-import", test_import);

  int status = g_test_run ();
  real_server_free (server);
  run_clear_folders ();
  return status;
}
