/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who a token stands for. A request finds its session in the cache; what slides is written back at
 * most every few minutes, so that reading costs no write.
 */
#include "ms-session.h"

#include <openssl/rand.h>
#include <string.h>

#include "ms-bin.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-own-sessions.h"
#include "ms-second-step.h"
#include "ms-session-cache.h"
#include "ms-txn.h"

#define ROLE MS_URN_EXT_USER ":role"
#define TOKEN_BYTES 32
#define MAX_TOKEN_LENGTH 128

char *
ms_session_new_token (void)
{
  guchar bytes[TOKEN_BYTES];

  if (RAND_bytes (bytes, sizeof bytes) != 1)
    g_error ("the system's random generator failed");

  /* base64url without padding: it travels in headers and shells. */
  char *token = g_base64_encode (bytes, sizeof bytes);
  g_strdelimit (token, "+", '-');
  g_strdelimit (token, "/", '_');
  token[strcspn (token, "=")] = '\0';
  explicit_bzero (bytes, sizeof bytes);
  return token;
}

char *
ms_session_hash_token (const char *token)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, token, -1);
}

gboolean
ms_session_end_all (MsWrite *write, const char *user_id, const char *except, GError **error)
{
  g_autoptr (GPtrArray) sessions = ms_txn_list_sessions (write->txn, "session", error);

  if (sessions == NULL)
    return FALSE;
  for (guint i = 0; i < sessions->len; i++)
    {
      const MsSession *session = g_ptr_array_index (sessions, i);
      if (g_strcmp0 (session->user_id, user_id) == 0 && g_strcmp0 (session->id, except) != 0
          && !ms_txn_delete_session (write->txn, session->id, error))
        return FALSE;
    }
  return TRUE;
}

static gint64
get_time (MsObject *user, const char *path, gint64 fallback)
{
  const char *text = ms_object_get_string (user, path);
  gint64      time = fallback;

  return text != NULL && ms_json_parse_time (text, &time) ? time : fallback;
}

gboolean
ms_session_check_user (MsObject *user, gint64 now, gint64 *valid_until, GError **error)
{
  gint64      from = get_time (user, MS_URN_EXT_USER ":validFrom", G_MININT64);
  gint64      until = get_time (user, MS_URN_EXT_USER ":validUntil", 0);
  const char *why = NULL;

  if (!ms_object_get_boolean (user, "active", TRUE))
    why = "This account is disabled";
  else if (now < from)
    why = "This account is not valid yet";
  else if (until != 0 && now >= until)
    why = "This account is no longer valid";
  if (why != NULL)
    {
      ms_error_set (error, MS_ERROR_UNAUTHENTICATED, NULL, NULL, "%s", why);
      return FALSE;
    }
  if (valid_until != NULL)
    *valid_until = until;
  return TRUE;
}

MsActor *
ms_session_make_actor (MsTxn *txn, MsObject *user, const MsSession *session, GError **error)
{
  g_autoptr (MsActor) actor = g_new0 (MsActor, 1);

  actor->user_id = g_strdup (ms_object_get_id (user));
  actor->user_name = g_strdup (ms_object_get_label (user));
  actor->session_id = g_strdup (session->id);
  actor->channel = g_strdup (session->channel);
  actor->role = ms_role_from_string (ms_object_get_string (user, ROLE));
  actor->read_only = g_strcmp0 (session->scope, "read") == 0;
  actor->scim_only = g_strcmp0 (session->scope, "scim") == 0;
  actor->usage_only = g_strcmp0 (session->scope, "usage") == 0;
  if (actor->scim_only)
    actor->client = g_strdup (session->name != NULL ? session->name : "");
  actor->by_token = g_strcmp0 (session->kind, "token") == 0;
  /* Tokens are for machines, which have no second step. */
  if (!actor->by_token && !ms_second_step_must_enrol (txn, user, &actor->must_enrol, error))
    return NULL;
  return g_steal_pointer (&actor);
}

/* Authenticating ---------------------------------------------------------------------------- */

typedef struct
{
  gint64      now;
  const char *peer;
  MsActor    *actor;
  GError     *refused;
  gint64      touch_expires; /* 0 = nothing to write back */
} CacheLook;

/* The same for what never was, has ended and was revoked: only a hash is kept, and only while it
 * holds, and whoever guesses is to learn nothing. */
static void
set_unknown (GError **error)
{
  ms_error_set (error,
                MS_ERROR_UNAUTHENTICATED,
                NULL,
                NULL,
                "This token is not known here, or has ended; log on again");
}

static void
look_at_cached (MsCachedSession *session, gpointer user_data)
{
  CacheLook *look = user_data;

  if (look->now >= session->expires
      || (session->valid_until != 0 && look->now >= session->valid_until))
    {
      set_unknown (&look->refused);
      return;
    }
  if (!ms_networks_check (session->networks, look->peer, &look->refused))
    return;
  look->actor = ms_actor_copy (session->actor);
  session->last_used = look->now;
  if (session->slides)
    session->expires = look->now + MS_SESSION_IDLE;
  if (look->now - session->persisted >= MS_SESSION_PERSIST_AFTER)
    {
      session->persisted = look->now;
      look->touch_expires = session->expires;
    }
}

typedef struct
{
  MsService *service;
  char      *id;
  gint64     last_used;
  gint64     expires;
} Touch;

static gboolean
touch_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  const Touch *touch = user_data;

  return ms_txn_touch_session (txn, touch->id, touch->last_used, touch->expires, error);
}

static void
on_touched_cb (gint64 sequence, const GError *error, gpointer user_data)
{
  Touch *touch = user_data;

  /* Lost, a session ends a few minutes earlier; nobody needs to hear of it. */
  ms_service_end_work (touch->service);
  g_free (touch->id);
  g_free (touch);
}

static void
write_back (MsService *self, const char *session_id, gint64 now, gint64 expires)
{
  MsChangeContext context = { .actor_name = "system", .channel = "system", .verb = "update" };
  Touch          *touch = g_new (Touch, 1);

  touch->service = ms_service_begin_work (self);
  touch->id = g_strdup (session_id);
  touch->last_used = now;
  touch->expires = expires;
  ms_store_write_async (self->store, &context, touch_in_txn, touch, on_touched_cb, touch);
}

typedef struct
{
  const char           *token_hash;
  gint64                now;
  MsOwnSessions        *own; /* (nullable) */
  MsSession            *session;
  MsObject             *user;
  MsActor              *actor;
  gint64                valid_until;
  const MsResourceType *type;
} SessionRead;

static gboolean
read_session (MsTxn *txn, gpointer user_data, GError **error)
{
  SessionRead *read = user_data;
  g_autoptr (GError) failed = NULL;

  if (read->own != NULL)
    read->session = ms_own_sessions_use (read->own, read->token_hash, read->now, MS_SESSION_IDLE);
  if (read->session == NULL)
    read->session = ms_txn_find_session (txn, read->token_hash, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (read->session == NULL || read->now >= read->session->expires)
    {
      set_unknown (error);
      return FALSE;
    }
  read->user = ms_txn_get_object (txn, read->type, read->session->user_id, &failed);
  if (read->user == NULL && g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      set_unknown (error);
      return FALSE;
    }
  if (read->user == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (!ms_session_check_user (read->user, read->now, &read->valid_until, error))
    return FALSE;
  read->actor = ms_session_make_actor (txn, read->user, read->session, error);
  return read->actor != NULL;
}

static MsActor *
authenticate_from_store (
    MsService *self, const char *token_hash, const char *peer, gint64 now, GError **error)
{
  SessionRead read = {
    .token_hash = token_hash, .now = now, .own = self->own_sessions, .type = self->types.user
  };
  guint64  generation = ms_session_cache_get_generation (self->sessions);
  MsActor *actor = NULL;

  if (ms_store_read (self->store, read_session, &read, NULL, error))
    {
      MsNetworks *networks = ms_networks_new (read.user);
      if (ms_networks_check (networks, peer, error))
        actor = ms_actor_copy (read.actor);
      MsCachedSession cached = {
        .actor = read.actor,
        .networks = networks,
        .expires = read.session->expires,
        .last_used = now,
        .persisted = read.session->last_used,
        .valid_until = read.valid_until,
        .slides = g_strcmp0 (read.session->kind, "session") == 0,
      };
      ms_session_cache_add (self->sessions, token_hash, &cached, generation);
    }
  g_clear_pointer (&read.user, ms_object_unref);
  g_clear_pointer (&read.session, ms_session_free);
  return actor;
}

MsActor *
ms_service_authenticate (MsService *self, const char *token, const char *peer, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self), NULL);
  g_return_val_if_fail (token != NULL, NULL);

  if (strlen (token) > MAX_TOKEN_LENGTH)
    {
      set_unknown (error);
      return NULL;
    }

  CacheLook        look = { .now = ms_service_get_time (self), .peer = peer };
  g_autofree char *token_hash = ms_session_hash_token (token);
  if (!ms_store_is_current (self->store)
      || !ms_session_cache_use (self->sessions, token_hash, look_at_cached, &look))
    return authenticate_from_store (self, token_hash, peer, look.now, error);
  if (look.refused != NULL)
    {
      g_propagate_error (error, look.refused);
      return NULL;
    }
  if (look.touch_expires != 0)
    write_back (self, look.actor->session_id, look.now, look.touch_expires);
  return look.actor;
}

gboolean
ms_session_check_actor (MsService *self, MsTxn *txn, MsActor *actor, GError **error)
{
  g_autoptr (GError) failed = NULL;
  gint64 now = ms_service_get_time (self);

  if (actor->session_id == NULL || self->own_sessions != NULL)
    return TRUE;
  g_autoptr (MsSession) session = ms_txn_get_session (txn, actor->session_id, &failed);
  g_autoptr (MsObject) user = NULL;
  if (failed != NULL
      || (session != NULL
          && !ms_txn_look_up (txn, self->types.user, session->user_id, &user, &failed)))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (user == NULL || now >= session->expires)
    {
      set_unknown (error);
      return FALSE;
    }
  if (!ms_session_check_user (user, now, NULL, error))
    return FALSE;
  actor->role = ms_role_from_string (ms_object_get_string (user, ROLE));
  return TRUE;
}

gboolean
ms_service_knew (MsService *self, const char *token, const char *peer)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && token != NULL, FALSE);

  if (strlen (token) > MAX_TOKEN_LENGTH)
    return FALSE;
  g_autofree char *token_hash = ms_session_hash_token (token);
  return ms_session_cache_knew (self->sessions, token_hash, ms_service_get_time (self), peer);
}

/* Both kinds of store ----------------------------------------------------------------------------
 */

GPtrArray *
ms_session_list (MsService *self, MsTxn *txn, const char *kind, GError **error)
{
  GPtrArray *sessions = ms_txn_list_sessions (txn, kind, error);

  if (sessions != NULL && self->own_sessions != NULL && g_strcmp0 (kind, "token") != 0)
    ms_own_sessions_list (self->own_sessions, sessions);
  return sessions;
}

gboolean
ms_session_read_role (
    MsService *self, MsTxn *txn, const char *user_id, MsRole *role, GError **error)
{
  g_autoptr (MsObject) user = NULL;

  *role = MS_ROLE_ADMINISTRATOR;
  if (user_id == NULL)
    return TRUE;
  if (!ms_txn_look_up (txn, self->types.user, user_id, &user, error))
    return FALSE;
  /* Why somebody may not any more is told as a right that is missing. */
  *role = user != NULL && ms_session_check_user (user, ms_service_get_time (self), NULL, NULL)
              ? ms_role_from_string (ms_object_get_string (user, MS_URN_EXT_USER ":role"))
              : MS_ROLE_NONE;
  return TRUE;
}

char *
ms_session_dup_user_name (MsService *self, MsTxn *txn, const char *user_id, GError **error)
{
  g_autoptr (MsObject) user = NULL;

  if (user_id != NULL
      && (!ms_txn_look_up (txn, self->types.user, user_id, &user, error)
          || (user == NULL && !ms_bin_look_up (txn, user_id, &user, error))))
    return NULL;
  return g_strdup (user != NULL ? ms_object_get_label (user) : "");
}

/* Ending ------------------------------------------------------------------------------------ */

static gboolean
delete_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  return ms_txn_delete_session (txn, user_data, error);
}

gboolean
ms_session_end (MsService *self, const MsActor *actor, const char *id, GError **error)
{
  MsChangeContext context = ms_service_get_context (actor, "update");

  if (self->own_sessions != NULL && ms_own_sessions_remove (self->own_sessions, id))
    return TRUE;
  gboolean done = ms_store_write (self->store, &context, delete_in_txn, (gpointer) id, NULL, error);
  /* Also where only the answer got lost; if it is still there, it is read again. */
  ms_session_cache_drop_session (self->sessions, id);
  return done;
}

gboolean
ms_service_log_off (MsService *self, const MsActor *actor, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self), FALSE);

  if (!ms_policy_check (actor, MS_POLICY_LOG_OFF, NULL, NULL, NULL, error))
    return FALSE;
  if (actor->by_token)
    {
      ms_error_set (error,
                    MS_ERROR_DENIED,
                    NULL,
                    NULL,
                    "An API token is no session that could be ended: an administrator revokes it");
      return FALSE;
    }
  return actor->session_id == NULL || ms_session_end (self, actor, actor->session_id, error);
}
