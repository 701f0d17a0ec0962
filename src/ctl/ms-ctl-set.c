/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * KEY=VALUE by the schemas: which attribute, and what is to be done with its values.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-call.h"
#include "ms-ctl-objects.h"
#include "ms-filter.h"

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

static void
refuse_secret (const char *type_name, const MsAttribute *attribute, const char *key, GError **error)
{
  if (g_str_equal (type_name, "User") && g_str_equal (attribute->path, "password"))
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  NULL,
                  key,
                  _ ("Secrets are not given on the command line: use the verb “user password”"));
  else
    ms_error_set (
        error,
        MS_ERROR_INVALID,
        NULL,
        key,
        _ ("Secrets are not given on the command line: mailsteadctl object secret %s NAME %s"),
           type_name,
           key);
}

static gboolean
check_attribute (const char        *type_name,
                 const MsAttribute *attribute,
                 const char        *key,
                 const char        *value,
                 GError           **error)
{
  if (attribute->mutability == MS_MUTABILITY_READ_ONLY)
    ms_error_set (error, MS_ERROR_INVALID, NULL, key, _ ("It is computed and cannot be set"));
  else if (attribute->returned == MS_RETURNED_NEVER)
    refuse_secret (type_name, attribute, key, error);
  else if (attribute->type == MS_ATTR_COMPLEX && attribute->relation == MS_RELATION_NONE
           && !attribute->multi_valued && *value != '{' && *value != '\0')
    {
      const MsAttribute *first = g_ptr_array_index (attribute->sub_attributes, 0);
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    key,
                    _ ("It has parts: name one of them, such as %s.%s, or give a JSON object"),
                       key,
                       first->name);
    }
  else
    return TRUE;
  return FALSE;
}

static gboolean
parse_setting (
    MsCtl *ctl, const char *type_name, const char *text, Setting *setting, GError **error)
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
  setting->attribute = ms_ctl_find_attribute (ctl, type_name, key, error);
  if (setting->attribute == NULL)
    return FALSE;
  if (!check_attribute (type_name, setting->attribute, key, equals + 1, error))
    return FALSE;
  if (setting->op != SET_REPLACE && !setting->attribute->multi_valued)
    {
      ms_error_set (error, MS_ERROR_INVALID, NULL, key, _ ("It has one value: use ="));
      return FALSE;
    }
  setting->value = g_strdup (equals + 1);
  return TRUE;
}

/* Of two values one would be lost. */
static gboolean
check_repeated (GHashTable *seen, const Setting *setting, GError **error)
{
  const MsAttribute *attribute = setting->attribute;

  if (setting->op != SET_REPLACE || g_hash_table_add (seen, g_strdup (attribute->path)))
    return TRUE;
  ms_ctl_usage_error (error, _ ("%s is given twice"), attribute->name);
  return FALSE;
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

/* Of an object that names parts, what has all of them. */
static char *
make_element_filter (JsonNode *element)
{
  g_autoptr (GString) filter = g_string_new (NULL);
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *value;

  if (!JSON_NODE_HOLDS_OBJECT (element))
    {
      g_autofree char *literal = ms_json_to_string (element);
      return g_strdup_printf ("value eq %s", literal);
    }
  json_object_iter_init_ordered (&iter, json_node_get_object (element));
  while (json_object_iter_next_ordered (&iter, &name, &value))
    {
      g_autofree char *literal = ms_json_to_string (value);
      g_string_append_printf (filter, "%s%s eq %s", filter->len > 0 ? " and " : "", name, literal);
    }
  return g_string_free (g_steal_pointer (&filter), FALSE);
}

/* (transfer full) */
static char *
make_element_path (const MsAttribute *attribute, JsonNode *element)
{
  g_autofree char *filter = make_element_filter (element);

  return g_strdup_printf ("%s[%s]", attribute->path, filter);
}

/* Whether the server will find something there. What cannot be read it is left to refuse. */
static gboolean
is_there (MsCtl *ctl, MsResource *object, const char *path)
{
  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (ctl->schemas, ms_resource_get_type_name (object));
  g_autoptr (GError) unreadable = NULL;
  g_autoptr (MsFilter) filter = ms_filter_parse (type, path, &unreadable);

  return filter == NULL || ms_filter_matches (filter, ms_resource_get_json (object));
}

/* As the server completes a bare name where it is an address. (transfer full) (nullable): %NULL
 * without an error where @asked is none */
static JsonNode *
complete_address (MsCtl *ctl, const MsAttribute *attribute, JsonNode *asked, GError **error)
{
  if (attribute->type != MS_ATTR_STRING || json_node_get_value_type (asked) != G_TYPE_STRING
      || strchr (json_node_get_string (asked), '@') != NULL)
    return NULL;
  g_autoptr (JsonObject) server = ms_ctl_get (ctl, "/api/v1/server", error);
  if (server == NULL || ms_ctl_string (server, "primaryDomain") == NULL)
    return NULL;
  g_autofree char *address = g_strdup_printf (
      "%s@%s", json_node_get_string (asked), ms_ctl_string (server, "primaryDomain"));
  return json_node_init_string (json_node_alloc (), address);
}

/* Whether it, or a part that @asked names, is shown on request only. */
static gboolean
is_hidden (const MsAttribute *attribute, JsonNode *asked)
{
  g_autoptr (GList) names = JSON_NODE_HOLDS_OBJECT (asked)
                                ? json_object_get_members (json_node_get_object (asked))
                                : NULL;

  if (attribute->returned == MS_RETURNED_REQUEST)
    return TRUE;
  for (GList *name = names; name != NULL; name = name->next)
    {
      const MsAttribute *part = ms_attribute_find_sub (attribute, name->data);
      if (part != NULL && part->returned == MS_RETURNED_REQUEST)
        return TRUE;
    }
  return FALSE;
}

/* @given: what was typed, which names the objects at other ends */
static void
refuse_missing (MsCtl             *ctl,
                MsResource        *object,
                const MsAttribute *attribute,
                JsonNode          *asked,
                const char        *given,
                GError           **error)
{
  JsonNode        *value = JSON_NODE_HOLDS_OBJECT (asked)
                               ? ms_json_object_find (json_node_get_object (asked), "value")
                               : asked;
  g_autofree char *text = value != NULL && json_node_get_value_type (value) == G_TYPE_STRING
                              ? json_node_dup_string (value)
                              : ms_json_to_string (asked);

  ms_error_set (error,
                MS_ERROR_NOT_FOUND,
                NULL,
                attribute->path,
                /* Translators: an object, what it lacks, and the attribute: “anna” has no “boss”
                 * among its aliases */
                _ ("“%s” has no “%s” among its %s"),
                   ms_ctl_get_label (ctl, object),
                   attribute->relation == MS_RELATION_NONE ? text : given,
                   attribute->name);
}

/* The path of what is to go: the server takes it for done where there is nothing to take away. What
 * is shown on request only cannot be looked at. (transfer full) */
static char *
find_element (
    MsCtl *ctl, MsResource *object, const Setting *setting, JsonNode *asked, GError **error)
{
  const MsAttribute *attribute = setting->attribute;

  g_autoptr (GError) failed = NULL;
  g_autofree char *path = make_element_path (attribute, asked);

  if (is_hidden (attribute, asked) || is_there (ctl, object, path))
    return g_steal_pointer (&path);
  g_autoptr (JsonNode) address = complete_address (ctl, attribute, asked, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return NULL;
    }
  g_autofree char *completed = address != NULL ? make_element_path (attribute, address) : NULL;
  if (completed != NULL && is_there (ctl, object, completed))
    return g_steal_pointer (&completed);
  refuse_missing (ctl, object, attribute, asked, setting->value, error);
  return NULL;
}

static gboolean
add_removal (MsCtl         *ctl,
             MsResource    *object,
             JsonArray     *operations,
             const Setting *setting,
             JsonNode      *values,
             GError       **error)
{
  JsonArray *array = json_node_get_array (values);

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *path
          = find_element (ctl, object, setting, json_array_get_element (array, i), error);
      if (path == NULL)
        return FALSE;
      add_operation (operations, "remove", path, NULL);
    }
  return TRUE;
}

/* "URN=": the whole extension of that URN is to go, with what it requires. (nullable) */
static const MsSchema *
find_dropped_extension (MsCtl *ctl, const char *type_name, const char *text, GError **error)
{
  if (!g_str_has_prefix (text, "urn:") || !g_str_has_suffix (text, "=")
      || !ms_ctl_load_schemas (ctl, error))
    return NULL;
  const MsResourceType *type = ms_schema_registry_get_type_by_name (ctl->schemas, type_name);
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (type->extensions, i);
      if (strlen (schema->id) + 1 == strlen (text)
          && g_ascii_strncasecmp (schema->id, text, strlen (schema->id)) == 0)
        return schema;
    }
  return NULL;
}

/* @seen: (element-type utf8): paths that have a value by now */
static gboolean
add_setting (MsCtl      *ctl,
             MsResource *object,
             const char *text,
             GHashTable *seen,
             JsonArray  *operations,
             GError    **error)
{
  g_auto (Setting) setting = { 0 };

  if (!parse_setting (ctl, ms_resource_get_type_name (object), text, &setting, error)
      || !check_repeated (seen, &setting, error))
    return FALSE;
  if (*setting.value == '\0' && setting.op == SET_REPLACE)
    {
      add_operation (operations, "remove", setting.attribute->path, NULL);
      return TRUE;
    }
  g_autoptr (JsonNode) value = ms_ctl_parse_value (ctl, setting.attribute, setting.value, error);
  if (value == NULL)
    return FALSE;
  if (setting.op == SET_REMOVE)
    return add_removal (ctl, object, operations, &setting, value, error);
  add_operation (operations,
                 setting.op == SET_ADD ? "add" : "replace",
                 setting.attribute->path,
                 g_steal_pointer (&value));
  return TRUE;
}

JsonArray *
ms_ctl_parse_patch (MsCtl *ctl, MsResource *object, char **settings, GError **error)
{
  const char *type_name = ms_resource_get_type_name (object);
  g_autoptr (JsonArray) operations = json_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gsize i = 0; settings[i] != NULL; i++)
    {
      g_autoptr (GError) failed = NULL;
      const MsSchema *dropped = find_dropped_extension (ctl, type_name, settings[i], &failed);

      if (dropped != NULL)
        add_operation (operations, "remove", dropped->id, NULL);
      else if (failed != NULL || !add_setting (ctl, object, settings[i], seen, operations, &failed))
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return NULL;
        }
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

/* The schemas may have been loaded anew for the attribute. */
static gboolean
is_extension (MsCtl *ctl, const char *type_name, const MsSchema *schema)
{
  const MsResourceType *type = ms_schema_registry_get_type_by_name (ctl->schemas, type_name);

  return schema != NULL && schema != type->schema;
}

/* Adds to the values that are there. @value: (transfer full) */
static void
append_values (JsonObject *object, const char *name, JsonNode *value)
{
  g_autoptr (JsonNode) owned = value;
  JsonArray *more = json_node_get_array (value);
  g_autoptr (JsonArray) values = ms_ctl_array (object, name);

  for (guint i = 0; i < json_array_get_length (more); i++)
    json_array_add_element (values, json_array_dup_element (more, i));
  json_object_set_array_member (object, name, json_array_ref (values));
}

/* Adds the parts to those that are there. @value: (transfer full): an object */
static void
append_parts (JsonObject *object, const char *name, JsonNode *value)
{
  g_autoptr (JsonNode) owned = value;
  JsonObject    *into = ensure_object (object, name);
  JsonObjectIter iter;
  const char    *part;
  JsonNode      *node;

  json_object_iter_init_ordered (&iter, json_node_get_object (value));
  while (json_object_iter_next_ordered (&iter, &part, &node))
    json_object_set_member (into, part, json_node_copy (node));
}

/* @value: (transfer full) */
static void
put_value (
    MsCtl *ctl, const char *type_name, const Setting *setting, JsonNode *value, JsonObject *into)
{
  const MsAttribute *attribute = setting->attribute;
  const MsAttribute *parent = attribute->parent;
  JsonObject        *object = is_extension (ctl, type_name, attribute->schema)
                                  ? ensure_object (into, attribute->schema->id)
                                  : into;

  if (parent != NULL && parent->multi_valued)
    {
      g_autoptr (JsonArray) elements = ms_ctl_array (object, parent->name);
      JsonObject *element = json_object_new ();
      json_object_set_member (element, attribute->name, value);
      json_array_add_object_element (elements, element);
      json_object_set_array_member (object, parent->name, json_array_ref (elements));
      return;
    }
  if (parent != NULL)
    object = ensure_object (object, parent->name);
  if (setting->op == SET_ADD)
    append_values (object, attribute->name, value);
  else if (JSON_NODE_HOLDS_OBJECT (value) && attribute->relation == MS_RELATION_NONE)
    append_parts (object, attribute->name, value);
  else
    json_object_set_member (object, attribute->name, value);
}

gboolean
ms_ctl_parse_create (
    MsCtl *ctl, const char *type_name, char **settings, JsonObject *into, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gsize i = 0; settings[i] != NULL; i++)
    {
      g_auto (Setting) setting = { 0 };

      if (!parse_setting (ctl, type_name, settings[i], &setting, error)
          || !check_repeated (seen, &setting, error))
        return FALSE;
      if (setting.op == SET_REMOVE)
        {
          ms_ctl_usage_error (error,
                              _ ("“%s”: a new object has nothing to take away"), settings[i]);
          return FALSE;
        }
      if (*setting.value == '\0')
        continue;
      JsonNode *value = ms_ctl_parse_value (ctl, setting.attribute, setting.value, error);
      if (value == NULL)
        return FALSE;
      put_value (ctl, type_name, &setting, value, into);
    }
  return TRUE;
}
