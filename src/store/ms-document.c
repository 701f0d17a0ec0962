/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small recursive JSON reader for stored documents.
 */
#include "ms-document.h"

#include "ms-error.h"
#include "ms-json.h"

#include <stdlib.h>
#include <string.h>

/* Objects have five levels at most: extension, attribute, element, sub-attribute, value. */
#define MAX_DEPTH 40

typedef struct
{
  const char *at;
  guint       depth;
  GString    *buffer;
} Reader;

static JsonNode *read_value (Reader *reader);

static void
fail_damaged (GError **error)
{
  ms_error_set (error, MS_ERROR_INTERNAL, NULL, NULL, "The store holds a document that is damaged");
}

static void
pass_space (Reader *reader)
{
  while (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\t' || *reader->at == '\r')
    reader->at++;
}

static gboolean
accept (Reader *reader, char c)
{
  pass_space (reader);
  if (*reader->at != c)
    return FALSE;
  reader->at++;
  return TRUE;
}

static gboolean
read_hex (Reader *reader, guint *unit)
{
  *unit = 0;
  for (guint i = 0; i < 4; i++, reader->at++)
    {
      int digit = g_ascii_xdigit_value (*reader->at);
      if (digit < 0)
        return FALSE;
      *unit = *unit * 16 + (guint) digit;
    }
  return TRUE;
}

static gboolean
read_unicode (Reader *reader)
{
  guint high;
  guint low;

  if (!read_hex (reader, &high))
    return FALSE;
  if (high >= 0xd800 && high <= 0xdbff)
    {
      if (reader->at[0] != '\\' || reader->at[1] != 'u')
        return FALSE;
      reader->at += 2;
      if (!read_hex (reader, &low) || low < 0xdc00 || low > 0xdfff)
        return FALSE;
      high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
  g_string_append_unichar (reader->buffer, high);
  return TRUE;
}

static gboolean
read_escape (Reader *reader)
{
  static const char from[] = "\"\\/bfnrt";
  static const char to[] = "\"\\/\b\f\n\r\t";
  char              c = *reader->at++;
  const char       *found = c != '\0' ? strchr (from, c) : NULL;

  if (c == 'u')
    return read_unicode (reader);
  if (found == NULL)
    return FALSE;
  g_string_append_c (reader->buffer, to[found - from]);
  return TRUE;
}

/* Into the buffer. */
static gboolean
read_string (Reader *reader)
{
  if (!accept (reader, '"'))
    return FALSE;
  g_string_truncate (reader->buffer, 0);
  while (TRUE)
    {
      gsize plain = strcspn (reader->at, "\"\\");

      g_string_append_len (reader->buffer, reader->at, (gssize) plain);
      reader->at += plain;
      if (*reader->at == '\0')
        return FALSE;
      if (*reader->at++ == '"')
        return TRUE;
      if (!read_escape (reader))
        return FALSE;
    }
}

static JsonNode *
read_number (Reader *reader)
{
  gsize length = strspn (reader->at, "+-0123456789.eE");
  gsize whole = strspn (reader->at, "-0123456789");

  if (length == 0)
    return NULL;
  const char *start = reader->at;
  reader->at += length;
  if (length == whole)
    return json_node_init_int (json_node_alloc (), g_ascii_strtoll (start, NULL, 10));
  return json_node_init_double (json_node_alloc (), g_ascii_strtod (start, NULL));
}

static JsonNode *
read_word (Reader *reader)
{
  if (g_str_has_prefix (reader->at, "true"))
    {
      reader->at += 4;
      return json_node_init_boolean (json_node_alloc (), TRUE);
    }
  if (g_str_has_prefix (reader->at, "false"))
    {
      reader->at += 5;
      return json_node_init_boolean (json_node_alloc (), FALSE);
    }
  if (g_str_has_prefix (reader->at, "null"))
    {
      reader->at += 4;
      return json_node_init_null (json_node_alloc ());
    }
  return read_number (reader);
}

static JsonObject *
read_object (Reader *reader)
{
  g_autoptr (JsonObject) object = json_object_new ();

  if (accept (reader, '}'))
    return g_steal_pointer (&object);
  do
    {
      if (!read_string (reader) || !accept (reader, ':'))
        return NULL;
      g_autofree char *name = g_strndup (reader->buffer->str, reader->buffer->len);
      JsonNode        *value = read_value (reader);
      if (value == NULL)
        return NULL;
      json_object_set_member (object, name, value);
    }
  while (accept (reader, ','));
  return accept (reader, '}') ? g_steal_pointer (&object) : NULL;
}

static JsonArray *
read_array (Reader *reader)
{
  g_autoptr (JsonArray) array = json_array_new ();

  if (accept (reader, ']'))
    return g_steal_pointer (&array);
  do
    {
      JsonNode *value = read_value (reader);
      if (value == NULL)
        return NULL;
      json_array_add_element (array, value);
    }
  while (accept (reader, ','));
  return accept (reader, ']') ? g_steal_pointer (&array) : NULL;
}

static JsonNode *
read_container (Reader *reader)
{
  JsonNode *node = NULL;

  if (++reader->depth > MAX_DEPTH)
    return NULL;
  if (*reader->at++ == '{')
    {
      g_autoptr (JsonObject) object = read_object (reader);
      node = object != NULL ? json_node_init_object (json_node_alloc (), object) : NULL;
    }
  else
    {
      g_autoptr (JsonArray) array = read_array (reader);
      node = array != NULL ? json_node_init_array (json_node_alloc (), array) : NULL;
    }
  reader->depth--;
  return node;
}

static JsonNode *
read_value (Reader *reader)
{
  pass_space (reader);
  if (*reader->at == '{' || *reader->at == '[')
    return read_container (reader);
  if (*reader->at != '"')
    return read_word (reader);
  return read_string (reader) ? json_node_init_string (json_node_alloc (), reader->buffer->str)
                              : NULL;
}

/* One member --------------------------------------------------------------------------------- */

static gboolean
pass_string (Reader *reader)
{
  for (reader->at++; *reader->at != '"'; reader->at++)
    {
      reader->at += strcspn (reader->at, "\"\\");
      if (*reader->at == '"')
        break;
      if (*reader->at == '\0' || *++reader->at == '\0')
        return FALSE;
    }
  reader->at++;
  return TRUE;
}

static gboolean
pass_value (Reader *reader)
{
  guint depth = 0;

  while (TRUE)
    {
      reader->at += strcspn (reader->at, depth > 0 ? "\"{}[]" : "\"{}[],");
      if (*reader->at == '\0')
        return FALSE;
      if (depth == 0 && (*reader->at == ',' || *reader->at == '}'))
        return TRUE;
      if (*reader->at == '"')
        {
          if (!pass_string (reader))
            return FALSE;
          continue;
        }
      if (*reader->at == '{' || *reader->at == '[')
        depth++;
      else if (depth-- == 0)
        return FALSE;
      reader->at++;
    }
}

static JsonObject *
read_member (Reader *reader, const char *name)
{
  g_autoptr (JsonObject) object = json_object_new ();

  if (!accept (reader, '{') || accept (reader, '}'))
    return g_steal_pointer (&object);
  do
    {
      if (!read_string (reader) || !accept (reader, ':'))
        return NULL;
      if (strcmp (reader->buffer->str, name) == 0)
        {
          JsonNode *value = read_value (reader);
          if (value == NULL)
            return NULL;
          json_object_set_member (object, name, value);
          return g_steal_pointer (&object);
        }
      if (!pass_value (reader))
        return NULL;
    }
  while (accept (reader, ','));
  return accept (reader, '}') ? g_steal_pointer (&object) : NULL;
}

JsonObject *
ms_document_parse_member (const char *text, const char *name, GError **error)
{
  Reader      reader = { text != NULL ? text : "", 0, g_string_sized_new (128) };
  JsonObject *object = *reader.at == '{' ? read_member (&reader, name) : NULL;

  g_string_free (reader.buffer, TRUE);
  if (object == NULL)
    fail_damaged (error);
  return object;
}

/* --------------------------------------------------------------------------------------------- */

JsonObject *
ms_document_parse (const char *text, GError **error)
{
  Reader      reader = { text != NULL ? text : "", 0, g_string_sized_new (128) };
  JsonObject *object = accept (&reader, '{') ? read_object (&reader) : NULL;

  pass_space (&reader);
  g_string_free (reader.buffer, TRUE);
  if (object != NULL && *reader.at == '\0')
    return object;
  g_clear_pointer (&object, json_object_unref);
  fail_damaged (error);
  return NULL;
}

char *
ms_document_to_string (JsonObject *attributes)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), attributes);

  return ms_json_to_string (node);
}
