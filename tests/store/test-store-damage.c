/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files with damage at hundreds of places: whoever opens, reads, verifies, backs up or rescues one
 * may fail, and says so, but neither crashes nor hangs; and what is rescued is sound.
 */
#include "store-fixture.h"
#include "store-place.h"

#include "ms-copy.h"
#include "ms-rescue.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define PLACES 200
#define USERS 24
/* For whatever is done with one file; mostly it is a tenth of a second. */
#define PATIENCE (120 * G_USEC_PER_SEC)
/* So that each table has pages between those of others. */
#define MORE_USERS 200

typedef struct
{
  char  *path;
  char  *uri;
  char  *target;
  char  *bytes;
  gsize  size;
  gint64 objects;
  guint  refused;
  guint  unsound;
  guint  rescued;
  gint64 saved;
  guint  place;
  gsize  at;
  guint  length;
} Damage;

/* Where it is ------------------------------------------------------------------------------------
 */

/* What goes on for ever must not end with a time limit from outside, of which nothing is left but
 * that it came. Ids differ from run to run, and with them the file: it is kept, not only its seed.
 */
typedef struct
{
  const Damage *damage;
  const char   *phase; /* (nullable): it has ended */
  gint64        until;
  GMutex        lock;
  GCond         cond;
  GThread      *thread;
} Watch;

static Watch watch;

static void
complain_of_phase (void)
{
  const Damage    *damage = watch.damage;
  g_autofree char *logs = g_build_filename (g_getenv ("MS_BUILD_DIR"), "meson-logs", NULL);
  g_autofree char *kept = g_build_filename (logs, "endless.db", NULL);
  g_autofree char *bytes = NULL;
  gsize            length = 0;

  if (!g_file_get_contents (damage->path, &bytes, &length, NULL)
      || !g_file_set_contents (kept, bytes, (gssize) length, NULL))
    kept = (g_free (kept), g_strdup (damage->path));
  g_printerr ("Place %u, %u bytes at %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
              ": to %s it took more than %d s. The file is kept as %s\n",
              damage->place,
              damage->length,
              damage->at,
              damage->size,
              watch.phase,
              (int) (PATIENCE / G_USEC_PER_SEC),
              kept);
  abort ();
}

static gpointer
watch_main (gpointer data)
{
  g_mutex_lock (&watch.lock);
  while (watch.phase != NULL)
    if (!g_cond_wait_until (&watch.cond, &watch.lock, watch.until)
        && g_get_monotonic_time () >= watch.until)
      complain_of_phase ();
  g_mutex_unlock (&watch.lock);
  return NULL;
}

/* @phase: (nullable): what it is to do now */
static void
watch_set (const char *phase)
{
  g_mutex_lock (&watch.lock);
  watch.phase = phase;
  watch.until = g_get_monotonic_time () + PATIENCE;
  g_cond_signal (&watch.cond);
  g_mutex_unlock (&watch.lock);
}

static void
watch_begin (const Damage *damage)
{
  watch.damage = damage;
  watch_set ("begin");
  watch.thread = g_thread_new ("watch", watch_main, NULL);
}

static void
watch_end (void)
{
  watch_set (NULL);
  g_thread_join (g_steal_pointer (&watch.thread));
}

/* ------------------------------------------------------------------------------------------------
 */

static void
fill (Fixture *fixture)
{
  g_autofree char *top = fixture_insert (fixture, "MailGroup", "{'name':'top'}");
  g_autofree char *inner_text = g_strdup_printf ("{'name':'inner','parent':{'value':'%s'}}", top);
  g_autofree char *inner = fixture_insert (fixture, "MailGroup", inner_text);
  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'all'}");
  g_autofree char *gone = fixture_insert (fixture, "User", "{'userName':'gone'}");

  for (guint i = 0; i < USERS; i++)
    {
      g_autofree char *text = g_strdup_printf (
          "{'userName':'user-%u','displayName':'Ünique %u','title':'a title of some length'}",
          i,
          i);
      g_autofree char *id = fixture_insert (fixture, "User", text);
      g_autofree char *box_text
          = g_strdup_printf ("{'name':'m%u','domain':'example.org','address':'m%u@example.org',"
                             "'primary':true,'owner':{'value':'%s'},'group':{'value':'%s'}}",
                             i,
                             i,
                             id,
                             inner);
      g_autofree char *box = fixture_insert (fixture, "Mailbox", box_text);
      fixture_link (fixture, list, "members", i % 2 == 0 ? id : box, TRUE, TRUE);
    }
  fixture_delete (fixture, gone);
}

static void
write_damaged (Damage *self, guint place)
{
  static const guint lengths[] = { 1, 1, 16, 512, 4096 };
  g_autofree char   *copy = g_memdup2 (self->bytes, self->size);
  g_autoptr (GError) error = NULL;
  guint length = lengths[place % G_N_ELEMENTS (lengths)];
  gsize at = (gsize) g_test_rand_int_range (0, (gint32) (self->size - length));

  self->place = place;
  self->at = at;
  self->length = length;
  for (guint i = 0; i < length; i++)
    copy[at + i] = length == 1 ? (char) (copy[at] ^ (1 << g_test_rand_int_range (0, 8)))
                               : (char) g_test_rand_int ();
  g_assert_true (g_file_set_contents (self->path, copy, (gssize) self->size, &error));
  g_assert_no_error (error);
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

static gboolean
on_object (MsObject *object, gpointer data, GError **error)
{
  ++*(gint64 *) data;
  return TRUE;
}

static gboolean
do_list_all (MsTxn *txn, gpointer data, GError **error)
{
  static const char *const types[] = { "User", "Mailbox", "MailGroup", "Group" };
  Fixture                 *fixture = data;
  gint64                   seen = 0;
  gint64                   total = 0;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      MsQuery query = { .type = fixture_type (fixture, types[i]), .count = 1000, .search = "e" };
      if (!ms_txn_query (txn, &query, on_object, &seen, &total, error))
        return FALSE;
    }
  return TRUE;
}

/* All that reads it. */
static void
read_damaged (Damage *self, Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  watch_set ("open it");
  g_autoptr (MsStore) store = ms_store_open (self->uri, fixture->schemas, 0, &error);

  if (store == NULL)
    {
      g_assert_nonnull (error);
      self->refused++;
      return;
    }
  watch_set ("verify it");
  g_autoptr (GPtrArray) problems = ms_store_verify (store, &error);
  if (problems == NULL || problems->len > 0)
    self->unsound++;
  g_assert_true ((problems == NULL) == (error != NULL));
  g_clear_error (&error);
  watch_set ("list what is in it");
  gboolean listed = ms_store_read (store, do_list_all, fixture, NULL, &error);
  g_assert_true (listed == (error == NULL));
  g_clear_error (&error);
  watch_set ("make its digest");
  g_autofree char *digest = ms_store_digest (store, MS_DIGEST_WHOLE, NULL, &error);
  g_assert_true ((digest == NULL) == (error != NULL));
  g_clear_error (&error);
  watch_set ("back it up");
  gboolean saved = ms_store_backup (store, self->target, NULL, &error);
  g_assert_true (saved == (error == NULL));
  watch_set ("close it");
  ms_store_close (store);
  forget (self->target);
}

static void
on_loss (const char *loss, gpointer user_data)
{
  g_assert_true (g_utf8_validate (loss, -1, NULL));
}

static void
rescue_damaged (Damage *self, Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  gint64 saved = 0;
  gint64 losses = 0;
  watch_set ("rescue it");
  gboolean done = ms_rescue (
      self->uri, self->target, fixture->schemas, NULL, on_loss, NULL, &saved, &losses, &error);

  g_assert_true (done == (error == NULL));
  g_assert_cmpint (done, ==, g_file_test (self->target, G_FILE_TEST_EXISTS));
  if (!done)
    {
      g_test_message ("not rescued: %s", error->message);
      return;
    }
  g_assert_cmpint (saved, <=, self->objects);
  self->rescued++;
  self->saved += saved;
  forget (self->target);
}

static void
test_places (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *original = g_build_filename (fixture->folder, "store.db", NULL);
  g_autofree char *folder
      = g_strdup (g_file_test ("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm/ms-damage-XXXXXX"
                                                               : "/tmp/ms-damage-XXXXXX");
  Damage self = { .objects = USERS * 2 + 4 };

  fill (fixture);
  ms_store_close (fixture->store);
  g_clear_object (&fixture->store);
  g_assert_true (g_file_get_contents (original, &self.bytes, &self.size, &error));
  g_assert_nonnull (g_mkdtemp (folder));
  self.path = g_build_filename (folder, "damaged.db", NULL);
  self.target = g_build_filename (folder, "target.db", NULL);
  self.uri = g_strconcat ("sqlite:", self.path, NULL);
  watch_begin (&self);
  for (guint i = 0; i < PLACES; i++)
    {
      write_damaged (&self, i);
      rescue_damaged (&self, fixture);
      read_damaged (&self, fixture);
      forget (self.path);
    }
  watch_end ();
  g_test_message ("of %d damaged files %u were refused at once and %u found unsound; %u could be "
                  "rescued, with %.1f of %d objects on average",
                  PLACES,
                  self.refused,
                  self.unsound,
                  self.rescued,
                  (double) self.saved / MAX (self.rescued, 1),
                  (int) self.objects);
  g_assert_cmpuint (self.rescued, >, PLACES / 2);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_free (self.path);
  g_free (self.uri);
  g_free (self.target);
  g_free (self.bytes);
}

/* (transfer full) (nullable): the first text */
static char *
ask_file (const char *path, const char *query)
{
  sqlite3      *db = NULL;
  sqlite3_stmt *statement = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, query, -1, &statement, NULL), ==, SQLITE_OK);
  char *text = sqlite3_step (statement) == SQLITE_ROW
                   ? g_strdup ((const char *) sqlite3_column_text (statement, 0))
                   : NULL;
  sqlite3_finalize (statement);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
  return text;
}

static void
collect_loss (const char *loss, gpointer user_data)
{
  g_ptr_array_add (user_data, g_strdup (loss));
}

/* What stands in the pages that are there is saved, and what is not takes no line for each row. */
static void
test_truncated (Fixture *fixture, gconstpointer data)
{
  static const guint kept[] = { 100, 90, 70 }; /* percent; of the first one all but a page */
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fixture->folder, "store.db", NULL);
  g_autofree char *target = g_build_filename (fixture->folder, "target.db", NULL);
  g_autofree char *bytes = NULL;
  gsize            length = 0;

  fill (fixture);
  for (guint i = 0; i < MORE_USERS; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'userName':'more-%u','title':'%0200u'}", i, i);
      g_free (fixture_insert (fixture, "User", text));
    }
  fixture_close (fixture);
  g_assert_true (g_file_get_contents (path, &bytes, &length, &error));
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
      gsize  rest = MIN (length / 100 * kept[i], length - 4096);
      gint64 saved = 0;
      gint64 losses = 0;

      g_assert_true (g_file_set_contents (path, bytes, (gssize) rest, &error));
      gboolean done = ms_rescue (fixture->uri,
                                 target,
                                 fixture->schemas,
                                 NULL,
                                 collect_loss,
                                 lines,
                                 &saved,
                                 &losses,
                                 &error);
      g_assert_no_error (error);
      g_assert_true (done);
      g_test_message ("%u %%: %u saved, %u losses", kept[i], (guint) saved, (guint) losses);
      g_assert_cmpint (saved, >, 0);
      g_assert_cmpint (losses, ==, lines->len);
      g_assert_cmpuint (lines->len, <=, 2 * (USERS * 2 + 4 + MORE_USERS));
      forget (target);
    }
  g_assert_true (g_file_set_contents (path, bytes, (gssize) length, &error));
}

static gboolean
do_set_primary (MsTxn *txn, gpointer data, GError **error)
{
  return ms_txn_set_setting (txn, MS_SETTING_PRIMARY_DOMAIN, data, error);
}

static gboolean
do_get_primary (MsTxn *txn, gpointer data, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *(char **) data = ms_txn_get_setting (txn, MS_SETTING_PRIMARY_DOMAIN, &failed);
  g_assert_no_error (failed);
  return TRUE;
}

/* Without damage, all of it. */
static void
test_whole (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *target = g_build_filename (fixture->folder, "target.db", NULL);
  g_autofree char *uri = g_strconcat ("sqlite:", target, NULL);
  gint64           saved = 0;
  gint64           losses = -1;
  gint64           begun = g_get_real_time () / G_USEC_PER_SEC;

  fill (fixture);
  g_autofree char *before = ms_store_digest (fixture->store, MS_DIGEST_STATE, NULL, &error);
  g_assert_true (ms_rescue (
      fixture->uri, target, fixture->schemas, NULL, on_loss, NULL, &saved, &losses, &error));
  g_assert_no_error (error);
  g_assert_cmpint (losses, ==, 0);
  g_assert_cmpint (saved, ==, USERS * 2 + 4);
  g_autoptr (MsStore) store = ms_store_open (uri, fixture->schemas, 0, &error);
  g_assert_no_error (error);
  g_autofree char *after = ms_store_digest (store, MS_DIGEST_STATE, NULL, &error);
  g_assert_cmpstr (before, ==, after);
  /* Above all numbers that clients may know of the store before. */
  Fixture other = { .store = store };
  g_assert_cmpint (fixture_last_sequence (&other) / 1000000, >, begun);
  ms_store_close (store);
  forget (target);
}

/* What describes a type is there before what is of it, also before what of it lies in the bin. */
static void
test_own_type (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *target = g_build_filename (fixture->folder, "target.db", NULL);
  g_autofree char *uri = g_strconcat ("sqlite:", target, NULL);
  gint64           saved = 0;
  gint64           losses = -1;

  g_autoptr (MsSchemaRegistry) builtin = ms_schema_registry_ref (fixture->schemas);
  fixture_change_rooms (fixture, TRUE);
  g_autofree char *gone = fixture_insert (fixture, "Room", "{'name':'North'}");
  fixture_delete (fixture, gone);
  g_autofree char *there = fixture_insert (fixture, "Room", "{'name':'North'}");
  g_autofree char *before = ms_store_digest (fixture->store, MS_DIGEST_STATE, NULL, &error);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_assert_true (ms_rescue (
      fixture->uri, target, builtin, NULL, collect_loss, lines, &saved, &losses, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (lines->len > 0 ? lines->pdata[0] : NULL, ==, NULL);
  g_assert_cmpint (saved, ==, 3);
  g_autoptr (MsStore) store = ms_store_open (uri, builtin, 0, &error);
  g_assert_no_error (error);
  g_autofree char *after = ms_store_digest (store, MS_DIGEST_STATE, NULL, &error);
  g_assert_cmpstr (before, ==, after);
  ms_store_close (store);
  forget (target);
}

/* Which domain is primary is noted apart from it. */
static void
test_primary_domain (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *sql;
    const char *primary; /* (nullable): in what is saved */
    const char *loss;
  } cases[] = {
    { "UPDATE setting SET value = 'evil.example' WHERE name = 'primary-domain'", "x.org", NULL },
    { "UPDATE document SET body = replace (body, 'equal', 'primary') WHERE obj ="
      " (SELECT n FROM object WHERE label = 'z.org')",
      "x.org",
      "Domain “z.org” *: that it is primary, which another one is too" },
    { "DELETE FROM document WHERE obj = (SELECT n FROM object WHERE label = 'x.org');"
      "UPDATE document SET body = replace (body, 'primary', 'equal') WHERE obj ="
      " (SELECT n FROM object WHERE label = 'z.org')",
      NULL,
      "Domain “x.org” *" },
  };
  g_autofree char *target = g_build_filename (fixture->folder, "target.db", NULL);
  g_autofree char *uri = g_strconcat ("sqlite:", target, NULL);
  g_autofree char *primary
      = fixture_insert (fixture, "Domain", "{'name':'x.org','kind':'primary'}");
  g_autofree char *equal = fixture_insert (fixture, "Domain", "{'name':'z.org','kind':'equal'}");

  g_assert_true (primary != NULL && equal != NULL);
  fixture_write (fixture, do_set_primary, (gpointer) "x.org");
  fixture_close (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
      g_autofree char *noted = NULL;
      gint64           saved = 0;
      gint64           losses = 0;

      fixture_run_sql (fixture, cases[i].sql);
      g_assert_true (ms_rescue (fixture->uri,
                                target,
                                fixture->schemas,
                                NULL,
                                collect_loss,
                                lines,
                                &saved,
                                &losses,
                                &error));
      g_assert_no_error (error);
      for (guint j = 0; j < lines->len; j++)
        g_test_message ("%s", (const char *) lines->pdata[j]);
      g_assert_cmpuint (lines->len, ==, cases[i].loss != NULL ? 1 : 0);
      if (cases[i].loss != NULL)
        g_assert_true (g_pattern_match_simple (cases[i].loss, lines->pdata[0]));
      g_autoptr (MsStore) store = ms_store_open (uri, fixture->schemas, 0, &error);
      g_assert_no_error (error);
      g_assert_true (ms_store_read (store, do_get_primary, &noted, NULL, &error));
      g_assert_cmpstr (noted, ==, cases[i].primary);
      ms_store_close (store);
      forget (target);
    }
}

/* Numbers that damage makes of those of objects take no memory. */
static void
test_stray_rows (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fill (fixture);
  fixture_close (fixture);
  fixture_run_sql (fixture,
                   "INSERT INTO search_index (rowid, body) VALUES (1152921504606846976, 'stray')");
  fixture_run_sql (fixture, "INSERT INTO search_index (rowid, body) VALUES (-70000, 'stray')");
  fixture_reopen (fixture);
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'astray'}");
  assert_text (fixture_list (fixture, "User", NULL, "stray", NULL, 0, 10, NULL), "astray");
  assert_text (fixture_list (fixture, "User", "userName co \"stray\"", NULL, NULL, 0, 10, NULL),
               "astray");
  g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_nonnull (strstr (problems->pdata[0], "search_index"));
  fixture_close (fixture);
  fixture_run_sql (fixture,
                   "INSERT INTO search_index (search_index, rowid, body) VALUES"
                   " ('delete', 1152921504606846976, 'stray'), ('delete', -70000, 'stray')");
}

/* What may not be NULL is, for who opens it as a damaged one and for a rescue. */
static void
test_null (Fixture *fixture, gconstpointer data)
{
  static const char *const updates[] = {
    "UPDATE attribute SET form = NULL WHERE attr % 2 = 0",
    "UPDATE attribute SET path = NULL WHERE path = 'members'",
    "UPDATE object SET type = NULL, label = NULL WHERE label = 'user-1'",
    "UPDATE object SET id = NULL WHERE label = 'user-2'",
    "UPDATE document SET body = NULL WHERE body LIKE '%user-3%'",
    "UPDATE setting SET value = NULL",
    "UPDATE secret SET value = NULL",
  };
  g_autofree char *target = g_build_filename (fixture->folder, "target.db", NULL);
  guint            before = 0;

  fill (fixture);
  fixture_close (fixture);
  fixture_run_sql (fixture, "INSERT INTO setting (name, value) VALUES ('a', '1')");
  fixture_run_sql (fixture,
                   "INSERT INTO secret (obj, kind, value) SELECT n, 'password', 'x' FROM object"
                   " WHERE label = 'user-4'");
  fixture_run_sql (fixture,
                   "PRAGMA writable_schema = ON;"
                   "UPDATE sqlite_schema SET sql = replace (sql, ' NOT NULL', '')"
                   " WHERE type = 'table'");
  for (guint i = 0; i < G_N_ELEMENTS (updates); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
      gint64 saved = 0;
      gint64 losses = 0;

      fixture_run_sql (fixture, updates[i]);
      g_autoptr (MsStore) store = ms_store_open (
          fixture->uri, fixture->schemas, MS_STORE_READ_ONLY | MS_STORE_DAMAGED, &error);
      g_assert_no_error (error);
      (void) !ms_store_read (
          store, do_list_all, fixture, NULL, NULL); /* it may fail, and says so */
      g_free (ms_store_digest (store, MS_DIGEST_WHOLE, NULL, NULL));
      ms_store_close (store);
      g_assert_true (ms_rescue (fixture->uri,
                                target,
                                fixture->schemas,
                                NULL,
                                collect_loss,
                                lines,
                                &saved,
                                &losses,
                                &error));
      g_assert_no_error (error);
      g_assert_cmpint (saved, >, USERS);
      g_test_message ("%s: %u losses", updates[i], lines->len);
      g_assert_true (lines->len > before || i == 0);
      before = lines->len;
      forget (target);
    }
}

/* Documents that are JSON and not what they were --------------------------------------------- */

#define IN(label) " WHERE obj = (SELECT n FROM object WHERE label = '" label "')"
#define REPLACE(label, before, after)                                                              \
  "UPDATE document SET body = replace (body, '" before "', '" after "')" IN (label) ";"

/**
 * AlteredCase:
 * @losses: (array zero-terminated=1): all that is told, as patterns
 * @label, @expected: (nullable): of one object of what is saved: its document, as a pattern
 */
typedef struct
{
  const char *sql;
  const char *losses[4];
  const char *label;
  const char *expected;
} AlteredCase;

static const AlteredCase altered_cases[] = {
  /* From the table of links. */
  { REPLACE ("m3", "\"owner\":{\"value\"", "\"owner\":{\"v0lue\""),
    { "Mailbox “m3” *: “owner.v0lue” in its document, which is no attribute, is left out",
      "Mailbox “m3” *: its owner, which is not in its document, is taken from its links: *" },
    "m3",
    "*\"owner\":{\"value\":\"*" },
  { REPLACE ("m3", "\"owner\"", "\"owneX\""),
    { "Mailbox “m3” *: “owneX” in its document, which is no attribute, is left out",
      "Mailbox “m3” *: its owner, which is not in its document, is taken from its links: *" },
    "m3",
    "*\"primary\":true*\"owner\":{\"value\":\"*" },
  { REPLACE ("m3", "\"group\":{", "\"group\":7,\"x\":{"),
    { "Mailbox “m3” *: “group” in its document, which is of another kind, is left out",
      "Mailbox “m3” *: “x” in its document, which is no attribute, is left out",
      "Mailbox “m3” *: its group, which is not in its document, is taken from its links: *" },
    "m3",
    "*\"group\":{\"value\":\"*" },
  { "UPDATE document SET body = replace (body, (SELECT id FROM object WHERE label = 'user-3'),"
    " 'nobody')" IN ("m3"),
    { "Mailbox “m3” *: its owner is nobody, nobody; by its links it is *, which is taken" },
    "m3",
    "*\"owner\":{\"value\":\"*" },
  /* That cannot be read either. */
  { REPLACE ("m3",
             "\"owner\"",
             "\"owneX\"") "DELETE FROM uniq WHERE scope = 'primary' AND obj ="
                          " (SELECT n FROM object WHERE label = 'm3');"
                          "DELETE FROM link WHERE from_n = (SELECT n FROM object WHERE label = "
                          "'m3') AND attr ="
                          " (SELECT attr FROM attribute WHERE type = 'Mailbox' AND path = 'owner')",
    { "Mailbox “m3” *: “owneX” in its document, which is no attribute, is left out",
      "Mailbox “m3” *: that it is primary, as it has no owner" },
    "m3",
    "*\"primary\":false*" },
  { REPLACE ("m3",
             "\"owner\":{\"value\":",
             "\"owner\":{},\"x\":{\"value\":") "DELETE FROM uniq"
                                               " WHERE scope = 'primary' AND obj = (SELECT n FROM "
                                               "object WHERE label = 'm3');"
                                               "DELETE FROM link WHERE from_n = (SELECT n FROM "
                                               "object WHERE label = 'm3') AND attr ="
                                               " (SELECT attr FROM attribute WHERE type = "
                                               "'Mailbox' AND path = 'owner')",
    { "Mailbox “m3” *: “owner” in its document, which is empty, is left out",
      "Mailbox “m3” *: “x” in its document, which is no attribute, is left out",
      "Mailbox “m3” *: that it is primary, as it has no owner" },
    "m3",
    "*\"primary\":false*" },
  /* From the row and from the unique values. */
  { REPLACE ("user-3", "userName", "userNXme"),
    { "User “user-3” *: “userNXme” in its document, which is no attribute, is left out",
      "User “user-3” *: its userName, which is not in its document, is taken from its row" },
    "user-3",
    "*\"userName\":\"user-3\"*" },
  { REPLACE ("user-3", "userName", "UserName"),
    { "User “user-3” *: “UserName” in its document, which is no attribute, is left out",
      "User “user-3” *: its userName, which is not in its document, is taken from its row" },
    "user-3",
    "*\"userName\":\"user-3\"*" },
  { REPLACE ("m3", "\"address\"", "\"addrezs\""),
    { "Mailbox “m3” *: “addrezs” in its document, which is no attribute, is left out",
      "Mailbox “m3” *: its address, which is not in its document, is taken from what was kept for "
      "it: “m3@example.org”" },
    "m3",
    "*\"address\":\"m3@example.org\"*" },
  { REPLACE ("m3", "m3@example.org", "x3@example.org"),
    { "Mailbox “m3” *: the address “m3@example.org”, which was kept for it" },
    "m3",
    "*\"address\":\"x3@example.org\"*" },
  { REPLACE ("user-3", "\"user-3\"", "\"user-x\""),
    { "User “user-x” *: its userName, which elsewhere is “user-3”",
      "User “user-x” *: the User.userName “user-3”, which was kept for it" },
    "user-x",
    "*\"userName\":\"user-x\"*" },
  { REPLACE (
        "all", "displayName", "displayNXme") "UPDATE object SET label = '' WHERE label = 'all'",
    { "Group “*” *: “displayNXme” in its document, which is no attribute, is left out",
      "Group “*” *: its displayName, for which its id stands now" },
    NULL,
    NULL },
  /* Of no use but by name. */
  { REPLACE ("user-3", "\"title\"", "\"titlX\""),
    { "User “user-3” *: “titlX” in its document, which is no attribute, is left out" },
    "user-3",
    "*" },
  { REPLACE ("user-3", "\"a title of some length\"", "true"),
    { "User “user-3” *: “title” in its document, which is of another kind, is left out" },
    "user-3",
    "*" },
  { REPLACE ("gone", "userName", "userNXme"),
    { "User “gone” *: its userName, which is not in its document, is taken from its row" },
    "gone",
    "*\"userName\":\"gone\"*" },
};

static void
look_at_altered (const AlteredCase *c, Fixture *fixture, const char *target)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *uri = g_strconcat ("sqlite:", target, NULL);
  gint64           saved = 0;
  gint64           losses = 0;

  g_assert_true (ms_rescue (
      fixture->uri, target, fixture->schemas, NULL, collect_loss, lines, &saved, &losses, &error));
  g_assert_no_error (error);
  g_test_message ("%s", c->sql);
  for (guint i = 0; i < lines->len; i++)
    g_test_message ("  %s", (const char *) lines->pdata[i]);
  g_assert_cmpint (saved, ==, USERS * 2 + 4);
  for (guint i = 0; i < lines->len || c->losses[i] != NULL; i++)
    {
      g_assert_nonnull (c->losses[i]);
      g_assert_cmpuint (i, <, lines->len);
      g_assert_true (g_pattern_match_simple (c->losses[i], lines->pdata[i]));
    }
  g_autoptr (MsStore) store = ms_store_open (uri, fixture->schemas, 0, &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) problems = ms_store_verify (store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 0);
  ms_store_close (store);
  if (c->label != NULL)
    {
      g_autofree char *query = g_strdup_printf (
          "SELECT body FROM document d JOIN object o ON o.n = d.obj WHERE o.label = '%s'",
          c->label);
      g_autofree char *body = ask_file (target, query);
      g_test_message ("  %s", body);
      g_assert_true (g_pattern_match_simple (c->expected, body));
    }
  forget (target);
}

/* Whatever a document lacks is told, and comes from another table where one has it. */
static void
test_altered (Fixture *fixture, gconstpointer data)
{
  g_autofree char *target = g_build_filename (fixture->folder, "target.db", NULL);
  g_autofree char *path = g_build_filename (fixture->folder, "store.db", NULL);
  g_autofree char *bytes = NULL;
  gsize            length = 0;
  g_autoptr (GError) error = NULL;

  fill (fixture);
  fixture_close (fixture);
  g_assert_true (g_file_get_contents (path, &bytes, &length, &error));
  for (guint i = 0; i < G_N_ELEMENTS (altered_cases); i++)
    {
      store_place_lift_rules (fixture->driver, fixture->folder);
      fixture_run_sql (fixture, altered_cases[i].sql);
      look_at_altered (&altered_cases[i], fixture, target);
      g_assert_true (g_file_set_contents (path, bytes, (gssize) length, &error));
    }
}

/* One bit of the type in the row: the index has it as it was. */
static void
test_altered_type (Fixture *fixture, gconstpointer data)
{
  static const AlteredCase c = { "Mahlbox",
                                 { "Mailbox “m3” *: its type, which in its row is “Mahlbox”" },
                                 "m3",
                                 "*\"primary\":true*\"owner\":{\"value\":\"*" };
  g_autofree char         *target = g_build_filename (fixture->folder, "target.db", NULL);
  g_autofree char         *path = g_build_filename (fixture->folder, "store.db", NULL);
  g_autofree char         *bytes = NULL;
  gsize                    length = 0;
  g_autoptr (GError) error = NULL;

  fill (fixture);
  fixture_close (fixture);
  g_autofree char *text = ask_file (path, "SELECT id || type FROM object WHERE label = 'm3'");
  g_assert_true (g_file_get_contents (path, &bytes, &length, &error));
  /* So they stand in the row, and in changes. */
  for (gsize at = 0; at + strlen (text) < length; at++)
    if (memcmp (bytes + at, text, strlen (text)) == 0)
      bytes[at + 36 + 2] ^= 1;
  g_assert_true (g_file_set_contents (path, bytes, (gssize) length, &error));
  assert_text (ask_file (path, "SELECT type FROM object NOT INDEXED WHERE label = 'm3'"),
               "Mahlbox");
  look_at_altered (&c, fixture, target);
  for (gsize at = 0; at + strlen (text) < length; at++)
    if (memcmp (bytes + at, text, 36) == 0 && memcmp (bytes + at + 36, "Mahlbox", 7) == 0)
      bytes[at + 36 + 2] ^= 1;
  g_assert_true (g_file_set_contents (path, bytes, (gssize) length, &error));
}

/* A schema file that is none any more takes what it describes with it, and nothing else. */
static void
test_altered_schemas (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *target = g_build_filename (fixture->folder, "target.db", NULL);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  gint64 saved = 0;
  gint64 losses = 0;

  g_autoptr (MsSchemaRegistry) builtin = ms_schema_registry_ref (fixture->schemas);
  fixture_change_rooms (fixture, TRUE);
  g_autofree char *room = fixture_insert (fixture, "Room", "{'name':'North'}");
  g_autofree char *user = fixture_insert (fixture, "User", "{'userName':'alma'}");
  fixture_close (fixture);
  g_autofree char *before
      = ask_file (strstr (fixture->uri, ":") + 1,
                  "SELECT body FROM document WHERE body LIKE '%resourceTypes%'");
  g_assert_nonnull (before);
  fixture_run_sql (fixture,
                   "UPDATE document SET body = replace (body, 'resourceTypes', 'resourceTypez')"
                   " WHERE body LIKE '%resourceTypes%'");
  g_assert_true (ms_rescue (
      fixture->uri, target, builtin, NULL, collect_loss, lines, &saved, &losses, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < lines->len; i++)
    g_test_message ("%s", (const char *) lines->pdata[i]);
  g_assert_cmpint (saved, ==, 1);
  g_assert_cmpint (losses, ==, 2);
  g_assert_true (g_str_has_prefix (lines->pdata[0], "SchemaFile “"));
  g_assert_true (g_str_has_prefix (lines->pdata[1], "Room “North” "));
  forget (target);
  fixture_run_sql (fixture,
                   "UPDATE document SET body = replace (body, 'resourceTypez', 'resourceTypes')"
                   " WHERE body LIKE '%resourceTypez%'");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add_for ("sqlite", "damage/own-type", NULL, test_own_type);
  fixture_add_for ("sqlite", "damage/stray-rows", NULL, test_stray_rows);
  fixture_add_for ("sqlite", "damage/null", NULL, test_null);
  fixture_add_for ("sqlite", "damage/primary-domain", NULL, test_primary_domain);
  fixture_add_for ("sqlite", "damage/altered", NULL, test_altered);
  fixture_add_for ("sqlite", "damage/altered-type", NULL, test_altered_type);
  fixture_add_for ("sqlite", "damage/altered-schemas", NULL, test_altered_schemas);
  fixture_add_for ("sqlite", "damage/whole", NULL, test_whole);
  fixture_add_for ("sqlite", "damage/truncated", NULL, test_truncated);
  fixture_add_for ("sqlite", "damage/places", NULL, test_places);
  return g_test_run ();
}
