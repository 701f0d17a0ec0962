/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists over all types: /.search and the root itself (RFC 7644 §3.4.2.1, §3.4.3).
 */
#include "scim-case.h"
#include <string.h>

#define SEARCH(members) "{\"schemas\":[\"" URN_MESSAGES "SearchRequest\"]," members "}"

/* clang-format off: one row, one line */
static const ScimCase cases[] = {
  { "post",
    "POST",
    "/scim/v2/.search",
    SEARCH ("\"filter\":\"displayName eq \\\"Everywhere\\\"\""),
    NULL,
    200,
    "content-type: application/scim+json",
    "\"totalResults\":2" },
  { "get-root",
    "GET",
    "/scim/v2?filter=displayName%20eq%20%22Everywhere%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":2" },
  { "get-root-slash",
    "GET",
    "/scim/v2/?filter=displayName%20eq%20%22Everywhere%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":2" },
  { "by-type",
    "POST",
    "/scim/v2/.search",
    SEARCH (
        "\"filter\":\"displayName eq \\\"Everywhere\\\" and meta.resourceType eq \\\"Group\\\"\""),
    NULL,
    200,
    NULL,
    "\"totalResults\":1",
    "userName" },
  { "attribute-of-some-types",
    "POST",
    "/scim/v2/.search",
    SEARCH ("\"filter\":\"userName eq \\\"admin\\\" or kind eq \\\"primary\\\"\""),
    NULL,
    200,
    NULL,
    "\"totalResults\":2" },
  { "complex-in-one-text-in-another",
    "POST",
    "/scim/v2/.search",
    SEARCH ("\"filter\":\"name eq \\\"harbour.example\\\"\""),
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "unknown-everywhere",
    "POST",
    "/scim/v2/.search",
    SEARCH ("\"filter\":\"colour eq \\\"red\\\"\""),
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "wrong-value-everywhere",
    "POST",
    "/scim/v2/.search",
    SEARCH ("\"filter\":\"active eq 5\""),
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "password",
    "POST",
    "/scim/v2/.search",
    SEARCH ("\"filter\":\"password pr\""),
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "syntax",
    "POST",
    "/scim/v2/.search",
    SEARCH ("\"filter\":\"userName eq\""),
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "sort-unknown",
    "POST",
    "/scim/v2/.search",
    SEARCH ("\"sortBy\":\"colour\""),
    NULL,
    400,
    NULL,
    "\"path\":\"sortBy\"" },
  { "deep-and-sorted",
    "POST",
    "/scim/v2/.search",
    SEARCH ("\"sortBy\":\"id\",\"startIndex\":10000"),
    NULL,
    400,
    NULL,
    "tooMany" },
  { "member-unknown",
    "POST",
    "/scim/v2/.search",
    SEARCH ("\"colour\":\"red\""),
    NULL,
    200,
    "x-mailstead-ignored: colour",
    NULL },
  { "member-of-wrong-type",
    "POST",
    "/scim/v2/Users/.search",
    SEARCH ("\"attributes\":[5]"),
    NULL,
    400,
    NULL,
    "\"path\":\"attributes\"" },
  { "get-is-no-search", "GET", "/scim/v2/.search", NULL, NULL, 405, "allow: POST, OPTIONS", NULL },
};
/* clang-format on */

static char *
read_ids (Answer *answer)
{
  g_autoptr (GString) ids = g_string_new (NULL);
  JsonArray *resources = json_object_get_array_member (answer->json, "Resources");

  for (guint i = 0; i < json_array_get_length (resources); i++)
    g_string_append_printf (
        ids,
        "%s ",
        json_object_get_string_member (json_array_get_object_element (resources, i), "id"));
  return g_string_free (g_steal_pointer (&ids), FALSE);
}

/* The whole list in one page, by index page by page, and by cursor: the same. */
static void
test_pages (void)
{
  static const char *const orders[] = { "",
                                        "\"sortBy\":\"displayName\",",
                                        "\"sortBy\":\"id\",\"sortOrder\":\"descending\",",
                                        "\"sortBy\":\"meta.created\",",
                                        "\"sortBy\":\"meta.lastModified\"," };

  for (gsize i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autofree char *all = g_strdup_printf (SEARCH ("%s\"count\":1000"), orders[i]);
      g_autoptr (Answer) whole = scim ("POST", "/scim/v2/.search", all, NULL);
      assert_status (whole, 200);
      g_autofree char *expected = read_ids (whole);
      gint64           total = get_number (whole, "totalResults");
      g_assert_cmpint (get_number (whole, "itemsPerPage"), ==, total);

      g_autoptr (GString) by_index = g_string_new (NULL);
      for (gint64 start = 1; start <= total; start += 4)
        {
          g_autofree char *body = g_strdup_printf (
              SEARCH ("%s\"count\":4,\"startIndex\":%" G_GINT64_FORMAT), orders[i], start);
          g_autoptr (Answer) answer = scim ("POST", "/scim/v2/.search", body, NULL);
          g_autofree char *ids = read_ids (answer);
          g_string_append (by_index, ids);
          g_assert_cmpint (get_number (answer, "totalResults"), ==, total);
        }
      g_assert_cmpstr (by_index->str, ==, expected);

      g_autoptr (GString) by_cursor = g_string_new (NULL);
      g_autofree char *cursor = g_strdup ("");
      while (cursor != NULL)
        {
          g_autofree char *body
              = g_strdup_printf (SEARCH ("%s\"count\":3,\"cursor\":\"%s\""), orders[i], cursor);
          g_autoptr (Answer) answer = scim ("POST", "/scim/v2/.search", body, NULL);
          assert_status (answer, 200);
          g_autofree char *ids = read_ids (answer);
          g_string_append (by_cursor, ids);
          g_free (cursor);
          JsonNode *next = find_node (answer, "nextCursor");
          cursor = next != NULL ? json_node_dup_string (next) : NULL;
        }
      g_assert_cmpstr (by_cursor->str, ==, expected);
    }
}

/* Each object as its own type has it. */
static void
test_objects (void)
{
  g_autoptr (Answer) answer = scim (
      "POST",
      "/scim/v2/.search",
      SEARCH ("\"filter\":\"displayName eq \\\"Everywhere\\\"\",\"attributes\":[\"displayName\"]"),
      NULL);

  assert_status (answer, 200);
  g_assert_cmpstr (get_text (answer, "Resources.0.schemas.0"), ==, MS_URN_USER);
  g_assert_cmpstr (get_text (answer, "Resources.1.schemas.0"), ==, MS_URN_GROUP);
  assert_lacks (answer, "userName");
  assert_lacks (answer, "\"meta\"");
}

static void
add (void)
{
  g_autofree char *user
      = make_object (scim_harbour,
                     "/scim/v2/Users",
                     "{\"userName\":\"everywhere\",\"displayName\":\"Everywhere\"}");
  g_autofree char *list
      = make_object (scim_harbour, "/scim/v2/Groups", "{\"displayName\":\"Everywhere\"}");

  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *name = g_strdup_printf ("found%u", i);
      g_autofree char *body
          = g_strdup_printf ("{\"displayName\":\"%c list\"}", 'a' + (int) (i * 5 % 12));
      g_autofree char *one = make_user (scim_harbour, name);
      g_autofree char *other = make_object (scim_harbour, "/scim/v2/Groups", body);
    }
  scim_add_cases ("search", cases, G_N_ELEMENTS (cases));
  scim_add ("search/pages", test_pages);
  scim_add ("search/objects", test_objects);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
