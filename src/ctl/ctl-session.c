/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * login, logout. Nothing is sent to a server before its certificate is trusted: by a fingerprint
 * given, saved or confirmed, or by the system.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-call.h"
#include "ms-ctl-output.h"
#include "ms-ctl-prompt.h"
#include "ms-ctl-session.h"
#include "ms-fingerprint.h"
#include "ms-server-address.h"

static char *option_fingerprint;
static char *option_password_file;
static char *option_name;

static const GOptionEntry login_options[] = {
  { "fingerprint",
    0,
    0,
    G_OPTION_ARG_STRING,
    &option_fingerprint,
    N_ ("The certificate's fingerprint, as mailsteadd printed it"), N_ ("SHA256:…") },
    { "password-file",
      0,
      0,
      G_OPTION_ARG_FILENAME,
      &option_password_file,
      N_ ("Read the password from this file; - is the standard input"), N_ ("FILE") },
      { "name",
        0,
        0,
        G_OPTION_ARG_STRING,
        &option_name,
        N_ ("What to call the server from now on"), N_ ("NAME") },
        { NULL },
      };

static gboolean
ask_fingerprint (MsConnection *connection, MsServerInfo *info, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ms_connection_probe_async (connection, NULL, ms_ctl_on_result_cb, &result);
  g_autoptr (MsCertificateInfo) certificate
             = ms_connection_probe_finish (connection, ms_ctl_wait (&result), error);
  if (certificate == NULL)
    return FALSE;
  if (certificate->trusted)
    return TRUE;

  if (!ms_prompt_is_possible ())
    {
      ms_error_set (error,
                    MS_ERROR_UNTRUSTED,
                    NULL,
                    NULL,
                    _ ("The certificate of %s is not known here. If mailsteadd printed the same fingerprint, say --fingerprint %s"),
                       ms_connection_get_host (connection),
                       certificate->fingerprint);
      return FALSE;
    }
  ms_ctl_printerr (_ ("%s is not known here. It shows a certificate with the fingerprint\n  %s\n"),
                      ms_connection_get_host (connection),
                      certificate->fingerprint);
  if (!ms_prompt_yes_no (_ ("Is this the one that mailsteadd printed?")))
    {
      ms_error_set (error, MS_ERROR_UNTRUSTED, NULL, NULL, _ ("The certificate was not trusted"));
      return FALSE;
    }
  ms_server_info_set_fingerprint (info, certificate->fingerprint);
  ms_connection_set_fingerprint (connection, certificate->fingerprint);
  return TRUE;
}

/* The saved server that is meant, or a new one that is not saved yet. */
static MsServerInfo *
find_server (MsCtl *ctl, const char *text, GError **error)
{
  MsServerInfo *saved = ms_server_store_find (ctl->servers, text);
  if (saved != NULL)
    return g_object_ref (saved);

  g_autofree char *user = NULL;
  g_autofree char *host = NULL;
  g_autofree char *url = ms_server_address_parse (text, &user, &host, NULL, error);
  if (url == NULL)
    return NULL;
  MsServerInfo *known = ms_server_store_find_url (ctl->servers, url, NULL);
  /* Another user of a server that is known: the same certificate. */
  MsServerInfo *info
      = ms_server_info_new (NULL,
                            url,
                            user != NULL ? user : g_get_user_name (),
                            known != NULL ? ms_server_info_get_fingerprint (known) : NULL);
  if (known != NULL)
    {
      g_autofree char *name = g_strdup_printf ("%s@%s", ms_server_info_get_user_name (info), host);
      ms_server_info_set_name (info, name);
    }
  return info;
}

/* Two servers of one name could not be told apart by --server. */
static gboolean
check_name (MsCtl *ctl, MsServerInfo *info, GError **error)
{
  MsServerInfo *other
      = option_name != NULL ? ms_server_store_find (ctl->servers, option_name) : NULL;

  if (other == NULL || other == info)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                NULL,
                _ ("“%s” is %s already; see mailsteadctl server remove"),
                   option_name,
                   ms_server_info_get_url (other));
  return FALSE;
}

static gboolean
pin (MsServerInfo *info, GError **error)
{
  if (option_fingerprint == NULL)
    return TRUE;
  g_autofree char *fingerprint = ms_fingerprint_normalize (option_fingerprint);
  if (fingerprint == NULL)
    {
      ms_ctl_usage_error (error, _ ("“%s” is no SHA-256 fingerprint"), option_fingerprint);
      return FALSE;
    }
  ms_server_info_set_fingerprint (info, fingerprint);
  return TRUE;
}

/* At a terminal a code that is wrong may be typed again. */
static gboolean
log_on_with_code (MsConnection *connection, const char *password, GError **error)
{
  for (guint left = ms_prompt_is_possible () ? 3 : 1; left > 0; left--)
    {
      g_autoptr (GError) refused = NULL;
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (MsSecret) code
                 = ms_prompt_code (_ ("Code of your authenticator, or a recovery code:"), error);
      if (code == NULL)
        return FALSE;
      ms_connection_log_on_async (connection, password, code, NULL, ms_ctl_on_result_cb, &result);
      if (ms_connection_log_on_finish (connection, ms_ctl_wait (&result), &refused))
        return TRUE;
      if (left == 1 || !ms_connection_error_wants_code (refused))
        {
          g_propagate_error (error, g_steal_pointer (&refused));
          return FALSE;
        }
      ms_ctl_printerr ("%s\n", refused->message);
    }
  return FALSE;
}

static gboolean
log_on (MsConnection *connection, MsServerInfo *info, GError **error)
{
  g_autofree char *question = g_strdup_printf (_ ("Password of %s on %s:"),
                                                  ms_server_info_get_user_name (info),
                                                  ms_connection_get_host (connection));
  g_autoptr (MsSecret) password = ms_prompt_password (option_password_file, question, FALSE, error);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) wanted = NULL;

  if (password == NULL)
    return FALSE;
  ms_connection_log_on_async (connection, password, NULL, NULL, ms_ctl_on_result_cb, &result);
  if (ms_connection_log_on_finish (connection, ms_ctl_wait (&result), &wanted))
    return TRUE;
  if (ms_connection_error_wants_code (wanted))
    return log_on_with_code (connection, password, error);
  g_propagate_error (error, g_steal_pointer (&wanted));
  return FALSE;
}

static gboolean
save (MsCtl *ctl, MsConnection *connection, MsServerInfo *info, GError **error)
{
  if (option_name != NULL)
    ms_server_info_set_name (info, option_name);
  ms_server_store_note_use (ctl->servers, info);
  ms_server_store_add (ctl->servers, info);
  return ms_server_store_save (ctl->servers, error)
         && ms_ctl_session_save (info, ms_connection_get_token (connection), error);
}

static MsExit
run_login (MsCtl *ctl, char **args, GError **error)
{
  const char *text = args[0] != NULL ? args[0] : ctl->server;

  if (text == NULL && ms_server_store_get_last (ctl->servers) != NULL)
    text = ms_server_info_get_id (ms_server_store_get_last (ctl->servers));
  if (text == NULL)
    {
      ms_ctl_usage_error (error, _ ("Which server? mailsteadctl login USER@HOST[:PORT]"));
      return MS_EXIT_USAGE;
    }
  g_autoptr (MsServerInfo) info = find_server (ctl, text, error);
  if (info == NULL || !check_name (ctl, info, error) || !pin (info, error))
    return MS_EXIT_FAILED;

  g_autoptr (MsConnection) connection = ms_ctl_session_connect (info);
  gboolean done
      = (ms_server_info_get_fingerprint (info) != NULL || ask_fingerprint (connection, info, error))
        && log_on (connection, info, error) && save (ctl, connection, info, error);
  ms_connection_close (connection);
  if (!done)
    return MS_EXIT_FAILED;

  JsonObject *server = ms_connection_get_server_info (connection);
  if (ctl->json)
    {
      g_autoptr (JsonObject) report = json_object_new ();
      json_object_set_string_member (report, "name", ms_server_info_get_name (info));
      json_object_set_string_member (report, "url", ms_server_info_get_url (info));
      json_object_set_string_member (report, "userName", ms_server_info_get_user_name (info));
      json_object_set_boolean_member (
          report, "mustChangePassword", ms_connection_get_must_change_password (connection));
      json_object_set_boolean_member (
          report, "mustSetUpSecondStep", ms_connection_get_must_set_up_second_step (connection));
      if (server != NULL)
        json_object_set_object_member (report, "server", json_object_ref (server));
      ms_ctl_print_json_object (report);
    }
  else
    ms_ctl_print (_ ("Logged on to %s as %s\n"),
                     ms_server_info_get_name (info),
                     ms_server_info_get_user_name (info));
  if (ms_connection_get_must_set_up_second_step (connection))
    ms_ctl_printerr (_ ("Your role must log on in two steps, and nothing else is let in before that: mailsteadctl totp enrol\n"));
  if (ms_connection_get_must_change_password (connection))
    ms_ctl_printerr (_ ("Your password is to be changed: mailsteadctl user password %s\n"),
                        ms_server_info_get_user_name (info));
  return MS_EXIT_OK;
}

static MsExit
run_logout (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ms_connection_log_off_async (ctl->connection, NULL, ms_ctl_on_result_cb, &result);
  /* Here the session is over whatever the server says to it. */
  gboolean done = ms_connection_log_off_finish (ctl->connection, ms_ctl_wait (&result), error);
  if (ctl->info != NULL)
    ms_ctl_session_forget (ctl->info);
  if (done && !ctl->json)
    ms_ctl_print (_ ("Logged off\n"));
  return done ? MS_EXIT_OK : MS_EXIT_FAILED;
}

const MsCtlVerb ms_verbs_session[] = {
  { "login",
    NULL,
    "[USER@]HOST[:PORT]",
    N_ ("Log on to a server and remember it"), 0, 1, FALSE, login_options, run_login },
    { "logout", NULL, NULL, N_ ("End the session"), 0, 0, TRUE, NULL, run_logout }, { NULL },
  };
