/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Filters in a form that costs least to find by: the same meaning, but "not" stands before single
 * conditions only, no part of an "and" or "or" is there twice, and what is nested comes first. A
 * parser of SQL keeps all that stands before a bracket until it is closed, so that brackets at the
 * beginning are those it can take most of.
 *
 * Moving a "not" inwards changes nothing, for every condition is either satisfied or not, also by
 * what has no value. It does not move into a value path: no element that satisfies it is not the
 * same as an element that does not.
 */
#include "ms-filter-private.h"

typedef struct
{
  MsFilter *filter; /* owned */
  char     *text;
  guint     depth; /* of "and" in "or" in "and" … */
} Part;

static void
part_clear (gpointer data)
{
  Part *part = data;

  g_clear_pointer (&part->filter, ms_filter_free);
  g_free (part->text);
}

static Part reduce (const MsFilter *filter, gboolean negated);

static MsFilterKind
get_kind (const MsFilter *filter, gboolean negated)
{
  if (!negated || (filter->kind != MS_FILTER_AND && filter->kind != MS_FILTER_OR))
    return filter->kind;
  return filter->kind == MS_FILTER_AND ? MS_FILTER_OR : MS_FILTER_AND;
}

/* @parts: (element-type Part): the operands of @kind; @seen: their texts */
static void
collect (
    const MsFilter *filter, gboolean negated, MsFilterKind kind, GArray *parts, GHashTable *seen)
{
  while (filter->kind == MS_FILTER_NOT)
    {
      filter = filter->left;
      negated = !negated;
    }
  if (get_kind (filter, negated) == kind)
    {
      collect (filter->left, negated, kind, parts, seen);
      collect (filter->right, negated, kind, parts, seen);
      return;
    }
  Part part = reduce (filter, negated);
  if (part.filter->kind == kind)
    {
      /* What was left of the other kind is only one of its operands, and may be of this one. */
      collect (part.filter, FALSE, kind, parts, seen);
      part_clear (&part);
    }
  else if (g_hash_table_add (seen, g_strdup (part.text)))
    g_array_append_val (parts, part);
  else
    part_clear (&part);
}

static int
compare_depths (gconstpointer a, gconstpointer b)
{
  guint one = ((const Part *) a)->depth;
  guint other = ((const Part *) b)->depth;

  return (one < other) - (one > other);
}

/* Takes the filters out of @parts. */
static MsFilter *
join (MsFilterKind kind, Part *parts, guint count)
{
  if (count == 1)
    return g_steal_pointer (&parts->filter);
  MsFilter *joined = ms_filter_new (kind);
  joined->left = join (kind, parts, count / 2);
  joined->right = join (kind, parts + count / 2, count - count / 2);
  return joined;
}

static Part
finish (MsFilter *filter, guint depth)
{
  return (Part){ filter, ms_filter_to_string (filter), depth };
}

static Part
reduce_joined (const MsFilter *filter, gboolean negated)
{
  MsFilterKind kind = get_kind (filter, negated);
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_array_set_clear_func (parts, part_clear);
  collect (filter, negated, kind, parts, seen);
  g_array_sort (parts, compare_depths);
  Part *first = &g_array_index (parts, Part, 0);
  guint depth = parts->len > 1 ? first->depth + 1 : first->depth;
  return finish (join (kind, first, parts->len), depth);
}

static Part
reduce_one (const MsFilter *filter, gboolean negated)
{
  MsFilter *reduced;

  if (filter->kind != MS_FILTER_VALUE_PATH)
    reduced = ms_filter_copy (filter);
  else
    {
      Part inner = reduce (filter->left, FALSE);
      reduced = ms_filter_new (MS_FILTER_VALUE_PATH);
      reduced->attribute = filter->attribute;
      reduced->left = g_steal_pointer (&inner.filter);
      part_clear (&inner);
    }
  if (!negated)
    return finish (reduced, 0);
  MsFilter *opposite = ms_filter_new (MS_FILTER_NOT);
  opposite->left = reduced;
  return finish (opposite, 0);
}

static Part
reduce (const MsFilter *filter, gboolean negated)
{
  switch (filter->kind)
    {
    case MS_FILTER_AND:
    case MS_FILTER_OR:
      return reduce_joined (filter, negated);
    case MS_FILTER_NOT:
      return reduce (filter->left, !negated);
    case MS_FILTER_COMPARE:
    case MS_FILTER_PRESENT:
    case MS_FILTER_VALUE_PATH:
    case MS_FILTER_NOTHING:
    default:
      return reduce_one (filter, negated);
    }
}

MsFilter *
ms_filter_reduce (const MsFilter *self)
{
  if (self == NULL)
    return NULL;

  Part      part = reduce (self, FALSE);
  MsFilter *reduced = g_steal_pointer (&part.filter);
  part_clear (&part);
  return reduced;
}
