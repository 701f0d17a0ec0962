/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-backup-folder.h.
 */
#include "ms-backup-folder.h"

#include "ms-copy.h"
#include "ms-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATTERN "^store-[0-9]{8}T[0-9]{6}Z(-[1-9][0-9]{0,8})?\\.db$"
/* "store-20260102T030405Z" */
#define STEM_LENGTH 22
/* How far the clocks of two daemons may be apart. */
#define AHEAD G_TIME_SPAN_HOUR
/* SHA-256, in hexadecimal digits */
#define DIGEST_LENGTH 64
/* What stands before the size in the line after it. */
#define SIZE "size "

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

gboolean
ms_backup_folder_note (
    const char *folder, const char *name, const char *path, const char *digest, GError **error)
{
  g_autofree char *digest_path = g_strconcat (folder, "/", name, ".digest", NULL);
  GStatBuf         st;

  if (g_stat (path, &st) != 0)
    {
      ms_error_set (error,
                    MS_ERROR_UNAVAILABLE,
                    NULL,
                    NULL,
                    "Cannot read “%s”: %s",
                    path,
                    g_strerror (errno));
      return FALSE;
    }
  g_autofree char *text
      = g_strdup_printf ("%s\n" SIZE "%" G_GINT64_FORMAT "\n", digest, (gint64) st.st_size);
  return g_file_set_contents_full (digest_path, text, -1, G_FILE_SET_CONTENTS_DURABLE, 0600, error);
}

static gboolean
is_digest (const char *text)
{
  return strlen (text) == DIGEST_LENGTH && strspn (text, G_CSET_DIGITS "abcdef") == DIGEST_LENGTH;
}

/* @size: (out): -1 where it was not noted. (transfer full) (nullable): the digest */
static char *
read_note (const char *folder, const char *name, gint64 *size)
{
  g_autofree char *path = g_strconcat (folder, "/", name, ".digest", NULL);
  g_autofree char *text = NULL;

  *size = -1;
  if (!g_file_get_contents (path, &text, NULL, NULL)) /* somebody else's has none */
    return NULL;
  g_auto (GStrv) lines = g_strsplit (text, "\n", 3);
  if (lines[0] == NULL || !is_digest (g_strstrip (lines[0])))
    return NULL;
  if (lines[1] != NULL && g_str_has_prefix (lines[1], SIZE))
    *size = g_ascii_strtoll (lines[1] + strlen (SIZE), NULL, 10);
  return g_strdup (lines[0]);
}

MsBackupState
ms_backup_folder_look (const char *folder, const char *name, char **digest, gint64 *size)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  gint64           noted = -1;
  g_autofree char *found = read_note (folder, name, &noted);
  GStatBuf         st;
  gboolean         there = g_stat (path, &st) == 0 && S_ISREG (st.st_mode);
  gint64           bytes = there ? (gint64) st.st_size : 0;
  MsBackupState    state = MS_BACKUP_UNKNOWN;

  /* One that is gone meanwhile was taken away by another daemon. */
  if (found != NULL && there)
    state = (noted < 0 || noted == bytes) && ms_backup_looks_whole (path) ? MS_BACKUP_VERIFIED
                                                                          : MS_BACKUP_DAMAGED;
  if (size != NULL)
    *size = bytes;
  if (digest != NULL)
    *digest = g_steal_pointer (&found);
  return state;
}

static gboolean
is_verified (const char *folder, const char *name)
{
  return ms_backup_folder_look (folder, name, NULL, NULL) == MS_BACKUP_VERIFIED;
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
    if (g_regex_match_simple (PATTERN, name, 0, 0) && (!verified || is_verified (folder, name)))
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

/* Whoever looks at the log only should know that there is one less than there seem to be. */
static void
tell_damaged (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) names = ms_backup_folder_list (folder, FALSE, &error);

  if (names == NULL)
    g_message ("Whether old backups are damaged is not known: %s", error->message);
  for (guint i = 0; names != NULL && i < names->len; i++)
    if (ms_backup_folder_look (folder, names->pdata[i], NULL, NULL) == MS_BACKUP_DAMAGED)
      g_message ("The backup %s/%s is damaged: it is not of the size that it had, or no store any "
                 "more. It does not count, and may be removed",
                 folder,
                 (const char *) names->pdata[i]);
}

/* Names from a time to come are older than all others. That one cannot be taken away, or the folder
 * not be listed, is no fault of the backup; the next may. */
void
ms_backup_folder_prune (const char *folder, guint keep, const char *newest)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) names = ms_backup_folder_list (folder, TRUE, &error);
  g_autoptr (GPtrArray) oldest = g_ptr_array_new ();

  if (names == NULL)
    g_message ("Old backups are not removed: %s", error->message);
  for (guint i = 0; names != NULL && i < names->len; i++)
    if (is_to_come (names->pdata[i]) && compare_names (names->pdata[i], newest) != 0)
      g_ptr_array_add (oldest, names->pdata[i]);
  for (guint i = 0; names != NULL && i < names->len; i++)
    if (!is_to_come (names->pdata[i]) && compare_names (names->pdata[i], newest) < 0)
      g_ptr_array_add (oldest, names->pdata[i]);
  for (guint i = 0; i < oldest->len && i + keep < names->len; i++)
    remove_backup (folder, oldest->pdata[i]);
  tell_damaged (folder);
}
