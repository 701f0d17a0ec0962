/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is the same for every type: what a new store holds, how an answer looks, versions,
 * relations.
 */
#include "service-fixture.h"
#include "store-place.h"

#include <string.h>

#define EXT MS_URN_EXT_USER

/* What a new store has ---------------------------------------------------------------------- */

static void
test_initialize (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *password = NULL;

  g_assert_cmpuint (strlen (f->password), >=, 12);
  g_assert_false (ms_service_initialize (f->service, "example.net", "root", &password, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);

  assert_shown (f, "User", f->admin->user_id, "userName", "admin");
  assert_shown (f, "User", f->admin->user_id, EXT ":role", "administrator");
  assert_shown (f, "User", f->admin->user_id, EXT ":passwordScheme", "yescrypt");
  assert_shown (f, "User", f->admin->user_id, EXT ":mailboxes[0].address", "admin@example.org");
  assert_shown (f, "User", f->admin->user_id, EXT ":mailboxes[0].primary", "true");
  assert_shown (f, "Guest", NULL, "rights.imap", "false");
  g_assert_cmpint (last_sequence (f), ==, 1);
}

static void
test_describe (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  g_assert_true (ms_service_describe_server (f->service, f->admin, builder, &error));
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  JsonObject *server = json_node_get_object (root);
  assert_picked (server, "primaryDomain", "example.org");
  assert_picked (server, "seats.used", "1");
  assert_picked (server, "seats.limit", "null");
  assert_picked (server, "counts.User", "1");
  assert_picked (server, "counts.Guest", NULL);
  assert_picked (server, "store.driver", store_place_get_driver ());
  assert_picked (server, "sequence", "1");
}

/* Rendering --------------------------------------------------------------------------------- */

static void
test_render_user (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make (f,
                              "User",
                              "{'userName':'john','name':{'givenName':'John'},'externalId':'x1','"
                              "password':'secret word 1'}");
  g_autofree char *box = make_mailbox (f, "john", id, TRUE);
  g_autofree char *body = json ("{'displayName':'Crew','members':[{'value':'%s'}]}", id);
  g_autofree char *list = make (f, "Group", body);
  g_autofree char *location = g_strconcat ("https://x/scim/v2/Users/", id, NULL);
  g_autofree char *reference = g_strconcat ("https://x/scim/v2/Groups/", list, NULL);
  g_autoptr (JsonObject) user = show (f, "User", id);

  assert_picked (user, "id", id);
  assert_picked (user, "schemas", "[\"" MS_URN_USER "\",\"" EXT "\"]");
  assert_picked (user, "externalId", "x1");
  assert_picked (user, "active", "true");
  assert_picked (user, "name.givenName", "John");
  assert_picked (user, "meta.resourceType", "User");
  assert_picked (user, "meta.location", location);
  assert_picked (user, "meta.version", "W/\"1\"");
  assert_picked (user, "groups[0].value", list);
  assert_picked (user, "groups[0].display", "Crew");
  assert_picked (user, "groups[0].type", "direct");
  assert_picked (user, "groups[0].$ref", reference);
  assert_picked (user, EXT ":mailboxes[0].value", box);
  assert_picked (user, EXT ":mailboxes[0].address", "john@example.org");
  assert_picked (user, EXT ":passwordScheme", "yescrypt");
  assert_picked (user, "password", NULL);

  g_autoptr (JsonObject) shown = show (f, "Group", list);
  assert_picked (shown, "members[0].value", id);
  assert_picked (shown, "members[0].type", "User");
  assert_picked (shown, "members[0].display", "john");
  assert_picked (shown, "schemas", "[\"" MS_URN_GROUP "\"]");
}

static JsonObject *
project (Fixture *f, const char *id, const char *attributes, const char *excluded)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_auto (GStrv) wanted = attributes != NULL ? g_strsplit (attributes, ",", -1) : NULL;
  g_auto (GStrv) unwanted = excluded != NULL ? g_strsplit (excluded, ",", -1) : NULL;
  MsProjection projection = { wanted, unwanted };

  g_assert_true (ms_service_get (
      f->service, f->admin, fixture_type (f, "User"), id, &projection, "", out, NULL, &error));
  return parse (out->str);
}

static char *
member_names (JsonObject *object)
{
  g_autoptr (GList) names = g_list_sort (json_object_get_members (object), (GCompareFunc) strcmp);
  g_autoptr (GString) text = g_string_new (NULL);

  for (GList *at = names; at != NULL; at = at->next)
    {
      const char *name = at->data;
      g_string_append_printf (
          text, "%s%s", text->len > 0 ? " " : "", strcmp (name, EXT) == 0 ? "EXT" : name);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_projection (Fixture *f, gconstpointer data)
{
  g_autofree char *id
      = make (f,
              "User",
              "{'userName':'john','name':{'givenName':'John','familyName':'Doe'},'title':'Cook','"
              "externalId':'e','" EXT "':{'description':'d','rights':{'imap':true,'pop3':true}}}");
  static const struct
  {
    const char *attributes, *excluded, *members;
  } cases[] = {
    { NULL, NULL, "active externalId id meta name schemas title EXT userName" },
    { "userName", NULL, "id schemas userName" },
    { "USERNAME,nothing", NULL, "id schemas userName" },
    { "name.givenName", NULL, "id name schemas" },
    { "externalId,meta", NULL, "externalId id meta schemas" },
    { EXT, NULL, "id schemas EXT" },
    { EXT ":rights.imap", NULL, "id schemas EXT" },
    { "urn:ietf:params:scim:schemas:core:2.0:User:title", NULL, "id schemas title" },
    { "password", NULL, "id schemas" },
    { NULL, "userName,id,schemas", "active externalId id meta name schemas title EXT" },
    { NULL, "meta," EXT, "active externalId id name schemas title userName" },
    { NULL, "externalId,name.givenName", "active id meta name schemas title EXT userName" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonObject) shown = project (f, id, cases[i].attributes, cases[i].excluded);
      g_autofree char *names = member_names (shown);
      g_test_message ("case %u", i);
      g_assert_cmpstr (names, ==, cases[i].members);
    }

  g_autoptr (JsonObject) one = project (f, id, "name.givenName", NULL);
  assert_picked (one, "name", "{\"givenName\":\"John\"}");
  g_autoptr (JsonObject) other = project (f, id, NULL, "name.givenName");
  assert_picked (other, "name", "{\"familyName\":\"Doe\"}");
  g_autoptr (JsonObject) right = project (f, id, EXT ":rights.imap", NULL);
  assert_picked (right, EXT ":rights", "{\"imap\":true}");
  assert_picked (right, EXT ":description", NULL);

  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  char        *names[] = { (char *) "userName", NULL };
  MsProjection both = { names, names };
  g_assert_false (ms_service_get (
      f->service, f->admin, fixture_type (f, "User"), id, &both, "", out, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
}

/* Of an entry no part is wanted: then it is not there, as anything else of which that is so. */
static void
test_projection_of_entries (Fixture *f, gconstpointer data)
{
  g_autofree char *john = make_user (f, "john");
  g_autofree char *list = json ("{'displayName':'all','members':[{'value':'%s'}]}", john);
  g_autofree char *all = make (f, "Group", list);
  g_autofree char *manager = json ("{'value':'%s'}", john);
  g_autofree char *jane = make_user (f, "jane");

  change (f, "User", jane, MS_URN_ENTERPRISE ":manager", manager);
  g_autoptr (JsonObject) groups
             = project (f, john, NULL, "groups.value,groups.$ref,groups.display,groups.type");
  assert_picked (groups, "groups", NULL);
  g_autoptr (JsonObject) part = project (f, john, NULL, "groups.value,groups.$ref,groups.type");
  assert_picked (part, "groups", "[{\"display\":\"all\"}]");
  g_autoptr (JsonObject) managed = project (f,
                                            jane,
                                            NULL,
                                            MS_URN_ENTERPRISE ":manager.value," MS_URN_ENTERPRISE
                                                              ":manager.$ref," MS_URN_ENTERPRISE
                                                              ":manager.displayName");
  assert_picked (managed, MS_URN_ENTERPRISE ":manager", NULL);
  assert_picked (managed, MS_URN_ENTERPRISE, NULL);
}

static void
test_list (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  char        *names[] = { (char *) "userName", NULL };
  MsProjection projection = { names, NULL };

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("u%u", i);
      g_autofree char *id = make_user (f, name);
    }
  MsQuery query = { .type = fixture_type (f, "User"),
                    .sort_by = ms_resource_type_find (fixture_type (f, "User"), "userName"),
                    .start = 1,
                    .count = 2 };
  g_assert_true (ms_service_list (f->service, f->admin, &query, &projection, "", out, &error));
  g_autoptr (JsonObject) list = parse (out->str);
  assert_picked (list, "totalResults", "6");
  assert_picked (list, "startIndex", "2");
  assert_picked (list, "itemsPerPage", "2");
  assert_picked (list, "Resources[0].userName", "u0");
  assert_picked (list, "Resources[1].userName", "u1");
  assert_picked (list, "schemas[0]", "urn:ietf:params:scim:api:messages:2.0:ListResponse");

  g_string_truncate (out, 0);
  g_assert_true (ms_service_list_ranges (f->service, f->admin, &query, 4, out, &error));
  g_autoptr (JsonObject) ranges = parse (out->str);
  assert_picked (ranges, "total", "6");
  assert_picked (ranges, "ranges[0].from", "admin");
  assert_picked (ranges, "ranges[1].start", "4");
  assert_picked (ranges, "ranges[0].to", "u3");
  assert_picked (ranges, "ranges[1].from", "u3");
  assert_picked (ranges, "ranges[1].to", "u4");

  MsActor nobody = { .channel = (char *) "scim", .role = MS_ROLE_NONE };
  g_assert_false (ms_service_list (f->service, &nobody, &query, NULL, "", out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
}

/* Versions ---------------------------------------------------------------------------------- */

static void
test_if_match (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *header;
    int         code; /* -1: passes */
  } cases[] = {
    { "*", -1 },
    { "W/\"1\"", -1 },
    { "\"1\"", -1 },
    { "1", -1 },
    { "W/\"7\", W/\"1\"", -1 },
    { "W/\"7\",\"1\"", -1 },
    { "W/\"2\"", MS_ERROR_STALE },
    { "\"10\"", MS_ERROR_STALE },
    { "W/\"7\" , \"8\"", MS_ERROR_STALE },
    { "W/\"1", MS_ERROR_INVALID },
    { "", MS_ERROR_INVALID },
    { "\"1\" \"2\"", MS_ERROR_INVALID },
  };
  g_autofree char *id = make_user (f, "john");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      MsOperation *operation = ms_operation_new (MS_VERB_REPLACE);
      operation->type = fixture_type (f, "User");
      operation->id = g_strdup (id);
      /* The same as it is: no new version, so that each case sees version 1. */
      operation->body = parse ("{'userName':'john','active':true}");
      operation->if_match = g_strdup (cases[i].header);
      g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
      g_test_message ("%s", cases[i].header);
      if (cases[i].code >= 0)
        g_assert_error (error, MS_ERROR, cases[i].code);
      else
        {
          g_assert_no_error (error);
          g_assert_false (outcome->changed);
          g_assert_cmpint (outcome->sequence, ==, 0);
          g_assert_cmpint (outcome->version, ==, 1);
        }
    }
}

static void
test_no_op (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make (
      f, "User", "{'userName':'john','title':'Cook','emails':[{'value':'a@b.c','type':'work'}]}");
  gint64 before = last_sequence (f);

  g_assert_cmpint (change_sequence (f, "User", id, "title", "'Cook'"), ==, 0);
  g_assert_cmpint (change_sequence (f, "User", id, "active", "true"), ==, 0);
  g_assert_cmpint (
      change_sequence (f, "User", id, "emails", "[{'value':'a@b.c','type':'work'}]"), ==, 0);
  g_assert_cmpint (last_sequence (f), ==, before);
  assert_shown (f, "User", id, "meta.version", "W/\"1\"");
  change (f, "User", id, "title", "'Chef'");
  assert_shown (f, "User", id, "meta.version", "W/\"2\"");
}

static void
test_ignored (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome
             = try_verb (f,
                         NULL,
                         MS_VERB_CREATE,
                         "User",
                         NULL,
                         "{'userName':'john','shoeSize':44,'id':'mine','meta':{}}",
                         &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (outcome->ignored), ==, 1);
  g_assert_cmpstr (outcome->ignored[0], ==, "shoeSize");
  g_assert_cmpstr (outcome->id, !=, "mine");
  g_assert_nonnull (strstr (outcome->document->str, "\"userName\":\"john\""));
}

/* Relations --------------------------------------------------------------------------------- */

static void
test_relations (Fixture *f, gconstpointer data)
{
  g_autofree char *user = make_user (f, "john");
  g_autofree char *group = make_group (f, "Sales", NULL);
  g_autofree char *wrong = json ("{'name':'a','owner':{'value':'%s'}}", group);
  g_autofree char *link = json ("{'value':'%s'}", user);
  g_autofree char *member
      = json ("{'displayName':'L','members':[{'value':'%s'},{'value':'nowhere'}]}", user);

  expect (f, MS_VERB_CREATE, "Mailbox", NULL, wrong, MS_ERROR_INVALID, "owner");
  expect (f,
          MS_VERB_CREATE,
          "Mailbox",
          NULL,
          "{'name':'a','owner':{'value':'nowhere'}}",
          MS_ERROR_INVALID,
          "owner");
  expect (f, MS_VERB_CREATE, "Group", NULL, member, MS_ERROR_INVALID, "members");
  expect_patch (f, "MailGroup", group, "parent", link, MS_ERROR_INVALID, "parent");
  expect_patch (f,
                "User",
                user,
                MS_URN_ENTERPRISE ":manager",
                "{'value':'nowhere'}",
                MS_ERROR_INVALID,
                MS_URN_ENTERPRISE ":manager");
  change (f, "User", user, MS_URN_ENTERPRISE ":manager", link);
  assert_shown (f, "User", user, MS_URN_ENTERPRISE ":manager.displayName", "john");
}

static void
test_members (Fixture *f, gconstpointer data)
{
  g_autofree char *a = make_user (f, "a");
  g_autofree char *b = make_user (f, "b");
  g_autofree char *box = make_mailbox (f, "box", NULL, FALSE);
  g_autofree char *body
      = json ("{'displayName':'L','members':[{'value':'%s'},{'value':'%s'}]}", a, b);
  g_autofree char *list = make (f, "Group", body);
  g_autofree char *same = json ("[{'value':'%s'},{'value':'%s'}]", b, a);
  g_autofree char *other = json ("[{'value':'%s'},{'value':'%s'}]", a, box);
  g_autofree char *self = json ("[{'value':'%s'}]", list);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (change_sequence (f, "Group", list, "members", same), ==, 0);
  change (f, "Group", list, "members", other);
  g_autoptr (JsonObject) shown = show (f, "Group", list);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (shown, "members")), ==, 2);
  expect_patch (f, "Group", list, "members", self, MS_ERROR_INVALID, "members");

  g_autofree char *typed = g_strdup (
      "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
      "'Operations':[{'op':'remove','path':'members[type eq \\u0022Mailbox\\u0022]'}]}");
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_PATCH, "Group", list, typed, &error);
  g_assert_no_error (error);
  g_assert_true (outcome->changed);
  g_autoptr (JsonObject) left = show (f, "Group", list);
  assert_picked (left, "members[0].value", a);
  assert_picked (left, "members[1].value", NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/objects/initialize", test_initialize);
  fixture_add ("/objects/describe", test_describe);
  fixture_add ("/objects/render/user", test_render_user);
  fixture_add ("/objects/render/projection", test_projection);
  fixture_add ("/objects/render/projection-of-entries", test_projection_of_entries);
  fixture_add ("/objects/list", test_list);
  fixture_add ("/objects/if-match", test_if_match);
  fixture_add ("/objects/no-op", test_no_op);
  fixture_add ("/objects/ignored", test_ignored);
  fixture_add ("/objects/relations", test_relations);
  fixture_add ("/objects/members", test_members);
  return g_test_run ();
}
