/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the database itself refuses, whoever writes to it.
 */
#pragma once

#include "ms-sql.h"

G_BEGIN_DECLS

/* Makes the rules, in the transaction of a migration. */
gboolean ms_integrity_create (MsSql *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
