/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Folding, checking and showing text; sizes; generated passwords. The keys made here are in the
 * store's indexes: a change of what they look like needs a migration.
 */
#include "ms-text.h"

#include "ms-error.h"

#include <openssl/rand.h>
#include <string.h>

/* Longer keys are cut and told apart by their digest: they still compare equal only to
 * themselves. */
#define KEY_BYTES 512
#define KEY_CUT 400
#define SEARCH_KEY_BYTES 4096
/* No more than this much of a text is looked at for a search: normalising may grow it, seldom
 * shrinks it. */
#define SEARCH_INPUT_FACTOR 4

/* The first @limit bytes at most, ending at a character. */
static gsize
bounded_length (const char *text, gsize limit)
{
  gsize length = strnlen (text, limit + 1);

  if (length <= limit)
    return length;
  length = limit;
  while (length > 0 && ((guchar) text[length] & 0xc0) == 0x80)
    length--;
  return length;
}

static gboolean
is_ascii (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if ((guchar) text[i] >= 0x80)
      return FALSE;
  return TRUE;
}

/* Ends the text at @limit bytes, at a character. */
static char *
cut (char *text, gsize limit)
{
  text[bounded_length (text, limit)] = '\0';
  return text;
}

char *
ms_text_fold (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);

  gsize length = strlen (text);
  if (is_ascii (text, length))
    return g_ascii_strdown (text, (gssize) length);

  g_autofree char *valid = g_utf8_make_valid (text, (gssize) length);
  g_autofree char *composed = g_utf8_normalize (valid, -1, G_NORMALIZE_NFKC);
  g_autofree char *folded = g_utf8_casefold (composed, -1);
  return g_utf8_normalize (folded, -1, G_NORMALIZE_NFKC);
}

char *
ms_text_key (const char *text, gboolean case_exact)
{
  g_return_val_if_fail (text != NULL, NULL);

  return ms_text_shorten_key (case_exact ? g_strdup (text) : ms_text_fold (text));
}

char *
ms_text_shorten_key (char *whole)
{
  g_return_val_if_fail (whole != NULL, NULL);

  g_autofree char *key = whole;
  if (strlen (key) <= KEY_BYTES)
    return g_steal_pointer (&key);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);
  return g_strconcat (cut (key, KEY_CUT), MS_TEXT_KEY_CUT, digest, NULL);
}

/* Letters that are one with a plain one to whoever searches, though Unicode does not decompose
 * them. */
static const char *
plain_letter (gunichar c)
{
  switch (c)
    {
    case 0x00e6: /* æ */
      return "ae";
    case 0x00f0: /* ð */
    case 0x0111: /* đ */
      return "d";
    case 0x00f8: /* ø */
      return "o";
    case 0x00fe: /* þ */
      return "th";
    case 0x0127: /* ħ */
      return "h";
    case 0x0131: /* ı */
      return "i";
    case 0x0142: /* ł */
      return "l";
    case 0x0153: /* œ */
      return "oe";
    case 0x0167: /* ŧ */
      return "t";
    default:
      return NULL;
    }
}

char *
ms_text_fold_search (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);

  gsize length = bounded_length (text, SEARCH_KEY_BYTES * SEARCH_INPUT_FACTOR);
  if (is_ascii (text, length))
    return cut (g_ascii_strdown (text, (gssize) length), SEARCH_KEY_BYTES);

  g_autofree char *valid = g_utf8_make_valid (text, (gssize) length);
  g_autofree char *decomposed = g_utf8_normalize (valid, -1, G_NORMALIZE_NFKD);
  g_autofree char *folded = g_utf8_casefold (decomposed, -1);
  GString         *out = g_string_sized_new (strlen (folded));
  for (const char *p = folded; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar    c = g_utf8_get_char (p);
      const char *plain = plain_letter (c);

      if (plain != NULL)
        g_string_append (out, plain);
      else if (g_unichar_type (c) != G_UNICODE_NON_SPACING_MARK)
        g_string_append_unichar (out, c);
    }
  g_autofree char *stripped = g_string_free (out, FALSE);
  /* Composes what must not stay apart, such as Hangul. */
  return cut (g_utf8_normalize (stripped, -1, G_NORMALIZE_NFKC), SEARCH_KEY_BYTES);
}

static gboolean
is_control (gunichar c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

static gboolean
is_bidi_override (gunichar c)
{
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static gboolean
is_line_separator (gunichar c)
{
  return c == 0x2028 || c == 0x2029;
}

gboolean
ms_text_check (const char *text, gboolean multiline, const char *path, GError **error)
{
  const char *bad;

  g_return_val_if_fail (text != NULL, FALSE);

  if (!g_utf8_validate (text, -1, &bad))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    path,
                    "“%s” is not UTF-8 at byte %" G_GSIZE_FORMAT,
                    path != NULL ? path : "text",
                    (gsize) (bad - text) + 1);
      return FALSE;
    }

  guint position = 1;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p), position++)
    {
      gunichar    c = g_utf8_get_char (p);
      const char *what = NULL;

      if (multiline && (c == '\n' || c == '\t'))
        continue;
      if (is_control (c))
        what = "control character";
      else if (is_bidi_override (c))
        what = "character that changes the direction of writing";
      else if (!multiline && is_line_separator (c))
        what = "line separator";
      if (what != NULL)
        {
          ms_error_set (error,
                        MS_ERROR_INVALID,
                        "invalidValue",
                        path,
                        "“%s” holds the %s U+%04X at position %u, which is not allowed",
                        path != NULL ? path : "text",
                        what,
                        (guint) c,
                        position);
          return FALSE;
        }
    }
  return TRUE;
}

char *
ms_text_unify_breaks (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);

  char *unified = g_strdup (text);
  char *into = unified;

  for (const char *from = text; *from != '\0'; from++)
    if (from[0] != '\r' || from[1] != '\n')
      *into++ = *from;
  *into = '\0';
  return unified;
}

char *
ms_text_printable (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);

  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString         *out = g_string_sized_new (strlen (valid));

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      g_string_append_unichar (
          out, is_control (c) || is_bidi_override (c) || is_line_separator (c) ? 0xfffd : c);
    }
  return g_string_free (out, FALSE);
}

char *
ms_text_cut (const char *text, gsize length)
{
  g_return_val_if_fail (text != NULL, NULL);

  if (strnlen (text, length + 1) <= length)
    return g_strdup (text);
  const char      *end = g_utf8_find_prev_char (text, text + length);
  g_autofree char *start = g_strndup (text, end != NULL ? (gsize) (end - text) : 0);
  return g_strconcat (start, "…", NULL);
}

char *
ms_text_next_part (const char **at, const char *separators)
{
  g_return_val_if_fail (at != NULL && *at != NULL && separators != NULL, NULL);

  while (**at != '\0')
    {
      gsize            length = strcspn (*at, separators);
      g_autofree char *part = g_strstrip (g_strndup (*at, length));

      *at += length + ((*at)[length] != '\0');
      if (*part != '\0')
        return g_steal_pointer (&part);
    }
  return NULL;
}

char *
ms_text_printable_line (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);

  g_autofree char *line = g_strdelimit (g_strdup (text), "\r\n\t", ' ');
  return ms_text_printable (line);
}

/* The factor that "MB", "m", "MiB" … stand for; 0 for none that is known. */
static double
unit_factor (const char *unit)
{
  static const char letters[] = "KMGTP";
  double            factor = 1.0;

  if (*unit == '\0' || g_ascii_strcasecmp (unit, "B") == 0
      || g_ascii_strcasecmp (unit, "bytes") == 0)
    return 1.0;
  const char *found = strchr (letters, g_ascii_toupper (*unit));
  if (found == NULL)
    return 0.0;
  gboolean binary
      = g_ascii_strcasecmp (unit + 1, "iB") == 0 || g_ascii_strcasecmp (unit + 1, "i") == 0;
  if (!binary && unit[1] != '\0' && g_ascii_strcasecmp (unit + 1, "B") != 0)
    return 0.0;
  for (const char *p = letters; p <= found; p++)
    factor *= binary ? 1024.0 : 1000.0;
  return factor;
}

static gboolean
is_unlimited (const char *text)
{
  return g_ascii_strcasecmp (text, "unlimited") == 0 || g_ascii_strcasecmp (text, "none") == 0
         || g_ascii_strcasecmp (text, "no limit") == 0;
}

/* There is no part of a byte; "1.5" is something else without its unit. */
static gboolean
is_part_of_byte (double fraction, double factor)
{
  return factor == 1.0 && fraction > 0.0;
}

/* Splits "1.5 GB" into whole number, fraction and unit. "1,5" is taken too; "1,500" is not, because
 * nobody can say whether it is one and a half or fifteen hundred. */
static gboolean
split_size (const char *text, gint64 *whole, double *fraction, const char **unit)
{
  const char *at = text;
  char       *end;
  guint       digits = 0;
  double      weight = 0.1;

  if (!g_ascii_isdigit (*at))
    return FALSE;
  guint64 number = g_ascii_strtoull (at, &end, 10);
  if (number > (guint64) G_MAXINT64)
    return FALSE;
  *whole = (gint64) number;
  *fraction = 0.0;
  at = end;
  if (*at == '.' || *at == ',')
    {
      gboolean comma = *at++ == ',';
      for (; g_ascii_isdigit (*at); at++, digits++, weight /= 10.0)
        *fraction += (*at - '0') * weight;
      if (digits == 0 || (comma && digits > 2))
        return FALSE;
    }
  while (*at == ' ')
    at++;
  *unit = at;
  return TRUE;
}

gboolean
ms_text_parse_size (const char *text, gint64 *bytes, GError **error)
{
  const char *unit;
  gint64      whole;
  double      fraction;

  g_return_val_if_fail (text != NULL && bytes != NULL, FALSE);

  g_autofree char *stripped = g_strstrip (g_strdup (text));
  if (is_unlimited (stripped))
    {
      *bytes = 0;
      return TRUE;
    }
  double factor = split_size (stripped, &whole, &fraction, &unit) ? unit_factor (unit) : 0.0;
  if (factor > 0.0 && !is_part_of_byte (fraction, factor))
    {
      gint64 scaled;
      if (!__builtin_mul_overflow (whole, (gint64) factor, &scaled)
          && !__builtin_add_overflow (scaled, (gint64) (fraction * factor + 0.5), &scaled))
        {
          *bytes = scaled;
          return TRUE;
        }
    }
  g_autofree char *shown = cut (ms_text_printable (stripped), 64);
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                NULL,
                "“%s” is not a size such as 500 MB, 2 GiB or unlimited",
                shown);
  return FALSE;
}

char *
ms_text_new_password (guint length)
{
  static const char alphabet[] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  const guint       letters = sizeof alphabet - 1;
  const guint       usable = 256 - 256 % letters;
  guchar            random[64];
  guint             made = 0;
  char             *password = g_malloc0 (length + 1);

  while (made < length)
    {
      /* Without randomness there is no password worth having. */
      if (RAND_priv_bytes (random, sizeof random) != 1)
        g_error ("the system's random generator failed");
      for (guint i = 0; i < sizeof random && made < length; i++)
        if (random[i] < usable)
          password[made++] = alphabet[random[i] % letters];
    }
  memset (random, 0, sizeof random);
  return password;
}
