/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Descriptions of server and session.
 */
#include "ms-describe.h"
#include "ms-json.h"
#include "ms-server.h"

static void
add_certificate (MsServer *server, JsonBuilder *into)
{
  g_autofree char *fingerprint = ms_server_dup_fingerprint (server);
  g_autofree char *not_after = ms_server_dup_not_after (server);

  json_builder_set_member_name (into, "certificate");
  json_builder_begin_object (into);
  json_builder_set_member_name (into, "fingerprint");
  json_builder_add_string_value (into, fingerprint);
  json_builder_set_member_name (into, "notAfter");
  json_builder_add_string_value (into, not_after);
  json_builder_end_object (into);
}

static gboolean
add_server (
    MsServer *server, MsService *service, const MsActor *actor, JsonBuilder *into, GError **error)
{
  json_builder_begin_object (into);
  if (!ms_service_describe_server (service, actor, into, error))
    return FALSE;
  add_certificate (server, into);
  ms_backup_keeper_describe (ms_server_get_backups (server), into);
  json_builder_end_object (into);
  return TRUE;
}

/* For strangers, and for who may do nothing yet. */
static void
add_product (JsonBuilder *into)
{
  json_builder_begin_object (into);
  json_builder_set_member_name (into, "product");
  json_builder_add_string_value (into, "Mailstead");
  json_builder_set_member_name (into, "apiVersion");
  json_builder_add_int_value (into, 1);
  json_builder_end_object (into);
}

JsonNode *
ms_describe_server (MsServer *server, MsService *service, const MsActor *actor, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  if (actor != NULL)
    return add_server (server, service, actor, builder, error) ? json_builder_get_root (builder)
                                                               : NULL;
  add_product (builder);
  return json_builder_get_root (builder);
}

JsonNode *
ms_describe_session (
    MsServer *server, MsService *service, const MsActor *actor, const char *token, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  if (token != NULL)
    {
      json_builder_set_member_name (builder, "token");
      json_builder_add_string_value (builder, token);
    }
  if (!ms_service_describe_session (service, actor, builder, error))
    return NULL;
  json_builder_set_member_name (builder, "server");
  if (actor->must_enrol)
    add_product (builder);
  else if (!add_server (server, service, actor, builder, error))
    return NULL;
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

void
ms_call_respond_node (MsCall *call, guint status, JsonNode *node)
{
  GString *out = g_string_new (NULL);

  ms_json_append (out, node);
  json_node_unref (node);
  ms_call_respond_json (call, status, out);
}
