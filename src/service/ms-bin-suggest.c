/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stays in the bin because somebody has its name now: who, and which other name would do.
 */
#include "ms-bin-rejoin.h"

#include <string.h>

#include "ms-bin.h"
#include "ms-error.h"
#include "ms-rules.h"
#include "ms-txn.h"

/* Names tried for one that is taken. */
#define MAX_SUGGESTIONS 99

/* Where a mail group was, and shall be again. @parent: (out) (nullable): at the top */
static gboolean
find_parent (MsBinPlan *self, const char *id, const char **parent, GError **error)
{
  gboolean there = FALSE;

  *parent = NULL;
  for (guint i = 0; i < self->items->len; i++)
    {
      const MsUndoItem *item = g_ptr_array_index (self->items, i);
      if (item->kind != MS_UNDO_BRING_BACK || strcmp (item->change->id, id) != 0)
        continue;
      for (guint j = 0; j < item->parts->len; j++)
        {
          const MsUndoPart *part = g_ptr_array_index (item->parts, j);
          if (strcmp (part->attribute->path, "parent") != 0)
            continue;
          if (!ms_undo_find_target (self->write, part->value, &there, error))
            return FALSE;
          *parent = there ? ms_undo_get_link_id (part->value) : NULL;
          return TRUE;
        }
    }
  return TRUE;
}

/* The text that must be free for @name to be: of a mailbox its address. (nullable) */
static char *
make_unique (MsObject *object, const char *name, const MsAttribute **unique)
{
  const MsResourceType *type = ms_object_get_type (object);

  *unique = ms_resource_type_get_label (type);
  if (*unique != NULL && (*unique)->unique_scope != NULL)
    return g_strdup (name);
  if (strcmp (type->name, MS_TYPE_NAME_MAILBOX) != 0)
    return NULL;
  *unique = ms_resource_type_find (type, "address");
  return g_strdup_printf ("%s@%s", name, ms_object_get_string (object, "domain"));
}

static void
add_holder (JsonObject *refused, MsObject *holder)
{
  JsonObject *member = json_object_new ();

  json_object_set_string_member (member, "type", ms_object_get_type (holder)->name);
  json_object_set_string_member (member, "id", ms_object_get_id (holder));
  json_object_set_string_member (member, "label", ms_object_get_label (holder));
  json_object_set_object_member (refused, "holder", member);
}

/* @holder: (out) (transfer full) (nullable): who has @name where @binned needs it */
static gboolean
find_name (MsBinPlan *self, MsObject *binned, const char *name, MsObject **holder, GError **error)
{
  const MsAttribute *unique = NULL;
  g_autoptr (GError) failed = NULL;

  if (strcmp (ms_object_get_type (binned)->name, MS_TYPE_NAME_MAIL_GROUP) == 0)
    {
      const char *parent = NULL;
      return find_parent (self, ms_object_get_id (binned), &parent, error)
             && ms_rules_find_sibling (self->write, name, parent, NULL, holder, error);
    }
  g_autofree char *own = make_unique (binned, name, &unique);
  if (own != NULL)
    *holder = ms_txn_find_unique (self->write->txn, unique, own, &failed);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

static gboolean
suggest_name (MsBinPlan *self, JsonObject *refused, MsObject *binned, GError **error)
{
  const MsAttribute *label = ms_resource_type_get_label (ms_object_get_type (binned));

  for (guint i = 2; i <= MAX_SUGGESTIONS; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s%u", ms_object_get_label (binned), i);
      g_autoptr (MsObject) taken = NULL;
      if (!find_name (self, binned, name, &taken, error))
        return FALSE;
      if (taken != NULL)
        continue;
      JsonObject *as = json_object_new ();
      json_object_set_string_member (as, label->path, name);
      json_object_set_object_member (refused, "suggestion", as);
      return TRUE;
    }
  return TRUE;
}

gboolean
ms_bin_suggest (MsBinPlan *self, JsonObject *refused, GError **error)
{
  const char *id = json_object_get_string_member (refused, "id");
  g_autoptr (MsObject) binned = NULL;
  g_autoptr (MsObject) holder = NULL;

  if (!ms_bin_look_up (self->write->txn, id, &binned, error))
    return FALSE;
  if (binned == NULL)
    return TRUE;
  json_object_set_boolean_member (refused, "inBin", TRUE);
  if (!find_name (self, binned, ms_object_get_label (binned), &holder, error))
    return FALSE;
  if (holder == NULL)
    return TRUE;
  add_holder (refused, holder);
  return suggest_name (self, refused, binned, error);
}
