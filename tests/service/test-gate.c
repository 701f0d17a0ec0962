/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shutting down while tables are exchanged: whoever has closed the gate works by the service, and
 * whoever waits before it will.
 */
#include "service-fixture.h"

#include "ms-gate.h"
#include "ms-import-manager.h"
#include "ms-schemas.h"

typedef struct
{
  Fixture *f;
  gint     is_closed; /* atomic, all of them */
  gint     may_open;
  gint     is_open;
  gint     is_inside;
  gint     may_leave;
  gint     has_left;
  gint     is_down;
} Race;

static void
wait_for (gint *flag)
{
  while (!g_atomic_int_get (flag))
    g_usleep (500);
}

/* As the undo of a change of schema files, which nobody joins. */
static gpointer
exchange_main (gpointer data)
{
  Race *self = data;
  g_autoptr (GError) error = NULL;

  ms_service_enter (self->f->service);
  gboolean is_closed = ms_schemas_close (self->f->service, &error);
  g_assert_no_error (error);
  g_assert_true (is_closed);
  g_atomic_int_set (&self->is_closed, TRUE);
  wait_for (&self->may_open);
  g_atomic_int_set (&self->is_open, TRUE);
  ms_schemas_open (self->f->service);
  ms_service_leave (self->f->service);
  return NULL;
}

static gpointer
enter_main (gpointer data)
{
  Race *self = data;

  ms_service_enter (self->f->service);
  g_atomic_int_set (&self->is_inside, TRUE);
  wait_for (&self->may_leave);
  g_atomic_int_set (&self->has_left, TRUE);
  ms_service_leave (self->f->service);
  return NULL;
}

static gpointer
shut_down_main (gpointer data)
{
  Race *self = data;

  ms_service_shutdown (self->f->service);
  g_atomic_int_set (&self->is_down, TRUE);
  return NULL;
}

/* Until @n wait at the gate, or it was not waited for. */
static void
wait_for_waiting (Race *self, guint n)
{
  while (ms_gate_count_waiting (self->f->service->gate) < n && !g_atomic_int_get (&self->is_down))
    g_usleep (500);
}

static void
test_shut_down (Fixture *f, gconstpointer data)
{
  Race     race = { .f = f };
  GThread *exchange = g_thread_new ("exchange", exchange_main, &race);

  wait_for (&race.is_closed);
  GThread *shut_down = g_thread_new ("shut-down", shut_down_main, &race);
  wait_for_waiting (&race, 1);
  g_assert_false (g_atomic_int_get (&race.is_down));
  g_atomic_int_set (&race.may_open, TRUE);
  g_thread_join (shut_down);
  g_assert_true (g_atomic_int_get (&race.is_open));
  g_thread_join (exchange);
}

/* Who came while it was closed is let in, and waited for. */
static void
test_let_in (Fixture *f, gconstpointer data)
{
  Race     race = { .f = f };
  GThread *exchange = g_thread_new ("exchange", exchange_main, &race);

  wait_for (&race.is_closed);
  GThread *enter = g_thread_new ("enter", enter_main, &race);
  wait_for_waiting (&race, 1);
  GThread *shut_down = g_thread_new ("shut-down", shut_down_main, &race);
  wait_for_waiting (&race, 2);
  g_atomic_int_set (&race.may_open, TRUE);
  wait_for (&race.is_inside);
  g_assert_false (g_atomic_int_get (&race.is_down));
  g_atomic_int_set (&race.may_leave, TRUE);
  g_thread_join (shut_down);
  g_assert_true (g_atomic_int_get (&race.has_left));
  g_thread_join (enter);
  g_thread_join (exchange);
}

static void
expect_refused (Fixture *f, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ms_import_manager_has_room (f->service->imports, "any", &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_assert_cmpstr (error->message, ==, message);
}

/* What rests is not said to end. */
static void
test_message (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_schemas_close (f->service, &error));
  g_assert_no_error (error);
  expect_refused (f, "The schemas are being changed; try again in a moment");
  ms_schemas_open (f->service);
  g_assert_true (ms_import_manager_has_room (f->service->imports, "any", &error));
  ms_service_shutdown (f->service);
  expect_refused (f, "The server is being stopped");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/gate/shut-down", Fixture, NULL, fixture_set_up, test_shut_down, fixture_tear_down);
  g_test_add ("/gate/let-in", Fixture, NULL, fixture_set_up, test_let_in, fixture_tear_down);
  g_test_add ("/gate/message", Fixture, NULL, fixture_set_up, test_message, fixture_tear_down);
  return g_test_run ();
}
