/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What links users to an outside directory: who may change it, and what it is worth once that
 * directory is gone.
 */
#include "directory-fixture.h"

#include <string.h>

#include "ms-txn.h"

#define PATCHED                                                                                    \
  "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[{'op':'%s',"         \
  "'path':'%s','value':%s}]}"

static void
expect_denied (Fixture *f, const MsActor *actor, MsVerb verb, const char *id, const char *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (f, actor, verb, "User", id, body, &error);

  g_assert_null (outcome);
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
  g_assert_cmpstr (ms_error_get_path (error), ==, "externalIds");
  g_assert_nonnull (strstr (error->message, "links a user to an outside directory"));
}

static void
expect_done (Fixture *f, const MsActor *actor, MsVerb verb, const char *id, const char *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (f, actor, verb, "User", id, body, &error);

  g_assert_no_error (error);
  g_assert_nonnull (outcome);
}

typedef struct
{
  const MsResourceType *type;
  const char           *id;
  char                 *ids;
} Links;

static gboolean
read_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Links *self = user_data;
  g_autoptr (MsObject) user = ms_txn_get_object (txn, self->type, self->id, error);

  if (user != NULL)
    self->ids = ms_json_to_string (
        json_object_get_member (ms_object_get_attributes (user), "externalIds"));
  return user != NULL;
}

static char *
read_external_ids (Fixture *f, const char *id)
{
  Links links = { fixture_type (f, "User"), id, NULL };

  g_assert_true (ms_store_read (f->store, read_in_txn, &links, NULL, NULL));
  return links.ids;
}

/* As @actor: to give a link, in any writing, to take one, to exchange it. */
static void
check_denied (Fixture *f, const MsActor *actor, const char *client, const char *user)
{
  g_autofree char *ann = find_user_id (f, "ann");
  g_autofree char *bogus = json ("[{'client':'%s','value':'bogus'}]", client);
  g_autofree char *upper = g_ascii_strup (client, -1);
  g_autofree char *shout = json ("[{'client':'%s','value':'bogus'}]", upper);
  g_autofree char *add = json (PATCHED, "add", "externalIds", bogus);
  g_autofree char *shouted = json (PATCHED, "add", "externalIds", shout);
  g_autofree char *wide = g_strconcat ("ｄirectory", strchr (client, ':'), NULL);
  g_autofree char *widened = json ("[{'client':'%s','value':'bogus'}]", wide);
  g_autofree char *spelled = json (PATCHED, "add", "externalIds", widened);
  g_autofree char *gone
      = json (PATCHED, "add", "externalIds", "[{'client':'directory:x','value':'y'}]");
  g_autofree char *none = json (PATCHED, "replace", "externalIds", "[]");
  g_autofree char *put = json ("{'userName':'ann','externalIds':%s}", bogus);
  g_autofree char *new = json ("{'userName':'new','externalIds':%s}", bogus);
  const char *const given[] = { add, shouted, gone, spelled };

  for (guint i = 0; i < G_N_ELEMENTS (given); i++)
    expect_denied (f, actor, MS_VERB_PATCH, user, given[i]);
  expect_denied (f, actor, MS_VERB_PATCH, ann, none);
  expect_denied (f, actor, MS_VERB_REPLACE, ann, put);
  expect_denied (f, actor, MS_VERB_CREATE, NULL, new);
}

/* Whom a run deletes somebody else may not name. */
static void
test_denied (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'leavers':'delete'");
  g_autofree char *client = g_strconcat ("directory:", id, NULL);
  g_autofree char *user = make_user (f, "local");
  g_autofree char *auditor = make_user (f, "auditor");
  g_autoptr (MsActor) delegate = fixture_actor (f, user, MS_ROLE_DELEGATE, "console");
  g_autoptr (MsActor) scim = fixture_actor (f, f->admin->user_id, MS_ROLE_ADMINISTRATOR, "scim");
  g_autoptr (MsActor) token = fixture_actor (f, f->admin->user_id, MS_ROLE_ADMINISTRATOR, "scim");

  town_add ("uid=ann;mail=ann@example.org;entryUUID=a;cn=Ann");
  run_and_expect (f, id, "create 1");
  change (f, "User", auditor, MS_URN_EXT_USER ":role", "\"auditor\"");
  scim->scim_only = TRUE;
  scim->by_token = token->by_token = TRUE;
  gint64 sequence = last_sequence (f);
  check_denied (f, delegate, client, user);
  check_denied (f, delegate, client, auditor);
  check_denied (f, scim, client, user);
  g_assert_cmpint (last_sequence (f), ==, sequence);
  run_and_expect (f, id, "unchanged 1");

  /* What is no link is theirs as before, and what is one is not in the way of it. */
  g_autofree char *ann = find_user_id (f, "ann");
  g_autofree char *other = json (PATCHED, "add", "externalIds", "[{'client':'hr','value':'7'}]");
  g_autofree char *nick = json (PATCHED, "replace", "nickName", "'Annie'");
  expect_done (f, delegate, MS_VERB_PATCH, ann, other);
  expect_done (f, delegate, MS_VERB_PATCH, ann, nick);
  expect_done (f, delegate, MS_VERB_REPLACE, ann, "{'userName':'ann','title':'x'}");
  expect_done (f, scim, MS_VERB_PATCH, ann, nick);
  run_and_expect (f, id, "update 1");
  expect_denied (f, delegate, MS_VERB_REPLACE, ann, "{'userName':'ann','externalIds':[]}");
  /* Nor spelled otherwise: it would be a link that nobody finds. */
  g_autofree char *wide
      = json ("[{'client':'hr','value':'7'},{'client':'ｄirectory:%s','value':'a'}]", id);
  g_autofree char *respelled = json (PATCHED, "replace", "externalIds", wide);
  expect_denied (f, delegate, MS_VERB_PATCH, ann, respelled);

  /* An administrator may, by a token too, and takes it back. */
  g_autofree char *bogus = json ("[{'client':'%s','value':'bogus'}]", client);
  g_autofree char *add = json (PATCHED, "add", "externalIds", bogus);
  expect_done (f, token, MS_VERB_PATCH, user, add);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) undone = undo (f, last_sequence (f), &error);
  g_assert_no_error (error);
  expect_done (f, f->admin, MS_VERB_PATCH, user, add);
  run_and_expect (f, id, "delete 1, unchanged 1");
  undo_directory (f, id);
  g_assert_true (is_there (f, "User", user));
}

static void
delete_directory (Fixture *f, const char *id)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_service_delete_directory (f->service, f->admin, id, NULL, NULL, &error));
  g_assert_no_error (error);
}

/* A directory that was deleted keeps nobody from another one, which has them to itself then. */
static void
test_set_up_again (Fixture *f, gconstpointer data)
{
  g_autofree char *first = make_directory (f, "");

  town_add ("uid=ann;mail=ann@example.org;entryUUID=a;cn=Ann");
  town_add ("uid=bob;mail=bob@example.org;entryUUID=b;cn=Bob");
  run_and_expect (f, first, "create 2");
  g_autofree char *ann = find_user_id (f, "ann");
  g_autofree char *add = json (PATCHED, "add", "externalIds", "[{'client':'hr','value':'7'}]");
  expect_done (f, f->admin, MS_VERB_PATCH, ann, add);
  gint64 sequence = 0;
  g_autoptr (GError) error = NULL;
  g_assert_true (
      ms_service_delete_directory (f->service, f->admin, first, NULL, &sequence, &error));
  g_assert_no_error (error);

  g_autofree char *second = make_directory (f, ",'name':'second'");
  run_and_expect (f, second, "refuse 2");
  g_autoptr (JsonObject) rows = get_rows (f, second, "refuse");
  g_autofree char *reason = pick (rows, "rows[0].reason");
  g_assert_nonnull (strstr (reason, "not here any more"));
  g_assert_nonnull (strstr (reason, "adopt"));

  set_directory (f, second, "{'adopt':true}");
  run_and_expect (f, second, "update 2");
  run_and_expect (f, second, "unchanged 2");
  g_autofree char *ids = read_external_ids (f, ann);
  g_assert_nonnull (strstr (ids, second));
  g_assert_nonnull (strstr (ids, "hr"));
  g_assert_null (strstr (ids, first));

  /* Should the first one come back, the people are not its own. */
  g_autoptr (MsOutcome) back = undo (f, sequence, &error);
  g_assert_no_error (error);
  set_directory (f, first, "{'adopt':true}");
  run_and_expect (f, first, "refuse 2");
  g_autoptr (JsonObject) again = get_rows (f, first, "refuse");
  g_autofree char *taken = pick (again, "rows[0].reason");
  g_assert_nonnull (strstr (taken, "as another entry"));
  delete_directory (f, first);
  run_and_expect (f, second, "unchanged 2");
  undo_directory (f, second);
}

/* However it is spelled: what is taken over has one link, and none but the new one. */
static void
test_spelled (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'adopt':true");
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *own = json ("[{'client':'ｄirectory:%s','value':'x'}]", id);
  g_autofree char *add = json (PATCHED, "add", "externalIds", own);
  g_autofree char *gone
      = json (PATCHED, "add", "externalIds", "[{'client':'DIRECTORY：gone','value':'x'}]");

  expect_done (f, f->admin, MS_VERB_PATCH, ann, add);
  expect_done (f, f->admin, MS_VERB_PATCH, bob, gone);
  town_add ("uid=ann;mail=ann@example.org;entryUUID=a;cn=Ann");
  town_add ("uid=bob;mail=bob@example.org;entryUUID=b;cn=Bob");
  run_and_expect (f, id, "update 1, refuse 1");
  g_autoptr (JsonObject) rows = get_rows (f, id, "refuse");
  g_autofree char *reason = pick (rows, "rows[0].reason");
  g_assert_nonnull (strstr (reason, "ann is here already and comes from a directory"));
  g_autofree char *ids = read_external_ids (f, bob);
  g_assert_nonnull (strstr (ids, id));
  g_assert_null (strstr (ids, "gone"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  town_test ("/directory/links/denied", test_denied);
  town_test ("/directory/links/spelled", test_spelled);
  town_test ("/directory/links/set-up-again", test_set_up_again);
  return g_test_run ();
}
