/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/feed: what happened to the objects, as claims of security event tokens.
 */
#include "ms-call.h"

#define DEFAULT_COUNT 100
#define MAX_COUNT 1000

static void
read_feed (MsCall *call)
{
  static const char *const forms[] = { "notice", "full", NULL };
  g_autoptr (GError) error = NULL;
  GString    *out = g_string_new (NULL);
  const char *form = NULL;
  gint64      since = 0;
  guint       count = DEFAULT_COUNT;
  gboolean    done = ms_call_get_number (call, "since", 0, 0, &since, &error)
                  && ms_call_get_count (call, "count", DEFAULT_COUNT, MAX_COUNT, &count, &error)
                  && ms_call_get_choice (call, "events", forms, &form, &error)
                  && ms_service_read_feed (call->service,
                                           call->actor,
                                           since,
                                           count,
                                           form == forms[1],
                                           call->base_url,
                                           out,
                                           &error);

  ms_call_respond_result (call, done, 200, out, error);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_feed[] = {
  { "GET",
    "/api/v1/feed",
    read_feed,
    MS_POLICY_HISTORY,
    MS_ROUTE_SCIM_TOKENS,
    .query = "since count events" },
  { NULL },
};
/* clang-format on */
