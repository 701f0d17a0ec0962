/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who has a claim to a name or an address, be they here, disabled, refused or gone.
 */
#include "directory-fixture.h"

#include <string.h>

#define ALIASED                                                                                    \
  "'mapping':{'userName':'uid','mailbox':'mail','aliases':'proxyAddresses','quota':'quota'}"

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

/* Who has it as an alias already keeps it, until the directory does not have it there any more. */
static void
test_had_before (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "," ALIASED ",'activeFilter':'(!(disabled=*))'");
  Entry           *one = town_add ("uid=m1;mail=m1@example.org;proxyAddresses=smtp:m2@example.org");

  run_and_expect (f, id, "create 1");
  Entry *two = town_add ("uid=m2;mail=m2@example.org;disabled=x");
  expect_both (f, id, "unchanged 2");
  town_set (two, "disabled", NULL);
  expect_both (f, id, "refuse 1, unchanged 1");
  expect_reason (f, id, "refuse", "m2@example.org is already an address of the Mailbox");
  expect_recipients (f, "m2@example.org", "m1@example.org");
  town_set (one, "proxyAddresses", NULL);
  expect_both (f, id, "create 1, update 1");
  expect_recipients (f, "m2@example.org", "m2@example.org");
}

/* An address is kept for whose it is by the directory, though they cannot have it yet. */
static void
test_kept_free (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "," ALIASED ",'activeFilter':'(!(disabled=*))'");
  Entry           *two = town_add ("uid=m2;mail=m2@example.org;disabled=x");
  Entry           *one = town_add (
      "uid=m1;mail=m1@example.org;proxyAddresses=smtp:m2@example.org|smtp:m3@example.org");
  Entry *three = town_add ("uid=m3;mail=m3@example.org;quota=much");

  expect_both (f, id, "create 1, refuse 1, unchanged 1");
  expect_reason (f,
                 id,
                 "create",
                 "in the directory m2@example.org is the address of the mailbox of "
                 "uid=m2");
  expect_reason (f,
                 id,
                 "create",
                 "in the directory m3@example.org is the address of the mailbox of "
                 "uid=m3");
  expect_recipients (f, "m2@example.org", "");
  expect_recipients (f, "m3@example.org", "");
  town_set (two, "disabled", NULL);
  town_set (three, "quota", NULL);
  expect_both (f, id, "create 2, unchanged 1");
  expect_recipients (f, "m2@example.org", "m2@example.org");
  expect_recipients (f, "m3@example.org", "m3@example.org");

  /* The same of one who is here already. */
  town_set (three, "quota", "much");
  town_set (three, "mail", "m3n@example.org");
  town_set (one, "proxyAddresses", NULL);
  town_add ("uid=m4;mail=m4@example.org;proxyAddresses=smtp:m3n@example.org");
  expect_both (f, id, "create 1, refuse 1, unchanged 2");
  expect_recipients (f, "m3n@example.org", "");
  town_set (three, "quota", NULL);
  expect_both (f, id, "update 1, unchanged 3");
  expect_recipients (f, "m3n@example.org", "m3n@example.org");

  /* But who is disabled holds up nobody of the same address. */
  town_add ("uid=n1;mail=n@example.org;disabled=x");
  town_add ("uid=n2;mail=n@example.org");
  expect_both (f, id, "create 1, unchanged 5");
  expect_recipients (f, "n@example.org", "n@example.org");

  /* Nor does who gets no mailbox at all. */
  set_directory (f, id, "{'createMailboxes':false}");
  town_set (two, "proxyAddresses", "smtp:o@example.org");
  town_add ("uid=o;mail=o@example.org;disabled=x");
  expect_both (f, id, "update 1, unchanged 6");
  expect_recipients (f, "o@example.org", "m2@example.org");
}

/* Who left and is disabled gives up what the directory gave them, whoever disabled them. */
static void
test_put_out_by_hand (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "," ALIASED);
  Entry           *one = town_add ("uid=a1;mail=a1@example.org;proxyAddresses=smtp:s@example.org");

  town_add ("uid=a2;mail=a2@example.org");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "a1");
  change (f, "User", user, "active", "false");
  town_remove (one);
  town_set (town_find ("a2"), "proxyAddresses", "smtp:s@example.org");
  expect_both (f, id, "update 1, unchanged 1");
  expect_recipients (f, "s@example.org", "a2@example.org");
}

/* Who has several user names takes none from somebody who has but that one. */
static void
test_one_of_several (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'activeFilter':'(!(disabled=*))'");
  Entry           *ann = town_add ("uid=ann;mail=ann@example.org;title=A");

  run_and_expect (f, id, "create 1");
  town_set (ann, "title", "B");
  town_add ("uid=ann|bob;mail=bob@example.org");
  expect_both (f, id, "create 1, update 1");
  g_autofree char *bob = find_user_id (f, "bob");
  g_assert_nonnull (bob);
  expect_both (f, id, "unchanged 2");
  /* None is free: refused alone, with what is in the way. */
  Entry *cid = town_add ("uid=ann|bob;mail=cid@example.org");
  town_set (ann, "title", "C");
  expect_both (f, id, "update 1, refuse 1, unchanged 1");
  expect_reason (f, id, "refuse", "uid=ann,dc=example has the same userName, ann");
  town_remove (cid);

  /* Of two new ones who has several takes the other one, in any order. */
  town_add ("uid=dan|dora;mail=dora@example.org");
  town_add ("uid=dan;mail=dan@example.org");
  town_add ("uid=eve;mail=eve@example.org");
  town_add ("uid=eve|ewa;mail=ewa@example.org");
  expect_both (f, id, "create 4, unchanged 2");
  g_autofree char *dora = find_user_id (f, "dora");
  g_autofree char *ewa = find_user_id (f, "ewa");
  g_assert_nonnull (dora);
  g_assert_nonnull (ewa);

  /* One who is called otherwise here does as a new one would; and so with who left. */
  Entry *eves = town_find ("eve\newa");
  g_assert_nonnull (eves);
  town_set (eves, "uid", "dan|fay");
  town_remove (town_find ("eve"));
  town_add ("uid=eve|gil;mail=gil@example.org");
  expect_both (f, id, "create 1, rename 1, disable 1, unchanged 4");
  g_autofree char *fay = find_user_id (f, "fay");
  g_assert_cmpstr (fay, ==, ewa);
  g_autofree char *gil = find_user_id (f, "gil");
  g_assert_nonnull (gil);
  expect_both (f, id, "unchanged 7");

  /* The mailbox that is called as the user is. */
  set_directory (f, id, "{'mapping':{'userName':'uid'}}");
  town_add ("uid=dan|hal");
  expect_both (f, id, "create 1, unchanged 7");
  g_autofree char *hal = find_mailbox_id (f, "hal@example.org");
  g_assert_nonnull (hal);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  town_test ("/directory/claims/name-like-address", test_name_like_address);
  town_test ("/directory/claims/undone", test_undone);
  town_test ("/directory/claims/kept-free", test_kept_free);
  town_test ("/directory/claims/had-before", test_had_before);
  town_test ("/directory/claims/put-out-by-hand", test_put_out_by_hand);
  town_test ("/directory/claims/one-of-several", test_one_of_several);
  return g_test_run ();
}
