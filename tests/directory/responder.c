/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See responder.h. Messages are made by liblber; those that come in are looked at for their number
 * and kind only.
 */
#include "responder.h"

#include <gio/gunixsocketaddress.h>
#include <ldap.h>
#include <string.h>
#include <unistd.h>

struct _Responder
{
  GSocket        *listener;
  GThread        *thread;
  GCancellable   *over;
  GCancellable   *cancellable; /* (nullable) */
  char           *path;
  char           *uri;
  ResponderManner manner;
  gint            searches;
  gsize           budget; /* bytes that it sends to each client before it hangs up */
  gsize           left;
};

/**
 * Request:
 * @bytes: all of it
 */
typedef struct
{
  GBytes *bytes;
  int     id;
  guint8  kind;
} Request;

static gboolean
take (Responder *self, GSocket *socket, guint8 *to, gsize size)
{
  for (gsize n = 0; n < size;)
    {
      gssize got = g_socket_receive (socket, (char *) to + n, size - n, self->over, NULL);
      if (got <= 0)
        return FALSE;
      n += got;
    }
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  return TRUE;
}

/* Requests are short: their length has three bytes at most, and their number one to four. */
static gboolean
take_request (Responder *self, GSocket *socket, Request *request)
{
  guint8 head[2];
  guint8 more[3] = { 0 };
  gsize  size;

  if (!take (self, socket, head, 2))
    return FALSE;
  size = head[1];
  if (size >= 0x80)
    {
      gsize n = size - 0x80;
      g_assert_cmpuint (n, <=, sizeof more);
      if (!take (self, socket, more, n))
        return FALSE;
      size = 0;
      for (gsize i = 0; i < n; i++)
        size = size << 8 | more[i];
    }
  g_autofree guint8 *data = g_malloc (size);
  if (!take (self, socket, data, size))
    return FALSE;
  request->id = 0;
  for (gsize i = 0; i < data[1]; i++)
    request->id = request->id << 8 | data[2 + i];
  request->kind = data[2 + data[1]];
  request->bytes = g_bytes_new_take (g_steal_pointer (&data), size);
  return TRUE;
}

static gboolean
has (const Request *request, const char *text)
{
  gsize         size = 0;
  gconstpointer data = g_bytes_get_data (request->bytes, &size);

  return memmem (data, size, text, strlen (text)) != NULL;
}

static void
send_bytes (Responder *self, GSocket *socket, const char *data, gsize size)
{
  gsize n = MIN (size, self->left);

  self->left -= n;
  if (n > 0)
    (void) g_socket_send (socket, data, n, NULL, NULL); /* it may have gone */
  if (n < size)
    (void) g_socket_shutdown (socket, TRUE, TRUE, NULL); /* likewise */
}

/* Sends and frees @ber. */
static void
deliver (Responder *self, GSocket *socket, BerElement *ber)
{
  struct berval *flat = NULL;

  g_assert_cmpint (ber_flatten (ber, &flat), ==, 0);
  send_bytes (self, socket, flat->bv_val, flat->bv_len);
  ber_bvfree (flat);
  ber_free (ber, 1);
}

static void
send_result (Responder *self, GSocket *socket, int id, ber_tag_t kind, int code, const char *said)
{
  BerElement *ber = ber_alloc_t (LBER_USE_DER);

  ber_printf (ber, "{it{ess}}", id, kind, code, "", said);
  deliver (self, socket, ber);
}

/* The end of a page after which there is another one, always. */
static void
send_page_end (Responder *self, GSocket *socket, int id, int code)
{
  BerElement *ber = ber_alloc_t (LBER_USE_DER);
  static char value[] = "\x30\x06\x02\x01\x00\x04\x01x";

  ber_printf (ber,
              "{it{ess}t{{so}}}",
              id,
              LDAP_RES_SEARCH_RESULT,
              code,
              "",
              "",
              LDAP_TAG_CONTROLS,
              LDAP_CONTROL_PAGEDRESULTS,
              value,
              (ber_len_t) 8);
  deliver (self, socket, ber);
}

/* @values: parted by spaces */
static void
send_entry (Responder *self, GSocket *socket, int id, const char *attribute, const char *values)
{
  BerElement *ber = ber_alloc_t (LBER_USE_DER);
  g_auto (GStrv) words = g_strsplit (values, " ", -1);

  ber_printf (ber, "{it{s{{s[v]}}}}", id, LDAP_RES_SEARCH_ENTRY, "cn=group,dc=x", attribute, words);
  deliver (self, socket, ber);
}

static void
send_range (Responder *self, GSocket *socket, const Request *request, gboolean repeats)
{
  if (repeats || (!has (request, "member;range=2-*") && !has (request, "member;range=4-*")))
    send_entry (self, socket, request->id, "member;range=0-1", "cn=a,dc=x cn=b,dc=x");
  else if (has (request, "member;range=2-*"))
    send_entry (self, socket, request->id, "member;range=2-3", "cn=c,dc=x cn=d,dc=x");
  else
    send_entry (self, socket, request->id, "member;Range=4-*", "cn=e,dc=x");
  send_result (self, socket, request->id, LDAP_RES_SEARCH_RESULT, LDAP_SUCCESS, "");
}

static void
send_reference (Responder *self, GSocket *socket, int id)
{
  BerElement *ber = ber_alloc_t (LBER_USE_DER);

  ber_printf (ber, "{it{s}}", id, LDAP_RES_SEARCH_REFERENCE, "ldap://elsewhere.example/dc=y");
  deliver (self, socket, ber);
}

static void
drip (Responder *self, GSocket *socket)
{
  static const char entry[64] = "\x30\x84\x00\x10\x00\x00";

  for (gsize i = 0; i < sizeof entry && !g_cancellable_is_cancelled (self->over); i++)
    {
      send_bytes (self, socket, entry + i, 1);
      g_usleep (200 * G_TIME_SPAN_MILLISECOND);
    }
}

/* %FALSE ends the connection. */
static gboolean
answer_search (Responder *self, GSocket *socket, const Request *request)
{
  static const char huge[] = "\x30\x84\x01\x40\x00\x00";

  g_atomic_int_inc (&self->searches);
  switch (self->manner)
    {
    case RESPONDER_RANGES:
    case RESPONDER_REPEATS:
      send_range (self, socket, request, self->manner == RESPONDER_REPEATS);
      return TRUE;
    case RESPONDER_HALFWAY:
      send_entry (self, socket, request->id, "cn", "one");
      send_entry (self, socket, request->id, "cn", "two");
      return FALSE;
    case RESPONDER_HUGE:
      send_bytes (self, socket, huge, sizeof huge - 1);
      return TRUE;
    case RESPONDER_GARBAGE:
      send_bytes (self, socket, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
      return TRUE;
    case RESPONDER_REFERRAL:
      send_result (
          self, socket, request->id, LDAP_RES_SEARCH_RESULT, LDAP_REFERRAL, "ldap://127.0.0.1:1/");
      return TRUE;
    case RESPONDER_ENDLESS:
      send_page_end (self, socket, request->id, LDAP_SUCCESS);
      return TRUE;
    case RESPONDER_BUSY:
      send_page_end (self, socket, request->id, LDAP_BUSY);
      return TRUE;
    case RESPONDER_FORGETS:
      if (g_atomic_int_get (&self->searches) == 1)
        {
          send_entry (self, socket, request->id, "cn", "one");
          send_page_end (self, socket, request->id, LDAP_SUCCESS);
        }
      else
        send_result (self, socket, request->id, LDAP_RES_SEARCH_RESULT, LDAP_SUCCESS, "");
      return TRUE;
    case RESPONDER_DRIPS:
      drip (self, socket);
      return FALSE;
    case RESPONDER_GOODBYE:
      {
        BerElement *ber = ber_alloc_t (LBER_USE_DER);
        ber_printf (ber,
                    "{it{essts}}",
                    0,
                    LDAP_RES_EXTENDED,
                    LDAP_UNAVAILABLE,
                    "",
                    "shutting down",
                    LDAP_TAG_EXOP_RES_OID,
                    LDAP_NOTICE_OF_DISCONNECTION);
        deliver (self, socket, ber);
        return FALSE;
      }
    default:
      send_entry (self, socket, request->id, "cn", "group");
      send_reference (self, socket, request->id);
      send_result (self, socket, request->id, LDAP_RES_SEARCH_RESULT, LDAP_SUCCESS, "");
      return TRUE;
    }
}

static gboolean
answer (Responder *self, GSocket *socket, const Request *request)
{
  if (self->manner == RESPONDER_SILENT)
    return TRUE;
  if (request->kind == LDAP_REQ_BIND)
    {
      if (self->manner == RESPONDER_ECHO)
        send_result (self,
                     socket,
                     request->id,
                     LDAP_RES_BIND,
                     LDAP_INVALID_CREDENTIALS,
                     "it is not s3cret-w0rd, data 533, v4563");
      else
        send_result (self, socket, request->id, LDAP_RES_BIND, LDAP_SUCCESS, "");
      return TRUE;
    }
  return request->kind != LDAP_REQ_SEARCH || answer_search (self, socket, request);
}

static gpointer
serve (gpointer user_data)
{
  Responder *self = user_data;

  for (;;)
    {
      g_autoptr (GSocket) socket = g_socket_accept (self->listener, self->over, NULL);
      Request request = { 0 };
      if (socket == NULL)
        return NULL;
      self->left = self->budget;
      while (take_request (self, socket, &request))
        {
          gboolean goes_on = request.kind != LDAP_REQ_UNBIND && answer (self, socket, &request);
          g_bytes_unref (request.bytes);
          if (!goes_on)
            break;
        }
      (void) g_socket_close (socket, NULL);
    }
}

Responder *
responder_new (const char *folder, ResponderManner manner, GCancellable *cancellable)
{
  Responder *self = g_new0 (Responder, 1);
  g_autoptr (GError) error = NULL;

  self->manner = manner;
  self->budget = G_MAXSIZE;
  self->over = g_cancellable_new ();
  self->cancellable = cancellable;
  self->path = g_build_filename (folder, "responder", NULL);
  g_autofree char *escaped = g_uri_escape_string (self->path, NULL, FALSE);
  self->uri = g_strconcat ("ldapi://", escaped, NULL);
  self->listener = g_socket_new (
      G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
  g_assert_no_error (error);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->path);
  g_assert_true (g_socket_bind (self->listener, address, FALSE, &error)
                 && g_socket_listen (self->listener, &error));
  self->thread = g_thread_new ("responder", serve, self);
  return self;
}

void
responder_free (Responder *self)
{
  g_cancellable_cancel (self->over);
  g_thread_join (self->thread);
  g_object_unref (self->listener);
  g_object_unref (self->over);
  (void) unlink (self->path);
  g_free (self->path);
  g_free (self->uri);
  g_free (self);
}

const char *
responder_get_uri (Responder *self)
{
  return self->uri;
}

guint
responder_get_searches (Responder *self)
{
  return g_atomic_int_get (&self->searches);
}

void
responder_set_budget (Responder *self, gsize budget)
{
  self->budget = budget;
}
