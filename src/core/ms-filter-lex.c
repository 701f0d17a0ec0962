/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Words and values of filters, and which operators and values go with which type of attribute.
 */
#include "ms-filter-parser.h"

#include "ms-base64.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-schema-private.h"

#include <math.h>
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

gboolean
ms_filter_refuse_brackets (MsFilterParser *self, const char *where)
{
  return ms_filter_fail (self, where, "brackets are not for a common attribute");
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
  const char *start = self->value_at = self->at;
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

/* Numbers ------------------------------------------------------------------------------------- */

typedef enum
{
  NUMBER_WHOLE, /* and one of 64 bits */
  NUMBER_BEYOND,
  NUMBER_FRACTION,
} NumberKind;

/* No literal has as many digits. */
#define FAR_EXPONENT 1000000

/* @at: behind the digits; at "e" or the end */
static int
read_exponent (const char *at, const char *end)
{
  int exponent = 0;

  if (at == end)
    return 0;
  gboolean down = *++at == '-';
  for (; at < end; at++)
    if (g_ascii_isdigit (*at) && exponent < FAR_EXPONENT)
      exponent = exponent * 10 + (*at - '0');
  return down ? -exponent : exponent;
}

/* @digits: without a zero at either end; @point: how many of them stand before the point */
static NumberKind
read_digits (const GString *digits, int point, gboolean negative, gint64 *number)
{
  const guint64 most = (guint64) G_MAXINT64 + (negative ? 1 : 0);
  guint64       sum = 0;

  *number = 0;
  if (digits->len == 0)
    return NUMBER_WHOLE;
  if (point < (int) digits->len)
    return NUMBER_FRACTION;
  if (point > 19)
    return NUMBER_BEYOND;
  for (int i = 0; i < point; i++)
    sum = sum * 10 + (guint64) (i < (int) digits->len ? digits->str[i] - '0' : 0);
  if (sum > most)
    return NUMBER_BEYOND;
  *number = negative ? (gint64) (0 - sum) : (gint64) sum;
  return NUMBER_WHOLE;
}

/* What the JSON number from @at to @end is, whose digits a decimal cannot all hold. */
static NumberKind
read_number (const char *at, const char *end, gint64 *number)
{
  g_autoptr (GString) digits = g_string_new (NULL);
  gboolean negative = *at == '-';
  gboolean in_fraction = FALSE;
  int      point = 0;

  for (; at < end && *at != 'e' && *at != 'E'; at++)
    {
      if (*at == '.')
        in_fraction = TRUE;
      else if (g_ascii_isdigit (*at))
        {
          gboolean leading = digits->len == 0 && *at == '0';
          if (!leading)
            g_string_append_c (digits, *at);
          point += in_fraction ? (leading ? -1 : 0) : (leading ? 0 : 1);
        }
    }
  while (digits->len > 0 && digits->str[digits->len - 1] == '0')
    g_string_truncate (digits, digits->len - 1);
  return read_digits (digits, point + read_exponent (at, end), negative, number);
}

/* For whole numbers to be compared with: a literal that is whole in any form becomes one (in a new
 * node, as above). Just beyond 64 bits, or with more digits than it can hold, a decimal would equal
 * the nearest integer, which the literal does not. Farther away, or with a fraction that it can
 * hold, it compares as it should. */
static gboolean
coerce_integer (MsFilterParser *self, JsonNode **value)
{
  gint64 number;

  if (json_node_get_value_type (*value) != G_TYPE_DOUBLE)
    return TRUE;
  double     decimal = json_node_get_double (*value);
  NumberKind kind = read_number (self->value_at, self->at, &number);
  if (kind == NUMBER_WHOLE)
    {
      json_node_unref (*value);
      *value = json_node_init_int (json_node_alloc (), number);
      return TRUE;
    }
  if (fabs (decimal) == 9223372036854775808.0)
    return ms_filter_fail (self, self->value_at, "the number does not fit into 64 bits");
  if (kind == NUMBER_FRACTION && floor (decimal) == decimal
      && fabs (decimal) < 9223372036854775808.0)
    return ms_filter_fail (
        self, self->value_at, "the number has more digits than a fraction is compared by");
  return TRUE;
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
      if (!coerce_integer (self, value))
        return FALSE;
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
         || ms_filter_fail (
             self, self->value_at, "the value is not a %s", ms_attr_type_names[type]);
}
