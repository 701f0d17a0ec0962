/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/actions: one verb on many objects. What the verb needs as right the service knows.
 */
#include "ms-call.h"

static void
run_action (MsCall *call)
{
  MsOperation *operation = ms_operation_new (MS_VERB_ACTION);

  operation->body = json_object_ref (call->body);
  ms_call_apply (call, operation);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_actions[] = {
  { "POST",
    "/api/v1/actions",
    run_action,
    MS_RIGHT_WRITE,
    MS_ROUTE_JSON,
    .members
    = "verb ids objects to reason dryRun name domain address keepAddress mailboxes content" },
  { NULL },
};
/* clang-format on */
