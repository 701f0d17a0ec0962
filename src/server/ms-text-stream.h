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

/* Before the answer begins, so that a refusal still has a status: checks, and writes the note. */
typedef gboolean (*MsTextBeginFunc) (MsCall *call, gpointer data, GError **error);

/* @hand_over: @func ends what ms_service_hand_over() begins.
 * Answers @call with what @func writes; with the error of @begin; or with 503 where too many such
 * answers are under way. Where the request has X-Mailstead-Ending, its text is the end of an answer
 * that is whole.
 * @data: (transfer full): freed by @data_free
 * @file_name: what browsers call it */
void ms_text_stream_respond (MsCall          *call,
                             const char      *content_type,
                             const char      *file_name,
                             gboolean         hand_over,
                             MsTextBeginFunc  begin,
                             MsTextStreamFunc func,
                             gpointer         data,
                             GDestroyNotify   data_free);

G_END_DECLS
