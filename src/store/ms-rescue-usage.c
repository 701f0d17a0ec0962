/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was measured, from a damaged store into the new one: readings and months of mailboxes, which
 * are counted anew, and months that are over of mail groups, domains and the store, which cannot
 * be.
 */
#include "ms-rescue-private.h"

#include <string.h>

/* What a month has, on from the one @after. (transfer full) (element-type MsUsagePeriod) */
static GArray *
read_periods (MsRescue *self, gint64 row, gint64 before, GError **error)
{
  GArray  *periods = g_array_new (FALSE, FALSE, sizeof (MsUsagePeriod));
  gint64   last = 0;
  gboolean more = TRUE;
  g_autoptr (MsStatement) found
             = ms_rescue_ask (self,
                              "SELECT period, mailboxes, stored_bytes, stored_messages,"
                              " sent_messages, sent_bytes FROM usage_period WHERE obj = $1"
                              " ORDER BY period",
                              row,
                              error);

  for (more = found != NULL; more;)
    {
      MsUsagePeriod period = {
        ms_statement_get_int (found, 0), ms_statement_get_int (found, 1),
        ms_statement_get_int (found, 2), ms_statement_get_int (found, 3),
        ms_statement_get_int (found, 4), ms_statement_get_int (found, 5),
      };
      if (!ms_sql_check_numbers (self->from, "months by number", last, period.period, error))
        break;
      last = period.period;
      if (period.period < before && period.sent_messages >= 0 && period.sent_bytes >= 0)
        g_array_append_val (periods, period);
      if (!ms_statement_step (found, &more, error))
        break;
    }
  self->from->lost = FALSE;
  return periods;
}

static gboolean
put_periods (MsTxn *txn, gint64 row, GArray *periods, GError **error)
{
  for (guint i = 0; i < periods->len; i++)
    if (!ms_txn_put_period (txn, row, &g_array_index (periods, MsUsagePeriod, i), FALSE, error))
      return FALSE;
  return TRUE;
}

/* What is sent last must be what that month says. */
static void
find_sent (GArray *periods, MsReading *reading)
{
  reading->period = 0;
  for (guint i = 0; i < periods->len; i++)
    {
      const MsUsagePeriod *period = &g_array_index (periods, MsUsagePeriod, i);
      if (period->sent_messages > 0 || period->sent_bytes > 0)
        {
          reading->period = period->period;
          reading->sent_messages = period->sent_messages;
          reading->sent_bytes = period->sent_bytes;
        }
    }
}

static gboolean
save_reading (MsRescue *self, MsTxn *txn, gint64 from, gint64 to, GError **lost, GError **error)
{
  g_autoptr (GArray) periods = read_periods (self, from, G_MAXINT64, lost);
  g_autoptr (GError) unread = NULL;
  g_autoptr (MsStatement) found = ms_rescue_ask (
      self,
      "SELECT stored_bytes, stored_messages, last_access, measured FROM usage_reading"
      " WHERE obj = $1",
      from,
      &unread);

  if (unread != NULL && lost != NULL && *lost == NULL)
    g_propagate_error (lost, g_steal_pointer (&unread));
  if (found == NULL)
    return put_periods (txn, to, periods, error);
  MsReading reading = MS_READING_INIT;
  reading.stored_bytes = MAX (ms_statement_get_int (found, 0), MS_USAGE_UNKNOWN);
  reading.stored_messages = MAX (ms_statement_get_int (found, 1), MS_USAGE_UNKNOWN);
  reading.last_access = MAX (ms_statement_get_int (found, 2), 0);
  find_sent (periods, &reading);
  return ms_txn_put_reading (txn, to, &reading, ms_statement_get_int (found, 3), periods, error);
}

gboolean
ms_rescue_save_usage (MsRescue *self, MsTxn *txn, MsObject *object, gint64 row, GError **error)
{
  const char *type = ms_object_get_type (object)->name;
  gint64      now = ms_usage_period_of (ms_usage_get_time ());
  gboolean    done = TRUE;
  g_autoptr (GError) lost = NULL;

  if (!self->has_usage)
    return TRUE;
  if (strcmp (type, MS_TYPE_NAME_MAILBOX) == 0)
    done = save_reading (self, txn, row, ms_object_get_row (object), &lost, error);
  else if (strcmp (type, MS_TYPE_NAME_MAIL_GROUP) == 0 || strcmp (type, MS_TYPE_NAME_DOMAIN) == 0)
    {
      g_autoptr (GArray) periods = read_periods (self, row, now, &lost);
      done = put_periods (txn, ms_object_get_row (object), periods, error);
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

gboolean
ms_rescue_save_usage_of_all (MsRescue *self, MsTxn *txn, GError **error)
{
  g_autoptr (GError) lost = NULL;

  /* Stores of earlier versions have none. */
  self->has_usage
      = ms_rescue_ask_int (self, "SELECT count(*) FROM sqlite_schema WHERE name = 'usage_period'")
        != 0;
  if (!self->has_usage)
    return TRUE;
  g_autoptr (GArray) periods
             = read_periods (self, 0, ms_usage_period_of (ms_usage_get_time ()), &lost);
  if (lost != NULL)
    ms_rescue_lose (self, "what all mailboxes used: %s", lost->message);
  return put_periods (txn, 0, periods, error);
}
