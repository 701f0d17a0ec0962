/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The windowed list against the fake server: how many requests it makes, that rows keep their
 * identity, that what others change arrives as few items-changed, and that it survives faults.
 * After every step a mirror that only listens to items-changed must hold the same ids as the
 * server.
 */
#include "ms-connection-private.h"
#include "ms-fake-server.h"
#include "ms-fingerprint.h"
#include "ms-remote-list-private.h"

#include <string.h>

static GTlsCertificate *certificate;

typedef struct
{
  FakeServer   *server;
  MsConnection *connection;
  MsRemoteList *list;
  GListModel   *model;
  GString      *splices; /* "position-removed+added " of every items-changed */
  GPtrArray    *held;    /* MsResource or NULL by position, moved as items-changed says */
} Fixture;

/* All at once: lists are long. */
static void
insert_empty (GPtrArray *held, guint position, guint n)
{
  const guint after = held->len - position;

  g_ptr_array_set_size (held, (int) (held->len + n));
  memmove (held->pdata + position + n, held->pdata + position, after * sizeof *held->pdata);
  memset (held->pdata + position, 0, n * sizeof *held->pdata);
}

static void
on_items_changed_cb (
    GListModel *model, guint position, guint removed, guint added, gpointer user_data)
{
  Fixture *self = user_data;

  g_string_append_printf (self->splices, "%u-%u+%u ", position, removed, added);
  g_assert_cmpuint (position + removed, <=, self->held->len);
  if (removed > 0)
    g_ptr_array_remove_range (self->held, position, removed);
  insert_empty (self->held, position, added);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, self->held->len);
}

static void
unref_maybe (gpointer object)
{
  if (object != NULL)
    g_object_unref (object);
}

static void
watch_list (Fixture *self)
{
  self->splices = g_string_new (NULL);
  self->held = g_ptr_array_new_with_free_func (unref_maybe);
  g_signal_connect (self->list, "items-changed", G_CALLBACK (on_items_changed_cb), self);
  self->model = G_LIST_MODEL (self->list);
}

static void
on_logged_on_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(gboolean *) user_data = ms_connection_log_on_finish (MS_CONNECTION (source), result, NULL);
}

static Fixture *
fixture_new (guint n_objects)
{
  Fixture         *self = g_new0 (Fixture, 1);
  g_autofree char *fingerprint = ms_fingerprint_of_certificate (certificate);
  gboolean         logged_on = FALSE;

  self->server = fake_server_new (certificate, n_objects);
  self->connection
      = ms_connection_new (fake_server_get_url (self->server), "admin", "console", fingerprint);
  ms_connection_set_stream_delays (self->connection, 20, 100, 20000);
  ms_connection_log_on_async (self->connection, "x", NULL, NULL, on_logged_on_cb, &logged_on);
  fake_wait_until (logged_on && fake_server_count_streams (self->server) == 1);
  fake_server_clear_log (self->server);
  self->list = ms_remote_list_new (self->connection, "Mailbox", NULL, "name");
  watch_list (self);
  return self;
}

static void
fixture_free (Fixture *self)
{
  gpointer list = self->list, connection = self->connection;

  g_ptr_array_unref (self->held);
  g_object_add_weak_pointer (G_OBJECT (self->list), &list);
  g_object_add_weak_pointer (G_OBJECT (self->connection), &connection);
  g_object_unref (self->list);
  g_assert_null (list);
  g_object_unref (self->connection);
  fake_wait_until (connection == NULL);
  g_object_unref (self->server);
  g_string_free (self->splices, TRUE);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

/* Holds rows as a view does: every row of [start, end) and no other. */
static void
look_at (Fixture *self, guint start, guint end)
{
  for (guint i = 0; i < self->held->len; i++)
    {
      gpointer *slot = &g_ptr_array_index (self->held, i);
      if (i < start || i >= end)
        g_clear_object (slot);
      else if (*slot == NULL)
        *slot = g_list_model_get_item (self->model, i);
    }
}

static gboolean
all_loaded (Fixture *self)
{
  for (guint i = 0; i < self->held->len; i++)
    if (g_ptr_array_index (self->held, i) != NULL
        && !ms_resource_is_loaded (g_ptr_array_index (self->held, i)))
      return FALSE;
  return TRUE;
}

static void
show (Fixture *self, guint start, guint end)
{
  look_at (self, start, end);
  fake_wait_until (all_loaded (self));
}

static void
load (Fixture *self)
{
  (void) g_list_model_get_n_items (self->model);
  fake_wait_until (!ms_remote_list_is_loading (self->list));
  g_string_truncate (self->splices, 0);
}

static guint
count_requests (Fixture *self, const char *part)
{
  GPtrArray *log = fake_server_get_log (self->server);
  guint      count = 0;

  for (guint i = 0; i < log->len; i++)
    if (strstr (g_ptr_array_index (log, i), part) != NULL)
      count++;
  return count;
}

/* What a view that followed items-changed shows is what the server has. */
static void
assert_in_step (Fixture *self)
{
  guint shown = 0;

  g_assert_cmpuint (self->held->len, ==, g_list_model_get_n_items (self->model));
  for (guint i = 0; i < self->held->len; i++)
    {
      MsResource *row = g_ptr_array_index (self->held, i);
      if (row == NULL)
        continue;
      g_autoptr (MsResource) item = g_list_model_get_item (self->model, i);
      g_assert_true (item == row);
      g_assert_true (ms_resource_is_loaded (row));
      g_assert_cmpstr (ms_resource_get_id (row), ==, fake_server_get_id (self->server, i));
      g_assert_cmpstr (ms_resource_get_label (row), ==, fake_server_get_name (self->server, i));
      shown++;
    }
  g_assert_cmpuint (shown, >, 0);
}

/* After a change: waits until list and server agree on [start, end), with the rows looked at as a
 * view would. */
static gboolean
agrees (Fixture *self, guint start, guint end)
{
  if (self->held->len != fake_server_get_length (self->server))
    return FALSE;
  look_at (self, start, MIN (end, self->held->len));
  for (guint i = start; i < MIN (end, self->held->len); i++)
    {
      MsResource *row = g_ptr_array_index (self->held, i);
      if (!ms_resource_is_loaded (row)
          || g_strcmp0 (ms_resource_get_id (row), fake_server_get_id (self->server, i)) != 0
          || g_strcmp0 (ms_resource_get_label (row), fake_server_get_name (self->server, i)) != 0)
        return FALSE;
    }
  return TRUE;
}

/* Paging
 * -----------------------------------------------------------------------------------------------
 */

static void
test_lazy (void)
{
  g_autoptr (Fixture) self = fixture_new (1000);

  fake_run_for (50);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 0);
  g_assert_true (ms_remote_list_is_loading (self->list));

  g_assert_cmpuint (g_list_model_get_n_items (self->model), ==, 0);
  fake_wait_until (!ms_remote_list_is_loading (self->list));
  g_assert_cmpstr (self->splices->str, ==, "0-0+1000 ");
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 1);
  g_assert_cmpuint (count_requests (self, "?startIndex=1&count=256&sortBy=name"), ==, 1);

  /* The first page came with the length. */
  show (self, 0, 256);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 1);
  assert_in_step (self);
  g_assert_null (g_list_model_get_item (self->model, 1000));
}

static void
test_placeholders (void)
{
  g_autoptr (Fixture) self = fixture_new (100000);

  load (self);
  g_autoptr (MsResource) row = g_list_model_get_item (self->model, 70000);
  g_assert_false (ms_resource_is_loaded (row));
  g_autoptr (MsResource) again = g_list_model_get_item (self->model, 70000);
  g_assert_true (row == again);
  fake_wait_until (ms_resource_is_loaded (row));
  g_assert_cmpstr (ms_resource_get_id (row), ==, "o70000");
  /* Filled in place: nobody was told that rows came or went. */
  g_assert_cmpstr (self->splices->str, ==, "");
  g_assert_cmpuint (count_requests (self, "startIndex=69889&"), ==, 1);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 2);
}

/* A page is one request, however its rows are asked for, and one request is under way at a time. */
static void
test_one_request (void)
{
  g_autoptr (Fixture) self = fixture_new (10000);

  load (self);
  fake_server_clear_log (self->server);
  show (self, 5000, 5600);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 3);
  g_assert_cmpuint (fake_server_get_most_open (self->server), ==, 1);
  look_at (self, 0, 0);
  show (self, 5000, 5600);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 3);
}

static void
test_newest_first (void)
{
  g_autoptr (Fixture) self = fixture_new (100000);
  GPtrArray *log = fake_server_get_log (self->server);

  load (self);
  fake_server_clear_log (self->server);
  fake_server_hold_lists (self->server, TRUE);
  /* Scrolled fast: only where it came to rest is looked at. The first one is on its way already. */
  for (guint at = 10000; at <= 90000; at += 10000)
    {
      look_at (self, at, at + 20);
      fake_wait_until (log->len == 1);
    }
  fake_server_hold_lists (self->server, FALSE);
  fake_wait_until (all_loaded (self));
  fake_run_for (50);
  g_assert_cmpuint (log->len, ==, 2);
  g_assert_nonnull (strstr (g_ptr_array_index (log, 0), "startIndex=9985&"));
  g_assert_nonnull (strstr (g_ptr_array_index (log, 1), "startIndex=89857&"));
}

static void
test_pages_are_dropped (void)
{
  g_autoptr (Fixture) self = fixture_new (100000);

  load (self);
  for (guint page = 0; page < 60; page++)
    show (self, page * 256, page * 256 + 20);
  g_assert_cmpuint (ms_remote_rows_count_pages (self->list->rows), ==, 32);
  fake_server_clear_log (self->server);
  show (self, 50 * 256, 50 * 256 + 20);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 0);
  show (self, 256, 276);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 1);
}

/* A row that somebody holds is the same object still when its page has long been dropped. */
static void
test_identity (void)
{
  g_autoptr (Fixture) self = fixture_new (100000);

  load (self);
  g_autoptr (MsResource) row = g_list_model_get_item (self->model, 3);
  for (guint page = 0; page < 60; page++)
    show (self, page * 256, page * 256 + 20);
  g_autoptr (MsResource) again = g_list_model_get_item (self->model, 3);
  g_assert_true (row == again);
  g_assert_true (ms_resource_is_loaded (row));
}

static void
test_range (void)
{
  g_autoptr (Fixture) self = fixture_new (1200);

  ms_remote_list_set_range (self->list, 500, 500);
  load (self);
  g_assert_cmpuint (g_list_model_get_n_items (self->model), ==, 500);
  g_autoptr (MsResource) first = g_list_model_get_item (self->model, 0);
  g_autoptr (MsResource) last = g_list_model_get_item (self->model, 499);
  fake_wait_until (ms_resource_is_loaded (last));
  g_assert_cmpstr (ms_resource_get_id (first), ==, "o500");
  g_assert_cmpstr (ms_resource_get_id (last), ==, "o999");
  g_assert_cmpuint (count_requests (self, "startIndex=501&count=256&"), ==, 1);
  g_assert_cmpuint (count_requests (self, "startIndex=757&count=244&"), ==, 1);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 2);

  g_autoptr (MsRemoteList) end = ms_remote_list_new (self->connection, "Mailbox", NULL, "name");
  ms_remote_list_set_range (end, 1000, 500);
  (void) g_list_model_get_n_items (G_LIST_MODEL (end));
  fake_wait_until (!ms_remote_list_is_loading (end));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (end)), ==, 200);
}

static void
test_queries (void)
{
  g_autoptr (Fixture) self = fixture_new (600);

  load (self);
  show (self, 0, 20);
  g_autoptr (MsResource) row = g_list_model_get_item (self->model, 5);
  fake_server_clear_log (self->server);
  fake_server_hold_lists (self->server, TRUE);
  g_assert_false (ms_remote_list_has_more (self->list));
  ms_remote_list_set_search (self->list, "a b");
  ms_remote_list_set_sort (self->list, "address", TRUE);
  g_assert_true (ms_remote_list_is_loading (self->list));
  /* The old rows stay until the answer is there. */
  g_assert_cmpuint (g_list_model_get_n_items (self->model), ==, 600);
  g_assert_cmpstr (ms_resource_get_id (row), ==, "o5");
  fake_server_hold_lists (self->server, FALSE);
  fake_wait_until (!ms_remote_list_is_loading (self->list));
  g_assert_cmpstr (self->splices->str, ==, "0-600+600 ");
  g_assert_true (ms_remote_list_has_more (self->list));
  g_assert_cmpuint (
      count_requests (self, "&search=a%20b&sortBy=address&sortOrder=descending"), ==, 1);

  g_autoptr (MsRemoteList) filtered
             = ms_remote_list_new (self->connection, "Mailbox", "name co \"ü&\"", "name");
  (void) g_list_model_get_n_items (G_LIST_MODEL (filtered));
  fake_wait_until (!ms_remote_list_is_loading (filtered));
  g_assert_cmpuint (
      count_requests (self, "&filter=name%20co%20%22%C3%BC%26%22&sortBy=name"), ==, 1);

  /* Set to what it is: nothing happens. */
  fake_server_clear_log (self->server);
  ms_remote_list_set_search (self->list, "a b");
  ms_remote_list_set_sort (self->list, "address", TRUE);
  fake_run_for (50);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 0);
  g_assert_false (ms_remote_list_is_loading (self->list));
}

/* A search finds more than is listed, and the server refuses a page that would go further. */
static void
test_end_of_search (void)
{
  g_autoptr (Fixture) self = fixture_new (600);

  ms_remote_list_set_search (self->list, "a");
  load (self);
  g_assert_true (ms_remote_list_has_more (self->list));
  show (self, 580, 600);
  g_assert_null (ms_remote_list_get_error (self->list));
  g_assert_cmpuint (count_requests (self, "startIndex=513&count=88&"), ==, 1);
  fake_server_rename (self->server, 590, "other");
  fake_server_emit_change (self->server, "update", fake_server_get_id (self->server, 590));
  fake_wait_until (agrees (self, 580, 600));
  g_assert_null (ms_remote_list_get_error (self->list));
}

/* Ids
 * --------------------------------------------------------------------------------------------------
 */

static void
on_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
test_collect_ids (void)
{
  g_autoptr (Fixture) self = fixture_new (5000);
  g_autofree guint *positions = g_new (guint, 5000);
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) few = NULL;
  g_autoptr (GAsyncResult) none = NULL;

  for (guint i = 0; i < 5000; i++)
    positions[i] = i;
  load (self);
  fake_server_clear_log (self->server);
  ms_remote_list_collect_ids_async (self->list, positions, 5000, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  g_auto (GStrv) ids = ms_remote_list_collect_ids_finish (self->list, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (ids), ==, 5000);
  for (guint i = 0; i < 5000; i++)
    g_assert_cmpstr (ids[i], ==, fake_server_get_id (self->server, i));
  /* 256 were there, 4744 come by thousands; ids only. */
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 5);
  g_assert_cmpuint (count_requests (self, "&attributes=id"), ==, 5);

  guint some[] = { 3, 1200, 1300, 4999 };
  fake_server_clear_log (self->server);
  ms_remote_list_collect_ids_async (
      self->list, some, G_N_ELEMENTS (some), NULL, on_result_cb, &few);
  fake_wait_until (few != NULL);
  g_auto (GStrv) some_ids = ms_remote_list_collect_ids_finish (self->list, few, &error);
  g_autofree char *joined = g_strjoinv (" ", some_ids);
  g_assert_cmpstr (joined, ==, "o3 o1200 o1300 o4999");
  g_assert_cmpuint (count_requests (self, "startIndex=1201&count=101&"), ==, 1);
  g_assert_cmpuint (count_requests (self, "startIndex=5000&count=1&"), ==, 1);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 2);

  ms_remote_list_collect_ids_async (self->list, NULL, 0, NULL, on_result_cb, &none);
  fake_wait_until (none != NULL);
  g_auto (GStrv) no_ids = ms_remote_list_collect_ids_finish (self->list, none, &error);
  g_assert_cmpuint (g_strv_length (no_ids), ==, 0);
}

/* Live
 * -------------------------------------------------------------------------------------------------
 */

typedef struct
{
  const char *name;
  guint       start, end; /* what is looked at, of 2000 */
  const char *verb;
  void (*change) (FakeServer *server);
  const char *id;
  const char *splices; /* all that a view is told */
  guint       requests;
} LiveCase;

static void
change_rename (FakeServer *s)
{
  fake_server_rename (s, 310, "other");
}
static void
change_insert (FakeServer *s)
{
  fake_server_insert (s, 310, "new");
}
static void
change_insert_first (FakeServer *s)
{
  fake_server_insert (s, 0, "new");
}
static void
change_insert_before (FakeServer *s)
{
  fake_server_insert (s, 100, "new");
}
static void
change_append (FakeServer *s)
{
  fake_server_insert (s, 2000, "new");
}
static void
change_remove (FakeServer *s)
{
  fake_server_remove (s, 310);
}
static void
change_remove_before (FakeServer *s)
{
  fake_server_remove (s, 100);
}
static void
change_move_down (FakeServer *s)
{
  fake_server_move (s, 310, 320);
}
static void
change_move_up (FakeServer *s)
{
  fake_server_move (s, 320, 310);
}
static void
change_move_away (FakeServer *s)
{
  fake_server_move (s, 310, 1900);
}
static void
change_move_in (FakeServer *s)
{
  fake_server_move (s, 1900, 310);
}
static void
change_nothing (FakeServer *s)
{
  (void) s;
}

static const LiveCase live_cases[] = {
  { "rename", 300, 340, "update", change_rename, "o310", "", 1 },
  { "insert", 300, 340, "create", change_insert, "new", "310-0+1 ", 1 },
  { "insert-first", 0, 40, "create", change_insert_first, "new", "0-0+1 ", 1 },
  { "insert-before-the-window", 300, 340, "create", change_insert_before, "new", "255-0+1 ", 1 },
  { "append", 300, 340, "create", change_append, "new", "2000-0+1 ", 1 },
  { "remove", 300, 340, "delete", change_remove, "o310", "310-1+0 ", 1 },
  { "remove-before-the-window", 300, 340, "delete", change_remove_before, "o100", "255-1+0 ", 1 },
  { "move-down", 300, 340, "update", change_move_down, "o310", "310-1+0 320-0+1 ", 1 },
  { "move-up", 300, 340, "update", change_move_up, "o320", "310-0+1 321-1+0 ", 1 },
  { "move-away", 300, 340, "update", change_move_away, "o310", "310-1+0 1999-0+1 ", 1 },
  { "move-in", 300, 340, "update", change_move_in, "o1900", "310-0+1 2000-1+0 ", 1 },
  { "over-two-pages", 500, 540, "create", change_insert, "new", "310-0+1 ", 2 },
  { "nothing-of-it-shows", 300, 340, "update", change_nothing, "o1500", "", 1 },
};

static void
test_live (gconstpointer data)
{
  const LiveCase *row = data;
  g_autoptr (Fixture) self = fixture_new (2000);

  load (self);
  show (self, row->start, row->end);
  fake_server_clear_log (self->server);
  g_string_truncate (self->splices, 0);
  g_autoptr (GPtrArray) before = g_ptr_array_new ();
  for (guint i = row->start; i < row->end; i++)
    g_ptr_array_add (before, g_ptr_array_index (self->held, i));

  row->change (self->server);
  fake_server_emit_change (self->server, row->verb, row->id);
  fake_wait_until (fake_server_get_log (self->server)->len >= row->requests);
  fake_wait_until (agrees (self, row->start, row->end));
  fake_run_for (300);
  g_assert_cmpstr (self->splices->str, ==, row->splices);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, row->requests);
  assert_in_step (self);

  /* Rows kept their objects, but for the one that went. */
  guint kept = 0;
  for (guint i = 0; i < before->len; i++)
    kept += g_ptr_array_find (self->held, g_ptr_array_index (before, i), NULL);
  g_assert_cmpuint (kept, >=, before->len - 2);
}

/* Many events soon after each other are one refresh; events of other things are none. */
static void
test_live_gathers (void)
{
  g_autoptr (Fixture) self = fixture_new (2000);

  load (self);
  show (self, 0, 40);
  fake_server_clear_log (self->server);
  for (guint i = 0; i < 50; i++)
    {
      g_autofree char *id = g_strdup_printf ("new%u", i);
      fake_server_insert (self->server, 10, id);
      fake_server_emit_change (self->server, "create", id);
    }
  fake_wait_until (agrees (self, 0, 40));
  fake_run_for (300);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (self->model), ==, 2050);

  fake_server_clear_log (self->server);
  fake_server_emit_raw (self->server,
                        "event: change\ndata: "
                        "{\"sequence\":99,\"changes\":[{\"verb\":\"update\",\"type\":\"Template\","
                        "\"id\":\"t\"}]}\n\n");
  fake_run_for (300);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 0);
  /* A mailbox shows its owner's name. */
  fake_server_emit_raw (
      self->server,
      "event: change\ndata: "
      "{\"sequence\":99,\"changes\":[{\"verb\":\"update\",\"type\":\"User\",\"id\":\"u\"}]}\n\n");
  fake_wait_until (fake_server_get_log (self->server)->len == 1);
}

/* Without end of events there are refreshes all the same. */
static void
test_live_storm (void)
{
  g_autoptr (Fixture) self = fixture_new (2000);
  gint64 start = 0;

  load (self);
  show (self, 0, 40);
  fake_server_clear_log (self->server);
  start = g_get_monotonic_time ();
  while (fake_server_get_log (self->server)->len < 2
         && g_get_monotonic_time () - start < 15 * G_USEC_PER_SEC)
    {
      fake_server_emit_change (self->server, "update", "o3");
      fake_run_for (50);
    }
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 2);
}

static void
test_live_reset (void)
{
  g_autoptr (Fixture) self = fixture_new (2000);

  load (self);
  show (self, 300, 340);
  for (guint i = 0; i < 10; i++)
    {
      fake_server_remove (self->server, 305);
      fake_server_insert (self->server, 320, i % 2 == 0 ? "even" : "odd");
    }
  fake_server_emit_raw (self->server, "event: reset\ndata: {}\n\n");
  fake_wait_until (agrees (self, 300, 340));
  assert_in_step (self);
  /* Only what differs was told: 2000 rows did not come and go. */
  g_assert_null (strstr (self->splices->str, "+2000"));
}

/* Random changes by somebody else, while somebody scrolls here. */
static void
test_live_random (void)
{
  g_autoptr (Fixture) self = fixture_new (1500);
  guint made = 0;

  load (self);
  for (guint round = 0; round < 25; round++)
    {
      guint start = (guint) g_test_rand_int_range (0, 1300);
      show (self, start, MIN (start + 40, self->held->len));
      for (int edits = g_test_rand_int_range (1, 6); edits > 0; edits--)
        {
          guint            length = fake_server_get_length (self->server);
          guint            near = (guint) g_test_rand_int_range (0, 2) == 0
                                      ? (guint) g_test_rand_int_range (0, (int) length)
                                      : MIN (start + (guint) g_test_rand_int_range (0, 40), length - 1);
          g_autofree char *id = NULL;
          switch (g_test_rand_int_range (0, 4))
            {
            case 0:
              id = g_strdup_printf ("made%u", made++);
              fake_server_insert (self->server, near, id);
              break;
            case 1:
              id = g_strdup (fake_server_get_id (self->server, near));
              fake_server_remove (self->server, near);
              break;
            case 2:
              id = g_strdup (fake_server_get_id (self->server, near));
              fake_server_move (
                  self->server, near, (guint) g_test_rand_int_range (0, (int) length - 1));
              break;
            default:
              id = g_strdup (fake_server_get_id (self->server, near));
              fake_server_rename (self->server, near, "renamed");
            }
          fake_server_emit_change (self->server, "update", id);
        }
      fake_wait_until (agrees (self, start, start + 40));
      assert_in_step (self);
    }
}

/* A row that fell out of the list while its page was on its way: the length is put right, nothing
 * is torn. */
static void
test_stale_total (void)
{
  g_autoptr (Fixture) self = fixture_new (2000);

  load (self);
  for (guint i = 0; i < 900; i++)
    fake_server_remove (self->server, 1000);
  /* No event: the next page says so. */
  look_at (self, 1000, 1040);
  fake_wait_until (g_list_model_get_n_items (self->model) == 1100);
  fake_wait_until (agrees (self, 1000, 1040));
  assert_in_step (self);
}

/* Faults
 * -----------------------------------------------------------------------------------------------
 */

static void
test_errors (void)
{
  g_autoptr (Fixture) self = fixture_new (2000);

  fake_server_answer_next (self->server,
                           "/scim/v2/Mailboxes",
                           403,
                           NULL,
                           "application/json",
                           "{\"detail\":\"Not yours\"}");
  (void) g_list_model_get_n_items (self->model);
  fake_wait_until (ms_remote_list_get_error (self->list) != NULL);
  g_assert_error (ms_remote_list_get_error (self->list), MS_ERROR, MS_ERROR_DENIED);
  g_assert_true (ms_remote_list_is_loading (self->list));
  fake_run_for (100);
  g_assert_cmpuint (fake_server_get_log (self->server)->len, ==, 1);
  ms_remote_list_reload (self->list);
  fake_wait_until (!ms_remote_list_is_loading (self->list));
  g_assert_null (ms_remote_list_get_error (self->list));

  /* An answer that is no list. */
  fake_server_answer_next (
      self->server, "/scim/v2/Mailboxes", 200, NULL, "application/json", "[1,2]");
  ms_remote_list_set_search (self->list, "x");
  fake_wait_until (ms_remote_list_get_error (self->list) != NULL);
  g_assert_cmpuint (g_list_model_get_n_items (self->model), ==, 2000);
  ms_remote_list_reload (self->list);
  fake_wait_until (!ms_remote_list_is_loading (self->list));
}

/* The server goes and comes back: placeholders fill, the rest stays. */
static void
test_outage (void)
{
  g_autoptr (Fixture) self = fixture_new (2000);

  load (self);
  show (self, 0, 40);
  g_autoptr (MsResource) row = g_list_model_get_item (self->model, 7);
  fake_server_stop (self->server);
  fake_wait_until (ms_connection_get_state (self->connection) == MS_CONNECTION_RECONNECTING);
  look_at (self, 0, 0);
  look_at (self, 1000, 1040);
  fake_wait_until (ms_remote_list_get_error (self->list) != NULL);
  fake_server_insert (self->server, 1010, "meanwhile");
  fake_server_listen (self->server);
  fake_wait_until (agrees (self, 1000, 1040));
  g_assert_null (ms_remote_list_get_error (self->list));
  assert_in_step (self);
  g_autoptr (MsResource) again = g_list_model_get_item (self->model, 7);
  g_assert_true (row == again);
}

/* Dropped while a request is on its way: no callback touches it. */
static void
test_dispose (void)
{
  g_autoptr (Fixture) self = fixture_new (2000);

  fake_server_hold_lists (self->server, TRUE);
  for (guint i = 0; i < 3; i++)
    {
      MsRemoteList *list = ms_remote_list_new (self->connection, "Mailbox", NULL, NULL);
      gpointer      watch = list;

      g_object_add_weak_pointer (G_OBJECT (list), &watch);
      (void) g_list_model_get_n_items (G_LIST_MODEL (list));
      if (i == 1)
        fake_wait_until (fake_server_get_log (self->server)->len > 0);
      if (i == 2)
        fake_server_emit_change (self->server, "update", "o1");
      g_object_unref (list);
      g_assert_null (watch);
    }
  fake_server_hold_lists (self->server, FALSE);
  fake_run_for (300);

  /* A row may live longer than its list. */
  load (self);
  MsRemoteList *list = ms_remote_list_new (self->connection, "Mailbox", NULL, NULL);
  (void) g_list_model_get_n_items (G_LIST_MODEL (list));
  fake_wait_until (!ms_remote_list_is_loading (list));
  g_autoptr (MsResource) row = g_list_model_get_item (G_LIST_MODEL (list), 1);
  g_object_unref (list);
  g_assert_cmpstr (ms_resource_get_id (row), ==, "o1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  certificate = fake_certificate_new ();

  g_test_add_func ("/client/list/lazy", test_lazy);
  g_test_add_func ("/client/list/placeholders", test_placeholders);
  g_test_add_func ("/client/list/one-request", test_one_request);
  g_test_add_func ("/client/list/newest-first", test_newest_first);
  g_test_add_func ("/client/list/pages-are-dropped", test_pages_are_dropped);
  g_test_add_func ("/client/list/identity", test_identity);
  g_test_add_func ("/client/list/range", test_range);
  g_test_add_func ("/client/list/queries", test_queries);
  g_test_add_func ("/client/list/end-of-search", test_end_of_search);
  g_test_add_func ("/client/list/collect-ids", test_collect_ids);
  for (gsize i = 0; i < G_N_ELEMENTS (live_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/client/list/live/%s", live_cases[i].name);
      g_test_add_data_func (path, &live_cases[i], test_live);
    }
  g_test_add_func ("/client/list/live/gathers", test_live_gathers);
  g_test_add_func ("/client/list/live/storm", test_live_storm);
  g_test_add_func ("/client/list/live/reset", test_live_reset);
  g_test_add_func ("/client/list/live/random", test_live_random);
  g_test_add_func ("/client/list/stale-total", test_stale_total);
  g_test_add_func ("/client/list/errors", test_errors);
  g_test_add_func ("/client/list/outage", test_outage);
  g_test_add_func ("/client/list/dispose", test_dispose);

  int status = g_test_run ();
  g_object_unref (certificate);
  return status;
}
