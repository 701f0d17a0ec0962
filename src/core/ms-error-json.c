/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Errors as JSON: the body of an answer, and the "response" of a bulk operation.
 */
#include "ms-error-json.h"

#include "ms-error.h"
#include "ms-json.h"

#include <string.h>

#define FAULT "The server could not do this; its log says why."

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

/* Without the file names, which stand in quotes: “/var/lib/…”, sqlite:… (transfer full) */
static char *
dup_without_files (const char *message)
{
  g_autoptr (GRegex) quoted = g_regex_new ("\\s*“(?:[a-z]+:)?/[^”]*”", G_REGEX_OPTIMIZE, 0, NULL);

  return g_regex_replace_literal (quoted, message, -1, 0, "", 0, NULL);
}

char *
ms_error_dup_detail (const GError *error, gboolean is_known)
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

/* Seconds, where the error is about a rate; else 0. */
static guint
find_wait (const GError *error)
{
  static const char name[] = "\"retryAfter\":";
  const char       *details = ms_error_get_details (error);
  const char       *found = details != NULL ? strstr (details, name) : NULL;

  return found != NULL ? (guint) g_ascii_strtoull (found + strlen (name), NULL, 10) : 0;
}

guint
ms_error_get_answer_status (const GError *error)
{
  return find_wait (error) > 0 ? 429 : (guint) ms_error_to_http_status (error);
}

guint
ms_error_get_retry_after (const GError *error, guint status)
{
  const char *details = ms_error_get_details (error);
  gboolean    is_read_only = details != NULL && strstr (details, "\"readOnly\":true") != NULL;

  if (status != 429 && (status != 503 || is_read_only))
    return 0;
  return MAX (find_wait (error), 1);
}

char *
ms_error_dup_members (const GError *error)
{
  const char *details = ms_error_get_details (error);
  gsize       length = details != NULL ? strlen (details) : 0;

  return length > 2 && details[0] == '{' ? g_strndup (details + 1, length - 2) : NULL;
}
