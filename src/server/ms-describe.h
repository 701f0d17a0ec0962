/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What /server and /session say: the service's description of itself with what only the server knows beside it.
 */
#pragma once

#include "ms-call.h"

G_BEGIN_DECLS

/* @actor: (nullable): %NULL gives what anybody may know. (transfer full) */
JsonObject *ms_describe_server     (MsServer       *server,
                                    MsService      *service,
                                    const MsActor  *actor,
                                    GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* {"expires", "user", "server"}. @expires: microseconds; 0 = not said. (transfer full) */
JsonObject *ms_describe_session    (MsServer       *server,
                                    MsService      *service,
                                    const MsActor  *actor,
                                    gint64          expires,
                                    GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* Answers with an object. @object: (transfer full) */
void        ms_call_respond_object (MsCall     *call,
                                    guint       status,
                                    JsonObject *object);

G_END_DECLS
