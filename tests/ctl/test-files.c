/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadctl with files: those of schemas, also as editors on Windows write them, and how an
 * import reads one. Tests run in the order of their names and use what those before have made.
 */
#include <glib/gstdio.h>
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
  assert_contains (letter->err, "delimiter cannot be “x”: it is one of , ; | tab");
  g_autoptr (Run) letters = run_import ("bar.csv", "--delimiter xx", 2);
  assert_contains (letters->err, "--delimiter is one character or the word tab, and not “xx”");
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

/* bash in a shell that lets no file grow beyond @kib; names of 64 letters fill more than what is
 * reserved for a user. */
static Run *
import_within (int kib)
{
  g_autofree char *script = g_strdup_printf (
      "trap '' XFSZ; ulimit -f %d\n"
      "mailsteadctl import long.csv --create-users --generate-passwords --passwords handout.csv\n",
      kib);

  return run_bash (script);
}

/* Passwords are given once: what has no room for them is refused before there are any, and what
 * could not be written after all is told, and kept as far as it came. */
static void
test_passwords_unwritten (void)
{
  g_autoptr (GString) csv = g_string_new ("userName\n");
  g_autofree char *handout = run_path ("handout.csv");
  g_autofree char *folder = g_path_get_dirname (handout);

  for (guint i = 0; i < 51; i++)
    g_string_append_printf (csv, "u%063u\n", i);
  write_file ("long.csv", csv->str);
  g_autoptr (Run) refused = import_within (1);
  g_assert_cmpint (refused->code, ==, 1);
  assert_contains (refused->err, "handout.csv cannot be written: there is no room for about 8");
  g_autofree char *first = g_strdup_printf ("user show u%063u", 0);
  g_autoptr (Run) none = run_expect (first, NULL, 3);

  g_autoptr (Run) cut = import_within (8);
  g_assert_cmpint (cut->code, ==, 1);
  assert_contains (cut->out, "51 created");
  assert_contains (cut->err, "handout.csv cannot be written: ");
  assert_contains (cut->err, "File too large");
  assert_contains (cut->err, " made 51 passwords; those that came are in ");
  assert_contains (cut->err, "mailsteadctl undo --import ");
  g_autoptr (Run) made = run_expect (first, NULL, 0);
  g_assert_false (g_file_test (handout, G_FILE_TEST_EXISTS));
  const char      *at = strstr (cut->err, " are in ") + strlen (" are in ");
  g_autofree char *name = g_strndup (at, strcspn (at, ","));
  g_autofree char *part = run_path (name);
  g_autofree char *text = NULL;
  gsize            length = 0;
  GStatBuf         st;
  g_assert_true (g_str_has_prefix (part, handout));
  g_assert_true (g_file_get_contents (part, &text, &length, NULL));
  g_assert_cmpuint (length, ==, 8192);
  g_assert_true (g_str_has_prefix (text, "userName,address,password\r\nu000"));
  g_assert_cmpint (g_stat (part, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_unlink (part), ==, 0);

  /* Nothing is left of the reserved room, nor of what was refused. */
  write_file ("short.csv", "userName\nshorty\n");
  g_autofree char *fits
      = g_strdup_printf ("--create-users --generate-passwords --passwords %s", handout);
  g_autoptr (Run) done = run_import ("short.csv", fits, 0);
  g_autofree char *handed = NULL;
  g_assert_true (g_file_get_contents (handout, &handed, &length, NULL));
  g_assert_cmpuint (length, ==, strlen (handed));
  assert_contains (handed, "shorty");
  /* What is no file is refused before anything is made, too. */
  write_file ("more.csv", "userName\nnobody\n");
  g_autofree char *no_file
      = g_strdup_printf ("--create-users --generate-passwords --passwords %s", folder);
  g_autoptr (Run) no_folder = run_import ("more.csv", no_file, 1);
  assert_contains (no_folder->err, "cannot be written: Is a directory");
  g_autoptr (Run) nobody = run_expect ("user show nobody", NULL, 3);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *entry = g_dir_read_name (dir); entry != NULL; entry = g_dir_read_name (dir))
    assert_lacks (entry, ".part-");
}

/* What could not be written is named, and why. */
static void
test_unwritten (void)
{
  g_autoptr (Run) token = run_expect ("token create lost --output /nonexistent/token", NULL, 1);
  assert_contains (token->err, "/nonexistent/token cannot be written: No such file or directory");
  g_autoptr (Run) full = run_expect ("export users --output /dev/full", NULL, 1);

  assert_contains (full->err, "mailsteadctl: /dev/full cannot be written: ");
  assert_contains (full->err, "No space left on device");
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
  g_test_add_func ("/ctl/files/4-passwords-unwritten", test_passwords_unwritten);
  g_test_add_func ("/ctl/files/5-unwritten", test_unwritten);

  int status = g_test_run ();
  real_server_free (server);
  run_clear_folders ();
  return status;
}
