/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * People of an outside directory as users: who is made, changed, renamed, disabled, comes back, and
 * who is refused. The directory is one in memory.
 */
#include "directory-fixture.h"

#include <string.h>

#include "ms-txn.h"

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

static void
test_update (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f,
      ",'mapping':{'userName':'uid','displayName':'cn','title':'title','department':'ou',"
      "'phoneNumbers.value':'telephoneNumber','mailbox':'mail','quota':'mailQuota'}");

  Entry *ann = town_add ("uid=ann;cn=Ann;mail=ann@example.org;title=Cook;ou=Kitchen;mailQuota=1000;"
                         "telephoneNumber=1|2");
  run_and_expect (f, id, "create 1");
  g_autofree char *user = find_user_id (f, "ann");
  g_autofree char *mailbox = find_mailbox_id (f, "ann@example.org");
  assert_shown (f, "User", user, MS_URN_ENTERPRISE ":department", "Kitchen");
  assert_shown (f, "User", user, "phoneNumbers[1].value", "2");
  assert_shown (f, "Mailbox", mailbox, "quota", "1000");

  /* What nothing maps is left as it is, what is mapped is the directory's. */
  change (f, "User", user, "nickName", "\"Annie\"");
  change (f, "User", user, "title", "\"Queen\"");
  change (f, "Mailbox", mailbox, "description", "\"Letters\"");
  town_set (ann, "ou", NULL);
  town_set (ann, "telephoneNumber", "3");
  town_set (ann, "mailQuota", NULL);
  run_and_expect (f, id, "update 1");
  assert_shown (f, "User", user, "nickName", "Annie");
  assert_shown (f, "User", user, "title", "Cook");
  assert_shown (f, "User", user, MS_URN_ENTERPRISE ":department", NULL);
  assert_shown (f, "User", user, "phoneNumbers[0].value", "3");
  assert_shown (f, "User", user, "phoneNumbers[1].value", NULL);
  assert_shown (f, "Mailbox", mailbox, "quota", NULL);
  assert_shown (f, "Mailbox", mailbox, "description", "Letters");
  g_autoptr (JsonObject) rows = get_rows (f, id, "update");
  assert_picked (rows, "total", "1");
  assert_picked (rows, "rows[0].userName", "ann");
  assert_picked (rows, "rows[0].dn", "uid=ann,dc=example");
  run_and_expect (f, id, "unchanged 1");

  /* Never what an object must have: without a user name the entry is refused. */
  town_set (ann, "uid", NULL);
  run_and_expect (f, id, "refuse 1");
  assert_shown (f, "User", user, "userName", "ann");
  g_autoptr (JsonObject) refused = get_rows (f, id, "refuse");
  assert_picked (refused, "rows[0].field", "userName");
  /* An address that is gone there stays. */
  town_set (ann, "uid", "ann");
  town_set (ann, "mail", NULL);
  run_and_expect (f, id, "unchanged 1");
  assert_shown (f, "Mailbox", mailbox, "address", "ann@example.org");
}

/* Of several values what somebody here said of one stays, and their order is of no matter. */
static void
test_elements (Fixture *f, gconstpointer data)
{
  g_autofree char *id
      = make_directory (f,
                        ",'mapping':{'userName':'uid','phoneNumbers.value':'telephoneNumber',"
                        "'allowedNetworks':'ipHostNumber'}");

  Entry *ann = town_add ("uid=ann;telephoneNumber=1|2;ipHostNumber=192.0.2.0/24|10.0.0.0/8");
  run_and_expect (f, id, "create 1");
  g_autofree char *user = find_user_id (f, "ann");
  change (f,
          "User",
          user,
          "phoneNumbers",
          "[{\"value\":\"2\",\"type\":\"home\",\"display\":\"Mum\"},"
          "{\"value\":\"1\",\"type\":\"work\",\"primary\":true}]");
  run_and_expect (f, id, "unchanged 1");
  town_set (ann, "ipHostNumber", "10.0.0.0/8|192.0.2.0/24");
  run_and_expect (f, id, "unchanged 1");
  town_set (ann, "telephoneNumber", "1|3|2");
  run_and_expect (f, id, "update 1");
  assert_shown (f, "User", user, "phoneNumbers[0].value", "2");
  assert_shown (f, "User", user, "phoneNumbers[0].type", "home");
  assert_shown (f, "User", user, "phoneNumbers[0].display", "Mum");
  assert_shown (f, "User", user, "phoneNumbers[1].primary", "true");
  assert_shown (f, "User", user, "phoneNumbers[2].value", "3");
  assert_shown (f, "User", user, "phoneNumbers[2].type", "work");
  town_set (ann, "telephoneNumber", "3|2");
  run_and_expect (f, id, "update 1");
  assert_shown (f, "User", user, "phoneNumbers[0].display", "Mum");
  assert_shown (f, "User", user, "phoneNumbers[1].value", "3");
  assert_shown (f, "User", user, "phoneNumbers[2].value", NULL);
  run_and_expect (f, id, "unchanged 1");
}

/* As many values as nobody has refuse the entry, by name. */
static void
test_many_values (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *there;
    const char *field;
  } cases[] = {
    { "uid", "userName" },           { "mail", "mailbox" },
    { "proxyAddresses", "aliases" }, { "telephoneNumber", "phoneNumbers.value" },
    { "cn", "displayName" },
  };
  g_autofree char *id = make_directory (
      f,
      ",'mapping':{'userName':'uid','displayName':'cn','phoneNumbers.value':'telephoneNumber',"
      "'mailbox':'mail','aliases':'proxyAddresses'}");
  g_autoptr (GString) many = g_string_new ("v0@example.org");

  for (guint i = 1; i < 1000; i++)
    g_string_append_printf (many, "|v%u@example.org", i);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Entry           *entry = town_add ("uid=ann;mail=ann@example.org");
      g_autofree char *more = g_strconcat (many->str, "|v1000@example.org", NULL);
      g_test_message ("%s", cases[i].there);
      town_set (entry, cases[i].there, more);
      run_and_expect (f, id, "refuse 1");
      g_autoptr (JsonObject) rows = get_rows (f, id, "refuse");
      assert_picked (rows, "rows[0].field", cases[i].field);
      g_autofree char *reason = pick (rows, "rows[0].reason");
      g_assert_nonnull (strstr (reason, "has 1001 values, and 1000 at most are taken"));
      town_remove (entry);
    }
  Entry *entry = town_add ("uid=ann;mail=ann@example.org");
  town_set (entry, "telephoneNumber", many->str);
  run_and_expect (f, id, "create 1");
  run_and_expect (f, id, "unchanged 1");
}

static void
test_rename (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");

  Entry *ann = town_add ("uid=ann;mail=ann@example.org");
  run_and_expect (f, id, "create 1");
  g_autofree char *user = find_user_id (f, "ann");
  g_autofree char *mailbox = find_mailbox_id (f, "ann@example.org");
  g_autofree char *before = digest (f);
  town_set (ann, "uid", "anne");
  town_set (ann, "mail", "Anne@example.org");
  run_and_expect (f, id, "rename 1");
  assert_shown (f, "User", user, "userName", "anne");
  assert_shown (f, "Mailbox", mailbox, "address", "Anne@example.org");
  assert_shown (f, "Mailbox", mailbox, "aliases", "[\"ann@example.org\"]");
  run_and_expect (f, id, "unchanged 1");
  undo_directory (f, id);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* Where nothing says what the address is, it goes with the name. */
static void
test_rename_unmapped (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'mapping':{'userName':'uid'}");

  Entry *ann = town_add ("uid=ann");
  Entry *bob = town_add ("uid=bob");
  run_and_expect (f, id, "create 2");
  g_autofree char *anns = find_mailbox_id (f, "ann@example.org");
  g_autofree char *bobs = find_mailbox_id (f, "bob@example.org");
  change (f, "Mailbox", bobs, "name", "\"robert\"");
  town_set (ann, "uid", "anne");
  town_set (bob, "uid", "rob");
  run_and_expect (f, id, "rename 2");
  assert_shown (f, "Mailbox", anns, "address", "anne@example.org");
  assert_shown (f, "Mailbox", anns, "aliases", "[\"ann@example.org\"]");
  assert_shown (f, "Mailbox", bobs, "address", "robert@example.org");
  run_and_expect (f, id, "unchanged 2");
}

static void
test_aliases (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f, ",'mapping':{'userName':'uid','mailbox':'mail','aliases':'proxyAddresses'}");

  Entry *ann = town_add ("uid=ann;mail=ann@example.org;proxyAddresses="
                         "SMTP:ann@example.org|smtp:a.bell@example.org|X500:/o=x|sip:ann@x|bell");
  run_and_expect (f, id, "create 1");
  g_autofree char *mailbox = find_mailbox_id (f, "ann@example.org");
  assert_shown (f, "Mailbox", mailbox, "aliases", "[\"a.bell@example.org\",\"bell@example.org\"]");
  run_and_expect (f, id, "unchanged 1");
  /* What somebody added goes, and what they took away comes back. */
  change (f, "Mailbox", mailbox, "aliases", "[\"other@example.org\",\"bell@example.org\"]");
  run_and_expect (f, id, "update 1");
  assert_shown (f, "Mailbox", mailbox, "aliases", "[\"bell@example.org\",\"a.bell@example.org\"]");
  /* But an address that was its own stays, and is not brought back where somebody took it away. */
  town_set (ann, "mail", "anne@example.org");
  town_set (ann, "proxyAddresses", "smtp:bell@example.org");
  run_and_expect (f, id, "update 1");
  assert_shown (f, "Mailbox", mailbox, "aliases", "[\"bell@example.org\",\"ann@example.org\"]");
  run_and_expect (f, id, "unchanged 1");
  change (f, "Mailbox", mailbox, "aliases", "[\"bell@example.org\"]");
  run_and_expect (f, id, "unchanged 1");
}

static void
test_active (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'activeFilter':'(!(disabled=*))'");

  Entry *ann = town_add ("uid=ann");
  Entry *bob = town_add ("uid=bob");
  town_add ("uid=cid;disabled=yes");
  run_and_expect (f, id, "create 2, unchanged 1");
  g_autofree char *user = find_user_id (f, "ann");
  g_autofree char *other = find_user_id (f, "bob");
  g_autofree char *nobody = find_user_id (f, "cid");
  g_assert_null (nobody);
  g_autoptr (JsonObject) rows = get_rows (f, id, "unchanged");
  assert_picked (rows, "total", "1");
  assert_picked (rows, "rows[0].userName", "cid");

  town_set (ann, "disabled", "yes");
  run_and_expect (f, id, "disable 1, unchanged 2");
  assert_shown (f, "User", user, "active", "false");
  run_and_expect (f, id, "unchanged 3");
  town_set (ann, "disabled", NULL);
  run_and_expect (f, id, "enable 1, unchanged 2");
  assert_shown (f, "User", user, "active", "true");
  /* Whom somebody here disabled stays so, and is changed all the same. */
  change (f, "User", other, "active", "false");
  run_and_expect (f, id, "unchanged 3");
  town_set (bob, "cn", "Bob");
  run_and_expect (f, id, "update 1, unchanged 2");
  assert_shown (f, "User", other, "active", "false");
  assert_shown (f, "User", other, "displayName", "Bob");
  /* An entry of which nothing can be made still puts out who is disabled there. */
  town_set (ann, "mail", "no address");
  run_and_expect (f, id, "refuse 1, unchanged 2");
  town_set (ann, "disabled", "yes");
  run_and_expect (f, id, "disable 1, unchanged 2");
  assert_shown (f, "User", user, "active", "false");
  g_autoptr (JsonObject) put_out = get_rows (f, id, "disable");
  assert_picked (put_out, "rows[0].field", "mailbox");
  run_and_expect (f, id, "refuse 1, unchanged 2");
}

/* Of whatever kind the fault of the entry is: also one that only the store finds. */
static void
test_put_out (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *there;
    const char *value;
    const char *field;
  } cases[] = {
    { "mail", "ann@elsewhere.example", "domain" },
    { "mail", "bob@example.org", "address" },
    { "uid", "bob", "userName" },
    { "uid", "cid", "userName" },
    { "title", "!bytes:ff00", "title" },
    { "title", NULL, "title" }, /* too long */
  };
  g_autofree char *cid = make_user (f, "cid");
  g_autofree char *id = make_directory (f, ",'activeFilter':'(!(disabled=*))'");
  g_autofree char *much = g_strnfill (100000, 'x');

  Entry *ann = town_add ("uid=ann;mail=ann@example.org;title=Cook");
  town_add ("uid=bob;mail=bob@example.org");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "ann");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *key = g_ascii_strdown (cases[i].there, -1);
      g_autofree char *old = g_strdup (g_hash_table_lookup (ann, key));
      g_test_message ("%s %s", cases[i].there, cases[i].value);
      town_set (ann, cases[i].there, cases[i].value != NULL ? cases[i].value : much);
      town_set (ann, "disabled", "yes");
      for (guint mode = 0; mode < 2; mode++)
        {
          g_autoptr (JsonObject) last = run_directory (f, id, (MsDirectoryMode) mode, FALSE);
          assert_picked (last, "result", "done");
          g_autoptr (JsonObject) rows = get_rows (f, id, "disable");
          assert_picked (rows, "total", "1");
          g_autofree char *field = pick (rows, "rows[0].field");
          g_assert_cmpstr (field, ==, cases[i].field);
        }
      assert_shown (f, "User", user, "active", "false");
      assert_shown (f, "User", user, "userName", "ann");
      g_autoptr (JsonObject) again = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
      g_autoptr (JsonObject) refused = get_rows (f, id, "refuse");
      g_autofree char *field = pick (refused, "rows[0].field");
      g_assert_cmpstr (field, ==, cases[i].field);
      town_set (ann, cases[i].there, old);
      town_set (ann, "disabled", NULL);
      run_and_expect (f, id, "enable 1, unchanged 1");
    }
}

static void
test_leavers (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  Entry           *ann = town_add ("uid=ann;mail=ann@example.org");

  town_add ("uid=bob");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "ann");
  g_autofree char *mailbox = find_mailbox_id (f, "ann@example.org");
  g_autofree char *uuid = g_strdup (g_hash_table_lookup (ann, "entryuuid"));
  town_remove (ann);
  run_and_expect (f, id, "disable 1, unchanged 1");
  assert_shown (f, "User", user, "active", "false");
  g_autoptr (JsonObject) rows = get_rows (f, id, "disable");
  assert_picked (rows, "rows[0].userName", "ann");
  assert_picked (rows, "rows[0].dn", "null");
  run_and_expect (f, id, "unchanged 2");

  g_autofree char *again = g_strdup_printf ("uid=ann;mail=ann@example.org;entryUUID=%s", uuid);
  ann = town_add (again);
  run_and_expect (f, id, "enable 1, unchanged 1");
  assert_shown (f, "User", user, "active", "true");

  set_directory (f, id, "{'leavers':'keep'}");
  town_remove (ann);
  run_and_expect (f, id, "unchanged 2");
  assert_shown (f, "User", user, "active", "true");

  g_autofree char *before = digest (f);
  set_directory (f, id, "{'leavers':'delete'}");
  g_autofree char *with_leavers = digest (f);
  run_and_expect (f, id, "delete 1, unchanged 1");
  g_assert_false (is_there (f, "User", user));
  g_assert_false (is_there (f, "Mailbox", mailbox));
  undo_directory (f, id);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, with_leavers);
  run_and_expect (f, id, "delete 1, unchanged 1");

  /* Whom a run put into the bin comes out of it with the mailbox. */
  ann = town_add (again);
  town_set (ann, "cn", "Ann again");
  run_and_expect (f, id, "enable 1, unchanged 1");
  assert_shown (f, "User", user, "displayName", "Ann again");
  assert_shown (f, "Mailbox", mailbox, "owner.value", user);
  run_and_expect (f, id, "unchanged 2");
  /* Whom somebody deleted is another matter. */
  drop (f, "User", user, NULL);
  run_and_expect (f, id, "create 1, unchanged 1");
  g_assert_false (is_there (f, "User", user));
}

/* Whom somebody here put out stays so, also by way of the bin. */
static void
test_put_out_by_hand (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'leavers':'delete'");
  Entry           *ann = town_add ("uid=ann;mail=ann@example.org");

  town_add ("uid=bob");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "ann");
  g_autofree char *uuid = g_strdup (g_hash_table_lookup (ann, "entryuuid"));
  change (f, "User", user, "active", "false");
  run_and_expect (f, id, "unchanged 2");
  town_remove (ann);
  run_and_expect (f, id, "delete 1, unchanged 1");
  g_autofree char *again = g_strdup_printf ("uid=ann;mail=ann@example.org;entryUUID=%s", uuid);
  town_add (again);
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  assert_picked (last, "result", "done");
  assert_shown (f, "User", user, "active", "false");
}

static void
test_adopt (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *mailbox = make_mailbox (f, "ann", ann, TRUE);
  g_autofree char *boss = make_user (f, "boss");

  change (f, "User", boss, MS_URN_EXT_USER ":role", "\"auditor\"");
  town_add ("uid=ann;cn=Ann;mail=ann@example.org");
  town_add ("uid=boss");
  g_autofree char *before = digest (f);
  run_and_expect (f, id, "refuse 2");
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  g_autoptr (JsonObject) rows = get_rows (f, id, "refuse");
  assert_picked (rows, "rows[0].field", "userName");
  g_autofree char *reason = pick (rows, "rows[0].reason");
  g_assert_nonnull (strstr (reason, "adopt"));

  set_directory (f, id, "{'adopt':true}");
  run_and_expect (f, id, "update 1, refuse 1");
  assert_shown (f, "User", ann, "displayName", "Ann");
  assert_shown (f, "Mailbox", mailbox, "owner.value", ann);
  run_and_expect (f, id, "refuse 1, unchanged 1");
  /* Who comes from one directory is not another one's. */
  g_autofree char *other = make_directory (f, ",'name':'other','adopt':true");
  run_and_expect (f, other, "refuse 2");
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *entries[2];
    const char *field;
    const char *counts;
  } cases[] = {
    { { "uid=two;mail=two@example.org", "uid=TWO;mail=three@example.org" },
      "userName",
      "refuse 2" },
    { { "uid=a;entryUUID=1", "uid=b;entryUUID=1" }, "identity", "refuse 2" },
    { { "uid=a;entryUUID=1|2", "uid=b" }, "identity", "create 1, refuse 1" },
    { { "cn=nobody", "uid=b" }, "userName", "create 1, refuse 1" },
    { { "uid=a\xe2\x80\x8b"
        "b",
        "uid=b" },
      "userName",
      "create 1, refuse 1" },
    { { "uid=a;mail=a@elsewhere.example", "uid=b" }, "mailbox.domain", "create 1, refuse 1" },
    { { "uid=a;mail=a b@example.org", "uid=b" }, "mailbox", "create 1, refuse 1" },
    { { "uid=a;cn=!bytes:ff00", "uid=b" }, "displayName", "create 1, refuse 1" },
    { { "uid=a;mail=same@example.org", "uid=b;mail=same@example.org" },
      "mailbox.address",
      "create 1, refuse 1" },
  };
  g_autofree char *id = make_directory (f, "");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *before = digest (f);
      g_test_message ("%s", cases[i].entries[0]);
      g_ptr_array_set_size (town.entries, 0);
      town_add (cases[i].entries[0]);
      town_add (cases[i].entries[1]);
      for (guint mode = 0; mode < 2; mode++)
        {
          g_autoptr (JsonObject) last = run_directory (f, id, (MsDirectoryMode) mode, FALSE);
          assert_picked (last, "result", "done");
          /* Each row of a rehearsal is by itself. */
          if (mode == MS_DIRECTORY_RUN || i + 1 < G_N_ELEMENTS (cases))
            expect_counts (last, cases[i].counts);
          g_autoptr (JsonObject) rows = get_rows (f, id, "refuse");
          assert_picked (rows, "rows[0].field", cases[i].field);
        }
      if (strstr (cases[i].counts, "create") != NULL)
        undo_directory (f, id);
      g_autofree char *after = digest (f);
      g_assert_cmpstr (after, ==, before);
    }
}

/* Of what could be no user name the row still says what is there, in one line and not all of it. */
static void
test_no_name (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autofree char *filler = g_strnfill (1000, 'x');
  g_autofree char *text = g_strdup_printf ("uid=%s\ty;mail=b@example.org", filler);

  town_add ("uid=a\tb;mail=a@example.org");
  town_add (text);
  run_and_expect (f, id, "refuse 2");
  g_autoptr (JsonObject) rows = get_rows (f, id, "refuse");
  assert_picked (rows, "rows[0].field", "userName");
  assert_picked (rows, "rows[0].userName", "a b");
  g_autofree char *cut = pick (rows, "rows[1].userName");
  g_assert_true (g_str_has_prefix (cut, "xxx"));
  g_assert_cmpuint (strlen (cut), <=, 260);
}

typedef struct
{
  const char *id;
  char       *hash;
} HashReading;

static gboolean
read_hash_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  HashReading *self = user_data;

  self->hash = ms_txn_get_secret (txn, self->id, "password", error);
  return TRUE;
}

static char *
read_hash (Fixture *f, const char *user_id)
{
  HashReading reading = { user_id, NULL };

  g_assert_true (ms_store_read (f->store, read_hash_in_txn, &reading, NULL, NULL));
  return reading.hash;
}

static void
test_passwords (Fixture *f, gconstpointer data)
{
  static const char first[] = "{SSHA}D3fvKk+uXfMHuMBXZq9pVGmvzMtNHy4dbX2NGg==";
  static const char second[] = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";
  g_autofree char  *id
      = make_directory (f, ",'mapping':{'userName':'uid','passwordHash':'userPassword'}");
  g_autofree char *text = g_strdup_printf ("uid=ann;userPassword=%s", first);

  g_ptr_array_set_size (town.entries, 0);
  Entry *ann = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_ptr_array_add (town.entries, ann);
  town_set (ann, "uid", "ann");
  town_set (ann, "entryUUID", "0194fdc2-fa2f-7fcc-81d3-ff12045b73c8");
  town_set (ann, "userPassword", first);
  run_and_expect (f, id, "create 1");
  g_autofree char *user = find_user_id (f, "ann");
  g_autofree char *hash = read_hash (f, user);
  g_assert_cmpstr (hash, ==, first);
  run_and_expect (f, id, "unchanged 1");

  town_set (ann, "userPassword", second);
  run_and_expect (f, id, "update 1");
  g_autofree char *changed = read_hash (f, user);
  g_assert_cmpstr (changed, ==, second);
  g_autoptr (GString) rows = g_string_new (NULL);
  g_assert_true (
      ms_service_list_directory_rows (f->service, f->admin, id, NULL, 0, 100, rows, NULL));
  g_assert_null (strstr (rows->str, second));
  g_assert_nonnull (strstr (rows->str, "\"secret\":true"));

  /* One of a kind that is not taken leaves the password alone, and so does none. */
  town_set (ann, "userPassword", "{CLEARTEXT}letmein");
  run_and_expect (f, id, "unchanged 1");
  g_autoptr (JsonObject) told = get_rows (f, id, "unchanged");
  g_autofree char *reason = pick (told, "rows[0].reason");
  g_assert_nonnull (strstr (reason, "password"));
  g_assert_null (strstr (reason, "letmein"));
  town_set (ann, "userPassword", NULL);
  run_and_expect (f, id, "unchanged 1");
  g_autofree char *kept = read_hash (f, user);
  g_assert_cmpstr (kept, ==, second);

  /* Who has a role keeps what was set here. */
  change (f, "User", user, MS_URN_EXT_USER ":role", "\"administrator\"");
  town_set (ann, "userPassword", first);
  run_and_expect (f, id, "unchanged 1");
  g_autofree char *still = read_hash (f, user);
  g_assert_cmpstr (still, ==, second);
}

/* Not even where nothing was set here: the directory would give an administrator a password. */
static void
test_password_of_a_role (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  Entry           *ann = town_add ("uid=ann");

  run_and_expect (f, id, "create 1");
  g_autofree char *user = find_user_id (f, "ann");
  change (f, "User", user, MS_URN_EXT_USER ":role", "\"administrator\"");
  town_set (ann, "userPassword", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=");
  set_directory (f, id, "{'mapping':{'userName':'uid','passwordHash':'userPassword'}}");
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  assert_picked (last, "result", "done");
  g_autofree char *hash = read_hash (f, user);
  g_assert_null (hash);
}

/* Nor whom the template makes one. */
static void
test_password_of_a_template (Fixture *f, gconstpointer data)
{
  g_autofree char *template = make (f, "Template", "{'name':'boss','role':'auditor'}");
  g_autofree char *more = g_strdup_printf (
      ",'template':'%s','mapping':{'userName':'uid','passwordHash':'userPassword'}", template);
  g_autofree char *id = make_directory (f, more);

  town_add ("uid=ann;userPassword={SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=");
  run_and_expect (f, id, "create 1");
  g_autofree char *user = find_user_id (f, "ann");
  assert_shown (f, "User", user, MS_URN_EXT_USER ":role", "auditor");
  g_autofree char *hash = read_hash (f, user);
  g_assert_null (hash);
  g_autoptr (JsonObject) rows = get_rows (f, id, "create");
  g_autofree char *row = pick (rows, "rows[0]");
  g_assert_nonnull (strstr (row, "Who has a role"));
  g_assert_null (strstr (row, "passwordHash"));
  run_and_expect (f, id, "unchanged 1");
  /* Who has none gets it. */
  change (f, "User", user, MS_URN_EXT_USER ":role", "\"none\"");
  run_and_expect (f, id, "update 1");
}

/* A password that is overwritten is gone for good, so taking somebody over leaves it alone. */
static void
test_adopted_password (Fixture *f, gconstpointer data)
{
  static const char theirs[] = "{SSHA}D3fvKk+uXfMHuMBXZq9pVGmvzMtNHy4dbX2NGg==";
  g_autofree char  *id = make_directory (
      f,
      ",'adopt':true,'mapping':{'userName':'uid','passwordHash':'userPassword','title':'title'}");
  g_autofree char *ann = make (f, "User", "{'userName':'ann','password':'Xy7-kkLw-22'}");
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *before = read_hash (f, ann);

  for (guint i = 0; i < 2; i++)
    {
      Entry *entry = town_add (i == 0 ? "uid=ann;title=Cook" : "uid=bob");
      town_set (entry, "userPassword", theirs);
    }
  g_assert_nonnull (before);
  run_and_expect (f, id, "update 2");
  g_autofree char *kept = read_hash (f, ann);
  g_assert_cmpstr (kept, ==, before);
  g_autoptr (JsonObject) rows = get_rows (f, id, "update");
  g_autofree char *reason = pick (rows, "rows[0].reason");
  g_assert_nonnull (strstr (reason, "password"));
  /* Who had none gets it. */
  g_autofree char *got = read_hash (f, bob);
  g_assert_cmpstr (got, ==, theirs);
  /* Nor does a later run take it. */
  run_and_expect (f, id, "unchanged 2");
  town_set (town_find ("ann"), "title", "Baker");
  run_and_expect (f, id, "update 1, unchanged 1");
  g_autofree char *still = read_hash (f, ann);
  g_assert_cmpstr (still, ==, before);
  /* What a run has set is the directory's. */
  town_set (town_find ("bob"), "userPassword", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=");
  run_and_expect (f, id, "update 1, unchanged 1");
}

static void
test_identities (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *attribute;
    const char *value;
    const char *expected;
  } cases[] = {
    { "objectGUID",
      "!bytes:33221100554477668899aabbccddeeff",
      "00112233-4455-6677-8899-aabbccddeeff" },
    { "someBinary",
      "!bytes:00112233445566778899aabbccddeeff",
      "00112233-4455-6677-8899-aabbccddeeff" },
    { "entryUUID", "0194FDC2-FA2F-7FCC-81D3-FF12045B73C8", "0194fdc2-fa2f-7fcc-81d3-ff12045b73c8" },
    { "nsUniqueId", "66446001-1dd211b2-8a6c0000-12345678", "66446001-1dd211b2-8a6c0000-12345678" },
    { "employeeNumber", "Nr 7", "Nr 7" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *more
          = g_strdup_printf (",'name':'d%u','identity':'%s'", i, cases[i].attribute);
      g_autofree char *id = make_directory (f, more);
      g_autofree char *entry
          = g_strdup_printf ("uid=u%u;%s=%s", i, cases[i].attribute, cases[i].value);
      g_autofree char *name = g_strdup_printf ("u%u", i);
      g_autofree char *client = g_strdup_printf ("directory:%s", id);
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) out = g_string_new (NULL);
      char        *attributes[] = { (char *) "externalIds", NULL };
      MsProjection projection = { attributes, NULL };

      g_ptr_array_set_size (town.entries, 0);
      town_add (entry);
      run_and_expect (f, id, "create 1");
      g_autofree char *user = find_user_id (f, name);
      g_assert_true (ms_service_get (f->service,
                                     f->admin,
                                     fixture_type (f, "User"),
                                     user,
                                     &projection,
                                     "",
                                     out,
                                     NULL,
                                     &error));
      g_autoptr (JsonObject) shown = parse (out->str);
      assert_picked (shown, "externalIds[0].client", client);
      assert_picked (shown, "externalIds[0].value", cases[i].expected);
    }
}

/* Where here is one value, the order of several there is of no matter. */
static void
test_several_values (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'adopt':true");
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *bobs = make_mailbox (f, "bob", bob, TRUE);

  Entry *ann = town_add ("uid=ann|anna;mail=ann@example.org|a.bell@example.org;title=Cook|Baker");
  town_add ("uid=bob;mail=b@example.org|BOB@example.org;title=Smith");
  run_and_expect (f, id, "create 1, update 1");
  assert_shown (f, "Mailbox", bobs, "address", "bob@example.org");
  g_autofree char *user = find_user_id (f, "ann");
  g_autofree char *mailbox = find_mailbox_id (f, "ann@example.org");
  town_set (ann, "uid", "anna|ann");
  town_set (ann, "mail", "a.bell@example.org|no address|ann@example.org");
  town_set (ann, "title", "Baker|Cook");
  run_and_expect (f, id, "unchanged 2");
  assert_shown (f, "User", user, "title", "Cook");
  /* Else the first. */
  town_set (ann, "uid", "anna|anne");
  town_set (ann, "mail", "a.bell@example.org|anna@example.org");
  town_set (ann, "title", "Baker|Boss");
  run_and_expect (f, id, "rename 1, unchanged 1");
  assert_shown (f, "User", user, "userName", "anna");
  assert_shown (f, "User", user, "title", "Baker");
  assert_shown (f, "Mailbox", mailbox, "address", "a.bell@example.org");
}

/* The same of names that others have. */
static void
test_several_names (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'activeFilter':'(!(disabled=*))'");
  g_autofree char *local = make_user (f, "local");
  g_autofree char *boss = make_user (f, "boss");

  Entry *ann = town_add ("uid=ann|anna");
  Entry *bob = town_add ("uid=bob|robert");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "ann");
  g_autofree char *other = find_user_id (f, "bob");
  /* It is not what comes first that two have in common, but what they have here. */
  town_set (ann, "uid", "x|ann");
  town_set (bob, "uid", "x|bob");
  run_and_expect (f, id, "unchanged 2");
  Entry *cid = town_add ("uid=x");
  run_and_expect (f, id, "create 1, unchanged 2");
  town_set (cid, "uid", "ann");
  run_and_expect (f, id, "refuse 2, unchanged 1");
  g_autoptr (JsonObject) rows = get_rows (f, id, "refuse");
  assert_picked (rows, "rows[0].field", "userName");
  /* Who is disabled there is put out for all that. */
  town_set (ann, "disabled", "yes");
  run_and_expect (f, id, "disable 1, refuse 1, unchanged 1");
  assert_shown (f, "User", user, "active", "false");
  town_set (ann, "disabled", NULL);
  town_set (cid, "uid", "x");
  run_and_expect (f, id, "enable 1, unchanged 2");
  /* Who is taken over may be here by any of them. */
  change (f, "User", boss, MS_URN_EXT_USER ":role", "\"auditor\"");
  set_directory (f, id, "{'adopt':true}");
  town_add ("uid=boss|lo|local");
  g_autoptr (JsonObject) rehearsed = run_directory (f, id, MS_DIRECTORY_REHEARSE, FALSE);
  expect_counts (rehearsed, "update 1, unchanged 3");
  run_and_expect (f, id, "update 1, unchanged 3");
  run_and_expect (f, id, "unchanged 4");
  assert_shown (f, "User", other, "userName", "bob");
  g_autofree char *taken = find_user_id (f, "local");
  g_assert_cmpstr (taken, ==, local);
}

static void
test_kinds_of_values (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f,
      ",'mapping':{'userName':'uid','validUntil':'shadowUntil','mustChangePassword':'pwdReset',"
      "'allowedNetworks':'ipHostNumber','emails.value':'mail','description':'description'}");

  town_add (
      "uid=ann;shadowUntil=20361129205555Z;pwdReset=TRUE;ipHostNumber=192.0.2.0/24|10.0.0.0/8;"
      "mail=a@x.example|b@x.example;description=  two\xc2\xa0words ");
  town_add ("uid=bob;pwdReset=perhaps");
  town_add ("uid=cid;shadowUntil=tomorrow");
  run_and_expect (f, id, "create 1, refuse 2");
  g_autofree char *user = find_user_id (f, "ann");
  assert_shown (f, "User", user, MS_URN_EXT_USER ":validUntil", "2036-11-29T20:55:55.000Z");
  assert_shown (f, "User", user, MS_URN_EXT_USER ":mustChangePassword", "true");
  assert_shown (f, "User", user, MS_URN_EXT_USER ":allowedNetworks[1]", "10.0.0.0/8");
  assert_shown (f, "User", user, "emails[1].value", "b@x.example");
  run_and_expect (f, id, "refuse 2, unchanged 1");
}

/* Names that change hands within one run. */
static void
test_exchange (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");

  Entry *a = town_add ("uid=a;mail=a@example.org");
  Entry *b = town_add ("uid=b;mail=b@example.org");
  Entry *c = town_add ("uid=c;mail=c@example.org");
  run_and_expect (f, id, "create 3");
  g_autofree char *first = find_user_id (f, "a");
  g_autofree char *second = find_user_id (f, "b");
  g_autofree char *before = digest (f);
  /* A row of them: a takes what b gives up, and somebody new what a does. */
  town_set (a, "uid", "b");
  town_set (b, "uid", "c");
  town_set (c, "uid", "d");
  town_add ("uid=a;mail=z@example.org");
  g_autoptr (JsonObject) rehearsed = run_directory (f, id, MS_DIRECTORY_REHEARSE, FALSE);
  assert_picked (rehearsed, "result", "done");
  expect_counts (rehearsed, "create 1, rename 3");
  run_and_expect (f, id, "create 1, rename 3");
  assert_shown (f, "User", first, "userName", "b");
  assert_shown (f, "User", second, "userName", "c");
  run_and_expect (f, id, "unchanged 4");
  undo_directory (f, id);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);

  /* A circle, of names and addresses. */
  g_ptr_array_remove_index (town.entries, 3);
  town_set (c, "uid", "c");
  town_set (a, "uid", "b");
  town_set (a, "mail", "b@example.org");
  town_set (b, "uid", "a");
  town_set (b, "mail", "a@example.org");
  run_and_expect (f, id, "rename 2, unchanged 1");
  assert_shown (f, "User", first, "userName", "b");
  assert_shown (f, "User", second, "userName", "a");
  g_autofree char *mailbox = find_mailbox_id (f, "b@example.org");
  assert_shown (f, "Mailbox", mailbox, "owner.value", first);
  run_and_expect (f, id, "unchanged 3");
}

/* One who cannot be done holds up those who wait for them, and nobody else. */
static void
test_stuck (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "a", "b", "c", "d", "e", "f" };
  static const char *const wanted[] = { "b", "a", "d", "c", "c2", "a2" };
  g_autofree char         *id = make_directory (f, "");
  Entry                   *people[G_N_ELEMENTS (names)];

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *text = g_strdup_printf ("uid=%s;mail=%s@example.org", names[i], names[i]);
      people[i] = town_add (text);
    }
  run_and_expect (f, id, "create 6");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *mail
          = g_strdup_printf ("%s@%s", wanted[i], i == 3 ? "elsewhere.example" : "example.org");
      town_set (people[i], "uid", wanted[i]);
      town_set (people[i], "mail", mail);
    }
  g_autofree char *b = find_user_id (f, "b");
  run_and_expect (f, id, "rename 4, refuse 2");
  assert_shown (f, "User", b, "userName", "a");
  g_autoptr (JsonObject) rows = get_rows (f, id, "refuse");
  assert_picked (rows, "rows[0].userName", "c");
  assert_picked (rows, "rows[0].field", "userName");
  assert_picked (rows, "rows[1].userName", "d");
  assert_picked (rows, "rows[1].field", "domain");
}

static void
call (guint i, guint number)
{
  g_autofree char *uid = g_strdup_printf ("c%u", number);
  g_autofree char *mail = g_strdup_printf ("c%u@example.org", number);

  town_set (town.entries->pdata[i], "uid", uid);
  town_set (town.entries->pdata[i], "mail", mail);
}

/* Many circles are exchanged though they are entangled; one that is too long says so. */
static void
test_circles (Fixture *f, gconstpointer data)
{
  const guint      n = 252; /* more than one transaction has */
  g_autofree char *id = make_directory (f, "");

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("uid=c%u;mail=c%u@example.org", i, i);
      town_add (text);
    }
  run_and_expect (f, id, "create 252");
  g_autofree char *before = digest (f);
  g_autofree char *first = find_user_id (f, "c0");
  g_autofree char *second = find_user_id (f, "c1");

  /* The one with whom somebody exchanges is in another transaction's share. And somebody waits. */
  for (guint i = 0; i < n - 2; i++)
    call (i, (i + (n - 2) / 2) % (n - 2));
  call (n - 2, n - 1);
  call (n - 1, n);
  run_and_expect (f, id, "rename 252");
  assert_shown (f, "User", first, "userName", "c125");
  run_and_expect (f, id, "unchanged 252");
  undo_directory (f, id);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);

  for (guint i = 0; i < n; i++)
    call (i, (i + n - 1) % n);
  for (guint mode = 0; mode < 2; mode++)
    {
      g_autoptr (JsonObject) last = run_directory (f, id, (MsDirectoryMode) mode, FALSE);
      expect_counts (last, "refuse 252");
      g_autoptr (JsonObject) rows = get_rows (f, id, "refuse");
      g_autofree char *reason = pick (rows, "rows[0].reason");
      g_assert_nonnull (strstr (reason, "252 people exchange names or addresses in a circle"));
      g_assert_nonnull (strstr (reason, "250"));
    }
  /* As it is told to: one of them out of the way, and all the others follow. */
  call (0, n);
  run_and_expect (f, id, "rename 252");
  call (0, n - 1);
  run_and_expect (f, id, "rename 1, unchanged 251");
  assert_shown (f, "User", first, "userName", "c251");
  assert_shown (f, "User", second, "userName", "c0");
}

static void
test_new_accounts (Fixture *f, gconstpointer data)
{
  g_autofree char *group = make_group (f, "Staff", NULL);
  g_autofree char *template = make (
      f,
      "Template",
      "{'name':'staff','rights':{'imap':true},'quota':5000,'aliasPatterns':['{given}.{family}']}");
  g_autofree char *more = g_strdup_printf (
      ",'template':'%s','group':'%s','mapping':{'userName':'uid','name.givenName':'givenName',"
      "'name.familyName':'sn','mailbox':'mail'}",
      template,
      group);
  g_autofree char *id = make_directory (f, more);

  town_add ("uid=ann;givenName=Ann;sn=Bell;mail=ann@example.org");
  run_and_expect (f, id, "create 1");
  g_autofree char *user = find_user_id (f, "ann");
  g_autofree char *mailbox = find_mailbox_id (f, "ann@example.org");
  assert_shown (f, "User", user, MS_URN_EXT_USER ":rights.imap", "true");
  assert_shown (f, "Mailbox", mailbox, "group.value", group);
  assert_shown (f, "Mailbox", mailbox, "quota", "5000");
  assert_shown (f, "Mailbox", mailbox, "aliases", "[\"ann.bell@example.org\"]");
  run_and_expect (f, id, "unchanged 1");

  set_directory (f, id, "{'createMailboxes':false,'template':null}");
  town_add ("uid=bob;mail=bob@example.org");
  run_and_expect (f, id, "create 1, unchanged 1");
  g_autofree char *none = find_mailbox_id (f, "bob@example.org");
  g_assert_null (none);
  /* From now on they get one. */
  set_directory (f, id, "{'createMailboxes':true}");
  run_and_expect (f, id, "update 1, unchanged 1");
  g_autofree char *made = find_mailbox_id (f, "bob@example.org");
  g_assert_nonnull (made);
  /* What it names has gone: nothing is done instead of something else. */
  drop (f, "Mailbox", made, NULL);
  drop (f, "Mailbox", mailbox, NULL);
  drop (f, "MailGroup", group, NULL);
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  assert_picked (last, "result", "failed");
  assert_picked (last, "path", "group");
}

/* A mailbox of their own that is not primary becomes that; nobody else's does. */
static void
test_own_mailbox (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f, ",'adopt':true,'mapping':{'userName':'uid','mailbox':'mail','title':'title'}");
  g_autofree char *user = make_user (f, "a1");
  g_autofree char *mailbox = make_mailbox (f, "a1", user, FALSE);
  g_autofree char *second = make_user (f, "a2");
  g_autofree char *other = make_mailbox (f, "a2", user, FALSE);
  g_autofree char *before = digest (f);

  assert_shown (f, "Mailbox", mailbox, "primary", "false");
  town_add ("uid=a1;mail=a1@example.org");
  town_add ("uid=a2;mail=a2@example.org");
  run_and_expect (f, id, "update 1, refuse 1");
  g_autoptr (JsonObject) rows = get_rows (f, id, "update");
  g_autofree char *reason = pick (rows, "rows[0].reason");
  g_assert_nonnull (strstr (reason, "a1@example.org becomes the primary one"));
  assert_shown (f, "Mailbox", mailbox, "primary", "true");
  assert_shown (f, "Mailbox", other, "owner.value", user);
  undo_directory (f, id);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);

  /* Also who is linked already, and lost it here. */
  run_and_expect (f, id, "update 1, refuse 1");
  change (f, "Mailbox", mailbox, "primary", "false");
  run_and_expect (f, id, "update 1, refuse 1");
  assert_shown (f, "Mailbox", mailbox, "primary", "true");
  run_and_expect (f, id, "refuse 1, unchanged 1");
  /* Where none is made, nothing is said of which is the primary one. */
  set_directory (f, id, "{'createMailboxes':false}");
  change (f, "Mailbox", mailbox, "primary", "false");
  run_and_expect (f, id, "update 1, unchanged 1");
  assert_shown (f, "Mailbox", mailbox, "primary", "false");
}

/* Who is refused loses nothing, and does not count for the limit; who takes their place does. */
static void
test_refused_keep (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f, ",'adopt':true,'mapping':{'userName':'uid','mailbox':'mail','title':'title'}");
  char *held[10];

  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    {
      g_autofree char *name = g_strdup_printf ("p%u", i);
      g_autofree char *user = make_user (f, name);
      g_autofree char *text = g_strdup_printf ("uid=p%u;mail=p%u@example.org", i, i);
      change (f, "User", user, "title", "'Cook'");
      held[i] = make_mailbox (f, name, NULL, FALSE);
      town_add (text);
    }
  run_and_expect (f, id, "refuse 10");
  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    {
      g_autofree char *other = g_strdup_printf ("'q%u'", i);
      change (f, "Mailbox", held[i], "name", other);
      g_free (held[i]);
    }
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  assert_picked (last, "result", "refused");
  g_autofree char *reason = pick (last, "reason");
  g_assert_nonnull (strstr (reason, "title of 10 of 10 users would be cleared"));
}

/* Nor who is refused for the name; but whoever waits for one that is given up is not refused. */
static void
test_waiting_lose (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *text
          = g_strdup_printf ("uid=p%u;mail=p%u@example.org;title=Cook;entryUUID=%u", i, i, i);
      town_add (text);
    }
  run_and_expect (f, id, "create 20");
  for (guint i = 0; i < 10; i++)
    {
      Entry           *entry = town.entries->pdata[i];
      g_autofree char *uid = g_strdup_printf ("r%u", i);
      g_autofree char *user = make_user (f, uid);
      town_set (entry, "uid", uid);
      town_set (entry, "title", NULL);
    }
  run_and_expect (f, id, "refuse 10, unchanged 10");
  /* A row of names. */
  for (guint i = 0; i < 10; i++)
    {
      Entry           *entry = town.entries->pdata[i];
      g_autofree char *uid = g_strdup_printf ("p%u", i + 1);
      town_set (entry, "uid", uid);
    }
  town_set (town.entries->pdata[10], "uid", "s10");
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  assert_picked (last, "result", "refused");
  g_autofree char *reason = pick (last, "reason");
  g_assert_nonnull (strstr (reason, "title of 10 of 20 users would be cleared"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  town_test ("/directory/create", test_create);
  town_test ("/directory/update", test_update);
  town_test ("/directory/elements", test_elements);
  town_test ("/directory/many-values", test_many_values);
  town_test ("/directory/rename", test_rename);
  town_test ("/directory/rename-unmapped", test_rename_unmapped);
  town_test ("/directory/aliases", test_aliases);
  town_test ("/directory/active", test_active);
  town_test ("/directory/put-out", test_put_out);
  town_test ("/directory/leavers", test_leavers);
  town_test ("/directory/own-mailbox", test_own_mailbox);
  town_test ("/directory/refused-keep", test_refused_keep);
  town_test ("/directory/waiting-lose", test_waiting_lose);
  town_test ("/directory/put-out-by-hand", test_put_out_by_hand);
  town_test ("/directory/adopt", test_adopt);
  town_test ("/directory/refused", test_refused);
  town_test ("/directory/no-name", test_no_name);
  town_test ("/directory/passwords", test_passwords);
  town_test ("/directory/password-of-a-role", test_password_of_a_role);
  town_test ("/directory/password-of-a-template", test_password_of_a_template);
  town_test ("/directory/adopted-password", test_adopted_password);
  town_test ("/directory/identities", test_identities);
  town_test ("/directory/several-values", test_several_values);
  town_test ("/directory/several-names", test_several_names);
  town_test ("/directory/kinds-of-values", test_kinds_of_values);
  town_test ("/directory/exchange", test_exchange);
  town_test ("/directory/circles", test_circles);
  town_test ("/directory/stuck", test_stuck);
  town_test ("/directory/new-accounts", test_new_accounts);
  return g_test_run ();
}
