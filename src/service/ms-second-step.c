/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a user's second step consists of: the shared secret, the last time step that a code of was
 * used, and hashes of the recovery codes that are left, parted by blanks. The step moves with every
 * log-on and makes no change set; a recovery code that was used does.
 */
#include "ms-second-step.h"

#include "ms-error.h"
#include "ms-own-sessions.h"
#include "ms-settings.h"
#include "ms-totp.h"
#include "ms-txn.h"

char *
ms_second_step_get_secret (MsTxn *txn, const char *user_id, GError **error)
{
  return ms_txn_get_secret (txn, user_id, MS_SECRET_TOTP, error);
}

gboolean
ms_second_step_get_required (MsTxn *txn, MsObject *user, gboolean *required, GError **error)
{
  guint  roles = 0;
  MsRole role = ms_role_from_string (ms_object_get_string (user, MS_URN_EXT_USER ":role"));

  if (!ms_settings_get_roles (txn, MS_SETTING_TOTP_ROLES, &roles, error))
    return FALSE;
  *required = (roles & (1u << role)) != 0;
  return TRUE;
}

gboolean
ms_second_step_must_enrol (MsTxn *txn, MsObject *user, gboolean *must, GError **error)
{
  g_autoptr (GError) failed = NULL;
  gboolean required = FALSE;

  *must = FALSE;
  if (!ms_second_step_get_required (txn, user, &required, error))
    return FALSE;
  if (!required)
    return TRUE;
  g_autofree char *secret = ms_second_step_get_secret (txn, ms_object_get_id (user), &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  *must = secret == NULL;
  ms_totp_free_code (g_steal_pointer (&secret));
  return TRUE;
}

gboolean
ms_second_step_refuse (const char *code, GError **error)
{
  gboolean is_missing = *code == '\0';

  ms_error_set (error,
                MS_ERROR_UNAUTHENTICATED,
                NULL,
                is_missing ? NULL : "code",
                is_missing ? "This account logs on in two steps: a code is wanted too"
                           : "The code is wrong, or was used already");
  if (error != NULL)
    ms_error_set_details (*error, MS_SECOND_STEP_CODE);
  return FALSE;
}

/* Without the one with @hash. (transfer full) (nullable): it is not among them */
static char *
take_hash (const char *hashes, const char *hash)
{
  g_auto (GStrv) list = g_strsplit (hashes, " ", -1);
  g_autoptr (GStrvBuilder) left = g_strv_builder_new ();
  gboolean found = FALSE;

  for (guint i = 0; list[i] != NULL; i++)
    if (g_str_equal (list[i], hash))
      found = TRUE;
    else if (*list[i] != '\0')
      g_strv_builder_add (left, list[i]);
  g_auto (GStrv) rest = g_strv_builder_end (left);
  return found ? g_strjoinv (" ", rest) : NULL;
}

static gboolean
use_recovery_code (MsService *service, MsTxn *txn, MsObject *user, const char *code, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autofree char *hashes
      = ms_txn_get_secret (txn, ms_object_get_id (user), MS_SECRET_RECOVERY, &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  g_autofree char *hash = ms_totp_hash_recovery_code (code);
  g_autofree char *left = hashes != NULL ? take_hash (hashes, hash) : NULL;
  if (left == NULL)
    return ms_second_step_refuse (code, error);
  if (service->own_sessions == NULL)
    return ms_txn_set_secret (txn, user, MS_SECRET_RECOVERY, left, error);
  ms_error_set (error,
                MS_ERROR_UNAVAILABLE,
                NULL,
                "code",
                "Recovery codes cannot be used while the store is open for reading only");
  return FALSE;
}

gboolean
ms_second_step_use_code (
    MsService *service, MsTxn *txn, MsObject *user, const char *code, GError **error)
{
  g_autoptr (GError) failed = NULL;
  const char *id = ms_object_get_id (user);

  if (ms_totp_is_recovery_code (code))
    return use_recovery_code (service, txn, user, code, error);
  g_autofree char *secret = ms_second_step_get_secret (txn, id, &failed);
  g_autofree char *last
      = failed == NULL ? ms_txn_get_secret (txn, id, MS_SECRET_TOTP_STEP, &failed) : NULL;
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  gint64 last_step = last != NULL ? g_ascii_strtoll (last, NULL, 10) : 0;
  gint64 step = secret == NULL
                    ? 0
                    : ms_totp_find_step (secret, code, ms_service_get_time (service), last_step);
  ms_totp_free_code (g_steal_pointer (&secret));
  if (step == 0)
    return ms_second_step_refuse (code, error);
  if (service->own_sessions != NULL)
    return ms_own_sessions_take_step (service->own_sessions, id, step)
           || ms_second_step_refuse (code, error);
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, step);
  return ms_txn_keep_secret (txn, id, MS_SECRET_TOTP_STEP, text, error);
}

gboolean
ms_second_step_clear (MsWrite *write, MsObject *user, GError **error)
{
  const char *id = ms_object_get_id (user);

  if (!ms_txn_keep_secret (write->txn, id, MS_SECRET_TOTP_PENDING, NULL, error)
      || !ms_txn_keep_secret (write->txn, id, MS_SECRET_TOTP_STEP, NULL, error)
      || !ms_txn_set_secret (write->txn, user, MS_SECRET_TOTP, NULL, error)
      || !ms_txn_set_secret (write->txn, user, MS_SECRET_RECOVERY, NULL, error))
    return FALSE;
  ms_write_note_user (write, id);
  return TRUE;
}
