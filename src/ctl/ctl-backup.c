/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * backup …: backups that the server makes by itself, and one at once; server verify.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-verbs.h"

#define POLL_MS 200

static const char *
or_empty (const char *text)
{
  return text != NULL ? text : "";
}

static MsExit
print_backups (JsonObject *answer, gpointer user_data, GError **error)
{
  const char *titles[] = { _ ("NAME"), _ ("TIME"), _ ("SIZE"), _ ("STATE"), _ ("DIGEST"), NULL };
  g_autoptr (MsTable) table = ms_table_new (titles);
  g_autoptr (JsonArray) backups = ms_ctl_array (answer, "backups");

  for (guint i = 0; i < json_array_get_length (backups); i++)
    {
      g_autoptr (JsonObject) backup = ms_ctl_element (backups, i);
      g_autofree char *time = ms_ctl_format_time (ms_ctl_string (backup, "time"));
      gint64           bytes = ms_ctl_int (backup, "size");
      /* No bytes are no limit elsewhere, but here a file that holds nothing. */
      g_autofree char *size = bytes > 0 ? ms_ctl_format_size (bytes) : g_strdup ("0 B");
      const char      *cells[] = { or_empty (ms_ctl_string (backup, "name")),
                                   time,
                                   size,
                                   or_empty (ms_ctl_string (backup, "state")),
                                   or_empty (ms_ctl_string (backup, "digest")),
                                   NULL };
      ms_table_add (table, cells);
    }
  ms_table_print (table);
  if (ms_ctl_string (answer, "error") != NULL)
    {
      ms_error_set (error, MS_ERROR_INTERNAL, NULL, NULL, "%s", ms_ctl_string (answer, "error"));
      return MS_EXIT_FAILED;
    }
  g_autofree char *next = ms_ctl_format_time (ms_ctl_string (answer, "next"));
  if (ms_ctl_string (answer, "next") != NULL)
    ms_ctl_print (_ ("The next one is due at %s\n"), next);
  return MS_EXIT_OK;
}

static MsExit
run_list (MsCtl *ctl, char **args, GError **error)
{
  return ms_ctl_show (ctl, "/api/v1/backups", print_backups, NULL, error);
}

/* Begins a job and waits for its end. (transfer full) (nullable) */
static JsonObject *
run_job (MsCtl *ctl, const char *path, GError **error)
{
  g_autoptr (MsReply) started = ms_ctl_request (ctl, "POST", path, NULL, error);

  if (started == NULL)
    return NULL;
  while (TRUE)
    {
      g_autoptr (JsonObject) now = ms_ctl_get (ctl, path, error);
      JsonObject *job = now != NULL ? ms_ctl_object (now, "job") : NULL;
      if (now != NULL && job == NULL)
        ms_error_set (error,
                      MS_ERROR_UNAVAILABLE,
                      NULL,
                      NULL,
                      _ ("The server was started again meanwhile, and has forgotten of it"));
      if (job == NULL)
        return NULL;
      if (g_strcmp0 (ms_ctl_string (job, "state"), "running") != 0)
        return json_object_ref (job);
      ms_ctl_sleep (POLL_MS);
    }
}

static gboolean
has_failed (JsonObject *job, GError **error)
{
  if (g_strcmp0 (ms_ctl_string (job, "state"), "failed") != 0)
    return FALSE;
  ms_error_set (
      error, MS_ERROR_INTERNAL, NULL, NULL, "%s", or_empty (ms_ctl_string (job, "error")));
  return TRUE;
}

static MsExit
run_now (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) job = run_job (ctl, "/api/v1/backups", error);

  if (job == NULL || has_failed (job, error))
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (job);
  else
    ms_ctl_print (_ ("%s is whole; digest %s\n"),
                     or_empty (ms_ctl_string (job, "name")),
                     or_empty (ms_ctl_string (job, "digest")));
  return MS_EXIT_OK;
}

MsExit
ms_ctl_server_verify (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) job = run_job (ctl, "/api/v1/verify", error);
  gint64 count = job != NULL ? ms_ctl_int (job, "problemCount") : 0;

  if (job == NULL || has_failed (job, error))
    return MS_EXIT_FAILED;
  if (ctl->json)
    {
      ms_ctl_print_json_object (job);
      return count == 0 ? MS_EXIT_OK : MS_EXIT_FAILED;
    }
  g_autoptr (JsonArray) problems = ms_ctl_array (job, "problems");
  for (guint i = 0; i < json_array_get_length (problems); i++)
    ms_ctl_print ("%s\n", json_array_get_string_element (problems, i));
  g_autoptr (JsonArray) notes = ms_ctl_array (job, "notes");
  for (guint i = 0; i < json_array_get_length (notes); i++)
    ms_ctl_printerr (_ ("Note: %s\n"), json_array_get_string_element (notes, i));
  if (count == 0)
    ms_ctl_print (_ ("The store is sound; digest %s\n"), or_empty (ms_ctl_string (job, "digest")));
  else
    ms_ctl_print (ngettext ("The store is not sound: %u problem\n",
                            "The store is not sound: %u problems\n",
                            (gulong) count),
                  (guint) count);
  return count == 0 ? MS_EXIT_OK : MS_EXIT_FAILED;
}

const MsCtlVerb ms_verbs_backup[] = {
  { "backup",
    "list",
    NULL,
    N_ ("List the backups that the server has made"), 0, 0, TRUE, NULL, run_list },
    { "backup",
      "now",
      NULL,
      N_ ("Let the server make a backup, and wait for it"), 0, 0, TRUE, NULL, run_now },
      { NULL },
  };
