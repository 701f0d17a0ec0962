/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing CSV that the reader takes back unchanged and that a spreadsheet does not execute.
 */
#include "ms-csv.h"

#include <string.h>

static gboolean
needs_guard (char c)
{
  return c != '\0' && strchr ("=+-@\t\r'", c) != NULL;
}

/* @text may be of a damaged file: what comes out is UTF-8 all the same. */
static void
append_field (GString *out, const char *text, char delimiter, gboolean alone)
{
  g_autofree char *mended = g_utf8_validate (text, -1, NULL) ? NULL : g_utf8_make_valid (text, -1);
  const char      *field = mended != NULL ? mended : text;
  const char       special[] = { '"', '\r', '\n', delimiter, '\0' };
  gboolean         guard = needs_guard (*field);
  gsize            length = strlen (field);
  gboolean         blank_end
      = length > 0 && (g_ascii_isspace (field[0]) || g_ascii_isspace (field[length - 1]));

  /* A record of one empty field would be an empty line, and those are passed over; a byte order
   * mark at the beginning of a file would be taken for one. */
  if (strpbrk (field, special) == NULL && !blank_end && !(alone && length == 0)
      && !g_str_has_prefix (field, "\xef\xbb\xbf"))
    {
      if (guard)
        g_string_append_c (out, '\'');
      g_string_append (out, field);
      return;
    }
  g_string_append_c (out, '"');
  if (guard)
    g_string_append_c (out, '\'');
  for (const char *p = field; *p != '\0'; p++)
    {
      if (*p == '"')
        g_string_append_c (out, '"');
      g_string_append_c (out, *p);
    }
  g_string_append_c (out, '"');
}

void
ms_csv_append_record (GString *out, const char *const *fields, char delimiter)
{
  g_return_if_fail (out != NULL && fields != NULL);

  for (guint i = 0; fields[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (out, delimiter);
      append_field (out, fields[i], delimiter, i == 0 && fields[1] == NULL);
    }
  g_string_append (out, "\r\n");
}

char *
ms_csv_unguard (const char *field)
{
  g_return_val_if_fail (field != NULL, NULL);

  return g_strdup (field[0] == '\'' && needs_guard (field[1]) ? field + 1 : field);
}
