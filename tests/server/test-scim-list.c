/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists: paging by index, order, projection, and /.search (RFC 7644 §3.4.2, §3.4.3).
 */
#include "scim-case.h"
#include <string.h>

/* clang-format off: one row, one line */
static const ScimCase cases[] = {

  { "attributes-keep-schemas",
    "GET",
    "/scim/v2/Users?attributes=userName",
    NULL,
    NULL,
    200,
    NULL,
    "\"schemas\":[\"" MS_URN_USER "\"],\"id\":",
    "\"active\"" },
  { "attributes-part-of-meta",
    "GET",
    "/scim/v2/Users?attributes=meta.VERSION",
    NULL,
    NULL,
    200,
    NULL,
    "\"meta\":{\"version\":\"W/\\\"1\\\"\"}",
    "resourceType" },
  { "excluded-part-of-meta",
    "GET",
    "/scim/v2/Users?excludedAttributes=meta.version,meta.created,meta.lastModified",
    NULL,
    NULL,
    200,
    NULL,
    "\"meta\":{\"resourceType\":\"User\",\"location\":\"https:",
    "lastModified" },
  { "excluded-whole-meta",
    "GET",
    "/scim/v2/Users?excludedAttributes=meta",
    NULL,
    NULL,
    200,
    NULL,
    "\"userName\"",
    "\"meta\"" },
  { "attributes-in-any-case",
    "GET",
    "/scim/v2/Users?attributes=USERNAME",
    NULL,
    NULL,
    200,
    NULL,
    "\"userName\"",
    "\"active\"" },
  { "attributes-core-urn",
    "GET",
    "/scim/v2/Users?attributes=" MS_URN_USER ":userName",
    NULL,
    NULL,
    200,
    NULL,
    "\"userName\"",
    "\"active\"" },
  { "excluded-never-id",
    "GET",
    "/scim/v2/Users?excludedAttributes=id,schemas,userName",
    NULL,
    NULL,
    200,
    NULL,
    "\"schemas\":[\"" MS_URN_USER "\"],\"id\":",
    "\"userName\"" },
  { "attributes-common-with-urn",
    "GET",
    "/scim/v2/Users?attributes=" MS_URN_USER ":meta.version",
    NULL,
    NULL,
    200,
    NULL,
    "\"meta\":{\"version\":",
    "\"userName\"" },
  { "excluded-common-with-urn",
    "GET",
    "/scim/v2/Users?excludedAttributes=" MS_URN_USER ":META.location",
    NULL,
    NULL,
    200,
    NULL,
    "\"version\"",
    "\"location\"" },
  { "attributes-unknown-all-types",
    "GET",
    "/scim/v2/?attributes=nope2,userName,displayName,meta.nope," MS_URN_USER ":userName",
    NULL,
    NULL,
    200,
    "x-mailstead-ignored: nope2, meta.nope",
    "\"userName\"" },
  { "excluded-unknown-all-types",
    "GET",
    "/scim/v2/?excludedAttributes=nope2,quota," MS_URN_EXT_USER,
    NULL,
    NULL,
    200,
    "x-mailstead-ignored: nope2",
    "\"userName\"" },
  { "excluded-extension",
    "GET",
    "/scim/v2/Users?excludedAttributes=" MS_URN_EXT_USER,
    NULL,
    NULL,
    200,
    NULL,
    "\"userName\"",
    "mailstead:2.0:User" },
  { "sort-computed",
    "GET",
    "/scim/v2/Mailboxes?sortBy=effectiveQuota",
    NULL,
    NULL,
    200,
    NULL,
    "Resources" },
  { "sort-many-links",
    "GET",
    "/scim/v2/Groups?sortBy=members",
    NULL,
    NULL,
    200,
    NULL,
    "Resources" },
  { "sort-complex-without-value",
    "GET",
    "/scim/v2/Users?sortBy=name",
    NULL,
    NULL,
    400,
    NULL,
    "sub-attributes" },
  { "sort-version",
    "GET",
    "/scim/v2/Users?sortBy=meta.version",
    NULL,
    NULL,
    200,
    NULL,
    "Resources" },
  { "sort-location",
    "GET",
    "/scim/v2/Users?sortBy=META.location",
    NULL,
    NULL,
    200,
    NULL,
    "Resources" },
  { "sort-meta-whole",
    "GET",
    "/scim/v2/Users?sortBy=meta",
    NULL,
    NULL,
    400,
    NULL,
    "name meta.created, meta.lastModified or another" },
  { "sort-schemas", "GET", "/scim/v2/Users?sortBy=schemas", NULL, NULL, 200, NULL, "Resources" },
  { "sort-type", "GET", "/scim/v2?sortBy=meta.resourceType", NULL, NULL, 200, NULL, "Resources" },
  { "sort-with-urn",
    "GET",
    "/scim/v2/Users?sortBy=" MS_URN_USER ":meta.created",
    NULL,
    NULL,
    200,
    NULL,
    "Resources" },
  { "sort-relation", "GET", "/scim/v2/Mailboxes?sortBy=owner", NULL, NULL, 200, NULL, NULL },
  { "search-type-by-post-only",
    "GET",
    "/scim/v2/Users/.search",
    NULL,
    NULL,
    405,
    "allow: POST, OPTIONS",
    NULL },
  { "list", "GET", "/scim/v2/Users", NULL, NULL, 200, NULL, "ListResponse" },
  { "zero-hits",
    "GET",
    "/scim/v2/Users?filter=userName%20eq%20%22nobody%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "eq-folds",
    "GET",
    "/scim/v2/Users?filter=userName%20eq%20%22ADMIN%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "plus-is-space",
    "GET",
    "/scim/v2/Users?filter=userName+eq+%22admin%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "count-0",
    "GET",
    "/scim/v2/Users?count=0",
    NULL,
    NULL,
    200,
    NULL,
    "\"itemsPerPage\":0",
    "\"userName\"" },
  { "count-negative",
    "GET",
    "/scim/v2/Users?count=-5",
    NULL,
    NULL,
    200,
    NULL,
    "\"itemsPerPage\":0" },
  { "start-0", "GET", "/scim/v2/Users?startIndex=0", NULL, NULL, 200, NULL, "\"startIndex\":1" },
  { "start-negative",
    "GET",
    "/scim/v2/Users?startIndex=-3",
    NULL,
    NULL,
    200,
    NULL,
    "\"startIndex\":1" },
  { "beyond-end",
    "GET",
    "/scim/v2/Domains?startIndex=1000",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1",
    "\"name\"" },
  { "start-not-a-number",
    "GET",
    "/scim/v2/Users?startIndex=abc",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"startIndex\"" },
  { "count-not-a-number",
    "GET",
    "/scim/v2/Users?count=1.5",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"count\"" },
  { "count-twice",
    "GET",
    "/scim/v2/Users?count=1&count=2",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"count\"" },
  { "sort-order",
    "GET",
    "/scim/v2/Users?sortBy=userName&sortOrder=sideways",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"sortOrder\"" },
  { "sort-unknown",
    "GET",
    "/scim/v2/Users?sortBy=colour",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"sortBy\"" },
  { "sort-password",
    "GET",
    "/scim/v2/Users?sortBy=password",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"sortBy\"" },
  { "sort-meta",
    "GET",
    "/scim/v2/Users?sortBy=meta.lastModified&sortOrder=descending",
    NULL,
    NULL,
    200,
    NULL,
    NULL },
  { "sort-complex", "GET", "/scim/v2/Users?sortBy=emails", NULL, NULL, 200, NULL, NULL },
  { "both-projections",
    "GET",
    "/scim/v2/Users?attributes=userName&excludedAttributes=title",
    NULL,
    NULL,
    400,
    NULL,
    "excludedAttributes" },
  { "attributes-keep-id",
    "GET",
    "/scim/v2/Users?attributes=displayName",
    NULL,
    NULL,
    200,
    NULL,
    "\"id\":",
    "\"userName\"" },
  { "attributes-urn",
    "GET",
    "/scim/v2/Users?attributes=" MS_URN_EXT_USER ":role",
    NULL,
    NULL,
    200,
    NULL,
    "\"role\":\"administrator\"",
    "\"userName\"" },
  { "password-wanted",
    "GET",
    "/scim/v2/Users?attributes=password",
    NULL,
    NULL,
    200,
    NULL,
    NULL,
    "password\"" },
  { "search", "GET", "/scim/v2/Users?search=ADMINIS", NULL, NULL, 200, NULL, "\"totalResults\":1" },
  { "tenant-flag", "GET", "/scim/v2/Users?aadOptscim062020", NULL, NULL, 200, NULL, NULL },
  { "bad-escape",
    "GET",
    "/scim/v2/Users?filter=%zz",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"filter\"" },
  { "search-post",
    "POST",
    "/scim/v2/Users/.search",
    "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:SearchRequest\"],\"filter\":\"userName "
    "eq \\\"admin\\\"\",\"attributes\":[\"userName\"],\"count\":1}",
    NULL,
    200,
    NULL,
    "\"totalResults\":1",
    "\"active\"" },
  { "search-post-wrong-type",
    "POST",
    "/scim/v2/Users/.search",
    "{\"count\":true}",
    NULL,
    400,
    NULL,
    "\"path\":\"count\"" },
};
/* clang-format on */

/* Every page reaches what the totals promise, in a stable order, each object once. */
static void
test_paging (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gint64 total = 0;

  for (int i = 0; i < 25; i++)
    {
      g_autofree char *name = g_strdup_printf ("page%02d", i);
      g_autofree char *id = make_user (scim_harbour, name);
    }
  for (gint64 start = 1; start == 1 || start <= total; start += 7)
    {
      g_autofree char *path = g_strdup_printf (
          "/scim/v2/Users?startIndex=%" G_GINT64_FORMAT "&count=7&attributes=id", start);
      g_autoptr (Answer) answer = ask (scim_harbour, "GET", path, NULL, NULL);
      assert_status (answer, 200);
      total = get_number (answer, "totalResults");
      g_assert_cmpint (get_number (answer, "startIndex"), ==, start);
      g_assert_cmpint (get_number (answer, "itemsPerPage"), ==, MIN (7, total - start + 1));
      JsonArray *resources = json_object_get_array_member (answer->json, "Resources");
      for (guint i = 0; i < json_array_get_length (resources); i++)
        g_assert_true (g_hash_table_add (seen,
                                         g_strdup (json_object_get_string_member (
                                             json_array_get_object_element (resources, i), "id"))));
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, total);
}

static void
assert_order (const char *query, const char *expected)
{
  g_autofree char *path
      = g_strdup_printf ("/scim/v2/Users?filter=userName%%20sw%%20%%22sort.%%22&%s", query);
  g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);
  g_autoptr (GString) found = g_string_new (NULL);

  assert_status (answer, 200);
  JsonArray *resources = json_object_get_array_member (answer->json, "Resources");
  for (guint i = 0; i < json_array_get_length (resources); i++)
    g_string_append (
        found,
        json_object_get_string_member (json_array_get_object_element (resources, i), "userName")
            + strlen ("sort."));
  g_test_message ("%s", query);
  g_assert_cmpstr (found->str, ==, expected);
}

/* RFC 7644 §3.4.2.3: by the primary value, or the first; those without one last, descending first;
 * case by caseExact; without sortBy by creation. */
/* How long parameters may be, and what they say where they are empty. */
static void
test_bounds (void)
{
  static const struct
  {
    const char *name;
    const char *unit;
    guint       most;
  } bounds[] = {
    { "attributes", "id,", 200 },
    { "excludedAttributes", "id,", 200 },
    { "search", "a", 256 },
  };
  static const char *const absent[] = { "attributes", "excludedAttributes", "sortBy", "search" };
  static const char *const refused[] = { "filter", "sortOrder", "startIndex" };

  for (gsize i = 0; i < G_N_ELEMENTS (bounds); i++)
    for (guint more = 0; more < 2; more++)
      {
        g_autoptr (GString) value = g_string_new (NULL);
        for (guint n = 0; n < bounds[i].most + more; n++)
          g_string_append (value, bounds[i].unit);
        g_autofree char *path
            = scim_query ("/scim/v2/Users", "count", "1", bounds[i].name, value->str, NULL);
        g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);
        g_test_message ("%s", bounds[i].name);
        assert_status (answer, more > 0 ? 400 : 200);
        if (more > 0)
          g_assert_cmpstr (get_text (answer, "path"), ==, bounds[i].name);
      }
  g_autoptr (Answer) whole = scim ("GET", "/scim/v2/Users?count=1", NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (absent); i++)
    {
      g_autofree char *path = scim_query ("/scim/v2/Users", "count", "1", absent[i], "", NULL);
      g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);
      g_test_message ("%s", absent[i]);
      assert_status (answer, 200);
      g_assert_cmpstr (answer->reply->body->str, ==, whole->reply->body->str);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *path = scim_query ("/scim/v2/Users", "count", "1", refused[i], "", NULL);
      g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);
      g_test_message ("%s", refused[i]);
      assert_status (answer, 400);
      g_assert_cmpstr (get_text (answer, "path"), ==, refused[i]);
    }
}

static void
test_sort (void)
{
  static const char *const users[] = {
    "{\"userName\":\"sort.c\",\"title\":\"b\",\"emails\":[{\"value\":\"z@x.example\"},{\"value\":"
    "\"a@x.example\",\"primary\":true}]}",
    "{\"userName\":\"sort.a\",\"title\":\"A\",\"emails\":[{\"value\":\"m@x.example\"},{\"value\":"
    "\"b@x.example\"}]}",
    "{\"userName\":\"sort.b\"}",
    "{\"userName\":\"sort.D\",\"title\":\"c\",\"name\":{\"familyName\":\"Zed\"}}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (users); i++)
    {
      g_autofree char *id = make_object (scim_harbour, "/scim/v2/Users", users[i]);
    }
  assert_order ("count=10", "cabD");
  assert_order ("sortBy=userName", "abcD");
  assert_order ("sortBy=USERNAME&sortOrder=DESCENDING", "Dcba");
  assert_order ("sortBy=title", "acDb");
  assert_order ("sortBy=title&sortOrder=descending", "bDca");
  assert_order ("sortBy=emails", "cabD");
  assert_order ("sortBy=emails.value&sortOrder=descending", "Dbac");
  assert_order ("sortBy=name.familyName", "Dcab");
  assert_order ("sortBy=id", "cabD");
  assert_order ("sortBy=meta.created&sortOrder=descending", "Dbac");
}

/* A page ends after 16 MiB, however few its objects are; by index and by cursor the rest follows.
 */
static void
test_page_bytes (void)
{
  g_autofree char *filler = g_strnfill (8000, 'f');
  g_autoptr (GString) values = g_string_new (NULL);
  const int count = 24;

  for (guint i = 0; i < 100; i++)
    g_string_append_printf (values, "%s{\"value\":\"%u%s\"}", i > 0 ? "," : "", i, filler);
  for (int i = 0; i < count; i++)
    {
      g_autofree char *body
          = g_strdup_printf ("{\"userName\":\"large.%02d\",\"entitlements\":[%s]}", i, values->str);
      g_autofree char *id = make_object (scim_harbour, "/scim/v2/Users", body);
    }
  gint64 seen = 0;
  for (guint pages = 0; seen < count; pages++)
    {
      g_autofree char *path = g_strdup_printf (
          "/scim/v2/Users?filter=userName%%20sw%%20%%22large.%%22&startIndex=%" G_GINT64_FORMAT,
          seen + 1);
      g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);
      assert_status (answer, 200);
      g_assert_cmpint (get_number (answer, "totalResults"), ==, count);
      gint64 shown = get_number (answer, "itemsPerPage");
      g_assert_cmpint (shown, >, 0);
      g_assert_cmpint (shown, <, count);
      g_assert_cmpuint (answer->reply->body->len, <, 18 * 1024 * 1024);
      seen += shown;
    }
  g_assert_cmpint (seen, ==, count);
  g_autofree char *cursor = g_strdup ("");
  for (seen = 0; cursor != NULL;)
    {
      g_autofree char *path = g_strdup_printf (
          "/scim/v2/Users?filter=userName%%20sw%%20%%22large.%%22&cursor=%s", cursor);
      g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);
      seen += get_number (answer, "itemsPerPage");
      g_free (cursor);
      JsonNode *next = find_node (answer, "nextCursor");
      cursor = next != NULL ? json_node_dup_string (next) : NULL;
    }
  g_assert_cmpint (seen, ==, count);
}

static void
add (void)
{
  scim_add ("list/page-bytes", test_page_bytes);
  scim_add ("list/bounds", test_bounds);
  scim_add ("list/sort", test_sort);
  scim_add_cases ("list", cases, G_N_ELEMENTS (cases));
  scim_add ("list/paging", test_paging);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
