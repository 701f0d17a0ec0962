/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * directory …: outside directories (LDAP) whose people the server takes over as users
 * (docs/directory.md): how they are set up. Their runs are in ctl-directory-run.c.
 */
#include "config.h"

#include <string.h>

#include "ctl-directory-private.h"
#include "ms-ctl-file.h"

#define MAX_CERTIFICATES (1024 * 1024)

static char    *option_password_file;
static gboolean option_ask_password;
static char    *option_certificates;
static int      option_limit = 10;

/* clang-format off */
static const GOptionEntry set_options[] = {
  { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &option_password_file, N_ ("Take the password to log on there from the first line of FILE; - is the standard input"), N_ ("FILE") },
  { "ask-password", 0, 0, G_OPTION_ARG_NONE, &option_ask_password, N_ ("Ask for the password to log on there"), NULL },
  { "certificates", 0, 0, G_OPTION_ARG_FILENAME, &option_certificates, N_ ("Trust these authorities (PEM) instead of the system's"), N_ ("FILE") },
  { NULL },
};

static const GOptionEntry try_options[] = {
  { "limit", 0, 0, G_OPTION_ARG_INT, &option_limit, N_ ("How many people to show (10)"), N_ ("N") },
  { NULL },
};
/* clang-format on */

static const char *
or_empty (const char *text)
{
  return text != NULL ? text : "";
}

/* Finding ----------------------------------------------------------------------------------- */

JsonObject *
ms_ctl_find_directory (MsCtl *ctl, const char *name, GError **error)
{
  g_autoptr (JsonObject) answer = ms_ctl_get (ctl, MS_DIRECTORIES_PATH, error);

  if (answer == NULL)
    return NULL;
  g_autoptr (JsonArray) directories = ms_ctl_array (answer, "directories");
  g_autofree char *wanted = g_utf8_casefold (name, -1);
  for (guint i = 0; i < json_array_get_length (directories); i++)
    {
      g_autoptr (JsonObject) directory = ms_ctl_element (directories, i);
      g_autofree char *folded = g_utf8_casefold (or_empty (ms_ctl_string (directory, "name")), -1);
      if (strcmp (folded, wanted) == 0 || g_strcmp0 (ms_ctl_string (directory, "id"), name) == 0)
        return g_steal_pointer (&directory);
    }
  ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, _ ("There is no directory “%s”"), name);
  return NULL;
}

char *
ms_ctl_directory_path (JsonObject *directory, const char *verb)
{
  g_autofree char *id
      = g_uri_escape_string (or_empty (ms_ctl_string (directory, "id")), NULL, FALSE);

  return g_strconcat (MS_DIRECTORIES_PATH "/", id, verb != NULL ? "/" : "", verb, NULL);
}

const char *
ms_ctl_describe_last (JsonObject *directory)
{
  static const MsCtlWord words[] = {
    { "done", N_ ("done") },
      { "failed", N_ ("failed") },
        { "cancelled", N_ ("cancelled") },
          { "refused", N_ ("refused") }, { NULL },
        };
  JsonObject *last = ms_ctl_object (directory, "last");

  return last != NULL ? ms_ctl_translate (words, ms_ctl_string (last, "result")) : _ ("never ran");
}

static const char *
describe_state (JsonObject *directory)
{
  static const MsCtlWord words[] = {
    { "idle", N_ ("idle") },
      { "waiting", N_ ("waiting") },
        { "rehearsing", N_ ("rehearsing") },
          { "running", N_ ("running") }, { NULL },
        };

  const char *state = or_empty (ms_ctl_string (directory, "state"));
  const char *text = ms_ctl_translate (words, state);

  return text != NULL ? text : state;
}

/* Showing ----------------------------------------------------------------------------------- */

static MsExit
run_list (MsCtl *ctl, char **args, GError **error)
{
  const char *const titles[]
      = { _ ("DIRECTORY"), _ ("SERVER"), _ ("STATE"), _ ("LAST"), _ ("ENDED"), _ ("NEXT"), NULL };
  g_autoptr (JsonObject) answer = ms_ctl_get (ctl, MS_DIRECTORIES_PATH, error);

  if (answer == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (JsonArray) directories = ms_ctl_array (answer, "directories");
  if (ctl->json)
    {
      g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), directories);
      ms_ctl_print_json (node);
      return MS_EXIT_OK;
    }
  g_autoptr (MsTable) table = ms_table_new (titles);
  for (guint i = 0; i < json_array_get_length (directories); i++)
    {
      g_autoptr (JsonObject) directory = ms_ctl_element (directories, i);
      JsonObject      *last = ms_ctl_object (directory, "last");
      g_autofree char *ended
          = ms_ctl_format_time (last != NULL ? ms_ctl_string (last, "ended") : NULL);
      g_autofree char  *next = ms_ctl_format_time (ms_ctl_string (directory, "next"));
      const char *const cells[] = { or_empty (ms_ctl_string (directory, "name")),
                                    or_empty (ms_ctl_string (directory, "server")),
                                    describe_state (directory),
                                    ms_ctl_describe_last (directory),
                                    ended,
                                    next,
                                    NULL };
      ms_table_add (table, cells);
    }
  if (ms_table_get_n_rows (table) > 0)
    ms_table_print (table);
  else
    ms_ctl_print (_ ("No directory has been set up\n"));
  return MS_EXIT_OK;
}

/* What directory set takes for that attribute of users too. */
static const char *
shorten (const char *path)
{
  static const char *const urns[] = { MS_URN_ENTERPRISE ":", MS_URN_EXT_USER ":" };

  for (gsize i = 0; i < G_N_ELEMENTS (urns); i++)
    if (g_str_has_prefix (path, urns[i]))
      return path + strlen (urns[i]);
  return path;
}

/* "a.b: value", a line each; what is not set is left out. */
static void
print_members (JsonObject *object, const char *prefix)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *l = names; l != NULL; l = l->next)
    {
      const char      *name = l->data;
      JsonNode        *node = json_object_get_member (object, name);
      g_autofree char *path = g_strconcat (prefix, shorten (name), NULL);
      if (JSON_NODE_HOLDS_OBJECT (node))
        {
          g_autofree char *inner = g_strconcat (path, ".", NULL);
          print_members (json_node_get_object (node), inner);
        }
      else if (strcmp (path, "certificates") == 0 && JSON_NODE_HOLDS_VALUE (node))
        ms_ctl_print ("%s: %s\n", path, _ ("own authorities"));
      else if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
        ms_ctl_print ("%s: %s\n", path, json_node_get_string (node));
      else if (!JSON_NODE_HOLDS_NULL (node))
        {
          g_autofree char *text = ms_json_to_string (node);
          ms_ctl_print ("%s: %s\n", path, text);
        }
    }
}

static MsExit
run_show (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) directory = ms_ctl_find_directory (ctl, args[0], error);

  if (directory == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (directory);
  else
    print_members (directory, "");
  return MS_EXIT_OK;
}

/* Writing ----------------------------------------------------------------------------------- */

static gboolean
add_certificates (JsonObject *body, GError **error)
{
  if (option_certificates == NULL)
    return TRUE;
  g_autoptr (GBytes) bytes = ms_ctl_read_file (option_certificates, MAX_CERTIFICATES, error);
  if (bytes == NULL)
    return FALSE;
  gsize            size = 0;
  const char      *data = g_bytes_get_data (bytes, &size);
  g_autofree char *text = g_strndup (data != NULL ? data : "", size);
  if (strlen (text) != size || !g_utf8_validate (text, -1, NULL))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    _ ("%s is not PEM: it is not text"), option_certificates);
      return FALSE;
    }
  json_object_set_string_member (body, "certificates", text);
  return TRUE;
}

/* @wanted: there is somebody to log on as who had no password until now */
static gboolean
add_password (JsonObject *body, gboolean wanted, GError **error)
{
  if (option_password_file == NULL && !option_ask_password && !wanted)
    return TRUE;
  if (option_password_file == NULL && !ms_prompt_is_possible ())
    {
      ms_ctl_usage_error (error,
                          _ ("Nobody can be asked for a password here: say --password-file"));
      return FALSE;
    }
  g_autoptr (MsSecret) password = ms_prompt_password (
      option_password_file, _ ("Password to log on to the directory:"), FALSE, error);
  if (password == NULL)
    return FALSE;
  json_object_set_string_member (body, "password", password);
  return TRUE;
}

/* Who is asked for the password gives it for this: whether the members in @body, over what @before
 * (nullable) has, log on as somebody whose password the server would not have. */
static gboolean
lacks_password (JsonObject *body, JsonObject *before)
{
  JsonNode   *said = ms_json_object_find (body, "bindDn");
  const char *bind_dn = said != NULL     ? ms_ctl_string (body, "bindDn")
                        : before != NULL ? ms_ctl_string (before, "bindDn")
                                         : NULL;
  const char *server = ms_ctl_string (body, "server");
  gboolean    moves = before != NULL && server != NULL
                   && g_strcmp0 (server, ms_ctl_string (before, "server")) != 0;

  return bind_dn != NULL && (before == NULL || moves || !ms_ctl_boolean (before, "hasPassword"));
}

static MsExit
report (MsCtl *ctl, MsReply *reply, const char *name, const char *what, GError **error)
{
  g_autoptr (JsonObject) directory = ms_ctl_reply_dup_object (reply, error);

  if (directory == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    {
      g_autoptr (JsonObject) said = json_object_new ();
      json_object_set_object_member (said, "resource", json_object_ref (directory));
      if (reply->change > 0)
        json_object_set_int_member (said, "changeSet", reply->change);
      else
        json_object_set_null_member (said, "changeSet");
      ms_ctl_print_json_object (said);
      return MS_EXIT_OK;
    }
  g_autofree char *text = g_strdup_printf ("%s %s", name, what);
  ms_report_change (ctl, text, NULL, reply->change);
  return MS_EXIT_OK;
}

static MsExit
run_create (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) body = ms_ctl_parse_directory (ctl, NULL, args + 1, error);

  if (body == NULL)
    return MS_EXIT_FAILED;
  json_object_set_string_member (body, "name", args[0]);
  if (!add_certificates (body, error) || !add_password (body, lacks_password (body, NULL), error))
    return MS_EXIT_FAILED;
  JsonNode *node = json_node_init_object (json_node_alloc (), body);
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "POST", MS_DIRECTORIES_PATH, node, error);
  return reply != NULL ? report (ctl, reply, args[0], _ ("set up"), error) : MS_EXIT_FAILED;
}

static MsExit
run_set (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) before = ms_ctl_find_directory (ctl, args[0], error);

  if (before == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (JsonObject) body = ms_ctl_parse_directory (ctl, before, args + 1, error);
  if (body == NULL || !add_certificates (body, error)
      || !add_password (body, lacks_password (body, before), error))
    return MS_EXIT_FAILED;
  if (json_object_get_size (body) == 0)
    {
      ms_ctl_usage_error (error, _ ("Nothing to set: say KEY=VALUE"));
      return MS_EXIT_USAGE;
    }
  g_autofree char *path = ms_ctl_directory_path (before, NULL);
  JsonNode        *node = json_node_init_object (json_node_alloc (), body);
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "PATCH", path, node, error);
  return reply != NULL ? report (ctl, reply, args[0], _ ("changed"), error) : MS_EXIT_FAILED;
}

static MsExit
run_delete (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) directory = ms_ctl_find_directory (ctl, args[0], error);

  if (directory == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *question
      = g_strdup_printf (_ ("Delete the directory %s? Users that came from it stay."), args[0]);
  if (!ms_prompt_confirm (ctl, question, error))
    return MS_EXIT_FAILED;
  g_autofree char *path = ms_ctl_directory_path (directory, NULL);
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "DELETE", path, NULL, error);
  if (reply == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *text = g_strdup_printf (_ ("%s deleted"), args[0]);
  ms_report_change (ctl, text, NULL, reply->change);
  return MS_EXIT_OK;
}

/* Trying ------------------------------------------------------------------------------------ */

/* Why nothing is made of it, and what of it is left out. */
static void
print_problems (JsonObject *entry)
{
  JsonObject *problem = ms_ctl_object (entry, "problem");
  const char *field = problem != NULL ? ms_ctl_string (problem, "field") : NULL;
  const char *warning = ms_ctl_string (entry, "warning");

  if (problem != NULL)
    ms_ctl_printerr ("%s%s%s: %s\n",
                     or_empty (ms_ctl_string (entry, "dn")),
                     field != NULL ? ", " : "",
                     or_empty (field),
                     or_empty (ms_ctl_string (problem, "reason")));
  if (warning != NULL)
    ms_ctl_printerr ("%s: %s\n", or_empty (ms_ctl_string (entry, "dn")), warning);
}

static MsExit
print_trial (JsonObject *answer, gpointer user_data, GError **error)
{
  const char *const titles[] = { _ ("LOGIN"), _ ("MAILBOX"), _ ("ENTRY"), _ ("IDENTITY"), NULL };
  g_autoptr (MsTable) table = ms_table_new (titles);
  g_autoptr (JsonArray) entries = ms_ctl_array (answer, "entries");
  JsonNode *active = ms_json_object_find (answer, "anyActive");

  for (guint i = 0; i < json_array_get_length (entries); i++)
    {
      g_autoptr (JsonObject) entry = ms_ctl_element (entries, i);
      const char *const cells[] = { or_empty (ms_ctl_string (entry, "userName")),
                                    or_empty (ms_ctl_string (entry, "mailbox")),
                                    or_empty (ms_ctl_string (entry, "dn")),
                                    or_empty (ms_ctl_string (entry, "identity")),
                                    NULL };
      ms_table_add (table, cells);
    }
  if (ms_table_get_n_rows (table) > 0)
    ms_table_print (table);
  else
    ms_ctl_print (_ ("The directory answers, and has nobody like that\n"));
  for (guint i = 0; i < json_array_get_length (entries); i++)
    {
      g_autoptr (JsonObject) entry = ms_ctl_element (entries, i);
      print_problems (entry);
    }
  if (ms_ctl_boolean (answer, "more"))
    ms_ctl_print (_ ("There are more\n"));
  if (active != NULL && JSON_NODE_HOLDS_VALUE (active) && !json_node_get_boolean (active))
    ms_ctl_printerr (
        _ ("Nobody matches activeFilter: a run would take that for a mistake, and do nothing\n"));
  return MS_EXIT_OK;
}

static MsExit
run_try (MsCtl *ctl, char **args, GError **error)
{
  if (!ms_ctl_check_count ("limit", option_limit, 1, 100, error))
    return MS_EXIT_USAGE;
  g_autoptr (JsonObject) directory = ms_ctl_find_directory (ctl, args[0], error);
  if (directory == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *path = ms_ctl_directory_path (directory, "try");
  g_autofree char *counted = g_strdup_printf ("%s?count=%d", path, option_limit);
  g_autoptr (JsonObject) answer = ms_ctl_post (ctl, counted, json_object_new (), error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  if (!ctl->json)
    return print_trial (answer, NULL, error);
  ms_ctl_print_json_object (answer);
  return MS_EXIT_OK;
}

/* clang-format off: one row, one line */
const MsCtlVerb ms_verbs_directory[] = {
  { "directory",
    "list",
    NULL,
    N_ ("List the directories that users are taken over from"), 0, 0, TRUE, NULL, run_list },
    { "directory",
      "show",
      "NAME",
      N_ ("Show how a directory is set up, and its last run"), 1, 1, TRUE, NULL, run_show },
      { "directory",
        "create",
        "NAME KEY=VALUE…",
        N_ ("Set up a directory"), 2, -1, TRUE, set_options, run_create },
        { "directory",
          "set",
          "NAME [KEY=VALUE…]",
          N_ ("Change how a directory is set up"), 1, -1, TRUE, set_options, run_set },
          { "directory",
            "delete",
            "NAME",
            N_ ("Forget a directory; users that came from it stay"), 1, 1, TRUE, NULL, run_delete },
            { "directory",
              "try",
              "NAME",
              N_ ("Connect, and show the first people who are found"),
                  1,
                  1,
                  TRUE,
                  try_options,
                  run_try },
              { "directory",
                "rehearse",
                "NAME",
                N_ ("Say what a run would do"), 1, 1, TRUE, NULL, ms_ctl_directory_rehearse },
                { "directory",
                  "run",
                  "NAME",
                  N_ ("Take over what is in the directory now"),
                      1,
                      1,
                      TRUE,
                      ms_directory_run_options,
                      ms_ctl_directory_run },
                  { "directory",
                    "cancel",
                    "NAME",
                    N_ ("End a run that is under way"), 1, 1, TRUE, NULL, ms_ctl_directory_cancel },
                    { "directory",
                      "rows",
                      "NAME",
                      N_ ("Show what the last run or rehearsal did to whom"),
                          1,
                          1,
                          TRUE,
                          ms_directory_rows_options,
                          ms_ctl_directory_rows },
                      { "directory",
                        "undo",
                        "NAME",
                        N_ ("Take the last run back"),
                            1,
                            1,
                            TRUE,
                            ms_directory_undo_options,
                            ms_ctl_directory_undo },
                        { NULL },
                    };
/* clang-format on */
