/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * HTTPS as the rest of the server sees it; the library behind it is named in ms-http-mhd*.c only.
 *
 * A request goes through two calls: MsHttpBeginFunc when its headers are there, which decides how
 * much body may come, and MsHttpHandleFunc when all of it is. Either may answer. The handler
 * answers at once, or defers and answers later from any thread, exactly once. Requests are
 * reference-counted; answering one whose client has gone does nothing.
 *
 * Kept here, whatever the handlers do: strict framing (one Host, one way to say how long the body
 * is), deadlines for headers and bodies, limits of connections, of header bytes and of all bodies
 * together.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _MsHttpServer  MsHttpServer;
typedef struct _MsHttpRequest MsHttpRequest;
typedef struct _MsHttpStream  MsHttpStream;

/**
 * MsHttpLimits:
 * @connections: at once; more wait in the system's queue
 * @connections_per_address: at once from one address; more are closed
 * @header_bytes: of request line and headers; more is 431
 * @header_seconds: from the first byte of a request to the end of its headers (and for a new
 * connection, from its start)
 * @idle_seconds: without a byte either way
 * @body_seconds: for a body, besides a second for each 16 KiB of it
 * @bodies_in_flight: bytes of all bodies that are being received or handled; the last eighth is for
 * those that are no larger than %MS_HTTP_SMALL_BODY so far
 */
typedef struct
{
  guint connections;
  guint connections_per_address;
  gsize header_bytes;
  guint header_seconds;
  guint idle_seconds;
  guint body_seconds;
  gsize bodies_in_flight;
} MsHttpLimits;

#define MS_HTTP_SMALL_BODY (64 * 1024)
/* Of @bodies_in_flight, what large bodies may fill together. */
gsize ms_http_limits_get_large_bodies (const MsHttpLimits *self);
/* 1024, 256, 16 KiB, 10 s, 60 s, 30 s, 256 MiB */
extern const MsHttpLimits ms_http_default_limits;

/* The headers of @request are there. @max_body: (inout): 0 = no body is wanted. To refuse, respond.
 */
typedef void (*MsHttpBeginFunc) (MsHttpRequest *request, gsize *max_body, gpointer user_data);
/* All of @request is there: respond, stream or defer. */
typedef void (*MsHttpHandleFunc) (MsHttpRequest *request, gpointer user_data);
/* Makes the answer to what the backend itself refuses. (transfer full) */
typedef char *(*MsHttpRefuseFunc) (guint status, const char *detail, gpointer user_data);
/* Told of each request that the backend refuses, or the library, which answers by itself; perhaps
 * before its method is known, or MsHttpBeginFunc was called. */
typedef void (*MsHttpRefusedFunc) (MsHttpRequest *request,
                                   guint          status,
                                   const char    *detail,
                                   gpointer       user_data);

/**
 * MsHttpHandler:
 * @error_content_type: of what @refuse makes
 */
typedef struct
{
  MsHttpBeginFunc   begin;
  MsHttpHandleFunc  handle;
  MsHttpRefuseFunc  refuse;
  MsHttpRefusedFunc refused;
  const char       *error_content_type;
  gpointer          user_data;
} MsHttpHandler;

/* Server -------------------------------------------------------------------------------------- */

/* @listener: (transfer full): a bound, listening socket. @certificate_pem, @key_pem: what it shows.
 * @threads: 0 = four for each core, 16 at most. Accepts at once. */
MsHttpServer *ms_http_server_new (int                  listener,
                                  const char          *certificate_pem,
                                  const char          *key_pem,
                                  guint                threads,
                                  const MsHttpLimits  *limits,
                                  const MsHttpHandler *handler,
                                  GError             **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether connections can be served with these; OpenSSL, which reads them first, takes more. */
gboolean ms_http_check_certificate (const char *certificate_pem,
                                    const char *key_pem,
                                    GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* For connections from now on; those that are there keep what they have. */
gboolean ms_http_server_set_certificate (MsHttpServer *self,
                                         const char   *certificate_pem,
                                         const char   *key_pem,
                                         GError      **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes no connection any more, ends every connection after the answer it is waiting for. */
void ms_http_server_drain (MsHttpServer *self);
/* Requests whose answer has not been sent whole, streams among them. */
guint ms_http_server_get_in_flight (MsHttpServer *self);
guint ms_http_server_get_connections (MsHttpServer *self);
/* Waits until nothing is in flight or @deadline (monotonic) has come; %TRUE when nothing was. */
gboolean ms_http_server_wait (MsHttpServer *self, gint64 deadline);
/* Ends every stream where it is; who writes to it is told so. */
void ms_http_server_cut_streams (MsHttpServer *self);
/* Cuts what is left. Every deferred request must have been answered. */
void ms_http_server_free (MsHttpServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsHttpServer, ms_http_server_free)

/* Request ------------------------------------------------------------------------------------- */

MsHttpRequest *ms_http_request_ref (MsHttpRequest *self);
void           ms_http_request_unref (MsHttpRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsHttpRequest, ms_http_request_unref)

/* (nullable): while its headers are not there */
const char *ms_http_request_get_method (MsHttpRequest *self);
/* As it stood in the request line: path and query, not decoded. */
const char *ms_http_request_get_target (MsHttpRequest *self);
/* Of the first header of that name. Not after the handler has deferred and returned. */
const char *ms_http_request_get_header (MsHttpRequest *self, const char *name);
/* Of a header that is a list: all headers of that name, joined by commas (RFC 9110 §5.3); %NULL
 * where there is none. In the same time. (transfer full) (nullable) */
char *ms_http_request_dup_list (MsHttpRequest *self, const char *name);
/* Numeric address, without port. */
const char *ms_http_request_get_peer (MsHttpRequest *self);
/* (not nullable): empty where there was none */
GBytes *ms_http_request_get_body (MsHttpRequest *self);
/* What the handler's owner keeps with it from begin to the end. */
void     ms_http_request_set_data (MsHttpRequest *self, gpointer data, GDestroyNotify destroy);
gpointer ms_http_request_get_data (MsHttpRequest *self);

/* Answering ----------------------------------------------------------------------------------- */

/* From inside the handler: the answer will come from elsewhere. The request is referenced until
 * then. */
void     ms_http_request_defer (MsHttpRequest *self);
gboolean ms_http_request_is_deferred (MsHttpRequest *self);
/* What was added to an answer that was not given. */
void ms_http_request_drop_headers (MsHttpRequest *self);
void ms_http_request_add_header (MsHttpRequest *self, const char *name, const char *value);
/* @content_type, @body: (nullable). @body: (transfer full) */
void
ms_http_request_respond (MsHttpRequest *self, guint status, const char *content_type, GBytes *body);

/* Streams: a body that is made while it is sent ----------------------------------------------- */

/* From inside the handler. @max_queued: bytes that may wait for the client. (transfer full) */
MsHttpStream *ms_http_request_respond_stream (MsHttpRequest *self,
                                              guint          status,
                                              const char    *content_type,
                                              gsize          max_queued);
MsHttpStream *ms_http_stream_ref (MsHttpStream *self);
void          ms_http_stream_unref (MsHttpStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsHttpStream, ms_http_stream_unref)
/* Never waits. %FALSE where the queue is full; then nothing was queued. */
gboolean ms_http_stream_offer (MsHttpStream *self, GBytes *chunk);
/* Waits for room. %FALSE where the client has gone. */
gboolean ms_http_stream_push (MsHttpStream *self, GBytes *chunk);
/* Throws away what no byte of was sent yet, and queues @chunk instead. */
void ms_http_stream_replace (MsHttpStream *self, GBytes *chunk);
/* The end of the body. @complete %FALSE: cut, so that the client knows that something is missing.
 */
void     ms_http_stream_close (MsHttpStream *self, gboolean complete);
gboolean ms_http_stream_is_gone (MsHttpStream *self);

G_END_DECLS
