/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A cell is read to the objects that it names. These are compared with those that are there, and
 * reported as the export would write them. In a rehearsal some are there by name only, for an
 * earlier transaction made them and was taken back.
 */
#include "ms-import-ends.h"

#include <string.h>

#include "ms-export-columns.h"
#include "ms-import-more.h"
#include "ms-json.h"
#include "ms-text.h"

/**
 * Ends: what a cell names
 * @values: (element-type JsonNode): as a client would send each
 * @names: (element-type utf8): for the report
 * @ids: (element-type utf8): of those that are there
 * @has_planned: others are there by name only
 */
typedef struct
{
  MsImportApply     *apply;
  const MsAttribute *attribute;
  JsonArray         *values;
  JsonArray         *names;
  GHashTable        *ids;
  gboolean           has_planned;
} Ends;

/* What an earlier part of this rehearsal would have made. */
static gboolean
is_planned (MsImportApply *self, const MsAttribute *attribute, const char *text)
{
  if (self->planned_users == NULL)
    return FALSE;
  g_autofree char *name = ms_text_fold (ms_end_names_skip_type (&self->names, attribute, text));
  g_autofree char *address = g_strconcat ("address ", name, NULL);
  g_autofree char *list = g_strconcat ("list ", name, NULL);
  return g_hash_table_contains (self->planned_users, name)
         || g_hash_table_contains (self->planned_ends, address)
         || g_hash_table_contains (self->planned_ends, list)
         || g_hash_table_contains (self->planned_groups, name);
}

static gboolean
add_object (Ends *ends, MsObject *object, GError **error)
{
  MsLinkTarget     target = { .id = (char *) ms_object_get_id (object),
                              .type = ms_object_get_type (object),
                              .label = (char *) ms_object_get_label (object),
                              .row = ms_object_get_row (object) };
  g_autofree char *name = ms_end_names_write (&ends->apply->names, ends->attribute, &target, error);

  if (name == NULL)
    return FALSE;
  if (!g_hash_table_add (ends->ids, g_strdup (target.id)))
    return TRUE;
  JsonObject *link = json_object_new ();
  json_object_set_string_member (link, "value", target.id);
  json_array_add_object_element (ends->values, link);
  json_array_add_string_element (ends->names, name);
  return TRUE;
}

static gboolean
add_text (Ends *ends, const char *text, GError **error)
{
  MsImportApply *apply = ends->apply;
  g_autoptr (MsObject) found = NULL;
  gboolean is_ambiguous = FALSE;

  if (!ms_end_names_find (&apply->names, ends->attribute, text, &found, &is_ambiguous, error))
    return FALSE;
  if (found != NULL)
    return add_object (ends, found, error);
  if (!is_ambiguous && is_planned (apply, ends->attribute, text))
    {
      json_array_add_string_element (ends->names, text);
      ends->has_planned = TRUE;
      return TRUE;
    }
  ms_import_more_refuse (ends->attribute,
                         text,
                         is_ambiguous ? "what several objects are called: give the name that an "
                                        "export has, or an id"
                                      : "nobody and nothing in the store",
                         error);
  return FALSE;
}

/* What is no text is a value already, {"value": "ID"}. */
static gboolean
add_value (Ends *ends, JsonNode *value, GError **error)
{
  if (json_node_get_value_type (value) == G_TYPE_STRING)
    return add_text (ends, json_node_get_string (value), error);
  const char      *id = NULL;
  g_autofree char *text = ms_json_to_string (value);

  if (!ms_value_check_link (ends->attribute, value, ends->apply->ignored, &id, error))
    return FALSE;
  if (id != NULL)
    g_hash_table_add (ends->ids, g_strdup (id));
  json_array_add_element (ends->values, ms_json_deep_copy (value));
  json_array_add_string_element (ends->names, id != NULL ? id : text);
  return TRUE;
}

static gboolean
add_array (Ends *ends, const char *text, GError **error)
{
  g_autoptr (JsonNode) node = ms_import_more_parse_array (ends->attribute, text, error);

  if (node == NULL)
    return FALSE;
  JsonArray *array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!add_value (ends, json_array_get_element (array, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
add_cell (Ends *ends, const char *cell, GError **error)
{
  g_autofree char *text = g_strstrip (g_strdup (cell));

  if (!ends->attribute->multi_valued)
    return add_text (ends, text, error);
  if (*text == '[')
    return add_array (ends, text, error);
  for (const char *at = text;;)
    {
      g_autofree char *part = ms_text_next_part (&at, ";");
      if (part == NULL)
        return TRUE;
      if (!add_text (ends, part, error))
        return FALSE;
    }
}

/* @same: (out): whether @existing leads to the same, and to nothing else */
static gboolean
compare (Ends *ends, MsObject *existing, gboolean *same, GError **error)
{
  g_autoptr (GPtrArray) targets = ms_txn_list_links (
      ends->apply->write.txn, ms_object_get_id (existing), ends->attribute->path, FALSE, 0, error);

  if (targets == NULL)
    return FALSE;
  *same = !ends->has_planned && targets->len == g_hash_table_size (ends->ids);
  for (guint i = 0; *same && i < targets->len; i++)
    *same = g_hash_table_contains (ends->ids, ((const MsLinkTarget *) targets->pdata[i])->id);
  return TRUE;
}

static void
set_values (Ends *ends, JsonObject *json)
{
  JsonNode *value = NULL;

  if (ends->attribute->multi_valued)
    value = json_node_init_array (json_node_alloc (), ends->values);
  else if (json_array_get_length (ends->values) > 0)
    value = ms_json_deep_copy (json_array_get_element (ends->values, 0));
  if (value != NULL)
    ms_attribute_set_value (ends->attribute, json, value);
}

gboolean
ms_import_ends_add (MsImportApply     *self,
                    const MsAttribute *attribute,
                    const char        *text,
                    MsObject          *existing,
                    JsonObject        *json,
                    JsonArray         *changes,
                    GError           **error)
{
  g_autoptr (JsonArray) values = json_array_new ();
  g_autoptr (JsonArray) names = json_array_new ();
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Ends     ends = { self, attribute, values, names, ids, FALSE };
  gboolean is_same = FALSE;

  if (!add_cell (&ends, text, error)
      || (existing != NULL && !compare (&ends, existing, &is_same, error)))
    return FALSE;
  if (is_same)
    return TRUE;
  g_autofree char *before = existing != NULL
                                ? ms_export_columns_read (attribute, &self->names, existing, error)
                                : g_strdup ("");
  if (before == NULL)
    return FALSE;
  g_autofree char *after = attribute->multi_valued
                               ? ms_export_columns_join (names)
                               : g_strdup (json_array_get_string_element (names, 0));
  set_values (&ends, json);
  ms_import_note_path (changes, attribute->path, before, after);
  return TRUE;
}
