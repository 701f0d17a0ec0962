/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What finding by a filter costs, as far as the filter itself tells: which part is likely to find
 * least, and how many conditions there are.
 */
#include "ms-filter-sql.h"

/* Parts of one UNION. */
#define MAX_UNION 100

const MsFilter *
ms_filter_sql_find_equality (const MsFilter *filter)
{
  if (filter->kind == MS_FILTER_AND)
    {
      const MsFilter *found = ms_filter_sql_find_equality (filter->left);
      return found != NULL ? found : ms_filter_sql_find_equality (filter->right);
    }
  return filter->kind == MS_FILTER_COMPARE && filter->op == MS_FILTER_EQ
                 && filter->attribute != NULL && filter->attribute->type != MS_ATTR_BOOLEAN
             ? filter
             : NULL;
}

static int
rank_of_op (MsFilterOp op)
{
  switch (op)
    {
    case MS_FILTER_EQ:
      return 3;
    case MS_FILTER_SW:
      return 4;
    case MS_FILTER_GT:
    case MS_FILTER_GE:
    case MS_FILTER_LT:
    case MS_FILTER_LE:
      return 5;
    case MS_FILTER_CO:
    case MS_FILTER_EW:
      return 6;
    case MS_FILTER_NE:
    default:
      return MS_FILTER_NO_SET;
    }
}

static int
rank_of_leaf (const MsFilter *filter)
{
  const MsAttribute *attribute = filter->attribute;

  /* Whatever is asked, what all have is derived for it. */
  if (attribute != NULL && ms_attribute_is_derived (attribute))
    return filter->kind == MS_FILTER_COMPARE && filter->op == MS_FILTER_NE
               ? MS_FILTER_NO_SET
               : rank_of_op (MS_FILTER_CO);
  if (filter->kind == MS_FILTER_PRESENT)
    return attribute != NULL ? 8 : MS_FILTER_NO_SET;
  if (attribute == NULL)
    return (filter->meta == MS_FILTER_META_ID || filter->meta == MS_FILTER_META_LOCATION)
                   && filter->op == MS_FILTER_EQ
               ? 0
               : rank_of_op (filter->op) + 3;
  if (filter->op == MS_FILTER_EQ && attribute->uniqueness != MS_UNIQUENESS_NONE)
    return 1;
  if (filter->op == MS_FILTER_EQ && ms_filter_sql_relation_of (attribute) != NULL)
    return 2;
  return attribute->type == MS_ATTR_BOOLEAN && filter->op == MS_FILTER_EQ ? 7
                                                                          : rank_of_op (filter->op);
}

static guint
count_parts (const MsFilter *filter)
{
  return filter->kind == MS_FILTER_OR ? count_parts (filter->left) + count_parts (filter->right)
                                      : 1;
}

guint
ms_filter_sql_count_tests (const MsFilter *filter)
{
  if (filter == NULL)
    return 0;
  guint inside
      = ms_filter_sql_count_tests (filter->left) + ms_filter_sql_count_tests (filter->right);
  return MAX (inside, 1);
}

int
ms_filter_sql_rank (const MsFilter *filter)
{
  switch (filter->kind)
    {
    case MS_FILTER_COMPARE:
    case MS_FILTER_PRESENT:
      return MIN (rank_of_leaf (filter), MS_FILTER_NO_SET);
    case MS_FILTER_VALUE_PATH:
      return ms_filter_sql_find_equality (filter->left) != NULL ? 3 : 6;
    case MS_FILTER_OR:
      {
        int left = ms_filter_sql_rank (filter->left);
        int right = ms_filter_sql_rank (filter->right);
        return count_parts (filter) > MAX_UNION ? MS_FILTER_NO_SET
                                                : MIN (MAX (left, right) + 1, MS_FILTER_NO_SET);
      }
    case MS_FILTER_NOTHING:
      return 0;
    case MS_FILTER_AND:
    case MS_FILTER_NOT:
    default:
      return MS_FILTER_NO_SET;
    }
}

gboolean
ms_filter_sql_is_scan (const MsFilter *filter)
{
  int rank = ms_filter_sql_rank (filter);

  return rank == rank_of_op (MS_FILTER_CO) || rank == MS_FILTER_NO_SET;
}
