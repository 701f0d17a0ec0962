/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Conditions on plain attributes, and the trees that all conditions stand in. The rules are those
 * of ms_filter_matches(): "" counts as absent, of several values one must do, and "ne" is also
 * satisfied by the absence of a value.
 */
#include "ms-filter-sql.h"

#include "ms-derived.h"
#include "ms-filter-set.h"
#include "ms-json.h"
#include "ms-query-sizes.h"

#include <math.h>

/* "" counts as absent. */
#define KEY_IS_PRESENT "key > ''"

/* Text columns -------------------------------------------------------------------------------- */

const char *
ms_filter_sql_order_operator (MsFilterOp op)
{
  switch (op)
    {
    case MS_FILTER_EQ:
      return "=";
    case MS_FILTER_NE:
      return "<>";
    case MS_FILTER_GT:
      return ">";
    case MS_FILTER_GE:
      return ">=";
    case MS_FILTER_LT:
      return "<";
    case MS_FILTER_LE:
      return "<=";
    case MS_FILTER_CO:
    case MS_FILTER_SW:
    case MS_FILTER_EW:
    default:
      return NULL;
    }
}

void
ms_filter_sql_append_text_test (MsSqlBuilder *self,
                                const char   *column,
                                MsFilterOp    op,
                                const char   *value)
{
  guint parameter = ms_sql_builder_keep_text (self, value);

  if (op == MS_FILTER_CO)
    ms_sql_builder_append (
        self, "%s(%s, $%u) > 0", self->txn->sql->driver->find_function, column, parameter);
  else if (op == MS_FILTER_SW)
    ms_sql_builder_append (self, "substr(%s, 1, length($%u)) = $%u", column, parameter, parameter);
  else if (op == MS_FILTER_EW)
    ms_sql_builder_append (self,
                           "length(%s) >= length($%u)"
                           " AND substr(%s, length(%s) - length($%u) + 1) = $%u",
                           column,
                           parameter,
                           column,
                           column,
                           parameter,
                           parameter);
  else
    ms_sql_builder_append (self, "%s %s $%u", column, ms_filter_sql_order_operator (op), parameter);
}

/* Plain attributes ---------------------------------------------------------------------------- */

static gboolean
is_text_op (MsFilterOp op)
{
  return op == MS_FILTER_CO || op == MS_FILTER_SW || op == MS_FILTER_EW;
}

static gboolean
is_multiple (const MsAttribute *attribute)
{
  return attribute->multi_valued || (attribute->parent != NULL && attribute->parent->multi_valued);
}

/* The key that stands for the literal, and the operator that goes with it; %NULL where nothing
 * compares so. */
static char *
literal_key (const MsAttribute *attribute, const MsFilter *filter, MsFilterOp *op)
{
  *op = filter->op;
  if (attribute->type != MS_ATTR_INTEGER
      || json_node_get_value_type (filter->value) != G_TYPE_DOUBLE)
    return ms_attribute_is_derived (attribute) ? ms_derived_key (attribute, filter->value)
                                               : ms_index_key (attribute, filter->value);

  /* Whole numbers against what is beyond all of them, or a fraction. */
  double   number = json_node_get_double (filter->value);
  double   below = floor (number);
  gboolean is_above_all = below >= 9223372036854775808.0;
  if (is_above_all || below < -9223372036854775808.0)
    {
      gboolean wants_less = *op == MS_FILTER_LT || *op == MS_FILTER_LE;
      gboolean wants_more = *op == MS_FILTER_GT || *op == MS_FILTER_GE;
      if (!(is_above_all ? wants_less : wants_more))
        return NULL;
      *op = is_above_all ? MS_FILTER_LE : MS_FILTER_GE;
      return ms_index_int_key (is_above_all ? G_MAXINT64 : G_MININT64);
    }
  if (below < number)
    {
      if (*op == MS_FILTER_EQ || *op == MS_FILTER_NE)
        return NULL;
      *op = *op == MS_FILTER_GT || *op == MS_FILTER_GE ? MS_FILTER_GT : MS_FILTER_LE;
    }
  return ms_index_int_key ((gint64) below);
}

/* Each bound is named once: SQLite searches by the last of two, not by the better. */
static void
append_range (MsSqlBuilder *self, MsFilterOp op, const char *key)
{
  g_autofree char *end = g_strconcat (key, MS_KEY_MISSING, NULL);

  switch (op)
    {
    case MS_FILTER_SW:
      ms_filter_sql_append_text_test (self, "key", MS_FILTER_GE, key);
      ms_sql_builder_append (self, " AND ");
      ms_filter_sql_append_text_test (self, "key", MS_FILTER_LT, end);
      break;
    case MS_FILTER_GT:
    case MS_FILTER_GE:
    case MS_FILTER_EQ:
      ms_filter_sql_append_text_test (self, "key", op, key);
      break;
    case MS_FILTER_LT:
    case MS_FILTER_LE:
      ms_filter_sql_append_text_test (self, "key", op, key);
      ms_sql_builder_append (self, " AND key > ''");
      break;
    case MS_FILTER_CO:
    case MS_FILTER_EW:
    case MS_FILTER_NE:
    default:
      ms_sql_builder_append (self, KEY_IS_PRESENT " AND ");
      ms_filter_sql_append_text_test (self, "key", op, key);
    }
}

static void
append_compared_key (MsSqlBuilder      *self,
                     const MsAttribute *attribute,
                     MsFilterOp         op,
                     const char        *key)
{
  gboolean is_text = attribute->type == MS_ATTR_STRING || attribute->type == MS_ATTR_REFERENCE
                     || attribute->type == MS_ATTR_BINARY;

  ms_sql_builder_append (self, " AND ");
  if ((is_text_op (op) && !is_text) || (op == MS_FILTER_EQ && *key == '\0'))
    ms_sql_builder_append (self, "1 = 0");
  else if (*key == '\0' && op != MS_FILTER_LT && op != MS_FILTER_LE)
    ms_sql_builder_append (self, KEY_IS_PRESENT);
  else
    append_range (self, op, key);
  if (is_text && *key != '\0' && (op == MS_FILTER_CO || op == MS_FILTER_EW))
    ms_filter_part_append_readable (self, op, key);
}

/* Appends " AND key …". */
static void
append_key_range (MsSqlBuilder *self, const MsAttribute *attribute, const MsFilter *filter)
{
  MsFilterOp op = MS_FILTER_EQ;

  if (filter->kind == MS_FILTER_PRESENT)
    {
      ms_sql_builder_append (self, " AND " KEY_IS_PRESENT);
      return;
    }
  g_autofree char *key = literal_key (attribute, filter, &op);
  if (key == NULL || op == MS_FILTER_NE)
    ms_sql_builder_append (self, " AND 1 = 0");
  else
    append_compared_key (self, attribute, op, key);
}

void
ms_filter_sql_append_key_range (MsSqlBuilder      *self,
                                gint64             attr,
                                const MsAttribute *attribute,
                                const MsFilter    *filter)
{
  ms_sql_builder_append (self, "attr = ");
  ms_sql_builder_add_int (self, attr);
  append_key_range (self, attribute, filter);
}

/* The numbers of all indexed parts of a complex attribute, or of the attribute itself. */
static void
append_parts (MsSqlBuilder *self, const MsResourceType *type, const MsAttribute *attribute)
{
  MsIndex *index = self->txn->index;

  ms_sql_builder_append (self, "attr IN (");
  ms_sql_builder_add_int (self, ms_index_get_number (index, type, attribute));
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      gint64 attr = ms_index_get_number (index, type, attribute->sub_attributes->pdata[i]);
      if (attr == 0)
        continue;
      ms_sql_builder_append (self, ", ");
      ms_sql_builder_add_int (self, attr);
    }
  ms_sql_builder_append (self, ")");
}

static void
append_leaf_range (MsSqlBuilder *self, const MsResourceType *type, const MsFilter *filter)
{
  const MsAttribute *attribute = filter->attribute;

  if (attribute->type == MS_ATTR_COMPLEX)
    {
      append_parts (self, type, attribute);
      ms_sql_builder_append (self, " AND key > ''");
    }
  else
    ms_filter_sql_append_key_range (
        self, ms_index_get_number (self->txn->index, type, attribute), attribute, filter);
}

static void
append_derived_set (MsSqlBuilder *self, const MsResourceType *type, const MsFilter *filter)
{
  ms_sql_builder_append (self, "SELECT obj FROM ");
  ms_derived_append (self, type, filter->attribute, FALSE);
  ms_sql_builder_append (self, " s WHERE 1 = 1");
  append_key_range (self, filter->attribute, filter);
}

static void
append_leaf_set (MsSqlBuilder *self, const MsResourceType *type, const MsFilter *filter)
{
  if (ms_attribute_is_derived (filter->attribute))
    {
      append_derived_set (self, type, filter);
      return;
    }
  ms_sql_builder_append (self, "SELECT obj FROM value WHERE ");
  append_leaf_range (self, type, filter);
}

/* What is called the element in the rows of @attribute. */
static const char *
element_of (const MsAttribute *attribute, gboolean of_values)
{
  return ms_index_is_part_of_many (attribute) && !of_values ? MS_INDEX_ELEMENT : "elem";
}

/* "SELECT obj, elem …": @of_values: the elements are values of a part */
static void
append_leaf_elements (MsSqlBuilder         *self,
                      const MsResourceType *type,
                      const MsFilter       *filter,
                      gboolean              of_values)
{
  ms_sql_builder_append (
      self, "SELECT obj, %s AS elem FROM value WHERE ", element_of (filter->attribute, of_values));
  append_leaf_range (self, type, filter);
}

/* Equality is one look-up by the whole primary key of "value". */
static void
append_equal_test (MsSqlBuilder *self, const MsSqlScope *scope, const MsFilter *filter)
{
  gint64 attr = ms_index_get_number (self->txn->index, scope->type, filter->attribute);

  ms_sql_builder_append (self, "EXISTS (SELECT 1 FROM value WHERE ");
  ms_filter_sql_append_key_range (self, attr, filter->attribute, filter);
  ms_sql_builder_append (self, " AND obj = %s", scope->obj);
  if (scope->elem != NULL)
    ms_sql_builder_append (
        self, " AND %s = %s", element_of (filter->attribute, scope->of_values), scope->elem);
  ms_sql_builder_append (self, ")");
}

static gboolean
has_part_of_many (const MsAttribute *attribute)
{
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    if (ms_index_is_part_of_many (attribute->sub_attributes->pdata[i]))
      return TRUE;
  return FALSE;
}

static void
append_elements (MsSqlBuilder *self, const MsResourceType *type, const MsAttribute *attribute)
{
  ms_sql_builder_append (self,
                         "(SELECT DISTINCT obj, %s AS elem FROM value WHERE ",
                         has_part_of_many (attribute) ? MS_INDEX_ELEMENT : "elem");
  append_parts (self, type, attribute);
  ms_sql_builder_append (self, ")");
}

static void
append_scope (MsSqlBuilder *self, const MsSqlScope *scope)
{
  if (scope->elem != NULL)
    ms_sql_builder_append (self, "(%s, %s)", scope->obj, scope->elem);
  else
    ms_sql_builder_append (self, "%s", scope->obj);
}

/* "ne" over the values of a part of one element, or of a single attribute: by sets, for to look
 * them up by the object alone there is no index. */
static void
append_part_differs (MsSqlBuilder *self, const MsSqlScope *scope, const MsFilter *filter)
{
  const MsAttribute *attribute = filter->attribute;
  MsFilterOp         op = filter->op;
  gint64             attr = ms_index_get_number (self->txn->index, scope->type, attribute);
  g_autofree char   *key = literal_key (attribute, filter, &op);
  g_autofree char   *select
      = g_strdup_printf (scope->elem != NULL ? "(SELECT obj, %s FROM value WHERE attr = "
                                             : "(SELECT obj FROM value WHERE attr = ",
                         MS_INDEX_ELEMENT);

  /* What is of another type, or "", equals nothing. */
  if (key == NULL || *key == '\0')
    {
      ms_sql_builder_append (self, "1 = 1");
      return;
    }
  ms_sql_builder_append (self, "(");
  append_scope (self, scope);
  ms_sql_builder_append (self, " IN %s", select);
  ms_sql_builder_add_int (self, attr);
  ms_sql_builder_append (self, " AND ");
  ms_filter_sql_append_text_test (self, "key", MS_FILTER_NE, key);
  ms_sql_builder_append (self, ") OR ");
  append_scope (self, scope);
  ms_sql_builder_append (self, " NOT IN %s", select);
  ms_sql_builder_add_int (self, attr);
  ms_sql_builder_append (self, "))");
}

/* "ne" over several values: one that differs, or none at all. */
static void
append_differs_test (MsSqlBuilder *self, const MsSqlScope *scope, const MsFilter *filter)
{
  const MsAttribute *attribute = filter->attribute;
  gboolean           in_part = ms_index_is_part_of_many (attribute);
  MsFilter           equal = *filter;

  equal.op = MS_FILTER_EQ;
  if (in_part && !scope->of_values && (scope->elem != NULL || !attribute->parent->multi_valued))
    {
      append_part_differs (self, scope, filter);
      return;
    }
  if (scope->elem != NULL || !is_multiple (attribute))
    {
      ms_sql_builder_append (self, "NOT ");
      append_equal_test (self, scope, &equal);
      return;
    }
  const MsAttribute *whole = attribute->multi_valued && !in_part ? attribute : attribute->parent;
  MsSqlScope         element = { scope->type, "e.obj", "e.elem", FALSE, FALSE };
  ms_sql_builder_append (self, "(%s IN (SELECT e.obj FROM ", scope->obj);
  append_elements (self, scope->type, whole);
  ms_sql_builder_append (self, " e WHERE ");
  append_differs_test (self, &element, filter);
  ms_sql_builder_append (self, ") OR %s NOT IN (SELECT obj FROM value WHERE ", scope->obj);
  append_parts (self, scope->type, whole);
  ms_sql_builder_append (self, "))");
}

/* By what is read once, not for each object. */
static void
append_derived_test (MsSqlBuilder *self, const MsSqlScope *scope, const MsFilter *filter)
{
  gboolean differs = filter->kind == MS_FILTER_COMPARE && filter->op == MS_FILTER_NE;
  MsFilter asked = *filter;

  if (differs)
    asked.op = MS_FILTER_EQ;
  ms_sql_builder_append (self, differs ? "%s NOT IN (" : "%s IN (", scope->obj);
  append_derived_set (self, scope->type, &asked);
  ms_sql_builder_append (self, ")");
}

static void
append_leaf_test (MsSqlBuilder *self, const MsSqlScope *scope, const MsFilter *filter)
{
  gboolean compares = filter->kind == MS_FILTER_COMPARE;

  if (ms_attribute_is_derived (filter->attribute))
    append_derived_test (self, scope, filter);
  else if (compares && filter->op == MS_FILTER_NE)
    append_differs_test (self, scope, filter);
  else if (compares && filter->op == MS_FILTER_EQ)
    append_equal_test (self, scope, filter);
  else
    {
      append_scope (self, scope);
      ms_sql_builder_append (self, " IN (");
      if (scope->elem != NULL)
        append_leaf_elements (self, scope->type, filter, scope->of_values);
      else
        append_leaf_set (self, scope->type, filter);
      ms_sql_builder_append (self, ")");
    }
}

/* Value paths --------------------------------------------------------------------------------- */

static void
append_value_path_set (MsSqlBuilder *self, const MsResourceType *type, const MsFilter *filter)
{
  const MsFilter *equality = ms_filter_sql_find_equality (filter->left);
  gboolean        of_values = ms_index_is_part_of_many (filter->attribute);
  gboolean        fenced = ms_filter_sql_count_tests (filter->left) > ms_query_sizes.joined;
  MsSqlScope      element = { type, "e.obj", "e.elem", of_values, fenced };

  ms_sql_builder_append (self, "SELECT e.obj FROM ");
  if (equality != NULL)
    {
      ms_sql_builder_append (self, "(");
      append_leaf_elements (self, type, equality, of_values);
      ms_sql_builder_append (self, ")");
    }
  else
    append_elements (self, type, filter->attribute);
  ms_sql_builder_append (self, " e WHERE ");
  ms_filter_sql_append_test (self, &element, filter->left);
}

/* Trees --------------------------------------------------------------------------------------- */

void
ms_filter_sql_append_set (MsSqlBuilder *self, const MsResourceType *type, const MsFilter *filter)
{
  const MsAttribute *attribute = filter->attribute;
  const MsAttribute *relation = attribute != NULL ? ms_filter_sql_relation_of (attribute) : NULL;

  if (filter->kind == MS_FILTER_OR)
    {
      ms_filter_sql_append_set (self, type, filter->left);
      ms_sql_builder_append (self, " UNION ");
      ms_filter_sql_append_set (self, type, filter->right);
    }
  else if (filter->kind == MS_FILTER_NOTHING)
    ms_sql_builder_append (self, "SELECT n FROM object WHERE 1 = 0");
  else if (relation != NULL)
    ms_filter_sql_append_linked (
        self, type, relation, filter->kind == MS_FILTER_VALUE_PATH ? filter->left : filter);
  else if (filter->kind == MS_FILTER_VALUE_PATH)
    append_value_path_set (self, type, filter);
  else if (attribute == NULL)
    ms_filter_sql_append_meta_set (self, type, filter);
  else
    append_leaf_set (self, type, filter);
}

static void
append_bare_test (MsSqlBuilder *self, const MsSqlScope *scope, const MsFilter *filter)
{
  const MsAttribute *attribute = filter->attribute;
  const MsAttribute *relation = attribute != NULL ? ms_filter_sql_relation_of (attribute) : NULL;

  if (relation != NULL)
    ms_filter_sql_append_link_test (self,
                                    scope,
                                    relation,
                                    filter->kind == MS_FILTER_VALUE_PATH ? filter->left : filter,
                                    filter->kind == MS_FILTER_VALUE_PATH);
  else if (attribute != NULL && filter->kind != MS_FILTER_VALUE_PATH)
    append_leaf_test (self, scope, filter);
  else
    {
      ms_sql_builder_append (self, "%s IN (", scope->obj);
      if (attribute == NULL)
        ms_filter_sql_append_meta_set (self, scope->type, filter);
      else
        append_value_path_set (self, scope->type, filter);
      ms_sql_builder_append (self, ")");
    }
}

/* Whether what it is about is looked for in a set that has to be made as a whole, since no index
 * leads from an object, or element, to its values. As a table to be joined PostgreSQL would go
 * through that set again for each of those asked about where it takes it for a small one, and how
 * many values end in something it cannot know. */
static gboolean
is_in_whole (const MsSqlScope *scope, const MsFilter *filter)
{
  const MsAttribute *attribute = filter->attribute;

  if (attribute == NULL || filter->kind == MS_FILTER_VALUE_PATH
      || ms_filter_sql_relation_of (attribute) != NULL)
    return FALSE;
  if (filter->kind == MS_FILTER_COMPARE
      && (filter->op == MS_FILTER_EQ || filter->op == MS_FILTER_NE))
    return FALSE;
  return scope->elem != NULL || ms_filter_sql_is_scan (filter);
}

static void
append_one_test (MsSqlBuilder *self, const MsSqlScope *scope, const MsFilter *filter)
{
  const gboolean fenced = scope->fenced || is_in_whole (scope, filter);

  ms_sql_builder_append (self, fenced ? "(" : "");
  append_bare_test (self, scope, filter);
  ms_sql_builder_append (self, fenced ? ") IS TRUE" : "");
}

static void append_test (MsSqlBuilder *self, const MsSqlScope *scope, const MsFilter *filter);

/* An operand of an "and". Brackets only where they are needed: a parser holds what stands before
 * them. */
static void
append_and_part (MsSqlBuilder *self, const MsSqlScope *scope, const MsFilter *filter)
{
  gboolean brackets = filter->kind == MS_FILTER_OR;

  ms_sql_builder_append (self, brackets ? "(" : "");
  append_test (self, scope, filter);
  ms_sql_builder_append (self, brackets ? ")" : "");
}

static void
append_test (MsSqlBuilder *self, const MsSqlScope *scope, const MsFilter *filter)
{
  switch (filter->kind)
    {
    case MS_FILTER_AND:
      append_and_part (self, scope, filter->left);
      ms_sql_builder_append (self, " AND ");
      append_and_part (self, scope, filter->right);
      break;
    case MS_FILTER_OR:
      append_test (self, scope, filter->left);
      ms_sql_builder_append (self, " OR ");
      append_test (self, scope, filter->right);
      break;
    case MS_FILTER_NOT:
      ms_sql_builder_append (self, "NOT (");
      append_test (self, scope, filter->left);
      ms_sql_builder_append (self, ")");
      break;
    case MS_FILTER_COMPARE:
    case MS_FILTER_PRESENT:
    case MS_FILTER_VALUE_PATH:
      append_one_test (self, scope, filter);
      break;
    case MS_FILTER_NOTHING:
    default:
      ms_sql_builder_append (self, "1 = 0");
    }
}

void
ms_filter_sql_append_test (MsSqlBuilder *self, const MsSqlScope *scope, const MsFilter *filter)
{
  append_and_part (self, scope, filter);
}
