/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How fast the store is on this machine: writes that wait for the disk, bulk inserts, point reads
 * and windows of a large list. Prints one line per figure; judges nothing. MS_BENCH_MAILBOXES says
 * how many mailboxes.
 */
#include "store-fixture.h"

#include "ms-reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define THREADS 16
#define CHUNK 1000

static double
seconds_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

static void
say (const char *what, double value, const char *unit)
{
  g_print ("%-58s %12.1f %s\n", what, value, unit);
}

/* On a machine that others use too, what it costs says more than how long it took. */
static double
cpu_seconds (void)
{
  struct timespec spent;

  g_assert_cmpint (clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &spent), ==, 0);
  return (double) spent.tv_sec + (double) spent.tv_nsec / 1e9;
}

static void
say_rate (const char *what, double count, gint64 start, double cpu)
{
  g_print ("%-58s %12.1f /s  %8.1f us of CPU each\n",
           what,
           count / seconds_since (start),
           (cpu_seconds () - cpu) * 1e6 / count);
}

/* Writes -------------------------------------------------------------------------------------- */

typedef struct
{
  Fixture *fixture;
  int      number;
  int      count;
} Crew;

static gpointer
insert_users (gpointer data)
{
  Crew *crew = data;

  for (int i = 0; i < crew->count; i++)
    {
      g_autofree char *json = g_strdup_printf ("{'userName':'user%d-%d','displayName':'User Number "
                                               "%d','active':true,'name':{'familyName':'Number',"
                                               "'givenName':'User'},'emails':[{'value':'user%d-%d@"
                                               "example.org','type':'work','primary':true}]}",
                                               crew->number,
                                               i,
                                               i,
                                               crew->number,
                                               i);
      g_autofree char *id = fixture_insert (crew->fixture, "User", json);
    }
  return NULL;
}

static void
bench_waiting_writes (Fixture *fixture, int threads, int each)
{
  GThread *running[THREADS];
  Crew     crews[THREADS];
  gint64   start = g_get_monotonic_time ();
  double   cpu = cpu_seconds ();

  for (int i = 0; i < threads; i++)
    {
      crews[i] = (Crew){ fixture, i + 100 * threads, each };
      running[i] = g_thread_new ("bench", insert_users, &crews[i]);
    }
  for (int i = 0; i < threads; i++)
    g_thread_join (running[i]);
  g_autofree char *what
      = g_strdup_printf ("users inserted, %d threads each waiting for the disk", threads);
  say_rate (what, threads * each, start, cpu);
}

typedef struct
{
  Fixture   *fixture;
  int        first;
  GPtrArray *ids;
  GPtrArray *groups;
} Bulk;

static gboolean
do_bulk (MsTxn *txn, gpointer data, GError **error)
{
  Bulk *bulk = data;

  for (int i = bulk->first; i < bulk->first + CHUNK; i++)
    {
      /* Names in no order, as real ones come. */
      guint32          number = (guint32) i * 2654435761u;
      g_autofree char *json = g_strdup_printf (
          "{'name':'box-%08x','domain':'example.org','address':'box-%08x@example.org','active':"
          "true,"
          "'aliases':['alias-%08x@example.org'],'quota':%d,'group':{'value':'%s'}}",
          number,
          number,
          number,
          i % 7 * 1000000,
          (const char *) bulk->groups->pdata[i % bulk->groups->len]);
      g_autoptr (MsObject) object = fixture_make (bulk->fixture, "Mailbox", json);
      if (!ms_txn_insert (txn, object, error))
        return FALSE;
      g_ptr_array_add (bulk->ids, g_strdup (ms_object_get_id (object)));
    }
  return TRUE;
}

static void
bench_bulk (Fixture *fixture, Bulk *bulk, int count)
{
  gint64 start = g_get_monotonic_time ();
  double cpu = cpu_seconds ();

  for (int i = 0; i < 50; i++)
    {
      g_autofree char *json = g_strdup_printf ("{'name':'Group %d'}", i);
      g_ptr_array_add (bulk->groups, fixture_insert (fixture, "MailGroup", json));
    }
  for (bulk->first = 0; bulk->first < count; bulk->first += CHUNK)
    {
      fixture_write (fixture, do_bulk, bulk);
      if (bulk->first + CHUNK == 10 * CHUNK)
        say_rate (
            "mailboxes inserted, 1,000 a transaction, first 10,000", bulk->ids->len, start, cpu);
    }
  say_rate ("mailboxes inserted, 1,000 a transaction, all", bulk->ids->len, start, cpu);
}

/* Reads --------------------------------------------------------------------------------------- */

static gboolean
do_point_reads (MsTxn *txn, gpointer data, GError **error)
{
  Bulk  *bulk = data;
  gint64 start = g_get_monotonic_time ();
  double cpu = cpu_seconds ();
  guint  count = 50000;

  for (guint i = 0; i < count; i++)
    {
      g_autoptr (MsObject) object = ms_txn_get_object (
          txn, NULL, bulk->ids->pdata[i * 7919u % bulk->ids->len], error);
      if (object == NULL)
        return FALSE;
    }
  say_rate ("point reads by id in one snapshot", count, start, cpu);
  return TRUE;
}

static void
bench_snapshots (Fixture *fixture, Bulk *bulk)
{
  gint64 start = g_get_monotonic_time ();
  double cpu = cpu_seconds ();
  guint  count = 20000;

  for (guint i = 0; i < count; i++)
    {
      g_autoptr (MsObject) object
                 = fixture_get (fixture, bulk->ids->pdata[i * 7919u % bulk->ids->len]);
      g_assert_nonnull (object);
    }
  say_rate ("point reads by id, a snapshot each", count, start, cpu);
}

static void
bench_list (Fixture    *fixture,
            const char *what,
            const char *filter,
            const char *search,
            const char *sort,
            gint64      start_at)
{
  gint64           total = 0;
  gint64           start = g_get_monotonic_time ();
  g_autofree char *labels
      = fixture_list (fixture, "Mailbox", filter, search, sort, start_at, 100, &total);

  say (what, seconds_since (start) * 1000, "ms");
}

typedef struct
{
  Fixture    *fixture;
  const char *id;
} Place;

static gboolean
do_place (MsTxn *txn, gpointer data, GError **error)
{
  Place  *place = data;
  MsQuery query = { .type = fixture_type (place->fixture, "Mailbox") };
  gint64  position = 0;
  gint64  start = g_get_monotonic_time ();

  query.sort_by = ms_resource_type_find (query.type, "name");
  if (!ms_txn_find_position (txn, &query, place->id, &position, error))
    return FALSE;
  say ("position of one by name", seconds_since (start) * 1000, "ms");
  start = g_get_monotonic_time ();
  g_autoptr (GPtrArray) ranges = ms_txn_list_ranges (txn, &query, 500, error);
  if (ranges == NULL)
    return FALSE;
  say ("ranges of 500 by name", seconds_since (start) * 1000, "ms");
  return TRUE;
}

/* What is used --------------------------------------------------------------------------------- */

static gboolean
do_readings (MsTxn *txn, gpointer data, GError **error)
{
  Bulk *bulk = data;

  for (int i = bulk->first; i < bulk->first + CHUNK; i++)
    {
      MsReading reading = { i * 977LL % 1000000, i % 100, 0, 0, 0, 0 };
      gboolean  changed;
      g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, bulk->ids->pdata[i], error);
      if (object == NULL || !ms_txn_take_reading (txn, object, &reading, &changed, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
do_report (MsTxn *txn, gpointer data, GError **error)
{
  Bulk  *bulk = data;
  gint64 start = g_get_monotonic_time ();
  gint64 total = 0;
  g_autoptr (MsObject) group = ms_txn_get_object (txn, NULL, bulk->groups->pdata[0], error);
  g_autoptr (GPtrArray) largest = ms_txn_list_usage_children (
      txn, group, MS_USAGE_OF_MAILBOXES, MS_USAGE_BY_STORED_BYTES, TRUE, 0, 100, &total, error);
  g_autoptr (GArray) months = ms_txn_list_usage_periods (txn, group, 12, error);

  if (largest == NULL || months == NULL)
    return FALSE;
  say ("report of a group, the 100 largest of its mailboxes", seconds_since (start) * 1000, "ms");
  return TRUE;
}

static void
bench_usage (Fixture *fixture, Bulk *bulk, int count)
{
  gint64 start = g_get_monotonic_time ();
  double cpu = cpu_seconds ();

  for (bulk->first = 0; bulk->first < count; bulk->first += CHUNK)
    fixture_write (fixture, do_readings, bulk);
  say_rate ("readings, the first of each mailbox, 1,000 a transaction", count, start, cpu);
  start = g_get_monotonic_time ();
  cpu = cpu_seconds ();
  bulk->first = 0;
  fixture_write (fixture, do_readings, bulk);
  say_rate ("readings that say nothing new", CHUNK, start, cpu);
  fixture_read (fixture, do_report, bulk);
  bench_list (fixture, "first 100 by stored bytes", NULL, NULL, "-usage.storedBytes", 0);
  bench_list (fixture, "usage.percent ge 90, by name", "usage.percent ge 90", NULL, "name", 0);
}

static void
bench (Fixture *fixture, gconstpointer data)
{
  setvbuf (stdout, NULL, _IOLBF, 0);
  int count
      = g_getenv ("MS_BENCH_MAILBOXES") != NULL ? atoi (g_getenv ("MS_BENCH_MAILBOXES")) : 20000;
  Bulk bulk = {
    fixture, 0, g_ptr_array_new_with_free_func (g_free), g_ptr_array_new_with_free_func (g_free)
  };
  gint64 middle = count / 2;

  bench_waiting_writes (fixture, 1, 300);
  bench_waiting_writes (fixture, THREADS, 300);
  bench_bulk (fixture, &bulk, count);
  fixture_read (fixture, do_point_reads, &bulk);
  bench_snapshots (fixture, &bulk);
  bench_list (fixture, "first 100 by creation", NULL, NULL, NULL, 0);
  bench_list (fixture, "first 100 by name", NULL, NULL, "name", 0);
  bench_list (fixture, "100 from the middle by name", NULL, NULL, "name", middle);
  bench_list (fixture, "100 from the middle by name, descending", NULL, NULL, "-name", middle);
  bench_list (fixture, "first 100 by group", NULL, NULL, "group", 0);
  bench_list (fixture,
              "first 100 by description (nobody has one), descending",
              NULL,
              NULL,
              "-description",
              0);
  bench_list (fixture, "address eq", "address eq \"box-9e3779b1@example.org\"", NULL, "name", 0);
  bench_list (fixture, "active eq true (all), by name", "active eq true", NULL, "name", 0);
  bench_list (fixture, "quota gt (most), by name", "quota gt 1000000", NULL, "name", 0);
  bench_list (fixture, "name sw \"box-1\", by name", "name sw \"box-1\"", NULL, "name", 0);
  bench_list (fixture, "name co \"ff0\", by name", "name co \"ff0\"", NULL, "name", 0);
  bench_list (
      fixture, "group.display eq, by name", "group.display eq \"group 7\"", NULL, "name", 0);
  bench_list (fixture, "search for a rare word", NULL, "9e3779b1", "name", 0);
  bench_list (fixture, "search for a word in all", NULL, "example.org", "name", 0);
  bench_list (fixture, "search for two characters", NULL, "ff", "name", 0);
  bench_usage (fixture, &bulk, count);
  Place place = { fixture, bulk.ids->pdata[bulk.ids->len / 2] };
  fixture_read (fixture, do_place, &place);
  g_ptr_array_unref (bulk.ids);
  g_ptr_array_unref (bulk.groups);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("bench", NULL, bench);
  return g_test_run ();
}
