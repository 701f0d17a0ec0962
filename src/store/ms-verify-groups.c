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
  "  o.id || ' “' || o.label || '”', c.obj"                                                    \
  " FROM object o LEFT JOIN group_count c ON c.obj = o.n LEFT JOIN direct d ON d.n = o.n"          \
  " LEFT JOIN under u ON u.n = o.n LEFT JOIN inner_groups g ON g.n = o.n"                          \
  " WHERE o.type = 'MailGroup' AND o.deleted IS NULL ORDER BY o.n"

/* A mail group that is made later would find its place taken. */
#define SELECT_STRAY                                                                               \
  "SELECT c.obj FROM group_count c LEFT JOIN object o"                                             \
  "  ON o.n = c.obj AND o.type = 'MailGroup' AND o.deleted IS NULL"                                \
  " WHERE o.n IS NULL AND c.obj <> 0 ORDER BY c.obj"

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

static gboolean
check_stray (MsVerifier *self, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (self->txn->sql, error, SELECT_STRAY, "");

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      ms_verifier_complain (self,
                            "there are counters for row %" G_GINT64_FORMAT
                            ", where no mail group is",
                            ms_statement_get_int (statement, 0));
    }
  return FALSE;
}

static void
check_group (MsVerifier *self, MsStatement *statement)
{
  static const char *const counters[]
      = { "mailboxes directly in it", "mailboxes in it and below", "mail groups directly in it" };
  const char *name = ms_statement_get_text (statement, 7);

  if (ms_statement_get_text (statement, 8) == NULL)
    {
      ms_verifier_complain (self, "%s %s: its counters are missing", MS_TYPE_NAME_MAIL_GROUP, name);
      return;
    }
  for (guint i = 1; i <= 3; i++)
    if (ms_statement_get_int (statement, i) != ms_statement_get_int (statement, i + 3))
      ms_verifier_complain (self,
                            "%s %s: its counter of %s says %" G_GINT64_FORMAT
                            ", there are %" G_GINT64_FORMAT,
                            MS_TYPE_NAME_MAIL_GROUP,
                            name,
                            counters[i - 1],
                            ms_statement_get_int (statement, i),
                            ms_statement_get_int (statement, i + 3));
}

gboolean
ms_verifier_check_groups (MsVerifier *self, GError **error)
{
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
        return check_root (self, parent, group, error) && check_stray (self, error);
      check_group (self, statement);
    }
}
