/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whole stores: copies, and backups beside a writer. What must not happen is half of any of them.
 */
#include "store-place.h"
#include "store-whole.h"

#include "ms-copy.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Copies -------------------------------------------------------------------------------------- */

static gboolean
do_get_import (MsTxn *txn, gpointer data, GError **error)
{
  g_autoptr (MsImportRecord) record = ms_txn_get_import (txn, "job-1", TRUE, error);

  if (record == NULL)
    return FALSE;
  *(char **) data = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, record->data);
  return TRUE;
}

static char *
read_file_bytes (Fixture *fixture, MsStore *store)
{
  Fixture other = *fixture;
  char   *sum = NULL;

  other.store = store;
  fixture_read (&other, do_get_import, &sum);
  return sum;
}

/* Searching, counters, numbers of new rows. */
static void
check_lives (Fixture *fixture, MsStore *copy)
{
  Fixture other = *fixture;
  gint64  total = 0;

  other.store = copy;
  assert_text (fixture_list (&other, "User", NULL, "日本 39", NULL, 0, 5, NULL), "user-39");
  g_autofree char *id = fixture_insert (&other, "User", "{'userName':'later'}");
  g_autofree char *all = fixture_list (&other, "User", NULL, NULL, NULL, 0, 0, &total);
  g_assert_cmpint (total, ==, WHOLE_USERS + 1);
  fixture_check_sound (&other);
}

static void
test_copy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = whole_path (fixture, "copy.db");
  g_autofree char *uri = whole_uri (path);
  g_autofree char *said = NULL;

  whole_fill (fixture);
  g_assert_true (ms_store_copy (fixture->store, uri, NULL, &said, &error));
  g_assert_no_error (error);
  whole_assert_absent (path, ".partial");
  g_autofree char *expected = whole_digest (fixture->store);
  g_autofree char *expected_file = read_file_bytes (fixture, fixture->store);
  g_assert_cmpstr (said, ==, expected);
  g_autoptr (MsStore) copy = whole_open_sound (fixture, uri, 0);
  assert_text (whole_digest (copy), expected);
  assert_text (read_file_bytes (fixture, copy), expected_file);

  check_lives (fixture, copy);
  ms_store_close (copy);

  /* Not over anything. */
  g_assert_false (ms_store_copy (fixture->store, uri, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "copy.db"));
  whole_forget (path);
}

/* Copies to a store of the other kind, or of the same, and says what its digest is. */
static char *
copy_to (MsStore *from, const char *uri)
{
  g_autoptr (GError) error = NULL;
  char *said = NULL;

  g_assert_true (ms_store_copy (from, uri, NULL, &said, &error));
  g_assert_no_error (error);
  return said;
}

/* To a database of its own, and from there to a file: the same to the last bit, whichever of them
 * holds it, and whole enough to be written on. */
static void
test_copy_to_postgresql (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = whole_path (fixture, "database");
  g_autofree char *path = whole_path (fixture, "back.db");
  g_autofree char *back_uri = whole_uri (path);
  g_autofree char *uri = store_place_new ("postgresql", folder);

  whole_fill (fixture);
  g_autofree char *expected = whole_digest (fixture->store);
  g_autofree char *expected_file = read_file_bytes (fixture, fixture->store);
  assert_text (copy_to (fixture->store, uri), expected);
  g_autoptr (MsStore) copy = whole_open_sound (fixture, uri, 0);
  assert_text (whole_digest (copy), expected);
  assert_text (read_file_bytes (fixture, copy), expected_file);
  assert_text (copy_to (copy, back_uri), expected);
  g_autoptr (MsStore) back = whole_open_sound (fixture, back_uri, 0);
  assert_text (whole_digest (back), expected);
  ms_store_close (back);
  whole_forget (path);

  /* Nor over anything: what is there stays. */
  g_assert_false (ms_store_copy (fixture->store, uri, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  assert_text (whole_digest (copy), expected);

  check_lives (fixture, copy);
  ms_store_close (copy);
}

/* A database that has the mark is nobody's store yet: whatever an earlier attempt has left there,
 * it is refused, and filled again. */
static void
test_copy_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = whole_path (fixture, "database");
  g_autofree char *uri = store_place_new ("postgresql", folder);

  whole_fill (fixture);
  g_autofree char *expected = whole_digest (fixture->store);
  assert_text (copy_to (fixture->store, uri), expected);
  store_place_run_sql (
      "postgresql", folder, "INSERT INTO setting (name, value) VALUES ('incomplete', 'copy')");
  g_assert_null (ms_store_open (uri, fixture->schemas, 0, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "incomplete"));
  assert_text (copy_to (fixture->store, uri), expected);
  g_autoptr (MsStore) copy = whole_open_sound (fixture, uri, 0);
  assert_text (whole_digest (copy), expected);
  check_lives (fixture, copy);
  ms_store_close (copy);
}

typedef struct
{
  GCancellable *cancellable;
  guint         calls;
  guint         stop_at;
} Stop;

static void
stop_at (const char *step, gint64 done, gint64 total, gpointer user_data)
{
  Stop *stop = user_data;

  if (++stop->calls == stop->stop_at)
    g_cancellable_cancel (stop->cancellable);
}

/* Wherever it is stopped, nothing is there. */
static void
test_copy_stopped (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = whole_path (fixture, "copy.db");
  g_autofree char *uri = whole_uri (path);
  gboolean         done = FALSE;

  whole_fill (fixture);
  for (guint i = 1; !done; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GError) error = NULL;
      Stop       stop = { cancellable, 0, i };
      MsProgress progress = { stop_at, &stop, cancellable };

      g_assert_cmpuint (i, <, 500);
      done = ms_store_copy (fixture->store, uri, &progress, NULL, &error);
      if (done)
        g_assert_cmpuint (stop.calls, <, i);
      else
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          whole_assert_absent (path, "");
        }
      whole_assert_absent (path, ".partial");
      whole_assert_absent (path, ".partial-wal");
      whole_assert_absent (path, ".partial.lock");
    }
  g_autoptr (MsStore) copy = whole_open_sound (fixture, uri, 0);
  ms_store_close (copy);
  whole_forget (path);
}

/* Memory -------------------------------------------------------------------------------------- */

#define LARGE_ROWS "300000"
/* Of which SQLite has 64 for its pages; the rows alone are 170. */
#define MAX_MIB 110

/* The most that this process has had in memory since reset_peak(), in KiB. */
static gint64
read_peak (void)
{
  g_autofree char *status = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  return g_ascii_strtoll (strstr (status, "VmHWM:") + strlen ("VmHWM:"), NULL, 10);
}

static void
reset_peak (void)
{
  FILE *file = fopen ("/proc/self/clear_refs", "w");

  g_assert_nonnull (file);
  g_assert_cmpint (fputs ("5", file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
}

/* What a copy holds does not grow with the store, though the database's client library would hold a
 * result whole. */
static void
test_copy_large (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = whole_path (fixture, "large.db");
  g_autofree char *uri = whole_uri (path);
  g_autofree char *script = g_strdup_printf (
      "INSERT INTO setting (name, value) WITH RECURSIVE r (i) AS"
      " (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < " LARGE_ROWS ")"
      " SELECT 'large-' || i, %s FROM r",
      strcmp (fixture->driver, "sqlite") == 0 ? "hex (zeroblob (300))" : "repeat ('x', 600)");
  g_autoptr (GError) error = NULL;

  fixture_close (fixture);
  fixture_run_sql (fixture, script);
  fixture_reopen (fixture);
  reset_peak ();
  gint64 before = read_peak ();
  g_assert_true (ms_store_copy (fixture->store, uri, NULL, NULL, &error));
  g_assert_no_error (error);
  gint64 grown = (read_peak () - before) / 1024;
  g_test_message ("%s rows: %" G_GINT64_FORMAT " MiB more than before", LARGE_ROWS, grown);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed */
  g_assert_cmpint (grown, <, MAX_MIB);
#endif
}

/* Backups ------------------------------------------------------------------------------------- */

typedef struct
{
  Fixture *fixture;
  int      stop;
} Busy;

static gpointer
write_on (gpointer data)
{
  Busy *busy = data;

  for (guint i = 0; g_atomic_int_get (&busy->stop) == 0; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'userName':'busy-%u'}", i);
      g_autofree char *id = fixture_insert (busy->fixture, "User", text);
    }
  return NULL;
}

static void
test_backup (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = whole_path (fixture, "backup.db");
  g_autofree char *uri = whole_uri (path);
  Busy             busy = { fixture, 0 };
  struct stat      st;

  whole_fill (fixture);
  GThread *thread = g_thread_new ("writer", write_on, &busy);
  for (guint i = 0; i < 5; i++)
    {
      /* From within, and as another process does it. */
      if (i % 2 == 0)
        g_assert_true (ms_store_backup (fixture->store, path, NULL, &error));
      else
        g_assert_true (ms_backup (fixture->uri, fixture->schemas, path, NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpint (stat (path, &st), ==, 0);
      g_assert_cmpuint (st.st_mode & 0777, ==, 0600);
      whole_assert_absent (path, "-wal");
      whole_assert_absent (path, ".partial");
      g_autoptr (MsStore) backup = whole_open_sound (fixture, uri, MS_STORE_READ_ONLY);
      ms_store_close (backup);
      whole_forget (path);
    }
  g_atomic_int_set (&busy.stop, 1);
  g_thread_join (thread);

  /* Quiet, it is the same to the last bit of what counts. */
  g_assert_true (ms_store_backup (fixture->store, path, NULL, &error));
  g_autoptr (MsStore) backup = whole_open_sound (fixture, uri, MS_STORE_READ_ONLY);
  g_autofree char *expected = whole_digest (fixture->store);
  assert_text (whole_digest (backup), expected);
  ms_store_close (backup);

  g_assert_false (ms_store_backup (fixture->store, path, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_false (ms_store_backup (fixture->store, "relative.db", NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (ms_store_backup (fixture->store, "/nowhere/at/all.db", NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "/nowhere/at/all.db"));
  whole_forget (path);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("copy/whole", NULL, test_copy);
  if (g_strv_contains (store_place_drivers, "postgresql"))
    {
      fixture_add ("copy/to-postgresql", NULL, test_copy_to_postgresql);
      fixture_add ("copy/again", NULL, test_copy_again);
    }
  fixture_add ("copy/large", NULL, test_copy_large);
  fixture_add ("copy/stopped", NULL, test_copy_stopped);
  fixture_add ("backup/busy", NULL, test_backup);
  return g_test_run ();
}
