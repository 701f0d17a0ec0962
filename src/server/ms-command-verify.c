/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadd verify and copy: whether a store agrees with itself, and the whole of it into another
 * database.
 */
#include "ms-command-store.h"

#include "ms-copy.h"
#include "ms-error.h"
#include "ms-schema-stored.h"
#include <libintl.h>
#include <string.h>

/* One line a problem. @count: of all. %FALSE: there are some */
static gboolean
show_problems (const char *uri, GPtrArray *problems, guint count)
{
  for (guint i = 0; i < problems->len; i++)
    g_print ("%s\n", (const char *) problems->pdata[i]);
  if (count > problems->len)
    g_print (ngettext ("and %u more\n", "and %u more\n", count - problems->len),
             count - problems->len);
  if (count > 0)
    g_printerr (ngettext ("mailsteadd: the store %s is not sound: %u problem\n",
                          "mailsteadd: the store %s is not sound: %u problems\n",
                          count),
                uri,
                count);
  return count == 0;
}

/* It is sound with them: they were right when they were added. */
static void
show_complaints (MsStore *store)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_store_ref_schemas (store);
  GPtrArray *complaints = ms_schema_registry_get_complaints (schemas);

  for (guint i = 0; i < complaints->len; i++)
    g_printerr ("mailsteadd: warning: %s\n", (const char *) complaints->pdata[i]);
}

/* @sound: (out). %FALSE: nobody knows */
static gboolean
verify (const char *uri, gboolean *sound, MsCommandWatch *watch, GError **error)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  int version = 0;
  g_autoptr (MsStore) store = ms_store_open_to_read (
      uri, schemas, MS_STORE_READ_ONLY | MS_STORE_DAMAGED, NULL, &watch->progress, &version, error);

  if (store == NULL)
    return FALSE;
  int today = ms_store_get_schema_version (store);
  if (version < today)
    g_printerr ("mailsteadd: note: the store is of the older version %d; what is read is a copy of "
                "it brought to version %d, as restore and the next start do it\n",
                version,
                today);
  show_complaints (store);
  guint count = 0;
  g_autoptr (GPtrArray) problems = ms_store_verify_with (store, &watch->progress, &count, error);
  if (problems == NULL)
    return FALSE;
  *sound = show_problems (uri, problems, count);
  if (!*sound)
    return TRUE;
  g_autofree char *digest = ms_store_digest (store, MS_DIGEST_WHOLE, watch->cancellable, error);
  if (digest == NULL)
    return FALSE;
  g_autoptr (GPtrArray) remarks = ms_store_list_remarks (store, error);
  if (remarks == NULL)
    return FALSE;
  for (guint i = 0; i < remarks->len; i++)
    g_printerr ("mailsteadd: note: %s\n", (const char *) remarks->pdata[i]);
  g_print ("sound    %s\nversion  %d\ndigest   %s\n", uri, version, digest);
  return TRUE;
}

int
ms_command_verify (int argc, char **argv)
{
  g_autofree char   *data = NULL;
  const GOptionEntry entries[] = {
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &data, "Folder with settings and store", "DIR" },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = NULL;
  MsCommandWatch watch;
  gboolean       sound = FALSE;
  int            exit_code = MS_EXIT_DONE;

  words = ms_command_parse_words (argc,
                                  argv,
                                  "[FILE|URI]",
                                  0,
                                  1,
                                  "Read a whole store or backup and say what is wrong with it. "
                                  "Writes nothing; the server may run meanwhile.",
                                  entries,
                                  &exit_code);
  if (words == NULL)
    return exit_code;
  if (words[0] != NULL && data != NULL)
    {
      g_printerr ("mailsteadd verify: --data and “%s” name a store each; give one of them; see "
                  "mailsteadd verify --help\n",
                  words[0]);
      return MS_EXIT_USAGE;
    }
  g_autofree char *uri = ms_command_find_store (words[0], data, &error);
  if (uri == NULL)
    return ms_command_fail (error);
  ms_command_watch_begin (&watch);
  gboolean done = verify (uri, &sound, &watch, &error);
  ms_command_watch_end (&watch);
  if (!done)
    return ms_command_fail (error);
  return sound ? MS_EXIT_DONE : MS_EXIT_FAILED;
}

static gboolean
copy (const char *from, const char *to, char **digest, GError **error)
{
  g_autofree char *from_uri = ms_command_find_store (from, NULL, error);
  g_autofree char *to_uri = from_uri != NULL ? ms_command_find_store (to, NULL, error) : NULL;
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  MsCommandWatch watch;

  if (to_uri == NULL)
    return FALSE;
  /* Where the target is a file there is room for a copy of an older one. */
  const char *near
      = g_str_has_prefix (to_uri, MS_BACKUP_SCHEME) ? to_uri + strlen (MS_BACKUP_SCHEME) : NULL;
  ms_command_watch_begin (&watch);
  g_autoptr (MsStore) store = ms_store_open_to_read (
      from_uri, schemas, MS_STORE_READ_ONLY, near, &watch.progress, NULL, error);
  gboolean done = store != NULL && ms_store_copy (store, to_uri, &watch.progress, digest, error);
  ms_command_watch_end (&watch);
  return done;
}

int
ms_command_copy (int argc, char **argv)
{
  const GOptionEntry entries[] = { { NULL } };
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = NULL;
  g_auto (GStrv) words = NULL;
  int exit_code = MS_EXIT_DONE;

  words = ms_command_parse_words (
      argc,
      argv,
      "FROM TO",
      2,
      2,
      "Copy a store into an empty database, of whatever kind, and compare both. FROM and TO are "
      "files, folders with settings, or addresses of stores.",
      entries,
      &exit_code);
  if (words == NULL)
    return exit_code;
  if (!copy (words[0], words[1], &digest, &error))
    return ms_command_fail (error);
  g_print ("copied  %s\ndigest  %s\n", words[1], digest);
  return MS_EXIT_DONE;
}
