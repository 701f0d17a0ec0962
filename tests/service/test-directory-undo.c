/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * After an undo the next run does what it would have done without the run that was undone.
 */
#include "directory-fixture.h"

#include <string.h>

#include "ms-directory-state.h"
#include "store-place.h"

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

/* Undoes the job of the last run, or @job. @job: (inout) (nullable): that of the undo. (transfer
 * full): the answer */
static JsonObject *
undo_job (Fixture *f, const char *id, char **job)
{
  g_autoptr (GError) error = NULL;
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  operation->job = *job != NULL ? g_steal_pointer (job)
                                : ms_service_get_directory_job (f->service, f->admin, id, &error);
  g_assert_no_error (error);
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  g_assert_no_error (error);
  JsonObject *answer = parse (outcome->document->str);
  *job = pick (answer, "job");
  return answer;
}

static void
expect_refused (JsonObject *answer, const char *text)
{
  JsonArray *refused = json_object_get_array_member (answer, "refused");
  gboolean   found = FALSE;

  for (guint i = 0; i < json_array_get_length (refused); i++)
    {
      const char *reason
          = json_object_get_string_member (json_array_get_object_element (refused, i), "reason");
      g_test_message ("%s", reason);
      found = found || strstr (reason, text) != NULL;
    }
  g_assert_true (found);
}

/* An address that somebody was given meanwhile does not come back: neither as the address itself
 * nor as an alias. */
static void
test_given_away (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f, ",'mapping':{'userName':'uid','mailbox':'mail','aliases':'proxyAddresses'}");
  g_autofree char *job = NULL;
  Entry           *one = town_add (
      "uid=n1;mail=n1@example.org;proxyAddresses=smtp:a1@example.org|smtp:a2@example.org");

  run_and_expect (f, id, "create 1");
  g_autofree char *user = find_user_id (f, "n1");
  g_autofree char *first = find_mailbox_id (f, "n1@example.org");
  g_autofree char *second = make_mailbox (f, "n2", NULL, FALSE);
  town_set (one, "uid", "n1x");
  town_set (one, "mail", "n1x@example.org");
  run_and_expect (f, id, "rename 1");
  change (f, "Mailbox", first, "aliases", "[\"a1@example.org\",\"a2@example.org\"]");
  change (f, "Mailbox", second, "aliases", "[\"n1@example.org\"]");
  g_autoptr (JsonObject) answer = undo_job (f, id, &job);
  expect_refused (answer, "n1@example.org is already an address of the Mailbox “n2”");
  expect_recipients (f, "n1@example.org", "n2@example.org");
  expect_recipients (f, "n1x@example.org", "n1x@example.org");
  assert_shown (f, "User", user, "userName", "n1");

  /* An alias, beside one that comes back. */
  town_set (one, "uid", "n1");
  town_set (one, "proxyAddresses", NULL);
  run_and_expect (f, id, "update 1");
  change (f, "Mailbox", second, "aliases", "[\"n1@example.org\",\"a1@example.org\"]");
  g_clear_pointer (&job, g_free);
  g_autoptr (JsonObject) again = undo_job (f, id, &job);
  expect_refused (again, "a1@example.org is already an address of the Mailbox “n2”");
  expect_recipients (f, "a1@example.org", "n2@example.org");
  expect_recipients (f, "a2@example.org", "n1x@example.org");
}

/* Nor where what lies in the bin is not what was deleted, and that is put in again. */
static void
test_withheld (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f,
                                        ",'leavers':'delete','leaverLimit':100,'mapping':{"
                                        "'userName':'uid','mailbox':'mail','aliases':"
                                        "'proxyAddresses'}");
  g_autofree char *job = NULL;
  g_autoptr (GError) error = NULL;

  town_add ("uid=n1;mail=n1@example.org;"
            "proxyAddresses=smtp:a1@example.org|smtp:a2@example.org|smtp:a3@example.org");
  town_add ("uid=zed;mail=zed@example.org");
  run_and_expect (f, id, "create 2");
  g_autofree char *user = find_user_id (f, "n1");
  g_autofree char *first = find_mailbox_id (f, "n1@example.org");
  g_autofree char *second = make_mailbox (f, "n2", NULL, FALSE);
  town_remove (town_find ("n1"));
  run_and_expect (f, id, "delete 1, unchanged 1");
  g_autofree char *ids = json ("{'ids':['%s']}", user);
  g_autoptr (MsOutcome) restored = try_verb (f, NULL, MS_VERB_RESTORE, NULL, NULL, ids, &error);
  g_assert_no_error (error);
  change (f, "Mailbox", first, "aliases", "[\"a2@example.org\",\"a4@example.org\"]");
  drop (f, "Mailbox", first, NULL);
  drop (f, "User", user, NULL);
  /* One that went meanwhile, and one that it has in the bin too. */
  change (f, "Mailbox", second, "aliases", "[\"a1@example.org\",\"a2@example.org\"]");
  g_autoptr (JsonObject) answer = undo_job (f, id, &job);
  expect_refused (answer, "a1@example.org is already an address of the Mailbox “n2”");
  expect_refused (answer, "a2@example.org is already an address of the Mailbox “n2”");
  g_assert_true (is_there (f, "User", user));
  assert_shown (f, "Mailbox", first, "aliases", "[\"a3@example.org\"]");
  expect_recipients (f, "a1@example.org", "n2@example.org");
  expect_recipients (f, "a2@example.org", "n2@example.org");
  expect_recipients (f, "a3@example.org", "n1@example.org");
}

#define SCHEME "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User:passwordScheme"

/* Who had no password and was taken over has none again, and the next run gives it to them. */
static void
test_password (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f, ",'adopt':true,'mapping':{'userName':'uid','passwordHash':'userPassword'}");
  g_autofree char *user = make_user (f, "pw2");
  Entry           *one = town_add ("uid=pw2");
  g_autofree char *before = digest (f);

  town_set (one, "userPassword", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=");
  assert_shown (f, "User", user, SCHEME, NULL);
  for (guint i = 0; i < 2; i++)
    {
      run_and_expect (f, id, "update 1");
      assert_shown (f, "User", user, SCHEME, "sha");
      undo_directory (f, id);
      assert_shown (f, "User", user, SCHEME, NULL);
      g_autofree char *after = digest (f);
      g_assert_cmpstr (after, ==, before);
    }

  /* One that was set by somebody since stays. */
  run_and_expect (f, id, "update 1");
  change (f, "User", user, "password", "'correct horse battery 7'");
  g_autofree char *job = NULL;
  g_autoptr (JsonObject) answer = undo_job (f, id, &job);
  expect_refused (answer, "It was changed again since");
  assert_shown (f, "User", user, SCHEME, "yescrypt");
  run_and_expect (f, id, "update 1");
  assert_shown (f, "User", user, SCHEME, "yescrypt");
  run_and_expect (f, id, "unchanged 1");
}

/* Who has one that was set here after a run was undone, which gave them their first, keeps it as
 * anybody does who was here before. */
static void
test_own_password (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f, ",'adopt':true,'mapping':{'userName':'uid','passwordHash':'userPassword'}");
  g_autofree char *user = make_user (f, "pw2");
  Entry           *one = town_add ("uid=pw2");
  g_autofree char *job = NULL;

  town_set (one, "userPassword", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=");
  run_and_expect (f, id, "update 1");
  undo_directory (f, id);
  change (f, "User", user, "password", "'correct horse battery 7'");
  run_and_expect (f, id, "update 1");
  assert_shown (f, "User", user, SCHEME, "yescrypt");
  g_autoptr (JsonObject) rows = get_rows (f, id, "update");
  assert_picked (
      rows,
      "rows[0].reason",
      "Taken over by the user name; The password that was here before is kept; Their mailbox "
      "pw2@example.org comes out of the bin");
  run_and_expect (f, id, "unchanged 1");
  assert_shown (f, "User", user, SCHEME, "yescrypt");

  /* But where what a run gave them stands, the directory goes on being the master of it. */
  change (f, "User", user, "password", "null");
  run_and_expect (f, id, "update 1");
  assert_shown (f, "User", user, SCHEME, "sha");
  undo_directory (f, id);
  assert_shown (f, "User", user, SCHEME, NULL);
  run_and_expect (f, id, "update 1");
  change (f, "User", user, "password", "'correct horse battery 7'");
  run_and_expect (f, id, "update 1");
  assert_shown (f, "User", user, SCHEME, "sha");
  /* Whom a run made has that of the directory, also out of the bin. */
  Entry *two = town_add ("uid=pw3");
  town_set (two, "userPassword", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=");
  run_and_expect (f, id, "create 1, unchanged 1");
  g_autofree char *made = find_user_id (f, "pw3");
  undo_directory (f, id);
  run_and_expect (f, id, "enable 1, unchanged 1");
  change (f, "User", made, "password", "'correct horse battery 7'");
  run_and_expect (f, id, "update 1, unchanged 1");
  assert_shown (f, "User", made, SCHEME, "sha");
}

/* What one gives up and the other gets goes back, in a circle too. */
static void
test_circle (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f, ",'mapping':{'userName':'uid','mailbox':'mail','aliases':'proxyAddresses'}");
  Entry *ann = town_add ("uid=ann;mail=ann@example.org;proxyAddresses=smtp:a@example.org");
  Entry *bob = town_add ("uid=bob;mail=bob@example.org;proxyAddresses=smtp:b@example.org");

  run_and_expect (f, id, "create 2");
  g_autofree char *before = digest (f);
  town_set (ann, "mail", "bob@example.org");
  town_set (ann, "proxyAddresses", "smtp:b@example.org");
  town_set (bob, "mail", "ann@example.org");
  town_set (bob, "proxyAddresses", "smtp:a@example.org");
  run_and_expect (f, id, "update 2");
  undo_directory (f, id);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* A run made somebody, that was undone, and so is the undo: but the name is somebody's by now. */
static void
test_undo_of_undo (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autofree char *job = NULL;

  town_add ("uid=f1;mail=f1@example.org");
  town_add ("uid=f2;mail=f2@example.org");
  town_add ("uid=f3;mail=f3@example.org");
  run_and_expect (f, id, "create 3");
  g_autofree char *mailbox = find_mailbox_id (f, "f1@example.org");
  g_autofree char *others = find_mailbox_id (f, "f2@example.org");
  g_autofree char *third = find_mailbox_id (f, "f3@example.org");
  g_autoptr (JsonObject) undone = undo_job (f, id, &job);
  assert_picked (undone, "refused", "[]");
  g_autofree char *local = make_user (f, "f1");
  g_autofree char *locals = make_mailbox (f, "f1x", local, TRUE);
  change (f, "Mailbox", locals, "aliases", "[\"f1@example.org\",\"f2@example.org\"]");
  g_autoptr (JsonObject) answer = undo_job (f, id, &job);
  expect_refused (answer, "userName “f1” is in use already");
  expect_refused (answer, "What it belongs to was not restored");
  expect_refused (answer, "f2@example.org is already an address of the Mailbox “f1x”");
  g_assert_false (is_there (f, "Mailbox", mailbox));
  g_assert_false (is_there (f, "Mailbox", others));
  g_assert_true (is_there (f, "Mailbox", third));
  expect_recipients (f, "f1@example.org", "f1x@example.org");
  expect_recipients (f, "f2@example.org", "f1x@example.org");
  expect_recipients (f, "f3@example.org", "f3@example.org");
}

/* What was shared before the run is so again; and who has an address as an alias still gets it back
 * as their own, whoever has it too. */
static void
test_shared_before (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (
      f, ",'mapping':{'userName':'uid','mailbox':'mail','aliases':'proxyAddresses'}");
  Entry *one = town_add ("uid=n1;mail=n1@example.org;proxyAddresses=smtp:a1@example.org");

  run_and_expect (f, id, "create 1");
  g_autofree char *first = find_mailbox_id (f, "n1@example.org");
  g_autofree char *second = make_mailbox (f, "n2", NULL, FALSE);
  change (f, "Mailbox", second, "aliases", "[\"a1@example.org\"]");
  g_autofree char *before = digest (f);
  town_set (one, "proxyAddresses", NULL);
  run_and_expect (f, id, "update 1");
  expect_recipients (f, "a1@example.org", "n2@example.org");
  undo_directory (f, id);
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);

  town_set (one, "proxyAddresses", "smtp:a1@example.org");
  town_set (one, "mail", "n1x@example.org");
  run_and_expect (f, id, "update 1");
  change (f, "Mailbox", second, "aliases", "[\"a1@example.org\",\"n1@example.org\"]");
  undo_directory (f, id);
  assert_shown (f, "Mailbox", first, "address", "n1@example.org");
}

/* Whoever hears the end of an undo */
typedef struct
{
  Fixture    *f;
  const char *id;
  gboolean    is_held;
  gboolean    stops; /* once the first change set is done */
  GString    *states;
} Ear;

static gboolean
read_held (MsTxn *txn, gpointer user_data, GError **error)
{
  Ear *self = user_data;
  g_autoptr (MsDirectoryState) state = ms_directory_state_load (txn, self->id, error);

  g_assert_nonnull (state);
  self->is_held = ms_directory_state_is_being_undone (state);
  return TRUE;
}

static void
hear_undo (const char *kind, gint64 sequence, const char *text, gpointer user_data)
{
  Ear *self = user_data;

  if (strcmp (kind, "undo") != 0)
    return;
  g_autoptr (JsonObject) event = parse (text);
  g_autofree char *state = pick (event, "state");
  g_assert_true (ms_store_read (self->f->store, read_held, self, NULL, NULL));
  g_string_append_printf (self->states,
                          "%s %d/%d%s ",
                          state,
                          (int) json_object_get_int_member (event, "done"),
                          (int) json_object_get_int_member (event, "total"),
                          self->is_held ? " held" : "");
  if (self->stops)
    g_atomic_int_set (&self->f->service->is_shut_down, TRUE);
}

/* Whoever hears that an undo has ended, well or not, can run the directory; and its end is told
 * also where the server ends. */
static void
test_events (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autoptr (GError) error = NULL;
  Ear          ear = { f, id, FALSE, FALSE, g_string_new (NULL) };
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  /* One waits for the other, so this takes two transactions. */
  town_add ("uid=ann;mail=ann@example.org;entryUUID=1");
  town_add ("uid=bob;mail=bob@example.org;entryUUID=2");
  run_and_expect (f, id, "create 2");
  town_set (town.entries->pdata[0], "uid", "bob");
  town_set (town.entries->pdata[1], "uid", "cid");
  run_and_expect (f, id, "rename 2");
  guint listener = ms_service_add_listener (f->service, hear_undo, &ear);
  undo_directory (f, id);
  g_assert_cmpstr (ear.states->str, ==, "running 1/2 held done 2/2 ");

  /* It is held also by one that finds nothing to undo. */
  g_string_truncate (ear.states, 0);
  MsOperation *again = ms_operation_new (MS_VERB_UNDO);
  again->job = ms_service_get_directory_job (f->service, f->admin, id, &error);
  g_autoptr (MsOutcome) none = ms_service_apply (f->service, f->admin, again, &error);
  g_assert_null (none);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "undone already"));
  g_clear_error (&error);
  g_assert_cmpstr (ear.states->str, ==, "running 1/2 held done 2/2 ");

  run_and_expect (f, id, "rename 2");
  g_string_truncate (ear.states, 0);
  ear.stops = TRUE;
  operation->job = ms_service_get_directory_job (f->service, f->admin, id, &error);
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  ms_service_remove_listener (f->service, listener);
  g_atomic_int_set (&f->service->is_shut_down, FALSE);
  g_assert_null (outcome);
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_assert_cmpstr (ear.states->str, ==, "running 1/2 held failed 1/2 ");
  undo_directory (f, id);
  run_and_expect (f, id, "rename 2");
  g_string_free (ear.states, TRUE);
}

/* Somebody else undoes the same meanwhile, by a service of their own: to its end. */
typedef struct
{
  Ear        ear;
  MsService *service;
  char      *job;
  guint      others;
} Meanwhile;

static void
undo_there (const char *kind, gint64 sequence, const char *text, gpointer user_data)
{
  Meanwhile *self = user_data;
  g_autoptr (GError) error = NULL;

  if (strcmp (kind, "undo") != 0 || strstr (text, "\"state\":\"running\"") == NULL)
    return;
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);
  operation->job = g_strdup (self->job);
  g_autoptr (MsOutcome) outcome
             = ms_service_apply (self->service, self->ear.f->admin, operation, &error);
  g_assert_no_error (error);
  self->others++;
  g_assert_true (ms_store_read (self->ear.f->store, read_held, &self->ear, NULL, NULL));
  g_assert_true (self->ear.is_held);
}

/* The end of one undo is not the end of another that has the same directory. */
static void
test_two_undos (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autoptr (GError) error = NULL;
  Meanwhile    meanwhile = { .ear = { .f = f, .id = id } };
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  town_add ("uid=ann;mail=ann@example.org;entryUUID=1");
  town_add ("uid=bob;mail=bob@example.org;entryUUID=2");
  run_and_expect (f, id, "create 2");
  town_set (town.entries->pdata[0], "uid", "bob");
  town_set (town.entries->pdata[1], "uid", "cid");
  run_and_expect (f, id, "rename 2");
  meanwhile.job = ms_service_get_directory_job (f->service, f->admin, id, &error);
  meanwhile.service = ms_service_new (f->store);
  operation->job = g_strdup (meanwhile.job);
  guint listener = ms_service_add_listener (f->service, undo_there, &meanwhile);
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  ms_service_remove_listener (f->service, listener);
  g_assert_no_error (error);
  g_assert_cmpuint (meanwhile.others, ==, 1);
  g_assert_true (ms_store_read (f->store, read_held, &meanwhile.ear, NULL, NULL));
  g_assert_false (meanwhile.ear.is_held);
  ms_service_shutdown (meanwhile.service);
  g_clear_object (&meanwhile.service);
  g_free (meanwhile.job);
}

/* Elsewhere --------------------------------------------------------------------------------- */

#define WAIT_USEC (240 * G_USEC_PER_SEC)

typedef struct
{
  GMutex   lock;
  GCond    changed;
  GString *states;
  gboolean has_ended;
} Far;

static void
hear_far (const char *kind, gint64 sequence, const char *text, gpointer user_data)
{
  Far *self = user_data;

  if (strcmp (kind, "undo") != 0)
    return;
  g_autoptr (JsonObject) event = parse (text);
  g_autofree char *state = pick (event, "state");
  g_mutex_lock (&self->lock);
  g_string_append_printf (self->states, "%s ", state);
  self->has_ended = strcmp (state, "running") != 0;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* Who listens at another daemon hears of it too. */
static void
test_heard_elsewhere (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (GError) error = NULL;
  Far    far = { .states = g_string_new (NULL) };
  gint64 end = g_get_monotonic_time () + WAIT_USEC;

  g_mutex_init (&far.lock);
  g_cond_init (&far.changed);
  MsStore *store = ms_store_open (f->uri, schemas, 0, &error);
  g_assert_no_error (error);
  MsService *service = ms_service_new (store);
  guint      listener = ms_service_add_listener (service, hear_far, &far);
  town_add ("uid=ann;mail=ann@example.org;entryUUID=1");
  town_add ("uid=bob;mail=bob@example.org;entryUUID=2");
  run_and_expect (f, id, "create 2");
  town_set (town.entries->pdata[0], "uid", "bob");
  town_set (town.entries->pdata[1], "uid", "cid");
  run_and_expect (f, id, "rename 2");
  undo_directory (f, id);
  g_mutex_lock (&far.lock);
  while (!far.has_ended)
    g_assert_true (g_cond_wait_until (&far.changed, &far.lock, end));
  g_mutex_unlock (&far.lock);
  ms_service_remove_listener (service, listener);
  g_assert_cmpstr (far.states->str, ==, "running done ");
  ms_service_shutdown (service);
  g_object_unref (service);
  g_object_unref (store);
  g_string_free (far.states, TRUE);
  g_mutex_clear (&far.lock);
  g_cond_clear (&far.changed);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  town_test ("/directory/undo/make", test_make);
  town_test ("/directory/undo/bring-back", test_bring_back);
  town_test ("/directory/undo/enable", test_enable);
  town_test ("/directory/undo/given-away", test_given_away);
  town_test ("/directory/undo/withheld", test_withheld);
  town_test ("/directory/undo/shared-before", test_shared_before);
  town_test ("/directory/undo/password", test_password);
  town_test ("/directory/undo/own-password", test_own_password);
  town_test ("/directory/undo/circle", test_circle);
  town_test ("/directory/undo/undo-of-undo", test_undo_of_undo);
  town_test ("/directory/undo/events", test_events);
  town_test ("/directory/undo/two-undos", test_two_undos);
  /* SQLite has one daemon. */
  if (strcmp (store_place_get_driver (), "postgresql") == 0)
    town_test ("/directory/undo/heard-elsewhere", test_heard_elsewhere);
  return g_test_run ();
}
