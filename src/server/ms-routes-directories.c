/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/directories: outside directories (LDAP) whose people are taken over as users.
 */
#include "ms-call.h"
#include "ms-directories.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-server.h"

#define MAX_ROWS 1000
#define TRIED 10

static void
respond (MsCall *call, gboolean done, guint status, GString *out, gint64 version, GError *error)
{
  if (done && version > 0)
    {
      g_autofree char *etag = g_strdup_printf ("W/\"%" G_GINT64_FORMAT "\"", version);
      ms_http_request_add_header (call->request, "ETag", etag);
    }
  ms_call_respond_result (call, done, status, out, error);
}

static void
list_directories (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done = ms_service_list_directories (call->service, call->actor, out, &error);

  respond (call, done, 200, out, 0, error);
}

static void
get_directory (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gint64   version = 0;
  gboolean done = ms_service_get_directory (
      call->service, call->actor, call->parameters[0], out, &version, &error);

  respond (call, done, 200, out, version, error);
}

/* @id: (nullable): a new one */
static void
put (MsCall *call, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *if_match = ms_http_request_dup_list (call->request, "If-Match");
  GString         *out = g_string_new (NULL);
  gint64           version = 0;
  gint64           sequence = 0;
  gboolean         done = ms_service_put_directory (
      call->service, call->actor, id, call->body, if_match, out, NULL, &version, &sequence, &error);

  ms_call_add_change (call, sequence);
  respond (call, done, id == NULL ? 201 : 200, out, version, error);
}

static void
create_directory (MsCall *call)
{
  put (call, NULL);
}

static void
change_directory (MsCall *call)
{
  put (call, call->parameters[0]);
}

static void
delete_directory (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *if_match = ms_http_request_dup_list (call->request, "If-Match");
  gint64           sequence = 0;
  gboolean         done = ms_service_delete_directory (
      call->service, call->actor, call->parameters[0], if_match, &sequence, &error);

  ms_call_add_change (call, sequence);
  if (done)
    ms_call_respond_empty (call, 204);
  else
    ms_call_respond_error (call, error);
}

/* Waits for somebody else's server, so that few of these are at it at once and none holds up the
 * end of this one. @id: (nullable): only what the body says */
static gboolean
try_it (MsCall *call, const char *id, GString *out, GError **error)
{
  guint count = TRIED;

  if (!ms_call_get_count (call, "count", TRIED, MS_DIRECTORY_TRY_MAX, &count, error))
    return FALSE;
  g_autoptr (GCancellable) ending = ms_server_begin_trial (call->server, error);
  if (ending == NULL)
    return FALSE;
  g_autoptr (GError) local_error = NULL;
  gboolean done = ms_service_try_directory (
      call->service, call->actor, id, call->body, count, ending, out, &local_error);
  ms_server_end_trial (call->server);
  if (!done && g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "The server is about to end.");
  else if (!done)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return done;
}

static void
respond_trial (MsCall *call, const char *id)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done = try_it (call, id, out, &error);

  respond (call, done, 200, out, 0, error);
}

static void
try_directory (MsCall *call)
{
  respond_trial (call, call->parameters[0]);
}

static void
try_new_directory (MsCall *call)
{
  respond_trial (call, NULL);
}

static gboolean
read_force (MsCall *call, gboolean *force, GError **error)
{
  JsonNode *node = call->body != NULL ? ms_json_object_find (call->body, "force") : NULL;

  *force = FALSE;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    {
      ms_error_set (
          error, MS_ERROR_INVALID, "invalidValue", "force", "“force” must be true or false.");
      return FALSE;
    }
  *force = json_node_get_boolean (node);
  return TRUE;
}

static void
start (MsCall *call, MsDirectoryMode mode)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean force = FALSE;
  gboolean done = read_force (call, &force, &error)
                  && ms_service_start_directory (
                      call->service, call->actor, call->parameters[0], mode, force, out, &error);

  respond (call, done, 202, out, 0, error);
}

static void
rehearse_directory (MsCall *call)
{
  start (call, MS_DIRECTORY_REHEARSE);
}

static void
run_directory (MsCall *call)
{
  start (call, MS_DIRECTORY_RUN);
}

static void
cancel_directory (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  const char *id = call->parameters[0];
  GString    *out = g_string_new (NULL);
  gboolean    done = ms_service_cancel_directory (call->service, call->actor, id, &error)
                  && ms_service_get_directory (call->service, call->actor, id, out, NULL, &error);

  respond (call, done, 202, out, 0, error);
}

static void
undo_directory (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  char *job
      = ms_service_get_directory_job (call->service, call->actor, call->parameters[0], &error);

  if (job == NULL)
    {
      ms_call_respond_error (call, error);
      return;
    }
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);
  operation->job = job;
  operation->body = call->body != NULL ? json_object_ref (call->body) : NULL;
  ms_call_apply (call, operation);
}

static void
list_rows (MsCall *call)
{
  static const char *const statuses[] = { "create", "update", "rename",    "disable", "enable",
                                          "delete", "refuse", "unchanged", NULL };
  g_autoptr (GError) error = NULL;
  GString    *out = g_string_new (NULL);
  const char *status = NULL;
  gint64      first = 1;
  guint       count = 100;
  gboolean    done
      = ms_call_get_choice (call, "status", statuses, &status, &error)
        && ms_call_get_number (call, "startIndex", 1, 1, &first, &error)
        && ms_call_get_count (call, "count", 100, MAX_ROWS, &count, &error)
        && ms_service_list_directory_rows (
            call->service, call->actor, call->parameters[0], status, first - 1, count, out, &error);

  respond (call, done, 200, out, 0, error);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_directories[] = {
  { "GET", "/api/v1/directories", list_directories, MS_POLICY_READ_DIRECTORIES, 0 },
  { "POST",
    "/api/v1/directories",
    create_directory,
    MS_POLICY_DIRECTORIES,
    MS_ROUTE_JSON | MS_ROUTE_WORKER,
    .members = MS_ROUTE_ANY_NAME },
  { "POST",
    "/api/v1/directories/try",
    try_new_directory,
    MS_POLICY_DIRECTORIES,
    MS_ROUTE_JSON | MS_ROUTE_WORKER,
    .query = "count",
    .members = MS_ROUTE_ANY_NAME },
  { "GET", "/api/v1/directories/{}", get_directory, MS_POLICY_READ_DIRECTORIES, 0 },
  { "PATCH",
    "/api/v1/directories/{}",
    change_directory,
    MS_POLICY_DIRECTORIES,
    MS_ROUTE_JSON | MS_ROUTE_WORKER,
    .members = MS_ROUTE_ANY_NAME },
  { "DELETE", "/api/v1/directories/{}", delete_directory, MS_POLICY_DIRECTORIES, MS_ROUTE_WORKER },
  { "POST",
    "/api/v1/directories/{}/try",
    try_directory,
    MS_POLICY_DIRECTORIES,
    MS_ROUTE_OPTIONAL_JSON | MS_ROUTE_WORKER,
    .query = "count",
    .members = MS_ROUTE_ANY_NAME },
  { "POST",
    "/api/v1/directories/{}/rehearse",
    rehearse_directory,
    MS_POLICY_DIRECTORIES,
    MS_ROUTE_OPTIONAL_JSON | MS_ROUTE_WORKER,
    .members = "force" },
  { "POST",
    "/api/v1/directories/{}/run",
    run_directory,
    MS_POLICY_DIRECTORIES,
    MS_ROUTE_OPTIONAL_JSON | MS_ROUTE_WORKER,
    .members = "force" },
  { "POST",
    "/api/v1/directories/{}/cancel",
    cancel_directory,
    MS_POLICY_DIRECTORIES,
    MS_ROUTE_OPTIONAL_JSON | MS_ROUTE_WORKER },
  { "POST",
    "/api/v1/directories/{}/undo",
    undo_directory,
    MS_POLICY_UNDO,
    MS_ROUTE_OPTIONAL_JSON,
    .members = "dryRun" },
  { "GET",
    "/api/v1/directories/{}/rows",
    list_rows,
    MS_POLICY_READ_DIRECTORIES,
    0,
    .query = "status startIndex count" },
  { NULL },
};
/* clang-format on */
