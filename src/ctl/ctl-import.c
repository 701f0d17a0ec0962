/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * import, export. The server does the work; this uploads, shows how far it is, and says line by
 * line what was refused.
 */
#include "config.h"

#include <errno.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ms-ctl-file.h"
#include "ms-ctl-verbs.h"

#define MAX_FILE (64 * 1024 * 1024)
#define POLL_MS 150
#define SHOWN_ERRORS 50

static gboolean option_rehearse;
static gboolean option_create_users;
static gboolean option_create_groups;
static gboolean option_generate;
static gboolean option_header;
static gboolean option_no_header;
static char   **option_map;
static char    *option_user_template;
static char    *option_mailbox_template;
static char    *option_group;
static char    *option_existing;
static char    *option_separator;
static char    *option_rejects;
static char    *option_passwords;
static char    *option_filter;
static char    *option_output;
static gboolean option_replace;

static const GOptionEntry import_options[] = {
  { "rehearse",
    0,
    0,
    G_OPTION_ARG_NONE,
    &option_rehearse,
    N_ ("Only say what would happen"), NULL },
    { "map",
      'm',
      0,
      G_OPTION_ARG_STRING_ARRAY,
      &option_map,
      N_ ("Take this column for that field; an empty field leaves it out"), N_ ("COLUMN=FIELD") },
      { "header",
        0,
        0,
        G_OPTION_ARG_NONE,
        &option_header,
        N_ ("The first line names the columns"), NULL },
        { "no-header",
          0,
          0,
          G_OPTION_ARG_NONE,
          &option_no_header,
          N_ ("The first line is a person already"), NULL },
          { "create-users",
            0,
            0,
            G_OPTION_ARG_NONE,
            &option_create_users,
            N_ ("Make a user for each mailbox"), NULL },
            { "create-groups",
              0,
              0,
              G_OPTION_ARG_NONE,
              &option_create_groups,
              N_ ("Make mail groups that are missing"), NULL },
              { "user-template",
                0,
                0,
                G_OPTION_ARG_STRING,
                &option_user_template,
                N_ ("A template, or a user to take after"), N_ ("NAME") },
                { "mailbox-template",
                  0,
                  0,
                  G_OPTION_ARG_STRING,
                  &option_mailbox_template,
                  N_ ("A template, or a mailbox to take after"), N_ ("NAME") },
                  { "group",
                    'g',
                    0,
                    G_OPTION_ARG_STRING,
                    &option_group,
                    N_ ("The mail group for all whose row names none"), N_ ("PATH") },
                    { "existing",
                      0,
                      0,
                      G_OPTION_ARG_STRING,
                      &option_existing,
                      N_ ("What to do with those that exist (skip)"), "skip|update|stop" },
                      { "alias-separator",
                        0,
                        0,
                        G_OPTION_ARG_STRING,
                        &option_separator,
                        N_ ("What divides aliases in their column"), N_ ("CHARS") },
                        { "generate-passwords",
                          0,
                          0,
                          G_OPTION_ARG_NONE,
                          &option_generate,
                          N_ ("Make passwords where the file has none"), NULL },
                          { "passwords",
                            0,
                            0,
                            G_OPTION_ARG_FILENAME,
                            &option_passwords,
                            N_ ("Write generated passwords to this file"), N_ ("FILE") },
                            { "rejects",
                              0,
                              0,
                              G_OPTION_ARG_FILENAME,
                              &option_rejects,
                              N_ ("Write refused rows to this file, with the reasons"),
                                  N_ ("FILE") },
                              { NULL },
                            };

static const GOptionEntry export_options[] = {
  { "output",
    'o',
    0,
    G_OPTION_ARG_FILENAME,
    &option_output,
    N_ ("Write to this file instead of the standard output"), N_ ("FILE") },
    { "replace",
      0,
      0,
      G_OPTION_ARG_NONE,
      &option_replace,
      N_ ("Write over a file that is there"), NULL },
      { "filter",
        0,
        0,
        G_OPTION_ARG_STRING,
        &option_filter,
        N_ ("Only those that match a SCIM filter"), N_ ("FILTER") },
        { NULL },
      };

/* Upload
 * -----------------------------------------------------------------------------------------------
 */

static JsonObject *
upload (MsCtl *ctl, const char *path, GError **error)
{
  g_autoptr (GBytes) data = ms_ctl_read_file (path, MAX_FILE, error);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *shown = g_filename_display_name (base);
  g_autofree char *escaped = g_uri_escape_string (shown, NULL, FALSE);
  g_autofree char *url = g_strdup_printf ("/api/v1/imports?name=%s", escaped);

  if (data == NULL)
    return NULL;
  g_autoptr (MsReply) reply = ms_ctl_upload (ctl, url, "text/csv", data, error);
  if (reply == NULL)
    return NULL;
  if (reply->json == NULL || !JSON_NODE_HOLDS_OBJECT (reply->json))
    {
      ms_error_set (
          error, MS_ERROR_UNAVAILABLE, NULL, NULL, _ ("The server's answer is not an object"));
      return NULL;
    }
  return json_node_dup_object (reply->json);
}

/* Options
 * ---------------------------------------------------------------------------------------------- */

static int
find_column (JsonArray *columns, const char *name)
{
  guint64 number = 0;

  for (guint i = 0; i < json_array_get_length (columns); i++)
    if (g_ascii_strcasecmp (json_array_get_string_element (columns, i), name) == 0)
      return (int) i;
  if (g_ascii_string_to_unsigned (name, 10, 1, json_array_get_length (columns), &number, NULL))
    return (int) number - 1;
  return -1;
}

/* Names of the columns; what was taken for a row where somebody calls it by those names, or says
 * that it is a header. */
static JsonArray *
dup_columns (JsonObject *import)
{
  JsonObject *format = ms_ctl_object (import, "format");
  g_autoptr (JsonArray) preview = ms_ctl_array (import, "preview");

  if (format == NULL || ms_ctl_boolean (format, "header") || json_array_get_length (preview) == 0)
    return ms_ctl_array (import, "columns");
  g_autoptr (JsonObject) first = ms_ctl_element (preview, 0);
  g_autoptr (JsonArray) names = ms_ctl_array (first, "fields");
  for (gsize i = 0; !option_header && option_map != NULL && option_map[i] != NULL; i++)
    {
      const char      *equals = strrchr (option_map[i], '=');
      g_autofree char *name
          = equals != NULL ? g_strndup (option_map[i], (gsize) (equals - option_map[i])) : NULL;
      if (name != NULL && !option_no_header && !g_ascii_isdigit (name[0])
          && find_column (names, name) >= 0)
        option_header = TRUE;
    }
  return option_header ? g_steal_pointer (&names) : ms_ctl_array (import, "columns");
}

static gboolean
change_mapping (JsonArray *columns, GPtrArray *fields, const char *setting, GError **error)
{
  const char *equals = strrchr (setting, '=');

  if (equals == NULL)
    {
      ms_ctl_usage_error (error, _ ("--map needs COLUMN=FIELD, not “%s”"), setting);
      return FALSE;
    }
  g_autofree char *name = g_strndup (setting, (gsize) (equals - setting));
  int              column = find_column (columns, name);
  if (column < 0)
    {
      ms_ctl_usage_error (error, _ ("The file has no column “%s”"), name);
      return FALSE;
    }
  g_free (fields->pdata[column]);
  fields->pdata[column] = equals[1] != '\0' ? g_strdup (equals + 1) : NULL;
  return TRUE;
}

/* The guessed mapping, changed where --map says so. (transfer full) */
static JsonArray *
make_mapping (JsonObject *import, GError **error)
{
  g_autoptr (JsonArray) columns = dup_columns (import);
  g_autoptr (JsonArray) guessed = ms_ctl_array (import, "mapping");
  g_autoptr (GPtrArray) fields = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (JsonArray) mapping = json_array_new ();

  for (guint i = 0; i < json_array_get_length (columns); i++)
    {
      JsonNode *node
          = i < json_array_get_length (guessed) ? json_array_get_element (guessed, i) : NULL;
      g_ptr_array_add (fields,
                       node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_dup_string (node)
                                                                    : NULL);
    }
  for (gsize i = 0; option_map != NULL && option_map[i] != NULL; i++)
    if (!change_mapping (columns, fields, option_map[i], error))
      return NULL;
  for (guint i = 0; i < fields->len; i++)
    if (fields->pdata[i] != NULL)
      json_array_add_string_element (mapping, fields->pdata[i]);
    else
      json_array_add_null_element (mapping);
  return g_steal_pointer (&mapping);
}

/* Either of two kinds was looked for, and an id is answered without the name of what it was. */
static void
set_no_template (const char *type_name, const char *text, GError **error)
{
  const char *message
      = g_str_equal (type_name, "User") ? _ ("There is neither a template nor a user “%s”")
                                        : _ ("There is neither a template nor a mailbox “%s”");
  g_autoptr (GString) filled = g_string_new (message);

  g_string_replace (filled, "%s", text, 1);
  ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, "%s", filled->str);
}

static gboolean
set_found (MsCtl      *ctl,
           JsonObject *options,
           const char *member,
           const char *type_name,
           const char *text,
           GError    **error)
{
  g_autoptr (GError) cause = NULL;

  json_object_set_null_member (options, member);
  if (text == NULL || g_str_equal (text, "<default>"))
    return TRUE;
  g_autoptr (MsResource) found = ms_ctl_find (ctl, "Template", text, &cause);
  if (found == NULL && g_error_matches (cause, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      g_clear_error (&cause);
      found = ms_ctl_find (ctl, type_name, text, &cause);
    }
  if (found == NULL && g_error_matches (cause, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      set_no_template (type_name, text, error);
      return FALSE;
    }
  if (found == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  json_object_set_string_member (options, member, ms_resource_get_id (found));
  return TRUE;
}

static JsonObject *
make_options (MsCtl *ctl, JsonObject *import, GError **error)
{
  g_autoptr (JsonObject) options = json_object_new ();
  g_autofree char *group = NULL;
  JsonArray       *mapping = NULL;

  if (option_header && option_no_header)
    {
      ms_ctl_usage_error (error, _ ("--header and --no-header contradict each other"));
      return NULL;
    }
  if (option_existing != NULL && !g_str_equal (option_existing, "skip")
      && !g_str_equal (option_existing, "update") && !g_str_equal (option_existing, "stop"))
    {
      ms_ctl_usage_error (error, _ ("--existing is skip, update or stop"));
      return NULL;
    }
  if (!set_found (ctl, options, "userTemplate", "User", option_user_template, error)
      || !set_found (ctl, options, "mailboxTemplate", "Mailbox", option_mailbox_template, error)
      || (option_group != NULL && !ms_ctl_find_group_id (ctl, option_group, &group, error))
      || (mapping = make_mapping (import, error)) == NULL)
    return NULL;

  if ((option_header || option_no_header) && ms_ctl_object (import, "format") != NULL)
    {
      JsonObject *format = ms_json_deep_copy_object (ms_ctl_object (import, "format"));
      json_object_set_boolean_member (format, "header", option_header);
      json_object_set_object_member (options, "format", format);
    }
  json_object_set_array_member (options, "mapping", mapping);
  json_object_set_boolean_member (options, "createUsers", option_create_users);
  json_object_set_boolean_member (options, "createGroups", option_create_groups);
  json_object_set_boolean_member (options, "generatePasswords", option_generate);
  json_object_set_string_member (
      options, "onExisting", option_existing != NULL ? option_existing : "skip");
  if (option_separator != NULL)
    json_object_set_string_member (options, "aliasSeparator", option_separator);
  if (group != NULL)
    json_object_set_string_member (options, "group", group);
  else
    json_object_set_null_member (options, "group");
  return g_steal_pointer (&options);
}

/* Running
 * ---------------------------------------------------------------------------------------------- */

static gboolean
on_interrupt_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

static void
show_progress (JsonObject *import, gint64 started)
{
  gint64 done = ms_ctl_int (import, "done"), total = ms_ctl_int (import, "total");
  gint64 elapsed = MAX (1, (g_get_monotonic_time () - started) / 1000);

  if (!isatty (STDERR_FILENO))
    return;
  fprintf (
      stderr,
      _ ("\r\033[K%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT " a second"),
         done,
         total,
         done * 1000 / elapsed);
  fflush (stderr);
}

static void
end_progress (void)
{
  if (isatty (STDERR_FILENO))
    fputs ("\r\033[K", stderr);
}

static gboolean
is_busy (JsonObject *import)
{
  const char *state = ms_ctl_string (import, "state");

  return g_strcmp0 (state, "running") == 0 || g_strcmp0 (state, "rehearsing") == 0;
}

/* Starts it and waits for its end; Ctrl-C asks the server to stop, and what was done stays and can
 * be undone. (transfer full) */
static JsonObject *
run_to_end (MsCtl *ctl, const char *id, JsonObject *options, gboolean *interrupted, GError **error)
{
  g_autofree char *start
      = g_strdup_printf ("/api/v1/imports/%s/%s", id, option_rehearse ? "rehearse" : "run");
  g_autofree char *poll = g_strdup_printf ("/api/v1/imports/%s", id);
  g_autofree char *cancel = g_strdup_printf ("/api/v1/imports/%s/cancel", id);
  gint64           started = g_get_monotonic_time ();
  gboolean         told = FALSE;
  JsonNode        *body = json_node_init_object (json_node_alloc (), options);
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "POST", start, body, error);
  g_autoptr (JsonObject) import = NULL;

  if (reply == NULL)
    return NULL;
  guint source = g_unix_signal_add (SIGINT, on_interrupt_cb, interrupted);
  do
    {
      ms_ctl_sleep (import == NULL ? 20 : POLL_MS);
      if (*interrupted && !told)
        {
          g_autoptr (MsReply) cancelled = ms_ctl_request (ctl, "POST", cancel, NULL, NULL);
          told = TRUE;
        }
      g_clear_pointer (&import, json_object_unref);
      import = ms_ctl_get (ctl, poll, error);
      if (import != NULL)
        show_progress (import, started);
    }
  while (import != NULL && is_busy (import));
  end_progress ();
  g_source_remove (source);
  if (import == NULL && !option_rehearse)
    ms_ctl_printerr (_ ("How far import %s has come is not known. mailsteadctl undo --import %s takes back what was done\n"),
                        id,
                        id);
  return g_steal_pointer (&import);
}

/* Results
 * ---------------------------------------------------------------------------------------------- */

static gboolean
print_refused (MsCtl *ctl, const char *id, GError **error)
{
  g_autofree char *path = g_strdup_printf (
      "/api/v1/imports/%s/rows?status=refuse&start=0&count=%d", id, SHOWN_ERRORS);
  g_autoptr (JsonObject) answer = ms_ctl_get (ctl, path, error);

  if (answer == NULL)
    return FALSE;
  g_autoptr (JsonArray) rows = ms_ctl_array (answer, "rows");
  for (guint i = 0; i < json_array_get_length (rows); i++)
    {
      g_autoptr (JsonObject) row = ms_ctl_element (rows, i);
      const char      *user = ms_ctl_string (row, "userName");
      const char      *field = ms_ctl_string (row, "field");
      const char      *reason = ms_ctl_string (row, "reason");
      g_autofree char *line
          = g_strdup_printf (_ ("line %" G_GINT64_FORMAT), ms_ctl_int (row, "line"));

      /* A record that cannot be read has neither name nor field, and says its place itself. */
      if (reason != NULL && g_str_has_prefix (reason, line))
        ms_ctl_printerr ("%s\n", reason);
      else
        ms_ctl_printerr ("%s%s%s%s%s: %s\n",
                         line,
                         user != NULL && *user != '\0' ? " " : "",
                         user != NULL ? user : "",
                         field != NULL && *field != '\0' ? ", " : "",
                         field != NULL ? field : "",
                         reason != NULL ? reason : "");
    }
  if (ms_ctl_int (answer, "total") > SHOWN_ERRORS)
    ms_ctl_printerr (_ ("… and %" G_GINT64_FORMAT " more; --rejects FILE has them all\n"),
                        ms_ctl_int (answer, "total") - SHOWN_ERRORS);
  return TRUE;
}

static gboolean
save_results (MsCtl *ctl, JsonObject *import, const char *id, GError **error)
{
  gint64           refused = ms_ctl_int (ms_ctl_object (import, "counts"), "refuse");
  g_autofree char *rejects = g_strdup_printf ("/api/v1/imports/%s/rejects", id);
  g_autofree char *passwords = g_strdup_printf ("/api/v1/imports/%s/passwords", id);

  if (option_rejects != NULL && refused > 0
      && !ms_ctl_download_to (ctl, rejects, option_rejects, 0644, error))
    return FALSE;
  if (option_passwords != NULL && !option_rehearse && ms_ctl_int (import, "passwords") > 0)
    return ms_ctl_download_to (ctl, passwords, option_passwords, 0600, error);
  return TRUE;
}

static void
print_summary (JsonObject *import)
{
  JsonObject *counts = ms_ctl_object (import, "counts");
  g_autoptr (JsonArray) warnings = ms_ctl_array (import, "warnings");

  for (guint i = 0; i < json_array_get_length (warnings); i++)
    {
      JsonNode *node = json_array_get_element (warnings, i);
      if (JSON_NODE_HOLDS_VALUE (node))
        ms_ctl_printerr (_ ("Warning: %s\n"), json_node_get_string (node));
    }
  ms_ctl_print (option_rehearse
                ? _ ("Would create %" G_GINT64_FORMAT ", update %" G_GINT64_FORMAT ", skip %" G_GINT64_FORMAT
                                     ", refuse %" G_GINT64_FORMAT "\n")
                : _ ("%" G_GINT64_FORMAT " created, %" G_GINT64_FORMAT " updated, %" G_GINT64_FORMAT
                                     " skipped, %" G_GINT64_FORMAT " refused\n"),
                     ms_ctl_int (counts, "create"),
                     ms_ctl_int (counts, "update"),
                     ms_ctl_int (counts, "skip"),
                     ms_ctl_int (counts, "refuse"));
}

/* Where there is something to take back: how. */
static void
print_undo (JsonObject *import, const char *id, gboolean interrupted)
{
  JsonObject *counts = ms_ctl_object (import, "counts");

  if (option_rehearse || ms_ctl_int (counts, "create") + ms_ctl_int (counts, "update") == 0)
    return;
  if (interrupted || ms_ctl_object (import, "error") != NULL)
    ms_ctl_printerr (
        _ ("Import %s stopped. mailsteadctl undo --import %s takes back what was done\n"), id, id);
  else
    ms_ctl_print (_ ("Import %s; mailsteadctl undo --import %s takes it back\n"), id, id);
}

/* @failure: what the server says of why it stopped */
static MsExit
fail (JsonObject *failure, GError **error)
{
  const char *detail = ms_ctl_string (failure, "detail");
  const char *status = ms_ctl_string (failure, "status");
  MsError     code = status != NULL ? ms_error_from_http_status (atoi (status)) : MS_ERROR_INVALID;

  if (detail == NULL)
    detail = _ ("The import failed");
  if (ms_ctl_int (failure, "line") > 0)
    ms_error_set (error,
                  code,
                  NULL,
                  NULL,
                  _ ("line %" G_GINT64_FORMAT ": %s"), ms_ctl_int (failure, "line"), detail);
  else
    ms_error_set (error, code, NULL, NULL, "%s", detail);
  return MS_EXIT_FAILED;
}

static MsExit
finish (MsCtl *ctl, JsonObject *import, const char *id, gboolean interrupted, GError **error)
{
  JsonObject *failure = ms_ctl_object (import, "error");
  gint64      refused = ms_ctl_int (ms_ctl_object (import, "counts"), "refuse");

  if (!save_results (ctl, import, id, error))
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (import);
  else
    {
      if (refused > 0 && !print_refused (ctl, id, error))
        return MS_EXIT_FAILED;
      print_summary (import);
      print_undo (import, id, interrupted);
    }
  if (interrupted)
    return MS_EXIT_CANCELLED;
  if (failure != NULL)
    return fail (failure, error);
  return refused > 0 ? MS_EXIT_FAILED : MS_EXIT_OK;
}

static gboolean
check_place (const char *path, GError **error)
{
  g_autofree char *folder = path != NULL ? g_path_get_dirname (path) : NULL;

  if (folder == NULL || g_access (folder, W_OK) == 0)
    return TRUE;
  int reason = errno;
  ms_error_set (error,
                MS_ERROR_INVALID,
                NULL,
                NULL,
                _ ("%s cannot be written: %s"), path, g_strerror (reason));
  return FALSE;
}

/* Before anything is done: what cannot be written afterwards is lost, passwords for good. */
static MsExit
check_places (GError **error)
{
  if (option_generate && !option_rehearse && option_passwords == NULL)
    {
      ms_ctl_usage_error (error,
                          _ ("Generated passwords are given once: say --passwords FILE as well"));
      return MS_EXIT_USAGE;
    }
  return check_place (option_passwords, error) && check_place (option_rejects, error)
             ? MS_EXIT_OK
             : MS_EXIT_FAILED;
}

static MsExit
run_import (MsCtl *ctl, char **args, GError **error)
{
  gboolean interrupted = FALSE;
  MsExit   places = check_places (error);

  if (places != MS_EXIT_OK)
    return places;
  g_autoptr (JsonObject) uploaded = upload (ctl, args[0], error);
  if (uploaded == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *id = g_strdup (ms_ctl_string (uploaded, "id"));
  g_autoptr (JsonObject) options = id != NULL ? make_options (ctl, uploaded, error) : NULL;
  if (options == NULL)
    {
      if (id == NULL)
        ms_error_set (
            error, MS_ERROR_UNAVAILABLE, NULL, NULL, _ ("The server did not take the file"));
      return MS_EXIT_FAILED;
    }

  g_autoptr (JsonObject) import = run_to_end (ctl, id, options, &interrupted, error);
  return import != NULL ? finish (ctl, import, id, interrupted, error) : MS_EXIT_FAILED;
}

/* Export
 * -----------------------------------------------------------------------------------------------
 */

static MsExit
run_export (MsCtl *ctl, char **args, GError **error)
{
  static const struct
  {
    const char *word;
    const char *type_name;
  } words[] = { { "mailboxes", "Mailbox" }, { "users", "User" }, { "lists", "Group" } };
  const char *type_name = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (words[i].word, args[0]) == 0)
      type_name = words[i].type_name;
  if (type_name == NULL)
    {
      ms_ctl_usage_error (error, _ ("Export what? users, mailboxes or lists"));
      return MS_EXIT_USAGE;
    }

  g_autoptr (GString) url = g_string_new (NULL);
  g_string_append_printf (url, "/api/v1/export?type=%s", type_name);
  if (option_filter != NULL)
    {
      g_string_append (url, "&filter=");
      g_string_append_uri_escaped (url, option_filter, NULL, FALSE);
    }
  if (args[1] != NULL)
    {
      g_autofree char *search = g_strjoinv (" ", args + 1);
      g_string_append (url, "&search=");
      g_string_append_uri_escaped (url, search, NULL, FALSE);
    }
  if (option_output != NULL)
    return ms_ctl_check_new_file (option_output, option_replace, error)
                   && ms_ctl_download_to (ctl, url->str, option_output, 0644, error)
               ? MS_EXIT_OK
               : MS_EXIT_FAILED;
  g_autoptr (GOutputStream) output = g_unix_output_stream_new (STDOUT_FILENO, FALSE);
  return ms_ctl_download (ctl, url->str, output, error) ? MS_EXIT_OK : MS_EXIT_FAILED;
}

const MsCtlVerb ms_verbs_import[] = {
  { "import",
    NULL,
    "FILE",
    N_ ("Import mailboxes and users from CSV; - is the standard input"),
        1,
        1,
        TRUE,
        import_options,
        run_import },
    { "export",
      NULL,
      "users|mailboxes|lists [WORD…]",
      N_ ("Write CSV that import takes back"), 1, -1, TRUE, export_options, run_export },
      { NULL },
  };
