/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Label by label, by libidn2 (RFC 5891). GLib's g_hostname_to_ascii() follows the rules of 2003, by
 * which “straße” and “strasse” were one name; they are two.
 */
#include "ms-idn.h"

#include <idn2.h>
#include <string.h>

#define PREFIX "xn--"
#define MAX_LABEL 63

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

static char *
fold (const char *text)
{
  g_autofree char *lower = g_utf8_strdown (text, -1);

  return g_utf8_normalize (lower, -1, G_NORMALIZE_NFC);
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
  g_autofree char *folded = fold (decoded);
  g_autofree char *again = encode (decoded);
  return strcmp (folded, decoded) == 0 && g_strcmp0 (again, label) == 0 ? g_steal_pointer (&decoded)
                                                                        : NULL;
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
  g_autofree char *folded = fold (domain);
  g_auto (GStrv) labels = g_strsplit (folded, ".", -1);

  for (guint i = 0; labels[i] != NULL; i++)
    {
      gboolean is_ascii = g_str_is_ascii (labels[i]);
      char    *other = NULL;

      if (to_ascii && !is_ascii && strlen (labels[i]) <= MAX_LABEL)
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
