/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reporting what mailboxes use and reading it: whose a reading is, who may, that it is no change,
 * and that totals stay right whatever is moved, deleted, restored and undone.
 */
#include "service-fixture.h"

#include "fault-driver.h"
#include "ms-txn.h"
#include "ms-usage.h"
#include "store-place.h"

#include <string.h>

/* Reports, as JSON with ' for ". (transfer full) (nullable): the answer, or @error */
static JsonObject *
try_report (Fixture *f, const MsActor *actor, const char *readings, GError **error)
{
  g_autofree char *text = json ("{'readings':%s}", readings);
  g_autoptr (JsonObject) body = parse (text);
  g_autoptr (GPtrArray) reports = ms_usage_parse (
      json_object_get_array_member (body, "readings"), ms_usage_get_time (), error);
  g_auto (MsUsageOutcome) outcome = { 0 };
  g_autoptr (GString) out = g_string_new (NULL);

  if (reports == NULL)
    return NULL;
  ms_usage_outcome_init (&outcome);
  if (!ms_service_report_usage (
          f->service, actor != NULL ? actor : f->admin, reports, &outcome, error))
    return NULL;
  ms_usage_outcome_append (&outcome, out);
  return parse (out->str);
}

static void
report (Fixture *f, const char *readings)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = try_report (f, NULL, readings, &error);

  g_assert_no_error (error);
  assert_picked (answer, "refused", "[]");
}

static JsonObject *
try_read (Fixture *f, const MsActor *actor, const MsUsageQuery *query, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  return ms_service_read_usage (f->service, actor != NULL ? actor : f->admin, query, out, error)
             ? parse (out->str)
             : NULL;
}

static JsonObject *
read_usage (Fixture *f, const char *of)
{
  MsUsageQuery query = { .of = of };
  g_autoptr (GError) error = NULL;
  JsonObject *answer = try_read (f, NULL, &query, &error);

  g_assert_no_error (error);
  return answer;
}

static void
expect_stored (Fixture *f, const char *of, const char *bytes)
{
  g_autoptr (JsonObject) answer = read_usage (f, of);

  assert_picked (answer, "usage.storedBytes", bytes);
}

static void
expect_sound (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = ms_store_verify (f->store, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", (char *) problems->pdata[i]);
  g_assert_cmpuint (problems->len, ==, 0);
}

/* Whose a reading is -------------------------------------------------------------------------- */

static void
test_names (Fixture *f, gconstpointer data)
{
  g_autofree char *user = make_user (f, "anna");
  g_autofree char *mailbox = make_mailbox (f, "post", user, TRUE);
  g_autofree char *other = make_mailbox (f, "other", NULL, FALSE);
  g_autofree char *third = make_mailbox (f, "third", NULL, FALSE);
  g_autofree char *alias
      = make (f, "Domain", "{'name':'alias.example','kind':'alias','aliasOf':'example.org'}");
  g_autofree char *bare = make_user (f, "bare");
  g_autoptr (GError) error = NULL;

  change (f, "Mailbox", other, "aliases", "['nick@example.org','both@example.org']");
  change (f, "Mailbox", third, "aliases", "['both@example.org']");
  const char *names[]
      = { "post@example.org", "POST@Example.ORG", "post", "anna", "post@alias.example", mailbox };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *bytes = g_strdup_printf ("%u", 100 + i);
      g_autofree char *reading = json ("[{'mailbox':'%s','storedBytes':%s}]", names[i], bytes);
      g_test_message ("%s", names[i]);
      report (f, reading);
      expect_stored (f, mailbox, bytes);
    }
  report (f, "[{'mailbox':'nick@example.org','storedBytes':7}]");
  expect_stored (f, other, "7");

  g_autoptr (JsonObject) answer = try_report (f,
                                              NULL,
                                              "[{'mailbox':'nobody@example.org','storedBytes':1},"
                                              "{'mailbox':'both@example.org','storedBytes':1},"
                                              "{'mailbox':'other','storedBytes':8},"
                                              "{'mailbox':'bare','storedBytes':1},"
                                              "{'mailbox':'other','storedBytes':8}]",
                                              &error);
  g_assert_no_error (error);
  assert_picked (answer, "taken", "1");
  assert_picked (answer, "unchanged", "1");
  assert_picked (answer, "refused[0].mailbox", "nobody@example.org");
  assert_picked (answer, "refused[0].path", "readings[0].mailbox");
  assert_picked (answer, "refused[1].mailbox", "both@example.org");
  assert_picked (answer, "refused[2].path", "readings[3].mailbox");
  assert_picked (answer, "refused[3]", NULL);
  expect_stored (f, other, "8");
}

static void
expect_refused_of (Fixture *f, const MsActor *actor, const char *name, const char *reason)
{
  g_autofree char *reading = json ("[{'mailbox':'%s','storedBytes':999}]", name);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = try_report (f, actor, reading, &error);

  g_assert_no_error (error);
  assert_picked (answer, "taken", "0");
  assert_picked (answer, "refused[0].reason", reason);
}

static void
expect_refused (Fixture *f, const char *name, const char *reason)
{
  expect_refused_of (f, NULL, name, reason);
}

static void
expect_taken (Fixture *f, const char *name, const char *mailbox, const char *bytes)
{
  g_autofree char *reading = json ("[{'mailbox':'%s','storedBytes':%s}]", name, bytes);

  report (f, reading);
  expect_stored (f, mailbox, bytes);
}

/* An alias counts in the domains that stand for its own, as mail for it goes; not the other way. */
static void
test_aliases (Fixture *f, gconstpointer data)
{
  g_autofree char *two = make (f, "Domain", "{'name':'two.example'}");
  g_autofree char *alias
      = make (f, "Domain", "{'name':'alias.example','kind':'alias','aliasOf':'two.example'}");
  g_autofree char *kim = make (f, "Mailbox", "{'name':'kim','domain':'two.example'}");
  g_autofree char *lou = make (f, "Mailbox", "{'name':'lou','domain':'two.example'}");

  change (f, "Mailbox", kim, "aliases", "['sales@two.example','only@alias.example']");
  expect_taken (f, "sales@alias.example", kim, "5");
  expect_taken (f, "only@alias.example", kim, "6");
  expect_taken (f, "lou@alias.example", lou, "7");
  expect_refused (f, "only@two.example", "There is no mailbox “only@two.example”");
  change (f, "Mailbox", lou, "aliases", "['sales@two.example']");
  expect_refused (f,
                  "sales@alias.example",
                  "“sales@alias.example” may be several mailboxes, kim@two.example and"
                  " lou@two.example");
}

/* A log-on name means a mailbox of who logs on, and nobody else's of that name. */
static void
test_logins (Fixture *f, gconstpointer data)
{
  g_autofree char *two = make (f, "Domain", "{'name':'two.example'}");
  g_autofree char *pat = make_user (f, "pat");
  g_autofree char *other = make_user (f, "other");
  g_autofree char *text
      = json ("{'name':'pat','domain':'two.example','owner':{'value':'%s'},'primary':false}", pat);
  g_autofree char *own = make (f, "Mailbox", text);

  expect_taken (f, "pat", own, "5");
  g_autofree char *namesake = make_mailbox (f, "pat", other, FALSE);
  expect_refused (f, "pat", "“pat” may be several mailboxes, pat@example.org and pat@two.example");
  expect_taken (f, "pat@example.org", namesake, "6");
  expect_taken (f, "pat@two.example", own, "7");

  g_autofree char *sam = make_user (f, "sam");
  g_autofree char *others = make_mailbox (f, "sam", other, FALSE);
  expect_refused (
      f,
      "sam",
      "“sam” is the log-on name of somebody without a mailbox: sam@example.org belongs to"
      " another user");
  g_autofree char *tom = make_user (f, "tom");
  g_autofree char *one = make_mailbox (f, "one", tom, FALSE);
  g_autofree char *another = make_mailbox (f, "another", tom, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer
             = try_report (f, NULL, "[{'mailbox':'tom','storedBytes':1}]", &error);
  g_assert_no_error (error);
  assert_picked (answer, "refused[0].path", "readings[0].mailbox");
  g_autofree char *called = make_mailbox (f, "tom", tom, FALSE);
  expect_taken (f, "tom", called, "8");
  g_autofree char *first = make_mailbox (f, "thomas", tom, TRUE);
  expect_taken (f, "tom", first, "9");
  expect_taken (f, "tom@example.org", called, "10");

  /* With a domain it is an address, whoever logs on by it. */
  g_autofree char *full = make_user (f, "other.one@example.org");
  g_autofree char *boxed = make_mailbox (f, "full", full, TRUE);
  expect_taken (f, "other.one@example.org", boxed, "11");
  g_autofree char *address = make_mailbox (f, "other.one", other, FALSE);
  expect_taken (f, "other.one@example.org", address, "12");
}

/* The same store, of which the calls are counted. */
static void
reopen_counted (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autofree char *uri = g_strconcat ("fault", strchr (f->uri, ':'), NULL);

  ms_service_shutdown (f->service);
  g_clear_object (&f->service);
  ms_store_close (f->store);
  g_clear_object (&f->store);
  fault_driver_register (store_place_get_driver ());
  f->store = ms_store_open (uri, schemas, 0, &error);
  g_assert_no_error (error);
  f->service = ms_service_new (f->store);
  fixture_use_clock (f);
}

static guint
count_calls (Fixture *f, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reading = json ("[{'mailbox':'%s','storedBytes':5}]", name);

  fault_driver_arm (FAULT_BUSY, G_MAXUINT);
  g_autoptr (JsonObject) answer = try_report (f, NULL, reading, &error);
  guint calls = fault_driver_count_calls ();
  g_assert_false (fault_driver_disarm (NULL));
  g_assert_no_error (error);
  g_assert_nonnull (answer);
  return calls;
}

/* Somebody who owns many costs as much as who owns three. */
static void
test_many_owned (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "few", "all", "one", "two" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *user = make_user (f, names[i]);
      for (guint j = 0; j < (i % 2 == 0 ? 3 : 30); j++)
        {
          g_autofree char *name = g_strdup_printf ("%s-%u", names[i], j);
          g_autofree char *mailbox = make_mailbox (f, name, user, i >= 2 && j == 1);
        }
    }
  reopen_counted (f);
  ms_usage_set_time (f->now);
  /* What is said for the second time changes nothing, and statements are prepared by then. */
  for (guint i = 0; i < 2 * G_N_ELEMENTS (names); i++)
    (void) count_calls (f, names[i % G_N_ELEMENTS (names)]);
  g_assert_cmpuint (count_calls (f, "all"), ==, count_calls (f, "few"));
  g_assert_cmpuint (count_calls (f, "two"), ==, count_calls (f, "one"));
  expect_refused (
      f, "all", "“all” may be several mailboxes, all-0@example.org and all-1@example.org");
  ms_usage_set_time (0);
}

/* @body: what stands there then, by what stands there now */
static void
set_document (Fixture *f, const char *id, const char *body)
{
  g_autofree char *text = g_strdup_printf ("UPDATE document SET body = %s WHERE obj ="
                                           " (SELECT n FROM object WHERE id = '%s')",
                                           body,
                                           id);

  store_place_run_sql (store_place_get_driver (), f->folder, text);
}

/* One that cannot be read is refused by itself, and only where it is meant. */
static void
test_unreadable (Fixture *f, gconstpointer data)
{
  g_autofree char *user = make_user (f, "ann");
  g_autofree char *first = make_mailbox (f, "first", user, FALSE);
  g_autofree char *primary = make_mailbox (f, "second", user, TRUE);
  g_autofree char *other = make_mailbox (f, "other", NULL, FALSE);
  g_autofree char *lone = make_user (f, "lone");
  g_autofree char *broken = make_mailbox (f, "broken", lone, FALSE);
  g_autoptr (GError) error = NULL;

  set_document (f, first, "'{' || body");
  set_document (f, broken, "'{' || body");
  const char *names[] = { "broken@example.org", "lone", broken };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *readings = json ("[{'mailbox':'other','storedBytes':%u},"
                                        "{'mailbox':'%s','storedBytes':1},"
                                        "{'mailbox':'ann','storedBytes':%u}]",
                                        5 + i,
                                        names[i],
                                        5 + i);
      g_autofree char *reason = g_strdup_printf ("“%s” cannot be read", names[i]);
      g_autoptr (JsonObject) answer = try_report (f, NULL, readings, &error);
      g_test_message ("%s", names[i]);
      g_assert_no_error (error);
      assert_picked (answer, "taken", "2");
      assert_picked (answer, "refused[0].reason", reason);
      assert_picked (answer, "refused[0].path", "readings[1].mailbox");
      assert_picked (answer, "refused[1]", NULL);
    }
  expect_stored (f, primary, "7");
  set_document (f, first, "substr(body, 2)");
  set_document (f, broken, "substr(body, 2)");
}

static void
expect_list_count (Fixture *f, const char *filter_text, const char *count)
{
  const MsResourceType *type = fixture_type (f, "Mailbox");
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (MsFilter) filter = ms_filter_parse (type, filter_text, &error);
  MsQuery query = { .type = type, .filter = filter, .count = 10 };

  g_assert_no_error (error);
  g_assert_true (ms_service_list (f->service, f->admin, &query, NULL, "https://x", out, &error));
  g_autoptr (JsonObject) list = parse (out->str);
  assert_picked (list, "totalResults", count);
}

/* Nobody has said 0 who has said nothing. */
static void
test_unsaid (Fixture *f, gconstpointer data)
{
  g_autofree char *mailbox = make_mailbox (f, "half", NULL, FALSE);
  g_autofree char *month = ms_usage_period_format (ms_usage_period_of (ms_usage_get_time ()));
  const char      *steps[][3] = {
         { "'bytes':5", NULL, "5" }, { "'bytes':6", NULL, "6" },   { "'messages':0", "0", "6" },
         { "'bytes':7", "0", "7" },  { "'messages':2", "2", "7" }, { "'messages':1", "2", "7" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char *reading
          = json ("[{'mailbox':'half','sent':{'period':'%s',%s}}]", month, steps[i][0]);
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonObject) answer = try_report (f, NULL, reading, &error);
      g_test_message ("%s", steps[i][0]);
      g_assert_no_error (error);
      assert_picked (answer, "taken", i == G_N_ELEMENTS (steps) - 1 ? "0" : "1");
      g_autoptr (JsonObject) usage = read_usage (f, mailbox);
      assert_picked (usage, "usage.sentMessages", steps[i][1]);
      assert_picked (usage, "usage.sentBytes", steps[i][2]);
      if (i == 1)
        expect_list_count (f, "usage.sentMessages pr", "0");
      expect_sound (f);
    }
  expect_list_count (f, "usage.sentMessages eq 2", "1");
}

/* What Dovecot has of who never logged on says nothing, and refuses nothing else. */
static void
test_never (Fixture *f, gconstpointer data)
{
  g_autofree char *mailbox = make_mailbox (f, "anna", NULL, FALSE);
  g_autofree char *other = make_mailbox (f, "bert", NULL, FALSE);

  report (f,
          "[{'mailbox':'anna','lastAccess':'1970-01-01T00:00:00Z','storedBytes':5},"
          "{'mailbox':'bert','lastAccess':'1970-01-01T00:00:00Z'}]");
  expect_stored (f, mailbox, "5");
  expect_list_count (f, "usage.lastAccess pr", "0");
  expect_list_count (f, "usage.measured pr", "2");
  report (f, "[{'mailbox':'anna','lastAccess':'2026-01-01T00:00:00Z'}]");
  report (f, "[{'mailbox':'anna','lastAccess':'1970-01-01T01:00:00+01:00'}]");
  expect_list_count (f, "usage.lastAccess eq \"2026-01-01T00:00:00Z\"", "1");
  expect_sound (f);
}

static void
test_malformed (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *reading;
    const char *path;
  } cases[] = {
    { "5", "readings[0]" },
    { "{}", "readings[0].mailbox" },
    { "{'mailbox':''}", "readings[0].mailbox" },
    { "{'mailbox':'a'}", "readings[0]" },
    { "{'mailbox':'a','storedBytes':-1}", "readings[0].storedBytes" },
    { "{'mailbox':'a','storedBytes':9007199254740993}", "readings[0].storedBytes" },
    { "{'mailbox':'a','storedBytes':1.5}", "readings[0].storedBytes" },
    { "{'mailbox':'a','storedMessages':'1'}", "readings[0].storedMessages" },
    { "{'mailbox':'a','lastAccess':'yesterday'}", "readings[0].lastAccess" },
    { "{'mailbox':'a','lastAccess':'1969-12-31T23:59:59Z'}", "readings[0].lastAccess" },
    { "{'mailbox':'a','lastAccess':'2999-01-01T00:00:00Z'}", "readings[0].lastAccess" },
    { "{'mailbox':'a','storedbytes':1}", "readings[0].storedbytes" },
    { "{'mailbox':'a','storedBytes':8796093022209}", "readings[0].storedBytes" },
    { "{'mailbox':'a','sent':5}", "readings[0].sent" },
    { "{'mailbox':'a','sent':{'messages':1}}", "readings[0].sent.period" },
    { "{'mailbox':'a','sent':{'period':'2026-13','messages':1}}", "readings[0].sent.period" },
    { "{'mailbox':'a','sent':{'period':'2999-01','messages':1}}", "readings[0].sent.period" },
    { "{'mailbox':'a','sent':{'period':'1999-01','messages':1}}", "readings[0].sent.period" },
    { "{'mailbox':'a','sent':{'period':'2026-11'}}", "readings[0].sent" },
    { "{'mailbox':'a','sent':{'period':'2026-11','bytes':-1}}", "readings[0].sent.bytes" },
    { "{'mailbox':'a','sent':{'period':'2026-11','octets':1}}", "readings[0].sent.octets" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *all = g_strdup_printf ("[%s]", cases[i].reading);
      g_test_message ("%s", all);
      g_assert_null (try_report (f, NULL, all, &error));
      refuse_error (error, MS_ERROR_INVALID, cases[i].path);
    }
  g_autoptr (GString) many = g_string_new ("[");
  for (guint i = 0; i <= MS_USAGE_MAX_READINGS; i++)
    g_string_append_printf (many, "%s{'mailbox':'a','storedBytes':1}", i > 0 ? "," : "");
  g_string_append_c (many, ']');
  g_autoptr (GError) error = NULL;
  g_assert_null (try_report (f, NULL, many->str, &error));
  refuse_error (error, MS_ERROR_LIMIT, "readings");
}

/* Who may ------------------------------------------------------------------------------------- */

static void
test_policy (Fixture *f, gconstpointer data)
{
  static const struct
  {
    MsRole   role;
    gboolean usage_only;
    gboolean scim_only;
    gboolean read_only;
    gboolean reports;
    gboolean reads;
  } cases[] = {
    { MS_ROLE_ADMINISTRATOR, FALSE, FALSE, FALSE, TRUE, TRUE },
    { MS_ROLE_ADMINISTRATOR, TRUE, FALSE, FALSE, TRUE, FALSE },
    { MS_ROLE_ADMINISTRATOR, FALSE, TRUE, FALSE, FALSE, TRUE },
    { MS_ROLE_ADMINISTRATOR, FALSE, FALSE, TRUE, FALSE, TRUE },
    { MS_ROLE_DELEGATE, FALSE, FALSE, FALSE, FALSE, TRUE },
    { MS_ROLE_DELEGATE, TRUE, FALSE, FALSE, FALSE, FALSE },
    { MS_ROLE_AUDITOR, FALSE, FALSE, FALSE, FALSE, TRUE },
    { MS_ROLE_NONE, FALSE, FALSE, FALSE, FALSE, FALSE },
  };
  g_autofree char *mailbox = make_mailbox (f, "anna", NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      MsUsageQuery query = { .of = mailbox };
      MsActor      actor = *f->admin;
      g_autoptr (GError) failed = NULL;
      g_autoptr (GError) unread = NULL;

      actor.role = cases[i].role;
      actor.usage_only = cases[i].usage_only;
      actor.scim_only = cases[i].scim_only;
      actor.read_only = cases[i].read_only;
      g_test_message ("%u", i);
      g_autoptr (JsonObject) reported
                 = try_report (f, &actor, "[{'mailbox':'anna','storedBytes':5}]", &failed);
      g_autoptr (JsonObject) found = try_read (f, &actor, &query, &unread);
      g_assert_cmpint (reported != NULL, ==, cases[i].reports);
      g_assert_cmpint (found != NULL, ==, cases[i].reads);
      if (failed != NULL)
        g_assert_error (failed, MS_ERROR, MS_ERROR_DENIED);
      if (unread != NULL)
        g_assert_error (unread, MS_ERROR, MS_ERROR_DENIED);
    }
}

/* Who may report and nothing else learns no addresses by it. */
static void
test_untold (Fixture *f, gconstpointer data)
{
  MsActor          actor = *f->admin;
  g_autofree char *sam = make_user (f, "sam");
  g_autofree char *other = make_user (f, "other");
  g_autofree char *others = make_mailbox (f, "sam", other, FALSE);
  g_autofree char *anna = make_mailbox (f, "anna", NULL, FALSE);
  g_autofree char *bert = make_mailbox (f, "bert", NULL, FALSE);

  change (f, "Mailbox", anna, "aliases", "['both@example.org']");
  change (f, "Mailbox", bert, "aliases", "['both@example.org']");
  actor.usage_only = TRUE;
  expect_refused_of (f, &actor, "both", "“both” may be several mailboxes");
  expect_refused (
      f, "both", "“both” may be several mailboxes, anna@example.org and bert@example.org");
  expect_refused_of (f,
                     &actor,
                     "sam",
                     "“sam” is the log-on name of somebody without a mailbox: that address belongs"
                     " to another user");
}

/* A measurement is no change ------------------------------------------------------------------ */

static void
test_no_change (Fixture *f, gconstpointer data)
{
  g_autofree char *mailbox = make_mailbox (f, "anna", NULL, FALSE);
  gint64           before = last_sequence (f);
  g_autoptr (JsonObject) shown = show (f, "Mailbox", mailbox);

  report (f, "[{'mailbox':'anna','storedBytes':5}]");
  g_assert_cmpint (last_sequence (f), ==, before);
  g_autoptr (JsonObject) again = show (f, "Mailbox", mailbox);
  g_autofree char *one = pick (shown, "meta");
  assert_picked (again, "meta", one);
  assert_picked (again, "usage", NULL);

  /* What a client says of it is passed over, and named. */
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (
      f,
      NULL,
      MS_VERB_PATCH,
      "Mailbox",
      mailbox,
      "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[{'op':'add',"
      "'value':{'description':'hers','usage':{'storedBytes':77}}}]}",
      &error);
  g_assert_no_error (error);
  assert_shown (f, "Mailbox", mailbox, "description", "hers");
  expect_stored (f, mailbox, "5");
}

/* What is shown is what is measured, whatever was shown before. */
static void
test_shown (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "address", "usage", NULL };
  MsProjection             projection = { .attributes = (char **) names };
  g_autofree char         *group = make_group (f, "Sales", NULL);
  g_autofree char         *mailbox = make_mailbox (f, "anna", NULL, FALSE);

  change (f, "MailGroup", group, "quota", "1000");
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      g_autofree char *reading = json ("[{'mailbox':'anna','storedBytes':%u}]", 100 * i);
      g_autofree char *bytes = g_strdup_printf ("%u", 100 * i);
      g_autofree char *percent = g_strdup_printf ("%u", 10 * i);
      g_autoptr (MsOutcome) moved = NULL;
      g_autofree char *to = json ("{'verb':'move','ids':['%s'],'to':'%s'}", mailbox, group);

      if (i == 2)
        {
          moved = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, to, &error);
          g_assert_no_error (error);
        }
      report (f, reading);
      g_autoptr (GString) plain = g_string_new (NULL);
      g_assert_true (ms_service_get (f->service,
                                     f->admin,
                                     fixture_type (f, "Mailbox"),
                                     mailbox,
                                     NULL,
                                     "https://x",
                                     plain,
                                     NULL,
                                     &error));
      g_assert_true (ms_service_get (f->service,
                                     f->admin,
                                     fixture_type (f, "Mailbox"),
                                     mailbox,
                                     &projection,
                                     "https://x",
                                     out,
                                     NULL,
                                     &error));
      g_autoptr (JsonObject) shown = parse (out->str);
      assert_picked (shown, "usage.storedBytes", bytes);
      assert_picked (shown, "usage.percent", i >= 2 ? percent : NULL);
    }
}

/* Reports ------------------------------------------------------------------------------------- */

static void
test_report (Fixture *f, gconstpointer data)
{
  g_autofree char *sales = make_group (f, "Sales", NULL);
  g_autofree char *emea = make_group (f, "EMEA", sales);
  g_autofree char *now = ms_usage_period_format (ms_usage_period_of (ms_usage_get_time ()));
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *name = g_strdup_printf ("m%02u", i);
      g_autofree char *id = make_mailbox (f, name, NULL, FALSE);
      g_autofree char *move
          = json ("{'verb':'move','ids':['%s'],'to':'%s'}", id, i < 3 ? emea : sales);
      g_autoptr (MsOutcome) moved = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, move, &error);
      g_assert_no_error (error);
      g_autofree char *reading = json ("[{'mailbox':'%s','storedBytes':%u,'sent':{'period':'%s',"
                                       "'messages':1,'bytes':%u}}]",
                                       name,
                                       1000 + i,
                                       now,
                                       i);
      report (f, reading);
    }
  MsUsageQuery query
      = { .of = sales, .children = "mailboxes", .start = 20, .count = 10, .periods = 3 };
  g_autoptr (JsonObject) answer = try_read (f, NULL, &query, &error);
  g_assert_no_error (error);
  assert_picked (answer, "of.label", "Sales");
  assert_picked (answer, "usage.mailboxes", "30");
  assert_picked (answer, "usage.storedBytes", "30435");
  assert_picked (answer, "usage.sentMessages", "30");
  assert_picked (answer, "children.totalResults", "27");
  assert_picked (answer, "children.startIndex", "21");
  assert_picked (answer, "children.itemsPerPage", "7");
  assert_picked (answer, "children.items[0].address", "m09@example.org");
  assert_picked (answer, "children.items[6].address", "m03@example.org");
  assert_picked (answer, "periods[2].period", now);
  assert_picked (answer, "periods[2].sentBytes", "435");
  assert_picked (answer, "periods[0].storedBytes", NULL);
  assert_picked (answer, "periods[0].sentBytes", "0");
  assert_picked (answer, "periods[3]", NULL);

  MsUsageQuery groups = { .of = sales, .children = "groups", .sort_by = "name", .count = 10 };
  g_autoptr (JsonObject) inside = try_read (f, NULL, &groups, &error);
  assert_picked (inside, "children.items[0].label", "EMEA");
  assert_picked (inside, "children.items[0].usage.storedBytes", "3003");

  MsUsageQuery senders
      = { .of = sales, .children = "mailboxes", .sort_by = "sentBytes", .count = 1 };
  g_autoptr (JsonObject) sender = try_read (f, NULL, &senders, &error);
  assert_picked (sender, "children.items[0].label", "m29");

  MsUsageQuery wrong = { .of = sales, .children = "domains", .count = 10 };
  g_assert_null (try_read (f, NULL, &wrong, &error));
  refuse_error (error, MS_ERROR_INVALID, "children");
  g_clear_error (&error);
  g_autofree char *user = make_user (f, "nobody");
  MsUsageQuery     of_user = { .of = user };
  g_assert_null (try_read (f, NULL, &of_user, &error));
  refuse_error (error, MS_ERROR_INVALID, "of");
}

/* A list sorted by what is measured, far in. */
static void
test_far (Fixture *f, gconstpointer data)
{
  const MsResourceType *type = fixture_type (f, "Mailbox");
  g_autoptr (GString) readings = g_string_new ("[");
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *name = g_strdup_printf ("f%02u", i);
      g_autofree char *id = make_mailbox (f, name, NULL, FALSE);
      g_string_append_printf (
          readings, "%s{'mailbox':'%s','storedBytes':%u}", i > 0 ? "," : "", name, 6000 - i);
    }
  g_string_append_c (readings, ']');
  report (f, readings->str);
  g_autoptr (MsFilter) filter = ms_filter_parse (type, "usage.storedBytes ge 5950", &error);
  MsQuery query = { .type = type,
                    .filter = filter,
                    .sort_by = ms_resource_type_find (type, "usage.storedBytes"),
                    .start = 45,
                    .count = 3 };
  g_assert_true (ms_service_list (f->service, f->admin, &query, NULL, "https://x", out, &error));
  g_autoptr (JsonObject) list = parse (out->str);
  assert_picked (list, "totalResults", "51");
  assert_picked (list, "Resources[0].name", "f05");
  assert_picked (list, "Resources[2].name", "f03");
}

/* Undo ---------------------------------------------------------------------------------------- */

/* After each step the store itself says whether all totals are what the readings make. */
static void
test_undo (Fixture *f, gconstpointer data)
{
  g_autofree char *sales = make_group (f, "Sales", NULL);
  g_autofree char *emea = make_group (f, "EMEA", sales);
  g_autofree char *user = make_user (f, "anna");
  g_autofree char *mailbox = make_mailbox (f, "anna", user, TRUE);
  g_autoptr (GError) error = NULL;

  report (f, "[{'mailbox':'anna','storedBytes':500}]");
  g_autofree char *move = json ("{'verb':'move','ids':['%s'],'to':'%s'}", mailbox, emea);
  g_autoptr (MsOutcome) moved = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, move, &error);
  g_assert_no_error (error);
  gint64 moving = last_sequence (f);
  expect_stored (f, sales, "500");
  expect_sound (f);

  g_autoptr (MsOutcome) undone = undo (f, moving, &error);
  g_assert_no_error (error);
  expect_stored (f, sales, "0");
  expect_stored (f, NULL, "500");
  g_autoptr (MsOutcome) redone = undo (f, last_sequence (f), &error);
  g_assert_no_error (error);
  expect_stored (f, emea, "500");

  gint64 dropped = drop (f, "User", user, NULL);
  expect_stored (f, NULL, "0");
  expect_sound (f);
  g_autoptr (MsOutcome) back = undo (f, dropped, &error);
  g_assert_no_error (error);
  expect_stored (f, sales, "500");
  expect_stored (f, mailbox, "500");
  expect_sound (f);

  gint64 gone = drop (f, "MailGroup", sales, "{'content':'delete'}");
  expect_stored (f, NULL, "0");
  g_autoptr (MsOutcome) all = undo (f, gone, &error);
  g_assert_no_error (error);
  expect_stored (f, sales, "500");
  expect_stored (f, emea, "500");
  expect_sound (f);
}

/* Reported in either spelling of its domain, and counted there; with another domain, in that. */
static void
test_spelling (Fixture *f, gconstpointer data)
{
  g_autofree char *domain = make (f, "Domain", "{'name':'bücher.example'}");
  g_autofree char *mailbox = make (f, "Mailbox", "{'name':'anna','domain':'bücher.example'}");

  report (f, "[{'mailbox':'anna@xn--bcher-kva.example','storedBytes':9}]");
  expect_stored (f, domain, "9");
  report (f, "[{'mailbox':'anna@bücher.example','storedBytes':10}]");
  expect_stored (f, domain, "10");
  g_autofree char *other = make (f, "Domain", "{'name':'other.example'}");
  change (f, "Mailbox", mailbox, "domain", "'other.example'");
  expect_stored (f, domain, "0");
  expect_stored (f, other, "10");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) back = undo (f, last_sequence (f), &error);
  g_assert_no_error (error);
  expect_stored (f, domain, "10");
  expect_sound (f);
}

/* At random ----------------------------------------------------------------------------------- */

#define STEPS 150

typedef struct
{
  Fixture   *fixture;
  GRand     *random;
  GPtrArray *ids;     /* of all that was ever made, mailboxes and mail groups */
  GPtrArray *groups;  /* the same, mail groups only */
  GPtrArray *names;   /* of mailboxes */
  GArray    *changes; /* gint64 */
} World;

static const char *
pick_one (World *world, GPtrArray *texts)
{
  return texts->len > 0 ? texts->pdata[g_rand_int_range (world->random, 0, (int) texts->len)]
                        : NULL;
}

static void
note_change (World *world)
{
  gint64 last = last_sequence (world->fixture);

  g_array_append_val (world->changes, last);
}

/* What the rules refuse is refused: a group under itself, what is in the bin. */
static void
try_one (World *world, MsVerb verb, const char *type, const char *id, const char *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (world->fixture, NULL, verb, type, id, body, &error);

  if (outcome != NULL)
    note_change (world);
}

static void
make_one (World *world)
{
  gboolean         is_group = g_rand_int_range (world->random, 0, 3) == 0;
  g_autofree char *name = g_strdup_printf ("r%u", world->ids->len);

  if (world->ids->len >= 30)
    return;
  char *id = is_group ? make_group (world->fixture, name, NULL)
                      : make_mailbox (world->fixture, name, NULL, FALSE);
  g_ptr_array_add (world->ids, id);
  g_ptr_array_add (is_group ? world->groups : world->names, g_strdup (is_group ? id : name));
  note_change (world);
}

static void
measure_one (World *world)
{
  g_autoptr (GError) error = NULL;
  const char *name = pick_one (world, world->names);

  if (name == NULL)
    return;
  g_autofree char *reading = json (
      "[{'mailbox':'%s','storedBytes':%d}]", name, g_rand_int_range (world->random, 0, 1000));
  /* In the bin it is refused. */
  g_autoptr (JsonObject) answer = try_report (world->fixture, NULL, reading, &error);
  g_assert_no_error (error);
}

static void
step (World *world)
{
  const char      *id = pick_one (world, world->ids);
  const char      *to = pick_one (world, world->groups);
  g_autofree char *body = NULL;

  switch (g_rand_int_range (world->random, 0, 9))
    {
    case 0:
    case 1:
      make_one (world);
      return;
    case 2:
      body = json ("{'verb':'delete','ids':['%s'],'content':'delete'}", id != NULL ? id : "");
      try_one (world, MS_VERB_ACTION, NULL, NULL, body);
      return;
    case 3:
      body = json ("{'ids':['%s']}", id != NULL ? id : "");
      try_one (world, MS_VERB_RESTORE, NULL, NULL, body);
      return;
    case 4:
    case 5:
      if (to == NULL)
        return;
      body = json ("{'verb':'move','ids':['%s'],'to':'%s'}", id, to);
      try_one (world, MS_VERB_ACTION, NULL, NULL, body);
      return;
    case 6:
      if (world->changes->len > 0)
        {
          guint place = (guint) g_rand_int_range (
              world->random, MAX (0, (int) world->changes->len - 6), (int) world->changes->len);
          g_autoptr (GError) error = NULL;
          g_autoptr (MsOutcome) outcome
                     = undo (world->fixture, g_array_index (world->changes, gint64, place), &error);
          if (outcome != NULL)
            note_change (world);
        }
      return;
    default:
      measure_one (world);
    }
}

/* (transfer full): all of a type with these attributes */
static JsonObject *
list_all (Fixture *f, const char *type_name, const char *const *names)
{
  MsProjection projection = { .attributes = (char **) names };
  MsQuery      query = { .type = fixture_type (f, type_name), .count = 1000 };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (
      ms_service_list (f->service, f->admin, &query, &projection, "https://x", out, &error));
  g_assert_no_error (error);
  return parse (out->str);
}

static void
add_to (GHashTable *sums, const char *key, gint64 bytes)
{
  gint64 *sum = g_hash_table_lookup (sums, key);

  if (sum == NULL)
    {
      sum = g_new0 (gint64, 1);
      g_hash_table_insert (sums, g_strdup (key), sum);
    }
  *sum += bytes;
}

/* Each mailbox is added to all that its group is in, as the documents say. */
static void
compare_sums (World *world)
{
  static const char *const of_mailbox[] = { "group", "usage", NULL };
  static const char *const of_group[] = { "parent", NULL };
  g_autoptr (JsonObject) mailboxes = list_all (world->fixture, "Mailbox", of_mailbox);
  g_autoptr (JsonObject) groups = list_all (world->fixture, "MailGroup", of_group);
  g_autoptr (GHashTable) parents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) sums = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  JsonArray *all = json_object_get_array_member (groups, "Resources");

  for (guint i = 0; i < json_array_get_length (all); i++)
    {
      JsonObject *group = json_array_get_object_element (all, i);
      g_hash_table_insert (parents, pick (group, "id"), pick (group, "parent.value"));
    }
  JsonArray *boxes = json_object_get_array_member (mailboxes, "Resources");
  add_to (sums, "", 0);
  for (guint i = 0; i < json_array_get_length (boxes); i++)
    {
      JsonObject      *mailbox = json_array_get_object_element (boxes, i);
      g_autofree char *text = pick (mailbox, "usage.storedBytes");
      g_autofree char *group = pick (mailbox, "group.value");
      gint64           bytes = text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
      add_to (sums, "", bytes);
      for (const char *at = group; at != NULL; at = g_hash_table_lookup (parents, at))
        add_to (sums, at, bytes);
    }
  for (guint i = 0; i < json_array_get_length (all); i++)
    {
      g_autofree char *id = pick (json_array_get_object_element (all, i), "id");
      gint64          *sum = g_hash_table_lookup (sums, id);
      g_autofree char *bytes = g_strdup_printf ("%" G_GINT64_FORMAT, sum != NULL ? *sum : 0);
      expect_stored (world->fixture, id, bytes);
    }
  g_autofree char *whole
      = g_strdup_printf ("%" G_GINT64_FORMAT, *(gint64 *) g_hash_table_lookup (sums, ""));
  expect_stored (world->fixture, NULL, whole);
}

static void
test_random (Fixture *f, gconstpointer data)
{
  World world = { .fixture = f, .random = g_rand_new_with_seed (1129) };

  world.ids = g_ptr_array_new_with_free_func (g_free);
  world.groups = g_ptr_array_new_with_free_func (g_free);
  world.names = g_ptr_array_new_with_free_func (g_free);
  world.changes = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (guint i = 0; i < STEPS; i++)
    {
      step (&world);
      if (i % 10 == 9)
        compare_sums (&world);
    }
  expect_sound (f);
  g_rand_free (world.random);
  g_ptr_array_unref (world.ids);
  g_ptr_array_unref (world.groups);
  g_ptr_array_unref (world.names);
  g_array_unref (world.changes);
}

/* Events -------------------------------------------------------------------------------------- */

typedef struct
{
  GMutex lock;
  GCond  cond;
  guint  count;
  guint  others;
} Heard;

static void
on_event_cb (const char *kind, gint64 sequence, const char *text, gpointer user_data)
{
  Heard *heard = user_data;

  g_mutex_lock (&heard->lock);
  if (strcmp (kind, "usage") == 0)
    {
      g_assert_cmpstr (text, ==, "{}");
      g_assert_cmpint (sequence, ==, 0);
      heard->count++;
    }
  else
    heard->others++;
  g_cond_signal (&heard->cond);
  g_mutex_unlock (&heard->lock);
}

/* Many readings are one event. */
static void
test_event (Fixture *f, gconstpointer data)
{
  g_autofree char *mailbox = make_mailbox (f, "anna", NULL, FALSE);
  Heard            heard = { .count = 0 };

  g_mutex_init (&heard.lock);
  g_cond_init (&heard.cond);
  guint  listener = ms_service_add_listener (f->service, on_event_cb, &heard);
  gint64 begun = g_get_monotonic_time ();
  for (guint i = 0; i < 5; i++)
    report (f, "[{'mailbox':'anna','storedBytes':5}]");
  g_mutex_lock (&heard.lock);
  while (heard.count == 0)
    g_cond_wait (&heard.cond, &heard.lock);
  guint count = heard.count;
  g_mutex_unlock (&heard.lock);
  /* At most one every five seconds: two only where the reports themselves took that long. */
  g_assert_cmpuint (
      count, <=, 1 + (guint) ((g_get_monotonic_time () - begun) / MS_USAGE_TELL_EVERY));
  g_assert_cmpuint (heard.others, ==, 0);
  ms_service_remove_listener (f->service, listener);
  g_mutex_clear (&heard.lock);
  g_cond_clear (&heard.cond);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/usage/names", test_names);
  fixture_add ("/usage/unsaid", test_unsaid);
  fixture_add ("/usage/unreadable", test_unreadable);
  fixture_add ("/usage/aliases", test_aliases);
  fixture_add ("/usage/logins", test_logins);
  fixture_add ("/usage/many-owned", test_many_owned);
  fixture_add ("/usage/never", test_never);
  fixture_add ("/usage/malformed", test_malformed);
  fixture_add ("/usage/untold", test_untold);
  fixture_add ("/usage/policy", test_policy);
  fixture_add ("/usage/no-change", test_no_change);
  fixture_add ("/usage/shown", test_shown);
  fixture_add ("/usage/report", test_report);
  fixture_add ("/usage/far", test_far);
  fixture_add ("/usage/undo", test_undo);
  fixture_add ("/usage/spelling", test_spelling);
  fixture_add ("/usage/random", test_random);
  fixture_add ("/usage/event", test_event);
  return g_test_run ();
}
