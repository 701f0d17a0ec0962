/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The HTTPS backend alone, with handlers of its own: framing, limits, deadlines, deferring,
 * streams, certificates. Everything over real TLS on a port of the system's choice.
 */
#include "ms-certificate.h"
#include "ms-error.h"
#include "ms-http.h"
#include "ms-listener.h"
#include "wire.h"
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CAP 1024
#define BIG (32 * 1024 * 1024)

typedef struct
{
  MsHttpServer  *server;
  MsCertificate *certificate;
  guint          port;
  GAsyncQueue   *deferred; /* MsHttpRequest */
  GAsyncQueue   *streams;  /* MsHttpStream */
  gint           handled;
  gint           refused; /* by what is tested itself */
  gint           enough;  /* whoever keeps knocking may go */
} Fixture;

static void
on_begin_cb (MsHttpRequest *request, gsize *max_body, gpointer user_data)
{
  *max_body = strcmp (ms_http_request_get_target (request), "/defer/large") == 0 ? BIG : CAP;
  if (strcmp (ms_http_request_get_target (request), "/refused") == 0)
    ms_http_request_respond (request, 401, "text/plain", g_bytes_new_static ("no", 2));
}

static void
on_handle_cb (MsHttpRequest *request, gpointer user_data)
{
  Fixture    *f = user_data;
  const char *target = ms_http_request_get_target (request);

  g_atomic_int_inc (&f->handled);
  if (g_str_has_prefix (target, "/defer"))
    {
      ms_http_request_defer (request);
      g_async_queue_push (f->deferred, request);
    }
  else if (strcmp (target, "/stream") == 0)
    g_async_queue_push (f->streams,
                        ms_http_request_respond_stream (request, 200, "text/plain", 64 * 1024));
  else if (strcmp (target, "/big") == 0)
    ms_http_request_respond (request, 200, "text/plain", g_bytes_new_take (g_malloc0 (BIG), BIG));
  else if (strcmp (target, "/echo") == 0)
    ms_http_request_respond (
        request, 200, "text/plain", g_bytes_ref (ms_http_request_get_body (request)));
  else
    {
      ms_http_request_add_header (request, "X-Target", target);
      ms_http_request_respond (request, 200, "text/plain", g_bytes_new_static ("hello", 5));
    }
}

static char *
on_refuse_cb (guint status, const char *detail, gpointer user_data)
{
  return g_strdup_printf ("{\"status\":\"%u\"}", status);
}

static void
on_refused_cb (MsHttpRequest *request, guint status, const char *detail, gpointer user_data)
{
  Fixture *f = user_data;

  g_atomic_int_inc (&f->refused);
}

static guint
find_port (int fd)
{
  g_autofree char *authority = ms_listener_dup_authority (fd);
  return (guint) g_ascii_strtoull (strrchr (authority, ':') + 1, NULL, 10);
}

static void
set_up_with (Fixture *f, const MsHttpLimits *limits)
{
  g_autoptr (GError) error = NULL;
  MsHttpHandler handler = { .begin = on_begin_cb,
                            .handle = on_handle_cb,
                            .refuse = on_refuse_cb,
                            .refused = on_refused_cb,
                            .error_content_type = "application/scim+json",
                            .user_data = f };

  memset (f, 0, sizeof *f);
  f->deferred = g_async_queue_new ();
  f->streams = g_async_queue_new ();
  f->certificate = ms_certificate_new_self_signed (NULL, &error);
  g_assert_no_error (error);
  int listener = ms_listener_open ("127.0.0.1:0", &error);
  g_assert_no_error (error);
  f->port = find_port (listener);
  f->server = ms_http_server_new (listener,
                                  f->certificate->certificate_pem,
                                  f->certificate->key_pem,
                                  2,
                                  limits,
                                  &handler,
                                  &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *f)
{
  set_up_with (f, NULL);
}

static void
tear_down (Fixture *f)
{
  g_clear_pointer (&f->server, ms_http_server_free);
  ms_certificate_free (f->certificate);
  g_async_queue_unref (f->deferred);
  g_async_queue_unref (f->streams);
}

/* Framing ------------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *request;
  guint       status;
  gboolean    ends; /* and the connection with it */
  gboolean    mute; /* or is cut without a word: the library closes over what it has not read */
} FramingCase;

#define HOST "Host: localhost\r\n"

/* clang-format off: one row, one line */
static const FramingCase framing_cases[] = {
  { "get", "GET / HTTP/1.1\r\n" HOST "\r\n", 200, FALSE },
  { "head", "GET /x%41?q=%zz HTTP/1.1\r\n" HOST "\r\n", 200, FALSE },
  { "http-1.0", "GET / HTTP/1.0\r\n\r\n", 200, TRUE },
  { "connection-close", "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 200, TRUE },
  { "body", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 200, FALSE },
  { "chunked",
    "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    200,
    FALSE },
  { "no-host", "GET / HTTP/1.1\r\n\r\n", 400, TRUE },
  { "second-authorization",
    "GET / HTTP/1.1\r\n" HOST "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
    400,
    TRUE },
  { "second-content-type",
    "POST /echo HTTP/1.1\r\n" HOST
    "Content-Type: text/plain\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n",
    400,
    TRUE },
  { "second-channel",
    "GET / HTTP/1.1\r\n" HOST "X-Mailstead-Channel: a\r\nX-Mailstead-Channel: b\r\n\r\n",
    400,
    TRUE },
  { "second-prefer",
    "GET / HTTP/1.1\r\n" HOST "Prefer: a\r\nPrefer: return=minimal\r\n\r\n",
    200,
    FALSE },
  { "second-host", "GET / HTTP/1.1\r\n" HOST "Host: other\r\n\r\n", 400, TRUE },
  { "same-host-twice", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400, TRUE },
  { "length-and-chunked",
    "POST /echo HTTP/1.1\r\n" HOST
    "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    400,
    TRUE },
  { "chunked-and-length",
    "POST /echo HTTP/1.1\r\n" HOST
    "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    400,
    TRUE },
  { "two-lengths",
    "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    400,
    TRUE },
  { "same-length-twice",
    "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    400,
    TRUE },
  { "length-list", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\nabc", 400, TRUE },
  { "negative-length", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 400, TRUE },
  { "plus-length", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\nabc", 400, TRUE },
  { "hex-length", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\nabc", 400, TRUE },
  { "empty-length", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: \r\n\r\n", 400, TRUE },
  { "huge-length",
    "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1073741824\r\n\r\nabc",
    413,
    TRUE },
  { "overflowing-length",
    "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n",
    413,
    TRUE },
  { "gzip-coding", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n", 400, TRUE },
  { "gzip-chunked",
    "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    400,
    TRUE },
  { "two-codings",
    "POST /echo HTTP/1.1\r\n" HOST
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
    TRUE },
  { "chunked-in-1.0",
    "POST /echo HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    400,
    TRUE },
  { "chunked-in-1.0-kept-alive",
    "POST /echo HTTP/1.0\r\n" HOST
    "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    400,
    TRUE },
  { "target-with-query", "GET /a?b=c&d=e&f HTTP/1.1\r\n" HOST "X-A: b\r\n\r\n", 200, FALSE },
  { "chunk-size-hex-prefix",
    "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    400,
    TRUE },
  { "chunk-size-too-large",
    "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\nabc",
    413,
    TRUE,
    TRUE },
  { "space-before-colon", "GET / HTTP/1.1\r\n" HOST "X-A : b\r\n\r\n", 400, TRUE },
  { "length-space-before-colon",
    "POST /echo HTTP/1.1\r\n" HOST "Content-Length : 3\r\n\r\nabc",
    400,
    TRUE },
  { "folded-header", "GET / HTTP/1.1\r\n" HOST "X-A: b\r\n c\r\n\r\n", 400, TRUE },
  { "folded-by-tab", "GET / HTTP/1.1\r\n" HOST "X-A: b\r\n\tc\r\nX-B: d\r\n\r\n", 400, TRUE },
  { "folded-empty", "GET / HTTP/1.1\r\n" HOST "X-A: b\r\n \r\n\r\n", 400, TRUE },
  { "folded-twice", "GET / HTTP/1.1\r\n" HOST "X-A: b\r\n c\r\n d\r\n\r\n", 400, TRUE },
  { "folded-first", "GET / HTTP/1.1\r\nX-A: b\r\n c\r\n" HOST "\r\n", 400, TRUE },
  { "folded-authorization",
    "GET / HTTP/1.1\r\n" HOST "Authorization: Bearer\r\n abc\r\n\r\n",
    400,
    TRUE },
  { "blanks-around-values",
    "GET / HTTP/1.1\r\n" HOST
    "X-A: \t b \t \r\nX-B:\r\nX-C: \r\nCookie: a=b; c=\"d\"\r\nX-D:e\r\n\r\n",
    200,
    FALSE },
  { "bare-line-feeds", "GET / HTTP/1.1\nHost: localhost\nX-A: b\n\n", 200, FALSE },
  { "empty-line-first", "\r\nGET / HTTP/1.1\r\n" HOST "X-A: b\r\n\r\n", 200, FALSE },
  { "header-without-colon", "GET / HTTP/1.1\r\n" HOST "nonsense\r\n\r\n", 400, TRUE },
  { "space-in-target", "GET /a b HTTP/1.1\r\n" HOST "\r\n", 400, TRUE, TRUE },
  { "http-2-preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, TRUE },
  { "not-http", "hello there\r\n\r\n", 400, TRUE, TRUE },
};
/* clang-format on */

static void
test_framing (gconstpointer data)
{
  const FramingCase *c = data;
  Fixture            f;

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  g_assert_true (wire_send (wire, c->request));
  g_autoptr (WireReply) reply = wire_read (wire);
  g_test_message ("%u %s", reply->status, reply->body->str);
  if (!c->mute || reply->status != 0)
    g_assert_cmpuint (reply->status, ==, c->status);
  if (c->ends)
    g_assert_true (wire_has_ended (wire, 5));
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

/* A ~ stands for a NUL. */
static const FramingCase nul_cases[] = {
  { "in-value", "GET / HTTP/1.1\r\nX-A: b~zz\r\n" HOST "\r\n", 400, TRUE },
  { "in-last-value", "GET / HTTP/1.1\r\n" HOST "X-A: b~zz\r\n\r\n", 400, TRUE },
  { "at-end", "GET / HTTP/1.1\r\nX-A: b~\r\n" HOST "\r\n", 400, TRUE },
  { "at-end-of-last", "GET / HTTP/1.1\r\n" HOST "X-A: b~\r\n\r\n", 400, TRUE },
  { "many-at-end", "GET / HTTP/1.1\r\n" HOST "X-A: b~~~~\r\n\r\n", 400, TRUE },
  { "whole-value", "GET / HTTP/1.1\r\n" HOST "X-A: ~\r\n\r\n", 400, TRUE },
  { "in-length", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3~0\r\n\r\nabc", 400, TRUE },
  { "in-target", "GET /a~b HTTP/1.1\r\n" HOST "\r\n", 400, TRUE },
  { "in-target-before-query", "DELETE /a~?b=c HTTP/1.1\r\n" HOST "\r\n", 400, TRUE },
  { "in-query", "GET /a?b=c~d HTTP/1.1\r\n" HOST "\r\n", 400, TRUE },
  { "at-end-of-target", "GET /a~ HTTP/1.1\r\n" HOST "\r\n", 400, TRUE },
  { "in-target-without-headers", "GET /a~b HTTP/1.0\r\n\r\n", 400, TRUE },
  { "in-target-with-body",
    "POST /echo~x HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc",
    400,
    TRUE },
  { "in-method", "GET~X / HTTP/1.1\r\n" HOST "\r\n", 400, TRUE },
  { "at-end-of-method", "DELETE~ / HTTP/1.1\r\n" HOST "\r\n", 400, TRUE },
  { "in-version", "GET / HTTP/1.1~x\r\n" HOST "\r\n", 400, TRUE },
  { "at-end-of-version", "GET / HTTP/1.0~\r\n\r\n", 400, TRUE },
  { "in-name", "GET / HTTP/1.1\r\n" HOST "X~A: b\r\n\r\n", 400, TRUE },
  { "with-line-feeds", "GET / HTTP/1.1\nHost: localhost\nX-A: b~zz\nX-B: c\n\n", 400, TRUE },
};

static void
test_nul (gconstpointer data)
{
  const FramingCase *c = data;
  Fixture            f;
  gsize              length = strlen (c->request);
  g_autofree char   *bytes = g_strdelimit (g_strdup (c->request), "~", '\0');

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  g_assert_true (wire_send_bytes (wire, bytes, length));
  g_autoptr (WireReply) reply = wire_read (wire);
  g_assert_cmpuint (reply->status, ==, c->status);
  g_assert_true (wire_has_ended (wire, 5));
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

/* However the request is cut into packets, and whatever came before it on the connection. */
static void
test_pieces (void)
{
  Fixture  f;
  GString *request = g_string_new ("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n");

  for (guint i = 0; i < 120; i++)
    g_string_append_printf (request, "X-%u: %0*u\r\n", i, 1 + (int) (i % 100), i);
  g_string_append (request, "\r\nabc");
  g_autofree char *whole = g_string_free (request, FALSE);
  gsize            length = strlen (whole);

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  for (gsize piece = 1500; piece > 40; piece = piece * 2 / 3)
    {
      for (gsize at = 0; at < length; at += piece)
        g_assert_true (wire_send_bytes (wire, whole + at, MIN (piece, length - at)));
      g_autoptr (WireReply) reply = wire_read (wire);
      g_assert_cmpuint (reply->status, ==, 200);
      g_assert_cmpstr (reply->body->str, ==, "abc");
    }
  /* Two at once. */
  g_autofree char *both = g_strconcat (whole, whole, NULL);
  g_assert_true (wire_send (wire, both));
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (WireReply) reply = wire_read (wire);
      g_assert_cmpuint (reply->status, ==, 200);
    }
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

static void
test_echo (void)
{
  Fixture f;

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  for (int i = 0; i < 3; i++)
    {
      g_assert_true (
          wire_send (wire, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\nhello there"));
      g_autoptr (WireReply) reply = wire_read (wire);
      g_assert_cmpuint (reply->status, ==, 200);
      g_assert_cmpstr (reply->body->str, ==, "hello there");
    }
  g_assert_true (wire_send (wire, "GET /a?b=%20c HTTP/1.1\r\n" HOST "\r\n"));
  g_autoptr (WireReply) reply = wire_read (wire);
  g_assert_cmpstr (wire_reply_get (reply, "x-target"), ==, "/a?b=%20c");
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

/* Limits -------------------------------------------------------------------------------------- */

static void
test_header_too_large (void)
{
  Fixture          f;
  g_autofree char *filler = g_strnfill (40000, 'a');
  g_autofree char *request = g_strdup_printf ("GET / HTTP/1.1\r\n" HOST "X-A: %s\r\n\r\n", filler);

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  (void) wire_send (wire, request);
  g_autoptr (WireReply) reply = wire_read (wire);
  g_assert_cmpuint (reply->status, ==, 431);
  g_assert_true (wire_has_ended (wire, 5));
  g_assert_cmpint (g_atomic_int_get (&f.refused), ==, 1);
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

static void
test_chunked_overflow (void)
{
  Fixture          f;
  g_autofree char *filler = g_strnfill (1000, 'a');
  g_autofree char *chunk = g_strdup_printf ("3e8\r\n%s\r\n", filler);

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  g_assert_true (
      wire_send (wire, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"));
  g_assert_true (wire_send (wire, chunk));
  g_assert_true (wire_send (wire, chunk));
  g_autoptr (WireReply) reply = wire_read (wire);
  g_assert_cmpuint (reply->status, ==, 413);
  g_assert_cmpstr (reply->body->str, ==, "{\"status\":\"413\"}");
  /* Whoever goes on sending is cut off, sooner or later. */
  for (int i = 0; i < 20000 && wire_send (wire, chunk); i++)
    ;
  g_assert_true (wire_has_ended (wire, 5));
  g_assert_cmpint (g_atomic_int_get (&f.handled), ==, 0);
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

static void
test_bodies_in_flight (void)
{
  Fixture      f;
  MsHttpLimits limits = ms_http_default_limits;

  limits.bodies_in_flight = 1500;
  set_up_with (&f, &limits);
  g_autofree char *filler = g_strnfill (1000, 'a');
  g_autofree char *request
      = g_strdup_printf ("POST /defer HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n%s", filler);
  g_autoptr (Wire) first = wire_open (f.port);
  g_autoptr (Wire) second = wire_open (f.port);
  g_assert_true (wire_send (first, request));
  MsHttpRequest *held = g_async_queue_timeout_pop (f.deferred, 10 * G_USEC_PER_SEC);
  g_assert_nonnull (held);
  g_assert_true (wire_send (second, request));
  g_autoptr (WireReply) refused = wire_read (second);
  g_assert_cmpuint (refused->status, ==, 503);
  g_assert_cmpstr (wire_reply_get (refused, "retry-after"), ==, "2");
  ms_http_request_respond (held, 200, "text/plain", g_bytes_new_static ("ok", 2));
  g_autoptr (WireReply) reply = wire_read (first);
  g_assert_cmpuint (reply->status, ==, 200);
  /* And its bytes are free again. */
  g_autoptr (Wire) third = wire_open (f.port);
  g_assert_true (wire_send (third, request));
  held = g_async_queue_timeout_pop (f.deferred, 10 * G_USEC_PER_SEC);
  g_assert_nonnull (held);
  ms_http_request_respond (held, 204, NULL, NULL);
  g_autoptr (WireReply) last = wire_read (third);
  g_assert_cmpuint (last->status, ==, 204);
  g_clear_pointer (&first, wire_close);
  g_clear_pointer (&second, wire_close);
  g_clear_pointer (&third, wire_close);
  tear_down (&f);
}

static Wire *
send_large (Fixture *f, gsize size)
{
  Wire            *wire = wire_open (f->port);
  g_autofree char *filler = g_strnfill (size, 'a');
  g_autofree char *request = g_strdup_printf (
      "POST /defer/large HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n%s", size, filler);

  g_assert_true (wire_send (wire, request));
  return wire;
}

static void
assert_refused (Fixture *f, gsize size)
{
  g_autoptr (Wire) wire = send_large (f, size);
  g_autoptr (WireReply) refused = wire_read (wire);

  g_assert_cmpuint (refused->status, ==, 503);
}

/* Large bodies fill no more than leaves small ones a place. */
static void
test_room_for_small_bodies (void)
{
  static const gsize sizes[]
      = { MS_HTTP_SMALL_BODY * 4, MS_HTTP_SMALL_BODY * 3, MS_HTTP_SMALL_BODY - 1000 };
  Fixture        f;
  MsHttpLimits   limits = ms_http_default_limits;
  Wire          *wires[G_N_ELEMENTS (sizes)];
  MsHttpRequest *held[G_N_ELEMENTS (sizes)];
  gint64         end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  limits.bodies_in_flight = MS_HTTP_SMALL_BODY * 8;
  set_up_with (&f, &limits);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      if (i == 2)
        assert_refused (&f, MS_HTTP_SMALL_BODY * 2);
      wires[i] = send_large (&f, sizes[i]);
      /* The bytes of what was refused are counted until that is over. */
      while ((held[i] = g_async_queue_timeout_pop (f.deferred, G_USEC_PER_SEC)) == NULL)
        {
          g_assert_cmpint (g_get_monotonic_time (), <, end);
          wire_close (wires[i]);
          wires[i] = send_large (&f, sizes[i]);
        }
    }
  assert_refused (&f, MS_HTTP_SMALL_BODY / 2);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      ms_http_request_respond (held[i], 204, NULL, NULL);
      g_autoptr (WireReply) reply = wire_read (wires[i]);
      g_assert_cmpuint (reply->status, ==, 204);
      wire_close (wires[i]);
    }
  tear_down (&f);
}

/* Refused by its headers: a small body is read and the connection lives, a large one ends it. */
static void
test_refused_body (void)
{
  Fixture f;

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  g_assert_true (
      wire_send (wire, "POST /refused HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"));
  g_autoptr (WireReply) small = wire_read (wire);
  g_assert_cmpuint (small->status, ==, 401);
  g_assert_true (wire_send (wire, "GET / HTTP/1.1\r\n" HOST "\r\n"));
  g_autoptr (WireReply) next = wire_read (wire);
  g_assert_cmpuint (next->status, ==, 200);
  g_assert_true (
      wire_send (wire, "POST /refused HTTP/1.1\r\n" HOST "Content-Length: 100000000\r\n\r\nabc"));
  g_autoptr (WireReply) large = wire_read (wire);
  g_assert_cmpuint (large->status, ==, 401);
  g_assert_true (wire_has_ended (wire, 5));
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

/* One byte too many, and just as many as may come. */
static void
test_just_over (void)
{
  Fixture          f;
  g_autofree char *body = g_strnfill (CAP + 1, 'a');
  g_autofree char *request = g_strdup_printf (
      "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %d\r\n\r\n%s", CAP + 1, body);
  g_autofree char *fitting = g_strdup_printf (
      "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %d\r\n\r\n%s", CAP, body + 1);

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  g_assert_true (wire_send (wire, request));
  g_autoptr (WireReply) refused = wire_read (wire);
  g_assert_cmpuint (refused->status, ==, 413);
  g_clear_pointer (&wire, wire_close);
  wire = wire_open (f.port);
  g_assert_true (wire_send (wire, fitting));
  g_autoptr (WireReply) taken = wire_read (wire);
  g_assert_cmpuint (taken->status, ==, 200);
  g_assert_cmpuint (taken->body->len, ==, CAP);
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

static void
test_expect_continue (void)
{
  Fixture f;

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  g_assert_true (wire_send (
      wire, "POST /echo HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
  g_autoptr (WireReply) go_on = wire_read_start (wire);
  g_assert_cmpuint (go_on->status, ==, 100);
  g_assert_true (wire_send (wire, "abc"));
  g_autoptr (WireReply) reply = wire_read (wire);
  g_assert_cmpstr (reply->body->str, ==, "abc");
  /* One that is refused is told before it sends. */
  g_assert_true (wire_send (
      wire, "POST /refused HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
  g_autoptr (WireReply) refused = wire_read_start (wire);
  g_assert_cmpuint (refused->status, ==, 401);
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

typedef struct
{
  const char *name;
  const char *first;   /* sent at once */
  const char *trickle; /* then bit by bit, over and over */
  guint       status;  /* of the first answer; 0: closed without a word, as no request was known */
} SlowCase;

static const SlowCase slow_cases[] = {
  { "silent", "", "", 0 },
  { "half-request-line", "GET /", "a", 0 },
  { "half-header", "GET / HTTP/1.1\r\nHost: loc", "a", 408 },
  { "many-headers", "GET / HTTP/1.1\r\n", "X: y\r\n", 408 },
  { "half-body", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\nabc", "a", 408 },
  { "silent-body", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\nabc", "", 408 },
  { "half-chunk",
    "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n300\r\nabc",
    "a",
    408 },
  { "small-chunks",
    "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
    "1\r\na\r\n",
    408 },
  { "huge-chunk",
    "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nffffffff\r\na",
    "",
    408 },
  { "second-request", "GET / HTTP/1.1\r\n" HOST "\r\n", "G", 200 },
  { "second-header",
    "GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\n\r\nGET / HTTP/1.1\r\nHost: l",
    "a",
    200 },
  { "refused-body", "POST /refused HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\nabc", "a", 401 },
};

/* Slow enough never to be silent for the idle limit, and yet past the deadline. */
static void
test_slow (gconstpointer data)
{
  const SlowCase *c = data;
  MsHttpLimits    limits = ms_http_default_limits;
  Fixture         f;

  limits.header_seconds = 1;
  limits.body_seconds = 1;
  set_up_with (&f, &limits);
  g_autoptr (Wire) wire = wire_open (f.port);
  gint64 started = g_get_monotonic_time ();
  g_assert_true (wire_send (wire, c->first));
  while (!wire_has_heard (wire, 1) && g_get_monotonic_time () - started < 20 * G_USEC_PER_SEC)
    (void) wire_send (wire, c->trickle);
  g_autoptr (WireReply) reply = wire_read (wire);
  g_assert_cmpuint (reply->status, ==, c->status);
  while (!wire_has_ended (wire, 1) && g_get_monotonic_time () - started < 20 * G_USEC_PER_SEC)
    (void) wire_send (wire, c->trickle);
  g_assert_true (wire_has_ended (wire, 0));
  g_assert_cmpint (g_get_monotonic_time () - started, <, 12 * G_USEC_PER_SEC);
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

static gint64
get_cpu_usec (void)
{
  struct timespec time;

  g_assert_cmpint (clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time), ==, 0);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* One that stops in the middle of its handshake keeps no thread busy, and holds nobody up. */
static void
test_half_handshake (void)
{
  static const char  hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
  struct sockaddr_in address = { .sin_family = AF_INET };
  int                fds[20];
  Fixture            f;

  set_up (&f);
  address.sin_port = htons ((guint16) f.port);
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      g_assert_cmpint (connect (fds[i], (struct sockaddr *) &address, sizeof address), ==, 0);
      g_assert_cmpint (send (fds[i], hello, sizeof hello - 1, 0), ==, sizeof hello - 1);
    }
  g_autoptr (Wire) wire = wire_open (f.port);
  g_assert_true (wire_send (wire, "GET / HTTP/1.1\r\n" HOST "\r\n"));
  g_autoptr (WireReply) reply = wire_read (wire);
  g_assert_cmpuint (reply->status, ==, 200);
  gint64 before = get_cpu_usec ();
  g_usleep (2 * G_USEC_PER_SEC);
  gint64 took = get_cpu_usec () - before;
  g_test_message ("%" G_GINT64_FORMAT " ms of 2 s", took / 1000);
  g_assert_cmpint (took, <, G_USEC_PER_SEC / 2);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

/* Of the whole process, whose clients have closed theirs. */
static guint
count_descriptors (Fixture *f)
{
  gint64 deadline = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  guint  count = 0;

  while (ms_http_server_get_connections (f->server) > 0 && g_get_monotonic_time () < deadline)
    g_usleep (10 * 1000);
  g_assert_cmpuint (ms_http_server_get_connections (f->server), ==, 0);
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

/* One that says nothing, one that stops in its handshake, one in its headers, one in its body, and
 * one that is answered. */
static void
come_and_go (Fixture *f)
{
  static const char        hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
  static const char *const said[] = { "GET / HTTP/1.1\r\nHo",
                                      "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\na",
                                      "GET / HTTP/1.1\r\n" HOST "\r\n" };
  struct sockaddr_in       address = { .sin_family = AF_INET,
                                       .sin_port = htons ((guint16) f->port),
                                       .sin_addr = { htonl (INADDR_LOOPBACK) } };

  for (gsize length = 0; length < sizeof hello; length += sizeof hello - 1)
    {
      int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
      g_assert_cmpint (send (fd, hello, length, 0), ==, length);
      close (fd);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (said); i++)
    {
      g_autoptr (Wire) wire = wire_open (f->port);
      g_assert_true (wire_send (wire, said[i]));
      if (i + 1 < G_N_ELEMENTS (said))
        continue;
      g_autoptr (WireReply) reply = wire_read (wire);
      g_assert_cmpuint (reply->status, ==, 200);
    }
}

/* Whoever comes and goes leaves nothing behind; tests/bench/memory does it 100,000 times. */
static void
test_come_and_go (void)
{
  Fixture f;

  set_up (&f);
  for (guint i = 0; i < 10; i++)
    come_and_go (&f);
  guint before = count_descriptors (&f);
  for (guint i = 0; i < 200; i++)
    come_and_go (&f);
  g_assert_cmpuint (count_descriptors (&f), ==, before);
  tear_down (&f);
}

static void
test_idle_lives (void)
{
  MsHttpLimits limits = ms_http_default_limits;
  Fixture      f;

  limits.header_seconds = 1;
  set_up_with (&f, &limits);
  g_autoptr (Wire) wire = wire_open (f.port);
  for (int i = 0; i < 2; i++)
    {
      g_assert_true (wire_send (wire, "GET / HTTP/1.1\r\n" HOST "\r\n"));
      g_autoptr (WireReply) reply = wire_read (wire);
      g_assert_cmpuint (reply->status, ==, 200);
      /* Longer than headers may take: an idle connection is not a slow one. */
      g_assert_false (wire_has_ended (wire, 3));
    }
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

static void
test_per_address (void)
{
  MsHttpLimits limits = ms_http_default_limits;
  Fixture      f;

  limits.connections_per_address = 4;
  set_up_with (&f, &limits);
  Wire *wires[4];
  for (int i = 0; i < 4; i++)
    {
      wires[i] = wire_open (f.port);
      g_assert_true (wire_send (wires[i], "GET / HTTP/1.1\r\n" HOST "\r\n"));
      g_autoptr (WireReply) reply = wire_read (wires[i]);
      g_assert_cmpuint (reply->status, ==, 200);
    }
  g_autoptr (Wire) fifth = wire_open (f.port);
  g_assert_false (wire_send (fifth, "GET / HTTP/1.1\r\n" HOST "\r\n"));
  /* One goes, another may come. */
  wire_close (wires[0]);
  gint64 deadline = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  guint  status = 0;
  while (status != 200 && g_get_monotonic_time () < deadline)
    {
      g_autoptr (Wire) sixth = wire_open (f.port);
      (void) wire_send (sixth, "GET / HTTP/1.1\r\n" HOST "\r\n");
      g_autoptr (WireReply) reply = wire_read (sixth);
      status = reply->status;
    }
  g_assert_cmpuint (status, ==, 200);
  for (int i = 1; i < 4; i++)
    wire_close (wires[i]);
  g_clear_pointer (&fifth, wire_close);
  tear_down (&f);
}

static gpointer
open_late_main (gpointer data)
{
  Fixture *f = data;
  g_autoptr (Wire) wire = wire_open (f->port);

  (void) wire_send (wire, "GET / HTTP/1.1\r\n" HOST "\r\n"); /* the reply says whether it went */
  g_autoptr (WireReply) reply = wire_read (wire);
  return GUINT_TO_POINTER (reply->status);
}

/* Whoever comes when all places are taken waits for one, and is then served. */
static void
test_connections (void)
{
  MsHttpLimits limits = ms_http_default_limits;
  Fixture      f;
  Wire        *wires[8];

  limits.connections = G_N_ELEMENTS (wires);
  set_up_with (&f, &limits);
  for (guint i = 0; i < G_N_ELEMENTS (wires); i++)
    {
      wires[i] = wire_open (f.port);
      g_assert_true (wire_is_open (wires[i]));
    }
  g_assert_cmpuint (ms_http_server_get_connections (f.server), ==, G_N_ELEMENTS (wires));
  GThread *late = g_thread_new ("late", open_late_main, &f);
  g_assert_true (wire_send (wires[0], "GET /defer HTTP/1.1\r\n" HOST "\r\n"));
  MsHttpRequest *held = g_async_queue_timeout_pop (f.deferred, 10 * G_USEC_PER_SEC);
  g_assert_nonnull (held);
  g_assert_cmpuint (ms_http_server_get_connections (f.server), ==, G_N_ELEMENTS (wires));
  ms_http_request_respond (held, 204, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (wires); i++)
    wire_close (wires[i]);
  g_assert_cmpuint (GPOINTER_TO_UINT (g_thread_join (late)), ==, 200);
  tear_down (&f);
}

/* Deferring ----------------------------------------------------------------------------------- */

static void
test_defer (void)
{
  Fixture f;

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  for (int i = 0; i < 3; i++)
    {
      g_assert_true (wire_send (wire, "GET /defer HTTP/1.1\r\n" HOST "\r\n"));
      MsHttpRequest *request = g_async_queue_timeout_pop (f.deferred, 10 * G_USEC_PER_SEC);
      g_assert_nonnull (request);
      g_assert_cmpuint (ms_http_server_get_in_flight (f.server), ==, 1);
      ms_http_request_add_header (request, "X-Late", "yes");
      ms_http_request_respond (request, 201, "text/plain", g_bytes_new_static ("late", 4));
      g_autoptr (WireReply) reply = wire_read (wire);
      g_assert_cmpuint (reply->status, ==, 201);
      g_assert_cmpstr (wire_reply_get (reply, "x-late"), ==, "yes");
      g_assert_cmpstr (reply->body->str, ==, "late");
    }
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

static void
test_defer_client_gone (void)
{
  Fixture f;

  set_up (&f);
  Wire *wire = wire_open (f.port);
  g_assert_true (wire_send (wire, "GET /defer HTTP/1.1\r\n" HOST "\r\n"));
  MsHttpRequest *request = g_async_queue_timeout_pop (f.deferred, 10 * G_USEC_PER_SEC);
  g_assert_nonnull (request);
  wire_close (wire);
  ms_http_request_respond (request, 200, "text/plain", g_bytes_new_static ("nobody", 6));
  ms_http_server_drain (f.server);
  g_assert_true (ms_http_server_wait (f.server, g_get_monotonic_time () + 10 * G_USEC_PER_SEC));
  tear_down (&f);
}

static gpointer
answer_main (gpointer data)
{
  Fixture       *f = data;
  MsHttpRequest *request;

  while ((request = g_async_queue_timeout_pop (f->deferred, 2 * G_USEC_PER_SEC)) != NULL)
    ms_http_request_respond (request, 200, "text/plain", g_bytes_new_static ("ok", 2));
  return NULL;
}

static gpointer
ask_main (gpointer data)
{
  Fixture *f = data;
  g_autoptr (Wire) wire = wire_open (f->port);

  for (int i = 0; i < 200; i++)
    {
      g_assert_true (wire_send (wire, "GET /defer HTTP/1.1\r\n" HOST "\r\n"));
      g_autoptr (WireReply) reply = wire_read (wire);
      g_assert_cmpuint (reply->status, ==, 200);
    }
  return NULL;
}

static void
test_defer_many (void)
{
  Fixture  f;
  GThread *asking[8];

  set_up (&f);
  GThread *answering = g_thread_new ("answer", answer_main, &f);
  for (guint i = 0; i < G_N_ELEMENTS (asking); i++)
    asking[i] = g_thread_new ("ask", ask_main, &f);
  for (guint i = 0; i < G_N_ELEMENTS (asking); i++)
    g_thread_join (asking[i]);
  g_thread_join (answering);
  g_assert_cmpint (f.handled, ==, 200 * G_N_ELEMENTS (asking));
  tear_down (&f);
}

static void
test_drain (void)
{
  Fixture f;

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  g_autoptr (Wire) other = wire_open (f.port);
  g_assert_true (wire_send (other, "GET / HTTP/1.1\r\n" HOST "\r\n"));
  g_autoptr (WireReply) before = wire_read (other);
  g_assert_cmpuint (before->status, ==, 200);
  g_assert_true (wire_send (wire, "GET /defer HTTP/1.1\r\n" HOST "\r\n"));
  MsHttpRequest *request = g_async_queue_timeout_pop (f.deferred, 10 * G_USEC_PER_SEC);
  g_assert_nonnull (request);
  ms_http_server_drain (f.server);
  g_assert_false (ms_http_server_wait (f.server, g_get_monotonic_time () + G_USEC_PER_SEC / 10));
  /* Nothing new, not even on a connection that was there. */
  g_assert_true (wire_send (other, "GET / HTTP/1.1\r\n" HOST "\r\n"));
  g_autoptr (WireReply) refused = wire_read (other);
  g_assert_cmpuint (refused->status, ==, 503);
  g_autoptr (Wire) late = wire_open (f.port);
  g_assert_false (wire_send (late, "GET / HTTP/1.1\r\n" HOST "\r\n"));
  /* What was in flight gets its answer. */
  ms_http_request_respond (request, 200, "text/plain", g_bytes_new_static ("done", 4));
  g_autoptr (WireReply) reply = wire_read (wire);
  g_assert_cmpstr (reply->body->str, ==, "done");
  g_assert_cmpstr (wire_reply_get (reply, "connection"), ==, "close");
  g_assert_true (ms_http_server_wait (f.server, g_get_monotonic_time () + 10 * G_USEC_PER_SEC));
  tear_down (&f);
}

static gpointer
knock_main (gpointer data)
{
  Fixture *f = data;

  while (!g_atomic_int_get (&f->enough))
    {
      g_autoptr (Wire) wire = wire_open (f->port);
      (void) wire_send (wire, "GET / HTTP/1.1\r\n" HOST "\r\n"); /* refused when it drains */
    }
  return NULL;
}

/* In the middle of connects, all threads at work: the library's own way to do that is a race. */
static void
test_drain_busy (void)
{
  for (guint round = 0; round < 60; round++)
    {
      Fixture  f;
      GThread *knocking[3];

      set_up (&f);
      for (guint i = 0; i < G_N_ELEMENTS (knocking); i++)
        knocking[i] = g_thread_new ("knock", knock_main, &f);
      while (g_atomic_int_get (&f.handled) < 10)
        g_usleep (200);
      ms_http_server_drain (f.server);
      g_assert_true (ms_http_server_wait (f.server, g_get_monotonic_time () + 10 * G_USEC_PER_SEC));
      g_atomic_int_set (&f.enough, TRUE);
      for (guint i = 0; i < G_N_ELEMENTS (knocking); i++)
        g_thread_join (knocking[i]);
      tear_down (&f);
    }
}

/* Streams ------------------------------------------------------------------------------------- */

static gboolean
offer (MsHttpStream *stream, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  return ms_http_stream_offer (stream, bytes);
}

static MsHttpStream *
open_stream (Fixture *f, Wire *wire)
{
  g_assert_true (wire_send (wire, "GET /stream HTTP/1.1\r\n" HOST "\r\n"));
  MsHttpStream *stream = g_async_queue_timeout_pop (f->streams, 10 * G_USEC_PER_SEC);
  g_assert_nonnull (stream);
  return stream;
}

static void
test_stream (void)
{
  Fixture f;

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  g_autoptr (MsHttpStream) stream = open_stream (&f, wire);
  /* The headers come before the first byte of the body. */
  g_autoptr (WireReply) start = wire_read_start (wire);
  g_assert_cmpuint (start->status, ==, 200);
  for (int i = 0; i < 3; i++)
    {
      g_autofree char *text = g_strdup_printf ("event %d;", i);
      g_assert_true (offer (stream, text));
      g_autofree char *got = wire_read_until (wire, ";", 10);
      g_assert_cmpstr (got, ==, text);
    }
  ms_http_stream_close (stream, TRUE);
  g_assert_false (wire_has_ended (wire, 1));
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

static void
test_stream_slow_reader (void)
{
  Fixture          f;
  g_autofree char *filler = g_strnfill (32 * 1024, 'x');
  gboolean         full = FALSE;

  set_up (&f);
  g_autoptr (Wire) wire = wire_open_narrow (f.port);
  g_autoptr (MsHttpStream) stream = open_stream (&f, wire);
  g_autoptr (WireReply) start = wire_read_start (wire);
  g_assert_cmpuint (start->status, ==, 200);
  /* The system's buffers take some megabytes, then the queue its bound. */
  for (int i = 0; i < 2000 && !full; i++)
    {
      full = !offer (stream, filler);
      if (!full)
        g_usleep (200); /* lets the server's thread take it: the loop ends by its count anyway */
    }
  g_assert_true (full);
  g_autoptr (GBytes) reset = g_bytes_new_static ("RESET;", 6);
  ms_http_stream_replace (stream, reset);
  ms_http_stream_close (stream, TRUE);
  g_autofree char *got = wire_read_until (wire, "RESET;", 20);
  g_assert_nonnull (got);
  /* What had been begun was finished: only whole chunks came. */
  g_assert_cmpuint ((strlen (got) - 6) % (32 * 1024), ==, 0);
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

static gpointer
push_main (gpointer data)
{
  g_autofree char *filler = g_strnfill (32 * 1024, 'x');
  g_autoptr (GBytes) bytes = g_bytes_new (filler, 32 * 1024);
  gsize pushed = 0;

  while (ms_http_stream_push (data, bytes))
    pushed += 32 * 1024;
  return GSIZE_TO_POINTER (pushed);
}

/* A writer that waits for room is let go when the client goes. */
static void
test_stream_client_gone (void)
{
  MsHttpLimits limits = ms_http_default_limits;
  Fixture      f;

  limits.idle_seconds = 2;
  set_up_with (&f, &limits);
  Wire *wire = wire_open_narrow (f.port);
  g_autoptr (MsHttpStream) stream = open_stream (&f, wire);
  GThread *pushing = g_thread_new ("push", push_main, stream);
  g_autoptr (WireReply) start = wire_read_start (wire);
  g_assert_cmpuint (start->status, ==, 200);
  wire_close (wire);
  g_assert_cmpuint (GPOINTER_TO_SIZE (g_thread_join (pushing)), >, 0);
  g_assert_true (ms_http_stream_is_gone (stream));
  tear_down (&f);
}

static void
test_stream_stalled_reader (void)
{
  MsHttpLimits limits = ms_http_default_limits;
  Fixture      f;

  limits.idle_seconds = 1;
  set_up_with (&f, &limits);
  g_autoptr (Wire) wire = wire_open_narrow (f.port);
  g_autoptr (MsHttpStream) stream = open_stream (&f, wire);
  GThread *pushing = g_thread_new ("push", push_main, stream);
  /* Nobody reads, nobody closes: the idle limit ends it. */
  g_assert_cmpuint (GPOINTER_TO_SIZE (g_thread_join (pushing)), >, 0);
  g_assert_true (ms_http_stream_is_gone (stream));
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

/* The same with an answer that was whole from the start: the idle limit ends it. */
static void
test_answer_stalled_reader (void)
{
  MsHttpLimits limits = ms_http_default_limits;
  Fixture      f;

  limits.idle_seconds = 1;
  set_up_with (&f, &limits);
  g_autoptr (Wire) wire = wire_open_narrow (f.port);
  g_assert_true (wire_send (wire, "GET /big HTTP/1.1\r\n" HOST "\r\n"));
  gint64 deadline = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  while (ms_http_server_get_connections (f.server) > 0 && g_get_monotonic_time () < deadline)
    g_usleep (50 * 1000);
  g_assert_cmpuint (ms_http_server_get_connections (f.server), ==, 0);
  g_assert_cmpuint (ms_http_server_get_in_flight (f.server), ==, 0);
  g_clear_pointer (&wire, wire_close);
  /* One that reads it is not hurried. */
  wire = wire_open (f.port);
  g_assert_true (wire_send (wire, "GET /big HTTP/1.1\r\n" HOST "\r\n"));
  g_autoptr (WireReply) whole = wire_read (wire);
  g_assert_cmpuint (whole->body->len, ==, BIG);
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

/* Small answers go out at once, one by one and when several were asked for together, also to who
 * has said that nothing more will come. */
static void
test_answer_prompt (void)
{
  static const char get[] = "GET / HTTP/1.1\r\n" HOST "\r\n";
  Fixture           f;

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  gint64 started = g_get_monotonic_time ();
  for (int i = 0; i < 40; i++)
    {
      g_assert_true (wire_send (wire, get));
      g_autoptr (WireReply) reply = wire_read (wire);
      g_assert_cmpuint (reply->status, ==, 200);
    }
  /* The kernel would hold each back for 200 ms, if it could. */
  g_assert_cmpint (g_get_monotonic_time () - started, <, 6 * G_USEC_PER_SEC);
  g_autoptr (GString) many = g_string_new (NULL);
  for (int i = 0; i < 40; i++)
    g_string_append (many, get);
  g_assert_true (wire_send (wire, many->str));
  wire_end_sending (wire);
  for (int i = 0; i < 40; i++)
    {
      g_autoptr (WireReply) reply = wire_read (wire);
      g_assert_cmpuint (reply->status, ==, 200);
      g_assert_cmpstr (reply->body->str, ==, "hello");
    }
  g_assert_true (wire_has_ended (wire, 5));
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

static void
test_stream_cut (void)
{
  Fixture f;

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  g_autoptr (MsHttpStream) stream = open_stream (&f, wire);
  g_assert_true (offer (stream, "half;"));
  ms_http_stream_close (stream, FALSE);
  g_autoptr (WireReply) reply = wire_read (wire);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_true (reply->cut);
  g_clear_pointer (&wire, wire_close);
  tear_down (&f);
}

/* Stopping with an open stream and nobody to close it. */
static void
test_stop_with_stream (void)
{
  Fixture f;

  set_up (&f);
  g_autoptr (Wire) wire = wire_open (f.port);
  g_autoptr (MsHttpStream) stream = open_stream (&f, wire);
  g_autoptr (WireReply) start = wire_read_start (wire);
  g_assert_cmpuint (start->status, ==, 200);
  tear_down (&f);
  g_assert_true (wire_has_ended (wire, 10));
  g_assert_true (ms_http_stream_is_gone (stream));
}

/* TLS ----------------------------------------------------------------------------------------- */

static void
test_certificate_reload (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;

  set_up (&f);
  g_autoptr (Wire) before = wire_open (f.port);
  g_autofree char *first = wire_fingerprint (before);
  g_assert_cmpstr (first, ==, f.certificate->fingerprint);
  g_autofree char *protocol = wire_protocol (before);
  g_assert_cmpstr (protocol, ==, "TLS1.3");

  g_autoptr (MsCertificate) next = ms_certificate_new_self_signed (NULL, &error);
  g_assert_no_error (error);
  g_assert_true (
      ms_http_server_set_certificate (f.server, next->certificate_pem, next->key_pem, &error));
  g_autoptr (Wire) after = wire_open (f.port);
  g_autofree char *second = wire_fingerprint (after);
  g_assert_cmpstr (second, ==, next->fingerprint);
  /* The old connection goes on. */
  g_assert_true (wire_send (before, "GET / HTTP/1.1\r\n" HOST "\r\n"));
  g_autoptr (WireReply) reply = wire_read (before);
  g_assert_cmpuint (reply->status, ==, 200);

  g_assert_false (ms_http_server_set_certificate (f.server, "nonsense", next->key_pem, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_clear_pointer (&before, wire_close);
  g_clear_pointer (&after, wire_close);
  tear_down (&f);
}

static void
test_tls_versions (void)
{
  static const struct
  {
    const char *priority;
    const char *protocol; /* NULL: refused */
  } rows[] = {
    { "NORMAL:-VERS-ALL:+VERS-TLS1.3", "TLS1.3" },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.2", "TLS1.2" },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.1", NULL },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC", NULL },
  };
  Fixture f;

  set_up (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Wire) wire = wire_open_tls (f.port, rows[i].priority);
      g_assert_true (wire_is_open (wire) == (rows[i].protocol != NULL));
      g_autofree char *protocol = rows[i].protocol != NULL ? wire_protocol (wire) : NULL;
      g_assert_cmpstr (protocol, ==, rows[i].protocol);
    }
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (framing_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/http/framing/", framing_cases[i].name, NULL);
      g_test_add_data_func (path, &framing_cases[i], test_framing);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (nul_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/http/nul/", nul_cases[i].name, NULL);
      g_test_add_data_func (path, &nul_cases[i], test_nul);
    }
  g_test_add_func ("/http/pieces", test_pieces);
  for (gsize i = 0; i < G_N_ELEMENTS (slow_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/http/slow/", slow_cases[i].name, NULL);
      g_test_add_data_func (path, &slow_cases[i], test_slow);
    }
  g_test_add_func ("/http/echo", test_echo);
  g_test_add_func ("/http/limits/header", test_header_too_large);
  g_test_add_func ("/http/limits/chunked-overflow", test_chunked_overflow);
  g_test_add_func ("/http/limits/bodies-in-flight", test_bodies_in_flight);
  g_test_add_func ("/http/limits/room-for-small-bodies", test_room_for_small_bodies);
  g_test_add_func ("/http/limits/refused-body", test_refused_body);
  g_test_add_func ("/http/limits/just-over", test_just_over);
  g_test_add_func ("/http/limits/expect-continue", test_expect_continue);
  g_test_add_func ("/http/limits/per-address", test_per_address);
  g_test_add_func ("/http/limits/connections", test_connections);
  g_test_add_func ("/http/tls-versions", test_tls_versions);
  g_test_add_func ("/http/half-handshake", test_half_handshake);
  g_test_add_func ("/http/come-and-go", test_come_and_go);
  g_test_add_func ("/http/idle-lives", test_idle_lives);
  g_test_add_func ("/http/defer/answered", test_defer);
  g_test_add_func ("/http/defer/client-gone", test_defer_client_gone);
  g_test_add_func ("/http/defer/many", test_defer_many);
  g_test_add_func ("/http/drain", test_drain);
  g_test_add_func ("/http/drain-busy", test_drain_busy);
  g_test_add_func ("/http/stream/events", test_stream);
  g_test_add_func ("/http/stream/slow-reader", test_stream_slow_reader);
  g_test_add_func ("/http/stream/client-gone", test_stream_client_gone);
  g_test_add_func ("/http/stream/stalled-reader", test_stream_stalled_reader);
  g_test_add_func ("/http/answer/prompt", test_answer_prompt);
  g_test_add_func ("/http/answer/stalled-reader", test_answer_stalled_reader);
  g_test_add_func ("/http/stream/cut", test_stream_cut);
  g_test_add_func ("/http/stream/stop", test_stop_with_stream);
  g_test_add_func ("/http/certificate-reload", test_certificate_reload);
  return g_test_run ();
}
