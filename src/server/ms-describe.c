/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Descriptions of server and session.
 */
#include "ms-describe.h"
#include "ms-json.h"
#include "ms-policy.h"
#include "ms-server.h"

JsonObject *
ms_describe_server (MsServer *server, MsService *service, const MsActor *actor, GError **error)
{
  JsonObject *object = json_object_new ();

  if (actor == NULL)
    {
      json_object_set_string_member (object, "product", "Mailstead");
      json_object_set_int_member (object, "apiVersion", 1);
      return object;
    }
  json_object_unref (object);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  if (!ms_service_describe_server (service, actor, builder, error))
    return NULL;
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *fingerprint = ms_server_dup_fingerprint (server);
  g_autofree char *not_after = ms_server_dup_not_after (server);
  JsonObject *certificate = json_object_new ();
  json_object_set_string_member (certificate, "fingerprint", fingerprint);
  json_object_set_string_member (certificate, "notAfter", not_after);
  object = json_node_dup_object (root);
  json_object_set_object_member (object, "certificate", certificate);
  json_object_set_int_member (object, "apiVersion", 1);
  return object;
}

/* (nullable): the actor's displayName, for greeting people; a failure is none of a log-on's */
static char *
dup_display_name (MsService *service, const MsActor *actor)
{
  char *wanted[] = { (char *) "displayName", NULL };
  MsProjection projection = { wanted, NULL };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (ms_service_get_schemas (service), MS_TYPE_NAME_USER);

  if (!ms_service_get (service, actor, type, actor->user_id, &projection, "", text, NULL, &error))
    return NULL;
  g_autoptr (JsonNode) node = ms_json_parse (text->str, (gssize) text->len, &ms_json_default_limits, &error);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  return g_strdup (json_object_get_string_member_with_default (json_node_get_object (node), "displayName", NULL));
}

JsonObject *
ms_describe_session (MsServer *server, MsService *service, const MsActor *actor, gint64 expires, GError **error)
{
  JsonObject *described = ms_describe_server (server, service, actor, error);

  if (described == NULL)
    return NULL;
  g_autofree char *display_name = dup_display_name (service, actor);
  JsonObject *user = json_object_new ();
  json_object_set_string_member (user, "id", actor->user_id);
  json_object_set_string_member (user, "userName", actor->user_name);
  json_object_set_string_member (user, "displayName", display_name != NULL ? display_name : actor->user_name);
  json_object_set_string_member (user, "role", ms_role_to_string (actor->role));

  JsonObject *object = json_object_new ();
  if (expires > 0)
    {
      g_autofree char *time = ms_json_format_time (expires);
      json_object_set_string_member (object, "expires", time);
    }
  json_object_set_object_member (object, "user", user);
  json_object_set_object_member (object, "server", described);
  return object;
}

void
ms_call_respond_object (MsCall *call, guint status, JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  GString *out = g_string_new (NULL);

  json_node_take_object (node, object);
  ms_json_append (out, node);
  ms_call_respond_json (call, status, out);
}
