/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names, addresses and whatever else only one object can have, of what comes out of the bin and
 * goes there again: only the one that it shall have must be free, by whichever verb it comes back;
 * and the undo of that leaves it there as it was.
 */
#include "service-fixture.h"

#include <string.h>

#include "ms-schemas.h"
#include "ms-txn.h"

#define BADGE "urn:example:test:Badge"

/**
 * Kind: of objects with something that only one of them can have
 * @body: of one that is made with it, for the name of the kind and the value; NAME is both
 * @path: what that is
 */
typedef struct
{
  const char *type;
  const char *plural;
  const char *body;
  const char *path;
} Kind;

static const Kind kinds[] = {
  { "User", "Users", "{'userName':'VALUE','title':'t'}", "userName" },
  { "Template", "Templates", "{'name':'VALUE','quota':7}", "name" },
  { "Mailbox", "Mailboxes", "{'name':'VALUE','aliases':['kept']}", "name" },
  { "MailGroup", "MailGroups", "{'name':'VALUE','parent':{'value':'PARENT'}}", "name" },
  { "MailGroup", "MailGroups", "{'name':'UNLIKE','address':'VALUE@example.org'}", "address" },
  { "Group",
    "Groups",
    "{'displayName':'list','" MS_URN_EXT_GROUP "':{'address':'VALUE@example.org'}}",
    MS_URN_EXT_GROUP ":address" },
  { "Domain", "Domains", "{'name':'VALUE.example'}", "name" },
  { "User", "Users", "{'userName':'UNLIKE','" BADGE "':{'number':'VALUE'}}", BADGE ":number" },
  { "User",
    "Users",
    "{'userName':'UNLIKE','" BADGE "':{'keys':[{'value':'VALUE'}]}}",
    BADGE ":keys" },
};

static void
add_badges (Fixture *f)
{
  g_autofree char *text
      = json ("{'schemas':[{'id':'" BADGE "','name':'Badge','attributes':[{'name':'number','type':"
              "'string','uniqueness':'server'},{'name':'keys','type':'complex','multiValued':true,"
              "'subAttributes':[{'name':'value','type':'string','uniqueness':'server'}]}]}],"
              "'resourceTypes':[{'name':'User','schemaExtensions':[{'schema':'" BADGE "'}]}]}");
  MsSchemaRequest request = { .verb = MS_SCHEMA_ADD, .name = "badge", .text = text };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gint64 version = 0;

  g_assert_true (
      ms_service_change_schemas (f->service, f->admin, &request, out, &version, NULL, &error));
  g_assert_no_error (error);
}

/* One kind after the other, each with names of its own. */
typedef struct
{
  Fixture    *f;
  const Kind *kind;
  char       *parent;
  guint       made;
} Names;

typedef void (*NamesFunc) (Names *self);

static void
for_each_kind (Fixture *f, NamesFunc func)
{
  add_badges (f);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *name = g_strdup_printf ("parent%u", i);
      g_autofree char *parent = make_group (f, name, NULL);
      Names            names = { f, &kinds[i], parent, 100 * i };
      g_test_message ("%s %s", kinds[i].type, kinds[i].path);
      func (&names);
    }
}

static char *
make_named (Names *self, const char *value)
{
  g_autoptr (GString) body = g_string_new (self->kind->body);
  g_autofree char *unlike = g_strdup_printf ("unlike%u", self->made++);

  g_string_replace (body, "VALUE", value, 0);
  g_string_replace (body, "UNLIKE", unlike, 0);
  g_string_replace (body, "PARENT", self->parent, 0);
  return make (self->f, self->kind->type, body->str);
}

/* JSON of the attribute. (transfer full) */
static char *
make_value (Names *self, const char *value)
{
  if (strcmp (self->kind->path, BADGE ":keys") == 0)
    return json ("[{'value':'%s'}]", value);
  if (g_str_has_suffix (self->kind->path, "address"))
    return json ("'%s@example.org'", value);
  return strcmp (self->kind->type, "Domain") == 0 ? json ("'%s.example'", value)
                                                  : json ("'%s'", value);
}

static gint64
rename_to (Names *self, const char *id, const char *value)
{
  g_autofree char *text = make_value (self, value);

  return change_sequence (self->f, self->kind->type, id, self->kind->path, text);
}

static void
assert_named (Names *self, const char *id, const char *value)
{
  g_autoptr (JsonObject) shown = show (self->f, self->kind->type, id);
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), shown);
  g_autofree char *text = ms_json_to_string (node);
  g_autofree char *expected = make_value (self, value);

  g_strdelimit (expected, "'", '"');
  g_test_message ("%s: %s", expected, text);
  g_assert_nonnull (strstr (text, expected));
  if (strcmp (self->kind->type, "Mailbox") == 0)
    {
      g_autofree char *address = g_strdup_printf ("%s@example.org", value);
      assert_picked (shown, "address", address);
    }
}

/* (transfer full): the answer of one that must be done wholly */
static JsonObject *
call (Fixture *f, MsVerb verb, const char *id, gint64 sequence, const char *body)
{
  g_autoptr (GError) error = NULL;
  MsOperation *operation = ms_operation_new (verb);

  operation->id = g_strdup (id);
  operation->sequence = sequence;
  operation->body = parse (body);
  operation->base_url = g_strdup ("");
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  if (error != NULL && ms_error_get_details (error) != NULL)
    g_test_message ("%s", ms_error_get_details (error));
  g_assert_no_error (error);
  JsonObject *answer = parse (outcome->document->str);
  if (verb != MS_VERB_BULK)
    assert_picked (answer, "refused", "[]");
  return answer;
}

static void
undo_wholly (Fixture *f, gint64 sequence)
{
  g_autoptr (JsonObject) answer = call (f, MS_VERB_UNDO, NULL, sequence, "{}");
}

/* @more: behind the id. The change set. */
static gint64
restore (Fixture *f, const char *id, const char *more)
{
  g_autofree char *body = json ("{'ids':['%s']%s}", id, more);
  g_autoptr (JsonObject) answer = call (f, MS_VERB_RESTORE, NULL, 0, body);

  return last_sequence (f);
}

/* Where it is a text, as @value; else with another name that is. */
static gint64
restore_as (Names *self, const char *id, const char *value)
{
  const char      *label = strcmp (self->kind->type, "User") == 0    ? "userName"
                           : strcmp (self->kind->type, "Group") == 0 ? "displayName"
                                                                     : "name";
  gboolean         other = strcmp (self->kind->path, BADGE ":keys") == 0;
  g_autofree char *text = other ? json ("'%s'", value) : make_value (self, value);
  g_autofree char *as = json (",'as':{'%s':%s}", other ? label : self->kind->path, text);

  return restore (self->f, id, as);
}

/* Renamed and deleted in one change set. */
static gint64
rename_and_delete (Names *self, const char *id, const char *value)
{
  const char      *plural = self->kind->plural;
  g_autofree char *text = make_value (self, value);
  g_autofree char *body = json (
      "{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],'" MS_URN_BULK_OPTIONS
      "':{'atomic':true},'Operations':[{'method':'PATCH','path':'/%s/%s','data':{'schemas':"
      "['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[{'op':'replace',"
      "'path':'%s','value':%s}]}},{'method':'DELETE','path':'/%s/%s'}]}",
      plural,
      id,
      self->kind->path,
      text,
      plural,
      id);
  g_autoptr (JsonObject) answer = call (self->f, MS_VERB_BULK, NULL, 0, body);

  g_assert_false (is_there (self->f, self->kind->type, id));
  return last_sequence (self->f);
}

/* What it shall have is free ------------------------------------------------------------------ */

static void
return_kind (Names *self)
{
  g_autofree char *id = make_named (self, "first");
  gint64           early = last_sequence (self->f);

  (void) rename_to (self, id, "second");
  drop (self->f, self->kind->type, id, NULL);
  g_autofree char *thief = make_named (self, "second");
  g_autoptr (JsonObject) answer = call (self->f, MS_VERB_RETURN, id, early, "{}");
  assert_named (self, id, "first");
  assert_named (self, thief, "second");
  drop (self->f, self->kind->type, id, NULL);
  drop (self->f, self->kind->type, thief, NULL);
}

static void
test_return (Fixture *f, gconstpointer data)
{
  for_each_kind (f, return_kind);
}

static void
bulk_kind (Names *self)
{
  g_autofree char *id = make_named (self, "before");
  gint64           deletion = rename_and_delete (self, id, "between");
  g_autofree char *thief = make_named (self, "between");

  undo_wholly (self->f, deletion);
  assert_named (self, id, "before");
  deletion = rename_and_delete (self, id, "again");
  drop (self->f, self->kind->type, thief, NULL);
  (void) restore (self->f, id, "");
  assert_named (self, id, "before");

  /* Another name is another one, whatever else that change set did. */
  deletion = rename_and_delete (self, id, "again");
  (void) restore_as (self, id, "other");
  if (strcmp (self->kind->path, BADGE ":keys") != 0)
    assert_named (self, id, "other");
  drop (self->f, self->kind->type, id, NULL);
}

static void
test_bulk (Fixture *f, gconstpointer data)
{
  for_each_kind (f, bulk_kind);
}

/* As it was in the bin ------------------------------------------------------------------------ */

static void
restored_kind (Names *self)
{
  g_autofree char *id = make_named (self, "orig");
  gint64           deletion = drop (self->f, self->kind->type, id, NULL);
  g_autoptr (GHashTable) bin = describe_bin (self->f);

  undo_wholly (self->f, restore_as (self, id, "other"));
  assert_bin_keeps (self->f, bin);
  g_autofree char *thief = make_named (self, "other");
  undo_wholly (self->f, deletion);
  assert_named (self, id, "orig");
  drop (self->f, self->kind->type, id, NULL);
  drop (self->f, self->kind->type, thief, NULL);

  /* It comes back as what it was in the bin; only the undo of the undo knows the other name. */
  gint64 restored = restore_as (self, id, "other");
  undo_wholly (self->f, restored);
  gint64 undone = last_sequence (self->f);
  gint64 plain = restore (self->f, id, "");
  assert_named (self, id, "orig");
  undo_wholly (self->f, plain);
  assert_bin_keeps (self->f, bin);
  undo_wholly (self->f, last_sequence (self->f));
  assert_named (self, id, "orig");
  undo_wholly (self->f, last_sequence (self->f));
  undo_wholly (self->f, undone);
  if (strcmp (self->kind->path, BADGE ":keys") != 0)
    assert_named (self, id, "other");
  undo_wholly (self->f, last_sequence (self->f));
  assert_bin_keeps (self->f, bin);
}

static void
test_restored (Fixture *f, gconstpointer data)
{
  for_each_kind (f, restored_kind);
}

/* A return out of the bin is a restore too. */
static void
returned_kind (Names *self)
{
  g_autofree char *id = make_named (self, "early");
  gint64           early = last_sequence (self->f);

  (void) rename_to (self, id, "late");
  drop (self->f, self->kind->type, id, NULL);
  g_autoptr (GHashTable) bin = describe_bin (self->f);
  g_autoptr (JsonObject) answer = call (self->f, MS_VERB_RETURN, id, early, "{}");
  assert_named (self, id, "early");
  undo_wholly (self->f, last_sequence (self->f));
  assert_bin_keeps (self->f, bin);
  g_autofree char *thief = make_named (self, "early");
  (void) restore (self->f, id, "");
  assert_named (self, id, "late");
  drop (self->f, self->kind->type, id, NULL);
  drop (self->f, self->kind->type, thief, NULL);
}

static void
test_returned (Fixture *f, gconstpointer data)
{
  for_each_kind (f, returned_kind);
}

/* An account and what it was in: with the user the mailbox comes back, primary, and the list has
 * its entry again. @alone: the user came without the mailbox in between */
static void
check_account (Fixture *f, gboolean alone)
{
  g_autofree char *user = make_user (f, "clix");
  g_autofree char *box = make_mailbox (f, "clix", user, TRUE);
  g_autofree char *body = json ("{'displayName':'all','members':[{'value':'%s'}]}", user);
  g_autofree char *list = make (f, "Group", body);

  drop (f, "User", user, NULL);
  g_assert_false (is_there (f, "Mailbox", box));
  g_autoptr (GHashTable) bin = describe_bin (f);
  undo_wholly (
      f,
      restore (
          f, user, alone ? ",'alone':true,'as':{'userName':'cliz'}" : ",'as':{'userName':'cliz'}"));
  assert_bin_keeps (f, bin);
  assert_shown (f, "Group", list, "members[0]", NULL);

  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (ms_service_get_history (f->service, f->admin, user, 0, 1, out, NULL));
  g_autoptr (JsonObject) history = parse (out->str);
  assert_picked (history, "object.label", "clix");
  assert_picked (history, "object.state", "bin");

  (void) restore (f, user, "");
  assert_shown (f, "User", user, "userName", "clix");
  assert_shown (f, "Mailbox", box, "owner.value", user);
  assert_shown (f, "Mailbox", box, "primary", "true");
  assert_shown (f, "Group", list, "members[0].value", user);
}

static void
test_account (Fixture *f, gconstpointer data)
{
  check_account (f, FALSE);
}

static void
test_account_alone (Fixture *f, gconstpointer data)
{
  check_account (f, TRUE);
}

/* The undo of what made them puts them into the bin too. */
static void
test_account_made (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) made = try_verb (f,
                                         NULL,
                                         MS_VERB_ACCOUNT,
                                         NULL,
                                         NULL,
                                         "{'user':{'userName':'clix'},'mailbox':{'name':'clix'}}",
                                         &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) account = parse (made->document->str);
  g_autofree char *user = pick (account, "user.id");
  g_autofree char *box = pick (account, "mailbox.id");

  undo_wholly (f, made->sequence);
  g_autoptr (GHashTable) bin = describe_bin (f);
  undo_wholly (f, restore (f, user, ",'as':{'userName':'cliz'}"));
  assert_bin_keeps (f, bin);
  (void) restore (f, user, "");
  assert_shown (f, "User", user, "userName", "clix");
  assert_shown (f, "Mailbox", box, "owner.value", user);
  assert_shown (f, "Mailbox", box, "primary", "true");
}

/* What could not come back with it, and was left out, is not lost by the undo. */
static void
test_left_out (Fixture *f, gconstpointer data)
{
  g_autofree char *text
      = json ("{'schemas':[{'id':'" BADGE "','name':'Badge','attributes':[{'name':'key','type':"
              "'string'}]}],'resourceTypes':[{'name':'User','schemaExtensions':[{'schema':'" BADGE
              "'}]}]}");
  MsSchemaRequest request = { .verb = MS_SCHEMA_ADD, .name = "badge", .text = text };
  g_autoptr (GString) out = g_string_new (NULL);
  gint64 version = 0;

  g_assert_true (
      ms_service_change_schemas (f->service, f->admin, &request, out, &version, NULL, NULL));
  g_autofree char *ann
      = make (f, "User", "{'userName':'ann','" BADGE "':{'key':'k'},'title':'Cook'}");
  drop (f, "User", ann, NULL);
  request.verb = MS_SCHEMA_REMOVE;
  g_assert_true (
      ms_service_change_schemas (f->service, f->admin, &request, out, &version, NULL, NULL));
  g_autofree char *body = json ("{'ids':['%s'],'as':{'userName':'anna'}}", ann);
  g_autoptr (MsOutcome) restored = try_verb (f, NULL, MS_VERB_RESTORE, NULL, NULL, body, NULL);
  g_assert_nonnull (restored);
  undo_wholly (f, restored->sequence);
  request.verb = MS_SCHEMA_ADD;
  g_assert_true (
      ms_service_change_schemas (f->service, f->admin, &request, out, &version, NULL, NULL));
  (void) restore (f, ann, "");
  assert_shown (f, "User", ann, "userName", "ann");
  assert_shown (f, "User", ann, "title", "Cook");
  g_autoptr (JsonObject) shown = show (f, "User", ann);
  g_assert_true (json_object_has_member (shown, BADGE));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/undo/names/return", test_return);
  fixture_add ("/undo/names/bulk", test_bulk);
  fixture_add ("/undo/names/restored", test_restored);
  fixture_add ("/undo/names/returned", test_returned);
  fixture_add ("/undo/names/account", test_account);
  fixture_add ("/undo/names/account-alone", test_account_alone);
  fixture_add ("/undo/names/account-made", test_account_made);
  fixture_add ("/undo/names/left-out", test_left_out);
  return g_test_run ();
}
