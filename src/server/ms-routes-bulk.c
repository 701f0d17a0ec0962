/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /Bulk (RFC 7644 §3.7). What an operation may do is asked for each by itself.
 */
#include "ms-call.h"

static const char *const no_parameters[] = { "aadOptscim062020", NULL };

static void
run_bulk (MsCall *call)
{
  MsOperation *operation = ms_operation_new (MS_VERB_BULK);

  ms_call_note_parameters (call, no_parameters);
  operation->body = json_object_ref (call->body);
  operation->if_match = ms_http_request_dup_list (call->request, "If-Match");
  ms_call_apply (call, operation);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_bulk[] = {
  { "POST", "/scim/v2/Bulk", run_bulk, MS_RIGHT_WRITE, MS_ROUTE_BULK },
  { NULL },
};
/* clang-format on */
