/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a request under /api/v1 names against what its route knows. SCIM passes over unknown names
 * and tells of them (ms-call-ignored.c); here they are refused.
 */
#include "ms-call.h"
#include "ms-error.h"

#include <string.h>

/* @names: (nullable): parted by spaces */
static gboolean
has_name (const char *names, const char *name)
{
  gsize length = strlen (name);

  for (const char *at = names != NULL ? names : ""; *at != '\0'; at += strspn (at, " "))
    {
      gsize word = strcspn (at, " ");
      if (word == length && strncmp (at, name, word) == 0)
        return TRUE;
      at += word;
    }
  return FALSE;
}

static gboolean
is_checked (MsCall *self, const char *names)
{
  return g_str_has_prefix (self->route->path, "/api/v1/")
         && g_strcmp0 (names, MS_ROUTE_ANY_NAME) != 0;
}

/* @what: “body” or “query”, which the name stands in */
static gboolean
refuse (const char *what, const char *name, const char *names, GError **error)
{
  g_auto (GStrv) known = g_strsplit (names != NULL ? names : "", " ", -1);
  g_autofree char *list = g_strjoinv (", ", known);

  if (*list == '\0')
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  "invalidSyntax",
                  name,
                  "There is no “%s” in the %s here, which holds nothing.",
                  name,
                  what);
  else
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  "invalidSyntax",
                  name,
                  "There is no “%s” in the %s here; what it may hold is: %s.",
                  name,
                  what,
                  list);
  return FALSE;
}

/* The first of @given that is not in @names, in the order of the alphabet. (nullable) */
static const char *
find_unknown (GList *given, const char *names)
{
  const char *unknown = NULL;

  for (GList *l = given; l != NULL; l = l->next)
    if (!has_name (names, l->data) && (unknown == NULL || strcmp (l->data, unknown) < 0))
      unknown = l->data;
  return unknown;
}

gboolean
ms_call_check_query (MsCall *self, GError **error)
{
  const char *names = self->route->query;
  g_autoptr (GList) given = g_hash_table_get_keys (self->target->query);
  const char *unknown = is_checked (self, names) ? find_unknown (given, names) : NULL;

  return unknown == NULL || refuse ("query", unknown, names, error);
}

/* Clients send "{}" where nothing is read, with a DELETE. */
static gboolean
is_blank (GBytes *body)
{
  gsize            length = 0;
  const char      *data = g_bytes_get_data (body, &length);
  g_autofree char *text = data != NULL ? g_strstrip (g_strndup (data, length)) : g_strdup ("");

  return *text == '\0' || strcmp (text, "{}") == 0;
}

gboolean
ms_call_check_members (MsCall *self, GError **error)
{
  const char *names = self->route->members;

  if (!is_checked (self, names) || (self->route->flags & MS_ROUTE_UPLOAD) != 0)
    return TRUE;
  if (self->body != NULL)
    {
      g_autoptr (GList) given = json_object_get_members (self->body);
      const char *unknown = find_unknown (given, names);
      return unknown == NULL || refuse ("body", unknown, names, error);
    }
  if (is_blank (ms_http_request_get_body (self->request)))
    return TRUE;
  ms_error_set (error, MS_ERROR_INVALID, "invalidSyntax", NULL, "This address takes no body.");
  return FALSE;
}
