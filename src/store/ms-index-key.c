/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys: texts that compare byte by byte as the values that they stand for. They are in every
 * store's tables, so a change of what they look like needs another form in ms-index-load.c, which
 * makes stores index anew.
 */
#include "ms-index.h"

#include "ms-json.h"
#include "ms-text.h"

#include <string.h>

/* U+10FFFF is ours. */
static char *
without_missing_marker (char *text)
{
  for (char *p = strstr (text, MS_KEY_MISSING); p != NULL; p = strstr (p, MS_KEY_MISSING))
    p[3] = '\xbe';
  return text;
}

char *
ms_index_text_key (const char *text, gboolean case_exact)
{
  return without_missing_marker (ms_text_key (text, case_exact));
}

char *
ms_index_attribute_key (const MsAttribute *attribute, const char *text)
{
  return without_missing_marker (ms_attribute_key (attribute, text));
}

char *
ms_index_int_key (gint64 value)
{
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x",
                          (guint64) value ^ (G_GUINT64_CONSTANT (1) << 63));
}

/* IEEE 754 bits sort as signed magnitude; flipped they sort as unsigned numbers. */
static char *
double_key (double value)
{
  guint64 bits;

  if (value == 0)
    value = 0; /* one zero, not two */
  memcpy (&bits, &value, sizeof bits);
  bits = (bits >> 63) != 0 ? ~bits : bits | (G_GUINT64_CONSTANT (1) << 63);
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", bits);
}

static char *
string_node_key (const MsAttribute *attribute, JsonNode *value)
{
  const char *text = json_node_get_string (value);
  gint64      usec;

  if (attribute->type == MS_ATTR_DATE_TIME)
    return ms_json_parse_time (text, &usec) ? ms_index_int_key (usec) : NULL;
  return attribute->type == MS_ATTR_BINARY ? ms_index_text_key (text, TRUE)
                                           : ms_index_attribute_key (attribute, text);
}

char *
ms_index_key (const MsAttribute *attribute, JsonNode *value)
{
  if (value == NULL || !JSON_NODE_HOLDS_VALUE (value))
    return NULL;
  GType held = json_node_get_value_type (value);
  switch (attribute->type)
    {
    case MS_ATTR_BOOLEAN:
      return held == G_TYPE_BOOLEAN ? g_strdup (json_node_get_boolean (value) ? "1" : "0") : NULL;
    case MS_ATTR_INTEGER:
      return held == G_TYPE_INT64 ? ms_index_int_key (json_node_get_int (value)) : NULL;
    case MS_ATTR_DECIMAL:
      if (held == G_TYPE_INT64 || held == G_TYPE_DOUBLE)
        return double_key (json_node_get_double (value));
      return NULL;
    case MS_ATTR_STRING:
    case MS_ATTR_DATE_TIME:
    case MS_ATTR_BINARY:
    case MS_ATTR_REFERENCE:
      return held == G_TYPE_STRING ? string_node_key (attribute, value) : NULL;
    case MS_ATTR_COMPLEX:
    default:
      return NULL;
    }
}
