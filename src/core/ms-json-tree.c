/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JSON trees in memory: compact text, comparison, copies. Numbers compare by value (1 is 1.0, 0.0
 * is -0.0), objects without regard to the order of their members, which is kept when they are
 * written or copied.
 */
#include "ms-json.h"

#include <math.h>
#include <string.h>

void
ms_json_append_string (GString *out, const char *text)
{
  g_autofree char *valid = NULL;

  if (text == NULL)
    {
      g_string_append (out, "null");
      return;
    }
  if (!g_utf8_validate (text, -1, NULL))
    text = valid = g_utf8_make_valid (text, -1);

  g_string_append_c (out, '"');
  for (const char *run = text;; run++)
    {
      gsize length = 0;
      while ((guchar) run[length] >= 0x20 && run[length] != '"' && run[length] != '\\')
        length++;
      g_string_append_len (out, run, (gssize) length);
      run += length;
      switch (*run)
        {
        case '\0':
          g_string_append_c (out, '"');
          return;
        case '"':
          g_string_append (out, "\\\"");
          break;
        case '\\':
          g_string_append (out, "\\\\");
          break;
        case '\n':
          g_string_append (out, "\\n");
          break;
        case '\r':
          g_string_append (out, "\\r");
          break;
        case '\t':
          g_string_append (out, "\\t");
          break;
        default:
          g_string_append_printf (out, "\\u%04x", (guint) (guchar) *run);
        }
    }
}

/* The shortest text that reads back as the same number, and still as a decimal one. */
static void
append_double (GString *out, double number)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (number))
    {
      g_string_append (out, "null");
      return;
    }
  g_ascii_formatd (buffer, sizeof buffer, "%.15g", number);
  if (g_ascii_strtod (buffer, NULL) != number)
    g_ascii_formatd (buffer, sizeof buffer, "%.17g", number);
  g_string_append (out, buffer);
  if (strpbrk (buffer, ".e") == NULL)
    g_string_append (out, ".0");
}

static void
append_value (GString *out, JsonNode *node)
{
  switch (json_node_get_value_type (node))
    {
    case G_TYPE_STRING:
      ms_json_append_string (out, json_node_get_string (node));
      break;
    case G_TYPE_INT64:
      g_string_append_printf (out, "%" G_GINT64_FORMAT, json_node_get_int (node));
      break;
    case G_TYPE_BOOLEAN:
      g_string_append (out, json_node_get_boolean (node) ? "true" : "false");
      break;
    case G_TYPE_DOUBLE:
      append_double (out, json_node_get_double (node));
      break;
    default:
      g_string_append (out, "null");
    }
}

static void
append_object (GString *out, JsonObject *object)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;
  char           separator = '{';

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &member))
    {
      g_string_append_c (out, separator);
      ms_json_append_string (out, name);
      g_string_append_c (out, ':');
      ms_json_append (out, member);
      separator = ',';
    }
  g_string_append (out, separator == '{' ? "{}" : "}");
}

void
ms_json_append (GString *out, JsonNode *node)
{
  g_return_if_fail (out != NULL);

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    {
      g_string_append (out, "null");
      return;
    }
  if (JSON_NODE_HOLDS_OBJECT (node))
    append_object (out, json_node_get_object (node));
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      guint      length = json_array_get_length (array);

      g_string_append_c (out, '[');
      for (guint i = 0; i < length; i++)
        {
          if (i > 0)
            g_string_append_c (out, ',');
          ms_json_append (out, json_array_get_element (array, i));
        }
      g_string_append_c (out, ']');
    }
  else
    append_value (out, node);
}

char *
ms_json_to_string (JsonNode *node)
{
  GString *out = g_string_sized_new (256);

  ms_json_append (out, node);
  return g_string_free (out, FALSE);
}

static gboolean
objects_equal (JsonObject *a, JsonObject *b)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;

  if (json_object_get_size (a) != json_object_get_size (b))
    return FALSE;
  json_object_iter_init (&iter, a);
  while (json_object_iter_next (&iter, &name, &member))
    {
      JsonNode *other = json_object_get_member (b, name);
      if (other == NULL || !ms_json_equal (member, other))
        return FALSE;
    }
  return TRUE;
}

static gboolean
arrays_equal (JsonArray *a, JsonArray *b)
{
  guint length = json_array_get_length (a);

  if (length != json_array_get_length (b))
    return FALSE;
  for (guint i = 0; i < length; i++)
    if (!ms_json_equal (json_array_get_element (a, i), json_array_get_element (b, i)))
      return FALSE;
  return TRUE;
}

static gboolean
is_number (GType type)
{
  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
}

/* Whether a number is whole and one of 64 bits, however it is written: 1, 1.0, -0.0. */
static gboolean
get_whole (JsonNode *node, gint64 *whole)
{
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    {
      *whole = json_node_get_int (node);
      return TRUE;
    }
  double number = json_node_get_double (node);
  if (!(number >= -9223372036854775808.0 && number < 9223372036854775808.0)
      || floor (number) < number)
    return FALSE;
  *whole = (gint64) number;
  return TRUE;
}

static gboolean
numbers_equal (JsonNode *a, JsonNode *b)
{
  gint64   one = 0, other = 0;
  gboolean is_whole = get_whole (a, &one);

  if (is_whole != get_whole (b, &other))
    return FALSE;
  return is_whole ? one == other : json_node_get_double (a) == json_node_get_double (b);
}

static gboolean
values_equal (JsonNode *a, JsonNode *b)
{
  GType a_type = json_node_get_value_type (a);
  GType b_type = json_node_get_value_type (b);

  if (is_number (a_type) && is_number (b_type))
    return numbers_equal (a, b);
  if (a_type != b_type)
    return FALSE;
  if (a_type == G_TYPE_BOOLEAN)
    return json_node_get_boolean (a) == json_node_get_boolean (b);
  return g_strcmp0 (json_node_get_string (a), json_node_get_string (b)) == 0;
}

gboolean
ms_json_equal (JsonNode *a, JsonNode *b)
{
  if (a == NULL || b == NULL || a == b)
    return a == b;
  if (JSON_NODE_TYPE (a) != JSON_NODE_TYPE (b))
    return FALSE;
  switch (JSON_NODE_TYPE (a))
    {
    case JSON_NODE_OBJECT:
      return objects_equal (json_node_get_object (a), json_node_get_object (b));
    case JSON_NODE_ARRAY:
      return arrays_equal (json_node_get_array (a), json_node_get_array (b));
    case JSON_NODE_VALUE:
      return values_equal (a, b);
    case JSON_NODE_NULL:
    default:
      return TRUE;
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
append_object_key (GString *out, JsonObject *object)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  JsonObjectIter iter;
  const char    *name;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, (gpointer) name);
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      g_string_append_c (out, i == 0 ? '{' : ',');
      ms_json_append_string (out, names->pdata[i]);
      g_string_append_c (out, ':');
      ms_json_append_key (out, json_object_get_member (object, names->pdata[i]));
    }
  g_string_append (out, names->len == 0 ? "{}" : "}");
}

void
ms_json_append_key (GString *out, JsonNode *node)
{
  gint64 whole = 0;

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    append_object_key (out, json_node_get_object (node));
  else if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      guint      length = json_array_get_length (array);

      g_string_append_c (out, '[');
      for (guint i = 0; i < length; i++)
        {
          if (i > 0)
            g_string_append_c (out, ',');
          ms_json_append_key (out, json_array_get_element (array, i));
        }
      g_string_append_c (out, ']');
    }
  else if (node != NULL && JSON_NODE_HOLDS_VALUE (node)
           && is_number (json_node_get_value_type (node)) && get_whole (node, &whole))
    g_string_append_printf (out, "%" G_GINT64_FORMAT, whole);
  else
    ms_json_append (out, node);
}

char *
ms_json_to_key (JsonNode *node)
{
  GString *out = g_string_sized_new (64);

  ms_json_append_key (out, node);
  return g_string_free (out, FALSE);
}

JsonObject *
ms_json_deep_copy_object (JsonObject *object)
{
  JsonObject    *copy = json_object_new ();
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &member))
    json_object_set_member (copy, name, ms_json_deep_copy (member));
  return copy;
}

JsonNode *
ms_json_deep_copy (JsonNode *node)
{
  JsonNode *copy = json_node_alloc ();

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      g_autoptr (JsonObject) object = ms_json_deep_copy_object (json_node_get_object (node));
      return json_node_init_object (copy, object);
    }
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      guint      length = json_array_get_length (array);
      g_autoptr (JsonArray) elements = json_array_sized_new (length);

      for (guint i = 0; i < length; i++)
        json_array_add_element (elements, ms_json_deep_copy (json_array_get_element (array, i)));
      return json_node_init_array (copy, elements);
    }
  switch (json_node_get_value_type (node))
    {
    case G_TYPE_STRING:
      return json_node_init_string (copy, json_node_get_string (node));
    case G_TYPE_INT64:
      return json_node_init_int (copy, json_node_get_int (node));
    case G_TYPE_DOUBLE:
      return json_node_init_double (copy, json_node_get_double (node));
    case G_TYPE_BOOLEAN:
      return json_node_init_boolean (copy, json_node_get_boolean (node));
    default:
      return json_node_init_null (copy);
    }
}

JsonNode *
ms_json_object_find (JsonObject *object, const char *name)
{
  JsonObjectIter iter;
  const char    *member_name;
  JsonNode      *member;

  g_return_val_if_fail (object != NULL && name != NULL, NULL);

  member = json_object_get_member (object, name);
  if (member != NULL)
    return member;
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &member_name, &member))
    if (g_ascii_strcasecmp (member_name, name) == 0)
      return member;
  return NULL;
}
