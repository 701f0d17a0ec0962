/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One search over all types: what is found, in which attribute, how much is told, who may ask.
 */
#include "service-fixture.h"

#include "ms-query-sizes.h"

#define EXT_GROUP "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group"

static JsonObject *
search (Fixture *f, const char *words, guint count)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean done = ms_service_search (f->service, f->admin, words, count, out, &error);

  g_assert_no_error (error);
  g_assert_true (done);
  g_autoptr (JsonNode) node = ms_json_parse (out->str, -1, &ms_json_default_limits, &error);
  g_assert_no_error (error);
  return json_node_dup_object (node);
}

/* "User ann (displayName: Ann Müller); …" for each hit */
static void
expect_found (Fixture *f, const char *words, const char *expected)
{
  g_autoptr (JsonObject) json = search (f, words, 10);
  g_autoptr (GString) text = g_string_new (NULL);
  JsonArray *types = json_object_get_array_member (json, "types");

  for (guint i = 0; i < json_array_get_length (types); i++)
    {
      JsonObject *type = json_array_get_object_element (types, i);
      JsonArray  *hits = json_object_get_array_member (type, "hits");
      for (guint j = 0; j < json_array_get_length (hits); j++)
        {
          JsonObject *hit = json_array_get_object_element (hits, j);
          g_string_append_printf (text,
                                  "%s %s (%s: %s)\n",
                                  json_object_get_string_member (type, "type"),
                                  json_object_get_string_member (hit, "label"),
                                  json_object_get_string_member (hit, "attribute"),
                                  json_object_get_string_member (hit, "value"));
        }
    }
  g_test_message ("%s", words);
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_found (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make (
      f,
      "User",
      "{'userName':'ann','displayName':'Ann Müller','emails':[{'value':'private@home.example'},"
      "{'value':'müller@work.example'}]}");
  g_autofree char *box = make (
      f, "Mailbox", "{'name':'am','description':'of Ann','aliases':['first','ann.mueller']}");
  g_autofree char *group = make (f, "MailGroup", "{'name':'Anniversaries'}");
  g_autofree char *list = make (
      f, "Group", "{'displayName':'Sports','" EXT_GROUP "':{'address':'annual@example.org'}}");
  g_autofree char *domain = make (f, "Domain", "{'name':'annex.example'}");

  expect_found (f,
                "ANN",
                "User ann (userName: ann)\n"
                "Mailbox am (description: of Ann)\n"
                "MailGroup Anniversaries (name: Anniversaries)\n"
                "Group Sports (" EXT_GROUP ":address: annual@example.org)\n"
                "Domain annex.example (name: annex.example)\n");
  /* Accents and case are folded, values of lists are looked at one by one, and the value with most
   * of the words is told. */
  expect_found (f, "muller ann", "User ann (displayName: Ann Müller)\n");
  expect_found (f, "muller work", "User ann (emails.value: müller@work.example)\n");
  expect_found (f, "n.mueller@", "Mailbox am (aliases: ann.mueller@example.org)\n");
  expect_found (f, "ann nowhere", "");
}

static void
test_count (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *name = g_strdup_printf ("crew%02u", i);
      g_autofree char *id = make_user (f, name);
    }
  g_autoptr (JsonObject) json = search (f, "crew", 3);
  assert_picked (json, "total", "12");
  assert_picked (json, "types[0].total", "12");
  assert_picked (json, "types[0].hits[0].label", "crew00");
  assert_picked (json, "types[0].hits[2].label", "crew02");
  assert_picked (json, "types[0].hits[3].label", NULL);
}

static JsonObject *
list (Fixture *f, const char *search, gint64 start, gint64 count, const char *sort, GError **error)
{
  const MsResourceType *type = fixture_type (f, "User");
  MsQuery               query = { .type = type,
                                  .search = search,
                                  .start = start,
                                  .count = count,
                                  .sort_by = sort != NULL ? ms_resource_type_find (type, sort) : NULL };
  g_autoptr (GString) out = g_string_new (NULL);

  if (!ms_service_list (f->service, f->admin, &query, NULL, "", out, error))
    return NULL;
  g_autoptr (JsonNode) node = ms_json_parse (out->str, -1, &ms_json_default_limits, error);
  g_assert_no_error (*error);
  return json_node_dup_object (node);
}

static void
expect_list (Fixture    *f,
             const char *search,
             gint64      start,
             const char *total,
             const char *at_least,
             const char *shown)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) json = list (f, search, start, 4, "userName", &error);

  g_assert_no_error (error);
  assert_picked (json, "totalResults", total);
  assert_picked (json, "atLeast", at_least);
  assert_picked (json, "itemsPerPage", shown);
}

/* A page that says nothing of what it leaves out would be taken for the end. */
static void
expect_beyond (Fixture *f, const char *search, gint64 start)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) json = list (f, search, start, 4, "userName", &error);

  g_assert_null (json);
  refuse_error (error, MS_ERROR_INVALID, "startIndex");
  g_assert_cmpstr (ms_error_get_scim_type (error), ==, "tooMany");
}

/* Above a bound the total is no longer exact, and says so. */
static void
test_bound (Fixture *f, gconstpointer data)
{
  MsQuerySizes usual = ms_query_sizes;

  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *name = g_strdup_printf (i < 5 ? "crew-aft%02u" : "crew%02u", i);
      g_autofree char *id = make_user (f, name);
    }
  g_autofree char *group = make (f, "MailGroup", "{'name':'Crew'}");
  ms_query_sizes.counted = 5;
  ms_query_sizes.looked_at = 1;
  g_autoptr (JsonObject) json = search (f, "crew", 3);
  assert_picked (json, "total", "6");
  assert_picked (json, "atLeast", "true");
  assert_picked (json, "types[0].total", "5");
  assert_picked (json, "types[0].atLeast", "true");
  assert_picked (json, "types[0].hits[0].label", "crew-aft00");
  assert_picked (json, "types[1].total", "1");
  assert_picked (json, "types[1].atLeast", NULL);
  g_autoptr (JsonObject) few = search (f, "aft", 3);
  assert_picked (few, "total", "5");
  assert_picked (few, "atLeast", NULL);

  expect_list (f, "crew", 0, "5", "true", "4");
  expect_list (f, "crew", 1, "5", "true", "4");
  expect_list (f, "aft", 3, "5", NULL, "2");
  expect_list (f, "aft", 300, "5", NULL, "0");
  expect_list (f, "  ", 8, "13", NULL, "4");
  expect_beyond (f, "crew", 2);
  expect_beyond (f, "crew", 5);
  expect_beyond (f, "crew", 6);
  ms_query_sizes = usual;
}

static void
expect_refused (Fixture *f, const MsActor *actor, const char *words, int code, const char *path)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (ms_service_search (f->service, actor, words, 10, out, &error));
  refuse_error (error, code, path);
  g_assert_cmpuint (out->len, ==, 0);
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  g_autoptr (MsActor) nobody = fixture_actor (f, "0", MS_ROLE_NONE, "console");
  g_autofree char *long_one = g_strnfill (1000, 'x');

  expect_refused (f, f->admin, NULL, MS_ERROR_INVALID, "q");
  expect_refused (f, f->admin, " \t ", MS_ERROR_INVALID, "q");
  expect_refused (f, f->admin, long_one, MS_ERROR_INVALID, "q");
  expect_refused (f, f->admin, "\xff", MS_ERROR_INVALID, "q");
  expect_refused (f, nobody, "ann", MS_ERROR_DENIED, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add ("/search/found", test_found);
  fixture_add ("/search/count", test_count);
  fixture_add ("/search/bound", test_bound);
  fixture_add ("/search/refusals", test_refusals);

  return g_test_run ();
}
