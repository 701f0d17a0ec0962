/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-filter-set.h. The rules are those of ms_filter_matches().
 */
#include "ms-filter-set.h"

#include "ms-presence.h"

static const MsIndexLeaf *
find_leaf (MsTxn *txn, const MsResourceType *type, const MsFilter *filter)
{
  return filter->attribute != NULL ? ms_index_find_leaf (txn->index, type, filter->attribute)
                                   : NULL;
}

gboolean
ms_filter_set_can (MsTxn *txn, const MsResourceType *type, const MsFilter *filter)
{
  const MsIndexLeaf *leaf = find_leaf (txn, type, filter);

  switch (filter->kind)
    {
    case MS_FILTER_AND:
    case MS_FILTER_OR:
      return ms_filter_set_can (txn, type, filter->left)
             && ms_filter_set_can (txn, type, filter->right);
    case MS_FILTER_NOT:
      return ms_filter_set_can (txn, type, filter->left);
    case MS_FILTER_COMPARE:
      return leaf != NULL && leaf->is_listed
             && (filter->op == MS_FILTER_EQ || filter->op == MS_FILTER_NE);
    case MS_FILTER_PRESENT:
      return leaf != NULL && !leaf->is_multiple;
    case MS_FILTER_NOTHING:
      return TRUE;
    case MS_FILTER_VALUE_PATH:
    default:
      return FALSE;
    }
}

static MsRowSet *
load_all (MsTxn *txn, const MsResourceType *type, GError **error)
{
  return ms_presence_load (
      txn->sql, ms_index_get_type (txn->index, type)->objects, MS_PRESENCE_ANY, error);
}

/* (transfer full) */
static MsRowSet *
make_complement (MsTxn *txn, const MsResourceType *type, MsRowSet *set, GError **error)
{
  g_autoptr (MsRowSet) without = set;
  MsRowSet *all = without != NULL ? load_all (txn, type, error) : NULL;

  if (all != NULL)
    ms_row_set_subtract (all, without);
  return all;
}

static MsRowSet *
make_equal (MsTxn *txn, const MsIndexLeaf *leaf, const MsFilter *filter, GError **error)
{
  g_autofree char *key = ms_index_key (leaf->attribute, filter->value);

  /* What is of another type, or "", equals nothing. */
  if (key == NULL || *key == '\0')
    return ms_row_set_new ();
  return ms_presence_load (txn->sql, leaf->attr, key, error);
}

/* "" counts as absent in a filter, but has its place in a sorted list. */
static MsRowSet *
make_present (MsTxn *txn, const MsIndexLeaf *leaf, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsRowSet) set = ms_presence_load (txn->sql, leaf->attr, MS_PRESENCE_ANY, error);
  g_autoptr (MsStatement) statement
      = set != NULL ? ms_sql_query (
            txn->sql, error, "SELECT obj FROM value WHERE attr = $1 AND key = ''", "i", leaf->attr)
                    : NULL;

  if (statement == NULL)
    return NULL;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&set);
      ms_row_set_remove (set, ms_statement_get_int (statement, 0));
    }
}

static MsRowSet *
make_joined (MsTxn *txn, const MsResourceType *type, const MsFilter *filter, GError **error)
{
  g_autoptr (MsRowSet) left = ms_filter_set_make (txn, type, filter->left, error);
  g_autoptr (MsRowSet) right
             = left != NULL ? ms_filter_set_make (txn, type, filter->right, error) : NULL;

  if (right == NULL)
    return NULL;
  if (filter->kind == MS_FILTER_AND)
    ms_row_set_intersect (left, right);
  else
    ms_row_set_unite (left, right);
  return g_steal_pointer (&left);
}

MsRowSet *
ms_filter_set_make (MsTxn *txn, const MsResourceType *type, const MsFilter *filter, GError **error)
{
  const MsIndexLeaf *leaf = find_leaf (txn, type, filter);

  switch (filter->kind)
    {
    case MS_FILTER_AND:
    case MS_FILTER_OR:
      return make_joined (txn, type, filter, error);
    case MS_FILTER_NOT:
      return make_complement (
          txn, type, ms_filter_set_make (txn, type, filter->left, error), error);
    case MS_FILTER_COMPARE:
      return filter->op == MS_FILTER_EQ
                 ? make_equal (txn, leaf, filter, error)
                 : make_complement (txn, type, make_equal (txn, leaf, filter, error), error);
    case MS_FILTER_PRESENT:
      return make_present (txn, leaf, error);
    case MS_FILTER_VALUE_PATH:
    case MS_FILTER_NOTHING:
    default:
      return ms_row_set_new ();
    }
}
