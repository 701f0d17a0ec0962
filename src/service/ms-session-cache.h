/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sessions in memory, by the hash of their token, so that a request costs no query. What a user may
 * do is cached with them, so an entry is dropped as soon as its user changes. Bounded; thread-safe.
 *
 * What was read before a change must not be put in after it: a reader takes the generation first,
 * and ms_session_cache_add() refuses what is older than the last drop.
 */
#pragma once

#include "ms-networks.h"
#include "ms-service-private.h"

G_BEGIN_DECLS

#define MS_SESSION_CACHE_MAX 8192

typedef struct
{
  MsActor    *actor;
  MsNetworks *networks; /* of the user; (nullable): from anywhere */
  gint64      expires;
  gint64      last_used;
  gint64      persisted;   /* last_used as the store has it */
  gint64      valid_until; /* of the user; 0 = always */
  gboolean    slides;      /* a log-on, not an API token */
} MsCachedSession;

MsSessionCache *ms_session_cache_new (void);
void            ms_session_cache_free (MsSessionCache *self);
guint64         ms_session_cache_get_generation (MsSessionCache *self);
/* Calls @func with the entry, under the lock; %FALSE where there is none. */
typedef void (*MsCachedSessionFunc) (MsCachedSession *session, gpointer user_data);
gboolean ms_session_cache_use (MsSessionCache     *self,
                               const char         *token_hash,
                               MsCachedSessionFunc func,
                               gpointer            user_data);
/* @session: (transfer full) its actor and networks */
void ms_session_cache_add (MsSessionCache        *self,
                           const char            *token_hash,
                           const MsCachedSession *session,
                           guint64                generation);
/* @user_ids: (element-type utf8): a set */
void ms_session_cache_drop_users (MsSessionCache *self, GHashTable *user_ids);
void ms_session_cache_drop_all (MsSessionCache *self);
/* Nobody knows whether they still hold: they let nobody in any more, but ms_session_cache_knew().
 */
void ms_session_cache_doubt_all (MsSessionCache *self);
/* Whether a session was good when it was looked at last: for what may be told, not for what may be
 * done. @peer: (nullable): where the caller comes from */
gboolean
ms_session_cache_knew (MsSessionCache *self, const char *token_hash, gint64 now, const char *peer);
void ms_session_cache_drop_session (MsSessionCache *self, const char *session_id);
/* When each was last used: id of the session -> gint64 *. (transfer full) */
GHashTable *ms_session_cache_list_uses (MsSessionCache *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsSessionCache, ms_session_cache_free)

G_END_DECLS
