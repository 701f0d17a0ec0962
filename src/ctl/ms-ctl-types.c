/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Types and attributes by the names that people give them. What operators have added is asked of
 * the server only where a name is not one that everybody has.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-call.h"
#include "ms-ctl-objects.h"
#include "ms-remote-schemas.h"

gboolean
ms_ctl_load_schemas (MsCtl *ctl, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  if (ctl->has_all_schemas)
    return TRUE;
  ms_remote_schemas_load_async (ctl->connection, NULL, ms_ctl_on_result_cb, &result);
  MsSchemaRegistry *schemas
      = ms_remote_schemas_load_finish (ctl->connection, ms_ctl_wait (&result), error);
  if (schemas == NULL)
    return FALSE;
  ms_schema_registry_unref (ctl->schemas);
  ctl->schemas = schemas;
  ctl->has_all_schemas = TRUE;
  ms_connection_set_schemas (ctl->connection, schemas);
  return TRUE;
}

const MsResourceType *
ms_ctl_find_type (MsCtl *ctl, const char *text, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  if (!ms_ctl_load_schemas (ctl, error))
    return NULL;
  GPtrArray *types = ms_schema_registry_get_types (ctl->schemas);
  for (guint i = 0; i < types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (types, i);
      if (type->internal)
        continue;
      if (g_ascii_strcasecmp (type->name, text) == 0
          || g_ascii_strcasecmp (type->endpoint + 1, text) == 0)
        return type;
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", type->name);
    }
  ms_error_set (error,
                MS_ERROR_NOT_FOUND,
                NULL,
                NULL,
                _ ("There is no type “%s”; there are %s"), text, names->str);
  return NULL;
}

const char *
ms_ctl_get_label (MsCtl *ctl, MsResource *resource)
{
  const char *label = ms_connection_get_label_of (ctl->connection, resource);

  if (label == NULL || *label == '\0')
    label = ms_resource_get_label (resource);
  return *label != '\0' ? label : ms_resource_get_type_name (resource); /* the guest */
}

/* "role" is found although its full path begins with the extension's URN. (nullable): none, or with
 * an error several */
static const MsAttribute *
find_known (MsCtl *ctl, const char *type_name, const char *key, GError **error)
{
  const MsResourceType *type = ms_schema_registry_get_type_by_name (ctl->schemas, type_name);
  const MsAttribute    *found = type != NULL ? ms_resource_type_find (type, key) : NULL;

  if (type == NULL || found != NULL)
    return found;
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema    *schema = g_ptr_array_index (type->extensions, i);
      g_autofree char   *path = g_strdup_printf ("%s:%s", schema->id, key);
      const MsAttribute *attribute = ms_resource_type_find (type, path);
      if (attribute != NULL && found != NULL)
        {
          ms_error_set (error,
                        MS_ERROR_INVALID,
                        NULL,
                        key,
                        _ ("Several extensions have it: name it in full, %s or %s"),
                           found->path,
                           attribute->path);
          return NULL;
        }
      if (attribute != NULL)
        found = attribute;
    }
  return found;
}

const MsAttribute *
ms_ctl_find_attribute (MsCtl *ctl, const char *type_name, const char *key, GError **error)
{
  g_autoptr (GError) several = NULL;
  const MsAttribute *found = find_known (ctl, type_name, key, &several);

  if (found == NULL && several == NULL && !ctl->has_all_schemas)
    {
      if (!ms_ctl_load_schemas (ctl, error))
        return NULL;
      found = find_known (ctl, type_name, key, &several);
    }
  if (several != NULL)
    g_propagate_error (error, g_steal_pointer (&several));
  else if (found == NULL && g_ascii_strcasecmp (key, "id") == 0)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  NULL,
                  key,
                  _ ("An id is given by the server and cannot be changed"));
  else if (found == NULL)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  NULL,
                  key,
                  _ ("There is no such attribute; mailsteadctl object attributes %s lists them"),
                     type_name);
  return found;
}
