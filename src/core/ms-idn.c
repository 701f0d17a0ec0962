/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Punycode both ways, label by label. GLib's g_hostname_to_ascii() follows the rules of 2003, by
 * which “straße” and “strasse” were one name; since RFC 5891 they are two. So only its decoder is
 * used, which maps nothing; what it gives must be what encodes to the same label again.
 */
#include "ms-idn.h"

#include <string.h>

#define PREFIX "xn--"
#define MAX_LABEL 63

/* RFC 3492 §5 */
#define BASE 36
#define T_MIN 1
#define T_MAX 26
#define SKEW 38
#define DAMP 700
#define INITIAL_BIAS 72
#define INITIAL_N 0x80

static guint
adapt (guint delta, guint n_points, gboolean first)
{
  guint k = 0;

  delta = first ? delta / DAMP : delta / 2;
  delta += delta / n_points;
  for (; delta > ((BASE - T_MIN) * T_MAX) / 2; k += BASE)
    delta /= BASE - T_MIN;
  return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static void
append_digit (GString *out, guint digit)
{
  g_string_append_c (out, (char) (digit < 26 ? 'a' + digit : '0' + (digit - 26)));
}

static void
append_number (GString *out, guint number, guint bias)
{
  for (guint k = BASE;; k += BASE)
    {
      guint t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
      if (number < t)
        break;
      append_digit (out, t + (number - t) % (BASE - t));
      number = (number - t) / (BASE - t);
    }
  append_digit (out, number);
}

/* RFC 3492 §6.3. A label is short, so that nothing here can grow beyond 32 bits. */
static char *
encode (const char *label)
{
  glong                n_points = 0;
  g_autofree gunichar *points = g_utf8_to_ucs4_fast (label, -1, &n_points);
  GString             *out = g_string_new (PREFIX);
  guint                n = INITIAL_N, delta = 0, bias = INITIAL_BIAS, basic = 0;

  for (glong i = 0; i < n_points; i++)
    if (points[i] < 0x80)
      {
        g_string_append_c (out, (char) points[i]);
        basic++;
      }
  if (basic > 0)
    g_string_append_c (out, '-');
  for (guint done = basic; done < (guint) n_points;)
    {
      guint next = G_MAXUINT;
      for (glong i = 0; i < n_points; i++)
        if (points[i] >= n && points[i] < next)
          next = points[i];
      delta += (next - n) * (done + 1);
      n = next;
      for (glong i = 0; i < n_points; i++)
        {
          if (points[i] < n)
            delta++;
          if (points[i] != n)
            continue;
          append_number (out, delta, bias);
          bias = adapt (delta, done + 1, done == basic);
          delta = 0;
          done++;
        }
      delta++;
      n++;
    }
  return g_string_free (out, FALSE);
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
  g_autofree char *decoded = g_str_has_prefix (label, PREFIX) && strlen (label) <= MAX_LABEL
                                 ? g_hostname_to_unicode (label)
                                 : NULL;

  if (decoded == NULL || g_str_is_ascii (decoded) || strchr (decoded, '.') != NULL)
    return NULL;
  g_autofree char *folded = fold (decoded);
  g_autofree char *again = encode (decoded);
  return strcmp (folded, decoded) == 0 && strcmp (again, label) == 0 ? g_steal_pointer (&decoded)
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
