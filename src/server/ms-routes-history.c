/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/history: what was done to one object, and returning it to where it was.
 */
#include "ms-call.h"
#include "ms-error.h"
#include "ms-json.h"

#define DEFAULT_COUNT 50
#define MAX_COUNT 500

static void
get_history (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gint64   before = 0;
  guint    count = DEFAULT_COUNT;
  gboolean done = ms_call_get_number (call, "before", 0, 1, &before, &error)
                  && ms_call_get_count (call, "count", DEFAULT_COUNT, MAX_COUNT, &count, &error)
                  && ms_service_get_history (
                      call->service, call->actor, call->parameters[0], before, count, out, &error);

  ms_call_respond_result (call, done, 200, out, error);
}

static void
return_object (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  JsonNode *sequence = ms_json_object_find (call->body, "sequence");

  if (sequence == NULL || !JSON_NODE_HOLDS_VALUE (sequence)
      || json_node_get_value_type (sequence) != G_TYPE_INT64 || json_node_get_int (sequence) < 1)
    {
      ms_error_set (&error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "sequence",
                    "“sequence” is the number of the change to return to.");
      ms_call_respond_error (call, error);
      return;
    }
  MsOperation *operation = ms_operation_new (MS_VERB_RETURN);
  operation->id = g_strdup (call->parameters[0]);
  operation->sequence = json_node_get_int (sequence);
  operation->body = json_object_ref (call->body);
  ms_call_apply (call, operation);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_history[] = {
  { "GET", "/api/v1/history/{}", get_history, MS_POLICY_HISTORY, 0, .query = "before count" },
  { "POST",
    "/api/v1/history/{}/return",
    return_object,
    MS_POLICY_UNDO,
    MS_ROUTE_JSON,
    .members = "sequence dryRun" },
  { NULL },
};
/* clang-format on */
