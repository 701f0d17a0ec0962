/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See test-folder.h.
 */
#include "test-folder.h"

#include <glib/gstdio.h>

char *
test_folder_new (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("mailstead-test-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

/* A link is removed, not followed. */
static gboolean
is_folder (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK);
}

guint
test_folder_remove (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  guint removed = 0;

  g_assert_no_error (error);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (is_folder (path))
        removed += test_folder_remove (path);
      else
        {
          g_assert_cmpint (g_unlink (path), ==, 0);
          removed++;
        }
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  return removed;
}
