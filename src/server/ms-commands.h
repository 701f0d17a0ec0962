/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The commands of mailsteadd. Each takes its own arguments (argv[0] is the command) and returns an
 * exit code.
 */
#pragma once

#include "ms-config.h"

G_BEGIN_DECLS

enum
{
  MS_EXIT_DONE = 0,
  MS_EXIT_FAILED = 1,
  MS_EXIT_USAGE = 2,
  MS_EXIT_LOSSES = 10, /* done, but not with all; not a code that mailsteadctl has a meaning for */
};

int ms_command_init (int argc, char **argv);
int ms_command_reset_admin (int argc, char **argv);
int ms_command_run (int argc, char **argv);
int ms_command_check_config (int argc, char **argv);
int ms_command_backup (int argc, char **argv);
int ms_command_restore (int argc, char **argv);
int ms_command_verify (int argc, char **argv);
int ms_command_rescue (int argc, char **argv);
int ms_command_copy (int argc, char **argv);

/* Parses options; prints what is wrong. %FALSE: return @exit_code. */
gboolean ms_command_parse (
    int argc, char **argv, const char *summary, const GOptionEntry *entries, int *exit_code);
/* The same with words beside the options. @usage: how --help calls them. (transfer full)
 * (nullable):
 * @minimum to @maximum words; %NULL: return @exit_code */
char **ms_command_parse_words (int                 argc,
                               char              **argv,
                               const char         *usage,
                               guint               minimum,
                               guint               maximum,
                               const char         *summary,
                               const GOptionEntry *entries,
                               int                *exit_code);
int    ms_command_fail (const GError *error);
/* Whether there is a store where the settings say. */
gboolean ms_command_check_store (const MsConfig *config, GError **error);

G_END_DECLS
