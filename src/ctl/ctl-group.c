/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * group …: mail groups, the folders of the mailbox tree.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-verbs.h"

static char *option_to;
static char *option_content;

static const GOptionEntry move_options[] = {
  { "to",
    0,
    0,
    G_OPTION_ARG_STRING,
    &option_to,
    N_ ("The mail group to move to; / is the top"), N_ ("PATH") },
    { NULL },
  };

static const GOptionEntry delete_options[] = {
  { "content",
    0,
    0,
    G_OPTION_ARG_STRING,
    &option_content,
    N_ ("What to do with what is in it: parent moves it up, delete deletes it"), "parent|delete" },
    { NULL },
};

static MsExit
run_list (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_list (ctl, "MailGroup", args, error);
}

static MsExit
run_show (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_show (ctl, "MailGroup", args[0], error);
}

static MsExit
run_set (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_set (ctl, "MailGroup", args[0], args + 1, error);
}

static MsExit
run_create (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) group = json_object_new ();
  const char      *slash = strrchr (args[0], '/');
  g_autofree char *name = g_strstrip (g_strdup (slash != NULL ? slash + 1 : args[0]));
  g_autofree char *above
      = slash != NULL ? g_strndup (args[0], (gsize) (slash - args[0])) : g_strdup ("");
  g_autofree char *parent = NULL;
  gint64           change = 0;

  if (!ms_ctl_find_group_id (ctl, above, &parent, error))
    return MS_EXIT_FAILED;
  json_object_set_string_member (group, "name", name);
  if (parent != NULL)
    {
      JsonObject *value = json_object_new ();
      json_object_set_string_member (value, "value", parent);
      json_object_set_object_member (group, "parent", value);
    }
  if (!ms_ctl_parse_create (ctl, "MailGroup", args + 1, group, error))
    return MS_EXIT_FAILED;

  g_autoptr (MsResource) created
             = ms_ctl_create (ctl, "MailGroup", g_steal_pointer (&group), &change, error);
  if (created == NULL)
    return MS_EXIT_FAILED;
  const char      *path = ms_resource_get_string (created, "path");
  g_autofree char *text = g_strdup_printf (_ ("%s created"), path != NULL ? path : name);
  ms_report_change (ctl, text, created, change);
  return MS_EXIT_OK;
}

static MsExit
run_rename (MsCtl *ctl, char **args, GError **error)
{
  JsonObject *settings = json_object_new ();

  json_object_set_string_member (settings, "name", args[1]);
  return ms_run_rename (ctl, "MailGroup", args[0], settings, error);
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
      ms_ctl_usage_error (error, _ ("Where to? mailsteadctl group move GROUP… --to PATH"));
      return MS_EXIT_USAGE;
    }
  if (option_to == NULL)
    last = g_steal_pointer (&names[n - 1]);
  if (!ms_ctl_find_group_id (ctl, option_to != NULL ? option_to : last, &to, error))
    return MS_EXIT_FAILED;
  return ms_run_action (ctl, "move", "MailGroup", names, to, NULL, error);
}

static MsExit
run_delete (MsCtl *ctl, char **args, GError **error)
{
  JsonObject *options = NULL;

  if (option_content != NULL && !g_str_equal (option_content, "parent")
      && !g_str_equal (option_content, "delete"))
    {
      ms_ctl_usage_error (error, _ ("--content is parent or delete"));
      return MS_EXIT_USAGE;
    }
  if (option_content != NULL)
    {
      options = json_object_new ();
      json_object_set_string_member (options, "content", option_content);
    }
  return ms_run_delete (ctl,
                        "MailGroup",
                        args,
                        g_strcmp0 (option_content, "delete") == 0
                        ? _ ("Delete the mail groups %s and everything in them?")
                        : _ ("Delete the mail groups %s?"), options, error);
}

/* Tree
 * -------------------------------------------------------------------------------------------------
 */

static void
print_children (GHashTable *children, const char *id, const char *indent)
{
  GPtrArray *groups = g_hash_table_lookup (children, id);

  for (guint i = 0; groups != NULL && i < groups->len; i++)
    {
      JsonObject      *group = g_ptr_array_index (groups, i);
      gboolean         last = i + 1 == groups->len;
      g_autofree char *below = g_strconcat (indent, last ? "   " : "│  ", NULL);

      ms_ctl_print ("%s%s%s (%" G_GINT64_FORMAT ")\n",
                    indent,
                    last ? "└─ " : "├─ ",
                    ms_ctl_string (group, "name"),
                    ms_ctl_int (group, "mailboxCount"));
      if (strlen (indent) < 1024)
        print_children (children, ms_ctl_string (group, "id"), below);
    }
}

static MsExit
run_tree (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (GHashTable) children = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  g_autofree char *root = NULL;
  gint64           total = 1;

  if (ctl->json)
    return ms_run_list (ctl, "MailGroup", args + g_strv_length (args), error);
  if (args[0] != NULL && !ms_ctl_find_group_id (ctl, args[0], &root, error))
    return MS_EXIT_FAILED;
  for (gint64 start = 0; start < total;)
    {
      g_autofree char *path = g_strdup_printf (
          "/scim/v2/MailGroups?sortBy=name&count=1000&startIndex=%" G_GINT64_FORMAT, start + 1);
      g_autoptr (JsonObject) list = ms_ctl_get (ctl, path, error);
      if (list == NULL)
        return MS_EXIT_FAILED;
      g_autoptr (JsonArray) page = ms_ctl_array (list, "Resources");
      for (guint i = 0; i < json_array_get_length (page); i++)
        {
          JsonObject *group = ms_ctl_element (page, i);
          const char *parent = ms_ctl_string (ms_ctl_object (group, "parent"), "value");
          GPtrArray  *siblings = g_hash_table_lookup (children, parent != NULL ? parent : "");

          if (siblings == NULL)
            {
              siblings = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
              g_hash_table_insert (children, g_strdup (parent != NULL ? parent : ""), siblings);
            }
          g_ptr_array_add (siblings, group);
        }
      total = ms_ctl_int (list, "totalResults");
      if (json_array_get_length (page) == 0)
        break;
      start += json_array_get_length (page);
    }
  ms_ctl_print ("%s\n", args[0] != NULL ? args[0] : _ ("Mailboxes"));
  print_children (children, root != NULL ? root : "", "");
  return MS_EXIT_OK;
}

const MsCtlVerb ms_verbs_group[] = {
  { "group",
    "list",
    "[WORD…]",
    N_ ("List mail groups, or those in which every word occurs"),
        0,
        -1,
        TRUE,
        ms_list_options,
        run_list },
    { "group", "tree", "[PATH]", N_ ("Show mail groups as a tree"), 0, 1, TRUE, NULL, run_tree },
      { "group", "show", "PATH", N_ ("Show a mail group"), 1, 1, TRUE, NULL, run_show },
        { "group",
          "create",
          "PATH [KEY=VALUE…]",
          N_ ("Make a mail group: Sales, or Sales/EMEA in Sales"), 1, -1, TRUE, NULL, run_create },
          { "group",
            "set",
            "PATH KEY=VALUE…",
            N_ ("Change a mail group"), 2, -1, TRUE, ms_dry_run_options, run_set },
            { "group",
              "rename",
              "PATH NAME",
              N_ ("Rename a mail group"), 2, 2, TRUE, ms_rename_options, run_rename },
              { "group",
                "move",
                "PATH… --to PATH",
                N_ ("Move mail groups into another one"), 1, -1, TRUE, move_options, run_move },
                { "group",
                  "delete",
                  "PATH…",
                  N_ ("Delete mail groups"), 1, -1, TRUE, delete_options, run_delete },
                  { NULL },
              };
