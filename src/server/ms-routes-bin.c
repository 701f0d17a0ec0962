/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/bin: what was deleted, restoring it, and removing it for good.
 */
#include "ms-call.h"
#include "ms-error.h"

#define DEFAULT_COUNT 100
#define MAX_COUNT 1000

static void
list_bin (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  guint    count = DEFAULT_COUNT;
  gboolean done = ms_call_get_count (call, "count", DEFAULT_COUNT, MAX_COUNT, &count, &error)
                  && ms_service_list_bin (call->service,
                                          call->actor,
                                          ms_call_get_query (call, "type"),
                                          ms_call_get_query (call, "search"),
                                          ms_call_get_query (call, "before"),
                                          count,
                                          out,
                                          &error);

  ms_call_respond_result (call, done, 200, out, error);
}

static void
apply (MsCall *call, MsVerb verb, JsonObject *body)
{
  MsOperation *operation = ms_operation_new (verb);

  operation->body = body;
  ms_call_apply (call, operation);
}

/* The one object that the path names, where others are named by the body. */
static JsonObject *
name_in_body (MsCall *call)
{
  JsonObject *body = call->body != NULL ? json_object_ref (call->body) : json_object_new ();
  JsonArray  *ids = json_array_new ();

  json_array_add_string_element (ids, call->parameters[0]);
  json_object_set_array_member (body, "ids", ids);
  return body;
}

static void
restore_objects (MsCall *call)
{
  apply (call, MS_VERB_RESTORE, json_object_ref (call->body));
}

static void
restore_object (MsCall *call)
{
  apply (call, MS_VERB_RESTORE, name_in_body (call));
}

static void
purge_objects (MsCall *call)
{
  apply (call, MS_VERB_PURGE, json_object_ref (call->body));
}

static void
purge_object (MsCall *call)
{
  apply (call, MS_VERB_PURGE, name_in_body (call));
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_bin[] = {
  { "GET", "/api/v1/bin", list_bin, MS_POLICY_HISTORY, 0, .query = "type search before count" },
  { "POST",
    "/api/v1/bin/restore",
    restore_objects,
    MS_POLICY_UNDO,
    MS_ROUTE_JSON,
    .members = "ids alone as dryRun" },
  { "POST",
    "/api/v1/bin/purge",
    purge_objects,
    MS_POLICY_PURGE,
    MS_ROUTE_JSON,
    .members = "ids dryRun" },
  { "POST",
    "/api/v1/bin/{}/restore",
    restore_object,
    MS_POLICY_UNDO,
    MS_ROUTE_OPTIONAL_JSON,
    .members = "alone as dryRun" },
  { "DELETE", "/api/v1/bin/{}", purge_object, MS_POLICY_PURGE, 0 },
  { NULL },
};
/* clang-format on */
