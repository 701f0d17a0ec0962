/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadd backup and restore: a store in one file, made beside a running server, and put back
 * where none runs.
 */
#include "ms-command-store.h"

#include "ms-copy.h"
#include "ms-error.h"
#include <glib/gstdio.h>
#include <string.h>

static gboolean
backup (const char *data, const char *store, const char *file, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (file, NULL);
  g_autofree char *uri = ms_command_find_store (store, data, error);
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  MsCommandWatch watch;
  GStatBuf       st;

  if (uri == NULL)
    return FALSE;
  ms_command_watch_begin (&watch);
  gboolean done = ms_backup (uri, schemas, path, &watch.progress, error);
  ms_command_watch_end (&watch);
  if (!done)
    return FALSE;
  g_autofree char *size
      = g_stat (path, &st) == 0 ? g_format_size ((guint64) st.st_size) : g_strdup ("?");
  g_print ("%s: %s\n", path, size);
  return TRUE;
}

int
ms_command_backup (int argc, char **argv)
{
  g_autofree char   *data = NULL;
  g_autofree char   *store = NULL;
  const GOptionEntry entries[] = {
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &data, "Folder with settings and store", "DIR" },
    { "store", 0, 0, G_OPTION_ARG_STRING, &store, "Another store than that", "URI" },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = NULL;
  int exit_code = MS_EXIT_DONE;

  words = ms_command_parse_words (
      argc,
      argv,
      "FILE",
      1,
      1,
      "Write the store into a new file, one snapshot of it. The server may run meanwhile.",
      entries,
      &exit_code);
  if (words == NULL)
    return exit_code;
  return backup (data, store, words[0], &error) ? MS_EXIT_DONE : ms_command_fail (error);
}

static gboolean
restore (const char *data, const char *store, const char *file, gboolean replace, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (file, NULL);
  g_autofree char *uri = ms_command_find_store (store, data, error);
  g_autofree char *kept = NULL;
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  MsCommandWatch watch;
  gint64         sequence = 0;

  if (uri == NULL)
    return FALSE;
  ms_command_watch_begin (&watch);
  gboolean done
      = ms_restore (path, uri, schemas, replace, &watch.progress, &kept, &sequence, error);
  ms_command_watch_end (&watch);
  if (!done)
    {
      if (error != NULL && g_error_matches (*error, MS_ERROR, MS_ERROR_CONFLICT) && !replace)
        g_prefix_error (error,
                        g_str_has_prefix (uri, "sqlite:")
                            ? "Nothing was put back; --replace keeps the old store aside. "
                            : "Nothing was put back; make an empty database and name it with "
                              "--store. ");
      return FALSE;
    }
  g_print ("The store was put back; its changes go on from number %" G_GINT64_FORMAT
           ", above all that were given out before.\n",
           sequence);
  if (kept != NULL)
    g_print ("The one that was there is %s\n", kept);
  return TRUE;
}

int
ms_command_restore (int argc, char **argv)
{
  g_autofree char   *data = NULL;
  g_autofree char   *store = NULL;
  gboolean           replace = FALSE;
  const GOptionEntry entries[] = {
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &data, "Folder with settings and store", "DIR" },
    { "store", 0, 0, G_OPTION_ARG_STRING, &store, "Another place than that", "URI" },
    { "replace",
      0,
      0,
      G_OPTION_ARG_NONE,
      &replace,
      "Where a store is already, keep it under another name",
      NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = NULL;
  int exit_code = MS_EXIT_DONE;

  words
      = ms_command_parse_words (argc,
                                argv,
                                "FILE",
                                1,
                                1,
                                "Put a backup back, once it is found to be sound. The server must "
                                "not be running.",
                                entries,
                                &exit_code);
  if (words == NULL)
    return exit_code;
  return restore (data, store, words[0], replace, &error) ? MS_EXIT_DONE : ms_command_fail (error);
}
