/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whole stores: copies, backups beside a writer, and backups put back. What must not happen is half
 * of any of them.
 */
#include "store-fixture.h"
#include "store-place.h"

#include "ms-copy.h"
#include "ms-new-file.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USERS 40

static char *
in_folder (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static char *
uri_of (const char *path)
{
  return g_strconcat ("sqlite:", path, NULL);
}

static gboolean
do_secret (MsTxn *txn, gpointer data, GError **error)
{
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, data, error);
  const MsSession session = { (char *) "session-1",
                              (char *) "session",
                              (char *) "naïve",
                              data,
                              (char *) "all",
                              (char *) "scim",
                              1,
                              2,
                              G_MAXINT64 };

  return object != NULL && ms_txn_set_secret (txn, object, "password", "$y$j9T$x", error)
         && ms_txn_insert_session (txn, &session, "hash", error)
         && ms_txn_set_setting (txn, "primary-domain", "example.org", error);
}

static gboolean
do_secret_of_gone (MsTxn *txn, gpointer data, GError **error)
{
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, data, error);

  return object != NULL && ms_txn_set_secret (txn, object, "password", "$y$j9T$gone", error);
}

static gboolean
do_import (MsTxn *txn, gpointer data, GError **error)
{
  static const guint8 bytes[] = { 0, 1, 2, 0xff, '\'', 0 };
  g_autoptr (GBytes) file = g_bytes_new_static (bytes, sizeof bytes);
  MsImportRecord record = { .id = (char *) "job-1",
                            .name = (char *) "a.csv",
                            .state = (char *) "done",
                            .data = file,
                            .next_record = 3 };

  return ms_txn_put_import (txn, &record, error)
         && ms_txn_add_import_row (txn, "job-1", 1, "create", "{}", error);
}

/* Something in every table. */
static void
fill (Fixture *fixture)
{
  g_autofree char *group = fixture_insert (fixture, "MailGroup", "{'name':'Küste'}");
  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'Ålle'}");
  g_autofree char *gone = fixture_insert (fixture, "User", "{'userName':'gone'}");

  for (guint i = 0; i < USERS; i++)
    {
      g_autofree char *text = g_strdup_printf (
          "{'userName':'user-%u','displayName':'日本 %u','title':'a title; of two'}", i, i);
      g_autofree char *id = fixture_insert (fixture, "User", text);
      g_autofree char *box
          = g_strdup_printf ("{'name':'m%u','domain':'example.org','address':'m%u@example.org',"
                             "'primary':true,'owner':{'value':'%s'},'group':{'value':'%s'}}",
                             i,
                             i,
                             id,
                             group);
      g_autofree char *box_id = fixture_insert (fixture, "Mailbox", box);
      fixture_link (fixture, list, "members", id, TRUE, TRUE);
      if (i == 0)
        fixture_write (fixture, do_secret, id);
    }
  fixture_write (fixture, do_import, NULL);
  fixture_write (fixture, do_secret_of_gone, gone); /* which it keeps in the bin */
  fixture_delete (fixture, gone);
}

static char *
digest_of (MsStore *store)
{
  g_autoptr (GError) error = NULL;
  char *digest = ms_store_digest (store, MS_DIGEST_WHOLE, NULL, &error);

  g_assert_no_error (error);
  return digest;
}

static MsStore *
open_sound (Fixture *fixture, const char *uri, MsStoreFlags flags)
{
  g_autoptr (GError) error = NULL;
  Fixture other = *fixture;

  other.store = ms_store_open (uri, fixture->schemas, flags, &error);
  g_assert_no_error (error);
  fixture_check_sound (&other); /* its rules too */
  return other.store;
}

static void
assert_absent (const char *path, const char *ending)
{
  g_autofree char *name = g_strconcat (path, ending, NULL);

  g_assert_false (g_file_test (name, G_FILE_TEST_EXISTS));
}

static void
forget (const char *path)
{
  static const char *const endings[] = { "", "-wal", "-shm", ".lock" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *name = g_strconcat (path, endings[i], NULL);
      (void) g_unlink (name); /* some are not there */
    }
}

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
  g_assert_cmpint (total, ==, USERS + 1);
  fixture_check_sound (&other);
}

static void
test_copy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = in_folder (fixture, "copy.db");
  g_autofree char *uri = uri_of (path);
  g_autofree char *said = NULL;

  fill (fixture);
  g_assert_true (ms_store_copy (fixture->store, uri, NULL, &said, &error));
  g_assert_no_error (error);
  assert_absent (path, ".partial");
  g_autofree char *expected = digest_of (fixture->store);
  g_autofree char *expected_file = read_file_bytes (fixture, fixture->store);
  g_assert_cmpstr (said, ==, expected);
  g_autoptr (MsStore) copy = open_sound (fixture, uri, 0);
  assert_text (digest_of (copy), expected);
  assert_text (read_file_bytes (fixture, copy), expected_file);

  check_lives (fixture, copy);
  ms_store_close (copy);

  /* Not over anything. */
  g_assert_false (ms_store_copy (fixture->store, uri, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "copy.db"));
  forget (path);
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
  g_autofree char *folder = in_folder (fixture, "database");
  g_autofree char *path = in_folder (fixture, "back.db");
  g_autofree char *back_uri = uri_of (path);
  g_autofree char *uri = store_place_new ("postgresql", folder);

  fill (fixture);
  g_autofree char *expected = digest_of (fixture->store);
  g_autofree char *expected_file = read_file_bytes (fixture, fixture->store);
  assert_text (copy_to (fixture->store, uri), expected);
  g_autoptr (MsStore) copy = open_sound (fixture, uri, 0);
  assert_text (digest_of (copy), expected);
  assert_text (read_file_bytes (fixture, copy), expected_file);
  assert_text (copy_to (copy, back_uri), expected);
  g_autoptr (MsStore) back = open_sound (fixture, back_uri, 0);
  assert_text (digest_of (back), expected);
  ms_store_close (back);
  forget (path);

  /* Nor over anything: what is there stays. */
  g_assert_false (ms_store_copy (fixture->store, uri, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  assert_text (digest_of (copy), expected);

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
  g_autofree char *path = in_folder (fixture, "copy.db");
  g_autofree char *uri = uri_of (path);
  gboolean         done = FALSE;

  fill (fixture);
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
          assert_absent (path, "");
        }
      assert_absent (path, ".partial");
      assert_absent (path, ".partial-wal");
      assert_absent (path, ".partial.lock");
    }
  g_autoptr (MsStore) copy = open_sound (fixture, uri, 0);
  ms_store_close (copy);
  forget (path);
}

/* Backups ------------------------------------------------------------------------------------- */

typedef struct
{
  Fixture *fixture;
  int      stop;
} Busy;

/* Memory ---------------------------------------------------------------------------------------
 */

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
  g_autofree char *path = in_folder (fixture, "large.db");
  g_autofree char *uri = uri_of (path);
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
  g_autofree char *path = in_folder (fixture, "backup.db");
  g_autofree char *uri = uri_of (path);
  Busy             busy = { fixture, 0 };
  struct stat      st;

  fill (fixture);
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
      assert_absent (path, "-wal");
      assert_absent (path, ".partial");
      g_autoptr (MsStore) backup = open_sound (fixture, uri, MS_STORE_READ_ONLY);
      ms_store_close (backup);
      forget (path);
    }
  g_atomic_int_set (&busy.stop, 1);
  g_thread_join (thread);

  /* Quiet, it is the same to the last bit of what counts. */
  g_assert_true (ms_store_backup (fixture->store, path, NULL, &error));
  g_autoptr (MsStore) backup = open_sound (fixture, uri, MS_STORE_READ_ONLY);
  g_autofree char *expected = digest_of (fixture->store);
  assert_text (digest_of (backup), expected);
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
  forget (path);
}

/* Putting back -------------------------------------------------------------------------------- */

static void
test_restore (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = in_folder (fixture, "backup.db");
  g_autofree char *kept = NULL;
  gint64           sequence = 0;

  fill (fixture);
  g_assert_true (ms_store_backup (fixture->store, path, NULL, &error));
  g_autofree char *lost = fixture_insert (fixture, "User", "{'userName':'lost'}");
  g_autofree char *newest = digest_of (fixture->store);

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
  assert_text (digest_of (fixture->store), newest);
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
  g_autofree char *kept_uri = uri_of (kept);
  g_autoptr (MsStore) old = open_sound (fixture, kept_uri, 0);
  assert_text (digest_of (old), newest);
  ms_store_close (old);
  forget (kept);

  /* Once more: nobody meets another change under a number of those that were lost. */
  g_autofree char *kept_again = NULL;
  fixture_close (fixture);
  g_assert_true (ms_restore (
      path, fixture->uri, fixture->schemas, TRUE, NULL, &kept_again, &sequence, &error));
  g_assert_no_error (error);
  g_assert_cmpint (sequence, ==, 2000000);
  fixture_reopen (fixture);
  fixture_check_sound (fixture);
  forget (kept_again);
  forget (path);
}

/* A store that a killed daemon left, with all that is in its log. */
static void
test_restore_over_crashed (Fixture *fixture, gconstpointer data)
{
  static const char *const endings[] = { "", "-wal" };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = in_folder (fixture, "backup.db");
  g_autofree char *crashed = in_folder (fixture, "crashed.db");
  g_autofree char *crashed_uri = uri_of (crashed);
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
  other.store = open_sound (fixture, crashed_uri, 0);
  g_assert_null (fixture_get (&other, id));
  ms_store_close (other.store);
  g_object_unref (other.store);

  g_autofree char *kept_uri = uri_of (kept);
  other.store = open_sound (fixture, kept_uri, 0);
  g_autoptr (MsObject) object = fixture_get (&other, id);
  g_assert_nonnull (object);
  ms_store_close (other.store);
  g_object_unref (other.store);
  forget (kept);
  forget (crashed);
  forget (path);
}

static void
test_restore_damaged (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = in_folder (fixture, "backup.db");
  g_autofree char *target = in_folder (fixture, "target.db");
  g_autofree char *target_uri = uri_of (target);
  g_autofree char *garbage = g_strnfill (3 * 4096, '\x7f');

  fill (fixture);
  g_assert_true (ms_store_backup (fixture->store, path, NULL, &error));
  int fd = open (path, O_WRONLY);
  g_assert_cmpint (pwrite (fd, garbage, strlen (garbage), 30 * 4096), ==, strlen (garbage));
  close (fd);
  g_assert_false (ms_restore (path, target_uri, fixture->schemas, FALSE, NULL, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INTERNAL);
  g_assert_nonnull (strstr (error->message, "damaged"));
  assert_absent (target, "");
  assert_absent (target, ".partial");
  forget (target);
  forget (path);
}

/* The log of a store that is not there any more would be taken for that of the one put there. */
static void
test_restore_beside_log (Fixture *fixture, gconstpointer data)
{
  static const char *const endings[] = { "-wal", "-journal" };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = in_folder (fixture, "backup.db");
  g_autofree char *target = in_folder (fixture, "target.db");
  g_autofree char *target_uri = uri_of (target);
  g_autofree char *from = in_folder (fixture, "store.db-wal");
  g_autofree char *log = NULL;
  gsize            length = 0;

  fill (fixture);
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
      assert_absent (target, "");

      g_assert_true (
          ms_restore (path, target_uri, fixture->schemas, TRUE, NULL, &kept, NULL, &error));
      g_assert_no_error (error);
      g_assert_true (g_str_has_suffix (kept, endings[i]));
      g_assert_true (g_file_get_contents (kept, &bytes, &size, &error));
      g_assert_cmpmem (bytes, size, log, length);
      Fixture other = *fixture;
      other.store = open_sound (fixture, target_uri, 0);
      g_assert_null (fixture_get (&other, last));
      g_assert_cmpint (fixture_last_sequence (&other), ==, 1000000);
      ms_store_close (other.store);
      g_object_unref (other.store);
      g_unlink (kept);
      forget (target);
    }
  forget (path);
}

/* As where the disk was full when the log was to go into the file. */
static void
test_new_file_with_log (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *target = in_folder (fixture, "target.db");
  g_autofree char *partial = ms_new_file_begin (target, FALSE, &error);
  g_autofree char *log = g_strconcat (partial, "-wal", NULL);

  g_assert_true (g_file_set_contents (partial, "file", -1, &error));
  g_assert_true (g_file_set_contents (log, "log", -1, &error));
  g_assert_false (ms_new_file_finish (partial, target, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, log));
  g_clear_error (&error);
  assert_absent (target, "");
  g_unlink (log);
  g_assert_true (ms_new_file_finish (partial, target, &error));
  g_assert_no_error (error);
  forget (target);
}

/* What can be made again from the rest is no reason to refuse a backup. */
static void
test_restore_unsearchable (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = in_folder (fixture, "backup.db");
  g_autofree char *target = in_folder (fixture, "target.db");
  g_autofree char *target_uri = uri_of (target);

  fill (fixture);
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
  forget (target);
  forget (path);
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
  g_autofree char *path = in_folder (fixture, "backup.db");
  g_autofree char *target = in_folder (fixture, "target.db");
  g_autofree char *target_uri = uri_of (target);
  g_autofree char *kept = NULL;

  fill (fixture);
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
  g_autoptr (MsStore) store = open_sound (fixture, target_uri, 0);
  ms_store_close (store);
  forget (kept);
  forget (target);
  forget (path);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("copy/whole", NULL, test_copy);
  if (g_strv_contains (store_place_drivers, "postgresql"))
    fixture_add ("copy/to-postgresql", NULL, test_copy_to_postgresql);
  fixture_add ("copy/large", NULL, test_copy_large);
  fixture_add ("copy/stopped", NULL, test_copy_stopped);
  fixture_add ("backup/busy", NULL, test_backup);
  fixture_add_for ("sqlite", "restore/replace", NULL, test_restore);
  fixture_add_for ("sqlite", "restore/crashed", NULL, test_restore_over_crashed);
  fixture_add_for ("sqlite", "restore/damaged", NULL, test_restore_damaged);
  fixture_add_for ("sqlite", "restore/beside-log", NULL, test_restore_beside_log);
  fixture_add_for ("sqlite", "new-file/with-log", NULL, test_new_file_with_log);
  fixture_add_for ("sqlite", "restore/unsearchable", NULL, test_restore_unsearchable);
  fixture_add_for ("sqlite", "restore/again", NULL, test_restore_again);
  return g_test_run ();
}
