/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A CSV file's bytes as UTF-8, or an error that names the line of what cannot be text.
 */
#include "ms-csv-private.h"

#include "ms-error.h"

#include <string.h>

static gboolean
is_utf16 (const char *encoding)
{
  return g_str_has_prefix (encoding, "UTF-16");
}

/* The line that byte @offset is on. */
static guint
line_of (const char *data, gsize offset, const char *encoding)
{
  gsize step = is_utf16 (encoding) ? 2 : 1;
  gsize low = g_str_has_suffix (encoding, "BE") ? 1 : 0;
  guint line = 1;
  char  previous = 0;

  for (gsize i = 0; i + step <= offset; i += step)
    {
      char c = data[i + low];
      if (step == 2 && data[i + 1 - low] != 0)
        c = 'x';
      if (c == '\r' || (c == '\n' && previous != '\r'))
        line++;
      previous = c;
    }
  return line;
}

static char *
refuse (GError **error, const char *data, gsize offset, const char *encoding, const char *what)
{
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidSyntax",
                NULL,
                "line %u: %s",
                line_of (data, offset, encoding),
                what);
  return NULL;
}

/* What comes before the text. */
static gsize
mark_length (const char *data, gsize length, const char *encoding)
{
  if (strcmp (encoding, "UTF-8") == 0)
    return length >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  if (strcmp (encoding, "UTF-16LE") == 0)
    return length >= 2 && memcmp (data, "\xff\xfe", 2) == 0 ? 2 : 0;
  if (strcmp (encoding, "UTF-16BE") == 0)
    return length >= 2 && memcmp (data, "\xfe\xff", 2) == 0 ? 2 : 0;
  return 0;
}

static char *
decode_utf8 (const char *data, gsize length, gsize *decoded_length, GError **error)
{
  const char *bad;

  if (!g_utf8_validate (data, (gssize) length, &bad))
    return refuse (error,
                   data,
                   (gsize) (bad - data),
                   "UTF-8",
                   *bad == '\0' ? "a NUL byte: this is not a text file"
                                : "bytes that are not UTF-8");
  *decoded_length = length;
  return g_strndup (data, length);
}

static char *
convert (
    const char *data, gsize length, const char *encoding, gsize *decoded_length, GError **error)
{
  gsize done = 0;
  g_autoptr (GError) failed = NULL;

  if (is_utf16 (encoding) && length % 2 != 0)
    return refuse (error, data, length, encoding, "half a character at the end of the file");
  g_autofree char *text
      = g_convert (data, (gssize) length, "UTF-8", encoding, &done, decoded_length, &failed);
  if (text == NULL)
    {
      g_autofree char *what = g_strconcat ("bytes that are not ", encoding, NULL);
      return refuse (error, data, MIN (done, length), encoding, what);
    }
  const char *nul = memchr (text, '\0', *decoded_length);
  if (nul != NULL)
    return refuse (
        error, text, (gsize) (nul - text), "UTF-8", "a NUL character: this is not a text file");
  return g_steal_pointer (&text);
}

char *
ms_csv_decode (
    const char *data, gsize length, const char *encoding, gsize *decoded_length, GError **error)
{
  gsize mark = length > 0 ? mark_length (data, length, encoding) : 0;

  if (length == mark)
    {
      *decoded_length = 0;
      return g_strdup ("");
    }
  if (strcmp (encoding, "UTF-8") == 0)
    return decode_utf8 (data + mark, length - mark, decoded_length, error);
  return convert (data + mark, length - mark, encoding, decoded_length, error);
}
