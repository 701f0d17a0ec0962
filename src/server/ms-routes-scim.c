/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The SCIM resources: every type of the registry, by the same few functions.
 */
#include "ms-routes-scim.h"

#include "ms-error.h"
#include "ms-list-request.h"
#include <string.h>

/* "aadOptscim062020" stands in the tenant URL that Entra is given; what it asks for we do anyway.
 */
static const char *const list_parameters[]
    = { "filter", "search", "sortBy",     "sortOrder",          "startIndex",
        "count",  "cursor", "attributes", "excludedAttributes", "aadOptscim062020",
        NULL };
static const char *const object_parameters[]
    = { "attributes", "excludedAttributes", "aadOptscim062020", NULL };
static const char *const update_parameters[]
    = { "attributes", "excludedAttributes", "keepAddress", "aadOptscim062020", NULL };
static const char *const delete_parameters[] = { "mailboxes", "content", "aadOptscim062020", NULL };

/* Reading ------------------------------------------------------------------------------------- */

static gboolean
read_list (MsCall *call, gint64 deadline, gpointer data, GString *out, GError **error)
{
  MsListRequest *request = data;

  ms_list_request_set_deadline (request, deadline);
  MsListing listing = { .queries = (const MsQuery *) request->queries->data,
                        .n_queries = request->queries->len,
                        .sort_by = request->sort_by,
                        .projection = &request->projection,
                        .cursor = request->cursor,
                        .base_url = call->base_url };

  return ms_service_list_pages (call->service, call->actor, &listing, out, error);
}

static void
respond_list (MsCall *call, MsListRequest *request)
{
  ms_call_read (call, read_list, ms_list_request_move (request), ms_list_request_free);
}

static void
list_objects (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_auto (MsListRequest) request = { 0 };

  ms_call_note_parameters (call, list_parameters);
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

/* Weak comparison of an If-Match or If-None-Match list (RFC 9110 §13.1); Entra leaves the quotes
 * away. */
static gboolean
is_known_version (const char *header, gint64 version)
{
  g_autofree char *wanted = g_strdup_printf ("\"%" G_GINT64_FORMAT "\"", version);
  g_autofree char *bare = g_strdup_printf ("%" G_GINT64_FORMAT, version);
  g_auto (GStrv) tags = g_strsplit (header, ",", 64);

  for (char **tag = tags; *tag != NULL; tag++)
    {
      const char *text = g_strstrip (*tag);
      if (g_str_has_prefix (text, "W/"))
        text += 2;
      if (strcmp (text, wanted) == 0 || strcmp (text, bare) == 0 || strcmp (text, "*") == 0)
        return TRUE;
    }
  return FALSE;
}

void
ms_scim_get (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_sized_new (2048);
  MsProjection projection = { NULL, NULL };
  gint64       version = 0;

  ms_call_note_parameters (call, object_parameters);
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
  gboolean has_tag = !ms_projection_shows_unversioned (&projection, call->type);
  ms_projection_clear (&projection);
  g_autofree char *known = ms_http_request_dup_list (call->request, "If-None-Match");
  g_autofree char *wanted = ms_http_request_dup_list (call->request, "If-Match");
  g_autofree char *etag = g_strdup_printf ("W/\"%" G_GINT64_FORMAT "\"", version);
  if (has_tag)
    ms_http_request_add_header (call->request, "ETag", etag);
  if (wanted != NULL && !is_known_version (wanted, version))
    {
      ms_error_set (&error, MS_ERROR_STALE, NULL, "If-Match", "The object is at version %s", etag);
      ms_call_respond_error (call, error);
    }
  else if (has_tag && known != NULL && is_known_version (known, version))
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

static const char *const *
get_parameters (MsVerb verb)
{
  if (verb == MS_VERB_DELETE)
    return delete_parameters;
  return verb == MS_VERB_CREATE ? object_parameters : update_parameters;
}

/* Ours: what is renamed keeps its old address as an alias. */
static gboolean
take_keep_address (MsCall *call, MsOperation *operation, GError **error)
{
  static const char *const choices[] = { "true", "false", NULL };
  const char              *value = NULL;

  if (!ms_call_get_choice (call, "keepAddress", choices, &value, error))
    return FALSE;
  operation->keep_address = value == choices[0];
  return TRUE;
}

/* Whether the answer to a PATCH would be as long as a list of members may be. */
static gboolean
has_many_links (const MsResourceType *type)
{
  for (guint i = 0; i < type->schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (type->schema->attributes, i);
      if (attribute->relation == MS_RELATION_TO && attribute->multi_valued)
        return TRUE;
    }
  return FALSE;
}

/* RFC 7240: return=minimal, return=representation. Without it a PATCH of a list is answered with
 * 204, as RFC 7644 §3.5.2 allows where no attributes are asked for: what it costs must not depend
 * on how long the list is. */
static gboolean
wants_no_document (MsCall *call, const MsOperation *operation)
{
  g_autofree char *prefer = ms_http_request_dup_list (call->request, "Prefer");
  g_autofree char *folded = prefer != NULL ? g_ascii_strdown (prefer, -1) : g_strdup ("");
  gboolean         minimal = strstr (folded, "return=minimal") != NULL;
  gboolean         whole = strstr (folded, "return=representation") != NULL;

  if (minimal || whole)
    ms_http_request_add_header (
        call->request, "Preference-Applied", minimal ? "return=minimal" : "return=representation");
  return minimal
         || (!whole && operation->verb == MS_VERB_PATCH && has_many_links (operation->type)
             && operation->projection.attributes == NULL && operation->projection.excluded == NULL);
}

void
ms_scim_write (MsCall *call, MsVerb verb)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOperation) operation = ms_operation_new (verb);

  ms_call_note_parameters (call, get_parameters (verb));
  operation->type = call->type;
  operation->id = g_strdup (call->parameters[0]);
  operation->if_match = ms_http_request_dup_list (call->request, "If-Match");
  operation->if_none_match = ms_http_request_dup_list (call->request, "If-None-Match");
  if (!ms_call_get_projection (call, &operation->projection, &error)
      || (verb == MS_VERB_DELETE && !take_delete_options (call, operation, &error))
      || ((verb == MS_VERB_REPLACE || verb == MS_VERB_PATCH)
          && !take_keep_address (call, operation, &error)))
    {
      ms_call_respond_error (call, error);
      return;
    }
  if (verb != MS_VERB_DELETE)
    {
      operation->body = json_object_ref (call->body);
      operation->bare = wants_no_document (call, operation);
    }
  ms_call_apply (call, g_steal_pointer (&operation));
}

static void
create_object (MsCall *call)
{
  ms_scim_write (call, MS_VERB_CREATE);
}

static void
replace_object (MsCall *call)
{
  ms_scim_write (call, MS_VERB_REPLACE);
}

static void
patch_object (MsCall *call)
{
  ms_scim_write (call, MS_VERB_PATCH);
}

static void
delete_object (MsCall *call)
{
  ms_scim_write (call, MS_VERB_DELETE);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_scim[] = {
  { "GET", "/scim/v2", list_objects, MS_RIGHT_LOGGED_ON, 0 },
  { "POST", "/scim/v2/.search", search_objects, MS_RIGHT_LOGGED_ON, MS_ROUTE_JSON },
  { "GET", "/scim/v2/{type}", list_objects, MS_POLICY_READ, 0 },
  { "POST", "/scim/v2/{type}", create_object, MS_POLICY_CREATE, MS_ROUTE_JSON },
  { "POST", "/scim/v2/{type}/.search", search_objects, MS_POLICY_READ, MS_ROUTE_JSON },
  { "GET", "/scim/v2/{type}/{}", ms_scim_get, MS_POLICY_READ, 0 },
  { "PUT", "/scim/v2/{type}/{}", replace_object, MS_POLICY_UPDATE, MS_ROUTE_JSON },
  { "PATCH", "/scim/v2/{type}/{}", patch_object, MS_RIGHT_WRITE, MS_ROUTE_JSON },
  { "DELETE", "/scim/v2/{type}/{}", delete_object, MS_POLICY_DELETE, 0 },
  { "GET", "/scim/v2/{single}", ms_scim_get, MS_POLICY_READ, 0 },
  { "PUT", "/scim/v2/{single}", replace_object, MS_POLICY_UPDATE, MS_ROUTE_JSON },
  { "PATCH", "/scim/v2/{single}", patch_object, MS_POLICY_UPDATE, MS_ROUTE_JSON },
  { NULL },
};
/* clang-format on */
