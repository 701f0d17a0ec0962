/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is counted of each mail group, and of all of them, with the links that say it.
 */
#include "ms-verify-private.h"

#include "ms-txn-private.h"

/* Row of a mail group, what is counted of it, and what is there; one row for the root. */
#define SELECT_GROUPS                                                                              \
  "WITH RECURSIVE tree (top, n) AS ("                                                              \
  "  SELECT n, n FROM object WHERE type = 'MailGroup' AND deleted IS NULL UNION"                   \
  "  SELECT t.top, l.from_n FROM tree t JOIN link l ON l.attr = $1 AND l.to_n = t.n),"             \
  " direct (n, number) AS (SELECT to_n, count(*) FROM link WHERE attr = $2 GROUP BY to_n),"        \
  " under (n, number) AS ("                                                                        \
  "  SELECT t.top, sum(d.number) FROM tree t JOIN direct d ON d.n = t.n GROUP BY t.top),"          \
  " inner_groups (n, number) AS (SELECT to_n, count(*) FROM link WHERE attr = $1 GROUP BY to_n)"   \
  " SELECT c.obj, c.mailboxes, c.below, c.groups, COALESCE (d.number, 0),"                         \
  "  COALESCE (u.number, 0), COALESCE (g.number, 0),"                                              \
  "  COALESCE (o.id || ' “' || o.label || '”', 'in row ' || CAST (c.obj AS TEXT))"             \
  " FROM group_count c LEFT JOIN direct d ON d.n = c.obj LEFT JOIN under u ON u.n = c.obj"         \
  " LEFT JOIN inner_groups g ON g.n = c.obj LEFT JOIN object o ON o.n = c.obj"                     \
  " WHERE c.obj <> 0 ORDER BY c.obj"

static gboolean
check_root (MsVerifier *self, gint64 parent, gint64 group, GError **error)
{
  gboolean row = FALSE;
  gint64   mailboxes, below, groups;
  g_autoptr (MsStatement) statement = ms_sql_query (
      self->txn->sql,
      error,
      "SELECT (SELECT count(*) FROM object WHERE type = 'Mailbox' AND deleted IS NULL),"
      " (SELECT count(*) FROM link WHERE attr = $1),"
      " (SELECT count(*) FROM object WHERE type = 'MailGroup' AND deleted IS NULL)"
      " - (SELECT count(*) FROM link WHERE attr = $2)",
      "ii",
      group,
      parent);

  if (statement == NULL || !ms_statement_step (statement, &row, error)
      || !ms_txn_count_group (self->txn, NULL, &mailboxes, &below, &groups, error))
    return FALSE;
  gint64 all = ms_statement_get_int (statement, 0);
  if (below != all || mailboxes != all - ms_statement_get_int (statement, 1)
      || groups != ms_statement_get_int (statement, 2))
    ms_verifier_complain (self, "the counters of all mailboxes and mail groups are wrong");
  return TRUE;
}

gboolean
ms_verifier_check_groups (MsVerifier *self, GError **error)
{
  static const char *const counters[]
      = { "mailboxes directly in it", "mailboxes in it and below", "mail groups directly in it" };
  MsIndex *index = self->txn->index;
  gint64   parent = ms_index_get_relation (index, MS_TYPE_NAME_MAIL_GROUP, "parent");
  gint64   group = ms_index_get_relation (index, MS_TYPE_NAME_MAILBOX, "group");
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (self->txn->sql, error, SELECT_GROUPS, "ii", parent, group);

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return check_root (self, parent, group, error);
      for (guint i = 1; i <= 3; i++)
        if (ms_statement_get_int (statement, i) != ms_statement_get_int (statement, i + 3))
          ms_verifier_complain (self,
                                "%s %s: its counter of %s says %" G_GINT64_FORMAT
                                ", there are %" G_GINT64_FORMAT,
                                MS_TYPE_NAME_MAIL_GROUP,
                                ms_statement_get_text (statement, 7),
                                counters[i - 1],
                                ms_statement_get_int (statement, i),
                                ms_statement_get_int (statement, i + 3));
    }
}
