/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a directory that is broken, or set up wrongly, must not be able to do, who may have it done,
 * and what becomes of runs that end early.
 */
#include "directory-fixture.h"

#include <string.h>

#include "ms-directory-runs.h"
#include "ms-schemas.h"
#include "ms-txn.h"
#include "store-place.h"

static void
add_people (guint first, guint end)
{
  for (guint i = first; i < end; i++)
    {
      g_autofree char *text = g_strdup_printf (
          "uid=p%u;mail=p%u@example.org;entryUUID=id-%u;cn=Person %u", i, i, i, i);
      town_add (text);
    }
}

static void
expect_last (Fixture *f, JsonObject *last, const char *result, const char *path)
{
  assert_picked (last, "result", result);
  assert_picked (last, "path", path);
}

/* Whatever is not certainly all of it writes nothing. */
static void
test_incomplete (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'activeFilter':'(!(disabled=*))'");

  add_people (0, 20);
  run_and_expect (f, id, "create 20");
  g_autofree char *before = digest (f);
  gint64           sequence = last_sequence (f);
  for (guint i = 0; i < 20; i += 2)
    town_set (town.entries->pdata[i], "cn", "Changed");
  for (guint mode = 0; mode < 2; mode++)
    {
      town.failure = g_error_new_literal (
          MS_ERROR, MS_ERROR_UNAVAILABLE, "The directory said that there is a size limit");
      g_autoptr (JsonObject) last = run_directory (f, id, (MsDirectoryMode) mode, TRUE);
      expect_last (f, last, "failed", NULL);
      assert_picked (last, "reason", "The directory said that there is a size limit");
      assert_picked (last, "job", "null");
    }
  /* A wrong password is no refusal of ours. */
  town.failure = g_error_new_literal (MS_ERROR, MS_ERROR_DENIED, "It does not let us in");
  g_autoptr (JsonObject) denied = run_directory (f, id, MS_DIRECTORY_RUN, TRUE);
  expect_last (f, denied, "failed", NULL);

  for (guint i = 0; i < 20; i++)
    town_set (town.entries->pdata[i], "disabled", "yes");
  g_autoptr (JsonObject) inactive = run_directory (f, id, MS_DIRECTORY_RUN, TRUE);
  expect_last (f, inactive, "failed", "activeFilter");
  g_ptr_array_set_size (town.entries, 0);
  g_autoptr (JsonObject) empty = run_directory (f, id, MS_DIRECTORY_RUN, TRUE);
  expect_last (f, empty, "failed", "filter");
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpint (last_sequence (f), ==, sequence);
}

/* @n of @linked may leave, one more not. */
static void
check_edge (Fixture *f, const char *id, guint linked, guint n)
{
  g_autoptr (JsonObject) last = NULL;
  g_autofree char *before = digest (f);

  g_ptr_array_set_size (town.entries, 0);
  add_people (n + 1, linked);
  gint64 sequence = last_sequence (f);
  last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  expect_last (f, last, "refused", "leaverLimit");
  g_autofree char *expected = g_strdup_printf ("%u of %u users would be disabled", n + 1, linked);
  g_autofree char *reason = pick (last, "reason");
  g_assert_nonnull (strstr (reason, expected));
  g_assert_cmpint (last_sequence (f), ==, sequence);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);

  /* A rehearsal says so too, and shows who. */
  g_autoptr (JsonObject) rehearsed = run_directory (f, id, MS_DIRECTORY_REHEARSE, FALSE);
  expect_last (f, rehearsed, "refused", "leaverLimit");
  g_autoptr (JsonObject) rows = get_rows (f, id, "disable");
  g_autofree char *total = g_strdup_printf ("%u", n + 1);
  assert_picked (rows, "total", total);

  g_ptr_array_set_size (town.entries, 0);
  add_people (n, linked);
  g_autofree char *counts = g_strdup_printf ("disable %u, unchanged %u", n, linked - n);
  if (n == 0)
    return;
  run_and_expect (f, id, counts);
  undo_directory (f, id);
}

static void
test_limit (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");

  add_people (0, 80);
  run_and_expect (f, id, "create 80");
  check_edge (f, id, 80, 8); /* ten of a hundred */
  set_directory (f, id, "{'leaverLimit':0}");
  check_edge (f, id, 80, 0); /* nobody */
  set_directory (f, id, "{'leaverLimit':1}");
  check_edge (f, id, 80, 5); /* so many always may */
  set_directory (f, id, "{'leaverLimit':25}");
  check_edge (f, id, 80, 20);
  g_ptr_array_set_size (town.entries, 0);
  add_people (79, 80);
  g_autoptr (JsonObject) forced = run_directory (f, id, MS_DIRECTORY_RUN, TRUE);
  expect_last (f, forced, "done", NULL);
  assert_picked (forced, "forced", "true");
  expect_counts (forced, "disable 79, unchanged 1");
  undo_directory (f, id);

  /* Who is disabled here already does not leave once more, but is deleted. */
  set_directory (f, id, "{'leavers':'delete','leaverLimit':10}");
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *name = g_strdup_printf ("p%u", i);
      g_autofree char *user = find_user_id (f, name);
      change (f, "User", user, "active", "false");
    }
  g_ptr_array_set_size (town.entries, 0);
  add_people (20, 80);
  g_autoptr (JsonObject) deleting = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  expect_last (f, deleting, "refused", "leaverLimit");
  set_directory (f, id, "{'leavers':'disable'}");
  run_and_expect (f, id, "unchanged 80");
}

/* Taking over is not a way to put everybody out, nor to clear what they have. */
static void
test_limit_of_adoption (Fixture *f, gconstpointer data)
{
  g_autofree char *id
      = make_directory (f, ",'adopt':true,'activeFilter':'(!(disabled=*))','leaverLimit':20");

  add_people (0, 41);
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *name = g_strdup_printf ("p%u", i);
      g_autofree char *user = make_user (f, name);
      change (f, "User", user, "title", "\"Cook\"");
      town_set (town.entries->pdata[i], "title", "Cook");
      if (i > 0)
        town_set (town.entries->pdata[i], "disabled", "yes");
    }
  g_autofree char *before = digest (f);
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  expect_last (f, last, "refused", "leaverLimit");
  g_autofree char *reason = pick (last, "reason");
  g_assert_nonnull (strstr (reason, "39 of 40 users would be disabled"));
  for (guint i = 1; i < 40; i++)
    {
      town_set (town.entries->pdata[i], "disabled", NULL);
      town_set (town.entries->pdata[i], "title", NULL);
    }
  g_autoptr (JsonObject) clearing = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  expect_last (f, clearing, "refused", "leaverLimit");
  g_autofree char *cleared = pick (clearing, "reason");
  g_assert_nonnull (strstr (cleared, "title of 39 of 40 users"));
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  /* As many as may, of all who are taken over. */
  for (guint i = 0; i < 40; i++)
    {
      town_set (town.entries->pdata[i], "title", "Cook");
      town_set (town.entries->pdata[i], "disabled", i < 8 ? "yes" : NULL);
    }
  run_and_expect (f, id, "create 1, update 32, disable 8");
}

/* Those who are taken over do not hide what becomes of the others. */
static void
test_limit_of_groups (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");

  add_people (0, 10);
  for (guint i = 0; i < 10; i++)
    town_set (town.entries->pdata[i], "title", "Cook");
  run_and_expect (f, id, "create 10");
  for (guint i = 10; i < 110; i++)
    {
      g_autofree char *name = g_strdup_printf ("p%u", i);
      g_autofree char *user = make_user (f, name);
      change (f, "User", user, "title", "\"Cook\"");
    }
  set_directory (f, id, "{'adopt':true}");
  add_people (10, 110);
  for (guint i = 0; i < 110; i++)
    town_set (town.entries->pdata[i], "title", i < 10 ? NULL : "Cook");
  g_autofree char *before = digest (f);
  g_autoptr (JsonObject) clearing = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  expect_last (f, clearing, "refused", "leaverLimit");
  g_autofree char *cleared = pick (clearing, "reason");
  g_assert_nonnull (strstr (cleared, "title of 10 of 10 users"));
  for (guint i = 0; i < 10; i++)
    town_remove (town.entries->pdata[0]);
  g_autoptr (JsonObject) leaving = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  expect_last (f, leaving, "refused", "leaverLimit");
  g_autofree char *reason = pick (leaving, "reason");
  g_assert_nonnull (strstr (reason, "10 of 10 users would be disabled"));
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* What the mailboxes of those have who are taken over counts too. */
static void
test_limit_of_adopted_mailboxes (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f,
      ",'adopt':true,"
      "'mapping':{'userName':'uid','mailbox':'mail','aliases':'proxyAddresses','quota':'q'}");

  add_people (0, 12);
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *name = g_strdup_printf ("p%u", i);
      g_autofree char *alias = g_strdup_printf ("[\"a%u@example.org\"]", i);
      g_autofree char *user = make_user (f, name);
      g_autofree char *mailbox = make_mailbox (f, name, user, TRUE);
      if (i < 6)
        change (f, "Mailbox", mailbox, "aliases", alias);
      else
        change (f, "Mailbox", mailbox, "quota", "1000");
    }
  g_autofree char *before = digest (f);
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  expect_last (f, last, "refused", "leaverLimit");
  g_autofree char *reason = pick (last, "reason");
  g_assert_nonnull (strstr (reason, "aliases of 6 of 6 users would be cleared"));
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *alias = g_strdup_printf ("smtp:a%u@example.org", i);
      town_set (town.entries->pdata[i], "proxyAddresses", alias);
    }
  g_autoptr (JsonObject) again = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  expect_last (f, again, "refused", "leaverLimit");
  g_autofree char *other = pick (again, "reason");
  g_assert_nonnull (strstr (other, "quota of 6 of 6 users would be cleared"));
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  town_set (town.entries->pdata[11], "q", "1000");
  run_and_expect (f, id, "update 12");
}

/* Attributes that nobody may read any more look as if nobody had them. */
static void
test_half_readable (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f,
      ",'mapping':{'userName':'uid','displayName':'cn','title':'title','mailbox':'mail',"
      "'aliases':'proxyAddresses','quota':'q','phoneNumbers.value':'phone'}");
  static const struct
  {
    const char *there;
    const char *value;
    const char *here;
  } cases[] = {
    { "title", "Cook", "title" },
    { "cn", "Somebody", "displayName" },
    { "proxyAddresses", "smtp:a%u@example.org", "aliases" },
    { "q", "1000", "quota" },
    { "phone", "1|2", "phoneNumbers" },
  };

  add_people (0, 40);
  for (guint i = 0; i < 40; i++)
    for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
      {
        g_autofree char *alias = g_strdup_printf ("smtp:a%u@example.org", i);
        /* Two have no title. */
        if (c > 0 || i >= 2)
          town_set (town.entries->pdata[i], cases[c].there, c == 2 ? alias : cases[c].value);
      }
  run_and_expect (f, id, "create 40");
  g_autofree char *before = digest (f);
  for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      g_autoptr (GHashTable) kept = g_hash_table_new_full (NULL, NULL, NULL, g_free);
      for (guint i = 0; i < 40; i++)
        {
          Entry           *entry = town.entries->pdata[i];
          g_autofree char *key = g_ascii_strdown (cases[c].there, -1);
          g_hash_table_insert (kept, entry, g_strdup (g_hash_table_lookup (entry, key)));
          town_set (entry, cases[c].there, NULL);
        }
      g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
      expect_last (f, last, "refused", "leaverLimit");
      g_autofree char *reason = pick (last, "reason");
      g_autofree char *expected = g_strdup_printf ("%s of %u of %u users would be cleared; the "
                                                   "limit is 10 %%",
                                                   cases[c].here,
                                                   c == 0 ? 38 : 40,
                                                   c == 0 ? 38 : 40);
      g_assert_nonnull (strstr (reason, cases[c].here));
      g_assert_cmpstr (strchr (reason, ' '), ==, strchr (expected, ' '));
      g_autofree char *after = digest (f);
      g_assert_cmpstr (after, ==, before);
      for (guint i = 0; i < 40; i++)
        town_set (town.entries->pdata[i],
                  cases[c].there,
                  g_hash_table_lookup (kept, town.entries->pdata[i]));
    }
  /* A few may, and all by force. */
  for (guint i = 2; i < 7; i++)
    town_set (town.entries->pdata[i], "title", NULL);
  run_and_expect (f, id, "update 5, unchanged 35");
  for (guint i = 7; i < 13; i++)
    town_set (town.entries->pdata[i], "title", NULL);
  g_autoptr (JsonObject) refused = run_directory (f, id, MS_DIRECTORY_REHEARSE, FALSE);
  expect_last (f, refused, "refused", "leaverLimit");
  g_autoptr (JsonObject) forced = run_directory (f, id, MS_DIRECTORY_RUN, TRUE);
  expect_last (f, forced, "done", NULL);
  expect_counts (forced, "update 6, unchanged 34");
}

/* Old addresses that mailboxes have kept are not lost, and do not hide that all the others are. */
static void
test_kept_hides_nothing (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f, ",'mapping':{'userName':'uid','mailbox':'mail','aliases':'proxyAddresses'}");

  add_people (0, 40);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *alias = g_strdup_printf ("smtp:a%u@example.org", i);
      town_set (town.entries->pdata[i], "proxyAddresses", alias);
    }
  run_and_expect (f, id, "create 40");
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *mail = g_strdup_printf ("n%u@example.org", i);
      town_set (town.entries->pdata[i], "mail", mail);
    }
  run_and_expect (f, id, "update 40");
  for (guint i = 0; i < 10; i++)
    town_set (town.entries->pdata[i], "proxyAddresses", NULL);
  g_autofree char *before = digest (f);
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  expect_last (f, last, "refused", "leaverLimit");
  g_autofree char *reason = pick (last, "reason");
  g_assert_nonnull (strstr (reason, "aliases of 10 of 10 users would be cleared"));
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  /* Others in their place are no loss. */
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *alias = g_strdup_printf ("smtp:b%u@example.org", i);
      town_set (town.entries->pdata[i], "proxyAddresses", alias);
    }
  run_and_expect (f, id, "update 10, unchanged 30");
  expect_recipients (f, "p3@example.org", "n3@example.org");
}

/* Entries that lost what they are known by are not people who left. */
static void
test_lost_identity (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");

  add_people (0, 3);
  run_and_expect (f, id, "create 3");
  town_set (town.entries->pdata[1], "entryUUID", NULL);
  run_and_expect (f, id, "refuse 2, unchanged 2");
  g_autofree char *user = find_user_id (f, "p1");
  assert_shown (f, "User", user, "active", "true");
}

static void
test_rehearsal (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'activeFilter':'(!(disabled=*))'");

  add_people (0, 20);
  run_and_expect (f, id, "create 20");
  town_set (town.entries->pdata[0], "cn", "Other");
  town_set (town.entries->pdata[1], "uid", "renamed");
  town_set (town.entries->pdata[2], "disabled", "yes");
  g_ptr_array_remove_index (town.entries, 19);
  add_people (30, 32);
  town_add ("uid=admin");
  g_autofree char *before = digest (f);
  gint64           sequence = last_sequence (f);
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_REHEARSE, FALSE);
  expect_last (f, last, "done", NULL);
  assert_picked (last, "mode", "rehearse");
  assert_picked (last, "job", "null");
  expect_counts (last, "create 2, update 1, rename 1, disable 2, refuse 1, unchanged 16");
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpint (last_sequence (f), ==, sequence);
  g_autoptr (JsonObject) foretold = get_rows (f, id, NULL);
  run_and_expect (f, id, "create 2, update 1, rename 1, disable 2, refuse 1, unchanged 16");
  g_autoptr (JsonObject) done = get_rows (f, id, NULL);
  g_autofree char *a = pick (foretold, "rows");
  g_autofree char *b = pick (done, "rows");
  g_assert_cmpstr (a, ==, b);
}

/* Nobody is put out by what they began, and somebody always administers. */
static void
test_administrators (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autofree char *other
      = make (f,
              "User",
              "{'userName':'root','password':'Xy7-kkLw-22','externalIds':[{'client':'directory:ID',"
              "'value':'r'}]}");

  change (f, "User", other, MS_URN_EXT_USER ":role", "\"administrator\"");
  /* Linked by hand. */
  g_autofree char *client = g_strdup_printf ("[{\"client\":\"directory:%s\",\"value\":\"a\"}]", id);
  g_autofree char *second = g_strdup_printf ("[{\"client\":\"directory:%s\",\"value\":\"r\"}]", id);
  change (f, "User", f->admin->user_id, "externalIds", client);
  change (f, "User", other, "externalIds", second);
  town_add ("uid=ann");
  run_and_expect (f, id, "create 1, disable 1, refuse 1");
  assert_shown (f, "User", f->admin->user_id, "active", "true");
  assert_shown (f, "User", other, "active", "false");
  g_autoptr (JsonObject) rows = get_rows (f, id, "refuse");
  assert_picked (rows, "rows[0].userName", "admin");
  undo_directory (f, id);

  /* Run on behalf of the other one, for whom the last that stays is another. */
  g_autoptr (MsActor) root = fixture_actor (f, other, MS_ROLE_ADMINISTRATOR, "console");
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  change (f, "User", f->admin->user_id, MS_URN_EXT_USER ":allowedNetworks", "[\"127.0.0.0/8\"]");
  g_assert_true (
      ms_service_start_directory (f->service, root, id, MS_DIRECTORY_RUN, FALSE, out, &error));
  g_assert_no_error (error);
  wait_for_end (f, id);
  assert_shown (f, "User", other, "active", "true");
}

/* Roles ------------------------------------------------------------------------------------- */

static void
test_policy (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  const MsRole     roles[] = { MS_ROLE_DELEGATE, MS_ROLE_AUDITOR, MS_ROLE_NONE };

  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    {
      g_autoptr (MsActor) actor = fixture_actor (f, f->admin->user_id, roles[i], "console");
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (JsonObject) body = parse ("{'title':'x'}");
      gboolean reads = roles[i] == MS_ROLE_AUDITOR;
      GError  *errors[9] = { NULL };

      g_assert_cmpint (ms_service_list_directories (f->service, actor, out, &errors[0]), ==, reads);
      g_assert_cmpint (
          ms_service_get_directory (f->service, actor, id, out, NULL, &errors[1]), ==, reads);
      g_assert_cmpint (
          ms_service_list_directory_rows (f->service, actor, id, NULL, 0, 10, out, &errors[2]),
          ==,
          reads);
      g_assert_false (ms_service_put_directory (
          f->service, actor, id, body, NULL, out, NULL, NULL, NULL, &errors[3]));
      g_assert_false (ms_service_delete_directory (f->service, actor, id, NULL, NULL, &errors[4]));
      g_assert_false (
          ms_service_try_directory (f->service, actor, id, NULL, 5, NULL, out, &errors[5]));
      g_assert_false (ms_service_start_directory (
          f->service, actor, id, MS_DIRECTORY_REHEARSE, FALSE, out, &errors[6]));
      g_assert_false (ms_service_cancel_directory (f->service, actor, id, &errors[7]));
      g_assert_null (ms_service_get_directory_job (f->service, actor, id, &errors[8]));
      for (guint e = 0; e < G_N_ELEMENTS (errors); e++)
        if (errors[e] != NULL)
          {
            g_assert_error (errors[e], MS_ERROR, MS_ERROR_DENIED);
            g_clear_error (&errors[e]);
          }
    }
  g_assert_cmpuint (town.searches, ==, 0);
}

/* Not by the roads of other objects. */
static void
test_roads (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autoptr (GError) error = NULL;
  g_autofree char *body = json ("{'verb':'delete','ids':['%s']}", id);
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, body, &error);

  g_assert_null (outcome);
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
  g_clear_error (&error);
  outcome = try_verb (f, NULL, MS_VERB_DELETE, "Directory", id, NULL, &error);
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
}

/* The password ------------------------------------------------------------------------------ */

typedef struct
{
  GString *all;
} Hearing;

static void
hear (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  g_string_append_printf (((Hearing *) user_data)->all, "%s %s\n", kind, json);
}

static void
append_history (Fixture *f, GString *all)
{
  for (gint64 i = 1; i <= last_sequence (f); i++)
    g_assert_true (ms_service_get_change (f->service, f->admin, i, all, NULL));
}

static void
test_secret (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *id = make_directory (f, "");
  g_autoptr (GError) error = NULL;

  add_people (0, 3);
  run_and_expect (f, id, "create 3");
  g_assert_true (town.saw_password);
  g_assert_true (ms_service_list_directories (f->service, f->admin, all, NULL));
  g_assert_true (
      ms_service_list_directory_rows (f->service, f->admin, id, NULL, 0, 100, all, NULL));
  g_assert_true (ms_service_try_directory (f->service, f->admin, id, NULL, 2, NULL, all, &error));
  g_assert_true (town.saw_password);
  append_history (f, all);
  g_assert_true (
      ms_service_read_feed (f->service, f->admin, 0, 100, TRUE, "https://x", all, &error));
  g_assert_no_error (error);
  g_assert_null (strstr (all->str, SECRET));
  g_assert_nonnull (strstr (all->str, "\"hasPassword\":true"));

  /* Another server does not get it, by no road. */
  g_autoptr (JsonObject) elsewhere = parse ("{'server':'ldaps://evil.example'}");
  g_assert_false (
      ms_service_try_directory (f->service, f->admin, id, elsewhere, 2, NULL, all, &error));
  refuse_error (error, MS_ERROR_INVALID, "password");
  g_clear_error (&error);
  gint64 before = last_sequence (f);
  set_directory (f, id, "{'server':'ldaps://evil.example'}");
  gint64 sequence = last_sequence (f);
  g_assert_cmpint (sequence, ==, before + 1);
  g_autoptr (JsonObject) shown = get_directory (f, id);
  assert_picked (shown, "hasPassword", "false");
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  expect_last (f, last, "failed", "password");
  /* Nor the first server one that was meant for another. */
  set_directory (f, id, "{'server':'ldaps://third.example','password':'for-the-third'}");
  g_autoptr (MsOutcome) undone = undo (f, last_sequence (f), &error);
  g_clear_error (&error);
  g_autoptr (JsonObject) back = get_directory (f, id);
  g_autofree char *server = pick (back, "server");
  g_autofree char *has = pick (back, "hasPassword");
  g_assert_true (strcmp (server, "ldaps://third.example") == 0 || strcmp (has, "false") == 0);
  g_string_truncate (all, 0);
  append_history (f, all);
  g_assert_null (strstr (all->str, SECRET));
  g_assert_null (strstr (all->str, "for-the-third"));
}

/* How it is set up -------------------------------------------------------------------------- */

static void
expect_refused (Fixture *f, const char *id, const char *text, const char *path)
{
  g_autoptr (JsonObject) body = parse (text);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gint64 sequence = last_sequence (f);

  g_test_message ("%s", text);
  g_assert_false (ms_service_put_directory (
      f->service, f->admin, id, body, NULL, out, NULL, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_path (error), ==, path);
  g_assert_cmpint (last_sequence (f), ==, sequence);
}

static void
test_set_up (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *body;
    const char *path;
  } cases[] = {
    { "{'server':'ldap://ldap.example.org'}", "server" },
    { "{'server':'https://ldap.example.org'}", "server" },
    { "{'server':null}", "server" },
    { "{'base':'no dn'}", "base" },
    { "{'bindDn':'='}", "bindDn" },
    { "{'filter':'(uid=*'}", "filter" },
    { "{'activeFilter':'x'}", "activeFilter" },
    { "{'scope':'all'}", "scope" },
    { "{'leavers':'shoot'}", "leavers" },
    { "{'leaverLimit':101}", "leaverLimit" },
    { "{'every':1}", "every" },
    { "{'timeout':0}", "timeout" },
    { "{'identity':'a b'}", "identity" },
    { "{'password':''}", "password" },
    { "{'password':7}", "password" },
    { "{'mapping':[]}", "mapping" },
    { "{'mapping':{}}", "mapping.userName" },
    { "{'mapping':{'userName':'uid','nothing':'x'}}", "mapping.nothing" },
    { "{'mapping':{'userName':'uid','title':'a b'}}", "mapping.title" },
    { "{'mapping':{'userName':'uid','title':7}}", "mapping.title" },
    { "{'mapping':{'userName':'uid','role':'x'}}", "mapping.role" },
    { "{'mapping':{'userName':'uid','rights.imap':'x'}}", "mapping.rights.imap" },
    { "{'mapping':{'userName':'uid','rights':'x'}}", "mapping.rights" },
    { "{'mapping':{'userName':'uid','password':'x'}}", "mapping.password" },
    { "{'mapping':{'userName':'uid','active':'x'}}", "mapping.active" },
    { "{'mapping':{'userName':'uid','manager':'x'}}", "mapping.manager" },
    { "{'mapping':{'userName':'uid','manager.value':'x'}}", "mapping.manager.value" },
    { "{'mapping':{'userName':'uid','groups.value':'x'}}", "mapping.groups.value" },
    { "{'mapping':{'userName':'uid','externalId':'x'}}", "mapping.externalId" },
    { "{'mapping':{'userName':'uid','externalIds.value':'x'}}", "mapping.externalIds.value" },
    { "{'mapping':{'userName':'uid','emails':'x'}}", "mapping.emails" },
    { "{'mapping':{'userName':'uid','emails.type':'x'}}", "mapping.emails.type" },
    { "{'mapping':{'userName':'uid','name':'x'}}", "mapping.name" },
    { "{'mapping':{'userName':'uid','" MS_URN_USER ":username':'cn'}}", "mapping.userName" },
    { "{'mapping':{'userName':'uid','department':'a','" MS_URN_ENTERPRISE ":DEPARTMENT':'b'}}",
      "mapping." MS_URN_ENTERPRISE ":department" },
    { "{'mapping':{'userName':'uid','title':'userPassword'}}", "mapping.title" },
    { "{'mapping':{'userName':'uid','mailbox':'USERPASSWORD;x-old'}}", "mapping.mailbox" },
    { "{'mapping':{'userName':'unicodePwd'}}", "mapping.userName" },
    { "{'mapping':{'userName':'uid','aliases':'2.5.4.35'}}", "mapping.aliases" },
    { "{'identity':'userPassword'}", "identity" },
    { "{'group':'01900000-0000-7000-8000-000000000000'}", "group" },
    { "{'template':'01900000-0000-7000-8000-000000000000'}", "template" },
    { "{'kind':'openldap'}", "kind" },
    { "{'colour':'red'}", "colour" },
    { "{'bindPassword':'x'}", "bindPassword" },
  };
  g_autofree char *id = make_directory (f, "");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    expect_refused (f, id, cases[i].body, cases[i].path);
  expect_refused (f, NULL, "{'kind':'novell','name':'x'}", "kind");
}

static void
test_kinds (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *kind;
    const char *identity;
    const char *user_name;
  } cases[] = { { "openldap", "entryUUID", "uid" },
                { "activeDirectory", "objectGUID", "sAMAccountName" },
                { "freeipa", "ipaUniqueID", "uid" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = json ("{'kind':'%s','name':'%s','server':'ldaps://l','base':'dc=x'}",
                                    cases[i].kind,
                                    cases[i].kind);
      g_autoptr (JsonObject) body = parse (text);
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      g_autofree char *id = NULL;

      g_assert_true (ms_service_put_directory (
          f->service, f->admin, NULL, body, NULL, out, &id, NULL, NULL, &error));
      g_assert_no_error (error);
      g_autoptr (JsonObject) shown = get_directory (f, id);
      assert_picked (shown, "identity", cases[i].identity);
      assert_picked (shown, "mapping.userName", cases[i].user_name);
      assert_picked (shown, "leaverLimit", "10");
      assert_picked (shown, "leavers", "disable");
      assert_picked (shown, "state", "idle");
      assert_picked (shown, "last", "null");
    }
  /* What is said wins. */
  g_autoptr (JsonObject) own
             = parse ("{'kind':'activeDirectory','name':'own','server':'ldaps://"
                      "l','base':'dc=x','activeFilter':null,"
                      "'identity':'entryUUID','mapping':{'userName':'mail','aliases':null}}");
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (ms_service_put_directory (
      f->service, f->admin, NULL, own, NULL, out, NULL, NULL, NULL, NULL));
  g_autoptr (JsonObject) shown = parse (out->str);
  assert_picked (shown, "identity", "entryUUID");
  assert_picked (shown, "activeFilter", "null");
  assert_picked (shown, "mapping.userName", "mail");
  assert_picked (shown, "mapping.aliases", NULL);
  assert_picked (shown, "mapping.title", "title");
  /* In whatever way it is said: nothing is mapped twice, or nobody could read the answer. */
  g_autoptr (JsonObject) spelled
             = parse ("{'kind':'activeDirectory','name':'spelled','server':'ldaps://"
                      "l','base':'dc=x','mapping':{'USERNAME':'cn','name.GivenName':null,"
                      "'Department':'ou','ALIASES':null,'" MS_URN_USER ":title':'rank'}}");
  g_string_truncate (out, 0);
  g_autoptr (GError) failed = NULL;
  gboolean done = ms_service_put_directory (
      f->service, f->admin, NULL, spelled, NULL, out, NULL, NULL, NULL, &failed);
  g_assert_no_error (failed);
  g_assert_true (done);
  g_autoptr (JsonObject) spelled_answer = parse (out->str);
  JsonObject *mapping = json_object_get_object_member (spelled_answer, "mapping");
  assert_picked (mapping, "userName", "cn");
  assert_picked (mapping, "title", "rank");
  assert_picked (mapping, "department", "ou");
  assert_picked (mapping, "displayName", "displayName");
  g_assert_cmpuint (json_object_get_size (mapping), ==, 9);
  /* A name is had once, versions are asked. */
  g_autoptr (GError) error = NULL;
  g_assert_false (ms_service_put_directory (
      f->service, f->admin, NULL, own, NULL, out, NULL, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  g_autofree char *id = pick (shown, "id");
  g_autoptr (JsonObject) change = parse ("{'name':'renamed'}");
  g_assert_false (ms_service_put_directory (
      f->service, f->admin, id, change, "W/\"77\"", out, NULL, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_STALE);
}

static void
test_delete (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autoptr (GError) error = NULL;
  gint64 sequence = 0;

  add_people (0, 2);
  run_and_expect (f, id, "create 2");
  g_autofree char *before = digest (f);
  g_assert_true (ms_service_delete_directory (f->service, f->admin, id, NULL, &sequence, &error));
  g_assert_no_error (error);
  g_autofree char *user = find_user_id (f, "p0");
  g_assert_nonnull (user);
  g_autoptr (MsOutcome) undone = undo (f, sequence, &error);
  g_assert_no_error (error);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  /* The people are known again. */
  run_and_expect (f, id, "unchanged 2");
  g_assert_true (town.saw_password);
}

static void
test_try (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'activeFilter':'(!(disabled=*))'");
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GString) whole = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gint64 sequence = last_sequence (f);

  add_people (0, 4);
  town_set (town.entries->pdata[1], "uid", NULL);
  g_assert_true (ms_service_try_directory (f->service, f->admin, id, NULL, 3, NULL, out, &error));
  g_autoptr (JsonObject) answer = parse (out->str);
  assert_picked (answer, "entries[0].userName", "p0");
  assert_picked (answer, "entries[0].mailbox", "p0@example.org");
  assert_picked (answer, "entries[0].values.displayName", "Person 0");
  assert_picked (answer, "entries[1].problem.field", "userName");
  assert_picked (answer, "entries[2].userName", "p2");
  assert_picked (answer, "entries[3]", NULL);
  assert_picked (answer, "more", "true");
  assert_picked (answer, "anyActive", "true");
  /* One that is not kept. */
  g_autoptr (JsonObject) body
             = parse ("{'kind':'openldap','name':'new','server':'ldaps://new','base':'dc=x'}");
  g_assert_true (
      ms_service_try_directory (f->service, f->admin, NULL, body, 9, NULL, whole, &error));
  g_assert_cmpstr (town.uri, ==, "ldaps://new");
  g_autoptr (JsonObject) changed = parse ("{'mapping':{'userName':'cn'}}");
  g_string_truncate (out, 0);
  g_assert_true (
      ms_service_try_directory (f->service, f->admin, id, changed, 1, NULL, out, &error));
  g_autoptr (JsonObject) other = parse (out->str);
  assert_picked (other, "entries[0].userName", "Person 0");
  g_assert_cmpint (last_sequence (f), ==, sequence);
  town.failure = g_error_new_literal (MS_ERROR, MS_ERROR_UNAVAILABLE, "Not there");
  g_assert_false (ms_service_try_directory (f->service, f->admin, id, NULL, 3, NULL, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
}

/* Beginning and ending ---------------------------------------------------------------------- */

static gboolean
start (Fixture *f, const char *id, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  return ms_service_start_directory (f->service, f->admin, id, MS_DIRECTORY_RUN, FALSE, out, error);
}

static void
wait_until_asked (void)
{
  gint64 end = g_get_monotonic_time () + 240 * G_USEC_PER_SEC;

  while (g_atomic_int_get (&town.searches) == 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
}

/* While the directory is asked: somebody sets it up otherwise, or takes the right away. */
static void
change_mapping (gpointer data)
{
  void **both = data;

  set_directory (both[0], both[1], "{'mapping':{'userName':'uid','title':'o'}}");
}

static void
take_role (gpointer data)
{
  void **both = data;

  change (both[0], "User", both[1], MS_URN_EXT_USER ":role", "\"auditor\"");
}

static void
test_try_changed (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autofree char *user = make_user (f, "second");
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  void *mapping[] = { f, id };
  void *role[] = { f, user };

  change (f, "User", user, MS_URN_EXT_USER ":role", "\"administrator\"");
  g_autoptr (MsActor) made = fixture_actor (f, user, MS_ROLE_ADMINISTRATOR, "console");
  g_autofree char *token
      = ms_service_create_token (f->service, made, "second", "all", 0, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (MsActor) second = ms_service_authenticate (f->service, token, PEER, &error);
  g_assert_no_error (error);
  add_people (0, 2);
  g_assert_true (ms_service_try_directory (f->service, second, id, NULL, 3, NULL, out, &error));
  g_assert_no_error (error);
  g_string_truncate (out, 0);
  town.hook = change_mapping;
  town.hook_data = mapping;
  g_assert_false (ms_service_try_directory (f->service, second, id, NULL, 3, NULL, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_cmpstr (out->str, ==, "");
  g_clear_error (&error);
  town.hook = take_role;
  town.hook_data = role;
  g_assert_false (ms_service_try_directory (f->service, second, id, NULL, 3, NULL, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
  g_assert_cmpstr (out->str, ==, "");
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autoptr (GError) error = NULL;
  g_autofree char *before = digest (f);

  add_people (0, 5);
  town.waits = TRUE;
  g_assert_true (start (f, id, &error));
  wait_until_asked ();
  /* Neither twice nor set up anew meanwhile. */
  g_assert_false (start (f, id, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  g_autoptr (JsonObject) body = parse ("{'name':'other'}");
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_false (ms_service_put_directory (
      f->service, f->admin, id, body, NULL, out, NULL, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_false (ms_service_delete_directory (f->service, f->admin, id, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_true (ms_service_cancel_directory (f->service, f->admin, id, &error));
  wait_for_end (f, id);
  town.waits = FALSE;
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "last.result", "cancelled");
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  g_assert_false (ms_service_cancel_directory (f->service, f->admin, id, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  run_and_expect (f, id, "create 5");
}

/* What never began is not told as the run before it, and that one can be taken back as before. */
static void
test_cancel_waiting (Fixture *f, gconstpointer data)
{
  g_autofree char *busy = make_directory (f, ",'name':'busy'");
  g_autofree char *id = make_directory (f, "");
  g_autoptr (GError) error = NULL;

  add_people (0, 5);
  run_and_expect (f, id, "create 5");
  g_atomic_int_set (&town.searches, 0);
  town.waits = TRUE;
  g_assert_true (start (f, busy, &error));
  wait_until_asked ();
  g_assert_true (start (f, id, &error));
  g_assert_true (ms_service_cancel_directory (f->service, f->admin, id, &error));
  g_assert_no_error (error);
  g_autoptr (JsonObject) cancelled = get_directory (f, id);
  assert_picked (cancelled, "state", "idle");
  assert_picked (cancelled, "last.result", "cancelled");
  assert_picked (cancelled, "last.started", "null");
  assert_picked (cancelled, "last.job", "null");
  g_assert_true (ms_service_cancel_directory (f->service, f->admin, busy, &error));
  wait_for_end (f, busy);
  town.waits = FALSE;
  undo_directory (f, id);
  g_autofree char *user = find_user_id (f, "p0");
  g_assert_null (user);
}

static void
disable_admin (gpointer data)
{
  Fixture         *f = data;
  g_autofree char *root = find_user_id (f, "root");

  change (f, "User", root, "active", "false");
}

typedef struct
{
  Fixture    *f;
  const char *user;
  const char *link;
} Relink;

static void
relink (const char *id, gint64 done, gpointer user_data)
{
  Relink     *self = user_data;
  const char *link = self->link;

  /* The first step is before it is read, the second before it is written. */
  if (link == NULL || town.searches == 0)
    return;
  self->link = NULL;
  change (self->f, "User", self->user, "externalIds", link);
}

/* Somebody else links a user to another entry after it was planned that they leave. */
static void
test_relinked (Fixture *f, gconstpointer data)
{
  const char *const bodies[] = { "{'leavers':'delete'}", "{'leavers':'disable'}" };
  g_autofree char  *id = make_directory (f, "");

  add_people (0, 3);
  run_and_expect (f, id, "create 3");
  g_autofree char *user = find_user_id (f, "p0");
  g_autofree char *back
      = g_strdup_printf ("[{\"client\":\"directory:%s\",\"value\":\"id-0\"}]", id);
  g_autofree char *link
      = g_strdup_printf ("[{\"client\":\"directory:%s\",\"value\":\"id-9\"}]", id);
  g_ptr_array_remove_index (town.entries, 0);
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      Relink relinked = { f, user, link };
      set_directory (f, id, bodies[i]);
      town.searches = 0;
      ms_directory_runs_set_step_func (f->service->directories, relink, &relinked);
      run_and_expect (f, id, "unchanged 3");
      ms_directory_runs_set_step_func (f->service->directories, NULL, NULL);
      g_assert_null (relinked.link);
      assert_shown (f, "User", user, "active", "true");
      change (f, "User", user, "externalIds", back);
    }
  run_and_expect (f, id, "disable 1, unchanged 2");
}

/* Who began it loses the right while it goes on. */
static void
test_loses_right (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autofree char *root = make (f, "User", "{'userName':'root','password':'Xy7-kkLw-22'}");
  g_autoptr (GString) out = g_string_new (NULL);

  change (f, "User", root, MS_URN_EXT_USER ":role", "\"administrator\"");
  g_autoptr (MsActor) actor = fixture_actor (f, root, MS_ROLE_ADMINISTRATOR, "console");
  add_people (0, 5);
  town.hook = disable_admin;
  town.hook_data = f;
  g_assert_true (
      ms_service_start_directory (f->service, actor, id, MS_DIRECTORY_RUN, FALSE, out, NULL));
  wait_for_end (f, id);
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "last.result", "refused");
  g_autofree char *user = find_user_id (f, "p0");
  g_assert_null (user);
}

static void
look (Fixture *f)
{
  ms_directory_runs_resume (f->service->directories);
  g_assert_true (ms_job_queue_wait_idle (ms_directory_runs_get_queue (f->service->directories),
                                         g_get_monotonic_time () + 240 * G_USEC_PER_SEC));
}

static void
test_schedule (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'every':60");
  g_autofree char *root = NULL;

  add_people (0, 80);
  look (f);
  g_assert_cmpuint (town.searches, ==, 0);
  /* Not before somebody has seen what it comes to, in whatever state it is. */
  f->now += 61 * G_TIME_SPAN_MINUTE;
  look (f);
  set_directory (f, id, "{'every':61}");
  set_directory (f, id, "{'every':60}");
  f->now += 61 * G_TIME_SPAN_MINUTE;
  look (f);
  g_assert_cmpuint (town.searches, ==, 0);
  town.failure = g_error_new_literal (MS_ERROR, MS_ERROR_UNAVAILABLE, "Not there");
  g_autoptr (JsonObject) failed = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  assert_picked (failed, "result", "failed");
  f->now += 61 * G_TIME_SPAN_MINUTE;
  look (f);
  g_assert_cmpuint (town.searches, ==, 1);
  g_autoptr (JsonObject) seen = run_directory (f, id, MS_DIRECTORY_REHEARSE, FALSE);
  assert_picked (seen, "result", "done");
  town.searches = 0;
  f->now += 61 * G_TIME_SPAN_MINUTE;
  look (f);
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "last.result", "done");
  assert_picked (directory, "last.scheduled", "true");
  expect_counts (json_object_get_object_member (directory, "last"), "create 80");
  look (f);
  g_assert_cmpuint (town.searches, ==, 1);

  /* Never by force. */
  g_ptr_array_set_size (town.entries, 40);
  f->now += 61 * G_TIME_SPAN_MINUTE;
  look (f);
  g_autoptr (JsonObject) refused = get_directory (f, id);
  assert_picked (refused, "last.result", "refused");
  assert_picked (refused, "last.path", "leaverLimit");
  /* What was undone is not done again by itself. */
  undo_directory (f, id);
  g_autoptr (JsonObject) undone = get_directory (f, id);
  assert_picked (undone, "next", "null");
  g_autoptr (JsonObject) rehearsed = run_directory (f, id, MS_DIRECTORY_REHEARSE, TRUE);
  assert_picked (rehearsed, "result", "done");
  g_autoptr (JsonObject) still = get_directory (f, id);
  assert_picked (still, "next", "null");
  town.failure = g_error_new_literal (MS_ERROR, MS_ERROR_UNAVAILABLE, "Not there");
  g_autoptr (JsonObject) missed = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  assert_picked (missed, "result", "failed");
  g_autoptr (JsonObject) stopped = get_directory (f, id);
  assert_picked (stopped, "next", "null");
  town.searches = 2;
  f->now += 61 * G_TIME_SPAN_MINUTE;
  look (f);
  g_assert_cmpuint (town.searches, ==, 2);
  set_directory (f, id, "{'every':30}");
  f->now += 31 * G_TIME_SPAN_MINUTE;
  look (f);
  g_assert_cmpuint (town.searches, ==, 3);

  /* Nor on behalf of who may not any more. */
  root = make (f, "User", "{'userName':'root','password':'Xy7-kkLw-22'}");
  change (f, "User", root, MS_URN_EXT_USER ":role", "\"administrator\"");
  g_autoptr (MsActor) actor = fixture_actor (f, root, MS_ROLE_ADMINISTRATOR, "console");
  g_free (actor->user_name);
  actor->user_name = g_strdup ("root");
  g_autoptr (JsonObject) slower = parse ("{'every':90}");
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (
      ms_service_put_directory (f->service, actor, id, slower, NULL, out, NULL, NULL, NULL, NULL));
  change (f, "User", root, "active", "false");
  f->now += 91 * G_TIME_SPAN_MINUTE;
  look (f);
  g_assert_cmpuint (town.searches, ==, 3);
  g_autoptr (JsonObject) denied = get_directory (f, id);
  assert_picked (denied, "last.result", "refused");
  g_autofree char *reason = pick (denied, "last.reason");
  g_assert_nonnull (strstr (reason, "root"));
}

static void
test_events (Fixture *f, gconstpointer data)
{
  Hearing          heard = { g_string_new (NULL) };
  g_autofree char *id = make_directory (f, "");
  guint            listener = ms_service_add_listener (f->service, hear, &heard);

  add_people (0, 3);
  run_and_expect (f, id, "create 3");
  ms_service_remove_listener (f->service, listener);
  g_assert_nonnull (strstr (heard.all->str, "directory {\"id\":"));
  g_assert_nonnull (strstr (heard.all->str, "\"state\":\"running\""));
  g_assert_nonnull (strstr (heard.all->str, "\"result\":\"done\""));
  g_assert_null (strstr (heard.all->str, SECRET));
  g_string_free (heard.all, TRUE);
}

/* The server ends: the run is marked as one that did not come to its end, and the next one does all
 * that is left. */
static void
test_killed (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autoptr (GError) error = NULL;

  add_people (0, 600);
  town.waits = TRUE;
  g_assert_true (start (f, id, &error));
  wait_until_asked ();
  /* As a service that was killed leaves it. */
  ms_service_shutdown (f->service);
  g_clear_object (&f->service);
  town.waits = FALSE;
  f->service = ms_service_new (f->store);
  fixture_use_clock (f);
  ms_service_set_directory_read (f->service, town_read);
  g_autoptr (JsonObject) ended = get_directory (f, id);
  assert_picked (ended, "state", "idle");
  assert_picked (ended, "last.result", "failed");
  run_and_expect (f, id, "create 600");
  undo_directory (f, id);
}

/* Types of operators are exchanged while nobody works: a run begins anew afterwards. */
static void
test_tables (Fixture *f, gconstpointer data)
{
  static const char file[]
      = "{\"schemas\":[{\"id\":\"urn:example:2.0:Badge\",\"name\":\"Badge\",\"attributes\":["
        "{\"name\":\"badge\",\"type\":\"string\"}]}],\"resourceTypes\":[{\"name\":\"User\","
        "\"schemaExtensions\":[{\"schema\":\"urn:example:2.0:Badge\"}]}]}";
  const MsSchemaRequest request = { .verb = MS_SCHEMA_ADD, .name = "badge", .text = file };
  g_autofree char      *id = make_directory (f, "");
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gint64 version;

  add_people (0, 5);
  town.waits = TRUE;
  g_assert_true (start (f, id, &error));
  wait_until_asked ();
  g_assert_true (
      ms_service_change_schemas (f->service, f->admin, &request, out, &version, NULL, &error));
  g_assert_no_error (error);
  town.waits = FALSE;
  wait_for_end (f, id);
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "last.result", "done");
  expect_counts (json_object_get_object_member (directory, "last"), "create 5");
  g_assert_cmpuint (town.searches, ==, 2);
  /* And what came so can be mapped. */
  set_directory (
      f, id, "{'mapping':{'userName':'uid','mailbox':'mail','urn:example:2.0:Badge:badge':'cn'}}");
  run_and_expect (f, id, "update 5");
}

static void
test_token (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "Directory:x", "ｄirectory:x", "directory：x" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (
          ms_service_create_token (f->service, f->admin, names[i], "scim", 0, NULL, NULL, &error));
      refuse_error (error, MS_ERROR_INVALID, "name");
    }
}

static gboolean
leave_running (MsTxn *txn, gpointer user_data, GError **error)
{
  g_autoptr (MsDirectoryRecord) record = ms_txn_get_directory (txn, user_data, error);

  g_assert_nonnull (record);
  g_free (record->state);
  record->state = g_strdup ("running");
  return ms_txn_put_directory (txn, record, error);
}

/* Its server took it, and ended before it began. */
static gboolean
leave_waiting (MsTxn *txn, gpointer user_data, GError **error)
{
  g_autoptr (MsDirectoryRecord) record = ms_txn_get_directory (txn, user_data, error);
  gboolean claimed = FALSE;

  g_assert_nonnull (record);
  g_free (record->state);
  record->state = g_strdup ("waiting");
  return ms_txn_put_directory (txn, record, error)
         && ms_txn_claim_directory (txn, user_data, 1, &claimed, error) && claimed;
}

static void
test_left_waiting (Fixture *f, gconstpointer data)
{
  const MsChangeContext context = { .channel = "test", .verb = "test" };
  g_autofree char      *id = make_directory (f, "");

  add_people (0, 3);
  run_and_expect (f, id, "create 3");
  g_assert_true (ms_store_write (f->store, &context, leave_waiting, id, NULL, NULL));
  g_usleep (1000);
  look (f);
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "state", "idle");
  assert_picked (directory, "last.result", "failed");
  assert_picked (directory, "last.job", "null");
  undo_directory (f, id);
  g_autofree char *user = find_user_id (f, "p0");
  g_assert_null (user);
}

static void
test_left_behind (Fixture *f, gconstpointer data)
{
  const MsChangeContext context = { .channel = "test", .verb = "test" };
  g_autofree char      *id = make_directory (f, "");

  add_people (0, 3);
  run_and_expect (f, id, "create 3");
  g_assert_true (ms_store_write (f->store, &context, leave_running, id, NULL, NULL));
  look (f);
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "state", "idle");
  assert_picked (directory, "last.result", "failed");
  assert_picked (directory, "last.reason", "It ended with its server");
  g_assert_cmpuint (town.searches, ==, 1);
  run_and_expect (f, id, "unchanged 3");
}

/* Of two daemons on one store one runs it. */
static void
test_two (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autoptr (GError) error = NULL;

  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (MsStore) store = ms_store_open (f->uri, schemas, 0, &error);
  g_assert_no_error (error);
  g_autoptr (MsService) other = ms_service_new (store);
  g_autoptr (GString) out = g_string_new (NULL);
  ms_service_set_directory_read (other, town_read);
  add_people (0, 5);
  town.waits = TRUE;
  g_assert_true (start (f, id, &error));
  wait_until_asked ();
  g_assert_false (
      ms_service_start_directory (other, f->admin, id, MS_DIRECTORY_RUN, FALSE, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  /* It is nobody's to mark, either, while it is held. */
  ms_directory_runs_resume (other->directories);
  g_assert_true (ms_job_queue_wait_idle (ms_directory_runs_get_queue (other->directories),
                                         g_get_monotonic_time () + 240 * G_USEC_PER_SEC));
  g_autoptr (JsonObject) running = get_directory (f, id);
  assert_picked (running, "state", "running");
  /* The other one may cancel it: whoever runs it leaves it, and writes nothing. */
  g_assert_true (ms_service_cancel_directory (other, f->admin, id, &error));
  g_assert_no_error (error);
  (void) ms_job_queue_cancel (ms_directory_runs_get_queue (f->service->directories), id);
  wait_for_end (f, id);
  g_autoptr (JsonObject) cancelled = get_directory (f, id);
  assert_picked (cancelled, "last.result", "cancelled");
  town.waits = FALSE;
  run_and_expect (f, id, "create 5");
  ms_service_shutdown (other);
}

/* A change of schemas that ends while the service does starts nothing again. */
static void
test_shut_down (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  MsJobQueue      *queue = ms_directory_runs_get_queue (f->service->directories);
  g_autoptr (GError) error = NULL;

  ms_directory_runs_pause (f->service->directories);
  ms_service_shutdown (f->service);
  ms_directory_runs_go_on (f->service->directories);
  g_assert_false (ms_job_queue_put (queue, id, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  town_test ("/directory/safety/incomplete", test_incomplete);
  town_test ("/directory/safety/limit", test_limit);
  town_test ("/directory/safety/limit-of-adoption", test_limit_of_adoption);
  town_test ("/directory/safety/limit-of-groups", test_limit_of_groups);
  town_test ("/directory/safety/limit-of-adopted-mailboxes", test_limit_of_adopted_mailboxes);
  town_test ("/directory/safety/half-readable", test_half_readable);
  town_test ("/directory/safety/kept-hides-nothing", test_kept_hides_nothing);
  town_test ("/directory/safety/lost-identity", test_lost_identity);
  town_test ("/directory/safety/rehearsal", test_rehearsal);
  town_test ("/directory/safety/administrators", test_administrators);
  town_test ("/directory/safety/policy", test_policy);
  town_test ("/directory/safety/roads", test_roads);
  town_test ("/directory/safety/secret", test_secret);
  town_test ("/directory/safety/set-up", test_set_up);
  town_test ("/directory/safety/kinds", test_kinds);
  town_test ("/directory/safety/delete", test_delete);
  town_test ("/directory/safety/try", test_try);
  town_test ("/directory/safety/try-changed", test_try_changed);
  town_test ("/directory/safety/cancel", test_cancel);
  town_test ("/directory/safety/relinked", test_relinked);
  town_test ("/directory/safety/cancel-waiting", test_cancel_waiting);
  town_test ("/directory/safety/loses-right", test_loses_right);
  town_test ("/directory/safety/schedule", test_schedule);
  town_test ("/directory/safety/events", test_events);
  town_test ("/directory/safety/killed", test_killed);
  town_test ("/directory/safety/tables", test_tables);
  town_test ("/directory/safety/shut-down", test_shut_down);
  town_test ("/directory/safety/token", test_token);
  town_test ("/directory/safety/left-waiting", test_left_waiting);
  town_test ("/directory/safety/left-behind", test_left_behind);
  /* SQLite has one daemon. */
  if (strcmp (store_place_get_driver (), "postgresql") == 0)
    town_test ("/directory/safety/two", test_two);
  return g_test_run ();
}
