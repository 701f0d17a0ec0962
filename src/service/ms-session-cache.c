/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A hash table under one lock, held for moments. When it is full it is emptied: sessions are few,
 * and each comes back with its next request.
 */
#include "ms-session-cache.h"

struct _MsSessionCache
{
  GMutex      lock;
  GHashTable *by_hash; /* utf8 -> MsCachedSession */
  GHashTable *doubted; /* likewise */
  guint64     generation;
};

static void
cached_session_free (gpointer data)
{
  MsCachedSession *session = data;

  ms_actor_free (session->actor);
  ms_networks_free (session->networks);
  g_free (session);
}

MsSessionCache *
ms_session_cache_new (void)
{
  MsSessionCache *self = g_new0 (MsSessionCache, 1);

  g_mutex_init (&self->lock);
  self->by_hash = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, cached_session_free);
  self->doubted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, cached_session_free);
  return self;
}

void
ms_session_cache_free (MsSessionCache *self)
{
  g_hash_table_unref (self->by_hash);
  g_hash_table_unref (self->doubted);
  g_mutex_clear (&self->lock);
  g_free (self);
}

guint64
ms_session_cache_get_generation (MsSessionCache *self)
{
  g_mutex_lock (&self->lock);
  guint64 generation = self->generation;
  g_mutex_unlock (&self->lock);
  return generation;
}

gboolean
ms_session_cache_use (MsSessionCache     *self,
                      const char         *token_hash,
                      MsCachedSessionFunc func,
                      gpointer            user_data)
{
  g_mutex_lock (&self->lock);
  MsCachedSession *session = g_hash_table_lookup (self->by_hash, token_hash);
  if (session != NULL)
    func (session, user_data);
  g_mutex_unlock (&self->lock);
  return session != NULL;
}

void
ms_session_cache_add (MsSessionCache        *self,
                      const char            *token_hash,
                      const MsCachedSession *session,
                      guint64                generation)
{
  MsCachedSession *copy = g_new (MsCachedSession, 1);

  *copy = *session;
  g_mutex_lock (&self->lock);
  if (self->generation == generation)
    {
      if (g_hash_table_size (self->by_hash) >= MS_SESSION_CACHE_MAX)
        g_hash_table_remove_all (self->by_hash);
      g_hash_table_insert (self->by_hash, g_strdup (token_hash), g_steal_pointer (&copy));
    }
  g_mutex_unlock (&self->lock);
  if (copy != NULL)
    cached_session_free (copy);
}

static void
remove_where (GHashTable *sessions, GHashTable *user_ids, const char *session_id)
{
  GHashTableIter iter;
  gpointer       value;

  g_hash_table_iter_init (&iter, sessions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const MsActor *actor = ((MsCachedSession *) value)->actor;
      if ((user_ids != NULL && g_hash_table_contains (user_ids, actor->user_id))
          || (session_id != NULL && g_strcmp0 (actor->session_id, session_id) == 0))
        g_hash_table_iter_remove (&iter);
    }
}

static void
drop_where (MsSessionCache *self, GHashTable *user_ids, const char *session_id)
{
  g_mutex_lock (&self->lock);
  self->generation++;
  remove_where (self->by_hash, user_ids, session_id);
  remove_where (self->doubted, user_ids, session_id);
  g_mutex_unlock (&self->lock);
}

void
ms_session_cache_drop_all (MsSessionCache *self)
{
  g_mutex_lock (&self->lock);
  self->generation++;
  g_hash_table_remove_all (self->by_hash);
  g_hash_table_remove_all (self->doubted);
  g_mutex_unlock (&self->lock);
}

void
ms_session_cache_doubt_all (MsSessionCache *self)
{
  GHashTableIter iter;
  gpointer       hash;
  gpointer       session;

  g_mutex_lock (&self->lock);
  self->generation++;
  if (g_hash_table_size (self->doubted) >= MS_SESSION_CACHE_MAX)
    g_hash_table_remove_all (self->doubted);
  g_hash_table_iter_init (&iter, self->by_hash);
  while (g_hash_table_iter_next (&iter, &hash, &session))
    {
      g_hash_table_iter_steal (&iter);
      g_hash_table_replace (self->doubted, hash, session);
    }
  g_mutex_unlock (&self->lock);
}

gboolean
ms_session_cache_knew (MsSessionCache *self, const char *token_hash, gint64 now, const char *peer)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  const MsCachedSession *session = g_hash_table_lookup (self->by_hash, token_hash);

  if (session == NULL)
    session = g_hash_table_lookup (self->doubted, token_hash);
  if (session == NULL || now >= session->expires
      || (session->valid_until != 0 && now >= session->valid_until))
    return FALSE;
  g_autoptr (GError) refused = NULL;
  return ms_networks_check (session->networks, peer, &refused);
}

void
ms_session_cache_drop_users (MsSessionCache *self, GHashTable *user_ids)
{
  g_return_if_fail (user_ids != NULL);
  drop_where (self, user_ids, NULL);
}

void
ms_session_cache_drop_session (MsSessionCache *self, const char *session_id)
{
  g_return_if_fail (session_id != NULL);
  drop_where (self, NULL, session_id);
}

GHashTable *
ms_session_cache_list_uses (MsSessionCache *self)
{
  GHashTable    *uses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer       value;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->by_hash);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const MsCachedSession *session = value;
      g_hash_table_insert (uses,
                           g_strdup (session->actor->session_id),
                           g_memdup2 (&session->last_used, sizeof session->last_used));
    }
  g_mutex_unlock (&self->lock);
  return uses;
}
