/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An object of a damaged store, as its document has it, beside what the schemas know and what the
 * other tables say of it. Damage in a document that is still JSON makes no error anywhere: a name
 * with a wrong letter is an attribute that nobody asks for, and the one that it was is gone. What
 * the other tables can give back is taken from them; whatever is not as it was is named.
 */
#include "ms-rescue-private.h"

#include "ms-error.h"

#include <string.h>

/**
 * Compare: one object
 * @lines: (element-type utf8): what is to be said of it
 */
typedef struct
{
  MsRescue  *rescue;
  MsTxn     *txn;
  MsObject  *object;
  gint64     row;
  GPtrArray *lines;
} Compare;

static void tell (Compare *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
tell (Compare *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (self->lines, g_strdup_vprintf (format, args));
  va_end (args);
}

/* What the schemas know ----------------------------------------------------------------------- */

/* Of one value, without regard to rules that came after it. */
static gboolean
has_form (const MsAttribute *attribute, JsonNode *node)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  switch (attribute->type)
    {
    case MS_ATTR_BOOLEAN:
      return type == G_TYPE_BOOLEAN;
    case MS_ATTR_INTEGER:
      return type == G_TYPE_INT64;
    case MS_ATTR_DECIMAL:
      return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
    case MS_ATTR_COMPLEX:
      return JSON_NODE_HOLDS_OBJECT (node);
    case MS_ATTR_STRING:
    case MS_ATTR_DATE_TIME:
    case MS_ATTR_BINARY:
    case MS_ATTR_REFERENCE:
    default:
      return type == G_TYPE_STRING;
    }
}

/* (nullable): of that very name, as it is stored */
static const MsAttribute *
find_exactly (GPtrArray *attributes, const char *name)
{
  for (guint i = 0; i < attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (attributes, i);
      if (strcmp (attribute->name, name) == 0)
        return attribute;
    }
  return NULL;
}

/* (nullable): those that every type has stand in no schema */
static const MsAttribute *
find_common (const MsResourceType *type, const char *name)
{
  const MsAttribute *attribute = ms_resource_type_find (type, name);

  return attribute != NULL && strcmp (attribute->path, name) == 0 ? attribute : NULL;
}

static void
leave_out (Compare *self, JsonObject *holder, const char *where, const char *name, const char *why)
{
  tell (self, "“%s%s” in its document, which %s, is left out", where, name, why);
  json_object_remove_member (holder, name);
}

static void
look_at_parts (Compare *self, const MsAttribute *attribute, JsonObject *value)
{
  g_autofree char *where = g_strconcat (attribute->path, ".", NULL);
  g_autoptr (GList) names = json_object_get_members (value);

  for (GList *at = names; at != NULL; at = at->next)
    {
      g_autofree char   *name = g_strdup (at->data); /* it goes with its member */
      const MsAttribute *part = find_exactly (attribute->sub_attributes, name);
      JsonNode          *node = json_object_get_member (value, name);
      if (part == NULL)
        leave_out (self, value, where, name, "is no attribute");
      else if (part->multi_valued ? !JSON_NODE_HOLDS_ARRAY (node) : !has_form (part, node))
        leave_out (self, value, where, name, "is of another kind");
    }
}

/* Such are never stored. */
static gboolean
is_empty (JsonNode *node)
{
  return (JSON_NODE_HOLDS_ARRAY (node) && json_array_get_length (json_node_get_array (node)) == 0)
         || (JSON_NODE_HOLDS_OBJECT (node)
             && json_object_get_size (json_node_get_object (node)) == 0);
}

/* From the last on, since some go. */
static void
look_at_elements (Compare *self, const MsAttribute *attribute, JsonArray *elements)
{
  for (guint i = json_array_get_length (elements); i > 0; i--)
    {
      JsonNode *element = json_array_get_element (elements, i - 1);
      gboolean  fits = has_form (attribute, element);
      if (fits && attribute->type == MS_ATTR_COMPLEX)
        look_at_parts (self, attribute, json_node_get_object (element));
      else if (!fits)
        tell (self, "a value of its %s, which is of another kind, is left out", attribute->path);
      if (!fits || is_empty (element))
        json_array_remove_element (elements, i - 1);
    }
}

static void
look_at_value (Compare *self, JsonObject *holder, const char *where, const MsAttribute *attribute)
{
  JsonNode *node = json_object_get_member (holder, attribute->name);

  if (attribute->multi_valued ? !JSON_NODE_HOLDS_ARRAY (node) : !has_form (attribute, node))
    {
      leave_out (self, holder, where, attribute->name, "is of another kind");
      return;
    }
  if (is_empty (node))
    {
      leave_out (self, holder, where, attribute->name, "is empty");
      return;
    }
  if (attribute->multi_valued)
    look_at_elements (self, attribute, json_node_get_array (node));
  else if (attribute->type == MS_ATTR_COMPLEX)
    look_at_parts (self, attribute, json_node_get_object (node));
  /* What was in it was told. */
  if (is_empty (node))
    json_object_remove_member (holder, attribute->name);
}

static void
look_at_extension (Compare *self, JsonObject *attributes, const MsSchema *schema)
{
  JsonNode        *node = json_object_get_member (attributes, schema->id);
  JsonObject      *held = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  g_autofree char *where = g_strconcat (schema->id, ":", NULL);
  g_autoptr (GList) names = held != NULL ? json_object_get_members (held) : NULL;

  if (held == NULL)
    {
      leave_out (self, attributes, "", schema->id, "is of another kind");
      return;
    }
  for (GList *at = names; at != NULL; at = at->next)
    {
      g_autofree char   *name = g_strdup (at->data);
      const MsAttribute *attribute = find_exactly (schema->attributes, name);
      if (attribute != NULL)
        look_at_value (self, held, where, attribute);
      else
        leave_out (self, held, where, name, "is no attribute");
    }
  if (json_object_get_size (held) == 0)
    json_object_remove_member (attributes, schema->id);
}

/* (nullable) */
static const MsSchema *
find_extension (const MsResourceType *type, const char *id)
{
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (type->extensions, i);
      if (strcmp (schema->id, id) == 0)
        return schema;
    }
  return NULL;
}

static void
look_at_document (Compare *self)
{
  const MsResourceType *type = ms_object_get_type (self->object);
  JsonObject           *attributes = ms_object_get_attributes (self->object);
  g_autoptr (GList) names = json_object_get_members (attributes);

  for (GList *at = names; at != NULL; at = at->next)
    {
      g_autofree char   *name = g_strdup (at->data); /* it goes with its member */
      const MsSchema    *extension = find_extension (type, name);
      const MsAttribute *attribute = find_exactly (type->schema->attributes, name);
      if (attribute == NULL && extension == NULL)
        attribute = find_common (type, name);
      if (extension != NULL)
        look_at_extension (self, attributes, extension);
      else if (attribute != NULL)
        look_at_value (self, attributes, "", attribute);
      else
        leave_out (self, attributes, "", name, "is no attribute");
    }
}

/* Links --------------------------------------------------------------------------------------- */

/* The end of a relation by the table of links. (transfer full) (nullable): it cannot be read or
 * there is none */
static char *
find_linked (Compare *self, const MsAttribute *relation)
{
  MsSql   *from = self->rescue->from;
  gboolean found = FALSE;

  from->lost = FALSE;
  /* Where it cannot be read either, what the document lacks is lost, and that is told. The index of
   * attributes may be damaged too, and would save nothing. */
  g_autoptr (MsStatement) statement = ms_sql_query (
      from,
      NULL,
      "SELECT t.id FROM link l JOIN attribute a ON a.attr = l.attr JOIN object t ON t.n = l.to_n"
      " WHERE l.from_n = $1 AND a.type || '' = $2 AND a.path || '' = $3",
      "iss",
      self->row,
      ms_object_get_type (self->object)->name,
      relation->path);
  gboolean done = statement != NULL && ms_statement_step (statement, &found, NULL) && found;
  from->lost = FALSE;
  const char *id = done ? ms_statement_get_text (statement, 0) : NULL;
  return id != NULL && g_utf8_validate (id, -1, NULL) ? g_strdup (id) : NULL;
}

/* Whether it is certain that the damaged store has no object of that id. */
static gboolean
is_unknown (Compare *self, const char *id)
{
  MsSql *from = self->rescue->from;
  gint64 row = 0;

  if (g_hash_table_contains (self->rescue->saved, id))
    return FALSE;
  from->lost = FALSE;
  gboolean asked = ms_sql_get_int (from, &row, NULL, "SELECT n FROM object WHERE id = $1", "s", id);
  from->lost = FALSE;
  return asked && row == 0;
}

static void
compare_relation (Compare *self, const MsAttribute *relation)
{
  const char *path = relation->path;
  const char *id = ms_object_get_link (self->object, path);

  if (id != NULL && !is_unknown (self, id))
    return;
  gboolean stood
      = ms_attribute_get_value (relation, ms_object_get_attributes (self->object)) != NULL;
  g_autofree char *linked = find_linked (self, relation);
  if (linked != NULL && id == NULL)
    tell (self, "its %s, which is not in its document, is taken from its links: %s", path, linked);
  else if (linked != NULL)
    tell (self, "its %s is nobody, %s; by its links it is %s, which is taken", path, id, linked);
  else if (id == NULL && stood)
    tell (self, "its %s", path);
  /* Of an id that nobody has whoever links it says that it is lost. */
  if (linked != NULL || id == NULL)
    ms_object_set_link (self->object, path, linked);
}

static void
compare_links (Compare *self)
{
  const MsIndexType *type = ms_index_get_type (self->txn->index, ms_object_get_type (self->object));

  for (guint i = 0; i < type->relations->len; i++)
    {
      const MsAttribute *relation = g_array_index (type->relations, MsIndexRelation, i).attribute;
      if (!relation->multi_valued)
        compare_relation (self, relation);
    }
  if (strcmp (type->type->name, MS_TYPE_NAME_MAILBOX) != 0
      || !ms_object_get_boolean (self->object, "primary", FALSE)
      || ms_object_get_link (self->object, "owner") != NULL)
    return;
  tell (self, "that it is primary, as it has no owner");
  ms_object_set_boolean (self->object, "primary", FALSE);
}

/* Names --------------------------------------------------------------------------------------- */

static void
compare_row (Compare *self)
{
  const MsResourceType *type = ms_object_get_type (self->object);
  const MsAttribute    *label = ms_resource_type_get_label (type);
  const char           *here = ms_object_get_label (self->object);
  /* It was found before; what of it cannot be read now gives nothing. */
  g_autoptr (MsStatement) found = ms_rescue_ask (
      self->rescue, "SELECT label, type FROM object WHERE n = $1", self->row, NULL);
  const char *filed = found != NULL ? ms_statement_get_text (found, 0) : NULL;
  const char *name = found != NULL ? ms_statement_get_text (found, 1) : NULL;

  if (name != NULL && strcmp (name, type->name) != 0)
    tell (self, "its type, which in its row is “%s”", name);
  if (label == NULL || label->type != MS_ATTR_STRING)
    return;
  if (filed != NULL && (*filed == '\0' || !g_utf8_validate (filed, -1, NULL)))
    filed = NULL;
  if (*here != '\0')
    {
      if (filed != NULL && strcmp (filed, here) != 0)
        tell (self, "its %s, which elsewhere is “%s”", label->path, filed);
      return;
    }
  if (filed != NULL)
    tell (self, "its %s, which is not in its document, is taken from its row", label->path);
  else if (label->required)
    {
      filed = ms_object_get_id (self->object);
      tell (self, "its %s, for which its id stands now", label->path);
    }
  if (filed != NULL)
    ms_object_set_string (self->object, label->path, filed);
}

/* The only attribute of @scope that could hold it and holds nothing. (nullable) */
static const MsAttribute *
find_empty (Compare *self, const char *scope, gboolean *is_known)
{
  const MsIndexType *type = ms_index_get_type (self->txn->index, ms_object_get_type (self->object));
  const MsAttribute *only = NULL;
  guint              n = 0;

  *is_known = FALSE;
  for (guint i = 0; i < type->leaves->len; i++)
    {
      const MsIndexLeaf *leaf = &g_array_index (type->leaves, MsIndexLeaf, i);
      const MsAttribute *attribute = leaf->attribute;
      if (attribute->uniqueness == MS_UNIQUENESS_NONE
          || g_strcmp0 (attribute->unique_scope, scope) != 0)
        continue;
      *is_known = TRUE;
      if (leaf->is_multiple || attribute->parent != NULL || attribute->type != MS_ATTR_STRING
          || ms_attribute_get_value (attribute, ms_object_get_attributes (self->object)) != NULL)
        continue;
      only = attribute;
      n++;
    }
  return n == 1 ? only : NULL;
}

static gboolean
has_unique (GArray *values, const char *scope, const char *key)
{
  for (guint i = 0; i < values->len; i++)
    {
      const MsIndexUnique *value = &g_array_index (values, MsIndexUnique, i);
      if (strcmp (value->scope, scope) == 0 && strcmp (value->key, key) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
compare_unique_value (Compare *self, const char *scope, const char *key)
{
  gboolean           is_known = FALSE;
  const MsAttribute *empty = find_empty (self, scope, &is_known);
  g_autoptr (GArray) here = ms_index_collect_unique (self->txn->index, self->object);

  if (!is_known || !g_utf8_validate (key, -1, NULL) || has_unique (here, scope, key))
    return;
  if (empty == NULL)
    {
      tell (self, "the %s “%s”, which was kept for it", scope, key);
      return;
    }
  tell (self,
        "its %s, which is not in its document, is taken from what was kept for it: “%s”",
        empty->path,
        key);
  ms_object_set_string (self->object, empty->path, key);
}

/* What its document has and nothing keeps is kept from now on. */
static void
compare_unique (Compare *self)
{
  MsSql           *from = self->rescue->from;
  gboolean         more = FALSE;
  g_autofree char *last = NULL;

  from->lost = FALSE;
  /* A table that cannot be read says nothing against a document. */
  g_autoptr (MsStatement) found = ms_sql_query (
      from, NULL, "SELECT scope, key FROM uniq WHERE obj = $1 ORDER BY scope, key", "i", self->row);
  while (found != NULL && ms_statement_step (found, &more, NULL) && more)
    {
      const char *scope = ms_statement_get_text (found, 0);
      const char *key = ms_statement_get_text (found, 1);
      if (scope == NULL || key == NULL)
        continue;
      g_autofree char *place = g_strconcat (scope, "\n", key, NULL);
      if (!ms_sql_check_texts (from, "unique values by text", last, place, NULL))
        break;
      compare_unique_value (self, scope, key);
      g_free (last);
      last = g_steal_pointer (&place);
    }
  from->lost = FALSE;
}

/* What it must have --------------------------------------------------------------------------- */

static void
look_for_required (Compare *self, const MsSchema *schema)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      gboolean           elsewhere = attribute->is_computed
                           || (attribute->relation != MS_RELATION_NONE && attribute->multi_valued);
      if (attribute->required && !elsewhere
          && ms_attribute_get_value (attribute, ms_object_get_attributes (self->object)) == NULL)
        tell (self, "its %s, which it must have", attribute->path);
    }
}

static void
look_for_all_required (Compare *self)
{
  const MsResourceType *type = ms_object_get_type (self->object);
  JsonObject           *attributes = ms_object_get_attributes (self->object);

  look_for_required (self, type->schema);
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (type->extensions, i);
      if (json_object_has_member (attributes, schema->id)
          || g_ptr_array_find (type->required_extensions, schema, NULL))
        look_for_required (self, schema);
    }
}

/* --------------------------------------------------------------------------------------------- */

/* Whether its type is the program's own, and has had its label all the time. */
static gboolean
is_builtin (Compare *self)
{
  return ms_schema_registry_get_type_by_name (self->txn->store->builtin,
                                              ms_object_get_type (self->object)->name)
         != NULL;
}

void
ms_rescue_compare (
    MsRescue *self, MsTxn *txn, MsObject *object, gint64 row, gboolean in_bin, gboolean is_told)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  Compare compare = { self, txn, object, row, lines };

  /* What lies in the bin has what its type had then, and the schemas may have changed since. */
  if (!in_bin)
    {
      look_at_document (&compare);
      compare_links (&compare);
    }
  if (!in_bin || is_builtin (&compare))
    compare_row (&compare);
  if (!in_bin)
    {
      compare_unique (&compare);
      look_for_all_required (&compare);
    }
  for (guint i = 0; is_told && i < lines->len; i++)
    ms_rescue_lose (self,
                    "%s “%s” %s: %s",
                    ms_object_get_type (object)->name,
                    ms_object_get_label (object),
                    ms_object_get_id (object),
                    (const char *) lines->pdata[i]);
}
