/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Folders of tests: made when one is needed, and gone with all that is in them when it is over.
 */
#pragma once

#include <glib.h>

/* (transfer full): a new, empty folder */
char *test_folder_new (void);
/* With all that is in it; the test fails where something stays. Returns how many files it was. */
guint test_folder_remove (const char *folder);
