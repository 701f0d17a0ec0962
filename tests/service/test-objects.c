/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Create, replace, patch and delete, each rule of each type with the way it refuses, and what an answer looks like.
 */
#include "service-fixture.h"

#include <string.h>

#include "ms-txn.h"

#define EXT MS_URN_EXT_USER
#define fixture_add(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

static void
expect (Fixture *f, MsVerb verb, const char *type, const char *id, const char *body, int code, const char *path)
{
  g_autoptr (GError)    error = NULL;
  gint64                before = last_sequence (f);
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, verb, type, id, body, &error);

  g_test_message ("%s %s", type, body != NULL ? body : "");
  g_assert_null (outcome);
  refuse_error (error, code, path);
  g_assert_cmpint (last_sequence (f), ==, before);
}

static void
expect_patch (Fixture *f, const char *type, const char *id, const char *path, const char *value, int code, const char *fault)
{
  g_autofree char *body = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                                "'Operations':[{'op':'replace','path':'%s','value':%s}]}", path, value);
  expect (f, MS_VERB_PATCH, type, id, body, code, fault);
}

static char *
make_user (Fixture *f, const char *name)
{
  g_autofree char *body = json ("{'userName':'%s'}", name);
  return make (f, "User", body);
}

static char *
make_mailbox (Fixture *f, const char *name, const char *owner, gboolean primary)
{
  g_autofree char *body = owner != NULL ? json ("{'name':'%s','owner':{'value':'%s'},'primary':%s}", name, owner,
                                                primary ? "true" : "false")
                                        : json ("{'name':'%s'}", name);
  return make (f, "Mailbox", body);
}

static char *
make_group (Fixture *f, const char *name, const char *parent)
{
  g_autofree char *body = parent != NULL ? json ("{'name':'%s','parent':{'value':'%s'}}", name, parent) : json ("{'name':'%s'}", name);
  return make (f, "MailGroup", body);
}

/* What a new store has --------------------------------------------------------------------------------------- */

static void
test_initialize (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *password = NULL;

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
  g_autoptr (GError)      error = NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  g_assert_true (ms_service_describe_server (f->service, f->admin, builder, &error));
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  JsonObject          *server = json_node_get_object (root);
  assert_picked (server, "primaryDomain", "example.org");
  assert_picked (server, "seats.used", "1");
  assert_picked (server, "seats.limit", "null");
  assert_picked (server, "counts.User", "1");
  assert_picked (server, "counts.Guest", NULL);
  assert_picked (server, "store.driver", "sqlite");
  assert_picked (server, "sequence", "1");
}

/* Rendering -------------------------------------------------------------------------------------------------- */

static void
test_render_user (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make (f, "User", "{'userName':'john','name':{'givenName':'John'},'externalId':'x1','password':'secret word 1'}");
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
  g_autoptr (GError)  error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_auto (GStrv)      wanted = attributes != NULL ? g_strsplit (attributes, ",", -1) : NULL;
  g_auto (GStrv)      unwanted = excluded != NULL ? g_strsplit (excluded, ",", -1) : NULL;
  MsProjection        projection = { wanted, unwanted };

  g_assert_true (ms_service_get (f->service, f->admin, fixture_type (f, "User"), id, &projection, "", out, NULL, &error));
  return parse (out->str);
}

static char *
member_names (JsonObject *object)
{
  g_autoptr (GList)   names = g_list_sort (json_object_get_members (object), (GCompareFunc) strcmp);
  g_autoptr (GString) text = g_string_new (NULL);

  for (GList *at = names; at != NULL; at = at->next)
    {
      const char *name = at->data;
      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", strcmp (name, EXT) == 0 ? "EXT" : name);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_projection (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make (f, "User",
                              "{'userName':'john','name':{'givenName':'John','familyName':'Doe'},'title':'Cook','externalId':'e','"
                              EXT "':{'description':'d','rights':{'imap':true,'pop3':true}}}");
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
      g_autofree char       *names = member_names (shown);
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

  g_autoptr (GError)  error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  char               *names[] = { (char *) "userName", NULL };
  MsProjection        both = { names, names };
  g_assert_false (ms_service_get (f->service, f->admin, fixture_type (f, "User"), id, &both, "", out, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
}

static void
test_list (Fixture *f, gconstpointer data)
{
  g_autoptr (GError)  error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  char               *names[] = { (char *) "userName", NULL };
  MsProjection        projection = { names, NULL };

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("u%u", i);
      g_autofree char *id = make_user (f, name);
    }
  MsQuery query = { .type = fixture_type (f, "User"), .sort_by = ms_resource_type_find (fixture_type (f, "User"), "userName"),
                    .start = 1, .count = 2 };
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

/* Versions ---------------------------------------------------------------------------------------------------- */

static void
test_if_match (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *header;
    int         code; /* -1: passes */
  } cases[] = {
    { "*", -1 },           { "W/\"1\"", -1 },          { "\"1\"", -1 },     { "1", -1 },
    { "W/\"7\", W/\"1\"", -1 }, { "W/\"7\",\"1\"", -1 }, { "W/\"2\"", MS_ERROR_STALE }, { "\"10\"", MS_ERROR_STALE },
    { "W/\"7\" , \"8\"", MS_ERROR_STALE }, { "W/\"1", MS_ERROR_INVALID }, { "", MS_ERROR_INVALID }, { "\"1\" \"2\"", MS_ERROR_INVALID },
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
  g_autofree char *id = make (f, "User", "{'userName':'john','title':'Cook','emails':[{'value':'a@b.c','type':'work'}]}");
  gint64           before = last_sequence (f);

  g_assert_cmpint (change_sequence (f, "User", id, "title", "'Cook'"), ==, 0);
  g_assert_cmpint (change_sequence (f, "User", id, "active", "true"), ==, 0);
  g_assert_cmpint (change_sequence (f, "User", id, "emails", "[{'value':'a@b.c','type':'work'}]"), ==, 0);
  g_assert_cmpint (last_sequence (f), ==, before);
  assert_shown (f, "User", id, "meta.version", "W/\"1\"");
  change (f, "User", id, "title", "'Chef'");
  assert_shown (f, "User", id, "meta.version", "W/\"2\"");
}

static void
test_ignored (Fixture *f, gconstpointer data)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_CREATE, "User", NULL,
                                            "{'userName':'john','shoeSize':44,'id':'mine','meta':{}}", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (outcome->ignored), ==, 1);
  g_assert_cmpstr (outcome->ignored[0], ==, "shoeSize");
  g_assert_cmpstr (outcome->id, !=, "mine");
  g_assert_nonnull (strstr (outcome->document->str, "\"userName\":\"john\""));
}

/* Relations ---------------------------------------------------------------------------------------------------- */

static void
test_relations (Fixture *f, gconstpointer data)
{
  g_autofree char *user = make_user (f, "john");
  g_autofree char *group = make_group (f, "Sales", NULL);
  g_autofree char *wrong = json ("{'name':'a','owner':{'value':'%s'}}", group);
  g_autofree char *link = json ("{'value':'%s'}", user);
  g_autofree char *member = json ("{'displayName':'L','members':[{'value':'%s'},{'value':'nowhere'}]}", user);

  expect (f, MS_VERB_CREATE, "Mailbox", NULL, wrong, MS_ERROR_INVALID, "owner");
  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'a','owner':{'value':'nowhere'}}", MS_ERROR_INVALID, "owner");
  expect (f, MS_VERB_CREATE, "Group", NULL, member, MS_ERROR_INVALID, "members");
  expect_patch (f, "MailGroup", group, "parent", link, MS_ERROR_INVALID, "parent");
  expect_patch (f, "User", user, MS_URN_ENTERPRISE ":manager", "{'value':'nowhere'}", MS_ERROR_INVALID, MS_URN_ENTERPRISE ":manager");
  change (f, "User", user, MS_URN_ENTERPRISE ":manager", link);
  assert_shown (f, "User", user, MS_URN_ENTERPRISE ":manager.displayName", "john");
}

static void
test_members (Fixture *f, gconstpointer data)
{
  g_autofree char *a = make_user (f, "a");
  g_autofree char *b = make_user (f, "b");
  g_autofree char *box = make_mailbox (f, "box", NULL, FALSE);
  g_autofree char *body = json ("{'displayName':'L','members':[{'value':'%s'},{'value':'%s'}]}", a, b);
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

  g_autofree char *typed = g_strdup ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                                     "'Operations':[{'op':'remove','path':'members[type eq \\u0022Mailbox\\u0022]'}]}");
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_PATCH, "Group", list, typed, &error);
  g_assert_no_error (error);
  g_assert_true (outcome->changed);
  g_autoptr (JsonObject) left = show (f, "Group", list);
  assert_picked (left, "members[0].value", a);
  assert_picked (left, "members[1].value", NULL);
}

/* Users ---------------------------------------------------------------------------------------------------------- */

static void
test_user_rules (Fixture *f, gconstpointer data)
{
  g_autofree char *john = make_user (f, "john");

  expect (f, MS_VERB_CREATE, "User", NULL, "{'userName':'JOHN'}", MS_ERROR_CONFLICT, "userName");
  expect (f, MS_VERB_CREATE, "User", NULL, "{'userName':'   '}", MS_ERROR_INVALID, "userName");
  expect (f, MS_VERB_CREATE, "User", NULL, "{'displayName':'x'}", MS_ERROR_INVALID, "userName");
  expect (f, MS_VERB_CREATE, "User", NULL, "{'userName':'x','" EXT "':{'role':'king'}}", MS_ERROR_INVALID, EXT ":role");
  expect_patch (f, "User", john, EXT ":allowedNetworks", "['10.0.0.0/8','home']", MS_ERROR_INVALID, EXT ":allowedNetworks");
  expect_patch (f, "User", john, EXT ":passwordHash", "'{PLAIN}abc'", MS_ERROR_INVALID, EXT ":passwordHash");
  expect_patch (f, "User", john, EXT ":passwordHash", "'$6$rounds=999999999$abc$def'", MS_ERROR_INVALID, EXT ":passwordHash");
  expect (f, MS_VERB_CREATE, "User", NULL,
          "{'userName':'x','" EXT "':{'validFrom':'2026-02-01T00:00:00Z','validUntil':'2026-01-01T00:00:00Z'}}", MS_ERROR_INVALID,
          EXT ":validUntil");
  expect (f, MS_VERB_CREATE, "User", NULL, "{'userName':'x','password':'p','" EXT "':{'passwordHash':'$6$a$b'}}", MS_ERROR_INVALID,
          "password");
  /* The same name in other letters is no conflict with oneself. */
  change (f, "User", john, "userName", "'John'");
  assert_shown (f, "User", john, "userName", "John");
}

static void
test_last_administrator (Fixture *f, gconstpointer data)
{
  const char *admin = f->admin->user_id;

  expect_patch (f, "User", admin, "active", "false", MS_ERROR_CONFLICT, "active");
  expect_patch (f, "User", admin, EXT ":role", "'auditor'", MS_ERROR_CONFLICT, EXT ":role");
  expect (f, MS_VERB_DELETE, "User", admin, NULL, MS_ERROR_CONFLICT, NULL);

  g_autofree char *second = make (f, "User", "{'userName':'second','" EXT "':{'role':'administrator'}}");
  change (f, "User", second, "active", "false");
  /* A disabled one does not count. */
  expect_patch (f, "User", admin, "active", "false", MS_ERROR_CONFLICT, "active");
  change (f, "User", second, "active", "true");
  change (f, "User", admin, "active", "false");
  expect (f, MS_VERB_DELETE, "User", second, NULL, MS_ERROR_CONFLICT, NULL);
}

static void
test_user_delete (Fixture *f, gconstpointer data)
{
  g_autofree char *john = make_user (f, "john");
  g_autofree char *primary = make_mailbox (f, "john", john, TRUE);
  g_autofree char *extra = make_mailbox (f, "extra", john, FALSE);
  g_autofree char *jane = make_user (f, "jane");
  g_autofree char *kept = make_mailbox (f, "jane", jane, TRUE);

  drop (f, "User", john, NULL);
  g_assert_false (is_there (f, "User", john));
  g_assert_false (is_there (f, "Mailbox", primary));
  g_assert_false (is_there (f, "Mailbox", extra));

  expect (f, MS_VERB_DELETE, "User", jane, "{'mailboxes':'maybe'}", MS_ERROR_INVALID, "mailboxes");
  drop (f, "User", jane, "{'mailboxes':'keep'}");
  assert_shown (f, "Mailbox", kept, "owner", NULL);
  assert_shown (f, "Mailbox", kept, "primary", "false");
  expect (f, MS_VERB_DELETE, "User", jane, NULL, MS_ERROR_NOT_FOUND, NULL);
}

/* Mailboxes --------------------------------------------------------------------------------------------------------- */

static void
test_mailbox_address (Fixture *f, gconstpointer data)
{
  g_autofree char *net = make (f, "Domain", "{'name':'Example.NET'}");
  g_autofree char *box = make (f, "Mailbox", "{'name':'John','address':'evil@else.where','aliases':['jd','JD@example.org','x@y.z','john@EXAMPLE.org']}");

  assert_shown (f, "Domain", net, "name", "example.net");
  assert_shown (f, "Domain", net, "kind", "equal");
  assert_shown (f, "Mailbox", box, "address", "John@example.org");
  assert_shown (f, "Mailbox", box, "domain", "example.org");
  assert_shown (f, "Mailbox", box, "aliases", "[\"jd@example.org\",\"x@y.z\"]");
  assert_shown (f, "Mailbox", box, "active", "true");

  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'JOHN'}", MS_ERROR_CONFLICT, "address");
  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'a b'}", MS_ERROR_INVALID, "name");
  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'a','domain':'unknown.org'}", MS_ERROR_INVALID, "domain");
  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'a','domain':'-'}", MS_ERROR_INVALID, "domain");
  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'a','aliases':['no good']}", MS_ERROR_INVALID, "aliases");
  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'a','forwardTo':['a']}", MS_ERROR_INVALID, "forwardTo");
  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'a','quota':-1}", MS_ERROR_INVALID, "quota");
  change (f, "Mailbox", box, "domain", "'example.net'");
  assert_shown (f, "Mailbox", box, "address", "John@example.net");
  /* A PUT that leaves the domain out does not move the mailbox. */
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_REPLACE, "Mailbox", box, "{'name':'johnny'}", &error);
  g_assert_no_error (error);
  assert_shown (f, "Mailbox", box, "address", "johnny@example.net");
  assert_shown (f, "Mailbox", box, "aliases", NULL);
}

static void
test_alias_collisions (Fixture *f, gconstpointer data)
{
  g_autofree char *john = make (f, "Mailbox", "{'name':'john','aliases':['office']}");
  static const char *const bodies[] = { "{'name':'jane','aliases':['john']}", "{'name':'jack','aliases':['OFFICE']}" };
  g_autoptr (MsActor) scim = fixture_actor (f, f->admin->user_id, MS_ROLE_ADMINISTRATOR, "scim");

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsOutcome) refused = try_verb (f, scim, MS_VERB_CREATE, "Mailbox", NULL, bodies[i], &error);
      g_assert_null (refused);
      refuse_error (error, MS_ERROR_CONFLICT, "aliases");
      g_assert_cmpstr (ms_error_get_scim_type (error), ==, "uniqueness");
      g_autofree char *allowed = make (f, "Mailbox", bodies[i]);
      /* What is there already may be sent again. */
      g_clear_error (&error);
      g_autoptr (MsOutcome) again = try_verb (f, scim, MS_VERB_REPLACE, "Mailbox", allowed, bodies[i], &error);
      g_assert_no_error (error);
    }
}

static void
test_primary (Fixture *f, gconstpointer data)
{
  g_autofree char *john = make_user (f, "john");
  g_autofree char *jane = make_user (f, "jane");
  g_autofree char *one = make_mailbox (f, "one", john, TRUE);
  g_autofree char *two = make_mailbox (f, "two", john, FALSE);
  g_autofree char *hers = make_mailbox (f, "hers", jane, TRUE);
  g_autofree char *free_box = make_mailbox (f, "free", NULL, FALSE);
  g_autofree char *to_jane = json ("{'value':'%s'}", jane);

  expect_patch (f, "Mailbox", free_box, "primary", "true", MS_ERROR_INVALID, "primary");
  gint64 sequence = change_sequence (f, "Mailbox", two, "primary", "true");
  assert_shown (f, "Mailbox", one, "primary", "false");
  assert_shown (f, "Mailbox", two, "primary", "true");
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (ms_service_get_change (f->service, f->admin, sequence, out, NULL));
  g_autoptr (JsonObject) set = parse (out->str);
  assert_picked (set, "objectCount", "2");

  /* Given away, it is the new owner's secondary one, for she has a primary. */
  change (f, "Mailbox", two, "owner", to_jane);
  assert_shown (f, "Mailbox", two, "primary", "false");
  assert_shown (f, "Mailbox", hers, "primary", "true");
  change (f, "Mailbox", hers, "owner", NULL);
  assert_shown (f, "Mailbox", hers, "primary", "false");
}

/* Mail groups ---------------------------------------------------------------------------------------------------------- */

static void
test_group_rules (Fixture *f, gconstpointer data)
{
  g_autofree char *sales = make_group (f, "Sales", NULL);
  g_autofree char *emea = make_group (f, "EMEA", sales);
  g_autofree char *dach = make_group (f, "DACH", emea);
  g_autofree char *other = make_group (f, "Other", NULL);
  g_autofree char *in_dach = json ("{'value':'%s'}", dach);
  g_autofree char *in_self = json ("{'value':'%s'}", sales);
  g_autofree char *twin = json ("{'name':'emea','parent':{'value':'%s'}}", sales);
  g_autofree char *in_other = json ("{'name':'EMEA','parent':{'value':'%s'}}", other);

  assert_shown (f, "MailGroup", dach, "path", "Sales / EMEA / DACH");
  expect_patch (f, "MailGroup", sales, "parent", in_dach, MS_ERROR_INVALID, "parent");
  expect_patch (f, "MailGroup", sales, "parent", in_self, MS_ERROR_INVALID, "parent");
  expect (f, MS_VERB_CREATE, "MailGroup", NULL, twin, MS_ERROR_CONFLICT, "name");
  expect (f, MS_VERB_CREATE, "MailGroup", NULL, "{'name':'SALES'}", MS_ERROR_CONFLICT, "name");
  expect (f, MS_VERB_CREATE, "MailGroup", NULL, "{'name':'R/D'}", MS_ERROR_INVALID, "name");
  expect (f, MS_VERB_CREATE, "MailGroup", NULL, "{'name':'x','address':'x@unknown.org'}", MS_ERROR_INVALID, "address");
  g_autofree char *elsewhere = make (f, "MailGroup", in_other);
  expect_patch (f, "MailGroup", elsewhere, "parent", in_self, MS_ERROR_CONFLICT, "name");
  change (f, "MailGroup", sales, "address", "'sales'");
  assert_shown (f, "MailGroup", sales, "address", "sales@example.org");
  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'sales'}", MS_ERROR_CONFLICT, "address");
}

static void
test_group_counts (Fixture *f, gconstpointer data)
{
  g_autofree char *sales = make (f, "MailGroup", "{'name':'Sales','quota':5000}");
  g_autofree char *emea = make_group (f, "EMEA", sales);
  g_autofree char *body = json ("{'name':'a','group':{'value':'%s'}}", emea);
  g_autofree char *own = json ("{'name':'b','group':{'value':'%s'},'quota':7}", emea);
  g_autofree char *none = json ("{'name':'c','group':{'value':'%s'},'quota':0}", sales);
  g_autofree char *a = make (f, "Mailbox", body);
  g_autofree char *b = make (f, "Mailbox", own);
  g_autofree char *c = make (f, "Mailbox", none);

  assert_shown (f, "MailGroup", sales, "mailboxCount", "3");
  assert_shown (f, "MailGroup", sales, "directMailboxCount", "1");
  assert_shown (f, "MailGroup", sales, "groupCount", "1");
  assert_shown (f, "MailGroup", emea, "effectiveQuota", "5000");
  assert_shown (f, "Mailbox", a, "effectiveQuota", "5000");
  assert_shown (f, "Mailbox", b, "effectiveQuota", "7");
  assert_shown (f, "Mailbox", c, "effectiveQuota", NULL);
  assert_shown (f, "Mailbox", a, "group.display", "EMEA");
}

static void
test_group_delete (Fixture *f, gconstpointer data)
{
  g_autofree char *top = make_group (f, "Top", NULL);
  g_autofree char *sales = make_group (f, "Sales", top);
  g_autofree char *emea = make_group (f, "EMEA", sales);
  g_autofree char *body = json ("{'name':'a','group':{'value':'%s'}}", sales);
  g_autofree char *box = make (f, "Mailbox", body);

  expect (f, MS_VERB_DELETE, "MailGroup", sales, NULL, MS_ERROR_CONFLICT, NULL);
  expect (f, MS_VERB_DELETE, "MailGroup", sales, "{'content':'burn'}", MS_ERROR_INVALID, "content");
  drop (f, "MailGroup", sales, "{'content':'parent'}");
  assert_shown (f, "MailGroup", emea, "parent.value", top);
  assert_shown (f, "Mailbox", box, "group.value", top);
  drop (f, "MailGroup", top, "{'content':'delete'}");
  g_assert_false (is_there (f, "Mailbox", box));
  g_assert_false (is_there (f, "MailGroup", emea));
}

/* Domains, templates, guest ------------------------------------------------------------------------------------------------ */

typedef struct
{
  Fixture    *fixture;
  const char *name;
  MsObject   *found;
} DomainSearch;

static gboolean
find_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  DomainSearch *search = user_data;

  search->found = ms_txn_find_object (txn, fixture_type (search->fixture, "Domain"), "name", search->name, error);
  return search->found != NULL;
}

static MsObject *
find_domain (Fixture *f, const char *name)
{
  DomainSearch search = { f, name, NULL };

  g_assert_true (ms_store_read (f->store, find_in_txn, &search, NULL, NULL));
  return search.found;
}

static void
test_domains (Fixture *f, gconstpointer data)
{
  g_autoptr (MsObject) first = find_domain (f, "example.org");
  const char          *org = ms_object_get_id (first);
  g_autofree char     *net = make (f, "Domain", "{'name':'example.net'}");
  g_autofree char     *alias = make (f, "Domain", "{'name':'example.com','kind':'alias','aliasOf':'EXAMPLE.net'}");

  expect (f, MS_VERB_CREATE, "Domain", NULL, "{'name':'example.NET'}", MS_ERROR_CONFLICT, "name");
  expect (f, MS_VERB_CREATE, "Domain", NULL, "{'name':'no good'}", MS_ERROR_INVALID, "name");
  expect (f, MS_VERB_CREATE, "Domain", NULL, "{'name':'a.org','kind':'alias'}", MS_ERROR_INVALID, "aliasOf");
  expect (f, MS_VERB_CREATE, "Domain", NULL, "{'name':'a.org','kind':'alias','aliasOf':'a.org'}", MS_ERROR_INVALID, "aliasOf");
  expect (f, MS_VERB_CREATE, "Domain", NULL, "{'name':'a.org','kind':'alias','aliasOf':'b.org'}", MS_ERROR_INVALID, "aliasOf");
  expect (f, MS_VERB_CREATE, "Domain", NULL, "{'name':'a.org','kind':'alias','aliasOf':'example.com'}", MS_ERROR_INVALID, "aliasOf");
  expect (f, MS_VERB_CREATE, "Domain", NULL, "{'name':'a.org','aliasOf':'example.net'}", MS_ERROR_INVALID, "aliasOf");
  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'a','domain':'example.com'}", MS_ERROR_INVALID, "domain");
  expect_patch (f, "Domain", org, "kind", "'equal'", MS_ERROR_CONFLICT, "kind");
  expect_patch (f, "Domain", org, "name", "'other.org'", MS_ERROR_CONFLICT, "name");
  expect_patch (f, "Domain", net, "name", "'other.net'", MS_ERROR_CONFLICT, "name");
  expect (f, MS_VERB_DELETE, "Domain", org, NULL, MS_ERROR_CONFLICT, NULL);
  expect (f, MS_VERB_DELETE, "Domain", net, NULL, MS_ERROR_CONFLICT, NULL);

  gint64 sequence = change_sequence (f, "Domain", net, "kind", "'primary'");
  g_assert_cmpint (sequence, >, 0);
  assert_shown (f, "Domain", org, "kind", "equal");
  g_autofree char *box = make_mailbox (f, "new", NULL, FALSE);
  assert_shown (f, "Mailbox", box, "address", "new@example.net");
  /* The old one is in use by the administrator's mailbox. */
  expect (f, MS_VERB_DELETE, "Domain", org, NULL, MS_ERROR_CONFLICT, NULL);
  change (f, "Domain", alias, "kind", "'equal'");
  assert_shown (f, "Domain", alias, "aliasOf", NULL);
  drop (f, "Domain", alias, NULL);
}

static void
test_templates_and_guest (Fixture *f, gconstpointer data)
{
  expect (f, MS_VERB_CREATE, "Template", NULL, "{'name':'t','domain':'unknown.org'}", MS_ERROR_INVALID, "domain");
  expect (f, MS_VERB_CREATE, "Template", NULL, "{'name':'t','loginPattern':'{first}'}", MS_ERROR_INVALID, "loginPattern");
  expect (f, MS_VERB_CREATE, "Template", NULL, "{'name':'t','aliasPatterns':['{g}{family}','{']}", MS_ERROR_INVALID, "aliasPatterns");
  g_autofree char *id = make (f, "Template", "{'name':'Staff','loginPattern':'{given}.{family}'}");
  expect (f, MS_VERB_CREATE, "Template", NULL, "{'name':'staff'}", MS_ERROR_CONFLICT, "name");

  expect (f, MS_VERB_CREATE, "Guest", NULL, "{'rights':{'proxy':true}}", MS_ERROR_CONFLICT, NULL);
  expect (f, MS_VERB_DELETE, "Guest", NULL, NULL, MS_ERROR_DENIED, NULL);
  change (f, "Guest", NULL, "rights.proxy", "true");
  assert_shown (f, "Guest", NULL, "rights.proxy", "true");
  assert_shown (f, "Guest", NULL, "meta.location", "https://x/scim/v2/Guest");
}

/* Who may ------------------------------------------------------------------------------------------------------------------- */

static void
test_delegate (Fixture *f, gconstpointer data)
{
  g_autofree char    *worker = make (f, "User", "{'userName':'worker','" EXT "':{'role':'delegate'}}");
  g_autoptr (MsActor) delegate = fixture_actor (f, worker, MS_ROLE_DELEGATE, "console");
  g_autofree char    *john = make_user (f, "john");
  g_autofree char    *boss_box = json ("{'name':'spy','owner':{'value':'%s'}}", f->admin->user_id);
  const struct
  {
    MsVerb      verb;
    const char *type, *id, *value, *path;
    gboolean    allowed;
  } cases[] = {
    { MS_VERB_CREATE, "User", NULL, "{'userName':'new'}", NULL, TRUE },
    { MS_VERB_CREATE, "User", NULL, "{'userName':'evil','" EXT "':{'role':'administrator'}}", EXT ":role", FALSE },
    { MS_VERB_CREATE, "Mailbox", NULL, "{'name':'new'}", NULL, TRUE },
    { MS_VERB_CREATE, "Mailbox", NULL, boss_box, NULL, FALSE },
    { MS_VERB_CREATE, "Group", NULL, "{'displayName':'x'}", NULL, FALSE },
    { MS_VERB_CREATE, "Domain", NULL, "{'name':'x.org'}", NULL, FALSE },
    { MS_VERB_PATCH, "User", john, "{'title':'Cook'}", NULL, TRUE },
    { MS_VERB_PATCH, "User", john, "{'password':'another 1'}", NULL, TRUE },
    { MS_VERB_PATCH, "User", worker, "{'" EXT ":role':'administrator'}", EXT ":role", FALSE },
    { MS_VERB_PATCH, "User", f->admin->user_id, "{'password':'another 1'}", NULL, FALSE },
    { MS_VERB_PATCH, "User", f->admin->user_id, "{'title':'x'}", NULL, FALSE },
    { MS_VERB_PATCH, "Guest", NULL, "{'rights':{'proxy':true}}", NULL, FALSE },
    { MS_VERB_DELETE, "User", john, NULL, NULL, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char   *body = cases[i].verb == MS_VERB_PATCH ? json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                                                                       "'Operations':[{'op':'replace','value':%s}]}", cases[i].value)
                                                               : g_strdup (cases[i].value);
      g_autoptr (MsOutcome) outcome = try_verb (f, delegate, cases[i].verb, cases[i].type, cases[i].id, body, &error);
      g_test_message ("case %u", i);
      if (cases[i].allowed)
        g_assert_no_error (error);
      else
        refuse_error (error, MS_ERROR_DENIED, cases[i].path);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/objects/initialize", test_initialize);
  fixture_add ("/objects/describe", test_describe);
  fixture_add ("/objects/render/user", test_render_user);
  fixture_add ("/objects/render/projection", test_projection);
  fixture_add ("/objects/list", test_list);
  fixture_add ("/objects/if-match", test_if_match);
  fixture_add ("/objects/no-op", test_no_op);
  fixture_add ("/objects/ignored", test_ignored);
  fixture_add ("/objects/relations", test_relations);
  fixture_add ("/objects/members", test_members);
  fixture_add ("/objects/user/rules", test_user_rules);
  fixture_add ("/objects/user/last-administrator", test_last_administrator);
  fixture_add ("/objects/user/delete", test_user_delete);
  fixture_add ("/objects/mailbox/address", test_mailbox_address);
  fixture_add ("/objects/mailbox/alias-collisions", test_alias_collisions);
  fixture_add ("/objects/mailbox/primary", test_primary);
  fixture_add ("/objects/mail-group/rules", test_group_rules);
  fixture_add ("/objects/mail-group/counts", test_group_counts);
  fixture_add ("/objects/mail-group/delete", test_group_delete);
  fixture_add ("/objects/domains", test_domains);
  fixture_add ("/objects/templates-and-guest", test_templates_and_guest);
  fixture_add ("/objects/delegate", test_delegate);
  return g_test_run ();
}
