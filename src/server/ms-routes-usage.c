/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/usage: what mailboxes use. Reporting waits for the disk, so it is done on a worker.
 */
#include "ms-call.h"
#include "ms-error.h"
#include "ms-usage.h"

#define DEFAULT_CHILDREN 100

static void
report_usage (MsCall *call)
{
  JsonNode *node = json_object_get_member (call->body, "readings");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) reports = NULL;
  g_auto (MsUsageOutcome) outcome = { 0 };
  GString *out = g_string_new (NULL);

  ms_usage_outcome_init (&outcome);
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    ms_error_set (&error,
                  MS_ERROR_INVALID,
                  "invalidValue",
                  "readings",
                  "readings is to be an array of readings.");
  else
    reports = ms_usage_parse (json_node_get_array (node), ms_usage_get_time (), &error);
  gboolean done
      = reports != NULL
        && ms_service_report_usage (call->service, call->actor, reports, &outcome, &error);
  if (done)
    ms_usage_outcome_append (&outcome, out);
  ms_call_respond_result (call, done, 200, out, error);
}

/* @periods: 0 = none, as where it is not given */
static gboolean
read_periods (MsCall *call, guint *periods, GError **error)
{
  return ms_call_get_query (call, "periods") == NULL
         || ms_call_get_count (call, "periods", 1, MS_USAGE_MAX_PERIODS, periods, error);
}

static void
read_usage (MsCall *call)
{
  static const char *const kinds[] = { "mailboxes", "groups", "domains", NULL };
  static const char *const sorts[] = { "name", "storedBytes", "sentBytes", NULL };
  static const char *const orders[] = { "ascending", "descending", NULL };
  MsUsageQuery             query = { .of = ms_call_get_query (call, "of") };
  gint64                   start = 1;
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done = ms_call_get_choice (call, "children", kinds, &query.children, &error)
                  && ms_call_get_choice (call, "sortBy", sorts, &query.sort_by, &error)
                  && ms_call_get_choice (call, "sortOrder", orders, &query.sort_order, &error)
                  && ms_call_get_number (call, "startIndex", 1, 1, &start, &error)
                  && ms_call_get_count (
                      call, "count", DEFAULT_CHILDREN, MS_USAGE_MAX_CHILDREN, &query.count, &error)
                  && read_periods (call, &query.periods, &error);

  query.start = start - 1;
  done = done && ms_service_read_usage (call->service, call->actor, &query, out, &error);
  ms_call_respond_result (call, done, 200, out, error);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_usage[] = {
  { "GET",
    "/api/v1/usage",
    read_usage,
    MS_POLICY_READ,
    0,
    .query = "of children sortBy sortOrder startIndex count periods" },
  { "POST",
    "/api/v1/usage",
    report_usage,
    MS_POLICY_REPORT_USAGE,
    MS_ROUTE_JSON | MS_ROUTE_WORKER | MS_ROUTE_USAGE_TOKENS,
    .members = "readings" },
  { NULL },
};
/* clang-format on */
