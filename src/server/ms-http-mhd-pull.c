/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading from sockets for GnuTLS, with a rest while a handshake waits for its client, and without
 * looking at what comes after an answer that ended the connection.
 *
 * The library (0.9.75, epoll) takes a connection in its handshake for ready to be read until the
 * handshake is over: its thread goes round and round, asking a socket that has nothing, for as long
 * as the client takes for its half; a round trip for an honest one, the whole deadline for one that
 * says nothing more. So whoever finds nothing to read in a handshake waits here until anything
 * happens on the thread's epoll descriptor, for a moment at most, and of all handshakes of a thread
 * one in each round, so that work that epoll does not tell of is not held up either.
 */
#include "ms-http-mhd-private.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* What is thrown away of a body that was refused midway, so that its client is still there when the
 * answer comes. */
#define LINGER_MAX (16 * 1024 * 1024)
#define REST_MILLISECONDS 1
/* After that the one whose turn it was is taken for gone. */
#define TURN_USEC (10 * 1000)

static void
rest (MsHttpConnection *self)
{
  static _Thread_local MsHttpConnection *turn; /* compared only: it may be gone */
  static _Thread_local gint64            rested;
  const union MHD_DaemonInfo            *info;
  struct pollfd                          epoll = { .events = POLLIN };

  if (turn != self && g_get_monotonic_time () - rested < TURN_USEC)
    return;
  info = MHD_get_daemon_info (self->daemon, MHD_DAEMON_INFO_EPOLL_FD);
  if (info == NULL || info->epoll_fd < 0)
    return;
  epoll.fd = info->epoll_fd;
  (void) poll (&epoll, 1, REST_MILLISECONDS); /* whatever it says, the library looks itself */
  turn = self;
  rested = g_get_monotonic_time ();
}

/* Neither copied nor decrypted (MSG_TRUNC, tcp(7)): whoever goes on sending costs nothing. Until
 * nothing is left, since epoll tells only of what is new. */
static ssize_t
throw_away (MsHttpConnection *self)
{
  ssize_t got;

  while ((got = recv (self->fd, NULL, LINGER_MAX, MSG_TRUNC | MSG_DONTWAIT)) > 0)
    {
      self->thrown_away += (gsize) got;
      if (self->thrown_away > LINGER_MAX)
        return 0; /* the end, as far as the library is concerned */
    }
  return got;
}

static ssize_t
on_pull_cb (gnutls_transport_ptr_t pointer, void *data, size_t size)
{
  MsHttpConnection *self = pointer;

  if (self->has_ended)
    return throw_away (self);
  ssize_t got = recv (self->fd, data, size, 0);
  if (got == 0 && atomic_load (&self->late))
    ms_http_mhd_answer_late (self);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && !self->has_spoken)
    {
      rest (self);
      errno = EAGAIN;
    }
  return got;
}

void
ms_http_mhd_take_pull (MsHttpConnection *self, struct MHD_Connection *mhd)
{
  const union MHD_ConnectionInfo *session
      = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  const union MHD_ConnectionInfo *daemon
      = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_DAEMON);

  if (session == NULL || session->tls_session == NULL || daemon == NULL)
    return;
  self->daemon = daemon->daemon;
  gnutls_transport_set_ptr2 (session->tls_session, self, GINT_TO_POINTER (self->fd));
  gnutls_transport_set_pull_function (session->tls_session, on_pull_cb);
}
