/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/connections: who is connected, and ending it.
 */
#include "ms-call.h"
#include "ms-server.h"

static void
list_connections (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new ("{");

  if (!ms_service_list_connections (call->service, call->actor, out, &error))
    {
      ms_call_respond_error (call, error);
      return;
    }
  g_string_append_c (out, ',');
  ms_event_feed_describe (ms_server_get_feed (call->server), out);
  g_string_append_c (out, '}');
  ms_call_respond_json (call, 200, g_steal_pointer (&out));
}

static void
end_connection (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  gint64 sequence = 0;

  if (!ms_service_end_connection (
          call->service, call->actor, call->parameters[0], &sequence, &error))
    {
      ms_call_respond_error (call, error);
      return;
    }
  ms_event_feed_look (ms_server_get_feed (call->server));
  ms_call_add_change (call, sequence);
  ms_call_respond_empty (call, 204);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_connections[] = {
  { "GET", "/api/v1/connections", list_connections, MS_POLICY_CONNECTIONS, 0 },
  { "DELETE", "/api/v1/connections/{}", end_connection, MS_POLICY_END_CONNECTION, MS_ROUTE_WORKER },
  { NULL },
};
/* clang-format on */
