/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * list …: mailing lists. An entry is a user, mailbox, mail group or list of the store, or an
 * outside address.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-verbs.h"

#define EXTERNAL "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group:externalMembers"

static MsExit
run_list (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_list (ctl, "Group", args, error);
}

static MsExit
run_show (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_show (ctl, "Group", args[0], error);
}

static MsExit
run_set (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_set (ctl, "Group", args[0], args + 1, error);
}

static MsExit
run_create (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) list = json_object_new ();
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gint64 change = 0;
  gsize  first = 1;

  json_object_set_string_member (list, "displayName", args[0]);
  if (args[1] != NULL && strchr (args[1], '=') == NULL)
    {
      g_autofree char *setting = g_strconcat ("address=", args[1], NULL);
      g_strv_builder_add (builder, setting);
      first = 2;
    }
  g_strv_builder_addv (builder, (const char **) args + first);
  g_auto (GStrv) settings = g_strv_builder_end (builder);
  if (!ms_ctl_parse_create (ctl, "Group", settings, list, error))
    return MS_EXIT_FAILED;

  g_autoptr (MsResource) created
             = ms_ctl_create (ctl, "Group", g_steal_pointer (&list), &change, error);
  if (created == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *text = g_strdup_printf (_ ("%s created"), ms_resource_get_label (created));
  ms_report_change (ctl, text, created, change);
  return MS_EXIT_OK;
}

static void
add_entry (JsonArray *operations, const char *path, const char *id, gboolean add)
{
  JsonObject *operation = json_object_new ();

  json_object_set_string_member (operation, "op", add ? "add" : "remove");
  if (add)
    {
      JsonArray *values = json_array_new ();
      if (id != NULL && g_str_equal (path, "members"))
        {
          JsonObject *member = json_object_new ();
          json_object_set_string_member (member, "value", id);
          json_array_add_object_element (values, member);
        }
      else
        json_array_add_string_element (values, id);
      json_object_set_string_member (operation, "path", path);
      json_object_set_array_member (operation, "value", values);
    }
  else
    {
      g_autoptr (JsonNode) value = json_node_init_string (json_node_alloc (), id);
      g_autofree char *literal = ms_json_to_string (value);
      g_autofree char *filter = g_strdup_printf ("%s[value eq %s]", path, literal);
      json_object_set_string_member (operation, "path", filter);
    }
  json_array_add_object_element (operations, operation);
}

/* One PATCH for all entries, so that all or none of them come or go. */
static MsExit
change_entries (MsCtl *ctl, char **args, gboolean add, GError **error)
{
  g_autoptr (JsonArray) operations = json_array_new ();
  gint64 change = 0;
  g_autoptr (MsResource) list = ms_ctl_find (ctl, "Group", args[0], error);

  if (list == NULL)
    return MS_EXIT_FAILED;
  for (gsize i = 1; args[i] != NULL; i++)
    {
      g_autoptr (GError) cause = NULL;
      g_autoptr (MsResource) entry = NULL;

      if (!g_str_has_prefix (args[i], "outside:"))
        {
          entry = ms_ctl_find_any (ctl, args[i], &cause);
          if (entry == NULL
              && (strchr (args[i], '@') == NULL
                  || !g_error_matches (cause, MS_ERROR, MS_ERROR_NOT_FOUND)))
            {
              g_propagate_error (error, g_steal_pointer (&cause));
              return MS_EXIT_FAILED;
            }
        }
      if (entry != NULL)
        add_entry (operations, "members", ms_resource_get_id (entry), add);
      else
        add_entry (operations,
                   EXTERNAL,
                   args[i] + (g_str_has_prefix (args[i], "outside:") ? strlen ("outside:") : 0),
                   add);
    }

  g_autoptr (MsResource) changed
             = ms_ctl_patch (ctl, list, g_steal_pointer (&operations), &change, error);
  if (changed == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *text = g_strdup_printf (_ ("%s changed"), ms_resource_get_label (changed));
  ms_report_change (ctl, text, changed, change);
  return MS_EXIT_OK;
}

static MsExit
run_add (MsCtl *ctl, char **args, GError **error)
{
  return change_entries (ctl, args, TRUE, error);
}

static MsExit
run_remove (MsCtl *ctl, char **args, GError **error)
{
  return change_entries (ctl, args, FALSE, error);
}

static MsExit
run_delete (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_delete (ctl, "Group", args, _ ("Delete the mailing lists %s?"), NULL, error);
}

static MsExit
run_rename (MsCtl *ctl, char **args, GError **error)
{
  JsonObject *settings = json_object_new ();

  json_object_set_string_member (settings, "name", args[1]);
  return ms_run_rename (ctl, "Group", args[0], settings, error);
}

const MsCtlVerb ms_verbs_list[] = {
  { "list",
    "list",
    "[WORD…]",
    N_ ("List mailing lists, or those in which every word occurs"),
        0,
        -1,
        TRUE,
        ms_list_options,
        run_list },
    { "list", "show", "LIST", N_ ("Show a mailing list"), 1, 1, TRUE, NULL, run_show },
      { "list",
        "create",
        "NAME [ADDRESS] [KEY=VALUE…]",
        N_ ("Make a mailing list"), 1, -1, TRUE, NULL, run_create },
        { "list",
          "set",
          "LIST KEY=VALUE…",
          N_ ("Change a mailing list"), 2, -1, TRUE, ms_dry_run_options, run_set },
          { "list",
            "rename",
            "LIST NAME",
            N_ ("Rename a mailing list"), 2, 2, TRUE, ms_rename_options, run_rename },
            { "list",
              "add",
              "LIST ENTRY…",
              N_ ("Add users, mailboxes, mail groups, lists or outside addresses"),
                  2,
                  -1,
                  TRUE,
                  NULL,
                  run_add },
              { "list",
                "remove",
                "LIST ENTRY…",
                N_ ("Take entries away"), 2, -1, TRUE, NULL, run_remove },
                { "list",
                  "delete",
                  "LIST…",
                  N_ ("Delete mailing lists"), 1, -1, TRUE, NULL, run_delete },
                  { NULL },
              };
