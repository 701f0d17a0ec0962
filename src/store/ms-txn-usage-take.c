/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Taking readings: what is known of a mailbox after one, its month at hand, and what totals are
 * owed by it (ms-txn-usage.c).
 */
#include "ms-txn-usage-private.h"

#include "ms-usage-index.h"

#include <string.h>

/* What is known of a mailbox. */
typedef struct
{
  gboolean is_known;
  gint64   group;
  gint64   domain;
  gint64   values[MS_USAGE_N_INDEXED]; /* of MS_USAGE_INDEXED */
  gint64   sent_period;
  gint64   sent_messages;
  gint64   sent_bytes;
} Known;

enum
{
  STORED_BYTES,
  STORED_MESSAGES,
  LAST_ACCESS,
  MEASURED,
};

static gboolean
load_known (MsTxn *txn, gint64 row, Known *known, GError **error)
{
  gboolean found = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT grp, dom, sent_period, sent_messages, sent_bytes"
                             ", " MS_USAGE_INDEXED " FROM usage_reading WHERE obj = $1",
                             "i",
                             row);

  if (statement == NULL || !ms_statement_step (statement, &found, error))
    return FALSE;
  *known = (Known){ found, -1, -1, { MS_USAGE_UNKNOWN, MS_USAGE_UNKNOWN, 0, 0 }, 0, 0, 0 };
  if (!found)
    return TRUE;
  known->group = ms_statement_get_int (statement, 0);
  known->domain = ms_statement_get_int (statement, 1);
  known->sent_period = ms_statement_get_int (statement, 2);
  known->sent_messages = ms_statement_get_int (statement, 3);
  known->sent_bytes = ms_statement_get_int (statement, 4);
  for (guint i = 0; i < MS_USAGE_N_INDEXED; i++)
    known->values[i] = ms_statement_get_int (statement, 5 + i);
  return TRUE;
}

/* The month of one object. @period: (inout): its "period" says which */
static gboolean
load_period (MsTxn *txn, gint64 row, MsUsagePeriod *period, gboolean *found, GError **error)
{
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT mailboxes, stored_bytes, stored_messages, sent_messages,"
                             " sent_bytes FROM usage_period WHERE obj = $1 AND period = $2",
                             "ii",
                             row,
                             period->period);

  if (statement == NULL || !ms_statement_step (statement, found, error))
    return FALSE;
  gint64 *places[] = { &period->mailboxes,
                       &period->stored_bytes,
                       &period->stored_messages,
                       &period->sent_messages,
                       &period->sent_bytes };
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    *places[i] = *found ? ms_statement_get_int (statement, i) : i < 3 ? MS_USAGE_UNKNOWN : 0;
  return TRUE;
}

/* A new reading stands where its mailbox is counted: nowhere yet, since the first month that is. */
static gboolean
write_known (MsTxn *txn, gint64 row, const Known *known, GError **error)
{
  return ms_sql_run (
      txn->sql,
      error,
      known->is_known
          ? "UPDATE usage_reading SET stored_bytes = $2, stored_messages = $3, last_access = $4,"
            " measured = $5, sent_period = $6, sent_messages = $7, sent_bytes = $8 WHERE obj = $1"
          : "INSERT INTO usage_reading (obj, grp, dom, name_key, stored_bytes, stored_messages,"
            " last_access, measured, sent_period, sent_messages, sent_bytes, out_since)"
            " VALUES ($1, -1, -1, '', $2, $3, $4, $5, $6, $7, $8, 1)",
      "iiiiiiii",
      row,
      known->values[STORED_BYTES],
      known->values[STORED_MESSAGES],
      known->values[LAST_ACCESS],
      known->values[MEASURED],
      known->sent_period,
      known->sent_messages,
      known->sent_bytes);
}

/* Where it is counted. @places: (out): room for two. How many there are */
static guint
find_places (const Known *known, gint64 *places)
{
  guint n = 0;

  if (known->group >= 0)
    places[n++] = known->group;
  if (known->domain > 0)
    places[n++] = known->domain;
  return n;
}

/* What of @known differs from @before is owed to where it is counted. */
static void
owe_stored (MsTxn *txn, const Known *before, const Known *known)
{
  const gint64 *old = before->values;
  const gint64 *now = known->values;
  gint64        places[2];
  guint         n = find_places (known, places);

  for (guint i = 0; i < n; i++)
    ms_txn_usage_owe (txn,
                      places[i],
                      MAX (now[STORED_BYTES], 0) - MAX (old[STORED_BYTES], 0),
                      MAX (now[STORED_MESSAGES], 0) - MAX (old[STORED_MESSAGES], 0));
}

static void
owe_sent (MsTxn *txn, const Known *known, gint64 period, gint64 messages, gint64 bytes)
{
  gint64 places[2];
  guint  n = find_places (known, places);

  for (guint i = 0; i < n; i++)
    ms_txn_usage_owe_sent (txn, places[i], period, messages, bytes);
}

/* What is known of a count of which a reading says @said, so that the month has @counted: nothing
 * where nobody ever said of it. @before: the same, of the same month where @is_same */
static gint64
find_said (gint64 said, gint64 counted, gboolean is_same, gint64 before)
{
  gboolean is_said = said >= 0 || counted > 0 || (is_same && before >= 0);

  return is_said ? counted : MS_USAGE_UNKNOWN;
}

/* @changed: (inout) */
static gboolean
take_sent (MsTxn           *txn,
           gint64           row,
           const MsReading *reading,
           Known           *known,
           gboolean        *changed,
           GError         **error)
{
  MsUsagePeriod period = { .period = reading->period };
  gboolean      found = FALSE;

  if (reading->period == 0)
    return TRUE;
  if (!load_period (txn, row, &period, &found, error))
    return FALSE;
  gint64 messages = MAX (period.sent_messages, reading->sent_messages);
  gint64 bytes = MAX (period.sent_bytes, reading->sent_bytes);
  owe_sent (
      txn, known, reading->period, messages - period.sent_messages, bytes - period.sent_bytes);
  gboolean is_same = reading->period == known->sent_period;
  gint64   known_messages
      = find_said (reading->sent_messages, messages, is_same, known->sent_messages);
  gint64 known_bytes = find_said (reading->sent_bytes, bytes, is_same, known->sent_bytes);
  *changed |= !found || known->sent_period == 0 || messages > period.sent_messages
              || bytes > period.sent_bytes
              || (is_same
                  && (known_messages != known->sent_messages || known_bytes != known->sent_bytes));
  period.sent_messages = messages;
  period.sent_bytes = bytes;
  if (reading->period >= known->sent_period)
    {
      known->sent_period = reading->period;
      known->sent_messages = known_messages;
      known->sent_bytes = known_bytes;
    }
  return ms_txn_put_period (txn, row, &period, FALSE, error);
}

/* The month at hand has what is stored now, for all that it is counted in too. */
static gboolean
take_stored (MsTxn *txn, gint64 row, const Known *before, const Known *known, GError **error)
{
  MsUsageClock clock;
  gboolean     found = FALSE;

  if (!ms_txn_usage_get_clock (txn, &clock, error))
    return FALSE;
  MsUsagePeriod period = { .period = clock.since };
  if (!load_period (txn, row, &period, &found, error))
    return FALSE;
  if (found && period.mailboxes == 1
      && memcmp (before->values, known->values, LAST_ACCESS * sizeof (gint64)) == 0
      && period.stored_bytes == known->values[STORED_BYTES]
      && period.stored_messages == known->values[STORED_MESSAGES])
    return TRUE;
  period.mailboxes = 1;
  period.stored_bytes = known->values[STORED_BYTES];
  period.stored_messages = known->values[STORED_MESSAGES];
  owe_stored (txn, before, known);
  return ms_txn_put_period (txn, row, &period, FALSE, error);
}

static void
take_values (const MsReading *reading, Known *known, gboolean *changed)
{
  gint64 *values = known->values;
  gint64  said[] = { reading->stored_bytes, reading->stored_messages };

  for (guint i = 0; i < G_N_ELEMENTS (said); i++)
    if (said[i] != MS_USAGE_UNKNOWN && said[i] != values[i])
      {
        values[i] = said[i];
        *changed = TRUE;
      }
  /* What a clock took that was ahead holds back nothing that is reported. */
  gint64 last_access = ms_usage_cut_time (reading->last_access);
  if (last_access > values[LAST_ACCESS]
      || (last_access > 0 && values[LAST_ACCESS] > ms_usage_get_time () + MS_USAGE_GRACE))
    {
      values[LAST_ACCESS] = last_access;
      *changed = TRUE;
    }
}

/* What was sent last, as the months up to @last say. */
static gboolean
find_sent (MsTxn *txn, gint64 row, gint64 last, Known *known, GError **error)
{
  gboolean found = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT period, sent_messages, sent_bytes FROM usage_period"
                             " WHERE obj = $1 AND period <= $2"
                             " AND (sent_messages > 0 OR sent_bytes > 0)"
                             " ORDER BY period DESC LIMIT 1",
                             "ii",
                             row,
                             last);

  if (statement == NULL || !ms_statement_step (statement, &found, error))
    return FALSE;
  known->sent_period = found ? ms_statement_get_int (statement, 0) : 0;
  known->sent_messages = found ? ms_statement_get_int (statement, 1) : 0;
  known->sent_bytes = found ? ms_statement_get_int (statement, 2) : 0;
  /* Months count what nobody has said as nothing. */
  if (found && known->sent_messages == 0)
    known->sent_messages = MS_USAGE_UNKNOWN;
  if (found && known->sent_bytes == 0)
    known->sent_bytes = MS_USAGE_UNKNOWN;
  return TRUE;
}

/* What a mailbox sent by a clock that was ahead would stay what it sent last until that time has
 * come: such months are taken out of the totals. @changed: (inout) */
static gboolean
forget_future (MsTxn *txn, gint64 row, Known *known, gboolean *changed, GError **error)
{
  gint64       latest = ms_usage_get_time () + MS_USAGE_GRACE;
  gint64       places[2];
  guint        n = find_places (known, places);
  MsUsageClock clock;

  if (!ms_txn_usage_get_clock (txn, &clock, error))
    return FALSE;
  gint64 last = clock.known;
  if (known->values[MEASURED] <= latest && known->sent_period <= last)
    return TRUE;
  *changed = TRUE;
  for (guint i = 0; i < n; i++)
    if (!ms_txn_usage_owe_months (txn, row, places[i], last + 1, -1, error))
      return FALSE;
  return ms_sql_run (txn->sql,
                     error,
                     "DELETE FROM usage_period WHERE obj = $1 AND period > $2",
                     "ii",
                     row,
                     last)
         && (known->sent_period <= last || find_sent (txn, row, last, known, error));
}

gboolean
ms_txn_take_reading (
    MsTxn *txn, MsObject *mailbox, const MsReading *reading, gboolean *changed, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && mailbox != NULL, FALSE);
  g_return_val_if_fail (reading != NULL && changed != NULL, FALSE);

  gint64 row = ms_object_get_row (mailbox);
  Known  before;

  *changed = FALSE;
  if (!load_known (txn, row, &before, error))
    return FALSE;
  Known known = before;
  *changed = !before.is_known;
  if (!forget_future (txn, row, &known, changed, error))
    return FALSE;
  take_values (reading, &known, changed);
  known.values[MEASURED] = ms_usage_cut_time (ms_usage_get_time ());
  /* What is known only now is indexed and counted as a whole, when its place is looked at. */
  if (!before.is_known)
    ms_txn_note_moved (txn, row);
  if (!take_sent (txn, row, reading, &known, changed, error)
      || !take_stored (txn, row, &before, &known, error) || !write_known (txn, row, &known, error))
    return FALSE;
  if (known.group < 0)
    return TRUE;
  g_autoptr (GArray) old_rows = ms_usage_index_rows (txn->index, before.values);
  g_autoptr (GArray) new_rows = ms_usage_index_rows (txn->index, known.values);
  return ms_txn_apply_rows (txn, old_rows, new_rows, row, error);
}

/* From another store -------------------------------------------------------------------------- */

gboolean
ms_txn_put_reading (MsTxn           *self,
                    gint64           row,
                    const MsReading *reading,
                    gint64           measured,
                    gint64           out_since,
                    GArray          *periods,
                    GError         **error)
{
  Known known
      = { .group = -1,
          .domain = -1,
          .values
          = { reading->stored_bytes, reading->stored_messages, reading->last_access, measured },
          .sent_period = reading->period,
          .sent_messages = reading->sent_messages,
          .sent_bytes = reading->sent_bytes };

  ms_txn_note_moved (self, row);
  return ms_txn_put_periods (self, row, periods, error) && write_known (self, row, &known, error)
         && ms_sql_run (self->sql,
                        error,
                        "UPDATE usage_reading SET out_since = $1 WHERE obj = $2",
                        "ii",
                        out_since,
                        row);
}
