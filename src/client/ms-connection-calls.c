/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Typed calls over a request: objects, actions, undo.
 */
#include "config.h"
#include "ms-connection-private.h"

static const struct
{
  const char *type_name;
  const char *endpoint;
} endpoints[] = {
  { "User", "/scim/v2/Users" },           { "Mailbox", "/scim/v2/Mailboxes" },
  { "MailGroup", "/scim/v2/MailGroups" }, { "Group", "/scim/v2/Groups" },
  { "Domain", "/scim/v2/Domains" },       { "Template", "/scim/v2/Templates" },
  { "Guest", "/scim/v2/Guest" },
};

const char *
ms_type_name_to_endpoint (const char *type_name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (endpoints); i++)
    if (g_strcmp0 (endpoints[i].type_name, type_name) == 0)
      return endpoints[i].endpoint;
  return NULL;
}

char *
ms_connection_dup_endpoint (MsConnection *self, const char *type_name)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), NULL);

  const MsResourceType *type = self->schemas != NULL && type_name != NULL
                                   ? ms_schema_registry_get_type_by_name (self->schemas, type_name)
                                   : NULL;
  return type != NULL ? g_strconcat ("/scim/v2", type->endpoint, NULL)
                      : g_strdup (ms_type_name_to_endpoint (type_name));
}

void
ms_connection_set_schemas (MsConnection *self, MsSchemaRegistry *schemas)
{
  g_return_if_fail (MS_IS_CONNECTION (self));

  g_clear_pointer (&self->schemas, ms_schema_registry_unref);
  self->schemas = schemas != NULL ? ms_schema_registry_ref (schemas) : NULL;
}

MsSchemaRegistry *
ms_connection_get_schemas (MsConnection *self)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), NULL);

  return self->schemas;
}

const char *
ms_connection_get_label_path (MsConnection *self, const char *type_name)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self), NULL);

  const MsResourceType *type = self->schemas != NULL && type_name != NULL
                                   ? ms_schema_registry_get_type_by_name (self->schemas, type_name)
                                   : NULL;
  const MsAttribute    *label = type != NULL ? ms_resource_type_get_label (type) : NULL;
  return label != NULL ? label->path : NULL;
}

const char *
ms_connection_get_label_of (MsConnection *self, MsResource *resource)
{
  g_return_val_if_fail (MS_IS_CONNECTION (self) && MS_IS_RESOURCE (resource), "");

  const char *path = ms_connection_get_label_path (self, ms_resource_get_type_name (resource));
  const char *label = path != NULL ? ms_resource_get_string (resource, path) : NULL;
  return label != NULL ? label : ms_resource_get_label (resource);
}

/* "/scim/v2/Users/ID"; Guest is one object and has no id in its path. (transfer full) (nullable) */
static char *
dup_object_path (MsConnection *self, const char *type_name, const char *id)
{
  g_autofree char *endpoint = ms_connection_dup_endpoint (self, type_name);

  if (endpoint == NULL)
    return NULL;
  if (id == NULL || g_str_equal (type_name, "Guest"))
    return g_steal_pointer (&endpoint);
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);
  return g_strdup_printf ("%s/%s", endpoint, escaped);
}

/* Objects
 * ---------------------------------------------------------------------------------------------- */

static void
call_object (MsConnection       *self,
             gpointer            source_tag,
             const char         *method,
             const char         *type_name,
             const char         *id,
             const char         *query,
             JsonNode           *body,
             const char         *if_match,
             GCancellable       *cancellable,
             GAsyncReadyCallback callback,
             gpointer            user_data)
{
  g_autofree char *object = dup_object_path (self, type_name, id);
  g_autofree char *path = object != NULL ? g_strconcat (object, query, NULL) : NULL;
  g_autoptr (GBytes) bytes = body != NULL ? ms_connection_new_body (body) : NULL;

  if (path == NULL)
    {
      g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
      g_autoptr (GError) error = NULL;
      g_task_set_source_tag (task, source_tag);
      ms_error_set (
          &error, MS_ERROR_INVALID, NULL, NULL, "There is no type of objects called %s", type_name);
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  ms_connection_call (self,
                      source_tag,
                      method,
                      path,
                      "application/scim+json",
                      bytes,
                      if_match,
                      MS_CALL_DEFAULT,
                      cancellable,
                      callback,
                      user_data);
}

void
ms_connection_get_async (MsConnection       *self,
                         const char         *type_name,
                         const char         *id,
                         GCancellable       *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (self));

  call_object (self,
               ms_connection_get_async,
               "GET",
               type_name,
               id,
               "",
               NULL,
               NULL,
               cancellable,
               callback,
               user_data);
}

void
ms_connection_create_async (MsConnection       *self,
                            const char         *type_name,
                            JsonObject         *attributes,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (self));
  g_return_if_fail (attributes != NULL);

  g_autoptr (JsonNode) body = json_node_init_object (json_node_alloc (), attributes);
  call_object (self,
               ms_connection_create_async,
               "POST",
               type_name,
               NULL,
               "",
               body,
               NULL,
               cancellable,
               callback,
               user_data);
}

static void
patch (MsConnection       *self,
       gpointer            source_tag,
       const char         *type_name,
       const char         *id,
       const char         *query,
       JsonArray          *operations,
       const char         *if_match,
       GCancellable       *cancellable,
       GAsyncReadyCallback callback,
       gpointer            user_data)
{
  g_autoptr (JsonObject) message = json_object_new ();
  JsonArray *schemas = json_array_new ();

  json_array_add_string_element (schemas, "urn:ietf:params:scim:api:messages:2.0:PatchOp");
  json_object_set_array_member (message, "schemas", schemas);
  json_object_set_array_member (message, "Operations", json_array_ref (operations));
  g_autoptr (JsonNode) body = json_node_init_object (json_node_alloc (), message);
  call_object (self,
               source_tag,
               "PATCH",
               type_name,
               id,
               query,
               body,
               if_match,
               cancellable,
               callback,
               user_data);
}

void
ms_connection_patch_async (MsConnection       *self,
                           const char         *type_name,
                           const char         *id,
                           JsonArray          *operations,
                           const char         *if_match,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (self));
  g_return_if_fail (operations != NULL);

  patch (self,
         ms_connection_patch_async,
         type_name,
         id,
         "",
         operations,
         if_match,
         cancellable,
         callback,
         user_data);
}

void
ms_connection_patch_keeping_address_async (MsConnection       *self,
                                           const char         *type_name,
                                           const char         *id,
                                           JsonArray          *operations,
                                           const char         *if_match,
                                           GCancellable       *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (self));
  g_return_if_fail (operations != NULL);

  patch (self,
         ms_connection_patch_keeping_address_async,
         type_name,
         id,
         "?keepAddress=true",
         operations,
         if_match,
         cancellable,
         callback,
         user_data);
}

MsResource *
ms_connection_resource_finish (MsConnection *self,
                               GAsyncResult *result,
                               gint64       *change,
                               GError      **error)
{
  g_autoptr (MsReply) reply = ms_connection_request_finish (self, result, error);

  if (reply == NULL)
    return NULL;
  if (reply->json == NULL || !JSON_NODE_HOLDS_OBJECT (reply->json))
    {
      ms_error_set (
          error, MS_ERROR_UNAVAILABLE, NULL, NULL, "%s answered without the object", self->where);
      return NULL;
    }
  if (change != NULL)
    *change = reply->change;
  return ms_resource_new (json_node_get_object (reply->json));
}

/* Actions
 * ---------------------------------------------------------------------------------------------- */

void
ms_connection_action_async (MsConnection       *self,
                            const char         *verb,
                            const char *const  *ids,
                            const char         *to,
                            JsonObject         *options,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (self));
  g_return_if_fail (verb != NULL && ids != NULL);

  g_autoptr (JsonObject) message
             = options != NULL ? ms_json_deep_copy_object (options) : json_object_new ();
  JsonArray *array = json_array_new ();

  for (gsize i = 0; ids[i] != NULL; i++)
    json_array_add_string_element (array, ids[i]);
  json_object_set_string_member (message, "verb", verb);
  json_object_set_array_member (message, "ids", array);
  if (to != NULL)
    json_object_set_string_member (message, "to", to);
  else
    json_object_set_null_member (message, "to");

  g_autoptr (JsonNode) body = json_node_init_object (json_node_alloc (), message);
  ms_connection_request_async (
      self, "POST", "/api/v1/actions", body, NULL, cancellable, callback, user_data);
}

void
ms_connection_undo_async (MsConnection       *self,
                          gint64              sequence,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (self));

  g_autofree char *path = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT "/undo", sequence);
  ms_connection_request_async (self, "POST", path, NULL, NULL, cancellable, callback, user_data);
}
