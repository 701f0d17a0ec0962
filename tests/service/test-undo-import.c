/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An import and its undo do not go through each other, and what was undone is imported again.
 */
#include "import-fixture.h"
#include "import-gate.h"

#include <string.h>

#include "ms-error.h"
#include "ms-import.h"
#include "ms-undo-import.h"
#include "store-place.h"

/* Several transactions */
#define RECORDS (4 * 250)
/* More than one */
#define DONE 250
#define OPTIONS "{'createUsers':true}"

/* It is cancelled when several transactions are done. @gate: for as long as there are imports.
 * (transfer full): its id */
static char *
begin_import (Fixture *f, Gate *gate)
{
  g_autoptr (GString) text = g_string_new ("userName,mailbox\n");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < RECORDS; i++)
    g_string_append_printf (text, "user%04u,user%04u\n", i, i);
  g_autofree char *id = fixture_upload (f, text->str);
  gate_set_up (gate, f->service->imports, DONE);
  fixture_start (f, id, OPTIONS, FALSE);
  gate_wait (gate);
  g_assert_true (ms_service_import_cancel (f->service, f->actor, id, &error));
  g_assert_no_error (error);
  gate_release (gate);
  g_autoptr (JsonObject) cancelled = fixture_wait (f, id);
  g_assert_cmpstr (json_object_get_string_member (cancelled, "state"), ==, "cancelled");
  g_assert_cmpint (json_object_get_int_member (cancelled, "done"), >, DONE);
  g_assert_cmpint (json_object_get_int_member (cancelled, "done"), <, RECORDS);
  return g_steal_pointer (&id);
}

/* What somebody else does in the middle of an undo */
typedef struct
{
  Fixture    *f;
  const char *id;
  const char *state; /* (nullable): it is put into that one all the same */
  const char *job;   /* (nullable): undone is that, and not the import itself */
  guint       heard;
} Meanwhile;

static gboolean
leave_in_state (MsTxn *txn, gpointer user_data, GError **error)
{
  Meanwhile *self = user_data;
  g_autoptr (MsImportRecord) record = ms_txn_get_import (txn, self->id, FALSE, error);

  g_assert_nonnull (record);
  g_free (record->state);
  record->state = g_strdup (self->state);
  return ms_txn_put_import (txn, record, error);
}

static void
set_state (Meanwhile *self)
{
  const MsChangeContext context = { .channel = "test", .verb = "test" };

  g_assert_true (ms_store_write (self->f->store, &context, leave_in_state, self, NULL, NULL));
}

static void
hear_undo (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  Meanwhile *self = user_data;
  g_autoptr (JsonObject) options = fixture_json (OPTIONS);

  if (strcmp (kind, "undo") != 0 || strstr (json, "\"state\":\"running\"") == NULL
      || self->heard++ > 0)
    return;
  if (self->state != NULL)
    {
      set_state (self);
      return;
    }
  for (guint rehearse = 0; rehearse < 2; rehearse++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) out = g_string_new (NULL);
      g_assert_false (ms_service_import_start (
          self->f->service, self->f->actor, self->id, options, (gboolean) rehearse, out, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
      g_assert_nonnull (strstr (error->message, "is being undone"));
    }
}

/* (transfer full) (nullable): with @error */
static MsOutcome *
undo_while (Fixture *f, Meanwhile *meanwhile, GError **error)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);
  guint        listener = ms_service_add_listener (f->service, hear_undo, meanwhile);

  operation->job = g_strdup (meanwhile->job != NULL ? meanwhile->job : meanwhile->id);
  MsOutcome *outcome = ms_service_apply (f->service, f->actor, operation, error);
  ms_service_remove_listener (f->service, listener);
  g_assert_cmpuint (meanwhile->heard, >=, 1);
  return outcome;
}

/* (transfer full): the job of the undo */
static char *
undo_job (Fixture *f, const char *job)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);
  g_autoptr (GError) error = NULL;

  operation->job = g_strdup (job);
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->actor, operation, &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) answer = fixture_json (outcome->document->str);
  return g_strdup (json_object_get_string_member (answer, "job"));
}

/* One that was cancelled is not started while it is undone, and afterwards it does not go on
 * behind what is there no more. */
static void
test_started (Fixture *f, gconstpointer data)
{
  Gate             gate;
  g_autofree char *id = begin_import (f, &gate);
  Meanwhile        meanwhile = { f, id };
  g_autoptr (GError) error = NULL;

  g_autoptr (MsOutcome) undone = undo_while (f, &meanwhile, &error);
  g_assert_no_error (error);
  g_assert_nonnull (undone);
  g_assert_cmpint (fixture_total (f, "User"), ==, 1);
  g_autoptr (JsonObject) done = fixture_do (f, id, OPTIONS, FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, RECORDS);
  g_assert_cmpint (fixture_total (f, "User"), ==, 1 + RECORDS);
  fixture_undo (f, id);
  g_assert_cmpint (fixture_total (f, "User"), ==, 1);
}

/* Nor while that undo is undone. */
static void
test_started_while_redone (Fixture *f, gconstpointer data)
{
  Gate             gate;
  g_autofree char *id = begin_import (f, &gate);
  gint64           users = fixture_total (f, "User");
  g_autofree char *job = undo_job (f, id);
  Meanwhile        meanwhile = { f, id, NULL, job };
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (fixture_total (f, "User"), ==, 1);
  g_autoptr (MsOutcome) redone = undo_while (f, &meanwhile, &error);
  g_assert_no_error (error);
  g_assert_nonnull (redone);
  g_assert_cmpint (fixture_total (f, "User"), ==, users);
  g_autoptr (JsonObject) done = fixture_do (f, id, OPTIONS, FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, RECORDS - (users - 1));
  g_assert_cmpint (fixture_count (done, "skip"), ==, users - 1);
  g_assert_cmpint (fixture_total (f, "User"), ==, 1 + RECORDS);
}

/* Where it was all the same, as by a daemon that had not heard of the undo for long, the undo stops
 * and says so. */
static void
test_started_all_the_same (Fixture *f, gconstpointer data)
{
  static const char *const states[] = { "running", "rehearsing" };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      Gate             gate;
      g_autofree char *id = begin_import (f, &gate);
      Meanwhile        meanwhile = { f, id, states[i] };
      g_autoptr (GError) error = NULL;

      g_autoptr (MsOutcome) outcome = undo_while (f, &meanwhile, &error);
      g_assert_null (outcome);
      g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
      g_assert_nonnull (strstr (error->message, " was started when "));
      g_assert_cmpint (fixture_total (f, "User"), >, 1);
      g_clear_error (&error);
      MsOperation *again = ms_operation_new (MS_VERB_UNDO);
      again->job = g_strdup (id);
      g_autoptr (MsOutcome) none = ms_service_apply (f->service, f->actor, again, &error);
      g_assert_null (none);
      g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
      g_assert_nonnull (strstr (error->message, ": cancel it first, or wait for its end"));
      meanwhile.state = "cancelled";
      set_state (&meanwhile);
      fixture_undo (f, id);
      g_assert_cmpint (fixture_total (f, "User"), ==, 1);
    }
}

typedef struct
{
  const char *id;
  char       *result;
  gboolean    may_start;
} Start;

static gboolean
ask_start (MsTxn *txn, gpointer user_data, GError **error)
{
  Start *self = user_data;
  g_autoptr (MsImportRecord) record = ms_txn_get_import (txn, self->id, FALSE, error);

  g_assert_nonnull (record);
  if (self->result == NULL)
    self->result = g_strdup (record->result);
  self->may_start = ms_undo_import_check_start (record, self->result, error);
  return self->may_start;
}

/* Nor by whoever has looked at it before it was undone, and would go on. */
static void
test_looked_at_before (Fixture *f, gconstpointer data)
{
  Gate             gate;
  g_autofree char *id = begin_import (f, &gate);
  Start            start = { .id = id };
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_store_read (f->store, ask_start, &start, NULL, &error));
  fixture_undo (f, id);
  g_assert_false (ms_store_read (f->store, ask_start, &start, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "started or undone by somebody else just now"));
  g_free (start.result);
}

/* What was an undo of an undo of it need not read what it did: that may be very much. */
static void
test_long_ago (Fixture *f, gconstpointer data)
{
  g_autofree char *id = fixture_upload (f, "userName,mailbox\nann,ann\nbob,bob\n");
  g_autoptr (JsonObject) done = fixture_do (f, id, OPTIONS, FALSE, "done");
  g_autofree char *undo = undo_job (f, id);
  g_autofree char *back = undo_job (f, undo);
  g_autofree char *text = g_strdup_printf ("UPDATE change SET deltas = 'x' WHERE sequence IN"
                                           " (SELECT sequence FROM change_set WHERE job = '%s')",
                                           id);

  g_assert_cmpint (fixture_total (f, "User"), ==, 3);
  store_place_lift_rules (store_place_get_driver (), f->folder);
  store_place_run_sql (store_place_get_driver (), f->folder, text);
  g_autofree char *again = undo_job (f, back);
  g_assert_nonnull (again);
  g_assert_cmpint (fixture_total (f, "User"), ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add (
      "/undo/import/started", Fixture, NULL, fixture_set_up, test_started, fixture_tear_down);
  g_test_add ("/undo/import/started-while-redone",
              Fixture,
              NULL,
              fixture_set_up,
              test_started_while_redone,
              fixture_tear_down);
  g_test_add ("/undo/import/started-all-the-same",
              Fixture,
              NULL,
              fixture_set_up,
              test_started_all_the_same,
              fixture_tear_down);
  g_test_add ("/undo/import/looked-at-before",
              Fixture,
              NULL,
              fixture_set_up,
              test_looked_at_before,
              fixture_tear_down);
  g_test_add (
      "/undo/import/long-ago", Fixture, NULL, fixture_set_up, test_long_ago, fixture_tear_down);
  return g_test_run ();
}
