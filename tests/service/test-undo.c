/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Undo: each kind of change put back, what something later changed refused and named, undone undos.
 */
#include "service-fixture.h"

#include "store-place.h"

#include <string.h>

#define EXT MS_URN_EXT_USER

/* (transfer full): the answer of an undo that must work */
static JsonObject *
undone (Fixture *f, gint64 sequence)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);

  g_assert_no_error (error);
  g_assert_cmpint (outcome->sequence, >, sequence);
  return parse (outcome->document->str);
}

static void
undo_wholly (Fixture *f, gint64 sequence)
{
  g_autoptr (JsonObject) answer = undone (f, sequence);

  assert_picked (answer, "refused", "[]");
}

static char *
digest (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  char *text = ms_store_digest (f->store, MS_DIGEST_STATE, NULL, &error);

  g_assert_no_error (error);
  return text;
}

static JsonObject *
not_undone (Fixture *f, gint64 sequence)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);

  g_assert_null (outcome);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  return ms_error_get_details (error) != NULL ? parse (ms_error_get_details (error)) : NULL;
}

static void
test_update (Fixture *f, gconstpointer data)
{
  g_autofree char *id
      = make (f, "User", "{'userName':'john','title':'Cook','emails':[{'value':'a@b.c'}]}");
  gint64 first = change_sequence (f, "User", id, "title", "'Chef'");
  gint64 second = change_sequence (f, "User", id, "emails", "[{'value':'x@y.z'}]");

  undo_wholly (f, first);
  assert_shown (f, "User", id, "title", "Cook");
  assert_shown (f, "User", id, "emails[0].value", "x@y.z");
  g_assert_null (not_undone (f, first));
  undo_wholly (f, second);
  assert_shown (f, "User", id, "emails[0].value", "a@b.c");

  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (ms_service_get_change (f->service, f->admin, last_sequence (f), out, NULL));
  g_autoptr (JsonObject) set = parse (out->str);
  g_autofree char *of = g_strdup_printf ("%" G_GINT64_FORMAT, second);
  assert_picked (set, "undoOf", of);
  assert_picked (set, "verb", "undo");
}

/* In a damaged store a change set may be said to be undone by itself. */
static void
test_circle (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = make (f, "User", "{'userName':'john','title':'Cook'}");
  gint64           sequence = change_sequence (f, "User", id, "title", "'Chef'");
  g_autofree char *text = g_strdup_printf ("UPDATE change_set SET undone_by = %" G_GINT64_FORMAT
                                           " WHERE sequence = %" G_GINT64_FORMAT,
                                           sequence,
                                           sequence);

  store_place_lift_rules (store_place_get_driver (), f->folder);
  store_place_run_sql (store_place_get_driver (), f->folder, text);
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);
  g_assert_null (outcome);
  g_assert_error (error, MS_ERROR, MS_ERROR_INTERNAL);
  g_assert_nonnull (strstr (error->message, "damaged"));
  store_place_run_sql (store_place_get_driver (), f->folder, "UPDATE change_set SET undone_by = 0");
}

static void
test_parts (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = make (f, "User", "{'userName':'john'}");
  g_autoptr (MsOutcome) outcome
             = try_verb (f,
                         NULL,
                         MS_VERB_PATCH,
                         "User",
                         id,
                         "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations'"
                         ":[{'op':'add','value':"
                         "{'title':'Cook','nickName':'Jo','emails':[{'value':'a@b.c'},{'value':'d@"
                         "e.f'}],'password':'secret word 1'}}]}",
                         &error);

  g_assert_no_error (error);
  change (f, "User", id, "title", "'Chef'");
  change (f, "User", id, "emails", "[{'value':'a@b.c'}]");
  g_autoptr (JsonObject) answer = undone (f, outcome->sequence);
  assert_picked (answer, "undone", "1");
  g_autofree char *refused = pick (answer, "refused");
  g_assert_nonnull (strstr (refused, "\"path\":\"title\""));
  g_assert_nonnull (strstr (refused, "\"path\":\"emails\""));
  g_assert_nonnull (strstr (refused, "\"path\":\"password\""));
  g_assert_null (strstr (refused, "nickName"));
  g_assert_null (strstr (refused, "secret word"));
  assert_shown (f, "User", id, "title", "Chef");
  assert_shown (f, "User", id, "nickName", NULL);
  assert_shown (f, "User", id, "emails", NULL);
}

static void
test_refused_wholly (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make (f, "User", "{'userName':'john','title':'Cook'}");
  gint64           first = change_sequence (f, "User", id, "title", "'Chef'");
  gint64           password = change_sequence (f, "User", id, "password", "'secret word 2'");
  gint64           second = change_sequence (f, "User", id, "title", "'Mate'");

  g_autoptr (JsonObject) details = not_undone (f, first);
  assert_picked (details, "refused[0].path", "title");
  assert_picked (details, "refused[0].id", id);
  assert_picked (details, "refused[0].label", "john");
  g_autoptr (JsonObject) secret = not_undone (f, password);
  assert_picked (secret, "refused[0].path", "password");
  /* Undone newest first there is nothing in the way. */
  undo_wholly (f, second);
  undo_wholly (f, first);
  assert_shown (f, "User", id, "title", "Cook");

  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) nothing = undo (f, 999999, &error);
  g_assert_null (nothing);
  g_assert_error (error, MS_ERROR, MS_ERROR_NOT_FOUND);
}

/* Whether all of it can be undone now */
static gboolean
is_free (Fixture *f, gint64 sequence)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  operation->sequence = sequence;
  operation->body = parse ("{'dryRun':true}");
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, NULL);
  if (outcome == NULL)
    return FALSE;
  g_autoptr (JsonObject) answer = parse (outcome->document->str);
  return json_array_get_length (json_object_get_array_member (answer, "refused")) == 0;
}

/* What was changed and changed back looks as it was left; but it is not only the last that can be
 * undone after it. */
static void
test_changed_back (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make (f, "User", "{'userName':'john','title':'Cook'}");
  gint64           chef = change_sequence (f, "User", id, "title", "'Chef'");
  gint64           mate = change_sequence (f, "User", id, "title", "'Mate'");
  gint64           again = change_sequence (f, "User", id, "title", "'Chef'");

  g_autoptr (JsonObject) details = not_undone (f, chef);
  assert_picked (details, "refused[0].path", "title");
  /* A change and what undid it are as if neither had been. */
  undo_wholly (f, again);
  gint64 undo_again = last_sequence (f);
  g_assert_false (is_free (f, chef));
  undo_wholly (f, undo_again);
  g_assert_false (is_free (f, chef));
  undo_wholly (f, again);
  undo_wholly (f, mate);
  undo_wholly (f, chef);
  assert_shown (f, "User", id, "title", "Cook");
}

/* Found by undo-random with the seed 24: the group's going took it from the template each time. */
static void
test_relation_changed_back (Fixture *f, gconstpointer data)
{
  g_autofree char *g = make (f, "MailGroup", "{'name':'G'}");
  g_autofree char *h = make (f, "MailGroup", "{'name':'H'}");
  g_autofree char *body = json ("{'name':'T','group':{'value':'%s'}}", g);
  g_autofree char *template = make (f, "Template", body);
  g_autofree char *in_h = json ("{'value':'%s'}", h);
  gint64           drop_g = drop (f, "MailGroup", g, NULL);
  gint64           put_in_h = change_sequence (f, "Template", template, "group", in_h);
  gint64           drop_h = drop (f, "MailGroup", h, NULL);

  g_assert_false (is_free (f, drop_g));
  undo_wholly (f, drop_h);
  undo_wholly (f, put_in_h);
  undo_wholly (f, drop_g);
  assert_shown (f, "Template", template, "group.value", g);
}

/* Found by undo-random with the seed 27: each change of the primary one changes another back. */
static void
test_primary_changed_back (Fixture *f, gconstpointer data)
{
  g_autofree char *a = make (f, "Domain", "{'name':'a.example'}");
  g_autofree char *b = make (f, "Domain", "{'name':'b.example'}");
  gint64           first = change_sequence (f, "Domain", a, "kind", "'primary'");
  gint64           second = change_sequence (f, "Domain", b, "kind", "'primary'");
  gint64           third = change_sequence (f, "Domain", a, "kind", "'primary'");

  g_assert_false (is_free (f, first));
  g_assert_false (is_free (f, second));
  undo_wholly (f, third);
  undo_wholly (f, second);
  undo_wholly (f, first);
  assert_shown (f, "Domain", a, "kind", "equal");
  assert_shown (f, "Domain", b, "kind", "equal");
}

/* Found by undo-random with the seed 7: without an owner it would not be primary. */
static void
test_needed_since (Fixture *f, gconstpointer data)
{
  g_autofree char *john = make (f, "User", "{'userName':'john'}");
  g_autofree char *box = make (f, "Mailbox", "{'name':'box'}");
  g_autofree char *owner = json ("{'value':'%s'}", john);
  gint64           owned = change_sequence (f, "Mailbox", box, "owner", owner);
  gint64           primary = change_sequence (f, "Mailbox", box, "primary", "true");

  g_autoptr (JsonObject) details = not_undone (f, owned);
  assert_picked (details, "refused[0].path", "primary");
  undo_wholly (f, primary);
  undo_wholly (f, owned);
  assert_shown (f, "Mailbox", box, "owner", NULL);
}

static gint64
change_members (Fixture *f, const char *list, const char *op, const char *member)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body
      = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[{'op':"
              "'%s','path':'members','value':[{'value':'%s'}]}]}",
              op,
              member);
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_PATCH, "Group", list, body, &error);

  g_assert_no_error (error);
  return outcome->sequence;
}

/* Each element is a part of its own. */
static void
test_elements_changed_back (Fixture *f, gconstpointer data)
{
  g_autofree char *john = make (f, "User", "{'userName':'john'}");
  g_autofree char *jane = make (f, "User", "{'userName':'jane'}");
  g_autofree char *list = make (f, "Group", "{'displayName':'L'}");
  gint64           added = change_members (f, list, "add", john);
  gint64           other = change_members (f, list, "add", jane);
  gint64           removed = change_members (f, list, "remove", john);
  gint64           added_again = change_members (f, list, "add", john);

  g_assert_false (is_free (f, added));
  g_assert_false (is_free (f, removed));
  undo_wholly (f, other);
  undo_wholly (f, added_again);
  undo_wholly (f, removed);
  assert_shown (f, "Group", list, "members[0].value", john);
  undo_wholly (f, added);
  assert_shown (f, "Group", list, "members", NULL);
}

static gint64
set_retention (Fixture *f, guint days)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body = json ("{'bin-retention-days':%u}", days);
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_SETTINGS, NULL, NULL, body, &error);

  g_assert_no_error (error);
  return outcome->sequence;
}

static void
test_setting_changed_back (Fixture *f, gconstpointer data)
{
  gint64 first = set_retention (f, 10);
  gint64 second = set_retention (f, 20);
  gint64 third = set_retention (f, 10);

  g_autoptr (JsonObject) details = not_undone (f, first);
  assert_picked (details, "refused[0].path", "value");
  undo_wholly (f, third);
  undo_wholly (f, second);
  undo_wholly (f, first);
}

static void
test_create_and_redo (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make (f, "User", "{'userName':'john','password':'secret word 3'}");
  gint64           made = last_sequence (f);

  undo_wholly (f, made);
  g_assert_false (is_there (f, "User", id));
  gint64 undo_sequence = last_sequence (f);
  undo_wholly (f, undo_sequence);
  assert_shown (f, "User", id, "userName", "john");
  assert_shown (f, "User", id, EXT ":passwordScheme", "yescrypt");
  /* In force again, so it can be undone again. */
  undo_wholly (f, made);
  g_assert_false (is_there (f, "User", id));
  g_assert_null (not_undone (f, made));

  g_autofree char *changed = make (f, "User", "{'userName':'jane'}");
  made = last_sequence (f);
  change (f, "User", changed, "title", "'Chef'");
  g_autoptr (JsonObject) details = not_undone (f, made);
  assert_picked (details, "refused[0].path", "title");
  g_assert_true (is_there (f, "User", changed));
}

static void
test_create_in_use (Fixture *f, gconstpointer data)
{
  g_autofree char *group = make (f, "MailGroup", "{'name':'G'}");
  gint64           made_group = last_sequence (f);
  g_autofree char *user = make (f, "User", "{'userName':'john'}");
  gint64           made_user = last_sequence (f);
  g_autofree char *body
      = json ("{'name':'a','group':{'value':'%s'},'owner':{'value':'%s'}}", group, user);
  g_autofree char *box = make (f, "Mailbox", body);

  g_autoptr (JsonObject) full = not_undone (f, made_group);
  assert_picked (full, "refused[0].label", "G");
  g_autoptr (JsonObject) owner = not_undone (f, made_user);
  assert_picked (owner, "refused[0].label", "john");
  g_assert_true (is_there (f, "Mailbox", box));
}

/* What goes from a list, or a mailbox, with what it was made with is no change of its own. */
static void
test_create_lost (Fixture *f, gconstpointer data)
{
  g_autofree char *before = digest (f);
  g_autofree char *user = make (f, "User", "{'userName':'john'}");
  gint64           made_user = last_sequence (f);
  g_autofree char *other = make (f, "User", "{'userName':'ann'}");
  gint64           made_other = last_sequence (f);
  g_autofree char *entries
      = json ("{'displayName':'all','members':[{'value':'%s'},{'value':'%s'}]}", user, other);
  g_autofree char *list = make (f, "Group", entries);
  gint64           made_list = last_sequence (f);
  g_autofree char *owned = json ("{'name':'a','primary':true,'owner':{'value':'%s'}}", user);
  g_autofree char *box = make (f, "Mailbox", owned);
  gint64           made_box = last_sequence (f);
  g_autofree char *all = digest (f);

  drop (f, "User", user, "{'mailboxes':'keep'}");
  gint64           dropped = last_sequence (f);
  g_autofree char *without = digest (f);
  undo_wholly (f, made_list);
  gint64 undone_list = last_sequence (f);
  undo_wholly (f, made_box);
  gint64 undone_box = last_sequence (f);
  g_assert_false (is_there (f, "Group", list));
  g_assert_false (is_there (f, "Mailbox", box));
  undo_wholly (f, undone_box);
  undo_wholly (f, undone_list);
  g_autofree char *back = digest (f);
  g_assert_cmpstr (back, ==, without);
  undo_wholly (f, dropped);
  g_autofree char *again = digest (f);
  g_assert_cmpstr (again, ==, all);

  undo_wholly (f, made_other);
  undo_wholly (f, made_list);
  undo_wholly (f, made_box);
  undo_wholly (f, made_user);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);

  /* What somebody else took out, or put in, is one. */
  g_autofree char *bob = make (f, "User", "{'userName':'bob'}");
  g_autofree char *one = json ("{'displayName':'one','members':[{'value':'%s'}]}", bob);
  g_autofree char *own = make (f, "Group", one);
  gint64           made_own = last_sequence (f);
  change (f, "Group", own, "members", "[]");
  drop (f, "User", bob, NULL);
  g_autoptr (JsonObject) changed = not_undone (f, made_own);
  assert_picked (changed, "refused[0].path", "members");
}

/* A user "john" and its mailbox, made at once. @made: (out) */
static void
make_account (Fixture *f, char **user, char **mailbox, gint64 *made)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome
             = try_verb (f,
                         NULL,
                         MS_VERB_ACCOUNT,
                         NULL,
                         NULL,
                         "{'user':{'userName':'john'},'mailbox':{'name':'inbox'}}",
                         &error);

  g_assert_no_error (error);
  g_autoptr (JsonObject) answer = parse (outcome->document->str);
  *user = pick (answer, "user.id");
  *mailbox = pick (answer, "mailbox.id");
  *made = outcome->sequence;
}

/* Half an account is left by no undo, whichever half was changed later. */
static void
test_account_kept (Fixture *f, gconstpointer data)
{
  g_autofree char *user = NULL;
  g_autofree char *box = NULL;
  gint64           made;

  make_account (f, &user, &box, &made);
  gint64           title = change_sequence (f, "User", user, "title", "'Cook'");
  g_autofree char *since
      = g_strdup_printf ("It was changed again since, by change %" G_GINT64_FORMAT, title);
  g_autofree char *with_user
      = g_strconcat ("The user “john”, which was made with it, stays: ", since, NULL);
  g_autoptr (JsonObject) by_user = not_undone (f, made);
  assert_picked (by_user, "refused[0].label", "john");
  assert_picked (by_user, "refused[0].path", "title");
  assert_picked (by_user, "refused[0].reason", since);
  assert_picked (by_user, "refused[1].type", "Mailbox");
  assert_picked (by_user, "refused[1].label", "inbox");
  assert_picked (by_user, "refused[1].reason", with_user);
  g_assert_true (is_there (f, "User", user) && is_there (f, "Mailbox", box));

  undo_wholly (f, title);
  gint64           quota = change_sequence (f, "Mailbox", box, "quota", "5");
  g_autofree char *with_mailbox
      = g_strdup_printf ("The mailbox “inbox”, which was made with it, stays: It was changed again "
                         "since, by change %" G_GINT64_FORMAT,
                         quota);
  g_autoptr (JsonObject) by_mailbox = not_undone (f, made);
  assert_picked (by_mailbox, "refused[0].path", "quota");
  assert_picked (by_mailbox, "refused[1].type", "User");
  assert_picked (by_mailbox, "refused[1].reason", with_mailbox);
  g_assert_true (is_there (f, "User", user) && is_there (f, "Mailbox", box));

  undo_wholly (f, quota);
  undo_wholly (f, made);
  g_assert_false (is_there (f, "User", user) || is_there (f, "Mailbox", box));
}

/* What the rules refuse of one half stays whole too; what is gone already hinders nothing. */
static void
test_account_in_use (Fixture *f, gconstpointer data)
{
  g_autofree char *user = NULL;
  g_autofree char *box = NULL;
  gint64           made;

  make_account (f, &user, &box, &made);
  g_autofree char *body = json ("{'name':'second','owner':{'value':'%s'}}", user);
  g_autofree char *second = make (f, "Mailbox", body);
  g_autoptr (JsonObject) details = not_undone (f, made);
  assert_picked (details, "refused[0].label", "john");
  assert_picked (
      details, "refused[0].reason", "The user owns mailboxes that were not made with it");
  assert_picked (details, "refused[1].label", "inbox");
  g_assert_true (is_there (f, "User", user) && is_there (f, "Mailbox", box));

  drop (f, "Mailbox", second, NULL);
  gint64 deleted = drop (f, "Mailbox", box, NULL);
  g_autoptr (JsonObject) answer = undone (f, made);
  assert_picked (answer, "undone", "1");
  g_autofree char *since
      = g_strdup_printf ("It was deleted since, by change %" G_GINT64_FORMAT, deleted);
  assert_picked (answer, "refused[0].reason", since);
  g_autofree char *by = g_strdup_printf ("%" G_GINT64_FORMAT, deleted);
  assert_picked (answer, "refused[0].change", by);
  g_assert_false (is_there (f, "User", user));
}

static void
test_delete (Fixture *f, gconstpointer data)
{
  g_autofree char *group = make (f, "MailGroup", "{'name':'G'}");
  g_autofree char *john = make (f, "User", "{'userName':'john','password':'secret word 4'}");
  g_autofree char *body = json ("{'name':'john','group':{'value':'%s'},'owner':{'value':'%s'},'"
                                "primary':true,'aliases':['jd']}",
                                group,
                                john);
  g_autofree char *box = make (f, "Mailbox", body);
  g_autofree char *list_body
      = json ("{'displayName':'L','members':[{'value':'%s'},{'value':'%s'}]}", john, box);
  g_autofree char *list = make (f, "Group", list_body);
  g_autofree char *jane_body
      = json ("{'userName':'jane','" MS_URN_ENTERPRISE "':{'manager':{'value':'%s'}}}", john);
  g_autofree char *jane = make (f, "User", jane_body);
  gint64           sequence = drop (f, "User", john, NULL);

  g_assert_false (is_there (f, "Mailbox", box));
  assert_shown (f, "User", jane, MS_URN_ENTERPRISE ":manager", NULL);
  undo_wholly (f, sequence);
  assert_shown (f, "User", john, EXT ":passwordScheme", "yescrypt");
  assert_shown (f, "User", john, EXT ":mailboxes[0].value", box);
  assert_shown (f, "User", john, "groups[0].value", list);
  assert_shown (f, "Mailbox", box, "group.value", group);
  assert_shown (f, "Mailbox", box, "primary", "true");
  assert_shown (f, "Mailbox", box, "aliases[0]", "jd@example.org");
  assert_shown (f, "User", jane, MS_URN_ENTERPRISE ":manager.value", john);
  g_autoptr (JsonObject) members = show (f, "Group", list);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (members, "members")), ==, 2);

  /* And again, both ways. */
  gint64 undo_sequence = last_sequence (f);
  undo_wholly (f, undo_sequence);
  g_assert_false (is_there (f, "User", john));
  g_assert_false (is_there (f, "Mailbox", box));
}

static void
test_delete_conflicts (Fixture *f, gconstpointer data)
{
  g_autofree char *group = make (f, "MailGroup", "{'name':'G'}");
  g_autofree char *john = make (f, "User", "{'userName':'john'}");
  g_autofree char *body = json (
      "{'name':'john','group':{'value':'%s'},'owner':{'value':'%s'},'primary':true}", group, john);
  g_autofree char *box = make (f, "Mailbox", body);
  gint64           sequence = drop (f, "Mailbox", box, NULL);

  /* Its group has gone and its owner has another primary one: it comes back without them, and that
   * is told. */
  drop (f, "MailGroup", group, NULL);
  g_autofree char *other_body
      = json ("{'name':'other','owner':{'value':'%s'},'primary':true}", john);
  g_autofree char *other = make (f, "Mailbox", other_body);
  g_autoptr (JsonObject) answer = undone (f, sequence);
  g_autofree char *refused = pick (answer, "refused");
  g_assert_nonnull (strstr (refused, "\"path\":\"group\""));
  g_assert_nonnull (strstr (refused, "\"path\":\"primary\""));
  assert_shown (f, "Mailbox", box, "group", NULL);
  assert_shown (f, "Mailbox", box, "primary", NULL);
  assert_shown (f, "Mailbox", box, "owner.value", john);
  assert_shown (f, "Mailbox", other, "primary", "true");

  /* The address is somebody else's now. */
  sequence = drop (f, "Mailbox", box, NULL);
  g_autofree char *thief = make (f, "Mailbox", "{'name':'john'}");
  g_autoptr (JsonObject) details = not_undone (f, sequence);
  assert_picked (details, "refused[0].id", box);
  assert_picked (details, "refused[0].path", "address");
  g_assert_true (is_there (f, "Mailbox", thief));
  g_assert_false (is_there (f, "Mailbox", box));
}

static void
test_rules_hold (Fixture *f, gconstpointer data)
{
  g_autofree char *a = make (f, "MailGroup", "{'name':'A'}");
  g_autofree char *b = make (f, "MailGroup", "{'name':'B'}");
  g_autofree char *in_a = json ("{'value':'%s'}", a);
  g_autofree char *in_b = json ("{'value':'%s'}", b);

  /* B was in A and was taken out; now A is in B: putting B back would close a circle. */
  change (f, "MailGroup", b, "parent", in_a);
  gint64 out = change_sequence (f, "MailGroup", b, "parent", NULL);
  change (f, "MailGroup", a, "parent", in_b);
  g_autoptr (JsonObject) circle = not_undone (f, out);
  assert_picked (circle, "refused[0].path", "parent");

  /* A name that was given up is taken. */
  g_autofree char *john = make (f, "User", "{'userName':'john'}");
  gint64           renamed = change_sequence (f, "User", john, "userName", "'johnny'");
  g_autofree char *thief = make (f, "User", "{'userName':'john'}");
  g_autoptr (JsonObject) taken = not_undone (f, renamed);
  assert_picked (taken, "refused[0].path", "userName");

  /* Nobody would be left to administer. */
  g_autofree char *second = make (f, "User", "{'userName':'second','password':'Correct-horse-7'}");
  gint64           promoted = change_sequence (f, "User", second, EXT ":role", "'administrator'");
  change (f, "User", f->admin->user_id, "active", "false");
  g_autoptr (JsonObject) last = not_undone (f, promoted);
  assert_picked (last, "refused[0].path", EXT ":role");
}

static void
test_switches (Fixture *f, gconstpointer data)
{
  g_autofree char *john = make (f, "User", "{'userName':'john'}");
  g_autofree char *one_body = json ("{'name':'one','owner':{'value':'%s'},'primary':true}", john);
  g_autofree char *two_body = json ("{'name':'two','owner':{'value':'%s'}}", john);
  g_autofree char *one = make (f, "Mailbox", one_body);
  g_autofree char *two = make (f, "Mailbox", two_body);
  g_autofree char *net = make (f, "Domain", "{'name':'example.net'}");
  gint64           primary = change_sequence (f, "Mailbox", two, "primary", "true");
  gint64           domain = change_sequence (f, "Domain", net, "kind", "'primary'");

  undo_wholly (f, primary);
  assert_shown (f, "Mailbox", one, "primary", "true");
  undo_wholly (f, domain);
  assert_shown (f, "Domain", net, "kind", "equal");
  g_autofree char *box = make (f, "Mailbox", "{'name':'new'}");
  assert_shown (f, "Mailbox", box, "address", "new@example.org");

  /* One that was made primary when it was made: it goes, and the old one is primary again. */
  g_autofree char *three_body
      = json ("{'name':'three','owner':{'value':'%s'},'primary':true}", john);
  g_autofree char *three = make (f, "Mailbox", three_body);
  undo_wholly (f, last_sequence (f));
  g_assert_false (is_there (f, "Mailbox", three));
  assert_shown (f, "Mailbox", one, "primary", "true");
}

static void
test_group_content (Fixture *f, gconstpointer data)
{
  g_autofree char *top = make (f, "MailGroup", "{'name':'Top'}");
  g_autofree char *mid_body = json ("{'name':'Mid','parent':{'value':'%s'}}", top);
  g_autofree char *mid = make (f, "MailGroup", mid_body);
  g_autofree char *box_body = json ("{'name':'a','group':{'value':'%s'}}", mid);
  g_autofree char *box = make (f, "Mailbox", box_body);
  gint64           up = drop (f, "MailGroup", mid, "{'content':'parent'}");

  undo_wholly (f, up);
  assert_shown (f, "Mailbox", box, "group.value", mid);
  assert_shown (f, "MailGroup", mid, "parent.value", top);
  gint64 all = drop (f, "MailGroup", top, "{'content':'delete'}");
  undo_wholly (f, all);
  assert_shown (f, "Mailbox", box, "group.value", mid);
  assert_shown (f, "MailGroup", top, "mailboxCount", "1");
}

static void
test_dry_run (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = make (f, "User", "{'userName':'john','title':'Cook'}");
  gint64           first = change_sequence (f, "User", id, "title", "'Chef'");
  MsOperation     *operation = ms_operation_new (MS_VERB_UNDO);

  operation->sequence = first;
  operation->body = parse ("{'dryRun':true}");
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) answer = parse (outcome->document->str);
  assert_picked (answer, "undone", "1");
  assert_picked (answer, "objects[0].label", "john");
  assert_picked (answer, "objects[0].verb", "update");
  assert_picked (answer, "changeSet", "null");
  g_assert_cmpint (outcome->sequence, ==, 0);
  g_assert_cmpint (last_sequence (f), ==, first);
  assert_shown (f, "User", id, "title", "Chef");
  undo_wholly (f, first);
}

static gboolean
put_back (MsTxn *txn, gpointer user_data, GError **error)
{
  ms_txn_start_million (txn, 0);
  ms_txn_set_target_label (txn, "store-20200102T000000Z.db");
  return TRUE;
}

/* Nothing of it was changed by a change set, and what to do is said. */
static void
test_store_put_back (Fixture *f, gconstpointer data)
{
  static const MsChangeContext context
      = { NULL, "system", "system", MS_SET_RESTORE_STORE, NULL, NULL, 0 };
  g_autoptr (GError) error = NULL;
  gint64 sequence = 0;

  g_assert_true (ms_store_write (f->store, &context, put_back, NULL, &sequence, &error));
  g_assert_no_error (error);
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);
  g_assert_null (outcome);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_autoptr (JsonObject) details = parse (ms_error_get_details (error));
  assert_picked (details, "refused[0].type", "Store");
  assert_picked (details, "refused[0].label", "store-20200102T000000Z.db");
  g_autofree char *reason = pick (details, "refused[0].reason");
  g_assert_nonnull (strstr (reason, "mailsteadd restore"));
  assert_picked (details, "refused[1]", NULL);
}

/* What an undo of an undo goes back to is asked what it is, and not what it did: that may be very
 * much, and need not even be readable any more. */
static void
test_long_ago (Fixture *f, gconstpointer data)
{
  g_autofree char *john = make (f, "User", "{'userName':'john'}");
  gint64           first = change_sequence (f, "User", john, "title", "'Boss'");
  g_autofree char *spoil = g_strdup_printf (
      "UPDATE change SET deltas = 'x' || deltas WHERE sequence = %" G_GINT64_FORMAT, first);
  g_autofree char *mend = g_strdup_printf (
      "UPDATE change SET deltas = substr(deltas, 2) WHERE sequence = %" G_GINT64_FORMAT, first);

  for (guint i = 0; i < 2; i++)
    undo_wholly (f, last_sequence (f));
  assert_shown (f, "User", john, "title", "Boss");
  store_place_lift_rules (store_place_get_driver (), f->folder);
  store_place_run_sql (store_place_get_driver (), f->folder, spoil);
  undo_wholly (f, last_sequence (f));
  assert_shown (f, "User", john, "title", NULL);
  store_place_run_sql (store_place_get_driver (), f->folder, mend);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/undo/update", test_update);
  fixture_add ("/undo/circle", test_circle);
  fixture_add ("/undo/parts", test_parts);
  fixture_add ("/undo/refused-wholly", test_refused_wholly);
  fixture_add ("/undo/changed-back", test_changed_back);
  fixture_add ("/undo/relation-changed-back", test_relation_changed_back);
  fixture_add ("/undo/primary-changed-back", test_primary_changed_back);
  fixture_add ("/undo/needed-since", test_needed_since);
  fixture_add ("/undo/elements-changed-back", test_elements_changed_back);
  fixture_add ("/undo/setting-changed-back", test_setting_changed_back);
  fixture_add ("/undo/create-and-redo", test_create_and_redo);
  fixture_add ("/undo/create-in-use", test_create_in_use);
  fixture_add ("/undo/create-lost", test_create_lost);
  fixture_add ("/undo/account-kept", test_account_kept);
  fixture_add ("/undo/account-in-use", test_account_in_use);
  fixture_add ("/undo/delete", test_delete);
  fixture_add ("/undo/delete-conflicts", test_delete_conflicts);
  fixture_add ("/undo/rules-hold", test_rules_hold);
  fixture_add ("/undo/switches", test_switches);
  fixture_add ("/undo/group-content", test_group_content);
  fixture_add ("/undo/dry-run", test_dry_run);
  fixture_add ("/undo/store-put-back", test_store_put_back);
  fixture_add ("/undo/long-ago", test_long_ago);
  return g_test_run ();
}
