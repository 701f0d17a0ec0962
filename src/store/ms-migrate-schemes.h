/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The step of the schema that gives every user with a password its passwordScheme, those in the bin
 * too. Nothing else of them changes, neither version nor time, and no change set tells of it: it
 * says what was so before.
 */
#pragma once

#include "ms-sql.h"

G_BEGIN_DECLS

gboolean ms_migrate_schemes (MsSql *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
