/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The JSON reader against RFC 8259 and against attackers, and the small tools for trees and times.
 */
#include "ms-error.h"
#include "ms-json.h"

#include <math.h>
#include <string.h>

typedef struct
{
  const char *name;
  const char *text;
  const char *result; /* written again; NULL: refused */
  const char *place;  /* of the error */
} Case;

/* clang-format off */
static const Case cases[] = {
  { "object", " { \"a\" : 1 , \"b\" : [ true , false , null ] } ", "{\"a\":1,\"b\":[true,false,null]}" },
  { "empty-object", "{}", "{}" },
  { "empty-array", "[ ]", "[]" },
  { "string-root", "\"x\"", "\"x\"" },
  { "number-root", "-0", "0" },
  { "numbers", "[0,-1,1.5,1e3,1E+2,1e-2,0.5,9223372036854775807,-9223372036854775808]",
    "[0,-1,1.5,1000.0,100.0,0.01,0.5,9223372036854775807,-9223372036854775808]" },
  { "big-integer-is-a-decimal", "9223372036854775808", "9.2233720368547758e+18" },
  { "escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\"", "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\tAé€\"" },
  { "surrogates", "\"\\ud83d\\uDE00\"", "\"😀\"" },
  { "utf-8", "\"Žluťoučký kůň\"", "\"Žluťoučký kůň\"" },
  { "delete-character", "\"\x7f\"", "\"\x7f\"" },
  { "nested", "[[[[{\"a\":{\"b\":[]}}]]]]", "[[[[{\"a\":{\"b\":[]}}]]]]" },
  { "same-name-in-other-object", "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2}}", "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2}}" },

  { "empty", "", NULL, "line 1, column 1" },
  { "space-only", " \n ", NULL, "line 2, column 2" },
  { "single-quotes", "{'a':1}", NULL, "line 1, column 2" },
  { "no-quotes", "{a:1}", NULL, "line 1, column 2" },
  { "two-roots", "{} {}", NULL, "line 1, column 4" },
  { "trailing-comma-object", "{\"a\":1,}", NULL, "line 1, column 8" },
  { "trailing-comma-array", "[1,]", NULL, "line 1, column 4" },
  { "leading-comma", "[,1]", NULL, "line 1, column 2" },
  { "no-comma", "[1 2]", NULL, "line 1, column 4" },
  { "no-colon", "{\"a\" 1}", NULL, "line 1, column 6" },
  { "wrong-bracket", "[1}", NULL, "line 1, column 3" },
  { "not-closed", "{\"a\":[1", NULL, "line 1, column 8" },
  { "comment", "/* x */ {}", NULL, "line 1, column 1" },
  { "comment-line", "{\n// x\n}", NULL, "line 2, column 1" },
  { "leading-zero", "01", NULL, "line 1, column 2" },
  { "plus", "+1", NULL, "line 1, column 1" },
  { "bare-dot", ".5", NULL, "line 1, column 1" },
  { "dot-at-end", "5.", NULL, "line 1, column 3" },
  { "exponent-without-digits", "1e", NULL, "line 1, column 3" },
  { "hex", "0x10", NULL, "line 1, column 2" },
  { "infinity", "Infinity", NULL, "line 1, column 1" },
  { "nan", "NaN", NULL, "line 1, column 1" },
  { "too-large", "1e999", NULL, "line 1, column 1" },
  { "minus-only", "-", NULL, "line 1, column 2" },
  { "word", "nul", NULL, "line 1, column 1" },
  { "capital-true", "True", NULL, "line 1, column 1" },
  { "word-longer", "nulls", NULL, "line 1, column 5" },
  { "string-not-closed", "[\"abc", NULL, "line 1, column 2" },
  { "string-ends-in-escape", "\"\\", NULL, "line 1, column 3" },
  { "unknown-escape", "\"\\x41\"", NULL, "line 1, column 3" },
  { "short-unicode", "\"\\u12\"", NULL, "line 1, column 4" },
  { "bad-unicode", "\"\\u12g4\"", NULL, "line 1, column 4" },
  { "nul-escape", "\"a\\u0000b\"", NULL, "line 1, column 3" },
  { "lone-high-surrogate", "\"\\ud83d\"", NULL, "line 1, column 2" },
  { "lone-low-surrogate", "\"\\ude00\"", NULL, "line 1, column 2" },
  { "two-high-surrogates", "\"\\ud83d\\ud83d\"", NULL, "line 1, column 2" },
  { "line-break-in-string", "\"a\nb\"", NULL, "line 1, column 3" },
  { "tab-in-string", "\"a\tb\"", NULL, "line 1, column 3" },
  { "byte-order-mark", "\xef\xbb\xbf{}", NULL, "line 1, column 1" },
  { "not-utf-8", "{\"a\":\"\xff\"}", NULL, "line 1, column 7" },
  { "overlong-utf-8", "\"\xc0\xaf\"", NULL, "line 1, column 2" },
  { "utf-8-surrogate", "\"\xed\xa0\x80\"", NULL, "line 1, column 2" },
  { "duplicate", "{\"a\":1,\"a\":2}", NULL, "line 1, column 8" },
  { "duplicate-in-case", "{\"userName\":1,\n\"USERNAME\":2}", NULL, "line 2, column 1" },
  { "duplicate-by-escape", "{\"a\":1,\"\\u0061\":2}", NULL, "line 1, column 8" },
  { "column-counts-characters", "[\"äöü\", x]", NULL, "line 1, column 9" },
};
/* clang-format on */

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = ms_json_parse (test->text, -1, NULL, &error);

  if (test->result == NULL)
    {
      g_assert_null (node);
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      g_assert_cmpstr (ms_error_get_scim_type (error), ==, "invalidSyntax");
      g_autofree char *wanted = g_strconcat ("JSON ", test->place, ": ", NULL);
      g_test_message ("%s", error->message);
      g_assert_true (g_str_has_prefix (error->message, wanted));
      return;
    }
  g_assert_no_error (error);
  g_autofree char *again = ms_json_to_string (node);
  g_assert_cmpstr (again, ==, test->result);
}

static void
test_nul_byte (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ms_json_parse ("{\"a\":\"x\0y\"}", 11, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (ms_json_parse ("{}\0", 3, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
}

/* The name is told, as it was written the second time, cut and fit to be shown. */
static void
test_name_twice (void)
{
  g_autofree char *long_name = g_strnfill (3000, 'n');
  g_autofree char *long_text = g_strdup_printf ("{\"%s\":1,\"%s\":2}", long_name, long_name);
  static const struct
  {
    const char *text;
    const char *shown;
  } names[] = {
    { "{\"userName\":1,\"USERNAME\":2}", ": the name “USERNAME” twice in one object" },
    { "{\"a\\u0007\":1,\"a\\u0007\":2}", " twice in one object" },
    { "{\"ä\":1,\"ä\":2}", ": the name “ä” twice in one object" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (ms_json_parse (names[i].text, -1, NULL, &error));
      g_test_message ("%s", error->message);
      g_assert_true (g_str_has_suffix (error->message, names[i].shown));
      g_assert_null (strchr (error->message, '\a'));
    }
  g_autoptr (GError) error = NULL;
  g_assert_null (ms_json_parse (long_text, -1, NULL, &error));
  g_assert_nonnull (strstr (error->message, "the name “nnn"));
  g_assert_cmpuint (strlen (error->message), <, 300);
}

/* Only the first @length bytes are read: what lies behind them is no terminator. */
static void
test_length (void)
{
  g_autoptr (JsonNode) node = ms_json_parse ("123456", 3, NULL, NULL);
  g_assert_cmpint (json_node_get_int (node), ==, 123);
  g_assert_null (ms_json_parse ("\"abc\"", 4, NULL, NULL));
  g_assert_null (ms_json_parse ("true", 3, NULL, NULL));
  g_assert_null (ms_json_parse ("\"\\u0041\"", 5, NULL, NULL));
}

static void
assert_limit (const char *text, const MsJsonLimits *limits)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ms_json_parse (text, -1, limits, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
}

static char *
repeat (const char *piece, guint times)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < times; i++)
    g_string_append (out, piece);
  return g_string_free (out, FALSE);
}

static void
test_depth (void)
{
  static const char *const pieces[] = { "[", "{\"a\":", "[{\"a\":", "[[],", "[1," };
  const MsJsonLimits       wide
      = { .max_size = 1 << 20, .max_depth = 1000000, .max_string = 100, .max_items = 1000000 };

  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_autofree char *bomb = repeat (pieces[i], 100000);
      assert_limit (bomb, NULL);
      assert_limit (bomb, &wide);
    }

  g_autofree char *open = repeat ("[", 32);
  g_autofree char *close = repeat ("]", 32);
  g_autofree char *just = g_strconcat (open, close, NULL);
  g_autofree char *over = g_strconcat ("[", just, "]", NULL);
  g_autoptr (JsonNode) node = ms_json_parse (just, -1, NULL, NULL);
  g_assert_nonnull (node);
  assert_limit (over, NULL);

  /* Depth is that of nesting, not a count of brackets. */
  g_autofree char *flat = repeat ("[[]],", 1000);
  g_autofree char *many = g_strconcat ("[", flat, "0]", NULL);
  g_autoptr (JsonNode) flat_node = ms_json_parse (many, -1, NULL, NULL);
  g_assert_nonnull (flat_node);
}

static void
test_limits (void)
{
  const MsJsonLimits tight = { .max_size = 40, .max_depth = 2, .max_string = 4, .max_items = 5 };
  g_autoptr (JsonNode) fits = ms_json_parse ("{\"abcd\":[1,2,3,\"wxyz\"]}", -1, &tight, NULL);

  g_assert_nonnull (fits);
  assert_limit ("[1,2,3,4,5,6]", &tight);
  assert_limit ("{\"a\":[1,2,3,4,5]}", &tight);
  assert_limit ("\"abcde\"", &tight);
  assert_limit ("{\"abcde\":1}", &tight);
  assert_limit ("[[[]]]", &tight);
  assert_limit ("                                         1", &tight);

  g_autofree char *huge = g_strnfill (2 * 1024 * 1024, ' ');
  assert_limit (huge, NULL);
  g_autofree char *digits = g_strnfill (100000, '1');
  assert_limit (digits, NULL);
  g_autofree char *text = g_strnfill (300 * 1024, 'x');
  g_autofree char *quoted = g_strconcat ("\"", text, "\"", NULL);
  assert_limit (quoted, NULL);
}

static void
test_many_names (void)
{
  GString *text = g_string_new ("{");

  for (guint i = 0; i < 50000; i++)
    g_string_append_printf (text, "\"name%u\":%u,", i, i);
  g_string_append (text, "\"last\":0}");
  g_autoptr (JsonNode) node = ms_json_parse (text->str, -1, NULL, NULL);
  g_assert_nonnull (node);
  g_assert_cmpuint (json_object_get_size (json_node_get_object (node)), ==, 50001);

  g_autoptr (GError) error = NULL;
  g_string_truncate (text, text->len - 1);
  g_string_append (text, ",\"NAME40000\":0}");
  g_assert_null (ms_json_parse (text->str, -1, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_string_free (text, TRUE);
}

static void
test_write (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  ms_json_append_string (out, "a\"b\\c\nd\x01é");
  ms_json_append_string (out, NULL);
  ms_json_append_string (out, "\xff");
  g_assert_cmpstr (out->str, ==, "\"a\\\"b\\\\c\\nd\\u0001é\"null\"\xef\xbf\xbd\"");

  g_autofree char *nothing = ms_json_to_string (NULL);
  g_assert_cmpstr (nothing, ==, "null");
  g_autoptr (JsonNode) number = json_node_init_double (json_node_alloc (), 0.1);
  g_autofree char *text = ms_json_to_string (number);
  g_assert_cmpstr (text, ==, "0.1");
  json_node_set_double (number, INFINITY);
  g_autofree char *infinite = ms_json_to_string (number);
  g_assert_cmpstr (infinite, ==, "null");
}

static void
test_equal (void)
{
  static const struct
  {
    const char *a;
    const char *b;
    gboolean    equal;
  } pairs[] = {
    { "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", TRUE },
    { "{\"a\":1}", "{\"a\":1,\"b\":null}", FALSE },
    { "[1,2]", "[2,1]", FALSE },
    { "1", "1.0", TRUE },
    { "9007199254740993", "9007199254740992", FALSE },
    { "9007199254740993", "9007199254740992.0", FALSE },
    { "-0.0", "0", TRUE },
    { "-0.0", "0.0", TRUE },
    { "1e18", "1000000000000000000", TRUE },
    { "9223372036854775808.0", "9223372036854775807", FALSE },
    { "1.5", "1", FALSE },
    { "{\"b\":[1.0],\"a\":{}}", "{\"a\":{},\"b\":[1]}", TRUE },
    { "1", "true", FALSE },
    { "\"a\"", "\"A\"", FALSE },
    { "null", "null", TRUE },
    { "null", "0", FALSE },
    { "[[{\"x\":[1.5]}]]", "[[{\"x\":[1.5]}]]", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autoptr (JsonNode) a = ms_json_parse (pairs[i].a, -1, NULL, NULL);
      g_autoptr (JsonNode) b = ms_json_parse (pairs[i].b, -1, NULL, NULL);
      g_autoptr (JsonNode) copy = ms_json_deep_copy (a);
      g_test_message ("%s %s", pairs[i].a, pairs[i].b);
      g_assert_true (ms_json_equal (a, b) == pairs[i].equal);
      g_assert_true (ms_json_equal (b, a) == pairs[i].equal);
      g_assert_true (ms_json_equal (a, copy));
      g_autofree char *a_key = ms_json_to_key (a);
      g_autofree char *b_key = ms_json_to_key (b);
      g_assert_true ((strcmp (a_key, b_key) == 0) == pairs[i].equal);
    }
  g_autoptr (JsonNode) node = ms_json_parse ("1", -1, NULL, NULL);
  g_assert_true (ms_json_equal (NULL, NULL));
  g_assert_false (ms_json_equal (node, NULL));
}

static void
test_deep_copy (void)
{
  g_autoptr (JsonNode) node = ms_json_parse ("{\"a\":[{\"b\":1}]}", -1, NULL, NULL);
  g_autoptr (JsonNode) copy = ms_json_deep_copy (node);
  JsonArray *array = json_object_get_array_member (json_node_get_object (copy), "a");

  json_object_set_int_member (json_array_get_object_element (array, 0), "b", 2);
  g_autofree char *text = ms_json_to_string (node);
  g_assert_cmpstr (text, ==, "{\"a\":[{\"b\":1}]}");
}

static void
test_find (void)
{
  g_autoptr (JsonNode) node = ms_json_parse ("{\"Operations\":1,\"x\":2}", -1, NULL, NULL);
  JsonObject *object = json_node_get_object (node);

  g_assert_cmpint (json_node_get_int (ms_json_object_find (object, "operations")), ==, 1);
  g_assert_cmpint (json_node_get_int (ms_json_object_find (object, "X")), ==, 2);
  g_assert_null (ms_json_object_find (object, "y"));
}

static void
test_times (void)
{
  static const struct
  {
    const char *text;
    const char *utc; /* NULL: refused */
  } times[] = {
    { "2026-11-22T12:00:00Z", "2026-11-22T12:00:00.000Z" },
    { "2026-11-22t12:00:00z", "2026-11-22T12:00:00.000Z" },
    { "2026-11-22T12:00:00.123456789Z", "2026-11-22T12:00:00.123Z" },
    { "2026-11-22T13:30:00+01:30", "2026-11-22T12:00:00.000Z" },
    { "2026-11-22T00:00:00+14:00", "2026-11-21T10:00:00.000Z" },
    { "2025-12-31T23:00:00-02:00", "2026-01-01T01:00:00.000Z" },
    { "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z" },
    { "2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z" },
    { "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z" },
    { "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z" },
    { "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z" },
    { "1600-03-01T00:00:00Z", "1600-03-01T00:00:00.000Z" },
    { "2026-02-29T00:00:00Z", NULL },
    { "1900-02-29T00:00:00Z", NULL },
    { "2026-13-01T00:00:00Z", NULL },
    { "2026-00-01T00:00:00Z", NULL },
    { "2026-01-32T00:00:00Z", NULL },
    { "2026-12-31T24:00:00Z", "2027-01-01T00:00:00.000Z" },
    { "2026-01-01T24:00:00.000+01:00", "2026-01-01T23:00:00.000Z" },
    { "2026-01-01T24:00:01Z", NULL },
    { "2026-01-01T24:01:00Z", NULL },
    { "2026-01-01T24:00:00.001Z", NULL },
    { "2026-01-01T25:00:00Z", NULL },
    { "9999-12-31T24:00:00Z", NULL },
    { "2026-01-01T00:60:00Z", NULL },
    { "2026-01-01T00:00:61Z", NULL },
    { "2026-01-01T00:00:00", NULL },
    { "2026-01-01 00:00:00Z", NULL },
    { "2026-01-01", NULL },
    { "2026-01-01T00:00:00.Z", NULL },
    { "2026-01-01T00:00:00+1:00", NULL },
    { "2026-01-01T00:00:00+15:00", NULL },
    { "2026-01-01T00:00:00Zx", NULL },
    { "26-01-01T00:00:00Z", NULL },
    { "0000-01-01T00:00:00Z", NULL },
    { "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      gint64   usec;
      gboolean good = ms_json_parse_time (times[i].text, &usec);

      g_test_message ("%s", times[i].text);
      g_assert_true (good == (times[i].utc != NULL));
      g_autofree char *again = good ? ms_json_format_time (usec) : NULL;
      g_assert_cmpstr (again, ==, times[i].utc);
    }
  gint64 usec;
  g_assert_true (ms_json_parse_time ("2001-09-09T01:46:40Z", &usec));
  g_assert_cmpint (usec, ==, 1000000000 * G_GINT64_CONSTANT (1000000));
  g_autofree char *clamped = ms_json_format_time (G_MAXINT64);
  g_assert_cmpstr (clamped, ==, "9999-12-31T23:59:59.999Z");
}

/* Against GLib's calendar, every 11 days and some hours through four centuries. */
static void
test_calendar (void)
{
  for (gint64 second = -11676096000; second < 7258118400; second += 11 * 86400 + 12345)
    {
      g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (second);
      g_autofree char *wanted = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S.000Z");
      g_autofree char *text = ms_json_format_time (second * G_USEC_PER_SEC);
      gint64           usec;

      g_assert_cmpstr (text, ==, wanted);
      g_assert_true (ms_json_parse_time (text, &usec));
      g_assert_cmpint (usec, ==, second * G_USEC_PER_SEC);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strconcat ("/json/parse/", cases[i].name, NULL);
      g_test_add_data_func (name, &cases[i], test_case);
    }
  g_test_add_func ("/json/nul-byte", test_nul_byte);
  g_test_add_func ("/json/name-twice", test_name_twice);
  g_test_add_func ("/json/length", test_length);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/limits", test_limits);
  g_test_add_func ("/json/many-names", test_many_names);
  g_test_add_func ("/json/write", test_write);
  g_test_add_func ("/json/equal", test_equal);
  g_test_add_func ("/json/deep-copy", test_deep_copy);
  g_test_add_func ("/json/find", test_find);
  g_test_add_func ("/json/times", test_times);
  g_test_add_func ("/json/calendar", test_calendar);
  return g_test_run ();
}
