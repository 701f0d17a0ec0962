/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * VALUE by the schemas: what a person may have meant. Whether the value is a good one, the server
 * says; here is only what cannot be sent as what the attribute is.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "ms-ctl-call.h"
#include "ms-ctl-objects.h"
#include "ms-text.h"

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
  char      **types = attribute->relation_types;
  MsResource *found = types != NULL ? ms_ctl_find_among (ctl, types, text, error)
                                    : ms_ctl_find_any (ctl, text, error);
  g_autoptr (MsResource) target = found;

  if (target == NULL)
    return NULL;
  g_autoptr (JsonObject) object = json_object_new ();
  json_object_set_string_member (object, "value", ms_resource_get_id (target));
  return json_node_init_object (json_node_alloc (), object);
}

/* What JSON takes for a number, and the server too: not "nan", "0x10" or what no double holds. */
static gboolean
parse_decimal (const char *text, double *decimal)
{
  char *end = NULL;

  if (text[strspn (text, "+-.eE0123456789")] != '\0')
    return FALSE;
  *decimal = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (*decimal);
}

static JsonNode *
make_plain (const MsAttribute *attribute, const char *text, GError **error)
{
  gint64   number = 0;
  gboolean truth = FALSE;
  double   decimal = 0.0;

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
      if (parse_decimal (text, &decimal))
        return json_node_init_double (json_node_alloc (), decimal);
      ms_ctl_usage_error (error, _ ("%s: “%s” is not a number"), attribute->name, text);
      return NULL;
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

/* JSON -------------------------------------------------------------------------------------- */

static gboolean check_json (const MsAttribute *attribute, JsonNode *node, GError **error);

/* Of an attribute that may have several values: one, or an array of them. */
static gboolean
check_part (const MsAttribute *attribute, JsonNode *node, GError **error)
{
  if (!attribute->multi_valued || !JSON_NODE_HOLDS_ARRAY (node))
    return check_json (attribute, node, error);
  JsonArray *array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!check_json (attribute, json_array_get_element (array, i), error))
      return FALSE;
  return TRUE;
}

/* Names of parts; the server would leave out those that it does not know. */
static gboolean
check_members (const MsAttribute *attribute, JsonObject *object, GError **error)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *value;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &value))
    {
      const MsAttribute *sub = ms_attribute_find_sub (attribute, name);
      g_autofree char   *path = g_strdup_printf ("%s.%s", attribute->path, name);
      if (sub == NULL)
        ms_error_set (error, MS_ERROR_INVALID, NULL, path, _ ("There is no such attribute"));
      else if (sub->returned == MS_RETURNED_NEVER)
        ms_error_set (
            error, MS_ERROR_INVALID, NULL, path, _ ("Secrets are not given on the command line"));
      if (sub == NULL || sub->returned == MS_RETURNED_NEVER || !check_part (sub, value, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_json (const MsAttribute *attribute, JsonNode *node, GError **error)
{
  const gboolean is_text = attribute->type != MS_ATTR_COMPLEX && attribute->type != MS_ATTR_BOOLEAN
                           && attribute->type != MS_ATTR_INTEGER
                           && attribute->type != MS_ATTR_DECIMAL;

  if (attribute->type == MS_ATTR_COMPLEX && JSON_NODE_HOLDS_OBJECT (node))
    return check_members (attribute, json_node_get_object (node), error);
  if (json_node_get_value_type (node) == G_TYPE_DOUBLE && !isfinite (json_node_get_double (node)))
    {
      ms_ctl_usage_error (error, _ ("%s: its number is too large"), attribute->path);
      return FALSE;
    }
  if (!is_text || json_node_get_value_type (node) == G_TYPE_STRING)
    return TRUE;
  g_autofree char *text = ms_json_to_string (node);
  ms_error_set (error, MS_ERROR_INVALID, NULL, attribute->path, _ ("“%s” is not a string"), text);
  return FALSE;
}

static JsonNode *
parse_json (const MsAttribute *attribute, const char *text, GError **error)
{
  g_autoptr (GError) cause = NULL;
  JsonNode *node = ms_json_parse (text, -1, NULL, &cause);

  if (node == NULL)
    ms_error_set (error, MS_ERROR_INVALID, NULL, attribute->path, "%s", cause->message);
  return node;
}

/* (nullable) (transfer full): an object, or the elements of an array, each checked */
static JsonArray *
parse_json_elements (const MsAttribute *attribute, const char *text, GError **error)
{
  g_autoptr (JsonNode) node = parse_json (attribute, text, error);
  g_autoptr (JsonArray) array = NULL;

  if (node == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_ARRAY (node))
    array = json_array_ref (json_node_get_array (node));
  else
    {
      array = json_array_new ();
      json_array_add_element (array, g_steal_pointer (&node));
    }
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!check_json (attribute, json_array_get_element (array, i), error))
      return NULL;
  return g_steal_pointer (&array);
}

/* [ begins JSON where there are several values, { where a value has parts. */
static gboolean
is_json (const MsAttribute *attribute, const char *text)
{
  if (attribute->relation != MS_RELATION_NONE)
    return FALSE;
  return (*text == '[' && attribute->multi_valued)
         || (*text == '{' && attribute->type == MS_ATTR_COMPLEX);
}

static JsonNode *
parse_values (MsCtl *ctl, const MsAttribute *attribute, const char *text, GError **error)
{
  g_autoptr (JsonArray) array = json_array_new ();
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  for (gsize i = 0; parts[i] != NULL; i++)
    {
      if (*g_strstrip (parts[i]) == '\0')
        continue;
      JsonNode *value = make_value (ctl, attribute, parts[i], error);
      if (value == NULL)
        return NULL;
      json_array_add_element (array, value);
    }
  return json_node_init_array (json_node_alloc (), array);
}

JsonNode *
ms_ctl_parse_value (MsCtl *ctl, const MsAttribute *attribute, const char *text, GError **error)
{
  if (!is_json (attribute, text))
    return attribute->multi_valued ? parse_values (ctl, attribute, text, error)
                                   : make_value (ctl, attribute, text, error);
  if (attribute->multi_valued)
    {
      g_autoptr (JsonArray) array = parse_json_elements (attribute, text, error);
      return array != NULL ? json_node_init_array (json_node_alloc (), array) : NULL;
    }
  g_autoptr (JsonNode) node = parse_json (attribute, text, error);
  return node != NULL && check_json (attribute, node, error) ? g_steal_pointer (&node) : NULL;
}
