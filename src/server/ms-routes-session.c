/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/session: logging on and off. The one body that is read before anybody is known is this
 * one's.
 */
#include "ms-describe.h"
#include "ms-error.h"
#include "ms-server.h"
#include <string.h>

/* On a thread of the service's pool. */
static void
on_logged_on_cb (
    const char *token, MsActor *actor, gint64 expires, const GError *error, gpointer user_data)
{
  MsCall *call = user_data;
  g_autoptr (GError) local_error = NULL;

  if (error != NULL)
    {
      /* Who showed that they belong here may read why the store takes no session. */
      call->actor = actor != NULL ? ms_actor_copy (actor) : NULL;
      ms_call_respond_error (call, error);
      return;
    }
  JsonNode *session = ms_describe_session (call->server, call->service, actor, token, &local_error);
  if (session == NULL)
    ms_call_respond_error (call, local_error);
  else
    ms_call_respond_node (call, 201, session);
}

static void
log_on (MsCall *call)
{
  static const char *const channels[] = { "console", "cli", "scim", NULL };
  g_autoptr (GError) error = NULL;
  const char *user_name = NULL;
  const char *password = NULL;
  const char *code = NULL;
  const char *channel = ms_http_request_get_header (call->request, "X-Mailstead-Channel");

  if (!ms_call_need_member (call, "userName", &user_name, &error)
      || !ms_call_need_member (call, "password", &password, &error)
      || !ms_call_get_member (call, "code", NULL, &code, &error)
      || !ms_service_check_current (call->service, &error))
    {
      ms_call_respond_error (call, error);
      return;
    }
  if (channel == NULL || !g_strv_contains (channels, channel))
    channel = "scim";
  g_autofree char *kept = g_strdup (channel);
  call->may_repeat = FALSE;
  ms_http_request_defer (call->request);
  ms_service_log_on_async (call->service,
                           user_name,
                           password,
                           code,
                           ms_http_request_get_peer (call->request),
                           kept,
                           on_logged_on_cb,
                           call);
}

static void
get_session (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  JsonNode *session = ms_describe_session (call->server, call->service, call->actor, NULL, &error);

  if (session == NULL)
    ms_call_respond_error (call, error);
  else
    ms_call_respond_node (call, 200, session);
}

static void
log_off (MsCall *call)
{
  g_autoptr (GError) error = NULL;

  if (!ms_service_log_off (call->service, call->actor, &error))
    {
      ms_call_respond_error (call, error);
      return;
    }
  ms_event_feed_look (ms_server_get_feed (call->server));
  ms_call_respond_empty (call, 204);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_session[] = {
  { "POST",
    "/api/v1/session",
    log_on,
    MS_RIGHT_ANYBODY,
    MS_ROUTE_LOG_ON,
    .members = "userName password code" },
  { "GET", "/api/v1/session", get_session, MS_RIGHT_LOGGED_ON, MS_ROUTE_UNENROLLED },
  { "DELETE",
    "/api/v1/session",
    log_off,
    MS_RIGHT_LOGGED_ON,
    MS_ROUTE_WORKER | MS_ROUTE_UNENROLLED },
  { NULL },
};
/* clang-format on */
