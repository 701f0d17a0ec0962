/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The JSON reader: RFC 8259 to the letter, straight into a json-glib tree in one pass. Not
 * JsonParser, because that one (1.6) recurses without a limit, and takes comments, single quotes
 * and duplicate names. Every limit is checked before memory is spent on what exceeds it. Recursion
 * is bounded by max_depth, and that by HARD_DEPTH whatever the caller says.
 */
#include "ms-json.h"

#include "ms-error.h"
#include "ms-text.h"

#include <string.h>

#define HARD_DEPTH 256
#define MAX_NUMBER_LENGTH 1024
/* Up to here an object's names are compared one by one; above that they go into a hash table. */
#define MANY_NAMES 16
/* Bytes of a name that a message repeats. */
#define MAX_SHOWN 100

const MsJsonLimits ms_json_default_limits = {
  .max_size = 1024 * 1024,
  .max_depth = 32,
  .max_string = 256 * 1024,
  .max_items = 100000,
};

typedef struct
{
  const char         *begin;
  const char         *at;
  const char         *end;
  const MsJsonLimits *limits;
  guint               depth;
  guint               items;
  GString            *text;  /* the string or number just read, decoded */
  GPtrArray          *names; /* of all open objects, folded; a stack */
  GError            **error;
} Reader;

static JsonNode *read_value (Reader *self);

static gboolean
fail_at (Reader *self, const char *where, MsError code, const char *what)
{
  guint line = 1;
  guint column = 1;

  for (const char *p = self->begin; p < where; p++)
    if (*p == '\n')
      {
        line++;
        column = 1;
      }
    else if (((guchar) *p & 0xc0) != 0x80)
      column++;
  ms_error_set (
      self->error, code, "invalidSyntax", NULL, "JSON line %u, column %u: %s", line, column, what);
  return FALSE;
}

static gboolean
fail (Reader *self, const char *what)
{
  return fail_at (self, self->at, MS_ERROR_INVALID, what);
}

/* Of the name that was just read. */
static gboolean
refuse_twice (Reader *self, const char *where)
{
  g_autofree char *readable
      = g_utf8_make_valid (self->text->str, (gssize) MIN (self->text->len, MAX_SHOWN));
  g_autofree char *shown = ms_text_printable (readable);
  g_autofree char *what = g_strdup_printf ("the name “%s” twice in one object", shown);

  return fail_at (self, where, MS_ERROR_INVALID, what);
}

static void
skip_space (Reader *self)
{
  while (self->at < self->end
         && (*self->at == ' ' || *self->at == '\n' || *self->at == '\r' || *self->at == '\t'))
    self->at++;
}

static gboolean
count_item (Reader *self)
{
  if (++self->items > self->limits->max_items)
    return fail_at (self, self->at, MS_ERROR_LIMIT, "too many elements");
  return TRUE;
}

static gboolean
enter (Reader *self)
{
  if (++self->depth > MIN (self->limits->max_depth, HARD_DEPTH))
    return fail_at (self, self->at, MS_ERROR_LIMIT, "nested too deeply");
  self->at++;
  return TRUE;
}

static gboolean
read_hex4 (Reader *self, gunichar *unit)
{
  gunichar value = 0;

  if (self->end - self->at < 4)
    return fail (self, "incomplete \\u escape");
  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (self->at[i]);
      if (digit < 0)
        return fail (self, "\\u needs four hexadecimal digits");
      value = value * 16 + (gunichar) digit;
    }
  self->at += 4;
  *unit = value;
  return TRUE;
}

/* After "\u". */
static gboolean
read_unicode_escape (Reader *self)
{
  const char *start = self->at - 2;
  gunichar    c, low;

  if (!read_hex4 (self, &c))
    return FALSE;
  if (c == 0)
    return fail_at (self, start, MS_ERROR_INVALID, "\\u0000 is not allowed");
  if (c >= 0xdc00 && c <= 0xdfff)
    return fail_at (self, start, MS_ERROR_INVALID, "lone surrogate");
  if (c >= 0xd800 && c <= 0xdbff)
    {
      if (self->end - self->at < 2 || self->at[0] != '\\' || self->at[1] != 'u')
        return fail_at (self, start, MS_ERROR_INVALID, "lone surrogate");
      self->at += 2;
      if (!read_hex4 (self, &low))
        return FALSE;
      if (low < 0xdc00 || low > 0xdfff)
        return fail_at (self, start, MS_ERROR_INVALID, "lone surrogate");
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
  g_string_append_unichar (self->text, c);
  return TRUE;
}

static gboolean
read_escape (Reader *self)
{
  static const char from[] = "\"\\/bfnrt";
  static const char to[] = "\"\\/\b\f\n\r\t";

  self->at++;
  if (self->at >= self->end)
    return fail (self, "string without an end");
  if (*self->at == 'u')
    {
      self->at++;
      return read_unicode_escape (self);
    }
  const char *found = strchr (from, *self->at);
  if (found == NULL || *self->at == '\0')
    return fail (self, "unknown escape in a string");
  g_string_append_c (self->text, to[found - from]);
  self->at++;
  return TRUE;
}

/* At the opening quote; leaves the text in self->text. */
static gboolean
read_string (Reader *self)
{
  const char *start = self->at;

  g_string_truncate (self->text, 0);
  self->at++;
  while (self->at < self->end)
    {
      const char *run = self->at;
      while (self->at < self->end && *self->at != '"' && *self->at != '\\'
             && (guchar) *self->at >= 0x20)
        self->at++;
      if ((gsize) (self->at - run) + self->text->len > self->limits->max_string)
        return fail_at (self, start, MS_ERROR_LIMIT, "string too long");
      g_string_append_len (self->text, run, self->at - run);
      if (self->at >= self->end)
        break;
      if (*self->at == '"')
        {
          self->at++;
          return TRUE;
        }
      if (*self->at != '\\')
        return fail (self, "control character in a string");
      if (!read_escape (self))
        return FALSE;
    }
  return fail_at (self, start, MS_ERROR_INVALID, "string without an end");
}

static gboolean
skip_digits (Reader *self)
{
  const char *start = self->at;

  while (self->at < self->end && g_ascii_isdigit (*self->at))
    self->at++;
  return self->at > start;
}

/* Passes over a number by the grammar of RFC 8259 §6. */
static gboolean
scan_number (Reader *self, gboolean *is_integer)
{
  *is_integer = TRUE;
  if (*self->at == '-')
    self->at++;
  if (self->at < self->end && *self->at == '0')
    self->at++;
  else if (!skip_digits (self))
    return fail (self, "digit expected");
  if (self->at < self->end && g_ascii_isdigit (*self->at))
    return fail (self, "a number must not begin with 0");
  if (self->at < self->end && *self->at == '.')
    {
      *is_integer = FALSE;
      self->at++;
      if (!skip_digits (self))
        return fail (self, "digit expected");
    }
  if (self->at < self->end && (*self->at == 'e' || *self->at == 'E'))
    {
      *is_integer = FALSE;
      self->at++;
      if (self->at < self->end && (*self->at == '+' || *self->at == '-'))
        self->at++;
      if (!skip_digits (self))
        return fail (self, "digit expected");
    }
  return TRUE;
}

static JsonNode *
read_number (Reader *self)
{
  const char *start = self->at;
  gboolean    is_integer;
  gint64      integer;

  if (!scan_number (self, &is_integer))
    return NULL;
  if (self->at - start > MAX_NUMBER_LENGTH)
    {
      fail_at (self, start, MS_ERROR_LIMIT, "number too long");
      return NULL;
    }
  g_string_truncate (self->text, 0);
  g_string_append_len (self->text, start, self->at - start);
  if (is_integer
      && g_ascii_string_to_signed (self->text->str, 10, G_MININT64, G_MAXINT64, &integer, NULL))
    return json_node_init_int (json_node_alloc (), integer);

  double number = g_ascii_strtod (self->text->str, NULL);
  if (number - number != 0.0)
    {
      fail_at (self, start, MS_ERROR_INVALID, "number too large");
      return NULL;
    }
  return json_node_init_double (json_node_alloc (), number);
}

static gboolean
take_word (Reader *self, const char *word)
{
  gsize length = strlen (word);

  if ((gsize) (self->end - self->at) < length || memcmp (self->at, word, length) != 0)
    return fail (self, "value expected");
  self->at += length;
  return TRUE;
}

/* Whether the name in self->text is a new one in the object whose names begin at @first. Names that
 * differ in case only are the same attribute to SCIM, so that two readers could see two different
 * objects. */
static gboolean
note_name (Reader *self, guint first, GHashTable **seen)
{
  g_autofree char *name = g_ascii_strdown (self->text->str, (gssize) self->text->len);
  guint            count = self->names->len - first;

  if (count < MANY_NAMES)
    {
      for (guint i = first; i < self->names->len; i++)
        if (strcmp (g_ptr_array_index (self->names, i), name) == 0)
          return FALSE;
    }
  else
    {
      if (*seen == NULL)
        {
          *seen = g_hash_table_new (g_str_hash, g_str_equal);
          for (guint i = first; i < self->names->len; i++)
            g_hash_table_add (*seen, g_ptr_array_index (self->names, i));
        }
      if (!g_hash_table_add (*seen, name))
        return FALSE;
    }
  g_ptr_array_add (self->names, g_steal_pointer (&name));
  return TRUE;
}

static gboolean
read_member (Reader *self, JsonObject *object, guint first, GHashTable **seen)
{
  skip_space (self);
  if (self->at >= self->end || *self->at != '"')
    return fail (self, "name in double quotes expected");
  const char *where = self->at;
  if (!count_item (self) || !read_string (self))
    return FALSE;
  if (!note_name (self, first, seen))
    return refuse_twice (self, where);
  g_autofree char *name = g_strndup (self->text->str, self->text->len);
  skip_space (self);
  if (self->at >= self->end || *self->at != ':')
    return fail (self, "':' expected");
  self->at++;
  JsonNode *value = read_value (self);
  if (value == NULL)
    return FALSE;
  json_object_set_member (object, name, value);
  return TRUE;
}

/* After an element or member: TRUE to go on with the next one; @done where the bracket closed. */
static gboolean
read_separator (Reader *self, char close, gboolean *done)
{
  skip_space (self);
  if (self->at < self->end && (*self->at == close || *self->at == ','))
    {
      *done = *self->at == close;
      self->at++;
      return TRUE;
    }
  return fail (self, close == '}' ? "',' or '}' expected" : "',' or ']' expected");
}

static JsonNode *
read_object (Reader *self)
{
  if (!enter (self))
    return NULL;

  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (GHashTable) seen = NULL;
  guint    first = self->names->len;
  gboolean done = FALSE;

  skip_space (self);
  if (self->at < self->end && *self->at == '}')
    {
      self->at++;
      done = TRUE;
    }
  while (!done)
    if (!read_member (self, object, first, &seen) || !read_separator (self, '}', &done))
      return NULL;
  g_ptr_array_set_size (self->names, (int) first);
  self->depth--;

  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
read_array (Reader *self)
{
  if (!enter (self))
    return NULL;

  g_autoptr (JsonArray) array = json_array_new ();
  gboolean done = FALSE;

  skip_space (self);
  if (self->at < self->end && *self->at == ']')
    {
      self->at++;
      done = TRUE;
    }
  while (!done)
    {
      if (!count_item (self))
        return NULL;
      JsonNode *element = read_value (self);
      if (element == NULL)
        return NULL;
      json_array_add_element (array, element);
      if (!read_separator (self, ']', &done))
        return NULL;
    }
  self->depth--;

  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
read_value (Reader *self)
{
  skip_space (self);
  if (self->at >= self->end)
    {
      fail (self, "the text ends where a value is expected");
      return NULL;
    }
  switch (*self->at)
    {
    case '{':
      return read_object (self);
    case '[':
      return read_array (self);
    case '"':
      return read_string (self) ? json_node_init_string (json_node_alloc (), self->text->str)
                                : NULL;
    case 't':
      return take_word (self, "true") ? json_node_init_boolean (json_node_alloc (), TRUE) : NULL;
    case 'f':
      return take_word (self, "false") ? json_node_init_boolean (json_node_alloc (), FALSE) : NULL;
    case 'n':
      return take_word (self, "null") ? json_node_init_null (json_node_alloc ()) : NULL;
    default:
      if (*self->at == '-' || g_ascii_isdigit (*self->at))
        return read_number (self);
      fail (self, "value expected");
      return NULL;
    }
}

static JsonNode *
read_document (Reader *self)
{
  const char *bad;

  if (!g_utf8_validate (self->begin, self->end - self->begin, &bad))
    {
      fail_at (self, bad, MS_ERROR_INVALID, "not UTF-8");
      return NULL;
    }
  g_autoptr (JsonNode) root = read_value (self);
  if (root == NULL)
    return NULL;
  skip_space (self);
  if (self->at < self->end)
    {
      fail (self, "text after the end of the JSON value");
      return NULL;
    }
  return g_steal_pointer (&root);
}

JsonNode *
ms_json_parse (const char *data, gssize length, const MsJsonLimits *limits, GError **error)
{
  g_return_val_if_fail (data != NULL || length == 0, NULL);

  if (data == NULL)
    data = "";
  gsize size = length < 0 ? strlen (data) : (gsize) length;
  if (limits == NULL)
    limits = &ms_json_default_limits;
  if (size > limits->max_size)
    {
      ms_error_set (error,
                    MS_ERROR_LIMIT,
                    "invalidSyntax",
                    NULL,
                    "JSON of %" G_GSIZE_FORMAT " bytes; at most %" G_GSIZE_FORMAT " are taken",
                    size,
                    limits->max_size);
      return NULL;
    }

  Reader reader
      = { .begin = data, .at = data, .end = data + size, .limits = limits, .error = error };
  reader.text = g_string_sized_new (128);
  reader.names = g_ptr_array_new_with_free_func (g_free);
  JsonNode *root = read_document (&reader);
  g_string_free (reader.text, TRUE);
  g_ptr_array_unref (reader.names);
  return root;
}

JsonArray *
ms_json_get_array (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}
