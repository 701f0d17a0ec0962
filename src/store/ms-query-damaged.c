/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists of a damaged store without the tables that only make them quick: sets are made again from
 * what they are made of, and sorted is what each object says. It costs what reading all objects of
 * the type does. Only for what cannot be had otherwise, and never from a store that is written to.
 */
#include "ms-query.h"

#include "ms-presence.h"

/* (nullable): the type whose objects make up the set @attr */
static const MsResourceType *
find_type (MsTxn *txn, gint64 attr)
{
  GPtrArray *types = ms_schema_registry_get_types (txn->schemas);

  for (guint i = 0; i < types->len; i++)
    if (ms_index_get_type (txn->index, types->pdata[i])->objects == attr)
      return types->pdata[i];
  return NULL;
}

static gboolean
is_relation (MsTxn *txn, gint64 attr)
{
  GPtrArray *types = ms_schema_registry_get_types (txn->schemas);

  for (guint i = 0; i < types->len; i++)
    {
      GArray *relations = ms_index_get_type (txn->index, types->pdata[i])->relations;
      for (guint j = 0; j < relations->len; j++)
        if (g_array_index (relations, MsIndexRelation, j).attr == attr)
          return TRUE;
    }
  return FALSE;
}

/* (element-type gint64) */
static GArray *
find_objects (MsTxn *txn, const MsResourceType *type, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsStatement) indexed
             = ms_sql_query (txn->sql,
                             &failed,
                             "SELECT n FROM object WHERE type = $1 AND deleted IS NULL",
                             "s",
                             type->name);
  GArray *rows = indexed != NULL ? ms_query_read_rows (indexed, &failed) : NULL;

  if (rows != NULL)
    return rows;
  if (!ms_txn_is_bearable (txn, failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return NULL;
    }
  /* In words that no index fits. */
  g_autoptr (MsStatement) table
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT n FROM object WHERE type || '' = $1 AND deleted + 0 IS NULL",
                             "s",
                             type->name);
  return table != NULL ? ms_query_read_rows (table, error) : NULL;
}

/* (element-type gint64) */
static GArray *
find_set (MsTxn *txn, gint64 attr, const char *key, GError **error)
{
  const MsResourceType *type = find_type (txn, attr);

  if (type != NULL)
    return find_objects (txn, type, error);
  g_autoptr (MsStatement) statement
      = is_relation (txn, attr)
            ? ms_sql_query (txn->sql, error, "SELECT from_n FROM link WHERE attr = $1", "i", attr)
        : *key == '\0' ? ms_sql_query (
              txn->sql, error, "SELECT obj FROM value WHERE attr = $1 AND elem = 0", "i", attr)
                       : ms_sql_query (txn->sql,
                                       error,
                                       "SELECT obj FROM value"
                                       " WHERE attr = $1 AND key = $2 AND elem = 0",
                                       "is",
                                       attr,
                                       key);
  return statement != NULL ? ms_query_read_rows (statement, error) : NULL;
}

MsRowSet *
ms_query_load_set (MsTxn *txn, gint64 attr, const char *key, GError **error)
{
  g_autoptr (GError) failed = NULL;
  MsRowSet *set = ms_presence_load (txn->sql, attr, key, &failed);

  if (set != NULL)
    return set;
  if (!ms_txn_is_bearable (txn, failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return NULL;
    }
  g_autoptr (GArray) rows = find_set (txn, attr, key, error);
  return rows != NULL ? ms_row_set_new_from_rows (rows) : NULL;
}

gboolean
ms_query_count_set (MsTxn *txn, gint64 attr, const char *key, gint64 *count, GError **error)
{
  g_autoptr (GError) failed = NULL;

  if (ms_presence_count (txn->sql, attr, key, count, &failed))
    return TRUE;
  if (!ms_txn_is_bearable (txn, failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  g_autoptr (MsRowSet) set = ms_query_load_set (txn, attr, key, error);
  if (set == NULL)
    return FALSE;
  *count = ms_row_set_count (set);
  return TRUE;
}

gboolean
ms_query_sort_instead (MsTxn         *txn,
                       const MsQuery *query,
                       const MsOrder *order,
                       MsQueryHits   *hits,
                       GError        *failed,
                       GError       **error)
{
  g_autoptr (GError) reason = failed;
  gint64 objects = ms_index_get_type (txn->index, query->type)->objects;

  /* Which objects a filter or a search finds, only its index knows. */
  if (!ms_txn_is_bearable (txn, reason) || hits->able != NULL || hits->rows != NULL
      || (hits->members == NULL && !ms_query_is_plain (query)))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  if (hits->members == NULL)
    hits->members = ms_query_load_set (txn, objects, MS_PRESENCE_ANY, error);
  if (hits->members == NULL)
    return FALSE;
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  ms_row_set_slice (hits->members, 0, ms_row_set_count (hits->members), FALSE, rows);
  if (!ms_query_sort_rows (txn, order, rows, error))
    return FALSE;
  hits->rows = g_steal_pointer (&rows);
  return TRUE;
}
