/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Imports that are interrupted: by kill -9, by a server that is stopped, by being cancelled; and
 * taken back. The end must be the same as if nothing had happened, however often it does.
 *
 * The program runs itself as the server that is killed: "--serve URI STEP" takes up what is under
 * way and prints a line before every transaction, so that the test knows when it is in the middle.
 */
#include "import-fixture.h"
#include "import-gate.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ms-error.h"
#include "ms-import-manager.h"
#include "ms-import.h"
#include "ms-json.h"
#include "ms-schemas.h"
#include "ms-store-private.h"
#include "ms-txn.h"
#include "store-place.h"

/* Several transactions of MS_IMPORT_CHUNK_ROWS */
#define RECORDS 1300
#define ACCOUNTS "{'createUsers':true,'createGroups':true}"

static const char *program;

static char *
make_file (guint records)
{
  GString *text = g_string_new ("login,name,group,aliases,quota\n");

  for (guint i = 0; i < records; i++)
    if (i % 100 == 99)
      g_string_append_printf (text, "user%05u,Bad Quota,,,lots\n", i);
    else
      g_string_append_printf (
          text, "user%05u,User %u,Deck %u/Watch %u,u%u,%u MB\n", i, i, i % 7, i % 3, i, i % 50 + 1);
  return g_string_free (text, FALSE);
}

/* The other end of the kill
 * ------------------------------------------------------------------------------------- */

typedef struct
{
  guint    steps;
  guint    last_step; /* here it stops and waits to be killed; 0: nowhere */
  GMutex   lock;
  GCond    ended;
  gboolean is_over;
} Server;

static void
on_server_step_cb (const char *id, gint64 done, gpointer user_data)
{
  Server *server = user_data;

  printf ("step %u: %" G_GINT64_FORMAT "\n", ++server->steps, done);
  fflush (stdout);
  while (server->steps == server->last_step)
    pause ();
}

static void
on_event_cb (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  Server *server = user_data;

  if (strcmp (kind, "import") != 0)
    return;
  g_autoptr (JsonNode) node = ms_json_parse (json, -1, &ms_json_default_limits, NULL);
  const char *state = json_object_get_string_member (json_node_get_object (node), "state");
  if (strcmp (state, "running") == 0)
    return;
  g_mutex_lock (&server->lock);
  server->is_over = TRUE;
  g_cond_signal (&server->ended);
  g_mutex_unlock (&server->lock);
}

static int
serve (const char *uri, const char *last_step)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (MsStore) store = ms_store_open (uri, schemas, 0, &error);
  Server server = { .last_step = (guint) g_ascii_strtoull (last_step, NULL, 10) };

  (void) prctl (PR_SET_PDEATHSIG, SIGKILL); /* a test that fails does not come to killing us */
  if (store == NULL)
    {
      fprintf (stderr, "%s\n", error->message);
      return 1;
    }
  g_mutex_init (&server.lock);
  g_cond_init (&server.ended);
  g_autoptr (MsService) service = ms_service_new (store);
  fixture_set_key (service);
  ms_service_add_listener (service, on_event_cb, &server);
  ms_import_manager_set_step_func (service->imports, on_server_step_cb, &server);
  ms_service_resume_jobs (service);
  g_mutex_lock (&server.lock);
  while (!server.is_over)
    g_cond_wait (&server.ended, &server.lock);
  g_mutex_unlock (&server.lock);
  ms_service_shutdown (service);
  ms_store_close (store);
  return 0;
}

/* Lets a server work on what is under way until it is about to begin its second transaction, and
 * kills it: there, where @is_held, else some moment later. Whether there is something left to do
 * is what the store says, for one that is killed late may have come to the end. */
static gboolean
serve_and_kill (Fixture *self, gboolean is_held)
{
  const char *const arguments[] = { program, "--serve", self->uri, is_held ? "2" : "0", NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;
  int  out = -1;
  char line[256];

  g_assert_true (g_spawn_async_with_pipes (NULL,
                                           (char **) arguments,
                                           NULL,
                                           G_SPAWN_DO_NOT_REAP_CHILD,
                                           NULL,
                                           NULL,
                                           &pid,
                                           NULL,
                                           &out,
                                           NULL,
                                           &error));
  g_assert_no_error (error);
  FILE *stream = fdopen (out, "r");
  for (guint n = 0; n < 2 && fgets (line, sizeof line, stream) != NULL; n++)
    g_test_message ("%s", g_strchomp (line));
  (void) kill (pid, SIGKILL); /* it may have ended by itself */
  fclose (stream);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  /* Where several servers share a store, others take up what the dead one held only some time
   * later. It also waits until the database has noticed that the dead one is gone. */
  store_place_run_sql (
      store_place_get_driver (), self->folder, "UPDATE import_job SET held_until = 0");
  g_autofree char *state
      = store_place_ask (store_place_get_driver (), self->folder, "SELECT state FROM import_job");
  return strcmp (state, "running") == 0;
}

/* What @text comes to, imported without a break in a store of its own; made once. */
typedef struct
{
  JsonObject *import;
  char       *exported;
} Reference;

static const Reference *
get_reference (const char *text)
{
  static Reference reference;
  Fixture          other = { 0 };

  if (reference.import != NULL)
    return &reference;
  fixture_set_up (&other, NULL);
  g_autofree char *id = fixture_upload (&other, text);
  reference.import = fixture_do (&other, id, ACCOUNTS, FALSE, "done");
  reference.exported = fixture_export (&other, "Mailbox");
  fixture_tear_down (&other, NULL);
  return &reference;
}

/* That of the service which mark_running() is called for */
static MsService *prepared;

/* What ms_service_import_start() stores, without anybody here to work on it. */
static gboolean
mark_running (MsTxn *txn, gpointer user_data, GError **error)
{
  MsImportRecord *record = ms_txn_get_import (txn, user_data, FALSE, error);

  g_assert_nonnull (record);
  g_autoptr (MsImport) import = ms_import_load (prepared->import_seal, record, error);
  g_assert_nonnull (import);
  ms_import_reset (import);
  import->was_run = TRUE;
  ms_import_set_state (import, "running");
  ms_import_save (import);
  return ms_txn_clear_import_rows (txn, user_data, error)
         && ms_txn_put_import (txn, import->record, error);
}

/* Leaves the run to the servers that are killed; its options are those of a rehearsal. */
static void
prepare_run (Fixture *self, char *id)
{
  MsChangeContext context = { NULL, NULL, "import", "import", NULL, NULL, 0 };
  g_autoptr (GError) error = NULL;

  g_autoptr (JsonObject) rehearsed = fixture_do (self, id, ACCOUNTS, TRUE, "rehearsed");
  g_assert_cmpint (fixture_count (rehearsed, "create"), ==, RECORDS - RECORDS / 100);
  prepared = self->service;
  g_assert_true (ms_store_write (self->store, &context, mark_running, id, NULL, &error));
  g_assert_no_error (error);
}

static void
test_kill (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_file (RECORDS);
  const Reference *expected = get_reference (text);
  g_autofree char *id = fixture_upload (self, text);
  guint            kills = 0;

  prepare_run (self, id);
  fixture_close (self);
  while (kills < 4 && serve_and_kill (self, kills % 2 == 0))
    kills++;
  g_assert_cmpuint (kills, >, 0);

  fixture_open (self);
  g_autoptr (JsonObject) found = fixture_get (self, id);
  g_test_message ("%u kills; %" G_GINT64_FORMAT " records done",
                  kills,
                  json_object_get_int_member (found, "done"));
  ms_service_resume_jobs (self->service);
  g_autoptr (JsonObject) done = fixture_wait (self, id);
  g_autofree char *exported = fixture_export (self, "Mailbox");
  g_assert_cmpstr (json_object_get_string_member (done, "state"), ==, "done");
  g_assert_cmpint (json_object_get_int_member (done, "done"), ==, RECORDS);
  g_assert_cmpint (fixture_count (done, "create"), ==, fixture_count (expected->import, "create"));
  g_assert_cmpint (fixture_count (done, "refuse"), ==, fixture_count (expected->import, "refuse"));
  g_assert_cmpint (fixture_count (done, "skip"), ==, 0);
  g_assert_cmpstr (exported, ==, expected->exported);

  g_autoptr (GPtrArray) problems = ms_store_verify (self->store, NULL);
  g_assert_nonnull (problems);
  g_assert_cmpuint (problems->len, ==, 0);

  /* All its pieces are one import, and go together. */
  fixture_undo (self, id);
  g_assert_cmpint (fixture_total (self, "User"), ==, 1);
  g_assert_cmpint (fixture_total (self, "Mailbox"), ==, 1);
  g_assert_cmpint (fixture_total (self, "MailGroup"), ==, 0);
}

/* Stopping
 * ----------------------------------------------------------------------------------------------------------
 */

/* Stopping in good order, again and again */
static void
test_shutdown (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_file (RECORDS);
  const Reference *expected = get_reference (text);
  g_autofree char *id = fixture_upload (self, text);
  gint64           before = 0;

  for (guint i = 0; i < 4; i++)
    {
      Gate gate;

      gate_set_up (&gate, self->service->imports, before);
      gate_open_to_stop (&gate);
      if (i == 0)
        fixture_start (self, id, ACCOUNTS, FALSE);
      else
        ms_service_resume_jobs (self->service);
      gate_wait (&gate);
      fixture_close (self);
      fixture_open (self);
      g_autoptr (JsonObject) found = fixture_get (self, id);
      gint64 done = json_object_get_int_member (found, "done");
      g_assert_cmpint (done, >, before);
      g_assert_cmpint (done, <, RECORDS);
      g_assert_cmpint (fixture_total (self, "User"), ==, 1 + fixture_count (found, "create"));
      before = done;
    }
  ms_service_resume_jobs (self->service);
  g_autoptr (JsonObject) done = fixture_wait (self, id);
  g_autofree char *exported = fixture_export (self, "Mailbox");
  g_assert_cmpstr (json_object_get_string_member (done, "state"), ==, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, fixture_count (expected->import, "create"));
  g_assert_cmpstr (exported, ==, expected->exported);
}

/* A rehearsal that was interrupted begins again, and comes to the same. */
static void
test_rehearsal_again (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_file (RECORDS);
  g_autofree char *id = fixture_upload (self, text);

  fixture_start (self, id, ACCOUNTS, TRUE);
  fixture_close (self);
  fixture_open (self);
  ms_service_resume_jobs (self->service);
  g_autoptr (JsonObject) rehearsed = fixture_wait (self, id);
  g_autoptr (JsonArray) rows = fixture_rows (self, id, NULL);
  g_assert_cmpstr (json_object_get_string_member (rehearsed, "state"), ==, "rehearsed");
  g_assert_cmpint (fixture_count (rehearsed, "create"), ==, RECORDS - RECORDS / 100);
  g_assert_cmpint (json_object_get_int_member (rehearsed, "groups"), ==, 7 + 21);
  g_assert_cmpuint (json_array_get_length (rows), ==, RECORDS);
  g_assert_cmpint (fixture_total (self, "User"), ==, 1);
}

/* Cancelling
 * --------------------------------------------------------------------------------------------------------
 */

static void
cancel (Fixture *self, const char *id)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_service_import_cancel (self->service, self->actor, id, &error));
  g_assert_no_error (error);
}

/* (transfer full): the id */
static char *
apply (Fixture *self, MsVerb verb, const char *id, const char *body)
{
  g_autoptr (GError) error = NULL;
  MsOperation *operation = ms_operation_new (verb);

  operation->type = self->service->types.user;
  operation->id = g_strdup (id);
  operation->body = fixture_json (body);
  g_autoptr (MsOutcome) outcome = ms_service_apply (self->service, self->actor, operation, &error);
  g_assert_no_error (error);
  return g_strdup (outcome->id);
}

/* Whoever began it may import no more: nothing further is done in their name. */
static void
test_starter (Fixture *self, gconstpointer data)
{
  static const char *const changes[] = {
    "{'op':'replace','path':'" MS_URN_EXT_USER ":role','value':'auditor'}",
    "{'op':'replace','path':'active','value':false}",
    "{'op':'replace','path':'" MS_URN_EXT_USER ":validUntil','value':'2001-01-01T00:00:00Z'}",
  };
  g_autofree char *text = make_file (RECORDS);

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autofree char *body = g_strdup_printf (
          "{'userName':'starter%u','" MS_URN_EXT_USER "':{'role':'administrator'}}", i);
      g_autofree char *patch
          = g_strdup_printf ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                             "'Operations':[%s]}",
                             changes[i]);
      g_autofree char *starter = apply (self, MS_VERB_CREATE, NULL, body);
      MsActor         *admin = self->actor;
      Gate             gate;

      g_test_message ("%s", changes[i]);
      self->actor = ms_actor_copy (admin);
      g_free (self->actor->user_id);
      self->actor->user_id = g_strdup (starter);
      g_autofree char *id = fixture_upload (self, text);
      gate_set_up (&gate, self->service->imports, 0);
      fixture_start (self, id, ACCOUNTS, FALSE);
      gate_wait (&gate);
      ms_actor_free (self->actor);
      self->actor = admin;
      g_autofree char *changed = apply (self, MS_VERB_PATCH, starter, patch);
      g_assert_cmpstr (changed, ==, starter);
      gate_release (&gate);
      g_autoptr (JsonObject) ended = fixture_wait (self, id);
      g_assert_cmpstr (json_object_get_string_member (ended, "state"), ==, "failed");
      g_assert_cmpint (json_object_get_int_member (ended, "done"), >, 0);
      g_assert_cmpint (json_object_get_int_member (ended, "done"), <, RECORDS);
      fixture_undo (self, id);
    }
}

/* The session that a long undo was asked for by ends in the middle of it. */
typedef struct
{
  Fixture *f;
  char    *session_id;
  gint     is_done;
} Ending;

static gboolean
begin_session (MsTxn *txn, gpointer user_data, GError **error)
{
  Ending   *self = user_data;
  gint64    now = g_get_real_time ();
  MsSession session = { .id = self->session_id,
                        .kind = (char *) "token",
                        .name = (char *) "undo",
                        .user_id = self->f->actor->user_id,
                        .scope = (char *) "all",
                        .channel = (char *) "cli",
                        .created = now,
                        .last_used = now,
                        .expires = now + G_TIME_SPAN_HOUR };

  return ms_txn_insert_session (txn, &session, "hash", error);
}

static gboolean
end_session (MsTxn *txn, gpointer user_data, GError **error)
{
  Ending *self = user_data;

  return ms_txn_delete_session (txn, self->session_id, error);
}

static void
on_ended_cb (gint64 sequence, const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
}

static const MsChangeContext ending_context
    = { .actor_name = "x", .channel = "cli", .verb = "update" };

/* Behind what is being written, and before the next change set is undone. */
static void
on_first_undone_cb (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  Ending *self = user_data;

  if (strcmp (kind, "change") == 0 && g_atomic_int_compare_and_exchange (&self->is_done, 0, 1))
    ms_store_write_async (self->f->store, &ending_context, end_session, self, on_ended_cb, self);
}

static void
test_undo_ends (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_file (RECORDS);
  g_autofree char *id = fixture_upload (self, text);
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_autoptr (MsActor) actor = ms_actor_copy (self->actor);
  g_autoptr (GError) error = NULL;
  Ending ending = { .f = self, .session_id = (char *) "the-session" };

  g_assert_cmpint (fixture_count (done, "create"), >, 0);
  g_free (actor->session_id);
  actor->session_id = g_strdup (ending.session_id);
  g_assert_true (
      ms_store_write (self->store, &ending_context, begin_session, &ending, NULL, &error));
  guint        listener = ms_service_add_listener (self->service, on_first_undone_cb, &ending);
  MsOperation *undo = ms_operation_new (MS_VERB_UNDO);
  undo->job = g_strdup (id);
  g_autoptr (MsOutcome) outcome = ms_service_apply (self->service, actor, undo, &error);
  ms_service_remove_listener (self->service, listener);
  g_assert_null (outcome);
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAUTHENTICATED);
  /* What is undone stays so, and the rest can be. */
  g_assert_cmpint (fixture_total (self, "User"), >, 1);
  fixture_undo (self, id);
  g_assert_cmpint (fixture_total (self, "User"), ==, 1);
}

static void
test_cancel (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_file (RECORDS);
  g_autofree char *id = fixture_upload (self, text);
  Gate             gate;

  gate_set_up (&gate, self->service->imports, 0);
  fixture_start (self, id, ACCOUNTS, FALSE);
  gate_wait (&gate);
  MsOperation *undo = ms_operation_new (MS_VERB_UNDO);
  g_autoptr (GError) error = NULL;
  undo->job = g_strdup (id);
  g_autoptr (MsOutcome) early = ms_service_apply (self->service, self->actor, undo, &error);
  g_assert_null (early);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "is still running: cancel it first"));
  cancel (self, id);
  gate_release (&gate);
  g_autoptr (JsonObject) cancelled = fixture_wait (self, id);
  gint64 created = fixture_count (cancelled, "create");
  g_assert_cmpint (created, >, 0);
  g_assert_cmpstr (json_object_get_string_member (cancelled, "state"), ==, "cancelled");
  g_assert_cmpint (json_object_get_int_member (cancelled, "done"), <, RECORDS);
  /* What is done stays. */
  g_assert_cmpint (fixture_total (self, "User"), ==, 1 + created);

  /* Told the same again, it goes on from there. */
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, RECORDS - RECORDS / 100);
  g_assert_cmpint (fixture_count (done, "skip"), ==, 0);
  fixture_undo (self, id);
  g_assert_cmpint (fixture_total (self, "User"), ==, 1);
}

/* One that waits behind another never begins. */
static void
test_cancel_waiting (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_file (RECORDS);
  g_autofree char *first = fixture_upload (self, text);
  g_autofree char *second = fixture_upload (self, "login\nzoe\n");
  g_autoptr (GError) error = NULL;
  Gate gate;

  gate_set_up (&gate, self->service->imports, -1);
  fixture_start (self, first, ACCOUNTS, TRUE);
  gate_wait (&gate);
  fixture_start (self, second, ACCOUNTS, FALSE);
  cancel (self, second);
  g_autoptr (JsonObject) cancelled = fixture_wait (self, second);
  g_assert_cmpstr (json_object_get_string_member (cancelled, "state"), ==, "cancelled");
  g_assert_cmpint (json_object_get_int_member (cancelled, "done"), ==, 0);
  g_assert_false (ms_service_import_delete (self->service, self->actor, first, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  cancel (self, first);
  gate_release (&gate);
  g_autoptr (JsonObject) ended = fixture_wait (self, first);
  g_assert_cmpstr (json_object_get_string_member (ended, "state"), ==, "cancelled");
  g_assert_cmpint (fixture_total (self, "User"), ==, 1);
}

static void
test_queue_is_bounded (Fixture *self, gconstpointer data)
{
  g_autofree char *blocker = fixture_upload (self, "login\nblocker\n");
  Gate             gate;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) options = fixture_json ("{'createUsers':true}");

  gate_set_up (&gate, self->service->imports, -1);
  fixture_start (self, blocker, ACCOUNTS, TRUE);
  gate_wait (&gate);
  for (guint i = 0; i < 40 && error == NULL; i++)
    {
      g_autofree char *name = g_strdup_printf ("login\nwaiting%u\n", i);
      g_autoptr (GString) out = g_string_new (NULL);
      g_ptr_array_add (ids, fixture_upload (self, name));
      if (!ms_service_import_start (
              self->service, self->actor, ids->pdata[i], options, FALSE, out, &error))
        g_assert_nonnull (error);
    }
  g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
  /* The one that did not fit is as it was. */
  g_autoptr (JsonObject) last = fixture_get (self, ids->pdata[ids->len - 1]);
  g_assert_cmpstr (json_object_get_string_member (last, "state"), ==, "uploaded");
  gate_release (&gate);
  for (guint i = 0; i + 1 < ids->len; i++)
    {
      g_autoptr (JsonObject) done = fixture_wait (self, ids->pdata[i]);
      g_assert_cmpstr (json_object_get_string_member (done, "state"), ==, "done");
    }
}

/* Ends that the store does not take
 * -----------------------------------------------------------------------------------------------------
 */

/* What was told of an import, in order: its states. */
typedef struct
{
  GMutex     lock;
  GPtrArray *states;
  guint      listener;
} Told;

static void
hear_state (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  Told *self = user_data;

  if (strcmp (kind, "import") != 0)
    return;
  g_autoptr (JsonNode) node = ms_json_parse (json, -1, &ms_json_default_limits, NULL);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->states,
                   g_strdup (json_object_get_string_member (json_node_get_object (node), "state")));
  g_mutex_unlock (&self->lock);
}

static void
told_set_up (Told *self, Fixture *f)
{
  g_mutex_init (&self->lock);
  self->states = g_ptr_array_new_with_free_func (g_free);
  self->listener = ms_service_add_listener (f->service, hear_state, self);
}

/* Of all that was told since the last time, every one is @state. */
static void
told_expect_only (Told *self, const char *state)
{
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->states->len; i++)
    g_assert_cmpstr (self->states->pdata[i], ==, state);
  g_ptr_array_set_size (self->states, 0);
  g_mutex_unlock (&self->lock);
}

static void
told_expect_last (Told *self, const char *state)
{
  g_mutex_lock (&self->lock);
  g_assert_cmpuint (self->states->len, >, 0);
  g_assert_cmpstr (self->states->pdata[self->states->len - 1], ==, state);
  g_mutex_unlock (&self->lock);
}

static void
told_tear_down (Told *self, Fixture *f)
{
  ms_service_remove_listener (f->service, self->listener);
  g_ptr_array_unref (self->states);
  g_mutex_clear (&self->lock);
}

static void
wait_until_idle (Fixture *self)
{
  g_assert_true (ms_import_manager_wait_idle (self->service->imports,
                                              g_get_monotonic_time () + 100 * G_TIME_SPAN_SECOND));
}

static void
expect_stored (Fixture *self, const char *state)
{
  g_autofree char *stored
      = store_place_ask (store_place_get_driver (), self->folder, "SELECT state FROM import_job");

  g_assert_cmpstr (stored, ==, state);
}

/* The database refuses that an import is in @state. */
static void
refuse_state (Fixture *self, const char *state)
{
  const char      *driver = store_place_get_driver ();
  gboolean         is_sqlite = strcmp (driver, "sqlite") == 0;
  g_autofree char *text
      = is_sqlite ? g_strdup_printf ("CREATE TRIGGER no_end BEFORE UPDATE ON import_job"
                                     " WHEN new.state = '%s' BEGIN SELECT raise (ABORT, 'no');"
                                     " END",
                                     state)
                  : g_strdup_printf ("ALTER TABLE import_job ADD CONSTRAINT no_end"
                                     " CHECK (state <> '%s')",
                                     state);

  store_place_run_sql (driver, self->folder, text);
}

static void
accept_states (Fixture *self)
{
  const char *driver = store_place_get_driver ();

  store_place_run_sql (driver,
                       self->folder,
                       strcmp (driver, "sqlite") == 0
                           ? "DROP TRIGGER no_end"
                           : "ALTER TABLE import_job DROP CONSTRAINT no_end");
}

/* How an import ends is told when the store has it, and not before; it is still under way there,
 * and comes to the same end with the next look. */
static void
expect_end_once_stored (Fixture *self, const char *id, const char *state)
{
  Told told;

  told_set_up (&told, self);
  wait_until_idle (self);
  told_expect_only (&told, "running");
  expect_stored (self, "running");
  accept_states (self);
  ms_import_manager_resume (self->service->imports);
  wait_until_idle (self);
  expect_stored (self, state);
  told_expect_last (&told, state);
  told_tear_down (&told, self);
}

static void
test_end_not_stored (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_file (RECORDS);
  g_autofree char *id = fixture_upload (self, text);
  Gate             gate;

  gate_set_up (&gate, self->service->imports, 0);
  fixture_start (self, id, ACCOUNTS, FALSE);
  gate_wait (&gate);
  refuse_state (self, "done");
  gate_release (&gate);
  expect_end_once_stored (self, id, "done");
  g_autoptr (JsonObject) done = fixture_get (self, id);
  g_assert_cmpint (fixture_count (done, "create"), ==, RECORDS - RECORDS / 100);
  g_assert_cmpint (fixture_count (done, "skip"), ==, 0);
  g_autofree char *rejects = fixture_rejects (self, id);
  g_assert_nonnull (strstr (rejects, "Bad Quota"));
}

/* What was told to stop does not go on when it is taken up again. */
static void
test_cancel_not_stored (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_file (RECORDS);
  g_autofree char *id = fixture_upload (self, text);
  Gate             gate;

  gate_set_up (&gate, self->service->imports, 0);
  fixture_start (self, id, ACCOUNTS, FALSE);
  gate_wait (&gate);
  refuse_state (self, "cancelled");
  cancel (self, id);
  gate_release (&gate);
  wait_until_idle (self);
  gint64 users = fixture_total (self, "User");
  expect_end_once_stored (self, id, "cancelled");
  g_assert_cmpint (fixture_total (self, "User"), ==, users);
  /* Told so anew, it goes on. */
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, RECORDS - RECORDS / 100);
}

/* Another daemon on the same store: there is one on PostgreSQL only. */
typedef struct
{
  MsStore   *store;
  MsService *service;
} Other;

static void
other_open (Other *self, Fixture *f)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (GError) error = NULL;

  self->store = ms_store_open (f->uri, schemas, 0, &error);
  g_assert_no_error (error);
  self->service = ms_service_new (self->store);
  fixture_set_key (self->service);
}

static void
other_add_schema (Other *self, Fixture *f)
{
  static const char file[]
      = "{\"schemas\":[{\"id\":\"urn:example:2.0:Badge\",\"name\":\"Badge\",\"attributes\":["
        "{\"name\":\"badge\",\"type\":\"string\"}]}],\"resourceTypes\":[{\"name\":\"User\","
        "\"schemaExtensions\":[{\"schema\":\"urn:example:2.0:Badge\"}]}]}";
  const MsSchemaRequest request = { .verb = MS_SCHEMA_ADD, .name = "badge", .text = file };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gint64 version;

  gboolean done
      = ms_service_change_schemas (self->service, f->actor, &request, out, &version, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (done);
}

static void
other_close (Other *self)
{
  ms_service_shutdown (self->service);
  g_clear_object (&self->service);
  g_clear_object (&self->store);
}

static void
catch_up (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  gboolean done = ms_service_catch_up (self->service, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  wait_until_idle (self);
}

/* Another daemon changes the schemas in the middle of it: it is neither over nor told to be, and
 * goes on when this one has them. */
static void
test_behind (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_file (RECORDS);
  const Reference *expected = get_reference (text);
  g_autofree char *id = fixture_upload (self, text);
  Other            other;
  Told             told;
  Gate             gate;

  other_open (&other, self);
  gate_set_up (&gate, self->service->imports, 0);
  fixture_start (self, id, ACCOUNTS, FALSE);
  gate_wait (&gate);
  told_set_up (&told, self);
  other_add_schema (&other, self);
  gate_release (&gate);
  wait_until_idle (self);
  told_expect_only (&told, "running");
  expect_stored (self, "running");
  catch_up (self);
  expect_stored (self, "done");
  told_expect_last (&told, "done");
  g_autoptr (JsonObject) done = fixture_get (self, id);
  g_assert_cmpint (fixture_count (done, "create"), ==, fixture_count (expected->import, "create"));
  g_assert_cmpint (fixture_count (done, "skip"), ==, 0);
  told_tear_down (&told, self);
  other_close (&other);
}

/* The same, and whoever cancelled it was told that it stops. */
static void
test_behind_cancelled (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_file (RECORDS);
  g_autofree char *id = fixture_upload (self, text);
  Other            other;
  Told             told;
  Gate             gate;

  other_open (&other, self);
  gate_set_up (&gate, self->service->imports, 0);
  fixture_start (self, id, ACCOUNTS, FALSE);
  gate_wait (&gate);
  told_set_up (&told, self);
  cancel (self, id);
  other_add_schema (&other, self);
  gate_release (&gate);
  wait_until_idle (self);
  told_expect_only (&told, "running");
  expect_stored (self, "running");
  catch_up (self);
  expect_stored (self, "cancelled");
  told_expect_last (&told, "cancelled");
  told_tear_down (&told, self);
  other_close (&other);
}

/* Somebody cancels it and starts it otherwise at another daemon, which has something else to do
 * first: the one that worked on it does not go on by what was said before. */
static void
test_started_elsewhere (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_file (RECORDS);
  g_autofree char *id = fixture_upload (self, text);
  g_autofree char *few = make_file (10);
  Fixture          there = *self;
  Other            other;
  Gate             here_gate;
  Gate             there_gate;

  other_open (&other, self);
  there.store = other.store;
  there.service = other.service;
  g_autofree char *first = fixture_upload (&there, few);
  gate_set_up (&here_gate, self->service->imports, 0);
  fixture_start (self, id, ACCOUNTS, FALSE);
  gate_wait (&here_gate);
  gate_set_up (&there_gate, other.service->imports, -1);
  fixture_start (&there, first, ACCOUNTS, TRUE);
  gate_wait (&there_gate);

  cancel (&there, id);
  fixture_start (&there, id, "{'createUsers':false,'onExisting':'update'}", FALSE);
  gint64 users = fixture_total (self, "User");
  gate_release (&here_gate);
  wait_until_idle (self);
  g_assert_cmpint (fixture_total (self, "User"), ==, users);
  gate_release (&there_gate);
  g_autoptr (JsonObject) done = fixture_wait (&there, id);
  g_assert_cmpstr (json_object_get_string_member (done, "state"), ==, "done");
  g_assert_cmpint (fixture_total (self, "User"), ==, users);
  other_close (&other);
}

/* Starting
 * ------------------------------------------------------------------------------------------------------------
 */

/* Holds the store's writer, so that what comes to write waits for it. */
typedef struct
{
  Fixture *f;
  GThread *thread;
  gint     is_held; /* atomic, as the next one */
  gint     may_go_on;
} Writer;

static gboolean
hold_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Writer *self = user_data;

  g_atomic_int_set (&self->is_held, TRUE);
  while (!g_atomic_int_get (&self->may_go_on))
    g_usleep (500);
  return TRUE;
}

static gpointer
writer_main (gpointer data)
{
  const MsChangeContext context = { .channel = "test", .verb = "test" };
  Writer               *self = data;

  g_assert_true (ms_store_write (self->f->store, &context, hold_in_txn, self, NULL, NULL));
  return NULL;
}

static void
writer_hold (Writer *self)
{
  self->thread = g_thread_new ("writer", writer_main, self);
  while (!g_atomic_int_get (&self->is_held))
    g_usleep (500);
}

static void
writer_go_on (Writer *self)
{
  g_atomic_int_set (&self->may_go_on, TRUE);
  g_thread_join (self->thread);
}

typedef struct
{
  Fixture *f;
  char    *id;
  GThread *thread;
  gboolean done;
  GError  *error;
} Starting;

static gpointer
start_main (gpointer data)
{
  Starting *self = data;
  g_autoptr (JsonObject) options = fixture_json ("{'createUsers':true}");
  g_autoptr (GString) out = g_string_new (NULL);

  self->done = ms_service_import_start (
      self->f->service, self->f->actor, self->id, options, FALSE, out, &self->error);
  return NULL;
}

static void
prepare_starts (Starting *starts, guint n, Fixture *f)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("login\nlate%u\n", i);
      starts[i] = (Starting){ .f = f, .id = fixture_upload (f, text) };
    }
}

static guint
count_writes (Fixture *f)
{
  g_mutex_lock (&f->store->writer_lock);
  guint n = g_queue_get_length (&f->store->waiting);
  g_mutex_unlock (&f->store->writer_lock);
  return n;
}

/* All of them have come to where they are written. */
static void
start_all (Starting *starts, guint n, Fixture *f)
{
  for (guint i = 0; i < n; i++)
    starts[i].thread = g_thread_new ("start", start_main, &starts[i]);
  while (count_writes (f) < n)
    g_usleep (500);
}

static void
starting_clear (Starting *self)
{
  g_clear_error (&self->error);
  g_free (self->id);
}

/* Two that are asked for at once find one place: the store says of both that they are under way, so
 * they are. */
static void
test_last_place (Fixture *self, gconstpointer data)
{
  g_autofree char *blocker = fixture_upload (self, "login\nblocker\n");
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  Writer   writer = { .f = self };
  Starting starts[2];
  Gate     gate;

  gate_set_up (&gate, self->service->imports, -1);
  fixture_start (self, blocker, ACCOUNTS, TRUE);
  gate_wait (&gate);
  for (guint i = 0; i < 15; i++)
    {
      g_autofree char *text = g_strdup_printf ("login\nwaiting%u\n", i);
      g_ptr_array_add (ids, fixture_upload (self, text));
      fixture_start (self, ids->pdata[i], ACCOUNTS, FALSE);
    }
  prepare_starts (starts, G_N_ELEMENTS (starts), self);
  writer_hold (&writer);
  start_all (starts, G_N_ELEMENTS (starts), self);
  writer_go_on (&writer);
  for (guint i = 0; i < G_N_ELEMENTS (starts); i++)
    {
      g_thread_join (starts[i].thread);
      g_assert_no_error (starts[i].error);
      g_assert_true (starts[i].done);
    }
  gate_release (&gate);
  wait_until_idle (self);
  for (guint i = 0; i < G_N_ELEMENTS (starts); i++)
    {
      g_autoptr (JsonObject) done = fixture_get (self, starts[i].id);
      g_assert_cmpstr (json_object_get_string_member (done, "state"), ==, "done");
      starting_clear (&starts[i]);
    }
}

/* What is refused after all is not under way. */
static void
test_not_taken (Fixture *self, gconstpointer data)
{
  Writer   writer = { .f = self };
  Starting start;
  Told     told;

  prepare_starts (&start, 1, self);
  told_set_up (&told, self);
  writer_hold (&writer);
  start_all (&start, 1, self);
  ms_import_manager_shutdown (self->service->imports);
  writer_go_on (&writer);
  g_thread_join (start.thread);
  g_assert_false (start.done);
  g_assert_error (start.error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  expect_stored (self, "cancelled");
  told_expect_last (&told, "cancelled");
  told_tear_down (&told, self);
  starting_clear (&start);
}

typedef struct
{
  Fixture *f;
  char    *id;
  gint     is_there; /* atomic, all of them */
  gint     may_go_on;
  gint     is_cancelled;
} Leaving;

/* On the thread of imports, which has just stored that the rehearsal is over. */
static void
stay_at_the_end (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  Leaving *self = user_data;

  if (strcmp (kind, "import") != 0 || strstr (json, "\"state\":\"rehearsed\"") == NULL)
    return;
  g_atomic_int_set (&self->is_there, TRUE);
  while (!g_atomic_int_get (&self->may_go_on))
    g_usleep (500);
}

static gpointer
cancel_main (gpointer data)
{
  Leaving *self = data;

  cancel (self->f, self->id);
  g_atomic_int_set (&self->is_cancelled, TRUE);
  return NULL;
}

static gboolean
is_stored (Fixture *self, const char *state)
{
  g_autofree char *stored
      = store_place_ask (store_place_get_driver (), self->folder, "SELECT state FROM import_job");

  return g_strcmp0 (stored, state) == 0;
}

/* Started anew while the thread is just leaving the last start, and cancelled before it is in the
 * queue: what is cancelled is what is under way now. */
static void
test_cancel_leaving (Fixture *self, gconstpointer data)
{
  MsChangeContext  context = { NULL, NULL, "import", "import", NULL, NULL, 0 };
  g_autofree char *text = make_file (10);
  g_autofree char *id = fixture_upload (self, text);
  Leaving          leaving = { .f = self, .id = id };
  guint            listener = ms_service_add_listener (self->service, stay_at_the_end, &leaving);

  fixture_start (self, id, ACCOUNTS, TRUE);
  while (!g_atomic_int_get (&leaving.is_there))
    g_usleep (500);
  prepared = self->service;
  g_assert_true (ms_store_write (self->store, &context, mark_running, id, NULL, NULL));
  /* It is told of after it is stored, when the listener has let go. */
  GThread *cancelling = g_thread_new ("cancel", cancel_main, &leaving);
  while (!g_atomic_int_get (&leaving.is_cancelled) && !is_stored (self, "cancelled"))
    g_usleep (500);
  expect_stored (self, "cancelled");
  g_atomic_int_set (&leaving.may_go_on, TRUE);
  g_thread_join (cancelling);
  wait_until_idle (self);
  ms_service_remove_listener (self->service, listener);
  expect_stored (self, "cancelled");
  g_assert_cmpint (fixture_total (self, "User"), ==, 1);
}

/* Taking back
 * -----------------------------------------------------------------------------------------------------
 */

static void
test_undo (Fixture *self, gconstpointer data)
{
  g_autofree char *user
      = fixture_create (self, "User", "{'userName':'user00001','displayName':'Here before'}");
  g_autofree char *before_users = fixture_export (self, "User");
  g_autofree char *before_mailboxes = fixture_export (self, "Mailbox");
  g_autofree char *text = make_file (300);
  g_autofree char *id = fixture_upload (self, text);
  g_autoptr (JsonObject) done = fixture_do (
      self, id, "{'createUsers':true,'createGroups':true,'onExisting':'update'}", FALSE, "done");
  g_assert_cmpint (fixture_count (done, "update"), ==, 1);
  g_autofree char *changed = fixture_export (self, "User");
  g_assert_cmpstr (changed, !=, before_users);

  fixture_undo (self, id);
  g_autofree char *after_users = fixture_export (self, "User");
  g_autofree char *after_mailboxes = fixture_export (self, "Mailbox");
  g_assert_cmpstr (after_users, ==, before_users);
  g_assert_cmpstr (after_mailboxes, ==, before_mailboxes);
  g_assert_cmpint (fixture_total (self, "MailGroup"), ==, 0);
}

/* Telling
 * ------------------------------------------------------------------------------------------------------------
 */

typedef struct
{
  GMutex lock;
  guint  events;
  gint64 last_done;
  char  *last_state;
} Listener;

static void
on_progress_cb (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  Listener *listener = user_data;

  if (strcmp (kind, "import") != 0)
    return;
  g_autoptr (JsonNode) node = ms_json_parse (json, -1, &ms_json_default_limits, NULL);
  JsonObject *import = json_node_get_object (node);
  g_mutex_lock (&listener->lock);
  listener->events++;
  g_assert_false (json_object_has_member (import, "preview"));
  g_assert_cmpint (json_object_get_int_member (import, "done"), >=, listener->last_done);
  listener->last_done = json_object_get_int_member (import, "done");
  g_free (listener->last_state);
  listener->last_state = g_strdup (json_object_get_string_member (import, "state"));
  g_mutex_unlock (&listener->lock);
}

static void
test_events (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_file (RECORDS);
  g_autofree char *id = fixture_upload (self, text);
  Listener         listener = { 0 };
  gint64           began = g_get_monotonic_time ();

  g_mutex_init (&listener.lock);
  guint handler = ms_service_add_listener (self->service, on_progress_cb, &listener);
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  gint64 seconds = (g_get_monotonic_time () - began) / G_TIME_SPAN_SECOND + 1;
  ms_service_shutdown (self->service); /* so that the last event is out */
  ms_service_remove_listener (self->service, handler);
  g_assert_cmpuint (listener.events, >=, 2);
  g_assert_cmpuint (listener.events, <=, 5 * (guint) seconds + 2);
  g_assert_cmpstr (listener.last_state, ==, "done");
  g_assert_cmpint (listener.last_done, ==, RECORDS);
  g_free (listener.last_state);
}

/* Passwords that were made are lost with the server, and the import says so. */
static void
test_passwords_are_lost (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload (self, "login\nann\nben\n");
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) done = fixture_do (
      self, id, "{'createUsers':true,'generatePasswords':true}", FALSE, "done");

  g_assert_cmpint (json_object_get_int_member (done, "passwords"), ==, 2);
  fixture_close (self);
  fixture_open (self);
  g_autoptr (JsonObject) later = fixture_get (self, id);
  g_assert_cmpint (json_object_get_int_member (later, "passwords"), ==, 0);
  g_assert_cmpint (json_object_get_int_member (later, "passwordsMade"), ==, 2);
  g_assert_false (ms_service_import_passwords (self->service, self->actor, id, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_NOT_FOUND);
}

/* Between two of its transactions an import holds nothing: others write. */
static void
test_others_write (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_file (RECORDS);
  g_autofree char *id = fixture_upload (self, text);
  Gate             gate;

  gate_set_up (&gate, self->service->imports, 0);
  fixture_start (self, id, ACCOUNTS, FALSE);
  gate_wait (&gate);
  g_autofree char *user = fixture_create (self, "User", "{'userName':'other'}");
  g_autoptr (JsonObject) import = fixture_get (self, id);
  g_assert_cmpstr (json_object_get_string_member (import, "state"), ==, "running");
  g_assert_cmpint (json_object_get_int_member (import, "done"), <, RECORDS);
  gate_release (&gate);
  g_autoptr (JsonObject) done = fixture_wait (self, id);
  g_assert_cmpint (fixture_total (self, "User"), ==, 2 + fixture_count (done, "create"));
}

#define ADD(path, func)                                                                            \
  g_test_add ("/import-resume/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  if (argc == 4 && strcmp (argv[1], "--serve") == 0)
    return serve (argv[2], argv[3]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  ADD ("kill", test_kill);
  ADD ("shutdown", test_shutdown);
  ADD ("rehearsal-again", test_rehearsal_again);
  ADD ("starter", test_starter);
  ADD ("undo-ends", test_undo_ends);
  ADD ("cancel", test_cancel);
  ADD ("cancel-waiting", test_cancel_waiting);
  ADD ("queue-is-bounded", test_queue_is_bounded);
  ADD ("last-place", test_last_place);
  ADD ("not-taken", test_not_taken);
  ADD ("cancel-leaving", test_cancel_leaving);
  ADD ("end-not-stored", test_end_not_stored);
  ADD ("cancel-not-stored", test_cancel_not_stored);
  /* SQLite has one daemon. */
  if (strcmp (store_place_get_driver (), "postgresql") == 0)
    {
      ADD ("behind", test_behind);
      ADD ("behind-cancelled", test_behind_cancelled);
      ADD ("started-elsewhere", test_started_elsewhere);
    }
  ADD ("undo", test_undo);
  ADD ("events", test_events);
  ADD ("passwords-are-lost", test_passwords_are_lost);
  ADD ("others-write", test_others_write);
  return g_test_run ();
}
