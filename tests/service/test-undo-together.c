/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An undo brings back what was, whoever asks for it.
 */
#include "service-fixture.h"

#include <string.h>

static char *
digest (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  char *text = ms_store_digest (f->store, MS_DIGEST_STATE, NULL, &error);

  g_assert_no_error (error);
  return text;
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
  fixture_add ("/undo/together/peer", test_peer);
  return g_test_run ();
}
