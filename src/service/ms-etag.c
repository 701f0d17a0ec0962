/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list of entity tags: each with or without W/, in quotes. A version that clients send without
 * quotes is taken too: Entra does so.
 */
#include "ms-etag.h"

#include <string.h>

#include "ms-error.h"
#include "ms-text.h"

/* Bytes of what was asked that a message repeats. */
#define MAX_SHOWN 100

static const char *
skip_space (const char *at)
{
  while (*at == ' ' || *at == '\t')
    at++;
  return at;
}

/* Reads one tag and moves @at behind it; the tag without W/ and quotes. (nullable) */
static char *
read_tag (const char **at)
{
  const char *start = *at;

  if (g_str_has_prefix (start, "W/"))
    start += 2;
  if (*start == '"')
    {
      const char *end = strchr (start + 1, '"');
      if (end == NULL)
        return NULL;
      *at = end + 1;
      return g_strndup (start + 1, (gsize) (end - start - 1));
    }
  gsize length = strcspn (start, ", \t");
  if (length == 0 || memchr (start, '"', length) != NULL)
    return NULL;
  *at = start + length;
  return g_strndup (start, length);
}

static gboolean
refuse_syntax (const char *header, GError **error)
{
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidSyntax",
                header,
                "%s holds something that is no entity tag",
                header);
  return FALSE;
}

void
ms_etag_refuse (MsObject *object, const char *asked, const char *path, GError **error)
{
  g_autofree char *readable = g_utf8_make_valid (asked, (gssize) strnlen (asked, MAX_SHOWN));
  g_autofree char *shown = ms_text_printable (readable);

  ms_error_set (error,
                MS_ERROR_STALE,
                NULL,
                path,
                "%s “%s” was changed meanwhile: it is at version W/\"%" G_GINT64_FORMAT
                "\", not at %s",
                ms_object_get_type (object)->name,
                ms_object_get_shown_name (object),
                ms_object_get_version (object),
                shown);
}

/* @version: 0 for what has none. @found: (out): whether the list holds it, or is "*" */
static gboolean
look_for (const char *list, gint64 version, const char *header, gboolean *found, GError **error)
{
  g_autofree char *wanted = g_strdup_printf ("%" G_GINT64_FORMAT, version);
  const char      *at = skip_space (list);

  *found = *at == '*' && *skip_space (at + 1) == '\0';
  if (*found)
    return TRUE;
  do
    {
      g_autofree char *tag = read_tag (&at);
      if (tag == NULL)
        return refuse_syntax (header, error);
      *found |= version > 0 && strcmp (tag, wanted) == 0;
      at = skip_space (at);
      if (*at != ',' && *at != '\0')
        return refuse_syntax (header, error);
      if (*at == ',')
        at = skip_space (at + 1);
    }
  while (*at != '\0');
  return TRUE;
}

gboolean
ms_etag_check (const char *if_match, const char *path, MsObject *object, GError **error)
{
  gboolean found = FALSE;

  if (if_match == NULL)
    return TRUE;
  if (!look_for (if_match, ms_object_get_version (object), path, &found, error))
    return FALSE;
  if (!found)
    ms_etag_refuse (object, if_match, path, error);
  return found;
}

gboolean
ms_etag_check_new (const char *if_match, const char *path, GError **error)
{
  gboolean found = FALSE;

  if (if_match == NULL)
    return TRUE;
  if (!look_for (if_match, 0, path, &found, error))
    return FALSE;
  if (!found)
    ms_error_set (error,
                  MS_ERROR_STALE,
                  NULL,
                  path,
                  "What is to be created has no version yet that %s could name, and a bulk request"
                  " has none",
                  path);
  return found;
}

gboolean
ms_etag_check_none (const char *if_none_match, MsObject *object, GError **error)
{
  gboolean found = FALSE;

  if (if_none_match == NULL)
    return TRUE;
  if (!look_for (if_none_match, ms_object_get_version (object), "If-None-Match", &found, error))
    return FALSE;
  if (found)
    ms_error_set (error,
                  MS_ERROR_STALE,
                  NULL,
                  "If-None-Match",
                  "%s “%s” is there, at version W/\"%" G_GINT64_FORMAT "\"",
                  ms_object_get_type (object)->name,
                  ms_object_get_shown_name (object),
                  ms_object_get_version (object));
  return !found;
}
