/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses: what is one, how they are compared, what is proposed for a person.
 */
#include "ms-address.h"
#include "ms-error.h"
#include "ms-idn.h"

#include <string.h>

static void
test_local (void)
{
  static const struct
  {
    const char *text;
    gboolean    good;
  } cases[] = {
    { "john", TRUE },
    { "John.Doe", TRUE },
    { "a+b=c#d", TRUE },
    { "o'brien", TRUE },
    { "josé", TRUE },
    { "用户", TRUE },
    { "x", TRUE },
    { "", FALSE },
    { ".john", FALSE },
    { "john.", FALSE },
    { "jo..hn", FALSE },
    { "jo hn", FALSE },
    { "jo@hn", FALSE },
    { "\"john\"", FALSE },
    { "john,doe", FALSE },
    { "john<x>", FALSE },
    { "jo\nhn", FALSE },
    { "jo\thn", FALSE },
    { "a/b", FALSE },
    { "|cmd", FALSE },
    { "-oQ", FALSE },
    { "a`b", FALSE },
    { "jo\xc2\xa0hn", FALSE },
    { "jo\xe2\x80\x8bhn", FALSE },
    { "\xe2\x80\xaejohn", FALSE },
    { "jo\\hn", FALSE },
    { "jo(x)hn", FALSE },
    { "\xff", FALSE },
    { "../../etc", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *shown = g_strescape (cases[i].text, NULL);
      g_test_message ("%s", shown);
      g_assert_true (ms_address_check_local (cases[i].text, "name", &error) == cases[i].good);
      g_assert_true ((error == NULL) == cases[i].good);
      if (!cases[i].good)
        {
          g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
          g_assert_cmpstr (ms_error_get_path (error), ==, "name");
          g_assert_true (g_utf8_validate (error->message, -1, NULL));
        }
    }
  g_autofree char *just = g_strnfill (64, 'x');
  g_autofree char *over = g_strnfill (65, 'x');
  g_assert_true (ms_address_check_local (just, NULL, NULL));
  g_assert_false (ms_address_check_local (over, NULL, NULL));
}

static void
test_domain (void)
{
  static const struct
  {
    const char *text;
    gboolean    good;
  } cases[] = {
    { "example.org", TRUE }, { "EXAMPLE.org", TRUE },       { "localhost", TRUE },
    { "münchen.de", TRUE },  { "xn--mnchen-3ya.de", TRUE }, { "例え.jp", TRUE },
    { "a-b.c1.org", TRUE },  { "3com.com", TRUE },          { "", FALSE },
    { ".", FALSE },          { "example.", FALSE },         { ".org", FALSE },
    { "a..org", FALSE },     { "-a.org", FALSE },           { "a-.org", FALSE },
    { "a b.org", FALSE },    { "a_b.org", FALSE },          { "10.0.0.1", FALSE },
    { "[10.0.0.1]", FALSE }, { "a@b.org", FALSE },          { "ex\nample.org", FALSE },
    { "\xff.org", FALSE },   { "a/b.org", FALSE },          { "e\xe2\x80\xaex.org", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *shown = g_strescape (cases[i].text, NULL);
      g_test_message ("%s", shown);
      g_assert_true (ms_address_check_domain (cases[i].text, NULL, NULL) == cases[i].good);
    }
  g_autofree char *label = g_strnfill (64, 'x');
  g_autofree char *long_label = g_strconcat (label, ".org", NULL);
  g_assert_false (ms_address_check_domain (long_label, NULL, NULL));
  label[63] = '\0';
  g_autofree char *four = g_strjoin (".", label, label, label, label, "org", NULL);
  g_assert_false (ms_address_check_domain (four, NULL, NULL));
}

static void
test_normalize (void)
{
  static const struct
  {
    const char *address;
    const char *primary;
    const char *normal; /* NULL: refused */
  } cases[] = {
    { "john@example.org", NULL, "john@example.org" },
    { "John@EXAMPLE.Org", NULL, "John@example.org" },
    { "  john@example.org \n", NULL, "john@example.org" },
    { "john", "Example.ORG", "john@example.org" },
    { "john@other.net", "example.org", "john@other.net" },
    { "j@MÜNCHEN.de", NULL, "j@münchen.de" },
    { "j@mu\xcc\x88nchen.de", NULL, "j@münchen.de" },
    { "/X=1/@gateway.org", NULL, "/X=1/@gateway.org" },
    { "john", NULL, NULL },
    { "@example.org", NULL, NULL },
    { "john@", "example.org", NULL },
    { "a@b@c.org", NULL, NULL },
    { "John Doe <john@example.org>", NULL, NULL },
    { "john@example.org, jim@example.org", NULL, NULL },
    { "", "example.org", NULL },
    { "john", "not a domain", NULL },
    { "john@[127.0.0.1]", NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *normal
          = ms_address_normalize (cases[i].address, cases[i].primary, "address", &error);
      g_assert_cmpstr (normal, ==, cases[i].normal);
      g_assert_true ((error != NULL) == (normal == NULL));
    }

  g_autofree char *local = g_strnfill (64, 'x');
  g_autofree char *label = g_strnfill (60, 'x');
  g_autofree char *too_long = g_strdup_printf ("%s@%s.%s.%s.org", local, label, label, label);
  g_assert_cmpuint (strlen (too_long), ==, 251);
  g_autofree char *fits = ms_address_normalize (too_long, NULL, NULL, NULL);
  g_assert_nonnull (fits);
  g_autofree char *over = g_strdup_printf ("%s@%s.%s.%s.museum", local, label, label, label);
  g_assert_cmpuint (strlen (over), ==, 254);
  g_autofree char *just = ms_address_normalize (over, NULL, NULL, NULL);
  g_assert_nonnull (just);
  g_autofree char *beyond = g_strdup_printf ("%s@%s.%s.%s.museums", local, label, label, label);
  g_assert_null (ms_address_normalize (beyond, NULL, NULL, NULL));
}

static void
test_key (void)
{
  g_autofree char *a = ms_address_key ("John.DOE@Example.org");
  g_autofree char *b = ms_address_key ("john.doe@example.ORG");
  g_assert_cmpstr (a, ==, b);
  g_autofree char *c = ms_address_key ("JOSÉ@x.org");
  g_assert_cmpstr (c, ==, "josé@x.org");
}

static void
test_propose (void)
{
  static const struct
  {
    const char *pattern;
    const char *given;
    const char *family;
    const char *login;
    const char *result;
  } cases[] = {
    { "{given}.{family}", "José", "Müller", NULL, "jose.mueller" },
    { "{g}{family}", "John", "Doe", NULL, "jdoe" },
    { "{given}{f}", "John", "Doe", NULL, "johnd" },
    { "{g}.{f}", "Ärne", "Öhm", NULL, "a.o" },
    { "{login}", "John", "Doe", "J.Doe", "j.doe" },
    { "{family}-{given}", "Anna Maria", "von der Leyen", NULL, "von-der-leyen-anna-maria" },
    { "{given}.{family}", "Seán", "O'Brien", NULL, "sean.obrien" },
    { "{given}.{family}", "Jean-Luc", "Groß", NULL, "jean-luc.gross" },
    { "{given}.{family}", "Øystein", "Ærø", NULL, "oeystein.aeroe" },
    { "{given}.{family}", "Łukasz", "Żółć", NULL, "lukasz.zolc" },
    { "{given}.{family}", "John", "", NULL, "john" },
    { "{given}.{family}", NULL, "Doe", NULL, "doe" },
    { "{given}.{family}", NULL, NULL, NULL, "" },
    { "{given}.{family}", "大", "山", NULL, "" },
    { "{colour}.{given}", "John", NULL, NULL, "john" },
    { "mail_{given", "John", NULL, NULL, "mail_given" },
    { "X-{given}@evil/..", "John", NULL, NULL, "x-john" },
    { "", "John", NULL, NULL, "" },
    { "{given}", "--J..o--", NULL, NULL, "j.o" },
    { "{given}", "\xff\xfe", NULL, NULL, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *result
          = ms_address_propose (cases[i].pattern, cases[i].given, cases[i].family, cases[i].login);
      g_assert_cmpstr (result, ==, cases[i].result);
      g_assert_true (*result == '\0' || ms_address_check_local (result, NULL, NULL));
    }
  g_autofree char *huge = g_strnfill (5000, 'x');
  g_autofree char *cut = ms_address_propose ("{given}.{family}", huge, huge, NULL);
  g_assert_true (ms_address_check_local (cut, NULL, NULL));
}

/* What is one address, as it is spelled and however it is. */
static void
test_keys (void)
{
  static const struct
  {
    const char *one, *other;
    gboolean    spelled, any;
  } cases[] = {
    { "Info@Example.ORG", "info@example.org", TRUE, TRUE },
    { "straße@example.org", "STRASSE@example.org", TRUE, TRUE },
    { "a@straße.de", "a@strasse.de", FALSE, FALSE },
    { "a@straße.de", "a@STRAßE.de", TRUE, TRUE },
    { "a@straße.de", "a@STRAẞE.de", TRUE, TRUE },
    { "a@straße.de", "a@xn--strae-oqa.de", FALSE, TRUE },
    { "a@strasse.de", "a@xn--strae-oqa.de", FALSE, FALSE },
    { "a@βόλος.gr", "a@βόλοσ.gr", FALSE, FALSE },
    /* A capital one is no final one, wherever it stands. */
    { "a@ΒΌΛΟΣ.gr", "a@βόλοσ.gr", TRUE, TRUE },
    { "σας@x.gr", "ΣΑΣ@x.gr", TRUE, TRUE },
    { "a@bu\xcc\x88"
      "cher.de",
      "a@BÜCHER.de",
      TRUE,
      TRUE },
    { "a@ßu\xcc\x88"
      "ßu\xcc\x88.de",
      "a@ßüßÜ.de",
      TRUE,
      TRUE },
    { "a@Ｆｏｏ.de", "a@foo.de", TRUE, TRUE },
    { "a@xn--mgba3gch.de", "a@xn--mgba3gch31f060k.de", FALSE, FALSE },
    { "a@نامه\xe2\x80\x8cای.de", "a@نامهای.de", FALSE, FALSE },
    { "a@نامه\xe2\x80\x8cای.de", "a@xn--mgba3gch31f060k.de", FALSE, TRUE },
    /* Its letters have more bytes than a label. */
    { "a@例例例例例例例例例例例例例例例例例例例例例例例例例例.de",
      "a@xn--fsqaaaaaaaaaaaaaaaaaaaaaaaaa.de",
      FALSE,
      TRUE },
    { "straße", "strasse", FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *key = ms_address_key (cases[i].one);
      g_autofree char *other_key = ms_address_key (cases[i].other);
      g_autofree char *again = ms_address_key (key);
      g_autofree char *ascii = ms_address_ascii_key (cases[i].one);
      g_autofree char *other_ascii = ms_address_ascii_key (cases[i].other);
      g_test_message ("%s %s", cases[i].one, cases[i].other);
      g_assert_cmpint (strcmp (key, other_key) == 0, ==, cases[i].spelled);
      g_assert_cmpint (strcmp (ascii, other_ascii) == 0, ==, cases[i].any);
      g_assert_cmpstr (again, ==, key);
    }
}

static void
test_spellings (void)
{
  static const struct
  {
    const char *text, *letters, *labels;
  } cases[] = {
    { "example.org", "example.org", "example.org" },
    { "BÜCHER.Example", "bücher.example", "xn--bcher-kva.example" },
    { "XN--Bcher-KVA.example", "bücher.example", "xn--bcher-kva.example" },
    { "bu\xcc\x88"
      "cher.example",
      "bücher.example",
      "xn--bcher-kva.example" },
    { "bücher.xn--bcher-kva", "bücher.bücher", "xn--bcher-kva.xn--bcher-kva" },
    { "straße.de", "straße.de", "xn--strae-oqa.de" },
    { "strasse.de", "strasse.de", "strasse.de" },
    { "ναός.gr", "ναός.gr", "xn--mxaxq3b.gr" },
    { "ΝΑΌΣ.gr", "ναόσ.gr", "xn--mxaxt9a.gr" },
    { "STRAẞE.de", "straße.de", "xn--strae-oqa.de" },
    { "xn--r8jz45g.xn--zckzah", "例え.テスト", "xn--r8jz45g.xn--zckzah" },
    /* The labels of small letters are those of their capitals. */
    { "ᏣᎳᎩ.org", "ꮳꮃꭹ.org", "xn--f9dt7l.org" },
    { "ꮳꮃꭹ.org", "ꮳꮃꭹ.org", "xn--f9dt7l.org" },
    { "xn--f9dt7l.org", "ꮳꮃꭹ.org", "xn--f9dt7l.org" },
    /* Begin like labels, and are none. */
    { "xn--.org", "xn--.org", "xn--.org" },
    { "xn--zz.org", "xn--zz.org", "xn--zz.org" },
    { "xn--abc-.org", "xn--abc-.org", "xn--abc-.org" },
    { "xn--99999999999999999999.org",
      "xn--99999999999999999999.org",
      "xn--99999999999999999999.org" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *letters = ms_idn_to_unicode (cases[i].text);
      g_autofree char *labels = ms_idn_to_ascii (cases[i].text);
      g_autofree char *back = ms_idn_to_ascii (letters);
      g_assert_cmpstr (letters, ==, cases[i].letters);
      g_assert_cmpstr (back, ==, cases[i].labels);
      g_assert_cmpstr (labels, ==, cases[i].labels);
    }
  g_assert_false (ms_idn_has_spellings ("example.org"));
  g_assert_true (ms_idn_has_spellings ("a.XN--b"));
  g_assert_true (ms_idn_has_spellings ("ä"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address/local", test_local);
  g_test_add_func ("/address/domain", test_domain);
  g_test_add_func ("/address/normalize", test_normalize);
  g_test_add_func ("/address/key", test_key);
  g_test_add_func ("/address/propose", test_propose);
  g_test_add_func ("/address/keys", test_keys);
  g_test_add_func ("/address/spellings", test_spellings);
  return g_test_run ();
}
