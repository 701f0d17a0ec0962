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
  g_autoptr (GString) out = g_string_new (NULL);
  gint64 count = DEFAULT_COUNT;

  if (!ms_call_get_int (call, "count", DEFAULT_COUNT, &count, &error)
      || !ms_service_search (call->service,
                             call->actor,
                             ms_call_get_query (call, "q"),
                             (guint) CLAMP (count, 1, MAX_COUNT),
                             out,
                             &error))
    ms_call_respond_error (call, error);
  else
    ms_call_respond_json (call, 200, g_steal_pointer (&out));
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_search[] = {
  { "GET", "/api/v1/search", search_all, MS_POLICY_READ, 0 },
  { NULL },
};
/* clang-format on */
