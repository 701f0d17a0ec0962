/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/ranges and /api/v1/position: where in a sorted list names and objects stand.
 */
#include "ms-call.h"
#include "ms-error.h"
#include "ms-list-request.h"

#define DEFAULT_STEP 500
#define MAX_STEP 10000

static gboolean
read_list (MsCall *call, MsListRequest *list, GError **error)
{
  const char           *name = ms_call_get_query (call, "type");
  const MsResourceType *type
      = name != NULL
            ? ms_schema_registry_get_type_by_name (ms_service_get_schemas (call->service), name)
            : NULL;

  if (type == NULL || type->singleton || type->internal)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "type",
                    "The parameter type names a resource type.");
      return FALSE;
    }
  return ms_list_request_init_from_query (list, call, type, error);
}

static void
list_ranges (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_auto (MsListRequest) list = { 0 };
  GString *out = g_string_new (NULL);
  guint    step = DEFAULT_STEP;
  gboolean done
      = read_list (call, &list, &error)
        && ms_call_get_count (call, "step", DEFAULT_STEP, MAX_STEP, &step, &error)
        && ms_service_list_ranges (call->service, call->actor, &list.query, step, out, &error);

  ms_call_respond_result (call, done, 200, out, error);
}

static void
find_position (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_auto (MsListRequest) list = { 0 };
  const char *id = ms_call_get_query (call, "id");
  gint64      position = -1;

  if (id == NULL)
    ms_error_set (&error, MS_ERROR_INVALID, "invalidValue", "id", "The parameter id is missing.");
  if (id == NULL || !read_list (call, &list, &error)
      || !ms_service_find_position (call->service, call->actor, &list.query, id, &position, &error))
    {
      ms_call_respond_error (call, error);
      return;
    }
  GString *out = g_string_new (NULL);
  g_string_append_printf (out, "{\"position\":%" G_GINT64_FORMAT "}", position);
  ms_call_respond_json (call, 200, out);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_ranges[] = {
  { "GET",
    "/api/v1/ranges",
    list_ranges,
    MS_POLICY_READ,
    0,
    .query = "type step filter search sortBy sortOrder" },
  { "GET",
    "/api/v1/position",
    find_position,
    MS_POLICY_READ,
    0,
    .query = "type id filter search sortBy sortOrder" },
  { NULL },
};
/* clang-format on */
