/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mail groups that rows name by their path: found once, made where that is wanted, and remembered.
 */
#include "ms-import-apply.h"

#include <string.h>

#include "ms-error.h"
#include "ms-text.h"

static const char *
remember_group (MsImportApply *self, const char *key, const char *id)
{
  char *copy = g_strdup (id);

  g_hash_table_insert (self->group_ids, g_strdup (key), copy);
  return copy;
}

static const char *
find_group (MsImportApply *self, const char *path, const char *key, gboolean create, GError **error)
{
  const char *known = g_hash_table_lookup (self->group_ids, key);

  if (known == NULL && self->known_groups != NULL)
    known = g_hash_table_lookup (self->known_groups, key);
  if (known != NULL)
    return known;
  g_autoptr (MsObject) group = ms_write_resolve_group (&self->write, NULL, path, create, error);
  return group != NULL ? remember_group (self, key, ms_object_get_id (group)) : NULL;
}

/* Makes the groups above first, so that each that is made is counted. */
static const char *
make_group (MsImportApply *self, const char *path, MsImportOutcome *outcome, GError **error)
{
  g_autofree char *key = ms_text_fold (path);
  g_autoptr (GError) missing = NULL;
  const char *id = find_group (self, path, key, FALSE, &missing);

  if (id != NULL)
    return id;
  if (!self->options->create_groups || !g_error_matches (missing, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&missing));
      return NULL;
    }
  const char *slash = strrchr (path, '/');
  if (slash != NULL)
    {
      g_autofree char *above = g_strndup (path, (gsize) (slash - path));
      if (make_group (self, above, outcome, error) == NULL)
        return NULL;
    }
  id = find_group (self, path, key, TRUE, error);
  if (id == NULL)
    return NULL;
  g_hash_table_add (self->made_groups, g_strdup (key));
  g_ptr_array_add (outcome->groups, g_steal_pointer (&key));
  return id;
}

const char *
ms_import_get_group (MsImportApply   *self,
                     const char      *path,
                     MsImportOutcome *outcome,
                     GError         **error)
{
  g_autoptr (GError) failed = NULL;
  const char *id = make_group (self, path, outcome, &failed);

  if (id != NULL)
    return id;
  /* Errors of the group's own attributes are about the path in the file. */
  int code = failed->domain == MS_ERROR ? failed->code : MS_ERROR_INTERNAL;
  ms_error_set (error, code, ms_error_get_scim_type (failed), "group", "%s", failed->message);
  return NULL;
}
