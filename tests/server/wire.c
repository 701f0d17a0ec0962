/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The test client, over GnuTLS and a plain socket.
 */
#include "wire.h"
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Thousands of writes in one request take their time on a busy machine. */
#define TIMEOUT_SECONDS 180

struct _Wire
{
  int                              fd;
  gnutls_session_t                 session;
  gnutls_certificate_credentials_t credentials;
  GString                         *input; /* received, not yet used */
  GString                         *text;  /* of a stream, without its chunks' frames */
  gsize                            chunk_left;
  gboolean                         connected;
  gboolean                         ended;
};

static void
set_timeout (Wire *self, guint seconds)
{
  struct timeval time = { .tv_sec = seconds };

  g_assert_cmpint (setsockopt (self->fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time), ==, 0);
}

static gboolean
shake_hands (Wire *self, const char *priority)
{
  gnutls_certificate_allocate_credentials (&self->credentials);
  gnutls_init (&self->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
  if (priority != NULL)
    g_assert_cmpint (gnutls_priority_set_direct (self->session, priority, NULL), ==, 0);
  else
    gnutls_set_default_priority (self->session);
  gnutls_credentials_set (self->session, GNUTLS_CRD_CERTIFICATE, self->credentials);
  gnutls_transport_set_int (self->session, self->fd);
  int result;
  do
    result = gnutls_handshake (self->session);
  while (result < 0 && !gnutls_error_is_fatal (result) && result != GNUTLS_E_AGAIN);
  return result == GNUTLS_E_SUCCESS;
}

static void
bind_to (int fd, const char *source)
{
  struct sockaddr_in address = { .sin_family = AF_INET };

  g_assert_cmpint (inet_pton (AF_INET, source, &address.sin_addr), ==, 1);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
}

static Wire *
open_wire (guint port, const char *source, int receive_buffer, const char *priority)
{
  Wire              *self = g_new0 (Wire, 1);
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) port) };

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  self->input = g_string_new (NULL);
  self->text = g_string_new (NULL);
  self->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (self->fd, >=, 0);
  if (receive_buffer > 0)
    g_assert_cmpint (
        setsockopt (self->fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer),
        ==,
        0);
  if (source != NULL)
    bind_to (self->fd, source);
  set_timeout (self, TIMEOUT_SECONDS);
  self->connected = connect (self->fd, (struct sockaddr *) &address, sizeof address) == 0
                    && shake_hands (self, priority);
  self->ended = !self->connected;
  return self;
}

Wire *
wire_open (guint port)
{
  return open_wire (port, NULL, 0, NULL);
}

Wire *
wire_open_from (guint port, const char *source)
{
  return open_wire (port, source, 0, NULL);
}

Wire *
wire_open_narrow (guint port)
{
  return open_wire (port, NULL, 2048, NULL);
}

Wire *
wire_open_tls (guint port, const char *priority)
{
  return open_wire (port, NULL, 0, priority);
}

void
wire_end_sending (Wire *self)
{
  g_assert_cmpint (gnutls_bye (self->session, GNUTLS_SHUT_WR), ==, 0);
  g_assert_cmpint (shutdown (self->fd, SHUT_WR), ==, 0);
}

gboolean
wire_is_open (Wire *self)
{
  return self->connected && !self->ended;
}

void
wire_close (Wire *self)
{
  if (self == NULL)
    return;
  if (self->session != NULL)
    gnutls_deinit (self->session);
  if (self->credentials != NULL)
    gnutls_certificate_free_credentials (self->credentials);
  close (self->fd);
  g_string_free (self->input, TRUE);
  g_string_free (self->text, TRUE);
  g_free (self);
}

gboolean
wire_send_bytes (Wire *self, const void *data, gsize length)
{
  const char *bytes = data;

  while (self->connected && length > 0)
    {
      ssize_t sent = gnutls_record_send (self->session, bytes, length);
      if (sent == GNUTLS_E_INTERRUPTED)
        continue;
      if (sent <= 0)
        return FALSE;
      bytes += sent;
      length -= (gsize) sent;
    }
  return self->connected;
}

gboolean
wire_send (Wire *self, const char *text)
{
  return wire_send_bytes (self, text, strlen (text));
}

/* More bytes into the input; %FALSE at the end, or when none came in time. */
static gboolean
receive (Wire *self)
{
  char buffer[16384];

  if (self->ended)
    return FALSE;
  for (;;)
    {
      ssize_t got = gnutls_record_recv (self->session, buffer, sizeof buffer);
      if (got > 0)
        {
          g_string_append_len (self->input, buffer, got);
          return TRUE;
        }
      if (got == GNUTLS_E_INTERRUPTED)
        continue;
      if (got != GNUTLS_E_AGAIN)
        self->ended = TRUE;
      return FALSE;
    }
}

static gboolean
need (Wire *self, gsize length)
{
  while (self->input->len < length)
    if (!receive (self))
      return FALSE;
  return TRUE;
}

/* The input up to @mark, which is taken away with it. (nullable) */
static char *
take_until (Wire *self, const char *mark)
{
  const char *found;

  while ((found = strstr (self->input->str, mark)) == NULL)
    if (!receive (self))
      return NULL;
  gsize length = (gsize) (found - self->input->str);
  char *taken = g_strndup (self->input->str, length);
  g_string_erase (self->input, 0, (gssize) (length + strlen (mark)));
  return taken;
}

void
wire_reply_free (WireReply *reply)
{
  if (reply == NULL)
    return;
  g_hash_table_unref (reply->headers);
  g_string_free (reply->body, TRUE);
  g_free (reply);
}

const char *
wire_reply_get (WireReply *reply, const char *name)
{
  return g_hash_table_lookup (reply->headers, name);
}

WireReply *
wire_read_start (Wire *self)
{
  WireReply *reply = g_new0 (WireReply, 1);

  reply->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  reply->body = g_string_new (NULL);
  g_autofree char *head = take_until (self, "\r\n\r\n");
  if (head == NULL || !g_str_has_prefix (head, "HTTP/1."))
    return reply;
  g_auto (GStrv) lines = g_strsplit (head, "\r\n", -1);
  reply->status = (guint) g_ascii_strtoull (lines[0] + strlen ("HTTP/1.1 "), NULL, 10);
  for (char **line = lines + 1; *line != NULL; line++)
    {
      char *colon = strchr (*line, ':');
      g_assert_nonnull (colon);
      *colon = '\0';
      g_hash_table_insert (
          reply->headers, g_ascii_strdown (*line, -1), g_strdup (g_strstrip (colon + 1)));
    }
  return reply;
}

static gboolean
read_chunked (Wire *self, GString *body)
{
  for (;;)
    {
      g_autofree char *line = take_until (self, "\r\n");
      if (line == NULL)
        return FALSE;
      gsize length = (gsize) g_ascii_strtoull (line, NULL, 16);
      if (!need (self, length + 2))
        return FALSE;
      g_string_append_len (body, self->input->str, (gssize) length);
      g_string_erase (self->input, 0, (gssize) length + 2);
      if (length == 0)
        return TRUE;
    }
}

static gboolean
read_counted (Wire *self, gsize length, GString *body)
{
  gboolean whole = need (self, length);
  gsize    have = MIN (length, self->input->len);

  g_string_append_len (body, self->input->str, (gssize) have);
  g_string_erase (self->input, 0, (gssize) have);
  return whole;
}

WireReply *
wire_read (Wire *self)
{
  WireReply  *reply = wire_read_start (self);
  const char *length = wire_reply_get (reply, "content-length");
  const char *coding = wire_reply_get (reply, "transfer-encoding");

  if (reply->status == 100)
    {
      wire_reply_free (reply);
      return wire_read (self);
    }
  if (coding != NULL)
    reply->cut = !read_chunked (self, reply->body);
  else if (length != NULL)
    reply->cut = !read_counted (self, (gsize) g_ascii_strtoull (length, NULL, 10), reply->body);
  return reply;
}

WireReply *
wire_read_head (Wire *self)
{
  return wire_read_start (self);
}

/* Takes complete chunks out of the input, as far as they are there. */
static void
unframe (Wire *self)
{
  const char *end;

  while ((end = strstr (self->input->str, "\r\n")) != NULL)
    {
      gsize line = (gsize) (end - self->input->str) + 2;
      gsize length = (gsize) g_ascii_strtoull (self->input->str, NULL, 16);
      if (self->input->len < line + length + 2)
        return;
      g_string_append_len (self->text, self->input->str + line, (gssize) length);
      g_string_erase (self->input, 0, (gssize) (line + length + 2));
    }
}

char *
wire_read_until (Wire *self, const char *text, guint seconds)
{
  gint64      deadline = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  const char *found;

  set_timeout (self, 1);
  unframe (self);
  while ((found = strstr (self->text->str, text)) == NULL && g_get_monotonic_time () < deadline)
    {
      if (!receive (self) && self->ended)
        break;
      unframe (self);
    }
  set_timeout (self, TIMEOUT_SECONDS);
  if (found == NULL)
    found = strstr (self->text->str, text);
  if (found == NULL)
    return NULL;
  gsize length = (gsize) (found - self->text->str) + strlen (text);
  char *taken = g_strndup (self->text->str, length);
  g_string_erase (self->text, 0, (gssize) length);
  return taken;
}

gboolean
wire_has_ended (Wire *self, guint seconds)
{
  gint64 deadline = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;

  set_timeout (self, 1);
  while (!self->ended && g_get_monotonic_time () < deadline)
    {
      receive (self);
      g_string_truncate (self->input, 0);
    }
  set_timeout (self, TIMEOUT_SECONDS);
  return self->ended;
}

gboolean
wire_has_heard (Wire *self, guint seconds)
{
  set_timeout (self, seconds);
  gboolean heard = self->input->len > 0 || receive (self) || self->ended;
  set_timeout (self, TIMEOUT_SECONDS);
  return heard;
}

char *
wire_fingerprint (Wire *self)
{
  unsigned int          n = 0;
  const gnutls_datum_t *chain
      = self->connected ? gnutls_certificate_get_peers (self->session, &n) : NULL;

  if (n == 0)
    return NULL;
  g_autofree char *hex
      = g_compute_checksum_for_data (G_CHECKSUM_SHA256, chain[0].data, chain[0].size);
  GString *out = g_string_new ("SHA256");
  for (gsize i = 0; hex[i] != '\0'; i += 2)
    g_string_append_printf (out, ":%c%c", g_ascii_toupper (hex[i]), g_ascii_toupper (hex[i + 1]));
  return g_string_free (out, FALSE);
}

char *
wire_protocol (Wire *self)
{
  return g_strdup (gnutls_protocol_get_name (gnutls_protocol_get_version (self->session)));
}
