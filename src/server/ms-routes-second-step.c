/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/session/totp: one's own second step of logging on; /api/v1/totp/ID: anybody's.
 */
#include "ms-call.h"
#include "ms-error.h"

/* Names the change set in the answer, which is an object with members or nothing. */
static void
respond_changed (MsCall *call, GString *out, gint64 sequence)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, sequence);

  ms_call_add_change (call, sequence);
  if (out->len > 0)
    {
      g_string_truncate (out, out->len - 1);
      g_string_append_c (out, ',');
    }
  else
    g_string_append_c (out, '{');
  g_string_append_printf (out, "\"changeSet\":%s}", text);
  ms_call_respond_json (call, 200, out);
}

static void
get_own (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done = ms_service_get_second_step (call->service, call->actor, out, &error);

  ms_call_respond_result (call, done, 200, out, error);
}

static void
start (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done = ms_service_start_second_step (call->service, call->actor, out, &error);

  ms_call_respond_result (call, done, 201, out, error);
}

static void
confirm (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  const char *password = NULL;
  const char *code = NULL;
  gint64      sequence = 0;

  if (!ms_call_need_member (call, "password", &password, &error)
      || !ms_call_need_member (call, "code", &code, &error)
      || !ms_service_confirm_second_step (call->service,
                                          call->actor,
                                          password,
                                          code,
                                          ms_http_request_get_peer (call->request),
                                          out,
                                          &sequence,
                                          &error))
    ms_call_respond_error (call, error);
  else
    respond_changed (call, g_steal_pointer (&out), sequence);
}

static void
remove_own (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  const char *password = NULL;
  const char *code = NULL;
  gint64      sequence = 0;

  if (!ms_call_need_member (call, "password", &password, &error)
      || !ms_call_need_member (call, "code", &code, &error)
      || !ms_service_remove_second_step (call->service,
                                         call->actor,
                                         password,
                                         code,
                                         ms_http_request_get_peer (call->request),
                                         &sequence,
                                         &error))
    ms_call_respond_error (call, error);
  else
    respond_changed (call, g_string_new (NULL), sequence);
}

static void
show_one (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done
      = ms_service_show_second_step (call->service, call->actor, call->parameters[0], out, &error);

  ms_call_respond_result (call, done, 200, out, error);
}

static void
clear_one (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  gint64 sequence = 0;

  if (!ms_service_clear_second_step (
          call->service, call->actor, call->parameters[0], &sequence, &error))
    ms_call_respond_error (call, error);
  else
    respond_changed (call, g_string_new (NULL), sequence);
}

#define OWN MS_POLICY_OWN_SECOND_STEP
#define FLAGS (MS_ROUTE_WORKER | MS_ROUTE_UNENROLLED)

/* clang-format off: one row, one line */
const MsRoute ms_routes_second_step[] = {
  { "GET", "/api/v1/session/totp", get_own, OWN, MS_ROUTE_UNENROLLED },
  { "POST", "/api/v1/session/totp", start, OWN, FLAGS | MS_ROUTE_OPTIONAL_JSON },
  { "POST",
    "/api/v1/session/totp/confirm",
    confirm,
    OWN,
    FLAGS | MS_ROUTE_JSON,
    .members = "password code" },
  { "POST",
    "/api/v1/session/totp/remove",
    remove_own,
    OWN,
    FLAGS | MS_ROUTE_JSON,
    .members = "password code" },
  { "GET", "/api/v1/totp/{}", show_one, MS_POLICY_READ, 0 },
  { "DELETE", "/api/v1/totp/{}", clear_one, MS_POLICY_CLEAR_SECOND_STEP, MS_ROUTE_WORKER },
  { NULL },
};
/* clang-format on */
