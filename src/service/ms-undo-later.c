/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list of touches for each value and for each element, oldest first. A change set and its undo
 * are as if neither had been.
 */
#include "ms-undo-later.h"

#include "ms-txn.h"

typedef struct
{
  gint64 sequence;
  gint64 undo_of;
} Touch;

struct _MsUndoLater
{
  MsWrite              *write;
  const MsResourceType *type;    /* (nullable) */
  GHashTable           *touches; /* (nullable): name_part() -> GArray of Touch; %NULL = none */
};

/* (transfer full) */
static char *
name_part (const char *path, const char *key)
{
  return key != NULL ? g_strconcat (path, "\n", key, NULL) : g_strdup (path);
}

/* @name: (transfer full) */
static void
add_touch (MsUndoLater *self, char *name, const Touch *touch)
{
  if (self->touches == NULL)
    self->touches
        = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  GArray *list = g_hash_table_lookup (self->touches, name);
  if (list == NULL)
    {
      list = g_array_new (FALSE, FALSE, sizeof (Touch));
      g_hash_table_insert (self->touches, name, list);
    }
  else
    g_free (name);
  g_array_append_val (list, *touch);
}

static void
add_elements (MsUndoLater       *self,
              const MsAttribute *attribute,
              JsonObject        *delta,
              const char        *side,
              const Touch       *touch)
{
  JsonNode  *node = json_object_get_member (delta, side);
  JsonArray *array
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      g_autofree char *key = ms_delta_element_key (attribute, json_array_get_element (array, i));
      add_touch (self, name_part (attribute->path, key), touch);
    }
}

static void
add_delta (MsUndoLater *self, JsonObject *delta, const Touch *touch)
{
  const char        *path = json_object_get_string_member_with_default (delta, "path", "");
  const MsAttribute *attribute
      = self->type != NULL ? ms_resource_type_find (self->type, path) : NULL;

  if (attribute != NULL && attribute->multi_valued)
    {
      add_elements (self, attribute, delta, "added", touch);
      add_elements (self, attribute, delta, "removed", touch);
      return;
    }
  add_touch (self, name_part (attribute != NULL ? attribute->path : path, NULL), touch);
}

/* Coming into being and going say nothing about one part, except that the object is not there. */
static void
on_change (const MsChange *change, gint64 sequence, gint64 undo_of, gpointer user_data)
{
  MsUndoLater *self = user_data;
  Touch        touch = { sequence, undo_of };

  if (change->verb != MS_CHANGE_UPDATE || !JSON_NODE_HOLDS_ARRAY (change->deltas))
    return;
  JsonArray *deltas = json_node_get_array (change->deltas);
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    add_delta (self, json_array_get_object_element (deltas, i), &touch);
}

MsUndoLater *
ms_undo_later_new (
    MsWrite *write, const MsResourceType *type, const char *id, gint64 sequence, GError **error)
{
  g_autoptr (MsUndoLater) self = g_new0 (MsUndoLater, 1);

  self->write = write;
  self->type = type;
  return ms_txn_walk_later_changes (write->txn, id, sequence, on_change, self, error)
             ? g_steal_pointer (&self)
             : NULL;
}

void
ms_undo_later_free (MsUndoLater *self)
{
  g_clear_pointer (&self->touches, g_hash_table_unref);
  g_free (self);
}

/* What this transaction itself has undone is in its change set only at its end. */
static gboolean
is_undone_here (MsUndoLater *self, gint64 sequence)
{
  return self->write->undone_here != NULL
         && g_hash_table_contains (self->write->undone_here, &sequence);
}

static gboolean
any_is_in_force (MsUndoLater *self, GArray *list)
{
  g_autoptr (GHashTable) there = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GHashTable) undone = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < list->len; i++)
    g_hash_table_add (there, &g_array_index (list, Touch, i).sequence);
  for (guint i = list->len; i > 0; i--)
    {
      Touch *touch = &g_array_index (list, Touch, i - 1);

      if (g_hash_table_contains (undone, &touch->sequence)
          || is_undone_here (self, touch->sequence))
        continue;
      if (touch->undo_of == 0 || !g_hash_table_contains (there, &touch->undo_of))
        return TRUE;
      g_hash_table_add (undone, &touch->undo_of);
    }
  return FALSE;
}

gboolean
ms_undo_later_is_empty (MsUndoLater *self)
{
  return self->touches == NULL;
}

gboolean
ms_undo_later_has_touched (MsUndoLater *self, const char *path, const char *key)
{
  if (self->touches == NULL)
    return FALSE;
  g_autofree char *name = name_part (path, key);
  GArray          *list = g_hash_table_lookup (self->touches, name);

  return list != NULL && any_is_in_force (self, list);
}
