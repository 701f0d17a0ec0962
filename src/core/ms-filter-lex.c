/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Words and values of filters, and which operators and values go with which type of attribute.
 */
#include "ms-filter-parser.h"

#include "ms-base64.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-schema-private.h"

#include <string.h>

gboolean
ms_filter_fail (MsFilterParser *self, const char *where, const char *format, ...)
{
  g_autofree char *what = NULL;
  glong            column = g_utf8_pointer_to_offset (self->begin, where) + 1;
  va_list          args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  /* Within a PATCH path there is no parameter of that name. */
  ms_error_set (self->error,
                MS_ERROR_INVALID,
                "invalidFilter",
                self->type != NULL ? "filter" : NULL,
                "filter, column %ld: %s",
                column,
                what);
  return FALSE;
}

void
ms_filter_skip_space (MsFilterParser *self)
{
  while (self->at < self->end && g_ascii_isspace (*self->at))
    self->at++;
}

static gboolean
is_word_char (char c)
{
  return c != '\0' && !g_ascii_isspace (c) && strchr ("()[]\"", c) == NULL;
}

/* The word at the cursor, which stays. */
gsize
ms_filter_peek_word (MsFilterParser *self)
{
  const char *p = self->at;

  while (p < self->end && is_word_char (*p))
    p++;
  return (gsize) (p - self->at);
}

gboolean
ms_filter_word_is (const char *word, gsize length, const char *wanted)
{
  return strlen (wanted) == length && g_ascii_strncasecmp (word, wanted, length) == 0;
}

gboolean
ms_filter_take_word (MsFilterParser *self, const char *wanted)
{
  ms_filter_skip_space (self);
  gsize length = ms_filter_peek_word (self);
  if (!ms_filter_word_is (self->at, length, wanted))
    return FALSE;
  self->at += length;
  return TRUE;
}

gboolean
ms_filter_take_char (MsFilterParser *self, char wanted)
{
  ms_filter_skip_space (self);
  if (self->at >= self->end || *self->at != wanted)
    return FALSE;
  self->at++;
  return TRUE;
}

static const char *
find_string_end (const char *at, const char *end)
{
  for (at++; at < end && *at != '"'; at++)
    if (*at == '\\' && at + 1 < end)
      at++;
  return at < end ? at + 1 : NULL;
}

JsonNode *
ms_filter_read_value (MsFilterParser *self)
{
  ms_filter_skip_space (self);
  const char *start = self->at;
  if (start >= self->end)
    {
      ms_filter_fail (self, start, "a value is missing");
      return NULL;
    }
  if (*start == '"')
    {
      const char *stop = find_string_end (start, self->end);
      if (stop == NULL)
        {
          ms_filter_fail (self, start, "the quote is not closed");
          return NULL;
        }
      self->at = stop;
      JsonNode *text = ms_json_parse (start, stop - start, NULL, NULL);
      if (text == NULL)
        ms_filter_fail (self, start, "not a valid string");
      return text;
    }

  gsize length = ms_filter_peek_word (self);
  self->at += length;
  if (ms_filter_word_is (start, length, "true"))
    return json_node_init_boolean (json_node_alloc (), TRUE);
  if (ms_filter_word_is (start, length, "false"))
    return json_node_init_boolean (json_node_alloc (), FALSE);
  if (ms_filter_word_is (start, length, "null"))
    return json_node_init_null (json_node_alloc ());
  JsonNode *number = length > 0 ? ms_json_parse (start, (gssize) length, NULL, NULL) : NULL;
  if (number == NULL || !JSON_NODE_HOLDS_VALUE (number))
    {
      g_clear_pointer (&number, json_node_unref);
      ms_filter_fail (self, start, "a string, number, true, false or null is expected");
    }
  return number;
}

gboolean
ms_filter_read_op (MsFilterParser *self, MsFilterOp *op)
{
  ms_filter_skip_space (self);
  gsize length = ms_filter_peek_word (self);
  for (int i = 0; ms_filter_op_names[i] != NULL; i++)
    if (ms_filter_word_is (self->at, length, ms_filter_op_names[i]))
      {
        *op = (MsFilterOp) i;
        self->at += length;
        return TRUE;
      }
  return ms_filter_fail (self, self->at, "an operator (eq ne co sw ew gt ge lt le pr) is expected");
}

static gboolean
is_text_op (MsFilterOp op)
{
  return op == MS_FILTER_CO || op == MS_FILTER_SW || op == MS_FILTER_EW;
}

static gboolean
is_order_op (MsFilterOp op)
{
  return op == MS_FILTER_GT || op == MS_FILTER_GE || op == MS_FILTER_LT || op == MS_FILTER_LE;
}

MsAttrType
ms_filter_target_type (const MsFilterTarget *target)
{
  if (target->attribute != NULL)
    return target->attribute->type;
  if (target->meta == MS_FILTER_META_CREATED || target->meta == MS_FILTER_META_LAST_MODIFIED)
    return MS_ATTR_DATE_TIME;
  return MS_ATTR_STRING;
}

/* A new node, because json-glib 1.6 reads freed memory when one that holds a value is initialised
 * again. */
static gboolean
coerce_boolean (JsonNode **value)
{
  if (json_node_get_value_type (*value) == G_TYPE_BOOLEAN)
    return TRUE;
  if (json_node_get_value_type (*value) != G_TYPE_STRING)
    return FALSE;
  const char *text = json_node_get_string (*value);
  gboolean    yes = g_ascii_strcasecmp (text, "true") == 0;
  if (!yes && g_ascii_strcasecmp (text, "false") != 0)
    return FALSE;
  json_node_unref (*value);
  *value = json_node_init_boolean (json_node_alloc (), yes);
  return TRUE;
}

/* As it is kept; a new node for the same reason. */
static gboolean
coerce_binary (JsonNode **value)
{
  if (json_node_get_value_type (*value) != G_TYPE_STRING)
    return FALSE;
  g_autofree char *canonical = ms_base64_canonical (json_node_get_string (*value));
  if (canonical == NULL)
    return FALSE;
  json_node_unref (*value);
  *value = json_node_init_string (json_node_alloc (), canonical);
  return TRUE;
}

/* As it is kept, in milliseconds; but for what lies beyond the years that there are, which would
 * become another time. */
static gboolean
coerce_time (JsonNode **value)
{
  gint64 usec, kept;

  if (json_node_get_value_type (*value) != G_TYPE_STRING
      || !ms_json_parse_time (json_node_get_string (*value), &usec))
    return FALSE;
  g_autofree char *canonical = ms_json_format_time (usec);
  if (!ms_json_parse_time (canonical, &kept) || ABS (kept - usec) >= 1000)
    return TRUE;
  json_node_unref (*value);
  *value = json_node_init_string (json_node_alloc (), canonical);
  return TRUE;
}

/* Just beyond what an integer can be, a number is read as a decimal that equals the nearest one
 * that it can be. Farther away it compares as it should. */
static gboolean
is_beyond_integers (JsonNode *value)
{
  double number = json_node_get_double (value);

  return json_node_get_value_type (value) == G_TYPE_DOUBLE
         && (number == 9223372036854775808.0 || number == -9223372036854775808.0);
}

/* Whether the operator and the kind of value go with the attribute's type. */
gboolean
ms_filter_check_value (
    MsFilterParser *self, const char *where, MsAttrType type, MsFilterOp op, JsonNode **value)
{
  GType    kind = json_node_get_value_type (*value);
  gboolean op_fits = TRUE;
  gboolean value_fits = FALSE;

  switch (type)
    {
    case MS_ATTR_BOOLEAN:
      op_fits = !is_text_op (op) && !is_order_op (op);
      value_fits = coerce_boolean (value);
      break;
    case MS_ATTR_BINARY:
      op_fits = !is_text_op (op) && !is_order_op (op);
      value_fits = coerce_binary (value);
      break;
    case MS_ATTR_INTEGER:
      if (is_beyond_integers (*value))
        return ms_filter_fail (self, where, "the number does not fit into 64 bits");
      G_GNUC_FALLTHROUGH;
    case MS_ATTR_DECIMAL:
      op_fits = !is_text_op (op);
      value_fits = kind == G_TYPE_INT64 || kind == G_TYPE_DOUBLE;
      break;
    case MS_ATTR_DATE_TIME:
      op_fits = !is_text_op (op);
      value_fits = coerce_time (value);
      break;
    case MS_ATTR_STRING:
    case MS_ATTR_REFERENCE:
    case MS_ATTR_COMPLEX:
    default:
      value_fits = kind == G_TYPE_STRING;
    }
  if (!op_fits)
    return ms_filter_fail (self,
                           where,
                           "“%s” is not for values of type %s",
                           ms_filter_op_names[op],
                           ms_attr_type_names[type]);
  return value_fits
         || ms_filter_fail (self, where, "the value is not a %s", ms_attr_type_names[type]);
}
