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
  GString *out = g_string_new (NULL);
  guint    nodes = DEFAULT_NODES;
  gboolean done
      = ms_call_get_count (call, "nodes", DEFAULT_NODES, MAX_NODES, &nodes, &error)
        && ms_service_explain (
            call->service, call->actor, ms_call_get_query (call, "address"), nodes, out, &error);

  ms_call_respond_result (call, done, 200, out, error);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_explain[] = {
  { "GET",
    "/api/v1/explain",
    explain_address,
    MS_POLICY_READ,
    MS_ROUTE_WORKER,
    .query = "address nodes" },
  { NULL },
};
/* clang-format on */
