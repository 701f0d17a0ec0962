/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Folding, checking, sizes and passwords.
 */
#include "ms-error.h"
#include "ms-text.h"

#include <string.h>

static void
test_fold (void)
{
  static const char *const pairs[][2] = {
    { "John", "john" },
    { "MÜLLER", "müller" },
    { "Mu\xcc\x88ller", "müller" }, /* decomposed */
    { "Straße", "strasse" },
    { "ﬁle", "file" },
    { "ＡＢＣ", "abc" },
    { "ΣΊΣΥΦΟΣ", "σίσυφοσ" },
    { "İ", "i\xcc\x87" },
    { "", "" },
    { "\xff", "\xef\xbf\xbd" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *key = ms_text_fold (pairs[i][0]);
      g_autofree char *again = ms_text_fold (key);
      g_assert_cmpstr (key, ==, pairs[i][1]);
      g_assert_cmpstr (again, ==, key);
    }
}

static void
test_key_bound (void)
{
  g_autofree char *ascii = g_strnfill (1000, 'A');
  g_autofree char *lower = g_strnfill (1000, 'a');
  g_autofree char *key = ms_text_key (ascii, FALSE);
  g_autofree char *same = ms_text_key (lower, FALSE);
  g_autofree char *exact = ms_text_key (lower, TRUE);
  g_assert_cmpuint (strlen (key), <=, 512);
  g_assert_cmpstr (key, ==, same);
  g_assert_cmpstr (key, ==, exact); /* it is of small letters */

  /* However late they differ. */
  lower[999] = 'b';
  g_autofree char *other = ms_text_key (lower, FALSE);
  g_assert_cmpstr (other, !=, key);
  g_assert_true (strncmp (other, key, 400) == 0);

  g_autoptr (GString) wide = g_string_new ("x");
  for (guint i = 0; i < 500; i++)
    g_string_append (wide, "ä");
  g_autofree char *wide_key = ms_text_key (wide->str, FALSE);
  g_assert_true (g_utf8_validate (wide_key, -1, NULL));
  g_assert_cmpuint (strlen (wide_key), ==, 399 + 4 + 64);

  /* U+FDFA grows to 33 bytes. */
  g_autoptr (GString) growing = g_string_new (NULL);
  for (guint i = 0; i < 400; i++)
    g_string_append (growing, "ﷺ");
  g_autofree char *growing_key = ms_text_key (growing->str, FALSE);
  g_assert_true (g_utf8_validate (growing_key, -1, NULL));
  g_assert_cmpuint (strlen (growing_key), <=, 512);

  /* What is not too long is itself. */
  g_autofree char *whole = g_strnfill (512, 'a');
  g_autofree char *whole_key = ms_text_key (whole, FALSE);
  g_assert_cmpstr (whole_key, ==, whole);
}

static void
test_fold_search (void)
{
  static const char *const pairs[][2] = {
    { "Müller", "muller" },     { "José", "jose" },   { "Łódź", "lodz" },
    { "Ørsted", "orsted" },     { "Ærø", "aero" },    { "Đorđe", "dorde" },
    { "Straße", "strasse" },    { "Çelik", "celik" }, { "İzmir", "izmir" },
    { "ISTANBUL", "istanbul" }, { "한국", "한국" },   { "Ελλάδα", "ελλαδα" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *key = ms_text_fold_search (pairs[i][0]);
      g_assert_cmpstr (key, ==, pairs[i][1]);
    }
}

static void
test_unify_breaks (void)
{
  static const char *const pairs[][2] = {
    { "", "" },
    { "a\nb", "a\nb" },
    { "a\r\nb\r\n\r\n", "a\nb\n\n" },
    { "\r\r\n\r", "\r\n\r" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *unified = ms_text_unify_breaks (pairs[i][0]);
      g_assert_cmpstr (unified, ==, pairs[i][1]);
    }
}

static void
test_check (void)
{
  static const struct
  {
    const char *text;
    gboolean    single;
    gboolean    multiline;
  } cases[] = {
    { "John Doe", TRUE, TRUE },
    { "", TRUE, TRUE },
    { "日本語 😀", TRUE, TRUE },
    { "a\nb", FALSE, TRUE },
    { "a\tb", FALSE, TRUE },
    { "a\rb", FALSE, FALSE },
    { "a\x1b[31m", FALSE, FALSE },
    { "a\x7f", FALSE, FALSE },
    { "a\xc2\x85", FALSE, FALSE },               /* NEL */
    { "evil\xe2\x80\xaegpj.exe", FALSE, FALSE }, /* U+202E */
    { "\xe2\x81\xa6x", FALSE, FALSE },           /* U+2066 */
    { "a\xe2\x80\xa8"
      "b",
      FALSE,
      TRUE },                           /* U+2028 */
    { "שלום\xe2\x80\x8f", TRUE, TRUE }, /* U+200F, a mark only */
    { "\xff", FALSE, FALSE },
    { "\xc3", FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_true (ms_text_check (cases[i].text, FALSE, "title", &error) == cases[i].single);
      if (!cases[i].single)
        {
          g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
          g_assert_cmpstr (ms_error_get_path (error), ==, "title");
          g_assert_true (g_utf8_validate (error->message, -1, NULL));
        }
      g_assert_true (ms_text_check (cases[i].text, TRUE, NULL, NULL) == cases[i].multiline);
    }

  g_autoptr (GError) error = NULL;
  g_assert_false (ms_text_check ("äb\x07", FALSE, NULL, &error));
  g_assert_nonnull (strstr (error->message, "U+0007 at position 3"));
}

static void
test_printable (void)
{
  g_autofree char *shown = ms_text_printable ("a\nb\x1b"
                                              "c\xe2\x80\xae"
                                              "d\xff");
  g_assert_cmpstr (shown,
                   ==,
                   "a\xef\xbf\xbd"
                   "b\xef\xbf\xbd"
                   "c\xef\xbf\xbd"
                   "d\xef\xbf\xbd");
  g_autofree char *line = ms_text_printable_line ("a\r\nb\tc\x1b"
                                                  "d\xff");
  g_assert_cmpstr (line,
                   ==,
                   "a  b c\xef\xbf\xbd"
                   "d\xef\xbf\xbd");
}

static void
test_sizes (void)
{
  static const struct
  {
    const char *text;
    gint64      bytes; /* -1: refused */
  } cases[] = {
    { "2048", 2048 },
    { "0", 0 },
    { "unlimited", 0 },
    { "None", 0 },
    { "500M", 500000000 },
    { "500 MB", 500000000 },
    { "1.5 GB", 1500000000 },
    { "1,5 GB", 1500000000 },
    { " 2 GiB ", G_GINT64_CONSTANT (2147483648) },
    { "1k", 1000 },
    { "1Ki", 1024 },
    { "1 TB", G_GINT64_CONSTANT (1000000000000) },
    { "1.25KiB", 1280 },
    { "100 bytes", 100 },
    { "9223372036854775807", G_MAXINT64 },
    { "1.0", 1 },
    { "1,500", -1 },
    { "1.5", -1 },
    { "0.5", -1 },
    { "1,5 B", -1 },
    { "1.5 bytes", -1 },
    { "9223372036854775808", -1 },
    { "99999999999 PB", -1 },
    { "-1", -1 },
    { "", -1 },
    { "GB", -1 },
    { "1 XB", -1 },
    { "1 GBs", -1 },
    { "1..5 GB", -1 },
    { "1. GB", -1 },
    { "0x10", -1 },
    { "1e3", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64   bytes = -1;
      gboolean good = ms_text_parse_size (cases[i].text, &bytes, &error);

      g_test_message ("%s", cases[i].text);
      g_assert_true (good == (cases[i].bytes >= 0));
      g_assert_cmpint (bytes, ==, cases[i].bytes);
      g_assert_true (good == (error == NULL));
    }
}

static void
test_password (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint counts[128] = { 0 };

  for (guint i = 0; i < 500; i++)
    {
      char *password = ms_text_new_password (16);
      g_assert_cmpuint (strlen (password), ==, 16);
      g_assert_null (strpbrk (password, "0O1lI"));
      for (const char *p = password; *p != '\0'; p++)
        {
          g_assert_true (g_ascii_isalnum (*p));
          counts[(guchar) *p]++;
        }
      g_assert_true (g_hash_table_add (seen, password));
    }
  /* 8,000 characters of 56: about 143 each; far from that would mean that the choice is lopsided.
   */
  for (const char *p = "abcxyzABCXYZ29"; *p != '\0'; p++)
    {
      g_assert_cmpuint (counts[(guchar) *p], >, 60);
      g_assert_cmpuint (counts[(guchar) *p], <, 260);
    }
  g_autofree char *none = ms_text_new_password (0);
  g_assert_cmpstr (none, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text/fold", test_fold);
  g_test_add_func ("/text/key-bound", test_key_bound);
  g_test_add_func ("/text/fold-search", test_fold_search);
  g_test_add_func ("/text/check", test_check);
  g_test_add_func ("/text/unify-breaks", test_unify_breaks);
  g_test_add_func ("/text/printable", test_printable);
  g_test_add_func ("/text/sizes", test_sizes);
  g_test_add_func ("/text/password", test_password);
  return g_test_run ();
}
