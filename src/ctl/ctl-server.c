/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * server …: the server one talks to, and those that are remembered.
 */
#include "config.h"

#include "ms-ctl-session.h"
#include "ms-ctl-verbs.h"

static void
print_backup_time (JsonObject *backup, const char *member, const char *what)
{
  const char *text = ms_ctl_string (backup, member);

  if (text == NULL)
    return;
  g_autofree char *time = ms_ctl_format_time (text);
  ms_ctl_print ("%s: %s\n", what, time);
}

/* @backup: (nullable) */
static void
print_backup (JsonObject *backup)
{
  if (backup == NULL)
    return;
  print_backup_time (backup, "last", _ ("Last backup"));
  print_backup_time (backup, "next", _ ("Next backup"));
  if (ms_ctl_string (backup, "last") == NULL && ms_ctl_string (backup, "next") == NULL)
    ms_ctl_print ("%s\n", _ ("No backups are made here"));
  print_backup_time (backup, "failed", _ ("Failed backup"));
  if (ms_ctl_string (backup, "error") != NULL)
    ms_ctl_print ("  %s\n", ms_ctl_string (backup, "error"));
}

static MsExit
run_info (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) info = ms_ctl_get (ctl, "/api/v1/server", error);

  if (info == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (info);
  else
    {
      g_autoptr (MsResource) shown = ms_resource_new (info);
      ms_ctl_print_resource (shown);
      print_backup (ms_ctl_object (info, "backup"));
    }
  return MS_EXIT_OK;
}

static void
add_json (JsonArray *array, MsServerInfo *info, gboolean logged_on)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "name", ms_server_info_get_name (info));
  json_object_set_string_member (object, "url", ms_server_info_get_url (info));
  json_object_set_string_member (object, "userName", ms_server_info_get_user_name (info));
  json_object_set_string_member (object, "fingerprint", ms_server_info_get_fingerprint (info));
  json_object_set_boolean_member (object, "session", logged_on);
  json_object_set_boolean_member (object, "readOnly", ms_server_info_get_read_only (info));
  json_array_add_object_element (array, object);
}

static MsExit
run_list (MsCtl *ctl, char **args, GError **error)
{
  const char *titles[] = { _ ("SERVER"), _ ("USER"), _ ("URL"), _ ("SESSION"), NULL };
  g_autoptr (MsTable) table = ms_table_new (titles);
  g_autoptr (JsonArray) array = json_array_new ();

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (ctl->servers)); i++)
    {
      g_autoptr (MsServerInfo) info = g_list_model_get_item (G_LIST_MODEL (ctl->servers), i);
      g_autofree char *token = ms_ctl_session_load (info, NULL);
      const char      *user = ms_server_info_get_user_name (info);
      const char      *cells[] = { ms_server_info_get_name (info),
                              user != NULL ? user : "",
                                   ms_server_info_get_url (info),
                                   token != NULL
                                   ? _ ("yes")
                                   : _ ("no"), NULL };
      ms_table_add (table, cells);
      add_json (array, info, token != NULL);
    }
  if (ctl->json)
    {
      g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), array);
      ms_ctl_print_json (node);
    }
  else
    ms_table_print (table);
  return MS_EXIT_OK;
}

static MsExit
run_remove (MsCtl *ctl, char **args, GError **error)
{
  MsServerInfo *info = ms_server_store_find (ctl->servers, args[0]);

  if (info == NULL)
    {
      ms_error_set (
          error, MS_ERROR_NOT_FOUND, NULL, NULL, _ ("There is no saved server “%s”"), args[0]);
      return MS_EXIT_FAILED;
    }
  ms_ctl_session_forget (info);
  g_autofree char *name = g_strdup (ms_server_info_get_name (info));
  ms_server_store_remove (ctl->servers, info);
  if (!ms_server_store_save (ctl->servers, error))
    return MS_EXIT_FAILED;
  if (!ctl->json)
    ms_ctl_print (_ ("%s is forgotten\n"), name);
  return MS_EXIT_OK;
}

const MsCtlVerb ms_verbs_server[] = {
  { "server",
    "info",
    NULL,
    N_ ("Show the server's version, seats and counts"), 0, 0, TRUE, NULL, run_info },
    { "server",
      "list",
      NULL,
      N_ ("List the servers that are remembered"), 0, 0, FALSE, NULL, run_list },
      { "server",
        "verify",
        NULL,
        N_ ("Let the server read its whole store and say what is wrong with it"),
            0,
            0,
            TRUE,
            NULL,
            ms_ctl_server_verify },
        { "server", "remove", "NAME", N_ ("Forget a server"), 1, 1, FALSE, NULL, run_remove },
          { NULL },
      };
