/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Conditions on what every object has: id and meta.
 */
#include "ms-filter-sql.h"

#include "ms-json.h"

#include <string.h>

/* All objects that a query can find have the same type. */
static void
append_type_test (MsSqlBuilder *self, const MsResourceType *type, const MsFilter *filter)
{
  const char *value = json_node_get_string (filter->value);

  ms_sql_builder_append (
      self, ms_filter_text_satisfies (type->name, filter->op, value, TRUE) ? "1 = 1" : "1 = 0");
}

/* Times are shown in milliseconds and kept in microseconds: what a client read must equal what it
 * asks for. */
static void
append_time_range (MsSqlBuilder *self, const char *column, const MsFilter *filter)
{
  gint64 usec = 0;

  if (!ms_json_parse_time (json_node_get_string (filter->value), &usec))
    {
      ms_sql_builder_append (self, filter->op == MS_FILTER_NE ? "1 = 1" : "1 = 0");
      return;
    }
  gint64 begin = usec - ((usec % 1000) + 1000) % 1000;
  gint64 end = begin + 1000;
  if (filter->op == MS_FILTER_EQ || filter->op == MS_FILTER_NE)
    {
      ms_sql_builder_append (self, filter->op == MS_FILTER_EQ ? "(%s >= " : "NOT (%s >= ", column);
      ms_sql_builder_add_int (self, begin);
      ms_sql_builder_append (self, " AND %s < ", column);
      ms_sql_builder_add_int (self, end);
      ms_sql_builder_append (self, ")");
      return;
    }
  gboolean above = filter->op == MS_FILTER_GT || filter->op == MS_FILTER_GE;
  gboolean behind = filter->op == MS_FILTER_GT || filter->op == MS_FILTER_LE;
  ms_sql_builder_append (self, above ? "%s >= " : "%s < ", column);
  ms_sql_builder_add_int (self, behind ? end : begin);
}

/* W/"3" */
static void
append_version_range (MsSqlBuilder *self, const MsFilter *filter)
{
  if (filter->op == MS_FILTER_CO || filter->op == MS_FILTER_SW || filter->op == MS_FILTER_EW)
    {
      ms_filter_sql_append_text_test (
          self, "('W/\"' || version || '\"')", filter->op, json_node_get_string (filter->value));
      return;
    }
  const char *text = json_node_get_string (filter->value);
  gint64      version
      = text != NULL && g_str_has_prefix (text, "W/\"") ? g_ascii_strtoll (text + 3, NULL, 10) : 0;
  g_autofree char *same = g_strdup_printf ("W/\"%" G_GINT64_FORMAT "\"", version);
  if (g_strcmp0 (same, text) != 0)
    {
      ms_sql_builder_append (self, filter->op == MS_FILTER_NE ? "1 = 1" : "1 = 0");
      return;
    }
  ms_sql_builder_append (self, "version %s ", ms_filter_sql_order_operator (filter->op));
  ms_sql_builder_add_int (self, version);
}

/* By the id at its end: how it begins depends on the name by which the server was asked. */
static void
append_location_test (MsSqlBuilder *self, const MsFilter *filter)
{
  const char *text = json_node_get_string (filter->value);
  const char *slash = strrchr (text, '/');

  ms_filter_sql_append_text_test (self, "id", filter->op, slash != NULL ? slash + 1 : text);
}

static void
append_meta_range (MsSqlBuilder *self, const MsResourceType *type, const MsFilter *filter)
{
  if (filter->kind == MS_FILTER_PRESENT)
    {
      ms_sql_builder_append (self, "1 = 1");
      return;
    }
  switch (filter->meta)
    {
    case MS_FILTER_META_ID:
      ms_filter_sql_append_text_test (self, "id", filter->op, json_node_get_string (filter->value));
      break;
    case MS_FILTER_META_LOCATION:
      append_location_test (self, filter);
      break;
    case MS_FILTER_META_CREATED:
      append_time_range (self, "created", filter);
      break;
    case MS_FILTER_META_LAST_MODIFIED:
      append_time_range (self, "modified", filter);
      break;
    case MS_FILTER_META_VERSION:
      append_version_range (self, filter);
      break;
    case MS_FILTER_META_RESOURCE_TYPE:
      append_type_test (self, type, filter);
      break;
    case MS_FILTER_META_SCHEMAS:
    case MS_FILTER_META_NONE:
    default:
      ms_sql_builder_append (self, "1 = 0");
    }
}

void
ms_filter_sql_append_meta_set (MsSqlBuilder         *self,
                               const MsResourceType *type,
                               const MsFilter       *filter)
{
  ms_sql_builder_append (self, "SELECT n FROM object WHERE type = ");
  ms_sql_builder_add_text (self, type->name);
  ms_sql_builder_append (self, " AND deleted IS NULL AND ");
  append_meta_range (self, type, filter);
}
