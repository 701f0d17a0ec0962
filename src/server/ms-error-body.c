/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rendering of errors.
 */
#include "ms-error-body.h"
#include "ms-error-json.h"
#include "ms-error.h"
#include <string.h>

#define FAULT "The server could not do this; its log says why."

char *
ms_error_body_make (
    guint status, const char *scim_type, const char *path, const char *detail, const char *extra)
{
  GString *out = g_string_new (NULL);

  ms_error_append_json (out, status, scim_type, path, detail, extra);
  return g_string_free (out, FALSE);
}

/* Without the file names, which stand in quotes: “/var/lib/…”, sqlite:… (transfer full) */
static char *
dup_without_files (const char *message)
{
  g_autoptr (GRegex) quoted = g_regex_new ("\\s*“(?:[a-z]+:)?/[^”]*”", G_REGEX_OPTIMIZE, 0, NULL);

  return g_regex_replace_literal (quoted, message, -1, 0, "", 0, NULL);
}

char *
ms_error_body_dup_detail (const GError *error, gboolean is_known)
{
  if (error->domain != MS_ERROR)
    return g_strdup (FAULT);
  if (error->code != MS_ERROR_INTERNAL && error->code != MS_ERROR_UNAVAILABLE)
    return g_strdup (error->message);

  g_autofree char *text = dup_without_files (error->message);
  gboolean         is_about_files = text == NULL || strcmp (text, error->message) != 0;
  /* One that is written in another way is not to be read by anybody. */
  if (text == NULL || strstr (text, " /") != NULL || (is_about_files && !is_known))
    return g_strdup (FAULT);
  return g_steal_pointer (&text);
}
