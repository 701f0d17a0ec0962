/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/export: CSV, row by row, at the speed of whoever reads it.
 */
#include "ms-call.h"
#include "ms-error.h"
#include "ms-list-request.h"
#include "ms-server.h"
#include <string.h>

#define QUEUE_BYTES (256 * 1024)
#define CHUNK_BYTES (16 * 1024)

/* What an export needs after its request's thread has gone on. */
typedef struct
{
  MsHttpRequest *request; /* keeps the call */
  MsCall        *call;
  MsListRequest  list;
  MsHttpStream  *stream;
  GString       *chunk;
} Export;

static void
export_free (Export *self)
{
  ms_list_request_clear (&self->list);
  g_clear_pointer (&self->stream, ms_http_stream_unref);
  g_string_free (self->chunk, TRUE);
  ms_http_request_unref (self->request);
  g_free (self);
}

static gboolean
flush (Export *self, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (self->chunk->str, self->chunk->len);

  if (self->chunk->len == 0 || ms_http_stream_push (self->stream, bytes))
    {
      g_string_truncate (self->chunk, 0);
      return TRUE;
    }
  ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "The client has gone.");
  return FALSE;
}

static gboolean
on_write_cb (const char *data, gsize length, gpointer user_data, GError **error)
{
  Export *self = user_data;

  g_string_append_len (self->chunk, data, (gssize) length);
  return self->chunk->len < CHUNK_BYTES || flush (self, error);
}

static gpointer
export_main (gpointer data)
{
  Export *self = data;
  g_autoptr (GError) error = NULL;
  gboolean complete
      = ms_service_export (
            self->call->service, self->call->actor, &self->list.query, on_write_cb, self, &error)
        && flush (self, &error);

  if (!complete && !ms_http_stream_is_gone (self->stream))
    g_message ("An export broke off: %s", error->message);
  ms_http_stream_close (self->stream, complete);
  export_free (self);
  return NULL;
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
  if (!ms_server_reserve_long (call->server))
    {
      ms_error_set (&error,
                    MS_ERROR_UNAVAILABLE,
                    NULL,
                    NULL,
                    "Other exports are running; try again when they are done.");
      ms_call_respond_error (call, error);
      return;
    }
  list.query.start = 0;
  list.query.count = G_MAXINT64;
  Export *self = g_new0 (Export, 1);
  self->request = ms_http_request_ref (call->request);
  self->call = call;
  self->list = list;
  self->chunk = g_string_sized_new (CHUNK_BYTES + 1024);
  memset (&list, 0, sizeof list);
  ms_http_request_add_header (call->request, "Cache-Control", "no-store");
  ms_http_request_add_header (
      call->request, "Content-Disposition", "attachment; filename=\"export.csv\"");
  self->stream
      = ms_http_request_respond_stream (call->request, 200, "text/csv; charset=utf-8", QUEUE_BYTES);
  /* Until it has begun to read: what the list holds is of the tables of now. */
  ms_service_hand_over (call->service);
  ms_server_run_long (call->server, export_main, self);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_export[] = {
  { "GET", "/api/v1/export", export, MS_POLICY_EXPORT, MS_ROUTE_NO_HEAD },
  { NULL },
};
/* clang-format on */
