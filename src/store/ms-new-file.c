/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-new-file.h.
 */
#define _GNU_SOURCE /* renameat2() */
#include "ms-new-file.h"

#include "ms-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

static gboolean
fail_errno (const char *what, const char *path, GError **error)
{
  int code = errno;

  ms_error_set (
      error, MS_ERROR_UNAVAILABLE, NULL, NULL, "%s “%s”: %s", what, path, g_strerror (code));
  return FALSE;
}

static gboolean
fail_exists (const char *path, GError **error)
{
  ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "There is a file “%s” already", path);
  return FALSE;
}

/* What SQLite would take into the file beside which it is. (transfer full) (nullable) */
static char *
dup_log (const char *path)
{
  static const char *const endings[] = { "-wal", "-journal" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *log = g_strconcat (path, endings[i], NULL);
      if (g_file_test (log, G_FILE_TEST_EXISTS) || g_file_test (log, G_FILE_TEST_IS_SYMLINK))
        return g_steal_pointer (&log);
    }
  return NULL;
}

/* That of a store that had this name would bring back its content. */
static gboolean
check_no_log (const char *path, GError **error)
{
  g_autofree char *log = dup_log (path);

  return log == NULL || fail_exists (log, error);
}

/* What did not get from its log into the file is nowhere else. */
static gboolean
check_whole (const char *partial, GError **error)
{
  g_autofree char *log = dup_log (partial);

  if (log == NULL)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_UNAVAILABLE,
                NULL,
                NULL,
                "Cannot write to disk “%s”: a part of it is still in “%s”",
                partial,
                log);
  return FALSE;
}

void
ms_new_file_discard (const char *partial)
{
  static const char *const endings[] = { "", "-wal", "-shm", "-journal", ".lock" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *path = g_strconcat (partial, endings[i], NULL);
      (void) g_unlink (path); /* most of them do not exist */
    }
}

char *
ms_new_file_begin (const char *path, gboolean replace, GError **error)
{
  if (!replace
      && (g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_SYMLINK)))
    {
      (void) fail_exists (path, error);
      return NULL;
    }
  if (!replace && !check_no_log (path, error))
    return NULL;
  char *partial = g_strconcat (path, ".partial", NULL);
  ms_new_file_discard (partial);
  return partial;
}

static gboolean
sync_path (const char *path, int flags, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | flags);

  if (fd < 0)
    return fail_errno ("Cannot open", path, error);
  if (fsync (fd) != 0)
    {
      (void) fail_errno ("Cannot write to disk", path, error);
      close (fd);
      return FALSE;
    }
  close (fd);
  return TRUE;
}

gboolean
ms_new_file_rename (const char *from, const char *to, gboolean replace, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (to);
  int              code = renameat2 (AT_FDCWD, from, AT_FDCWD, to, replace ? 0 : RENAME_NOREPLACE);

  /* Some file systems cannot refuse by themselves. */
  if (code != 0 && errno == EINVAL && !g_file_test (to, G_FILE_TEST_EXISTS))
    code = g_rename (from, to);
  if (code != 0 && errno == EEXIST)
    return fail_exists (to, error);
  if (code != 0)
    return fail_errno ("Cannot make", to, error);
  return sync_path (folder, O_DIRECTORY, error);
}

gboolean
ms_new_file_finish (const char *partial, const char *path, GError **error)
{
  if (!check_whole (partial, error) || !check_no_log (path, error) || !sync_path (partial, 0, error)
      || !ms_new_file_rename (partial, path, FALSE, error))
    return FALSE;
  ms_new_file_discard (partial);
  return TRUE;
}
