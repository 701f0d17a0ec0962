/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * "Return to this": every later change of one object turned round, the newest first, on paper; what
 * then differs from what the object is now is put back, by the functions that undo uses. What later
 * changes of others took from it (being an entry of a list) is theirs and stays as it is.
 */
#include "ms-history.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-txn.h"
#include "ms-undo.h"

#define PAGE 100
/* A history longer than this is not gone through in one write. */
#define MAX_CHANGES 10000

/**
 * Return: one request
 * @values: MsAttribute -> JsonNode: what was, of single values that were touched; %NULL = unset
 * @elements: MsAttribute -> GHashTable of key -> JsonNode: likewise of multi-valued ones
 * @lost: MsAttribute at the top: not as it was, which today's tables do not take, but as it is
 * @was_there: the object existed, outside of the bin, at the wanted time
 */
typedef struct
{
  MsWrite              *write;
  const char           *id;
  gint64                sequence;
  const MsResourceType *type;
  MsObject             *object; /* as it is now, perhaps in the bin */
  gboolean              in_bin;
  GHashTable           *values;
  GHashTable           *elements;
  GHashTable           *lost;
  JsonArray            *parts; /* what is put back, for the answer */
  JsonArray            *refused;
  gboolean              was_there;
  guint                 seen;
  gint64                changed;
  MsChange              change; /* what refusals are about */
} Return;

/* On paper ---------------------------------------------------------------------------------- */

static void
free_node (gpointer node)
{
  if (node != NULL)
    json_node_unref (node);
}

/* The elements of a multi-valued attribute by their keys. */
static GHashTable *
collect (const MsAttribute *attribute, JsonArray *array)
{
  GHashTable *elements
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) json_node_unref);

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      g_hash_table_insert (
          elements, ms_delta_element_key (attribute, element), ms_json_deep_copy (element));
    }
  return elements;
}

/* What is known by now of the elements that @attribute had; those that it has, at first. */
static GHashTable *
get_elements (Return *self, const MsAttribute *attribute, GError **error)
{
  GHashTable *known = g_hash_table_lookup (self->elements, attribute);

  if (known != NULL)
    return known;
  g_autoptr (JsonArray) now = ms_undo_get_elements (self->write, self->object, attribute, error);
  if (now == NULL)
    return NULL;
  known = collect (attribute, now);
  g_hash_table_insert (self->elements, (gpointer) attribute, known);
  return known;
}

static void
take_out (const MsAttribute *attribute, GHashTable *from, JsonArray *elements)
{
  for (guint i = 0; elements != NULL && i < json_array_get_length (elements); i++)
    {
      g_autofree char *key = ms_delta_element_key (attribute, json_array_get_element (elements, i));
      g_hash_table_remove (from, key);
    }
}

static void
put_in (const MsAttribute *attribute, GHashTable *into, JsonArray *elements)
{
  for (guint i = 0; elements != NULL && i < json_array_get_length (elements); i++)
    {
      JsonNode *element = json_array_get_element (elements, i);
      g_hash_table_insert (
          into, ms_delta_element_key (attribute, element), ms_json_deep_copy (element));
    }
}

/* The delta of a thing that came into being has all as "after", of one that went as "before". */
static void
turn_elements (const MsAttribute *attribute, GHashTable *elements, JsonObject *delta)
{
  take_out (attribute, elements, ms_json_get_array (delta, "added"));
  take_out (attribute, elements, ms_json_get_array (delta, "after"));
  put_in (attribute, elements, ms_json_get_array (delta, "removed"));
  put_in (attribute, elements, ms_json_get_array (delta, "before"));
}

static const MsAttribute *
get_top (const MsAttribute *attribute)
{
  return attribute->parent != NULL ? attribute->parent : attribute;
}

/* From here on back it was something else than the attribute of today. */
static void
lose (Return *self, const MsAttribute *attribute)
{
  const MsAttribute *top = get_top (attribute);

  ms_undo_refuse (self->refused, &self->change, attribute->path, MS_UNDO_NO_VALUE);
  g_hash_table_add (self->lost, (gpointer) top);
}

static gboolean
turn_delta (Return *self, JsonObject *delta, GError **error)
{
  const char        *path = json_object_get_string_member_with_default (delta, "path", "");
  const MsAttribute *attribute = ms_undo_find_attribute (self->type, path);

  if (json_object_get_boolean_member_with_default (delta, "secret", FALSE))
    {
      ms_undo_refuse (
          self->refused, &self->change, path, "What it was is not kept, so it cannot be put back");
      return TRUE;
    }
  if (attribute == NULL)
    {
      ms_undo_refuse (self->refused, &self->change, path, MS_UNDO_NO_ATTRIBUTE);
      return TRUE;
    }
  if (attribute->mutability == MS_MUTABILITY_READ_ONLY)
    return TRUE;
  if (!ms_undo_delta_fits (attribute, delta))
    lose (self, attribute);
  if (g_hash_table_contains (self->lost, get_top (attribute)))
    return TRUE;
  if (attribute->multi_valued)
    {
      GHashTable *elements = get_elements (self, attribute, error);
      if (elements != NULL)
        turn_elements (attribute, elements, delta);
      return elements != NULL;
    }
  JsonNode *before = json_object_get_member (delta, "before");
  g_hash_table_insert (
      self->values, (gpointer) attribute, before != NULL ? ms_json_deep_copy (before) : NULL);
  return TRUE;
}

static gboolean
turn_change (Return *self, const MsChange *change, GError **error)
{
  JsonArray *deltas = json_node_get_array (change->deltas);

  if (change->verb == MS_CHANGE_CREATE || change->verb == MS_CHANGE_RESTORE)
    self->was_there = FALSE;
  if (change->verb == MS_CHANGE_DELETE)
    self->was_there = TRUE;
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    if (!turn_delta (self, json_array_get_object_element (deltas, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
turn_later_changes (Return *self, GError **error)
{
  gint64 before = 0;
  guint  found;

  do
    {
      g_autoptr (GPtrArray) sets
                 = ms_txn_list_object_history (self->write->txn, self->id, before, PAGE, error);
      if (sets == NULL)
        return FALSE;
      found = sets->len;
      for (guint i = 0; i < sets->len; i++)
        {
          const MsChangeSet *set = g_ptr_array_index (sets, i);
          before = set->sequence;
          if (before <= self->sequence)
            return TRUE;
          if (++self->seen > MAX_CHANGES)
            {
              ms_error_set (error,
                            MS_ERROR_LIMIT,
                            "tooMany",
                            "sequence",
                            "More than %d changes lie between; return to a later one first",
                            MAX_CHANGES);
              return FALSE;
            }
          if (!turn_change (self, g_ptr_array_index (set->changes, 0), error))
            return FALSE;
        }
    }
  while (found == PAGE);
  return TRUE;
}

/* In the store ------------------------------------------------------------------------------ */

/* Elements of @from whose keys @what lacks. */
static JsonArray *
subtract (GHashTable *from, GHashTable *what)
{
  JsonArray     *rest = json_array_new ();
  GHashTableIter iter;
  gpointer       key, element;

  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &key, &element))
    if (!g_hash_table_contains (what, key))
      json_array_add_element (rest, ms_json_deep_copy (element));
  return rest;
}

static void
tell_part (Return *self, const MsUndoPart *part, JsonNode *now)
{
  JsonObject *entry = json_object_new ();

  json_object_set_string_member (entry, "path", part->attribute->path);
  if (part->attribute->multi_valued)
    {
      json_object_set_array_member (entry, "added", json_array_ref (part->put_in));
      json_object_set_array_member (entry, "removed", json_array_ref (part->take_out));
    }
  else
    {
      if (now != NULL)
        json_object_set_member (entry, "before", json_node_copy (now));
      if (part->value != NULL)
        json_object_set_member (entry, "after", json_node_copy (part->value));
    }
  json_array_add_object_element (self->parts, entry);
}

static gboolean
plan_elements (
    Return *self, MsUndoItem *item, const MsAttribute *attribute, GHashTable *were, GError **error)
{
  g_autoptr (JsonArray) array = ms_undo_get_elements (self->write, self->object, attribute, error);

  if (array == NULL)
    return FALSE;
  g_autoptr (GHashTable) now = collect (attribute, array);
  g_autoptr (JsonArray) out = subtract (now, were);
  g_autoptr (JsonArray) in = subtract (were, now);
  if (json_array_get_length (out) + json_array_get_length (in) == 0)
    return TRUE;
  MsUndoPart *part = ms_undo_item_add_part (item, attribute);
  part->take_out = g_steal_pointer (&out);
  part->put_in = g_steal_pointer (&in);
  tell_part (self, part, NULL);
  return TRUE;
}

/* What the other end of a relation was called is no difference. */
static gboolean
is_same (const MsAttribute *attribute, JsonNode *now, JsonNode *was)
{
  if (now == NULL || was == NULL)
    return now == was;
  if (attribute->relation != MS_RELATION_NONE)
    return g_strcmp0 (ms_undo_get_link_id (now), ms_undo_get_link_id (was)) == 0;
  return ms_json_equal (now, was);
}

static void
plan_value (Return *self, MsUndoItem *item, const MsAttribute *attribute, JsonNode *was)
{
  JsonNode *now = ms_attribute_get_value (attribute, ms_object_get_attributes (self->object));

  if (is_same (attribute, now, was))
    return;
  MsUndoPart *part = ms_undo_item_add_part (item, attribute);
  part->value = was != NULL ? ms_json_deep_copy (was) : NULL;
  tell_part (self, part, now);
}

static gboolean
has_part (const MsUndoItem *item, const char *path)
{
  for (guint i = 0; item->has_changed && i < item->parts->len; i++)
    if (strcmp (((const MsUndoPart *) item->parts->pdata[i])->attribute->path, path) == 0)
      return TRUE;
  return FALSE;
}

/* Takes links whose other end is there no more out of what is told. @left: (out): whether there is
 * anything left */
static gboolean
drop_gone_links (Return *self, JsonObject *part, gboolean *left, GError **error)
{
  const char        *path = json_object_get_string_member (part, "path");
  const MsAttribute *attribute = ms_resource_type_find (self->type, path);
  JsonArray         *added = ms_json_get_array (part, "added");
  JsonArray         *removed = ms_json_get_array (part, "removed");

  *left = TRUE;
  if (attribute == NULL || attribute->relation == MS_RELATION_NONE)
    return TRUE;
  if (!attribute->multi_valued)
    return !json_object_has_member (part, "after")
           || ms_undo_find_target (
               self->write, json_object_get_member (part, "after"), left, error);
  for (guint i = json_array_get_length (added); i > 0; i--)
    {
      gboolean there = FALSE;
      if (!ms_undo_find_target (self->write, json_array_get_element (added, i - 1), &there, error))
        return FALSE;
      if (!there)
        json_array_remove_element (added, i - 1);
    }
  *left = json_array_get_length (added) + json_array_get_length (removed) > 0;
  return TRUE;
}

/* Parts that were given up, when they could not be put back, are told as refused and not as done.
 */
static gboolean
drop_refused_parts (Return *self, const MsUndoItem *item, GError **error)
{
  for (guint i = json_array_get_length (self->parts); i > 0; i--)
    {
      JsonObject *part = json_array_get_object_element (self->parts, i - 1);
      gboolean    left = has_part (item, json_object_get_string_member (part, "path"));
      if (left && !drop_gone_links (self, part, &left, error))
        return FALSE;
      if (!left)
        json_array_remove_element (self->parts, i - 1);
    }
  return TRUE;
}

static gboolean
put_back (Return *self, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_undo_item_free);
  MsUndoItem *item = ms_undo_item_new (
      self->type, &self->change, self->in_bin ? MS_UNDO_BRING_BACK : MS_UNDO_CHANGE_BACK);
  GHashTableIter iter;
  gpointer       attribute, was;

  g_ptr_array_add (items, item);
  g_hash_table_iter_init (&iter, self->values);
  while (g_hash_table_iter_next (&iter, &attribute, &was))
    if (!g_hash_table_contains (self->lost, get_top (attribute)))
      plan_value (self, item, attribute, was);
  g_hash_table_iter_init (&iter, self->elements);
  while (g_hash_table_iter_next (&iter, &attribute, &was))
    if (!g_hash_table_contains (self->lost, get_top (attribute))
        && !plan_elements (self, item, attribute, was, error))
      return FALSE;
  item->is_settled = item->parts->len == 0 && !self->in_bin;
  if (!ms_undo_run (items, self->write, self->refused, &self->changed, error))
    return FALSE;
  return drop_refused_parts (self, item, error);
}

/* What is neither there nor in the bin: never was, or went for good. */
static gboolean
refuse_missing (Return *self, GError **error)
{
  g_autoptr (GPtrArray) newest
             = ms_txn_list_object_history (self->write->txn, self->id, 0, 1, error);

  if (newest == NULL)
    return FALSE;
  if (newest->len == 0)
    {
      ms_error_set (
          error, MS_ERROR_NOT_FOUND, NULL, NULL, "There never was an object “%s”", self->id);
      return FALSE;
    }
  const MsChangeSet *last = g_ptr_array_index (newest, 0);
  const MsChange    *change = g_ptr_array_index (last->changes, 0);
  ms_error_set (error,
                MS_ERROR_NOT_FOUND,
                NULL,
                NULL,
                "“%s” was removed for good by change %" G_GINT64_FORMAT ", and cannot come back",
                change->label,
                last->sequence);
  return FALSE;
}

static gboolean
check_sequence (Return *self, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsChangeSet) set = ms_txn_get_change_set (self->write->txn, self->sequence, &failed);

  if (set != NULL)
    return TRUE;
  if (g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, "sequence", "%s", failed->message);
  else
    g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

static gboolean
load_object (Return *self, GError **error)
{
  g_autoptr (GError) failed = NULL;

  self->object = ms_txn_get_object (self->write->txn, NULL, self->id, &failed);
  if (self->object == NULL && g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      g_clear_error (&failed);
      self->object = ms_txn_get_binned (self->write->txn, self->id, &failed);
      self->in_bin = self->object != NULL;
    }
  if (self->object == NULL && g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    return refuse_missing (self, error);
  if (self->object == NULL)
    g_propagate_error (error, g_steal_pointer (&failed));
  if (self->object == NULL)
    return FALSE;
  self->type = ms_object_get_type (self->object);
  self->was_there = !self->in_bin;
  self->change.type_name = (char *) self->type->name;
  self->change.id = (char *) self->id;
  self->change.label = (char *) ms_object_get_label (self->object);
  return TRUE;
}

static gboolean
return_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Return *self = user_data;

  self->write->txn = txn;
  self->write->undoing = TRUE;
  if (!load_object (self, error) || !check_sequence (self, error)
      || !turn_later_changes (self, error))
    return FALSE;
  if (!self->was_there)
    {
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    "sequence",
                    "After change %" G_GINT64_FORMAT " there was no such object",
                    self->sequence);
      return FALSE;
    }
  if (!put_back (self, error))
    return FALSE;
  return self->changed > 0 || json_array_get_length (self->refused) == 0
         || ms_outcome_refuse (
             self->refused, MS_ERROR_CONFLICT, error, "Nothing of this can be put back");
}

gboolean
ms_verb_return (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error)
{
  g_autoptr (GHashTable) values = g_hash_table_new_full (NULL, NULL, NULL, free_node);
  g_autoptr (GHashTable) elements
             = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_hash_table_unref);
  g_autoptr (GHashTable) lost = g_hash_table_new (NULL, NULL);
  g_autoptr (JsonArray) parts = json_array_new ();
  g_autoptr (JsonArray) refused = json_array_new ();
  Return   self = { .write = write,
                    .id = operation->id,
                    .sequence = operation->sequence,
                    .values = values,
                    .elements = elements,
                    .lost = lost,
                    .parts = parts,
                    .refused = refused };
  gboolean dry_run = FALSE;

  gboolean done = ms_undo_read_dry_run (operation->body, &dry_run, error)
                  && ms_txn_savepoint (write->txn, !dry_run, return_in_txn, &self, error);
  g_clear_pointer (&self.object, ms_object_unref);
  if (!done)
    return FALSE;
  outcome->document = ms_undo_make_document ("changed", self.changed, NULL, refused);
  g_string_truncate (outcome->document, outcome->document->len - 1);
  g_string_append (outcome->document, ",\"parts\":");
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), parts);
  ms_json_append (outcome->document, node);
  g_string_append_c (outcome->document, '}');
  outcome->changed = self.changed > 0 && !dry_run;
  return TRUE;
}
