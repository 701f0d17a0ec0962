/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server process of the tests.
 */
#include "daemon.h"
#include "ms-json.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs a command to its end. (transfer full): what it said on both channels */
char *
daemon_run (int *exit_code, const char *first, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *output = NULL;
  g_autofree char *errors = NULL;
  g_autoptr (GError) error = NULL;
  int     status = 0;
  va_list args;

  g_ptr_array_add (argv, (gpointer) g_getenv ("MAILSTEADD"));
  va_start (args, first);
  for (const char *arg = first; arg != NULL; arg = va_arg (args, const char *))
    g_ptr_array_add (argv, (gpointer) arg);
  va_end (args);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (
      NULL, (char **) argv->pdata, NULL, 0, NULL, NULL, &output, &errors, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  *exit_code = WEXITSTATUS (status);
  char *said = g_strconcat (output, errors, NULL);
  g_test_message ("%s", said);
  return said;
}

char *
daemon_find_line (const char *text, const char *name)
{
  g_autofree char *pattern = g_strdup_printf ("^\\s*%s\\s+(\\S+)$", name);
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  g_assert_true (g_regex_match (regex, text, 0, &match));
  return g_match_info_fetch (match, 1);
}

/* @option, @value: what else (nullable). (transfer full): what it said */
static char *
init (Daemon *d, const char *what, const char *option, const char *value)
{
  g_autoptr (GError) error = NULL;
  int exit_code = 0;

  memset (d, 0, sizeof *d);
  d->directory = g_dir_make_tmp ("mailstead-test-XXXXXX", &error);
  g_assert_no_error (error);
  char *said = daemon_run (&exit_code,
                           "init",
                           "--data",
                           d->directory,
                           "--listen",
                           "127.0.0.1:0",
                           what,
                           option,
                           value,
                           NULL);
  g_assert_cmpint (exit_code, ==, 0);
  d->fingerprint = daemon_find_line (said, "fingerprint");
  return said;
}

void
daemon_init_at (Daemon *d, const char *store)
{
  g_autofree char *said
      = init (d, "--domain=harbour.example", store != NULL ? "--store" : NULL, store);

  d->password = daemon_find_line (said, "password");
}

void
daemon_init (Daemon *d)
{
  daemon_init_at (d, NULL);
}

void
daemon_join (Daemon *d, const Daemon *first, const char *store)
{
  g_free (init (d, "--join", "--store", store));
  d->password = g_strdup (first->password);
}

/* (transfer full) (nullable): a line of the server's, without its end */
static char *
read_line (int fd)
{
  GString *line = g_string_new (NULL);
  char     c;

  while (read (fd, &c, 1) == 1 && c != '\n')
    g_string_append_c (line, c);
  return g_string_free (line, FALSE);
}

/* A test that fails leaves without stopping its servers, which hold its channels to the outside. */
static void
die_with_parent (gpointer user_data)
{
  (void) prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != GPOINTER_TO_INT (user_data))
    _exit (1);
}

void
daemon_start_with (Daemon *d, const char *option)
{
  char *argv[] = { (char *) g_getenv ("MAILSTEADD"),
                   (char *) "run",
                   (char *) "--data",
                   d->directory,
                   (char *) option,
                   NULL };
  g_autoptr (GError) error = NULL;

  g_spawn_async_with_pipes (NULL,
                            argv,
                            NULL,
                            G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CLOEXEC_PIPES,
                            die_with_parent,
                            GINT_TO_POINTER (getpid ()),
                            &d->pid,
                            NULL,
                            &d->output,
                            NULL,
                            &error);
  g_assert_no_error (error);
  g_autofree char *line = read_line (d->output);
  g_assert_true (g_str_has_prefix (line, "listening on https://127.0.0.1:"));
  d->port = (guint) g_ascii_strtoull (strrchr (line, ':') + 1, NULL, 10);
}

void
daemon_start (Daemon *d)
{
  daemon_start_with (d, NULL);
}

WireReply *
daemon_request (Daemon *d, Wire *wire, const char *method, const char *path, const char *body)
{
  g_autofree char *text
      = g_strdup_printf ("%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
                         "Content-Length: %zu\r\n\r\n%s",
                         method,
                         path,
                         d->token != NULL ? d->token : "none",
                         strlen (body),
                         body);

  (void) wire_send (wire, text); /* a server that was killed shows in the reply */
  return wire_read (wire);
}

void
daemon_log_on (Daemon *d)
{
  g_autoptr (Wire) wire = wire_open (d->port);
  g_autofree char *body
      = g_strdup_printf ("{\"userName\":\"admin\",\"password\":\"%s\"}", d->password);
  g_autoptr (WireReply) reply = daemon_request (d, wire, "POST", "/api/v1/session", body);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (reply->status, ==, 201);
  g_autoptr (JsonNode) node = ms_json_parse (reply->body->str, -1, &ms_json_default_limits, &error);
  g_assert_no_error (error);
  g_free (d->token);
  d->token = g_strdup (json_object_get_string_member (json_node_get_object (node), "token"));
}

/* The exit code, or 128 and the signal. */
int
daemon_wait (Daemon *d)
{
  int status = 0;

  g_assert_cmpint (waitpid (d->pid, &status, 0), ==, d->pid);
  close (d->output);
  d->pid = 0;
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

void
daemon_clear (Daemon *d)
{
  if (d->pid != 0)
    {
      kill (d->pid, SIGTERM);
      g_assert_cmpint (daemon_wait (d), ==, 0);
    }
  g_autoptr (GDir) dir = g_dir_open (d->directory, 0, NULL);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *file = g_build_filename (d->directory, name, NULL);
      g_unlink (file);
    }
  g_rmdir (d->directory);
  g_free (d->directory);
  g_free (d->password);
  g_free (d->fingerprint);
  g_free (d->token);
}
