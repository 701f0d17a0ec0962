/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Log-on and log-off, taking up a session that is there already, and what an answer says of it.
 */
#include "config.h"
#include "ms-connection-private.h"

#include <string.h>

#include "ms-event-stream.h"

static const char *
object_get_string (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? ms_json_object_find (object, name) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

static gboolean
object_get_boolean (JsonObject *object, const char *name)
{
  JsonNode *node = ms_json_object_find (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_boolean (node);
}

/* What is said of a session, at log-on and later. */
static void
take_facts (MsConnection *self, JsonObject *answer)
{
  JsonNode *server = ms_json_object_find (answer, "server");

  self->must_change_password = object_get_boolean (answer, "mustChangePassword");
  self->must_set_up_second_step = object_get_boolean (answer, "mustSetUpSecondStep");
  /* Who must set it up is told no more about the server than strangers. */
  if (server == NULL || !JSON_NODE_HOLDS_OBJECT (server) || self->must_set_up_second_step)
    return;

  JsonObject *info = json_node_get_object (server);
  JsonNode   *sequence = ms_json_object_find (info, "sequence");
  ms_connection_set_server_info (self, info);
  if (sequence != NULL && JSON_NODE_HOLDS_VALUE (sequence))
    ms_event_stream_set_sequence (self->stream, json_node_get_int (sequence));
}

static gboolean
take_session (MsConnection *self, MsReply *reply, GError **error)
{
  JsonObject *answer = reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json)
                           ? json_node_get_object (reply->json)
                           : NULL;
  const char *token = object_get_string (answer, "token");

  if (token == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_UNAVAILABLE,
                    NULL,
                    NULL,
                    "%s is no Mailstead server: it gave no session",
                    self->where);
      return FALSE;
    }
  ms_connection_set_token (self, token);
  take_facts (self, answer);
  return TRUE;
}

static void
go_online (MsConnection *self)
{
  if (self->must_set_up_second_step)
    return;
  ms_connection_set_state (self, MS_CONNECTION_ONLINE, NULL);
  ms_event_stream_start (self->stream);
}

static void
on_logged_on_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MsConnection *self = MS_CONNECTION (source);
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (self, result, &error);

  if (reply != NULL && take_session (self, reply, &error))
    {
      go_online (self);
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    ms_connection_set_state (self, MS_CONNECTION_OFFLINE, NULL);
  else if (g_error_matches (error, MS_ERROR, MS_ERROR_UNAVAILABLE))
    ms_connection_set_state (self, MS_CONNECTION_OFFLINE, error);
  else
    ms_connection_refuse (self, error);
  g_task_return_error (task, g_steal_pointer (&error));
}

void
ms_connection_log_on_async (MsConnection       *self,
                            const char         *password,
                            const char         *code,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (self));
  g_return_if_fail (password != NULL);

  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  g_task_set_source_tag (task, ms_connection_log_on_async);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "userName");
  json_builder_add_string_value (builder, self->user_name != NULL ? self->user_name : "");
  json_builder_set_member_name (builder, "password");
  json_builder_add_string_value (builder, password);
  if (code != NULL)
    {
      json_builder_set_member_name (builder, "code");
      json_builder_add_string_value (builder, code);
    }
  json_builder_end_object (builder);

  g_autoptr (JsonNode) body = json_builder_get_root (builder);
  g_autoptr (GBytes) bytes = ms_connection_new_body (body);

  ms_event_stream_stop (self->stream);
  ms_connection_set_token (self, NULL);
  ms_connection_set_state (self, MS_CONNECTION_CONNECTING, NULL);
  ms_connection_call (self,
                      ms_connection_log_on_async,
                      "POST",
                      "/api/v1/session",
                      "application/json",
                      bytes,
                      NULL,
                      MS_CALL_SESSION,
                      cancellable,
                      on_logged_on_cb,
                      g_steal_pointer (&task));
}

gboolean
ms_connection_log_on_finish (MsConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
ms_connection_error_wants_code (const GError *error)
{
  const char *details = error != NULL ? ms_error_get_details (error) : NULL;

  return g_error_matches (error, MS_ERROR, MS_ERROR_UNAUTHENTICATED) && details != NULL
         && strstr (details, "\"totp\"") != NULL;
}

gboolean
ms_connection_error_wants_second_step (const GError *error)
{
  const char *details = error != NULL ? ms_error_get_details (error) : NULL;

  return g_error_matches (error, MS_ERROR, MS_ERROR_DENIED) && details != NULL
         && strstr (details, "\"enrol\"") != NULL;
}

static void
on_resumed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MsConnection *self = MS_CONNECTION (source);
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (self, result, &error);

  if (reply == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json))
    take_facts (self, json_node_get_object (reply->json));
  go_online (self);
  g_task_return_boolean (task, TRUE);
}

void
ms_connection_resume_async (MsConnection       *self,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (self));

  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ms_connection_resume_async);
  ms_connection_request_async (self,
                               "GET",
                               "/api/v1/session",
                               NULL,
                               NULL,
                               cancellable,
                               on_resumed_cb,
                               g_steal_pointer (&task));
}

gboolean
ms_connection_resume_finish (MsConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_logged_off_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MsConnection *self = MS_CONNECTION (source);
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (self, result, &error);

  /* A session that is over already is what was wanted. */
  if (g_error_matches (error, MS_ERROR, MS_ERROR_UNAUTHENTICATED))
    g_clear_error (&error);
  ms_connection_set_token (self, NULL);
  ms_connection_set_state (self, MS_CONNECTION_OFFLINE, NULL);
  if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
}

void
ms_connection_log_off_async (MsConnection       *self,
                             GCancellable       *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (self));

  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ms_connection_log_off_async);
  ms_connection_close (self);
  if (self->token == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  ms_connection_call (self,
                      ms_connection_log_off_async,
                      "DELETE",
                      "/api/v1/session",
                      NULL,
                      NULL,
                      NULL,
                      MS_CALL_SESSION,
                      cancellable,
                      on_logged_off_cb,
                      g_steal_pointer (&task));
}

gboolean
ms_connection_log_off_finish (MsConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
