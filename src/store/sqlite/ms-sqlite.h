/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The SQLite driver: a store in one file, for one daemon.
 */
#pragma once

#include "../ms-sql.h"

G_BEGIN_DECLS

extern const MsSqlDriver ms_sqlite_driver;

G_END_DECLS
