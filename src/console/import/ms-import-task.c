/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsImportTask: follows the import by the event stream, and by asking once a second while it is
 * under way, because a stream may be cut just then. A late answer never takes it back: "done" only
 * grows within one rehearsal or run.
 */
#include "config.h"

#include "ms-import-task.h"
#include "ms-json.h"

#define POLL_SECONDS 1

struct _MsImportTask
{
  GObject parent_instance;

  /* Owned */
  MsConnection *connection;
  GCancellable *cancellable;
  JsonObject   *json;

  gint64   started;      /* monotonic time of the first progress seen */
  gint64   started_done; /* and how far it was then */
  guint    poll;
  gboolean busy;
};

G_DEFINE_FINAL_TYPE (MsImportTask, ms_import_task, G_TYPE_OBJECT)

enum
{
  CHANGED,
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static gint64
get_int (JsonObject *json, const char *name)
{
  return json != NULL ? json_object_get_int_member_with_default (json, name, 0) : 0;
}

static gboolean
is_under_way (MsImportTask *self)
{
  const char *state = ms_import_task_get_state (self);

  return g_str_equal (state, "rehearsing") || g_str_equal (state, "running");
}

static gboolean
on_poll_cb (gpointer user_data)
{
  ms_import_task_refresh (user_data);

  return G_SOURCE_CONTINUE;
}

static void
take (MsImportTask *self, JsonObject *json)
{
  g_autofree char *before = g_strdup (ms_import_task_get_state (self));
  const char      *state = json_object_get_string_member_with_default (json, "state", "");

  if (g_str_equal (before, state) && is_under_way (self)
      && get_int (json, "done") < get_int (self->json, "done"))
    return;

  /* Events come without what was said at the upload */
  if (self->json != NULL)
    {
      static const char *const kept[] = { "columns", "mapping", "format", "preview" };

      for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
        if (!json_object_has_member (json, kept[i]) && json_object_has_member (self->json, kept[i]))
          json_object_set_member (
              json, kept[i], json_node_copy (json_object_get_member (self->json, kept[i])));
    }
  json_object_ref (json);
  g_clear_pointer (&self->json, json_object_unref);
  self->json = json;

  if (!g_str_equal (before, state))
    {
      self->started = g_get_monotonic_time ();
      self->started_done = get_int (json, "done");
    }
  if (is_under_way (self) && self->poll == 0)
    self->poll = g_timeout_add_seconds (POLL_SECONDS, on_poll_cb, self);
  else if (!is_under_way (self))
    g_clear_handle_id (&self->poll, g_source_remove);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_event_cb (MsConnection *connection, JsonObject *json, MsImportTask *self)
{
  if (self->json != NULL && !self->busy
      && g_strcmp0 (json_object_get_string_member_with_default (json, "id", ""),
                    ms_import_task_get_id (self))
             == 0)
    {
      g_autoptr (JsonObject) copy = ms_json_deep_copy_object (json);

      take (self, copy);
    }
}

static void
finish (MsImportTask *self, MsReply *reply, const GError *error)
{
  self->busy = FALSE;
  if (reply != NULL && reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json))
    take (self, json_node_get_object (reply->json));
  else if (error != NULL)
    g_signal_emit (self, signals[FAILED], 0, error);
}

static void
on_answer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    finish (user_data, reply, error);
}

static void
on_polled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  MsImportTask *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  /* A lost connection is no end: the import goes on without us, and the next poll may get through
   */
  if (reply != NULL && reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json) && !self->busy)
    take (self, json_node_get_object (reply->json));
  else if (error != NULL)
    g_debug ("Asking about the import: %s", error->message);
}

static void
forget_quietly (MsImportTask *self)
{
  g_autofree char *path = NULL;

  if (self->json == NULL || is_under_way (self)
      || g_str_equal (ms_import_task_get_state (self), "done"))
    return;

  path = g_strdup_printf ("/api/v1/imports/%s", ms_import_task_get_id (self));
  /* Nobody waits for it: what cannot be deleted now is aged out by the server */
  ms_connection_request_async (self->connection, "DELETE", path, NULL, NULL, NULL, NULL, NULL);
}

static void
post (MsImportTask *self, const char *verb, JsonObject *options)
{
  g_autofree char *path
      = g_strdup_printf ("/api/v1/imports/%s/%s", ms_import_task_get_id (self), verb);
  g_autoptr (JsonNode) body
             = options != NULL ? json_node_init_object (json_node_alloc (), options) : NULL;

  self->busy = TRUE;
  ms_connection_request_async (
      self->connection, "POST", path, body, NULL, self->cancellable, on_answer_cb, self);
}

static void
ms_import_task_dispose (GObject *object)
{
  MsImportTask *self = MS_IMPORT_TASK (object);

  g_clear_handle_id (&self->poll, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->json, json_object_unref);

  G_OBJECT_CLASS (ms_import_task_parent_class)->dispose (object);
}

static void
ms_import_task_class_init (MsImportTaskClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ms_import_task_dispose;

  signals[CHANGED] = g_signal_new (
      "changed", MS_TYPE_IMPORT_TASK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed",
                                  MS_TYPE_IMPORT_TASK,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  1,
                                  G_TYPE_ERROR);
}

static void
ms_import_task_init (MsImportTask *self)
{
  self->cancellable = g_cancellable_new ();
}

MsImportTask *
ms_import_task_new (MsConnection *connection)
{
  MsImportTask *self;

  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);

  self = g_object_new (MS_TYPE_IMPORT_TASK, NULL);
  self->connection = g_object_ref (connection);
  g_signal_connect_object (connection, "import", G_CALLBACK (on_event_cb), self, 0);

  return self;
}

void
ms_import_task_adopt (MsImportTask *self, JsonObject *json)
{
  g_return_if_fail (MS_IS_IMPORT_TASK (self));
  g_return_if_fail (json != NULL);

  take (self, json);
}

void
ms_import_task_upload (MsImportTask *self, const char *name, GBytes *data)
{
  g_autofree char *escaped = NULL;
  g_autofree char *path = NULL;

  g_return_if_fail (MS_IS_IMPORT_TASK (self));
  g_return_if_fail (name != NULL && data != NULL);

  forget_quietly (self);
  g_clear_pointer (&self->json, json_object_unref);
  escaped = g_uri_escape_string (name, NULL, FALSE);
  path = g_strdup_printf ("/api/v1/imports?name=%s", escaped);
  self->busy = TRUE;
  ms_connection_upload_async (
      self->connection, path, "text/csv", data, self->cancellable, on_answer_cb, self);
}

void
ms_import_task_rehearse (MsImportTask *self, JsonObject *options)
{
  g_return_if_fail (MS_IS_IMPORT_TASK (self));
  g_return_if_fail (self->json != NULL);

  post (self, "rehearse", options);
}

void
ms_import_task_run (MsImportTask *self, JsonObject *options)
{
  g_return_if_fail (MS_IS_IMPORT_TASK (self));
  g_return_if_fail (self->json != NULL);

  post (self, "run", options);
}

void
ms_import_task_cancel (MsImportTask *self)
{
  g_return_if_fail (MS_IS_IMPORT_TASK (self));

  if (is_under_way (self))
    post (self, "cancel", NULL);
}

void
ms_import_task_discard (MsImportTask *self)
{
  g_return_if_fail (MS_IS_IMPORT_TASK (self));

  forget_quietly (self);
  g_clear_pointer (&self->json, json_object_unref);
}

void
ms_import_task_refresh (MsImportTask *self)
{
  g_autofree char *path = NULL;

  g_return_if_fail (MS_IS_IMPORT_TASK (self));

  if (self->json == NULL || self->busy)
    return;

  path = g_strdup_printf ("/api/v1/imports/%s", ms_import_task_get_id (self));
  ms_connection_request_async (
      self->connection, "GET", path, NULL, NULL, self->cancellable, on_polled_cb, self);
}

MsConnection *
ms_import_task_get_connection (MsImportTask *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_TASK (self), NULL);

  return self->connection;
}

const char *
ms_import_task_get_id (MsImportTask *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_TASK (self), NULL);

  return self->json != NULL ? json_object_get_string_member_with_default (self->json, "id", NULL)
                            : NULL;
}

const char *
ms_import_task_get_state (MsImportTask *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_TASK (self), NULL);

  return self->json != NULL ? json_object_get_string_member_with_default (self->json, "state", "")
                            : "";
}

JsonObject *
ms_import_task_get_json (MsImportTask *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_TASK (self), NULL);

  return self->json;
}

gboolean
ms_import_task_is_busy (MsImportTask *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_TASK (self), FALSE);

  return self->busy;
}

gint64
ms_import_task_get_count (MsImportTask *self, const char *status)
{
  g_return_val_if_fail (MS_IS_IMPORT_TASK (self), 0);

  if (self->json == NULL || !json_object_has_member (self->json, "counts"))
    return 0;

  return get_int (json_object_get_object_member (self->json, "counts"), status);
}

void
ms_import_task_get_rate (MsImportTask *self, double *rate, gint64 *seconds_left)
{
  double seconds;
  gint64 done;

  g_return_if_fail (MS_IS_IMPORT_TASK (self));

  *rate = 0;
  *seconds_left = -1;
  seconds = (double) (g_get_monotonic_time () - self->started) / G_USEC_PER_SEC;
  done = get_int (self->json, "done") - self->started_done;
  if (!is_under_way (self) || seconds < 0.5 || done <= 0)
    return;

  *rate = (double) done / seconds;
  *seconds_left
      = (gint64) ((double) (get_int (self->json, "total") - get_int (self->json, "done")) / *rate);
}
