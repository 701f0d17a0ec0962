/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Use cases of outside directories for the fault suite; the directory itself has no faults here.
 */
#pragma once

#include "service-fixture.h"

/* After a service was made. */
void fault_directory_use (Fixture *f);
/* One that was run, and whose people have changed since. (transfer full): its id */
char *fault_directory_make (Fixture *f);

gboolean fault_directory_create (Fixture *f, GError **error);
gboolean fault_directory_update (Fixture *f, const char *id, GError **error);
gboolean fault_directory_delete (Fixture *f, const char *id, GError **error);
gboolean fault_directory_read (Fixture *f, const char *id, GString *answer, GError **error);
gboolean fault_directory_cancel (Fixture *f, const char *id, GError **error);
/* Begun, and waited for. %TRUE in @is_stuck: its end did not get into the store */
gboolean fault_directory_run (
    Fixture *f, const char *id, gboolean rehearse, gboolean *is_stuck, GError **error);
/* After another start: what was left behind is marked, and can be run. */
void fault_directory_take_up (Fixture *f, const char *id);
