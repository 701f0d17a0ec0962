/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Orders as SQL, and the place of one object in them.
 */
#include "ms-query.h"

#include "ms-derived.h"
#include "ms-usage-index.h"

#include <string.h>

/* What is compared, in this sequence; the last is the object's row. */
static const char *
get_column (const MsOrder *self, guint i)
{
  static const char *const columns[][3] = {
    [MS_ORDER_ROW] = { "o.n" },
    [MS_ORDER_ID] = { "o.id", "o.n" },
    [MS_ORDER_MODIFIED] = { "o.modified", "o.n" },
    [MS_ORDER_VERSION] = { "o.version", "o.n" },
    [MS_ORDER_INDEX] = { "s.key", "s.obj" },
    [MS_ORDER_LINK] = { "s.key", "s.obj", "l.from_n" },
    [MS_ORDER_CLIENT] = { "s.key", "s.obj" },
    [MS_ORDER_DERIVED] = { "s.key", "s.obj" },
  };
  static const char *const unsure[3] = { "t.label_key", "t.n", "l.from_n" };

  if (i >= 3)
    return NULL;
  return self->kind == MS_ORDER_LINK && self->label == 0 ? unsure[i] : columns[self->kind][i];
}

static const char *
get_row_column (const MsOrder *self)
{
  guint last = 0;

  while (get_column (self, last + 1) != NULL)
    last++;
  return get_column (self, last);
}

/* The label that every object at the other end has, if there is one type and it must have one. */
static void
find_target_label (MsOrder *self, MsTxn *txn)
{
  char                **types = self->attribute->relation_types;
  const MsResourceType *type = types != NULL && types[0] != NULL && types[1] == NULL
                                   ? ms_schema_registry_get_type_by_name (txn->schemas, types[0])
                                   : NULL;
  const MsAttribute    *label = type != NULL ? ms_resource_type_get_label (type) : NULL;

  /* Names of domains are in the index as domains are compared, beside objects as any text is. */
  if (label == NULL || !label->required || label->text_form != MS_TEXT_FORM_PLAIN)
    return;
  self->label = ms_index_get_number (txn->index, type, label);
  self->label_exact = label->case_exact;
}

static MsOrderKind
order_by_client (MsOrder *self, MsTxn *txn, const MsQuery *query)
{
  const MsAttribute *client = ms_attribute_find_sub (query->sort_by->parent, "client");

  self->attribute = query->sort_by;
  self->attr = ms_index_get_number (txn->index, query->type, query->sort_by);
  self->client = query->sort_client;
  self->client_attr = ms_index_get_number (txn->index, query->type, client);
  return self->attr != 0 && self->client_attr != 0 ? MS_ORDER_CLIENT : MS_ORDER_ROW;
}

static MsOrderKind
kind_of_attribute (MsOrder *self, MsTxn *txn, const MsQuery *query)
{
  if (query->sort_client != NULL)
    return order_by_client (self, txn, query);
  const MsAttribute *relation = ms_filter_sql_relation_of (query->sort_by);
  const MsAttribute *attribute = relation != NULL ? relation : query->sort_by;

  self->attribute = attribute;
  self->attr = ms_index_get_number (txn->index, query->type, attribute);
  if (relation == NULL && !ms_attribute_is_derived (attribute))
    return self->attr != 0 ? MS_ORDER_INDEX : MS_ORDER_ROW;
  if (relation == NULL || relation->relation != MS_RELATION_TO || relation->multi_valued
      || !ms_derived_is_end (relation, query->sort_by))
    {
      self->attribute = query->sort_by;
      return ms_derived_exists (txn, query->type, query->sort_by) ? MS_ORDER_DERIVED : MS_ORDER_ROW;
    }
  find_target_label (self, txn);
  return MS_ORDER_LINK;
}

void
ms_order_init (MsOrder *self, MsTxn *txn, const MsQuery *query)
{
  memset (self, 0, sizeof *self);
  self->type = query->type;
  self->descending = query->descending;
  if (query->sort_by != NULL)
    self->kind = kind_of_attribute (self, txn, query);
  else if (query->sort_meta == MS_FILTER_META_ID || query->sort_meta == MS_FILTER_META_LOCATION)
    self->kind = MS_ORDER_ID;
  else if (query->sort_meta == MS_FILTER_META_VERSION)
    self->kind = MS_ORDER_VERSION;
  else if (query->sort_meta == MS_FILTER_META_LAST_MODIFIED)
    self->kind = MS_ORDER_MODIFIED;
  else
    self->kind = MS_ORDER_ROW;
}

gboolean
ms_order_is_by_row (const MsOrder *self)
{
  return self->kind == MS_ORDER_ROW;
}

gboolean
ms_order_may_lack (const MsOrder *self)
{
  return self->kind == MS_ORDER_INDEX || self->kind == MS_ORDER_LINK
         || self->kind == MS_ORDER_CLIENT || self->kind == MS_ORDER_DERIVED;
}

gboolean
ms_order_keeps_keyed (const MsOrder *self)
{
  return self->kind == MS_ORDER_INDEX || self->kind == MS_ORDER_LINK;
}

static void
append_links (const MsOrder *self, MsSqlBuilder *builder)
{
  if (self->label != 0)
    {
      /* Not a JOIN: SQLite reads the tables of this one in the order in which they are named. */
      ms_sql_builder_append (builder, " FROM value s CROSS JOIN link l WHERE s.attr = ");
      ms_sql_builder_add_int (builder, self->label);
      ms_sql_builder_append (builder, " AND s.elem = 0 AND l.to_n = s.obj AND l.attr = ");
    }
  else
    ms_sql_builder_append (builder, " FROM link l JOIN object t ON t.n = l.to_n WHERE l.attr = ");
  ms_sql_builder_add_int (builder, self->attr);
}

/* The names that all clients gave, in order, each with a look at whose it is. Not a JOIN, as in
 * append_links(). Of several by one client the first counts. */
static void
append_names (const MsOrder *self, MsSqlBuilder *builder)
{
  ms_sql_builder_append (builder, " FROM value s CROSS JOIN value c WHERE s.attr = ");
  ms_sql_builder_add_int (builder, self->attr);
  ms_sql_builder_append (builder, " AND c.obj = s.obj AND c.elem = s.elem AND c.attr = ");
  ms_sql_builder_add_int (builder, self->client_attr);
  ms_sql_builder_append (builder, " AND c.key = ");
  g_autofree char *key = ms_index_text_key (self->client, FALSE);
  ms_sql_builder_add_text (builder, key);
  ms_sql_builder_append (builder,
                         " AND NOT EXISTS (SELECT 1 FROM value d WHERE d.attr = c.attr"
                         " AND d.key = c.key AND d.obj = c.obj AND d.elem < c.elem)");
}

/* @of_some: only some are asked for, by their rows */
static void
append_source (const MsOrder *self, MsSqlBuilder *builder, gboolean of_some)
{
  ms_sql_builder_append (builder, " FROM ");
  ms_derived_append (builder, self->type, self->attribute, of_some);
  ms_sql_builder_append (builder, " s WHERE 1 = 1");
}

/* Those with a key, where some may lack one. */
static void
append_from (const MsOrder *self, MsSqlBuilder *builder, gboolean of_some)
{
  if (self->kind == MS_ORDER_LINK)
    append_links (self, builder);
  else if (self->kind == MS_ORDER_CLIENT)
    append_names (self, builder);
  else if (self->kind == MS_ORDER_DERIVED)
    append_source (self, builder, of_some);
  else
    {
      ms_sql_builder_append (builder, " FROM value s WHERE s.elem = 0 AND s.attr = ");
      ms_sql_builder_add_int (builder, self->attr);
    }
}

void
ms_order_append_keyed (const MsOrder *self, MsSqlBuilder *builder)
{
  g_assert (!ms_order_keeps_keyed (self));
  ms_sql_builder_append (builder, "SELECT s.obj");
  append_from (self, builder, FALSE);
}

void
ms_order_append_select (const MsOrder *self,
                        MsSqlBuilder  *builder,
                        const MsQuery *query,
                        gboolean       count)
{
  ms_sql_builder_append (builder, "SELECT %s", count ? "count(*)" : get_row_column (self));
  if (ms_order_may_lack (self))
    {
      append_from (self, builder, FALSE);
      return;
    }
  ms_sql_builder_append (builder, " FROM object o WHERE o.deleted IS NULL AND o.type = ");
  ms_sql_builder_add_text (builder, query->type->name);
}

void
ms_order_append_by (const MsOrder *self, MsSqlBuilder *builder)
{
  const char *way = self->descending ? " DESC" : "";

  for (guint i = 0; get_column (self, i) != NULL; i++)
    ms_sql_builder_append (
        builder, "%s%s%s", i == 0 ? " ORDER BY " : ", ", get_column (self, i), way);
}

static void
append_key (const MsOrder *self, MsSqlBuilder *builder, const char *key)
{
  if (self->kind == MS_ORDER_MODIFIED || self->kind == MS_ORDER_VERSION)
    ms_sql_builder_add_int (builder, g_ascii_strtoll (key, NULL, 10));
  else
    ms_sql_builder_add_text (builder, key);
}

void
ms_order_append_beyond (const MsOrder      *self,
                        MsSqlBuilder       *builder,
                        const MsOrderPlace *place,
                        gboolean            before)
{
  if (self->kind == MS_ORDER_LINK)
    {
      /* A row of columns of two tables bounds neither of them for SQLite. */
      ms_sql_builder_append (builder, " AND %s %s ", get_column (self, 0), before ? "<=" : ">=");
      append_key (self, builder, place->key);
    }
  ms_sql_builder_append (builder, " AND (");
  for (guint i = 0; get_column (self, i) != NULL; i++)
    ms_sql_builder_append (builder, "%s%s", i > 0 ? ", " : "", get_column (self, i));
  ms_sql_builder_append (builder, before ? ") < (" : ") > (");
  append_key (self, builder, place->key);
  if (self->kind == MS_ORDER_LINK)
    {
      ms_sql_builder_append (builder, ", ");
      ms_sql_builder_add_int (builder, place->target);
    }
  ms_sql_builder_append (builder, ", ");
  ms_sql_builder_add_int (builder, place->row);
  ms_sql_builder_append (builder, ")");
}

void
ms_order_append_from (const MsOrder *self, MsSqlBuilder *builder, const char *key, gint64 row)
{
  g_assert (self->kind == MS_ORDER_INDEX);
  ms_sql_builder_append (builder, " AND (s.key, s.obj) >= (");
  ms_sql_builder_add_text (builder, key);
  ms_sql_builder_append (builder, ", ");
  ms_sql_builder_add_int (builder, row);
  ms_sql_builder_append (builder, ")");
}

/* Places -------------------------------------------------------------------------------------- */

void
ms_order_place_clear (MsOrderPlace *place)
{
  g_clear_pointer (&place->key, g_free);
}

int
ms_order_place_compare (const MsOrderPlace *a, const MsOrderPlace *b)
{
  if ((a->key == NULL) != (b->key == NULL))
    return a->key == NULL ? 1 : -1;
  int keys = g_strcmp0 (a->key, b->key);
  if (keys != 0)
    return keys;
  if (a->target != b->target)
    return a->target < b->target ? -1 : 1;
  return a->row < b->row ? -1 : a->row > b->row;
}

static char *
dup_leaf_key (const MsOrder *self, MsTxn *txn, MsObject *object)
{
  g_autoptr (GArray) rows = ms_index_collect_rows (txn->index, object);

  for (guint i = 0; i < rows->len; i++)
    {
      const MsIndexRow *row = &g_array_index (rows, MsIndexRow, i);
      if (row->attr == self->attr && row->elem == 0)
        return g_strdup (row->key);
    }
  return NULL;
}

/* (nullable) */
static char *
dup_name_key (const MsOrder *self, MsObject *object)
{
  JsonNode *node
      = ms_attribute_get_value (self->attribute->parent, ms_object_get_attributes (object));
  JsonArray *all = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  g_autofree char *wanted = ms_index_text_key (self->client, FALSE);

  for (guint i = 0; all != NULL && i < json_array_get_length (all); i++)
    {
      JsonObject      *element = json_array_get_object_element (all, i);
      JsonNode        *value = json_object_get_member (element, self->attribute->name);
      const char      *name = json_object_get_string_member_with_default (element, "client", NULL);
      g_autofree char *key = name != NULL ? ms_index_text_key (name, FALSE) : NULL;
      if (g_strcmp0 (key, wanted) == 0)
        return value != NULL ? ms_index_key (self->attribute, value) : NULL;
    }
  return NULL;
}

static gboolean
find_link (const MsOrder *self, MsTxn *txn, MsObject *object, MsOrderPlace *place, GError **error)
{
  const char *id = ms_object_get_link (object, self->attribute->path);
  g_auto (MsFound) found = { 0 };

  if (id != NULL && !ms_txn_find_row (txn, id, FALSE, &found, error))
    return FALSE;
  place->target = found.row;
  if (found.row != 0)
    place->key = ms_index_text_key (found.label, self->label_exact);
  return TRUE;
}

/* Of what is derived, and of an object that cannot be read: where the tables have it. Of its values
 * there is no table by object, so this looks at all values of the attribute. */
static gboolean
find_filed (const MsOrder *self, MsTxn *txn, gint64 row, MsOrderPlace *place, GError **error)
{
  gboolean found = FALSE;
  g_auto (MsSqlBuilder) builder = { 0 };

  ms_sql_builder_init (&builder, txn);
  ms_sql_builder_append (&builder, "SELECT %s, %s", get_column (self, 0), get_column (self, 1));
  append_from (self, &builder, TRUE);
  ms_sql_builder_append (&builder, " AND %s = ", get_row_column (self));
  ms_sql_builder_add_int (&builder, row);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  if (statement == NULL || !ms_statement_step (statement, &found, error))
    return FALSE;
  place->key = found ? ms_statement_dup_text (statement, 0) : NULL;
  place->target = found && self->kind == MS_ORDER_LINK ? ms_statement_get_int (statement, 1) : 0;
  return TRUE;
}

gboolean
ms_order_find_place (
    const MsOrder *self, MsTxn *txn, gint64 row, MsOrderPlace *place, GError **error)
{
  *place = (MsOrderPlace){ NULL, 0, row };
  if (self->kind == MS_ORDER_ROW)
    return TRUE;
  if (self->kind == MS_ORDER_DERIVED)
    return find_filed (self, txn, row, place, error);
  if (self->kind == MS_ORDER_INDEX && self->attribute->is_measured)
    return ms_usage_index_dup_key (txn->sql, self->attribute, row, &place->key, error);
  g_autoptr (MsObject) object = ms_txn_list_row (txn, self->type, row, error);
  if (object == NULL)
    return FALSE;
  if (ms_object_is_damaged (object) && ms_order_may_lack (self))
    return find_filed (self, txn, row, place, error);
  if (self->kind == MS_ORDER_LINK)
    {
      g_autoptr (GError) failed = NULL;
      if (find_link (self, txn, object, place, &failed))
        return TRUE;
      if (ms_txn_is_bearable (txn, failed))
        return find_filed (self, txn, row, place, error);
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (self->kind == MS_ORDER_INDEX)
    place->key = dup_leaf_key (self, txn, object);
  else if (self->kind == MS_ORDER_CLIENT)
    place->key = dup_name_key (self, object);
  else if (self->kind == MS_ORDER_ID)
    place->key = g_strdup (ms_object_get_id (object));
  else
    place->key = g_strdup_printf ("%020" G_GINT64_FORMAT,
                                  self->kind == MS_ORDER_VERSION ? ms_object_get_version (object)
                                                                 : ms_object_get_modified (object));
  return TRUE;
}

static void
place_clear (gpointer data)
{
  ms_order_place_clear (data);
}

static GArray *
new_places (GArray *rows)
{
  GArray *places = g_array_sized_new (FALSE, FALSE, sizeof (MsOrderPlace), rows->len);

  g_array_set_clear_func (places, place_clear);
  for (guint i = 0; i < rows->len; i++)
    {
      MsOrderPlace place = { NULL, 0, g_array_index (rows, gint64, i) };
      g_array_append_val (places, place);
    }
  return places;
}

/* By one statement. @wanted: (element-type gint64 MsOrderPlace) */
static gboolean
read_keys (const MsOrder *self, MsTxn *txn, GArray *rows, GHashTable *wanted, GError **error)
{
  gboolean more = TRUE;
  g_auto (MsSqlBuilder) builder = { 0 };

  ms_sql_builder_init (&builder, txn);
  ms_sql_builder_append (&builder, "SELECT s.obj, s.key");
  append_from (self, &builder, TRUE);
  for (guint i = 0; i < rows->len; i++)
    {
      ms_sql_builder_append (&builder, i == 0 ? " AND s.obj IN (" : ", ");
      ms_sql_builder_add_int (&builder, g_array_index (rows, gint64, i));
    }
  ms_sql_builder_append (&builder, ")");
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  while (statement != NULL && ms_statement_step (statement, &more, error))
    {
      if (!more)
        return TRUE;
      gint64        row = ms_statement_get_int (statement, 0);
      MsOrderPlace *place = g_hash_table_lookup (wanted, &row);
      if (place != NULL && place->key == NULL)
        place->key = ms_statement_dup_text (statement, 1);
    }
  return FALSE;
}

GArray *
ms_order_find_places (const MsOrder *self, MsTxn *txn, GArray *rows, GError **error)
{
  g_autoptr (GArray) places = new_places (rows);
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < rows->len; i++)
    {
      MsOrderPlace *place = &g_array_index (places, MsOrderPlace, i);
      if (self->kind == MS_ORDER_DERIVED)
        g_hash_table_insert (wanted, &place->row, place);
      else if (!ms_order_find_place (self, txn, place->row, place, error))
        return NULL;
    }
  if (g_hash_table_size (wanted) > 0 && !read_keys (self, txn, rows, wanted, error))
    return NULL;
  return g_steal_pointer (&places);
}
