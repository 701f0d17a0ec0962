/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header: server, application and window.
 */
#include "config.h"

#include "console-fixture.h"

#include "ms-json.h"

void
console_init (int *argc, char ***argv)
{
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  /* What a fatal warning said is out before it ends the program. */
  (void) setvbuf (stdout, NULL, _IOLBF, 0);
  g_test_init (argc, argv, NULL);
  adw_init ();
}

static gboolean
on_tick_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

void
console_iterate (void)
{
  gboolean over = FALSE;
  guint    id = g_timeout_add (10, on_tick_cb, &over);

  g_main_context_iteration (NULL, TRUE);
  if (!over)
    g_source_remove (id);
}

gboolean
console_comes_soon (gboolean (*is_there) (void), guint msec)
{
  for (gint64 end = g_get_monotonic_time () + (gint64) msec * 1000;
       !is_there () && g_get_monotonic_time () < end;)
    console_iterate ();
  return is_there ();
}

static gboolean
on_idle_tick_cb (gpointer user_data)
{
  (*(guint *) user_data)++;
  return G_SOURCE_CONTINUE;
}

/* Of less than any other priority: a tick comes when all else is done. @ticks: of 10 ms */
static void
rest (guint ticks)
{
  /* What is always in motion leaves no rest when drawing it takes longer than showing it. */
  gint64 end = g_get_monotonic_time () + 3 * G_USEC_PER_SEC;
  guint  passed = 0;

  gdk_display_sync (gdk_display_get_default ());
  guint id = g_timeout_add_full (G_PRIORITY_LOW, 10, on_idle_tick_cb, &passed, NULL);
  while (passed < ticks && g_get_monotonic_time () < end)
    console_iterate ();
  g_source_remove (id);
}

void
console_settle (void)
{
  rest (20);
}

void
console_catch_breath (void)
{
  rest (3);
}

static void
on_items_changed_cb (
    GListModel *model, guint position, guint removed, guint added, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

void
console_catch_up (ConsoleFixture *self)
{
  GListModel *tree = G_LIST_MODEL (self->window->tree->tree);
  gint64      sequence = console_sequence (self);
  gint64      end = g_get_monotonic_time () + WAIT_USEC;
  gboolean    is_moving = TRUE;
  gulong      handler
      = g_signal_connect (tree, "items-changed", G_CALLBACK (on_items_changed_cb), &is_moving);

  wait_for (self->heard >= sequence);
  /* Lists are read again a fifth of a second after a change. */
  while (is_moving && g_get_monotonic_time () < end)
    {
      is_moving = FALSE;
      rest (50);
    }
  g_signal_handler_disconnect (tree, handler);
}

/* One for the whole program, as it would be. */
static MsApplication *
get_application (void)
{
  static MsApplication *application = NULL;
  g_autoptr (MsServers) servers = NULL;
  g_autoptr (GError) error = NULL;

  if (application != NULL)
    return application;
  servers = ms_servers_new (NULL);
  application = ms_application_new ();
  g_application_set_flags (G_APPLICATION (application), G_APPLICATION_NON_UNIQUE);
  ms_application_set_servers (application, servers);
  g_application_register (G_APPLICATION (application), NULL, &error);
  g_assert_no_error (error);
  return application;
}

ConsoleFixture *
console_fixture_new (const char *filling)
{
  ConsoleFixture *self = g_new0 (ConsoleFixture, 1);

  self->real = real_server_new (filling);
  self->servers = ms_servers_new (NULL);
  self->application = get_application ();
  self->window = ms_window_new (GTK_APPLICATION (self->application), self->servers);
  gtk_window_present (GTK_WINDOW (self->window));
  wait_for (gtk_widget_get_mapped (GTK_WIDGET (self->window)));
  console_settle ();
  return self;
}

static void
on_change_cb (MsConnection *connection, JsonObject *change_set, gpointer user_data)
{
  ((ConsoleFixture *) user_data)->heard = json_object_get_int_member (change_set, "sequence");
}

void
console_fixture_connect (ConsoleFixture *self)
{
  g_autoptr (MsServerInfo) info = ms_server_info_new (NULL,
                                                      real_server_get (self->real, "url"),
                                                      real_server_get (self->real, "user"),
                                                      real_server_get (self->real, "fingerprint"));
  g_autoptr (MsServer) server = ms_server_new (info);

  self->server = server;
  g_signal_connect (ms_server_get_connection (server), "change", G_CALLBACK (on_change_cb), self);
  g_assert_true (ms_servers_add (self->servers, server, FALSE, NULL));
  ms_window_connect (self->window, server, real_server_get (self->real, "password"));
  wait_for (ms_server_is_online (server));
  wait_for (tree_has (self->window, "Users"));
  self->heard = console_sequence (self);
  console_settle ();
}

void
console_fixture_free (ConsoleFixture *self)
{
  gtk_window_destroy (GTK_WINDOW (self->window));
  console_settle ();
  g_clear_object (&self->servers);
  console_settle ();
  real_server_free (self->real);
  g_free (self);
}

/* Beside the console
 * --------------------------------------------------------------------------------------------- */

typedef struct
{
  JsonNode *node;
  gboolean  done;
} Answer;

static void
on_answer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  g_assert_no_error (error);
  answer->node = reply->json != NULL ? json_node_copy (reply->json) : NULL;
  answer->done = TRUE;
}

JsonNode *
console_request (MsConnection *connection, const char *method, const char *path, const char *json)
{
  g_autoptr (JsonNode) body = json != NULL ? json_from_string (json, NULL) : NULL;
  Answer answer = { 0 };

  g_assert_true (json == NULL || body != NULL);
  ms_connection_request_async (connection, method, path, body, NULL, NULL, on_answer_cb, &answer);
  wait_for (answer.done);
  return answer.node;
}

char *
console_create (ConsoleFixture *self, const char *path, const char *json)
{
  g_autoptr (JsonNode) node
             = console_request (ms_server_get_connection (self->server), "POST", path, json);
  JsonObject *object = json_node_get_object (node);

  if (json_object_has_member (object, "user"))
    object = json_object_get_object_member (object, "user");
  return g_strdup (json_object_get_string_member (object, "id"));
}

char *
console_read_json (ConsoleFixture *self, const char *endpoint, const char *id, const char *name)
{
  g_autofree char *path = g_strconcat ("/scim/v2/", endpoint, "/", id, NULL);
  g_autoptr (JsonNode) node
             = console_request (ms_server_get_connection (self->server), "GET", path, NULL);
  JsonNode *member = json_object_get_member (json_node_get_object (node), name);

  return member != NULL ? ms_json_to_string (member) : g_strdup ("");
}

char *
console_read (ConsoleFixture *self, const char *type_name, const char *id, const char *attribute)
{
  g_autofree char *path = g_strdup_printf ("%s/%s", ms_type_name_to_endpoint (type_name), id);
  g_autoptr (JsonNode) node
             = console_request (ms_server_get_connection (self->server), "GET", path, NULL);
  g_autoptr (MsResource) resource = ms_resource_new (json_node_get_object (node));

  return g_strdup (ms_resource_get_string (resource, attribute));
}

gint64
console_sequence (ConsoleFixture *self)
{
  g_autoptr (JsonNode) node = console_request (
      ms_server_get_connection (self->server), "GET", "/api/v1/changes?count=1", NULL);
  JsonArray *sets = json_object_get_array_member (json_node_get_object (node), "changeSets");

  return json_array_get_length (sets) > 0
             ? json_object_get_int_member (json_array_get_object_element (sets, 0), "sequence")
             : 0;
}
