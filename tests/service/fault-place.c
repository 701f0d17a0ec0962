/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See fault-place.h.
 */
#include "config.h"

#include "fault-place.h"

#include "fault-database.h"
#include "store-place.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const endings[] = { "", "-wal", "-shm" };

static struct
{
  const char *folder;
  char       *path; /* of the store in a file */
  char       *target;
  char       *kept; /* (nullable): its bytes */
  gsize       kept_length;
} place;

static gboolean
is_database (void)
{
  return strcmp (store_place_get_driver (), "postgresql") == 0;
}

void
fault_place_set_up (const char *folder)
{
  place.folder = folder;
  place.path = g_build_filename (folder, "store.db", NULL);
  place.target = g_build_filename (folder, is_database () ? "target" : "copy.db", NULL);
  if (is_database ())
    fault_database_set_up (folder);
}

void
fault_place_tear_down (void)
{
  if (is_database ())
    fault_database_tear_down ();
  g_clear_pointer (&place.path, g_free);
  g_clear_pointer (&place.target, g_free);
  g_clear_pointer (&place.kept, g_free);
}

static void
remove_file (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *file = g_strconcat (path, endings[i], NULL);
      g_unlink (file);
    }
}

/* By the driver that fails, what has the address of one that does not. */
static char *
make_uri (const char *location)
{
  return g_strconcat ("fault:", location, NULL);
}

char *
fault_place_dup_uri (void)
{
  return make_uri (is_database () ? fault_database_get_location () : place.path);
}

void
fault_place_keep (void)
{
  g_autoptr (GError) error = NULL;

  if (is_database ())
    {
      fault_database_keep ();
      return;
    }
  g_clear_pointer (&place.kept, g_free);
  g_assert_true (g_file_get_contents (place.path, &place.kept, &place.kept_length, &error));
}

void
fault_place_bring_back (void)
{
  g_autoptr (GError) error = NULL;

  if (is_database ())
    {
      fault_database_bring_back ();
      return;
    }
  remove_file (place.path);
  g_assert_true (g_file_set_contents (place.path, place.kept, (gssize) place.kept_length, &error));
  g_assert_cmpint (g_chmod (place.path, 0600), ==, 0);
}

GBytes *
fault_place_read (void)
{
  if (is_database ())
    {
      char *sum = fault_database_sum ();
      return g_bytes_new_take (sum, strlen (sum));
    }

  GByteArray *all = g_byte_array_new ();
  /* What is in the file and its log. */
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *file = g_strconcat (place.path, endings[i], NULL);
      g_autofree char *bytes = NULL;
      gsize            length = 0;
      if (g_file_get_contents (file, &bytes, &length, NULL))
        g_byte_array_append (all, (const guint8 *) bytes, (guint) length);
      g_byte_array_append (all, (const guint8 *) "|", 1);
    }
  return g_byte_array_free_to_bytes (all);
}

/* Another store ------------------------------------------------------------------------------- */

char *
fault_place_new_target (void)
{
  if (!is_database ())
    return make_uri (place.target);
  (void) g_mkdir (place.target, 0700);
  g_autofree char *uri = store_place_new (store_place_get_driver (), place.target);
  return make_uri (strchr (uri, ':') + 1);
}

gboolean
fault_place_has_target (void)
{
  if (!is_database ())
    return g_file_test (place.target, G_FILE_TEST_EXISTS);
  g_autofree char *there = store_place_ask (
      store_place_get_driver (), place.target, "SELECT to_regclass('mailstead.store_info')");
  return there != NULL;
}

void
fault_place_remove_target (void)
{
  if (!is_database ())
    remove_file (place.target);
}
