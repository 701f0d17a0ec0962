/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands in a schema file, member by member, each of the type that it must have.
 */
#include "ms-schema-file.h"

#include "ms-error.h"

#include <string.h>

gboolean
ms_schema_fail (GError **error, const char *where, const char *key, const char *format, ...)
{
  g_autofree char *path = NULL;
  g_autofree char *what = NULL;
  va_list          args;

  path = key == NULL      ? g_strdup (where)
         : *where == '\0' ? g_strdup (key)
                          : g_strconcat (where, ".", key, NULL);
  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                path,
                "%s%s%s",
                path,
                *path != '\0' ? ": " : "",
                what);
  return FALSE;
}

gboolean
ms_schema_file_check_keys (JsonObject        *object,
                           const char *const *allowed,
                           const char        *where,
                           GError           **error)
{
  JsonObjectIter iter;
  const char    *name;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    if (!g_strv_contains (allowed, name))
      return ms_schema_fail (error, where, name, "no such key");
  return TRUE;
}

gboolean
ms_schema_file_get_string (JsonObject *object,
                           const char *where,
                           const char *key,
                           gboolean    required,
                           char      **value,
                           GError    **error)
{
  JsonNode *node = json_object_get_member (object, key);

  if (node == NULL)
    return !required || ms_schema_fail (error, where, key, "is missing");
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return ms_schema_fail (error, where, key, "must be a string");
  if (required && *json_node_get_string (node) == '\0')
    return ms_schema_fail (error, where, key, "must not be empty");
  g_free (*value);
  *value = json_node_dup_string (node);
  return TRUE;
}

gboolean
ms_schema_file_get_flag (
    JsonObject *object, const char *where, const char *key, gboolean *value, GError **error)
{
  JsonNode *node = json_object_get_member (object, key);

  if (node == NULL)
    return TRUE;
  if (json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return ms_schema_fail (error, where, key, "must be true or false");
  *value = json_node_get_boolean (node);
  return TRUE;
}

gboolean
ms_schema_file_get_integer (
    JsonObject *object, const char *where, const char *key, gint64 *value, GError **error)
{
  JsonNode *node = json_object_get_member (object, key);

  if (node == NULL)
    return TRUE;
  if (json_node_get_value_type (node) != G_TYPE_INT64)
    return ms_schema_fail (error, where, key, "must be a whole number");
  *value = json_node_get_int (node);
  return TRUE;
}

gboolean
ms_schema_file_get_choice (JsonObject        *object,
                           const char        *where,
                           const char        *key,
                           const char *const *names,
                           int               *value,
                           GError           **error)
{
  g_autofree char *text = NULL;

  if (!ms_schema_file_get_string (object, where, key, FALSE, &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  for (int i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], text) == 0)
      {
        *value = i;
        return TRUE;
      }
  g_autofree char *all = g_strjoinv (", ", (char **) names);
  return ms_schema_fail (error, where, key, "must be one of %s", all);
}

gboolean
ms_schema_file_get_array (
    JsonObject *object, const char *where, const char *key, JsonArray **array, GError **error)
{
  JsonNode *node = json_object_get_member (object, key);

  *array = NULL;
  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return ms_schema_fail (error, where, key, "must be an array");
  *array = json_node_get_array (node);
  return TRUE;
}

gboolean
ms_schema_file_get_strings (
    JsonObject *object, const char *where, const char *key, char ***values, GError **error)
{
  JsonArray *array;

  if (!ms_schema_file_get_array (object, where, key, &array, error))
    return FALSE;
  if (array == NULL)
    return TRUE;

  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      if (json_node_get_value_type (node) != G_TYPE_STRING || *json_node_get_string (node) == '\0')
        return ms_schema_fail (error, where, key, "must hold strings that are not empty");
      g_strv_builder_add (builder, json_node_get_string (node));
    }
  g_strfreev (*values);
  *values = g_strv_builder_end (builder);
  return TRUE;
}

JsonObject *
ms_schema_file_get_element (JsonArray *array, guint index, const char *where, GError **error)
{
  JsonNode *node = json_array_get_element (array, index);

  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  ms_schema_fail (error, where, NULL, "must be an object");
  return NULL;
}
