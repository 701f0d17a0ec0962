/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The SCIM resources: every type of the registry, by the same few functions.
 */
#include "ms-call.h"
#include "ms-error.h"
#include "ms-list-request.h"
#include <string.h>

/* Reading ------------------------------------------------------------------------------------- */

static void
respond_list (MsCall *call, MsListRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_sized_new (4096);

  if (!ms_service_list (call->service,
                        call->actor,
                        &request->query,
                        &request->projection,
                        call->base_url,
                        out,
                        &error))
    ms_call_respond_error (call, error);
  else
    ms_call_respond_json (call, 200, g_steal_pointer (&out));
}

static void
list_objects (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_auto (MsListRequest) request = { 0 };

  if (!ms_list_request_init_from_query (&request, call, call->type, &error))
    ms_call_respond_error (call, error);
  else
    respond_list (call, &request);
}

static void
search_objects (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_auto (MsListRequest) request = { 0 };

  if (!ms_list_request_init_from_body (&request, call, call->type, &error))
    ms_call_respond_error (call, error);
  else
    respond_list (call, &request);
}

/* Weak comparison of an If-None-Match list (RFC 9110 §13.1.2). */
static gboolean
is_known_version (const char *header, gint64 version)
{
  g_autofree char *wanted = g_strdup_printf ("\"%" G_GINT64_FORMAT "\"", version);
  g_auto (GStrv) tags = g_strsplit (header, ",", 64);

  for (char **tag = tags; *tag != NULL; tag++)
    {
      const char *text = g_strstrip (*tag);
      if (g_str_has_prefix (text, "W/"))
        text += 2;
      if (strcmp (text, wanted) == 0 || strcmp (text, "*") == 0)
        return TRUE;
    }
  return FALSE;
}

static void
get_object (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_sized_new (2048);
  MsProjection projection = { NULL, NULL };
  gint64       version = 0;

  if (!ms_call_get_projection (call, &projection, &error)
      || !ms_service_get (call->service,
                          call->actor,
                          call->type,
                          call->parameters[0],
                          &projection,
                          call->base_url,
                          out,
                          &version,
                          &error))
    {
      ms_projection_clear (&projection);
      ms_call_respond_error (call, error);
      return;
    }
  ms_projection_clear (&projection);
  const char      *known = ms_http_request_get_header (call->request, "If-None-Match");
  g_autofree char *etag = g_strdup_printf ("W/\"%" G_GINT64_FORMAT "\"", version);
  ms_http_request_add_header (call->request, "ETag", etag);
  if (known != NULL && is_known_version (known, version))
    ms_call_respond_empty (call, 304);
  else
    ms_call_respond_json (call, 200, g_steal_pointer (&out));
}

/* Writing ------------------------------------------------------------------------------------- */

/* Parameters of a DELETE go where actions have theirs: into the body. */
static gboolean
take_delete_options (MsCall *call, MsOperation *operation, GError **error)
{
  static const char *const mailboxes[] = { "keep", "delete", NULL };
  static const char *const content[] = { "parent", "delete", NULL };
  const char              *value = NULL;

  operation->body = json_object_new ();
  if (!ms_call_get_choice (call, "mailboxes", mailboxes, &value, error))
    return FALSE;
  if (value == mailboxes[0])
    json_object_set_string_member (operation->body, "mailboxes", value);
  if (!ms_call_get_choice (call, "content", content, &value, error))
    return FALSE;
  if (value != NULL)
    json_object_set_string_member (operation->body, "content", value);
  return TRUE;
}

static void
write_object (MsCall *call, MsVerb verb)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOperation) operation = ms_operation_new (verb);

  operation->type = call->type;
  operation->id = g_strdup (call->parameters[0]);
  operation->if_match = g_strdup (ms_http_request_get_header (call->request, "If-Match"));
  if (!ms_call_get_projection (call, &operation->projection, &error)
      || (verb == MS_VERB_DELETE && !take_delete_options (call, operation, &error)))
    {
      ms_call_respond_error (call, error);
      return;
    }
  if (verb != MS_VERB_DELETE)
    operation->body = json_object_ref (call->body);
  ms_call_apply (call, g_steal_pointer (&operation));
}

static void
create_object (MsCall *call)
{
  write_object (call, MS_VERB_CREATE);
}

static void
replace_object (MsCall *call)
{
  write_object (call, MS_VERB_REPLACE);
}

static void
patch_object (MsCall *call)
{
  write_object (call, MS_VERB_PATCH);
}

static void
delete_object (MsCall *call)
{
  write_object (call, MS_VERB_DELETE);
}

/* What the protocol knows and this server does not (RFC 7644 §3.11, §3.7). */
static void
refuse_unsupported (MsCall *call)
{
  g_autoptr (GError) error = NULL;

  ms_error_set (&error,
                MS_ERROR_UNSUPPORTED,
                NULL,
                NULL,
                "This server has no such resource; its ServiceProviderConfig says what it has.");
  ms_call_respond_error (call, error);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_scim[] = {
  { "GET", "/scim/v2/Me", refuse_unsupported, MS_RIGHT_LOGGED_ON, 0 },
  { "POST", "/scim/v2/Bulk", refuse_unsupported, MS_RIGHT_LOGGED_ON, 0 },
  { "POST", "/scim/v2/.search", refuse_unsupported, MS_RIGHT_LOGGED_ON, 0 },
  { "GET", "/scim/v2/{type}", list_objects, MS_POLICY_READ, 0 },
  { "POST", "/scim/v2/{type}", create_object, MS_POLICY_CREATE, MS_ROUTE_JSON },
  { "POST", "/scim/v2/{type}/.search", search_objects, MS_POLICY_READ, MS_ROUTE_JSON },
  { "GET", "/scim/v2/{type}/{}", get_object, MS_POLICY_READ, 0 },
  { "PUT", "/scim/v2/{type}/{}", replace_object, MS_POLICY_UPDATE, MS_ROUTE_JSON },
  { "PATCH", "/scim/v2/{type}/{}", patch_object, MS_POLICY_UPDATE, MS_ROUTE_JSON },
  { "DELETE", "/scim/v2/{type}/{}", delete_object, MS_POLICY_DELETE, 0 },
  { "GET", "/scim/v2/{single}", get_object, MS_POLICY_READ, 0 },
  { "PUT", "/scim/v2/{single}", replace_object, MS_POLICY_UPDATE, MS_ROUTE_JSON },
  { "PATCH", "/scim/v2/{single}", patch_object, MS_POLICY_UPDATE, MS_ROUTE_JSON },
  { NULL },
};
/* clang-format on */
