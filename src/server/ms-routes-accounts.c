/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/accounts and /api/v1/propose: a person with user and mailbox in one step, and free names
 * for one.
 */
#include "ms-call.h"
#include "ms-error.h"
#include <string.h>

#define MAX_NAME 512

static void
create_account (MsCall *call)
{
  MsOperation *operation = ms_operation_new (MS_VERB_ACCOUNT);

  operation->body = json_object_ref (call->body);
  ms_call_apply (call, operation);
}

static void
propose (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  const char *name = ms_call_get_query (call, "name");

  if (name == NULL || strlen (name) > MAX_NAME)
    ms_error_set (&error,
                  MS_ERROR_INVALID,
                  "invalidValue",
                  "name",
                  "The parameter name is a person's name of at most %d bytes.",
                  MAX_NAME);
  else if (ms_service_propose (
               call->service, call->actor, name, ms_call_get_query (call, "template"), out, &error))
    {
      ms_call_respond_json (call, 200, g_steal_pointer (&out));
      return;
    }
  ms_call_respond_error (call, error);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_accounts[] = {
  { "POST",
    "/api/v1/accounts",
    create_account,
    MS_RIGHT_WRITE,
    MS_ROUTE_JSON,
    .members = "user mailbox userTemplate mailboxTemplate password generatePassword" },
  { "GET", "/api/v1/propose", propose, MS_POLICY_READ, 0, .query = "name template" },
  { NULL },
};
/* clang-format on */
