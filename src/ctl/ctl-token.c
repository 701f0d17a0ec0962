/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * token …: API tokens for identity providers and scripts. A token is said once, when it is made,
 * and never taken from the command line.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ms-ctl-verbs.h"

#define TOKENS_PATH "/api/v1/tokens"

static char *option_scope;
static char *option_expires;
static char *option_output;

static const GOptionEntry create_options[] = {
  { "scope",
    0,
    0,
    G_OPTION_ARG_STRING,
    &option_scope,
    N_ ("What it reaches: scim (unless given), read, all, usage"), N_ ("SCOPE") },
    { "expires",
      0,
      0,
      G_OPTION_ARG_STRING,
      &option_expires,
      N_ ("Until when it is good, as 2027-01-31T12:00:00Z; a year unless given"), N_ ("TIME") },
      { "output",
        'o',
        0,
        G_OPTION_ARG_FILENAME,
        &option_output,
        N_ ("Write it to a new file that only you can read, instead of showing it"), N_ ("FILE") },
        { NULL },
      };

/* The file is there before the token is: one that nobody can read would only be in the way. */
static int
make_file (GError **error)
{
  int fd = open (option_output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int reason = errno;

  if (fd < 0 && reason == EEXIST)
    ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, _ ("%s is there already"), option_output);
  else if (fd < 0)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  NULL,
                  NULL,
                  _ ("%s cannot be written: %s"), option_output, g_strerror (reason));
  return fd;
}

static gboolean
write_token (int fd, const char *token, GError **error)
{
  g_autofree char *line = g_strconcat (token, "\n", NULL);
  gboolean done = write (fd, line, strlen (line)) == (ssize_t) strlen (line) && fsync (fd) == 0;

  if (!done)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  NULL,
                  NULL,
                  _ ("%s cannot be written: revoke the token and make another"), option_output);
  return done;
}

static JsonObject *
create (MsCtl *ctl, const char *name, GError **error)
{
  JsonObject *body = json_object_new ();

  json_object_set_string_member (body, "name", name);
  json_object_set_string_member (body, "scope", option_scope != NULL ? option_scope : "scim");
  if (option_expires != NULL)
    json_object_set_string_member (body, "expires", option_expires);
  return ms_ctl_post (ctl, TOKENS_PATH, body, error);
}

static void
print_created (MsCtl *ctl, JsonObject *answer)
{
  if (option_output != NULL)
    json_object_remove_member (answer, "token");
  if (ctl->json)
    {
      ms_ctl_print_json_object (answer);
      return;
    }
  g_autofree char *expires = ms_ctl_format_time (ms_ctl_string (answer, "expires"));
  ms_ctl_print (_ ("%s made: scope %s, good until %s\n"),
                   ms_ctl_string (answer, "name"),
                   ms_ctl_string (answer, "scope"),
                   expires);
  if (option_output == NULL)
    ms_ctl_print (_ ("Token: %s\nIt is shown only now.\n"), ms_ctl_string (answer, "token"));
}

static MsExit
run_create (MsCtl *ctl, char **args, GError **error)
{
  int fd = option_output != NULL ? make_file (error) : -1;

  if (option_output != NULL && fd < 0)
    return MS_EXIT_FAILED;
  g_autoptr (JsonObject) answer = create (ctl, args[0], error);
  gboolean done
      = answer != NULL && (fd < 0 || write_token (fd, ms_ctl_string (answer, "token"), error));
  if (fd >= 0)
    (void) close (fd); /* on disk already */
  if (fd >= 0 && !done)
    (void) unlink (option_output);
  if (!done)
    return MS_EXIT_FAILED;
  print_created (ctl, answer);
  return MS_EXIT_OK;
}

static MsExit
print_tokens (JsonObject *answer, gpointer user_data, GError **error)
{
  const char *titles[] = {
    _ ("NAME"), _ ("SCOPE"), _ ("USER"), _ ("MADE"), _ ("LAST USED"), _ ("UNTIL"), _ ("ID"), NULL };
  g_autoptr (MsTable) table = ms_table_new (titles);
  g_autoptr (JsonArray) tokens = ms_ctl_array (answer, "tokens");

  for (guint i = 0; i < json_array_get_length (tokens); i++)
    {
      g_autoptr (JsonObject) token = ms_ctl_element (tokens, i);
      JsonObject      *user = ms_ctl_object (token, "user");
      g_autofree char *made = ms_ctl_format_time (ms_ctl_string (token, "created"));
      g_autofree char *used = ms_ctl_format_time (ms_ctl_string (token, "lastUsed"));
      g_autofree char *until = ms_ctl_format_time (ms_ctl_string (token, "expires"));
      const char      *cells[] = { ms_ctl_string (token, "name"),
                                   ms_ctl_string (token, "scope"),
                              user != NULL ? ms_ctl_string (user, "userName") : "",
                                   made,
                                   used,
                                   until,
                                   ms_ctl_string (token, "id"),
                                   NULL };
      ms_table_add (table, cells);
    }
  ms_table_print (table);
  return MS_EXIT_OK;
}

static MsExit
run_list (MsCtl *ctl, char **args, GError **error)
{
  return ms_ctl_show (ctl, TOKENS_PATH, print_tokens, NULL, error);
}

/* By id, or by a name that one token has. (transfer full) */
static char *
find_token (JsonArray *tokens, const char *text, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < json_array_get_length (tokens); i++)
    {
      g_autoptr (JsonObject) token = ms_ctl_element (tokens, i);
      const char *id = ms_ctl_string (token, "id");
      if (g_strcmp0 (id, text) == 0)
        return g_strdup (id);
      if (g_strcmp0 (ms_ctl_string (token, "name"), text) == 0)
        g_ptr_array_add (found, g_strdup (id));
    }
  if (found->len == 1)
    return g_strdup (found->pdata[0]);
  if (found->len == 0)
    {
      ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, _ ("There is no token “%s”"), text);
      return NULL;
    }
  g_ptr_array_add (found, NULL);
  g_autofree char *ids = g_strjoinv (", ", (char **) found->pdata);
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                NULL,
                _ ("“%s” may be one of several: %s. Name it by its id"), text, ids);
  return NULL;
}

static char **
find_tokens (MsCtl *ctl, char **names, GError **error)
{
  g_autoptr (JsonObject) answer = ms_ctl_get (ctl, TOKENS_PATH, error);
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  if (answer == NULL)
    return NULL;
  g_autoptr (JsonArray) tokens = ms_ctl_array (answer, "tokens");
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *id = find_token (tokens, names[i], error);
      if (id == NULL)
        return NULL;
      g_strv_builder_add (ids, id);
    }
  return g_strv_builder_end (ids);
}

static MsExit
run_revoke (MsCtl *ctl, char **args, GError **error)
{
  g_auto (GStrv) ids = find_tokens (ctl, args, error);
  guint revoked = 0;

  if (ids == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *names = g_strjoinv (", ", args);
  g_autofree char *question
      = g_strdup_printf (_ ("Revoke the tokens %s? Whoever uses them is shut out."), names);
  if (!ms_prompt_confirm (ctl, question, error))
    return MS_EXIT_FAILED;
  for (; ids[revoked] != NULL; revoked++)
    {
      g_autofree char *path = g_strconcat (TOKENS_PATH "/", ids[revoked], NULL);
      g_autoptr (MsReply) reply = ms_ctl_request (ctl, "DELETE", path, NULL, error);
      if (reply == NULL)
        {
          g_prefix_error (error, "%s: ", args[revoked]);
          return MS_EXIT_FAILED;
        }
    }
  if (ctl->json)
    {
      g_autoptr (JsonObject) report = json_object_new ();
      json_object_set_int_member (report, "revoked", revoked);
      ms_ctl_print_json_object (report);
    }
  else
    ms_ctl_print (ngettext ("%u token revoked\n", "%u tokens revoked\n", revoked), revoked);
  return MS_EXIT_OK;
}

/* clang-format off: one row, one line */
const MsCtlVerb ms_verbs_token[] = {
  { "token",
    "create",
    "NAME",
    N_ ("Make an API token, for a SCIM client or a script"),
        1,
        1,
        TRUE,
        create_options,
        run_create },
    { "token", "list", NULL, N_ ("List API tokens"), 0, 0, TRUE, NULL, run_list },
      { "token", "revoke", "NAME|ID…", N_ ("Revoke API tokens"), 1, -1, TRUE, NULL, run_revoke },
        { NULL },
    };
/* clang-format on */
