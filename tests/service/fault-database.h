/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The part of fault-place.c for a store in PostgreSQL: beside it lies a copy of its tables. To
 * bring it back, rows that differ are exchanged: nearly all are as they were, so that this takes a
 * fraction of what a new database would.
 */
#pragma once

#include <glib.h>

void        fault_database_set_up (const char *folder);
void        fault_database_tear_down (void);
const char *fault_database_get_location (void);
void        fault_database_keep (void);
void        fault_database_bring_back (void);
char       *fault_database_sum (void);
