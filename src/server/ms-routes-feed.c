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
  g_autoptr (GString) out = g_string_new (NULL);
  const char *form = NULL;
  gint64      since = 0;
  gint64      count = DEFAULT_COUNT;

  if (!ms_call_get_int (call, "since", 0, &since, &error)
      || !ms_call_get_int (call, "count", DEFAULT_COUNT, &count, &error)
      || !ms_call_get_choice (call, "events", forms, &form, &error)
      || !ms_service_read_feed (call->service,
                                call->actor,
                                MAX (since, 0),
                                (guint) CLAMP (count, 1, MAX_COUNT),
                                form == forms[1],
                                call->base_url,
                                out,
                                &error))
    ms_call_respond_error (call, error);
  else
    ms_call_respond_json (call, 200, g_steal_pointer (&out));
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_feed[] = {
  { "GET", "/api/v1/feed", read_feed, MS_POLICY_HISTORY, MS_ROUTE_SCIM_TOKENS },
  { NULL },
};
/* clang-format on */
