/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Backups that the server makes by itself or when told to, and verifying its store meanwhile.
 */
#include "harbour.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ms-backup-folder.h"
#include "ms-backup-keeper.h"
#include "ms-error.h"
#include "ms-txn.h"
#include "store-place.h"
#include "test-folder.h"

/* When they are due --------------------------------------------------------------------------- */

static gint64
read_time (const char *text, GTimeZone *zone)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, zone);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * G_USEC_PER_SEC;
}

static void
test_due (void)
{
  static const struct
  {
    const char *at;
    guint       every_hours;
    const char *last;
    const char *now;
    const char *due;
  } rows[] = {
    { "02:00", 0, NULL, "2026-05-01T01:59:59", "2026-05-01T02:00:00" },
    { "02:00", 0, NULL, "2026-05-01T02:00:00", "2026-05-02T02:00:00" },
    { "14:30, 02:00", 0, NULL, "2026-05-01T02:00:00", "2026-05-01T14:30:00" },
    { "23:59", 0, NULL, "2026-12-31T23:59:30", "2027-01-01T23:59:00" },
    /* Berlin has no 02:30 on that day. */
    { "02:30", 0, NULL, "2026-03-29T01:00:00", "2026-03-29T03:00:00" },
    { NULL, 6, NULL, "2026-05-01T02:00:00", "2026-05-01T02:00:00" },
    { NULL, 6, "2026-05-01T00:00:00", "2026-05-01T02:00:00", "2026-05-01T06:00:00" },
    { NULL, 6, "2026-04-01T00:00:00", "2026-05-01T02:00:00", "2026-04-01T06:00:00" },
    /* A clock that was put back. */
    { NULL, 6, "2030-01-01T00:00:00", "2026-05-01T02:00:00", "2026-05-01T08:00:00" },
    { "03:00", 6, "2026-05-01T01:00:00", "2026-05-01T02:00:00", "2026-05-01T03:00:00" },
    { NULL, 0, "2026-05-01T01:00:00", "2026-05-01T02:00:00", NULL },
  };
  /* Central European time by its rule, which needs no database of time zones. */
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("CET-1CEST,M3.5.0,M10.5.0/3");

  g_assert_nonnull (zone);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gint64 last = rows[i].last != NULL ? read_time (rows[i].last, zone) : 0;
      gint64 due = ms_backup_find_due (
          rows[i].at, rows[i].every_hours, last, read_time (rows[i].now, zone), zone);
      g_test_message ("%zu", i);
      g_assert_cmpint (due, ==, rows[i].due != NULL ? read_time (rows[i].due, zone) : 0);
    }
  static const char *const bad[] = { "2:00", "24:00", "02:60", "02:00;03:00", "noon", "" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_true (ms_backup_check_times (bad[i], &error) == (*bad[i] == '\0'));
    }
}

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
/* The smallest store, by its header. */
#define OLD_SIZE 512

/* Making them --------------------------------------------------------------------------------- */

static Harbour *
open_harbour (const char *folder, guint every_hours, guint keep)
{
  MsServerOptions options;

  ms_server_options_init (&options);
  options.backup.folder = g_strdup (folder);
  options.backup.every_hours = every_hours;
  options.backup.keep = keep;
  Harbour *h = harbour_new (&options);
  ms_server_options_clear (&options);
  return h;
}

/* Until the job at @path has ended. */
static Answer *
wait_for (Harbour *h, const char *path)
{
  while (TRUE)
    {
      Answer   *answer = ask (h, "GET", path, NULL, NULL);
      JsonNode *job = find_node (answer, "job");
      assert_status (answer, 200);
      if (job != NULL && JSON_NODE_HOLDS_OBJECT (job)
          && strcmp (get_text (answer, "job.state"), "running") != 0)
        return answer;
      answer_free (answer);
      g_usleep (20000);
    }
}

static void
assert_is_sound_store (const char *path)
{
  g_autofree char *uri = g_strconcat ("sqlite:", path, NULL);
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (GError) error = NULL;
  g_autoptr (MsStore) store = ms_store_open (uri, schemas, MS_STORE_READ_ONLY, &error);

  g_assert_no_error (error);
  g_autoptr (GPtrArray) problems = ms_store_verify (store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 0);
  ms_store_close (store);
}

static void
make_old (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, "old", -1, NULL));
}

/* What has the size of a store, by its header, of @pages pages. */
static GBytes *
make_store_bytes (guint pages, gsize size)
{
  static const char magic[] = "SQLite format 3";
  guchar           *bytes = g_malloc0 (MAX (size, 100));

  memcpy (bytes, magic, sizeof magic);
  bytes[16] = OLD_SIZE >> 8; /* of a page */
  bytes[27] = bytes[95] = 1; /* the change that the number of pages is of */
  bytes[31] = (guchar) pages;
  return g_bytes_new_take (bytes, size);
}

static void
write_file (const char *folder, const char *name, const void *bytes, gsize size)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
}

static gboolean
has_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* As one of this server's, of a version that noted no size. */
static void
make_old_verified (const char *folder, const char *name)
{
  g_autofree char *digest = g_strconcat (name, ".digest", NULL);
  g_autoptr (GBytes) bytes = make_store_bytes (1, OLD_SIZE);

  write_file (folder, name, g_bytes_get_data (bytes, NULL), OLD_SIZE);
  write_file (folder, digest, DIGEST, strlen (DIGEST));
}

/* What was just written is never what is removed, whatever lies beside it. */
static void
test_keep (void)
{
  static const struct
  {
    guint       keep;
    const char *before[4]; /* with digest */
    const char *left[3];
  } cases[] = {
    { 2,
      { "store-20990101T000000Z.db", "store-20980101T000000Z.db" },
      { "store-20990101T000000Z.db" } },
    { 1, { "store-20990101T000000Z.db", "store-20200101T000000Z.db" }, { NULL } },
    { 2,
      { "store-20990101T000000Z.db", "store-20200101T000000Z.db", "store-20210101T000000Z.db" },
      { "store-20210101T000000Z.db" } },
    { 3,
      { "store-20190101T000000Z.db", "store-20200101T000000Z.db", "store-20210101T000000Z.db" },
      { "store-20200101T000000Z.db", "store-20210101T000000Z.db" } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *folder = test_folder_new ();
      g_autoptr (Harbour) h = open_harbour (folder, 0, cases[i].keep);
      g_test_message ("%zu", i);
      make_old (folder, "store-20970101T000000Z.db");
      make_old (folder, "store-20180101T000000Z.db");
      for (guint k = 0; cases[i].before[k] != NULL; k++)
        make_old_verified (folder, cases[i].before[k]);
      g_autoptr (Answer) started = ask (h, "POST", "/api/v1/backups", NULL, NULL);
      assert_status (started, 202);
      g_autoptr (Answer) done = wait_for (h, "/api/v1/backups");
      g_assert_cmpstr (get_text (done, "job.state"), ==, "done");
      g_assert_true (has_file (folder, get_text (done, "job.name")));
      g_assert_true (has_file (folder, "store-20970101T000000Z.db"));
      g_assert_true (has_file (folder, "store-20180101T000000Z.db"));
      for (guint k = 0; cases[i].before[k] != NULL; k++)
        g_assert_true (has_file (folder, cases[i].before[k])
                       == g_strv_contains (cases[i].left, cases[i].before[k]));
      g_clear_pointer (&h, harbour_free);
      (void) test_folder_remove (folder);
    }
}

/* What has a digest beside it: whether it is what that was written of. */
static const struct
{
  const char *name;
  guint       pages;
  gsize       size;
  const char *note;
  const char *state;
} kinds[] = {
  { "store-20250101T000000Z.db", 1, OLD_SIZE, DIGEST, "verified" },
  { "store-20250102T000000Z.db", 1, OLD_SIZE, DIGEST "\n", "verified" },
  { "store-20250103T000000Z.db", 1, OLD_SIZE, DIGEST "\nsize 512\n", "verified" },
  { "store-20250104T000000Z.db", 2, OLD_SIZE, DIGEST, "damaged" },
  { "store-20250105T000000Z.db", 2, OLD_SIZE, DIGEST "\nsize 1024\n", "damaged" },
  { "store-20250106T000000Z.db", 1, OLD_SIZE, DIGEST "\nsize 511\n", "damaged" },
  { "store-20250107T000000Z.db", 0, 0, DIGEST "\nsize 512\n", "damaged" },
  { "store-20250108T000000Z.db", 0, 2, DIGEST "\nsize 2\n", "damaged" },
  { "store-20250109T000000Z.db", 1, 2, DIGEST, "damaged" },
  { "store-20250110T000000Z.db", 1, 2, "deadbeef", "unknown" },
  { "store-20250111T000000Z.db", 1, OLD_SIZE, "deadbeef\nsize 512\n", "unknown" },
  { "store-20250112T000000Z.db", 1, OLD_SIZE, "", "unknown" },
};

static void
make_kinds (const char *folder)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *digest = g_strconcat (kinds[i].name, ".digest", NULL);
      g_autoptr (GBytes) bytes = make_store_bytes (kinds[i].pages, kinds[i].size);
      write_file (folder, kinds[i].name, g_bytes_get_data (bytes, NULL), kinds[i].size);
      write_file (folder, digest, kinds[i].note, strlen (kinds[i].note));
    }
}

/* What cannot be a backup holds no place of one, and is not taken away either. */
static void
test_damaged (void)
{
  g_autofree char *folder = test_folder_new ();
  g_autoptr (Harbour) h = open_harbour (folder, 0, 2);
  const gsize count = G_N_ELEMENTS (kinds);

  make_kinds (folder);
  g_autoptr (Answer) before = ask (h, "GET", "/api/v1/backups", NULL, NULL);
  for (gsize i = 0; i < count; i++)
    {
      g_autofree char *name = g_strdup_printf ("backups.%zu.name", count - 1 - i);
      g_autofree char *state = g_strdup_printf ("backups.%zu.state", count - 1 - i);
      g_autofree char *digest = g_strdup_printf ("backups.%zu.digest", count - 1 - i);
      g_test_message ("%s", kinds[i].name);
      g_assert_cmpstr (get_text (before, name), ==, kinds[i].name);
      g_assert_cmpstr (get_text (before, state), ==, kinds[i].state);
      if (strcmp (kinds[i].state, "unknown") == 0)
        g_assert_true (JSON_NODE_HOLDS_NULL (find_node (before, digest)));
      else
        g_assert_cmpstr (get_text (before, digest), ==, DIGEST);
    }
  g_autoptr (Answer) started = ask (h, "POST", "/api/v1/backups", NULL, NULL);
  assert_status (started, 202);
  g_autoptr (Answer) done = wait_for (h, "/api/v1/backups");
  g_assert_cmpstr (get_text (done, "job.state"), ==, "done");
  /* The newest of the three that count stays beside it. */
  for (gsize i = 0; i < count; i++)
    g_assert_true (has_file (folder, kinds[i].name) == (i >= 2));
  g_clear_pointer (&h, harbour_free);
  (void) test_folder_remove (folder);
}

/* One that loses its end afterwards is seen. */
static void
test_cut_off (void)
{
  g_autofree char *folder = test_folder_new ();
  g_autoptr (Harbour) h = open_harbour (folder, 0, 2);
  g_autofree char *note = NULL;

  g_autoptr (Answer) started = ask (h, "POST", "/api/v1/backups", NULL, NULL);
  assert_status (started, 202);
  g_autoptr (Answer) done = wait_for (h, "/api/v1/backups");
  g_assert_cmpstr (get_text (done, "backups.0.state"), ==, "verified");
  g_autofree char *path = g_build_filename (folder, get_text (done, "job.name"), NULL);
  g_autofree char *note_path = g_strconcat (path, ".digest", NULL);
  g_autofree char *expected = g_strdup_printf ("%s\nsize %" G_GINT64_FORMAT "\n",
                                               get_text (done, "job.digest"),
                                               get_number (done, "backups.0.size"));
  g_assert_true (g_file_get_contents (note_path, &note, NULL, NULL));
  g_assert_cmpstr (note, ==, expected);
  g_assert_cmpint (truncate (path, get_number (done, "backups.0.size") - 4096), ==, 0);
  g_autoptr (Answer) cut = ask (h, "GET", "/api/v1/backups", NULL, NULL);
  g_assert_cmpstr (get_text (cut, "backups.0.state"), ==, "damaged");
  g_assert_cmpstr (get_text (cut, "backups.0.digest"), ==, get_text (done, "job.digest"));
  g_clear_pointer (&h, harbour_free);
  (void) test_folder_remove (folder);
}

/* Of one second, by number; @keep of them, but none that is newer than what was just made. */
static void
test_order (void)
{
  static const char *const names[] = { "store-20200101T000000Z.db",
                                       "store-20200101T000000Z-2.db",
                                       "store-20200101T000000Z-10.db",
                                       "store-20200101T000001Z.db" };
  g_autofree char         *folder = test_folder_new ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    make_old_verified (folder, names[G_N_ELEMENTS (names) - 1 - i]);
  make_old (folder, "store-20200101T000000Z-x.db");
  make_old (folder, "store-20200101T000000Z-0.db");
  g_autoptr (GPtrArray) all = ms_backup_folder_list (folder, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (all->len, ==, G_N_ELEMENTS (names));
  for (guint i = 0; i < all->len; i++)
    g_assert_cmpstr (all->pdata[i], ==, names[i]);
  ms_backup_folder_prune (folder, 3, names[3]);
  g_assert_false (has_file (folder, names[0]));
  g_assert_true (has_file (folder, names[1]));
  ms_backup_folder_prune (folder, 1, names[2]);
  g_assert_false (has_file (folder, names[1]));
  g_assert_true (has_file (folder, names[2]));
  g_assert_true (has_file (folder, names[3]));
  (void) test_folder_remove (folder);
}

/* As if another daemon had made one in each second that this test may take, or had begun to. */
static void
occupy (const char *folder, GPtrArray *names)
{
  static const char *const endings[] = { "", ".unverified", ".digest" };
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  for (guint i = 0; i < 120; i++)
    {
      g_autoptr (GDateTime) time = g_date_time_add_seconds (now, i);
      g_autofree char *stamp = g_date_time_format (time, "%Y%m%dT%H%M%SZ");
      char *name = g_strdup_printf ("store-%s.db%s", stamp, endings[i % G_N_ELEMENTS (endings)]);
      if (i % G_N_ELEMENTS (endings) == 0)
        make_old_verified (folder, name);
      else
        make_old (folder, name);
      g_ptr_array_add (names, name);
    }
}

/* Nothing of another backup is written over, nor removed, and each gets a name of its own. */
static void
test_same_second (void)
{
  g_autofree char *folder = test_folder_new ();
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Harbour) h = open_harbour (folder, 0, 200);

  occupy (folder, names);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (Answer) started = ask (h, "POST", "/api/v1/backups", NULL, NULL);
      assert_status (started, 202);
      g_autoptr (Answer) done = wait_for (h, "/api/v1/backups");
      g_assert_cmpstr (get_text (done, "job.state"), ==, "done");
      g_assert_nonnull (strchr (get_text (done, "job.name") + strlen ("store-"), '-'));
      g_autofree char *path = g_build_filename (folder, get_text (done, "job.name"), NULL);
      assert_is_sound_store (path);
    }
  g_clear_pointer (&h, harbour_free);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);
      g_autofree char *bytes = NULL;
      gsize            size = 0;
      g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
      g_assert_cmpuint (size, ==, g_str_has_suffix (path, ".db") ? OLD_SIZE : strlen ("old"));
      if (g_str_has_suffix (path, ".db"))
        {
          g_autofree char *digest = g_strconcat (names->pdata[i], ".digest", NULL);
          g_assert_true (has_file (folder, digest));
        }
    }
  /* 120 names, 40 of them with a digest besides, and three backups with theirs */
  g_assert_cmpuint (test_folder_remove (folder), ==, 120 + 40 + 6);
}

/* Two daemons with one folder, at once. */
static void
test_two_daemons (void)
{
  g_autofree char *folder = test_folder_new ();
  g_autoptr (Harbour) first = open_harbour (folder, 0, 7);
  g_autoptr (Harbour) second = open_harbour (folder, 0, 7);

  for (guint i = 1; i <= 3; i++)
    {
      g_autoptr (Answer) one = ask (first, "POST", "/api/v1/backups", NULL, NULL);
      g_autoptr (Answer) two = ask (second, "POST", "/api/v1/backups", NULL, NULL);
      assert_status (one, 202);
      assert_status (two, 202);
      g_autoptr (Answer) one_done = wait_for (first, "/api/v1/backups");
      g_autoptr (Answer) two_done = wait_for (second, "/api/v1/backups");
      g_assert_cmpstr (get_text (one_done, "job.state"), ==, "done");
      g_assert_cmpstr (get_text (two_done, "job.state"), ==, "done");
    }
  g_clear_pointer (&first, harbour_free);
  g_clear_pointer (&second, harbour_free);
  g_assert_cmpuint (test_folder_remove (folder), ==, 3 * 2 * 2);
}

/* Told to: a sound file with its digest, and the oldest gone; nothing else is touched. */
static void
test_now (void)
{
  g_autofree char *folder = test_folder_new ();
  g_autoptr (Harbour) h = open_harbour (folder, 0, 2);
  struct stat st;

  make_old_verified (folder, "store-20200101T000000Z.db");
  make_old_verified (folder, "store-20210101T000000Z.db");
  make_old (folder, "store-20220101T000000Z.db");
  make_old (folder, "store-mine.db");
  g_autofree char *id = make_user (h, "kept.safe");
  g_autoptr (Answer) before = ask (h, "GET", "/api/v1/server", NULL, NULL);
  g_assert_false (json_node_get_boolean (find_node (before, "backup.scheduled")));
  g_autoptr (Answer) started = ask (h, "POST", "/api/v1/backups", NULL, NULL);
  assert_status (started, 202);
  g_autoptr (Answer) done = wait_for (h, "/api/v1/backups");
  if (strcmp (get_text (done, "job.state"), "done") != 0)
    g_test_message ("%s", done->reply->body->str);
  g_assert_cmpstr (get_text (done, "job.state"), ==, "done");
  g_assert_cmpstr (get_text (done, "job.name"), ==, get_text (done, "backups.0.name"));
  g_assert_cmpstr (get_text (done, "backups.0.state"), ==, "verified");
  g_assert_cmpuint (strlen (get_text (done, "backups.0.digest")), ==, 64);
  g_assert_cmpstr (get_text (done, "backups.1.name"), ==, "store-20220101T000000Z.db");
  g_assert_cmpstr (get_text (done, "backups.1.state"), ==, "unknown");
  g_assert_cmpstr (get_text (done, "backups.2.name"), ==, "store-20210101T000000Z.db");
  g_assert_null (find_node (done, "backups.3"));
  g_assert_false (has_file (folder, "store-20200101T000000Z.db"));
  g_assert_false (has_file (folder, "store-20200101T000000Z.db.digest"));
  g_assert_true (has_file (folder, "store-mine.db"));

  g_autofree char *path = g_build_filename (folder, get_text (done, "job.name"), NULL);
  g_assert_cmpint (stat (path, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 0777, ==, 0600);
  g_assert_cmpint (get_number (done, "backups.0.size"), ==, st.st_size);
  assert_is_sound_store (path);
  g_autoptr (Answer) after = ask (h, "GET", "/api/v1/server", NULL, NULL);
  g_assert_cmpstr (get_text (after, "backup.last"), ==, get_text (done, "backups.0.time"));
  g_assert_true (JSON_NODE_HOLDS_NULL (find_node (after, "backup.failed")));
  g_clear_pointer (&h, harbour_free);
  /* Two backups with their digests, and what is not ours. */
  g_assert_cmpuint (test_folder_remove (folder), ==, 6);
}

/* By itself. */
static void
test_scheduled (void)
{
  g_autofree char *folder = test_folder_new ();
  g_autoptr (Harbour) h = open_harbour (folder, 6, 7);
  g_autoptr (Answer) done = wait_for (h, "/api/v1/backups");

  g_assert_cmpstr (get_text (done, "job.state"), ==, "done");
  while (TRUE)
    {
      g_autoptr (Answer) server = ask (h, "GET", "/api/v1/server", NULL, NULL);
      g_assert_true (json_node_get_boolean (find_node (server, "backup.scheduled")));
      if (g_strcmp0 (get_text (server, "backup.next"), get_text (server, "backup.last")) > 0)
        break;
      g_usleep (20000);
    }
  g_clear_pointer (&h, harbour_free);
  g_assert_cmpuint (test_folder_remove (folder), ==, 2);
}

static void
test_failure (void)
{
  g_autofree char *folder = test_folder_new ();
  g_autoptr (Harbour) h = open_harbour (folder, 0, 1);

  g_assert_cmpuint (test_folder_remove (folder), ==, 0);
  g_autoptr (Answer) started = ask (h, "POST", "/api/v1/backups", NULL, NULL);
  assert_status (started, 202);
  while (TRUE)
    {
      g_autoptr (Answer) server = ask (h, "GET", "/api/v1/server", NULL, NULL);
      if (!JSON_NODE_HOLDS_NULL (find_node (server, "backup.failed")))
        break;
      g_usleep (20000);
    }
  g_autoptr (Answer) gone = ask (h, "GET", "/api/v1/backups", NULL, NULL);
  assert_status (gone, 200);
  g_assert_cmpstr (get_text (gone, "job.state"), ==, "failed");
  g_assert_nonnull (strstr (get_text (gone, "job.error"), "no such folder"));
  g_assert_nonnull (strstr (get_text (gone, "error"), folder));
  g_autoptr (Answer) info = ask (h, "GET", "/api/v1/server", NULL, NULL);
  g_assert_cmpstr (get_text (info, "backup.error"), ==, get_text (gone, "job.error"));
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  make_old_verified (folder, "store-20200101T000000Z.db");
  g_autoptr (Answer) list = wait_for (h, "/api/v1/backups");
  g_assert_cmpstr (get_text (list, "job.state"), ==, "failed");
  g_assert_nonnull (strstr (get_text (list, "job.error"), "no such folder"));
  /* What was there stays until a newer one is whole. */
  g_assert_cmpstr (get_text (list, "backups.0.name"), ==, "store-20200101T000000Z.db");
  g_autoptr (Answer) again = ask (h, "POST", "/api/v1/backups", NULL, NULL);
  assert_status (again, 202);
  g_autoptr (Answer) good = wait_for (h, "/api/v1/backups");
  g_assert_cmpstr (get_text (good, "job.state"), ==, "done");
  g_assert_false (has_file (folder, "store-20200101T000000Z.db"));
  g_autoptr (Answer) server = ask (h, "GET", "/api/v1/server", NULL, NULL);
  g_assert_true (JSON_NODE_HOLDS_NULL (find_node (server, "backup.failed")));
  g_clear_pointer (&h, harbour_free);
  g_assert_cmpuint (test_folder_remove (folder), ==, 2);
}

/* What is only looked at as a rule of the database spoils a backup too, and whoever looks after the
 * server hears of it. */
static void
test_unsound (void)
{
  g_autofree char *folder = test_folder_new ();
  g_autoptr (Harbour) h = open_harbour (folder, 0, 7);

  store_place_run_sql ("sqlite",
                       h->directory,
                       "CREATE TRIGGER strange AFTER UPDATE ON document BEGIN SELECT 1; END");
  g_autoptr (Answer) started = ask (h, "POST", "/api/v1/backups", NULL, NULL);
  assert_status (started, 202);
  g_autoptr (Answer) list = wait_for (h, "/api/v1/backups");
  g_assert_cmpstr (get_text (list, "job.state"), ==, "failed");
  g_autoptr (Answer) info = ask (h, "GET", "/api/v1/server", NULL, NULL);
  g_assert_false (JSON_NODE_HOLDS_NULL (find_node (info, "backup.failed")));
  g_assert_nonnull (strstr (get_text (info, "backup.error"), "the trigger “strange”"));
  g_clear_pointer (&h, harbour_free);
  g_assert_cmpuint (test_folder_remove (folder), ==, 0);
}

static void
test_refused (void)
{
  g_autoptr (Harbour) h = open_harbour (NULL, 0, 7);
  g_autoptr (Answer) none = ask (h, "POST", "/api/v1/backups", NULL, NULL);
  g_autoptr (Answer) empty = ask (h, "GET", "/api/v1/backups", NULL, NULL);
  g_autoptr (Answer) made
             = ask (h, "POST", "/api/v1/tokens", "{\"name\":\"r\",\"scope\":\"read\"}", NULL);
  const char *reader = get_text (made, "token");

  assert_status (none, 409);
  g_assert_nonnull (strstr (get_text (none, "detail"), "[backup]"));
  assert_status (empty, 200);
  g_assert_null (find_node (empty, "backups.0"));
  static const char *const paths[] = { "/api/v1/backups", "/api/v1/verify" };
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (Answer) reads = ask_as (h, reader, "GET", paths[i], NULL, NULL);
      g_autoptr (Answer) begins = ask_as (h, reader, "POST", paths[i], NULL, NULL);
      g_autoptr (Answer) nobody = ask_as (h, NULL, "GET", paths[i], NULL, NULL);
      assert_status (reads, 200);
      assert_status (begins, 403);
      assert_status (nobody, 401);
    }
}

static void
test_verify (void)
{
  g_autoptr (Harbour) h = open_harbour (NULL, 0, 7);
  g_autofree char *id = make_user (h, "verified");
  g_autoptr (Answer) started = ask (h, "POST", "/api/v1/verify", NULL, NULL);

  assert_status (started, 202);
  g_assert_cmpstr (get_text (started, "state"), ==, "running");
  g_autoptr (Answer) done = wait_for (h, "/api/v1/verify");
  g_assert_cmpstr (get_text (done, "job.state"), ==, "done");
  g_assert_cmpint (get_number (done, "job.problemCount"), ==, 0);
  g_assert_cmpuint (strlen (get_text (done, "job.digest")), ==, 64);
  g_assert_null (find_node (done, "job.notes.0"));
}

typedef struct
{
  MsBackupKeeper *keeper;
  gint            over;
} Looks;

static gboolean
is_verifying (MsBackupKeeper *keeper)
{
  g_autoptr (GString) state = g_string_new (NULL);

  ms_backup_keeper_append_verification (keeper, state);
  return strstr (state->str, "\"running\"") != NULL;
}

static gpointer
look_main (gpointer user_data)
{
  Looks *looks = user_data;

  while (!g_atomic_int_get (&looks->over))
    (void) is_verifying (looks->keeper);
  return NULL;
}

/* Who is told that one has ended may begin the next at once, however many look on. */
static void
test_verify_again (void)
{
  g_autoptr (Harbour) h = open_harbour (NULL, 0, 7);
  MsBackupOptions options = { 0 };
  Looks           looks = { ms_backup_keeper_new (h->service, &options), FALSE };
  GThread        *threads[3];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("look", look_main, &looks);
  for (guint round = 0; round < 30; round++)
    {
      g_autoptr (GString) begun = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      gboolean done = ms_backup_keeper_verify (looks.keeper, begun, &error);
      g_assert_no_error (error);
      g_assert_true (done);
      while (is_verifying (looks.keeper))
        g_thread_yield ();
    }
  g_atomic_int_set (&looks.over, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  ms_backup_keeper_free (looks.keeper);
}

/* Of a server that ends nobody is told to wait for the end of something. */
static void
test_verify_stopped (void)
{
  g_autoptr (Harbour) h = open_harbour (NULL, 0, 7);
  MsBackupOptions options = { 0 };
  g_autoptr (GString) begun = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  MsBackupKeeper *keeper = ms_backup_keeper_new (h->service, &options);

  ms_backup_keeper_stop (keeper);
  g_assert_false (ms_backup_keeper_verify (keeper, begun, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_assert_cmpstr (error->message, ==, "The server is being stopped");
  ms_backup_keeper_free (keeper);
}

static gboolean
note_other_primary (MsTxn *txn, gpointer data, GError **error)
{
  return ms_txn_set_setting (txn, MS_SETTING_PRIMARY_DOMAIN, data, error);
}

/* What is sound again, but left something behind. */
static void
test_verify_notes (void)
{
  static const MsChangeContext context = { .actor_name = "x", .channel = "x", .verb = "x" };
  g_autoptr (Harbour) h = open_harbour (NULL, 0, 7);
  MsStore *store = ms_service_get_store (h->service);

  g_assert_true (
      ms_store_write (store, &context, note_other_primary, (gpointer) "evil.example", NULL, NULL));
  g_autoptr (Answer) made = ask (h, "POST", "/scim/v2/Mailboxes", "{\"name\":\"bob\"}", NULL);
  assert_status (made, 201);
  g_autoptr (Answer) begun = ask (h, "POST", "/api/v1/verify", NULL, NULL);
  assert_status (begun, 202);
  g_autoptr (Answer) altered = wait_for (h, "/api/v1/verify");
  g_assert_cmpint (get_number (altered, "job.problemCount"), ==, 1);
  g_assert_null (find_node (altered, "job.notes.0"));

  g_assert_true (ms_store_write (
      store, &context, note_other_primary, (gpointer) "harbour.example", NULL, NULL));
  g_autoptr (Answer) again = ask (h, "POST", "/api/v1/verify", NULL, NULL);
  assert_status (again, 202);
  g_autoptr (Answer) done = wait_for (h, "/api/v1/verify");
  g_assert_cmpint (get_number (done, "job.problemCount"), ==, 0);
  g_assert_nonnull (strstr (get_text (done, "job.notes.0"), "“evil.example” is not a domain"));
  g_assert_nonnull (strstr (get_text (done, "job.notes.0"), "“bob@evil.example”"));
  g_assert_null (find_node (done, "job.notes.1"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backups/due", test_due);
  g_test_add_func ("/backups/now", test_now);
  g_test_add_func ("/backups/keep", test_keep);
  g_test_add_func ("/backups/damaged", test_damaged);
  g_test_add_func ("/backups/cut-off", test_cut_off);
  g_test_add_func ("/backups/order", test_order);
  g_test_add_func ("/backups/same-second", test_same_second);
  g_test_add_func ("/backups/two-daemons", test_two_daemons);
  g_test_add_func ("/backups/scheduled", test_scheduled);
  g_test_add_func ("/backups/failure", test_failure);
  /* A backup takes over triggers from a file only. */
  if (strcmp (store_place_get_driver (), "sqlite") == 0)
    g_test_add_func ("/backups/unsound", test_unsound);
  g_test_add_func ("/backups/refused", test_refused);
  g_test_add_func ("/backups/verify", test_verify);
  g_test_add_func ("/backups/verify/again", test_verify_again);
  g_test_add_func ("/backups/verify/stopped", test_verify_stopped);
  g_test_add_func ("/backups/verify/notes", test_verify_notes);
  return g_test_run ();
}
