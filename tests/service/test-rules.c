/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rules of each type, each with the way it refuses, and what a delegate may not.
 */
#include "service-fixture.h"

#include "ms-txn.h"

#define EXT MS_URN_EXT_USER

/* Users ------------------------------------------------------------------------------------- */

static void
test_user_rules (Fixture *f, gconstpointer data)
{
  g_autofree char *john = make_user (f, "john");

  expect (f, MS_VERB_CREATE, "User", NULL, "{'userName':'JOHN'}", MS_ERROR_CONFLICT, "userName");
  expect (f, MS_VERB_CREATE, "User", NULL, "{'userName':'   '}", MS_ERROR_INVALID, "userName");
  expect (f, MS_VERB_CREATE, "User", NULL, "{'displayName':'x'}", MS_ERROR_INVALID, "userName");
  expect (f,
          MS_VERB_CREATE,
          "User",
          NULL,
          "{'userName':'x','" EXT "':{'role':'king'}}",
          MS_ERROR_INVALID,
          EXT ":role");
  expect_patch (f,
                "User",
                john,
                EXT ":allowedNetworks",
                "['10.0.0.0/8','home']",
                MS_ERROR_INVALID,
                EXT ":allowedNetworks");
  expect_patch (
      f, "User", john, EXT ":passwordHash", "'{PLAIN}abc'", MS_ERROR_INVALID, EXT ":passwordHash");
  expect_patch (f,
                "User",
                john,
                EXT ":passwordHash",
                "'$6$rounds=999999999$abc$def'",
                MS_ERROR_INVALID,
                EXT ":passwordHash");
  expect_patch (
      f, "User", john, EXT ":passwordHash", "'$6$abc$'", MS_ERROR_INVALID, EXT ":passwordHash");
  expect (f,
          MS_VERB_CREATE,
          "User",
          NULL,
          "{'userName':'x','" EXT
          "':{'validFrom':'2026-02-01T00:00:00Z','validUntil':'2026-01-01T00:00:00Z'}}",
          MS_ERROR_INVALID,
          EXT ":validUntil");
  expect (f,
          MS_VERB_CREATE,
          "User",
          NULL,
          "{'userName':'x','password':'p','" EXT "':{'passwordHash':'$6$a$b'}}",
          MS_ERROR_INVALID,
          "password");
  /* The same name in other letters is no conflict with oneself. */
  change (f, "User", john, "userName", "'John'");
  assert_shown (f, "User", john, "userName", "John");
}

#define SECOND                                                                                     \
  "{'userName':'second','password':'Correct-horse-7','" EXT "':{'role':'administrator'}}"

static void
test_last_administrator (Fixture *f, gconstpointer data)
{
  const char *admin = f->admin->user_id;

  expect_patch (f, "User", admin, "active", "false", MS_ERROR_CONFLICT, "active");
  expect_patch (f, "User", admin, EXT ":role", "'auditor'", MS_ERROR_CONFLICT, EXT ":role");
  expect (f, MS_VERB_DELETE, "User", admin, NULL, MS_ERROR_CONFLICT, NULL);

  g_autofree char *second = make (f, "User", SECOND);
  /* No password would ever fit, so the first one would be the last who can log on. */
  expect_patch (
      f, "User", second, EXT ":passwordHash", "'$6$abc$'", MS_ERROR_INVALID, EXT ":passwordHash");
  change (f, "User", second, "active", "false");
  /* A disabled one does not count. */
  expect_patch (f, "User", admin, "active", "false", MS_ERROR_CONFLICT, "active");
  change (f, "User", second, "active", "true");
  change (f, "User", admin, "active", "false");
  expect (f, MS_VERB_DELETE, "User", second, NULL, MS_ERROR_CONFLICT, NULL);
}

/* Whom a date or a missing password keeps out cannot administer either. */
static void
test_last_administrator_validity (Fixture *f, gconstpointer data)
{
  static const char *const dates[][2] = {
    { EXT ":validUntil", "'2020-01-01T00:00:00Z'" },
    { EXT ":validUntil", "'2099-01-01T00:00:00Z'" },
    { EXT ":validFrom", "'2098-01-01T00:00:00Z'" },
  };
  const char *admin = f->admin->user_id;

  for (guint i = 0; i < G_N_ELEMENTS (dates); i++)
    expect_patch (f, "User", admin, dates[i][0], dates[i][1], MS_ERROR_CONFLICT, dates[i][0]);
  expect_patch (f, "User", admin, "password", "null", MS_ERROR_CONFLICT, "password");

  /* Another one whose time is over, is to come or will end does not stand in for them. */
  g_autofree char *second = make (f, "User", SECOND);
  for (guint i = 0; i < G_N_ELEMENTS (dates); i++)
    {
      change (f, "User", second, dates[i][0], dates[i][1]);
      expect_patch (f, "User", admin, "active", "false", MS_ERROR_CONFLICT, "active");
      expect (f, MS_VERB_DELETE, "User", admin, NULL, MS_ERROR_CONFLICT, NULL);
      change (f, "User", second, dates[i][0], NULL);
    }
  /* One whose time has begun does. */
  change (f, "User", second, EXT ":validFrom", "'2020-01-01T00:00:00Z'");
  change (f, "User", admin, "password", NULL);
  change (f, "User", admin, EXT ":validUntil", "'2099-01-01T00:00:00Z'");
  expect (f, MS_VERB_DELETE, "User", second, NULL, MS_ERROR_CONFLICT, NULL);
}

/* Whom networks keep out is not the last way in, nor is one without a password. */
static void
test_last_administrator_networks (Fixture *f, gconstpointer data)
{
  const char *admin = f->admin->user_id;
  const char *networks = EXT ":allowedNetworks";

  expect_patch (f, "User", admin, networks, "['192.0.2.0/24']", MS_ERROR_CONFLICT, networks);

  g_autofree char *second = make (f, "User", SECOND);
  change (f, "User", second, networks, "['192.0.2.0/24']");
  expect_patch (f, "User", admin, networks, "['192.0.2.0/24']", MS_ERROR_CONFLICT, networks);
  expect_patch (f, "User", admin, "active", "false", MS_ERROR_CONFLICT, "active");
  expect_patch (f, "User", admin, "password", "null", MS_ERROR_CONFLICT, "password");
  expect (f, MS_VERB_DELETE, "User", admin, NULL, MS_ERROR_CONFLICT, NULL);

  change (f, "User", second, networks, NULL);
  change (f, "User", second, "password", NULL);
  expect_patch (f, "User", admin, networks, "['192.0.2.0/24']", MS_ERROR_CONFLICT, networks);
  expect (f, MS_VERB_DELETE, "User", admin, NULL, MS_ERROR_CONFLICT, NULL);
  /* One who could not log on anyway is no loss. */
  change (f, "User", second, networks, "['192.0.2.0/24']");
  change (f, "User", second, networks, NULL);

  change (f, "User", second, "password", "'Correct-horse-8'");
  change (f, "User", admin, networks, "['192.0.2.0/24']");
  drop (f, "User", admin, NULL);
  expect (f, MS_VERB_DELETE, "User", second, NULL, MS_ERROR_CONFLICT, NULL);
}

/* Whoever may open the store's files lets a user in again. */
static void
test_reset_administrator (Fixture *f, gconstpointer data)
{
  static const char *const limits[] = { "validFrom", "validUntil", "allowedNetworks" };
  g_autofree char         *password = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *second
      = make (f,
              "User",
              "{'userName':'Second','active':false,'" EXT "':{'allowedNetworks':['192.0.2.0/24'],"
              "'validFrom':'2010-01-01T00:00:00Z',"
              "'validUntil':'2020-01-01T00:00:00Z'}}");
  gint64 before = last_sequence (f);

  g_assert_true (ms_service_reset_administrator (f->service, "second", &password, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (password), >=, 16);
  g_assert_cmpint (last_sequence (f), ==, before + 1);
  assert_shown (f, "User", second, "active", "true");
  assert_shown (f, "User", second, EXT ":role", "administrator");
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_autofree char *path = g_strconcat (EXT ":", limits[i], NULL);
      assert_shown (f, "User", second, path, NULL);
    }
  /* It counts as a way in. */
  drop (f, "User", f->admin->user_id, NULL);

  g_autofree char *none = NULL;
  g_assert_false (ms_service_reset_administrator (f->service, "nobody", &none, &error));
  refuse_error (error, MS_ERROR_NOT_FOUND, NULL);
  g_assert_null (none);
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

/* Mailboxes --------------------------------------------------------------------------------- */

static void
test_mailbox_address (Fixture *f, gconstpointer data)
{
  g_autofree char *net = make (f, "Domain", "{'name':'Example.NET'}");
  g_autofree char *box = make (f,
                               "Mailbox",
                               "{'name':'John','address':'evil@else.where','aliases':['jd','JD@"
                               "example.org','x@y.z','john@EXAMPLE.org']}");

  assert_shown (f, "Domain", net, "name", "example.net");
  assert_shown (f, "Domain", net, "kind", "equal");
  assert_shown (f, "Mailbox", box, "address", "John@example.org");
  assert_shown (f, "Mailbox", box, "domain", "example.org");
  assert_shown (f, "Mailbox", box, "aliases", "[\"jd@example.org\",\"x@y.z\"]");
  assert_shown (f, "Mailbox", box, "active", "true");

  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'JOHN'}", MS_ERROR_CONFLICT, "address");
  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'a b'}", MS_ERROR_INVALID, "name");
  expect (f,
          MS_VERB_CREATE,
          "Mailbox",
          NULL,
          "{'name':'a','domain':'unknown.org'}",
          MS_ERROR_INVALID,
          "domain");
  expect (
      f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'a','domain':'-'}", MS_ERROR_INVALID, "domain");
  expect (f,
          MS_VERB_CREATE,
          "Mailbox",
          NULL,
          "{'name':'a','aliases':['no good']}",
          MS_ERROR_INVALID,
          "aliases");
  expect (f,
          MS_VERB_CREATE,
          "Mailbox",
          NULL,
          "{'name':'a','forwardTo':['a']}",
          MS_ERROR_INVALID,
          "forwardTo");
  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'a','quota':-1}", MS_ERROR_INVALID, "quota");
  change (f, "Mailbox", box, "domain", "'example.net'");
  assert_shown (f, "Mailbox", box, "address", "John@example.net");
  /* A PUT that leaves the domain out does not move the mailbox. */
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome
             = try_verb (f, NULL, MS_VERB_REPLACE, "Mailbox", box, "{'name':'johnny'}", &error);
  g_assert_no_error (error);
  assert_shown (f, "Mailbox", box, "address", "johnny@example.net");
  assert_shown (f, "Mailbox", box, "aliases", NULL);
}

static void
test_alias_collisions (Fixture *f, gconstpointer data)
{
  g_autofree char         *john = make (f, "Mailbox", "{'name':'john','aliases':['office']}");
  static const char *const bodies[]
      = { "{'name':'jane','aliases':['john']}", "{'name':'jack','aliases':['OFFICE']}" };
  g_autoptr (MsActor) scim = fixture_actor (f, f->admin->user_id, MS_ROLE_ADMINISTRATOR, "scim");

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsOutcome) refused
                 = try_verb (f, scim, MS_VERB_CREATE, "Mailbox", NULL, bodies[i], &error);
      g_assert_null (refused);
      refuse_error (error, MS_ERROR_CONFLICT, "aliases");
      g_assert_cmpstr (ms_error_get_scim_type (error), ==, "uniqueness");
      g_assert_nonnull (strstr (error->message, "Mailbox “john"));
      g_autofree char *allowed = make (f, "Mailbox", bodies[i]);
      /* What is there already may be sent again. */
      g_clear_error (&error);
      g_autoptr (MsOutcome) again
                 = try_verb (f, scim, MS_VERB_REPLACE, "Mailbox", allowed, bodies[i], &error);
      g_assert_no_error (error);
    }
}

/* An address that people have let two objects have: written otherwise it is no other one. */
static void
test_alias_collisions_case (Fixture *f, gconstpointer data)
{
  g_autofree char *office = make (f, "Mailbox", "{'name':'office','aliases':['Desk']}");
  g_autofree char *desk = make (f, "Mailbox", "{'name':'desk'}");
  g_autoptr (MsActor) scim = fixture_actor (f, f->admin->user_id, MS_ROLE_ADMINISTRATOR, "scim");
  g_autoptr (GError) error = NULL;

  g_autoptr (MsOutcome) renamed
             = try_verb (f, scim, MS_VERB_REPLACE, "Mailbox", desk, "{'name':'DESK'}", &error);
  g_assert_no_error (error);
  assert_shown (f, "Mailbox", desk, "address", "DESK@example.org");
  g_autoptr (MsOutcome) refused
             = try_verb (f, scim, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'Desk'}", &error);
  g_assert_null (refused);
  refuse_error (error, MS_ERROR_CONFLICT, "address");
  assert_shown (f, "Mailbox", office, "aliases[0]", "Desk@example.org");
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

/* The one remark, or (nullable) none at all */
static void
assert_remark (Fixture *f, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) remarks = ms_store_list_remarks (f->store, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (remarks->len, ==, expected != NULL ? 1 : 0);
  if (expected != NULL)
    g_assert_cmpstr (remarks->pdata[0], ==, expected);
}

/* Whoever owns mailboxes and has none that is primary is named to those who verify the store. */
static void
test_no_primary (Fixture *f, gconstpointer data)
{
  g_autofree char *john = make_user (f, "john");
  g_autofree char *john_one = make_mailbox (f, "john-one", john, TRUE);
  g_autofree char *john_two = make_mailbox (f, "john-two", john, FALSE);
  g_autofree char *nobodys = make_mailbox (f, "nobodys", NULL, FALSE);
  g_autofree char *without = make_user (f, "without");
  char            *boxes[6];

  assert_remark (f, NULL);
  drop (f, "Mailbox", john_one, NULL);
  assert_remark (f,
                 "No primary mailbox, though they own mailboxes: “john”; no mail comes to them "
                 "before one is made primary");
  for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
    {
      g_autofree char *name = g_strdup_printf ("user%u", i);
      g_autofree char *user = make_user (f, name);
      boxes[i] = make_mailbox (f, name, user, FALSE);
    }
  assert_remark (f,
                 "No primary mailbox, though they own mailboxes: “john”, “user0”, “user1”, "
                 "“user2”, “user3” and 2 more; no mail comes to them before one is made primary");
  for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
    {
      change (f, "Mailbox", boxes[i], "primary", "true");
      g_free (boxes[i]);
    }
  change (f, "Mailbox", john_two, "primary", "true");
  assert_remark (f, NULL);
}

/* Mail groups ------------------------------------------------------------------------------- */

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
  expect (f,
          MS_VERB_CREATE,
          "MailGroup",
          NULL,
          "{'name':'x','address':'x@unknown.org'}",
          MS_ERROR_INVALID,
          "address");
  g_autofree char *elsewhere = make (f, "MailGroup", in_other);
  expect_patch (f, "MailGroup", elsewhere, "parent", in_self, MS_ERROR_CONFLICT, "name");
  change (f, "MailGroup", sales, "address", "'sales'");
  assert_shown (f, "MailGroup", sales, "address", "sales@example.org");
  expect (f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'sales'}", MS_ERROR_CONFLICT, "address");
}

/* Counted through the group that moves, from the top to the deepest below it. */
static void
test_group_depth (Fixture *f, gconstpointer data)
{
  const guint      most = 32;
  g_autofree char *top = make_group (f, "top", NULL);
  g_autofree char *other = make_group (f, "other", NULL);
  g_autofree char *in_other = json ("{'value':'%s'}", other);
  g_autofree char *deepest = g_strdup (top);
  g_autofree char *second = NULL;

  for (guint i = 1; i < most; i++)
    {
      g_autofree char *name = g_strdup_printf ("level %u", i);
      char            *below = make_group (f, name, deepest);
      if (i == 1)
        second = g_strdup (below);
      g_free (deepest);
      deepest = below;
    }
  g_autofree char *too_deep = json ("{'name':'x','parent':{'value':'%s'}}", deepest);
  expect (f, MS_VERB_CREATE, "MailGroup", NULL, too_deep, MS_ERROR_INVALID, "parent");
  expect_patch (f, "MailGroup", top, "parent", in_other, MS_ERROR_INVALID, "parent");
  /* What is not deeper than before may move. */
  change (f, "MailGroup", second, "parent", in_other);
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

/* Domains, templates, guest ----------------------------------------------------------------- */

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

  search->found = ms_txn_find_object (
      txn, fixture_type (search->fixture, "Domain"), "name", search->name, error);
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
  const char      *org = ms_object_get_id (first);
  g_autofree char *net = make (f, "Domain", "{'name':'example.net'}");
  g_autofree char *alias
      = make (f, "Domain", "{'name':'example.com','kind':'alias','aliasOf':'EXAMPLE.net'}");

  expect (f, MS_VERB_CREATE, "Domain", NULL, "{'name':'example.NET'}", MS_ERROR_CONFLICT, "name");
  expect (f, MS_VERB_CREATE, "Domain", NULL, "{'name':'no good'}", MS_ERROR_INVALID, "name");
  expect (f,
          MS_VERB_CREATE,
          "Domain",
          NULL,
          "{'name':'a.org','kind':'alias'}",
          MS_ERROR_INVALID,
          "aliasOf");
  expect (f,
          MS_VERB_CREATE,
          "Domain",
          NULL,
          "{'name':'a.org','kind':'alias','aliasOf':'a.org'}",
          MS_ERROR_INVALID,
          "aliasOf");
  expect (f,
          MS_VERB_CREATE,
          "Domain",
          NULL,
          "{'name':'a.org','kind':'alias','aliasOf':'b.org'}",
          MS_ERROR_INVALID,
          "aliasOf");
  expect (f,
          MS_VERB_CREATE,
          "Domain",
          NULL,
          "{'name':'a.org','kind':'alias','aliasOf':'example.com'}",
          MS_ERROR_INVALID,
          "aliasOf");
  expect (f,
          MS_VERB_CREATE,
          "Domain",
          NULL,
          "{'name':'a.org','aliasOf':'example.net'}",
          MS_ERROR_INVALID,
          "aliasOf");
  expect (f,
          MS_VERB_CREATE,
          "Mailbox",
          NULL,
          "{'name':'a','domain':'example.com'}",
          MS_ERROR_INVALID,
          "domain");
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
  expect (f,
          MS_VERB_CREATE,
          "Template",
          NULL,
          "{'name':'t','domain':'unknown.org'}",
          MS_ERROR_INVALID,
          "domain");
  expect (f,
          MS_VERB_CREATE,
          "Template",
          NULL,
          "{'name':'t','loginPattern':'{first}'}",
          MS_ERROR_INVALID,
          "loginPattern");
  expect (f,
          MS_VERB_CREATE,
          "Template",
          NULL,
          "{'name':'t','aliasPatterns':['{g}{family}','{']}",
          MS_ERROR_INVALID,
          "aliasPatterns");
  g_autofree char *id = make (f, "Template", "{'name':'Staff','loginPattern':'{given}.{family}'}");
  expect (f, MS_VERB_CREATE, "Template", NULL, "{'name':'staff'}", MS_ERROR_CONFLICT, "name");

  expect (f, MS_VERB_CREATE, "Guest", NULL, "{'rights':{'proxy':true}}", MS_ERROR_CONFLICT, NULL);
  expect (f, MS_VERB_DELETE, "Guest", NULL, NULL, MS_ERROR_DENIED, NULL);
  change (f, "Guest", NULL, "rights.proxy", "true");
  assert_shown (f, "Guest", NULL, "rights.proxy", "true");
  assert_shown (f, "Guest", NULL, "meta.location", "https://x/scim/v2/Guest");
}

/* Who may ----------------------------------------------------------------------------------- */

static void
test_delegate (Fixture *f, gconstpointer data)
{
  g_autofree char *worker = make (f, "User", "{'userName':'worker','" EXT "':{'role':'delegate'}}");
  g_autoptr (MsActor) delegate = fixture_actor (f, worker, MS_ROLE_DELEGATE, "console");
  g_autofree char *john = make_user (f, "john");
  g_autofree char *boss_box = json ("{'name':'spy','owner':{'value':'%s'}}", f->admin->user_id);
  const struct
  {
    MsVerb      verb;
    const char *type, *id, *value, *path;
    gboolean    allowed;
  } cases[] = {
    { MS_VERB_CREATE, "User", NULL, "{'userName':'new'}", NULL, TRUE },
    { MS_VERB_CREATE,
      "User",
      NULL,
      "{'userName':'evil','" EXT "':{'role':'administrator'}}",
      EXT ":role",
      FALSE },
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
      g_autofree char *body
          = cases[i].verb == MS_VERB_PATCH
                ? json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                        "'Operations':[{'op':'replace','value':%s}]}",
                        cases[i].value)
                : g_strdup (cases[i].value);
      g_autoptr (MsOutcome) outcome
                 = try_verb (f, delegate, cases[i].verb, cases[i].type, cases[i].id, body, &error);
      g_test_message ("case %u", i);
      if (cases[i].allowed)
        g_assert_no_error (error);
      else
        refuse_error (error, MS_ERROR_DENIED, cases[i].path);
    }
}

/* By no address does a delegate get mail of an administrator, whose passwords are reset with it. */
static void
test_delegate_mail (Fixture *f, gconstpointer data)
{
  g_autofree char *worker = make (f, "User", "{'userName':'worker','" EXT "':{'role':'delegate'}}");
  g_autofree char *boss = json ("{'name':'boss','owner':{'value':'%s'},'aliases':['chief','b@"
                                "equal.example','far@elsewhere.example'],'forwardTo':['archive']}",
                                f->admin->user_id);
  g_autofree char *john = make_user (f, "john");
  g_autofree char *equal = make (f, "Domain", "{'name':'equal.example'}");
  g_autofree char *same
      = make (f, "Domain", "{'name':'same.example','kind':'alias','aliasOf':'example.org'}");
  g_autofree char *twin
      = make (f, "Domain", "{'name':'twin.example','kind':'alias','aliasOf':'equal.example'}");
  g_autofree char         *admins = make (f, "Mailbox", boss);
  g_autofree char         *shared = make (f, "Mailbox", "{'name':'shared','aliases':['chief']}");
  g_autofree char         *johns = make_mailbox (f, "johns", john, TRUE);
  static const char *const channels[] = { "console", "cli", "scim" };
  const struct
  {
    const char *id, *body, *path;
  } cases[] = {
    { NULL, "{'name':'x','aliases':['boss']}", "aliases" },
    { NULL, "{'name':'x','aliases':['BOSS@Example.org']}", "aliases" },
    { NULL, "{'name':'x','aliases':['fine','chief']}", "aliases" },
    { NULL, "{'name':'x','aliases':['far@elsewhere.example']}", "aliases" },
    { NULL, "{'name':'chief'}", "address" },
    { NULL, "{'name':'b','domain':'equal.example'}", "address" },
    { NULL, "{'name':'archive'}", "address" },
    { NULL, "{'name':'x','aliases':['archive']}", "aliases" },
    /* The same mail, by a domain that is an alias of the other. */
    { NULL, "{'name':'x','aliases':['boss@same.example']}", "aliases" },
    { NULL, "{'name':'x','aliases':['b@twin.example']}", "aliases" },
    { johns, "{'name':'johns','aliases':['boss']}", "aliases" },
    { johns, "{'name':'chief'}", "address" },
    { johns, "{'name':'b','domain':'equal.example'}", "address" },
    { admins, "{'name':'boss','forwardTo':['johns']}", NULL },
    { shared, "{'name':'shared','aliases':['chief','boss']}", "aliases" },
  };

  for (guint c = 0; c < G_N_ELEMENTS (channels); c++)
    {
      g_autoptr (MsActor) delegate = fixture_actor (f, worker, MS_ROLE_DELEGATE, channels[c]);
      for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        {
          MsVerb verb = cases[i].id != NULL ? MS_VERB_REPLACE : MS_VERB_CREATE;
          g_autoptr (GError) error = NULL;
          g_test_message ("%s, case %u", channels[c], i);
          g_autoptr (MsOutcome) outcome
                     = try_verb (f, delegate, verb, "Mailbox", cases[i].id, cases[i].body, &error);
          refuse_error (error, MS_ERROR_DENIED, cases[i].path);
          if (cases[i].path != NULL)
            g_assert_nonnull (strstr (error->message, "(mailbox “boss"));
        }
    }

  /* Whatever way it is written, by whatever use case. */
  g_autoptr (MsActor) delegate = fixture_actor (f, worker, MS_ROLE_DELEGATE, "console");
  g_autofree char *rename = json ("{'verb':'rename','ids':['%s'],'name':'chief'}", johns);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) account = try_verb (f,
                                            delegate,
                                            MS_VERB_ACCOUNT,
                                            NULL,
                                            NULL,
                                            "{'user':{'userName':'y'},'mailbox':{'name':'y','"
                                            "aliases':['chief']},'password':'pass phrase'}",
                                            &error);
  refuse_error (error, MS_ERROR_DENIED, "mailbox.aliases");
  g_clear_error (&error);
  g_autoptr (MsOutcome) renamed
             = try_verb (f, delegate, MS_VERB_ACTION, NULL, NULL, rename, &error);
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
  g_clear_error (&error);

  /* What a mailbox has already stays, and other addresses are free. */
  g_autoptr (MsOutcome) kept = try_verb (f,
                                         delegate,
                                         MS_VERB_REPLACE,
                                         "Mailbox",
                                         shared,
                                         "{'name':'shared2','aliases':['chief','other']}",
                                         &error);
  g_assert_no_error (error);
  g_autoptr (MsOutcome) more = try_verb (
      f, delegate, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'z','aliases':['johns']}", &error);
  g_assert_no_error (error);
  /* An administrator may. */
  g_autofree char *allowed = make (f, "Mailbox", "{'name':'second','aliases':['boss']}");
}

/* An alias is an address too, of whatever has it. One spelling of a domain for another is no other
 * name. */
static void
test_domain_aliases (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *type;
    const char *name;
    const char *body;
    const char *without;
    const char *said;
  } cases[] = {
    { "Mailbox",
      "one.example",
      "{'name':'john','aliases':['a@else.example','j@one.example']}",
      "{'name':'john','aliases':['a@else.example','j@sub.one.example']}",
      "one.example cannot be renamed: Mailbox “john” has the alias “j@one.example”" },
    { "Group",
      "two.example",
      "{'displayName':'all','" MS_URN_EXT_GROUP "':{'aliases':['all@two.example']}}",
      "{'displayName':'all','" MS_URN_EXT_GROUP "':{'aliases':[]}}",
      "two.example cannot be renamed: Group “all” has the alias “all@two.example”" },
    { "MailGroup",
      "three.example",
      "{'name':'sales','aliases':['s@three.example']}",
      "{'name':'sales'}",
      "three.example cannot be renamed: MailGroup “sales” has the alias “s@three.example”" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *json = g_strdup_printf ("{'name':'%s'}", cases[i].name);
      g_autofree char *domain = make (f, "Domain", json);
      g_autofree char *owner = make (f, cases[i].type, cases[i].body);
      g_autofree char *wish = g_strdup_printf ("{'name':'new-%s'}", cases[i].name);
      g_autoptr (MsOutcome) refused
                 = try_verb (f, f->admin, MS_VERB_REPLACE, "Domain", domain, wish, &error);
      g_assert_null (refused);
      refuse_error (error, MS_ERROR_CONFLICT, "name");
      g_assert_cmpstr (error->message, ==, cases[i].said);
      g_clear_error (&error);
      /* The same name is no other one. */
      g_autoptr (MsOutcome) same
                 = try_verb (f, f->admin, MS_VERB_REPLACE, "Domain", domain, json, &error);
      g_assert_no_error (error);
      g_autoptr (MsOutcome) freed = try_verb (
          f, f->admin, MS_VERB_REPLACE, cases[i].type, owner, cases[i].without, &error);
      g_assert_no_error (error);
      g_autoptr (MsOutcome) renamed
                 = try_verb (f, f->admin, MS_VERB_REPLACE, "Domain", domain, wish, &error);
      g_assert_no_error (error);
      g_assert_true (same != NULL && freed != NULL && renamed != NULL);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/rules/user/rules", test_user_rules);
  fixture_add ("/rules/user/last-administrator", test_last_administrator);
  fixture_add ("/rules/user/last-administrator-validity", test_last_administrator_validity);
  fixture_add ("/rules/user/last-administrator-networks", test_last_administrator_networks);
  fixture_add ("/rules/user/reset-administrator", test_reset_administrator);
  fixture_add ("/rules/user/delete", test_user_delete);
  fixture_add ("/rules/mailbox/address", test_mailbox_address);
  fixture_add ("/rules/mailbox/alias-collisions", test_alias_collisions);
  fixture_add ("/rules/mailbox/alias-collisions-case", test_alias_collisions_case);
  fixture_add ("/rules/mailbox/primary", test_primary);
  fixture_add ("/rules/mailbox/no-primary", test_no_primary);
  fixture_add ("/rules/mail-group/rules", test_group_rules);
  fixture_add ("/rules/mail-group/depth", test_group_depth);
  fixture_add ("/rules/mail-group/counts", test_group_counts);
  fixture_add ("/rules/mail-group/delete", test_group_delete);
  fixture_add ("/rules/domains", test_domains);
  fixture_add ("/rules/domain-aliases", test_domain_aliases);
  fixture_add ("/rules/templates-and-guest", test_templates_and_guest);
  fixture_add ("/rules/delegate", test_delegate);
  fixture_add ("/rules/delegate-mail", test_delegate_mail);
  return g_test_run ();
}
