/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/server: what this server is and how full.
 */
#include "ms-describe.h"

static void
get_server (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = ms_describe_server (call->server, call->service, call->actor, &error);

  if (node == NULL)
    ms_call_respond_error (call, error);
  else
    ms_call_respond_node (call, 200, node);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_server[] = {
  { "GET", "/api/v1/server", get_server, MS_RIGHT_OPTIONAL, 0 },
  { NULL },
};
/* clang-format on */
