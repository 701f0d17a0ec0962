/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-command-store.h.
 */
#include "ms-command-store.h"

#include "ms-copy.h"
#include "ms-error.h"
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define SHOW_USEC (200 * 1000)

static volatile sig_atomic_t stopped = 0;

static void
on_signal (int number)
{
  stopped = 1;
}

static char *
find_in_folder (const char *folder, GError **error)
{
  g_autoptr (MsConfig) config = ms_config_load (folder, error);

  return config != NULL ? g_strdup (config->store_uri) : NULL;
}

gboolean
ms_command_check_address (const char *word, GError **error)
{
  if (!ms_config_has_password (word))
    return TRUE;
  g_set_error_literal (
      error,
      G_OPTION_ERROR,
      G_OPTION_ERROR_BAD_VALUE,
      "A password in the address of a store can be seen by everybody on this machine "
      "while the command runs. Put it into ~/.pgpass, or name the folder whose "
      "settings have the address.");
  return FALSE;
}

char *
ms_command_find_store (const char *word, const char *data, GError **error)
{
  if (word == NULL)
    {
      g_autofree char *folder = data != NULL ? g_strdup (data) : ms_config_dup_default_directory ();
      return find_in_folder (folder, error);
    }
  if (g_file_test (word, G_FILE_TEST_IS_DIR))
    return find_in_folder (word, error);
  if (strchr (word, ':') == NULL)
    {
      g_autofree char *path = g_canonicalize_filename (word, NULL);
      return g_strconcat (MS_BACKUP_SCHEME, path, NULL);
    }
  if (!ms_command_check_address (word, error))
    return NULL;
  return g_strdup (word);
}

static void
on_progress (const char *step, gint64 done, gint64 total, gpointer user_data)
{
  MsCommandWatch *self = user_data;
  gint64          now = g_get_monotonic_time ();

  if (stopped != 0)
    g_cancellable_cancel (self->cancellable);
  if (now - self->last < SHOW_USEC || isatty (STDERR_FILENO) == 0)
    return;
  self->last = now;
  self->shown = TRUE;
  if (total > 0)
    g_printerr ("\r\033[K%s: %d %%", step, (int) (100.0 * (double) done / (double) total));
  else
    g_printerr ("\r\033[K%s", step);
}

void
ms_command_watch_begin (MsCommandWatch *self)
{
  struct sigaction action = { .sa_handler = on_signal };

  *self = (MsCommandWatch){ .cancellable = g_cancellable_new () };
  self->progress = (MsProgress){ on_progress, self, self->cancellable };
  stopped = 0;
  (void) sigaction (SIGINT, &action, NULL); /* cannot fail with these numbers */
  (void) sigaction (SIGTERM, &action, NULL);
}

void
ms_command_watch_end (MsCommandWatch *self)
{
  if (self->shown)
    g_printerr ("\r\033[K");
  g_clear_object (&self->cancellable);
}
