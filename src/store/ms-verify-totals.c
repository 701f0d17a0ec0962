/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is counted of the objects, with how much it is; and what those in the bin should not have.
 */
#include "ms-verify-private.h"

#include "ms-txn-private.h"

static gboolean
compare_number (
    MsVerifier *self, const char *what, gint64 expected, const char *text, GError **error)
{
  gint64 found = 0;

  if (!ms_sql_get_int (self->txn->sql, &found, error, text, ""))
    return FALSE;
  if (found != expected)
    ms_verifier_complain (self,
                          "%s: %" G_GINT64_FORMAT " are stored, %" G_GINT64_FORMAT
                          " would be right",
                          what,
                          found,
                          expected);
  return TRUE;
}

static gboolean
check_type_counts (MsVerifier *self, GError **error)
{
  GPtrArray *types = ms_schema_registry_get_types (self->txn->schemas);

  for (guint i = 0; i < types->len; i++)
    {
      const MsResourceType *type = types->pdata[i];
      gint64                counted = 0;
      gint64                real = 0;
      if (!ms_txn_count (self->txn, MS_COUNT_OBJECTS, type, &counted, error)
          || !ms_sql_get_int (self->txn->sql,
                              &real,
                              error,
                              "SELECT count(*) FROM object WHERE type = $1 AND deleted IS NULL",
                              "s",
                              type->name))
        return FALSE;
      if (counted != real)
        ms_verifier_complain (self,
                              "the counter of %s says %" G_GINT64_FORMAT
                              ", there are %" G_GINT64_FORMAT,
                              type->name,
                              counted,
                              real);
    }
  return TRUE;
}

/* How many there should be is not known while some objects cannot be read. */
static gboolean
check_seats (MsVerifier *self, GError **error)
{
  return g_hash_table_size (self->unread) > 0
         || compare_number (self,
                            "seats",
                            self->seats,
                            "SELECT COALESCE((SELECT value FROM counter WHERE name = 'seats'), 0)",
                            error);
}

static gboolean
check_search_texts (MsVerifier *self, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      self->txn->sql,
      error,
      "SELECT s.obj FROM search s LEFT JOIN object o ON o.n = s.obj AND o.deleted IS NULL"
      " WHERE o.n IS NULL ORDER BY s.obj",
      "");

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      g_autofree char *place
          = ms_verifier_dup_place (self, ms_statement_get_int (statement, 0), error);
      if (place == NULL)
        return FALSE;
      ms_verifier_complain (self, "the search texts have one for %s", place);
    }
  return FALSE;
}

gboolean
ms_verifier_check_totals (MsVerifier *self, GError **error)
{
  return compare_number (self,
                         "links to or from deleted objects",
                         0,
                         "SELECT count(*) FROM link l JOIN object f ON f.n = l.from_n"
                         " JOIN object t ON t.n = l.to_n"
                         " WHERE f.deleted IS NOT NULL OR t.deleted IS NOT NULL",
                         error)
         && check_seats (self, error) && check_search_texts (self, error)
         && check_type_counts (self, error);
}
