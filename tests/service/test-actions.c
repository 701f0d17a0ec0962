/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Accounts made from templates, and one verb on many objects: all of it or nothing, told why,
 * rehearsed without a trace.
 */
#include "service-fixture.h"

#include <string.h>

#define EXT MS_URN_EXT_USER

/* Accounts ---------------------------------------------------------------------------------- */

static JsonObject *
account (Fixture *f, const char *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_ACCOUNT, NULL, NULL, body, &error);

  g_assert_no_error (error);
  g_assert_true (outcome->created);
  return parse (outcome->document->str);
}

static void
expect_account (Fixture *f, const char *body, int code, const char *path)
{
  g_autoptr (GError) error = NULL;
  gint64 before = last_sequence (f);
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_ACCOUNT, NULL, NULL, body, &error);

  g_test_message ("%s", body);
  g_assert_null (outcome);
  refuse_error (error, code, path);
  g_assert_cmpint (last_sequence (f), ==, before);
}

static void
test_account (Fixture *f, gconstpointer data)
{
  gint64 before = last_sequence (f);
  g_autoptr (JsonObject) made = account (
      f,
      "{'user':{'userName':'john','displayName':'John Doe','odd':1},'mailbox':{'aliases':['jd']},"
      "'userTemplate':null,'generatePassword':true}");
  g_autofree char *password = pick (made, "password");

  assert_picked (made, "mailbox.address", "john@example.org");
  assert_picked (made, "mailbox.description", "John Doe");
  assert_picked (made, "mailbox.primary", "true");
  assert_picked (made, "mailbox.owner.display", "john");
  assert_picked (made, "user." EXT, NULL);
  g_assert_cmpuint (strlen (password), >=, 12);
  g_autofree char *change_set = pick (made, "changeSet");
  g_assert_cmpint (g_ascii_strtoll (change_set, NULL, 10), ==, before + 1);
  g_assert_cmpint (last_sequence (f), ==, before + 1);

  g_autoptr (JsonObject) bare = account (
      f, "{'user':{'userName':'jane@example.org'},'mailbox':null,'password':'given 1'}");
  assert_picked (bare, "mailbox", "null");
  assert_picked (bare, "password", NULL);
  g_autoptr (JsonObject) local
             = account (f, "{'user':{'userName':'jack@example.org'},'mailbox':{}}");
  assert_picked (local, "mailbox.name", "jack");
}

static void
test_account_refused (Fixture *f, gconstpointer data)
{
  g_autofree char *box = make (f, "Mailbox", "{'name':'taken'}");
  g_autofree char *wrong = json ("{'user':{'userName':'x'},'userTemplate':'%s'}", box);

  expect_account (f, "{'mailbox':{}}", MS_ERROR_INVALID, "user");
  expect_account (f, "{'user':{'userName':'x'},'mailbox':7}", MS_ERROR_INVALID, "mailbox");
  expect_account (f,
                  "{'user':{'userName':'x'},'mailbox':{'name':'taken'}}",
                  MS_ERROR_CONFLICT,
                  "mailbox.address");
  expect_account (
      f, "{'user':{'userName':'x'},'mailbox':{'name':'a b'}}", MS_ERROR_INVALID, "mailbox.name");
  expect_account (
      f, "{'user':{'userName':'admin'},'mailbox':{'name':'free'}}", MS_ERROR_CONFLICT, "userName");
  expect_account (
      f, "{'user':{'userName':'x'},'userTemplate':'nowhere'}", MS_ERROR_INVALID, "userTemplate");
  expect_account (f, wrong, MS_ERROR_INVALID, "userTemplate");
  expect_account (f, "{'user':{'userName':'x'},'password':''}", MS_ERROR_INVALID, "password");
  /* Two passwords: one of them would be dropped without a word. */
  expect_account (f,
                  "{'user':{'userName':'x'},'password':'given 1','generatePassword':true}",
                  MS_ERROR_INVALID,
                  "generatePassword");
  expect_account (f,
                  "{'user':{'userName':'x','password':'given 1'},'generatePassword':true}",
                  MS_ERROR_INVALID,
                  "generatePassword");
  expect_account (f,
                  "{'user':{'userName':'x','Password':'given 1'},'password':'given 2'}",
                  MS_ERROR_INVALID,
                  "password");
  expect_account (f,
                  "{'user':{'userName':'x'},'generatePassword':'yes'}",
                  MS_ERROR_INVALID,
                  "generatePassword");
  expect_account (
      f, "{'user':{'userName':'x'},'generatePassword':1}", MS_ERROR_INVALID, "generatePassword");
  g_autoptr (JsonObject) made = account (
      f, "{'user':{'userName':'y'},'password':null,'generatePassword':true,'mailbox':null}");
  g_autofree char *generated = pick (made, "password");
  g_assert_cmpuint (strlen (generated), >=, 12);
  g_autoptr (JsonObject) given
             = account (f, "{'user':{'userName':'z'},'password':'a b 1','generatePassword':null}");
  assert_picked (given, "password", NULL);
}

static void
test_templates (Fixture *f, gconstpointer data)
{
  g_autofree char *group = make (f, "MailGroup", "{'name':'Staff'}");
  g_autofree char *taken = make (f, "Mailbox", "{'name':'jdoe'}");
  g_autofree char *template_body = json (
      "{'name':'T','rights':{'imap':true,'pop3':true},'role':'auditor','mustChangePassword':true,"
      "'department':'Galley','group':{'value':'%s'},'quota':900,'forwardTo':['ops'],'keepCopy':"
      "false,"
      "'aliasPatterns':['{given}.{family}','{g}{family}','{family}']}",
      group);
  g_autofree char *template = make (f, "Template", template_body);
  g_autofree char *body
      = json ("{'user':{'userName':'john','name':{'givenName':'John','familyName':'Doe'},'" EXT
              "':{'rights':{'pop3':false}}},"
              "'mailbox':{'quota':5},'userTemplate':'%s','mailboxTemplate':'%s'}",
              template,
              template);
  g_autoptr (JsonObject) made = account (f, body);

  assert_picked (made, "user." EXT, NULL);
  JsonObject *user = json_object_get_object_member (made, "user");
  assert_picked (user, EXT ":rights.imap", "true");
  assert_picked (user, EXT ":rights.pop3", "false");
  assert_picked (user, EXT ":role", "auditor");
  assert_picked (user, EXT ":mustChangePassword", "true");
  assert_picked (user, MS_URN_ENTERPRISE ":department", "Galley");
  assert_picked (made, "mailbox.quota", "5");
  assert_picked (made, "mailbox.group.value", group);
  assert_picked (made, "mailbox.forwardTo[0]", "ops@example.org");
  assert_picked (made, "mailbox.keepCopy", "false");
  /* jdoe is somebody's address. */
  assert_picked (made, "mailbox.aliases", "[\"john.doe@example.org\",\"doe@example.org\"]");

  /* A user and a mailbox serve as templates too; a role is not inherited from a person. */
  g_autofree char *user_id = pick (made, "user.id");
  g_autofree char *box_id = pick (made, "mailbox.id");
  g_autofree char *second_body = json (
      "{'user':{'userName':'jane'},'mailbox':{},'userTemplate':'%s','mailboxTemplate':'%s'}",
      user_id,
      box_id);
  g_autoptr (JsonObject) second = account (f, second_body);
  user = json_object_get_object_member (second, "user");
  assert_picked (user, EXT ":rights.imap", "true");
  assert_picked (user, EXT ":role", NULL);
  assert_picked (user, "name", NULL);
  assert_picked (second, "mailbox.quota", "5");
  assert_picked (second, "mailbox.group.value", group);
  assert_picked (second, "mailbox.aliases", NULL);
}

/* Actions ----------------------------------------------------------------------------------- */

static JsonObject *
act (Fixture *f, const char *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, body, &error);

  g_assert_no_error (error);
  return parse (outcome->document->str);
}

/* What was refused: (transfer full) (nullable): the details of the error */
static JsonObject *
act_refused (Fixture *f, const char *body, int code, const char *path)
{
  g_autoptr (GError) error = NULL;
  gint64 before = last_sequence (f);
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, body, &error);

  g_test_message ("%s", body);
  g_assert_null (outcome);
  refuse_error (error, code, path);
  g_assert_cmpint (last_sequence (f), ==, before);
  return ms_error_get_details (error) != NULL ? parse (ms_error_get_details (error)) : NULL;
}

static char *
new_mailbox (Fixture *f, const char *name, const char *group)
{
  g_autofree char *body = group != NULL ? json ("{'name':'%s','group':{'value':'%s'}}", name, group)
                                        : json ("{'name':'%s'}", name);
  return make (f, "Mailbox", body);
}

static void
test_move (Fixture *f, gconstpointer data)
{
  g_autofree char *sales = make (f, "MailGroup", "{'name':'Sales','quota':2000}");
  g_autofree char *plain = make (f, "MailGroup", "{'name':'Plain'}");
  g_autofree char *a = new_mailbox (f, "a", NULL);
  g_autofree char *b = new_mailbox (f, "b", plain);
  g_autofree char *own = make (f, "Mailbox", "{'name':'own','quota':1}");
  g_autofree char *body = json (
      "{'verb':'move','ids':['%s','%s','%s'],'to':'%s','reason':'tidy'}", a, plain, own, sales);
  g_autofree char *dry = json (
      "{'verb':'move','ids':['%s','%s','%s'],'to':'%s','dryRun':true}", a, plain, own, sales);
  gint64 before = last_sequence (f);

  g_autoptr (JsonObject) rehearsed = act (f, dry);
  assert_picked (rehearsed, "changed", "3");
  assert_picked (rehearsed, "changeSet", "null");
  assert_picked (rehearsed, "effects", "[{\"kind\":\"quota\",\"count\":2,\"to\":2000}]");
  g_assert_cmpint (last_sequence (f), ==, before);
  assert_shown (f, "Mailbox", a, "group", NULL);
  assert_shown (f, "Mailbox", a, "meta.version", "W/\"1\"");

  g_autoptr (JsonObject) moved = act (f, body);
  assert_picked (moved, "changed", "3");
  assert_picked (moved, "unchanged", "0");
  assert_picked (moved, "effects", "[{\"kind\":\"quota\",\"count\":2,\"to\":2000}]");
  g_assert_cmpint (last_sequence (f), ==, before + 1);
  assert_shown (f, "Mailbox", b, "effectiveQuota", "2000");
  assert_shown (f, "MailGroup", plain, "parent.value", sales);

  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (ms_service_get_change (f->service, f->admin, before + 1, out, NULL));
  g_autoptr (JsonObject) set = parse (out->str);
  assert_picked (set, "verb", "move");
  assert_picked (set, "target", "Sales");
  assert_picked (set, "reason", "tidy");

  /* Where they are already: nothing happens, and nothing is recorded. */
  g_autoptr (JsonObject) again = act (f, body);
  assert_picked (again, "changed", "0");
  assert_picked (again, "unchanged", "3");
  assert_picked (again, "changeSet", "null");
  g_assert_cmpint (last_sequence (f), ==, before + 1);

  g_autofree char *out_again = json ("{'verb':'move','ids':['%s'],'to':null}", a);
  g_autoptr (JsonObject) top = act (f, out_again);
  assert_picked (top, "effects", "[{\"kind\":\"quota\",\"count\":1,\"to\":null}]");
}

static void
test_move_users (Fixture *f, gconstpointer data)
{
  g_autofree char *sales = make (f, "MailGroup", "{'name':'Sales'}");
  g_autoptr (JsonObject) made = account (f, "{'user':{'userName':'john'},'mailbox':{}}");
  g_autofree char *user = pick (made, "user.id");
  g_autofree char *box = pick (made, "mailbox.id");
  g_autofree char *body = json ("{'verb':'move','ids':['%s'],'to':'%s'}", user, sales);
  g_autoptr (JsonObject) moved = act (f, body);

  assert_picked (moved, "changed", "1");
  assert_shown (f, "Mailbox", box, "group.value", sales);
}

static void
test_all_or_nothing (Fixture *f, gconstpointer data)
{
  g_autofree char *top = make (f, "MailGroup", "{'name':'Top'}");
  g_autofree char *below_body = json ("{'name':'Below','parent':{'value':'%s'}}", top);
  g_autofree char *below = make (f, "MailGroup", below_body);
  g_autofree char *a = new_mailbox (f, "a", NULL);
  g_autofree char *domain = make (f, "Domain", "{'name':'x.org'}");
  g_autofree char *body
      = json ("{'verb':'move','ids':['%s','%s','%s','nowhere'],'to':'%s'}", a, top, domain, below);
  g_autoptr (JsonObject) details = act_refused (f, body, MS_ERROR_CONFLICT, NULL);

  assert_picked (details, "refused[0].id", top);
  assert_picked (details, "refused[0].label", "Top");
  assert_picked (details, "refused[0].path", "parent");
  assert_picked (details, "refused[1].id", domain);
  assert_picked (details, "refused[2].id", "nowhere");
  assert_picked (details, "refused[3].id", NULL);
  assert_shown (f, "Mailbox", a, "group", NULL);

  g_autofree char *dry = json ("{'verb':'move','ids':['%s'],'to':'%s','dryRun':true}", top, below);
  g_autoptr (JsonObject) rehearsed = act_refused (f, dry, MS_ERROR_CONFLICT, NULL);
  assert_picked (rehearsed, "refused[0].id", top);

  /* On versions that are no longer so. */
  g_autofree char *good = json ("{'verb':'disable','objects':[{'id':'%s','version':'1'}]}", a);
  g_autoptr (JsonObject) first = act (f, good);
  assert_picked (first, "changed", "1");
  static const char *const stale_versions[] = { "'W/\\\"1\\\"'", "'1'", "1" };
  for (guint i = 0; i < G_N_ELEMENTS (stale_versions); i++)
    {
      g_autofree char *stale
          = json ("{'verb':'enable','objects':[{'id':'%s','version':%s}]}", a, stale_versions[i]);
      g_autoptr (JsonObject) second = act_refused (f, stale, MS_ERROR_CONFLICT, NULL);
      assert_picked (second, "refused[0].id", a);
    }
}

static void
test_bad_requests (Fixture *f, gconstpointer data)
{
  g_autofree char *a = new_mailbox (f, "a", NULL);
  g_autofree char *no_target = json ("{'verb':'setOwner','ids':['%s']}", a);
  g_autofree char *odd_target = json ("{'verb':'move','ids':['%s'],'to':'%s'}", a, a);
  g_autofree char *useless = json ("{'verb':'enable','ids':['%s'],'to':'%s'}", a, a);
  const struct
  {
    const char *body, *path;
  } cases[] = {
    { "{'verb':'fly','ids':['x']}", "verb" },
    { "{'ids':['x']}", "verb" },
    { "{'verb':'move'}", "objects" },
    { "{'verb':'move','ids':[]}", "ids" },
    { "{'verb':'move','ids':[7]}", "ids" },
    { "{'verb':'move','objects':[{}]}", "objects" },
    { no_target, "to" },
    { odd_target, "to" },
    { useless, "to" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_null (act_refused (f, cases[i].body, MS_ERROR_INVALID, cases[i].path));
}

/* Each verb with each option in each kind of value: what the verb does not know, or what is of
 * another kind, is no option that was left out. */
static void
refuse_option (Fixture *f, const char *verb, const char *id, const char *name, const char *value)
{
  g_autofree char *body = json ("{'verb':'%s','ids':['%s'],'%s':%s}", verb, id, name, value);

  g_assert_null (act_refused (f, body, MS_ERROR_INVALID, name));
}

static void
test_options (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *verb, *known;
  } verbs[] = {
    { "move", " reason dryRun to " },
    { "setOwner", " reason dryRun to " },
    { "addEntries", " reason dryRun to " },
    { "removeEntries", " reason dryRun to " },
    { "enable", " reason dryRun " },
    { "disable", " reason dryRun " },
    { "rename", " reason dryRun name domain address keepAddress " },
    { "delete", " reason dryRun mailboxes content " },
  };
  static const struct
  {
    const char *name, *good;
    gboolean    is_flag;
  } options[] = {
    { "to", "'x'", FALSE },           { "name", "'x'", FALSE },
    { "domain", "'x.org'", FALSE },   { "address", "'x'", FALSE },
    { "mailboxes", "'keep'", FALSE }, { "content", "'parent'", FALSE },
    { "reason", "'why'", FALSE },     { "keepAddress", "true", TRUE },
    { "dryRun", "true", TRUE },
  };
  static const char *const wrong_texts[]
      = { "5", "1.5", "true", "{}", "{'value':'x'}", "[]", "['keep']" };
  static const char *const wrong_flags[] = { "5", "'true'", "{}", "[true]" };
  g_autoptr (JsonObject) made = account (f, "{'user':{'userName':'john'},'mailbox':{}}");
  g_autofree char *john = pick (made, "user.id");
  g_autofree char *box = pick (made, "mailbox.id");

  for (guint v = 0; v < G_N_ELEMENTS (verbs); v++)
    for (guint i = 0; i < G_N_ELEMENTS (options); i++)
      {
        const char      *verb = verbs[v].verb, *name = options[i].name;
        const char      *id = strcmp (verb, "delete") == 0 ? john : box;
        g_autofree char *word = g_strdup_printf (" %s ", name);
        for (guint k = 0; !options[i].is_flag && k < G_N_ELEMENTS (wrong_texts); k++)
          refuse_option (f, verb, id, name, wrong_texts[k]);
        for (guint k = 0; options[i].is_flag && k < G_N_ELEMENTS (wrong_flags); k++)
          refuse_option (f, verb, id, name, wrong_flags[k]);
        if (strstr (verbs[v].known, word) == NULL)
          refuse_option (f, verb, id, name, options[i].good);
      }
  refuse_option (f, "delete", john, "mailboxes", "'kept'");
  refuse_option (f, "delete", john, "content", "'keep'");
  g_assert_true (is_there (f, "User", john) && is_there (f, "Mailbox", box));

  /* Those of the objects themselves */
  static const struct
  {
    const char *members, *path;
  } objects[] = {
    { "'ids':['%s'],'objects':[{'id':'x'}]", "objects" },
    { "'ids':{'0':'%s'}", "ids" },
    { "'ids':'%s'", "ids" },
    { "'objects':[{'id':'%s','version':{}}]", "objects[0].version" },
    { "'objects':[{'id':'%s','version':['9']}]", "objects[0].version" },
    { "'objects':[{'id':'%s','version':true}]", "objects[0].version" },
    { "'objects':[{'id':'%s','version':9.5}]", "objects[0].version" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
    {
      g_auto (GStrv) parts = g_strsplit (objects[i].members, "%s", 2);
      g_autofree char *members = g_strconcat (parts[0], box, parts[1], NULL);
      g_autofree char *body = json ("{'verb':'disable',%s}", members);
      g_assert_null (act_refused (f, body, MS_ERROR_INVALID, objects[i].path));
    }
  assert_shown (f, "Mailbox", box, "active", "true");

  /* The same of a DELETE's options, wherever they come from. */
  g_autoptr (GError) error = NULL;
  g_assert_null (
      try_verb (f, NULL, MS_VERB_DELETE, "User", john, "{'mailboxes':['keep']}", &error));
  refuse_error (error, MS_ERROR_INVALID, "mailboxes");
  g_assert_true (is_there (f, "Mailbox", box));
}

static void
test_owner_and_entries (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonObject) made = account (f, "{'user':{'userName':'john'},'mailbox':{}}");
  g_autofree char *john = pick (made, "user.id");
  g_autofree char *box = pick (made, "mailbox.id");
  g_autofree char *jane = make (f, "User", "{'userName':'jane'}");
  g_autofree char *list = make (f, "Group", "{'displayName':'L'}");
  g_autofree char *give = json ("{'verb':'setOwner','ids':['%s'],'to':'%s'}", box, jane);
  g_autofree char *add
      = json ("{'verb':'addEntries','ids':['%s','%s','%s'],'to':'%s'}", john, box, jane, list);
  g_autofree char *self = json ("{'verb':'addEntries','ids':['%s'],'to':'%s'}", list, list);
  g_autofree char *take = json (
      "{'verb':'removeEntries','ids':['%s','%s'],'to':'%s'}", john, f->admin->user_id, list);

  g_autoptr (JsonObject) given = act (f, give);
  assert_picked (given, "changed", "1");
  assert_shown (f, "Mailbox", box, "owner.value", jane);
  assert_shown (f, "Mailbox", box, "primary", "false");
  g_autoptr (JsonObject) added = act (f, add);
  assert_picked (added, "changed", "3");
  assert_shown (f, "Group", list, "meta.version", "W/\"2\"");
  g_autoptr (JsonObject) details = act_refused (f, self, MS_ERROR_CONFLICT, NULL);
  assert_picked (details, "refused[0].path", "members");
  g_autoptr (JsonObject) taken = act (f, take);
  assert_picked (taken, "changed", "1");
  assert_picked (taken, "unchanged", "1");
}

static void
test_delete_many (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonObject) made = account (f, "{'user':{'userName':'john'},'mailbox':{}}");
  g_autofree char *john = pick (made, "user.id");
  g_autofree char *box = pick (made, "mailbox.id");
  g_autofree char *group = make (f, "MailGroup", "{'name':'G'}");
  g_autofree char *inside = new_mailbox (f, "inside", group);
  g_autofree char *last = json ("{'verb':'delete','ids':['%s','%s']}", john, f->admin->user_id);
  g_autofree char *all
      = json ("{'verb':'delete','ids':['%s','%s','%s','%s']}", john, box, group, inside);
  gint64 before = last_sequence (f);

  g_autoptr (JsonObject) details = act_refused (f, last, MS_ERROR_CONFLICT, NULL);
  assert_picked (details, "refused[0].label", "admin");
  g_assert_true (is_there (f, "User", john));

  g_autoptr (JsonObject) deleted = act (f, all);
  assert_picked (deleted, "changed", "4");
  g_assert_cmpint (last_sequence (f), ==, before + 1);
  g_assert_false (is_there (f, "MailGroup", group));
  g_assert_false (is_there (f, "Mailbox", box));
}

static void
test_policy (Fixture *f, gconstpointer data)
{
  g_autofree char *a = new_mailbox (f, "a", NULL);
  g_autofree char *body = json ("{'verb':'disable','ids':['%s']}", a);
  g_autofree char *away = json ("{'verb':'delete','ids':['%s']}", a);
  g_autoptr (MsActor) auditor = fixture_actor (f, f->admin->user_id, MS_ROLE_AUDITOR, "console");
  g_autoptr (MsActor) delegate = fixture_actor (f, f->admin->user_id, MS_ROLE_DELEGATE, "console");
  g_autoptr (GError) error = NULL;

  g_autoptr (MsOutcome) refused = try_verb (f, auditor, MS_VERB_ACTION, NULL, NULL, body, &error);
  refuse_error (error, MS_ERROR_DENIED, NULL);
  g_assert_nonnull (strstr (ms_error_get_details (error), a));
  g_clear_error (&error);
  g_autoptr (MsOutcome) allowed = try_verb (f, delegate, MS_VERB_ACTION, NULL, NULL, body, &error);
  g_assert_no_error (error);
  g_autoptr (MsOutcome) too_much = try_verb (f, delegate, MS_VERB_ACTION, NULL, NULL, away, &error);
  refuse_error (error, MS_ERROR_DENIED, NULL);
  g_assert_true (is_there (f, "Mailbox", a));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/accounts/make", test_account);
  fixture_add ("/accounts/refused", test_account_refused);
  fixture_add ("/accounts/templates", test_templates);
  fixture_add ("/actions/move", test_move);
  fixture_add ("/actions/move-users", test_move_users);
  fixture_add ("/actions/all-or-nothing", test_all_or_nothing);
  fixture_add ("/actions/bad-requests", test_bad_requests);
  fixture_add ("/actions/options", test_options);
  fixture_add ("/actions/owner-and-entries", test_owner_and_entries);
  fixture_add ("/actions/delete", test_delete_many);
  fixture_add ("/actions/policy", test_policy);
  return g_test_run ();
}
