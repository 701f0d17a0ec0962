/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/audit: the chain of change sets: its head to be kept elsewhere, checking it piece by
 * piece, and all of it as lines of JSON for those who check it themselves.
 */
#include "ms-call.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-text-stream.h"

#define DEFAULT_COUNT 10000

static void
get_head (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done = ms_service_get_chain_head (call->service, call->actor, out, &error);

  ms_call_respond_result (call, done, 200, out, error);
}

/* A whole number of the body, not below @least, or @fallback where it is not given. */
static gboolean
read_number (
    MsCall *call, const char *name, gint64 least, gint64 fallback, gint64 *number, GError **error)
{
  JsonNode *node = call->body != NULL ? ms_json_object_find (call->body, name) : NULL;

  *number = fallback;
  if (node == NULL)
    return TRUE;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64
      && json_node_get_int (node) >= least)
    {
      *number = json_node_get_int (node);
      return TRUE;
    }
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                name,
                "%s is to be a number, %" G_GINT64_FORMAT " or more.",
                name,
                least);
  return FALSE;
}

static void
verify_chain (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  const char *hash = NULL;
  gint64      since, count;

  if (!read_number (call, "since", 0, 0, &since, &error)
      || !read_number (call, "count", 1, DEFAULT_COUNT, &count, &error)
      || (call->body != NULL && !ms_call_get_member (call, "hash", NULL, &hash, &error))
      || !ms_service_verify_chain (
          call->service, call->actor, since, hash, (guint) MIN (count, DEFAULT_COUNT), out, &error))
    ms_call_respond_error (call, error);
  else
    ms_call_respond_json (call, 200, g_steal_pointer (&out));
}

static gboolean
write_export (MsCall *call, gpointer data, MsWriteFunc write, gpointer user_data, GError **error)
{
  gint64 *since = data;

  return ms_service_export_chain (call->service, call->actor, *since, write, user_data, error);
}

static gboolean
begin_export (MsCall *call, gpointer data, GError **error)
{
  gint64 *since = data;

  return ms_service_begin_export_chain (call->service, call->actor, *since, error);
}

static void
export_chain (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  gint64 *since = g_new0 (gint64, 1);

  if (!ms_call_get_number (call, "since", 0, 0, since, &error))
    {
      g_free (since);
      ms_call_respond_error (call, error);
      return;
    }
  ms_text_stream_respond (call,
                          "application/x-ndjson",
                          "changes.jsonl",
                          FALSE,
                          begin_export,
                          write_export,
                          since,
                          g_free);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_audit[] = {
  { "GET", "/api/v1/audit/head", get_head, MS_POLICY_AUDIT, 0 },
  { "POST",
    "/api/v1/audit/verify",
    verify_chain,
    MS_POLICY_AUDIT,
    MS_ROUTE_OPTIONAL_JSON | MS_ROUTE_WORKER,
    .members = "since hash count" },
  { "GET",
    "/api/v1/audit/export",
    export_chain,
    MS_POLICY_AUDIT,
    MS_ROUTE_NO_HEAD,
    .query = "since" },
  { NULL },
};
/* clang-format on */
