/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who left, was put into the bin and is in the directory again: with what was theirs, as far as
 * nobody else has it by now.
 */
#include "directory-fixture.h"

#include <string.h>

#define LEAVERS ",'leavers':'delete','leaverLimit':100"

/* @text: (nullable): nothing is told */
static void
expect_remark (Fixture *f, const char *id, const char *status, const char *text)
{
  g_autoptr (JsonObject) rows = get_rows (f, id, status);
  g_autofree char *reason = pick (rows, "rows[0].reason");

  g_test_message ("%s", reason);
  if (text == NULL)
    g_assert_null (reason);
  else
    g_assert_true (reason != NULL && strstr (reason, text) != NULL);
}

/* Of the one who comes back: what becomes otherwise, from what to what. */
static void
expect_changes (Fixture *f, const char *id, const char *changes)
{
  g_autoptr (JsonObject) rows = get_rows (f, id, "enable");
  JsonArray *list = json_object_get_array_member (
      json_array_get_object_element (json_object_get_array_member (rows, "rows"), 0), "changes");
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject      *change = json_array_get_object_element (list, i);
      g_autofree char *field = pick (change, "field");
      g_autofree char *before = pick (change, "before");
      g_autofree char *after = pick (change, "after");
      g_string_append_printf (text, "%s %s %s\n", field, before, after);
    }
  g_assert_cmpstr (text->str, ==, changes);
}

/* The address was given to somebody else as an alias. */
static void
test_address (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, LEAVERS);
  Entry           *lea = town_add ("uid=lea;mail=lea@example.org");

  town_add ("uid=bob;mail=bob@example.org");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "lea");
  g_autofree char *mailbox = find_mailbox_id (f, "lea@example.org");
  g_autofree char *bobs = find_mailbox_id (f, "bob@example.org");
  g_ptr_array_remove (town.entries, g_hash_table_ref (lea));
  run_and_expect (f, id, "delete 1, unchanged 1");
  change (f, "Mailbox", bobs, "aliases", "[\"lea@example.org\"]");
  g_ptr_array_add (town.entries, lea);
  g_autoptr (JsonObject) rehearsed = run_directory (f, id, MS_DIRECTORY_REHEARSE, FALSE);
  expect_counts (rehearsed, "refuse 1, unchanged 1");
  g_autofree char *before = digest (f);
  run_and_expect (f, id, "refuse 1, unchanged 1");
  expect_remark (f, id, "refuse", "lea@example.org is already an address of the Mailbox “bob”");
  expect_recipients (f, "lea@example.org", "bob@example.org");
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  g_assert_false (is_there (f, "User", user));

  /* Under another name and address: without the one of before. */
  town_set (lea, "uid", "lena");
  town_set (lea, "mail", "lena@example.org");
  run_and_expect (f, id, "enable 1, unchanged 1");
  expect_changes (f, id, "userName lea lena\nmailbox lea@example.org lena@example.org\n");
  expect_remark (f, id, "enable", "Not kept as an alias: lea@example.org is already");
  expect_recipients (f, "lea@example.org", "bob@example.org");
  expect_recipients (f, "lena@example.org", "lena@example.org");
  assert_shown (f, "User", user, "userName", "lena");
  assert_shown (f, "Mailbox", mailbox, "address", "lena@example.org");
  run_and_expect (f, id, "unchanged 2");

  /* Where nobody has it, it stays. */
  g_ptr_array_remove (town.entries, g_hash_table_ref (lea));
  run_and_expect (f, id, "delete 1, unchanged 1");
  town_set (lea, "mail", "lenz@example.org");
  g_ptr_array_add (town.entries, lea);
  run_and_expect (f, id, "enable 1, unchanged 1");
  expect_remark (f, id, "enable", NULL);
  expect_recipients (f, "lena@example.org", "lenz@example.org");
}

/* The alias is a successor's, by the mapping; and those of the leaver are left out one by one. */
static void
test_aliases (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f, LEAVERS ",'mapping':{'userName':'uid','mailbox':'mail','aliases':'proxyAddresses'}");
  Entry *lea = town_add (
      "uid=lea;mail=lea@example.org;proxyAddresses=smtp:l1@example.org|smtp:l2@example.org");
  Entry *sue = town_add ("uid=sue;mail=sue@example.org");

  run_and_expect (f, id, "create 2");
  g_ptr_array_remove (town.entries, g_hash_table_ref (lea));
  run_and_expect (f, id, "delete 1, unchanged 1");
  town_set (sue, "proxyAddresses", "smtp:lea@example.org|smtp:l1@example.org");
  run_and_expect (f, id, "update 1");
  g_ptr_array_add (town.entries, lea);
  run_and_expect (f, id, "refuse 1, unchanged 1");
  expect_remark (f, id, "refuse", "lea@example.org is already an address of the Mailbox “sue”");
  expect_recipients (f, "lea@example.org", "sue@example.org");
  town_set (sue, "proxyAddresses", "smtp:l1@example.org");
  run_and_expect (f, id, "update 1, enable 1");
  expect_remark (f, id, "enable", "Left out as an alias: l1@example.org is already");
  expect_recipients (f, "lea@example.org", "lea@example.org");
  expect_recipients (f, "l1@example.org", "sue@example.org");
  expect_recipients (f, "l2@example.org", "lea@example.org");
}

/* The second mailbox, and its aliases. */
static void
test_second (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, LEAVERS);
  Entry           *two = town_add ("uid=two;mail=two@example.org");

  town_add ("uid=bob;mail=bob@example.org");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "two");
  g_autofree char *bobs = find_mailbox_id (f, "bob@example.org");
  g_autofree char *second = make_mailbox (f, "two-b", user, FALSE);
  g_autofree char *third = make_mailbox (f, "two-c", user, FALSE);
  g_autofree char *fourth = make_mailbox (f, "two-d", user, FALSE);
  change (f, "Mailbox", third, "aliases", "[\"two-e@example.org\",\"two-f@example.org\"]");
  g_ptr_array_remove (town.entries, g_hash_table_ref (two));
  run_and_expect (f, id, "delete 1, unchanged 1");
  g_assert_false (is_there (f, "Mailbox", third));
  change (f, "Mailbox", bobs, "aliases", "[\"two-b@example.org\",\"two-e@example.org\"]");
  g_autofree char *other = make_mailbox (f, "two-d", NULL, FALSE);
  g_ptr_array_add (town.entries, two);
  run_and_expect (f, id, "enable 1, unchanged 1");
  expect_remark (
      f, id, "enable", "two-b@example.org stays in the bin: two-b@example.org is already");
  expect_remark (f, id, "enable", "two-d@example.org stays in the bin: ");
  expect_remark (f, id, "enable", "alias of two-c@example.org: two-e@example.org is already");
  expect_recipients (f, "two@example.org", "two@example.org");
  expect_recipients (f, "two-b@example.org", "bob@example.org");
  expect_recipients (f, "two-c@example.org", "two-c@example.org");
  expect_recipients (f, "two-d@example.org", "two-d@example.org");
  expect_recipients (f, "two-e@example.org", "bob@example.org");
  expect_recipients (f, "two-f@example.org", "two-c@example.org");
  assert_shown (f, "Mailbox", third, "owner.value", user);
  g_assert_false (is_there (f, "Mailbox", second));
  g_assert_false (is_there (f, "Mailbox", fourth));
  assert_shown (f, "Mailbox", other, "owner", NULL);
  run_and_expect (f, id, "unchanged 2");

  /* What stayed can be had by hand once it is free. */
  change (f, "Mailbox", bobs, "aliases", "[]");
  g_autofree char *body = g_strdup_printf ("{'ids':['%s']}", second);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) back = try_verb (f, NULL, MS_VERB_RESTORE, NULL, NULL, body, &error);
  g_assert_no_error (error);
  assert_shown (f, "Mailbox", second, "owner.value", user);
}

/* A newcomer has the address, or the name too, and somebody else comes back. */
static void
test_newcomer (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, LEAVERS);
  Entry           *one = town_add ("uid=f1;mail=f1@example.org");

  town_add ("uid=bob;mail=bob@example.org");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "f1");
  g_autofree char *mailbox = find_mailbox_id (f, "f1@example.org");
  g_ptr_array_remove (town.entries, g_hash_table_ref (one));
  run_and_expect (f, id, "delete 1, unchanged 1");
  Entry *two = town_add ("uid=f2;mail=f1@example.org");
  run_and_expect (f, id, "create 1, unchanged 1");
  g_autofree char *others = find_mailbox_id (f, "f1@example.org");

  /* As before: what is in the way has a name. */
  g_ptr_array_add (town.entries, one);
  g_autofree char *before = digest (f);
  run_and_expect (f, id, "refuse 1, unchanged 2");
  expect_remark (f, id, "refuse", "The mailbox f1@example.org is in the bin and cannot come back");
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);

  town_set (one, "mail", "f1r@example.org");
  run_and_expect (f, id, "enable 1, unchanged 2");
  expect_changes (f, id, "mailbox f1@example.org f1r@example.org\n");
  expect_remark (
      f, id, "enable", "Not kept as an alias: address “f1@example.org” is in use already");
  assert_shown (f, "User", user, "userName", "f1");
  assert_shown (f, "Mailbox", mailbox, "address", "f1r@example.org");
  assert_shown (f, "Mailbox", mailbox, "owner.value", user);
  assert_shown (f, "Mailbox", mailbox, "primary", "true");
  expect_recipients (f, "f1@example.org", "f1@example.org");
  assert_shown (f, "Mailbox", others, "address", "f1@example.org");
  run_and_expect (f, id, "unchanged 3");

  /* The name too. */
  g_ptr_array_remove (town.entries, g_hash_table_ref (one));
  run_and_expect (f, id, "delete 1, unchanged 2");
  town_set (two, "uid", "f1");
  town_set (two, "mail", "f1r@example.org");
  run_and_expect (f, id, "rename 1, unchanged 1");
  g_ptr_array_add (town.entries, one);
  town_set (one, "mail", "f3@example.org");
  g_autofree char *then = digest (f);
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  expect_counts (last, "refuse 2, unchanged 1"); /* two entries of one name */
  town_set (one, "uid", "f3");
  run_and_expect (f, id, "enable 1, unchanged 2");
  expect_changes (f, id, "userName f1 f3\nmailbox f1r@example.org f3@example.org\n");
  assert_shown (f, "User", user, "userName", "f3");
  assert_shown (f, "Mailbox", mailbox, "address", "f3@example.org");
  assert_shown (f, "Mailbox", mailbox, "owner.value", user);
  run_and_expect (f, id, "unchanged 3");
  undo_directory (f, id);
  run_and_expect (f, id, "enable 1, unchanged 2");
  assert_shown (f, "Mailbox", mailbox, "address", "f3@example.org");
}

/* Somebody here has the name: the row says who. */
static void
test_name (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, LEAVERS);
  Entry           *one = town_add ("uid=f1;mail=f1@example.org");

  town_add ("uid=bob;mail=bob@example.org");
  run_and_expect (f, id, "create 2");
  g_ptr_array_remove (town.entries, g_hash_table_ref (one));
  run_and_expect (f, id, "delete 1, unchanged 1");
  g_autofree char *local = make_user (f, "f1");
  g_ptr_array_add (town.entries, one);
  run_and_expect (f, id, "refuse 1, unchanged 1");
  expect_remark (f, id, "refuse", "f1 is in the bin and cannot come back: ");
  g_autoptr (JsonObject) rows = get_rows (f, id, "refuse");
  assert_picked (rows, "rows[0].field", "userName");
}

/* The user comes and goes: as often as it is told, they are disabled or not. The entry may be gone
 * already, and is kept then. */
static void
leave_and_return (Fixture *f, const char *id, Entry *entry)
{
  if (g_ptr_array_find (town.entries, entry, NULL))
    g_ptr_array_remove (town.entries, g_hash_table_ref (entry));
  run_and_expect (f, id, "delete 1, unchanged 1");
  g_ptr_array_add (town.entries, entry);
  run_and_expect (f, id, "enable 1, unchanged 1");
}

/* Undoes the last run, and that. */
static void
undo_twice (Fixture *f, const char *id)
{
  g_autoptr (GError) error = NULL;

  undo_directory (f, id);
  g_autoptr (MsOutcome) back = undo (f, last_sequence (f), &error);
  g_assert_no_error (error);
}

/* Who was disabled by somebody here comes out of the bin disabled, and stays so. */
static void
test_disabled_here (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, LEAVERS);
  Entry           *ann = town_add ("uid=ann;mail=ann@example.org");

  town_add ("uid=bob;mail=bob@example.org");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "ann");
  change (f, "User", user, "active", "false");
  leave_and_return (f, id, ann);
  assert_shown (f, "User", user, "active", "false");
  run_and_expect (f, id, "unchanged 2");
  assert_shown (f, "User", user, "active", "false");

  leave_and_return (f, id, ann);
  undo_twice (f, id);
  assert_shown (f, "User", user, "active", "false");
  run_and_expect (f, id, "unchanged 2");
  assert_shown (f, "User", user, "active", "false");
}

/* Who was by a run is enabled by the very run that brings them back. */
static void
test_disabled_by_run (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, LEAVERS ",'activeFilter':'(!(disabled=*))'");
  Entry           *ann = town_add ("uid=ann;mail=ann@example.org");

  town_add ("uid=bob;mail=bob@example.org");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "ann");
  town_set (ann, "disabled", "yes");
  run_and_expect (f, id, "disable 1, unchanged 1");
  g_ptr_array_remove (town.entries, g_hash_table_ref (ann));
  run_and_expect (f, id, "delete 1, unchanged 1");
  town_set (ann, "disabled", NULL);
  g_ptr_array_add (town.entries, ann);
  run_and_expect (f, id, "enable 1, unchanged 1");
  assert_shown (f, "User", user, "active", "true");
  run_and_expect (f, id, "unchanged 2");

  /* The same of a leaver. */
  set_directory (f, id, "{'leavers':'disable'}");
  g_ptr_array_remove (town.entries, g_hash_table_ref (ann));
  run_and_expect (f, id, "disable 1, unchanged 1");
  set_directory (f, id, "{'leavers':'delete'}");
  leave_and_return (f, id, ann);
  assert_shown (f, "User", user, "active", "true");
  undo_twice (f, id);
  run_and_expect (f, id, "unchanged 2");
  assert_shown (f, "User", user, "active", "true");
}

/* Undoes the last run, where something cannot come back. */
static void
undo_partly (Fixture *f, const char *id)
{
  g_autoptr (GError) error = NULL;
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  operation->job = ms_service_get_directory_job (f->service, f->admin, id, &error);
  g_assert_no_error (error);
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  g_assert_no_error (error);
}

/* An undo brought the user back without the mailbox, whose address is somebody's: that one comes
 * under the new address, and no empty one in its place. */
static void
test_mailbox_left (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, LEAVERS);
  Entry           *lea = town_add ("uid=lea;mail=lea@example.org");

  town_add ("uid=bob;mail=bob@example.org");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "lea");
  g_autofree char *mailbox = find_mailbox_id (f, "lea@example.org");
  g_autofree char *bobs = find_mailbox_id (f, "bob@example.org");
  g_ptr_array_remove (town.entries, g_hash_table_ref (lea));
  run_and_expect (f, id, "delete 1, unchanged 1");
  change (f, "Mailbox", bobs, "aliases", "[\"lea@example.org\"]");
  undo_partly (f, id);
  g_assert_true (is_there (f, "User", user));
  g_assert_false (is_there (f, "Mailbox", mailbox));

  /* In vain as long as the directory says that address. */
  g_ptr_array_add (town.entries, lea);
  run_and_expect (f, id, "refuse 1, unchanged 1");
  expect_remark (f, id, "refuse", "lea@example.org is already an address of the Mailbox “bob”");
  expect_recipients (f, "lea@example.org", "bob@example.org");

  town_set (lea, "mail", "leb@example.org");
  g_autofree char *before = digest (f);
  g_autoptr (JsonObject) rehearsed = run_directory (f, id, MS_DIRECTORY_REHEARSE, FALSE);
  expect_counts (rehearsed, "update 1, unchanged 1");
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  run_and_expect (f, id, "update 1, unchanged 1");
  expect_remark (f, id, "update", "Their mailbox lea@example.org comes out of the bin");
  assert_shown (f, "Mailbox", mailbox, "address", "leb@example.org");
  assert_shown (f, "Mailbox", mailbox, "owner.value", user);
  assert_shown (f, "Mailbox", mailbox, "primary", "true");
  expect_recipients (f, "lea@example.org", "bob@example.org");
  run_and_expect (f, id, "unchanged 2");
  undo_directory (f, id);
  g_assert_false (is_there (f, "Mailbox", mailbox));
  g_assert_true (is_there (f, "User", user));
  run_and_expect (f, id, "update 1, unchanged 1");
  assert_shown (f, "Mailbox", mailbox, "address", "leb@example.org");
}

/* A run made it for who was here, and was undone: the same again, not a second one. Where somebody
 * here put it into the bin they get a new one, and the row says so. */
static void
test_mailbox_alone (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'createMailboxes':false");

  town_add ("uid=ann;mail=ann@example.org");
  run_and_expect (f, id, "create 1");
  set_directory (f, id, "{'createMailboxes':true}");
  run_and_expect (f, id, "update 1");
  expect_remark (f, id, "update", NULL);
  g_autofree char *mailbox = find_mailbox_id (f, "ann@example.org");
  undo_directory (f, id);
  g_assert_false (is_there (f, "Mailbox", mailbox));
  run_and_expect (f, id, "update 1");
  g_assert_true (is_there (f, "Mailbox", mailbox));

  drop (f, "Mailbox", mailbox, NULL);
  run_and_expect (f, id, "update 1");
  expect_remark (f, id, "update", "Their mailbox ann@example.org is in the bin");
  g_autofree char *other = find_mailbox_id (f, "ann@example.org");
  g_assert_cmpstr (other, !=, mailbox);
  g_assert_false (is_there (f, "Mailbox", mailbox));
  run_and_expect (f, id, "unchanged 1");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  town_test ("/directory/return/address", test_address);
  town_test ("/directory/return/aliases", test_aliases);
  town_test ("/directory/return/second", test_second);
  town_test ("/directory/return/newcomer", test_newcomer);
  town_test ("/directory/return/name", test_name);
  town_test ("/directory/return/disabled-here", test_disabled_here);
  town_test ("/directory/return/disabled-by-run", test_disabled_by_run);
  town_test ("/directory/return/mailbox-left", test_mailbox_left);
  town_test ("/directory/return/mailbox-alone", test_mailbox_alone);
  return g_test_run ();
}
