/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadctl against mailsteadd: getting things back (bin, history, undo), renaming, settings,
 * and whether the change sets are as they were written.
 */
#include <string.h>

#include "ms-run-server.h"

static RealServer *server;

static void
test_login (void)
{
  run_log_on (server);
}

/* "undo --last" means the last that was done: where that stays, nothing older is undone instead,
 * but named. */
static void
test_last (void)
{
  static const RunStep steps[] = {
    { "undo --last", NULL, 4, NULL, "Token “tests”), cannot be undone" },
    { "token create early", NULL, 0, NULL, NULL },
    { "undo --last", NULL, 4, NULL, "Token “early”), cannot be undone" },
    { "mailbox create keep", NULL, 0, NULL, NULL },
    { "token create late", NULL, 0, NULL, NULL },
  };
  static const char *const later[] = { "export mailboxes", "bin purge gone --yes" };

  run_steps (steps, G_N_ELEMENTS (steps));
  g_autoptr (Run) changes = run_expect ("changes --count 2 --json", NULL, 0);
  const char *at = g_strrstr (changes->out, "\"sequence\" : ");
  g_assert_nonnull (at);
  gint64           sequence = g_ascii_strtoll (at + strlen ("\"sequence\" : "), NULL, 10);
  g_autofree char *advice = g_strdup_printf ("mailsteadctl undo %" G_GINT64_FORMAT, sequence);
  g_autoptr (Run) refused = run_expect ("undo --last", NULL, 4);
  g_assert_nonnull (strstr (refused->err, "Token “late”), cannot be undone"));
  g_assert_nonnull (strstr (refused->err, advice));
  g_autoptr (Run) rehearsed = run_expect ("undo --last --dry-run", NULL, 4);
  g_autoptr (Run) kept = run_expect ("mailbox show keep", NULL, 0);
  for (guint i = 0; i < G_N_ELEMENTS (later); i++)
    {
      g_autoptr (Run) none = i == 1 ? run_expect ("mailbox create gone", NULL, 0) : NULL;
      g_autoptr (Run) gone = i == 1 ? run_expect ("mailbox delete gone --yes", NULL, 0) : NULL;
      g_autoptr (Run) done = run_expect (later[i], NULL, 0);
      g_autoptr (Run) last = run_expect ("undo --last", NULL, 4);
      g_assert_nonnull (strstr (last->err, "cannot be undone"));
    }
  g_autoptr (Run) undone = run_expect (advice + strlen ("mailsteadctl "), NULL, 0);
  g_autoptr (Run) away = run_expect ("mailbox show keep", NULL, 3);
}

static void
test_bin (void)
{
  static const RunStep steps[] = {
    { "user create john --name 'John Doe'", NULL, 0, NULL, NULL },
    { "list create staff staff@harbour.example", NULL, 0, NULL, NULL },
    { "list add staff user:john", NULL, 0, NULL, NULL },
    { "bin list", NULL, 0, "TYPE", NULL },
    { "user delete john --yes", NULL, 0, NULL, NULL },
    { "bin list --type User", NULL, 0, "john", NULL },
    { "bin list doe", NULL, 0, NULL, NULL },
    { "bin list --type Thing", NULL, 1, NULL, "Thing" },
    { "bin restore user:john --dry-run", NULL, 0, "would change: 3", NULL },
    { "user show john", NULL, 3, NULL, NULL },
    { "bin restore user:john", NULL, 0, "Restored", NULL },
    { "list show staff", NULL, 0, "members: john", NULL },
    { "mailbox show john", NULL, 0, "john@harbour.example", NULL },
    { "bin restore user:john", NULL, 3, NULL, "Nothing in the bin is called" },
    /* A user goes before the mailbox of that name that went along; others are told apart by id. */
    { "user create carl --mailbox", NULL, 0, NULL, NULL },
    { "user delete carl --yes", NULL, 0, NULL, NULL },
    { "user create carl --no-mailbox", NULL, 0, NULL, NULL },
    { "bin restore carl", NULL, 4, NULL, "--as carl2 would do" },
    { "bin restore carl", NULL, 4, NULL, "  User carl userName: " },
    { "mailbox show carl", NULL, 3, NULL, NULL },
    { "bin restore carl --as carl2", NULL, 0, "Restored", NULL },
    { "mailbox show carl", NULL, 0, "carl2", NULL },
    { "user delete carl2 --yes", NULL, 0, NULL, NULL },
    { "user delete carl --yes", NULL, 0, NULL, NULL },
    { "mailbox create carl", NULL, 0, NULL, NULL },
    { "mailbox delete carl --yes", NULL, 0, NULL, NULL },
    { "bin restore carl", NULL, 4, NULL, "  Mailbox  " },
    { "bin purge --all --yes", NULL, 0, NULL, NULL },
    /* The name was taken meanwhile. */
    { "mailbox create second", NULL, 0, NULL, NULL },
    { "mailbox delete second --yes", NULL, 0, NULL, NULL },
    { "mailbox create second", NULL, 0, NULL, NULL },
    { "bin restore mailbox:second", NULL, 4, NULL, "in use already" },
    { "bin restore mailbox:second --as third", NULL, 0, "Restored", NULL },
    { "mailbox show third", NULL, 0, "third@harbour.example", NULL },
    /* So was the domain. */
    { "domain create gone.example", NULL, 0, NULL, NULL },
    { "mailbox create moved@gone.example", NULL, 0, NULL, NULL },
    { "mailbox delete moved@gone.example --yes", NULL, 0, NULL, NULL },
    { "domain rename gone.example here.example", NULL, 0, NULL, NULL },
    { "bin restore mailbox:moved --as moved@here.example", NULL, 0, "Restored", NULL },
    { "mailbox show moved@here.example", NULL, 0, NULL, NULL },
    { "bin list --count 0", NULL, 2, NULL, "--count is a number from 1 to 1000" },
    { "mailbox delete third --yes", NULL, 0, NULL, NULL },
    { "bin purge", NULL, 2, NULL, "--all" },
    { "bin purge third", NULL, 2, NULL, "--yes" },
    { "bin purge third --dry-run", NULL, 0, "Would be removed for good: 1", NULL },
    { "bin purge --all --dry-run --json", NULL, 0, "{\"purged\":", NULL },
    { "bin purge third --yes", NULL, 0, "Removed for good: 1", NULL },
    { "bin purge third --yes", NULL, 3, NULL, NULL },
    { "mailbox delete second --yes", NULL, 0, NULL, NULL },
    { "bin purge --all --yes --json", NULL, 0, "{\"purged\":1}", NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_history (void)
{
  static const RunStep steps[] = {
    { "user set john title=Cook", NULL, 0, NULL, NULL },
    { "user set john title=Chef", NULL, 0, NULL, NULL },
    { "history user:john", NULL, 0, "title: Cook → Chef", NULL },
    { "history user:john --count -1", NULL, 2, NULL, "--count" },
    { "changes", NULL, 0, NULL, "There is more" },
    { "changes --count 2", NULL, 0, "john", NULL },
    { "changes --count 1000", NULL, 2, NULL, "--count is a number from 1 to 999" },
    { "history user:john --count 1 --json", NULL, 0, "\"more\" : true", NULL },
    { "history 00000000-0000-7000-8000-000000000000", NULL, 3, NULL, "There never was" },
    { "return user:john zero", NULL, 2, NULL, "zero" },
    { "return user:john 999999", NULL, 3, NULL, "999999" },
    { "return user:john 1", NULL, 4, NULL, "there was no such object" },
    { "undo --last --dry-run", NULL, 0, "would change: 1", NULL },
    { "user show john", NULL, 0, "Chef", NULL },
    { "undo --last", NULL, 0, "undone", NULL },
    { "user show john", NULL, 0, "Cook", NULL },
    /* Said again it would reach for an older change. */
    { "undo --last", NULL, 4, NULL, " is itself the undo of " },
    { "undo --last --dry-run", NULL, 4, NULL, "; mailsteadctl undo " },
    { "user show john", NULL, 0, "Cook", NULL },
    { "setting get bin-retention-days", NULL, 0, "30", NULL },
    { "setting set bin-retention-days 90", NULL, 0, "is set", NULL },
    { "setting list", NULL, 0, "90", NULL },
    { "undo --last", NULL, 0, "undone", NULL },
    { "setting get bin-retention-days", NULL, 0, "30", NULL },
    { "setting set bin-retention-days -- -1", NULL, 1, NULL, "whole number from 0" },
    { "setting set bin-retention-days soon", NULL, 2, NULL, "soon" },
    { "setting set nope 1", NULL, 3, NULL, "There is no setting “nope”" },
    { "setting set nope default", NULL, 3, NULL, "There is no setting “nope”" },
    { "setting get nope", NULL, 3, NULL, "There is no setting “nope”" },
    { "setting get no-such", NULL, 3, NULL, "no-such" },
    { "setting set seat-limit 5", NULL, 0, NULL, NULL },
    { "setting set seat-limit default", NULL, 0, NULL, NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_rename (void)
{
  static const RunStep steps[] = {
    { "mailbox rename john johnny --keep-address", NULL, 0, "renamed", NULL },
    { "mailbox show johnny", NULL, 0, "john@harbour.example", NULL },
    { "mailbox rename johnny jo", NULL, 0, "renamed", NULL },
    { "mailbox show johnny", NULL, 3, NULL, NULL },
    { "mailbox rename jo jo@nowhere.example", NULL, 4, NULL, "not a domain" },
    { "list rename staff crew --address crew@harbour.example --keep-address",
      NULL,
      0,
      "renamed",
      NULL },
    { "list show crew", NULL, 0, "staff@harbour.example", NULL },
    { "group create Sales address=sales@harbour.example", NULL, 0, NULL, NULL },
    { "group rename Sales Trade --address trade@harbour.example --keep-address",
      NULL,
      0,
      "renamed",
      NULL },
    { "group show Trade", NULL, 0, "sales@harbour.example", NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_audit (void)
{
  g_autofree char *file = run_path ("changes.jsonl");
  g_autofree char *quoted = g_shell_quote (file);
  g_autofree char *export = g_strconcat ("audit export ", quoted, NULL);
  g_autofree char *check = g_strconcat ("audit check ", quoted, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_autoptr (Run) head = run_expect ("audit head", NULL, 0);
  g_auto (GStrv) parts = g_strsplit (g_strstrip (head->out), " ", 2);
  g_autofree char *anchored
      = g_strdup_printf ("audit verify --since %s --head %s", parts[0], parts[1]);
  g_autofree char *wrong
      = g_strdup_printf ("audit verify --since %s --head "
                         "0000000000000000000000000000000000000000000000000000000000000000",
                         parts[0]);
  const RunStep steps[] = {
    { "audit verify", NULL, 0, "are as they were written", NULL },
    { "user set john title=Mate", NULL, 0, NULL, NULL },
    { anchored, NULL, 0, "1 changes are as they were written", NULL },
    { wrong, NULL, 1, NULL, "its hash is not the one that was kept" },
    { "audit verify --head x", NULL, 2, NULL, "64" },
    { export, NULL, 0, NULL, NULL },
    { check, NULL, 0, "are as they were written", NULL },
  };
  run_steps (steps, G_N_ELEMENTS (steps));

  /* One letter of one change. */
  g_assert_true (g_file_get_contents (file, &text, NULL, &error));
  GString *altered = g_string_new (text);
  g_assert_cmpuint (g_string_replace (altered, "Chef", "Thief", 1), ==, 1);
  g_assert_true (g_file_set_contents (file, altered->str, -1, &error));
  g_string_free (altered, TRUE);
  g_autoptr (Run) caught = run_expect (check, NULL, 1);
  assert_contains (caught->err, "it was altered");
  g_assert_true (g_file_set_contents (file, "{}\n", -1, &error));
  g_autoptr (Run) none = run_expect (check, NULL, 1);
  assert_contains (none->err, "line 1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  run_make_folders ();
  server = real_server_new ("--empty");

  g_test_add_func ("/ctl/bin/1-login", test_login);
  g_test_add_func ("/ctl/bin/2-last", test_last);
  g_test_add_func ("/ctl/bin/3-bin", test_bin);
  g_test_add_func ("/ctl/bin/4-history", test_history);
  g_test_add_func ("/ctl/bin/5-rename", test_rename);
  g_test_add_func ("/ctl/bin/6-audit", test_audit);

  int status = g_test_run ();
  real_server_free (server);
  run_clear_folders ();
  return status;
}
