/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each call starts the asynchronous one and runs the main context until its result is there.
 */
#include "config.h"
#include "ms-ctl-call.h"

#include "ms-ctl-output.h"

void
ms_ctl_on_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **out = user_data;

  *out = g_object_ref (result);
}

GAsyncResult *
ms_ctl_wait (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static gboolean
on_timeout_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

void
ms_ctl_sleep (guint milliseconds)
{
  gboolean over = FALSE;

  g_timeout_add (milliseconds, on_timeout_cb, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

MsReply *
ms_ctl_request (MsCtl *ctl, const char *method, const char *path, JsonNode *body, GError **error)
{
  g_autoptr (JsonNode) owned = body;
  g_autoptr (GAsyncResult) result = NULL;

  ms_connection_request_async (
      ctl->connection, method, path, body, NULL, NULL, ms_ctl_on_result_cb, &result);
  return ms_connection_request_finish (ctl->connection, ms_ctl_wait (&result), error);
}

void
ms_ctl_print_ignored (MsReply *reply)
{
  for (char **name = reply->ignored; name != NULL && *name != NULL; name++)
    {
      g_autofree char *text = g_strdup_printf (_ ("The server knows nothing of %s"), *name);
      if (ms_ctl_has_json_notes ())
        ms_ctl_print_json_note ("ignored", json_node_init_string (json_node_alloc (), *name), text);
      else
        ms_ctl_printerr ("%s\n", text);
    }
}

JsonObject *
ms_ctl_reply_dup_object (MsReply *reply, GError **error)
{
  if (reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json))
    return json_node_dup_object (reply->json);
  ms_error_set (
      error, MS_ERROR_UNAVAILABLE, NULL, NULL, _ ("The server's answer is not an object"));
  return NULL;
}

/* Of a damaged store a server shows what it can, and says of which objects that is not all. */
static void
print_damaged (JsonObject *answer)
{
  g_autoptr (JsonArray) ids = ms_ctl_array (answer, "damaged");

  for (guint i = 0; i < json_array_get_length (ids); i++)
    {
      JsonNode *id = json_array_get_element (ids, i);
      if (json_node_get_value_type (id) != G_TYPE_STRING)
        continue;
      g_autofree char *text
          = g_strdup_printf (_ ("The server's store is damaged: not everything can be shown of %s"),
                                json_node_get_string (id));
      if (ms_ctl_has_json_notes ())
        ms_ctl_print_json_note ("damaged", json_node_copy (id), text);
      else
        ms_ctl_printerr ("%s\n", text);
    }
}

static JsonObject *
get_object (MsCtl *ctl, const char *path, gboolean tells, GError **error)
{
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "GET", path, NULL, error);

  if (reply == NULL)
    return NULL;
  if (tells)
    ms_ctl_print_ignored (reply);
  JsonObject *object = ms_ctl_reply_dup_object (reply, error);
  if (object != NULL)
    print_damaged (object);
  return object;
}

JsonObject *
ms_ctl_get (MsCtl *ctl, const char *path, GError **error)
{
  return get_object (ctl, path, TRUE, error);
}

JsonObject *
ms_ctl_get_next (MsCtl *ctl, const char *path, GError **error)
{
  return get_object (ctl, path, FALSE, error);
}

MsExit
ms_ctl_show (MsCtl *ctl, const char *path, MsCtlPrintFunc print, gpointer user_data, GError **error)
{
  g_autoptr (JsonObject) answer = ms_ctl_get (ctl, path, error);

  if (answer == NULL)
    return MS_EXIT_FAILED;
  if (!ctl->json)
    return print (answer, user_data, error);
  ms_ctl_print_json_object (answer);
  return MS_EXIT_OK;
}

MsResource *
ms_ctl_create (
    MsCtl *ctl, const char *type_name, JsonObject *attributes, gint64 *change, GError **error)
{
  g_autoptr (JsonObject) owned = attributes;
  g_autoptr (GAsyncResult) result = NULL;

  ms_connection_create_async (
      ctl->connection, type_name, attributes, NULL, ms_ctl_on_result_cb, &result);
  return ms_connection_resource_finish (ctl->connection, ms_ctl_wait (&result), change, error);
}

MsResource *
ms_ctl_patch (
    MsCtl *ctl, MsResource *resource, JsonArray *operations, gint64 *change, GError **error)
{
  g_autoptr (JsonArray) owned = operations;
  g_autoptr (GAsyncResult) result = NULL;

  ms_connection_patch_async (ctl->connection,
                             ms_resource_get_type_name (resource),
                             ms_resource_get_id (resource),
                             operations,
                             ms_resource_get_etag (resource),
                             NULL,
                             ms_ctl_on_result_cb,
                             &result);
  return ms_connection_resource_finish (ctl->connection, ms_ctl_wait (&result), change, error);
}

/* The name that would do. @suggestion: (nullable) */
static void
print_suggestion (JsonObject *suggestion)
{
  g_autoptr (GList) members = suggestion != NULL ? json_object_get_members (suggestion) : NULL;
  const char *name = members != NULL ? ms_ctl_string (suggestion, members->data) : NULL;

  if (name != NULL)
    ms_ctl_printerr (_ ("    --as %s would do\n"), name);
}

/* What does what an undo cannot. */
static void
print_instead (JsonObject *row)
{
  const char *instead = ms_ctl_string (row, "instead");

  if (instead != NULL && g_str_has_prefix (instead, "DELETE /api/v1/tokens/"))
    ms_ctl_printerr (_ ("    mailsteadctl token revoke %s\n"), strrchr (instead, '/') + 1);
}

/* The guest is called nothing but what it is. A user and the mailbox that goes along are called the
 * same, so the type is said of all others. (transfer full) */
static char *
dup_name (JsonObject *row)
{
  static const char *const members[] = { "type", "id" };
  const char              *label = ms_ctl_string (row, "label");
  const char              *type = ms_ctl_string (row, "type");

  if (label != NULL && *label != '\0')
    return type != NULL && *type != '\0' ? g_strconcat (type, " ", label, NULL) : g_strdup (label);

  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    {
      const char *text = ms_ctl_string (row, members[i]);
      if (text != NULL && *text != '\0')
        return g_strdup (text);
    }
  return g_strdup ("");
}

void
ms_ctl_print_refused (JsonArray *refused)
{
  for (guint i = 0; i < json_array_get_length (refused); i++)
    {
      g_autoptr (JsonObject) row = ms_ctl_element (refused, i);
      const char      *path = ms_ctl_string (row, "path");
      const char      *said = ms_ctl_string (row, "reason");
      g_autofree char *name = dup_name (row);
      g_autofree char *reason = ms_ctl_dup_reason (said != NULL ? said : _ ("refused"), path);

      if (ms_ctl_has_json_notes ())
        {
          ms_ctl_print_json_note ("refused", json_node_init_object (json_node_alloc (), row), NULL);
          continue;
        }
      ms_ctl_printerr ("  %s%s%s: %s\n",
                       name,
                       path != NULL ? " " : "",
                       path != NULL ? ms_ctl_short_path (path) : "",
                       reason);
      print_suggestion (ms_ctl_object (row, "suggestion"));
      print_instead (row);
    }
}

/* Says what was refused. (transfer full): empty where nothing was answered */
static JsonObject *
wait_for_parts (MsCtl *ctl, GAsyncResult **result, GError **error)
{
  g_autoptr (MsReply) reply
             = ms_connection_request_finish (ctl->connection, ms_ctl_wait (result), error);

  if (reply == NULL)
    {
      JsonArray *refused = ms_connection_error_get_refused (*result);
      if (refused != NULL)
        ms_ctl_print_refused (refused);
      return NULL;
    }
  return reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json)
             ? json_node_dup_object (reply->json)
             : json_object_new ();
}

JsonObject *
ms_ctl_post (MsCtl *ctl, const char *path, JsonObject *body, GError **error)
{
  g_autoptr (JsonObject) owned = body;
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), body);
  g_autoptr (GAsyncResult) result = NULL;

  ms_connection_request_async (
      ctl->connection, "POST", path, node, NULL, NULL, ms_ctl_on_result_cb, &result);
  return wait_for_parts (ctl, &result, error);
}

JsonObject *
ms_ctl_action (MsCtl             *ctl,
               const char        *verb,
               const char *const *ids,
               const char        *to,
               JsonObject        *options,
               GError           **error)
{
  g_autoptr (JsonObject) owned = options;
  g_autoptr (GAsyncResult) result = NULL;

  ms_connection_action_async (
      ctl->connection, verb, ids, to, options, NULL, ms_ctl_on_result_cb, &result);
  return wait_for_parts (ctl, &result, error);
}

MsReply *
ms_ctl_upload (MsCtl *ctl, const char *path, const char *content_type, GBytes *data, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ms_connection_upload_async (
      ctl->connection, path, content_type, data, NULL, ms_ctl_on_result_cb, &result);
  return ms_connection_request_finish (ctl->connection, ms_ctl_wait (&result), error);
}

static JsonNode *
find_value (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? ms_json_object_find (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

const char *
ms_ctl_string (JsonObject *object, const char *name)
{
  JsonNode *node = find_value (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

gint64
ms_ctl_int (JsonObject *object, const char *name)
{
  JsonNode *node = find_value (object, name);

  return node != NULL ? json_node_get_int (node) : 0;
}

gboolean
ms_ctl_boolean (JsonObject *object, const char *name)
{
  JsonNode *node = find_value (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN
         && json_node_get_boolean (node);
}

JsonObject *
ms_ctl_object (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? ms_json_object_find (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
ms_ctl_array (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? ms_json_object_find (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_dup_array (node)
                                                      : json_array_new ();
}

JsonObject *
ms_ctl_element (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_dup_object (node) : json_object_new ();
}
