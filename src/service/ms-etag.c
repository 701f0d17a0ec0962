/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list of entity tags: each with or without W/, in quotes. A version that clients send without
 * quotes is taken too: Entra does so.
 */
#include "ms-etag.h"

#include <string.h>

#include "ms-error.h"

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
  *at = start + length;
  return length > 0 ? g_strndup (start, length) : NULL;
}

static gboolean
refuse_syntax (GError **error)
{
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidSyntax",
                NULL,
                "If-Match holds something that is no entity tag");
  return FALSE;
}

gboolean
ms_etag_check (const char *if_match, gint64 version, GError **error)
{
  if (if_match == NULL)
    return TRUE;

  g_autofree char *wanted = g_strdup_printf ("%" G_GINT64_FORMAT, version);
  const char      *at = skip_space (if_match);
  gboolean         found = FALSE;

  if (*at == '*' && *skip_space (at + 1) == '\0')
    return TRUE;
  do
    {
      g_autofree char *tag = read_tag (&at);
      if (tag == NULL)
        return refuse_syntax (error);
      found |= strcmp (tag, wanted) == 0;
      at = skip_space (at);
      if (*at != ',' && *at != '\0')
        return refuse_syntax (error);
      if (*at == ',')
        at = skip_space (at + 1);
    }
  while (*at != '\0');

  if (!found)
    ms_error_set (error,
                  MS_ERROR_STALE,
                  NULL,
                  NULL,
                  "Somebody else has changed this meanwhile; it is now at version %s",
                  wanted);
  return found;
}
