/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadd: the headless user store. Only the table of commands; see ms-command-*.c.
 */
#include "config.h"
#include "ms-commands.h"
#include <libintl.h>
#include <locale.h>
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

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "";

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, MS_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
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
