/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * STOPPED -> CONNECTING -> OPEN -> (lost) WAITING -> CONNECTING …
 *
 * Every attempt is a run of its own that knows the connection only weakly; what a run of the past
 * still has to say is dropped, so handlers of an event may stop or restart the stream. Silence is a
 * loss: the server speaks every 15 s.
 */
#include "config.h"
#include "ms-event-stream.h"

#include "ms-event-parser.h"
#include "ms-network-error.h"

#define READ_SIZE 16384

typedef enum
{
  STREAM_STOPPED,
  STREAM_CONNECTING,
  STREAM_OPEN,
  STREAM_WAITING,
} StreamState;

typedef struct
{
  GWeakRef       connection;
  guint          number;
  GCancellable  *cancellable;
  SoupMessage   *message;
  GInputStream  *input;
  MsEventParser *parser;
  GError        *untrusted;
} StreamRun;

struct _MsEventStream
{
  MsConnection *connection; /* Borrowed: its owner */
  GCancellable *cancellable;
  char         *last_id;
  StreamState   state;
  guint         run; /* the number of the current run */
  guint         attempt;
  guint         retry_source;
  guint         silence_source;
  guint         retry_min_ms;
  guint         retry_max_ms;
  guint         heartbeat_ms;
};

static void stream_read (StreamRun *run);

static void
stream_run_free (StreamRun *run)
{
  g_weak_ref_clear (&run->connection);
  g_clear_object (&run->cancellable);
  if (run->message != NULL)
    g_object_set_data (G_OBJECT (run->message), "ms-untrusted", NULL);
  g_clear_object (&run->message);
  g_clear_object (&run->input);
  g_clear_pointer (&run->parser, ms_event_parser_free);
  g_clear_error (&run->untrusted);
  g_free (run);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StreamRun, stream_run_free)

/* The stream that @run belongs to; NULL where it is over. The caller holds @connection meanwhile.
 */
static MsEventStream *
stream_run_get_stream (StreamRun *run, MsConnection **connection)
{
  *connection = g_weak_ref_get (&run->connection);
  if (*connection == NULL || (*connection)->stream == NULL
      || (*connection)->stream->run != run->number)
    return NULL;
  return (*connection)->stream;
}

static gboolean
on_retry_due_cb (gpointer user_data)
{
  MsEventStream *self = user_data;

  self->retry_source = 0;
  self->state = STREAM_STOPPED;
  ms_event_stream_start (self);
  return G_SOURCE_REMOVE;
}

static void
stream_end_run (MsEventStream *self)
{
  self->run++;
  g_clear_handle_id (&self->retry_source, g_source_remove);
  g_clear_handle_id (&self->silence_source, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

/* Between half and the whole of a delay that doubles: many consoles do not come back in the same
 * instant. */
static guint
next_delay (MsEventStream *self)
{
  guint64 delay = (guint64) self->retry_min_ms << MIN (self->attempt, 16u);

  self->attempt++;
  delay = MIN (delay, self->retry_max_ms);
  delay = delay / 2 + (guint64) (g_random_double () * (double) delay / 2);
  return (guint) MAX (delay, (guint64) self->retry_min_ms);
}

static void
stream_lost (MsEventStream *self, const GError *error)
{
  static const MsError final[] = { MS_ERROR_UNTRUSTED, MS_ERROR_UNAUTHENTICATED, MS_ERROR_DENIED };
  MsConnection        *connection = self->connection;

  stream_end_run (self);
  for (gsize i = 0; i < G_N_ELEMENTS (final); i++)
    if (g_error_matches (error, MS_ERROR, (int) final[i]))
      {
        self->state = STREAM_STOPPED;
        ms_connection_refuse (connection, error);
        return;
      }

  self->state = STREAM_WAITING;
  self->retry_source = g_timeout_add (next_delay (self), on_retry_due_cb, self);
  ms_connection_set_state (connection, MS_CONNECTION_RECONNECTING, error);
}

static void
stream_failed (StreamRun *run, const GError *cause)
{
  g_autoptr (MsConnection) connection = NULL;
  MsEventStream *self = stream_run_get_stream (run, &connection);

  if (self == NULL)
    return;
  g_autoptr (GError) error = run->untrusted != NULL
                                 ? g_error_copy (run->untrusted)
                                 : ms_network_error_new (cause, connection->where);
  stream_lost (self, error);
}

static gboolean
on_silence_cb (gpointer user_data)
{
  MsEventStream *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsConnection) connection = g_object_ref (self->connection);

  self->silence_source = 0;
  ms_error_set (
      &error, MS_ERROR_UNAVAILABLE, NULL, NULL, "%s has fallen silent", connection->where);
  stream_lost (self, error);
  return G_SOURCE_REMOVE;
}

static void
stream_heard (MsEventStream *self)
{
  g_clear_handle_id (&self->silence_source, g_source_remove);
  self->silence_source = g_timeout_add (self->heartbeat_ms, on_silence_cb, self);
}

static void
on_event_cb (const char *name, const char *data, const char *id, gpointer user_data)
{
  StreamRun *run = user_data;
  g_autoptr (MsConnection) connection = NULL;
  MsEventStream *self = stream_run_get_stream (run, &connection);

  if (self == NULL)
    return;
  if (id != NULL && *id != '\0')
    {
      g_free (self->last_id);
      self->last_id = g_strdup (id);
    }
  ms_connection_handle_event (connection, name, data);
}

static void
on_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (StreamRun) run = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes
             = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  g_autoptr (MsConnection) connection = NULL;
  MsEventStream *self = stream_run_get_stream (run, &connection);

  if (self == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (bytes != NULL && g_bytes_get_size (bytes) == 0)
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "end of stream");
  if (error == NULL)
    {
      gsize       size = 0;
      const char *data = g_bytes_get_data (bytes, &size);
      stream_heard (self);
      (void) ms_event_parser_feed (run->parser, data, size, &error);
    }
  if (error != NULL)
    stream_failed (run, error);
  else if (connection->stream != NULL && connection->stream->run == run->number)
    stream_read (g_steal_pointer (&run));
}

/* (transfer full) */
static void
stream_read (StreamRun *run)
{
  g_input_stream_read_bytes_async (
      run->input, READ_SIZE, G_PRIORITY_DEFAULT, run->cancellable, on_read_cb, run);
}

static GError *
check_answer (SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  guint               status = soup_message_get_status (message);
  const char         *type = soup_message_headers_get_content_type (headers, NULL);
  GError             *error = NULL;

  if (status != SOUP_STATUS_OK)
    return ms_network_error_from_reply (status,
                                        soup_message_get_reason_phrase (message),
                                        soup_message_headers_get_one (headers, "Retry-After"),
                                        NULL);
  if (g_strcmp0 (type, "text/event-stream") != 0)
    ms_error_set (&error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  NULL,
                  "The server sent something else than an event stream");
  return error;
}

static void
on_sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (StreamRun) run = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsConnection) connection = NULL;

  run->input = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  MsEventStream *self = stream_run_get_stream (run, &connection);
  if (self == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error == NULL)
    error = check_answer (run->message);
  if (error != NULL)
    {
      stream_failed (run, error);
      return;
    }

  self->state = STREAM_OPEN;
  self->attempt = 0;
  stream_heard (self);
  run->parser = ms_event_parser_new (on_event_cb, run);
  ms_connection_set_state (connection, MS_CONNECTION_ONLINE, NULL);
  if (connection->stream != NULL && connection->stream->run == run->number)
    stream_read (g_steal_pointer (&run));
}

MsEventStream *
ms_event_stream_new (MsConnection *connection)
{
  MsEventStream *self = g_new0 (MsEventStream, 1);

  self->connection = connection;
  ms_event_stream_set_delays (self, 1000, 30000, 45000);
  return self;
}

void
ms_event_stream_free (MsEventStream *self)
{
  ms_event_stream_stop (self);
  g_free (self->last_id);
  g_free (self);
}

void
ms_event_stream_start (MsEventStream *self)
{
  g_autoptr (GError) error = NULL;

  if (self->state == STREAM_CONNECTING || self->state == STREAM_OPEN)
    return;

  stream_end_run (self);
  g_autoptr (StreamRun) run = g_new0 (StreamRun, 1);
  g_weak_ref_init (&run->connection, self->connection);
  run->number = self->run;
  self->cancellable = g_cancellable_new ();
  run->cancellable = g_object_ref (self->cancellable);
  self->state = STREAM_CONNECTING;

  run->message = ms_connection_new_message (
      self->connection, "GET", "/api/v1/events", &run->untrusted, &error);
  if (run->message == NULL)
    {
      self->state = STREAM_STOPPED;
      ms_connection_refuse (self->connection, error);
      return;
    }

  SoupMessageHeaders *headers = soup_message_get_request_headers (run->message);
  soup_message_headers_replace (headers, "Accept", "text/event-stream");
  if (self->last_id != NULL)
    soup_message_headers_replace (headers, "Last-Event-ID", self->last_id);

  /* Also bounds the time to the first byte. */
  stream_heard (self);
  soup_session_send_async (self->connection->session,
                           run->message,
                           G_PRIORITY_DEFAULT,
                           run->cancellable,
                           on_sent_cb,
                           run);
  (void) g_steal_pointer (&run);
}

void
ms_event_stream_stop (MsEventStream *self)
{
  stream_end_run (self);
  self->state = STREAM_STOPPED;
  self->attempt = 0;
}

void
ms_event_stream_set_sequence (MsEventStream *self, gint64 sequence)
{
  g_clear_pointer (&self->last_id, g_free);
  if (sequence > 0)
    self->last_id = g_strdup_printf ("%" G_GINT64_FORMAT, sequence);
}

void
ms_event_stream_set_delays (MsEventStream *self,
                            guint          retry_min_ms,
                            guint          retry_max_ms,
                            guint          heartbeat_ms)
{
  self->retry_min_ms = retry_min_ms;
  self->retry_max_ms = retry_max_ms;
  self->heartbeat_ms = heartbeat_ms;
}
