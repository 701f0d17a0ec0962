/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The filter language: what it means (against one user), what it is written as, what is refused and
 * where.
 */
#include "ms-error.h"
#include "ms-filter.h"
#include "ms-json.h"

#include <string.h>

static MsSchemaRegistry     *registry;
static const MsResourceType *user_type;
static JsonNode             *user;

/* As a store would hand it over with id and meta. */
static const char user_json[]
    = "{\"id\":\"2819c223\",\"meta\":{\"created\":\"2026-01-01T10:00:00.000Z\",\"lastModified\":"
      "\"2026-06-01T10:00:00.000Z\","
      "\"location\":\"https://h/scim/v2/Users/2819c223\","
      "\"resourceType\":\"User\",\"version\":\"W/\\\"3\\\"\"},"
      "\"externalId\":\"Ext-1\",\"userName\":\"bjensen\",\"displayName\":\"Müller, Barbara\","
      "\"name\":{\"familyName\":\"Jensen\",\"givenName\":\"Barbara\"},\"active\":true,\"title\":"
      "\"\","
      "\"emails\":[{\"value\":\"bjensen@Example.com\",\"type\":\"work\",\"primary\":true},"
      "{\"value\":\"babs@home.org\",\"type\":\"home\"}],\"ims\":[],"
      "\"x509Certificates\":[{\"value\":\"AbA=\"}],"
      "\"" MS_URN_ENTERPRISE "\":{\"department\":\"Sales\",\"manager\":{\"value\":\"boss-1\"}},"
      "\"" MS_URN_EXT_USER "\":{\"rights\":{\"imap\":true,\"pop3\":false},\"allowedNetworks\":["
      "\"10.0.0.0/8\",\"192.168.0.0/16\"],"
      "\"validFrom\":\"2026-03-01T12:00:00.000Z\"}}";

typedef struct
{
  const char *name;
  const char *text;
  gboolean    matches;
} Meaning;

/* clang-format off */
static const Meaning meanings[] = {
  { "eq", "userName eq \"bjensen\"", TRUE },
  { "eq-any-case", "USERNAME EQ \"BJENSEN\"", TRUE },
  { "eq-not", "userName eq \"bjense\"", FALSE },
  { "eq-folded", "displayName eq \"MÜLLER, barbara\"", TRUE },
  { "eq-urn", MS_URN_USER ":userName eq \"bjensen\"", TRUE },
  { "eq-urn-sub", MS_URN_USER ":name.familyName eq \"jensen\"", TRUE },
  { "eq-extension", MS_URN_ENTERPRISE ":department eq \"sales\"", TRUE },
  { "eq-extension-any-case", "URN:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:user:Department eq \"sales\"", TRUE },
  { "ne", "userName ne \"x\"", TRUE },
  { "ne-same", "userName ne \"BJENSEN\"", FALSE },
  { "ne-absent", "nickName ne \"x\"", TRUE },
  { "ne-multi-some-differ", "emails.type ne \"work\"", TRUE },
  { "ne-multi-simple", MS_URN_EXT_USER ":allowedNetworks ne \"10.0.0.0/8\"", TRUE },
  { "co", "name.familyName co \"ens\"", TRUE },
  { "co-case", "name.familyName co \"ENS\"", TRUE },
  { "co-no-wildcard", "userName co \"%\"", FALSE },
  { "co-empty", "userName co \"\"", TRUE },
  { "sw", "userName sw \"BJ\"", TRUE },
  { "sw-not", "userName sw \"j\"", FALSE },
  { "ew", "userName ew \"SEN\"", TRUE },
  { "gt-string", "userName gt \"a\"", TRUE },
  { "lt-string", "userName lt \"a\"", FALSE },
  { "ge-equal", "userName ge \"bjensen\"", TRUE },
  { "pr", "userName pr", TRUE },
  { "pr-any-case", "userName PR", TRUE },
  { "pr-absent", "nickName pr", FALSE },
  { "pr-empty-string", "title pr", FALSE },
  { "pr-empty-array", "ims pr", FALSE },
  { "pr-complex", "name pr", TRUE },
  { "pr-multi", "emails pr", TRUE },
  { "pr-sub", "emails.primary pr", TRUE },
  { "pr-relation", MS_URN_ENTERPRISE ":manager pr", TRUE },
  { "relation-default-value", MS_URN_ENTERPRISE ":manager eq \"boss-1\"", TRUE },
  { "relation-is-exact", MS_URN_ENTERPRISE ":manager.value eq \"BOSS-1\"", FALSE },
  { "case-exact-external-id", "externalId eq \"ext-1\"", FALSE },
  { "external-id", "externalId eq \"Ext-1\"", TRUE },
  { "binary-is-exact", "x509Certificates.value eq \"ABA=\"", FALSE },
  { "binary", "x509Certificates.value eq \"AbA=\"", TRUE },
  { "default-sub", "emails co \"@example.com\"", TRUE },
  { "default-sub-second", "emails eq \"babs@home.org\"", TRUE },
  { "multi-simple", MS_URN_EXT_USER ":allowedNetworks eq \"192.168.0.0/16\"", TRUE },
  { "boolean", "active eq true", TRUE },
  { "boolean-false", "active eq false", FALSE },
  { "boolean-ne", "active ne false", TRUE },
  { "boolean-entra", "active eq \"True\"", TRUE },
  { "boolean-sub", MS_URN_EXT_USER ":rights.pop3 eq false", TRUE },
  { "boolean-absent-is-not-false", MS_URN_EXT_USER ":rights.proxy eq false", FALSE },
  { "time-instant", MS_URN_EXT_USER ":validFrom eq \"2026-03-01T13:00:00+01:00\"", TRUE },
  { "time-gt", MS_URN_EXT_USER ":validFrom gt \"2026-03-01T12:30:00+01:00\"", TRUE },
  { "time-le", MS_URN_EXT_USER ":validFrom le \"2026-03-01T12:00:00Z\"", TRUE },
  { "meta-id", "id eq \"2819c223\"", TRUE },
  { "meta-id-exact", "id eq \"2819C223\"", FALSE },
  { "meta-id-urn", MS_URN_USER ":id eq \"2819c223\"", TRUE },
  { "meta-modified", "meta.lastModified gt \"2026-05-01T00:00:00Z\"", TRUE },
  { "meta-created", "META.CREATED lt \"2026-01-01T09:00:00-02:00\"", TRUE },
  { "meta-type", "meta.resourceType eq \"User\"", TRUE },
  { "meta-type-exact", "meta.resourceType eq \"user\"", FALSE },
  { "meta-brackets", "meta[created pr]", TRUE },
  { "meta-location", "meta.location eq \"https://other.example:8443/v2/Users/2819c223\"", TRUE },
  { "meta-location-id", "META.Location eq \"2819c223\"", TRUE },
  { "meta-location-exact", "meta.location eq \"https://h/scim/v2/Users/2819C223\"", FALSE },
  { "meta-location-ne", "meta[location ne \"https://h/scim/v2/Users/2819c224\"]", TRUE },
  { "meta-location-pr", "meta.location pr", TRUE },
  { "schema-pr", MS_URN_ENTERPRISE " pr", TRUE },
  { "schema-pr-any-case", "URN:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:user pr", TRUE },
  { "schema-pr-own", MS_URN_USER " pr", TRUE },
  { "schema-pr-not", "not (" MS_URN_ENTERPRISE " pr)", FALSE },
  { "schema-pr-unknown", "urn:example:none pr", FALSE },
  { "meta-brackets-and", "META[lastModified gt \"2026-05-01T00:00:00Z\" and resourceType eq \"User\"]", TRUE },
  { "meta-brackets-not", "meta[not (resourceType eq \"User\")] or active eq false", FALSE },
  { "meta-brackets-unknown", "meta[colour pr]", FALSE },
  { "meta-version-sw", "meta.version sw \"W/\"", TRUE },
  { "meta-version-ew", "meta.version ew \"4\\\"\"", FALSE },
  { "value-of-simple", MS_URN_EXT_USER ":allowedNetworks.value sw \"192.\"", TRUE },
  { "value-of-single", "userName.value eq \"bjensen\"", FALSE },
  { "meta-version", "meta.version eq \"W/\\\"3\\\"\"", TRUE },
  { "null-eq", "nickName eq null", TRUE },
  { "null-eq-present", "userName eq null", FALSE },
  { "null-ne", "userName ne null", TRUE },
  { "and", "userName eq \"bjensen\" and active eq true", TRUE },
  { "and-any-case", "userName eq \"bjensen\" AND active eq false", FALSE },
  { "or", "userName eq \"x\" OR active eq true", TRUE },
  { "not", "not (userName eq \"x\")", TRUE },
  { "not-any-case", "NOT(userName eq \"bjensen\")", FALSE },
  { "precedence-and-first", "userName eq \"bjensen\" or userName eq \"x\" and active eq false", TRUE },
  { "precedence-and-first-behind", "active eq false and userName eq \"x\" or userName eq \"bjensen\"", TRUE },
  { "precedence-brackets", "(userName eq \"bjensen\" or userName eq \"x\") and active eq false", FALSE },
  { "precedence-not", "not (userName eq \"x\") and active eq false", FALSE },
  { "long-chain", "nickName pr or nickName pr or nickName pr or nickName pr or active eq true", TRUE },
  { "value-path", "emails[type eq \"work\" and value co \"example\"]", TRUE },
  { "value-path-one-element", "emails[type eq \"work\" and value co \"home\"]", FALSE },
  { "not-value-path-any-element", "emails.type eq \"work\" and emails.value co \"home\"", TRUE },
  { "value-path-or", "emails[type eq \"x\" or value sw \"babs\"]", TRUE },
  { "value-path-not", "emails[not (type eq \"work\")]", TRUE },
  { "value-path-pr", "emails[primary pr]", TRUE },
  { "value-path-ne-absent", "emails[primary ne true and type eq \"home\"]", TRUE },
  { "value-path-brackets", "emails[(type eq \"x\" or type eq \"home\") and value pr]", TRUE },
  { "value-path-boolean-text", "emails[primary eq \"True\"]", TRUE },
  { "value-path-simple", MS_URN_EXT_USER ":allowedNetworks[value sw \"192.\"]", TRUE },
  { "value-path-urn", MS_URN_USER ":emails[type eq \"home\"]", TRUE },
  { "value-path-and-more", "emails[type eq \"work\"] and active eq true", TRUE },
  { "value-path-unknown-sub", "emails[colour eq \"red\"]", FALSE },
  { "entra-value-path-sub", "emails[type eq \"work\"].value eq \"bjensen@example.com\"", TRUE },
  { "entra-value-path-sub-other", "emails[type eq \"home\"].value eq \"bjensen@example.com\"", FALSE },
  { "entra-value-path-sub-pr", "emails[type eq \"home\"].primary pr", FALSE },
  { "entra-two", "id eq \"2819c223\" and " MS_URN_ENTERPRISE ":manager eq \"boss-1\"", TRUE },
  { "unknown", "colour eq \"red\"", FALSE },
  { "unknown-pr", "colour pr", FALSE },
  { "unknown-ne", "colour ne \"red\"", TRUE },
  { "unknown-null", "colour eq null", TRUE },
  { "unknown-not", "not (colour eq \"red\")", TRUE },
  { "unknown-or", "colour eq \"red\" or active eq true", TRUE },
  { "unknown-and", "colour eq \"red\" and active eq true", FALSE },
  { "unknown-brackets", "colours[type eq \"red\" and x pr]", FALSE },
  { "unknown-urn", "urn:example:2.0:Car:wheels eq 4", FALSE },
  { "unknown-sub", "name.colour pr", FALSE },
  { "escapes", "displayName eq \"M\\u00fcller, Barbara\"", TRUE },
  { "quote-in-value", "userName eq \"a\\\"] or (\"", FALSE },
  { "brackets-in-value", "emails[value eq \"]\"]", FALSE },
  { "much-space", "  userName   eq\t\"bjensen\"   ", TRUE },
  { "no-space-around-brackets", "(userName eq \"bjensen\")and(active eq true)", TRUE },
};
/* clang-format on */

static void
test_meaning (gconstpointer data)
{
  const Meaning *test = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsFilter) filter = ms_filter_parse (user_type, test->text, &error);

  g_assert_no_error (error);
  g_assert_true (ms_filter_matches (filter, json_node_get_object (user)) == test->matches);

  /* Written and read again it is the same, also as a copy. */
  g_autoptr (MsFilter) copy = ms_filter_copy (filter);
  g_autofree char *text = ms_filter_to_string (copy);
  g_test_message ("%s", text);
  g_autoptr (MsFilter) again = ms_filter_parse (user_type, text, &error);
  g_assert_no_error (error);
  g_autofree char *text_again = ms_filter_to_string (again);
  g_assert_cmpstr (text_again, ==, text);
  g_assert_true (ms_filter_matches (again, json_node_get_object (user)) == test->matches);
}

typedef struct
{
  const char *name;
  const char *text;
  guint       column;
} Refusal;

/* clang-format off */
static const Refusal refusals[] = {
  { "empty", "", 1 },
  { "space", "   ", 4 },
  { "name-only", "userName", 9 },
  { "no-value", "userName eq", 12 },
  { "no-operator", "userName \"x\"", 10 },
  { "unknown-operator", "userName is \"x\"", 10 },
  { "unquoted", "userName eq john", 13 },
  { "single-quotes", "userName eq 'john'", 13 },
  { "quote-not-closed", "userName eq \"john", 13 },
  { "bad-escape", "userName eq \"\\q\"", 13 },
  { "nul-escape", "userName eq \"\\u0000\"", 13 },
  { "object-as-value", "userName eq {}", 13 },
  { "two-terms", "userName pr active pr", 13 },
  { "trailing-and", "userName pr and", 16 },
  { "leading-and", "and userName pr", 5 },
  { "double-and", "userName pr and and active pr", 21 },
  { "bracket-not-closed", "(userName pr", 13 },
  { "bracket-too-many", "userName pr)", 12 },
  { "empty-brackets", "()", 2 },
  { "not-without-brackets", "not userName pr", 5 },
  { "value-path-not-closed", "emails[type eq \"work\"", 22 },
  { "value-path-empty", "emails[]", 8 },
  { "value-path-nested", "emails[type[value eq \"x\"]]", 12 },
  { "value-path-mixed", "emails[type eq \"x\")", 19 },
  { "value-path-sub-without-op", "emails[type eq \"work\"].value", 29 },
  { "value-path-of-meta", "id[value eq \"x\"]", 1 },
  { "value-path-of-schemas", "active eq true and schemas[value eq \"x\"]", 20 },
  { "gt-boolean", "active gt true", 8 },
  { "le-boolean", "active le false", 8 },
  { "co-boolean", "active co true", 8 },
  { "gt-binary", "x509Certificates.value gt \"a\"", 24 },
  { "sw-binary", "x509Certificates.value sw \"a\"", 24 },
  { "boolean-with-text", "active eq \"yes\"", 11 },
  { "string-with-number", "userName eq 5", 13 },
  { "string-with-boolean", "userName eq true", 13 },
  { "time-with-text", "meta.created gt \"yesterday\"", 17 },
  { "time-without-zone", "meta.created gt \"2026-01-01T00:00:00\"", 17 },
  { "co-time", "meta.created co \"2026\"", 14 },
  { "gt-null", "userName gt null", 10 },
  { "complex-without-value", "name eq \"x\"", 1 },
  { "meta-without-sub", "meta eq \"x\"", 1 },
  { "meta-with-urn", MS_URN_USER ":meta eq \"2026-01-01T00:00:00Z\"", 1 },
  { "meta-brackets-location", "meta[location sw \"https\"]", 15 },
  { "meta-location-order", "meta.location gt \"x\"", 15 },
  { "meta-brackets-nested", "meta[created[value pr]]", 6 },
  { "meta-brackets-unclosed", "meta[created pr", 16 },
  { "meta-brackets-sub", "meta[created pr].version pr", 17 },
  { "version-in-order", "meta.version gt \"W/\\\"2\\\"\"", 14 },
  { "secret", "password eq \"x\"", 1 },
  { "secret-pr", "password pr", 1 },
  { "secret-extension", "active eq true or " MS_URN_EXT_USER ":passwordHash sw \"$y$\"", 19 },
  { "bad-name", "user!name pr", 1 },
  { "two-dots", "name..familyName pr", 1 },
  { "dot-at-end", "name. pr", 1 },
  { "digit-first", "9lives pr", 1 },
  { "value-first", "\"bjensen\" eq userName", 1 },
  { "column-counts-characters", "userName eq \"ääää\" und x", 20 },
};
/* clang-format on */

static void
test_refusal (gconstpointer data)
{
  const Refusal *test = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsFilter) filter = ms_filter_parse (user_type, test->text, &error);

  g_assert_null (filter);
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_scim_type (error), ==, "invalidFilter");
  g_assert_cmpstr (ms_error_get_path (error), ==, "filter");
  g_test_message ("%s", error->message);
  g_autofree char *wanted = g_strdup_printf ("filter, column %u: ", test->column);
  g_assert_true (g_str_has_prefix (error->message, wanted));
}

/* What has no value of its own is refused with the names of what has one. */
static void
test_sub_attributes (void)
{
  static const char *const cases[][2] = {
    { "meta eq \"x\"", "meta.created, meta.lastModified" },
    { "name eq \"x\"", "name.formatted, name.familyName" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsFilter) filter = ms_filter_parse (user_type, cases[i][0], &error);

      g_assert_null (filter);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, cases[i][1]));
    }
  g_autoptr (MsFilter) present = ms_filter_parse (user_type, "meta pr", NULL);
  g_assert_nonnull (present);
}

static char *
wrap (const char *before, guint times, const char *core, const char *after)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < times; i++)
    g_string_append (out, before);
  g_string_append (out, core);
  for (guint i = 0; i < times; i++)
    g_string_append (out, after);
  return g_string_free (out, FALSE);
}

static guint
depth_of (const MsFilter *filter)
{
  return filter == NULL ? 0 : 1 + MAX (depth_of (filter->left), depth_of (filter->right));
}

static void
test_bounds (void)
{
  g_autofree char *nested = wrap ("(", 64, "active eq true", ")");
  g_autofree char *deep = wrap ("(", 65, "active eq true", ")");
  g_autofree char *deepest = wrap ("not(", 2000, "active pr", ")");
  g_autofree char *open = g_strnfill (8000, '(');
  g_autofree char *text = g_strnfill (8200, 'x');
  g_autofree char *long_text = g_strconcat ("userName eq \"", text, "\"", NULL);
  g_autoptr (MsFilter) fits = ms_filter_parse (user_type, nested, NULL);
  const char *const bad[] = { deep, deepest, open, long_text, "userName eq \"\xff\"" };

  g_assert_nonnull (fits);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (ms_filter_parse (user_type, bad[i], &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }

  /* A long chain is no deep tree. */
  g_autofree char *chain = wrap ("title pr or ", 600, "active pr", "");
  g_autoptr (MsFilter) balanced = ms_filter_parse (user_type, chain, NULL);
  g_assert_nonnull (balanced);
  g_assert_cmpuint (depth_of (balanced), <=, 12);
  g_assert_true (ms_filter_matches (balanced, json_node_get_object (user)));
  g_autofree char *written = ms_filter_to_string (balanced);
  g_assert_cmpstr (written, ==, chain);
}

static void
test_tree (void)
{
  g_autoptr (MsFilter) filter
             = ms_filter_parse (user_type, "emails[type eq \"work\"] and not (id pr)", NULL);

  g_assert_cmpint (filter->kind, ==, MS_FILTER_AND);
  g_assert_cmpint (filter->left->kind, ==, MS_FILTER_VALUE_PATH);
  g_assert_cmpstr (filter->left->attribute->path, ==, "emails");
  g_assert_cmpstr (filter->left->left->attribute->path, ==, "emails.type");
  g_assert_cmpint (filter->right->kind, ==, MS_FILTER_NOT);
  g_assert_cmpint (filter->right->left->meta, ==, MS_FILTER_META_ID);

  g_autoptr (MsFilter) plain = ms_filter_parse (user_type, "emails co \"x\"", NULL);
  g_assert_cmpstr (plain->attribute->path, ==, "emails.value");
  g_autoptr (MsFilter) flag = ms_filter_parse (user_type, "active eq \"FALSE\"", NULL);
  g_assert_cmpint (json_node_get_value_type (flag->value), ==, G_TYPE_BOOLEAN);
  g_autoptr (MsFilter) nothing = ms_filter_parse (user_type, "colour eq \"red\"", NULL);
  g_assert_cmpint (nothing->kind, ==, MS_FILTER_NOTHING);
}

/* A number that is whole is compared as one, whatever its form; one of more digits than a decimal
 * has is not taken for its neighbour. */
static void
test_exact_numbers (const MsResourceType *mailbox)
{
  static const struct
  {
    const char *literal;
    gint64      number;
  } whole[] = {
    { "9007199254740993.0", 9007199254740993 },   { "-9007199254740993.00", -9007199254740993 },
    { "9007199254740993e0", 9007199254740993 },   { "9.007199254740993E+15", 9007199254740993 },
    { "90071992547409930e-1", 9007199254740993 }, { "9223372036854775807.0", G_MAXINT64 },
    { "-9223372036854775808.0", G_MININT64 },     { "1e18", 1000000000000000000 },
    { "0.00e99999999999999999999", 0 },           { "-0.0", 0 },
  };
  static const char *const refused[] = { "quota eq 9007199254740993.5",
                                         "quota lt 0.99999999999999999999",
                                         "quota gt 1e-400",
                                         "quota eq -4503599627370497.25",
                                         "quota eq 9223372036854775807.5",
                                         "quota eq 9223372036854775808.0" };

  for (guint i = 0; i < G_N_ELEMENTS (whole); i++)
    {
      g_autofree char *text = g_strconcat ("quota eq ", whole[i].literal, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (MsFilter) filter = ms_filter_parse (mailbox, text, &error);
      g_test_message ("%s", text);
      g_assert_no_error (error);
      g_assert_cmpint (json_node_get_value_type (filter->value), ==, G_TYPE_INT64);
      g_assert_cmpint (json_node_get_int (filter->value), ==, whole[i].number);
    }
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      g_test_message ("%s", refused[i]);
      g_assert_null (ms_filter_parse (mailbox, refused[i], &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, "column 10: "));
    }
}

static void
test_numbers (void)
{
  static const Meaning cases[] = {
    { "eq", "quota eq 1000", TRUE },
    { "eq-decimal", "quota eq 1000.0", TRUE },
    { "eq-fraction", "quota eq 1000.5", FALSE },
    { "gt", "quota gt 999", TRUE },
    { "gt-decimal", "quota gt 999.5", TRUE },
    { "lt", "quota lt 1000", FALSE },
    { "ne", "quota ne 1", TRUE },
    { "gt-far", "quota gt 1e30", FALSE },
    { "lt-far", "quota lt -9223372036854775809000", FALSE },
    { "ge", "quota ge 1e3", TRUE },
    { "shifted", "quota eq 100000e-2", TRUE },
    { "zeros", "quota eq 1000.000000000000000000000000000000000000000", TRUE },
  };
  const MsResourceType *mailbox = ms_schema_registry_get_type_by_name (registry, "Mailbox");
  g_autoptr (JsonNode) node = ms_json_parse ("{\"name\":\"x\",\"quota\":1000}", -1, NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MsFilter) filter = ms_filter_parse (mailbox, cases[i].text, NULL);
      g_test_message ("%s", cases[i].text);
      g_assert_nonnull (filter);
      g_assert_true (ms_filter_matches (filter, json_node_get_object (node)) == cases[i].matches);
    }
  g_assert_null (ms_filter_parse (mailbox, "quota co 1", NULL));
  g_assert_null (ms_filter_parse (mailbox, "quota eq \"1000\"", NULL));
  g_assert_null (ms_filter_parse (mailbox, "quota eq 01", NULL));

  /* Next to the greatest there is, as a decimal the same. */
  static const char *const beyond[] = { "quota eq 9223372036854775808",
                                        "quota gt 9223372036854775808",
                                        "quota lt -9223372036854775809" };
  for (guint i = 0; i < G_N_ELEMENTS (beyond); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (ms_filter_parse (mailbox, beyond[i], &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, "64 bits"));
    }
  test_exact_numbers (mailbox);
  g_autoptr (MsFilter) greatest = ms_filter_parse (mailbox, "quota le 9223372036854775807", NULL);
  g_assert_nonnull (greatest);
  g_autoptr (MsFilter) computed = ms_filter_parse (mailbox, "effectiveQuota gt 1", NULL);
  g_assert_nonnull (computed);
}

static void
test_element (void)
{
  const MsAttribute *emails = ms_resource_type_find (user_type, "emails");
  g_autoptr (MsFilter) filter = ms_filter_parse (
      user_type, "emails[type eq \"work\" and not (primary eq true)]", NULL);
  g_autoptr (JsonNode) yes = ms_json_parse ("{\"type\":\"WORK\",\"value\":\"x\"}", -1, NULL, NULL);
  g_autoptr (JsonNode) no = ms_json_parse ("{\"type\":\"work\",\"primary\":true}", -1, NULL, NULL);

  g_assert_true (ms_filter_matches_element (filter->left, emails, yes));
  g_assert_false (ms_filter_matches_element (filter->left, emails, no));
}

/* Of "$ref" the id at its end counts; entries in memory need not have one. */
static void
test_relation_element (void)
{
  static const struct
  {
    const char *filter;
    gboolean    matches;
  } rows[] = {
    { "$ref eq \"https://x.example/scim/v2/Users/ab\"", TRUE },
    { "$ref eq \"ab\"", TRUE },
    { "$ref eq \"/Users/AB\"", FALSE },
    { "$ref eq \"/Users/ab/\"", FALSE },
    { "$ref ne \"/Users/ab\"", FALSE },
    { "$ref ne \"/Users/cd\"", TRUE },
    { "not ($ref eq \"/Users/ab\")", FALSE },
    { "$ref pr", TRUE },
    { "value eq \"AB\"", FALSE },
    { "value ne \"AB\"", TRUE },
  };
  const MsResourceType *group = ms_schema_registry_get_type_by_name (registry, "Group");
  const MsAttribute    *members = ms_resource_type_find (group, "members");
  g_autoptr (JsonNode) element
             = ms_json_parse ("{\"value\":\"ab\",\"type\":\"User\"}", -1, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strdup_printf ("members[%s]", rows[i].filter);
      g_autoptr (MsFilter) filter = ms_filter_parse (group, text, NULL);
      g_test_message ("%s", text);
      g_assert_nonnull (filter);
      g_assert_true (ms_filter_matches_element (filter->left, members, element) == rows[i].matches);
    }
}

/* The same meaning, each part once, "not" at the leaves, what is nested in front. */
static void
test_reduced (void)
{
  static const struct
  {
    const char *text;
    const char *reduced;
  } rows[] = {
    { "title pr", "title pr" },
    { "title pr and title pr", "title pr" },
    { "not (not (title pr))", "title pr" },
    { "title pr or active eq true or title pr", "title pr or active eq true" },
    { "title pr and (active eq true and title pr)", "title pr and active eq true" },
    { "not (title pr and active eq true)", "not (title pr) or not (active eq true)" },
    { "not (title pr or not (active eq true))", "not (title pr) and active eq true" },
    { "title pr and (active eq true or id pr)", "(active eq true or id pr) and title pr" },
    { "title pr or not (active eq true or not (id pr))",
      "not (active eq true) and id pr or title pr" },
    { "(title pr or title pr) and id pr", "title pr and id pr" },
    { "(title pr and id pr or id pr and title pr and id pr) and active eq true",
      "(title pr and id pr or id pr and title pr) and active eq true" },
    { "(title pr and id pr or title pr and id pr) and title pr", "title pr and id pr" },
    { "not (emails[not (type eq \"a\" or value pr)])",
      "not (emails[not (type eq \"a\") and not (value pr)])" },
    { "emails[type eq \"a\" and type eq \"a\"]", "emails[type eq \"a\"]" },
    { "not (colour eq \"red\")", "not (urn:none:none pr)" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (MsFilter) filter = ms_filter_parse (user_type, rows[i].text, NULL);
      g_autoptr (MsFilter) reduced = ms_filter_reduce (filter);
      g_autofree char *text = ms_filter_to_string (reduced);
      g_assert_cmpstr (text, ==, rows[i].reduced);
    }
  g_assert_null (ms_filter_reduce (NULL));
}

static void
test_quote (void)
{
  g_autofree char *quoted = ms_filter_quote ("a\"b\\c\nü");
  g_autofree char *text = g_strconcat ("userName eq ", quoted, NULL);
  g_autoptr (MsFilter) filter = ms_filter_parse (user_type, text, NULL);

  g_assert_nonnull (filter);
  g_assert_cmpstr (json_node_get_string (filter->value), ==, "a\"b\\c\nü");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  registry = ms_schema_registry_new_builtin ();
  user_type = ms_schema_registry_get_type_by_name (registry, "User");
  user = ms_json_parse (user_json, -1, NULL, NULL);
  g_assert_nonnull (user);

  for (guint i = 0; i < G_N_ELEMENTS (meanings); i++)
    {
      g_autofree char *name = g_strconcat ("/filter/meaning/", meanings[i].name, NULL);
      g_test_add_data_func (name, &meanings[i], test_meaning);
    }
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *name = g_strconcat ("/filter/refused/", refusals[i].name, NULL);
      g_test_add_data_func (name, &refusals[i], test_refusal);
    }
  g_test_add_func ("/filter/sub-attributes", test_sub_attributes);
  g_test_add_func ("/filter/bounds", test_bounds);
  g_test_add_func ("/filter/tree", test_tree);
  g_test_add_func ("/filter/numbers", test_numbers);
  g_test_add_func ("/filter/element", test_element);
  g_test_add_func ("/filter/relation-element", test_relation_element);
  g_test_add_func ("/filter/reduced", test_reduced);
  g_test_add_func ("/filter/quote", test_quote);

  int status = g_test_run ();
  json_node_unref (user);
  ms_schema_registry_unref (registry);
  return status;
}
