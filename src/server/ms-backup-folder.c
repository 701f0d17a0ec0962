/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-backup-folder.h.
 */
#include "ms-backup-folder.h"

#include "ms-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define PATTERN "^store-[0-9]{8}T[0-9]{6}Z(-[1-9][0-9]{0,8})?\\.db$"
/* "store-20260102T030405Z" */
#define STEM_LENGTH 22
/* How far the clocks of two daemons may be apart. */
#define AHEAD G_TIME_SPAN_HOUR

/* Names --------------------------------------------------------------------------------------- */

static guint64
read_number (const char *name)
{
  return name[STEM_LENGTH] == '-' ? g_ascii_strtoull (name + STEM_LENGTH + 1, NULL, 10) : 1;
}

static int
compare_names (const char *a, const char *b)
{
  int     order = strncmp (a, b, STEM_LENGTH);
  guint64 left = read_number (a);
  guint64 right = read_number (b);

  return order != 0 ? order : (left > right) - (left < right);
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  return compare_names (*(const char *const *) a, *(const char *const *) b);
}

gint64
ms_backup_folder_read_time (const char *name)
{
  g_autofree char *text = g_strndup (name + strlen ("store-"), strlen ("20260102T030405Z"));
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  return time != NULL ? g_date_time_to_unix (time) * G_USEC_PER_SEC : 0;
}

static gboolean
is_there (const char *folder, const char *name, const char *ending)
{
  g_autofree char *path = g_strconcat (folder, "/", name, ending, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_SYMLINK);
}

/* FALSE with @error not set where another one has it. */
static gboolean
claim (const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_strconcat (folder, "/", name, ".digest", NULL);

  if (is_there (folder, name, "") || is_there (folder, name, ".unverified"))
    return FALSE;
  int fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0)
    {
      close (fd);
      return TRUE;
    }
  int code = errno;
  if (code != EEXIST)
    ms_error_set (error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  NULL,
                  "Cannot make “%s”: %s",
                  path,
                  code == ENOENT ? "there is no such folder" : g_strerror (code));
  return FALSE;
}

char *
ms_backup_folder_claim (const char *folder, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stem = g_date_time_format (now, "store-%Y%m%dT%H%M%SZ");
  g_autofree char *name = g_strconcat (stem, ".db", NULL);
  g_autoptr (GError) local_error = NULL;

  for (guint i = 2; !claim (folder, name, &local_error); i++)
    {
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
      g_free (name);
      name = g_strdup_printf ("%s-%u.db", stem, i);
    }
  return g_steal_pointer (&name);
}

/* What is there ------------------------------------------------------------------------------- */

static gboolean
has_digest (const char *folder, const char *name)
{
  g_autofree char *path = g_strconcat (folder, "/", name, ".digest", NULL);

  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

GPtrArray *
ms_backup_folder_list (const char *folder, gboolean verified, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  const char *name;

  if (dir == NULL)
    return NULL;
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_regex_match_simple (PATTERN, name, 0, 0) && (!verified || has_digest (folder, name)))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_entries);
  return g_steal_pointer (&names);
}

static void
remove_backup (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *digest = g_strconcat (path, ".digest", NULL);

  if (g_unlink (path) != 0)
    g_message ("The old backup %s cannot be removed: %s", path, g_strerror (errno));
  (void) g_unlink (digest); /* another daemon may have been first */
}

/* From a time to come: of a clock that was wrong. */
static gboolean
is_to_come (const char *name)
{
  return ms_backup_folder_read_time (name) > g_get_real_time () + AHEAD;
}

/* Names from a time to come are older than all others. That one cannot be taken away, or the folder
 * not be listed, is no fault of the backup; the next may. */
void
ms_backup_folder_prune (const char *folder, guint keep, const char *newest)
{
  g_autoptr (GPtrArray) names = ms_backup_folder_list (folder, TRUE, NULL);
  g_autoptr (GPtrArray) oldest = g_ptr_array_new ();

  for (guint i = 0; names != NULL && i < names->len; i++)
    if (is_to_come (names->pdata[i]) && compare_names (names->pdata[i], newest) != 0)
      g_ptr_array_add (oldest, names->pdata[i]);
  for (guint i = 0; names != NULL && i < names->len; i++)
    if (!is_to_come (names->pdata[i]) && compare_names (names->pdata[i], newest) < 0)
      g_ptr_array_add (oldest, names->pdata[i]);
  for (guint i = 0; i < oldest->len && i + keep < names->len; i++)
    remove_backup (folder, oldest->pdata[i]);
}
