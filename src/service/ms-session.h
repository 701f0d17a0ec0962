/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sessions and API tokens inside transactions. A token is 256 random bits; the store has only its
 * SHA-256.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

#define MS_SESSION_IDLE (12 * G_TIME_SPAN_HOUR)
#define MS_SESSION_PERSIST_AFTER (5 * G_TIME_SPAN_MINUTE)
#define MS_TOKEN_LIFETIME (365 * G_TIME_SPAN_DAY)

/* (transfer full) */
char *ms_session_new_token (void);
char *ms_session_hash_token (const char *token);
/* Ends the log-ons of a user but @except (nullable); tokens stay, and are refused while the user is
 * disabled. */
gboolean ms_session_end_all (MsWrite    *write,
                             const char *user_id,
                             const char *except,
                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full): of the store, and this server's own. @kind: (nullable) */
GPtrArray *ms_session_list (MsService *self, MsTxn *txn, const char *kind, GError **error);
/* One session, of anybody's; no history has it. */
gboolean ms_session_end (MsService *self, const MsActor *actor, const char *id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* A token, told in a change set. @name: what it is called */
gboolean ms_session_revoke (MsService     *self,
                            const MsActor *actor,
                            const char    *id,
                            const char    *name,
                            gint64        *sequence,
                            GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether @user may use the service at @now: active, valid, with a role. @valid_until: (out)
 * (optional): 0 = always */
gboolean ms_session_check_user (MsObject *user, gint64 now, gint64 *valid_until, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Asks again, for work that goes on for long: whether the session or token that @actor came by is
 * still there, and its user may still use the service. %MS_ERROR_UNAUTHENTICATED where not. Sets
 * the role of @actor to the present one. Who came by none, as the system, is let pass. */
gboolean ms_session_check_actor (MsService *self, MsTxn *txn, MsActor *actor, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What @user_id (nullable: the system itself) may do at this moment, for work that was begun
 * before, or is begun by itself. @role: (out): %MS_ROLE_NONE of who is gone or may not use the
 * service */
gboolean ms_session_read_role (MsService  *self,
                               MsTxn      *txn,
                               const char *user_id,
                               MsRole     *role,
                               GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of a user who may be in the bin; "" of one who is gone, %NULL where nobody knows, since the store
 * could not be read. (transfer full) (nullable) */
char *ms_session_dup_user_name (MsService *self, MsTxn *txn, const char *user_id, GError **error);
/* (transfer full) (nullable): who @user is with @session */
MsActor *ms_session_make_actor (MsTxn           *txn,
                                MsObject        *user,
                                const MsSession *session,
                                GError         **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
