/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadctl against mailsteadd: getting things back (bin, history, undo), renaming, settings,
 * and whether the change sets are as they were written.
 */
#include <string.h>

#include "ms-real-server.h"
#include "ms-run.h"

static RealServer *server;

typedef struct
{
  const char *arguments;
  int         code;
  const char *out; /* part of stdout; NULL = do not look */
  const char *err; /* part of stderr */
} Step;

static void
take_steps (const Step *steps, gsize n_steps)
{
  for (gsize i = 0; i < n_steps; i++)
    {
      g_test_message ("mailsteadctl %s", steps[i].arguments);
      g_autoptr (Run) run = run_expect (steps[i].arguments, NULL, steps[i].code);
      if (steps[i].out != NULL)
        assert_contains (run->out, steps[i].out);
      if (steps[i].err != NULL)
        assert_contains (run->err, steps[i].err);
    }
}

static void
test_login (void)
{
  g_autofree char *password = g_strdup_printf ("%s\n", real_server_get (server, "password"));
  g_autofree char *login = g_strdup_printf ("login admin@%s --fingerprint %s --name harbour",
                                            real_server_get (server, "url") + strlen ("https://"),
                                            real_server_get (server, "fingerprint"));
  g_autoptr (Run) run = run_expect (login, password, 0);
}

static void
test_bin (void)
{
  static const Step steps[] = {
    { "user create john --name 'John Doe'", 0, NULL, NULL },
    { "list create staff staff@harbour.example", 0, NULL, NULL },
    { "list add staff user:john", 0, NULL, NULL },
    { "bin list", 0, "TYPE", NULL },
    { "user delete john --yes", 0, NULL, NULL },
    { "bin list --type User", 0, "john", NULL },
    { "bin list doe", 0, NULL, NULL },
    { "bin list --type Thing", 1, NULL, "Thing" },
    { "bin restore user:john --dry-run", 0, "would change: 3", NULL },
    { "user show john", 3, NULL, NULL },
    { "bin restore user:john", 0, "Restored", NULL },
    { "list show staff", 0, "members: john", NULL },
    { "mailbox show john", 0, "john@harbour.example", NULL },
    { "bin restore user:john", 3, NULL, "Nothing in the bin is called" },
    /* A user goes before the mailbox of that name that went along; others are told apart by id. */
    { "user create carl --mailbox", 0, NULL, NULL },
    { "user delete carl --yes", 0, NULL, NULL },
    { "user create carl --no-mailbox", 0, NULL, NULL },
    { "bin restore carl", 4, NULL, "--as carl2 would do" },
    { "mailbox show carl", 3, NULL, NULL },
    { "bin restore carl --as carl2", 0, "Restored", NULL },
    { "mailbox show carl", 0, "carl2", NULL },
    { "user delete carl2 --yes", 0, NULL, NULL },
    { "user delete carl --yes", 0, NULL, NULL },
    { "mailbox create carl", 0, NULL, NULL },
    { "mailbox delete carl --yes", 0, NULL, NULL },
    { "bin restore carl", 4, NULL, "  Mailbox  " },
    { "bin purge --all --yes", 0, NULL, NULL },
    /* The name was taken meanwhile. */
    { "mailbox create second", 0, NULL, NULL },
    { "mailbox delete second --yes", 0, NULL, NULL },
    { "mailbox create second", 0, NULL, NULL },
    { "bin restore mailbox:second", 4, NULL, "in use already" },
    { "bin restore mailbox:second --as third", 0, "Restored", NULL },
    { "mailbox show third", 0, "third@harbour.example", NULL },
    { "mailbox delete third --yes", 0, NULL, NULL },
    { "bin purge", 2, NULL, "--all" },
    { "bin purge third", 2, NULL, "--yes" },
    { "bin purge third --dry-run", 0, "Would be removed for good: 1", NULL },
    { "bin purge --all --dry-run --json", 0, "{\"purged\":", NULL },
    { "bin purge third --yes", 0, "Removed for good: 1", NULL },
    { "bin purge third --yes", 3, NULL, NULL },
    { "mailbox delete second --yes", 0, NULL, NULL },
    { "bin purge --all --yes --json", 0, "{\"purged\":1}", NULL },
  };

  take_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_history (void)
{
  static const Step steps[] = {
    { "user set john title=Cook", 0, NULL, NULL },
    { "user set john title=Chef", 0, NULL, NULL },
    { "history user:john", 0, "title: Cook → Chef", NULL },
    { "history user:john --count 1 --json", 0, "\"more\" : true", NULL },
    { "history 00000000-0000-7000-8000-000000000000", 3, NULL, "There never was" },
    { "return user:john zero", 2, NULL, "zero" },
    { "return user:john 999999", 3, NULL, "999999" },
    { "return user:john 1", 4, NULL, "there was no such object" },
    { "undo --last --dry-run", 0, "would change: 1", NULL },
    { "user show john", 0, "Chef", NULL },
    { "undo --last", 0, "undone", NULL },
    { "user show john", 0, "Cook", NULL },
    { "setting get bin-retention-days", 0, "30", NULL },
    { "setting set bin-retention-days 90", 0, "is set", NULL },
    { "setting list", 0, "90", NULL },
    { "undo --last", 0, "undone", NULL },
    { "setting get bin-retention-days", 0, "30", NULL },
    { "setting set bin-retention-days -- -1", 1, NULL, "whole number from 0" },
    { "setting set bin-retention-days soon", 2, NULL, "soon" },
    { "setting get no-such", 3, NULL, "no-such" },
    { "setting set seat-limit 5", 0, NULL, NULL },
    { "setting set seat-limit default", 0, NULL, NULL },
  };

  take_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_rename (void)
{
  static const Step steps[] = {
    { "mailbox rename john johnny --keep-address", 0, "renamed", NULL },
    { "mailbox show johnny", 0, "john@harbour.example", NULL },
    { "mailbox rename johnny jo", 0, "renamed", NULL },
    { "mailbox show johnny", 3, NULL, NULL },
    { "mailbox rename jo jo@nowhere.example", 4, NULL, "not a domain" },
    { "list rename staff crew --address crew@harbour.example --keep-address", 0, "renamed", NULL },
    { "list show crew", 0, "staff@harbour.example", NULL },
    { "group create Sales address=sales@harbour.example", 0, NULL, NULL },
    { "group rename Sales Trade --address trade@harbour.example --keep-address",
      0,
      "renamed",
      NULL },
    { "group show Trade", 0, "sales@harbour.example", NULL },
  };

  take_steps (steps, G_N_ELEMENTS (steps));
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
  const Step steps[] = {
    { "audit verify", 0, "are as they were written", NULL },
    { "user set john title=Mate", 0, NULL, NULL },
    { anchored, 0, "1 changes are as they were written", NULL },
    { wrong, 1, NULL, "its hash is not the one that was kept" },
    { "audit verify --head x", 2, NULL, "64" },
    { export, 0, NULL, NULL },
    { check, 0, "are as they were written", NULL },
  };
  take_steps (steps, G_N_ELEMENTS (steps));

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
  g_test_add_func ("/ctl/bin/2-bin", test_bin);
  g_test_add_func ("/ctl/bin/3-history", test_history);
  g_test_add_func ("/ctl/bin/4-rename", test_rename);
  g_test_add_func ("/ctl/bin/5-audit", test_audit);

  int status = g_test_run ();
  real_server_free (server);
  run_clear_folders ();
  return status;
}
