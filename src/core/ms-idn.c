/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Label by label, by libidn2 (RFC 5891). GLib's g_hostname_to_ascii() follows the rules of 2003, by
 * which “straße” and “strasse” were one name; they are two.
 */
#include "ms-idn.h"

#include "ms-text.h"

#include <idn2.h>
#include <string.h>

#define PREFIX "xn--"
#define MAX_LABEL 63
/* Of its letters: each is one character at least of the label. */
#define MAX_LABEL_BYTES (4 * MAX_LABEL)

/* @code: of libidn2, which gave @text. (transfer full) (nullable) */
static char *
take (int code, char *text)
{
  char *own = code == IDN2_OK ? g_strdup (text) : NULL;

  if (code == IDN2_OK)
    idn2_free (text);
  return own;
}

/* (transfer full) (nullable): %NULL where it has no A-label */
static char *
encode (const char *label)
{
  uint8_t *out = NULL;
  int code = idn2_lookup_u8 ((const uint8_t *) label, &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

  return take (code, (char *) out);
}

/* Letters that are another one, or two, wherever case is folded, and that names of domains tell
 * apart since 2008 (UTS 46, “deviation characters”). Joiners are never folded. */
static gboolean
is_told_apart (gunichar c)
{
  return c == 0x00df || c == 0x03c2; /* ß ς */
}

/* Letter by letter, whatever stands beside it and wherever the program runs, as UTS 46 maps them: a
 * capital sigma is no final one. GLib's function for texts asks both. */
static gunichar
to_lower (gunichar c)
{
  return c == 0x1e9e ? 0x00df : g_unichar_tolower (c); /* ẞ */
}

char *
ms_idn_lower (const char *domain)
{
  g_return_val_if_fail (domain != NULL, NULL);

  if (g_str_is_ascii (domain))
    return g_ascii_strdown (domain, -1);
  g_autofree char *valid = g_utf8_make_valid (domain, -1);
  g_autoptr (GString) lower = g_string_sized_new (strlen (valid));
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    if (g_utf8_get_char (p) == 0x0130) /* İ */
      g_string_append (lower, "i\xcc\x87");
    else
      g_string_append_unichar (lower, to_lower (g_utf8_get_char (p)));
  return g_utf8_normalize (lower->str, -1, G_NORMALIZE_NFC);
}

/* What stands between such letters, of which nothing composes with its neighbours. */
static void
append_folded (GString *out, const char *from, const char *to)
{
  g_autofree char *part = g_strndup (from, (gsize) (to - from));
  g_autofree char *folded = ms_text_fold (part);

  g_string_append (out, folded);
}

char *
ms_idn_fold (const char *domain)
{
  g_return_val_if_fail (domain != NULL, NULL);

  if (g_str_is_ascii (domain))
    return g_ascii_strdown (domain, -1);
  g_autofree char *valid = g_utf8_make_valid (domain, -1);
  const char      *part = valid;
  const char      *p = valid;
  GString         *out = g_string_sized_new (strlen (valid));
  while (*p != '\0')
    {
      const char *next = g_utf8_next_char (p);
      gunichar    lower = to_lower (g_utf8_get_char (p));
      if (is_told_apart (lower))
        {
          append_folded (out, part, p);
          g_string_append_unichar (out, lower);
          part = next;
        }
      p = next;
    }
  append_folded (out, part, p);
  return g_string_free (out, FALSE);
}

/* (transfer full) (nullable): %NULL where it is no A-label */
static char *
decode (const char *label)
{
  char *out = NULL;

  if (!g_str_has_prefix (label, PREFIX) || strlen (label) > MAX_LABEL)
    return NULL;
  int              code = idn2_to_unicode_8z8z (label, &out, 0);
  g_autofree char *decoded = take (code, out);
  if (decoded == NULL || g_str_is_ascii (decoded) || strchr (decoded, '.') != NULL)
    return NULL;
  /* As a label of letters is kept; of Cherokee UTS 46 has A-labels made of the capitals. */
  g_autofree char *lower = ms_idn_lower (decoded);
  g_autofree char *again = encode (lower);
  return g_strcmp0 (again, label) == 0 ? g_steal_pointer (&lower) : NULL;
}

gboolean
ms_idn_has_spellings (const char *domain)
{
  g_return_val_if_fail (domain != NULL, FALSE);

  if (!g_str_is_ascii (domain))
    return TRUE;
  g_autofree char *lower = g_ascii_strdown (domain, -1);
  return strstr (lower, PREFIX) != NULL;
}

static char *
convert (const char *domain, gboolean to_ascii)
{
  g_autofree char *folded = ms_idn_lower (domain);
  g_auto (GStrv) labels = g_strsplit (folded, ".", -1);

  for (guint i = 0; labels[i] != NULL; i++)
    {
      gboolean is_ascii = g_str_is_ascii (labels[i]);
      char    *other = NULL;

      if (to_ascii && !is_ascii && strlen (labels[i]) <= MAX_LABEL_BYTES)
        other = encode (labels[i]);
      else if (!to_ascii && is_ascii)
        other = decode (labels[i]);
      if (other == NULL)
        continue;
      g_free (labels[i]);
      labels[i] = other;
    }
  return g_strjoinv (".", labels);
}

char *
ms_idn_to_unicode (const char *domain)
{
  g_return_val_if_fail (domain != NULL, NULL);
  return convert (domain, FALSE);
}

char *
ms_idn_to_ascii (const char *domain)
{
  g_return_val_if_fail (domain != NULL, NULL);
  return convert (domain, TRUE);
}
