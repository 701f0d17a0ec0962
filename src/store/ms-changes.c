/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Collecting what a transaction does. Each layer knows only what was done in it; a kept layer is
 * folded into the one below at a cost that depends on the layer alone.
 */
#include "ms-changes-private.h"

#include <string.h>

typedef struct
{
  GPtrArray  *entries; /* owned, in the order of their first change */
  GHashTable *by_row;  /* gint64 * -> MsObjectChange */
  GPtrArray  *notes;   /* owned */
} Layer;

struct _MsChanges
{
  GPtrArray *layers;
};

/* Links --------------------------------------------------------------------------------------- */

static guint
link_hash (gconstpointer key)
{
  const MsLinkChange *link = key;

  return g_str_hash (link->id) ^ g_direct_hash (link->attribute);
}

static gboolean
link_equal (gconstpointer a, gconstpointer b)
{
  const MsLinkChange *one = a;
  const MsLinkChange *other = b;

  return one->attribute == other->attribute && strcmp (one->id, other->id) == 0;
}

static void
link_free (gpointer data)
{
  MsLinkChange *link = data;

  g_free (link->id);
  g_free (link->label);
  g_free (link);
}

static void
entry_add_link (MsObjectChange    *entry,
                const MsAttribute *attribute,
                const char        *id,
                const char        *label,
                int                difference)
{
  MsLinkChange  key = { attribute, (char *) id, NULL, 0 };
  MsLinkChange *link = g_hash_table_lookup (entry->link_set, &key);

  if (link == NULL)
    {
      link = g_new0 (MsLinkChange, 1);
      link->attribute = attribute;
      link->id = g_strdup (id);
      link->label = g_strdup (label);
      g_ptr_array_add (entry->links, link);
      g_hash_table_add (entry->link_set, link);
    }
  link->difference += difference;
}

static void
entry_add_secret (MsObjectChange *entry, const char *kind)
{
  if (!g_ptr_array_find_with_equal_func (entry->secrets, kind, g_str_equal, NULL))
    g_ptr_array_add (entry->secrets, g_strdup (kind));
}

/* Entries ------------------------------------------------------------------------------------- */

static MsObjectChange *
entry_new (gint64 row, gboolean existed)
{
  MsObjectChange *self = g_new0 (MsObjectChange, 1);

  self->row = row;
  self->existed = existed;
  self->exists = existed;
  self->links = g_ptr_array_new_with_free_func (link_free);
  self->link_set = g_hash_table_new (link_hash, link_equal);
  self->secrets = g_ptr_array_new_with_free_func (g_free);
  return self;
}

static void
entry_free (gpointer data)
{
  MsObjectChange *self = data;

  if (self == NULL)
    return;
  g_clear_pointer (&self->before, ms_object_unref);
  g_clear_pointer (&self->after, ms_object_unref);
  g_clear_pointer (&self->latest, ms_object_unref);
  g_hash_table_unref (self->link_set);
  g_ptr_array_unref (self->links);
  g_ptr_array_unref (self->secrets);
  g_free (self);
}

static void
replace_object (MsObject **place, MsObject *object)
{
  MsObject *old = *place;

  *place = object != NULL ? ms_object_ref (object) : NULL;
  g_clear_pointer (&old, ms_object_unref);
}

/* What came later, in @upper, on top of @lower. */
static void
entry_fold (MsObjectChange *lower, MsObjectChange *upper)
{
  if (lower->before == NULL && lower->existed)
    replace_object (&lower->before, upper->before);
  if (upper->after != NULL || !upper->exists)
    replace_object (&lower->after, upper->after);
  replace_object (&lower->latest, upper->latest);
  lower->exists = upper->exists;
  lower->from_bin = lower->from_bin || upper->from_bin;
  for (guint i = 0; i < upper->links->len; i++)
    {
      const MsLinkChange *link = upper->links->pdata[i];
      entry_add_link (lower, link->attribute, link->id, link->label, link->difference);
    }
  for (guint i = 0; i < upper->secrets->len; i++)
    entry_add_secret (lower, upper->secrets->pdata[i]);
}

/* Layers -------------------------------------------------------------------------------------- */

static void
note_free (gpointer data)
{
  MsNote *self = data;

  ms_change_free (self->change);
  g_free (self->deltas);
  g_free (self);
}

static void
layer_free (gpointer data)
{
  Layer *self = data;

  g_ptr_array_unref (self->notes);
  g_hash_table_unref (self->by_row);
  g_ptr_array_unref (self->entries);
  g_free (self);
}

static void
layer_add (Layer *self, MsObjectChange *entry)
{
  g_ptr_array_add (self->entries, entry);
  g_hash_table_insert (self->by_row, &entry->row, entry);
}

static Layer *
top_layer (MsChanges *self)
{
  return self->layers->pdata[self->layers->len - 1];
}

MsChanges *
ms_changes_new (void)
{
  MsChanges *self = g_new0 (MsChanges, 1);

  self->layers = g_ptr_array_new_with_free_func (layer_free);
  ms_changes_push (self);
  return self;
}

void
ms_changes_free (MsChanges *self)
{
  g_ptr_array_unref (self->layers);
  g_free (self);
}

void
ms_changes_push (MsChanges *self)
{
  Layer *layer = g_new0 (Layer, 1);

  layer->entries = g_ptr_array_new_with_free_func (entry_free);
  layer->by_row = g_hash_table_new (g_int64_hash, g_int64_equal);
  layer->notes = g_ptr_array_new_with_free_func (note_free);
  g_ptr_array_add (self->layers, layer);
}

void
ms_changes_pop (MsChanges *self, gboolean keep)
{
  g_assert (self->layers->len > 1);
  Layer *upper = g_ptr_array_steal_index (self->layers, self->layers->len - 1);
  Layer *lower = top_layer (self);

  for (guint i = 0; keep && i < upper->entries->len; i++)
    {
      MsObjectChange *entry = upper->entries->pdata[i];
      MsObjectChange *below = g_hash_table_lookup (lower->by_row, &entry->row);

      if (below != NULL)
        {
          entry_fold (below, entry);
          continue;
        }
      upper->entries->pdata[i] = NULL;
      layer_add (lower, entry);
    }
  if (keep)
    g_ptr_array_extend_and_steal (lower->notes, g_ptr_array_ref (upper->notes));
  layer_free (upper);
}

GPtrArray *
ms_changes_get_notes (MsChanges *self)
{
  g_assert (self->layers->len == 1);
  return top_layer (self)->notes;
}

GPtrArray *
ms_changes_get_latest (MsChanges *self, guint *n_notes)
{
  *n_notes = top_layer (self)->notes->len;
  return top_layer (self)->entries;
}

GPtrArray *
ms_changes_get_entries (MsChanges *self)
{
  g_assert (self->layers->len == 1);
  return top_layer (self)->entries;
}

/* Collecting ---------------------------------------------------------------------------------- */

gboolean
ms_changes_contain (MsChanges *self, gint64 row)
{
  for (guint i = self->layers->len; i > 0; i--)
    {
      const Layer *layer = self->layers->pdata[i - 1];
      if (g_hash_table_contains (layer->by_row, &row))
        return TRUE;
    }
  return FALSE;
}

MsObject *
ms_changes_get_before (MsChanges *self, gint64 row)
{
  for (guint i = 0; i < self->layers->len; i++)
    {
      const Layer          *layer = self->layers->pdata[i];
      const MsObjectChange *entry = g_hash_table_lookup (layer->by_row, &row);
      if (entry != NULL && (!entry->existed || entry->before != NULL))
        return entry->before;
    }
  return NULL;
}

static MsObjectChange *
require_entry (MsChanges *self, MsObject *object, gboolean existed)
{
  Layer          *layer = top_layer (self);
  gint64          row = ms_object_get_row (object);
  MsObjectChange *entry = g_hash_table_lookup (layer->by_row, &row);

  if (entry != NULL)
    return entry;
  entry = entry_new (row, existed);
  layer_add (layer, entry);
  return entry;
}

void
ms_changes_begin (MsChanges *self, MsObject *stored)
{
  if (!ms_changes_contain (self, ms_object_get_row (stored)))
    require_entry (self, stored, TRUE)->version = ms_object_get_version (stored);
}

static void
set_latest (MsObjectChange *entry, MsObject *object)
{
  g_clear_pointer (&entry->latest, ms_object_unref);
  entry->latest = ms_object_copy (object);
}

void
ms_changes_add_object (MsChanges *self, MsObject *before, MsObject *after, gboolean from_bin)
{
  MsObject       *object = after != NULL ? after : before;
  MsObjectChange *entry = require_entry (self, object, before != NULL);

  if (entry->existed && entry->before == NULL && before != NULL)
    entry->before = ms_object_copy (before);
  set_latest (entry, object);
  replace_object (&entry->after, after != NULL ? entry->latest : NULL);
  entry->exists = after != NULL;
  entry->from_bin = entry->from_bin || from_bin;
}

/* The attributes of @object may hold edits that are not stored yet: only its name and version are
 * of use. */
static MsObjectChange *
touch_entry (MsChanges *self, MsObject *object)
{
  MsObjectChange *entry = require_entry (self, object, TRUE);

  if (entry->latest == NULL)
    entry->latest = ms_object_copy (object);
  ms_object_set_version (entry->latest, ms_object_get_version (object));
  return entry;
}

void
ms_changes_add_link (MsChanges         *self,
                     MsObject          *object,
                     const MsAttribute *attribute,
                     const char        *id,
                     const char        *label,
                     int                difference)
{
  entry_add_link (touch_entry (self, object), attribute, id, label, difference);
}

void
ms_changes_add_secret (MsChanges *self, MsObject *object, const char *kind)
{
  entry_add_secret (touch_entry (self, object), kind);
}

void
ms_changes_add_note (MsChanges *self, MsChange *change, char *deltas)
{
  MsNote *note = g_new (MsNote, 1);

  note->change = change;
  note->deltas = deltas;
  g_ptr_array_add (top_layer (self)->notes, note);
}
