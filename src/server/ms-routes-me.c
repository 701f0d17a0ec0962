/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /Me (RFC 7644 §3.11): the user who is asking, under the address that everybody has. Answered here
 * and not by a redirect, since clients do not follow one with a body; Location says who it was.
 */
#include "ms-routes-scim.h"

#include "ms-error.h"
#include "ms-policy.h"

/* From here on it is a call for that user. */
static void
become_user (MsCall *call)
{
  g_autofree char *location = NULL;

  call->type = ms_schema_registry_get_type_by_name (ms_service_get_schemas (call->service),
                                                    MS_TYPE_NAME_USER);
  call->parameters[0] = call->actor->user_id;
  location = g_strconcat (call->base_url, call->type->endpoint, "/", call->actor->user_id, NULL);
  ms_http_request_add_header (call->request, "Location", location);
}

static void
get_me (MsCall *call)
{
  become_user (call);
  ms_scim_get (call);
}

static void
replace_me (MsCall *call)
{
  become_user (call);
  ms_scim_write (call, MS_VERB_REPLACE);
}

static void
patch_me (MsCall *call)
{
  become_user (call);
  ms_scim_write (call, MS_VERB_PATCH);
}

static void
delete_me (MsCall *call)
{
  become_user (call);
  ms_scim_write (call, MS_VERB_DELETE);
}

/* Who can ask is there already. */
static void
create_me (MsCall *call)
{
  g_autoptr (GError) error = NULL;

  become_user (call);
  ms_error_set (&error,
                MS_ERROR_CONFLICT,
                "uniqueness",
                NULL,
                "You are “%s” already; change that by PUT or PATCH.",
                call->actor->user_name);
  ms_call_respond_error (call, error);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_me[] = {
  { "GET", "/scim/v2/Me", get_me, MS_RIGHT_LOGGED_ON, 0 },
  { "POST", "/scim/v2/Me", create_me, MS_RIGHT_WRITE, MS_ROUTE_JSON },
  { "PUT", "/scim/v2/Me", replace_me, MS_RIGHT_WRITE, MS_ROUTE_JSON },
  { "PATCH", "/scim/v2/Me", patch_me, MS_RIGHT_WRITE, MS_ROUTE_JSON },
  { "DELETE", "/scim/v2/Me", delete_me, MS_RIGHT_WRITE, 0 },
  { NULL },
};
/* clang-format on */
