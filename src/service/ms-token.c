/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * API tokens: sessions that do not slide, made by administrators for provisioning and scripts.
 */
#include "ms-session.h"

#include <string.h>

#include "ms-audit.h"
#include "ms-directory-config.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-name.h"
#include "ms-session-cache.h"
#include "ms-txn.h"

typedef struct
{
  MsSession session;
  char     *token_hash;
} NewToken;

static gboolean
insert_token (MsTxn *txn, gpointer user_data, GError **error)
{
  const NewToken  *new_token = user_data;
  const MsSession *session = &new_token->session;
  g_autofree char *expires = ms_json_format_time (session->expires);
  g_autoptr (JsonArray) deltas = json_array_new ();

  ms_audit_add_delta (deltas, "scope", session->scope, FALSE);
  ms_audit_add_delta (deltas, "expires", expires, FALSE);
  ms_audit_add_delta (deltas, "user", session->user_id, FALSE);
  ms_txn_note (txn, MS_CHANGE_CREATE, MS_NOTE_TOKEN, session->id, session->name, deltas);
  return ms_txn_insert_session (txn, session, new_token->token_hash, error);
}

char *
ms_service_create_token (MsService     *self,
                         const MsActor *actor,
                         const char    *name,
                         const char    *scope,
                         gint64         expires,
                         char         **stored_name,
                         gint64        *sequence,
                         GError       **error)
{
  static const char *const scopes[] = { "all", "scim", "read", "usage", NULL };
  gint64                   now = ms_service_get_time (self);

  if (!ms_policy_check (actor, MS_POLICY_TOKENS, NULL, NULL, NULL, error))
    return NULL;
  g_autofree char *prepared
      = ms_name_prepare (name != NULL ? name : "", MS_NAME_FREEFORM, "name", error);
  if (prepared == NULL)
    return NULL;
  if (strlen (prepared) > 256)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "name",
                    "A token needs a name of at most 256 bytes");
      return NULL;
    }
  /* By such names users are linked to directories. */
  g_autofree char *linked = ms_directory_get_linked_id (prepared);
  if (linked != NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "name",
                    "The name of a token cannot begin with “" MS_DIRECTORY_CLIENT "”");
      return NULL;
    }
  if (scope == NULL || !g_strv_contains (scopes, scope))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "scope",
                    "The scope of a token is “all”, “scim”, “read” or “usage”");
      return NULL;
    }
  if (expires != 0 && expires <= now)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "expires",
                    "This token would have expired already");
      return NULL;
    }

  g_autofree char *token = ms_session_new_token ();
  g_autofree char *token_hash = ms_session_hash_token (token);
  g_autofree char *id = ms_object_new_id ();
  NewToken         new_token = {
            .session = { .id = id,
                         .kind = (char *) "token",
                         .name = prepared,
                         .user_id = actor->user_id,
                         .scope = (char *) scope,
                         .channel = (char *) "scim",
                         .created = now,
                         .last_used = now,
                         .expires = expires != 0 ? expires : now + MS_TOKEN_LIFETIME },
            .token_hash = token_hash,
  };
  if (actor->user_id == NULL)
    {
      ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, "A token belongs to a user");
      return NULL;
    }

  MsChangeContext context = ms_service_get_context (actor, "create");
  if (!ms_store_write (self->store, &context, insert_token, &new_token, sequence, error))
    return NULL;
  if (stored_name != NULL)
    *stored_name = g_steal_pointer (&prepared);
  return g_steal_pointer (&token);
}

typedef struct
{
  MsService     *self;
  const MsActor *actor;
  GString       *out;
  const char    *id; /* (nullable): only whether it is there, and what it is called */
  char          *name;
  gboolean       found;
} TokenList;

static void
append_token (TokenList *list, const MsSession *token, const char *user_name)
{
  g_autofree char *created = ms_json_format_time (token->created);
  g_autofree char *last_used = ms_json_format_time (token->last_used);
  g_autofree char *expires = ms_json_format_time (token->expires);

  g_string_append (list->out, list->found ? ",{\"id\":" : "{\"id\":");
  ms_json_append_string (list->out, token->id);
  g_string_append (list->out, ",\"name\":");
  ms_json_append_string (list->out, token->name != NULL ? token->name : "");
  g_string_append_printf (
      list->out,
      ",\"scope\":\"%s\",\"created\":\"%s\",\"lastUsed\":\"%s\",\"expires\":\"%s\"",
      token->scope,
      created,
      last_used,
      expires);
  g_string_append (list->out, ",\"user\":{\"id\":");
  ms_json_append_string (list->out, token->user_id);
  g_string_append (list->out, ",\"userName\":");
  ms_json_append_string (list->out, user_name);
  g_string_append (list->out, "}}");
}

static gboolean
is_visible (const MsActor *actor, const MsSession *token)
{
  return actor->role == MS_ROLE_ADMINISTRATOR || g_strcmp0 (actor->user_id, token->user_id) == 0;
}

static gboolean
list_tokens (MsTxn *txn, gpointer user_data, GError **error)
{
  TokenList *list = user_data;
  g_autoptr (GPtrArray) tokens = ms_txn_list_sessions (txn, "token", error);

  if (tokens == NULL)
    return FALSE;
  for (guint i = 0; i < tokens->len; i++)
    {
      const MsSession *token = g_ptr_array_index (tokens, i);
      if (!is_visible (list->actor, token)
          || (list->id != NULL && g_strcmp0 (list->id, token->id) != 0))
        continue;
      if (list->out != NULL)
        {
          g_autofree char *user_name
              = ms_session_dup_user_name (list->self, txn, token->user_id, error);
          if (user_name == NULL)
            return FALSE;
          append_token (list, token, user_name);
        }
      else
        list->name = g_strdup (token->name);
      list->found = TRUE;
    }
  return TRUE;
}

gboolean
ms_service_list_tokens (MsService *self, const MsActor *actor, GString *out, GError **error)
{
  TokenList list = { .self = self, .actor = actor, .out = out };
  gsize     start = out->len;

  if (!ms_policy_check (actor, MS_POLICY_READ, NULL, NULL, NULL, error))
    return FALSE;
  g_string_append (out, "{\"tokens\":[");
  if (!ms_store_read (self->store, list_tokens, &list, NULL, error))
    {
      g_string_truncate (out, start);
      return FALSE;
    }
  g_string_append (out, "]}");
  return TRUE;
}

typedef struct
{
  const char *id;
  const char *name;
} Revocation;

static gboolean
delete_token (MsTxn *txn, gpointer user_data, GError **error)
{
  const Revocation *revocation = user_data;

  ms_txn_note (txn, MS_CHANGE_DELETE, MS_NOTE_TOKEN, revocation->id, revocation->name, NULL);
  return ms_txn_delete_session (txn, revocation->id, error);
}

gboolean
ms_session_revoke (MsService     *self,
                   const MsActor *actor,
                   const char    *id,
                   const char    *name,
                   gint64        *sequence,
                   GError       **error)
{
  Revocation      revocation = { id, name };
  MsChangeContext context = ms_service_get_context (actor, "delete");

  gboolean done
      = ms_store_write (self->store, &context, delete_token, &revocation, sequence, error);
  /* Also where only the answer got lost; if it is still there, it is read again. */
  ms_session_cache_drop_session (self->sessions, id);
  return done;
}

gboolean
ms_service_revoke_token (
    MsService *self, const MsActor *actor, const char *id, gint64 *sequence, GError **error)
{
  TokenList list = { .self = self, .actor = actor, .id = id };

  if (!ms_policy_check (actor, MS_POLICY_TOKENS, NULL, NULL, NULL, error)
      || !ms_store_read (self->store, list_tokens, &list, NULL, error))
    return FALSE;
  if (!list.found)
    {
      ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is no such token");
      return FALSE;
    }
  g_autofree char *name = g_steal_pointer (&list.name);

  return ms_session_revoke (self, actor, id, name, sequence, error);
}
