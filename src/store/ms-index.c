/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of one object goes into the index tables.
 */
#include "ms-index-private.h"

#include "ms-json.h"
#include "ms-text.h"

#include <string.h>

const MsIndexType *
ms_index_get_type (MsIndex *self, const MsResourceType *type)
{
  return g_hash_table_lookup (self->types, type);
}

gint64
ms_index_get_number (MsIndex *self, const MsResourceType *type, const MsAttribute *attribute)
{
  const MsIndexType *entry = ms_index_get_type (self, type);

  return entry != NULL ? GPOINTER_TO_INT (g_hash_table_lookup (entry->numbers, attribute)) : 0;
}

const MsIndexLeaf *
ms_index_find_leaf (MsIndex *self, const MsResourceType *type, const MsAttribute *attribute)
{
  const MsIndexType *entry = ms_index_get_type (self, type);

  for (guint i = 0; entry != NULL && i < entry->leaves->len; i++)
    {
      const MsIndexLeaf *leaf = &g_array_index (entry->leaves, MsIndexLeaf, i);
      if (leaf->attribute == attribute)
        return leaf;
    }
  return NULL;
}

gint64
ms_index_get_relation (MsIndex *self, const char *type_name, const char *path)
{
  const MsResourceType *type = ms_schema_registry_get_type_by_name (self->schemas, type_name);
  const MsAttribute    *attribute = type != NULL ? ms_resource_type_find (type, path) : NULL;

  return attribute != NULL ? ms_index_get_number (self, type, attribute) : 0;
}

gboolean
ms_index_is_part_of_many (const MsAttribute *attribute)
{
  return attribute->multi_valued && attribute->parent != NULL;
}

/* Walking an object --------------------------------------------------------------------------- */

typedef void (*ValueFunc) (JsonNode *value, gint64 elem, gpointer user_data);

static JsonNode *
top_node (const MsAttribute *attribute, JsonObject *attributes)
{
  const MsAttribute *top = attribute->parent != NULL ? attribute->parent : attribute;

  if (strcmp (top->path, top->name) != 0)
    {
      JsonNode *extension = json_object_get_member (attributes, top->schema->id);
      if (extension == NULL || !JSON_NODE_HOLDS_OBJECT (extension))
        return NULL;
      attributes = json_node_get_object (extension);
    }
  return json_object_get_member (attributes, top->name);
}

/* Place of the element that stands for all: the primary one, or the first. */
static guint
find_representative (JsonArray *array)
{
  guint length = json_array_get_length (array);

  for (guint i = 0; i < length; i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      if (JSON_NODE_HOLDS_OBJECT (element)
          && json_object_get_boolean_member_with_default (
              json_node_get_object (element), "primary", FALSE))
        return i;
    }
  return 0;
}

static void
visit_element (const MsAttribute *attribute,
               JsonNode          *element,
               gint64             elem,
               ValueFunc          func,
               gpointer           user_data)
{
  if (attribute->parent != NULL)
    element = JSON_NODE_HOLDS_OBJECT (element)
                  ? json_object_get_member (json_node_get_object (element), attribute->name)
                  : NULL;
  if (element == NULL || JSON_NODE_HOLDS_NULL (element))
    return;
  if (!ms_index_is_part_of_many (attribute) || !JSON_NODE_HOLDS_ARRAY (element))
    {
      func (element, elem, user_data);
      return;
    }
  JsonArray *values = json_node_get_array (element);
  for (guint i = 0; i < json_array_get_length (values); i++)
    func (
        json_array_get_element (values, i), elem | ((gint64) i << MS_INDEX_VALUE_SHIFT), user_data);
}

static void
foreach_value (const MsAttribute *attribute,
               JsonObject        *attributes,
               ValueFunc          func,
               gpointer           user_data)
{
  JsonNode *node = top_node (attribute, attributes);

  if (node == NULL)
    return;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      visit_element (attribute, node, 0, func, user_data);
      return;
    }
  JsonArray *array = json_node_get_array (node);
  guint      length = json_array_get_length (array);
  guint      representative = find_representative (array);
  for (guint i = 0; i < length; i++)
    {
      guint elem = i == representative ? 0 : i < representative ? i + 1 : i;
      visit_element (attribute, json_array_get_element (array, i), elem, func, user_data);
    }
}

/* Rows ---------------------------------------------------------------------------------------- */

int
ms_index_row_compare (const MsIndexRow *a, const MsIndexRow *b)
{
  if (a->attr != b->attr)
    return a->attr < b->attr ? -1 : 1;
  int keys = strcmp (a->key, b->key);
  if (keys != 0)
    return keys;
  return a->elem < b->elem ? -1 : a->elem > b->elem;
}

static void
row_clear (gpointer data)
{
  g_free (((MsIndexRow *) data)->key);
}

typedef struct
{
  GArray            *rows;
  const MsIndexLeaf *leaf;
} RowContext;

static void
add_row (JsonNode *value, gint64 elem, gpointer user_data)
{
  RowContext *context = user_data;
  MsIndexRow  row = {
     context->leaf->attr, elem, ms_index_key (context->leaf->attribute, value), context->leaf
  };

  if (row.key != NULL)
    g_array_append_val (context->rows, row);
}

void
ms_index_collect_leaf (const MsIndexLeaf *leaf, JsonObject *attributes, GArray *rows)
{
  RowContext context = { rows, leaf };

  /* No document says it. */
  if (leaf->attribute->is_measured)
    return;
  foreach_value (leaf->attribute, attributes, add_row, &context);
}

GArray *
ms_index_new_rows (void)
{
  GArray *rows = g_array_sized_new (FALSE, FALSE, sizeof (MsIndexRow), 64);

  g_array_set_clear_func (rows, row_clear);
  return rows;
}

GArray *
ms_index_collect_rows (MsIndex *self, MsObject *object)
{
  const MsIndexType *type = ms_index_get_type (self, ms_object_get_type (object));
  JsonObject        *attributes = ms_object_get_attributes (object);
  GArray            *rows = ms_index_new_rows ();

  for (guint i = 0; type != NULL && i < type->leaves->len; i++)
    ms_index_collect_leaf (&g_array_index (type->leaves, MsIndexLeaf, i), attributes, rows);
  g_array_sort (rows, (GCompareFunc) ms_index_row_compare);
  return rows;
}

/* Unique values ------------------------------------------------------------------------------- */

static void
unique_clear (gpointer data)
{
  g_free (((MsIndexUnique *) data)->key);
}

typedef struct
{
  GArray            *found;
  const MsAttribute *attribute;
} UniqueContext;

static void
add_unique (JsonNode *value, gint64 elem, gpointer user_data)
{
  UniqueContext *context = user_data;
  MsIndexUnique  unique = { context->attribute->unique_scope,
                            ms_index_key (context->attribute, value),
                            context->attribute };

  if (unique.key != NULL && *unique.key != '\0')
    g_array_append_val (context->found, unique);
  else
    g_free (unique.key);
}

GArray *
ms_index_collect_unique (MsIndex *self, MsObject *object)
{
  const MsIndexType *type = ms_index_get_type (self, ms_object_get_type (object));
  GArray            *found = g_array_new (FALSE, FALSE, sizeof (MsIndexUnique));

  g_array_set_clear_func (found, unique_clear);
  for (guint i = 0; type != NULL && i < type->leaves->len; i++)
    {
      const MsIndexLeaf *leaf = &g_array_index (type->leaves, MsIndexLeaf, i);
      UniqueContext      context = { found, leaf->attribute };

      if (leaf->attribute->uniqueness != MS_UNIQUENESS_NONE
          && leaf->attribute->unique_scope != NULL)
        foreach_value (leaf->attribute, ms_object_get_attributes (object), add_unique, &context);
    }
  return found;
}

/* Search -------------------------------------------------------------------------------------- */

static void
add_search (JsonNode *value, gint64 elem, gpointer user_data)
{
  GString *text = user_data;

  if (json_node_get_value_type (value) != G_TYPE_STRING)
    return;
  g_autofree char *folded = ms_text_fold_search (json_node_get_string (value));
  if (text->len > 0)
    g_string_append_c (text, '\n');
  g_string_append (text, folded);
}

char *
ms_index_collect_search (MsIndex *self, MsObject *object)
{
  const MsIndexType *type = ms_index_get_type (self, ms_object_get_type (object));
  GString           *text = g_string_new (NULL);

  for (guint i = 0; type != NULL && i < type->leaves->len; i++)
    {
      const MsAttribute *attribute = g_array_index (type->leaves, MsIndexLeaf, i).attribute;
      if (attribute->is_search)
        foreach_value (attribute, ms_object_get_attributes (object), add_search, text);
    }
  return g_string_free (text, FALSE);
}
