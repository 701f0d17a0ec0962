/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One request from message to reply: what leaves, what may come back (bounded), and what an answer
 * means.
 */
#include "config.h"
#include "ms-connection-private.h"

#include "ms-event-stream.h"
#include "ms-network-error.h"

#define CHUNK 65536
/* With which the server is asked to end a body that it makes while it sends it, for the HTTP
 * library does not tell such a body from one that was cut off between two chunks. */
#define ENDING_HEADER "X-Mailstead-Ending"

typedef struct
{
  MsCallFlags    flags;
  char          *path;
  char          *ending; /* what a chunked body ends with; NULL = unasked */
  SoupMessage   *message;
  GInputStream  *input;
  GByteArray    *received;
  gsize          written; /* of what was received, last */
  gboolean       at_end;
  GOutputStream *output; /* where a good answer goes instead; NULL = into memory */
  GError        *untrusted;
  JsonArray     *refused;
  GCancellable  *inner; /* follows the caller's, and ms_connection_close() */
  GCancellable  *outer;
  gulong         outer_id;
} MsCall;

static void
ms_call_free (MsCall *call)
{
  if (call->outer != NULL && call->outer_id != 0)
    g_cancellable_disconnect (call->outer, call->outer_id);
  g_clear_object (&call->outer);
  g_clear_object (&call->inner);
  if (call->message != NULL)
    g_object_set_data (G_OBJECT (call->message), "ms-untrusted", NULL);
  g_clear_object (&call->message);
  g_clear_object (&call->input);
  g_clear_object (&call->output);
  g_clear_pointer (&call->received, g_byte_array_unref);
  g_clear_pointer (&call->refused, json_array_unref);
  g_clear_error (&call->untrusted);
  g_free (call->path);
  g_free (call->ending);
  g_free (call);
}

void
ms_reply_free (MsReply *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->json, json_node_unref);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self->etag);
  g_strfreev (self->ignored);
  g_free (self);
}

static gboolean
on_accept_certificate_cb (SoupMessage         *message,
                          GTlsCertificate     *certificate,
                          GTlsCertificateFlags flags,
                          gpointer             user_data)
{
  MsConnection *self = user_data;
  GError      **untrusted = g_object_get_data (G_OBJECT (message), "ms-untrusted");

  if (untrusted == NULL)
    return FALSE;
  g_clear_error (untrusted);
  return ms_connection_check_certificate (self, certificate, untrusted);
}

SoupMessage *
ms_connection_new_message (
    MsConnection *self, const char *method, const char *path, GError **untrusted, GError **error)
{
  if (self->url_error != NULL)
    {
      g_propagate_error (error, g_error_copy (self->url_error));
      return NULL;
    }

  g_autofree char *url = g_strconcat (self->base_url, path, NULL);
  g_autoptr (SoupMessage) message = path[0] == '/' ? soup_message_new (method, url) : NULL;
  if (message == NULL)
    {
      ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, "“%s” cannot be asked for", path);
      return NULL;
    }

  /* A redirect would carry the token to wherever it points. */
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE);
  g_object_set_data (G_OBJECT (message), "ms-untrusted", untrusted);
  g_signal_connect_object (
      message, "accept-certificate", G_CALLBACK (on_accept_certificate_cb), self, 0);

  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  if (self->token != NULL)
    {
      g_autofree char *bearer = g_strdup_printf ("Bearer %s", self->token);
      soup_message_headers_replace (headers, "Authorization", bearer);
    }
  /* What was changed is shown: a PATCH of a list is answered without it otherwise. */
  if (g_str_equal (method, "PATCH"))
    soup_message_headers_replace (headers, "Prefer", "return=representation");
  if (self->channel != NULL)
    soup_message_headers_replace (headers, "X-Mailstead-Channel", self->channel);
  if (self->reason != NULL)
    soup_message_headers_replace (headers, "X-Mailstead-Reason", self->reason);
  return g_steal_pointer (&message);
}

static void
call_return_error (GTask *task, const GError *cause)
{
  MsConnection *self = g_task_get_source_object (task);
  MsCall       *call = g_task_get_task_data (task);
  g_autoptr (GError) error = call->untrusted != NULL ? g_error_copy (call->untrusted)
                                                     : ms_network_error_new (cause, self->where);

  g_queue_remove (&self->calls, call);
  if (g_error_matches (error, MS_ERROR, MS_ERROR_UNTRUSTED))
    ms_connection_refuse (self, error);
  else if (g_error_matches (error, MS_ERROR, MS_ERROR_UNAUTHENTICATED)
           && !(call->flags & MS_CALL_SESSION) && self->token != NULL)
    ms_connection_refuse (self, error);
  else if (ms_connection_error_wants_second_step (error))
    ms_connection_refuse (self, error);
  g_task_return_error (task, g_steal_pointer (&error));
}

static void
call_return_failure (GTask *task, JsonNode *json)
{
  MsCall             *call = g_task_get_task_data (task);
  SoupMessageHeaders *headers = soup_message_get_response_headers (call->message);
  g_autoptr (GError) error
             = ms_network_error_from_reply (soup_message_get_status (call->message),
                                            soup_message_get_reason_phrase (call->message),
                                            soup_message_headers_get_one (headers, "Retry-After"),
                                            json);

  if (json != NULL && JSON_NODE_HOLDS_OBJECT (json))
    {
      JsonNode *refused = ms_json_object_find (json_node_get_object (json), "refused");
      if (refused != NULL && JSON_NODE_HOLDS_ARRAY (refused))
        call->refused = json_node_dup_array (refused);
    }
  call_return_error (task, error);
}

static MsReply *
reply_new (SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  const char         *change = soup_message_headers_get_one (headers, "X-Mailstead-Change");
  const char         *ignored = soup_message_headers_get_list (headers, "X-Mailstead-Ignored");
  MsReply            *reply = g_new0 (MsReply, 1);

  reply->status = soup_message_get_status (message);
  reply->etag = g_strdup (soup_message_headers_get_one (headers, "ETag"));
  if (change != NULL)
    reply->change = g_ascii_strtoll (change, NULL, 10);
  if (ignored != NULL)
    {
      reply->ignored = g_strsplit (ignored, ",", -1);
      for (gsize i = 0; reply->ignored[i] != NULL; i++)
        g_strstrip (reply->ignored[i]);
    }
  return reply;
}

static gboolean
is_json (MsCall *call)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (call->message);
  const char         *type = soup_message_headers_get_content_type (headers, NULL);

  return type != NULL && strstr (type, "json") != NULL && strstr (type, "ndjson") == NULL;
}

/* Whether what was received is all there is: by its length, which the HTTP library sees to; by the
 * ending asked for, which is taken off; or because it is JSON, which says itself where it ends. */
static gboolean
check_ending (MsConnection *self, MsCall *call, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (call->message);
  SoupEncoding        encoding = soup_message_headers_get_encoding (headers);
  gboolean            announced
      = g_strcmp0 (call->ending, soup_message_headers_get_one (headers, ENDING_HEADER)) == 0;
  gsize length = strlen (call->ending);

  if (soup_message_get_status (call->message) != SOUP_STATUS_OK
      || (!announced
          && (encoding == SOUP_ENCODING_CONTENT_LENGTH || encoding == SOUP_ENCODING_NONE
              || is_json (call))))
    return TRUE;
  if (announced && call->received->len >= length
      && memcmp (call->received->data + call->received->len - length, call->ending, length) == 0)
    {
      g_byte_array_set_size (call->received, (guint) (call->received->len - length));
      return TRUE;
    }
  ms_error_set (error,
                MS_ERROR_UNAVAILABLE,
                NULL,
                NULL,
                "The answer of %s broke off before its end",
                self->where);
  return FALSE;
}

static void call_read (GTask *task);
static void call_write (GTask *task, gsize length);

static void
call_complete (GTask *task)
{
  MsConnection *self = g_task_get_source_object (task);
  MsCall       *call = g_task_get_task_data (task);
  gboolean      success = SOUP_STATUS_IS_SUCCESSFUL (soup_message_get_status (call->message))
                     || soup_message_get_status (call->message) == SOUP_STATUS_NOT_MODIFIED;
  g_autoptr (MsReply) reply = reply_new (call->message);
  g_autoptr (GError) error = NULL;

  if (call->received->len > 0 && is_json (call))
    reply->json = ms_json_parse ((const char *) call->received->data,
                                 (gssize) call->received->len,
                                 ms_connection_get_json_limits (),
                                 &error);
  if (!success)
    {
      call_return_failure (task, reply->json);
      return;
    }
  if (error != NULL)
    {
      /* Not the words of whoever asked are at fault but the answer. */
      g_autoptr (GError) broken = NULL;
      ms_error_set (&broken,
                    MS_ERROR_INTERNAL,
                    NULL,
                    NULL,
                    "The answer of %s cannot be read: %s",
                    self->where,
                    error->message);
      call_return_error (task, broken);
      return;
    }
  if (reply->json == NULL && call->received->len > 0)
    reply->body = g_byte_array_free_to_bytes (g_steal_pointer (&call->received));
  if (reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json)
      && g_str_equal (call->path, "/api/v1/server"))
    ms_connection_set_server_info (self, json_node_get_object (reply->json));

  g_queue_remove (&self->calls, call);
  g_task_return_pointer (task, g_steal_pointer (&reply), (GDestroyNotify) ms_reply_free);
}

/* The end of the body */
static void
call_end (GTask *task)
{
  MsConnection *self = g_task_get_source_object (task);
  MsCall       *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!check_ending (self, call, &error))
    call_return_error (task, error);
  else if (call->output != NULL && call->received->len > 0)
    call_write (g_object_ref (task), call->received->len);
  else
    call_complete (task);
}

static void
on_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  MsCall       *call = g_task_get_task_data (task);
  MsConnection *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes
             = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);

  if (bytes != NULL
      && call->received->len + g_bytes_get_size (bytes)
             > ms_connection_get_json_limits ()->max_size)
    ms_error_set (&error,
                  MS_ERROR_LIMIT,
                  NULL,
                  NULL,
                  "The answer of %s is larger than %" G_GSIZE_FORMAT " MiB",
                  self->where,
                  ms_connection_get_json_limits ()->max_size >> 20);
  if (error != NULL)
    {
      call_return_error (task, error);
      return;
    }

  gsize         size = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  if (size == 0)
    {
      call->at_end = TRUE;
      call_end (task);
      return;
    }
  g_byte_array_append (call->received, data, (guint) size);
  /* What may be the ending stays here. */
  if (call->output != NULL && call->received->len > strlen (call->ending))
    call_write (g_steal_pointer (&task), call->received->len - strlen (call->ending));
  else
    call_read (g_steal_pointer (&task));
}

/* (transfer full) */
static void
call_read (GTask *task)
{
  MsCall *call = g_task_get_task_data (task);

  g_input_stream_read_bytes_async (
      call->input, CHUNK, g_task_get_priority (task), call->inner, on_read_cb, task);
}

static void
on_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  MsCall       *call = g_task_get_task_data (task);
  MsConnection *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  /* What cannot be written here is no fault of the server's: the error stays as it is. */
  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    {
      g_queue_remove (&self->calls, call);
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_byte_array_remove_range (call->received, 0, (guint) call->written);
  if (call->at_end)
    call_complete (task);
  else
    call_read (g_steal_pointer (&task));
}

/* (transfer full) */
static void
call_write (GTask *task, gsize length)
{
  MsCall *call = g_task_get_task_data (task);

  call->written = length;
  g_output_stream_write_all_async (call->output,
                                   call->received->data,
                                   length,
                                   g_task_get_priority (task),
                                   call->inner,
                                   on_written_cb,
                                   task);
}

static void
on_sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  MsCall *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  call->input = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (call->input == NULL)
    {
      call_return_error (task, error);
      return;
    }
  /* An error's body is for the error, not for the file. */
  if (soup_message_get_status (call->message) != SOUP_STATUS_OK)
    g_clear_object (&call->output);
  call_read (g_steal_pointer (&task));
}

static void
on_outer_cancelled_cb (GCancellable *outer, gpointer user_data)
{
  g_cancellable_cancel (G_CANCELLABLE (user_data));
}

void
ms_connection_cancel_calls (MsConnection *self)
{
  g_autoptr (GPtrArray) inner = g_ptr_array_new_with_free_func (g_object_unref);

  for (GList *l = self->calls.head; l != NULL; l = l->next)
    g_ptr_array_add (inner, g_object_ref (((MsCall *) l->data)->inner));
  for (guint i = 0; i < inner->len; i++)
    g_cancellable_cancel (g_ptr_array_index (inner, i));
}

static gboolean
may_write (MsConnection *self, const char *method, MsCallFlags flags, GError **error)
{
  if (!self->read_only || (flags & MS_CALL_SESSION) || g_str_equal (method, "GET")
      || g_str_equal (method, "HEAD"))
    return TRUE;
  ms_error_set (
      error, MS_ERROR_DENIED, NULL, NULL, "This connection to %s is read-only", self->where);
  return FALSE;
}

static GTask *
call_prepare (MsConnection       *self,
              gpointer            source_tag,
              const char         *method,
              const char         *path,
              MsCallFlags         flags,
              GCancellable       *cancellable,
              GAsyncReadyCallback callback,
              gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  MsCall *call = g_new0 (MsCall, 1);

  g_task_set_source_tag (task, source_tag);
  g_task_set_task_data (task, call, (GDestroyNotify) ms_call_free);
  call->flags = flags;
  call->path = g_strdup (path);
  call->received = g_byte_array_new ();
  /* For each request its own, so that no text of the body can be it. */
  call->ending = g_strdup_printf (
      "%08x%08x%08x%08x", g_random_int (), g_random_int (), g_random_int (), g_random_int ());

  if (may_write (self, method, flags, &error))
    call->message = ms_connection_new_message (self, method, path, &call->untrusted, &error);
  if (call->message == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return NULL;
    }

  soup_message_headers_replace (
      soup_message_get_request_headers (call->message), ENDING_HEADER, call->ending);
  call->inner = g_cancellable_new ();
  if (cancellable != NULL)
    {
      call->outer = g_object_ref (cancellable);
      call->outer_id = g_cancellable_connect (cancellable,
                                              G_CALLBACK (on_outer_cancelled_cb),
                                              g_object_ref (call->inner),
                                              g_object_unref);
    }
  return g_steal_pointer (&task);
}

/* (transfer full) */
static void
call_send (GTask *task)
{
  MsConnection *self = g_task_get_source_object (task);
  MsCall       *call = g_task_get_task_data (task);

  g_queue_push_tail (&self->calls, call);
  soup_session_send_async (
      self->session, call->message, g_task_get_priority (task), call->inner, on_sent_cb, task);
}

void
ms_connection_call (MsConnection       *self,
                    gpointer            source_tag,
                    const char         *method,
                    const char         *path,
                    const char         *content_type,
                    GBytes             *body,
                    const char         *if_match,
                    MsCallFlags         flags,
                    GCancellable       *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer            user_data)
{
  GTask *task
      = call_prepare (self, source_tag, method, path, flags, cancellable, callback, user_data);

  if (task == NULL)
    return;
  MsCall             *call = g_task_get_task_data (task);
  SoupMessageHeaders *headers = soup_message_get_request_headers (call->message);
  if (body != NULL)
    soup_message_set_request_body_from_bytes (call->message, content_type, body);
  if (if_match != NULL)
    soup_message_headers_replace (headers, "If-Match", if_match);
  call_send (task);
}

void
ms_connection_request_async (MsConnection       *self,
                             const char         *method,
                             const char         *path,
                             JsonNode           *body,
                             const char         *if_match,
                             GCancellable       *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (self));
  g_return_if_fail (method != NULL && path != NULL);

  g_autoptr (GBytes) bytes = NULL;
  if (body != NULL)
    {
      char *text = ms_json_to_string (body);
      bytes = g_bytes_new_take (text, strlen (text));
    }
  ms_connection_call (self,
                      ms_connection_request_async,
                      method,
                      path,
                      g_str_has_prefix (path, "/scim/") ? "application/scim+json"
                                                        : "application/json",
                      bytes,
                      if_match,
                      MS_CALL_DEFAULT,
                      cancellable,
                      callback,
                      user_data);
}

MsReply *
ms_connection_request_finish (MsConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

JsonArray *
ms_connection_error_get_refused (GAsyncResult *result)
{
  g_return_val_if_fail (G_IS_TASK (result), NULL);
  g_return_val_if_fail (MS_IS_CONNECTION (g_task_get_source_object (G_TASK (result))), NULL);

  MsCall *call = g_task_get_task_data (G_TASK (result));
  return call != NULL ? call->refused : NULL;
}

void
ms_connection_upload_async (MsConnection       *self,
                            const char         *path,
                            const char         *content_type,
                            GBytes             *data,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (self));
  g_return_if_fail (path != NULL && data != NULL);

  ms_connection_call (self,
                      ms_connection_upload_async,
                      "POST",
                      path,
                      content_type,
                      data,
                      NULL,
                      MS_CALL_DEFAULT,
                      cancellable,
                      callback,
                      user_data);
}

void
ms_connection_download_async (MsConnection       *self,
                              const char         *path,
                              GOutputStream      *output,
                              GCancellable       *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (self));
  g_return_if_fail (path != NULL && G_IS_OUTPUT_STREAM (output));

  GTask *task = call_prepare (self,
                              ms_connection_download_async,
                              "GET",
                              path,
                              MS_CALL_DEFAULT,
                              cancellable,
                              callback,
                              user_data);
  if (task == NULL)
    return;
  MsCall *call = g_task_get_task_data (task);
  call->output = g_object_ref (output);
  call_send (task);
}
