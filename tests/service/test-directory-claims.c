/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who has a claim to a name or an address, be they here, disabled, refused or gone.
 */
#include "directory-fixture.h"

#include <string.h>

/* What a rehearsal says, and what the run does then. */
static void
expect_both (Fixture *f, const char *id, const char *counts)
{
  g_autoptr (JsonObject) rehearsed = run_directory (f, id, MS_DIRECTORY_REHEARSE, FALSE);

  expect_counts (rehearsed, counts);
  run_and_expect (f, id, counts);
}

/* The one row of @status. */
static void
expect_reason (Fixture *f, const char *id, const char *status, const char *text)
{
  g_autoptr (JsonObject) rows = get_rows (f, id, status);
  g_autofree char *reason = pick (rows, "rows[0].reason");

  assert_picked (rows, "total", "1");
  g_test_message ("%s", reason);
  g_assert_nonnull (reason);
  g_assert_nonnull (strstr (reason, text));
}

/* A user name may be an address: who gives up the one does not give up the other. */
static void
test_name_like_address (Fixture *f, gconstpointer data)
{
  g_autofree char *id
      = make_directory (f, ",'mapping':{'userName':'upn','mailbox':'mail','displayName':'cn'}");
  Entry *ann = town_add ("uid=ann;upn=ann@example.org;mail=office@example.org");

  run_and_expect (f, id, "create 1");
  g_autofree char *mailbox = find_mailbox_id (f, "office@example.org");
  change (f, "Mailbox", mailbox, "aliases", "[\"ann@example.org\"]");
  town_set (ann, "upn", "anne@example.org");
  Entry *bob = town_add ("uid=bob;upn=bob@example.org;mail=ann@example.org");
  expect_both (f, id, "rename 1, refuse 1");
  expect_reason (f, id, "refuse", "ann@example.org is already an address of the Mailbox");
  expect_recipients (f, "ann@example.org", "office@example.org");

  /* Nor is who wants the address one who waits for the name. */
  town_set (bob, "upn", "anne@example.org");
  town_set (bob, "mail", "bob@example.org");
  town_set (ann, "upn", "ann@example.org");
  expect_both (f, id, "create 1, rename 1");
  expect_recipients (f, "ann@example.org", "office@example.org");
}

/* What a run gave and an undo took back is not what the mailbox was called once. */
static void
test_undone (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  Entry           *one = town_add ("uid=p1;mail=p1@example.org");

  run_and_expect (f, id, "create 1");
  town_set (one, "mail", "p1n@example.org");
  run_and_expect (f, id, "update 1");
  undo_directory (f, id);
  town_set (one, "mail", "p1@example.org");
  run_and_expect (f, id, "unchanged 1");
  g_autofree char *mailbox = find_mailbox_id (f, "p1@example.org");
  change (f, "Mailbox", mailbox, "aliases", "[\"p1n@example.org\"]");
  Entry *two = town_add ("uid=p2;mail=p1n@example.org");
  expect_both (f, id, "refuse 1, unchanged 1");
  expect_reason (f, id, "refuse", "p1n@example.org is already an address of the Mailbox");
  expect_recipients (f, "p1n@example.org", "p1@example.org");

  /* What it was called by a run that stands is. */
  town_remove (two);
  change (f, "Mailbox", mailbox, "aliases", "null");
  town_set (one, "mail", "p1n@example.org");
  run_and_expect (f, id, "update 1");
  town_set (one, "mail", "p1@example.org");
  run_and_expect (f, id, "update 1");
  expect_recipients (f, "p1n@example.org", "p1@example.org");
  town_add ("uid=p2;mail=p1n@example.org");
  expect_both (f, id, "create 1, unchanged 1");
  expect_recipients (f, "p1n@example.org", "p1n@example.org");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  town_test ("/directory/claims/name-like-address", test_name_like_address);
  town_test ("/directory/claims/undone", test_undone);
  return g_test_run ();
}
