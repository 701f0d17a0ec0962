/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/tokens: API tokens for identity providers and scripts.
 */
#include "ms-call.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-server.h"

static void
create_token (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  const char      *name = NULL;
  const char      *scope = NULL;
  const char      *until = NULL;
  gint64           expires = 0;
  gint64           sequence = 0;
  g_autofree char *stored_name = NULL;

  if (!ms_call_get_member (call, "name", NULL, &name, &error)
      || !ms_call_get_member (call, "scope", "scim", &scope, &error)
      || !ms_call_get_member (call, "expires", NULL, &until, &error))
    {
      ms_call_respond_error (call, error);
      return;
    }
  if (until != NULL && !ms_json_parse_time (until, &expires))
    {
      ms_error_set (&error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "expires",
                    "expires is to be a time such as 2027-01-31T12:00:00Z.");
      ms_call_respond_error (call, error);
      return;
    }
  g_autofree char *token = ms_service_create_token (
      call->service, call->actor, name, scope, expires, &stored_name, &sequence, &error);
  if (token == NULL)
    {
      ms_call_respond_error (call, error);
      return;
    }
  g_autofree char *time
      = ms_json_format_time (expires != 0 ? expires : g_get_real_time () + 365 * G_TIME_SPAN_DAY);
  GString *out = g_string_new ("{\"token\":");
  ms_json_append_string (out, token);
  g_string_append (out, ",\"name\":");
  ms_json_append_string (out, stored_name);
  g_string_append_printf (out, ",\"scope\":\"%s\",\"expires\":\"%s\"}", scope, time);
  ms_call_add_change (call, sequence);
  ms_call_respond_json (call, 201, out);
}

static void
list_tokens (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done = ms_service_list_tokens (call->service, call->actor, out, &error);

  ms_call_respond_result (call, done, 200, out, error);
}

static void
revoke_token (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  gint64 sequence = 0;

  if (!ms_service_revoke_token (call->service, call->actor, call->parameters[0], &sequence, &error))
    {
      ms_call_respond_error (call, error);
      return;
    }
  ms_event_feed_look (ms_server_get_feed (call->server));
  ms_call_add_change (call, sequence);
  ms_call_respond_empty (call, 204);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_tokens[] = {
  { "GET", "/api/v1/tokens", list_tokens, MS_POLICY_READ, 0 },
  { "POST",
    "/api/v1/tokens",
    create_token,
    MS_POLICY_TOKENS,
    MS_ROUTE_JSON | MS_ROUTE_WORKER,
    .members = "name scope expires" },
  { "DELETE", "/api/v1/tokens/{}", revoke_token, MS_POLICY_TOKENS, MS_ROUTE_WORKER },
  { NULL },
};
/* clang-format on */
