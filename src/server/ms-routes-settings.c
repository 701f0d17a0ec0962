/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/settings: what holds for the store and every daemon on it.
 */
#include "ms-call.h"

static void
list_settings (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done = ms_service_list_settings (call->service, call->actor, out, &error);

  ms_call_respond_result (call, done, 200, out, error);
}

static void
change_settings (MsCall *call)
{
  MsOperation *operation = ms_operation_new (MS_VERB_SETTINGS);

  operation->body = json_object_ref (call->body);
  ms_call_apply (call, operation);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_settings[] = {
  { "GET", "/api/v1/settings", list_settings, MS_POLICY_READ_SETTINGS, 0 },
  { "PATCH",
    "/api/v1/settings",
    change_settings,
    MS_POLICY_SETTINGS,
    MS_ROUTE_JSON,
    .members = MS_ROUTE_ANY_NAME },
  { NULL },
};
/* clang-format on */
