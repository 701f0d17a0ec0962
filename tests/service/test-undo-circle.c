/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The undo of what went round in a circle: objects that exchanged what only one of them can have.
 * None of them can be put back before the others.
 */
#include "service-fixture.h"

#include <string.h>

#include "ms-schemas.h"
#include "ms-txn.h"

#define BADGE "urn:example:test:Badge"

/* Doing ------------------------------------------------------------------------------------- */

/* A request of several operations in one change set, as it is built. */
static GString *
begin (void)
{
  return g_string_new ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],"
                       "'" MS_URN_BULK_OPTIONS "':{'atomic':true},'Operations':[");
}

/* @value: JSON */
static void
add (GString *bulk, const char *type, const char *id, const char *path, const char *value)
{
  g_string_append_printf (bulk,
                          "%s{'method':'PATCH','path':'/%s%s/%s','data':{"
                          "'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                          "'Operations':[{'op':'replace','path':'%s','value':%s}]}}",
                          g_str_has_suffix (bulk->str, "[") ? "" : ",",
                          type,
                          g_str_has_suffix (type, "x") ? "es" : "s",
                          id,
                          path,
                          value);
}

static void
add_delete (GString *bulk, const char *type, const char *id)
{
  g_string_append_printf (bulk,
                          "%s{'method':'DELETE','path':'/%ss/%s'}",
                          g_str_has_suffix (bulk->str, "[") ? "" : ",",
                          type,
                          id);
}

/* @bulk: (transfer full). The change set. */
static gint64
run (Fixture *f, GString *bulk)
{
  g_autoptr (GError) error = NULL;

  g_string_append (bulk, "]}");
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_BULK, NULL, NULL, bulk->str, &error);
  g_string_free (bulk, TRUE);
  g_assert_no_error (error);
  g_assert_null (strstr (outcome->document->str, "\"detail\""));
  return last_sequence (f);
}

/* Several objects of a type pass the values at @path on, the first one's to the last. */
typedef struct
{
  const char *type;
  const char *path;
  guint       n;
  const char *ids[4];
  const char *values[4]; /* JSON */
  const char *temporary; /* that nobody has; JSON */
} Circle;

static gint64
turn (Fixture *f, const Circle *circle)
{
  GString *bulk = begin ();

  add (bulk, circle->type, circle->ids[0], circle->path, circle->temporary);
  for (guint i = 1; i < circle->n; i++)
    add (bulk, circle->type, circle->ids[i], circle->path, circle->values[i - 1]);
  add (bulk, circle->type, circle->ids[0], circle->path, circle->values[circle->n - 1]);
  return run (f, bulk);
}

/* Looking ----------------------------------------------------------------------------------- */

static char *
digest (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  char *text = ms_store_digest (f->store, MS_DIGEST_STATE, NULL, &error);

  g_assert_no_error (error);
  return text;
}

static gint64
version_of (Fixture *f, const char *type, const char *id)
{
  g_autoptr (JsonObject) object = show (f, type, id);
  g_autofree char *text = pick (object, "meta.version");

  return g_ascii_strtoll (strpbrk (text, "0123456789"), NULL, 10);
}

/* What a change set, the feed of it and the histories of its objects say. */
static char *
tell (Fixture *f, gint64 sequence)
{
  GString *out = g_string_new (NULL);
  g_autoptr (GString) set = g_string_new (NULL);

  g_assert_true (ms_service_get_change (f->service, f->admin, sequence, set, NULL));
  g_string_append (out, set->str);
  g_assert_true (
      ms_service_read_feed (f->service, f->admin, sequence - 1, 1, TRUE, "https://x", out, NULL));
  g_autoptr (JsonObject) json = parse (set->str);
  JsonArray *changes = json_object_get_array_member (json, "changes");
  for (guint i = 0; i < json_array_get_length (changes); i++)
    {
      JsonObject *change = json_array_get_object_element (changes, i);
      g_assert_true (ms_service_get_history (f->service,
                                             f->admin,
                                             json_object_get_string_member (change, "id"),
                                             sequence + 1,
                                             1,
                                             out,
                                             NULL));
    }
  return g_string_free (out, FALSE);
}

/* The change set says of @id that @path went from @before to @after (JSON). */
static void
assert_told (Fixture    *f,
             gint64      sequence,
             const char *id,
             const char *path,
             const char *before,
             const char *after)
{
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (ms_service_get_change (f->service, f->admin, sequence, out, NULL));
  g_autoptr (JsonObject) set = parse (out->str);
  JsonArray *changes = json_object_get_array_member (set, "changes");
  for (guint i = 0; i < json_array_get_length (changes); i++)
    {
      JsonObject *change = json_array_get_object_element (changes, i);
      if (strcmp (json_object_get_string_member (change, "id"), id) != 0)
        continue;
      g_assert_cmpstr (json_object_get_string_member (change, "verb"), ==, "update");
      g_autofree char *delta = json ("{'path':'%s','before':%s,'after':%s}", path, before, after);
      g_autofree char *deltas = pick (change, "deltas");
      g_test_message ("%s", deltas);
      g_assert_nonnull (strstr (deltas, delta));
      return;
    }
  g_assert_not_reached ();
}

static void
assert_state (Fixture *f, const char *expected)
{
  g_autofree char *now = digest (f);

  g_assert_cmpstr (now, ==, expected);
}

static void
assert_found (Fixture *f, const char *word, gboolean found)
{
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (ms_service_search (f->service, f->admin, word, 10, out, NULL));
  g_assert_cmpint (strstr (out->str, "\"label\"") != NULL, ==, found);
}

/* Undoing ----------------------------------------------------------------------------------- */

/* In one change set, with nothing refused. */
static gint64
undo_wholly (Fixture *f, gint64 sequence, guint objects)
{
  g_autofree char *number = g_strdup_printf ("%u", objects);
  gint64           before = last_sequence (f);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);

  if (error != NULL)
    g_test_message ("%s", ms_error_get_details (error));
  g_assert_no_error (error);
  g_test_message ("%s", outcome->document->str);
  g_autoptr (JsonObject) answer = parse (outcome->document->str);
  assert_picked (answer, "refused", "[]");
  assert_picked (answer, "undone", number);
  g_assert_cmpint (outcome->sequence, ==, before + 1);
  return outcome->sequence;
}

/* (transfer full): what is answered, which refuses something */
static JsonObject *
undo_partly (Fixture *f, gint64 sequence)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);

  if (error != NULL)
    g_test_message ("%s", ms_error_get_details (error));
  g_assert_no_error (error);
  g_test_message ("%s", outcome->document->str);
  return parse (outcome->document->str);
}

/* (transfer full): why nothing can be undone */
static JsonObject *
not_undone (Fixture *f, gint64 sequence)
{
  g_autofree char *before = digest (f);
  gint64           last = last_sequence (f);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);

  g_assert_null (outcome);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_test_message ("%s", ms_error_get_details (error));
  g_assert_cmpint (last_sequence (f), ==, last);
  assert_state (f, before);
  return parse (ms_error_get_details (error));
}

static guint
count_refused (JsonObject *answer)
{
  return json_array_get_length (json_object_get_array_member (answer, "refused"));
}

/* Why @path (nullable: as a whole) of @id was refused. */
static void
assert_refused (JsonObject *answer, const char *id, const char *path, const char *reason)
{
  JsonArray *refused = json_object_get_array_member (answer, "refused");

  for (guint i = 0; i < json_array_get_length (refused); i++)
    {
      JsonObject *entry = json_array_get_object_element (refused, i);
      if (strcmp (json_object_get_string_member (entry, "id"), id) != 0
          || g_strcmp0 (json_object_get_string_member_with_default (entry, "path", NULL), path)
                 != 0)
        continue;
      g_assert_nonnull (strstr (json_object_get_string_member (entry, "reason"), reason));
      return;
    }
  g_assert_not_reached ();
}

/* There, back, there again by the undo of the undo, and back. @temporary is found nowhere. */
static void
turn_back (Fixture *f, const Circle *circle)
{
  g_autofree char *before = digest (f);
  gint64           there = turn (f, circle);
  g_autofree char *after = digest (f);
  gint64           versions[4];

  g_assert_cmpstr (after, !=, before);
  for (guint i = 0; i < circle->n; i++)
    versions[i] = version_of (f, circle->type, circle->ids[i]);
  gint64 back = undo_wholly (f, there, circle->n);
  assert_state (f, before);
  for (guint i = 0; i < circle->n; i++)
    {
      g_assert_cmpint (version_of (f, circle->type, circle->ids[i]), ==, versions[i] + 1);
      assert_told (f,
                   back,
                   circle->ids[i],
                   circle->path,
                   circle->values[(i + circle->n - 1) % circle->n],
                   circle->values[i]);
    }
  gint64 again = undo_wholly (f, back, circle->n);
  assert_state (f, after);
  gint64           last = undo_wholly (f, again, circle->n);
  g_autofree char *told = tell (f, last);
  assert_state (f, before);
  g_assert_null (strstr (told, "temporary"));
  assert_found (f, "temporary", FALSE);
}

/* Whole circles ----------------------------------------------------------------------------- */

static void
test_users (Fixture *f, gconstpointer data)
{
  g_autofree char *one = make_user (f, "anna");
  g_autofree char *two = make_user (f, "bert");
  const Circle     circle
      = { "User", "userName", 2, { one, two }, { "'anna'", "'bert'" }, "'temporary'" };

  turn_back (f, &circle);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) other
             = try_verb (f, NULL, MS_VERB_CREATE, "User", NULL, "{'userName':'Bert'}", &error);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_autofree char *third = make_user (f, "temporary");
}

static void
test_four (Fixture *f, gconstpointer data)
{
  g_autofree char *one = make_user (f, "anna");
  g_autofree char *two = make_user (f, "bert");
  g_autofree char *three = make_user (f, "carl");
  g_autofree char *four = make_user (f, "dora");
  const Circle     circle = { "User",
                              "userName",
                              4,
                              { one, two, three, four },
                              { "'anna'", "'bert'", "'carl'", "'dora'" },
                              "'temporary'" };

  turn_back (f, &circle);
}

static void
test_mailboxes (Fixture *f, gconstpointer data)
{
  g_autofree char *one = make_mailbox (f, "anna", NULL, FALSE);
  g_autofree char *two = make_mailbox (f, "bert", NULL, FALSE);
  const Circle     circle
      = { "Mailbox", "name", 2, { one, two }, { "'anna'", "'bert'" }, "'temporary'" };

  turn_back (f, &circle);
  assert_shown (f, "Mailbox", one, "address", "anna@example.org");
  assert_shown (f, "Mailbox", two, "address", "bert@example.org");
}

static void
test_groups (Fixture *f, gconstpointer data)
{
  g_autofree char *top = make_group (f, "Top", NULL);
  g_autofree char *one = make_group (f, "Sales", top);
  g_autofree char *two = make_group (f, "Press", top);
  const Circle     circle
      = { "MailGroup", "name", 2, { one, two }, { "'Sales'", "'Press'" }, "'temporary'" };

  turn_back (f, &circle);

  /* Two of one name change places, by way of the root. */
  g_autofree char *other = make_group (f, "Other", NULL);
  g_autofree char *here = make_group (f, "Staff", top);
  g_autofree char *there = make_group (f, "Staff", other);
  g_autofree char *to_top = json ("{'value':'%s'}", top);
  g_autofree char *to_other = json ("{'value':'%s'}", other);
  g_autofree char *before = digest (f);
  GString         *bulk = begin ();
  add (bulk, "MailGroup", here, "parent", "null");
  add (bulk, "MailGroup", there, "parent", to_top);
  add (bulk, "MailGroup", here, "parent", to_other);
  gint64 moved = run (f, bulk);
  undo_wholly (f, moved, 2);
  assert_state (f, before);
}

/* Users get a unique number, and keys of which each is unique. */
static void
add_badges (Fixture *f)
{
  g_autofree char *text
      = json ("{'schemas':[{'id':'" BADGE "','name':'Badge','attributes':[{'name':'number','type':"
              "'integer','uniqueness':'server'},{'name':'keys','type':'complex','multiValued':true,"
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

static void
test_own_attribute (Fixture *f, gconstpointer data)
{
  add_badges (f);
  g_autofree char *one
      = make (f, "User", "{'userName':'anna','" BADGE "':{'number':1,'keys':[{'value':'x'}]}}");
  g_autofree char *two
      = make (f, "User", "{'userName':'bert','" BADGE "':{'number':2,'keys':[{'value':'y'}]}}");
  const Circle numbers = { "User", BADGE ":number", 2, { one, two }, { "1", "2" }, "3" };

  turn_back (f, &numbers);

  g_autofree char *before = digest (f);
  GString         *bulk = begin ();
  add (bulk, "User", one, BADGE ":keys", "[{'value':'z'}]");
  add (bulk, "User", two, BADGE ":keys", "[{'value':'x'}]");
  add (bulk, "User", one, BADGE ":keys", "[{'value':'y'}]");
  gint64 keys = run (f, bulk);
  undo_wholly (f, keys, 2);
  assert_state (f, before);
}

static void
test_primaries (Fixture *f, gconstpointer data)
{
  g_autofree char *anna = make_user (f, "anna");
  g_autofree char *bert = make_user (f, "bert");
  g_autofree char *one = make_mailbox (f, "one", anna, TRUE);
  g_autofree char *two = make_mailbox (f, "two", bert, TRUE);
  g_autofree char *to_anna = json ("{'value':'%s'}", anna);
  g_autofree char *to_bert = json ("{'value':'%s'}", bert);
  g_autofree char *before = digest (f);
  GString         *bulk = begin ();

  add (bulk, "Mailbox", one, "owner", to_bert);
  add (bulk, "Mailbox", two, "owner", to_anna);
  add (bulk, "Mailbox", one, "primary", "true");
  gint64 exchanged = run (f, bulk);
  assert_shown (f, "Mailbox", one, "owner.value", bert);
  assert_shown (f, "Mailbox", one, "primary", "true");
  assert_shown (f, "Mailbox", two, "primary", "true");

  gint64           back = undo_wholly (f, exchanged, 2);
  g_autofree char *after = NULL;
  assert_state (f, before);
  undo_wholly (f, back, 2);
  after = digest (f);
  g_assert_cmpstr (after, !=, before);

  /* Somebody has got another primary one since, so that one of them was none any more: it goes back
   * to its owner, and the other, which would be the second primary one, stays. */
  g_autofree char *three = make_mailbox (f, "three", anna, TRUE);
  g_autoptr (JsonObject) answer = undo_partly (f, exchanged + 2);
  g_assert_cmpuint (count_refused (answer), ==, 1);
  assert_refused (answer, one, "primary", "another primary mailbox");
  assert_shown (f, "Mailbox", one, "owner.value", bert);
  assert_shown (f, "Mailbox", one, "primary", "true");
  assert_shown (f, "Mailbox", two, "owner.value", bert);
  assert_shown (f, "Mailbox", two, "primary", "false");
  assert_shown (f, "Mailbox", three, "primary", "true");
}

/* One address is the mailbox's, the other the list's; and what is primary goes round at once. */
static void
test_different (Fixture *f, gconstpointer data)
{
  g_autofree char *box = make_mailbox (f, "info", NULL, FALSE);
  g_autofree char *list = make (
      f, "Group", "{'displayName':'List','" MS_URN_EXT_GROUP "':{'address':'list@example.org'}}");
  g_autofree char *before = digest (f);
  GString         *bulk = begin ();

  add (bulk, "Mailbox", box, "name", "'temporary'");
  add (bulk, "Group", list, MS_URN_EXT_GROUP ":address", "'info@example.org'");
  add (bulk, "Mailbox", box, "name", "'list'");
  gint64 there = run (f, bulk);
  gint64 back = undo_wholly (f, there, 2);
  assert_state (f, before);
  assert_told (f, back, box, "name", "'list'", "'info'");
}

typedef struct
{
  Fixture    *f;
  const char *one, *two;
} Exchange;

static gboolean
rename_user (MsWrite *write, const char *id, const char *name, GError **error)
{
  g_autoptr (MsObject) before = ms_txn_get_object (write->txn, write->types->user, id, error);

  if (before == NULL)
    return FALSE;
  g_autoptr (MsObject) after = ms_object_copy (before);
  ms_object_set_string (after, "userName", name);
  g_autoptr (MsObject) stored = ms_write_update_object (write, before, after, NULL, error);
  return stored != NULL;
}

static gboolean
exchange (MsTxn *txn, gpointer user_data, GError **error)
{
  Exchange *self = user_data;
  MsWrite   write;

  ms_write_init (&write, self->f->service, self->f->admin, NULL);
  write.txn = txn;
  gboolean done = rename_user (&write, self->one, "temporary", error)
                  && rename_user (&write, self->two, "anna", error)
                  && rename_user (&write, self->one, "bert", error);
  ms_write_clear (&write);
  return done;
}

/* (transfer full): the job that the undo is */
static char *
undo_job (Fixture *f, const char *job)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);
  g_autoptr (GError) error = NULL;

  operation->job = g_strdup (job);
  operation->body = parse ("{}");
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  if (error != NULL)
    g_test_message ("%s", ms_error_get_details (error));
  g_assert_no_error (error);
  g_autoptr (JsonObject) answer = parse (outcome->document->str);
  assert_picked (answer, "refused", "[]");
  assert_picked (answer, "undone", "2");
  return pick (answer, "job");
}

/* A change set of a job, as an import makes them; its rows cannot name anybody twice, but what they
 * change along with it may come to the same. */
static void
test_job (Fixture *f, gconstpointer data)
{
  g_autofree char *one = make_user (f, "anna");
  g_autofree char *two = make_user (f, "bert");
  g_autofree char *before = digest (f);
  Exchange         work = { f, one, two };
  MsChangeContext  context
      = { .actor_name = "admin", .channel = "console", .verb = "import", .job = "job" };
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_store_write (f->store, &context, exchange, &work, NULL, &error));
  g_assert_no_error (error);
  g_autofree char *after = digest (f);
  g_autofree char *undo = undo_job (f, "job");
  assert_state (f, before);
  assert_told (f, last_sequence (f), one, "userName", "'bert'", "'anna'");
  assert_told (f, last_sequence (f), two, "userName", "'anna'", "'bert'");
  g_autofree char *redo = undo_job (f, undo);
  assert_state (f, after);
}

/* Two circles with an object in both. */
static void
test_joined (Fixture *f, gconstpointer data)
{
  g_autofree char *anna = make_user (f, "anna");
  g_autofree char *bert = make_user (f, "bert");
  g_autofree char *one = make_mailbox (f, "one", NULL, FALSE);
  g_autofree char *two = make_mailbox (f, "two", anna, TRUE);
  g_autofree char *three = make_mailbox (f, "three", bert, TRUE);
  g_autofree char *to_anna = json ("{'value':'%s'}", anna);
  g_autofree char *to_bert = json ("{'value':'%s'}", bert);
  g_autofree char *before = digest (f);
  GString         *bulk = begin ();

  add (bulk, "Mailbox", one, "name", "'temporary'");
  add (bulk, "Mailbox", two, "name", "'one'");
  add (bulk, "Mailbox", one, "name", "'two'");
  add (bulk, "Mailbox", two, "owner", to_bert);
  add (bulk, "Mailbox", three, "owner", to_anna);
  add (bulk, "Mailbox", two, "primary", "true");
  gint64 there = run (f, bulk);
  undo_wholly (f, there, 3);
  assert_state (f, before);
}

/* Who had the name was deleted, and belongs to who has it now. */
static void
test_deleted (Fixture *f, gconstpointer data)
{
  g_autofree char *boss = make_user (f, "info");
  g_autofree char *body
      = json ("{'userName':'anna','" MS_URN_ENTERPRISE "':{'manager':{'value':'%s'}}}", boss);
  g_autofree char *anna = make (f, "User", body);
  g_autofree char *before = digest (f);
  GString         *bulk = begin ();

  add_delete (bulk, "User", boss);
  add (bulk, "User", anna, "userName", "'info'");
  gint64 there = run (f, bulk);
  undo_wholly (f, there, 2);
  assert_state (f, before);
}

/* Circles that something has broken ----------------------------------------------------------- */

static void
test_taken (Fixture *f, gconstpointer data)
{
  g_autofree char *one = make (f, "User", "{'userName':'anna','title':'Cook'}");
  g_autofree char *two = make_user (f, "bert");
  g_autofree char *three = make_user (f, "carl");
  GString         *bulk = begin ();

  add (bulk, "User", one, "userName", "'temporary'");
  add (bulk, "User", two, "userName", "'anna'");
  add (bulk, "User", three, "userName", "'bert'");
  add (bulk, "User", one, "userName", "'carl'");
  add (bulk, "User", one, "title", "'Chef'");
  gint64 there = run (f, bulk);

  /* Somebody new has the name that one of them would leave, which has gone on since. */
  change (f, "User", two, "userName", "'berta'");
  g_autofree char *other = make_user (f, "anna");
  g_autoptr (JsonObject) answer = undo_partly (f, there);
  g_assert_cmpuint (count_refused (answer), ==, 3);
  assert_refused (answer, one, "userName", "in use already by the User “anna”");
  assert_refused (answer, two, "userName", "changed again since");
  assert_refused (answer, three, "userName", "in use already by the User “carl”");
  assert_shown (f, "User", one, "userName", "carl");
  assert_shown (f, "User", one, "title", "Cook");
  assert_shown (f, "User", two, "userName", "berta");
  assert_shown (f, "User", three, "userName", "bert");
}

/* Where a name is free for something went away from it, what can move does. */
static void
test_opened (Fixture *f, gconstpointer data)
{
  g_autofree char *one = make_user (f, "anna");
  g_autofree char *two = make_user (f, "bert");
  const Circle     circle
      = { "User", "userName", 2, { one, two }, { "'anna'", "'bert'" }, "'temporary'" };
  gint64 there = turn (f, &circle);

  change (f, "User", two, "userName", "'berta'");
  g_autoptr (JsonObject) answer = undo_partly (f, there);
  g_assert_cmpuint (count_refused (answer), ==, 1);
  assert_refused (answer, two, "userName", "changed again since");
  assert_shown (f, "User", one, "userName", "anna");
}

static void
test_kept (Fixture *f, gconstpointer data)
{
  g_autofree char *one = make_user (f, "anna");
  g_autofree char *two = make_user (f, "bert");
  const Circle     circle
      = { "User", "userName", 2, { one, two }, { "'anna'", "'bert'" }, "'temporary'" };
  gint64 there = turn (f, &circle);
  gint64 away = change_sequence (f, "User", two, "userName", "'berta'");
  gint64 again = change_sequence (f, "User", two, "userName", "'anna'");

  /* It looks as it was left, but was changed and changed back. */
  g_autoptr (JsonObject) answer = not_undone (f, there);
  g_assert_cmpuint (count_refused (answer), ==, 2);
  assert_refused (answer, one, "userName", "in use already by the User “anna”");
  assert_refused (answer, two, "userName", "changed again since");
  undo_wholly (f, again, 1);
  undo_wholly (f, away, 1);
  undo_wholly (f, there, 2);
}

/* What one of them cannot have any more, but for the circle, does not keep it from the circle. */
static void
test_less (Fixture *f, gconstpointer data)
{
  g_autofree char *boss = make_user (f, "boss");
  g_autofree char *body
      = json ("{'userName':'anna','" MS_URN_ENTERPRISE "':{'manager':{'value':'%s'}}}", boss);
  g_autofree char *one = make (f, "User", body);
  g_autofree char *two = make_user (f, "bert");
  GString         *bulk = begin ();

  add (bulk, "User", one, "userName", "'temporary'");
  add (bulk, "User", two, "userName", "'anna'");
  add (bulk, "User", one, "userName", "'bert'");
  add (bulk, "User", one, MS_URN_ENTERPRISE ":manager", "null");
  gint64 there = run (f, bulk);
  (void) drop (f, "User", boss, NULL);
  g_autoptr (JsonObject) answer = undo_partly (f, there);
  g_assert_cmpuint (count_refused (answer), ==, 1);
  assert_refused (answer, one, MS_URN_ENTERPRISE ":manager", "“boss” is there no more");
  assert_picked (answer, "undone", "2");
  assert_shown (f, "User", one, "userName", "anna");
  assert_shown (f, "User", two, "userName", "bert");
}

static void
test_dry_run (Fixture *f, gconstpointer data)
{
  g_autofree char *one = make_user (f, "anna");
  g_autofree char *two = make_user (f, "bert");
  const Circle     circle
      = { "User", "userName", 2, { one, two }, { "'anna'", "'bert'" }, "'temporary'" };
  gint64           there = turn (f, &circle);
  MsOperation     *operation = ms_operation_new (MS_VERB_UNDO);
  g_autofree char *before = digest (f);
  g_autoptr (GError) error = NULL;

  operation->sequence = there;
  operation->body = parse ("{'dryRun':true}");
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) answer = parse (outcome->document->str);
  assert_picked (answer, "undone", "2");
  assert_picked (answer, "refused", "[]");
  g_assert_cmpint (last_sequence (f), ==, there);
  assert_state (f, before);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/undo/circle/users", test_users);
  fixture_add ("/undo/circle/four", test_four);
  fixture_add ("/undo/circle/mailboxes", test_mailboxes);
  fixture_add ("/undo/circle/groups", test_groups);
  fixture_add ("/undo/circle/own-attribute", test_own_attribute);
  fixture_add ("/undo/circle/primaries", test_primaries);
  fixture_add ("/undo/circle/different", test_different);
  fixture_add ("/undo/circle/job", test_job);
  fixture_add ("/undo/circle/joined", test_joined);
  fixture_add ("/undo/circle/deleted", test_deleted);
  fixture_add ("/undo/circle/taken", test_taken);
  fixture_add ("/undo/circle/opened", test_opened);
  fixture_add ("/undo/circle/kept", test_kept);
  fixture_add ("/undo/circle/less", test_less);
  fixture_add ("/undo/circle/dry-run", test_dry_run);
  return g_test_run ();
}
