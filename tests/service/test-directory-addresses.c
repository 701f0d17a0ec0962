/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose addresses are: a run never makes two people get the mail of one.
 */
#include "directory-fixture.h"

#include <string.h>

#include "ms-txn.h"

#define MAPPING "'mapping':{'userName':'uid','mailbox':'mail','aliases':'proxyAddresses'}"

static void
expect_aliases (Fixture *f, const char *address, const char *aliases)
{
  g_autofree char *mailbox = find_mailbox_id (f, address);

  g_test_message ("%s", address);
  g_assert_nonnull (mailbox);
  assert_shown (f, "Mailbox", mailbox, "aliases", aliases);
}

static void
expect_remark (Fixture *f, const char *id, const char *status, const char *text)
{
  g_autoptr (JsonObject) rows = get_rows (f, id, status);
  g_autofree char *reason = pick (rows, "rows[0].reason");

  g_test_message ("%s", reason);
  g_assert_nonnull (reason);
  g_assert_nonnull (strstr (reason, text));
}

/* An old address that was kept is the new owner's: in a later run, and in the same. */
static void
test_yields (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  Entry           *ann = town_add ("uid=ann;mail=ann@example.org");
  Entry           *bob = town_add ("uid=bob;mail=bob@example.org");

  run_and_expect (f, id, "create 2");
  town_set (ann, "uid", "anne");
  town_set (ann, "mail", "anne@example.org");
  town_set (bob, "mail", "robert@example.org");
  run_and_expect (f, id, "update 1, rename 1");
  expect_aliases (f, "anne@example.org", "[\"ann@example.org\"]");
  expect_aliases (f, "robert@example.org", "[\"bob@example.org\"]");
  g_autofree char *before = digest (f);
  town_add ("uid=ann;mail=ann@example.org");
  run_and_expect (f, id, "create 1, unchanged 2");
  expect_remark (
      f, id, "create", "ann@example.org was taken from anne@example.org, which had it as an alias");
  expect_aliases (f, "anne@example.org", NULL);
  expect_aliases (f, "ann@example.org", NULL);
  run_and_expect (f, id, "unchanged 3");
  undo_directory (f, id);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  run_and_expect (f, id, "enable 1, unchanged 2");
  expect_aliases (f, "anne@example.org", NULL);

  /* The same of an address that somebody who is here already gets. */
  Entry *cid = town_add ("uid=cid;mail=cid@example.org");
  run_and_expect (f, id, "create 1, unchanged 3");
  town_set (cid, "mail", "bob@example.org");
  run_and_expect (f, id, "update 1, unchanged 3");
  expect_aliases (f, "robert@example.org", NULL);
  expect_aliases (f, "bob@example.org", "[\"cid@example.org\"]");

  /* In the same run, with the new one before or after. */
  town_set (cid, "mail", "cid2@example.org");
  town_add ("uid=dan;mail=bob@example.org");
  run_and_expect (f, id, "create 1, update 1, unchanged 3");
  expect_aliases (f, "cid2@example.org", "[\"cid@example.org\"]");
  expect_aliases (f, "bob@example.org", NULL);
  run_and_expect (f, id, "unchanged 5");
}

static void
test_circle (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  Entry           *people[30];

  for (guint i = 0; i < G_N_ELEMENTS (people); i++)
    {
      g_autofree char *text = g_strdup_printf ("uid=c%u;mail=c%u@example.org", i, i);
      people[i] = town_add (text);
    }
  run_and_expect (f, id, "create 30");
  /* A row: the first address stays with who had it. */
  for (guint i = 0; i < G_N_ELEMENTS (people); i++)
    {
      g_autofree char *uid = g_strdup_printf ("c%u", i + 1);
      g_autofree char *mail = g_strdup_printf ("c%u@example.org", i + 1);
      town_set (people[i], "uid", uid);
      town_set (people[i], "mail", mail);
    }
  g_autofree char *before = digest (f);
  run_and_expect (f, id, "rename 30");
  undo_directory (f, id);
  g_autofree char *undone = digest (f);
  g_assert_cmpstr (undone, ==, before);
  run_and_expect (f, id, "rename 30");
  expect_aliases (f, "c1@example.org", "[\"c0@example.org\"]");
  for (guint i = 2; i <= G_N_ELEMENTS (people); i++)
    {
      g_autofree char *mail = g_strdup_printf ("c%u@example.org", i);
      expect_aliases (f, mail, NULL);
    }
  run_and_expect (f, id, "unchanged 30");
  /* Two who change. */
  town_set (people[4], "uid", "c6");
  town_set (people[4], "mail", "c6@example.org");
  town_set (people[5], "uid", "c5");
  town_set (people[5], "mail", "c5@example.org");
  g_autofree char *apart = digest (f);
  run_and_expect (f, id, "rename 2, unchanged 28");
  undo_directory (f, id);
  g_autofree char *apart_again = digest (f);
  g_assert_cmpstr (apart_again, ==, apart);
  run_and_expect (f, id, "rename 2, unchanged 28");
  expect_aliases (f, "c5@example.org", NULL);
  expect_aliases (f, "c6@example.org", NULL);
}

/* The same where the address goes with the name. */
static void
test_circle_unmapped (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'mapping':{'userName':'uid'}");
  Entry           *ann = town_add ("uid=ann");
  Entry           *bob = town_add ("uid=bob");

  run_and_expect (f, id, "create 2");
  town_set (ann, "uid", "bob");
  town_set (bob, "uid", "ann");
  run_and_expect (f, id, "rename 2");
  expect_aliases (f, "ann@example.org", NULL);
  expect_aliases (f, "bob@example.org", NULL);
}

static void
test_aliases (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "," MAPPING);
  g_autofree char *dana = make_user (f, "dana");
  g_autofree char *danas = make_mailbox (f, "dana", dana, TRUE);
  Entry           *ann;

  change (f, "Mailbox", danas, "aliases", "[\"d@example.org\"]");
  ann = town_add ("uid=ann;mail=ann@example.org;proxyAddresses=smtp:dana@example.org|smtp:a@"
                  "example.org|smtp:d@example.org");
  run_and_expect (f, id, "create 1");
  expect_aliases (f, "ann@example.org", "[\"a@example.org\"]");
  expect_remark (f, id, "create", "dana@example.org is already an address of the Mailbox");
  expect_remark (f, id, "create", "d@example.org is already");
  run_and_expect (f, id, "unchanged 1");
  expect_remark (f, id, "unchanged", "dana@example.org is already an address of the Mailbox");
  expect_aliases (f, "dana@example.org", "[\"d@example.org\"]");
  /* Nor as the address itself. */
  town_set (ann, "proxyAddresses", NULL);
  run_and_expect (f, id, "update 1");
  town_add ("uid=d;mail=d@example.org");
  run_and_expect (f, id, "refuse 1, unchanged 1");
  expect_remark (f, id, "refuse", "d@example.org is already an address of the Mailbox");
  town_remove (town_find ("d"));
  town_set (ann, "mail", "d@example.org");
  run_and_expect (f, id, "refuse 1");
  /* Who is free of it does not lose it to the directory. */
  change (f, "Mailbox", danas, "aliases", "[]");
  run_and_expect (f, id, "update 1");
  expect_aliases (f, "d@example.org", "[\"ann@example.org\"]");
}

/* An alias goes from one to another, whoever comes first. */
static void
test_alias_moves (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "," MAPPING);
  Entry *ann = town_add ("uid=ann;mail=ann@example.org;proxyAddresses=smtp:a@example.org");
  Entry *bob = town_add ("uid=bob;mail=bob@example.org;proxyAddresses=smtp:b@example.org");

  run_and_expect (f, id, "create 2");
  town_set (ann, "proxyAddresses", "smtp:b@example.org");
  town_set (bob, "proxyAddresses", "smtp:c@example.org");
  run_and_expect (f, id, "update 2");
  expect_aliases (f, "ann@example.org", "[\"b@example.org\"]");
  expect_aliases (f, "bob@example.org", "[\"c@example.org\"]");
  run_and_expect (f, id, "unchanged 2");
  /* What is the address of one becomes the alias of the other. */
  town_set (ann, "proxyAddresses", "smtp:bob@example.org");
  town_set (bob, "mail", "robert@example.org");
  run_and_expect (f, id, "update 2");
  expect_aliases (f, "ann@example.org", "[\"bob@example.org\"]");
  expect_aliases (f, "robert@example.org", "[\"c@example.org\"]");
  run_and_expect (f, id, "unchanged 2");
  /* Both want it: who has it keeps it. */
  town_set (bob, "proxyAddresses", "smtp:c@example.org|smtp:bob@example.org");
  run_and_expect (f, id, "unchanged 2");
  expect_aliases (f, "robert@example.org", "[\"c@example.org\"]");
}

/* Two share one by what somebody here did: that one of them gives it up takes nothing from the
 * other. */
static void
test_shared_alias (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "," MAPPING);

  town_add ("uid=ann;mail=ann@example.org;proxyAddresses=smtp:a@example.org");
  town_add ("uid=bob;mail=bob@example.org;proxyAddresses=smtp:b@example.org");
  run_and_expect (f, id, "create 2");
  g_autofree char *bobs = find_mailbox_id (f, "bob@example.org");
  change (f, "Mailbox", bobs, "aliases", "[\"b@example.org\",\"a@example.org\"]");
  town_add ("uid=cid;mail=a@example.org");
  run_and_expect (f, id, "update 1, refuse 1, unchanged 1");
  expect_remark (f, id, "refuse", "a@example.org is already an address of the Mailbox");
  expect_aliases (f, "ann@example.org", "[\"a@example.org\"]");
  expect_aliases (f, "bob@example.org", "[\"b@example.org\"]");
}

/* An old address stays with who had it until somebody else really has it. */
static void
test_kept (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "," MAPPING);
  g_autofree char *local = make_user (f, "local");
  Entry           *ann = town_add ("uid=ann;mail=ann@example.org");
  Entry           *bob = town_add ("uid=bob;mail=bob@example.org");
  Entry           *cid = town_add ("uid=cid;mail=cid@example.org");
  Entry           *dan = town_add ("uid=dan;mail=dan@example.org");

  /* Whom a user here is in the way of. */
  run_and_expect (f, id, "create 4");
  town_set (ann, "uid", "anne");
  town_set (ann, "mail", "anne@example.org");
  Entry *wanting = town_add ("uid=local;mail=ann@example.org");
  run_and_expect (f, id, "rename 1, refuse 1, unchanged 3");
  expect_aliases (f, "anne@example.org", "[\"ann@example.org\"]");
  run_and_expect (f, id, "refuse 1, unchanged 4");
  expect_aliases (f, "anne@example.org", "[\"ann@example.org\"]");
  town_set (wanting, "uid", "other");
  run_and_expect (f, id, "create 1, unchanged 4");
  expect_remark (
      f, id, "create", "ann@example.org was taken from anne@example.org, which had it as an alias");
  expect_aliases (f, "anne@example.org", NULL);
  expect_aliases (f, "ann@example.org", NULL);

  /* Who would have it as an alias, and is refused for something else. */
  town_set (bob, "mail", "robert@example.org");
  wanting = town_add ("uid=w;mail=w@elsewhere.example;proxyAddresses=smtp:bob@example.org");
  run_and_expect (f, id, "update 1, refuse 1, unchanged 4");
  expect_aliases (f, "robert@example.org", "[\"bob@example.org\"]");
  town_set (wanting, "mail", "w@example.org");
  run_and_expect (f, id, "create 1, unchanged 5");
  expect_aliases (f, "robert@example.org", NULL);
  expect_aliases (f, "w@example.org", "[\"bob@example.org\"]");

  /* Somebody who is here already. */
  town_set (cid, "mail", "c@example.org");
  town_set (dan, "uid", "local");
  town_set (dan, "mail", "cid@example.org");
  run_and_expect (f, id, "update 1, refuse 1, unchanged 4");
  expect_aliases (f, "c@example.org", "[\"cid@example.org\"]");
  expect_aliases (f, "dan@example.org", NULL);
  town_set (dan, "uid", "dan");
  run_and_expect (f, id, "update 1, unchanged 5");
  expect_aliases (f, "c@example.org", NULL);
  expect_aliases (f, "cid@example.org", "[\"dan@example.org\"]");

  /* Who gets no mailbox. */
  set_directory (f, id, "{'createMailboxes':false}");
  town_set (dan, "mail", "dan2@example.org");
  town_add ("uid=eve;mail=cid@example.org");
  run_and_expect (f, id, "create 1, update 1, unchanged 5");
  expect_aliases (f, "dan2@example.org", "[\"dan@example.org\",\"cid@example.org\"]");
}

/* One who is refused breaks a circle: nobody loses anything to them. */
static void
test_broken_circle (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  Entry           *people[3];

  for (guint i = 0; i < G_N_ELEMENTS (people); i++)
    {
      g_autofree char *text = g_strdup_printf ("uid=c%u;mail=c%u@example.org", i, i);
      people[i] = town_add (text);
    }
  run_and_expect (f, id, "create 3");
  for (guint i = 0; i < G_N_ELEMENTS (people); i++)
    {
      g_autofree char *mail = g_strdup_printf ("c%u@example.org", (i + 1) % 3);
      town_set (people[i], "mail", mail);
    }
  town_add ("uid=c0;mail=c1@example.org"); /* both of that name are refused */
  run_and_expect (f, id, "refuse 4");
  for (guint i = 0; i < G_N_ELEMENTS (people); i++)
    {
      g_autofree char *mail = g_strdup_printf ("c%u@example.org", i);
      expect_aliases (f, mail, NULL);
    }
  town_remove (town.entries->pdata[3]);
  /* And the alias of a newcomer is no address. */
  town_add ("uid=d;mail=d@example.org");
  run_and_expect (f, id, "create 1, update 3");
  for (guint i = 0; i < G_N_ELEMENTS (people); i++)
    {
      g_autofree char *mail = g_strdup_printf ("c%u@example.org", i);
      expect_aliases (f, mail, NULL);
    }
  run_and_expect (f, id, "unchanged 4");
}

/* What the directory gives to somebody as their address is nobody's alias. */
static void
test_alias_of_owner (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "," MAPPING);
  Entry *ann = town_add ("uid=ann;mail=ann@example.org;proxyAddresses=smtp:bob@example.org");
  Entry *bob = town_add ("uid=bob;mail=bob@example.org");

  run_and_expect (f, id, "create 2");
  expect_remark (f,
                 id,
                 "create",
                 "Left out as an alias: in the directory bob@example.org is the address of the "
                 "mailbox of uid=bob,dc=example");
  expect_aliases (f, "ann@example.org", NULL);
  expect_aliases (f, "bob@example.org", NULL);
  town_set (bob, "uid", "robert");
  town_set (bob, "mail", "robert@example.org");
  town_set (ann, "proxyAddresses", "smtp:robert@example.org");
  run_and_expect (f, id, "rename 1, unchanged 1");
  expect_aliases (f, "ann@example.org", NULL);
  expect_aliases (f, "robert@example.org", "[\"bob@example.org\"]");
  run_and_expect (f, id, "unchanged 2");
}

/* An alias that the directory gave to somebody who left is for whom it gives it to now. */
static void
test_left (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'leaverLimit':100," MAPPING);
  Entry *ann = town_add ("uid=ann;mail=ann@example.org;proxyAddresses=smtp:sales@example.org");
  Entry *bob = town_add ("uid=bob;mail=bob@example.org;proxyAddresses=smtp:b@example.org|smtp:"
                         "c@example.org|smtp:d@example.org");

  town_add ("uid=cid;mail=cid@example.org");
  run_and_expect (f, id, "create 3");
  /* In the run in which they leave, as the address of a mailbox. */
  town_remove (ann);
  town_add ("uid=sales;mail=sales@example.org");
  g_autofree char *before = digest (f);
  run_and_expect (f, id, "create 1, disable 1, unchanged 2");
  expect_remark (f,
                 id,
                 "create",
                 "sales@example.org was taken from ann@example.org, which had it as an alias");
  expect_aliases (f, "ann@example.org", NULL);
  expect_aliases (f, "sales@example.org", NULL);
  undo_directory (f, id);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  run_and_expect (f, id, "disable 1, enable 1, unchanged 2");
  run_and_expect (f, id, "unchanged 4");

  /* Later, and as an alias; but not what somebody here gave them. */
  g_autofree char *bobs = find_mailbox_id (f, "bob@example.org");
  town_remove (bob);
  run_and_expect (f, id, "disable 1, unchanged 3");
  change (f, "Mailbox", bobs, "aliases", "[\"b@example.org\",\"c@example.org\"]");
  change (f,
          "Mailbox",
          bobs,
          "aliases",
          "[\"b@example.org\",\"c@example.org\",\"d@example.org\",\"e@example.org\"]");
  town_set (town_find ("cid"),
            "proxyAddresses",
            "smtp:c@example.org|smtp:d@example.org|smtp:e@example.org");
  run_and_expect (f, id, "update 1, unchanged 3");
  expect_aliases (f, "cid@example.org", "[\"c@example.org\"]");
  expect_aliases (f, "bob@example.org", "[\"b@example.org\",\"d@example.org\",\"e@example.org\"]");
  /* Who is kept keeps what they have, and so does everybody while it is unsure who left. */
  set_directory (f, id, "{'leavers':'keep'}");
  town_add ("uid=b;mail=b@example.org");
  run_and_expect (f, id, "refuse 1, unchanged 4");
  set_directory (f, id, "{'leavers':'disable'}");
  Entry *nobody = town_add ("uid=x;entryUUID=|");
  run_and_expect (f, id, "refuse 2, unchanged 4");
  town_remove (nobody);
  run_and_expect (f, id, "create 1, unchanged 4");
  expect_aliases (f, "bob@example.org", "[\"d@example.org\",\"e@example.org\"]");
}

#define LABELS "xn--bcher-kva.example"
#define LETTERS "bücher.example"

/* LDAP has domains with A-labels, the store as they were given to it. */
static void
test_spellings (Fixture *f, gconstpointer data)
{
  g_autofree char *domain = make (f, "Domain", "{'name':'" LETTERS "'}");
  g_autofree char *id = make_directory (f, "," MAPPING);
  g_autofree char *dana = make_user (f, "dana");
  g_autofree char *danas = make_mailbox (f, "dana", dana, TRUE);
  Entry           *ann = town_add ("uid=ann;mail=ann@" LABELS);

  change (f, "Mailbox", danas, "aliases", "[\"d@" LETTERS "\"]");
  run_and_expect (f, id, "create 1");
  expect_aliases (f, "ann@" LETTERS, NULL);
  /* What was kept is the successor's. */
  town_set (ann, "uid", "anne");
  town_set (ann, "mail", "anne@example.org");
  run_and_expect (f, id, "rename 1");
  expect_aliases (f, "anne@example.org", "[\"ann@" LETTERS "\"]");
  town_add ("uid=ann;mail=ann@" LABELS);
  run_and_expect (f, id, "create 1, unchanged 1");
  expect_aliases (f, "anne@example.org", NULL);
  expect_aliases (f, "ann@" LETTERS, NULL);
  /* An alias that is somebody else's is left out, and one of its own is none. */
  town_add ("uid=bob;mail=bob@example.org;proxyAddresses=smtp:d@" LABELS "|smtp:ann@" LABELS
            "|smtp:b@" LABELS);
  run_and_expect (f, id, "create 1, unchanged 2");
  expect_aliases (f, "bob@example.org", "[\"b@" LETTERS "\"]");
  run_and_expect (f, id, "unchanged 3");
}

/* So it shows who only looks what they would be here. */
static void
test_spellings_tried (Fixture *f, gconstpointer data)
{
  g_autofree char *domain = make (f, "Domain", "{'name':'" LETTERS "'}");
  g_autofree char *id = make_directory (f, "," MAPPING);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  town_add ("uid=ann;mail=ann@" LABELS ";proxyAddresses=smtp:a@" LABELS "|smtp:b@example.org");
  gboolean done = ms_service_try_directory (f->service, f->admin, id, NULL, 2, NULL, out, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  g_autoptr (JsonObject) answer = parse (out->str);
  assert_picked (answer, "entries[0].mailbox", "ann@" LETTERS);
  assert_picked (answer, "entries[0].aliases", "[\"a@" LETTERS "\",\"b@example.org\"]");
}

typedef struct
{
  const char *id;
  guint       all;
  guint       of_address;
} Histories;

static gboolean
read_histories (MsTxn *txn, gpointer user_data, GError **error)
{
  Histories *self = user_data;
  g_autoptr (GPtrArray) all = ms_txn_list_object_history (txn, self->id, 0, 1000, error);
  g_autoptr (GPtrArray) of_address
             = ms_txn_list_path_history (txn, self->id, "address", 0, 1000, error);

  g_assert_nonnull (all);
  g_assert_nonnull (of_address);
  self->all = all->len;
  self->of_address = of_address->len;
  return TRUE;
}

/* Whose own an address was is asked of what happened to the address, however much else did. */
static void
test_long_history (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "," MAPPING);
  Entry           *ann = town_add ("uid=ann;mail=ann@example.org");

  run_and_expect (f, id, "create 1");
  town_set (ann, "mail", "anne@example.org");
  run_and_expect (f, id, "update 1");
  g_autofree char *mailbox = find_mailbox_id (f, "anne@example.org");
  for (guint i = 0; i < 120; i++)
    {
      g_autofree char *text = g_strdup_printf ("\"%u \\\"path\\\":\\\"name\\\"\"", i);
      change (f, "Mailbox", mailbox, "description", text);
    }
  run_and_expect (f, id, "unchanged 1");
  expect_aliases (f, "anne@example.org", "[\"ann@example.org\"]");
  Histories histories = { .id = mailbox };
  g_assert_true (ms_store_read (f->store, read_histories, &histories, NULL, NULL));
  g_assert_cmpuint (histories.all, ==, 122);
  g_assert_cmpuint (histories.of_address, ==, 2);
}

/* Of two who have it, both give it up, one of them as the address of the mailbox; and though one is
 * refused, one run is enough. */
static void
test_given_up_by_two (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f, ",'mapping':{'userName':'uid','mailbox':'mail','aliases':'proxyAddresses'}");
  Entry           *one = town_add ("uid=n1;mail=n1@example.org;entryUUID=a");
  Entry           *two = town_add ("uid=n2;mail=s@example.org;entryUUID=b");
  g_autofree char *local = make_user (f, "taken");

  run_and_expect (f, id, "create 2");
  g_autofree char *mailbox = find_mailbox_id (f, "n1@example.org");
  change (f, "Mailbox", mailbox, "aliases", "[\"s@example.org\"]");
  town_set (one, "uid", "taken");
  town_set (two, "mail", "n2@example.org");
  town_add ("uid=n3;mail=s@example.org;entryUUID=c");
  run_and_expect (f, id, "create 1, update 1, refuse 1");
  expect_recipients (f, "s@example.org", "s@example.org");
  run_and_expect (f, id, "refuse 1, unchanged 2");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  town_test ("/directory/addresses/yields", test_yields);
  town_test ("/directory/addresses/circle", test_circle);
  town_test ("/directory/addresses/circle-unmapped", test_circle_unmapped);
  town_test ("/directory/addresses/aliases", test_aliases);
  town_test ("/directory/addresses/alias-moves", test_alias_moves);
  town_test ("/directory/addresses/shared-alias", test_shared_alias);
  town_test ("/directory/addresses/long-history", test_long_history);
  town_test ("/directory/addresses/kept", test_kept);
  town_test ("/directory/addresses/broken-circle", test_broken_circle);
  town_test ("/directory/addresses/alias-of-owner", test_alias_of_owner);
  town_test ("/directory/addresses/left", test_left);
  town_test ("/directory/addresses/spellings", test_spellings);
  town_test ("/directory/addresses/spellings-tried", test_spellings_tried);
  town_test ("/directory/addresses/given-up-by-two", test_given_up_by_two);
  return g_test_run ();
}
