/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables, keys and indexes of a store as the migrations make them.
 */
#pragma once

#include "ms-sql.h"

G_BEGIN_DECLS

/* Adds a text to @problems for each table, column, key, reference, index and parameter of the
 * server that is missing or another one than it should be, and for what was added to the store's
 * tables and may refuse rows. What else is there is nobody's business. @readable: (out): all
 * columns are there */
gboolean ms_definitions_check (MsSql *sql, MsProblems *problems, gboolean *readable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
