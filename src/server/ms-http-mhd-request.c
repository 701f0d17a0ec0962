/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One request of the libmicrohttpd backend, from its first line to the end of its answer.
 *
 * The library calls ms_http_mhd_on_access() once for the headers, once for each piece of body, and
 * once when all is there (again after a resume). An answer can be given to it in the first and the
 * last of these only; what must be refused in the middle of a body is written past the library
 * (ms-http-mhd-midway.c), and the connection is cut.
 */
#include "ms-http-mhd-private.h"
#include "ms-error.h"
#include <string.h>
#include <sys/socket.h>

/* What is read and thrown away of a body that was refused by its headers, so that the connection
 * can live on. */
#define DISCARD_MAX (64 * 1024)

MsHttpRequest *
ms_http_request_ref (MsHttpRequest *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
ms_http_request_unref (MsHttpRequest *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  /* Nothing of the server here: the last reference may go after it. */
  if (self->data_destroy != NULL)
    self->data_destroy (self->data);
  g_clear_pointer (&self->body, g_byte_array_unref);
  g_clear_pointer (&self->whole_body, g_bytes_unref);
  g_clear_pointer (&self->answer, g_bytes_unref);
  g_clear_pointer (&self->stream, ms_http_stream_unref);
  g_clear_pointer (&self->headers, g_ptr_array_unref);
  g_free (self->content_type);
  g_free (self->method);
  g_free (self->target);
  g_free (self->peer);
  g_mutex_clear (&self->lock);
  g_free (self);
}

const char *
ms_http_request_get_method (MsHttpRequest *self)
{
  return self->method;
}

const char *
ms_http_request_get_target (MsHttpRequest *self)
{
  return self->target;
}

const char *
ms_http_request_get_peer (MsHttpRequest *self)
{
  return self->peer;
}

const char *
ms_http_request_get_header (MsHttpRequest *self, const char *name)
{
  return MHD_lookup_connection_value (self->mhd, MHD_HEADER_KIND, name);
}

static enum MHD_Result
on_line_cb (void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
  GPtrArray *lines = cls;

  if (g_ascii_strcasecmp (name, g_ptr_array_index (lines, 0)) == 0)
    g_ptr_array_add (lines, (gpointer) (value != NULL ? value : ""));
  return MHD_YES;
}

char *
ms_http_request_dup_list (MsHttpRequest *self, const char *name)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new ();

  g_ptr_array_add (lines, (gpointer) name);
  (void) MHD_get_connection_values (self->mhd, MHD_HEADER_KIND, on_line_cb, lines);
  if (lines->len == 1)
    return NULL;
  g_ptr_array_add (lines, NULL);
  return g_strjoinv (", ", (char **) lines->pdata + 1);
}

GBytes *
ms_http_request_get_body (MsHttpRequest *self)
{
  if (self->whole_body == NULL)
    self->whole_body = self->body != NULL
                           ? g_byte_array_free_to_bytes (g_steal_pointer (&self->body))
                           : g_bytes_new_static ("", 0);
  return self->whole_body;
}

void
ms_http_request_set_data (MsHttpRequest *self, gpointer data, GDestroyNotify destroy)
{
  g_return_if_fail (self->data == NULL);
  self->data = data;
  self->data_destroy = destroy;
}

gpointer
ms_http_request_get_data (MsHttpRequest *self)
{
  return self->data;
}

void
ms_http_request_defer (MsHttpRequest *self)
{
  g_return_if_fail (self->handled && !self->deferred);

  ms_http_request_ref (self);
  self->deferred = TRUE;
  MHD_suspend_connection (self->mhd);
}

gboolean
ms_http_request_is_deferred (MsHttpRequest *self)
{
  return self->deferred;
}

void
ms_http_request_drop_headers (MsHttpRequest *self)
{
  g_clear_pointer (&self->headers, g_ptr_array_unref);
}

void
ms_http_request_add_header (MsHttpRequest *self, const char *name, const char *value)
{
  g_return_if_fail (value != NULL && strpbrk (value, "\r\n") == NULL);

  if (self->headers == NULL)
    self->headers = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->headers, g_strdup (name));
  g_ptr_array_add (self->headers, g_strdup (value));
}

/* Whether this call is the one that answers. */
static gboolean
claim_answer (MsHttpRequest *self, guint status, const char *content_type, GBytes *body)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_return_val_if_fail (!self->answered, FALSE);
  self->answered = TRUE;
  self->status = status;
  self->content_type = g_strdup (content_type);
  self->answer = body;
  return TRUE;
}

void
ms_http_request_respond (MsHttpRequest *self, guint status, const char *content_type, GBytes *body)
{
  /* After the answer is claimed and the connection resumed, the request may be over at any moment.
   */
  gboolean deferred = self->deferred;

  if (!claim_answer (self, status, content_type, body))
    {
      g_clear_pointer (&body, g_bytes_unref);
      return;
    }
  if (!deferred)
    return;
  MHD_resume_connection (self->mhd);
  ms_http_request_unref (self);
}

MsHttpStream *
ms_http_request_respond_stream (MsHttpRequest *self,
                                guint          status,
                                const char    *content_type,
                                gsize          max_queued)
{
  g_return_val_if_fail (self->handled && !self->deferred, NULL);

  if (!claim_answer (self, status, content_type, NULL))
    return NULL;
  self->stream = ms_http_stream_new (self->mhd, max_queued);
  g_mutex_lock (&self->server->lock);
  g_ptr_array_add (self->server->streams, ms_http_stream_ref (self->stream));
  g_mutex_unlock (&self->server->lock);
  return ms_http_stream_ref (self->stream);
}

/* Answering for the library ------------------------------------------------------------------- */

static void
on_bytes_free_cb (void *cls)
{
  g_bytes_unref (cls);
}

static struct MHD_Response *
make_answer (MsHttpRequest *self)
{
  gsize size = 0;

  if (self->stream != NULL)
    return ms_http_stream_make_answer (self->stream);
  if (self->answer == NULL)
    return MHD_create_response_from_buffer (0, (void *) "", MHD_RESPMEM_PERSISTENT);
  const void *data = g_bytes_get_data (self->answer, &size);
  return MHD_create_response_from_buffer_with_free_callback_cls (
      size, (void *) (size > 0 ? data : ""), on_bytes_free_cb, g_bytes_ref (self->answer));
}

static enum MHD_Result
queue_answer (MsHttpRequest *self)
{
  struct MHD_Response *answer = make_answer (self);

  if (answer == NULL)
    return MHD_NO;
  if (self->content_type != NULL)
    (void) MHD_add_response_header (answer, MHD_HTTP_HEADER_CONTENT_TYPE, self->content_type);
  for (guint i = 0; self->headers != NULL && i + 1 < self->headers->len; i += 2)
    (void) MHD_add_response_header (answer, self->headers->pdata[i], self->headers->pdata[i + 1]);
  if (atomic_load (&self->server->draining))
    (void) MHD_add_response_header (answer, MHD_HTTP_HEADER_CONNECTION, "close");
  enum MHD_Result result = MHD_queue_response (self->mhd, self->status, answer);
  MHD_destroy_response (answer);
  ms_http_connection_enter (self->connection, MS_HTTP_BUSY, 0);
  return result;
}

void
ms_http_mhd_refuse (MsHttpRequest *self, guint status, const char *detail)
{
  const MsHttpHandler *handler = &self->server->handler;
  char                *text = handler->refuse (status, detail, handler->user_data);

  handler->refused (self, status, detail, handler->user_data);
  if (status == 503)
    ms_http_request_add_header (self, MHD_HTTP_HEADER_RETRY_AFTER, "2");
  ms_http_request_respond (
      self, status, handler->error_content_type, g_bytes_new_take (text, strlen (text)));
}

/* Headers ------------------------------------------------------------------------------------- */

/* RFC 9110 §5.6.2 */
static gboolean
is_token (const char *text)
{
  const char *at = text;

  while (g_ascii_isalnum (*at) || (*at != '\0' && strchr ("!#$%&'*+-.^_`|~", *at) != NULL))
    at++;
  return at > text && *at == '\0';
}

/* Of which we take one value: a proxy may have gone by the other one. */
static const struct
{
  const char *name;
  const char *refusal;
} singles[] = {
  { MHD_HTTP_HEADER_AUTHORIZATION, "A request has at most one Authorization header." },
  { MHD_HTTP_HEADER_CONTENT_TYPE, "A request has at most one Content-Type header." },
  { "Last-Event-ID", "A request has at most one Last-Event-ID header." },
  { "X-Mailstead-Channel", "A request has at most one X-Mailstead-Channel header." },
  { "X-Mailstead-Ending", "A request has at most one X-Mailstead-Ending header." },
  { "X-Mailstead-Reason", "A request has at most one X-Mailstead-Reason header." },
};

typedef struct
{
  guint       hosts;
  guint       lengths;
  guint       codings;
  guint       seen; /* a bit for each of singles */
  const char *repeated;
  gboolean    bad_name;
  gboolean    has_connection;
  const char *length;
  const char *coding;
  const char *expect;
} Framing;

static enum MHD_Result
on_header_cb (void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
  Framing *framing = cls;

  /* "Content-Length : 3" is a header of another name to the library, and of this one to many a
   * proxy. */
  if (!is_token (name))
    framing->bad_name = TRUE;
  if (g_ascii_strcasecmp (name, MHD_HTTP_HEADER_HOST) == 0)
    framing->hosts++;
  else if (g_ascii_strcasecmp (name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0)
    {
      framing->lengths++;
      framing->length = value;
    }
  else if (g_ascii_strcasecmp (name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0)
    {
      framing->codings++;
      framing->coding = value;
    }
  else if (g_ascii_strcasecmp (name, MHD_HTTP_HEADER_EXPECT) == 0)
    framing->expect = value;
  else if (g_ascii_strcasecmp (name, MHD_HTTP_HEADER_CONNECTION) == 0)
    framing->has_connection = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (singles); i++)
    if (g_ascii_strcasecmp (name, singles[i].name) == 0)
      {
        if ((framing->seen & 1u << i) != 0)
          framing->repeated = singles[i].refusal;
        framing->seen |= 1u << i;
      }
  return MHD_YES;
}

/* NULL when the message can be cut out of the connection, and understood, in one way only (RFC 9112
 * §6.3), else what is wrong. */
static const char *
check_framing (MsHttpRequest *self, const char *version, const Framing *framing)
{
  if (framing->bad_name)
    return "A header's name is malformed.";
  if (framing->hosts != 1 && (framing->hosts > 1 || strcmp (version, MHD_HTTP_VERSION_1_1) == 0))
    return "A request has exactly one Host header.";
  if (framing->repeated != NULL)
    return framing->repeated;
  if (framing->codings > 0 && framing->lengths > 0)
    return "Content-Length and Transfer-Encoding exclude each other.";
  /* §6.1: whoever handed it on as 1.0 may not have known what it means. */
  if (framing->codings > 0 && strcmp (version, MHD_HTTP_VERSION_1_1) != 0)
    return "Transfer-Encoding is of HTTP/1.1.";
  if (framing->codings > 1
      || (framing->coding != NULL && g_ascii_strcasecmp (framing->coding, "chunked") != 0))
    return "The only Transfer-Encoding taken is chunked.";
  if (framing->lengths > 1)
    return "A request has at most one Content-Length.";
  if (framing->length == NULL)
    {
      self->has_body = framing->codings > 0;
      return NULL;
    }
  if (*framing->length == '\0' || strspn (framing->length, "0123456789") != strlen (framing->length)
      || !g_ascii_string_to_unsigned (framing->length, 10, 0, G_MAXINT64, &self->length, NULL))
    return "Content-Length is not a number.";
  self->has_length = TRUE;
  self->has_body = self->length > 0;
  return NULL;
}

/* @bytes: that there will be; of a body in chunks, those that have come */
static void
set_body_deadline (MsHttpRequest *self, guint64 bytes)
{
  guint64 seconds = self->server->limits.body_seconds + MIN (bytes, self->max_body) / (16 * 1024);

  ms_http_connection_enter (
      self->connection, MS_HTTP_BODY, self->body_began + (gint64) seconds * G_USEC_PER_SEC);
}

static enum MHD_Result
on_headers (MsHttpRequest *self, const MsHttpFirstLine *first)
{
  MsHttpServer *server = self->server;
  Framing       framing = { 0 };

  self->begun = TRUE;
  self->counted = TRUE;
  atomic_fetch_add (&server->in_flight, 1);
  ms_http_connection_enter (self->connection, MS_HTTP_BODY, 0);
  (void) MHD_get_connection_values (self->mhd, MHD_HEADER_KIND, on_header_cb, &framing);

  self->persistent = strcmp (first->version, MHD_HTTP_VERSION_1_1) == 0 && !framing.has_connection;
  const char *wrong = ms_http_mhd_check_lines (self, first);
  if (wrong == NULL)
    wrong = check_framing (self, first->version, &framing);
  if (wrong != NULL)
    {
      /* Nobody knows where the next request would begin. */
      ms_http_request_add_header (self, MHD_HTTP_HEADER_CONNECTION, "close");
      ms_http_mhd_refuse (self, 400, wrong);
      return queue_answer (self);
    }
  if (atomic_load (&server->draining))
    {
      ms_http_mhd_refuse (self, 503, "The server is stopping.");
      return queue_answer (self);
    }
  server->handler.begin (self, &self->max_body, server->handler.user_data);
  if (!self->answered && self->has_body && self->has_length && self->length > self->max_body)
    {
      g_autofree char *detail
          = g_strdup_printf ("The body may have %zu bytes at most.", self->max_body);
      ms_http_mhd_refuse (self, 413, detail);
    }
  self->body_began = g_get_monotonic_time ();
  if (self->has_body)
    set_body_deadline (self, self->has_length ? self->length : 0);
  if (!self->answered || !self->has_body)
    return MHD_YES;
  /* Who asked before sending sends nothing now. */
  if (framing.expect != NULL)
    return queue_answer (self);
  /* A small body is read and thrown away, which is cheaper than a new connection. */
  if (!self->has_length || self->length > DISCARD_MAX)
    ms_http_mhd_answer_midway (self);
  return MHD_YES;
}

/* Body ---------------------------------------------------------------------------------------- */

static enum MHD_Result
discard (MsHttpRequest *self, gsize size)
{
  self->discarded += size;
  return self->discarded <= DISCARD_MAX ? MHD_YES : MHD_NO;
}

static enum MHD_Result
on_data (MsHttpRequest *self, const char *data, gsize size)
{
  MsHttpServer *server = self->server;
  gsize         have = self->body != NULL ? self->body->len : 0;

  if (self->cut)
    return MHD_YES; /* what had been decrypted already */
  if (self->answered)
    return discard (self, size);
  if (size > self->max_body - have)
    {
      g_autofree char *detail
          = g_strdup_printf ("The body may have %zu bytes at most.", self->max_body);
      ms_http_mhd_refuse (self, 413, detail);
      ms_http_mhd_answer_midway (self);
      return MHD_YES;
    }
  gsize before = atomic_fetch_add (&server->body_bytes, size);
  self->body_counted += size;
  /* Whoever fills the pot with large bodies leaves room for log-ons and single changes. */
  gsize most = have + size > MS_HTTP_SMALL_BODY ? ms_http_limits_get_large_bodies (&server->limits)
                                                : server->limits.bodies_in_flight;
  if (before + size > most)
    {
      ms_http_mhd_refuse (self, 503, "Too much is being sent at once; try again in a moment.");
      ms_http_mhd_answer_midway (self);
      return MHD_YES;
    }
  if (self->body == NULL)
    self->body
        = g_byte_array_sized_new ((guint) MIN (self->has_length ? self->length : size, 64 * 1024));
  g_byte_array_append (self->body, (const guint8 *) data, (guint) size);
  if (!self->has_length)
    set_body_deadline (self, self->body->len);
  return MHD_YES;
}

static enum MHD_Result
on_complete (MsHttpRequest *self)
{
  MsHttpServer *server = self->server;

  if (self->cut)
    return MHD_NO;
  if (self->answered)
    {
      ms_http_mhd_hold_answer (self);
      return queue_answer (self);
    }
  /* Called again without a resume in between: the library does so before the answer comes. */
  if (self->handled)
    return MHD_YES;
  self->handled = TRUE;
  ms_http_connection_enter (self->connection, MS_HTTP_BUSY, 0);
  server->handler.handle (self, server->handler.user_data);
  /* A deferred one may have been answered, and resumed, already: the next call has the answer. */
  if (self->deferred)
    return MHD_YES;
  if (!self->answered)
    return MHD_NO;
  ms_http_mhd_hold_answer (self);
  return queue_answer (self);
}

enum MHD_Result
ms_http_mhd_on_access (void                  *cls,
                       struct MHD_Connection *mhd,
                       const char            *url,
                       const char            *method,
                       const char            *version,
                       const char            *upload,
                       size_t                *upload_size,
                       void                 **request_slot)
{
  MsHttpRequest *self = *request_slot;

  if (self == NULL)
    return MHD_NO;
  if (!self->begun)
    {
      self->method = g_strdup (method);
      return on_headers (self, &(MsHttpFirstLine){ method, url, version });
    }
  if (*upload_size > 0)
    {
      gsize size = *upload_size;
      *upload_size = 0;
      return on_data (self, upload, size);
    }
  return on_complete (self);
}

void *
ms_http_mhd_on_target (void *cls, const char *target, struct MHD_Connection *mhd)
{
  MsHttpServer                   *server = cls;
  const union MHD_ConnectionInfo *context
      = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

  if (context == NULL || context->socket_context == NULL)
    return NULL;
  MsHttpRequest *self = g_new0 (MsHttpRequest, 1);
  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  self->server = server;
  self->mhd = mhd;
  self->connection = context->socket_context;
  self->connection->request = self;
  self->target = g_strdup (target);
  self->peer = g_strdup (self->connection->peer);
  ms_http_connection_enter_headers (self->connection);
  return self;
}

static void
forget_stream (MsHttpServer *server, MsHttpStream *stream)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&server->lock);

  ms_http_stream_mark_gone (stream);
  g_ptr_array_remove_fast (server->streams, stream);
}

/* What the library answers by itself it does not tell of: headers that are too many, or none. (A
 * first line that it cannot read is no request, and nobody hears of it.) */
static void
tell_of_library (MsHttpRequest *self)
{
  const MsHttpHandler            *handler = &self->server->handler;
  const union MHD_ConnectionInfo *info
      = MHD_get_connection_info (self->mhd, MHD_CONNECTION_INFO_HTTP_STATUS);
  const guint status = info != NULL ? info->http_status : 0;
  const char *what = status == 431   ? "The headers are too large."
                     : status == 413 ? "The body is too large."
                                     : "The headers are malformed.";
  if (status >= 400)
    handler->refused (self, status, what, handler->user_data);
}

void
ms_http_mhd_on_completed (void                           *cls,
                          struct MHD_Connection          *mhd,
                          void                          **request_slot,
                          enum MHD_RequestTerminationCode code)
{
  MsHttpRequest *self = *request_slot;

  if (self == NULL)
    return;
  *request_slot = NULL;
  if (!self->begun && !self->answered)
    tell_of_library (self);
  self->connection->request = NULL;
  MsHttpServer *server = self->server;
  ms_http_mhd_send_held (self);
  if (self->stream != NULL)
    forget_stream (server, self->stream);
  ms_http_connection_enter (self->connection, MS_HTTP_WAITING, 0);
  atomic_fetch_sub (&server->body_bytes, self->body_counted);
  gboolean counted = self->counted;
  ms_http_request_unref (self);
  if (counted && atomic_fetch_sub (&server->in_flight, 1) == 1 && atomic_load (&server->draining))
    {
      g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&server->lock);
      g_cond_broadcast (&server->changed);
    }
}
