/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who connects is taken in here and handed to the library, which would listen by itself as well:
 * but as each of its threads watches the listening socket, its MHD_quiesce_daemon() and a thread
 * that happens to wake both take the socket out of that thread's epoll set, and whoever comes
 * second ends the process (libmicrohttpd 0.9.75 and newer).
 */
#include "ms-http-mhd-private.h"
#include "ms-error.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long nobody is taken in when there is no descriptor or memory left to do so. */
#define SHORTAGE_MS 100

/* Whoever comes when all places are taken waits for one in the socket's backlog. */
static gboolean
has_place (MsHttpServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->full = self->handed_over + g_queue_get_length (&self->connections)
               >= MAX (self->limits.connections, 1);
  return !self->full;
}

static void
hand_over (MsHttpServer *self, int fd, const struct sockaddr_storage *address, socklen_t length)
{
  g_mutex_lock (&self->lock);
  self->handed_over++;
  g_mutex_unlock (&self->lock);
  if (MHD_add_connection (self->daemon, fd, (const struct sockaddr *) address, length) == MHD_YES)
    return;
  /* Too many from that address: the library has closed it. */
  g_mutex_lock (&self->lock);
  self->handed_over--;
  g_mutex_unlock (&self->lock);
}

/* Returns: %FALSE when there is nothing left to take them in with */
static gboolean
accept_all (MsHttpServer *self)
{
  while (!atomic_load (&self->draining) && has_place (self))
    {
      struct sockaddr_storage address;
      socklen_t               length = sizeof address;
      int                     fd = accept4 (
          self->listener, (struct sockaddr *) &address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

      if (fd >= 0)
        hand_over (self, fd, &address, length);
      else if (errno == EAGAIN)
        return TRUE;
      else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        return FALSE;
      /* Otherwise it was gone before it was taken in: accept(2) gives such errors as well. */
    }
  return TRUE;
}

static gpointer
acceptor_main (gpointer data)
{
  MsHttpServer *self = data;
  gboolean      had_enough = TRUE;

  while (!atomic_load (&self->draining))
    {
      struct pollfd fds[] = { { .fd = self->wake_fd, .events = POLLIN },
                              { .fd = self->listener, .events = POLLIN } };
      gboolean      watches = had_enough && has_place (self);
      guint64       woken;

      (void) poll (fds, watches ? 2 : 1, had_enough ? -1 : SHORTAGE_MS); /* EINTR: once more */
      (void) !read (self->wake_fd, &woken, sizeof woken); /* EAGAIN where nobody woke it */
      if (atomic_load (&self->draining))
        break;
      gboolean has_enough = accept_all (self);
      if (had_enough && !has_enough)
        g_warning ("no connection can be taken in: %s", g_strerror (errno));
      had_enough = has_enough;
    }
  return NULL;
}

static void
wake (MsHttpServer *self)
{
  guint64 one = 1;

  (void) !write (self->wake_fd, &one, sizeof one); /* EAGAIN: it is being woken anyway */
}

gboolean
ms_http_mhd_start_accepting (MsHttpServer *self, GError **error)
{
  int flags = fcntl (self->listener, F_GETFL);

  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->wake_fd < 0 || flags < 0 || fcntl (self->listener, F_SETFL, flags | O_NONBLOCK) < 0)
    {
      ms_error_set (error,
                    MS_ERROR_UNAVAILABLE,
                    NULL,
                    NULL,
                    "The HTTPS server cannot be started: %s",
                    g_strerror (errno));
      return FALSE;
    }
  self->acceptor = g_thread_new ("http-acceptor", acceptor_main, self);
  return TRUE;
}

void
ms_http_mhd_stop_accepting (MsHttpServer *self)
{
  if (self->acceptor != NULL)
    {
      wake (self);
      g_clear_pointer (&self->acceptor, g_thread_join);
    }
  if (self->listener >= 0)
    (void) close (self->listener);
  self->listener = -1;
}

void
ms_http_mhd_place_freed (MsHttpServer *self)
{
  if (self->full)
    wake (self);
}
