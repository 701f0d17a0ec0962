/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. The server checks again; here it is checked as far as a person can be told while
 * typing.
 */
#include "config.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <math.h>

#include "ms-date-time-field.h"
#include "ms-error.h"
#include "ms-text.h"
#include "ms-value-text.h"

/* As short as it can be read back: 0.04, and not 0.040000000000000001. */
static char *
show_decimal (double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (buffer, sizeof buffer, "%.15g", value);
  if (g_ascii_strtod (buffer, NULL) != value)
    g_ascii_formatd (buffer, sizeof buffer, "%.17g", value);
  return g_strdup (buffer);
}

static char *
show_all (const MsAttribute *attribute, JsonArray *values)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (values); i++)
    {
      g_autofree char *one = ms_value_text_show (attribute, json_array_get_element (values, i));
      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", one);
    }
  return g_string_free (text, FALSE);
}

char *
ms_value_text_show (const MsAttribute *attribute, JsonNode *value)
{
  if (value != NULL && JSON_NODE_HOLDS_ARRAY (value))
    return show_all (attribute, json_node_get_array (value));
  if (value == NULL || !JSON_NODE_HOLDS_VALUE (value))
    return g_strdup ("");

  GType type = json_node_get_value_type (value);
  if (type == G_TYPE_INT64)
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (value));
  if (type == G_TYPE_DOUBLE)
    return show_decimal (json_node_get_double (value));
  if (type == G_TYPE_BOOLEAN)
    return g_strdup (json_node_get_boolean (value) ? _ ("yes") : _ ("no"));
  if (attribute->type == MS_ATTR_DATE_TIME)
    return ms_date_time_describe (json_node_get_string (value));
  return json_node_dup_string (value);
}

static JsonNode *
refuse (const MsAttribute *attribute, GError **error, const char *what)
{
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", attribute->path, "%s", what);
  return NULL;
}

static JsonNode *
read_integer (const MsAttribute *attribute, const char *text, GError **error)
{
  gint64           value = 0;
  g_autofree char *range = NULL;

  if (!g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &value, NULL))
    return refuse (attribute, error, _ ("This is not a whole number"));
  if (value < attribute->minimum || value > attribute->maximum)
    {
      range = attribute->maximum == G_MAXINT64
          ? g_strdup_printf (_ ("At least %" G_GINT64_FORMAT), attribute->minimum)
          : g_strdup_printf (_ ("From %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT),
                                attribute->minimum,
                                attribute->maximum);
      return refuse (attribute, error, range);
    }
  return json_node_init_int (json_node_alloc (), value);
}

/* With a point or the comma that half the world writes. */
static JsonNode *
read_decimal (const MsAttribute *attribute, const char *text, GError **error)
{
  g_autofree char *plain = g_strdelimit (g_strdup (text), ",", '.');
  char            *end = NULL;

  errno = 0;
  double value = g_ascii_strtod (plain, &end);
  if (end == plain || *end != '\0' || errno != 0 || !isfinite (value))
    return refuse (attribute, error, _ ("This is not a number"));
  return json_node_init_double (json_node_alloc (), value);
}

static JsonNode *
read_time (const MsAttribute *attribute, const char *text, GError **error)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autofree char *iso = g_strdelimit (g_strdup (text), " ", 'T');
  g_autofree char *whole
      = strchr (iso, 'T') != NULL ? g_strdup (iso) : g_strconcat (iso, "T00:00", NULL);
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (whole, zone);

  if (time == NULL)
    {
      g_autofree char *seconds = g_strconcat (whole, ":00", NULL);
      time = g_date_time_new_from_iso8601 (seconds, zone);
    }
  if (time == NULL)
    return refuse (attribute, error, _ ("This is not a time such as 2027-01-31 12:00"));
  g_autoptr (GDateTime) utc = g_date_time_to_utc (time);
  g_autofree char *stored = g_date_time_format (utc, "%Y-%m-%dT%H:%M:%SZ");
  return json_node_init_string (json_node_alloc (), stored);
}

static JsonNode *
read_boolean (const MsAttribute *attribute, const char *text, GError **error)
{
  gboolean yes = g_ascii_strcasecmp (text, "true") == 0 || g_strcmp0 (text, _ ("yes")) == 0;
  gboolean no = g_ascii_strcasecmp (text, "false") == 0 || g_strcmp0 (text, _ ("no")) == 0;

  if (!yes && !no)
    return refuse (attribute, error, _ ("This is neither yes nor no"));
  return json_node_init_boolean (json_node_alloc (), yes);
}

static JsonNode *
read_string (const MsAttribute *attribute, const char *text, GError **error)
{
  gsize limit = attribute->max_length > 0 ? attribute->max_length : MS_ATTRIBUTE_MAX_LENGTH;
  g_autofree char *unified = attribute->multi_line ? ms_text_unify_breaks (text) : NULL;

  if (unified != NULL)
    text = unified;
  if (!ms_text_check (text, attribute->multi_line, attribute->path, error))
    return NULL;
  if (strlen (text) > limit)
    return refuse (attribute, error, _ ("This is too long"));
  if (attribute->canonical_only
      && !g_strv_contains ((const char *const *) attribute->canonical_values, text))
    {
      g_autofree char *choices = g_strjoinv (", ", attribute->canonical_values);
      g_autofree char *what = g_strdup_printf (_ ("This is none of: %s"), choices);
      return refuse (attribute, error, what);
    }
  return json_node_init_string (json_node_alloc (), text);
}

static gboolean
is_base64 (const char *text)
{
  gsize length = strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

  return strlen (text) % 4 == 0 && strspn (text + length, "=") <= 2
         && text[length + strspn (text + length, "=")] == '\0';
}

JsonNode *
ms_value_text_read (const MsAttribute *attribute, const char *text, GError **error)
{
  g_return_val_if_fail (attribute != NULL && text != NULL, NULL);

  switch (attribute->type)
    {
    case MS_ATTR_INTEGER:
      return read_integer (attribute, text, error);
    case MS_ATTR_DECIMAL:
      return read_decimal (attribute, text, error);
    case MS_ATTR_DATE_TIME:
      return read_time (attribute, text, error);
    case MS_ATTR_BOOLEAN:
      return read_boolean (attribute, text, error);
    case MS_ATTR_BINARY:
      if (!is_base64 (text))
        return refuse (attribute, error, _ ("Bytes are written in base64"));
      return json_node_init_string (json_node_alloc (), text);
    case MS_ATTR_STRING:
    case MS_ATTR_REFERENCE:
    case MS_ATTR_COMPLEX:
    default:
      return read_string (attribute, text, error);
    }
}

char *
ms_value_text_example (const MsAttribute *attribute)
{
  g_return_val_if_fail (attribute != NULL, NULL);

  if (attribute->canonical_values != NULL && attribute->canonical_values[0] != NULL)
    {
      g_autofree char *choices = g_strjoinv (", ", attribute->canonical_values);
      return attribute->canonical_only ? g_strdup_printf (_ ("One of: %s"), choices)
                                       : g_strdup_printf (_ ("Such as: %s"), choices);
    }
  switch (attribute->type)
    {
    case MS_ATTR_BOOLEAN:
      return g_strdup_printf (_ ("%s or %s"), _ ("yes"), _ ("no"));
    case MS_ATTR_DATE_TIME:
      return g_strdup (_ ("Such as 2027-01-31 12:00"));
    case MS_ATTR_BINARY:
      return g_strdup (_ ("Bytes in base64"));
    case MS_ATTR_INTEGER:
    case MS_ATTR_DECIMAL:
    case MS_ATTR_STRING:
    case MS_ATTR_REFERENCE:
    case MS_ATTR_COMPLEX:
    default:
      return NULL;
    }
}

char *
ms_value_text_title (const MsAttribute *attribute)
{
  g_autoptr (GString) title = g_string_new (NULL);

  g_return_val_if_fail (attribute != NULL, NULL);

  for (const char *p = attribute->name; *p != '\0'; p++)
    {
      gboolean starts = g_ascii_isupper (*p) && p > attribute->name && g_ascii_islower (p[-1]);
      if (starts || *p == '_' || *p == '-')
        g_string_append_c (title, ' ');
      if (*p == '_' || *p == '-' || *p == '$')
        continue;
      g_string_append_c (title,
                         title->len == 0                     ? g_ascii_toupper (*p)
                         : starts && !g_ascii_isupper (p[1]) ? g_ascii_tolower (*p)
                                                             : *p);
    }
  return g_string_free (g_steal_pointer (&title), FALSE);
}
