/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether a directory could be asked as it is described, without asking: addresses, authorities,
 * DNs. See ms-directory.h.
 */
#include "ms-directory-private.h"

#include "ms-error.h"

#include <string.h>

#define DEFAULT_SOCKET "/run/slapd/ldapi"
#define MAX_CERTIFICATES 1000
#define MAX_PEM (1024 * 1024)
#define MAX_DN 8192
#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END "-----END CERTIFICATE-----"

void
ms_directory_address_clear (MsDirectoryAddress *self)
{
  g_clear_pointer (&self->host, g_free);
  g_clear_pointer (&self->socket, g_free);
}

static gboolean
fail (GError **error, const char *path, const char *message)
{
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", path, "%s", message);
  return FALSE;
}

static gboolean
find_scheme (const char *uri, MsDirectoryAddress *address, const char **rest)
{
  static const struct
  {
    const char       *prefix;
    MsDirectoryScheme scheme;
    guint16           port;
  } schemes[] = {
    { "ldaps://", MS_DIRECTORY_LDAPS, 636 },
    { "ldap://", MS_DIRECTORY_LDAP, 389 },
    { "ldapi://", MS_DIRECTORY_LDAPI, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_ascii_strncasecmp (uri, schemes[i].prefix, strlen (schemes[i].prefix)) == 0)
      {
        address->scheme = schemes[i].scheme;
        address->port = schemes[i].port;
        *rest = uri + strlen (schemes[i].prefix);
        return TRUE;
      }
  return FALSE;
}

static gboolean
parse_socket (const char *rest, MsDirectoryAddress *address, GError **error)
{
  g_autofree char *name
      = g_strndup (rest, g_str_has_suffix (rest, "/") ? strlen (rest) - 1 : strlen (rest));

  address->socket = *name == '\0' ? g_strdup (DEFAULT_SOCKET) : g_uri_unescape_string (name, NULL);
  if (address->socket == NULL || !g_path_is_absolute (address->socket) || strchr (name, '/') != NULL
      || strlen (address->socket) > 107)
    return fail (error,
                 "server",
                 "An ldapi:// address holds the path of a socket, written as "
                 "ldapi://%2Frun%2Fslapd%2Fldapi.");
  return TRUE;
}

/* What is left of "[::1]:636" after the host. */
static const char *
take_host (const char *rest, MsDirectoryAddress *address)
{
  gsize length;

  if (*rest == '[')
    {
      length = strcspn (++rest, "]");
      address->host = g_strndup (rest, length);
      if (rest[length] == '\0' || strchr (address->host, ':') == NULL
          || !g_hostname_is_ip_address (address->host))
        return NULL;
      return rest + length + 1;
    }
  length = strcspn (rest, ":/");
  address->host = g_strndup (rest, length);
  if (length == 0 || length > 253 || strpbrk (address->host, " \t\r\n@?#%\\\"<>,") != NULL
      || !g_utf8_validate (address->host, -1, NULL))
    return NULL;
  return rest + length;
}

static gboolean
parse_host (const char *rest, MsDirectoryAddress *address, GError **error)
{
  rest = take_host (rest, address);
  if (rest == NULL)
    return fail (error, "server", "The address of a directory names a host after “://”.");
  if (*rest == ':')
    {
      gsize   digits = strspn (rest + 1, "0123456789");
      guint64 port = digits > 0 && digits < 6 ? g_ascii_strtoull (rest + 1, NULL, 10) : 0;
      if (port == 0 || port > G_MAXUINT16)
        return fail (error, "server", "The port of a directory is a number between 1 and 65535.");
      address->port = port;
      rest += 1 + digits;
    }
  if (*rest != '\0' && strcmp (rest, "/") != 0)
    return fail (error,
                 "server",
                 "The address of a directory ends after host and port; the entries to begin with "
                 "are named by “base”.");
  return TRUE;
}

gboolean
ms_directory_address_parse (const char *uri, MsDirectoryAddress *address, GError **error)
{
  g_auto (MsDirectoryAddress) found = { 0 };
  const char *rest = NULL;

  if (!g_utf8_validate (uri, -1, NULL) || !find_scheme (uri, &found, &rest))
    return fail (
        error, "server", "The address of a directory begins with ldaps://, ldap:// or ldapi://.");
  if (!(found.scheme == MS_DIRECTORY_LDAPI ? parse_socket (rest, &found, error)
                                           : parse_host (rest, &found, error)))
    return FALSE;
  *address = found;
  memset (&found, 0, sizeof found);
  return TRUE;
}

GPtrArray *
ms_directory_parse_certificates (const char *pem, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_object_unref);

  ms_directory_prepare ();
  if (strlen (pem) > MAX_PEM)
    {
      (void) fail (error, "certificates", "Certificates are at most 1 MiB of text.");
      return NULL;
    }
  if (strstr (pem, "PRIVATE KEY-----") != NULL)
    {
      (void) fail (error,
                   "certificates",
                   "There is a private key among the certificates; only certificates belong here.");
      return NULL;
    }
  for (const char *at = strstr (pem, PEM_BEGIN); at != NULL; at = strstr (at, PEM_BEGIN))
    {
      const char      *end = strstr (at, PEM_END);
      g_autofree char *one
          = g_strndup (at, end != NULL ? (gsize) (end - at) + strlen (PEM_END) : strlen (at));
      g_autoptr (GError) reason = NULL;
      GTlsCertificate *certificate = g_tls_certificate_new_from_pem (one, -1, &reason);
      if (certificate == NULL)
        {
          ms_error_set (error,
                        MS_ERROR_INVALID,
                        "invalidValue",
                        "certificates",
                        "Certificate number %u cannot be read: %s.",
                        found->len + 1,
                        reason->message);
          return NULL;
        }
      g_ptr_array_add (found, certificate);
      at += strlen (one);
      if (found->len > MAX_CERTIFICATES)
        {
          (void) fail (error, "certificates", "There are more than 1,000 certificates.");
          return NULL;
        }
    }
  if (found->len == 0)
    {
      (void) fail (error,
                   "certificates",
                   "There is no certificate in this text; they are in PEM form (“" PEM_BEGIN "”).");
      return NULL;
    }
  return g_steal_pointer (&found);
}

gboolean
ms_directory_check_dn (const char *dn, const char *path, GError **error)
{
  g_return_val_if_fail (dn != NULL, FALSE);

  LDAPDN parts = NULL;

  if (*dn == '\0' || strlen (dn) > MAX_DN || !g_utf8_validate (dn, -1, NULL)
      || ldap_str2dn (dn, &parts, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS || parts == NULL)
    return fail (error,
                 path,
                 "This is not the name of an entry (DN), which looks like “ou=people,dc=example,"
                 "dc=com”.");
  ldap_dnfree (parts);
  return TRUE;
}

/* Active Directory takes "ann@example.com" and "EXAMPLE\ann" in place of a DN. */
static gboolean
check_bind_name (const char *name, GError **error)
{
  if (strchr (name, '=') == NULL && strpbrk (name, "@\\") != NULL && strlen (name) < 1024
      && g_utf8_validate (name, -1, NULL))
    return TRUE;
  return ms_directory_check_dn (name, "bindDn", error);
}

static gboolean
check_log_on (const MsDirectoryServer *server, GError **error)
{
  gboolean has_password = server->password != NULL && *server->password != '\0';

  if (server->bind_dn == NULL)
    return !has_password
           || fail (error, "bindDn", "There is a password, but nobody (bindDn) to log on with it.");
  /* Without a password servers say yes to anybody, and then show what nobody may see: nothing. */
  if (!has_password)
    return fail (error, "password", "To log on as bindDn there must be a password.");
  return check_bind_name (server->bind_dn, error);
}

gboolean
ms_directory_check_server (const MsDirectoryServer *server, GError **error)
{
  g_return_val_if_fail (server != NULL && server->uri != NULL, FALSE);

  g_auto (MsDirectoryAddress) address = { 0 };

  if (!ms_directory_address_parse (server->uri, &address, error))
    return FALSE;
  if (address.scheme == MS_DIRECTORY_LDAP && !server->start_tls)
    return fail (error,
                 "server",
                 "Directories are never asked in the clear: say ldaps://, or startTls as well.");
  if (address.scheme != MS_DIRECTORY_LDAP && server->start_tls)
    return fail (error, "startTls", "StartTLS belongs to ldap:// only.");
  if (server->timeout == 0 || server->timeout > MS_DIRECTORY_MAX_TIMEOUT)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "timeout",
                    "The timeout is between 1 and %d seconds.",
                    MS_DIRECTORY_MAX_TIMEOUT);
      return FALSE;
    }
  if (server->certificates != NULL)
    {
      g_autoptr (GPtrArray) certificates
                 = ms_directory_parse_certificates (server->certificates, error);
      if (certificates == NULL)
        return FALSE;
    }
  return check_log_on (server, error);
}
