/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Totals, which are made of readings (ms-txn-usage-take.c). What they are owed is added up in
 * memory by the mail group and the domain that a mailbox is counted in; then each total on the way
 * up from there is written once, however many readings there were (ms_txn_usage_flush()).
 *
 * "usage_period" is what says how much was sent; what "usage_reading" and "usage_total" have of the
 * last month is a copy, by which reports are sorted.
 */
#include "ms-txn-usage-private.h"

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
ms_txn_usage_owe (MsTxn *self, gint64 container, gint64 bytes, gint64 messages)
{
  Sum *sum = get_owed (self, container);

  add (&sum->bytes, bytes);
  add (&sum->messages, messages);
}

void
ms_txn_usage_owe_sent (MsTxn *self, gint64 container, gint64 period, gint64 messages, gint64 bytes)
{
  add_sent (get_owed (self, container), period, messages, bytes);
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
  self->clock = (MsUsageClock){ 0, 0, 0 };
  self->month = 0;
}

/* Writing totals ------------------------------------------------------------------------------ */

/* A total and what comes to it or goes, between nothing and the most: who gets there has numbers
 * that cannot be, and must not be kept by them from changing anything else. */
/* SQL, a line a clause. */
/* clang-format off */
#define GIVEN(parameter) "CAST(" parameter " AS BIGINT)"
#define ADDED(total, more) \
  "CASE WHEN " more " > 0 AND " total " > " MS_USAGE_MOST_TOTAL_SQL " - " more \
  " THEN " MS_USAGE_MOST_TOTAL_SQL \
  " WHEN " total " + " more " < 0 THEN 0 ELSE " total " + " more " END"

#define PUT_PERIOD \
  "INSERT INTO usage_period" \
  " (obj, period, mailboxes, stored_bytes, stored_messages, sent_messages, sent_bytes)" \
  " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (obj, period) DO UPDATE SET" \
  " mailboxes = excluded.mailboxes, stored_bytes = excluded.stored_bytes," \
  " stored_messages = excluded.stored_messages," \
  " sent_messages = excluded.sent_messages, sent_bytes = excluded.sent_bytes"
#define ADD_PERIOD \
  "INSERT INTO usage_period" \
  " (obj, period, mailboxes, stored_bytes, stored_messages, sent_messages, sent_bytes)" \
  " VALUES ($1, $2, $3, $4, $5, " ADDED ("0", GIVEN ("$6")) ", " ADDED ("0", GIVEN ("$7")) ")" \
  " ON CONFLICT (obj, period) DO UPDATE SET" \
  " sent_messages = " ADDED ("usage_period.sent_messages", GIVEN ("$6")) "," \
  " sent_bytes = " ADDED ("usage_period.sent_bytes", GIVEN ("$7"))
#define ADD_TOTAL \
  "UPDATE usage_total SET mailboxes = mailboxes + $1, direct = direct + $2," \
  " stored_bytes = " ADDED ("stored_bytes", GIVEN ("$3")) "," \
  " stored_messages = " ADDED ("stored_messages", GIVEN ("$4")) \
  " WHERE obj = $5"
/* clang-format on */

gboolean
ms_txn_put_period (
    MsTxn *self, gint64 row, const MsUsagePeriod *period, gboolean add, GError **error)
{
  return ms_sql_run (self->sql,
                     error,
                     add ? ADD_PERIOD : PUT_PERIOD,
                     "iiiiiii",
                     row,
                     period->period,
                     period->mailboxes,
                     period->stored_bytes,
                     period->stored_messages,
                     period->sent_messages,
                     period->sent_bytes);
}

gboolean
ms_txn_put_periods (MsTxn *self, gint64 row, GArray *periods, GError **error)
{
  for (guint i = 0; i < periods->len; i++)
    if (!ms_txn_put_period (self, row, &g_array_index (periods, MsUsagePeriod, i), FALSE, error))
      return FALSE;
  return TRUE;
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

/* The month at hand as it is now, and the total by what that month has. @now: never before the one
 * that the store has come to */
static gboolean
write_total (MsTxn *txn, gint64 row, const Sum *sum, gint64 now, GError **error)
{
  return ms_sql_run (txn->sql,
                     error,
                     ADD_TOTAL,
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
  MsUsageClock   clock;

  if (self->usage == NULL)
    return TRUE;
  /* While it is owed: who counts anew looks whether anything is. */
  if (!ms_txn_usage_get_clock (self, &clock, error))
    return FALSE;
  g_autoptr (GHashTable) owed = g_steal_pointer (&self->usage);
  g_autoptr (GHashTable) totals = new_sums ();
  g_hash_table_iter_init (&iter, owed);
  while (g_hash_table_iter_next (&iter, &row, &sum))
    if (!climb (self, *(gint64 *) row, sum, totals, error))
      return FALSE;
  g_autoptr (GList) rows = g_list_sort (g_hash_table_get_keys (totals), compare_rows);
  for (GList *at = rows; at != NULL; at = at->next)
    if (!write_total (
            self, *(gint64 *) at->data, g_hash_table_lookup (totals, at->data), clock.since, error))
      return FALSE;
  return TRUE;
}

/* What is counted of something that is there ------------------------------------------------- */

gboolean
ms_txn_usage_owe_months (
    MsTxn *self, gint64 obj, gint64 container, gint64 since, int sign, GError **error)
{
  Sum     *sum = get_owed (self, container);
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (self->sql,
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
  return ms_txn_usage_owe_months (self, obj, container, since, sign, error);
}
