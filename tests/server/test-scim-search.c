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
    SEARCH ("\"filter\":\"colour eq \\\"red\\\" or emails[hue pr] or userName eq \\\"none\\\"\""),
    NULL,
    200,
    "x-mailstead-ignored: colour, emails.hue",
    "\"totalResults\":0" },
  { "unknown-attributes-everywhere",
    "POST",
    "/scim/v2/.search",
    SEARCH ("\"attributes\":[\"nope2\",\"id\",\"quota\"]"),
    NULL,
    200,
    "x-mailstead-ignored: nope2",
    "\"id\"" },
  { "members-as-in-an-address",
    "POST",
    "/scim/v2/Users/.search",
    SEARCH ("\"count\":\"1\",\"startIndex\":\"2\",\"attributes\":\"id,userName\""),
    NULL,
    200,
    NULL,
    "\"startIndex\":2,\"itemsPerPage\":1}" },
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
  { "sort-complex-in-one-text-in-another",
    "GET",
    "/scim/"
    "v2?sortBy=name&filter=name%20eq%20%22harbour.example%22%20or%20userName%20eq%20%22admin%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":2" },
  { "sort-complex",
    "POST",
    "/scim/v2/Users/.search",
    SEARCH ("\"sortBy\":\"name\""),
    NULL,
    400,
    NULL,
    "\"path\":\"sortBy\"" },
  { "sort-complex-everywhere",
    "POST",
    "/scim/v2/.search",
    SEARCH ("\"sortBy\":\"settings\""),
    NULL,
    400,
    NULL,
    "\"path\":\"sortBy\"" },
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
  { "deepest-and-sorted",
    "POST",
    "/scim/v2/.search",
    SEARCH ("\"sortBy\":\"id\",\"startIndex\":9223372036854775807"),
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
  { "urn-unknown",
    "POST",
    "/scim/v2/Users/.search",
    "{\"schemas\":[\"" URN_MESSAGES "SearchRequest\",\"urn:example:x\"]}",
    NULL,
    200,
    "x-mailstead-ignored: urn:example:x",
    NULL },
  { "filter-of-wrong-type",
    "POST",
    "/scim/v2/Users/.search",
    SEARCH ("\"filter\":5"),
    NULL,
    400,
    NULL,
    "filter is not of the right type" },
  { "filter-as-list",
    "POST",
    "/scim/v2/Users/.search",
    SEARCH ("\"filter\":[\"title pr\"]"),
    NULL,
    400,
    NULL,
    "filter is not of the right type" },
  { "member-of-wrong-type",
    "POST",
    "/scim/v2/Users/.search",
    SEARCH ("\"attributes\":[5]"),
    NULL,
    400,
    NULL,
    "\"path\":\"attributes\"" },
  { "parameter-beside-body",
    "POST",
    "/scim/v2/.search?foo=1&filter=displayName%20eq%20%22none%22&aadOptscim062020",
    SEARCH ("\"count\":1"),
    NULL,
    200,
    "x-mailstead-ignored: ?filter, ?foo",
    "\"itemsPerPage\":1" },
  { "parameters-of-type-beside-body",
    "POST",
    "/scim/v2/Users/.search?filter=userName%20eq%20%22none%22&count=0&attributes=id",
    SEARCH ("\"filter\":\"userName eq \\\"admin\\\"\""),
    NULL,
    400,
    NULL,
    "\"path\":\"filter\"" },
  { "count-twice",
    "POST",
    "/scim/v2/Users/.search?count=1",
    SEARCH ("\"Count\":2"),
    NULL,
    400,
    NULL,
    "\"path\":\"count\"" },
  { "count-beside-null",
    "POST",
    "/scim/v2/Users/.search?count=0",
    SEARCH ("\"count\":null,\"filter\":\"userName eq \\\"admin\\\"\""),
    NULL,
    200,
    "x-mailstead-ignored: ?count",
    "\"userName\":\"admin\"" },
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

static Answer *
ask_page (const char *order, const char *cursor)
{
  g_autofree char *body
      = g_strdup_printf (SEARCH ("%s\"count\":3,\"cursor\":\"%s\""), order, cursor);
  Answer *answer = scim ("POST", "/scim/v2/.search", body, NULL);

  assert_status (answer, 200);
  return answer;
}

/* By cursor from @cursor (transfer full) on until there is no more @name. @turn: (inout): the
 * cursor
 * @other of the last page read. (transfer full): all ids, in the order of the list */
static char *
walk_pages (const char *order, char *cursor, const char *name, const char *other, char **turn)
{
  g_autoptr (GString) all = g_string_new (NULL);
  gboolean forward = g_str_equal (name, "nextCursor");

  while (cursor != NULL)
    {
      g_autoptr (Answer) answer = ask_page (order, cursor);
      g_autofree char *ids = read_ids (answer);
      JsonNode        *next = find_node (answer, name);
      JsonNode        *back = find_node (answer, other);

      /* Only the first page has none that goes back. */
      g_assert_true (!forward || (back == NULL) == (*cursor == '\0'));
      g_assert_true (forward || back != NULL);
      if (forward)
        g_string_append (all, ids);
      else
        g_string_prepend (all, ids);
      g_free (cursor);
      cursor = next != NULL ? json_node_dup_string (next) : NULL;
      g_free (*turn);
      *turn = back != NULL ? json_node_dup_string (back) : NULL;
    }
  return g_string_free (g_steal_pointer (&all), FALSE);
}

/* To the end, back to the beginning, and to the end again. */
static void
check_there_and_back (const char *order, const char *expected)
{
  g_autofree char *turn = NULL;
  g_autofree char *there = walk_pages (order, g_strdup (""), "nextCursor", "previousCursor", &turn);
  g_assert_cmpstr (there, ==, expected);

  g_autofree char *first_next = NULL;
  g_autofree char *back
      = walk_pages (order, g_steal_pointer (&turn), "previousCursor", "nextCursor", &first_next);
  /* All but the last page. */
  g_assert_true (g_str_has_prefix (expected, back));
  gsize rest = strlen (expected) - strlen (back);
  g_assert_cmpuint (rest, >, 0);
  g_assert_cmpuint (rest, <=, 3 * 37);

  /* The first page may be shorter than three on the way back. */
  g_autofree char *again
      = walk_pages (order, g_steal_pointer (&first_next), "nextCursor", "previousCursor", &turn);
  g_assert_true (g_str_has_suffix (expected, again));
  g_assert_cmpuint (strlen (expected) - strlen (again), <=, 3 * 37);
}

/* The whole list in one page, by index page by page, and by cursor in both directions: the same. */
static void
test_pages (void)
{
  static const char *const orders[] = { "",
                                        "\"sortBy\":\"displayName\",",
                                        "\"sortBy\":\"id\",\"sortOrder\":\"descending\",",
                                        "\"sortBy\":\"meta.created\",",
                                        "\"sortBy\":\"displayName\",\"sortOrder\":\"descending\",",
                                        "\"sortBy\":\"externalId\",",
                                        "\"sortBy\":\"meta.resourceType\",",
                                        "\"sortBy\":\"schemas\",\"sortOrder\":\"descending\",",
                                        "\"sortBy\":\"meta.location\",",
                                        "\"sortBy\":\"meta.version\",",
                                        "\"sortBy\":\"effectiveQuota\",",
                                        "\"sortBy\":\"members\",\"sortOrder\":\"descending\",",
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

      check_there_and_back (orders[i], expected);
    }
}

/* (nullable) (transfer full): what compares as the member does */
static char *
dup_key (Answer *answer, guint i, const char *path)
{
  g_autofree char *whole = g_strdup_printf ("Resources.%u.%s", i, path);
  JsonNode        *node = find_node (answer, whole);

  if (node == NULL)
    return NULL;
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return g_strdup_printf ("%020" G_GINT64_FORMAT, json_node_get_int (node));
  return g_str_has_prefix (path, "schemas") ? g_ascii_strdown (json_node_get_string (node), -1)
                                            : json_node_dup_string (node);
}

/* @least: objects that have it, at least */
static void
check_order (const char *sort_by, const char *path, gboolean descending, guint least)
{
  g_autofree char *body
      = g_strdup_printf (SEARCH ("\"sortBy\":\"%s\",\"sortOrder\":\"%s\",\"count\":1000"),
                         sort_by,
                         descending ? "descending" : "ascending");
  g_autoptr (Answer) answer = scim ("POST", "/scim/v2/.search", body, NULL);
  assert_status (answer, 200);
  guint length = json_array_get_length (json_object_get_array_member (answer->json, "Resources"));
  guint with = 0;
  g_autofree char *last = NULL;

  for (guint i = 0; i < length; i++)
    {
      g_autofree char *here = dup_key (answer, descending ? length - 1 - i : i, path);
      if (here == NULL)
        continue;
      /* Those without come last. */
      g_assert_cmpuint (with++, ==, i);
      g_assert_true (last == NULL || strcmp (last, here) <= 0);
      g_free (last);
      last = g_steal_pointer (&here);
    }
  g_assert_cmpuint (with, >=, least);
}

/* What types have in common, or tell of themselves. */
static void
test_types (void)
{
  for (int descending = 0; descending < 2; descending++)
    {
      check_order ("meta.resourceType", "meta.resourceType", descending, 36);
      check_order ("schemas", "schemas.0", descending, 36);
      check_order ("meta.location", "meta.location", descending, 36);
      check_order ("effectiveQuota", "effectiveQuota", descending, 6);
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
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *group_body
          = g_strdup_printf ("{\"name\":\"folder%u\",\"quota\":%u}", i, (i * 7 % 4) * 1000);
      g_autofree char *group = make_object (scim_harbour, "/scim/v2/MailGroups", group_body);
      g_autofree char *mailbox_body
          = g_strdup_printf ("{\"name\":\"box%u\",\"group\":{\"value\":\"%s\"}}", i, group);
      g_autofree char *mailbox = make_object (scim_harbour, "/scim/v2/Mailboxes", mailbox_body);
    }
  scim_add_cases ("search", cases, G_N_ELEMENTS (cases));
  scim_add ("search/pages", test_pages);
  scim_add ("search/types", test_types);
  scim_add ("search/objects", test_objects);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
