/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A private PostgreSQL for a test program, started by tests/postgres when first asked for and gone
 * with the process, however it ends.
 */
#pragma once

#include <glib.h>

/* As production has it: with fsync. Before the first use. */
void postgres_server_make_durable (void);
/* All of it at once with SIGKILL, and up again. */
void postgres_server_kill (void);
void postgres_server_start (void);
/* Whether it runs in this process already. */
gboolean postgres_server_is_started (void);

/* (transfer full): address of a database of its own for the store of @folder, empty. It stays that
 * of the folder; once the folder is gone, another may get it. */
char *postgres_server_new_place (const char *folder);
/* (transfer full): that of @folder as it is */
char *postgres_server_get_place (const char *folder);
/* (transfer full): the same with the rights of the server's superuser */
char *postgres_server_get_place_as_superuser (const char *folder);

/* Removes the store at @uri, and whatever else has its name. */
void postgres_server_clear (const char *uri);
/* One or more statements with the rights of the store's role, in the database of @uri. */
void postgres_server_run_sql (const char *uri, const char *text);
/* (transfer full) (nullable): the first column of the first row */
char *postgres_server_ask (const char *uri, const char *text);
/* (transfer full) (nullable): why it was refused */
char *postgres_server_try_sql (const char *uri, const char *text);
