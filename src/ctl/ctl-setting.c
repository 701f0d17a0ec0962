/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * setting …: settings of the store.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-verbs.h"

#define PATH "/api/v1/settings"

static char *
list_to_text (JsonArray *words)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (words); i++)
    {
      const char *word = json_node_get_string (json_array_get_element (words, i));
      g_string_append_printf (text, "%s%s", i > 0 ? "," : "", word != NULL ? word : "");
    }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : g_strdup (_ ("(none)"));
}

static char *
value_to_text (JsonObject *setting, const char *name)
{
  JsonNode *node = ms_json_object_find (setting, name);

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return g_strdup (_ ("(none)"));
  if (JSON_NODE_HOLDS_ARRAY (node))
    return list_to_text (json_node_get_array (node));
  return ms_json_to_string (node);
}

/* (transfer full) (nullable) */
static JsonObject *
find_setting (JsonArray *settings, const char *name, GError **error)
{
  for (guint i = 0; i < json_array_get_length (settings); i++)
    {
      g_autoptr (JsonObject) setting = ms_ctl_element (settings, i);
      if (g_strcmp0 (ms_ctl_string (setting, "name"), name) == 0)
        return g_steal_pointer (&setting);
    }
  ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, _ ("There is no setting “%s”"), name);
  return NULL;
}

static MsExit
run_list (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) answer = ms_ctl_get (ctl, PATH, error);

  if (answer == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (JsonArray) settings = ms_ctl_array (answer, "settings");
  if (ctl->json)
    {
      g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), settings);
      ms_ctl_print_json (node);
      return MS_EXIT_OK;
    }
  const char *titles[] = { _ ("SETTING"), _ (">VALUE"), _ (">DEFAULT"), _ ("MEANING"), NULL };
  g_autoptr (MsTable) table = ms_table_new (titles);
  for (guint i = 0; i < json_array_get_length (settings); i++)
    {
      g_autoptr (JsonObject) setting = ms_ctl_element (settings, i);
      g_autofree char *value = value_to_text (setting, "value");
      g_autofree char *fallback = value_to_text (setting, "default");
      const char      *cells[] = { ms_ctl_string (setting, "name"),
                                   value,
                                   fallback,
                                   ms_ctl_string (setting, "description"),
                                   NULL };
      ms_table_add (table, cells);
    }
  ms_table_print (table);
  return MS_EXIT_OK;
}

static MsExit
run_get (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) answer = ms_ctl_get (ctl, PATH, error);

  if (answer == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (JsonArray) settings = ms_ctl_array (answer, "settings");
  g_autoptr (JsonObject) setting = find_setting (settings, args[0], error);
  if (setting == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    {
      ms_ctl_print_json_object (setting);
      return MS_EXIT_OK;
    }
  g_autofree char *value = value_to_text (setting, "value");
  ms_ctl_print ("%s\n", value);
  return MS_EXIT_OK;
}

/* "auditor,administrator", for a setting that is such a list. (transfer full) (nullable) */
static JsonArray *
parse_list (MsCtl *ctl, const char *name, const char *text, MsExit *exit_code, GError **error)
{
  g_autoptr (JsonObject) answer = ms_ctl_get (ctl, PATH, error);

  *exit_code = MS_EXIT_FAILED;
  if (answer == NULL)
    return NULL;
  g_autoptr (JsonArray) settings = ms_ctl_array (answer, "settings");
  g_autoptr (JsonObject) setting = find_setting (settings, name, error);
  if (setting == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_ARRAY (ms_json_object_find (setting, "value")))
    {
      ms_ctl_usage_error (error, _ ("“%s” is neither a whole number nor the word default"), text);
      *exit_code = MS_EXIT_USAGE;
      return NULL;
    }
  JsonArray *list = json_array_new ();
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  for (guint i = 0; words[i] != NULL; i++)
    json_array_add_string_element (list, g_strstrip (words[i]));
  return list;
}

/* Whoever has just shut themselves out hears of it now, and not from the next command. */
static void
warn_of_second_step (MsCtl *ctl)
{
  g_autoptr (JsonObject) session = ms_ctl_get (ctl, "/api/v1/session", NULL);

  if (session != NULL
      && json_object_get_boolean_member_with_default (session, "mustSetUpSecondStep", FALSE))
    ms_ctl_printerr (_ ("Your own role must log on in two steps now, and nothing else is let in before that: mailsteadctl totp enrol\n"));
}

static MsExit
run_set (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) body = json_object_new ();
  gint64 value = 0;
  MsExit exit_code;

  if (strcmp (args[1], "default") == 0)
    json_object_set_null_member (body, args[0]);
  else if (g_ascii_string_to_signed (args[1], 10, G_MININT64, G_MAXINT64, &value, NULL))
    json_object_set_int_member (body, args[0], value);
  else
    {
      JsonArray *list = parse_list (ctl, args[0], args[1], &exit_code, error);
      if (list == NULL)
        return exit_code;
      json_object_set_array_member (body, args[0], list);
    }
  JsonNode *node = json_node_init_object (json_node_alloc (), body);
  g_autoptr (GError) refused = NULL;
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "PATCH", PATH, node, &refused);
  if (reply == NULL)
    {
      /* As of "get": no such thing, and not a mistake in it. */
      if (g_error_matches (refused, MS_ERROR, MS_ERROR_INVALID)
          && g_strcmp0 (ms_error_get_scim_type (refused), "invalidPath") == 0)
        refused->code = MS_ERROR_NOT_FOUND;
      g_propagate_error (error, g_steal_pointer (&refused));
      return MS_EXIT_FAILED;
    }
  JsonObject      *answer = reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json)
                                ? json_node_get_object (reply->json)
                                : NULL;
  g_autofree char *text = g_strdup_printf (_ ("%s is set"), args[0]);
  ms_report_change (ctl, text, NULL, ms_ctl_int (answer, "changeSet"));
  if (strcmp (args[0], "totp-roles") == 0)
    warn_of_second_step (ctl);
  return MS_EXIT_OK;
}

/* clang-format off: one row, one line */
const MsCtlVerb ms_verbs_setting[] = {
  { "setting", "list", NULL, N_ ("List the settings of the store"), 0, 0, TRUE, NULL, run_list },
    { "setting", "get", "NAME", N_ ("Show one setting"), 1, 1, TRUE, NULL, run_get },
      { "setting",
        "set",
        "NAME VALUE",
        N_ ("Change a setting; “default” puts the default back"), 2, 2, TRUE, NULL, run_set },
        { NULL },
    };
/* clang-format on */
