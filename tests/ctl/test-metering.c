/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * usage: what mailboxes use, fed in as JSON lines and as Dovecot prints it, and shown. Tests run in
 * the order of their names and use what those before have made.
 */
#include <string.h>

#include "ms-run-server.h"

static RealServer *server;

/* As doveadm prints it: in columns, and the name of a quota in two words. */
static const char table[] = "Username Quota name Type    Value Limit                               "
                            "                     %\n"
                            "anna     User quota STORAGE   900  1024                               "
                            "                    87\n"
                            "anna     User quota MESSAGE     2     -                               "
                            "                     0\n"
                            "bert@harbour.example User quota STORAGE 10  -                         "
                            "                     0\n"
                            "bert@harbour.example Archive STORAGE   99   -                         "
                            "                     0\n"
                            "gone@harbour.example User quota STORAGE 5   -                         "
                            "                     0\n";

static const char tabs[] = "Username\tQuota name\tType\tValue\tLimit\t%\n"
                           "anna\tUser quota\tSTORAGE\t1000\t1024\t97\r\n"
                           "anna\tUser quota\tMESSAGE\t3\t-\t0\n"
                           "bert\tArchive\tSTORAGE\t40\t-\t0\n";

static void
test_make (void)
{
  static const RunStep steps[] = {
    { "group create Sales quota=1024000", NULL, 0, NULL, NULL },
    { "group create Sales/EMEA", NULL, 0, NULL, NULL },
    { "mailbox create anna group=EMEA", NULL, 0, NULL, NULL },
    { "mailbox create bert group=Sales", NULL, 0, NULL, NULL },
    { "mailbox create carl", NULL, 0, NULL, NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_report (void)
{
  g_autoptr (Run) dovecot = run_expect ("usage report", table, 7);
  assert_contains (dovecot->out, "2 taken, 0 unchanged, 1 refused");
  assert_contains (dovecot->err, "line 6: There is no mailbox “gone@harbour.example”");
  assert_contains (dovecot->err, "passed over: 1 ");
  g_autoptr (Run) shown = run_expect ("usage show anna", NULL, 0);
  assert_contains (shown->out, "anna@harbour.example  921.6 kB  90         2");

  g_autoptr (Run) chosen = run_expect ("usage report - --quota Archive", tabs, 0);
  assert_contains (chosen->out, "1 taken, 0 unchanged, 0 refused");
  g_assert_cmpstr (chosen->err, ==, "");
  g_autoptr (Run) tabbed = run_expect ("usage report", tabs, 0);
  assert_contains (tabbed->out, "1 taken, 1 unchanged, 0 refused");
  g_autoptr (Run) json
             = run_expect ("usage report", "\n{\"mailbox\":\"carl\",\"storedBytes\":5}\n\n", 0);
  assert_contains (json->out, "1 taken");
  g_autofree char *tables = g_strconcat (tabs, table, NULL);
  g_autoptr (Run) both = run_expect ("usage report --quota 'User quota'", tables, 7);
  assert_contains (both->out, "2 taken, 0 unchanged, 1 refused");
  assert_contains (both->err, "line 10: There is no mailbox “gone@harbour.example”");
  g_autoptr (Run) again = run_expect ("usage report", tabs, 0);
  assert_contains (again->out, "2 taken, 0 unchanged, 0 refused");
  g_autoptr (Run) nothing = run_expect ("usage report", "", 0);
  assert_contains (nothing->out, "0 taken, 0 unchanged, 0 refused");
  g_autoptr (Run) nobody
             = run_expect ("usage report", "{\"mailbox\":\"nobody\",\"storedBytes\":5}\n", 1);
  assert_contains (nobody->err, "line 1: There is no mailbox “nobody”");
  g_autoptr (Run) programs = run_expect (
      "usage report --json", "\n{\"mailbox\":\"nobody\",\"storedBytes\":5}\n", 1);
  assert_contains (programs->err, "{\"refused\":{\"mailbox\":\"nobody\"");
  assert_contains (programs->err, "\"line\":2");
  assert_contains (programs->out, "\"taken\" : 0");
}

/* What Dovecot cannot count, and what fell below 0 there, is refused by itself. */
static void
test_uncounted (void)
{
  static const char counts[] = "Username\tQuota name\tType\tValue\tLimit\t%\n"
                               "anna\tUser quota\tSTORAGE\t1204\t-\t0\n"
                               "maria\tUser quota\tSTORAGE\terror\terror\terror\n"
                               "maria\tUser quota\tMESSAGE\terror\terror\terror\n"
                               "bert\tUser quota\tSTORAGE\t18014398509481984\t-\t0\n"
                               "bert\tUser quota\tMESSAGE\t18446744073709551615\t-\t0\n"
                               "carl\tUser quota\tSTORAGE\t8796093022208\t-\t0\n"
                               "carl\tArchive\tSTORAGE\terror\terror\terror\n"
                               "\tUser quota\tSTORAGE\t1\t-\t0\n";
  static const char columns[] = "Username Quota name Type    Value Limit     %\n"
                                "maria    User quota STORAGE error error error\n"
                                "bert     User quota MESSAGE    4     -     0\n";
  g_autoptr (Run) run = run_expect ("usage report --quota 'User quota'", counts, 7);

  assert_contains (run->err, "line 3: “error” is no count of the quota “User quota” of “maria”");
  assert_contains (run->err, "line 4: “error” is no count");
  assert_contains (run->err, "line 5: “18014398509481984” is no count");
  assert_contains (run->err, "line 6: “18446744073709551615” is no count");
  assert_contains (run->err, "line 7: “8796093022208” is no count");
  g_assert_null (strstr (run->err, "line 8"));
  g_assert_null (strstr (run->err, "readings["));
  /* What is of nobody. */
  assert_contains (run->err, "line 9: mailbox: is missing");
  assert_contains (run->out, " taken, 0 unchanged, ");
  g_autoptr (Run) anna = run_expect ("usage anna", NULL, 0);
  assert_contains (anna->out, "1.2 MB");
  g_autoptr (Run) table_too = run_expect ("usage report", columns, 7);
  assert_contains (table_too->err, "line 2: “error” is no count");
  assert_contains (table_too->out, "1 taken, 0 unchanged, 1 refused");
  g_autoptr (Run) none = run_expect (
      "usage report --json",
      "Username Quota name Type Value Limit %\nmaria User quota STORAGE error error error\n",
      1);
  assert_contains (none->err, "{\"refused\":{\"mailbox\":\"maria\"");
  assert_contains (none->err, "\"line\":2");
}

/* Nothing is sent of what cannot be read to its end. */
static void
test_mistakes (void)
{
  static const RunStep steps[] = {
    { "usage report", "anna 5\n", 1, NULL, "-, line 1: neither a JSON object" },
    { "usage report",
      "{\"mailbox\":\"carl\",\"storedBytes\":77}\n{\"mailbox\"\n",
      1,
      NULL,
      "line 2" },
    { "usage report",
      "{\"mailbox\":\"carl\",\"storedBytes\":77}\n[]\n",
      1,
      NULL,
      "line 2: this is no JSON object" },
    { "usage report",
      "{\"mailbox\":\"carl\",\"storedBytes\":77}\n{\"mailbox\":\"carl\",\"storedBytes\":-1}\n",
      1,
      NULL,
      "mailsteadctl: -, line 2: storedBytes: must be between 0 and" },
    { "usage report",
      "Username\tQuota name\tType\tValue\tLimit\t%\nanna\tUser quota\tSTORAGE\tmany\t-\t0\n",
      1,
      NULL,
      "line 2: “many” is no count" },
    { "usage report",
      "Username\tQuota name\tType\tValue\tLimit\t%\nanna\tUser quota\tDISK\t1\t-\t0\n",
      1,
      NULL,
      "there is no quota of the type “DISK”" },
    { "usage report",
      "Username Quota name Type Value Limit %\nanna 5\n",
      1,
      NULL,
      "line 2: this is no line" },
    { "usage report",
      "Username=anna Quota name=User quota Type=STORAGE Value=900 Limit=1024 %=87\n"
      "Username=anna Quota name=User quota Type=MESSAGE Value=2 Limit=- %=0\n",
      1,
      NULL,
      "-, line 1: “doveadm quota get -A” printed this in another form: use -f tab" },
    { "usage report",
      "Username: anna\nQuota name: User quota\nType: STORAGE\nValue: 900\n",
      1,
      NULL,
      "use -f tab" },
    { "usage report",
      "[{\"username\":\"anna\",\"quota name\":\"User quota\",\"type\":\"STORAGE\"}]\n",
      1,
      NULL,
      "use -f tab" },
    { "usage report --quota 'Other quota'",
      tabs,
      1,
      NULL,
      "-: no line is of the quota “Other quota”; the first is of “User quota”" },
    { "usage report --quota 'User quota'",
      "{\"mailbox\":\"carl\",\"storedBytes\":77}\n",
      1,
      NULL,
      "-: --quota “User quota” is for the output of doveadm, and these are JSON lines" },
    { "usage report /nonexistent", NULL, 1, NULL, "/nonexistent cannot be read" },
    { "usage nothing", NULL, 3, NULL, "There is no mail group, domain or mailbox “nothing”" },
    { "usage --sort size", NULL, 2, NULL, "--sort is stored, sent or name, not “size”" },
    { "usage --periods 121", NULL, 2, NULL, "--periods is a number from 0 to 120" },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
  g_autoptr (Run) kept = run_expect ("usage carl", NULL, 0);
  assert_contains (kept->out, "5 bytes");
}

/* What was sent before the part that fails is told. */
static void
test_parts (void)
{
  g_autoptr (GString) many = g_string_new (NULL);

  for (guint i = 0; i < 1000; i++)
    g_string_append (many, "{\"mailbox\":\"carl\",\"storedBytes\":5}\n");
  g_string_append (many, "{\"mailbox\":\"carl\",\"sent\":{\"period\":\"2026\"}}\n");
  g_autoptr (Run) run = run_expect ("usage report", many->str, 1);
  assert_contains (run->out, "0 taken, 1000 unchanged, 0 refused");
  assert_contains (run->err,
                   "mailsteadctl: After 1000 readings were sent: -, line 1001: sent.period: must");
}

static void
test_show (void)
{
  g_autoptr (Run) all = run_expect ("usage", NULL, 0);
  g_autoptr (Run) group = run_expect ("usage Sales --periods 2", NULL, 0);
  g_autoptr (Run) domain = run_expect ("usage domain:harbour.example --sort name", NULL, 0);
  g_autoptr (Run) json = run_expect ("usage Sales --json", NULL, 0);

  run_check_golden ("usage-all", all->out);
  g_autoptr (Run) top = run_expect ("usage / --periods 1", NULL, 0);
  g_autoptr (Run) whole = run_expect ("usage --periods 1", NULL, 0);
  g_assert_cmpstr (top->out, ==, whole->out);
  g_autoptr (Run) access = run_expect (
      "usage report", "{\"mailbox\":\"carl\",\"lastAccess\":\"2026-01-02T12:04:05Z\"}\n", 0);
  g_autoptr (Run) carl = run_expect ("usage carl", NULL, 0);
  assert_contains (carl->out, "5 bytes                                 2026-01-0");
  assert_contains (group->out, "Sales");
  assert_contains (group->out, "\nMONTH ");
  assert_contains (group->out, "\nEMEA ");
  assert_contains (group->out, "\nbert@harbour.example ");
  assert_contains (domain->out, "\nharbour.example ");
  g_assert_nonnull (strstr (strstr (domain->out, "anna@"), "bert@"));
  assert_contains (json->out, "\"groups\" : {");
  assert_contains (json->out, "\"mailboxes\" : {");
  g_autoptr (Run) more = run_expect ("usage domain:harbour.example --count 1", NULL, 0);
  assert_contains (more->err, "There is more: --count N shows up to 1000\n");
}

/* What a mail host has: it reports, and does nothing else. */
static void
test_token (void)
{
  g_autofree char *file = run_path ("meter.token");
  g_autofree char *make = g_strdup_printf ("token create meter --scope usage --output %s", file);
  g_autoptr (Run) made = run_expect (make, NULL, 0);
  g_autofree char *token = NULL;

  assert_contains (made->out, "scope usage");
  g_assert_true (g_file_get_contents (file, &token, NULL, NULL));
  g_setenv ("MAILSTEAD_URL", real_server_get (server, "url"), TRUE);
  g_setenv ("MAILSTEAD_TOKEN", g_strstrip (token), TRUE);
  g_setenv ("MAILSTEAD_FINGERPRINT", real_server_get (server, "fingerprint"), TRUE);
  g_autoptr (Run) report
             = run_expect ("usage report", "{\"mailbox\":\"carl\",\"storedMessages\":9}\n", 0);
  g_autoptr (Run) show = run_expect ("usage", NULL, 5);
  g_autoptr (Run) list = run_expect ("user list", NULL, 5);
  g_unsetenv ("MAILSTEAD_URL");
  g_unsetenv ("MAILSTEAD_TOKEN");
  g_unsetenv ("MAILSTEAD_FINGERPRINT");
  assert_contains (report->out, "1 taken");
  assert_contains (show->err, "reporting to /api/v1/usage only");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  run_make_folders ();
  server = real_server_new ("--empty");
  run_log_on (server);
  g_test_add_func ("/ctl/metering/1-make", test_make);
  g_test_add_func ("/ctl/metering/2-report", test_report);
  g_test_add_func ("/ctl/metering/3-mistakes", test_mistakes);
  g_test_add_func ("/ctl/metering/3-parts", test_parts);
  g_test_add_func ("/ctl/metering/4-show", test_show);
  g_test_add_func ("/ctl/metering/5-token", test_token);
  g_test_add_func ("/ctl/metering/6-uncounted", test_uncounted);
  int result = g_test_run ();
  real_server_free (server);
  run_clear_folders ();
  return result;
}
