/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What goes back together or not at all: being primary from one mailbox to another, and an address
 * with the alias that was kept for it. And what comes back whoever asks for it.
 */
#include "service-fixture.h"

#include <string.h>

/* (transfer full): what was refused */
static JsonObject *
undo_partly (Fixture *f, gint64 sequence)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);

  g_assert_no_error (error);
  g_test_message ("%s", outcome->document->str);
  return parse (outcome->document->str);
}

static void
undo_wholly (Fixture *f, gint64 sequence)
{
  g_autoptr (JsonObject) answer = undo_partly (f, sequence);

  assert_picked (answer, "refused", "[]");
}

static JsonObject *
not_undone (Fixture *f, gint64 sequence)
{
  g_autoptr (GError) error = NULL;
  gint64 before = last_sequence (f);
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);

  g_assert_null (outcome);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_test_message ("%s", ms_error_get_details (error));
  g_assert_cmpint (last_sequence (f), ==, before);
  return parse (ms_error_get_details (error));
}

static char *
digest (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  char *text = ms_store_digest (f->store, MS_DIGEST_STATE, NULL, &error);

  g_assert_no_error (error);
  return text;
}

/* Why @path (nullable: as a whole) of @id was refused. (transfer full) */
static char *
find_refused (JsonObject *answer, const char *id, const char *path)
{
  JsonArray *refused = json_object_get_array_member (answer, "refused");

  for (guint i = 0; i < json_array_get_length (refused); i++)
    {
      JsonObject *entry = json_array_get_object_element (refused, i);
      if (strcmp (json_object_get_string_member (entry, "id"), id) == 0
          && g_strcmp0 (json_object_get_string_member_with_default (entry, "path", NULL), path)
                 == 0)
        return g_strdup (json_object_get_string_member (entry, "reason"));
    }
  g_assert_not_reached ();
}

#define assert_refused(answer, id, path, expected)                                                 \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *reason_ = find_refused (answer, id, path);                                    \
    g_assert_cmpstr (reason_, ==, expected);                                                       \
  }                                                                                                \
  G_STMT_END

static void
give (Fixture *f, const char *box, const char *owner)
{
  g_autofree char *link = json ("{'value':'%s'}", owner);

  change (f, "Mailbox", box, "owner", link);
}

/* Primary ----------------------------------------------------------------------------------- */

#define STAYS                                                                                      \
  "It stays: “px” does not become primary again, so that their owner would have no primary "   \
  "mailbox"

typedef struct
{
  char *ann, *px, *py;
} Boxes;

static void
boxes_init (Boxes *self, Fixture *f)
{
  self->ann = make_user (f, "ann");
  self->px = make_mailbox (f, "px", self->ann, TRUE);
  self->py = make_mailbox (f, "py", self->ann, FALSE);
}

static void
boxes_clear (Boxes *self)
{
  g_free (self->ann);
  g_free (self->px);
  g_free (self->py);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Boxes, boxes_clear)

/* The one that was primary is in the bin: the other one keeps that until it is back. */
static void
test_primary_deleted (Fixture *f, gconstpointer data)
{
  g_auto (Boxes) boxes = { 0 };

  boxes_init (&boxes, f);
  g_autofree char *before = digest (f);
  gint64           switched = change_sequence (f, "Mailbox", boxes.py, "primary", "true");
  gint64           deleted = drop (f, "Mailbox", boxes.px, NULL);
  g_autoptr (JsonObject) answer = not_undone (f, switched);
  g_autofree char *since
      = g_strdup_printf ("It was deleted since, by change %" G_GINT64_FORMAT, deleted);
  assert_refused (answer, boxes.px, NULL, since);
  assert_refused (answer, boxes.py, "primary", STAYS);
  assert_shown (f, "Mailbox", boxes.py, "primary", "true");

  undo_wholly (f, deleted);
  undo_wholly (f, switched);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* So too where it is a new one that took it. */
static void
test_primary_made (Fixture *f, gconstpointer data)
{
  g_auto (Boxes) boxes = { 0 };

  boxes_init (&boxes, f);
  g_autofree char *before = digest (f);
  g_autofree char *pz = make_mailbox (f, "pz", boxes.ann, TRUE);
  gint64           made = last_sequence (f);
  gint64           deleted = drop (f, "Mailbox", boxes.px, NULL);
  g_autoptr (JsonObject) answer = not_undone (f, made);
  assert_refused (answer, pz, NULL, STAYS);
  assert_shown (f, "Mailbox", pz, "primary", "true");

  undo_wholly (f, deleted);
  undo_wholly (f, made);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* The other parts of the change set do go back. */
static void
test_primary_parts (Fixture *f, gconstpointer data)
{
  g_auto (Boxes) boxes = { 0 };
  g_autoptr (GError) error = NULL;

  boxes_init (&boxes, f);
  g_autoptr (MsOutcome) switched
             = try_verb (f,
                         NULL,
                         MS_VERB_PATCH,
                         "Mailbox",
                         boxes.py,
                         "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations'"
                         ":[{'op':'add','value':{'primary':true,'quota':5}}]}",
                         &error);
  g_assert_no_error (error);
  drop (f, "Mailbox", boxes.px, NULL);
  g_autoptr (JsonObject) answer = undo_partly (f, switched->sequence);
  assert_picked (answer, "undone", "1");
  assert_refused (answer, boxes.py, "primary", STAYS);
  assert_shown (f, "Mailbox", boxes.py, "primary", "true");
  assert_shown (f, "Mailbox", boxes.py, "quota", NULL);
}

/* Being primary is about an owner: with another one it is no part of what was. */
static void
test_primary_given (Fixture *f, gconstpointer data)
{
  g_auto (Boxes) boxes = { 0 };

  boxes_init (&boxes, f);
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *before = digest (f);
  gint64           switched = change_sequence (f, "Mailbox", boxes.py, "primary", "true");
  give (f, boxes.px, bob);
  gint64           given = last_sequence (f);
  g_autofree char *reason
      = g_strdup_printf ("“owner” was changed again since, by change %" G_GINT64_FORMAT, given);
  g_autoptr (JsonObject) answer = not_undone (f, switched);
  assert_refused (answer, boxes.px, "primary", reason);
  assert_refused (answer, boxes.py, "primary", STAYS);
  assert_shown (f, "Mailbox", boxes.px, "primary", "false");
  assert_shown (f, "Mailbox", boxes.py, "primary", "true");

  undo_wholly (f, given);
  undo_wholly (f, switched);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* One that was given away and is the new owner's primary one by now does not leave them. */
static void
test_owner_kept (Fixture *f, gconstpointer data)
{
  g_auto (Boxes) boxes = { 0 };

  boxes_init (&boxes, f);
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *own = make_mailbox (f, "own", bob, TRUE);
  g_autofree char *before = digest (f);
  give (f, boxes.py, bob);
  gint64           given = last_sequence (f);
  gint64           switched = change_sequence (f, "Mailbox", boxes.py, "primary", "true");
  g_autofree char *reason = g_strdup_printf ("It would change with the rest, but was changed again "
                                             "since, by change %" G_GINT64_FORMAT,
                                             switched);
  g_autoptr (JsonObject) answer = not_undone (f, given);
  assert_refused (answer, boxes.py, "primary", reason);

  undo_wholly (f, switched);
  undo_wholly (f, given);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* Who had none before has none again. */
static void
test_primary_first (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *one = make_mailbox (f, "one", ann, FALSE);
  gint64           first = change_sequence (f, "Mailbox", one, "primary", "true");

  undo_wholly (f, first);
  assert_shown (f, "Mailbox", one, "primary", "false");
}

/* Addresses --------------------------------------------------------------------------------- */

static gint64
rename_keeping (Fixture *f, const char *id, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body
      = json ("{'verb':'rename','ids':['%s'],'name':'%s','keepAddress':true}", id, name);
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, body, &error);

  g_assert_no_error (error);
  return outcome->sequence;
}

static void
test_kept_address (Fixture *f, gconstpointer data)
{
  g_autofree char *box = make_mailbox (f, "chaina", NULL, FALSE);
  g_autofree char *before = digest (f);
  gint64           first = rename_keeping (f, box, "chainb");
  gint64           second = rename_keeping (f, box, "chainc");
  g_autofree char *since
      = g_strdup_printf ("It was changed again since, by change %" G_GINT64_FORMAT, second);
  g_autofree char *renamed = digest (f);

  g_autoptr (JsonObject) answer = not_undone (f, first);
  assert_picked (answer, "refused[0].label", "chainc");
  assert_refused (answer, box, "name", since);
  assert_refused (
      answer, box, "aliases", "chaina@example.org goes back only with “name”, which stays");
  g_autofree char *now = digest (f);
  g_assert_cmpstr (now, ==, renamed);

  undo_wholly (f, second);
  undo_wholly (f, first);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* The other way: an alias that became the address. */
static void
test_alias_to_address (Fixture *f, gconstpointer data)
{
  g_autofree char *box = make (f, "Mailbox", "{'name':'one','aliases':['two','more']}");
  g_autofree char *before = digest (f);
  gint64           first = change_sequence (f, "Mailbox", box, "name", "'two'");
  gint64           second = change_sequence (f, "Mailbox", box, "name", "'three'");
  g_autoptr (JsonObject) answer = not_undone (f, first);

  assert_refused (
      answer, box, "aliases", "two@example.org goes back only with “name”, which stays");
  undo_wholly (f, second);
  undo_wholly (f, first);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* Somebody else has the name by now. What was changed beside it goes back. */
static void
test_kept_taken (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *box = make (f, "Mailbox", "{'name':'one','aliases':['other']}");
  g_autoptr (MsOutcome) changed
             = try_verb (f,
                         NULL,
                         MS_VERB_PATCH,
                         "Mailbox",
                         box,
                         "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations'"
                         ":[{'op':'replace','value':"
                         "{'name':'two','aliases':['one','third'],'quota':5}}]}",
                         &error);
  g_assert_no_error (error);
  g_autofree char *taker = make_mailbox (f, "one", NULL, FALSE);
  g_autoptr (JsonObject) answer = undo_partly (f, changed->sequence);
  assert_refused (
      answer, box, "aliases", "one@example.org goes back only with “name”, which stays");
  assert_shown (f, "Mailbox", box, "name", "two");
  assert_shown (f, "Mailbox", box, "quota", NULL);
  assert_shown (f, "Mailbox", box, "aliases", "[\"one@example.org\",\"other@example.org\"]");
}

/* A name goes with its domain: alone it would make an address that never was. */
static void
test_domain_kept (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *harbour = make (f, "Domain", "{'name':'harbour.org'}");
  g_autofree char *island = make (f, "Domain", "{'name':'island.org'}");
  g_autofree char *box = make_mailbox (f, "one", NULL, FALSE);
  g_autofree char *before = digest (f);
  g_autoptr (MsOutcome) moved
             = try_verb (f,
                         NULL,
                         MS_VERB_PATCH,
                         "Mailbox",
                         box,
                         "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations'"
                         ":[{'op':'replace','value':{'name':'two','domain':'harbour.org'}}]}",
                         &error);
  g_assert_no_error (error);
  gint64 again = change_sequence (f, "Mailbox", box, "domain", "'island.org'");
  g_autoptr (JsonObject) answer = not_undone (f, moved->sequence);
  assert_refused (answer, box, "name", "It goes back only with “domain”, which stays");

  undo_wholly (f, again);
  undo_wholly (f, moved->sequence);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

static void
test_list_address (Fixture *f, gconstpointer data)
{
  g_autofree char *list
      = make (f, "Group", "{'displayName':'staff','" MS_URN_EXT_GROUP "':{'address':'staff'}}");
  g_autofree char *both = json ("{'address':'all','aliases':['staff']}");
  gint64           first = change_sequence (f, "Group", list, MS_URN_EXT_GROUP, both);
  change (f, "Group", list, MS_URN_EXT_GROUP ":address", "'everybody'");
  g_autoptr (JsonObject) answer = not_undone (f, first);

  assert_refused (answer,
                  list,
                  MS_URN_EXT_GROUP ":aliases",
                  "staff@example.org goes back only with “address”, which stays");
}

/* Entries ----------------------------------------------------------------------------------- */

static gint64
edit_entries (Fixture *f, const char *list, const char *op, const char *const *ids)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) links = g_string_new (NULL);

  for (guint i = 0; ids[i] != NULL; i++)
    g_string_append_printf (links, "%s{'value':'%s'}", i > 0 ? "," : "", ids[i]);
  g_autofree char *body
      = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[{'op':"
              "'%s','path':'members','value':[%s]}]}",
              op,
              links->str);
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_PATCH, "Group", list, body, &error);

  g_assert_no_error (error);
  return outcome->sequence;
}

static guint
count_entries (Fixture *f, const char *list)
{
  g_autoptr (JsonObject) object = show (f, "Group", list);

  return json_object_has_member (object, "members")
             ? json_array_get_length (json_object_get_array_member (object, "members"))
             : 0;
}

/* An entry that went with its object was taken out by nobody: it is said so, and it comes back. */
static void
test_entry_gone (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *list = make (f, "Group", "{'displayName':'staff'}");
  gint64           added = edit_entries (f, list, "add", (const char *const[]){ ann, bob, NULL });
  g_autofree char *full = digest (f);
  gint64           deleted = drop (f, "User", bob, NULL);

  g_autoptr (JsonObject) answer = undo_partly (f, added);
  assert_refused (
      answer, list, "members", "What was deleted since comes back with this entry: “bob”");
  assert_picked (answer, "refused[1]", NULL);
  gint64 undone = last_sequence (f);
  g_assert_cmpuint (count_entries (f, list), ==, 0);
  undo_wholly (f, undone);
  undo_wholly (f, deleted);
  g_autofree char *again = digest (f);
  g_assert_cmpstr (again, ==, full);
}

/* A list that went itself needs nothing back; it has its entry again when both are there. */
static void
test_list_gone (Fixture *f, gconstpointer data)
{
  g_autofree char *inner = make (f, "Group", "{'displayName':'inner'}");
  g_autofree char *body = json ("{'displayName':'outer','members':[{'value':'%s'}]}", inner);
  g_autofree char *outer = make (f, "Group", body);
  gint64           made = last_sequence (f);
  g_autofree char *before = digest (f);
  gint64           deleted = drop (f, "Group", inner, NULL);

  undo_wholly (f, made);
  gint64 undone = last_sequence (f);
  undo_wholly (f, deleted);
  undo_wholly (f, undone);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* A mailbox that lost its owner, was given another, and went: it does not come back to the first,
 * so that the undo says what it leaves. */
static void
test_owner_moved_on (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *ben = make_user (f, "ben");
  g_autofree char *box = make_mailbox (f, "box", ann, FALSE);
  g_autofree char *before = digest (f);
  gint64           left = drop (f, "User", ann, "{'mailboxes':'keep'}");
  g_autofree char *body = json ("{'verb':'setOwner','ids':['%s'],'to':'%s'}", box, ben);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) moved = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, body, &error);
  g_assert_no_error (error);
  gint64 given = moved->sequence;
  gint64 deleted = drop (f, "Mailbox", box, NULL);

  g_autoptr (JsonObject) answer = undo_partly (f, left);
  g_autofree char *since
      = g_strdup_printf ("It was deleted since, by change %" G_GINT64_FORMAT, deleted);
  assert_refused (answer, box, NULL, since);
  undo_wholly (f, last_sequence (f));
  undo_wholly (f, deleted);
  undo_wholly (f, given);
  undo_wholly (f, left);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* Each of several values is named, with the change set that changed it. */
static void
test_which (Fixture *f, gconstpointer data)
{
  g_autofree char *list = make (f, "Group", "{'displayName':'staff'}");
  char            *ids[9] = { NULL };
  for (guint i = 0; i < G_N_ELEMENTS (ids) - 1; i++)
    {
      g_autofree char *name = g_strdup_printf ("user%u", i);
      ids[i] = make_user (f, name);
    }
  gint64 made = edit_entries (f, list, "add", (const char *const *) ids);
  gint64 first = edit_entries (f, list, "remove", (const char *const[]){ ids[7], NULL });
  gint64 second = edit_entries (
      f, list, "remove", (const char *const[]){ ids[0], ids[1], ids[2], ids[3], ids[4], NULL });
  g_autoptr (JsonObject) answer = undo_partly (f, made);
  g_autofree char *reason = g_strdup_printf (
      "It was changed again since, by change %" G_GINT64_FORMAT
      ": “user0”, “user1”, “user2” and 2 more; by change %" G_GINT64_FORMAT ": “user7”",
      second,
      first);
  g_autofree char *newest = g_strdup_printf ("%" G_GINT64_FORMAT, second);
  assert_refused (answer, list, "members", reason);
  assert_picked (answer, "refused[0].change", newest);
  g_assert_cmpuint (count_entries (f, list), ==, 0);

  g_autofree char *user = make (f, "User", "{'userName':'john','emails':[{'value':'a@b.c'}]}");
  gint64           born = last_sequence (f);
  gint64           mail = change_sequence (f, "User", user, "emails", "[{'value':'x@y.z'}]");
  g_autofree char *which = g_strdup_printf (
      "It was changed again since, by change %" G_GINT64_FORMAT ": “a@b.c”, “x@y.z”", mail);
  g_autoptr (JsonObject) kept = not_undone (f, born);
  assert_refused (kept, user, "emails", which);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_free (ids[i]);
}

/* Whoever asks ------------------------------------------------------------------------------ */

static MsOutcome *
call_as (Fixture *f, const MsActor *actor, MsVerb verb, gint64 sequence, const char *body)
{
  g_autoptr (GError) error = NULL;
  MsOperation *operation = ms_operation_new (verb);

  operation->sequence = sequence;
  operation->body = body != NULL ? parse (body) : NULL;
  MsOutcome *outcome = ms_service_apply (f->service, actor, operation, &error);
  g_assert_no_error (error);
  g_test_message ("%s", outcome->document->str);
  g_assert_nonnull (strstr (outcome->document->str, "\"refused\":[]"));
  return outcome;
}

/* A provisioning client may not give one address to two; that it was so before is not its doing. */
static void
test_peer (Fixture *f, gconstpointer data)
{
  g_autoptr (MsActor) peer = fixture_actor (f, f->admin->user_id, MS_ROLE_ADMINISTRATOR, "scim");
  g_autofree char *one = make_mailbox (f, "one", NULL, FALSE);
  g_autofree char *two = make (f, "Mailbox", "{'name':'two','aliases':['one','x']}");
  g_autofree char *before = digest (f);
  gint64           less = change_sequence (f, "Mailbox", two, "aliases", "['x']");

  g_autoptr (MsOutcome) undone = call_as (f, peer, MS_VERB_UNDO, less, NULL);
  drop (f, "Mailbox", two, NULL);
  g_autofree char *ids = json ("{'ids':['%s']}", two);
  g_autoptr (MsOutcome) back = call_as (f, peer, MS_VERB_RESTORE, 0, ids);
  drop (f, "Mailbox", one, NULL);
  g_autofree char *other = json ("{'ids':['%s']}", one);
  g_autoptr (MsOutcome) address = call_as (f, peer, MS_VERB_RESTORE, 0, other);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);

  /* For what it asks itself the rule is what it was. */
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) refused = try_verb (
      f, peer, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'three','aliases':['one']}", &error);
  refuse_error (error, MS_ERROR_CONFLICT, "aliases");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/undo/together/primary/deleted", test_primary_deleted);
  fixture_add ("/undo/together/primary/made", test_primary_made);
  fixture_add ("/undo/together/primary/parts", test_primary_parts);
  fixture_add ("/undo/together/primary/given", test_primary_given);
  fixture_add ("/undo/together/primary/owner-kept", test_owner_kept);
  fixture_add ("/undo/together/primary/first", test_primary_first);
  fixture_add ("/undo/together/address/kept", test_kept_address);
  fixture_add ("/undo/together/address/was-alias", test_alias_to_address);
  fixture_add ("/undo/together/address/taken", test_kept_taken);
  fixture_add ("/undo/together/address/domain", test_domain_kept);
  fixture_add ("/undo/together/address/list", test_list_address);
  fixture_add ("/undo/together/entries/gone", test_entry_gone);
  fixture_add ("/undo/together/entries/list-gone", test_list_gone);
  fixture_add ("/undo/together/entries/owner-moved-on", test_owner_moved_on);
  fixture_add ("/undo/together/entries/which", test_which);
  fixture_add ("/undo/together/peer", test_peer);
  return g_test_run ();
}
