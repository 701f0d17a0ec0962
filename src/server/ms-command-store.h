/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the commands on whole stores share: which store is meant, how far they have come, and how
 * Ctrl-C ends them.
 */
#pragma once

#include "ms-commands.h"
#include "ms-progress.h"

G_BEGIN_DECLS

/* Refuses one with a password in it: others see the command line. %G_OPTION_ERROR, as of what is
 * called wrongly. */
gboolean ms_command_check_address (const char *word, GError **error);
/* The address of a store given as such, as a folder with settings, as a file, which need not be
 * there, or (@word %NULL) by --data or the usual folder. (transfer full) */
char *ms_command_find_store (const char *word, const char *data, GError **error);

/**
 * MsCommandWatch: progress on a terminal, and SIGINT and SIGTERM as a cancellation
 */
typedef struct
{
  MsProgress    progress;
  GCancellable *cancellable;
  gboolean      shown;
  gint64        last;
} MsCommandWatch;

void ms_command_watch_begin (MsCommandWatch *self);
void ms_command_watch_end (MsCommandWatch *self);

G_END_DECLS
