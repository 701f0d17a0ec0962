/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two texts for the same bytes must become one: no alphabet of §5, always padded.
 */
#include "ms-base64.h"

#include <string.h>

/* Length of the digits, "-" and "_" brought to the alphabet of §4; (gsize) -1 where the text holds
 * anything else but padding in its place. */
static gsize
take_digits (char *text)
{
  gsize length = strlen (text);
  gsize digits = 0;

  for (; text[digits] != '\0'; digits++)
    {
      if (text[digits] == '-')
        text[digits] = '+';
      else if (text[digits] == '_')
        text[digits] = '/';
      else if (!g_ascii_isalnum (text[digits]) && text[digits] != '+' && text[digits] != '/')
        break;
    }
  gsize padding = strspn (text + digits, "=");
  if (digits + padding != length || digits % 4 == 1 || padding > 2
      || (padding > 0 && length % 4 != 0))
    return (gsize) -1;
  return digits;
}

char *
ms_base64_canonical (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);

  g_autofree char *padded = g_strconcat (text, "===", NULL);
  padded[strlen (text)] = '\0';
  gsize digits = take_digits (padded);
  if (digits == (gsize) -1)
    return NULL;
  gsize whole = (digits + 3) / 4 * 4;
  memset (padded + digits, '=', whole - digits);
  padded[whole] = '\0';

  gsize              length;
  g_autofree guchar *bytes = g_base64_decode (padded, &length);
  g_autofree char   *canonical = g_base64_encode (bytes, length);
  return strcmp (canonical, padded) == 0 ? g_steal_pointer (&canonical) : NULL;
}
