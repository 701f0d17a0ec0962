/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A rehearsal tells what the run then does, also of those who wait for what others give up.
 */
#include "directory-fixture.h"

#define MAPPING "'mapping':{'userName':'uid','mailbox':'mail','aliases':'proxyAddresses'}"
#define ACTIVE "'activeFilter':'(!(disabled=*))'"

/* (transfer full): of each what is done to whom, as the rows tell it. @exactly: and what changes,
 * or for what they are refused */
static char *
describe_rows (Fixture *f, const char *id, gboolean exactly)
{
  g_autoptr (JsonObject) answer = get_rows (f, id, NULL);
  JsonArray *rows = json_object_get_array_member (answer, "rows");
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (rows); i++)
    {
      JsonObject      *row = json_array_get_object_element (rows, i);
      g_autofree char *status = pick (row, "status");
      g_autofree char *dn = pick (row, "dn");
      g_autofree char *field = pick (row, "field");
      g_autofree char *changes = pick (row, "changes");
      g_string_append_printf (text, "%s %s", status, dn);
      if (exactly)
        g_string_append_printf (text, " %s %s", field, changes);
      g_string_append_c (text, '\n');
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
compare_with_run (Fixture *f, const char *id, const char *counts, gboolean exactly)
{
  g_autofree char *before = digest (f);
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_REHEARSE, TRUE);
  g_autofree char *foretold = describe_rows (f, id, exactly);
  g_autofree char *after = digest (f);

  g_test_message ("%s", foretold);
  g_assert_cmpstr (after, ==, before);
  assert_picked (last, "result", "done");
  expect_counts (last, counts);
  run_and_expect (f, id, counts);
  g_autofree char *done = describe_rows (f, id, exactly);
  g_assert_cmpstr (done, ==, foretold);
}

static void
rehearse_and_run (Fixture *f, const char *id, const char *counts)
{
  compare_with_run (f, id, counts, TRUE);
}

/* By what differs, and whether they are disabled there. */
static void
test_waits (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "," ACTIVE);
  Entry           *ann = town_add ("uid=ann;mail=ann@example.org");
  Entry           *bob = town_add ("uid=bob;mail=bob@example.org");

  run_and_expect (f, id, "create 2");
  town_set (ann, "mail", "bob@example.org");
  town_set (bob, "mail", "b@example.org");
  rehearse_and_run (f, id, "update 2");
  town_set (ann, "disabled", "yes");
  town_set (ann, "mail", "b@example.org");
  town_set (bob, "mail", "bb@example.org");
  rehearse_and_run (f, id, "update 1, disable 1");
  town_set (ann, "disabled", NULL);
  town_set (ann, "mail", "bb@example.org");
  town_set (bob, "mail", "bbb@example.org");
  rehearse_and_run (f, id, "update 1, enable 1");
  town_set (ann, "uid", "bob");
  town_set (ann, "cn", "Ann");
  town_set (bob, "uid", "bobby");
  rehearse_and_run (f, id, "rename 2");
  /* Somebody new. */
  town_set (bob, "uid", "b");
  town_set (bob, "mail", "bo@example.org");
  town_add ("uid=bobby;mail=bbb@example.org;cn=Bobby");
  rehearse_and_run (f, id, "create 1, rename 1, unchanged 1");
}

/* In vain, where those are refused. */
static void
test_in_vain (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "," ACTIVE);
  g_autofree char *local = make_user (f, "local");
  Entry           *ann = town_add ("uid=ann;mail=ann@example.org");
  Entry           *bob = town_add ("uid=bob;mail=bob@example.org");
  Entry           *cid = town_add ("uid=cid;mail=cid@example.org");

  run_and_expect (f, id, "create 3");
  town_set (ann, "mail", "bob@example.org");
  town_set (bob, "mail", "cid@example.org");
  town_set (cid, "mail", "cid@elsewhere.example");
  Entry *dan = town_add ("uid=dan;mail=ann@example.org");
  rehearse_and_run (f, id, "refuse 4");
  /* Whoever is disabled is put out all the same, and gives nothing up. */
  town_set (bob, "disabled", "yes");
  rehearse_and_run (f, id, "disable 1, refuse 3");
  town_set (cid, "mail", "cid2@example.org");
  rehearse_and_run (f, id, "create 1, update 3");
  /* Somebody new who is called as one who stays. */
  town_set (dan, "uid", "local");
  town_set (dan, "mail", "d@example.org");
  town_add ("uid=dan;mail=ann@example.org");
  rehearse_and_run (f, id, "refuse 2, unchanged 3");
}

/* What nobody gives up is in the way besides. */
static void
test_besides (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "," ACTIVE);
  g_autofree char *local = make_user (f, "local");
  g_autofree char *mailbox = make_mailbox (f, "local", local, TRUE);
  Entry           *ann = town_add ("uid=ann;mail=ann@example.org");
  Entry           *bob = town_add ("uid=bob;mail=bob@example.org");
  Entry           *cid = town_add ("uid=cid;mail=cid@example.org");

  run_and_expect (f, id, "create 3");
  town_set (ann, "uid", "a");
  town_set (ann, "mail", "a@example.org");
  town_set (bob, "uid", "ann");
  town_set (bob, "mail", "local@example.org");
  town_set (cid, "uid", "local");
  town_set (cid, "mail", "ann@example.org");
  town_add ("uid=bob;mail=dan@example.org");
  rehearse_and_run (f, id, "rename 1, refuse 3");
  town_set (ann, "uid", "b");
  town_add ("uid=a;mail=local@example.org");
  rehearse_and_run (f, id, "rename 1, refuse 4");
}

/* Two who change, where one of them cannot. */
static void
test_circle (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "," ACTIVE);
  Entry           *ann = town_add ("uid=ann;mail=ann@example.org");
  Entry           *bob = town_add ("uid=bob;mail=bob@example.org");
  Entry           *cid = town_add ("uid=cid;mail=cid@example.org");

  run_and_expect (f, id, "create 3");
  town_set (ann, "uid", "bob");
  town_set (ann, "mail", "bob@example.org");
  town_set (bob, "uid", "ann");
  town_set (bob, "mail", "ann@example.org");
  town_set (bob, "disabled", "yes");
  /* And one who waits for those. */
  town_set (cid, "uid", "cc");
  Entry *dan = town_add ("uid=cid;mail=dan@example.org");
  rehearse_and_run (f, id, "create 1, rename 2, disable 1");
  town_set (ann, "uid", "ann");
  town_set (ann, "mail", "ann@elsewhere.example");
  town_set (bob, "uid", "bob");
  town_set (bob, "mail", "bob@example.org");
  town_set (bob, "disabled", NULL);
  rehearse_and_run (f, id, "refuse 2, unchanged 2");
  town_set (ann, "mail", "ann@example.org");
  town_set (ann, "uid", "cc");
  town_set (cid, "uid", "cid");
  town_set (dan, "uid", "bob");
  town_set (bob, "uid", "!bytes:ff00");
  rehearse_and_run (f, id, "refuse 4");
}

#define PEOPLE 12
#define SPARE 4 /* names that nobody has at first */
#define ROUNDS 15

static int
any (int end)
{
  return g_test_rand_int_range (0, end);
}

/* Names are given up and taken again, one after the other, so that there are no circles. @names:
 * (inout): of the people, then those that are free */
static void
move_names (int *names)
{
  for (int i = any (2 * PEOPLE); i > 0; i--)
    {
      int who = any (PEOPLE);
      int free = PEOPLE + any (SPARE);
      int kept = names[who];
      names[who] = names[free];
      names[free] = kept;
    }
  for (int i = 0; i < PEOPLE; i++)
    {
      Entry           *entry = town.entries->pdata[i];
      g_autofree char *uid = g_strdup_printf ("p%d", names[i]);
      g_autofree char *mail = g_strdup_printf ("p%d@example.org", names[i]);
      town_set (entry, "uid", uid);
      town_set (entry, "mail", mail);
      town_set (entry, "disabled", i > 0 && any (6) == 0 ? "yes" : NULL);
    }
}

/* Everybody is as the directory has it. */
static void
settle (Fixture *f, const char *id)
{
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, TRUE);

  assert_picked (last, "reason", NULL);
  assert_picked (last, "counts.refuse", "0");
}

/* Who moves from name to name, and waits for whom, and in vain. */
static void
test_random (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'leavers':'delete','leaverLimit':100," ACTIVE);
  g_autofree char *local = make_user (f, "local");
  int              names[PEOPLE + SPARE];

  for (int i = 0; i < PEOPLE + SPARE; i++)
    names[i] = i;
  for (int i = 0; i < PEOPLE; i++)
    {
      g_autofree char *text = g_strdup_printf ("uid=p%d;mail=p%d@example.org", i, i);
      town_add (text);
    }
  settle (f, id);
  for (int round = 0; round < ROUNDS; round++)
    {
      move_names (names);
      for (int i = any (3); i > 0; i--)
        {
          gboolean is_name = any (2) == 0;
          Entry   *broken = town.entries->pdata[any (PEOPLE)];
          town_set (broken, is_name ? "uid" : "mail", is_name ? "local" : "p@elsewhere.example");
        }
      Entry *more = NULL;
      if (any (2) == 0)
        {
          int              name = names[any (PEOPLE + SPARE)];
          g_autofree char *text = g_strdup_printf ("uid=q%d;mail=p%d@example.org", round, name);
          more = town_add (text);
        }
      g_autoptr (JsonObject) rehearsed = run_directory (f, id, MS_DIRECTORY_REHEARSE, TRUE);
      g_autofree char *foretold = describe_rows (f, id, FALSE);
      g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, TRUE);
      g_autofree char *done = describe_rows (f, id, FALSE);
      assert_picked (rehearsed, "result", "done");
      assert_picked (last, "result", "done");
      g_assert_cmpstr (done, ==, foretold);
      if (more != NULL)
        town_remove (more);
      move_names (names);
      settle (f, id);
    }
}

/* Who gives up the name keeps the address: whoever wants both gets neither, also where they come
 * first. */
static void
test_keeps_address (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  Entry           *bob = town_add ("uid=bob;mail=bob@example.org");
  Entry           *ann = town_add ("uid=ann;mail=ann@example.org");

  run_and_expect (f, id, "create 2");
  town_set (ann, "uid", "cid");
  town_set (bob, "uid", "ann");
  town_set (bob, "mail", "ann@example.org");
  /* The rehearsal tells of the name, which is in the way first. */
  compare_with_run (f, id, "rename 1, refuse 1", FALSE);
  expect_recipients (f, "ann@example.org", "ann@example.org");
  expect_recipients (f, "bob@example.org", "bob@example.org");
  town_set (bob, "mail", "bob@example.org");
  rehearse_and_run (f, id, "rename 1, unchanged 1");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  town_test ("/directory/rehearsal/waits", test_waits);
  town_test ("/directory/rehearsal/in-vain", test_in_vain);
  town_test ("/directory/rehearsal/besides", test_besides);
  town_test ("/directory/rehearsal/circle", test_circle);
  town_test ("/directory/rehearsal/random", test_random);
  town_test ("/directory/rehearsal/keeps-address", test_keeps_address);
  return g_test_run ();
}
