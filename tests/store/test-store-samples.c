/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stores of every version that was ever released, kept as text (tests/store/make-sample), brought
 * to today's on each driver: they are sound, nothing of them is lost, what is known of them is
 * answered, and they can be written to. A step without the sample of the version before it fails
 * here.
 */
#include "store-fixture.h"

#include "ms-copy.h"
#include "ms-integrity.h"
#include "ms-migrations.h"
#include "ms-sql.h"
#include "store-place.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLS 6
#define FIRST_WITH_RULES 2
/* The sample has keys of domains as today's. */
#define FIRST_WITH_DOMAINS 3

#define OURS "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User"
#define SCHEME OURS ":passwordScheme"

/* What a store of an older version says of itself, and what is the same of today's, and of those
 * from a version on, where that asks otherwise. Asked past the store: the same, whatever the steps
 * do to the tables. */
static const struct
{
  const char *before;
  const char *after; /* (nullable) */
  int         since; /* version that @after asks as well */
} kept[] = {
  { "SELECT count(*) || '/' || sum(version) || '/' || sum(length(label)) FROM object" },
  { "SELECT sum(created) || '/' || sum(modified) FROM object" },
  { "SELECT count(*) FROM object WHERE deleted IS NOT NULL" },
  /* From version 3 on documents say which scheme a password has, those in the bin too. */
  { "SELECT sum(length(d.body) + CASE WHEN s.value IS NULL THEN 0"
    "  WHEN d.body LIKE '%" OURS "%' THEN length(',\"passwordScheme\":\"\"')"
    "  ELSE length(',\"" OURS "\":{\"passwordScheme\":\"\"}') END"
    " + CASE WHEN s.value IS NULL THEN 0 WHEN s.value LIKE '$y$%' THEN length('yescrypt')"
    "  WHEN s.value LIKE '{SSHA}%' THEN length('ssha') ELSE length('sha512-crypt') END)"
    " FROM document d LEFT JOIN secret s ON s.obj = d.obj AND s.kind = 'password'",
    "SELECT sum(length(body)) FROM document",
    3 },
  { "SELECT count(*) || '/' || sum(from_n * 1000 + to_n) FROM link" },
  { "SELECT count(*) || '/' || sum(length(key)) FROM uniq" },
  { "SELECT count(*) || '/' || sum(length(value)) FROM secret" },
  { "SELECT count(*) || '/' || max(sequence) || '/' || sum(undone_by) FROM change_set" },
  { "SELECT hash FROM change_set ORDER BY sequence DESC LIMIT 1" },
  { "SELECT count(*) || '/' || sum(length(deltas)) FROM change" },
  { "SELECT value FROM setting WHERE name = 'primary-domain'" },
  { "SELECT count(*) || '/' || min(token_hash) FROM session" },
  { "SELECT count(*) || '/' || min(state) FROM import_job" },
  { "SELECT length(data) FROM import_file" },
  { "SELECT count(*) || '/' || sum(line) FROM import_row" },
};

/* Type, filter, search, order: labels. */
static const struct
{
  const char *type;
  const char *filter;
  const char *search;
  const char *sort;
  const char *labels;
  int         first; /* versions of which the sample has it; 0: any */
  int         last;
} answers[] = {
  { "User", NULL, NULL, "userName", "ada admin back ben closed føniks ines jürg katya" },
  { "User", "active eq false", NULL, NULL, "closed" },
  { "User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value pr",
    NULL,
    NULL,
    "ben" },
  { "User", NULL, "lukasiewicz", NULL, "føniks" },
  { "User", NULL, "катя", NULL, "katya" },
  { "User", "emails[type eq \"work\"].value ew \"work.example\"", NULL, NULL, "ada" },
  { "Mailbox",
    NULL,
    NULL,
    "address",
    "ada.private ada admin back ben ines info jürg katya müller" },
  { "User", SCHEME " eq \"yescrypt\"", NULL, "userName", "ada admin ben" },
  { "User", SCHEME " pr", NULL, "userName", "ada admin ben", 0, 1 },
  { "User", SCHEME " pr", NULL, "userName", "ada admin back ben føniks", 2 },
  { "User", SCHEME " ne \"yescrypt\" and " SCHEME " pr", NULL, SCHEME, "back føniks", 2 },
  { "User", SCHEME " eq \"ssha\"", NULL, NULL, "føniks", 2 },
  { "Mailbox", "aliases co \"boss\"", NULL, NULL, "ada" },
  { "Mailbox", "primary eq true", NULL, "-name", "katya jürg ines ben back admin ada" },
  { "MailGroup", NULL, NULL, "name", "Harbour Leuchtfeuer Nachtwächter Pilots" },
  { "Group", NULL, NULL, "displayName", "Crew Åland Öar" },
  { "Domain", "kind eq \"alias\"", NULL, NULL, "port.example" },
  { "Template", NULL, NULL, NULL, "Standard" },
};

static char *
read_sample (int version, gboolean *found)
{
  g_autofree char *name = g_strdup_printf ("version-%d.sql", version);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "samples", name, NULL);
  char            *text = NULL;

  *found = g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

/* Without the rules, which it has in its own dialect. (transfer full) */
static char **
split_data (const char *text)
{
  const char      *data = strstr (text, "-- data\n") + strlen ("-- data\n");
  const char      *rules = strstr (data, "\n-- rules\n");
  g_autofree char *rows = rules != NULL ? g_strndup (data, (gsize) (rules + 1 - data)) : NULL;

  return g_strsplit (rows != NULL ? rows : data, "\nINSERT", -1);
}

/* The part of PostgreSQL, whose tables the steps of that version make in its own dialect. */
static void
load_rows (Fixture *fixture, const char *text, int version)
{
  g_autoptr (GError) error = NULL;
  const char        *location = NULL;
  const MsSqlDriver *driver = ms_sql_driver_for_uri (fixture->uri, &location, &error);
  MsDatabase        *database = driver->open (location, MS_STORE_CREATE, &error);
  g_auto (GStrv) lines = split_data (text);
  GString *script = g_string_new ("DELETE FROM group_count;");

  g_assert_no_error (error);
  MsSql *sql = driver->connect (database, TRUE, &error);
  g_assert_no_error (error);
  gboolean made = ms_migrations_run_to (sql, version, &error)
                  && (version < FIRST_WITH_RULES
                      || (driver->begin (sql, &error) && ms_integrity_relax (sql, &error)
                          && driver->commit (sql, &error)));
  g_assert_no_error (error);
  g_assert_true (made);
  driver->disconnect (sql);
  driver->close (database);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      GString *line = g_string_new (i > 0 ? "INSERT" : "");
      g_string_append (line, lines[i]);
      if (g_str_has_prefix (line->str, "INSERT INTO import_file")
          || g_str_has_prefix (line->str, "INSERT INTO presence"))
        g_string_replace (line, "X'", "'\\x", 0);
      if (!g_str_has_prefix (line->str, "INSERT INTO store_info"))
        g_string_append_printf (script, "%s\n", line->str);
      g_string_free (line, TRUE);
    }
  store_place_run_sql (fixture->driver, fixture->folder, script->str);
  g_string_free (script, TRUE);
}

/* What the store would have counted and indexed itself. @tighten: the rules were relaxed */
static void
settle_rows (Fixture *fixture, gboolean tighten)
{
  g_autoptr (GError) error = NULL;
  const char        *location = NULL;
  const MsSqlDriver *driver = ms_sql_driver_for_uri (fixture->uri, &location, &error);
  MsDatabase        *database = driver->open (location, 0, &error);
  MsSql             *sql = driver->connect (database, TRUE, &error);

  g_assert_no_error (error);
  gboolean done = driver->begin (sql, &error) && (!tighten || ms_integrity_tighten (sql, &error))
                  && driver->rows_copied (sql, &error) && driver->commit (sql, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  driver->disconnect (sql);
  driver->close (database);
}

static void
load_sample (Fixture *fixture, int version)
{
  gboolean         found = FALSE;
  g_autofree char *text = read_sample (version, &found);
  g_autofree char *path = g_build_filename (fixture->folder, "store.db", NULL);

  g_assert_true (found);
  if (fixture->store != NULL)
    ms_store_close (fixture->store);
  g_clear_object (&fixture->store);
  g_free (store_place_new (fixture->driver, fixture->folder));
  if (strcmp (fixture->driver, "sqlite") != 0)
    {
      load_rows (fixture, text, version);
      settle_rows (fixture, version >= FIRST_WITH_RULES);
      return;
    }
  g_assert_cmpint (g_unlink (path), ==, 0);
  gboolean         has_texts = strstr (text, "content_rowid") != NULL; /* in the search index */
  g_autofree char *script
      = g_strconcat ("BEGIN;",
                     text,
                     has_texts ? "INSERT INTO search_index (search_index) VALUES ('rebuild');" : "",
                     "COMMIT;",
                     NULL);
  store_place_run_sql (fixture->driver, fixture->folder, script);
  if (!has_texts)
    settle_rows (fixture, FALSE);
}

static char **
ask_all (Fixture *fixture, int version)
{
  GStrvBuilder *builder = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      const char *query
          = kept[i].after != NULL && version >= kept[i].since ? kept[i].after : kept[i].before;
      g_autofree char *text = store_place_ask (fixture->driver, fixture->folder, query);
      g_strv_builder_add (builder, text != NULL ? text : "none");
    }
  char **all = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return all;
}

static void
check_answers (Fixture *fixture, int version)
{
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      if (version < answers[i].first || (answers[i].last != 0 && version > answers[i].last))
        continue;
      g_autofree char *labels = fixture_list (fixture,
                                              answers[i].type,
                                              answers[i].filter,
                                              answers[i].search,
                                              answers[i].sort,
                                              0,
                                              50,
                                              NULL);
      g_test_message ("%s: %s", answers[i].type, labels);
      g_assert_cmpstr (labels, ==, answers[i].labels);
    }
}

static void
check_kept (Fixture *fixture, char **before)
{
  g_auto (GStrv) after = ask_all (fixture, ms_migrations_get_last ());

  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      g_test_message ("%s: %s", kept[i].before, after[i]);
      g_assert_cmpstr (after[i], ==, before[i]);
    }
}

static void
check_writable (Fixture *fixture)
{
  gint64           last = fixture_last_sequence (fixture);
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'migrated'}");
  g_autoptr (MsObject) object = fixture_get (fixture, id);

  g_assert_nonnull (object);
  g_assert_cmpint (fixture_last_sequence (fixture), ==, last + 1);
  fixture_delete (fixture, id);
  gboolean restored = fixture_try_restore (fixture, id, NULL);
  g_assert_true (restored);
  fixture_check_sound (fixture);
}

static gboolean
do_take_out (MsTxn *txn, gpointer data, GError **error)
{
  g_autofree char *id
      = store_place_ask (((Fixture *) data)->driver,
                         ((Fixture *) data)->folder,
                         "SELECT id FROM object WHERE label = 'gone' AND type = 'User'");
  g_autoptr (MsObject) back = fixture_restore (txn, id, error);

  g_assert_nonnull (back);
  g_assert_cmpstr (ms_object_get_string (back, SCHEME), ==, "ssha");
  return TRUE;
}

static void
test_version (Fixture *fixture, gconstpointer data)
{
  load_sample (fixture, GPOINTER_TO_INT (data));
  g_auto (GStrv) before = ask_all (fixture, GPOINTER_TO_INT (data));
  fixture_reopen (fixture);
  g_assert_cmpint (ms_store_get_schema_version (fixture->store), ==, ms_migrations_get_last ());
  fixture_check_sound (fixture);
  check_kept (fixture, before);
  check_answers (fixture, GPOINTER_TO_INT (data));
  check_writable (fixture);
  if (GPOINTER_TO_INT (data) >= 2)
    fixture_write (fixture, do_take_out, fixture);
}

/* One text on every driver. */
static void
test_same (Fixture *fixture, gconstpointer data)
{
  static GHashTable *texts = NULL; /* version -> utf8 */
  g_autoptr (GError) error = NULL;

  if (texts == NULL)
    texts = g_hash_table_new_full (NULL, NULL, NULL, g_free);

  load_sample (fixture, GPOINTER_TO_INT (data));
  fixture_reopen (fixture);
  g_autofree char *digest = ms_store_digest (fixture->store, MS_DIGEST_WHOLE, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%s: %s", fixture->driver, digest);
  const char *first = g_hash_table_lookup (texts, data);
  if (first != NULL)
    g_assert_cmpstr (digest, ==, first);
  else
    g_hash_table_insert (texts, (gpointer) data, g_steal_pointer (&digest));
}

static void
test_newer_than_read_only (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  load_sample (fixture, GPOINTER_TO_INT (data));
  g_autoptr (MsStore) store
             = ms_store_open (fixture->uri, fixture->schemas, MS_STORE_READ_ONLY, &error);
  g_assert_null (store);
  g_assert_error (error, MS_ERROR, MS_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "older version"));
  /* Which of a database would be refused with the same words */
  g_assert_true ((strstr (error->message, "mailsteadd copy") != NULL)
                 == (strcmp (fixture->driver, "sqlite") == 0));
  fixture_reopen (fixture);
}

/* (transfer full) (nullable): a file of the fixture's folder as it is */
static GBytes *
read_file (Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  char            *bytes = NULL;
  gsize            length = 0;

  return g_file_get_contents (path, &bytes, &length, NULL) ? g_bytes_new_take (bytes, length)
                                                           : NULL;
}

static guint
count_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint count = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

/* Of a store in a file all can be read, checked and copied as it will be, and the file stays as it
 * is. */
static void
test_read_old (Fixture *fixture, gconstpointer data)
{
  int from = GPOINTER_TO_INT (data);
  g_autoptr (GError) error = NULL;
  g_autofree char *passing = g_build_filename (fixture->folder, "passing", NULL);
  g_autofree char *target = g_build_filename (fixture->folder, "target.db", NULL);
  g_autofree char *target_uri = g_strconcat ("sqlite:", target, NULL);
  g_autofree char *copied = NULL;
  g_autofree char *outer = g_strdup (g_getenv ("TMPDIR"));
  int              version = 0;

  load_sample (fixture, from);
  g_autoptr (GBytes) before = read_file (fixture, "store.db");
  g_assert_cmpint (g_mkdir (passing, 0700), ==, 0);
  g_setenv ("TMPDIR", passing, TRUE);
  MsStore *store = ms_store_open_to_read (
      fixture->uri, fixture->schemas, MS_STORE_READ_ONLY, NULL, NULL, &version, &error);
  g_assert_no_error (error);
  g_assert_cmpint (version, ==, from);
  g_assert_cmpint (ms_store_get_schema_version (store), ==, ms_migrations_get_last ());
  g_assert_cmpuint (count_files (passing), ==, 1);
  g_autoptr (GPtrArray) problems = ms_store_verify (store, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", (char *) problems->pdata[i]);
  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_true (ms_store_copy (store, target_uri, NULL, &copied, &error));
  g_assert_no_error (error);
  g_object_unref (store);
  g_assert_cmpuint (count_files (passing), ==, 0);
  g_autoptr (GBytes) after = read_file (fixture, "store.db");
  g_assert_true (g_bytes_equal (before, after));

  fixture_reopen (fixture);
  g_autofree char *digest = ms_store_digest (fixture->store, MS_DIGEST_WHOLE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (copied, ==, digest);
  if (outer != NULL)
    g_setenv ("TMPDIR", outer, TRUE);
  else
    g_unsetenv ("TMPDIR");
}

/* What says that it is of an older version says what to do. */
static void
test_refused_old (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  load_sample (fixture, GPOINTER_TO_INT (data));
  g_assert_null (ms_store_open_to_read (
      fixture->uri, fixture->schemas, MS_STORE_READ_ONLY, NULL, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "start this version of mailsteadd on it once"));
  fixture_reopen (fixture);
}

/* One document that nobody can read keeps nobody from all the others. */
static void
test_damaged_old (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  load_sample (fixture, GPOINTER_TO_INT (data));
  store_place_run_sql (fixture->driver,
                       fixture->folder,
                       "UPDATE document SET body = '{' WHERE obj = "
                       "(SELECT n FROM object WHERE label = 'ada' AND type = 'User')");
  fixture_reopen (fixture);
  g_assert_cmpint (ms_store_get_schema_version (fixture->store), ==, ms_migrations_get_last ());
  g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, &error);
  g_assert_no_error (error);
  gboolean named = FALSE;
  for (guint i = 0; i < problems->len; i++)
    named |= strstr (problems->pdata[i], "ada") != NULL;
  g_assert_true (named);
  fixture_renew (fixture);
}

/* An index that took straße.example and strasse.example for one domain. */
static void
test_near_old (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  load_sample (fixture, GPOINTER_TO_INT (data));
  store_place_run_sql (fixture->driver,
                       fixture->folder,
                       "UPDATE document SET body ="
                       " replace(body, '[\"ada@home.example\"]', '[\"ada@straße.example\"]')");
  store_place_run_sql (fixture->driver,
                       fixture->folder,
                       "UPDATE value SET key = 'ada@strasse.example' WHERE key = 'ada@home.example'"
                       " AND obj = (SELECT n FROM object WHERE label = 'ada.private')");
  fixture_reopen (fixture);
  g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, &error);
  g_assert_no_error (error);
  /* The history tells what the sample had. */
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_nonnull (strstr (problems->pdata[0], "left something else there"));
  assert_text (
      fixture_list (
          fixture, "Mailbox", "forwardTo eq \"ADA@straße.example\"", NULL, NULL, 0, 10, NULL),
      "ada.private");
  assert_text (
      fixture_list (
          fixture, "Mailbox", "forwardTo eq \"ada@strasse.example\"", NULL, NULL, 0, 10, NULL),
      "");
  fixture_renew (fixture);
}

/* A copy that is refused leaves the store that was to be its target as it was, for the program of
 * that version goes on with it. */
static void
test_no_target (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_build_filename (fixture->folder, "other", NULL);

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_autofree char *uri = g_strconcat ("sqlite:", folder, "/store.db", NULL);
  g_autoptr (MsStore) other = ms_store_open (uri, fixture->schemas, MS_STORE_CREATE, &error);
  g_assert_no_error (error);
  load_sample (fixture, GPOINTER_TO_INT (data));
  g_assert_false (ms_store_copy (other, fixture->uri, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "not empty"));
  g_autofree char *version
      = store_place_ask (fixture->driver, fixture->folder, "SELECT version FROM store_info");
  g_assert_cmpint (atoi (version), ==, GPOINTER_TO_INT (data));
  ms_store_close (other);
  fixture_reopen (fixture);
}

/* A backup of it goes to wherever stores are, and to where there is an older one too: numbers of
 * changes go on above those of both. */
static void
test_restore_old (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *backup = g_build_filename (fixture->folder, "backup.db", NULL);
  gint64           sequence = 0;
  g_autofree char *place = g_build_filename (fixture->folder, "store.db", NULL);
  gboolean         in_file = strcmp (fixture->driver, "sqlite") == 0;
  Fixture other = { .driver = "sqlite", .folder = fixture->folder, .schemas = fixture->schemas };

  fixture_close (fixture);
  other.uri = g_strconcat ("sqlite:", place, NULL);
  g_assert_true (g_file_set_contents (place, "", 0, &error));
  load_sample (&other, GPOINTER_TO_INT (data));
  g_assert_true (ms_backup (other.uri, fixture->schemas, backup, NULL, &error));
  g_assert_no_error (error);
  if (in_file && GPOINTER_TO_INT (data) >= FIRST_WITH_RULES)
    store_place_lift_rules ("sqlite", fixture->folder);
  if (in_file)
    store_place_run_sql ("sqlite",
                         fixture->folder,
                         "UPDATE change_set SET sequence = 7000003"
                         " WHERE sequence = (SELECT max(sequence) FROM change_set)");
  g_free (fixture->uri);
  fixture->uri
      = in_file ? g_strdup (other.uri) : store_place_new (fixture->driver, fixture->folder);
  gint64   begun = g_get_real_time () / G_USEC_PER_SEC;
  gboolean done
      = ms_restore (backup, fixture->uri, fixture->schemas, in_file, NULL, NULL, &sequence, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  if (in_file)
    g_assert_cmpint (sequence, ==, 8000000);
  else
    {
      /* Of a database that was there before nothing is known; see test-store-restore.c. */
      g_assert_cmpint (sequence % 1000000, ==, 0);
      g_assert_cmpint (sequence / 1000000 - 1, >=, begun);
      g_assert_cmpint (sequence / 1000000 - 1, <=, g_get_real_time () / G_USEC_PER_SEC);
    }
  fixture_reopen (fixture);
  fixture_check_sound (fixture);
  check_answers (fixture, GPOINTER_TO_INT (data));
  g_free (other.uri);
}

/* Every version before today's has a sample, and today's tables are those that the newest was made
 * from, so that nobody forgets to keep one. */
static void
test_complete (void)
{
  for (int version = 1; version < ms_migrations_get_last (); version++)
    {
      gboolean         found = FALSE;
      g_autofree char *text = read_sample (version, &found);
      if (!found)
        g_test_message ("There is no sample of version %d: check out the last commit that wrote "
                        "it, build it, and run tests/store/make-sample",
                        version);
      g_assert_true (found);
    }
}

/* Killed while it migrates -------------------------------------------------------------------- */

static int
run_child (const char *uri)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (MsStore) store = ms_store_open (uri, schemas, 0, NULL);

  return store != NULL ? 0 : 1;
}

static GPid
start_child (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) environment
          = g_environ_setenv (g_get_environ (), "MS_TEST_OPEN", fixture->uri, TRUE);
  char *arguments[] = { (char *) "/proc/self/exe", NULL };
  GPid  pid = 0;

  g_assert_true (g_spawn_async (
      NULL, arguments, environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &error));
  g_assert_no_error (error);
  return pid;
}

/* How long one takes that is left alone. */
static gint64
measure (Fixture *fixture, int from)
{
  int status = -1;

  load_sample (fixture, from);
  gint64 begin = g_get_monotonic_time ();
  GPid   pid = start_child (fixture);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  return g_get_monotonic_time () - begin;
}

static void
test_killed (Fixture *fixture, gconstpointer data)
{
  int    from = GPOINTER_TO_INT (data);
  gint64 whole = measure (fixture, from);
  guint  old = 0;
  guint  migrated = 0;

  for (guint i = 1; i <= KILLS; i++)
    {
      load_sample (fixture, from);
      g_auto (GStrv) before = ask_all (fixture, GPOINTER_TO_INT (data));
      GPid pid = start_child (fixture);
      g_usleep ((gulong) (whole * i / KILLS));
      g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
      g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
      g_autofree char *version
          = store_place_ask (fixture->driver, fixture->folder, "SELECT version FROM store_info");
      int found = (int) g_ascii_strtoll (version, NULL, 10);
      g_assert_cmpint (found, >=, from);
      g_assert_cmpint (found, <=, ms_migrations_get_last ());
      old += found == from;
      migrated += found == ms_migrations_get_last ();
      fixture_reopen (fixture);
      fixture_check_sound (fixture);
      check_kept (fixture, before);
    }
  g_test_message ("%u were of the old version after it, %u of the newest", old, migrated);
}

int
main (int argc, char *argv[])
{
  if (g_getenv ("MS_TEST_OPEN") != NULL)
    return run_child (g_getenv ("MS_TEST_OPEN"));

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/samples/complete", test_complete);
  for (int i = 1; i < ms_migrations_get_last (); i++)
    {
      g_autofree char *version = g_strdup_printf ("samples/%d", i);
      g_autofree char *same = g_strdup_printf ("samples/%d/same", i);
      g_autofree char *read_only = g_strdup_printf ("samples/%d/read-only", i);
      g_autofree char *read_old = g_strdup_printf ("samples/%d/read", i);
      g_autofree char *refused = g_strdup_printf ("samples/%d/refused", i);
      g_autofree char *restore = g_strdup_printf ("samples/%d/restore", i);
      g_autofree char *killed = g_strdup_printf ("samples/%d/killed", i);
      fixture_add (version, GINT_TO_POINTER (i), test_version);
      fixture_add (same, GINT_TO_POINTER (i), test_same);
      fixture_add (read_only, GINT_TO_POINTER (i), test_newer_than_read_only);
      fixture_add_for ("sqlite", read_old, GINT_TO_POINTER (i), test_read_old);
      fixture_add_for ("postgresql", refused, GINT_TO_POINTER (i), test_refused_old);
      fixture_add (restore, GINT_TO_POINTER (i), test_restore_old);
      fixture_add (killed, GINT_TO_POINTER (i), test_killed);
      g_autofree char *damaged = g_strdup_printf ("samples/%d/damaged", i);
      g_autofree char *target = g_strdup_printf ("samples/%d/no-target", i);
      g_autofree char *near = g_strdup_printf ("samples/%d/near", i);
      if (i < FIRST_WITH_DOMAINS)
        fixture_add (near, GINT_TO_POINTER (i), test_near_old);
      /* Those of the first are read whole for the index of values in parts. */
      if (i > 1)
        fixture_add (damaged, GINT_TO_POINTER (i), test_damaged_old);
      fixture_add_for ("postgresql", target, GINT_TO_POINTER (i), test_no_target);
    }
  return g_test_run ();
}
