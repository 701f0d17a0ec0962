/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A hash table under one lock, held for moments.
 */
#include "ms-own-sessions.h"

#define MAX_SESSIONS 8192

struct _MsOwnSessions
{
  GMutex      lock;
  GHashTable *by_hash; /* utf8 -> MsSession */
  GHashTable *steps;   /* utf8, id of a user -> gint64 */
};

static void
free_session (gpointer data)
{
  ms_session_free (data);
}

static MsSession *
copy_session (const MsSession *session)
{
  MsSession *copy = g_new (MsSession, 1);

  *copy = *session;
  copy->id = g_strdup (session->id);
  copy->kind = g_strdup (session->kind);
  copy->name = g_strdup (session->name);
  copy->user_id = g_strdup (session->user_id);
  copy->scope = g_strdup (session->scope);
  copy->channel = g_strdup (session->channel);
  return copy;
}

MsOwnSessions *
ms_own_sessions_new (void)
{
  MsOwnSessions *self = g_new0 (MsOwnSessions, 1);

  g_mutex_init (&self->lock);
  self->by_hash = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_session);
  self->steps = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
ms_own_sessions_free (MsOwnSessions *self)
{
  g_hash_table_unref (self->by_hash);
  g_hash_table_unref (self->steps);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* With the lock held */
static void
remove_oldest (MsOwnSessions *self)
{
  const char    *oldest = NULL;
  gint64         last_used = G_MAXINT64;
  GHashTableIter iter;
  gpointer       token_hash, value;

  g_hash_table_iter_init (&iter, self->by_hash);
  while (g_hash_table_iter_next (&iter, &token_hash, &value))
    if (oldest == NULL || ((MsSession *) value)->last_used < last_used)
      {
        oldest = token_hash;
        last_used = ((MsSession *) value)->last_used;
      }
  if (oldest != NULL)
    g_hash_table_remove (self->by_hash, oldest);
}

void
ms_own_sessions_add (MsOwnSessions *self, const MsSession *session, const char *token_hash)
{
  g_mutex_lock (&self->lock);
  if (g_hash_table_size (self->by_hash) >= MAX_SESSIONS)
    remove_oldest (self);
  g_hash_table_insert (self->by_hash, g_strdup (token_hash), copy_session (session));
  g_mutex_unlock (&self->lock);
}

gboolean
ms_own_sessions_take_step (MsOwnSessions *self, const char *user_id, gint64 step)
{
  g_mutex_lock (&self->lock);
  const gint64 *last = g_hash_table_lookup (self->steps, user_id);
  gboolean      is_new = last == NULL || step > *last;
  if (is_new)
    g_hash_table_insert (self->steps, g_strdup (user_id), g_memdup2 (&step, sizeof step));
  g_mutex_unlock (&self->lock);
  return is_new;
}

MsSession *
ms_own_sessions_use (MsOwnSessions *self, const char *token_hash, gint64 now, gint64 idle)
{
  MsSession *copy = NULL;

  g_mutex_lock (&self->lock);
  MsSession *session = g_hash_table_lookup (self->by_hash, token_hash);
  if (session != NULL && now >= session->expires)
    g_hash_table_remove (self->by_hash, token_hash);
  else if (session != NULL)
    {
      session->last_used = now;
      session->expires = now + idle;
      copy = copy_session (session);
    }
  g_mutex_unlock (&self->lock);
  return copy;
}

void
ms_own_sessions_list (MsOwnSessions *self, GPtrArray *sessions)
{
  GHashTableIter iter;
  gpointer       value;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->by_hash);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (sessions, copy_session (value));
  g_mutex_unlock (&self->lock);
}

gboolean
ms_own_sessions_remove (MsOwnSessions *self, const char *id)
{
  GHashTableIter iter;
  gpointer       value;
  gboolean       found = FALSE;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->by_hash);
  while (!found && g_hash_table_iter_next (&iter, NULL, &value))
    if (g_strcmp0 (((MsSession *) value)->id, id) == 0)
      {
        g_hash_table_iter_remove (&iter);
        found = TRUE;
      }
  g_mutex_unlock (&self->lock);
  return found;
}
