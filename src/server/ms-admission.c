/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Admission of requests, in the order that tells strangers least: what the address is first (they
 * know the API from its documentation), who asks second, what they may third; the body is not
 * looked at before all that.
 */
#include "ms-admission.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-text.h"
#include <string.h>

#define LOG_ON_BODY (16 * 1024)
#define BULK_ITEMS 500000
#define WANTS_JSON (MS_ROUTE_JSON | MS_ROUTE_OPTIONAL_JSON | MS_ROUTE_LOG_ON | MS_ROUTE_BULK)
#define MAX_REASON 500
#define MAX_HOST 261 /* 255, a colon and a port */

/* %FALSE without @error: it has been answered. */
static gboolean
find_route (MsCall *self, GError **error)
{
  g_autofree MsMatch *match = g_new0 (MsMatch, 1);

  g_clear_pointer (&self->schemas, ms_schema_registry_unref);
  self->schemas = ms_schema_registry_ref (ms_service_get_schemas (self->service));
  ms_router_match (
      self->schemas, ms_http_request_get_method (self->request), self->target->segments, match);
  g_autofree char *allow = match->allow;
  if (match->route != NULL)
    {
      self->route = match->route;
      self->type = match->type;
      memcpy (self->parameters, match->parameters, sizeof self->parameters);
      return TRUE;
    }
  if (allow == NULL)
    {
      ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is nothing at this address.");
      return FALSE;
    }
  ms_http_request_add_header (self->request, "Allow", allow);
  if (strcmp (ms_http_request_get_method (self->request), "OPTIONS") == 0)
    {
      ms_call_respond_empty (self, 204);
      return FALSE;
    }
  ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, "This address takes %s.", allow);
  return FALSE;
}

/* Where clients find us: as configured, or as this one did. What Host says goes into answers, so it
 * is checked. */
static gboolean
find_base_url (MsCall *self, GError **error)
{
  const char *configured = ms_server_get_options (self->server)->base_url;
  const char *host = ms_http_request_get_header (self->request, "Host");

  if (configured != NULL)
    {
      self->base_url = g_strconcat (configured, "/scim/v2", NULL);
      return TRUE;
    }
  if (host == NULL)
    host = "localhost";
  if (*host == '\0' || strlen (host) > MAX_HOST
      || strspn (host, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ".-_:[]") != strlen (host))
    {
      ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, "The Host header holds no host name.");
      return FALSE;
    }
  self->base_url = g_strconcat ("https://", host, "/scim/v2", NULL);
  return TRUE;
}

static gboolean
read_token (MsCall *self, GError **error)
{
  const char *header = ms_http_request_get_header (self->request, "Authorization");

  if (header == NULL)
    {
      ms_error_set (
          error, MS_ERROR_UNAUTHENTICATED, NULL, NULL, "Log on first: this needs a bearer token.");
      return FALSE;
    }
  if (g_ascii_strncasecmp (header, "Bearer ", 7) != 0 || strlen (header) > 512)
    {
      ms_error_set (error, MS_ERROR_UNAUTHENTICATED, NULL, NULL, "Only bearer tokens are taken.");
      return FALSE;
    }
  self->token = g_strstrip (g_strdup (header + 7));
  return TRUE;
}

/* A header's text into @field; (nullable) @choices */
static gboolean
read_note (MsCall *self, const char *name, const char *const *choices, char **field, GError **error)
{
  const char *text = ms_http_request_get_header (self->request, name);

  if (text == NULL)
    return TRUE;
  if (choices != NULL && !g_strv_contains (choices, text))
    {
      g_autofree char *list = g_strjoinv (", ", (char **) choices);
      ms_error_set (error, MS_ERROR_INVALID, "invalidValue", name, "%s is one of: %s.", name, list);
      return FALSE;
    }
  if (strlen (text) > MAX_REASON)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    name,
                    "%s has %d bytes at most.",
                    name,
                    MAX_REASON);
      return FALSE;
    }
  if (!ms_text_check (text, FALSE, name, error))
    return FALSE;
  g_free (*field);
  *field = g_strdup (text);
  return TRUE;
}

/* What a client says that it is, which the rules of provisioning clients depend on: one whose token
 * is for SCIM only is no other. */
static gboolean
read_channel (MsCall *self, GError **error)
{
  static const char *const channels[] = { "console", "cli", "scim", NULL };
  g_autofree char         *said = g_strdup ("scim");

  if (!read_note (self, "X-Mailstead-Channel", channels, &said, error))
    return FALSE;
  if (self->actor->scim_only && strcmp (said, "scim") != 0)
    {
      ms_call_note_ignored (self, "X-Mailstead-Channel");
      return TRUE;
    }
  g_free (self->actor->channel);
  self->actor->channel = g_steal_pointer (&said);
  return TRUE;
}

static gboolean
find_actor (MsCall *self, GError **error)
{
  int right = self->route->right;

  if (right == MS_RIGHT_ANYBODY)
    return TRUE;
  if (right == MS_RIGHT_OPTIONAL
      && ms_http_request_get_header (self->request, "Authorization") == NULL)
    return TRUE;
  if (!read_token (self, error))
    return FALSE;
  const char *peer = ms_http_request_get_peer (self->request);
  self->actor = ms_service_authenticate (self->service, self->token, peer, error);
  if (self->actor == NULL)
    {
      self->was_known = ms_service_knew (self->service, self->token, peer);
      return FALSE;
    }
  if (self->actor->scim_only && g_strcmp0 (self->target->segments[0], "scim") != 0
      && (self->route->flags & MS_ROUTE_SCIM_TOKENS) == 0)
    {
      ms_error_set (error, MS_ERROR_DENIED, NULL, NULL, "This token is for /scim/v2 only.");
      return FALSE;
    }
  if (self->actor->usage_only && (self->route->flags & MS_ROUTE_USAGE_TOKENS) == 0)
    {
      ms_error_set (
          error, MS_ERROR_DENIED, NULL, NULL, "This token is for reporting to /api/v1/usage only.");
      return FALSE;
    }
  if ((self->route->flags & MS_ROUTE_UNENROLLED) == 0
      && !ms_policy_check_enrolled (self->actor, error))
    return FALSE;
  g_free (self->actor->channel);
  self->actor->channel = g_strdup ("scim");
  if (right == MS_RIGHT_WRITE && self->actor->read_only)
    {
      ms_error_set (error, MS_ERROR_DENIED, NULL, NULL, "This token may only read.");
      return FALSE;
    }
  if (!read_channel (self, error)
      || !read_note (self, "X-Mailstead-Reason", NULL, &self->actor->reason, error))
    return FALSE;
  return right < 0
         || ms_policy_check (self->actor, (MsPolicyVerb) right, self->type, NULL, NULL, error);
}

static gboolean
check_content_encoding (MsCall *self, GError **error)
{
  g_autofree char *header = ms_http_request_dup_list (self->request, "Content-Encoding");

  if (header == NULL || *header == '\0' || g_ascii_strcasecmp (header, "identity") == 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidSyntax",
                "Content-Encoding",
                "The body is to be sent as it is, without a Content-Encoding.");
  return FALSE;
}

/* %TRUE where the client says that it sends nothing, or something that we take. */
static gboolean
check_content_type (MsCall *self, GError **error)
{
  const char      *header = ms_http_request_get_header (self->request, "Content-Type");
  g_autofree char *type
      = header != NULL ? g_ascii_strdown (header, (gssize) strcspn (header, "; ")) : NULL;

  if (type == NULL || (self->route->flags & MS_ROUTE_UPLOAD) != 0)
    return TRUE;
  if (strcmp (type, "application/json") == 0 || strcmp (type, "application/scim+json") == 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidSyntax",
                "Content-Type",
                "The body is to be application/scim+json or application/json.");
  return FALSE;
}

static gsize
choose_max_body (MsCall *self)
{
  const MsServerOptions *options = ms_server_get_options (self->server);
  MsRouteFlags           flags = self->route->flags;

  if ((flags & MS_ROUTE_LOG_ON) != 0)
    return LOG_ON_BODY;
  if ((flags & MS_ROUTE_UPLOAD) != 0)
    return options->max_upload;
  if ((flags & MS_ROUTE_BULK) != 0)
    return options->max_bulk;
  if ((flags & (MS_ROUTE_JSON | MS_ROUTE_OPTIONAL_JSON)) != 0)
    return options->max_body;
  return LOG_ON_BODY; /* clients send "{}" with a DELETE; nobody reads it */
}

static guint
choose_status (MsCall *self, const GError *error)
{
  if (self->route != NULL || error->code != MS_ERROR_INVALID || self->target == NULL)
    return 0;
  return self->base_url != NULL ? 405 : 400;
}

/* RFC 9112 §3.2.2 has a server take absolute targets too; whoever sends one that is for another
 * server has mistaken us for a proxy. */
static MsTarget *
parse_target (MsCall *self, GError **error)
{
  const char      *target = ms_http_request_get_target (self->request);
  const char      *base_url = ms_server_get_options (self->server)->base_url;
  const char      *host = ms_http_request_get_header (self->request, "Host");
  g_autofree char *ours = NULL;

  if (*target == '/')
    return ms_target_parse (target, error);
  if (base_url != NULL && g_str_has_prefix (base_url, "https://"))
    {
      const char *authority = base_url + strlen ("https://");
      ours = g_strndup (authority, strcspn (authority, "/"));
    }
  const char      *authorities[] = { host != NULL ? host : ours, host != NULL ? ours : NULL, NULL };
  g_autofree char *local = ms_target_dup_local (target, authorities);
  if (local != NULL)
    return ms_target_parse (local, error);
  ms_error_set (error,
                MS_ERROR_INVALID,
                NULL,
                NULL,
                "The target of a request begins with a slash, or with https and the name that this"
                " server has: it is no proxy");
  return NULL;
}

gboolean
ms_call_admit (MsCall *self, gsize *max_body)
{
  g_autoptr (GError) error = NULL;

  self->target = parse_target (self, &error);
  if (self->target == NULL || !find_base_url (self, &error) || !find_route (self, &error)
      || !find_actor (self, &error) || !ms_call_check_query (self, &error))
    {
      if (error != NULL)
        ms_call_respond_failure (self, choose_status (self, error), error);
      return FALSE;
    }
  if (!check_content_encoding (self, &error)
      || ((self->route->flags & WANTS_JSON) != 0 && !check_content_type (self, &error)))
    {
      ms_call_respond_failure (self, 415, error);
      return FALSE;
    }
  *max_body = choose_max_body (self);
  return TRUE;
}

gboolean
ms_call_catch_up (MsCall *self)
{
  g_autoptr (GError) error = NULL;

  if (self->schemas == ms_service_get_schemas (self->service))
    return TRUE;
  self->type = NULL;
  if (find_route (self, &error))
    return TRUE;
  ms_call_respond_error (self, error);
  return FALSE;
}

static gboolean
admit_members (MsCall *self)
{
  g_autoptr (GError) error = NULL;

  if (ms_call_check_members (self, &error))
    return TRUE;
  ms_call_respond_error (self, error);
  return FALSE;
}

gboolean
ms_call_read_body (MsCall *self)
{
  GBytes *bytes = ms_http_request_get_body (self->request);
  g_autoptr (GError) error = NULL;
  MsJsonLimits limits = ms_json_default_limits;
  gsize        length = 0;

  if ((self->route->flags & WANTS_JSON) == 0)
    return admit_members (self);
  const char *data = g_bytes_get_data (bytes, &length);
  if (length == 0 && (self->route->flags & MS_ROUTE_OPTIONAL_JSON) != 0)
    return TRUE;
  limits.max_size = MAX (limits.max_size, choose_max_body (self));
  if ((self->route->flags & MS_ROUTE_BULK) != 0)
    limits.max_items = BULK_ITEMS;
  g_autoptr (JsonNode) node
             = ms_json_parse (length > 0 ? data : "", (gssize) length, &limits, &error);
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    {
      self->body = json_node_dup_object (node);
      return admit_members (self);
    }
  if (error == NULL)
    ms_error_set (
        &error, MS_ERROR_INVALID, "invalidSyntax", NULL, "The body is to be a JSON object.");
  /* Too deep or too many is not too large: 413 would make a client send it in pieces. */
  ms_call_respond_failure (self, 400, error);
  return FALSE;
}
