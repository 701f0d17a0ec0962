/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The connection against the fake server: whom it trusts, what it makes of answers and faults, how
 * it comes back.
 */
#include <glib/gstdio.h>

#include "ms-connection-private.h"
#include "ms-fake-server.h"
#include "ms-fingerprint.h"

static GTlsCertificate *first_certificate;
static GTlsCertificate *second_certificate;

static void
on_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **out = user_data;

  g_assert_null (*out);
  *out = g_object_ref (result);
}

static MsConnection *
connect_to (FakeServer *server, GTlsCertificate *pinned)
{
  g_autofree char *fingerprint = pinned != NULL ? ms_fingerprint_of_certificate (pinned) : NULL;
  MsConnection    *connection
      = ms_connection_new (fake_server_get_url (server), "admin", "console", fingerprint);

  ms_connection_set_stream_delays (connection, 20, 100, 2000);
  return connection;
}

static MsReply *
request (MsConnection  *connection,
         const char    *method,
         const char    *path,
         GAsyncResult **kept,
         GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ms_connection_request_async (connection, method, path, NULL, NULL, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  MsReply *reply = ms_connection_request_finish (connection, result, error);
  if (kept != NULL)
    *kept = g_steal_pointer (&result);
  return reply;
}

static gboolean
log_on (MsConnection *connection, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ms_connection_log_on_async (connection, "pass“word\"", NULL, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  return ms_connection_log_on_finish (connection, result, error);
}

/* The connection must be free of every other reference: nothing keeps it alive behind the caller's
 * back. */
static void
assert_released (MsConnection *connection)
{
  gpointer watch = connection;

  g_object_add_weak_pointer (G_OBJECT (connection), &watch);
  g_object_unref (connection);
  fake_wait_until (watch == NULL);
}

/* Trust
 * ------------------------------------------------------------------------------------------------
 */

typedef struct
{
  const char *name;
  int         shown;   /* which certificate the server shows */
  int         pinned;  /* which one is pinned, 0 = none */
  int         trusted; /* which one the system trusts, 0 = none */
  gboolean    good;
} TrustCase;

static const TrustCase trust_cases[] = {
  { "pinned", 1, 1, 0, TRUE },
  { "changed", 2, 1, 0, FALSE },
  { "unknown", 1, 0, 0, FALSE },
  { "by-the-system", 1, 0, 1, TRUE },
  { "other-by-the-system", 1, 0, 2, FALSE },
  /* A pin is stricter than the system: another authority's word does not count against it. */
  { "changed-but-trusted-by-the-system", 2, 1, 2, FALSE },
};

static GTlsCertificate *
certificate (int number)
{
  return number == 0 ? NULL : number == 1 ? first_certificate : second_certificate;
}

static void
test_trust (gconstpointer data)
{
  const TrustCase *row = data;
  g_autoptr (FakeServer) server = fake_server_new (certificate (row->shown), 3);
  g_autoptr (MsConnection) connection = connect_to (server, certificate (row->pinned));
  g_autoptr (GError) error = NULL;
  g_autofree char *anchors = NULL;

  /* What "the system" trusts is a file of this test: empty, or with one certificate. */
  g_autoptr (GTlsDatabase) database = NULL;
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "ms-anchors-XXXXXX", NULL);
  int              fd = g_mkstemp (path);
  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_object_get (certificate (row->trusted != 0 ? row->trusted : 3 - row->shown),
                "certificate-pem",
                &anchors,
                NULL);
  g_assert_true (g_file_set_contents (path, anchors, -1, NULL));
  database = g_tls_file_database_new (path, &error);
  g_assert_no_error (error);
  ms_connection_set_trust_database (connection, database);

  g_autoptr (MsReply) reply
             = request (connection, "GET", "/scim/v2/Mailboxes?startIndex=1&count=1", NULL, &error);
  if (row->good)
    {
      g_assert_no_error (error);
      g_assert_cmpuint (reply->status, ==, 200);
      g_assert_cmpuint (fake_server_get_log (server)->len, ==, 1);
    }
  else
    {
      g_autofree char *shown = ms_fingerprint_of_certificate (certificate (row->shown));
      g_autofree char *pinned
          = row->pinned != 0 ? ms_fingerprint_of_certificate (certificate (row->pinned)) : NULL;

      g_assert_error (error, MS_ERROR, MS_ERROR_UNTRUSTED);
      g_assert_nonnull (strstr (error->message, shown));
      if (pinned != NULL)
        g_assert_nonnull (strstr (error->message, pinned));
      g_assert_cmpint (ms_connection_get_state (connection), ==, MS_CONNECTION_REFUSED);
      g_assert_error (ms_connection_get_error (connection), MS_ERROR, MS_ERROR_UNTRUSTED);
      /* Nothing may have reached it. */
      g_assert_cmpuint (fake_server_get_log (server)->len, ==, 0);
    }
  g_unlink (path);
}

static void
test_trust_changes_while_running (void)
{
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  g_autoptr (MsConnection) connection = connect_to (server, first_certificate);
  g_autoptr (GError) error = NULL;
  g_autofree char *url = g_strdup (fake_server_get_url (server));
  g_autofree char *port = g_strdup (strrchr (url, ':') + 1);

  g_assert_true (log_on (connection, &error));
  g_assert_no_error (error);
  fake_wait_until (fake_server_count_streams (server) == 1);

  /* Another machine takes over the address. */
  fake_server_stop (server);
  g_autoptr (FakeServer) impostor = fake_server_new (second_certificate, 3);
  fake_server_stop (impostor);
  fake_server_listen_at (impostor, (guint) g_ascii_strtoull (port, NULL, 10));
  fake_wait_until (ms_connection_get_state (connection) == MS_CONNECTION_REFUSED);
  g_assert_error (ms_connection_get_error (connection), MS_ERROR, MS_ERROR_UNTRUSTED);
  fake_run_for (300);
  g_assert_cmpuint (fake_server_count_streams (impostor), ==, 0);
  g_assert_cmpuint (fake_server_get_log (impostor)->len, ==, 0);
}

static void
test_probe (void)
{
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  g_autoptr (MsConnection) connection = connect_to (server, NULL);
  g_autofree char *fingerprint = ms_fingerprint_of_certificate (first_certificate);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ms_connection_probe_async (connection, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  g_autoptr (MsCertificateInfo) info = ms_connection_probe_finish (connection, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (info->fingerprint, ==, fingerprint);
  g_assert_nonnull (strstr (info->subject, "fake server"));
  g_assert_false (info->trusted);
  g_assert_nonnull (strchr (info->not_after, 'T'));
  g_assert_cmpuint (fake_server_get_log (server)->len, ==, 0);

  /* Nobody there. */
  fake_server_stop (server);
  g_clear_object (&result);
  ms_connection_probe_async (connection, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  g_assert_null (ms_connection_probe_finish (connection, result, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
}

/* Answers
 * ---------------------------------------------------------------------------------------------- */

static const struct
{
  guint       status;
  const char *headers[3];
  const char *type;
  const char *body;
  MsError     code;
  const char *message; /* part of it */
  const char *scim_type;
  const char *path;
} failures[] = {
  { 400,
    { NULL },
    "application/scim+json",
    "{\"detail\":\"No such thing\",\"scimType\":\"invalidPath\",\"path\":\"name.x\"}",
    MS_ERROR_INVALID,
    "No such thing",
    "invalidPath",
    "name.x" },
  { 401,
    { NULL },
    "application/scim+json",
    "{\"detail\":\"Log on\"}",
    MS_ERROR_UNAUTHENTICATED,
    "Log on",
    NULL,
    NULL },
  { 403,
    { NULL },
    "application/json",
    "{\"detail\":\"Not yours\"}",
    MS_ERROR_DENIED,
    "Not yours",
    NULL,
    NULL },
  { 404, { NULL }, NULL, NULL, MS_ERROR_NOT_FOUND, "404", NULL, NULL },
  { 409,
    { NULL },
    "application/scim+json",
    "{\"detail\":\"Taken\",\"scimType\":\"uniqueness\",\"path\":\"userName\"}",
    MS_ERROR_CONFLICT,
    "Taken",
    "uniqueness",
    "userName" },
  { 412,
    { NULL },
    "application/scim+json",
    "{\"detail\":\"Older\"}",
    MS_ERROR_STALE,
    "Older",
    NULL,
    NULL },
  { 413, { NULL }, NULL, NULL, MS_ERROR_LIMIT, "413", NULL, NULL },
  { 429,
    { "Retry-After", "17", NULL },
    "application/json",
    "{\"detail\":\"Too many\"}",
    MS_ERROR_LIMIT,
    "17",
    NULL,
    NULL },
  { 500, { NULL }, "text/html", "<h1>oops</h1>", MS_ERROR_INTERNAL, "500", NULL, NULL },
  { 501, { NULL }, NULL, NULL, MS_ERROR_UNSUPPORTED, "501", NULL, NULL },
  { 503, { NULL }, "application/json", "not json", MS_ERROR_UNAVAILABLE, "503", NULL, NULL },
  { 302,
    { "Location", "https://127.0.0.1:1/", NULL },
    NULL,
    NULL,
    MS_ERROR_UNAVAILABLE,
    "302",
    NULL,
    NULL },
  { 200,
    { NULL },
    "application/json",
    "{\"a\":1,",
    MS_ERROR_INTERNAL,
    "cannot be read",
    NULL,
    NULL },
  { 200,
    { NULL },
    "application/json",
    "{\"a\":1,\"a\":2}",
    MS_ERROR_INTERNAL,
    "cannot be read",
    NULL,
    NULL },
  /* Control characters of an answer do not reach a terminal. */
  { 400,
    { NULL },
    "application/json",
    "{\"detail\":\"bell \\u0007\"}",
    MS_ERROR_INVALID,
    "bell \xEF\xBF\xBD",
    NULL,
    NULL },
};

static void
test_failures (void)
{
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  g_autoptr (MsConnection) connection = connect_to (server, first_certificate);

  for (gsize i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%u %s", failures[i].status, failures[i].body);
      fake_server_answer_next (server,
                               "/x",
                               failures[i].status,
                               failures[i].headers,
                               failures[i].type,
                               failures[i].body);
      g_assert_null (request (connection, "GET", "/x", NULL, &error));
      g_assert_error (error, MS_ERROR, (int) failures[i].code);
      if (strstr (error->message, failures[i].message) == NULL)
        g_error ("“%s” is not in “%s”", failures[i].message, error->message);
      g_assert_cmpstr (ms_error_get_scim_type (error), ==, failures[i].scim_type);
      g_assert_cmpstr (ms_error_get_path (error), ==, failures[i].path);
    }
}

static void
test_refused (void)
{
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  g_autoptr (MsConnection) connection = connect_to (server, first_certificate);
  const char *const ids[] = { "a", "b", NULL };
  g_autoptr (JsonObject) options = json_object_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  json_object_set_boolean_member (options, "dryRun", TRUE);
  fake_server_answer_next (
      server,
      "/api/v1/actions",
      409,
      NULL,
      "application/json",
      "{\"detail\":\"One "
      "cannot\",\"refused\":[{\"id\":\"a\",\"label\":\"A\",\"reason\":\"because\"}]}");
  ms_connection_action_async (connection, "move", ids, "g1", options, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  g_assert_null (ms_connection_request_finish (connection, result, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  JsonArray *refused = ms_connection_error_get_refused (result);
  g_assert_nonnull (refused);
  g_assert_cmpuint (json_array_get_length (refused), ==, 1);
  g_assert_cmpstr (
      json_object_get_string_member (json_array_get_object_element (refused, 0), "id"), ==, "a");
  g_assert_cmpstr (fake_server_get_body (server),
                   ==,
                   "{\"dryRun\":true,\"verb\":\"move\",\"ids\":[\"a\",\"b\"],\"to\":\"g1\"}");
  /* The caller's options are as they were. */
  g_assert_cmpuint (json_object_get_size (options), ==, 1);
}

static void
test_reply (void)
{
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  g_autoptr (MsConnection) connection = connect_to (server, first_certificate);
  const char *const headers[] = {
    "ETag", "W/\"9\"", "X-Mailstead-Change", "42", "X-Mailstead-Ignored", "foo, bar.baz", NULL
  };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ms_connection_set_token (connection, "tok");
  ms_connection_set_reason (connection, "wanted\r\nX-Evil: 1");
  fake_server_answer_next (
      server, "/x", 200, headers, "application/scim+json; charset=utf-8", "{\"a\":1}");
  g_autoptr (MsReply) reply = request (connection, "POST", "/x", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (reply->etag, ==, "W/\"9\"");
  g_assert_cmpint (reply->change, ==, 42);
  g_assert_nonnull (reply->json);
  g_assert_null (reply->body);
  g_assert_cmpuint (g_strv_length (reply->ignored), ==, 2);
  g_assert_cmpstr (reply->ignored[1], ==, "bar.baz");
  g_assert_cmpstr (fake_server_get_header (server, "Authorization"), ==, "Bearer tok");
  g_assert_cmpstr (fake_server_get_header (server, "X-Mailstead-Channel"), ==, "console");
  g_assert_cmpstr (fake_server_get_header (server, "X-Mailstead-Reason"), ==, "wanted  X-Evil: 1");
  g_assert_null (fake_server_get_header (server, "X-Evil"));

  /* What is not JSON comes as it is, or goes where it is wanted. */
  fake_server_answer_next (server, "/csv", 200, NULL, "text/csv", "a,b\r\n");
  g_autoptr (MsReply) text = request (connection, "GET", "/csv", NULL, &error);
  g_assert_no_error (error);
  g_assert_null (text->json);
  g_assert_cmpmem (
      g_bytes_get_data (text->body, NULL), g_bytes_get_size (text->body), "a,b\r\n", 5);

  g_autoptr (GOutputStream) output = g_memory_output_stream_new_resizable ();
  fake_server_answer_next (server, "/csv", 200, NULL, "text/csv", "a,b\r\n");
  ms_connection_download_async (connection, "/csv", output, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  g_autoptr (MsReply) download = ms_connection_request_finish (connection, result, &error);
  g_assert_no_error (error);
  g_assert_nonnull (download);
  g_assert_null (download->body);
  g_assert_cmpuint (g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (output)), ==, 5);

  /* An error's body is no file. */
  g_autoptr (GAsyncResult) failed = NULL;
  fake_server_answer_next (
      server, "/csv", 403, NULL, "application/json", "{\"detail\":\"Not yours\"}");
  ms_connection_download_async (connection, "/csv", output, NULL, on_result_cb, &failed);
  fake_wait_until (failed != NULL);
  g_assert_null (ms_connection_request_finish (connection, failed, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
  g_assert_cmpuint (g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (output)), ==, 5);
}

/* A server that sends what it is told to, and ends the connection as it should be ended. */
static gboolean
on_raw_run_cb (GThreadedSocketService *service,
               GSocketConnection      *plain,
               GObject                *source,
               gpointer                user_data)
{
  const char *body = user_data;
  g_autoptr (GIOStream) tls
             = g_tls_server_connection_new (G_IO_STREAM (plain), first_certificate, NULL);
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (g_io_stream_get_input_stream (tls));
  g_autoptr (GString) answer = g_string_new ("HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n"
                                             "Transfer-Encoding: chunked\r\n");
  g_autofree char *ending = g_strdup ("");

  while (TRUE)
    {
      g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);
      if (line == NULL || g_strstrip (line)[0] == '\0')
        break;
      if (!g_str_has_prefix (line, "X-Mailstead-Ending: "))
        continue;
      g_free (ending);
      ending = g_strdup (line + strlen ("X-Mailstead-Ending: "));
    }
  if (strchr (body, '$') != NULL)
    g_string_append_printf (answer, "X-Mailstead-Ending: %s\r\n", ending);
  g_string_append_printf (answer, "\r\n%s", body);
  g_string_replace (answer, "$", ending, 0);
  g_output_stream_write_all (
      g_io_stream_get_output_stream (tls), answer->str, answer->len, NULL, NULL, NULL);
  g_io_stream_close (tls, NULL, NULL);
  return TRUE;
}

/* A body of chunks is whole when its end was seen, and never otherwise; $ is the ending asked for.
 */
static void
test_cut_off (void)
{
  static const struct
  {
    const char *body;
    const char *text; /* NULL = refused */
  } cases[] = {
    { "", NULL },
    { "5\r\na,b\r\n\r\n", NULL },
    { "5\r\na,b", NULL },
    { "0\r\n\r\n", NULL },
    { "5\r\na,b\r\n\r\n0\r\n\r\n", NULL },
    { "20\r\n$\r\n0\r\n\r\n", "" },
    { "5\r\na,b\r\n\r\n20\r\n$\r\n0\r\n\r\n", "a,b\r\n" },
    { "25\r\na,b\r\n$\r\n0\r\n\r\n", "a,b\r\n" },
    { "25\r\n$a,b\r\n\r\n0\r\n\r\n", NULL },
  };

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (cases); i++)
    {
      const char *text = cases[i / 2].text;
      g_autoptr (GSocketService) service = g_threaded_socket_service_new (1);
      guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
      g_autofree char *url = g_strdup_printf ("https://127.0.0.1:%u", port);
      g_autofree char *pin = ms_fingerprint_of_certificate (first_certificate);
      g_autoptr (MsConnection) connection = ms_connection_new (url, "admin", "console", pin);
      g_autoptr (GOutputStream) output = g_memory_output_stream_new_resizable ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      g_signal_connect (service, "run", G_CALLBACK (on_raw_run_cb), (gpointer) cases[i / 2].body);
      if (i % 2 == 0)
        ms_connection_download_async (connection, "/csv", output, NULL, on_result_cb, &result);
      else
        ms_connection_request_async (
            connection, "GET", "/csv", NULL, NULL, NULL, on_result_cb, &result);
      fake_wait_until (result != NULL);
      g_autoptr (MsReply) reply = ms_connection_request_finish (connection, result, &error);
      g_test_message ("%zu: %s", i / 2, error != NULL ? error->message : "whole");
      g_socket_service_stop (service);
      if (text == NULL)
        {
          g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
          continue;
        }
      g_assert_no_error (error);
      if (i % 2 == 0)
        g_assert_cmpmem (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (output)),
                         g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (output)),
                         text,
                         strlen (text));
      else if (*text != '\0')
        g_assert_cmpmem (g_bytes_get_data (reply->body, NULL),
                         g_bytes_get_size (reply->body),
                         text,
                         strlen (text));
    }
}

static void
test_unavailable (void)
{
  static const struct
  {
    const char *url;
    const char *message;
  } cases[] = {
    { "https://127.0.0.1:1", "refuses the connection" },
    { "https://no-such-host.invalid:7443", "no host of the name" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MsConnection) connection
                 = ms_connection_new (cases[i].url, "admin", "console", NULL);
      g_autoptr (GError) error = NULL;

      g_assert_null (request (connection, "GET", "/x", NULL, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
      if (strstr (error->message, cases[i].message) == NULL)
        g_error ("“%s” is not in “%s”", cases[i].message, error->message);
      g_assert_nonnull (strstr (error->message, ms_connection_get_host (connection)));
      g_assert_cmpint (ms_connection_get_state (connection), ==, MS_CONNECTION_OFFLINE);
    }

  g_autoptr (MsConnection) plain
             = ms_connection_new ("http://127.0.0.1:1", "admin", "console", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_null (request (plain, "GET", "/x", NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
}

/* A server that accepts and says something that is not TLS. */
static gboolean
on_plain_client_cb (GSocketService    *service,
                    GSocketConnection *connection,
                    GObject           *source,
                    gpointer           user_data)
{
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));

  (void) g_output_stream_write_all (output, "220 mail ESMTP\r\n", 16, NULL, NULL, NULL);
  return TRUE;
}

static void
test_no_tls (void)
{
  g_autoptr (GSocketService) service = g_socket_service_new ();
  g_autoptr (GError) error = NULL;
  guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, &error);

  g_assert_no_error (error);
  g_signal_connect (service, "incoming", G_CALLBACK (on_plain_client_cb), NULL);
  g_autofree char *url = g_strdup_printf ("https://127.0.0.1:%u", port);
  g_autoptr (MsConnection) connection = ms_connection_new (url, "admin", "console", NULL);
  g_assert_null (request (connection, "GET", "/x", NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_socket_service_stop (service);
}

static void
test_read_only (void)
{
  static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE" };
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  g_autoptr (MsConnection) connection = connect_to (server, first_certificate);

  ms_connection_set_read_only (connection, TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (request (connection, methods[i], "/scim/v2/Mailboxes", NULL, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
    }
  g_assert_cmpuint (fake_server_get_log (server)->len, ==, 0);

  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = request (connection, "GET", "/scim/v2/Mailboxes", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (log_on (connection, &error));
  g_assert_no_error (error);
}

static void
test_keep_alive (void)
{
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  g_autoptr (MsConnection) connection = connect_to (server, first_certificate);

  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsReply) reply
                 = request (connection, "GET", "/scim/v2/Mailboxes?count=1", NULL, &error);
      g_assert_no_error (error);
    }
  g_assert_cmpuint (fake_server_count_connections (server), ==, 1);
}

/* Cancelling
 * ------------------------------------------------------------------------------------------- */

static void
test_cancel (void)
{
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  MsConnection *connection = connect_to (server, first_certificate);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  fake_server_hold_lists (server, TRUE);
  for (guint when = 0; when < 3; when++)
    {
      g_autoptr (GAsyncResult) result = NULL;

      /* Before it starts, while it connects, while the server thinks. */
      g_cancellable_reset (cancellable);
      fake_server_clear_log (server);
      if (when == 0)
        g_cancellable_cancel (cancellable);
      ms_connection_request_async (
          connection, "GET", "/scim/v2/Mailboxes", NULL, NULL, cancellable, on_result_cb, &result);
      if (when == 2)
        fake_wait_until (fake_server_get_log (server)->len == 1);
      g_assert_null (result);
      g_cancellable_cancel (cancellable);
      fake_wait_until (result != NULL);
      g_assert_null (ms_connection_request_finish (connection, result, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&error);
    }

  /* Closing ends whatever is under way, and the connection can be used again. */
  {
    g_autoptr (GAsyncResult) result = NULL;
    fake_server_clear_log (server);
    ms_connection_request_async (
        connection, "GET", "/scim/v2/Mailboxes", NULL, NULL, NULL, on_result_cb, &result);
    fake_wait_until (fake_server_get_log (server)->len == 1);
    ms_connection_close (connection);
    fake_wait_until (result != NULL);
    g_assert_null (ms_connection_request_finish (connection, result, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error (&error);
  }
  fake_server_hold_lists (server, FALSE);
  g_autoptr (MsReply) reply = request (connection, "GET", "/scim/v2/Mailboxes", NULL, &error);
  g_assert_no_error (error);
  assert_released (connection);
}

/* Session and events
 * ----------------------------------------------------------------------------------- */

static void
note_state (MsConnection *connection, GParamSpec *pspec, GString *states)
{
  static const char letters[] = "OCNRX"; /* Offline, Connecting, oNline, Reconnecting, refused */
  char              letter = letters[ms_connection_get_state (connection)];

  if (states->len == 0 || states->str[states->len - 1] != letter)
    g_string_append_c (states, letter);
}

static void
note_change (MsConnection *connection, JsonObject *change_set, GString *events)
{
  g_string_append_printf (
      events, "%" G_GINT64_FORMAT " ", json_object_get_int_member (change_set, "sequence"));
}

static void
note_reset (MsConnection *connection, GString *events)
{
  g_string_append (events, "reset ");
}

static void
test_log_on (void)
{
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  MsConnection *connection = connect_to (server, first_certificate);
  g_autoptr (GString) states = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  g_signal_connect (connection, "notify::state", G_CALLBACK (note_state), states);

  fake_server_answer_next (
      server, "/api/v1/session", 401, NULL, "application/json", "{\"detail\":\"Wrong password\"}");
  g_assert_false (log_on (connection, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAUTHENTICATED);
  g_assert_cmpstr (states->str, ==, "CX");
  g_assert_cmpuint (fake_server_count_streams (server), ==, 0);
  g_clear_error (&error);

  g_assert_true (log_on (connection, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (states->str, ==, "CXCN");
  g_assert_cmpstr (
      fake_server_get_body (server), ==, "{\"userName\":\"admin\",\"password\":\"pass“word\\\"\"}");
  g_assert_cmpstr (ms_connection_get_token (connection), ==, "secret");
  g_assert_nonnull (ms_connection_get_server_info (connection));
  fake_wait_until (fake_server_count_streams (server) == 1);
  /* Nothing between log-on and stream is missed. */
  g_assert_cmpstr (fake_server_get_resumed (server), ==, "7");

  ms_connection_log_off_async (connection, NULL, on_result_cb, &result);
  fake_wait_until (result != NULL);
  (void) ms_connection_log_off_finish (connection, result, NULL);
  g_assert_null (ms_connection_get_token (connection));
  g_assert_cmpstr (states->str, ==, "CXCNO");
  /* The server only notices when it has something to say. */
  fake_wait_until (
      (fake_server_emit_raw (server, ":\n\n"), fake_server_count_streams (server) == 0));
  g_clear_object (&result);
  assert_released (connection);
}

static void
test_no_mailstead (void)
{
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  g_autoptr (MsConnection) connection = connect_to (server, first_certificate);
  g_autoptr (GError) error = NULL;

  fake_server_answer_next (server, "/api/v1/session", 200, NULL, "text/html", "<h1>It works</h1>");
  g_assert_false (log_on (connection, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_assert_cmpint (ms_connection_get_state (connection), ==, MS_CONNECTION_OFFLINE);
}

static void
test_events (void)
{
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  g_autoptr (MsConnection) connection = connect_to (server, first_certificate);
  g_autoptr (GString) events = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_signal_connect (connection, "change", G_CALLBACK (note_change), events);
  g_signal_connect (connection, "reset", G_CALLBACK (note_reset), events);
  g_assert_true (log_on (connection, &error));
  fake_wait_until (fake_server_count_streams (server) == 1);

  fake_server_emit_change (server, "update", "o1");
  fake_server_emit_change (server, "update", "o2");
  fake_server_emit_raw (server, "event: reset\ndata: {}\n\n");
  fake_server_emit_raw (server, "event: change\ndata: no json\n\n");
  fake_server_emit_raw (server, "event: something else\ndata: {}\n\n");
  fake_server_emit_change (server, "update", "o3");
  fake_wait_until (strstr (events->str, "10") != NULL);
  g_assert_cmpstr (events->str, ==, "8 9 reset reset 10 ");
}

static void
test_reconnect (void)
{
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  MsConnection *connection = connect_to (server, first_certificate);
  g_autoptr (GString) events = g_string_new (NULL);
  g_autoptr (GString) states = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_signal_connect (connection, "change", G_CALLBACK (note_change), events);
  g_assert_true (log_on (connection, &error));
  fake_wait_until (fake_server_count_streams (server) == 1);
  fake_server_emit_change (server, "update", "o1");
  fake_wait_until (events->len > 0);
  g_signal_connect (connection, "notify::state", G_CALLBACK (note_state), states);

  /* The stream is cut. */
  fake_server_cut_streams (server);
  fake_wait_until (g_str_equal (states->str, "RN"));
  g_assert_cmpstr (fake_server_get_resumed (server), ==, "8");

  /* The server is gone for a while. */
  fake_server_stop (server);
  fake_wait_until (g_str_equal (states->str, "RNR"));
  g_assert_error (ms_connection_get_error (connection), MS_ERROR, MS_ERROR_UNAVAILABLE);
  fake_run_for (150);
  g_assert_cmpint (ms_connection_get_state (connection), ==, MS_CONNECTION_RECONNECTING);
  fake_server_listen (server);
  fake_wait_until (g_str_equal (states->str, "RNRN"));
  g_assert_null (ms_connection_get_error (connection));
  fake_wait_until (fake_server_count_streams (server) == 1);
  fake_server_emit_change (server, "update", "o1");
  fake_wait_until (g_str_equal (events->str, "8 9 "));

  /* It answers, but not with a stream: keeps trying. */
  fake_server_answer_next (server, "/api/v1/events", 503, NULL, NULL, NULL);
  fake_server_answer_next (server, "/api/v1/events", 200, NULL, "text/html", "<p>");
  fake_server_cut_streams (server);
  fake_wait_until (g_str_equal (states->str, "RNRNRN"));
  g_assert_cmpstr (fake_server_get_resumed (server), ==, "9");
  assert_released (connection);
}

static void
test_silence (void)
{
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  g_autoptr (MsConnection) connection = connect_to (server, first_certificate);
  g_autoptr (GString) states = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  /* Long enough for a slow machine to connect in. */
  ms_connection_set_stream_delays (connection, 20, 100, 1500);
  g_assert_true (log_on (connection, &error));
  fake_wait_until (fake_server_count_streams (server) == 1);
  g_signal_connect (connection, "notify::state", G_CALLBACK (note_state), states);

  /* Comments alone keep it alive. */
  for (guint i = 0; i < 6; i++)
    {
      fake_server_emit_raw (server, ":\n\n");
      fake_run_for (400);
    }
  g_assert_cmpstr (states->str, ==, "");
  fake_wait_until (g_str_has_prefix (states->str, "R"));
  g_assert_nonnull (strstr (ms_connection_get_error (connection)->message, "silent"));
  fake_wait_until (g_str_has_prefix (states->str, "RN"));
}

static void
test_session_over (void)
{
  g_autoptr (GError) error = NULL;

  for (guint how = 0; how < 3; how++)
    {
      g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
      g_autoptr (MsConnection) connection = connect_to (server, first_certificate);

      g_assert_true (log_on (connection, &error));
      fake_wait_until (fake_server_count_streams (server) == 1);
      if (how == 0)
        {
          fake_server_answer_next (server, "/x", 401, NULL, NULL, NULL);
          g_assert_null (request (connection, "GET", "/x", NULL, &error));
          g_assert_error (error, MS_ERROR, MS_ERROR_UNAUTHENTICATED);
          g_clear_error (&error);
        }
      else if (how == 1)
        fake_server_emit_raw (server, "event: session\ndata: {\"state\":\"ended\"}\n\n");
      else
        {
          fake_server_answer_next (server, "/api/v1/events", 401, NULL, NULL, NULL);
          fake_server_cut_streams (server);
        }
      fake_wait_until (ms_connection_get_state (connection) == MS_CONNECTION_REFUSED);
      g_assert_error (ms_connection_get_error (connection), MS_ERROR, MS_ERROR_UNAUTHENTICATED);
      /* The server only notices when it has something to say. */
      fake_wait_until (
          (fake_server_emit_raw (server, ":\n\n"), fake_server_count_streams (server) == 0));
      fake_run_for (200);
      g_assert_cmpuint (fake_server_count_streams (server), ==, 0);

      /* Logging on again mends it. */
      g_assert_true (log_on (connection, &error));
      fake_wait_until (fake_server_count_streams (server) == 1);
      g_assert_cmpint (ms_connection_get_state (connection), ==, MS_CONNECTION_ONLINE);
    }
}

/* Handlers may do anything, also drop the connection they are called by. */
static void
on_change_close_cb (MsConnection *connection, JsonObject *change_set, guint *seen)
{
  (*seen)++;
  ms_connection_close (connection);
}

static void
test_close_in_handler (void)
{
  g_autoptr (FakeServer) server = fake_server_new (first_certificate, 3);
  MsConnection *connection = connect_to (server, first_certificate);
  g_autoptr (GError) error = NULL;
  guint seen = 0;

  g_signal_connect (connection, "change", G_CALLBACK (on_change_close_cb), &seen);
  g_assert_true (log_on (connection, &error));
  fake_wait_until (fake_server_count_streams (server) == 1);
  fake_server_emit_raw (server,
                        "id: 8\nevent: change\ndata: {\"sequence\":8,\"changes\":[]}\n\n"
                        "id: 9\nevent: change\ndata: {\"sequence\":9,\"changes\":[]}\n\n");
  fake_wait_until (seen > 0);
  fake_run_for (100);
  g_assert_cmpuint (seen, ==, 1);
  g_assert_cmpint (ms_connection_get_state (connection), ==, MS_CONNECTION_OFFLINE);
  /* Started again, it goes on after what it has seen. */
  ms_connection_start_events (connection);
  fake_wait_until (ms_connection_get_state (connection) == MS_CONNECTION_ONLINE);
  g_assert_cmpstr (fake_server_get_resumed (server), ==, "8");
  assert_released (connection);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  first_certificate = fake_certificate_new ();
  second_certificate = fake_certificate_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (trust_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/client/trust/%s", trust_cases[i].name);
      g_test_add_data_func (path, &trust_cases[i], test_trust);
    }
  g_test_add_func ("/client/trust/changes-while-running", test_trust_changes_while_running);
  g_test_add_func ("/client/probe", test_probe);
  g_test_add_func ("/client/failures", test_failures);
  g_test_add_func ("/client/refused", test_refused);
  g_test_add_func ("/client/reply", test_reply);
  g_test_add_func ("/client/cut-off", test_cut_off);
  g_test_add_func ("/client/unavailable", test_unavailable);
  g_test_add_func ("/client/no-tls", test_no_tls);
  g_test_add_func ("/client/read-only", test_read_only);
  g_test_add_func ("/client/keep-alive", test_keep_alive);
  g_test_add_func ("/client/cancel", test_cancel);
  g_test_add_func ("/client/log-on", test_log_on);
  g_test_add_func ("/client/no-mailstead", test_no_mailstead);
  g_test_add_func ("/client/events", test_events);
  g_test_add_func ("/client/reconnect", test_reconnect);
  g_test_add_func ("/client/silence", test_silence);
  g_test_add_func ("/client/session-over", test_session_over);
  g_test_add_func ("/client/close-in-handler", test_close_in_handler);

  int status = g_test_run ();
  g_object_unref (first_certificate);
  g_object_unref (second_certificate);
  return status;
}
