/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * connection …: who is connected to the server, and ending it.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-verbs.h"

static gboolean
has_stream (JsonArray *streams, const char *id)
{
  for (guint i = 0; i < json_array_get_length (streams); i++)
    {
      g_autoptr (JsonObject) stream = ms_ctl_element (streams, i);
      if (g_strcmp0 (ms_ctl_string (stream, "connection"), id) == 0)
        return TRUE;
    }
  return FALSE;
}

static const char *
name_kind (JsonObject *connection, JsonArray *streams)
{
  if (ms_ctl_boolean (connection, "current"))
    return _ ("this one");
  if (g_strcmp0 (ms_ctl_string (connection, "kind"), "token") == 0)
    return _ ("token");
  return has_stream (streams, ms_ctl_string (connection, "id")) ? _ ("listening") : _ ("session");
}

static const char *
or_empty (const char *text)
{
  return text != NULL ? text : "";
}

static void
add_connection (MsTable *table, JsonObject *connection, JsonArray *streams)
{
  const char      *peer = ms_ctl_string (connection, "peer");
  g_autofree char *since = ms_ctl_format_time (ms_ctl_string (connection, "since"));
  g_autofree char *used = ms_ctl_format_time (ms_ctl_string (connection, "lastUsed"));
  const char *cells[] = { or_empty (ms_ctl_string (ms_ctl_object (connection, "user"), "userName")),
                          name_kind (connection, streams),
                          or_empty (peer != NULL ? peer : ms_ctl_string (connection, "name")),
                          or_empty (ms_ctl_string (connection, "channel")),
                          since,
                          used,
                          or_empty (ms_ctl_string (connection, "id")),
                          NULL };

  ms_table_add (table, cells);
}

static MsExit
print_connections (JsonObject *answer, gpointer user_data, GError **error)
{
  const char *titles[] = {
    _ ("USER"), _ ("KIND"), _ ("FROM"), _ ("CHANNEL"), _ ("SINCE"), _ ("LAST USED"), _ ("ID"), NULL };
  g_autoptr (MsTable) table = ms_table_new (titles);
  g_autoptr (JsonArray) connections = ms_ctl_array (answer, "connections");
  g_autoptr (JsonArray) streams = ms_ctl_array (answer, "streams");

  for (guint i = 0; i < json_array_get_length (connections); i++)
    {
      g_autoptr (JsonObject) connection = ms_ctl_element (connections, i);
      add_connection (table, connection, streams);
    }
  ms_table_print (table);
  return MS_EXIT_OK;
}

static MsExit
run_list (MsCtl *ctl, char **args, GError **error)
{
  return ms_ctl_show (ctl, "/api/v1/connections", print_connections, NULL, error);
}

static MsExit
run_end (MsCtl *ctl, char **args, GError **error)
{
  guint ended = 0;

  for (; args[ended] != NULL; ended++)
    {
      g_autofree char *escaped = g_uri_escape_string (args[ended], NULL, FALSE);
      g_autofree char *path = g_strconcat ("/api/v1/connections/", escaped, NULL);
      g_autoptr (MsReply) reply = ms_ctl_request (ctl, "DELETE", path, NULL, error);
      if (reply == NULL)
        {
          g_prefix_error (error, "%s: ", args[ended]);
          return MS_EXIT_FAILED;
        }
    }
  if (ctl->json)
    {
      g_autoptr (JsonObject) report = json_object_new ();
      json_object_set_int_member (report, "ended", ended);
      ms_ctl_print_json_object (report);
    }
  else
    ms_ctl_print (ngettext ("%u connection ended\n", "%u connections ended\n", ended), ended);
  return MS_EXIT_OK;
}

const MsCtlVerb ms_verbs_connection[] = {
  { "connection",
    "list",
    NULL,
    N_ ("Show who is connected: sessions and API tokens"), 0, 0, TRUE, NULL, run_list },
    { "connection",
      "end",
      "ID…",
      N_ ("End sessions, revoke API tokens"), 1, -1, TRUE, NULL, run_end },
      { NULL },
  };
