/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * user …: people, with the mailbox that comes with them.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-verbs.h"
#include "ms-text.h"

static char    *option_name;
static char    *option_group;
static char    *option_template;
static char    *option_mailbox_template;
static char    *option_password_file;
static gboolean option_generate;
static gboolean option_mailbox;
static gboolean option_no_mailbox;
static gboolean option_keep;

static const GOptionEntry create_options[] = {
  { "name",
    'n',
    0,
    G_OPTION_ARG_STRING,
    &option_name,
    N_ ("The person's full name"), N_ ("NAME") },
    { "group",
      'g',
      0,
      G_OPTION_ARG_STRING,
      &option_group,
      N_ ("The mail group for the mailbox"), N_ ("PATH") },
      { "template",
        't',
        0,
        G_OPTION_ARG_STRING,
        &option_template,
        N_ ("A template, or a user to take after"), N_ ("NAME") },
        { "mailbox-template",
          0,
          0,
          G_OPTION_ARG_STRING,
          &option_mailbox_template,
          N_ ("A template, or a mailbox to take after"), N_ ("NAME") },
          { "password-file",
            0,
            0,
            G_OPTION_ARG_FILENAME,
            &option_password_file,
            N_ ("Read the password from this file; - is the standard input"), N_ ("FILE") },
            { "generate-password",
              0,
              0,
              G_OPTION_ARG_NONE,
              &option_generate,
              N_ ("Make a password and print it once"), NULL },
              { "mailbox",
                0,
                0,
                G_OPTION_ARG_NONE,
                &option_mailbox,
                N_ ("With a primary mailbox (it is so already)"), NULL },
                { "no-mailbox",
                  0,
                  0,
                  G_OPTION_ARG_NONE,
                  &option_no_mailbox,
                  N_ ("Without a mailbox"), NULL },
                  { NULL },
              };

static const GOptionEntry password_options[] = {
  { "password-file",
    0,
    0,
    G_OPTION_ARG_FILENAME,
    &option_password_file,
    N_ ("Read the password from this file; - is the standard input"), N_ ("FILE") },
    { "generate",
      0,
      0,
      G_OPTION_ARG_NONE,
      &option_generate,
      N_ ("Make a password and print it once"), NULL },
      { NULL },
   };

static const GOptionEntry delete_options[] = {
  { "keep-mailboxes",
    0,
    0,
    G_OPTION_ARG_NONE,
    &option_keep,
    N_ ("Their mailboxes stay, without owner"), NULL },
    { NULL },
};

static MsExit
run_list (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_list (ctl, "User", args, error);
}

static MsExit
run_show (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_show (ctl, "User", args[0], error);
}

static MsExit
run_set (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_set (ctl, "User", args[0], args + 1, error);
}

/* A Template by name, else an object of @type_name; nothing where none is wanted. */
static gboolean
find_template (
    MsCtl *ctl, const char *type_name, const char *text, MsResource **found, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (text == NULL || g_str_equal (text, "<default>"))
    return TRUE;
  *found = ms_ctl_find (ctl, "Template", text, &cause);
  if (*found == NULL && g_error_matches (cause, MS_ERROR, MS_ERROR_NOT_FOUND))
    *found = ms_ctl_find (ctl, type_name, text, error);
  else if (*found == NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  return *found != NULL;
}

static void
set_string_or_null (JsonObject *object, const char *name, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, name, value);
  else
    json_object_set_null_member (object, name);
}

/* "mailbox.quota=1GB" is for the mailbox, everything else for the user. */
static void
divide_settings (char **settings, char ***user, char ***mailbox)
{
  g_autoptr (GStrvBuilder) for_user = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) for_mailbox = g_strv_builder_new ();

  for (gsize i = 0; settings[i] != NULL; i++)
    {
      if (g_str_has_prefix (settings[i], "mailbox."))
        g_strv_builder_add (for_mailbox, settings[i] + strlen ("mailbox."));
      else
        g_strv_builder_add (for_user, settings[i]);
    }
  *user = g_strv_builder_end (for_user);
  *mailbox = g_strv_builder_end (for_mailbox);
}

/* The mailbox of "ann" is called ann, that of "ann@other.org" is ann in other.org. */
static JsonObject *
make_mailbox (MsCtl *ctl, const char *login, char **settings, GError **error)
{
  g_autoptr (JsonObject) mailbox = json_object_new ();
  const char      *at = strrchr (login, '@');
  g_autofree char *local = at != NULL ? g_strndup (login, (gsize) (at - login)) : g_strdup (login);
  g_autofree char *group = NULL;

  json_object_set_string_member (mailbox, "name", local);
  if (at != NULL)
    json_object_set_string_member (mailbox, "domain", at + 1);
  if (option_group != NULL)
    {
      if (!ms_ctl_find_group_id (ctl, option_group, &group, error))
        return NULL;
      if (group != NULL)
        {
          JsonObject *value = json_object_new ();
          json_object_set_string_member (value, "value", group);
          json_object_set_object_member (mailbox, "group", value);
        }
    }
  if (!ms_ctl_parse_create (ctl, "Mailbox", settings, mailbox, error))
    return NULL;
  return g_steal_pointer (&mailbox);
}

static void
set_names (JsonObject *user, const char *name)
{
  const char *blank = strrchr (name, ' ');

  json_object_set_string_member (user, "displayName", name);
  if (blank == NULL || blank == name)
    return;
  g_autofree char *given = g_strndup (name, (gsize) (blank - name));
  JsonObject      *parts = json_object_new ();
  json_object_set_string_member (parts, "givenName", g_strstrip (given));
  json_object_set_string_member (parts, "familyName", blank + 1);
  json_object_set_object_member (user, "name", parts);
}

static gboolean
fill_account (MsCtl *ctl, JsonObject *account, char **args, GError **error)
{
  g_auto (GStrv) for_user = NULL;
  g_auto (GStrv) for_mailbox = NULL;
  g_autoptr (MsResource) user_template = NULL;
  g_autoptr (MsResource) mailbox_template = NULL;
  g_autoptr (JsonObject) user = json_object_new ();
  g_autoptr (JsonObject) mailbox = NULL;

  if (option_mailbox && option_no_mailbox)
    {
      ms_ctl_usage_error (error, _ ("--mailbox and --no-mailbox contradict each other"));
      return FALSE;
    }
  divide_settings (args + 1, &for_user, &for_mailbox);
  json_object_set_string_member (user, "userName", args[0]);
  if (option_name != NULL)
    set_names (user, option_name);
  if (!ms_ctl_parse_create (ctl, "User", for_user, user, error))
    return FALSE;
  if (!option_no_mailbox && (mailbox = make_mailbox (ctl, args[0], for_mailbox, error)) == NULL)
    return FALSE;
  if (!find_template (ctl, "User", option_template, &user_template, error)
      || !find_template (ctl, "Mailbox", option_mailbox_template, &mailbox_template, error))
    return FALSE;

  /* A template has both parts; another one may be named for the mailbox. */
  if (option_mailbox_template == NULL && user_template != NULL
      && g_strcmp0 (ms_resource_get_type_name (user_template), "Template") == 0)
    mailbox_template = g_object_ref (user_template);

  json_object_set_object_member (account, "user", json_object_ref (user));
  if (mailbox != NULL)
    json_object_set_object_member (account, "mailbox", json_object_ref (mailbox));
  else
    json_object_set_null_member (account, "mailbox");
  set_string_or_null (
      account, "userTemplate", user_template != NULL ? ms_resource_get_id (user_template) : NULL);
  set_string_or_null (account,
                      "mailboxTemplate",
                      mailbox_template != NULL ? ms_resource_get_id (mailbox_template) : NULL);
  json_object_set_boolean_member (account, "generatePassword", option_generate);
  return TRUE;
}

static MsExit
run_create (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) account = json_object_new ();

  if (!fill_account (ctl, account, args, error))
    return MS_EXIT_FAILED;
  if (option_password_file != NULL)
    {
      g_autoptr (MsSecret) password = ms_prompt_password (option_password_file, NULL, FALSE, error);
      if (password == NULL)
        return MS_EXIT_FAILED;
      json_object_set_string_member (account, "password", password);
    }

  JsonNode *body = json_node_init_object (json_node_alloc (), account);
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "POST", "/api/v1/accounts", body, error);
  if (reply == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    {
      ms_ctl_print_json (reply->json);
      return MS_EXIT_OK;
    }

  JsonObject *answer = json_node_get_object (reply->json);
  const char *address = ms_ctl_string (ms_ctl_object (answer, "mailbox"), "address");
  const char *password = ms_ctl_string (answer, "password");
  if (address != NULL)
    ms_ctl_print (_ ("%s created with mailbox %s (change %" G_GINT64_FORMAT ")\n"),
                     args[0],
                     address,
                     ms_ctl_int (answer, "changeSet"));
  else
    ms_ctl_print (_ ("%s created (change %" G_GINT64_FORMAT ")\n"), args[0], ms_ctl_int (answer, "changeSet"));
  if (password != NULL)
    ms_ctl_print (_ ("Password: %s\n"), password);
  return MS_EXIT_OK;
}

static MsExit
run_password (MsCtl *ctl, char **args, GError **error)
{
  gint64 change = 0;
  g_autoptr (MsSecret) password = NULL;
  g_autoptr (MsResource) user = ms_ctl_find (ctl, "User", args[0], error);

  if (user == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *question
      = g_strdup_printf (_ ("New password of %s:"), ms_resource_get_label (user));
  password = option_generate ? ms_text_new_password (16)
                             : ms_prompt_password (option_password_file, question, TRUE, error);
  if (password == NULL)
    return MS_EXIT_FAILED;

  JsonArray *operations = json_array_new ();
  ms_ctl_add_operation (operations, "replace", "password", password);
  g_autoptr (MsResource) changed = ms_ctl_patch (ctl, user, operations, &change, error);
  if (changed == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    {
      g_autoptr (JsonObject) report = json_object_new ();
      json_object_set_int_member (report, "changeSet", change);
      if (option_generate)
        json_object_set_string_member (report, "password", password);
      ms_ctl_print_json_object (report);
      return MS_EXIT_OK;
    }
  ms_ctl_print (_ ("%s has a new password (change %" G_GINT64_FORMAT ")\n"),
                   ms_resource_get_label (user),
                   change);
  if (option_generate)
    ms_ctl_print (_ ("Password: %s\n"), password);
  return MS_EXIT_OK;
}

static MsExit
run_enable (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_action (ctl, "enable", "User", args, NULL, NULL, error);
}

static MsExit
run_disable (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_action (ctl, "disable", "User", args, NULL, NULL, error);
}

static MsExit
run_delete (MsCtl *ctl, char **args, GError **error)
{
  JsonObject *options = json_object_new ();

  if (option_keep)
    json_object_set_string_member (options, "mailboxes", "keep");
  return ms_run_delete (ctl,
                        "User",
                        args,
                        option_keep
                        ? _ ("Delete %s and keep the mailboxes?")
                        : _ ("Delete %s with all mailboxes?"), options, error);
}

const MsCtlVerb ms_verbs_user[] = {
  { "user",
    "list",
    "[WORD…]",
    N_ ("List users, or those in which every word occurs"),
        0,
        -1,
        TRUE,
        ms_list_options,
        run_list },
    { "user", "show", "LOGIN", N_ ("Show a user"), 1, 1, TRUE, NULL, run_show },
      { "user",
        "create",
        "LOGIN [KEY=VALUE…] [mailbox.KEY=VALUE…]",
        N_ ("Make a user with a mailbox"), 1, -1, TRUE, create_options, run_create },
        { "user",
          "set",
          "LOGIN KEY=VALUE…",
          N_ ("Change a user"), 2, -1, TRUE, ms_dry_run_options, run_set },
          { "user",
            "rename",
            "LOGIN NEW-LOGIN",
            N_ ("Give a user another login"),
                2,
                2,
                TRUE,
                ms_user_rename_options,
                ms_ctl_user_rename },
            { "user",
              "password",
              "LOGIN",
              N_ ("Give a user a new password"), 1, 1, TRUE, password_options, run_password },
              { "user",
                "enable",
                "LOGIN…",
                N_ ("Let users log on"), 1, -1, TRUE, NULL, run_enable },
                { "user",
                  "disable",
                  "LOGIN…",
                  N_ ("Let users not log on; their mail still arrives"),
                      1,
                      -1,
                      TRUE,
                      NULL,
                      run_disable },
                  { "user",
                    "delete",
                    "LOGIN…",
                    N_ ("Delete users"), 1, -1, TRUE, delete_options, run_delete },
                    { NULL },
                };
