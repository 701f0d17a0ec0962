/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadd: the headless user store. Only the table of commands; see ms-command-*.c.
 */
#include "config.h"
#include "ms-commands.h"
#include <errno.h>
#include <libintl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct
{
  const char *name;
  int (*func) (int argc, char **argv);
  const char *summary;
} commands[] = {
  { "init", ms_command_init, "make a new store with its first administrator" },
  { "run", ms_command_run, "run the server" },
  { "reset-admin", ms_command_reset_admin, "let an administrator in again, with a new password" },
  { "backup", ms_command_backup, "write the store into a new file, beside a running server" },
  { "restore", ms_command_restore, "put a backup back" },
  { "verify", ms_command_verify, "read a whole store and say what is wrong with it" },
  { "rescue", ms_command_rescue, "make a new store of what can be read in a damaged one" },
  { "copy", ms_command_copy, "copy a store into an empty database" },
  { "check-config", ms_command_check_config, "read the settings and say what is wrong with them" },
};

static void
print_help (void)
{
  g_print ("Usage: mailsteadd COMMAND [OPTION…]\n\nMailstead's user store: users, mailboxes and "
           "mail groups over HTTPS.\n\n");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-14s%s\n", commands[i].name, commands[i].summary);
  g_print ("  %-14s%s\n\nmailsteadd COMMAND --help explains each. Exit code: 0 done, 1 failed, 2 "
           "wrong usage.\n",
           "version",
           "print the version");
}

/* Of the first write to the standard output that failed, or 0. */
static int output_errno;

/* g_print() does not tell. */
static void
on_print (const char *text)
{
  g_autofree char *shown
      = g_get_charset (NULL) ? NULL : g_locale_from_utf8 (text, -1, NULL, NULL, NULL);

  if ((fputs (shown != NULL ? shown : text, stdout) < 0 || fflush (stdout) != 0)
      && output_errno == 0)
    output_errno = errno;
}

static int
run_command (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "";

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i].name, name) == 0)
      return commands[i].func (argc - 1, argv + 1);
  if (strcmp (name, "version") == 0 || strcmp (name, "--version") == 0)
    {
      g_print ("mailsteadd %s\n", MS_VERSION);
      return MS_EXIT_DONE;
    }
  if (strcmp (name, "--help") == 0 || strcmp (name, "-h") == 0 || strcmp (name, "help") == 0)
    {
      print_help ();
      return MS_EXIT_DONE;
    }
  if (*name == '\0')
    g_printerr ("mailsteadd: which command? See mailsteadd --help\n");
  else
    g_printerr ("mailsteadd: there is no command “%s”; see mailsteadd --help\n", name);
  return MS_EXIT_USAGE;
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, MS_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  /* A file limit is a full disk: a write that fails and is told of, not the end of the program. */
  (void) signal (SIGXFSZ, SIG_IGN);
  /* A server that has served did not fail for the line that says where it listens. */
  if (argc < 2 || strcmp (argv[1], "run") != 0)
    (void) g_set_print_handler (on_print);
  int code = run_command (argc, argv);
  /* Whoever reads our output has had enough of it. */
  if (output_errno != 0 && output_errno != EPIPE)
    g_printerr ("mailsteadd: Cannot write the output: %s\n", g_strerror (output_errno));
  return output_errno != 0 && code == MS_EXIT_DONE ? MS_EXIT_FAILED : code;
}
