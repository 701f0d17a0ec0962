/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one place that says what names may hold. Letters of different scripts that look alike are
 * not told apart (that would take the tables of UTS 39), nor is text from right to left checked by
 * the Bidi rule (RFC 5893); what changes the direction unseen is refused.
 */
#include "ms-name.h"

#include <string.h>

#include "ms-error.h"

#define ZERO_WIDTH_NON_JOINER 0x200c
#define ZERO_WIDTH_JOINER 0x200d

/* Letters, marks and signs that nothing is seen of, so that their general category does not tell:
 * Unicode's Default_Ignorable_Code_Point (RFC 8264 §9.13), and signs that are empty by their
 * looks. */
static const struct
{
  gunichar first;
  gunichar last;
} unseen[] = {
  { 0x034f, 0x034f },   /* combining grapheme joiner */
  { 0x115f, 0x1160 },   /* Hangul fillers */
  { 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
  { 0x180b, 0x180f },   /* Mongolian variation selectors */
  { 0x2800, 0x2800 },   /* Braille without a dot */
  { 0x3164, 0x3164 },   /* Hangul filler */
  { 0xfe00, 0xfe0f },   /* variation selectors */
  { 0xffa0, 0xffa0 },   /* halfwidth Hangul filler */
  { 0x1d159, 0x1d159 }, /* musical null notehead */
  { 0xe0000, 0xe0fff }, /* tags, more variation selectors */
};

/* Scripts that write some words with joiners: Arabic's and those that join like it, and those of
 * India and around it. In others a joiner does nothing but hide. */
static const GUnicodeScript joining[] = {
  G_UNICODE_SCRIPT_ARABIC,     G_UNICODE_SCRIPT_SYRIAC,  G_UNICODE_SCRIPT_NKO,
  G_UNICODE_SCRIPT_MONGOLIAN,  G_UNICODE_SCRIPT_MANDAIC, G_UNICODE_SCRIPT_ADLAM,
  G_UNICODE_SCRIPT_DEVANAGARI, G_UNICODE_SCRIPT_BENGALI, G_UNICODE_SCRIPT_GURMUKHI,
  G_UNICODE_SCRIPT_GUJARATI,   G_UNICODE_SCRIPT_ORIYA,   G_UNICODE_SCRIPT_TAMIL,
  G_UNICODE_SCRIPT_TELUGU,     G_UNICODE_SCRIPT_KANNADA, G_UNICODE_SCRIPT_MALAYALAM,
  G_UNICODE_SCRIPT_SINHALA,    G_UNICODE_SCRIPT_KHMER,   G_UNICODE_SCRIPT_MYANMAR,
  G_UNICODE_SCRIPT_TIBETAN,
};

const char *
ms_name_describe_invisible (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
      return "control character";
    case G_UNICODE_FORMAT:
      return "format character";
    case G_UNICODE_SURROGATE:
      return "surrogate";
    case G_UNICODE_PRIVATE_USE:
      return "private-use character";
    case G_UNICODE_UNASSIGNED:
      return "unassigned character";
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return "line separator";
    default:
      break;
    }
  for (guint i = 0; i < G_N_ELEMENTS (unseen); i++)
    if (c >= unseen[i].first && c <= unseen[i].last)
      return "invisible character";
  return NULL;
}

static gboolean
is_joiner (gunichar c)
{
  return c == ZERO_WIDTH_NON_JOINER || c == ZERO_WIDTH_JOINER;
}

/* A letter, or a mark on one, of a script that needs joiners. Marks of many scripts' have none of
 * their own; what they stand on tells. */
static gboolean
can_be_joined (gunichar c)
{
  GUnicodeScript script = g_unichar_get_script (c);

  if (!g_unichar_isalpha (c) && !g_unichar_ismark (c))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (joining); i++)
    if (script == joining[i])
      return TRUE;
  return g_unichar_ismark (c) && script == G_UNICODE_SCRIPT_INHERITED;
}

/* The joiner at @at, within a word. */
static gboolean
joins (const char *text, const char *at)
{
  const char *before = g_utf8_find_prev_char (text, at);
  const char *after = g_utf8_next_char (at);

  return before != NULL && can_be_joined (g_utf8_get_char (before))
         && can_be_joined (g_utf8_get_char (after));
}

static gboolean
is_blank (gunichar c)
{
  return g_unichar_isspace (c);
}

static guint
count_leading_blanks (const char *text)
{
  guint count = 0;

  for (; *text != '\0' && is_blank (g_utf8_get_char (text)); text = g_utf8_next_char (text))
    count++;
  return count;
}

char *
ms_name_strip (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);

  const char *begin = text;
  const char *end = text + strlen (text);
  if (!g_utf8_validate (text, -1, NULL))
    return g_strstrip (g_strdup (text));
  while (*begin != '\0' && is_blank (g_utf8_get_char (begin)))
    begin = g_utf8_next_char (begin);
  while (end > begin)
    {
      const char *last = g_utf8_prev_char (end);
      if (!is_blank (g_utf8_get_char (last)))
        break;
      end = last;
    }
  return g_strndup (begin, (gsize) (end - begin));
}

char *
ms_name_show (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);

  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString         *out = g_string_sized_new (strlen (valid));

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      if (ms_name_describe_invisible (c) != NULL && !(is_joiner (c) && joins (valid, p)))
        g_string_append_printf (out, "<U+%04X>", (guint) c);
      else
        g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

static gboolean
refuse (GError **error, const char *path, const char *what)
{
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", path, "“%s” %s", path, what);
  return FALSE;
}

/* @position: of the first character of @text, counted from 1 */
static gboolean
check_characters (
    const char *text, guint position, MsNameClass name_class, const char *path, GError **error)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p), position++)
    {
      gunichar    c = g_utf8_get_char (p);
      const char *what = ms_name_describe_invisible (c);

      if (what == NULL || (name_class == MS_NAME_FREEFORM && is_joiner (c) && joins (text, p)))
        continue;
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    path,
                    "“%s” holds the %s U+%04X at position %u, which a name cannot have",
                    path,
                    what,
                    (guint) c,
                    position);
      return FALSE;
    }
  return TRUE;
}

gboolean
ms_name_check_characters (const char *text,
                          MsNameClass name_class,
                          const char *path,
                          GError    **error)
{
  g_return_val_if_fail (text != NULL && path != NULL, FALSE);

  return g_utf8_validate (text, -1, NULL) ? check_characters (text, 1, name_class, path, error)
                                          : refuse (error, path, "is not UTF-8");
}

/* Each blank within @name a plain space. */
static char *
make_plain (const char *name)
{
  GString *out = g_string_sized_new (strlen (name));

  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      g_string_append_unichar (out, is_blank (c) ? ' ' : c);
    }
  return g_string_free (out, FALSE);
}

char *
ms_name_trim (const char *text, gboolean begin, gboolean end)
{
  g_return_val_if_fail (text != NULL, NULL);

  g_autofree char *plain = make_plain (text);
  if (begin)
    g_strchug (plain);
  if (end)
    g_strchomp (plain);
  return g_steal_pointer (&plain);
}

char *
ms_name_prepare (const char *name, MsNameClass name_class, const char *path, GError **error)
{
  g_return_val_if_fail (name != NULL && path != NULL, NULL);

  if (!g_utf8_validate (name, -1, NULL))
    {
      (void) refuse (error, path, "is not UTF-8");
      return NULL;
    }
  g_autofree char *stripped = ms_name_strip (name);
  if (*stripped == '\0')
    {
      (void) refuse (error, path, "must not be empty");
      return NULL;
    }
  if (!check_characters (stripped, count_leading_blanks (name) + 1, name_class, path, error))
    return NULL;
  if (g_unichar_ismark (g_utf8_get_char (stripped)))
    {
      (void) refuse (error, path, "begins with a mark that belongs on a letter");
      return NULL;
    }
  if (g_uuid_string_is_valid (stripped))
    {
      (void) refuse (error, path, "has the form of an id, for which it would be taken");
      return NULL;
    }
  return make_plain (stripped);
}
