/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The writer under many threads: everything acknowledged is there, one failing write leaves the
 * others of its batch, and what must be unique is, whoever comes first.
 */
#include "store-fixture.h"

#include "ms-txn-private.h"

#include <string.h>

#define THREADS 16
#define WRITES 40

/* Group commit -------------------------------------------------------------------------------- */

typedef struct
{
  Fixture   *fixture;
  int        number;
  GPtrArray *ids;
  int        refused;
} Crew;

static gpointer
insert_names (gpointer data)
{
  Crew *crew = data;

  for (int i = 0; i < WRITES; i++)
    {
      g_autofree char *json = g_strdup_printf ("{'userName':'u%d-%d'}", crew->number, i);
      g_ptr_array_add (crew->ids, fixture_insert (crew->fixture, "User", json));
    }
  return NULL;
}

static void
run_crews (Fixture *fixture, GThreadFunc func, Crew *crews)
{
  GThread *threads[THREADS];

  for (int i = 0; i < THREADS; i++)
    {
      crews[i] = (Crew){ fixture, i, g_ptr_array_new_with_free_func (g_free), 0 };
      threads[i] = g_thread_new ("crew", func, &crews[i]);
    }
  for (int i = 0; i < THREADS; i++)
    g_thread_join (threads[i]);
}

static void
test_group_commit (Fixture *fixture, gconstpointer data)
{
  Crew crews[THREADS];

  run_crews (fixture, insert_names, crews);
  fixture_reopen (fixture);
  for (int i = 0; i < THREADS; i++)
    {
      for (guint k = 0; k < crews[i].ids->len; k++)
        {
          g_autoptr (MsObject) object = fixture_get (fixture, crews[i].ids->pdata[k]);
          g_assert_nonnull (object);
        }
      g_ptr_array_unref (crews[i].ids);
    }
  g_assert_cmpint (fixture_last_sequence (fixture), ==, THREADS * WRITES);
}

/* All threads want the same names: each goes to one of them, and the others hear of it. */
static gpointer
insert_same_names (gpointer data)
{
  Crew *crew = data;

  for (int i = 0; i < WRITES; i++)
    {
      g_autofree char *json
          = g_strdup_printf ("{'userName':'%s%d'}", crew->number % 2 == 0 ? "same" : "SAME", i);
      g_autoptr (GError) error = NULL;
      char *id = NULL;
      if (fixture_try_insert (crew->fixture, "User", json, &id, &error))
        g_ptr_array_add (crew->ids, id);
      else
        {
          g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
          crew->refused++;
        }
    }
  return NULL;
}

static void
test_unique_races (Fixture *fixture, gconstpointer data)
{
  Crew crews[THREADS];
  int  made = 0;
  int  refused = 0;

  run_crews (fixture, insert_same_names, crews);
  for (int i = 0; i < THREADS; i++)
    {
      made += (int) crews[i].ids->len;
      refused += crews[i].refused;
      g_ptr_array_unref (crews[i].ids);
    }
  g_assert_cmpint (made, ==, WRITES);
  g_assert_cmpint (refused, ==, (THREADS - 1) * WRITES);
}

typedef struct
{
  Fixture    *fixture;
  const char *mailbox;
  gboolean    won;
} Race;

static gpointer
become_primary (gpointer data)
{
  Race *race = data;
  g_autoptr (MsObject) object = fixture_get (race->fixture, race->mailbox);
  g_autoptr (GError) error = NULL;

  ms_object_set_boolean (object, "primary", TRUE);
  race->won = fixture_try_update (race->fixture, object, NULL, &error);
  if (!race->won)
    g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  return NULL;
}

static void
test_primary_race (Fixture *fixture, gconstpointer data)
{
  g_autofree char *user = fixture_insert (fixture, "User", "{'userName':'u'}");
  char            *boxes[THREADS];
  Race             races[THREADS];
  GThread         *threads[THREADS];
  int              won = 0;

  for (int i = 0; i < THREADS; i++)
    {
      g_autofree char *json = g_strdup_printf ("{'name':'b%d','owner':{'value':'%s'}}", i, user);
      boxes[i] = fixture_insert (fixture, "Mailbox", json);
      races[i] = (Race){ fixture, boxes[i], FALSE };
    }
  for (int i = 0; i < THREADS; i++)
    threads[i] = g_thread_new ("race", become_primary, &races[i]);
  for (int i = 0; i < THREADS; i++)
    {
      g_thread_join (threads[i]);
      won += races[i].won;
      g_free (boxes[i]);
    }
  g_assert_cmpint (won, ==, 1);
}

/* One of a batch ------------------------------------------------------------------------------ */

typedef struct
{
  GMutex   lock;
  GCond    cond;
  gboolean open;
  int      done;
  int      failed;
  gint64   first;
  gint64   last;
  gboolean told_before_done;
} Gate;

static gboolean
do_wait (MsTxn *txn, gpointer data, GError **error)
{
  Gate *gate = data;

  g_mutex_lock (&gate->lock);
  while (!gate->open)
    g_cond_wait (&gate->cond, &gate->lock);
  g_mutex_unlock (&gate->lock);
  return TRUE;
}

static void
on_done (gint64 sequence, const GError *error, gpointer data)
{
  Gate *gate = data;

  g_mutex_lock (&gate->lock);
  gate->done++;
  gate->failed += error != NULL;
  if (sequence != 0)
    {
      g_assert_cmpint (sequence, <=, gate->last);
      gate->told_before_done = TRUE;
    }
  g_cond_broadcast (&gate->cond);
  g_mutex_unlock (&gate->lock);
}

static void
on_commit (MsStore *store, gint64 first, gint64 last, gpointer data)
{
  Gate *gate = data;

  g_mutex_lock (&gate->lock);
  g_assert_cmpint (first, ==, gate->last + 1);
  g_assert_cmpint (last, >=, first);
  gate->last = last;
  g_mutex_unlock (&gate->lock);
}

static gboolean
do_insert (MsTxn *txn, gpointer data, GError **error)
{
  return ms_txn_insert (txn, data, error);
}

/* Fails after it has written; what it wrote must go, with its change and its counts. */
static gboolean
do_insert_and_fail (MsTxn *txn, gpointer data, GError **error)
{
  if (!ms_txn_insert (txn, data, error))
    return FALSE;
  ms_error_set (error, MS_ERROR_DENIED, NULL, NULL, "on purpose");
  return FALSE;
}

static void
test_one_fails (Fixture *fixture, gconstpointer data)
{
  Gate      gate = { .open = FALSE };
  MsObject *objects[20];

  g_mutex_init (&gate.lock);
  g_cond_init (&gate.cond);
  ms_store_set_commit_func (fixture->store, on_commit, &gate);
  /* While the writer waits in the first, the others gather behind it and become one batch. */
  ms_store_write_async (fixture->store, &fixture_context, do_wait, &gate, on_done, &gate);
  for (int i = 0; i < 20; i++)
    {
      g_autofree char *json = g_strdup_printf ("{'userName':'u%d'}", i);
      objects[i] = fixture_make (fixture, "User", json);
      ms_store_write_async (fixture->store,
                            &fixture_context,
                            i % 4 == 3 ? do_insert_and_fail : do_insert,
                            objects[i],
                            on_done,
                            &gate);
    }
  g_mutex_lock (&gate.lock);
  gate.open = TRUE;
  g_cond_broadcast (&gate.cond);
  while (gate.done < 21)
    g_cond_wait (&gate.cond, &gate.lock);
  g_mutex_unlock (&gate.lock);
  g_assert_cmpint (gate.failed, ==, 5);
  g_assert_cmpint (gate.last, ==, 15);
  g_assert_true (gate.told_before_done);
  for (int i = 0; i < 20; i++)
    {
      g_autoptr (MsObject) found = fixture_get (fixture, ms_object_get_id (objects[i]));
      g_assert_cmpint (found == NULL, ==, i % 4 == 3);
      ms_object_unref (objects[i]);
    }
  ms_store_set_commit_func (fixture->store, NULL, NULL);
  g_mutex_clear (&gate.lock);
  g_cond_clear (&gate.cond);
}

/* The end ------------------------------------------------------------------------------------- */

static void
test_close (Fixture *fixture, gconstpointer data)
{
  Gate      gate = { .open = TRUE };
  MsObject *objects[50];

  g_mutex_init (&gate.lock);
  g_cond_init (&gate.cond);
  ms_store_set_commit_func (fixture->store, on_commit, &gate);
  for (int i = 0; i < 50; i++)
    {
      g_autofree char *json = g_strdup_printf ("{'userName':'u%d'}", i);
      objects[i] = fixture_make (fixture, "User", json);
      ms_store_write_async (
          fixture->store, &fixture_context, do_insert, objects[i], on_done, &gate);
    }
  ms_store_close (fixture->store);
  ms_store_close (fixture->store);
  g_assert_cmpint (gate.done, ==, 50);
  g_assert_cmpint (gate.failed, ==, 0);
  g_autoptr (MsObject) late = fixture_make (fixture, "User", "{'userName':'late'}");
  ms_store_write_async (fixture->store, &fixture_context, do_insert, late, on_done, &gate);
  g_assert_cmpint (gate.done, ==, 51);
  g_assert_cmpint (gate.failed, ==, 1);
  fixture_reopen (fixture);
  for (int i = 0; i < 50; i++)
    {
      g_autoptr (MsObject) found = fixture_get (fixture, ms_object_get_id (objects[i]));
      g_assert_nonnull (found);
      ms_object_unref (objects[i]);
    }
  g_mutex_clear (&gate.lock);
  g_cond_clear (&gate.cond);
}

/* Readers ------------------------------------------------------------------------------------- */

typedef struct
{
  Fixture *fixture;
  char    *id;
} Snapshot;

static gboolean
do_read_twice (MsTxn *txn, gpointer data, GError **error)
{
  Snapshot *snapshot = data;
  g_autoptr (MsObject) before = ms_txn_get_object (txn, NULL, snapshot->id, error);
  g_autoptr (MsObject) changed = fixture_get (snapshot->fixture, snapshot->id);

  ms_object_set_string (changed, "title", "new");
  fixture_update (snapshot->fixture, changed);
  g_autoptr (MsObject) after = ms_txn_get_object (txn, NULL, snapshot->id, error);
  g_assert_cmpint (ms_object_get_version (before), ==, ms_object_get_version (after));
  g_autoptr (MsObject) now = fixture_get (snapshot->fixture, snapshot->id);
  g_assert_cmpint (ms_object_get_version (now), ==, 2);
  return TRUE;
}

static void
test_snapshot (Fixture *fixture, gconstpointer data)
{
  Snapshot snapshot = { fixture, fixture_insert (fixture, "User", "{'userName':'u'}") };

  fixture_read (fixture, do_read_twice, &snapshot);
  g_free (snapshot.id);
}

static gpointer
read_and_write (gpointer data)
{
  Crew *crew = data;

  for (int i = 0; i < WRITES; i++)
    {
      g_autofree char *json
          = g_strdup_printf ("{'userName':'r%d-%d','active':true}", crew->number, i);
      g_autofree char *id = fixture_insert (crew->fixture, "User", json);
      g_autoptr (MsObject) object = fixture_get (crew->fixture, id);
      g_autofree char *found
          = fixture_list (crew->fixture, "User", "active eq true", "r1", "-userName", 0, 3, NULL);
      g_assert_nonnull (object);
      g_assert_nonnull (found);
    }
  return NULL;
}

static void
test_readers (Fixture *fixture, gconstpointer data)
{
  Crew crews[THREADS];

  run_crews (fixture, read_and_write, crews);
  for (int i = 0; i < THREADS; i++)
    g_ptr_array_unref (crews[i].ids);
}

static gboolean
do_nothing (MsTxn *txn, gpointer data, GError **error)
{
  return TRUE;
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_store_read (fixture->store, do_nothing, NULL, cancellable, &error));
  g_cancellable_cancel (cancellable);
  g_assert_false (ms_store_read (fixture->store, do_nothing, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Without an end of its own. */
static gboolean
do_endless (MsTxn *txn, gpointer data, GError **error)
{
  gint64 count = 0;

  return ms_sql_get_int (txn->sql,
                         &count,
                         error,
                         "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n % 1000 + 1 FROM c)"
                         " SELECT count(*) FROM c",
                         "");
}

static void
test_deadline (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) late = NULL;
  g_autoptr (GError) error = NULL;
  gint64 now = g_get_monotonic_time ();

  g_assert_false (ms_store_read_until (fixture->store, now - 1, do_nothing, NULL, NULL, &late));
  g_assert_error (late, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_false (ms_store_read_until (
      fixture->store, now + G_USEC_PER_SEC / 5, do_endless, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpint (g_get_monotonic_time () - now, <, 60 * G_USEC_PER_SEC);
  fixture_read (fixture, do_nothing, NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("writing/group-commit", NULL, test_group_commit);
  fixture_add ("writing/unique-races", NULL, test_unique_races);
  fixture_add ("writing/primary-race", NULL, test_primary_race);
  fixture_add ("writing/one-fails", NULL, test_one_fails);
  fixture_add ("writing/close", NULL, test_close);
  fixture_add ("reading/snapshot", NULL, test_snapshot);
  fixture_add ("reading/beside-writes", NULL, test_readers);
  fixture_add ("reading/cancelled", NULL, test_cancelled);
  fixture_add ("reading/deadline", NULL, test_deadline);
  return g_test_run ();
}
