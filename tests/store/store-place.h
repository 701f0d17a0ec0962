/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where tests put their stores, for each driver: a file in a folder, or the private PostgreSQL of
 * the test program.
 */
#pragma once

#include <glib.h>

/* Drivers to test with, ended by %NULL: "sqlite", and "postgresql" where it was built. */
extern const char *const store_place_drivers[];

/* What MS_TEST_DRIVER says, or "sqlite". */
const char *store_place_get_driver (void);
/* (transfer full): address of a store that is not there yet; what @folder had before is removed. On
 * PostgreSQL it is a database of its own, which lasts as long as the folder. */
char *store_place_new (const char *driver, const char *folder);
/* Statements past the store, on a connection of their own. */
void store_place_run_sql (const char *driver, const char *folder, const char *text);
/* With all rights that the database can give. */
void store_place_run_sql_as_superuser (const char *driver, const char *folder, const char *text);
/* (transfer full) (nullable): the first column of the first row */
char *store_place_ask (const char *driver, const char *folder, const char *text);
/* As store_place_run_sql(), of what may be refused. (transfer full) (nullable): what was said */
char *store_place_try_sql (const char *driver, const char *folder, const char *text);
/* Takes away the rules by which the database refuses what contradicts itself, for tests of those
 * who find it. */
void store_place_lift_rules (const char *driver, const char *folder);
