/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pieces are gathered into chunks; a bounded queue holds the writer back where the reader is slow.
 */
#include "ms-text-stream.h"

#include "ms-error.h"
#include "ms-server.h"

#define QUEUE_BYTES (256 * 1024)
#define CHUNK_BYTES (16 * 1024)
#define ENDING_HEADER "X-Mailstead-Ending"

/* What is needed after the request's thread has gone on. */
typedef struct
{
  MsHttpRequest   *request; /* keeps the call */
  MsCall          *call;
  MsHttpStream    *stream;
  GString         *chunk;
  char            *ending; /* (nullable) */
  MsTextStreamFunc func;
  gpointer         data;
  GDestroyNotify   data_free;
} TextStream;

static void
text_stream_free (TextStream *self)
{
  self->data_free (self->data);
  g_clear_pointer (&self->stream, ms_http_stream_unref);
  g_string_free (self->chunk, TRUE);
  g_free (self->ending);
  ms_http_request_unref (self->request);
  g_free (self);
}

static gboolean
flush (TextStream *self, GError **error)
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
  TextStream *self = user_data;

  g_string_append_len (self->chunk, data, (gssize) length);
  return self->chunk->len < CHUNK_BYTES || flush (self, error);
}

static gpointer
text_stream_main (gpointer data)
{
  TextStream *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) unsent = NULL;
  gboolean complete = self->func (self->call, self->data, on_write_cb, self, &error);

  if (complete && self->ending != NULL)
    g_string_append (self->chunk, self->ending);
  /* Also of what broke off, whoever reads it gets what there was. */
  if (!flush (self, &unsent))
    complete = FALSE;
  if (!complete && !ms_http_stream_is_gone (self->stream))
    g_message ("An export broke off: %s", (error != NULL ? error : unsent)->message);
  ms_http_stream_close (self->stream, complete);
  text_stream_free (self);
  return NULL;
}

/* (nullable) without error: none is wanted */
static char *
read_ending (MsCall *call, GError **error)
{
  const char *text = ms_http_request_get_header (call->request, ENDING_HEADER);

  if (text == NULL
      || g_regex_match_simple ("^[0-9A-Za-z]{16,64}$", text, G_REGEX_DOLLAR_ENDONLY, 0))
    return g_strdup (text);
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                NULL,
                ENDING_HEADER " is 16 to 64 letters and digits.");
  return NULL;
}

/* Everything that can still be refused. @ending: (out) (nullable) */
static gboolean
prepare (MsCall *call, MsTextBeginFunc begin, gpointer data, char **ending, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *ending = read_ending (call, &failed);
  if (failed == NULL && begin (call, data, &failed))
    return TRUE;
  g_clear_pointer (ending, g_free);
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

/* What an export's change set says elsewhere. */
static void
log_without_note (MsCall *call)
{
  if (ms_store_is_read_only (ms_service_get_store (call->service)))
    g_message ("Exported to %s: %s; the store is open for reading only and keeps no note of it",
               call->actor->user_name,
               ms_http_request_get_target (call->request));
}

void
ms_text_stream_respond (MsCall          *call,
                        const char      *content_type,
                        const char      *file_name,
                        gboolean         hand_over,
                        MsTextBeginFunc  begin,
                        MsTextStreamFunc func,
                        gpointer         data,
                        GDestroyNotify   data_free)
{
  g_autoptr (GError) error = NULL;

  if (!ms_server_reserve_long (call->server))
    {
      data_free (data);
      ms_error_set (&error,
                    MS_ERROR_UNAVAILABLE,
                    NULL,
                    NULL,
                    "Other exports are running; try again when they are done.");
      ms_call_respond_error (call, error);
      return;
    }
  char *ending = NULL;
  if (!prepare (call, begin, data, &ending, &error))
    {
      ms_server_release_long (call->server);
      data_free (data);
      ms_call_respond_error (call, error);
      return;
    }
  log_without_note (call);
  TextStream *self = g_new0 (TextStream, 1);
  self->request = ms_http_request_ref (call->request);
  self->call = call;
  self->chunk = g_string_sized_new (CHUNK_BYTES + 1024);
  self->func = func;
  self->data = data;
  self->data_free = data_free;
  self->ending = ending;
  g_autofree char *disposition = g_strdup_printf ("attachment; filename=\"%s\"", file_name);
  ms_http_request_add_header (call->request, "Cache-Control", "no-store");
  ms_http_request_add_header (call->request, "Content-Disposition", disposition);
  if (ending != NULL)
    ms_http_request_add_header (call->request, ENDING_HEADER, ending);
  self->stream = ms_http_request_respond_stream (call->request, 200, content_type, QUEUE_BYTES);
  if (hand_over)
    ms_service_hand_over (call->service);
  ms_server_run_long (call->server, text_stream_main, self);
}
