/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * KEY=VALUE by the schemas: which attribute, which type, and what a person may have meant.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-call.h"
#include "ms-ctl-objects.h"
#include "ms-text.h"

typedef enum
{
  SET_REPLACE,
  SET_ADD,
  SET_REMOVE,
} SetOp;

typedef struct
{
  SetOp              op;
  const MsAttribute *attribute;
  char              *value;
} Setting;

static void
setting_clear (Setting *setting)
{
  g_clear_pointer (&setting->value, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Setting, setting_clear)

/* "role" is found although its full path begins with the extension's URN. */
static const MsAttribute *
find_attribute (const MsResourceType *type, const char *key)
{
  const MsAttribute *attribute = ms_resource_type_find (type, key);

  for (guint i = 0; attribute == NULL && i < type->extensions->len; i++)
    {
      const MsSchema  *schema = g_ptr_array_index (type->extensions, i);
      g_autofree char *path = g_strdup_printf ("%s:%s", schema->id, key);
      attribute = ms_resource_type_find (type, path);
    }
  return attribute;
}

static gboolean
check_attribute (const MsAttribute *attribute, const char *key, GError **error)
{
  if (attribute->mutability == MS_MUTABILITY_READ_ONLY)
    ms_error_set (error, MS_ERROR_INVALID, NULL, key, _ ("It is computed and cannot be set"));
  else if (attribute->returned == MS_RETURNED_NEVER)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  NULL,
                  key,
                  _ ("Secrets are not given on the command line: use the verb “user password”"));
  else if (attribute->type == MS_ATTR_COMPLEX && attribute->relation == MS_RELATION_NONE
           && !attribute->multi_valued)
    {
      const MsAttribute *first = g_ptr_array_index (attribute->sub_attributes, 0);
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    key,
                    _ ("It has parts: name one of them, such as %s.%s"), key, first->name);
    }
  else
    return TRUE;
  return FALSE;
}

static gboolean
parse_setting (const MsResourceType *type, const char *text, Setting *setting, GError **error)
{
  const char *equals = strchr (text, '=');

  if (equals == NULL || equals == text)
    {
      ms_ctl_usage_error (error, _ ("“%s” is not KEY=VALUE"), text);
      return FALSE;
    }
  gsize length = (gsize) (equals - text);
  setting->op = text[length - 1] == '+'   ? SET_ADD
                : text[length - 1] == '-' ? SET_REMOVE
                                          : SET_REPLACE;
  if (setting->op != SET_REPLACE)
    length--;

  g_autofree char *key = g_strndup (text, length);
  setting->attribute = find_attribute (type, key);
  if (setting->attribute == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    key,
                    "%s",
                    g_ascii_strcasecmp (key, "id") == 0
                    ? _ ("An id is given by the server and cannot be changed")
                    : _ ("There is no such attribute; mailsteadctl … show lists them"));
      return FALSE;
    }
  if (!check_attribute (setting->attribute, key, error))
    return FALSE;
  if (setting->op != SET_REPLACE && !setting->attribute->multi_valued)
    {
      ms_error_set (error, MS_ERROR_INVALID, NULL, key, _ ("It has one value: use ="));
      return FALSE;
    }
  setting->value = g_strdup (equals + 1);
  return TRUE;
}

/* Values
 * -----------------------------------------------------------------------------------------------
 */

static gboolean
parse_boolean (const char *text, gboolean *value)
{
  static const char *const words[] = { "yes", "true", "on", "1", "no", "false", "off", "0" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (words[i], text) == 0)
      {
        *value = i < 4;
        return TRUE;
      }
  return FALSE;
}

static JsonNode *
make_relation (MsCtl *ctl, const MsAttribute *attribute, const char *text, GError **error)
{
  g_autoptr (MsResource) target
             = attribute->relation_types != NULL && attribute->relation_types[1] == NULL
                   ? ms_ctl_find (ctl, attribute->relation_types[0], text, error)
                   : ms_ctl_find_any (ctl, text, error);

  if (target == NULL)
    return NULL;
  g_autoptr (JsonObject) object = json_object_new ();
  json_object_set_string_member (object, "value", ms_resource_get_id (target));
  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
make_plain (const MsAttribute *attribute, const char *text, GError **error)
{
  gint64   number = 0;
  gboolean truth = FALSE;

  switch (attribute->type)
    {
    case MS_ATTR_BOOLEAN:
      if (parse_boolean (text, &truth))
        return json_node_init_boolean (json_node_alloc (), truth);
      ms_error_set (
          error, MS_ERROR_INVALID, NULL, attribute->path, _ ("“%s” is neither yes nor no"), text);
      return NULL;
    case MS_ATTR_INTEGER:
      /* Of integers only sizes have units. */
      if (g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL)
          || (strstr (attribute->name, "uota") != NULL && ms_text_parse_size (text, &number, NULL)))
        return json_node_init_int (json_node_alloc (), number);
      ms_error_set (
          error, MS_ERROR_INVALID, NULL, attribute->path, _ ("“%s” is not a number or size"), text);
      return NULL;
    case MS_ATTR_DECIMAL:
      {
        char  *end = NULL;
        double decimal = g_ascii_strtod (text, &end);
        if (end != text && *end == '\0')
          return json_node_init_double (json_node_alloc (), decimal);
        ms_error_set (
            error, MS_ERROR_INVALID, NULL, attribute->path, _ ("“%s” is not a number"), text);
        return NULL;
      }
    case MS_ATTR_STRING:
    case MS_ATTR_DATE_TIME:
    case MS_ATTR_BINARY:
    case MS_ATTR_REFERENCE:
    case MS_ATTR_COMPLEX:
    default:
      return json_node_init_string (json_node_alloc (), text);
    }
}

static JsonNode *
make_value (MsCtl *ctl, const MsAttribute *attribute, const char *text, GError **error)
{
  if (!g_utf8_validate (text, -1, NULL))
    {
      ms_error_set (
          error, MS_ERROR_INVALID, NULL, attribute->path, _ ("The value is not text in UTF-8"));
      return NULL;
    }
  if (attribute->relation != MS_RELATION_NONE)
    return make_relation (ctl, attribute, text, error);
  if (attribute->type != MS_ATTR_COMPLEX)
    return make_plain (attribute, text, error);

  /* emails=a@x: the element's value. */
  g_autoptr (JsonObject) element = json_object_new ();
  json_object_set_string_member (element, "value", text);
  return json_node_init_object (json_node_alloc (), element);
}

/* A value, or for a multi-valued attribute an array of those between the commas. */
static JsonNode *
make_values (MsCtl *ctl, const Setting *setting, GError **error)
{
  if (!setting->attribute->multi_valued)
    return make_value (ctl, setting->attribute, setting->value, error);

  g_autoptr (JsonArray) array = json_array_new ();
  g_auto (GStrv) parts = g_strsplit (setting->value, ",", -1);
  for (gsize i = 0; parts[i] != NULL; i++)
    {
      if (*g_strstrip (parts[i]) == '\0')
        continue;
      JsonNode *value = make_value (ctl, setting->attribute, parts[i], error);
      if (value == NULL)
        return NULL;
      json_array_add_element (array, value);
    }
  return json_node_init_array (json_node_alloc (), array);
}

/* PATCH
 * ------------------------------------------------------------------------------------------------
 */

static void
add_operation (JsonArray *operations, const char *op, const char *path, JsonNode *value)
{
  JsonObject *operation = json_object_new ();

  json_object_set_string_member (operation, "op", op);
  json_object_set_string_member (operation, "path", path);
  if (value != NULL)
    json_object_set_member (operation, "value", value);
  json_array_add_object_element (operations, operation);
}

void
ms_ctl_add_operation (JsonArray *operations, const char *op, const char *path, const char *value)
{
  add_operation (operations,
                 op,
                 path,
                 value != NULL ? json_node_init_string (json_node_alloc (), value) : NULL);
}

static void
add_removal (JsonArray *operations, const MsAttribute *attribute, JsonNode *values)
{
  JsonArray *array = json_node_get_array (values);

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode        *element = json_array_get_element (array, i);
      JsonNode        *value = JSON_NODE_HOLDS_OBJECT (element)
                                   ? json_object_get_member (json_node_get_object (element), "value")
                                   : element;
      g_autofree char *literal = ms_json_to_string (value);
      g_autofree char *path = g_strdup_printf ("%s[value eq %s]", attribute->path, literal);
      add_operation (operations, "remove", path, NULL);
    }
}

JsonArray *
ms_ctl_parse_patch (MsCtl *ctl, const char *type_name, char **settings, GError **error)
{
  const MsResourceType *type = ms_schema_registry_get_type_by_name (ctl->schemas, type_name);
  g_autoptr (JsonArray) operations = json_array_new ();

  for (gsize i = 0; settings[i] != NULL; i++)
    {
      g_auto (Setting) setting = { 0 };
      g_autoptr (JsonNode) value = NULL;

      if (!parse_setting (type, settings[i], &setting, error))
        return NULL;
      if (*setting.value == '\0' && setting.op == SET_REPLACE)
        {
          add_operation (operations, "remove", setting.attribute->path, NULL);
          continue;
        }
      value = make_values (ctl, &setting, error);
      if (value == NULL)
        return NULL;
      if (setting.op == SET_REMOVE)
        add_removal (operations, setting.attribute, value);
      else
        add_operation (operations,
                       setting.op == SET_ADD ? "add" : "replace",
                       setting.attribute->path,
                       g_steal_pointer (&value));
    }
  return g_steal_pointer (&operations);
}

/* New objects
 * ------------------------------------------------------------------------------------------ */

static JsonObject *
ensure_object (JsonObject *parent, const char *name)
{
  if (ms_ctl_object (parent, name) == NULL)
    json_object_set_object_member (parent, name, json_object_new ());
  return ms_ctl_object (parent, name);
}

static gboolean
is_extension (const MsResourceType *type, const MsSchema *schema)
{
  return schema != NULL && schema != type->schema;
}

gboolean
ms_ctl_parse_create (
    MsCtl *ctl, const char *type_name, char **settings, JsonObject *into, GError **error)
{
  const MsResourceType *type = ms_schema_registry_get_type_by_name (ctl->schemas, type_name);

  for (gsize i = 0; settings[i] != NULL; i++)
    {
      g_auto (Setting) setting = { 0 };

      if (!parse_setting (type, settings[i], &setting, error))
        return FALSE;
      if (setting.op == SET_REMOVE)
        {
          ms_ctl_usage_error (error,
                              _ ("“%s”: a new object has nothing to take away"), settings[i]);
          return FALSE;
        }
      if (*setting.value == '\0')
        continue;
      JsonNode *value = make_values (ctl, &setting, error);
      if (value == NULL)
        return FALSE;

      const MsAttribute *attribute = setting.attribute;
      JsonObject        *object = is_extension (type, attribute->schema)
                                      ? ensure_object (into, attribute->schema->id)
                                      : into;
      if (attribute->parent != NULL && attribute->parent->multi_valued)
        {
          g_autoptr (JsonArray) elements = ms_ctl_array (object, attribute->parent->name);
          JsonObject *element = json_object_new ();
          json_object_set_member (element, attribute->name, value);
          json_array_add_object_element (elements, element);
          json_object_set_array_member (object, attribute->parent->name, json_array_ref (elements));
          continue;
        }
      if (attribute->parent != NULL)
        object = ensure_object (object, attribute->parent->name);
      json_object_set_member (object, attribute->name, value);
    }
  return TRUE;
}
