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

static gboolean
read_ranges (MsCall *call, gint64 deadline, gpointer data, GString *out, GError **error)
{
  MsListRequest *list = data;
  guint          step = DEFAULT_STEP;

  ms_list_request_set_deadline (list, deadline);
  return ms_call_get_count (call, "step", DEFAULT_STEP, MAX_STEP, &step, error)
         && ms_service_list_ranges (call->service, call->actor, &list->query, step, out, error);
}

static void
list_ranges (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_auto (MsListRequest) list = { 0 };

  if (!read_list (call, &list, &error))
    ms_call_respond_error (call, error);
  else
    ms_call_read (call, read_ranges, ms_list_request_move (&list), ms_list_request_free);
}

static gboolean
read_position (MsCall *call, gint64 deadline, gpointer data, GString *out, GError **error)
{
  MsListRequest *list = data;
  const char    *id = ms_call_get_query (call, "id");
  gint64         position = -1;

  ms_list_request_set_deadline (list, deadline);
  if (!ms_service_find_position (call->service, call->actor, &list->query, id, &position, error))
    return FALSE;
  g_string_append_printf (out, "{\"position\":%" G_GINT64_FORMAT "}", position);
  return TRUE;
}

static void
find_position (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_auto (MsListRequest) list = { 0 };

  if (ms_call_get_query (call, "id") == NULL)
    ms_error_set (&error, MS_ERROR_INVALID, "invalidValue", "id", "The parameter id is missing.");
  if (error != NULL || !read_list (call, &list, &error))
    ms_call_respond_error (call, error);
  else
    ms_call_read (call, read_position, ms_list_request_move (&list), ms_list_request_free);
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
