/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list of touches for each value and for each element, oldest first. A change set and its undo
 * are as if neither had been; and so are what a deletion did to what stayed, and the restore that
 * took that back.
 */
#include "ms-undo-later-private.h"

#include <string.h>

#include "ms-json.h"
#include "ms-txn.h"

static void
touch_clear (gpointer data)
{
  MsUndoTouch *self = data;

  g_free (self->before);
  g_free (self->after);
}

/* (transfer full) */
static char *
name_part (const char *path, const char *key)
{
  return key != NULL ? g_strconcat (path, "\n", key, NULL) : g_strdup (path);
}

/* @name: (transfer full). @before, @after: (transfer full) (nullable) */
static void
add_touch (MsUndoLater *self, char *name, const MsUndoTouch *touch, char *before, char *after)
{
  MsUndoTouch one = *touch;

  one.before = before;
  one.after = after;
  if (self->touches == NULL)
    self->touches
        = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  GArray *list = g_hash_table_lookup (self->touches, name);
  if (list == NULL)
    {
      list = g_array_new (FALSE, FALSE, sizeof (MsUndoTouch));
      g_array_set_clear_func (list, touch_clear);
      g_hash_table_insert (self->touches, name, list);
    }
  else
    g_free (name);
  g_array_append_val (list, one);
}

static void
add_elements (MsUndoLater       *self,
              const MsAttribute *attribute,
              JsonObject        *delta,
              gboolean           added,
              const MsUndoTouch *touch)
{
  JsonArray *array = ms_json_get_array (delta, added ? "added" : "removed");

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      g_autofree char *key = ms_delta_element_key (attribute, json_array_get_element (array, i));
      add_touch (self,
                 name_part (attribute->path, key),
                 touch,
                 added ? NULL : g_strdup ("there"),
                 added ? g_strdup ("there") : NULL);
    }
}

/* What tells one value from another. (transfer full) (nullable) */
static char *
dup_side (const MsAttribute *attribute, JsonObject *delta, const char *side)
{
  JsonNode *node = json_object_get_member (delta, side);

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return NULL;
  return attribute != NULL && attribute->relation != MS_RELATION_NONE
             ? ms_delta_element_key (attribute, node)
             : ms_json_to_string (node);
}

static void
add_delta (MsUndoLater *self, JsonObject *delta, const MsUndoTouch *touch)
{
  const char        *path = json_object_get_string_member_with_default (delta, "path", "");
  const MsAttribute *attribute
      = self->type != NULL ? ms_resource_type_find (self->type, path) : NULL;

  if (attribute != NULL && attribute->multi_valued)
    {
      add_elements (self, attribute, delta, TRUE, touch);
      add_elements (self, attribute, delta, FALSE, touch);
      return;
    }
  add_touch (self,
             name_part (attribute != NULL ? attribute->path : path, NULL),
             touch,
             dup_side (attribute, delta, "before"),
             dup_side (attribute, delta, "after"));
}

/**
 * Later: a change of the object
 * @deltas: (nullable)
 * @is_void: it is undone, or undoes another one of these: as if it had not been
 */
typedef struct
{
  MsChangeVerb verb;
  gint64       sequence;
  gint64       undo_of;
  gboolean     by_restore;
  gboolean     by_return;
  JsonNode    *deltas;
  gboolean     is_void;
} Later;

static void
later_clear (gpointer data)
{
  g_clear_pointer (&((Later *) data)->deltas, json_node_unref);
}

/**
 * Walk: over all changes of the object
 * @changes: (element-type Later): oldest first
 * @gone: (nullable) (transfer none): by which it went into the bin
 */
typedef struct
{
  MsUndoLater *self;
  GArray      *changes;
  gboolean     any_mends;
  const Later *gone;
} Walk;

/* (nullable) */
static JsonNode *
find_gone (Walk *walk, const char *path)
{
  JsonArray *deltas = json_node_get_array (walk->gone->deltas);

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject *delta = json_array_get_object_element (deltas, i);
      if (g_strcmp0 (json_object_get_string_member_with_default (delta, "path", NULL), path) == 0)
        return json_object_get_member (delta, "before");
    }
  return NULL;
}

/* (transfer full) (element-type utf8): what each of @elements (nullable) is known by */
static GHashTable *
collect_keys (const MsAttribute *attribute, JsonNode *elements)
{
  GHashTable *keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  JsonArray  *array = elements != NULL && JSON_NODE_HOLDS_ARRAY (elements)
                          ? json_node_get_array (elements)
                          : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    g_hash_table_add (keys, ms_delta_element_key (attribute, json_array_get_element (array, i)));
  return keys;
}

/* Entries that were not there when it went. */
static void
add_regained_entries (Walk              *walk,
                      const MsAttribute *attribute,
                      JsonNode          *gone,
                      JsonNode          *is,
                      const MsUndoTouch *touch)
{
  g_autoptr (GHashTable) before = collect_keys (attribute, gone);
  g_autoptr (GHashTable) after = collect_keys (attribute, is);
  GHashTableIter iter;
  gpointer       key;

  g_hash_table_iter_init (&iter, after);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (before, key))
      add_touch (walk->self, name_part (attribute->path, key), touch, NULL, g_strdup ("there"));
}

/* What came out of the bin with a relation that it had lost before it went there. */
static void
add_regained (Walk *walk, JsonObject *delta, const MsUndoTouch *touch)
{
  const char        *path = json_object_get_string_member_with_default (delta, "path", "");
  const MsAttribute *attribute
      = walk->self->type != NULL ? ms_resource_type_find (walk->self->type, path) : NULL;
  JsonNode *after = json_object_get_member (delta, "after");

  if (attribute == NULL || attribute->relation != MS_RELATION_TO || after == NULL)
    return;
  JsonNode *gone = find_gone (walk, path);
  if (attribute->multi_valued)
    {
      add_regained_entries (walk, attribute, gone, after, touch);
      return;
    }
  g_autofree char *was = gone != NULL ? ms_delta_element_key (attribute, gone) : NULL;
  g_autofree char *is = ms_delta_element_key (attribute, after);
  if (g_strcmp0 (was, is) != 0)
    add_touch (walk->self,
               name_part (attribute->path, NULL),
               touch,
               g_steal_pointer (&was),
               g_steal_pointer (&is));
}

static void
on_change (const MsChange *change,
           gint64          sequence,
           gint64          undo_of,
           const char     *set_verb,
           gpointer        user_data)
{
  Walk *walk = user_data;
  Later later = { .verb = change->verb,
                  .sequence = sequence,
                  .undo_of = undo_of,
                  .by_restore = strcmp (set_verb, "restore") == 0,
                  .by_return = strcmp (set_verb, "return") == 0 };

  if (JSON_NODE_HOLDS_ARRAY (change->deltas))
    later.deltas = json_node_ref (change->deltas);
  g_array_append_val (walk->changes, later);
}

static gboolean
is_going (const Later *change)
{
  return change->verb == MS_CHANGE_DELETE;
}

/* The object came and went by a change set and its undo: whatever it regained by that, or by going
 * and coming in between, is as if it had not. Where it went and came, it can have regained what was
 * away when it went. */
static void
strike_out_undone (MsUndoLater *self, GArray *changes)
{
  g_autoptr (GHashTable) moves = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < changes->len; i++)
    {
      Later *later = &g_array_index (changes, Later, i);
      if (later->verb != MS_CHANGE_UPDATE)
        g_hash_table_insert (moves, &later->sequence, later);
    }
  for (guint i = changes->len; i > 0; i--)
    {
      Later *later = &g_array_index (changes, Later, i - 1);
      Later *undone = g_hash_table_lookup (moves, &later->undo_of);
      if (later->verb == MS_CHANGE_UPDATE || later->is_void)
        continue;
      later->is_void = ms_undo_later_is_undone_here (self, later->sequence);
      if (later->is_void || undone == NULL || is_going (undone) || !is_going (later))
        continue;
      for (Later *between = undone; between <= later; between++)
        between->is_void |= between->verb != MS_CHANGE_UPDATE;
    }
}

/* Coming into being and going say nothing about one part, except that the object is not there; but
 * coming back can take back what it lost. */
static void
add_change (Walk *walk, const Later *change)
{
  gboolean    regains = change->verb == MS_CHANGE_RESTORE && walk->gone != NULL;
  MsUndoTouch touch = { .sequence = change->sequence,
                        .undo_of = change->undo_of,
                        .mends = change->by_restore || (regains && !change->by_return),
                        .gone = regains ? walk->gone->sequence : 0 };

  if (change->deltas == NULL)
    return;
  JsonArray *deltas = json_node_get_array (change->deltas);
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    if (change->verb == MS_CHANGE_UPDATE)
      add_delta (walk->self, json_array_get_object_element (deltas, i), &touch);
    else if (regains)
      add_regained (walk, json_array_get_object_element (deltas, i), &touch);
  if (change->verb == MS_CHANGE_UPDATE || regains)
    walk->any_mends = walk->any_mends || touch.mends;
  if (change->verb == MS_CHANGE_DELETE)
    walk->gone = change;
  else if (regains)
    walk->gone = NULL;
}

/* (transfer full) (element-type gint64) */
static GHashTable *
new_sequences (void)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
}

static void
add_sequence (GHashTable *sequences, gint64 sequence)
{
  g_hash_table_add (sequences, g_memdup2 (&sequence, sizeof sequence));
}

static gboolean
find_losses (MsUndoLater *self, GError **error)
{
  g_autoptr (GPtrArray) sets = ms_txn_list_losses (self->write->txn, self->id, G_MAXINT64, error);

  if (sets == NULL)
    return FALSE;
  self->losses = new_sequences ();
  for (guint i = 0; i < sets->len; i++)
    add_sequence (self->losses, ((MsChangeSet *) g_ptr_array_index (sets, i))->sequence);
  return TRUE;
}

MsUndoLater *
ms_undo_later_new (
    MsWrite *write, const MsResourceType *type, const char *id, gint64 sequence, GError **error)
{
  g_autoptr (MsUndoLater) self = g_new0 (MsUndoLater, 1);

  self->write = write;
  self->start = sequence;
  self->type = type;
  self->id = g_strdup (id);
  g_autoptr (GArray) changes = g_array_new (FALSE, FALSE, sizeof (Later));
  Walk walk = { self, changes, FALSE, NULL };
  g_array_set_clear_func (changes, later_clear);
  if (!ms_txn_walk_later_changes (write->txn, id, sequence, on_change, &walk, error))
    return NULL;
  strike_out_undone (self, changes);
  for (guint i = 0; i < changes->len; i++)
    {
      const Later *later = &g_array_index (changes, Later, i);
      if (!later->is_void)
        add_change (&walk, later);
    }
  if (walk.any_mends && !find_losses (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
ms_undo_later_free (MsUndoLater *self)
{
  g_clear_pointer (&self->touches, g_hash_table_unref);
  g_clear_pointer (&self->losses, g_hash_table_unref);
  g_clear_pointer (&self->passed, g_hash_table_unref);
  g_free (self->id);
  g_free (self);
}

void
ms_undo_later_set_start (MsUndoLater *self, gint64 sequence)
{
  self->start = sequence;
}

void
ms_undo_later_pass_over (MsUndoLater *self, gint64 sequence)
{
  if (self->passed == NULL)
    self->passed = new_sequences ();
  add_sequence (self->passed, sequence);
}

gboolean
ms_undo_later_is_empty (MsUndoLater *self)
{
  return self->touches == NULL;
}

static gint64
find_touch (MsUndoLater *self, const char *path, const char *key, MsUndoBut but)
{
  if (self->touches == NULL)
    return 0;
  g_autofree char *name = name_part (path, key);
  GArray          *list = g_hash_table_lookup (self->touches, name);

  return list != NULL ? ms_undo_later_find_in_force (self, list, but) : 0;
}

gint64
ms_undo_later_find_touch (MsUndoLater *self, const char *path, const char *key)
{
  return find_touch (self, path, key, MS_UNDO_BUT_NOTHING);
}

gint64
ms_undo_later_find_wish (MsUndoLater *self, const char *path, const char *key)
{
  return find_touch (self, path, key, MS_UNDO_BUT_UNDOS);
}

gboolean
ms_undo_later_ask_touch (
    MsUndoLater *self, const char *path, const char *key, gint64 *by, GError **error)
{
  gint64 newest = find_touch (self, path, key, MS_UNDO_BUT_NOTHING);

  if (newest != 0 && self->losses == NULL && !find_losses (self, error))
    return FALSE;
  gint64 wanted = newest != 0 ? find_touch (self, path, key, MS_UNDO_BUT_LOSSES) : 0;
  *by = wanted != 0 ? wanted : newest;
  return TRUE;
}

gboolean
ms_undo_later_has_touched (MsUndoLater *self, const char *path, const char *key)
{
  return find_touch (self, path, key, MS_UNDO_BUT_NOTHING) != 0;
}

gboolean
ms_undo_later_ask_changed (
    MsUndoLater *self, const char *path, const char *key, gboolean *changed, GError **error)
{
  if (self->losses == NULL && !find_losses (self, error))
    return FALSE;
  *changed = find_touch (self, path, key, MS_UNDO_BUT_LOSSES) != 0;
  return TRUE;
}
