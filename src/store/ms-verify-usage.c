/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is measured: readings with the mailboxes that they are of and with where these are, and the
 * totals of mail groups, domains and the store with the readings that they are made of.
 */
#include "ms-verify-private.h"

#include "ms-txn-usage-private.h"
#include "ms-reading.h"

#define LAST_MONTH "119999" /* of the year 9999 */

/* SQL, a line a clause: clang-format breaks it in the middle of words. */
/* clang-format off */
#define NAME(table) table ".type || ' ' || " table ".id || ' “' || " table ".label || '”'"
#define KNOWN(column) \
  "CASE WHEN " column " BETWEEN 0 AND " MS_USAGE_MOST_SQL " THEN " column " ELSE 0 END"
/* Where totals stop too, and never more than a number can be on the way there. */
#define HALVES(what) "SUM((" what ") / 1048576) * 1048576 + SUM((" what ") % 1048576)"
#define SUM(what) \
  "CAST(CASE WHEN SUM((" what ") / 1048576) >= " MS_USAGE_MOST_TOTAL_SQL " / 1048576" \
  " THEN " MS_USAGE_MOST_TOTAL_SQL " ELSE " HALVES (what) " END AS BIGINT)"

/* Which mail groups are in which, each in itself too; 0 is the root. */
#define TREE \
  "WITH RECURSIVE tree (top, n) AS (" \
  "  SELECT obj, obj FROM usage_total WHERE parent >= -1" \
  "  UNION SELECT t.top, c.obj FROM tree t JOIN usage_total c ON c.parent = t.n)"

/* A total, what it says, and what its readings make. */
#define SELECT_STORED \
  TREE \
  ", here (n, mailboxes, bytes, messages) AS (" \
  "  SELECT grp, count(*), " SUM (KNOWN ("stored_bytes")) ", " SUM (KNOWN ("stored_messages")) \
  "  FROM usage_reading WHERE grp >= 0 GROUP BY grp)" \
  ", below (n, mailboxes, bytes, messages) AS (" \
  "  SELECT t.top, " SUM ("h.mailboxes") ", " SUM ("h.bytes") ", " SUM ("h.messages") \
  "  FROM tree t JOIN here h ON h.n = t.n GROUP BY t.top UNION ALL" \
  "  SELECT dom, count(*), " SUM (KNOWN ("stored_bytes")) ", " SUM (KNOWN ("stored_messages")) \
  "  FROM usage_reading WHERE dom > 0 GROUP BY dom)" \
  " SELECT COALESCE(" NAME ("o") ", 'The store')" \
  ", t.mailboxes, t.stored_bytes, t.stored_messages, t.direct" \
  ", COALESCE(b.mailboxes, 0), COALESCE(b.bytes, 0), COALESCE(b.messages, 0)" \
  ", CASE WHEN t.parent = " MS_USAGE_DOMAINS_SQL " THEN COALESCE(b.mailboxes, 0)" \
  "  ELSE COALESCE(h.mailboxes, 0) END" \
  " FROM usage_total t LEFT JOIN object o ON o.n = t.obj" \
  " LEFT JOIN below b ON b.n = t.obj LEFT JOIN here h ON h.n = t.obj ORDER BY t.obj"

/* The months that are not over, of each total. */
#define SELECT_SENT \
  TREE \
  ", own (n, dom, period, messages, bytes) AS (" \
  "  SELECT u.grp, u.dom, p.period, p.sent_messages, p.sent_bytes" \
  "  FROM usage_reading u JOIN usage_period p ON p.obj = u.obj" \
  "  WHERE u.grp >= 0 AND p.period >= $1)" \
  ", real (n, period, messages, bytes) AS (" \
  "  SELECT t.top, w.period, " SUM (KNOWN ("w.messages")) ", " SUM (KNOWN ("w.bytes")) \
  "  FROM tree t JOIN own w ON w.n = t.n GROUP BY t.top, w.period UNION ALL" \
  "  SELECT dom, period, " SUM (KNOWN ("messages")) ", " SUM (KNOWN ("bytes")) \
  "  FROM own WHERE dom > 0 GROUP BY dom, period)" \
  ", said (n, period, messages, bytes) AS (" \
  "  SELECT t.obj, p.period, p.sent_messages, p.sent_bytes" \
  "  FROM usage_total t JOIN usage_period p ON p.obj = t.obj WHERE p.period >= $1)" \
  ", both_ (n, period) AS (SELECT n, period FROM real UNION SELECT n, period FROM said)" \
  " SELECT COALESCE(" NAME ("o") ", 'The store'), b.period" \
  ", COALESCE(s.messages, 0), COALESCE(s.bytes, 0), COALESCE(r.messages, 0), COALESCE(r.bytes, 0)" \
  " FROM both_ b LEFT JOIN object o ON o.n = b.n" \
  " LEFT JOIN real r ON r.n = b.n AND r.period = b.period" \
  " LEFT JOIN said s ON s.n = b.n AND s.period = b.period ORDER BY b.n, b.period"

/* One row a problem: of whom, and what is wrong. $1, $2: relations of mailboxes and of mail groups
 * to the mail group that they are in. */
static const char *const strays[] = {
  "SELECT 'Row ' || CAST(u.obj AS TEXT), 'there is a reading of what is no mailbox'"
  " FROM usage_reading u LEFT JOIN object o ON o.n = u.obj AND o.type = 'Mailbox'"
  " WHERE o.n IS NULL AND $1 = $1 AND $2 = $2 ORDER BY u.obj",

  "SELECT " NAME ("o") ", 'its reading has a number that cannot be'"
  " FROM usage_reading u JOIN object o ON o.n = u.obj"
  " WHERE (u.stored_bytes NOT BETWEEN -1 AND " MS_USAGE_MOST_SQL
  " OR u.stored_messages NOT BETWEEN -1 AND " MS_USAGE_MOST_SQL
  " OR u.sent_bytes NOT BETWEEN -1 AND " MS_USAGE_MOST_SQL
  " OR u.sent_messages NOT BETWEEN -1 AND " MS_USAGE_MOST_SQL ")"
  " AND $1 = $1 AND $2 = $2 ORDER BY u.obj",

  "SELECT " NAME ("o") ", 'a month of it has a number that cannot be'"
  " FROM usage_period p JOIN object o ON o.n = p.obj JOIN usage_reading u ON u.obj = p.obj"
  " WHERE (p.stored_bytes NOT BETWEEN -1 AND " MS_USAGE_MOST_SQL
  " OR p.stored_messages NOT BETWEEN -1 AND " MS_USAGE_MOST_SQL
  " OR p.sent_bytes NOT BETWEEN 0 AND " MS_USAGE_MOST_SQL
  " OR p.sent_messages NOT BETWEEN 0 AND " MS_USAGE_MOST_SQL
  /* measured in it or not: only then something is known to have been stored */
  " OR p.mailboxes NOT IN (-1, 1)"
  " OR (p.mailboxes = -1 AND (p.stored_bytes <> -1 OR p.stored_messages <> -1)))"
  " AND $1 = $1 AND $2 = $2 ORDER BY p.obj, p.period",

  "SELECT COALESCE(" NAME ("o") ", 'The store'), 'a month of it has a number that cannot be'"
  " FROM usage_period p LEFT JOIN object o ON o.n = p.obj"
  " WHERE (o.type IN ('MailGroup', 'Domain') OR p.obj = 0)"
  " AND (p.mailboxes NOT BETWEEN -1 AND " MS_USAGE_MOST_TOTAL_SQL
  " OR p.stored_bytes NOT BETWEEN -1 AND " MS_USAGE_MOST_TOTAL_SQL
  " OR p.stored_messages NOT BETWEEN -1 AND " MS_USAGE_MOST_TOTAL_SQL
  " OR p.sent_bytes NOT BETWEEN 0 AND " MS_USAGE_MOST_TOTAL_SQL
  " OR p.sent_messages NOT BETWEEN 0 AND " MS_USAGE_MOST_TOTAL_SQL ")"
  " AND $1 = $1 AND $2 = $2 ORDER BY p.obj, p.period",

  "SELECT DISTINCT " NAME ("o") ", 'it sent something in months after the one that its reading says'"
  " FROM usage_reading u JOIN object o ON o.n = u.obj"
  " JOIN usage_period p ON p.obj = u.obj AND p.period > u.sent_period"
  " WHERE (p.sent_messages > 0 OR p.sent_bytes > 0) AND $1 = $1 AND $2 = $2",

  "SELECT " NAME ("o") ", 'its reading is not counted in the mail group that it is in'"
  " FROM usage_reading u JOIN object o ON o.n = u.obj"
  " LEFT JOIN link l ON l.from_n = u.obj AND l.attr = $1"
  " WHERE u.grp <> CASE WHEN o.deleted IS NULL THEN COALESCE(l.to_n, 0) ELSE -1 END"
  " AND $2 = $2 ORDER BY u.obj",

  "SELECT " NAME ("o") ", 'its reading is sorted by another name'"
  " FROM usage_reading u JOIN object o ON o.n = u.obj"
  " WHERE u.grp >= 0 AND u.name_key <> o.label_key AND $1 = $1 AND $2 = $2 ORDER BY u.obj",

  "SELECT " NAME ("o") ", 'what it sent last is not what its month says'"
  " FROM usage_reading u JOIN object o ON o.n = u.obj"
  " LEFT JOIN usage_period p ON p.obj = u.obj AND p.period = u.sent_period"
  " WHERE u.sent_period > 0 AND (p.obj IS NULL"
  " OR p.sent_messages <> " KNOWN ("u.sent_messages")
  " OR p.sent_bytes <> " KNOWN ("u.sent_bytes") ")"
  " AND $1 = $1 AND $2 = $2 ORDER BY u.obj",

  "SELECT " NAME ("o") ", 'it has no total of what is used'"
  " FROM object o LEFT JOIN usage_total t ON t.obj = o.n"
  " WHERE o.type IN ('MailGroup', 'Domain') AND o.deleted IS NULL"
  " AND t.obj IS NULL AND $1 = $1 AND $2 = $2 ORDER BY o.n",

  "SELECT 'The store', 'it has no total of what is used' WHERE $1 = $1 AND $2 = $2"
  " AND NOT EXISTS (SELECT 1 FROM usage_total WHERE obj = 0 AND parent = -1)",

  "SELECT DISTINCT 'Row ' || CAST(p.obj AS TEXT), 'there are months of what is no object'"
  " FROM usage_period p LEFT JOIN object o ON o.n = p.obj"
  " AND o.type IN ('Mailbox', 'MailGroup', 'Domain')"
  " WHERE o.n IS NULL AND p.obj <> 0 AND $1 = $1 AND $2 = $2",

  "SELECT DISTINCT " NAME ("o") ", 'there are months of it and no reading'"
  " FROM usage_period p JOIN object o ON o.n = p.obj AND o.type = 'Mailbox'"
  " LEFT JOIN usage_reading u ON u.obj = p.obj WHERE u.obj IS NULL AND $1 = $1 AND $2 = $2",

  "SELECT COALESCE(" NAME ("o") ", 'The store'),"
  " 'what its last month says is stored is not what its total says'"
  " FROM usage_total t LEFT JOIN object o ON o.n = t.obj"
  " JOIN usage_period p ON p.obj = t.obj AND p.period = t.sent_period"
  " WHERE (p.mailboxes <> t.mailboxes OR p.stored_bytes <> t.stored_bytes"
  " OR p.stored_messages <> t.stored_messages) AND $1 = $1 AND $2 = $2 ORDER BY t.obj",

  "SELECT 'Row ' || CAST(t.obj AS TEXT),"
  " 'there is a total of what is used, and no mail group or domain'"
  " FROM usage_total t LEFT JOIN object o ON o.n = t.obj AND o.deleted IS NULL"
  " AND o.type IN ('MailGroup', 'Domain')"
  " WHERE o.n IS NULL AND t.obj <> 0 AND $1 = $1 AND $2 = $2 ORDER BY t.obj",

  "SELECT " NAME ("o") ", 'its total of what is used is counted or sorted elsewhere'"
  " FROM usage_total t JOIN object o ON o.n = t.obj"
  " LEFT JOIN link l ON l.from_n = t.obj AND l.attr = $2"
  " WHERE $1 = $1 AND (t.name_key <> o.label_key"
  " OR t.parent <> CASE WHEN o.type = 'Domain' THEN " MS_USAGE_DOMAINS_SQL
  " ELSE COALESCE(l.to_n, 0) END)"
  " ORDER BY t.obj",

  "SELECT COALESCE(" NAME ("o") ", 'The store'),"
  " 'what its total says was sent last is not what its month says'"
  " FROM usage_total t LEFT JOIN object o ON o.n = t.obj"
  " LEFT JOIN usage_period p ON p.obj = t.obj AND p.period = t.sent_period"
  " WHERE t.sent_period > 0 AND (p.obj IS NULL"
  " OR p.sent_messages <> t.sent_messages OR p.sent_bytes <> t.sent_bytes)"
  " AND $1 = $1 AND $2 = $2 ORDER BY t.obj",
};

/* The month at hand, of what was measured or counted in it; not what was said of it before. */
#define SELECT_AT_HAND \
  "SELECT " NAME ("o") ", 'what is stored is not what its month says'" \
  " FROM usage_reading u JOIN object o ON o.n = u.obj" \
  " JOIN usage_period p ON p.obj = u.obj AND p.period = $1 WHERE p.mailboxes = 1" \
  " AND ((p.stored_bytes <> u.stored_bytes AND p.stored_bytes >= 0 AND u.stored_bytes >= 0)" \
  " OR (p.stored_messages <> u.stored_messages" \
  "  AND p.stored_messages >= 0 AND u.stored_messages >= 0))" \
  " UNION ALL" \
  " SELECT COALESCE(" NAME ("o") ", 'The store')," \
  " 'what its total says was sent last is of an earlier month than its last one'" \
  " FROM usage_total t LEFT JOIN object o ON o.n = t.obj" \
  " JOIN usage_period p ON p.obj = t.obj AND p.period = $1" \
  " WHERE t.sent_period < $1 AND p.mailboxes >= 0" \
  " AND (p.sent_messages > 0 OR p.sent_bytes > 0)"

#define SELECT_MONTHS \
  "SELECT COALESCE(" NAME ("o") ", 'The store'), p.period" \
  " FROM usage_period p LEFT JOIN object o ON o.n = p.obj" \
  " WHERE p.period NOT BETWEEN 1 AND " LAST_MONTH " AND (o.n IS NOT NULL OR p.obj = 0)" \
  " ORDER BY p.obj, p.period"

#define SELECT_OUT \
  "SELECT " NAME ("o") ", u.obj, u.grp, u.out_since, COALESCE(o.deleted, 0)" \
  " FROM usage_reading u JOIN object o ON o.n = u.obj" \
  " WHERE (u.grp >= 0 AND u.out_since <> 0) OR u.grp < 0 ORDER BY u.obj"

#define SELECT_DOMAINS \
  "WITH said (obj, key) AS MATERIALIZED (SELECT obj, key FROM value WHERE attr = $1 AND elem = 0)" \
  " SELECT " NAME ("o") ", 'its reading is not counted in the domain that it is in'" \
  " FROM usage_reading u JOIN object o ON o.n = u.obj LEFT JOIN said s ON s.obj = u.obj" \
  " LEFT JOIN uniq q ON q.key = s.key AND q.scope = $2" \
  " WHERE u.dom <> CASE WHEN o.deleted IS NULL THEN COALESCE(q.obj, 0) ELSE -1 END" \
  " ORDER BY u.obj"
/* clang-format on */

typedef void (*RowFunc) (MsVerifier *self, MsStatement *row);

/* @statement: (transfer full) (nullable) */
static gboolean
for_each (MsVerifier *self, MsStatement *rows, RowFunc func, GError **error)
{
  g_autoptr (MsStatement) statement = rows;
  gboolean row = TRUE;

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      func (self, statement);
    }
  return FALSE;
}

static void
complain (MsVerifier *self, MsStatement *row)
{
  ms_verifier_complain (
      self, "%s: %s", ms_statement_get_text (row, 0), ms_statement_get_text (row, 1));
}

static void
complain_of_month (MsVerifier *self, MsStatement *row)
{
  g_autofree char *period = ms_usage_period_format (ms_statement_get_int (row, 1));

  ms_verifier_complain (self,
                        "%s: there is a month of it that cannot be: %s",
                        ms_statement_get_text (row, 0),
                        period);
}

/* What was deleted by a clock that was ahead is so since a month that is still to come. One that is
 * before the deletion is looked at more closely: of it the totals would have once more what they
 * have, with a mailbox that is restored. @last: which the store has come to */
static gboolean
check_out_since (MsVerifier *self,
                 gint64      obj,
                 gint64      since,
                 gint64      last,
                 gint64      deleted,
                 gboolean   *is_right,
                 GError    **error)
{
  gint64 month = ms_usage_period_of (MAX (deleted, 0));
  gint64 least = 1;

  if (since < month && month <= last
      && !ms_usage_find_least_out (self->txn->sql, obj, &least, error))
    return FALSE;
  *is_right = since >= least && (since <= last || since <= month + MS_USAGE_MONTHS_AHEAD);
  return TRUE;
}

static gboolean
check_out (MsVerifier *self, gint64 last, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (self->txn->sql, error, SELECT_OUT, "");

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (ms_statement_step (statement, &row, error))
    {
      gboolean is_right = FALSE;
      if (!row)
        return TRUE;
      gint64 since = ms_statement_get_int (statement, 3);
      if (ms_statement_get_int (statement, 2) < 0
          && !check_out_since (self,
                               ms_statement_get_int (statement, 1),
                               since,
                               last,
                               ms_statement_get_int (statement, 4),
                               &is_right,
                               error))
        return FALSE;
      g_autofree char *name = ms_usage_period_format (since);
      if (!is_right)
        ms_verifier_complain (self,
                              "%s: totals do not have it since a month that cannot be: %s",
                              ms_statement_get_text (statement, 0),
                              name);
    }
  return FALSE;
}

static void
compare_stored (MsVerifier *self, MsStatement *row)
{
  static const char *const figures[]
      = { "measured mailboxes", "stored bytes", "stored messages", "mailboxes directly in it" };

  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    if (ms_statement_get_int (row, 1 + i) != ms_statement_get_int (row, 5 + i))
      ms_verifier_complain (self,
                            "%s: its total of %s says %" G_GINT64_FORMAT
                            ", the readings make %" G_GINT64_FORMAT,
                            ms_statement_get_text (row, 0),
                            figures[i],
                            ms_statement_get_int (row, 1 + i),
                            ms_statement_get_int (row, 5 + i));
}

static void
compare_sent (MsVerifier *self, MsStatement *row)
{
  static const char *const figures[] = { "messages", "bytes" };

  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    if (ms_statement_get_int (row, 2 + i) != ms_statement_get_int (row, 4 + i))
      {
        g_autofree char *period = ms_usage_period_format (ms_statement_get_int (row, 1));
        ms_verifier_complain (self,
                              "%s: its total of %s sent in %s says %" G_GINT64_FORMAT
                              ", the readings make %" G_GINT64_FORMAT,
                              ms_statement_get_text (row, 0),
                              figures[i],
                              period,
                              ms_statement_get_int (row, 2 + i),
                              ms_statement_get_int (row, 4 + i));
      }
}

static gboolean
check_places (MsVerifier *self, GError **error)
{
  MsTxn                *txn = self->txn;
  const MsResourceType *mailbox
      = ms_schema_registry_get_type_by_name (txn->schemas, MS_TYPE_NAME_MAILBOX);
  const MsResourceType *domain
      = ms_schema_registry_get_type_by_name (txn->schemas, MS_TYPE_NAME_DOMAIN);
  const MsAttribute *in = ms_resource_type_find (mailbox, "domain");
  const MsAttribute *name = ms_resource_type_find (domain, "name");
  gint64             group = ms_index_get_relation (txn->index, MS_TYPE_NAME_MAILBOX, "group");
  gint64             parent = ms_index_get_relation (txn->index, MS_TYPE_NAME_MAIL_GROUP, "parent");

  for (guint i = 0; i < G_N_ELEMENTS (strays); i++)
    if (!for_each (
            self, ms_sql_query (txn->sql, error, strays[i], "ii", group, parent), complain, error))
      return FALSE;
  return for_each (self,
                   ms_sql_query (txn->sql,
                                 error,
                                 SELECT_DOMAINS,
                                 "is",
                                 ms_index_get_number (txn->index, mailbox, in),
                                 name->unique_scope),
                   complain,
                   error);
}

gboolean
ms_verifier_check_usage (MsVerifier *self, GError **error)
{
  MsSql       *sql = self->txn->sql;
  MsUsageClock clock;

  return ms_progress_report (self->progress, "checking what is used", 0, 0, error)
         && check_places (self, error)
         && for_each (self, ms_sql_query (sql, error, SELECT_MONTHS, ""), complain_of_month, error)
         && for_each (self, ms_sql_query (sql, error, SELECT_STORED, ""), compare_stored, error)
         && ms_txn_usage_get_clock (self->txn, &clock, error)
         && check_out (self, clock.since, error)
         && for_each (
             self, ms_sql_query (sql, error, SELECT_AT_HAND, "i", clock.since), complain, error)
         && for_each (
             self, ms_sql_query (sql, error, SELECT_SENT, "i", clock.since), compare_sent, error);
}
