/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What names may be made of.
 */
#include "ms-error.h"
#include "ms-name.h"

#include <string.h>

#define ZWNJ "\xe2\x80\x8c"
#define ZWJ "\xe2\x80\x8d"
#define NBSP "\xc2\xa0"
#define IDEOGRAPHIC_SPACE "\xe3\x80\x80"

/* @text, or what is wrong with it: part of the message. */
static void
assert_prepared (const char *name, MsNameClass name_class, const char *text, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *prepared = ms_name_prepare (name, name_class, "userName", &error);

  g_autofree char *shown = ms_name_show (name);
  g_test_message ("“%s”", shown);
  g_assert_cmpstr (prepared, ==, text);
  if (message == NULL)
    {
      g_assert_no_error (error);
      return;
    }
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_path (error), ==, "userName");
  g_assert_true (g_str_has_prefix (error->message, "“userName” "));
  if (strstr (error->message, message) == NULL)
    g_error ("“%s” is not in “%s”", message, error->message);
}

static void
test_both (void)
{
  static const struct
  {
    const char *name;
    const char *prepared;
    const char *message;
  } cases[] = {
    { "john", "john", NULL },
    { "  John Doe ", "John Doe", NULL },
    { "Zoë", "Zoë", NULL },
    { "Ηλέκτρα", "Ηλέκτρα", NULL },
    { "山田", "山田", NULL },
    { "שרה", "שרה", NULL },
    { "o'neill+x=1", "o'neill+x=1", NULL },
    { NBSP "john" IDEOGRAPHIC_SPACE, "john", NULL },
    { "\xe1\x9a\x80\xe2\x80\x83john\xe2\x80\xaf\xe2\x81\x9f", "john", NULL },
    { "\xe2\x80\xa8john\xe2\x80\xa9\t\n", "john", NULL },
    { "John" NBSP "Doe", "John Doe", NULL },
    { "", NULL, "must not be empty" },
    { "   ", NULL, "must not be empty" },
    { NBSP IDEOGRAPHIC_SPACE "\xe2\x80\xa8", NULL, "must not be empty" },
    { "jo\xe2\x80\x8bhn", NULL, "format character U+200B at position 3" },
    { "  \xe2\x80\x8bjohn", NULL, "U+200B at position 3" },
    { "john\xe2\x80\x8e", NULL, "U+200E at position 5" },
    { "\xe2\x80\xaenhoj", NULL, "U+202E" },
    { "\xef\xbb\xbfjohn", NULL, "U+FEFF" },
    { "jo\xc2\xadhn", NULL, "U+00AD" },
    { "jo\xe2\x81\xa0hn", NULL, "U+2060" },
    { "john\xf3\xa0\x81\xa1", NULL, "U+E0061" },
    { "jo\xcd\x8fhn", NULL, "invisible character U+034F" },
    { "john\xef\xb8\x8f", NULL, "U+FE0F" },
    { "\xe3\x85\xa4", NULL, "U+3164" },
    { "\xe2\xa0\x80", NULL, "U+2800" },
    { "jo\xee\x80\x80hn", NULL, "private-use character U+E000" },
    { "jo\xcd\xb8hn", NULL, "unassigned character U+0378" },
    { "jo\xef\xbf\xbfhn", NULL, "unassigned character U+FFFF" },
    { "jo\x07hn", NULL, "control character U+0007" },
    { "jo\nhn", NULL, "control character U+000A" },
    { "jo\xe2\x80\xa8hn", NULL, "line separator U+2028" },
    { "jo\xffhn", NULL, "is not UTF-8" },
    { "\xcc\x81"
      "a",
      NULL,
      "begins with a mark" },
    { "01890a5d-ac96-774b-bcce-b302099a8057", NULL, "has the form of an id" },
    { " 01890A5D-AC96-774B-BCCE-B302099A8057 ", NULL, "has the form of an id" },
    { "01890a5d-ac96-774b-bcce-b302099a805", "01890a5d-ac96-774b-bcce-b302099a805", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assert_prepared (cases[i].name, MS_NAME_IDENTIFIER, cases[i].prepared, cases[i].message);
      assert_prepared (cases[i].name, MS_NAME_FREEFORM, cases[i].prepared, cases[i].message);
    }
}

/* Within a word of a script that needs them, and nowhere else. */
static void
test_joiners (void)
{
  static const char *const words[] = {
    "نامه" ZWNJ "ای", /* Persian */
    "क्" ZWJ "ष",      /* Devanagari */
    "র" ZWJ "্য",      /* Bengali: before the virama */
    "ශ්" ZWJ "රී ලංකා", /* Sinhala */
  };
  static const char *const others[] = {
    "Sa" ZWNJ "les",   "Sa" ZWJ "les",        ZWNJ "نامه",   "نامه" ZWNJ,
    "نامه" ZWNJ " ای", "نامه" ZWNJ ZWNJ "ای", "山" ZWJ "田", "👩" ZWJ "💻",
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      assert_prepared (words[i], MS_NAME_FREEFORM, words[i], NULL);
      assert_prepared (words[i], MS_NAME_IDENTIFIER, NULL, "format character U+200");
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    assert_prepared (others[i], MS_NAME_FREEFORM, NULL, "format character U+200");
}

static void
test_show (void)
{
  static const char *const pairs[][2] = {
    { "john", "john" },
    { "jo\xe2\x80\x8bhn\xe2\x80\xae", "jo<U+200B>hn<U+202E>" },
    { "a\nb", "a<U+000A>b" },
    { "نامه" ZWNJ "ای", "نامه" ZWNJ "ای" },
    { "Sa" ZWJ "les", "Sa<U+200D>les" },
    { "\xff", "\xef\xbf\xbd" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *shown = ms_name_show (pairs[i][0]);
      g_assert_cmpstr (shown, ==, pairs[i][1]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/name/both", test_both);
  g_test_add_func ("/name/joiners", test_joiners);
  g_test_add_func ("/name/show", test_show);
  return g_test_run ();
}
