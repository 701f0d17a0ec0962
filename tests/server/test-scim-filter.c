/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Filters over the wire (RFC 7644 §3.4.2.2). The language itself is tested in tests/core, SQL
 * against memory in tests/store.
 */
#include "scim-case.h"
#include <string.h>

/* Brackets within brackets that a filter may have. */
#define MAX_NESTED 64

/* clang-format off: one row, one line */
static const ScimCase cases[] = {

  { "not-without-brackets",
    "GET",
    "/scim/v2/Users?filter=not%20userName%20eq%20%22x%22",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"filter\"" },
  { "meta-alone",
    "GET",
    "/scim/v2/Users?filter=meta%20eq%20%22x%22",
    NULL,
    NULL,
    400,
    NULL,
    "column 1: “meta” has no value of its own" },
  { "meta-alone-all-types",
    "GET",
    "/scim/v2?filter=meta%20eq%20%22x%22",
    NULL,
    NULL,
    400,
    NULL,
    "column 1: “meta” has no value of its own" },
  { "position-in-export",
    "GET",
    "/api/v1/export?type=User&filter=userName%20like%20%22x%22",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"filter\"" },
  { "nested-brackets",
    "GET",
    "/scim/v2/Users?filter=emails%5Btype%5Bvalue%20eq%20%22x%22%5D%5D",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "gt-binary",
    "GET",
    "/scim/v2/Users?filter=x509Certificates.value%20gt%20%22QQ%3D%3D%22",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "computed",
    "GET",
    "/scim/v2/Mailboxes?filter=effectiveQuota%20gt%205",
    NULL,
    NULL,
    200,
    NULL,
    "totalResults" },
  { "meta-location",
    "GET",
    "/scim/v2/Users?filter=meta.location%20pr%20and%20meta.location%20ne%20%22a/b%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"userName\"" },
  { "meta-location-part",
    "GET",
    "/scim/v2/Users?filter=meta.location%20co%20%22Users%22",
    NULL,
    NULL,
    400,
    NULL,
    "filter, column 15: eq and ne only go with this attribute" },
  { "meta-in-brackets-unknown",
    "GET",
    "/scim/v2/Users?filter=meta%5Bcolour%20pr%5D",
    NULL,
    NULL,
    200,
    "x-mailstead-ignored: meta.colour",
    "\"totalResults\":0" },
  { "meta-in-brackets-location",
    "GET",
    "/scim/v2/Users?filter=meta%5Blocation%20sw%20%22https%22%5D",
    NULL,
    NULL,
    400,
    NULL,
    "filter, column 15: eq and ne only" },
  { "id-in-brackets",
    "GET",
    "/scim/v2/Users?filter=id%5Bvalue%20pr%5D",
    NULL,
    NULL,
    400,
    NULL,
    "brackets are not for" },
  { "schemas-in-brackets",
    "GET",
    "/scim/v2/Users?filter=schemas%5Bvalue%20pr%5D",
    NULL,
    NULL,
    400,
    NULL,
    "filter, column 1: brackets are not for a common attribute" },
  { "version-in-order",
    "GET",
    "/scim/v2/Users?filter=meta.version%20gt%20%22W/%5C%221%5C%22%22",
    NULL,
    NULL,
    400,
    NULL,
    "eq and ne only" },
  { "unfinished",
    "GET",
    "/scim/v2/Users?filter=userName%20eq",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "empty", "GET", "/scim/v2/Users?filter=", NULL, NULL, 400, NULL, "invalidFilter" },
  { "bad-attribute",
    "GET",
    "/scim/v2/Users?filter=user..Name%20eq%20%22x%22",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "wrong-kind-of-value",
    "GET",
    "/scim/v2/Users?filter=userName%20eq%205",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "unclosed-quote",
    "GET",
    "/scim/v2/Users?filter=userName%20eq%20%22x",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "unclosed-bracket",
    "GET",
    "/scim/v2/Users?filter=emails%5Btype%20eq%20%22x%22",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "unknown-operator",
    "GET",
    "/scim/v2/Users?filter=userName%20like%20%22x%22",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "unknown-attribute",
    "GET",
    "/scim/v2/Users?filter=colour%20eq%20%22red%22",
    NULL,
    NULL,
    200,
    "x-mailstead-ignored: colour",
    "\"totalResults\":0" },
  { "extension-present",
    "GET",
    "/scim/v2/Users?filter=urn:ietf:params:scim:schemas:extension:mailstead:2.0:User%20pr"
    "%20and%20userName%20eq%20%22admin%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "extension-absent",
    "GET",
    "/scim/v2/?filter=" MS_URN_ENTERPRISE "%20pr%20and%20userName%20eq%20%22admin%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "extension-compared",
    "GET",
    "/scim/v2/Users?filter=" MS_URN_ENTERPRISE "%20eq%20%22x%22",
    NULL,
    NULL,
    400,
    NULL,
    "is a schema and has no value" },
  { "extension-in-brackets",
    "GET",
    "/scim/v2/Users?filter=" MS_URN_ENTERPRISE "%5Bdepartment%20pr%5D",
    NULL,
    NULL,
    400,
    NULL,
    "is a schema and has no value" },
  { "password",
    "GET",
    "/scim/v2/Users?filter=password%20sw%20%22a%22",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "gt-boolean",
    "GET",
    "/scim/v2/Users?filter=active%20gt%20true",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "precedence",
    "GET",
    "/scim/v2/"
    "Users?filter=userName%20eq%20%22nobody%22%20and%20active%20eq%20true%20or%20userName%20eq%20%"
    "22admin%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "not",
    "GET",
    "/scim/v2/Domains?filter=not%20(name%20eq%20%22harbour.example%22)",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "pr", "GET", "/scim/v2/Domains?filter=name%20pr", NULL, NULL, 200, NULL, "\"totalResults\":1" },
  { "wildcards-are-text",
    "GET",
    "/scim/v2/Users?filter=userName%20co%20%22%25%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "urn",
    "GET",
    "/scim/v2/Users?filter=" MS_URN_USER ":userName%20eq%20%22admin%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "entra-and",
    "GET",
    "/scim/v2/Groups?filter=id%20eq%20%22g%22%20and%20members%20eq%20%22u%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "last-modified",
    "GET",
    "/scim/v2/Domains?filter=meta.lastModified%20gt%20%222020-01-01T00:00:00%2B02:00%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
};
/* clang-format on */

/* One population, and how many each filter finds. */
static void
test_meaning (void)
{
  static const struct
  {
    const char *filter;
    gint64      count;
  } rows[] = {
    { "userName sw \"fm.\"", 4 },
    { "userName SW \"FM.\" AND active EQ TRUE", 3 },
    { "userName sw \"fm.\" and active eq \"False\"", 1 },
    /* and before or, not before and */
    { "userName eq \"fm.a\" or userName eq \"fm.b\" and active eq false", 1 },
    { "(userName eq \"fm.a\" or userName eq \"fm.b\") and active eq false", 0 },
    { "userName sw \"fm.\" and not (active eq false or userName eq \"fm.a\")", 2 },
    /* of several values one must do; "value" where no sub-attribute is named */
    { "userName sw \"fm.\" and emails co \"@x.example\"", 2 },
    { "userName sw \"fm.\" and emails.type eq \"WORK\"", 2 },
    { "emails[type eq \"work\" and value co \"fm.a\"]", 1 },
    { "emails[type eq \"home\" and value co \"fm.a@\"]", 0 },
    { "emails[type eq \"home\" or (type eq \"work\" and not (value sw \"fm.a\"))] and userName sw "
      "\"fm.\"",
      1 },
    { "userName sw \"fm.\" and emails.type ne \"work\"", 3 },
    /* absent, null, [] and "" */
    { "userName sw \"fm.\" and emails pr", 2 },
    { "userName sw \"fm.\" and not (emails pr)", 2 },
    { "userName sw \"fm.\" and title eq null", 3 },
    { "userName sw \"fm.\" and title ne null", 1 },
    { "userName sw \"fm.\" and title ne \"Boss\"", 3 },
    { "userName sw \"fm.\" and nickName pr", 0 },
    /* strings are JSON's */
    { "title eq \"B\\u006fss\"", 1 },
    { "displayName eq \"a\\\"b\\\\c\"", 1 },
    { "displayName co \"_\" and userName sw \"fm.\"", 0 },
    { "displayName ew \"C\" and userName sw \"fm.\"", 1 },
    { "displayName ew \"\\\\c\" and displayName sw \"A\\\"\"", 1 },
    /* times are instants */
    { "userName sw \"fm.\" and " MS_URN_EXT_USER ":validFrom eq \"2026-01-01T02:00:00+02:00\"", 1 },
    { "userName sw \"fm.\" and " MS_URN_EXT_USER ":validFrom lt \"2026-01-01T00:00:01Z\"", 1 },
    { "userName sw \"fm.\" and meta.created gt \"2020-01-01T00:00:00Z\"", 4 },
    { "userName sw \"fm.\" and meta.version eq \"W/\\\"1\\\"\"", 4 },
    { "userName sw \"fm.\" and meta.version sw \"W/\"", 4 },
    { "userName sw \"fm.\" and meta.version co \"1\"", 4 },
    { "userName sw \"fm.\" and meta.version ew \"2\\\"\"", 0 },
    { "userName sw \"fm.\" and meta.version co \"w/\"", 0 },
    { "userName sw \"fm.\" and meta.resourceType eq \"User\"", 4 },
    { "userName sw \"fm.\" and meta.resourceType eq \"USER\"", 0 },
    { "userName sw \"fm.\" and meta.resourceType sw \"us\"", 0 },
    { "userName sw \"fm.\" and " MS_URN_ENTERPRISE " pr", 1 },
    { "userName sw \"fm.\" and not (" MS_URN_ENTERPRISE " pr)", 3 },
    { "userName sw \"fm.\" and " MS_URN_USER " pr", 4 },
    { "userName sw \"fm.\" and meta[created gt \"2020-01-01T00:00:00Z\" and resourceType eq "
      "\"User\"]",
      4 },
    { "userName sw \"fm.\" and meta[not (version eq \"W/\\\"1\\\"\") or resourceType eq \"Group\"]",
      0 },
    /* schemas follow from what is there */
    { "userName sw \"fm.\" and schemas eq \"" MS_URN_USER "\"", 4 },
    { "userName sw \"fm.\" and schemas eq \"" MS_URN_ENTERPRISE "\"", 1 },
    { "userName sw \"fm.\" and schemas co \"mailstead\"", 1 },
    { "userName sw \"fm.\" and schemas eq \"urn:example:none\"", 0 },
    /* relations, both ways */
    { "groups.display eq \"FM crew\"", 2 },
    { "groups[display eq \"fm crew\" and type eq \"direct\"] and userName eq \"fm.a\"", 1 },
    { MS_URN_ENTERPRISE ":manager.displayName eq \"fm.a\"", 1 },
    { "userName sw \"fm.\" and " MS_URN_ENTERPRISE ":manager pr", 1 },
  };
  g_autofree char *a = make_object (scim_harbour,
                                    "/scim/v2/Users",
                                    "{\"userName\":\"fm.a\",\"displayName\":\"a\\\"b\\\\c\","
                                    "\"title\":\"Boss\",\"emails\":[{\"value\":"
                                    "\"fm.a@x.example\",\"type\":\"work\"}]}");
  g_autofree char *b_body
      = g_strdup_printf ("{\"userName\":\"fm.b\",\"emails\":[{\"value\":\"fm.b@x.example\","
                         "\"type\":\"work\"},{\"value\":"
                         "\"fm.b@y.example\",\"type\":\"home\"}],\"" MS_URN_ENTERPRISE
                         "\":{\"manager\":{\"value\":\"%s\"}}}",
                         a);
  g_autofree char *b = make_object (scim_harbour, "/scim/v2/Users", b_body);
  g_autofree char *c = make_object (
      scim_harbour, "/scim/v2/Users", "{\"userName\":\"fm.c\",\"active\":false,\"emails\":[]}");
  g_autofree char *d = make_object (scim_harbour,
                                    "/scim/v2/Users",
                                    "{\"userName\":\"fm.d\",\"nickName\":\"\",\"" MS_URN_EXT_USER
                                    "\":{\"validFrom\":\"2026-01-01T00:00:00Z\"}}");
  g_autofree char *crew = g_strdup_printf (
      "{\"displayName\":\"FM crew\",\"members\":[{\"value\":\"%s\"},{\"value\":\"%s\"}]}", a, c);
  g_autofree char *list = make_object (scim_harbour, "/scim/v2/Groups", crew);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].filter);
      g_assert_cmpint (scim_count ("/scim/v2/Users", rows[i].filter), ==, rows[i].count);
    }
  g_autofree char *both = g_strdup_printf (
      "members eq \"%s\" and members[value eq \"%s\" and type eq \"User\"]", a, c);
  g_assert_cmpint (scim_count ("/scim/v2/Groups", both), ==, 1);
  g_autofree char *none = g_strdup_printf ("members.value eq \"%s\"", d);
  g_assert_cmpint (scim_count ("/scim/v2/Groups", none), ==, 0);
}

/* Names are kept trimmed and domains in one of two spellings: who is told that there is one finds
 * it by what was sent. */
static void
test_names (void)
{
  static const struct
  {
    const char *path;
    const char *filter;
    gint64      count;
  } rows[] = {
    { "Users", "userName eq \"  fn.Ann\u3000Lee \"", 1 },
    { "Users", "userName eq \" fn.ann lee\"", 1 },
    { "Users", "userName ne \" fn.ann lee \" and userName sw \"fn.\"", 0 },
    { "Users", "userName sw \"  fn.ann\"", 1 },
    { "Users", "userName sw \"fn.ann \"", 1 },
    { "Users", "userName sw \"fn.ann lee \"", 0 },
    { "Users", "userName ew \"lee  \"", 1 },
    { "Users", "userName ew \" lee\"", 1 },
    { "Users", "userName co \" lee\"", 1 },
    { "Users", "userName ge \" fn.ann lee\" and userName le \"\u2028fn.ann lee \"", 1 },
    { "Users", "userName eq \"   \"", 0 },
    { "Groups", "displayName eq \" FN  crew \"", 0 },
    { "Groups", "displayName eq \" FN crew \"", 1 },
    { "Domains", "name eq \" b\u00fccher.example\"", 1 },
    { "Domains", "name eq \"XN--bcher-kva.example\"", 1 },
    { "Domains", "name ne \"xn--bcher-kva.example\" and name sw \"b\u00fc\"", 0 },
    { "Domains", "name eq \"xn--caf-dma.example\"", 1 },
    { "Domains", "name eq \"caf\u00e9.example\"", 1 },
    { "Groups", MS_URN_EXT_GROUP ":address eq \"fn@xn--bcher-kva.example\"", 1 },
    { "Groups", MS_URN_EXT_GROUP ":aliases eq \" fn2@xn--bcher-kva.example\"", 1 },
    { "Groups", MS_URN_EXT_GROUP ":address eq \"FN@b\u00fccher.example\"", 1 },
  };
  g_autofree char *user
      = make_object (scim_harbour, "/scim/v2/Users", "{\"userName\":\"  fn.Ann\\u3000Lee \"}");
  g_autoptr (Answer) again
             = scim ("POST", "/scim/v2/Users", "{\"userName\":\"\\u2003fn.ann lee\"}", NULL);
  assert_status (again, 409);
  g_autofree char *domain
      = make_object (scim_harbour, "/scim/v2/Domains", "{\"name\":\"b\u00fccher.example\"}");
  g_autofree char *labels
      = make_object (scim_harbour, "/scim/v2/Domains", "{\"name\":\"xn--caf-dma.example\"}");
  g_autofree char *list = make_object (
      scim_harbour,
      "/scim/v2/Groups",
      "{\"displayName\":\"FN crew\",\"" MS_URN_EXT_GROUP
      "\":{\"address\":\"fn@b\u00fccher.example\",\"aliases\":[\"fn2@b\u00fccher.example\"]}}");

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/scim/v2/", rows[i].path, NULL);
      g_test_message ("%s %s", path, rows[i].filter);
      g_assert_cmpint (scim_count (path, rows[i].filter), ==, rows[i].count);
    }
}

/* In names of domains, and behind the @ of addresses, ß is not ss; before it it is, as anywhere. */
static void
test_near_domains (void)
{
  static const struct
  {
    const char *path;
    const char *filter;
    gint64      count;
  } rows[] = {
    { "Domains", "name eq \"FN-WEISS.example\"", 1 },
    { "Domains", "name eq \"fn-weiß.example\" and description eq \"other\"", 1 },
    { "Domains", "name eq \"XN--fn-wei-gta.example\" and description eq \"other\"", 1 },
    { "Domains", "name ne \"xn--fn-wei-gta.example\" and name sw \"fn-wei\"", 1 },
    { "Domains", "name sw \"fn-weiß\"", 1 },
    { "Domains", "name co \"-weiß.\"", 1 },
    { "Domains", "name co \"-weiss.\"", 1 },
    { "Domains", "name ew \"-weiß.example\"", 1 },
    { "Domains", "not (name ew \"-weiß.example\") and name sw \"fn-wei\"", 1 },
    { "Groups", MS_URN_EXT_GROUP ":address eq \"FNSTRASSE@fn-weiß.example\"", 1 },
    { "Groups", MS_URN_EXT_GROUP ":address eq \"fnstraße@xn--fn-wei-gta.example\"", 1 },
    { "Groups", MS_URN_EXT_GROUP ":address eq \"fnstraße@fn-weiss.example\"", 0 },
    { "Groups", MS_URN_EXT_GROUP ":address sw \"fnstraß\"", 1 },
    { "Groups", MS_URN_EXT_GROUP ":address sw \"fnstrasse@fn-weiß\"", 1 },
    { "Groups", MS_URN_EXT_GROUP ":address co \"nstraße\"", 1 },
    { "Groups", MS_URN_EXT_GROUP ":address co \"n-weiß\"", 1 },
    { "Groups", MS_URN_EXT_GROUP ":address co \"n-weiss\"", 0 },
    { "Groups", MS_URN_EXT_GROUP ":address ew \"n-weiß.example\"", 1 },
    { "Groups", MS_URN_EXT_GROUP ":address ew \"n-weiss.example\"", 0 },
    { "Groups",
      MS_URN_EXT_GROUP ":address ge \"fnstraße\" and " MS_URN_EXT_GROUP ":address lt \"fnstraßf\"",
      1 },
    { "Users", "emails.value eq \"FNSTRASSE@FN-WEIß.example\"", 1 },
    { "Users", "emails[type eq \"work\"].value eq \"fnstraße@xn--fn-wei-gta.example\"", 1 },
    { "Users", "emails[value eq \"fnstraße@fn-weiss.example\"]", 0 },
    { "Users", MS_URN_EXT_USER ":mailboxes.address eq \"fnw@fn-weiß.example\"", 1 },
    { "Users", MS_URN_EXT_USER ":mailboxes.address eq \"fnw@xn--fn-wei-gta.example\"", 1 },
    { "Users", MS_URN_EXT_USER ":mailboxes.address eq \"fnw@fn-weiss.example\"", 0 },
    { "Users", MS_URN_EXT_USER ":mailboxes.address ew \"@fn-weiß.example\"", 1 },
    { "Mailboxes", "domain eq \"fn-weiß.example\"", 1 },
    { "Mailboxes", "domain eq \"xn--fn-wei-gta.example\"", 1 },
    { "Mailboxes", "domain eq \"fn-weiss.example\"", 0 },
    { "Mailboxes", "forwardTo eq \"a@xn--fn-gro-gta.example\"", 1 },
    { "Mailboxes", "forwardTo eq \"a@fn-groß.example\"", 1 },
    { "Mailboxes", "forwardTo eq \"a@fn-gross.example\"", 0 },
  };
  g_autofree char *one
      = make_object (scim_harbour, "/scim/v2/Domains", "{\"name\":\"fn-weiss.example\"}");
  g_autofree char *other = make_object (
      scim_harbour, "/scim/v2/Domains", "{\"name\":\"fn-weiß.example\",\"description\":\"other\"}");
  g_autofree char *list = make_object (scim_harbour,
                                       "/scim/v2/Groups",
                                       "{\"displayName\":\"FN near\",\"" MS_URN_EXT_GROUP
                                       "\":{\"address\":\"fnstraße@fn-weiß.example\"}}");
  g_autofree char *user = make_object (scim_harbour,
                                       "/scim/v2/Users",
                                       "{\"userName\":\"fn.near\",\"emails\":[{\"type\":\"work\","
                                       "\"value\":\"fnstraße@fn-weiß.example\"}]}");
  g_autofree char *box = g_strdup_printf (
      "{\"name\":\"fnw\",\"domain\":\"xn--fn-wei-gta.example\",\"owner\":{\"value\":\"%s\"},"
      "\"forwardTo\":[\"a@fn-groß.example\"]}",
      user);
  g_autofree char *made = make_object (scim_harbour, "/scim/v2/Mailboxes", box);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/scim/v2/", rows[i].path, NULL);
      g_test_message ("%s %s", path, rows[i].filter);
      g_assert_cmpint (scim_count (path, rows[i].filter), ==, rows[i].count);
    }
}

/* Too deep, too long: an answer, not a full stack. */
static void
test_limits (void)
{
  g_autofree char  *open = g_strnfill (200, '(');
  g_autofree char  *close = g_strnfill (200, ')');
  g_autofree char  *deep = g_strdup_printf ("%suserName pr%s", open, close);
  g_autofree char  *long_text = g_strnfill (9000, 'a');
  g_autofree char  *too_long = g_strdup_printf ("userName eq \"%s\"", long_text);
  const char *const filters[] = { deep, too_long };

  for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_autoptr (JsonObject) search = json_object_new ();
      json_object_set_string_member (search, "filter", filters[i]);
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), search);
      g_autofree char *body = json_to_string (node, FALSE);
      g_autoptr (Answer) answer = scim ("POST", "/scim/v2/Users/.search", body, NULL);
      assert_status (answer, 400);
      g_assert_cmpstr (get_text (answer, "scimType"), ==, "invalidFilter");
    }
  g_autoptr (GString) wide = g_string_new ("userName eq \"admin\"");
  while (wide->len < 8000)
    g_string_append (wide, " or title eq \"x\"");
  g_autoptr (JsonObject) search = json_object_new ();
  json_object_set_string_member (search, "filter", wide->str);
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), search);
  g_autofree char *body = json_to_string (node, FALSE);
  g_autoptr (Answer) answer = scim ("POST", "/scim/v2/Users/.search", body, NULL);
  assert_status (answer, 200);
}

static Answer *
search_for (const char *path, const char *filter)
{
  g_autoptr (JsonObject) search = json_object_new ();

  json_object_set_string_member (search, "filter", filter);
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), search);
  g_autofree char *body = json_to_string (node, FALSE);
  return scim ("POST", path, body, NULL);
}

/* @count brackets, of every mix of "and", "or" and "not", around @core. @mix: of bits */
static char *
nest (const char *core, const char *other, guint count, guint mix)
{
  char *filter = g_strdup (core);

  for (guint depth = 0; depth < count; depth++)
    {
      const char      *open = mix & 1 && depth % 2 == 0 ? "(" : "not (";
      const char      *word = (mix & 2 ? depth / 2 : depth) % 2 == 0 ? " and " : " or ";
      g_autofree char *inner = filter;
      filter = mix & 4 ? g_strconcat (open, other, word, inner, ")", NULL)
                       : g_strconcat (open, inner, word, other, ")", NULL);
    }
  return filter;
}

static void
test_nested (void)
{
  for (guint mix = 0; mix < 8; mix++)
    {
      g_autofree char  *plain = nest ("userName eq \"admin\"", "title pr", MAX_NESTED, mix);
      g_autofree char  *path = nest ("emails[type ne \"x\"]", "title pr", MAX_NESTED, mix);
      g_autofree char  *parts = nest ("type ne \"x\"", "value pr", MAX_NESTED - 1, mix);
      g_autofree char  *inside = g_strdup_printf ("emails[%s]", parts);
      const char *const filters[] = { plain, path, inside };
      for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
        {
          g_test_message ("%s", filters[i]);
          g_autoptr (Answer) users = search_for ("/scim/v2/Users/.search", filters[i]);
          assert_status (users, 200);
          g_autoptr (Answer) all = search_for ("/scim/v2/.search", filters[i]);
          assert_status (all, 200);
          g_autofree char *export
              = scim_query ("/api/v1/export?type=User", "filter", filters[i], NULL);
          g_autoptr (Answer) exported = scim ("GET", export, NULL, NULL);
          assert_status (exported, 200);
          assert_holds (exported, "userName");
        }
    }
}

static void
add (void)
{
  scim_add ("filter/meaning", test_meaning);
  scim_add ("filter/limits", test_limits);
  scim_add ("filter/nested", test_nested);
  scim_add_cases ("filter", cases, G_N_ELEMENTS (cases));
  /* It makes domains, which the cases count. */
  scim_add ("filter/names", test_names);
  scim_add ("filter/near-domains", test_near_domains);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
