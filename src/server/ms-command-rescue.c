/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadd rescue: what can still be read of a damaged store, as a new one.
 */
#include "ms-command-store.h"

#include "ms-copy.h"
#include "ms-new-file.h"
#include "ms-rescue-csv.h"
#include "ms-rescue.h"

static void
show_loss (const char *loss, gpointer user_data)
{
  g_print ("%s\n", loss);
}

/* @losses: (out) */
static gboolean
rescue (const char *file, const char *target, gint64 *losses, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (file, NULL);
  g_autofree char *uri = g_strconcat (MS_BACKUP_SCHEME, path, NULL);
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  MsCommandWatch watch;
  gint64         saved = 0;

  ms_command_watch_begin (&watch);
  gboolean done
      = ms_rescue (uri, target, schemas, &watch.progress, show_loss, NULL, &saved, losses, error);
  ms_command_watch_end (&watch);
  if (!done)
    return FALSE;
  g_print ("%s: %" G_GINT64_FORMAT " objects saved, %" G_GINT64_FORMAT " losses\n",
           path,
           saved,
           *losses);
  return TRUE;
}

static gboolean
write_csv (const char *store_path, const char *folder, GError **error)
{
  g_autoptr (GPtrArray) names = NULL;

  if (!ms_rescue_csv_write (store_path, folder, &names, error))
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    g_print ("written  %s\n", (const char *) names->pdata[i]);
  g_print ("The CSV files hold neither passwords nor what lay in the bin.\n");
  return TRUE;
}

/* @to, @csv: (nullable), not both: a new store, a folder of CSV files. These are written from a
 * store too, since only in one does what was read fit together. */
static gboolean
rescue_to (const char *file, const char *to, const char *csv, gint64 *losses, GError **error)
{
  g_autofree char *folder = csv != NULL ? g_canonicalize_filename (csv, NULL) : NULL;

  if (folder != NULL && !ms_rescue_csv_prepare (folder, error))
    return FALSE;
  g_autofree char *target = to != NULL ? g_canonicalize_filename (to, NULL)
                                       : g_build_filename (folder, "rescued.db", NULL);
  gboolean         done = rescue (file, target, losses, error)
                  && (folder == NULL || write_csv (target, folder, error));
  if (to == NULL)
    ms_new_file_discard (target);
  else if (done)
    g_print ("written  %s\n", target);
  return done;
}

int
ms_command_rescue (int argc, char **argv)
{
  g_autofree char   *to = NULL;
  g_autofree char   *csv = NULL;
  const GOptionEntry entries[] = {
    { "to", 0, 0, G_OPTION_ARG_FILENAME, &to, "Make a new store", "NEWFILE" },
    { "csv",
      0,
      0,
      G_OPTION_ARG_FILENAME,
      &csv,
      "Write a CSV file for each type, as the import takes them",
      "FOLDER" },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = NULL;
  gint64 losses = 0;
  int    exit_code = MS_EXIT_DONE;

  words = ms_command_parse_words (argc,
                                  argv,
                                  "FILE",
                                  1,
                                  1,
                                  "Save all that can be read in a damaged store, into a new one or "
                                  "into CSV files, and say what cannot. The damaged file is only "
                                  "read.",
                                  entries,
                                  &exit_code);
  if (words == NULL)
    return exit_code;
  if (to == NULL && csv == NULL)
    {
      g_printerr ("mailsteadd rescue: --to or --csv is missing; see mailsteadd rescue --help\n");
      return MS_EXIT_USAGE;
    }
  if (!rescue_to (words[0], to, csv, &losses, &error))
    return ms_command_fail (error);
  return losses == 0 ? MS_EXIT_DONE : MS_EXIT_LOSSES;
}
