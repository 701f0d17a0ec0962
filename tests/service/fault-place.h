/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the store of test-faults.c is, on either driver, and how it is brought back to what it was,
 * which happens so often that it must take no time.
 */
#pragma once

#include <glib.h>

/* Of MS_TEST_DRIVER. @folder: borrowed for good */
void fault_place_set_up (const char *folder);
void fault_place_tear_down (void);
/* (transfer full): by which it is opened */
char *fault_place_dup_uri (void);
/* What is there now, while nobody has it open, is what it is brought back to from now on. */
void fault_place_keep (void);
/* Likewise while nobody has it open. */
void fault_place_bring_back (void);
/* (transfer full): all that is there, or a sum of it; where it is the same, nothing has changed */
GBytes *fault_place_read (void);

/* (transfer full): of another store, which is not there yet, made for a case that writes one */
char    *fault_place_new_target (void);
gboolean fault_place_has_target (void);
/* In the end. */
void fault_place_remove_target (void);
