/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading what is used: of one object, of what is directly in it, and month by month. A page of
 * children is found by an index that has what they are sorted by, and only what is on it is looked
 * at as a whole.
 */
#include "ms-txn-usage-private.h"

#include <string.h>

#define STORE_ROW (G_GINT64_CONSTANT (0))

/* One object ---------------------------------------------------------------------------------- */

/* Of a mailbox and of a total, the same number of columns. The month at hand of a total is asked
 * for: what was sent in it may have been said before it began, and the total be as it was then. A
 * mailbox is ahead of its month where the next one was said before it began; the month itself
 * counts what nobody has said as nothing. */
/* clang-format off */
#define READING_COLUMNS \
  "u.stored_bytes, u.stored_messages, COALESCE(p.period, u.sent_period)," \
  " CASE WHEN p.obj IS NULL THEN u.sent_messages" \
  " WHEN p.sent_messages > 0 THEN p.sent_messages ELSE -1 END," \
  " CASE WHEN p.obj IS NULL THEN u.sent_bytes" \
  " WHEN p.sent_bytes > 0 THEN p.sent_bytes ELSE -1 END," \
  " u.last_access, u.measured, 1, 0"
#define MONTH_OF_READING(month) \
  " LEFT JOIN usage_period p ON p.obj = u.obj AND p.period = " month \
  " AND u.sent_period > " month
#define TOTAL_COLUMNS \
  "u.stored_bytes, u.stored_messages, COALESCE(p.period, 0), p.sent_messages, p.sent_bytes," \
  " 0, 0, u.mailboxes, u.direct"
#define MONTH_OF_TOTAL(month) \
  " LEFT JOIN usage_period p ON p.obj = u.obj AND p.period = " month
/* clang-format on */

static void
read_figures (MsStatement *statement, gboolean is_mailbox, gint64 month, MsUsage *usage)
{
  gboolean is_of_now = ms_statement_get_int (statement, 2) == month;
  gint64   none = is_mailbox ? MS_USAGE_UNKNOWN : 0;

  usage->stored_bytes = ms_statement_get_int (statement, 0);
  usage->stored_messages = ms_statement_get_int (statement, 1);
  usage->sent_messages = is_of_now ? ms_statement_get_int (statement, 3) : none;
  usage->sent_bytes = is_of_now ? ms_statement_get_int (statement, 4) : none;
  usage->last_access = ms_statement_get_int (statement, 5);
  usage->measured = ms_statement_get_int (statement, 6);
  usage->mailboxes = ms_statement_get_int (statement, 7);
  usage->direct = ms_statement_get_int (statement, 8);
}

gboolean
ms_txn_get_usage (MsTxn *txn, MsObject *object, MsUsage *usage, GError **error)
{
  g_return_val_if_fail (txn != NULL && usage != NULL, FALSE);

  gboolean is_mailbox = ms_object_is_a (object, MS_TYPE_NAME_MAILBOX);
  gboolean row = FALSE;
  gint64   wanted = object != NULL ? ms_object_get_row (object) : STORE_ROW;
  gint64   month = 0;

  memset (usage, 0, sizeof *usage);
  usage->row = wanted;
  if (is_mailbox)
    usage->stored_bytes = usage->stored_messages = usage->sent_messages = usage->sent_bytes
        = MS_USAGE_UNKNOWN;
  if (!ms_txn_usage_settle (txn, error) || !ms_txn_get_usage_month (txn, &month, error))
    return FALSE;
  g_autoptr (MsStatement) statement
      = is_mailbox
            ? ms_sql_query (txn->sql,
                            error,
                            "SELECT " READING_COLUMNS
                            " FROM usage_reading u" MONTH_OF_READING ("$2") " WHERE u.obj = $1",
                            "ii",
                            wanted,
                            month)
            : ms_sql_query (txn->sql,
                            error,
                            "SELECT " TOTAL_COLUMNS
                            " FROM usage_total u" MONTH_OF_TOTAL ("$2") " WHERE u.obj = $1",
                            "ii",
                            wanted,
                            month);
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  if (row)
    read_figures (statement, is_mailbox, month, usage);
  if (object == NULL)
    return TRUE;
  usage->id = g_strdup (ms_object_get_id (object));
  usage->type_name = g_strdup (ms_object_get_type (object)->name);
  usage->label = g_strdup (ms_object_get_label (object));
  return TRUE;
}

GArray *
ms_txn_list_usage_periods (MsTxn *txn, MsObject *object, guint limit, GError **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  gboolean row = TRUE;
  gint64   month = 0;
  g_autoptr (GArray) periods = g_array_new (FALSE, FALSE, sizeof (MsUsagePeriod));
  if (!ms_txn_usage_settle (txn, error) || !ms_txn_get_usage_month (txn, &month, error))
    return NULL;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT period, mailboxes, stored_bytes, stored_messages,"
                             " sent_messages, sent_bytes FROM usage_period WHERE obj = $1"
                             " AND period <= $2 ORDER BY period DESC LIMIT $3",
                             "iii",
                             object != NULL ? ms_object_get_row (object) : STORE_ROW,
                             month + MS_USAGE_MONTHS_AHEAD,
                             (gint64) limit);
  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return g_steal_pointer (&periods);
      MsUsagePeriod period = {
        ms_statement_get_int (statement, 0), ms_statement_get_int (statement, 1),
        ms_statement_get_int (statement, 2), ms_statement_get_int (statement, 3),
        ms_statement_get_int (statement, 4), ms_statement_get_int (statement, 5),
      };
      g_array_append_val (periods, period);
    }
  return NULL;
}

/* Children ------------------------------------------------------------------------------------ */

/* What the indexes have, and so what can be sorted by: the object is the last part of each. */
static const struct
{
  const char *columns;
  const char *inner[2]; /* ascending, descending */
  const char *outer[2];
} orders[] = {
  [MS_USAGE_BY_NAME] = { "name_key",
                         { "name_key, obj", "name_key DESC, obj DESC" },
                         { "c.name_key, c.obj", "c.name_key DESC, c.obj DESC" } },
  [MS_USAGE_BY_STORED_BYTES] = { "stored_bytes",
                                 { "stored_bytes, obj", "stored_bytes DESC, obj DESC" },
                                 { "c.stored_bytes, c.obj", "c.stored_bytes DESC, c.obj DESC" } },
  /* What was sent in earlier months counts as nothing, and comes before what was sent in this. Who
     has the next month said before it began is sorted by that, and a total of which it was said
     comes to its place with the next reading. */
  [MS_USAGE_BY_SENT_BYTES]
  = { "sent_period, sent_bytes",
      { "sent_period, sent_bytes, obj", "sent_period DESC, sent_bytes DESC, obj DESC" },
      { "c.sent_period, c.sent_bytes, c.obj",
        "c.sent_period DESC, c.sent_bytes DESC, c.obj DESC" } },
};

static char *
make_query (gboolean mailboxes, gboolean of_domain, MsUsageOrder by, gboolean down)
{
  const char *table = mailboxes ? "usage_reading" : "usage_total";

  return g_strdup_printf ("SELECT %s, o.id, o.type, o.label, o.n FROM"
                          " (SELECT obj, %s FROM %s WHERE %s = $1 ORDER BY %s LIMIT $2 OFFSET $3) c"
                          " JOIN %s u ON u.obj = c.obj JOIN object o ON o.n = c.obj%s ORDER BY %s",
                          mailboxes ? READING_COLUMNS : TOTAL_COLUMNS,
                          orders[by].columns,
                          table,
                          !mailboxes  ? "parent"
                          : of_domain ? "dom"
                                      : "grp",
                          orders[by].inner[down],
                          table,
                          mailboxes ? MONTH_OF_READING ("$4") : MONTH_OF_TOTAL ("$4"),
                          orders[by].outer[down]);
}

static gboolean
count_children (MsTxn *txn, MsObject *object, MsUsageChildren kind, gint64 *total, GError **error)
{
  gint64 row = object != NULL ? ms_object_get_row (object) : STORE_ROW;

  *total = 0;
  if (kind == MS_USAGE_OF_DOMAINS)
    return ms_txn_count (txn,
                         MS_COUNT_OBJECTS,
                         ms_schema_registry_get_type_by_name (txn->schemas, MS_TYPE_NAME_DOMAIN),
                         total,
                         error);
  return ms_sql_get_int (txn->sql,
                         total,
                         error,
                         kind == MS_USAGE_OF_GROUPS
                             ? "SELECT groups FROM group_count WHERE obj = $1"
                             : "SELECT direct FROM usage_total WHERE obj = $1",
                         "i",
                         row);
}

static gboolean
read_children (
    MsStatement *statement, gboolean mailboxes, gint64 month, GPtrArray *out, GError **error)
{
  gboolean row = TRUE;

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      MsUsage *usage = g_new0 (MsUsage, 1);
      read_figures (statement, mailboxes, month, usage);
      usage->id = ms_statement_dup_text (statement, 9);
      usage->type_name = ms_statement_dup_text (statement, 10);
      usage->label = ms_statement_dup_text (statement, 11);
      usage->row = ms_statement_get_int (statement, 12);
      g_ptr_array_add (out, usage);
    }
  return FALSE;
}

GPtrArray *
ms_txn_list_usage_children (MsTxn          *txn,
                            MsObject       *object,
                            MsUsageChildren kind,
                            MsUsageOrder    order,
                            gboolean        descending,
                            gint64          start,
                            gint64          count,
                            gint64         *total,
                            GError        **error)
{
  g_return_val_if_fail (txn != NULL && total != NULL, NULL);

  gboolean mailboxes = kind == MS_USAGE_OF_MAILBOXES;
  gboolean of_domain = ms_object_is_a (object, MS_TYPE_NAME_DOMAIN);
  gint64   month = 0;
  gint64   row = kind == MS_USAGE_OF_DOMAINS ? MS_USAGE_DOMAINS
                 : object != NULL            ? ms_object_get_row (object)
                                             : STORE_ROW;
  g_autoptr (GPtrArray) children = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_usage_free);
  if (!ms_txn_usage_settle (txn, error) || !ms_txn_write_counts (txn, error)
      || !ms_txn_get_usage_month (txn, &month, error)
      || !count_children (txn, object, kind, total, error))
    return NULL;
  if (count <= 0 || start >= *total)
    return g_steal_pointer (&children);
  g_autofree char *text = make_query (mailboxes, of_domain, order, descending ? 1 : 0);
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql, error, text, "iiii", row, count, MAX (start, 0), month);
  return read_children (statement, mailboxes, month, children, error) ? g_steal_pointer (&children)
                                                                      : NULL;
}
