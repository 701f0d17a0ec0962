/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/export: CSV, row by row, at the speed of whoever reads it.
 */
#include "ms-call.h"
#include "ms-error.h"
#include "ms-list-request.h"
#include "ms-text-stream.h"
#include <string.h>

static gboolean
write_export (MsCall *call, gpointer data, MsWriteFunc write, gpointer user_data, GError **error)
{
  const MsListRequest *list = data;

  return ms_service_export (call->service, call->actor, &list->query, write, user_data, error);
}

static gboolean
begin_export (MsCall *call, gpointer data, GError **error)
{
  const MsListRequest *list = data;

  return ms_service_begin_export (call->service, call->actor, &list->query, error);
}

static const MsResourceType *
find_type (MsCall *call, GError **error)
{
  const char           *name = ms_call_get_query (call, "type");
  const MsResourceType *type = ms_schema_registry_get_type_by_name (
      ms_service_get_schemas (call->service), name != NULL ? name : MS_TYPE_NAME_MAILBOX);

  if (type != NULL && !type->singleton && !type->internal)
    return type;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "type",
                "There is no type “%s” whose objects could be exported.",
                name);
  return NULL;
}

static void export(MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_auto (MsListRequest) list = { 0 };
  const MsResourceType *type = find_type (call, &error);

  if (type == NULL || !ms_list_request_init_from_query (&list, call, type, &error))
    {
      ms_call_respond_error (call, error);
      return;
    }
  list.query.start = 0;
  list.query.count = G_MAXINT64;
  /* Until it has begun to read: what the list holds is of the tables of now. */
  ms_text_stream_respond (call,
                          "text/csv; charset=utf-8",
                          "export.csv",
                          TRUE,
                          begin_export,
                          write_export,
                          ms_list_request_move (&list),
                          ms_list_request_free);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_export[] = {
  { "GET",
    "/api/v1/export",
    export,
    MS_POLICY_EXPORT,
    MS_ROUTE_NO_HEAD,
    .query = "type filter search sortBy sortOrder" },
  { NULL },
};
/* clang-format on */
