/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Setting up the second step of logging on, and taking it away: by its owner, who must know the
 * password, and show that the codes are right; by an administrator, for whoever lost what makes
 * them. A secret that was handed out counts only once it was confirmed. No session ends.
 */
#include "ms-second-step.h"

#include <string.h>

#include "ms-back-off.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-password.h"
#include "ms-text.h"
#include "ms-totp.h"
#include "ms-txn.h"

/* How long a secret waits for being confirmed. */
#define PENDING_FOR (15 * G_TIME_SPAN_MINUTE)

typedef struct
{
  MsService     *service;
  const MsActor *actor;
  const char    *user_id;
  const char    *code; /* (nullable) */
  const char    *secret;
  GString       *out; /* (nullable) */
  MsWrite        write;
  char          *hash;
} StepCall;

/* Reading ----------------------------------------------------------------------------------- */

static gboolean
append_state (MsTxn *txn, StepCall *call, GError **error)
{
  g_autoptr (GError) failed = NULL;
  char            *secret = ms_second_step_get_secret (txn, call->user_id, &failed);
  gboolean         is_on = secret != NULL;
  g_autofree char *codes
      = failed == NULL ? ms_txn_get_secret (txn, call->user_id, MS_SECRET_RECOVERY, &failed) : NULL;

  ms_totp_free_code (secret);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  g_auto (GStrv) list = g_strsplit (codes != NULL ? codes : "", " ", -1);
  g_string_append_printf (call->out, "{\"on\":%s", is_on ? "true" : "false");
  if (is_on)
    g_string_append_printf (call->out, ",\"recoveryCodes\":%u", g_strv_length (list));
  return TRUE;
}

static gboolean
describe_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  StepCall *call = user_data;
  gboolean  required = FALSE;
  g_autoptr (MsObject) user
             = ms_txn_get_object (txn, call->service->types.user, call->user_id, error);

  if (user == NULL || !append_state (txn, call, error)
      || !ms_second_step_get_required (txn, user, &required, error))
    return FALSE;
  g_string_append_printf (call->out, ",\"required\":%s}", required ? "true" : "false");
  return TRUE;
}

static gboolean
describe (MsService *self, const MsActor *actor, const char *user_id, GString *out, GError **error)
{
  StepCall call = { .service = self, .actor = actor, .user_id = user_id, .out = out };
  gsize    start = out->len;

  if (ms_store_read (self->store, describe_in_txn, &call, NULL, error))
    return TRUE;
  g_string_truncate (out, start);
  return FALSE;
}

/* Whoever holds a token that a machine was given must not lock its owner out. */
static gboolean
check_own (const MsActor *actor, GError **error)
{
  if (!ms_policy_check (actor, MS_POLICY_OWN_SECOND_STEP, NULL, NULL, NULL, error))
    return FALSE;
  if (actor->user_id != NULL && !actor->by_token)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                NULL,
                "The second step is set up by who logged on, not with an API token");
  return FALSE;
}

gboolean
ms_service_get_second_step (MsService *self, const MsActor *actor, GString *out, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && out != NULL, FALSE);

  return check_own (actor, error) && describe (self, actor, actor->user_id, out, error);
}

gboolean
ms_service_show_second_step (
    MsService *self, const MsActor *actor, const char *user_id, GString *out, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && user_id != NULL && out != NULL, FALSE);

  return ms_policy_check (actor, MS_POLICY_READ, self->types.user, NULL, NULL, error)
         && describe (self, actor, user_id, out, error);
}

/* Setting it up ----------------------------------------------------------------------------- */

static gboolean
run (StepCall *call, const char *verb, MsTxnFunc func, gint64 *sequence, GError **error)
{
  MsChangeContext context = ms_service_get_context (call->actor, verb);

  ms_write_init (&call->write, call->service, call->actor, NULL);
  gboolean done = ms_store_write (call->service->store, &context, func, call, sequence, error);
  ms_write_clear (&call->write);
  return done;
}

/* Whether it is on, as it should be, or off. */
static gboolean
check_is (MsTxn *txn, const char *user_id, gboolean on, GError **error)
{
  g_autoptr (GError) failed = NULL;
  char    *secret = ms_second_step_get_secret (txn, user_id, &failed);
  gboolean is_on = secret != NULL;

  ms_totp_free_code (secret);
  if (failed != NULL)
    g_propagate_error (error, g_steal_pointer (&failed));
  else if (is_on == on)
    return TRUE;
  else
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  NULL,
                  NULL,
                  "%s",
                  is_on ? "This account logs on in two steps already; remove that first"
                        : "This account does not log on in two steps");
  return FALSE;
}

/* Whose session it is ---------------------------------------------------------------------- */

static gboolean
read_hash (MsTxn *txn, gpointer user_data, GError **error)
{
  g_autoptr (GError) failed = NULL;
  StepCall *call = user_data;

  call->hash = ms_txn_get_secret (txn, call->user_id, "password", &failed);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

/* In the transaction that @password allows: it may have been changed while it was hashed. */
static gboolean
check_hash (MsTxn *txn, StepCall *call, GError **error)
{
  StepCall now = { .user_id = call->user_id };

  if (!read_hash (txn, &now, error))
    return FALSE;
  gboolean is_same = g_strcmp0 (now.hash, call->hash) == 0;
  ms_totp_free_code (now.hash);
  if (!is_same)
    ms_error_set (
        error, MS_ERROR_DENIED, NULL, "password", "The password was changed in this moment");
  return is_same;
}

/* As for logging on: who holds a session must not be able to find out password or code by trying.
 */
static gboolean
prove_and_run (StepCall   *call,
               const char *password,
               const char *peer,
               const char *verb,
               MsTxnFunc   func,
               gint64     *sequence,
               GError    **error)
{
  MsService       *self = call->service;
  g_autofree char *key = ms_text_key (call->actor->user_name, FALSE);
  gint64           now = ms_service_get_time (self);
  guint            wait = ms_back_off_begin (self->back_off, key, peer, now);

  if (wait > 0)
    {
      gboolean         settled = ms_back_off_is_settled (self->back_off, key, peer, now);
      g_autofree char *details = g_strdup_printf ("{\"retryAfter\":%u}", wait);
      ms_error_set (error,
                    MS_ERROR_LIMIT,
                    NULL,
                    NULL,
                    "%s; try again in %u seconds",
                    settled ? "Too many wrong passwords or codes"
                            : "Others are logging on to this account at the moment",
                    wait);
      if (error != NULL)
        ms_error_set_details (*error, details);
      return FALSE;
    }
  g_autoptr (GError) failed = NULL;
  if (!ms_store_read (self->store, read_hash, call, NULL, &failed))
    {
      ms_back_off_cancel (self->back_off, key, peer);
    }
  else if (!ms_password_verify (password, call->hash, NULL))
    {
      ms_back_off_failed (self->back_off, key, peer);
      ms_service_announce_log_on (self, TRUE, key, peer);
      /* Not 401: the session is good. */
      ms_error_set (&failed, MS_ERROR_DENIED, NULL, "password", "The password is wrong");
    }
  else if (run (call, verb, func, sequence, &failed))
    {
      (void) ms_back_off_succeeded (self->back_off, key, peer);
      return TRUE;
    }
  else if (g_error_matches (failed, MS_ERROR, MS_ERROR_UNAUTHENTICATED))
    {
      ms_back_off_failed (self->back_off, key, peer);
      ms_service_announce_log_on (self, TRUE, key, peer);
      g_clear_error (&failed);
      ms_error_set (
          &failed, MS_ERROR_DENIED, NULL, "code", "The code is wrong, or was used already");
    }
  else
    {
      ms_back_off_cancel (self->back_off, key, peer);
    }
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

/* %FALSE: longer than any password or code, which are not looked at then. */
static gboolean
check_lengths (const char *password, const char *code, GError **error)
{
  if (strlen (password) > MS_PASSWORD_MAX)
    ms_error_set (error, MS_ERROR_DENIED, NULL, "password", "The password is wrong");
  else if (strlen (code) > MS_TOTP_CODE_MAX)
    ms_error_set (error, MS_ERROR_INVALID, "invalidValue", "code", "No code is as long as that");
  else
    return TRUE;
  return FALSE;
}

static gboolean
start_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  StepCall        *call = user_data;
  g_autofree char *pending = g_strdup_printf (
      "%s %" G_GINT64_FORMAT, call->secret, ms_service_get_time (call->service) + PENDING_FOR);

  return check_is (txn, call->user_id, FALSE, error)
         && ms_txn_keep_secret (txn, call->user_id, MS_SECRET_TOTP_PENDING, pending, error);
}

gboolean
ms_service_start_second_step (MsService *self, const MsActor *actor, GString *out, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && out != NULL, FALSE);

  if (!check_own (actor, error))
    return FALSE;
  char    *secret = ms_totp_new_secret ();
  StepCall call = { .service = self, .actor = actor, .user_id = actor->user_id, .secret = secret };
  gboolean done = run (&call, "totp-enrol", start_in_txn, NULL, error);
  if (done)
    {
      g_autofree char *issuer = g_strconcat ("Mailstead ", self->host_name, NULL);
      char            *uri = ms_totp_make_uri (secret, issuer, actor->user_name);
      g_string_append_printf (out, "{\"secret\":\"%s\",\"uri\":", secret);
      ms_json_append_string (out, uri);
      g_string_append_printf (out, ",\"digits\":%d,\"period\":%d}", MS_TOTP_DIGITS, MS_TOTP_PERIOD);
      ms_totp_free_code (uri);
    }
  ms_totp_free_code (secret);
  return done;
}

/* (transfer full) (nullable) */
static char *
get_pending (StepCall *call, MsTxn *txn, GError **error)
{
  g_autoptr (GError) failed = NULL;
  char *pending = ms_txn_get_secret (txn, call->user_id, MS_SECRET_TOTP_PENDING, &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return NULL;
    }
  char *until = pending != NULL ? strchr (pending, ' ') : NULL;
  if (until != NULL && g_ascii_strtoll (until, NULL, 10) > ms_service_get_time (call->service))
    {
      *until = '\0';
      return pending;
    }
  ms_totp_free_code (pending);
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                NULL,
                "No second step is being set up, or that was begun too long ago; begin again");
  return NULL;
}

/* Appends the codes to the answer. (transfer full): what is kept of them */
static char *
make_recovery_codes (GString *out)
{
  GString *kept = g_string_new (NULL);

  g_string_append (out, "{\"recoveryCodes\":[");
  for (guint i = 0; i < MS_TOTP_RECOVERY_CODES; i++)
    {
      char            *code = ms_totp_new_recovery_code ();
      char            *clean = ms_totp_clean_code (code);
      g_autofree char *hash = ms_totp_hash_recovery_code (clean);
      g_string_append_printf (out, "%s\"%s\"", i > 0 ? "," : "", code);
      g_string_append_printf (kept, "%s%s", i > 0 ? " " : "", hash);
      ms_totp_free_code (code);
      ms_totp_free_code (clean);
    }
  g_string_append (out, "]}");
  return g_string_free (kept, FALSE);
}

static gboolean
turn_on (StepCall *call, MsTxn *txn, const char *secret, gint64 step, GError **error)
{
  g_autofree char *last = g_strdup_printf ("%" G_GINT64_FORMAT, step);
  g_autoptr (MsObject) user
             = ms_txn_get_object (txn, call->service->types.user, call->user_id, error);

  if (user == NULL)
    return FALSE;
  g_string_truncate (call->out, 0);
  g_autofree char *kept = make_recovery_codes (call->out);
  return ms_txn_keep_secret (txn, call->user_id, MS_SECRET_TOTP_PENDING, NULL, error)
         && ms_txn_keep_secret (txn, call->user_id, MS_SECRET_TOTP_STEP, last, error)
         && ms_txn_set_secret (txn, user, MS_SECRET_TOTP, secret, error)
         && ms_txn_set_secret (txn, user, MS_SECRET_RECOVERY, kept, error);
}

static gboolean
confirm_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  StepCall *call = user_data;
  gboolean  done = FALSE;

  call->write.txn = txn;
  if (!check_hash (txn, call, error) || !check_is (txn, call->user_id, FALSE, error))
    return FALSE;
  char *secret = get_pending (call, txn, error);
  if (secret == NULL)
    return FALSE;
  gint64 step = ms_totp_find_step (secret, call->code, ms_service_get_time (call->service), 0);
  if (step == 0)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  "invalidValue",
                  "code",
                  "The code is not the one of this moment; the clocks of server and authenticator"
                  " must agree within half a minute");
  else
    done = turn_on (call, txn, secret, step, error);
  ms_totp_free_code (secret);
  if (done)
    ms_write_note_user (&call->write, call->user_id);
  return done;
}

gboolean
ms_service_confirm_second_step (MsService     *self,
                                const MsActor *actor,
                                const char    *password,
                                const char    *code,
                                const char    *peer,
                                GString       *out,
                                gint64        *sequence,
                                GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && out != NULL, FALSE);
  g_return_val_if_fail (password != NULL && code != NULL, FALSE);

  /* Whoever has stolen a session must not shut its owner out with codes of their own. */
  if (!check_own (actor, error) || !check_lengths (password, code, error))
    return FALSE;
  char    *clean = ms_totp_clean_code (code);
  StepCall call
      = { .service = self, .actor = actor, .user_id = actor->user_id, .code = clean, .out = out };
  gboolean done = prove_and_run (
      &call, password, peer != NULL ? peer : "", "totp-enrol", confirm_in_txn, sequence, error);
  ms_service_try_log_ons (self);
  ms_totp_free_code (clean);
  ms_totp_free_code (call.hash);
  return done;
}

/* Taking it away ---------------------------------------------------------------------------- */

static gboolean
clear_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  StepCall *call = user_data;

  call->write.txn = txn;
  g_autoptr (MsObject) user
             = ms_txn_get_object (txn, call->service->types.user, call->user_id, error);
  return user != NULL && (call->code == NULL || check_hash (txn, call, error))
         && check_is (txn, call->user_id, TRUE, error)
         && (call->code == NULL
             || ms_second_step_use_code (call->service, txn, user, call->code, error))
         && ms_second_step_clear (&call->write, user, error);
}

gboolean
ms_service_remove_second_step (MsService     *self,
                               const MsActor *actor,
                               const char    *password,
                               const char    *code,
                               const char    *peer,
                               gint64        *sequence,
                               GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && password != NULL && code != NULL, FALSE);

  if (!check_own (actor, error) || !check_lengths (password, code, error))
    return FALSE;
  char    *clean = ms_totp_clean_code (code);
  StepCall call = { .service = self, .actor = actor, .user_id = actor->user_id, .code = clean };
  gboolean done = prove_and_run (
      &call, password, peer != NULL ? peer : "", "totp-remove", clear_in_txn, sequence, error);
  ms_service_try_log_ons (self);
  ms_totp_free_code (clean);
  ms_totp_free_code (call.hash);
  return done;
}

gboolean
ms_service_clear_second_step (
    MsService *self, const MsActor *actor, const char *user_id, gint64 *sequence, GError **error)
{
  StepCall call = { .service = self, .actor = actor, .user_id = user_id };

  g_return_val_if_fail (MS_IS_SERVICE (self) && user_id != NULL, FALSE);
  if (!ms_policy_check (actor, MS_POLICY_CLEAR_SECOND_STEP, self->types.user, NULL, NULL, error))
    return FALSE;
  if (g_strcmp0 (actor->user_id, user_id) == 0)
    {
      ms_error_set (error,
                    MS_ERROR_DENIED,
                    NULL,
                    NULL,
                    "One's own second step is removed with password and code"
                    " (POST /api/v1/session/totp/remove)");
      return FALSE;
    }
  return run (&call, "totp-remove", clear_in_txn, sequence, error);
}
