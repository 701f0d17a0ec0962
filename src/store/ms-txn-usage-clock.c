/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which month it is, by a clock that may be wrong, or have been. What the store has come to is the
 * month of the total of the store: "last". Where the clock is at most a month before it, that is
 * the month at hand. Where it is more, one of them is wrong, and nobody says which. So it is asked
 * in which months the store was written to, of which its total has what was stored:
 *
 * - months up to now, then none, then one or two (A): the clock was ahead and is right again. What
 *   moved meanwhile took nothing of the months between along. Totals are counted anew from now on.
 * - the next month, or many, or it is before this program was thought of (B): the clock is behind.
 *   Months that are over stay as they were: whatever is written goes by the last one, and what is
 *   known up to that stays known.
 * - none up to now, then one or two (C): a young store, by a clock that was ahead when it was made,
 *   or is behind now. No total is counted anew, and what is measured anew is known by the clock.
 *
 * What is shown goes by the clock in each of them.
 */
#include "ms-txn-usage-private.h"

#define STORE_ROW (G_GINT64_CONSTANT (0))
/* A clock that is wrong is found to be so before it has come over the end of many months. */
#define MOST_AHEAD 2
/* January 2020: where machines begin that have forgotten what time it is, is long before. */
#define EARLIEST (2020 * 12)

gboolean
ms_txn_get_usage_month (MsTxn *txn, gint64 *month, GError **error)
{
  g_return_val_if_fail (txn != NULL && month != NULL, FALSE);

  gint64 last = 0;

  if (txn->month == 0)
    {
      gint64 now = ms_usage_period_of (ms_usage_get_time ());
      if (!ms_sql_get_int (txn->sql,
                           &last,
                           error,
                           "SELECT sent_period FROM usage_total WHERE obj = $1",
                           "i",
                           STORE_ROW))
        return FALSE;
      txn->clock.last = last;
      txn->month = last > now && last <= now + MS_USAGE_MONTHS_AHEAD ? last : now;
    }
  *month = txn->month;
  return TRUE;
}

/* Counting anew ------------------------------------------------------------------------------- */

/* Of what is in the bin, totals have nothing from the first month on that is counted anew. */
static gboolean
take_out_all (MsTxn *txn, gint64 month, GError **error)
{
  static const char *const steps[] = {
    "UPDATE usage_period SET sent_messages = 0, sent_bytes = 0 WHERE period >= $1"
    " AND obj IN (SELECT obj FROM usage_total)",

    /* In months that are to come nothing was stored: the next clock that is wrong is judged anew.
     */
    "UPDATE usage_period SET mailboxes = -1, stored_bytes = -1, stored_messages = -1"
    " WHERE period > $1 AND obj IN (SELECT obj FROM usage_total)",

    "INSERT INTO usage_period (obj, period, mailboxes, stored_bytes, stored_messages,"
    " sent_messages, sent_bytes)"
    " SELECT obj, $1, mailboxes, stored_bytes, stored_messages, 0, 0 FROM usage_total"
    " WHERE sent_period >= $1 ON CONFLICT (obj, period) DO UPDATE SET"
    " mailboxes = excluded.mailboxes, stored_bytes = excluded.stored_bytes,"
    " stored_messages = excluded.stored_messages",

    "UPDATE usage_period SET stored_bytes = u.stored_bytes, stored_messages = u.stored_messages"
    " FROM usage_reading u WHERE u.obj = usage_period.obj AND usage_period.period = $1"
    " AND usage_period.mailboxes = 1",

    "UPDATE usage_total SET sent_period = $1, sent_messages = 0, sent_bytes = 0"
    " WHERE sent_period >= $1",

    "UPDATE usage_reading SET out_since = $1 WHERE grp < 0 AND out_since > $1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (!ms_sql_run (txn->sql, error, steps[i], "i", month))
      return FALSE;
  return TRUE;
}

static gboolean
owe_all (MsTxn *txn, gint64 month, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT u.grp, u.dom, p.period, p.sent_messages, p.sent_bytes"
                             " FROM usage_reading u JOIN usage_period p ON p.obj = u.obj"
                             " WHERE u.grp >= 0 AND p.period >= $1",
                             "i",
                             month);

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      for (guint i = 0; i < 2; i++)
        if (i == 0 || ms_statement_get_int (statement, i) > 0)
          ms_txn_usage_owe_sent (txn,
                                 ms_statement_get_int (statement, i),
                                 ms_statement_get_int (statement, 2),
                                 MAX (ms_statement_get_int (statement, 3), 0),
                                 MAX (ms_statement_get_int (statement, 4), 0));
    }
  return FALSE;
}

static gboolean
count_anew (MsTxn *txn, gint64 month, GError **error)
{
  g_assert (txn->usage == NULL);
  return take_out_all (txn, month, error) && owe_all (txn, month, error)
         && ms_txn_usage_flush (txn, error);
}

/* The bin ------------------------------------------------------------------------------------- */

gboolean
ms_usage_find_least_out (MsSql *sql, gint64 obj, gint64 *least, GError **error)
{
  gboolean row = FALSE;
  gint64   earlier = 0;
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql,
                             error,
                             "SELECT s.sequence, s.time FROM object o JOIN change_set s"
                             " ON s.sequence = (SELECT MAX(c.sequence) FROM change c"
                             "  WHERE c.id = o.id AND c.verb = $2)"
                             " WHERE o.n = $1 AND o.deleted IS NOT NULL"
                             " AND (s.verb IS NULL OR s.verb <> '" MS_SET_RESTORE_STORE "')",
                             "ii",
                             obj,
                             (gint64) MS_CHANGE_DELETE);

  *least = 1;
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  if (!row)
    return TRUE;
  gint64 time = ms_statement_get_int (statement, 1);
  if (!ms_sql_get_int (sql,
                       &earlier,
                       error,
                       "SELECT count(*) FROM (SELECT 1 FROM change_set"
                       " WHERE sequence > $1 AND time < $2 LIMIT 1) e",
                       "ii",
                       ms_statement_get_int (statement, 0),
                       time))
    return FALSE;
  if (earlier == 0 && time > 0)
    *least = ms_usage_period_of (time);
  return TRUE;
}

/* The clock of a transaction ------------------------------------------------------------------ */

gboolean
ms_usage_judge_clock (
    MsSql *sql, gint64 month, gint64 last, MsUsageFinding *finding, GError **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql,
                             error,
                             "SELECT COALESCE(SUM(CASE WHEN period <= $2 THEN 1 ELSE 0 END), 0)"
                             ", COALESCE(SUM(CASE WHEN period = $2 + 1 THEN 1 ELSE 0 END), 0)"
                             ", COALESCE(SUM(CASE WHEN period > $2 THEN 1 ELSE 0 END), 0)"
                             " FROM usage_period"
                             " WHERE obj = $1 AND mailboxes >= 0 AND period <= $3",
                             "iii",
                             STORE_ROW,
                             month,
                             last);

  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  gboolean has_earlier = row && ms_statement_get_int (statement, 0) > 0;
  gboolean has_next = row && ms_statement_get_int (statement, 1) > 0;
  gboolean has_many = row && ms_statement_get_int (statement, 2) > MOST_AHEAD;
  if (month < EARLIEST || has_many || (has_earlier && has_next))
    *finding = MS_USAGE_CLOCK_IS_BEHIND;
  else
    *finding = has_earlier ? MS_USAGE_CLOCK_WAS_AHEAD : MS_USAGE_CLOCK_IS_EITHER;
  return TRUE;
}

gboolean
ms_txn_usage_get_clock (MsTxn *self, MsUsageClock *clock, GError **error)
{
  gint64         month = 0;
  MsUsageFinding finding = MS_USAGE_CLOCK_WAS_AHEAD;

  if (self->clock.since != 0)
    {
      *clock = self->clock;
      return TRUE;
    }
  if (!ms_txn_get_usage_month (self, &month, error))
    return FALSE;
  gint64 last = self->clock.last;
  if (last > month && !ms_usage_judge_clock (self->sql, month, last, &finding, error))
    return FALSE;
  /* Who only reads has totals that were not counted anew yet. */
  gboolean is_anew = last > month && finding == MS_USAGE_CLOCK_WAS_AHEAD && self->context != NULL;
  clock->last = last;
  clock->since = is_anew ? month : MAX (month, last);
  clock->known
      = (finding == MS_USAGE_CLOCK_IS_BEHIND ? clock->since : month) + MS_USAGE_MONTHS_AHEAD;
  self->clock = *clock;
  return !is_anew || count_anew (self, month, error);
}

gboolean
ms_txn_come_to_month (MsTxn *self, gint64 month, GError **error)
{
  MsUsagePeriod nothing = { .period = month };

  return ms_txn_put_period (self, STORE_ROW, &nothing, FALSE, error)
         && ms_sql_run (self->sql,
                        error,
                        "UPDATE usage_total SET sent_period = $1 WHERE obj = $2",
                        "ii",
                        month,
                        STORE_ROW);
}
