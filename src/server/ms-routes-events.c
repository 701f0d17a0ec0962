/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/events: server-sent events (HTML Living Standard, "Server-sent events").
 */
#include "ms-call.h"
#include "ms-error.h"
#include "ms-server.h"

/* -1 where the client says nothing: only what comes. */
static gboolean
find_since (MsCall *call, gint64 *since, GError **error)
{
  const char *header = ms_http_request_get_header (call->request, "Last-Event-ID");

  /* A reconnecting client sends the address it began with; the header is what it knows now. */
  if (header == NULL)
    return ms_call_get_int (call, "since", -1, since, error);
  if (g_ascii_string_to_signed (header, 10, 0, G_MAXINT64, since, NULL))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "Last-Event-ID",
                "Last-Event-ID is no number of a change.");
  return FALSE;
}

static void
stream_events (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  gint64 since = -1;

  if (!find_since (call, &since, &error))
    {
      ms_call_respond_error (call, error);
      return;
    }
  ms_http_request_add_header (call->request, "Cache-Control", "no-store");
  ms_http_request_add_header (call->request, "X-Accel-Buffering", "no");
  /* The request is not to be asked any more once it streams. */
  g_autofree char *peer = g_strdup (ms_http_request_get_peer (call->request));
  MsHttpStream    *stream = ms_http_request_respond_stream (
      call->request, 200, "text/event-stream", MS_EVENT_QUEUE_BYTES);
  if (stream != NULL)
    ms_event_feed_add (
        ms_server_get_feed (call->server), stream, call->actor, call->token, peer, since);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_events[] = {
  { "GET", "/api/v1/events", stream_events, MS_POLICY_HISTORY, MS_ROUTE_NO_HEAD, .query = "since" },
  { NULL },
};
/* clang-format on */
