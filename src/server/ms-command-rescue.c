/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadd rescue: what can still be read of a damaged store, as a new one.
 */
#include "ms-command-store.h"

#include "ms-copy.h"
#include "ms-rescue.h"

static void
show_loss (const char *loss, gpointer user_data)
{
  g_print ("%s\n", loss);
}

static gboolean
rescue (const char *file, const char *to, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (file, NULL);
  g_autofree char *uri = g_strconcat (MS_BACKUP_SCHEME, path, NULL);
  g_autofree char *target = g_canonicalize_filename (to, NULL);
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  MsCommandWatch watch;
  gint64         saved = 0;
  gint64         losses = 0;

  ms_command_watch_begin (&watch);
  gboolean done
      = ms_rescue (uri, target, schemas, &watch.progress, show_loss, NULL, &saved, &losses, error);
  ms_command_watch_end (&watch);
  if (!done)
    return FALSE;
  g_print ("%s: %" G_GINT64_FORMAT " objects saved, %" G_GINT64_FORMAT " losses\n",
           target,
           saved,
           losses);
  return TRUE;
}

int
ms_command_rescue (int argc, char **argv)
{
  g_autofree char   *to = NULL;
  const GOptionEntry entries[] = {
    { "to", 0, 0, G_OPTION_ARG_FILENAME, &to, "The new store", "NEWFILE" },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = NULL;
  int exit_code = MS_EXIT_DONE;

  words = ms_command_parse_words (argc,
                                  argv,
                                  "FILE",
                                  1,
                                  1,
                                  "Make a new store of all that can be read in a damaged one, and "
                                  "say what cannot. The damaged file is only read.",
                                  entries,
                                  &exit_code);
  if (words == NULL)
    return exit_code;
  if (to == NULL)
    {
      g_printerr ("mailsteadd rescue: --to is missing; see mailsteadd rescue --help\n");
      return MS_EXIT_USAGE;
    }
  return rescue (words[0], to, &error) ? MS_EXIT_DONE : ms_command_fail (error);
}
