/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sets of objects that have a value (ms-presence.h) with the rows that they are made from.
 */
#include "ms-verify-private.h"

#include "ms-presence.h"
#include "ms-txn-private.h"

/* Of those in @stored, which say that they are @counted, and should be those in @real. */
static gboolean
complain_of_set (MsVerifier *self,
                 gint64      attr,
                 const char *key,
                 gint64      counted,
                 MsRowSet   *real,
                 MsRowSet   *stored,
                 GError    **error)
{
  gint64 all = ms_row_set_count (real);

  ms_row_set_intersect (real, stored);
  if (counted == all && ms_row_set_count (stored) == all && ms_row_set_count (real) == all)
    return TRUE;
  g_autofree char *name = ms_verifier_dup_attribute (self, attr, error);
  if (name == NULL)
    return FALSE;
  ms_verifier_complain (self,
                        "%s: the set “%s” counts %" G_GINT64_FORMAT
                        " and is not the %" G_GINT64_FORMAT " objects that it should be",
                        name,
                        *key != '\0' ? key : "all",
                        counted,
                        all);
  return TRUE;
}

/* @expected: (transfer full) (nullable): its rows are the members; %NULL where it could not be
 * asked, with @error set */
static gboolean
compare_set (MsVerifier *self, gint64 attr, const char *key, MsStatement *expected, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = expected;
  g_autoptr (MsRowSet) real = ms_row_set_new ();
  gint64 counted = 0;

  if (statement == NULL)
    return FALSE;
  g_autoptr (MsRowSet) stored = ms_presence_load (self->txn->sql, attr, key, error);
  if (stored == NULL || !ms_presence_count (self->txn->sql, attr, key, &counted, error))
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        break;
      ms_row_set_add (real, ms_statement_get_int (statement, 0));
    }
  return complain_of_set (self, attr, key, counted, real, stored, error);
}

static gboolean
check_listed (MsVerifier *self, gint64 attr, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) keys
             = ms_sql_query (self->txn->sql,
                             error,
                             "SELECT key FROM value WHERE attr = $1 AND key > '' UNION"
                             " SELECT key FROM presence WHERE attr = $1 AND key > '' AND n > 0",
                             "i",
                             attr);

  if (keys == NULL)
    return FALSE;
  ms_statement_expect_many (keys);
  while (TRUE)
    {
      if (!ms_statement_step (keys, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      const char *key = ms_statement_get_text (keys, 0);
      if (!compare_set (self,
                        attr,
                        key,
                        ms_sql_query (self->txn->sql,
                                      error,
                                      "SELECT obj FROM value WHERE attr = $1 AND key = $2",
                                      "is",
                                      attr,
                                      key),
                        error))
        return FALSE;
    }
}

static gboolean
check_leaf_sets (MsVerifier *self, const MsIndexLeaf *leaf, GError **error)
{
  return compare_set (self,
                      leaf->attr,
                      MS_PRESENCE_ANY,
                      ms_sql_query (self->txn->sql,
                                    error,
                                    "SELECT obj FROM value WHERE attr = $1 AND elem = 0",
                                    "i",
                                    leaf->attr),
                      error)
         && (!leaf->is_listed || check_listed (self, leaf->attr, error))
         && ms_verifier_check_anchors (self, leaf->attr, error);
}

static gboolean
check_relation_set (MsVerifier *self, const MsIndexRelation *relation, GError **error)
{
  return relation->attribute->multi_valued
         || compare_set (self,
                         relation->attr,
                         MS_PRESENCE_ANY,
                         ms_sql_query (self->txn->sql,
                                       error,
                                       "SELECT from_n FROM link WHERE attr = $1",
                                       "i",
                                       relation->attr),
                         error);
}

gboolean
ms_verifier_check_sets (MsVerifier *self, GError **error)
{
  GPtrArray *types = ms_schema_registry_get_types (self->txn->schemas);

  for (guint i = 0; i < types->len; i++)
    {
      const MsIndexType *type = ms_index_get_type (self->txn->index, types->pdata[i]);
      if (!compare_set (self,
                        type->objects,
                        MS_PRESENCE_ANY,
                        ms_sql_query (self->txn->sql,
                                      error,
                                      "SELECT n FROM object WHERE type = $1 AND deleted IS NULL",
                                      "s",
                                      type->type->name),
                        error))
        return FALSE;
      for (guint j = 0; j < type->leaves->len; j++)
        if (!check_leaf_sets (self, &g_array_index (type->leaves, MsIndexLeaf, j), error))
          return FALSE;
      for (guint j = 0; j < type->relations->len; j++)
        if (!check_relation_set (self, &g_array_index (type->relations, MsIndexRelation, j), error))
          return FALSE;
    }
  return TRUE;
}
