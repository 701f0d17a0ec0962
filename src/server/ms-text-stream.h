/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Long answers made piece by piece, at the speed of whoever reads them, on a thread of their own.
 */
#pragma once

#include "ms-call.h"

G_BEGIN_DECLS

/* Makes the answer by calls of @write, which fails once the client has gone. */
typedef gboolean (*MsTextStreamFunc) (
    MsCall *call, gpointer data, MsWriteFunc write, gpointer user_data, GError **error);

/* @hand_over: @func ends what ms_service_hand_over() begins.
 * Answers @call with what @func writes, or with 503 where too many such answers are under way.
 * @data: (transfer full): freed by @data_free
 * @file_name: what browsers call it */
void ms_text_stream_respond (MsCall          *call,
                             const char      *content_type,
                             const char      *file_name,
                             gboolean         hand_over,
                             MsTextStreamFunc func,
                             gpointer         data,
                             GDestroyNotify   data_free);

G_END_DECLS
