/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailbox …
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-verbs.h"

static char *option_to;
static char *option_owner;
static char *option_group;

static const GOptionEntry create_options[] = {
  { "owner",
    'o',
    0,
    G_OPTION_ARG_STRING,
    &option_owner,
    N_ ("The user whom it belongs to"), N_ ("LOGIN") },
    { "group",
      'g',
      0,
      G_OPTION_ARG_STRING,
      &option_group,
      N_ ("The mail group for it"), N_ ("PATH") },
      { NULL },
    };

static const GOptionEntry move_options[] = {
  { "to",
    0,
    0,
    G_OPTION_ARG_STRING,
    &option_to,
    N_ ("The mail group to move to; / is the top"), N_ ("PATH") },
    { NULL },
  };

static MsExit
run_list (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_list (ctl, "Mailbox", args, error);
}

static MsExit
run_show (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_show (ctl, "Mailbox", args[0], error);
}

static MsExit
run_set (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_set (ctl, "Mailbox", args[0], args + 1, error);
}

static void
set_relation (JsonObject *object, const char *name, const char *id)
{
  JsonObject *value = json_object_new ();

  json_object_set_string_member (value, "value", id);
  json_object_set_object_member (object, name, value);
}

static MsExit
run_create (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) mailbox = json_object_new ();
  const char      *at = strrchr (args[0], '@');
  g_autofree char *local
      = at != NULL ? g_strndup (args[0], (gsize) (at - args[0])) : g_strdup (args[0]);
  g_autofree char *group = NULL;
  gint64           change = 0;

  json_object_set_string_member (mailbox, "name", local);
  if (at != NULL)
    json_object_set_string_member (mailbox, "domain", at + 1);
  if (option_group != NULL && !ms_ctl_find_group_id (ctl, option_group, &group, error))
    return MS_EXIT_FAILED;
  if (group != NULL)
    set_relation (mailbox, "group", group);
  if (option_owner != NULL)
    {
      g_autoptr (MsResource) owner = ms_ctl_find (ctl, "User", option_owner, error);
      if (owner == NULL)
        return MS_EXIT_FAILED;
      set_relation (mailbox, "owner", ms_resource_get_id (owner));
    }
  if (!ms_ctl_parse_create (ctl, "Mailbox", args + 1, mailbox, error))
    return MS_EXIT_FAILED;

  g_autoptr (MsResource) created
             = ms_ctl_create (ctl, "Mailbox", g_steal_pointer (&mailbox), &change, error);
  if (created == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *text
      = g_strdup_printf (_ ("%s created"), ms_resource_get_string (created, "address"));
  ms_report_change (ctl, text, created, change);
  return MS_EXIT_OK;
}

static MsExit
run_move (MsCtl *ctl, char **args, GError **error)
{
  guint n = g_strv_length (args);
  g_auto (GStrv) names = g_strdupv (args);
  g_autofree char *last = NULL;
  g_autofree char *to = NULL;

  if (option_to == NULL && n < 2)
    {
      ms_ctl_usage_error (error, _ ("Where to? mailsteadctl mailbox move MAILBOX… --to PATH"));
      return MS_EXIT_USAGE;
    }
  /* "move a b Sales" and "move a b --to Sales" are the same. */
  if (option_to == NULL)
    last = g_steal_pointer (&names[n - 1]);
  if (!ms_ctl_find_group_id (ctl, option_to != NULL ? option_to : last, &to, error))
    return MS_EXIT_FAILED;
  return ms_run_action (ctl, "move", "Mailbox", names, to, NULL, error);
}

/* A bare alias is one of the primary domain, as when it was stored. */
static MsExit
change_aliases (MsCtl *ctl, char **args, gboolean add, GError **error)
{
  g_autoptr (GStrvBuilder) settings = g_strv_builder_new ();

  for (gsize i = 1; args[i] != NULL; i++)
    {
      g_autofree char *setting = g_strconcat (add ? "aliases+=" : "aliases-=", args[i], NULL);
      g_strv_builder_add (settings, setting);
    }
  g_auto (GStrv) all = g_strv_builder_end (settings);
  return ms_run_set (ctl, "Mailbox", args[0], all, error);
}

static MsExit
run_alias_add (MsCtl *ctl, char **args, GError **error)
{
  return change_aliases (ctl, args, TRUE, error);
}

static MsExit
run_alias_remove (MsCtl *ctl, char **args, GError **error)
{
  return change_aliases (ctl, args, FALSE, error);
}

/* "johnny", or "johnny@example.net". */
static MsExit
run_rename (MsCtl *ctl, char **args, GError **error)
{
  const char      *at = strrchr (args[1], '@');
  g_autofree char *local
      = at != NULL ? g_strndup (args[1], (gsize) (at - args[1])) : g_strdup (args[1]);
  JsonObject *settings = json_object_new ();

  json_object_set_string_member (settings, "name", local);
  if (at != NULL)
    json_object_set_string_member (settings, "domain", at + 1);
  return ms_run_rename (ctl, "Mailbox", args[0], settings, error);
}

static MsExit
run_open (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_action (ctl, "enable", "Mailbox", args, NULL, NULL, error);
}

static MsExit
run_close (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_action (ctl, "disable", "Mailbox", args, NULL, NULL, error);
}

static MsExit
run_delete (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_delete (ctl, "Mailbox", args, _ ("Delete the mailboxes %s?"), NULL, error);
}

const MsCtlVerb ms_verbs_mailbox[] = {
  { "mailbox",
    "list",
    "[WORD…]",
    N_ ("List mailboxes, or those in which every word occurs"),
        0,
        -1,
        TRUE,
        ms_list_options,
        run_list },
    { "mailbox", "show", "MAILBOX", N_ ("Show a mailbox"), 1, 1, TRUE, NULL, run_show },
      { "mailbox",
        "create",
        "ADDRESS [KEY=VALUE…]",
        N_ ("Make a mailbox"), 1, -1, TRUE, create_options, run_create },
        { "mailbox",
          "set",
          "MAILBOX KEY=VALUE…",
          N_ ("Change a mailbox"), 2, -1, TRUE, ms_dry_run_options, run_set },
          { "mailbox",
            "rename",
            "MAILBOX NAME[@DOMAIN]",
            N_ ("Rename a mailbox"), 2, 2, TRUE, ms_rename_options, run_rename },
            { "mailbox",
              "move",
              "MAILBOX… --to PATH",
              N_ ("Move mailboxes to a mail group"), 1, -1, TRUE, move_options, run_move },
              { "mailbox",
                "alias add",
                "MAILBOX ALIAS…",
                N_ ("Add aliases"), 2, -1, TRUE, NULL, run_alias_add },
                { "mailbox",
                  "alias remove",
                  "MAILBOX ALIAS…",
                  N_ ("Take aliases away"), 2, -1, TRUE, NULL, run_alias_remove },
                  { "mailbox",
                    "open",
                    "MAILBOX…",
                    N_ ("Let mailboxes take mail"), 1, -1, TRUE, NULL, run_open },
                    { "mailbox",
                      "close",
                      "MAILBOX…",
                      N_ ("Let mailboxes refuse mail"), 1, -1, TRUE, NULL, run_close },
                      { "mailbox",
                        "delete",
                        "MAILBOX…",
                        N_ ("Delete mailboxes"), 1, -1, TRUE, NULL, run_delete },
                        { NULL },
                    };
