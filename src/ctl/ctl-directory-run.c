/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * directory rehearse, run, cancel, rows, undo. The server does the work; this shows how far it is
 * and says who was refused and why.
 */
#include "config.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl-directory-private.h"

#define POLL_MS 200
#define SHOWN_REFUSED 50

static gboolean option_force;
static gboolean option_dry_run;
static char    *option_status;
static int      option_limit = 100;

/* clang-format off */
const GOptionEntry ms_directory_run_options[] = {
  { "force", 0, 0, G_OPTION_ARG_NONE, &option_force, N_ ("Also where more users would leave, or lose something, than leaverLimit says"), NULL },
  { NULL },
};

const GOptionEntry ms_directory_rows_options[] = {
  { "status", 0, 0, G_OPTION_ARG_STRING, &option_status, N_ ("Only those that this happened to"), "create|update|rename|disable|enable|delete|refuse|unchanged" },
  { "limit", 0, 0, G_OPTION_ARG_INT, &option_limit, N_ ("How many (100)"), N_ ("N") },
  { NULL },
};

const GOptionEntry ms_directory_undo_options[] = {
  { "dry-run", 0, 0, G_OPTION_ARG_NONE, &option_dry_run, N_ ("Only say what would happen"), NULL },
  { NULL },
};
/* clang-format on */

static const char *
or_empty (const char *text)
{
  return text != NULL ? text : "";
}

/* Running ----------------------------------------------------------------------------------- */

static gboolean
on_interrupt_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

static void
show_progress (JsonObject *directory)
{
  JsonObject *progress = ms_ctl_object (directory, "progress");

  if (!isatty (STDERR_FILENO))
    return;
  if (progress != NULL && ms_ctl_int (progress, "total") > 0)
    fprintf (stderr,
             _ ("\r\033[K%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT),
                ms_ctl_int (progress, "done"),
                ms_ctl_int (progress, "total"));
  else if (progress != NULL && ms_ctl_int (progress, "found") > 0)
    fprintf (stderr, _ ("\r\033[K%" G_GINT64_FORMAT " found"), ms_ctl_int (progress, "found"));
  fflush (stderr);
}

static void
end_progress (void)
{
  if (isatty (STDERR_FILENO))
    fputs ("\r\033[K", stderr);
}

static gboolean
is_busy (JsonObject *directory)
{
  return g_strcmp0 (ms_ctl_string (directory, "state"), "idle") != 0;
}

/* Until it has ended; Ctrl-C asks the server to stop, and what was done stays and can be undone.
 * (transfer full) */
static JsonObject *
wait_for_end (MsCtl *ctl, JsonObject *started, gboolean *interrupted, GError **error)
{
  g_autofree char *poll = ms_ctl_directory_path (started, NULL);
  g_autofree char *cancel = ms_ctl_directory_path (started, "cancel");
  gboolean         told = FALSE;
  g_autoptr (JsonObject) now = json_object_ref (started);
  guint source = g_unix_signal_add (SIGINT, on_interrupt_cb, interrupted);

  for (guint wait = 20; now != NULL && is_busy (now); wait = POLL_MS)
    {
      ms_ctl_sleep (wait);
      if (*interrupted && !told)
        {
          g_autoptr (MsReply) cancelled = ms_ctl_request (ctl, "POST", cancel, NULL, NULL);
          told = TRUE;
        }
      g_clear_pointer (&now, json_object_unref);
      now = ms_ctl_get (ctl, poll, error);
      if (now != NULL)
        show_progress (now);
    }
  end_progress ();
  g_source_remove (source);
  return g_steal_pointer (&now);
}

/* Results ----------------------------------------------------------------------------------- */

static gboolean
print_refused (MsCtl *ctl, JsonObject *directory, GError **error)
{
  g_autofree char *path = ms_ctl_directory_path (directory, "rows");
  g_autofree char *query = g_strdup_printf ("%s?status=refuse&count=%d", path, SHOWN_REFUSED);
  g_autoptr (JsonObject) answer = ms_ctl_get (ctl, query, error);

  if (answer == NULL)
    return FALSE;
  g_autoptr (JsonArray) rows = ms_ctl_array (answer, "rows");
  for (guint i = 0; i < json_array_get_length (rows); i++)
    {
      g_autoptr (JsonObject) row = ms_ctl_element (rows, i);
      const char *dn = ms_ctl_string (row, "dn");
      const char *field = ms_ctl_string (row, "field");

      if (ctl->json)
        {
          ms_ctl_print_json_note ("refused", json_node_init_object (json_node_alloc (), row), NULL);
          continue;
        }
      ms_ctl_printerr ("%s%s%s: %s\n",
                       dn != NULL && *dn != '\0' ? dn : or_empty (ms_ctl_string (row, "userName")),
                       field != NULL && *field != '\0' ? ", " : "",
                       or_empty (field),
                       or_empty (ms_ctl_string (row, "reason")));
    }
  if (ms_ctl_int (answer, "total") > SHOWN_REFUSED && !ctl->json)
    ms_ctl_printerr (_ ("… and %" G_GINT64_FORMAT
                        " more; mailsteadctl directory rows NAME --status refuse shows them\n"),
                        ms_ctl_int (answer, "total") - SHOWN_REFUSED);
  return TRUE;
}

static void
print_counts (JsonObject *last)
{
  static const struct
  {
    const char *name;
    const char *rehearsed;
    const char *done;
  } words[] = {
    { "found",
      N_ ("found"), N_ ("found") },
      { "create",
        N_ ("to create"), N_ ("created") },
        { "update",
          N_ ("to change"), N_ ("changed") },
          { "rename",
            N_ ("to rename"), N_ ("renamed") },
            { "enable",
              N_ ("to enable"), N_ ("enabled") },
              { "disable",
                N_ ("to disable"), N_ ("disabled") },
                { "delete",
                  N_ ("to delete"), N_ ("deleted") },
                  { "refuse",
                    N_ ("refused"), N_ ("refused") },
                    { "unchanged", N_ ("as they should be"), N_ ("unchanged") },
                    };
  JsonObject *counts = ms_ctl_object (last, "counts");
  gboolean    rehearsed = g_strcmp0 (ms_ctl_string (last, "mode"), "rehearse") == 0;
  g_autoptr (GString) line = g_string_new (NULL);

  for (gsize i = 0; counts != NULL && i < G_N_ELEMENTS (words); i++)
    {
      gint64 n = ms_ctl_int (counts, words[i].name);
      if (n > 0 || i == 0)
        g_string_append_printf (line,
                                "%s%" G_GINT64_FORMAT " %s",
                                line->len > 0 ? ", " : "",
                                n,
                                _ (rehearsed ? words[i].rehearsed : words[i].done));
    }
  if (line->len > 0)
    ms_ctl_print ("%s\n", line->str);
}

/* What it came to, once @directory says that it has ended. */
static MsExit
finish (MsCtl *ctl, JsonObject *directory, gboolean interrupted, GError **error)
{
  JsonObject *last = ms_ctl_object (directory, "last");
  const char *result = last != NULL ? ms_ctl_string (last, "result") : NULL;
  JsonObject *counts = last != NULL ? ms_ctl_object (last, "counts") : NULL;
  gint64      refused = counts != NULL ? ms_ctl_int (counts, "refuse") : 0;
  g_autoptr (GError) untold = NULL;

  if (last == NULL)
    {
      ms_error_set (
          error, MS_ERROR_UNAVAILABLE, NULL, NULL, _ ("The server does not say how it ended"));
      return MS_EXIT_FAILED;
    }
  if (refused > 0)
    (void) print_refused (ctl, directory, &untold); /* said below */
  if (ctl->json)
    ms_ctl_print_json_object (directory);
  else
    print_counts (last);
  if (untold != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&untold));
      return MS_EXIT_FAILED;
    }
  if (interrupted || g_strcmp0 (result, "cancelled") == 0)
    return MS_EXIT_CANCELLED;
  if (g_strcmp0 (result, "done") != 0)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    ms_ctl_string (last, "path"),
                    "%s",
                    or_empty (ms_ctl_string (last, "reason")));
      return MS_EXIT_FAILED;
    }
  return refused > 0 ? MS_EXIT_FAILED : MS_EXIT_OK;
}

static MsExit
start (MsCtl *ctl, const char *name, const char *verb, GError **error)
{
  g_autoptr (JsonObject) directory = ms_ctl_find_directory (ctl, name, error);
  gboolean interrupted = FALSE;

  if (directory == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *path = ms_ctl_directory_path (directory, verb);
  JsonObject      *body = json_object_new ();
  if (option_force)
    json_object_set_boolean_member (body, "force", TRUE);
  g_autoptr (JsonObject) started = ms_ctl_post (ctl, path, body, error);
  if (started == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (JsonObject) ended = wait_for_end (ctl, started, &interrupted, error);
  return ended != NULL ? finish (ctl, ended, interrupted, error) : MS_EXIT_FAILED;
}

MsExit
ms_ctl_directory_rehearse (MsCtl *ctl, char **args, GError **error)
{
  return start (ctl, args[0], "rehearse", error);
}

MsExit
ms_ctl_directory_run (MsCtl *ctl, char **args, GError **error)
{
  return start (ctl, args[0], "run", error);
}

MsExit
ms_ctl_directory_cancel (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) directory = ms_ctl_find_directory (ctl, args[0], error);

  if (directory == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *path = ms_ctl_directory_path (directory, "cancel");
  g_autoptr (JsonObject) answer = ms_ctl_post (ctl, path, json_object_new (), error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (answer);
  else
    ms_ctl_print (_ ("%s is told to stop; what it has written stays\n"), args[0]);
  return MS_EXIT_OK;
}

/* Afterwards -------------------------------------------------------------------------------- */

static char *
join_changes (JsonObject *row)
{
  g_autoptr (JsonArray) changes = ms_ctl_array (row, "changes");
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (changes); i++)
    {
      JsonNode *node = json_array_get_element (changes, i);
      if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
        g_string_append_printf (
            text, "%s%s", text->len > 0 ? ", " : "", json_node_get_string (node));
    }
  return g_string_free (text, FALSE);
}

static void
print_rows (JsonObject *answer)
{
  const char *const titles[] = { _ ("WHAT"), _ ("LOGIN"), _ ("ENTRY"), _ ("CHANGES"), NULL };
  g_autoptr (MsTable) table = ms_table_new (titles);
  g_autoptr (JsonArray) rows = ms_ctl_array (answer, "rows");
  gint64 total = ms_ctl_int (answer, "total");

  for (guint i = 0; i < json_array_get_length (rows); i++)
    {
      g_autoptr (JsonObject) row = ms_ctl_element (rows, i);
      const char       *reason = ms_ctl_string (row, "reason");
      g_autofree char  *changes = reason != NULL ? g_strdup (reason) : join_changes (row);
      const char *const cells[] = { or_empty (ms_ctl_string (row, "status")),
                                    or_empty (ms_ctl_string (row, "userName")),
                                    or_empty (ms_ctl_string (row, "dn")),
                                    changes,
                                    NULL };
      ms_table_add (table, cells);
    }
  if (ms_table_get_n_rows (table) > 0)
    ms_table_print (table);
  else
    ms_ctl_print (_ ("Nothing to tell\n"));
  if (total > json_array_get_length (rows))
    ms_ctl_print (_ ("%u of %" G_GINT64_FORMAT "; --limit N shows more\n"), json_array_get_length (rows), total);
}

MsExit
ms_ctl_directory_rows (MsCtl *ctl, char **args, GError **error)
{
  if (!ms_ctl_check_count ("limit", option_limit, 1, 1000, error))
    return MS_EXIT_USAGE;
  g_autoptr (JsonObject) directory = ms_ctl_find_directory (ctl, args[0], error);
  if (directory == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *path = ms_ctl_directory_path (directory, "rows");
  g_autofree char *status
      = option_status != NULL ? g_uri_escape_string (option_status, NULL, FALSE) : NULL;
  g_autofree char *query = g_strdup_printf (
      "%s?count=%d%s%s", path, option_limit, status != NULL ? "&status=" : "", or_empty (status));
  g_autoptr (JsonObject) answer = ms_ctl_get (ctl, query, error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (answer);
  else
    print_rows (answer);
  return MS_EXIT_OK;
}

MsExit
ms_ctl_directory_undo (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) directory = ms_ctl_find_directory (ctl, args[0], error);

  if (directory == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *path = ms_ctl_directory_path (directory, "undo");
  JsonObject      *body = json_object_new ();
  if (option_dry_run)
    json_object_set_boolean_member (body, "dryRun", TRUE);
  g_autoptr (JsonObject) answer = ms_ctl_post (ctl, path, body, error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *text = g_strdup_printf (_ ("The last run of %s undone"), args[0]);
  return ms_report_partial (ctl, answer, "undone", text, option_dry_run);
}
