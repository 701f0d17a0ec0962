/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One value that a client sent against its attribute's table: type, length, bounds, canonical
 * values. What comes out is canonical: names as declared and in declared order, times in UTC,
 * booleans as booleans though Entra sends "True". Everything that goes into a document passed here.
 */
#include "ms-edit-private.h"

#include "ms-base64.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-schema-private.h"
#include "ms-text.h"
#include "ms-uri-reference.h"

#include <string.h>

#define MAX_ID_LENGTH 256

static gboolean
refuse (const MsAttribute *attribute, GError **error, const char *what)
{
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", attribute->path, "“%s” %s", attribute->path, what);
  return FALSE;
}

/* What a value must be to be looked at further. */
static const char *
get_kind (const MsAttribute *attribute)
{
  switch (attribute->type)
    {
    case MS_ATTR_BOOLEAN:
      return "must be true or false";
    case MS_ATTR_INTEGER:
      return "must be a whole number";
    case MS_ATTR_DECIMAL:
      return "must be a number";
    case MS_ATTR_COMPLEX:
      return "must be an object";
    case MS_ATTR_STRING:
    case MS_ATTR_REFERENCE:
    case MS_ATTR_DATE_TIME:
    case MS_ATTR_BINARY:
    default:
      return "must be a string";
    }
}

static gboolean
is_of_kind (const MsAttribute *attribute, JsonNode *given)
{
  GType type = json_node_get_value_type (given);

  if (JSON_NODE_HOLDS_NULL (given))
    return TRUE;
  switch (attribute->type)
    {
    case MS_ATTR_COMPLEX:
      return JSON_NODE_HOLDS_OBJECT (given);
    case MS_ATTR_BOOLEAN: /* Entra sends "True". */
      return type == G_TYPE_BOOLEAN || type == G_TYPE_STRING;
    case MS_ATTR_INTEGER:
    case MS_ATTR_DECIMAL:
      return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
    case MS_ATTR_STRING:
    case MS_ATTR_REFERENCE:
    case MS_ATTR_DATE_TIME:
    case MS_ATTR_BINARY:
    default:
      return type == G_TYPE_STRING;
    }
}

/* One of several that cannot be a value: it is named as "emails[1]". What is wrong with a value is
 * told of the attribute instead, by whose path clients find its field. @index: -1 where there is no
 * array */
static gboolean
check_element_kind (const MsAttribute *attribute, JsonNode *given, int index, GError **error)
{
  if (is_of_kind (attribute, given))
    return TRUE;
  if (index < 0)
    return refuse (attribute,
                   error,
                   attribute->type == MS_ATTR_COMPLEX ? "must be an array of objects"
                                                      : get_kind (attribute));
  g_autofree char *place = g_strdup_printf ("%s[%d]", attribute->path, index);
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", place, "“%s” %s", place, get_kind (attribute));
  return FALSE;
}

/* The canonical spelling of a value that may be written in any case. */
static const char *
find_canonical (const MsAttribute *attribute, const char *text)
{
  for (guint i = 0; attribute->canonical_values[i] != NULL; i++)
    if (attribute->case_exact ? strcmp (attribute->canonical_values[i], text) == 0
                              : g_ascii_strcasecmp (attribute->canonical_values[i], text) == 0)
      return attribute->canonical_values[i];
  return NULL;
}

static gboolean
check_length (const MsAttribute *attribute, const char *text, GError **error)
{
  guint limit = attribute->max_length > 0 ? attribute->max_length : MS_ATTRIBUTE_MAX_LENGTH;

  if (strlen (text) <= limit)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                attribute->path,
                "“%s” is longer than %u bytes",
                attribute->path,
                limit);
  return FALSE;
}

static gboolean
check_string (const MsAttribute *attribute, const char *text, JsonNode **value, GError **error)
{
  g_autofree char *unified = attribute->multi_line ? ms_text_unify_breaks (text) : NULL;

  if (unified != NULL)
    text = unified;
  if (!check_length (attribute, text, error)
      || !ms_text_check (text, attribute->multi_line, attribute->path, error))
    return FALSE;
  if (attribute->canonical_only)
    {
      text = find_canonical (attribute, text);
      if (text == NULL)
        {
          g_autofree char *all = g_strjoinv (", ", attribute->canonical_values);
          g_autofree char *what = g_strconcat ("must be one of ", all, NULL);
          return refuse (attribute, error, what);
        }
    }
  *value = json_node_init_string (json_node_alloc (), text);
  return TRUE;
}

static gboolean
check_boolean (const MsAttribute *attribute, JsonNode *given, JsonNode **value, GError **error)
{
  gboolean yes;

  if (json_node_get_value_type (given) == G_TYPE_BOOLEAN)
    yes = json_node_get_boolean (given);
  else if (json_node_get_value_type (given) == G_TYPE_STRING)
    {
      const char *text = json_node_get_string (given);
      yes = g_ascii_strcasecmp (text, "true") == 0;
      if (!yes && g_ascii_strcasecmp (text, "false") != 0)
        return refuse (attribute, error, get_kind (attribute));
    }
  else
    return refuse (attribute, error, get_kind (attribute));
  *value = json_node_init_boolean (json_node_alloc (), yes);
  return TRUE;
}

static gboolean
check_integer (const MsAttribute *attribute, JsonNode *given, JsonNode **value, GError **error)
{
  GType  type = json_node_get_value_type (given);
  double decimal = type == G_TYPE_DOUBLE ? json_node_get_double (given) : 0.0;

  /* Numbers beyond 64 bits are read as decimals. */
  gboolean is_beyond = decimal >= 9223372036854775808.0 || decimal < -9223372036854775808.0;
  if (type != G_TYPE_INT64 && !is_beyond)
    return refuse (attribute, error, get_kind (attribute));
  gint64 number = is_beyond ? (decimal > 0.0 ? G_MAXINT64 : G_MININT64) : json_node_get_int (given);
  if (number < attribute->minimum || (is_beyond && decimal < 0.0))
    {
      g_autofree char *what
          = g_strdup_printf ("must be at least %" G_GINT64_FORMAT, attribute->minimum);
      return refuse (attribute, error, what);
    }
  if (number > attribute->maximum || is_beyond)
    {
      g_autofree char *what
          = g_strdup_printf ("must be at most %" G_GINT64_FORMAT, attribute->maximum);
      return refuse (attribute, error, what);
    }
  *value = json_node_init_int (json_node_alloc (), number);
  return TRUE;
}

static gboolean
check_decimal (const MsAttribute *attribute, JsonNode *given, JsonNode **value, GError **error)
{
  GType type = json_node_get_value_type (given);

  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return refuse (attribute, error, get_kind (attribute));
  *value = ms_json_deep_copy (given);
  return TRUE;
}

static gboolean
check_time (const MsAttribute *attribute, const char *text, JsonNode **value, GError **error)
{
  gint64 usec;

  if (!ms_json_parse_time (text, &usec))
    return refuse (attribute,
                   error,
                   ms_json_is_day_missing (text)
                       ? "names a day that its month does not have"
                       : "must be a time with a zone, such as 2026-01-31T12:00:00Z");
  g_autofree char *canonical = ms_json_format_time (usec);
  gint64           kept;
  /* What is written stops at the years that there are; a day of another zone may lie beyond. */
  if (!ms_json_parse_time (canonical, &kept) || ABS (kept - usec) >= 1000)
    return refuse (attribute, error, "lies in UTC before the year 1 or after the year 9999");
  *value = json_node_init_string (json_node_alloc (), canonical);
  return TRUE;
}

/* Kept in one form, so that the same bytes are the same value to filters and to uniqueness. */
static gboolean
check_binary (const MsAttribute *attribute, const char *text, JsonNode **value, GError **error)
{
  if (!check_length (attribute, text, error))
    return FALSE;
  g_autofree char *canonical = ms_base64_canonical (text);
  if (canonical == NULL)
    return refuse (attribute, error, "must be base64");
  *value = json_node_init_string (json_node_alloc (), canonical);
  return TRUE;
}

static gboolean
check_reference (const MsAttribute *attribute, const char *text, JsonNode **value, GError **error)
{
  char **endpoints = ((const MsAttributeRecord *) attribute)->reference_endpoints;

  if (!check_string (attribute, text, value, error))
    return FALSE;
  if (!ms_uri_reference_is_valid (text))
    {
      g_clear_pointer (value, json_node_unref);
      return refuse (attribute, error, "must be a URI");
    }
  if (endpoints == NULL || ms_uri_reference_leads_to (text, endpoints))
    return TRUE;
  g_clear_pointer (value, json_node_unref);
  g_autofree char *places = g_strjoinv ("/ID, ", endpoints);
  g_autofree char *what = g_strconcat ("must be the URI of an object: ", places, "/ID", NULL);
  return refuse (attribute, error, what);
}

/* A member's value by name in any case; the exact one is found without a search. */
static gboolean
check_members (const MsAttribute *attribute,
               JsonObject        *given,
               MsIgnored         *ignored,
               JsonObject        *into,
               guint             *known,
               GError           **error)
{
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      JsonNode          *node = ms_json_object_find (given, sub->name);
      JsonNode          *value = NULL;

      if (node == NULL)
        continue;
      (*known)++;
      if (sub->mutability == MS_MUTABILITY_READ_ONLY)
        continue;
      if (!ms_value_check_all (sub, node, ignored, &value, error))
        return FALSE;
      if (value != NULL)
        json_object_set_member (into, sub->name, value);
    }
  return TRUE;
}

static void
note_unknown_members (const MsAttribute *attribute, JsonObject *given, MsIgnored *ignored)
{
  JsonObjectIter iter;
  const char    *name;

  json_object_iter_init_ordered (&iter, given);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    if (ms_attribute_find_sub (attribute, name) == NULL)
      ms_ignored_add (ignored, attribute->path, name);
}

static gboolean
check_complex (const MsAttribute *attribute,
               JsonNode          *given,
               MsIgnored         *ignored,
               JsonNode         **value,
               GError           **error)
{
  guint known = 0;

  if (!JSON_NODE_HOLDS_OBJECT (given))
    return refuse (attribute, error, get_kind (attribute));
  JsonObject *object = json_node_get_object (given);
  g_autoptr (JsonObject) checked = json_object_new ();
  if (!check_members (attribute, object, ignored, checked, &known, error))
    return FALSE;
  if (known < json_object_get_size (object))
    note_unknown_members (attribute, object, ignored);
  if (json_object_get_size (checked) > 0)
    *value = json_node_init_object (json_node_alloc (), checked);
  return TRUE;
}

static gboolean
check_text_like (const MsAttribute *attribute, JsonNode *given, JsonNode **value, GError **error)
{
  if (json_node_get_value_type (given) != G_TYPE_STRING)
    return refuse (attribute, error, get_kind (attribute));
  const char *text = json_node_get_string (given);
  if (*text == '\0')
    return TRUE;
  if (attribute->type == MS_ATTR_DATE_TIME)
    return check_time (attribute, text, value, error);
  if (attribute->type == MS_ATTR_BINARY)
    return check_binary (attribute, text, value, error);
  if (attribute->type == MS_ATTR_REFERENCE)
    return check_reference (attribute, text, value, error);
  return check_string (attribute, text, value, error);
}

gboolean
ms_value_check (const MsAttribute *attribute,
                JsonNode          *given,
                MsIgnored         *ignored,
                JsonNode         **value,
                GError           **error)
{
  *value = NULL;
  if (JSON_NODE_HOLDS_NULL (given))
    return TRUE;
  switch (attribute->type)
    {
    case MS_ATTR_BOOLEAN:
      return check_boolean (attribute, given, value, error);
    case MS_ATTR_INTEGER:
      return check_integer (attribute, given, value, error);
    case MS_ATTR_DECIMAL:
      return check_decimal (attribute, given, value, error);
    case MS_ATTR_COMPLEX:
      return check_complex (attribute, given, ignored, value, error);
    case MS_ATTR_STRING:
    case MS_ATTR_REFERENCE:
    case MS_ATTR_DATE_TIME:
    case MS_ATTR_BINARY:
    default:
      return check_text_like (attribute, given, value, error);
    }
}

/* Unset, as null is (RFC 7643 §2.5). */
static gboolean
is_empty_array (JsonNode *given)
{
  return JSON_NODE_HOLDS_ARRAY (given) && json_array_get_length (json_node_get_array (given)) == 0;
}

gboolean
ms_value_check_all (const MsAttribute *attribute,
                    JsonNode          *given,
                    MsIgnored         *ignored,
                    JsonNode         **value,
                    GError           **error)
{
  *value = NULL;
  if (!attribute->multi_valued)
    return is_empty_array (given) || ms_value_check (attribute, given, ignored, value, error);

  if (JSON_NODE_HOLDS_NULL (given))
    return TRUE;

  g_autoptr (JsonArray) checked = json_array_new ();
  g_autoptr (JsonArray) merged = json_array_new ();
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (given) ? json_node_get_array (given) : NULL;
  guint      length = array != NULL ? json_array_get_length (array) : 1;

  for (guint i = 0; i < length; i++)
    {
      JsonNode *one = array != NULL ? json_array_get_element (array, i) : given;
      JsonNode *element = NULL;
      if (!check_element_kind (attribute, one, array != NULL ? (int) i : -1, error)
          || !ms_value_check (attribute, one, ignored, &element, error))
        return FALSE;
      if (element != NULL)
        json_array_add_element (checked, element);
    }
  if (!ms_elements_add (attribute, merged, checked, error))
    return FALSE;
  if (json_array_get_length (merged) > 0)
    *value = json_node_init_array (json_node_alloc (), merged);
  return TRUE;
}

gboolean
ms_value_check_link (const MsAttribute *attribute,
                     JsonNode          *given,
                     MsIgnored         *ignored,
                     const char       **id,
                     GError           **error)
{
  JsonNode *node = given;

  *id = NULL;
  if (is_empty_array (given))
    return TRUE;
  if (JSON_NODE_HOLDS_OBJECT (given))
    {
      note_unknown_members (attribute, json_node_get_object (given), ignored);
      node = ms_json_object_find (json_node_get_object (given), "value");
      if (node == NULL && json_object_get_size (json_node_get_object (given)) > 0)
        return refuse (attribute, error, "needs the id of an object as its “value”");
    }
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return refuse (attribute, error, "needs the id of an object as its “value”");
  const char *text = json_node_get_string (node);
  if (*text == '\0')
    return TRUE;
  if (strlen (text) > MAX_ID_LENGTH)
    return refuse (attribute, error, "holds what cannot be an id");
  if (!ms_text_check (text, FALSE, attribute->path, error))
    return FALSE;
  *id = text;
  return TRUE;
}

void
ms_value_set_link (const MsAttribute *attribute, JsonObject *attributes, const char *id)
{
  g_autoptr (JsonObject) link = id != NULL ? json_object_new () : NULL;

  if (link != NULL)
    json_object_set_string_member (link, "value", id);
  ms_attribute_set_value (attribute,
                          attributes,
                          link != NULL ? json_node_init_object (json_node_alloc (), link) : NULL);
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

typedef char *(*KeyFunc) (const MsAttribute *attribute, JsonNode *value);

/* (element-type utf8): of each value of @array, sorted */
static GPtrArray *
list_keys (const MsAttribute *attribute, JsonNode *array, KeyFunc func)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < json_array_get_length (json_node_get_array (array)); i++)
    g_ptr_array_add (keys,
                     func (attribute, json_array_get_element (json_node_get_array (array), i)));
  g_ptr_array_sort (keys, compare_texts);
  return keys;
}

static char *
dup_key (const MsAttribute *attribute, JsonNode *value)
{
  return ms_json_to_key (value);
}

void
ms_value_append (GString *out, const MsAttribute *attribute, JsonNode *value)
{
  if (!attribute->multi_valued || !JSON_NODE_HOLDS_ARRAY (value))
    {
      ms_json_append_key (out, value);
      return;
    }
  g_autoptr (GPtrArray) texts = list_keys (attribute, value, dup_key);
  g_string_append_c (out, '[');
  for (guint i = 0; i < texts->len; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? "," : "", (char *) texts->pdata[i]);
  g_string_append_c (out, ']');
}

static gboolean
sets_equal (const MsAttribute *attribute, JsonNode *a, JsonNode *b)
{
  g_autoptr (GPtrArray) one = list_keys (attribute, a, ms_elements_make_key);
  g_autoptr (GPtrArray) other = list_keys (attribute, b, ms_elements_make_key);

  if (one->len != other->len)
    return FALSE;
  for (guint i = 0; i < one->len; i++)
    if (strcmp (one->pdata[i], other->pdata[i]) != 0)
      return FALSE;
  return TRUE;
}

gboolean
ms_value_equal (const MsAttribute *attribute, JsonNode *a, JsonNode *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  if (attribute->multi_valued && JSON_NODE_HOLDS_ARRAY (a) && JSON_NODE_HOLDS_ARRAY (b))
    return sets_equal (attribute, a, b);
  if (attribute->case_exact || attribute->type == MS_ATTR_BINARY
      || json_node_get_value_type (a) != G_TYPE_STRING
      || json_node_get_value_type (b) != G_TYPE_STRING)
    return ms_json_equal (a, b);
  g_autofree char *a_key = ms_attribute_fold (attribute, json_node_get_string (a));
  g_autofree char *b_key = ms_attribute_fold (attribute, json_node_get_string (b));
  return strcmp (a_key, b_key) == 0;
}
