/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finding what was deleted by what it was called, and what may have been.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-call.h"
#include "ms-ctl-objects.h"
#include "ms-ctl-output.h"

/* The only user of @found, where all else went with that user. (nullable) */
static JsonObject *
find_user_with_rest (JsonArray *found)
{
  JsonObject *user = NULL;

  for (guint i = 0; i < json_array_get_length (found); i++)
    {
      JsonObject *object = json_array_get_object_element (found, i);
      if (g_strcmp0 (ms_ctl_string (object, "type"), "User") != 0)
        continue;
      if (user != NULL)
        return NULL;
      user = object;
    }
  for (guint i = 0; user != NULL && i < json_array_get_length (found); i++)
    if (ms_ctl_int (json_array_get_object_element (found, i), "change")
        != ms_ctl_int (user, "change"))
      return NULL;
  return user;
}

/* Which of @found, not empty, is meant by @text. (transfer full): its id */
static char *
choose (JsonArray *found, const char *text, GError **error)
{
  JsonObject *one = json_array_get_length (found) == 1 ? json_array_get_object_element (found, 0)
                                                       : find_user_with_rest (found);
  g_autoptr (GString) list = g_string_new (NULL);

  if (one != NULL)
    return g_strdup (ms_ctl_string (one, "id"));
  for (guint i = 0; i < json_array_get_length (found); i++)
    {
      JsonObject      *object = json_array_get_object_element (found, i);
      g_autofree char *deleted = ms_ctl_format_time (ms_ctl_string (object, "deleted"));
      g_string_append_printf (list,
                              "\n  %s  %s  %s",
                              ms_ctl_string (object, "id"),
                              ms_ctl_string (object, "type"),
                              deleted);
    }
  ms_error_set (
      error,
      MS_ERROR_CONFLICT,
      NULL,
      NULL,
      _ ("Several things in the bin are called “%s”. Name it by its id:%s"), text, list->str);
  return NULL;
}

char *
ms_ctl_find_in_bin (MsCtl *ctl, const char *text, GError **error)
{
  const char *type = NULL;
  const char *name = NULL;

  if (g_uuid_string_is_valid (text))
    return g_strdup (text);
  if (!ms_ctl_split_type (ctl, text, &type, &name, error))
    return NULL;
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *path = g_strdup_printf ("/api/v1/bin?count=1000&search=%s", escaped);
  g_autoptr (JsonObject) page = ms_ctl_get (ctl, path, error);
  if (page == NULL)
    return NULL;
  g_autoptr (JsonArray) objects = ms_ctl_array (page, "objects");
  g_autoptr (JsonArray) found = json_array_new ();
  g_autofree char *wanted = g_utf8_casefold (name, -1);
  for (guint i = 0; i < json_array_get_length (objects); i++)
    {
      g_autoptr (JsonObject) object = ms_ctl_element (objects, i);
      const char      *label = ms_ctl_string (object, "label");
      g_autofree char *folded = g_utf8_casefold (label != NULL ? label : "", -1);
      if (strcmp (folded, wanted) != 0
          || (type != NULL && g_strcmp0 (ms_ctl_string (object, "type"), type) != 0))
        continue;
      json_array_add_object_element (found, g_steal_pointer (&object));
    }
  if (json_array_get_length (found) > 0)
    return choose (found, name, error);
  ms_error_set (
      error, MS_ERROR_NOT_FOUND, NULL, NULL, _ ("Nothing in the bin is called “%s”"), text);
  return NULL;
}

char *
ms_ctl_find_ever (MsCtl *ctl, const char *text, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (GError) not_deleted = NULL;

  if (g_uuid_string_is_valid (text))
    return g_strdup (text);
  g_autoptr (MsResource) object = ms_ctl_find_anywhere (ctl, text, &failed);
  if (object != NULL)
    return g_strdup (ms_resource_get_id (object));
  if (!g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return NULL;
    }
  char *id = ms_ctl_find_in_bin (ctl, text, &not_deleted);
  if (id != NULL)
    return id;
  /* That there is none says more than that none was deleted. */
  g_propagate_error (error,
                     g_error_matches (not_deleted, MS_ERROR, MS_ERROR_NOT_FOUND)
                         ? g_steal_pointer (&failed)
                         : g_steal_pointer (&not_deleted));
  return NULL;
}
