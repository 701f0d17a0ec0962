/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * People of an outside directory as users: who is made, changed, renamed, disabled, comes back, and
 * who is refused. The directory is one in memory.
 */
#include "directory-fixture.h"

#include <string.h>

static void
test_create (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autofree char *before = digest (f);

  town_add ("uid=ann;cn=Ann Bell;givenName=Ann;mail=ann@example.org;title=Cook");
  town_add ("uid=bob;cn=Bob Cole;mail=robert");
  town_add ("uid=cid;cn=Cid");
  run_and_expect (f, id, "create 3");
  g_autofree char *ann = find_user_id (f, "ann");
  g_autofree char *bob = find_user_id (f, "bob");
  g_autofree char *cid = find_user_id (f, "cid");
  g_autofree char *robert = find_mailbox_id (f, "robert@example.org");
  g_autofree char *own = find_mailbox_id (f, "ann@example.org");
  assert_shown (f, "User", ann, "displayName", "Ann Bell");
  assert_shown (f, "User", ann, "name.givenName", "Ann");
  assert_shown (f, "User", ann, "title", "Cook");
  assert_shown (f, "User", ann, "active", "true");
  assert_shown (f, "Mailbox", own, "owner.value", ann);
  assert_shown (f, "Mailbox", own, "primary", "true");
  assert_shown (f, "Mailbox", robert, "owner.value", bob);
  /* No address there, none here. */
  assert_shown (f, "User", cid, MS_URN_EXT_USER ":mailboxes", NULL);
  g_assert_true (town.saw_password);

  gint64 sequence = last_sequence (f);
  run_and_expect (f, id, "unchanged 3");
  g_assert_cmpint (last_sequence (f), ==, sequence);
  undo_directory (f, id);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  town_test ("/directory/create", test_create);
  return g_test_run ();
}
