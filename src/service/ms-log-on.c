/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Logging on: back-off first, then the password on a pool thread (as long for a name that does not
 * exist), then what the account allows, then the code of a second step where it has one, then a
 * session. What was wrong is told only to who knew the password.
 *
 * Hashing takes long, and meanwhile the account may be changed: the transaction that writes the
 * session looks at it again. Where it is no longer what was judged, it is judged anew.
 */
#include "ms-service-private.h"

#include <string.h>

#include "ms-back-off.h"
#include "ms-error.h"
#include "ms-hash-pool.h"
#include "ms-networks.h"
#include "ms-own-sessions.h"
#include "ms-password.h"
#include "ms-second-step.h"
#include "ms-session.h"
#include "ms-text.h"
#include "ms-totp.h"
#include "ms-txn.h"

#define MAX_USER_NAME 256
/* Log-ons that wait for what comes of others. */
#define MAX_WAITING 64
/* How often an account is judged that is another one each time when the session is written. */
#define MAX_TRIES 5

typedef struct
{
  MsService  *service;
  char       *user_name;
  char       *key;
  char       *password;
  char       *code; /* cleaned; "" = none */
  char       *peer;
  char       *channel;
  MsLogOnFunc done;
  gpointer    user_data;
  GError     *refused; /* before it came to the pool */

  /* What the store knew */
  MsObject *user;
  char     *hash;
  gboolean  has_second_step;
  gboolean  is_outdated; /* that is what it knew, no more */

  /* What came of it */
  MsActor  *actor;
  char     *token;
  MsSession session;
  char     *new_hash;
} LogOn;

static void
log_on_free (LogOn *job)
{
  explicit_bzero (job->password, strlen (job->password));
  g_free (job->password);
  ms_totp_free_code (job->code);
  ms_actor_free (job->actor);
  g_free (job->user_name);
  g_free (job->key);
  g_free (job->peer);
  g_free (job->channel);
  g_free (job->hash);
  g_free (job->new_hash);
  g_free (job->token);
  g_free (job->session.id);
  g_clear_error (&job->refused);
  g_clear_pointer (&job->user, ms_object_unref);
  ms_service_end_work (job->service);
  g_free (job);
}

static void
finish (LogOn *job, const GError *error)
{
  job->done (error == NULL ? job->token : NULL,
             job->actor,
             error == NULL ? job->session.expires : 0,
             error,
             job->user_data);
  log_on_free (job);
}

/* @hash: (out) (nullable) (transfer full): no password */
static gboolean
read_secrets (MsTxn *txn, MsObject *user, char **hash, gboolean *has_second_step, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *has_second_step = FALSE;
  *hash = ms_txn_get_secret (txn, ms_object_get_id (user), "password", &failed);
  if (*hash != NULL && failed == NULL)
    {
      char *secret = ms_second_step_get_secret (txn, ms_object_get_id (user), &failed);
      *has_second_step = secret != NULL;
      ms_totp_free_code (secret);
    }
  if (failed == NULL)
    return TRUE;
  g_clear_pointer (hash, g_free);
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

static gboolean
read_user (MsTxn *txn, gpointer user_data, GError **error)
{
  LogOn *job = user_data;
  g_autoptr (GError) failed = NULL;

  /* Made anew where the transaction, or all of it, is tried again. */
  g_clear_pointer (&job->hash, g_free);
  g_clear_pointer (&job->user, ms_object_unref);
  job->has_second_step = FALSE;
  job->user
      = ms_txn_find_object (txn, job->service->types.user, "userName", job->user_name, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  return job->user == NULL
         || read_secrets (txn, job->user, &job->hash, &job->has_second_step, error);
}

static gboolean
check_account (LogOn *job, MsObject *user, GError **error)
{
  g_autoptr (MsNetworks) networks = ms_networks_new (user);

  if (!ms_session_check_user (user, ms_service_get_time (job->service), NULL, error)
      || !ms_networks_check (networks, job->peer, error))
    return FALSE;
  if (ms_role_from_string (ms_object_get_string (user, MS_URN_EXT_USER ":role")) != MS_ROLE_NONE)
    return TRUE;
  ms_error_set (
      error, MS_ERROR_DENIED, NULL, NULL, "This account has no role, and so may not log on here");
  return FALSE;
}

/* The user of this moment, who may be let in for the same reasons as the one that was judged: by
 * that password, and in as many steps. (transfer full) (nullable) */
static MsObject *
get_judged (MsTxn *txn, LogOn *job, GError **error)
{
  g_autoptr (MsObject) user = NULL;
  g_autofree char *hash = NULL;
  gboolean         has_second_step = FALSE;

  job->is_outdated = FALSE;
  if (!ms_txn_look_up (txn, job->service->types.user, ms_object_get_id (job->user), &user, error)
      || (user != NULL && !read_secrets (txn, user, &hash, &has_second_step, error)))
    return NULL;
  /* Why it is refused is said where it is judged anew. */
  if (user != NULL && g_strcmp0 (hash, job->hash) == 0 && has_second_step == job->has_second_step
      && check_account (job, user, NULL))
    return g_steal_pointer (&user);
  job->is_outdated = TRUE;
  ms_error_set (error,
                MS_ERROR_UNAVAILABLE,
                NULL,
                NULL,
                "This account is being changed; try again in a moment");
  return NULL;
}

/* The code, and who that is then. What is refused here was a wrong code, or the store's fault, or
 * is to be judged anew. (transfer full) (nullable): the user */
static MsObject *
let_in (MsTxn *txn, LogOn *job, GError **error)
{
  /* Made anew where the transaction is tried again. */
  g_clear_pointer (&job->actor, ms_actor_free);
  g_autoptr (MsObject) user = get_judged (txn, job, error);

  if (user == NULL
      || (job->has_second_step
          && !ms_second_step_use_code (job->service, txn, user, job->code, error)))
    return NULL;
  job->actor = ms_session_make_actor (txn, user, &job->session, error);
  return job->actor != NULL ? g_steal_pointer (&user) : NULL;
}

static gboolean
let_in_by_reading (MsTxn *txn, gpointer user_data, GError **error)
{
  g_autoptr (MsObject) user = let_in (txn, user_data, error);

  return user != NULL;
}

static gboolean
write_session (MsTxn *txn, gpointer user_data, GError **error)
{
  LogOn           *job = user_data;
  g_autofree char *token_hash = ms_session_hash_token (job->token);

  g_autoptr (MsObject) user = let_in (txn, job, error);
  return user != NULL && ms_txn_delete_sessions (txn, NULL, error)
         && ms_txn_insert_session (txn, &job->session, token_hash, error)
         && (job->new_hash == NULL
             || ms_txn_set_secret (txn, user, "password", job->new_hash, error));
}

static gboolean
begin_session (LogOn *job, GError **error)
{
  MsChangeContext context = { .actor_name = "system",
                              .channel = "system",
                              .verb = "password",
                              .reason = "Hashed anew at the present cost" };
  gint64          now = ms_service_get_time (job->service);

  if (job->has_second_step && ms_totp_is_recovery_code (job->code))
    context = (MsChangeContext){ .actor_id = ms_object_get_id (job->user),
                                 .actor_name = ms_object_get_label (job->user),
                                 .channel = job->channel,
                                 .verb = "totp-recovery" };
  g_free (job->token);
  g_free (job->session.id);
  job->token = ms_session_new_token ();
  job->session = (MsSession){
    .id = ms_object_new_id (),
    .kind = (char *) "session",
    .name = job->peer,
    .user_id = (char *) ms_object_get_id (job->user),
    .scope = (char *) "all",
    .channel = job->channel,
    .created = now,
    .last_used = now,
    .expires = now + MS_SESSION_IDLE,
  };
  if (job->service->own_sessions != NULL)
    {
      g_autofree char *token_hash = ms_session_hash_token (job->token);
      if (!ms_store_read (job->service->store, let_in_by_reading, job, NULL, error))
        return FALSE;
      ms_own_sessions_add (job->service->own_sessions, &job->session, token_hash);
      return TRUE;
    }
  return ms_store_write (job->service->store, &context, write_session, job, NULL, error);
}

/* The attempt counts as failed, here and at the other daemons. */
static void
fail (LogOn *job, const GError *error)
{
  ms_back_off_failed (job->service->back_off, job->key, job->peer);
  ms_service_try_log_ons (job->service);
  ms_service_announce_log_on (job->service, TRUE, job->key, job->peer);
  finish (job, error);
}

/* Neither failed nor passed: somebody who knows the password must not set the count of wrong codes
 * back by coming without one. */
static void
stop (LogOn *job, const GError *error)
{
  ms_back_off_cancel (job->service->back_off, job->key, job->peer);
  ms_service_try_log_ons (job->service);
  finish (job, error);
}

static void
pass (LogOn *job, const GError *error)
{
  if (ms_back_off_succeeded (job->service->back_off, job->key, job->peer))
    ms_service_announce_log_on (job->service, FALSE, job->key, job->peer);
  ms_service_try_log_ons (job->service);
  finish (job, error);
}

/* Who showed the right password may read what is wrong with the store, also where it let nobody
 * begin. */
static void
name_caller (LogOn *job)
{
  if (job->actor != NULL)
    return;
  job->actor = g_new0 (MsActor, 1);
  job->actor->user_id = g_strdup (ms_object_get_id (job->user));
  job->actor->user_name = g_strdup (ms_object_get_label (job->user));
  job->actor->channel = g_strdup (job->channel);
}

/* %FALSE where the account changed while it was judged; @is_last: it has come to something all the
 * same. */
static gboolean
try_log_on (LogOn *job, gboolean is_last)
{
  g_autoptr (GError) error = NULL;
  gboolean is_old = FALSE;

  if (!ms_store_read (job->service->store, read_user, job, NULL, &error))
    {
      /* Nobody looked at the password. */
      stop (job, error);
      return TRUE;
    }
  if (!ms_password_verify (job->password, job->hash, &is_old))
    {
      ms_error_set (
          &error, MS_ERROR_UNAUTHENTICATED, NULL, NULL, "The user name or the password is wrong");
      fail (job, error);
      return TRUE;
    }
  if (!check_account (job, job->user, &error) || (job->has_second_step && *job->code == '\0'))
    {
      if (error == NULL)
        (void) ms_second_step_refuse (job->code, &error); /* always FALSE */
      if (job->has_second_step)
        stop (job, error);
      else
        pass (job, error);
      return TRUE;
    }
  /* Without a new hash the old one goes on. */
  g_clear_pointer (&job->new_hash, g_free);
  if (is_old && job->service->own_sessions == NULL && !ms_totp_is_recovery_code (job->code))
    job->new_hash = ms_password_hash (job->password, NULL);
  if (begin_session (job, &error))
    pass (job, NULL);
  else if (job->is_outdated && !is_last)
    return FALSE;
  else if (g_error_matches (error, MS_ERROR, MS_ERROR_UNAUTHENTICATED))
    fail (job, error);
  else
    {
      name_caller (job);
      stop (job, error);
    }
  return TRUE;
}

/* On a pool thread. */
static void
run_log_on (gpointer user_data)
{
  LogOn *job = user_data;

  for (guint tries = 1; !try_log_on (job, tries == MAX_TRIES); tries++)
    job->is_outdated = FALSE;
}

static void
reply_refused (gpointer user_data)
{
  LogOn *job = user_data;

  finish (job, job->refused);
}

/* Whether it is worth a look at the back-off at all. */
static gboolean
may_try (LogOn *job, GError **error)
{
  if (g_atomic_int_get (&job->service->is_shut_down))
    {
      ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "The server is shutting down");
      return FALSE;
    }
  if (strlen (job->user_name) > MAX_USER_NAME || strlen (job->password) > MS_PASSWORD_MAX
      || strlen (job->code) > MS_TOTP_CODE_MAX)
    {
      ms_error_set (
          error, MS_ERROR_UNAUTHENTICATED, NULL, NULL, "The user name or the password is wrong");
      return FALSE;
    }
  return TRUE;
}

static void
refuse (LogOn *job, guint wait, const char *why)
{
  g_autofree char *details = g_strdup_printf ("{\"retryAfter\":%u}", wait);

  ms_error_set (
      &job->refused, MS_ERROR_LIMIT, NULL, NULL, "%s; try again in %u seconds", why, wait);
  ms_error_set_details (job->refused, details);
}

typedef enum
{
  BEGUN,
  REFUSED,
  WAITING,
} Beginning;

/* With the lock of those that wait held, so that none of what they wait for ends unseen. */
static Beginning
begin (LogOn *job)
{
  MsBackOff *back_off = job->service->back_off;
  gint64     now = ms_service_get_time (job->service);

  if (!may_try (job, &job->refused))
    return REFUSED;
  guint wait = ms_back_off_begin (back_off, job->key, job->peer, now);
  if (wait > 0 && !ms_back_off_is_settled (back_off, job->key, job->peer, now))
    return WAITING;
  if (wait > 0)
    {
      refuse (job, wait, "Too many wrong passwords");
      return REFUSED;
    }
  if (ms_hash_pool_push (job->service->hash_pool, run_log_on, job, &job->refused))
    return BEGUN;
  ms_back_off_cancel (back_off, job->key, job->peer);
  return REFUSED;
}

/* As many attempts may be under way as may fail; the rest begins when these have come to something.
 * Each of them, however it ends, comes by here. */
void
ms_service_try_log_ons (MsService *service)
{
  GQueue refused = G_QUEUE_INIT;

  g_mutex_lock (&service->log_ons_lock);
  for (GList *link = service->log_ons.head, *next; link != NULL; link = next)
    {
      LogOn    *job = link->data;
      Beginning beginning = begin (job);
      next = link->next;
      if (beginning == WAITING)
        continue;
      g_queue_delete_link (&service->log_ons, link);
      if (beginning == REFUSED)
        g_queue_push_tail (&refused, job);
    }
  g_mutex_unlock (&service->log_ons_lock);
  while (!g_queue_is_empty (&refused))
    ms_hash_pool_push_reply (service->hash_pool, reply_refused, g_queue_pop_head (&refused));
}

void
ms_service_log_on_async (MsService  *self,
                         const char *user_name,
                         const char *password,
                         const char *code,
                         const char *peer,
                         const char *channel,
                         MsLogOnFunc done_func,
                         gpointer    user_data)
{
  g_return_if_fail (MS_IS_SERVICE (self));
  g_return_if_fail (user_name != NULL && password != NULL && done_func != NULL);

  LogOn *job = g_new0 (LogOn, 1);
  job->service = ms_service_begin_work (self);
  job->user_name = g_strdup (user_name);
  job->key = ms_text_key (user_name, FALSE);
  job->password = g_strdup (password);
  job->code = ms_totp_clean_code (code != NULL ? code : "");
  job->peer = g_strdup (peer != NULL ? peer : "");
  job->channel = g_strdup (channel != NULL ? channel : "scim");
  job->done = done_func;
  job->user_data = user_data;

  g_mutex_lock (&self->log_ons_lock);
  Beginning beginning = begin (job);
  if (beginning == WAITING && g_queue_get_length (&self->log_ons) >= MAX_WAITING)
    {
      refuse (job, 1, "Too many are logging on at once");
      beginning = REFUSED;
    }
  if (beginning == WAITING)
    g_queue_push_tail (&self->log_ons, job);
  g_mutex_unlock (&self->log_ons_lock);
  if (beginning == REFUSED)
    ms_hash_pool_push_reply (self->hash_pool, reply_refused, job);
}
