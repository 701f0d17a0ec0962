/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From positions to objects, for rows that need not be loaded.
 */
#include "config.h"
#include "ms-remote-list-private.h"

#include "ms-json.h"

#define IDS_PER_REQUEST 1000 /* the server's limit */

typedef struct
{
  guint *positions;
  char **ids; /* one per position; NULL while not known */
  guint  n_positions;
  guint  next;  /* the first position not looked at yet */
  guint  start; /* of the request in flight */
  char  *query;
} Collect;

static void
collect_free (Collect *collect)
{
  for (guint i = 0; i < collect->n_positions; i++)
    g_free (collect->ids[i]);
  g_free (collect->ids);
  g_free (collect->positions);
  g_free (collect->query);
  g_free (collect);
}

static void collect_next (GTask *task);

static void
take_ids (Collect *collect, JsonArray *resources)
{
  guint length = resources != NULL ? json_array_get_length (resources) : 0;

  for (; collect->next < collect->n_positions; collect->next++)
    {
      guint offset = collect->positions[collect->next] - collect->start;

      if (offset >= IDS_PER_REQUEST)
        break;
      if (collect->ids[collect->next] != NULL || offset >= length)
        continue;
      JsonNode *element = json_array_get_element (resources, offset);
      JsonNode *id = JSON_NODE_HOLDS_OBJECT (element)
                         ? ms_json_object_find (json_node_get_object (element), "id")
                         : NULL;
      if (id != NULL && JSON_NODE_HOLDS_VALUE (id))
        collect->ids[collect->next] = json_node_dup_string (id);
    }
}

static void
on_ids_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Collect *collect = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (reply == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  JsonNode *resources = reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json)
                            ? ms_json_object_find (json_node_get_object (reply->json), "Resources")
                            : NULL;
  take_ids (collect,
            resources != NULL && JSON_NODE_HOLDS_ARRAY (resources) ? json_node_get_array (resources)
                                                                   : NULL);
  collect_next (g_steal_pointer (&task));
}

/* Rows that went meanwhile have no id: they are left out. */
static void
collect_finish (GTask *task, Collect *collect)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < collect->n_positions; i++)
    if (collect->ids[i] != NULL)
      g_strv_builder_add (builder, collect->ids[i]);
  g_task_return_pointer (task, g_strv_builder_end (builder), (GDestroyNotify) g_strfreev);
}

/* (transfer full) */
static void
collect_next (GTask *task)
{
  g_autoptr (GTask) owned = task;
  MsRemoteList *self = g_task_get_source_object (task);
  Collect      *collect = g_task_get_task_data (task);

  while (collect->next < collect->n_positions && collect->ids[collect->next] != NULL)
    collect->next++;
  if (collect->next == collect->n_positions)
    {
      collect_finish (task, collect);
      return;
    }

  collect->start = collect->positions[collect->next];
  guint last = collect->start;
  for (guint i = collect->next;
       i < collect->n_positions && collect->positions[i] - collect->start < IDS_PER_REQUEST;
       i++)
    if (collect->ids[i] == NULL)
      last = collect->positions[i];
  g_autofree char *path = ms_remote_list_dup_path (
      self, collect->query, "id", collect->start, last - collect->start + 1);
  ms_connection_request_async (self->connection,
                               "GET",
                               path,
                               NULL,
                               NULL,
                               g_task_get_cancellable (task),
                               on_ids_cb,
                               g_steal_pointer (&owned));
}

void
ms_remote_list_collect_ids_async (MsRemoteList       *self,
                                  const guint        *positions,
                                  guint               n_positions,
                                  GCancellable       *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer            user_data)
{
  g_return_if_fail (MS_IS_REMOTE_LIST (self));
  g_return_if_fail (positions != NULL || n_positions == 0);

  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Collect *collect = g_new0 (Collect, 1);

  g_task_set_source_tag (task, ms_remote_list_collect_ids_async);
  g_task_set_task_data (task, collect, (GDestroyNotify) collect_free);
  collect->positions = g_memdup2 (positions, n_positions * sizeof *positions);
  collect->n_positions = n_positions;
  collect->ids = g_new0 (char *, n_positions + 1);
  collect->query
      = self->shown_query != NULL ? g_strdup (self->shown_query) : ms_remote_list_dup_query (self);
  for (guint i = 0; i < n_positions; i++)
    collect->ids[i] = g_strdup (ms_remote_rows_get_id (self->rows, positions[i]));
  collect_next (g_steal_pointer (&task));
}

char **
ms_remote_list_collect_ids_finish (MsRemoteList *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
