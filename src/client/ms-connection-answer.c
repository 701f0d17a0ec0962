/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The answer to one request: what may come back (bounded), whether it came whole, and what it
 * means.
 */
#include "config.h"
#include "ms-call-private.h"

#include <string.h>

#include "ms-network-error.h"

#define CHUNK 65536

void
ms_call_return_error (GTask *task, const GError *cause)
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
  ms_call_return_error (task, error);
}

/* What we say of ourselves on the way is of no concern to whoever asked: a token for SCIM is of the
 * channel scim whatever we say. (transfer full) (nullable) */
static char **
split_ignored (const char *line)
{
  g_auto (GStrv) names = g_strsplit (line, ",", -1);
  g_autoptr (GStrvBuilder) kept = g_strv_builder_new ();
  guint n_kept = 0;

  for (gsize i = 0; names[i] != NULL; i++)
    if (!g_str_equal (g_strstrip (names[i]), MS_CHANNEL_HEADER))
      {
        g_strv_builder_add (kept, names[i]);
        n_kept++;
      }
  return n_kept > 0 ? g_strv_builder_end (kept) : NULL;
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
    reply->ignored = split_ignored (ignored);
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
      = g_strcmp0 (call->ending, soup_message_headers_get_one (headers, MS_ENDING_HEADER)) == 0;
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
      ms_call_return_error (task, broken);
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
    ms_call_return_error (task, error);
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
      ms_call_return_error (task, error);
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
    ms_call_read (g_steal_pointer (&task));
}

void
ms_call_read (GTask *task)
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
    ms_call_read (g_steal_pointer (&task));
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
