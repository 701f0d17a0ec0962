/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose a run is: of which daemon, and of which of the starts that there were; and how long.
 */
#include "directory-fixture.h"

#include <string.h>

#include "ms-directory-runs.h"
#include "ms-directory-state.h"
#include "ms-schemas.h"
#include "ms-txn.h"
#include "store-place.h"

#define WAIT_USEC (240 * G_USEC_PER_SEC)
/* Long enough for a daemon that has to wait for a processor. */
#define HOLD_USEC (100 * G_TIME_SPAN_MILLISECOND)

static void
add_people (guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text
          = g_strdup_printf ("uid=p%u;mail=p%u@example.org;entryUUID=id-%u;cn=Person", i, i, i);
      town_add (text);
    }
}

/* One has to wait for the other, so this takes two transactions. */
static void
rename_in_two (void)
{
  town_set (town.entries->pdata[0], "uid", "p1");
  town_set (town.entries->pdata[1], "uid", "p2");
}

static void
expect_names (Fixture *f, const char *first, const char *second)
{
  const char *const names[] = { "p0", "p1", "p2" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *user = find_user_id (f, names[i]);
      gboolean         is_there = strcmp (names[i], first) == 0 || strcmp (names[i], second) == 0;
      g_assert_cmpint (user != NULL, ==, is_there);
    }
}

static void
start (MsService *service, Fixture *f, const char *id)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  gboolean done
      = ms_service_start_directory (service, f->admin, id, MS_DIRECTORY_RUN, FALSE, out, &error);
  g_assert_no_error (error);
  g_assert_true (done);
}

static void
cancel (MsService *service, Fixture *f, const char *id)
{
  g_autoptr (GError) error = NULL;

  gboolean done = ms_service_cancel_directory (service, f->admin, id, &error);
  g_assert_no_error (error);
  g_assert_true (done);
}

static void
wait_until_asked (guint searches)
{
  gint64 end = g_get_monotonic_time () + WAIT_USEC;

  while ((guint) g_atomic_int_get (&town.searches) < searches)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
}

static void
wait_until_idle (MsService *service)
{
  g_assert_true (ms_job_queue_wait_idle (ms_directory_runs_get_queue (service->directories),
                                         g_get_monotonic_time () + WAIT_USEC));
}

/* Another daemon on the same store: there is one on PostgreSQL only. */
typedef struct
{
  Fixture    *f;
  MsStore    *store;
  MsService  *service;
  const char *id;
} Other;

static void
other_open (Other *self, Fixture *f)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (GError) error = NULL;

  self->f = f;
  self->store = ms_store_open (f->uri, schemas, 0, &error);
  g_assert_no_error (error);
  self->service = ms_service_new (self->store);
  ms_service_set_directory_read (self->service, town_read);
}

static void
other_close (Other *self)
{
  ms_service_shutdown (self->service);
  g_clear_object (&self->service);
  g_clear_object (&self->store);
}

/* Cancelled elsewhere ----------------------------------------------------------------------- */

static void
cancel_there_and_start_here (gpointer data)
{
  Other *self = data;

  cancel (self->service, self->f, self->id);
  start (self->f->service, self->f, self->id);
}

/* What was cancelled by another daemon does not go on in the name of the next start. */
static void
test_started_again (Fixture *f, gconstpointer data)
{
  Other            other;
  g_autofree char *id = make_directory (f, "");

  other_open (&other, f);
  other.id = id;
  add_people (5);
  town.hook = cancel_there_and_start_here;
  town.hook_data = &other;
  start (f->service, f, id);
  wait_for_end (f, id);
  g_assert_cmpuint (town.searches, ==, 2);
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "last.result", "done");
  expect_counts (json_object_get_object_member (directory, "last"), "create 5");
  undo_directory (f, id);
  g_autofree char *user = find_user_id (f, "p0");
  g_assert_null (user);
  other_close (&other);
}

static void
cancel_and_start_there (gpointer data)
{
  Other *self = data;

  town.waits = TRUE;
  cancel (self->service, self->f, self->id);
  start (self->service, self->f, self->id);
}

/* Nor is it that one which is cancelled where another daemon has the directory by now. */
static void
test_cancelled_there (Fixture *f, gconstpointer data)
{
  Other            other;
  g_autofree char *id = make_directory (f, "");

  other_open (&other, f);
  other.id = id;
  add_people (5);
  town.hook = cancel_and_start_there;
  town.hook_data = &other;
  start (f->service, f, id);
  wait_until_asked (2);
  cancel (f->service, f, id);
  g_autoptr (JsonObject) cancelled = get_directory (f, id);
  assert_picked (cancelled, "state", "idle");
  assert_picked (cancelled, "last.result", "cancelled");
  town.waits = FALSE;
  wait_for_end (f, id);
  wait_until_idle (other.service);
  g_autofree char *user = find_user_id (f, "p0");
  g_assert_null (user);
  other_close (&other);
}

/* For how long --------------------------------------------------------------------------------- */

static void
count_step (const char *id, gint64 done, gpointer user_data)
{
  (*(guint *) user_data)++;
}

/* How often the store is written to by a run, in transactions of its own. */
static guint
count_steps (Fixture *f, const char *id, const char *counts)
{
  guint steps = 0;

  ms_directory_runs_set_step_func (f->service->directories, count_step, &steps);
  run_and_expect (f, id, counts);
  ms_directory_runs_set_step_func (f->service->directories, NULL, NULL);
  return steps;
}

/* A plan of many people takes longer than a directory is held: it is held anew with each of them,
 * where that is due, whether they are here, were in the bin or are new. */
static void
test_planning (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'leavers':'delete','leaverLimit':100");

  add_people (20);
  run_and_expect (f, id, "create 20");
  g_assert_cmpuint (count_steps (f, id, "unchanged 20"), <, 5);
  ms_directory_runs_set_hold (f->service->directories, 0);
  /* Each as an entry, and as one who is here. */
  g_assert_cmpuint (count_steps (f, id, "unchanged 20"), >=, 40);
  g_ptr_array_set_size (town.entries, 1);
  run_and_expect (f, id, "delete 19, unchanged 1");
  g_ptr_array_set_size (town.entries, 0);
  add_people (20);
  /* Each as an entry, one as who is here, the others as who is in the bin and as who is not. */
  g_assert_cmpuint (count_steps (f, id, "enable 19, unchanged 1"), >=, 20 + 1 + 19 + 19);
}

static void
look (MsService *service)
{
  ms_directory_runs_resume (service->directories);
  wait_until_idle (service);
}

/* One that waits is held as long as its daemon is at those before it. */
static void
test_waiting (Fixture *f, gconstpointer data)
{
  Other            other;
  g_autofree char *busy = make_directory (f, ",'name':'busy'");
  g_autofree char *id = make_directory (f, "");

  other_open (&other, f);
  ms_directory_runs_set_hold (f->service->directories, HOLD_USEC);
  add_people (5);
  town.waits = TRUE;
  start (f->service, f, busy);
  wait_until_asked (1);
  start (f->service, f, id);
  /* For longer than it was held at first. */
  gint64 end
      = g_get_monotonic_time () + ms_directory_runs_get_wait (f->service->directories) + HOLD_USEC;
  while (g_get_monotonic_time () < end)
    {
      look (other.service);
      g_autoptr (JsonObject) waiting = get_directory (f, id);
      assert_picked (waiting, "state", "waiting");
      g_usleep (HOLD_USEC / 4);
    }
  cancel (f->service, f, busy);
  town.waits = FALSE;
  wait_for_end (f, busy);
  wait_for_end (f, id);
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "last.result", "done");
  other_close (&other);
}

/* Nor for any longer: who looks next finds that it came to nothing. */
static void
test_shut_down (Fixture *f, gconstpointer data)
{
  g_autofree char *busy = make_directory (f, ",'name':'busy'");
  g_autofree char *id = make_directory (f, "");

  add_people (5);
  town.waits = TRUE;
  start (f->service, f, busy);
  wait_until_asked (1);
  start (f->service, f, id);
  ms_service_shutdown (f->service);
  g_clear_object (&f->service);
  town.waits = FALSE;
  f->service = ms_service_new (f->store);
  fixture_use_clock (f);
  ms_service_set_directory_read (f->service, town_read);
  look (f->service);
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "state", "idle");
  assert_picked (directory, "last.result", "failed");
  assert_picked (directory, "last.started", "null");
  assert_picked (directory, "last.reason", "It ended with its server");
  run_and_expect (f, id, "create 5");
}

typedef struct
{
  Fixture    *f;
  const char *id;
  gboolean    is_left_behind; /* somebody runs it all the same */
  guint       heard;
} Undoing;

/**
 * Shutting:
 * @heard: (nullable): the state that it was told of last
 */
typedef struct
{
  Fixture *f;
  char    *heard;
} Shutting;

static void
shut_queue (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  Shutting *self = user_data;

  if (strcmp (kind, "directory") != 0)
    return;
  g_autoptr (JsonObject) told = parse (json);
  if (self->heard == NULL)
    ms_directory_runs_shutdown (self->f->service->directories);
  g_free (self->heard);
  self->heard = pick (told, "state");
}

static gboolean
expect_admin (MsTxn *txn, gpointer user_data, GError **error)
{
  const Fixture *f = ((Undoing *) user_data)->f;
  g_autoptr (MsDirectoryRecord) record
             = ms_txn_get_directory (txn, ((Undoing *) user_data)->id, error);

  g_assert_nonnull (record);
  g_assert_cmpstr (record->actor_id, ==, f->admin->user_id);
  return TRUE;
}

/* What is refused after all does not wait, and what was before is as it was: also on whose behalf
 * the clock would run it. Who was told that it waits is told that it does not. */
static void
test_not_taken (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, "");
  g_autofree char *other = make_user (f, "other");
  g_autoptr (MsActor) actor = fixture_actor (f, other, MS_ROLE_ADMINISTRATOR, "console");
  Shutting shutting = { f, NULL };
  Undoing  asked = { f, id };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  add_people (3);
  run_and_expect (f, id, "create 3");
  /* It hears of it between the store and the queue. */
  guint listener = ms_service_add_listener (f->service, shut_queue, &shutting);
  g_assert_false (
      ms_service_start_directory (f->service, actor, id, MS_DIRECTORY_REHEARSE, TRUE, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  ms_service_remove_listener (f->service, listener);
  g_assert_cmpstr (shutting.heard, ==, "idle");
  g_free (shutting.heard);
  g_assert_true (ms_store_read (f->store, expect_admin, &asked, NULL, NULL));
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "state", "idle");
  assert_picked (directory, "last.result", "done");
  ms_directory_runs_go_on (f->service->directories);
  wait_for_end (f, id);
  undo_directory (f, id);
  g_autofree char *user = find_user_id (f, "p0");
  g_assert_null (user);
}

/* A transaction of a run may last so long. */
#define CHUNK_USEC (250 * G_TIME_SPAN_MILLISECOND)

/* Each waits for the one behind: nearly all of them are done in a second turn, not in one each. On
 * a slow machine turns have several transactions, which end by time. */
static void
test_chain (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'mapping':{'userName':'uid','mailbox':'mail'}");

  add_people (60);
  run_and_expect (f, id, "create 60");
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *uid = g_strdup_printf ("p%u", i + 1);
      g_autofree char *mail = g_strdup_printf ("p%u@example.org", i + 1);
      town_set (town.entries->pdata[i], "uid", uid);
      town_set (town.entries->pdata[i], "mail", mail);
    }
  gint64 began = g_get_monotonic_time ();
  guint  steps = count_steps (f, id, "rename 60");
  gint64 ended_by_time = (g_get_monotonic_time () - began) / CHUNK_USEC;
  g_assert_cmpint (steps - ended_by_time, <, 20);
  run_and_expect (f, id, "unchanged 60");
}

/* Begun anew -------------------------------------------------------------------------------- */

static const char badge[]
    = "{\"schemas\":[{\"id\":\"urn:example:2.0:Badge\",\"name\":\"Badge\",\"attributes\":["
      "{\"name\":\"badge\",\"type\":\"string\"}]}],\"resourceTypes\":[{\"name\":\"User\","
      "\"schemaExtensions\":[{\"schema\":\"urn:example:2.0:Badge\"}]}]}";

typedef struct
{
  GMutex   lock;
  GCond    cond;
  gint64   after; /* done so many it stays until it may go on */
  gboolean is_there;
  gboolean may_go_on;
} Gate;

static void
stop_at_gate (const char *id, gint64 done, gpointer user_data)
{
  Gate *self = user_data;

  g_mutex_lock (&self->lock);
  if (done >= self->after && !self->is_there)
    {
      self->is_there = TRUE;
      g_cond_broadcast (&self->cond);
      while (!self->may_go_on)
        g_cond_wait (&self->cond, &self->lock);
    }
  g_mutex_unlock (&self->lock);
}

static void
gate_set_up (Gate *self, Fixture *f, gint64 after)
{
  memset (self, 0, sizeof *self);
  self->after = after;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  ms_directory_runs_set_step_func (f->service->directories, stop_at_gate, self);
}

static void
gate_wait (Gate *self)
{
  g_mutex_lock (&self->lock);
  while (!self->is_there)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
gate_open (Gate *self)
{
  g_mutex_lock (&self->lock);
  self->may_go_on = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
gate_clear (Gate *self)
{
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
}

static void
add_file (MsService *service, Fixture *f, const char *name, const char *text)
{
  const MsSchemaRequest request = { .verb = MS_SCHEMA_ADD, .name = name, .text = text };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gint64 version;

  gboolean done
      = ms_service_change_schemas (service, f->admin, &request, out, &version, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (done);
}

static gpointer
exchange_tables (gpointer data)
{
  Fixture *f = data;

  add_file (f->service, f, "badge", badge);
  return NULL;
}

typedef struct
{
  Fixture *f;
  GThread *thread;
  gint     is_over; /* atomic */
} Exchange;

/* What another daemon has changed is taken by this one. */
static gpointer
catch_up_main (gpointer data)
{
  Exchange *self = data;
  g_autoptr (GError) error = NULL;

  gboolean done = ms_service_catch_up (self->f->service, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  g_atomic_int_set (&self->is_over, TRUE);
  return NULL;
}

static gpointer
exchange_main (gpointer data)
{
  Exchange *self = data;

  exchange_tables (self->f);
  g_atomic_int_set (&self->is_over, TRUE);
  return NULL;
}

/* What is at work is told to stop, and nothing is exchanged before it has. */
static void
wait_until_told (Exchange *self, const char *id)
{
  MsJobQueue *queue = ms_directory_runs_get_queue (self->f->service->directories);
  gboolean    is_ending = FALSE;

  for (; !is_ending && !g_atomic_int_get (&self->is_over); g_usleep (1000))
    (void) ms_job_queue_is_ending (queue, id, &is_ending);
  g_assert_true (is_ending);
  g_assert_false (g_atomic_int_get (&self->is_over));
}

/* Types are exchanged in the middle of a run, by this daemon or, with @there, by another one: it
 * goes on as one that is undone as one. */
static void
exchange_in_the_middle (Fixture *f, MsService *there)
{
  Gate             gate;
  Exchange         exchange = { .f = f };
  g_autofree char *id = make_directory (f, "");

  add_people (2);
  run_and_expect (f, id, "create 2");
  rename_in_two ();
  town.searches = 0;
  gate_set_up (&gate, f, 1);
  start (f->service, f, id);
  gate_wait (&gate);
  g_autoptr (JsonObject) running = get_directory (f, id);
  assert_picked (running, "state", "running");
  if (there != NULL)
    add_file (there, f, "badge", badge);
  exchange.thread
      = g_thread_new ("exchanging", there != NULL ? catch_up_main : exchange_main, &exchange);
  wait_until_told (&exchange, id);
  gate_open (&gate);
  g_thread_join (exchange.thread);
  wait_for_end (f, id);
  g_assert_cmpuint (town.searches, ==, 2);
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "last.result", "done");
  expect_names (f, "p1", "p2");
  undo_directory (f, id);
  expect_names (f, "p0", "p1");
  gate_clear (&gate);
}

static void
test_tables (Fixture *f, gconstpointer data)
{
  exchange_in_the_middle (f, NULL);
}

/* With tables of its own before, which nobody keeps but who works by them. */
static void
test_tables_elsewhere (Fixture *f, gconstpointer data)
{
  static const char hat[]
      = "{\"schemas\":[{\"id\":\"urn:example:2.0:Hat\",\"name\":\"Hat\",\"attributes\":["
        "{\"name\":\"hat\",\"type\":\"string\"}]}],\"resourceTypes\":[{\"name\":\"User\","
        "\"schemaExtensions\":[{\"schema\":\"urn:example:2.0:Hat\"}]}]}";
  Other other;

  add_file (f->service, f, "hat", hat);
  other_open (&other, f);
  exchange_in_the_middle (f, other.service);
  other_close (&other);
}

/* What another daemon has changed, and this one has not caught up with: until then the store takes
 * nothing from it. */
typedef struct
{
  Other      other;
  Gate       gate;
  char      *id;
  GPtrArray *events;
  guint      listener;
} Behind;

static void
hear_results (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  if (strcmp (kind, "directory") == 0)
    g_ptr_array_add (user_data, g_strdup (json));
}

/* A run that has come to its second transaction when that happens. */
static void
behind_set_up (Behind *self, Fixture *f)
{
  other_open (&self->other, f);
  self->id = make_directory (f, "");
  add_people (2);
  run_and_expect (f, self->id, "create 2");
  rename_in_two ();
  town.searches = 0;
  self->events = g_ptr_array_new_with_free_func (g_free);
  gate_set_up (&self->gate, f, 1);
  start (f->service, f, self->id);
  gate_wait (&self->gate);
  self->listener = ms_service_add_listener (f->service, hear_results, self->events);
  add_file (self->other.service, f, "badge", badge);
}

/* The run comes to where it cannot go on: it is neither over nor told to be. */
static void
behind_run_into_it (Behind *self, Fixture *f)
{
  gate_open (&self->gate);
  wait_until_idle (f->service);
  for (guint i = 0; i < self->events->len; i++)
    g_assert_nonnull (strstr (self->events->pdata[i], "\"state\":\"running\""));
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_assert_true (
      ms_service_get_directory (self->other.service, f->admin, self->id, out, NULL, &error));
  g_autoptr (JsonObject) running = parse (out->str);
  assert_picked (running, "state", "running");
}

static void
behind_catch_up (Behind *self, Fixture *f)
{
  Exchange exchange = { .f = f };

  catch_up_main (&exchange);
  look (f->service);
}

static void
behind_tear_down (Behind *self, Fixture *f)
{
  ms_service_remove_listener (f->service, self->listener);
  gate_clear (&self->gate);
  g_ptr_array_unref (self->events);
  other_close (&self->other);
  g_free (self->id);
}

static void
test_behind (Fixture *f, gconstpointer data)
{
  Behind behind;

  behind_set_up (&behind, f);
  behind_run_into_it (&behind, f);
  behind_catch_up (&behind, f);
  g_assert_cmpuint (town.searches, ==, 2);
  g_autoptr (JsonObject) directory = get_directory (f, behind.id);
  assert_picked (directory, "state", "idle");
  assert_picked (directory, "last.result", "done");
  expect_names (f, "p1", "p2");
  undo_directory (f, behind.id);
  expect_names (f, "p0", "p1");
  behind_tear_down (&behind, f);
}

/* Who was told that it will stop finds that it has. */
static void
test_behind_cancelled (Fixture *f, gconstpointer data)
{
  Behind behind;

  behind_set_up (&behind, f);
  g_assert_true (
      ms_job_queue_cancel (ms_directory_runs_get_queue (f->service->directories), behind.id));
  behind_run_into_it (&behind, f);
  behind_catch_up (&behind, f);
  g_assert_cmpuint (town.searches, ==, 1);
  g_autoptr (JsonObject) directory = get_directory (f, behind.id);
  assert_picked (directory, "state", "idle");
  assert_picked (directory, "last.result", "cancelled");
  g_assert_nonnull (strstr (behind.events->pdata[behind.events->len - 1], "cancelled"));
  behind_tear_down (&behind, f);
}

/* What another daemon has ended and begun anew meanwhile is that one's. */
static void
test_behind_ended (Fixture *f, gconstpointer data)
{
  Behind behind;

  behind_set_up (&behind, f);
  behind_run_into_it (&behind, f);
  cancel (behind.other.service, f, behind.id);
  behind_catch_up (&behind, f);
  g_assert_cmpuint (town.searches, ==, 1);
  g_autoptr (JsonObject) directory = get_directory (f, behind.id);
  assert_picked (directory, "state", "idle");
  assert_picked (directory, "last.result", "cancelled");
  behind_tear_down (&behind, f);
}

/* One that waits behind another then is not forgotten. */
static void
test_tables_while_waiting (Fixture *f, gconstpointer data)
{
  g_autofree char *busy = make_directory (f, ",'name':'busy'");
  g_autofree char *id = make_directory (f, "");

  add_people (5);
  town.waits = TRUE;
  start (f->service, f, busy);
  wait_until_asked (1);
  start (f->service, f, id);
  exchange_tables (f);
  town.waits = FALSE;
  wait_for_end (f, busy);
  wait_for_end (f, id);
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "last.result", "done");
}

static void
expect_next (Fixture *f, const char *id, gboolean has_next)
{
  g_autoptr (JsonObject) directory = get_directory (f, id);
  g_autofree char *next = pick (directory, "next");

  g_assert_cmpint (g_strcmp0 (next, "null") != 0, ==, has_next);
}

/* Undone ------------------------------------------------------------------------------------ */

static gboolean
leave_running (MsTxn *txn, gpointer user_data, GError **error)
{
  g_autoptr (MsDirectoryRecord) record = ms_txn_get_directory (txn, user_data, error);

  g_assert_nonnull (record);
  g_free (record->state);
  record->state = g_strdup ("running");
  g_free (record->job);
  record->job = g_strdup ("another");
  return ms_txn_put_directory (txn, record, error);
}

/* How it is set up stays so too, for it says when it is next due; and it is not deleted. */
static void
refuse_changes (Undoing *self)
{
  static const char *const bodies[] = { "{'every':60}", "{'every':61}", "{'leaverLimit':33}" };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (JsonObject) body = parse (bodies[i]);
      g_autoptr (GString) out = g_string_new (NULL);
      g_assert_false (ms_service_put_directory (
          self->f->service, self->f->admin, self->id, body, NULL, out, NULL, NULL, NULL, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
      g_assert_nonnull (strstr (error->message, "is being undone"));
      g_clear_error (&error);
    }
  g_assert_false (
      ms_service_delete_directory (self->f->service, self->f->admin, self->id, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "is being undone"));
}

static void
hear_undo (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  const MsChangeContext context = { .channel = "test", .verb = "test" };
  Undoing              *self = user_data;
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  if (strcmp (kind, "undo") != 0 || strstr (json, "\"state\":\"running\"") == NULL)
    return;
  self->heard++;
  if (self->is_left_behind)
    {
      g_assert_true (ms_store_write (
          self->f->store, &context, leave_running, (gpointer) self->id, NULL, NULL));
      return;
    }
  for (guint mode = 0; mode < 2; mode++)
    {
      g_assert_false (ms_service_start_directory (
          self->f->service, self->f->admin, self->id, (MsDirectoryMode) mode, FALSE, out, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
      g_assert_nonnull (strstr (error->message, "is being undone"));
      g_clear_error (&error);
    }
  refuse_changes (self);
}

/* A run and its undo do not go through each other: it cannot be begun meanwhile, and where it was
 * all the same, the undo stops and says so. */
static void
test_undone (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'every':60");
  Undoing          undoing = { f, id };
  g_autoptr (GError) error = NULL;

  add_people (2);
  run_and_expect (f, id, "create 2");
  rename_in_two ();
  run_and_expect (f, id, "rename 2");
  guint listener = ms_service_add_listener (f->service, hear_undo, &undoing);
  undo_directory (f, id);
  g_assert_cmpuint (undoing.heard, ==, 1);
  ms_service_remove_listener (f->service, listener);
  expect_names (f, "p0", "p1");
  set_directory (f, id, "{'every':60}");
  expect_next (f, id, TRUE);
  run_and_expect (f, id, "rename 2");

  undoing.is_left_behind = TRUE;
  listener = ms_service_add_listener (f->service, hear_undo, &undoing);
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);
  operation->job = ms_service_get_directory_job (f->service, f->admin, id, &error);
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  ms_service_remove_listener (f->service, listener);
  g_assert_null (outcome);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "A run of the directory was begun"));
  expect_names (f, "p0", "p2");
}

typedef struct
{
  Fixture *f;
  char    *jobs[3];
  guint    refused;
} Trying;

/* (nullable): the job of the undo */
static char *
try_undo (Fixture *f, const char *job, GError **error)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  operation->job = g_strdup (job);
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, error);
  g_autoptr (JsonObject) answer = outcome != NULL ? parse (outcome->document->str) : NULL;
  return answer != NULL ? pick (answer, "job") : NULL;
}

static void
undo_while_run (gpointer data)
{
  Trying *self = data;

  for (guint i = 0; i < G_N_ELEMENTS (self->jobs); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *job = try_undo (self->f, self->jobs[i], &error);
      g_assert_null (job);
      g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
      g_assert_nonnull (strstr (error->message, "is being run"));
      self->refused++;
    }
}

/* The last run, one before it and an undo are not undone while the directory is run, whatever it is
 * called by then; and each stops the clock. */
static void
test_undone_meanwhile (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'every':60");
  g_autoptr (GError) error = NULL;
  Trying           trying = { .f = f };
  g_autofree char *earlier = NULL;

  add_people (2);
  run_and_expect (f, id, "create 2");
  trying.jobs[0] = ms_service_get_directory_job (f->service, f->admin, id, &error);
  town_set (town.entries->pdata[0], "title", "Dr");
  run_and_expect (f, id, "update 1, unchanged 1");
  trying.jobs[1] = ms_service_get_directory_job (f->service, f->admin, id, &error);
  trying.jobs[2] = try_undo (f, trying.jobs[1], &error);
  g_assert_no_error (error);
  g_assert_nonnull (trying.jobs[2]);
  for (guint i = 0; i < 2; i++)
    {
      town.hook = undo_while_run;
      town.hook_data = &trying;
      town_set (town.entries->pdata[1], "title", i == 0 ? "Prof" : "Dr");
      run_and_expect (f, id, i == 0 ? "update 2" : "update 1, unchanged 1");
      g_assert_cmpuint (trying.refused, ==, (i + 1) * G_N_ELEMENTS (trying.jobs));
      if (i == 0)
        {
          earlier = ms_service_get_directory_job (f->service, f->admin, id, &error);
          set_directory (f, id, "{'name':'village'}");
        }
    }
  set_directory (f, id, "{'name':'town'}");
  expect_names (f, "p0", "p1");

  expect_next (f, id, TRUE);
  g_autofree char *undone = try_undo (f, earlier, &error);
  g_assert_no_error (error);
  g_assert_nonnull (undone);
  expect_next (f, id, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (trying.jobs); i++)
    g_free (trying.jobs[i]);
}

/* One was renamed, or has the other's name by now: its clock is stopped and its runs are asked for,
 * and nobody else's. */
static void
test_undone_renamed (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'every':60");
  g_autofree char *other = make_directory (f, ",'every':60,'name':'village'");
  g_autoptr (GError) error = NULL;
  Trying trying = { .f = f };

  add_people (2);
  run_and_expect (f, id, "create 2");
  trying.jobs[0] = ms_service_get_directory_job (f->service, f->admin, id, &error);
  town_set (town.entries->pdata[0], "title", "Dr");
  run_and_expect (f, id, "update 1, unchanged 1");
  g_autofree char *second = ms_service_get_directory_job (f->service, f->admin, id, &error);
  town_set (town.entries->pdata[1], "title", "Dr");
  run_and_expect (f, id, "update 1, unchanged 1");
  trying.jobs[1] = ms_service_get_directory_job (f->service, f->admin, id, &error);
  town_set (town.entries->pdata[0], "cn", "Other");
  run_and_expect (f, id, "update 1, unchanged 1");
  g_autoptr (JsonObject) rehearsed = run_directory (f, other, MS_DIRECTORY_REHEARSE, FALSE);
  expect_counts (rehearsed, "refuse 2");
  expect_next (f, other, TRUE);

  set_directory (f, id, "{'name':'city'}");
  expect_next (f, id, TRUE);
  trying.jobs[2] = try_undo (f, second, &error);
  g_assert_no_error (error);
  g_assert_nonnull (trying.jobs[2]);
  expect_next (f, id, FALSE);
  expect_next (f, other, TRUE);

  set_directory (f, other, "{'name':'town'}");
  set_directory (f, id, "{'name':'village','every':60}");
  expect_next (f, id, TRUE);
  town.hook = undo_while_run;
  town.hook_data = &trying;
  run_and_expect (f, id, "update 1, unchanged 1");
  g_assert_cmpuint (trying.refused, ==, G_N_ELEMENTS (trying.jobs));
  g_autofree char *last = try_undo (f, trying.jobs[1], &error);
  g_assert_no_error (error);
  g_assert_nonnull (last);
  expect_next (f, id, FALSE);
  expect_next (f, other, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (trying.jobs); i++)
    g_free (trying.jobs[i]);
}

typedef struct
{
  const char *id;
  gint64      until;
} Clock;

static gboolean
leave_undoing (MsTxn *txn, gpointer user_data, GError **error)
{
  const Clock *self = user_data;
  g_autoptr (MsDirectoryState) state = ms_directory_state_load (txn, self->id, error);

  g_assert_nonnull (state);
  json_object_set_int_member (state->undoing, "gone", self->until);
  return ms_directory_state_save (state, txn, error);
}

/* The daemon of an undo was killed, and its clock or this one is wrong: a little does no harm, and
 * with more nobody waits for as long as that. */
static void
test_undone_with_clock (Fixture *f, gconstpointer data)
{
  const MsChangeContext context = { .channel = "test", .verb = "test" };
  g_autofree char      *id = make_directory (f, "");
  Clock                 clock = { id, g_get_real_time () + 2 * G_TIME_SPAN_MINUTE };
  Undoing               undoing = { f, id };

  add_people (2);
  g_assert_true (ms_store_write (f->store, &context, leave_undoing, &clock, NULL, NULL));
  refuse_changes (&undoing);
  clock.until += G_TIME_SPAN_DAY;
  g_assert_true (ms_store_write (f->store, &context, leave_undoing, &clock, NULL, NULL));
  run_and_expect (f, id, "create 2");
}

/* By the clock ------------------------------------------------------------------------------ */

/* What an undo has stopped goes on when somebody says how often, were it as often as before. */
static void
test_set_again (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'every':60");

  add_people (3);
  set_directory (f, id, "{'every':60}");
  expect_next (f, id, FALSE);
  run_and_expect (f, id, "create 3");
  expect_next (f, id, TRUE);
  undo_directory (f, id);
  expect_next (f, id, FALSE);
  set_directory (f, id, "{'leaverLimit':20}");
  set_directory (f, id, "{'leaverLimit':20}");
  expect_next (f, id, FALSE);
  gint64 sequence = last_sequence (f);
  set_directory (f, id, "{'every':60}");
  expect_next (f, id, TRUE);
  g_assert_cmpint (last_sequence (f), ==, sequence);
  f->now += 59 * G_TIME_SPAN_MINUTE;
  look (f->service);
  g_assert_cmpuint (town.searches, ==, 1);
  /* It puts off nothing that is due. */
  set_directory (f, id, "{'every':60}");
  f->now += 2 * G_TIME_SPAN_MINUTE;
  look (f->service);
  g_assert_cmpuint (town.searches, ==, 2);
}

/* Nor does it go on where it is set up otherwise after an undo, and that is looked at: not before
 * that is run, or somebody says how often. */
static void
test_stays_stopped (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'every':60");

  add_people (3);
  run_and_expect (f, id, "create 3");
  undo_directory (f, id);
  expect_next (f, id, FALSE);
  set_directory (f, id, "{'filter':'(objectClass=account)'}");
  g_autoptr (JsonObject) rehearsed = run_directory (f, id, MS_DIRECTORY_REHEARSE, FALSE);
  assert_picked (rehearsed, "result", "done");
  expect_next (f, id, FALSE);
  f->now += 61 * G_TIME_SPAN_MINUTE;
  guint searches = town.searches;
  look (f->service);
  g_assert_cmpuint (town.searches, ==, searches);
  run_and_expect (f, id, "enable 3");
  expect_next (f, id, TRUE);

  undo_directory (f, id);
  set_directory (f, id, "{'filter':'(objectClass=person)'}");
  g_autoptr (JsonObject) again = run_directory (f, id, MS_DIRECTORY_REHEARSE, FALSE);
  assert_picked (again, "result", "done");
  expect_next (f, id, FALSE);
  set_directory (f, id, "{'every':60}");
  expect_next (f, id, TRUE);

  /* Said before that, it waits for what is looked at first. */
  run_and_expect (f, id, "enable 3");
  undo_directory (f, id);
  set_directory (f, id, "{'filter':'(objectClass=account)'}");
  set_directory (f, id, "{'every':60}");
  expect_next (f, id, FALSE);
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_REHEARSE, FALSE);
  assert_picked (last, "result", "done");
  expect_next (f, id, TRUE);
}

/* Where nothing of a run was undone, it goes on as before. */
static void
test_undone_in_vain (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_directory (f, ",'every':60");
  g_autoptr (GError) error = NULL;

  add_people (1);
  run_and_expect (f, id, "create 1");
  town_set (town.entries->pdata[0], "title", "Dr");
  run_and_expect (f, id, "update 1");
  g_autofree char *job = ms_service_get_directory_job (f->service, f->admin, id, &error);
  g_autofree char *user = find_user_id (f, "p0");
  change (f, "User", user, "title", "'Prof'");
  g_autofree char *undone = try_undo (f, job, &error);
  g_assert_null (undone);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  expect_next (f, id, TRUE);
  run_and_expect (f, id, "update 1");
  expect_next (f, id, TRUE);
}

/* Whoever is found otherwise than before has to be seen first. */
static void
test_seen_anew (Fixture *f, gconstpointer data)
{
  static const char *const bodies[] = {
    "{'server':'ldaps://other.example','password':'correct-horse-battery-staple'}",
    "{'base':'dc=elsewhere'}",
    "{'scope':'oneLevel'}",
    "{'filter':'(objectClass=account)'}",
    "{'activeFilter':'(!(disabled=*))'}",
    "{'identity':'uid'}",
    "{'mapping':{'userName':'uid','mailbox':'mail'}}",
  };
  static const char *const others[]
      = { "{'leaverLimit':30}", "{'name':'city'}", "{'adopt':true}", "{'timeout':7}" };
  g_autofree char *id = make_directory (f, ",'every':60,'leavers':'keep'");

  add_people (3);
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (JsonObject) rehearsed = run_directory (f, id, MS_DIRECTORY_REHEARSE, TRUE);
      assert_picked (rehearsed, "result", "done");
      expect_next (f, id, TRUE);
      if (i < G_N_ELEMENTS (others))
        set_directory (f, id, others[i]);
      expect_next (f, id, TRUE);
      g_test_message ("%s", bodies[i]);
      set_directory (f, id, bodies[i]);
      expect_next (f, id, FALSE);
      set_directory (f, id, "{'every':50}");
      set_directory (f, id, "{'every':60}");
      set_directory (f, id, "{'every':60}");
      expect_next (f, id, FALSE);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  town_test ("/directory/held/planning", test_planning);
  town_test ("/directory/held/chain", test_chain);
  town_test ("/directory/held/tables", test_tables);
  town_test ("/directory/held/tables-while-waiting", test_tables_while_waiting);
  town_test ("/directory/held/shut-down", test_shut_down);
  town_test ("/directory/held/not-taken", test_not_taken);
  town_test ("/directory/held/undone", test_undone);
  town_test ("/directory/held/undone-meanwhile", test_undone_meanwhile);
  town_test ("/directory/held/undone-renamed", test_undone_renamed);
  town_test ("/directory/held/undone-with-clock", test_undone_with_clock);
  town_test ("/directory/held/set-again", test_set_again);
  town_test ("/directory/held/stays-stopped", test_stays_stopped);
  town_test ("/directory/held/undone-in-vain", test_undone_in_vain);
  town_test ("/directory/held/seen-anew", test_seen_anew);
  /* SQLite has one daemon. */
  if (strcmp (store_place_get_driver (), "postgresql") == 0)
    {
      town_test ("/directory/held/started-again", test_started_again);
      town_test ("/directory/held/cancelled-there", test_cancelled_there);
      town_test ("/directory/held/waiting", test_waiting);
      town_test ("/directory/held/tables-elsewhere", test_tables_elsewhere);
      town_test ("/directory/held/behind", test_behind);
      town_test ("/directory/held/behind-cancelled", test_behind_cancelled);
      town_test ("/directory/held/behind-ended", test_behind_ended);
    }
  return g_test_run ();
}
