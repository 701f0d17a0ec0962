/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What only a store in a file can meet: another daemon, a newer program, damage, a full disk.
 */
#include "store-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* No user's number: as good as nobody's. */
#define NOBODY 65534
/* Of today's stores. */
#define VERSION 4

static char *
store_path (Fixture *fixture, const char *suffix)
{
  return g_strdup_printf ("%s/store.db%s", fixture->folder, suffix);
}

static void
assert_refused (Fixture *fixture, MsStoreFlags flags, int code, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsStore) store = ms_store_open (fixture->uri, fixture->schemas, flags, &error);

  g_assert_null (store);
  g_assert_error (error, MS_ERROR, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_true (strstr (error->message, fixture->folder) != NULL
                 || strstr (words, "address") != NULL);
}

/* Opening ------------------------------------------------------------------------------------- */

static void
test_modes (Fixture *fixture, gconstpointer data)
{
  static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };
  g_autofree char         *id = fixture_insert (fixture, "User", "{'userName':'u'}");
  GStatBuf                 st;

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = store_path (fixture, suffixes[i]);
      g_assert_cmpint (g_stat (path, &st), ==, 0);
      g_assert_cmpuint (st.st_mode & 0777, ==, 0600);
    }
  g_assert_cmpint (ms_store_get_schema_version (fixture->store), ==, VERSION);
  g_assert_cmpstr (ms_store_get_driver_name (fixture->store), ==, "sqlite");
}

static void
test_new_folder (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->folder, "inner", NULL);
  g_autofree char *uri = g_strdup_printf ("sqlite:%s/other.db", folder);
  g_autoptr (GError) error = NULL;
  GStatBuf st;
  g_autoptr (MsStore) none = ms_store_open (uri, fixture->schemas, 0, &error);

  g_assert_null (none);
  g_assert_error (error, MS_ERROR, MS_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_autoptr (MsStore) store = ms_store_open (uri, fixture->schemas, MS_STORE_CREATE, &error);
  g_assert_no_error (error);
  g_assert_nonnull (store);
  g_assert_cmpint (g_stat (folder, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 0777, ==, 0700);
  ms_store_close (store);
  g_autofree char *file = g_build_filename (folder, "other.db", NULL);
  g_autofree char *lock = g_build_filename (folder, "other.db.lock", NULL);
  g_assert_cmpint (g_unlink (file), ==, 0);
  g_assert_cmpint (g_unlink (lock), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_bad_uris (Fixture *fixture, gconstpointer data)
{
  static const char *const uris[]
      = { "sqlite:relative.db", "sqlite:", "oracle:/x", "/plain/path", "" };

  for (guint i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsStore) store
                 = ms_store_open (uris[i], fixture->schemas, MS_STORE_CREATE, &error);
      g_assert_null (store);
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
    }
}

static void
test_second_opener (Fixture *fixture, gconstpointer data)
{
  g_autofree char *process = g_strdup_printf ("process %ld", (long) getpid ());

  assert_refused (fixture, MS_STORE_CREATE, MS_ERROR_UNAVAILABLE, "in use by another server");
  assert_refused (fixture, 0, MS_ERROR_UNAVAILABLE, process);
  fixture_reopen (fixture);
}

static void
test_newer (Fixture *fixture, gconstpointer data)
{
  fixture_close (fixture);
  fixture_run_sql (fixture, "UPDATE store_info SET version = 9");
  assert_refused (fixture, 0, MS_ERROR_UNSUPPORTED, "newer version");
  assert_refused (fixture, MS_STORE_READ_ONLY, MS_ERROR_UNSUPPORTED, "newer version");
  fixture_run_sql (fixture, "UPDATE store_info SET version = " G_STRINGIFY (VERSION));
  fixture_reopen (fixture);
}

/* Nothing of one is looked for where it may not be any more, nor made. */
static void
test_newer_search (Fixture *fixture, gconstpointer data)
{
  fixture_close (fixture);
  fixture_run_sql (fixture,
                   "DROP TABLE search; DROP TABLE search_index;"
                   "UPDATE store_info SET version = 9");
  assert_refused (fixture, 0, MS_ERROR_UNSUPPORTED, "newer version");
  assert_refused (fixture, MS_STORE_READ_ONLY, MS_ERROR_UNSUPPORTED, "newer version");
}

/* The row that says of which version it is. */
static void
test_no_version (Fixture *fixture, gconstpointer data)
{
  static const char *const losses[]
      = { "UPDATE store_info SET version = 0", "DELETE FROM store_info" };

  fixture_close (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (losses); i++)
    {
      fixture_run_sql (fixture, losses[i]);
      assert_refused (fixture, 0, MS_ERROR_INTERNAL, "the table “store_info” does not say");
      assert_refused (fixture, MS_STORE_READ_ONLY, MS_ERROR_INTERNAL, "“store_info”");
    }
  fixture_run_sql (fixture, "INSERT INTO store_info (version) VALUES (" G_STRINGIFY (VERSION) ")");
  fixture_reopen (fixture);
  fixture_check_sound (fixture);
}

/* Damage -------------------------------------------------------------------------------------- */

static void
write_at (Fixture *fixture, off_t offset, const char *text, off_t new_size)
{
  g_autofree char *path = store_path (fixture, "");
  int              fd = open (path, O_WRONLY);

  g_assert_cmpint (fd, >=, 0);
  if (text != NULL)
    g_assert_cmpint (pwrite (fd, text, strlen (text), offset), ==, strlen (text));
  if (new_size >= 0)
    g_assert_cmpint (ftruncate (fd, new_size), ==, 0);
  close (fd);
}

static void
insert_some (Fixture *fixture)
{
  for (int i = 0; i < 60; i++)
    {
      g_autofree char *json
          = g_strdup_printf ("{'userName':'user-%d','title':'a title of some length'}", i);
      g_autofree char *id = fixture_insert (fixture, "User", json);
    }
}

static void
test_no_database (Fixture *fixture, gconstpointer data)
{
  fixture_close (fixture);
  write_at (fixture, 0, "This is a letter, not a database", -1);
  assert_refused (fixture, 0, MS_ERROR_INTERNAL, "not a database");
  assert_refused (fixture, MS_STORE_READ_ONLY, MS_ERROR_INTERNAL, "not a database");
  write_at (fixture, 0, NULL, 0);
  assert_refused (fixture, 0, MS_ERROR_INTERNAL, "empty");
  assert_refused (fixture, MS_STORE_READ_ONLY, MS_ERROR_INTERNAL, "empty");
  fixture_reopen (fixture);
}

static void
test_truncated (Fixture *fixture, gconstpointer data)
{
  insert_some (fixture);
  fixture_close (fixture);
  write_at (fixture, 0, NULL, 40 * 4096 + 100);
  assert_refused (fixture, MS_STORE_CREATE, MS_ERROR_INTERNAL, "damaged");
}

/* Refused by every opening but the one that is for it, which says what is wrong. */
static void
assert_damage (Fixture *fixture, const char *words)
{
  g_autoptr (GError) error = NULL;

  assert_refused (fixture, 0, MS_ERROR_INTERNAL, "damaged");
  assert_refused (fixture, MS_STORE_READ_ONLY, MS_ERROR_INTERNAL, "damaged");
  g_autoptr (MsStore) store = ms_store_open (
      fixture->uri, fixture->schemas, MS_STORE_READ_ONLY | MS_STORE_DAMAGED, &error);
  g_assert_no_error (error);
  GPtrArray *damage = ms_store_get_damage (store);
  g_assert_nonnull (damage);
  g_assert_nonnull (strstr (damage->pdata[0], words));
  g_autoptr (GPtrArray) problems = ms_store_verify (store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, >, 0);
}

static void
test_overwritten (Fixture *fixture, gconstpointer data)
{
  g_autofree char *garbage = g_strnfill (3 * 4096, '\x7f');
  g_autofree char *path = store_path (fixture, "");
  GStatBuf         st;

  insert_some (fixture);
  fixture_close (fixture);
  g_assert_cmpint (g_stat (path, &st), ==, 0);
  write_at (fixture, st.st_size - 3 * 4096, garbage, -1);
  assert_damage (fixture, "age ");
}

static void
test_short (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = store_path (fixture, "");
  GStatBuf         st;

  insert_some (fixture);
  fixture_close (fixture);
  g_assert_cmpint (g_stat (path, &st), ==, 0);
  write_at (fixture, 0, NULL, st.st_size - 100);
  g_autofree char *words = g_strdup_printf ("should have %ld", (long) st.st_size);
  assert_damage (fixture, words);
  write_at (fixture, 0, NULL, st.st_size - 4096);
  assert_damage (fixture, words);
  write_at (fixture, 0, NULL, st.st_size + 100);
  assert_damage (fixture, "whole pages");
}

/* (transfer full) */
static GBytes *
read_file (Fixture *fixture, const char *suffix)
{
  g_autofree char *path = store_path (fixture, suffix);
  char            *bytes = NULL;
  gsize            length = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  return g_bytes_new_take (bytes, length);
}

static void
write_file (Fixture *fixture, const char *suffix, GBytes *bytes)
{
  g_autofree char *path = store_path (fixture, suffix);
  gsize            length = 0;
  const char      *data = g_bytes_get_data (bytes, &length);

  g_assert_true (g_file_set_contents (path, data, (gssize) length, NULL));
}

static void
assert_untouched (Fixture *fixture)
{
  g_autoptr (GBytes) before = read_file (fixture, "");

  assert_refused (fixture, 0, MS_ERROR_INTERNAL, "damaged");
  assert_refused (fixture, MS_STORE_CREATE, MS_ERROR_INTERNAL, "damaged");
  g_autoptr (GBytes) after = read_file (fixture, "");
  g_assert_true (g_bytes_equal (before, after));
}

/* A backup is not in the mode in which a store is written. */
static void
test_untouched (Fixture *fixture, gconstpointer data)
{
  g_autofree char *garbage = g_strnfill (4096, '\x7f');

  insert_some (fixture);
  fixture_close (fixture);
  fixture_run_sql (fixture, "PRAGMA journal_mode=DELETE");
  write_at (fixture, 60 * 4096, garbage, -1);
  assert_untouched (fixture);
}

/* What stands in the log stays there. */
static void
test_untouched_log (Fixture *fixture, gconstpointer data)
{
  g_autofree char *garbage = g_strnfill (40 * 4096, '\x7f');

  insert_some (fixture);
  fixture_close (fixture);
  fixture_reopen (fixture);
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'late'}");
  g_autoptr (GBytes) store = read_file (fixture, "");
  g_autoptr (GBytes) log = read_file (fixture, "-wal");
  g_assert_cmpuint (g_bytes_get_size (log), >, 0);
  fixture_close (fixture);
  write_file (fixture, "", store);
  write_file (fixture, "-wal", log);
  write_at (fixture, 50 * 4096, garbage, -1);
  assert_untouched (fixture);
  g_autoptr (GBytes) log_after = read_file (fixture, "-wal");
  g_assert_true (g_bytes_equal (log, log_after));
}

static void
test_foreign (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = store_path (fixture, "");
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize            length = 0;
  gsize            length_after = 0;

  fixture_close (fixture);
  g_assert_cmpint (g_unlink (path), ==, 0);
  fixture_run_sql (fixture, "CREATE TABLE recipes (name TEXT)");
  g_assert_true (g_file_get_contents (path, &before, &length, NULL));
  assert_refused (fixture, MS_STORE_CREATE, MS_ERROR_INTERNAL, "another program");
  g_assert_true (g_file_get_contents (path, &after, &length_after, NULL));
  g_assert_cmpmem (before, length, after, length_after);
}

/* Read-only ----------------------------------------------------------------------------------- */

static gboolean
do_nothing (MsTxn *txn, gpointer data, GError **error)
{
  return TRUE;
}

static void
test_read_only (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'u'}");
  g_autoptr (GError) error = NULL;

  /* Beside the daemon, and without it. */
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (MsStore) reader
                 = ms_store_open (fixture->uri, fixture->schemas, MS_STORE_READ_ONLY, &error);
      Fixture other = *fixture;

      g_assert_no_error (error);
      other.store = reader;
      g_autoptr (MsObject) object = fixture_get (&other, id);
      g_assert_nonnull (object);
      assert_text (fixture_list (&other, "User", "userName sw \"u\"", "u", "userName", 0, 5, NULL),
                   "u");
      g_assert_false (ms_store_write (reader, &fixture_context, do_nothing, NULL, NULL, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
      g_clear_error (&error);
      fixture_check_sound (&other);
      if (fixture->store != NULL)
        fixture_close (fixture);
    }
}

/* In a child: who opens it as nobody cannot go back. */
static int
read_as_nobody (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  if (geteuid () == 0 && (setgid (NOBODY) != 0 || setuid (NOBODY) != 0))
    return 1;
  g_autoptr (MsStore) store
             = ms_store_open (fixture->uri, fixture->schemas, MS_STORE_READ_ONLY, &error);
  if (store == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  g_autoptr (GPtrArray) problems = ms_store_verify (store, &error);
  return problems != NULL && problems->len == 0 ? 0 : 3;
}

static int
fork_nobody (Fixture *fixture)
{
  int   status = 0;
  pid_t pid = fork ();

  if (pid == 0)
    _exit (read_as_nobody (fixture));
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

/* What a server leaves when it ends: a store whose log is gone and cannot be made again. */
static void
test_folder (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = store_path (fixture, "");
  g_autofree char *log = store_path (fixture, "-wal");

  insert_some (fixture);
  fixture_close (fixture);
  g_assert_cmpint (chown (path, geteuid () == 0 ? NOBODY : geteuid (), (gid_t) -1), ==, 0);
  g_assert_cmpint (g_chmod (fixture->folder, 0555), ==, 0);
  g_assert_cmpint (fork_nobody (fixture), ==, 0);
  /* What stands in a log that nobody can read must not be passed over. */
  g_assert_cmpint (g_chmod (fixture->folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (log, "changes", -1, NULL));
  g_assert_cmpint (g_chmod (log, 0), ==, 0);
  g_assert_cmpint (g_chmod (fixture->folder, 0555), ==, 0);
  g_assert_cmpint (fork_nobody (fixture), ==, 2);
  g_assert_cmpint (g_chmod (fixture->folder, 0700), ==, 0);
  g_assert_cmpint (g_unlink (log), ==, 0);
}

/* Full disk ----------------------------------------------------------------------------------- */

static void
set_file_limit (rlim_t limit)
{
  struct rlimit limits;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limits), ==, 0);
  limits.rlim_cur = limit;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limits), ==, 0);
}

/* The kernel refuses to let any file grow beyond a size, which to the store is a disk without room.
 */
static void
test_full (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *filler = g_strnfill (2000, 'x');
  g_autofree char *log = store_path (fixture, "-wal");
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  GStatBuf st;
  guint    i;

  signal (SIGXFSZ, SIG_IGN);
  insert_some (fixture);
  g_assert_cmpint (g_stat (log, &st), ==, 0);
  set_file_limit ((rlim_t) st.st_size + 200 * 1024);
  for (i = 0; error == NULL && i < 1000; i++)
    {
      g_autofree char *json
          = g_strdup_printf ("{'userName':'full-%u','photos':[{'value':'%s'}]}", i, filler);
      char *id = NULL;
      if (fixture_try_insert (fixture, "User", json, &id, &error))
        g_ptr_array_add (ids, id);
    }
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_test_message ("after %u writes: %s", i, error->message);
  g_assert_nonnull (strstr (error->message, "disk"));
  g_assert_nonnull (strstr (error->message, "a limit on the size of files"));
  g_assert_cmpuint (ids->len, >, 0);
  /* Reading goes on, and so does the next write when there is room. */
  g_autoptr (MsObject) object = fixture_get (fixture, ids->pdata[0]);
  g_assert_nonnull (object);
  set_file_limit (RLIM_INFINITY);
  g_autofree char *after = fixture_insert (fixture, "User", "{'userName':'after'}");
  g_assert_nonnull (after);
  for (i = 0; i < ids->len; i++)
    {
      g_autoptr (MsObject) kept = fixture_get (fixture, ids->pdata[i]);
      g_assert_nonnull (kept);
    }
}

#define LINKED 40000
#define PURGED 50
#define RUNS 4

/* The least time of some runs, in microseconds. */
static gint64
measure_purge (Fixture *fixture)
{
  gint64 least = G_MAXINT64;

  for (guint i = 0; i < RUNS; i++)
    {
      g_autoptr (GPtrArray) ids = fixture_insert_members (fixture, PURGED, NULL);
      gint64 start = g_get_monotonic_time ();
      fixture_purge (fixture, ids);
      least = MIN (least, g_get_monotonic_time () - start);
    }
  g_test_message ("%d purged in %" G_GINT64_FORMAT " us", PURGED, least);
  return least;
}

/* What it costs that somebody goes for good does not depend on who else is linked to whom. */
static void
test_purge_by_index (Fixture *fixture, gconstpointer data)
{
  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'all'}");
  gint64           alone = measure_purge (fixture);
  g_autoptr (GPtrArray) members = fixture_insert_members (fixture, LINKED, list);

  g_assert_cmpint (measure_purge (fixture), <, alone * 8);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add_for ("sqlite", "open/modes", NULL, test_modes);
  fixture_add_for ("sqlite", "open/new-folder", NULL, test_new_folder);
  fixture_add_for ("sqlite", "open/bad-uris", NULL, test_bad_uris);
  fixture_add_for ("sqlite", "open/second", NULL, test_second_opener);
  fixture_add_for ("sqlite", "open/newer", NULL, test_newer);
  fixture_add_for ("sqlite", "open/newer-search", NULL, test_newer_search);
  fixture_add_for ("sqlite", "open/no-version", NULL, test_no_version);
  fixture_add_for ("sqlite", "open/read-only", NULL, test_read_only);
  fixture_add_for ("sqlite", "open/folder", NULL, test_folder);
  fixture_add_for ("sqlite", "damage/no-database", NULL, test_no_database);
  fixture_add_for ("sqlite", "damage/truncated", NULL, test_truncated);
  fixture_add_for ("sqlite", "damage/overwritten", NULL, test_overwritten);
  fixture_add_for ("sqlite", "damage/short", NULL, test_short);
  fixture_add_for ("sqlite", "damage/untouched", NULL, test_untouched);
  fixture_add_for ("sqlite", "damage/untouched-log", NULL, test_untouched_log);
  fixture_add_for ("sqlite", "damage/foreign", NULL, test_foreign);
  fixture_add_for ("sqlite", "disk/full", NULL, test_full);
  fixture_add_for ("sqlite", "rules/by-index", NULL, test_purge_by_index);
  return g_test_run ();
}
