/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadctl against mailsteadd: logging on in two steps, from setting it up to taking it away,
 * with lines of the standard input where a person would type.
 */
#include <string.h>

#include "ms-real-server.h"
#include "ms-run.h"
#include "ms-totp.h"

#define PASSWORD "a long pass phrase"

static RealServer *server;
static char       *secret;
static char       *recovery;

static char *
login_of (const char *user)
{
  return g_strdup_printf ("login %s@%s --fingerprint %s --name %s",
                          user,
                          real_server_get (server, "url") + strlen ("https://"),
                          real_server_get (server, "fingerprint"),
                          user);
}

/* @offset: in time steps, from now */
static char *
make_code (int offset)
{
  return ms_totp_make_code (secret, ms_totp_get_step (g_get_real_time ()) + offset);
}

static void
test_login (void)
{
  g_autofree char *password = g_strdup_printf ("%s\n", real_server_get (server, "password"));
  g_autofree char *admin = login_of ("admin");
  g_autofree char *tina = login_of ("tina");
  g_autoptr (Run) run = run_expect (admin, password, 0);
  g_autoptr (Run) made
             = run_expect ("user create tina role=auditor --password-file -", PASSWORD "\n", 0);
  g_autoptr (Run) on = run_expect (tina, PASSWORD "\n", 0);
  g_autoptr (Run) status = run_expect ("--server tina totp status", NULL, 0);

  assert_contains (status->out, "Off");
}

static void
test_enrol_refused (void)
{
  g_autoptr (Run) none = run_expect ("--server tina totp enrol", NULL, 1);
  g_autoptr (Run) wrong = run_expect ("--server tina totp enrol", "wrong\n123456\n", 5);
  g_autoptr (Run) status = run_expect ("--server tina totp status", NULL, 0);

  assert_contains (wrong->err, "password is wrong");
  assert_contains (status->out, "Off");
}

/* The key is read from what it prints, the code written while it waits. */
static void
test_enrol (void)
{
  g_autoptr (GSubprocess) process = run_start ("--server tina totp enrol");
  g_autoptr (GDataInputStream) out
             = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_autoptr (GString) said = g_string_new (NULL);
  GOutputStream *in = g_subprocess_get_stdin_pipe (process);

  /* Whoever found a terminal where somebody is logged on cannot set it up. */
  g_assert_true (
      g_output_stream_write_all (in, PASSWORD "\n", strlen (PASSWORD "\n"), NULL, NULL, NULL));
  g_assert_true (g_output_stream_flush (in, NULL, NULL));
  while (strstr (said->str, "otpauth://") == NULL)
    {
      g_autofree char *line = g_data_input_stream_read_line (out, NULL, NULL, NULL);
      g_assert_nonnull (line);
      g_string_append_printf (said, "%s\n", line);
    }
  const char *key = strstr (said->str, "Key: ") + strlen ("Key: ");
  secret = g_strndup (key, strcspn (key, "\n"));
  g_assert_cmpuint (strlen (secret), ==, 32);
  /* No terminal, no picture. */
  assert_lacks (said->str, "\033");

  g_autofree char *code = make_code (0);
  g_autofree char *typed = g_strconcat (code, "\n", NULL);
  g_assert_true (g_output_stream_write_all (in, typed, strlen (typed), NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (in, NULL, NULL));
  guint codes = 0;
  while (TRUE)
    {
      g_autofree char *line = g_data_input_stream_read_line (out, NULL, NULL, NULL);
      if (line == NULL)
        break;
      if (!g_str_has_prefix (line, "  "))
        continue;
      codes++;
      g_free (recovery);
      recovery = g_strdup (line + 2);
    }
  g_assert_true (g_subprocess_wait_check (process, NULL, NULL));
  g_assert_cmpuint (codes, ==, 10);
  g_autoptr (Run) status = run_expect ("totp status tina", NULL, 0);
  g_autoptr (Run) own = run_expect ("--server tina totp status", NULL, 0);
  assert_contains (own->out, "On, 10 recovery codes left");
}

static void
test_log_on (void)
{
  g_autofree char *login = login_of ("tina");
  g_autofree char *code = make_code (1);
  g_autofree char *input = g_strdup_printf (PASSWORD "\n%s\n", code);
  g_autofree char *spare = g_strdup_printf (PASSWORD "\n%s\n", recovery);

  g_autoptr (Run) none = run_expect (login, PASSWORD "\n", 1);
  assert_contains (none->err, "No code was given");
  g_autoptr (Run) right = run_expect (login, input, 0);
  assert_contains (right->out, "Logged on");
  g_autoptr (Run) again = run_expect (login, input, 5);
  assert_contains (again->err, "used already");
  g_autoptr (Run) by_recovery = run_expect (login, spare, 0);
  g_autoptr (Run) status = run_expect ("--server tina totp status --json", NULL, 0);
  assert_contains (status->out, "\"recoveryCodes\" : 9");
}

static void
test_remove (void)
{
  g_autofree char *login = login_of ("tina");

  g_autoptr (Run) refused = run_expect ("--server tina totp remove", "wrong\n123456\n", 5);
  assert_contains (refused->err, "password is wrong");
  g_autoptr (Run) asked = run_expect ("--server admin totp remove tina", NULL, 2);
  assert_contains (asked->err, "--yes");
  g_autoptr (Run) done = run_expect ("--server admin totp remove tina --yes", NULL, 0);
  assert_contains (done->out, "password alone");
  g_autoptr (Run) on = run_expect (login, PASSWORD "\n", 0);
  g_autoptr (Run) again = run_expect ("--server admin totp remove tina --yes", NULL, 4);
  g_autoptr (Run) nobody = run_expect ("--server admin totp status nobody", NULL, 3);
}

static void
test_required (void)
{
  g_autofree char *login = login_of ("tina");

  g_autoptr (Run) bad = run_expect ("--server admin setting set totp-roles owner", NULL, 1);
  assert_contains (bad->err, "list of roles");
  g_autoptr (Run) set
             = run_expect ("--server admin setting set totp-roles delegate,auditor", NULL, 0);
  g_autoptr (Run) get = run_expect ("--server admin setting get totp-roles", NULL, 0);
  g_assert_cmpstr (get->out, ==, "delegate,auditor\n");
  g_autoptr (Run) on = run_expect (login, PASSWORD "\n", 0);
  assert_contains (on->err, "mailsteadctl totp enrol");
  g_autoptr (Run) shut = run_expect ("--server tina user list", NULL, 5);
  assert_contains (shut->err, "two steps");
  /* What to type, and not what a program would ask for. */
  assert_contains (shut->err, "mailsteadctl totp enrol");
  assert_lacks (shut->err, "/api/");
  g_autoptr (Run) status = run_expect ("--server tina totp status", NULL, 0);
  assert_contains (status->out, "must have it");
  g_autoptr (Run) off = run_expect ("--server admin setting set totp-roles default", NULL, 0);
  g_autoptr (Run) open = run_expect ("--server tina user list", NULL, 0);
  assert_lacks (set->err, "Your own role");
}

/* Whoever shuts themselves out is told so. */
static void
test_caught (void)
{
  g_autoptr (Run) set = run_expect ("--server admin setting set totp-roles administrator", NULL, 0);

  assert_contains (set->err, "Your own role must log on in two steps now");
  g_autoptr (Run) shut = run_expect ("--server admin setting set totp-roles default", NULL, 5);
  assert_contains (shut->err, "mailsteadctl totp enrol");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  run_make_folders ();
  server = real_server_new ("--empty");

  g_test_add_func ("/ctl/totp/1-login", test_login);
  g_test_add_func ("/ctl/totp/1-refused", test_enrol_refused);
  g_test_add_func ("/ctl/totp/2-enrol", test_enrol);
  g_test_add_func ("/ctl/totp/3-log-on", test_log_on);
  g_test_add_func ("/ctl/totp/4-remove", test_remove);
  g_test_add_func ("/ctl/totp/5-required", test_required);
  g_test_add_func ("/ctl/totp/6-caught", test_caught);

  int status = g_test_run ();
  real_server_free (server);
  run_clear_folders ();
  g_free (secret);
  g_free (recovery);
  return status;
}
