/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/search: one search over all types.
 */
#include "ms-call.h"

#define DEFAULT_COUNT 10
#define MAX_COUNT 100

static void
search_all (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  guint    count = DEFAULT_COUNT;
  gboolean done
      = ms_call_get_count (call, "count", DEFAULT_COUNT, MAX_COUNT, &count, &error)
        && ms_service_search (
            call->service, call->actor, ms_call_get_query (call, "q"), count, out, &error);

  ms_call_respond_result (call, done, 200, out, error);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_search[] = {
  { "GET", "/api/v1/search", search_all, MS_POLICY_READ, 0, .query = "q count" },
  { NULL },
};
/* clang-format on */
