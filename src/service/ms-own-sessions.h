/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Log-ons of a server whose store is open for reading only, where they cannot be rows: in this
 * process's memory, gone when it ends. Bounded; thread-safe.
 */
#pragma once

#include <gio/gio.h>
#include "ms-txn.h"

G_BEGIN_DECLS

typedef struct _MsOwnSessions MsOwnSessions;

MsOwnSessions *ms_own_sessions_new (void);
void           ms_own_sessions_free (MsOwnSessions *self);
/* @session is copied. Beyond a bound the one that was not used for longest ends. */
void ms_own_sessions_add (MsOwnSessions *self, const MsSession *session, const char *token_hash);
/* A use: it is good for @idle microseconds from @now on. (transfer full) (nullable): none, or
 * expired */
MsSession *
ms_own_sessions_use (MsOwnSessions *self, const char *token_hash, gint64 now, gint64 idle);
/* Appends copies to @sessions. */
void ms_own_sessions_list (MsOwnSessions *self, GPtrArray *sessions);
/* Notes that a code of @step was used by @user_id: %FALSE where that one, or a later one, was. */
gboolean ms_own_sessions_take_step (MsOwnSessions *self, const char *user_id, gint64 step);
gboolean ms_own_sessions_remove (MsOwnSessions *self, const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsOwnSessions, ms_own_sessions_free)

G_END_DECLS
