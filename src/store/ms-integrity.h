/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the database itself refuses, whoever writes to it.
 */
#pragma once

#include "ms-sql.h"

G_BEGIN_DECLS

/* Makes the rules, in the transaction of a migration. */
gboolean ms_integrity_create (MsSql *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Adds a text to @problems for each rule that is missing, switched off or not as it should be,
 * and for each trigger or the like that is not ours, and for each identity that would give a
 * number that is in use. */
gboolean
ms_integrity_check (MsSql *sql, MsProblems *problems, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes those rules again and sets those identities right, in a transaction of its own, and adds
 * the texts to @mended. */
gboolean
ms_integrity_mend (MsSql *sql, GPtrArray *mended, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Rules say what may happen from one state to the next, and a copy has no states between: what an
 * earlier attempt has left there goes whatever it is, and what lies in the bin comes with its
 * secrets. Both within the transaction that fills the copy, which compares all of it afterwards. */
gboolean ms_integrity_relax (MsSql *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_integrity_tighten (MsSql *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
