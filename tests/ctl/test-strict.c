/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What mailsteadctl must not pass over in silence: values that cannot be meant, lists that are cut,
 * work done in part. Each test makes what it needs.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "ms-run-server.h"

static RealServer *server;

static void
log_on (void)
{
  run_log_on (server);
  g_autoptr (Run) added = run_expect ("schema add data/examples/printers.json", NULL, 0);
}

/* The number in "… (change 12)". */
static char *
find_change (const char *text)
{
  const char *at = strstr (text, "(change ");

  g_assert_nonnull (at);
  at += strlen ("(change ");
  return g_strndup (at, strcspn (at, ")"));
}

static void
test_decimals (void)
{
  static const RunStep steps[] = {
    { "object create Printer name=lobby costPerPage=0.5", NULL, 0, NULL, NULL },
    { "object set Printer lobby costPerPage=1e400", NULL, 2, NULL, "costPerPage: “1e400”" },
    { "object set Printer lobby costPerPage=NaN", NULL, 2, NULL, "costPerPage: “NaN”" },
    { "object set Printer lobby costPerPage=-Infinity", NULL, 2, NULL, "“-Infinity”" },
    { "object set Printer lobby costPerPage=0x10", NULL, 2, NULL, "costPerPage: “0x10”" },
    { "object set Printer lobby costPerPage=0.25x", NULL, 2, NULL, "costPerPage: “0.25x”" },
    { "object create Printer name=den costPerPage=nan", NULL, 2, NULL, "costPerPage: “nan”" },
    { "object show Printer lobby", NULL, 0, "costPerPage: 0.5", NULL },
    { "object set Printer lobby costPerPage=-25e-2", NULL, 0, NULL, NULL },
    { "object show Printer lobby", NULL, 0, "costPerPage: -0.25", NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_sizes (void)
{
  static const RunStep steps[] = {
    { "mailbox create sized", NULL, 0, NULL, NULL },
    { "mailbox set sized quota=1.5", NULL, 1, NULL, "quota: “1.5” is not a number or size" },
    { "mailbox set sized quota=1.5GB", NULL, 0, NULL, NULL },
    { "mailbox set sized quota=2000", NULL, 0, NULL, NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_repeated (void)
{
  static const RunStep steps[] = {
    { "user create ann --no-mailbox", NULL, 0, NULL, NULL },
    { "user set ann title=a title=b", NULL, 2, NULL, "title is given twice" },
    { "user set ann title=a TITLE=", NULL, 2, NULL, "title is given twice" },
    { "user create ben --no-mailbox title=a title=b", NULL, 2, NULL, "title is given twice" },
    { "user show ben", NULL, 3, NULL, NULL },
    { "mailbox create many aliases+=m1 aliases+=m2", NULL, 0, NULL, NULL },
    { "mailbox show many", NULL, 0, "m1@harbour.example, m2@harbour.example", NULL },
    { "mailbox set many aliases+=m3 aliases+=m4 aliases-=m1 aliases-=m2", NULL, 0, NULL, NULL },
    { "mailbox show many", NULL, 0, "m3@harbour.example, m4@harbour.example", NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_ignored (void)
{
  static const RunStep steps[] = {
    { "user list --filter 'nix eq 1'", NULL, 0, NULL, "The server knows nothing of nix\n" },
    { "user list --filter 'nix eq 1' --json", NULL, 0, "[]", "knows nothing of nix" },
    { "object list Printer --filter 'nix eq 1'", NULL, 0, NULL, "knows nothing of nix" },
    { "list list --filter 'nix eq 1'", NULL, 0, NULL, "knows nothing of nix" },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

/* More than what is found by a search is counted up to. */
static void
test_long_list (void)
{
  g_autoptr (GString) csv = g_string_new ("username\n");

  for (int i = 0; i < 10010; i++)
    g_string_append_printf (csv, "quay%05d\n", i);
  g_autoptr (Run) imported = run_expect ("import -", csv->str, 0);
  g_autoptr (Run) listed = run_expect ("mailbox list quay", NULL, 0);
  assert_contains (listed->out, "quay10009@");
  g_assert_cmpstr (listed->err, ==, "");
  g_autoptr (Run) from_end = run_expect ("mailbox list quay --sort -address --limit 0", NULL, 0);
  assert_contains (from_end->out, "quay00000@");
  g_autoptr (Run) some = run_expect ("mailbox list quay --limit 1001", NULL, 0);
  assert_contains (some->out, "quay01000@");
  assert_lacks (some->out, "quay01001@");
}

static void
test_partial (void)
{
  static const RunStep steps[] = {
    { "mailbox create left", NULL, 0, NULL, NULL },
    { "mailbox create right", NULL, 0, NULL, NULL },
  };
  static const RunStep later[] = {
    { "mailbox open right", NULL, 0, NULL, NULL },
    { "mailbox close right", NULL, 0, NULL, NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
  g_autoptr (Run) closed = run_expect ("mailbox close left right", NULL, 0);
  g_autofree char *change = find_change (closed->out);
  g_autofree char *rehearse = g_strdup_printf ("undo %s --dry-run", change);
  g_autofree char *undo = g_strdup_printf ("undo %s --json", change);
  run_steps (later, G_N_ELEMENTS (later));
  g_autoptr (Run) rehearsed = run_expect (rehearse, NULL, 7);
  assert_contains (rehearsed->err, "right");
  g_autoptr (Run) undone = run_expect (undo, NULL, 7);
  assert_contains (undone->out, "\"refused\"");
}

static void
test_nameless (void)
{
  static const RunStep steps[] = {
    { "object delete Guest - --yes", NULL, 5, NULL, "  Guest: " },
    { "object rename Guest - other", NULL, 1, NULL, "What Guest is called cannot be changed" },
    { "object set Guest - rights.proxy=yes", NULL, 0, "Guest changed", NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_import_job (void)
{
  g_autoptr (Run) done = run_expect ("import data/examples/staff.csv --create-users "
                                     "--create-groups --reason Spring",
                                     NULL,
                                     0);
  const char *at = strstr (done->out, "mailsteadctl undo --import ");

  g_assert_nonnull (at);
  at += strlen ("mailsteadctl ");
  g_autofree char *undo = g_strndup (at, strlen ("undo --import ") + 36);
  g_autofree char *id = g_strndup (at + strlen ("undo --import "), 36);
  g_assert_true (g_uuid_string_is_valid (id));
  g_autoptr (Run) changes = run_expect ("changes --count 1", NULL, 0);
  assert_contains (changes->out, "Spring");
  assert_contains (changes->out, id);
  g_autoptr (Run) history = run_expect ("history user:maria.nunez", NULL, 0);
  assert_contains (history->out, id);
  g_autoptr (Run) part = run_expect ("undo --last --dry-run", NULL, 0);
  assert_contains (part->err, "is one of ");
  assert_contains (part->err, undo);
  /* The answer says so itself, for whoever reads JSON. */
  g_autoptr (Run) whole = run_expect ("undo --last --dry-run --json", NULL, 0);
  assert_contains (whole->out, "\"jobChanges\" : ");
  assert_contains (whole->out, id);
  g_autoptr (Run) undone = run_expect (undo, NULL, 0);
  g_autoptr (Run) gone = run_expect ("user show maria.nunez", NULL, 3);
}

/* Places are named as people know them. */
static void
test_places (void)
{
  static const RunStep steps[] = {
    { "mailbox create placed", NULL, 0, NULL, NULL },
    { "mailbox set placed quota=-1", NULL, 1, NULL, "mailsteadctl: quota: must be " },
    { "list create crew crew", NULL, 0, NULL, NULL },
    { "list create team placed", NULL, 4, NULL, "mailsteadctl: address: " },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_files (void)
{
  g_autofree char *file = run_path ("changes.jsonl");
  g_autofree char *audit = g_strdup_printf ("audit export %s", file);
  g_autofree char *export = g_strdup_printf ("export users --output %s", file);
  g_autofree char *again = g_strdup_printf ("%s --replace", export);

  g_autoptr (Run) first = run_expect (audit, NULL, 0);
  g_autoptr (Run) second = run_expect (audit, NULL, 1);
  assert_contains (second->err, "is there already; --replace");
  g_autoptr (Run) third = run_expect (export, NULL, 1);
  assert_contains (third->err, "is there already; --replace");
  g_autoptr (Run) fourth = run_expect (again, NULL, 0);
}

/* What is called the same is told apart as an argument would tell it. */
static void
test_same_names (void)
{
  static const RunStep steps[] = {
    { "user create twin", NULL, 0, NULL, NULL },
    { "list create pair pair", NULL, 0, NULL, NULL },
    { "list create solo solo", NULL, 0, NULL, NULL },
    { "list add pair user:twin mailbox:twin list:solo", NULL, 0, NULL, NULL },
    { "list show pair", NULL, 0, "user:twin", NULL },
    { "list show pair", NULL, 0, "mailbox:twin", NULL },
    { "list show pair", NULL, 0, " solo", NULL },
    { "mailbox set twin 'aliases+=not@@good'",
      NULL,
      1,
      NULL,
      "“not@” holds “@”, which addresses cannot have before the @" },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_not_there (void)
{
  static const RunStep steps[] = {
    { "user create eve --no-mailbox 'emails=[{\"value\":\"e@x.example\",\"type\":\"work\"}]'",
      NULL,
      0,
      NULL,
      NULL },
    { "user set eve emails-=zz title=Boss",
      NULL,
      3,
      NULL,
      "emails: “eve” has no “zz” among its emails" },
    { "user set eve 'emails-={\"type\":\"home\"}'", NULL, 3, NULL, "emails: “eve” has no " },
    { "user set eve emails-=E@x.example", NULL, 0, "eve changed", NULL },
    { "user set eve emails-=e@x.example",
      NULL,
      3,
      NULL,
      "emails: “eve” has no “e@x.example” among its emails" },
    { "mailbox create aliased aliases=first", NULL, 0, NULL, NULL },
    { "mailbox set aliased aliases-=second",
      NULL,
      3,
      NULL,
      "aliases: “aliased” has no “second” among its aliases" },
    { "mailbox set aliased aliases-=first", NULL, 0, NULL, NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

/* The field and the character are named, and the character never printed. */
static void
test_names (void)
{
  static const RunStep steps[] = {
    { "user create 'jo\xe2\x80\x8bhn' --no-mailbox",
      NULL,
      1,
      NULL,
      "userName: holds the format character U+200B at position 3, which a name cannot have\n" },
    { "user create 01890a5d-ac96-774b-bcce-b302099a8057 --no-mailbox",
      NULL,
      1,
      NULL,
      "userName: has the form of an id" },
    { "user create '\xc2\xa0nell\xe3\x80\x80' --no-mailbox", NULL, 0, NULL, NULL },
    { "user show nell", NULL, 0, "userName: nell\n", NULL },
    { "user list --filter 'userName co \"\\u006eell\"'", NULL, 0, "nell", NULL },
    { "user rename nell 'ne\xc2\xadll'", NULL, 1, NULL, "U+00AD" },
    { "group create 'Sa\xe2\x80\x8dles'",
      NULL,
      1,
      NULL,
      "name: holds the format character U+200D" },
    { "token create 'to\xe2\x81\xa0ken'",
      NULL,
      1,
      NULL,
      "name: holds the format character U+2060" },
    { "object create Printer name=hall\xe2\x80\x8b", NULL, 1, NULL, "name: holds the format " },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

/* What an import writes stands nowhere yet, or may be written over: asked before anything is done.
 */
static void
test_import_files (void)
{
  g_autofree char *rejects = run_path ("rejects.csv");
  g_autofree char *passwords = run_path ("handout.csv");
  g_autofree char *to_rejects = g_strdup_printf ("import - --create-users --rejects %s", rejects);
  g_autofree char *to_passwords
      = g_strdup_printf ("import - --create-users --generate-passwords --passwords %s", passwords);
  g_autofree char *rejects_again = g_strconcat (to_rejects, " --replace", NULL);
  g_autofree char *passwords_again = g_strconcat (to_passwords, " --replace", NULL);
  g_autofree char *rehearsed = g_strconcat (to_passwords, " --rehearse", NULL);
  g_autofree char *both = g_strdup_printf ("%s --passwords %s", to_rejects, rejects);
  const char      *csv = "username,full name\nfilo,Filo\ntwo words,Two\n";
  g_autofree char *kept = NULL;
  g_autofree char *handed = NULL;
  GStatBuf         st;

  g_assert_true (g_file_set_contents (rejects, "old\n", -1, NULL));
  g_assert_true (g_file_set_contents (passwords, "old\n", -1, NULL));
  g_assert_cmpint (g_chmod (passwords, 0644), ==, 0);
  const RunStep refused[] = {
    { to_rejects, csv, 1, NULL, "is there already; --replace" },
    { to_passwords, csv, 1, NULL, "is there already; --replace" },
    { both, csv, 2, NULL, "the same file" },
    { "user show filo", NULL, 3, NULL, NULL },
    { rehearsed, csv, 1, "Would create 1", NULL }, /* writes no passwords */
    { rejects_again, csv, 1, "1 created", "two words" },
  };
  run_steps (refused, G_N_ELEMENTS (refused));
  g_assert_true (g_file_get_contents (rejects, &kept, NULL, NULL));
  assert_contains (kept, "two words");

  g_autoptr (Run) made = run_expect (passwords_again, "username\nfila\n", 0);
  g_assert_true (g_file_get_contents (passwords, &handed, NULL, NULL));
  assert_contains (handed, "fila");
  g_assert_cmpint (g_stat (passwords, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 0777, ==, 0600);
}

/* What no undo takes back: the answer says what does. */
static void
test_undo_token (void)
{
  g_autoptr (Run) made = run_expect ("token create passing", NULL, 0);
  g_autoptr (Run) changes = run_expect ("changes --count 1", NULL, 0);
  g_auto (GStrv) lines = g_strsplit (changes->out, "\n", 3);
  g_autofree char *undo
      = g_strdup_printf ("undo %" G_GINT64_FORMAT, g_ascii_strtoll (lines[1], NULL, 10));
  g_autoptr (Run) refused = run_expect (undo, NULL, 4);
  const char *at = strstr (refused->err, "mailsteadctl token revoke ");

  g_assert_nonnull (at);
  g_autofree char *revoke
      = g_strndup (at + strlen ("mailsteadctl "), strlen ("token revoke ") + 36);
  g_autofree char *confirmed = g_strconcat (revoke, " --yes", NULL);
  g_autoptr (Run) revoked = run_expect (confirmed, NULL, 0);

  g_autoptr (Run) later = run_expect ("changes --count 1", NULL, 0);
  g_auto (GStrv) later_lines = g_strsplit (later->out, "\n", 3);
  g_autofree char *again
      = g_strdup_printf ("undo %" G_GINT64_FORMAT, g_ascii_strtoll (later_lines[1], NULL, 10));
  g_autoptr (Run) gone = run_expect (again, NULL, 4);
  assert_contains (gone->err, "passing: A revoked token does not come back: make another one");
}

/* More than a stream holds back, less, and what does not go through one. */
static void
test_unwritten (void)
{
  static const char *const verbs[] = {
    "user list",    "user list --json", "scim GET /Users", "scim GET /Schemas",
    "changes",      "changes --json",   "audit head",      "server info --json",
    "token list",   "export users",     "audit export -",  "export users --output -",
    "audit verify",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      g_autofree char *full = g_strconcat (verbs[i], " >/dev/full", NULL);
      g_autofree char *closed = g_strconcat (verbs[i], " >&-", NULL);
      g_autofree char *read_no_more = g_strconcat (verbs[i], " | true", NULL);

      g_test_message ("%s", verbs[i]);
      g_autoptr (Run) on_full = run_by_shell (full);
      assert_contains (on_full->err, "Cannot write the output: ");
      assert_contains (on_full->err, "No space left on device");
      g_assert_true (strchr (on_full->err, '\n') == strrchr (on_full->err, '\n'));
      g_assert_cmpint (on_full->code, ==, 1);
      g_autoptr (Run) on_closed = run_by_shell (closed);
      assert_contains (on_closed->err, "Cannot write the output: ");
      assert_contains (on_closed->err, "Bad file descriptor");
      g_assert_cmpint (on_closed->code, ==, 1);
      g_autoptr (Run) on_pipe = run_by_shell (read_no_more);
      g_assert_cmpstr (on_pipe->err, ==, "");
    }
}

/* "-" is the standard output, and no file. */
static void
test_to_output (void)
{
  g_autofree char *file = run_path ("to-output.jsonl");
  g_autofree char *export = g_strdup_printf ("audit export %s", file);
  g_autofree char *content = NULL;
  g_autoptr (Run) exported = run_expect (export, NULL, 0);
  g_autoptr (Run) printed = run_expect ("audit export -", NULL, 0);
  g_autoptr (Run) people = run_expect ("export users", NULL, 0);
  g_autoptr (Run) same = run_expect ("export users --output -", NULL, 0);

  g_assert_true (g_file_get_contents (file, &content, NULL, NULL));
  /* That it was exported is a change too. */
  g_assert_true (g_str_has_prefix (printed->out, content));
  g_assert_cmpstr (same->out, ==, people->out);
  g_assert_false (g_file_test ("-", G_FILE_TEST_EXISTS));
}

/* Nothing to check is not the same as something wrong. */
static void
test_audit_ends (void)
{
  g_autofree char *file = run_path ("chain.jsonl");
  g_autofree char *export = g_strdup_printf ("audit export %s", file);
  g_autoptr (Run) exported = run_expect (export, NULL, 0);
  g_autoptr (Run) head = run_expect ("audit head", NULL, 0);
  g_auto (GStrv) parts = g_strsplit (g_strstrip (head->out), " ", 2);
  g_autofree char *at_end = g_strdup_printf ("audit verify --since %s", parts[0]);
  g_autofree char *none = g_strdup_printf (
      "There is no change after change %s, whose hash is %s\n", parts[0], parts[1]);
  g_autofree char *beyond
      = g_strdup_printf ("audit check %s --since 999999 --head %s", file, parts[1]);
  g_autofree char *ends = g_strdup_printf ("ends with change %s", parts[0]);

  g_autoptr (Run) good = run_expect (at_end, NULL, 0);
  g_assert_cmpstr (good->out, ==, none);
  g_autoptr (Run) bad = run_expect ("audit verify --since 999999", NULL, 1);
  assert_contains (bad->err,
                   "  change 999999: it is not there any more: the store ends with change ");
  assert_contains (
      bad->err,
      "No change was checked: change 999999, after which to begin, is not as it was kept\n");
  assert_lacks (bad->err, " of 0 ");
  g_autoptr (Run) short_file = run_expect (beyond, NULL, 1);
  assert_contains (short_file->err, ends);
}

/* What the command line says wrongly is no fault of the store. */
static void
test_audit_usage (void)
{
  static const char *const wrong[] = {
    "audit verify --since -5",         "audit verify --since=-1", "audit check x.jsonl --since -5",
    "audit export x.jsonl --since -5", "audit verify --head abc",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (Run) refused = run_expect (wrong[i], NULL, 2);
      assert_contains (refused->err, strstr (wrong[i], "--head") != NULL ? "--head" : "--since");
    }
}

/* Lines that are none of an export, by file and number. */
static void
test_audit_foreign (void)
{
  static const char *const lines[]
      = { "{\"a\":1}\n", "{\"sequence\":1,\"time\":2}\n", "no JSON\n" };
  g_autofree char *file = run_path ("foreign.jsonl");
  g_autofree char *check = g_strdup_printf ("audit check %s", file);
  g_autofree char *begin = g_strdup_printf ("mailsteadctl: %s, line 1: ", file);

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_assert_true (g_file_set_contents (file, lines[i], -1, NULL));
      g_autoptr (Run) refused = run_expect (check, NULL, 1);
      g_test_message ("%s", refused->err);
      g_assert_true (g_str_has_prefix (refused->err, begin));
    }
}

static void
write_people (const char *path, int count)
{
  g_autoptr (GString) csv = g_string_new ("username\n");

  for (int i = 0; i < count; i++)
    g_string_append_printf (csv, "gone%05d\n", i);
  g_assert_true (g_file_set_contents (path, csv->str, -1, NULL));
}

/* Before it and in the middle of it. */
static void
test_import_unreachable (void)
{
  g_autoptr (RealServer) brief = real_server_new ("--empty");
  g_autofree char *file = run_path ("people.csv");
  g_autofree char *import = g_strdup_printf ("import %s --create-users", file);
  g_autoptr (GError) error = NULL;

  write_people (file, 50000);
  g_setenv ("MAILSTEAD_URL", real_server_get (brief, "url"), TRUE);
  g_setenv ("MAILSTEAD_TOKEN", real_server_get (brief, "token"), TRUE);
  g_setenv ("MAILSTEAD_FINGERPRINT", real_server_get (brief, "fingerprint"), TRUE);
  g_autoptr (GSubprocess) process = run_start (import);
  gboolean begun = FALSE;
  while (!begun)
    {
      g_autoptr (Run) changes = run_expect ("changes --count 1", NULL, 0);
      begun = strstr (changes->out, "  import  ") != NULL;
    }
  real_server_kill (brief, SIGKILL);
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &out, &err, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 6);
  assert_contains (err, "How far import ");
  assert_contains (err, "mailsteadctl undo --import ");

  g_autoptr (Run) none = run_expect (import, NULL, 6);
  assert_contains (none->err, "refuses the connection");
  assert_lacks (none->err, "How far import ");
  g_unsetenv ("MAILSTEAD_URL");
  g_unsetenv ("MAILSTEAD_TOKEN");
  g_unsetenv ("MAILSTEAD_FINGERPRINT");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  run_make_folders ();
  g_assert_cmpint (g_chdir (g_getenv ("MS_SOURCE_DIR")), ==, 0);
  server = real_server_new ("--empty");
  log_on ();

  g_test_add_func ("/ctl/strict/decimals", test_decimals);
  g_test_add_func ("/ctl/strict/sizes", test_sizes);
  g_test_add_func ("/ctl/strict/repeated", test_repeated);
  g_test_add_func ("/ctl/strict/ignored", test_ignored);
  g_test_add_func ("/ctl/strict/long-list", test_long_list);
  g_test_add_func ("/ctl/strict/partial", test_partial);
  g_test_add_func ("/ctl/strict/nameless", test_nameless);
  g_test_add_func ("/ctl/strict/import-job", test_import_job);
  g_test_add_func ("/ctl/strict/places", test_places);
  g_test_add_func ("/ctl/strict/files", test_files);
  g_test_add_func ("/ctl/strict/not-there", test_not_there);
  g_test_add_func ("/ctl/strict/same-names", test_same_names);
  g_test_add_func ("/ctl/strict/names", test_names);
  g_test_add_func ("/ctl/strict/import-files", test_import_files);
  g_test_add_func ("/ctl/strict/undo-token", test_undo_token);
  g_test_add_func ("/ctl/strict/unwritten", test_unwritten);
  g_test_add_func ("/ctl/strict/to-output", test_to_output);
  g_test_add_func ("/ctl/strict/audit-ends", test_audit_ends);
  g_test_add_func ("/ctl/strict/audit-usage", test_audit_usage);
  g_test_add_func ("/ctl/strict/audit-foreign", test_audit_foreign);
  g_test_add_func ("/ctl/strict/import-unreachable", test_import_unreachable);

  int status = g_test_run ();
  real_server_free (server);
  run_clear_folders ();
  return status;
}
