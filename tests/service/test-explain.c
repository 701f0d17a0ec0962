/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who gets mail for an address: each rule of "How mail finds its way" (docs/data-model.md) as one
 * graph, written down as text; bounds; who may ask.
 */
#include "service-fixture.h"

#include <stdlib.h>

#include "ms-delivery-walk.h"

#define EXT_GROUP "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group"

static JsonObject *
explain (Fixture *f, const char *address, guint nodes)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean done = ms_service_explain (f->service, f->admin, address, nodes, out, &error);

  g_assert_no_error (error);
  g_assert_true (done);
  g_autoptr (JsonNode) node = ms_json_parse (out->str, -1, &ms_json_default_limits, &error);
  g_assert_no_error (error);
  return json_node_dup_object (node);
}

/* "mailbox john" or the address itself */
static char *
name_place (JsonObject *place)
{
  const char *type = json_object_get_string_member (place, "type");
  const char *label = json_object_get_string_member (place, "label");

  return g_str_equal (type, "address") || g_str_equal (type, "outside")
             ? g_strdup (label)
             : g_strconcat (type, " ", label, NULL);
}

static char *
name_node (JsonObject *json, const char *id)
{
  JsonArray *nodes = json_object_get_array_member (json, "nodes");

  for (guint i = 0; i < json_array_get_length (nodes); i++)
    {
      JsonObject *node = json_array_get_object_element (nodes, i);
      if (g_str_equal (json_object_get_string_member (node, "id"), id))
        return name_place (node);
    }
  g_error ("An edge to nowhere");
}

static void
tell_problem (JsonObject *problem, GString *text)
{
  if (g_str_equal (json_object_get_string_member (problem, "kind"), "deadEnd"))
    {
      g_autofree char *at = name_place (json_object_get_object_member (problem, "at"));
      g_string_append_printf (
          text, "dead end %s: %s\n", at, json_object_get_string_member (problem, "reason"));
      return;
    }
  JsonArray *path = json_object_get_array_member (problem, "path");
  g_string_append (text, "loop");
  for (guint i = 0; i < json_array_get_length (path); i++)
    {
      g_autofree char *at = name_place (json_array_get_object_element (path, i));
      g_string_append_printf (text, " > %s", at);
    }
  g_string_append_c (text, '\n');
}

/* Every edge, then who gets it, then what is wrong, a line each. */
static char *
tell (JsonObject *json)
{
  GString   *text = g_string_new (NULL);
  JsonArray *edges = json_object_get_array_member (json, "edges");
  JsonArray *problems = json_object_get_array_member (json, "problems");
  JsonArray *recipients
      = json_object_get_array_member (json_object_get_object_member (json, "recipients"), "list");

  for (guint i = 0; i < json_array_get_length (edges); i++)
    {
      JsonObject      *edge = json_array_get_object_element (edges, i);
      g_autofree char *from = name_node (json, json_object_get_string_member (edge, "from"));
      g_autofree char *to = name_node (json, json_object_get_string_member (edge, "to"));
      g_string_append_printf (
          text, "%s -%s> %s\n", from, json_object_get_string_member (edge, "kind"), to);
    }
  for (guint i = 0; i < json_array_get_length (recipients); i++)
    {
      g_autofree char *name = name_place (json_array_get_object_element (recipients, i));
      g_string_append_printf (text, "to %s\n", name);
    }
  for (guint i = 0; i < json_array_get_length (problems); i++)
    tell_problem (json_array_get_object_element (problems, i), text);
  return g_string_free (text, FALSE);
}

static void
expect_told (Fixture *f, const char *address, const char *expected)
{
  g_autoptr (JsonObject) json = explain (f, address, 500);
  g_autofree char *text = tell (json);

  g_test_message ("%s", address);
  g_assert_cmpstr (text, ==, expected);
}

static char *
make_list (Fixture *f, const char *name, const char *more)
{
  g_autofree char *body = json (
      "{'displayName':'%s','" EXT_GROUP "':{'address':'%s@example.org'}%s}", name, name, more);

  return make (f, "Group", body);
}

static void
test_mailbox (Fixture *f, gconstpointer data)
{
  g_autofree char *john
      = make (f, "Mailbox", "{'name':'John','aliases':['jd','j.doe@example.org']}");
  g_autofree char *jane = make (f, "Mailbox", "{'name':'jane','aliases':['JD','john']}");
  g_autofree char *shut = make (f, "Mailbox", "{'name':'shut','active':false}");

  /* Addresses ignore case; a bare name takes the primary domain; an alias of several mailboxes, or
   * one that is another's address, delivers to each. */
  expect_told (f,
               "J.DOE@Example.ORG",
               "J.DOE@example.org -alias> Mailbox John\n"
               "to Mailbox John\n");
  expect_told (f,
               "jd",
               "jd@example.org -alias> Mailbox John\n"
               "jd@example.org -alias> Mailbox jane\n"
               "to Mailbox John\n"
               "to Mailbox jane\n");
  expect_told (f,
               "john",
               "john@example.org -address> Mailbox John\n"
               "john@example.org -alias> Mailbox jane\n"
               "to Mailbox John\n"
               "to Mailbox jane\n");
  expect_told (f,
               "shut",
               "shut@example.org -address> Mailbox shut\n"
               "dead end Mailbox shut: closed\n");
  expect_told (f, "nobody", "dead end nobody@example.org: unknownAddress\n");
  /* No part after a + is cut off. */
  expect_told (f, "john+news", "dead end john+news@example.org: unknownAddress\n");
}

static void
test_forward (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make (f, "Mailbox", "{'name':'ann'}");
  g_autofree char *keeps
      = make (f, "Mailbox", "{'name':'keeps','forwardTo':['ann','x@elsewhere.example']}");
  g_autofree char *passes
      = make (f, "Mailbox", "{'name':'passes','forwardTo':['gone','ann'],'keepCopy':false}");
  g_autofree char *shut = make (f, "Mailbox", "{'name':'shut','active':false,'forwardTo':['ann']}");
  g_autofree char *alone = make (f, "Mailbox", "{'name':'alone','keepCopy':false}");

  expect_told (f,
               "keeps",
               "keeps@example.org -address> Mailbox keeps\n"
               "Mailbox keeps -forward> ann@example.org\n"
               "Mailbox keeps -forward> x@elsewhere.example\n"
               "ann@example.org -address> Mailbox ann\n"
               "to Mailbox keeps\n"
               "to x@elsewhere.example\n"
               "to Mailbox ann\n");
  expect_told (f,
               "passes",
               "passes@example.org -address> Mailbox passes\n"
               "Mailbox passes -forward> gone@example.org\n"
               "Mailbox passes -forward> ann@example.org\n"
               "ann@example.org -address> Mailbox ann\n"
               "to Mailbox ann\n"
               "dead end gone@example.org: unknownAddress\n");
  /* A closed mailbox does not forward, and without a forward there is always a copy. */
  expect_told (f,
               "shut",
               "shut@example.org -address> Mailbox shut\n"
               "dead end Mailbox shut: closed\n");
  expect_told (f,
               "alone",
               "alone@example.org -address> Mailbox alone\n"
               "to Mailbox alone\n");
}

static void
test_domains (Fixture *f, gconstpointer data)
{
  g_autofree char *equal = make (f, "Domain", "{'name':'equal.example'}");
  g_autofree char *alias
      = make (f, "Domain", "{'name':'same.example','kind':'alias','aliasOf':'example.org'}");
  g_autofree char *john
      = make (f,
              "Mailbox",
              "{'name':'john','aliases':['jd@equal.example','only@same.example','a@b.example']}");

  expect_told (f,
               "John@SAME.example",
               "John@same.example -aliasDomain> John@example.org\n"
               "John@example.org -address> Mailbox john\n"
               "to Mailbox john\n");
  /* An alias in the alias domain itself, beside the same name in the other one. */
  expect_told (f,
               "only@same.example",
               "only@same.example -alias> Mailbox john\n"
               "only@same.example -aliasDomain> only@example.org\n"
               "to Mailbox john\n"
               "dead end only@example.org: unknownAddress\n");
  expect_told (f, "john@equal.example", "dead end john@equal.example: unknownAddress\n");
  expect_told (f,
               "jd@equal.example",
               "jd@equal.example -alias> Mailbox john\n"
               "to Mailbox john\n");
  /* Nobody takes mail for other people's domains by an alias. */
  expect_told (f, "a@b.example", "to a@b.example\n");
  g_autoptr (JsonObject) outside = explain (f, "a@b.example", 500);
  g_autoptr (JsonObject) inside = explain (f, "nobody@same.example", 500);
  assert_picked (outside, "local", "false");
  assert_picked (inside, "local", "true");
}

static void
test_lists (Fixture *f, gconstpointer data)
{
  g_autofree char *user = make_user (f, "ann");
  g_autofree char *off = make (f, "User", "{'userName':'off','active':false}");
  g_autofree char *bare = make_user (f, "bare");
  g_autofree char *ann = make_mailbox (f, "ann", user, TRUE);
  g_autofree char *other = make_mailbox (f, "ann-archive", user, FALSE);
  g_autofree char *offs = make_mailbox (f, "off", off, TRUE);
  g_autofree char *inner = make_list (f, "inner", "");
  g_autofree char *members = json (
      ",'members':[{'value':'%s'},{'value':'%s'},{'value':'%s'},{'value':'%s'},{'value':'%s'}]",
      user,
      off,
      bare,
      other,
      inner);
  g_autofree char *outer = make_list (f, "outer", members);
  change (f,
          "Group",
          outer,
          EXT_GROUP ":externalMembers",
          "['ann@example.org','far@elsewhere.example']");

  expect_told (f,
               "outer",
               "outer@example.org -address> Group outer\n"
               "Group outer -member> User ann\n"
               "Group outer -member> User off\n"
               "Group outer -member> User bare\n"
               "Group outer -member> Mailbox ann-archive\n"
               "Group outer -member> Group inner\n"
               "Group outer -member> ann@example.org\n"
               "Group outer -member> far@elsewhere.example\n"
               "User ann -primary> Mailbox ann\n"
               "User off -primary> Mailbox off\n"
               "ann@example.org -address> Mailbox ann\n"
               "to Mailbox ann-archive\n"
               "to far@elsewhere.example\n"
               "to Mailbox ann\n"
               "to Mailbox off\n"
               "dead end User bare: noPrimaryMailbox\n"
               "dead end Group inner: emptyList\n");
  g_autoptr (JsonObject) json = explain (f, "outer", 500);
  assert_picked (json, "nodes[3].disabled", "true");
  assert_picked (json, "nodes[3].state", "passesOn");
}

static void
test_groups (Fixture *f, gconstpointer data)
{
  g_autofree char *sales = make (f, "MailGroup", "{'name':'Sales','address':'sales'}");
  g_autofree char *emea = make_group (f, "EMEA", sales);
  g_autofree char *empty = make (f, "MailGroup", "{'name':'Empty','address':'empty'}");
  g_autofree char *inside = make_group (f, "Inside", sales);
  g_autofree char *body = json ("{'name':'ann','group':{'value':'%s'}}", sales);
  g_autofree char *other = json ("{'name':'ben','group':{'value':'%s'}}", emea);
  g_autofree char *template = json ("{'name':'T','group':{'value':'%s'}}", sales);
  g_autofree char *ann = make (f, "Mailbox", body);
  g_autofree char *ben = make (f, "Mailbox", other);
  g_autofree char *t = make (f, "Template", template);

  /* A template points at its group and gets no mail; an empty folder below is no fault. */
  expect_told (f,
               "sales",
               "sales@example.org -address> MailGroup Sales\n"
               "MailGroup Sales -mailbox> Mailbox ann\n"
               "MailGroup Sales -group> MailGroup EMEA\n"
               "MailGroup EMEA -mailbox> Mailbox ben\n"
               "to Mailbox ann\n"
               "to Mailbox ben\n");
  expect_told (f,
               "empty",
               "empty@example.org -address> MailGroup Empty\n"
               "dead end MailGroup Empty: emptyGroup\n");
  /* Groups and lists may have aliases as mailboxes have. */
  change (f, "MailGroup", empty, "aliases", "['sales']");
  g_autoptr (JsonObject) both = explain (f, "sales", 500);
  assert_picked (both, "edges[0].kind", "address");
  assert_picked (both, "edges[1].kind", "alias");
  assert_picked (both, "edges[1].to", empty);
  assert_picked (both, "recipients.total", "2");
}

static void
test_loops (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make (f, "Mailbox", "{'name':'ann','forwardTo':['ben'],'keepCopy':false}");
  g_autofree char *ben = make (f, "Mailbox", "{'name':'ben','forwardTo':['ann'],'keepCopy':false}");
  g_autofree char *self
      = make (f, "Mailbox", "{'name':'self','aliases':['me'],'forwardTo':['me']}");
  g_autofree char *one = make_list (f, "one", "");
  g_autofree char *members = json (",'members':[{'value':'%s'}]", one);
  g_autofree char *two = make_list (f, "two", members);
  g_autofree char *back = json ("[{'value':'%s'}]", two);
  change (f, "Group", one, "members", back);

  expect_told (f,
               "ann",
               "ann@example.org -address> Mailbox ann\n"
               "Mailbox ann -forward> ben@example.org\n"
               "ben@example.org -address> Mailbox ben\n"
               "Mailbox ben -forward> ann@example.org\n"
               "loop > ann@example.org > Mailbox ann > ben@example.org > Mailbox ben\n");
  expect_told (f,
               "self",
               "self@example.org -address> Mailbox self\n"
               "Mailbox self -forward> me@example.org\n"
               "me@example.org -alias> Mailbox self\n"
               "to Mailbox self\n"
               "loop > Mailbox self > me@example.org\n");
  expect_told (f,
               "one",
               "one@example.org -address> Group one\n"
               "Group one -member> Group two\n"
               "Group two -member> Group one\n"
               "loop > Group one > Group two\n");
}

/* Past the limit there are numbers for nodes, and what is told is the nearest. */
static void
test_limit (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) members = g_string_new (",'members':[");

  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *name = g_strdup_printf ("box%u", i);
      g_autofree char *id = make_mailbox (f, name, NULL, FALSE);
      g_string_append_printf (members, "%s{'value':'%s'}", i > 0 ? "," : "", id);
    }
  g_string_append_c (members, ']');
  g_autofree char *list = make_list (f, "all", members->str);

  g_autoptr (JsonObject) json = explain (f, "all", 5);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (json, "nodes")), ==, 5);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (json, "edges")), ==, 4);
  assert_picked (json, "nodes[1].more", "9");
  assert_picked (json, "recipients.total", "12");
  assert_picked (json, "recipients.mailboxes", "12");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (
                        json_object_get_object_member (json, "recipients"), "list")),
                    ==,
                    5);
  assert_picked (json, "counts.nodes", "14");
  assert_picked (json, "counts.edges", "13");
  assert_picked (json, "truncated", "true");
  assert_picked (json, "complete", "true");
  g_autoptr (JsonObject) whole = explain (f, "all", 14);
  assert_picked (whole, "truncated", "false");
  assert_picked (whole, "nodes[1].more", NULL);
}

/* Large -----------------------------------------------------------------------------------------
 */

/* MS_EXPLAIN_MAILBOXES says how many; one in ten is closed, one in ten forwards. */
#define DEFAULT_MAILBOXES 3000

typedef struct
{
  Fixture    *fixture;
  const char *group;
  guint       count;
  guint       bound;
} Crowd;

static gboolean
insert_crowd (MsTxn *txn, gpointer user_data, GError **error)
{
  const Crowd *crowd = user_data;

  for (guint i = 0; i < crowd->count; i++)
    {
      g_autofree char *name = g_strdup_printf ("box%06u", i);
      g_autofree char *address = g_strconcat (name, "@example.org", NULL);
      g_autofree char *id = ms_object_new_id ();
      g_autofree char *forward
          = i % 10 == 1 ? json ("{'forwardTo':['far%u@elsewhere.example']}", i) : g_strdup ("{}");
      g_autoptr (MsObject) mailbox
                 = ms_object_new (crowd->fixture->service->types.mailbox, id, parse (forward));
      ms_object_set_string (mailbox, "name", name);
      ms_object_set_string (mailbox, "address", address);
      ms_object_set_boolean (mailbox, "active", i % 10 != 0);
      ms_object_set_link (mailbox, "group", crowd->group);
      if (!ms_txn_insert (txn, mailbox, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
walk_bounded (MsTxn *txn, gpointer user_data, GError **error)
{
  const Crowd *crowd = user_data;
  MsWrite      reading;

  ms_write_init (&reading, crowd->fixture->service, crowd->fixture->admin, NULL);
  reading.txn = txn;
  g_autoptr (MsDeliveryWalk) places
             = ms_delivery_walk (&reading, "crowd", crowd->bound, 10 * crowd->bound, error);
  g_autoptr (MsDeliveryWalk) hops
             = ms_delivery_walk (&reading, "crowd", 10 * crowd->bound, crowd->bound, error);
  ms_write_clear (&reading);
  g_assert_false (places->complete);
  g_assert_cmpuint (places->places->len, ==, crowd->bound);
  g_assert_false (hops->complete);
  g_assert_cmpuint (hops->hops->len, ==, crowd->bound);
  return TRUE;
}

/* All are counted, few are told, and a walk that is given up says so. */
static void
test_large (Fixture *f, gconstpointer data)
{
  const char      *wanted = g_getenv ("MS_EXPLAIN_MAILBOXES");
  guint            count = wanted != NULL ? (guint) atoi (wanted) : DEFAULT_MAILBOXES;
  g_autofree char *group = make (f, "MailGroup", "{'name':'Crowd','address':'crowd'}");
  Crowd            crowd = { f, group, count, 100 };
  MsChangeContext  context = { .channel = "system", .verb = "create" };
  g_autofree char *recipients = g_strdup_printf ("%u", count - count / 10 + count / 10);
  g_autofree char *dead_ends = g_strdup_printf ("%u", count / 10);
  g_autofree char *nodes = g_strdup_printf ("%u", 2 + count + count / 10);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (count % 10, ==, 0);
  g_assert_cmpuint (count, >=, 1000);
  g_assert_true (ms_store_write (f->store, &context, insert_crowd, &crowd, NULL, &error));
  g_assert_no_error (error);

  gint64 start = g_get_monotonic_time ();
  g_autoptr (JsonObject) told = explain (f, "crowd", 500);
  g_test_message ("%u mailboxes explained in %.0f ms",
                  count,
                  (double) (g_get_monotonic_time () - start) / G_TIME_SPAN_MILLISECOND);
  assert_picked (told, "recipients.total", recipients);
  assert_picked (told, "counts.deadEnds", dead_ends);
  assert_picked (told, "counts.nodes", nodes);
  assert_picked (told, "complete", "true");
  assert_picked (told, "truncated", "true");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (told, "nodes")), ==, 500);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (told, "problems")), ==, 100);

  g_assert_true (ms_store_read (f->store, walk_bounded, &crowd, NULL, &error));
  g_assert_no_error (error);
}

static void
expect_refused (Fixture *f, const MsActor *actor, const char *address, int code, const char *path)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_test_message ("%.40s", address);
  g_assert_false (ms_service_explain (f->service, actor, address, 9, out, &error));
  refuse_error (error, code, path);
  g_assert_cmpuint (out->len, ==, 0);
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  static const char *const addresses[] = { "", "a b", "@example.org", "a@", "a@b@c", "a@10.0.0.1" };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *long_one = g_strnfill (5000, 'x');
  g_autoptr (MsActor) nobody = fixture_actor (f, "0", MS_ROLE_NONE, "console");
  g_autoptr (MsActor) auditor = fixture_actor (f, "0", MS_ROLE_AUDITOR, "console");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    expect_refused (f, f->admin, addresses[i], MS_ERROR_INVALID, "address");
  expect_refused (f, f->admin, long_one, MS_ERROR_INVALID, "address");
  expect_refused (f, f->admin, NULL, MS_ERROR_INVALID, "address");
  expect_refused (f, nobody, "admin", MS_ERROR_DENIED, NULL);
  g_assert_true (ms_service_explain (f->service, auditor, "admin", 9, out, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add ("/explain/mailbox", test_mailbox);
  fixture_add ("/explain/forward", test_forward);
  fixture_add ("/explain/domains", test_domains);
  fixture_add ("/explain/lists", test_lists);
  fixture_add ("/explain/groups", test_groups);
  fixture_add ("/explain/loops", test_loops);
  fixture_add ("/explain/limit", test_limit);
  fixture_add ("/explain/large", test_large);
  fixture_add ("/explain/refusals", test_refusals);

  return g_test_run ();
}
