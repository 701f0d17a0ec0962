/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Readings, and the totals that are made of them. What a reading changes is added up in memory by
 * the mail group and the domain that the mailbox is counted in; then each total on the way up from
 * there is written once, however many readings there were (ms_txn_usage_flush()).
 *
 * "usage_period" is what says how much was sent; what "usage_reading" and "usage_total" have of the
 * last month is a copy, by which reports are sorted.
 */
#include "ms-txn-private.h"

#include "ms-error.h"
#include "ms-usage-index.h"

#include <string.h>

/* Deeper than mail groups nest; a damaged store may have them in a circle. */
#define MOST_STEPS 1000

typedef struct
{
  gint64 messages;
  gint64 bytes;
} Sent;

/* What is to be added to a total. */
typedef struct
{
  gint64      mailboxes;
  gint64      direct;
  gint64      bytes;
  gint64      messages;
  GHashTable *sent; /* gint64 period -> Sent */
} Sum;

static void
sum_free (Sum *self)
{
  g_hash_table_unref (self->sent);
  g_free (self);
}

/* No sum of ours comes to where a number ends, whatever the totals in it are. */
static void
add (gint64 *sum, gint64 more)
{
  if (__builtin_add_overflow (*sum, more, sum))
    *sum = more > 0 ? G_MAXINT64 : -G_MAXINT64;
}

static GHashTable *
new_sums (void)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) sum_free);
}

static Sum *
get_sum (GHashTable *sums, gint64 row)
{
  Sum *sum = g_hash_table_lookup (sums, &row);

  if (sum != NULL)
    return sum;
  sum = g_new0 (Sum, 1);
  sum->sent = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_hash_table_insert (sums, g_memdup2 (&row, sizeof row), sum);
  return sum;
}

static void
add_sent (Sum *sum, gint64 period, gint64 messages, gint64 bytes)
{
  Sent *sent = g_hash_table_lookup (sum->sent, &period);

  if (sent == NULL)
    {
      sent = g_new0 (Sent, 1);
      g_hash_table_insert (sum->sent, g_memdup2 (&period, sizeof period), sent);
    }
  add (&sent->messages, messages);
  add (&sent->bytes, bytes);
}

static void
add_sum (Sum *into, const Sum *sum, gboolean directly)
{
  GHashTableIter iter;
  gpointer       period, sent;

  into->mailboxes += sum->mailboxes;
  into->direct += directly ? sum->direct : 0;
  add (&into->bytes, sum->bytes);
  add (&into->messages, sum->messages);
  g_hash_table_iter_init (&iter, sum->sent);
  while (g_hash_table_iter_next (&iter, &period, &sent))
    add_sent (into, *(gint64 *) period, ((Sent *) sent)->messages, ((Sent *) sent)->bytes);
}

/* What is owed to @row, which is counted upwards when it is written. */
static Sum *
get_owed (MsTxn *txn, gint64 row)
{
  if (txn->usage == NULL)
    txn->usage = new_sums ();
  return get_sum (txn->usage, row);
}

void
ms_txn_note_moved (MsTxn *self, gint64 row)
{
  g_array_append_val (self->moved, row);
}

void
ms_txn_usage_forget (MsTxn *self)
{
  g_clear_pointer (&self->usage, g_hash_table_unref);
}

/* Writing totals ------------------------------------------------------------------------------ */

/* A total and what comes to it or goes, between nothing and the most: who gets there has numbers
 * that cannot be, and must not be kept by them from changing anything else. */
#define GIVEN(parameter) "CAST(" parameter " AS BIGINT)"
#define ADDED(total, more)                                                                         \
  "CASE WHEN " more " > 0 AND " total " > " MS_USAGE_MOST_TOTAL_SQL " - " more                     \
  " THEN " MS_USAGE_MOST_TOTAL_SQL " WHEN " total " + " more " < 0 THEN 0"                         \
  " ELSE " total " + " more " END"
#define ADD_PERIOD                                                                                 \
  "INSERT INTO usage_period"                                                                       \
  " (obj, period, mailboxes, stored_bytes, stored_messages, sent_messages, sent_bytes)"            \
  " VALUES ($1, $2, $3, $4, $5, " ADDED ("0", GIVEN ("$6")) ", " ADDED (                           \
      "0", GIVEN ("$7")) ")"                                                                       \
                         " ON CONFLICT (obj, period) DO UPDATE SET"                                \
                         " sent_messages = " ADDED ("usage_period.sent_messages",                  \
                                                    GIVEN ("$6")) ","                              \
                                                                  " sent_bytes = " ADDED (         \
                                                                      "usage_period.sent_bytes",   \
                                                                      GIVEN ("$7"))

gboolean
ms_txn_put_period (
    MsTxn *self, gint64 row, const MsUsagePeriod *period, gboolean add, GError **error)
{
  return ms_sql_run (
      self->sql,
      error,
      add ? ADD_PERIOD
          : "INSERT INTO usage_period"
            " (obj, period, mailboxes, stored_bytes, stored_messages, sent_messages, sent_bytes)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (obj, period) DO UPDATE SET"
            " mailboxes = excluded.mailboxes, stored_bytes = excluded.stored_bytes,"
            " stored_messages = excluded.stored_messages,"
            " sent_messages = excluded.sent_messages, sent_bytes = excluded.sent_bytes",
      "iiiiiii",
      row,
      period->period,
      period->mailboxes,
      period->stored_bytes,
      period->stored_messages,
      period->sent_messages,
      period->sent_bytes);
}

static gboolean
write_sent (MsTxn *txn, gint64 row, const Sum *sum, GError **error)
{
  GHashTableIter iter;
  gpointer       period, sent;

  g_hash_table_iter_init (&iter, sum->sent);
  while (g_hash_table_iter_next (&iter, &period, &sent))
    {
      MsUsagePeriod more
          = { *(gint64 *) period, MS_USAGE_UNKNOWN,          MS_USAGE_UNKNOWN,
              MS_USAGE_UNKNOWN,   ((Sent *) sent)->messages, ((Sent *) sent)->bytes };
      if ((more.sent_messages != 0 || more.sent_bytes != 0)
          && !ms_txn_put_period (txn, row, &more, TRUE, error))
        return FALSE;
    }
  return TRUE;
}

/* The month at hand as it is now, and the total by what that month has. */
static gboolean
write_total (MsTxn *txn, gint64 row, const Sum *sum, gint64 now, GError **error)
{
  return ms_sql_run (txn->sql,
                     error,
                     "UPDATE usage_total SET mailboxes = mailboxes + $1, direct = direct + $2,"
                     " stored_bytes = " ADDED ("stored_bytes",
                                               GIVEN ("$3")) ","
                                                             " stored_messages = " ADDED (
                                                                 "stored_messages",
                                                                 GIVEN ("$4")) " WHERE obj = $5",
                     "iiiii",
                     sum->mailboxes,
                     sum->direct,
                     sum->bytes,
                     sum->messages,
                     row)
         && write_sent (txn, row, sum, error)
         && ms_sql_run (txn->sql,
                        error,
                        "INSERT INTO usage_period (obj, period, mailboxes, stored_bytes,"
                        " stored_messages, sent_messages, sent_bytes)"
                        " SELECT obj, $1, mailboxes, stored_bytes, stored_messages, 0, 0"
                        " FROM usage_total WHERE obj = $2 ON CONFLICT (obj, period) DO UPDATE SET"
                        " mailboxes = excluded.mailboxes, stored_bytes = excluded.stored_bytes,"
                        " stored_messages = excluded.stored_messages",
                        "ii",
                        now,
                        row)
         && ms_sql_run (txn->sql,
                        error,
                        "UPDATE usage_total SET sent_period = p.period,"
                        " sent_messages = p.sent_messages, sent_bytes = p.sent_bytes"
                        " FROM usage_period p WHERE p.obj = usage_total.obj AND p.period = $1"
                        " AND usage_total.obj = $2",
                        "ii",
                        now,
                        row);
}

/* From @row to the root, or to what has come loose from it. */
static gboolean
climb (MsTxn *txn, gint64 row, const Sum *owed, GHashTable *totals, GError **error)
{
  gint64 at = row;

  for (guint i = 0; at >= 0 && i < MOST_STEPS; i++)
    {
      gint64 parent = -1;
      add_sum (get_sum (totals, at), owed, at == row);
      if (!ms_sql_get_int (
              txn->sql, &parent, error, "SELECT parent FROM usage_total WHERE obj = $1", "i", at))
        return FALSE;
      at = parent;
    }
  return TRUE;
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  gint64 one = *(const gint64 *) a;
  gint64 other = *(const gint64 *) b;

  return (one > other) - (one < other);
}

gboolean
ms_txn_usage_flush (MsTxn *self, GError **error)
{
  GHashTableIter iter;
  gpointer       row, sum;

  if (self->usage == NULL)
    return TRUE;
  g_autoptr (GHashTable) owed = g_steal_pointer (&self->usage);
  g_autoptr (GHashTable) totals = new_sums ();
  gint64 now = 0;
  if (!ms_txn_get_usage_month (self, &now, error))
    return FALSE;
  g_hash_table_iter_init (&iter, owed);
  while (g_hash_table_iter_next (&iter, &row, &sum))
    if (!climb (self, *(gint64 *) row, sum, totals, error))
      return FALSE;
  g_autoptr (GList) rows = g_list_sort (g_hash_table_get_keys (totals), compare_rows);
  for (GList *at = rows; at != NULL; at = at->next)
    if (!write_total (
            self, *(gint64 *) at->data, g_hash_table_lookup (totals, at->data), now, error))
      return FALSE;
  return TRUE;
}

/* What is counted of something that is there ------------------------------------------------- */

static gboolean
add_periods (MsTxn *txn, gint64 obj, gint64 since, Sum *sum, int sign, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT period, sent_messages, sent_bytes FROM usage_period"
                             " WHERE obj = $1 AND period >= $2",
                             "ii",
                             obj,
                             since);

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      add_sent (sum,
                ms_statement_get_int (statement, 0),
                ms_statement_get_int (statement, 1) * sign,
                ms_statement_get_int (statement, 2) * sign);
    }
  return FALSE;
}

gboolean
ms_txn_usage_count (MsTxn   *self,
                    gint64   obj,
                    gint64   container,
                    gboolean is_group,
                    gint64   since,
                    int      sign,
                    GError **error)
{
  Sum     *sum = get_owed (self, container);
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      self->sql,
      error,
      is_group ? "SELECT mailboxes, stored_bytes, stored_messages FROM usage_total WHERE obj = $1"
               : "SELECT 1, stored_bytes, stored_messages FROM usage_reading WHERE obj = $1",
      "i",
      obj);

  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  if (!row)
    return TRUE;
  sum->mailboxes += ms_statement_get_int (statement, 0) * sign;
  sum->direct += is_group ? 0 : sign;
  add (&sum->bytes, MAX (ms_statement_get_int (statement, 1), 0) * sign);
  add (&sum->messages, MAX (ms_statement_get_int (statement, 2), 0) * sign);
  return add_periods (self, obj, since, sum, sign, error);
}

/* Readings ------------------------------------------------------------------------------------ */

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

/* What of @known differs from @before is owed to where it is counted. */
static void
owe_stored (MsTxn *txn, const Known *before, const Known *known)
{
  gint64 places[] = { known->group, known->domain };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      if (places[i] < 0 || (i == 1 && places[i] == 0))
        continue;
      Sum *sum = get_owed (txn, places[i]);
      add (&sum->bytes,
           MAX (known->values[STORED_BYTES], 0) - MAX (before->values[STORED_BYTES], 0));
      add (&sum->messages,
           MAX (known->values[STORED_MESSAGES], 0) - MAX (before->values[STORED_MESSAGES], 0));
    }
}

static void
owe_sent (MsTxn *txn, const Known *known, gint64 period, gint64 messages, gint64 bytes)
{
  if (known->group >= 0)
    add_sent (get_owed (txn, known->group), period, messages, bytes);
  if (known->domain > 0)
    add_sent (get_owed (txn, known->domain), period, messages, bytes);
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
  MsUsagePeriod period = { 0 };
  gboolean      found = FALSE;

  if (!ms_txn_get_usage_month (txn, &period.period, error)
      || !load_period (txn, row, &period, &found, error))
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
  if (reading->last_access > values[LAST_ACCESS])
    {
      values[LAST_ACCESS] = reading->last_access;
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

/* What was taken of a mailbox by a clock that was ahead would stay until that time has come: it is
 * unknown, and its months are taken out of the totals. @changed: (inout) */
static gboolean
forget_future (MsTxn *txn, gint64 row, Known *known, gboolean *changed, GError **error)
{
  gint64  latest = ms_usage_get_time () + MS_USAGE_GRACE;
  gint64 *values = known->values;
  gint64  month = 0;
  Sum    *sum;

  if (!ms_txn_get_usage_month (txn, &month, error))
    return FALSE;
  gint64 last = month + MS_USAGE_MONTHS_AHEAD;
  if (values[MEASURED] <= latest && values[LAST_ACCESS] <= latest && known->sent_period <= last)
    return TRUE;
  *changed = TRUE;
  if (values[LAST_ACCESS] > latest)
    values[LAST_ACCESS] = 0;
  gint64 places[] = { known->group, known->domain > 0 ? known->domain : -1 };
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (places[i] >= 0 && (sum = get_owed (txn, places[i])) != NULL
        && !add_periods (txn, row, last + 1, sum, -1, error))
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
  known.values[MEASURED] = ms_usage_get_time ();
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

  for (guint i = 0; i < periods->len; i++)
    if (!ms_txn_put_period (self, row, &g_array_index (periods, MsUsagePeriod, i), FALSE, error))
      return FALSE;
  ms_txn_note_moved (self, row);
  return write_known (self, row, &known, error)
         && ms_sql_run (self->sql,
                        error,
                        "UPDATE usage_reading SET out_since = $1 WHERE obj = $2",
                        "ii",
                        out_since,
                        row);
}
