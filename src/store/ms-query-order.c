/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Orders as SQL.
 */
#include "ms-query.h"

#include <string.h>

static const char *const kind_obj[] = { "o.n", "o.n", "o.n", "s.obj", "o.n", "o.n" };
static const char *const kind_key[] = { NULL,
                                        "o.id",
                                        "o.modified",
                                        "s.key",
                                        "COALESCE(s.key, '" MS_KEY_MISSING "')",
                                        "COALESCE(t.label_key, '" MS_KEY_MISSING "')" };

static MsOrderKind
kind_of_attribute (MsOrder *self, MsTxn *txn, const MsQuery *query)
{
  MsIndex           *index = txn->index;
  const MsAttribute *relation = ms_filter_sql_relation_of (query->sort_by);
  const MsAttribute *attribute = relation != NULL ? relation : query->sort_by;

  self->attribute = attribute;
  self->attr = ms_index_get_number (index, query->type, attribute);
  if (relation != NULL)
    return relation->relation == MS_RELATION_TO && !relation->multi_valued ? MS_ORDER_LINK
                                                                           : MS_ORDER_ROW;
  if (self->attr == 0)
    return MS_ORDER_ROW;
  const MsIndexType *type = ms_index_get_type (index, query->type);
  for (guint i = 0; i < type->leaves->len; i++)
    {
      const MsIndexLeaf *leaf = &g_array_index (type->leaves, MsIndexLeaf, i);
      if (leaf->attr == self->attr)
        return leaf->keeps_missing ? MS_ORDER_INDEX : MS_ORDER_JOINED;
    }
  return MS_ORDER_ROW;
}

void
ms_order_init (MsOrder *self, MsTxn *txn, const MsQuery *query)
{
  memset (self, 0, sizeof *self);
  self->descending = query->descending;
  if (query->sort_by != NULL)
    self->kind = kind_of_attribute (self, txn, query);
  else if (query->sort_meta == MS_FILTER_META_ID)
    self->kind = MS_ORDER_ID;
  else if (query->sort_meta == MS_FILTER_META_LAST_MODIFIED)
    self->kind = MS_ORDER_MODIFIED;
  else
    self->kind = MS_ORDER_ROW;
  self->obj = kind_obj[self->kind];
  self->key = kind_key[self->kind];
}

void
ms_order_append_select (const MsOrder *self,
                        MsSqlBuilder  *builder,
                        const MsQuery *query,
                        const char    *what)
{
  if (self->kind == MS_ORDER_INDEX)
    {
      ms_sql_builder_append (builder, "SELECT %s FROM value s WHERE s.attr = ", what);
      ms_sql_builder_add_int (builder, self->attr);
      return;
    }
  if (self->kind == MS_ORDER_JOINED)
    {
      /* Once for all: "value" has no index by object. */
      ms_sql_builder_append (builder,
                             "WITH s AS MATERIALIZED (SELECT obj, key FROM value WHERE attr = ");
      ms_sql_builder_add_int (builder, self->attr);
      ms_sql_builder_append (builder, " AND elem = 0) ");
    }
  ms_sql_builder_append (builder, "SELECT %s FROM object o", what);
  if (self->kind == MS_ORDER_JOINED)
    ms_sql_builder_append (builder, " LEFT JOIN s ON s.obj = o.n");
  else if (self->kind == MS_ORDER_LINK)
    {
      ms_sql_builder_append (builder, " LEFT JOIN link l ON l.from_n = o.n AND l.attr = ");
      ms_sql_builder_add_int (builder, self->attr);
      ms_sql_builder_append (builder, " LEFT JOIN object t ON t.n = l.to_n");
    }
  ms_sql_builder_append (builder, " WHERE o.type = ");
  ms_sql_builder_add_text (builder, query->type->name);
  ms_sql_builder_append (builder, " AND o.deleted IS NULL");
}

void
ms_order_append_by (const MsOrder *self, MsSqlBuilder *builder)
{
  const char *way = self->descending ? " DESC" : "";

  ms_sql_builder_append (builder, " ORDER BY ");
  if (self->key != NULL)
    ms_sql_builder_append (builder, "%s%s, ", self->key, way);
  ms_sql_builder_append (builder, "%s%s", self->obj, way);
}

void
ms_order_append_before (const MsOrder *self, MsSqlBuilder *builder, const char *key, gint64 row)
{
  const char *sign = self->descending ? ">" : "<";

  if (self->key == NULL)
    ms_sql_builder_append (builder, " AND %s %s ", self->obj, sign);
  else
    {
      ms_sql_builder_append (builder, " AND (%s, %s) %s (", self->key, self->obj, sign);
      if (self->kind == MS_ORDER_MODIFIED)
        ms_sql_builder_add_int (builder, g_ascii_strtoll (key, NULL, 10));
      else
        ms_sql_builder_add_text (builder, key);
      ms_sql_builder_append (builder, ", ");
    }
  ms_sql_builder_add_int (builder, row);
  if (self->key != NULL)
    ms_sql_builder_append (builder, ")");
}

/* Keys in memory ------------------------------------------------------------------------------ */

static char *
make_leaf_key (const MsOrder *self, MsTxn *txn, MsObject *object)
{
  g_autoptr (GArray) rows = ms_index_collect_rows (txn->index, object);

  for (guint i = 0; i < rows->len; i++)
    {
      const MsIndexRow *row = &g_array_index (rows, MsIndexRow, i);
      if (row->attr == self->attr && row->elem == 0)
        return g_strdup (row->key);
    }
  return g_strdup (MS_KEY_MISSING);
}

static gboolean
make_link_key (const MsOrder *self, MsTxn *txn, MsObject *object, char **key, GError **error)
{
  const char *id = ms_object_get_link (object, self->attribute->path);
  g_auto (MsFound) found = { 0 };

  if (id != NULL && !ms_txn_find_row (txn, id, FALSE, &found, error))
    return FALSE;
  *key = found.row != 0 ? ms_index_text_key (found.label, FALSE) : g_strdup (MS_KEY_MISSING);
  return TRUE;
}

gboolean
ms_order_make_key (const MsOrder *self, MsTxn *txn, MsObject *object, char **key, GError **error)
{
  *key = NULL;
  switch (self->kind)
    {
    case MS_ORDER_ID:
      *key = g_strdup (ms_object_get_id (object));
      return TRUE;
    case MS_ORDER_MODIFIED:
      *key = g_strdup_printf ("%020" G_GINT64_FORMAT, ms_object_get_modified (object));
      return TRUE;
    case MS_ORDER_INDEX:
    case MS_ORDER_JOINED:
      *key = make_leaf_key (self, txn, object);
      return TRUE;
    case MS_ORDER_LINK:
      return make_link_key (self, txn, object, key, error);
    case MS_ORDER_ROW:
    default:
      return TRUE;
    }
}
