/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The list of the files first, then one after the other. A file may name types of one that comes
 * later, so what cannot be added yet is tried again when others were.
 */
#include "ms-remote-schemas.h"

#include "ms-schema-stored.h"

typedef struct
{
  GPtrArray *names;
  GPtrArray *texts;
} Load;

static void
load_free (gpointer data)
{
  Load *load = data;

  g_ptr_array_unref (load->names);
  g_ptr_array_unref (load->texts);
  g_free (load);
}

static void ask_next (GTask *task);

static JsonObject *
get_object (MsReply *reply)
{
  return reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json)
             ? json_node_get_object (reply->json)
             : NULL;
}

static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

/* (transfer full) */
static MsSchemaRegistry *
build (GPtrArray *texts, GError **error)
{
  g_autoptr (MsSchemaRegistry) registry = ms_schema_registry_new_builtin ();
  guint left = texts->len;

  while (left > 0)
    {
      g_autoptr (GError) failed = NULL;
      guint before = left;
      for (guint i = 0; i < texts->len; i++)
        {
          const char *text = g_ptr_array_index (texts, i);
          if (text == NULL)
            continue;
          g_clear_error (&failed);
          /* The server took them, if by the rules of another day. */
          if (!ms_schema_registry_add_stored (registry, "", text, -1, &failed))
            continue;
          g_clear_pointer (&g_ptr_array_index (texts, i), g_free);
          left--;
        }
      if (left == before)
        {
          g_propagate_prefixed_error (
              error, g_steal_pointer (&failed), "A schema file of the server: ");
          return NULL;
        }
    }
  return g_steal_pointer (&registry);
}

static void
finish (GTask *task)
{
  Load             *load = g_task_get_task_data (task);
  GError           *error = NULL;
  MsSchemaRegistry *registry = build (load->texts, &error);

  if (registry != NULL)
    g_task_return_pointer (task, registry, (GDestroyNotify) ms_schema_registry_unref);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

static void
on_file_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask  *task = user_data;
  Load   *load = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  const char *text = reply != NULL ? get_text (get_object (reply), "text") : NULL;

  /* One that was removed between the two questions is none any more. */
  if (reply == NULL && !g_error_matches (error, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  g_clear_error (&error);
  if (text != NULL)
    g_ptr_array_add (load->texts, g_strdup (text));
  ask_next (task);
}

static void
ask_next (GTask *task)
{
  Load *load = g_task_get_task_data (task);

  if (load->names->len == 0)
    {
      finish (task);
      return;
    }
  g_autofree char *name = g_ptr_array_steal_index (load->names, 0);
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/api/v1/schemas/", escaped, NULL);
  ms_connection_request_async (g_task_get_source_object (task),
                               "GET",
                               path,
                               NULL,
                               NULL,
                               g_task_get_cancellable (task),
                               on_file_cb,
                               task);
}

static void
on_list_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask  *task = user_data;
  Load   *load = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  JsonObject *answer = reply != NULL ? get_object (reply) : NULL;
  JsonNode   *files = answer != NULL ? json_object_get_member (answer, "files") : NULL;

  if (reply == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  for (guint i = 0; files != NULL && JSON_NODE_HOLDS_ARRAY (files)
                    && i < json_array_get_length (json_node_get_array (files));
       i++)
    {
      JsonNode   *file = json_array_get_element (json_node_get_array (files), i);
      const char *name
          = JSON_NODE_HOLDS_OBJECT (file) ? get_text (json_node_get_object (file), "name") : NULL;
      if (name != NULL)
        g_ptr_array_add (load->names, g_strdup (name));
    }
  ask_next (task);
}

void
ms_remote_schemas_load_async (MsConnection       *connection,
                              GCancellable       *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (connection));

  GTask *task = g_task_new (connection, cancellable, callback, user_data);
  Load  *load = g_new0 (Load, 1);

  g_task_set_source_tag (task, ms_remote_schemas_load_async);
  load->names = g_ptr_array_new_with_free_func (g_free);
  load->texts = g_ptr_array_new_with_free_func (g_free);
  g_task_set_task_data (task, load, load_free);
  ms_connection_request_async (
      connection, "GET", "/api/v1/schemas", NULL, NULL, cancellable, on_list_cb, task);
}

MsSchemaRegistry *
ms_remote_schemas_load_finish (MsConnection *connection, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, connection), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static MsSchemaRegistry *
get_builtin (void)
{
  static gsize             once;
  static MsSchemaRegistry *builtin;

  if (g_once_init_enter (&once))
    {
      builtin = ms_schema_registry_new_builtin ();
      g_once_init_leave (&once, 1);
    }
  return builtin;
}

gboolean
ms_remote_schemas_is_added_type (const MsResourceType *type)
{
  g_return_val_if_fail (type != NULL, FALSE);

  return ms_schema_registry_get_type_by_name (get_builtin (), type->name) == NULL;
}

gboolean
ms_remote_schemas_is_added_schema (const MsSchema *schema)
{
  g_return_val_if_fail (schema != NULL, FALSE);

  return ms_schema_registry_get_schema (get_builtin (), schema->id) == NULL;
}
