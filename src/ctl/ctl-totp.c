/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * totp …: the second step of logging on. Codes and passwords are typed, or lines of the standard
 * input; never arguments.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "ms-ctl-verbs.h"
#include "ms-qr-code.h"

#define PATH "/api/v1/session/totp"
#define QUIET_MODULES 2 /* beside and above; terminals have a margin of their own */

static char *option_password_file;

static const GOptionEntry own_options[] = {
  { "password-file",
    0,
    0,
    G_OPTION_ARG_FILENAME,
    &option_password_file,
    N_ ("Read your password from this file; - is the standard input"), N_ ("FILE") },
    { NULL },
  };

static gboolean
is_dark (const guchar *modules, int width, int row, int column)
{
  return row >= 0 && row < width && column >= 0 && column < width
         && modules[row * width + column] != 0;
}

/* Two rows of modules a line, dark on light whatever the terminal's colours are. */
static void
print_qr_code (const char *text)
{
  guint width = 0;
  g_autoptr (GBytes) code = isatty (STDOUT_FILENO) ? ms_qr_code_make (text, &width) : NULL;

  if (code == NULL)
    return;
  const guchar *modules = g_bytes_get_data (code, NULL);
  int           last = (int) width + QUIET_MODULES;
  for (int row = -QUIET_MODULES; row < last; row += 2)
    {
      g_autoptr (GString) line = g_string_new ("\033[30;107m");
      for (int column = -QUIET_MODULES; column < last; column++)
        {
          gboolean upper = is_dark (modules, (int) width, row, column);
          gboolean lower = is_dark (modules, (int) width, row + 1, column);
          g_string_append (line, upper ? (lower ? "█" : "▀") : (lower ? "▄" : " "));
        }
      g_string_append (line, "\033[0m\n");
      ms_ctl_print_raw (line->str);
    }
}

static JsonObject *
begin (MsCtl *ctl, GError **error)
{
  return ms_ctl_post (ctl, PATH, json_object_new (), error);
}

static JsonObject *
confirm (MsCtl *ctl, const char *password, GError **error)
{
  for (guint left = ms_prompt_is_possible () ? 3 : 1; left > 0; left--)
    {
      g_autoptr (GError) refused = NULL;
      g_autoptr (MsSecret) code = ms_prompt_code (_ ("Code that it shows:"), error);
      if (code == NULL)
        return NULL;
      JsonObject *body = json_object_new ();
      json_object_set_string_member (body, "password", password);
      json_object_set_string_member (body, "code", code);
      JsonObject *answer = ms_ctl_post (ctl, PATH "/confirm", body, &refused);
      if (answer != NULL)
        return answer;
      if (left == 1 || g_strcmp0 (ms_error_get_path (refused), "code") != 0)
        {
          g_propagate_error (error, g_steal_pointer (&refused));
          return NULL;
        }
      ms_ctl_printerr ("%s\n", refused->message);
    }
  return NULL;
}

static void
print_recovery_codes (JsonObject *answer)
{
  g_autoptr (JsonArray) codes = ms_ctl_array (answer, "recoveryCodes");

  ms_ctl_print (_ ("Logging on takes a code from now on. Keep these recovery codes; each replaces one code, once, and they are not shown again:\n"));
  for (guint i = 0; i < json_array_get_length (codes); i++)
    ms_ctl_print ("  %s\n", json_array_get_string_element (codes, i));
}

static MsExit
run_enrol (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (MsSecret) password
             = ms_prompt_password (option_password_file, _ ("Your password:"), FALSE, error);
  if (password == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (JsonObject) begun = begin (ctl, error);
  if (begun == NULL)
    return MS_EXIT_FAILED;
  const char *uri = ms_ctl_string (begun, "uri");
  const char *secret = ms_ctl_string (begun, "secret");
  if (ctl->json)
    {
      ms_ctl_print_json_object (begun);
      ms_ctl_flush (); /* it is what the code on the standard input is made of */
    }
  else
    {
      ms_ctl_print (_ ("Add this to the authenticator application:\n"));
      print_qr_code (uri != NULL ? uri : "");
      ms_ctl_print (_ ("  Key: %s\n  %s\n"), secret != NULL ? secret : "", uri != NULL ? uri : "");
      ms_ctl_flush ();
    }
  g_autoptr (JsonObject) answer = confirm (ctl, password, error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (answer);
  else
    print_recovery_codes (answer);
  return MS_EXIT_OK;
}

static char *
dup_path (MsResource *user)
{
  return g_strconcat ("/api/v1/totp/", ms_resource_get_id (user), NULL);
}

static MsExit
remove_from (MsCtl *ctl, const char *name, GError **error)
{
  g_autoptr (MsResource) user = ms_ctl_find (ctl, "User", name, error);
  g_autofree char *question
      = g_strdup_printf (_ ("Take the second step of logging on from %s?"), name);

  if (user == NULL || !ms_prompt_confirm (ctl, question, error))
    return MS_EXIT_FAILED;
  g_autofree char *path = dup_path (user);
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "DELETE", path, NULL, error);
  if (reply == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *text = g_strdup_printf (_ ("%s logs on with the password alone"), name);
  ms_report_change (ctl, text, NULL, reply->change);
  return MS_EXIT_OK;
}

static MsExit
run_remove (MsCtl *ctl, char **args, GError **error)
{
  if (args[0] != NULL)
    return remove_from (ctl, args[0], error);
  g_autoptr (MsSecret) password
             = ms_prompt_password (option_password_file, _ ("Your password:"), FALSE, error);
  if (password == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (MsSecret) code = ms_prompt_code (_ ("Code, or a recovery code:"), error);
  if (code == NULL)
    return MS_EXIT_FAILED;
  JsonObject *body = json_object_new ();
  json_object_set_string_member (body, "password", password);
  json_object_set_string_member (body, "code", code);
  g_autoptr (JsonObject) answer = ms_ctl_post (ctl, PATH "/remove", body, error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  ms_report_change (
      ctl, _ ("You log on with the password alone"), NULL, ms_ctl_int (answer, "changeSet"));
  return MS_EXIT_OK;
}

static MsExit
run_status (MsCtl *ctl, char **args, GError **error)
{
  g_autofree char *path = g_strdup (PATH);

  if (args[0] != NULL)
    {
      g_autoptr (MsResource) user = ms_ctl_find (ctl, "User", args[0], error);
      if (user == NULL)
        return MS_EXIT_FAILED;
      g_free (path);
      path = dup_path (user);
    }
  g_autoptr (JsonObject) state = ms_ctl_get (ctl, path, error);
  if (state == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (state);
  else if (ms_ctl_boolean (state, "on"))
    ms_ctl_print (_ ("On, %u recovery codes left\n"), (guint) ms_ctl_int (state, "recoveryCodes"));
  else if (ms_ctl_boolean (state, "required"))
    ms_ctl_print (_ ("Off, though the role must have it\n"));
  else
    ms_ctl_print (_ ("Off\n"));
  return MS_EXIT_OK;
}

/* clang-format off: one row, one line */
const MsCtlVerb ms_verbs_totp[] = {
  { "totp",
    "enrol",
    NULL,
    N_ ("Log on in two steps from now on: with a code of an authenticator application"),
        0,
        0,
        TRUE,
        own_options,
        run_enrol },
    { "totp",
      "remove",
      "[USER]",
      N_ ("Take the second step away, your own or a user's"), 0, 1, TRUE, own_options, run_remove },
      { "totp",
        "status",
        "[USER]",
        N_ ("Show whether the second step is on"), 0, 1, TRUE, NULL, run_status },
        { NULL },
    };
/* clang-format on */
