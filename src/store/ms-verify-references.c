/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What refers to something that is not there. The database refuses it where its keys are in force;
 * one that was opened without them, or has lost one, does not. What it says itself (PRAGMA
 * foreign_key_check) names a table only.
 */
#include "ms-verify-private.h"

#include "ms-txn-private.h"

#define ROW(column) "'the object in row ' || CAST (r." column " AS TEXT)"

/* One row a problem: what refers, and to what. */
static const char *const queries[] = {
  /* document.obj; nothing else than a unique value can still tell whose it was */
  "SELECT 'the document of ' || COALESCE ((SELECT 'the ' || u.scope || ' “' || u.key || '”'"
  "  FROM uniq u WHERE u.obj = r.obj ORDER BY u.scope DESC LIMIT 1), 'nobody knows whom')"
  " || ' refers', " ROW ("obj") " FROM document r LEFT JOIN object o ON o.n = r.obj"
                                " WHERE o.n IS NULL",
  /* link.from_n */
  "SELECT 'the link ' || COALESCE (a.type || '.' || a.path, 'of an unknown attribute')"
  " || COALESCE (' to ' || t.type || ' ' || t.id || ' “' || t.label || '”', '') || ' "
  "refers', " ROW ("from_n") " FROM link r LEFT JOIN object o ON o.n = r.from_n"
                             " LEFT JOIN object t ON t.n = r.to_n"
                             " LEFT JOIN attribute a ON a.attr = r.attr WHERE o.n IS NULL",
  /* link.to_n */
  "SELECT COALESCE (f.type || ' ' || f.id || ' “' || f.label || '”: its ' || a.path,"
  "  'the link ' || COALESCE (a.type || '.' || a.path, 'of an unknown attribute')) || ' "
  "refers', " ROW ("to_n") " FROM link r LEFT JOIN object o ON o.n = r.to_n"
                           " LEFT JOIN object f ON f.n = r.from_n"
                           " LEFT JOIN attribute a ON a.attr = r.attr WHERE o.n IS NULL",
  /* secret.obj */
  "SELECT 'the secret “' || r.kind || '” refers', " ROW (
      "obj") " FROM secret r LEFT JOIN object o ON o.n = r.obj WHERE o.n IS NULL",
  /* session.user_id; never by what the token is */
  "SELECT CASE WHEN r.kind = 'token' THEN 'the API token ' ELSE 'the session ' END || r.id"
  " || COALESCE (' “' || r.name || '”', '') || ' refers', 'the user ' || r.user_id"
  " FROM session r LEFT JOIN object o ON o.id = r.user_id AND o.type = 'User'"
  " WHERE r.user_id IS NOT NULL AND o.n IS NULL",
  /* change.sequence */
  "SELECT 'the change of ' || r.type || ' ' || r.id || ' “' || r.label || '” refers',"
  " 'the change set ' || CAST (r.sequence AS TEXT)"
  " FROM change r LEFT JOIN change_set s ON s.sequence = r.sequence WHERE s.sequence IS NULL",
  /* import_file.id */
  "SELECT 'the file of an import refers', 'the import ' || r.id"
  " FROM import_file r LEFT JOIN import_job j ON j.id = r.id WHERE j.id IS NULL",
  /* Each has one until it is forgotten: the upload, later what of it was refused. */
  "SELECT 'the import ' || r.id || COALESCE (' “' || r.name || '”', '') || ' refers', 'its file'"
  " FROM import_job r LEFT JOIN import_file f ON f.id = r.id WHERE f.id IS NULL",
  /* import_row.import_id */
  "SELECT CAST (count(*) AS TEXT) || ' rows of an import refer', 'the import ' || r.import_id"
  " FROM import_row r LEFT JOIN import_job j ON j.id = r.import_id WHERE j.id IS NULL"
  " GROUP BY r.import_id",
  /* directory_job.id */
  "SELECT 'the state of a directory refers', 'the directory ' || r.id"
  " FROM directory_job r LEFT JOIN object o ON o.id = r.id AND o.type = 'Directory'"
  " WHERE o.n IS NULL",
  /* directory_row.directory_id */
  "SELECT CAST (count(*) AS TEXT) || ' rows of a directory refer',"
  " 'the state of ' || r.directory_id"
  " FROM directory_row r LEFT JOIN directory_job j ON j.id = r.directory_id WHERE j.id IS NULL"
  " GROUP BY r.directory_id",
};

static gboolean
check_one (MsVerifier *self, const char *query, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (self->txn->sql, error, query, "");

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      ms_verifier_complain (self,
                            "%s to %s, which is not there",
                            ms_statement_get_text (statement, 0),
                            ms_statement_get_text (statement, 1));
    }
}

gboolean
ms_verifier_check_references (MsVerifier *self, GError **error)
{
  if (!ms_progress_report (self->progress, "checking references", 0, 0, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (queries); i++)
    if (!check_one (self, queries[i], error))
      return FALSE;
  return TRUE;
}
