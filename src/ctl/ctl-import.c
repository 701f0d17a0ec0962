/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * import. The server does the work; this uploads, shows how far it is, and says line by line what
 * was refused.
 */
#include "config.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl-import-private.h"
#include "ms-csv.h"
#include "ms-ctl-file.h"
#include "ms-ctl-verbs.h"

#define POLL_MS 150
#define SHOWN_ERRORS 50
/* Of a user in the file of passwords: log-on name, address and password, more than most need. */
#define HANDED_OUT_BYTES 160

/* Upload
 * ---------------------------------------------------------------------------------------------- */

static JsonObject *
upload (MsCtl *ctl, const char *path, GBytes *data, GError **error)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *shown = g_filename_display_name (base);
  g_autofree char *escaped = g_uri_escape_string (shown, NULL, FALSE);
  g_autofree char *url = g_strdup_printf ("/api/v1/imports?name=%s", escaped);

  g_autoptr (MsReply) reply = ms_ctl_upload (ctl, url, "text/csv", data, error);
  return reply != NULL ? ms_ctl_reply_dup_object (reply, error) : NULL;
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
      = g_strdup_printf ("/api/v1/imports/%s/%s", id, ms_import_said.rehearse ? "rehearse" : "run");
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
  if (import == NULL && !ms_import_said.rehearse)
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

      if (ctl->json)
        {
          ms_ctl_print_json_note ("refused", json_node_init_object (json_node_alloc (), row), NULL);
          continue;
        }
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

/* Rows as they were, and so with the passwords of the file. They can be had again. */
static gboolean
save_rejects (MsCtl *ctl, JsonObject *import, const char *id, GError **error)
{
  g_autofree char *rejects = g_strdup_printf ("/api/v1/imports/%s/rejects", id);

  return ms_import_said.rejects == NULL
         || ms_ctl_int (ms_ctl_object (import, "counts"), "refuse") == 0
         || ms_ctl_download_to (ctl, rejects, ms_import_said.rejects, 0600, error);
}

/* What to do about passwords that did not come to where they were to: that depends on whether the
 * server has given them already. (transfer full) */
static char *
describe_loss (MsCtl *ctl, const char *id, const char *part)
{
  g_autofree char *path = g_strdup_printf ("/api/v1/imports/%s", id);
  g_autoptr (JsonObject) import = ms_ctl_get (ctl, path, NULL); /* not known then */

  if (import == NULL || ms_ctl_int (import, "passwords") > 0)
    return g_strdup_printf (import == NULL ? _ ("the server does not answer now; unless it has handed the passwords out already, mailsteadctl scim GET /api/v1/imports/%s/passwords gives them once")
                                           : _ ("the passwords are still there: mailsteadctl scim GET /api/v1/imports/%s/passwords gives them once"),
                                                id);
  if (part != NULL)
    return g_strdup_printf (
        _ ("those that came are in %s, the others are lost: reset them by mailsteadctl user password LOGIN, or take the import back by mailsteadctl undo --import %s"),
           part,
           id);
  return g_strdup_printf (_ ("they are lost: reset them by mailsteadctl user password LOGIN, or take the import back by mailsteadctl undo --import %s"),
                             id);
}

/* @target: (nullable): where no passwords are made */
static gboolean
save_passwords (MsCtl *ctl, JsonObject *import, const char *id, MsCtlTarget *target, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/api/v1/imports/%s/passwords", id);
  gint64           n = ms_ctl_int (import, "passwords");
  g_autoptr (GError) failed = NULL;

  if (target == NULL || n == 0 || ms_ctl_target_fill (target, ctl, path, &failed))
    return TRUE;
  g_autofree char *loss = describe_loss (ctl, id, ms_ctl_target_get_part (target));
  g_set_error (error,
               failed->domain,
               failed->code,
               ngettext ("%s. Import %s made %" G_GINT64_FORMAT " password; %s",
                         "%s. Import %s made %" G_GINT64_FORMAT " passwords; %s",
                         (gulong) n),
               failed->message,
               id,
               n,
               loss);
  return FALSE;
}

/* How the file was read: who sees that it was taken for another encoding can say which it is. */
static void
print_format (JsonObject *import)
{
  JsonObject *format = ms_ctl_object (import, "format");
  const char *encoding = ms_ctl_string (format, "encoding");
  const char *delimiter = ms_ctl_string (format, "delimiter");

  if (encoding == NULL || delimiter == NULL)
    return;
  if (g_str_equal (delimiter, "\t"))
    ms_ctl_print (_ ("Read as %s, columns divided by tabs\n"), encoding);
  else
    ms_ctl_print (_ ("Read as %s, columns divided by “%s”\n"), encoding, delimiter);
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
  ms_ctl_print (ms_import_said.rehearse
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

  if (ms_import_said.rehearse || ms_ctl_int (counts, "create") + ms_ctl_int (counts, "update") == 0)
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

/* What was done is told also where something of it could not be saved. */
static MsExit
finish (MsCtl       *ctl,
        JsonObject  *import,
        const char  *id,
        MsCtlTarget *passwords,
        gboolean     interrupted,
        GError     **error)
{
  JsonObject *failure = ms_ctl_object (import, "error");
  gint64      refused = ms_ctl_int (ms_ctl_object (import, "counts"), "refuse");
  g_autoptr (GError) unsaved = NULL;
  g_autoptr (GError) untold = NULL;

  if (save_passwords (ctl, import, id, passwords, &unsaved))
    (void) save_rejects (ctl, import, id, &unsaved); /* said below */
  if (refused > 0)
    (void) print_refused (ctl, id, &untold); /* said below */
  if (ctl->json)
    ms_ctl_print_json_object (import);
  else
    {
      print_summary (import);
      print_undo (import, id, interrupted);
      print_format (import);
    }
  GError **worst = unsaved != NULL ? &unsaved : &untold;
  if (*worst != NULL)
    {
      g_propagate_error (error, g_steal_pointer (worst));
      return MS_EXIT_FAILED;
    }
  if (interrupted)
    return MS_EXIT_CANCELLED;
  if (failure != NULL)
    return fail (failure, error);
  return refused > 0 ? MS_EXIT_FAILED : MS_EXIT_OK;
}

/* @path: (nullable) */
static gboolean
check_place (const char *path, GError **error)
{
  g_autofree char *folder = path != NULL ? g_path_get_dirname (path) : NULL;

  if (folder == NULL)
    return TRUE;
  if (g_access (folder, W_OK) == 0)
    return ms_ctl_check_new_file (path, ms_import_said.replace, error);
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
  if (ms_import_said.generate && !ms_import_said.rehearse && ms_import_said.passwords == NULL)
    {
      ms_ctl_usage_error (error,
                          _ ("Generated passwords are given once: say --passwords FILE as well"));
      return MS_EXIT_USAGE;
    }
  if (ms_import_said.passwords != NULL
      && g_strcmp0 (ms_import_said.passwords, ms_import_said.rejects) == 0)
    {
      ms_ctl_usage_error (error, _ ("--passwords and --rejects name the same file"));
      return MS_EXIT_USAGE;
    }
  /* A rehearsal makes no passwords. */
  return check_place (ms_import_said.rehearse ? NULL : ms_import_said.passwords, error)
                 && check_place (ms_import_said.rejects, error)
             ? MS_EXIT_OK
             : MS_EXIT_FAILED;
}

/* %FALSE where the passwords that the server would make and hand out once have no place. @target:
 * (out) (nullable) */
static gboolean
reserve_place (JsonObject *uploaded, MsCtlTarget **target, GError **error)
{
  *target = NULL;
  if (ms_import_said.passwords == NULL || ms_import_said.rehearse)
    return TRUE;
  *target = ms_ctl_target_open (
      ms_import_said.passwords, 0600, ms_ctl_int (uploaded, "records") * HANDED_OUT_BYTES, error);
  return *target != NULL;
}

static MsExit
run_import (MsCtl *ctl, char **args, GError **error)
{
  gboolean interrupted = FALSE;
  MsExit   places = check_places (error);

  if (places != MS_EXIT_OK)
    return places;
  g_autoptr (GBytes) data = ms_ctl_read_file (args[0], ms_csv_default_limits.max_file, error);
  if (data == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (JsonObject) uploaded = upload (ctl, args[0], data, error);
  if (uploaded == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *id = g_strdup (ms_ctl_string (uploaded, "id"));
  g_autoptr (JsonObject) options
             = id != NULL ? ms_import_make_options (ctl, uploaded, data, error) : NULL;
  if (options == NULL)
    {
      if (id == NULL)
        ms_error_set (
            error, MS_ERROR_UNAVAILABLE, NULL, NULL, _ ("The server did not take the file"));
      return MS_EXIT_FAILED;
    }

  g_autoptr (MsCtlTarget) passwords = NULL;
  if (!reserve_place (uploaded, &passwords, error))
    return MS_EXIT_FAILED;
  g_autoptr (JsonObject) import = run_to_end (ctl, id, options, &interrupted, error);
  return import != NULL ? finish (ctl, import, id, passwords, interrupted, error) : MS_EXIT_FAILED;
}

const MsCtlVerb ms_verbs_import[] = {
  { "import",
    NULL,
    "FILE",
    N_ ("Import mailboxes and users from CSV; - is the standard input"),
        1,
        1,
        TRUE,
        ms_import_options,
        run_import },
    { NULL },
};
