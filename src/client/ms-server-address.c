/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Only https is let through: a password never travels in the clear, whatever somebody types.
 */
#include "config.h"
#include "ms-server-address.h"

#include <gio/gio.h>

#include "ms-error.h"

static gboolean
is_host (const char *host)
{
  if (host == NULL || *host == '\0' || strlen (host) > 255)
    return FALSE;
  if (g_hostname_is_ip_address (host))
    return TRUE;
  for (const char *p = host; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      if (c != '.' && c != '-' && c != '_' && !g_unichar_isalnum (c))
        return FALSE;
    }
  return TRUE;
}

char *
ms_server_address_parse (const char *text, char **user, char **host, guint16 *port, GError **error)
{
  g_return_val_if_fail (text != NULL, NULL);

  g_autofree char *copy = g_strstrip (g_strdup (text));
  const char      *rest = copy;

  if (g_ascii_strncasecmp (rest, "https://", 8) == 0)
    rest += 8;
  else if (strstr (rest, "://") != NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    "url",
                    "“%s” is not an https address: a server is reached by TLS only",
                    text);
      return NULL;
    }

  g_autofree char *authority = g_strndup (rest, strcspn (rest, "/?#"));
  const char      *tail = rest + strlen (authority);
  /* A user may be a mail address: the last @ divides. */
  char            *at = strrchr (authority, '@');
  g_autofree char *url = g_strdup_printf ("https://%s/", at != NULL ? at + 1 : authority);
  g_autoptr (GUri) uri
             = g_utf8_validate (copy, -1, NULL) ? g_uri_parse (url, G_URI_FLAGS_NONE, NULL) : NULL;

  if (uri == NULL || !is_host (g_uri_get_host (uri)) || g_uri_get_port (uri) == 0
      || (*tail != '\0' && !g_str_equal (tail, "/")))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    "url",
                    "“%s” does not name a server: write it as host or host:port",
                    text);
      return NULL;
    }

  const char *name = g_uri_get_host (uri);
  int         number = g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : MS_SERVER_DEFAULT_PORT;

  if (user != NULL)
    *user = at != NULL && at > authority ? g_strndup (authority, (gsize) (at - authority)) : NULL;
  if (host != NULL)
    *host = g_strdup (name);
  if (port != NULL)
    *port = (guint16) number;
  return g_strdup_printf (
      strchr (name, ':') != NULL ? "https://[%s]:%d" : "https://%s:%d", name, number);
}
