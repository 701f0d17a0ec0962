/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PATCH paths (RFC 7644 §3.5.2, figure 7): attribute, attribute.sub, attribute[filter],
 * attribute[filter].sub, attribute.sub[filter], each with or without a schema's URN, or an
 * extension's URN alone. A URN holds dots and colons itself, so that names are never split here but
 * looked up whole.
 */
#include "ms-edit-private.h"

#include "ms-error.h"
#include "ms-filter-private.h"

#include <string.h>

#define MAX_LENGTH 8192

void
ms_patch_path_clear (MsPatchPath *path)
{
  g_clear_pointer (&path->filter, ms_filter_free);
  memset (path, 0, sizeof *path);
}

static gboolean
refuse (GError **error, const char *text, const char *what)
{
  g_autofree char *shown = g_utf8_make_valid (text, (gssize) MIN (strlen (text), 200));

  ms_error_set (error, MS_ERROR_INVALID, "invalidPath", shown, "path “%s” %s", shown, what);
  return FALSE;
}

/* Columns count from behind the bracket. */
static gboolean
refuse_filter (GError **error, const char *text, const GError *failed)
{
  ms_error_set (error,
                MS_ERROR_INVALID,
                ms_error_get_scim_type (failed),
                text,
                "path “%s”: %s",
                text,
                failed->message);
  return FALSE;
}

/* The "]" that belongs to the "[" at @open; one within a string does not count. */
static const char *
find_close (const char *open)
{
  gboolean quoted = FALSE;

  for (const char *p = open + 1; *p != '\0'; p++)
    {
      if (quoted && *p == '\\' && p[1] != '\0')
        p++;
      else if (*p == '"')
        quoted = !quoted;
      else if (*p == ']' && !quoted)
        return p;
    }
  return NULL;
}

static void
resolve_name (const MsResourceType *type, const char *name, MsPatchPath *path)
{
  const MsAttribute *found = ms_resource_type_find (type, name);

  if (found != NULL)
    {
      path->attribute = found->parent != NULL ? found->parent : found;
      path->sub = found->parent != NULL ? found : NULL;
    }
  else if (g_ascii_strcasecmp (name, type->schema->id) == 0)
    path->schema = type->schema;
  else
    path->schema = ms_resource_type_find_extension (type, name);
}

/* What follows "]": nothing, or a dot and a sub-attribute. One that there is not makes the path one
 * to nothing, as it does without brackets: the caller knows whether that is an error. */
static gboolean
resolve_tail (const char *text, const char *tail, MsPatchPath *path, GError **error)
{
  if (*tail == '\0')
    return TRUE;
  if (*tail != '.' || tail[1] == '\0')
    return refuse (error, text, "goes on after the bracket without a sub-attribute");
  /* The elements of a simple attribute are their own "value". */
  if ((path->is_in_sub || path->attribute->type != MS_ATTR_COMPLEX)
      && g_ascii_strcasecmp (tail + 1, "value") == 0)
    return TRUE;
  path->sub = path->is_in_sub ? NULL : ms_attribute_find_sub (path->attribute, tail + 1);
  if (path->sub == NULL)
    ms_patch_path_clear (path);
  return TRUE;
}

static gboolean
resolve_brackets (const MsResourceType *type,
                  const char           *text,
                  const char           *open,
                  MsPatchPath          *path,
                  GError              **error)
{
  g_autofree char *name = g_strndup (text, (gsize) (open - text));
  const char      *close = find_close (open);

  if (close == NULL)
    return refuse (error, text, "has a bracket that is not closed");
  resolve_name (type, name, path);
  if (path->attribute == NULL)
    {
      path->schema = NULL;
      return TRUE;
    }
  const MsAttribute *target = path->sub != NULL ? path->sub : path->attribute;
  if (!target->multi_valued)
    return refuse (error, text, "has brackets at what has one value only");
  path->is_in_sub = path->sub != NULL;
  g_autoptr (GError) failed = NULL;
  path->filter = ms_filter_parse_inner (target, open + 1, (gsize) (close - open - 1), &failed);
  if (path->filter == NULL)
    return refuse_filter (error, text, failed);
  return resolve_tail (text, close + 1, path, error);
}

gboolean
ms_patch_path_parse (const MsResourceType *type,
                     const char           *text,
                     MsPatchPath          *path,
                     GError              **error)
{
  g_auto (MsPatchPath) parsed = { NULL };
  g_autofree char *stripped = NULL;

  memset (path, 0, sizeof *path);
  if (strlen (text) > MAX_LENGTH)
    return refuse (error, text, "is too long");
  stripped = g_strstrip (g_strdup (text));
  const char *open = strchr (stripped, '[');
  if (open == NULL)
    resolve_name (type, stripped, &parsed);
  else if (!resolve_brackets (type, stripped, open, &parsed, error))
    return FALSE;
  *path = parsed;
  memset (&parsed, 0, sizeof parsed);
  return TRUE;
}
