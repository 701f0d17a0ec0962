/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mail groups by path: "Sales/EMEA", the way a CSV file names them.
 */
#include "ms-rules.h"

#include "ms-error.h"
#include "ms-name.h"
#include "ms-patch.h"
#include "ms-write.h"

static MsObject *
make_child (MsWrite *write, const char *parent, const char *name, GError **error)
{
  g_autofree char *id = ms_object_new_id ();
  g_autoptr (MsObject) group = ms_object_new (write->types->mail_group, id, json_object_new ());

  ms_object_set_string (group, "name", name);
  if (parent != NULL)
    ms_object_set_link (group, "parent", parent);
  g_autoptr (MsEdit) edit = ms_write_wrap (group);
  return ms_write_create (write, edit, error);
}

static MsObject *
step_into (MsWrite    *write,
           const char *parent,
           const char *name,
           gboolean    create,
           const char *path,
           GError    **error)
{
  g_autoptr (MsObject) child = NULL;

  if (!ms_rules_find_sibling (write, name, parent, NULL, &child, error))
    return NULL;
  if (child != NULL)
    return g_steal_pointer (&child);
  if (create)
    return make_child (write, parent, name, error);
  ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, "group", "There is no mail group “%s”", path);
  return NULL;
}

MsObject *
ms_write_resolve_group (
    MsWrite *write, const char *base, const char *path, gboolean create, GError **error)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  g_autoptr (MsObject) group = NULL;

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *name = ms_name_strip (names[i]);
      if (*name == '\0')
        continue;
      const char *parent = group != NULL ? ms_object_get_id (group) : base;
      g_autoptr (MsObject) next = step_into (write, parent, name, create, path, error);
      if (next == NULL)
        return NULL;
      ms_object_unref (g_steal_pointer (&group));
      group = g_steal_pointer (&next);
    }
  return g_steal_pointer (&group);
}
