/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A store with something in every table, and what is asked of another one that came from it.
 */
#pragma once

#include "store-fixture.h"

#define WHOLE_USERS 40

/* A file in the fixture's folder, and the URI of a store in it. (transfer full) */
char *whole_path (Fixture *fixture, const char *name);
char *whole_uri (const char *path);
void  whole_fill (Fixture *fixture);
char *whole_digest (MsStore *store);
/* Sound, its rules too. (transfer full) */
MsStore *whole_open_sound (Fixture *fixture, const char *uri, MsStoreFlags flags);
void     whole_assert_absent (const char *path, const char *ending);
/* Removes a store's files, those that there are. */
void whole_forget (const char *path);
