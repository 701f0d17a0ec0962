/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Settings of the store that administrators change while it runs, by one table. They are the same
 * for every daemon on the store, unlike those of mailsteadd.conf.
 */
#pragma once

#include "ms-apply.h"

G_BEGIN_DECLS

#define MS_SETTING_BIN_RETENTION "bin-retention-days"
#define MS_SETTING_SEAT_LIMIT "seat-limit"
#define MS_SETTING_EXTENDED_SEATS "extended-seats"
#define MS_SETTING_TOTP_ROLES "totp-roles"

/* What holds: as set, or the default. @is_set: (out) (optional): %FALSE where it is neither */
gboolean ms_settings_get (MsTxn      *txn,
                          const char *name,
                          gint64     *value,
                          gboolean   *is_set,
                          GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of one that is a set of roles: a bit each, 1 << MsRole. */
gboolean ms_settings_get_roles (MsTxn *txn, const char *name, guint *roles, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* {"name": number, [role…] or null, …}: null puts the default back. */
gboolean
ms_verb_settings (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error);
/* Puts back what @change of a setting in the change set @sequence did, or says in @refused why not.
 * @undone: (inout): counts up */
gboolean ms_settings_undo (MsWrite        *write,
                           gint64          sequence,
                           const MsChange *change,
                           JsonArray      *refused,
                           gint64         *undone,
                           GError        **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
