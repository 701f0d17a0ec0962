/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What mailboxes use: readings, and totals that stay the sums of them whatever moves. The judge of
 * the random walk is a model here that adds everything up anew; ms_store_verify() is held to
 * finding each total that is wrong.
 */
#include "store-fixture.h"

#include "fault-driver.h"
#include "ms-reading.h"
#include "ms-rescue.h"
#include "store-place.h"

#include <sqlite3.h>
#include <string.h>

#define NOVEMBER "2024-11"
#define DECEMBER "2024-12"
#define IN_NOVEMBER (G_GINT64_CONSTANT (1731715200) * G_USEC_PER_SEC) /* 2024-11-16 */
#define IN_DECEMBER (IN_NOVEMBER + G_GINT64_CONSTANT (30) * 24 * 3600 * G_USEC_PER_SEC)

#define NEXT_YEAR "2025-11"
#define IN_NEXT_YEAR (IN_NOVEMBER + G_GINT64_CONSTANT (365) * 24 * 3600 * G_USEC_PER_SEC)

#define DAY (G_GINT64_CONSTANT (24) * 3600 * G_USEC_PER_SEC)

typedef struct
{
  Fixture    *fixture;
  const char *id;
  MsReading   reading;
  gboolean    changed;
} Report;

static gboolean
report_in (MsTxn *txn, gpointer data, GError **error)
{
  Report *self = data;
  g_autoptr (MsObject) mailbox = ms_txn_get_object (txn, NULL, self->id, error);

  return mailbox != NULL
         && ms_txn_take_reading (txn, mailbox, &self->reading, &self->changed, error);
}

static gboolean
report (Fixture *fixture, const char *id, const MsReading *reading)
{
  Report self = { fixture, id, *reading, FALSE };

  fixture_write (fixture, report_in, &self);
  return self.changed;
}

static gboolean
report_stored (Fixture *fixture, const char *id, gint64 bytes, gint64 messages)
{
  MsReading reading = MS_READING_INIT;

  reading.stored_bytes = bytes;
  reading.stored_messages = messages;
  return report (fixture, id, &reading);
}

static gboolean
report_sent (Fixture *fixture, const char *id, const char *period, gint64 messages, gint64 bytes)
{
  MsReading reading = MS_READING_INIT;

  g_assert_true (ms_usage_period_parse (period, &reading.period));
  reading.sent_messages = messages;
  reading.sent_bytes = bytes;
  return report (fixture, id, &reading);
}

typedef struct
{
  const char *id; /* (nullable) */
  MsUsage     usage;
  GArray     *periods;
} Look;

static gboolean
look_in (MsTxn *txn, gpointer data, GError **error)
{
  Look *self = data;
  g_autoptr (MsObject) object
             = self->id != NULL ? ms_txn_get_object (txn, NULL, self->id, error) : NULL;

  if (self->id != NULL && object == NULL)
    return FALSE;
  self->periods = ms_txn_list_usage_periods (txn, object, 100, error);
  return self->periods != NULL && ms_txn_get_usage (txn, object, &self->usage, error);
}

/* "mailboxes bytes messages sent-messages sent-bytes" */
static void
expect (Fixture *fixture, const char *id, const char *figures)
{
  Look look = { id, { 0 }, NULL };

  fixture_read (fixture, look_in, &look);
  g_autofree char *found
      = g_strdup_printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                         " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                         look.usage.mailboxes,
                         look.usage.stored_bytes,
                         look.usage.stored_messages,
                         look.usage.sent_messages,
                         look.usage.sent_bytes);
  g_assert_cmpstr (found, ==, figures);
  g_array_unref (look.periods);
  ms_usage_clear (&look.usage);
}

/* (transfer full): "2024-12 bytes sent-messages, 2024-11 …" */
static char *
name_periods (Fixture *fixture, const char *id)
{
  Look look = { id, { 0 }, NULL };
  g_autoptr (GString) found = g_string_new (NULL);

  fixture_read (fixture, look_in, &look);
  for (guint i = 0; i < look.periods->len; i++)
    {
      const MsUsagePeriod *period = &g_array_index (look.periods, MsUsagePeriod, i);
      g_autofree char     *name = ms_usage_period_format (period->period);
      g_string_append_printf (found,
                              "%s%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                              i > 0 ? ", " : "",
                              name,
                              period->stored_bytes,
                              period->sent_messages);
    }
  g_array_unref (look.periods);
  ms_usage_clear (&look.usage);
  return g_strdup (found->str);
}

static void
expect_periods (Fixture *fixture, const char *id, const char *figures)
{
  g_autofree char *found = name_periods (fixture, id);

  g_assert_cmpstr (found, ==, figures);
}

/* The last of them. */
static void
expect_last (Fixture *fixture, const char *id, const char *figures)
{
  g_autofree char *found = name_periods (fixture, id);

  found[strcspn (found, ",")] = '\0';
  g_assert_cmpstr (found, ==, figures);
}

static char *
list_mailboxes (Fixture *fixture, const char *filter, const char *sort)
{
  return fixture_list (fixture, "Mailbox", filter, NULL, sort, 0, 100, NULL);
}

/* By hand ------------------------------------------------------------------------------------- */

typedef struct
{
  char *domain;
  char *other;
  char *sales;
  char *emea;
  char *anna;
  char *bert;
  char *carl;
} Town;

static char *
make_mailbox (Fixture *fixture, const char *name, const char *domain, const char *group)
{
  g_autofree char *json = g_strdup_printf (
      group != NULL ? "{'name':'%s','domain':'%s','address':'%s@%s','group':{'value':'%s'}}"
                    : "{'name':'%s','domain':'%s','address':'%s@%s'}",
      name,
      domain,
      name,
      domain,
      group);

  return fixture_insert (fixture, "Mailbox", json);
}

static void
town_make (Town *town, Fixture *fixture)
{
  ms_usage_set_time (IN_NOVEMBER);
  town->domain = fixture_insert (fixture, "Domain", "{'name':'one.example','kind':'equal'}");
  town->other = fixture_insert (fixture, "Domain", "{'name':'two.example','kind':'equal'}");
  town->sales = fixture_insert (fixture, "MailGroup", "{'name':'Sales'}");
  g_autofree char *json = g_strdup_printf ("{'name':'EMEA','parent':{'value':'%s'}}", town->sales);
  town->emea = fixture_insert (fixture, "MailGroup", json);
  town->anna = make_mailbox (fixture, "anna", "one.example", town->emea);
  town->bert = make_mailbox (fixture, "bert", "one.example", town->sales);
  town->carl = make_mailbox (fixture, "carl", "two.example", NULL);
}

static void
town_clear (Town *town)
{
  char **places[] = { &town->domain, &town->other, &town->sales, &town->emea,
                      &town->anna,   &town->bert,  &town->carl };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    g_clear_pointer (places[i], g_free);
  ms_usage_set_time (0);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Town, town_clear)

static void
set_link (Fixture *fixture, const char *id, const char *path, const char *to)
{
  g_autoptr (MsObject) object = fixture_get (fixture, id);

  ms_object_set_link (object, path, to);
  fixture_update (fixture, object);
}

static void
test_totals (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  gint64 sequence = fixture_last_sequence (fixture);
  expect (fixture, NULL, "0 0 0 0 0");
  expect (fixture, town.anna, "0 -1 -1 -1 -1");
  g_assert_true (report_stored (fixture, town.anna, 100, 10));
  g_assert_true (report_stored (fixture, town.bert, 20, 2));
  g_assert_true (report_stored (fixture, town.carl, 3, 1));
  g_assert_true (report_sent (fixture, town.anna, NOVEMBER, 5, 50));
  expect (fixture, town.anna, "1 100 10 5 50");
  expect (fixture, town.carl, "1 3 1 -1 -1");
  expect (fixture, town.emea, "1 100 10 5 50");
  expect (fixture, town.sales, "2 120 12 5 50");
  expect (fixture, town.domain, "2 120 12 5 50");
  expect (fixture, town.other, "1 3 1 0 0");
  expect (fixture, NULL, "3 123 13 5 50");

  /* Twice is once; less than was sent is what was known. */
  g_assert_false (report_stored (fixture, town.anna, 100, 10));
  g_assert_false (report_sent (fixture, town.anna, NOVEMBER, 5, 50));
  g_assert_false (report_sent (fixture, town.anna, NOVEMBER, 4, 40));
  expect (fixture, NULL, "3 123 13 5 50");
  g_assert_true (report_stored (fixture, town.anna, 60, MS_USAGE_UNKNOWN));
  expect (fixture, town.sales, "2 80 12 5 50");

  /* A measurement is no change. */
  g_assert_cmpint (fixture_last_sequence (fixture), ==, sequence);
  g_autoptr (MsObject) anna = fixture_get (fixture, town.anna);
  g_assert_cmpint (ms_object_get_version (anna), ==, 1);
  fixture_check_sound (fixture);
}

static void
test_moves (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_sent (fixture, town.anna, NOVEMBER, 5, 50);
  set_link (fixture, town.anna, "group", NULL);
  expect (fixture, town.sales, "0 0 0 0 0");
  expect (fixture, NULL, "1 100 10 5 50");
  set_link (fixture, town.anna, "group", town.emea);
  set_link (fixture, town.emea, "parent", NULL);
  expect (fixture, town.sales, "0 0 0 0 0");
  expect (fixture, town.emea, "1 100 10 5 50");
  set_link (fixture, town.emea, "parent", town.sales);
  expect (fixture, town.sales, "1 100 10 5 50");

  fixture_delete (fixture, town.anna);
  expect (fixture, NULL, "0 0 0 0 0");
  expect (fixture, town.domain, "0 0 0 0 0");
  fixture_check_sound (fixture);
  g_assert_true (fixture_try_restore (fixture, town.anna, NULL));
  expect (fixture, NULL, "1 100 10 5 50");
  expect (fixture, town.domain, "1 100 10 5 50");

  g_autoptr (MsObject) anna = fixture_get (fixture, town.anna);
  ms_object_set_string (anna, "domain", "two.example");
  ms_object_set_string (anna, "address", "anna@two.example");
  fixture_update (fixture, anna);
  expect (fixture, town.domain, "0 0 0 0 0");
  expect (fixture, town.other, "1 100 10 5 50");
  fixture_check_sound (fixture);

  g_autoptr (GPtrArray) gone = g_ptr_array_new ();
  g_ptr_array_add (gone, town.anna);
  fixture_purge (fixture, gone);
  expect (fixture, NULL, "0 0 0 0 0");
  fixture_check_sound (fixture);
}

typedef struct
{
  Fixture *fixture;
  char   **ids; /* %NULL-terminated */
} Crowd;

static gboolean
report_most (MsTxn *txn, gpointer data, GError **error)
{
  const Crowd *self = data;
  MsReading reading = { MS_USAGE_MOST, MS_USAGE_MOST, 0, ms_usage_period_of (ms_usage_get_time ()),
                        MS_USAGE_MOST, MS_USAGE_MOST };
  gboolean  changed;

  for (guint i = 0; self->ids[i] != NULL; i++)
    {
      g_autoptr (MsObject) mailbox = ms_txn_get_object (txn, NULL, self->ids[i], error);
      if (mailbox == NULL || !ms_txn_take_reading (txn, mailbox, &reading, &changed, error))
        return FALSE;
    }
  return TRUE;
}

/* Whatever was reported of others, what is deleted can come back. */
static void
test_most (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  char *ids[] = { town.anna, town.bert, town.carl, NULL };
  Crowd crowd = { fixture, ids };
  fixture_write (fixture, report_most, &crowd);
  g_autofree char *three = g_strdup_printf ("3 %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                                            " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                                            3 * MS_USAGE_MOST,
                                            3 * MS_USAGE_MOST,
                                            3 * MS_USAGE_MOST,
                                            3 * MS_USAGE_MOST);
  expect (fixture, NULL, three);
  fixture_check_sound (fixture);

  /* As if there were very many. */
  fixture_delete (fixture, town.anna);
  fixture_run_sql (fixture,
                   "UPDATE usage_total SET stored_bytes = " MS_USAGE_MOST_TOTAL_SQL
                   ", stored_messages = 9223372036854775807");
  fixture_run_sql (fixture,
                   "UPDATE usage_period SET sent_bytes = " MS_USAGE_MOST_TOTAL_SQL
                   ", sent_messages = 9223372036854775807 WHERE obj IN"
                   " (SELECT obj FROM usage_total)");
  g_assert_true (fixture_try_restore (fixture, town.anna, NULL));
  g_autofree char *most = g_strdup_printf ("3 %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                                           " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                                           MS_USAGE_MOST_TOTAL,
                                           MS_USAGE_MOST_TOTAL,
                                           MS_USAGE_MOST_TOTAL,
                                           MS_USAGE_MOST_TOTAL);
  expect (fixture, NULL, most);
  set_link (fixture, town.emea, "parent", NULL);
  fixture_renew (fixture);
}

/* Months that are over stay as they were. */
static void
test_periods (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_sent (fixture, town.anna, NOVEMBER, 5, 50);
  ms_usage_set_time (IN_DECEMBER);
  expect (fixture, town.anna, "1 100 10 -1 -1");
  expect (fixture, town.sales, "1 100 10 0 0");
  expect_periods (fixture, town.sales, "2024-11 100 5");
  set_link (fixture, town.anna, "group", town.sales);
  expect (fixture, town.emea, "0 0 0 0 0");
  expect_periods (fixture, town.emea, "2024-12 0 0, 2024-11 100 5");
  g_assert_false (report_stored (fixture, town.anna, 100, 10));
  expect_periods (fixture, town.anna, "2024-12 100 0, 2024-11 100 5");
  g_assert_true (report_sent (fixture, town.anna, DECEMBER, 2, 20));
  expect (fixture, town.sales, "1 100 10 2 20");
  /* What comes late goes to where the mailbox is now. */
  g_assert_true (report_sent (fixture, town.anna, NOVEMBER, 7, 70));
  expect (fixture, town.anna, "1 100 10 2 20");
  expect_periods (fixture, town.anna, "2024-12 100 2, 2024-11 100 7");
  expect_periods (fixture, town.sales, "2024-12 100 2, 2024-11 100 7");
  expect_periods (fixture, town.emea, "2024-12 0 0, 2024-11 100 5");
  fixture_delete (fixture, town.anna);
  expect_periods (fixture, NULL, "2024-12 0 0, 2024-11 100 7");
  fixture_check_sound (fixture);
}

/* What a month lost to the bin comes back with the mailbox. */
static void
test_late_return (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_sent (fixture, town.anna, "2024-10", 4, 40);
  report_sent (fixture, town.anna, NOVEMBER, 3, 30);
  fixture_delete (fixture, town.anna);
  expect_periods (fixture, NULL, "2024-11 0 0, 2024-10 -1 4");
  ms_usage_set_time (IN_DECEMBER);
  fixture_check_sound (fixture);
  g_assert_true (fixture_try_restore (fixture, town.anna, NULL));
  expect_periods (fixture, NULL, "2024-12 100 0, 2024-11 0 3, 2024-10 -1 4");
  /* The store itself leaves it at the top. */
  expect_periods (fixture, town.emea, "2024-11 0 0, 2024-10 -1 4");
  expect_periods (fixture, town.domain, "2024-12 100 0, 2024-11 0 3, 2024-10 -1 4");
  fixture_check_sound (fixture);
  /* Once only. */
  fixture_delete (fixture, town.anna);
  g_assert_true (fixture_try_restore (fixture, town.anna, NULL));
  expect_periods (fixture, NULL, "2024-12 100 0, 2024-11 0 3, 2024-10 -1 4");

  /* A first reading may be of a month that is over. */
  report_sent (fixture, town.carl, NOVEMBER, 5, 50);
  expect_periods (fixture, NULL, "2024-12 100 0, 2024-11 0 8, 2024-10 -1 4");
  fixture_check_sound (fixture);
}

/* A clock that is set back over the end of a month. */
static void
test_set_back (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_sent (fixture, town.anna, NOVEMBER, 7, 70);
  ms_usage_set_time (IN_DECEMBER);
  set_link (fixture, town.anna, "group", town.sales);
  set_link (fixture, town.sales, "parent", NULL);
  expect_periods (fixture, town.sales, "2024-12 100 0, 2024-11 100 7");
  ms_usage_set_time (IN_NOVEMBER);
  fixture_check_sound (fixture);
  set_link (fixture, town.anna, "group", town.emea);
  expect_periods (fixture, town.emea, "2024-12 100 0, 2024-11 100 7");
  fixture_check_sound (fixture);
  set_link (fixture, town.anna, "group", NULL);
  expect_periods (fixture, town.sales, "2024-12 0 0, 2024-11 100 7");
  expect_periods (fixture, town.emea, "2024-12 0 0, 2024-11 100 7");
  expect_periods (fixture, NULL, "2024-12 100 0, 2024-11 100 7");
  fixture_delete (fixture, town.anna);
  expect_periods (fixture, NULL, "2024-12 0 0, 2024-11 100 7");
  fixture_check_sound (fixture);

  /* One that was years ahead is not followed. */
  ms_usage_set_time (IN_NOVEMBER + G_GINT64_CONSTANT (3650) * 24 * 3600 * G_USEC_PER_SEC);
  report_stored (fixture, town.bert, 1, 1);
  ms_usage_set_time (IN_DECEMBER);
  g_assert_true (report_sent (fixture, town.bert, DECEMBER, 2, 20));
  expect (fixture, town.bert, "1 1 1 2 20");
  expect (fixture, town.sales, "1 1 1 2 20");
}

static void
expect_list (Fixture *fixture, const char *filter, const char *sort, const char *labels)
{
  g_autofree char *found = list_mailboxes (fixture, filter, sort);

  g_assert_cmpstr (found, ==, labels);
}

/* What is said of a month shortly before it begins is there when it has begun. */
static void
test_early (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_sent (fixture, town.anna, NOVEMBER, 5, 50);
  report_sent (fixture, town.anna, DECEMBER, 3, 30);
  expect (fixture, town.sales, "1 0 0 5 50");
  fixture_check_sound (fixture);
  ms_usage_set_time (IN_DECEMBER);
  expect (fixture, town.anna, "1 -1 -1 3 30");
  expect (fixture, town.sales, "1 0 0 3 30");
  expect (fixture, town.domain, "1 0 0 3 30");
  expect (fixture, NULL, "1 0 0 3 30");
  expect_list (fixture, "usage.sentBytes eq 30", NULL, "anna");
  g_autofree char *groups
      = fixture_list (fixture, "MailGroup", "usage.sentBytes eq 30", NULL, NULL, 0, 9, NULL);
  g_assert_cmpstr (groups, ==, "Sales EMEA");
  fixture_check_sound (fixture);
  report_stored (fixture, town.anna, 1, 1);
  expect (fixture, town.sales, "1 1 1 3 30");
  fixture_check_sound (fixture);
}

/* By whatever clock a mailbox goes and comes back, it brings what it took. */
static void
test_bin_and_clock (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_sent (fixture, town.carl, "2024-10", 4, 40);
  report_sent (fixture, town.carl, NOVEMBER, 5, 50);
  ms_usage_set_time (IN_NEXT_YEAR);
  fixture_delete (fixture, town.carl);
  ms_usage_set_time (IN_NOVEMBER);
  g_assert_true (fixture_try_restore (fixture, town.carl, NULL));
  expect (fixture, NULL, "1 0 0 5 50");
  expect_periods (fixture, NULL, "2024-11 0 5, 2024-10 -1 4");
  fixture_check_sound (fixture);

  fixture_delete (fixture, town.carl);
  expect_periods (fixture, NULL, "2024-11 0 0, 2024-10 -1 4");
  ms_usage_set_time (IN_NOVEMBER - G_GINT64_CONSTANT (100) * 24 * 3600 * G_USEC_PER_SEC);
  g_assert_true (fixture_try_restore (fixture, town.carl, NULL));
  ms_usage_set_time (IN_NOVEMBER);
  expect_periods (fixture, NULL, "2024-11 0 5, 2024-10 -1 4");
}

/* What moved by a clock that was ahead took nothing of this month along: it does so once it is
 * right, and once only. */
static void
test_clock_ahead (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_sent (fixture, town.anna, "2024-10", 4, 40);
  report_sent (fixture, town.anna, NOVEMBER, 5, 50);
  report_sent (fixture, town.carl, NOVEMBER, 1, 10);
  ms_usage_set_time (IN_NOVEMBER + 70 * DAY);
  report_stored (fixture, town.anna, 90, 9);
  set_link (fixture, town.anna, "group", NULL);
  fixture_delete (fixture, town.carl);
  ms_usage_set_time (IN_NOVEMBER);
  fixture_check_sound (fixture);
  report_stored (fixture, town.bert, 1, 1);
  expect (fixture, town.emea, "0 0 0 0 0");
  expect (fixture, town.sales, "1 1 1 0 0");
  expect (fixture, NULL, "2 91 10 5 50");
  expect (fixture, town.other, "0 0 0 0 0");
  fixture_check_sound (fixture);
  set_link (fixture, town.anna, "group", town.emea);
  expect (fixture, town.emea, "1 90 9 5 50");
  expect (fixture, town.sales, "2 91 10 5 50");
  expect (fixture, NULL, "2 91 10 5 50");
  expect_periods (fixture, town.emea, "2024-11 90 5, 2024-10 -1 4");
  g_assert_true (fixture_try_restore (fixture, town.carl, NULL));
  expect (fixture, NULL, "3 91 10 6 60");
  expect_periods (fixture, NULL, "2024-11 91 6, 2024-10 -1 4");
  fixture_check_sound (fixture);

  /* So it does where the first thing is that it moves back, over the end of a month. */
  ms_usage_set_time (IN_NOVEMBER + 100 * DAY);
  set_link (fixture, town.anna, "group", NULL);
  ms_usage_set_time (IN_NOVEMBER + 130 * DAY);
  report_stored (fixture, town.anna, 80, 8);
  ms_usage_set_time (IN_NOVEMBER);
  set_link (fixture, town.anna, "group", town.emea);
  expect_periods (fixture, town.emea, "2024-11 80 5, 2024-10 -1 4");
  expect_periods (fixture, NULL, "2024-11 81 6, 2024-10 -1 4");
  fixture_check_sound (fixture);
}

static gboolean
move_then_fail (MsTxn *txn, gpointer data, GError **error)
{
  const Town *town = data;
  g_autoptr (MsObject) bert = ms_txn_get_object (txn, NULL, town->bert, error);

  ms_object_set_link (bert, "group", NULL);
  return bert != NULL && ms_txn_update (txn, bert, error);
}

static gboolean
move_after_failure (MsTxn *txn, gpointer data, GError **error)
{
  const Town *town = data;
  g_autoptr (MsObject) anna = ms_txn_get_object (txn, NULL, town->anna, error);

  g_assert_true (ms_txn_savepoint (txn, FALSE, move_then_fail, data, error));
  ms_object_set_link (anna, "group", town->emea);
  return ms_txn_update (txn, anna, error);
}

/* Totals that were counted anew in what was taken back are so once more. */
static void
test_clock_in_vain (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_sent (fixture, town.anna, NOVEMBER, 5, 50);
  report_sent (fixture, town.bert, NOVEMBER, 1, 10);
  ms_usage_set_time (IN_NOVEMBER + 70 * DAY);
  set_link (fixture, town.anna, "group", NULL);
  ms_usage_set_time (IN_NOVEMBER);
  fixture_write (fixture, move_after_failure, &town);
  expect (fixture, town.emea, "1 0 0 5 50");
  expect (fixture, town.sales, "2 0 0 6 60");
  expect (fixture, NULL, "2 0 0 6 60");
  fixture_check_sound (fixture);
}

/* Months that are over stay as they were by a clock that is set back into them. */
static void
test_clock_behind (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  for (int month = 2; month >= 0; month--)
    {
      ms_usage_set_time (IN_NOVEMBER - 31 * month * DAY);
      g_autofree char *name
          = ms_usage_period_format (ms_usage_period_of (IN_NOVEMBER - 31 * month * DAY));
      report_stored (fixture, town.anna, 100 - month, 10);
      report_sent (fixture, town.anna, name, 5 - month, 50);
    }
  ms_usage_set_time (IN_NOVEMBER - 62 * DAY);
  fixture_check_sound (fixture);
  set_link (fixture, town.anna, "group", town.sales);
  report_stored (fixture, town.anna, 7, 7);
  report_sent (fixture, town.anna, NOVEMBER, 6, 50);
  fixture_check_sound (fixture);
  ms_usage_set_time (IN_NOVEMBER);
  expect_periods (fixture, town.emea, "2024-11 0 0, 2024-10 99 4, 2024-09 98 3");
  expect_periods (fixture, town.sales, "2024-11 7 6, 2024-10 99 4, 2024-09 98 3");
  expect_periods (fixture, town.anna, "2024-11 7 6, 2024-10 99 4, 2024-09 98 3");
  expect_periods (fixture, NULL, "2024-11 7 6, 2024-10 99 4, 2024-09 98 3");
  fixture_check_sound (fixture);
}

/* So they do in a store that is young, and heard late of what was before it. */
static void
test_clock_of_young (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_sent (fixture, town.anna, "2024-08", 3, 30);
  report_sent (fixture, town.anna, NOVEMBER, 5, 50);
  ms_usage_set_time (IN_NOVEMBER - 100 * DAY);
  set_link (fixture, town.anna, "group", NULL);
  fixture_check_sound (fixture);
  ms_usage_set_time (IN_NOVEMBER);
  expect_periods (fixture, town.emea, "2024-11 0 0, 2024-08 -1 3");
  expect_periods (fixture, NULL, "2024-11 100 5, 2024-08 -1 3");
  fixture_check_sound (fixture);
}

/* What a clock said that was a year ahead goes with the next reading, once it is right. */
static void
test_future (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };
  MsReading reading = { 70, 7, 0, 0, 9, 90 };

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_sent (fixture, town.anna, NOVEMBER, 5, 50);
  ms_usage_set_time (IN_NEXT_YEAR);
  reading.last_access = IN_NEXT_YEAR;
  reading.period = ms_usage_period_of (IN_NEXT_YEAR);
  report (fixture, town.anna, &reading);
  report (fixture, town.carl, &reading);
  expect (fixture, town.anna, "1 70 7 9 90");
  expect (fixture, NULL, "2 140 14 18 180");

  ms_usage_set_time (IN_NOVEMBER);
  fixture_check_sound (fixture);
  expect_periods (fixture, town.anna, "2024-11 100 5");
  expect_periods (fixture, NULL, "2024-11 100 5");
  g_assert_true (report_stored (fixture, town.anna, 70, 7));
  g_assert_false (report_stored (fixture, town.anna, 70, 7));
  expect (fixture, town.anna, "1 70 7 5 50");
  expect (fixture, town.sales, "1 70 7 5 50");
  expect (fixture, NULL, "2 140 14 5 50");
  reading = (MsReading) MS_READING_INIT;
  reading.last_access = IN_NOVEMBER;
  g_assert_true (report (fixture, town.anna, &reading));
  g_assert_true (report (fixture, town.carl, &reading));
  expect_list (fixture, "usage.lastAccess eq \"2024-11-16T00:00:00Z\"", NULL, "anna carl");
  expect (fixture, town.carl, "1 70 7 -1 -1");
  g_assert_true (report_sent (fixture, town.carl, NOVEMBER, 1, 10));
  expect (fixture, NULL, "2 140 14 6 60");
  fixture_check_sound (fixture);

  /* Nor is any of it there when its time has come. */
  ms_usage_set_time (IN_NEXT_YEAR);
  g_assert_true (report_sent (fixture, town.anna, NEXT_YEAR, 2, 20));
  expect (fixture, NULL, "2 140 14 2 20");
  expect_periods (fixture, town.carl, "2024-11 70 1");
  fixture_check_sound (fixture);
}

/* Nor does one that is behind for a while take anything away. */
static void
test_past (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };
  MsReading reading = { 70, 7, IN_NEXT_YEAR, ms_usage_period_of (IN_NEXT_YEAR), 9, 90 };

  town_make (&town, fixture);
  report_sent (fixture, town.carl, NOVEMBER, 5, 50);
  ms_usage_set_time (IN_NEXT_YEAR);
  report (fixture, town.carl, &reading);
  ms_usage_set_time (G_USEC_PER_SEC);
  report_stored (fixture, town.carl, 71, 7);
  ms_usage_set_time (IN_NEXT_YEAR);
  expect_list (fixture, "usage.lastAccess eq \"2025-11-16T00:00:00Z\"", NULL, "carl");
  report_stored (fixture, town.carl, 72, 7);
  expect (fixture, town.carl, "1 72 7 9 90");
  expect (fixture, NULL, "1 72 7 9 90");
  expect_periods (fixture, town.carl, "2025-11 72 9, 2024-11 -1 5");
  expect_periods (fixture, NULL, "2025-11 72 9, 2024-11 0 5");
  fixture_check_sound (fixture);
}

static void
test_found_by (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };
  MsReading reading = MS_READING_INIT;

  town_make (&town, fixture);
  g_autoptr (MsObject) sales = fixture_get (fixture, town.sales);
  json_object_set_int_member (ms_object_get_attributes (sales), "quota", 200);
  fixture_update (fixture, sales);
  report_stored (fixture, town.anna, 181, 10);
  reading.last_access = IN_NOVEMBER - G_USEC_PER_SEC;
  report (fixture, town.bert, &reading);
  report_stored (fixture, town.carl, 50, 1);
  report_sent (fixture, town.carl, NOVEMBER, 1, 7);
  expect_list (fixture, NULL, "usage.storedBytes", "carl anna bert");
  expect_list (fixture, "usage.storedBytes gt 50", NULL, "anna");
  expect_list (fixture, "usage.percent ge 90", NULL, "anna");
  expect_list (fixture, "usage.percent gt 90", NULL, "");
  expect_list (fixture, "usage.percent pr", NULL, "anna");
  expect_list (fixture, NULL, "usage.percent", "anna bert carl");
  expect_list (fixture, "usage.lastAccess lt \"2024-11-16T00:00:00Z\"", NULL, "bert");
  expect_list (fixture, "not (usage.lastAccess pr)", NULL, "anna carl");
  expect_list (fixture, "usage.sentBytes eq 7", NULL, "carl");
  expect_list (fixture, "usage[storedBytes gt 40 and not (percent pr)]", NULL, "carl");
  expect_list (fixture, "usage.measured pr", "usage.measured", "anna bert carl");
  ms_usage_set_time (IN_DECEMBER);
  expect_list (fixture, "usage.sentBytes pr", NULL, "");
  g_autofree char *groups = fixture_list (
      fixture, "MailGroup", "usage.storedBytes eq 181", NULL, "usage.mailboxes", 0, 9, NULL);
  g_assert_cmpstr (groups, ==, "EMEA Sales");
  g_autofree char *domains
      = fixture_list (fixture, "Domain", "usage.storedBytes lt 100", NULL, NULL, 0, 9, NULL);
  g_assert_cmpstr (domains, ==, "two.example");

  g_autofree char *dora = make_mailbox (fixture, "dora", "two.example", NULL);
  expect_list (fixture, "usage pr", NULL, "anna bert carl");
  expect_list (fixture, "not (usage pr)", NULL, "dora");
  expect_list (fixture, "usage[not (storedBytes pr)]", NULL, "bert");

  /* What lies in the bin is not found, and is found again when it is back. */
  fixture_delete (fixture, town.anna);
  expect_list (fixture, "usage.storedBytes pr", NULL, "carl");
  g_assert_true (fixture_try_restore (fixture, town.anna, NULL));
  expect_list (fixture, NULL, "usage.storedBytes", "carl anna bert dora");
  expect_list (fixture, "usage.storedBytes pr", "usage.storedBytes", "carl anna");
  fixture_check_sound (fixture);
}

/* A damaged number is no percentage, and in the way of no other's. */
static void
test_damaged_percent (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  g_autoptr (MsObject) sales = fixture_get (fixture, town.sales);
  json_object_set_int_member (ms_object_get_attributes (sales), "quota", 200);
  fixture_update (fixture, sales);
  report_stored (fixture, town.anna, 181, 10);
  report_stored (fixture, town.bert, 100, 10);
  fixture_run_sql (
      fixture,
      "UPDATE usage_reading SET stored_bytes = 9223372036854775807 WHERE name_key = 'bert'");
  expect_list (fixture, "usage.percent pr", NULL, "anna");
  expect_list (fixture, "usage.percent ge 90", NULL, "anna");
  expect_list (fixture, NULL, "usage.percent", "anna bert carl");
  fixture_renew (fixture);
}

/* Who filters by the times that are shown finds what has them. */
static void
test_cut_times (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };
  MsReading reading = MS_READING_INIT;

  town_make (&town, fixture);
  ms_usage_set_time (IN_NOVEMBER + 1234567);
  reading.last_access = IN_NOVEMBER + 999999;
  g_assert_true (report (fixture, town.anna, &reading));
  reading.last_access = IN_NOVEMBER + 999001;
  g_assert_false (report (fixture, town.anna, &reading));
  expect_list (fixture, "usage.lastAccess eq \"2024-11-16T00:00:00.999Z\"", NULL, "anna");
  expect_list (fixture, "usage.lastAccess gt \"2024-11-16T00:00:00.999Z\"", NULL, "");
  expect_list (fixture, "usage.measured eq \"2024-11-16T00:00:01.234Z\"", NULL, "anna");
  expect_list (fixture, "usage.measured le \"2024-11-16T00:00:01.234Z\"", NULL, "anna");
  fixture_check_sound (fixture);
}

static void
set_quota (Fixture *fixture, const char *id, gint64 quota)
{
  g_autoptr (MsObject) object = fixture_get (fixture, id);

  json_object_set_int_member (ms_object_get_attributes (object), "quota", quota);
  fixture_update (fixture, object);
}

/* Limits that nobody comes near, of a mailbox and of a mail group, to the last one that there is.
 */
static void
test_large_quotas (Fixture *fixture, gconstpointer data)
{
  static const gint64 quotas[]
      = { G_GINT64_CONSTANT (1) << 60,       (G_GINT64_CONSTANT (1) << 60) + 1,
          G_GINT64_CONSTANT (1) << 61,       G_GINT64_CONSTANT (1) << 62,
          (G_GINT64_CONSTANT (1) << 62) + 5, G_MAXINT64 };
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 5, 1);
  report_stored (fixture, town.bert, 90, 1);
  report_stored (fixture, town.carl, 5, 1);
  set_quota (fixture, town.bert, 100);
  for (guint i = 0; i < G_N_ELEMENTS (quotas); i++)
    {
      set_quota (fixture, town.sales, quotas[i]);
      set_quota (fixture, town.carl, quotas[i]);
      expect_list (fixture, "usage.percent ge 90", NULL, "bert");
      expect_list (fixture, "usage.percent eq 0", NULL, "anna carl");
      expect_list (fixture, NULL, "usage.percent", "anna carl bert");
    }
}

/* The most that is added up is found and sorted as the number that it is. */
static void
test_large_totals (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_stored (fixture, town.carl, 3, 1);
  fixture_run_sql (fixture,
                   "UPDATE usage_total SET stored_bytes = " MS_USAGE_MOST_TOTAL_SQL
                   " WHERE name_key IN ('sales', 'one.example')");
  g_autofree char *groups = fixture_list (
      fixture, "MailGroup", "usage.storedBytes pr", NULL, "usage.storedBytes", 0, 9, NULL);
  g_assert_cmpstr (groups, ==, "EMEA Sales");
  g_autofree char *most = fixture_list (
      fixture, "Domain", "usage.storedBytes eq " MS_USAGE_MOST_TOTAL_SQL, NULL, NULL, 0, 9, NULL);
  g_assert_cmpstr (most, ==, "one.example");
  fixture_renew (fixture);
}

typedef struct
{
  const char     *of;
  MsUsageChildren kind;
  MsUsageOrder    order;
  gboolean        descending;
  gint64          start;
  gint64          count;
  GString        *found;
} Children;

static gboolean
list_children (MsTxn *txn, gpointer data, GError **error)
{
  Children *self = data;
  gint64    total = 0;
  g_autoptr (MsObject) of
             = self->of != NULL ? ms_txn_get_object (txn, NULL, self->of, error) : NULL;
  g_autoptr (GPtrArray) children = ms_txn_list_usage_children (
      txn, of, self->kind, self->order, self->descending, self->start, self->count, &total, error);

  if (children == NULL)
    return FALSE;
  g_string_append_printf (self->found, "%" G_GINT64_FORMAT, total);
  for (guint i = 0; i < children->len; i++)
    {
      const MsUsage *usage = children->pdata[i];
      g_string_append_printf (
          self->found, " %s:%" G_GINT64_FORMAT, usage->label, usage->stored_bytes);
    }
  return TRUE;
}

static void
expect_children (Fixture        *fixture,
                 const char     *of,
                 MsUsageChildren kind,
                 MsUsageOrder    order,
                 gboolean        descending,
                 const char     *expected)
{
  Children self = { of, kind, order, descending, 0, 10, g_string_new (NULL) };

  fixture_read (fixture, list_children, &self);
  g_assert_cmpstr (self.found->str, ==, expected);
  g_string_free (self.found, TRUE);
}

static void
test_children (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  g_autofree char *dora = make_mailbox (fixture, "dora", "one.example", town.sales);
  report_stored (fixture, town.anna, 100, 10);
  report_stored (fixture, town.bert, 20, 2);
  report_stored (fixture, dora, 70, 2);
  report_sent (fixture, town.bert, NOVEMBER, 1, 9);
  expect_children (
      fixture, town.sales, MS_USAGE_OF_MAILBOXES, MS_USAGE_BY_NAME, FALSE, "2 bert:20 dora:70");
  expect_children (fixture,
                   town.sales,
                   MS_USAGE_OF_MAILBOXES,
                   MS_USAGE_BY_STORED_BYTES,
                   TRUE,
                   "2 dora:70 bert:20");
  expect_children (fixture,
                   town.sales,
                   MS_USAGE_OF_MAILBOXES,
                   MS_USAGE_BY_SENT_BYTES,
                   TRUE,
                   "2 bert:20 dora:70");
  expect_children (fixture, town.sales, MS_USAGE_OF_GROUPS, MS_USAGE_BY_NAME, FALSE, "1 EMEA:100");
  expect_children (fixture, NULL, MS_USAGE_OF_GROUPS, MS_USAGE_BY_NAME, FALSE, "1 Sales:190");
  expect_children (fixture, NULL, MS_USAGE_OF_MAILBOXES, MS_USAGE_BY_NAME, FALSE, "0");
  expect_children (fixture,
                   NULL,
                   MS_USAGE_OF_DOMAINS,
                   MS_USAGE_BY_STORED_BYTES,
                   TRUE,
                   "2 one.example:190 two.example:0");
  expect_children (fixture,
                   town.domain,
                   MS_USAGE_OF_MAILBOXES,
                   MS_USAGE_BY_STORED_BYTES,
                   FALSE,
                   "3 bert:20 dora:70 anna:100");
  Children far = { town.domain, MS_USAGE_OF_MAILBOXES, MS_USAGE_BY_STORED_BYTES, TRUE, 2,
                   10,          g_string_new (NULL) };
  fixture_read (fixture, list_children, &far);
  g_assert_cmpstr (far.found->str, ==, "3 bert:20");
  g_string_free (far.found, TRUE);
}

static gboolean
list_sent (MsTxn *txn, gpointer data, GError **error)
{
  Children *self = data;
  gint64    total = 0;
  g_autoptr (MsObject) of = ms_txn_get_object (txn, NULL, self->of, error);
  g_autoptr (GPtrArray) children = ms_txn_list_usage_children (
      txn, of, self->kind, self->order, self->descending, self->start, self->count, &total, error);

  for (guint i = 0; children != NULL && i < children->len; i++)
    {
      const MsUsage *usage = children->pdata[i];
      g_string_append_printf (self->found,
                              "%s%s:%" G_GINT64_FORMAT,
                              i > 0 ? " " : "",
                              usage->label,
                              usage->sent_messages);
    }
  return children != NULL;
}

/* What the mailboxes of a domain sent. */
static void
expect_sent (Fixture *fixture, const char *domain, const char *expected)
{
  Children self
      = { domain, MS_USAGE_OF_MAILBOXES, MS_USAGE_BY_NAME, FALSE, 0, 10, g_string_new (NULL) };

  fixture_read (fixture, list_sent, &self);
  g_assert_cmpstr (self.found->str, ==, expected);
  g_string_free (self.found, TRUE);
}

/* What is said of a month shortly before it begins hides nothing of the one that is not over. */
static void
test_before_end (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_sent (fixture, town.anna, NOVEMBER, 30, 300);
  report_sent (fixture, town.bert, NOVEMBER, 4, MS_USAGE_UNKNOWN);
  report_sent (fixture, town.carl, NOVEMBER, 5, 50);
  report_sent (fixture, town.anna, DECEMBER, 2, 20);
  report_sent (fixture, town.bert, DECEMBER, 1, 10);
  expect (fixture, town.anna, "1 -1 -1 30 300");
  expect (fixture, town.bert, "1 -1 -1 4 -1");
  expect (fixture, town.domain, "2 0 0 34 300");
  expect_list (fixture, "usage.sentMessages ge 30", NULL, "anna");
  expect_list (fixture, "usage.sentMessages pr", NULL, "anna bert carl");
  expect_list (fixture, "usage.sentBytes pr", NULL, "anna carl");
  expect_list (fixture, "usage.sentMessages le 2", NULL, "");
  expect_list (fixture, NULL, "usage.sentMessages", "bert carl anna");
  expect_sent (fixture, town.domain, "anna:30 bert:4");
  /* What comes later of it is seen too. */
  g_assert_true (report_sent (fixture, town.anna, NOVEMBER, 31, 310));
  expect (fixture, town.anna, "1 -1 -1 31 310");
  expect_list (fixture, "usage.sentMessages eq 31", NULL, "anna");
  fixture_check_sound (fixture);

  ms_usage_set_time (IN_DECEMBER);
  expect (fixture, town.anna, "1 -1 -1 2 20");
  expect_list (fixture, "usage.sentMessages pr", NULL, "anna bert");
  expect_list (fixture, "usage.sentMessages ge 2", NULL, "anna");
  expect_sent (fixture, town.domain, "anna:2 bert:1");
  fixture_check_sound (fixture);
}

/* Another name is another place in a list, and no other total. */
static void
test_renamed (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_stored (fixture, town.bert, 20, 2);
  set_link (fixture, town.anna, "group", town.sales);
  expect_periods (fixture, town.sales, "2024-11 120 0");
  ms_usage_set_time (IN_DECEMBER);
  g_autoptr (MsObject) anna = fixture_get (fixture, town.anna);
  ms_object_set_string (anna, "name", "zoe");
  ms_object_set_string (anna, "address", "zoe@one.example");
  fixture_update (fixture, anna);
  expect_children (
      fixture, town.sales, MS_USAGE_OF_MAILBOXES, MS_USAGE_BY_NAME, FALSE, "2 bert:20 zoe:100");
  expect_periods (fixture, town.sales, "2024-11 120 0");
  fixture_check_sound (fixture);
}

/* At random ----------------------------------------------------------------------------------- */

#define STEPS 400

/* What the model knows of a mailbox. */
typedef struct
{
  gint64 bytes;
  gint64 sent;
  gint64 period;
} Told;

typedef struct
{
  Fixture    *fixture;
  GRand      *random;
  GPtrArray  *mailboxes;
  GPtrArray  *groups;
  GPtrArray  *bin;
  GHashTable *told; /* id -> Told */
  GHashTable *sums; /* id of a mail group, name of a domain, or "" -> Told */
  guint       next;
} World;

static const char *
pick (World *world, GPtrArray *ids)
{
  return ids->len > 0 ? ids->pdata[g_rand_int_range (world->random, 0, (int) ids->len)] : NULL;
}

static const char *
pick_domain (World *world)
{
  return g_rand_boolean (world->random) ? "one.example" : "two.example";
}

static void
make_some (World *world)
{
  const char *group
      = g_rand_int_range (world->random, 0, 3) > 0 ? pick (world, world->groups) : NULL;
  g_autofree char *name = g_strdup_printf ("n%u", world->next++);

  if (g_rand_int_range (world->random, 0, 3) > 0 && world->mailboxes->len < 25)
    {
      g_ptr_array_add (world->mailboxes,
                       make_mailbox (world->fixture, name, pick_domain (world), group));
      return;
    }
  if (world->groups->len >= 12)
    return;
  g_autofree char *json = g_strdup_printf (
      group != NULL ? "{'name':'%s','parent':{'value':'%s'}}" : "{'name':'%s'}", name, group);
  g_ptr_array_add (world->groups, fixture_insert (world->fixture, "MailGroup", json));
}

static void
measure (World *world)
{
  const char *id = pick (world, world->mailboxes);
  MsReading   reading = MS_READING_INIT;

  if (id == NULL)
    return;
  Told *told = g_hash_table_lookup (world->told, id);
  if (told == NULL)
    {
      told = g_new0 (Told, 1);
      g_hash_table_insert (world->told, g_strdup (id), told);
    }
  if (g_rand_boolean (world->random))
    told->bytes = reading.stored_bytes = g_rand_int_range (world->random, 0, 1000);
  if (g_rand_boolean (world->random))
    {
      gint64 now = ms_usage_period_of (ms_usage_get_time ());
      reading.period = now;
      reading.sent_bytes = g_rand_int_range (world->random, 0, 100);
      told->sent = told->period == now ? MAX (told->sent, reading.sent_bytes) : reading.sent_bytes;
      told->period = now;
    }
  report (world->fixture, id, &reading);
}

typedef struct
{
  World *world;
  guint  moves;
} Moves;

static gboolean
is_above (MsTxn *txn, const char *group, const char *to)
{
  g_autoptr (GPtrArray) above = ms_txn_list_ancestors (txn, to, NULL);

  return strcmp (group, to) == 0
         || g_ptr_array_find_with_equal_func (above, group, g_str_equal, NULL);
}

/* Several things in one transaction, some of them under each other. */
static gboolean
move_some (MsTxn *txn, gpointer data, GError **error)
{
  const Moves *self = data;
  World       *world = self->world;

  for (guint i = 0; i < self->moves; i++)
    {
      gboolean    is_group = g_rand_boolean (world->random);
      const char *id = pick (world, is_group ? world->groups : world->mailboxes);
      const char *to
          = g_rand_int_range (world->random, 0, 4) > 0 ? pick (world, world->groups) : NULL;
      if (id == NULL || (is_group && to != NULL && is_above (txn, id, to)))
        continue;
      g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, id, error);
      if (object == NULL)
        return FALSE;
      ms_object_set_link (object, is_group ? "parent" : "group", to);
      if (!is_group && g_rand_boolean (world->random))
        {
          const char      *domain = pick_domain (world);
          g_autofree char *address = g_strconcat (ms_object_get_label (object), "@", domain, NULL);
          ms_object_set_string (object, "domain", domain);
          ms_object_set_string (object, "address", address);
        }
      if (!ms_txn_update (txn, object, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
move_in_vain (MsTxn *txn, gpointer data, GError **error)
{
  Moves few = *(Moves *) data;

  return move_some (txn, data, error) && ms_txn_savepoint (txn, FALSE, move_some, &few, error);
}

static void
drop_one (World *world)
{
  gboolean   is_group = g_rand_int_range (world->random, 0, 3) == 0;
  GPtrArray *ids = is_group ? world->groups : world->mailboxes;
  guint      place = ids->len > 0 ? (guint) g_rand_int_range (world->random, 0, (int) ids->len) : 0;

  if (ids->len < 3)
    return;
  fixture_delete (world->fixture, ids->pdata[place]);
  g_ptr_array_add (world->bin, g_strdup (ids->pdata[place]));
  g_ptr_array_remove_index_fast (ids, place);
}

static void
bring_one_back (World *world)
{
  if (world->bin->len == 0)
    return;
  guint            place = (guint) g_rand_int_range (world->random, 0, (int) world->bin->len);
  g_autofree char *id = g_strdup (world->bin->pdata[place]);
  if (!fixture_try_restore (world->fixture, id, NULL))
    return;
  g_autoptr (MsObject) object = fixture_get (world->fixture, id);
  g_ptr_array_add (strcmp (ms_object_get_type (object)->name, "Mailbox") == 0 ? world->mailboxes
                                                                              : world->groups,
                   g_strdup (id));
  g_ptr_array_remove_index_fast (world->bin, place);
}

static void
add_told (World *world, const char *to, const Told *told)
{
  Told *sum = g_hash_table_lookup (world->sums, to);

  if (sum == NULL)
    {
      sum = g_new0 (Told, 1);
      g_hash_table_insert (world->sums, g_strdup (to), sum);
    }
  sum->bytes += told->bytes;
  sum->sent += told->period == ms_usage_period_of (ms_usage_get_time ()) ? told->sent : 0;
}

static gboolean
add_all (MsTxn *txn, gpointer data, GError **error)
{
  World *world = data;

  for (guint i = 0; i < world->mailboxes->len; i++)
    {
      const Told *told = g_hash_table_lookup (world->told, world->mailboxes->pdata[i]);
      g_autoptr (MsObject) mailbox
                 = ms_txn_get_object (txn, NULL, world->mailboxes->pdata[i], error);
      if (told == NULL)
        continue;
      g_assert_nonnull (mailbox);
      const char *group = ms_object_get_link (mailbox, "group");
      add_told (world, "", told);
      add_told (world, ms_object_get_string (mailbox, "domain"), told);
      if (group == NULL)
        continue;
      g_autoptr (GPtrArray) above = ms_txn_list_ancestors (txn, group, error);
      add_told (world, group, told);
      for (guint j = 0; j < above->len; j++)
        add_told (world, above->pdata[j], told);
    }
  return TRUE;
}

static void
compare_one (World *world, const char *id, const char *key)
{
  const Told *sum = g_hash_table_lookup (world->sums, key);
  Look        look = { id, { 0 }, NULL };

  fixture_read (world->fixture, look_in, &look);
  g_assert_cmpint (look.usage.stored_bytes, ==, sum != NULL ? sum->bytes : 0);
  g_assert_cmpint (look.usage.sent_bytes, ==, sum != NULL ? sum->sent : 0);
  g_array_unref (look.periods);
  ms_usage_clear (&look.usage);
}

static void
compare (World *world, const char *one, const char *two)
{
  g_hash_table_remove_all (world->sums);
  fixture_read (world->fixture, add_all, world);
  compare_one (world, NULL, "");
  compare_one (world, one, "one.example");
  compare_one (world, two, "two.example");
  for (guint i = 0; i < world->groups->len; i++)
    compare_one (world, world->groups->pdata[i], world->groups->pdata[i]);
}

static void
take_step (World *world)
{
  Moves moves = { world, (guint) g_rand_int_range (world->random, 1, 6) };

  switch (g_rand_int_range (world->random, 0, 9))
    {
    case 0:
    case 1:
      make_some (world);
      break;
    case 2:
      fixture_write (world->fixture, move_some, &moves);
      break;
    case 3:
      fixture_write (world->fixture, move_in_vain, &moves);
      break;
    case 4:
      drop_one (world);
      break;
    case 5:
      bring_one_back (world);
      break;
    default:
      measure (world);
      break;
    }
}

static void
test_random (Fixture *fixture, gconstpointer data)
{
  World world = { .fixture = fixture, .random = g_rand_new_with_seed (20261129) };

  ms_usage_set_time (IN_NOVEMBER);
  world.mailboxes = g_ptr_array_new_with_free_func (g_free);
  world.groups = g_ptr_array_new_with_free_func (g_free);
  world.bin = g_ptr_array_new_with_free_func (g_free);
  world.told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  world.sums = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *one = fixture_insert (fixture, "Domain", "{'name':'one.example'}");
  g_autofree char *two = fixture_insert (fixture, "Domain", "{'name':'two.example'}");
  for (guint i = 0; i < STEPS; i++)
    {
      if (i == STEPS / 2)
        ms_usage_set_time (IN_DECEMBER);
      take_step (&world);
      if (i % 20 == 19)
        compare (&world, one, two);
    }
  fixture_check_sound (fixture);
  g_assert_cmpuint (g_hash_table_size (world.told), >, 10);
  g_rand_free (world.random);
  g_ptr_array_unref (world.mailboxes);
  g_ptr_array_unref (world.groups);
  g_ptr_array_unref (world.bin);
  g_hash_table_unref (world.told);
  g_hash_table_unref (world.sums);
  ms_usage_set_time (0);
}

/* What verify finds --------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *sql;
  const char *complaint; /* a part of it */
} Wrong;

static const Wrong wrongs[] = {
  { "stored",
    "UPDATE usage_total SET stored_bytes = stored_bytes + 1 WHERE obj = 0",
    "The store: its total of stored bytes says 121, the readings make 120" },
  { "group",
    "UPDATE usage_total SET stored_messages = 0 WHERE name_key = 'emea'",
    "“EMEA”: its total of stored messages says 0, the readings make 10" },
  { "domain",
    "UPDATE usage_total SET mailboxes = 7 WHERE name_key = 'one.example'",
    "“one.example”: its total of measured mailboxes says 7, the readings make 2" },
  { "direct",
    "UPDATE usage_total SET direct = 7 WHERE name_key = 'sales'",
    "“Sales”: its total of mailboxes directly in it says 7, the readings make 1" },
  { "sent",
    "UPDATE usage_period SET sent_bytes = 3 WHERE obj = 0",
    "The store: its total of bytes sent in 2024-11 says 3, the readings make 50" },
  { "number",
    "UPDATE usage_reading SET stored_bytes = 9223372036854775807 WHERE name_key IN ('anna', "
    "'bert')",
    "“anna”: its reading has a number that cannot be" },
  { "sent-number",
    "UPDATE usage_reading SET sent_bytes = -2 WHERE name_key = 'anna'",
    "“anna”: its reading has a number that cannot be" },
  { "unsaid",
    "UPDATE usage_reading SET sent_bytes = -1 WHERE name_key = 'anna'",
    "“anna”: what it sent last is not what its month says" },
  { "month",
    "UPDATE usage_period SET sent_bytes = 9223372036854775807 WHERE obj ="
    " (SELECT obj FROM usage_reading WHERE name_key = 'anna')",
    "“anna”: a month of it has a number that cannot be" },
  { "copy",
    "UPDATE usage_reading SET sent_bytes = 3 WHERE name_key = 'anna'",
    "“anna”: what it sent last is not what its month says" },
  { "place",
    "UPDATE usage_reading SET grp = 0 WHERE name_key = 'anna'",
    "“anna”: its reading is not counted in the mail group that it is in" },
  { "domain-place",
    "UPDATE usage_reading SET dom = 0 WHERE name_key = 'anna'",
    "“anna”: its reading is not counted in the domain that it is in" },
  { "missing",
    "DELETE FROM usage_total WHERE name_key = 'two.example'",
    "“two.example”: it has no total" },
  { "no-store", "DELETE FROM usage_total WHERE obj = 0", "The store: it has no total" },
  { "out-since",
    "UPDATE usage_reading SET out_since = 24298 WHERE name_key = 'anna'",
    "“anna”: totals do not have it since a month that cannot be: 2024-11" },
  { "in-since",
    "UPDATE usage_reading SET out_since = 0 WHERE name_key = 'dora'",
    "“dora”: totals do not have it since a month that cannot be: 0" },
  { "far-since",
    "UPDATE usage_reading SET out_since = 99999 WHERE name_key = 'dora'",
    "“dora”: totals do not have it since a month that cannot be: 8333-04" },
  { "no-reading",
    "DELETE FROM usage_reading WHERE name_key = 'anna'",
    "“anna”: there are months of it and no reading" },
  { "no-object",
    "INSERT INTO usage_period (obj, period, mailboxes, stored_bytes, stored_messages,"
    " sent_messages, sent_bytes) VALUES (987654, 24298, 1, 1, 1, 1, 1)",
    "Row 987654: there are months of what is no object" },
  { "no-last",
    "UPDATE usage_total SET sent_period = 0, sent_messages = 0, sent_bytes = 0 WHERE obj = 0",
    "The store: what its total says was sent last is of an earlier month than its last one" },
  { "no-last-of-mailbox",
    "UPDATE usage_reading SET sent_period = 0, sent_messages = 0, sent_bytes = 0"
    " WHERE name_key = 'anna'",
    "“anna”: it sent something in months after the one that its reading says" },
  { "at-hand",
    "UPDATE usage_period SET stored_bytes = 7 WHERE obj ="
    " (SELECT obj FROM usage_reading WHERE name_key = 'anna')",
    "“anna”: what is stored is not what its month says" },
  { "over",
    "INSERT INTO usage_period (obj, period, mailboxes, stored_bytes, stored_messages,"
    " sent_messages, sent_bytes) VALUES (0, 24290, 1, -7, 1, 1, 1)",
    "The store: a month of it has a number that cannot be" },
  { "over-most",
    "INSERT INTO usage_period (obj, period, mailboxes, stored_bytes, stored_messages,"
    " sent_messages, sent_bytes) SELECT obj, 24290, 1, 1, 1, 1, 9223372036854775807"
    " FROM usage_total WHERE name_key = 'emea'",
    "“EMEA”: a month of it has a number that cannot be" },
  { "no-month",
    "INSERT INTO usage_period (obj, period, mailboxes, stored_bytes, stored_messages,"
    " sent_messages, sent_bytes) VALUES (0, -3, 1, 1, 1, 1, 1)",
    "The store: there is a month of it that cannot be: -3" },
  { "far-month",
    "INSERT INTO usage_period (obj, period, mailboxes, stored_bytes, stored_messages,"
    " sent_messages, sent_bytes) SELECT obj, 120000, 1, 1, 1, 0, 0"
    " FROM usage_reading WHERE name_key = 'anna'",
    "“anna”: there is a month of it that cannot be: 120000" },
  { "last-month",
    "UPDATE usage_period SET stored_bytes = 1 WHERE obj = 0",
    "The store: what its last month says is stored is not what its total says" },
  { "measured",
    "UPDATE usage_period SET mailboxes = 0 WHERE obj ="
    " (SELECT obj FROM usage_reading WHERE name_key = 'anna')",
    "“anna”: a month of it has a number that cannot be" },
  { "measured-twice",
    "UPDATE usage_period SET mailboxes = 7 WHERE obj ="
    " (SELECT obj FROM usage_reading WHERE name_key = 'anna')",
    "“anna”: a month of it has a number that cannot be" },
  { "unmeasured",
    "UPDATE usage_period SET mailboxes = -1 WHERE obj ="
    " (SELECT obj FROM usage_reading WHERE name_key = 'anna')",
    "“anna”: a month of it has a number that cannot be" },
  { "index",
    "DELETE FROM value WHERE attr = (SELECT attr FROM attribute WHERE type = 'Mailbox'"
    " AND path = 'usage.storedBytes')",
    "“anna”: a value of its usage.storedBytes is not in the index" },
  { "reading", "UPDATE usage_reading SET stored_bytes = 99 WHERE name_key = 'bert'", "“bert”: " },
};

static void
test_wrong (Fixture *fixture, gconstpointer data)
{
  const Wrong *wrong = data;
  g_auto (Town) town = { 0 };
  gboolean found = FALSE;

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_stored (fixture, town.bert, 20, 2);
  report_sent (fixture, town.anna, NOVEMBER, 5, 50);
  g_autofree char *dora = make_mailbox (fixture, "dora", "one.example", NULL);
  report_sent (fixture, dora, NOVEMBER, 6, 60);
  fixture_delete (fixture, dora);
  fixture_check_sound (fixture);
  fixture_run_sql (fixture, wrong->sql);
  g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, NULL);
  g_assert_nonnull (problems);
  for (guint i = 0; i < problems->len; i++)
    found = found || strstr (problems->pdata[i], wrong->complaint) != NULL;
  if (!found)
    for (guint i = 0; i < problems->len; i++)
      g_test_message ("%s", (char *) problems->pdata[i]);
  g_assert_true (found);
  fixture_renew (fixture);
}

static gboolean
has_problem (Fixture *fixture, const char *complaint)
{
  g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, NULL);
  gboolean found = FALSE;

  g_assert_nonnull (problems);
  for (guint i = 0; i < problems->len; i++)
    {
      g_test_message ("%s", (char *) problems->pdata[i]);
      found = found || strstr (problems->pdata[i], complaint) != NULL;
    }
  return found;
}

#define OUT_BEFORE "“carl”: totals do not have it since a month that cannot be"

/* Carl, of whom totals had all until he was deleted, would be out of them for longer. */
static void
make_out_before (Fixture *fixture, Town *town)
{
  town_make (town, fixture);
  report_sent (fixture, town->carl, "2024-09", 3, 30);
  report_sent (fixture, town->carl, "2024-10", 4, 40);
  report_sent (fixture, town->carl, NOVEMBER, 5, 50);
  fixture_delete (fixture, town->carl);
  ms_usage_set_time (IN_DECEMBER);
  fixture_check_sound (fixture);
  fixture_run_sql (fixture, "UPDATE usage_reading SET out_since = 24296");
}

static void
test_out_before (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  make_out_before (fixture, &town);
  g_assert_true (has_problem (fixture, OUT_BEFORE));
  g_autofree char *later = fixture_insert (fixture, "MailGroup", "{'name':'Later'}");
  g_assert_true (has_problem (fixture, OUT_BEFORE));
  fixture_renew (fixture);
}

/* By a clock that was ahead one may well be deleted later than it is out of the totals. */
static void
test_out_ahead (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_sent (fixture, town.carl, NOVEMBER, 5, 50);
  ms_usage_set_time (IN_NOVEMBER + 70 * DAY);
  fixture_delete (fixture, town.carl);
  ms_usage_set_time (IN_NOVEMBER);
  report_stored (fixture, town.bert, 1, 1);
  fixture_check_sound (fixture);
  g_autofree char *later = fixture_insert (fixture, "MailGroup", "{'name':'Later'}");
  ms_usage_set_time (IN_NOVEMBER + 100 * DAY);
  report_stored (fixture, town.bert, 2, 2);
  fixture_check_sound (fixture);
  g_assert_true (fixture_try_restore (fixture, town.carl, NULL));
  expect_periods (fixture, town.other, "2025-02 0 0, 2025-01 -1 0, 2024-11 0 5");
  fixture_check_sound (fixture);
}

/* Whole stores -------------------------------------------------------------------------------- */

static void
test_digest (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  g_autofree char *state = ms_store_digest (fixture->store, MS_DIGEST_STATE, NULL, NULL);
  g_autofree char *before = ms_store_digest (fixture->store, MS_DIGEST_WHOLE, NULL, NULL);
  report_stored (fixture, town.anna, 100, 10);
  g_autofree char *same = ms_store_digest (fixture->store, MS_DIGEST_STATE, NULL, NULL);
  g_autofree char *after = ms_store_digest (fixture->store, MS_DIGEST_WHOLE, NULL, NULL);
  g_assert_cmpstr (state, ==, same);
  g_assert_cmpstr (before, !=, after);
  report_sent (fixture, town.anna, "2024-01", 1, 1);
  g_autofree char *later = ms_store_digest (fixture->store, MS_DIGEST_WHOLE, NULL, NULL);
  g_assert_cmpstr (after, !=, later);
}

static void
on_loss (const char *line, gpointer user_data)
{
  g_test_message ("%s", line);
}

/* What is saved of a store, also one in which nothing is wrong, is made anew. */
static void
test_rescue (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *target = g_build_filename (fixture->folder, "saved.db", NULL);
  g_autofree char *uri = g_strconcat ("sqlite:", target, NULL);
  gint64           saved = 0;
  gint64           losses = 0;

  town_make (&town, fixture);
  g_autofree char *dora = make_mailbox (fixture, "dora", "one.example", town.emea);
  report_stored (fixture, town.anna, 100, 10);
  report_sent (fixture, town.anna, NOVEMBER, 5, 50);
  report_stored (fixture, dora, 11, 1);
  fixture_delete (fixture, dora);
  ms_usage_set_time (IN_DECEMBER);
  report_stored (fixture, town.anna, 90, 9);
  report_sent (fixture, town.anna, DECEMBER, 1, 2);
  report_stored (fixture, town.carl, 1, 1);
  fixture_close (fixture);
  g_assert_true (ms_rescue (
      fixture->uri, target, fixture->schemas, NULL, on_loss, NULL, &saved, &losses, &error));
  g_assert_no_error (error);
  g_assert_cmpint (losses, ==, 0);
  Fixture other = *fixture;
  other.store = ms_store_open (uri, fixture->schemas, 0, &error);
  g_assert_no_error (error);
  expect (&other, NULL, "2 91 10 1 2");
  expect (&other, town.anna, "1 90 9 1 2");
  expect (&other, town.sales, "1 90 9 1 2");
  expect (&other, town.other, "1 1 1 0 0");
  expect_periods (&other, town.anna, "2024-12 90 1, 2024-11 100 5");
  expect_periods (&other, town.emea, "2024-12 90 1, 2024-11 100 5");
  expect_periods (&other, NULL, "2024-12 91 1, 2024-11 100 5");
  g_assert_true (fixture_try_restore (&other, dora, NULL));
  expect (&other, dora, "1 11 1 -1 -1");
  fixture_check_sound (&other);
  ms_store_close (other.store);
  g_object_unref (other.store);
  fixture_reopen (fixture);
}

typedef struct
{
  const char *name;
  const char *sql;
  const char *loss; /* a part of a line */
  const char *anna; /* what is left */
} Harm;

static const Harm harms[] = {
  { "at-hand",
    "UPDATE usage_period SET stored_bytes = 7 WHERE obj ="
    " (SELECT obj FROM usage_reading WHERE name_key = 'anna')",
    "“anna”",
    "1 100 10 5 50" },
  { "number",
    "UPDATE usage_reading SET stored_bytes = 9223372036854775807 WHERE name_key IN ('anna','carl')",
    "“anna”",
    "1 100 10 5 50" },
  { "month",
    "UPDATE usage_period SET sent_bytes = 9223372036854775807 WHERE period = 24298 AND sent_bytes "
    "> 0",
    "“anna”",
    "1 100 10 5 0" },
  { "no-month",
    "INSERT INTO usage_period (obj, period, mailboxes, stored_bytes, stored_messages,"
    " sent_messages, sent_bytes) SELECT obj, -3, 1, 1, 1, 1, 1 FROM usage_reading"
    " WHERE name_key = 'anna' UNION ALL SELECT obj, 0, 1, 1, 1, 1, 1 FROM usage_reading"
    " WHERE name_key = 'anna'",
    "“anna”",
    "1 100 10 5 50" },
  { "no-month-of-all",
    "INSERT INTO usage_period (obj, period, mailboxes, stored_bytes, stored_messages,"
    " sent_messages, sent_bytes) VALUES (0, 0, 1, 1, 1, 1, 1)",
    "what all mailboxes used: month: 0 cannot be",
    "1 100 10 5 50" },
  { "far-month",
    "UPDATE usage_period SET period = 99999 WHERE sent_bytes > 0",
    "“anna”",
    "1 100 10 5 50" },
  { "measured",
    "UPDATE usage_period SET mailboxes = 7 WHERE obj ="
    " (SELECT obj FROM usage_reading WHERE name_key = 'anna')",
    "“anna”",
    "1 100 10 5 50" },
  { "no-months", "DROP TABLE usage_period", "usage_period", "1 100 10 5 50" },
  { "no-readings", "DROP TABLE usage_reading", "usage_reading", "1 -1 -1 5 50" },
  { "sent",
    "UPDATE usage_period SET sent_bytes = 49 WHERE obj ="
    " (SELECT obj FROM usage_reading WHERE name_key = 'anna')",
    ": what it uses: 2024-11: sent bytes are 49 by its month, and 50 by its reading",
    "1 100 10 5 49" },
  { "unknown",
    "UPDATE usage_reading SET stored_bytes = -1 WHERE name_key = 'anna'",
    ": what it uses: 2024-11: stored bytes are 100 by its month, and -1 by its reading",
    "1 100 10 5 50" },
  { "months-of-anna",
    "DELETE FROM usage_period WHERE obj = (SELECT obj FROM usage_reading WHERE name_key = 'anna')",
    ": what it uses: 2024-11: what is known of that month is not there",
    "1 100 10 5 50" },
  { "months-of-bert",
    "DELETE FROM usage_period WHERE obj = (SELECT obj FROM usage_reading WHERE name_key = 'bert')",
    ": what it uses: 2024-11: what is known of that month is not there",
    "1 100 10 5 50" },
  { "months-of-all",
    "DELETE FROM usage_period WHERE obj = 0",
    "the last month of the store is not there",
    "1 100 10 5 50" },
  { "months-of-group",
    "DELETE FROM usage_period WHERE obj = (SELECT obj FROM usage_total WHERE name_key = 'emea')",
    "the last month of “EMEA” is not there",
    "1 100 10 5 50" },
};

static void
keep_loss (const char *line, gpointer user_data)
{
  g_test_message ("%s", line);
  g_string_append_printf (user_data, "%s\n", line);
}

/* What could be saved of the store, which is closed, in another one. @losses: how many there may be
 * at most; one at least where it is not 0 */
static Fixture
save_closed (Fixture *fixture, GString *lines, gint64 losses)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *target = g_build_filename (fixture->folder, "harmed.db", NULL);
  g_autofree char *uri = g_strconcat ("sqlite:", target, NULL);
  Fixture          other = *fixture;
  gint64           saved = 0;
  gint64           lost = 0;

  g_assert_true (ms_rescue (
      fixture->uri, target, fixture->schemas, NULL, keep_loss, lines, &saved, &lost, &error));
  g_assert_no_error (error);
  g_assert_cmpint (lost, <=, losses);
  g_assert_cmpint (lost > 0, ==, losses > 0);
  other.store = ms_store_open (uri, fixture->schemas, 0, &error);
  g_assert_no_error (error);
  return other;
}

static Fixture
save_what_is_left (Fixture *fixture, GString *lines, gint64 losses)
{
  fixture_close (fixture);
  return save_closed (fixture, lines, losses);
}

static void
leave_saved (Fixture *fixture, Fixture *other)
{
  fixture_check_sound (other);
  ms_store_close (other->store);
  g_object_unref (other->store);
  fixture_reopen (fixture);
  fixture_renew (fixture);
}

/* What cannot be is lost and named, and all else is saved. */
static void
test_harmed (Fixture *fixture, gconstpointer data)
{
  const Harm *harm = data;
  g_auto (Town) town = { 0 };
  g_autoptr (GString) lines = g_string_new (NULL);

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_stored (fixture, town.bert, 20, 2);
  report_stored (fixture, town.carl, 3, 1);
  report_sent (fixture, town.anna, NOVEMBER, 5, 50);
  fixture_run_sql (fixture, harm->sql);
  Fixture other = save_what_is_left (fixture, lines, 2);
  g_assert_nonnull (strstr (lines->str, harm->loss));
  expect (&other, town.anna, harm->anna);
  leave_saved (fixture, &other);
}

static void
drop_all_usage (Fixture *fixture)
{
  fixture_run_sql (fixture, "DROP TABLE usage_reading");
  fixture_run_sql (fixture, "DROP TABLE usage_total");
  fixture_run_sql (fixture, "DROP TABLE usage_period");
}

/* A store of which nothing that was measured is left, and one that is too old to have any of it. */
static void
test_no_tables (Fixture *fixture, gconstpointer data)
{
  const char *version = data;
  g_auto (Town) town = { 0 };
  g_autoptr (GString) lines = g_string_new (NULL);

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  drop_all_usage (fixture);
  fixture_run_sql (fixture, version);
  Fixture other = save_what_is_left (fixture, lines, strstr (version, "3") != NULL ? 0 : 2);
  g_assert_cmpint (strstr (lines->str, "usage_reading") != NULL, ==, lines->len > 0);
  expect (&other, town.anna, "0 -1 -1 -1 -1");
  fixture_check_sound (&other);
  ms_store_close (other.store);
  g_object_unref (other.store);
  fixture_run_sql (fixture, "DELETE FROM store_info");
  fixture_run_sql (fixture, "INSERT INTO store_info (version) VALUES (4)");
  fixture_reopen (fixture);
  fixture_renew (fixture);
}

/* Of a mailbox whose reading is lost the months are saved, and no later one counts them anew. */
static void
test_lost_reading (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };
  g_autoptr (GString) lines = g_string_new (NULL);

  town_make (&town, fixture);
  report_sent (fixture, town.anna, "2024-10", 4, 40);
  report_sent (fixture, town.anna, NOVEMBER, 5, 50);
  ms_usage_set_time (IN_DECEMBER);
  report_sent (fixture, town.anna, DECEMBER, 2, 20);
  report_stored (fixture, town.anna, 100, 10);
  fixture_run_sql (fixture, "DELETE FROM usage_reading WHERE name_key = 'anna'");
  Fixture other = save_what_is_left (fixture, lines, 1);
  g_assert_nonnull (strstr (lines->str, "“anna”"));
  expect (&other, town.anna, "1 -1 -1 2 20");
  expect_periods (&other, NULL, "2024-12 0 2, 2024-11 0 5, 2024-10 -1 4");
  g_assert_true (report_stored (&other, town.anna, 90, 9));
  expect_periods (&other, NULL, "2024-12 90 2, 2024-11 0 5, 2024-10 -1 4");
  expect_periods (&other, town.sales, "2024-12 90 2, 2024-11 0 5, 2024-10 -1 4");
  g_assert_true (report_sent (&other, town.anna, NOVEMBER, 6, 60));
  expect_periods (&other, NULL, "2024-12 90 2, 2024-11 0 6, 2024-10 -1 4");
  leave_saved (fixture, &other);
}

/* By a clock that is behind, months are saved that are still to come by it. */
static void
test_saved_early (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_sent (fixture, town.carl, "2024-10", 4, 40);
  report_sent (fixture, town.carl, NOVEMBER, 5, 50);
  ms_usage_set_time (G_USEC_PER_SEC);
  Fixture other = save_what_is_left (fixture, NULL, 0);
  ms_usage_set_time (IN_NOVEMBER);
  expect (&other, town.carl, "1 -1 -1 5 50");
  expect (&other, NULL, "1 0 0 5 50");
  expect_periods (&other, town.carl, "2024-11 -1 5, 2024-10 -1 4");
  leave_saved (fixture, &other);
}

static char *
list_periods (Fixture *fixture, const char *id)
{
  Look     look = { id, { 0 }, NULL };
  GString *text = g_string_new (NULL);

  fixture_read (fixture, look_in, &look);
  for (guint i = 0; i < look.periods->len; i++)
    {
      const MsUsagePeriod *period = &g_array_index (look.periods, MsUsagePeriod, i);
      gint64 numbers[] = { period->period,          period->mailboxes,     period->stored_bytes,
                           period->stored_messages, period->sent_messages, period->sent_bytes };
      for (guint j = 0; j < G_N_ELEMENTS (numbers); j++)
        g_string_append_printf (text, "%" G_GINT64_FORMAT " ", numbers[j]);
      g_string_append_c (text, '\n');
    }
  g_array_unref (look.periods);
  ms_usage_clear (&look.usage);
  return g_string_free (text, FALSE);
}

/* A store in which nothing is wrong, in which something was measured in each of four months, and
 * one mailbox was deleted in the third. It was changed last in the first of them. */
static void
measure_months (Fixture *fixture, Town *town)
{
  static const char *const months[] = { "2024-08", "2024-09", "2024-10", NOVEMBER };

  for (guint i = 0; i < G_N_ELEMENTS (months); i++)
    {
      ms_usage_set_time (IN_NOVEMBER - (3 - i) * 30 * DAY);
      report_stored (fixture, town->anna, 100 + i, 10);
      report_sent (fixture, town->anna, months[i], 5, 50);
      if (i < 3)
        report_sent (fixture, town->bert, months[i], 7, 70);
      if (i < 3)
        report_stored (fixture, town->bert, 20 + i, 10);
      if (i == 2)
        fixture_delete (fixture, town->bert);
    }
  store_place_lift_rules (fixture->driver, fixture->folder);
  fixture_run_sql (fixture, "UPDATE change_set SET time = 1722859200000000"); /* 2024-08-05 */
}

static void
keep_periods (Fixture *fixture, const Town *town, GPtrArray *kept)
{
  const char *const ids[] = { NULL, town->domain, town->sales, town->emea, town->anna, town->carl };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_ptr_array_add (kept, list_periods (fixture, ids[i]));
}

/* By a clock that is behind, months that are over are saved as they are, and nothing is lost.
 * @data: by how many days, in a text */
static void
test_saved_behind (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) after = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) lines = g_string_new (NULL);

  town_make (&town, fixture);
  measure_months (fixture, &town);
  keep_periods (fixture, &town, before);
  ms_usage_set_time (IN_NOVEMBER - g_ascii_strtoll (data, NULL, 10) * DAY);
  Fixture other = save_what_is_left (fixture, lines, 0);
  ms_usage_set_time (IN_NOVEMBER);
  keep_periods (&other, &town, after);
  for (guint i = 0; i < before->len; i++)
    g_assert_cmpstr (before->pdata[i], ==, after->pdata[i]);
  g_assert_true (fixture_try_restore (&other, town.bert, NULL));
  expect_periods (
      &other, town.domain, "2024-11 125 5, 2024-10 102 12, 2024-09 122 12, 2024-08 120 12");
  leave_saved (fixture, &other);
}

/* What the total of a damaged store has come to counts where its months say the same. */
static void
test_saved_wrong_last (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) after = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) lines = g_string_new (NULL);

  town_make (&town, fixture);
  measure_months (fixture, &town);
  keep_periods (fixture, &town, before);
  fixture_run_sql (fixture, data);
  Fixture other = save_what_is_left (fixture, lines, 0);
  keep_periods (&other, &town, after);
  for (guint i = 0; i < before->len; i++)
    g_assert_cmpstr (before->pdata[i], ==, after->pdata[i]);
  leave_saved (fixture, &other);
}

/* A clock that was ahead, and is right again, is no month that is over. */
static void
test_saved_ahead (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };
  g_autoptr (GString) lines = g_string_new (NULL);

  town_make (&town, fixture);
  measure_months (fixture, &town);
  ms_usage_set_time (IN_NEXT_YEAR);
  report_stored (fixture, town.anna, 200, 20);
  report_stored (fixture, town.carl, 3, 1);
  fixture_delete (fixture, town.carl);
  ms_usage_set_time (IN_NOVEMBER);
  Fixture other = save_what_is_left (fixture, lines, 0);
  expect_periods (&other, NULL, "2024-11 200 5, 2024-10 102 5, 2024-09 122 12, 2024-08 120 12");
  report_stored (&other, town.anna, 210, 20);
  expect_periods (&other, NULL, "2024-11 210 5, 2024-10 102 5, 2024-09 122 12, 2024-08 120 12");
  leave_saved (fixture, &other);
}

static gint64
find_root (const char *path)
{
  sqlite3      *db = NULL;
  sqlite3_stmt *statement = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (
      sqlite3_prepare_v2 (db,
                          "SELECT rootpage FROM sqlite_schema WHERE name = 'usage_period'",
                          -1,
                          &statement,
                          NULL),
      ==,
      SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  gint64 root = sqlite3_column_int64 (statement, 0);
  g_assert_cmpint (sqlite3_finalize (statement), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
  return root;
}

/* Of cells of a page of an index. SQLite's file format: "B-tree Pages", "Record Format". */
static gsize
find_cell (const guint8 *file, gsize page, gsize number)
{
  gsize pointer = page + (file[page] == 2 ? 12 : 8) + number * 2;

  return page + ((gsize) file[pointer] << 8 | file[pointer + 1]);
}

static gsize
find_page (const guint8 *file, gsize number)
{
  return ((gsize) file[16] << 8 | file[17]) * (number - 1);
}

/* @cell: where its payload begins. @byte: 0: its object, 1: the first one of its month */
static void
set_byte_of_cell (char *content, gsize cell, guint byte, char value)
{
  g_assert_cmpint ((guint8) content[cell], <, 128); /* its length */
  g_assert_cmpint (content[cell + 1], ==, 8);       /* of the header: itself and seven types */
  g_assert_cmpint (content[cell + 2], ==, 1);       /* the object's number has one byte */
  g_assert_cmpint (content[cell + 3], ==, 2);       /* its month has two */
  g_assert_cmpint (content[cell + 9 + byte], !=, value);
  content[cell + 9 + byte] = value;
}

/* Of the month that is in the middle of the topmost page, which is looked at first; or of two that
 * follow each other in a page before it. */
static void
set_byte_of_cells (const char *path, guint byte, char value, gboolean are_two)
{
  g_autofree char *content = NULL;
  gsize            length = 0;
  gint64           root = find_root (path);

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  const guint8 *file = (const guint8 *) content;
  gsize         page = find_page (file, (gsize) root);
  g_assert_cmpint (file[page], ==, 2); /* an inner page of an index */
  gsize n_cells = (gsize) file[page + 3] << 8 | file[page + 4];
  gsize cell = find_cell (file, page, (n_cells - 1) / 2);
  gsize below = find_page (file, (gsize) file[cell + 2] << 8 | file[cell + 3]);
  if (!are_two)
    set_byte_of_cell (content, cell + 4, byte, value);
  for (gsize i = 0; are_two && i < 2; i++)
    set_byte_of_cell (content, find_cell (file, below, 10 + i), byte, value);
  g_assert_true (g_file_set_contents (path, content, (gssize) length, NULL));
}

typedef struct
{
  const char *id;
  guint       count;
} ManyMonths;

static gboolean
count_months (MsTxn *txn, gpointer data, GError **error)
{
  ManyMonths *self = data;
  g_autoptr (MsObject) mailbox = ms_txn_get_object (txn, NULL, self->id, error);
  g_autoptr (GArray) periods = ms_txn_list_usage_periods (txn, mailbox, 10000, error);

  self->count = periods != NULL ? periods->len : 0;
  return periods != NULL;
}

typedef struct
{
  const char *name;
  guint       byte;
  char        value; /* -1: a later object */
  guint       n;
} Astray;

static const Astray astrays[] = {
  { "small", 0, 0, 1 },   /* of the store */
  { "large", 0, 127, 1 }, /* of nobody */
  { "later", 0, -1, 1 },      { "two", 0, 127, 2 },
  { "small-month", 1, 0, 1 }, { "large-month", 1, 127, 1 },
};

static gint64
find_row (Fixture *fixture, const char *id)
{
  Look look = { id, { 0 }, NULL };

  fixture_read (fixture, look_in, &look);
  gint64 row = look.usage.row;
  g_array_unref (look.periods);
  ms_usage_clear (&look.usage);
  return row;
}

/* Months are saved that are not found where they are looked for; what is in a wrong place is named
 * as lost, and nothing else is. */
static void
test_led_astray (Fixture *fixture, gconstpointer data)
{
  const Astray *astray = data;
  g_auto (Town) town = { 0 };
  g_autoptr (GString) lines = g_string_new (NULL);

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_stored (fixture, town.bert, 20, 2);
  report_stored (fixture, town.carl, 3, 1);
  fixture_run_sql (fixture,
                   "WITH RECURSIVE m (n) AS (SELECT 23300 UNION ALL SELECT n + 1 FROM m"
                   " WHERE n < 24297) INSERT INTO usage_period SELECT u.obj, m.n, 1, 1, 1, 0, 0"
                   " FROM usage_reading u, m");
  fixture_check_sound (fixture);
  char value = astray->value >= 0 ? astray->value : (char) find_row (fixture, town.carl);
  fixture_close (fixture);
  const char      *path = strchr (fixture->uri, ':') + 1;
  g_autofree char *whole = NULL;
  gsize            length = 0;
  g_assert_true (g_file_get_contents (path, &whole, &length, NULL));
  set_byte_of_cells (path, astray->byte, value, astray->n > 1);
  Fixture other = save_closed (fixture, lines, astray->n);
  g_assert_nonnull (
      strstr (lines->str, "1 months of what was used, which are in places of others"));
  g_assert_cmpint (strstr (lines->str, "1 month of what was used by none that was saved") != NULL,
                   ==,
                   astray->n > 1);
  expect (&other, NULL, "3 123 13 0 0");
  const char *const ids[] = { town.anna, town.bert, town.carl };
  guint             saved = 0;
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      ManyMonths many = { ids[i], 0 };
      fixture_read (&other, count_months, &many);
      saved += many.count;
    }
  g_assert_cmpuint (saved, ==, 3 * 999 - astray->n);
  g_assert_true (g_file_set_contents (path, whole, (gssize) length, NULL));
  leave_saved (fixture, &other);
}

/* How often the damaged store is asked. */
static guint
count_calls (Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *target = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *uri = g_strconcat ("fault", strchr (fixture->uri, ':'), NULL);
  gint64           saved = 0;
  gint64           lost = 0;

  fixture_close (fixture);
  fault_driver_arm (FAULT_BUSY, G_MAXUINT);
  g_assert_true (
      ms_rescue (uri, target, fixture->schemas, NULL, on_loss, NULL, &saved, &lost, &error));
  guint calls = fault_driver_count_calls ();
  g_assert_false (fault_driver_disarm (NULL));
  g_assert_no_error (error);
  g_assert_cmpint (lost, ==, 0);
  fixture_reopen (fixture);
  return calls;
}

/* In a store in which nothing is wrong a month costs a step when all are counted and one when it is
 * found, and an object that has some nothing more than one that has none. */
static void
test_asked_once (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_stored (fixture, town.bert, 20, 2);
  report_stored (fixture, town.carl, 3, 1);
  guint calls = count_calls (fixture, "with.db");
  fixture_run_sql (fixture,
                   "DELETE FROM usage_period WHERE obj IN (SELECT obj FROM usage_reading)");
  /* By a reading there would have to be one. */
  fixture_run_sql (fixture, "UPDATE usage_reading SET measured = 0");
  g_assert_cmpuint (calls - count_calls (fixture, "without.db"), ==, 3 * 2);
  g_autofree char *measured
      = g_strdup_printf ("UPDATE usage_reading SET measured = %" G_GINT64_FORMAT, IN_NOVEMBER);
  fixture_run_sql (fixture, measured);
}

/* The page of the table that has its first months says that it has fewer cells than it has. @part:
 * how many, in hundredths. (transfer full): the file as it was */
static char *
cut_page (const char *path, guint part, gsize *length)
{
  g_autofree char *content = NULL;
  gint64           root = find_root (path);

  g_assert_true (g_file_get_contents (path, &content, length, NULL));
  char         *whole = g_memdup2 (content, *length);
  const guint8 *file = (const guint8 *) content;
  gsize         page = find_page (file, (gsize) root);
  if (file[page] == 2) /* an inner page of an index: the first one below it */
    {
      gsize cell = find_cell (file, page, 0);
      page = find_page (file, (gsize) file[cell + 2] << 8 | file[cell + 3]);
    }
  g_assert_cmpint (file[page], ==, 10); /* a leaf */
  gsize n_cells = (gsize) file[page + 3] << 8 | file[page + 4];
  gsize left = n_cells * part / 100;
  g_assert_cmpuint (left, <, n_cells);
  content[page + 3] = (char) (left >> 8);
  content[page + 4] = (char) left;
  g_assert_true (g_file_set_contents (path, content, (gssize) *length, NULL));
  return whole;
}

/* Whatever months a page does not tell of any more: some are said to be lost, and the last one of
 * each mailbox is not. */
static void
test_cut (Fixture *fixture, gconstpointer data)
{
  guint part = GPOINTER_TO_UINT (data);
  g_auto (Town) town = { 0 };
  g_autoptr (GString) lines = g_string_new (NULL);
  gsize length = 0;

  town_make (&town, fixture);
  report_sent (fixture, town.anna, "2024-10", 4, 40);
  report_sent (fixture, town.anna, NOVEMBER, 5, 50);
  report_stored (fixture, town.anna, 100, 10);
  report_sent (fixture, town.carl, NOVEMBER, 0, MS_USAGE_UNKNOWN);
  report_stored (fixture, town.carl, 3, 1);
  ms_usage_set_time (IN_DECEMBER);
  fixture_close (fixture);
  const char      *path = strchr (fixture->uri, ':') + 1;
  g_autofree char *whole = cut_page (path, part, &length);
  Fixture          other = save_closed (fixture, lines, 3);
  expect (&other, town.anna, "1 100 10 -1 -1");
  expect (&other, town.carl, "1 3 1 -1 -1");
  expect (&other, NULL, "2 103 11 0 0");
  expect_last (&other, town.anna, "2024-11 100 5");
  expect_last (&other, town.carl, "2024-11 3 0");
  if (part == 0)
    {
      expect_periods (&other, town.anna, "2024-11 100 5");
      expect_periods (&other, NULL, "2024-12 103 0, 2024-11 103 5");
      expect_periods (&other, town.emea, "2024-12 100 0, 2024-11 100 5");
    }
  g_assert_true (g_file_set_contents (path, whole, (gssize) length, NULL));
  leave_saved (fixture, &other);
}

/* Months in the midst of others are not counted by anything that is left. */
static void
test_cut_amidst (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };
  g_autoptr (GString) lines = g_string_new (NULL);
  gsize length = 0;

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  fixture_run_sql (fixture,
                   "WITH RECURSIVE m (n) AS (SELECT 23300 UNION ALL SELECT n + 1 FROM m"
                   " WHERE n < 24297) INSERT INTO usage_period SELECT u.obj, m.n, 1, 1, 1, 0, 0"
                   " FROM usage_reading u, m");
  fixture_check_sound (fixture);
  fixture_close (fixture);
  const char      *path = strchr (fixture->uri, ':') + 1;
  g_autofree char *whole = cut_page (path, 90, &length);
  Fixture          other = save_closed (fixture, lines, 1);
  g_assert_nonnull (strstr (lines->str, "perhaps some months of what was used"));
  expect (&other, NULL, "1 100 10 0 0");
  g_assert_true (g_file_set_contents (path, whole, (gssize) length, NULL));
  leave_saved (fixture, &other);
}

/* What nobody has counted is saved as that, and nothing that was counted as nothing. */
static void
test_saved_unsaid (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_sent (fixture, town.anna, NOVEMBER, MS_USAGE_UNKNOWN, 50);
  report_sent (fixture, town.bert, "2024-10", 1, 1);
  report_sent (fixture, town.bert, NOVEMBER, 0, MS_USAGE_UNKNOWN);
  report_sent (fixture, town.carl, NOVEMBER, 0, 0);
  Fixture other = save_what_is_left (fixture, NULL, 0);
  expect (&other, town.anna, "1 -1 -1 -1 50");
  expect (&other, town.bert, "1 -1 -1 0 -1");
  expect (&other, town.carl, "1 -1 -1 0 0");
  expect (&other, NULL, "3 0 0 0 50");
  leave_saved (fixture, &other);
}

/* One in the bin of which nobody can say any more since when totals do not have it. */
static void
test_lost_since (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };
  g_autoptr (GString) lines = g_string_new (NULL);

  town_make (&town, fixture);
  report_sent (fixture, town.carl, "2024-10", 4, 40);
  report_sent (fixture, town.carl, NOVEMBER, 5, 50);
  ms_usage_set_time (IN_DECEMBER);
  report_sent (fixture, town.carl, DECEMBER, 2, 20);
  fixture_delete (fixture, town.carl);
  fixture_run_sql (fixture, "UPDATE usage_reading SET out_since = -7");
  Fixture other = save_what_is_left (fixture, lines, 1);
  g_assert_nonnull (strstr (lines->str, "“carl”"));
  expect_periods (&other, NULL, "2024-11 0 5, 2024-10 -1 4");
  fixture_check_sound (&other);
  g_assert_true (fixture_try_restore (&other, town.carl, NULL));
  expect_periods (&other, NULL, "2024-12 0 2, 2024-11 0 5, 2024-10 -1 4");
  leave_saved (fixture, &other);
}

/* What was taken out of the totals comes back once. A rescue deletes anew what was deleted. */
static void
test_saved_out_before (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };
  g_autoptr (GString) lines = g_string_new (NULL);

  make_out_before (fixture, &town);
  Fixture other = save_what_is_left (fixture, lines, 1);
  g_assert_nonnull (strstr (lines->str, "“carl”"));
  fixture_check_sound (&other);
  g_assert_true (fixture_try_restore (&other, town.carl, NULL));
  expect_periods (&other, NULL, "2024-12 0 0, 2024-11 0 5, 2024-10 -1 4, 2024-09 -1 3");
  leave_saved (fixture, &other);
}

/* A domain that comes after what is in it was measured. */
static void
test_late_domain (Fixture *fixture, gconstpointer data)
{
  g_autofree char *mailbox = make_mailbox (fixture, "anna", "late.example", NULL);

  report_stored (fixture, mailbox, 7, 1);
  fixture_check_sound (fixture);
  g_autofree char *domain = fixture_insert (fixture, "Domain", "{'name':'late.example'}");
  expect (fixture, domain, "1 7 1 0 0");
  fixture_check_sound (fixture);
}

static gboolean
do_nothing (MsTxn *txn, gpointer data, GError **error)
{
  return TRUE;
}

/* As who does many things does, of which one may fail. */
static gboolean
go_on_after_failure (MsTxn *txn, gpointer data, GError **error)
{
  g_autoptr (GError) failed = NULL;

  if (!report_in (txn, data, error))
    return FALSE;
  g_assert_false (ms_txn_savepoint (txn, TRUE, do_nothing, NULL, &failed));
  g_assert_nonnull (failed);
  return TRUE;
}

/* Totals that could not be written keep the reading from being written without them. */
static void
test_unwritten_totals (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };
  g_autoptr (GError) error = NULL;
  MsChangeContext context = { .verb = "test" };

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  fixture_run_sql (fixture,
                   "CREATE TRIGGER no_room BEFORE UPDATE ON usage_total WHEN new.obj = 0"
                   " BEGIN SELECT RAISE (ABORT, 'no room'); END");
  Report self = { fixture, town.anna, MS_READING_INIT, FALSE };
  self.reading.stored_bytes = 90;
  g_assert_false (
      ms_store_write (fixture->store, &context, go_on_after_failure, &self, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  fixture_run_sql (fixture, "DROP TRIGGER no_room");
  expect (fixture, town.anna, "1 100 10 -1 -1");
  expect (fixture, NULL, "1 100 10 0 0");
  fixture_check_sound (fixture);
}

/* Of a damaged store, where a mailbox is in two mail groups: it is measured in one of them. */
static void
test_two_groups (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  fixture_run_sql (fixture,
                   "INSERT INTO link (from_n, attr, to_n)"
                   " SELECT l.from_n, l.attr, o.n FROM link l JOIN object b ON b.n = l.from_n"
                   " JOIN object o ON o.label = 'EMEA' WHERE b.label = 'bert'");
  g_assert_true (report_stored (fixture, town.bert, 20, 2));
  expect (fixture, town.emea, "0 0 0 0 0");
  expect (fixture, town.sales, "1 20 2 0 0");
  fixture_renew (fixture);
}

/* One that goes while there are mailboxes in it, and comes back. */
static void
test_lost_domain (Fixture *fixture, gconstpointer data)
{
  g_auto (Town) town = { 0 };

  town_make (&town, fixture);
  report_stored (fixture, town.anna, 100, 10);
  report_sent (fixture, town.anna, NOVEMBER, 5, 50);
  report_sent (fixture, town.anna, "2024-10", 4, 40);
  fixture_delete (fixture, town.domain);
  expect (fixture, NULL, "1 100 10 5 50");
  fixture_check_sound (fixture);
  g_assert_true (report_sent (fixture, town.anna, NOVEMBER, 6, 60));
  g_assert_true (fixture_try_restore (fixture, town.domain, NULL));
  expect (fixture, town.domain, "1 100 10 6 60");
  expect_periods (fixture, town.domain, "2024-11 100 6, 2024-10 -1 4");
  fixture_check_sound (fixture);

  fixture_delete (fixture, town.domain);
  ms_usage_set_time (IN_DECEMBER);
  g_assert_true (fixture_try_restore (fixture, town.domain, NULL));
  expect_periods (fixture, town.domain, "2024-12 100 0, 2024-11 100 6, 2024-10 -1 4");
  fixture_check_sound (fixture);
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  static const char *const wrong[]
      = { "", "2026", "2026-1", "2026-00", "2026-13", "2026-1a", "2026/11", "02024-11" };
  gint64 period = 0;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (ms_usage_period_parse (wrong[i], &period));
  g_assert_true (ms_usage_period_parse ("2024-11", &period));
  g_assert_cmpint (period, ==, ms_usage_period_of (IN_NOVEMBER));
  g_autofree char *name = ms_usage_period_format (period);
  g_assert_cmpstr (name, ==, "2024-11");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fault_driver_register ("sqlite"); /* which only a rescue opens here */
  fixture_add ("usage/totals", NULL, test_totals);
  fixture_add ("usage/moves", NULL, test_moves);
  fixture_add ("usage/late-return", NULL, test_late_return);
  fixture_add ("usage/set-back", NULL, test_set_back);
  fixture_add ("usage/future", NULL, test_future);
  fixture_add ("usage/past", NULL, test_past);
  fixture_add ("usage/bin-and-clock", NULL, test_bin_and_clock);
  fixture_add ("usage/clock-ahead", NULL, test_clock_ahead);
  fixture_add ("usage/clock-in-vain", NULL, test_clock_in_vain);
  fixture_add ("usage/clock-behind", NULL, test_clock_behind);
  fixture_add ("usage/clock-of-young", NULL, test_clock_of_young);
  fixture_add ("usage/early", NULL, test_early);
  fixture_add ("usage/before-end", NULL, test_before_end);
  fixture_add ("usage/most", NULL, test_most);
  fixture_add ("usage/periods", NULL, test_periods);
  fixture_add ("usage/found-by", NULL, test_found_by);
  fixture_add ("usage/damaged-percent", NULL, test_damaged_percent);
  fixture_add ("usage/large-quotas", NULL, test_large_quotas);
  fixture_add ("usage/large-totals", NULL, test_large_totals);
  fixture_add ("usage/cut-times", NULL, test_cut_times);
  fixture_add ("usage/children", NULL, test_children);
  fixture_add ("usage/renamed", NULL, test_renamed);
  fixture_add ("usage/random", NULL, test_random);
  fixture_add ("usage/digest", NULL, test_digest);
  fixture_add ("usage/late-domain", NULL, test_late_domain);
  fixture_add ("usage/lost-domain", NULL, test_lost_domain);
  fixture_add ("usage/two-groups", NULL, test_two_groups);
  fixture_add ("usage/out-before", NULL, test_out_before);
  fixture_add ("usage/out-ahead", NULL, test_out_ahead);
  fixture_add_for ("sqlite", "usage/saved-out-before", NULL, test_saved_out_before);
  fixture_add_for ("sqlite", "usage/unwritten-totals", NULL, test_unwritten_totals);
  fixture_add_for ("sqlite", "usage/rescue", NULL, test_rescue);
  for (guint i = 0; i < G_N_ELEMENTS (harms); i++)
    {
      g_autofree char *name = g_strconcat ("usage/rescue-", harms[i].name, NULL);
      fixture_add_for ("sqlite", name, &harms[i], test_harmed);
    }
  fixture_add_for (
      "sqlite", "usage/no-tables", "UPDATE store_info SET version = 4", test_no_tables);
  fixture_add_for (
      "sqlite", "usage/no-tables-yet", "UPDATE store_info SET version = 3", test_no_tables);
  fixture_add_for (
      "sqlite", "usage/no-tables-or-version", "DELETE FROM store_info", test_no_tables);
  fixture_add_for ("sqlite", "usage/lost-reading", NULL, test_lost_reading);
  fixture_add_for ("sqlite", "usage/asked-once", NULL, test_asked_once);
  for (guint i = 0; i < G_N_ELEMENTS (astrays); i++)
    {
      g_autofree char *name = g_strconcat ("usage/led-astray-", astrays[i].name, NULL);
      fixture_add_for ("sqlite", name, &astrays[i], test_led_astray);
    }
  fixture_add_for ("sqlite", "usage/cut-all", GUINT_TO_POINTER (0), test_cut);
  fixture_add_for ("sqlite", "usage/cut-half", GUINT_TO_POINTER (50), test_cut);
  fixture_add_for ("sqlite", "usage/cut-last", GUINT_TO_POINTER (99), test_cut);
  fixture_add_for ("sqlite", "usage/cut-amidst", NULL, test_cut_amidst);
  fixture_add_for ("sqlite", "usage/lost-since", NULL, test_lost_since);
  fixture_add_for ("sqlite", "usage/saved-early", NULL, test_saved_early);
  fixture_add_for ("sqlite", "usage/saved-behind", "30", test_saved_behind);
  fixture_add_for ("sqlite", "usage/saved-far-behind", "65", test_saved_behind);
  fixture_add_for ("sqlite", "usage/saved-forgotten", "15000", test_saved_behind);
  fixture_add_for ("sqlite", "usage/saved-ahead", NULL, test_saved_ahead);
  fixture_add_for ("sqlite",
                   "usage/saved-wrong-last",
                   "UPDATE usage_total SET sent_period = 24299 WHERE obj = 0",
                   test_saved_wrong_last);
  fixture_add_for ("sqlite",
                   "usage/saved-far-last",
                   "UPDATE usage_total SET sent_period = 30000 WHERE obj = 0",
                   test_saved_wrong_last);
  fixture_add_for ("sqlite", "usage/saved-unsaid", NULL, test_saved_unsaid);
  fixture_add_for ("sqlite", "usage/names", NULL, test_names);
  for (guint i = 0; i < G_N_ELEMENTS (wrongs); i++)
    {
      g_autofree char *name = g_strconcat ("usage/wrong-", wrongs[i].name, NULL);
      /* It is the same SQL on each; what verify says is made of it in one place. */
      if (i % 4 == 0)
        fixture_add (name, &wrongs[i], test_wrong);
      else
        fixture_add_for ("sqlite", name, &wrongs[i], test_wrong);
    }
  return g_test_run ();
}
