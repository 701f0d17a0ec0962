/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What /server and /session say: the service's description of itself with what only the server
 * knows beside it.
 */
#pragma once

#include "ms-call.h"

G_BEGIN_DECLS

/* @actor: (nullable): %NULL gives what anybody may know. (transfer full) */
JsonNode *ms_describe_server (MsServer      *server,
                              MsService     *service,
                              const MsActor *actor,
                              GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* @token: (nullable): for whoever has just logged on. (transfer full) */
JsonNode *ms_describe_session (MsServer      *server,
                               MsService     *service,
                               const MsActor *actor,
                               const char    *token,
                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Answers with a tree. @node: (transfer full) */
void ms_call_respond_node (MsCall *call, guint status, JsonNode *node);

G_END_DECLS
