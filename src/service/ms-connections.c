/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is connected: log-ons and API tokens, as the store has them for all daemons; and ending one.
 * When a session was last used is written back only every few minutes; what this daemon knows
 * better comes from its cache.
 */
#include "ms-session.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-session-cache.h"
#include "ms-txn.h"

typedef struct
{
  MsService     *service;
  const MsActor *actor;
  gint64         now;
  GHashTable    *uses; /* id of a session -> gint64 */
  guint          count;
  GString       *out;
  const char    *id; /* (nullable): only whether it is there, and what it is */
  char          *token_name;
} ConnectionRead;

static void
append_text (GString *out, const char *name, const char *text)
{
  g_string_append_printf (out, ",\"%s\":", name);
  ms_json_append_string (out, text != NULL ? text : "");
}

static void
append_time (GString *out, const char *name, gint64 time)
{
  g_autofree char *text = ms_json_format_time (time);

  append_text (out, name, text);
}

static void
append_connection (ConnectionRead *read, const MsSession *session, const char *user_name)
{
  GString      *out = read->out;
  gboolean      is_token = g_strcmp0 (session->kind, "token") == 0;
  const gint64 *used = g_hash_table_lookup (read->uses, session->id);
  gboolean      is_current = g_strcmp0 (session->id, read->actor->session_id) == 0;

  g_string_append (out, read->count++ > 0 ? ",{\"id\":" : "{\"id\":");
  ms_json_append_string (out, session->id);
  append_text (out, "kind", session->kind);
  /* A session is named by where it came from, a token by whoever made it. */
  append_text (out, is_token ? "name" : "peer", session->name);
  append_text (out, "channel", session->channel);
  append_text (out, "scope", session->scope);
  append_time (out, "since", session->created);
  append_time (out, "lastUsed", MAX (session->last_used, used != NULL ? *used : 0));
  append_time (out, "expires", session->expires);
  g_string_append (out, ",\"user\":{\"id\":");
  ms_json_append_string (out, session->user_id);
  append_text (out, "userName", user_name);
  g_string_append_printf (out, "},\"current\":%s}", is_current ? "true" : "false");
}

static gboolean
list_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  ConnectionRead *read = user_data;
  g_autoptr (GPtrArray) sessions = ms_session_list (read->service, txn, NULL, error);

  if (sessions == NULL)
    return FALSE;
  for (guint i = 0; i < sessions->len; i++)
    {
      const MsSession *session = g_ptr_array_index (sessions, i);
      if (session->expires <= read->now
          || (read->id != NULL && strcmp (read->id, session->id) != 0))
        continue;
      if (read->id != NULL)
        {
          read->count++;
          if (g_strcmp0 (session->kind, "token") == 0)
            {
              g_free (read->token_name);
              read->token_name = g_strdup (session->name != NULL ? session->name : "");
            }
        }
      else
        {
          /* One whose user is in the bin is of no use, but it is there. */
          g_autofree char *user_name
              = ms_session_dup_user_name (read->service, txn, session->user_id, error);
          if (user_name == NULL)
            return FALSE;
          append_connection (read, session, user_name);
        }
    }
  return TRUE;
}

gboolean
ms_service_list_connections (MsService *self, const MsActor *actor, GString *out, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && out != NULL, FALSE);

  g_autoptr (GHashTable) uses = ms_session_cache_list_uses (self->sessions);
  g_autoptr (GString) list = g_string_new (NULL);
  ConnectionRead read = {
    .service = self, .actor = actor, .now = ms_service_get_time (self), .uses = uses, .out = list
  };
  if (!ms_policy_check (actor, MS_POLICY_CONNECTIONS, NULL, NULL, NULL, error)
      || !ms_store_read (self->store, list_in_txn, &read, NULL, error))
    return FALSE;
  g_string_append_printf (out, "\"connections\":[%s]", list->str);
  return TRUE;
}

gboolean
ms_service_end_connection (
    MsService *self, const MsActor *actor, const char *id, gint64 *sequence, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL, FALSE);

  ConnectionRead read
      = { .service = self, .actor = actor, .now = ms_service_get_time (self), .id = id };
  if (!ms_policy_check (actor, MS_POLICY_END_CONNECTION, NULL, NULL, NULL, error)
      || !ms_store_read (self->store, list_in_txn, &read, NULL, error))
    return FALSE;
  if (read.count == 0)
    {
      ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is no such connection");
      return FALSE;
    }
  /* Who logged off is nobody's history; who took a token away is. */
  g_autofree char *token_name = g_steal_pointer (&read.token_name);
  return token_name != NULL ? ms_session_revoke (self, actor, id, token_name, sequence, error)
                            : ms_session_end (self, actor, id, error);
}
