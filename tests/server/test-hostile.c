/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Attacks on a whole server with low limits: each is ended with the right status, or cut, in the
 * configured time, and a reader from another address is served meanwhile. Framing and deadlines of
 * the HTTPS backend alone are in test-http.c; what readers feel is measured by tests/bench/hostile.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "harbour.h"

#define PER_ADDRESS 32
#define IDLERS 10000
#define BRACKETS 100000

static Harbour *
open_harbour (gsize max_body)
{
  MsServerOptions options;

  ms_server_options_init (&options);
  options.threads = 2;
  options.max_body = max_body;
  options.http.header_seconds = 2;
  options.http.body_seconds = 1;
  options.http.connections_per_address = PER_ADDRESS;
  return harbour_new (&options);
}

/* The header of a POST by somebody who is logged on. */
static char *
make_head (Harbour *h, const char *more)
{
  return g_strdup_printf (
      "POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\n"
      "Authorization: Bearer %s\r\nContent-Type: application/scim+json\r\n%s\r\n",
      h->token,
      more);
}

/* A reader from another address, who comes anew, and one whose connection was open before. */
static void
assert_served (Harbour *h, Wire *reader)
{
  g_autofree char *request = g_strdup_printf (
      "GET /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n",
      h->token);
  g_autoptr (Wire) other = wire_open_from (h->port, "127.0.0.3");
  Wire *both[] = { reader, other };

  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    {
      g_assert_true (wire_send (both[i], request));
      g_autoptr (WireReply) reply = wire_read (both[i]);
      g_assert_cmpuint (reply->status, ==, 200);
    }
}

typedef struct
{
  const char *name;
  const char *more;   /* further header lines */
  guint       status; /* 0: cut */
  gboolean    ends;   /* and the connection with it */
} BodyCase;

/* clang-format off: one row, one line */
static const BodyCase body_cases[] = {
  { "gigabyte", "Content-Length: 1073741824\r\n", 413, TRUE },
  { "gigabyte-expected", "Content-Length: 1073741824\r\nExpect: 100-continue\r\n", 413, TRUE },
  { "half", "Content-Length: 1000\r\n", 408, TRUE },
  { "half-chunk", "Transfer-Encoding: chunked\r\n", 408, TRUE },
  { "length-and-chunked", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", 400, TRUE },
  { "second-host", "Host: other\r\nContent-Length: 2\r\n", 400, TRUE },
};
/* clang-format on */

static void
test_body (gconstpointer data)
{
  const BodyCase *c = data;
  g_autoptr (Harbour) h = open_harbour (16 * 1024);
  g_autofree char *head = make_head (h, c->more);
  g_autoptr (Wire) reader = wire_open_from (h->port, "127.0.0.2");
  g_autoptr (Wire) wire = wire_open (h->port);
  gint64 started = g_get_monotonic_time ();

  g_assert_true (wire_send (wire, head));
  if (strstr (c->more, "Expect") == NULL)
    (void) wire_send (wire, strstr (c->more, "chunked") != NULL ? "100\r\n{" : "{");
  assert_served (h, reader);
  g_autoptr (WireReply) reply = wire_read (wire);
  g_assert_cmpuint (reply->status, ==, c->status);
  if (c->ends)
    g_assert_true (wire_has_ended (wire, 10));
  g_assert_cmpint (g_get_monotonic_time () - started, <, 20 * G_USEC_PER_SEC);
  assert_served (h, reader);
}

/* All of a gigabyte by somebody who does not wait for answers. */
static void
test_endless_chunks (void)
{
  g_autoptr (Harbour) h = open_harbour (16 * 1024);
  g_autofree char *head = make_head (h, "Transfer-Encoding: chunked\r\n");
  g_autofree char *filler = g_strnfill (64 * 1024, ' ');
  g_autofree char *chunk = g_strdup_printf ("10000\r\n%s\r\n", filler);
  g_autoptr (Wire) reader = wire_open_from (h->port, "127.0.0.2");
  g_autoptr (Wire) wire = wire_open (h->port);
  guint sent = 0;

  g_assert_true (wire_send (wire, head));
  while (sent < 16 * 1024 && wire_send (wire, chunk))
    sent++;
  g_test_message ("%u of 16384 chunks were sent", sent);
  g_assert_cmpuint (sent, <, 1024);
  assert_served (h, reader);
}

static void
test_brackets (void)
{
  g_autoptr (Harbour) h = open_harbour (1024 * 1024);
  g_autofree char *body = g_strnfill (BRACKETS, '[');
  g_autoptr (GString) nested = g_string_new (NULL);

  for (guint i = 0; i < BRACKETS; i++)
    g_string_append (nested, "{\"a\":");
  const char *bodies[] = { body, nested->str };
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      gint64 started = g_get_monotonic_time ();
      g_autoptr (Answer) answer = ask (h, "POST", "/scim/v2/Users", bodies[i], NULL);
      assert_status (answer, 400);
      g_assert_nonnull (strstr (get_text (answer, "detail"), "nested too deeply"));
      g_assert_cmpstr (get_text (answer, "scimType"), ==, "invalidSyntax");
      g_assert_cmpint (g_get_monotonic_time () - started, <, 5 * G_USEC_PER_SEC);
    }
  g_autofree char *id = make_user (h, "after");
}

/* Idlers -------------------------------------------------------------------------------------- */

static int
connect_idle (guint port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) port) };
  int                fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  close (fd);
  return -1;
}

static gboolean
is_ended (int fd)
{
  char byte;

  return recv (fd, &byte, 1, MSG_DONTWAIT) >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

/* How many the server still holds; the others are closed here too. */
static guint
forget_ended (GArray *idlers)
{
  for (guint i = idlers->len; i > 0; i--)
    if (is_ended (g_array_index (idlers, int, i - 1)))
      {
        close (g_array_index (idlers, int, i - 1));
        g_array_remove_index_fast (idlers, i - 1);
      }
  return idlers->len;
}

static void
wait_for_idlers (GArray *idlers, guint most)
{
  gint64 deadline = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  while (forget_ended (idlers) > most && g_get_monotonic_time () < deadline)
    g_usleep (20 * 1000);
  g_assert_cmpuint (idlers->len, <=, most);
}

/* Many connections of one address that never say anything: as many as an address may have are held,
 * and those only as long as a handshake may take. */
static void
test_idlers (void)
{
  g_autoptr (Harbour) h = open_harbour (16 * 1024);
  g_autoptr (GArray) idlers = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (Wire) reader = wire_open_from (h->port, "127.0.0.2");

  for (guint i = 0; i < IDLERS; i++)
    {
      int fd = connect_idle (h->port);
      if (fd >= 0)
        g_array_append_val (idlers, fd);
      if (i % 250 != 249)
        continue;
      wait_for_idlers (idlers, PER_ADDRESS);
      if (i % 2500 == 2499)
        assert_served (h, reader);
    }
  wait_for_idlers (idlers, 0);
  assert_served (h, reader);
  /* And the address is not shut out for good. */
  g_autoptr (Wire) again = wire_open (h->port);
  g_assert_true (wire_is_open (again));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (body_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/hostile/body/", body_cases[i].name, NULL);
      g_test_add_data_func (path, &body_cases[i], test_body);
    }
  g_test_add_func ("/hostile/endless-chunks", test_endless_chunks);
  g_test_add_func ("/hostile/brackets", test_brackets);
  g_test_add_func ("/hostile/idlers", test_idlers);
  return g_test_run ();
}
