/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The bin: what is in it, by whom and until when; restored with all that hung on it, what cannot be
 * named; removed for good by hand and by time. The settings that say how long. And objects returned
 * to where they were in their history.
 */
#include "service-fixture.h"

#include <string.h>

#include "ms-bin.h"
#include "ms-txn.h"
#include "store-place.h"

#define LIST_ALIASES MS_URN_EXT_GROUP ":aliases"

static MsOutcome *
try_call (
    Fixture *f, MsVerb verb, const char *id, gint64 sequence, const char *body, GError **error)
{
  MsOperation *operation = ms_operation_new (verb);

  operation->id = g_strdup (id);
  operation->sequence = sequence;
  operation->body = parse (body);
  return ms_service_apply (f->service, f->admin, operation, error);
}

/* (transfer full): the answer of one that must work */
static JsonObject *
call (Fixture *f, MsVerb verb, const char *id, gint64 sequence, const char *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_call (f, verb, id, sequence, body, &error);

  g_assert_no_error (error);
  return parse (outcome->document->str);
}

static JsonObject *
restore (Fixture *f, const char *id, const char *more)
{
  g_autofree char *body = json ("{'ids':['%s']%s}", id, more);

  return call (f, MS_VERB_RESTORE, NULL, 0, body);
}

/* (transfer full): what it says of why nothing could be done */
static JsonObject *
refused (Fixture *f, MsVerb verb, const char *id, gint64 sequence, const char *body)
{
  g_autoptr (GError) error = NULL;
  gint64 before = last_sequence (f);
  g_autoptr (MsOutcome) outcome = try_call (f, verb, id, sequence, body, &error);

  g_assert_null (outcome);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_cmpint (last_sequence (f), ==, before);
  return parse (ms_error_get_details (error));
}

static JsonObject *
list_bin (Fixture *f, const char *type, const char *search, const char *before, guint limit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  gboolean done
      = ms_service_list_bin (f->service, f->admin, type, search, before, limit, out, &error);

  g_assert_no_error (error);
  g_assert_true (done);
  return parse (out->str);
}

static char *
digest (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  char *text = ms_store_digest (f->store, MS_DIGEST_STATE, NULL, &error);

  g_assert_no_error (error);
  return text;
}

static char *
make_list (Fixture *f, const char *name, const char *member)
{
  g_autofree char *body = json ("{'displayName':'%s','members':[{'value':'%s'}]}", name, member);

  return make (f, "Group", body);
}

/* Listing ----------------------------------------------------------------------------------- */

static void
test_list (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *box = make_mailbox (f, "Ännchen", NULL, FALSE);
  g_autofree char *bob = make_user (f, "bob");
  gint64           first = drop (f, "User", ann, NULL);
  drop (f, "Mailbox", box, NULL);
  drop (f, "User", bob, NULL);

  g_autoptr (JsonObject) all = list_bin (f, NULL, NULL, NULL, 10);
  assert_picked (all, "objects[0].label", "bob");
  assert_picked (all, "objects[1].type", "Mailbox");
  assert_picked (all, "objects[2].id", ann);
  assert_picked (all, "objects[2].by.id", f->admin->user_id);
  assert_picked (all, "objects[2].channel", "console");
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, first);
  assert_picked (all, "objects[2].change", number);
  assert_picked (all, "objects[3]", NULL);
  assert_picked (all, "next", "null");
  assert_picked (all, "retentionDays", "30");

  /* Kept for as long as the setting says. */
  g_autofree char *deleted = pick (all, "objects[0].deleted");
  g_autofree char *until = pick (all, "objects[0].keptUntil");
  gint64           from, to;
  g_assert_true (ms_json_parse_time (deleted, &from) && ms_json_parse_time (until, &to));
  g_assert_cmpint (to - from, ==, 30 * G_TIME_SPAN_DAY);
  g_autoptr (JsonObject) set = call (f, MS_VERB_SETTINGS, NULL, 0, "{'bin-retention-days':0}");
  g_autoptr (JsonObject) ever = list_bin (f, NULL, NULL, NULL, 10);
  assert_picked (ever, "objects[0].keptUntil", NULL);

  g_autoptr (JsonObject) users = list_bin (f, "User", NULL, NULL, 1);
  assert_picked (users, "objects[0].id", bob);
  g_autofree char *next = pick (users, "next");
  g_autoptr (JsonObject) more = list_bin (f, "User", NULL, next, 1);
  assert_picked (more, "objects[0].id", ann);
  assert_picked (more, "objects[1]", NULL);
  assert_picked (more, "next", "null");
  g_autoptr (JsonObject) found = list_bin (f, NULL, "CHEN  änn", NULL, 10);
  assert_picked (found, "objects[0].id", box);
  assert_picked (found, "objects[1]", NULL);

  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_false (ms_service_list_bin (f->service, f->admin, "Thing", NULL, NULL, 1, out, &error));
  refuse_error (error, MS_ERROR_INVALID, "type");
  g_clear_error (&error);
  g_assert_false (ms_service_list_bin (f->service, f->admin, NULL, NULL, "7", 1, out, &error));
  refuse_error (error, MS_ERROR_INVALID, "before");
}

/* Restoring --------------------------------------------------------------------------------- */

static void
test_restore_user (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *one = make_mailbox (f, "ann", ann, TRUE);
  g_autofree char *two = make_mailbox (f, "ann-archive", ann, FALSE);
  g_autofree char *group = make_group (f, "Sales", NULL);
  g_autofree char *into = json ("{'value':'%s'}", group);
  change (f, "Mailbox", one, "group", into);
  change (f, "Mailbox", one, "aliases", "['a','b']");
  g_autofree char *staff = make_list (f, "staff", ann);
  g_autofree char *boxes = make_list (f, "boxes", one);
  g_autofree char *before = digest (f);

  drop (f, "User", ann, NULL);
  g_assert_false (is_there (f, "Mailbox", two));
  gint64 sequence = last_sequence (f);
  g_autoptr (JsonObject) dry = restore (f, ann, ",'dryRun':true");
  assert_picked (dry, "restored", "5");
  assert_picked (dry, "changeSet", "null");
  g_assert_cmpint (last_sequence (f), ==, sequence);
  g_assert_false (is_there (f, "User", ann));

  g_autoptr (JsonObject) answer = restore (f, ann, "");
  assert_picked (answer, "restored", "5");
  assert_picked (answer, "refused", "[]");
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpint (last_sequence (f), ==, sequence + 1);

  /* And that is undone as anything else, and done again. */
  g_autoptr (MsOutcome) back = undo (f, sequence + 1, NULL);
  g_assert_nonnull (back);
  g_assert_false (is_there (f, "User", ann));
  g_autoptr (MsOutcome) again = undo (f, back->sequence, NULL);
  g_assert_nonnull (again);
  g_autofree char *at_last = digest (f);
  g_assert_cmpstr (at_last, ==, before);
}

/* A user who cannot come back leaves the mailboxes where they are, for later. */
static void
test_restore_user_taken (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *one = make_mailbox (f, "ann", ann, TRUE);
  g_autofree char *two = make_mailbox (f, "ann-archive", ann, FALSE);

  drop (f, "User", ann, NULL);
  g_autofree char *thief = make_user (f, "ann");
  g_autofree char *body = json ("{'ids':['%s']}", ann);
  g_autoptr (JsonObject) details = refused (f, MS_VERB_RESTORE, NULL, 0, body);
  assert_picked (details, "refused[0].id", ann);
  assert_picked (details, "refused[0].inBin", "true");
  assert_picked (details, "refused[0].holder.id", thief);
  assert_picked (details, "refused[0].suggestion.userName", "ann2");
  g_assert_false (is_there (f, "Mailbox", one));
  g_assert_false (is_there (f, "Mailbox", two));

  g_autoptr (JsonObject) answer = restore (f, ann, ",'as':{'userName':'ann2'}");
  assert_picked (answer, "restored", "3");
  assert_picked (answer, "refused", "[]");
  assert_shown (f, "Mailbox", one, "owner.value", ann);
  assert_shown (f, "Mailbox", one, "primary", "true");
  assert_shown (f, "Mailbox", two, "owner.value", ann);
}

static void
test_restore_alone (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *box = make_mailbox (f, "ann", ann, TRUE);

  drop (f, "User", ann, NULL);
  g_autoptr (JsonObject) user = restore (f, ann, ",'alone':true");
  assert_picked (user, "restored", "1");
  g_assert_false (is_there (f, "Mailbox", box));
  g_autoptr (JsonObject) mailbox = restore (f, box, "");
  assert_picked (mailbox, "restored", "1");
  assert_shown (f, "Mailbox", box, "owner.value", ann);
  assert_shown (f, "Mailbox", box, "primary", "true");
}

static void
test_restore_kept_mailboxes (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *box = make_mailbox (f, "ann", ann, TRUE);
  g_autofree char *given = make_mailbox (f, "given", ann, FALSE);
  g_autofree char *bob = make_user (f, "bob");

  drop (f, "User", ann, "{'mailboxes':'keep'}");
  g_autofree char *to_bob = json ("{'value':'%s'}", bob);
  change (f, "Mailbox", given, "owner", to_bob);
  g_autoptr (JsonObject) answer = restore (f, ann, "");
  assert_shown (f, "Mailbox", box, "owner.value", ann);
  assert_shown (f, "Mailbox", box, "primary", "true");
  assert_shown (f, "Mailbox", given, "owner.value", bob);
  assert_picked (answer, "refused[0].id", given);
  assert_picked (answer, "refused[0].path", "owner");
  assert_picked (answer, "refused[1]", NULL);
}

static void
test_restore_group (Fixture *f, gconstpointer data)
{
  g_autofree char *top = make_group (f, "Top", NULL);
  g_autofree char *mid = make_group (f, "Mid", top);
  g_autofree char *box_body = json ("{'name':'a','group':{'value':'%s'}}", mid);
  g_autofree char *box = make (f, "Mailbox", box_body);
  g_autofree char *list = make_list (f, "list", mid);
  g_autofree char *before = digest (f);

  drop (f, "MailGroup", top, "{'content':'delete'}");
  g_autoptr (JsonObject) answer = restore (f, top, "");
  assert_picked (answer, "refused", "[]");
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);

  /* What moved up moves down again. */
  drop (f, "MailGroup", mid, "{'content':'parent'}");
  assert_shown (f, "Mailbox", box, "group.value", top);
  g_autoptr (JsonObject) moved = restore (f, mid, "");
  assert_picked (moved, "refused", "[]");
  g_autofree char *at_last = digest (f);
  g_assert_cmpstr (at_last, ==, before);
  g_assert_true (is_there (f, "Group", list));
}

/* One of many that went in one change set: of the list only its own place. */
static void
test_restore_one_of_many (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *body
      = json ("{'displayName':'all','members':[{'value':'%s'},{'value':'%s'}]}", ann, bob);
  g_autofree char *list = make (f, "Group", body);
  g_autofree char *action = json ("{'verb':'delete','ids':['%s','%s']}", ann, bob);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, action, &error);

  g_assert_no_error (error);
  g_autoptr (JsonObject) answer = restore (f, bob, "");
  assert_picked (answer, "refused", "[]");
  g_assert_false (is_there (f, "User", ann));
  assert_shown (f, "Group", list, "members[0].value", bob);
  assert_shown (f, "Group", list, "members[1]", NULL);

  /* Both at once, one of them there already: that one is named, the other comes. */
  g_autofree char *both = json ("{'ids':['%s','%s']}", ann, bob);
  g_autoptr (JsonObject) rest = call (f, MS_VERB_RESTORE, NULL, 0, both);
  assert_picked (rest, "refused[0].id", bob);
  g_assert_true (is_there (f, "User", ann));
  assert_shown (f, "Group", list, "members[0].value", ann);
}

static void
test_restore_taken (Fixture *f, gconstpointer data)
{
  g_autofree char *box = make (f, "Mailbox", "{'name':'john','aliases':['jd']}");
  drop (f, "Mailbox", box, NULL);
  g_autofree char *thief = make (f, "Mailbox", "{'name':'john'}");
  g_autofree char *second = make (f, "Mailbox", "{'name':'john2'}");
  g_autofree char *body = json ("{'ids':['%s']}", box);

  g_autoptr (JsonObject) details = refused (f, MS_VERB_RESTORE, NULL, 0, body);
  assert_picked (details, "refused[0].id", box);
  assert_picked (details, "refused[0].path", "address");
  assert_picked (details, "refused[0].holder.id", thief);
  assert_picked (details, "refused[0].suggestion.name", "john3");
  g_autoptr (JsonObject) renamed = restore (f, box, ",'as':{'name':'john3'}");
  assert_picked (renamed, "refused", "[]");
  assert_shown (f, "Mailbox", box, "address", "john3@example.org");
  assert_shown (f, "Mailbox", box, "aliases[0]", "jd@example.org");
  assert_shown (f, "Mailbox", second, "address", "john2@example.org");

  g_autofree char *list = make (
      f, "Group", "{'displayName':'all','" MS_URN_EXT_GROUP "':{'address':'all@example.org'}}");
  drop (f, "Group", list, NULL);
  g_autofree char *other = make (f, "Mailbox", "{'name':'all'}");
  g_autoptr (JsonObject) without = restore (f, list, ",'as':{'" MS_URN_EXT_GROUP ":address':null}");
  assert_shown (f, "Group", list, MS_URN_EXT_GROUP ".address", NULL);

  g_autoptr (GError) error = NULL;
  drop (f, "Mailbox", other, NULL);
  static const char *const bad[][2] = {
    { "{'ids':['%s'],'as':{'address':'x@y'}}", "address" },
    { "{'ids':['%s'],'as':{'quota':'1'}}", "quota" },
    { "{'ids':['%s'],'as':{'name':7}}", "name" },
    { "{'ids':['%s'],'as':'x'}", "as" },
    { "{'ids':['%s'],'alone':1}", "alone" },
    { "{'ids':['%s'],'dryRun':'yes'}", "dryRun" },
    { "{'ids':[]}", "ids" },
    { "{'ids':[1]}", "ids" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      GString *text = g_string_new (bad[i][0]);
      g_string_replace (text, "%s", other, 0);
      g_autoptr (MsOutcome) outcome = try_call (f, MS_VERB_RESTORE, NULL, 0, text->str, &error);
      g_assert_null (outcome);
      refuse_error (error, MS_ERROR_INVALID, bad[i][1]);
      g_clear_error (&error);
      g_string_free (text, TRUE);
    }
}

static void
test_restore_group_taken (Fixture *f, gconstpointer data)
{
  g_autofree char *top = make_group (f, "Top", NULL);
  g_autofree char *sales = make_group (f, "Sales", top);
  drop (f, "MailGroup", sales, NULL);
  g_autofree char *thief = make_group (f, "sales", top);
  g_autofree char *second = make_group (f, "Sales2", top);
  g_autofree char *elsewhere = make_group (f, "Sales3", NULL);
  g_autofree char *body = json ("{'ids':['%s']}", sales);

  g_autoptr (JsonObject) details = refused (f, MS_VERB_RESTORE, NULL, 0, body);
  assert_picked (details, "refused[0].path", "name");
  assert_picked (details, "refused[0].holder.id", thief);
  assert_picked (details, "refused[0].suggestion.name", "Sales3");
  g_autoptr (JsonObject) renamed = restore (f, sales, ",'as':{'name':'Sales3'}");
  assert_picked (renamed, "refused", "[]");
  assert_picked (renamed, "objects[0].label", "Sales3");
  assert_shown (f, "MailGroup", sales, "parent.value", top);
}

/* An address in another domain would be another address. */
static void
test_restore_without_domain (Fixture *f, gconstpointer data)
{
  g_autofree char *domain = make (f, "Domain", "{'name':'gone.example'}");
  g_autofree char *box = make (f, "Mailbox", "{'name':'zed','domain':'gone.example'}");
  gint64           deletion = drop (f, "Mailbox", box, NULL);
  drop (f, "Domain", domain, NULL);
  g_autofree char *body = json ("{'ids':['%s']}", box);
  g_autoptr (GError) error = NULL;

  g_autoptr (JsonObject) details = refused (f, MS_VERB_RESTORE, NULL, 0, body);
  assert_picked (details, "refused[0].id", box);
  assert_picked (details, "refused[0].path", "domain");
  assert_picked (details, "refused[0].reason", "gone.example is not a domain of this store");
  assert_picked (details, "refused[0].inBin", "true");
  g_autoptr (MsOutcome) undone = undo (f, deletion, &error);
  g_assert_null (undone);
  g_assert_false (is_there (f, "Mailbox", box));

  g_autoptr (JsonObject) moved = restore (f, box, ",'as':{'domain':'example.org'}");
  assert_picked (moved, "refused", "[]");
  assert_shown (f, "Mailbox", box, "address", "zed@example.org");
}

/* Of two that were deleted one after the other, whichever order they come back in. */
static void
test_restore_both (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 8; i++)
    {
      gboolean         list_first = (i & 1) != 0;
      gboolean         together = (i & 2) != 0;
      gboolean         back_list_first = (i & 4) != 0;
      g_autofree char *name = g_strdup_printf ("both%u", i);
      g_autofree char *list_name = g_strdup_printf ("list%u", i);
      g_autofree char *ann = make_user (f, name);
      g_autofree char *list = make_list (f, list_name, ann);

      drop (f, list_first ? "Group" : "User", list_first ? list : ann, NULL);
      drop (f, list_first ? "User" : "Group", list_first ? ann : list, NULL);
      const char *one = back_list_first ? list : ann;
      const char *other = back_list_first ? ann : list;
      if (together)
        {
          g_autofree char *body = json ("{'ids':['%s','%s']}", one, other);
          g_autoptr (JsonObject) answer = call (f, MS_VERB_RESTORE, NULL, 0, body);
          assert_picked (answer, "restored", "2");
          assert_picked (answer, "refused", "[]");
        }
      else
        {
          g_autoptr (JsonObject) first = restore (f, one, "");
          g_autoptr (JsonObject) last = restore (f, other, "");
          assert_picked (last, "refused", "[]");
        }
      g_test_message ("%u", i);
      assert_shown (f, "Group", list, "members[0].value", ann);
      assert_shown (f, "Group", list, "members[1]", NULL);
    }
}

/* What somebody took out in between stays out. */
static void
test_restore_both_changed (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *list = make_list (f, "staff", ann);
  g_autofree char *others = json ("[{'value':'%s'}]", bob);

  drop (f, "User", ann, NULL);
  g_autoptr (JsonObject) back = restore (f, ann, "");
  assert_shown (f, "Group", list, "members[0].value", ann);
  change (f, "Group", list, "members", others);
  drop (f, "Group", list, NULL);
  g_autoptr (JsonObject) list_back = restore (f, list, "");
  assert_picked (list_back, "refused", "[]");
  assert_shown (f, "Group", list, "members[0].value", bob);
  assert_shown (f, "Group", list, "members[1]", NULL);
}

/* The owner was deleted, its mailbox kept and then deleted too. */
static void
test_restore_both_owner (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *box = make_mailbox (f, "ann", ann, TRUE);
  g_autofree char *body = json ("{'ids':['%s','%s']}", ann, box);

  drop (f, "User", ann, "{'mailboxes':'keep'}");
  drop (f, "Mailbox", box, NULL);
  g_autoptr (JsonObject) answer = call (f, MS_VERB_RESTORE, NULL, 0, body);
  assert_picked (answer, "refused", "[]");
  assert_shown (f, "Mailbox", box, "owner.value", ann);
  assert_shown (f, "Mailbox", box, "primary", "true");

  drop (f, "Mailbox", box, NULL);
  drop (f, "User", ann, NULL);
  g_autoptr (JsonObject) alone = restore (f, box, "");
  assert_shown (f, "Mailbox", box, "owner", NULL);
  g_autoptr (JsonObject) owner = restore (f, ann, "");
  assert_picked (owner, "refused", "[]");
  assert_shown (f, "Mailbox", box, "owner.value", ann);
  assert_shown (f, "Mailbox", box, "primary", "true");
}

/* Deleted by one change set, and brought back by two. */
static void
test_restore_both_of_one (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 4; i++)
    {
      gboolean         list_first = (i & 1) != 0;
      gboolean         back_list_first = (i & 2) != 0;
      g_autofree char *name = g_strdup_printf ("both%u", i);
      g_autofree char *ann = make_user (f, name);
      g_autofree char *list = make_list (f, name, ann);
      g_autofree char *body = json (
          "{'verb':'delete','ids':['%s','%s']}", list_first ? list : ann, list_first ? ann : list);

      g_autoptr (JsonObject) deleted = call (f, MS_VERB_ACTION, NULL, 0, body);
      g_autoptr (JsonObject) first = restore (f, back_list_first ? list : ann, "");
      g_autoptr (JsonObject) last = restore (f, back_list_first ? ann : list, "");
      g_test_message ("%u", i);
      assert_picked (last, "refused", "[]");
      assert_shown (f, "Group", list, "members[0].value", ann);
      assert_shown (f, "Group", list, "members[1]", NULL);
    }
}

/* Of what one change set did to an object that stayed, only what came of the deletion. */
static void
test_restore_spares_others (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *ann = make_user (f, i == 0 ? "ann" : "bob");
      g_autofree char *box = make_mailbox (f, i == 0 ? "ann" : "bob", ann, TRUE);
      g_autofree char *group = make_group (f, i == 0 ? "G" : "H", NULL);
      g_autofree char *in_group = json ("{'value':'%s'}", group);
      g_autofree char *body
          = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest','%s'],"
                  "'%s':{'atomic':true},'Operations':["
                  "{'method':'PATCH','path':'/Mailboxes/%s','data':{"
                  "'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                  "'Operations':[{'op':'replace','path':'active','value':false},"
                  "{'op':'remove','path':'group'}]}},"
                  "{'method':'DELETE','path':'/MailGroups/%s'}]}",
                  MS_URN_BULK_OPTIONS,
                  MS_URN_BULK_OPTIONS,
                  box,
                  group);
      g_autofree char *both = json ("{'ids':['%s','%s']}", group, box);

      change (f, "Mailbox", box, "group", in_group);
      g_autoptr (JsonObject) bulk = call (f, MS_VERB_BULK, NULL, 0, body);
      assert_picked (bulk, "Operations[1].status", "204");
      assert_shown (f, "Mailbox", box, "group", NULL);
      if (i == 1)
        drop (f, "Mailbox", box, NULL);
      g_autoptr (JsonObject) answer
                 = i == 0 ? restore (f, group, "") : call (f, MS_VERB_RESTORE, NULL, 0, both);
      g_test_message ("%u", i);
      assert_picked (answer, "refused", "[]");
      assert_shown (f, "Mailbox", box, "group.value", group);
      assert_shown (f, "Mailbox", box, "active", "false");
      assert_shown (f, "Mailbox", box, "primary", "true");
    }
}

/* A mailbox lost its owner and its group at once; being primary went with the owner. */
static void
test_restore_one_of_two_losses (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *box = make_mailbox (f, "ann", ann, TRUE);
  g_autofree char *group = make_group (f, "G", NULL);
  g_autofree char *in_group = json ("{'value':'%s'}", group);
  g_autofree char *body = json ("{'verb':'delete','ids':['%s','%s'],'mailboxes':'keep',"
                                "'content':'parent'}",
                                ann,
                                group);

  change (f, "Mailbox", box, "group", in_group);
  g_autoptr (JsonObject) deleted = call (f, MS_VERB_ACTION, NULL, 0, body);
  g_autoptr (JsonObject) first = restore (f, group, "");
  assert_picked (first, "refused", "[]");
  assert_shown (f, "Mailbox", box, "group.value", group);
  assert_shown (f, "Mailbox", box, "primary", "false");
  g_autoptr (JsonObject) second = restore (f, ann, "");
  assert_picked (second, "refused", "[]");
  assert_shown (f, "Mailbox", box, "owner.value", ann);
  assert_shown (f, "Mailbox", box, "primary", "true");
}

/* Into the bin where it is there, and out of it where it is not. */
static void
toggle (Fixture *f, const char *type, const char *id, const char *options)
{
  if (is_there (f, type, id))
    {
      drop (f, type, id, options);
      return;
    }
  g_autoptr (JsonObject) answer = restore (f, id, ",'alone':true");
}

#define N_TOGGLES 6

/* In and out of the bin in every order, one by one: who is back last finds what both had. */
static void
toggle_both (Fixture *f, const char *type, const char *id, const char *user, guint order)
{
  g_test_message ("order %u", order);
  for (guint i = 0; i < N_TOGGLES; i++)
    if ((order >> i & 1) != 0)
      toggle (f, type, id, NULL);
    else
      toggle (f, "User", user, "{'mailboxes':'keep'}");
  if (!is_there (f, type, id))
    toggle (f, type, id, NULL);
  if (!is_there (f, "User", user))
    toggle (f, "User", user, NULL);
}

static void
test_restore_again_member (Fixture *f, gconstpointer data)
{
  for (guint order = 0; order < 1 << N_TOGGLES; order++)
    {
      g_autofree char *name = g_strdup_printf ("u%u", order);
      g_autofree char *user = make_user (f, name);
      g_autofree char *list = make_list (f, name, user);

      toggle_both (f, "Group", list, user, order);
      assert_shown (f, "Group", list, "members[0].value", user);
    }
}

static void
test_restore_again_owner (Fixture *f, gconstpointer data)
{
  for (guint order = 0; order < 1 << N_TOGGLES; order++)
    {
      g_autofree char *name = g_strdup_printf ("u%u", order);
      g_autofree char *user = make_user (f, name);
      g_autofree char *box = make_mailbox (f, name, user, TRUE);

      toggle_both (f, "Mailbox", box, user, order);
      assert_shown (f, "Mailbox", box, "owner.value", user);
      assert_shown (f, "Mailbox", box, "primary", "true");
    }
}

/* The mailbox went with its user, and is back before. */
static void
test_restore_mailbox_first (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *box = make_mailbox (f, "ann", ann, TRUE);
  g_autofree char *other = make_mailbox (f, "other", ann, FALSE);
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *bobs = make_mailbox (f, "bob", bob, TRUE);

  drop (f, "User", ann, NULL);
  g_autoptr (JsonObject) first = restore (f, box, ",'as':{'name':'anna'}");
  assert_picked (first, "restored", "1");
  g_autoptr (JsonObject) second = restore (f, other, "");
  assert_shown (f, "Mailbox", box, "owner", NULL);
  g_autoptr (JsonObject) owner = restore (f, ann, "");
  assert_picked (owner, "refused", "[]");
  assert_shown (f, "Mailbox", box, "owner.value", ann);
  assert_shown (f, "Mailbox", box, "primary", "true");
  assert_shown (f, "Mailbox", box, "name", "anna");
  assert_shown (f, "Mailbox", other, "owner.value", ann);
  assert_shown (f, "Mailbox", other, "primary", "false");

  /* Not where it has another owner since, or the owner another primary one. */
  drop (f, "User", ann, NULL);
  g_autoptr (JsonObject) third = restore (f, box, "");
  g_autofree char *to_bob = json ("{'value':'%s'}", bob);
  change (f, "Mailbox", box, "owner", to_bob);
  g_autoptr (JsonObject) back = restore (f, ann, "");
  assert_picked (back, "refused[0].path", "owner");
  assert_picked (back, "refused[1]", NULL);
  assert_shown (f, "Mailbox", box, "owner.value", bob);
  assert_shown (f, "Mailbox", bobs, "primary", "true");
}

/* A mailbox that was kept, and is another's since, is not the other's primary one. */
static void
test_restore_kept_given_away (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *box = make_mailbox (f, "ann", ann, TRUE);
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *to_bob = json ("{'value':'%s'}", bob);

  drop (f, "User", ann, "{'mailboxes':'keep'}");
  change (f, "Mailbox", box, "owner", to_bob);
  g_autoptr (JsonObject) answer = restore (f, ann, "");
  assert_picked (answer, "refused[0].path", "owner");
  assert_picked (answer, "refused[1]", NULL);
  assert_shown (f, "Mailbox", box, "owner.value", bob);
  g_autoptr (JsonObject) shown = show (f, "Mailbox", box);
  g_autofree char *primary = pick (shown, "primary");
  g_assert_cmpstr (primary, !=, "true");
}

/* An older version left in the bin what one change set both made and deleted. (transfer full): the
 * id of one like the object @id, which lies in the bin, but called @name */
static char *
leave_untold (Fixture *f, const char *id, const char *old_name, const char *name)
{
  char            *untold = g_uuid_string_random ();
  g_autofree char *text = g_strdup_printf (
      "INSERT INTO object (id, type, version, created, modified, deleted, label, label_key)"
      " SELECT '%s', type, version, created, modified, deleted, '%s', '%s'"
      " FROM object WHERE id = '%s';"
      "INSERT INTO document (obj, body)"
      " SELECT n.n, replace(replace(d.body, '%s', '%s'), '%s', '%s')"
      " FROM document d, object o, object n WHERE d.obj = o.n AND o.id = '%s' AND n.id = '%s';",
      untold,
      name,
      name,
      id,
      id,
      untold,
      old_name,
      name,
      id,
      untold);

  store_place_run_sql (store_place_get_driver (), f->folder, text);
  return untold;
}

static void
test_restore_untold (Fixture *f, gconstpointer data)
{
  g_autofree char *ann
      = make (f, "User", "{'userName':'ann','title':'Cook','emails':[{'value':'a@b.example'}]}");
  drop (f, "User", ann, NULL);
  g_autofree char *eve = leave_untold (f, ann, "ann", "eve");
  g_autofree char *zoe = leave_untold (f, ann, "ann", "zoe");
  g_autofree char *twice = json ("{'ids':['%s','%s','%s']}", eve, ann, eve);

  g_autoptr (JsonObject) answer = call (f, MS_VERB_RESTORE, NULL, 0, twice);
  assert_picked (answer, "restored", "2");
  assert_picked (answer, "refused", "[]");
  assert_shown (f, "User", eve, "userName", "eve");
  assert_shown (f, "User", eve, "title", "Cook");
  assert_shown (f, "User", eve, "emails[0].value", "a@b.example");

  /* From now on it is told of. */
  gint64 sequence = last_sequence (f);
  g_autoptr (MsOutcome) undone = undo (f, sequence, NULL);
  g_assert_nonnull (undone);
  g_assert_false (is_there (f, "User", eve));
  g_autoptr (JsonObject) again = restore (f, eve, "");
  assert_picked (again, "refused", "[]");
  assert_shown (f, "User", eve, "title", "Cook");

  /* It is asked the rules, and can get another name. */
  g_autofree char *thief = make_user (f, "zoe");
  g_autofree char *body = json ("{'ids':['%s']}", zoe);
  g_autoptr (JsonObject) details = refused (f, MS_VERB_RESTORE, NULL, 0, body);
  assert_picked (details, "refused[0].id", zoe);
  assert_picked (details, "refused[0].path", "userName");
  assert_picked (details, "refused[0].holder.id", thief);
  g_autoptr (JsonObject) renamed = restore (f, zoe, ",'as':{'userName':'zoe2'}");
  assert_picked (renamed, "refused", "[]");
  assert_shown (f, "User", zoe, "userName", "zoe2");
}

/* Removing for good ------------------------------------------------------------------------- */

static void
assert_gone (Fixture *f, const char *id)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (ms_service_get_history (f->service, f->admin, id, 0, 10, out, NULL));
  g_autoptr (JsonObject) history = parse (out->str);
  assert_picked (history, "object.state", "gone");
  assert_picked (history, "changeSets[0].changes[0].verb", "purge");
}

static void
test_purge (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make (f, "User", "{'userName':'ann','password':'Correct-horse-7'}");
  g_autofree char *body = json ("{'ids':['%s']}", ann);
  g_autoptr (GError) error = NULL;

  /* Only what is in the bin. */
  g_autoptr (MsOutcome) early = try_call (f, MS_VERB_PURGE, NULL, 0, body, &error);
  g_assert_error (error, MS_ERROR, MS_ERROR_NOT_FOUND);
  g_clear_error (&error);
  gint64 deletion = drop (f, "User", ann, NULL);
  g_autoptr (MsActor) auditor = fixture_actor (f, f->admin->user_id, MS_ROLE_DELEGATE, "console");
  MsOperation *operation = ms_operation_new (MS_VERB_PURGE);
  operation->body = parse (body);
  g_autoptr (MsOutcome) denied = ms_service_apply (f->service, auditor, operation, &error);
  g_assert_null (denied);
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
  g_clear_error (&error);

  /* A rehearsal leaves it where it is. */
  gint64           before = last_sequence (f);
  g_autofree char *dry = json ("{'ids':['%s'],'dryRun':true}", ann);
  g_autoptr (JsonObject) rehearsed = call (f, MS_VERB_PURGE, NULL, 0, dry);
  assert_picked (rehearsed, "purged", "1");
  assert_picked (rehearsed, "changeSet", "null");
  g_assert_cmpint (last_sequence (f), ==, before);
  g_autofree char *vague = json ("{'ids':['%s'],'dryRun':'yes'}", ann);
  g_autoptr (MsOutcome) refused = try_call (f, MS_VERB_PURGE, NULL, 0, vague, &error);
  g_assert_null (refused);
  refuse_error (error, MS_ERROR_INVALID, "dryRun");
  g_clear_error (&error);

  /* Named twice it is one. */
  g_autofree char *twice = json ("{'ids':['%s','%s']}", ann, ann);
  g_autoptr (JsonObject) answer = call (f, MS_VERB_PURGE, NULL, 0, twice);
  assert_picked (answer, "purged", "1");
  assert_gone (f, ann);
  gint64 purge = last_sequence (f);
  g_autoptr (MsOutcome) undone = undo (f, purge, &error);
  g_assert_null (undone);
  g_autoptr (JsonObject) details = parse (ms_error_get_details (error));
  g_autofree char *reason = pick (details, "refused[0].reason");
  g_assert_nonnull (strstr (reason, "for good"));
  assert_picked (details, "refused[0].label", "ann");
  g_clear_error (&error);
  g_autoptr (MsOutcome) brought = undo (f, deletion, &error);
  g_assert_null (brought);
  g_autoptr (JsonObject) missing = parse (ms_error_get_details (error));
  g_autofree char *why = pick (missing, "refused[0].reason");
  g_assert_nonnull (strstr (why, "for good"));
}

static void
test_retention (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gint64           purged = 0;
  g_autofree char *kept = make_user (f, "kept");
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  /* More than one batch. */
  for (guint i = 0; i < 250; i++)
    {
      g_autofree char *name = g_strdup_printf ("u%u", i);
      char            *id = make_user (f, name);
      g_ptr_array_add (ids, id);
      drop (f, "User", id, NULL);
    }
  g_assert_true (ms_bin_purge_due (f->service, &purged, &error));
  g_assert_cmpint (purged, ==, 0);
  gint64 quiet = last_sequence (f);
  f->now += 31 * G_TIME_SPAN_DAY;
  drop (f, "User", kept, NULL);

  /* Never, when it says so. */
  g_autoptr (JsonObject) never = call (f, MS_VERB_SETTINGS, NULL, 0, "{'bin-retention-days':0}");
  g_assert_true (ms_bin_purge_due (f->service, &purged, &error));
  g_assert_cmpint (purged, ==, 0);
  g_autoptr (JsonObject) days = call (f, MS_VERB_SETTINGS, NULL, 0, "{'bin-retention-days':null}");
  /* Somebody has just looked. */
  g_assert_true (ms_bin_purge_due (f->service, &purged, &error));
  g_assert_cmpint (purged, ==, 0);
  f->now += 2 * G_TIME_SPAN_HOUR;
  g_assert_true (ms_bin_purge_due (f->service, &purged, &error));
  g_assert_no_error (error);
  /* The store's own clock has not moved: all of them are as old. */
  g_assert_cmpint (purged, ==, 251);
  assert_gone (f, g_ptr_array_index (ids, 0));
  assert_gone (f, g_ptr_array_index (ids, 249));

  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (ms_service_get_change (f->service, f->admin, last_sequence (f), out, NULL));
  g_autoptr (JsonObject) set = parse (out->str);
  assert_picked (set, "channel", "system");
  assert_picked (set, "verb", "purge");
  assert_picked (set, "objectCount", "51");
  assert_picked (set, "changes[0].deltas", "[]");
  /* One deletion, two settings, two batches. */
  g_assert_cmpint (last_sequence (f), ==, quiet + 5);
}

/* Settings ---------------------------------------------------------------------------------- */

static void
test_settings (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer
             = call (f, MS_VERB_SETTINGS, NULL, 0, "{'bin-retention-days':90,'seat-limit':5}");
  gint64 sequence = last_sequence (f);

  assert_picked (answer, "settings[0].name", "bin-retention-days");
  assert_picked (answer, "settings[0].value", "90");
  assert_picked (answer, "settings[0].default", "30");
  assert_picked (answer, "settings[1].value", "5");
  assert_picked (answer, "settings[1].default", "null");
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, sequence);
  assert_picked (answer, "changeSet", number);

  /* As it was already: nothing is recorded. */
  g_autoptr (JsonObject) same = call (f, MS_VERB_SETTINGS, NULL, 0, "{'seat-limit':5}");
  assert_picked (same, "changeSet", "null");
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (ms_service_get_change (f->service, f->admin, sequence, out, NULL));
  g_autoptr (JsonObject) set = parse (out->str);
  assert_picked (set, "changes[0].type", "Setting");
  assert_picked (set, "changes[0].label", "bin-retention-days");
  assert_picked (set, "changes[0].deltas", "[{\"path\":\"value\",\"after\":90}]");

  /* Part of it was changed since. */
  g_autoptr (JsonObject) later = call (f, MS_VERB_SETTINGS, NULL, 0, "{'seat-limit':null}");
  g_autoptr (MsOutcome) undone = undo (f, sequence, &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) result = parse (undone->document->str);
  assert_picked (result, "undone", "1");
  assert_picked (result, "refused[0].id", "seat-limit");
  g_autoptr (GString) now = g_string_new (NULL);
  g_assert_true (ms_service_list_settings (f->service, f->admin, now, NULL));
  g_autoptr (JsonObject) all = parse (now->str);
  assert_picked (all, "settings[0].value", "30");

  static const char *const bad[][2] = {
    { "{'bin-retention-days':-1}", "bin-retention-days" },
    { "{'bin-retention-days':'90'}", "bin-retention-days" },
    { "{'seat-limit':3,'bin-next-look':5}", "bin-next-look" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (MsOutcome) outcome = try_call (f, MS_VERB_SETTINGS, NULL, 0, bad[i][0], &error);
      g_assert_null (outcome);
      refuse_error (error, MS_ERROR_INVALID, bad[i][1]);
      g_clear_error (&error);
    }
}

/* History ----------------------------------------------------------------------------------- */

static JsonObject *
history (Fixture *f, const char *id, gint64 before, guint limit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (ms_service_get_history (f->service, f->admin, id, before, limit, out, &error));
  g_assert_no_error (error);
  return parse (out->str);
}

static void
test_history (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make (f, "User", "{'userName':'ann','title':'Cook'}");
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *action = json ("{'verb':'disable','ids':['%s','%s']}", ann, bob);
  g_autoptr (MsOutcome) both = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, action, NULL);
  gint64 last = change_sequence (f, "User", ann, "title", "'Chef'");

  g_assert_nonnull (both);
  g_autoptr (JsonObject) page = history (f, ann, 0, 2);
  assert_picked (page, "object.label", "ann");
  assert_picked (page, "object.state", "present");
  assert_picked (page, "more", "true");
  assert_picked (page, "changeSets[0].changes[0].deltas[0].before", "Cook");
  assert_picked (page, "changeSets[0].changes[0].deltas[0].after", "Chef");
  /* Of what was done to several, only its own. */
  assert_picked (page, "changeSets[1].objectCount", "2");
  assert_picked (page, "changeSets[1].changes[0].id", ann);
  assert_picked (page, "changeSets[1].changes[1]", NULL);
  g_autoptr (JsonObject) rest = history (f, ann, both->sequence, 2);
  assert_picked (rest, "changeSets[0].changes[0].verb", "create");
  assert_picked (rest, "more", "false");
  drop (f, "User", ann, NULL);
  g_autoptr (JsonObject) binned = history (f, ann, last, 1);
  assert_picked (binned, "object.state", "bin");

  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_false (ms_service_get_history (f->service, f->admin, "no-such", 0, 1, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_NOT_FOUND);
}

static void
test_return (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *cy = make_user (f, "cy");
  g_autofree char *list = make_list (f, "all", ann);
  g_autofree char *add = json ("{'verb':'addEntries','ids':['%s'],'to':'%s'}", bob, list);
  g_autofree char *add_cy = json ("{'verb':'addEntries','ids':['%s'],'to':'%s'}", cy, list);
  g_autofree char *take = json ("{'verb':'removeEntries','ids':['%s'],'to':'%s'}", ann, list);
  gint64           early = change_sequence (f, "Group", list, "displayName", "'one'");
  g_autofree char *then = digest (f);
  g_autoptr (MsOutcome) added = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, add, NULL);
  change (f, "Group", list, "displayName", "'two'");
  g_autoptr (MsOutcome) taken = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, take, NULL);
  g_autoptr (MsOutcome) added_cy = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, add_cy, NULL);
  change (f, "Group", list, "displayName", "'three'");
  gint64 late = last_sequence (f);

  g_assert_true (added != NULL && taken != NULL && added_cy != NULL);
  g_autoptr (JsonObject) dry = call (f, MS_VERB_RETURN, list, early, "{'dryRun':true}");
  assert_picked (dry, "changed", "1");
  assert_picked (dry, "changeSet", "null");
  g_assert_cmpint (last_sequence (f), ==, late);
  g_autoptr (JsonObject) answer = call (f, MS_VERB_RETURN, list, early, "{}");
  assert_picked (answer, "refused", "[]");
  g_assert_cmpint (last_sequence (f), ==, late + 1);
  g_autofree char *now = digest (f);
  g_assert_cmpstr (now, ==, then);
  g_autoptr (JsonObject) same = call (f, MS_VERB_RETURN, list, early, "{}");
  assert_picked (same, "changeSet", "null");

  /* From the bin, as it was before it went there, its passing through it included. */
  drop (f, "Group", list, NULL);
  g_autoptr (JsonObject) back = call (f, MS_VERB_RETURN, list, early, "{}");
  g_autofree char *again = digest (f);
  g_assert_cmpstr (again, ==, then);
  change (f, "Group", list, "displayName", "'four'");
  g_autoptr (JsonObject) over = call (f, MS_VERB_RETURN, list, early, "{}");
  g_autofree char *at_last = digest (f);
  g_assert_cmpstr (at_last, ==, then);

  /* Before it was. */
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) never = try_call (f, MS_VERB_RETURN, list, 1, "{}", &error);
  g_assert_null (never);
  refuse_error (error, MS_ERROR_CONFLICT, "sequence");
  g_clear_error (&error);
  /* A change that is none, an object that never was, and one that is gone. */
  g_autoptr (MsOutcome) ahead
             = try_call (f, MS_VERB_RETURN, list, last_sequence (f) + 1, "{}", &error);
  g_assert_null (ahead);
  refuse_error (error, MS_ERROR_NOT_FOUND, "sequence");
  g_clear_error (&error);
  g_autoptr (MsOutcome) nobody = try_call (f, MS_VERB_RETURN, "zz", early, "{}", &error);
  g_assert_null (nobody);
  g_assert_error (error, MS_ERROR, MS_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "never was"));
  g_clear_error (&error);
  drop (f, "User", cy, NULL);
  g_autofree char *ids = json ("{'ids':['%s']}", cy);
  g_autoptr (JsonObject) purged = call (f, MS_VERB_PURGE, NULL, 0, ids);
  g_autoptr (MsOutcome) gone = try_call (f, MS_VERB_RETURN, cy, early, "{}", &error);
  g_assert_null (gone);
  g_assert_error (error, MS_ERROR, MS_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "for good"));
}

static void
test_return_names_obstacles (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make (f, "User", "{'userName':'ann','title':'Cook'}");
  gint64           early = last_sequence (f);
  change (f, "User", ann, "userName", "'anna'");
  change (f, "User", ann, "password", "'Correct-horse-8'");
  change (f, "User", ann, "title", "'Chef'");
  g_autofree char *thief = make_user (f, "ann");

  g_autoptr (JsonObject) dry = call (f, MS_VERB_RETURN, ann, early, "{'dryRun':true}");
  assert_picked (dry, "parts[0].path", "title");
  assert_picked (dry, "parts[1]", NULL);
  g_autoptr (JsonObject) answer = call (f, MS_VERB_RETURN, ann, early, "{}");
  assert_picked (answer, "parts[0].path", "title");
  assert_picked (answer, "parts[1]", NULL);
  g_autofree char *not_put = pick (answer, "refused");
  g_assert_nonnull (strstr (not_put, "\"path\":\"password\""));
  g_assert_nonnull (strstr (not_put, "\"path\":\"userName\""));
  assert_shown (f, "User", ann, "title", "Cook");
  assert_shown (f, "User", ann, "userName", "anna");
  g_assert_true (is_there (f, "User", thief));
}

/* What is there no more is told as refused, and not as put back. */
static void
test_return_without_the_gone (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *cy = make_user (f, "cy");
  g_autofree char *both = make_list (f, "both", ann);
  g_autofree char *add = json ("{'verb':'addEntries','ids':['%s'],'to':'%s'}", bob, both);
  g_autoptr (MsOutcome) added = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, add, NULL);
  g_autofree char *single = make_list (f, "single", ann);
  g_autofree char *body = json ("{'name':'desk','owner':{'value':'%s'}}", ann);
  g_autofree char *desk = make (f, "Mailbox", body);
  gint64           early = change_sequence (f, "Group", single, "displayName", "'one'");
  g_autofree char *cys = json ("{'value':'%s'}", cy);

  g_assert_nonnull (added);
  change (f, "Mailbox", desk, "owner", cys);
  change (f, "Group", both, "members", "[]");
  change (f, "Group", single, "members", "[]");
  change (f, "Group", single, "displayName", "'two'");
  drop (f, "User", ann, NULL);

  g_autoptr (JsonObject) some = call (f, MS_VERB_RETURN, both, early, "{}");
  assert_picked (some, "parts[0].added[0].value", bob);
  assert_picked (some, "parts[0].added[1]", NULL);
  assert_picked (some, "refused[0].path", "members");
  g_autoptr (JsonObject) none = call (f, MS_VERB_RETURN, single, early, "{}");
  assert_picked (none, "parts[0].path", "displayName");
  assert_picked (none, "parts[1]", NULL);
  assert_picked (none, "refused[0].path", "members");
  change (f, "Mailbox", desk, "description", "'later'");
  g_autoptr (JsonObject) owned = call (f, MS_VERB_RETURN, desk, early, "{}");
  assert_picked (owned, "parts[0].path", "description");
  assert_picked (owned, "parts[1]", NULL);
  assert_picked (owned, "refused[0].path", "owner");
}

/* Each one that is there no more is named, whatever relation led to it. */
static void
test_return_names_the_gone (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *group = make (f, "MailGroup", "{'name':'hall'}");
  g_autofree char *list = make_list (f, "all", ann);
  g_autofree char *add = json ("{'verb':'addEntries','ids':['%s'],'to':'%s'}", bob, list);
  g_autoptr (MsOutcome) added = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, add, NULL);
  g_autofree char *body
      = json ("{'name':'desk','owner':{'value':'%s'},'group':{'value':'%s'}}", ann, group);
  g_autofree char *desk = make (f, "Mailbox", body);
  g_autofree char *user
      = json ("{'userName':'cy','" MS_URN_ENTERPRISE "':{'manager':{'value':'%s'}}}", ann);
  g_autofree char *cy = make (f, "User", user);
  gint64           early = last_sequence (f);

  g_assert_nonnull (added);
  drop (f, "User", ann, NULL);
  drop (f, "User", bob, NULL);
  drop (f, "MailGroup", group, NULL);
  g_autofree char *ids = json ("{'ids':['%s']}", bob);
  g_autoptr (JsonObject) purged = call (f, MS_VERB_PURGE, NULL, 0, ids);

  g_autoptr (JsonObject) managed = refused (f, MS_VERB_RETURN, cy, early, "{}");
  assert_picked (managed, "refused[0].path", MS_URN_ENTERPRISE ":manager");
  assert_picked (managed, "refused[0].reason", "“ann” is there no more");
  g_autoptr (JsonObject) members = refused (f, MS_VERB_RETURN, list, early, "{}");
  g_autofree char *of_list = pick (members, "refused");
  g_assert_nonnull (strstr (of_list, "“ann” is there no more"));
  g_assert_nonnull (strstr (of_list, "“bob” is there no more"));
  assert_picked (members, "refused[2]", NULL);
  /* It went into the bin with its owner, and comes out without. */
  g_autoptr (JsonObject) owned = call (f, MS_VERB_RETURN, desk, early, "{}");
  g_autofree char *of_box = pick (owned, "refused");
  g_assert_nonnull (strstr (of_box, "“ann” is there no more"));
  g_assert_nonnull (strstr (of_box, "“hall” is there no more"));
  assert_picked (owned, "refused[2]", NULL);

  /* What is there still is not put back a second time. */
  change (f, "User", cy, "title", "'Cook'");
  g_autoptr (JsonObject) restored = restore (f, ann, "");
  g_autoptr (JsonObject) again = call (f, MS_VERB_RETURN, cy, early, "{}");
  assert_picked (again, "parts[0].path", "title");
  assert_picked (again, "parts[1]", NULL);
}

/* Renaming ---------------------------------------------------------------------------------- */

static gint64
rename_keeping (Fixture *f, const char *type, const char *id, const char *path, const char *name)
{
  g_autoptr (GError) error = NULL;
  MsOperation     *operation = ms_operation_new (MS_VERB_PATCH);
  g_autofree char *body = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                                "'Operations':[{'op':'replace','path':'%s','value':'%s'}]}",
                                path,
                                name);

  operation->type = fixture_type (f, type);
  operation->id = g_strdup (id);
  operation->body = parse (body);
  operation->base_url = g_strdup ("");
  operation->keep_address = TRUE;
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  g_assert_no_error (error);
  return outcome->sequence;
}

static void
test_keep_address (Fixture *f, gconstpointer data)
{
  g_autofree char *box = make (f, "Mailbox", "{'name':'john','aliases':['jd']}");
  g_autofree char *list = make (
      f, "Group", "{'displayName':'all','" MS_URN_EXT_GROUP "':{'address':'all@example.org'}}");
  g_autofree char *group = make (f, "MailGroup", "{'name':'G','address':'g@example.org'}");
  g_autofree char *before = digest (f);

  gint64 one = rename_keeping (f, "Mailbox", box, "name", "johnny");
  assert_shown (f, "Mailbox", box, "address", "johnny@example.org");
  assert_shown (f, "Mailbox", box, "aliases[0]", "jd@example.org");
  assert_shown (f, "Mailbox", box, "aliases[1]", "john@example.org");
  gint64 two
      = rename_keeping (f, "Group", list, MS_URN_EXT_GROUP ":address", "everybody@example.org");
  assert_shown (f, "Group", list, LIST_ALIASES "[0]", "all@example.org");
  gint64 three = rename_keeping (f, "MailGroup", group, "address", "h@example.org");
  assert_shown (f, "MailGroup", group, "aliases[0]", "g@example.org");

  /* Back to the old name: it is no alias of itself. */
  gint64 four = rename_keeping (f, "Mailbox", box, "name", "john");
  assert_shown (f, "Mailbox", box, "aliases[0]", "jd@example.org");
  assert_shown (f, "Mailbox", box, "aliases[1]", "johnny@example.org");

  gint64 all[] = { four, three, two, one };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_autoptr (MsOutcome) undone = undo (f, all[i], NULL);
      g_assert_nonnull (undone);
    }
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

static void
test_rename_action (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *box = make (f, "Mailbox", "{'name':'john'}");
  g_autofree char *other = make (f, "Mailbox", "{'name':'other'}");
  g_autofree char *user = make_user (f, "ann");
  g_autofree char *body
      = json ("{'verb':'rename','ids':['%s'],'name':'jo','keepAddress':true}", box);
  g_autoptr (MsOutcome) done = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, body, &error);

  g_assert_no_error (error);
  g_assert_true (done->changed);
  assert_shown (f, "Mailbox", box, "address", "jo@example.org");
  assert_shown (f, "Mailbox", box, "aliases[0]", "john@example.org");

  /* What is no rename at all is refused before any object is looked at. */
  static const struct
  {
    const char *body;
    int         code;
  } bad[] = {
    { "{'verb':'rename','ids':['BOX','OTHER'],'name':'x'}", MS_ERROR_CONFLICT },
    { "{'verb':'rename','ids':['BOX'],'name':7}", MS_ERROR_INVALID },
    { "{'verb':'rename','ids':['BOX'],'address':'x@example.org'}", MS_ERROR_CONFLICT },
    { "{'verb':'rename','ids':['BOX'],'name':'other'}", MS_ERROR_CONFLICT },
    { "{'verb':'rename','ids':['USER'],'name':'annie','keepAddress':true}", MS_ERROR_CONFLICT },
    { "{'verb':'rename','ids':['BOX'],'name':'x','keepAddress':'yes'}", MS_ERROR_INVALID },
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      GString *text = g_string_new (bad[i].body);
      g_string_replace (text, "BOX", box, 0);
      g_string_replace (text, "OTHER", other, 0);
      g_string_replace (text, "USER", user, 0);
      gint64 before = last_sequence (f);
      g_autoptr (MsOutcome) outcome
                 = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, text->str, &error);
      g_assert_null (outcome);
      g_assert_error (error, MS_ERROR, bad[i].code);
      g_assert_cmpint (last_sequence (f), ==, before);
      g_clear_error (&error);
      g_string_free (text, TRUE);
    }
}

static void
test_aliases_of_lists (Fixture *f, gconstpointer data)
{
  g_autofree char *list = make (f,
                                "Group",
                                "{'displayName':'all','" MS_URN_EXT_GROUP
                                "':{'address':'all','aliases':['every','all']}}");
  assert_shown (f, "Group", list, LIST_ALIASES "[0]", "every@example.org");
  assert_shown (f, "Group", list, LIST_ALIASES "[1]", NULL);

  /* A provisioning client is told of aliases that are taken, wherever. */
  g_autoptr (MsActor) scim = fixture_actor (f, f->admin->user_id, MS_ROLE_ADMINISTRATOR, "scim");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (
      f, scim, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'x','aliases':['every']}", &error);
  g_assert_null (outcome);
  refuse_error (error, MS_ERROR_CONFLICT, "aliases");
  g_clear_error (&error);
  g_autofree char *box = make (f, "Mailbox", "{'name':'y','aliases':['shared']}");
  g_autoptr (MsOutcome) second = try_verb (
      f, scim, MS_VERB_CREATE, "MailGroup", NULL, "{'name':'G','aliases':['shared']}", &error);
  g_assert_null (second);
  refuse_error (error, MS_ERROR_CONFLICT, "aliases");
  g_assert_true (is_there (f, "Mailbox", box));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/bin/list", test_list);
  fixture_add ("/bin/restore/user", test_restore_user);
  fixture_add ("/bin/restore/user-taken", test_restore_user_taken);
  fixture_add ("/bin/restore/alone", test_restore_alone);
  fixture_add ("/bin/restore/kept-mailboxes", test_restore_kept_mailboxes);
  fixture_add ("/bin/restore/group", test_restore_group);
  fixture_add ("/bin/restore/one-of-many", test_restore_one_of_many);
  fixture_add ("/bin/restore/taken", test_restore_taken);
  fixture_add ("/bin/restore/group-taken", test_restore_group_taken);
  fixture_add ("/bin/restore/without-domain", test_restore_without_domain);
  fixture_add ("/bin/restore/both", test_restore_both);
  fixture_add ("/bin/restore/both-changed", test_restore_both_changed);
  fixture_add ("/bin/restore/both-owner", test_restore_both_owner);
  fixture_add ("/bin/restore/both-of-one", test_restore_both_of_one);
  fixture_add ("/bin/restore/spares-others", test_restore_spares_others);
  fixture_add ("/bin/restore/one-of-two-losses", test_restore_one_of_two_losses);
  fixture_add ("/bin/restore/again-member", test_restore_again_member);
  fixture_add ("/bin/restore/again-owner", test_restore_again_owner);
  fixture_add ("/bin/restore/mailbox-first", test_restore_mailbox_first);
  fixture_add ("/bin/restore/kept-given-away", test_restore_kept_given_away);
  fixture_add ("/bin/restore/untold", test_restore_untold);
  fixture_add ("/bin/purge", test_purge);
  fixture_add ("/bin/retention", test_retention);
  fixture_add ("/settings", test_settings);
  fixture_add ("/history/list", test_history);
  fixture_add ("/history/return", test_return);
  fixture_add ("/history/return-names-obstacles", test_return_names_obstacles);
  fixture_add ("/history/return-without-the-gone", test_return_without_the_gone);
  fixture_add ("/history/return-names-the-gone", test_return_names_the_gone);
  fixture_add ("/rename/keep-address", test_keep_address);
  fixture_add ("/rename/action", test_rename_action);
  fixture_add ("/rename/aliases-of-lists", test_aliases_of_lists);
  return g_test_run ();
}
