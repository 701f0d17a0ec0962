/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Settings, sessions and API tokens. They make no change sets: who logged on when is no change of
 * the directory.
 */
#include "ms-txn-private.h"

#define SELECT_SESSION                                                                             \
  "SELECT id, kind, name, user_id, scope, channel, created, last_used, expires FROM session "

/* Settings ------------------------------------------------------------------------------------ */

char *
ms_txn_get_setting (MsTxn *txn, const char *name, GError **error)
{
  g_return_val_if_fail (txn != NULL && name != NULL, NULL);

  gboolean row = FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql, error, "SELECT value FROM setting WHERE name = $1", "s", name);
  if (statement == NULL || !ms_statement_step (statement, &row, error) || !row)
    return NULL;
  return ms_statement_dup_text (statement, 0);
}

gboolean
ms_txn_set_setting (MsTxn *txn, const char *name, const char *value, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && name != NULL, FALSE);

  if (value == NULL)
    return ms_sql_run (txn->sql, error, "DELETE FROM setting WHERE name = $1", "s", name);
  return ms_sql_run (txn->sql,
                     error,
                     "INSERT INTO setting (name, value) VALUES ($1, $2)"
                     " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                     "ss",
                     name,
                     value);
}

/* Sessions ------------------------------------------------------------------------------------ */

void
ms_session_free (MsSession *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->kind);
  g_free (self->name);
  g_free (self->user_id);
  g_free (self->scope);
  g_free (self->channel);
  g_free (self);
}

static MsSession *
read_session (MsStatement *statement)
{
  MsSession *session = g_new0 (MsSession, 1);

  session->id = ms_statement_dup_text (statement, 0);
  session->kind = ms_statement_dup_text (statement, 1);
  session->name = ms_statement_dup_text (statement, 2);
  session->user_id = ms_statement_dup_text (statement, 3);
  session->scope = ms_statement_dup_text (statement, 4);
  session->channel = ms_statement_dup_text (statement, 5);
  session->created = ms_statement_get_int (statement, 6);
  session->last_used = ms_statement_get_int (statement, 7);
  session->expires = ms_statement_get_int (statement, 8);
  return session;
}

gboolean
ms_txn_insert_session (MsTxn *txn, const MsSession *session, const char *token_hash, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && session != NULL, FALSE);

  return ms_sql_run (
      txn->sql,
      error,
      "INSERT INTO session (id, kind, name, user_id, scope, channel, created, last_used,"
      "  expires, token_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      "ssssssiiis",
      session->id,
      session->kind,
      session->name,
      session->user_id,
      session->scope,
      session->channel,
      session->created,
      session->last_used,
      session->expires,
      token_hash);
}

/* (nullable), no error when absent; an expired one is there until it is deleted */
MsSession *
ms_txn_find_session (MsTxn *txn, const char *token_hash, GError **error)
{
  g_return_val_if_fail (txn != NULL && token_hash != NULL, NULL);

  gboolean row = FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql, error, SELECT_SESSION "WHERE token_hash = $1", "s", token_hash);
  if (statement == NULL || !ms_statement_step (statement, &row, error) || !row)
    return NULL;
  return read_session (statement);
}

MsSession *
ms_txn_get_session (MsTxn *txn, const char *id, GError **error)
{
  g_return_val_if_fail (txn != NULL && id != NULL, NULL);

  gboolean row = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql, error, SELECT_SESSION "WHERE id = $1", "s", id);
  if (statement == NULL || !ms_statement_step (statement, &row, error) || !row)
    return NULL;
  return read_session (statement);
}

gboolean
ms_txn_touch_session (MsTxn *txn, const char *id, gint64 last_used, gint64 expires, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && id != NULL, FALSE);

  return ms_sql_run (txn->sql,
                     error,
                     "UPDATE session SET last_used = $1, expires = $2 WHERE id = $3",
                     "iis",
                     last_used,
                     expires,
                     id);
}

gboolean
ms_txn_delete_session (MsTxn *txn, const char *id, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && id != NULL, FALSE);

  ms_txn_announce (txn, MS_NEWS_SESSION, id);
  return ms_sql_run (txn->sql, error, "DELETE FROM session WHERE id = $1", "s", id);
}

gboolean
ms_txn_delete_sessions (MsTxn *txn, const char *user_id, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL, FALSE);

  if (user_id != NULL)
    {
      ms_txn_announce (txn, MS_NEWS_USER, user_id);
      return ms_sql_run (txn->sql,
                         error,
                         "DELETE FROM session WHERE user_id = $1 AND kind <> 'token'",
                         "s",
                         user_id);
    }
  return ms_sql_run (txn->sql, error, "DELETE FROM session WHERE expires <= $1", "i", txn->now);
}

/* @statement: (nullable): none was made */
static GPtrArray *
read_sessions (MsStatement *statement, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (GPtrArray) sessions
             = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_session_free);

  if (statement == NULL)
    return NULL;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&sessions);
      g_ptr_array_add (sessions, read_session (statement));
    }
}

GPtrArray *
ms_txn_list_sessions (MsTxn *txn, const char *kind, GError **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  g_autoptr (MsStatement) statement
      = kind != NULL ? ms_sql_query (
            txn->sql, error, SELECT_SESSION "WHERE kind = $1 ORDER BY created, id", "s", kind)
                     : ms_sql_query (txn->sql, error, SELECT_SESSION "ORDER BY created, id", "");
  return read_sessions (statement, error);
}

gboolean
ms_txn_revoke_tokens (MsTxn *txn, const char *user_id, GError **error)
{
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      SELECT_SESSION "WHERE user_id = $1 AND kind = 'token' ORDER BY created, id",
      "s",
      user_id);
  g_autoptr (GPtrArray) tokens = read_sessions (statement, error);

  for (guint i = 0; tokens != NULL && i < tokens->len; i++)
    {
      const MsSession *token = g_ptr_array_index (tokens, i);
      ms_txn_note (txn, MS_CHANGE_DELETE, MS_NOTE_TOKEN, token->id, token->name, NULL);
      if (!ms_txn_delete_session (txn, token->id, error))
        return FALSE;
    }
  return tokens != NULL;
}
