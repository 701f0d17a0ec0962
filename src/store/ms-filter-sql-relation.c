/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Conditions on links: "owner.value eq", "members[type eq "User"]", "group.display co". What stands
 * beside the id on reading (display, type) is asked of the object at the other end, so that it is
 * always true.
 */
#include "ms-filter-sql.h"

#include <string.h>

const MsAttribute *
ms_filter_sql_relation_of (const MsAttribute *attribute)
{
  if (attribute->relation != MS_RELATION_NONE)
    return attribute;
  if (attribute->parent != NULL && attribute->parent->relation != MS_RELATION_NONE)
    return attribute->parent;
  return NULL;
}

MsFilterRoad
ms_filter_sql_find_road (MsTxn *txn, const MsResourceType *type, const MsAttribute *relation)
{
  MsIndex *index = txn->index;

  if (relation->relation == MS_RELATION_TO)
    return (MsFilterRoad){ ms_index_get_number (index, type, relation), "from_n", "to_n" };
  gint64 attr
      = relation->relation_types != NULL
            ? ms_index_get_relation (index, relation->relation_types[0], relation->relation_path)
            : 0;
  return (MsFilterRoad){ attr, "to_n", "from_n" };
}

/* The label as the types that may be there index it. */
static void
append_display_test (MsSqlBuilder *self, const MsAttribute *relation, const MsFilter *filter)
{
  MsIndex *index = self->txn->index;
  MsFilter compared = *filter;
  gboolean differs = filter->kind == MS_FILTER_COMPARE && filter->op == MS_FILTER_NE;

  if (differs)
    compared.op = MS_FILTER_EQ;
  ms_sql_builder_append (self, differs ? "NOT (1 = 0" : "(1 = 0");
  for (guint i = 0; relation->relation_types != NULL && relation->relation_types[i] != NULL; i++)
    {
      const MsResourceType *type
          = ms_schema_registry_get_type_by_name (self->txn->schemas, relation->relation_types[i]);
      const MsAttribute *label = type != NULL ? ms_resource_type_get_label (type) : NULL;
      if (label == NULL)
        continue;
      ms_sql_builder_append (self, " OR t.n IN (SELECT obj FROM value WHERE ");
      ms_filter_sql_append_key_range (
          self, ms_index_get_number (index, type, label), label, &compared);
      ms_sql_builder_append (self, ")");
    }
  ms_sql_builder_append (self, ")");
}

/* A boolean of the other end is shown as false where it is not set there. */
static void
append_far_boolean (MsSqlBuilder      *self,
                    const MsSqlScope  *scope,
                    const MsAttribute *far,
                    const MsFilter    *filter)
{
  g_autoptr (JsonNode) yes = json_node_init_boolean (json_node_alloc (), TRUE);
  MsFilter is_set
      = { .kind = MS_FILTER_COMPARE, .op = MS_FILTER_EQ, .attribute = far, .value = yes };

  if (filter->kind == MS_FILTER_PRESENT)
    {
      ms_sql_builder_append (self, "1 = 1");
      return;
    }
  if (json_node_get_boolean (filter->value) != (filter->op == MS_FILTER_EQ))
    ms_sql_builder_append (self, "NOT ");
  ms_filter_sql_append_test (self, scope, &is_set);
}

/* What elements carry beyond the usual, such as "primary" of a user's mailboxes: an attribute of
 * the other end. */
static void
append_far_test (MsSqlBuilder *self, const MsAttribute *relation, const MsFilter *filter)
{
  ms_sql_builder_append (self, "(1 = 0");
  for (guint i = 0; relation->relation_types != NULL && relation->relation_types[i] != NULL; i++)
    {
      const MsResourceType *type
          = ms_schema_registry_get_type_by_name (self->txn->schemas, relation->relation_types[i]);
      const MsAttribute *far
          = type != NULL ? ms_resource_type_find (type, filter->attribute->name) : NULL;
      if (far == NULL || far->type == MS_ATTR_COMPLEX)
        continue;
      MsFilter   asked = *filter;
      MsSqlScope scope = { type, "t.n", NULL };
      asked.attribute = far;
      ms_sql_builder_append (self, " OR (t.type = ");
      ms_sql_builder_add_text (self, type->name);
      ms_sql_builder_append (self, " AND ");
      if (far->type == MS_ATTR_BOOLEAN)
        append_far_boolean (self, &scope, far, filter);
      else
        ms_filter_sql_append_test (self, &scope, &asked);
      ms_sql_builder_append (self, ")");
    }
  ms_sql_builder_append (self, ")");
}

/* "direct" at the derived end (RFC 7643 §4.1.2), the type of the other object elsewhere: of few,
 * which are compared here. */
static void
append_type_test (MsSqlBuilder *self, const MsAttribute *relation, const MsFilter *filter)
{
  GPtrArray  *types = ms_schema_registry_get_types (self->txn->schemas);
  const char *text = json_node_get_string (filter->value);
  gboolean    exact = filter->attribute->case_exact;

  if (relation->relation == MS_RELATION_FROM)
    {
      ms_sql_builder_append (
          self, ms_filter_text_satisfies ("direct", filter->op, text, exact) ? "1 = 1" : "1 = 0");
      return;
    }
  ms_sql_builder_append (self, "(1 = 0");
  for (guint i = 0; i < types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (types, i);
      if (!ms_filter_text_satisfies (type->name, filter->op, text, exact))
        continue;
      ms_sql_builder_append (self, " OR t.type = ");
      ms_sql_builder_add_text (self, type->name);
    }
  ms_sql_builder_append (self, ")");
}

/* One comparison with the object "t" at the other end. */
static void
append_end_leaf (MsSqlBuilder *self, const MsAttribute *relation, const MsFilter *filter)
{
  const char *name = filter->attribute == relation ? "value" : filter->attribute->name;
  const char *text
      = filter->value != NULL && json_node_get_value_type (filter->value) == G_TYPE_STRING
            ? json_node_get_string (filter->value)
            : "";

  if (strcmp (name, "display") == 0 || strcmp (name, "displayName") == 0)
    append_display_test (self, relation, filter);
  else if (strcmp (name, "value") != 0 && strcmp (name, "type") != 0 && strcmp (name, "$ref") != 0)
    append_far_test (self, relation, filter);
  else if (filter->kind == MS_FILTER_PRESENT)
    ms_sql_builder_append (self, "1 = 1");
  else if (strcmp (name, "value") == 0)
    ms_filter_sql_append_text_test (self, "t.id", filter->op, text);
  else if (strcmp (name, "type") == 0)
    append_type_test (self, relation, filter);
  else
    {
      const char *slash = strrchr (text, '/');
      ms_filter_sql_append_text_test (self, "t.id", filter->op, slash != NULL ? slash + 1 : text);
    }
}

static void
append_end_test (MsSqlBuilder *self, const MsAttribute *relation, const MsFilter *filter);

/* An operand of an "and", as in ms_filter_sql_append_test() */
static void
append_end_and_part (MsSqlBuilder *self, const MsAttribute *relation, const MsFilter *filter)
{
  gboolean brackets = filter->kind == MS_FILTER_OR;

  ms_sql_builder_append (self, brackets ? "(" : "");
  append_end_test (self, relation, filter);
  ms_sql_builder_append (self, brackets ? ")" : "");
}

static void
append_end_test (MsSqlBuilder *self, const MsAttribute *relation, const MsFilter *filter)
{
  switch (filter->kind)
    {
    case MS_FILTER_AND:
      append_end_and_part (self, relation, filter->left);
      ms_sql_builder_append (self, " AND ");
      append_end_and_part (self, relation, filter->right);
      break;
    case MS_FILTER_OR:
      append_end_test (self, relation, filter->left);
      ms_sql_builder_append (self, " OR ");
      append_end_test (self, relation, filter->right);
      break;
    case MS_FILTER_NOT:
      ms_sql_builder_append (self, "NOT (");
      append_end_test (self, relation, filter->left);
      ms_sql_builder_append (self, ")");
      break;
    case MS_FILTER_COMPARE:
    case MS_FILTER_PRESENT:
      if (filter->attribute != NULL)
        {
          append_end_leaf (self, relation, filter);
          break;
        }
      ms_sql_builder_append (self, "1 = 0");
      break;
    case MS_FILTER_VALUE_PATH:
    case MS_FILTER_NOTHING:
    default:
      ms_sql_builder_append (self, "1 = 0");
    }
}

void
ms_filter_sql_append_linked (MsSqlBuilder         *self,
                             const MsResourceType *type,
                             const MsAttribute    *relation,
                             const MsFilter       *inner)
{
  MsFilterRoad road = ms_filter_sql_find_road (self->txn, type, relation);

  ms_sql_builder_append (
      self, "SELECT l.%s FROM link l JOIN object t ON t.n = l.%s", road.own, road.other);
  if (relation->relation == MS_RELATION_FROM)
    {
      /* Others than this type may be at this end of it. */
      ms_sql_builder_append (self, " JOIN object f ON f.n = l.%s AND f.type = ", road.own);
      ms_sql_builder_add_text (self, type->name);
    }
  ms_sql_builder_append (self, " WHERE l.attr = ");
  ms_sql_builder_add_int (self, road.attr);
  ms_sql_builder_append (self, " AND ");
  append_end_and_part (self, relation, inner);
}

void
ms_filter_sql_append_link_test (MsSqlBuilder      *self,
                                const MsSqlScope  *scope,
                                const MsAttribute *relation,
                                const MsFilter    *inner,
                                gboolean           in_brackets)
{
  gboolean differs = !in_brackets && inner->kind == MS_FILTER_COMPARE && inner->op == MS_FILTER_NE;

  if (differs)
    {
      /* No link at all differs from everything; in brackets there must be one that does. */
      MsFilterRoad road = ms_filter_sql_find_road (self->txn, scope->type, relation);
      ms_sql_builder_append (self, "(NOT EXISTS (SELECT 1 FROM link WHERE attr = ");
      ms_sql_builder_add_int (self, road.attr);
      ms_sql_builder_append (self, " AND %s = %s) OR ", road.own, scope->obj);
    }
  ms_sql_builder_append (self, "%s IN (", scope->obj);
  ms_filter_sql_append_linked (self, scope->type, relation, inner);
  ms_sql_builder_append (self, differs ? "))" : ")");
}
