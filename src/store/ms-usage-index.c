/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-usage-index.h.
 */
#include "ms-usage-index.h"

#include "ms-index-private.h"
#include "ms-reading.h"

#include <string.h>

/* @least: what is below it is not known */
static const struct
{
  const char *name;
  const char *column;
  gint64      least;
} indexed[MS_USAGE_N_INDEXED] = {
  { "storedBytes", "stored_bytes", 0 },
  { "storedMessages", "stored_messages", 0 },
  { "lastAccess", "last_access", 1 },
  { "measured", "measured", 1 },
};

static guint
find_indexed (const MsAttribute *attribute)
{
  for (guint i = 0; i < MS_USAGE_N_INDEXED; i++)
    if (strcmp (indexed[i].name, attribute->name) == 0)
      return i;
  g_assert_not_reached (); /* only our own schemas have such attributes */
}

GArray *
ms_usage_index_rows (MsIndex *index, const gint64 *values)
{
  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (ms_index_get_schemas (index), MS_TYPE_NAME_MAILBOX);
  const MsIndexType *entry = ms_index_get_type (index, type);
  GArray            *rows = ms_index_new_rows ();

  for (guint i = 0; i < entry->leaves->len; i++)
    {
      const MsIndexLeaf *leaf = &g_array_index (entry->leaves, MsIndexLeaf, i);
      if (!leaf->attribute->is_measured)
        continue;
      guint place = find_indexed (leaf->attribute);
      if (values[place] < indexed[place].least)
        continue;
      MsIndexRow row = { leaf->attr, 0, ms_index_int_key (values[place]), leaf };
      g_array_append_val (rows, row);
    }
  g_array_sort (rows, (GCompareFunc) ms_index_row_compare);
  return rows;
}

gboolean
ms_usage_index_dup_key (
    MsSql *sql, const MsAttribute *attribute, gint64 row, char **key, GError **error)
{
  guint            place = find_indexed (attribute);
  gint64           value = MS_USAGE_UNKNOWN;
  g_autofree char *text = g_strdup_printf (
      "SELECT %s FROM usage_reading WHERE grp >= 0 AND obj = $1", indexed[place].column);

  if (!ms_sql_get_int (sql, &value, error, text, "i", row))
    return FALSE;
  *key = value >= indexed[place].least ? ms_index_int_key (value) : NULL;
  return TRUE;
}

gboolean
ms_index_insert_measured (MsSql *sql, const MsIndexLeaf *leaf, GError **error)
{
  guint            place = find_indexed (leaf->attribute);
  g_autofree char *text = g_strdup_printf (
      "SELECT obj, %s FROM usage_reading WHERE grp >= 0 AND %s >= $1 ORDER BY obj",
      indexed[place].column,
      indexed[place].column);
  g_autoptr (MsStatement) statement = ms_sql_query (sql, error, text, "i", indexed[place].least);
  gboolean row = TRUE;

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      g_autoptr (GArray) rows = ms_index_new_rows ();
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      MsIndexRow made
          = { leaf->attr, 0, ms_index_int_key (ms_statement_get_int (statement, 1)), leaf };
      g_array_append_val (rows, made);
      if (!ms_index_insert_rows (sql, rows, ms_statement_get_int (statement, 0), error))
        return FALSE;
    }
}
