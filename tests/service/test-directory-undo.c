/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * After an undo the next run does what it would have done without the run that was undone.
 */
#include "directory-fixture.h"

static guint
count_binned (Fixture *f)
{
  g_autoptr (GHashTable) bin = describe_bin (f);

  return g_hash_table_size (bin);
}

/* Who was made and undone comes out of the bin, with all that others know them by: no second one is
 * made. */
static void
test_make (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");

  town_add ("uid=ann;mail=ann@example.org");
  run_and_expect (f, id, "create 1");
  g_autofree char *user = find_user_id (f, "ann");
  g_autofree char *mailbox = find_mailbox_id (f, "ann@example.org");
  for (guint i = 0; i < 2; i++)
    {
      undo_directory (f, id);
      g_assert_false (is_there (f, "User", user));
      run_and_expect (f, id, "enable 1");
      g_assert_true (is_there (f, "User", user));
      g_assert_true (is_there (f, "Mailbox", mailbox));
      g_assert_cmpuint (count_binned (f), ==, 0);
      run_and_expect (f, id, "unchanged 1");
    }
  /* Nobody else who was made with them. */
  town_add ("uid=bob");
  town_remove (town_find ("ann"));
  set_directory (f, id, "{'leavers':'delete','leaverLimit':100}");
  run_and_expect (f, id, "create 1, delete 1");
  town_add ("uid=ann;mail=ann@example.org;entryUUID=b");
  town_add ("uid=cid");
  run_and_expect (f, id, "create 2, unchanged 1");
  undo_directory (f, id);
  town_remove (town_find ("ann"));
  run_and_expect (f, id, "enable 1, unchanged 1");
  g_autofree char *none = find_user_id (f, "ann");
  g_assert_null (none);
}

/* Deleted, brought back, and that undone: as it was once deleted. */
static void
test_bring_back (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'leavers':'delete'");

  town_add ("uid=bob");
  town_add ("uid=ann;mail=ann@example.org;entryUUID=a");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "ann");
  town_remove (town_find ("ann"));
  run_and_expect (f, id, "delete 1, unchanged 1");
  town_add ("uid=ann;mail=ann@example.org;entryUUID=a");
  run_and_expect (f, id, "enable 1, unchanged 1");
  undo_directory (f, id);
  g_assert_false (is_there (f, "User", user));
  run_and_expect (f, id, "enable 1, unchanged 1");
  g_assert_true (is_there (f, "User", user));

  /* What somebody here deleted is none of a run's, also where they brought it back in between. */
  drop (f, "User", user, NULL);
  gint64 dropped = last_sequence (f);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) back = undo (f, dropped, &error);
  g_assert_no_error (error);
  g_assert_true (is_there (f, "User", user));
  g_autoptr (MsOutcome) away = undo (f, last_sequence (f), &error);
  g_assert_no_error (error);
  g_assert_false (is_there (f, "User", user));
  run_and_expect (f, id, "create 1, unchanged 1");
  g_assert_false (is_there (f, "User", user));
}

/* Who was enabled by a run that was undone is enabled by the next one; not who was disabled here.
 */
static void
test_enable (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'activeFilter':'(!(disabled=*))'");
  Entry           *ann = town_add ("uid=ann");
  g_autoptr (GError) error = NULL;

  town_add ("uid=bob");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "ann");
  g_autofree char *other = find_user_id (f, "bob");
  town_set (ann, "disabled", "yes");
  run_and_expect (f, id, "disable 1, unchanged 1");
  town_set (ann, "disabled", NULL);
  run_and_expect (f, id, "enable 1, unchanged 1");
  undo_directory (f, id);
  assert_shown (f, "User", user, "active", "false");
  g_autoptr (JsonObject) rehearsed = run_directory (f, id, MS_DIRECTORY_REHEARSE, FALSE);
  expect_counts (rehearsed, "enable 1, unchanged 1");
  run_and_expect (f, id, "enable 1, unchanged 1");
  assert_shown (f, "User", user, "active", "true");

  /* An undo that was undone. */
  town_set (ann, "disabled", "yes");
  run_and_expect (f, id, "disable 1, unchanged 1");
  g_autoptr (MsOutcome) first = undo (f, last_sequence (f), &error);
  g_assert_no_error (error);
  assert_shown (f, "User", user, "active", "true");
  g_autoptr (MsOutcome) second = undo (f, last_sequence (f), &error);
  g_assert_no_error (error);
  assert_shown (f, "User", user, "active", "false");
  town_set (ann, "disabled", NULL);
  run_and_expect (f, id, "enable 1, unchanged 1");

  change (f, "User", other, "active", "false");
  change (f, "User", other, "active", "true");
  g_autoptr (MsOutcome) third = undo (f, last_sequence (f), &error);
  g_assert_no_error (error);
  assert_shown (f, "User", other, "active", "false");
  run_and_expect (f, id, "unchanged 2");
  assert_shown (f, "User", other, "active", "false");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  town_test ("/directory/undo/make", test_make);
  town_test ("/directory/undo/bring-back", test_bring_back);
  town_test ("/directory/undo/enable", test_enable);
  return g_test_run ();
}
