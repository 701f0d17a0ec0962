/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rendering of errors.
 */
#include "ms-error-body.h"
#include "ms-error-json.h"

char *
ms_error_body_make (
    guint status, const char *scim_type, const char *path, const char *detail, const char *extra)
{
  GString *out = g_string_new (NULL);

  ms_error_append_json (out, status, scim_type, path, detail, extra);
  return g_string_free (out, FALSE);
}
