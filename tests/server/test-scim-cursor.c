/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Paging by cursor (RFC 9865).
 */
#include "scim-case.h"
#include "ms-service-private.h"
#include <string.h>

#define N 23

/* clang-format off: one row, one line */
static const ScimCase cases[] = {
  { "config",
    "GET",
    "/scim/v2/ServiceProviderConfig",
    NULL,
    NULL,
    200,
    NULL,
    "\"pagination\":{\"cursor\":true,\"index\":true,\"defaultPaginationMethod\":\"index\","
    "\"defaultPageSize\":100,\"maxPageSize\":1000,\"cursorTimeout\":3600}" },
  { "begin-without-value",
    "GET",
    "/scim/v2/Domains?cursor",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1",
    "startIndex" },
  { "begin-with-empty-value",
    "GET",
    "/scim/v2/Domains?cursor=&count=5",
    NULL,
    NULL,
    200,
    NULL,
    "\"itemsPerPage\":1",
    "Cursor\"" },
  { "index-is-the-default",
    "GET",
    "/scim/v2/Users?count=1",
    NULL,
    NULL,
    200,
    NULL,
    "\"startIndex\":1",
    "nextCursor" },
  { "with-start-index",
    "GET",
    "/scim/v2/Users?cursor=&startIndex=1",
    NULL,
    NULL,
    400,
    NULL,
    "\"path\":\"startIndex\"" },
  { "count-0",
    "GET",
    "/scim/v2/Users?cursor=&count=0",
    NULL,
    NULL,
    400,
    NULL,
    "\"scimType\":\"invalidCount\"" },
  { "count-negative",
    "GET",
    "/scim/v2/Users?cursor=&count=-1",
    NULL,
    NULL,
    400,
    NULL,
    "\"scimType\":\"invalidCount\"" },
  { "count-too-large",
    "GET",
    "/scim/v2/Users?cursor=&count=1001",
    NULL,
    NULL,
    400,
    NULL,
    "\"scimType\":\"invalidCount\"" },
  { "made-up",
    "GET",
    "/scim/v2/Users?cursor=bm90aGluZw",
    NULL,
    NULL,
    400,
    NULL,
    "\"scimType\":\"invalidCursor\"" },
  { "not-even-base64",
    "GET",
    "/scim/v2/Users?cursor=%3C%3E",
    NULL,
    NULL,
    400,
    NULL,
    "\"scimType\":\"invalidCursor\"" },
};
/* clang-format on */

static void
make_users (void)
{
  for (guint i = 0; i < N; i++)
    {
      /* Every third without a title; titles repeat. */
      g_autofree char *title
          = i % 3 == 0 ? g_strdup ("") : g_strdup_printf (",\"title\":\"T%u\"", i * 7 % 4);
      g_autofree char *body
          = g_strdup_printf ("{\"userName\":\"cursor%02u\"%s}", i * 11 % N, title);
      g_autofree char *id = make_object (scim_harbour, "/scim/v2/Users", body);
    }
}

/* @query: without cursor */
static Answer *
page (const char *query, const char *cursor)
{
  g_autofree char *path = g_strdup_printf ("/scim/v2/Users?%s&cursor=%s", query, cursor);
  Answer          *answer = scim ("GET", path, NULL, NULL);

  assert_status (answer, 200);
  return answer;
}

static void
add_names (GPtrArray *names, Answer *answer)
{
  JsonArray *resources = json_object_get_array_member (answer->json, "Resources");

  for (guint i = 0; i < json_array_get_length (resources); i++)
    g_ptr_array_add (names,
                     g_strdup (json_object_get_string_member (
                         json_array_get_object_element (resources, i), "userName")));
}

/* (nullable) */
static char *
dup_cursor (Answer *answer, const char *name)
{
  JsonNode *node = find_node (answer, name);

  if (node == NULL)
    return NULL;
  const char *text = json_node_get_string (node);
  g_assert_true (strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._~") == strlen (text));
  return g_strdup (text);
}

/* What one page of everything has. */
static GPtrArray *
list_whole (const char *query)
{
  GPtrArray       *names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = g_strdup_printf ("/scim/v2/Users?%s", query);
  g_autofree char *all = strstr (path, "count=") != NULL
                             ? g_strndup (path, (gsize) (strstr (path, "&count=") - path))
                             : g_strdup (path);
  g_autoptr (Answer) answer = scim ("GET", all, NULL, NULL);

  assert_status (answer, 200);
  add_names (names, answer);
  return names;
}

static void
assert_same_names (GPtrArray *one, GPtrArray *other)
{
  g_assert_cmpuint (one->len, ==, other->len);
  for (guint i = 0; i < one->len; i++)
    g_assert_cmpstr (one->pdata[i], ==, other->pdata[i]);
}

/* Forward to the end, then back to the beginning: the same list, by every kind of order. */
static void
test_there_and_back (void)
{
  static const char *const queries[] = {
    "attributes=userName&count=5",
    "filter=userName%20sw%20%22cursor%22&attributes=userName&count=4",
    "sortBy=userName&attributes=userName&count=5",
    "sortBy=userName&sortOrder=descending&attributes=userName&count=5",
    "sortBy=title&attributes=userName&count=3",
    "sortBy=title&sortOrder=descending&attributes=userName&count=3",
    "sortBy=id&attributes=userName&count=7",
    "sortBy=meta.lastModified&sortOrder=descending&attributes=userName&count=7",
    "sortBy=emails&attributes=userName&count=6",
    "sortBy=" MS_URN_ENTERPRISE ":manager&attributes=userName&count=6",
    "search=cursor1&attributes=userName&count=2",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      g_autoptr (GPtrArray) whole = list_whole (queries[i]);
      g_autoptr (GPtrArray) forward = g_ptr_array_new_with_free_func (g_free);
      g_autofree char *cursor = g_strdup ("");
      g_autofree char *back = NULL;
      guint            pages = 0;

      g_test_message ("%s", queries[i]);
      while (cursor != NULL)
        {
          g_autoptr (Answer) answer = page (queries[i], cursor);
          add_names (forward, answer);
          g_assert_cmpint (get_number (answer, "totalResults"), ==, whole->len);
          g_free (cursor);
          cursor = dup_cursor (answer, "nextCursor");
          g_free (back);
          back = dup_cursor (answer, "previousCursor");
          g_assert_true ((back == NULL) == (pages++ == 0));
          g_assert_cmpuint (pages, <, 50);
        }
      assert_same_names (whole, forward);

      g_autofree char *next = NULL;
      while (back != NULL)
        {
          g_autoptr (Answer) answer = page (queries[i], back);
          g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
          add_names (names, answer);
          g_free (back);
          back = dup_cursor (answer, "previousCursor");
          g_free (next);
          next = dup_cursor (answer, "nextCursor");
          g_assert_nonnull (next);
          pages--;
          if (back == NULL)
            for (guint k = 0; k < names->len; k++)
              g_assert_cmpstr (names->pdata[k], ==, whole->pdata[k]);
        }
      g_assert_cmpuint (pages, ==, 1);
    }
}

/* Rows that come and go between pages neither repeat nor hide others. */
static void
test_changes_meanwhile (void)
{
  const char *query
      = "filter=userName%20sw%20%22moving%22&sortBy=userName&attributes=userName&count=2";
  char *ids[6];

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *name = g_strdup_printf ("moving%u", i * 10);
      ids[i] = make_user (scim_harbour, name);
    }
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Answer) first = page (query, "");
  add_names (names, first);
  /* Gone: one that was shown and stood at the cursor, and one to come. New: one before, one behind.
   */
  static const guint gone[] = { 0, 1, 3 };
  for (gsize i = 0; i < G_N_ELEMENTS (gone); i++)
    {
      g_autofree char *path = g_strconcat ("/scim/v2/Users/", ids[gone[i]], NULL);
      g_autoptr (Answer) deleted = scim ("DELETE", path, NULL, NULL);
      assert_status (deleted, 204);
    }
  g_autofree char *before = make_user (scim_harbour, "moving05");
  g_autofree char *behind = make_user (scim_harbour, "moving45");
  g_autofree char *cursor = dup_cursor (first, "nextCursor");
  while (cursor != NULL)
    {
      g_autoptr (Answer) answer = page (query, cursor);
      add_names (names, answer);
      g_free (cursor);
      cursor = dup_cursor (answer, "nextCursor");
    }
  static const char *const expected[]
      = { "moving0", "moving10", "moving20", "moving40", "moving45", "moving50" };
  g_assert_cmpuint (names->len, ==, G_N_ELEMENTS (expected));
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpstr (names->pdata[i], ==, expected[i]);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_free (ids[i]);
}

/* Everything else must be as it was when the list was begun, and so must be who asks. */
static void
test_bound (void)
{
  g_autoptr (Answer) first = page ("sortBy=userName&attributes=userName&count=5", "");
  g_autofree char *cursor = dup_cursor (first, "nextCursor");
  static const struct
  {
    const char *path;
    const char *scim_type;
  } rows[] = {
    { "/scim/v2/Users?sortBy=userName&attributes=userName&count=6", "invalidCount" },
    { "/scim/v2/Users?sortBy=userName&attributes=userName", "invalidCount" },
    { "/scim/v2/Users?sortBy=title&attributes=userName&count=5", "invalidCursor" },
    { "/scim/v2/Users?sortBy=userName&sortOrder=descending&attributes=userName&count=5",
      "invalidCursor" },
    { "/scim/v2/Users?sortBy=userName&attributes=title&count=5", "invalidCursor" },
    { "/scim/v2/Users?sortBy=userName&count=5", "invalidCursor" },
    { "/scim/v2/Users?filter=active%20eq%20true&sortBy=userName&attributes=userName&count=5",
      "invalidCursor" },
    { "/scim/v2/Mailboxes?sortBy=name&attributes=name&count=5", "invalidCursor" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("%s&cursor=%s", rows[i].path, cursor);
      g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);
      g_test_message ("%s", rows[i].path);
      assert_status (answer, 400);
      g_assert_cmpstr (get_text (answer, "scimType"), ==, rows[i].scim_type);
    }
  g_autofree char *id = make_object (
      scim_harbour,
      "/scim/v2/Users",
      "{\"userName\":\"somebody.else\",\"password\":\"Correct-horse-7\",\"" MS_URN_EXT_USER
      "\":{\"role\":\"auditor\"}}");
  g_autoptr (Answer) session
             = ask_as (scim_harbour,
                       NULL,
                       "POST",
                       "/api/v1/session",
                       "{\"userName\":\"somebody.else\",\"password\":\"Correct-horse-7\"}",
                       NULL);
  g_autofree char *same = g_strdup_printf (
      "/scim/v2/Users?sortBy=userName&attributes=userName&count=5&cursor=%s", cursor);
  g_autoptr (Answer) other
             = ask_as (scim_harbour, get_text (session, "token"), "GET", same, NULL, NULL);
  assert_status (other, 400);
  g_assert_cmpstr (get_text (other, "scimType"), ==, "invalidCursor");
  /* One character of it changed. */
  g_autofree char *forged = g_strdup (same);
  char            *last = forged + strlen (forged) - 20;
  *last = *last == 'A' ? 'B' : 'A';
  g_autoptr (Answer) refused = scim ("GET", forged, NULL, NULL);
  g_assert_cmpstr (get_text (refused, "scimType"), ==, "invalidCursor");
  g_autoptr (Answer) good = scim ("GET", same, NULL, NULL);
  assert_status (good, 200);
}

static void
test_search_request (void)
{
  g_autoptr (Answer) first = scim (
      "POST",
      "/scim/v2/Users/.search",
      "{\"schemas\":[\"" URN_MESSAGES
      "SearchRequest\"],\"filter\":\"userName sw \\\"cursor\\\"\",\"count\":20,\"cursor\":\"\"}",
      NULL);
  assert_status (first, 200);
  g_assert_cmpint (get_number (first, "totalResults"), ==, N);
  g_autofree char *body = g_strdup_printf (
      "{\"filter\":\"userName sw \\\"cursor\\\"\",\"count\":20,\"cursor\":\"%s\"}",
      get_text (first, "nextCursor"));
  g_autoptr (Answer) second = scim ("POST", "/scim/v2/Users/.search", body, NULL);
  assert_status (second, 200);
  g_assert_cmpint (get_number (second, "itemsPerPage"), ==, N - 20);
  g_assert_null (find_node (second, "nextCursor"));
}

/* A sort key that is too long for a request line: page by page they come in the order in which one
 * page has them all. */
static void
test_long_key (void)
{
  g_autofree char *long_text = g_strnfill (4000, 'z');

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *body
          = g_strdup_printf ("{\"userName\":\"long%u\",\"displayName\":\"%s%u\"}", i, long_text, i);
      g_autofree char *id = make_object (scim_harbour, "/scim/v2/Users", body);
    }
#define LONG_QUERY "filter=userName%20sw%20%22long%22&sortBy=displayName&attributes=userName"
  const char *query = LONG_QUERY "&count=1";
  g_autoptr (Answer) whole = page (LONG_QUERY "&count=3", "");
  const char *order[] = { get_text (whole, "Resources.0.userName"),
                          get_text (whole, "Resources.1.userName"),
                          get_text (whole, "Resources.2.userName"),
                          NULL };
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("long%u", i);
      g_assert_true (g_strv_contains (order, name));
    }
  g_autofree char *cursor = g_strdup ("");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (Answer) answer = page (query, cursor);
      g_assert_cmpstr (get_text (answer, "Resources.0.userName"), ==, order[i]);
      g_free (cursor);
      cursor = dup_cursor (answer, "nextCursor");
      g_assert_true ((cursor == NULL) == (i == 2));
    }
}

static gint64
read_late_clock (gpointer user_data)
{
  return g_get_real_time () + *(gint64 *) user_data * G_USEC_PER_SEC;
}

/* Good for an hour; past that it says why, and that it was the cursor. By a token, which lasts
 * longer than a session. */
static void
test_expired (void)
{
  MsService  *service = scim_harbour->service;
  MsClockFunc clock = service->clock;
  gpointer    clock_data = service->clock_data;
  gint64      late = 0;
  g_autoptr (Answer) made
             = scim ("POST", "/api/v1/tokens", "{\"name\":\"late\",\"scope\":\"scim\"}", NULL);
  const char *token = get_text (made, "token");
  g_autoptr (Answer) first
             = ask_as (scim_harbour, token, "GET", "/scim/v2/Users?cursor=&count=1", NULL, NULL);
  assert_status (first, 200);
  g_autofree char *next
      = scim_query ("/scim/v2/Users", "count", "1", "cursor", get_text (first, "nextCursor"), NULL);

  ms_service_set_clock (service, read_late_clock, &late);
  late = 3590;
  g_autoptr (Answer) good = ask_as (scim_harbour, token, "GET", next, NULL, NULL);
  late = 3601;
  g_autoptr (Answer) expired = ask_as (scim_harbour, token, "GET", next, NULL, NULL);
  ms_service_set_clock (service, clock, clock_data);
  assert_status (good, 200);
  assert_status (expired, 400);
  g_assert_cmpstr (get_text (expired, "scimType"), ==, "expiredCursor");
  g_assert_cmpstr (get_text (expired, "path"), ==, "cursor");
}

static void
add (void)
{
  make_users ();
  scim_add_cases ("cursor", cases, G_N_ELEMENTS (cases));
  scim_add ("cursor/there-and-back", test_there_and_back);
  scim_add ("cursor/changes-meanwhile", test_changes_meanwhile);
  scim_add ("cursor/bound", test_bound);
  scim_add ("cursor/search-request", test_search_request);
  scim_add ("cursor/long-key", test_long_key);
  scim_add ("cursor/expired", test_expired);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
