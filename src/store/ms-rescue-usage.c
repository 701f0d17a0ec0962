/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was measured, from a damaged store into the new one: readings and months of mailboxes, which
 * are counted anew, and months that are over of mail groups, domains and the store, which cannot
 * be.
 */
#include "ms-rescue-private.h"

#include "ms-error.h"
#include "ms-txn-usage-private.h"

#include <string.h>

/* The last one that can be written, in the year 9999. */
#define LAST_TIME (G_GINT64_CONSTANT (253402300799) * G_USEC_PER_SEC)

/* Of stores, that has what is measured (ms-migrations.c). */
#define FIRST_VERSION 4

/* @lost: (nullable): the first reason stays */
static void
lose_number (GError **lost, const char *what, gint64 number)
{
  if (lost != NULL && *lost == NULL)
    g_set_error (
        lost, MS_ERROR, MS_ERROR_INTERNAL, "%s: %" G_GINT64_FORMAT " cannot be", what, number);
}

/* @instead: what it is where it cannot be so much or so little */
static gint64
check_number (
    gint64 number, gint64 least, gint64 most, gint64 instead, const char *what, GError **lost)
{
  if (number >= least && number <= most)
    return number;
  lose_number (lost, what, number);
  return instead;
}

/* What the damaged store has come to, by its total and by the month of it, of which one may be a
 * wrong number. 0: nobody knows */
static gint64
find_last (MsRescue *self)
{
  return ms_rescue_ask_int (self,
                            "SELECT t.sent_period FROM usage_total t JOIN usage_period p"
                            " ON p.obj = t.obj AND p.period = t.sent_period"
                            " WHERE t.obj = 0 AND p.mailboxes >= 0");
}

/* The month at hand in the damaged store, which the clock may be behind of
 * (ms-txn-usage-clock.c): months that are over are what they are, whatever the clock says. @month:
 * that of the clock. @last: what it has come to */
static gint64
find_month (MsRescue *self, gint64 month, gint64 last)
{
  MsUsageFinding finding = MS_USAGE_CLOCK_IS_EITHER;

  if (last <= month + MS_USAGE_MONTHS_AHEAD)
    return MAX (month, last);
  self->from->lost = FALSE;
  /* What cannot be read says nothing against the clock. */
  (void) !ms_usage_judge_clock (self->from, month, last, &finding, NULL);
  self->from->lost = FALSE;
  self->was_ahead = finding == MS_USAGE_CLOCK_WAS_AHEAD;
  return finding == MS_USAGE_CLOCK_IS_BEHIND ? last : month;
}

static void
lose_month (GError **lost, const char *what, gint64 period)
{
  g_autofree char *name = ms_usage_period_format (period);

  if (*lost == NULL)
    g_set_error (lost, MS_ERROR, MS_ERROR_INTERNAL, "%s: %s cannot be", what, name);
}

/* @month: what the one of it has; @reading: what the reading says. @lost: (nullable) */
static void
lose_one_of (GError **lost, gint64 period, const char *what, gint64 month, gint64 reading)
{
  g_autofree char *name = ms_usage_period_format (period);

  if (lost != NULL && *lost == NULL)
    g_set_error (lost,
                 MS_ERROR,
                 MS_ERROR_INTERNAL,
                 "%s: %s are %" G_GINT64_FORMAT " by its month, and %" G_GINT64_FORMAT
                 " by its reading",
                 name,
                 what,
                 month,
                 reading);
}

/* The last month that something can have been measured in, too: also by the newest change, where
 * the clock of today is behind, or another one was ahead. */
static void
find_months (MsRescue *self)
{
  gint64 month = ms_usage_period_of (ms_usage_get_time ());
  gint64 changed
      = ms_rescue_ask_int (self, "SELECT time FROM change_set ORDER BY sequence DESC LIMIT 1");

  changed = ms_usage_period_of (CLAMP (changed, 0, LAST_TIME));
  self->last = find_last (self);
  self->month = find_month (self, month, self->last);
  self->last_month = MAX (MAX (month, self->last), changed) + MS_USAGE_MONTHS_AHEAD;
}

/* Of a mailbox: whether it was measured in that month, as its figures say. */
static void
check_measured (MsUsagePeriod *period, const char *name, GError **lost)
{
  gboolean is_known = period->stored_bytes >= 0 || period->stored_messages >= 0;

  if (period->mailboxes == 1 || (period->mailboxes == MS_USAGE_UNKNOWN && !is_known))
    return;
  lose_number (lost, name, period->mailboxes);
  period->mailboxes = is_known ? 1 : MS_USAGE_UNKNOWN;
}

/* What the months of an object have; of those with numbers that cannot be, what is left. Of a
 * mailbox those up to the last that can be, and what is later is lost; of what is counted anew from
 * @now on, those before. @last: (out): the last one that is there. (transfer full) (element-type
 * MsUsagePeriod) */
static GArray *
read_periods (
    MsRescue *self, gint64 row, gint64 now, gboolean is_mailbox, gint64 *last, GError **lost)
{
  gint64  before = is_mailbox ? self->last_month + 1 : now;
  gint64  most = is_mailbox ? MS_USAGE_MOST : MS_USAGE_MOST_TOTAL;
  GArray *periods = g_array_new (FALSE, FALSE, sizeof (MsUsagePeriod));
  g_autoptr (GArray) months = ms_rescue_read_months (self, row, lost);

  *last = 0;
  for (guint i = 0; i < months->len; i++)
    {
      MsUsagePeriod    period = g_array_index (months, MsUsagePeriod, i);
      g_autofree char *name = ms_usage_period_format (period.period);
      gint64          *places[] = { &period.mailboxes,
                                    &period.stored_bytes,
                                    &period.stored_messages,
                                    &period.sent_messages,
                                    &period.sent_bytes };
      *last = period.period;
      if (period.period < 1 || (is_mailbox && period.period >= before))
        lose_month (lost, "month", period.period);
      else if (period.period < before)
        {
          for (guint j = 0; j < G_N_ELEMENTS (places); j++)
            *places[j] = check_number (*places[j],
                                       j < 3 ? MS_USAGE_UNKNOWN : 0,
                                       most,
                                       j < 3 ? MS_USAGE_UNKNOWN : 0,
                                       name,
                                       lost);
          if (is_mailbox)
            check_measured (&period, name, lost);
          g_array_append_val (periods, period);
        }
    }
  return periods;
}

/* What is sent last must be what that month says, which counts what nobody has said as nothing. */
static void
set_sent (const MsUsagePeriod *period, gboolean says_messages, gboolean says_bytes, MsReading *to)
{
  to->period = period->period;
  to->sent_messages
      = period->sent_messages > 0 || says_messages ? period->sent_messages : MS_USAGE_UNKNOWN;
  to->sent_bytes = period->sent_bytes > 0 || says_bytes ? period->sent_bytes : MS_USAGE_UNKNOWN;
}

/* By the last month in which anything was. */
static void
find_sent (GArray *periods, MsReading *reading)
{
  for (guint i = 0; i < periods->len; i++)
    {
      const MsUsagePeriod *period = &g_array_index (periods, MsUsagePeriod, i);
      if (period->sent_messages > 0 || period->sent_bytes > 0)
        set_sent (period, FALSE, FALSE, reading);
    }
}

/* (nullable) */
static MsUsagePeriod *
find_period (GArray *periods, gint64 month)
{
  for (guint i = 0; i < periods->len; i++)
    if (g_array_index (periods, MsUsagePeriod, i).period == month)
      return &g_array_index (periods, MsUsagePeriod, i);
  return NULL;
}

/* One that is not there and must have been. */
static MsUsagePeriod *
add_period (MsRescue *self, GArray *periods, gint64 month, GError **lost)
{
  MsUsagePeriod    period = { month, MS_USAGE_UNKNOWN, MS_USAGE_UNKNOWN, MS_USAGE_UNKNOWN, 0, 0 };
  g_autofree char *name = ms_usage_period_format (month);
  guint            place = 0;

  if (self->has_periods && *lost == NULL)
    g_set_error (lost,
                 MS_ERROR,
                 MS_ERROR_INTERNAL,
                 "%s: what is known of that month is not there, nor perhaps of others",
                 name);
  self->has_lost_months = TRUE;
  while (place < periods->len && g_array_index (periods, MsUsagePeriod, place).period < month)
    place++;
  g_array_insert_val (periods, place, period);
  return &g_array_index (periods, MsUsagePeriod, place);
}

/* By the month that the reading had, which may be one of nothing but zeros. Where it is not there,
 * the reading says what it was. */
static void
find_sent_of (
    MsRescue *self, GArray *periods, const MsReading *said, MsReading *reading, GError **lost)
{
  gint64 messages = CLAMP (said->sent_messages, 0, MS_USAGE_MOST);
  gint64 bytes = CLAMP (said->sent_bytes, 0, MS_USAGE_MOST);

  if (said->period < 0 || said->period > self->last_month)
    lose_month (lost, "sent last", said->period);
  if (said->period < 1 || said->period > self->last_month)
    return;
  MsUsagePeriod *period = find_period (periods, said->period);
  if (period == NULL)
    {
      period = add_period (self, periods, said->period, lost);
      period->sent_messages = messages;
      period->sent_bytes = bytes;
    }
  if (period->sent_messages != MAX (said->sent_messages, 0))
    lose_one_of (lost, said->period, "sent messages", period->sent_messages, said->sent_messages);
  if (period->sent_bytes != MAX (said->sent_bytes, 0))
    lose_one_of (lost, said->period, "sent bytes", period->sent_bytes, said->sent_bytes);
  if (said->period >= reading->period)
    set_sent (period, said->sent_messages >= 0, said->sent_bytes >= 0, reading);
}

/* In the month of a reading, or in a later one that the store had come to, its mailbox was
 * measured.
 */
static void
find_measured (
    MsRescue *self, GArray *periods, const MsReading *reading, gint64 measured, GError **lost)
{
  gint64 month = ms_usage_period_of (measured);

  if (measured == 0 || month > self->last_month)
    return;
  for (guint i = 0; i < periods->len; i++)
    {
      const MsUsagePeriod *period = &g_array_index (periods, MsUsagePeriod, i);
      if (period->period >= month && period->mailboxes == 1)
        return;
    }
  MsUsagePeriod *period = find_period (periods, month);
  if (period == NULL)
    period = add_period (self, periods, month, lost);
  period->mailboxes = 1;
  period->stored_bytes = reading->stored_bytes;
  period->stored_messages = reading->stored_messages;
}

/* The month at hand has what the reading has, by which totals are made. Of one of them that is
 * unknown, the other one says it. @lost: (nullable) */
static void
check_month (GArray *periods, gint64 now, MsReading *reading, GError **lost)
{
  MsUsagePeriod *period = find_period (periods, now);
  if (period == NULL)
    return;
  struct
  {
    const char *what;
    gint64     *has;
    gint64     *known;
  } figures[] = { { "stored bytes", &period->stored_bytes, &reading->stored_bytes },
                  { "stored messages", &period->stored_messages, &reading->stored_messages } };

  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    {
      gint64 *has = figures[i].has;
      gint64 *known = figures[i].known;
      if (*has == *known || (*has < 0 && period->mailboxes != 1))
        continue;
      lose_one_of (lost, now, figures[i].what, *has, *known);
      if (*known >= 0)
        *has = *known;
      else
        *known = *has;
    }
}

/* Since when totals do not have what lies in the bin. It may be later than now, by a clock that was
 * ahead: then they have all that they have now. Before it was deleted they had it all.
 * @now: the first month that is counted anew */
static gint64
find_out_since (MsRescue *self, gint64 row, gint64 since, gint64 now, GError **lost)
{
  gint64 least = 1;

  if (since < 1 || since > MAX (now, self->last))
    {
      lose_month (lost, "out since", since);
      since = now;
    }
  g_autoptr (MsStatement) found
             = ms_rescue_ask (self, "SELECT deleted FROM object WHERE n = $1", row, NULL);
  gint64 deleted = found != NULL ? ms_statement_get_int (found, 0) : 0;
  /* What cannot be read says nothing against it. */
  if (since < MIN (now, ms_usage_period_of (CLAMP (deleted, 0, LAST_TIME)))
      && !ms_usage_find_least_out (self->from, row, &least, NULL))
    least = 1;
  self->from->lost = FALSE;
  least = MIN (least, now);
  if (since < least)
    lose_month (lost, "out since", since);
  return CLAMP (since, least, now);
}

/* A mailbox whose months are there and whose reading is not has one of which nothing else is known:
 * what is counted of them by then must not be counted again with the next one.
 * @now: the first month that is counted anew */
static gboolean
save_reading (MsRescue *self,
              MsTxn    *txn,
              gint64    from,
              gint64    to,
              gint64    now,
              gboolean  in_bin,
              GError  **lost,
              GError  **error)
{
  gint64 last = 0;
  g_autoptr (GArray) periods = read_periods (self, from, now, TRUE, &last, lost);
  g_autoptr (GError) unread = NULL;
  g_autoptr (MsStatement) found
             = !self->has_readings
                   ? NULL
                   : ms_rescue_ask (self,
                                    "SELECT stored_bytes, stored_messages, last_access, measured,"
                                    " out_since, sent_period, sent_messages, sent_bytes"
                                    " FROM usage_reading WHERE obj = $1",
                                    from,
                                    &unread);

  MsReading reading = MS_READING_INIT;
  find_sent (periods, &reading);
  if (unread != NULL && *lost == NULL)
    g_propagate_error (lost, g_steal_pointer (&unread));
  if (found == NULL && periods->len == 0)
    return TRUE;
  if (found == NULL)
    {
      if (*lost == NULL && self->has_readings)
        g_set_error (lost, MS_ERROR, MS_ERROR_INTERNAL, "there are months, and no reading");
      return ms_txn_put_reading (txn, to, &reading, 0, now, periods, error);
    }
  MsReading said = { .period = ms_statement_get_int (found, 5),
                     .sent_messages = ms_statement_get_int (found, 6),
                     .sent_bytes = ms_statement_get_int (found, 7) };
  find_sent_of (self, periods, &said, &reading, lost);
  reading.stored_bytes = check_number (ms_statement_get_int (found, 0),
                                       MS_USAGE_UNKNOWN,
                                       MS_USAGE_MOST,
                                       MS_USAGE_UNKNOWN,
                                       "stored bytes",
                                       lost);
  reading.stored_messages = check_number (ms_statement_get_int (found, 1),
                                          MS_USAGE_UNKNOWN,
                                          MS_USAGE_MOST,
                                          MS_USAGE_UNKNOWN,
                                          "stored messages",
                                          lost);
  gint64 measured
      = check_number (ms_statement_get_int (found, 3), 0, LAST_TIME, 0, "measured", lost);
  find_measured (self, periods, &reading, measured, lost);
  /* Of a clock that was ahead the reading is newer than the month, as when totals are counted anew.
   */
  check_month (periods, now, &reading, self->was_ahead ? NULL : lost);
  reading.last_access
      = check_number (ms_statement_get_int (found, 2), 0, LAST_TIME, 0, "last access", lost);
  gint64 out_since
      = in_bin ? find_out_since (self, from, ms_statement_get_int (found, 4), now, lost) : now;
  return ms_txn_put_reading (txn, to, &reading, measured, out_since, periods, error);
}

/* The last month that a total has is the one that it has come to. Where it is not there the total
 * says what it was: what is not over is counted anew, and a later one is a wrong number. @last: of
 * its months that are there */
static void
check_total (MsRescue *self, gint64 row, const char *name, gint64 now, gint64 last, GArray *periods)
{
  g_autoptr (MsStatement) found
             = !self->has_periods
                   ? NULL
                   : ms_rescue_ask (self,
                                    "SELECT sent_period, mailboxes, stored_bytes, stored_messages,"
                                    " sent_messages, sent_bytes FROM usage_total WHERE obj = $1",
                                    row,
                                    NULL);
  gint64 numbers[6];

  if (found == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    numbers[i] = CLAMP (ms_statement_get_int (found, i), 0, MS_USAGE_MOST_TOTAL);
  gint64 month = numbers[0];
  if (month < 1 || month > now
      || (month < now ? find_period (periods, month) != NULL : last >= month))
    return;
  if (self->n_cut++ == 0)
    self->first_cut = g_strdup (name);
  MsUsagePeriod period = { month, numbers[1], numbers[2], numbers[3], numbers[4], numbers[5] };
  if (month < now)
    g_array_append_val (periods, period);
}

gboolean
ms_rescue_save_usage (
    MsRescue *self, MsTxn *txn, MsObject *object, gint64 row, gboolean in_bin, GError **error)
{
  const char *type = ms_object_get_type (object)->name;
  gint64      now = self->month;
  gboolean    done = TRUE;
  g_autoptr (GError) lost = NULL;

  if (strcmp (type, MS_TYPE_NAME_MAILBOX) == 0)
    done = save_reading (self, txn, row, ms_object_get_row (object), now, in_bin, &lost, error);
  else if (strcmp (type, MS_TYPE_NAME_MAIL_GROUP) == 0 || strcmp (type, MS_TYPE_NAME_DOMAIN) == 0)
    {
      gint64 last = 0;
      g_autoptr (GArray) periods = read_periods (self, row, now, FALSE, &last, &lost);
      check_total (self, row, ms_object_get_label (object), now, last, periods);
      done = ms_txn_put_periods (txn, ms_object_get_row (object), periods, error);
    }
  if (lost != NULL)
    ms_rescue_lose (self,
                    "%s “%s” %s: what it uses: %s",
                    type,
                    ms_object_get_label (object),
                    ms_object_get_id (object),
                    lost->message);
  return done;
}

static gboolean
has_table (MsRescue *self, const char *name)
{
  g_autofree char *text
      = g_strdup_printf ("SELECT count(*) FROM sqlite_schema WHERE name = '%s'", name);

  return ms_rescue_ask_int (self, text) != 0;
}

/* Whether the store is of a version that had no such tables. */
static gboolean
is_without (MsRescue *self)
{
  gint64 version = ms_rescue_ask_int (self, "SELECT version FROM store_info");

  return version > 0 && version < FIRST_VERSION;
}

gboolean
ms_rescue_save_usage_of_all (MsRescue *self, MsTxn *txn, GError **error)
{
  gint64 last = 0;
  g_autoptr (GError) lost = NULL;

  find_months (self);
  self->has_readings = has_table (self, "usage_reading");
  self->has_periods = has_table (self, "usage_period");
  if (!self->has_readings && !self->has_periods && !has_table (self, "usage_total")
      && is_without (self))
    return TRUE;
  if (!self->has_readings)
    ms_rescue_lose (self, "what mailboxes use: there is no table usage_reading");
  if (!self->has_periods)
    ms_rescue_lose (self, "what was used month by month: there is no table usage_period");
  if (self->has_periods)
    ms_rescue_scan_months (self);
  g_autoptr (GArray) periods = read_periods (self, 0, self->month, FALSE, &last, &lost);
  check_total (self, 0, NULL, self->month, last, periods);
  if (lost != NULL)
    ms_rescue_lose (self, "what all mailboxes used: %s", lost->message);
  /* By a clock that is behind it would go by another one. */
  gboolean is_later = self->month > ms_usage_period_of (ms_usage_get_time ());
  return ms_txn_put_periods (txn, 0, periods, error)
         && (!is_later || ms_txn_come_to_month (txn, self->month, error));
}
