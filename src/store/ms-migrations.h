/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of a store, as numbered steps that go forward only, each in one transaction.
 */
#pragma once

#include "ms-sql.h"

G_BEGIN_DECLS

/* Brings the store to the version that this program knows, which is then its database's; with
 * @may_write %FALSE only looks whether it is. Fails on a newer one, and on an older one that may
 * not be written. */
gboolean
ms_migrations_run (MsSql *sql, gboolean may_write, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The version that this program knows. */
int ms_migrations_get_last (void);
/* Makes a store of an older version in what is empty, for the tests of what becomes of it. */
gboolean ms_migrations_run_to (MsSql *sql, int version, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
