/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rendering of errors.
 */
#include "ms-error-body.h"
#include "ms-json.h"

#define ERROR_URN "urn:ietf:params:scim:api:messages:2.0:Error"

char *
ms_error_body_make (
    guint status, const char *scim_type, const char *path, const char *detail, const char *extra)
{
  GString *out = g_string_new ("{\"schemas\":[\"" ERROR_URN "\"]");

  /* A string, says RFC 7644 §3.12. */
  g_string_append_printf (out, ",\"status\":\"%u\"", status);
  if (scim_type != NULL)
    {
      g_string_append (out, ",\"scimType\":");
      ms_json_append_string (out, scim_type);
    }
  g_string_append (out, ",\"detail\":");
  ms_json_append_string (out, detail);
  if (path != NULL)
    {
      g_string_append (out, ",\"path\":");
      ms_json_append_string (out, path);
    }
  if (extra != NULL)
    g_string_append_printf (out, ",%s", extra);
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}
