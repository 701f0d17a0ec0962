/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Backups put back, in place of a store or beside what is left of one. What must not happen is half
 * of any of them.
 */
#include "store-whole.h"

#include "ms-copy.h"
#include "ms-new-file.h"
#include "test-folder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static void
test_restore (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = whole_path (fixture, "backup.db");
  g_autofree char *kept = NULL;
  gint64           sequence = 0;

  whole_fill (fixture);
  g_assert_true (ms_store_backup (fixture->store, path, NULL, &error));
  g_autofree char *lost = fixture_insert (fixture, "User", "{'userName':'lost'}");
  g_autofree char *newest = whole_digest (fixture->store);

  /* Not under a daemon, nor over a store unasked. */
  g_assert_false (
      ms_restore (path, fixture->uri, fixture->schemas, TRUE, NULL, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "in use"));
  g_clear_error (&error);
  fixture_close (fixture);
  g_assert_false (
      ms_restore (path, fixture->uri, fixture->schemas, FALSE, NULL, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  fixture_reopen (fixture);
  assert_text (whole_digest (fixture->store), newest);
  fixture_close (fixture);

  g_assert_true (
      ms_restore (path, fixture->uri, fixture->schemas, TRUE, NULL, &kept, &sequence, &error));
  g_assert_no_error (error);
  g_assert_cmpint (sequence, ==, 1000000);
  fixture_reopen (fixture);
  g_assert_cmpint (fixture_last_sequence (fixture), ==, 1000000);
  g_assert_null (fixture_get (fixture, lost));
  g_autofree char *next = fixture_insert (fixture, "User", "{'userName':'next'}");
  g_assert_cmpint (fixture_last_sequence (fixture), ==, 1000001);
  fixture_check_sound (fixture);

  /* What was there is there. */
  g_assert_nonnull (kept);
  g_autofree char *kept_uri = whole_uri (kept);
  g_autoptr (MsStore) old = whole_open_sound (fixture, kept_uri, 0);
  assert_text (whole_digest (old), newest);
  ms_store_close (old);
  whole_forget (kept);

  /* Once more: nobody meets another change under a number of those that were lost. */
  g_autofree char *kept_again = NULL;
  fixture_close (fixture);
  g_assert_true (ms_restore (
      path, fixture->uri, fixture->schemas, TRUE, NULL, &kept_again, &sequence, &error));
  g_assert_no_error (error);
  g_assert_cmpint (sequence, ==, 2000000);
  fixture_reopen (fixture);
  fixture_check_sound (fixture);
  whole_forget (kept_again);
  whole_forget (path);
}

/* A store that a killed daemon left, with all that is in its log. */
static void
test_restore_over_crashed (Fixture *fixture, gconstpointer data)
{
  static const char *const endings[] = { "", "-wal" };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = whole_path (fixture, "backup.db");
  g_autofree char *crashed = whole_path (fixture, "crashed.db");
  g_autofree char *crashed_uri = whole_uri (crashed);
  g_autofree char *kept = NULL;

  g_assert_true (ms_store_backup (fixture->store, path, NULL, &error));
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'in-the-log'}");
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *from = g_strdup_printf ("%s/store.db%s", fixture->folder, endings[i]);
      g_autofree char *to = g_strconcat (crashed, endings[i], NULL);
      g_autofree char *bytes = NULL;
      gsize            length = 0;
      g_assert_true (g_file_get_contents (from, &bytes, &length, &error));
      g_assert_true (g_file_set_contents (to, bytes, (gssize) length, &error));
    }
  g_assert_true (ms_restore (path, crashed_uri, fixture->schemas, TRUE, NULL, &kept, NULL, &error));
  g_assert_no_error (error);
  Fixture other = *fixture;
  other.store = whole_open_sound (fixture, crashed_uri, 0);
  g_assert_null (fixture_get (&other, id));
  ms_store_close (other.store);
  g_object_unref (other.store);

  g_autofree char *kept_uri = whole_uri (kept);
  other.store = whole_open_sound (fixture, kept_uri, 0);
  g_autoptr (MsObject) object = fixture_get (&other, id);
  g_assert_nonnull (object);
  ms_store_close (other.store);
  g_object_unref (other.store);
  whole_forget (kept);
  whole_forget (crashed);
  whole_forget (path);
}

static void
test_restore_damaged (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = whole_path (fixture, "backup.db");
  g_autofree char *target = whole_path (fixture, "target.db");
  g_autofree char *target_uri = whole_uri (target);
  g_autofree char *garbage = g_strnfill (3 * 4096, '\x7f');

  whole_fill (fixture);
  g_assert_true (ms_store_backup (fixture->store, path, NULL, &error));
  int fd = open (path, O_WRONLY);
  g_assert_cmpint (pwrite (fd, garbage, strlen (garbage), 30 * 4096), ==, strlen (garbage));
  close (fd);
  g_assert_false (ms_restore (path, target_uri, fixture->schemas, FALSE, NULL, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INTERNAL);
  g_assert_nonnull (strstr (error->message, "damaged"));
  whole_assert_absent (target, "");
  whole_assert_absent (target, ".partial");
  whole_forget (target);
  whole_forget (path);
}

/* What it made itself on the way is gone, what was there before is not. */
static void
test_restore_no_folder (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *there = whole_path (fixture, "there");
  g_autofree char *new = whole_path (fixture, "there/new");
  g_autofree char *target = whole_path (fixture, "there/new/deep/target.db");
  g_autofree char *target_uri = whole_uri (target);
  g_autofree char *missing = whole_path (fixture, "missing.db");
  g_autofree char *path = whole_path (fixture, "backup.db");

  g_assert_cmpint (g_mkdir (there, 0700), ==, 0);
  g_assert_false (
      ms_restore (missing, target_uri, fixture->schemas, FALSE, NULL, NULL, NULL, &error));
  g_assert_nonnull (error);
  g_assert_false (g_file_test (new, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (there, G_FILE_TEST_IS_DIR));
  g_clear_error (&error);

  g_assert_cmpint (g_mkdir (new, 0700), ==, 0);
  g_assert_false (
      ms_restore (missing, target_uri, fixture->schemas, FALSE, NULL, NULL, NULL, &error));
  g_assert_true (g_file_test (new, G_FILE_TEST_IS_DIR));
  g_assert_cmpint (g_rmdir (new), ==, 0); /* it is empty */
  g_clear_error (&error);

  whole_fill (fixture);
  g_assert_true (ms_store_backup (fixture->store, path, NULL, &error));
  g_assert_true (ms_restore (path, target_uri, fixture->schemas, FALSE, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (target, G_FILE_TEST_IS_REGULAR));
  whole_forget (path);
  whole_forget (target);
  (void) test_folder_remove (there);
}

/* Where nobody can tell which numbers were given out: a million for each second, and one more. */
static void
assert_unreached (gint64 sequence, gint64 begun)
{
  g_assert_cmpint (sequence % 1000000, ==, 0);
  g_assert_cmpint (sequence / 1000000 - 1, >=, begun / G_USEC_PER_SEC);
  g_assert_cmpint (sequence / 1000000 - 1, <=, g_get_real_time () / G_USEC_PER_SEC);
}

static void
damage (const char *path, const char *how)
{
  GStatBuf st;

  g_assert_cmpint (g_stat (path, &st), ==, 0);
  if (strcmp (how, "gone") == 0)
    whole_forget (path);
  else if (strcmp (how, "cut") == 0)
    g_assert_cmpint (truncate (path, st.st_size / 4096 / 2 * 4096), ==, 0);
  else
    {
      g_autofree char *zeros = g_malloc0 (4096 - 100);
      int              fd = open (path, O_WRONLY);
      g_assert_cmpint (pwrite (fd, zeros, 4096 - 100, 100), ==, 4096 - 100);
      close (fd);
    }
}

/* Nobody meets another change under a number that one of a store had which is lost, however often
 * that happens. */
static void
test_restore_over_lost (Fixture *fixture, gconstpointer how)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = whole_path (fixture, "backup.db");
  g_autofree char *target = whole_path (fixture, "target.db");
  g_autofree char *target_uri = whole_uri (target);
  gint64           last = 1000005; /* as earlier versions went on */

  whole_fill (fixture);
  g_assert_true (ms_store_backup (fixture->store, path, NULL, &error));
  g_assert_true (ms_restore (path, target_uri, fixture->schemas, FALSE, NULL, NULL, NULL, &error));
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *kept = NULL;
      gint64           begun = g_get_real_time ();
      gint64           sequence = 0;

      damage (target, how);
      g_assert_true (
          ms_restore (path, target_uri, fixture->schemas, TRUE, NULL, &kept, &sequence, &error));
      g_assert_no_error (error);
      assert_unreached (sequence, begun);
      g_assert_cmpint (sequence, >, last);
      Fixture other = *fixture;
      other.store = whole_open_sound (fixture, target_uri, 0);
      for (guint j = 0; j < 3; j++)
        {
          g_autofree char *user = g_strdup_printf ("{'userName':'new%u'}", j);
          g_free (fixture_insert (&other, "User", user));
        }
      last = fixture_last_sequence (&other);
      g_assert_cmpint (last, ==, sequence + 3);
      fixture_check_sound (&other);
      ms_store_close (other.store);
      g_object_unref (other.store);
      if (kept != NULL)
        whole_forget (kept);
      g_usleep (G_USEC_PER_SEC);
    }
  whole_forget (target);
  whole_forget (path);
}

/* The log of a store that is not there any more would be taken for that of the one put there. */
static void
test_restore_beside_log (Fixture *fixture, gconstpointer data)
{
  static const char *const endings[] = { "-wal", "-journal" };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = whole_path (fixture, "backup.db");
  g_autofree char *target = whole_path (fixture, "target.db");
  g_autofree char *target_uri = whole_uri (target);
  g_autofree char *from = whole_path (fixture, "store.db-wal");
  g_autofree char *log = NULL;
  gsize            length = 0;

  whole_fill (fixture);
  g_assert_true (ms_store_backup (fixture->store, path, NULL, &error));
  g_autofree char *last = fixture_insert (fixture, "User", "{'userName':'in-the-log'}");
  g_assert_true (g_file_get_contents (from, &log, &length, &error));
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *left = g_strconcat (target, endings[i], NULL);
      g_autofree char *kept = NULL;
      g_autofree char *bytes = NULL;
      gsize            size = 0;
      g_assert_true (g_file_set_contents (left, log, (gssize) length, &error));
      g_assert_false (
          ms_restore (path, target_uri, fixture->schemas, FALSE, NULL, NULL, NULL, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
      g_assert_nonnull (strstr (error->message, left));
      g_clear_error (&error);
      whole_assert_absent (target, "");

      gint64 begun = g_get_real_time ();
      g_assert_true (
          ms_restore (path, target_uri, fixture->schemas, TRUE, NULL, &kept, NULL, &error));
      g_assert_no_error (error);
      g_assert_true (g_str_has_suffix (kept, endings[i]));
      g_assert_true (g_file_get_contents (kept, &bytes, &size, &error));
      g_assert_cmpmem (bytes, size, log, length);
      Fixture other = *fixture;
      other.store = whole_open_sound (fixture, target_uri, 0);
      g_assert_null (fixture_get (&other, last));
      assert_unreached (fixture_last_sequence (&other), begun);
      ms_store_close (other.store);
      g_object_unref (other.store);
      g_unlink (kept);
      whole_forget (target);
    }
  whole_forget (path);
}

/* As where the disk was full when the log was to go into the file. */
static void
test_new_file_with_log (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *target = whole_path (fixture, "target.db");
  g_autofree char *partial = ms_new_file_begin (target, FALSE, &error);
  g_autofree char *log = g_strconcat (partial, "-wal", NULL);

  g_assert_true (g_file_set_contents (partial, "file", -1, &error));
  g_assert_true (g_file_set_contents (log, "log", -1, &error));
  g_assert_false (ms_new_file_finish (partial, target, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, log));
  g_clear_error (&error);
  whole_assert_absent (target, "");
  g_unlink (log);
  g_assert_true (ms_new_file_finish (partial, target, &error));
  g_assert_no_error (error);
  whole_forget (target);
}

/* What can be made again from the rest is no reason to refuse a backup. */
static void
test_restore_unsearchable (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = whole_path (fixture, "backup.db");
  g_autofree char *target = whole_path (fixture, "target.db");
  g_autofree char *target_uri = whole_uri (target);

  whole_fill (fixture);
  fixture_close (fixture);
  fixture_run_sql (fixture, "DELETE FROM search_index_data WHERE id > 10");
  fixture_reopen (fixture);
  g_assert_true (ms_store_backup (fixture->store, path, NULL, &error));
  g_assert_true (ms_restore (path, target_uri, fixture->schemas, FALSE, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  g_autoptr (MsStore) store = ms_store_open (target_uri, fixture->schemas, 0, &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) problems = ms_store_verify (store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 0);
  ms_store_close (store);
  fixture_close (fixture);
  whole_forget (target);
  whole_forget (path);
}

/* As if another one had been put aside in the same second, with its log. */
static void
occupy (const char *target, GPtrArray *names)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  for (int i = 0; i < 60; i++)
    {
      g_autoptr (GDateTime) time = g_date_time_add_seconds (now, i);
      g_autofree char *stamp = g_date_time_format (time, "%Y%m%dT%H%M%SZ");
      char *name = g_strdup_printf ("%s.replaced-%s%s", target, stamp, i % 2 == 0 ? "" : "-wal");
      g_assert_true (g_file_set_contents (name, "x", 1, NULL));
      g_ptr_array_add (names, name);
    }
}

static void
test_restore_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = whole_path (fixture, "backup.db");
  g_autofree char *target = whole_path (fixture, "target.db");
  g_autofree char *target_uri = whole_uri (target);
  g_autofree char *kept = NULL;

  whole_fill (fixture);
  g_assert_true (ms_store_backup (fixture->store, path, NULL, &error));
  g_assert_true (ms_restore (path, target_uri, fixture->schemas, FALSE, NULL, NULL, NULL, &error));
  occupy (target, names);
  g_assert_true (ms_restore (path, target_uri, fixture->schemas, TRUE, NULL, &kept, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (g_ptr_array_find_with_equal_func (names, kept, g_str_equal, NULL));
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *bytes = NULL;
      g_assert_true (g_file_get_contents (names->pdata[i], &bytes, NULL, NULL));
      g_assert_cmpstr (bytes, ==, "x");
      g_unlink (names->pdata[i]);
    }
  g_autoptr (MsStore) store = whole_open_sound (fixture, target_uri, 0);
  ms_store_close (store);
  whole_forget (kept);
  whole_forget (target);
  whole_forget (path);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add_for ("sqlite", "restore/replace", NULL, test_restore);
  fixture_add_for ("sqlite", "restore/crashed", NULL, test_restore_over_crashed);
  fixture_add_for ("sqlite", "restore/damaged", NULL, test_restore_damaged);
  fixture_add_for ("sqlite", "restore/no-folder", NULL, test_restore_no_folder);
  fixture_add_for ("sqlite", "restore/beside-log", NULL, test_restore_beside_log);
  fixture_add_for ("sqlite", "restore/over-damaged", "zeros", test_restore_over_lost);
  fixture_add_for ("sqlite", "restore/over-cut", "cut", test_restore_over_lost);
  fixture_add_for ("sqlite", "restore/over-none", "gone", test_restore_over_lost);
  fixture_add_for ("sqlite", "new-file/with-log", NULL, test_new_file_with_log);
  fixture_add_for ("sqlite", "restore/unsearchable", NULL, test_restore_unsearchable);
  fixture_add_for ("sqlite", "restore/again", NULL, test_restore_again);
  return g_test_run ();
}
