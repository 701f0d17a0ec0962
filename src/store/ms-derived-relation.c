/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What relations lead to. Where what is sorted by has an index of its own, as names have, it is
 * gone through in its order, and the links of each object are looked up from there: the beginning
 * of a list is then read without finding out what all the others lead to.
 */
#include "ms-derived.h"

#include "ms-filter-sql.h"

#include <string.h>

/* @attribute: the relation or a part of it, by which is sorted */
typedef struct
{
  MsSqlBuilder         *builder;
  const MsResourceType *type;
  const MsAttribute    *relation;
  const MsAttribute    *attribute;
  MsFilterRoad          road;
} Source;

gboolean
ms_derived_is_end (const MsAttribute *relation, const MsAttribute *attribute)
{
  static const char *const names[] = { "value", "$ref", "display", "displayName", NULL };

  return attribute == relation || g_strv_contains (names, attribute->name);
}

/* (nullable): the type at the other end by its place among those that may be there */
static const MsResourceType *
get_far_type (const Source *self, guint i)
{
  MsTxn *txn = self->builder->txn;

  return ms_schema_registry_get_type_by_name (txn->schemas, self->relation->relation_types[i]);
}

/* Number of the attribute @name there, or 0. */
static gint64
find_far_number (const Source *self, guint i, const char *name)
{
  const MsResourceType *type = get_far_type (self, i);
  const MsAttribute    *far = type != NULL ? ms_resource_type_find (type, name) : NULL;

  return far != NULL && far->type != MS_ATTR_COMPLEX
             ? ms_index_get_number (self->builder->txn->index, type, far)
             : 0;
}

/* Conditions ---------------------------------------------------------------------------------- */

/* Whether the object in row @far has the boolean @name. */
static void
append_has_flag (const Source *self, const char *far, const char *name)
{
  MsSqlBuilder *builder = self->builder;

  ms_sql_builder_append (builder,
                         "EXISTS (SELECT 1 FROM value b WHERE b.key = '1' AND b.elem = 0"
                         " AND b.obj = %s AND b.attr IN (0",
                         far);
  for (guint i = 0; self->relation->relation_types[i] != NULL; i++)
    {
      ms_sql_builder_append (builder, ", ");
      ms_sql_builder_add_int (builder, find_far_number (self, i, name));
    }
  ms_sql_builder_append (builder, "))");
}

static gboolean
has_primary (const Source *self)
{
  const MsAttribute *primary = ms_attribute_find_sub (self->relation, "primary");

  return primary != NULL && primary->type == MS_ATTR_BOOLEAN;
}

/* What elements are compared by: the primary ones first, then in the order in which they are
 * shown. */
static void
append_place (const Source *self, const char *link)
{
  g_autofree char *far = g_strdup_printf ("%s.%s", link, self->road.other);

  ms_sql_builder_append (self->builder, "(");
  if (has_primary (self))
    {
      ms_sql_builder_append (self->builder, "CASE WHEN ");
      append_has_flag (self, far, "primary");
      ms_sql_builder_append (self->builder, " THEN 0 ELSE 1 END, ");
    }
  ms_sql_builder_append (self->builder, "%s)", far);
}

/* Appends " AND <of the links of an object @l is the one that counts>". */
static void
append_is_first (const Source *self)
{
  if (self->relation->relation == MS_RELATION_TO && !self->relation->multi_valued)
    return;
  /* One look at the index for each: PostgreSQL would compare every member of a list with every
   * other. Those that may have a primary one are few. */
  if (!has_primary (self))
    {
      ms_sql_builder_append (self->builder,
                             " AND l.%s = (SELECT min (k.%s) FROM link k"
                             " WHERE k.attr = l.attr AND k.%s = l.%s)",
                             self->road.other,
                             self->road.other,
                             self->road.own,
                             self->road.own);
      return;
    }
  ms_sql_builder_append (self->builder,
                         " AND NOT EXISTS (SELECT 1 FROM link k"
                         " WHERE k.attr = l.attr AND k.%s = l.%s AND k.%s <> l.%s AND ",
                         self->road.own,
                         self->road.own,
                         self->road.other,
                         self->road.other);
  append_place (self, "k");
  ms_sql_builder_append (self->builder, " < ");
  append_place (self, "l");
  ms_sql_builder_append (self->builder, ")");
}

/* Others than this type may be at this end of it. */
static void
append_own_type (const Source *self)
{
  if (self->relation->relation != MS_RELATION_FROM)
    return;
  ms_sql_builder_append (
      self->builder, " CROSS JOIN object f WHERE f.n = l.%s AND f.type = ", self->road.own);
  ms_sql_builder_add_text (self->builder, self->type->name);
}

static void
append_of_relation (const Source *self)
{
  ms_sql_builder_append (self->builder,
                         self->relation->relation == MS_RELATION_FROM ? " AND " : " WHERE ");
  ms_sql_builder_append (self->builder, "l.attr = ");
  ms_sql_builder_add_int (self->builder, self->road.attr);
}

/* Queries ------------------------------------------------------------------------------------- */

/* By the values that the index has of one attribute there. Not a JOIN: SQLite reads the tables of
 * this one in the order in which they are named. With a sign, for whoever looks for some objects
 * only it would otherwise look for each of them at each value. */
static void
append_indexed (const Source *self, gint64 attr)
{
  ms_sql_builder_append (self->builder,
                         "SELECT +l.%s AS obj, s.key AS key FROM value s CROSS JOIN link l",
                         self->road.own);
  append_own_type (self);
  append_of_relation (self);
  ms_sql_builder_append (
      self->builder, " AND l.%s = s.obj AND s.elem = 0 AND s.attr = ", self->road.other);
  ms_sql_builder_add_int (self->builder, attr);
  append_is_first (self);
}

/* By what the row of the object "t" there says. @key: SQL, or %NULL for whether it has the flag
 * that is asked for */
static void
append_looked_up (const Source *self, const char *key)
{
  g_autofree char *far = g_strdup_printf ("l.%s", self->road.other);

  ms_sql_builder_append (
      self->builder, "SELECT l.%s AS obj, %s", self->road.own, key != NULL ? key : "CASE WHEN ");
  if (key == NULL)
    {
      append_has_flag (self, far, self->attribute->name);
      ms_sql_builder_append (self->builder, " THEN '1' ELSE '0' END");
    }
  ms_sql_builder_append (self->builder, " AS key FROM link l JOIN object t ON t.n = %s", far);
  append_own_type (self);
  append_of_relation (self);
  append_is_first (self);
}

/* Number of the label that every object there has, if they are of one type and must have one, and
 * the index has it as "object" does, or 0. */
static gint64
find_label (const Source *self)
{
  const MsResourceType *type
      = self->relation->relation_types[1] == NULL ? get_far_type (self, 0) : NULL;
  const MsAttribute *label = type != NULL ? ms_resource_type_get_label (type) : NULL;

  return label != NULL && label->required && !label->case_exact
                 && label->text_form == MS_TEXT_FORM_PLAIN
             ? ms_index_get_number (self->builder->txn->index, type, label)
             : 0;
}

static void
append_by_name (const Source *self, gboolean of_some)
{
  gint64 label = of_some ? 0 : find_label (self);

  if (label != 0)
    append_indexed (self, label);
  else
    append_looked_up (self, "t.label_key");
}

/* Its own end of a relation is always "direct" (RFC 7643 §4.1.2). */
static void
append_by_type (const Source *self)
{
  append_looked_up (self,
                    self->relation->relation == MS_RELATION_FROM ? "'direct'"
                    : self->attribute->case_exact                ? "t.type"
                                                                 : "lower(t.type)");
}

static void
append_by_far_attribute (const Source *self)
{
  gboolean any = FALSE;

  for (guint i = 0; self->relation->relation_types[i] != NULL; i++)
    {
      gint64 number = find_far_number (self, i, self->attribute->name);
      if (number == 0)
        continue;
      ms_sql_builder_append (self->builder, any ? " UNION ALL " : "");
      append_indexed (self, number);
      any = TRUE;
    }
  if (!any)
    ms_sql_builder_append (self->builder, "SELECT n AS obj, id AS key FROM object WHERE 1 = 0");
}

gboolean
ms_derived_relation_exists (MsTxn *txn, const MsResourceType *type, const MsAttribute *attribute)
{
  const MsAttribute *relation = ms_filter_sql_relation_of (attribute);

  return relation->relation_types != NULL && relation->relation_types[0] != NULL
         && ms_filter_sql_find_road (txn, type, relation).attr != 0;
}

void
ms_derived_relation_append (MsSqlBuilder         *builder,
                            const MsResourceType *type,
                            const MsAttribute    *attribute,
                            gboolean              of_some)
{
  const MsAttribute *relation = ms_filter_sql_relation_of (attribute);
  Source             self = {
                builder, type, relation, attribute, ms_filter_sql_find_road (builder->txn, type, relation)
  };

  ms_sql_builder_append (builder, "(");
  if (ms_derived_is_end (relation, attribute))
    append_by_name (&self, of_some);
  else if (strcmp (attribute->name, "type") == 0)
    append_by_type (&self);
  else if (attribute->type == MS_ATTR_BOOLEAN)
    append_looked_up (&self, NULL);
  else
    append_by_far_attribute (&self);
  ms_sql_builder_append (builder, ")");
}
