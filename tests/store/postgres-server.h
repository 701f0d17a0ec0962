/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A private PostgreSQL for a test program, started by tests/postgres when first asked for and gone
 * with the process, however it ends.
 */
#pragma once

#include <glib.h>

/* Address of a store on it. */
const char *postgres_server_get_uri (void);
/* As production has it: with fsync. Before the first use. */
void postgres_server_make_durable (void);
/* All of it at once with SIGKILL, and up again. */
void postgres_server_kill (void);
void postgres_server_start (void);
/* Whether it runs in this process already. */
gboolean postgres_server_is_started (void);

/* Removes the store, and whatever else has its name. */
void postgres_server_clear (void);
/* One or more statements with the rights of the store's role. */
void postgres_server_run_sql (const char *text);
/* (transfer full) (nullable): the first column of the first row */
char *postgres_server_ask (const char *text);
/* (transfer full) (nullable): why it was refused */
char *postgres_server_try_sql (const char *text);
