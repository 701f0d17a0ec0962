/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is remembered of a file for those who look at its import, without the passwords in it.
 */
#pragma once

#include "ms-import.h"

G_BEGIN_DECLS

/* Hides what stands in columns of passwords: those that were guessed, and those that somebody said
 * are. Of an import that is done no records are shown at all. Whether there was anything. */
gboolean ms_import_hide_passwords (MsImport *self);
/* The same for all imports in the store, for those that an earlier version left there. */
gboolean ms_import_hide_all (MsService *service, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
