/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The PostgreSQL driver: a store in the schema "mailstead" of a database, for several daemons.
 */
#pragma once

#include "../ms-sql.h"

G_BEGIN_DECLS

extern const MsSqlDriver ms_postgres_driver;

G_END_DECLS
