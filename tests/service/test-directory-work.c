/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How much a run asks of the store: no more for each of many people than for one. What is counted
 * is how often the database is called, which does not depend on the machine.
 */
#include "directory-fixture.h"

#include <string.h>

#include "fault-driver.h"
#include "store-place.h"

#define MAPPING "'mapping':{'userName':'uid','mailbox':'mail','aliases':'proxyAddresses'}"
#define ACTIVE "'activeFilter':'(!(disabled=*))'"
#define PEOPLE 60
#define BINNED 80
/* Calls that are made once, as to prepare a statement, or the first time. */
#define ONCE 20

/* By the driver that counts. */
static void
work_set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();

  town_set_up (f, data);
  ms_service_shutdown (f->service);
  g_clear_object (&f->service);
  ms_store_close (f->store);
  g_clear_object (&f->store);
  g_autofree char *uri = g_strconcat ("fault", strchr (f->uri, ':'), NULL);
  f->store = ms_store_open (uri, schemas, 0, &error);
  g_assert_no_error (error);
  f->service = ms_service_new (f->store);
  ms_service_set_directory_read (f->service, town_read);
  fixture_use_clock (f);
}

#define work_test(path, func) g_test_add (path, Fixture, NULL, work_set_up, func, town_tear_down)

/* From now on. */
static void
begin_counting (void)
{
  fault_driver_arm (FAULT_BUSY, G_MAXUINT);
}

/* How often something was tried that may be taken back; each transaction is one such thing too. */
static guint
count_attempts (void)
{
  (void) fault_driver_disarm (NULL);
  return fault_driver_count_named ("savepoint");
}

/* Each has the number of the one whose place is theirs: in no order, and always in the same one. */
static void
mix (guint numbers[PEOPLE])
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (7);

  for (guint i = 0; i < PEOPLE; i++)
    numbers[i] = i;
  for (guint i = PEOPLE - 1; i > 0; i--)
    {
      guint other = (guint) g_rand_int_range (chance, 0, (gint32) i + 1);
      guint kept = numbers[i];
      numbers[i] = numbers[other];
      numbers[other] = kept;
    }
}

/* (transfer full) */
static char *
make_directory_of_people (Fixture *f, const guint numbers[PEOPLE])
{
  char *id = make_directory (f, "," MAPPING);

  for (guint i = 0; i < PEOPLE; i++)
    {
      g_autofree char *text
          = g_strdup_printf ("uid=p%u;mail=p%u@example.org", numbers[i], numbers[i]);
      town_add (text);
    }
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  assert_picked (last, "counts.create", G_STRINGIFY (PEOPLE));
  return id;
}

/* Each takes what the next one gives up: they are tried once to find out who has to wait, and once
 * when it is their turn. */
static void
test_names (Fixture *f, gconstpointer data)
{
  guint numbers[PEOPLE];

  mix (numbers);
  g_autofree char *id = make_directory_of_people (f, numbers);
  for (guint i = 0; i < PEOPLE; i++)
    {
      g_autofree char *uid = g_strdup_printf ("p%u", numbers[i] + 1);
      g_autofree char *mail = g_strdup_printf ("p%u@example.org", numbers[i] + 1);
      town_set (town.entries->pdata[i], "uid", uid);
      town_set (town.entries->pdata[i], "mail", mail);
    }
  begin_counting ();
  run_and_expect (f, id, "rename " G_STRINGIFY (PEOPLE));
  g_assert_cmpuint (count_attempts (), <, 5 * PEOPLE);
}

/* The same with addresses that become aliases of others. */
static void
test_aliases (Fixture *f, gconstpointer data)
{
  guint numbers[PEOPLE];

  mix (numbers);
  g_autofree char *id = make_directory_of_people (f, numbers);
  for (guint i = 0; i < PEOPLE; i++)
    {
      g_autofree char *mail = g_strdup_printf ("q%u@example.org", numbers[i]);
      g_autofree char *alias = g_strdup_printf ("p%u@example.org", numbers[i] + 1);
      town_set (town.entries->pdata[i], "mail", mail);
      town_set (town.entries->pdata[i], "proxyAddresses", alias);
    }
  begin_counting ();
  run_and_expect (f, id, "update " G_STRINGIFY (PEOPLE));
  g_assert_cmpuint (count_attempts (), <, 5 * PEOPLE);
  expect_recipients (f, "p7@example.org", "q6@example.org");
}

/* How often the database is called for a rehearsal of what comes to @counts. */
static guint
count_calls (Fixture *f, const char *id, const char *counts)
{
  begin_counting ();
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_REHEARSE, TRUE);
  (void) fault_driver_disarm (NULL);
  expect_counts (last, counts);
  return fault_driver_count_calls ();
}

/* So many whom a run puts into the bin. */
static void
fill_bin (Fixture *f, const char *id, guint count)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();

  for (guint i = 0; i < count; i++)
    {
      g_autofree char *text
          = g_strdup_printf ("uid=b%u-%u;mail=b%u-%u@example.org", count, i, count, i);
      g_ptr_array_add (entries, town_add (text));
    }
  g_autoptr (JsonObject) made = run_directory (f, id, MS_DIRECTORY_RUN, TRUE);
  assert_picked (made, "result", "done");
  for (guint i = 0; i < count; i++)
    town_remove (entries->pdata[i]);
  g_autoptr (JsonObject) left = run_directory (f, id, MS_DIRECTORY_RUN, TRUE);
  assert_picked (left, "result", "done");
}

/* Who may come out of the bin is found page by page; who is disabled there does not come at all. */
static void
test_bin (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'leavers':'delete'," ACTIVE);

  town_add ("uid=stays;mail=stays@example.org");
  fill_bin (f, id, 10);
  Entry *stranger = town_add ("uid=off;mail=off@example.org;disabled=yes");
  guint  disabled = count_calls (f, id, "unchanged 2");
  town_set (stranger, "disabled", NULL);
  guint active = count_calls (f, id, "create 1, unchanged 1");
  town_remove (stranger);
  fill_bin (f, id, BINNED);
  stranger = town_add ("uid=off2;mail=off2@example.org;disabled=yes");
  g_assert_cmpuint (count_calls (f, id, "unchanged 2"), <, disabled + ONCE);
  town_set (stranger, "disabled", NULL);
  /* Each row of a page is one, with its document. */
  g_assert_cmpuint (count_calls (f, id, "create 1, unchanged 1"), <, active + BINNED + ONCE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  fault_driver_register (store_place_get_driver ());
  work_test ("/directory/work/names", test_names);
  work_test ("/directory/work/aliases", test_aliases);
  work_test ("/directory/work/bin", test_bin);
  return g_test_run ();
}
