/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Binding, with the messages that an operator needs.
 */
#include "config.h"
#include "ms-listener.h"
#include "ms-error.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef MS_HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#define BACKLOG 511

static gboolean
split_address (const char *address, char **host, char **port, GError **error)
{
  const char *colon = strrchr (address, ':');
  guint64     number = 0;

  if (colon == NULL || colon == address
      || !g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, &number, NULL))
    {
      ms_error_set (
          error, MS_ERROR_INVALID, NULL, NULL, "“%s” is not of the form ADDRESS:PORT.", address);
      return FALSE;
    }
  g_autofree char *name = g_strndup (address, (gsize) (colon - address));
  gsize            length = strlen (name);
  if (length > 2 && name[0] == '[' && name[length - 1] == ']')
    {
      name[length - 1] = '\0';
      memmove (name, name + 1, length - 1);
    }
  else if (strchr (name, ':') != NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    "“%s”: an IPv6 address stands in brackets, as in [::1]:7443.",
                    address);
      return FALSE;
    }
  if (strcmp (name, "*") != 0 && strcmp (name, "localhost") != 0
      && !g_hostname_is_ip_address (name))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    "“%s” is no address of this machine; give an IP address, * or localhost.",
                    name);
      return FALSE;
    }
  *host = g_strdup (strcmp (name, "*") == 0           ? "::"
                    : strcmp (name, "localhost") == 0 ? "127.0.0.1"
                                                      : name);
  *port = g_strdup (colon + 1);
  return TRUE;
}

gboolean
ms_listener_check_address (const char *address, GError **error)
{
  g_autofree char *host = NULL;
  g_autofree char *port = NULL;

  return split_address (address, &host, &port, error);
}

static int
bind_socket (const struct addrinfo *info)
{
  int on = 1;
  int off = 0;
  int fd = socket (info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);

  if (fd < 0)
    return -1;
  (void) setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* bind() tells what matters */
  if (info->ai_family == AF_INET6)
    (void) setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind (fd, info->ai_addr, info->ai_addrlen) == 0 && listen (fd, BACKLOG) == 0)
    return fd;
  int saved = errno;
  (void) close (fd);
  errno = saved;
  return -1;
}

static void
set_bind_error (GError **error, const char *address, int number)
{
  const char *advice = number == EADDRINUSE      ? "another program listens there already"
                       : number == EACCES        ? "ports below 1024 need the right to bind them"
                       : number == EADDRNOTAVAIL ? "this machine has no such address"
                                                 : g_strerror (number);

  ms_error_set (
      error, MS_ERROR_UNAVAILABLE, NULL, NULL, "Cannot listen on %s: %s.", address, advice);
}

static int
open_at (const char *address, const char *host, const char *port, GError **error)
{
  struct addrinfo hints
      = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM };
  struct addrinfo *info = NULL;

  int result = getaddrinfo (host, port, &hints, &info);
  if (result != 0)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    "Cannot listen on %s: %s.",
                    address,
                    gai_strerror (result));
      return -1;
    }
  int fd = bind_socket (info);
  if (fd < 0)
    set_bind_error (error, address, errno);
  freeaddrinfo (info);
  return fd;
}

/* @other_port: (nullable): to be taken instead */
static int
open_address (const char *address, const char *other_port, GError **error)
{
  g_autofree char *host = NULL;
  g_autofree char *given = NULL;

  if (!split_address (address, &host, &given, error))
    return -1;
  const char *port = other_port != NULL ? other_port : given;
  if (g_str_has_prefix (address, "*:"))
    {
      /* One socket for both families; where the kernel has no IPv6, for the other. */
      int both = open_at (address, host, port, NULL);
      return both >= 0 ? both : open_at (address, "0.0.0.0", port, error);
    }
  return open_at (address, host, port, error);
}

int
ms_listener_open (const char *address, GError **error)
{
  return open_address (address, NULL, error);
}

gboolean
ms_listener_probe (const char *address, GError **error)
{
  int fd = open_address (address, "0", error);

  if (fd < 0)
    return FALSE;
  (void) close (fd);
  return TRUE;
}

char *
ms_listener_dup_authority (int fd)
{
  struct sockaddr_storage storage = { 0 };
  socklen_t               length = sizeof storage;
  char                    host[NI_MAXHOST];
  char                    port[NI_MAXSERV];

  if (getsockname (fd, (struct sockaddr *) &storage, &length) < 0
      || getnameinfo ((struct sockaddr *) &storage,
                      length,
                      host,
                      sizeof host,
                      port,
                      sizeof port,
                      NI_NUMERICHOST | NI_NUMERICSERV)
             != 0)
    return g_strdup ("localhost");
  if (strcmp (host, "::") == 0 || strcmp (host, "0.0.0.0") == 0)
    return g_strdup_printf ("localhost:%s", port);
  return g_strdup_printf (strchr (host, ':') != NULL ? "[%s]:%s" : "%s:%s", host, port);
}

int
ms_listener_take_over (void)
{
#ifdef MS_HAVE_SYSTEMD
  if (sd_listen_fds (1) == 1 && sd_is_socket (SD_LISTEN_FDS_START, AF_UNSPEC, SOCK_STREAM, 1) > 0)
    {
      int fd = SD_LISTEN_FDS_START;
      int flags = fcntl (fd, F_GETFL);
      if (flags >= 0 && fcntl (fd, F_SETFL, flags | O_NONBLOCK) == 0)
        return fd;
    }
#endif
  return -1;
}
