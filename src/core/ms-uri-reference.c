/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * GLib's parser takes blanks and brackets anywhere; a URI has none.
 */
#include "ms-uri-reference.h"

#include <string.h>

gboolean
ms_uri_reference_is_valid (const char *text)
{
  g_return_val_if_fail (text != NULL, FALSE);

  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p) || strchr (" \"<>\\^`{|}", *p) != NULL)
      return FALSE;
  return g_uri_split (text, G_URI_FLAGS_NONE, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
}

gboolean
ms_uri_reference_leads_to (const char *text, char **endpoints)
{
  g_autofree char *path = NULL;

  if (!g_uri_split (text, G_URI_FLAGS_NONE, NULL, NULL, NULL, NULL, &path, NULL, NULL, NULL))
    return FALSE;
  char *id = strrchr (path, '/');
  if (id == NULL || id[1] == '\0')
    return FALSE;
  *id = '\0';
  const char *last = strrchr (path, '/');
  const char *name = last != NULL ? last + 1 : path;
  for (; *endpoints != NULL; endpoints++)
    if (g_ascii_strcasecmp (*endpoints + 1, name) == 0)
      return TRUE;
  return FALSE;
}
