/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * CSV: detection, reading, horrors, and the way out and back in.
 */
#include "ms-csv.h"
#include "ms-error.h"

#include <string.h>

/* Detection ---------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *text;
  gsize       length; /* 0: up to the NUL */
  const char *encoding;
  char        delimiter;
  char        quote;
  gboolean    header;
} Detection;

#define BOM "\xef\xbb\xbf"

/* clang-format off */
static const Detection detections[] = {
  { "issue-without-header", "\"john\",\"John Doe\",\"abcd\"", 0, "UTF-8", ',', '"', FALSE },
  { "without-header-lines", "\"john\",\"John Doe\",\"abcd\"\r\n\"mary\",\"Mary Major\",\"1234\"\r\n", 0, "UTF-8", ',', '"', FALSE },
  { "with-header", "username,password,description\njohn,abcd,John Doe\n", 0, "UTF-8", ',', '"', TRUE },
  { "with-header-other-order", "\"Aliases\",\"Description\",\"Login\",\"Address\"\n\"j1;j2\",\"John\",\"john\",\"john@x.org\"\n", 0, "UTF-8", ',', '"', TRUE },
  { "header-only", "login,password,aliases", 0, "UTF-8", ',', '"', TRUE },
  { "header-one-column", "login\njohn\nmary\n", 0, "UTF-8", ',', '"', TRUE },
  { "one-column", "john\nmary\n", 0, "UTF-8", ',', '"', FALSE },
  { "one-column-addresses", "john@x.org\nmary@x.org\n", 0, "UTF-8", ',', '"', FALSE },
  { "user-called-mail", "\"mail\",\"Mail Admin\",\"abcd\"\n\"john\",\"John Doe\",\"x\"\n", 0, "UTF-8", ',', '"', FALSE },
  { "semicolon", "login;password\njohn;a,b\nmary;c,d\n", 0, "UTF-8", ';', '"', TRUE },
  { "semicolon-decimal-commas", "Benutzer;Kontingent;Beschreibung\njohn;1,5;a\nmary;2,5;b\n", 0, "UTF-8", ';', '"', TRUE },
  { "semicolon-comma-in-each", "john;Doe, John;x\nmary;Major, Mary;y\n", 0, "UTF-8", ';', '"', FALSE },
  { "semicolon-in-aliases", "john,\"a;b;c\",x\nmary,\"d;e\",y\n", 0, "UTF-8", ',', '"', FALSE },
  { "tab", "Login\tFull Name\njohn\tDoe, John\n", 0, "UTF-8", '\t', '"', TRUE },
  { "pipe", "login|password\njohn|x\n", 0, "UTF-8", '|', '"', TRUE },
  { "single-quotes", "'john','Doe, John'\n'mary','Major, Mary'\n", 0, "UTF-8", ',', '\'', FALSE },
  { "apostrophes", "john,O'Brien\nmary,'t Hooft\n", 0, "UTF-8", ',', '"', FALSE },
  { "quoted-line-breaks", "login,description\njohn,\"a\nb\nc\"\nmary,\"d\ne\"\n", 0, "UTF-8", ',', '"', TRUE },
  { "german-header", "Benutzername;Kennwort;Vorname;Nachname\nj;x;J;D\n", 0, "UTF-8", ';', '"', TRUE },
  { "french-header-accents", "Utilisateur;Mot de passe;Prénom\nj;x;J\n", 0, "UTF-8", ';', '"', TRUE },
  { "google-header", "First Name [Required],Last Name [Required],Email Address [Required],Password [Required]\nJ,D,j@x.org,p\n", 0, "UTF-8", ',', '"', TRUE },
  { "microsoft-header", "Name [displayName] Required,User name [userPrincipalName] Required,Initial password [passwordProfile] Required\nJ,j@x.org,p\n", 0, "UTF-8", ',', '"', TRUE },
  { "custom-columns", "username,shoe_size,car,password\njohn,44,vw,x\n", 0, "UTF-8", ',', '"', TRUE },
  { "path-of-operator", "userName,urn:x:ext:2.0:Ext:code,urn:x:ext:2.0:Ext:lvl\ne1,C1,7\n", 0, "UTF-8", ',', '"', TRUE },
  { "paths-first", "urn:x:ext:2.0:Ext:code,urn:x:ext:2.0:Ext:lvl,login\nC1,7,e1\n", 0, "UTF-8", ',', '"', TRUE },
  { "one-telling-name", "userName,foo,bar\nj,1,2\n", 0, "UTF-8", ',', '"', TRUE },
  { "one-telling-name-more", "login,location,building,room\nj,x,y,z\n", 0, "UTF-8", ',', '"', TRUE },
  { "one-telling-name-german", "Benutzername;Raum;Etage\nj;1;2\n", 0, "UTF-8", ';', '"', TRUE },
  { "user-called-info", "info,Information,x1\njohn,John,x2\n", 0, "UTF-8", ',', '"', FALSE },
  { "delimiter-line", "sep=;\r\nusername;full name\r\nj;x, y\r\n", 0, "UTF-8", ';', '"', TRUE },
  { "delimiter-line-alone", "sep=|\njohn,x\n", 0, "UTF-8", '|', '"', FALSE },
  { "bom", BOM "login,password\njohn,x\n", 0, "UTF-8", ',', '"', TRUE },
  { "utf-8", "jürgen,Jürgen Groß\n", 0, "UTF-8", ',', '"', FALSE },
  { "windows-1252", "j\xfcrgen;J\xfcrgen Gro\xdf \x80\n", 0, "WINDOWS-1252", ';', '"', FALSE },
  { "utf-16le", "\xff\xfej\0,\0x\0\n\0", 10, "UTF-16LE", ',', '"', FALSE },
  { "utf-16be", "\xfe\xff\0l\0o\0g\0i\0n\0;\0u\0i\0d\0\n", 22, "UTF-16BE", ';', '"', TRUE },
  { "utf-16le-without-bom", "j\0o\0h\0n\0,\0x\0\n\0", 14, "UTF-16LE", ',', '"', FALSE },
  { "utf-16be-without-bom", "\0j\0o\0h\0n\0;\0x\0\n", 14, "UTF-16BE", ';', '"', FALSE },
  { "old-mac-line-ends", "login;uid\rjohn;1\rmary;2\r", 0, "UTF-8", ';', '"', TRUE },
  { "our-own-export", "login,description\r\n'=1+1,''x\r\n'-a,b\r\n", 0, "UTF-8", ',', '"', TRUE },
};
/* clang-format on */

static void
test_detection (gconstpointer data)
{
  const Detection *test = data;
  g_autoptr (GError) error = NULL;
  MsCsvFormat format = { 0 };

  g_assert_true (ms_csv_detect (
      test->text, test->length > 0 ? test->length : strlen (test->text), &format, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (format.encoding, ==, test->encoding);
  g_assert_cmpint (format.delimiter, ==, test->delimiter);
  g_assert_cmpint (format.quote, ==, test->quote);
  g_assert_true (format.has_header == test->header);
}

/* It is no record, and counted as a line. */
static void
test_delimiter_line (void)
{
  static const char text[] = "SEP=;\r\nlogin;name\nann;Ann\n";
  MsCsvFormat       format = { 0 };
  g_autoptr (GError) error = NULL;
  guint line = 0;

  g_assert_true (ms_csv_detect (text, strlen (text), &format, &error));
  g_autoptr (MsCsvReader) reader = ms_csv_reader_new (text, strlen (text), &format, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ms_csv_reader_get_columns (reader)[0], ==, "login");
  for (guint i = 0; i < 2; i++)
    {
      g_auto (GStrv) fields = ms_csv_reader_next (reader, &line, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (fields[0], ==, "ann");
      g_assert_cmpuint (line, ==, 3);
      ms_csv_reader_rewind (reader);
    }
  format.has_header = FALSE;
  g_autoptr (MsCsvReader) rows = ms_csv_reader_new (text, strlen (text), &format, NULL, &error);
  g_auto (GStrv) first = ms_csv_reader_next (rows, &line, &error);
  g_assert_cmpstr (first[0], ==, "login");
  g_assert_cmpuint (line, ==, 2);
}

static void
test_no_text (void)
{
  static const struct
  {
    const char *data;
    gsize       length;
    const char *message;
  } cases[] = {
    { "", 0, "the file is empty" },
    { "\x7f"
      "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0\1\0\0\0",
      24,
      "line 1: " },
    { "PK\3\4\x14\0\0\0\x08\0abcdefghijkl", 22, "line 1: " },
    { "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, "line 3: " },
    { "login,password\njohn,a\0b\n", 24, "line 2: " },
    { "\xff\xfe\0\0j\0\0\0", 8, "line 1: " },
    { "\x01\x02\x03\x04\x05\x06\x0e\x0f", 8, "line 1: " },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      MsCsvFormat format;

      g_assert_false (ms_csv_detect (cases[i].data, cases[i].length, &format, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      g_assert_true (g_str_has_prefix (error->message, cases[i].message));
    }
}

/* A character that the end of the sample cuts through does not make it WINDOWS-1252. */
static void
test_cut_sample (void)
{
  for (guint shift = 0; shift < 4; shift++)
    {
      g_autoptr (GString) text = g_string_new ("login,password\n");
      MsCsvFormat format;

      for (guint i = 0; i < shift; i++)
        g_string_append_c (text, 'x');
      while (text->len < 70000)
        g_string_append (text, "jürgen€,😀\n");
      g_assert_true (ms_csv_detect (text->str, text->len, &format, NULL));
      g_assert_cmpstr (format.encoding, ==, "UTF-8");
      g_assert_true (format.has_header);
    }
}

/* Reading ------------------------------------------------------------------------------------ */

typedef struct
{
  const char *name;
  const char *text;
  const char *records; /* "line: [field][field]…", one a line; "line L, column C" of a bad one */
  char        delimiter;
  char        quote;
} Reading;

/* clang-format off */
static const Reading readings[] = {
  { "plain", "a,b\nc,d\n", "1: [a][b]\n2: [c][d]\n", ',', '"' },
  { "no-line-end", "a,b", "1: [a][b]\n", ',', '"' },
  { "crlf", "a,b\r\nc,d\r\n", "1: [a][b]\n2: [c][d]\n", ',', '"' },
  { "cr", "a,b\rc,d\r", "1: [a][b]\n2: [c][d]\n", ',', '"' },
  { "mixed-line-ends", "a\n\rb\r\n\nc", "1: [a]\n3: [b]\n5: [c]\n", ',', '"' },
  { "empty-lines", "\n\n a\n   \n\nb\n\n", "3: [ a]\n6: [b]\n", ',', '"' },
  { "empty-fields", ",\n,,\n", "1: [][]\n2: [][][]\n", ',', '"' },
  { "tab-empty-fields", "\t\n\t\t", "1: [][]\n2: [][][]\n", '\t', '"' },
  { "ragged", "a\nb,c,d\ne,f\n", "1: [a]\n2: [b][c][d]\n3: [e][f]\n", ',', '"' },
  { "quoted", "\"a\",\"b,c\"\n", "1: [a][b,c]\n", ',', '"' },
  { "quoted-empty", "\"\",\"\"\n\"\"", "1: [][]\n2: []\n", ',', '"' },
  { "doubled-quotes", "\"a\"\"b\",\"\"\"\"\n", "1: [a\"b][\"]\n", ',', '"' },
  { "quoted-line-breaks", "\"a\nb\",c\nd\n", "1: [a\nb][c]\n3: [d]\n", ',', '"' },
  { "quoted-crlf-becomes-lf", "\"a\r\nb\rc\"\r\nd\r\n", "1: [a\nb\nc]\n4: [d]\n", ',', '"' },
  { "blanks-around-quotes", " \"a\" , \"b,c\"  \nd\n", "1: [a][b,c]\n2: [d]\n", ',', '"' },
  { "blanks-kept-without-quotes", " a , b \n", "1: [ a ][ b ]\n", ',', '"' },
  { "quote-within", "a\"b,c\"\n", "1: [a\"b][c\"]\n", ',', '"' },
  { "single-quotes", "'a,b','c''d'\n", "1: [a,b][c'd]\n", ',', '\'' },
  { "no-quotes-at-all", "\"a,b\"\n", "1: [\"a][b\"]\n", ',', 0 },
  { "semicolons", "a,b;\"c;d\"\n", "1: [a,b][c;d]\n", ';', '"' },
  { "utf-8", "Jürgen,😀\n", "1: [Jürgen][😀]\n", ',', '"' },
  { "text-after-quote", "\"a\"b,c\nd,e\n", "line 1, column 4\n2: [d][e]\n", ',', '"' },
  { "text-after-quote-second", "ä,\"a\" b\nd\n", "line 1, column 7\n2: [d]\n", ',', '"' },
  { "text-after-quote-multi-line", "\"a\nb\" x,c\nd\n", "line 2, column 4\n3: [d]\n", ',', '"' },
  { "quote-left-open", "a,b\nc,\"d\ne,f\ng\n", "1: [a][b]\nline 2, column 3\n", ',', '"' },
  { "quote-left-open-at-end", "a,b\nc,\"", "1: [a][b]\nline 2, column 3\n", ',', '"' },
  { "lone-quote", "\"", "line 1, column 1\n", ',', '"' },
  { "nothing", "", "", ',', '"' },
  { "only-line-ends", "\r\n\r\n\n", "", ',', '"' },
  { "delimiter-at-end-of-file", "a,", "1: [a][]\n", ',', '"' },
};
/* clang-format on */

static const MsCsvLimits small_limits
    = { .max_file = 64 * 1024 * 1024, .max_field = 64 * 1024, .max_columns = 256 };

static MsCsvReader *
new_reader (
    const char *text, gsize length, char delimiter, char quote, gboolean header, GError **error)
{
  const MsCsvFormat format
      = { .encoding = "UTF-8", .delimiter = delimiter, .quote = quote, .has_header = header };

  return ms_csv_reader_new (text, length, &format, &small_limits, error);
}

static char *
read_all (MsCsvReader *reader)
{
  GString *out = g_string_new (NULL);

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      guint line = 0;
      g_auto (GStrv) fields = ms_csv_reader_next (reader, &line, &error);

      if (error != NULL)
        {
          const char *colon = strchr (error->message, ':');
          g_string_append_len (out, error->message, colon - error->message);
          g_string_append_c (out, '\n');
          continue;
        }
      if (fields == NULL)
        return g_string_free (out, FALSE);
      g_string_append_printf (out, "%u: ", line);
      for (guint i = 0; fields[i] != NULL; i++)
        g_string_append_printf (out, "[%s]", fields[i]);
      g_string_append_c (out, '\n');
    }
}

static void
test_reading (gconstpointer data)
{
  const Reading *test = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsCsvReader) reader = new_reader (
      test->text, strlen (test->text), test->delimiter, test->quote, FALSE, &error);

  g_assert_no_error (error);
  g_autofree char *records = read_all (reader);
  g_assert_cmpstr (records, ==, test->records);
  ms_csv_reader_rewind (reader);
  g_autofree char *again = read_all (reader);
  g_assert_cmpstr (again, ==, test->records);
}

static void
test_header (void)
{
  const char *text = "\n login ,\"Full\nName\",,login\njohn,John,x,y\n";
  g_autoptr (MsCsvReader) reader = new_reader (text, strlen (text), ',', '"', TRUE, NULL);
  g_autofree char *columns = g_strjoinv ("|", (char **) ms_csv_reader_get_columns (reader));
  g_assert_cmpstr (columns, ==, "login|Full\nName|3|login");
  g_autofree char *records = read_all (reader);
  g_assert_cmpstr (records, ==, "4: [john][John][x][y]\n");
  ms_csv_reader_rewind (reader);
  g_autofree char *again = read_all (reader);
  g_assert_cmpstr (again, ==, records);

  g_autoptr (MsCsvReader) bare = new_reader ("a,b,c\n", 6, ',', '"', FALSE, NULL);
  g_autofree char *numbers = g_strjoinv ("|", (char **) ms_csv_reader_get_columns (bare));
  g_assert_cmpstr (numbers, ==, "1|2|3");

  g_autoptr (MsCsvReader) empty = new_reader ("", 0, ',', '"', TRUE, NULL);
  g_assert_null (ms_csv_reader_get_columns (empty)[0]);

  g_autoptr (GError) error = NULL;
  g_assert_null (new_reader ("login,\"pass\njohn,x\n", 19, ',', '"', TRUE, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_true (g_str_has_prefix (error->message, "line 1, column 7: "));
}

static void
test_encodings (void)
{
  static const struct
  {
    const char *encoding;
    const char *data;
    gsize       length;
    const char *result; /* of a refusal: how the message begins */
    gboolean    good;
  } cases[] = {
    { "WINDOWS-1252", "J\xfcrgen \x80,\x93x\x94\n", 13, "1: [Jürgen €][“x”]\n", TRUE },
    { "UTF-16LE", "\xff\xfej\0\xfc\0,\0x\0", 10, "1: [jü][x]\n", TRUE },
    { "UTF-16BE", "\xfe\xff\0j\0\xfc\0,\0x", 10, "1: [jü][x]\n", TRUE },
    { "UTF-16LE", "=\xd8\0\xde", 4, "1: [😀]\n", TRUE },
    { "UTF-8", BOM "a,b\n", 7, "1: [a][b]\n", TRUE },
    { "UTF-8", "a\nb\nc\xff\n", 7, "line 3: ", FALSE },
    { "UTF-8", "a\nb\0c\n", 6, "line 2: ", FALSE },
    { "WINDOWS-1252", "a\r\nb\r\n\x81\r\n", 9, "line 3: ", FALSE },
    { "UTF-16LE", "a\0\n\0\0\xd8x\0", 8, "line 2: ", FALSE },
    { "UTF-16LE", "a\0\n\0b", 5, "line 2: ", FALSE },
    { "UTF-16LE", "a\0\n\0\0\0b\0", 8, "line 2: ", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      const MsCsvFormat format = { .encoding = cases[i].encoding, .delimiter = ',', .quote = '"' };
      g_autoptr (MsCsvReader) reader
                 = ms_csv_reader_new (cases[i].data, cases[i].length, &format, NULL, &error);

      g_test_message ("%u %s", i, cases[i].encoding);
      if (cases[i].good)
        {
          g_assert_no_error (error);
          g_autofree char *records = read_all (reader);
          g_assert_cmpstr (records, ==, cases[i].result);
          continue;
        }
      g_assert_null (reader);
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      g_test_message ("%s", error->message);
      g_assert_true (g_str_has_prefix (error->message, cases[i].result));
    }
}

/* Cells that are longer than what is looked at: the half record at the cut says nothing. */
static void
test_detect_long (void)
{
  static const char *const starts[]
      = { "list,address,members\nAll,,x", "list,address,members\nAll,,\"x", "userName,urn:x:x" };

  for (guint i = 0; i < G_N_ELEMENTS (starts); i++)
    {
      g_autoptr (GString) text = g_string_new (starts[i]);
      MsCsvFormat format;

      while (text->len < 200 * 1000)
        g_string_append (text, i == 2 ? ",urn:x:y" : "; user:x");
      g_string_append (text, i == 1 ? "\"\n" : "\n");
      g_assert_true (ms_csv_detect (text->str, text->len, &format, NULL));
      g_assert_cmpint (format.delimiter, ==, ',');
      g_assert_cmpint (format.quote, ==, '"');
      g_assert_true (format.has_header);
    }
}

/* Bounds ------------------------------------------------------------------------------------- */

static void
test_huge_field (void)
{
  for (guint quoted = 0; quoted <= 1; quoted++)
    {
      g_autofree char *huge = g_strnfill (10 * 1024 * 1024, 'x');
      g_autofree char *text
          = g_strdup_printf (quoted ? "a,b\nc,\"%s\",d\ne,f\n" : "a,b\nc,%s,d\ne,f\n", huge);
      g_autoptr (MsCsvReader) reader = new_reader (text, strlen (text), ',', '"', FALSE, NULL);
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) first = ms_csv_reader_next (reader, NULL, NULL);

      g_assert_nonnull (first);
      g_assert_null (ms_csv_reader_next (reader, NULL, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
      g_assert_true (g_str_has_prefix (error->message, "line 2, column 3: "));
      g_autofree char *rest = read_all (reader);
      g_assert_cmpstr (rest, ==, "3: [e][f]\n");
    }
}

static void
test_many_columns (void)
{
  g_autofree char *just = g_strnfill (255, ',');
  g_autofree char *over = g_strnfill (256, ',');
  g_autofree char *text = g_strdup_printf ("%s\n%s\na\n", just, over);
  g_autoptr (MsCsvReader) reader = new_reader (text, strlen (text), ',', '"', FALSE, NULL);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) first = ms_csv_reader_next (reader, NULL, NULL);

  g_assert_cmpuint (g_strv_length (first), ==, 256);
  g_assert_null (ms_csv_reader_next (reader, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
  g_assert_cmpstr (
      error->message,
      ==,
      "line 2, column 257: the record has more than 256 fields, and a file may have 256 "
      "columns at most");
  g_autofree char *rest = read_all (reader);
  g_assert_cmpstr (rest, ==, "3: [a]\n");

  /* A file whose first record has too many is told so, whether it is a header or not. */
  for (int has_header = 0; has_header < 2; has_header++)
    {
      const MsCsvFormat format = { "UTF-8", ',', '"', has_header };
      g_clear_error (&error);
      g_autoptr (MsCsvReader) wide
                 = ms_csv_reader_new (over, strlen (over), &format, &small_limits, &error);
      g_assert_null (wide);
      g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
      g_assert_nonnull (strstr (error->message, "256 columns at most"));
    }
}

/* As much as the defaults admit, in a field and beside each other, and one more. */
static void
test_default_limits (void)
{
  const MsCsvFormat format = { .encoding = "UTF-8", .delimiter = ',', .quote = '"' };

  for (guint more = 0; more <= 1; more++)
    {
      g_autofree char *field = g_strnfill (ms_csv_default_limits.max_field + more, 'x');
      g_autofree char *wide = g_strnfill (ms_csv_default_limits.max_columns - 1 + more, ',');
      g_autofree char *text = g_strdup_printf ("a,b\nc,\"%s\"\n%s\nd,e\n", field, wide);
      g_autoptr (MsCsvReader) reader = ms_csv_reader_new (text, strlen (text), &format, NULL, NULL);
      g_auto (GStrv) first = ms_csv_reader_next (reader, NULL, NULL);
      g_autoptr (GError) too_long = NULL;
      g_autoptr (GError) too_wide = NULL;
      g_auto (GStrv) large = ms_csv_reader_next (reader, NULL, &too_long);
      g_auto (GStrv) many = ms_csv_reader_next (reader, NULL, &too_wide);
      g_auto (GStrv) last = ms_csv_reader_next (reader, NULL, NULL);

      g_assert_cmpstr (last[1], ==, "e");
      if (more == 0)
        {
          g_assert_cmpuint (strlen (large[1]), ==, ms_csv_default_limits.max_field);
          g_assert_cmpuint (g_strv_length (many), ==, ms_csv_default_limits.max_columns);
          continue;
        }
      g_assert_error (too_long, MS_ERROR, MS_ERROR_LIMIT);
      g_assert_true (g_str_has_prefix (too_long->message, "line 2, column 3: the field is longer"));
      g_assert_error (too_wide, MS_ERROR, MS_ERROR_LIMIT);
      g_assert_true (g_str_has_prefix (too_wide->message, "line 3, column 16385: "));
    }
}

static void
test_large_file (void)
{
  const MsCsvLimits limits = { .max_file = 10, .max_field = 5, .max_columns = 5 };
  const MsCsvFormat format = { .encoding = "UTF-8", .delimiter = ',', .quote = '"' };
  g_autoptr (GError) error = NULL;

  g_assert_null (ms_csv_reader_new ("aaaaaaaaaaa", 11, &format, &limits, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
}

/* Each of these would take minutes if some step cost the square of the length; the suite's time-out
 * tells. */
static void
test_no_squares (void)
{
  static const char *const pieces[]
      = { ",", "\"", "x\" ,\"z\n", "\"\"\"\n", "\n", "a,\"b\" c\n", "\"a\n", "ä;", "'x'," };

  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_autoptr (GString) text = g_string_new ("a\n");
      MsCsvFormat format;

      while (text->len < 4 * 1024 * 1024)
        g_string_append (text, pieces[i]);
      g_assert_true (ms_csv_detect (text->str, text->len, &format, NULL));
      g_autoptr (MsCsvReader) reader = new_reader (text->str, text->len, ',', '"', FALSE, NULL);
      g_autofree char *records = read_all (reader);
      g_assert_nonnull (records);
    }
}

/* Writing ------------------------------------------------------------------------------------ */

static void
test_write (void)
{
  static const struct
  {
    const char *fields[4];
    const char *text;
  } cases[] = {
    { { "a", "b" }, "a,b\r\n" },
    { { "a,b", "c\"d" }, "\"a,b\",\"c\"\"d\"\r\n" },
    { { "a\nb", " c", "d " }, "\"a\nb\",\" c\",\"d \"\r\n" },
    { { "" }, "\"\"\r\n" },
    { { "", "" }, ",\r\n" },
    { { "=1+1", "+49 89", "-5" }, "'=1+1,'+49 89,'-5\r\n" },
    { { "@cmd", "\tx", "'quoted'" }, "'@cmd,\"'\tx\",''quoted'\r\n" },
    { { "a=b", "a-b", "a'b" }, "a=b,a-b,a'b\r\n" },
    { { "=\"x,y\"" }, "\"'=\"\"x,y\"\"\"\r\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);

      ms_csv_append_record (out, cases[i].fields, ',');
      g_assert_cmpstr (out->str, ==, cases[i].text);

      g_autoptr (MsCsvReader) reader = new_reader (out->str, out->len, ',', '"', FALSE, NULL);
      g_auto (GStrv) fields = ms_csv_reader_next (reader, NULL, NULL);
      for (guint j = 0; cases[i].fields[j] != NULL; j++)
        {
          g_autofree char *field = ms_csv_unguard (fields[j]);
          g_assert_cmpstr (field, ==, cases[i].fields[j]);
        }
    }
  g_autofree char *kept = ms_csv_unguard ("'t Hooft");
  g_assert_cmpstr (kept, ==, "'t Hooft");
}

static void
test_write_delimiter (void)
{
  static const char *const fields[] = { "a;b", "c,d", NULL };
  g_autoptr (GString) out = g_string_new (NULL);

  ms_csv_append_record (out, fields, ';');
  g_assert_cmpstr (out->str, ==, "\"a;b\";c,d\r\n");
}

/* Of a store whose file is damaged: what comes out is UTF-8 all the same. */
static void
test_write_damaged (void)
{
  static const char *const fields[] = { "a\xff", "\xc3,b", NULL };
  g_autoptr (GString) out = g_string_new (NULL);

  ms_csv_append_record (out, fields, ',');
  g_assert_cmpstr (out->str, ==, "a\xef\xbf\xbd,\"\xef\xbf\xbd,b\"\r\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (detections); i++)
    {
      g_autofree char *name = g_strconcat ("/csv/detect/", detections[i].name, NULL);
      g_test_add_data_func (name, &detections[i], test_detection);
    }
  for (guint i = 0; i < G_N_ELEMENTS (readings); i++)
    {
      g_autofree char *name = g_strconcat ("/csv/read/", readings[i].name, NULL);
      g_test_add_data_func (name, &readings[i], test_reading);
    }
  g_test_add_func ("/csv/no-text", test_no_text);
  g_test_add_func ("/csv/cut-sample", test_cut_sample);
  g_test_add_func ("/csv/header", test_header);
  g_test_add_func ("/csv/delimiter-line", test_delimiter_line);
  g_test_add_func ("/csv/encodings", test_encodings);
  g_test_add_func ("/csv/huge-field", test_huge_field);
  g_test_add_func ("/csv/many-columns", test_many_columns);
  g_test_add_func ("/csv/detect-long", test_detect_long);
  g_test_add_func ("/csv/large-file", test_large_file);
  g_test_add_func ("/csv/default-limits", test_default_limits);
  g_test_add_func ("/csv/no-squares", test_no_squares);
  g_test_add_func ("/csv/write", test_write);
  g_test_add_func ("/csv/write-delimiter", test_write_delimiter);
  g_test_add_func ("/csv/write-damaged", test_write_damaged);
  return g_test_run ();
}
