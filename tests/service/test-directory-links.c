/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What links users to an outside directory: who may change it.
 */
#include "directory-fixture.h"

#include <string.h>

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
  g_autofree char *gone
      = json (PATCHED, "add", "externalIds", "[{'client':'directory:x','value':'y'}]");
  g_autofree char *none = json (PATCHED, "replace", "externalIds", "[]");
  g_autofree char *put = json ("{'userName':'ann','externalIds':%s}", bogus);
  g_autofree char *new = json ("{'userName':'new','externalIds':%s}", bogus);
  const char *const given[] = { add, shouted, gone };

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

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  town_test ("/directory/links/denied", test_denied);
  return g_test_run ();
}
