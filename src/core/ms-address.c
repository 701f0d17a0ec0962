/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mail addresses: checking, normalising, proposing. Names of our own mailboxes obey a little more
 * than the RFC asks, because mail servers make file names and arguments of them.
 */
#include "ms-address.h"

#include "ms-error.h"
#include "ms-idn.h"
#include "ms-name.h"
#include "ms-text.h"

#include <string.h>

#define MAX_LOCAL 64
#define MAX_DOMAIN 253
#define MAX_LABEL 63
#define MAX_ADDRESS 254

static gboolean
refuse (GError **error, const char *path, const char *text, const char *what)
{
  g_autofree char *shown = strlen (text) > 2 * MAX_ADDRESS ? g_strdup ("…") : ms_name_show (text);

  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", path, "“%s” %s", shown, what);
  return FALSE;
}

static gboolean
refuse_character (GError **error, const char *path, const char *text, gunichar c)
{
  const char *invisible = ms_name_describe_invisible (c);

  if (c == ' ')
    return refuse (error, path, text, "holds a space");
  if (invisible == NULL && !g_unichar_isspace (c) && g_unichar_isgraph (c))
    {
      char shown[7] = { 0 };

      (void) g_unichar_to_utf8 (c, shown);
      g_autofree char *sign
          = g_strdup_printf ("holds “%s”, which addresses cannot have before the @", shown);
      return refuse (error, path, text, sign);
    }
  if (invisible == NULL && !g_unichar_isspace (c))
    return refuse (error, path, text, "holds a character that addresses cannot have");
  g_autofree char *what = g_strdup_printf ("holds the %s U+%04X, which addresses cannot have",
                                           invisible != NULL ? invisible : "blank",
                                           (guint) c);
  return refuse (error, path, text, what);
}

/* Letters of other scripts, no spaces, no signs that cannot be seen. */
static gboolean
is_international (gunichar c)
{
  return c >= 0xa1 && g_unichar_isgraph (c) && g_unichar_type (c) != G_UNICODE_FORMAT;
}

static gboolean
is_atext (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isalnum ((char) c)
           || (c != 0 && strchr ("!#$%&'*+-/=?^_`{|}~", (int) c) != NULL);
  return is_international (c);
}

/* RFC 5321 §4.1.2, Dot-string, and RFC 6531. */
static gboolean
check_dot_atom (const char *local, const char *path, GError **error)
{
  if (*local == '\0')
    return refuse (error, path, local, "has no name before the @");
  if (!g_utf8_validate (local, -1, NULL))
    return refuse (error, path, local, "is not UTF-8");
  if (strlen (local) > MAX_LOCAL)
    return refuse (error, path, local, "has more than 64 bytes before the @");
  if (*local == '.' || g_str_has_suffix (local, ".") || strstr (local, "..") != NULL)
    return refuse (error, path, local, "has a dot at the beginning, the end or beside another dot");
  for (const char *p = local; *p != '\0'; p = g_utf8_next_char (p))
    if (*p != '.' && !is_atext (g_utf8_get_char (p)))
      return refuse_character (error, path, local, g_utf8_get_char (p));
  return TRUE;
}

gboolean
ms_address_check_local (const char *local, const char *path, GError **error)
{
  g_return_val_if_fail (local != NULL, FALSE);

  if (!check_dot_atom (local, path, error))
    return FALSE;
  if (*local == '-')
    return refuse (error, path, local, "begins with a dash, which programs take for an option");
  if (strpbrk (local, "/|`") != NULL)
    return refuse (
        error, path, local, "holds / | or `, which mail servers may take for a file or a command");
  return TRUE;
}

static gboolean
is_good_label (const char *label)
{
  gsize length = strlen (label);

  if (length == 0 || length > MAX_LABEL || label[0] == '-' || label[length - 1] == '-')
    return FALSE;
  for (const char *p = label; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      gboolean good = c < 0x80 ? g_ascii_isalnum ((char) c) || c == '-'
                               : g_unichar_isalnum (c) || g_unichar_ismark (c);
      if (!good)
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_address_check_domain (const char *domain, const char *path, GError **error)
{
  g_return_val_if_fail (domain != NULL, FALSE);

  if (!g_utf8_validate (domain, -1, NULL))
    return refuse (error, path, domain, "is not UTF-8");
  if (*domain == '\0' || strlen (domain) > MAX_DOMAIN)
    return refuse (error, path, domain, "is not a domain: it must have 1 to 253 bytes");
  g_auto (GStrv) labels = g_strsplit (domain, ".", -1);
  guint count = g_strv_length (labels);
  for (guint i = 0; i < count; i++)
    if (!is_good_label (labels[i]))
      return refuse (
          error, path, domain, "is not a domain: letters, digits and dashes between dots are");
  /* Else 10.0.0.1 would be one. */
  if (strspn (labels[count - 1], "0123456789") == strlen (labels[count - 1]))
    return refuse (error, path, domain, "is not a domain: its last part is a number");
  return TRUE;
}

char *
ms_address_normalize (const char *address,
                      const char *primary_domain,
                      const char *path,
                      GError    **error)
{
  g_return_val_if_fail (address != NULL, NULL);

  g_autofree char *stripped = g_strstrip (g_strdup (address));
  char            *at = strrchr (stripped, '@');

  if (at == NULL && primary_domain == NULL)
    {
      refuse (error, path, stripped, "is not an address: it has no @");
      return NULL;
    }
  const char *given_domain = at != NULL ? at + 1 : primary_domain;
  if (at != NULL)
    *at = '\0';
  if (!check_dot_atom (stripped, path, error)
      || !ms_address_check_domain (given_domain, path, error))
    return NULL;
  g_autofree char *domain = ms_idn_lower (given_domain);
  g_autofree char *whole = g_strconcat (stripped, "@", domain, NULL);
  if (strlen (whole) > MAX_ADDRESS)
    {
      refuse (error, path, whole, "is longer than 254 bytes");
      return NULL;
    }
  return g_steal_pointer (&whole);
}

char *
ms_address_key (const char *address)
{
  g_return_val_if_fail (address != NULL, NULL);

  if (g_str_is_ascii (address))
    return g_ascii_strdown (address, -1);
  const char      *at = strrchr (address, '@');
  g_autofree char *local = g_strndup (address, at != NULL ? (gsize) (at + 1 - address) : 0);
  g_autofree char *name = ms_text_fold (local);
  g_autofree char *domain = ms_idn_fold (at != NULL ? at + 1 : address);
  return g_strconcat (name, domain, NULL);
}

char *
ms_address_ascii_key (const char *address)
{
  g_return_val_if_fail (address != NULL, NULL);

  g_autofree char *key = ms_address_key (address);
  const char      *at = strrchr (key, '@');
  if (at == NULL || !ms_idn_has_spellings (at + 1))
    return g_steal_pointer (&key);
  g_autofree char *name = g_strndup (key, (gsize) (at + 1 - key));
  g_autofree char *domain = ms_idn_to_ascii (at + 1);
  return g_strconcat (name, domain, NULL);
}

/* Proposals ---------------------------------------------------------------------------------- */

/* Small letters of the scripts that GLib knows in some languages only, or not at all: as passports
 * have them (ICAO 9303; Greek by ELOT 743, letter by letter). */
static const struct
{
  gunichar    letter;
  const char *latin;
} letters[] = {
  { 0x430, "a" },    { 0x431, "b" },  { 0x432, "v" },  { 0x433, "g" },  { 0x434, "d" },
  { 0x435, "e" },    { 0x436, "zh" }, { 0x437, "z" },  { 0x438, "i" },  { 0x439, "i" },
  { 0x43a, "k" },    { 0x43b, "l" },  { 0x43c, "m" },  { 0x43d, "n" },  { 0x43e, "o" },
  { 0x43f, "p" },    { 0x440, "r" },  { 0x441, "s" },  { 0x442, "t" },  { 0x443, "u" },
  { 0x444, "f" },    { 0x445, "kh" }, { 0x446, "ts" }, { 0x447, "ch" }, { 0x448, "sh" },
  { 0x449, "shch" }, { 0x44a, "" },   { 0x44b, "y" },  { 0x44c, "" },   { 0x44d, "e" },
  { 0x44e, "iu" },   { 0x44f, "ia" }, { 0x451, "e" },  { 0x454, "ie" }, { 0x456, "i" },
  { 0x457, "i" },    { 0x491, "g" },  { 0x3b1, "a" },  { 0x3b2, "v" },  { 0x3b3, "g" },
  { 0x3b4, "d" },    { 0x3b5, "e" },  { 0x3b6, "z" },  { 0x3b7, "i" },  { 0x3b8, "th" },
  { 0x3b9, "i" },    { 0x3ba, "k" },  { 0x3bb, "l" },  { 0x3bc, "m" },  { 0x3bd, "n" },
  { 0x3be, "x" },    { 0x3bf, "o" },  { 0x3c0, "p" },  { 0x3c1, "r" },  { 0x3c2, "s" },
  { 0x3c3, "s" },    { 0x3c4, "t" },  { 0x3c5, "y" },  { 0x3c6, "f" },  { 0x3c7, "ch" },
  { 0x3c8, "ps" },   { 0x3c9, "o" },  { 0x3ac, "a" },  { 0x3ad, "e" },  { 0x3ae, "i" },
  { 0x3af, "i" },    { 0x3cc, "o" },  { 0x3cd, "y" },  { 0x3ce, "o" },  { 0x3ca, "i" },
  { 0x3cb, "y" },
};

static char *
to_latin (const char *text)
{
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar small = g_unichar_tolower (g_utf8_get_char (p));
      gsize    i = 0;
      while (i < G_N_ELEMENTS (letters) && letters[i].letter != small)
        i++;
      if (i < G_N_ELEMENTS (letters))
        g_string_append (out, letters[i].latin);
      else
        g_string_append_len (out, p, g_utf8_next_char (p) - p);
    }
  return g_string_free (out, FALSE);
}

/* A name as letters that every mail program can type; words apart by a dash. */
static char *
to_plain (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name != NULL ? name : "", -1);
  g_autofree char *composed = g_utf8_normalize (valid, -1, G_NORMALIZE_NFC);
  g_autofree char *latin = to_latin (composed);
  /* German's rules (ä -> ae) do not depend on where the program runs; they are a superset of the
   * common ones. */
  g_autofree char *ascii = g_str_to_ascii (latin, "de");
  GString         *out = g_string_new (NULL);

  for (const char *p = ascii; *p != '\0'; p++)
    {
      if (g_ascii_isalnum (*p) || *p == '.' || *p == '_')
        g_string_append_c (out, g_ascii_tolower (*p));
      else if ((*p == ' ' || *p == '-') && out->len > 0 && out->str[out->len - 1] != '-')
        g_string_append_c (out, '-');
    }
  while (out->len > 0 && out->str[out->len - 1] == '-')
    g_string_truncate (out, out->len - 1);
  return g_string_free (out, FALSE);
}

static void
append_field (GString    *out,
              const char *field,
              gsize       length,
              const char *given,
              const char *family,
              const char *login)
{
  const struct
  {
    const char *name;
    const char *value;
    gboolean    initial;
  } fields[] = {
    { "given", given, FALSE }, { "family", family, FALSE }, { "g", given, TRUE },
    { "f", family, TRUE },     { "login", login, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (strlen (fields[i].name) == length && strncmp (fields[i].name, field, length) == 0)
      g_string_append_len (out,
                           fields[i].value,
                           fields[i].initial ? MIN (1, (gssize) strlen (fields[i].value)) : -1);
}

static gboolean
is_separator (char c)
{
  return c == '.' || c == '-' || c == '_';
}

/* No separators at the ends or beside each other, such as an absent name leaves. */
static char *
tidy (const char *text)
{
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p != '\0' && out->len < MAX_LOCAL; p++)
    if (!is_separator (*p) || (out->len > 0 && !is_separator (out->str[out->len - 1])))
      g_string_append_c (out, *p);
  while (out->len > 0 && is_separator (out->str[out->len - 1]))
    g_string_truncate (out, out->len - 1);
  return g_string_free (out, FALSE);
}

char *
ms_address_propose (const char *pattern,
                    const char *given_name,
                    const char *family_name,
                    const char *login)
{
  g_return_val_if_fail (pattern != NULL, NULL);

  g_autofree char *given = to_plain (given_name);
  g_autofree char *family = to_plain (family_name);
  g_autofree char *name = to_plain (login);
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *p = pattern; *p != '\0' && *p != '@'; p++)
    {
      const char *close = *p == '{' ? strchr (p, '}') : NULL;

      if (close != NULL)
        {
          append_field (out, p + 1, (gsize) (close - p - 1), given, family, name);
          p = close;
        }
      else if (g_ascii_isalnum (*p) || is_separator (*p))
        g_string_append_c (out, g_ascii_tolower (*p));
    }
  return tidy (out->str);
}
