/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * schema …: the schema files of operators (docs/schemas.md). What is wrong with one is found by the
 * server, which knows what else there is and what objects hold.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-call.h"
#include "ms-ctl-output.h"
#include "ms-ctl-prompt.h"
#include "ms-ctl-verbs.h"
#include "ms-json.h"

#define SCHEMAS_PATH "/api/v1/schemas"

static char    *option_name;
static gboolean option_drop_values;

static const GOptionEntry name_options[] = {
  { "name",
    0,
    0,
    G_OPTION_ARG_STRING,
    &option_name,
    N_ ("What it is called (the file's name without .json)"), N_ ("NAME") },
    { NULL },
  };

static const GOptionEntry replace_options[] = {
  { "name",
    0,
    0,
    G_OPTION_ARG_STRING,
    &option_name,
    N_ ("What it is called (the file's name without .json)"), N_ ("NAME") },
    { "drop-values",
      0,
      0,
      G_OPTION_ARG_NONE,
      &option_drop_values,
      N_ ("Let values go that would have no place any more"), NULL },
      { NULL },
   };

static const GOptionEntry remove_options[] = {
  { "drop-values",
    0,
    0,
    G_OPTION_ARG_NONE,
    &option_drop_values,
    N_ ("Let values go that would have no place any more"), NULL },
    { NULL },
};

/* Reading ----------------------------------------------------------------------------------- */

static char *
join (JsonObject *file, const char *name)
{
  g_autoptr (JsonArray) array = ms_ctl_array (file, name);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (array); i++)
    g_string_append_printf (
        out, "%s%s", i > 0 ? ", " : "", json_array_get_string_element (array, i));
  return g_string_free (out, FALSE);
}

static MsExit
run_list (MsCtl *ctl, char **args, GError **error)
{
  const char *const titles[]
      = { _ ("FILE"), _ ("TYPES"), _ ("EXTENDS"), _ ("CHANGED"), _ ("DIGEST"), NULL };
  g_autoptr (JsonObject) json = ms_ctl_get (ctl, SCHEMAS_PATH, error);

  if (json == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (JsonArray) files = ms_ctl_array (json, "files");
  if (ctl->json)
    {
      g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), files);
      ms_ctl_print_json (node);
      return MS_EXIT_OK;
    }
  g_autoptr (MsTable) table = ms_table_new (titles);
  for (guint i = 0; i < json_array_get_length (files); i++)
    {
      g_autoptr (JsonObject) file = ms_ctl_element (files, i);
      g_autofree char  *types = join (file, "resourceTypes");
      g_autofree char  *extends = join (file, "extends");
      g_autofree char  *time = ms_ctl_format_time (ms_ctl_string (file, "lastModified"));
      g_autofree char  *digest = g_strndup (ms_ctl_string (file, "digest"), 12);
      const char *const cells[]
          = { ms_ctl_string (file, "name"), types, extends, time, digest, NULL };
      ms_table_add (table, cells);
    }
  if (ms_table_get_n_rows (table) > 0)
    ms_table_print (table);
  else
    ms_ctl_print (_ ("No schema files have been added\n"));
  return MS_EXIT_OK;
}

static char *
make_path (const char *name, const char *query)
{
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);

  return g_strconcat (SCHEMAS_PATH "/", escaped, query, NULL);
}

static MsExit
run_show (MsCtl *ctl, char **args, GError **error)
{
  g_autofree char *path = make_path (args[0], NULL);
  g_autoptr (JsonObject) file = ms_ctl_get (ctl, path, error);

  if (file == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (file);
  else
    {
      const char *text = ms_ctl_string (file, "text");
      ms_ctl_print ("%s%s", text, g_str_has_suffix (text, "\n") ? "" : "\n");
    }
  return MS_EXIT_OK;
}

/* Writing ----------------------------------------------------------------------------------- */

/* (transfer full): --name, or what the file is called */
static char *
choose_name (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);

  if (option_name != NULL)
    return g_strdup (option_name);
  return g_str_has_suffix (base, ".json") ? g_strndup (base, strlen (base) - strlen (".json"))
                                          : g_steal_pointer (&base);
}

/* After the byte order mark that editors on Windows begin a file with. */
static const char *
skip_mark (const char *text)
{
  return g_str_has_prefix (text, "\uFEFF") ? text + strlen ("\uFEFF") : text;
}

/* {"name", "text"} of a file, whose JSON is looked at here already, for the sake of line numbers.
 * (transfer full) */
static JsonNode *
read_body (const char *path, const char *name, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) local_error = NULL;

  if (!g_file_get_contents (path, &text, NULL, &local_error))
    {
      ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, "%s", local_error->message);
      return NULL;
    }
  const char *json = skip_mark (text);
  g_autoptr (JsonNode) file = ms_json_parse (json, -1, NULL, error);
  if (file == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  g_autoptr (JsonObject) body = json_object_new ();
  if (name != NULL)
    json_object_set_string_member (body, "name", name);
  json_object_set_string_member (body, "text", json);
  return json_node_init_object (json_node_alloc (), body);
}

static void
print_losses (JsonObject *answer)
{
  gint64 stripped = ms_ctl_int (answer, "objectsStripped");
  gint64 purged = ms_ctl_int (answer, "objectsPurged");

  if (stripped > 0)
    ms_ctl_print (ngettext ("%" G_GINT64_FORMAT " object loses values\n",
                            "%" G_GINT64_FORMAT " objects lose values\n",
                            (gulong) stripped),
                  stripped);
  if (purged > 0)
    ms_ctl_print (ngettext ("%" G_GINT64_FORMAT " object leaves the bin for good\n",
                            "%" G_GINT64_FORMAT " objects leave the bin for good\n",
                            (gulong) purged),
                  purged);
}

static MsExit
report (MsCtl *ctl, const char *name, const MsReply *reply, const char *what)
{
  JsonObject *json = reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json)
                         ? json_node_get_object (reply->json)
                         : NULL;

  if (ctl->json && json != NULL)
    {
      ms_ctl_print_json_object (json);
      return MS_EXIT_OK;
    }
  if (json == NULL || !ms_ctl_boolean (json, "changed"))
    {
      ms_ctl_print (_ ("Nothing to do: it was so already\n"));
      return MS_EXIT_OK;
    }
  /* A trial makes no change set. */
  g_autofree char *text = g_strdup_printf ("%s %s", name, what);
  if (ms_ctl_int (json, "changeSet") > 0)
    ms_report_change (ctl, text, NULL, ms_ctl_int (json, "changeSet"));
  else
    ms_ctl_print ("%s\n", text);
  print_losses (json);
  return MS_EXIT_OK;
}

static MsExit
run_add (MsCtl *ctl, char **args, GError **error)
{
  g_autofree char *name = choose_name (args[0]);
  JsonNode        *body = read_body (args[0], name, error);

  if (body == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "POST", SCHEMAS_PATH, body, error);
  return reply != NULL ? report (ctl, name, reply, _ ("added")) : MS_EXIT_FAILED;
}

static MsExit
put (MsCtl      *ctl,
     const char *name,
     JsonNode   *body,
     const char *query,
     const char *what,
     GError    **error)
{
  g_autofree char *path = make_path (name, query);
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "PUT", path, body, error);

  return reply != NULL ? report (ctl, name, reply, what) : MS_EXIT_FAILED;
}

static MsExit
run_replace (MsCtl *ctl, char **args, GError **error)
{
  g_autofree char *name = choose_name (args[0]);
  JsonNode        *body = read_body (args[0], NULL, error);

  if (body == NULL)
    return MS_EXIT_FAILED;
  return put (
      ctl, name, body, option_drop_values ? "?dropValues=true" : NULL, _ ("replaced"), error);
}

/* Whether the server has that file already. */
static gboolean
find_file (MsCtl *ctl, const char *name, gboolean *found, GError **error)
{
  g_autofree char *path = make_path (name, NULL);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (JsonObject) file = ms_ctl_get (ctl, path, &local_error);

  *found = file != NULL;
  if (file != NULL || g_error_matches (local_error, MS_ERROR, MS_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static MsExit
run_check (MsCtl *ctl, char **args, GError **error)
{
  g_autofree char *name = choose_name (args[0]);
  gboolean         found = FALSE;
  JsonNode        *body = read_body (args[0], name, error);

  if (body == NULL)
    return MS_EXIT_FAILED;
  if (!find_file (ctl, name, &found, error))
    {
      json_node_unref (body);
      return MS_EXIT_FAILED;
    }
  if (found)
    return put (ctl,
                name,
                body,
                option_drop_values ? "?dryRun=true&dropValues=true" : "?dryRun=true",
                _ ("could be replaced"), error);
  g_autoptr (MsReply) reply
             = ms_ctl_request (ctl, "POST", SCHEMAS_PATH "?dryRun=true", body, error);
  return reply != NULL ? report (ctl, name, reply, _ ("could be added")) : MS_EXIT_FAILED;
}

static MsExit
run_remove (MsCtl *ctl, char **args, GError **error)
{
  g_autofree char *path = make_path (args[0], option_drop_values ? "?dropValues=true" : NULL);
  g_autofree char *question
      = g_strdup_printf (_ ("Remove the schema file %s, and what it adds to the server?"), args[0]);

  if (!ms_prompt_confirm (ctl, question, error))
    return MS_EXIT_FAILED;
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "DELETE", path, NULL, error);
  return reply != NULL ? report (ctl, args[0], reply, _ ("removed")) : MS_EXIT_FAILED;
}

/* clang-format off: one row, one line */
const MsCtlVerb ms_verbs_schema[] = {
  { "schema",
    "list",
    NULL,
    N_ ("List the schema files that were added"), 0, 0, TRUE, NULL, run_list },
    { "schema", "show", "NAME", N_ ("Print a schema file"), 1, 1, TRUE, NULL, run_show },
      { "schema",
        "check",
        "FILE",
        N_ ("Try whether a schema file could be added, or replace the one of its name"),
            1,
            1,
            TRUE,
            replace_options,
            run_check },
        { "schema",
          "add",
          "FILE",
          N_ ("Add attributes and types to the server"), 1, 1, TRUE, name_options, run_add },
          { "schema",
            "replace",
            "FILE",
            N_ ("Replace a schema file by a later version"),
                1,
                1,
                TRUE,
                replace_options,
                run_replace },
            { "schema",
              "remove",
              "NAME",
              N_ ("Remove a schema file that nothing uses"),
                  1,
                  1,
                  TRUE,
                  remove_options,
                  run_remove },
              { NULL },
          };
/* clang-format on */
