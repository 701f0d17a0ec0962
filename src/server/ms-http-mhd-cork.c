/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One TLS record, and one packet, for a small answer: the library gives headers and body to GnuTLS
 * one after the other, and each would be encrypted and sent by itself. GnuTLS is told to collect
 * them, and to send when the library has done with the request.
 *
 * Only where that cannot lose or delay anything: the connection stays open after the answer (the
 * library ends a TLS session before it says that a request is over), the request was read whole and
 * is answered by the library's own thread at once, and the socket has nothing left to send, so that
 * what is collected fits into its buffer.
 */
#include "ms-http-mhd-private.h"
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Of the body; headers are some hundred bytes more. Below one record, and what a socket's buffer
 * holds at least. */
#define HELD_MAX (8 * 1024)

static gnutls_session_t
get_session (MsHttpRequest *self)
{
  const union MHD_ConnectionInfo *info
      = MHD_get_connection_info (self->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);

  return info != NULL ? info->tls_session : NULL;
}

void
ms_http_mhd_hold_answer (MsHttpRequest *self)
{
  int unsent = 0;

  if (!self->persistent || self->deferred || self->stream != NULL || self->answer == NULL
      || g_bytes_get_size (self->answer) > HELD_MAX || atomic_load (&self->server->draining)
      || ioctl (self->connection->fd, SIOCOUTQ, &unsent) != 0 || unsent != 0)
    return;
  gnutls_session_t session = get_session (self);
  if (session == NULL)
    return;
  gnutls_record_cork (session);
  self->held = TRUE;
}

void
ms_http_mhd_send_held (MsHttpRequest *self)
{
  if (!self->held)
    return;
  self->held = FALSE;
  gnutls_session_t session = get_session (self);
  int              fd = self->connection->fd;
  int              on = 1;
  /* It fits, so that it only fails where the connection is broken. The library has corked the
   * socket, and pushed when there was nothing yet: without a push, the kernel waits 200 ms. */
  if (session != NULL
      && (gnutls_record_uncork (session, 0) < 0
          || setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0))
    (void) shutdown (fd, SHUT_RDWR);
}
