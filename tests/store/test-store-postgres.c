/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What only a store on a database server can meet: other daemons beside this one, a server that
 * stops and comes back, other people's tables, a newer program, passwords in addresses.
 */
#include "store-fixture.h"

#include "ms-sql.h"
#include "postgres-server.h"
#include "store-place.h"

#include <string.h>

#define WAIT_SECONDS 20

static gboolean
do_nothing (MsTxn *txn, gpointer data, GError **error)
{
  return TRUE;
}

static void
assert_refused (const char *uri, Fixture *fixture, MsStoreFlags flags, int code, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsStore) store = ms_store_open (uri, fixture->schemas, flags, &error);

  g_assert_null (store);
  g_test_message ("%s", error->message);
  g_assert_error (error, MS_ERROR, code);
  g_assert_nonnull (strstr (error->message, words));
}

/* Opening ------------------------------------------------------------------------------------- */

static void
test_open (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpstr (ms_store_get_driver_name (fixture->store), ==, "postgresql");
  fixture_close (fixture);
  postgres_server_clear (fixture->uri);
  assert_refused (fixture->uri, fixture, 0, MS_ERROR_NOT_FOUND, "There is no store");
  assert_refused (fixture->uri, fixture, MS_STORE_READ_ONLY, MS_ERROR_NOT_FOUND, "no store");
  fixture_reopen (fixture);
}

static void
test_addresses (Fixture *fixture, gconstpointer data)
{
  g_autofree char *socket
      = g_strdup_printf ("postgresql:///none?host=%s/none&user=x&password=sesame", fixture->folder);
  g_autofree char  *keyed = g_strdup_printf ("postgres://keyed:wrong-sesame@/mailstead?host=%s",
                                            strstr (fixture->uri, "host=") + 5);
  const char *const broken[] = { "postgresql://x:sesame%zz@host/db",
                                 "postgresql://host:sesame/db?sslmode=require&x=y",
                                 "postgresql://x:sesame@[host/db" };

  *strchr (strstr (keyed, "host=") + 5, '&') = '\0';
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsStore) store
                 = ms_store_open (broken[i], fixture->schemas, MS_STORE_CREATE, &error);
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      g_assert_null (strstr (error->message, "sesame"));
    }
  /* Who is refused is told as whom, where and why; what does not answer cannot be reached. */
  const char      *host = strstr (keyed, "host=");
  g_autofree char *stranger = g_strdup_printf ("postgres://stranger:sesame@/mailstead?%s", host);
  g_autofree char *elsewhere = g_strdup_printf ("postgres://mailstead@/elsewhere?%s", host);
  g_autofree char *mute = g_strdup_printf ("postgres://keyed@/mailstead?%s", host);
  const struct
  {
    const char *uri;
    const char *words;
  } unreachable[] = {
    { socket, "its server cannot be reached" },
    { keyed,
      "its server does not let the role “keyed” into the database “mailstead” (password "
      "authentication failed for user \"keyed\")" },
    { stranger,
      "does not let the role “stranger” into the database “mailstead” (role \"stranger\" does not "
      "exist)" },
    { elsewhere,
      "does not let the role “mailstead” into the database “elsewhere” (database \"elsewhere\" "
      "does not exist)" },
    { mute,
      "does not let the role “keyed” into the database “mailstead” (it asks for a password, and "
      "none was given)" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (unreachable); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsStore) store
                 = ms_store_open (unreachable[i].uri, fixture->schemas, MS_STORE_CREATE, &error);
      g_assert_null (store);
      g_test_message ("%s", error->message);
      g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
      g_assert_null (strstr (error->message, "sesame"));
      g_assert_nonnull (strstr (error->message, unreachable[i].words));
    }
}

/* Two clusters, or two roles, are not taken for each other; a password is not shown. */
static void
test_names (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *uri;
    const char *name;
  } rows[] = {
    { "postgresql://mailstead:sesame@/db?host=/none/one&port=5433",
      "“postgresql://mailstead@:5433/db?host=/none/one”" },
    { "postgresql://%2Fnone%2Ftwo/db", "“postgresql:///db?host=/none/two”" },
    { "postgresql://other:sesame@127.0.0.1:1/db?sslmode=disable",
      "“postgresql://other@127.0.0.1:1/db”" },
    { "postgresql:///db?hostaddr=127.0.0.1&port=1&password=sesame",
      "“postgresql://127.0.0.1:1/db”" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_refused (rows[i].uri, fixture, 0, MS_ERROR_UNAVAILABLE, rows[i].name);
}

/* @once: is gone then */
typedef struct
{
  GSocketListener *listener;
  GCancellable    *end;
  gboolean         once;
} Starting;

/* What PostgreSQL says to whoever connects while it starts (SQLSTATE 57P03), in its own language.
 */
static gpointer
refuse_all (gpointer data)
{
  static const char  answer[] = "E\0\0\0\067SFATAL\0VFATAL\0C57P03\0MDas Datenbanksystem startet\0";
  Starting          *self = data;
  GSocketConnection *connection;

  while ((connection = g_socket_listener_accept (self->listener, NULL, self->end, NULL)) != NULL)
    {
      char          asked[1024];
      GIOStream    *stream = G_IO_STREAM (connection);
      GInputStream *in = g_io_stream_get_input_stream (stream);
      g_assert_cmpint (g_input_stream_read (in, asked, sizeof asked, NULL, NULL), >, 0);
      if (self->once)
        g_socket_listener_close (self->listener);
      g_assert_true (g_output_stream_write_all (
          g_io_stream_get_output_stream (stream), answer, sizeof answer, NULL, NULL, NULL));
      g_object_unref (connection);
    }
  return NULL;
}

static void
test_starting (Fixture *fixture, gconstpointer once)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GError) error = NULL;
  guint16          port = g_socket_listener_add_any_inet_port (listener, NULL, &error);
  g_autofree char *uri
      = g_strdup_printf ("postgresql://mailstead@127.0.0.1:%u/mailstead?sslmode=disable", port);

  g_assert_no_error (error);
  g_autoptr (GCancellable) end = g_cancellable_new ();
  Starting starting = { listener, end, once != NULL };
  GThread *thread = g_thread_new ("starting", refuse_all, &starting);
  assert_refused (uri,
                  fixture,
                  0,
                  MS_ERROR_UNAVAILABLE,
                  "its server is starting or stopping, and takes no connections now (Das "
                  "Datenbanksystem startet)");
  g_cancellable_cancel (end);
  g_thread_join (thread);
}

static void
test_foreign (Fixture *fixture, gconstpointer data)
{
  fixture_close (fixture);
  postgres_server_clear (fixture->uri);
  postgres_server_run_sql (fixture->uri,
                           "CREATE SCHEMA mailstead; CREATE TABLE mailstead.recipes (name text)");
  assert_refused (
      fixture->uri, fixture, MS_STORE_CREATE, MS_ERROR_INTERNAL, "belongs to another program");
  g_autofree char *tables = postgres_server_ask (
      fixture->uri, "SELECT count(*) FROM pg_tables WHERE schemaname = 'mailstead'");
  g_assert_cmpstr (tables, ==, "1");
  postgres_server_clear (fixture->uri);
  /* What is beside it in the same database is nobody's business. */
  postgres_server_run_sql (fixture->uri, "CREATE TABLE public.recipes (name text)");
  fixture_reopen (fixture);
  postgres_server_run_sql (fixture->uri, "DROP TABLE public.recipes");
}

static void
test_newer (Fixture *fixture, gconstpointer data)
{
  g_autofree char *version
      = postgres_server_ask (fixture->uri, "SELECT version FROM mailstead.store_info");
  g_autofree char *back = g_strdup_printf ("UPDATE mailstead.store_info SET version = %s", version);
  g_autoptr (GError) error = NULL;

  /* Beneath a daemon that runs, which must not write to what it does not know. */
  postgres_server_run_sql (fixture->uri, "UPDATE mailstead.store_info SET version = version + 1");
  g_assert_false (fixture_try_insert (fixture, "User", "{'userName':'late'}", NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "by another program"));
  assert_refused (fixture->uri, fixture, 0, MS_ERROR_UNSUPPORTED, "newer version");
  postgres_server_run_sql (fixture->uri, back);
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'late'}");
}

/* Nothing of one is looked for where it may not be any more, nor made. */
static void
test_newer_search (Fixture *fixture, gconstpointer data)
{
  fixture_close (fixture);
  postgres_server_run_sql (fixture->uri,
                           "DROP TABLE mailstead.search;"
                           "UPDATE mailstead.store_info SET version = version + 1");
  assert_refused (fixture->uri, fixture, 0, MS_ERROR_UNSUPPORTED, "newer version");
}

static gpointer
open_at_once (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GError) error = NULL;
  MsStore *store = ms_store_open (fixture->uri, fixture->schemas, MS_STORE_CREATE, &error);

  g_assert_no_error (error);
  return store;
}

static void
test_created_at_once (Fixture *fixture, gconstpointer data)
{
  for (guint round = 0; round < 5; round++)
    {
      GThread *threads[4];

      fixture_close (fixture);
      postgres_server_clear (fixture->uri);
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new ("open", open_at_once, fixture);
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        {
          MsStore *store = g_thread_join (threads[i]);
          ms_store_close (store);
          g_object_unref (store);
        }
      fixture_reopen (fixture);
    }
}

static void
test_read_only (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'u'}");
  g_autoptr (GError) error = NULL;
  Fixture other = *fixture;

  other.store = ms_store_open (fixture->uri, fixture->schemas, MS_STORE_READ_ONLY, &error);
  g_assert_no_error (error);
  g_autoptr (MsObject) object = fixture_get (&other, id);
  g_assert_nonnull (object);
  g_assert_false (ms_store_write (other.store, &fixture_context, do_nothing, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  fixture_check_sound (&other);
  fixture_close (&other);
}

/* A server that goes ----------------------------------------------------------------------------
 */

static void
wait_until_back (Fixture *fixture)
{
  gint64 end = g_get_monotonic_time () + WAIT_SECONDS * G_USEC_PER_SEC;

  while (TRUE)
    {
      g_autoptr (GError) error = NULL;
      if (ms_store_write (fixture->store, &fixture_context, do_nothing, NULL, NULL, &error))
        return;
      g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (10000);
    }
}

static void
test_restarted (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = fixture_insert (fixture, "User", "{'userName':'before'}");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) read_error = NULL;

      postgres_server_kill ();
      g_assert_false (fixture_try_insert (fixture, "User", "{'userName':'gone'}", NULL, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
      g_assert_false (ms_store_read (fixture->store, do_nothing, NULL, NULL, &read_error));
      g_assert_error (read_error, MS_ERROR, MS_ERROR_UNAVAILABLE);
      postgres_server_start ();
      wait_until_back (fixture);
      g_autoptr (MsObject) object = fixture_get (fixture, before);
      g_assert_nonnull (object);
    }
}

/* While nothing was under way nothing is lost: nobody notices. */
static void
test_idle_sessions (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = fixture_insert (fixture, "User", "{'userName':'before'}");

  postgres_server_run_sql (fixture->uri,
                           "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                           " WHERE pid <> pg_backend_pid() AND usename = current_user");
  g_autofree char *after = fixture_insert (fixture, "User", "{'userName':'after'}");
  g_autoptr (MsObject) object = fixture_get (fixture, before);
  g_assert_nonnull (object);
}

/* In the middle of a write: it is lost, says so, and left nothing. */
typedef struct
{
  Fixture  *fixture;
  MsObject *object;
} Losing;

static gboolean
do_insert_and_lose (MsTxn *txn, gpointer data, GError **error)
{
  Losing *losing = data;

  if (!ms_txn_insert (txn, losing->object, error))
    return FALSE;
  postgres_server_run_sql (losing->fixture->uri,
                           "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                           " WHERE pid <> pg_backend_pid() AND usename = current_user"
                           " AND state LIKE 'idle in transaction%'");
  return TRUE;
}

static void
test_lost (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MsObject) object = fixture_make (fixture, "User", "{'userName':'lost'}");
  Losing losing = { fixture, object };
  g_autoptr (GError) error = NULL;

  g_assert_false (
      ms_store_write (fixture->store, &fixture_context, do_insert_and_lose, &losing, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_autoptr (MsObject) none = fixture_get (fixture, ms_object_get_id (object));
  g_assert_null (none);
  g_autofree char *again = fixture_insert (fixture, "User", "{'userName':'lost'}");
  g_assert_cmpint (fixture_last_sequence (fixture), ==, 1);
}

/* Failing late ---------------------------------------------------------------------------------
 */

/* What is sent without waiting fails later than it was asked for: the write that it belongs to
 * fails, and no other. The search text is the last thing that an insertion sends. */
#define POISON(table)                                                                              \
  "ALTER TABLE mailstead." table " ADD CONSTRAINT no_poison CHECK (body NOT LIKE '%poison%')"

static const char *const poisons[] = { POISON ("document"), POISON ("search") };

typedef struct
{
  MsObject *first;
  MsObject *inner;
  MsObject *last;
  gboolean  inner_done;
} Nested;

static gboolean
do_insert_object (MsTxn *txn, gpointer data, GError **error)
{
  return ms_txn_insert (txn, data, error);
}

/* Goes on where the inner one failed. */
static gboolean
do_nested (MsTxn *txn, gpointer data, GError **error)
{
  Nested *nested = data;
  g_autoptr (GError) refused = NULL;

  if (!ms_txn_insert (txn, nested->first, error))
    return FALSE;
  nested->inner_done = ms_txn_savepoint (txn, TRUE, do_insert_object, nested->inner, &refused);
  g_assert_true (nested->inner_done || refused != NULL);
  if (refused != NULL)
    g_assert_error (refused, MS_ERROR, MS_ERROR_CONFLICT);
  return ms_txn_insert (txn, nested->last, error);
}

static gboolean
is_stored (Fixture *fixture, MsObject *object)
{
  g_autoptr (MsObject) found = fixture_get (fixture, ms_object_get_id (object));

  return found != NULL;
}

/* @poisoned: which of the three is refused */
static void
run_nested (Fixture *fixture, guint round, guint poisoned)
{
  g_autoptr (GError) error = NULL;
  MsObject *objects[3];

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *json = g_strdup_printf (
          "{'userName':'%s-%u-%u-%u'}", i == poisoned ? "poison" : "good", round, poisoned, i);
      objects[i] = fixture_make (fixture, "User", json);
    }
  Nested   nested = { objects[0], objects[1], objects[2], FALSE };
  gboolean done
      = ms_store_write (fixture->store, &fixture_context, do_nested, &nested, NULL, &error);
  g_assert_cmpint (done, ==, poisoned == 1);
  if (!done)
    g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpint (is_stored (fixture, objects[i]), ==, done && i != 1);
      ms_object_unref (objects[i]);
    }
}

static void
test_failing_late (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (poisons); i++)
    {
      postgres_server_run_sql (fixture->uri, poisons[i]);
      for (guint poisoned = 0; poisoned < 3; poisoned++)
        run_nested (fixture, i, poisoned);
      g_autofree char *name = g_strdup_printf ("{'userName':'after-%u'}", i);
      g_autofree char *id = fixture_insert (fixture, "User", name);
    }
  /* No store is sound with them. */
  fixture_run_sql (fixture,
                   "ALTER TABLE document DROP CONSTRAINT no_poison;"
                   "ALTER TABLE search DROP CONSTRAINT no_poison");
}

/* Several daemons --------------------------------------------------------------------------------
 */

typedef struct
{
  GMutex   lock;
  GCond    cond;
  gint64   last;
  GString *news;
} Heard;

static void
on_commit (MsStore *store, gint64 first, gint64 last, gpointer data)
{
  Heard *heard = data;

  g_mutex_lock (&heard->lock);
  g_assert_cmpint (first, ==, heard->last + 1);
  heard->last = last;
  g_cond_broadcast (&heard->cond);
  g_mutex_unlock (&heard->lock);
}

static void
on_news (MsStore *store, const char *topic, const char *text, gpointer data)
{
  Heard *heard = data;

  g_mutex_lock (&heard->lock);
  g_string_append_printf (heard->news, "%s %s\n", topic, text);
  g_cond_broadcast (&heard->cond);
  g_mutex_unlock (&heard->lock);
}

static void
wait_for (Heard *heard, gint64 last, const char *news)
{
  gint64 end = g_get_monotonic_time () + WAIT_SECONDS * G_USEC_PER_SEC;

  g_mutex_lock (&heard->lock);
  while (heard->last < last || strstr (heard->news->str, news) == NULL)
    g_assert_true (g_cond_wait_until (&heard->cond, &heard->lock, end));
  g_mutex_unlock (&heard->lock);
}

static gboolean
do_announce (MsTxn *txn, gpointer data, GError **error)
{
  ms_txn_announce (txn, "weather", data);
  return TRUE;
}

static gboolean
do_announce_and_fail (MsTxn *txn, gpointer data, GError **error)
{
  ms_txn_announce (txn, "weather", data);
  ms_error_set (error, MS_ERROR_DENIED, NULL, NULL, "on purpose");
  return FALSE;
}

static void
test_news (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Heard   heard = { .news = g_string_new (NULL) };
  Fixture other = *fixture;

  g_mutex_init (&heard.lock);
  g_cond_init (&heard.cond);
  other.store = ms_store_open (fixture->uri, fixture->schemas, 0, &error);
  g_assert_no_error (error);
  ms_store_set_commit_func (other.store, on_commit, &heard);
  ms_store_set_news_func (other.store, on_news, &heard);
  /* Its own and the other's, in turns. */
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *json = g_strdup_printf ("{'userName':'u%u'}", i);
      g_autofree char *id = fixture_insert (i % 3 == 0 ? &other : fixture, "User", json);
    }
  g_assert_false (ms_store_write (
      fixture->store, &fixture_context, do_announce_and_fail, (gpointer) "hail", NULL, &error));
  g_clear_error (&error);
  fixture_write (fixture, do_announce, (gpointer) "it's-fair");
  wait_for (&heard, 20, "weather it's-fair\n");
  g_assert_null (strstr (heard.news->str, "hail"));
  /* What happens while nobody can listen is made up for. */
  g_assert_true (ms_store_is_current (other.store));
  g_string_truncate (heard.news, 0);
  postgres_server_run_sql (fixture->uri,
                           "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                           " WHERE pid <> pg_backend_pid() AND usename = current_user");
  g_autofree char *late = fixture_insert (fixture, "User", "{'userName':'late'}");
  wait_for (&heard, 21, "reset ");
  ms_store_set_commit_func (other.store, NULL, NULL);
  ms_store_set_news_func (other.store, NULL, NULL);
  fixture_close (&other);
  g_string_free (heard.news, TRUE);
  g_mutex_clear (&heard.lock);
  g_cond_clear (&heard.cond);
}

/* Search ------------------------------------------------------------------------------------------
 */

static void
test_search_index (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'needle'}");
  g_autofree char *there = postgres_server_ask (
      fixture->uri, "SELECT count(*) FROM pg_indexes WHERE indexname = 'search_by_trigram'");

  g_assert_cmpstr (there, ==, "1");
  /* Without it the answer is the same, and the next start makes it again. */
  postgres_server_run_sql (fixture->uri, "DROP INDEX mailstead.search_by_trigram");
  assert_text (fixture_list (fixture, "User", NULL, "eedl", "userName", 0, 5, NULL), "needle");
  fixture_reopen (fixture);
  g_autofree char *again = postgres_server_ask (
      fixture->uri, "SELECT count(*) FROM pg_indexes WHERE indexname = 'search_by_trigram'");
  g_assert_cmpstr (again, ==, "1");
}

#define SEARCHED 500

static gboolean
insert_many (MsTxn *txn, gpointer data, GError **error)
{
  Fixture *fixture = data;

  for (guint i = 0; i < SEARCHED; i++)
    {
      g_autofree char *json = g_strdup_printf ("{'userName':'person-%u-%08x'}", i, i * 2654435761u);
      g_autoptr (MsObject) object = fixture_make (fixture, "User", json);
      if (!ms_txn_insert (txn, object, error))
        return FALSE;
    }
  return TRUE;
}

static gint64
count_scans (Fixture *fixture, const char *column, const char *view)
{
  g_autofree char *sql = g_strdup_printf (
      "SELECT COALESCE (sum (%s), 0) FROM %s WHERE relname = 'search'", column, view);
  g_autofree char *count = postgres_server_ask (fixture->uri, sql);

  return g_ascii_strtoll (count, NULL, 10);
}

/* The parts of a word are found by the index. Of so few texts the planner would rather read all, so
 * that is forbidden; a statement that no index can answer does it all the same. What was read how
 * the server tells once who read has gone. */
static void
test_search_by_index (Fixture *fixture, gconstpointer data)
{
  static const char *const parts[] = { "needle", "-377-", "eedl", "needle hay" };

  fixture_write (fixture, insert_many, fixture);
  g_autofree char *id
      = fixture_insert (fixture, "User", "{'userName':'needle','name':{'familyName':'Häystack'}}");
  postgres_server_run_sql (fixture->uri, "VACUUM ANALYZE mailstead.search");
  postgres_server_run_sql (fixture->uri, "ALTER ROLE mailstead SET enable_seqscan = off");
  fixture_reopen (fixture);
  gint64 before = count_scans (fixture, "idx_scan", "pg_stat_user_indexes");
  gint64 whole = count_scans (fixture, "seq_scan", "pg_stat_user_tables");

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      gint64           total = 0;
      g_autofree char *found
          = fixture_list (fixture, "User", NULL, parts[i], "userName", 0, 5, &total);
      g_assert_cmpint (total, ==, 1);
      g_assert_nonnull (strstr (found, i == 1 ? "person-377-" : "needle"));
    }
  fixture_close (fixture);
  gint64 scans = 0;
  for (guint i = 0; scans < (gint64) G_N_ELEMENTS (parts) && i < WAIT_SECONDS * 10; i++)
    {
      g_usleep (G_USEC_PER_SEC / 10);
      scans = count_scans (fixture, "idx_scan", "pg_stat_user_indexes") - before;
    }
  g_assert_cmpint (scans, >=, G_N_ELEMENTS (parts));
  g_assert_cmpint (count_scans (fixture, "seq_scan", "pg_stat_user_tables"), ==, whole);
  postgres_server_run_sql (fixture->uri, "ALTER ROLE mailstead RESET enable_seqscan");
  fixture_reopen (fixture);
}

#define LINKED 2000
#define PURGED 100

/* By sessions that have gone: what they do is told once they have. */
static gint64
count_rows (Fixture *fixture, const char *column, const char *table)
{
  g_autofree char *sql = g_strdup_printf (
      "SELECT COALESCE (sum (%s), 0) FROM pg_stat_user_tables WHERE relname = '%s'", column, table);
  g_autofree char *count = postgres_server_ask (fixture->uri, sql);

  return g_ascii_strtoll (count, NULL, 10);
}

/* What is kept by the database itself has its plans from when the session first met it, which may
 * have been in an all but empty store. They must do for a full one. */
static void
test_purge_by_index (Fixture *fixture, gconstpointer data)
{
  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'all'}");

  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (GPtrArray) few = fixture_insert_members (fixture, 10, NULL);
      fixture_purge (fixture, few);
    }
  g_autoptr (GPtrArray) members = fixture_insert_members (fixture, LINKED, list);
  g_autoptr (GPtrArray) ids = fixture_insert_members (fixture, PURGED, NULL);
  fixture_purge (fixture, ids);
  fixture_close (fixture);
  for (guint i = 0; count_rows (fixture, "n_tup_del", "object") < 10 * 10 + PURGED; i++)
    {
      g_assert_cmpuint (i, <, WAIT_SECONDS * 10);
      g_usleep (G_USEC_PER_SEC / 10);
    }
  gint64 read = count_rows (fixture, "seq_tup_read", "link");
  g_test_message ("links read one after the other: %" G_GINT64_FORMAT, read);
  g_assert_cmpint (read, <, LINKED * PURGED / 10);
  fixture_reopen (fixture);
}

#define PLANNED 5000
#define RUNS 6

static gboolean
insert_with_parts (MsTxn *txn, gpointer data, GError **error)
{
  Fixture *fixture = data;

  for (guint i = 0; i < PLANNED; i++)
    {
      g_autofree char *json = g_strdup_printf (
          "{'userName':'u%u','emails':[{'value':'w%u@x','type':'work'},{'value':'h%u@y','type':"
          "'home'}]}",
          i,
          i,
          i);
      g_autoptr (MsObject) object = fixture_make (fixture, "User", json);
      if (!ms_txn_insert (txn, object, error))
        return FALSE;
    }
  return TRUE;
}

/* The least time of some runs with the numbers from @first on in the place of "%u", in
 * microseconds. */
static gint64
measure (Fixture *fixture, const char *filter, guint first, gint64 expected)
{
  g_auto (GStrv) parts = g_strsplit (filter, "%u", 2);
  gint64 least = G_MAXINT64;

  for (guint i = first; i < first + RUNS; i++)
    {
      g_autofree char *text
          = g_strdup_printf ("%s%u%s", parts[0], i, parts[1] != NULL ? parts[1] : "");
      gint64           total = 0;
      gint64           start = g_get_monotonic_time ();
      g_autofree char *found = fixture_list (
          fixture, "User", parts[1] != NULL ? text : filter, NULL, NULL, 0, 1, &total);
      least = MIN (least, g_get_monotonic_time () - start);
      g_assert_cmpint (total, ==, expected);
    }
  g_test_message ("%s: %" G_GINT64_FORMAT " us", filter, least);
  return least;
}

/* What a filter costs does not depend on how often it was asked before, after which the server
 * would plan for no values in particular, nor on that its hits are read in pieces. */
static void
test_plans (Fixture *fixture, gconstpointer data)
{
  static const char part[] = "emails[type eq \"work\" and value ew \"8@x\"]";
  g_autoptr (GString) many = g_string_new ("{'userName':'many','emails':[");

  fixture_write (fixture, insert_with_parts, fixture);
  for (guint i = 0; i < PLANNED * 2; i++)
    g_string_append_printf (many, "%s{'value':'m%u@z','type':'t%u'}", i > 0 ? "," : "", i, i % 2);
  g_string_append (many, "]}");
  g_autofree char *id = fixture_insert (fixture, "User", many->str);
  postgres_server_run_sql (fixture->uri, "VACUUM ANALYZE");
  fixture_reopen (fixture);

  gint64 early = measure (fixture, "emails[type eq \"work\"].value eq \"w%u@x\"", 100, 1);
  gint64 late = measure (fixture, "emails[type eq \"work\"].value eq \"w%u@x\"", 200, 1);
  g_assert_cmpint (late, <, early * 30);
  gint64 plain = measure (fixture, "emails.value ew \"8@x\"", 0, PLANNED / 10);
  g_assert_cmpint (measure (fixture, part, 0, PLANNED / 10), <, plain * 8);
  g_assert_cmpint (
      measure (fixture, "emails[type eq \"t0\" and value ew \"8@z\"]", 0, 1), <, plain * 8);
}

/* What is asked after any number of statements that nobody waits for is answered. */
static gboolean
do_many_settings (MsTxn *txn, gpointer data, GError **error)
{
  const guint *count = data;

  for (guint i = 0; i < *count; i++)
    {
      g_autofree char *value = g_strdup_printf ("%u", i);
      if (!ms_txn_set_setting (txn, "many", value, error))
        return FALSE;
    }
  g_autofree char *expected = g_strdup_printf ("%u", *count - 1);
  assert_text (ms_txn_get_setting (txn, "many", error), expected);
  return TRUE;
}

static void
test_full_pipeline (Fixture *fixture, gconstpointer data)
{
  for (guint count = 240; count <= 260; count++)
    fixture_write (fixture, do_many_settings, &count);
}

/* In a database that switches rules and references off for all, a daemon that may has them on. */
static void
test_rules_on (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *uri = postgres_server_get_place_as_superuser (fixture->folder);
  const char        *location = NULL;
  const MsSqlDriver *driver = ms_sql_driver_for_uri (uri, &location, &error);

  fixture_close (fixture);
  postgres_server_run_sql (
      uri,
      "DO $$ BEGIN EXECUTE format ('ALTER DATABASE %I SET session_replication_role = replica',"
      " current_database ()); END $$");
  MsDatabase *database = driver->open (location, MS_STORE_CREATE, &error);
  g_assert_no_error (error);
  for (guint writing = 0; writing < 2; writing++)
    {
      gint64 on = 0;
      MsSql *sql = driver->connect (database, writing == 1, &error);
      g_assert_no_error (error);
      gboolean done = driver->begin (sql, &error)
                      && ms_sql_get_int (sql,
                                         &on,
                                         &error,
                                         "SELECT count(*) FROM pg_settings WHERE setting = 'origin'"
                                         " AND name = 'session_replication_role'",
                                         "");
      g_assert_no_error (error);
      g_assert_true (done);
      g_assert_cmpint (on, ==, 1);
      driver->rollback (sql);
      driver->disconnect (sql);
    }
  driver->close (database);
  /* Who may not works as ever. */
  fixture_reopen (fixture);
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'ann'}");
  g_assert_nonnull (id);
  postgres_server_run_sql (
      uri,
      "DO $$ BEGIN EXECUTE format ('ALTER DATABASE %I RESET ALL', current_database ()); END $$");
  fixture_reopen (fixture);
}

static void
set_for_database (Fixture *fixture, const char *setting)
{
  g_autofree char *text = g_strdup_printf (
      "DO $$ BEGIN EXECUTE format ('ALTER DATABASE %%I %s', current_database ()); END $$", setting);

  fixture_close (fixture);
  store_place_run_sql_as_superuser (fixture->driver, fixture->folder, text);
  fixture_reopen (fixture);
}

/* Definitions read the same however the server is told to write them. */
static void
test_quoted (Fixture *fixture, gconstpointer data)
{
  set_for_database (fixture, "SET quote_all_identifiers = on");
  fixture_check_sound (fixture);
  set_for_database (fixture, "RESET ALL");
}

/* Sound, but what is answered is not on the disk. */
static void
test_asynchronous (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  for (guint off = 0; off < 2; off++)
    {
      if (off == 1)
        set_for_database (fixture, "SET synchronous_commit = off");
      g_autoptr (GPtrArray) remarks = ms_store_list_remarks (fixture->store, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (remarks->len, ==, off);
      if (off == 1)
        g_assert_true (
            g_str_has_prefix (remarks->pdata[0], "the parameter “synchronous_commit” is off: "));
      fixture_check_sound (fixture);
    }
  set_for_database (fixture, "RESET ALL");
}

static void
run (const char *program, ...)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_autofree char *said = NULL;
  int              status = -1;
  va_list          args;

  va_start (args, program);
  for (const char *argument = program; argument != NULL; argument = va_arg (args, const char *))
    g_ptr_array_add (arguments, (gpointer) argument);
  va_end (args);
  g_ptr_array_add (arguments, NULL);
  (void) g_spawn_sync (NULL,
                       (char **) arguments->pdata,
                       NULL,
                       G_SPAWN_SEARCH_PATH,
                       NULL,
                       NULL,
                       NULL,
                       &said,
                       &status,
                       &error);
  g_assert_no_error (error);
  if (!g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s%s", program, error->message, said);
}

/* What the server's own tools put back is what they were given, to the last word of verify. */
static void
test_dumped (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_build_filename (fixture->folder, "dump", NULL);
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'ann','title':'captain'}");

  g_assert_nonnull (id);
  fixture_close (fixture);
  run ("pg_dump", "--format=custom", "--file", file, "--dbname", fixture->uri, NULL);
  postgres_server_clear (fixture->uri);
  run ("pg_restore", "--exit-on-error", "--dbname", fixture->uri, file, NULL);
  g_autoptr (MsStore) store
             = ms_store_open (fixture->uri, fixture->schemas, MS_STORE_READ_ONLY, &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) problems = ms_store_verify (store, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", (const char *) problems->pdata[i]);
  g_assert_cmpuint (problems->len, ==, 0);
  ms_store_close (store);
  fixture_reopen (fixture);
  g_assert_cmpuint (ms_store_get_mended (fixture->store)->len, ==, 0);
  fixture_check_sound (fixture);
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char   *name;
    FixtureFunc   func;
    gconstpointer data;
  } cases[] = {
    { "open/states", test_open },
    { "open/addresses", test_addresses },
    { "open/names", test_names },
    { "open/starting", test_starting },
    { "open/stopping", test_starting, "once" },
    { "open/foreign", test_foreign },
    { "open/newer", test_newer },
    { "open/newer-search", test_newer_search },
    { "open/at-once", test_created_at_once },
    { "open/read-only", test_read_only },
    { "server/restarted", test_restarted },
    { "server/idle-sessions", test_idle_sessions },
    { "server/lost-in-a-write", test_lost },
    { "server/failing-late", test_failing_late },
    { "server/full-pipeline", test_full_pipeline },
    { "server/rules-on", test_rules_on },
    { "server/quoted", test_quoted },
    { "server/asynchronous", test_asynchronous },
    { "server/dumped", test_dumped },
    { "daemons/news", test_news },
    { "rules/by-index", test_purge_by_index },
    { "search/index", test_search_index },
    { "search/by-index", test_search_by_index },
    { "search/plans", test_plans },
  };

  g_test_init (&argc, &argv, NULL);
  postgres_server_make_durable ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    fixture_add_for ("postgresql", cases[i].name, cases[i].data, cases[i].func);
  return g_test_run ();
}
