/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The client against mailsteadd itself: log-on, objects, stale edits, actions, undo, and two
 * connections that see each other's changes in their lists.
 */
#include <signal.h>

#include "ms-connection-private.h"
#include "ms-fake-server.h"
#include "ms-real-server.h"
#include "ms-remote-list.h"

static RealServer *server;

static void
on_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static MsConnection *
connect_real (void)
{
  return ms_connection_new (
      real_server_get (server, "url"), "admin", "console", real_server_get (server, "fingerprint"));
}

static MsConnection *
log_on_real (void)
{
  MsConnection *connection = connect_real ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ms_connection_log_on_async (
      connection, real_server_get (server, "password"), NULL, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  g_assert_true (ms_connection_log_on_finish (connection, result, &error));
  g_assert_no_error (error);
  return connection;
}

static MsReply *
request (MsConnection *connection,
         const char   *method,
         const char   *path,
         const char   *text,
         GError      **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (JsonNode) body = text != NULL ? json_from_string (text, NULL) : NULL;

  ms_connection_request_async (connection, method, path, body, NULL, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  return ms_connection_request_finish (connection, result, error);
}

static MsResource *
create (MsConnection *connection, const char *type_name, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (JsonNode) attributes = json_from_string (text, NULL);
  g_autoptr (GError) error = NULL;
  gint64 change = 0;

  ms_connection_create_async (
      connection, type_name, json_node_get_object (attributes), NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  MsResource *resource = ms_connection_resource_finish (connection, result, &change, &error);
  g_assert_no_error (error);
  g_assert_cmpint (change, >, 0);
  return resource;
}

static MsResource *
patch (MsConnection *connection,
       MsResource   *resource,
       const char   *path,
       const char   *value,
       gint64       *change,
       GError      **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (JsonArray) operations = json_array_new ();
  JsonObject *operation = json_object_new ();

  json_object_set_string_member (operation, "op", "replace");
  json_object_set_string_member (operation, "path", path);
  json_object_set_string_member (operation, "value", value);
  json_array_add_object_element (operations, operation);
  ms_connection_patch_async (connection,
                             ms_resource_get_type_name (resource),
                             ms_resource_get_id (resource),
                             operations,
                             ms_resource_get_etag (resource),
                             NULL,
                             on_result_cb,
                             &result);
  fake_wait_until (result != NULL);
  return ms_connection_resource_finish (connection, result, change, error);
}

static void
test_log_on (void)
{
  g_autoptr (MsConnection) wrong = connect_real ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ms_connection_log_on_async (wrong, "not the password", NULL, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  g_assert_false (ms_connection_log_on_finish (wrong, result, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAUTHENTICATED);
  g_assert_cmpint (ms_connection_get_state (wrong), ==, MS_CONNECTION_REFUSED);
  g_clear_object (&result);

  g_autoptr (MsConnection) connection = log_on_real ();
  g_assert_cmpint (ms_connection_get_state (connection), ==, MS_CONNECTION_ONLINE);
  JsonObject *info = ms_connection_get_server_info (connection);
  g_assert_cmpstr (json_object_get_string_member (info, "primaryDomain"), ==, "harbour.example");

  /* The fingerprint that the probe sees is the one that the server printed. */
  ms_connection_probe_async (connection, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  g_autoptr (MsCertificateInfo) certificate
             = ms_connection_probe_finish (connection, result, &error);
  g_assert_cmpstr (certificate->fingerprint, ==, real_server_get (server, "fingerprint"));
  g_clear_object (&result);

  g_autofree char *token = g_strdup (ms_connection_get_token (connection));
  ms_connection_log_off_async (connection, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  g_clear_error (&error);
  g_assert_true (ms_connection_log_off_finish (connection, result, &error));
  g_assert_no_error (error);

  /* The token is worth nothing any more. */
  ms_connection_set_token (connection, token);
  g_autoptr (MsReply) reply = request (connection, "GET", "/scim/v2/Users", NULL, &error);
  g_assert_null (reply);
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAUTHENTICATED);
}

static void
test_objects (void)
{
  g_autoptr (MsConnection) connection = log_on_real ();
  g_autoptr (MsResource) group = create (connection, "MailGroup", "{\"name\":\"Objects\"}");
  g_autoptr (MsResource) mailbox = create (connection, "Mailbox", "{\"name\":\"objects.one\"}");
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  gint64 change = 0;

  g_assert_cmpstr (ms_resource_get_type_name (mailbox), ==, "Mailbox");
  g_assert_cmpstr (ms_resource_get_string (mailbox, "address"), ==, "objects.one@harbour.example");

  g_autoptr (MsResource) changed
             = patch (connection, mailbox, "description", "Eins", &change, &error);
  g_assert_no_error (error);
  g_assert_cmpint (change, >, 0);
  g_assert_cmpstr (ms_resource_get_string (changed, "description"), ==, "Eins");

  /* Based on what it was before: refused, and nothing changed. */
  g_autoptr (MsResource) stale = patch (connection, mailbox, "description", "Zwei", NULL, &error);
  g_assert_null (stale);
  g_assert_error (error, MS_ERROR, MS_ERROR_STALE);
  g_clear_error (&error);

  g_autoptr (MsResource) same = patch (connection, changed, "description", "Eins", &change, &error);
  g_assert_no_error (error);
  g_assert_cmpint (change, ==, 0);

  g_autoptr (MsReply) taken = request (
      connection, "POST", "/scim/v2/Mailboxes", "{\"name\":\"objects.one\"}", &error);
  g_assert_null (taken);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_cmpstr (ms_error_get_scim_type (error), ==, "uniqueness");
  g_clear_error (&error);

  /* Moved, and moved back by undoing it. */
  const char *const ids[] = { ms_resource_get_id (mailbox), NULL };
  ms_connection_action_async (
      connection, "move", ids, ms_resource_get_id (group), NULL, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  g_autoptr (MsReply) moved = ms_connection_request_finish (connection, result, &error);
  g_assert_no_error (error);
  g_clear_object (&result);
  gint64 sequence = json_object_get_int_member (json_node_get_object (moved->json), "changeSet");
  g_assert_cmpint (sequence, >, 0);
  g_assert_cmpint (moved->change, ==, sequence);

  ms_connection_undo_async (connection, sequence, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  g_autoptr (MsReply) undone = ms_connection_request_finish (connection, result, &error);
  g_assert_no_error (error);
  g_clear_object (&result);
  g_assert_nonnull (undone);
  ms_connection_get_async (connection, "Mailbox", ids[0], NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  g_autoptr (MsResource) back = ms_connection_resource_finish (connection, result, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (ms_resource_get_string (back, "group.value"));
  g_clear_object (&result);

  /* What an action refuses is named. */
  const char *const itself[] = { ms_resource_get_id (group), NULL };
  ms_connection_action_async (
      connection, "move", itself, itself[0], NULL, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  g_assert_null (ms_connection_request_finish (connection, result, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_nonnull (ms_connection_error_get_refused (result));
  g_assert_cmpuint (json_array_get_length (ms_connection_error_get_refused (result)), ==, 1);
}

static gboolean
list_has (MsRemoteList *list, guint position, const char *name)
{
  if (position >= g_list_model_get_n_items (G_LIST_MODEL (list)))
    return FALSE;
  g_autoptr (MsResource) row = g_list_model_get_item (G_LIST_MODEL (list), position);
  return g_strcmp0 (ms_resource_get_string (row, "name"), name) == 0;
}

static void
note_splice (GListModel *model, guint position, guint removed, guint added, GString *splices)
{
  g_string_append_printf (splices, "%u-%u+%u ", position, removed, added);
}

/* Two consoles: what one does the other's list shows, row by row. */
static void
test_two_connections (void)
{
  g_autoptr (MsConnection) mine = log_on_real ();
  g_autoptr (MsConnection) other = log_on_real ();
  g_autoptr (MsRemoteList) list = ms_remote_list_new (mine, "Mailbox", "name sw \"two.\"", "name");
  g_autoptr (GString) splices = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_signal_connect (list, "items-changed", G_CALLBACK (note_splice), splices);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 0);
  fake_wait_until (!ms_remote_list_is_loading (list));
  g_autoptr (MsResource) b = create (other, "Mailbox", "{\"name\":\"two.b\"}");
  fake_wait_until (list_has (list, 0, "two.b"));
  g_autoptr (MsResource) row = g_list_model_get_item (G_LIST_MODEL (list), 0);
  g_autoptr (MsResource) a = create (other, "Mailbox", "{\"name\":\"two.a\"}");
  fake_wait_until (list_has (list, 0, "two.a") && list_has (list, 1, "two.b"));
  g_autoptr (MsResource) c = create (other, "Mailbox", "{\"name\":\"two.c\"}");
  fake_wait_until (list_has (list, 2, "two.c"));
  g_assert_cmpstr (splices->str, ==, "0-0+1 0-0+1 2-0+1 ");

  /* In place: the same object, no row comes or goes. */
  g_string_truncate (splices, 0);
  g_autoptr (MsResource) changed
             = patch (other, b, "description", "said by the other", NULL, &error);
  g_assert_no_error (error);
  fake_wait_until (g_strcmp0 (ms_resource_get_string (row, "description"), "said by the other")
                   == 0);
  g_assert_cmpstr (splices->str, ==, "");

  /* Renamed: it moves. */
  g_autoptr (MsResource) renamed = patch (other, changed, "name", "two.d", NULL, &error);
  g_assert_no_error (error);
  fake_wait_until (list_has (list, 2, "two.d"));
  g_assert_cmpstr (splices->str, ==, "1-1+0 2-0+1 ");

  g_autofree char *path = g_strdup_printf ("/scim/v2/Mailboxes/%s", ms_resource_get_id (a));
  g_autoptr (MsReply) deleted = request (other, "DELETE", path, NULL, &error);
  g_assert_no_error (error);
  fake_wait_until (list_has (list, 0, "two.c") && list_has (list, 1, "two.d"));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 2);
}

/* Killed while connected: told at once, and nothing crashes. Last, because the server stays dead.
 */
static void
test_killed (void)
{
  g_autoptr (MsConnection) connection = log_on_real ();
  g_autoptr (GError) error = NULL;

  g_autoptr (MsReply) reply = request (connection, "GET", "/scim/v2/Users", NULL, &error);
  g_assert_no_error (error);
  /* The stream is open once it answers. */
  fake_run_for (200);
  real_server_kill (server, SIGKILL);
  fake_wait_until (ms_connection_get_state (connection) == MS_CONNECTION_RECONNECTING);
  g_autoptr (MsReply) none = request (connection, "GET", "/scim/v2/Users", NULL, &error);
  g_assert_null (none);
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  server = real_server_new ("--empty");

  g_test_add_func ("/client/real/log-on", test_log_on);
  g_test_add_func ("/client/real/objects", test_objects);
  g_test_add_func ("/client/real/two-connections", test_two_connections);
  g_test_add_func ("/client/real/zz-killed", test_killed);

  int status = g_test_run ();
  real_server_free (server);
  return status;
}
