/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/explain: who gets mail for an address. On a worker, since an address may reach everybody.
 */
#include "ms-call.h"

#define DEFAULT_NODES 500
#define MAX_NODES 5000

static void
explain_address (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  gint64 nodes = DEFAULT_NODES;

  if (!ms_call_get_int (call, "nodes", DEFAULT_NODES, &nodes, &error)
      || !ms_service_explain (call->service,
                              call->actor,
                              ms_call_get_query (call, "address"),
                              (guint) CLAMP (nodes, 1, MAX_NODES),
                              out,
                              &error))
    ms_call_respond_error (call, error);
  else
    ms_call_respond_json (call, 200, g_steal_pointer (&out));
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_explain[] = {
  { "GET", "/api/v1/explain", explain_address, MS_POLICY_READ, MS_ROUTE_WORKER },
  { NULL },
};
/* clang-format on */
