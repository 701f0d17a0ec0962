/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One request on its way out: the message, whether it may be sent, who cancels it. What comes back
 * is read in ms-connection-answer.c.
 */
#include "config.h"
#include "ms-call-private.h"

#include <string.h>

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
    soup_message_headers_replace (headers, MS_CHANNEL_HEADER, self->channel);
  if (self->reason != NULL)
    soup_message_headers_replace (headers, "X-Mailstead-Reason", self->reason);
  return g_steal_pointer (&message);
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
      ms_call_return_error (task, error);
      return;
    }
  /* An error's body is for the error, not for the file. */
  if (soup_message_get_status (call->message) != SOUP_STATUS_OK)
    g_clear_object (&call->output);
  ms_call_read (g_steal_pointer (&task));
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
      soup_message_get_request_headers (call->message), MS_ENDING_HEADER, call->ending);
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

static void
free_secret_text (gpointer data)
{
  char *text = data;

  explicit_bzero (text, strlen (text));
  g_free (text);
}

GBytes *
ms_connection_new_body (JsonNode *node)
{
  char *text = ms_json_to_string (node);

  return g_bytes_new_with_free_func (text, strlen (text), free_secret_text, text);
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

  g_autoptr (GBytes) bytes = body != NULL ? ms_connection_new_body (body) : NULL;
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
