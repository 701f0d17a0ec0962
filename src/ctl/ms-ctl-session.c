/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tokens on disk. A file that others can read is refused rather than used: somebody may have read
 * it.
 */
#include "config.h"
#include "ms-ctl-session.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define ENV_URL "MAILSTEAD_URL"
#define ENV_TOKEN "MAILSTEAD_TOKEN"
#define ENV_FINGERPRINT "MAILSTEAD_FINGERPRINT"

static char *
session_path (MsServerInfo *info)
{
  g_autofree char *file = g_strdup_printf ("session-%s", ms_server_info_get_id (info));

  return g_build_filename (g_get_user_state_dir (), "mailstead", file, NULL);
}

gboolean
ms_ctl_session_save (MsServerInfo *info, const char *token, GError **error)
{
  g_autofree char *path = session_path (info);
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      ms_error_set (error,
                    MS_ERROR_INTERNAL,
                    NULL,
                    NULL,
                    _ ("%s cannot be made: %s"), folder, g_strerror (errno));
      return FALSE;
    }
  return g_file_set_contents_full (path, token, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

char *
ms_ctl_session_load (MsServerInfo *info, GError **error)
{
  g_autofree char *path = session_path (info);
  g_autofree char *token = NULL;
  GStatBuf         status;

  if (g_stat (path, &status) != 0)
    return NULL;
  if ((status.st_mode & 077) != 0)
    {
      ms_error_set (error,
                    MS_ERROR_UNAUTHENTICATED,
                    NULL,
                    NULL,
                    _ ("%s can be read by others: log on again, which replaces it"), path);
      return NULL;
    }
  if (!g_file_get_contents (path, &token, NULL, error))
    return NULL;
  return g_steal_pointer (&token);
}

void
ms_ctl_session_forget (MsServerInfo *info)
{
  g_autofree char *path = session_path (info);

  (void) g_unlink (path);
}

MsConnection *
ms_ctl_session_connect (MsServerInfo *info)
{
  return ms_connection_new (ms_server_info_get_url (info),
                            ms_server_info_get_user_name (info),
                            "cli",
                            ms_server_info_get_fingerprint (info));
}

/* One of them alone, or an empty one, is a script's mistake: the saved session would do its work on
 * another server. */
static gboolean
is_said_by_environment (MsCtl *ctl)
{
  return ctl->server == NULL
         && (g_getenv (ENV_URL) != NULL || g_getenv (ENV_TOKEN) != NULL
             || g_getenv (ENV_FINGERPRINT) != NULL);
}

static gboolean
check_is_set (const char *name, const char *other, GError **error)
{
  const char *value = g_getenv (name);

  if (value != NULL && *value != '\0')
    return TRUE;
  ms_ctl_usage_error (
      error,
      value == NULL
      ? _ ("%s is set and %s is not: set both, or neither to use what was saved by login")
      : _ ("%s is set and %s is empty: set both, or neither to use what was saved by login"),
           other,
           name);
  return FALSE;
}

/* RFC 6750 §2.1 */
static gboolean
check_token (const char *token, GError **error)
{
  const char *bad = token + strspn (token, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._~+/=");

  if (*bad == '\0')
    return TRUE;
  if (*bad == '\r' || *bad == '\n')
    ms_ctl_usage_error (error, _ ("%s holds a line end, which is no part of a token"), ENV_TOKEN);
  else
    ms_ctl_usage_error (error,
                        _ ("%s holds a character that no token has, at position %zu"),
                           ENV_TOKEN,
                           (gsize) (bad - token) + 1);
  return FALSE;
}

/* Empty it is no fingerprint, which would be told as another certificate than the trusted one. */
static gboolean
check_fingerprint (GError **error)
{
  const char *fingerprint = g_getenv (ENV_FINGERPRINT);

  if (fingerprint == NULL || *fingerprint != '\0')
    return TRUE;
  ms_ctl_usage_error (
      error,
      _ ("%s is empty: set it to the server's fingerprint, or leave it out where the"
                         " system trusts the certificate"),
         ENV_FINGERPRINT);
  return FALSE;
}

static gboolean
open_from_environment (MsCtl *ctl, GError **error)
{
  const char *url = g_getenv (ENV_URL);
  const char *token = g_getenv (ENV_TOKEN);
  const char *other = token == NULL && url == NULL ? ENV_FINGERPRINT : ENV_TOKEN;

  if (!check_is_set (ENV_URL, other, error) || !check_is_set (ENV_TOKEN, ENV_URL, error)
      || !check_token (token, error) || !check_fingerprint (error))
    return FALSE;
  ctl->connection = ms_connection_new (url, NULL, "cli", g_getenv (ENV_FINGERPRINT));
  ms_connection_set_token (ctl->connection, token);
  return TRUE;
}

static gboolean
choose_server (MsCtl *ctl, GError **error)
{
  ctl->info = ctl->server != NULL ? ms_server_store_find (ctl->servers, ctl->server)
                                  : ms_server_store_get_last (ctl->servers);
  if (ctl->info != NULL)
    return TRUE;
  if (ctl->server != NULL)
    ms_error_set (error,
                  MS_ERROR_NOT_FOUND,
                  NULL,
                  NULL,
                  _ ("There is no saved server “%s”; see mailsteadctl server list"), ctl->server);
  else
    ms_error_set (error,
                  MS_ERROR_UNAUTHENTICATED,
                  NULL,
                  NULL,
                  _ ("Not logged on to any server: mailsteadctl login USER@HOST"));
  return FALSE;
}

gboolean
ms_ctl_session_open (MsCtl *ctl, gboolean needs_session, GError **error)
{
  if (needs_session && is_said_by_environment (ctl))
    {
      if (!open_from_environment (ctl, error))
        return FALSE;
    }
  else
    {
      ctl->servers = ms_server_store_new (NULL, error);
      if (ctl->servers == NULL)
        return FALSE;
      if (!needs_session)
        return TRUE;
      if (!choose_server (ctl, error))
        return FALSE;

      g_autoptr (GError) cause = NULL;
      g_autofree char *token = ms_ctl_session_load (ctl->info, &cause);
      if (token == NULL)
        {
          if (cause != NULL)
            g_propagate_error (error, g_steal_pointer (&cause));
          else
            ms_error_set (error,
                          MS_ERROR_UNAUTHENTICATED,
                          NULL,
                          NULL,
                          _ ("Not logged on to %s: mailsteadctl login %s"),
                             ms_server_info_get_name (ctl->info),
                             ms_server_info_get_name (ctl->info));
          return FALSE;
        }
      ctl->connection = ms_ctl_session_connect (ctl->info);
      ms_connection_set_token (ctl->connection, token);
      ms_connection_set_read_only (ctl->connection, ms_server_info_get_read_only (ctl->info));
    }
  ms_connection_set_reason (ctl->connection, ctl->reason);
  ctl->schemas = ms_schema_registry_new_builtin ();
  return TRUE;
}

void
ms_ctl_session_close (MsCtl *ctl)
{
  if (ctl->connection != NULL)
    ms_connection_close (ctl->connection);
  g_clear_object (&ctl->connection);
  g_clear_object (&ctl->servers);
  g_clear_pointer (&ctl->schemas, ms_schema_registry_unref);
  g_clear_pointer (&ctl->server, g_free);
  g_clear_pointer (&ctl->reason, g_free);
  ctl->info = NULL;
}
