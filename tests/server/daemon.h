/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadd as a process, with a folder of its own. The program is named by the environment
 * variable MAILSTEADD.
 */
#pragma once

#include <glib.h>
#include "wire.h"

G_BEGIN_DECLS

typedef struct
{
  char *directory;
  char *password;
  char *fingerprint;
  GPid  pid;
  guint port;
  int   output;
  char *token;
} Daemon;

/* Runs a command to its end. (transfer full): what it said on both channels */
char *daemon_run (int *exit_code, const char *first, ...) G_GNUC_NULL_TERMINATED;
/* (transfer full): the word that stands after @name */
char *daemon_find_line (const char *text, const char *name);
/* mailsteadd init in a new folder */
void daemon_init (Daemon *d);
/* The same with the store elsewhere. */
void daemon_init_at (Daemon *d, const char *store);
/* One more server on the store of @first, at @store. */
void daemon_join (Daemon *d, const Daemon *first, const char *store);
/* Until it listens. */
void daemon_start (Daemon *d);
/* @option: (nullable): of mailsteadd run */
void daemon_start_with (Daemon *d, const char *option);
WireReply      *
daemon_request (Daemon *d, Wire *wire, const char *method, const char *path, const char *body);
void daemon_log_on (Daemon *d);
/* The exit code, or 128 and the signal. */
int daemon_wait (Daemon *d);
/* Stops it where it runs, and removes its folder. */
void daemon_clear (Daemon *d);

G_END_DECLS
