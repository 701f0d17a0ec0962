/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Errors as JSON: the body of an answer, and the "response" of a bulk operation.
 */
#include "ms-error-json.h"

#include "ms-json.h"

static void
append_member (GString *out, const char *name, const char *text)
{
  if (text == NULL)
    return;
  g_string_append_printf (out, ",\"%s\":", name);
  ms_json_append_string (out, text);
}

void
ms_error_append_json (GString    *out,
                      guint       status,
                      const char *scim_type,
                      const char *path,
                      const char *detail,
                      const char *extra)
{
  /* The status is a string, says RFC 7644 §3.12. */
  g_string_append_printf (out, "{\"schemas\":[\"" MS_URN_ERROR "\"],\"status\":\"%u\"", status);
  append_member (out, "scimType", scim_type);
  append_member (out, "detail", detail);
  append_member (out, "path", path);
  if (extra != NULL)
    g_string_append_printf (out, ",%s", extra);
  g_string_append_c (out, '}');
}
