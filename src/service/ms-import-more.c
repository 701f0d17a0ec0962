/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a cell to the value of an attribute of any kind. Several values are parted by semicolons or,
 * where one of them holds a semicolon, are a JSON array; elements of complex attributes always are.
 * Cells of relations are for ms-import-ends.h.
 */
#include "ms-import-more.h"

#include <string.h>

#include "ms-error.h"
#include "ms-export-columns.h"
#include "ms-import-ends.h"
#include "ms-json.h"
#include "ms-patch.h"
#include "ms-schema-load.h"
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
      || (parent != NULL && parent->mutability == MS_MUTABILITY_READ_ONLY)
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
 * the row, or by its column "primary" the file, is about mailboxes; a user without one keeps it. */
static gboolean
is_about (MsImportApply *self, const MsImportRow *row, const MsResourceType *type, const char *name)
{
  const MsServiceTypes *types = &self->service->types;

  if (type == types->list)
    return TRUE;
  if (row->kind == MS_IMPORT_MAILBOX_ONLY)
    return type == types->mailbox;
  if (find_attribute (type == types->user ? types->mailbox : types->user, name) == NULL)
    return TRUE;
  return (self->options->is_mapped[MS_IMPORT_PRIMARY] && row->address != NULL)
         == (type == types->mailbox);
}

/* A cell is as long as the reader lets it be, but no value is longer than one of a request. */
static const MsJsonLimits cell_limits
    = { 32 * 1024 * 1024, 32, MS_SCHEMA_LONGEST_VALUE, 1000 * 1000 };

/* Values -------------------------------------------------------------------------------------- */

void
ms_import_more_refuse (const MsAttribute *attribute,
                       const char        *text,
                       const char        *what,
                       GError           **error)
{
  g_autofree char *printable = ms_text_printable (text);
  g_autofree char *shown = g_utf8_strlen (printable, -1) > 60 ? g_utf8_substring (printable, 0, 60)
                                                              : g_strdup (printable);

  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", attribute->path, "“%s” is %s", shown, what);
}

static JsonNode *
refuse (const MsAttribute *attribute, const char *text, const char *what, GError **error)
{
  ms_import_more_refuse (attribute, text, what, error);
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

static JsonNode *
parse_one (const MsAttribute *attribute, const char *text, GError **error)
{
  gboolean answer = FALSE;

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

JsonNode *
ms_import_more_parse_array (const MsAttribute *attribute, const char *text, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (JsonNode) node = ms_json_parse (text, -1, &cell_limits, &cause);

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    return g_steal_pointer (&node);
  g_autofree char *what = g_strdup_printf ("no JSON array, which a cell with “[” first must be%s%s",
                                           cause != NULL ? ": " : "",
                                           cause != NULL ? cause->message : "");
  return refuse (attribute, text, what, error);
}

static JsonNode *
parse_several (const MsAttribute *attribute, const char *text, GError **error)
{
  g_autoptr (JsonArray) array = json_array_new ();
  const char *at = text;

  if (attribute->type == MS_ATTR_COMPLEX)
    return parse_one (attribute, text, error);
  /* Of one more than there can be, the attribute says so. */
  while (json_array_get_length (array) <= MS_EDIT_MAX_ELEMENTS)
    {
      g_autofree char *part = ms_text_next_part (&at, ";");
      if (part == NULL)
        break;
      JsonNode *node = parse_one (attribute, part, error);
      if (node == NULL)
        return NULL;
      json_array_add_element (array, node);
    }
  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
parse_cell (const MsAttribute *attribute, const char *text, GError **error)
{
  /* Blanks belong to a text, and to nothing else. */
  g_autofree char *stripped = g_strstrip (g_strdup (text));

  if (attribute->multi_valued && *stripped == '[')
    return ms_import_more_parse_array (attribute, stripped, error);
  if (attribute->multi_valued)
    return parse_several (attribute, stripped, error);
  return parse_one (attribute, attribute->type == MS_ATTR_STRING ? text : stripped, error);
}

static gboolean
is_empty_array (JsonNode *value)
{
  return JSON_NODE_HOLDS_ARRAY (value) && json_array_get_length (json_node_get_array (value)) == 0;
}

/* As the store would have it, so that it can be compared with what is there. What nothing here
 * knows is left out. */
static JsonNode *
read_cell (MsImportApply *self, const MsAttribute *attribute, const char *text, GError **error)
{
  g_autoptr (JsonNode) given = parse_cell (attribute, text, error);
  JsonNode *value = NULL;

  if (given == NULL || !ms_value_check_all (attribute, given, self->ignored, &value, error))
    return NULL;
  if (value != NULL)
    return value;
  g_autoptr (JsonArray) none = json_array_new ();
  return json_node_init_array (json_node_alloc (), none);
}

/* Rows ---------------------------------------------------------------------------------------- */

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

/* Like an empty cell, which says nothing. */
static gboolean
is_blank (const MsAttribute *attribute, const char *text)
{
  if (attribute->type == MS_ATTR_STRING && !attribute->multi_valued)
    return FALSE;
  while (g_ascii_isspace (*text))
    text++;
  return *text == '\0';
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
  if (is_blank (attribute, text))
    return TRUE;
  if (attribute->relation == MS_RELATION_TO)
    return ms_import_ends_add (self, attribute, text, existing, json, changes, error);

  g_autofree char *before = existing != NULL
                                ? ms_export_columns_read (attribute, &self->names, existing, error)
                                : g_strdup ("");
  if (before == NULL)
    return FALSE;
  if (strcmp (before, text) == 0)
    return TRUE;
  JsonNode *old = existing != NULL
                      ? ms_attribute_get_value (attribute, ms_object_get_attributes (existing))
                      : NULL;
  g_autoptr (JsonNode) value = read_cell (self, attribute, text, error);
  if (value == NULL)
    return FALSE;
  if (old != NULL ? ms_json_equal (old, value) : is_empty_array (value))
    return TRUE;
  g_autofree char *after = ms_export_columns_write (attribute, value);
  set_value (attribute, existing, json, g_steal_pointer (&value));
  ms_import_note_path (changes, attribute->path, before, after);
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
