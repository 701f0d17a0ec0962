/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parsing of request targets (RFC 3986, application/x-www-form-urlencoded for the query).
 */
#include "ms-target.h"
#include "ms-error.h"
#include <string.h>

#define MAX_SEGMENTS 16
#define MAX_PARAMETERS 64
#define MAX_LOGGED_PATH 512
#define MAX_LOGGED_METHOD 32

void
ms_target_free (MsTarget *self)
{
  if (self == NULL)
    return;
  g_free (self->path);
  g_strfreev (self->segments);
  g_clear_pointer (&self->query, g_hash_table_unref);
  g_free (self);
}

/* (nullable): NULL for a bad escape, a NUL, or what is not UTF-8 */
static char *
decode (const char *text, gsize length, gboolean plus_is_space)
{
  g_autoptr (GString) out = g_string_sized_new (length);

  for (gsize i = 0; i < length; i++)
    {
      if (text[i] == '+' && plus_is_space)
        g_string_append_c (out, ' ');
      else if (text[i] != '%')
        g_string_append_c (out, text[i]);
      else
        {
          int high = i + 2 < length ? g_ascii_xdigit_value (text[i + 1]) : -1;
          int low = i + 2 < length ? g_ascii_xdigit_value (text[i + 2]) : -1;
          if (high < 0 || low < 0 || (high == 0 && low == 0))
            return NULL;
          g_string_append_c (out, (char) (high << 4 | low));
          i += 2;
        }
    }
  if (!g_utf8_validate_len (out->str, out->len, NULL))
    return NULL;
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static gboolean
parse_path (MsTarget *self, GError **error)
{
  if (*self->path != '/')
    {
      ms_error_set (
          error, MS_ERROR_INVALID, NULL, NULL, "The path of a request begins with a slash.");
      return FALSE;
    }
  g_auto (GStrv) parts = g_strsplit (self->path + 1, "/", MAX_SEGMENTS + 1);
  guint length = g_strv_length (parts);
  if (length > MAX_SEGMENTS)
    {
      ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is nothing at this address.");
      return FALSE;
    }
  if (length > 0 && *parts[length - 1] == '\0')
    length--;
  self->segments = g_new0 (char *, length + 1);
  for (guint i = 0; i < length; i++)
    {
      self->segments[i] = decode (parts[i], strlen (parts[i]), FALSE);
      if (self->segments[i] != NULL)
        continue;
      ms_error_set (
          error, MS_ERROR_INVALID, NULL, NULL, "The path holds an escape that is not valid UTF-8.");
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse_parameter (MsTarget *self, const char *text, gsize length, GError **error)
{
  const char      *equals = memchr (text, '=', length);
  gsize            name_length = equals != NULL ? (gsize) (equals - text) : length;
  g_autofree char *name = decode (text, name_length, TRUE);

  if (name == NULL)
    {
      ms_error_set (
          error, MS_ERROR_INVALID, "invalidValue", NULL, "A parameter's name is not valid UTF-8.");
      return FALSE;
    }
  g_autofree char *value
      = equals != NULL ? decode (equals + 1, length - name_length - 1, TRUE) : g_strdup ("");
  if (value == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    name,
                    "The value of the parameter %s holds a bad escape or is not UTF-8.",
                    name);
      return FALSE;
    }
  if (g_hash_table_contains (self->query, name))
    {
      ms_error_set (
          error, MS_ERROR_INVALID, "invalidValue", name, "The parameter %s was given twice.", name);
      return FALSE;
    }
  g_hash_table_insert (self->query, g_steal_pointer (&name), g_steal_pointer (&value));
  return TRUE;
}

static gboolean
parse_query (MsTarget *self, const char *query, GError **error)
{
  while (query != NULL && *query != '\0')
    {
      const char *end = strchrnul (query, '&');
      if (end > query && !parse_parameter (self, query, (gsize) (end - query), error))
        return FALSE;
      if (g_hash_table_size (self->query) > MAX_PARAMETERS)
        {
          ms_error_set (error,
                        MS_ERROR_INVALID,
                        "tooMany",
                        NULL,
                        "A request may have %d parameters at most.",
                        MAX_PARAMETERS);
          return FALSE;
        }
      query = *end == '&' ? end + 1 : end;
    }
  return TRUE;
}

/* Without the port where that is the one of https, or empty (RFC 3986 §6.2.3). */
static gsize
measure_authority (const char *authority, gsize length)
{
  static const char *const ports[] = { ":443", ":" };

  for (guint i = 0; i < G_N_ELEMENTS (ports); i++)
    {
      gsize port = strlen (ports[i]);
      if (length > port && strncmp (authority + length - port, ports[i], port) == 0)
        return length - port;
    }
  return length;
}

char *
ms_target_dup_local (const char *target, const char *const *authorities)
{
  static const char scheme[] = "https://";

  if (g_ascii_strncasecmp (target, scheme, strlen (scheme)) != 0)
    return NULL;
  const char *authority = target + strlen (scheme);
  const char *rest = authority + strcspn (authority, "/?");
  gsize       length = measure_authority (authority, (gsize) (rest - authority));
  for (; *authorities != NULL; authorities++)
    if (length > 0 && measure_authority (*authorities, strlen (*authorities)) == length
        && g_ascii_strncasecmp (authority, *authorities, length) == 0)
      return g_strconcat (*rest == '/' ? "" : "/", rest, NULL);
  return NULL;
}

static char *
dup_for_log (const char *text, gsize length, gsize most)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 0; i < length && out->len < most; i++)
    if (g_ascii_isgraph (text[i]))
      g_string_append_c (out, text[i]);
    else
      g_string_append_printf (out, "%%%02X", (guchar) text[i]);
  if (out->len >= most)
    g_string_append (out, "…");
  return g_string_free (out, FALSE);
}

char *
ms_target_dup_path_for_log (const char *target)
{
  return dup_for_log (target, strcspn (target, "?"), MAX_LOGGED_PATH);
}

char *
ms_target_dup_method_for_log (const char *method)
{
  return dup_for_log (method, strlen (method), MAX_LOGGED_METHOD);
}

MsTarget *
ms_target_parse (const char *target, GError **error)
{
  g_autoptr (MsTarget) self = g_new0 (MsTarget, 1);
  const char *query = strchr (target, '?');

  self->path = query != NULL ? g_strndup (target, (gsize) (query - target)) : g_strdup (target);
  self->query = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!parse_path (self, error) || !parse_query (self, query != NULL ? query + 1 : NULL, error))
    return NULL;
  return g_steal_pointer (&self);
}
