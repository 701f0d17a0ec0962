/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the commands share: their options and how they fail; and the smallest of them.
 */
#include "ms-commands.h"
#include "ms-error.h"
#include "ms-http.h"
#include "ms-listener.h"
#include <locale.h>
#include <string.h>

/* Prints what is wrong. */
static gboolean
check_count (const char *command, char **words, const char *usage, guint minimum, guint maximum)
{
  guint count = g_strv_length (words);

  if (count < minimum)
    g_printerr (
        "mailsteadd %s: %s is missing; see mailsteadd %s --help\n", command, usage, command);
  else if (count > maximum)
    g_printerr ("mailsteadd %s: “%s” is one word too many; see mailsteadd %s --help\n",
                command,
                words[maximum],
                command);
  return count >= minimum && count <= maximum;
}

char **
ms_command_parse_words (int                 argc,
                        char              **argv,
                        const char         *usage,
                        guint               minimum,
                        guint               maximum,
                        const char         *summary,
                        const GOptionEntry *entries,
                        int                *exit_code)
{
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) arguments = g_new0 (char *, (gsize) argc + 1);
  g_autofree char *name = g_strconcat ("mailsteadd ", argv[0], NULL);

  for (int i = 0; i < argc; i++)
    arguments[i] = g_strdup (i == 0 ? name : argv[i]);
  g_set_prgname (name);
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);
  gboolean parsed = g_option_context_parse_strv (context, &arguments, &error);
  g_set_prgname ("mailsteadd");
  if (!parsed)
    g_printerr ("mailsteadd %s: %s; see mailsteadd %s --help\n", argv[0], error->message, argv[0]);
  else if (check_count (argv[0], arguments + 1, usage, minimum, maximum))
    return g_strdupv (arguments + 1);
  *exit_code = MS_EXIT_USAGE;
  return NULL;
}

gboolean
ms_command_parse (
    int argc, char **argv, const char *summary, const GOptionEntry *entries, int *exit_code)
{
  g_auto (GStrv) words
          = ms_command_parse_words (argc, argv, NULL, 0, 0, summary, entries, exit_code);

  return words != NULL;
}

int
ms_command_fail (const GError *error)
{
  /* It may repeat what stands in a damaged file. */
  g_autofree char *valid = g_utf8_make_valid (error->message, -1);

  g_printerr ("mailsteadd: %s\n", valid);
  return error->domain == G_OPTION_ERROR ? MS_EXIT_USAGE : MS_EXIT_FAILED;
}

gboolean
ms_command_check_store (const MsConfig *config, GError **error)
{
  const char *file = config->store_uri + strlen ("sqlite:");

  /* Whether a database holds one, it says itself. */
  if (!g_str_has_prefix (config->store_uri, "sqlite:")
      || g_file_test (file, G_FILE_TEST_IS_REGULAR))
    return TRUE;
  if (g_file_test (file, G_FILE_TEST_EXISTS))
    {
      ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, "The store %s is no file.", file);
      return FALSE;
    }
  ms_error_set (error,
                MS_ERROR_NOT_FOUND,
                NULL,
                NULL,
                "There is no store at %s. Make one with “mailsteadd init --data %s”.",
                file,
                config->directory);
  return FALSE;
}

int
ms_command_check_config (int argc, char **argv)
{
  g_autofree char   *data = NULL;
  const GOptionEntry entries[] = {
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &data, "Folder with settings and store", "DIR" },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  int exit_code = MS_EXIT_DONE;

  if (!ms_command_parse (argc,
                         argv,
                         "Read the settings and the certificate, and say what is wrong with them.",
                         entries,
                         &exit_code))
    return exit_code;
  if (data == NULL)
    data = ms_config_dup_default_directory ();
  g_autoptr (MsConfig) config = ms_config_load (data, &error);
  if (config == NULL || !ms_command_check_store (config, &error)
      || !ms_listener_probe (config->listen, &error))
    return ms_command_fail (error);
  g_autoptr (MsCertificate) certificate
             = ms_certificate_load (config->certificate, config->key, &error);
  if (certificate == NULL
      || !ms_http_check_certificate (certificate->certificate_pem, certificate->key_pem, &error))
    return ms_command_fail (error);
  gboolean         has_password = ms_config_has_password (config->store_uri);
  g_autofree char *scheme = g_strndup (config->store_uri, strcspn (config->store_uri, ":") + 1);
  g_print (
      "listen       %s\nstore        %s%s\ncertificate  %s\nfingerprint  %s\nvalid until  %s\n",
      config->listen,
      has_password ? scheme : config->store_uri,
      has_password ? " an address with a password, which is not shown" : "",
      config->certificate,
      certificate->fingerprint,
      certificate->not_after);
  return MS_EXIT_DONE;
}
