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
 * @now on, those before. (transfer full) (element-type MsUsagePeriod) */
static GArray *
read_periods (MsRescue *self, gint64 row, gint64 now, gboolean is_mailbox, GError **lost)
{
  gint64  before = is_mailbox ? self->last_month + 1 : now;
  gint64  most = is_mailbox ? MS_USAGE_MOST : MS_USAGE_MOST_TOTAL;
  GArray *periods = g_array_new (FALSE, FALSE, sizeof (MsUsagePeriod));
  g_autoptr (GArray) months = ms_rescue_read_months (self, row, lost);

  for (guint i = 0; i < months->len; i++)
    {
      MsUsagePeriod    period = g_array_index (months, MsUsagePeriod, i);
      g_autofree char *name = ms_usage_period_format (period.period);
      gint64          *places[] = { &period.mailboxes,
                                    &period.stored_bytes,
                                    &period.stored_messages,
                                    &period.sent_messages,
                                    &period.sent_bytes };
      if (period.period < 1 || (is_mailbox && period.period >= before))
        lose_number (lost, "month", period.period);
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

/* By the month that the reading had, which may be one of nothing but zeros. */
static void
find_sent_of (GArray *periods, gint64 month, gint64 messages, gint64 bytes, MsReading *reading)
{
  for (guint i = 0; i < periods->len; i++)
    {
      const MsUsagePeriod *period = &g_array_index (periods, MsUsagePeriod, i);
      if (period->period == month && month >= reading->period)
        set_sent (period, messages >= 0, bytes >= 0, reading);
    }
}

/* The month at hand has what the reading has, by which totals are made. @lost: (nullable) */
static void
check_month (GArray *periods, gint64 now, const MsReading *reading, GError **lost)
{
  for (guint i = 0; i < periods->len; i++)
    {
      MsUsagePeriod *period = &g_array_index (periods, MsUsagePeriod, i);
      struct
      {
        gint64 *has;
        gint64  known;
      } figures[] = { { &period->stored_bytes, reading->stored_bytes },
                      { &period->stored_messages, reading->stored_messages } };
      g_autofree char *name = ms_usage_period_format (period->period);
      for (guint j = 0; period->period == now && j < G_N_ELEMENTS (figures); j++)
        if (*figures[j].has >= 0 && figures[j].known >= 0 && *figures[j].has != figures[j].known)
          {
            lose_number (lost, name, *figures[j].has);
            *figures[j].has = figures[j].known;
          }
    }
}

/* Since when totals do not have what lies in the bin. It may be later than now, by a clock that was
 * ahead: then they have all that they have now. Before it was deleted they had it all.
 * @now: the first month that is counted anew */
static gint64
find_out_since (MsRescue *self, gint64 row, gint64 since, gint64 now, GError **lost)
{
  gint64 least = 1;

  since = check_number (since, 1, MAX (now, self->last), now, "out since", lost);
  g_autoptr (MsStatement) found
             = ms_rescue_ask (self, "SELECT deleted FROM object WHERE n = $1", row, NULL);
  gint64 deleted = found != NULL ? ms_statement_get_int (found, 0) : 0;
  /* What cannot be read says nothing against it. */
  if (since < MIN (now, ms_usage_period_of (CLAMP (deleted, 0, LAST_TIME)))
      && !ms_usage_find_least_out (self->from, row, &least, NULL))
    least = 1;
  self->from->lost = FALSE;
  least = MIN (least, now);
  return MIN (check_number (since, least, G_MAXINT64, least, "out since", lost), now);
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
  g_autoptr (GArray) periods = read_periods (self, from, now, TRUE, lost);
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
  find_sent_of (periods,
                ms_statement_get_int (found, 5),
                ms_statement_get_int (found, 6),
                ms_statement_get_int (found, 7),
                &reading);
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
  /* Of a clock that was ahead the reading is newer than the month, as when totals are counted anew.
   */
  check_month (periods, now, &reading, self->was_ahead ? NULL : lost);
  reading.last_access
      = check_number (ms_statement_get_int (found, 2), 0, LAST_TIME, 0, "last access", lost);
  gint64 out_since
      = in_bin ? find_out_since (self, from, ms_statement_get_int (found, 4), now, lost) : now;
  gint64 measured
      = check_number (ms_statement_get_int (found, 3), 0, LAST_TIME, 0, "measured", lost);
  return ms_txn_put_reading (txn, to, &reading, measured, out_since, periods, error);
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
      g_autoptr (GArray) periods = read_periods (self, row, now, FALSE, &lost);
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
  g_autoptr (GArray) periods = read_periods (self, 0, self->month, FALSE, &lost);
  if (lost != NULL)
    ms_rescue_lose (self, "what all mailboxes used: %s", lost->message);
  /* By a clock that is behind it would go by another one. */
  gboolean is_later = self->month > ms_usage_period_of (ms_usage_get_time ());
  return ms_txn_put_periods (txn, 0, periods, error)
         && (!is_later || ms_txn_come_to_month (txn, self->month, error));
}
