/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mail groups looked at within one transaction: many mailboxes of a page are in few groups, and
 * each asks its way up.
 */
#include "ms-render.h"

#include "ms-error.h"
#include "ms-txn.h"

#define MAX_DEPTH 64

typedef struct
{
  char  *name;
  char  *parent;
  gint64 row;
  gint64 quota; /* -1: inherited */
} GroupInfo;

struct _MsGroupCache
{
  const MsResourceType *type;
  GHashTable           *groups;  /* utf8 -> GroupInfo */
  GArray               *sources; /* Borrowed (nullable): gint64 */
};

static void
group_info_free (gpointer data)
{
  GroupInfo *info = data;

  g_free (info->name);
  g_free (info->parent);
  g_free (info);
}

MsGroupCache *
ms_group_cache_new (MsService *service, GArray *sources)
{
  MsGroupCache *self = g_new0 (MsGroupCache, 1);

  self->type = service->types.mail_group;
  self->groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, group_info_free);
  self->sources = sources;
  return self;
}

void
ms_group_cache_free (MsGroupCache *self)
{
  g_hash_table_unref (self->groups);
  g_free (self);
}

static GroupInfo *
read_group (MsGroupCache *self, MsTxn *txn, const char *id, GError **error)
{
  g_autoptr (MsObject) group = ms_txn_get_object (txn, self->type, id, error);

  if (group == NULL)
    return NULL;
  GroupInfo *info = g_new0 (GroupInfo, 1);
  info->name = g_strdup (ms_object_get_label (group));
  info->parent = g_strdup (ms_object_get_link (group, "parent"));
  info->row = ms_object_get_row (group);
  info->quota = ms_object_get_int (group, "quota", -1);
  g_hash_table_insert (self->groups, g_strdup (id), info);
  return info;
}

static const GroupInfo *
look_up (MsGroupCache *self, MsTxn *txn, const char *id, GError **error)
{
  GroupInfo *info = g_hash_table_lookup (self->groups, id);

  if (info == NULL)
    info = read_group (self, txn, id, error);
  if (info != NULL && self->sources != NULL)
    {
      gint64 source = MS_CHANGED_CONTENT (info->row);
      g_array_append_val (self->sources, source);
    }
  return info;
}

gint64
ms_group_cache_get_quota (
    MsGroupCache *self, MsTxn *txn, const char *group, gint64 own, GError **error)
{
  for (guint depth = 0; own < 0 && group != NULL && depth < MAX_DEPTH; depth++)
    {
      const GroupInfo *info = look_up (self, txn, group, error);
      if (info == NULL)
        return -1;
      own = info->quota;
      group = info->parent;
    }
  return MAX (own, 0);
}

char *
ms_group_cache_dup_path (MsGroupCache *self, MsTxn *txn, const char *group, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GString) path = g_string_new (NULL);

  for (guint depth = 0; group != NULL && depth < MAX_DEPTH; depth++)
    {
      const GroupInfo *info = look_up (self, txn, group, error);
      if (info == NULL)
        return NULL;
      g_ptr_array_add (names, info->name);
      group = info->parent;
    }
  for (guint i = names->len; i > 0; i--)
    g_string_append_printf (
        path, "%s%s", path->len > 0 ? " / " : "", (char *) g_ptr_array_index (names, i - 1));
  return g_string_free (g_steal_pointer (&path), FALSE);
}
