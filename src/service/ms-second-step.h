/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The second step at log-on of one user, inside a transaction: whether it is on, and using a code
 * up. A code counts once: that its step is later than the last one is looked at and noted in the
 * transaction that lets the user in.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/* What of it the store keeps with the user, each a secret (ms_txn_set_secret()). */
#define MS_SECRET_TOTP "totp"
#define MS_SECRET_TOTP_STEP "totpStep"
#define MS_SECRET_TOTP_PENDING "totpPending"
#define MS_SECRET_RECOVERY "recoveryCodes"

/* Members of an error that say what is wanted. */
#define MS_SECOND_STEP_CODE "{\"secondStep\":\"totp\"}"
#define MS_SECOND_STEP_ENROL "{\"secondStep\":\"enrol\"}"

/* (transfer full) (nullable): %NULL where it is off, or with @error. */
char *ms_second_step_get_secret (MsTxn *txn, const char *user_id, GError **error);
/* Whether the user's role must have it. */
gboolean ms_second_step_get_required (MsTxn    *txn,
                                      MsObject *user,
                                      gboolean *required,
                                      GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the user must set it up before anything else: its role must have it, and it is off. */
gboolean ms_second_step_must_enrol (MsTxn *txn, MsObject *user, gboolean *must, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Uses @code (cleaned) up, which may be a recovery code, or fails with %MS_ERROR_UNAUTHENTICATED,
 * path "code". On a store that is open for reading only the service keeps in mind what was used. */
gboolean ms_second_step_use_code (MsService  *service,
                                  MsTxn      *txn,
                                  MsObject   *user,
                                  const char *code,
                                  GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes all of it from the user, if there is any. */
gboolean
ms_second_step_clear (MsWrite *write, MsObject *user, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Sets @error, which says that a code is wanted, or that the given one is wrong. Always %FALSE */
gboolean ms_second_step_refuse (const char *code, GError **error);

G_END_DECLS
