/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a SCIM client asks first: ServiceProviderConfig, ResourceTypes, Schemas; for everybody,
 * logged on or not (RFC 7644 §4). Parameters are ignored, as §4 has it, and named as ignored.
 */
#include "ms-call.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-list-request.h"
#include "ms-server.h"

#define LIST_URN "urn:ietf:params:scim:api:messages:2.0:ListResponse"
/* Of the feed, /api/v1/feed (RFC 9967 §4). */
#define EVENT_URI "\"urn:ietf:params:scim:event:prov:"
#define CONFIG_URN "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"

static const char *const no_parameters[] = { "aadOptscim062020", NULL };

static const char config_text[]
    = "{\"schemas\":[\"" CONFIG_URN "\"],"
      "\"documentationUri\":\"https://www.rfc-editor.org/rfc/rfc7644\","
      "\"patch\":{\"supported\":true},"
      "\"bulk\":{\"supported\":true,\"maxOperations\":%d,\"maxPayloadSize\":%zu,\"atomic\":true},"
      "\"filter\":{\"supported\":true,\"maxResults\":%d},"
      "\"changePassword\":{\"supported\":true},"
      "\"sort\":{\"supported\":true},"
      "\"etag\":{\"supported\":true},"
      "\"pagination\":{\"cursor\":true,\"index\":true,\"defaultPaginationMethod\":\"index\","
      "\"defaultPageSize\":%d,"
      "\"maxPageSize\":%d,\"cursorTimeout\":%d},"
      "\"securityEvents\":{\"asyncRequest\":\"none\",\"eventUris\":[" EVENT_URI
      "create:notice\"," EVENT_URI "create:full\"," EVENT_URI "patch:notice\"," EVENT_URI
      "patch:full\"," EVENT_URI "delete\"," EVENT_URI "activate\"," EVENT_URI "deactivate\"]},"
      "\"authenticationSchemes\":[{\"type\":\"oauthbearertoken\",\"name\":\"Bearer token\","
      "\"description\":\"A session's token from /api/v1/session, or an API token from "
      "/api/v1/tokens\","
      "\"specUri\":\"https://www.rfc-editor.org/rfc/rfc6750\",\"primary\":true}],"
      "\"meta\":{\"resourceType\":\"ServiceProviderConfig\",\"location\":\"%s/"
      "ServiceProviderConfig\"}}";

static void
get_config (MsCall *call)
{
  GString *out = g_string_new (NULL);

  ms_call_note_parameters (call, no_parameters);
  g_string_append_printf (out,
                          config_text,
                          MS_BULK_MAX_OPERATIONS,
                          ms_server_get_options (call->server)->max_bulk,
                          MS_LIST_MAX_COUNT,
                          MS_LIST_DEFAULT_COUNT,
                          MS_LIST_MAX_COUNT,
                          MS_CURSOR_SECONDS,
                          call->base_url);
  ms_call_respond_json (call, 200, out);
}

static void
append_described (GString    *out,
                  JsonNode   *node,
                  const char *kind,
                  const char *base_url,
                  const char *path,
                  const char *id)
{
  JsonObject      *object = json_node_get_object (node);
  JsonObject      *meta = json_object_new ();
  g_autofree char *location = g_strconcat (base_url, path, "/", id, NULL);

  json_object_set_string_member (meta, "resourceType", kind);
  json_object_set_string_member (meta, "location", location);
  json_object_set_object_member (object, "meta", meta);
  ms_json_append (out, node);
}

static void
append_type (GString *out, gconstpointer type, MsCall *call)
{
  const MsResourceType *self = type;
  g_autoptr (JsonNode) node = ms_resource_type_to_json (self);

  append_described (out, node, "ResourceType", call->base_url, "/ResourceTypes", self->name);
}

/* (nullable): the type whose own schema it is */
static const MsResourceType *
find_type (MsCall *call, const MsSchema *schema)
{
  GPtrArray *types = ms_schema_registry_get_types (ms_service_get_schemas (call->service));

  for (guint i = 0; i < types->len; i++)
    if (((const MsResourceType *) types->pdata[i])->schema == schema)
      return types->pdata[i];
  return NULL;
}

static void
append_schema (GString *out, gconstpointer schema, MsCall *call)
{
  const MsSchema       *self = schema;
  const MsResourceType *type = find_type (call, self);
  g_autoptr (JsonNode) node
             = type != NULL ? ms_resource_type_schema_to_json (type) : ms_schema_to_json (self);

  append_described (out, node, "Schema", call->base_url, "/Schemas", self->id);
}

/* %FALSE: it has been answered. */
static gboolean
check_current (MsCall *call)
{
  g_autoptr (GError) error = NULL;

  if (ms_service_check_current (call->service, &error))
    return TRUE;
  ms_call_respond_error (call, error);
  return FALSE;
}

typedef void (*AppendFunc) (GString *out, gconstpointer item, MsCall *call);

typedef gboolean (*ShowFunc) (gconstpointer item);

static gboolean
show_type (gconstpointer item)
{
  return !((const MsResourceType *) item)->internal;
}

static gboolean
show_schema (gconstpointer item)
{
  return !((const MsSchema *) item)->internal;
}

static void
respond_all (MsCall *call, GPtrArray *all, ShowFunc show, AppendFunc append)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new ();

  if (!check_current (call))
    return;
  GString *out = g_string_new (NULL);
  ms_call_note_parameters (call, no_parameters);
  for (guint i = 0; i < all->len; i++)
    if (show (all->pdata[i]))
      g_ptr_array_add (items, all->pdata[i]);
  g_string_append_printf (out,
                          "{\"schemas\":[\"" LIST_URN
                          "\"],\"totalResults\":%u,\"startIndex\":1,\"itemsPerPage\":%u,"
                          "\"Resources\":[",
                          items->len,
                          items->len);
  for (guint i = 0; i < items->len; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      append (out, items->pdata[i], call);
    }
  g_string_append (out, "]}");
  ms_call_respond_json (call, 200, out);
}

static void
respond_one (MsCall *call, gconstpointer item, ShowFunc show, AppendFunc append)
{
  if (!check_current (call))
    return;
  ms_call_note_parameters (call, no_parameters);
  if (item == NULL || !show (item))
    {
      g_autoptr (GError) error = NULL;
      ms_error_set (
          &error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is no “%s” here.", call->parameters[0]);
      ms_call_respond_error (call, error);
      return;
    }
  GString *out = g_string_new (NULL);
  append (out, item, call);
  ms_call_respond_json (call, 200, out);
}

static void
list_types (MsCall *call)
{
  respond_all (call,
               ms_schema_registry_get_types (ms_service_get_schemas (call->service)),
               show_type,
               append_type);
}

static void
get_type (MsCall *call)
{
  MsSchemaRegistry *schemas = ms_service_get_schemas (call->service);
  respond_one (call,
               ms_schema_registry_get_type_by_name (schemas, call->parameters[0]),
               show_type,
               append_type);
}

static void
list_schemas (MsCall *call)
{
  respond_all (call,
               ms_schema_registry_get_schemas (ms_service_get_schemas (call->service)),
               show_schema,
               append_schema);
}

static void
get_schema (MsCall *call)
{
  MsSchemaRegistry *schemas = ms_service_get_schemas (call->service);
  respond_one (call,
               ms_schema_registry_get_schema (schemas, call->parameters[0]),
               show_schema,
               append_schema);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_discovery[] = {
  { "GET", "/scim/v2/ServiceProviderConfig", get_config, MS_RIGHT_ANYBODY, 0 },
  { "GET", "/scim/v2/ResourceTypes", list_types, MS_RIGHT_ANYBODY, 0 },
  { "GET", "/scim/v2/ResourceTypes/{}", get_type, MS_RIGHT_ANYBODY, 0 },
  { "GET", "/scim/v2/Schemas", list_schemas, MS_RIGHT_ANYBODY, 0 },
  { "GET", "/scim/v2/Schemas/{}", get_schema, MS_RIGHT_ANYBODY, 0 },
  { NULL },
};
/* clang-format on */
