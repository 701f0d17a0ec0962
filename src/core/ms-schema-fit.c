/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One object against another version of the tables: whether it satisfies them, and the form that
 * its values take in them. Only where the two versions differ; the rest was asked when it came.
 */
#include "ms-schema-diff.h"

#include "ms-edit-private.h"
#include "ms-error.h"
#include "ms-json.h"

#include <string.h>

/* Values -------------------------------------------------------------------------------------- */

/* What holds a value of the attribute: the object, or each element of its parent. */
typedef gboolean (*HolderFunc) (const MsSchemaDifference *difference,
                                JsonObject               *holder,
                                JsonNode                 *value,
                                gpointer                  user_data);

/* @func is given each element of a part's parent and what it has there (nullable), until it says
 * %FALSE. */
static gboolean
for_each_element (const MsSchemaDifference *difference,
                  JsonObject               *attributes,
                  HolderFunc                func,
                  gpointer                  user_data)
{
  const MsAttribute *sub = difference->after;
  JsonNode          *parent = ms_attribute_get_value (sub->parent, attributes);
  JsonArray         *array
      = parent != NULL && JSON_NODE_HOLDS_ARRAY (parent) ? json_node_get_array (parent) : NULL;
  guint length = array != NULL ? json_array_get_length (array) : parent != NULL ? 1 : 0;

  for (guint i = 0; i < length; i++)
    {
      JsonNode   *element = array != NULL ? json_array_get_element (array, i) : parent;
      JsonObject *holder = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;
      JsonNode   *value = holder != NULL ? json_object_get_member (holder, sub->name) : NULL;

      if (!func (difference, holder, value, user_data))
        return FALSE;
    }
  return TRUE;
}

/* Checking ------------------------------------------------------------------------------------ */

static gboolean
refuse_missing (const MsAttribute *attribute, GError **error)
{
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                attribute->path,
                "“%s” would be required, and is missing",
                attribute->path);
  return FALSE;
}

/* An extension requires something only where it is there. */
static gboolean
check_presence (const MsAttribute *attribute, JsonObject *attributes, GError **error)
{
  gboolean is_there = !ms_attribute_is_in_extension (attribute)
                      || json_object_has_member (attributes, attribute->schema->id);

  return !is_there || ms_attribute_get_value (attribute, attributes) != NULL
         || refuse_missing (attribute, error);
}

/* Values that are one to the new tables: what comes next would join them. */
static gboolean
check_unlike (const MsAttribute *attribute, JsonNode *value, GError **error)
{
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (!JSON_NODE_HOLDS_ARRAY (value))
    return TRUE;
  for (guint i = 0; i < json_array_get_length (json_node_get_array (value)); i++)
    {
      JsonNode *element = json_array_get_element (json_node_get_array (value), i);

      if (g_hash_table_add (keys, ms_elements_make_key (attribute, element)))
        continue;
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    attribute->path,
                    "two values of “%s” would be one",
                    attribute->path);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_value (const MsSchemaDifference *difference, JsonNode *value, GError **error)
{
  const MsAttribute *attribute = difference->after;
  g_autoptr (JsonNode) checked = NULL;

  if ((difference->effect & MS_SCHEMA_JOINED) != 0 && !check_unlike (attribute, value, error))
    return FALSE;
  return (difference->effect & MS_SCHEMA_TIGHTER) == 0 || attribute->type == MS_ATTR_COMPLEX
         || ms_value_check_all (attribute, value, NULL, &checked, error);
}

static gboolean
check_held (const MsSchemaDifference *difference,
            JsonObject               *holder,
            JsonNode                 *value,
            gpointer                  user_data)
{
  GError **error = user_data;

  if (value == NULL)
    return !difference->after->required || refuse_missing (difference->after, error);
  return check_value (difference, value, error);
}

static gboolean
check_one (const MsSchemaDifference *difference, JsonObject *attributes, GError **error)
{
  const MsAttribute *attribute = difference->after;

  if (attribute->parent != NULL)
    return for_each_element (difference, attributes, check_held, error);
  if (attribute->required && !check_presence (attribute, attributes, error))
    return FALSE;
  JsonNode *value = ms_attribute_get_value (attribute, attributes);
  return value == NULL || check_value (difference, value, error);
}

gboolean
ms_schema_type_change_check (const MsSchemaTypeChange *self, JsonObject *attributes, GError **error)
{
  for (guint i = 0; i < self->required->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (self->required, i);
      if (json_object_has_member (attributes, schema->id))
        continue;
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    schema->id,
                    "The extension “%s” would be required, and is missing",
                    schema->id);
      return FALSE;
    }
  for (guint i = 0; i < self->differences->len; i++)
    {
      const MsSchemaDifference *difference
          = &g_array_index (self->differences, MsSchemaDifference, i);

      if ((difference->effect & (MS_SCHEMA_TIGHTER | MS_SCHEMA_JOINED)) != 0
          && !check_one (difference, attributes, error))
        return FALSE;
    }
  return TRUE;
}

/* Forms --------------------------------------------------------------------------------------- */

/* Canonical values are kept as the file writes them; where they were no more than suggestions, or
 * were written otherwise, they were kept as they came. */
static gboolean
has_form (const MsSchemaDifference *difference)
{
  return (difference->effect & MS_SCHEMA_TIGHTER) != 0 && difference->after->canonical_only;
}

gboolean
ms_schema_type_change_has_forms (const MsSchemaTypeChange *self)
{
  for (guint i = 0; i < self->differences->len; i++)
    if (has_form (&g_array_index (self->differences, MsSchemaDifference, i)))
      return TRUE;
  return FALSE;
}

/* (transfer full) (nullable): @value in its form, where it is in another one */
static JsonNode *
make_form (const MsAttribute *attribute, JsonNode *value)
{
  g_autoptr (JsonNode) form = NULL;

  /* No error is needed: that it satisfies the tables is the caller's word. */
  if (!ms_value_check_all (attribute, value, NULL, &form, NULL) || form == NULL
      || ms_json_equal (form, value))
    return NULL;
  return g_steal_pointer (&form);
}

static gboolean
conform_held (const MsSchemaDifference *difference,
              JsonObject               *holder,
              JsonNode                 *value,
              gpointer                  user_data)
{
  gboolean *changed = user_data;
  JsonNode *form = value != NULL ? make_form (difference->after, value) : NULL;

  if (form != NULL)
    json_object_set_member (holder, difference->after->name, form);
  *changed = *changed || form != NULL;
  return TRUE;
}

static gboolean
conform_one (const MsSchemaDifference *difference, JsonObject *attributes)
{
  const MsAttribute *attribute = difference->after;
  gboolean           changed = FALSE;

  if (attribute->parent != NULL)
    {
      (void) for_each_element (difference, attributes, conform_held, &changed);
      return changed;
    }
  JsonNode *value = ms_attribute_get_value (attribute, attributes);
  JsonNode *form = value != NULL ? make_form (attribute, value) : NULL;
  if (form != NULL)
    ms_attribute_set_value (attribute, attributes, form);
  return form != NULL;
}

gboolean
ms_schema_type_change_conform (const MsSchemaTypeChange *self, JsonObject *attributes)
{
  gboolean changed = FALSE;

  for (guint i = 0; i < self->differences->len; i++)
    {
      const MsSchemaDifference *difference
          = &g_array_index (self->differences, MsSchemaDifference, i);
      if (has_form (difference))
        changed = conform_one (difference, attributes) || changed;
    }
  return changed;
}
