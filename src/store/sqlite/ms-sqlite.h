/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The SQLite driver: a store in one file, for one daemon.
 */
#pragma once

#include "../ms-sql.h"

G_BEGIN_DECLS

extern const MsSqlDriver ms_sqlite_driver;

/* An empty database in memory, on which migrations can run. (transfer full) (nullable) */
MsSql *ms_sqlite_open_model (GError **error) G_GNUC_WARN_UNUSED_RESULT;
void   ms_sqlite_close_model (MsSql *model);

/* Whether @path is a database of the size that it says it has: all that can be told of it without
 * reading it. */
gboolean ms_sqlite_looks_whole (const char *path);

G_END_DECLS
