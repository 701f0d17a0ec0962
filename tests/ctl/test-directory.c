/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadctl directory …, against a real server and a real OpenLDAP. Tests run in the order in
 * which they are added and use what those before have made.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "ms-run-server.h"
#include "slapd.h"

#define PEOPLE 12

static RealServer *server;
static Slapd      *slapd;

static void
write_file (const char *name, const char *text)
{
  g_autofree char *path = run_path (name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static Run *
create (const char *more, const char *input, int code)
{
  g_autofree char *certificates = run_path ("ca.pem");
  g_autofree char *command = g_strdup_printf (
      "directory create office kind=openldap server=%s base=ou=people,dc=example,dc=test "
      "bindDn=%s --certificates %s group=Staff %s",
      slapd_get (slapd, "ldaps"),
      slapd_get (slapd, "bindDn"),
      certificates,
      more);

  return run_expect (command, input, code);
}

static void
test_create (void)
{
  static const RunStep before[] = {
    { "directory list", NULL, 0, "No directory has been set up", NULL },
    { "directory show office", NULL, 3, NULL, "There is no directory “office”" },
    { "group create Staff", NULL, 0, NULL, NULL },
    { "directory create office password=secret server=x", NULL, 2, NULL, "no argument" },
    { "directory create office nonsense=x", NULL, 2, NULL, "no “nonsense”" },
    { "directory create office adopt=perhaps", NULL, 2, NULL, "yes or no" },
    { "directory create office timeout=soon", NULL, 2, NULL, "is a number" },
    { "directory create office server", NULL, 2, NULL, "is not KEY=VALUE" },
    { "directory create office base=a base=b", NULL, 2, NULL, "said twice" },
  };
  g_autofree char *file = run_path ("password");
  g_autofree char *secret = g_strdup_printf ("%s\n", slapd_get (slapd, "password"));
  g_autofree char *said = g_strdup_printf ("--password-file %s", file);

  run_steps (before, G_N_ELEMENTS (before));
  write_file ("ca.pem", slapd_get (slapd, "certificate"));
  write_file ("password", secret);
  /* Nobody is there to be asked. */
  g_autoptr (Run) unasked = create ("", NULL, 2);
  assert_contains (unasked->err, "--password-file");
  g_autoptr (Run) wrong = create ("filter='(mail=*' --password-file -", secret, 1);
  assert_contains (wrong->err, "character 8 a closing bracket is missing");
  g_autoptr (Run) made = create (said, NULL, 0);
  assert_contains (made->out, "office set up (change ");
  g_autoptr (Run) twice = create (said, NULL, 4);
}

static void
test_show (void)
{
  g_autoptr (Run) shown = run_expect ("directory show Office", NULL, 0);
  assert_contains (shown->out, "hasPassword: true");
  assert_contains (shown->out, "mapping.userName: uid");
  assert_contains (shown->out, "certificates: own authorities");
  assert_lacks (shown->out, slapd_get (slapd, "password"));
  g_autoptr (Run) json = run_expect ("directory show office --json", NULL, 0);
  assert_lacks (json->out, slapd_get (slapd, "password"));
  g_autoptr (Run) listed = run_expect ("directory list", NULL, 0);
  assert_contains (listed->out, "never ran");
}

static void
test_try (void)
{
  g_autoptr (Run) tried = run_expect ("directory try office --limit 3", NULL, 0);
  assert_contains (tried->out, "c00");
  assert_contains (tried->out, "uid=c00,ou=people,dc=example,dc=test");
  assert_contains (tried->out, "There are more");
  g_autoptr (Run) many = run_expect ("directory try office --limit 1000", NULL, 2);
  /* As a run does: it is refused then. */
  g_autoptr (Run) set = run_expect ("directory set office activeFilter=(uid=nobody)", NULL, 0);
  g_autoptr (Run) nobody = run_expect ("directory try office --limit 1", NULL, 0);
  assert_contains (nobody->err, "a run would take that for a mistake, and do nothing");
  g_autoptr (Run) rehearsed = run_expect ("directory rehearse office", NULL, 1);
  assert_contains (rehearsed->err, "taken for a mistake, and nothing was done");
  g_autoptr (Run) unset = run_expect ("directory set office activeFilter=", NULL, 0);
}

/* What a run would take, but for something. */
static void
test_try_warns (void)
{
  g_autoptr (GString) ldif = g_string_new (NULL);
  static const char gone[] = "dn: uid=plain,ou=people,dc=example,dc=test\nchangetype: delete\n\n";

  slapd_add_person (ldif, "plain", "harbour.example", "userPassword: as-it-is\n");
  slapd_apply (slapd, ldif->str);
  g_autoptr (Run) mapped
             = run_expect ("directory set office mapping.passwordHash=userPassword", NULL, 0);
  g_autoptr (Run) tried = run_expect ("directory try office --limit 100", NULL, 0);
  assert_contains (tried->err,
                   "uid=plain,ou=people,dc=example,dc=test: The password there is of a kind that "
                   "is not taken");
  assert_lacks (tried->err, "as-it-is");
  g_autoptr (Run) unmapped = run_expect ("directory set office mapping.passwordHash=", NULL, 0);
  slapd_apply (slapd, gone);
}

static void
test_run (void)
{
  static const RunStep steps[] = {
    { "directory run --help", NULL, 0, "leave, or lose something, than leaverLimit", NULL },
    { "directory rehearse office", NULL, 0, "12 found, 12 to create\n", NULL },
    { "directory rows office --status create --limit 5", NULL, 0, "5 of 12; --limit N", NULL },
    { "user show c00", NULL, 3, NULL, "c00" },
    { "directory run office", NULL, 0, "12 found, 12 created\n", NULL },
    { "user show c00", NULL, 0, "displayName: Person c00", NULL },
    { "mailbox show c00@harbour.example", NULL, 0, "Staff", NULL },
    { "directory run office", NULL, 0, "12 found, 12 unchanged\n", NULL },
    { "directory rows office --status nonsense", NULL, 1, NULL, "status" },
    { "directory list", NULL, 0, "done", NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

/* One who cannot be taken over is named with the reason, and the exit code says so. */
static void
test_refused (void)
{
  g_autoptr (GString) ldif = g_string_new (NULL);
  g_autoptr (Run) made = run_expect ("user create taken --no-mailbox", NULL, 0);

  slapd_add_person (ldif, "taken", "harbour.example", NULL);
  slapd_apply (slapd, ldif->str);
  g_autoptr (Run) told = run_expect ("directory run office", NULL, 1);
  assert_contains (told->out, "1 refused");
  assert_contains (told->err, "uid=taken,ou=people,dc=example,dc=test");
  g_autoptr (Run) noted = run_expect ("directory run office --json", NULL, 1);
  assert_contains (noted->err, "{\"refused\":{");
  g_autoptr (Run) adopted = run_expect ("directory set office adopt=yes", NULL, 0);
  assert_contains (adopted->out, "office changed (change ");
  g_autoptr (Run) taken = run_expect ("directory run office", NULL, 0);
  g_autoptr (Run) same = run_expect ("directory set office adopt=yes", NULL, 0);
  assert_contains (same->out, "Nothing to do");
}

/* A mapping that is not spoken of stays; what is set to nothing goes. */
static void
test_set (void)
{
  static const RunStep steps[] = {
    { "directory set office", NULL, 2, NULL, "Nothing to set" },
    { "directory set office mapping.title=employeeType mapping.preferredLanguage= every=90",
      NULL,
      0,
      "office changed",
      NULL },
    { "directory show office", NULL, 0, "mapping.title: employeeType", NULL },
    { "directory show office", NULL, 0, "mapping.userName: uid", NULL },
    { "directory show office", NULL, 0, "every: 90", NULL },
    { "directory set office mapping.department=ou", NULL, 0, "office changed", NULL },
    { "directory show office", NULL, 0, "mapping.department: ou", NULL },
    { "directory set office every=", NULL, 0, "office changed", NULL },
    { "directory create second kind=openldap server=ldaps://l base=dc=x mapping.username=cn",
      NULL,
      0,
      NULL,
      NULL },
    { "directory list", NULL, 0, "second", NULL },
    { "directory show second", NULL, 0, "mapping.userName: cn", NULL },
    { "directory delete second --yes", NULL, 0, NULL, NULL },
    { "directory set office mapping.role=title", NULL, 1, NULL, "mapping.role" },
    { "directory set office server=ldaps://127.0.0.1:1", NULL, 2, NULL, "--password-file" },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
  g_autoptr (Run) shown = run_expect ("directory show office", NULL, 0);
  assert_lacks (shown->out, "preferredLanguage");
  assert_lacks (shown->out, "every");
}

static void
test_wiped (void)
{
  g_autoptr (GString) ldif = g_string_new (NULL);

  for (int i = 0; i < PEOPLE - 2; i++)
    g_string_append_printf (
        ldif, "dn: uid=c%02d,ou=people,dc=example,dc=test\nchangetype: delete\n\n", i);
  slapd_apply (slapd, ldif->str);
  g_autoptr (Run) refused = run_expect ("directory run office", NULL, 1);
  assert_contains (refused->err, "10 of 13 users");
  g_autoptr (Run) still = run_expect ("user show c00", NULL, 0);
  assert_lacks (still->out, "active: no");
  g_autoptr (Run) forced = run_expect ("directory run office --force", NULL, 0);
  assert_contains (forced->out, "10 disabled");
  g_autoptr (Run) tried = run_expect ("directory undo office --dry-run", NULL, 0);
  assert_contains (tried->out, "Objects that would change: 10");
  g_autoptr (Run) undone = run_expect ("directory undo office", NULL, 0);
  assert_contains (undone->out, "The last run of office undone");
  g_autoptr (Run) again = run_expect ("directory undo office", NULL, 4);
  g_autoptr (Run) back = run_expect ("user list --filter 'active eq false'", NULL, 0);
  assert_lacks (back->out, "c00");
}

static void
test_stopped (void)
{
  slapd_stop (slapd);
  g_autoptr (Run) tried = run_expect ("directory try office", NULL, 6);
  assert_contains (tried->err, "cannot be reached");
  g_autoptr (Run) failed = run_expect ("directory run office", NULL, 1);
  assert_contains (failed->err, "cannot be reached");
  g_autoptr (Run) cancelled = run_expect ("directory cancel office", NULL, 4);
  slapd_start (slapd);
}

static void
test_delete (void)
{
  static const RunStep steps[] = {
    { "directory delete office", NULL, 2, NULL, "say --yes" },
    { "directory delete office --yes", NULL, 0, "office deleted (change ", NULL },
    { "directory show office", NULL, 3, NULL, "There is no directory" },
    { "user show c00", NULL, 0, "c00", NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

int
main (int argc, char **argv)
{
  g_autoptr (GString) ldif = g_string_new (NULL);

  g_test_init (&argc, &argv, NULL);
  run_make_folders ();
  slapd = slapd_new (NULL);
  for (int i = 0; i < PEOPLE; i++)
    {
      g_autofree char *uid = g_strdup_printf ("c%02d", i);
      slapd_add_person (ldif, uid, "harbour.example", NULL);
    }
  slapd_apply (slapd, ldif->str);
  server = real_server_new ("--empty");
  run_log_on (server);
  g_test_add_func ("/ctl/directory/create", test_create);
  g_test_add_func ("/ctl/directory/show", test_show);
  g_test_add_func ("/ctl/directory/try", test_try);
  g_test_add_func ("/ctl/directory/try-warns", test_try_warns);
  g_test_add_func ("/ctl/directory/run", test_run);
  g_test_add_func ("/ctl/directory/refused", test_refused);
  g_test_add_func ("/ctl/directory/set", test_set);
  g_test_add_func ("/ctl/directory/wiped", test_wiped);
  g_test_add_func ("/ctl/directory/stopped", test_stopped);
  g_test_add_func ("/ctl/directory/delete", test_delete);
  int status = g_test_run ();
  real_server_free (server);
  slapd_free (slapd);
  run_clear_folders ();
  return status;
}
