/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whole stores on this machine. They need the store's files, not a server, so mailsteadd does the
 * work; it takes the place of this program, with the same words.
 */
#include "ms-ctl.h"

#include <errno.h>
#include <unistd.h>

static char    *data_folder;
static char    *store_uri;
static gboolean replace;
static char    *rescue_to;
static char    *rescue_csv;

/* Rows of more than one table. */
#define DATA_OPTION                                                                                \
  {                                                                                                \
    "data", 0, 0, G_OPTION_ARG_FILENAME, &data_folder,                                             \
        N_ ("Folder with the settings of mailsteadd"), N_ ("DIR")                                  \
  }
#define STORE_OPTION                                                                               \
  {                                                                                                \
    "store", 0, 0, G_OPTION_ARG_STRING, &store_uri, N_ ("Address of the store"), N_ ("URI")        \
  }

static const GOptionEntry data_options[] = {
  DATA_OPTION,
  { NULL },
};

static const GOptionEntry place_options[] = {
  DATA_OPTION,
  STORE_OPTION,
  { NULL },
};

static const GOptionEntry restore_options[] = {
  DATA_OPTION,
  STORE_OPTION,
  { "replace",
    0,
    0,
    G_OPTION_ARG_NONE,
    &replace,
    N_ ("Keep a store that is there under another name"), NULL },
    { NULL },
  };

static const GOptionEntry rescue_options[] = {
  { "to",
    0,
    0,
    G_OPTION_ARG_FILENAME,
    &rescue_to,
    N_ ("Make a new store"), N_ ("NEWFILE") },
    { "csv",
      0,
      0,
      G_OPTION_ARG_FILENAME,
      &rescue_csv,
      N_ ("Write a CSV file for each type, as the import takes them"), N_ ("FOLDER") },
      { NULL },
    };

/* Beside this program, where installations have it, or where the shell would find it. (transfer
 * full) (nullable) */
static char *
find_daemon (void)
{
  static const char *const places[] = { "mailsteadd", "../sbin/mailsteadd", NULL };
  g_autofree char         *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char         *folder = self != NULL ? g_path_get_dirname (self) : g_strdup (".");

  for (guint i = 0; places[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folder, places[i], NULL);
      if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&path);
    }
  char *path = g_find_program_in_path ("mailsteadd");
  if (path == NULL && g_file_test ("/usr/sbin/mailsteadd", G_FILE_TEST_IS_EXECUTABLE))
    path = g_strdup ("/usr/sbin/mailsteadd");
  return path;
}

/* @value: (nullable) */
static void
add_option (GPtrArray *arguments, const char *name, char *value)
{
  if (value == NULL)
    return;
  g_ptr_array_add (arguments, (char *) name);
  g_ptr_array_add (arguments, value);
}

static MsExit
become_daemon (const char *command, char **words, GError **error)
{
  g_autofree char *path = find_daemon ();
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();

  if (path == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_NOT_FOUND,
                    NULL,
                    NULL,
                    _ ("mailsteadd is not installed here; run this where the store is"));
      return MS_EXIT_FAILED;
    }
  g_ptr_array_add (arguments, path);
  g_ptr_array_add (arguments, (char *) command);
  add_option (arguments, "--data", data_folder);
  add_option (arguments, "--store", store_uri);
  add_option (arguments, "--to", rescue_to);
  add_option (arguments, "--csv", rescue_csv);
  if (replace)
    g_ptr_array_add (arguments, (char *) "--replace");
  g_ptr_array_add (arguments, (char *) "--");
  for (guint i = 0; words[i] != NULL; i++)
    g_ptr_array_add (arguments, words[i]);
  g_ptr_array_add (arguments, NULL);
  (void) execv (path, (char **) arguments->pdata); /* only returns when it fails */
  ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "%s: %s", path, g_strerror (errno));
  return MS_EXIT_FAILED;
}

static MsExit
run_backup (MsCtl *ctl, char **args, GError **error)
{
  return become_daemon ("backup", args, error);
}

static MsExit
run_restore (MsCtl *ctl, char **args, GError **error)
{
  return become_daemon ("restore", args, error);
}

static MsExit
run_verify (MsCtl *ctl, char **args, GError **error)
{
  return become_daemon ("verify", args, error);
}

static MsExit
run_copy (MsCtl *ctl, char **args, GError **error)
{
  return become_daemon ("copy", args, error);
}

static MsExit
run_rescue (MsCtl *ctl, char **args, GError **error)
{
  return become_daemon ("rescue", args, error);
}

/* clang-format off: one row, one verb */
const MsCtlVerb ms_verbs_store[] = {
  { "store",
    "backup",
    "FILE",
    N_ ("Write a store of this machine into a new file"), 1, 1, FALSE, place_options, run_backup },
    { "store",
      "restore",
      "FILE",
      N_ ("Put a backup back"), 1, 1, FALSE, restore_options, run_restore },
      { "store",
        "verify",
        "[FILE|URI]",
        N_ ("Read a whole store and say what is wrong with it"),
            0,
            1,
            FALSE,
            data_options,
            run_verify },
        { "store",
          "rescue",
          "FILE",
          N_ ("Save what can be read in a damaged store"),
              1,
              1,
              FALSE,
              rescue_options,
              run_rescue },
          { "store",
            "copy",
            "FROM TO",
            N_ ("Copy a store into an empty database"), 2, 2, FALSE, NULL, run_copy },
            { NULL },
        };
/* clang-format on */
