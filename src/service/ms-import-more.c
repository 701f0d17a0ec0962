/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a cell to the value of an attribute of any kind. Several values are parted by semicolons or,
 * where one of them holds a semicolon, are a JSON array; elements of complex attributes always are.
 * Ends of relations are named as people know them, or by id.
 */
#include "ms-import-more.h"

#include <string.h>

#include "ms-error.h"
#include "ms-export-columns.h"
#include "ms-filter.h"
#include "ms-json.h"
#include "ms-rules.h"
#include "ms-text.h"

/* Which columns ------------------------------------------------------------------------------- */

/* (nullable): the attribute of @type that a column called @name is for */
static const MsAttribute *
find_attribute (const MsResourceType *type, const char *name)
{
  const MsAttribute *attribute
      = g_str_has_prefix (name, "urn:") ? ms_resource_type_find (type, name) : NULL;
  const MsAttribute *top
      = attribute != NULL && attribute->parent != NULL ? attribute->parent : attribute;

  return top != NULL && ms_attribute_is_in_extension (top) && !ms_export_is_ours (top->schema)
             ? attribute
             : NULL;
}

/* (nullable): in any type of an import */
static const MsAttribute *
find_anywhere (const MsServiceTypes *types, const char *name)
{
  const MsResourceType *const all[] = { types->user, types->mailbox, types->list };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      const MsAttribute *attribute = find_attribute (all[i], name);
      if (attribute != NULL)
        return attribute;
    }
  return NULL;
}

/* Why it cannot be given; %NULL where it can. */
static const char *
find_obstacle (const MsAttribute *attribute)
{
  const MsAttribute *parent = attribute->parent;

  if (attribute->is_computed || attribute->mutability == MS_MUTABILITY_READ_ONLY
      || attribute->relation == MS_RELATION_FROM)
    return "is read-only";
  if (attribute->returned == MS_RETURNED_NEVER)
    return "is a secret, which no import sets";
  if (parent != NULL && parent->multi_valued)
    return "is a part of several elements: map the column to the whole";
  if (attribute->type == MS_ATTR_COMPLEX && !attribute->multi_valued
      && attribute->relation == MS_RELATION_NONE)
    return "has parts: map a column to each of them";
  return NULL;
}

gboolean
ms_import_more_is_path (const MsServiceTypes *types, const char *name)
{
  const MsAttribute *attribute = find_anywhere (types, name);

  return attribute != NULL && find_obstacle (attribute) == NULL;
}

gboolean
ms_import_more_check (const MsServiceTypes *types,
                      const char           *name,
                      const char           *column,
                      GError              **error)
{
  if (types == NULL && g_str_has_prefix (name, "urn:"))
    return TRUE;
  const MsAttribute *attribute = types != NULL ? find_anywhere (types, name) : NULL;
  const char        *obstacle = attribute != NULL ? find_obstacle (attribute) : NULL;

  if (attribute != NULL && obstacle == NULL)
    return TRUE;
  g_autofree char *shown = ms_text_printable (name);
  if (attribute == NULL)
    ms_error_set (
        error,
        MS_ERROR_INVALID,
        "invalidValue",
        column,
        "There is no field “%s”, and no operators' attribute of users, mailboxes or lists",
        shown);
  else
    ms_error_set (error, MS_ERROR_INVALID, "invalidValue", column, "“%s” %s", shown, obstacle);
  return FALSE;
}

/* Whose attribute it is in this row. One that users and mailboxes both have is the mailbox's where
 * the row, or by its column "primary" the file, is about mailboxes. */
static gboolean
is_about (MsImportApply *self, const MsImportRow *row, const MsResourceType *type, const char *name)
{
  const MsServiceTypes *types = &self->service->types;

  if (type == types->list || (type == types->user) == (row->kind == MS_IMPORT_MAILBOX_ONLY))
    return type != types->user;
  if (find_attribute (type == types->user ? types->mailbox : types->user, name) == NULL)
    return TRUE;
  gboolean is_of_mailboxes
      = row->kind == MS_IMPORT_MAILBOX_ONLY || self->options->is_mapped[MS_IMPORT_PRIMARY];
  return is_of_mailboxes == (type == types->mailbox);
}

/* Values -------------------------------------------------------------------------------------- */

static JsonNode *
refuse (const MsAttribute *attribute, const char *text, const char *what, GError **error)
{
  g_autofree char *printable = ms_text_printable (text);
  g_autofree char *shown = g_utf8_strlen (printable, -1) > 60 ? g_utf8_substring (printable, 0, 60)
                                                              : g_strdup (printable);

  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", attribute->path, "“%s” is %s", shown, what);
  return NULL;
}

static JsonNode *
parse_number (const MsAttribute *attribute, const char *text, GError **error)
{
  g_autoptr (JsonNode) node = ms_json_parse (text, -1, NULL, NULL);
  GType held = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node)
                                                            : G_TYPE_INVALID;

  if (held == G_TYPE_INT64 || (held == G_TYPE_DOUBLE && attribute->type == MS_ATTR_DECIMAL))
    return g_steal_pointer (&node);
  return refuse (
      attribute, text, attribute->type == MS_ATTR_DECIMAL ? "no number" : "no whole number", error);
}

/* %NULL without error: left out */
static JsonNode *
parse_link (MsImportApply *self, const MsAttribute *attribute, const char *text, GError **error)
{
  MsSchemaRegistry *schemas = self->service->schemas;
  g_autoptr (MsObject) found = NULL;
  g_autofree char *quoted = ms_filter_quote (text);

  for (char **name = attribute->relation_types; name != NULL && *name != NULL; name++)
    {
      const MsResourceType *type = ms_schema_registry_get_type_by_name (schemas, *name);
      const MsAttribute    *label = type != NULL ? ms_resource_type_get_label (type) : NULL;
      g_autoptr (GPtrArray) hits = NULL;

      if (label == NULL)
        continue;
      if (!ms_write_query (
              &self->write, type, 2, &hits, NULL, error, "%s eq %s", label->path, quoted))
        return NULL;
      if (hits->len > 1 || (hits->len == 1 && found != NULL))
        return refuse (attribute, text, "what several objects are called: give an id", error);
      if (hits->len == 1)
        found = ms_object_ref (hits->pdata[0]);
    }
  if (found == NULL && !ms_txn_look_up (self->write.txn, NULL, text, &found, error))
    return NULL;
  if (found != NULL)
    {
      JsonObject *link = json_object_new ();
      json_object_set_string_member (link, "value", ms_object_get_id (found));
      JsonNode *node = json_node_init_object (json_node_alloc (), link);
      json_object_unref (link);
      return node;
    }
  /* A user whom an earlier part of this rehearsal would have made. */
  g_autofree char *folded = ms_text_fold (text);
  if (self->planned_users != NULL && g_hash_table_contains (self->planned_users, folded))
    return NULL;
  return refuse (attribute, text, "nobody and nothing in the store", error);
}

static JsonNode *
parse_one (MsImportApply *self, const MsAttribute *attribute, const char *text, GError **error)
{
  gboolean answer = FALSE;

  if (attribute->relation == MS_RELATION_TO)
    return parse_link (self, attribute, text, error);
  switch (attribute->type)
    {
    case MS_ATTR_BOOLEAN:
      return ms_import_row_parse_answer (text, &answer)
                 ? json_node_init_boolean (json_node_alloc (), answer)
                 : refuse (attribute, text, "neither yes nor no", error);
    case MS_ATTR_INTEGER:
    case MS_ATTR_DECIMAL:
      return parse_number (attribute, text, error);
    case MS_ATTR_COMPLEX:
      return refuse (attribute, text, "no JSON array of the elements", error);
    case MS_ATTR_STRING:
    case MS_ATTR_DATE_TIME:
    case MS_ATTR_BINARY:
    case MS_ATTR_REFERENCE:
    default:
      return json_node_init_string (json_node_alloc (), text);
    }
}

/* Texts of relations are what the ends are called; anything else is a value already. */
static gboolean
add_element (MsImportApply     *self,
             const MsAttribute *attribute,
             JsonNode          *element,
             JsonArray         *into,
             GError           **error)
{
  g_autoptr (GError) failed = NULL;

  if (attribute->relation != MS_RELATION_TO || json_node_get_value_type (element) != G_TYPE_STRING)
    {
      json_array_add_element (into, ms_json_deep_copy (element));
      return TRUE;
    }
  JsonNode *link = parse_link (self, attribute, json_node_get_string (element), &failed);
  if (link != NULL)
    json_array_add_element (into, link);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

static JsonNode *
parse_array (MsImportApply *self, const MsAttribute *attribute, const char *text, GError **error)
{
  g_autoptr (JsonNode) node = ms_json_parse (text, -1, NULL, NULL);
  g_autoptr (JsonArray) array = json_array_new ();

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return refuse (attribute, text, "no JSON array, which a cell with “[” first must be", error);
  JsonArray *given = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (given); i++)
    if (!add_element (self, attribute, json_array_get_element (given, i), array, error))
      return NULL;
  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
parse_several (MsImportApply *self, const MsAttribute *attribute, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ";", -1);
  g_autoptr (JsonArray) array = json_array_new ();
  g_autoptr (GError) failed = NULL;

  if (attribute->type == MS_ATTR_COMPLEX && attribute->relation == MS_RELATION_NONE)
    return parse_one (self, attribute, text, error);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (*g_strstrip (parts[i]) == '\0')
        continue;
      JsonNode *node = parse_one (self, attribute, parts[i], &failed);
      if (node != NULL)
        json_array_add_element (array, node);
      if (failed != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return NULL;
        }
    }
  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
parse_cell (MsImportApply *self, const MsAttribute *attribute, const char *text, GError **error)
{
  /* Blanks belong to a text, and to nothing else. */
  g_autofree char *stripped = g_strstrip (g_strdup (text));

  if (attribute->multi_valued && *stripped == '[')
    return parse_array (self, attribute, stripped, error);
  if (attribute->multi_valued)
    return parse_several (self, attribute, stripped, error);
  return parse_one (self, attribute, attribute->type == MS_ATTR_STRING ? text : stripped, error);
}

/* Rows ---------------------------------------------------------------------------------------- */

static void
note_change (JsonArray *changes, const char *path, const char *before, const char *after)
{
  JsonObject *change = json_object_new ();

  json_object_set_string_member (change, "field", path);
  if (*before != '\0')
    json_object_set_string_member (change, "before", before);
  else
    json_object_set_null_member (change, "before");
  json_object_set_string_member (change, "after", after);
  json_array_add_object_element (changes, change);
}

/* The parts that are there stay. */
static void
set_value (const MsAttribute *attribute, MsObject *existing, JsonObject *json, JsonNode *value)
{
  const MsAttribute *parent = attribute->parent;

  if (parent != NULL && existing != NULL && ms_attribute_get_value (parent, json) == NULL)
    {
      JsonNode *parts = ms_attribute_get_value (parent, ms_object_get_attributes (existing));
      if (parts != NULL)
        ms_attribute_set_value (parent, json, ms_json_deep_copy (parts));
    }
  ms_attribute_set_value (attribute, json, value);
}

static gboolean
add_cell (MsImportApply     *self,
          const MsAttribute *attribute,
          const char        *text,
          MsObject          *existing,
          JsonObject        *json,
          JsonArray         *changes,
          GError           **error)
{
  g_autoptr (GError) failed = NULL;
  g_autofree char *before
      = existing != NULL ? ms_export_columns_read (attribute, self->write.txn, existing, error)
                         : g_strdup ("");

  if (before == NULL)
    return FALSE;
  if (strcmp (before, text) == 0)
    return TRUE;
  g_autoptr (JsonNode) value = parse_cell (self, attribute, text, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  JsonNode *old = existing != NULL
                      ? ms_attribute_get_value (attribute, ms_object_get_attributes (existing))
                      : NULL;
  if (value == NULL || (old != NULL && ms_json_equal (old, value)))
    return TRUE;
  set_value (attribute, existing, json, g_steal_pointer (&value));
  note_change (changes, attribute->path, before, text);
  return TRUE;
}

gboolean
ms_import_more_add (MsImportApply        *self,
                    const MsImportRow    *row,
                    const MsResourceType *type,
                    MsObject             *existing,
                    JsonObject           *json,
                    JsonArray            *changes,
                    GError              **error)
{
  for (guint c = 0; row->more != NULL && c < self->options->n_mapping; c++)
    {
      const MsAttribute *attribute
          = row->more[c] != NULL ? find_attribute (type, self->options->paths[c]) : NULL;

      if (attribute != NULL && is_about (self, row, type, attribute->path)
          && !add_cell (self, attribute, row->more[c], existing, json, changes, error))
        return FALSE;
    }
  return TRUE;
}
