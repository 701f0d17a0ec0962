/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/changes: what was changed, and undoing it.
 */
#include "ms-call.h"
#include "ms-error.h"

#define DEFAULT_COUNT 100
#define MAX_COUNT 1000

static void
list_changes (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gint64   before = 0;
  guint    count = DEFAULT_COUNT;
  gboolean done = ms_call_get_number (call, "before", 0, 1, &before, &error)
                  && ms_call_get_count (call, "count", DEFAULT_COUNT, MAX_COUNT, &count, &error)
                  && ms_service_list_changes (call->service,
                                              call->actor,
                                              ms_call_get_query (call, "object"),
                                              ms_call_get_query (call, "job"),
                                              before,
                                              count,
                                              out,
                                              &error);

  ms_call_respond_result (call, done, 200, out, error);
}

static gboolean
parse_sequence (MsCall *call, gint64 *sequence, GError **error)
{
  if (g_ascii_string_to_signed (call->parameters[0], 10, 1, G_MAXINT64, sequence, NULL))
    return TRUE;
  ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is no change of this number.");
  return FALSE;
}

static void
get_change (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gint64   sequence = 0;
  gboolean done = parse_sequence (call, &sequence, &error)
                  && ms_service_get_change (call->service, call->actor, sequence, out, &error);

  ms_call_respond_result (call, done, 200, out, error);
}

static void
undo_change (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  gint64 sequence = 0;

  if (!parse_sequence (call, &sequence, &error))
    {
      ms_call_respond_error (call, error);
      return;
    }
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);
  operation->sequence = sequence;
  operation->body = call->body != NULL ? json_object_ref (call->body) : NULL;
  ms_call_apply (call, operation);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_changes[] = {
  { "GET",
    "/api/v1/changes",
    list_changes,
    MS_POLICY_HISTORY,
    0,
    .query = "object job before count" },
  { "GET", "/api/v1/changes/{}", get_change, MS_POLICY_HISTORY, 0 },
  { "POST",
    "/api/v1/changes/{}/undo",
    undo_change,
    MS_POLICY_UNDO,
    MS_ROUTE_OPTIONAL_JSON,
    .members = "dryRun" },
  { NULL },
};
/* clang-format on */
