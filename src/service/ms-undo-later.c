/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list of touches for each value and for each element, oldest first. A change set and its undo
 * are as if neither had been; and so are what a deletion did to what stayed, and the restore that
 * took that back.
 */
#include "ms-undo-later.h"

#include <string.h>

#include "ms-json.h"
#include "ms-txn.h"

/**
 * Touch: of a value or an element by one change set
 * @mends: it is a restore, which only takes back what deletions did
 * @gone: of what came back with it, the change set by which it went; 0 = it was not gone
 * @before, @after: (nullable): text of the value; of an element whether it is there
 */
typedef struct
{
  gint64   sequence;
  gint64   undo_of;
  gboolean mends;
  gint64   gone;
  char    *before;
  char    *after;
} Touch;

struct _MsUndoLater
{
  MsWrite              *write;
  gint64                start;   /* what came after that is asked for */
  const MsResourceType *type;    /* (nullable) */
  GHashTable           *touches; /* (nullable): name_part() -> GArray of Touch; %NULL = none */
  GHashTable           *losses;  /* (nullable): by which the object may have lost something because
                                    others were deleted; known where a touch mends */
  GHashTable *passed;            /* (nullable): ms_undo_later_pass_over() */
  char       *id;
};

static void
touch_clear (gpointer data)
{
  Touch *self = data;

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
add_touch (MsUndoLater *self, char *name, const Touch *touch, char *before, char *after)
{
  Touch one = *touch;

  one.before = before;
  one.after = after;
  if (self->touches == NULL)
    self->touches
        = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  GArray *list = g_hash_table_lookup (self->touches, name);
  if (list == NULL)
    {
      list = g_array_new (FALSE, FALSE, sizeof (Touch));
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
              const Touch       *touch)
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
add_delta (MsUndoLater *self, JsonObject *delta, const Touch *touch)
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

/* What this transaction itself has undone is in its change set only at its end. */
static gboolean
is_undone_here (MsUndoLater *self, gint64 sequence)
{
  return (self->write->undone_here != NULL
          && g_hash_table_contains (self->write->undone_here, &sequence))
         || (self->passed != NULL && g_hash_table_contains (self->passed, &sequence));
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
add_regained_entries (
    Walk *walk, const MsAttribute *attribute, JsonNode *gone, JsonNode *is, const Touch *touch)
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
add_regained (Walk *walk, JsonObject *delta, const Touch *touch)
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

/* The object went and came, or came and went, by a change set and its undo: whatever it regained by
 * that is as if it had not. */
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
      later->is_void = is_undone_here (self, later->sequence);
      if (later->is_void || undone == NULL || is_going (undone) == is_going (later))
        continue;
      later->is_void = TRUE;
      undone->is_void = TRUE;
    }
}

/* Coming into being and going say nothing about one part, except that the object is not there; but
 * coming back can take back what it lost. */
static void
add_change (Walk *walk, const Later *change)
{
  gboolean regains = change->verb == MS_CHANGE_RESTORE && walk->gone != NULL;
  Touch    touch = { .sequence = change->sequence,
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

/**
 * Walk back: through the touches of one part, newest first
 * @there: of which change sets there are touches
 * @undone: those that a newer one has undone
 */
typedef struct
{
  MsUndoLater *later;
  GArray      *list;
  GHashTable  *there;
  GHashTable  *undone;
} WalkBack;

/* What an object regained counts where also its going is asked for. */
static gboolean
is_asked_for (const MsUndoLater *self, const Touch *touch)
{
  return touch->sequence > self->start && (touch->gone == 0 || touch->gone > self->start);
}

/* @at: (inout): of the last touch that is older than that and was not undone, plus 1; 0 = none */
static const Touch *
find_older (WalkBack *self, guint *at)
{
  while (*at > 0)
    {
      Touch *touch = &g_array_index (self->list, Touch, *at - 1);

      if (!is_asked_for (self->later, touch)
          || g_hash_table_contains (self->undone, &touch->sequence)
          || is_undone_here (self->later, touch->sequence))
        (*at)--;
      else if (touch->undo_of != 0 && g_hash_table_contains (self->there, &touch->undo_of))
        {
          g_hash_table_add (self->undone, &touch->undo_of);
          (*at)--;
        }
      else
        return touch;
    }
  return NULL;
}

/* Goes back to before the losses that the touch before @at mends. Where there are none, the object
 * lay in the bin itself and came back without that, so that the touch alone is as if it had not
 * been. @at: (inout). %FALSE: it did something else */
static gboolean
skip_mended (WalkBack *self, guint *at)
{
  const Touch *mend = &g_array_index (self->list, Touch, *at - 1);
  const guint  before = *at - 1;
  const Touch *touch;

  *at = before;
  while ((touch = find_older (self, at)) != NULL)
    {
      if (touch->mends)
        {
          if (!skip_mended (self, at))
            break;
          continue;
        }
      if (!g_hash_table_contains (self->later->losses, &touch->sequence))
        break;
      (*at)--;
      if (g_strcmp0 (touch->before, mend->after) == 0)
        return TRUE;
    }
  *at = before;
  touch = find_older (self, at);
  return touch == NULL || g_strcmp0 (touch->after, mend->after) == 0;
}

/* @but_losses: those are not asked for */
static gboolean
any_is_in_force (MsUndoLater *self, GArray *list, gboolean but_losses)
{
  g_autoptr (GHashTable) there = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GHashTable) undone = g_hash_table_new (g_int64_hash, g_int64_equal);
  WalkBack     walk = { self, list, there, undone };
  const Touch *touch;
  guint        at = list->len;

  for (guint i = 0; i < list->len; i++)
    if (is_asked_for (self, &g_array_index (list, Touch, i)))
      g_hash_table_add (there, &g_array_index (list, Touch, i).sequence);
  while ((touch = find_older (&walk, &at)) != NULL)
    if (but_losses && g_hash_table_contains (self->losses, &touch->sequence))
      at--;
    else if (!touch->mends || !skip_mended (&walk, &at))
      return TRUE;
  return FALSE;
}

gboolean
ms_undo_later_is_empty (MsUndoLater *self)
{
  return self->touches == NULL;
}

static gboolean
has_touched (MsUndoLater *self, const char *path, const char *key, gboolean but_losses)
{
  if (self->touches == NULL)
    return FALSE;
  g_autofree char *name = name_part (path, key);
  GArray          *list = g_hash_table_lookup (self->touches, name);

  return list != NULL && any_is_in_force (self, list, but_losses);
}

gboolean
ms_undo_later_has_touched (MsUndoLater *self, const char *path, const char *key)
{
  return has_touched (self, path, key, FALSE);
}

gboolean
ms_undo_later_ask_changed (
    MsUndoLater *self, const char *path, const char *key, gboolean *changed, GError **error)
{
  if (self->losses == NULL && !find_losses (self, error))
    return FALSE;
  *changed = has_touched (self, path, key, TRUE);
  return TRUE;
}
